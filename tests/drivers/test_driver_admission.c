/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/common: asking rrasd whether a user may dial in. */
#include "tests/drivers/driver_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ANSWERS                                                                                                        \
    "{\"type\":\"welcome\",\"version\":1,\"server\":\"test\",\"counters_interval_ms\":600000,\"admission\":true}\n"

static void online(void)
{
    driver_online(d);
    accept_driver();
    assert_non_null(strstr(hear(), "\"type\":\"hello\""));
    say(ANSWERS);
    expect("{\"type\":\"snapshot-end\"}");
}

static uint64_t ask(const char *user)
{
    uint64_t n = 0;
    assert_int_equal(driver_ask_admission(d, user, NULL, &n), 0);
    return n;
}

static void until_admissions(int n)
{
    for (uint64_t begin = uv_hrtime(); seen.admissions < n;)
        turn(begin);
    assert_int_equal(seen.admissions, n);
}

static void each_question_has_the_answer_with_its_number(void **state)
{
    uint64_t n = 0;
    (void)state;
    online();
    assert_int_equal(driver_ask_admission(d, "alice", "192.0.2.7:4000", &n), 0);
    assert_int_equal(n, 1);
    expect("{\"type\":\"admission-ask\",\"n\":1,\"user\":\"alice\",\"client_address\":\"192.0.2.7:4000\"}");
    assert_int_equal(ask("bo\xff"), 2);
    expect("{\"type\":\"admission-ask\",\"n\":2,\"user_raw\":\"626fff\"}");
    say("{\"type\":\"admission\",\"n\":2,\"result\":\"refuse\",\"text\":\"dial-in permission "
        "refused\",\"future\":1}\n");
    until_admissions(1);
    assert_string_equal(seen.last_admission, "2 refused dial-in permission refused");
    say("{\"type\":\"admission\",\"n\":1,\"result\":\"permit\"}\n");
    until_admissions(2);
    assert_string_equal(seen.last_admission, "1 admitted ");
    say("{\"type\":\"admission\",\"n\":1,\"result\":\"refuse\"}\n{\"type\":\"admission\",\"n\":77,\"result\":"
        "\"permit\"}\n");
    expect_nothing(); /* nobody has asked that, or not any more */
    assert_int_equal(seen.admissions, 2);
}

static void an_rrasd_that_does_not_answer_is_not_asked(void **state)
{
    uint64_t n = 7;
    (void)state;
    assert_int_equal(driver_ask_admission(d, "alice", NULL, &n), -ENOTCONN);
    online_and_empty();
    assert_int_equal(driver_ask_admission(d, "alice", NULL, &n), -ENOTCONN);
    drop_driver();
    online(); /* this one does */
    ask("alice");
    assert_non_null(hear());
    drop_driver();
    until_admissions(1);
    assert_int_equal(driver_ask_admission(d, "alice", NULL, &n), -ENOTCONN);
    assert_int_equal(n, 7);
}

static void what_no_user_has_is_not_asked(void **state)
{
    char name[DRIVER_USER_MAX + 2];
    uint64_t n = 0;
    (void)state;
    online();
    memset(name, 'x', sizeof(name));
    name[DRIVER_USER_MAX + 1] = '\0';
    assert_int_equal(driver_ask_admission(d, "", NULL, &n), -EINVAL);
    assert_int_equal(driver_ask_admission(d, name, NULL, &n), -EINVAL);
    name[DRIVER_USER_MAX] = '\0';
    assert_int_equal(driver_ask_admission(d, name, NULL, &n), 0);
}

static void so_many_questions_may_wait(void **state)
{
    uint64_t n = 0;
    (void)state;
    online();
    for (unsigned i = 0; i < DRIVER_ASKS_MAX; i++) {
        ask("alice");
        assert_non_null(hear());
    }
    assert_int_equal(driver_ask_admission(d, "alice", NULL, &n), -EBUSY);
    say("{\"type\":\"admission\",\"n\":9,\"result\":\"permit\"}\n");
    until_admissions(1);
    ask("alice");
}

static void a_question_of_a_connection_that_ends_has_no_answer(void **state)
{
    (void)state;
    online();
    ask("alice");
    ask("bob");
    assert_non_null(hear());
    drop_driver();
    until_admissions(2);
    assert_string_equal(seen.last_admission, "2 none ");
    online();
    say("{\"type\":\"admission\",\"n\":2,\"result\":\"permit\"}\n");
    expect_nothing();
    assert_int_equal(ask("carol"), 3); /* numbers are not used again */
    expect("{\"type\":\"admission-ask\",\"n\":3,\"user\":\"carol\"}");
    driver_leave(d);
    assert_int_equal(seen.admissions, 2); /* never from within a call */
    until_admissions(3);
}

static void a_question_has_its_end_in_time(void **state)
{
    struct driver_config c = config();
    (void)state;
    driver_close(d, NULL, NULL);
    c.ask_ms = 1;
    assert_int_equal(driver_new(&loop, &c, &ops, NULL, &d), 0);
    online();
    ask("alice");
    assert_int_equal(seen.admissions, 0);
    until_admissions(1);
    assert_string_equal(seen.last_admission, "1 none ");
    expect("{\"type\":\"admission-ask\",\"n\":1,\"user\":\"alice\"}");
    say("{\"type\":\"admission\",\"n\":1,\"result\":\"permit\"}\n"); /* too late */
    expect_nothing();
    assert_int_equal(seen.admissions, 1);
}

static void an_answer_that_is_none_ends_the_connection(void **state)
{
    static const char *const bad[] = {
        "{\"type\":\"admission\",\"result\":\"permit\"}\n",
        "{\"type\":\"admission\",\"n\":-1,\"result\":\"permit\"}\n",
        "{\"type\":\"admission\",\"n\":1}\n",
        "{\"type\":\"admission\",\"n\":1,\"result\":\"perhaps\"}\n",
        "{\"type\":\"admission\",\"n\":1,\"result\":true}\n",
        "{\"type\":\"admission\",\"n\":1,\"result\":\"permit\",\"text\":7}\n",
    };
    int ends = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        online();
        ask("alice");
        assert_non_null(hear());
        say(bad[i]);
        expect_end();
        drop_driver();
        until_admissions(++ends);
        assert_non_null(strstr(seen.last_admission, " none "));
    }
}

static void capability_without_the_op_is_refused(void **state)
{
    static const struct driver_ops nothing;
    struct driver_config c = config();
    struct driver *x;
    (void)state;
    c.capabilities = DRIVER_CAN_ADMISSION;
    assert_int_equal(driver_new(&loop, &c, &nothing, NULL, &x), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(each_question_has_the_answer_with_its_number),
        TEST(an_rrasd_that_does_not_answer_is_not_asked),
        TEST(what_no_user_has_is_not_asked),
        TEST(so_many_questions_may_wait),
        TEST(a_question_of_a_connection_that_ends_has_no_answer),
        TEST(a_question_has_its_end_in_time),
        TEST(an_answer_that_is_none_ends_the_connection),
        TEST(capability_without_the_op_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
