/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/orders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/common/order_table.h"

struct order {
    struct order_entry entry; /* with the deadline of its step; a session may have several */
    struct orders *owner;
    char id[DRIVER_ID_MAX + 1];
    int64_t start;
    bool hard;
    bool done;           /* the worker has its signal; else it waits for `listing` */
    bool to_kill;        /* which has not helped: SIGKILL comes next */
    bool killed;         /* which was SIGKILL */
    uint64_t listing;    /* must be complete before anything is done */
    uint64_t confirm_by; /* ms, when it is done: gone until then, or forgotten */
};

struct orders {
    const struct orders_ops *ops;
    void *ctx;
    struct order_table table;
};

struct orders *orders_new(const struct orders_ops *ops, void *ctx)
{
    struct orders *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    o->ops = ops;
    o->ctx = ctx;
    order_table_init(&o->table, ORDERS_MAX, ops->reply, ctx);
    return o;
}

void orders_free(struct orders *o)
{
    if (!o)
        return;
    order_table_clear(&o->table);
    free(o);
}

size_t orders_count(const struct orders *o)
{
    return order_table_count(&o->table);
}

static bool is(const struct order *order, const char *id, int64_t start)
{
    return order->start == start && strcmp(order->id, id) == 0;
}

/* The one that has been carried out for this session, as hard at least. */
static struct order *done_for(struct orders *o, const char *id, int64_t start, bool hard)
{
    for (struct order *order = order_table_first(&o->table); order; order = order_table_next(&order->entry))
        if (order->done && (order->hard || !hard) && is(order, id, start))
            return order;
    return NULL;
}

void orders_add(struct orders *o, const struct driver_order *d)
{
    if (done_for(o, d->id, d->start, d->hard)) {
        o->ops->reply(o->ctx, d->ref, DRIVER_ACCEPTED, NULL);
        return;
    }
    struct order *order = order_table_add(&o->table, sizeof(*order), NULL, 0, d);
    if (!order)
        return;
    order->owner = o;
    snprintf(order->id, sizeof(order->id), "%s", d->id);
    order->start = d->start;
    order->hard = d->hard;
    order->entry.deadline = o->ops->now_ms(o->ctx) + ORDERS_ANSWER_MS;
    order->listing = o->ops->fresh_listing(o->ctx);
}

static int signal_worker(struct order *order, uint64_t listing, bool kill, const char **ret_why)
{
    struct orders *o = order->owner;
    int r = o->ops->end(o->ctx, order->id, order->start, listing, kill, ret_why);
    order->killed |= r == 0 && kill;
    return r;
}

static void act(struct orders *o, struct order *order, uint64_t listing)
{
    const char *why = "ocserv's worker could not be signalled";
    bool kill = order->hard && done_for(o, order->id, order->start, false);
    int r = signal_worker(order, listing, kill, &why);
    if (r < 0) {
        bool gone = r == -ESRCH;
        order_answer(&order->entry, gone ? DRIVER_NO_SUCH_SESSION : DRIVER_REFUSED, gone ? NULL : why);
        order_forget(&order->entry);
        return;
    }
    uint64_t now = o->ops->now_ms(o->ctx);
    order->done = true;
    order->to_kill = order->hard && !kill;
    order->confirm_by = now + ORDERS_CONFIRM_MS;
    order->entry.deadline = order->to_kill ? now + ORDERS_KILL_MS : order->confirm_by;
    order_answer(&order->entry, DRIVER_ACCEPTED, NULL);
}

void orders_act(struct orders *o, uint64_t listing)
{
    for (struct order *order = order_table_first(&o->table), *next; order; order = next) {
        next = order_table_next(&order->entry);
        if (!order->done && order->listing <= listing)
            act(o, order, listing);
    }
}

enum driver_told orders_gone(struct orders *o, const char *id, int64_t start)
{
    enum driver_told told = DRIVER_TOLD_NOTHING;
    for (struct order *order = order_table_first(&o->table), *next; order; order = next) {
        next = order_table_next(&order->entry);
        if (!order->done || !is(order, id, start))
            continue;
        /* On SIGTERM the worker takes leave of the client, but whether those bytes arrive nobody knows. */
        if (told != DRIVER_TOLD_NO)
            told = order->killed ? DRIVER_TOLD_NO : DRIVER_TOLD_UNKNOWN;
        order_forget(&order->entry);
    }
    return told;
}

static void expire(void *ctx)
{
    struct order *order = ctx;
    if (order->to_kill) {
        const char *why; /* it was told that the order is taken; that it fails shows itself */
        order->to_kill = false;
        order->entry.deadline = order->confirm_by;
        signal_worker(order, order->listing, true, &why);
    } else if (order->done) {
        order_forget(&order->entry);
    } else {
        order_refuse(&order->entry, "ocserv has not answered in time; nothing was done");
    }
}

void orders_tick(struct orders *o)
{
    order_table_tick(&o->table, o->ops->now_ms(o->ctx), expire);
}

uint64_t orders_next_ms(const struct orders *o)
{
    return order_table_next_ms(&o->table);
}

void orders_abandon(struct orders *o, const char *why)
{
    for (struct order *order = order_table_first(&o->table), *next; order; order = next) {
        next = order_table_next(&order->entry);
        if (!order->done)
            order_refuse(&order->entry, why);
    }
}
