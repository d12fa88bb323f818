/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/backend.h"

#include <arpa/inet.h>
#include <mprapi_base.h>
#include <mprerror.h>
#include <raserror.h>
#include <stdlib.h>
#include <winerror.h>

#include "common/log.h"
#include "rrasd/backend_private.h"
#include "rrasd/present.h"

#define PORTS_FOR_RAS 1u /* MPR_ENABLE_RAS_ON_DEVICE */

/* A client that is not allowed to do something can ask very often. */
#define DENIED_INTERVAL_MS  10000u
#define DENIED_LOG_BURST    10u
#define DENIED_AUDIT_BURST  100u
#define REFUSED_INTERVAL_MS 10000u /* who may not dial in can try very often */
#define REFUSED_BURST       50u
#define ABOVE_INTERVAL_MS   60000u /* sessions above a limit come as often as users do */

struct router_time backend_now(const struct backend *b)
{
    return b->env.now(b->env.ctx);
}

struct audit_who backend_who(const struct backend *b, const struct caller *caller)
{
    return (struct audit_who){.caller = caller, .name = access_caller_name(&b->env.config->roles, caller)};
}

static void denied(struct backend *b, const struct caller *caller, const struct dim_op *op)
{
    struct audit_who who = backend_who(b, caller);
    uint64_t now = backend_now(b).mono_ms, missed;
    char note[RATELIMIT_NOTE_MAX], text[CALLER_TEXT_MAX];
    if (ratelimit_ok(&b->denied_log, now, &missed))
        log_warning("denied: %s, whose role is %s, may not call %s%s", caller_text(text, caller),
                    access_role_name(caller->role), op->name, ratelimit_note(note, missed));
    /* Who comes from the network and may not even look has his line for the log-in. */
    bool is_news = op->right != DIM_RIGHT_VIEW || caller->from == CALLER_LOCAL;
    if (is_news && ratelimit_ok(&b->denied_audit, now, &missed))
        audit_write_denied(b->env.audit, &who, op->name, missed);
}

bool backend_allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct backend *b = ctx;
    const struct caller *caller = user;
    if (access_allows(caller->role, op->right))
        return true;
    denied(b, caller, op);
    return false;
}

static bool lan_only(void *ctx)
{
    const struct backend *b = ctx;
    return !(b->env.config->router_type & ROUTER_TYPE_NOT_LAN_ONLY);
}

static bool has_transport(void *ctx, uint32_t pid)
{
    const struct backend *b = ctx;
    const uint32_t ipv4 = ROUTER_TYPE_RAS | ROUTER_TYPE_LAN | ROUTER_TYPE_WAN;
    const uint32_t ipv6 = ROUTER_TYPE_IPV6_RAS | ROUTER_TYPE_IPV6_LAN | ROUTER_TYPE_IPV6_WAN;
    return (pid == PID_IP && b->env.config->router_type & ipv4) ||
           (pid == PID_IPV6 && b->env.config->router_type & ipv6);
}

/* All drivers, in an array to be freed. NULL: none, or no memory; *n tells which. */
static struct router_driver_view *all_drivers(struct backend *b, size_t *n)
{
    *n = router_drivers(b->env.router, NULL, 0);
    struct router_driver_view *views = *n ? calloc(*n, sizeof *views) : NULL;
    if (views)
        *n = router_drivers(b->env.router, views, *n);
    return views;
}

static void count_ports(const struct router_driver_view *d, struct dim_server *ret)
{
    switch (present_device(d->device_type)->number) {
    case DEVICE_TUNNEL_PPTP:
        ret->pptp_ports += d->ports;
        ret->pptp_flags = PORTS_FOR_RAS;
        break;
    case DEVICE_TUNNEL_L2TP:
        ret->l2tp_ports += d->ports;
        ret->l2tp_flags = PORTS_FOR_RAS;
        break;
    case DEVICE_TUNNEL_SSTP:
        ret->sstp_ports += d->ports;
        ret->sstp_flags = PORTS_FOR_RAS;
        break;
    case DEVICE_TUNNEL_IKEV2:
        ret->ikev2_ports += d->ports;
        ret->ikev2_flags = PORTS_FOR_RAS;
        break;
    default:
        break; /* MS-RRASM has no place for others */
    }
}

static uint32_t server_get(void *ctx, struct dim_server *ret)
{
    struct backend *b = ctx;
    struct router_totals totals;
    size_t n;
    struct router_driver_view *drivers = all_drivers(b, &n);
    if (n > 0 && !drivers)
        return ERROR_NOT_ENOUGH_MEMORY;
    router_get_totals(b->env.router, &totals);
    *ret = (struct dim_server){
        .lan_only = lan_only(b),
        .up_seconds = (uint32_t)((backend_now(b).mono_ms - b->started_ms) / 1000),
        .total_ports = totals.ports,
        .ports_in_use = totals.ports_in_use,
    };
    for (size_t i = 0; i < n; i++)
        count_ports(&drivers[i], ret);
    free(drivers);
    backend_limits_of(b, ret);
    return ERROR_SUCCESS;
}

