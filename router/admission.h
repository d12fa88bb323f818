/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users who may not dial in. Who may is not the router's business: it says who has arrived (router_ops.arrived), and is
 * told in its own time who may not be there. So a user is meant and never a session: at that moment it ends those
 * sessions that are his then, whoever was on a port when the question was asked. Rules of router.h apply.
 */
#ifndef OPENRRAS_ROUTER_ADMISSION_H
#define OPENRRAS_ROUTER_ADMISSION_H

#include "router/router.h"

/* The tag of the router's own orders for such a user. Their events have nobody in `by`. */
#define ROUTER_TAG_ADMISSION (UINT64_MAX - 1u)
/* And their reason, which the client hears: no more than that, for the rest is the site's. */
#define ROUTER_ADMISSION_REASON "dial-in permission refused"

/*
 * This user, whose name is compared whole and byte by byte, may not be there: each connected session of his that can be
 * reached is told of (ROUTER_EVENT_USER_REFUSED, once) and ordered to be ended, the hard way if its daemon refuses the
 * polite one. One for which an order stands keeps that. `why` is for the event; -EINVAL: it is missing or too long, or
 * so is the name. Else how many orders were given. With one that has failed it may be called again.
 */
int router_user_refuse(struct router *r, const char *user, const char *why, const struct router_time *now);

/* A driver was told at log-on that this user may not come in: told on as an event, and nothing else. `client_address`
 * may be NULL. */
void router_user_refused_at_log_on(struct router *r, const struct router_driver *d, const char *user,
                                   const char *client_address, const char *why);

/* Calls `each` for each user with a connected session who may be meant by this name, with a domain or without
 * (common/user_name.h) and whatever the case of its ASCII letters, for that is how directories compare: once, with his
 * whole name. It must not call the router. Takes as long as there are users. */
void router_users_meant(const struct router *r, const char *name, void (*each)(void *ctx, const char *user), void *ctx);

/*
 * The users of connected sessions, one by one: looks at `most` slots from the one after *slot on, and stops at a
 * session whose user has none on a lower slot, so that each comes once a round. *slot is where it stopped; 0 after the
 * last slot, so that the next call begins anew. NULL: nobody among these. The name is good until the router's next
 * call.
 */
const char *router_user_next(const struct router *r, uint32_t *slot, uint32_t most);

#endif
