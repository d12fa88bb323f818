/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: who is asked for and when, what counts, and how a job ends. Time is ours. */
#include "tests/router/fixture.h"

#define SESSIONS 40u

static struct router_driver *vpn;
static uint32_t handles[SESSIONS];

static uint32_t up(struct fixture *f, unsigned i, int64_t start, const char *user)
{
    char id[8];
    snprintf(id, sizeof id, "%u", i);
    return connect(f, vpn, id, start, user);
}

static int end_of(struct fixture *f, unsigned i, int64_t start)
{
    char id[8];
    snprintf(id, sizeof id, "%u", i);
    return gone(f, vpn, id, start);
}

/* Forty sessions of alice on one driver. */
static int populate(void **state)
{
    fixture_setup(state);
    struct fixture *f = *state;
    vpn = attach(f, "openvpn", SESSIONS);
    for (unsigned i = 0; i < SESSIONS; i++)
        handles[i] = up(f, i, 1, "alice");
    router_driver_snapshot_end(f->r, vpn, &f->now);
    forget(f);
    return 0;
}

static uint32_t start(struct fixture *f, const struct router_job_ask *ask)
{
    uint32_t number = 0;
    assert_int_equal(router_job_start(f->r, ask, &f->now, &number), 0);
    assert_int_not_equal(number, 0);
    return number;
}

#define START(...) start(f, &(struct router_job_ask){__VA_ARGS__})
#define ALL        .selector = {.all = true}

static struct router_job_view job(struct fixture *f, uint32_t number)
{
    struct router_job_view v = {0};
    assert_true(router_job_get(f->r, number, &f->now, &v));
    assert_true(v.confirmed + v.failed <= v.matched && v.asked <= v.matched);
    return v;
}

/* Until nothing is due at once. */
static void settle(struct fixture *f)
{
    for (int i = 0; i < 1000 && router_next_deadline(f->r) <= f->now.mono_ms; i++)
        router_tick(f->r, &f->now);
    assert_true(router_next_deadline(f->r) > f->now.mono_ms);
}

static size_t orders(const struct fixture *f)
{
    return count(f, ROUTER_EVENT_ORDER);
}

/* The port's handle has come round, and somebody else has it. */
static void a_slow_job_hits_nobody_who_has_the_handle_after_so_many_others(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(ALL, .rate = 1);
    settle(f);
    assert_int_equal(orders(f), 1);
    for (int64_t i = 0; i < ROUTER_GENERATIONS; i++) {
        assert_int_equal(end_of(f, 1, i + 1), 0);
        assert_int_equal(up(f, 1, i + 2, "bob") & ROUTER_SLOTS_MAX, handles[1] & ROUTER_SLOTS_MAX);
        forget(f);
    }
    for (int i = 0; i < 3; i++) {
        f->now.mono_ms += 1000;
        settle(f);
    }
    assert_true(f->sent_count > 0);
    for (size_t i = 0; i < f->sent_count; i++)
        assert_string_not_equal(f->sent[i].id, "1");
    assert_int_equal(job(f, n).confirmed, 1);
}

