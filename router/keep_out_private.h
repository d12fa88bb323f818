/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by keep_out.c (which there are, and for how long) and keep_out_door.c (what they come to). */
#ifndef OPENRRAS_ROUTER_KEEP_OUT_PRIVATE_H
#define OPENRRAS_ROUTER_KEEP_OUT_PRIVATE_H

#include "router/keep_out.h"
#include "router/router_private.h"

/* `view` points into `texts`. */
struct keep_out {
    struct router_keep_out view;
    char *texts; /* user, driver, reason, by */
    struct kept_user *user;
    struct keep_out *next;  /* of the same user */
    struct answer *answers; /* of drivers (keep_out_door.c) */
    UT_hash_handle hh;      /* router.keep_outs, by number; in the order of the numbers */
};

/* keep_out.c. NULL: there is none. */
struct keep_out *keep_out_find(const struct router *r, uint32_t number);
/* The one that keeps the user of this session out for the longest time. */
struct keep_out *keep_out_of(const struct router *r, const struct session *s);

/* keep_out_door.c: forget what this driver has said of it, or (NULL) what any has. */
void keep_out_answers_free(struct keep_out *k, const struct router_driver *d);

#endif
