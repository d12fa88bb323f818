/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/common: orders, a connection that is lost and made again, and bounds. */
#include "tests/drivers/driver_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- seen.orders ---- */

static void order_reaches_the_driver_and_its_answer_goes_back(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":9,\"id\":\"7\",\"start\":5,\"hard\":true,\"reason\":\"maintenance\","
        "\"deadline_ms\":10000,\"future\":1}\n");
    expect_nothing();
    assert_int_equal(seen.orders, 1);
    assert_string_equal(seen.last_order, "7 5 hard maintenance 10000");
    assert_int_equal(driver_reply(d, seen.last_ref, DRIVER_REFUSED, "no \xff"), 0);
    expect("{\"type\":\"reply\",\"order\":9,\"result\":\"refused\",\"text\":\"no \\\\xff\"}");
}

static void order_for_who_is_not_in_the_table_is_answered_here(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":6,\"hard\":true}\n");
    expect("{\"type\":\"reply\",\"order\":1,\"result\":\"no-such-session\"}");
    say("{\"type\":\"disconnect\",\"order\":2,\"id\":\"8\",\"start\":5,\"hard\":false}\n");
    expect("{\"type\":\"reply\",\"order\":2,\"result\":\"no-such-session\"}");
    assert_int_equal(seen.orders, 0);
}

static void answer_is_only_good_on_the_connection_that_asked(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5,\"hard\":false}\n");
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    expect_nothing();
    assert_int_equal(seen.orders, 1);
    drop_driver();
    welcome(); /* another rrasd, whose order 1 is for somebody else */
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    assert_int_equal(driver_reply(d, seen.last_ref, DRIVER_ACCEPTED, NULL), -ENOTCONN);
    expect_nothing();
}

static void driver_may_close_or_go_offline_when_an_order_comes(void **state)
{
    (void)state;
    put("7", 5, "alice");
    seen.offline_on_order = true;
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5}\n{\"type\":\"disconnect\",\"order\":2,\"id\":"
        "\"7\","
        "\"start\":5}\n");
    expect("{\"type\":\"health\",\"state\":\"down\",\"text\":\"the daemon is away\"}");
    expect("{\"type\":\"reply\",\"order\":2,\"result\":\"refused\",\"text\":\"the daemon is away\"}");
    assert_int_equal(seen.orders, 1);
    seen.offline_on_order = false;
    seen.close_on_order = true;
    driver_online(d);
    expect("{\"type\":\"health\",\"state\":\"ok\"}");
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5}\n");
    expect_end();
    assert_null(d);
}

/* ---- the connection ---- */

static void snapshot_comes_again_whenever_the_connection_was_lost(void **state)
{
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    drop_driver();
    put("8", 5, "bob"); /* and this while nobody hears it */
    assert_int_equal(driver_session_gone(d, "7", 5, NULL), 0);
    welcome();
    expect("{\"type\":\"session\",\"id\":\"8\",\"start\":5,\"state\":\"connected\",\"user\":\"bob\"}");
    expect("{\"type\":\"snapshot-end\"}");
    assert_int_equal(seen.links_up, 2);
    assert_int_equal(seen.links_down, 1);
}

static void driver_waits_for_a_socket_that_is_not_there(void **state)
{
    (void)state;
    online_and_empty();
    close(listener);
    unlink(path);
    drop_driver();
    uint64_t begin = uv_hrtime();
    while (seen.links_down == 0)
        turn(begin);
    listen_again();
    welcome();
    expect("{\"type\":\"snapshot-end\"}");
}

static void leaving_closes_and_online_tells_everything_again(void **state)
{
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    driver_leave(d);
    expect_end();
    drop_driver();
    uv_run(&loop, UV_RUN_DEFAULT); /* ends: nothing is due any more */
    assert_int_equal(seen.links_down, 1);
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
}

static void rrasd_that_breaks_the_protocol_is_left_and_tried_again(void **state)
{
    static const char *const bad[] = {
        "\n",
        "nonsense\n",
        "[]\n",
        "{}\n",
        "{\"type\":\"ping\"}\n",
        "{\"type\":\"ping\",\"n\":\"1\"}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\"}\n",
        "{\"type\":\"disconnect\",\"order\":\"1\",\"id\":\"7\",\"start\":5}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":7,\"start\":5}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5,\"hard\":1}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5,\"deadline_ms\":-1}\n",
        "{\"type\":\"refused\",\"id\":7}\n",
        WELCOME,
    };
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        welcome();
        assert_non_null(hear());
        expect("{\"type\":\"snapshot-end\"}");
        say(bad[i]);
        expect_end();
        drop_driver();
    }
    assert_int_equal(seen.orders, 0);
}

