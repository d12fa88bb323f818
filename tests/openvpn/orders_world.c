/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/openvpn/orders_world.h"

static uint64_t now_ms(void *ctx)
{
    return ((struct world *)ctx)->now;
}

uint64_t fresh_status(void *ctx)
{
    return ++((struct world *)ctx)->asked;
}

static int command(void *ctx, const struct mgmt_command *c)
{
    struct world *w = ctx;
    if (w->send_fails) {
        int r = w->send_fails;
        w->send_fails = 0;
        return r;
    }
    snprintf(w->commands + strlen(w->commands), sizeof(w->commands) - strlen(w->commands), "%s;", c->text);
    w->pending[w->waiting++] = *c;
    return 0;
}

static void reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct world *w = ctx;
    static const char *const words[] = {"accepted", "no-such-session", "refused"};
    snprintf(w->replies + strlen(w->replies), sizeof(w->replies) - strlen(w->replies), "%llu %s%s%s;",
             (unsigned long long)ref.order, words[result], text ? " " : "", text ? text : "");
}

static const struct orders_ops ops = {
    .now_ms = now_ms, .fresh_status = fresh_status, .command = command, .reply = reply};

void comes(struct world *w, unsigned place, uint64_t cid, int64_t since, const char *name, const char *address)
{
    w->clients[place] = (struct status_client){.cid = cid,
                                               .since = since,
                                               .common_name = slice_of(name),
                                               .user = slice_of(""),
                                               .real_address = slice_of(address),
                                               .virtual4 = slice_of(""),
                                               .virtual6 = slice_of("")};
}

void leaves(struct world *w, unsigned place)
{
    w->clients[place] = (struct status_client){0};
}

static uint64_t read_status(struct world *w)
{
    w->read = w->asked > w->read ? w->asked : ++w->asked;
    for (size_t i = 0; i < sizeof(w->clients) / sizeof(w->clients[0]); i++)
        if (w->clients[i].real_address.p)
            orders_seen(w->orders, w->read, &w->clients[i]);
    return w->read;
}

void status(struct world *w)
{
    uint64_t number = read_status(w);
    orders_act(w->orders, number, number, w->now);
}

void unclear_status(struct world *w, uint64_t gone_before)
{
    uint64_t number = read_status(w);
    orders_act(w->orders, number, gone_before, w->now);
}

void answers(struct world *w, int result, const char *text)
{
    assert_true(w->waiting > 0);
    struct mgmt_command c = w->pending[0];
    memmove(w->pending, w->pending + 1, --w->waiting * sizeof(w->pending[0]));
    c.done(c.ctx, result, slice_of(text));
}

void order(struct world *w, uint64_t number, uint64_t cid, int64_t since, bool hard, const char *reason)
{
    struct driver_order o = {.ref = {.order = number, .connection = 1},
                             .id = "not used here",
                             .start = since,
                             .hard = hard,
                             .reason = reason};
    orders_add(w->orders, &o, cid, NULL, 0, 0);
}

void order_row(struct world *w, unsigned place, uint64_t ms, bool hard)
{
    const struct status_client *row = &w->clients[place];
    struct driver_order o = {
        .ref = {.order = 1, .connection = 1}, .id = "not used here", .start = row->since, .hard = hard, .reason = ""};
    orders_add(w->orders, &o, row->cid, row, w->read, w->now - ms);
}

void passes(struct world *w, uint64_t ms)
{
    w->now += ms;
    orders_tick(w->orders);
}

int setup(void **state)
{
    static const struct orders_config config = {.grace_ms = GRACE, .answer_ms = ANSWER};
    struct world *w = calloc(1, sizeof(*w));
    w->now = 1000;
    w->orders = orders_new(&config, &ops, w);
    comes(w, 0, 7, 100, "alice", "10.77.1.2:5000");
    comes(w, 1, 8, 100, "bob", "10.77.2.2:5000");
    *state = w;
    return w->orders ? 0 : -1;
}

int teardown(void **state)
{
    struct world *w = *state;
    while (w->waiting)
        answers(w, -ECONNRESET, "");
    orders_free(w->orders);
    free(w);
    return 0;
}

void late_status(struct world *w, uint64_t ms)
{
    uint64_t asked_ms = w->now, number = w->asked;
    w->read = number;
    w->now += ms;
    for (size_t i = 0; i < sizeof(w->clients) / sizeof(w->clients[0]); i++)
        if (w->clients[i].real_address.p)
            orders_seen(w->orders, number, &w->clients[i]);
    orders_act(w->orders, number, number, asked_ms);
}

void accepted(struct world *w)
{
    order(w, 1, 7, 100, false, "");
    status(w);
    answers(w, 0, "client-kill command succeeded");
}
