/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about users, and verdicts; and what a source may say that is not to be believed. */
#include "users_world.h"

static void each_question_is_answered_once_by_the_source(void **state)
{
    struct question *q = users_world_question("alice");
    (void)state;
    snprintf(puppet.settings.number, sizeof puppet.settings.number, "555");
    users_world_answer(users_get, q);
    assert_int_equal(q->result, 0);
    assert_true(q->ask.settings.permitted);
    assert_string_equal(q->ask.settings.number, "555");
    q->ask.settings.permitted = false;
    q->answered = 0;
    users_world_answer(users_set, q);
    assert_false(puppet.settings.permitted);
    q->answered = 0;
    q->ask.create = true;
    users_world_answer(users_set, q);
    q->answered = 0;
    users_world_answer(users_remove, q);
    assert_string_equal(puppet.log, "get:alice set:alice create:alice remove:alice ");
    free(q);
}

static void what_can_not_be_is_not_asked(void **state)
{
    static const char *const names[] = {"", "a\nb", "\xff", "x\x7f"};
    struct question *q = users_world_question("x");
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(q->ask.user, sizeof q->ask.user, "%s", names[i]);
        assert_int_equal(users_get(u, &q->ask), -EINVAL);
        assert_int_equal(users_set(u, &q->ask), -EINVAL);
        assert_int_equal(users_remove(u, &q->ask), -EINVAL);
    }
    snprintf(q->ask.user, sizeof q->ask.user, "x");
    static const uint8_t kinds[] = {0, 3, 5, 8, 0x81};
    for (size_t i = 0; i < sizeof kinds; i++) {
        q->ask.settings.callback = kinds[i];
        assert_int_equal(users_set(u, &q->ask), -EINVAL);
    }
    q->ask.settings.callback = USER_CALLBACK_CALLER;
    memset(q->ask.settings.number, '5', USERS_NUMBER_UNITS + 1);
    assert_int_equal(users_set(u, &q->ask), -EINVAL);
    memset(q->ask.settings.number, '5', sizeof q->ask.settings.number); /* does not end */
    assert_int_equal(users_set(u, &q->ask), -EINVAL);
    q->ask.max = 0;
    assert_int_equal(users_list(u, &q->ask), -EINVAL);
    q->ask.max = USERS_LIST_MAX + 1;
    assert_int_equal(users_list(u, &q->ask), -EINVAL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(q->answered, 0);
    assert_string_equal(puppet.log, "");
    free(q);
}

/* Two units, three bytes: what fits into a WCHAR[129] fits here. */
static void a_number_is_measured_in_utf16(void **state)
{
    struct user_settings s = {.callback = USER_CALLBACK_ADMIN};
    (void)state;
    for (size_t i = 0; i < 128; i++)
        memcpy(s.number + 3 * i, "\xe2\x98\x8e", 3);
    assert_true(user_settings_ok(&s));
    memset(s.number, 0, sizeof s.number);
    for (size_t i = 0; i < 64; i++)
        memcpy(s.number + 4 * i, "\xf0\x9f\x93\x9e", 4);
    assert_true(user_settings_ok(&s));
    s.number[256] = '1';
    assert_false(user_settings_ok(&s));
}

static void a_failure_comes_with_its_sentence(void **state)
{
    struct question *q = users_world_question("alice");
    (void)state;
    puppet.result = -EHOSTDOWN;
    users_world_answer(users_get, q);
    assert_int_equal(q->result, -EHOSTDOWN);
    assert_string_equal(q->ask.why, "the puppet fails");
    assert_false(q->ask.settings.permitted);
    free(q);
}

static void a_source_is_not_believed(void **state)
{
    struct question *q = users_world_question("alice");
    (void)state;
    puppet.settings.callback = USER_CALLBACK_ADMIN | USER_CALLBACK_NONE;
    users_world_answer(users_get, q);
    assert_int_equal(q->result, -EBADMSG);
    assert_int_equal(q->ask.settings.callback, USER_CALLBACK_NONE);
    puppet.settings.callback = USER_CALLBACK_ADMIN;
    memset(puppet.settings.number, '5', sizeof puppet.settings.number);
    q->answered = 0;
    users_world_answer(users_admit, q);
    assert_int_equal(q->result, -EBADMSG);
    free(q);
}

/* ---- lists ---- */

