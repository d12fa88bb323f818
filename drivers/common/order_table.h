/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The orders to disconnect that a driver is carrying out. Which steps that takes is the driver's; here is what is the
 * same for all: there is a limit, an order is found by its session, it is answered once, it has a deadline, and it
 * stays in memory while the daemon has a request of it. No I/O and no clock of its own.
 *
 * A driver's order begins with struct order_entry, and pointers to it are `void *` here:
 *
 *     struct order { struct order_entry entry; ... };
 *
 *     order_table_init()                        once
 *     order_table_add()                         an order has come; it is refused when there is no room for it
 *     order_hold() ... order_release()          a request to the daemon, which comes back with a pointer to the order
 *     order_answer(), order_refuse()            what rrasd hears
 *     order_forget()                            it is over
 *     order_table_next_ms(), order_table_tick() time
 *     order_table_clear()                       at the end, when nothing is held any more
 */
#ifndef OPENRRAS_DRIVERS_COMMON_ORDER_TABLE_H
#define OPENRRAS_DRIVERS_COMMON_ORDER_TABLE_H

#include "common/hash_table.h"
#include "drivers/common/driver.h"

#define ORDER_NEVER UINT64_MAX

struct order_entry {
    struct order_table *table;
    uint64_t deadline; /* ms, as the driver counts them; ORDER_NEVER when it is new */
    /* for reading */
    struct driver_order_ref ref;
    bool answered;
    bool held; /* the daemon has a request of it: it must not be freed */
    bool gone; /* freed as soon as that is over */
    /* private */
    struct order_entry *prev, *next;
    UT_hash_handle hh; /* by key, while it has one and is not gone */
};

/* As driver_reply(). */
typedef void order_reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text);

/* In the driver's own struct; all private. */
struct order_table {
    size_t max, count; /* without those that are gone */
    order_reply *reply;
    void *ctx;
    struct order_entry *list, *by_key;
};

/* At most `max` orders at once. */
void order_table_init(struct order_table *t, size_t max, order_reply *reply, void *ctx);
/* Forget all. */
void order_table_clear(struct order_table *t);

/*
 * A new order of `size` bytes, all of them 0 but its entry. `key` says which session it is for, by bytes that are
 * copied; there must be none with the same key. NULL: it is not to be found by key, and there may be several for one
 * session. NULL is returned when there is no room, and the order has been refused.
 */
void *order_table_add(struct order_table *t, size_t size, const void *key, size_t key_len,
                      const struct driver_order *order);
/* Those that are gone are not found, counted, or gone through. */
void *order_table_find(const struct order_table *t, const void *key, size_t key_len);
size_t order_table_count(const struct order_table *t);
/* Oldest first; NULL at the end. Take the next one before the present one is forgotten. */
void *order_table_first(const struct order_table *t);
void *order_table_next(const struct order_entry *e);

/* The earliest deadline, or ORDER_NEVER. */
uint64_t order_table_next_ms(const struct order_table *t);
/* Calls `expire` for each order whose deadline has come; it may forget that one, or give it another deadline. */
void order_table_tick(struct order_table *t, uint64_t now_ms, void (*expire)(void *order));

/* Once: the first answer is the one that counts. */
void order_answer(struct order_entry *e, enum driver_result result, const char *text);
/* Answer so, unless it has been answered, and forget it. */
void order_refuse(struct order_entry *e, const char *text);
/* rrasd has given another order for the same session, which is this one from now on: the next answer is for that. */
void order_renew(struct order_entry *e, struct driver_order_ref ref);
/* It is over. Freed at once, or when it is released. */
void order_forget(struct order_entry *e);
/* One request at a time. */
void order_hold(struct order_entry *e);
/* The request is over. False: so is the order, and its memory is gone. */
bool order_release(struct order_entry *e);

#endif
