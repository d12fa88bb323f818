/* SPDX-License-Identifier: Apache-2.0 */
/* The run of an openvpn, the link to it, and orders. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/openvpn/watch_private.h"

/* ---- the run ---- */

/* rrasd shows it to the administrator. */
static void offline(struct watch *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void offline(struct watch *w, const char *format, ...)
{
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    driver_offline(w->driver, why);
}

static void run_end(struct watch *w, const char *why)
{
    if (!w->running)
        return;
    log_info("%s: %s", w->config->management, why);
    logon_forget(&w->logon);
    w->running = w->online = w->flush = w->status_again = false;
    listing_begin(&w->listing);
    w->ended = 0;
    orders_abandon(w->orders);
    offline(w, "%s: %s; waiting for it to be up again", w->config->management, why);
    watch_rearm(w);
}

static void run_begin(struct watch *w, uint64_t since, struct slice tunnel_server4)
{
    char prefix[sizeof(w->prefix)], address[STATUS_TEXT_MAX];
    snprintf(prefix, sizeof(prefix), "%llu.%llu:", (unsigned long long)w->pid, (unsigned long long)since);
    if (w->running && strcmp(prefix, w->prefix) == 0)
        return;
    run_end(w, "openvpn has begun anew");
    memcpy(w->prefix, prefix, sizeof(prefix));
    watch_string(address, tunnel_server4);
    snprintf(w->tunnel_server4, sizeof(w->tunnel_server4), "%.*s", (int)sizeof(w->tunnel_server4) - 1, address);
    w->running = true;
    w->established_n = 0;
    watch_logon_begin(w);
    w->valid_from = watch_ask_status(w);
    status_horizon_begin(&w->horizon, w->valid_from, now_ms());
    watch_rearm(w);
}

/* TIME,STATE,DESCRIPTION,TUNNEL ADDRESS,...: a state that openvpn has reached. */
static void on_state(struct watch *w, struct slice line)
{
    struct fields f = fields_of(line, ',');
    struct slice time, state, description, tunnel = {"", 0};
    uint64_t since;
    if (!fields_next(&f, &time) || !fields_next(&f, &state) || slice_number(time, INT64_MAX, &since) < 0)
        return;
    if (!slice_is(state, "CONNECTED")) {
        logon_forget(&w->logon); /* also when we have not seen this run begin */
        run_end(w, "openvpn restarts or stops");
        return;
    }
    if (fields_next(&f, &description) && !fields_next(&f, &tunnel))
        tunnel = (struct slice){"", 0};
    if (w->pid)
        run_begin(w, since, tunnel);
}

static void on_state_line(void *ctx, struct slice line, bool cut)
{
    if (!cut)
        on_state(ctx, line);
}

static void on_pid(void *ctx, int result, struct slice text)
{
    struct watch *w = ctx;
    uint64_t pid;
    if (result == -ECONNRESET)
        return;
    if (result == 0 && slice_skip(&text, "pid=") && slice_number(text, INT32_MAX, &pid) == 0 && pid > 0)
        w->pid = pid;
    else
        link_give_up(w->link, "openvpn does not tell its process id");
}

/* ---- the link ---- */

static void on_up(void *ctx)
{
    struct watch *w = ctx;
    struct mgmt_command commands[] = {
        {.text = "pid", .answer = MGMT_ANSWER_WORD, .done = on_pid, .ctx = w},
        {.text = "state on", .answer = MGMT_ANSWER_WORD, .ctx = w},
        {.text = "state", .answer = MGMT_ANSWER_LINES, .line = on_state_line, .ctx = w},
    };
    driver_offline(w->driver, NULL); /* what was wrong is over; that the list is still to come is no trouble */
    w->pid = 0;
    w->log_on = w->status_waits = w->status_again = false;
    logon_forget(&w->logon);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (link_command(w->link, &commands[i]) < 0)
            link_give_up(w->link, "the management connection takes no commands");
}

static void on_down(void *ctx)
{
    run_end(ctx, "openvpn is away");
}

static void on_trouble(void *ctx, const char *why)
{
    struct watch *w = ctx;
    offline(w, "%s: %s", w->config->management, why);
}

static void on_established(struct watch *w, struct slice line)
{
    uint64_t cid;
    if (slice_number(line, UINT64_MAX, &cid) < 0)
        return;
    w->established[w->established_n++ % WATCH_ESTABLISHED_MAX] = cid;
    watch_logon_established(w, cid);
    watch_poll_soon(w);
}

static void on_log(struct watch *w, struct slice line)
{
    struct fields f = fields_of(line, ',');
    struct slice time, flags;
    if (fields_next(&f, &time) && fields_next(&f, &flags) && f.more)
        orders_log(w->orders, f.rest);
}

static void show(struct watch *w, const char *what, struct slice line)
{
    char words[160];
    text_escape(words, sizeof(words), line.p, line.n);
    log_warning("openvpn %s: %s", what, words);
    if (!w->online) /* it is why nobody can come in */
        offline(w, "%s: openvpn %s", w->config->management, what);
}

static void on_notified(void *ctx, struct slice line, bool cut)
{
    struct watch *w = ctx;
    logon_notified(&w->logon, line);
    if (cut) /* nothing else that we act on is so long */
        return;
    if (slice_skip(&line, "STATE:"))
        on_state(w, line);
    else if (slice_skip(&line, "CLIENT:ESTABLISHED,"))
        on_established(w, line);
    else if (slice_skip(&line, "CLIENT:DISCONNECT,")) /* told only with management-client-auth */
        watch_poll_soon(w);
    else if (slice_skip(&line, "LOG:"))
        on_log(w, line);
    else if (slice_skip(&line, "FATAL:"))
        show(w, "has failed", line);
    else if (slice_skip(&line, "HOLD:"))
        show(w, "is held, and waits for somebody to release it on the management interface; this driver does not",
             line);
    else if (slice_skip(&line, "PASSWORD:"))
        show(w, "waits on the management interface for a password that this driver does not know", line);
}

static void on_settled(void *ctx)
{
    struct watch *w = ctx;
    if (w->ended) {
        uint64_t ended = w->ended;
        w->ended = 0;
        orders_act(w->orders, ended, w->horizon.gone_before, w->ended_asked_ms);
    }
    watch_rearm(w);
}

static const struct link_ops link_ops = {
    .up = on_up, .down = on_down, .trouble = on_trouble, .notified = on_notified, .settled = on_settled};

/* ---- orders ---- */

static uint64_t op_now(void *ctx)
{
    (void)ctx;
    return now_ms();
}

static uint64_t op_fresh_status(void *ctx)
{
    return watch_ask_status(ctx);
}

static int op_command(void *ctx, const struct mgmt_command *command)
{
    struct watch *w = ctx;
    return link_command(w->link, command);
}

static void op_reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct watch *w = ctx;
    int r = driver_reply(w->driver, ref, result, text);
    if (r < 0) /* rrasd has gone meanwhile; it will ask again if it still wants to */
        log_debug("order %llu can't be answered: %s", (unsigned long long)ref.order, strerror(-r));
}

