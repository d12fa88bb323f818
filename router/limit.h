/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many ports a type of device ("l2tp") may have, all its drivers together. A type without a limit has as many as
 * its drivers want.
 *
 * A limit never ends a session. When it comes into force, idle ports above it vanish at once, and the others as their
 * sessions end: until then there are more ports than it allows. A new session that finds its type at the limit
 *
 *   is refused (-EDQUOT), and counted as such, when its driver can still turn the client away (`refusable`);
 *   else it is there whether we like it or not: it gets a port above the limit, which vanishes with it.
 *
 * An idle port of another driver of the type makes way for a session. When a limit is raised, drivers with a fixed
 * number of ports get those that they lack; others make theirs when they need them.
 */
#ifndef OPENRRAS_ROUTER_LIMIT_H
#define OPENRRAS_ROUTER_LIMIT_H

#include "router/router.h"

#define ROUTER_LIMITS_MAX 64u /* types with a limit */

/* What the ports of a type are for. */
enum router_port_use {
    ROUTER_USE_RAS = 1,     /* users. Without it the type may have no port, whatever the number */
    ROUTER_USE_ROUTING = 2, /* connections between routers: remembered only, for there are none here */
};

struct router_limit {
    const char *device_type; /* upper and lower case are the same */
    uint32_t ports;          /* from 1 */
    uint32_t use;            /* bits of enum router_port_use */
};

/*
 * From now on this is the type's limit. *above (may be NULL): so many sessions there are more than it allows. 0;
 * -EINVAL: no ports, another use, or a type that is missing or too long; -ENOSPC: ROUTER_LIMITS_MAX; -ENOMEM. Nothing
 * changes then.
 */
int router_limit_set(struct router *r, const struct router_limit *limit, uint32_t *above);
/* The type has as many ports as its drivers want from now on. -ENOENT: it had no limit. */
int router_limit_remove(struct router *r, const char *device_type);
/* The i-th of those that there are, from 0. False: there are no more. */
bool router_limit_at(const struct router *r, uint32_t i, struct router_limit *ret);
/* How many sessions of the type there are. */
uint32_t router_limit_in_use(const struct router *r, const char *device_type);
/* False when the type has none. */
bool router_limit_get(const struct router *r, const char *device_type, struct router_limit *ret);
/* How many sessions of the type there are above its limit. */
uint32_t router_limit_above(const struct router *r, const char *device_type);

#endif
