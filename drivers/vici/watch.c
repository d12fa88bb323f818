/* SPDX-License-Identifier: Apache-2.0 */
/* Beginning and end of the watch, and what rrasd asks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "drivers/vici/watch_private.h"

#define NO_KEEP_OUT                                                                                                    \
    "charon asks nobody at log-on (Debian's has no ext-auth plugin); rrasd ends this user's sessions as they come"

/* ---- what the sessions need ---- */

static uint64_t op_now_ms(void *ctx)
{
    (void)ctx;
    return now_ms();
}

/*
 * charon counts in whole seconds of the monotonic clock, so the second in which something began is the same whenever it
 * is asked. What the calendar calls it stays the same as long as nobody sets the clock.
 */
static int64_t op_ago(void *ctx, uint64_t seconds)
{
    struct timespec mono, real;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &mono);
    clock_gettime(CLOCK_REALTIME, &real);
    int64_t between = (int64_t)(real.tv_sec - mono.tv_sec);
    long rest = real.tv_nsec - mono.tv_nsec; /* rounded, for the two are not read at once */
    between += rest >= 500000000 ? 1 : rest < -500000000 ? -1 : 0;
    bool sane = seconds <= (uint64_t)(mono.tv_sec + between);
    return mono.tv_sec + between - (sane ? (int64_t)seconds : 0);
}

static const char *op_auth(void *ctx, struct bytes connection)
{
    struct watch *w = ctx;
    const char *auth = conns_auth(w->conns, connection);
    if (!auth && !bytes_are(connection, "(unnamed)"))
        w->conns_wanted = true;
    return auth;
}

static int op_put(void *ctx, const struct driver_session *s)
{
    struct watch *w = ctx;
    return driver_session_put(w->driver, s);
}

static void op_gone(void *ctx, const struct session *s, const char *reason, const struct driver_counters *counters,
                    bool final)
{
    struct watch *w = ctx;
    struct orders_end end = orders_gone(w->orders, s);
    struct driver_gone gone = {.reason = end.ordered ? "disconnected by the administrator" : reason,
                               .counters = counters,
                               .counters_final = final,
                               .told = end.told};
    driver_session_gone(w->driver, s->id, s->start, &gone);
}

static void op_moved(void *ctx, const struct session *s)
{
    struct watch *w = ctx;
    log_debug("session %s goes on as IKE_SA %llu", s->id, (unsigned long long)s->ike);
    orders_moved(w->orders, s);
}

static void op_look(void *ctx, uint32_t ms)
{
    watch_look(ctx, ms);
}

static void op_changed(void *ctx)
{
    struct watch *w = ctx;
    w->changed = true;
}

static const struct sessions_ops sessions_ops = {
    .now_ms = op_now_ms,
    .ago = op_ago,
    .auth = op_auth,
    .put = op_put,
    .gone = op_gone,
    .moved = op_moved,
    .look = op_look,
    .changed = op_changed,
};

/* ---- what orders need ---- */

static int op_request(void *ctx, const struct vici_request *request)
{
    struct watch *w = ctx;
    return lanes_send(w->lanes, request);
}

static void op_reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct watch *w = ctx;
    int r = driver_reply(w->driver, ref, result, text);
    if (r < 0) /* rrasd has gone meanwhile; it will ask again if it still wants to */
        log_debug("order %llu can't be answered: %s", (unsigned long long)ref.order, strerror(-r));
}

static void op_look_now(void *ctx)
{
    watch_look(ctx, 0);
    watch_rearm(ctx);
}

static const struct orders_ops orders_ops = {
    .now_ms = op_now_ms, .request = op_request, .reply = op_reply, .look = op_look_now};

/* ---- what rrasd asks ---- */

static void on_disconnect(void *ctx, const struct driver_order *order)
{
    struct watch *w = ctx;
    const struct session *s = sessions_find(w->sessions, order->id);
    if (!w->online)
        op_reply(w, order->ref, DRIVER_REFUSED, "charon is away");
    else if (!s || s->start != order->start)
        op_reply(w, order->ref, DRIVER_NO_SUCH_SESSION, NULL);
    else
        orders_add(w->orders, order, s);
    watch_rearm(w);
}

static void on_stats(void *ctx)
{
    struct watch *w = ctx;
    w->flush = true;
    watch_look(w, 0);
    watch_rearm(w);
}

