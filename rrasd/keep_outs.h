/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the store's keep-outs as the router has them. A worker writes what has changed; until it has, no reply leaves
 * (`hold`), so that what a caller was told holds also after a crash. If the store can't be written, callers are served
 * nevertheless, with an error in the log, and it is tried again; but only so many additions wait for that.
 *
 * How many were turned away changes as often as somebody tries to come in. So these counts are written together, and
 * nobody waits for them: a crash may lose those of the last KEEP_OUTS_COUNTS_MS.
 */
#ifndef OPENRRAS_RRASD_KEEP_OUTS_H
#define OPENRRAS_RRASD_KEEP_OUTS_H

#include <stdbool.h>
#include <uv.h>

#include "router/router.h"
#include "rrasd/store.h"

struct keep_outs;

#define KEEP_OUTS_COUNTS_MS 5000u /* counts are stored after so long, and no more often */
/*
 * Additions that wait while the store can't be written: some 2 MB at their longest texts. Ends are not limited, because
 * each is that of one which was added: with those in force there are no more than ROUTER_KEEP_OUTS_MAX and these.
 */
#define KEEP_OUTS_ADDITIONS_MAX 1000u

/* As marks_new(). */
struct keep_outs *keep_outs_new(uv_loop_t *loop, struct store *store, void (*hold)(void *ctx, bool on), void *ctx);
/* router_ops.keep_out (over false) and keep_out_end. */
void keep_outs_changed(struct keep_outs *k, const struct router_keep_out *keep_out, bool over);
/* router_ops.keep_out_counted */
void keep_outs_counted(struct keep_outs *k, const struct router_keep_out *keep_out);
/* Do so many additions wait that no more may be taken? */
bool keep_outs_full(const struct keep_outs *k);
/* Before anything is shown to a client, and before the loop sleeps. False: not yet (hold has been called). Cheap. */
bool keep_outs_check(struct keep_outs *k);
/* When keep_outs_check() is due although nothing happens (uv_now()), UINT64_MAX: never. */
uint64_t keep_outs_next_deadline(const struct keep_outs *k);
/* No more writes are begun, for store_save_clean() writes all; one under way is waited for by the loop. */
void keep_outs_close(struct keep_outs *k);
void keep_outs_free(struct keep_outs *k); /* once the loop has run out */

#endif
