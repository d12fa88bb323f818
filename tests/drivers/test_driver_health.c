/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/common: a daemon that can't be reached, and users who are to be turned away. */
#include "tests/drivers/driver_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FAR "9000000000"

/* ---- health ---- */

static void daemon_that_is_away_is_told_with_the_reason_and_without_sessions(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_offline(d, "no way to the daemon\x1b");
    accept_driver();
    assert_non_null(hear());
    assert_non_null(strstr(line, "\"health\":{\"state\":\"down\",\"text\":\"no way to the daemon\\\\x1b\"}}"));
    say(WELCOME);
    expect_nothing();
    put("8", 5, "bob");
    assert_int_equal(driver_session_gone(d, "7", 5, NULL), 0);
    expect_nothing();
    driver_offline(d, "no way to the daemon\x1b");
    expect_nothing();
    driver_offline(d, "still none");
    expect("{\"type\":\"health\",\"state\":\"down\",\"text\":\"still none\"}");
    driver_online(d);
    expect("{\"type\":\"health\",\"state\":\"ok\"}");
    expect("{\"type\":\"session\",\"id\":\"8\",\"start\":5,\"state\":\"connected\",\"user\":\"bob\"}");
    expect("{\"type\":\"snapshot-end\"}");
}

static void daemon_that_goes_and_comes_gets_a_new_snapshot_on_the_same_connection(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    driver_offline(d, NULL);
    expect("{\"type\":\"health\",\"state\":\"down\"}");
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5}\n"); /* has crossed it, and gets some reason */
    expect(
        "{\"type\":\"reply\",\"order\":1,\"result\":\"refused\",\"text\":\"the daemon can't be asked yet; nothing was "
        "done\"}");
    put("7", 5, "carol");
    driver_online(d);
    driver_online(d);
    expect("{\"type\":\"health\",\"state\":\"ok\"}");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"carol\"}");
    expect("{\"type\":\"snapshot-end\"}");
    expect_nothing();
    assert_int_equal(seen.links_up, 1);
    assert_int_equal(seen.links_down, 0);
}

static void what_has_changed_between_hello_and_welcome_is_told(void **state)
{
    (void)state;
    driver_offline(d, "away");
    accept_driver();
    assert_non_null(hear());
    driver_online(d);
    say(WELCOME);
    expect("{\"type\":\"health\",\"state\":\"ok\"}");
    expect("{\"type\":\"snapshot-end\"}");
    drop_driver();
    accept_driver();
    assert_non_null(hear());
    assert_null(strstr(line, "health"));
    driver_offline(d, "away");
    say(WELCOME);
    expect("{\"type\":\"health\",\"state\":\"down\",\"text\":\"away\"}");
    expect_nothing();
}

static void snapshot_that_is_cut_short_by_a_loss_begins_anew(void **state)
{
    char id[16];
    int sessions = 0;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        put(id, 5, "alice");
    }
    driver_online(d);
    welcome();
    assert_non_null(hear()); /* and many more wait */
    driver_offline(d, "away");
    do
        assert_non_null(hear());
    while (strstr(line, "\"type\":\"session\""));
    assert_string_equal(line, "{\"type\":\"health\",\"state\":\"down\",\"text\":\"away\"}");
    expect_nothing();
    driver_online(d);
    expect("{\"type\":\"health\",\"state\":\"ok\"}");
    for (assert_non_null(hear()); strstr(line, "\"type\":\"session\""); assert_non_null(hear()))
        sessions++;
    assert_string_equal(line, "{\"type\":\"snapshot-end\"}");
    assert_int_equal(sessions, 5000);
}

static void degraded_is_said_with_what_is_missing_until_all_is_well(void **state)
{
    (void)state;
    driver_degraded(d, "no counters");
    driver_online(d);
    accept_driver();
    assert_non_null(hear());
    assert_non_null(strstr(line, "\"health\":{\"state\":\"degraded\",\"text\":\"no counters\"}}"));
    say(WELCOME);
    expect("{\"type\":\"snapshot-end\"}");
    driver_degraded(d, "no counters");
    put("7", 5, "alice"); /* is told all the same */
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    driver_offline(d, "away");
    expect("{\"type\":\"health\",\"state\":\"down\",\"text\":\"away\"}");
    driver_degraded(d, "no orders");
    expect_nothing();
    driver_online(d);
    expect("{\"type\":\"health\",\"state\":\"degraded\",\"text\":\"no orders\"}");
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    driver_degraded(d, NULL);
    expect("{\"type\":\"health\",\"state\":\"ok\"}");
}

