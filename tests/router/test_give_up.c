/* SPDX-License-Identifier: Apache-2.0 */
/* A driver that is away and is forgotten with the sessions that it still has: what is told of them, and to whom. */
#include "tests/router/fixture.h"

static int give_up(struct fixture *f, const char *name, const char *instance, uint32_t *lost)
{
    return router_driver_give_up(f->r, name, instance, "olga", &f->now, lost);
}

static uint32_t give_up_vpn(struct fixture *f)
{
    uint32_t lost = 77;
    assert_int_equal(give_up(f, "openvpn", "main", &lost), 0);
    return lost;
}

/* Two sessions, and one of another driver. */
static struct router_driver *populate(struct fixture *f)
{
    struct router_driver *vpn = attach(f, "openvpn", 3), *ike = attach(f, "charon", 1);
    connect(f, vpn, "1", 100, "alice");
    connect(f, ike, "9", 100, "carol");
    connect(f, vpn, "2", 100, "bob");
    router_driver_snapshot_end(f->r, vpn, &f->now);
    router_driver_snapshot_end(f->r, ike, &f->now);
    forget(f);
    return vpn;
}

static void its_sessions_are_told_as_lost_and_by_whom(void **state)
{
    struct fixture *f = *state;
    struct router_port_view v;
    struct router_totals t;
    struct router_driver *vpn = populate(f);
    const struct router_counters counters = {.bytes_out = 5};
    uint32_t alice = port_of(f, "1").handle;
    struct answer a;
    assert_int_equal(router_session_counters(f->r, vpn, "2", 100, &counters, &f->now), 0);
    router_driver_detach(f->r, vpn, &f->now);
    forget(f);
    assert_int_equal(give_up_vpn(f), 2);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 2);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 2);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 0);
    assert_int_equal(f->events[0].outcome, ROUTER_OUTCOME_LOST);
    assert_string_equal(f->events[0].user, "alice");
    const struct seen *gone = last(f, ROUTER_EVENT_SESSION_GONE);
    assert_int_equal(gone->outcome, ROUTER_OUTCOME_LOST);
    assert_string_equal(gone->reason, ROUTER_GIVEN_UP);
    assert_string_equal(gone->by, "olga");
    assert_string_equal(gone->user, "bob");
    assert_int_equal(gone->counters.bytes_out, 5);
    assert_false(gone->counters_final);
    router_get_totals(f->r, &t);
    assert_int_equal(t.ports, 1);
    assert_int_equal(t.ports_in_use, 1);
    assert_int_equal(t.connections, 1);
    assert_false(router_port_get(f->r, alice, &f->now, &v));
    assert_int_equal(disconnect(f, alice, &a), -EINVAL);
    assert_int_equal(sessions_of(f, "alice"), 0);
    assert_int_equal(sessions_of(f, "carol"), 1); /* of the other driver */
    assert_int_equal(router_drivers(f->r, NULL, 0), 1);
}

static void a_session_that_ends_by_itself_is_not_lost(void **state)
{
    struct fixture *f = *state;
    struct router_driver *vpn = populate(f);
    gone(f, vpn, "1", 100);
    assert_int_not_equal(last(f, ROUTER_EVENT_SESSION_GONE)->outcome, ROUTER_OUTCOME_LOST);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->by, "");
}

static void one_that_is_there_is_never_given_up(void **state)
{
    struct fixture *f = *state;
    uint32_t lost = 77;
    struct router_driver *vpn = populate(f), *pool = attach_pool(f, "l2tp", 2);
    assert_ptr_equal(attach_pool(f, "l2tp", 2), pool); /* two channels */
    connect(f, pool, "5", 100, "dora");
    forget(f);
    assert_int_equal(give_up(f, "openvpn", "main", &lost), -EBUSY);
    assert_int_equal(give_up(f, "openvpn", "other", &lost), -ENOENT);
    router_driver_detach(f->r, pool, &f->now);
    assert_int_equal(give_up(f, "pppd", "l2tp", &lost), -EBUSY);
    assert_int_equal(f->event_count, 0);
    assert_int_equal(lost, 77);
    assert_int_equal(sessions_of(f, "alice") + sessions_of(f, "dora"), 2);
    router_driver_detach(f->r, pool, &f->now);
    assert_int_equal(give_up(f, "pppd", "l2tp", &lost), 0);
    assert_int_equal(lost, 1);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->user, "dora");
    pass(f, test_config.unknown_ms * 2u); /* nobody waits for her any more */
    assert_true(router_driver_is_up(vpn));
}

