/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many processes that are registered for notifications, while sessions come and go.
 *
 *   bench-notify rrasd SERVER DRIVER-SOCKET PROCESSES RATE SECONDS
 *   bench-notify bare GATHER-MS PROCESSES RATE SECONDS        the same with a bare server in rrasd's place (fan_out.h)
 *
 * PROCESSES processes with MprAdminRegisterConnectionNotification() each wait on CPU 1. This program is the driver, on
 * CPU 1 as well: RATE sessions a second come, and as many go, evenly apart. For each of these events is noted when it
 * was sent, and when the last process was signalled after that (whoever lists then sees it). Prints p50 and p99 of that
 * time in milliseconds, the events a second that were made, and the signals a second of one process.
 */
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <openrras.h>

#include "bench/bench.h"
#include "bench/client.h"
#include "bench/fan_out.h"

#define PROCESSES_MAX FAN_OUT_MAX
#define EVENTS_MAX    200000u
#define SIGNALS_MAX   100000u /* of one process */
#define LIVE          100u    /* sessions at a time */
#define WARM_S        0.5     /* before the first event that counts, and after the last */
#define START         1764084000

/* Shared with the processes. */
struct watcher {
    _Atomic size_t n;
    double at[SIGNALS_MAX];
};

static struct shared {
    atomic_uint ready;
    atomic_bool stop;
    struct watcher watchers[PROCESSES_MAX];
} * shared;

/* What is measured. */
struct way {
    void (*watch)(size_t process);
    void (*tell)(size_t event);
};

static const char *server, *driver_path; /* of rrasd */
static struct fan_out bare;

/* ---- the processes ---- */

static void note(struct watcher *w)
{
    size_t n = atomic_load_explicit(&w->n, memory_order_relaxed);
    if (n == SIGNALS_MAX)
        bench_die("more signals than there is room for");
    w->at[n] = bench_now();
    atomic_store_explicit(&w->n, n + 1, memory_order_release);
}

static bool is_over(void)
{
    return atomic_load_explicit(&shared->stop, memory_order_relaxed);
}

static void watch_rrasd(size_t process)
{
    HANDLE event;
    MPR_SERVER_HANDLE h = connect_to(server);
    check(OpenRrasNotifyCreate(&event), "OpenRrasNotifyCreate");
    check(MprAdminRegisterConnectionNotification(h, event), "MprAdminRegisterConnectionNotification");
    atomic_fetch_add(&shared->ready, 1);
    while (!is_over()) {
        DWORD code = OpenRrasNotifyWait(1, &event, 200, NULL);
        if (code == NO_ERROR)
            note(&shared->watchers[process]);
        else if (code != WAIT_TIMEOUT)
            check(code, "OpenRrasNotifyWait");
    }
    MprAdminServerDisconnect(h);
    OpenRrasNotifyClose(event);
}

static void watch_bare(size_t process)
{
    atomic_fetch_add(&shared->ready, 1);
    while (fan_out_listen(bare.fds[process]))
        note(&shared->watchers[process]);
    if (!is_over())
        bench_die("the bare server is gone");
}

static void start_watchers(const struct way *way, pid_t *pids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pids[i] = fork();
        if (pids[i] < 0)
            bench_die("no process: %s", strerror(errno));
        if (pids[i] == 0) {
            way->watch(i);
            exit(0);
        }
    }
    for (double until = bench_now() + 60; atomic_load(&shared->ready) < n; usleep(10000))
        if (bench_now() > until || waitpid(-1, NULL, WNOHANG) > 0)
            bench_die("only %u processes are registered", atomic_load(&shared->ready));
}

static void end_watchers(const pid_t *pids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int status;
        if (waitpid(pids[i], &status, 0) < 0 || status != 0)
            bench_die("process %zu failed", i);
    }
}

/* ---- the driver ---- */

static int driver_fd;

static void say(const char *line, int n)
{
    if (send(driver_fd, line, (size_t)n, MSG_NOSIGNAL) != n)
        bench_die("rrasd does not take a line");
}

/* rrasd asks now and then whether we are there. Nothing else that it says matters. */
static void answer_pings(void)
{
    struct pollfd p = {.fd = driver_fd, .events = POLLIN};
    while (poll(&p, 1, 0) > 0) {
        char pong[128];
        const char *line = bench_line(driver_fd), *number;
        if (!line)
            bench_die("rrasd has closed the driver's connection");
        if (strstr(line, "\"ping\"") && (number = strstr(line, "\"n\":")) != NULL)
            say(pong, snprintf(pong, sizeof pong, "{\"type\":\"pong\",\"n\":%lu}\n", strtoul(number + 4, NULL, 10)));
    }
}

static void become_driver(void)
{
    char line[256];
    driver_fd = bench_connect(driver_path);
    say(line,
        snprintf(line, sizeof line,
                 "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"bench\",\"instance\":\"notify\","
                 "\"device_type\":\"bench\",\"ports\":%u,\"capabilities\":[]}\n",
                 LIVE * 2));
    say(line, snprintf(line, sizeof line, "{\"type\":\"snapshot-end\"}\n"));
}

