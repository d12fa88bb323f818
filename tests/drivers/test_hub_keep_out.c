/* SPDX-License-Identifier: Apache-2.0 */
/* The hub with a router behind it: users who are kept out, and what is remembered of drivers. */
#include "router/keep_out.h"
#include "tests/drivers/hub_stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint32_t keep_out(const char *user, const char *driver, const char *reason)
{
    const struct router_keep_out_ask ask = {.user = user, .driver = driver, .seconds = 60, .reason = reason};
    uint32_t n = 0;
    assert_int_equal(router_keep_out_add(f.router, &ask, &f.now, &n), 0);
    return n;
}

static void hello(struct client *c, const char *kind, const char *name)
{
    client_connect(c, &f);
    client_send(
        c,
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"%s\",\"driver\":\"%s\",\"instance\":\"main\",\"device_type\":"
        "\"x\",\"capabilities\":[\"disconnect\",\"keep-out\"]}",
        kind, name);
    client_expect(c, "\"type\":\"welcome\"");
}

static bool has_answered(void *ctx)
{
    struct router_keep_out_driver d;
    (void)ctx;
    return router_keep_out_drivers(f.router, 1, &d, 1) == 1 && d.answered;
}

/* ---- keep-out ---- */

static void all_that_are_in_force_are_told_after_welcome_and_changes_as_they_come(void **state)
{
    (void)state;
    keep_out("alice", NULL, "expired");
    keep_out("bob", "charon", NULL);
    uint32_t carol = keep_out("carol", "openvpn:main", NULL);
    hello(&a, "daemon", "openvpn");
    client_expect(&a, "{\"type\":\"keep-out\",\"n\":1,\"user\":\"alice\",\"until\":1764084060,\"reason\":\"expired\"}");
    client_expect(&a, "{\"type\":\"keep-out\",\"n\":3,\"user\":\"carol\",\"until\":1764084060}");
    client_expect(&a, "{\"type\":\"keep-out-end\"}");
    keep_out("dave", NULL, NULL);
    client_expect(&a, "{\"type\":\"keep-out\",\"n\":4,\"user\":\"dave\"");
    keep_out("erin", "charon", NULL); /* nothing for openvpn */
    f.now.wall_s += 5;
    keep_out("dave", NULL, "again");
    client_expect(&a, "{\"type\":\"keep-out\",\"n\":4,\"user\":\"dave\",\"until\":1764084065,\"reason\":\"again\"}");
    router_keep_out_lift(f.router, carol, NULL);
    client_expect(&a, "{\"type\":\"keep-out-lift\",\"n\":3}");
    f.now.wall_s += 100;
    f.now.mono_ms += 100000;
    router_tick(f.router, &f.now); /* all are over */
    client_expect(&a, "{\"type\":\"keep-out-lift\",\"n\":1}");
}

static void names_that_are_not_utf8_are_told_as_they_are(void **state)
{
    (void)state;
    keep_out("bo\\xff\\\\", NULL, NULL); /* as a session is kept whose user is these bytes */
    keep_out("a\\x00b", NULL, NULL);
    keep_out("dom\\user", NULL, NULL);
    keep_out("odd\\x41", NULL, NULL);
    hello(&a, "daemon", "openvpn");
    client_expect(&a, "\"user_raw\":\"626fff5c\"");
    client_expect(&a, "\"user_raw\":\"610062\"");
    client_expect(&a, "\"user\":\"dom\\\\user\"");
    client_expect(&a, "\"user\":\"odd\\\\x41\"");
}

static void driver_without_the_capability_is_not_told(void **state)
{
    (void)state;
    keep_out("alice", NULL, NULL);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    keep_out("bob", NULL, NULL);
    client_send(&a, "{\"type\":\"session\",\"start\":1}");
    client_expect(&a, "\"type\":\"refused\"");
}

static void session_driver_is_told_while_its_user_is_on_the_way_in(void **state)
{
    (void)state;
    keep_out("alice", NULL, NULL);
    hello(&a, "session", "pppd");
    client_expect(&a, "\"user\":\"alice\"");
    client_expect(&a, "keep-out-end");
    client_send(&a, "{\"type\":\"session\",\"id\":\"1\",\"start\":5,\"state\":\"authenticating\"}");
    fixture_event(&f, "changed driver=pppd:main");
    keep_out("bob", NULL, NULL);
    client_expect(&a, "\"user\":\"bob\"");
    client_send(&a, "{\"type\":\"session\",\"id\":\"1\",\"start\":5,\"state\":\"connected\",\"user\":\"carol\"}");
    fixture_event(&f, "up driver=pppd:main");
    keep_out("dave", NULL, NULL);
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "carol"), false), -EINPROGRESS);
    client_expect(&a, "\"type\":\"disconnect\"");
}

