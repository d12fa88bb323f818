/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/notifier.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "libmprapi/fork.h"

/* Sockets that one turn looks at. The kernel gives the others first the next time. */
#define TURN_MAX 16

struct notifier {
    pthread_mutex_t lock;
    atomic_uint refs;
    unsigned process; /* fork_generation() of its maker */
    int epoll, timer, bell;
    uint64_t armed; /* what the timer is set to; WATCH_NEVER: it is not */
    bool signalled, closed;
    bool rung; /* the bell has been, and nobody has silenced it */
    struct watch **watches;
    size_t n_watches, cap;
};

/* ---- signalling ---- */

/* An eventfd's counter that is far from its end: it takes this at once. */
static void ring(struct notifier *n)
{
    if (!n->rung)
        (void)eventfd_write(n->bell, 1);
    n->rung = true;
}

static void silence(struct notifier *n)
{
    eventfd_t count;

    if (n->rung)
        (void)eventfd_read(n->bell, &count);
    n->rung = false;
}

/* For those who look at the descriptor alone. */
static void ring_if_signalled(struct notifier *n)
{
    if (n->signalled && !n->closed)
        ring(n);
}

bool notifier_take(struct notifier *n)
{
    pthread_mutex_lock(&n->lock);
    bool signalled = n->signalled && !n->closed;
    if (signalled) {
        n->signalled = false;
        silence(n);
    }
    pthread_mutex_unlock(&n->lock);
    return signalled;
}

void notifier_leave(struct notifier *n)
{
    pthread_mutex_lock(&n->lock);
    ring_if_signalled(n);
    pthread_mutex_unlock(&n->lock);
}

/* ---- turning ---- */

/* It may go off too early: each answer moves what is due further away, and to turn in vain once in a minute is cheaper
 * than a system call for each. */
static void set_timer(struct notifier *n)
{
    uint64_t due = WATCH_NEVER;

    for (size_t i = 0; i < n->n_watches; i++)
        due = watch_due(n->watches[i]) < due ? watch_due(n->watches[i]) : due;
    if (due >= n->armed)
        return;
    const struct itimerspec t = {.it_value = {(time_t)(due / 1000), (long)(due % 1000) * 1000000}};
    (void)timerfd_settime(n->timer, TFD_TIMER_ABSTIME, &t, NULL); /* can't fail with these arguments */
    n->armed = due;
}

static void hear_timer(struct notifier *n)
{
    uint64_t count;

    if (read(n->timer, &count, sizeof count) == (ssize_t)sizeof count)
        n->armed = WATCH_NEVER; /* it has gone off, and is set again even to the same time */
}

static void turn_watch(struct notifier *n, struct watch *w, uint64_t now)
{
    if (watch_turn(w, now))
        n->signalled = true;
}

static void turn(struct notifier *n, uint64_t now)
{
    struct epoll_event ready[TURN_MAX];
    int count = epoll_wait(n->epoll, ready, TURN_MAX, 0);

    for (int i = 0; i < count; i++) {
        if (ready[i].data.ptr == &n->timer)
            hear_timer(n);
        else if (ready[i].data.ptr != &n->bell)
            turn_watch(n, ready[i].data.ptr, now);
    }
    for (size_t i = 0; i < n->n_watches; i++)
        if (watch_due(n->watches[i]) <= now)
            turn_watch(n, n->watches[i], now);
    set_timer(n);
}

void notifier_turn(struct notifier *n, uint64_t now)
{
    pthread_mutex_lock(&n->lock);
    turn(n, now);
    pthread_mutex_unlock(&n->lock);
}

/* ---- registrations ---- */

/* Where it is among the watches; n_watches: nowhere. */
static size_t find(const struct notifier *n, const struct pool *p)
{
    size_t i = 0;

    while (i < n->n_watches && watch_pool(n->watches[i]) != p)
        i++;
    return i;
}

bool notifier_has(struct notifier *n, const struct pool *p)
{
    pthread_mutex_lock(&n->lock);
    bool has = find(n, p) < n->n_watches;
    pthread_mutex_unlock(&n->lock);
    return has;
}

static int make_room(struct notifier *n)
{
    if (n->n_watches < n->cap)
        return 0;
    size_t cap = n->cap ? n->cap * 2 : 4;
    struct watch **watches = realloc(n->watches, cap * sizeof *watches);
    if (!watches)
        return -ENOMEM;
    n->watches = watches;
    n->cap = cap;
    return 0;
}

