/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/keep_outs.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash_table.h"
#include "common/log.h"

#define RETRY_MS 1000u /* after a failed write */

/* One whose counts are to be stored: in keep_outs.counted, or among what is being written. */
struct counted {
    struct store_keep_out_change change; /* first, so that it can be freed as one */
    UT_hash_handle hh;
};

struct keep_outs {
    uv_loop_t *loop;
    struct store *store;
    struct store_keep_out_change *first, **end; /* not stored yet */
    struct store_keep_out_change *writing;      /* the worker's while `busy`: first changes, then counts */
    struct counted *counted;                    /* by number */
    size_t additions;                           /* that are not stored yet, also those being written */
    uint32_t last;                              /* the highest number of them */
    int result;
    bool busy, holding, failing, closed;
    uint64_t not_before_ms; /* after a failure */
    uint64_t counts_due_ms; /* UINT64_MAX: there are none to be stored */
    uv_work_t work;
    void (*hold)(void *ctx, bool on);
    void *ctx;
};

struct keep_outs *keep_outs_new(uv_loop_t *loop, struct store *store, void (*hold)(void *ctx, bool on), void *ctx)
{
    struct keep_outs *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    *k = (struct keep_outs){.loop = loop, .store = store, .hold = hold, .ctx = ctx, .counts_due_ms = UINT64_MAX};
    k->end = &k->first;
    return k;
}

/* With its texts behind it. NULL without memory. */
static struct store_keep_out_change *copy(const struct router_keep_out *k, enum store_keep_out_part part)
{
    const char *from[] = {k->user, k->driver, k->reason, k->by};
    size_t size[4], all = 0;
    for (size_t i = 0; i < 4; i++)
        all += size[i] = strlen(from[i]) + 1u;
    struct store_keep_out_change *c = malloc(sizeof *c + all);
    if (!c)
        return NULL;
    *c = (struct store_keep_out_change){.part = part, .keep_out = *k};
    const char **to[] = {&c->keep_out.user, &c->keep_out.driver, &c->keep_out.reason, &c->keep_out.by};
    char *at = (char *)(c + 1);
    for (size_t i = 0; i < 4; i++) {
        *to[i] = memcpy(at, from[i], size[i]);
        at += size[i];
    }
    return c;
}

static void free_all(struct store_keep_out_change *c)
{
    while (c) {
        struct store_keep_out_change *next = c->next;
        free(c);
        c = next;
    }
}

/* ---- counts ---- */

static struct counted *find_counted(const struct keep_outs *k, uint32_t number)
{
    struct counted *c = NULL;
    HASH_FIND(hh, k->counted, &number, sizeof number, c);
    return c;
}

static void drop_counted(struct keep_outs *k, struct counted *c)
{
    HASH_DEL(k->counted, c);
    free(c);
    if (!k->counted)
        k->counts_due_ms = UINT64_MAX;
}

/* Takes it over, in every case. False without memory. */
static bool add_counted(struct keep_outs *k, struct counted *c)
{
    c->hh.tbl = NULL;
    HASH_ADD(hh, k->counted, change.keep_out.number, sizeof c->change.keep_out.number, c);
    if (!c->hh.tbl) {
        free(c);
        return false;
    }
    if (k->counts_due_ms == UINT64_MAX)
        k->counts_due_ms = uv_now(k->loop) + KEEP_OUTS_COUNTS_MS;
    return true;
}

void keep_outs_counted(struct keep_outs *k, const struct router_keep_out *keep_out)
{
    struct counted *known = find_counted(k, keep_out->number), *c = known ? known : calloc(1, sizeof *c);
    if (c) {
        c->change.part = STORE_KEEP_OUT_COUNTS;
        c->change.keep_out = (struct router_keep_out){
            .number = keep_out->number, .turned_away = keep_out->turned_away, .last_attempt = keep_out->last_attempt};
    }
    if (!known && (!c || !add_counted(k, c)))
        log_error("store: no memory for the counts of keep-out %u: they are stored with its next one",
                  keep_out->number);
}

/* To the end of what is going to be written. */
static void take_counts(struct keep_outs *k)
{
    struct store_keep_out_change **end = &k->writing;
    struct counted *c, *next;
    while (*end)
        end = &(*end)->next;
    HASH_ITER(hh, k->counted, c, next)
    {
        HASH_DEL(k->counted, c);
        *end = &c->change;
        end = &c->change.next;
    }
    *end = NULL;
    k->counts_due_ms = UINT64_MAX;
}

/* They could not be written, and count unless there are newer ones. */
static void put_back_counts(struct keep_outs *k, struct store_keep_out_change *change)
{
    uint32_t number = change->keep_out.number;
    struct counted *c = (struct counted *)change;
    if (find_counted(k, number))
        free(c);
    else if (!add_counted(k, c))
        log_error("store: no memory for the counts of keep-out %u: they are stored with its next one", number);
}

