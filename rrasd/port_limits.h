/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores limits of ports: a worker writes one change after the other, in the order in which they came. What has been
 * stored is put into force by whoever asked for it, so that no caller hears of success before it holds over a crash.
 */
#ifndef OPENRRAS_RRASD_PORT_LIMITS_H
#define OPENRRAS_RRASD_PORT_LIMITS_H

#include <uv.h>

#include "rrasd/store.h"
#include "rrasd/work_line.h"

/* Changes that wait or are being written. */
#define LIMITS_WAITING_MAX 64u

struct limits_change {
    struct work_item item; /* first: for port_limits.c */
    const struct router_limit *limits;
    size_t n;
    /* Once, never from inside limits_store(). 0, or negative errno: nothing of it is stored. The change is the caller's
     * again. */
    void (*done)(struct limits_change *change, int result);
};

struct limits;

struct limits *limits_new(uv_loop_t *loop, struct store *store);
/* The change must stay as it is until done(). -EBUSY: too many wait. */
int limits_store(struct limits *l, struct limits_change *change);
/* Once the loop has run out: it waits for all that were begun. */
void limits_free(struct limits *l);

#endif