static void without_sessions_it_is_as_forgetting(void **state)
{
    struct fixture *f = *state;
    struct router_driver *vpn = attach(f, "openvpn", 3);
    router_driver_detach(f->r, vpn, &f->now);
    forget(f);
    assert_int_equal(give_up_vpn(f), 0);
    assert_int_equal(f->event_count, 0);
    assert_int_equal(router_drivers(f->r, NULL, 0), 0);
}

static void an_order_that_stands_ends_without_a_lie(void **state)
{
    struct fixture *f = *state;
    struct router_totals t;
    struct one o = one_session(f);
    order(f, &o);
    assert_int_equal(reply(f, o.d, o.order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    router_driver_detach(f->r, o.d, &f->now);
    forget(f);
    assert_int_equal(give_up_vpn(f), 1);
    const struct seen *outcome = last(f, ROUTER_EVENT_OUTCOME);
    assert_int_equal(outcome->order, o.order);
    assert_int_equal(outcome->outcome, ROUTER_OUTCOME_LOST);
    assert_string_equal(outcome->reason, ROUTER_GIVEN_UP);
    router_get_totals(f->r, &t);
    assert_int_equal(t.orders_failed, 1);
    assert_int_equal(t.orders_confirmed, 0);
    assert_int_equal(o.a.calls, 1);
    forget(f);
    pass(f, 60000); /* no deadline of it is left */
    assert_int_equal(f->event_count, 0);
}

/* ---- jobs ---- */

static uint32_t start(struct fixture *f, uint32_t rate)
{
    const struct router_job_ask ask = {.selector = {.all = true}, .rate = rate, .by = "olga"};
    uint32_t number = 0;
    assert_int_equal(router_job_start(f->r, &ask, &f->now, &number), 0);
    return number;
}

static struct router_job_view job(struct fixture *f, uint32_t number)
{
    struct router_job_view v = {0};
    assert_true(router_job_get(f->r, number, &f->now, &v));
    return v;
}

static void a_job_that_waits_for_them_ends_with_failures(void **state)
{
    struct fixture *f = *state;
    struct router_driver *vpn = populate(f);
    uint32_t n = start(f, ROUTER_JOB_UNLIMITED);
    pass(f, 0);
    assert_int_equal(f->sent_count, 3);
    router_driver_detach(f->r, vpn, &f->now);
    assert_int_equal(give_up_vpn(f), 2);
    assert_int_equal(job(f, n).state, ROUTER_JOB_RUNNING); /* carol's has not ended */
    struct router_job_view v = job(f, n);
    assert_int_equal(v.failed, 2);
    assert_int_equal(v.confirmed, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(v.failures[i].result, -ENODEV);
        assert_string_equal(v.failures[i].reason, ROUTER_GIVEN_UP);
    }
    assert_int_equal(router_job_cancel(f->r, n, &f->now), 0);
}

static void a_job_that_has_not_come_to_them_does_not_take_them_for_gone(void **state)
{
    struct fixture *f = *state;
    struct router_driver *vpn = populate(f);
    uint32_t dora = connect(f, attach(f, "ocserv", 1), "4", 100, "dora");
    uint32_t n = start(f, 1);
    pass(f, 0); /* alice was asked for */
    assert_int_equal(f->sent_count, 1);
    router_driver_detach(f->r, vpn, &f->now);
    forget(f);
    assert_int_equal(give_up_vpn(f), 2);
    assert_int_equal(job(f, n).failed, 2);
    assert_int_equal(job(f, n).confirmed, 0);
    assert_int_equal(count(f, ROUTER_EVENT_NO_ORDER), 1);
    const struct seen *no = last(f, ROUTER_EVENT_NO_ORDER);
    assert_string_equal(no->user, "bob");
    assert_int_equal(no->result, -ENODEV);
    assert_string_equal(no->reason, ROUTER_GIVEN_UP);
    pass(f, 1000);
    pass(f, 1000);
    assert_int_equal(f->sent_count, 2); /* the others are, each once and in port order */
    assert_string_equal(f->sent[0].id, "9");
    assert_string_equal(f->sent[1].id, "4");
    assert_int_equal(last(f, ROUTER_EVENT_ORDER)->port, dora);
    assert_int_equal(job(f, n).asked, 3);
    assert_int_equal(job(f, n).matched, 4);
}

static void a_job_whose_last_sessions_they_were_is_done(void **state)
{
    struct fixture *f = *state;
    struct router_driver *vpn = attach(f, "openvpn", 3);
    connect(f, vpn, "1", 100, "alice");
    connect(f, vpn, "2", 100, "bob");
    uint32_t asked = start(f, 1), waiting = start(f, 1);
    pass(f, 0); /* both jobs are behind alice */
    uint32_t untouched = start(f, 1);
    router_driver_detach(f->r, vpn, &f->now);
    forget(f);
    assert_int_equal(give_up_vpn(f), 2);
    assert_int_equal(count(f, ROUTER_EVENT_JOB), 3);
    assert_int_equal(job(f, asked).state, ROUTER_JOB_DONE);
    assert_int_equal(job(f, waiting).state, ROUTER_JOB_DONE);
    assert_int_equal(job(f, waiting).failed, 2);
    assert_int_equal(job(f, untouched).state, ROUTER_JOB_DONE);
    assert_int_equal(job(f, untouched).failed, 2);
    forget(f);
    pass(f, 5000);
    assert_int_equal(f->event_count, 0);
}

/* ---- later ---- */

static void when_it_comes_back_its_sessions_are_new_ones(void **state)
{
    struct fixture *f = *state;
    struct router_driver *vpn = populate(f);
    uint32_t handle = port_of(f, "1").handle, connection = port_of(f, "1").connection;
    struct answer a;
    router_driver_detach(f->r, vpn, &f->now);
    assert_int_equal(give_up_vpn(f), 2);
    forget(f);
    vpn = attach(f, "openvpn", 3);
    uint32_t again = connect(f, vpn, "1", 100, "alice"); /* the same in all that the driver says */
    router_driver_snapshot_end(f->r, vpn, &f->now);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_UP), 1);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 0); /* bob is not missed */
    assert_int_not_equal(again, handle);
    assert_int_not_equal(port_of(f, "1").connection, connection);
    assert_int_equal(disconnect(f, handle, &a), -EINVAL);
    assert_int_equal(disconnect(f, again, &a), -EINPROGRESS);
    assert_int_equal(gone(f, vpn, "1", 100), 0);
    assert_int_equal(a.calls, 1);
}

