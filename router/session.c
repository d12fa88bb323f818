/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: what drivers report of them, from the first word to the last. */
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct session *session_find(struct router_driver *d, const char *id)
{
    struct session *s = NULL;
    HASH_FIND(hh, d->sessions, id, strlen(id), s);
    return s;
}

struct session *session_new(struct texts *texts)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s) {
        texts_unref(texts);
        return NULL;
    }
    s->texts = texts;
    s->state = ROUTER_SESSION_CONNECTING;
    stats_init(&s->stats);
    return s;
}

void session_free(struct session *s)
{
    texts_unref(s->texts);
    stats_fini(&s->stats);
    free(s);
}

int session_register(struct router *r, struct router_driver *d, struct session *s)
{
    const char *id = text_get(s->texts, TEXT_ID);
    struct user *user = NULL;
    if (user_get(r, s->texts, &user) != 0)
        return -ENOMEM;
    HASH_ADD_KEYPTR(hh, d->sessions, id, strlen(id), s);
    if (!s->hh.tbl) {
        user_drop(r, user);
        return -ENOMEM;
    }
    user_put(r, s, user);
    return 0;
}

void session_unregister(struct router *r, struct router_driver *d, struct session *s)
{
    HASH_DELETE(hh, d->sessions, s);
    user_remove(r, s);
}

bool session_away(const struct session *s)
{
    const struct router_driver *d = s->port->driver;
    return d->kind == ROUTER_DRIVER_SESSION ? !s->present : d->attached == 0;
}

/* Start 0 is "not known yet": the first start that is told fixes it. A driver that can't tell the start must have ids
 * that never come again. */
static bool same_identity(const struct session *s, int64_t start)
{
    return start == 0 || s->start == 0 || s->start == start;
}

void session_occupy(struct router *r, struct session *s, struct port *p)
{
    s->port = p;
    p->session = s;
    p->driver->in_use++;
    if (!s->present)
        p->driver->absent++;
    r->in_use++;
}

/* ---- the end ---- */

static void leave_port(struct router *r, struct session *s)
{
    struct port *p = s->port;
    p->session = NULL;
    p->failed = false;
    port_set_error(p, NULL);
    p->driver->in_use--;
    if (!s->present)
        p->driver->absent--;
    r->in_use--;
    if (limit_exceeded(r, p->driver))
        port_retire(r, p);
    else
        port_put(r, p);
}

static void emit_gone(struct router *r, const struct session *s, const struct session_end *end)
{
    struct router_counters counters;
    struct router_event e = event_of_session(ROUTER_EVENT_SESSION_GONE, s);
    stats_raw(&s->stats, &counters);
    e.reason = end->reason;
    e.counters = end->counters ? end->counters : &counters;
    e.counters_final = end->counters && end->counters_final;
    e.told = end->told;
    e.outcome = end->outcome;
    e.by = end->by;
    event_emit(r, &e);
}

void session_end(struct router *r, struct session *s, const struct session_end *end, const struct router_time *now)
{
    stats_apply(&s->stats, end->counters);
    emit_gone(r, s, end);
    if (s->order)
        order_finish(r, s->order,
                     &(struct order_result){.outcome = end->outcome,
                                            .told = end->told,
                                            .reason = end->reason,
                                            .waiters = end->waiters,
                                            .counters_final = end->counters && end->counters_final},
                     now);
    errand_drop(r, s, -ENOTCONN);
    bool kept = s->connection && connection_leave(r, s, now);
    session_unregister(r, s->port->driver, s);
    leave_port(r, s);
    if (!kept)
        session_free(s);
}

/* One that is on no port. */
static void session_unmake(struct router *r, struct router_driver *d, struct session *s)
{
    session_unregister(r, d, s);
    session_free(s);
}

int router_session_gone(struct router *r, struct router_driver *d, const struct router_gone *gone,
                        const struct router_time *now)
{
    struct session *s = gone->id ? session_find(d, gone->id) : NULL;
    if (!s || !same_identity(s, gone->start))
        return -ENOENT;
    if (!s->port) {
        waiting_remove(d, s);
        session_unmake(r, d, s);
        return 0;
    }
    session_end(r, s,
                &(struct session_end){
                    .reason = gone->reason,
                    .counters = gone->counters,
                    .counters_final = gone->counters_final,
                    .told = gone->told,
                    .outcome = ROUTER_OUTCOME_GONE,
                },
                now);
    waiting_place(r, d, now);
    waiters_call(r);
    return 0;
}

