/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers: how they are, and to forget one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <winerror.h>

#include "rrasd/backend_private.h"

_Static_assert((int)OPENRRAS_DRIVER_AWAY == (int)DRIVER_HUB_AWAY && (int)OPENRRAS_DRIVER_DOWN == (int)DRIVER_HUB_DOWN &&
                   (int)OPENRRAS_DRIVER_DEGRADED == (int)DRIVER_HUB_DEGRADED &&
                   (int)OPENRRAS_DRIVER_STARTING == (int)DRIVER_HUB_STARTING &&
                   (int)OPENRRAS_DRIVER_UP == (int)DRIVER_HUB_UP,
               "the hub's states are those of the contract");
_Static_assert(OPENRRAS_CAN_DISCONNECT == DRIVER_HUB_CAN_DISCONNECT && OPENRRAS_CAN_HARD == DRIVER_HUB_CAN_HARD &&
                   OPENRRAS_CAN_STATS == DRIVER_HUB_CAN_STATS && OPENRRAS_CAN_MESSAGE == DRIVER_HUB_CAN_MESSAGE &&
                   OPENRRAS_CAN_KEEP_OUT == DRIVER_HUB_CAN_KEEP_OUT && OPENRRAS_CAN_LIMIT == DRIVER_HUB_CAN_LIMIT &&
                   OPENRRAS_CAN_QUARANTINE == DRIVER_HUB_CAN_QUARANTINE &&
                   OPENRRAS_CAN_ADMISSION == DRIVER_HUB_CAN_ADMISSION,
               "and so with what drivers can do");

static void describe(const struct driver_hub_driver *d, OPENRRAS_DRIVER *ret)
{
    const struct router_driver_view *r = &d->router;
    *ret = (OPENRRAS_DRIVER){
        .dwState = d->state,
        .fSession = r->kind == ROUTER_DRIVER_SESSION,
        .dwCapabilities = d->capabilities,
        .dwPid = (DWORD)d->pid,
        .dwUid = d->uid,
        .llSince = d->since,
        .llLastContact = d->last_contact,
        .llLastError = d->last_error_at,
        .dwPorts = r->ports,
        .dwPortsInUse = r->ports_in_use,
        .ullConnections = d->connections,
        .ullProtocolErrors = d->protocol_errors,
        .ullHung = d->hung,
        .ullSessionsStarted = r->sessions_started,
        .ullSessionsRefused = r->sessions_refused,
        .ullOrders = r->orders,
        .ullOrdersConfirmed = r->orders_confirmed,
        .ullOrdersFailed = r->orders_failed,
        .pszDriver = r->name,
        .pszInstance = r->instance,
        .pszDeviceType = r->device_type,
        .pszDeviceName = r->device_name,
        .pszText = d->text,
        .pszLastError = d->last_error,
    };
}

/* A place in the list is the number of the last that was given: whichever is forgotten meanwhile, no other is skipped.
 */
uint32_t backend_x_driver_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    const struct backend *b = ctx;
    struct driver_hub_driver d;
    bool room = true;
    while (room && driver_hub_driver_after(b->env.hub, after, &d)) {
        OPENRRAS_DRIVER item;
        describe(&d, &item);
        after = d.router.number;
        room = rrasx_put_driver(out, &item);
    }
    *next = room ? 0 : after;
    return ERROR_SUCCESS;
}

/* "openvpn:main" as two texts; `name` has room for both. */
static const char *split(char name[static DRIVER_HUB_POOL_MAX], const char *pool)
{
    size_t n = strcspn(pool, ":");
    snprintf(name, DRIVER_HUB_POOL_MAX, "%s", pool);
    name[n] = '\0';
    return pool[n] ? name + n + 1u : "";
}

OPENRRAS_REFUSED_DRIVER *backend_x_refused(struct backend *b, uint32_t *n)
{
    size_t count;
    const struct driver_hub_refused *all = driver_hub_refused(b->env.hub, &count);
    for (size_t i = 0; i < count; i++)
        b->x.refused[i] = (OPENRRAS_REFUSED_DRIVER){
            .ullCount = all[i].count,
            .llFirst = all[i].first,
            .llLast = all[i].last,
            .dwUid = all[i].uid,
            .dwPid = (DWORD)all[i].pid,
            .pszCode = all[i].code,
            .pszInstance = split(b->x.refused_names[i], all[i].pool),
            .pszDriver = b->x.refused_names[i],
            .pszReason = all[i].reason,
        };
    *n = (uint32_t)count;
    return b->x.refused;
}

static uint32_t code_of_forget(int r)
{
    return r == 0 ? ERROR_SUCCESS : r == -EBUSY ? ERROR_BUSY : ERROR_NOT_FOUND;
}

uint32_t backend_x_driver_forget(void *ctx, void *user, const char *driver, const char *instance, uint32_t flags,
                                 uint32_t *sessions)
{
    struct backend *b = ctx;
    struct audit_who who = backend_who(b, user);
    char by[BACKEND_BY_MAX];
    struct audit_forget line = {.op = rrasx_op(RRASX_DRIVER_FORGET)->name,
                                .driver = driver,
                                .instance = instance,
                                .force = flags & OPENRRAS_FORGET_FORCE};
    if (flags & ~OPENRRAS_FORGET_FORCE)
        line.result = ERROR_INVALID_PARAMETER;
    else if (line.force)
        line.result =
            code_of_forget(driver_hub_give_up(b->env.hub, driver, instance, backend_x_by(b, user, by), &line.sessions));
    else
        line.result = code_of_forget(driver_hub_forget(b->env.hub, driver, instance));
    audit_write_forget(b->env.audit, &who, &line);
    *sessions = line.sessions;
    return line.result;
}
