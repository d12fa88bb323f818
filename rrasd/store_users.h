/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of users in the store: who may dial in, and where he is called back. Private to the store. All return an
 * SQLite code unless they say otherwise; those that write do it within the caller's transaction.
 */
#ifndef OPENRRAS_RRASD_STORE_USERS_H
#define OPENRRAS_RRASD_STORE_USERS_H

#include <sqlite3.h>

#include "rrasd/users.h"

/* Names are compared byte by byte, which is SQLite's way when it is not told another. */
#define STORE_USERS_SCHEMA                                                                                             \
    "CREATE TABLE user (name TEXT PRIMARY KEY, permitted INTEGER NOT NULL, by_policy INTEGER NOT NULL,"                \
    " callback INTEGER NOT NULL, number TEXT NOT NULL) STRICT, WITHOUT ROWID;"

/* *found false: there is none, and *ret is untouched. What no rrasd has written is SQLITE_MISMATCH. */
int store_users_get(sqlite3 *db, const char *name, struct user_settings *ret, bool *found);
/* Of one that is there: 1 in *changed, else 0. */
int store_users_change(sqlite3 *db, const char *name, const struct user_settings *settings, int *changed);
int store_users_add(sqlite3 *db, const char *name, const struct user_settings *settings);
int store_users_remove(sqlite3 *db, const char *name, int *removed);
/* As store_slots_read(), for those after this name. A user that no rrasd has written is left out, with a warning. */
int store_users_read(sqlite3 *db, int *rc, const char *after,
                     int (*each)(void *ctx, const char *name, const struct user_settings *settings), void *ctx);

#endif
