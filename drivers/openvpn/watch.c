/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/common/driver.h"
#include "drivers/openvpn/link.h"
#include "drivers/openvpn/orders.h"
#include "drivers/openvpn/status.h"

struct watch {
    uv_loop_t *loop;
    const struct config *config;
    struct link *link;
    struct driver *driver;
    struct orders *orders;
    unsigned parts; /* link, driver, timer: not closed yet */
    bool closing;

    /* the run */
    uint64_t pid; /* 0: not known */
    bool running;
    char prefix[48];                             /* "PID.TIME:" of the session ids */
    char tunnel_server4[64];                     /* openvpn's own address in the tunnel, or "" */
    uint64_t valid_from;                         /* number of the run's first status */
    bool online;                                 /* the table is complete, rrasd may know */
    uint64_t established[WATCH_ESTABLISHED_MAX]; /* a ring */
    size_t established_n;

    /* the status */
    uv_timer_t timer;
    uint64_t status;   /* number of the newest one that was asked for */
    bool status_waits; /* it is not complete yet */
    bool status_again; /* ask once more as soon as it is */
    uint64_t ended;    /* number of the last complete one, 0: orders have been looked at since */
    uint64_t asked_ms, ended_asked_ms, next_ms;
    struct status_parser parser;
    uint32_t refused_before; /* rows, in the status before */
    bool flush;              /* rrasd wants counters as soon as they are there */
    bool log_on;             /* openvpn sends us its log */
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000u;
}

static uint64_t ask_status(struct watch *w);
static void rearm(struct watch *w);

/* ---- sessions ---- */

static void cstring(char dst[static STATUS_TEXT_MAX], struct slice s)
{
    size_t n = s.n < STATUS_TEXT_MAX ? s.n : STATUS_TEXT_MAX - 1;
    memcpy(dst, s.p, n);
    dst[n] = '\0';
}

static bool was_established(const struct watch *w, uint64_t cid)
{
    size_t n = w->established_n < WATCH_ESTABLISHED_MAX ? w->established_n : WATCH_ESTABLISHED_MAX;
    for (size_t i = 0; i < n; i++)
        if (w->established[i] == cid)
            return true;
    return false;
}

/*
 * openvpn does not list whether a client has been let in. It has if it got an address, or if openvpn has said so; on a
 * bridge neither may be seen (addresses come from elsewhere, and we may have come later), so there time tells.
 */
static bool is_in(const struct watch *w, const struct status_client *c, const struct driver_session *before)
{
    return c->virtual4.n || c->virtual6.n || was_established(w, c->cid) ||
           (before && before->start == c->since && before->state == DRIVER_SESSION_CONNECTED) ||
           (w->parser.time && w->parser.time - c->since > WATCH_HANDSHAKE_S);
}

static void put_session(struct watch *w, const struct status_client *c)
{
    char id[sizeof(w->prefix) + 24], user[STATUS_TEXT_MAX], address[STATUS_TEXT_MAX], tunnel4[STATUS_TEXT_MAX],
        tunnel6[STATUS_TEXT_MAX];
    struct driver_counters counters = {.bytes_in = c->bytes_in, .bytes_out = c->bytes_out};
    struct driver_session s = {.id = id,
                               .start = c->since,
                               .user = user,
                               .client_address = address,
                               .tunnel_address4 = tunnel4,
                               .tunnel_address6 = tunnel6,
                               .tunnel_server4 = w->tunnel_server4,
                               .counters = &counters,
                               .mark = w->status};
    snprintf(id, sizeof(id), "%s%llu", w->prefix, (unsigned long long)c->cid);
    cstring(user, c->user.n ? c->user : c->common_name);
    cstring(address, c->real_address);
    cstring(tunnel4, c->virtual4);
    cstring(tunnel6, c->virtual6);
    s.state = orders_has(w->orders, c->cid, c->since)           ? DRIVER_SESSION_DISCONNECTING
              : is_in(w, c, driver_session_find(w->driver, id)) ? DRIVER_SESSION_CONNECTED
                                                                : DRIVER_SESSION_AUTHENTICATING;
    int r = driver_session_put(w->driver, &s);
    if (r < 0)
        log_error("client %llu can't be shown: %s", (unsigned long long)c->cid, strerror(-r));
}

/* Client id of a session's id, if it is of this run. */
static bool cid_of(const struct watch *w, const char *id, uint64_t *ret)
{
    struct slice s = slice_of(id);
    return slice_skip(&s, w->prefix) && slice_number(s, UINT64_MAX, ret) == 0;
}

static int end_if_missing(void *ctx, const struct driver_session *s)
{
    struct watch *w = ctx;
    struct driver_gone gone = {.reason = "openvpn has ended it", .told = DRIVER_TOLD_NOTHING};
    uint64_t cid;
    if (s->mark == w->status)
        return 0;
    if (!cid_of(w, s->id, &cid)) {
        gone.reason = "openvpn was restarted";
    } else if (orders_has(w->orders, cid, s->start)) {
        gone.told = orders_told(w->orders, cid, s->start);
        if (gone.told != DRIVER_TOLD_NOTHING)
            gone.reason = "disconnected by the administrator";
    }
    driver_session_gone(w->driver, s->id, s->start, &gone);
    return 0;
}

