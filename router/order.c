/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disconnect state machine.
 *
 *   asked -> sent -> accepted -> the session is gone
 *
 * An order lives until its session is gone, the daemon refuses, or time is up: `gone_ms` the polite way, then `hard_ms`
 * the hard way. Each deadline runs on while the driver is away. Those who asked wait for the acceptance only,
 * `accept_ms` at most. Answers to them go through router.ready, so that they are called when everything is consistent
 * again.
 */
#include "router/admission.h"
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- those who wait ---- */

static int waiter_add(struct order *o, router_done *done, void *cookie)
{
    struct waiter *w = malloc(sizeof *w);
    if (!w)
        return -ENOMEM;
    *w = (struct waiter){.done = done, .cookie = cookie};
    *o->waiters.end = w;
    o->waiters.end = &w->next;
    return 0;
}

/* The acceptance is decided, one way or the other. */
static void waiters_answer(struct router *r, struct order *o, int result)
{
    deadline_disarm(&r->accept, &o->accept);
    if (!o->waiters.first)
        return;
    for (struct waiter *w = o->waiters.first; w; w = w->next)
        w->result = result;
    *r->ready.end = o->waiters.first;
    r->ready.end = o->waiters.end;
    o->waiters = (struct waiter_queue){.end = &o->waiters.first};
}

void waiters_ready(struct router *r, struct waiter *w)
{
    w->next = NULL;
    *r->ready.end = w;
    r->ready.end = &w->next;
}

void waiters_call(struct router *r)
{
    while (r->ready.first) {
        struct waiter *w = r->ready.first;
        r->ready.first = w->next;
        if (!w->next)
            r->ready.end = &r->ready.first;
        w->done(w->cookie, w->result);
        free(w);
    }
}

/* ---- telling ---- */

static struct router_event event_of_order(enum router_event_type type, const struct order *o)
{
    struct router_event e = event_of_session(type, o->session);
    e.order = o->id;
    e.tag = o->tag;
    e.by = o->by;
    e.job = o->job;
    e.keep_out = o->keep_out;
    e.hard = o->hard;
    return e;
}

static int send(struct router *r, struct order *o, const struct router_time *now)
{
    uint64_t left = o->end.at > now->mono_ms ? o->end.at - now->mono_ms : 0;
    const struct router_order order = {
        .order = o->id,
        .id = text_get(o->session->texts, TEXT_ID),
        .start = o->session->start,
        .hard = o->hard,
        .reason = o->reason,
        .deadline_ms = (uint32_t)left,
    };
    int rc = r->ops->send_disconnect(r->ctx, o->session->channel, &order);
    o->sent = rc == 0;
    return rc;
}

static void order_free(struct router *r, struct order *o)
{
    deadline_disarm(&r->accept, &o->accept);
    deadline_disarm(o->hard ? &r->hard : &r->gone, &o->end);
    HASH_DELETE(hh, r->orders, o);
    free(o->reason);
    free(o->by);
    free(o);
}

void order_finish(struct router *r, struct order *o, const struct order_result *result, const struct router_time *now)
{
    struct router_event e = event_of_order(ROUTER_EVENT_OUTCOME, o);
    struct router_counters counters;
    stats_raw(&o->session->stats, &counters);
    e.counters = &counters;
    e.counters_final = result->counters_final;
    e.outcome = result->outcome;
    e.told = result->told;
    e.reason = result->reason;
    e.took_ms = now->mono_ms > o->asked_ms ? now->mono_ms - o->asked_ms : 0;
    event_emit(r, &e);

    bool confirmed = result->outcome == ROUTER_OUTCOME_GONE || result->outcome == ROUTER_OUTCOME_NO_SESSION;
    if (confirmed) {
        r->orders_confirmed++;
        o->session->port->driver->orders_confirmed++;
    } else {
        r->orders_failed++;
        o->session->port->driver->orders_failed++;
        o->session->port->failed = true;
        port_set_error(o->session->port, result->reason);
    }
    waiters_answer(r, o, result->waiters);
    job_outcome(r, o, result, confirmed, now);
    o->session->order = NULL;
    order_free(r, o);
}

/* ---- asking ---- */

