/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, and how long it takes to the last of many watchers.
 *
 *   bench-watch rrasd SERVER DRIVER-SOCKET WATCHERS ROUNDS    libmprapi's OpenRrasEventWait() in WATCHERS threads; this
 *                                                             program is the driver that makes the event, too
 *   bench-watch bare WATCHERS ROUNDS BYTES                    a bare epoll server that, when it reads a line, writes
 * BYTES to WATCHERS sockets, each read by a thread
 *
 * Everything on CPU 0. Prints the median over the rounds, in microseconds.
 */
#include <pthread.h>
#include <stdbool.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openrras.h>

#include "bench/bench.h"

#define WATCHERS_MAX 256
#define ROUNDS_MAX   10000
#define WAIT_MS      30000u

/* One round: everybody waits, the event is made, the last one to hear of it tells when. Nobody waits for the next one
 * before that: on one CPU this would be measured as well. */
static sem_t ready, heard, again;
static atomic_uint left;
static size_t n_watchers;
static double last;

static void round_heard(void)
{
    if (atomic_fetch_sub(&left, 1) == 1) {
        last = bench_now();
        sem_post(&heard);
    }
    sem_wait(&again);
}

static void start_threads(void *(*main_of)(void *), void *args, size_t size)
{
    for (size_t i = 0; i < n_watchers; i++) {
        pthread_t t;
        pthread_attr_t a;
        pthread_attr_init(&a);
        pthread_attr_setstacksize(&a, 256 * 1024);
        if (pthread_create(&t, &a, main_of, (char *)args + i * size) != 0)
            bench_die("no thread");
        pthread_attr_destroy(&a);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Nobody can see from outside that a thread has begun to wait in the kernel: give them time. */
static void let_them_wait(void)
{
    usleep(20000);
}

static void rounds(size_t n, void (*fire)(size_t round))
{
    static double us[ROUNDS_MAX];
    if (n == 0 || n > ROUNDS_MAX)
        bench_die("1 to %d rounds", ROUNDS_MAX);
    for (size_t i = 0; i < n; i++) {
        let_them_wait();
        atomic_store(&left, (unsigned)n_watchers);
        double t = bench_now();
        fire(i);
        sem_wait(&heard);
        us[i] = (last - t) * 1e6;
        for (size_t k = 0; k < n_watchers; k++)
            sem_post(&again);
    }
    qsort(us, n, sizeof *us, by_value);
    printf("%.1f\n", us[n / 2]);
    fflush(stdout);
    _exit(0); /* the threads wait for an event that does not come */
}

/* ---- rrasd ---- */

static int driver_fd;

static void say(const char *line)
{
    size_t n = strlen(line);
    if (send(driver_fd, line, n, MSG_NOSIGNAL) != (ssize_t)n)
        bench_die("rrasd does not take a line");
}

/* Up to the first line that has this in it; pings do not come that soon. */
static void hear(const char *what)
{
    static char in[65536];
    size_t have = 0;
    for (;;) {
        ssize_t r = read(driver_fd, in + have, sizeof in - 1 - have);
        if (r <= 0)
            bench_die("rrasd has closed the driver's connection");
        have += (size_t)r;
        in[have] = '\0';
        if (strstr(in, what))
            return;
    }
}

static void become_driver(const char *path)
{
    driver_fd = bench_connect(path);
    say("{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"bench\",\"instance\":\"watch\","
        "\"device_type\":\"bench\",\"ports\":1,\"capabilities\":[]}\n");
    hear("welcome");
    say("{\"type\":\"session\",\"id\":\"1\",\"start\":1764084000,\"state\":\"connected\",\"user\":\"alice\"}\n"
        "{\"type\":\"snapshot-end\"}\n{\"type\":\"session\"}\n");
    hear("refused"); /* the answer to the record without an id: all before it has been taken */
}

static void fire_event(size_t round)
{
    char line[256];
    snprintf(line, sizeof line,
             "{\"type\":\"session\",\"id\":\"1\",\"start\":1764084000,\"client_address\":\"192.0.2.1:%zu\"}\n",
             1024 + round);
    say(line);
}

static void *watch_main(void *arg)
{
    MPR_SERVER_HANDLE h = *(MPR_SERVER_HANDLE *)arg;
    OPENRRAS_EVENT_LIST *list;
    ULONGLONG after = (ULONGLONG)-1;
    GUID run;
    sem_post(&ready);
    for (GUID *known = NULL;; known = &run) {
        DWORD code =
            OpenRrasEventWait(h, known, after, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_CHANGED), WAIT_MS, &list);
        if (code != NO_ERROR)
            bench_die("OpenRrasEventWait: %u", (unsigned)code);
        if (list->dwCount == 1)
            round_heard();
        else if (list->dwCount > 1)
            bench_die("%u events at once", (unsigned)list->dwCount);
        after = list->ullLast;
        run = list->guidRun;
        MprAdminBufferFree(list);
    }
}

/* A handle each, so a connection each: as 100 processes would have. */
static void watch_rrasd(const char *server, const char *driver, size_t n)
{
    static MPR_SERVER_HANDLE handles[WATCHERS_MAX];
    WCHAR name[256];
    size_t k = 0;
    for (; server[k] && k < 255; k++)
        name[k] = (WCHAR)server[k];
    name[k] = 0;
    become_driver(driver);
    for (size_t i = 0; i < n_watchers; i++) {
        DWORD code = MprAdminServerConnect(name, &handles[i]);
        if (code != NO_ERROR)
            bench_die("watcher %zu can't connect to %s: error %u", i, server, (unsigned)code);
    }
    start_threads(watch_main, handles, sizeof handles[0]);
    for (size_t i = 0; i < n_watchers; i++)
        sem_wait(&ready);
    rounds(n, fire_event);
}

/* ---- bare ---- */

struct bare {
    int fd;
    size_t bytes;
};

static int bare_fd;

static void *bare_main(void *arg)
{
    const struct bare *b = arg;
    char *p = malloc(b->bytes);
    if (!p)
        bench_die("no memory");
    sem_post(&ready);
    for (;;) {
        for (size_t have = 0; have < b->bytes;) {
            ssize_t r = read(b->fd, p + have, b->bytes - have);
            if (r <= 0)
                bench_die("the bare server is gone");
            have += (size_t)r;
        }
        round_heard();
    }
}

static void bare_server(int in, const int *out, size_t bytes)
{
    char *p = calloc(1, bytes), line[256];
    int ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN};
    epoll_ctl(ep, EPOLL_CTL_ADD, in, &e);
    for (;;) {
        epoll_wait(ep, &e, 1, -1);
        if (read(in, line, sizeof line) <= 0)
            _exit(0);
        for (size_t i = 0; i < n_watchers; i++)
            if (write(out[i], p, bytes) != (ssize_t)bytes)
                _exit(1);
    }
}

