/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs. A running one has noted its sessions; each order that it has given or joined has a mark with its name,
 * by which the outcome comes back (job_outcome). When nothing is left to ask and no mark is out, it has ended.
 */
#include "router/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "router/failures.h"

#define ONE          1000u /* an order, in the unit of a bucket: rate (orders a second) times milliseconds */
#define LOOKS_A_TURN 4096u /* sessions that are found gone in one turn of a job: they cost next to nothing */

/* A session that matched. Its handle would not do: that comes round after 2,048 sessions, and a job may take days. */
struct noted {
    uint32_t slot, raised; /* of its port; the latter never comes again */
};

struct job {
    UT_hash_handle hh;       /* router.jobs, by number */
    struct job *prev, *next; /* router.jobs_running, or jobs_ended: oldest first */
    uint32_t number, keep_out, rate;
    bool hard, cancelled;
    enum router_job_state state;
    struct noted *noted; /* owned; NULL once all were asked for */
    size_t matched, at;
    uint32_t asked, confirmed, failed;
    uint32_t out;                /* marks */
    uint64_t bucket, filled_ms;  /* what is in it, as of when */
    uint64_t due_ms;             /* the next order; UINT64_MAX: none */
    uint64_t began_ms, ended_ms; /* monotonic */
    int64_t started, ended;      /* wall clock */
    char *reason, *by;           /* owned, never NULL */
    struct failures failures;
};

/* On an order: its outcome counts for this job. */
struct job_mark {
    struct job_mark *next;
    struct job *job;
};

/* ---- lists ---- */

static void list_add(struct job_list *list, struct job *j)
{
    j->next = NULL;
    j->prev = list->last;
    if (list->last)
        list->last->next = j;
    else
        list->first = j;
    list->last = j;
    list->n++;
}

static void list_remove(struct job_list *list, struct job *j)
{
    if (j->prev)
        j->prev->next = j->next;
    else
        list->first = j->next;
    if (j->next)
        j->next->prev = j->prev;
    else
        list->last = j->prev;
    list->n--;
}

static struct job *job_find(const struct router *r, uint32_t number)
{
    struct job *j = NULL;
    HASH_FIND(hh, r->jobs, &number, sizeof number, j);
    return j;
}

static void job_free(struct router *r, struct job *j)
{
    failures_free(r, &j->failures);
    free(j->noted);
    free(j->reason);
    free(j->by);
    free(j);
}

static void forget_oldest(struct router *r)
{
    struct job *j = r->jobs_ended.first;
    list_remove(&r->jobs_ended, j);
    HASH_DELETE(hh, r->jobs, j);
    job_free(r, j);
}

/* ---- what is seen ---- */

static void view(const struct job *j, uint64_t now_ms, struct router_job_view *ret)
{
    uint64_t until = j->state == ROUTER_JOB_RUNNING ? now_ms : j->ended_ms;
    *ret = (struct router_job_view){
        .number = j->number,
        .state = j->state,
        .hard = j->hard,
        .rate = j->rate,
        .matched = (uint32_t)j->matched,
        .asked = j->asked,
        .confirmed = j->confirmed,
        .failed = j->failed,
        .keep_out = j->keep_out,
        .started = j->started,
        .ended = j->ended,
        .took_ms = until > j->began_ms ? until - j->began_ms : 0,
        .reason = j->reason,
        .by = j->by,
        .failures = j->failures.all,
        .failure_count = j->failures.n,
    };
}

static void tell(struct router *r, const struct job *j, uint64_t now_ms)
{
    struct router_job_view v;
    view(j, now_ms, &v);
    event_emit(r, &(struct router_event){.type = ROUTER_EVENT_JOB,
                                         .job = j->number,
                                         .job_view = &v,
                                         .keep_out = j->keep_out,
                                         .hard = j->hard,
                                         .reason = j->reason,
                                         .by = j->by,
                                         .took_ms = v.took_ms});
}

