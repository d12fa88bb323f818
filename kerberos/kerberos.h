/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kerberos for rpc/auth.h, by MIT's GSSAPI: alone (authentication type 16) and inside SPNEGO (9), in DCE style
 * (RFC 4757 and MS-RPCE 3.3.1.5.2), at packet integrity and packet privacy, and below where a server asks for that. No
 * other mechanism can be negotiated, whatever else is installed for GSSAPI on the machine. No sockets and no event loop
 * here.
 *
 * What may block: a server's legs (keytab, replay cache) and a client's first one (which may ask the KDC). A server has
 * its legs run on another thread: see `later`. The library of the client has no thread to spare, and runs them at once.
 */
#ifndef OPENRRAS_KERBEROS_H
#define OPENRRAS_KERBEROS_H

#include <stddef.h>

#include "rpc/auth.h"

#define KERBEROS_WHY_MAX  512u
#define KERBEROS_NAME_MAX 256u /* of a principal and of a local user: longer ones are refused */

extern const struct rpc_auth_mech kerberos_spnego; /* type 9 */
extern const struct rpc_auth_mech kerberos_bare;   /* type 16 */

/* The mech_ctx of both. Must outlive the contexts. */
struct kerberos_config {
    /* Client: who the server has to prove to be, "host@server.example". */
    const char *target;
    /* Client: why a leg has failed. */
    char why[KERBEROS_WHY_MAX];

    /* Server: the file with its keys; NULL: where the library looks by itself. */
    const char *keytab;
    /* Server: levels below are not offered; 0 stands for RPC_AUTH_INTEGRITY. Weaker ones have to be asked for, and are
     * for tests: nothing that is worth a login is worth less than that its calls are its own. */
    enum rpc_auth_level min_level;
    /*
     * Server: a leg has come. Have kerberos_run() called on any thread, and then kerberos_done() on this one. `user` is
     * the association's. 0 or negative errno: the leg is refused.
     */
    int (*later)(void *ctx, void *user, struct rpc_auth *a);
    void *ctx;
};

/* Run the leg that later() was told of. Blocks. */
void kerberos_run(struct rpc_auth *a);
/*
 * It has run: from now on rpc_server_auth_ready() finds its outcome. False: the association has gone meanwhile, and `a`
 * with it, just now.
 */
bool kerberos_done(struct rpc_auth *a);

enum rpc_auth_level kerberos_level(const struct rpc_auth *a);

/* After kerberos_done(): the leg is refused all the same. `why` is a sentence of ours. */
void kerberos_refuse(struct rpc_auth *a, const char *why);

/* ---- after kerberos_run(), also before kerberos_done() on its thread ---- */

/* All legs are done, and the client is who it says. */
bool kerberos_is_complete(const struct rpc_auth *a);
/* The client: "alice@EXAMPLE.ORG". "" before it is known. */
const char *kerberos_principal(const struct rpc_auth *a);
/* The local user that it stands for by the site's auth_to_local rules (krb5.conf); "": none. */
const char *kerberos_local_user(const struct rpc_auth *a);
/* Why the leg has failed: a sentence that may hold text of the client's; "" when it has not. */
const char *kerberos_why(const struct rpc_auth *a);

#endif
