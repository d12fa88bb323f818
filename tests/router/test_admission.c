/* SPDX-License-Identifier: Apache-2.0 */
/* Users who may not dial in: who has arrived, whose sessions are ended, and who is to be looked at again. */
#include "router/admission.h"
#include "tests/router/fixture.h"

#define WHY "this user may not dial in"

static struct router_driver *attach_and_tell(struct fixture *f, const char *name, uint32_t ports)
{
    struct router_driver *d = attach(f, name, ports);
    router_driver_snapshot_end(f->r, d, &f->now);
    return d;
}

static int refuse(struct fixture *f, const char *user)
{
    return router_user_refuse(f->r, user, WHY, &f->now);
}

/* ---- arrivals ---- */

static void a_user_arrives_when_he_is_connected_and_known(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 4);
    struct router_session s = {.id = "7", .start = 100, .state = ROUTER_SESSION_AUTHENTICATING, .user = "alice"};
    assert_int_equal(report(f, d, &s), 0);
    assert_string_equal(f->arrived, "");
    s.state = ROUTER_SESSION_CONNECTED;
    assert_int_equal(report(f, d, &s), 0);
    assert_string_equal(f->arrived, "alice,");
    assert_int_equal(report(f, d, &s), 0); /* told again: no arrival */
    assert_string_equal(f->arrived, "alice,");
    connect(f, d, "8", 100, NULL);
    assert_string_equal(f->arrived, "alice,");
    connect(f, d, "8", 100, "bob");   /* so that is who it is */
    connect(f, d, "7", 100, "carol"); /* the same session is another user's now */
    assert_string_equal(f->arrived, "alice,bob,carol,");
    s.id = "9";
    s.user = "dave";
    s.state = ROUTER_SESSION_DISCONNECTING;
    assert_int_equal(report(f, d, &s), 0);
    assert_string_equal(f->arrived, "alice,bob,carol,");
}

static void who_is_told_anew_after_his_driver_was_away_arrives_again(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 2);
    connect(f, d, "7", 100, "alice");
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(refuse(f, "alice"), 0); /* nobody can be reached */
    assert_int_equal(count(f, ROUTER_EVENT_USER_REFUSED), 0);
    d = attach(f, "openvpn", 2);
    f->arrived[0] = '\0';
    connect(f, d, "7", 100, "alice");
    assert_string_equal(f->arrived, "alice,");
    assert_int_equal(refuse(f, "alice"), 1);
}

static void a_session_that_waits_for_its_port_arrives_with_it(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 1);
    connect(f, d, "7", 100, "alice");
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 1);
    f->arrived[0] = '\0';
    const struct router_session s = {.id = "8", .start = 101, .state = ROUTER_SESSION_CONNECTED, .user = "bob"};
    assert_int_equal(report(f, d, &s), 0);
    assert_string_equal(f->arrived, "");
    assert_int_equal(refuse(f, "bob"), 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(f->arrived, "bob,");
    assert_int_equal(refuse(f, "bob"), 1);
}

/* ---- who may not be there ---- */

static void all_sessions_of_a_refused_user_are_ended_and_no_others(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 6), *e = attach_and_tell(f, "charon", 2);
    const struct router_session in = {.id = "5", .start = 1, .state = ROUTER_SESSION_AUTHENTICATING, .user = "bob"};
    connect(f, d, "1", 100, "bob");
    connect(f, d, "2", 100, "alice");
    connect(f, d, "3", 100, "CORP\\bob"); /* another user, though he has the name */
    connect(f, e, "4", 100, "bob");
    assert_int_equal(report(f, d, &in), 0);
    forget(f);
    assert_int_equal(refuse(f, "bob"), 2);
    assert_int_equal(f->sent_count, 2);
    assert_string_equal(f->sent[0].id, "1");
    assert_string_equal(f->sent[1].id, "4");
    assert_string_equal(f->sent[0].reason, ROUTER_ADMISSION_REASON);
    assert_false(f->sent[0].hard);
    const struct seen *order = last(f, ROUTER_EVENT_ORDER), *told = last(f, ROUTER_EVENT_USER_REFUSED);
    assert_true(order->tag == ROUTER_TAG_ADMISSION);
    assert_string_equal(order->by, "");
    assert_string_equal(told->id, "4");
    assert_string_equal(told->user, "bob");
    assert_string_equal(told->reason, WHY);
    assert_int_equal(count(f, ROUTER_EVENT_USER_REFUSED), 2);
    assert_int_equal(refuse(f, "bob"), 0); /* both orders stand */
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(refuse(f, "CORP\\bob"), 1);
    assert_string_equal(f->sent[2].id, "3");
    assert_int_equal(refuse(f, "carol"), 0);
}

