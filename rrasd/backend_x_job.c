/* SPDX-License-Identifier: Apache-2.0 */
/* Disconnecting by selection: from the caller to the router's jobs, their traces in the audit log, and how far they
 * are. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "common/log.h"
#include "rrasd/backend_private.h"
#include "rrasd/present.h"

/* A flag of a later client may well say whom to spare: it is not to be passed over. */
#define FLAGS       (OPENRRAS_DISCONNECT_HARD | OPENRRAS_DISCONNECT_DRY_RUN)

#define PROGRESS_MS 100u /* a caller hears of progress ten times a second at most */

static const char *op_name(enum rrasx_opnum opnum)
{
    return rrasx_op((uint16_t)opnum)->name;
}

static uint32_t code_of(int result)
{
    return result == -EBUSY ? RPC_S_SERVER_TOO_BUSY : present_result(result);
}

/* ---- whose jobs they are ---- */

static void owner_free(struct job_owner *o)
{
    if (o)
        free(o->name);
    free(o);
}

static struct job_owner *owner_new(const struct audit_who *who)
{
    struct job_owner *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->caller = *who->caller;
    o->caller.groups = NULL;
    o->caller.n_groups = 0;
    o->name = who->name ? strdup(who->name) : NULL;
    if (who->name && !o->name) {
        free(o);
        return NULL;
    }
    return o;
}

const struct job_owner *backend_x_owner(const struct backend *b, uint32_t job)
{
    const struct job_owner *o = b->x.owners;
    while (o && o->job != job)
        o = o->next;
    return o;
}

static void owner_forget(struct backend *b, uint32_t job)
{
    for (struct job_owner **at = &b->x.owners; *at; at = &(*at)->next) {
        struct job_owner *o = *at;
        if (o->job != job)
            continue;
        *at = o->next;
        owner_free(o);
        return;
    }
}

/* ---- how far ---- */

static OPENRRAS_FAILURE *failures_of(const struct router_job_view *v)
{
    OPENRRAS_FAILURE *failures = v->failure_count ? calloc(v->failure_count, sizeof *failures) : NULL;
    for (size_t i = 0; failures && i < v->failure_count; i++)
        failures[i] = (OPENRRAS_FAILURE){
            .dwPort = v->failures[i].port,
            .dwCode = present_result(v->failures[i].result),
            .pszPort = v->failures[i].port_name,
            .pszUser = v->failures[i].user,
            .pszReason = v->failures[i].reason,
        };
    return failures;
}

static uint32_t state_of(enum router_job_state state)
{
    static const uint32_t states[] = {
        [ROUTER_JOB_RUNNING] = OPENRRAS_JOB_RUNNING,
        [ROUTER_JOB_DONE] = OPENRRAS_JOB_DONE,
        [ROUTER_JOB_CANCELLED] = OPENRRAS_JOB_CANCELLED,
    };
    return states[state];
}

/* Without memory the failures are left out; they are counted all the same. */
void backend_x_answer_job(struct backend *b, uint32_t job, struct rrasx_pending *p)
{
    struct router_time now = backend_now(b);
    struct router_job_view v;
    if (!router_job_get(b->env.router, job, &now, &v)) {
        rrasx_finish_job(p, ERROR_NOT_FOUND, NULL);
        return;
    }
    OPENRRAS_FAILURE *failures = failures_of(&v);
    const OPENRRAS_JOB answer = {
        .dwJob = v.number,
        .dwState = state_of(v.state),
        .dwMatched = v.matched,
        .dwAsked = v.asked,
        .dwConfirmed = v.confirmed,
        .dwFailed = v.failed,
        .dwKeepOut = v.keep_out,
        .llStarted = v.started,
        .llEnded = v.ended,
        .dwFailures = failures ? (uint32_t)v.failure_count : 0,
        .pFailures = failures,
        .pszReason = v.reason,
        .pszBy = v.by,
    };
    rrasx_finish_job(p, ERROR_SUCCESS, &answer);
    free(failures);
}

static bool is_running(const struct backend *b, uint32_t job)
{
    struct router_time now = backend_now(b);
    struct router_job_view v;
    return router_job_get(b->env.router, job, &now, &v) && v.state == ROUTER_JOB_RUNNING;
}

void backend_x_job_wait(void *ctx, void *user, const struct rrasx_job_request *request, struct rrasx_pending *p)
{
    struct backend *b = ctx;
    const struct caller *caller = user;
    uint64_t now = backend_now(b).mono_ms;
    if (!request->has_seen || caller->leaving || request->wait_ms == 0 || !is_running(b, request->job)) {
        backend_x_answer_job(b, request->job, p);
        return;
    }
    if (!backend_x_may_wait(b, user)) {
        rrasx_finish_job(p, RPC_S_SERVER_TOO_BUSY, NULL);
        return;
    }
    struct wait *w = backend_x_wait_new(user, p);
    if (!w) {
        rrasx_finish_job(p, ERROR_NOT_ENOUGH_MEMORY, NULL);
        return;
    }
    w->kind = WAIT_JOB;
    w->job = request->job;
    w->has_seen = true;
    w->seen_asked = request->seen_asked;
    w->seen_ended = request->seen_ended;
    w->not_before_ms = now + PROGRESS_MS;
    w->deadline_ms = now + request->wait_ms;
    backend_x_wait(b, w);
}

