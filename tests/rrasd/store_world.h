/* SPDX-License-Identifier: Apache-2.0 */
/* The store of a test, in its scratch directory (*state), and a router to fill it from. */
#ifndef OPENRRAS_TESTS_RRASD_STORE_WORLD_H
#define OPENRRAS_TESTS_RRASD_STORE_WORLD_H

#include "rrasd/store.h"
#include "scratch.h"

extern const struct router_time store_world_now;

/* Of 100 ports; for past_restore() too, whose ctx counts for nothing. */
struct router *store_world_router(void *ctx);
/* A router with a driver of two ports, J\xc3\xbcrgen on the first, whose handle it returns. */
uint32_t store_world_fill(struct router *r);
struct store *store_world_open(void **state, struct store_past *past);
/* A router as a start makes it. */
struct router *store_world_restart(void **state);
/* As somebody with sqlite3(1) does it. */
void store_world_sql(void **state, const char *text);
/* How many stores have been put aside. */
unsigned store_world_put_aside(void **state);

#endif
