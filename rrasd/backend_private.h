/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by backend*.c only. */
#ifndef OPENRRAS_RRASD_BACKEND_PRIVATE_H
#define OPENRRAS_RRASD_BACKEND_PRIVATE_H

#include <stdio.h>
#include <string.h>

#include "rrasd/backend.h"
#include "rrasd/backend_asker.h"
#include "rrasd/backend_x.h"
#include "rrasd/ratelimit.h"

/* A call to disconnect that waits for the driver. Owned by the backend, freed when the router has answered. */
struct waiting {
    struct backend *b;
    struct waiting *prev, *next;
    struct caller *caller; /* NULL once its connection is gone */
    struct dim_pending *pending;
    uint32_t handle;
};

struct backend {
    struct backend_env env;
    struct dim_backend dim;
    struct backend_x x;
    struct waiting *waiting;
    uint64_t started_ms;
    /* While router_port_disconnect() runs: for whom, and whether it has made an order. */
    const struct caller *asking;
    uint32_t asking_handle;
    bool order_made;
    struct ratelimit source_log, denied_log, denied_audit, above_log, refused_log, refused_audit;
    struct asker *askers; /* of what is with a worker, or a driver */
    size_t limits_coming; /* of types that have none yet: places that are kept while they are being stored */
};

struct router_time backend_now(const struct backend *b);
bool backend_allowed(void *ctx, void *user, const struct dim_op *op);
struct audit_who backend_who(const struct backend *b, const struct caller *caller);

/* dim_backend's lists (backend_list.c) and orders (backend_order.c). */
uint32_t backend_port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret);
uint32_t backend_connection_list(void *ctx, uint32_t resume, size_t max, struct dim_list *ret);
void backend_port_disconnect(void *ctx, void *user, uint32_t handle, struct dim_pending *p);

/* ROUTER_EVENT_USER_REFUSED (backend_admission.c). */
void backend_user_refused(struct backend *b, const struct router_event *e);

/* Messages and quarantine (backend_errand.c). */
void backend_message(void *ctx, void *user, uint32_t connection, const char *text, struct dim_pending *p);
void backend_release(void *ctx, void *user, uint32_t client, bool is_address, struct dim_pending *p);
void backend_x_quarantine_set(void *ctx, void *user, uint32_t connection, bool on, struct rrasx_pending *p);

/* The L2TP key (backend_key.c). */
void backend_key_set(void *ctx, void *user, const uint8_t *key, size_t n, struct dim_pending *p);
void backend_key_get(void *ctx, void *user, struct dim_pending *p);

/* Limits of ports (backend_limits.c). */
void backend_server_set(void *ctx, void *user, const struct dim_limits *limits, struct dim_pending *p);
uint32_t backend_x_limit_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next);
void backend_x_limit_set(void *ctx, void *user, const char *device_type, uint32_t ports, uint32_t use,
                         struct rrasx_pending *p);
/* Of each kind of tunnel that has a limit, what it is. */
void backend_limits_of(struct backend *b, struct dim_server *ret);
/* A session of this type has come: are there too many now? */
void backend_limits_look(struct backend *b, const char *device_type);

#endif