static void arm_end(struct router *r, struct order *o, const struct router_time *now)
{
    if (o->hard)
        deadline_arm(&r->hard, &o->end, o, now->mono_ms + r->config.hard_ms);
    else
        deadline_arm(&r->gone, &o->end, o, now->mono_ms + r->config.gone_ms);
}

static struct order *order_make(struct router *r, struct session *s, const struct router_ask *ask, uint32_t job)
{
    struct order *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->waiters.end = &o->waiters.first;
    o->id = r->last_order + 1u;
    o->tag = ask->tag;
    o->keep_out = ask->keep_out;
    o->job = job;
    o->hard = ask->hard;
    o->session = s;
    o->reason = ask->reason ? strdup(ask->reason) : NULL;
    o->by = ask->by ? strdup(ask->by) : NULL;
    if ((!ask->reason || o->reason) && (!ask->by || o->by))
        HASH_ADD(hh, r->orders, id, sizeof o->id, o);
    if (!o->hh.tbl) {
        free(o->reason);
        free(o->by);
        free(o);
        return NULL;
    }
    return o;
}

/* `done` NULL: nobody waits. */
static int order_start(struct router *r, struct session *s, const struct router_ask *ask, uint32_t job,
                       const struct router_time *now, router_done *done, void *cookie)
{
    struct order *o = order_make(r, s, ask, job);
    if (!o)
        return -ENOMEM;
    if (done && waiter_add(o, done, cookie) != 0) {
        order_free(r, o);
        return -ENOMEM;
    }
    r->last_order = o->id;
    r->orders_given++;
    s->port->driver->orders++;
    o->asked_ms = now->mono_ms;
    s->order = o;
    arm_end(r, o, now);
    if (done)
        deadline_arm(&r->accept, &o->accept, o, now->mono_ms + r->config.accept_ms);
    struct router_event e = event_of_order(ROUTER_EVENT_ORDER, o);
    e.reason = o->reason;
    event_emit(r, &e);

    /* In a snapshot that has not come to this session yet there is no channel for it: the order follows with its
     * report. */
    if (!s->present || send(r, o, now) == 0)
        return -EINPROGRESS;
    free(o->waiters.first); /* its answer is our result */
    o->waiters = (struct waiter_queue){.end = &o->waiters.first};
    order_finish(r, o,
                 &(struct order_result){
                     .outcome = ROUTER_OUTCOME_FAILED, .reason = "could not be sent to the driver", .waiters = -ENODEV},
                 now);
    return -ENODEV;
}

/* Ask again, the hard way. What was accepted before does not count: this has to be accepted anew. */
static void harden(struct router *r, struct order *o, const struct router_time *now)
{
    deadline_disarm(&r->gone, &o->end);
    o->hard = true;
    o->sent = false;
    arm_end(r, o, now);
}

static int order_join(struct router *r, struct order *o, const struct router_ask *ask, const struct router_time *now,
                      router_done *done, void *cookie)
{
    bool upgrade = ask->hard && !o->hard;
    if (session_away(o->session))
        return o->accepted ? 0 : -ENODEV;
    if (o->accepted && !upgrade)
        return 0;
    if (done && waiter_add(o, done, cookie) != 0)
        return -ENOMEM;
    if (upgrade) {
        harden(r, o, now);
        o->accepted = false;
    }
    if (done && !o->accept.order)
        deadline_arm(&r->accept, &o->accept, o, now->mono_ms + r->config.accept_ms);
    if (!o->sent && o->session->present)
        (void)send(r, o, now); /* can't: who waits is told when time is up, or when the driver is back */
    return -EINPROGRESS;
}

int router_port_disconnect(struct router *r, uint32_t handle, const struct router_ask *ask,
                           const struct router_time *now, router_done *done, void *cookie)
{
    struct port *p = port_by_slot(r, router_handle_slot(handle));
    if (!p || handle != port_handle(p) || !text_fits(ask->reason, ROUTER_TEXT_MAX) ||
        !text_fits(ask->by, ROUTER_TEXT_MAX))
        return -EINVAL;
    struct session *s = p->session;
    if (!s)
        return -ENOTCONN;
    r->latest_ms = now->mono_ms;
    if (s->order)
        return order_join(r, s->order, ask, now, done, cookie);
    if (session_away(s))
        return -ENODEV;
    return order_start(r, s, ask, 0, now, done, cookie);
}

