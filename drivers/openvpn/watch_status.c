/* SPDX-License-Identifier: Apache-2.0 */
/* Asking openvpn who is there, and keeping the driver's table of sessions as it says. */
#include <stdio.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/openvpn/watch_private.h"

/* ---- sessions ---- */

void watch_string(char dst[static STATUS_TEXT_MAX], struct slice s)
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
    watch_string(user, c->user.n ? c->user : c->common_name);
    watch_string(address, c->real_address);
    watch_string(tunnel4, c->virtual4);
    watch_string(tunnel6, c->virtual6);
    s.auth = c->user.n && w->logon.mode != LOGON_CERTIFICATE ? "password" : "certificate";
    s.state = orders_has(w->orders, c->cid, c->since)           ? DRIVER_SESSION_DISCONNECTING
              : is_in(w, c, driver_session_find(w->driver, id)) ? DRIVER_SESSION_CONNECTED
                                                                : DRIVER_SESSION_AUTHENTICATING;
    int r = driver_session_put(w->driver, &s);
    if (r < 0) { /* the table has it as it was, with an old mark: that must not look like its end */
        w->unkept++;
        log_error("client %llu can't be shown: %s", (unsigned long long)c->cid, strerror(-r));
    }
}

bool watch_cid_of(const struct watch *w, const char *id, uint64_t *ret)
{
    struct slice s = slice_of(id);
    return slice_skip(&s, w->prefix) && slice_number(s, UINT64_MAX, ret) == 0;
}

/* Has the status shown everybody whom openvpn has listed? */
static bool is_clear(const struct watch *w)
{
    return w->parser.refused == 0 && w->unkept == 0;
}

static struct driver_gone how_it_ended(struct watch *w, uint64_t cid, int64_t start, bool sure)
{
    struct driver_gone gone = {.reason = sure ? "openvpn has ended it"
                                              : "openvpn does not list it any more, as far as its list can be read",
                               .told = DRIVER_TOLD_NOTHING};
    if (!orders_has(w->orders, cid, start))
        return gone;
    gone.told = orders_told(w->orders, cid, start);
    if (gone.told != DRIVER_TOLD_NOTHING && sure)
        gone.reason = "disconnected by the administrator";
    if (gone.told == DRIVER_TOLD_YES && !sure) /* that may rest on when it went, which is not known */
        gone.told = DRIVER_TOLD_UNKNOWN;
    return gone;
}

static int end_if_missing(void *ctx, const struct driver_session *s)
{
    struct watch *w = ctx;
    struct driver_gone gone = {.reason = "openvpn was restarted", .told = DRIVER_TOLD_NOTHING};
    uint64_t cid;
    if (s->mark == w->status)
        return 0;
    if (watch_cid_of(w, s->id, &cid)) {
        w->missing++;
        if (s->mark >= w->horizon.gone_before)
            return 0;
        w->taken_for_gone++;
        gone = how_it_ended(w, cid, s->start, is_clear(w));
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
    listing_add(&w->listing, c.cid, line);
    watch_logon_listed(w, c.cid);
    if (c.common_name.n || c.user.n || c.virtual4.n || c.virtual6.n) /* else a handshake: nobody's session yet */
        put_session(w, &c);
}

/* Rows that could not be used may be of sessions that are missing: those are waited for, and not for ever. */
static void end_missing(struct watch *w)
{
    bool clear = is_clear(w);
    /* More than openvpn can list: only rubbish fills the table like this, and memory has an end. */
    bool full = driver_session_count(w->driver) > MGMT_ANSWER_LINES_MAX;
    status_horizon_move(&w->horizon, w->status, clear || full, now_ms());
    w->missing = w->taken_for_gone = 0;
    driver_sessions_each(w->driver, end_if_missing, w);
    if (!clear && w->taken_for_gone)
        log_warning("%u sessions are taken for gone: openvpn does not list them any more, unless in lines that can't "
                    "be understood",
                    w->taken_for_gone);
    if (!clear && (w->missing > w->taken_for_gone || !w->online))
        watch_poll_within(w, w->config->busy_poll_ms);
}

static void complete(struct watch *w)
{
    listing_end(&w->listing, &w->parser, w->status, w->asked_ms);
    w->ended = w->status;
    w->ended_asked_ms = w->asked_ms;
    if (is_clear(w))
        w->established_n = 0; /* who was among them is in the table now */
    if (w->parser.refused != w->refused_before) {
        if (w->parser.refused > 0)
            log_warning("%u clients of openvpn can't be shown: their lines in its status can't be understood",
                        w->parser.refused);
        w->refused_before = w->parser.refused;
        watch_tell_health(w);
    }
    end_missing(w);
    if (w->flush)
        driver_flush_counters(w->driver);
    w->flush = false;
    if (!w->online && w->horizon.gone_before >= w->valid_from) { /* else the snapshot would call gone who is hidden */
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
    } else if (counts(w) && result < 0) { /* what the table says grows old, and nobody may go on trusting it */
        char words[96], why[160];
        text_escape(words, sizeof(words), text.p, text.n);
        snprintf(why, sizeof(why), "openvpn refuses to list its clients: %s", words);
        link_give_up(w->link, why);
    }
    if (w->status_again)
        watch_ask_status(w);
}

uint64_t watch_ask_status(struct watch *w)
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
    listing_begin(&w->listing);
    w->unkept = 0;
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
            watch_ask_status(w);
    }
    watch_rearm(w);
}

void watch_poll_within(struct watch *w, uint64_t ms)
{
    uint64_t at = now_ms() + ms;
    if (at < w->next_ms)
        w->next_ms = at;
}

void watch_poll_soon(struct watch *w)
{
    uint64_t now = now_ms(), soon = w->asked_ms + WATCH_EVENT_GAP_MS;
    watch_poll_within(w, soon > now ? soon - now : 0);
    if (w->status_waits)
        w->status_again = true;
    watch_rearm(w);
}

static void on_log_switched(void *ctx, int result, struct slice text)
{
    (void)ctx;
    if (result == -EREMOTEIO) {
        char words[128];
        text_escape(words, sizeof(words), text.p, text.n);
        log_debug("openvpn keeps its log to itself: %s", words);
    }
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

void watch_rearm(struct watch *w)
{
    if (!w->running) {
        uv_timer_stop(&w->timer);
        return;
    }
    if (orders_count(w->orders))
        watch_poll_within(w, w->config->busy_poll_ms);
    switch_log(w);
    uint64_t at = orders_next_ms(w->orders), now = now_ms();
    if (w->next_ms < at)
        at = w->next_ms;
    uv_update_time(w->loop);
    uv_timer_start(&w->timer, on_timer, at > now ? at - now : 0, 0);
}
