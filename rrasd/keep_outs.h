/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the store's keep-outs as the router has them. A worker writes what has changed; until it has, no reply leaves
 * (`hold`), so that what a caller was told holds also after a crash. If the store can't be written, callers are served
 * nevertheless, with an error in the log, and it is tried again.
 */
#ifndef OPENRRAS_RRASD_KEEP_OUTS_H
#define OPENRRAS_RRASD_KEEP_OUTS_H

#include <stdbool.h>
#include <uv.h>

#include "router/router.h"
#include "rrasd/store.h"

struct keep_outs;

/* As marks_new(). */
struct keep_outs *keep_outs_new(uv_loop_t *loop, struct store *store, void (*hold)(void *ctx, bool on), void *ctx);
/* router_ops.keep_out (over false) and keep_out_end. */
void keep_outs_changed(struct keep_outs *k, const struct router_keep_out *keep_out, bool over);
/* Before anything is shown to a client, and before the loop sleeps. False: not yet (hold has been called). Cheap. */
bool keep_outs_check(struct keep_outs *k);
/* No more writes are begun, for store_save_clean() writes all; one under way is waited for by the loop. */
void keep_outs_close(struct keep_outs *k);
void keep_outs_free(struct keep_outs *k); /* once the loop has run out */

#endif
