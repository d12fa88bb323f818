/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "drivers/ocserv/orders.h"

/* What orders ask for and do. */
struct world {
    struct orders *orders;
    uint64_t now, asked; /* number of the newest listing that was asked for */
    int end_result;
    const char *end_why;
    unsigned ends, hard_ends;
    uint64_t end_listing;
    char ended[DRIVER_ID_MAX + 1];
    unsigned replies;
    uint64_t order;
    enum driver_result result;
    char text[DRIVER_TEXT_MAX + 1];
};

static uint64_t now_ms(void *ctx)
{
    return ((struct world *)ctx)->now;
}

static uint64_t fresh_listing(void *ctx)
{
    return ++((struct world *)ctx)->asked;
}

static int end(void *ctx, const char *id, int64_t start, uint64_t listing, bool hard, const char **ret_why)
{
    struct world *w = ctx;
    assert_int_equal(start, 5);
    w->ends++;
    w->hard_ends += hard;
    w->end_listing = listing;
    snprintf(w->ended, sizeof(w->ended), "%s", id);
    if (w->end_why)
        *ret_why = w->end_why;
    return w->end_result;
}

static void reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    struct world *w = ctx;
    w->replies++;
    w->order = ref.order;
    w->result = result;
    snprintf(w->text, sizeof(w->text), "%s", text ? text : "");
}

static const struct orders_ops ops = {.now_ms = now_ms, .fresh_listing = fresh_listing, .end = end, .reply = reply};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    w->now = 1000;
    w->orders = orders_new(&ops, w);
    *state = w;
    return w->orders ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *w = *state;
    orders_free(w->orders);
    free(w);
    return 0;
}

static void give(struct world *w, uint64_t n, const char *id, bool hard)
{
    struct driver_order o = {.ref = {.order = n, .connection = 1}, .id = id, .start = 5, .hard = hard, .reason = ""};
    orders_add(w->orders, &o);
}

static void nothing_is_done_before_a_listing_that_is_newer_than_the_order(void **state)
{
    struct world *w = *state;
    w->asked = 7; /* under way already */
    give(w, 1, "10:a", false);
    orders_act(w->orders, 7);
    assert_int_equal(w->ends, 0);
    orders_act(w->orders, 8);
    assert_int_equal(w->ends, 1);
    assert_int_equal(w->end_listing, 8);
    assert_string_equal(w->ended, "10:a");
    assert_int_equal(w->result, DRIVER_ACCEPTED);
    orders_act(w->orders, 9);
    assert_int_equal(w->ends, 1); /* once */
    assert_int_equal(w->replies, 1);
}

static void who_is_not_there_any_more_is_no_such_session(void **state)
{
    struct world *w = *state;
    w->end_result = -ESRCH;
    give(w, 1, "10:a", false);
    orders_act(w->orders, 1);
    assert_int_equal(w->result, DRIVER_NO_SUCH_SESSION);
    assert_int_equal(orders_count(w->orders), 0);
}

static void what_hinders_is_said(void **state)
{
    struct world *w = *state;
    w->end_result = -EPERM;
    w->end_why = "because";
    give(w, 1, "10:a", false);
    orders_act(w->orders, 1);
    assert_int_equal(w->result, DRIVER_REFUSED);
    assert_string_equal(w->text, "because");
    assert_int_equal(orders_count(w->orders), 0);
}

static void an_ocserv_that_does_not_answer_gets_the_order_refused_in_time(void **state)
{
    struct world *w = *state;
    give(w, 1, "10:a", false);
    assert_int_equal(orders_next_ms(w->orders), 1000 + ORDERS_ANSWER_MS);
    w->now += ORDERS_ANSWER_MS - 1;
    orders_tick(w->orders);
    assert_int_equal(w->replies, 0);
    w->now++;
    orders_tick(w->orders);
    assert_int_equal(w->result, DRIVER_REFUSED);
    assert_non_null(strstr(w->text, "nothing was done"));
    orders_act(w->orders, 1); /* the listing comes after all */
    assert_int_equal(w->ends, 0);
    assert_int_equal(orders_next_ms(w->orders), UINT64_MAX);
}

static void ocserv_goes_away_with_orders_waiting(void **state)
{
    struct world *w = *state;
    give(w, 1, "10:a", false);
    orders_act(w->orders, 1);
    give(w, 2, "11:b", false);
    orders_abandon(w->orders, "gone away");
    assert_int_equal(w->order, 2);
    assert_int_equal(w->result, DRIVER_REFUSED);
    assert_int_equal(orders_gone(w->orders, "10:a", 5), DRIVER_TOLD_UNKNOWN); /* it was done, and is remembered */
}