bool router_job_get(const struct router *r, uint32_t number, const struct router_time *now, struct router_job_view *ret)
{
    const struct job *j = job_find(r, number);
    if (!j)
        return false;
    view(j, now->mono_ms, ret);
    return true;
}

uint32_t router_job_count(const struct router *r)
{
    return r->jobs_running.n;
}

/* The number is right in any case; who and why are kept as far as there is room. */
static void note_failure(struct router *r, struct job *j, const struct session *s, int result, const char *reason)
{
    j->failed++;
    failures_note(r, &j->failures, s, result, reason);
}

/* ---- the end ---- */

static void end_if_done(struct router *r, struct job *j, const struct router_time *now)
{
    if (j->state != ROUTER_JOB_RUNNING || j->at < j->matched || j->out > 0)
        return;
    j->state = j->cancelled ? ROUTER_JOB_CANCELLED : ROUTER_JOB_DONE;
    j->ended_ms = now->mono_ms;
    j->ended = j->started + (int64_t)((j->ended_ms - j->began_ms) / 1000u); /* whatever becomes of the wall clock */
    j->due_ms = UINT64_MAX;
    list_remove(&r->jobs_running, j);
    list_add(&r->jobs_ended, j);
    tell(r, j, now->mono_ms);
    if (r->jobs_ended.n > ROUTER_JOBS_KEPT)
        forget_oldest(r);
}

/* Nothing more is asked for. `matched` stays what it was: j->at only says how far we are. */
static void ask_no_more(struct job *j)
{
    j->cancelled = j->cancelled || j->at < j->matched;
    j->at = j->matched;
    j->due_ms = UINT64_MAX;
    free(j->noted);
    j->noted = NULL;
}

int router_job_cancel(struct router *r, uint32_t number, const struct router_time *now)
{
    struct job *j = job_find(r, number);
    if (!j)
        return -ENOENT;
    if (j->state == ROUTER_JOB_RUNNING) {
        ask_no_more(j);
        end_if_done(r, j, now);
    }
    return 0;
}

void job_outcome(struct router *r, struct order *o, const struct order_result *result, bool confirmed,
                 const struct router_time *now)
{
    while (o->marks) {
        struct job_mark *m = o->marks;
        struct job *j = m->job;
        o->marks = m->next;
        free(m);
        j->out--;
        if (confirmed)
            j->confirmed++;
        else
            note_failure(r, j, o->session, result->waiters, result->reason);
        end_if_done(r, j, now);
    }
}

/* ---- asking ---- */

/* Nobody was asked for this session: why not, or which order stands already. */
static void tell_no_order(struct router *r, const struct job *j, const struct session *s, int result,
                          const char *reason)
{
    struct router_event e = event_of_session(ROUTER_EVENT_NO_ORDER, s);
    e.job = j->number;
    e.order = result == 0 ? s->order->id : 0;
    e.result = result;
    e.hard = j->hard;
    e.reason = reason;
    e.by = j->by;
    event_emit(r, &e);
}

static void fail(struct router *r, struct job *j, const struct session *s, int result, const char *reason)
{
    note_failure(r, j, s, result, reason);
    tell_no_order(r, j, s, result, reason);
}

static void ask_for(struct router *r, struct job *j, struct session *s, const struct router_time *now)
{
    const struct router_ask ask = {.hard = j->hard, .reason = j->reason[0] ? j->reason : NULL, .by = j->by};
    struct job_mark *m = NULL;
    bool stands = s->order != NULL;
    if (!stands && session_away(s)) {
        fail(r, j, s, -ENODEV, "the driver is away");
        return;
    }
    m = malloc(sizeof *m);
    if (!m) {
        fail(r, j, s, -ENOMEM, "out of memory");
        return;
    }
    if (stands)
        tell_no_order(r, j, s, 0, NULL);
    int rc = order_give(r, s, &ask, j->number, now);
    if (rc == -ENOMEM) {
        free(m);
        fail(r, j, s, rc, "out of memory");
        return;
    }
    j->asked++;
    if (rc != 0) { /* its two events have been told */
        free(m);
        note_failure(r, j, s, rc, "could not be sent to the driver");
        return;
    }
    *m = (struct job_mark){.next = s->order->marks, .job = j};
    s->order->marks = m;
    j->out++;
}

