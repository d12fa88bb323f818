/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and quarantine: who is asked, what answers come to, and what stays when nobody answers. */
#include "router/errand.h"
#include "tests/router/fixture.h"

#define BOTH (ROUTER_CAN_MESSAGE | ROUTER_CAN_QUARANTINE)

static void on_done(void *cookie, int result)
{
    struct answer *a = cookie;
    a->calls++;
    a->result = result;
}

static int message(struct fixture *f, uint32_t connection, const char *text, struct answer *a)
{
    *a = (struct answer){0};
    return router_message(f->r, connection, text, &f->now, on_done, a);
}

static int quarantine(struct fixture *f, uint32_t connection, bool on, struct answer *a)
{
    *a = (struct answer){0};
    return router_quarantine(f->r, connection, on, "root", &f->now, on_done, a);
}

static uint32_t come(struct fixture *f, struct router_driver *d, const char *id, uint8_t can, const char *bundle)
{
    const struct router_session s = {
        .id = id, .start = 100, .state = ROUTER_SESSION_CONNECTED, .user = "alice", .can = can, .bundle = bundle};
    assert_int_equal(report(f, d, &s), 0);
    return port_of(f, id).connection;
}

static bool in_quarantine(struct fixture *f, uint32_t connection)
{
    struct router_connection_view v;
    struct router_connection *c = router_connection_get(f->r, connection);
    assert_non_null(c);
    router_connection_view(f->r, c, &f->now, &v);
    router_connection_unref(f->r, c);
    return v.quarantined;
}

static int answer_last(struct fixture *f, enum router_reply reply)
{
    const struct sent_errand *s = &f->errands[f->errand_count - 1];
    return router_errand_reply(f->r, s->channel, s->order, reply);
}

static void a_message_goes_to_the_session_and_its_answer_to_the_asker(void **state)
{
    struct fixture *f = *state;
    static struct answer a; /* the end of the router answers, too */
    struct router_driver *d = attach(f, "openvpn", 2);
    uint32_t c = come(f, d, "7", BOTH, NULL);
    assert_int_equal(message(f, c, "down at 6", &a), -EINPROGRESS);
    assert_int_equal(f->errand_count, 1);
    assert_string_equal(f->errands[0].id, "7");
    assert_string_equal(f->errands[0].text, "down at 6");
    assert_int_equal(f->errands[0].start, 100);
    assert_int_equal(f->errands[0].kind, ROUTER_ERRAND_MESSAGE);
    assert_int_equal(a.calls, 0);
    assert_int_equal(answer_last(f, ROUTER_REPLY_ACCEPTED), 0);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.result, 0);
    assert_int_equal(answer_last(f, ROUTER_REPLY_ACCEPTED), -ENOENT);
    assert_int_equal(a.calls, 1);
}

static void what_the_driver_says_is_what_the_asker_hears(void **state)
{
    struct fixture *f = *state;
    static struct answer a; /* the end of the router answers, too */
    uint32_t c = come(f, attach(f, "openvpn", 2), "7", BOTH, NULL);
    assert_int_equal(message(f, c, "x", &a), -EINPROGRESS);
    assert_int_equal(answer_last(f, ROUTER_REPLY_REFUSED), 0);
    assert_int_equal(a.result, -EREMOTEIO);
    assert_int_equal(message(f, c, "x", &a), -EINPROGRESS);
    assert_int_equal(answer_last(f, ROUTER_REPLY_NO_SESSION), 0);
    assert_int_equal(a.result, -ENOTCONN);
    assert_int_equal(message(f, c, "x", &a), -EINPROGRESS);
    pass(f, 1999);
    assert_int_equal(a.calls, 0);
    assert_true(router_next_deadline(f->r) == f->now.mono_ms + 1);
    pass(f, 1);
    assert_int_equal(a.result, -ETIMEDOUT);
    assert_int_equal(answer_last(f, ROUTER_REPLY_ACCEPTED), -ENOENT);
}

