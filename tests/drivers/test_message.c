/* SPDX-License-Identifier: Apache-2.0 */
/* One line from a driver: hello, answers, and what is no message at all. */
#include "tests/drivers/message_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- hello ---- */

#define HELLO(more)                                                                                                    \
    "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","              \
    "\"device_type\":\"openvpn\",\"capabilities\":[\"disconnect\"]" more "}"

static void hello_is_read_in_full(void **state)
{
    (void)state;
    assert_int_equal(parse(HELLO(",\"device_name\":\"OpenVPN M\u00fcnchen\",\"port_prefix\":\"ovpn\",\"ports\":5,"
                                 "\"max_ports\":7,\"future\":{\"a\":[null,1.5,true]}")),
                     0);
    assert_int_equal(message.type, DRIVER_MESSAGE_HELLO);
    assert_int_equal(message.version, 1);
    assert_int_equal(message.info.kind, ROUTER_DRIVER_DAEMON);
    assert_string_equal(message.info.name, "openvpn");
    assert_string_equal(message.info.instance, "main");
    assert_string_equal(message.info.device_type, "openvpn");
    assert_string_equal(message.info.device_name, "OpenVPN M\u00fcnchen");
    assert_string_equal(message.info.port_prefix, "ovpn");
    assert_int_equal(message.info.ports, 5);
    assert_int_equal(message.info.max_ports, 7);
    assert_int_equal(message.capabilities, DRIVER_MESSAGE_CAN_DISCONNECT);
}

static void hello_defaults_are_none(void **state)
{
    (void)state;
    assert_int_equal(parse(HELLO("")), 0);
    assert_null(message.info.device_name);
    assert_null(message.info.port_prefix);
    assert_int_equal(message.info.ports, 0);
}

static void hello_knows_all_capabilities_and_ignores_others(void **state)
{
    (void)state;
    assert_int_equal(
        parse("{\"type\":\"hello\",\"version\":1,\"kind\":\"session\",\"driver\":\"pppd\",\"instance\":\"l2tp\","
              "\"device_type\":\"l2tp\",\"capabilities\":[\"stats\",\"hard\",\"teleport\",\"disconnect\"]}"),
        0);
    assert_int_equal(message.info.kind, ROUTER_DRIVER_SESSION);
    assert_int_equal(message.capabilities,
                     DRIVER_MESSAGE_CAN_DISCONNECT | DRIVER_MESSAGE_CAN_HARD | DRIVER_MESSAGE_CAN_STATS);
}

static void hello_may_tell_the_health(void **state)
{
    (void)state;
    assert_int_equal(parse(HELLO("")), 0);
    assert_false(message.has_health);
    assert_int_equal(message.health, DRIVER_MESSAGE_OK);
    assert_int_equal(parse(HELLO(",\"health\":{\"state\":\"down\",\"text\":\"no socket\",\"since\":7}")), 0);
    assert_true(message.has_health);
    assert_int_equal(message.health, DRIVER_MESSAGE_DOWN);
    assert_string_equal(message.text, "no socket");
}

static void health_has_one_of_three_states(void **state)
{
    static const struct {
        const char *line;
        int result;
        enum driver_message_health health;
    } lines[] = {
        {"{\"type\":\"health\",\"state\":\"ok\"}", 0, DRIVER_MESSAGE_OK},
        {"{\"type\":\"health\",\"state\":\"degraded\",\"text\":\"\"}", 0, DRIVER_MESSAGE_DEGRADED},
        {"{\"type\":\"health\",\"state\":\"down\"}", 0, DRIVER_MESSAGE_DOWN},
        {"{\"type\":\"health\"}", -EPROTO, 0},
        {"{\"type\":\"health\",\"state\":\"fine\"}", -EPROTO, 0},
        {"{\"type\":\"health\",\"state\":\"ok\\u0000\"}", -EPROTO, 0},
        {"{\"type\":\"health\",\"state\":1}", -EPROTO, 0},
        {"{\"type\":\"health\",\"state\":\"ok\",\"text\":7}", -EPROTO, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        int r = parse(lines[i].line);
        if (r != lines[i].result || (r == 0 && message.health != lines[i].health))
            fail_msg("not as it should be: %s", lines[i].line);
    }
    assert_int_equal(parse_filled("{\"type\":\"health\",\"state\":\"down\",\"text\":\"%s\"}", "x", 300), 0);
    assert_int_equal(strlen(message.text), ROUTER_TEXT_MAX);
}

static void hello_of_another_version_is_read_no_further(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"type\":\"hello\",\"version\":2,\"kind\":17}"), 0);
    assert_int_equal(message.version, 2);
}

