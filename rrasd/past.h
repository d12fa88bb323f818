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

#endif
