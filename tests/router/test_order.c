/* SPDX-License-Identifier: Apache-2.0 */
/* The disconnect state machine: who may ask, and what the answers mean. */
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

/* What is not in the audit log was not asked for. */
static void the_order_is_told_before_the_driver_is_asked(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(f->sent[0].events, 1);
    assert_int_equal(f->events[0].type, ROUTER_EVENT_ORDER);
    assert_int_equal(f->events[0].order, f->sent[0].order);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
}

static void nobody(void *cookie, int result)
{
    (void)cookie, (void)result;
}

static void an_order_and_its_outcome_say_who_asked_and_the_order_why(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    char by[] = "alice", reason[] = "maintenance";
    const struct router_ask ask = {.by = by, .reason = reason, .tag = 5};
    assert_int_equal(router_port_disconnect(f->r, o.handle, &ask, &f->now, nobody, NULL), -EINPROGRESS);
    memset(by, 'x', 5); /* they are ours again */
    memset(reason, 'x', 5);
    assert_string_equal(last(f, ROUTER_EVENT_ORDER)->by, "alice");
    assert_string_equal(last(f, ROUTER_EVENT_ORDER)->reason, "maintenance");
    assert_int_equal(gone(f, o.d, "7", 100), 0);
    assert_string_equal(last(f, ROUTER_EVENT_OUTCOME)->by, "alice");
    assert_string_equal(last(f, ROUTER_EVENT_OUTCOME)->reason, "hung up");
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->tag, 5);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->by, "");
}

static void handles_that_are_not_of_the_session_are_refused(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    const uint32_t bad[] = {
        0, 3, 0xfffff, 0x7fffffff, 0xffffffff, o.handle | 0x80000000u, o.handle + (1u << 20), o.handle & 0xfffff};
    struct answer a;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(disconnect(f, bad[i], &a), -EINVAL);
    assert_int_equal(disconnect(f, port(f, 2).handle, &a), -ENOTCONN);
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(f->event_count, 0);
}

static void a_handle_is_idle_after_its_session_and_stale_after_the_next_began(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct answer a;
    uint32_t idle = port(f, 2).handle;
    assert_int_equal(gone(f, o.d, "7", 100), 0);
    assert_int_equal(disconnect(f, o.handle, &a), -ENOTCONN);
    connect(f, o.d, "8", 100, "bob"); /* port 2: the oldest free one */
    assert_int_equal(disconnect(f, o.handle, &a), -ENOTCONN);
    assert_int_equal(disconnect(f, idle, &a), -EINVAL); /* got while the port was idle */
    connect(f, o.d, "9", 100, "carol");
    assert_int_equal(disconnect(f, o.handle, &a), -EINVAL);
    assert_int_equal(f->sent_count, 0);
}

static void a_second_disconnect_joins_and_both_are_answered(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct answer second, third;
    order(f, &o);
    assert_int_equal(disconnect(f, o.handle, &second), -EINPROGRESS);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(second.calls, 1);
    assert_int_equal(o.a.result, 0);
    assert_int_equal(second.result, 0);
    assert_int_equal(disconnect(f, o.handle, &third), 0);
    assert_int_equal(third.calls, 0);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(count(f, ROUTER_EVENT_ORDER), 1);
}

static void a_refusal_is_told_and_shown(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_REFUSED, "not while dancing"), 0);
    assert_int_equal(o.a.result, -EREMOTEIO);
    assert_int_equal(o.a.calls, 1);
    struct router_port_view v = port(f, 1);
    assert_int_equal(v.state, ROUTER_PORT_CONNECTED);
    assert_true(v.failed);
    assert_string_equal(v.last_error, "not while dancing");
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_REFUSED);
    assert_string_equal(last(f, ROUTER_EVENT_OUTCOME)->reason, "not while dancing");
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), -ENOENT);
    /* and one can ask again */
    order(f, &o);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_DISCONNECTING);
    assert_int_equal(gone(f, o.d, "7", 100), 0);
    assert_false(port(f, 1).failed);
    assert_string_equal(port(f, 1).last_error, "");
}

