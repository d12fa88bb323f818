/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callers over TCP: who they are. They prove it by Kerberos (kerberos/kerberos.h); the site's rules (auth_to_local of
 * krb5.conf) say which user of this machine they are, and the name service in which groups that is. From there on they
 * are callers like others, with roles by the same [roles].
 *
 * Both may block, so readers do them (readers.h), a few at once; the others wait for their turn. It is done again at
 * each reload and each client_recheck, for groups change and users go. Whoever is no user here, or can't be looked up,
 * has no role until he is found again.
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
    /* A leg of this caller's has its outcome: rpc_server_auth_ready(). */
    void (*ready)(void *ctx, struct caller *caller);
    void *ctx;
};

struct remote *remote_new(const struct remote_env *env); /* NULL without memory */
/* How associations of TCP are made. */
const struct rpc_server_config *remote_rpc(const struct remote *r);
/* Look up again who this caller is here. His role stays what it is until that is known. */
void remote_recheck(struct remote *r, struct caller *caller);
/* This caller's connection is about to be freed. */
void remote_forget(struct remote *r, const struct caller *caller);
void remote_free(struct remote *r); /* once the loop has run out */

#endif