static void who_can_not_be_asked_is_refused_at_once(void **state)
{
    struct fixture *f = *state;
    static struct answer a; /* the end of the router answers, too */
    struct router_driver *d = attach(f, "openvpn", 2);
    uint32_t c = come(f, d, "7", 0, NULL);
    assert_int_equal(message(f, c, "x", &a), -EOPNOTSUPP);
    assert_int_equal(quarantine(f, c, true, &a), -EOPNOTSUPP);
    assert_int_equal(message(f, 999, "x", &a), -ENOENT);
    assert_int_equal(message(f, UINT32_MAX, "x", &a), -ENOENT);
    assert_int_equal(quarantine(f, 999, true, &a), -ENOENT);
    come(f, d, "7", BOTH, NULL);
    assert_int_equal(message(f, c, "", &a), -EINVAL);
    char text[ROUTER_MESSAGE_MAX + 2];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(message(f, c, text, &a), -EINVAL);
    text[sizeof text - 2] = '\0';
    assert_int_equal(message(f, c, text, &a), -EINPROGRESS);
    f->send_result = -ENODEV;
    static struct answer b;
    assert_int_equal(message(f, c, "x", &b), -ENODEV);
    assert_int_equal(quarantine(f, c, true, &b), -ENODEV);
    f->send_result = 0;
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(a.result, -ETIMEDOUT);
    assert_int_equal(message(f, c, "x", &a), -ENODEV);
    assert_int_equal(quarantine(f, c, true, &a), -ENODEV);
}

static void an_answer_counts_on_the_channel_that_was_asked(void **state)
{
    struct fixture *f = *state;
    static struct answer a; /* the end of the router answers, too */
    struct router_driver *d = attach(f, "openvpn", 2), *other = attach(f, "ocserv", 2);
    uint32_t c = come(f, d, "7", BOTH, NULL);
    assert_int_equal(message(f, c, "x", &a), -EINPROGRESS);
    assert_int_equal(router_errand_reply(f->r, other, f->errands[0].order, ROUTER_REPLY_ACCEPTED), -ENOENT);
    assert_int_equal(router_errand_reply(f->r, d, f->errands[0].order + 1, ROUTER_REPLY_ACCEPTED), -ENOENT);
    assert_int_equal(a.calls, 0);
}

static void numbers_are_not_those_of_orders(void **state)
{
    struct fixture *f = *state;
    static struct answer a, b;
    struct router_totals t;
    struct router_driver *d = attach(f, "openvpn", 2);
    uint32_t c = come(f, d, "7", BOTH, NULL);
    assert_int_equal(message(f, c, "x", &a), -EINPROGRESS);
    assert_int_equal(disconnect(f, port_of(f, "7").handle, &b), -EINPROGRESS);
    assert_int_not_equal(f->sent[0].order, f->errands[0].order);
    assert_int_equal(reply(f, d, f->errands[0].order, ROUTER_REPLY_ACCEPTED, NULL), -ENOENT);
    router_get_totals(f->r, &t);
    assert_int_equal(t.orders, 1);
    assert_int_equal(gone(f, d, "7", 100), 0); /* who waits for the message hears that nobody is there */
    assert_int_equal(a.result, -ENOTCONN);
    assert_int_equal(b.result, 0);
}

static void quarantine_begins_with_the_drivers_answer(void **state)
{
    struct fixture *f = *state;
    static struct answer a; /* the end of the router answers, too */
    uint32_t c = come(f, attach(f, "openvpn", 2), "7", BOTH, NULL);
    assert_int_equal(quarantine(f, c, false, &a), -ENODATA);
    assert_int_equal(quarantine(f, c, true, &a), -EINPROGRESS);
    assert_true(f->errands[0].on);
    assert_false(in_quarantine(f, c));
    assert_int_equal(answer_last(f, ROUTER_REPLY_ACCEPTED), 0);
    assert_int_equal(a.result, 0);
    assert_true(in_quarantine(f, c));
    assert_true(port_of(f, "7").quarantined);
    assert_int_equal(count(f, ROUTER_EVENT_QUARANTINE), 1);
    assert_true(last(f, ROUTER_EVENT_QUARANTINE)->quarantined);
    assert_string_equal(last(f, ROUTER_EVENT_QUARANTINE)->by, "root");
    assert_int_equal(quarantine(f, c, true, &a), 0); /* already */
    assert_int_equal(a.calls, 0);
    assert_int_equal(quarantine(f, c, false, &a), -EINPROGRESS);
    assert_false(f->errands[1].on);
    assert_int_equal(answer_last(f, ROUTER_REPLY_REFUSED), 0);
    assert_true(in_quarantine(f, c)); /* it is refused: the filter stands */
    assert_int_equal(quarantine(f, c, false, &a), -EINPROGRESS);
    assert_int_equal(answer_last(f, ROUTER_REPLY_ACCEPTED), 0);
    assert_false(in_quarantine(f, c));
    assert_int_equal(count(f, ROUTER_EVENT_QUARANTINE), 2);
    assert_false(last(f, ROUTER_EVENT_QUARANTINE)->quarantined);
}