/* ---- the status ---- */

static bool counts(const struct watch *w)
{
    return w->running && w->status >= w->valid_from;
}

static void on_status_line(void *ctx, struct slice line, bool cut)
{
    struct watch *w = ctx;
    struct status_client c;
    int r = counts(w) ? status_parse_line(&w->parser, line, cut, &c) : STATUS_LINE_OTHER;
    if (r < 0) {
        link_give_up(w->link, "openvpn lists its clients in a way that this driver does not know");
        return;
    }
    if (r != STATUS_LINE_CLIENT)
        return;
    orders_seen(w->orders, w->status, &c);
    if (c.common_name.n || c.user.n || c.virtual4.n || c.virtual6.n) /* else a handshake: nobody's session yet */
        put_session(w, &c);
}

static void complete(struct watch *w)
{
    w->ended = w->status;
    w->ended_asked_ms = w->asked_ms;
    w->established_n = 0; /* who was among them is in the table now */
    driver_sessions_each(w->driver, end_if_missing, w);
    if (w->parser.refused != w->refused_before && w->parser.refused > 0)
        log_warning("%u clients of openvpn can't be shown: their lines in its status can't be understood",
                    w->parser.refused);
    w->refused_before = w->parser.refused;
    if (w->flush)
        driver_flush_counters(w->driver);
    w->flush = false;
    if (!w->online) {
        w->online = true;
        link_is_good(w->link);
        log_info("%s: openvpn, process %llu, has %zu clients", w->config->management, (unsigned long long)w->pid,
                 driver_session_count(w->driver));
        driver_online(w->driver);
    }
}

static void on_status_done(void *ctx, int result, struct slice text)
{
    struct watch *w = ctx;
    w->status_waits = false;
    if (result == -ECONNRESET)
        return;
    if (counts(w) && result == 0 && w->parser.column_count == 0) {
        link_give_up(w->link, "this openvpn is no server, it lists no clients");
    } else if (counts(w) && result == 0) {
        complete(w);
    } else if (result < 0) {
        char words[128];
        text_escape(words, sizeof(words), text.p, text.n);
        log_debug("openvpn refuses to list its clients: %s", words);
    }
    if (w->status_again)
        ask_status(w);
}

/* Ask for a status that openvpn has not begun to write. Returns its number. */
static uint64_t ask_status(struct watch *w)
{
    static const struct mgmt_command status = {
        .text = "status 3", .answer = MGMT_ANSWER_LINES, .line = on_status_line, .done = on_status_done};
    struct mgmt_command c = status;
    c.ctx = w;
    w->status_again = w->status_waits || link_command(w->link, &c) < 0;
    if (w->status_again)
        return w->status + 1;
    w->status_waits = true;
    w->status++;
    w->parser = (struct status_parser){0};
    w->asked_ms = now_ms();
    w->next_ms = w->asked_ms + (orders_count(w->orders) ? w->config->busy_poll_ms : w->config->poll_ms);
    return w->status;
}

static void on_timer(uv_timer_t *timer)
{
    struct watch *w = timer->data;
    orders_tick(w->orders);
    if (now_ms() >= w->next_ms) {
        if (w->status_waits) /* slow: do not pile up */
            w->next_ms = now_ms() + w->config->busy_poll_ms;
        else
            ask_status(w);
    }
    rearm(w);
}

/* Ask in `ms` at the latest. */
static void poll_within(struct watch *w, uint64_t ms)
{
    uint64_t at = now_ms() + ms;
    if (at < w->next_ms)
        w->next_ms = at;
}

static void on_log_switched(void *ctx, int result, struct slice text)
{
    (void)ctx;
    if (result == -EREMOTEIO)
        log_debug("openvpn keeps its log to itself: %.*s", (int)text.n, text.p);
}

/* openvpn's log tells when a client says that it leaves. It is listened to only as long as that matters. */
static void switch_log(struct watch *w)
{
    bool wanted = orders_count(w->orders) > 0;
    struct mgmt_command c = {
        .text = wanted ? "log on" : "log off", .answer = MGMT_ANSWER_WORD, .done = on_log_switched, .ctx = w};
    if (wanted != w->log_on && link_command(w->link, &c) == 0)
        w->log_on = wanted;
}

/* Set the timer to what comes next. */
static void rearm(struct watch *w)
{
    if (!w->running) {
        uv_timer_stop(&w->timer);
        return;
    }
    if (orders_count(w->orders))
        poll_within(w, w->config->busy_poll_ms);
    switch_log(w);
    uint64_t at = orders_next_ms(w->orders), now = now_ms();
    if (w->next_ms < at)
        at = w->next_ms;
    uv_update_time(w->loop);
    uv_timer_start(&w->timer, on_timer, at > now ? at - now : 0, 0);
}

/* ---- the run ---- */

