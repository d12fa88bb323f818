/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTLM for rpc/auth.h, the server's side: alone (authentication type 10) and inside SPNEGO (9), where nothing but NTLM
 * can be negotiated.
 *
 * The library that understands NTLM's messages, gss-ntlmssp, has crashed on the tokens of clients. So it runs in a
 * process of its own (ntlm/process.h), which is asked for the outcome of each leg and gives back a token, the client's
 * name and the session key; and there in one for each client, so whoever crashes it is alone with that. PDUs are
 * protected here (ntlm/seal.h). If the process itself crashes or hangs, the exchanges that are under way fail; contexts
 * that are made live on.
 *
 * Every leg is put off (RPC_AUTH_LATER), so nothing here waits. NTLM signs a whole PDU, whether signing of headers was
 * agreed on or not.
 */
#ifndef OPENRRAS_NTLM_NTLM_H
#define OPENRRAS_NTLM_NTLM_H

#include <stdbool.h>
#include <stddef.h>

#include "rpc/auth.h"

#define NTLM_NAME_MAX 256u
#define NTLM_WHY_MAX  256u

struct ntlm_process;

extern const struct rpc_auth_mech ntlm_spnego; /* type 9 */
extern const struct rpc_auth_mech ntlm_bare;   /* type 10 */

/* The mech_ctx of both. Must outlive the contexts. */
struct ntlm_config {
    struct ntlm_process *process;
    /* Levels below are not offered. */
    enum rpc_auth_level min_level;
    /*
     * A leg has its outcome; never told from within step(). Call ntlm_done() on this thread, now or later, and then
     * rpc_server_auth_ready(). `user` is the association's, which may be gone by then.
     */
    void (*answered)(void *ctx, void *user, struct rpc_auth *a);
    void *ctx;
};

/*
 * From now on rpc_server_auth_ready() finds the outcome of the leg that answered() was told of. False: the association
 * has gone meanwhile, and `a` with it, just now.
 */
bool ntlm_done(struct rpc_auth *a);

/* ---- after answered() ---- */

enum rpc_auth_level ntlm_level(const struct rpc_auth *a);
/* All legs are done, and the client is who it says. */
bool ntlm_is_complete(const struct rpc_auth *a);
/* The client: "DOMAIN\user", or "user" when it has named no domain; as it has written both. "" before it is known. */
const char *ntlm_name(const struct rpc_auth *a);
/* Why the leg has failed: a sentence that may hold text of the client's; "" when it has not. */
const char *ntlm_why(const struct rpc_auth *a);
/* The leg is refused all the same. `why` is a sentence of ours. */
void ntlm_refuse(struct rpc_auth *a, const char *why);

#endif
