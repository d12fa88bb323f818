/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/readers.h"

#include <stdlib.h>

#define NS_PER_MS UINT64_C(1000000)

STAILQ_HEAD(line, reading);

struct readers {
    uv_async_t come_back; /* some are read */
    size_t under_way;     /* of the loop's thread: given, and not done */
    bool left;
    uv_thread_t threads[READERS_THREADS];
    size_t n_threads;

    uv_mutex_t lock; /* of what follows */
    uv_cond_t given, read;
    struct line to_read, are_read;
    bool ended;
};

/* ---- on other threads ---- */

/* The next one, or NULL at the end. With the lock held. */
static struct reading *take(struct readers *r)
{
    struct reading *job;
    while (STAILQ_EMPTY(&r->to_read) && !r->ended)
        uv_cond_wait(&r->given, &r->lock);
    job = STAILQ_FIRST(&r->to_read);
    if (job)
        STAILQ_REMOVE_HEAD(&r->to_read, next);
    return job;
}

static void run(void *arg)
{
    struct readers *r = arg;
    struct reading *job;
    uv_mutex_lock(&r->lock);
    while ((job = take(r))) {
        uv_mutex_unlock(&r->lock);
        job->read(job);
        uv_mutex_lock(&r->lock);
        STAILQ_INSERT_TAIL(&r->are_read, job, next);
        uv_cond_signal(&r->read);
        (void)uv_async_send(&r->come_back); /* fails only for a handle that is closing */
    }
    uv_mutex_unlock(&r->lock);
}

/* ---- on the loop's ---- */

static void hold_loop(struct readers *r)
{
    if (r->under_way > 0 && !r->left)
        uv_ref((uv_handle_t *)&r->come_back);
    else
        uv_unref((uv_handle_t *)&r->come_back);
}

static struct reading *take_read(struct readers *r)
{
    uv_mutex_lock(&r->lock);
    struct reading *job = STAILQ_FIRST(&r->are_read);
    if (job)
        STAILQ_REMOVE_HEAD(&r->are_read, next);
    uv_mutex_unlock(&r->lock);
    return job;
}

static void finish_read(struct readers *r)
{
    struct reading *job;
    while ((job = take_read(r))) {
        r->under_way--;
        job->done(job); /* may give another one */
    }
    hold_loop(r);
}

static void on_come_back(uv_async_t *handle)
{
    finish_read(handle->data);
}

void readers_do(struct readers *r, struct reading *job)
{
    r->under_way++;
    hold_loop(r);
    uv_mutex_lock(&r->lock);
    STAILQ_INSERT_TAIL(&r->to_read, job, next);
    uv_cond_signal(&r->given);
    uv_mutex_unlock(&r->lock);
}

void readers_leave(struct readers *r)
{
    r->left = true;
    hold_loop(r);
}

/* Until one is read, or that moment. */
static bool wait_read(struct readers *r, uint64_t until_ns)
{
    bool there;
    uint64_t now;
    uv_mutex_lock(&r->lock);
    while (STAILQ_EMPTY(&r->are_read) && (now = uv_hrtime()) < until_ns)
        (void)uv_cond_timedwait(&r->read, &r->lock, until_ns - now);
    there = !STAILQ_EMPTY(&r->are_read);
    uv_mutex_unlock(&r->lock);
    return there;
}

bool readers_finish(struct readers *r, uint64_t ms)
{
    uint64_t until_ns = uv_hrtime() + ms * NS_PER_MS;
    do
        finish_read(r);
    while (r->under_way > 0 && wait_read(r, until_ns));
    return r->under_way == 0;
}

/* ---- life ---- */

static void destroy_sync(struct readers *r)
{
    uv_cond_destroy(&r->read);
    uv_cond_destroy(&r->given);
    uv_mutex_destroy(&r->lock);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void readers_free(struct readers *r)
{
    if (!r)
        return;
    uv_mutex_lock(&r->lock);
    r->ended = true;
    uv_cond_broadcast(&r->given);
    uv_mutex_unlock(&r->lock);
    for (size_t i = 0; i < r->n_threads; i++)
        uv_thread_join(&r->threads[i]);
    destroy_sync(r);
    uv_close((uv_handle_t *)&r->come_back, on_closed);
}

static bool init_sync(struct readers *r)
{
    if (uv_mutex_init(&r->lock) < 0)
        return false;
    if (uv_cond_init(&r->given) < 0) {
        uv_mutex_destroy(&r->lock);
        return false;
    }
    if (uv_cond_init(&r->read) < 0) {
        uv_cond_destroy(&r->given);
        uv_mutex_destroy(&r->lock);
        return false;
    }
    return true;
}

struct readers *readers_new(uv_loop_t *loop)
{
    struct readers *r = calloc(1, sizeof *r);
    if (!r || !init_sync(r)) {
        free(r);
        return NULL;
    }
    STAILQ_INIT(&r->to_read);
    STAILQ_INIT(&r->are_read);
    if (uv_async_init(loop, &r->come_back, on_come_back) < 0) {
        destroy_sync(r);
        free(r);
        return NULL;
    }
    r->come_back.data = r;
    hold_loop(r);
    while (r->n_threads < READERS_THREADS && uv_thread_create(&r->threads[r->n_threads], run, r) == 0)
        r->n_threads++;
    if (r->n_threads == READERS_THREADS)
        return r;
    readers_free(r);
    return NULL;
}
