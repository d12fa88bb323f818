/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of an order to disconnect, whatever openvpn answers or does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/openvpn/orders_world.h"

static void a_polite_order_goes_step_by_step(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    assert_string_equal(w->commands, ""); /* not before a fresh status */
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    assert_string_equal(w->replies, ""); /* not before openvpn has taken it */
    answers(w, 0, "client-kill command succeeded");
    assert_string_equal(w->replies, "1 accepted;");
    passes(w, GRACE - 1);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;"); /* the grace */
    passes(w, 1);
    assert_string_equal(w->commands, "client-kill 7 HALT;"); /* and another fresh status */
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;kill 10.77.1.2:5000;");
    answers(w, 0, "1 client(s) killed");
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_UNKNOWN);
    leaves(w, 0);
    status(w);
    assert_int_equal(orders_count(w->orders), 0);
    assert_string_equal(w->replies, "1 accepted;");
}

static void a_client_that_is_gone_is_not_sent_anything(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    leaves(w, 0);
    status(w);
    assert_string_equal(w->commands, "");
    assert_string_equal(w->replies, "1 no-such-session;");
    assert_int_equal(orders_count(w->orders), 0);
}

static void a_client_that_says_goodbye_is_not_waited_for(void **state)
{
    struct world *w = *state;
    accepted(w);
    orders_log(w->orders, slice_of("alice/10.77.1.2:5000 CC-EEN exit message received by peer"));
    passes(w, 0);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;kill 10.77.1.2:5000;");
    answers(w, 0, "1 client(s) killed");
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_YES);
}

static void nobody_else_can_say_it_for_her(void **state)
{
    static const char *const lines[] = {
        "bob/10.77.2.2:5000 CC-EEN exit message received by peer",
        "bob/10.77.2.2:5000 peer info: UV_X=alice/10.77.1.2:5000 CC-EEN exit message received by peer",
        "alice/10.77.1.2:5000 CC-EEN exit message received by peer/10.77.2.2:5000 SIGTERM",
        "x/alice/10.77.1.2:5000 CC-EEN exit message received by peer",
        "/10.77.1.2:5000 CC-EEN exit message received by peer",
        "CC-EEN exit message received by peer",
        "",
    };
    struct world *w = *state;
    accepted(w);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        orders_log(w->orders, slice_of(lines[i]));
    passes(w, GRACE - 1);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;"); /* still waiting */
}

static void a_client_that_openvpn_has_dropped_may_not_have_heard(void **state)
{
    struct world *w = *state;
    comes(w, 0, 7, 100, "alice", "fd77:1::2"); /* kill can't take that */
    accepted(w);
    passes(w, GRACE);
    status(w);
    passes(w, ORDERS_DELAYED_MS - GRACE - 1);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_YES); /* if it is gone by now, it went by itself */
    passes(w, 1);
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_UNKNOWN);
    leaves(w, 0);
    status(w);
    assert_int_equal(orders_count(w->orders), 0);
}

static void only_ipv4_addresses_are_killed(void **state)
{
    static const char *const addresses[] = {"fd77:1::2",
                                            "[fd77:1::2]:5000",
                                            "10.77.1.2",
                                            "10.77.1.2:",
                                            "10.77.1:5",
                                            "10.77.1.2:65536",
                                            "10.77.1.2:1;x",
                                            "tcp:10.77.1.2:5000",
                                            "alice",
                                            ":5000",
                                            "255.255.255.2555:5000"};
    struct world *w = *state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        w->commands[0] = '\0';
        comes(w, 0, 10 + i, 100, "alice", addresses[i]);
        order(w, 1, 10 + i, 100, true, "");
        status(w);
        char want[64];
        snprintf(want, sizeof(want), "client-kill %zu HALT;", 10 + i);
        assert_string_equal(w->commands, want);
    }
}

static void a_hard_order_kills_at_once(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, true, "");
    status(w);
    assert_string_equal(w->commands, "kill 10.77.1.2:5000;");
    answers(w, 0, "1 client(s) killed");
    assert_string_equal(w->replies, "1 accepted;");
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_NO);
}

static void a_hard_order_hurries_a_polite_one(void **state)
{
    struct world *w = *state;
    accepted(w);
    order(w, 2, 7, 100, true, "");
    assert_string_equal(w->replies, "1 accepted;2 accepted;");
    assert_int_equal(orders_count(w->orders), 1);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;kill 10.77.1.2:5000;");
}

static void a_second_order_is_joined(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    order(w, 2, 7, 100, false, "");
    status(w);
    answers(w, 0, "client-kill command succeeded");
    order(w, 3, 7, 100, false, "");
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    assert_string_equal(w->replies, "2 accepted;3 accepted;"); /* rrasd has given 1 up when it asks again */
}

