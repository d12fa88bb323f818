/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders to disconnect: one state machine for each, without I/O and without a clock of its own.
 *
 *   check      list-sas ike-id=N: is the IKE_SA there, and does it have the keys' names (SPIs) of the one that we know?
 *              Left out when that is known already, for charon looks at all its IKE_SAs to find one
 *   terminate  terminate ike-id=N timeout=-1; with force=yes when the order is hard. charon takes it and does not wait
 *              for the peer, so a peer that is dead holds up nobody. When charon has taken it the order is answered
 *              `accepted`
 *   confirm    until the session is gone, which charon's events tell
 *
 * A polite terminate sends the peer a DELETE and waits for its answer, as long as charon retransmits (165 s by
 * default). A forced one sends the DELETE once, and the IKE_SA is gone. A second polite one to an IKE_SA that is being
 * deleted already would end it as a forced one does, so that is not sent.
 *
 * When the IKE_SA is rekeyed meanwhile the order begins anew with the one that took over: what was ordered is the
 * session's end. What is not there any more has ended or been replaced, and charon's events say so in a moment.
 *
 * A unique id is never used twice while charon runs, and a connection leads to one charon process: so a number that was
 * seen to be this session's in this run, by event or listing, is this session's or nobody's when terminate comes.
 */
#ifndef OPENRRAS_DRIVERS_VICI_ORDERS_H
#define OPENRRAS_DRIVERS_VICI_ORDERS_H

#include "drivers/common/driver.h"
#include "drivers/vici/sessions.h"
#include "drivers/vici/vici.h"

/* At once; more are refused. Each has at most one request under way. */
#define ORDERS_MAX (VICI_PENDING_MAX / 2)
/* Nothing done until then: the order is refused. Below the protocol's two seconds. */
#define ORDERS_ANSWER_MS 1500u
/* A peer has answered the DELETE if its session goes within this time: charon's first retransmission comes after 4 s,
 * unless it is configured to be more impatient, and many more before it gives up. */
#define ORDERS_TOLD_MS 3000u
/* rrasd has given up before, after 15 s. */
#define ORDERS_CONFIRM_MS 20000u

struct orders;

struct orders_ops {
    uint64_t (*now_ms)(void *ctx); /* monotonic */
    /* As vici_send(). -EAGAIN: charon does not answer. */
    int (*request)(void *ctx, const struct vici_request *request);
    void (*reply)(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text);
    /* The IKE_SA is not there: a listing is wanted at once, if no event explains it before. */
    void (*look)(void *ctx);
};

/* `ops` must outlive it. NULL without memory. */
struct orders *orders_new(const struct orders_ops *ops, void *ctx);
/* Only when no request is under way any more. NULL is allowed. */
void orders_free(struct orders *o);

/* A new order, or another one for a session that is being ended already. It is answered in any case. */
void orders_add(struct orders *o, const struct driver_order *order, const struct session *s);
size_t orders_count(const struct orders *o);

/* Another IKE_SA is the session's present one. */
void orders_moved(struct orders *o, const struct session *s);

struct orders_end {
    bool ordered;          /* charon was told to end this session */
    enum driver_told told; /* did the client hear it? */
};
/* The session is gone; the order, if there is one, is over. */
struct orders_end orders_gone(struct orders *o, const struct session *s);

/* Deadlines: call at orders_next_ms() (UINT64_MAX: none) or later. */
void orders_tick(struct orders *o);
uint64_t orders_next_ms(const struct orders *o);

/* The run is over, or charon is away: forget all. Those of which charon has not been told are refused; what it has made
 * of the others nobody knows, and they get no answer. */
void orders_abandon(struct orders *o);

#endif
