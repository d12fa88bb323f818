/* SPDX-License-Identifier: Apache-2.0 */
/* The router's events: into the journal as the contract has them, and out of it for who asks. */
#include <stdlib.h>
#include <time.h>

#include <winerror.h>

#include "rrasd/backend_private.h"

/* ---- in ---- */

/* 0: nobody outside hears of it. */
static uint32_t type_of(enum router_event_type type)
{
    switch (type) {
    case ROUTER_EVENT_SESSION_UP:
        return OPENRRAS_EVENT_SESSION_UP;
    case ROUTER_EVENT_SESSION_CHANGED:
        return OPENRRAS_EVENT_SESSION_CHANGED;
    case ROUTER_EVENT_SESSION_GONE:
        return OPENRRAS_EVENT_SESSION_GONE;
    case ROUTER_EVENT_CONNECTION_UP:
        return OPENRRAS_EVENT_CONNECTION_UP;
    case ROUTER_EVENT_CONNECTION_GONE:
        return OPENRRAS_EVENT_CONNECTION_GONE;
    case ROUTER_EVENT_ORDER:
        return OPENRRAS_EVENT_ORDER;
    case ROUTER_EVENT_OUTCOME:
        return OPENRRAS_EVENT_OUTCOME;
    case ROUTER_EVENT_DRIVER_UP:
        return OPENRRAS_EVENT_DRIVER_UP;
    case ROUTER_EVENT_DRIVER_DOWN:
        return OPENRRAS_EVENT_DRIVER_DOWN;
    case ROUTER_EVENT_DRIVER_HEALTH:
        return OPENRRAS_EVENT_DRIVER_HEALTH;
    case ROUTER_EVENT_KEEP_OUT:
        return OPENRRAS_EVENT_KEEP_OUT;
    case ROUTER_EVENT_KEEP_OUT_END:
        return OPENRRAS_EVENT_KEEP_OUT_END;
    case ROUTER_EVENT_KEPT_OUT:
        return OPENRRAS_EVENT_KEPT_OUT;
    case ROUTER_EVENT_JOB:
        return OPENRRAS_EVENT_JOB;
    case ROUTER_EVENT_QUARANTINE:
        return OPENRRAS_EVENT_QUARANTINE;
    case ROUTER_EVENT_USER_REFUSED:
        return OPENRRAS_EVENT_USER_REFUSED;
    case ROUTER_EVENT_NO_ORDER:
        return 0;
    }
    return 0;
}

static uint32_t outcome_of_order(enum router_outcome outcome)
{
    static const uint32_t outcomes[] = {
        [ROUTER_OUTCOME_GONE] = OPENRRAS_OUTCOME_GONE,       [ROUTER_OUTCOME_NO_SESSION] = OPENRRAS_OUTCOME_NO_SESSION,
        [ROUTER_OUTCOME_REFUSED] = OPENRRAS_OUTCOME_REFUSED, [ROUTER_OUTCOME_FAILED] = OPENRRAS_OUTCOME_FAILED,
        [ROUTER_OUTCOME_LOST] = OPENRRAS_OUTCOME_LOST,
    };
    return outcomes[outcome];
}

/* A job that begins has none; one that has ended has succeeded if everybody who matched is gone. */
static uint32_t outcome_of_job(const struct router_job_view *v)
{
    if (v->state == ROUTER_JOB_RUNNING)
        return OPENRRAS_OUTCOME_NONE;
    return v->confirmed == v->matched ? OPENRRAS_OUTCOME_GONE : OPENRRAS_OUTCOME_FAILED;
}

static uint32_t outcome_of(const struct router_event *e)
{
    if (e->type == ROUTER_EVENT_JOB)
        return outcome_of_job(e->job_view);
    if (e->type == ROUTER_EVENT_SESSION_GONE)
        return e->outcome == ROUTER_OUTCOME_LOST ? OPENRRAS_OUTCOME_LOST : OPENRRAS_OUTCOME_NONE;
    return e->type == ROUTER_EVENT_OUTCOME ? outcome_of_order(e->outcome) : OPENRRAS_OUTCOME_NONE;
}