static void session_driver_has_no_health_and_leaves(void **state)
{
    struct driver *daemon = d;
    struct driver_config c = config();
    (void)state;
    c.kind = DRIVER_SESSION;
    assert_int_equal(driver_new(&loop, &c, &ops, NULL, &d), 0);
    driver_degraded(d, "no counters");
    driver_online(d);
    accept_driver();
    assert_non_null(hear());
    assert_null(strstr(line, "health"));
    say(WELCOME);
    expect_nothing();
    driver_offline(d, "away");
    expect_end();
    driver_close(daemon, NULL, NULL);
}

/* ---- keep-out ---- */

static void capability_without_the_op_is_refused(void **state)
{
    static const struct driver_ops nothing;
    struct driver_config c = config();
    struct driver *x;
    (void)state;
    c.capabilities = DRIVER_CAN_KEEP_OUT;
    assert_int_equal(driver_new(&loop, &c, &nothing, NULL, &x), -EINVAL);
    c.capabilities = DRIVER_CAN_DISCONNECT;
    assert_int_equal(driver_new(&loop, &c, &nothing, NULL, &x), -EINVAL);
}

static void kept_out_user_is_found_until_it_is_lifted(void **state)
{
    (void)state;
    online_and_empty();
    assert_null(driver_kept_out(d, "alice"));
    say("{\"type\":\"keep-out\",\"n\":7,\"user\":\"alice\",\"until\":" FAR ",\"reason\":\"expired contract\"}\n");
    expect_nothing();
    assert_string_equal(seen.last_keep_out, "7 alice 9000000000 expired contract");
    assert_int_equal(driver_kept_out(d, "alice")->n, 7);
    assert_null(driver_kept_out(d, "alic"));
    assert_null(driver_kept_out(d, "alicea"));
    assert_int_equal(driver_keep_out_reply(d, 7, false, "no such \xff interface"), 0);
    expect("{\"type\":\"keep-out-reply\",\"n\":7,\"result\":\"refused\",\"text\":\"no such \\\\xff interface\"}");
    assert_int_equal(driver_keep_out_reply(d, 7, true, NULL), 0);
    expect("{\"type\":\"keep-out-reply\",\"n\":7,\"result\":\"taken\"}");
    say("{\"type\":\"keep-out\",\"n\":7,\"user\":\"alice\",\"until\":9000000001}\n"); /* another end */
    say("{\"type\":\"keep-out\",\"n\":8,\"user_raw\":\"616C696365\",\"until\":" FAR "}\n");
    say("{\"type\":\"keep-out\",\"n\":9,\"user_raw\":\"626fff\",\"until\":" FAR "}\n");
    expect_nothing();
    assert_int_equal(seen.keep_outs, 4);
    assert_int_equal(driver_kept_out(d, "alice")->until, 9000000001);
    assert_int_equal(driver_kept_out(d, "bo\xff")->n, 9);
    say("{\"type\":\"keep-out-lift\",\"n\":7}\n{\"type\":\"keep-out-lift\",\"n\":77}\n");
    expect_nothing();
    assert_int_equal(driver_kept_out(d, "alice")->n, 8);
    say("{\"type\":\"keep-out-lift\",\"n\":8}\n");
    expect_nothing();
    assert_null(driver_kept_out(d, "alice"));
    assert_int_equal(seen.keep_outs_ended, 2);
    assert_int_equal(driver_keep_out_reply(d, 7, true, NULL), -ENOENT);
    assert_int_equal(driver_report_kept_out(d, 7, "alice", NULL), -ENOENT);
}

static void a_user_may_be_kept_out_in_one_domain_or_in_all(void **state)
{
    (void)state;
    online_and_empty();
    say("{\"type\":\"keep-out\",\"n\":7,\"user\":\"bob\",\"until\":" FAR "}\n");
    say("{\"type\":\"keep-out\",\"n\":8,\"user\":\"CORP\\\\carol\",\"until\":" FAR "}\n");
    expect_nothing();
    assert_int_equal(driver_kept_out(d, "CORP\\bob")->n, 7);
    assert_int_equal(driver_kept_out(d, "CORP\\carol")->n, 8);
    assert_null(driver_kept_out(d, "BIZ\\carol"));
    assert_null(driver_kept_out(d, "carol"));
    assert_null(driver_kept_out(d, "bob@corp.example"));
    assert_null(driver_kept_out(d, "\\bob"));
}

