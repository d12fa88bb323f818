/* SPDX-License-Identifier: Apache-2.0 */
/* The table of slots in the store: rows to and from struct router_saved. Private to the store. */
#ifndef OPENRRAS_RRASD_STORE_SLOTS_H
#define OPENRRAS_RRASD_STORE_SLOTS_H

#include <sqlite3.h>

#include "router/router.h"

#define STORE_SLOTS_SCHEMA                                                                                             \
    "CREATE TABLE slot (slot INTEGER PRIMARY KEY, calls INTEGER NOT NULL, skipped INTEGER NOT NULL, kind INTEGER NOT " \
    "NULL,"                                                                                                            \
    " driver TEXT NOT NULL, instance TEXT NOT NULL, device_type TEXT NOT NULL, device_name TEXT NOT NULL,"             \
    " port_prefix TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, start INTEGER NOT NULL,"                   \
    " connection INTEGER NOT NULL, user TEXT NOT NULL) STRICT;"

/* Both: 0 and an SQLite code in *rc, or a non-zero result of `each` or negative errno. Within the caller's transaction.
 */
int store_slots_read(sqlite3 *db, int *rc, int (*each)(void *ctx, const struct router_saved *saved), void *ctx);
int store_slots_write(sqlite3 *db, int *rc, const struct router *router);

#endif
