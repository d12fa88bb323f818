/* SPDX-License-Identifier: Apache-2.0 */
/* One line from a driver: what is taken, what is refused alone, what breaks the protocol. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rrasd/driver_message.h"

static struct driver_message message;
static char why[DRIVER_MESSAGE_WHY];

static int parse_n(const char *line, size_t n)
{
    driver_message_free(&message);
    /* An exact copy, so that the sanitizer sees a read beyond the line. */
    char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, line, n);
    int r = driver_message_parse(copy, n, &message, why);
    free(copy);
    return r;
}

static int parse(const char *line)
{
    return parse_n(line, strlen(line));
}

static int forget(void **state)
{
    (void)state;
    driver_message_free(&message);
    return 0;
}

/* FORMAT with %s replaced by `n` times `fill`. */
static int parse_filled(const char *format, const char *fill, size_t n)
{
    static char text[70000], line[80000];
    size_t unit = strlen(fill);
    assert_true(n * unit < sizeof(text));
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * unit, fill, unit);
    text[n * unit] = '\0';
    const char *at = strstr(format, "%s");
    assert_non_null(at);
    int length = snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - format), format, text, at + 2);
    return parse_n(line, (size_t)length);
}

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

/* ---- session ---- */

#define SESSION(more) "{\"type\":\"session\",\"id\":\"7\",\"start\":1764084000" more "}"

static void session_is_read_in_full(void **state)
{
    (void)state;
    assert_int_equal(
        parse(SESSION(
            ",\"state\":\"connected\",\"user\":\"alice\",\"client_address\":\"192.0.2.7:49152\","
            "\"server_address\":\"192.0.2.1\",\"tunnel_address4\":\"10.88.0.2\",\"tunnel_address6\":\"2001:db8::7\","
            "\"tunnel_server4\":\"10.88.0.1\",\"interface\":\"tun0\",\"caller\":\"laptop\",\"bundle\":\"b\","
            "\"line_speed\":64000,\"counters\":{\"bytes_in\":1,\"bytes_out\":2,\"frames_in\":3,\"frames_out\":4,"
            "\"crc_errors\":5,\"timeout_errors\":6,\"alignment_errors\":7,\"hardware_overruns\":8,"
            "\"framing_errors\":9,\"buffer_overruns\":10,\"ratio_in\":11,\"ratio_out\":12}")),
        0);
    const struct router_session *s = &message.session;
    assert_int_equal(message.type, DRIVER_MESSAGE_SESSION);
    assert_string_equal(s->id, "7");
    assert_int_equal(s->start, 1764084000);
    assert_int_equal(s->state, ROUTER_SESSION_CONNECTED);
    assert_string_equal(s->user, "alice");
    assert_string_equal(s->client_address, "192.0.2.7:49152");
    assert_string_equal(s->server_address, "192.0.2.1");
    assert_string_equal(s->tunnel_address4, "10.88.0.2");
    assert_string_equal(s->tunnel_address6, "2001:db8::7");
    assert_string_equal(s->tunnel_server4, "10.88.0.1");
    assert_string_equal(s->interface, "tun0");
    assert_string_equal(s->caller, "laptop");
    assert_string_equal(s->bundle, "b");
    assert_int_equal(s->line_speed, 64000);
    const struct router_counters expected = {.bytes_in = 1,
                                             .bytes_out = 2,
                                             .frames_in = 3,
                                             .frames_out = 4,
                                             .crc_errors = 5,
                                             .timeout_errors = 6,
                                             .alignment_errors = 7,
                                             .hardware_overruns = 8,
                                             .framing_errors = 9,
                                             .buffer_overruns = 10,
                                             .ratio_in = 11,
                                             .ratio_out = 12};
    assert_memory_equal(s->counters, &expected, sizeof(expected));
}

static void what_a_session_does_not_say_is_null(void **state)
{
    (void)state;
    assert_int_equal(parse(SESSION("")), 0);
    assert_int_equal(message.session.state, ROUTER_SESSION_KEEP);
    assert_null(message.session.user);
    assert_null(message.session.client_address);
    assert_null(message.session.bundle);
    assert_null(message.session.counters);
}

