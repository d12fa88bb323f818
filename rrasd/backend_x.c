/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/backend_x.h"

#include <errno.h>
#include <stdlib.h>

#include <winerror.h>

#include "rrasd/backend_private.h"
#include "rrasd/present.h"
#include "rrasd/rrasd_paths.h"

/* More than a page of the shortest ones; a page that ends before is found out when it is full. */
#define SESSIONS_A_PAGE 1024u

struct router_selector backend_x_selector(const OPENRRAS_SELECTOR *s)
{
    return (struct router_selector){
        .all = s->fAll != 0,
        .port = s->dwPort,
        .connection = s->dwConnection,
        .user = s->pszUser,
        .address = s->pszAddress,
        .driver = s->pszDriver,
        .device_type = s->pszDeviceType,
    };
}

const char *backend_x_by(const struct backend *b, const struct caller *caller, char dst[static BACKEND_BY_MAX])
{
    const char *name = access_caller_name(&b->env.config->roles, caller);
    if (name)
        snprintf(dst, BACKEND_BY_MAX, "%s", name);
    else
        snprintf(dst, BACKEND_BY_MAX, "uid %u", (unsigned)caller->uid);
    return dst;
}

/* ---- the server ---- */

static uint32_t rights_of(const struct caller *caller)
{
    return (access_allows(caller->role, DIM_RIGHT_VIEW) ? OPENRRAS_RIGHT_VIEW : 0) |
           (access_allows(caller->role, DIM_RIGHT_DISCONNECT) ? OPENRRAS_RIGHT_DISCONNECT : 0) |
           (access_allows(caller->role, DIM_RIGHT_ADMIN) ? OPENRRAS_RIGHT_ADMIN : 0);
}

static uint32_t server_get(void *ctx, void *user, OPENRRAS_SERVER *ret)
{
    struct backend *b = ctx;
    struct router_totals t;
    router_get_totals(b->env.router, &t);
    *ret = (OPENRRAS_SERVER){
        .pszVersion = RRASD_VERSION,
        .guidRun = b->x.run,
        .llStarted = b->x.started,
        .ullLastEvent = journal_last(b->x.journal),
        .ullFirstEvent = journal_first(b->x.journal),
        .dwFeatures = OPENRRAS_FEATURE_EVENTS | OPENRRAS_FEATURE_SESSIONS | OPENRRAS_FEATURE_DISCONNECT |
                      OPENRRAS_FEATURE_KEEP_OUT | OPENRRAS_FEATURE_DRIVERS | OPENRRAS_FEATURE_FORGET_FORCE |
                      OPENRRAS_FEATURE_USERS | OPENRRAS_FEATURE_QUARANTINE | OPENRRAS_FEATURE_LIMITS,
        .dwRights = rights_of(user),
        .dwPorts = t.ports,
        .dwPortsInUse = t.ports_in_use,
        .dwConnections = t.connections,
        .ullSessionsStarted = t.sessions_started,
        .ullSessionsRefused = t.sessions_refused,
        .ullOrders = t.orders,
        .ullOrdersConfirmed = t.orders_confirmed,
        .ullOrdersFailed = t.orders_failed,
    };
    ret->pRefusedDrivers = backend_x_refused(b, &ret->dwRefusedDrivers);
    return ERROR_SUCCESS;
}

/* ---- sessions ---- */

static uint32_t flags_of(const struct router_port_view *v)
{
    return (v->quarantined ? OPENRRAS_SESSION_QUARANTINED : 0) |
           (v->can & ROUTER_CAN_MESSAGE ? OPENRRAS_SESSION_CAN_MESSAGE : 0) |
           (v->can & ROUTER_CAN_QUARANTINE ? OPENRRAS_SESSION_CAN_QUARANTINE : 0);
}

static void describe(const struct router_port_view *v, OPENRRAS_SESSION *ret)
{
    struct dim_port port;
    present_port(v, false, &port);
    *ret = (OPENRRAS_SESSION){
        .dwPort = v->handle,
        .dwConnection = v->connection,
        .dwCondition = port.condition,
        .dwConnectSeconds = v->connect_seconds,
        .llStart = v->start,
        .ullLineSpeed = v->line_speed,
        .ullBytesOut = v->counters.bytes_out,
        .ullBytesIn = v->counters.bytes_in,
        .ullFramesOut = v->counters.frames_out,
        .ullFramesIn = v->counters.frames_in,
        .fFailed = v->failed,
        .dwFlags = flags_of(v),
        .ullOrder = v->order,
        .pszPort = v->name,
        .pszDeviceType = v->device_type,
        .pszDriver = v->driver,
        .pszInstance = v->instance,
        .pszId = v->id,
        .pszUser = v->user,
        .pszAuth = v->auth,
        .pszCaller = v->caller,
        .pszClientAddress = v->client_address,
        .pszServerAddress = v->server_address,
        .pszTunnelAddress4 = v->tunnel_address4,
        .pszTunnelAddress6 = v->tunnel_address6,
        .pszTunnelServer4 = v->tunnel_server4,
        .pszInterface = v->interface,
        .pszBundle = v->bundle,
        .pszLastError = v->last_error,
    };
}

/* Until the page is full: how many were put. */
static size_t put_sessions(const struct backend *b, const uint32_t *handles, size_t n, struct rrasx_out *out)
{
    struct router_time now = backend_now(b);
    bool room = true;
    size_t i = 0;
    for (; i < n && room; i++) {
        struct router_port_view v;
        OPENRRAS_SESSION s;
        if (!router_port_get(b->env.router, handles[i], &now, &v))
            continue; /* can't be: it was selected a moment ago */
        describe(&v, &s);
        room = rrasx_put_session(out, &s);
    }
    return i;
}

static uint32_t session_enum(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                             uint32_t *next)
{
    struct backend *b = ctx;
    const struct router_selector s = backend_x_selector(selector);
    struct router_page page;
    int r = router_select_page(b->env.router, &s, after, SESSIONS_A_PAGE, &page);
    if (r < 0)
        return present_result(r);
    size_t put = put_sessions(b, page.handles, page.n, out);
    *next = put < page.n ? router_handle_slot(page.handles[put - 1u]) : page.next;
    free(page.handles);
    return ERROR_SUCCESS;
}

/* ---- life ---- */

int backend_x_init(struct backend *b)
{
    const struct config *config = b->env.config;
    b->x = (struct backend_x){
        .table =
            {
                .ctx = b,
                .allowed = backend_allowed,
                .server_get = server_get,
                .session_enum = session_enum,
                .event_wait = backend_x_event_wait,
                .disconnect = backend_x_disconnect,
                .job_wait = backend_x_job_wait,
                .job_cancel = backend_x_job_cancel,
                .keep_out_add = backend_x_keep_out_add,
                .keep_out_enum = backend_x_keep_out_enum,
                .keep_out_remove = backend_x_keep_out_remove,
                .driver_enum = backend_x_driver_enum,
                .driver_forget = backend_x_driver_forget,
                .user_get = backend_x_user_get,
                .user_set = backend_x_user_set,
                .user_remove = backend_x_user_remove,
                .user_enum = backend_x_user_enum,
                .quarantine_set = backend_x_quarantine_set,
                .limit_enum = backend_x_limit_enum,
                .limit_set = backend_x_limit_set,
            },
        .journal = journal_new(config->events_kept, config->events_bytes),
        .run = b->env.run,
        .started = backend_now(b).wall_s,
    };
    return b->x.journal ? 0 : -ENOMEM;
}

void backend_x_fini(struct backend *b)
{
    journal_free(b->x.journal);
}
