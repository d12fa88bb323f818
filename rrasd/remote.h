/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callers who prove to us who they are, by Kerberos (kerberos/kerberos.h), or by NTLM where that is switched on
 * (ntlm/ntlm.h; rrasd/negotiate.h says who gets which): all over TCP, and in the named pipe those who want to. The
 * site's rules (auth_to_local of krb5.conf; identity_of_ntlm()) say which user of this machine they are, and the name
 * service in which groups that is. From there on they are callers like others, with roles by the same [roles].
 *
 * In the pipe smbd has said already whose session it is, and calls that come without authentication are those of that
 * user. What is proved inside the pipe takes the place of that, for the whole connection, whether it is more or less:
 * from the first leg on no call is taken that does not come by a context that is complete, so nobody is two callers at
 * once. Therefore it has to come first: once a call of the session's user has been taken, nobody proves anything any
 * more. Of an anonymous session or a guest's there is no such user, and he is what he proves. Levels are those of TCP.
 *
 * Legs of Kerberos and look-ups may block, so readers do them (readers.h), a few at once; the others wait for their
 * turn. It is done again at each reload and each client_recheck, for groups change and users go. Whoever is no user
 * here, or can't be looked up, has no role until he is found again.
 */
#ifndef OPENRRAS_RRASD_REMOTE_H
#define OPENRRAS_RRASD_REMOTE_H

#include <uv.h>

#include "rpc/server.h"
#include "rrasd/access.h"
#include "rrasd/audit.h"
#include "rrasd/config.h"
#include "rrasd/readers.h"

struct remote;

struct remote_env {
    uv_loop_t *loop;
    struct readers *readers;
    const struct config *config; /* the present one; the pointer stays the same over a reload */
    struct audit *audit;
    const struct rpc_server_config *rpc; /* of local callers: what is offered */
    const char *port;                    /* of TCP, where they come in, for those who ask; "" */
    /* Has a call of this caller's been taken? */
    bool (*has_called)(const struct caller *caller);
    /* A leg of this caller's has its outcome: rpc_server_auth_ready(). */
    void (*ready)(void *ctx, struct caller *caller);
    void *ctx;
};

struct remote *remote_new(const struct remote_env *env); /* NULL without memory */
/* How associations are made. */
enum remote_way {
    REMOTE_TCP,
    REMOTE_PIPE,     /* calls without authentication are those of the session's user */
    REMOTE_STRANGER, /* in the pipe, and there is none */
    REMOTE_WAYS,
};
const struct rpc_server_config *remote_rpc(const struct remote *r, enum remote_way way);
/* Look up again who this caller is here. His role stays what it is until that is known. */
void remote_recheck(struct remote *r, struct caller *caller);
/* This caller's connection is about to be freed. */
void remote_forget(struct remote *r, const struct caller *caller);
/* All connections are gone: end what still runs in the loop. */
void remote_close(struct remote *r);
void remote_free(struct remote *r); /* once the loop has run out */

#endif