static void hello_that_is_wrong_breaks_the_protocol(void **state)
{
    static const char *const wrong[] = {
        "{\"type\":\"hello\"}",
        "{\"type\":\"hello\",\"version\":\"1\"}",
        "{\"type\":\"hello\",\"version\":1.0}",
        "{\"type\":\"hello\",\"version\":0}",
        "{\"type\":\"hello\",\"version\":-1}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"demon\"}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":1}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\"}",
        HELLO(",\"ports\":\"5\""),
        HELLO(",\"ports\":-1"),
        HELLO(",\"ports\":5.5"),
        HELLO(",\"ports\":1048576"),
        HELLO(",\"max_ports\":9223372036854775807"),
        HELLO(",\"port_prefix\":\"\""),
        HELLO(",\"port_prefix\":\"a b\""),
        HELLO(",\"port_prefix\":\"elevenchars\""),
        HELLO(",\"port_prefix\":null"),
        HELLO(",\"device_name\":5"),
        HELLO(",\"health\":\"down\""),
        HELLO(",\"health\":{}"),
        HELLO(",\"health\":{\"state\":\"fine\"}"),
        HELLO(",\"health\":{\"state\":\"down\",\"text\":1}"),
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"session\",\"driver\":\"pppd\",\"instance\":\"l2tp\",\"device_"
        "type\":"
        "\"l2tp\",\"capabilities\":[],\"health\":{\"state\":\"ok\"}}",
        HELLO(",\"device_name\":\"a\\u0000b\""),
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"a/"
        "b\",\"instance\":\"main\",\"device_type\":\"x\","
        "\"capabilities\":[]}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"a\",\"instance\":\"m:n\",\"device_type\":"
        "\"x\","
        "\"capabilities\":[]}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"a\",\"instance\":\"main\",\"device_type\":"
        "\"\\n\","
        "\"capabilities\":[]}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"a\",\"instance\":\"main\",\"device_type\":"
        "\"x\"}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"a\",\"instance\":\"main\",\"device_type\":"
        "\"x\","
        "\"capabilities\":\"disconnect\"}",
        "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"a\",\"instance\":\"main\",\"device_type\":"
        "\"x\","
        "\"capabilities\":[1]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        why[0] = '\0';
        if (parse(wrong[i]) != -EPROTO || why[0] == '\0')
            fail_msg("taken, or without a reason: %s", wrong[i]);
    }
}

static void names_in_hello_have_their_limits(void **state)
{
    static const struct {
        const char *line;
        size_t max;
    } names[] = {
        {"{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"%s\",\"instance\":\"m\",\"device_type\":"
         "\"x\","
         "\"capabilities\":[]}",
         32},
        {"{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"d\",\"instance\":\"%s\",\"device_type\":"
         "\"x\","
         "\"capabilities\":[]}",
         32},
        {"{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"d\",\"instance\":\"m\",\"device_type\":\"%"
         "s\","
         "\"capabilities\":[]}",
         16},
        {HELLO(",\"port_prefix\":\"%s\""), 10},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        assert_int_equal(parse_filled(names[i].line, "x", names[i].max - 1), 0);
        assert_int_equal(parse_filled(names[i].line, "x", names[i].max), 0);
        assert_int_equal(parse_filled(names[i].line, "x", names[i].max + 1), -EPROTO);
        assert_int_equal(parse_filled(names[i].line, "x", 0), -EPROTO);
    }
}

static void device_name_is_limited_in_characters(void **state)
{
    (void)state;
    assert_int_equal(parse_filled(HELLO(",\"device_name\":\"%s\""), "\u00fc", 128), 0);
    assert_int_equal(parse_filled(HELLO(",\"device_name\":\"%s\""), "\u00fc", 129), -EPROTO);
    assert_int_equal(parse_filled(HELLO(",\"device_name\":\"%s\""), "\U0001f600", 128), 0);
    assert_int_equal(parse_filled(HELLO(",\"device_name\":\"%s\""), "\U0001f600", 129), -EPROTO);
}

static void reply_is_read_in_full(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"type\":\"reply\",\"order\":9223372036854775807,\"result\":\"accepted\"}"), 0);
    assert_int_equal(message.type, DRIVER_MESSAGE_REPLY);
    assert_int_equal(message.order, INT64_MAX);
    assert_int_equal(message.result, ROUTER_REPLY_ACCEPTED);
    assert_null(message.text);
    assert_int_equal(parse("{\"type\":\"reply\",\"order\":1,\"result\":\"no-such-session\"}"), 0);
    assert_int_equal(message.result, ROUTER_REPLY_NO_SESSION);
    assert_int_equal(parse("{\"type\":\"reply\",\"order\":1,\"result\":\"refused\",\"text\":\"no\"}"), 0);
    assert_int_equal(message.result, ROUTER_REPLY_REFUSED);
    assert_string_equal(message.text, "no");
}