static void a_second_order_joins_the_first_and_a_hard_one_does_not(void **state)
{
    struct world *w = *state;
    give(w, 1, "10:a", false);
    orders_act(w->orders, 1);
    give(w, 2, "10:a", false);
    assert_int_equal(w->order, 2); /* answered at once, without another signal */
    assert_int_equal(w->result, DRIVER_ACCEPTED);
    assert_int_equal(w->ends, 1);
    give(w, 3, "10:a", true);
    assert_int_equal(w->replies, 2);
    orders_act(w->orders, 2);
    assert_int_equal(w->hard_ends,
                     1); /* at once, for SIGTERM has been tried; but only on a new listing, like any other */
    assert_int_equal(w->order, 3);
    assert_int_equal(w->result, DRIVER_ACCEPTED);
}

static void a_hard_order_kills_who_does_not_go(void **state)
{
    struct world *w = *state;
    give(w, 1, "10:a", true);
    orders_act(w->orders, 1);
    assert_int_equal(w->ends, 1);
    assert_int_equal(w->hard_ends, 0); /* SIGTERM: who is well goes on it, and better */
    assert_int_equal(w->result, DRIVER_ACCEPTED);
    assert_int_equal(orders_next_ms(w->orders), 1000 + ORDERS_KILL_MS);
    w->now += ORDERS_KILL_MS - 1;
    orders_tick(w->orders);
    assert_int_equal(w->hard_ends, 0);
    w->now++;
    orders_tick(w->orders);
    orders_tick(w->orders);
    assert_int_equal(w->hard_ends, 1);
    assert_int_equal(w->replies, 1);
}

static void nobody_is_killed_who_went_in_time(void **state)
{
    struct world *w = *state;
    give(w, 1, "10:a", true);
    orders_act(w->orders, 1);
    orders_gone(w->orders, "10:a", 5);
    w->now += ORDERS_CONFIRM_MS;
    orders_tick(w->orders);
    assert_int_equal(w->hard_ends, 0);
}

static void told_is_what_the_order_was(void **state)
{
    struct world *w = *state;
    assert_int_equal(orders_gone(w->orders, "10:a", 5), DRIVER_TOLD_NOTHING);
    give(w, 1, "10:a", true);
    orders_act(w->orders, 1);
    assert_int_equal(orders_gone(w->orders, "10:b", 5), DRIVER_TOLD_NOTHING); /* the same process id, another session */
    assert_int_equal(orders_gone(w->orders, "10:a", 6), DRIVER_TOLD_NOTHING);
    assert_int_equal(orders_gone(w->orders, "10:a", 5), DRIVER_TOLD_UNKNOWN); /* it went on SIGTERM */
    assert_int_equal(orders_count(w->orders), 0);
    give(w, 2, "10:a", true);
    orders_act(w->orders, 2);
    w->now += ORDERS_KILL_MS;
    orders_tick(w->orders);
    assert_int_equal(orders_gone(w->orders, "10:a", 5),
                     DRIVER_TOLD_NO); /* a worker that has to be killed says nothing */
}

static void an_order_that_waits_is_told_when_the_session_goes_by_itself(void **state)
{
    struct world *w = *state;
    give(w, 1, "10:a", false);
    assert_int_equal(orders_gone(w->orders, "10:a", 5), DRIVER_TOLD_NOTHING);
    w->end_result = -ESRCH;
    orders_act(w->orders, 1);
    assert_int_equal(w->result, DRIVER_NO_SUCH_SESSION);
}

static void what_never_ends_is_forgotten(void **state)
{
    struct world *w = *state;
    give(w, 1, "10:a", false);
    orders_act(w->orders, 1);
    w->now += ORDERS_CONFIRM_MS;
    orders_tick(w->orders);
    assert_int_equal(orders_count(w->orders), 0);
    assert_int_equal(w->replies, 1);
}

static void there_is_a_limit(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < ORDERS_MAX; i++)
        give(w, i, "10:a", false);
    assert_int_equal(w->replies, 0);
    give(w, 9999, "10:a", false);
    assert_int_equal(w->order, 9999);
    assert_int_equal(w->result, DRIVER_REFUSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_done_before_a_listing_that_is_newer_than_the_order),
        TEST(who_is_not_there_any_more_is_no_such_session),
        TEST(what_hinders_is_said),
        TEST(an_ocserv_that_does_not_answer_gets_the_order_refused_in_time),
        TEST(ocserv_goes_away_with_orders_waiting),
        TEST(a_second_order_joins_the_first_and_a_hard_one_does_not),
        TEST(a_hard_order_kills_who_does_not_go),
        TEST(nobody_is_killed_who_went_in_time),
        TEST(told_is_what_the_order_was),
        TEST(an_order_that_waits_is_told_when_the_session_goes_by_itself),
        TEST(what_never_ends_is_forgotten),
        TEST(there_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
