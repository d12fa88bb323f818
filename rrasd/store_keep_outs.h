/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keep-outs in the store: rows to and from struct router_keep_out. Private to the store. */
#ifndef OPENRRAS_RRASD_STORE_KEEP_OUTS_H
#define OPENRRAS_RRASD_STORE_KEEP_OUTS_H

#include <sqlite3.h>

#include "rrasd/store.h"

#define STORE_KEEP_OUTS_SCHEMA                                                                                         \
    "CREATE TABLE keep_out (number INTEGER PRIMARY KEY, user TEXT NOT NULL, driver TEXT NOT NULL, reason TEXT NOT "    \
    "NULL,"                                                                                                            \
    " by TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, turned_away INTEGER NOT NULL,"                 \
    " last_attempt INTEGER NOT NULL) STRICT;"                                                                          \
    "CREATE TABLE keep_out_number (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL) STRICT;"

/* As those of store_slots.h. */
int store_keep_outs_read(sqlite3 *db, int *rc, int (*each)(void *ctx, const struct router_keep_out *k), void *ctx);
/* An SQLite code. */
int store_keep_outs_change(sqlite3 *db, const struct store_keep_out_change *changes);
int store_keep_outs_write_all(sqlite3 *db, const struct router *router);
int store_keep_outs_write_last(sqlite3 *db, uint32_t last);

#endif