/* pool_is_closed() is looked at with the lock held: who closes the server's handle says so first, and then looks for
 * registrations, with the lock held as well. So one of the two sees the other. */
static uint32_t add(struct notifier *n, struct pool *p, struct association *a, const struct watch_point *from,
                    uint64_t now)
{
    if (n->closed)
        return ERROR_INVALID_PARAMETER;
    if (pool_is_closed(p))
        return RPC_S_INVALID_BINDING;
    if (find(n, p) < n->n_watches) {
        pool_end_watch(p, a);
        return NO_ERROR;
    }
    struct watch *w = make_room(n) == 0 ? watch_new(p, a, from, n->epoll) : NULL;
    if (!w)
        return ERROR_NOT_ENOUGH_MEMORY;
    n->watches[n->n_watches++] = w;
    turn_watch(n, w, now);
    ring_if_signalled(n);
    set_timer(n);
    return NO_ERROR;
}

uint32_t notifier_add(struct notifier *n, struct pool *p, struct association *a, const struct watch_point *from,
                      uint64_t now)
{
    pthread_mutex_lock(&n->lock);
    uint32_t code = add(n, p, a, from, now);
    pthread_mutex_unlock(&n->lock);
    return code;
}

static void drop(struct notifier *n, size_t i)
{
    watch_free(n->watches[i]);
    n->watches[i] = n->watches[--n->n_watches];
}

bool notifier_remove(struct notifier *n, const struct pool *p)
{
    pthread_mutex_lock(&n->lock);
    size_t i = find(n, p);
    bool found = i < n->n_watches;
    if (found) {
        drop(n, i);
        set_timer(n);
    }
    pthread_mutex_unlock(&n->lock);
    return found;
}

/* ---- its life ---- */

static int watch_for(const struct notifier *n, int fd, const void *what)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = (void *)(uintptr_t)what};
    return epoll_ctl(n->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

static void close_descriptors(const struct notifier *n)
{
    const int fds[] = {n->epoll, n->timer, n->bell};

    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int open_descriptors(struct notifier *n)
{
    n->epoll = epoll_create1(EPOLL_CLOEXEC);
    n->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    n->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int r = n->epoll < 0 || n->timer < 0 || n->bell < 0 ? -errno : 0;
    if (r == 0)
        r = watch_for(n, n->timer, &n->timer);
    if (r == 0)
        r = watch_for(n, n->bell, &n->bell);
    if (r < 0)
        close_descriptors(n);
    return r;
}

int notifier_new(struct notifier **ret)
{
    struct notifier *n = calloc(1, sizeof *n);

    if (!n)
        return -ENOMEM;
    int r = open_descriptors(n);
    if (r == 0 && pthread_mutex_init(&n->lock, NULL) != 0) {
        close_descriptors(n);
        r = -ENOMEM;
    }
    if (r < 0) {
        free(n);
        return r;
    }
    n->refs = 1;
    n->process = fork_generation();
    n->armed = WATCH_NEVER;
    *ret = n;
    return 0;
}

struct notifier *notifier_ref(struct notifier *n)
{
    atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
    return n;
}

void notifier_unref(struct notifier *n)
{
    if (atomic_fetch_sub_explicit(&n->refs, 1, memory_order_acq_rel) > 1)
        return;
    while (n->n_watches > 0)
        drop(n, n->n_watches - 1);
    close_descriptors(n);
    pthread_mutex_destroy(&n->lock);
    free(n->watches);
    free(n);
}

void notifier_close(struct notifier *n)
{
    pthread_mutex_lock(&n->lock);
    while (n->n_watches > 0)
        drop(n, n->n_watches - 1);
    if (notifier_is_ours(n))
        ring(n);
    n->closed = true;
    pthread_mutex_unlock(&n->lock);
}

bool notifier_is_closed(struct notifier *n)
{
    pthread_mutex_lock(&n->lock);
    bool closed = n->closed;
    pthread_mutex_unlock(&n->lock);
    return closed;
}

bool notifier_is_ours(const struct notifier *n)
{
    return n->process == fork_generation();
}

int notifier_fd(const struct notifier *n)
{
    return n->epoll;
}