/* ---- changes ---- */

bool keep_outs_full(const struct keep_outs *k)
{
    return k->additions >= KEEP_OUTS_ADDITIONS_MAX;
}

void keep_outs_changed(struct keep_outs *k, const struct router_keep_out *keep_out, bool over)
{
    struct store_keep_out_change *c = copy(keep_out, over ? STORE_KEEP_OUT_END : STORE_KEEP_OUT_ALL);
    struct counted *counted = over ? find_counted(k, keep_out->number) : NULL;
    if (counted)
        drop_counted(k, counted);
    if (!c) {
        log_error("store: no memory to store keep-out %u: it is in force, but is not remembered over a crash",
                  keep_out->number);
        return;
    }
    if (keep_out->number > k->last)
        k->last = keep_out->number;
    if (!over)
        k->additions++;
    *k->end = c;
    k->end = &c->next;
}

/* ---- writing ---- */

static void set_hold(struct keep_outs *k, bool on)
{
    if (k->holding == on)
        return;
    k->holding = on;
    k->hold(k->ctx, on);
}

static void write_in_worker(uv_work_t *work)
{
    struct keep_outs *k = work->data;
    k->result = store_change_keep_outs(k->store, k->writing, k->last);
}

/* Before what has changed since, for they have to be written in order. */
static void put_back(struct keep_outs *k)
{
    struct store_keep_out_change *next = NULL, *newer = k->first, **newer_end = k->end, **end = &k->first;
    for (struct store_keep_out_change *c = k->writing; c; c = next) {
        next = c->next;
        if (c->part == STORE_KEEP_OUT_COUNTS) {
            put_back_counts(k, c);
            continue;
        }
        *end = c;
        end = &c->next;
    }
    *end = newer;
    k->end = newer ? newer_end : end;
    k->writing = NULL;
}

static void failed(struct keep_outs *k, const char *why)
{
    put_back(k);
    k->not_before_ms = uv_now(k->loop) + RETRY_MS;
    if (!k->failing)
        log_error("store: can't write keep-outs (%s): after a crash those of late would be forgotten", why);
    k->failing = true;
}

static void stored(struct keep_outs *k)
{
    for (const struct store_keep_out_change *c = k->writing; c; c = c->next)
        k->additions -= c->part == STORE_KEEP_OUT_ALL;
    free_all(k->writing);
    k->writing = NULL;
    k->failing = false;
}

static void after_write(uv_work_t *work, int status)
{
    struct keep_outs *k = work->data;
    k->busy = false;
    if (status < 0 || k->result < 0)
        failed(k, strerror(status < 0 ? -status : -k->result));
    else
        stored(k);
    if (!k->closed)
        set_hold(k, false);
}

static void begin_write(struct keep_outs *k)
{
    k->writing = k->first;
    k->first = NULL;
    k->end = &k->first;
    if (uv_now(k->loop) >= k->counts_due_ms)
        take_counts(k);
    k->work.data = k;
    k->busy = true;
    int r = uv_queue_work(k->loop, &k->work, write_in_worker, after_write);
    if (r < 0) {
        k->busy = false;
        failed(k, uv_strerror(r));
    }
}

/* When a write is to be begun, unless one is under way. */
static uint64_t due(const struct keep_outs *k)
{
    uint64_t at = k->first ? 0 : k->counts_due_ms;
    return at > k->not_before_ms ? at : k->not_before_ms;
}

static bool has_work(const struct keep_outs *k)
{
    return k->first || k->counted;
}

/* Is there a change that a caller has made, and that is not stored? Counts are nobody's. */
static bool has_changes(const struct keep_outs *k)
{
    return k->first || (k->writing && k->writing->part != STORE_KEEP_OUT_COUNTS);
}

bool keep_outs_check(struct keep_outs *k)
{
    if (k->closed)
        return true;
    if (!k->busy && has_work(k) && uv_now(k->loop) >= due(k))
        begin_write(k);
    if (k->busy && !k->failing && has_changes(k))
        set_hold(k, true);
    return !k->holding;
}

uint64_t keep_outs_next_deadline(const struct keep_outs *k)
{
    return k->closed || k->busy || !has_work(k) ? UINT64_MAX : due(k);
}

void keep_outs_close(struct keep_outs *k)
{
    k->closed = true;
}

void keep_outs_free(struct keep_outs *k)
{
    if (!k)
        return;
    while (k->counted)
        drop_counted(k, k->counted);
    free_all(k->first);
    free_all(k->writing);
    free(k);
}