int router_session_lost(struct router *r, struct router_driver *d, const char *id, int64_t start,
                        const struct router_time *now)
{
    struct session *s = id ? session_find(d, id) : NULL;
    if (!s || !same_identity(s, start))
        return -ENOENT;
    if (!s->port) { /* nobody has seen it yet */
        waiting_remove(d, s);
        session_unmake(r, d, s);
        return 0;
    }
    if (s->present)
        d->absent++;
    s->present = false;
    s->channel = NULL;
    if (s->order)
        order_suspend(r, s->order);
    errand_drop(r, s, -ETIMEDOUT);
    d->unknown_at = now->mono_ms + r->config.unknown_ms;
    waiters_call(r);
    return 0;
}

/* ---- a report ---- */

static enum router_session_state state_after(const struct session *s, const struct router_session *said)
{
    return said->state == ROUTER_SESSION_KEEP ? (enum router_session_state)s->state : said->state;
}

static bool wants_connection(const struct session *s, const struct router_session *said)
{
    return state_after(s, said) == ROUTER_SESSION_CONNECTED && !s->connection;
}

static bool in_quarantine_after(const struct session *s, const struct router_session *said)
{
    return said->quarantine == ROUTER_QUARANTINE_KEEP ? s->quarantined : said->quarantine == ROUTER_QUARANTINE_ON;
}

/* Take over what needs no memory (any more). True when it is worth an event: counters alone are not. */
static bool take_over(struct session *s, struct texts *t, void *channel, const struct router_session *said)
{
    enum router_session_state state = state_after(s, said);
    bool changed = t || s->state != state || (said->line_speed && s->line_speed != said->line_speed) ||
                   (said->start && s->start != said->start) || s->quarantined != in_quarantine_after(s, said);
    if (t) {
        texts_unref(s->texts);
        s->texts = t;
        s->hh.key = text_get(t, TEXT_ID); /* the same bytes in another place */
    }
    if (!s->present && s->port)
        s->port->driver->absent--;
    s->channel = channel;
    s->present = true;
    s->restored = false;
    s->state = (uint8_t)state;
    s->quarantined = in_quarantine_after(s, said);
    s->can = said->can;
    if (said->line_speed)
        s->line_speed = said->line_speed;
    if (said->start)
        s->start = said->start;
    stats_apply(&s->stats, said->counters);
    return changed;
}

static void emit_session(struct router *r, enum router_event_type type, const struct session *s)
{
    struct router_event e = event_of_session(type, s);
    event_emit(r, &e);
}

/* Tell of a session that is on a port: it is up for the first time, or it has changed. */
static void emit_change(struct router *r, struct session *s, bool connection_made, bool was_quarantined)
{
    bool up = s->connection && !s->was_up;
    if (connection_made)
        emit_session(r, ROUTER_EVENT_CONNECTION_UP, s);
    if (up)
        s->was_up = true;
    emit_session(r, up ? ROUTER_EVENT_SESSION_UP : ROUTER_EVENT_SESSION_CHANGED, s);
    if (s->quarantined != was_quarantined)
        quarantine_emit(r, s, NULL);
}

/* All that an update of a session can fail at. */
static int prepare_update(struct router *r, struct session *s, struct texts *t, const struct router_session *said,
                          const struct router_time *now, struct join *join, struct user **user)
{
    struct texts *texts = t ? t : s->texts;
    int rc = stats_prepare(&s->stats, said->counters);
    *user = s->user;
    if (rc == 0 && t)
        rc = user_get(r, t, user);
    if (rc != 0 || !s->port)
        return rc;
    if (wants_connection(s, said))
        rc = connection_prepare(r, s->port->driver, texts, NULL, said->start ? said->start : s->start, now, join);
    else if (t && s->connection)
        rc = connection_retext(r, s, t);
    if (rc != 0)
        user_drop(r, *user);
    return rc;
}

static int session_update(struct router *r, struct session *s, void *channel, const struct router_session *said,
                          const struct router_time *now)
{
    const char *text[TEXT_COUNT];
    struct texts *t = NULL;
    struct join join = {0};
    struct user *user = NULL;
    texts_merge(text, said, s->texts);
    if (!texts_equal(s->texts, text)) {
        t = texts_new(text);
        if (!t)
            return -ENOMEM;
    }
    int rc = prepare_update(r, s, t, said, now, &join, &user);
    if (rc != 0) {
        texts_unref(t);
        return rc;
    }
    if (s->order && s->channel != channel)
        s->order->sent = false; /* whoever it was sent to does not carry this session any more */
    bool was_quarantined = s->quarantined;
    bool changed = take_over(s, t, channel, said);
    user_put(r, s, user);
    if (!s->port)
        return 0;
    if (join.connection)
        connection_join(r, s, &join);
    if (changed || join.connection)
        emit_change(r, s, join.made, was_quarantined);
    if (s->order)
        order_resume(r, s->order, now);
    return 0;
}

