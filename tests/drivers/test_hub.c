/* SPDX-License-Identifier: Apache-2.0 */
/* The hub with a router behind it: what a driver says, and what becomes of it. */
#include "tests/drivers/hub_stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define S "\"type\":\"session\""

static enum router_port_state state_of(uint32_t handle)
{
    struct router_port_view port;
    assert_true(router_port_get(f.router, handle, &f.now, &port));
    return port.state;
}

static void daemon_with_alice(const char *more)
{
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", more);
    client_send(&a, "{" S ",\"id\":\"4711:0\",\"start\":1764083000,\"state\":\"connected\",\"user\":\"alice\"}");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "up driver=openvpn:main id=4711:0 start=1764083000 user=alice");
}

/* ---- daemon drivers ---- */

static void welcome_says_what_the_driver_must_know(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","
                "\"device_type\":\"openvpn\",\"capabilities\":[]}");
    const char *line = client_line(&a);
    assert_non_null(line);
    assert_non_null(strstr(line, "\"version\":1,\"server\":\"rrasd "));
    assert_non_null(strstr(line, "\"counters_interval_ms\":10000"));
    assert_int_equal(fixture_stats(&f).accepted, 1);
}

static void fixed_ports_are_listed_busy_and_idle(void **state)
{
    (void)state;
    daemon_with_alice(",\"ports\":3");
    assert_int_equal(router_port_count(f.router), 3);
    assert_int_equal(state_of(fixture_port_of(&f, "alice")), ROUTER_PORT_CONNECTED);
    assert_int_equal(state_of(2), ROUTER_PORT_LISTENING);
}

static void uid_driver_and_instance_decide_who_may_be_a_driver(void **state)
{
    char expected[64];
    (void)state;
    f.may = false;
    client_connect(&a, &f);
    client_send(&a,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","
                "\"device_type\":\"openvpn\",\"capabilities\":[]}");
    client_expect_end(&a, "denied");
    snprintf(expected, sizeof(expected), "%u openvpn main", (unsigned)getuid());
    assert_string_equal(f.asked, expected);
    assert_int_equal(fixture_stats(&f).denied, 1);
    assert_int_equal(router_port_count(f.router), 0);
}

static void second_live_daemon_driver_is_refused_as_busy(void **state)
{
    (void)state;
    daemon_with_alice("");
    client_connect(&b, &f);
    client_send(&b,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","
                "\"device_type\":\"openvpn\",\"capabilities\":[]}");
    client_expect_end(&b, "busy");
    /* The first one does not notice. */
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "alice"), false), -EINPROGRESS);
    client_expect(&a, "\"type\":\"disconnect\"");
}

static void another_instance_is_another_driver(void **state)
{
    (void)state;
    daemon_with_alice("");
    client_connect(&b, &f);
    client_hello(&b, "daemon", "openvpn", "udp", "");
    fixture_event(&f, "driver-up driver=openvpn:udp");
}

static void other_version_is_told_so(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a, "{\"type\":\"hello\",\"version\":2}");
    client_expect_end(&a, "version");
}

static void driver_that_goes_leaves_its_ports_away_and_its_sessions_known(void **state)
{
    (void)state;
    daemon_with_alice("");
    uint32_t port = fixture_port_of(&f, "alice");
    client_close(&a);
    fixture_event(&f, "driver-down driver=openvpn:main");
    assert_int_equal(state_of(port), ROUTER_PORT_AWAY);
    assert_int_equal(fixture_port_of(&f, "alice"), port);
    assert_int_equal(fixture_disconnect(&f, port, false), -ENODEV);
    assert_false(fixture_had_event(&f, "gone driver"));
}

static void half_closed_driver_is_gone(void **state)
{
    (void)state;
    daemon_with_alice("");
    shutdown(a.fd, SHUT_WR);
    fixture_event(&f, "driver-down driver=openvpn:main");
    client_expect_end(&a, NULL);
}

static void snapshot_ends_what_is_not_in_it_and_keeps_what_is(void **state)
{
    (void)state;
    daemon_with_alice("");
    client_send(&a, "{" S ",\"id\":\"4711:1\",\"start\":1764083001,\"state\":\"connected\",\"user\":\"bob\"}");
    fixture_event(&f, "up driver=openvpn:main id=4711:1");
    uint32_t bob = fixture_port_of(&f, "bob");
    client_close(&a);
    fixture_event(&f, "driver-down");
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    client_send(&a, "{" S ",\"id\":\"4711:1\",\"start\":1764083001,\"state\":\"connected\",\"user\":\"bob\"}");
    fixture_settle(&f);
    assert_false(fixture_had_event(&f, "gone driver=openvpn:main id=4711:0"));
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "gone driver=openvpn:main id=4711:0");
    assert_int_equal(fixture_port_of(&f, "bob"), bob);
    assert_int_equal(fixture_port_of(&f, "alice"), 0);
}

