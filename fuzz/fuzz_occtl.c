/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile ocserv, and a hostile asker: any bytes, in pieces of any size, as frames of the control socket, whose
 * listings decide about an order of a driver that tries to disconnect the session 7:word; or as a question of the
 * connect-script.
 *
 * Input: one byte of choices (1: a question, else frames), then pieces of a length byte and that many bytes. An empty
 * piece lets 200 ms pass.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/ocserv/frame.h"
#include "drivers/ocserv/keepout.h"
#include "drivers/ocserv/orders.h"
#include "drivers/ocserv/rows.h"
#include "fuzz.h"

struct state {
    struct frame_reader reader;
    struct orders *orders;
    uint64_t asked, read, now;
    bool there; /* the last listing has shown the session */
    bool seen;  /* the one that is being read has */
    unsigned replies, signals;
};

static uint64_t now_ms(void *ctx)
{
    return ((struct state *)ctx)->now;
}

static uint64_t fresh_listing(void *ctx)
{
    struct state *s = ctx;
    s->asked = s->read + 1;
    return s->asked;
}

static int end(void *ctx, const char *id, int64_t start, uint64_t listing, bool kill, const char **ret_why)
{
    struct state *s = ctx;
    (void)ret_why;
    FUZZ_CHECK(strcmp(id, "7:word") == 0 && start == 5);
    FUZZ_CHECK(listing <= s->read);
    if (!s->there)
        return -ESRCH;
    s->signals++;
    FUZZ_CHECK(s->signals <= 2 && (s->signals == 2) == kill);
    return 0;
}

static void reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct state *s = ctx;
    (void)ref;
    (void)text;
    s->replies++;
    FUZZ_CHECK(s->replies == 1);
    FUZZ_CHECK(result != DRIVER_ACCEPTED || s->signals == 1);
}

static const struct orders_ops ops = {.now_ms = now_ms, .fresh_listing = fresh_listing, .end = end, .reply = reply};

static void on_row(void *ctx, const struct row *row)
{
    struct state *s = ctx;
    FUZZ_CHECK(row->pid > 0 && row->since >= 0 && row->session[0]);
    FUZZ_CHECK(strlen(row->session) < ROWS_SESSION_MAX && strlen(row->user) <= DRIVER_USER_MAX);
    FUZZ_CHECK(text_is_utf8(row->session, strlen(row->session)));
    s->seen |= row_is(row, 7, "word", 5);
}

static int on_frame(void *ctx, uint8_t type, const uint8_t *body, size_t n)
{
    struct state *s = ctx;
    struct event event;
    uint32_t refused = 0;
    s->seen = false;
    if (type == OCCTL_EVENT) {
        int r = rows_event(body, n, &event, on_row, s);
        FUZZ_CHECK(r == 0 || r == -EPROTO || r == -ENOMEM);
        for (const char *c = event.reason; r == 0 && *c; c++)
            FUZZ_CHECK(*c >= 0x20 && *c < 0x7f);
    } else if (rows_listing(body, n, on_row, s, &refused) == 0) {
        s->read++;
        s->there = s->seen;
        orders_act(s->orders, s->read);
        if (!s->there)
            orders_gone(s->orders, "7:word", 5);
    }
    return 0;
}

static void frames(struct state *s, const uint8_t *data, size_t size)
{
    struct driver_order o = {
        .ref = {.order = 1, .connection = 1}, .id = "7:word", .start = 5, .hard = true, .reason = ""};
    int r = 0;
    s->orders = orders_new(&ops, s);
    if (!s->orders)
        return;
    orders_add(s->orders, &o);
    for (size_t at = 0; r == 0 && at < size;) {
        size_t n = data[at++];
        if (n == 0) {
            s->now += 200;
            orders_tick(s->orders);
        }
        n = n < size - at ? n : size - at;
        r = frame_feed(&s->reader, data + at, n, on_frame, s);
        FUZZ_CHECK(r == 0 || r == -EMSGSIZE || r == -ENOMEM);
        at += n;
    }
    frame_free(&s->reader);
    orders_free(s->orders);
}

static void question(const uint8_t *data, size_t size)
{
    struct keepout_question q;
    char *packet = malloc(size + 1);
    if (!packet)
        return;
    memcpy(packet, data, size);
    if (keepout_parse(packet, size, size + 1, &q)) {
        FUZZ_CHECK(q.worker > 0 && q.user[0]);
        FUZZ_CHECK(q.user + strlen(q.user) == packet + size);
    }
    free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state s = {.now = 1000};
    if (size == 0)
        return 0;
    log_set_level(LOG_LEVEL_ERROR);
    if (data[0] == 1)
        question(data + 1, size - 1);
    else
        frames(&s, data + 1, size - 1);
    return 0;
}