static void answers_and_attempts_are_kept(void **state)
{
    struct router_keep_out_driver d;
    struct router_keep_out k;
    (void)state;
    keep_out("alice", NULL, NULL);
    hello(&a, "daemon", "openvpn");
    client_send(&a, "{\"type\":\"keep-out-reply\",\"n\":1,\"result\":\"taken\",\"text\":\"denied at log-on\"}");
    fixture_until(&f, has_answered, NULL);
    assert_int_equal(router_keep_out_drivers(f.router, 1, &d, 1), 1);
    assert_true(d.refuses);
    assert_string_equal(d.text, "denied at log-on");
    client_send(&a, "{\"type\":\"kept-out\",\"n\":1,\"user\":\"alice\",\"client_address\":\"192.0.2.7:1\"}");
    fixture_event(&f, "kept-out driver=openvpn:main");
    assert_true(router_keep_out_get(f.router, 1, &k));
    assert_int_equal(k.turned_away, 1);
    /* Late news of one that is over, and of ones that never were, do no harm. */
    client_send(&a, "{\"type\":\"keep-out-reply\",\"n\":77,\"result\":\"refused\"}");
    client_send(&a, "{\"type\":\"keep-out-reply\",\"n\":4294967297,\"result\":\"refused\"}");
    client_send(&a, "{\"type\":\"kept-out\",\"n\":4294967297,\"user\":\"alice\"}");
    client_send(&a, "{\"type\":\"session\",\"start\":1}");
    client_expect(&a, "\"type\":\"keep-out\"");
    client_expect(&a, "\"type\":\"keep-out-end\"");
    client_expect(&a, "\"type\":\"refused\"");
    assert_true(router_keep_out_get(f.router, 1, &k));
    assert_int_equal(k.turned_away, 1);
    assert_int_equal(router_keep_out_drivers(f.router, 1, &d, 1), 1);
    assert_true(d.refuses); /* 4294967297 is not 1 */
}

static void ten_thousand_are_told_to_a_driver_with_little_room(void **state)
{
    char name[16], wanted[32], reason[ROUTER_TEXT_MAX + 1];
    (void)state;
    memset(reason, 'x', sizeof(reason) - 1); /* all together are more than may wait */
    reason[ROUTER_TEXT_MAX] = '\0';
    for (unsigned i = 1; i <= ROUTER_KEEP_OUTS_MAX; i++) {
        snprintf(name, sizeof(name), "user%u", i);
        keep_out(name, NULL, reason);
        fixture_forget_events(&f);
    }
    hello(&a, "daemon", "openvpn");
    fixture_settle(&f); /* the socket is full, and little waits */
    router_keep_out_lift(f.router, 10000, NULL);
    for (unsigned i = 1; i < ROUTER_KEEP_OUTS_MAX; i++) {
        snprintf(wanted, sizeof(wanted), "\"n\":%u,", i);
        client_expect(&a, wanted);
    }
    client_expect(&a, "keep-out-end");
}

static void who_arrives_all_the_same_is_sent_away(void **state)
{
    (void)state;
    keep_out("alice", NULL, "expired");
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    client_send(&a, "{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    client_expect(&a,
                  "\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5,\"hard\":false,\"reason\":\"expired\"");
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"refused\",\"text\":\"no\"}");
    client_expect(&a, "\"order\":2,\"id\":\"7\",\"start\":5,\"hard\":true");
    client_send(&a, "{\"type\":\"reply\",\"order\":2,\"result\":\"accepted\"}");
    client_send(&a, "{\"type\":\"gone\",\"id\":\"7\",\"start\":5}");
    fixture_event(&f, "outcome driver=openvpn:main id=7 start=5 user=alice port=openvpn-1 outcome=gone");
}

/* ---- what is remembered of drivers ---- */

static struct driver_hub_driver driver(void)
{
    struct driver_hub_driver d[2];
    assert_int_equal(driver_hub_drivers(f.hub, d, 2), 1);
    return d[0];
}

static bool is_degraded(void *ctx)
{
    (void)ctx;
    return driver().state == DRIVER_HUB_DEGRADED;
}