static void every_state_has_its_name(void **state)
{
    static const struct {
        const char *line;
        enum router_session_state expected;
    } states[] = {{SESSION(",\"state\":\"connecting\""), ROUTER_SESSION_CONNECTING},
                  {SESSION(",\"state\":\"authenticating\""), ROUTER_SESSION_AUTHENTICATING},
                  {SESSION(",\"state\":\"calling-back\""), ROUTER_SESSION_CALLING_BACK},
                  {SESSION(",\"state\":\"connected\""), ROUTER_SESSION_CONNECTED},
                  {SESSION(",\"state\":\"disconnecting\""), ROUTER_SESSION_DISCONNECTING}};
    (void)state;
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
        assert_int_equal(parse(states[i].line), 0);
        assert_int_equal(message.session.state, states[i].expected);
    }
    assert_int_equal(parse(SESSION(",\"state\":\"dreaming\"")), -EINVAL);
    assert_int_equal(parse(SESSION(",\"state\":\"connected\\u0000\"")), -EINVAL);
}

static void absent_counters_are_zero_and_ratios_hundred(void **state)
{
    (void)state;
    assert_int_equal(parse(SESSION(",\"counters\":{}")), 0);
    const struct router_counters expected = {.ratio_in = 100, .ratio_out = 100};
    assert_memory_equal(message.session.counters, &expected, sizeof(expected));
}