static void a_list_comes_in_pages_without_what_can_not_be(void **state)
{
    struct question *q = users_world_question("");
    (void)state;
    q->ask.max = 5;
    users_world_answer(users_list, q);
    assert_string_equal(q->names, "u0 u1 u2 u3 u5 ");
    assert_true(q->ask.more);
    snprintf(q->ask.user, sizeof q->ask.user, "u5");
    q->answered = 0;
    q->names[0] = '\0';
    users_world_answer(users_list, q);
    assert_string_equal(q->names, "u7 u8 u9 ");
    assert_false(q->ask.more);
    free(q);
}

static void what_a_source_does_not_do_is_said(void **state)
{
    struct question *q = users_world_question("alice");
    int (*const asks[])(struct users *, struct users_ask *) = {users_set, users_remove, users_list};
    (void)state;
    q->ask.max = 1;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        q->answered = 0;
        users_world_answer(asks[i], q);
        assert_int_equal(q->result, -ENOTSUP);
        assert_non_null(strstr(q->ask.why, "\"reader\""));
    }
    free(q);
}

/* ---- may he dial in? ---- */

static enum users_verdict verdict(const char *user)
{
    struct question *q = users_world_question(user);
    users_world_answer(users_admit, q);
    assert_int_equal(q->result, 0);
    enum users_verdict v = q->ask.verdict;
    assert_int_equal(q->ask.why[0] == '\0', v == USERS_PERMITTED);
    free(q);
    return v;
}

static void the_verdict_follows_permission_and_policy(void **state)
{
    (void)state;
    for (int policy = 0; policy < 2; policy++) {
        config.users.permit = (uint32_t)policy;
        enum users_verdict of_policy = policy ? USERS_PERMITTED : USERS_REFUSED;
        puppet.settings.by_policy = false;
        puppet.settings.permitted = true;
        assert_int_equal(verdict("alice"), USERS_PERMITTED);
        puppet.settings.permitted = false;
        assert_int_equal(verdict("alice"), USERS_REFUSED);
        puppet.settings.by_policy = true;
        assert_int_equal(verdict("alice"), of_policy);
        puppet.settings.permitted = true;
        assert_int_equal(verdict("alice"), of_policy);
        puppet.known = "somebody";
        assert_int_equal(verdict("alice"), of_policy);
        puppet.known = NULL;
    }
}

static void a_name_is_looked_for_whole_then_without_its_domain(void **state)
{
    (void)state;
    config.users.permit = 0;
    puppet.known = "bob";
    assert_int_equal(verdict("CORP\\bob"), USERS_PERMITTED);
    assert_string_equal(puppet.log, "get:CORP\\bob get:bob ");
    puppet.log[0] = '\0';
    puppet.known = "CORP\\bob";
    assert_int_equal(verdict("CORP\\bob"), USERS_PERMITTED);
    assert_int_equal(verdict("bob"), USERS_REFUSED);
    assert_int_equal(verdict("a\\b\\c"), USERS_REFUSED);
    assert_string_equal(puppet.log, "get:CORP\\bob get:bob get:a\\b\\c ");
}

static void nobody_is_asked_about_a_name_that_can_not_be(void **state)
{
    (void)state;
    config.users.permit = 0;
    assert_int_equal(verdict(""), USERS_REFUSED);
    assert_int_equal(verdict("a\nb"), USERS_REFUSED);
    assert_string_equal(puppet.log, "");
}

static void a_source_that_fails_gives_no_verdict(void **state)
{
    struct question *q = users_world_question("CORP\\bob");
    (void)state;
    puppet.result = -ETIMEDOUT;
    users_world_answer(users_admit, q);
    assert_int_equal(q->result, -ETIMEDOUT);
    assert_string_equal(puppet.log, "get:CORP\\bob ");
    free(q);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, users_world_begin, users_world_end)
    const struct CMUnitTest tests[] = {
        T(each_question_is_answered_once_by_the_source),
        T(what_can_not_be_is_not_asked),
        cmocka_unit_test(a_number_is_measured_in_utf16),
        T(a_failure_comes_with_its_sentence),
        T(a_source_is_not_believed),
        T(a_list_comes_in_pages_without_what_can_not_be),
        cmocka_unit_test_setup_teardown(what_a_source_does_not_do_is_said, users_world_begin_reader, users_world_end),
        T(the_verdict_follows_permission_and_policy),
        T(a_name_is_looked_for_whole_then_without_its_domain),
        T(nobody_is_asked_about_a_name_that_can_not_be),
        T(a_source_that_fails_gives_no_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
