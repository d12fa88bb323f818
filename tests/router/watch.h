/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must always be true of a router, whatever happens: checked from outside, through its events and its public face.
 * Violations fail the running test.
 */
#ifndef OPENRRAS_TESTS_ROUTER_WATCH_H
#define OPENRRAS_TESTS_ROUTER_WATCH_H

#include "tests/router/fixture.h"

#define WATCH_MAX 16384u /* orders and connections that one life of a router may have */

struct watch {
    uint8_t order[WATCH_MAX];      /* 1: given, 2: has its outcome */
    uint8_t connection[WATCH_MAX]; /* by handle less `first`: 1: up, 2: gone */
    uint32_t first;                /* connection handles before are of an earlier life */
    uint64_t last_order;
    uint32_t up, down; /* sessions that are up and have gone */
    uint32_t jobs;     /* that run */
};

void watch_begin(struct watch *w, uint32_t first_connection);
/* Call it from the event callback. */
void watch_event(struct watch *w, const struct router_event *e);
/* Call it between two calls of the router. */
void watch_check(struct router *r, const struct router_time *now);
/* A print of all that can be seen. */
uint64_t watch_print(struct router *r, const struct router_time *now);
/* Orders without an outcome. */
size_t watch_open_orders(const struct watch *w);

#endif
