/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that wait: for events, or for a job to get on. Looked at once before the loop sleeps, so that a burst of events
 * makes one answer for each, and the cost does not depend on how many events there were. Who wants to be told less
 * often than that is kept in a list of those for whom events gather, until his moment has come.
 *
 * Answering may end the connection of a caller, and with it others of his calls. So those to be answered are moved to a
 * list of their own first, and taken from its front one by one.
 */
#include <stdlib.h>

#include <winerror.h>

#include "rrasd/backend_private.h"

/* ---- lists ---- */

static void list_remove(struct wait *w)
{
    struct wait_list *list = w->list;
    if (w->prev)
        w->prev->next = w->next;
    else
        list->first = w->next;
    if (w->next)
        w->next->prev = w->prev;
    else
        list->last = w->prev;
    w->prev = w->next = NULL;
    w->list = NULL;
}

/* Most wait equally long, so a new one's place is near the end. */
static void list_add(struct wait_list *list, struct wait *w)
{
    struct wait *before = list->last;
    while (before && before->deadline_ms > w->deadline_ms)
        before = before->prev;
    w->list = list;
    w->prev = before;
    w->next = before ? before->next : list->first;
    if (w->next)
        w->next->prev = w;
    else
        list->last = w;
    if (before)
        before->next = w;
    else
        list->first = w;
}

static void make_ready(struct backend *b, struct wait *w)
{
    list_remove(w);
    list_add(&b->x.ready, w);
}

/* There is something to tell, but the caller wants more of it at once. */
static void gather(struct backend *b, struct wait *w)
{
    w->deadline_ms = w->not_before_ms;
    list_add(&b->x.gathering, w);
}

/* ---- coming and going ---- */

bool backend_x_may_wait(const struct backend *b, const struct caller *caller)
{
    const struct config *c = b->env.config;
    return !b->x.stopping && b->x.waiting < c->waiting_calls && caller->waiting < c->waiting_per_connection;
}

struct wait *backend_x_wait_new(struct caller *caller, struct rrasx_pending *p)
{
    struct wait *w = calloc(1, sizeof *w);
    if (w)
        *w = (struct wait){.caller = caller, .pending = p};
    return w;
}

void backend_x_wait(struct backend *b, struct wait *w)
{
    w->caller->waiting++;
    b->x.waiting++;
    if (w->kind == WAIT_JOB)
        list_add(&b->x.jobs, w);
    else if (journal_has(b->x.journal, w->events.after, w->events.mask))
        gather(b, w);
    else {
        w->events.after = journal_last(b->x.journal); /* nothing in between was of use */
        list_add(&b->x.events, w);
    }
}

/* Out of all lists; the caller is told nothing. */
static void leave(struct backend *b, struct wait *w)
{
    list_remove(w);
    w->caller->waiting--;
    b->x.waiting--;
}

/* Nothing but a code. */
static void refuse(const struct wait *w, uint32_t code)
{
    if (w->kind == WAIT_EVENTS)
        rrasx_finish_events(w->pending, code, NULL, NULL, 0);
    else
        rrasx_finish_job(w->pending, code, NULL);
}

static void forget_in(struct backend *b, struct wait_list *list, const struct caller *caller)
{
    struct wait *next = NULL;
    for (struct wait *w = list->first; w; w = next) {
        next = w->next;
        if (w->caller != caller)
            continue;
        leave(b, w);
        refuse(w, ERROR_CANCELLED); /* nobody will read it; it frees the call */
        free(w);
    }
}

void backend_x_forget(struct backend *b, const struct caller *caller)
{
    if (caller->waiting == 0)
        return;
    forget_in(b, &b->x.events, caller);
    forget_in(b, &b->x.jobs, caller);
    forget_in(b, &b->x.gathering, caller);
    forget_in(b, &b->x.ready, caller);
}

/* ---- whose time has come ---- */

static void look_at_due(struct backend *b, const struct wait_list *list, uint64_t now)
{
    while (list->first && (b->x.stopping || list->first->deadline_ms <= now))
        make_ready(b, list->first);
}

static void look_at_events(struct backend *b, uint64_t now)
{
    struct backend_x *x = &b->x;
    uint64_t last = journal_last(x->journal);
    struct wait *next = NULL;
    for (struct wait *w = last != x->told ? x->events.first : NULL; w; w = next) {
        next = w->next;
        if (journal_has(x->journal, w->events.after, w->events.mask)) {
            list_remove(w);
            gather(b, w);
        } else {
            w->events.after = last; /* what it does not want it has not missed */
        }
    }
    x->told = last;
    look_at_due(b, &x->events, now);
    look_at_due(b, &x->gathering, now);
}

/* When it is to be answered, as things are: 0 at once. */
static uint64_t job_due(const struct backend *b, const struct wait *w)
{
    struct router_time now = b->env.now(b->env.ctx);
    struct router_job_view v;
    if (b->x.stopping || !router_job_get(b->env.router, w->job, &now, &v) || v.state != ROUTER_JOB_RUNNING)
        return 0;
    bool news = w->has_seen && (v.asked != w->seen_asked || v.confirmed + v.failed != w->seen_ended);
    return news && w->not_before_ms < w->deadline_ms ? w->not_before_ms : w->deadline_ms;
}

static void look_at_jobs(struct backend *b, uint64_t now)
{
    struct wait *next = NULL;
    for (struct wait *w = b->x.jobs.first; w; w = next) {
        next = w->next;
        if (job_due(b, w) <= now)
            make_ready(b, w);
    }
}

static void answer(struct backend *b, const struct wait *w)
{
    if (!access_allows(w->caller->role, DIM_RIGHT_VIEW)) /* a reload has taken it away meanwhile */
        refuse(w, ERROR_ACCESS_DENIED);
    else if (w->kind == WAIT_EVENTS)
        backend_x_answer_events(b, &w->events, false, w->pending);
    else
        backend_x_answer_job(b, w->job, w->pending);
}

static void answer_first(struct backend *b)
{
    struct wait *w = b->x.ready.first;
    struct caller *caller = w->caller;
    leave(b, w);
    answer(b, w);
    free(w);
    b->env.answered(b->env.ctx, caller);
}

static void hurry(struct backend *b, struct wait_list *list, const struct caller *caller)
{
    struct wait *next = NULL;
    for (struct wait *w = list->first; w; w = next) {
        next = w->next;
        if (w->caller == caller)
            make_ready(b, w);
    }
}

void backend_x_leave(struct backend *b, struct caller *caller)
{
    caller->leaving = true;
    hurry(b, &b->x.events, caller);
    hurry(b, &b->x.jobs, caller);
    hurry(b, &b->x.gathering, caller);
    while (b->x.ready.first)
        answer_first(b);
}

void backend_x_wake(struct backend *b)
{
    uint64_t now = backend_now(b).mono_ms;
    look_at_events(b, now);
    look_at_jobs(b, now);
    while (b->x.ready.first)
        answer_first(b);
}

static uint64_t first_due(const struct wait_list *list)
{
    return list->first ? list->first->deadline_ms : UINT64_MAX;
}

uint64_t backend_x_next_deadline(const struct backend *b)
{
    uint64_t first = first_due(&b->x.events), gathered = first_due(&b->x.gathering);
    if (gathered < first)
        first = gathered;
    for (const struct wait *w = b->x.jobs.first; w; w = w->next) {
        uint64_t due = job_due(b, w);
        if (due < first)
            first = due;
    }
    return first;
}
