/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile charon: any bytes, in pieces of any size, on the connection for events and listings and on the one for
 * commands, while the driver keeps its sessions and tries to end them.
 *
 * Input: pieces of a kind byte, a length byte and that many bytes.
 *   kind & 3: 0 for the first connection, 1 for the second, 2: 200 ms pass, 3: an order against the first session
 *             (kind & 4: hard)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "drivers/vici/conns.h"
#include "drivers/vici/orders.h"
#include "drivers/vici/vici.h"
#include "fuzz.h"

#define SHOWN_MAX 32u

struct shown {
    char id[DRIVER_ID_MAX + 1];
    int64_t start;
    struct driver_counters counters;
};

struct state {
    struct vici *main, *lane;
    struct sessions *sessions;
    struct orders *orders;
    struct conns *conns;
    uint64_t now;
    bool listing, wants_list;
    struct shown shown[SHOWN_MAX];
    size_t shown_n; /* more sessions are not looked at */
    unsigned given, answered;
};

static struct shown *find_shown(struct state *s, const char *id)
{
    for (size_t i = 0; i < s->shown_n; i++)
        if (strcmp(s->shown[i].id, id) == 0)
            return &s->shown[i];
    return NULL;
}

static void check_not_less(const struct driver_counters *before, const struct driver_counters *now)
{
    FUZZ_CHECK(now->bytes_in >= before->bytes_in && now->bytes_out >= before->bytes_out);
    FUZZ_CHECK(now->frames_in >= before->frames_in && now->frames_out >= before->frames_out);
}

static int put(void *ctx, const struct driver_session *d)
{
    struct state *s = ctx;
    struct shown *shown = find_shown(s, d->id);
    FUZZ_CHECK(strlen(d->id) > 0 && strlen(d->id) <= DRIVER_ID_MAX && d->start >= 0 &&
               strlen(d->user) <= DRIVER_USER_MAX + 4);
    if (shown) {
        FUZZ_CHECK(shown->start == d->start);
        check_not_less(&shown->counters, d->counters);
        shown->counters = *d->counters;
    } else if (s->shown_n < SHOWN_MAX) {
        shown = &s->shown[s->shown_n++];
        strcpy(shown->id, d->id);
        shown->start = d->start;
        shown->counters = *d->counters;
    }
    return 0;
}

static void gone(void *ctx, const struct session *g, const char *reason, const struct driver_counters *counters,
                 bool final)
{
    struct state *s = ctx;
    struct shown *shown = find_shown(s, g->id);
    (void)reason;
    (void) final;
    orders_gone(s->orders, g);
    if (shown) {
        check_not_less(&shown->counters, counters);
        *shown = s->shown[--s->shown_n];
    }
}

static void moved(void *ctx, const struct session *g)
{
    orders_moved(((struct state *)ctx)->orders, g);
}

static void look(void *ctx, uint32_t ms)
{
    (void)ms;
    ((struct state *)ctx)->wants_list = true;
}

static void look_now(void *ctx)
{
    look(ctx, 0);
}

static void changed(void *ctx)
{
    (void)ctx;
}

static uint64_t now_ms(void *ctx)
{
    return ((struct state *)ctx)->now;
}

static int64_t ago(void *ctx, uint64_t seconds)
{
    int64_t now = (int64_t)(((struct state *)ctx)->now / 1000);
    return seconds <= (uint64_t)now ? now - (int64_t)seconds : now;
}

static const char *auth(void *ctx, struct bytes connection)
{
    return conns_auth(((struct state *)ctx)->conns, connection);
}

static const struct sessions_ops sessions_ops = {.now_ms = now_ms,
                                                 .ago = ago,
                                                 .auth = auth,
                                                 .put = put,
                                                 .gone = gone,
                                                 .moved = moved,
                                                 .look = look,
                                                 .changed = changed};

static int request(void *ctx, const struct vici_request *r)
{
    return vici_send(((struct state *)ctx)->lane, r);
}

static void reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct state *s = ctx;
    (void)ref;
    (void)result;
    (void)text;
    FUZZ_CHECK(++s->answered <= s->given);
}

static const struct orders_ops orders_ops = {.now_ms = now_ms, .request = request, .reply = reply, .look = look_now};