/* ---- beginning one ---- */

/* What a call to disconnect comes to. */
struct plan {
    struct backend *b;
    struct caller *caller;
    struct audit_who who;
    struct router_job_ask ask;
    struct audit_job line;
    uint32_t keep_out_seconds;
    char by[BACKEND_BY_MAX];
    char user[ROUTER_USER_MAX + 1u]; /* who is to be kept out */
};

static void make_plan(struct backend *b, struct caller *caller, const OPENRRAS_DISCONNECT *d, struct plan *ret)
{
    *ret = (struct plan){
        .b = b,
        .caller = caller,
        .who = backend_who(b, caller),
        .ask =
            {
                .selector = backend_x_selector(&d->Selector),
                .hard = (d->dwFlags & OPENRRAS_DISCONNECT_HARD) != 0,
                .rate = d->dwRate ? d->dwRate : OPENRRAS_RATE_DEFAULT,
                .reason = d->pszReason && d->pszReason[0] ? d->pszReason : NULL,
            },
    };
    ret->keep_out_seconds = d->dwKeepOutSeconds;
    ret->ask.by = backend_x_by(b, caller, ret->by);
    ret->line = (struct audit_job){
        .op = op_name(RRASX_DISCONNECT),
        .selector = &ret->ask.selector,
        .rate = ret->ask.rate,
        .hard = ret->ask.hard,
        .reason = ret->ask.reason,
        .dry_run = (d->dwFlags & OPENRRAS_DISCONNECT_DRY_RUN) != 0,
    };
}

static void refuse(struct plan *plan, uint32_t code, struct rrasx_pending *p)
{
    plan->line.result = code;
    audit_write_job(plan->b->env.audit, &plan->who, &plan->line);
    rrasx_finish_job(p, code, NULL);
}

static uint32_t count_matches(struct plan *plan)
{
    uint32_t *found = NULL;
    size_t n = 0;
    int r = router_select(plan->b->env.router, &plan->ask.selector, 0, SIZE_MAX, &found, &n);
    free(found);
    if (r == 0)
        plan->line.matched = (uint32_t)n;
    return code_of(r);
}

/* ---- with a keep-out ---- */

static void user_of_connection(const struct backend *b, uint32_t handle, char dst[static ROUTER_USER_MAX + 1u])
{
    struct router_time now = backend_now(b);
    struct router_connection_view v;
    struct router_connection *c = router_connection_get(b->env.router, handle);
    if (!c)
        return;
    router_connection_view(b->env.router, c, &now, &v);
    snprintf(dst, ROUTER_USER_MAX + 1u, "%s", v.user);
    router_connection_unref(b->env.router, c);
}

static void user_of_port(const struct backend *b, uint32_t handle, char dst[static ROUTER_USER_MAX + 1u])
{
    struct router_time now = backend_now(b);
    struct router_port_view v;
    if (router_port_get(b->env.router, handle, &now, &v) && v.handle == handle)
        snprintf(dst, ROUTER_USER_MAX + 1u, "%s", v.user);
}

