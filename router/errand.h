/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What drivers are asked to do to a user who stays connected: show him a message, put him into quarantine, or release
 * him from it.
 *
 * An errand is one question to one driver about one session; like an order it names the session's identity, and the
 * driver answers it with router_errand_reply(). It has accept_ms (struct router_config) for that, and is never asked
 * again: its fate is unknown when nobody answers. A connection with several links is asked for with one errand for each
 * link that it concerns.
 *
 * Quarantine is what the driver says it is: it says so with the session, and when it has taken an errand. So it is
 * known after a restart as soon as the driver has told its sessions.
 */
#ifndef OPENRRAS_ROUTER_ERRAND_H
#define OPENRRAS_ROUTER_ERRAND_H

#include "router/router.h"

#define ROUTER_MESSAGE_MAX 4096u /* bytes of a message: fits a driver's line also when JSON escapes each */
#define ROUTER_ERRANDS_MAX 1024u /* that wait for an answer; a bound for who asks faster than drivers answer */

enum router_errand_kind {
    ROUTER_ERRAND_MESSAGE,
    ROUTER_ERRAND_QUARANTINE,
};

struct router_errand {
    enum router_errand_kind kind;
    uint64_t order; /* its number: no order has the same */
    const char *id;
    int64_t start;
    const char *text; /* of a message; else NULL */
    bool on;          /* into quarantine, or out of it */
    uint32_t deadline_ms;
};

/*
 * Show a message to the user of a connection: by its first link whose driver can. `done` as with
 * router_port_disconnect(), with -ENOTCONN when the session has ended meanwhile.
 * -EINPROGRESS: `done` will be called once, never from inside this call.
 * -ENOENT: no such connection; -EINVAL: no text, or too long; -EOPNOTSUPP: no driver of it can; -ENODEV: the driver is
 * away, or the errand could not be sent; -EBUSY: ROUTER_ERRANDS_MAX wait; -ENOMEM.
 */
int router_message(struct router *r, uint32_t connection, const char *text, const struct router_time *now,
                   router_done *done, void *cookie);

/*
 * Put a connection into quarantine, all its links, or release those that are in it. The drivers' first refusal is the
 * result; links that were asked before stay as they are then. `by` (or NULL) is for the events.
 * 0: it is in quarantine, every link; `done` is not called.
 * -ENODATA: to be released, and not in quarantine; -EOPNOTSUPP: the driver of a link can't. Others as above.
 */
int router_quarantine(struct router *r, uint32_t connection, bool on, const char *by, const struct router_time *now,
                      router_done *done, void *cookie);

/* The driver's answer, over this channel. -ENOENT: no such errand waits for an answer of that channel: it may be an
 * order. */
int router_errand_reply(struct router *r, const void *channel, uint64_t order, enum router_reply reply);

#endif