static void come(size_t i)
{
    char line[256];
    say(line,
        snprintf(line, sizeof line,
                 "{\"type\":\"session\",\"id\":\"%zu\",\"start\":%d,\"state\":\"connected\",\"user\":\"user%zu\"}\n", i,
                 START, i % 1000));
}

static void go(size_t i)
{
    char line[256];
    say(line, snprintf(line, sizeof line, "{\"type\":\"gone\",\"id\":\"%zu\",\"start\":%d}\n", i, START));
}

/* One comes and the oldest goes, in turn. */
static void tell_rrasd(size_t event)
{
    if (event % 2 == 0)
        come(LIVE + event / 2);
    else
        go(event / 2);
    answer_pings();
}

static void tell_bare(size_t event)
{
    (void)event;
    fan_out_tell(&bare);
}

/* When each event was sent. */
static size_t churn(const struct way *way, unsigned long rate, double seconds, double *sent)
{
    double began = bench_now(), gap = 1.0 / (2.0 * (double)rate);
    size_t n = 0;
    while (n < EVENTS_MAX && (double)n * gap < seconds) {
        double left = began + (double)n * gap - bench_now();
        if (left > 0)
            usleep((useconds_t)(left * 1e6));
        sent[n] = bench_now();
        way->tell(n++);
    }
    return n;
}

/* ---- the figures ---- */

/* When the last process had its first signal after that; INFINITY would be one that heard of nothing any more. */
static double reached_all(double t, size_t n, size_t *at)
{
    double last = t;
    for (size_t i = 0; i < n; i++) {
        const struct watcher *w = &shared->watchers[i];
        while (at[i] < w->n && w->at[at[i]] < t)
            at[i]++;
        if (at[i] == w->n)
            bench_die("process %zu was not signalled any more", i);
        last = w->at[at[i]] > last ? w->at[at[i]] : last;
    }
    return last - t;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void tell(const double *sent, size_t n, size_t processes)
{
    static size_t at[PROCESSES_MAX];
    double *ms = malloc(n * sizeof *ms);
    double first = sent[0] + WARM_S, last = sent[n - 1] - WARM_S;
    size_t count = 0, signals = 0;
    if (!ms)
        bench_die("no memory");
    for (size_t i = 0; i < n; i++)
        if (sent[i] >= first && sent[i] <= last)
            ms[count++] = reached_all(sent[i], processes, at) * 1e3;
    if (count < 100)
        bench_die("too few events");
    for (size_t i = 0; i < processes; i++)
        signals += shared->watchers[i].n;
    qsort(ms, count, sizeof *ms, by_value);
    double took = sent[n - 1] - sent[0];
    printf("%.3f %.3f %.0f %.0f\n", ms[count / 2], ms[count * 99 / 100], (double)n / took,
           (double)signals / took / (double)processes);
    free(ms);
}

/* ---- both ways ---- */

static void run(const struct way *way, size_t processes, unsigned long rate, unsigned long seconds)
{
    static pid_t pids[PROCESSES_MAX];
    static double sent[EVENTS_MAX];
    start_watchers(way, pids, processes);
    if (way->watch == watch_rrasd) {
        become_driver();
        for (size_t i = 0; i < LIVE; i++)
            come(i);
    }
    size_t n = churn(way, rate, (double)seconds, sent);
    usleep(300000); /* what was sent last is under way */
    atomic_store(&shared->stop, true);
    if (way->watch == watch_bare)
        fan_out_stop(&bare);
    end_watchers(pids, processes);
    tell(sent, n, processes);
}

int main(int argc, char **argv)
{
    static const struct way through_rrasd = {watch_rrasd, tell_rrasd}, by_bare_sockets = {watch_bare, tell_bare};
    bool is_bare = argc == 6 && strcmp(argv[1], "bare") == 0;
    if (!is_bare && (argc != 7 || strcmp(argv[1], "rrasd") != 0))
        bench_die("usage: see the head of bench/notify.c");
    size_t processes = bench_number(argv[argc - 3]);
    unsigned long rate = bench_number(argv[argc - 2]), seconds = bench_number(argv[argc - 1]);
    if (processes == 0 || processes > PROCESSES_MAX || rate == 0 || rate * 2 * seconds > EVENTS_MAX)
        bench_die("1 to %u processes, and at most %u events", PROCESSES_MAX, EVENTS_MAX);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        bench_die("no memory");
    server = argv[2];
    driver_path = argv[3];
    if (is_bare)
        fan_out_start(&bare, processes, (unsigned)bench_number(argv[2]));
    bench_pin(1);
    run(is_bare ? &by_bare_sockets : &through_rrasd, processes, rate, seconds);
    return 0;
}