/* The one user whom the selection names. */
static uint32_t find_user(struct plan *plan)
{
    const struct router_selector *s = &plan->ask.selector;
    if (s->user && s->user[0])
        snprintf(plan->user, sizeof plan->user, "%s", s->user);
    else if (s->port)
        user_of_port(plan->b, s->port, plan->user);
    else if (s->connection)
        user_of_connection(plan->b, s->connection, plan->user);
    return plan->user[0] ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

/* Would it be taken? So that nobody is kept out by a call that is refused. */
static uint32_t check(struct plan *plan)
{
    uint32_t code = count_matches(plan);
    if (code == ERROR_SUCCESS && plan->keep_out_seconds > ROUTER_KEEP_OUT_SECONDS_MAX)
        code = ERROR_INVALID_PARAMETER;
    if (code == ERROR_SUCCESS && plan->keep_out_seconds)
        code = find_user(plan);
    return code;
}

/* Before the first order: whoever is disconnected must not get in again in between. */
static uint32_t keep_out(struct plan *plan, bool *made)
{
    struct backend *b = plan->b;
    uint32_t last = router_keep_out_last(b->env.router);
    const struct router_keep_out_ask ask = {
        .user = plan->user,
        .driver = plan->ask.selector.driver,
        .seconds = plan->keep_out_seconds,
        .reason = plan->ask.reason,
        .by = plan->ask.by,
    };
    uint32_t code = backend_x_keep_out(b, plan->caller, RRASX_DISCONNECT, &ask, &plan->ask.keep_out);
    *made = code == ERROR_SUCCESS && plan->ask.keep_out > last;
    return code;
}

static void dry_run(struct plan *plan, struct rrasx_pending *p)
{
    uint32_t code = check(plan);
    if (code != ERROR_SUCCESS) {
        refuse(plan, code, p);
        return;
    }
    audit_write_job(plan->b->env.audit, &plan->who, &plan->line);
    const OPENRRAS_JOB answer = {
        .dwState = OPENRRAS_JOB_DONE,
        .dwMatched = plan->line.matched,
        .pszReason = plan->ask.reason,
        .pszBy = plan->ask.by,
    };
    rrasx_finish_job(p, ERROR_SUCCESS, &answer);
}

/* The job, with its owner and its line; its orders are given from the next turn of the loop on. */
static uint32_t begin(struct plan *plan, uint32_t *job)
{
    struct backend *b = plan->b;
    struct router_time now = backend_now(b);
    struct job_owner *owner = owner_new(&plan->who);
    struct router_job_view v;
    char text[CALLER_TEXT_MAX];
    if (!owner)
        return ERROR_NOT_ENOUGH_MEMORY;
    int r = router_job_start(b->env.router, &plan->ask, &now, job);
    if (r < 0 || !router_job_get(b->env.router, *job, &now, &v)) {
        owner_free(owner);
        return code_of(r);
    }
    owner->job = plan->line.job = *job;
    owner->next = b->x.owners;
    b->x.owners = owner;
    plan->line.matched = v.matched;
    plan->line.keep_out = plan->ask.keep_out;
    audit_write_job(b->env.audit, &plan->who, &plan->line);
    log_info("job %" PRIu32 ": %s disconnects %" PRIu32 " sessions by selection", *job, caller_text(text, plan->caller),
             v.matched);
    return ERROR_SUCCESS;
}

/* As begin(), but first the user is kept out; not by a call that is refused. */
static uint32_t begin_with_keep_out(struct plan *plan, uint32_t *job)
{
    struct backend *b = plan->b;
    bool made = false;
    uint32_t code = check(plan);
    if (code == ERROR_SUCCESS && router_job_count(b->env.router) >= b->env.config->jobs)
        code = RPC_S_SERVER_TOO_BUSY;
    if (code == ERROR_SUCCESS)
        code = keep_out(plan, &made);
    if (code == ERROR_SUCCESS)
        code = begin(plan, job);
    if (code != ERROR_SUCCESS && made) /* for want of memory */
        (void)backend_x_keep_out_remove(b, plan->caller, plan->ask.keep_out);
    return code;
}

/* Whoever asked is told at the end, or when his time is over; at once when he can't be kept waiting: the job goes on.
 */
static void answer_later(struct plan *plan, uint32_t job, uint32_t wait_ms, struct rrasx_pending *p)
{
    struct backend *b = plan->b;
    struct wait *w = wait_ms > 0 && !plan->caller->leaving && backend_x_may_wait(b, plan->caller)
                         ? backend_x_wait_new(plan->caller, p)
                         : NULL;
    if (!w) {
        backend_x_answer_job(b, job, p);
        return;
    }
    w->kind = WAIT_JOB;
    w->job = job;
    w->deadline_ms = backend_now(b).mono_ms + wait_ms;
    backend_x_wait(b, w);
}

void backend_x_disconnect(void *ctx, void *user, const OPENRRAS_DISCONNECT *d, uint32_t wait_ms,
                          struct rrasx_pending *p)
{
    struct plan plan;
    uint32_t job = 0;
    make_plan(ctx, user, d, &plan);
    if (d->dwFlags & ~FLAGS) {
        refuse(&plan, ERROR_INVALID_PARAMETER, p);
        return;
    }
    if (plan.line.dry_run) {
        dry_run(&plan, p);
        return;
    }
    uint32_t code = plan.keep_out_seconds ? begin_with_keep_out(&plan, &job) : begin(&plan, &job);
    if (code != ERROR_SUCCESS)
        refuse(&plan, code, p);
    else
        answer_later(&plan, job, wait_ms, p);
}

uint32_t backend_x_job_cancel(void *ctx, void *user, uint32_t job)
{
    struct backend *b = ctx;
    struct router_time now = backend_now(b);
    struct audit_who who = backend_who(b, user);
    uint32_t result = router_job_cancel(b->env.router, job, &now) == 0 ? ERROR_SUCCESS : ERROR_NOT_FOUND;
    audit_write_cancel(b->env.audit, &who, op_name(RRASX_JOB_CANCEL), job, result);
    return result;
}

/* ---- what the router tells ---- */

void backend_x_job_event(struct backend *b, const struct router_event *e)
{
    const struct router_job_view *v = e->job_view;
    const struct job_owner *owner = backend_x_owner(b, e->job);
    if (v->state == ROUTER_JOB_RUNNING)
        return; /* begin() writes the line, with what the caller has asked for */
    audit_write_job_end(b->env.audit, v);
    log_write(v->failed ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
              "job %" PRIu32 ": %s after %" PRIu64 " ms: %" PRIu32 " of %" PRIu32 " sessions gone, %" PRIu32 " failed",
              v->number, v->state == ROUTER_JOB_CANCELLED ? "cancelled" : "done", v->took_ms, v->confirmed, v->matched,
              v->failed);
    if (owner)
        owner_forget(b, e->job);
}
