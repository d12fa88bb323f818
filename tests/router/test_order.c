/* SPDX-License-Identifier: Apache-2.0 */
/* The disconnect state machine, one rule a test. */
#include "tests/router/fixture.h"

static void a_disconnect_runs_from_order_to_confirmation(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    uint32_t h = connect(f, d, "7", 100, "alice");
    struct answer a;
    forget(f);
    assert_int_equal(disconnect(f, h, &a), -EINPROGRESS);
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].id, "7");
    assert_int_equal(f->sent[0].start, 100);
    assert_string_equal(f->sent[0].reason, "maintenance");
    assert_int_equal(f->sent[0].deadline_ms, 10000);
    assert_false(f->sent[0].hard);
    assert_int_equal(f->events[0].type, ROUTER_EVENT_ORDER);
    assert_int_equal(f->events[0].tag, 77);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_DISCONNECTING);
    assert_int_equal(a.calls, 0);

    f->now.mono_ms += 30;
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.result, 0);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_DISCONNECTING);

    f->now.mono_ms += 70;
    assert_int_equal(gone(f, d, "7", 100), 0);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING);
    const struct seen *outcome = last(f, ROUTER_EVENT_OUTCOME);
    assert_int_equal(outcome->outcome, ROUTER_OUTCOME_GONE);
    assert_int_equal(outcome->told, ROUTER_TOLD_YES);
    assert_int_equal(outcome->took_ms, 100);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 1);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 1);
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(a_disconnect_runs_from_order_to_confirmation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