static void a_link_of_another_instance_keeps_the_connection(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d[2];
    struct router_totals t;
    for (size_t i = 0; i < 2; i++) {
        const struct router_driver_info info = {.kind = ROUTER_DRIVER_DAEMON,
                                                .name = "openvpn",
                                                .instance = i == 0 ? "main" : "spare",
                                                .device_type = "vpn",
                                                .ports = 1};
        const struct router_session s = {
            .id = i == 0 ? "1" : "2", .start = 100, .state = ROUTER_SESSION_CONNECTED, .user = "alice", .bundle = "b"};
        assert_int_equal(router_driver_attach(f->r, &info, &f->now, &d[i]), 0);
        assert_int_equal(report(f, d[i], &s), 0);
        router_driver_snapshot_end(f->r, d[i], &f->now);
    }
    assert_int_equal(port_of(f, "1").connection, port_of(f, "2").connection);
    router_driver_detach(f->r, d[0], &f->now);
    forget(f);
    assert_int_equal(give_up_vpn(f), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 0);
    router_get_totals(f->r, &t);
    assert_int_equal(t.connections, 1);
    assert_int_equal(port_of(f, "2").state, ROUTER_PORT_CONNECTED);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(its_sessions_are_told_as_lost_and_by_whom),
        T(a_session_that_ends_by_itself_is_not_lost),
        T(one_that_is_there_is_never_given_up),
        T(without_sessions_it_is_as_forgetting),
        T(an_order_that_stands_ends_without_a_lie),
        T(a_job_that_waits_for_them_ends_with_failures),
        T(a_job_that_has_not_come_to_them_does_not_take_them_for_gone),
        T(a_job_whose_last_sessions_they_were_is_done),
        T(when_it_comes_back_its_sessions_are_new_ones),
        T(a_link_of_another_instance_keeps_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