static void fill_bucket(struct job *j, const struct router_time *now)
{
    uint64_t cap = ONE + (uint64_t)j->rate * ROUTER_JOB_BURST_MS;
    if (now->mono_ms > j->filled_ms) {
        /* At most a minute's worth is counted, which is more than the bucket holds: no overflow after a long sleep. */
        uint64_t ms = now->mono_ms - j->filled_ms < 60000u ? now->mono_ms - j->filled_ms : 60000u;
        j->bucket += ms * j->rate;
        j->filled_ms = now->mono_ms;
    }
    if (j->bucket > cap)
        j->bucket = cap;
}

/* When the next order may be given. */
static uint64_t next_due(const struct job *j)
{
    if (j->at == j->matched)
        return UINT64_MAX;
    if (j->rate == ROUTER_JOB_UNLIMITED || j->bucket >= ONE)
        return j->filled_ms;
    return j->filled_ms + (ONE - j->bucket + j->rate - 1u) / j->rate;
}

/* The session that was noted, or NULL: it has gone, whoever may be on its port now. */
static struct session *noted_session(const struct router *r, const struct noted *n)
{
    const struct port *p = port_by_slot(r, n->slot);
    return p && p->session && p->raised == n->raised ? p->session : NULL;
}

/* Up to so many orders, as far as the rate allows. */
static void turn(struct router *r, struct job *j, unsigned orders, const struct router_time *now)
{
    fill_bucket(j, now);
    for (unsigned looks = 0; j->at < j->matched && looks < LOOKS_A_TURN; looks++) {
        struct session *s = noted_session(r, &j->noted[j->at]);
        if (!s) {
            j->at++;
            j->confirmed++;
            continue;
        }
        if (orders == 0 || (j->rate != ROUTER_JOB_UNLIMITED && j->bucket < ONE))
            break;
        orders--;
        if (j->rate != ROUTER_JOB_UNLIMITED)
            j->bucket -= ONE;
        j->at++;
        ask_for(r, j, s, now);
    }
    if (j->at == j->matched)
        ask_no_more(j);
    j->due_ms = next_due(j);
    end_if_done(r, j, now);
}

void job_tick(struct router *r, const struct router_time *now)
{
    while (r->jobs_ended.first && now->mono_ms - r->jobs_ended.first->ended_ms >= ROUTER_JOB_KEPT_MS)
        forget_oldest(r);
    uint32_t n = r->jobs_running.n;
    if (n == 0)
        return;
    unsigned each = n < ROUTER_JOB_TURN ? ROUTER_JOB_TURN / n : 1u;
    struct job *next = NULL;
    for (struct job *j = r->jobs_running.first; j && n > 0; j = next, n--) {
        next = j->next;
        if (j->due_ms <= now->mono_ms)
            turn(r, j, each, now);
    }
}

uint64_t job_next_deadline(const struct router *r)
{
    uint64_t first = r->jobs_ended.first ? r->jobs_ended.first->ended_ms + ROUTER_JOB_KEPT_MS : UINT64_MAX;
    for (const struct job *j = r->jobs_running.first; j; j = j->next)
        if (j->due_ms < first)
            first = j->due_ms;
    return first;
}

/* ---- a driver that is forgotten with its sessions ---- */

static bool is_noted_of(const struct router *r, const struct noted *n, const struct router_driver *d)
{
    const struct session *s = noted_session(r, n);
    return s && s->port->driver == d;
}

/* Those that their turn has not come to: nobody can ask for them any more, and nobody can say that they are gone. The
 * others keep their order. */