static void keep_out_ends_by_itself(void **state)
{
    char text[160];
    uint64_t begin = uv_hrtime();
    (void)state;
    online_and_empty();
    say("{\"type\":\"keep-out\",\"n\":6,\"user\":\"alice\",\"until\":5}\n"); /* is over already */
    expect_nothing();
    assert_int_equal(seen.keep_outs, 1);
    assert_null(driver_kept_out(d, "alice"));
    while (seen.keep_outs_ended == 0)
        turn(begin);
    int64_t until = (int64_t)time(NULL) + 2;
    snprintf(text, sizeof(text),
             "{\"type\":\"keep-out\",\"n\":7,\"user\":\"alice\",\"until\":%lld}\n"
             "{\"type\":\"keep-out\",\"n\":8,\"user\":\"alice\",\"until\":" FAR "}\n",
             (long long)until);
    say(text);
    while (seen.keep_outs < 3)
        turn(begin);
    while (seen.keep_outs_ended < 2)
        turn(begin);
    assert_true(time(NULL) >= until);
    assert_int_equal(seen.last_ended, 7);
    assert_int_equal(driver_kept_out(d, "alice")->n, 8);
}

static void keep_outs_stay_while_rrasd_is_away_and_what_it_does_not_name_again_ends(void **state)
{
    (void)state;
    online_and_empty();
    say("{\"type\":\"keep-out\",\"n\":7,\"user\":\"alice\",\"until\":" FAR "}\n"
        "{\"type\":\"keep-out\",\"n\":8,\"user\":\"bob\",\"until\":" FAR "}\n{\"type\":\"keep-out-end\"}\n");
    expect_nothing();
    drop_driver();
    uint64_t begin = uv_hrtime();
    while (seen.links_down == 0)
        turn(begin);
    assert_int_equal(driver_kept_out(d, "alice")->n, 7);
    assert_int_equal(driver_keep_out_reply(d, 7, true, NULL), 0); /* nobody listens: it is asked again */
    assert_int_equal(driver_report_kept_out(d, 7, "alice", NULL), 0);
    welcome();
    expect("{\"type\":\"snapshot-end\"}");
    expect_nothing();
    assert_int_equal(seen.keep_outs_ended, 0);
    say("{\"type\":\"keep-out\",\"n\":8,\"user\":\"bob\",\"until\":" FAR "}\n{\"type\":\"keep-out-end\"}\n");
    expect_nothing();
    assert_int_equal(seen.keep_outs, 3);
    assert_int_equal(seen.keep_outs_ended, 1);
    assert_null(driver_kept_out(d, "alice"));
    assert_int_equal(driver_kept_out(d, "bob")->n, 8);
}

static void kept_out_is_reported_once_a_second_at_most(void **state)
{
    (void)state;
    online_and_empty();
    say("{\"type\":\"keep-out\",\"n\":7,\"user\":\"bo\\u0001\",\"until\":" FAR "}\n");
    expect_nothing();
    assert_int_equal(driver_report_kept_out(d, 7, "bo\x01", "192.0.2.7:49152"), 0);
    expect("{\"type\":\"kept-out\",\"n\":7,\"user\":\"bo\\u0001\",\"client_address\":\"192.0.2.7:49152\"}");
    uint64_t begin = uv_hrtime(), told = uv_now(&loop);
    assert_int_equal(driver_report_kept_out(d, 7, "bo\x01", NULL), 0);
    expect_nothing();
    while (uv_now(&loop) - told < 1000)
        turn(begin);
    assert_int_equal(driver_report_kept_out(d, 7, "bo\xff", NULL), 0);
    expect("{\"type\":\"kept-out\",\"n\":7,\"user_raw\":\"626fff\"}");
}

