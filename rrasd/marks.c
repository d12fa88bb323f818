/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/marks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define RETRY_MS 1000u /* after a failed write */

struct marks {
    uv_loop_t *loop;
    struct store *store;
    const struct router *router;
    struct router_marks stored;
    struct router_marks writing; /* belongs to the worker while `busy` */
    int result;
    bool busy, holding, closed;
    uint64_t not_before_ms; /* after a failure */
    uv_work_t work;
    void (*hold)(void *ctx, bool on);
    void *ctx;
};

/* Saturating: a server that has really given out four thousand million handles must not begin at zero again. */
static uint32_t above(uint32_t v, uint32_t by)
{
    return v > UINT32_MAX - by ? UINT32_MAX : v + by;
}

struct router_marks marks_ahead(const struct router_marks *used)
{
    return (struct router_marks){.calls = above(used->calls, MARKS_CALLS_AHEAD),
                                 .connection = above(used->connection, MARKS_CONNECTION_AHEAD)};
}

struct marks *marks_new(uv_loop_t *loop, struct store *store, const struct router *router,
                        const struct router_marks *stored, void (*hold)(void *ctx, bool on), void *ctx)
{
    struct marks *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    *m = (struct marks){.loop = loop, .store = store, .router = router, .stored = *stored, .hold = hold, .ctx = ctx};
    return m;
}

static void set_hold(struct marks *m, bool on)
{
    if (m->holding == on)
        return;
    m->holding = on;
    m->hold(m->ctx, on);
}

static void write_in_worker(uv_work_t *work)
{
    struct marks *m = work->data;
    m->result = store_save_marks(m->store, &m->writing);
}

static void after_write(uv_work_t *work, int status)
{
    struct marks *m = work->data;
    m->busy = false;
    if (status == 0 && m->result == 0) {
        m->stored = m->writing;
    } else if (status == 0) {
        m->not_before_ms = uv_now(m->loop) + RETRY_MS;
        log_error("store: can't write the marks (%s): after a crash an old port handle might be taken for a new one",
                  strerror(-m->result));
    }
    if (!m->closed)
        set_hold(m, false);
}

static void begin_write(struct marks *m, const struct router_marks *used)
{
    m->writing = marks_ahead(used);
    m->work.data = m;
    m->busy = true;
    int r = uv_queue_work(m->loop, &m->work, write_in_worker, after_write);
    if (r < 0) {
        m->busy = false;
        m->not_before_ms = uv_now(m->loop) + RETRY_MS;
        log_error("store: can't start a write: %s", uv_strerror(r));
    }
}

bool marks_check(struct marks *m)
{
    struct router_marks used;
    router_get_marks(m->router, &used);
    bool low = above(used.calls, MARKS_CALLS_MARGIN) > m->stored.calls ||
               above(used.connection, MARKS_CONNECTION_MARGIN) > m->stored.connection;
    if (!low || m->closed)
        return true;
    if (!m->busy && uv_now(m->loop) >= m->not_before_ms)
        begin_write(m, &used);
    bool covered = used.calls <= m->stored.calls && used.connection <= m->stored.connection;
    if (!covered && m->busy)
        set_hold(m, true);
    return !m->holding;
}

void marks_close(struct marks *m)
{
    m->closed = true;
}

void marks_free(struct marks *m)
{
    free(m);
}
