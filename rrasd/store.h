/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rrasd remembers over a restart: SQLite in WAL mode, DIR/rrasd.db. Whether the last stop was clean; marks above
 * every handle that was given out; and, of a clean stop, which session was on which port.
 *
 * Blocks. One thread at a time: at start and stop the main thread, in between a worker (marks.h). Each function that
 * writes is one transaction and durable when it returns.
 */
#ifndef OPENRRAS_RRASD_STORE_H
#define OPENRRAS_RRASD_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "router/router.h"

#define STORE_SCHEMA_VERSION 1

struct store;

/* How the last run ended. */
struct store_past {
    bool known; /* there was a store that could be read. Else the marks are zero and mean nothing */
    bool clean; /* and it was stopped cleanly: the slots are there */
    struct router_marks marks;
};

/*
 * Open, or make, the store in a directory. One that is damaged or of a later version is put aside
 * (rrasd.db.unreadable-TIME) with an error in the log, and a fresh one made. 0 or negative errno (-EACCES, -ENOSPC,
 * ...), with a sentence in the log.
 */
int store_open(const char *dir, struct store **ret, struct store_past *past);
void store_close(struct store *s);

/* Call `each` for every saved slot. Returns the first non-zero result of `each`, a negative errno, or 0. */
int store_read_slots(struct store *s, int (*each)(void *ctx, const struct router_saved *saved), void *ctx);

/* From now on an end without store_save_clean() is an unclean one. The slots of before are forgotten. 0 or negative
 * errno. */
int store_begin_run(struct store *s, const struct router_marks *marks);
int store_save_marks(struct store *s, const struct router_marks *marks);
/* A clean stop: marks as they are, and the router's slots. */
int store_save_clean(struct store *s, const struct router_marks *marks, const struct router *router);

#endif
