/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disconnecting by selection, in the server. It notes who matches and ends those and no others; here it is watched, and
 * cancelled when somebody interrupts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/user_name.h"
#include "rasadmin/client.h"
#include "rasadmin/disconnect.h"
#include "rasadmin/errors.h"
#include "rasadmin/progress.h"
#include "rasadmin/server.h"
#include "rasadmin/term.h"

#define SLICE_MS      250u   /* of waiting: so soon an interrupt is seen */
#define SAME_PAUSE_MS 10     /* a server that answers at once that all is as before is not asked without a pause */
#define AWAY_MAX_MS   30000u /* so long a server that went away is waited for */
#define AWAY_LOOK_MS  250u
#define TABLE_MAX     50u /* more sessions are not listed one by one, but summed up */

/* One or several jobs, one after another. */
struct run {
    struct app *app;
    const struct disconnect_options *o;
    MPR_SERVER_HANDLE server;
    struct disconnect_outcome *r;
    struct progress progress;
    uint64_t end_ms;     /* of waiting; UINT64_MAX: until it is done */
    OPENRRAS_JOB **jobs; /* as last seen */
    size_t n_jobs;
    size_t n_selectors; /* as many jobs as were to be */
    bool exact;         /* each is for one order, in their order */
    bool has_id;        /* which run of the server it was: */
    GUID id;
    bool lost; /* the server went away, and what became of the last job is not known */
    int code;  /* of what went wrong as a whole */
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- one job ---- */

static void show_progress(struct run *run)
{
    struct progress_counts c = {0};
    for (size_t i = 0; i < run->n_jobs; i++) {
        c.matched += run->jobs[i]->dwMatched;
        c.asked += run->jobs[i]->dwAsked;
        c.confirmed += run->jobs[i]->dwConfirmed;
        c.failed += run->jobs[i]->dwFailed;
    }
    progress_update(&run->progress, &c, now_ms());
}

static OPENRRAS_JOB **last_job(struct run *run)
{
    return &run->jobs[run->n_jobs - 1];
}

static void pause_away(void)
{
    struct timespec t = {.tv_nsec = AWAY_LOOK_MS * 1000000L};
    nanosleep(&t, NULL);
}

/* The server does not answer. True: try again. */
static bool wait_for_return(struct run *run, uint32_t win, uint64_t *away_since)
{
    if (*away_since == 0)
        *away_since = now_ms();
    if (error_find(win)->exit != EXIT_UNREACHABLE || !server_may_return(run->app->server) ||
        now_ms() - *away_since > AWAY_MAX_MS || now_ms() >= run->end_ms)
        return false;
    pause_away();
    return true;
}

static void report_lost(struct run *run, uint32_t win)
{
    run->lost = true;
    progress_end(&run->progress);
    if (win == ERROR_NOT_FOUND)
        app_error("%s was restarted meanwhile and does not know the job any more: what it had ordered stands, the rest "
                  "was not done; 'rasadmin ports' shows who is there",
                  app_server_title(run->app));
    else
        error_report(run->app, win, "follow the job on");
}

static bool is_same(const OPENRRAS_JOB *a, const OPENRRAS_JOB *b)
{
    return a->dwState == b->dwState && a->dwAsked == b->dwAsked && a->dwConfirmed == b->dwConfirmed &&
           a->dwFailed == b->dwFailed;
}

/* Wait until the job has ended, the time is over, or it can't be followed any more. */
static void follow(struct run *run)
{
    bool cancelled = false;
    uint64_t away_since = 0;
    while ((*last_job(run))->dwState == OPENRRAS_JOB_RUNNING) {
        OPENRRAS_JOB *job = *last_job(run), *next;
        uint64_t now = now_ms();
        uint32_t win = NO_ERROR;
        if (orders_interrupted() && !cancelled) {
            win = OpenRrasJobCancel(run->server, job->dwJob);
            cancelled = win == NO_ERROR;
            run->progress.cancelled = cancelled;
        }
        if (!win && now >= run->end_ms)
            return;
        if (!win)
            win = OpenRrasJobWait(run->server, job->dwJob, away_since ? NULL : job,
                                  run->end_ms - now < SLICE_MS ? (DWORD)(run->end_ms - now) : SLICE_MS, &next);
        if (!win) {
            away_since = 0;
            if (is_same(job, next))
                nanosleep(&(struct timespec){.tv_nsec = SAME_PAUSE_MS * 1000000L}, NULL);
            MprAdminBufferFree(job);
            *last_job(run) = next;
            show_progress(run);
        } else if (!wait_for_return(run, win, &away_since)) {
            report_lost(run, win);
            return;
        }
    }
}

/* Two ports of one user have one keep-out. */
static int note_number(uint32_t **list, size_t *n, uint32_t number)
{
    for (size_t i = 0; i < *n; i++) {
        if ((*list)[i] == number)
            return 0;
    }
    if (number == 0)
        return 0;
    uint32_t *p = reallocarray(*list, *n + 1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p[(*n)++] = number;
    *list = p;
    return 0;
}

/* Begin a job: EXIT_DONE, or the code after a sentence. */
static int start(struct run *run, const OPENRRAS_SELECTOR *selector)
{
    const struct disconnect_options *o = run->o;
    const OPENRRAS_DISCONNECT d = {.Selector = *selector,
                                   .dwFlags = o->hard ? OPENRRAS_DISCONNECT_HARD : 0,
                                   .dwRate = o->rate,
                                   .pszReason = o->reason,
                                   .dwKeepOutSeconds = o->keep_out_seconds};
    OPENRRAS_JOB *job;
    uint32_t win = OpenRrasDisconnect(run->server, &d, o->no_wait ? 0 : SLICE_MS, &job);
    if (win) {
        const struct error_text *e = error_find_disconnect(win);
        progress_end(&run->progress);
        if (e->exit == EXIT_UNCONFIRMED)
            app_error("can't disconnect on %s: %s (error %u)", app_server_title(run->app), e->text, (unsigned)win);
        else
            error_report(run->app, win, "disconnect on");
        return e->exit == EXIT_UNCONFIRMED ? EXIT_UNCONFIRMED : (int)error_find(win)->exit;
    }
    run->jobs[run->n_jobs++] = job; /* there is room for one each */
    if (note_number(&run->r->jobs, &run->r->n_jobs, job->dwJob) < 0 ||
        note_number(&run->r->keep_outs, &run->r->n_keep_outs, job->dwKeepOut) < 0)
        return app_no_memory();
    show_progress(run);
    return EXIT_DONE;
}

static void run_all(struct run *run, const OPENRRAS_SELECTOR *selectors, size_t n)
{
    for (size_t i = 0; i < n && run->code == EXIT_DONE && !run->lost && !orders_interrupted(); i++) {
        run->code = start(run, &selectors[i]);
        if (run->code == EXIT_DONE && !run->o->no_wait)
            follow(run);
    }
    progress_end(&run->progress);
}

/* ---- what became of it ---- */

/* A failure of somebody who came after the listing: an order of its own, with a port that says what is known. */
static int add_order(struct disconnect_outcome *r, const OPENRRAS_FAILURE *f)
{
    struct disconnect_extra *x = calloc(1, sizeof *x);
    struct order *p = reallocarray(r->orders, r->n + 1, sizeof *p);
    if (p)
        r->orders = p;
    if (!x || !p) {
        free(x);
        return -ENOMEM;
    }
    x->next = r->extra;
    r->extra = x;
    char domain[USER_DOMAIN_MAX + 1];
    const char *user = arena_copy(&r->texts, user_split(f->pszUser, domain));
    const char *kept = arena_copy(&r->texts, domain), *name = arena_copy(&r->texts, f->pszPort);
    if (!user || !kept || !name)
        return -ENOMEM;
    x->connection =
        (struct connection){.user = user, .domain = kept, .client4 = "", .client6 = "", .remote_endpoint = ""};
    x->port = (struct port){
        .handle = f->dwPort, .name = name, .media = "", .device_name = "", .device_type = "", .conn = &x->connection};
    r->orders[r->n++] = (struct order){.port = &x->port};
    return 0;
}

static int note_failure(struct disconnect_outcome *r, const OPENRRAS_FAILURE *f)
{
    size_t i = 0;
    while (i < r->n && r->orders[i].port->handle != f->dwPort)
        i++;
    if (i == r->n && add_order(r, f) < 0)
        return -ENOMEM;
    struct order *o = &r->orders[i];
    o->result = ORDER_FAILED;
    o->code = f->dwCode;
    o->why = arena_copy(&r->texts, f->pszReason);
    return o->why ? 0 : -ENOMEM;
}

static int note_failures(struct run *run)
{
    for (size_t i = 0; i < run->n_jobs; i++) {
        const OPENRRAS_JOB *job = run->jobs[i];
        for (DWORD k = 0; k < job->dwFailures; k++) {
            if (note_failure(run->r, &job->pFailures[k]) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}

/* One that the server did not find any more, though it was listed: it is gone, and nobody was touched. */
static void note_stale(struct run *run)
{
    for (size_t i = 0; run->exact && i < run->n_jobs; i++) {
        struct order *o = &run->r->orders[i];
        if (run->jobs[i]->dwMatched)
            continue;
        o->result = ORDER_FAILED;
        o->code = port_is_busy(o->port) ? ERROR_INVALID_PARAMETER : ERROR_PORT_NOT_CONNECTED;
    }
}

static int by_handle(const void *a, const void *b)
{
    const struct port *x = a, *y = b;
    return (x->handle > y->handle) - (x->handle < y->handle);
}

/* Which run of the server is it? After a crash it numbers all ports anew, and a handle that is not there says nothing.
 */
static bool server_id(MPR_SERVER_HANDLE server, GUID *ret)
{
    OPENRRAS_SERVER *info;
    if (OpenRrasServerGetInfo(server, &info) != NO_ERROR)
        return false;
    *ret = info->guidRun;
    MprAdminBufferFree(info);
    return true;
}

static bool is_same_run(const struct run *run)
{
    GUID now;
    return run->has_id && server_id(run->server, &now) && memcmp(&now, &run->id, sizeof now) == 0;
}

static void note_unknown(struct order *o)
{
    o->result = ORDER_UNCONFIRMED;
    o->why =
        "the server can't be asked any more, so what became of it is not known; 'rasadmin ports' shows who is there";
}

/* Look again, and say of each listed session what has become of it. */
static void note_results(struct run *run, size_t n)
{
    struct listing now = {0};
    bool known = client_listing_full(run->server, &now) == NO_ERROR, same = known && is_same_run(run);
    if (now.n_ports > 1)
        qsort(now.ports, now.n_ports, sizeof *now.ports, by_handle);
    for (size_t i = 0; i < n; i++) {
        struct order *o = &run->r->orders[i];
        if (o->result == ORDER_FAILED)
            continue;
        const struct port *p =
            now.n_ports ? bsearch(o->port, now.ports, now.n_ports, sizeof *now.ports, by_handle) : NULL;
        if (run->o->no_wait)
            o->result = i < run->n_jobs || !run->exact ? ORDER_ASKED : ORDER_NOT_GIVEN;
        else if (!known || (!p && !same))
            note_unknown(o);
        else if (!p || session_is_gone(o->port, p))
            o->result = ORDER_CONFIRMED;
        else if (p->session && p->session->ullOrder)
            o->result = ORDER_UNCONFIRMED;
    }
    listing_free(&now);
}

static void add_up(struct run *run)
{
    struct order_sum *s = &run->r->sum;
    for (size_t i = 0; i < run->n_jobs; i++) {
        const OPENRRAS_JOB *job = run->jobs[i];
        uint64_t ended = (uint64_t)job->dwConfirmed + job->dwFailed;
        size_t rest = job->dwMatched > ended ? (size_t)(job->dwMatched - ended) : 0;
        bool stale = run->exact && job->dwMatched == 0;
        s->matched += stale ? 1 : job->dwMatched;
        /* Not waited for, it has hardly begun: but the server has it, and gives every order. */
        s->asked += run->o->no_wait ? job->dwMatched : job->dwAsked;
        s->confirmed += job->dwConfirmed;
        s->failed += stale ? 1 : job->dwFailed;
        if (job->dwState == OPENRRAS_JOB_CANCELLED)
            s->not_given += rest;
        else if (!run->o->no_wait)
            s->unconfirmed += rest;
    }
    for (size_t i = 0; run->n_jobs < run->n_selectors && i < run->r->n; i++) {
        /* Jobs that were not begun: their sessions are those that are as they were. */
        if (run->r->orders[i].result == ORDER_NOT_GIVEN && (!run->exact || i >= run->n_jobs)) {
            s->matched++;
            s->not_given++;
        }
    }
}

static int sum_exit(const struct run *run)
{
    const struct order_sum *s = &run->r->sum;
    if (run->code)
        return s->asked ? EXIT_PARTLY : run->code;
    if (s->matched == 0)
        return run->r->n_keep_outs ? EXIT_DONE : EXIT_NOT_FOUND;
    if (s->failed == 0 && s->not_given == 0)
        return s->unconfirmed ? EXIT_UNCONFIRMED : EXIT_DONE;
    if (s->failed == s->matched)
        return orders_exit(run->r->orders, run->r->n);
    return EXIT_PARTLY;
}

static void tell_whole(const struct run *run)
{
    const struct order_sum *s = &run->r->sum;
    if (orders_interrupted())
        app_error("interrupted: of %zu sessions %zu were asked, %zu of them are confirmed and %zu failed; %zu were not "
                  "touched%s",
                  s->matched, s->asked, s->confirmed, s->failed, s->not_given,
                  s->unconfirmed ? "; of the rest it is not known" : "");
    else if (s->matched == 0 && run->r->n_keep_outs == 0 && run->code == EXIT_DONE)
        app_error("nobody matched any more when the server looked; nothing was disconnected");
    else if (s->unconfirmed && !run->lost)
        app_error("the time is over; the job goes on in the server: 'rasadmin watch --events orders' shows it");
}

static int judge(struct run *run)
{
    size_t n = run->r->n;
    if (run->n_jobs == 0)
        return run->code;
    note_stale(run);
    if (note_failures(run) < 0)
        return app_no_memory();
    note_results(run, n);
    add_up(run);
    run->r->waited = !run->o->no_wait;
    run->r->no_table = run->r->n > TABLE_MAX;
    tell_whole(run);
    return sum_exit(run);
}

void disconnect_outcome_free(struct disconnect_outcome *r)
{
    while (r->extra) {
        struct disconnect_extra *next = r->extra->next;
        free(r->extra);
        r->extra = next;
    }
    arena_free(&r->texts);
    free(r->orders);
    free(r->jobs);
    free(r->keep_outs);
    *r = (struct disconnect_outcome){0};
}

/* Until when to wait. */
static uint64_t wait_end(const struct disconnect_options *o)
{
    uint64_t now = now_ms();
    return o->has_wait_ms && o->wait_ms < UINT64_MAX - now ? now + o->wait_ms : UINT64_MAX;
}

int disconnect_by_jobs(struct app *app, const struct disconnect_options *o, struct disconnect_outcome *r)
{
    struct run run = {.app = app, .o = o, .server = server_handle(app->server), .r = r, .end_ms = wait_end(o)};
    OPENRRAS_SELECTOR *selectors;
    if (disconnect_plan(o, r->orders, r->n, &r->texts, &selectors, &run.n_selectors) < 0)
        return app_no_memory();
    run.has_id = server_id(run.server, &run.id);
    run.exact = run.n_selectors == r->n && run.n_selectors > 0 && selectors[0].dwPort;
    run.jobs = calloc(run.n_selectors + 1, sizeof(OPENRRAS_JOB *));
    int code = EXIT_OTHER;
    if (run.jobs) {
        orders_catch_signals();
        progress_begin(&run.progress, app->quiet ? NULL : stderr, isatty(STDERR_FILENO), term_width_of(STDERR_FILENO),
                       now_ms());
        run_all(&run, selectors, run.n_selectors);
        code = judge(&run);
    } else {
        app_no_memory();
    }
    for (size_t i = 0; i < run.n_jobs; i++)
        MprAdminBufferFree(run.jobs[i]);
    free(run.jobs);
    free(selectors);
    return code;
}