static void orders_before_welcome_are_not_obeyed(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    accept_driver();
    assert_non_null(hear());
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5}\n");
    expect_end();
    assert_int_equal(seen.orders, 0);
}

static void unknown_messages_and_refusals_do_no_harm(void **state)
{
    (void)state;
    online_and_empty();
    say("{\"type\":\"horoscope\",\"x\":[{}]}\n{\"type\":\"refused\",\"id\":\"7\",\"code\":\"no-port\",\"text\":"
        "\"\\u001b\"}\n");
    expect_nothing();
    assert_int_equal(seen.refusals, 1);
}

/* ---- bounds ---- */

static void big_snapshot_comes_whole_to_a_slow_reader_with_what_changes_meanwhile(void **state)
{
    char id[16];
    int sessions = 0, carol = 0, gone = 0;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        put(id, 5, "alice");
    }
    driver_online(d);
    welcome();
    assert_non_null(hear()); /* it has begun, and is far from its end: the socket is full */
    assert_string_equal(line,
                        "{\"type\":\"session\",\"id\":\"0\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    put("0", 5, "carol");
    put("4999", 5, "carol");
    assert_int_equal(driver_session_gone(d, "4998", 5, NULL), 0);
    put("new", 5, "carol");
    for (;;) {
        assert_non_null(hear());
        if (strstr(line, "snapshot-end"))
            break;
        sessions += strstr(line, "\"type\":\"session\"") != NULL;
        carol += strstr(line, "carol") != NULL;
        gone += strstr(line, "\"type\":\"gone\",\"id\":\"4998\"") != NULL;
    }
    assert_int_equal(gone, 1);
    assert_true(carol >= 1 && carol <= 3); /* what was sent before the end of the snapshot, each in its newest state */
    assert_true(sessions >= 4998);
    expect_nothing();
}

static void rrasd_that_does_not_read_is_left_and_told_everything_later(void **state)
{
    char id[16];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        put(id, 5, "alice");
    }
    driver_online(d);
    welcome();
    uint64_t begin = uv_hrtime();
    while (!driver_is_welcome(d))
        turn(begin);
    for (int i = 0; i < 19999; i++) {
        snprintf(id, sizeof(id), "%d", i);
        assert_int_equal(driver_session_gone(d, id, 5, NULL), 0);
    }
    assert_false(driver_is_welcome(d)); /* more was to be said than may wait */
    drop_driver();
    welcome();
    expect("{\"type\":\"session\",\"id\":\"19999\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    expect("{\"type\":\"snapshot-end\"}");
}

static int end_each(void *ctx, const struct driver_session *s)
{
    int *left = ctx;
    assert_int_equal(driver_session_gone(d, s->id, s->start, NULL), 0);
    return --*left == 0 ? 42 : 0;
}

static void each_session_can_be_ended_while_looking_at_all(void **state)
{
    int left = 2;
    (void)state;
    put("1", 5, "a");
    put("2", 5, "b");
    put("3", 5, "c");
    assert_int_equal(driver_sessions_each(d, end_each, &left), 42);
    assert_int_equal(driver_session_count(d), 1);
    assert_non_null(driver_session_find(d, "3"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(order_reaches_the_driver_and_its_answer_goes_back),
        TEST(order_for_who_is_not_in_the_table_is_answered_here),
        TEST(answer_is_only_good_on_the_connection_that_asked),
        TEST(driver_may_close_or_go_offline_when_an_order_comes),
        TEST(snapshot_comes_again_whenever_the_connection_was_lost),
        TEST(driver_waits_for_a_socket_that_is_not_there),
        TEST(leaving_closes_and_online_tells_everything_again),
        TEST(rrasd_that_breaks_the_protocol_is_left_and_tried_again),
        TEST(orders_before_welcome_are_not_obeyed),
        TEST(unknown_messages_and_refusals_do_no_harm),
        TEST(big_snapshot_comes_whole_to_a_slow_reader_with_what_changes_meanwhile),
        TEST(rrasd_that_does_not_read_is_left_and_told_everything_later),
        TEST(each_session_can_be_ended_while_looking_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
