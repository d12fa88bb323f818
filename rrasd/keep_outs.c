/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/keep_outs.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define RETRY_MS 1000u /* after a failed write */

struct keep_outs {
    uv_loop_t *loop;
    struct store *store;
    struct store_keep_out_change *first, **end; /* not stored yet */
    struct store_keep_out_change *writing;      /* the worker's while `busy` */
    uint32_t last;                              /* the highest number of them */
    int result;
    bool busy, holding, failing, closed;
    uint64_t not_before_ms; /* after a failure */
    uv_work_t work;
    void (*hold)(void *ctx, bool on);
    void *ctx;
};

struct keep_outs *keep_outs_new(uv_loop_t *loop, struct store *store, void (*hold)(void *ctx, bool on), void *ctx)
{
    struct keep_outs *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    *k = (struct keep_outs){.loop = loop, .store = store, .hold = hold, .ctx = ctx};
    k->end = &k->first;
    return k;
}

/* With its texts behind it. NULL without memory. */
static struct store_keep_out_change *copy(const struct router_keep_out *k, bool over)
{
    const char *from[] = {k->user, k->driver, k->reason, k->by};
    size_t size[4], all = 0;
    for (size_t i = 0; i < 4; i++)
        all += size[i] = strlen(from[i]) + 1u;
    struct store_keep_out_change *c = malloc(sizeof *c + all);
    if (!c)
        return NULL;
    *c = (struct store_keep_out_change){.over = over, .keep_out = *k};
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

void keep_outs_changed(struct keep_outs *k, const struct router_keep_out *keep_out, bool over)
{
    struct store_keep_out_change *c = copy(keep_out, over);
    if (!c) {
        log_error("store: no memory to store keep-out %u: it is in force, but is not remembered over a crash",
                  keep_out->number);
        return;
    }
    if (keep_out->number > k->last)
        k->last = keep_out->number;
    *k->end = c;
    k->end = &c->next;
}

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
    struct store_keep_out_change **end = &k->writing;
    while (*end)
        end = &(*end)->next;
    *end = k->first;
    if (!k->first)
        k->end = end;
    k->first = k->writing;
    k->writing = NULL;
    if (k->end == &k->writing) /* nothing was being written */
        k->end = &k->first;
}

static void failed(struct keep_outs *k, const char *why)
{
    put_back(k);
    k->not_before_ms = uv_now(k->loop) + RETRY_MS;
    if (!k->failing)
        log_error("store: can't write keep-outs (%s): after a crash those of late would be forgotten", why);
    k->failing = true;
}

static void after_write(uv_work_t *work, int status)
{
    struct keep_outs *k = work->data;
    k->busy = false;
    if (status < 0 || k->result < 0) {
        failed(k, strerror(status < 0 ? -status : -k->result));
    } else {
        free_all(k->writing);
        k->writing = NULL;
        k->failing = false;
    }
    if (!k->closed)
        set_hold(k, false);
}

static void begin_write(struct keep_outs *k)
{
    k->writing = k->first;
    k->first = NULL;
    k->end = &k->first;
    k->work.data = k;
    k->busy = true;
    int r = uv_queue_work(k->loop, &k->work, write_in_worker, after_write);
    if (r < 0) {
        k->busy = false;
        failed(k, uv_strerror(r));
    }
}

bool keep_outs_check(struct keep_outs *k)
{
    if (k->closed || (!k->first && !k->busy))
        return true;
    if (!k->busy && uv_now(k->loop) >= k->not_before_ms)
        begin_write(k);
    if (k->busy && !k->failing)
        set_hold(k, true);
    return !k->holding;
}

void keep_outs_close(struct keep_outs *k)
{
    k->closed = true;
}

void keep_outs_free(struct keep_outs *k)
{
    if (!k)
        return;
    free_all(k->first);
    free_all(k->writing);
    free(k);
}