static void reply_that_is_wrong_breaks_the_protocol(void **state)
{
    static const char *const wrong[] = {
        "{\"type\":\"reply\",\"result\":\"accepted\"}",
        "{\"type\":\"reply\",\"order\":1}",
        "{\"type\":\"reply\",\"order\":\"1\",\"result\":\"accepted\"}",
        "{\"type\":\"reply\",\"order\":-1,\"result\":\"accepted\"}",
        "{\"type\":\"reply\",\"order\":1,\"result\":\"perhaps\"}",
        "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\",\"text\":1}",
        "{\"type\":\"pong\",\"n\":\"1\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        if (parse(wrong[i]) != -EPROTO)
            fail_msg("taken: %s", wrong[i]);
    }
}

static void unknown_types_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"type\":\"weather\",\"id\":5}"), 0);
    assert_int_equal(message.type, DRIVER_MESSAGE_UNKNOWN);
}

static void what_is_no_message_breaks_the_protocol(void **state)
{
    static const char *const wrong[] = {
        "",
        " ",
        "null",
        "5",
        "\"text\"",
        "[]",
        "{}",
        "{\"type\":5}",
        "{",
        "{\"type\":\"pong\"",
        "{\"type\":\"pong\"} x",
        "{\"type\":\"pong\"}{\"type\":\"pong\"}",
        "{'type':'pong'}",
        "{\"type\":\"pong\",}",
        "\xef\xbb\xbf{\"type\":\"pong\"}",
        "{\"type\":\"pong\",\"type\":\"pong\"}",
        "{\"type\":\"x\",\"a\":\"\xff\"}",
        "{\"type\":\"x\",\"a\":\"\xc0\x80\"}",
        "{\"type\":\"x\",\"a\":\"\xed\xa0\x80\"}",
        "{\"type\":\"x\",\"a\":\"\\ud800\"}",
        "{\"type\":\"x\",\"a\":\"\x01\"}",
        "{\"type\":\"x\",\"a\":NaN}",
        "{\"type\":\"x\",\"a\":Infinity}",
        "{\"type\":\"x\",\"a\":01}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        if (parse(wrong[i]) != -EPROTO)
            fail_msg("taken: %s", wrong[i]);
    }
    assert_int_equal(parse_n("{\"type\":\"pong\"}\0", 16), -EPROTO);
}

static void nesting_has_its_limit(void **state)
{
    (void)state;
    /* The object itself is the first level. */
    char line[40000];
    for (int depth = 15; depth <= 17; depth++) {
        int n = snprintf(line, sizeof(line), "{\"type\":\"x\",\"a\":");
        for (int i = 1; i < depth; i++)
            line[n++] = '[';
        for (int i = 1; i < depth; i++)
            line[n++] = ']';
        line[n++] = '}';
        assert_int_equal(parse_n(line, (size_t)n), depth <= 16 ? 0 : -EPROTO);
    }
    memset(line, '[', 16000);
    assert_int_equal(parse_n(line, 16000), -EPROTO);
    /* Brackets inside of a string are text. */
    assert_int_equal(parse_filled("{\"type\":\"x\",\"a\":\"\\\"%s\"}", "[{", 2000), 0);
}

static void every_beginning_of_a_message_is_refused(void **state)
{
    static const char line[] = SESSION(",\"user\":\"a\\u00e9\\\"\",\"counters\":{\"bytes_in\":12}");
    (void)state;
    for (size_t n = 0; n < sizeof(line) - 1; n++)
        assert_int_equal(parse_n(line, n), -EPROTO);
    assert_int_equal(parse_n(line, sizeof(line) - 1), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, forget)
    const struct CMUnitTest tests[] = {
        TEST(hello_is_read_in_full),
        TEST(hello_defaults_are_none),
        TEST(hello_knows_all_capabilities_and_ignores_others),
        TEST(hello_may_tell_the_health),
        TEST(health_has_one_of_three_states),
        TEST(hello_of_another_version_is_read_no_further),
        TEST(hello_that_is_wrong_breaks_the_protocol),
        TEST(names_in_hello_have_their_limits),
        TEST(device_name_is_limited_in_characters),
        TEST(reply_is_read_in_full),
        TEST(reply_that_is_wrong_breaks_the_protocol),
        TEST(unknown_types_are_ignored),
        TEST(what_is_no_message_breaks_the_protocol),
        TEST(nesting_has_its_limit),
        TEST(every_beginning_of_a_message_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
