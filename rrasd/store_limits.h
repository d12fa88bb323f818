/* SPDX-License-Identifier: Apache-2.0 */
/* The table of limits in the store: how many ports a type of device may have. Private to the store. */
#ifndef OPENRRAS_RRASD_STORE_LIMITS_H
#define OPENRRAS_RRASD_STORE_LIMITS_H

#include <sqlite3.h>

#include "router/limit.h"

#define STORE_LIMITS_SCHEMA                                                                                            \
    "CREATE TABLE port_limit (device_type TEXT PRIMARY KEY, ports INTEGER NOT NULL, use INTEGER NOT NULL) STRICT;"

/* As store_slots_read(). A limit that no rrasd has written is left out, with a warning. */
int store_limits_read(sqlite3 *db, int *rc, int (*each)(void *ctx, const struct router_limit *l), void *ctx);
/* One with 0 ports is no limit any more. Returns an SQLite code. Within the caller's transaction. */
int store_limits_write(sqlite3 *db, const struct router_limit *limits, size_t n);

#endif