static void who_has_come_to_the_port_meanwhile_is_not_hit(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 1);
    connect(f, d, "7", 100, "alice");
    assert_string_equal(f->arrived, "alice,");
    /* Somebody looks alice up; she goes, and bob has her port, and even her daemon's id, when the answer is there. */
    assert_int_equal(gone(f, d, "7", 100), 0);
    connect(f, d, "7", 101, "bob");
    assert_int_equal(refuse(f, "alice"), 0);
    assert_int_equal(f->sent_count, 0);
}

static void a_refusal_of_the_daemon_is_followed_by_the_hard_way(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 1);
    connect(f, d, "7", 100, "alice");
    assert_int_equal(refuse(f, "alice"), 1);
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_REFUSED, "not now"), 0);
    assert_int_equal(f->sent_count, 2);
    assert_true(f->sent[1].hard);
    assert_string_equal(f->sent[1].reason, ROUTER_ADMISSION_REASON);
    assert_int_equal(reply(f, d, f->sent[1].order, ROUTER_REPLY_REFUSED, "never"), 0);
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(refuse(f, "alice"), 1); /* whoever looks again tries again, and it is told once */
    assert_int_equal(count(f, ROUTER_EVENT_USER_REFUSED), 1);
    /* The session is another user's when the daemon's answer comes: he is not ended in alice's place. */
    connect(f, d, "7", 100, "bob");
    assert_int_equal(reply(f, d, f->sent[2].order, ROUTER_REPLY_REFUSED, "not now"), 0);
    assert_int_equal(f->sent_count, 3);
}

static void an_order_that_could_not_be_sent_is_given_again(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 1);
    connect(f, d, "7", 100, "alice");
    f->send_result = -EPIPE;
    assert_int_equal(refuse(f, "alice"), 0);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 1);
    f->send_result = 0;
    assert_int_equal(refuse(f, "alice"), 1);
}

static void what_names_nobody_or_says_too_much_is_refused(void **state)
{
    struct fixture *f = *state;
    char text[ROUTER_USER_MAX + 2];
    memset(text, 'x', sizeof text);
    text[ROUTER_USER_MAX + 1] = '\0';
    assert_int_equal(router_user_refuse(f->r, NULL, WHY, &f->now), -EINVAL);
    assert_int_equal(router_user_refuse(f->r, "", WHY, &f->now), -EINVAL);
    assert_int_equal(router_user_refuse(f->r, text, WHY, &f->now), -EINVAL);
    assert_int_equal(router_user_refuse(f->r, "alice", NULL, &f->now), -EINVAL);
    assert_int_equal(router_user_refuse(f->r, "alice", text, &f->now), -EINVAL);
}

static void a_refusal_at_log_on_is_told_without_a_session(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 1);
    router_user_refused_at_log_on(f->r, d, "alice", "192.0.2.7:4000", WHY);
    const struct seen *e = last(f, ROUTER_EVENT_USER_REFUSED);
    assert_string_equal(e->user, "alice");
    assert_string_equal(e->client_address, "192.0.2.7:4000");
    assert_string_equal(e->device_type, "openvpn");
    assert_string_equal(e->reason, WHY);
    assert_string_equal(e->id, "");
    assert_int_equal(f->sent_count, 0);
}

/* ---- looking again ---- */