void session_place(struct router *r, struct session *s, struct port *p, const struct join *join)
{
    session_occupy(r, s, p);
    /* The port gets a new generation: handles of those before are not good for this session. */
    p->raised++;
    if (p->raised > r->most_calls)
        r->most_calls = p->raised;
    r->sessions_started++;
    p->driver->sessions_started++;
    p->failed = false;
    port_set_error(p, NULL);
    if (join->connection)
        connection_join(r, s, join);
    emit_change(r, s, join->made, false);
}

/* A session that nobody knows yet: everything that it needs but a port. */
static int session_make(struct router *r, struct router_driver *d, void *channel, const struct router_session *said,
                        struct session **ret)
{
    const char *text[TEXT_COUNT];
    texts_merge(text, said, NULL);
    struct texts *t = texts_new(text);
    struct session *s = t ? session_new(t) : NULL;
    if (!s)
        return -ENOMEM;
    if (stats_prepare(&s->stats, said->counters) != 0 || session_register(r, d, s) != 0) {
        session_free(s);
        return -ENOMEM;
    }
    take_over(s, NULL, channel, said);
    *ret = s;
    return 0;
}

/* Where the new session goes: a port, or NULL for the one that `old` is about to leave, or for a place among those who
 * wait. */
static int find_place(struct router *r, struct router_driver *d, const struct session *old, bool refusable,
                      struct port **ret)
{
    int rc = refusable && !old ? port_take(r, d, ret) : port_take_any(r, d, ret);
    if (rc != -ENOSPC && rc != -EDQUOT)
        return rc;
    *ret = NULL;
    if (rc == -ENOSPC && (old || waiting_may(d)))
        return 0;
    r->sessions_refused++;
    d->sessions_refused++;
    return rc;
}

/* Remove the one that had this id before. */
static void session_supersede(struct router *r, struct router_driver *d, struct session *old,
                              const struct router_time *now)
{
    static const struct session_end end = {.reason = "another session has its id", .outcome = ROUTER_OUTCOME_GONE};
    if (old->port) {
        session_end(r, old, &end, now);
    } else {
        waiting_remove(d, old);
        session_unmake(r, d, old);
    }
}

static int session_begin(struct router *r, struct router_driver *d, void *channel, const struct router_session *said,
                         struct session *old, const struct router_time *now)
{
    struct session *s = NULL;
    struct port *p = NULL;
    struct join join = {0};
    int rc = session_make(r, d, channel, said, &s);
    if (rc != 0)
        return rc;
    if (wants_connection(s, said))
        rc = connection_prepare(r, d, s->texts, old ? old->connection : NULL, said->start, now, &join);
    if (rc == 0)
        rc = find_place(r, d, old, said->refusable, &p);
    if (rc != 0) {
        connection_discard(r, &join);
        session_unmake(r, d, s);
        return rc;
    }
    /* From here on nothing can fail. */
    if (old)
        session_supersede(r, d, old, now);
    if (!p && old && port_take_any(r, d, &p) != 0)
        p = NULL;
    if (p) {
        session_place(r, s, p, &join);
    } else {
        connection_discard(r, &join); /* made when it gets its port */
        waiting_add(d, s);
    }
    return 0;
}

static bool report_ok(const struct router_session *said)
{
    const char *text[TEXT_COUNT];
    texts_merge(text, said, NULL);
    return texts_check(text) == 0 && (unsigned)said->state <= ROUTER_SESSION_DISCONNECTING && said->start >= 0;
}

/* Is he who comes with this report to be turned out again? */
static void look_at_arrival(struct router *r, struct session *s, const struct arrival *before,
                            const struct router_time *now)
{
    keep_out_look(r, s, before, now);
    admission_look(r, s, before);
}

int router_session_report(struct router *r, struct router_driver *d, void *channel, const struct router_session *s,
                          const struct router_time *now)
{
    if (!report_ok(s))
        return -EINVAL;
    if (d->attached == 0)
        return -ENODEV;
    struct session *known = session_find(d, s->id);
    bool same = known && same_identity(known, s->start);
    const struct arrival before = arrival_before(same ? known : NULL, s);
    int rc = same ? session_update(r, known, channel, s, now) : session_begin(r, d, channel, s, known, now);
    if (rc == 0 && (r->keep_outs || r->ops->arrived))
        look_at_arrival(r, session_find(d, s->id), &before, now);
    if (rc == 0 && d->waiting)
        waiting_place(r, d, now);
    waiters_call(r);
    return rc;
}

int router_session_counters(struct router *r, struct router_driver *d, const char *id, int64_t start,
                            const struct router_counters *counters, const struct router_time *now)
{
    (void)r, (void)now; /* news of counters is no event and arms no deadline */
    struct session *s = id ? session_find(d, id) : NULL;
    if (!s || !same_identity(s, start))
        return -ENOENT;
    if (stats_prepare(&s->stats, counters) != 0)
        return -ENOMEM;
    stats_apply(&s->stats, counters);
    return 0;
}
