/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rrasd remembers over a restart: SQLite in WAL mode, DIR/rrasd.db. Whether the last stop was clean; marks above
 * every handle that was given out; keep-outs; limits of ports; users; and, of a clean stop, which session was on which
 * port.
 *
 * Blocks: at start and stop the main thread calls, in between workers (marks.h, keep_outs.h, port_limits.h, users.h),
 * one after the other. Each function that writes is one transaction and durable when it returns.
 */
#ifndef OPENRRAS_RRASD_STORE_H
#define OPENRRAS_RRASD_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "router/limit.h"
#include "router/router.h"
#include "rrasd/users.h"

/* 1 had no keep-outs, 2 no limits of ports, and 3 no users: they are brought up to date when they are opened. */
#define STORE_SCHEMA_VERSION 4

/* Far more than who keeps them by hand; a larger site has a directory. */
#define STORE_USERS_MAX 100000

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

/* What is to be stored of a keep-out. */
enum store_keep_out_part {
    STORE_KEEP_OUT_ALL,    /* as it is now */
    STORE_KEEP_OUT_COUNTS, /* turned_away and last_attempt only; of one that is not there, nothing */
    STORE_KEEP_OUT_END,    /* that it is over */
};
struct store_keep_out_change {
    struct store_keep_out_change *next;
    enum store_keep_out_part part;
    struct router_keep_out keep_out;
};
/* In the order of the list. `last`: no number above it was given since the store was opened; what is stored never
 * falls. 0 or negative errno. */
int store_change_keep_outs(struct store *s, const struct store_keep_out_change *changes, uint32_t last);
/* Call `each` for every one, by number, also for those whose time is over, but not for those with numbers that can't
 * be, which one warning counts; *last is the highest that was ever given.
 * Returns as store_read_slots(). */
int store_read_keep_outs(struct store *s, int (*each)(void *ctx, const struct router_keep_out *k), void *ctx,
                         uint32_t *last);

/* Each replaces the limit that its type had, or takes it away (0 ports); those of other types stay. 0 or negative
 * errno. */
int store_save_limits(struct store *s, const struct router_limit *limits, size_t n);
/* Call `each` for every one. Returns as store_read_slots(). */
int store_read_limits(struct store *s, int (*each)(void *ctx, const struct router_limit *l), void *ctx);

/* -ENOENT: there is no such user. */
int store_get_user(struct store *s, const char *name, struct user_settings *ret);
/* `create`: also one that is not there yet, else that is -ENOENT; -ENOSPC: there are STORE_USERS_MAX. */
int store_set_user(struct store *s, const char *name, const struct user_settings *settings, bool create);
int store_remove_user(struct store *s, const char *name);
/* Call `each` for those after this name, byte by byte, in that order. Returns as store_read_slots(). */
int store_read_users(struct store *s, const char *after,
                     int (*each)(void *ctx, const char *name, const struct user_settings *settings), void *ctx);

/* From now on an end without store_save_clean() is an unclean one. The slots of before are forgotten. 0 or negative
 * errno. */
int store_begin_run(struct store *s, const struct router_marks *marks);
int store_save_marks(struct store *s, const struct router_marks *marks);
/* A clean stop: marks as they are, the router's slots, and its keep-outs with their counts. */
int store_save_clean(struct store *s, const struct router_marks *marks, const struct router *router);

#endif
