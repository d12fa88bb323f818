/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/common: what a driver's calls become on the wire. */
#include "tests/drivers/driver_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- handshake ---- */

static void hello_comes_first_and_the_snapshot_after_welcome(void **state)
{
    (void)state;
    put("7", 5, "alice");
    put("8", 6, "bob");
    driver_online(d);
    accept_driver();
    expect("{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"test\",\"instance\":\"main\","
           "\"device_type\":\"test\",\"capabilities\":[\"disconnect\",\"stats\",\"keep-out\"]}");
    expect_nothing();
    assert_false(driver_is_welcome(d));
    say(WELCOME);
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    expect("{\"type\":\"session\",\"id\":\"8\",\"start\":6,\"state\":\"connected\",\"user\":\"bob\"}");
    expect("{\"type\":\"snapshot-end\"}");
    assert_true(driver_is_welcome(d));
    assert_int_equal(seen.links_up, 1);
}

static void configuration_beyond_the_protocol_is_refused(void **state)
{
    struct driver *x;
    struct driver_config c;
    (void)state;
#define REFUSED(change)                                                                                                \
    do {                                                                                                               \
        c = config();                                                                                                  \
        change;                                                                                                        \
        assert_int_equal(driver_new(&loop, &c, &ops, NULL, &x), -EINVAL);                                              \
    } while (0)
    REFUSED(c.name = "a b");
    REFUSED(c.name = "");
    REFUSED(c.name = NULL);
    REFUSED(c.name = "123456789012345678901234567890123");
    REFUSED(c.instance = "x:y");
    REFUSED(c.device_type = "12345678901234567");
    REFUSED(c.port_prefix = "12345678901");
    REFUSED(c.max_output = 16383);
    REFUSED(
        c.socket =
            "/a/path/that/is/longer/than/the/hundred/and/eight/bytes/that/a/unix/socket/address/can/ever/have/in/it/"
            "on/this/system");
}

static void session_driver_has_no_snapshot_end(void **state)
{
    struct driver *daemon = d;
    struct driver_config c = config();
    (void)state;
    c.kind = DRIVER_SESSION;
    assert_int_equal(driver_new(&loop, &c, &ops, NULL, &d), 0);
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    expect_nothing();
    driver_close(daemon, NULL, NULL);
}

/* ---- what changes ---- */

static void only_what_differs_is_sent(void **state)
{
    struct driver_session s = {.id = "7", .start = 5, .state = DRIVER_SESSION_CONNECTED, .user = "alice"};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    put("7", 5, "alice");
    s.mark = 9;
    assert_int_equal(driver_session_put(d, &s), 0);
    expect_nothing();
    assert_int_equal(driver_session_find(d, "7")->mark, 9);
    s.tunnel_address4 = "10.8.0.2";
    assert_int_equal(driver_session_put(d, &s), 0);
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\","
           "\"tunnel_address4\":\"10.8.0.2\"}");
    s.tunnel_address4 = NULL; /* rrasd must hear that it is gone: silence would mean that it stays */
    assert_int_equal(driver_session_put(d, &s), 0);
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\","
           "\"tunnel_address4\":\"\"}");
}

static void counters_wait_for_their_time(void **state)
{
    struct driver_counters c = {.bytes_in = UINT64_C(5000000000), .crc_errors = 1};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    c.bytes_out = 9;
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    expect_nothing();
    say("{\"type\":\"stats\"}\n");
    expect("{\"type\":\"counters\",\"id\":\"7\",\"start\":5,\"counters\":{\"bytes_in\":5000000000,\"bytes_out\":9,"
           "\"crc_errors\":1}}");
    say("{\"type\":\"stats\"}\n"); /* nothing has moved since */
    expect_nothing();
    assert_int_equal(driver_session_counters(d, "7", 6, &c), -ENOENT);
    assert_int_equal(driver_session_counters(d, "8", 5, &c), -ENOENT);
}

static void counters_are_sent_as_often_as_rrasd_asks(void **state)
{
    struct driver_counters c = {.bytes_in = 1};
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    accept_driver();
    assert_non_null(hear());
    assert_int_equal(driver_counters_interval_ms(d), 0);
    say("{\"type\":\"welcome\",\"version\":1,\"server\":\"test\",\"counters_interval_ms\":20}\n");
    assert_non_null(hear());
    assert_int_equal(driver_counters_interval_ms(d), 20);
    expect("{\"type\":\"snapshot-end\"}");
    for (; c.bytes_in <= 3; c.bytes_in++) {
        char wanted[128];
        assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
        snprintf(wanted, sizeof(wanted),
                 "{\"type\":\"counters\",\"id\":\"7\",\"start\":5,\"counters\":{\"bytes_in\":%d}}", (int)c.bytes_in);
        expect(wanted);
    }
}