static void each_user_with_a_connected_session_comes_once_a_round(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 8);
    const struct router_session in = {.id = "9", .start = 1, .state = ROUTER_SESSION_AUTHENTICATING, .user = "erin"};
    uint32_t slot = 0;
    assert_null(router_user_next(f->r, &slot, 100));
    assert_int_equal(slot, 0);
    connect(f, d, "1", 100, "alice");
    connect(f, d, "2", 100, "bob");
    connect(f, d, "3", 100, "alice");
    connect(f, d, "4", 100, NULL);
    connect(f, d, "5", 100, "CORP\\alice");
    assert_int_equal(report(f, d, &in), 0);
    assert_string_equal(router_user_next(f->r, &slot, 100), "alice");
    assert_string_equal(router_user_next(f->r, &slot, 100), "bob");
    assert_null(router_user_next(f->r, &slot, 2)); /* slots 3 and 4, and no more in one call */
    assert_int_equal(slot, 4);
    assert_string_equal(router_user_next(f->r, &slot, 100), "CORP\\alice");
    assert_null(router_user_next(f->r, &slot, 100));
    assert_int_equal(slot, 0);
    assert_string_equal(router_user_next(f->r, &slot, 100), "alice"); /* and anew */
}

/* Whichever order they are kept in: here the last slot first, once all have come again. */
static void a_user_comes_once_also_when_his_sessions_come_and_go(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 8);
    char id[2] = "0";
    for (unsigned i = 0; i < 16; i++) {
        uint32_t slot = 0;
        id[0] = (char)('0' + (i < 8 ? i : 15 - i));
        if (i >= 8)
            assert_int_equal(gone(f, d, id, 100), 0);
        connect(f, d, id, 100, "alice");
        assert_string_equal(router_user_next(f->r, &slot, 100), "alice");
        assert_null(router_user_next(f->r, &slot, 100));
    }
}

static void add_name(void *ctx, const char *user)
{
    char *names = ctx;
    strcat(strcat(names, user), ",");
}

static void a_name_means_a_user_in_each_domain_and_one_in_a_domain_only_him(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_and_tell(f, "openvpn", 8);
    const struct router_session in = {.id = "9", .start = 1, .state = ROUTER_SESSION_AUTHENTICATING, .user = "X\\bob"};
    char names[64] = "";
    assert_int_equal(report(f, d, &in), 0);
    connect(f, d, "1", 100, "bob");
    connect(f, d, "2", 100, "CORP\\bob");
    connect(f, d, "3", 100, "bob");
    connect(f, d, "4", 100, "bobby");
    connect(f, d, "5", 100, "Corp\\BOB"); /* for a directory the same as the others */
    router_users_meant(f->r, "bob", add_name, names);
    assert_string_equal(names, "bob,CORP\\bob,Corp\\BOB,");
    names[0] = '\0';
    router_users_meant(f->r, "CORP\\bob", add_name, names);
    assert_string_equal(names, "CORP\\bob,Corp\\BOB,");
    names[0] = '\0';
    router_users_meant(f->r, "carol", add_name, names);
    assert_string_equal(names, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_user_arrives_when_he_is_connected_and_known),
        TEST(who_is_told_anew_after_his_driver_was_away_arrives_again),
        TEST(a_session_that_waits_for_its_port_arrives_with_it),
        TEST(all_sessions_of_a_refused_user_are_ended_and_no_others),
        TEST(who_has_come_to_the_port_meanwhile_is_not_hit),
        TEST(a_refusal_of_the_daemon_is_followed_by_the_hard_way),
        TEST(an_order_that_could_not_be_sent_is_given_again),
        TEST(what_names_nobody_or_says_too_much_is_refused),
        TEST(a_refusal_at_log_on_is_told_without_a_session),
        TEST(each_user_with_a_connected_session_comes_once_a_round),
        TEST(a_user_comes_once_also_when_his_sessions_come_and_go),
        TEST(a_name_means_a_user_in_each_domain_and_one_in_a_domain_only_him),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