static void run_end(struct watch *w, const char *why)
{
    if (!w->running)
        return;
    log_info("%s: %s", w->config->management, why);
    w->running = w->online = w->flush = w->status_again = false;
    w->ended = 0;
    orders_abandon(w->orders);
    driver_offline(w->driver);
    rearm(w);
}

static void run_begin(struct watch *w, uint64_t since, struct slice tunnel_server4)
{
    char prefix[sizeof(w->prefix)], address[STATUS_TEXT_MAX];
    snprintf(prefix, sizeof(prefix), "%llu.%llu:", (unsigned long long)w->pid, (unsigned long long)since);
    if (w->running && strcmp(prefix, w->prefix) == 0)
        return;
    run_end(w, "openvpn has begun anew");
    memcpy(w->prefix, prefix, sizeof(prefix));
    cstring(address, tunnel_server4);
    snprintf(w->tunnel_server4, sizeof(w->tunnel_server4), "%.*s", (int)sizeof(w->tunnel_server4) - 1, address);
    w->running = true;
    w->established_n = 0;
    w->valid_from = ask_status(w);
    rearm(w);
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
    w->pid = 0;
    w->log_on = w->status_waits = w->status_again = false;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (link_command(w->link, &commands[i]) < 0)
            link_give_up(w->link, "the management connection takes no commands");
}

static void on_down(void *ctx)
{
    run_end(ctx, "openvpn is away");
}

static void on_established(struct watch *w, struct slice line)
{
    uint64_t cid;
    if (slice_number(line, UINT64_MAX, &cid) < 0)
        return;
    w->established[w->established_n++ % WATCH_ESTABLISHED_MAX] = cid;
    uint64_t now = now_ms(), soon = w->asked_ms + WATCH_EVENT_GAP_MS;
    poll_within(w, soon > now ? soon - now : 0);
    if (w->status_waits)
        w->status_again = true;
    rearm(w);
}

static void on_log(struct watch *w, struct slice line)
{
    struct fields f = fields_of(line, ',');
    struct slice time, flags;
    if (fields_next(&f, &time) && fields_next(&f, &flags) && f.more)
        orders_log(w->orders, f.rest);
}

static void show(const char *what, struct slice line)
{
    char words[160];
    text_escape(words, sizeof(words), line.p, line.n);
    log_warning("openvpn %s: %s", what, words);
}

static void on_notified(void *ctx, struct slice line)
{
    struct watch *w = ctx;
    if (slice_skip(&line, "STATE:"))
        on_state(w, line);
    else if (slice_skip(&line, "CLIENT:ESTABLISHED,"))
        on_established(w, line);
    else if (slice_skip(&line, "LOG:"))
        on_log(w, line);
    else if (slice_skip(&line, "FATAL:"))
        show("has failed", line);
    else if (slice_skip(&line, "HOLD:"))
        show("is held, and waits for somebody to release it on the management interface; this driver does not", line);
    else if (slice_skip(&line, "PASSWORD:"))
        show("waits on the management interface for a password that this driver does not know", line);
    else if (slice_skip(&line, "CLIENT:CONNECT,"))
        show("has management-client-auth set, and this driver authenticates nobody; a client waits in vain", line);
}

static void on_settled(void *ctx)
{
    struct watch *w = ctx;
    if (w->ended) {
        uint64_t ended = w->ended;
        w->ended = 0;
        orders_act(w->orders, ended, w->ended_asked_ms);
    }
    rearm(w);
}

static const struct link_ops link_ops = {.up = on_up, .down = on_down, .notified = on_notified, .settled = on_settled};

/* ---- orders ---- */

static uint64_t op_now(void *ctx)
{
    (void)ctx;
    return now_ms();
}

static uint64_t op_fresh_status(void *ctx)
{
    return ask_status(ctx);
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
    uint64_t cid;
    if (!w->running) {
        op_reply(w, order->ref, DRIVER_REFUSED, "openvpn is away");
    } else if (!cid_of(w, order->id, &cid)) {
        op_reply(w, order->ref, DRIVER_NO_SUCH_SESSION, NULL);
    } else {
        orders_add(w->orders, order, cid);
        rearm(w);
    }
}

static void on_stats(void *ctx)
{
    struct watch *w = ctx;
    w->flush = w->running;
    if (w->running)
        ask_status(w);
}

static const struct driver_ops driver_ops = {.disconnect = on_disconnect, .stats = on_stats};

/* ---- beginning and end ---- */

static void part_closed(struct watch *w)
{
    if (--w->parts > 0)
        return;
    orders_free(w->orders);
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
    const struct config *c = w->config;
    struct driver_config d = {
        .socket = c->common.socket,
        .kind = DRIVER_DAEMON,
        .name = "openvpn",
        .instance = c->common.instance,
        .device_type = "openvpn",
        .device_name = c->device_name[0] ? c->device_name : NULL,
        .port_prefix = c->port_prefix[0] ? c->port_prefix : NULL,
        .ports = c->ports,
        .max_ports = c->max_ports,
        .capabilities = DRIVER_CAN_DISCONNECT | DRIVER_CAN_HARD | DRIVER_CAN_STATS,
    };
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
