/* SPDX-License-Identifier: Apache-2.0 */
/* The hub with a router behind it: a daemon that is away while its driver is there. */
#include "tests/drivers/hub_stage.h"

#include <errno.h>
#include <string.h>

#define DOWN ",\"health\":{\"state\":\"down\",\"text\":\"no socket\"}"
#define ALICE                                                                                                          \
    "{\"type\":\"session\",\"id\":\"4711:0\",\"start\":1764083000,\"state\":\"connected\",\"user\":\"alice\","         \
    "\"auth\":\"certificate\"}"

static struct router_port_view port_at(uint32_t slot)
{
    struct router_port_view port;
    assert_true(router_port_at(f.router, slot, &f.now, &port));
    return port;
}

static bool is_up(void)
{
    struct router_driver_view v;
    assert_int_equal(router_drivers(f.router, &v, 1), 1);
    return v.up;
}

static bool is_down(void *ctx)
{
    (void)ctx;
    return !is_up();
}

/* Until the hub has read all that was sent. */
static void heard(struct client *c)
{
    client_send(c, "{\"type\":\"session\",\"start\":1}"); /* an id is missing: refused, also while it is down */
    client_expect(c, "\"type\":\"refused\"");
}

static void with_alice(void)
{
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", ",\"ports\":2");
    client_send(&a, ALICE);
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "up driver=openvpn:main id=4711:0 start=1764083000 user=alice");
}

static void ports_of_a_daemon_that_is_away_from_the_start_are_listed_as_away(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", ",\"ports\":2" DOWN);
    assert_int_equal(port_at(2).state, ROUTER_PORT_AWAY);
    assert_false(is_up());
    assert_false(fixture_had_event(&f, "driver-up"));
    client_send(&a, "{\"type\":\"health\",\"state\":\"ok\"}");
    fixture_event(&f, "driver-up driver=openvpn:main");
    client_send(&a, ALICE);
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "user=alice");
    assert_int_equal(port_at(1).state, ROUTER_PORT_CONNECTED);
    assert_string_equal(port_at(1).auth, "certificate");
    assert_int_equal(port_at(2).state, ROUTER_PORT_LISTENING);
}

static void down_takes_the_ports_away_and_forgets_nobody(void **state)
{
    (void)state;
    with_alice();
    client_send(&a, "{\"type\":\"health\",\"state\":\"down\",\"text\":\"openvpn hangs\"}");
    fixture_event(&f, "driver-down driver=openvpn:main");
    assert_int_equal(port_at(1).state, ROUTER_PORT_AWAY);
    assert_string_equal(port_at(1).id, "4711:0");
    assert_int_equal(fixture_disconnect(&f, port_at(1).handle, false), -ENODEV);
    client_send(&a, "{\"type\":\"health\",\"state\":\"down\",\"text\":\"openvpn hangs still\"}");
    client_send(&a, "{\"type\":\"health\",\"state\":\"degraded\",\"text\":\"slow\"}");
    fixture_event(&f, "driver-up driver=openvpn:main");
    assert_false(fixture_had_event(&f, "gone driver"));
    client_send(&a, "{\"type\":\"snapshot-end\"}"); /* and alice is not in it */
    fixture_event(&f, "gone driver=openvpn:main id=4711:0");
}

static void order_that_stands_is_sent_again_after_a_down(void **state)
{
    (void)state;
    with_alice();
    assert_int_equal(fixture_disconnect(&f, port_at(1).handle, false), -EINPROGRESS);
    client_expect(&a, "\"type\":\"disconnect\",\"order\":1");
    client_send(&a, "{\"type\":\"health\",\"state\":\"down\"}");
    assert_int_equal(fixture_answer(&f), -ETIMEDOUT);
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"refused\",\"text\":\"late\"}"); /* it has crossed */
    client_send(&a, "{\"type\":\"health\",\"state\":\"ok\"}");
    client_send(&a, ALICE);
    client_expect(&a, "\"type\":\"disconnect\",\"order\":1");
    client_send(&a, "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\"}");
    client_send(&a, "{\"type\":\"gone\",\"id\":\"4711:0\",\"start\":1764083000}");
    fixture_event(&f, "outcome driver=openvpn:main");
    assert_true(fixture_had_event(&f, "outcome=gone"));
}