static void a_refusal_is_passed_on_when_the_client_is_still_there(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    status(w);
    answers(w, -EREMOTEIO, "client-kill command failed\x1b");
    assert_string_equal(w->replies, "");
    status(w);
    assert_string_equal(w->replies, "1 refused client-kill command failed\\x1b;");
    assert_int_equal(orders_count(w->orders), 0);
}

static void a_refusal_is_passed_on_in_time_when_openvpn_says_no_more(void **state)
{
    struct world *w = *state;
    for (unsigned hard = 0; hard < 2; hard++) {
        w->replies[0] = '\0';
        order(w, 1, 7, 100, hard, "");
        status(w);
        answers(w, -EREMOTEIO, "command failed");
        passes(w, ANSWER - 1);
        assert_string_equal(w->replies, "");
        passes(w, 1);
        assert_string_equal(w->replies, "1 refused command failed;");
        assert_int_equal(orders_count(w->orders), 0);
    }
}

static void a_refusal_because_the_client_has_gone_is_none(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    status(w);
    leaves(w, 0);
    answers(w, -EREMOTEIO, "client-kill command failed");
    status(w);
    assert_string_equal(w->replies, "1 no-such-session;");
}

static void when_kill_is_refused_openvpn_ends_it_later(void **state)
{
    struct world *w = *state;
    accepted(w);
    passes(w, GRACE);
    status(w);
    answers(w, -EREMOTEIO, "client at address 10.77.1.2:5000 not found");
    status(w);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;kill 10.77.1.2:5000;"); /* once */
    assert_int_equal(orders_count(w->orders), 1);
    leaves(w, 0);
    status(w);
    assert_int_equal(orders_count(w->orders), 0);
}

static void when_a_hard_kill_is_refused_it_is_halted(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, true, "");
    status(w);
    answers(w, -EREMOTEIO, "not found");
    status(w);
    assert_string_equal(w->commands, "kill 10.77.1.2:5000;client-kill 7 HALT;");
    answers(w, 0, "client-kill command succeeded");
    assert_string_equal(w->replies, "1 accepted;");
}

static void an_openvpn_that_hangs_before_anything_was_done_is_a_refusal(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    passes(w, ANSWER - 1);
    assert_string_equal(w->replies, "");
    passes(w, 1);
    assert_string_equal(w->replies, "1 refused openvpn does not answer in time; nothing was done;");
    status(w); /* it is alive again: too late */
    assert_string_equal(w->commands, "");
}

static void an_openvpn_that_hangs_after_the_command_leaves_the_order_open(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    status(w);
    passes(w, 10 * ANSWER);
    assert_string_equal(w->replies, ""); /* nobody knows */
    answers(w, -ECONNRESET, "");
    assert_string_equal(w->replies, "");
    orders_abandon(w->orders);
    assert_int_equal(orders_count(w->orders), 0);
}

static void a_client_that_leaves_while_a_command_is_under_way_is_no_trouble(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    status(w);
    leaves(w, 0);
    fresh_status(w);
    status(w);
    assert_int_equal(orders_count(w->orders), 0);
    assert_false(orders_has(w->orders, 7, 100));
    answers(w, -EREMOTEIO, "client-kill command failed"); /* the order must still be in memory, and then not any more */
    assert_string_equal(w->replies, "1 no-such-session;");
}

static void what_can_not_be_sent_now_is_sent_later(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    w->send_fails = -ENOBUFS;
    status(w);
    assert_string_equal(w->commands, "");
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
}

static void an_order_that_never_comes_true_is_forgotten(void **state)
{
    struct world *w = *state;
    accepted(w);
    passes(w, GRACE);
    status(w);
    answers(w, 0, "1 client(s) killed");
    passes(w, ORDERS_CONFIRM_MS);
    assert_int_equal(orders_count(w->orders), 0);
    assert_int_equal(orders_next_ms(w->orders), UINT64_MAX);
}

static void orders_are_bounded(void **state)
{
    struct world *w = *state;
    for (uint64_t i = 0; i < ORDERS_MAX; i++)
        order(w, i, 1000 + i, 100, false, "");
    assert_string_equal(w->replies, "");
    order(w, 999, 7, 100, false, "");
    assert_string_equal(w->replies, "999 refused too many orders at once; nothing was done;");
}

static void the_administrators_words_can_not_become_a_command(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "bye\"\nkill bob\\");
    status(w);
    assert_string_equal(w->commands, "client-kill 7 \"HALT,bye__kill bob_\";");
    char words[3 * ORDERS_REASON_MAX];
    memset(words, 'w', sizeof(words));
    words[sizeof(words) - 1] = '\0';
    order(w, 2, 8, 100, false, words);
    status(w);
    assert_true(strlen(w->commands) < 2 * MGMT_COMMAND_MAX);
}

