/* SPDX-License-Identifier: Apache-2.0 */
/* At start: from what the store remembers to a router whose handles can't be taken for those of before. */
#ifndef OPENRRAS_RRASD_PAST_H
#define OPENRRAS_RRASD_PAST_H

#include "router/router.h"
#include "rrasd/store.h"

/* Makes the router anew: restoring may fail half way, and then the half must go. NULL without memory. */
typedef struct router *past_new_router(void *ctx);

/*
 * A router as the last run left it: after a clean stop with every slot and handle where it was, else empty with all
 * handles above those that were ever given out. Where the store knows no marks they are guessed so that it is as good
 * as certain. Then the beginning of this run is stored, with marks reserved ahead in *stored. 0 and *ret (owned by the
 * caller), or negative errno.
 */
int past_restore(struct store *store, const struct store_past *past, const struct router_time *now,
                 past_new_router *new_router, void *ctx, struct router **ret, struct router_marks *stored);

/*
 * Keep-outs that are in the store still, but whose time was over before this run began: `each` for every one, with
 * strings that are good during the call. 0 or negative errno.
 */
int past_keep_outs_over(struct store *store, const struct router *router, const struct router_time *now,
                        void (*each)(void *ctx, const struct router_keep_out *k), void *ctx);

#endif