static void news_while_down_breaks_the_protocol(void **state)
{
    static const char *const news[] = {
        ALICE,
        "{\"type\":\"gone\",\"id\":\"4711:0\",\"start\":1764083000}",
        "{\"type\":\"counters\",\"id\":\"4711:0\",\"start\":1764083000,\"counters\":{}}",
        "{\"type\":\"snapshot-end\"}",
    };
    (void)state;
    with_alice();
    for (size_t i = 0; i < sizeof(news) / sizeof(*news); i++) {
        client_send(&a, "{\"type\":\"health\",\"state\":\"down\"}");
        client_send(&a, "%s", news[i]);
        client_expect_end(&a, "protocol");
        client_close(&a);
        fixture_connections(&f, 0);
        assert_int_equal(port_at(1).state, ROUTER_PORT_AWAY);
        assert_string_equal(port_at(1).id, "4711:0");
        client_connect(&a, &f);
        client_hello(&a, "daemon", "openvpn", "main", DOWN);
    }
    assert_int_equal(fixture_stats(&f).protocol_errors, 4);
}

static void second_snapshot_end_needs_a_down_before_it(void **state)
{
    (void)state;
    with_alice();
    client_send(&a, "{\"type\":\"health\",\"state\":\"degraded\"}");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    client_expect_end(&a, "protocol");
}

static void driver_that_is_down_is_live_all_the_same(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", DOWN);
    client_connect(&b, &f);
    client_send(&b,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","
                "\"device_type\":\"openvpn\",\"capabilities\":[]}");
    client_expect_end(&b, "busy");
    heard(&a);
}

static void driver_that_ends_while_down_leaves_nothing_behind(void **state)
{
    (void)state;
    with_alice();
    client_send(&a, "{\"type\":\"health\",\"state\":\"down\"}");
    fixture_until(&f, is_down, NULL);
    client_close(&a);
    fixture_connections(&f, 0);
    fixture_forget_events(&f);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    client_send(&a, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "gone driver=openvpn:main id=4711:0");
    client_close(&a);
    fixture_event(&f, "driver-down");
}

static void driver_that_is_there_is_not_forgotten_also_while_down(void **state)
{
    uint32_t lost = 77;
    (void)state;
    with_alice();
    client_send(&a, "{\"type\":\"health\",\"state\":\"down\"}");
    fixture_until(&f, is_down, NULL);
    assert_int_equal(driver_hub_forget(f.hub, "openvpn", "main"), -EBUSY);
    assert_int_equal(driver_hub_give_up(f.hub, "openvpn", "main", "olga", &lost), -EBUSY);
    assert_string_equal(port_at(1).id, "4711:0");
    client_close(&a);
    fixture_connections(&f, 0);
    assert_int_equal(driver_hub_give_up(f.hub, "openvpn", "spare", "olga", &lost), -ENOENT);
    assert_int_equal(driver_hub_forget(f.hub, "openvpn", "main"), -EBUSY);
    assert_int_equal(lost, 77);
    fixture_forget_events(&f);
    assert_int_equal(driver_hub_give_up(f.hub, "openvpn", "main", "olga", &lost), 0);
    assert_int_equal(lost, 1);
    fixture_event(&f, "gone driver=openvpn:main id=4711:0");
    assert_int_equal(driver_hub_drivers(f.hub, NULL, 0), 0);
    with_alice(); /* it comes back, and she is a new one */
    assert_int_equal(driver_hub_drivers(f.hub, NULL, 0), 1);
}

static void session_driver_has_no_health(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_hello(&a, "session", "pppd", "l2tp", "");
    client_send(&a, "{\"type\":\"health\",\"state\":\"ok\"}");
    client_expect_end(&a, "protocol");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(ports_of_a_daemon_that_is_away_from_the_start_are_listed_as_away),
        TEST(down_takes_the_ports_away_and_forgets_nobody),
        TEST(order_that_stands_is_sent_again_after_a_down),
        TEST(news_while_down_breaks_the_protocol),
        TEST(second_snapshot_end_needs_a_down_before_it),
        TEST(driver_that_is_down_is_live_all_the_same),
        TEST(driver_that_ends_while_down_leaves_nothing_behind),
        TEST(driver_that_is_there_is_not_forgotten_also_while_down),
        TEST(session_driver_has_no_health),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