static uint32_t port_get(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret)
{
    struct backend *b = ctx;
    struct router_time now = backend_now(b);
    struct router_port_view view;
    if (!router_port_get(b->env.router, handle, &now, &view))
        return ERROR_INVALID_PORT_HANDLE;
    present_port(&view, want_stats, ret);
    return ERROR_SUCCESS;
}

static uint32_t port_clear(void *ctx, void *user, uint32_t handle)
{
    struct backend *b = ctx;
    struct audit_who who = backend_who(b, user);
    uint32_t result = router_port_clear(b->env.router, handle) ? ERROR_SUCCESS : ERROR_INVALID_PORT_HANDLE;
    audit_write_change(b->env.audit, &who, dim_op(DIM_PORT_CLEAR_STATS)->name, handle, result);
    return result;
}

static uint32_t connection_get(void *ctx, uint32_t handle, struct dim_connection *ret)
{
    struct backend *b = ctx;
    struct router_time now = backend_now(b);
    struct router_connection_view view;
    struct router_connection *c = router_connection_get(b->env.router, handle);
    if (!c)
        return ERROR_INTERFACE_NOT_CONNECTED;
    router_connection_view(b->env.router, c, &now, &view);
    present_connection(&view, ret);
    /* The router keeps a live connection by itself: the strings stay good until it is called again. */
    router_connection_unref(b->env.router, c);
    return ERROR_SUCCESS;
}

static uint32_t connection_clear(void *ctx, void *user, uint32_t handle)
{
    struct backend *b = ctx;
    struct audit_who who = backend_who(b, user);
    uint32_t result = router_connection_clear(b->env.router, handle) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
    audit_write_change(b->env.audit, &who, dim_op(DIM_CONNECTION_CLEAR_STATS)->name, handle, result);
    return result;
}

static bool has_client_address(void *ctx, uint32_t address)
{
    struct backend *b = ctx;
    char text[INET_ADDRSTRLEN];
    struct in_addr in = {.s_addr = address};
    uint32_t handle;
    return inet_ntop(AF_INET, &in, text, sizeof text) && router_find_address(b->env.router, text, &handle, 1) > 0;
}

static size_t devices(void *ctx, struct dim_device *ret, size_t max)
{
    struct backend *b = ctx;
    size_t n;
    struct router_driver_view *drivers = all_drivers(b, &n);
    if (!drivers)
        return 0;
    for (size_t i = 0; i < n && i < max; i++) {
        const struct device_kind *kind = present_device(drivers[i].device_type);
        ret[i] = (struct dim_device){
            .type = kind->shown_type, .name = drivers[i].device_name, .kind = kind->number, .ports = drivers[i].ports};
    }
    free(drivers);
    return n;
}

struct backend *backend_new(const struct backend_env *env)
{
    struct backend *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->env = *env;
    b->started_ms = backend_now(b).mono_ms;
    b->denied_log = (struct ratelimit){.burst = DENIED_LOG_BURST, .interval_ms = DENIED_INTERVAL_MS};
    b->denied_audit = (struct ratelimit){.burst = DENIED_AUDIT_BURST, .interval_ms = DENIED_INTERVAL_MS};
    b->source_log = (struct ratelimit){.burst = DENIED_LOG_BURST, .interval_ms = DENIED_INTERVAL_MS};
    b->refused_log = (struct ratelimit){.burst = REFUSED_BURST, .interval_ms = REFUSED_INTERVAL_MS};
    b->refused_audit = b->refused_log;
    b->above_log = (struct ratelimit){.burst = 1, .interval_ms = ABOVE_INTERVAL_MS};
    b->dim = (struct dim_backend){
        .ctx = b,
        .allowed = backend_allowed,
        .lan_only = lan_only,
        .has_transport = has_transport,
        .server_get = server_get,
        .server_set = backend_server_set,
        .port_get = port_get,
        .port_clear = port_clear,
        .port_disconnect = backend_port_disconnect,
        .port_list = backend_port_list,
        .connection_get = connection_get,
        .connection_clear = connection_clear,
        .connection_list = backend_connection_list,
        .message = backend_message,
        .release = backend_release,
        .key_set = backend_key_set,
        .key_get = backend_key_get,
        .has_client_address = has_client_address,
        .devices = devices,
    };
    if (backend_x_init(b) != 0) {
        free(b);
        return NULL;
    }
    return b;
}

void backend_free(struct backend *b)
{
    if (!b)
        return;
    while (b->waiting) {
        struct waiting *w = b->waiting;
        b->waiting = w->next;
        dim_finish(w->pending, ERROR_TIMEOUT); /* its association is gone: this only frees it */
        free(w);
    }
    backend_x_fini(b);
    free(b);
}

const struct dim_backend *backend_dim(const struct backend *b)
{
    return &b->dim;
}

const struct rrasx_backend *backend_rrasx(const struct backend *b)
{
    return &b->x.table;
}

void backend_leave(struct backend *b, struct caller *caller)
{
    backend_x_leave(b, caller);
}

void backend_wake(struct backend *b)
{
    backend_x_wake(b);
}

uint64_t backend_next_deadline(const struct backend *b)
{
    return backend_x_next_deadline(b);
}

void backend_stop(struct backend *b)
{
    b->x.stopping = true;
    backend_x_wake(b);
}
