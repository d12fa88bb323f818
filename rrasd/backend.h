/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dimsvc asks, answered by the router: struct dim_backend. Turns ports and connections into what MS-RRASM calls
 * them, decides who may do what, and writes the audit log.
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

struct backend;

struct backend_env {
    struct router *router;
    struct audit *audit;
    const struct config *config; /* the present one; the pointer stays the same over a reload */
    struct router_time (*now)(void *ctx);
    /* A call of this caller, that was left open, has been answered: there is output to send. */
    void (*answered)(void *ctx, struct caller *caller);
    void *ctx;
};

struct backend *backend_new(const struct backend_env *env);
/* After all associations, and after the router (which may still hold calls). */
void backend_free(struct backend *b);
const struct dim_backend *backend_dim(const struct backend *b);

/* The caller's connection is about to be freed: what is answered later is not for it. */
void backend_forget(struct backend *b, const struct caller *caller);

/* From router_ops.event. */
void backend_event(struct backend *b, const struct router_event *event);

#endif
