/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile openvpn: any bytes, in pieces of any size, into the management protocol, its status lines on into the
 * orders of a driver that tries to disconnect client 7, and its questions about log-ons to be answered.
 *
 * Input: one byte of choices (1: there is a password; the rest: how log-ons are answered), then pieces of a length byte
 * and that many bytes. An empty piece lets 200 ms pass.
 */
#include <stdlib.h>

#include "common/log.h"
#include "drivers/openvpn/logon.h"
#include "drivers/openvpn/orders.h"
#include "fuzz.h"

struct state {
    struct mgmt *m;
    struct orders *orders;
    struct logon logon;
    struct status_parser parser;
    struct status_horizon horizon;
    uint64_t asked, read, ended, now;
    unsigned replies, orders_given;
    uint64_t knocked, told; /* questions about users: the last that was asked, and answered */
    bool telling;
};

static uint64_t fresh_status(void *ctx);

static void on_line(void *ctx, struct slice line, bool cut)
{
    struct state *s = ctx;
    struct status_client c;
    if (status_parse_line(&s->parser, line, cut, &c) == STATUS_LINE_CLIENT) {
        FUZZ_CHECK(c.real_address.n > 0 && c.real_address.n < STATUS_TEXT_MAX && c.since >= 0);
        orders_seen(s->orders, s->read + 1, &c);
    }
}

static void on_done(void *ctx, int result, struct slice text)
{
    struct state *s = ctx;
    (void)text;
    s->read++;
    if (result == 0) {
        s->ended = s->read;
        status_horizon_move(&s->horizon, s->read, s->parser.refused == 0, s->now);
        FUZZ_CHECK(s->horizon.gone_before <= s->read);
    }
    s->parser = (struct status_parser){0};
}

static uint64_t fresh_status(void *ctx)
{
    struct state *s = ctx;
    struct mgmt_command c = {
        .text = "status 3", .answer = MGMT_ANSWER_LINES, .line = on_line, .done = on_done, .ctx = s};
    return mgmt_send(s->m, &c) == 0 ? ++s->asked : s->asked + 1;
}

static uint64_t now_ms(void *ctx)
{
    return ((struct state *)ctx)->now;
}

static int command(void *ctx, const struct mgmt_command *c)
{
    struct state *s = ctx;
    return mgmt_send(s->m, c);
}

static void reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct state *s = ctx;
    (void)ref;
    (void)result;
    (void)text;
    s->replies++;
    FUZZ_CHECK(s->replies <= s->orders_given);
}

static const struct orders_ops orders_ops = {
    .now_ms = now_ms, .fresh_status = fresh_status, .command = command, .reply = reply};

static void greeted(void *ctx)
{
    struct state *s = ctx;
    struct driver_order o = {.ref = {.order = 1, .connection = 1}, .id = "1.1:7", .start = 5, .reason = "enough"};
    fresh_status(s);
    s->orders_given++;
    orders_add(s->orders, &o, 7, NULL, 0, 0);
}

static void notified(void *ctx, struct slice line, bool cut)
{
    struct state *s = ctx;
    logon_notified(&s->logon, line);
    if (!cut && slice_skip(&line, "LOG:"))
        orders_log(s->orders, line);
}

static void asked(void *ctx)
{
    (void)ctx;
}

static const struct driver_keep_out *kept_out(void *ctx, const char *user)
{
    static const struct driver_keep_out alice = {.n = 1, .user = "alice", .until = INT64_MAX, .reason = "\"\n\\"};
    struct state *s = ctx;
    const struct logon_question *q = &s->logon.question;
    FUZZ_CHECK(s->telling || (!q->open && !q->again && !q->spoilt && strcmp(user, logon_user(q)) == 0));
    return strcmp(user, "alice") == 0 ? &alice : NULL;
}

/* Whom something has vouched for, and nobody keeps out. */
static void check_good(const struct state *s)
{
    const struct logon_question *q = &s->logon.question;
    FUZZ_CHECK(!q->open && !q->spoilt && logon_user(q)[0]);
    FUZZ_CHECK(q->again || strcmp(logon_user(q), "alice") != 0);
    FUZZ_CHECK(s->logon.mode == LOGON_PASSWORD ||
               (q->certificate && (!q->user[0] || strcmp(q->user, q->common_name) == 0)));
}