static void fire_bare(size_t round)
{
    char line[100] = {0};
    (void)round;
    if (write(bare_fd, line, sizeof line) != (ssize_t)sizeof line)
        bench_die("the bare server is gone");
}

static void watch_bare(size_t n, size_t bytes)
{
    static struct bare b[WATCHERS_MAX];
    int out[WATCHERS_MAX], trigger[2];
    for (size_t i = 0; i < n_watchers; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
            bench_die("socketpair: %s", strerror(errno));
        b[i] = (struct bare){pair[0], bytes};
        out[i] = pair[1];
    }
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, trigger) != 0)
        bench_die("socketpair: %s", strerror(errno));
    if (fork() == 0) {
        close(trigger[0]);
        bare_server(trigger[1], out, bytes);
    }
    bare_fd = trigger[0];
    close(trigger[1]);
    start_threads(bare_main, b, sizeof b[0]);
    for (size_t i = 0; i < n_watchers; i++)
        sem_wait(&ready);
    rounds(n, fire_bare);
}

int main(int argc, char **argv)
{
    bool rrasd = argc == 6 && strcmp(argv[1], "rrasd") == 0, bare = argc == 5 && strcmp(argv[1], "bare") == 0;
    if (!rrasd && !bare)
        bench_die("usage: see the head of bench/watch.c");
    n_watchers = bench_number(argv[rrasd ? 4 : 2]);
    if (n_watchers == 0 || n_watchers > WATCHERS_MAX)
        bench_die("1 to %d watchers", WATCHERS_MAX);
    sem_init(&ready, 0, 0);
    sem_init(&heard, 0, 0);
    sem_init(&again, 0, 0);
    bench_pin(0);
    if (rrasd)
        watch_rrasd(argv[2], argv[3], bench_number(argv[5]));
    else
        watch_bare(bench_number(argv[3]), bench_number(argv[4]));
    return 0;
}
