/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "router/keep_out.h"
#include "rrasd/past.h"
#include "rrasd/store.h"
#include "scratch.h"
#include "store_world.h"

static void keep_outs_are_stored_as_they_change(void **state)
{
    struct store_past past;
    struct router_marks marks = {0}, stored;
    struct router_keep_out k;
    struct router *r = NULL;
    struct store *s = store_world_open(state, &past);
    struct store_keep_out_change changes[4] = {
        {.keep_out = {.number = 3,
                      .user = "alice",
                      .driver = "",
                      .reason = "expired",
                      .by = "uid 7",
                      .since = store_world_now.wall_s - 5,
                      .until = store_world_now.wall_s + 5}},
        {.keep_out =
             {.number = 4, .user = "bob", .driver = "openvpn:main", .reason = "", .by = "", .until = INT64_MAX}},
        {.keep_out =
             {.number = 5, .user = "over", .driver = "", .reason = "", .by = "", .until = store_world_now.wall_s}},
        {.keep_out = {.number = 6, .user = "lifted", .driver = "", .reason = "", .by = "", .until = INT64_MAX}},
    };
    for (size_t i = 0; i < 3; i++)
        changes[i].next = &changes[i + 1];
    assert_int_equal(store_begin_run(s, &marks), 0);
    assert_int_equal(store_change_keep_outs(s, changes, 9), 0);
    changes[3].part = STORE_KEEP_OUT_END;
    assert_int_equal(store_change_keep_outs(s, &changes[3], 6), 0);
    store_close(s); /* as after kill -9 */

    s = store_world_open(state, &past);
    assert_false(past.clean);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
    assert_int_equal(router_keep_out_count(r), 2);
    assert_int_equal(router_keep_out_last(r), 9);
    assert_true(router_kept_out(r, "alice", "openvpn", "main", &k));
    assert_int_equal(k.number, 3);
    assert_int_equal(k.since, store_world_now.wall_s - 5);
    assert_string_equal(k.reason, "expired");
    assert_string_equal(k.by, "uid 7");
    assert_true(router_kept_out(r, "bob", "openvpn", "main", &k));
    assert_false(router_kept_out(r, "bob", "openvpn", "udp", &k));
    assert_int_equal(router_keep_out_lift(r, 4, NULL), 0);
    assert_int_equal(store_save_clean(s, &marks, r), 0); /* the writer had no time any more */
    router_free(r);
    store_close(s);

    s = store_world_open(state, &past);
    assert_true(past.clean);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
    assert_int_equal(router_keep_out_count(r), 1);
    assert_int_equal(router_keep_out_last(r), 9);
    router_free(r);
    store_close(s);
}

static void counts_are_stored_alone(void **state)
{
    struct store_past past;
    struct router_marks marks = {0}, stored;
    struct router_keep_out k;
    struct router *r = NULL;
    struct store *s = store_world_open(state, &past);
    struct store_keep_out_change changes[] = {
        {.keep_out = {.number = 1, .user = "alice", .driver = "", .reason = "lost", .by = "olga", .until = INT64_MAX}},
        {.part = STORE_KEEP_OUT_COUNTS, .keep_out = {.number = 1, .turned_away = 1ull << 40, .last_attempt = 77}},
        {.part = STORE_KEEP_OUT_COUNTS, .keep_out = {.number = 2, .turned_away = 9}}, /* is over meanwhile */
    };
    changes[0].next = &changes[1];
    changes[1].next = &changes[2];
    assert_int_equal(store_begin_run(s, &marks), 0);
    assert_int_equal(store_change_keep_outs(s, changes, 1), 0);
    store_close(s); /* as after kill -9 */
    s = store_world_open(state, &past);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
    assert_int_equal(router_keep_out_count(r), 1);
    assert_true(router_keep_out_get(r, 1, &k));
    assert_true(k.turned_away == 1ull << 40);
    assert_int_equal(k.last_attempt, 77);
    assert_string_equal(k.reason, "lost");
    router_free(r);
    store_close(s);
}

static void note_number(void *ctx, const struct router_keep_out *k)
{
    uint32_t *numbers = ctx;
    numbers[0]++;
    numbers[numbers[0]] = k->number;
}

static void those_that_ended_while_nobody_looked_are_named(void **state)
{
    struct store_past past;
    struct router_marks marks = {0}, stored;
    struct router *r = NULL;
    struct store *s = store_world_open(state, &past);
    uint32_t numbers[8] = {0};
    struct store_keep_out_change changes[] = {
        {.keep_out =
             {.number = 1, .user = "alice", .driver = "", .reason = "", .by = "", .until = store_world_now.wall_s}},
        {.keep_out =
             {.number = 2, .user = "bob", .driver = "", .reason = "", .by = "", .until = store_world_now.wall_s + 1}},
        {.keep_out = {.number = 3, .user = "carol", .driver = "", .reason = "", .by = "", .until = 5}},
    };
    changes[0].next = &changes[1];
    changes[1].next = &changes[2];
    assert_int_equal(store_begin_run(s, &marks), 0);
    assert_int_equal(store_change_keep_outs(s, changes, 3), 0);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
    const struct router_time later = {.mono_ms = store_world_now.mono_ms,
                                      .wall_s = store_world_now.wall_s + 1}; /* the router has bob still */
    assert_int_equal(past_keep_outs_over(s, r, &later, note_number, numbers), 0);
    assert_int_equal(numbers[0], 2);
    assert_int_equal(numbers[1], 1);
    assert_int_equal(numbers[2], 3);
    router_free(r);
    store_close(s);
}

static void keep_outs_that_can_not_be_are_left_out_alone(void **state)
{
    struct store_past past;
    struct router_marks marks = {0}, stored;
    struct router *r = NULL;
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_begin_run(s, &marks), 0);
    store_close(s);
    store_world_sql(state, "INSERT INTO keep_out VALUES (1, '', '', '', '', 0, 9223372036854775807, 0, 0),"
                           " (2, 'alice', '', '', '', 0, 9223372036854775807, 0, 0)");
    s = store_world_open(state, &past);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
    assert_int_equal(router_keep_out_count(r), 1);
    assert_int_equal(router_keep_out_last(r), 2);
    router_free(r);
    store_close(s);
}

static void keep_outs_with_numbers_that_can_not_be_hide_no_other(void **state)
{
    struct store_past past;
    struct router_marks marks = {0}, stored;
    struct router *r = NULL;
    struct router_keep_out k;
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_begin_run(s, &marks), 0);
    store_close(s);
    store_world_sql(state, "INSERT INTO keep_out VALUES (-1, 'mallory', '', '', '', 0, 9223372036854775807, 0, 0),"
                           " (0, 'nobody', '', '', '', 0, 9223372036854775807, 0, 0),"
                           " (7, 'alice', '', '', '', 0, 9223372036854775807, 0, 0),"
                           " (4294967296, 'trent', '', '', '', 0, 9223372036854775807, 0, 0);"
                           "INSERT INTO keep_out_number VALUES (1, 8)");
    s = store_world_open(state, &past);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
    assert_int_equal(router_keep_out_count(r), 1);
    assert_true(router_keep_out_get(r, 7, &k));
    assert_string_equal(k.user, "alice");
    assert_int_equal(router_keep_out_last(r), 8);
    router_free(r);
    store_close(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        T(keep_outs_are_stored_as_they_change),
        T(counts_are_stored_alone),
        T(those_that_ended_while_nobody_looked_are_named),
        T(keep_outs_that_can_not_be_are_left_out_alone),
        T(keep_outs_with_numbers_that_can_not_be_hide_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