static void state_since_and_last_error_are_remembered_also_when_it_is_away(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", ",\"health\":{\"state\":\"down\",\"text\":\"no socket\"}");
    struct driver_hub_driver d = driver();
    assert_int_equal(d.state, DRIVER_HUB_DOWN);
    assert_string_equal(d.text, "no socket");
    assert_string_equal(d.last_error, "no socket");
    assert_int_equal(d.last_error_at, f.now.wall_s);
    assert_int_equal(d.since, f.now.wall_s);
    assert_int_equal(d.pid, getpid());
    assert_int_equal(d.uid, getuid());
    assert_int_equal(d.version, 1);
    assert_int_equal(d.connections, 1);
    assert_int_equal(d.capabilities, DRIVER_HUB_CAN_DISCONNECT | DRIVER_HUB_CAN_HARD | DRIVER_HUB_CAN_STATS);
    assert_int_equal(driver_hub_forget(f.hub, "openvpn", "main"), -EBUSY); /* though the router has it as away */
    f.now.wall_s += 10;
    client_send(&a, "{\"type\":\"health\",\"state\":\"ok\"}");
    fixture_event(&f, "health driver=openvpn:main");
    fixture_event(&f, "driver-up");
    d = driver();
    assert_int_equal(d.state, DRIVER_HUB_STARTING);
    assert_int_equal(d.since, f.now.wall_s);
    assert_string_equal(d.text, "");
    assert_string_equal(d.last_error, "no socket");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    client_send(&a, "{\"type\":\"health\",\"state\":\"degraded\",\"text\":\"no counters\"}");
    fixture_until(&f, is_degraded, NULL);
    assert_string_equal(driver().last_error, "no counters");
    client_send(&a, "nonsense");
    client_expect_end(&a, "protocol");
    fixture_event(&f, "driver-down");
    d = driver();
    assert_int_equal(d.state, DRIVER_HUB_AWAY);
    assert_int_equal(d.pid, 0);
    assert_int_equal(d.protocol_errors, 1);
    assert_string_equal(d.last_error, "not JSON");
    assert_string_equal(d.text, "not JSON");
    client_close(&a);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    assert_int_equal(driver().connections, 2);
    assert_string_equal(driver().last_error, "not JSON");
}

static void driver_that_is_away_can_be_forgotten(void **state)
{
    struct driver_hub_driver d;
    (void)state;
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", ",\"ports\":2");
    assert_int_equal(driver_hub_forget(f.hub, "openvpn", "main"), -EBUSY);
    assert_int_equal(driver_hub_forget(f.hub, "openvpn", "udp"), -ENOENT);
    client_close(&a);
    fixture_event(&f, "driver-down");
    assert_int_equal(driver_hub_forget(f.hub, "openvpn", "main"), 0);
    assert_int_equal(driver_hub_drivers(f.hub, &d, 1), 0);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", ",\"ports\":2");
    assert_int_equal(driver().connections, 1); /* it is a new one */
}

static void pool_without_a_session_is_well(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_hello(&a, "session", "pppd", "l2tp", "");
    assert_int_equal(driver().state, DRIVER_HUB_UP);
    client_connect(&b, &f);
    client_hello(&b, "session", "pppd", "l2tp", "");
    assert_int_equal(driver().connections, 2);
    client_close(&a);
    fixture_connections(&f, 1);
    assert_int_equal(driver().pid, getpid());
    assert_int_equal(driver_hub_forget(f.hub, "pppd", "l2tp"), -EBUSY);
    client_close(&b);
    fixture_connections(&f, 0);
    assert_int_equal(driver().pid, 0);
    assert_int_equal(driver().state, DRIVER_HUB_UP);
    assert_int_equal(driver_hub_forget(f.hub, "pppd", "l2tp"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(all_that_are_in_force_are_told_after_welcome_and_changes_as_they_come),
        TEST(names_that_are_not_utf8_are_told_as_they_are),
        TEST(driver_without_the_capability_is_not_told),
        TEST(session_driver_is_told_while_its_user_is_on_the_way_in),
        TEST(answers_and_attempts_are_kept),
        TEST(ten_thousand_are_told_to_a_driver_with_little_room),
        TEST(who_arrives_all_the_same_is_sent_away),
        TEST(state_since_and_last_error_are_remembered_also_when_it_is_away),
        TEST(driver_that_is_away_can_be_forgotten),
        TEST(pool_without_a_session_is_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