static void a_job_ends_the_sessions_that_match_in_port_order(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(ALL, .rate = ROUTER_JOB_UNLIMITED, .reason = "maintenance", .by = "olga", .keep_out = 9);
    assert_int_equal(orders(f), 0); /* the next tick begins, and it is due at once */
    assert_true(router_next_deadline(f->r) <= f->now.mono_ms);
    assert_int_equal(f->events[0].type, ROUTER_EVENT_JOB);
    assert_int_equal(f->events[0].job_view.matched, SESSIONS);
    assert_int_equal(f->events[0].job_view.state, ROUTER_JOB_RUNNING);
    assert_string_equal(f->events[0].by, "olga");
    settle(f);
    assert_int_equal(f->sent_count, SESSIONS);
    for (unsigned i = 0; i < SESSIONS; i++) {
        assert_int_equal(f->events[i + 1].type, ROUTER_EVENT_ORDER);
        assert_int_equal(f->events[i + 1].port, handles[i]);
        assert_int_equal(f->events[i + 1].job, n);
        assert_string_equal(f->events[i + 1].by, "olga");
        assert_string_equal(f->sent[i].reason, "maintenance");
        assert_false(f->sent[i].hard);
    }
    struct router_job_view v = job(f, n);
    assert_int_equal(v.state, ROUTER_JOB_RUNNING);
    assert_int_equal(v.asked, SESSIONS);
    assert_int_equal(v.confirmed, 0);
    assert_int_equal(v.keep_out, 9);
    assert_int_equal(v.ended, 0);
    f->now.mono_ms += 2500;
    f->now.wall_s += 100000; /* somebody sets the clock */
    for (unsigned i = 0; i < SESSIONS; i++)
        assert_int_equal(end_of(f, i, 1), 0);
    v = job(f, n);
    assert_int_equal(v.state, ROUTER_JOB_DONE);
    assert_int_equal(v.confirmed, SESSIONS);
    assert_int_equal(v.failed, 0);
    assert_int_equal(v.ended - v.started, 2);
    assert_int_equal(v.took_ms, 2500);
    assert_string_equal(v.reason, "maintenance");
    assert_int_equal(count(f, ROUTER_EVENT_JOB), 2);
    assert_int_equal(last(f, ROUTER_EVENT_JOB)->job_view.state, ROUTER_JOB_DONE);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->job, n);
    assert_int_equal(router_job_count(f->r), 0);
}

static void a_hard_job_leaves_out_the_polite_try(void **state)
{
    struct fixture *f = *state;
    (void)START(.selector = {.port = handles[3]}, .rate = 1, .hard = true);
    settle(f);
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].id, "3");
    assert_true(f->sent[0].hard);
    assert_string_equal(f->sent[0].reason, "");
}

static void a_job_without_a_match_is_done_at_once(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(.selector = {.user = "bob"}, .rate = 1);
    settle(f);
    assert_int_equal(job(f, n).matched, 0);
    assert_int_equal(job(f, n).state, ROUTER_JOB_DONE);
    assert_int_equal(count(f, ROUTER_EVENT_JOB), 2);
}