static void a_record_that_can_not_be_used_is_refused_alone(void **state)
{
    static const struct {
        const char *line;
        const char *id; /* that is known all the same */
    } records[] = {
        {"{\"type\":\"session\",\"start\":1}", NULL},
        {"{\"type\":\"session\",\"id\":\"\",\"start\":1}", NULL},
        {"{\"type\":\"session\",\"id\":\"a\\u0000b\",\"start\":1}", NULL},
        {"{\"type\":\"session\",\"id\":\"7\"}", "7"},
        {"{\"type\":\"session\",\"id\":\"7\",\"start\":-1}", "7"},
        {SESSION(",\"line_speed\":-5"), "7"},
        {SESSION(",\"counters\":{\"bytes_in\":-1}"), "7"},
        {SESSION(",\"caller\":\"a\\u0000b\""), "7"},
        {SESSION(",\"user\":\"a\",\"user_raw\":\"61\""), "7"},
        {SESSION(",\"user_raw\":\"6\""), "7"},
        {SESSION(",\"user_raw\":\"6g\""), "7"},
        {SESSION(",\"user_raw\":\"0x61\""), "7"},
        {"{\"type\":\"counters\",\"id\":\"7\",\"start\":1}", "7"},
        {"{\"type\":\"gone\",\"id\":\"7\"}", "7"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
        if (parse(records[i].line) != -EINVAL)
            fail_msg("not refused alone: %s", records[i].line);
        if (records[i].id)
            assert_string_equal(message.session.id, records[i].id);
        else
            assert_null(message.session.id);
    }
}

static void texts_of_a_session_have_their_limits(void **state)
{
    static const struct {
        const char *line;
        size_t max;
    } texts[] = {
        {"{\"type\":\"session\",\"id\":\"%s\",\"start\":1}", ROUTER_ID_MAX},
        {SESSION(",\"user\":\"%s\""), ROUTER_USER_MAX},
        {SESSION(",\"client_address\":\"%s\""), ROUTER_TEXT_MAX},
        {SESSION(",\"server_address\":\"%s\""), ROUTER_TEXT_MAX},
        {SESSION(",\"tunnel_address4\":\"%s\""), ROUTER_TEXT_MAX},
        {SESSION(",\"tunnel_address6\":\"%s\""), ROUTER_TEXT_MAX},
        {SESSION(",\"tunnel_server4\":\"%s\""), ROUTER_TEXT_MAX},
        {SESSION(",\"interface\":\"%s\""), ROUTER_TEXT_MAX},
        {SESSION(",\"caller\":\"%s\""), ROUTER_TEXT_MAX},
        {SESSION(",\"bundle\":\"%s\""), ROUTER_TEXT_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_int_equal(parse_filled(texts[i].line, "x", texts[i].max - 1), 0);
        assert_int_equal(parse_filled(texts[i].line, "x", texts[i].max), 0);
        assert_int_equal(parse_filled(texts[i].line, "x", texts[i].max + 1), -EINVAL);
        assert_int_equal(parse_filled(texts[i].line, "\u00fc", texts[i].max / 2), 0);
        assert_int_equal(parse_filled(texts[i].line, "\u00fc", texts[i].max / 2 + 1), -EINVAL);
    }
}

static void known_members_of_the_wrong_type_break_the_protocol(void **state)
{
    static const char *const members[] = {"id",     "user",           "user_raw",        "state",
                                          "caller", "client_address", "tunnel_address4", "tunnel_address6",
                                          "bundle", "server_address", "tunnel_server4",  "interface"};
    static const char *const values[] = {"5", "null", "true", "[]", "{}", "1.5"};
    char line[256];
    (void)state;
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        for (size_t j = 0; j < sizeof(values) / sizeof(*values); j++) {
            const char *id = i == 0 ? "" : "\"id\":\"7\",";
            snprintf(line, sizeof(line), "{\"type\":\"session\",%s\"start\":1,\"%s\":%s}", id, members[i], values[j]);
            if (parse(line) != -EPROTO)
                fail_msg("taken: %s", line);
        }
    }
}

static void numbers_of_the_wrong_type_break_the_protocol(void **state)
{
    static const char *const lines[] = {
        "{\"type\":\"session\",\"id\":\"7\",\"start\":\"1\"}",
        "{\"type\":\"session\",\"id\":\"7\",\"start\":1.0}",
        "{\"type\":\"session\",\"id\":\"7\",\"start\":null}",
        SESSION(",\"line_speed\":1e6"),
        SESSION(",\"counters\":[]"),
        SESSION(",\"counters\":null"),
        SESSION(",\"counters\":{\"bytes_in\":\"1\"}"),
        SESSION(",\"counters\":{\"ratio_in\":true}"),
        "{\"type\":\"gone\",\"id\":\"7\",\"start\":1,\"counters_final\":1}",
        "{\"type\":\"gone\",\"id\":\"7\",\"start\":1,\"client_told\":true}",
        "{\"type\":\"gone\",\"id\":\"7\",\"start\":1,\"reason\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        if (parse(lines[i]) != -EPROTO)
            fail_msg("taken: %s", lines[i]);
    }
}

static void numbers_go_to_63_bits_and_no_further(void **state)
{
    (void)state;
    assert_int_equal(parse(SESSION(",\"counters\":{\"bytes_in\":9223372036854775807,\"ratio_in\":4294967296}")), 0);
    assert_int_equal(message.session.counters->bytes_in, INT64_MAX);
    assert_int_equal(message.session.counters->ratio_in, UINT32_MAX);
    assert_int_equal(parse(SESSION(",\"counters\":{\"bytes_in\":9223372036854775808}")), -EPROTO);
    assert_int_equal(parse(SESSION(",\"counters\":{\"bytes_in\":1e400}")), -EPROTO);
    assert_int_equal(parse("{\"type\":\"session\",\"id\":\"7\",\"start\":9223372036854775807}"), 0);
    assert_int_equal(message.session.start, INT64_MAX);
}

/* ---- names that are not UTF-8 ---- */

static void raw_name_that_is_utf8_is_that_name(void **state)
{
    (void)state;
    assert_int_equal(parse(SESSION(",\"user_raw\":\"4AC3bc72676e\"")), 0);
    assert_string_equal(message.session.user, "J\u00fcrgn");
    assert_int_equal(parse(SESSION(",\"user_raw\":\"\"")), 0);
    assert_string_equal(message.session.user, "");
}

static void raw_name_that_is_not_utf8_is_shown_escaped(void **state)
{
    (void)state;
    assert_int_equal(parse(SESSION(",\"user_raw\":\"616cff696365\"")), 0);
    assert_string_equal(message.session.user, "al\\xffice");
}

static void nul_in_a_name_is_shown_escaped(void **state)
{
    (void)state;
    assert_int_equal(parse(SESSION(",\"user\":\"root\\u0000x\"")), 0);
    assert_string_equal(message.session.user, "root\\x00x");
    assert_int_equal(parse(SESSION(",\"user_raw\":\"726f6f740078\"")), 0);
    assert_string_equal(message.session.user, "root\\x00x");
}

static void raw_name_has_the_limit_of_a_name(void **state)
{
    (void)state;
    assert_int_equal(parse_filled(SESSION(",\"user_raw\":\"%s\""), "61", ROUTER_USER_MAX), 0);
    assert_int_equal(strlen(message.session.user), ROUTER_USER_MAX);
    assert_int_equal(parse_filled(SESSION(",\"user_raw\":\"%s\""), "61", ROUTER_USER_MAX + 1), -EINVAL);
    assert_int_equal(parse_filled(SESSION(",\"user_raw\":\"%s\""), "ff", ROUTER_USER_MAX), 0);
    assert_true(strlen(message.session.user) <= ROUTER_USER_MAX);
}

/* ---- the others ---- */

static void gone_is_read_in_full(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"type\":\"gone\",\"id\":\"7\",\"start\":5,\"reason\":\"idle\",\"client_told\":\"yes\","
                           "\"counters\":{\"bytes_in\":9},\"counters_final\":true}"),
                     0);
    assert_int_equal(message.type, DRIVER_MESSAGE_GONE);
    assert_string_equal(message.gone.id, "7");
    assert_int_equal(message.gone.start, 5);
    assert_string_equal(message.gone.reason, "idle");
    assert_int_equal(message.gone.told, ROUTER_TOLD_YES);
    assert_int_equal(message.gone.counters->bytes_in, 9);
    assert_true(message.gone.counters_final);
    assert_int_equal(parse("{\"type\":\"gone\",\"id\":\"7\",\"start\":5,\"client_told\":\"no\"}"), 0);
    assert_int_equal(message.gone.told, ROUTER_TOLD_NO);
    assert_int_equal(parse("{\"type\":\"gone\",\"id\":\"7\",\"start\":5,\"client_told\":\"perhaps\"}"), 0);
    assert_int_equal(message.gone.told, ROUTER_TOLD_UNKNOWN);
    assert_null(message.gone.counters);
}

