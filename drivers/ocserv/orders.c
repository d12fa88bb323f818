/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/orders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash_table.h"

struct order {
    struct driver_order_ref ref;
    char id[DRIVER_ID_MAX + 1];
    int64_t start;
    bool hard;
    bool done;         /* the worker has its signal; else it waits for `listing` */
    bool killed;       /* which was SIGKILL */
    uint64_t listing;  /* must be complete before anything is done */
    uint64_t deadline; /* ms */
    uint64_t kill_ms;  /* UINT64_MAX: never */
    struct order *prev, *next;
};

struct orders {
    const struct orders_ops *ops;
    void *ctx;
    struct order *list;
    size_t count;
};

struct orders *orders_new(const struct orders_ops *ops, void *ctx)
{
    struct orders *o = calloc(1, sizeof(*o));
    if (o) {
        o->ops = ops;
        o->ctx = ctx;
    }
    return o;
}

static void drop(struct orders *o, struct order *order)
{
    DL_DELETE(o->list, order);
    o->count--;
    free(order);
}

void orders_free(struct orders *o)
{
    struct order *order, *next;
    if (!o)
        return;
    DL_FOREACH_SAFE(o->list, order, next)
    drop(o, order);
    free(o);
}

size_t orders_count(const struct orders *o)
{
    return o->count;
}

static bool is(const struct order *order, const char *id, int64_t start)
{
    return order->start == start && strcmp(order->id, id) == 0;
}

/* The one that has been carried out for this session, as hard at least. */
static struct order *done_for(struct orders *o, const char *id, int64_t start, bool hard)
{
    struct order *order;
    DL_FOREACH(o->list, order)
    if (order->done && (order->hard || !hard) && is(order, id, start))
        return order;
    return NULL;
}

void orders_add(struct orders *o, const struct driver_order *order)
{
    if (done_for(o, order->id, order->start, order->hard)) {
        o->ops->reply(o->ctx, order->ref, DRIVER_ACCEPTED, NULL);
        return;
    }
    struct order *n = o->count < ORDERS_MAX ? calloc(1, sizeof(*n)) : NULL;
    if (!n) {
        o->ops->reply(o->ctx, order->ref, DRIVER_REFUSED, "too many orders at once; nothing was done");
        return;
    }
    snprintf(n->id, sizeof(n->id), "%s", order->id);
    n->ref = order->ref;
    n->start = order->start;
    n->hard = order->hard;
    n->kill_ms = UINT64_MAX;
    n->deadline = o->ops->now_ms(o->ctx) + ORDERS_ANSWER_MS;
    DL_APPEND(o->list, n);
    o->count++;
    n->listing = o->ops->fresh_listing(o->ctx);
}

static int signal_worker(struct orders *o, struct order *order, uint64_t listing, bool kill, const char **ret_why)
{
    int r = o->ops->end(o->ctx, order->id, order->start, listing, kill, ret_why);
    order->killed |= r == 0 && kill;
    return r;
}

static void act(struct orders *o, struct order *order, uint64_t listing)
{
    const char *why = "ocserv's worker could not be signalled";
    bool kill = order->hard && done_for(o, order->id, order->start, false);
    int r = signal_worker(o, order, listing, kill, &why);
    if (r < 0) {
        bool gone = r == -ESRCH;
        o->ops->reply(o->ctx, order->ref, gone ? DRIVER_NO_SUCH_SESSION : DRIVER_REFUSED, gone ? NULL : why);
        drop(o, order);
        return;
    }
    uint64_t now = o->ops->now_ms(o->ctx);
    order->done = true;
    order->deadline = now + ORDERS_CONFIRM_MS;
    if (order->hard && !kill)
        order->kill_ms = now + ORDERS_KILL_MS;
    o->ops->reply(o->ctx, order->ref, DRIVER_ACCEPTED, NULL);
}

void orders_act(struct orders *o, uint64_t listing)
{
    struct order *order, *next;
    DL_FOREACH_SAFE(o->list, order, next)
    if (!order->done && order->listing <= listing)
        act(o, order, listing);
}

enum driver_told orders_gone(struct orders *o, const char *id, int64_t start)
{
    enum driver_told told = DRIVER_TOLD_NOTHING;
    struct order *order, *next;
    DL_FOREACH_SAFE(o->list, order, next)
    {
        if (!order->done || !is(order, id, start))
            continue;
        /* On SIGTERM the worker takes leave of the client, but whether those bytes arrive nobody knows. */
        if (told != DRIVER_TOLD_NO)
            told = order->killed ? DRIVER_TOLD_NO : DRIVER_TOLD_UNKNOWN;
        drop(o, order);
    }
    return told;
}

void orders_tick(struct orders *o)
{
    uint64_t now = o->ops->now_ms(o->ctx);
    struct order *order, *next;
    DL_FOREACH_SAFE(o->list, order, next)
    {
        if (order->done && order->kill_ms <= now) {
            const char *why; /* it was told that the order is taken; that it fails shows itself */
            order->kill_ms = UINT64_MAX;
            signal_worker(o, order, order->listing, true, &why);
        }
        if (order->deadline > now)
            continue;
        if (!order->done)
            o->ops->reply(o->ctx, order->ref, DRIVER_REFUSED, "ocserv has not answered in time; nothing was done");
        drop(o, order);
    }
}

uint64_t orders_next_ms(const struct orders *o)
{
    uint64_t next = UINT64_MAX;
    struct order *order;
    DL_FOREACH(o->list, order)
    {
        next = order->deadline < next ? order->deadline : next;
        next = order->kill_ms < next ? order->kill_ms : next;
    }
    return next;
}

void orders_abandon(struct orders *o, const char *why)
{
    struct order *order, *next;
    DL_FOREACH_SAFE(o->list, order, next)
    {
        if (order->done)
            continue;
        o->ops->reply(o->ctx, order->ref, DRIVER_REFUSED, why);
        drop(o, order);
    }
}
