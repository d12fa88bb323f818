/* SPDX-License-Identifier: Apache-2.0 */
/* Beginning and end, time, health, and what rrasd asks. */
#include "drivers/ocserv/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "drivers/ocserv/keepout.h"
#include "drivers/ocserv/watch_private.h"

/* ---- time ---- */

static void on_timer(uv_timer_t *timer);

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void watch_rearm(struct watch *w)
{
    uint64_t now = watch_now(), next = earlier(orders_next_ms(w->orders), w->listing ? UINT64_MAX : w->next_ms);
    if (w->closing)
        return;
    if (w->failing)
        next = 0;
    if (w->online && w->workers)
        next = earlier(next, w->counters_ms);
    if (next == UINT64_MAX)
        uv_timer_stop(&w->timer);
    else
        uv_timer_start(&w->timer, on_timer, next > now ? next - now : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct watch *w = timer->data;
    uint64_t now = watch_now();
    if (w->failing) {
        w->failed(w->ctx);
        return;
    }
    orders_tick(w->orders);
    if (w->online && now >= w->counters_ms) {
        uint64_t interval = driver_counters_interval_ms(w->driver);
        if (w->workers && interval > 0)
            watch_counters_read(w);
        w->counters_ms = interval > 0 ? now + interval : UINT64_MAX; /* until there is an rrasd: on_link() */
    }
    if (now >= w->next_ms)
        watch_listing_start(w);
    watch_rearm(w);
}

/* ---- health ---- */

void watch_away(struct watch *w, const char *why)
{
    if (w->closing)
        return;
    watch_listing_stop(w);
    if (strcmp(w->away, why) != 0)
        log_warning("%s", why);
    snprintf(w->away, sizeof(w->away), "%s", why);
    if (w->online)
        w->retry_ms = WATCH_RETRY_FIRST_MS;
    w->online = false;
    w->pause_ms = 0;
    orders_abandon(w->orders, why);
    driver_offline(w->driver, why);
    w->next_ms = watch_now() + w->retry_ms;
    w->retry_ms = earlier(w->retry_ms * 2, WATCH_RETRY_MAX_MS);
    watch_rearm(w);
}

/* What can't be seen or done, the worst first; "" when all is well. */
static const char *trouble(const struct watch *w)
{
    if (w->foreign)
        return "ocserv runs in another pid namespace than rras-ocserv: its users are shown, but can't be disconnected. "
               "Run "
               "both in the same one";
    if (w->state == EVENTS_HELD)
        return "another program gets ocserv's events (occtl show events?): users are seen when ocserv is asked, with "
               "some "
               "delay. End it";
    if (w->netlink_failed)
        return "ocserv's network devices can't be read, so there are no counters: see the log of rras-ocserv";
    return "";
}

void watch_there(struct watch *w)
{
    const char *why = trouble(w);
    bool changed = !w->online || strcmp(why, w->degraded) != 0;
    if (!w->online) {
        w->online = true;
        w->counters_ms = watch_now();
        driver_online(w->driver);
        log_info("%s: ocserv answers", w->config->control);
    }
    w->away[0] = '\0';
    w->retry_ms = WATCH_RETRY_FIRST_MS;
    if (!changed)
        return;
    if (why[0] && strcmp(why, w->degraded) != 0)
        log_warning("%s", why);
    snprintf(w->degraded, sizeof(w->degraded), "%s", why);
    driver_degraded(w->driver, why);
}

void watch_fail(struct watch *w)
{
    if (!w->failing)
        log_error("the part that has the privileges has died: rras-ocserv ends, and must be started again");
    w->failing = true;
    watch_rearm(w); /* not from here: whoever calls us goes on using what would be freed */
}

/* ---- what rrasd asks ---- */

static void on_disconnect(void *ctx, const struct driver_order *order)
{
    struct watch *w = ctx;
    if (w->online)
        orders_add(w->orders, order);
    else
        driver_reply(w->driver, order->ref, DRIVER_REFUSED, w->away);
    watch_rearm(w);
}

static void on_stats(void *ctx)
{
    struct watch *w = ctx;
    if (w->online)
        watch_counters_read(w);
    driver_flush_counters(w->driver);
}

static void on_link(void *ctx, bool up)
{
    struct watch *w = ctx;
    if (up)
        w->counters_ms = watch_now();
    watch_rearm(w);
}

static void on_keep_out(void *ctx, const struct driver_keep_out *k)
{
    struct watch *w = ctx;
    if (w->keepout)
        keepout_begin(w->keepout, k);
    else
        driver_keep_out_reply(w->driver, k->n, false,
                              "rras-ocserv has no socket (--ask) on which ocserv's connect-script could ask it");
}

static void on_keep_out_end(void *ctx, const struct driver_keep_out *k)
{
    struct watch *w = ctx;
    if (w->keepout)
        keepout_end(w->keepout, k);
}

static void on_admission(void *ctx, const struct driver_admission *a)
{
    struct watch *w = ctx;
    keepout_admission(w->keepout, a);
}

static const struct driver_ops driver_ops = {.disconnect = on_disconnect,
                                             .stats = on_stats,
                                             .link = on_link,
                                             .keep_out = on_keep_out,
                                             .keep_out_end = on_keep_out_end,
                                             .admission = on_admission};

static uint64_t orders_now(void *ctx)
{
    (void)ctx;
    return watch_now();
}

static uint64_t orders_listing(void *ctx)
{
    return watch_ask(ctx);
}

static int orders_end(void *ctx, const char *id, int64_t start, uint64_t listing, bool hard, const char **ret_why)
{
    return worker_end(ctx, id, start, listing, hard, ret_why);
}

static void orders_reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct watch *w = ctx;
    driver_reply(w->driver, ref, result, text); /* -ENOTCONN: rrasd has gone, and will ask again */
}

