/* SPDX-License-Identifier: Apache-2.0 */
/* When a registration asks, gives up and connects again: with a clock of the test's own, so that hours pass at once. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_journal.h"
#include "libmprapi/deadline.h"
#include "libmprapi/notifier.h"

#define PATIENCE_MS 30000
#define CONNECT_MS  5000u
#define CALL_MS     30000u

struct rig {
    struct fake_journal journal;
    struct fake_server *server;
    struct pool *pool;
    struct notifier *n;
    uint64_t now;
};

static void rig_start(struct rig *r, const struct fake_config *config)
{
    struct fake_config c = *config;
    struct binding b = {.transport = TRANSPORT_UNIX};
    struct association *a;
    journal_init(&r->journal);
    c.rrasx = &r->journal.backend;
    r->server = fake_start(&c);
    r->now = deadline_in(3600000); /* the timer does not go off by itself */
    assert_true(strlen(fake_path(r->server)) < sizeof b.endpoint);
    memcpy(b.endpoint, fake_path(r->server), strlen(fake_path(r->server)) + 1);
    r->pool = pool_new(&b, &(struct pool_limits){CONNECT_MS, CALL_MS});
    assert_non_null(r->pool);
    assert_int_equal(notifier_new(&r->n), 0);
    assert_int_equal(pool_take_watch(r->pool, deadline_in(CONNECT_MS), &a), NO_ERROR);
    const struct watch_point from = {r->journal.run, 0};
    assert_int_equal(notifier_add(r->n, r->pool, a, &from, r->now), NO_ERROR);
}

static void rig_stop(struct rig *r)
{
    notifier_close(r->n);
    notifier_unref(r->n);
    pool_unref(r->pool);
    fake_stop(r->server);
    journal_clear(&r->journal);
}

static void turn_once(struct rig *r)
{
    struct pollfd p = {.fd = notifier_fd(r->n), .events = POLLIN};
    (void)poll(&p, 1, 1);
    notifier_turn(r->n, r->now);
}

/* Turns until the counter has come so far; no time passes. */
static void turn_until(struct rig *r, unsigned (*counter)(struct rig *r), unsigned count)
{
    uint64_t end = deadline_in(PATIENCE_MS);
    while (counter(r) < count) {
        assert_true(deadline_left(end) > 0);
        turn_once(r);
    }
}

static unsigned asked(struct rig *r)
{
    return fake_requests(r->server);
}

static void turn_until_asked(struct rig *r, unsigned count)
{
    turn_until(r, asked, count);
}

static unsigned signalled(struct rig *r)
{
    return notifier_take(r->n);
}

static void turn_until_signalled(struct rig *r)
{
    turn_until(r, signalled, 1);
}

static unsigned connected(struct rig *r)
{
    return fake_connections(r->server);
}

static void turn_until_connected(struct rig *r, unsigned count)
{
    turn_until(r, connected, count);
}

static unsigned alone(struct rig *r)
{
    return fake_open_connections(r->server) == 0;
}

/* Turns until the server has no connection; no time passes. */
static void turn_until_lost(struct rig *r)
{
    turn_until(r, alone, 1);
}

/* Whatever could go wrong has had its chance, and the server has seen it: its thread looks at sockets first. */
static void turn_often(struct rig *r)
{
    for (unsigned i = 0; i < 20; i++)
        turn_once(r);
    (void)fake_open_connections(r->server);
}

static void questions_keep_their_pace_whatever_is_answered(void **state)
{
    struct rig r;
    (void)state;
    rig_start(&r, &(struct fake_config){.n_ports = 1});
    turn_until_asked(&r, 1);
    journal_lies(r.server, &r.journal, JOURNAL_EMPTY_AT_ONCE);
    for (unsigned i = 1; i < 20; i++) {
        turn_often(&r);
        assert_int_equal(fake_requests(r.server), i);
        r.now += WATCH_PACE_MS - 1;
        turn_often(&r);
        assert_int_equal(fake_requests(r.server), i);
        r.now += 1;
        turn_until_asked(&r, i + 1);
    }
    assert_false(notifier_take(r.n));
    rig_stop(&r);
}

/* Who holds his answer, as he is asked to, is asked again with the turn that reads it. */
static void an_answer_that_keeps_the_pace_has_the_next_question_at_once(void **state)
{
    struct rig r;
    (void)state;
    rig_start(&r, &(struct fake_config){.n_ports = 1});
    turn_until_asked(&r, 1);
    assert_true(r.journal.asked_gather_ms > WATCH_PACE_MS);
    for (unsigned i = 1; i < 20; i++) {
        r.now += WATCH_PACE_MS;
        journal_tell(r.server, &r.journal, OPENRRAS_EVENT_SESSION_UP);
        turn_until_signalled(&r);
        turn_until_asked(&r, i + 1);
    }
    rig_stop(&r);
}