static void words_for_people_are_shortened_not_refused(void **state)
{
    (void)state;
    assert_int_equal(parse_filled("{\"type\":\"gone\",\"id\":\"7\",\"start\":5,\"reason\":\"%s\"}", "x", 256), 0);
    assert_int_equal(strlen(message.gone.reason), 256);
    assert_int_equal(parse_filled("{\"type\":\"gone\",\"id\":\"7\",\"start\":5,\"reason\":\"%s\"}", "x", 257), 0);
    assert_int_equal(strlen(message.gone.reason), 256);
    assert_int_equal(parse("{\"type\":\"reply\",\"order\":1,\"result\":\"refused\",\"text\":\"a\\u0000b\"}"), 0);
    assert_string_equal(message.text, "a\\x00b");
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
        TEST(hello_of_another_version_is_read_no_further),
        TEST(hello_that_is_wrong_breaks_the_protocol),
        TEST(names_in_hello_have_their_limits),
        TEST(device_name_is_limited_in_characters),
        TEST(session_is_read_in_full),
        TEST(what_a_session_does_not_say_is_null),
        TEST(every_state_has_its_name),
        TEST(absent_counters_are_zero_and_ratios_hundred),
        TEST(a_record_that_can_not_be_used_is_refused_alone),
        TEST(texts_of_a_session_have_their_limits),
        TEST(known_members_of_the_wrong_type_break_the_protocol),
        TEST(numbers_of_the_wrong_type_break_the_protocol),
        TEST(numbers_go_to_63_bits_and_no_further),
        TEST(raw_name_that_is_utf8_is_that_name),
        TEST(raw_name_that_is_not_utf8_is_shown_escaped),
        TEST(nul_in_a_name_is_shown_escaped),
        TEST(raw_name_has_the_limit_of_a_name),
        TEST(gone_is_read_in_full),
        TEST(words_for_people_are_shortened_not_refused),
        TEST(reply_is_read_in_full),
        TEST(reply_that_is_wrong_breaks_the_protocol),
        TEST(unknown_types_are_ignored),
        TEST(what_is_no_message_breaks_the_protocol),
        TEST(nesting_has_its_limit),
        TEST(every_beginning_of_a_message_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
