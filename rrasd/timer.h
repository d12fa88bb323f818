/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers that cost the loop nothing while it waits. Those of libuv are the time-out of epoll_wait(), for which the
 * kernel makes a timer of its own each time the loop goes to sleep and takes it away when something comes: half a
 * microsecond of a call that takes eleven. All of these stand behind one timerfd, which is set to an earlier moment
 * only; a timer that is put off or stopped, as nearly all are, costs no system call, and now and then the loop wakes
 * for nothing.
 *
 * They are for what stands nearly always: sweeps, pings, deadlines. As libuv's they count from uv_now() and keep the
 * loop alive while they stand. All in the loop's thread.
 */
#ifndef OPENRRAS_RRASD_TIMER_H
#define OPENRRAS_RRASD_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

struct timer {
    void (*ring)(struct timer *t); /* once; it may start any timer again */
    void *data;                    /* the owner's */
    uv_loop_t *loop;

    /* private */
    uint64_t due_ms;
    bool stands;
    /* A pairing heap: each is due no later than its children, which are a list. `prev` of the first child is its
     * parent. */
    struct timer *child, *prev, *next;
};

/* Once for a loop, before its timers; takes loop->data. 0 or negative errno: memory, descriptors. */
int timers_open(uv_loop_t *loop);
/* When no timer is touched any more, and the loop has run to its end. Does nothing to a loop without. */
void timers_close(uv_loop_t *loop);

void timer_init(uv_loop_t *loop, struct timer *t, void (*ring)(struct timer *t), void *data);
bool timer_stands(const struct timer *t);
/* In so many milliseconds, 0: with the loop's next turn. One that stands is set anew. */
void timer_start(struct timer *t, uint64_t ms);
/* One that does not stand: does nothing. The owner may free it then. */
void timer_stop(struct timer *t);

#endif
