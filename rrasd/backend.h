/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dimsvc and rrasx ask, answered by the router: struct dim_backend and struct rrasx_backend. Turns ports and
 * connections into what MS-RRASM and our own interface call them, decides who may do what, writes the audit log, and
 * keeps the journal of events and the calls that wait for it.
 *
 * The user pointer of each association is its struct caller.
 */
#ifndef OPENRRAS_RRASD_BACKEND_H
#define OPENRRAS_RRASD_BACKEND_H

#include <stdint.h>

#include "dimsvc/dimsvc.h"
#include "router/router.h"
#include "rrasd/access.h"
#include "rrasd/audit.h"
#include "rrasd/config.h"
#include "rrasd/driver_hub.h"
#include "rrasd/port_limits.h"
#include "rrasd/users.h"
#include "rrasd/secrets.h"
#include "rrasx/rrasx.h"

struct backend;

struct backend_env {
    struct router *router;
    struct driver_hub *hub;
    struct audit *audit;
    const struct config *config; /* the present one; the pointer stays the same over a reload */
    GUID run;                    /* of this process, and of no other */
    struct router_time (*now)(void *ctx);
    /* A call of this caller, that was left open, has been answered: there is output to send. */
    void (*answered)(void *ctx, struct caller *caller);
    /* Can one more keep-out be remembered? */
    bool (*may_keep_out)(void *ctx);
    /* limits_store(): has them stored, and tells the change when they are. */
    int (*store_limits)(void *ctx, struct limits_change *change);
    struct users *users;
    /* What is kept of users who are meant by this name was changed, or removed: it is about those who are there. */
    void (*user_changed)(void *ctx, const char *name);
    /* secrets_do(): reads or writes the L2TP key. */
    int (*secret)(void *ctx, struct secrets_job *job);
    void *ctx;
};

struct backend *backend_new(const struct backend_env *env);
/* After all associations, the router (which may still hold calls), and when nothing is with a worker any more. */
void backend_free(struct backend *b);
const struct dim_backend *backend_dim(const struct backend *b);
const struct rrasx_backend *backend_rrasx(const struct backend *b);

/* The caller asks nothing more: calls of his that wait are answered now, and none waits any more. */
void backend_leave(struct backend *b, struct caller *caller);
/* The caller's connection is about to be freed: what is answered later is not for it. */
void backend_forget(struct backend *b, const struct caller *caller);

/* What waits for something to happen that has happened, or whose time is over, is answered. Before the loop sleeps. */
void backend_wake(struct backend *b);
/* When backend_wake() is due although nothing happens (monotonic ms), UINT64_MAX: never. */
uint64_t backend_next_deadline(const struct backend *b);
/* rrasd stops: what waits is answered now, and nothing waits any more. */
void backend_stop(struct backend *b);

/* From router_ops.event. */
void backend_event(struct backend *b, const struct router_event *event);

#endif
