/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/pppd/keep_out.h"

static struct keep_out_table t;

static int put_at(uint64_t n, const char *user, int64_t until, int64_t now)
{
    struct message m = {.type = MESSAGE_KEEP_OUT, .n = n, .until = until, .user_len = strlen(user)};
    memcpy(m.user, user, m.user_len);
    snprintf(m.reason, sizeof(m.reason), "reason %d", (int)n);
    return keep_out_put(&t, &m, now);
}

static int put(uint64_t n, const char *user, int64_t until)
{
    return put_at(n, user, until, 0);
}

static uint64_t found(const char *user, int64_t now)
{
    struct keep_out k;
    return keep_out_find(&t, user, strlen(user), now, &k) ? k.n : 0;
}

static int clear(void **state)
{
    (void)state;
    keep_out_clear(&t);
    return 0;
}

static void users_are_found_by_their_whole_name(void **state)
{
    (void)state;
    struct keep_out k;
    put(1, "alice", 100);
    put(2, "al", 100);
    put(3, "bob", 100);
    assert_int_equal(found("alice", 99), 1);
    assert_int_equal(found("al", 99), 2);
    assert_int_equal(found("ali", 99), 0);
    assert_true(keep_out_find(&t, "bob", 3, 99, &k));
    assert_string_equal(k.reason, "reason 3");
    assert_memory_equal(k.user, "bob", 3);
}

static void a_user_may_be_meant_in_one_domain_or_in_all(void **state)
{
    (void)state;
    put(1, "bob", 100);
    put(2, "CORP\\carol", 100);
    assert_int_equal(found("CORP\\bob", 99), 1);
    assert_int_equal(found("CORP\\carol", 99), 2);
    assert_int_equal(found("BIZ\\carol", 99), 0);
    assert_int_equal(found("carol", 99), 0);
    assert_int_equal(found("bob@corp.example", 99), 0);
    assert_int_equal(found("\\bob", 99), 0);
    put(3, "CORP\\bob", 100);
    assert_int_equal(found("CORP\\bob", 99), 3);
}

static void they_end(void **state)
{
    (void)state;
    put(1, "alice", 100);
    put(2, "bob", 100);
    put(3, "carol", 100);
    assert_int_equal(found("alice", 100), 0);
    put(1, "alice", 200);
    assert_int_equal(found("alice", 100), 1);
    keep_out_lift(&t, 2);
    keep_out_lift(&t, 99);
    assert_int_equal(found("bob", 0), 0);
    assert_int_equal(found("carol", 0), 3);
    keep_out_clear(&t);
    assert_int_equal(found("carol", 0), 0);
}

static void there_is_a_limit(void **state)
{
    (void)state;
    char user[16];
    unsigned n = 0;
    do {
        snprintf(user, sizeof(user), "user-%u", ++n);
    } while (put(n, user, 100) == 0);
    assert_int_equal(put(n, user, 100), -ENOSPC);
    assert_int_equal(found(user, 0), 0);
    assert_in_range(n, 1000, 10000);
    assert_int_equal(found("user-1", 0), 1);
    keep_out_lift(&t, 1);
    assert_int_equal(put(n, "user-1", 100), 0);
    assert_int_equal(put(2, "a name that is longer than what was there", 100), -ENOSPC);
    assert_int_equal(found("user-2", 0), 0); /* what rrasd was told is not in force is not */
}

static void those_that_have_ended_make_room(void **state)
{
    (void)state;
    char user[16];
    unsigned n = 0;
    do {
        snprintf(user, sizeof(user), "user-%u", ++n);
    } while (put(n, user, n == 2 || n == 4 ? 200 : 100) == 0);
    assert_int_equal(put_at(n, user, 200, 99), -ENOSPC); /* not before their time */
    assert_int_equal(found("user-1", 99), 1);
    assert_int_equal(put_at(n, user, 200, 100), 0);
    assert_int_equal(found("user-2", 100), 2);
    assert_int_equal(found("user-4", 100), 4);
    assert_int_equal(found(user, 100), n);
    assert_int_equal(found("user-1", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(users_are_found_by_their_whole_name, clear),
        cmocka_unit_test_setup(a_user_may_be_meant_in_one_domain_or_in_all, clear),
        cmocka_unit_test_setup(they_end, clear),
        cmocka_unit_test_setup(there_is_a_limit, clear),
        cmocka_unit_test_setup(those_that_have_ended_make_room, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