static bool is_readable(const struct rig *r)
{
    struct pollfd p = {.fd = notifier_fd(r->n), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void a_signal_that_nobody_has_taken_is_shown_by_the_descriptor(void **state)
{
    struct rig r;
    (void)state;
    rig_start(&r, &(struct fake_config){.n_ports = 1});
    turn_until_asked(&r, 1);
    r.now += WATCH_PACE_MS;
    journal_tell(r.server, &r.journal, OPENRRAS_EVENT_SESSION_UP);
    turn_until_asked(&r, 2); /* so the answer is read */
    assert_false(is_readable(&r));
    notifier_leave(r.n);
    notifier_leave(r.n);
    assert_true(is_readable(&r));
    assert_true(notifier_take(r.n));
    assert_false(is_readable(&r));
    notifier_leave(r.n);
    assert_false(is_readable(&r));
    rig_stop(&r);
}

static void pauses_grow_while_the_server_refuses_and_begin_anew_after_a_good_answer(void **state)
{
    struct rig r;
    unsigned n = 1;
    (void)state;
    rig_start(&r, &(struct fake_config){.n_ports = 1});
    turn_until_asked(&r, n);
    journal_lies(r.server, &r.journal, JOURNAL_REFUSES);
    fake_drop_connections(r.server);
    turn_often(&r); /* the end can be seen at once */
    for (uint32_t pause = WATCH_PAUSE_MIN_MS; pause < 4 * WATCH_PAUSE_MAX_MS; pause *= 2) {
        uint32_t expected = pause < WATCH_PAUSE_MAX_MS ? pause : WATCH_PAUSE_MAX_MS;
        turn_until_lost(&r);
        r.now += expected - 1;
        turn_often(&r);
        assert_int_equal(fake_open_connections(r.server), 0);
        assert_int_equal(fake_requests(r.server), n);
        r.now += 1;
        turn_until_asked(&r, ++n);
    }
    turn_until_lost(&r);
    turn_until_signalled(&r);
    journal_lies(r.server, &r.journal, JOURNAL_HONEST);
    r.now += WATCH_PAUSE_MAX_MS;
    turn_until_asked(&r, ++n);
    journal_tell(r.server, &r.journal, OPENRRAS_EVENT_SESSION_UP);
    turn_until_signalled(&r);
    r.now += WATCH_PACE_MS;
    turn_until_asked(&r, ++n);
    fake_drop_connections(r.server);
    turn_often(&r);
    r.now += WATCH_PAUSE_MIN_MS;
    turn_until_asked(&r, ++n);
    rig_stop(&r);
}

static void a_server_that_does_not_answer_is_given_up_with_the_time(void **state)
{
    struct rig r;
    (void)state;
    rig_start(
        &r, &(struct fake_config){.n_ports = 1, .script = {NEVER_ANSWERS_CALLS, NEVER_ANSWERS, POLITE}, .n_script = 3});
    turn_until_asked(&r, 1);
    r.now += OPENRRAS_EVENT_WAIT_MAX_MS + CALL_MS - 1;
    turn_often(&r);
    r.now += 1;
    turn_often(&r); /* given up */
    r.now += WATCH_PAUSE_MIN_MS;
    turn_until_connected(&r, 2); /* to one that does not even bind */
    r.now += CONNECT_MS - 1;
    turn_often(&r);
    assert_int_equal(fake_connections(r.server), 2);
    r.now += 1;
    turn_often(&r);
    r.now += 2 * WATCH_PAUSE_MIN_MS;
    turn_until_asked(&r, 2);
    assert_int_equal(fake_connections(r.server), 3);
    journal_tell(r.server, &r.journal, OPENRRAS_EVENT_SESSION_UP);
    turn_until_signalled(&r);
    rig_stop(&r);
}

static void who_talks_without_being_asked_is_not_listened_to(void **state)
{
    struct rig r;
    (void)state;
    rig_start(&r, &(struct fake_config){.n_ports = 1});
    turn_until_asked(&r, 1);
    journal_tell(r.server, &r.journal, OPENRRAS_EVENT_SESSION_UP);
    turn_until_signalled(&r);
    assert_int_equal(fake_connections(r.server), 1);
    fake_say(r.server, "noise", 5); /* between two questions */
    turn_often(&r);
    r.now += WATCH_PAUSE_MIN_MS;
    turn_until_connected(&r, 2);
    turn_until_asked(&r, 2);
    assert_false(notifier_take(r.n));
    rig_stop(&r);
}

static void nobody_registers_with_what_is_closed(void **state)
{
    struct rig r;
    struct association *a;
    (void)state;
    rig_start(&r, &(struct fake_config){.n_ports = 1});
    const struct watch_point from = {r.journal.run, 0};
    assert_true(notifier_remove(r.n, r.pool));
    assert_false(notifier_remove(r.n, r.pool));
    pool_close(r.pool);
    assert_int_equal(pool_take_watch(r.pool, deadline_in(CONNECT_MS), &a), NO_ERROR);
    assert_int_equal(notifier_add(r.n, r.pool, a, &from, r.now), RPC_S_INVALID_BINDING);
    notifier_close(r.n);
    assert_int_equal(notifier_add(r.n, r.pool, a, &from, r.now), ERROR_INVALID_PARAMETER);
    pool_end_watch(r.pool, a);
    rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_keep_their_pace_whatever_is_answered),
        cmocka_unit_test(an_answer_that_keeps_the_pace_has_the_next_question_at_once),
        cmocka_unit_test(a_signal_that_nobody_has_taken_is_shown_by_the_descriptor),
        cmocka_unit_test(pauses_grow_while_the_server_refuses_and_begin_anew_after_a_good_answer),
        cmocka_unit_test(a_server_that_does_not_answer_is_given_up_with_the_time),
        cmocka_unit_test(who_talks_without_being_asked_is_not_listened_to),
        cmocka_unit_test(nobody_registers_with_what_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