static const struct orders_ops orders_ops = {
    .now_ms = op_now, .fresh_status = op_fresh_status, .command = op_command, .reply = op_reply};

static void on_disconnect(void *ctx, const struct driver_order *order)
{
    struct watch *w = ctx;
    struct status_client row;
    uint64_t cid;
    if (!w->running) {
        op_reply(w, order->ref, DRIVER_REFUSED, "openvpn is away");
    } else if (!watch_cid_of(w, order->id, &cid)) {
        op_reply(w, order->ref, DRIVER_NO_SUCH_SESSION, NULL);
    } else {
        bool known = !w->status_waits && !w->ended && listing_find(&w->listing, cid, order->start, &row);
        orders_add(w->orders, order, cid, known ? &row : NULL, w->listing.status, w->listing.asked_ms);
        watch_rearm(w);
    }
}

static void on_stats(void *ctx)
{
    struct watch *w = ctx;
    w->flush = w->running;
    if (w->running)
        watch_ask_status(w);
}

static const struct driver_ops driver_ops = {
    .disconnect = on_disconnect, .stats = on_stats, .keep_out = watch_keep_out, .admission = watch_admission};

/* ---- beginning and end ---- */

static void part_closed(struct watch *w)
{
    if (--w->parts > 0)
        return;
    orders_free(w->orders);
    listing_clear(&w->listing);
    free(w);
}

static void on_part_closed(void *ctx)
{
    part_closed(ctx);
}

static void on_timer_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

void watch_close(struct watch *w)
{
    w->running = false;
    if (w->link)
        link_close(w->link, on_part_closed, w);
    if (w->driver)
        driver_close(w->driver, on_part_closed, w);
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

static int open_driver(struct watch *w)
{
    struct driver_config d = settings_driver_config(&w->config->common);
    d.name = "openvpn";
    d.device_type = "openvpn";
    d.capabilities = DRIVER_CAN_DISCONNECT | DRIVER_CAN_HARD | DRIVER_CAN_STATS | DRIVER_CAN_KEEP_OUT |
                     (w->config->logon == LOGON_OFF ? 0 : DRIVER_CAN_ADMISSION);
    int r = driver_new(w->loop, &d, &driver_ops, w, &w->driver);
    w->parts += r == 0;
    return r;
}

static int open_link(struct watch *w, const char *password)
{
    const struct config *c = w->config;
    struct link_config l = {.path = c->management, .password = password, .command_ms = c->command_ms};
    int r = link_new(w->loop, &l, &link_ops, w, &w->link);
    w->parts += r == 0;
    return r;
}

int watch_new(uv_loop_t *loop, const struct config *config, const char *password, struct watch **ret)
{
    struct orders_config oc = {.grace_ms = config->grace_ms, .answer_ms = WATCH_ANSWER_MS};
    struct watch *w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    w->loop = loop;
    w->config = config;
    watch_logon_init(w);
    w->orders = orders_new(&oc, &orders_ops, w);
    if (!w->orders) {
        free(w);
        return -ENOMEM;
    }
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    w->parts = 1;
    int r = open_driver(w);
    if (r == 0)
        r = open_link(w, password);
    if (r < 0) {
        watch_close(w);
        return r;
    }
    *ret = w;
    return 0;
}