static void the_driver_says_who_is_in_it(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    struct router_session s = {
        .id = "7", .start = 100, .state = ROUTER_SESSION_CONNECTED, .quarantine = ROUTER_QUARANTINE_ON};
    assert_int_equal(report(f, d, &s), 0);
    uint32_t c = port_of(f, "7").connection;
    assert_true(in_quarantine(f, c));
    assert_int_equal(count(f, ROUTER_EVENT_QUARANTINE), 1);
    s.quarantine = ROUTER_QUARANTINE_KEEP;
    assert_int_equal(report(f, d, &s), 0);
    assert_true(in_quarantine(f, c));
    assert_int_equal(count(f, ROUTER_EVENT_QUARANTINE), 1);
    s.quarantine = ROUTER_QUARANTINE_OFF;
    assert_int_equal(report(f, d, &s), 0);
    assert_false(in_quarantine(f, c));
    assert_int_equal(count(f, ROUTER_EVENT_QUARANTINE), 2);
    assert_string_equal(last(f, ROUTER_EVENT_QUARANTINE)->by, "");
}

static void all_links_of_a_connection_are_asked(void **state)
{
    struct fixture *f = *state;
    static struct answer a; /* the end of the router answers, too */
    struct router_driver *d = attach(f, "openvpn", 4);
    uint32_t c = come(f, d, "1", BOTH, "b");
    assert_int_equal(come(f, d, "2", BOTH, "b"), c);
    assert_int_equal(quarantine(f, c, true, &a), -EINPROGRESS);
    assert_int_equal(f->errand_count, 2);
    assert_int_equal(router_errand_reply(f->r, d, f->errands[0].order, ROUTER_REPLY_ACCEPTED), 0);
    assert_int_equal(a.calls, 0);
    assert_int_equal(router_errand_reply(f->r, d, f->errands[1].order, ROUTER_REPLY_REFUSED), 0);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.result, -EREMOTEIO);
    assert_true(in_quarantine(f, c)); /* one link is enough */
    assert_int_equal(quarantine(f, c, true, &a), -EINPROGRESS);
    assert_int_equal(f->errand_count, 3); /* only the one that is not */
    assert_string_equal(f->errands[2].id, "2");
    assert_int_equal(answer_last(f, ROUTER_REPLY_ACCEPTED), 0);
    assert_int_equal(quarantine(f, c, false, &a), -EINPROGRESS);
    assert_int_equal(f->errand_count, 5);
    assert_int_equal(message(f, c, "hello", &a), -EINPROGRESS);
    assert_int_equal(f->errand_count, 6); /* one link is enough for a message */
    come(f, d, "3", 0, "b");
    static struct answer b;
    assert_int_equal(quarantine(f, c, true, &b), -EOPNOTSUPP); /* a way around it would be left */
}

static void errands_that_wait_are_bounded(void **state)
{
    struct fixture *f = *state;
    static struct answer a[ROUTER_ERRANDS_MAX + 1u];
    uint32_t c = come(f, attach(f, "openvpn", 2), "7", BOTH, NULL);
    for (size_t i = 0; i < ROUTER_ERRANDS_MAX; i++) {
        f->errand_count = 0;
        assert_int_equal(message(f, c, "x", &a[i]), -EINPROGRESS);
    }
    assert_int_equal(message(f, c, "x", &a[ROUTER_ERRANDS_MAX]), -EBUSY);
    assert_int_equal(quarantine(f, c, true, &a[ROUTER_ERRANDS_MAX]), -EBUSY);
    assert_int_equal(answer_last(f, ROUTER_REPLY_ACCEPTED), 0); /* the last of the list goes first */
    f->errand_count = 0;
    assert_int_equal(message(f, c, "x", &a[ROUTER_ERRANDS_MAX]), -EINPROGRESS);
    pass(f, 2000);
    for (size_t i = 0; i <= ROUTER_ERRANDS_MAX; i++)
        assert_int_equal(a[i].calls, 1);
}

static void the_end_of_the_router_answers_who_waits(void **state)
{
    struct fixture *f = *state;
    static struct answer a; /* the end of the router answers, too */
    uint32_t c = come(f, attach(f, "openvpn", 2), "7", BOTH, NULL);
    assert_int_equal(message(f, c, "x", &a), -EINPROGRESS);
    fixture_renew(f, &test_config);
    assert_int_equal(a.calls, 1);
    assert_int_equal(a.result, -ETIMEDOUT);
}

#define T(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_message_goes_to_the_session_and_its_answer_to_the_asker),
        T(what_the_driver_says_is_what_the_asker_hears),
        T(who_can_not_be_asked_is_refused_at_once),
        T(an_answer_counts_on_the_channel_that_was_asked),
        T(numbers_are_not_those_of_orders),
        T(quarantine_begins_with_the_drivers_answer),
        T(the_driver_says_who_is_in_it),
        T(all_links_of_a_connection_are_asked),
        T(errands_that_wait_are_bounded),
        T(the_end_of_the_router_answers_who_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
