/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/order.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "rasadmin/client.h"
#include "rasadmin/errors.h"

/* As many as libmprapi keeps connections for one handle. An order whose daemon is slow takes two seconds: with one at a
 * time a hundred of them would take minutes. */
#define WORKERS_MAX 8u
#define POLL_MIN_MS 20u
#define POLL_MAX_MS 500u

/* ---- interrupting ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

void orders_catch_signals(void)
{
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    interrupted = 0;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

int orders_interrupted(void)
{
    return interrupted;
}

/* ---- giving ---- */

struct work {
    MPR_SERVER_HANDLE server;
    struct order *orders;
    size_t n;
    atomic_size_t next;
    atomic_uint lost; /* the code with which the server went away, 0: it is there */
};

/* Did the order arrive, as far as anybody knows? 1460: the server has it, its daemon was slow. 1726: nobody knows. */
static bool may_stand(uint32_t code)
{
    return code == ERROR_TIMEOUT || code == RPC_S_CALL_FAILED || code == RPC_S_CALL_CANCELLED;
}

static void give(struct work *w, struct order *o)
{
    uint32_t lost = atomic_load(&w->lost);
    if (lost) {
        o->result = ORDER_FAILED;
        o->code = lost;
        return;
    }
    o->code = client_port_disconnect(w->server, o->port->handle);
    o->result = o->code == NO_ERROR ? ORDER_ASKED : may_stand(o->code) ? ORDER_UNCONFIRMED : ORDER_FAILED;
    if (o->code == RPC_S_SERVER_UNAVAILABLE || o->code == ERROR_DDM_NOT_RUNNING)
        atomic_store(&w->lost, o->code);
}

static void *worker(void *arg)
{
    struct work *w = arg;
    for (;;) {
        size_t i = atomic_fetch_add(&w->next, 1);
        if (i >= w->n || interrupted)
            return NULL;
        give(w, &w->orders[i]);
    }
}

void orders_give(MPR_SERVER_HANDLE server, struct order *orders, size_t n)
{
    struct work w = {.server = server, .orders = orders, .n = n};
    pthread_t threads[WORKERS_MAX];
    size_t started = 0;
    /* One is this thread. If others can't be had, it does their work. */
    while (started + 1 < WORKERS_MAX && started + 1 < n && pthread_create(&threads[started], NULL, worker, &w) == 0)
        started++;
    worker(&w);
    while (started > 0)
        pthread_join(threads[--started], NULL);
}

/* ---- the server's life ---- */

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct server_run server_run_now(MPR_SERVER_HANDLE server)
{
    struct server_status s;
    struct server_run run = {.known = client_status(server, &s) == NO_ERROR};
    if (run.known) {
        run.up_seconds = s.up_seconds;
        run.at_ms = now_ms();
    }
    return run;
}

/* Is it another run than the one before? One that goes on is older by the time that has gone by since, less what the
 * rounding to seconds takes. When it does not say, it is not known to be. */
static bool has_restarted(MPR_SERVER_HANDLE server, const struct server_run *before)
{
    uint64_t asked_ms = now_ms();
    struct server_run now = server_run_now(server);
    return before->known && now.known &&
           now.up_seconds + UINT64_C(1) < before->up_seconds + (asked_ms - before->at_ms) / 1000;
}

/* ---- waiting ---- */

bool session_is_gone(const struct port *before, const struct port *now)
{
    if (now->handle != before->handle)
        return true; /* another session has begun there */
    if (before->connection && now->connection != before->connection)
        return true;
    return !port_is_busy(now) && now->condition != CONDITION_NON_OPERATIONAL;
}

static bool is_pending(const struct order *o)
{
    return (o->result == ORDER_ASKED || o->result == ORDER_UNCONFIRMED) && !o->given_up && !o->lost;
}

/* What a port that still has the session tells of the order: rrasd shows it as disconnecting as long as the order
 * stands. */
static void note_progress(struct order *o, const struct port *now)
{
    if (now->condition == CONDITION_DISCONNECTED)
        o->ending = true;
    else if (o->ending && now->condition == CONDITION_AUTHENTICATED)
        o->given_up = true;
}

