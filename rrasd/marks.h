/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the marks in the store above every handle that a client may have seen, so that after a crash no handle of
 * before can name somebody else.
 *
 * The marks are reserved in blocks, by a worker, long before they are reached. Should sessions come faster than the
 * disk takes a block, clients have to wait (`hold`): no reply with an unreserved handle leaves. If the store can't be
 * written at all, clients are served nevertheless, with an error in the log: an administrator who can't get in on the
 * day when the disk is full is worse.
 */
#ifndef OPENRRAS_RRASD_MARKS_H
#define OPENRRAS_RRASD_MARKS_H

#include <stdbool.h>
#include <uv.h>

#include "router/router.h"
#include "rrasd/store.h"

struct marks;

/* Block sizes. Of generations there are only 2048 before they come round, and a crash skips up to a block. */
#define MARKS_CALLS_AHEAD      64u
#define MARKS_CONNECTION_AHEAD 65536u
/* A block is begun when so much of the last is left. */
#define MARKS_CALLS_MARGIN      32u
#define MARKS_CONNECTION_MARGIN 32768u

/* What to store before anything is handed out, when the router stands at `used`. */
struct router_marks marks_ahead(const struct router_marks *used);

/* `stored` is what the store has. `hold` is called with true when clients must wait and with false when they may go on.
 * Neither store nor router is owned. NULL without memory. */
struct marks *marks_new(uv_loop_t *loop, struct store *store, const struct router *router,
                        const struct router_marks *stored, void (*hold)(void *ctx, bool on), void *ctx);
/* Before anything is shown to a client. False: not yet (hold has been called). Cheap. */
bool marks_check(struct marks *m);
/* No more checks; a write under way is waited for by the loop. */
void marks_close(struct marks *m);
void marks_free(struct marks *m); /* once the loop has run out */

#endif