/* Every third user can't be asked for. */
static int ask(void *ctx, const char *user, const char *address, uint64_t *ret_n)
{
    struct state *s = ctx;
    FUZZ_CHECK(strcmp(user, logon_user(&s->logon.question)) == 0 && strlen(address) < 2 * LOGON_ADDRESS_MAX + 4);
    check_good(s);
    if (++s->knocked % 3 == 0)
        return -ENOTCONN;
    *ret_n = s->knocked;
    return 0;
}

/* The answer to the oldest question, whatever has happened since. */
static void tell(struct state *s)
{
    if (s->told == s->knocked)
        return;
    s->told++;
    s->telling = true;
    logon_answered(&s->logon, &(struct driver_admission){
                                  .n = s->told, .verdict = (enum driver_verdict)(s->told / 2 % 3), .text = "\"\n\\"});
    s->telling = false;
}

/* At most one answer to a question, and a yes only to whom something has vouched for. */
static int answered(void *ctx, const struct mgmt_command *c)
{
    struct state *s = ctx;
    FUZZ_CHECK(s->telling || (!s->logon.question.open && s->logon.mode != LOGON_OFF));
    if (!s->telling && strncmp(c->text, "client-auth-nt ", 15) == 0)
        check_good(s);
    int r = mgmt_send(s->m, c);
    FUZZ_CHECK(r != -EINVAL);
    return r;
}

static void turned_away(void *ctx, const struct driver_keep_out *k, const char *user, const char *address)
{
    (void)ctx;
    (void)address;
    FUZZ_CHECK(strcmp(k->user, user) == 0);
}

static const struct logon_ops logon_ops = {
    .asked = asked, .kept_out = kept_out, .ask = ask, .command = answered, .turned_away = turned_away};

static const struct mgmt_ops mgmt_ops = {.greeted = greeted, .notified = notified};

/* No command may leave its line. */
static void check_output(struct state *s)
{
    struct slice out = mgmt_output(s->m);
    FUZZ_CHECK(out.n <= MGMT_OUTPUT_MAX);
    for (size_t i = 0; i < out.n; i++)
        FUZZ_CHECK(out.p[i] == '\n' || (out.p[i] >= 0x20 && out.p[i] < 0x7f));
    mgmt_written(s->m, out.n);
}

static int feed(struct state *s, const uint8_t *data, size_t n)
{
    int r = mgmt_feed(s->m, (const char *)data, n);
    FUZZ_CHECK(r == 0 || r == -EPROTO || r == -EACCES);
    FUZZ_CHECK(mgmt_waiting(s->m) <= MGMT_PENDING_MAX);
    if (r == 0 && s->ended) {
        uint64_t ended = s->ended;
        s->ended = 0;
        orders_act(s->orders, ended, s->horizon.gone_before, s->now);
    }
    check_output(s);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct orders_config config = {.grace_ms = 300, .answer_ms = 1500};
    struct state s = {.now = 1000};
    if (size == 0)
        return 0;
    s.logon.mode = data[0] / 2 % 3;
    s.logon.refuse_unanswered = data[0] & 64;
    s.logon.ops = &logon_ops;
    s.logon.ctx = &s;
    log_set_level(LOG_LEVEL_ERROR);
    s.m = mgmt_new(&mgmt_ops, &s, data[0] & 1 ? "secret" : NULL);
    s.orders = orders_new(&config, &orders_ops, &s);
    int r = s.m && s.orders ? 0 : -ENOMEM;
    for (size_t at = 1; r == 0 && at < size;) {
        size_t n = data[at++];
        if (n == 0) {
            s.now += 200;
            orders_tick(s.orders);
            tell(&s);
        }
        n = n < size - at ? n : size - at;
        r = feed(&s, data + at, n);
        at += n;
    }
    mgmt_free(s.m);
    orders_free(s.orders);
    return 0;
}