static void order_in_the_middle_of_a_snapshot_goes_to_the_new_connection(void **state)
{
    (void)state;
    daemon_with_alice("");
    uint32_t port = fixture_port_of(&f, "alice");
    client_close(&a);
    fixture_event(&f, "driver-down");
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    /* The session has not been reported over this connection yet. */
    assert_int_equal(fixture_disconnect(&f, port, false), -EINPROGRESS);
    client_send(&a, "{" S ",\"id\":\"4711:0\",\"start\":1764083000,\"state\":\"connected\"}");
    client_expect(&a, "\"type\":\"disconnect\"");
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\"}");
    assert_int_equal(fixture_answer(&f), 0);
}

static void second_snapshot_end_and_second_hello_break_the_protocol(void **state)
{
    (void)state;
    daemon_with_alice("");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    client_expect_end(&a, "protocol");
    client_close(&a);
    fixture_connections(&f, 0);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    client_send(&a,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","
                "\"device_type\":\"openvpn\",\"capabilities\":[]}");
    client_expect_end(&a, "protocol");
    assert_int_equal(fixture_stats(&f).protocol_errors, 2);
}

static void counters_move_and_never_make_a_session(void **state)
{
    struct router_port_view port;
    (void)state;
    daemon_with_alice("");
    client_send(
        &a, "{\"type\":\"counters\",\"id\":\"4711:0\",\"start\":1764083000,\"counters\":{\"bytes_in\":5000000000}}");
    client_send(&a, "{\"type\":\"counters\",\"id\":\"4711:0\",\"start\":1,\"counters\":{\"bytes_in\":7}}");
    client_send(&a, "{\"type\":\"counters\",\"id\":\"4712:0\",\"start\":1,\"counters\":{\"bytes_in\":7}}");
    client_send(&a, "{" S ",\"id\":\"end\",\"start\":1}"); /* all before it has been read when this one is there */
    fixture_settle(&f);
    assert_int_equal(router_port_count(f.router), 2);
    assert_true(router_port_get(f.router, fixture_port_of(&f, "alice"), &f.now, &port));
    assert_int_equal(port.counters.bytes_in, 5000000000);
}

/* ---- records that are refused alone ---- */

static void bad_record_is_refused_alone_and_counted(void **state)
{
    (void)state;
    daemon_with_alice("");
    client_send(&a, "{" S ",\"id\":\"8\",\"start\":1,\"user_raw\":\"zz\"}");
    client_expect(&a, "{\"type\":\"refused\",\"id\":\"8\",\"code\":\"invalid\"");
    client_send(&a, "{" S ",\"start\":1}");
    client_expect(&a, "{\"type\":\"refused\",\"id\":\"\",\"code\":\"invalid\"");
    client_send(&a, "{" S ",\"id\":\"9\",\"start\":1,\"user\":\"bob\",\"state\":\"connected\"}");
    fixture_event(&f, "id=9 start=1 user=bob");
    assert_int_equal(fixture_stats(&f).refused_sessions, 2);
    assert_int_equal(fixture_stats(&f).protocol_errors, 0);
}

static void session_without_a_port_is_refused_alone(void **state)
{
    (void)state;
    daemon_with_alice(",\"ports\":1");
    client_send(&a, "{" S ",\"id\":\"9\",\"start\":1,\"user\":\"bob\"}");
    client_expect(&a, "{\"type\":\"refused\",\"id\":\"9\",\"code\":\"no-port\"");
    client_send(&a, "{\"type\":\"gone\",\"id\":\"4711:0\",\"start\":1764083000}");
    client_send(&a, "{" S ",\"id\":\"10\",\"start\":1,\"user\":\"carol\",\"state\":\"connected\"}");
    fixture_event(&f, "up driver=openvpn:main id=10");
}

static void name_that_is_not_utf8_is_listed_escaped(void **state)
{
    (void)state;
    daemon_with_alice("");
    client_send(&a, "{" S ",\"id\":\"9\",\"start\":1,\"user_raw\":\"626fff62\",\"state\":\"connected\"}");
    fixture_event(&f, "user=bo\\xffb");
}

