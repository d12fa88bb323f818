/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/common/order_table.h"

#include <stdlib.h>
#include <string.h>

void order_table_init(struct order_table *t, size_t max, order_reply *reply, void *ctx)
{
    *t = (struct order_table){.max = max, .reply = reply, .ctx = ctx};
}

void order_table_clear(struct order_table *t)
{
    for (struct order_entry *e = order_table_first(t), *next; e; e = next) {
        next = order_table_next(e);
        order_forget(e);
    }
}

/* ---- who is in it ---- */

/* The key is kept behind the driver's order. False without memory. */
static bool index_by_key(struct order_table *t, struct order_entry *e, char *place, const void *key, size_t key_len)
{
    if (!key)
        return true;
    memcpy(place, key, key_len);
    HASH_ADD_KEYPTR(hh, t->by_key, place, (unsigned)key_len, e);
    return e->hh.tbl != NULL;
}

static struct order_entry *new_entry(struct order_table *t, size_t size, const void *key, size_t key_len)
{
    struct order_entry *e = calloc(1, size + key_len);
    if (e && index_by_key(t, e, (char *)e + size, key, key_len))
        return e;
    free(e);
    return NULL;
}

void *order_table_add(struct order_table *t, size_t size, const void *key, size_t key_len,
                      const struct driver_order *order)
{
    bool room = t->count < t->max;
    struct order_entry *e = room ? new_entry(t, size, key, key_len) : NULL;
    if (!e) {
        t->reply(t->ctx, order->ref, DRIVER_REFUSED,
                 room ? "out of memory; nothing was done" : "too many orders at once; nothing was done");
        return NULL;
    }
    e->table = t;
    e->ref = order->ref;
    e->deadline = ORDER_NEVER;
    DL_APPEND(t->list, e);
    t->count++;
    return e;
}

void *order_table_find(const struct order_table *t, const void *key, size_t key_len)
{
    struct order_entry *e;
    HASH_FIND(hh, t->by_key, key, (unsigned)key_len, e);
    return e;
}

size_t order_table_count(const struct order_table *t)
{
    return t->count;
}

static struct order_entry *not_gone(struct order_entry *e)
{
    while (e && e->gone)
        e = e->next;
    return e;
}

void *order_table_first(const struct order_table *t)
{
    return not_gone(t->list);
}

void *order_table_next(const struct order_entry *e)
{
    return not_gone(e->next);
}

/* ---- time ---- */

uint64_t order_table_next_ms(const struct order_table *t)
{
    uint64_t next = ORDER_NEVER;
    for (const struct order_entry *e = order_table_first(t); e; e = order_table_next(e))
        next = e->deadline < next ? e->deadline : next;
    return next;
}

void order_table_tick(struct order_table *t, uint64_t now_ms, void (*expire)(void *order))
{
    for (struct order_entry *e = order_table_first(t), *next; e; e = next) {
        next = order_table_next(e);
        if (e->deadline <= now_ms)
            expire(e);
    }
}

/* ---- one order ---- */

void order_answer(struct order_entry *e, enum driver_result result, const char *text)
{
    if (e->answered)
        return;
    e->answered = true;
    e->table->reply(e->table->ctx, e->ref, result, text);
}

void order_refuse(struct order_entry *e, const char *text)
{
    order_answer(e, DRIVER_REFUSED, text);
    order_forget(e);
}

void order_renew(struct order_entry *e, struct driver_order_ref ref)
{
    e->ref = ref;
    e->answered = false;
}

static void leave(struct order_entry *e)
{
    e->gone = true;
    e->table->count--;
    if (e->hh.tbl)
        HASH_DEL(e->table->by_key, e);
}

void order_forget(struct order_entry *e)
{
    if (!e->gone)
        leave(e);
    if (e->held)
        return;
    DL_DELETE(e->table->list, e);
    free(e);
}

void order_hold(struct order_entry *e)
{
    e->held = true;
}

bool order_release(struct order_entry *e)
{
    e->held = false;
    if (!e->gone)
        return true;
    order_forget(e);
    return false;
}
