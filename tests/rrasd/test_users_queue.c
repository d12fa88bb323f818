/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of users: who is answered when, a reload, and a stop. */
#include "users_world.h"

static struct question *ask_all(int (*ask)(struct users *, struct users_ask *), const char *user, size_t n)
{
    struct question *all = calloc(n, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < n; i++) {
        all[i].ask.done = users_world_done;
        snprintf(all[i].ask.user, sizeof all[i].ask.user, "%s", user);
        assert_int_equal(ask(u, &all[i].ask), 0);
    }
    return all;
}

static void callers_and_log_ons_take_turns(void **state)
{
    struct question *first = users_world_question("first");
    (void)state;
    puppet.waits = true;
    assert_int_equal(users_get(u, &first->ask), 0);
    struct question *calls = ask_all(users_get, "call", 3), *admits = ask_all(users_admit, "admit", 3);
    for (size_t i = 0; i < 7; i++)
        uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(answered, "first admit call admit call admit call ");
    free(first);
    free(calls);
    free(admits);
}

static void each_line_has_its_bound(void **state)
{
    struct question *more = users_world_question("more");
    (void)state;
    puppet.waits = true;
    struct question *calls = ask_all(users_get, "call", USERS_CALLS_MAX);
    assert_int_equal(users_get(u, &more->ask), -EBUSY);
    struct question *admits = ask_all(users_admit, "admit", USERS_ADMITS_MAX);
    assert_int_equal(users_admit(u, &more->ask), -EBUSY);
    uv_sem_post(&puppet.go_on);
    while (!calls[0].answered)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(users_get(u, &more->ask), 0);
    users_close(u);
    closed = true;
    uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(more->answered, 1);
    assert_int_equal(more->result, -ECANCELED);
    free(more);
    free(calls);
    free(admits);
}

static void a_stop_answers_what_waits_and_leaves_what_is_under_way(void **state)
{
    struct question *one = users_world_question("one"), *two = users_world_question("two");
    (void)state;
    puppet.waits = true;
    assert_int_equal(users_set(u, &one->ask), 0);
    assert_int_equal(users_set(u, &two->ask), 0);
    users_close(u);
    closed = true;
    assert_int_equal(two->answered, 1);
    assert_int_equal(two->result, -ECANCELED);
    assert_int_equal(one->answered, 0);
    assert_int_equal(users_get(u, &two->ask), -ECANCELED);
    uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(one->answered, 1);
    assert_int_equal(one->result, 0);
    assert_string_equal(puppet.log, "set:one ");
    free(one);
    free(two);
}

static void after_a_reload_what_waits_is_answered_by_the_one_before(void **state)
{
    struct question *one = users_world_question("one"), *two = users_world_question("two"),
                    *three = users_world_question("three");
    (void)state;
    puppet.waits = true;
    assert_int_equal(users_get(u, &one->ask), 0);
    assert_int_equal(users_get(u, &two->ask), 0);
    users_use(u, users_world_directory(&users_world_reader, &other));
    assert_string_equal(users_source_name(u), "reader");
    assert_int_equal(users_get(u, &three->ask), 0);
    assert_int_equal(puppet.freed, 0);
    uv_sem_post(&puppet.go_on);
    uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(puppet.log, "get:one get:two ");
    assert_string_equal(other.log, "get:three ");
    assert_int_equal(puppet.freed, 1);
    assert_int_equal(other.freed, 0);
    users_close(u);
    closed = true;
    free(one);
    free(two);
    free(three);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, users_world_begin, users_world_end)
    const struct CMUnitTest tests[] = {
        T(callers_and_log_ons_take_turns),
        T(each_line_has_its_bound),
        T(a_stop_answers_what_waits_and_leaves_what_is_under_way),
        T(after_a_reload_what_waits_is_answered_by_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
