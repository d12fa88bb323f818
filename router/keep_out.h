/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping users out: for a time, whoever has this name is refused by the drivers that can, at log-on, and else
 * disconnected on arrival by an order of the router's own.
 *
 * An arrival is a session that is new, or whose user has become known, or that has become connected, while the keep-out
 * is in force. Sessions that were there before are left alone: also those that a driver reports for the first time,
 * connected already, in a snapshot or after a restart of the server, with a start before the keep-out (or none).
 *
 * Numbers rise and are not used again, also over restarts if the owner stores them. Rules of router.h apply.
 */
#ifndef OPENRRAS_ROUTER_KEEP_OUT_H
#define OPENRRAS_ROUTER_KEEP_OUT_H

#include "router/router.h"

#define ROUTER_KEEP_OUTS_MAX        10000u    /* in force at once */
#define ROUTER_KEEP_OUT_SECONDS_MAX 31622400u /* 366 days */
#define ROUTER_KEEP_OUT_DRIVER_MAX  513u      /* bytes of a driver's name, or name:instance */

/* The tag of the router's own orders. Their events have the number of the keep-out, and nobody in `by`. */
#define ROUTER_TAG_KEEP_OUT UINT64_MAX

struct router_keep_out_ask {
    const char *user;   /* as sessions have it, or without the domain: in every domain; not empty */
    const char *driver; /* only of this driver, "openvpn" or "openvpn:main"; NULL or "": of any */
    uint32_t seconds;   /* 1 .. ROUTER_KEEP_OUT_SECONDS_MAX from now */
    const char *reason; /* for the client, the log and the audit, or NULL */
    const char *by;     /* who asks, or NULL */
};

/*
 * In force from now on. The same user and driver again: end, reason and asker are replaced, the number stays. 0 and the
 * number in *ret; -EINVAL: no user, seconds out of range, a text is too long; -ENOSPC: there are too many, or no number
 * is left; -ENOMEM. Nothing changes then.
 */
int router_keep_out_add(struct router *r, const struct router_keep_out_ask *ask, const struct router_time *now,
                        uint32_t *ret);
/* `by`: who lifts it, or NULL. -ENOENT. */
int router_keep_out_lift(struct router *r, uint32_t number, const char *by);

/* By number. False: there is none. Strings are good until the next call that changes anything. */
bool router_keep_out_get(const struct router *r, uint32_t number, struct router_keep_out *ret);
/* The first with a higher number; 0: the first. Stepping from one to the next costs nothing. */
bool router_keep_out_after(const struct router *r, uint32_t number, struct router_keep_out *ret);
size_t router_keep_out_count(const struct router *r);
/* The highest number that was ever given. */
uint32_t router_keep_out_last(const struct router *r);
/* Is a user of this driver kept out? False: no. The cost does not depend on how many are. */
bool router_kept_out(const struct router *r, const char *user, const char *driver, const char *instance,
                     struct router_keep_out *ret);
/* Is it meant for this driver? */
bool router_keep_out_is_for(const struct router_keep_out *k, const char *driver, const char *instance);

/* What one driver that is there can do about a keep-out that is meant for it. */
struct router_keep_out_driver {
    const char *driver, *instance;
    bool answered, refuses; /* it turns the user away at log-on */
    const char *text;       /* how, or why not; or "" */
};
/* Returns how many there are (may be more than max); 0 also when there is no such keep-out. */
size_t router_keep_out_drivers(const struct router *r, uint32_t number, struct router_keep_out_driver *ret, size_t max);

/* A driver's answer. -ENOENT: there is no such keep-out any more, or it is not meant for this driver; -ENOMEM. */
int router_keep_out_answer(struct router *r, struct router_driver *d, uint32_t number, bool refuses, const char *text);
/* A driver has turned somebody away. -ENOENT as above. */
int router_keep_out_report(struct router *r, struct router_driver *d, uint32_t number, const char *user,
                           const char *client_address, const struct router_time *now);

/* One of before a restart, with its counts; no events, no op. Those with lower numbers first. One whose time is over is
 * not taken over, but its number is not used again. Before any driver is attached. -EINVAL: what can't be; -ENOSPC;
 * -ENOMEM. */
int router_keep_out_restore(struct router *r, const struct router_keep_out *k, const struct router_time *now);
/* Numbers begin above this one. */
void router_keep_out_set_last(struct router *r, uint32_t number);

#endif
