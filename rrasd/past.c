/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/past.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "common/log.h"
#include "common/text.h"
#include "router/keep_out.h"
#include "router/limit.h"
#include "rrasd/marks.h"

/*
 * Where connection handles may begin when nothing is known: large enough that one of before is met by an odd chance
 * only (they name what may be listed and cleared, never what is disconnected), and small beside the 2^31 that there
 * are.
 */
#define CONNECTION_GUESS_MAX (1u << 24)

struct restoring {
    struct router *router;
    const struct router_time *now;
    uint32_t slots;
};

static int restore_slot(void *ctx, const struct router_saved *saved)
{
    struct restoring *r = ctx;
    r->slots++;
    return router_restore(r->router, saved, r->now);
}

/* Nobody knows what was given out before. Generations come round after 2048 anyway, so any of them is as good as the
 * best. */
static struct router_marks guess(const struct router_time *now)
{
    struct router_marks marks;
    if (getrandom(&marks, sizeof marks, 0) != (ssize_t)sizeof marks)
        marks = (struct router_marks){.calls = (uint32_t)now->mono_ms, .connection = (uint32_t)now->wall_s};
    marks.calls %= ROUTER_GENERATIONS;
    marks.connection %= CONNECTION_GUESS_MAX;
    return marks;
}

/* 0, -ENOMEM, or another negative errno: the slots can't be used, and the router is to be thrown away. */
static int restore_slots(struct store *store, const struct store_past *past, struct restoring *r)
{
    /* The slots carry their generations with them; connection handles go on where they were. */
    struct router_marks floor = {.connection = past->marks.connection};
    int result = store_read_slots(store, restore_slot, r);
    if (result == 0) {
        /* A run after a crash that never had a port: what was before the crash is to be stepped over still. */
        if (r->slots == 0)
            floor.calls = past->marks.calls;
        router_set_floor(r->router, &floor);
        log_info("store: the last stop was clean: %" PRIu32 " ports are where they were", r->slots);
    }
    return result;
}

static void skip_ahead(struct router *router, const struct store_past *past, const struct router_time *now)
{
    struct router_marks floor = past->known ? past->marks : guess(now);
    router_set_floor(router, &floor);
    if (past->known)
        log_warning("store: the last stop was not clean: port and connection handles of before are not valid any more");
    else
        log_info("store: nothing is known of an earlier run");
}

static struct router *restored_router(struct store *store, const struct store_past *past, const struct router_time *now,
                                      past_new_router *new_router, void *ctx)
{
    struct restoring r = {.router = new_router(ctx), .now = now};
    if (!r.router || !past->clean) {
        if (r.router)
            skip_ahead(r.router, past, now);
        return r.router;
    }
    int result = restore_slots(store, past, &r);
    if (result == 0)
        return r.router;
    log_error("store: the saved ports can't be used: %s", strerror(-result));
    router_free(r.router);
    r.router = new_router(ctx);
    if (r.router)
        skip_ahead(r.router, past, now);
    return r.router;
}

static int restore_keep_out(void *ctx, const struct router_keep_out *k)
{
    struct restoring *r = ctx;
    char user[128];
    int result = router_keep_out_restore(r->router, k, r->now);
    if (result == -ENOMEM)
        return result;
    if (result < 0)
        log_error("store: the keep-out of user \"%s\" can't be used: %s", text_escape_z(user, sizeof user, k->user),
                  strerror(-result));
    return 0;
}

/* Also after a crash: whoever is kept out is not let in because of it. */
static int restore_keep_outs(struct store *store, struct router *router, const struct router_time *now)
{
    struct restoring r = {.router = router, .now = now};
    uint32_t last = 0;
    int result = store_read_keep_outs(store, restore_keep_out, &r, &last);
    if (result == -ENOMEM)
        return result;
    if (result < 0)
        log_error("store: the keep-outs can't all be read (%s): some users may come in again", strerror(-result));
    router_keep_out_set_last(router, last);
    return 0;
}

static int restore_limit(void *ctx, const struct router_limit *l)
{
    const struct restoring *r = ctx;
    int result = router_limit_set(r->router, l, NULL);
    if (result < 0)
        log_error("store: the limit of %s ports can't be used: %s", l->device_type, strerror(-result));
    return result == -ENOMEM ? result : 0;
}

/* After the slots, of which idle ones above a limit vanish. Also after a crash. */
static int restore_limits(struct store *store, struct router *router)
{
    struct restoring r = {.router = router};
    int result = store_read_limits(store, restore_limit, &r);
    if (result == -ENOMEM)
        return result;
    if (result < 0)
        log_error("store: the limits of ports can't all be read (%s): some types of devices have none",
                  strerror(-result));
    return 0;
}

int past_restore(struct store *store, const struct store_past *past, const struct router_time *now,
                 past_new_router *new_router, void *ctx, struct router **ret, struct router_marks *stored)
{
    struct router_marks used;
    struct router *router = restored_router(store, past, now, new_router, ctx);
    if (!router)
        return -ENOMEM;
    int r = restore_keep_outs(store, router, now);
    if (r == 0)
        r = restore_limits(store, router);
    if (r < 0) {
        router_free(router);
        return r;
    }
    router_get_marks(router, &used);
    *stored = marks_ahead(&used);
    r = store_begin_run(store, stored);
    if (r < 0) {
        log_error("store: can't be written: %s", strerror(-r));
        router_free(router);
        return r;
    }
    *ret = router;
    return 0;
}

struct looking {
    const struct router *router;
    const struct router_time *now;
    void (*each)(void *ctx, const struct router_keep_out *k);
    void *ctx;
};

static int look_whether_over(void *ctx, const struct router_keep_out *k)
{
    const struct looking *l = ctx;
    struct router_keep_out in_force; /* the router ends it, a moment after its time */
    if (k->until <= l->now->wall_s && !router_keep_out_get(l->router, k->number, &in_force))
        l->each(l->ctx, k);
    return 0;
}

int past_keep_outs_over(struct store *store, const struct router *router, const struct router_time *now,
                        void (*each)(void *ctx, const struct router_keep_out *k), void *ctx)
{
    struct looking l = {.router = router, .now = now, .each = each, .ctx = ctx};
    uint32_t last;
    return store_read_keep_outs(store, look_whether_over, &l, &last);
}
