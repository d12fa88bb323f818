/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/timer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define NEVER UINT64_MAX

struct timers {
    int fd;
    uv_poll_t poll;
    uint64_t armed_ms; /* what the descriptor is set to, NEVER: it is not */
    struct timer *first;
    size_t standing;
};

static struct timers *timers_of(const uv_loop_t *loop)
{
    return loop->data;
}

/* ---- the heap ---- */

/* One heap of two, neither of which has siblings; NULL is an empty one. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    struct timer *top = b->due_ms < a->due_ms ? b : a, *under = top == a ? b : a;
    under->prev = top;
    under->next = top->child;
    if (under->next)
        under->next->prev = under;
    top->child = under;
    return top;
}

static struct timer *cut_off(struct timer **list)
{
    struct timer *t = *list;
    if (t) {
        *list = t->next;
        t->prev = t->next = NULL;
    }
    return t;
}

/* One heap of a list of them: in pairs, and then these from the last to the first, so that none gets many children. */
static struct timer *meld_list(struct timer *list)
{
    struct timer *pairs = NULL, *all = NULL;
    while (list) {
        struct timer *a = cut_off(&list), *pair = meld(a, cut_off(&list));
        pair->next = pairs;
        pairs = pair;
    }
    while (pairs) {
        struct timer *pair = cut_off(&pairs);
        all = meld(all, pair);
    }
    return all;
}

static void heap_remove(struct timers *all, struct timer *t)
{
    struct timer *rest = meld_list(t->child);
    t->child = NULL;
    if (t == all->first) {
        all->first = rest;
        return;
    }
    if (t->prev->child == t)
        t->prev->child = t->next;
    else
        t->prev->next = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->prev = t->next = NULL;
    all->first = meld(all->first, rest);
}

/* ---- the descriptor ---- */

static void arm(struct timers *all)
{
    if (!all->first || all->first->due_ms >= all->armed_ms)
        return;
    uint64_t due = all->first->due_ms;
    const struct itimerspec t = {.it_value = {(time_t)(due / 1000), (long)(due % 1000) * 1000000}};
    (void)timerfd_settime(all->fd, TFD_TIMER_ABSTIME, &t, NULL); /* can't fail with these arguments */
    all->armed_ms = due;
}

/* Those that stand now; who starts one anew, even for at once, has it with the next turn. */
static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct timers *all = timers_of(poll->loop);
    uint64_t count, now = uv_now(poll->loop);
    (void)status, (void)events;
    if (read(all->fd, &count, sizeof count) == (ssize_t)sizeof count)
        all->armed_ms = NEVER;
    for (size_t left = all->standing; left > 0 && all->first && all->first->due_ms <= now; left--) {
        struct timer *t = all->first;
        timer_stop(t);
        t->ring(t);
    }
    arm(all);
}

int timers_open(uv_loop_t *loop)
{
    struct timers *all = calloc(1, sizeof *all);
    if (!all)
        return -ENOMEM;
    all->armed_ms = NEVER;
    all->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int r = all->fd < 0 ? -errno : uv_poll_init(loop, &all->poll, all->fd);
    if (r < 0) {
        if (all->fd >= 0)
            close(all->fd);
        free(all);
        return r;
    }
    loop->data = all;
    uv_poll_start(&all->poll, UV_READABLE, on_ready);
    uv_unref((uv_handle_t *)&all->poll);
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void timers_close(uv_loop_t *loop)
{
    struct timers *all = timers_of(loop);
    if (!all)
        return;
    all->poll.data = all;
    uv_close((uv_handle_t *)&all->poll, on_closed);
    close(all->fd);
    loop->data = NULL;
    uv_run(loop, UV_RUN_NOWAIT); /* calls on_closed() */
}

/* ---- timers ---- */

void timer_init(uv_loop_t *loop, struct timer *t, void (*ring)(struct timer *t), void *data)
{
    *t = (struct timer){.ring = ring, .data = data, .loop = loop};
}

bool timer_stands(const struct timer *t)
{
    return t->stands;
}

void timer_start(struct timer *t, uint64_t ms)
{
    struct timers *all = timers_of(t->loop);
    timer_stop(t);
    t->due_ms = uv_now(t->loop) + ms;
    t->stands = true;
    all->first = meld(all->first, t);
    if (all->standing++ == 0)
        uv_ref((uv_handle_t *)&all->poll);
    arm(all);
}

void timer_stop(struct timer *t)
{
    struct timers *all = timers_of(t->loop);
    if (!t->stands)
        return;
    heap_remove(all, t);
    t->stands = false;
    if (--all->standing == 0)
        uv_unref((uv_handle_t *)&all->poll);
}
