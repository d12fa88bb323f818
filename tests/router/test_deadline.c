/* SPDX-License-Identifier: Apache-2.0 */
/* The disconnect state machine when time passes or the driver is away. */
#include "tests/router/fixture.h"

static void no_answer_in_time_is_a_timeout_and_the_order_stands(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(router_next_deadline(f->r), f->now.mono_ms + 2000);
    pass(f, 1999);
    assert_int_equal(o.a.calls, 0);
    pass(f, 1);
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(o.a.result, -ETIMEDOUT);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_DISCONNECTING);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 0);
    /* a late acceptance is fine */
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(gone(f, o.d, "7", 100), 0);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_GONE);
}

static void joining_after_the_timeout_waits_anew(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct answer again;
    order(f, &o);
    pass(f, 2000);
    assert_int_equal(disconnect(f, o.handle, &again), -EINPROGRESS);
    assert_int_equal(f->sent_count, 1); /* it is there already */
    pass(f, 1999);
    assert_int_equal(again.calls, 0);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(again.calls, 1);
    assert_int_equal(again.result, 0);
}

static void not_gone_in_time_is_asked_again_the_hard_way_then_fails(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(router_next_deadline(f->r), f->now.mono_ms + 10000);
    pass(f, 9999);
    assert_int_equal(f->sent_count, 1);
    pass(f, 1);
    assert_int_equal(f->sent_count, 2);
    assert_true(f->sent[1].hard);
    assert_int_equal(f->sent[1].order, o.order);
    assert_int_equal(f->sent[1].deadline_ms, 5000);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_DISCONNECTING);
    pass(f, 4999);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 0);
    pass(f, 1);
    const struct seen *outcome = last(f, ROUTER_EVENT_OUTCOME);
    assert_int_equal(outcome->outcome, ROUTER_OUTCOME_FAILED);
    assert_true(outcome->hard);
    assert_int_equal(outcome->took_ms, 15000);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_CONNECTED);
    assert_true(port(f, 1).failed);
    assert_true(port(f, 1).last_error[0] != '\0');
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
    struct router_totals t;
    router_get_totals(f->r, &t);
    assert_int_equal(t.orders, 1);
    assert_int_equal(t.orders_failed, 1);
    assert_int_equal(t.orders_confirmed, 0);
}

static void a_hard_order_turns_a_polite_one_into_its_own(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct answer hard, joined;
    order(f, &o);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(disconnect_hard(f, o.handle, &hard), -EINPROGRESS);
    assert_int_equal(f->sent_count, 2);
    assert_true(f->sent[1].hard);
    assert_int_equal(f->sent[1].order, o.order);
    assert_int_equal(disconnect_hard(f, o.handle, &joined), -EINPROGRESS);
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(hard.result, 0);
    assert_int_equal(joined.calls, 1);
    pass(f, 5000);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_FAILED);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 1);
}

static void a_hard_order_has_no_polite_try(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    assert_int_equal(disconnect_hard(f, o.handle, &o.a), -EINPROGRESS);
    assert_true(f->sent[0].hard);
    assert_int_equal(f->sent[0].deadline_ms, 5000);
    pass(f, 5000);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_FAILED);
    assert_int_equal(o.a.result, -ETIMEDOUT);
}

static void a_driver_that_is_away_gets_no_order(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    router_driver_detach(f->r, o.d, &f->now);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AWAY);
    assert_int_equal(disconnect(f, o.handle, &o.a), -ENODEV);
    assert_int_equal(count(f, ROUTER_EVENT_ORDER), 0);
    assert_int_equal(f->sent_count, 0);
}

static void an_order_that_can_not_be_sent_has_failed(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    f->send_result = -EPIPE;
    assert_int_equal(disconnect(f, o.handle, &o.a), -ENODEV);
    assert_int_equal(o.a.calls, 0);
    assert_int_equal(count(f, ROUTER_EVENT_ORDER), 1);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_FAILED);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_CONNECTED);
    assert_true(port(f, 1).failed);
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
    f->send_result = 0;
    order(f, &o);
    assert_int_equal(gone(f, o.d, "7", 100), 0);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 2);
}

static void an_order_stands_over_the_drivers_absence_and_is_sent_again(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct answer away;
    order(f, &o);
    router_driver_detach(f->r, o.d, &f->now);
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(o.a.result, -ETIMEDOUT);
    assert_int_equal(disconnect(f, o.handle, &away), -ENODEV);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), -ENOENT); /* of before: void */
    attach(f, "openvpn", 2);
    assert_int_equal(f->sent_count, 1);
    connect(f, o.d, "7", 100, "alice");
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(f->sent[1].order, o.order);
    assert_false(f->sent[1].hard);
    connect(f, o.d, "7", 100, "alice"); /* not at each report */
    assert_int_equal(f->sent_count, 2);
    router_driver_snapshot_end(f->r, o.d, &f->now);
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(gone(f, o.d, "7", 100), 0);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_GONE);
    assert_int_equal(count(f, ROUTER_EVENT_ORDER), 1);
}