int order_give(struct router *r, struct session *s, const struct router_ask *ask, uint32_t job,
               const struct router_time *now)
{
    r->latest_ms = now->mono_ms;
    if (s->order) {
        (void)order_join(r, s->order, ask, now, NULL, NULL); /* away: the order stands all the same */
        return 0;
    }
    int rc = order_start(r, s, ask, job, now, NULL, NULL);
    return rc == -EINPROGRESS ? 0 : rc;
}

/* ---- the driver's side ---- */

/* What the router has ordered itself is not for the daemon to refuse: the polite order is followed by a hard one. */
static void order_refused(struct router *r, struct order *o, const char *text, const struct router_time *now)
{
    struct session *s = o->session;
    bool kept_out = o->keep_out && !o->hard, not_admitted = o->tag == ROUTER_TAG_ADMISSION && !o->hard;
    order_finish(r, o, &(struct order_result){.outcome = ROUTER_OUTCOME_REFUSED, .reason = text, .waiters = -EREMOTEIO},
                 now);
    if (kept_out)
        keep_out_refused(r, s, now);
    else if (not_admitted)
        admission_refused(r, s, now);
}

int router_order_reply(struct router *r, struct router_driver *d, uint64_t order, enum router_reply reply,
                       const char *text, const struct router_time *now)
{
    struct order *o = NULL;
    HASH_FIND(hh, r->orders, &order, sizeof order, o);
    if (!o || o->session->port->driver != d || !o->sent)
        return -ENOENT;
    switch (reply) {
    case ROUTER_REPLY_ACCEPTED:
        o->accepted = true;
        waiters_answer(r, o, 0);
        break;
    case ROUTER_REPLY_NO_SESSION:
        session_end(r, o->session, &(struct session_end){.reason = text, .outcome = ROUTER_OUTCOME_NO_SESSION}, now);
        waiting_place(r, d, now);
        break;
    case ROUTER_REPLY_REFUSED:
        order_refused(r, o, text, now);
        break;
    default:
        return -EINVAL;
    }
    waiters_call(r);
    return 0;
}

void order_resume(struct router *r, struct order *o, const struct router_time *now)
{
    if (!o->sent)
        (void)send(r, o, now); /* can't: tried again with the session's next report, until time is up */
}

void order_suspend(struct router *r, struct order *o)
{
    o->sent = false;
    waiters_answer(r, o, -ETIMEDOUT);
}

/* ---- time ---- */

void order_tick(struct router *r, const struct router_time *now)
{
    static const struct order_result failed = {
        .outcome = ROUTER_OUTCOME_FAILED, .reason = "the session was not gone in time", .waiters = -ETIMEDOUT};
    struct order *o = NULL;
    r->latest_ms = now->mono_ms;
    while ((o = deadline_due(&r->accept, now->mono_ms)))
        waiters_answer(r, o, -ETIMEDOUT);
    while ((o = deadline_due(&r->hard, now->mono_ms)))
        order_finish(r, o, &failed, now);
    while ((o = deadline_due(&r->gone, now->mono_ms))) {
        harden(r, o, now);
        if (o->session->present)
            (void)send(r, o, now); /* can't: the deadline for the hard way runs all the same */
    }
}

uint64_t order_next_deadline(const struct router *r)
{
    const struct deadline_queue *q[] = {&r->accept, &r->gone, &r->hard};
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < sizeof q / sizeof q[0]; i++)
        if (q[i]->first && q[i]->first->at < first)
            first = q[i]->first->at;
    return first;
}

void order_abandon_all(struct router *r)
{
    static const struct order_result ends = {
        .outcome = ROUTER_OUTCOME_FAILED, .reason = "the server stops", .waiters = -ETIMEDOUT};
    const struct router_time now = {.mono_ms = r->latest_ms};
    job_stop_all(r, &now);
    while (r->orders)
        order_finish(r, r->orders, &ends, &now);
    errand_abandon_all(r);
    waiters_call(r);
}