static void what_can_not_be_a_job_is_refused(void **state)
{
    struct fixture *f = *state;
    char text[ROUTER_TEXT_MAX + 2] = "";
    uint32_t n = 0;
    memset(text, 'x', sizeof text - 1);
    const struct router_job_ask bad[] = {
        {.rate = 1},
        {ALL},
        {.selector = {.address = "nonsense"}, .rate = 1},
        {ALL, .rate = 1, .reason = text},
        {ALL, .rate = 1, .by = text},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(router_job_start(f->r, &bad[i], &f->now, &n), -EINVAL);
    assert_int_equal(f->event_count, 0);
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
    text[ROUTER_TEXT_MAX] = '\0';
    (void)START(ALL, .rate = 1, .reason = text, .by = text);
}

/* Whatever the rate and however often time is looked at: never more than it allows, and no less. */
static void the_rate_is_kept_exactly(void **state)
{
    static const uint32_t rates[] = {1, 3, 7, 25, 200, 333, 1000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct fixture *f = *state;
        uint64_t began = f->now.mono_ms;
        uint32_t n = START(ALL, .rate = rates[i]);
        router_tick(f->r, &f->now);
        assert_int_equal(job(f, n).asked, 1);
        while (job(f, n).asked < SESSIONS) {
            uint64_t ms = f->now.mono_ms - began, due = router_next_deadline(f->r);
            assert_int_equal(job(f, n).asked, 1 + ms * rates[i] / 1000);
            /* The next one's time is told, not found out by asking again and again. */
            assert_true(due > f->now.mono_ms && due <= f->now.mono_ms + 1000u / rates[i] + 1u);
            f->now.mono_ms++;
            router_tick(f->r, &f->now);
        }
        fixture_teardown(state);
        populate(state);
    }
}

static void after_a_stall_no_more_than_a_small_burst_is_made_up_for(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(ALL, .rate = 100);
    pass(f, 0);
    assert_int_equal(job(f, n).asked, 1);
    pass(f, 3600000); /* an hour: a suspended machine */
    assert_int_equal(job(f, n).asked, 2 + 100 * ROUTER_JOB_BURST_MS / 1000);
    pass(f, 0);
    assert_int_equal(job(f, n).asked, 2 + 100 * ROUTER_JOB_BURST_MS / 1000);
    pass(f, 10);
    assert_int_equal(job(f, n).asked, 3 + 100 * ROUTER_JOB_BURST_MS / 1000);
}

static void one_turn_is_bounded_and_shared_by_all_jobs(void **state)
{
    struct fixture *f = *state;
    struct router_driver *big = attach(f, "big", 0);
    const struct router_session s = {.start = 1, .state = ROUTER_SESSION_CONNECTED};
    for (unsigned i = 0; i < 300; i++) {
        char id[8];
        struct router_session one = s;
        snprintf(id, sizeof id, "b%u", i);
        one.id = id;
        assert_int_equal(report(f, big, &one), 0);
        forget(f);
    }
    uint32_t a = START(ALL, .rate = ROUTER_JOB_UNLIMITED);
    pass(f, 0);
    assert_int_equal(job(f, a).asked, ROUTER_JOB_TURN);
    assert_true(router_next_deadline(f->r) <= f->now.mono_ms); /* and goes on after everybody's turn */
    uint32_t b = START(.selector = {.driver = "big"}, .rate = ROUTER_JOB_UNLIMITED);
    forget(f);
    pass(f, 0);
    assert_int_equal(job(f, a).asked, ROUTER_JOB_TURN + ROUTER_JOB_TURN / 2);
    assert_int_equal(job(f, b).asked, ROUTER_JOB_TURN / 2);
}

static void who_comes_to_a_port_after_the_job_began_is_not_hit(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(ALL, .rate = 10);
    for (unsigned i = 0; i < SESSIONS; i++) { /* everybody is replaced, at the same ports, by the same user */
        assert_int_equal(end_of(f, i, 1), 0);
        forget(f);
        uint32_t handle = up(f, i, 2, "alice");
        assert_int_not_equal(handle, handles[i]);
        forget(f);
    }
    settle(f);
    assert_int_equal(f->sent_count, 0);
    struct router_job_view v = job(f, n);
    assert_int_equal(v.state, ROUTER_JOB_DONE);
    assert_int_equal(v.asked, 0);
    assert_int_equal(v.confirmed, SESSIONS); /* those that were meant have gone */
    for (unsigned i = 0; i < SESSIONS; i++)
        assert_int_equal(port(f, i + 1).state, ROUTER_PORT_CONNECTED);
}

static void who_has_gone_costs_no_time_of_the_rate(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(ALL, .rate = 1);
    pass(f, 0);
    for (unsigned i = 1; i + 1 < SESSIONS; i++)
        assert_int_equal(end_of(f, i, 1), 0);
    pass(f, 1000);
    assert_int_equal(job(f, n).asked, 2);
    assert_int_equal(job(f, n).confirmed, SESSIONS - 2);
    assert_string_equal(f->sent[1].id, "39");
}

static void a_session_that_is_disconnecting_keeps_its_order(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    assert_int_equal(disconnect(f, handles[0], &a), -EINPROGRESS);
    uint64_t first = f->sent[0].order;
    uint32_t n = START(.selector = {.port = handles[0]}, .rate = 1), m = START(ALL, .rate = 1);
    pass(f, 0);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(count(f, ROUTER_EVENT_ORDER), 1);
    assert_int_equal(count(f, ROUTER_EVENT_NO_ORDER), 2);
    const struct seen *joined = last(f, ROUTER_EVENT_NO_ORDER);
    assert_int_equal(joined->job, m);
    assert_int_equal(joined->order, first);
    assert_int_equal(joined->result, 0);
    assert_int_equal(joined->port, handles[0]);
    assert_int_equal(job(f, n).asked, 1);
    assert_int_equal(end_of(f, 0, 1), 0);
    assert_int_equal(a.calls, 1);
    assert_int_equal(job(f, n).state, ROUTER_JOB_DONE);
    assert_int_equal(job(f, n).confirmed, 1);
    assert_int_equal(job(f, m).confirmed, 1);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->job, 0); /* it was not a job that gave it */
}