static uint32_t told_of(enum router_told told)
{
    static const uint32_t words[] = {
        [ROUTER_TOLD_UNKNOWN] = OPENRRAS_TOLD_UNKNOWN,
        [ROUTER_TOLD_YES] = OPENRRAS_TOLD_YES,
        [ROUTER_TOLD_NO] = OPENRRAS_TOLD_NO,
    };
    return words[told];
}

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void describe(const struct router_event *e, OPENRRAS_EVENT *ret)
{
    *ret = (OPENRRAS_EVENT){
        .llTimeMs = wall_ms(),
        .dwType = type_of(e->type),
        .dwPort = e->port,
        .dwConnection = e->connection,
        .fQuarantined = e->type == ROUTER_EVENT_QUARANTINE && e->quarantined,
        .llStart = e->start,
        .ullBytesOut = e->counters ? e->counters->bytes_out : 0,
        .ullBytesIn = e->counters ? e->counters->bytes_in : 0,
        .fCountersFinal = e->counters_final,
        .ullOrder = e->order,
        .dwOutcome = outcome_of(e),
        .dwTold = told_of(e->told),
        .dwTookMs = e->took_ms < UINT32_MAX ? (uint32_t)e->took_ms : UINT32_MAX,
        .fHard = e->hard,
        .dwKeepOut = e->keep_out,
        .dwJob = e->job,
        .pszPort = e->port_name,
        .pszDeviceType = e->device_type,
        .pszDriver = e->driver,
        .pszInstance = e->instance,
        .pszId = e->id,
        .pszUser = e->user,
        .pszClientAddress = e->client_address,
        .pszTunnelAddress4 = e->tunnel_address4,
        .pszTunnelAddress6 = e->tunnel_address6,
        .pszReason = e->reason,
        .pszBy = e->by,
    };
}

_Static_assert(RRASX_EVENT_MAX <= JOURNAL_EVENT_MAX, "the journal takes what the encoder makes");

void backend_x_event(struct backend *b, const struct router_event *e)
{
    uint8_t bytes[RRASX_EVENT_MAX];
    OPENRRAS_EVENT event;
    if (type_of(e->type) == 0)
        return;
    describe(e, &event);
    event.ullNumber = journal_last(b->x.journal) + 1u;
    journal_add(b->x.journal, event.dwType, bytes, rrasx_encode_event(&event, bytes));
}

/* ---- out ---- */

void backend_x_answer_events(struct backend *b, const struct event_question *q, bool restarted, struct rrasx_pending *p)
{
    struct journal_page page;
    uint64_t after = restarted ? UINT64_MAX : q->after;
    if (q->newest)
        journal_read_newest(b->x.journal, after, q->mask, &page);
    else
        journal_read(b->x.journal, after, q->mask, &page);
    const OPENRRAS_EVENT_LIST list = {
        .guidRun = b->x.run,
        .ullLast = page.last,
        .ullMissed = page.missed,
        .fRestarted = restarted,
    };
    rrasx_finish_events(p, ERROR_SUCCESS, &list, page.bytes, page.n);
}

static bool same_run(const GUID *a, const GUID *b)
{
    return a->Data1 == b->Data1 && a->Data2 == b->Data2 && a->Data3 == b->Data3 &&
           memcmp(a->Data4, b->Data4, sizeof a->Data4) == 0;
}

/* Is there nothing to wait for? */
static bool is_told_at_once(const struct backend *b, const struct caller *caller, const struct event_question *q,
                            const struct rrasx_event_request *request)
{
    const struct journal *j = b->x.journal;
    bool missed = q->after + 1u < journal_first(j);
    return missed || request->wait_ms == 0 || caller->leaving ||
           (request->gather_ms == 0 && journal_has(j, q->after, q->mask));
}

/* Who may not wait hears at least what there is already. */
static void refuse_to_wait(struct backend *b, const struct caller *caller, const struct event_question *q,
                           struct rrasx_pending *p)
{
    uint32_t code = backend_x_may_wait(b, caller) ? ERROR_NOT_ENOUGH_MEMORY : RPC_S_SERVER_TOO_BUSY;
    if (journal_has(b->x.journal, q->after, q->mask))
        backend_x_answer_events(b, q, false, p);
    else
        rrasx_finish_events(p, code, NULL, NULL, 0);
}

void backend_x_event_wait(void *ctx, void *user, const struct rrasx_event_request *request, struct rrasx_pending *p)
{
    struct backend *b = ctx;
    uint64_t last = journal_last(b->x.journal), now = backend_now(b).mono_ms;
    bool restarted = request->has_run && !same_run(&request->run, &b->x.run);
    const struct event_question q = {
        .after = request->after < last ? request->after : last, .mask = request->mask, .newest = request->newest};
    if (restarted || is_told_at_once(b, user, &q, request)) {
        backend_x_answer_events(b, &q, restarted, p);
        return;
    }
    struct wait *w = backend_x_may_wait(b, user) ? backend_x_wait_new(user, p) : NULL;
    if (!w) {
        refuse_to_wait(b, user, &q, p);
        return;
    }
    w->kind = WAIT_EVENTS;
    w->events = q;
    w->not_before_ms = now + request->gather_ms;
    w->deadline_ms = now + request->wait_ms;
    backend_x_wait(b, w);
}