static void a_refusal_longer_than_the_limit_is_cut(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    char text[ROUTER_TEXT_MAX + 50];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    order(f, &o);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_REFUSED, text), 0);
    assert_int_equal(strlen(port(f, 1).last_error), ROUTER_TEXT_MAX);
}

static void a_session_that_is_not_there_any_more_frees_the_port(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_NO_SESSION, NULL), 0);
    assert_int_equal(o.a.result, 0);
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_NO_SESSION);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 1);
    assert_int_equal(gone(f, o.d, "7", 100), -ENOENT);
}

static void gone_before_the_reply_answers_the_waiter(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(gone(f, o.d, "7", 100), 0);
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(o.a.result, 0);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), -ENOENT);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 1);
}

static void another_drivers_answer_is_refused(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct router_driver *other = attach(f, "charon", 1);
    order(f, &o);
    assert_int_equal(reply(f, other, o.order, ROUTER_REPLY_NO_SESSION, NULL), -ENOENT);
    assert_int_equal(reply(f, o.d, o.order + 1, ROUTER_REPLY_ACCEPTED, NULL), -ENOENT);
    assert_int_equal(reply(f, o.d, 0, ROUTER_REPLY_ACCEPTED, NULL), -ENOENT);
    assert_int_equal(reply(f, o.d, o.order, (enum router_reply)77, NULL), -EINVAL);
    assert_int_equal(o.a.calls, 0);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_DISCONNECTING);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(o.a.calls, 1);
}

static void the_order_of_a_session_driver_goes_to_that_sessions_channel(void **state)
{
    struct fixture *f = *state;
    struct router_driver *pool = attach_pool(f, "l2tp", 0);
    int first, second;
    attach_pool(f, "l2tp", 0);
    struct router_session s = {.id = "pppd:1", .start = 5, .state = ROUTER_SESSION_CONNECTED, .user = "alice"};
    assert_int_equal(router_session_report(f->r, pool, &first, &s, &f->now), 0);
    s.id = "pppd:2";
    assert_int_equal(router_session_report(f->r, pool, &second, &s, &f->now), 0);
    struct answer a;
    assert_int_equal(disconnect(f, port_of(f, "pppd:2").handle, &a), -EINPROGRESS);
    assert_ptr_equal(f->sent[0].channel, &second);
    assert_string_equal(f->sent[0].id, "pppd:2");
    assert_int_equal(gone(f, pool, "pppd:2", 5), 0);
    assert_int_equal(a.result, 0);
}

static void an_order_follows_its_session_to_another_channel(void **state)
{
    struct fixture *f = *state;
    struct router_driver *pool = attach_pool(f, "l2tp", 0);
    int first, second;
    struct router_session s = {.id = "pppd:1", .start = 5, .state = ROUTER_SESSION_CONNECTED, .user = "alice"};
    struct answer a;
    assert_int_equal(router_session_report(f->r, pool, &first, &s, &f->now), 0);
    assert_int_equal(disconnect(f, port_of(f, "pppd:1").handle, &a), -EINPROGRESS);
    assert_int_equal(router_session_report(f->r, pool, &first, &s, &f->now), 0);
    assert_int_equal(f->sent_count, 1); /* nothing new */
    assert_int_equal(router_session_report(f->r, pool, &second, &s, &f->now), 0);
    assert_int_equal(f->sent_count, 2);
    assert_ptr_equal(f->sent[1].channel, &second);
    assert_int_equal(f->sent[1].order, f->sent[0].order);
    assert_int_equal(reply(f, pool, f->sent[1].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(a.result, 0);
}

static void another_start_under_the_same_id_confirms_the_order(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    order(f, &o);
    uint32_t carol = connect(f, o.d, "7", 200, "carol");
    assert_int_equal(o.a.calls, 1);
    assert_int_equal(o.a.result, 0);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_GONE);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->start, 100);
    struct router_port_view v;
    assert_true(router_port_get(f->r, carol, &f->now, &v));
    assert_int_equal(v.state, ROUTER_PORT_CONNECTED);
    assert_int_equal(f->sent_count, 1);
}