static void gone_tells_last_counters_and_whether_the_client_heard(void **state)
{
    struct driver_counters c = {.bytes_in = 4};
    const struct driver_gone gone = {.reason = "idle\x01", .counters_final = true, .told = DRIVER_TOLD_NO};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    put("8", 5, "bob");
    assert_non_null(hear());
    assert_non_null(hear());
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    assert_int_equal(driver_session_gone(d, "7", 6, &gone), -ENOENT);
    assert_int_equal(driver_session_gone(d, "7", 5, &gone), 0);
    expect("{\"type\":\"gone\",\"id\":\"7\",\"start\":5,\"reason\":\"idle\\\\x01\",\"client_told\":\"no\","
           "\"counters\":{\"bytes_in\":4},\"counters_final\":true}");
    assert_int_equal(driver_session_gone(d, "8", 5, NULL), 0);
    expect("{\"type\":\"gone\",\"id\":\"8\",\"start\":5}");
    assert_int_equal(driver_session_gone(d, "7", 5, &gone), -ENOENT);
    assert_int_equal(driver_session_count(d), 0);
}

static void same_id_with_another_start_is_another_session(void **state)
{
    struct driver_counters c = {.bytes_in = 4};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    put("7", 6, "carol");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":6,\"state\":\"connected\",\"user\":\"carol\"}");
    assert_int_equal(driver_session_count(d), 1);
    assert_null(driver_session_find(d, "7")->counters); /* alice's are not carol's */
}

/* ---- texts ---- */

static void name_that_is_not_utf8_travels_as_hex(void **state)
{
    (void)state;
    online_and_empty();
    put("7", 5, "bo\xff");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user_raw\":\"626fff\"}");
    put("7", 5, "\x1b[2J");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"\\u001b[2J\"}");
}

static void texts_are_cut_to_their_limits_on_whole_characters(void **state)
{
    static char lengthy[3000];
    struct driver_session s = {.id = "7", .start = 5, .user = lengthy, .caller = lengthy};
    (void)state;
    online_and_empty();
    for (size_t i = 0; i + 2 < sizeof(lengthy); i += 2)
        memcpy(lengthy + i, "\u00fc", 2);
    memmove(lengthy + 1, lengthy, sizeof(lengthy) - 2);
    lengthy[0] = 'x'; /* so that the limit falls into a character */
    assert_int_equal(driver_session_put(d, &s), 0);
    const struct driver_session *kept = driver_session_find(d, "7");
    assert_int_equal(strlen(kept->user), 511);
    assert_int_equal(strlen(kept->caller), 255);
    assert_non_null(hear());
    assert_non_null(strstr(line, "\"user\":\"x\u00fc"));
}

static void worst_texts_still_fit_into_a_line(void **state)
{
    static char controls[600], id[DRIVER_ID_MAX + 1];
    const struct driver_counters c = {UINT64_MAX,     UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX / 2,
                                      UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX / 2,
                                      UINT64_MAX / 2, UINT64_MAX / 2, UINT32_MAX,     UINT32_MAX};
    struct driver_session s = {.id = id,
                               .start = INT64_MAX,
                               .user = controls,
                               .client_address = controls,
                               .server_address = controls,
                               .tunnel_address4 = controls,
                               .tunnel_address6 = controls,
                               .tunnel_server4 = controls,
                               .interface = controls,
                               .caller = controls,
                               .bundle = controls,
                               .auth = controls,
                               .line_speed = UINT64_MAX / 2,
                               .counters = &c};
    (void)state;
    memset(controls, 1, sizeof(controls) - 1);
    memset(id, '"', sizeof(id) - 1);
    online_and_empty();
    assert_int_equal(driver_session_put(d, &s), 0);
    assert_non_null(hear()); /* which checks the limit of a line */
    assert_non_null(strstr(line, "\"bytes_in\":9223372036854775807"));
    assert_non_null(strstr(line, "\"ratio_out\":4294967295"));
    memset(controls, '\\', sizeof(controls) - 1);
    assert_int_equal(driver_session_put(d, &s), 0);
    assert_non_null(hear());
    memset(controls, '\xff', sizeof(controls) - 1);
    assert_int_equal(driver_session_put(d, &s), 0);
    assert_non_null(hear());
}

static void ids_that_are_no_ids_are_refused(void **state)
{
    char id[DRIVER_ID_MAX + 2];
    struct driver_session s = {.id = id, .start = 5};
    (void)state;
    memset(id, 'x', sizeof(id));
    id[DRIVER_ID_MAX + 1] = '\0';
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    id[DRIVER_ID_MAX] = '\0';
    assert_int_equal(driver_session_put(d, &s), 0);
    s.start = -1;
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.start = 5;
    s.id = "";
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.id = NULL;
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.id = "a\xff";
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.id = "a\n";
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    assert_int_equal(driver_session_count(d), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(hello_comes_first_and_the_snapshot_after_welcome),
        TEST(configuration_beyond_the_protocol_is_refused),
        TEST(session_driver_has_no_snapshot_end),
        TEST(only_what_differs_is_sent),
        TEST(counters_wait_for_their_time),
        TEST(counters_are_sent_as_often_as_rrasd_asks),
        TEST(gone_tells_last_counters_and_whether_the_client_heard),
        TEST(same_id_with_another_start_is_another_session),
        TEST(name_that_is_not_utf8_travels_as_hex),
        TEST(texts_are_cut_to_their_limits_on_whole_characters),
        TEST(worst_texts_still_fit_into_a_line),
        TEST(ids_that_are_no_ids_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
