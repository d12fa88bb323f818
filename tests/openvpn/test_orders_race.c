/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody else takes the client's id or address between any two steps of an order: nobody but the client is ever hit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/openvpn/orders_world.h"

static void the_same_client_id_with_another_start_is_somebody_else(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    comes(w, 0, 7, 101, "carol", "10.77.1.2:5000"); /* openvpn has begun to count anew */
    status(w);
    assert_string_equal(w->commands, "");
    assert_string_equal(w->replies, "1 no-such-session;");
}

static void a_status_asked_for_before_the_order_is_not_enough(void **state)
{
    struct world *w = *state;
    uint64_t old = fresh_status(w);
    order(w, 1, 7, 100, false, "");
    orders_seen(w->orders, old, &w->clients[0]);
    orders_act(w->orders, old, old, w->now);
    assert_string_equal(w->commands, "");
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
}

static void the_end_of_an_older_status_does_not_say_that_the_client_is_gone(void **state)
{
    struct world *w = *state;
    uint64_t old = fresh_status(w); /* alice's line has been read before the order came */
    order(w, 1, 7, 100, false, "");
    orders_act(w->orders, old, old, w->now);
    assert_string_equal(w->replies, "");
    assert_int_equal(orders_count(w->orders), 1);
}

/* Statuses follow one another closely: lines of the next are read before anybody has acted on this one. */
static void the_beginning_of_the_next_status_does_not_say_that_the_client_is_gone(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    uint64_t number = w->asked, next = fresh_status(w);
    orders_seen(w->orders, number, &w->clients[0]);
    orders_seen(w->orders, next, &w->clients[0]);
    orders_act(w->orders, number, number, w->now);
    assert_string_equal(w->replies, "");
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    assert_int_equal(orders_count(w->orders), 1);
}

static void a_late_status_is_asked_for_again_before_a_halt(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    late_status(w, ORDERS_FRESH_MS + 1);
    assert_string_equal(w->commands, "");
    late_status(w, ORDERS_FRESH_MS);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
}

static void who_leaves_meanwhile_is_not_halted(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    late_status(w, ORDERS_FRESH_MS + 1);
    leaves(w, 0);
    status(w);
    assert_string_equal(w->commands, "");
    assert_string_equal(w->replies, "1 no-such-session;");
}

static void an_openvpn_that_is_always_late_is_told_to_halt_all_the_same(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    for (unsigned i = 0; i < ORDERS_FRESH_TRIES; i++)
        late_status(w, ORDERS_FRESH_MS + 1);
    assert_string_equal(w->commands, "");
    late_status(w, ORDERS_FRESH_MS + 1);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
}

static void a_slow_openvpn_is_told_to_halt_while_there_is_time_to_answer(void **state)
{
    for (unsigned hard = 0; hard < 2; hard++) {
        struct world *w = *state;
        order(w, 1, 7 + hard, 100, hard, "");
        late_status(w, ANSWER / 2 - 1);
        assert_string_equal(w->commands, "");
        late_status(w, ANSWER / 2 - 1);
        passes(w, 0);
        assert_string_equal(w->commands, hard ? "client-kill 8 HALT;" : "client-kill 7 HALT;");
        w->commands[0] = '\0';
    }
}

static void nothing_is_done_on_a_status_that_may_be_of_an_earlier_run(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    late_status(w, ORDERS_HALT_MS + 1);
    assert_string_equal(w->commands, "");
    assert_string_equal(w->replies, "");
    passes(w, ANSWER - ORDERS_HALT_MS - 1);
    assert_string_equal(w->replies, "1 refused openvpn does not answer in time; nothing was done;");
}

static void the_oldest_status_that_will_do_for_a_halt(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, false, "");
    late_status(w, ORDERS_HALT_MS);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
}

static void the_kill_does_not_hit_who_has_taken_the_address(void **state)
{
    struct world *w = *state;
    accepted(w);
    comes(w, 0, 9, 101, "carol", "10.77.1.2:5000"); /* alice has heard it and left, carol is on her address */
    passes(w, GRACE);
    assert_int_equal(orders_told(w->orders, 7, 100), DRIVER_TOLD_YES);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    assert_int_equal(orders_count(w->orders), 0);
    assert_string_equal(w->replies, "1 accepted;");
}

static void the_kill_goes_to_the_address_of_the_last_moment(void **state)
{
    struct world *w = *state;
    accepted(w);
    comes(w, 0, 7, 100, "alice", "10.77.9.9:6000"); /* she has moved to another network, ... */
    comes(w, 2, 9, 101, "carol", "10.77.1.2:5000"); /* ... and carol has her address */
    passes(w, GRACE);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;kill 10.77.9.9:6000;");
}

static void a_late_status_is_not_good_enough_for_an_address(void **state)
{
    struct world *w = *state;
    accepted(w);
    passes(w, GRACE);
    late_status(w, ORDERS_FRESH_MS + 1); /* it lists alice, but that was long ago */
    comes(w, 0, 9, 101, "carol", "10.77.1.2:5000");
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;"); /* no kill */
    assert_int_equal(orders_count(w->orders), 0);
}