/* With rrasd there, counters are wanted; and what charon has not told as an event shows now. */
static void on_link(void *ctx, bool up)
{
    struct watch *w = ctx;
    if (up && w->online)
        watch_look(w, 0);
    watch_rearm(w);
}

static void on_keep_out(void *ctx, const struct driver_keep_out *k)
{
    struct watch *w = ctx;
    driver_keep_out_reply(w->driver, k->n, false, NO_KEEP_OUT);
}

static const struct driver_ops driver_ops = {
    .disconnect = on_disconnect, .stats = on_stats, .link = on_link, .keep_out = on_keep_out};

/* ---- the timer ---- */

static void sooner(uint64_t *next, uint64_t ms)
{
    *next = ms < *next ? ms : *next;
}

static uint64_t next_ms(const struct watch *w)
{
    uint64_t next = WATCH_NEVER, now = now_ms();
    if (!w->conn)
        sooner(&next, w->retry_at);
    else if (conn_waiting(w->conn) > 0)
        sooner(&next, now + w->config->command_ms / 4);
    if (lanes_busy(w->lanes))
        sooner(&next, now + 1000);
    if (w->conn && w->conns_wanted && !w->conns_waiting)
        sooner(&next, w->conns_at + WATCH_CONNS_NEW_MS);
    if (w->changed && w->config->state_file[0])
        sooner(&next, w->save_at);
    sooner(&next, watch_look_due(w));
    sooner(&next, sessions_next_ms(w->sessions));
    sooner(&next, orders_next_ms(w->orders));
    return next;
}

static void on_timer(uv_timer_t *timer)
{
    struct watch *w = timer->data;
    uint64_t now = now_ms();
    sessions_tick(w->sessions);
    orders_tick(w->orders);
    lanes_tick(w->lanes);
    if (!w->conn && now >= w->retry_at)
        watch_connect(w);
    if (w->conn)
        watch_check_silence(w);
    if (w->conn && now >= w->conns_at + (w->conns_wanted ? WATCH_CONNS_NEW_MS : WATCH_CONNS_MS))
        watch_list_conns(w);
    if (w->conn && now >= watch_look_due(w))
        watch_list(w);
    if (now >= w->save_at)
        watch_save(w);
    watch_rearm(w);
}

void watch_rearm(struct watch *w)
{
    uint64_t next, now = now_ms();
    if (w->closing)
        return;
    next = next_ms(w);
    if (next == WATCH_NEVER)
        uv_timer_stop(&w->timer);
    else
        uv_timer_start(&w->timer, on_timer, next > now ? next - now : 0, 0);
}

/* ---- beginning and end ---- */

static void part_closed(void *ctx)
{
    struct watch *w = ctx;
    if (--w->parts > 0)
        return;
    orders_free(w->orders);
    sessions_free(w->sessions);
    conns_free(w->conns);
    lanes_free(w->lanes);
    free(w);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void watch_close(struct watch *w)
{
    w->closing = true;
    watch_save(w);
    conn_close(w->conn);
    w->conn = NULL;
    lanes_end(w->lanes);
    if (w->driver)
        driver_close(w->driver, part_closed, w);
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

static int open_driver(struct watch *w)
{
    struct driver_config d = settings_driver_config(&w->config->common);
    d.name = "strongswan";
    d.device_type = "ikev2";
    d.capabilities = DRIVER_CAN_DISCONNECT | DRIVER_CAN_HARD | DRIVER_CAN_STATS | DRIVER_CAN_KEEP_OUT;
    int r = driver_new(w->loop, &d, &driver_ops, w, &w->driver);
    w->parts += r == 0;
    return r;
}

int watch_new(uv_loop_t *loop, const struct config *config, struct watch **ret)
{
    struct watch *w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    w->loop = loop;
    w->config = config;
    w->retry_ms = WATCH_RETRY_FIRST_MS;
    w->look_at = WATCH_NEVER;
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    w->parts = 1;
    w->sessions = sessions_new(config->connections, &sessions_ops, w);
    w->orders = orders_new(&orders_ops, w);
    w->conns = conns_new();
    w->lanes = lanes_new(loop, config->vici);
    int r = w->sessions && w->orders && w->conns && w->lanes ? open_driver(w) : -ENOMEM;
    if (r < 0) {
        if (w->lanes)
            watch_close(w);
        else
            uv_close((uv_handle_t *)&w->timer, on_timer_closed);
        return r;
    }
    watch_rearm(w); /* retry_at is past */
    *ret = w;
    return 0;
}