/* Look at one port. The code of the call. */
static uint32_t look(MPR_SERVER_HANDLE server, struct order *o, const struct order_wait *w)
{
    struct arena arena = {0};
    struct port now;
    uint32_t code = client_port(server, o->port->handle, &arena, &now);
    if (code == NO_ERROR && now.handle != o->port->handle && has_restarted(server, &w->before))
        o->lost = true;
    else if (code == NO_ERROR && session_is_gone(o->port, &now))
        o->result = ORDER_CONFIRMED;
    else if (code == NO_ERROR)
        note_progress(o, &now);
    arena_free(&arena);
    return code;
}

/* Look at all that are pending. How many still are; 0 also when looking has no sense any more. */
static size_t look_at_all(MPR_SERVER_HANDLE server, struct order *orders, size_t n, const struct order_wait *w)
{
    size_t pending = 0;
    for (size_t i = 0; i < n && !interrupted; i++) {
        if (!is_pending(&orders[i]))
            continue;
        uint32_t code = look(server, &orders[i], w);
        bool lost = error_find(code)->exit == EXIT_UNREACHABLE;
        if (code == ERROR_ACCESS_DENIED || code == ERROR_DDM_NOT_RUNNING || (lost && !w->may_return))
            return 0;
        pending += is_pending(&orders[i]);
        if (lost)
            break; /* the others would only take as long */
    }
    return pending;
}

/* A signal ends it. */
static void sleep_ms(uint64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR && !interrupted)
        ;
}

void orders_wait(MPR_SERVER_HANDLE server, struct order *orders, size_t n, const struct order_wait *w)
{
    uint64_t start = now_ms(), pause = POLL_MIN_MS;
    while (look_at_all(server, orders, n, w) > 0) {
        uint64_t spent = now_ms() - start;
        if (spent >= w->ms || interrupted)
            break;
        sleep_ms(pause < w->ms - spent ? pause : w->ms - spent);
        pause = pause * 2 < POLL_MAX_MS ? pause * 2 : POLL_MAX_MS;
    }
    for (size_t i = 0; i < n; i++) {
        if (is_pending(&orders[i]) || orders[i].given_up || orders[i].lost) {
            orders[i].result = ORDER_UNCONFIRMED;
            orders[i].still_up = !orders[i].lost;
        }
    }
}

/* ---- the sum ---- */

struct order_sum orders_sum(const struct order *orders, size_t n)
{
    struct order_sum s = {.matched = n};
    for (size_t i = 0; i < n; i++) {
        enum order_result r = orders[i].result;
        s.not_given += r == ORDER_NOT_GIVEN;
        s.failed += r == ORDER_FAILED;
        s.unconfirmed += r == ORDER_UNCONFIRMED;
        s.confirmed += r == ORDER_CONFIRMED;
        s.asked += r == ORDER_ASKED || r == ORDER_CONFIRMED || r == ORDER_UNCONFIRMED;
    }
    return s;
}

int orders_exit(const struct order *orders, size_t n)
{
    struct order_sum s = orders_sum(orders, n);
    if (s.failed == 0 && (s.not_given == 0 || s.not_given == n))
        return s.unconfirmed ? EXIT_UNCONFIRMED : EXIT_DONE;
    if (s.failed < n)
        return EXIT_PARTLY;
    /* All failed: for one reason, or for several. */
    enum exit_code first = error_find_disconnect(orders[0].code)->exit;
    for (size_t i = 1; i < n; i++) {
        if (error_find_disconnect(orders[i].code)->exit != first)
            return EXIT_OTHER;
    }
    return (int)first;
}

const char *order_result_word(enum order_result r)
{
    switch (r) {
    case ORDER_NOT_GIVEN:
        return "not_asked";
    case ORDER_ASKED:
        return "asked";
    case ORDER_CONFIRMED:
        return "confirmed";
    case ORDER_UNCONFIRMED:
        return "unconfirmed";
    case ORDER_FAILED:
        return "failed";
    }
    return "unknown";
}