static void a_status_at_the_limit_is_good_enough(void **state)
{
    struct world *w = *state;
    accepted(w);
    passes(w, GRACE);
    late_status(w, ORDERS_FRESH_MS);
    assert_string_equal(w->commands, "client-kill 7 HALT;kill 10.77.1.2:5000;");
}

static void an_openvpn_that_is_always_late_ends_the_client_by_itself(void **state)
{
    struct world *w = *state;
    accepted(w);
    passes(w, GRACE);
    for (unsigned i = 0; i < ORDERS_FRESH_TRIES + 3; i++) {
        fresh_status(w);
        late_status(w, ORDERS_FRESH_MS + 1);
    }
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    leaves(w, 0);
    status(w);
    assert_int_equal(orders_count(w->orders), 0);
}

static void a_hard_order_to_a_late_openvpn_is_halted(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, true, "");
    for (unsigned i = 0; i < ORDERS_FRESH_TRIES; i++)
        late_status(w, ORDERS_FRESH_MS + 1);
    assert_string_equal(w->commands, "");
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
}

static void a_hard_order_checks_as_well(void **state)
{
    struct world *w = *state;
    order(w, 1, 7, 100, true, "");
    comes(w, 0, 9, 101, "carol", "10.77.1.2:5000");
    status(w);
    assert_string_equal(w->commands, "");
    assert_string_equal(w->replies, "1 no-such-session;");
}

static void a_fresh_row_of_the_last_status_is_acted_on_at_once(void **state)
{
    struct world *w = *state;
    status(w);
    uint64_t asked = w->asked;
    order_row(w, 0, ORDERS_FRESH_MS, false);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    assert_int_equal(w->asked, asked);
    answers(w, 0, "");
    assert_string_equal(w->replies, "1 accepted;");
}

static void an_older_row_is_looked_at_again(void **state)
{
    struct world *w = *state;
    status(w);
    order_row(w, 0, ORDERS_FRESH_MS + 1, false);
    assert_string_equal(w->commands, "");
    leaves(w, 0);
    status(w);
    assert_string_equal(w->commands, "");
    assert_string_equal(w->replies, "1 no-such-session;");
}

static void a_hard_order_kills_the_address_of_a_fresh_row(void **state)
{
    struct world *w = *state;
    status(w);
    order_row(w, 0, 0, true);
    assert_string_equal(w->commands, "kill 10.77.1.2:5000;");
}

/* openvpn has the command and does not say what it does: nobody can call it refused. rrasd tells its caller that the
 * order stands. */
static void a_halt_that_openvpn_does_not_answer_is_not_answered_for(void **state)
{
    struct world *w = *state;
    status(w);
    order_row(w, 0, 0, false);
    passes(w, ANSWER + 1000);
    assert_string_equal(w->replies, "");
    answers(w, 0, "");
    assert_string_equal(w->replies, "1 accepted;");
}

/* The row counts for the first step only: an address is looked up again for the kill. */
static void the_kill_after_a_halt_needs_a_status_of_its_own(void **state)
{
    struct world *w = *state;
    status(w);
    order_row(w, 0, 0, false);
    answers(w, 0, "");
    comes(w, 0, 9, 101, "carol", "10.77.1.2:5000");
    passes(w, GRACE);
    status(w);
    assert_string_equal(w->commands, "client-kill 7 HALT;");
    assert_int_equal(orders_count(w->orders), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_same_client_id_with_another_start_is_somebody_else),
        T(a_status_asked_for_before_the_order_is_not_enough),
        T(the_end_of_an_older_status_does_not_say_that_the_client_is_gone),
        T(the_beginning_of_the_next_status_does_not_say_that_the_client_is_gone),
        T(a_late_status_is_asked_for_again_before_a_halt),
        T(who_leaves_meanwhile_is_not_halted),
        T(an_openvpn_that_is_always_late_is_told_to_halt_all_the_same),
        T(a_slow_openvpn_is_told_to_halt_while_there_is_time_to_answer),
        T(nothing_is_done_on_a_status_that_may_be_of_an_earlier_run),
        T(the_oldest_status_that_will_do_for_a_halt),
        T(the_kill_does_not_hit_who_has_taken_the_address),
        T(the_kill_goes_to_the_address_of_the_last_moment),
        T(a_late_status_is_not_good_enough_for_an_address),
        T(a_status_at_the_limit_is_good_enough),
        T(an_openvpn_that_is_always_late_ends_the_client_by_itself),
        T(a_hard_order_to_a_late_openvpn_is_halted),
        T(a_fresh_row_of_the_last_status_is_acted_on_at_once),
        T(an_older_row_is_looked_at_again),
        T(a_hard_order_kills_the_address_of_a_fresh_row),
        T(a_halt_that_openvpn_does_not_answer_is_not_answered_for),
        T(the_kill_after_a_halt_needs_a_status_of_its_own),
        T(a_hard_order_checks_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