static void a_hard_job_hardens_an_order_that_stands(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    assert_int_equal(disconnect(f, handles[0], &a), -EINPROGRESS);
    assert_int_equal(reply(f, vpn, f->sent[0].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    uint32_t n = START(.selector = {.port = handles[0]}, .rate = 1, .hard = true);
    pass(f, 0);
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(f->sent[1].order, f->sent[0].order);
    assert_true(f->sent[1].hard);
    pass(f, 5000); /* hard_ms */
    assert_int_equal(job(f, n).failed, 1);
    assert_int_equal(job(f, n).failures[0].result, -ETIMEDOUT);
}

static void a_caller_can_join_the_order_of_a_job_and_is_answered(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    (void)START(.selector = {.port = handles[0]}, .rate = 1);
    pass(f, 0);
    assert_int_equal(disconnect(f, handles[0], &a), -EINPROGRESS);
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(reply(f, vpn, f->sent[0].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.result, 0);
    assert_int_equal(disconnect(f, handles[0], &a), 0);
}

static void each_way_to_fail_is_counted_and_noted(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(.selector = {.address = "0.0.0.0/0"}, .rate = ROUTER_JOB_UNLIMITED);
    settle(f);
    assert_int_equal(job(f, n).matched, 0); /* they have no address */
    n = START(.selector = {.user = "alice"}, .rate = ROUTER_JOB_UNLIMITED);
    settle(f);
    assert_int_equal(reply(f, vpn, f->sent[1].order, ROUTER_REPLY_REFUSED, "not today"), 0);
    assert_int_equal(reply(f, vpn, f->sent[2].order, ROUTER_REPLY_NO_SESSION, "gone"), 0);
    for (unsigned i = 3; i < SESSIONS; i++)
        assert_int_equal(end_of(f, i, 1), 0);
    assert_int_equal(job(f, n).state, ROUTER_JOB_RUNNING);
    pass(f, 10000);
    pass(f, 5000);
    struct router_job_view v = job(f, n);
    assert_int_equal(v.state, ROUTER_JOB_DONE);
    assert_int_equal(v.confirmed, SESSIONS - 2);
    assert_int_equal(v.failed, 2);
    assert_int_equal(v.failure_count, 2);
    assert_int_equal(v.failures[0].port, handles[1]);
    assert_int_equal(v.failures[0].result, -EREMOTEIO);
    assert_string_equal(v.failures[0].port_name, "openvpn-2");
    assert_string_equal(v.failures[0].user, "alice");
    assert_string_equal(v.failures[0].reason, "not today");
    assert_int_equal(v.failures[1].port, handles[0]);
    assert_int_equal(v.failures[1].result, -ETIMEDOUT);
    assert_string_equal(v.failures[1].reason, "the session was not gone in time");
}

static void an_order_that_can_not_be_sent_has_failed(void **state)
{
    struct fixture *f = *state;
    f->send_result = -EPIPE;
    uint32_t n = START(.selector = {.port = handles[0]}, .rate = 1);
    pass(f, 0);
    struct router_job_view v = job(f, n);
    assert_int_equal(v.state, ROUTER_JOB_DONE);
    assert_int_equal(v.failed, 1);
    assert_int_equal(v.failures[0].result, -ENODEV);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 1);
    assert_int_equal(count(f, ROUTER_EVENT_NO_ORDER), 0);
}

static void a_driver_that_goes_away_in_the_middle_fails_the_rest(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(ALL, .rate = 10);
    pass(f, 0);
    router_driver_detach(f->r, vpn, &f->now);
    for (unsigned i = 1; i < SESSIONS; i++)
        pass(f, 100);
    struct router_job_view v = job(f, n);
    assert_int_equal(v.asked, 1);
    assert_int_equal(v.failed, SESSIONS - 1);
    assert_int_equal(v.failures[0].result, -ENODEV);
    assert_string_equal(v.failures[0].reason, "the driver is away");
    assert_int_equal(count(f, ROUTER_EVENT_NO_ORDER), SESSIONS - 1);
    assert_int_equal(last(f, ROUTER_EVENT_NO_ORDER)->result, -ENODEV);
    assert_int_equal(v.state, ROUTER_JOB_RUNNING); /* the order that was given stands */
    pass(f, 20000);
    pass(f, 20000);
    assert_int_equal(job(f, n).failed, SESSIONS);
    assert_int_equal(job(f, n).state, ROUTER_JOB_DONE);
}

static void a_cancelled_job_gives_no_more_orders_and_waits_for_those_given(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(ALL, .rate = 1000);
    pass(f, 0);
    pass(f, 4);
    assert_int_equal(f->sent_count, 5);
    assert_int_equal(router_job_cancel(f->r, n, &f->now), 0);
    assert_int_equal(job(f, n).state, ROUTER_JOB_RUNNING);
    pass(f, 1000);
    assert_int_equal(f->sent_count, 5);
    for (unsigned i = 0; i < SESSIONS; i++)
        assert_int_equal(end_of(f, i, 1), 0);
    struct router_job_view v = job(f, n);
    assert_int_equal(v.state, ROUTER_JOB_CANCELLED);
    assert_int_equal(v.asked, 5);
    assert_int_equal(v.confirmed, 5);
    assert_int_equal(v.matched, SESSIONS);
    assert_int_equal(router_job_cancel(f->r, n, &f->now), 0); /* has ended: fine */
    assert_int_equal(router_job_cancel(f->r, n + 1, &f->now), -ENOENT);
    assert_int_equal(count(f, ROUTER_EVENT_JOB), 2);
}

static void cancelling_when_all_were_asked_for_changes_nothing(void **state)
{
    struct fixture *f = *state;
    uint32_t n = START(.selector = {.port = handles[0]}, .rate = 1);
    pass(f, 0);
    assert_int_equal(router_job_cancel(f->r, n, &f->now), 0);
    assert_int_equal(end_of(f, 0, 1), 0);
    assert_int_equal(job(f, n).state, ROUTER_JOB_DONE);
}

static void no_more_jobs_run_than_may(void **state)
{
    struct fixture *f = *state;
    uint32_t n = 0;
    for (unsigned i = 0; i < test_config.max_jobs; i++)
        n = START(.selector = {.port = handles[i]}, .rate = 1);
    assert_int_equal(router_job_count(f->r), test_config.max_jobs);
    assert_int_equal(router_job_start(f->r, &(struct router_job_ask){ALL, .rate = 1}, &f->now, &n), -EBUSY);
    assert_int_equal(router_job_cancel(f->r, n, &f->now), 0);
    (void)START(ALL, .rate = 1);
}

static void ended_jobs_are_remembered_for_ten_minutes_and_the_latest_only(void **state)
{
    struct fixture *f = *state;
    uint32_t first = START(.selector = {.user = "nobody"}, .rate = 1);
    pass(f, 0);
    pass(f, ROUTER_JOB_KEPT_MS - 1);
    assert_int_equal(job(f, first).state, ROUTER_JOB_DONE);
    assert_int_equal(router_next_deadline(f->r), f->now.mono_ms + 1);
    pass(f, 1);
    struct router_job_view v;
    assert_false(router_job_get(f->r, first, &f->now, &v));
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
    for (unsigned i = 0; i <= ROUTER_JOBS_KEPT; i++) {
        uint32_t n = START(.selector = {.user = "nobody"}, .rate = 1);
        pass(f, 0);
        forget(f);
        if (i == 0)
            first = n;
    }
    assert_false(router_job_get(f->r, first, &f->now, &v));
    assert_true(router_job_get(f->r, first + 1, &f->now, &v));
}

static void failures_beyond_the_limit_are_only_counted(void **state)
{
    struct fixture *f = *state;
    struct router_driver *big = attach(f, "big", 0);
    struct router_session s = {.start = 1, .state = ROUTER_SESSION_CONNECTED, .user = "zoe"};
    fixture_renew(f,
                  &(struct router_config){
                      .max_ports = 1100, .accept_ms = 1, .gone_ms = 1, .hard_ms = 1, .unknown_ms = 1, .max_jobs = 1});
    big = attach(f, "big", 0);
    for (unsigned i = 0; i < ROUTER_FAILURES_MAX + 5; i++) {
        char id[8];
        snprintf(id, sizeof id, "%u", i);
        s.id = id;
        assert_int_equal(report(f, big, &s), 0);
        forget(f);
    }
    router_driver_detach(f->r, big, &f->now);
    uint32_t n = START(ALL, .rate = ROUTER_JOB_UNLIMITED);
    while (router_next_deadline(f->r) <= f->now.mono_ms) {
        pass(f, 0);
        forget(f);
    }
    assert_int_equal(job(f, n).failed, ROUTER_FAILURES_MAX + 5);
    assert_int_equal(job(f, n).failure_count, ROUTER_FAILURES_MAX);
}

static void a_router_that_ends_ends_its_jobs(void **state)
{
    struct fixture *f = *state;
    (void)START(ALL, .rate = 1);
    pass(f, 0);
    (void)START(.selector = {.user = "nobody"}, .rate = 1);
    router_free(f->r);
    f->r = NULL;
    assert_int_equal(count(f, ROUTER_EVENT_JOB), 4);
    assert_int_equal(last(f, ROUTER_EVENT_JOB)->job_view.state, ROUTER_JOB_CANCELLED);
    assert_int_equal(last(f, ROUTER_EVENT_JOB)->job_view.failed, 1);
    assert_string_equal(last(f, ROUTER_EVENT_OUTCOME)->reason, "the server stops");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, populate, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_job_ends_the_sessions_that_match_in_port_order),
        T(a_slow_job_hits_nobody_who_has_the_handle_after_so_many_others),
        T(a_hard_job_leaves_out_the_polite_try),
        T(a_job_without_a_match_is_done_at_once),
        T(what_can_not_be_a_job_is_refused),
        T(the_rate_is_kept_exactly),
        T(after_a_stall_no_more_than_a_small_burst_is_made_up_for),
        T(one_turn_is_bounded_and_shared_by_all_jobs),
        T(who_comes_to_a_port_after_the_job_began_is_not_hit),
        T(who_has_gone_costs_no_time_of_the_rate),
        T(a_session_that_is_disconnecting_keeps_its_order),
        T(a_hard_job_hardens_an_order_that_stands),
        T(a_caller_can_join_the_order_of_a_job_and_is_answered),
        T(each_way_to_fail_is_counted_and_noted),
        T(an_order_that_can_not_be_sent_has_failed),
        T(a_driver_that_goes_away_in_the_middle_fails_the_rest),
        T(a_cancelled_job_gives_no_more_orders_and_waits_for_those_given),
        T(cancelling_when_all_were_asked_for_changes_nothing),
        T(no_more_jobs_run_than_may),
        T(ended_jobs_are_remembered_for_ten_minutes_and_the_latest_only),
        T(failures_beyond_the_limit_are_only_counted),
        T(a_router_that_ends_ends_its_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