/* ---- orders ---- */

static void order_is_sent_answered_and_confirmed(void **state)
{
    (void)state;
    daemon_with_alice("");
    uint32_t port = fixture_port_of(&f, "alice");
    assert_int_equal(fixture_disconnect(&f, port, false), -EINPROGRESS);
    client_expect(&a, "{\"type\":\"disconnect\",\"order\":1,\"id\":\"4711:0\",\"start\":1764083000,\"hard\":false,"
                      "\"reason\":\"maintenance\",\"deadline_ms\":10000}");
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\"}");
    assert_int_equal(fixture_answer(&f), 0);
    assert_int_equal(state_of(port), ROUTER_PORT_DISCONNECTING);
    client_send(&a, "{\"type\":\"gone\",\"id\":\"4711:0\",\"start\":1764083000,\"reason\":\"by the administrator\","
                    "\"client_told\":\"yes\",\"counters\":{\"bytes_in\":42},\"counters_final\":true}");
    const char *event = fixture_event(&f, "outcome driver");
    assert_non_null(strstr(event, "outcome=gone told=yes hard=0"));
    event = fixture_event(&f, "gone driver");
    assert_non_null(strstr(event, "in=42 final=1"));
    assert_int_equal(state_of(port), ROUTER_PORT_LISTENING);
}

static void refusal_comes_with_the_daemons_words(void **state)
{
    (void)state;
    daemon_with_alice("");
    uint32_t port = fixture_port_of(&f, "alice");
    assert_int_equal(fixture_disconnect(&f, port, false), -EINPROGRESS);
    client_expect(&a, "disconnect");
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"refused\",\"text\":\"not in the mood\"}");
    assert_int_equal(fixture_answer(&f), -EREMOTEIO);
    struct router_port_view view;
    assert_true(router_port_get(f.router, port, &f.now, &view));
    assert_string_equal(view.last_error, "not in the mood");
}

static void no_such_session_frees_the_port(void **state)
{
    (void)state;
    daemon_with_alice("");
    uint32_t port = fixture_port_of(&f, "alice");
    assert_int_equal(fixture_disconnect(&f, port, false), -EINPROGRESS);
    client_expect(&a, "disconnect");
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"no-such-session\"}");
    assert_int_equal(fixture_answer(&f), 0);
    assert_int_equal(state_of(port), ROUTER_PORT_LISTENING);
}

static void answer_to_no_order_is_ignored(void **state)
{
    (void)state;
    daemon_with_alice("");
    client_send(&a, "{\"type\":\"reply\",\"order\":99,\"result\":\"no-such-session\"}");
    client_send(&a, "{\"type\":\"gone\",\"id\":\"nobody\",\"start\":3}");
    client_send(&a, "{\"type\":\"gone\",\"id\":\"4711:0\",\"start\":1}");
    client_send(&a, "{\"type\":\"pong\",\"n\":4}");
    client_send(&a, "{" S ",\"id\":\"end\",\"start\":1,\"state\":\"connected\"}");
    fixture_event(&f, "id=end");
    assert_int_equal(state_of(fixture_port_of(&f, "alice")), ROUTER_PORT_CONNECTED);
}

static void driver_without_the_capability_is_not_asked(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a, "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"watch\",\"instance\":\"main\","
                    "\"device_type\":\"x\",\"capabilities\":[\"stats\"]}");
    client_expect(&a, "welcome");
    client_send(&a, "{" S ",\"id\":\"1\",\"start\":1,\"user\":\"alice\",\"state\":\"connected\"}");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "id=1 start=1 user=alice");
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "alice"), false), -ENODEV);
}

static void hard_is_asked_only_of_those_who_can(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a, "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"soft\",\"instance\":\"main\","
                    "\"device_type\":\"x\",\"capabilities\":[\"disconnect\"]}");
    client_expect(&a, "welcome");
    client_send(&a, "{" S ",\"id\":\"1\",\"start\":1,\"user\":\"alice\",\"state\":\"connected\"}");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "id=1 start=1 user=alice");
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "alice"), true), -EINPROGRESS);
    client_expect(&a, "\"hard\":false");
}

/* ---- session drivers ---- */