/* ---- the listing ---- */

static void on_row(void *ctx, struct bytes message)
{
    sessions_row(((struct state *)ctx)->sessions, message);
}

static void on_listed(void *ctx, int result, struct bytes message)
{
    struct state *s = ctx;
    (void)message;
    s->listing = false;
    if (result == 0)
        sessions_list_end(s->sessions);
    else
        sessions_list_abandon(s->sessions);
}

static void list(struct state *s)
{
    struct vici_request r = {.name = "list-sas", .row_event = "list-sa", .row = on_row, .done = on_listed, .ctx = s};
    if (s->listing || vici_send(s->main, &r) < 0)
        return;
    s->listing = true;
    s->wants_list = false;
    sessions_list_begin(s->sessions);
}

static void on_conn_row(void *ctx, struct bytes message)
{
    conns_row(((struct state *)ctx)->conns, message);
}

static void on_conns(void *ctx, int result, struct bytes message)
{
    (void)message;
    if (result == 0)
        conns_end(((struct state *)ctx)->conns);
}

static void list_conns(struct state *s)
{
    struct vici_request r = {
        .name = "list-conns", .row_event = "list-conn", .row = on_conn_row, .done = on_conns, .ctx = s};
    conns_begin(s->conns);
    FUZZ_CHECK(vici_send(s->main, &r) == 0);
}

static void on_event(void *ctx, struct bytes name, struct bytes message)
{
    sessions_event(((struct state *)ctx)->sessions, name, message);
}

static void on_lane_event(void *ctx, struct bytes name, struct bytes message)
{
    (void)ctx;
    (void)name;
    (void)message;
}

static const struct vici_ops main_ops = {.event = on_event}, lane_ops = {.event = on_lane_event};

/* ---- the input ---- */

static void order(struct state *s, bool hard)
{
    const struct session *g = s->shown_n > 0 ? sessions_find(s->sessions, s->shown[0].id) : NULL;
    if (!g)
        return;
    struct driver_order o = {
        .ref = {.order = ++s->given, .connection = 1}, .id = g->id, .start = g->start, .hard = hard, .reason = ""};
    orders_add(s->orders, &o, g);
}

static int feed(struct vici *v, const uint8_t *data, size_t n)
{
    int r = vici_feed(v, (const char *)data, n);
    FUZZ_CHECK(r == 0 || r == -EPROTO);
    FUZZ_CHECK((r == 0) == (vici_error(v)[0] == '\0'));
    FUZZ_CHECK(vici_output(v).n <= VICI_OUTPUT_MAX);
    vici_written(v, vici_output(v).n);
    return r;
}

static int step(struct state *s, unsigned kind, const uint8_t *data, size_t n)
{
    switch (kind & 3) {
    case 0:
        return feed(s->main, data, n);
    case 1:
        return feed(s->lane, data, n);
    case 2:
        s->now += 200;
        sessions_tick(s->sessions);
        orders_tick(s->orders);
        break;
    default:
        order(s, kind & 4);
        break;
    }
    if (s->wants_list)
        list(s);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct state s;
    memset(&s, 0, sizeof(s));
    log_init("fuzz", LOG_LEVEL_ERROR);
    s.now = 1000000;
    s.main = vici_new(&main_ops, &s);
    s.lane = vici_new(&lane_ops, &s);
    s.sessions = sessions_new("", &sessions_ops, &s);
    s.orders = orders_new(&orders_ops, &s);
    s.conns = conns_new();
    FUZZ_CHECK(s.main && s.lane && s.sessions && s.orders && s.conns);
    sessions_begin(s.sessions);
    list_conns(&s);
    list(&s);
    int r = 0;
    while (size >= 2 && r == 0) {
        unsigned kind = data[0];
        size_t n = data[1] < size - 2 ? data[1] : size - 2;
        r = step(&s, kind, data + 2, n);
        data += 2 + n;
        size -= 2 + n;
    }
    orders_abandon(s.orders);
    vici_free(s.main);
    vici_free(s.lane);
    orders_free(s.orders);
    sessions_free(s.sessions);
    conns_free(s.conns);
    return 0;
}