static void an_accepted_order_is_joined_while_the_driver_is_away(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    router_driver_detach(f->r, o.d, &f->now);
    assert_int_equal(disconnect(f, o.handle, &o.a), 0);
}

static void a_session_missing_in_the_snapshot_confirms_its_order(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    router_driver_detach(f->r, o.d, &f->now);
    attach(f, "openvpn", 2);
    router_driver_snapshot_end(f->r, o.d, &f->now);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_GONE);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 1);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING);
}

static void deadlines_run_on_while_the_driver_is_away(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    router_driver_detach(f->r, o.d, &f->now);
    pass(f, 10000);
    assert_int_equal(f->sent_count, 1); /* hard now, but nobody is there to be told */
    pass(f, 5000);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_FAILED);
    struct router_port_view v = port(f, 1);
    assert_int_equal(v.state, ROUTER_PORT_AWAY);
    assert_true(v.failed);
}

static void an_order_given_during_the_snapshot_follows_with_the_report(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    router_driver_detach(f->r, o.d, &f->now);
    attach(f, "openvpn", 2);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_CONNECTED);
    assert_int_equal(disconnect(f, o.handle, &o.a), -EINPROGRESS);
    assert_int_equal(f->sent_count, 0);
    connect(f, o.d, "7", 100, "alice");
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(reply(f, o.d, f->sent[0].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(o.a.result, 0);
}

static void a_shorter_deadline_after_a_change_of_configuration_comes_first(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct router_config c = test_config;
    uint32_t bob = connect(f, o.d, "8", 100, "bob");
    struct answer second;
    order(f, &o);
    c.accept_ms = 500;
    c.gone_ms = 1000;
    assert_int_equal(router_reconfigure(f->r, &c), 0);
    assert_int_equal(disconnect(f, bob, &second), -EINPROGRESS);
    pass(f, 500);
    assert_int_equal(second.result, -ETIMEDOUT);
    assert_int_equal(o.a.calls, 0); /* keeps its own */
    pass(f, 500);
    assert_int_equal(f->sent_count, 3);
    assert_string_equal(f->sent[2].id, "8");
    pass(f, 1000);
    assert_int_equal(o.a.result, -ETIMEDOUT);
    pass(f, 8000);
    assert_string_equal(f->sent[3].id, "7");
}

static void configurations_out_of_range_are_refused(void **state)
{
    struct fixture *f = *state;
    struct router_config c = test_config;
    c.max_ports = ROUTER_SLOTS_MAX;
    assert_int_equal(router_reconfigure(f->r, &c), 0);
    c.max_ports = ROUTER_SLOTS_MAX + 1;
    assert_int_equal(router_reconfigure(f->r, &c), -EINVAL);
    c.max_ports = 0;
    assert_int_equal(router_reconfigure(f->r, &c), -EINVAL);
    uint32_t *times[] = {&c.accept_ms, &c.gone_ms, &c.hard_ms, &c.unknown_ms};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        c = test_config;
        *times[i] = 0;
        assert_int_equal(router_reconfigure(f->r, &c), -EINVAL);
        *times[i] = ROUTER_DEADLINE_MAX_MS + 1;
        assert_int_equal(router_reconfigure(f->r, &c), -EINVAL);
        *times[i] = ROUTER_DEADLINE_MAX_MS;
        assert_int_equal(router_reconfigure(f->r, &c), 0);
    }
}

static void the_end_of_the_router_answers_everybody(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    pass(f, 100);
    router_free(f->r);
    f->r = NULL;
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(o.a.result, -ETIMEDOUT);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_FAILED);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->took_ms, 100);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 0); /* they live on */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(no_answer_in_time_is_a_timeout_and_the_order_stands),
        T(joining_after_the_timeout_waits_anew),
        T(not_gone_in_time_is_asked_again_the_hard_way_then_fails),
        T(a_hard_order_turns_a_polite_one_into_its_own),
        T(a_hard_order_has_no_polite_try),
        T(a_driver_that_is_away_gets_no_order),
        T(an_order_that_can_not_be_sent_has_failed),
        T(an_order_stands_over_the_drivers_absence_and_is_sent_again),
        T(an_accepted_order_is_joined_while_the_driver_is_away),
        T(a_session_missing_in_the_snapshot_confirms_its_order),
        T(deadlines_run_on_while_the_driver_is_away),
        T(an_order_given_during_the_snapshot_follows_with_the_report),
        T(a_shorter_deadline_after_a_change_of_configuration_comes_first),
        T(configurations_out_of_range_are_refused),
        T(the_end_of_the_router_answers_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