static void pppd(struct client *c, const char *id, const char *user)
{
    client_connect(c, &f);
    client_hello(c, "session", "pppd", "l2tp", "");
    client_send(c, "{" S ",\"id\":\"%s\",\"start\":1764083000,\"state\":\"connected\",\"user\":\"%s\"}", id, user);
    fixture_event(&f, user);
}

static void session_drivers_share_a_pool_and_end_with_their_connection(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    pppd(&b, "200", "bob");
    uint32_t bob = fixture_port_of(&f, "bob");
    assert_true(fixture_port_of(&f, "alice") != bob);
    client_close(&a);
    fixture_event(&f, "gone driver=pppd:l2tp id=100");
    assert_int_equal(fixture_port_of(&f, "alice"), 0);
    assert_int_equal(state_of(bob), ROUTER_PORT_CONNECTED);
}

static void order_travels_over_the_sessions_own_connection(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    pppd(&b, "200", "bob");
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "bob"), false), -EINPROGRESS);
    client_expect(&b, "\"id\":\"200\"");
    /* The other one can't answer for it. */
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"no-such-session\"}");
    client_send(&a, "{" S ",\"id\":\"100\",\"start\":1764083000,\"user\":\"alice2\"}");
    fixture_event(&f, "user=alice2");
    assert_int_equal(f.answers, 0);
    client_send(&b, "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\"}");
    assert_int_equal(fixture_answer(&f), 0);
    client_close(&b);
    assert_non_null(strstr(fixture_event(&f, "outcome driver"), "outcome=gone"));
}

static void session_driver_speaks_of_its_own_session_only(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    pppd(&b, "200", "bob");
    client_send(&a, "{" S ",\"id\":\"200\",\"start\":1764083000,\"user\":\"mallory\"}");
    client_expect(&a, "{\"type\":\"refused\",\"id\":\"200\",\"code\":\"invalid\"");
    client_send(&a, "{" S ",\"id\":\"300\",\"start\":1764083000,\"user\":\"mallory\"}");
    client_expect(&a, "{\"type\":\"refused\",\"id\":\"300\",\"code\":\"invalid\"");
    client_send(&a, "{\"type\":\"gone\",\"id\":\"200\",\"start\":1764083000}");
    client_send(&a, "{\"type\":\"counters\",\"id\":\"200\",\"start\":1764083000,\"counters\":{\"bytes_in\":9}}");
    client_send(&a, "{" S ",\"id\":\"100\",\"start\":1764083000,\"user\":\"alice2\"}");
    fixture_event(&f, "user=alice2");
    struct router_port_view port;
    assert_true(router_port_get(f.router, fixture_port_of(&f, "bob"), &f.now, &port));
    assert_int_equal(port.state, ROUTER_PORT_CONNECTED);
    assert_int_equal(port.counters.bytes_in, 0);
}

static void session_that_comes_over_a_new_connection_is_the_same(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    uint32_t port = fixture_port_of(&f, "alice");
    client_connect(&b, &f);
    client_hello(&b, "session", "pppd", "l2tp", "");
    client_send(&b, "{" S ",\"id\":\"100\",\"start\":1764083000,\"state\":\"connected\"}");
    client_expect_end(&a, "busy");
    fixture_connections(&f, 1);
    assert_false(fixture_had_event(&f, "gone driver"));
    assert_int_equal(fixture_port_of(&f, "alice"), port);
    assert_int_equal(fixture_disconnect(&f, port, false), -EINPROGRESS);
    client_expect(&b, "disconnect");
}

static void order_follows_its_session_to_a_new_connection(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "alice"), false), -EINPROGRESS);
    client_expect(&a, "disconnect"); /* but the process there has lost it */
    client_connect(&b, &f);
    client_hello(&b, "session", "pppd", "l2tp", "");
    client_send(&b, "{" S ",\"id\":\"100\",\"start\":1764083000,\"state\":\"connected\"}");
    client_expect(&b, "\"type\":\"disconnect\",\"order\":1,");
    client_send(&b, "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\"}");
    assert_int_equal(fixture_answer(&f), 0);
}

static void claim_of_a_live_id_with_another_start_is_refused(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    client_connect(&b, &f);
    client_hello(&b, "session", "pppd", "l2tp", "");
    client_send(&b, "{" S ",\"id\":\"100\",\"start\":5,\"state\":\"connected\",\"user\":\"mallory\"}");
    client_expect(&b, "{\"type\":\"refused\",\"id\":\"100\",\"code\":\"invalid\"");
    assert_int_equal(state_of(fixture_port_of(&f, "alice")), ROUTER_PORT_CONNECTED);
}