static void a_reason_of_the_limit_is_taken_and_a_longer_one_refused(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    char text[ROUTER_TEXT_MAX + 2];
    struct router_ask question = {.reason = text};
    memset(text, 'x', sizeof text);
    text[ROUTER_TEXT_MAX + 1] = '\0';
    assert_int_equal(router_port_disconnect(f->r, o.handle, &question, &f->now, NULL, NULL), -EINVAL);
    text[ROUTER_TEXT_MAX] = '\0';
    f->send_result = -EPIPE; /* so that nobody waits */
    assert_int_equal(router_port_disconnect(f->r, o.handle, &question, &f->now, NULL, NULL), -ENODEV);
}

static void authenticating_sessions_can_be_disconnected(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    const enum router_session_state states[] = {ROUTER_SESSION_CONNECTING, ROUTER_SESSION_AUTHENTICATING,
                                                ROUTER_SESSION_CALLING_BACK, ROUTER_SESSION_DISCONNECTING};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct router_session s = {.id = "9", .start = 5, .state = states[i]};
        assert_int_equal(report(f, o.d, &s), 0);
        assert_int_equal(disconnect(f, port_of(f, "9").handle, &o.a), -EINPROGRESS);
        assert_int_equal(gone(f, o.d, "9", 5), 0);
        assert_int_equal(o.a.result, 0);
    }
}

/* A callback that asks again at once, as a server does that works through a list. */
struct chain {
    struct fixture *f;
    uint32_t next;
    struct answer answer, second;
    int result;
};

static void on_chain_second(void *cookie, int result)
{
    struct chain *c = cookie;
    c->second.calls++;
    c->second.result = result;
}

static void on_chain(void *cookie, int result)
{
    struct chain *c = cookie;
    struct router_port_view v;
    const struct router_ask question = {0};
    c->answer.calls++;
    c->answer.result = result;
    assert_true(router_port_at(c->f->r, 1, &c->f->now, &v));
    c->result = router_port_disconnect(c->f->r, c->next, &question, &c->f->now, on_chain_second, c);
    router_tick(c->f->r, &c->f->now);
}

static void answers_may_call_the_router(void **state)
{
    struct fixture *f = *state;
    struct one o = one_session(f);
    struct chain c[2] = {{.f = f}, {.f = f}};
    const struct router_ask question = {0};
    c[0].next = c[1].next = connect(f, o.d, "8", 100, "bob");
    for (int i = 0; i < 2; i++)
        assert_int_equal(router_port_disconnect(f->r, o.handle, &question, &f->now, on_chain, &c[i]), -EINPROGRESS);
    assert_int_equal(reply(f, o.d, f->sent[0].order, ROUTER_REPLY_NO_SESSION, NULL), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(c[i].answer.calls, 1);
        assert_int_equal(c[i].answer.result, 0);
        assert_int_equal(c[i].result, -EINPROGRESS);
        assert_int_equal(c[i].second.calls, 0);
    }
    assert_int_equal(gone(f, o.d, "8", 100), 0);
    assert_int_equal(c[0].second.calls, 1);
    assert_int_equal(c[1].second.calls, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_disconnect_runs_from_order_to_confirmation),
        T(the_order_is_told_before_the_driver_is_asked),
        T(an_order_and_its_outcome_say_who_asked_and_the_order_why),
        T(handles_that_are_not_of_the_session_are_refused),
        T(a_handle_is_idle_after_its_session_and_stale_after_the_next_began),
        T(a_second_disconnect_joins_and_both_are_answered),
        T(a_refusal_is_told_and_shown),
        T(a_refusal_longer_than_the_limit_is_cut),
        T(a_session_that_is_not_there_any_more_frees_the_port),
        T(gone_before_the_reply_answers_the_waiter),
        T(another_drivers_answer_is_refused),
        T(the_order_of_a_session_driver_goes_to_that_sessions_channel),
        T(an_order_follows_its_session_to_another_channel),
        T(another_start_under_the_same_id_confirms_the_order),
        T(a_reason_of_the_limit_is_taken_and_a_longer_one_refused),
        T(authenticating_sessions_can_be_disconnected),
        T(answers_may_call_the_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
