/* SPDX-License-Identifier: Apache-2.0 */
/* One line from a driver about a session: what is taken, what is refused alone, what breaks the protocol. */
#include "tests/drivers/message_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- session ---- */

static void session_is_read_in_full(void **state)
{
    (void)state;
    assert_int_equal(
        parse(SESSION(
            ",\"state\":\"connected\",\"user\":\"alice\",\"client_address\":\"192.0.2.7:49152\","
            "\"server_address\":\"192.0.2.1\",\"tunnel_address4\":\"10.88.0.2\",\"tunnel_address6\":\"2001:db8::7\","
            "\"tunnel_server4\":\"10.88.0.1\",\"interface\":\"tun0\",\"caller\":\"laptop\",\"bundle\":\"b\",\"auth\":"
            "\"eap-tls\","
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
    assert_string_equal(s->auth, "eap-tls");
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
    assert_null(message.session.auth);
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
        {SESSION(",\"auth\":\"%s\""), ROUTER_TEXT_MAX},
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

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, forget)
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