static void pass_over(struct router *r, struct job *j, const struct router_driver *d)
{
    size_t to = j->matched;
    for (size_t i = j->at; i < j->matched; i++)
        if (is_noted_of(r, &j->noted[i], d))
            fail(r, j, noted_session(r, &j->noted[i]), -ENODEV, ROUTER_GIVEN_UP);
    for (size_t i = j->matched; i-- > j->at;)
        if (!is_noted_of(r, &j->noted[i], d))
            j->noted[--to] = j->noted[i];
    j->at = to;
}

void job_give_up(struct router *r, const struct router_driver *d, const struct router_time *now)
{
    struct job *next = NULL;
    for (struct job *j = r->jobs_running.first; j; j = next) {
        next = j->next;
        pass_over(r, j, d);
        if (j->at == j->matched)
            ask_no_more(j);
        end_if_done(r, j, now);
    }
}

/* ---- the beginning ---- */

static uint32_t next_number(struct router *r)
{
    if (r->last_job == 0) {
        uint32_t random = 0;
        r->ops->random(r->ctx, (uint8_t *)&random, sizeof random);
        r->last_job = random & 0x3fffffffu;
    }
    do {
        r->last_job = r->last_job < HANDLE_MAX ? r->last_job + 1u : 1u;
    } while (job_find(r, r->last_job));
    return r->last_job;
}

static int note(struct router *r, const struct router_selector *selector, struct job *j)
{
    uint32_t *handles = NULL;
    size_t n = 0;
    int rc = router_select(r, selector, 0, SIZE_MAX, &handles, &n);
    if (rc != 0 || n == 0)
        return rc;
    j->noted = calloc(n, sizeof *j->noted);
    for (size_t i = 0; j->noted && i < n; i++) {
        const struct port *p = port_by_slot(r, router_handle_slot(handles[i]));
        j->noted[i] = (struct noted){.slot = p->slot, .raised = p->raised};
    }
    free(handles);
    j->matched = j->noted ? n : 0;
    return j->noted ? 0 : -ENOMEM;
}

static int job_make(struct router *r, const struct router_job_ask *ask, struct job **ret)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return -ENOMEM;
    j->reason = strdup(ask->reason ? ask->reason : "");
    j->by = strdup(ask->by ? ask->by : "");
    int rc = j->reason && j->by ? note(r, &ask->selector, j) : -ENOMEM;
    if (rc == 0) {
        j->number = next_number(r);
        HASH_ADD(hh, r->jobs, number, sizeof j->number, j);
        rc = j->hh.tbl ? 0 : -ENOMEM;
    }
    if (rc != 0) {
        job_free(r, j);
        return rc;
    }
    *ret = j;
    return 0;
}

int router_job_start(struct router *r, const struct router_job_ask *ask, const struct router_time *now, uint32_t *ret)
{
    struct job *j = NULL;
    if (ask->rate == 0 || !text_fits(ask->reason, ROUTER_TEXT_MAX) || !text_fits(ask->by, ROUTER_TEXT_MAX))
        return -EINVAL;
    if (r->jobs_running.n >= r->config.max_jobs)
        return -EBUSY;
    int rc = job_make(r, ask, &j);
    if (rc != 0)
        return rc;
    j->keep_out = ask->keep_out;
    j->rate = ask->rate;
    j->hard = ask->hard;
    j->bucket = ONE; /* the first one need not wait */
    j->filled_ms = j->began_ms = j->due_ms = now->mono_ms;
    j->started = now->wall_s;
    r->latest_ms = now->mono_ms;
    list_add(&r->jobs_running, j);
    tell(r, j, now->mono_ms);
    *ret = j->number;
    return 0;
}

void job_stop_all(struct router *r, const struct router_time *now)
{
    struct job *next = NULL;
    for (struct job *j = r->jobs_running.first; j; j = next) {
        next = j->next;
        ask_no_more(j);
        end_if_done(r, j, now);
    }
}

void job_free_all(struct router *r)
{
    while (r->jobs_ended.first)
        forget_oldest(r);
}
