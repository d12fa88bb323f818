/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/fan_out.h"

#include <math.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "bench/bench.h"

/* Bytes of what travels between a notified process, rrasd and its driver. */
#define QUESTION 96u
#define ANSWER   208u
#define LINE     90u
#define READY    64

/* ---- the server ---- */

struct listener {
    int fd;
    bool asks;
    double asked;  /* when */
    size_t behind; /* how many events there were when it was answered last */
};

struct server {
    struct listener listeners[FAN_OUT_MAX];
    size_t n, events;
    double gather;
};

/* In seconds, of an answer that can be given; INFINITY: of none. */
static double due_in(const struct server *s, const struct listener *l, double now)
{
    return l->asks && s->events > l->behind ? l->asked + s->gather - now : (double)INFINITY;
}

static void answer(struct listener *l, size_t events)
{
    static const char bytes[ANSWER];
    if (write(l->fd, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
        bench_die("nobody listens any more");
    l->asks = false;
    l->behind = events;
}

/* Answers those whose time has come; how long the next one has to wait, as epoll_wait() takes it. */
static int answer_due(struct server *s)
{
    double first = (double)INFINITY, now = bench_now();
    for (size_t i = 0; i < s->n; i++) {
        double due = due_in(s, &s->listeners[i], now);
        if (due <= 0)
            answer(&s->listeners[i], s->events);
        else
            first = due < first ? due : first;
    }
    return isinf(first) ? -1 : (int)(first * 1e3) + 1;
}

static bool hear(struct server *s, struct listener *l, int trigger)
{
    char bytes[LINE * 64];
    ssize_t n = read(l ? l->fd : trigger, bytes, l ? QUESTION : sizeof bytes);
    if (n <= 0)
        return false;
    if (l) {
        l->asks = true;
        l->asked = bench_now();
    } else {
        s->events += (size_t)n / LINE;
    }
    return true;
}

static void watch(int ep, int fd, struct listener *l)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = l};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) != 0)
        bench_die("epoll: %s", strerror(errno));
}

static void serve(struct server *s, int trigger)
{
    int ep = epoll_create1(0);
    bench_pin(0);
    watch(ep, trigger, NULL);
    for (size_t i = 0; i < s->n; i++)
        watch(ep, s->listeners[i].fd, &s->listeners[i]);
    for (;;) {
        struct epoll_event ready[READY];
        int n = epoll_wait(ep, ready, READY, answer_due(s));
        for (int i = 0; i < n; i++)
            if (!hear(s, ready[i].data.ptr, trigger))
                _exit(0);
    }
}

/* ---- its other end ---- */

static void make_pair(int pair[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        bench_die("socketpair: %s", strerror(errno));
}

void fan_out_start(struct fan_out *f, size_t n, unsigned gather_ms)
{
    static struct server s;
    int pair[2], trigger[2];
    s = (struct server){.n = n, .gather = gather_ms / 1e3};
    for (size_t i = 0; i < n; i++) {
        make_pair(pair);
        f->fds[i] = pair[0];
        s.listeners[i].fd = pair[1];
    }
    make_pair(trigger);
    f->trigger = trigger[0];
    pid_t pid = fork();
    if (pid < 0)
        bench_die("no process: %s", strerror(errno));
    if (pid == 0) {
        for (size_t i = 0; i < n; i++)
            close(f->fds[i]);
        serve(&s, trigger[1]);
    }
    close(trigger[1]);
    for (size_t i = 0; i < n; i++)
        close(s.listeners[i].fd);
}

void fan_out_tell(const struct fan_out *f)
{
    static const char bytes[LINE];
    if (write(f->trigger, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
        bench_die("the bare server is gone");
}

bool fan_out_listen(int fd)
{
    char bytes[ANSWER] = {0};
    return write(fd, bytes, QUESTION) == (ssize_t)QUESTION && read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes;
}

void fan_out_stop(const struct fan_out *f)
{
    shutdown(f->trigger, SHUT_RDWR); /* others have copies of the descriptor */
}
