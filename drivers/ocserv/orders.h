/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an order to disconnect is carried out. No I/O and no clock of its own: the watch gives it listings and the time.
 *
 *   check   ask ocserv for a new listing. A session that it does not show: no-such-session
 *   end     SIGTERM to exactly the process that serves it, as ocserv itself does to disconnect somebody: accepted
 *   kill    of a hard order: SIGKILL, if SIGTERM has not helped in ORDERS_KILL_MS. At once after an earlier order
 *   confirm the session is not listed any more: the watch says gone
 *
 * The worker's process was opened (pidfd) when its session was first seen. If it has not ended after that new listing
 * was read, it is the process that the listing means, for no other can have its id while it lives; and a signal through
 * the pidfd reaches this process or none, whatever happens meanwhile. So nothing here depends on being fast.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_ORDERS_H
#define OPENRRAS_DRIVERS_OCSERV_ORDERS_H

#include "drivers/common/driver.h"

#define ORDERS_MAX 1024u /* at once; more are refused */
/* Nothing could be done until then: the order is refused. The protocol allows two seconds. */
#define ORDERS_ANSWER_MS 1500u
/* A worker that is well ends on SIGTERM in 20 ms, and so takes leave of its client and of ocserv, which then forgets
 * the client's cookie. After SIGKILL neither happens, and the client comes back with it. */
#define ORDERS_KILL_MS 200u
/* rrasd has given up before, after 15 s. */
#define ORDERS_CONFIRM_MS 20000u

struct orders;

struct orders_ops {
    uint64_t (*now_ms)(void *ctx); /* monotonic */
    /* Ask for a listing that ocserv will begin to write after this moment; returns its number. */
    uint64_t (*fresh_listing)(void *ctx);
    /* Send the session's process SIGTERM, or SIGKILL, if listing number `listing` or a later one has shown it. 0;
     * -ESRCH: it is not there any more; otherwise *ret_why says what hinders. */
    int (*end)(void *ctx, const char *id, int64_t start, uint64_t listing, bool kill, const char **ret_why);
    void (*reply)(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text);
};

/* `ops` must outlive it. NULL without memory. */
struct orders *orders_new(const struct orders_ops *ops, void *ctx);
void orders_free(struct orders *o); /* NULL is allowed */

/* A new order, or another one for a session that is being ended already. It is answered in any case. */
void orders_add(struct orders *o, const struct driver_order *order);
/* Listing number `listing` has been read to its end: act. */
void orders_act(struct orders *o, uint64_t listing);
/* The session has gone: forget its orders. Did the client hear that it was to go? DRIVER_TOLD_NOTHING: none was carried
 * out. */
enum driver_told orders_gone(struct orders *o, const char *id, int64_t start);
size_t orders_count(const struct orders *o);

/* Deadlines: call at orders_next_ms() (UINT64_MAX: none) or later. */
void orders_tick(struct orders *o);
uint64_t orders_next_ms(const struct orders *o);
/* ocserv is away: what was not done will not be, and is refused with `why`. */
void orders_abandon(struct orders *o, const char *why);

#endif