#define UNCLEAR "openvpn lists clients in a way that can't be read, perhaps this one too; nothing was done"

static void a_client_whose_row_can_not_be_read_is_not_called_gone(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    leaves(w, 0); /* her row is one that was refused */
    unclear_status(w, 0);
    assert_string_equal(w->replies, "");
    assert_string_equal(w->commands, ""); /* nor is anything done to her */
    comes(w, 0, 7, 100, "alice", "10.77.1.2:5000");
    unclear_status(w, 0); /* now it is somebody else's row */
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    answers(w, 0, "client-kill command succeeded");
    assert_string_equal(w->replies, "1 accepted;");
}

static void an_order_for_a_row_that_stays_unreadable_is_refused_in_time(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    leaves(w, 0);
    unclear_status(w, 0);
    passes(w, ANSWER - 1);
    unclear_status(w, 0);
    assert_string_equal(w->replies, "");
    passes(w, 1);
    assert_string_equal(w->replies, "1 refused " UNCLEAR ";");
    assert_int_equal(orders_count(w->orders), 0);
}

static void a_halted_client_is_waited_for_until_it_must_be_gone(void **state)
{
    struct world *w = *state;
    accepted(w);
    uint64_t shown = w->read;
    leaves(w, 0);
    passes(w, GRACE);
    unclear_status(w, shown); /* the last that has shown her */
    unclear_status(w, shown);
    assert_true(orders_has(w->orders, 7, 100));
    assert_string_equal(w->commands, "client-kill 7 HALT;"); /* no kill without a row */
    unclear_status(w, shown + 1);
    assert_int_equal(orders_count(w->orders), 0);
    assert_string_equal(w->replies, "1 accepted;");
}

static void who_is_only_taken_for_gone_is_not_called_no_such_session(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    leaves(w, 0);
    unclear_status(w, 0);
    unclear_status(w, w->read); /* less than all is known, and yet she is given up */
    assert_string_equal(w->replies, "1 refused " UNCLEAR ";");
    assert_int_equal(orders_count(w->orders), 0);
}

/* The status before the order was the last that could be read. */
static void a_status_before_the_order_does_not_say_that_the_client_is_gone(void **state)
{
    struct world *w = *state;
    status(w);
    uint64_t clear = w->read;
    order(w, 1, 7, 100, false, "");
    leaves(w, 0);
    unclear_status(w, clear);
    assert_string_equal(w->replies, "");
    assert_int_equal(orders_count(w->orders), 1);
}

static void a_session_without_an_order_says_nothing_of_being_told(void **state)
{
    struct world *w = *state;
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_NOTHING);
    order(w, 1, 7, 100, false, "");
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_NOTHING); /* nothing has been done yet */
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_polite_order_goes_step_by_step),
        T(a_client_that_is_gone_is_not_sent_anything),
        T(a_client_that_says_goodbye_is_not_waited_for),
        T(nobody_else_can_say_it_for_her),
        T(a_client_that_openvpn_has_dropped_may_not_have_heard),
        T(only_ipv4_addresses_are_killed),
        T(a_hard_order_kills_at_once),
        T(a_hard_order_hurries_a_polite_one),
        T(a_second_order_is_joined),
        T(a_refusal_is_passed_on_when_the_client_is_still_there),
        T(a_refusal_is_passed_on_in_time_when_openvpn_says_no_more),
        T(a_refusal_because_the_client_has_gone_is_none),
        T(when_kill_is_refused_openvpn_ends_it_later),
        T(when_a_hard_kill_is_refused_it_is_halted),
        T(an_openvpn_that_hangs_before_anything_was_done_is_a_refusal),
        T(an_openvpn_that_hangs_after_the_command_leaves_the_order_open),
        T(a_client_that_leaves_while_a_command_is_under_way_is_no_trouble),
        T(what_can_not_be_sent_now_is_sent_later),
        T(an_order_that_never_comes_true_is_forgotten),
        T(orders_are_bounded),
        T(the_administrators_words_can_not_become_a_command),
        T(a_client_whose_row_can_not_be_read_is_not_called_gone),
        T(an_order_for_a_row_that_stays_unreadable_is_refused_in_time),
        T(a_halted_client_is_waited_for_until_it_must_be_gone),
        T(who_is_only_taken_for_gone_is_not_called_no_such_session),
        T(a_status_before_the_order_does_not_say_that_the_client_is_gone),
        T(a_session_without_an_order_says_nothing_of_being_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