static const struct orders_ops orders_ops = {
    .now_ms = orders_now, .fresh_listing = orders_listing, .end = orders_end, .reply = orders_reply};

/* ---- beginning and end ---- */

static void part_closed(void *ctx)
{
    struct watch *w = ctx;
    if (--w->parts == 0)
        free(w);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void watch_close(struct watch *w)
{
    if (w->closing)
        return;
    w->closing = true;
    watch_listing_stop(w);
    worker_free_all(w);
    watch_counters_close(w);
    orders_free(w->orders);
    w->orders = NULL;
    if (w->keepout)
        keepout_close(w->keepout, part_closed, w);
    if (w->driver)
        driver_close(w->driver, part_closed, w);
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

static int new_driver(struct watch *w)
{
    struct driver_config d = settings_driver_config(&w->config->common);
    d.name = "ocserv";
    d.device_type = "anyconnect";
    d.capabilities = DRIVER_CAN_DISCONNECT | DRIVER_CAN_HARD | DRIVER_CAN_STATS | DRIVER_CAN_KEEP_OUT |
                     (w->config->ask[0] ? DRIVER_CAN_ADMISSION : 0);
    return driver_new(w->loop, &d, &driver_ops, w, &w->driver);
}

static int start(struct watch *w)
{
    int r = new_driver(w);
    if (r < 0)
        return r;
    w->parts++;
    w->orders = orders_new(&orders_ops, w);
    if (!w->orders)
        return -ENOMEM;
    if (w->config->ask[0]) {
        r = keepout_new(w->loop, w->config->ask, w->config->refuse_unanswered, w->driver, &w->keepout);
        w->parts += r == 0;
    }
    return r;
}

int watch_new(uv_loop_t *loop, const struct config *config, struct door *door, void (*failed)(void *ctx), void *ctx,
              struct watch **ret)
{
    struct watch *w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    w->loop = loop;
    w->config = config;
    w->door = door;
    w->failed = failed;
    w->ctx = ctx;
    w->dump_fd = w->hear_fd = -1;
    w->retry_ms = WATCH_RETRY_FIRST_MS;
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    w->parts = 1;
    int r = start(w);
    if (r < 0) {
        watch_close(w);
        return r;
    }
    watch_rearm(w); /* next_ms is 0: at once */
    *ret = w;
    return 0;
}