static void session_driver_has_no_snapshot(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    client_expect_end(&a, "protocol");
    fixture_connections(&f, 0);
}

static void session_whose_connection_we_have_closed_is_not_called_gone(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    pppd(&b, "200", "bob");
    uint32_t alice = fixture_port_of(&f, "alice");
    assert_int_equal(fixture_disconnect(&f, alice, false), -EINPROGRESS);
    client_expect(&a, "disconnect");
    client_send(&a, "nonsense");
    client_expect_end(&a, "protocol");
    assert_int_equal(fixture_answer(&f), -ETIMEDOUT);
    assert_false(fixture_had_event(&f, "gone driver"));
    assert_false(fixture_had_event(&f, "outcome driver"));
    assert_int_equal(state_of(alice), ROUTER_PORT_AWAY);
    assert_int_equal(state_of(fixture_port_of(&f, "bob")), ROUTER_PORT_CONNECTED);
    assert_int_equal(fixture_disconnect(&f, alice, false), -ENODEV);
    client_close(&a);
    pppd(&a, "100", "alicia"); /* its process was there all the time */
    assert_int_equal(fixture_port_of(&f, "alicia"), alice);
    client_expect(&a, "\"type\":\"disconnect\",\"order\":1,");
}

static void session_that_was_reported_gone_is_not_gone_twice(void **state)
{
    (void)state;
    pppd(&a, "100", "alice");
    client_send(&a, "{\"type\":\"gone\",\"id\":\"100\",\"start\":1764083000}");
    fixture_event(&f, "gone driver=pppd:l2tp id=100");
    fixture_forget_events(&f);
    client_send(&a, "{" S ",\"id\":\"100\",\"start\":1764083000,\"user\":\"alice\"}");
    client_expect(&a, "\"code\":\"invalid\"");
    client_close(&a);
    fixture_event(&f, "driver-down");
    assert_false(fixture_had_event(&f, "gone driver=pppd"));
}

/* ---- the end of rrasd ---- */

static void stopping_the_hub_ends_no_session(void **state)
{
    (void)state;
    daemon_with_alice("");
    pppd(&b, "100", "bob");
    fixture_forget_events(&f);
    fixture_close_hub(&f);
    client_expect_end(&a, NULL);
    client_expect_end(&b, NULL);
    assert_false(fixture_had_event(&f, "gone"));
    assert_true(fixture_port_of(&f, "alice") != 0);
    assert_true(fixture_port_of(&f, "bob") != 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(welcome_says_what_the_driver_must_know),
        TEST(fixed_ports_are_listed_busy_and_idle),
        TEST(uid_driver_and_instance_decide_who_may_be_a_driver),
        TEST(second_live_daemon_driver_is_refused_as_busy),
        TEST(another_instance_is_another_driver),
        TEST(other_version_is_told_so),
        TEST(driver_that_goes_leaves_its_ports_away_and_its_sessions_known),
        TEST(half_closed_driver_is_gone),
        TEST(snapshot_ends_what_is_not_in_it_and_keeps_what_is),
        TEST(order_in_the_middle_of_a_snapshot_goes_to_the_new_connection),
        TEST(second_snapshot_end_and_second_hello_break_the_protocol),
        TEST(counters_move_and_never_make_a_session),
        TEST(bad_record_is_refused_alone_and_counted),
        TEST(session_without_a_port_is_refused_alone),
        TEST(name_that_is_not_utf8_is_listed_escaped),
        TEST(order_is_sent_answered_and_confirmed),
        TEST(refusal_comes_with_the_daemons_words),
        TEST(no_such_session_frees_the_port),
        TEST(answer_to_no_order_is_ignored),
        TEST(driver_without_the_capability_is_not_asked),
        TEST(hard_is_asked_only_of_those_who_can),
        TEST(session_drivers_share_a_pool_and_end_with_their_connection),
        TEST(order_travels_over_the_sessions_own_connection),
        TEST(session_driver_speaks_of_its_own_session_only),
        TEST(session_that_comes_over_a_new_connection_is_the_same),
        TEST(order_follows_its_session_to_a_new_connection),
        TEST(claim_of_a_live_id_with_another_start_is_refused),
        TEST(session_driver_has_no_snapshot),
        TEST(session_whose_connection_we_have_closed_is_not_called_gone),
        TEST(session_that_was_reported_gone_is_not_gone_twice),
        TEST(stopping_the_hub_ends_no_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
