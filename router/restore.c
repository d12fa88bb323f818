/* SPDX-License-Identifier: Apache-2.0 */
/* Over a restart: the slot table, and marks for when there is none. */
#include "router/router_private.h"

#include <errno.h>
#include <string.h>

static int save_retired(const struct router *r, uint32_t slot, int (*each)(void *ctx, const struct router_saved *saved),
                        void *ctx)
{
    const struct router_saved v = {.slot = slot,
                                   .calls = port_retired(r, slot),
                                   .driver = "",
                                   .instance = "",
                                   .device_type = "",
                                   .device_name = "",
                                   .port_prefix = "",
                                   .id = "",
                                   .user = ""};
    return v.calls ? each(ctx, &v) : 0;
}

int router_save(const struct router *r, int (*each)(void *ctx, const struct router_saved *saved), void *ctx)
{
    for (uint32_t slot = 1; slot <= r->highest_slot; slot++) {
        const struct port *p = port_by_slot(r, slot);
        if (!p) {
            int stop = save_retired(r, slot, each, ctx);
            if (stop != 0)
                return stop;
            continue;
        }
        const struct router_driver *d = p->driver;
        const struct session *s = p->session;
        int rc = each(ctx, &(struct router_saved){
                               .slot = slot,
                               .calls = p->raised,
                               .skipped = p->skipped,
                               .kind = d->kind,
                               .driver = d->name,
                               .instance = d->instance,
                               .device_type = d->device_type,
                               .device_name = d->device_name,
                               .port_prefix = d->prefix,
                               .index = p->index,
                               .id = s ? text_get(s->texts, TEXT_ID) : "",
                               .start = s ? s->start : 0,
                               .connection = s && s->connection ? s->connection->handle : 0,
                               .user = s ? text_get(s->texts, TEXT_USER) : "",
                           });
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- restore ---- */

static bool slot_ok(const struct router *r, const struct router_saved *v)
{
    return !r->ever_attached && v->slot > 0 && v->slot <= ROUTER_SLOTS_MAX && !port_by_slot(r, v->slot) &&
           port_retired(r, v->slot) == 0;
}

static bool is_retired(const struct router_saved *v)
{
    return v->driver && !v->driver[0] && v->index == 0;
}

static int restore_retired(struct router *r, const struct router_saved *v)
{
    if (!slot_ok(r, v) || (v->id && v->id[0]) || v->connection || v->calls == 0)
        return -EINVAL;
    return port_restore_retired(r, v->slot, v->calls);
}

static bool saved_ok(const struct router *r, const struct router_saved *v)
{
    return slot_ok(r, v) && v->index > 0 && v->index <= PORT_INDEX_MAX && v->connection <= HANDLE_MAX &&
           v->skipped <= v->calls && v->start >= 0 && (v->connection == 0 || (v->id && v->id[0]));
}

/* Its session, with its connection, but not on a port yet. *ret NULL: the port was idle. */
static int restore_session(struct router *r, struct router_driver *d, const struct router_saved *v,
                           const struct router_time *now, struct session **ret, struct join *join)
{
    const struct router_session said = {.id = v->id, .user = v->user};
    const char *text[TEXT_COUNT];
    if (!v->id || !v->id[0])
        return 0;
    texts_merge(text, &said, NULL);
    if (texts_check(text) != 0 || session_find(d, v->id))
        return -EINVAL;
    struct texts *t = texts_new(text);
    struct session *s = t ? session_new(t) : NULL;
    if (!s)
        return -ENOMEM;
    s->start = v->start;
    s->state = v->connection ? ROUTER_SESSION_CONNECTED : ROUTER_SESSION_AUTHENTICATING;
    s->was_up = v->connection != 0;
    s->restored = true;
    int rc = session_register(r, d, s);
    if (rc != 0) {
        session_free(s);
        return rc;
    }
    if (v->connection)
        rc = connection_prepare_restored(r, d, t, v->connection, v->start, now, join);
    if (rc != 0) {
        session_unregister(r, d, s);
        session_free(s);
        return rc;
    }
    *ret = s;
    return 0;
}

static uint32_t above_floor(const struct router *r, uint32_t calls, bool in_use)
{
    return calls <= r->floor_calls && r->floor_calls ? r->floor_calls + (in_use ? 1u : 0u) : calls;
}

static void port_restore(struct router *r, struct port *p, const struct router_saved *v, struct session *s,
                         const struct join *join)
{
    p->raised = above_floor(r, v->calls, s != NULL);
    p->skipped = v->skipped + (p->raised - v->calls);
    if (p->raised > r->most_calls)
        r->most_calls = p->raised;
    /* An earlier run began that high, after an unclean stop. Slots that it did not come to use must do so, too. */
    if (v->skipped > r->new_calls)
        r->new_calls = v->skipped;
    if (!s)
        return;
    session_occupy(r, s, p);
    if (join->connection)
        connection_join(r, s, join);
}

int router_restore(struct router *r, const struct router_saved *saved, const struct router_time *now)
{
    const struct router_driver_info info = {
        .kind = saved->kind,
        .name = saved->driver,
        .instance = saved->instance,
        .device_type = saved->device_type,
        .device_name = saved->device_name,
        .port_prefix = saved->port_prefix,
    };
    struct driver_entry e = {0};
    struct session *s = NULL;
    struct port *p = NULL;
    struct join join = {0};
    if (is_retired(saved))
        return restore_retired(r, saved);
    if (!saved_ok(r, saved))
        return -EINVAL;
    int rc = driver_prepare(r, &info, &e);
    struct router_driver *d = e.driver;
    if (rc == 0 && saved->index <= d->slots_cap && d->slots[saved->index - 1u])
        rc = -EINVAL;
    if (rc == 0)
        rc = restore_session(r, d, saved, now, &s, &join);
    if (rc == 0)
        rc = port_make(r, d, saved->slot, saved->index, &p);
    if (rc != 0) {
        connection_discard(r, &join);
        if (s) {
            session_unregister(r, d, s);
            session_free(s);
        }
        driver_discard(&e);
        return rc;
    }
    driver_enter(r, &e, info.kind);
    port_restore(r, p, saved, s, &join);
    if (s && d->kind == ROUTER_DRIVER_SESSION)
        d->unknown_at = now->mono_ms + r->config.unknown_ms;
    return 0;
}

/* ---- marks ---- */

void router_get_marks(const struct router *r, struct router_marks *ret)
{
    *ret = (struct router_marks){
        .calls = r->most_calls > r->new_calls ? r->most_calls : r->new_calls,
        .connection = r->highest_connection,
    };
}

void router_set_floor(struct router *r, const struct router_marks *floor)
{
    if (floor->calls > r->floor_calls)
        r->floor_calls = floor->calls;
    if (r->floor_calls > r->new_calls)
        r->new_calls = r->floor_calls;
    for (uint32_t slot = 1; slot <= r->highest_slot; slot++) {
        struct port *p = port_by_slot(r, slot);
        if (!p)
            continue;
        uint32_t raised = above_floor(r, p->raised, p->session != NULL);
        p->skipped += raised - p->raised;
        p->raised = raised;
        if (raised > r->most_calls)
            r->most_calls = raised;
    }
    uint32_t connection = floor->connection <= HANDLE_MAX ? floor->connection : HANDLE_MAX;
    if (connection > r->last_connection)
        r->last_connection = connection;
    if (connection > r->highest_connection)
        r->highest_connection = connection;
}