static void keep_outs_that_break_the_protocol_end_the_connection(void **state)
{
    static const char *const bad[] = {
        "{\"type\":\"keep-out\"}\n",
        "{\"type\":\"keep-out\",\"user\":\"bob\",\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":-1,\"user\":\"bob\",\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user\":\"\",\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user\":7,\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user\":\"bob\"}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user\":\"bob\",\"until\":\"5\"}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user\":\"bob\",\"user_raw\":\"ff\",\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user_raw\":\"f\",\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user_raw\":\"fg\",\"until\":5}\n",
        "{\"type\":\"keep-out\",\"n\":1,\"user\":\"bob\",\"until\":5,\"reason\":1}\n",
        "{\"type\":\"keep-out\",\"n\":7,\"user\":\"bob\",\"until\":5}\n", /* 7 is alice */
        "{\"type\":\"keep-out-lift\"}\n",
        "{\"type\":\"keep-out-lift\",\"n\":\"7\"}\n",
    };
    (void)state;
    online_and_empty();
    say("{\"type\":\"keep-out\",\"n\":7,\"user\":\"alice\",\"until\":" FAR "}\n");
    expect_nothing();
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        say(bad[i]);
        expect_end();
        drop_driver();
        welcome();
        expect("{\"type\":\"snapshot-end\"}");
    }
    assert_int_equal(seen.keep_outs, 1);
    assert_int_equal(seen.keep_outs_ended, 0);
}

static void names_that_can_not_be_kept_out_are_declined(void **state)
{
    char text[160];
    (void)state;
    online_and_empty();
    say("{\"type\":\"keep-out\",\"n\":1,\"user_raw\":\"6100\",\"until\":" FAR "}\n");
    expect(
        "{\"type\":\"keep-out-reply\",\"n\":1,\"result\":\"refused\",\"text\":\"no name of this driver's users has a "
        "NUL in it\"}");
    for (unsigned n = 1; n <= DRIVER_KEEP_OUTS_MAX; n++) {
        snprintf(text, sizeof(text), "{\"type\":\"keep-out\",\"n\":%u,\"user\":\"user%u\",\"until\":" FAR "}\n", n, n);
        say(text);
        if (n % 100 == 0)
            expect_nothing();
    }
    say("{\"type\":\"keep-out\",\"n\":10001,\"user\":\"dave\",\"until\":" FAR "}\n");
    expect("{\"type\":\"keep-out-reply\",\"n\":10001,\"result\":\"refused\",\"text\":\"there are too many "
           "keep-outs\"}");
    assert_int_equal(driver_kept_out(d, "user10000")->n, 10000);
    assert_null(driver_kept_out(d, "dave"));
}

static int count_each(void *ctx, const struct driver_keep_out *k)
{
    unsigned *n = ctx;
    return ++*n == 3 ? (int)k->n : 0;
}

/* 10,000 answers are more than may wait, and more than the socket takes. */
static void answers_wait_without_bound_for_nobody(void **state)
{
    char text[160], wanted[160];
    unsigned n, counted = 0;
    (void)state;
    seen.answer_keep_outs = true;
    online_and_empty();
    for (n = 1; n <= DRIVER_KEEP_OUTS_MAX; n++) {
        uint64_t begin = uv_hrtime();
        snprintf(text, sizeof(text), "{\"type\":\"keep-out\",\"n\":%u,\"user\":\"user%u\",\"until\":" FAR "}\n", n, n);
        say(text);
        while (n % 100 == 0 && seen.keep_outs < (int)n)
            turn(begin);
    }
    for (n = 1; n <= DRIVER_KEEP_OUTS_MAX; n++) {
        snprintf(wanted, sizeof(wanted),
                 "{\"type\":\"keep-out-reply\",\"n\":%u,\"result\":\"taken\",\"text\":\"denied at log-on\"}", n);
        expect(wanted);
    }
    assert_true(driver_is_welcome(d));
    assert_int_equal(driver_keep_outs_each(d, count_each, &counted), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(daemon_that_is_away_is_told_with_the_reason_and_without_sessions),
        TEST(daemon_that_goes_and_comes_gets_a_new_snapshot_on_the_same_connection),
        TEST(what_has_changed_between_hello_and_welcome_is_told),
        TEST(snapshot_that_is_cut_short_by_a_loss_begins_anew),
        TEST(degraded_is_said_with_what_is_missing_until_all_is_well),
        TEST(session_driver_has_no_health_and_leaves),
        TEST(capability_without_the_op_is_refused),
        TEST(kept_out_user_is_found_until_it_is_lifted),
        TEST(a_user_may_be_kept_out_in_one_domain_or_in_all),
        TEST(keep_out_ends_by_itself),
        TEST(keep_outs_stay_while_rrasd_is_away_and_what_it_does_not_name_again_ends),
        TEST(kept_out_is_reported_once_a_second_at_most),
        TEST(keep_outs_that_break_the_protocol_end_the_connection),
        TEST(names_that_can_not_be_kept_out_are_declined),
        TEST(answers_wait_without_bound_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
