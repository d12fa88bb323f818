/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "rrasd/users.h"
#include "store_world.h"

static const struct user_settings permitted = {
    .permitted = true, .callback = USER_CALLBACK_ADMIN, .number = "+49 30 555\xe2\x98\x8e"};
static const struct user_settings by_policy = {.by_policy = true, .callback = USER_CALLBACK_NONE};

static void expect(struct store *s, const char *name, const struct user_settings *wanted)
{
    struct user_settings got;
    memset(&got, 0x5a, sizeof got);
    assert_int_equal(store_get_user(s, name, &got), 0);
    assert_int_equal(got.permitted, wanted->permitted);
    assert_int_equal(got.by_policy, wanted->by_policy);
    assert_int_equal(got.callback, wanted->callback);
    assert_string_equal(got.number, wanted->number);
}

/* Nothing is saved at the end: each change is there when it has been answered. */
static void what_is_set_is_there_again_after_a_crash(void **state)
{
    struct store_past past;
    struct router_marks marks = {0};
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_begin_run(s, &marks), 0);
    assert_int_equal(store_set_user(s, "alice", &by_policy, true), 0);
    assert_int_equal(store_set_user(s, "CORP\\alice", &by_policy, true), 0);
    assert_int_equal(store_set_user(s, "alice", &permitted, false), 0);
    store_close(s);
    s = store_world_open(state, &past);
    assert_true(past.known && !past.clean);
    expect(s, "alice", &permitted);
    expect(s, "CORP\\alice", &by_policy);
    assert_int_equal(store_remove_user(s, "alice"), 0);
    store_close(s);
    s = store_world_open(state, &past);
    struct user_settings got;
    assert_int_equal(store_get_user(s, "alice", &got), -ENOENT);
    store_close(s);
}

static void a_clean_stop_keeps_them(void **state)
{
    struct store_past past;
    struct router_marks marks = {0};
    struct router *r = store_world_router(NULL);
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_set_user(s, "alice", &permitted, true), 0);
    assert_int_equal(store_save_clean(s, &marks, r), 0);
    router_free(r);
    store_close(s);
    s = store_world_open(state, &past);
    expect(s, "alice", &permitted);
    store_close(s);
}

static void nobody_is_made_by_a_typo(void **state)
{
    struct store_past past;
    struct user_settings got = by_policy;
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_set_user(s, "alice", &permitted, true), 0);
    assert_int_equal(store_set_user(s, "alcie", &permitted, false), -ENOENT);
    assert_int_equal(store_set_user(s, "Alice", &permitted, false), -ENOENT);
    assert_int_equal(store_remove_user(s, "alcie"), -ENOENT);
    assert_int_equal(store_get_user(s, "alcie", &got), -ENOENT);
    assert_memory_equal(&got, &by_policy, sizeof got);
    expect(s, "alice", &permitted);
    store_close(s);
}

static int note(void *ctx, const char *name, const struct user_settings *settings)
{
    char *seen = ctx;
    assert_true(user_settings_ok(settings));
    strcat(strcat(seen, name), " ");
    return strcmp(name, "stop") == 0;
}

static void they_are_listed_in_order_from_where_one_asks(void **state)
{
    static const char *const names[] = {"b", "stop", "a", "\xc3\xa4", "B", "z"};
    struct store_past past;
    char seen[256] = "";
    struct store *s = store_world_open(state, &past);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(store_set_user(s, names[i], &permitted, true), 0);
    assert_int_equal(store_read_users(s, "", note, seen), 1);
    assert_string_equal(seen, "B a b stop ");
    seen[0] = '\0';
    assert_int_equal(store_read_users(s, "stop", note, seen), 0);
    assert_string_equal(seen, "z \xc3\xa4 ");
    store_close(s);
}

static void what_no_rrasd_has_written_is_nobody(void **state)
{
    static const char *const odd[] = {"a", "b", "c", "d", "e", "f", "h"};
    struct store_past past;
    struct user_settings got = by_policy;
    char seen[256] = "";
    store_close(store_world_open(state, &past));
    store_world_sql(state, "INSERT INTO user VALUES ('a', 2, 0, 1, ''), ('b', 1, -1, 1, ''), ('c', 1, 0, 3, ''),"
                           " ('d', 1, 0, 257, ''), ('e', 1, 0, 1, 'x' || char(0) || 'y'), ('f', 1, 0, 1, char(10)),"
                           " ('g', 1, 0, 1, '5'), ('h', 1, 0, 1, printf('%.*c', 129, '5')),"
                           " (printf('%.*c', 513, 'n'), 1, 0, 1, ''), ('', 1, 0, 1, '')");
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_read_users(s, "", note, seen), 0);
    assert_string_equal(seen, "g ");
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_int_equal(store_get_user(s, odd[i], &got), -EBADMSG);
    assert_memory_equal(&got, &by_policy, sizeof got);
    store_close(s);
}

static void more_than_so_many_are_refused(void **state)
{
    struct store_past past;
    char text[256];
    store_close(store_world_open(state, &past));
    snprintf(text, sizeof text,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             " INSERT INTO user SELECT 'u' || i, 1, 0, 1, '' FROM n",
             STORE_USERS_MAX - 1);
    store_world_sql(state, text);
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_set_user(s, "last", &permitted, true), 0);
    assert_int_equal(store_set_user(s, "too many", &permitted, true), -ENOSPC);
    assert_int_equal(store_set_user(s, "last", &by_policy, true), 0);
    expect(s, "last", &by_policy);
    store_close(s);
}

/* An update of rrasd: version 3 had no users, and what it has stays. */
static void a_store_of_version_3_gets_its_users(void **state)
{
    struct store_past past;
    struct router_limit l;
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_save_limits(s, &(struct router_limit){"l2tp", 3, 1}, 1), 0);
    store_close(s);
    store_world_sql(state, "DROP TABLE user; PRAGMA user_version = 3");
    s = store_world_open(state, &past);
    assert_int_equal(store_set_user(s, "alice", &permitted, true), 0);
    store_close(s);
    s = store_world_open(state, &past);
    expect(s, "alice", &permitted);
    store_close(s);
    assert_int_equal(store_world_put_aside(state), 0);
    struct router *r = store_world_restart(state);
    assert_true(router_limit_get(r, "l2tp", &l));
    router_free(r);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        T(what_is_set_is_there_again_after_a_crash),
        T(a_clean_stop_keeps_them),
        T(nobody_is_made_by_a_typo),
        T(they_are_listed_in_order_from_where_one_asks),
        T(what_no_rrasd_has_written_is_nobody),
        T(more_than_so_many_are_refused),
        T(a_store_of_version_3_gets_its_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
