/* SPDX-License-Identifier: Apache-2.0 */
/* Users who are kept out: what callers ask of the router, and the traces in the audit log. */
#include "router/keep_out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <winerror.h>

#include "common/log.h"
#include "common/text.h"
#include "rrasd/backend_private.h"
#include "rrasd/present.h"

#define SHOWN_MAX 256u /* of a name in the log */

static uint32_t code_of(int result)
{
    switch (result) {
    case -ENOSPC:
        return RPC_S_SERVER_TOO_BUSY;
    case -ENOENT:
        return ERROR_NOT_FOUND;
    default:
        return present_result(result);
    }
}

uint32_t backend_x_keep_out(struct backend *b, const struct caller *caller, enum rrasx_opnum opnum,
                            const struct router_keep_out_ask *ask, uint32_t *ret)
{
    struct router_time now = backend_now(b);
    struct audit_who who = backend_who(b, caller);
    struct audit_keep_out line = {
        .op = rrasx_op((uint16_t)opnum)->name,
        .user = ask->user,
        .driver = ask->driver,
        .seconds = ask->seconds,
        .reason = ask->reason,
    };
    int r = b->env.may_keep_out(b->env.ctx) ? router_keep_out_add(b->env.router, ask, &now, &line.number) : -ENOSPC;
    line.result = code_of(r);
    audit_write_keep_out(b->env.audit, &who, &line);
    if (line.result == ERROR_SUCCESS)
        *ret = line.number;
    return line.result;
}

uint32_t backend_x_keep_out_add(void *ctx, void *user, const char *name, const char *driver, uint32_t seconds,
                                const char *reason, uint32_t *ret)
{
    struct backend *b = ctx;
    char by[BACKEND_BY_MAX];
    const struct router_keep_out_ask ask = {
        .user = name,
        .driver = driver,
        .seconds = seconds,
        .reason = reason[0] ? reason : NULL,
        .by = backend_x_by(b, user, by),
    };
    return backend_x_keep_out(b, user, RRASX_KEEP_OUT_ADD, &ask, ret);
}

uint32_t backend_x_keep_out_remove(void *ctx, void *user, uint32_t number)
{
    struct backend *b = ctx;
    struct audit_who who = backend_who(b, user);
    struct audit_keep_out line = {.op = rrasx_op(RRASX_KEEP_OUT_REMOVE)->name, .number = number};
    struct router_keep_out k;
    char by[BACKEND_BY_MAX], name[ROUTER_USER_MAX + 1u] = "";
    if (router_keep_out_get(b->env.router, number, &k)) {
        snprintf(name, sizeof name, "%s", k.user);
        line.user = name;
    }
    line.result = code_of(router_keep_out_lift(b->env.router, number, backend_x_by(b, user, by)));
    audit_write_keep_out_end(b->env.audit, &who, &line);
    return line.result;
}

/* ---- the list ---- */

/* What the drivers can do about it; to be freed. NULL: none, or no memory, and then they are left out. */
static OPENRRAS_KEEP_OUT_DRIVER *drivers_of(const struct backend *b, uint32_t number, size_t *n)
{
    *n = router_keep_out_drivers(b->env.router, number, NULL, 0);
    struct router_keep_out_driver *all = *n ? calloc(*n, sizeof *all) : NULL;
    OPENRRAS_KEEP_OUT_DRIVER *ret = all ? calloc(*n, sizeof *ret) : NULL;
    if (!ret)
        *n = 0;
    else
        (void)router_keep_out_drivers(b->env.router, number, all, *n);
    for (size_t i = 0; i < *n; i++)
        ret[i] = (OPENRRAS_KEEP_OUT_DRIVER){
            .fRefuses = all[i].refuses,
            .pszDriver = all[i].driver,
            .pszInstance = all[i].instance,
            .pszText = all[i].text,
        };
    free(all);
    return ret;
}

static bool put(const struct backend *b, const struct router_keep_out *k, struct rrasx_out *out)
{
    size_t n = 0;
    OPENRRAS_KEEP_OUT_DRIVER *drivers = drivers_of(b, k->number, &n);
    const OPENRRAS_KEEP_OUT item = {
        .dwKeepOut = k->number,
        .llSince = k->since,
        .llUntil = k->until,
        .ullTurnedAway = k->turned_away,
        .llLastAttempt = k->last_attempt,
        .dwDrivers = (uint32_t)n,
        .pDrivers = drivers,
        .pszUser = k->user,
        .pszDriver = k->driver,
        .pszReason = k->reason,
        .pszBy = k->by,
    };
    bool room = rrasx_put_keep_out(out, &item);
    free(drivers);
    return room;
}

uint32_t backend_x_keep_out_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next)
{
    struct backend *b = ctx;
    struct router_keep_out k;
    bool room = true;
    while (room && router_keep_out_after(b->env.router, after, &k)) {
        after = k.number;
        room = put(b, &k, out);
    }
    *next = room ? 0 : after;
    return ERROR_SUCCESS;
}

/* ---- what the router tells ---- */

void backend_x_keep_out_over(struct backend *b, const struct router_event *e)
{
    const struct audit_keep_out line = {.number = e->keep_out, .user = e->user, .driver = e->driver};
    char user[SHOWN_MAX];
    log_info("keep-out %" PRIu32 " of user \"%s\" is over", e->keep_out, text_escape_z(user, sizeof user, e->user));
    if (!e->by || !e->by[0]) /* else its lifting has a line, with who did it */
        audit_write_keep_out_end(b->env.audit, NULL, &line);
}

void backend_x_kept_out(const struct router_event *e)
{
    char user[SHOWN_MAX], from[SHOWN_MAX];
    if (log_get_level() < LOG_LEVEL_INFO)
        return;
    log_info("keep-out %" PRIu32 ": user \"%s\" was turned away by %s:%s%s%s", e->keep_out,
             text_escape_z(user, sizeof user, e->user), e->driver, e->instance,
             e->client_address && e->client_address[0] ? ", from " : "",
             text_escape_z(from, sizeof from, e->client_address ? e->client_address : ""));
}
