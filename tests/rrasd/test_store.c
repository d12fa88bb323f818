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

static void a_fresh_store_knows_nothing(void **state)
{
    struct store_past past = {.known = true};
    struct store *s = store_world_open(state, &past);
    assert_false(past.known);
    assert_false(past.clean);
    store_close(s);
}

static void an_end_without_saving_is_unclean_and_keeps_the_marks(void **state)
{
    struct store_past past;
    struct router_marks marks = {.calls = 70, .connection = UINT32_MAX};
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_begin_run(s, &marks), 0);
    marks.calls = 71;
    assert_int_equal(store_save_marks(s, &marks), 0);
    store_close(s);
    s = store_world_open(state, &past);
    assert_true(past.known);
    assert_false(past.clean);
    assert_int_equal(past.marks.calls, 71);
    assert_int_equal(past.marks.connection, UINT32_MAX);
    store_close(s);
}

static int count_slots(void *ctx, const struct router_saved *saved)
{
    unsigned *n = ctx;
    (void)saved;
    ++*n;
    return 0;
}

static void a_clean_stop_saves_every_slot_and_a_start_forgets_them(void **state)
{
    struct store_past past;
    struct router *r = store_world_router(NULL), *again = NULL;
    struct router_marks marks, stored;
    struct router_port_view view;
    struct store *s = store_world_open(state, &past);
    uint32_t handle = store_world_fill(r);
    router_get_marks(r, &marks);
    assert_int_equal(store_begin_run(s, &marks), 0);
    assert_int_equal(store_save_clean(s, &marks, r), 0);
    store_close(s);

    s = store_world_open(state, &past);
    assert_true(past.clean);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &again, &stored), 0);
    assert_int_equal(router_port_count(again), 2);
    assert_true(router_port_get(again, handle, &store_world_now, &view));
    assert_int_equal(view.handle, handle);
    assert_string_equal(view.id, "1:a");
    assert_true(stored.calls > marks.calls && stored.connection > marks.connection);
    unsigned n = 0;
    assert_int_equal(store_read_slots(s, count_slots, &n), 0);
    assert_int_equal(n, 0); /* the run has begun: from here on an end is a crash */
    store_close(s);
    s = store_world_open(state, &past);
    assert_false(past.clean);
    store_close(s);
    router_free(r);
    router_free(again);
}

static void after_an_unclean_stop_all_handles_are_above_the_marks(void **state)
{
    struct store_past past;
    struct router *r = store_world_router(NULL), *again = NULL;
    struct router_marks used, stored, before;
    struct store *s = store_world_open(state, &past);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &again, &stored), 0);
    uint32_t handle = store_world_fill(again);
    router_get_marks(again, &used);
    assert_true(used.calls <= stored.calls && used.connection <= stored.connection);
    before = stored;
    router_free(again);
    store_close(s);

    s = store_world_open(state, &past);
    assert_false(past.clean);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &again, &stored), 0);
    router_get_marks(again, &used); /* exactly above what was reserved: not one given out, not a generation wasted */
    assert_int_equal(used.calls, before.calls);
    assert_int_equal(used.connection, before.connection);
    uint32_t other = store_world_fill(again);
    assert_int_not_equal(other, handle);
    assert_int_equal(router_handle_slot(other), router_handle_slot(handle));
    struct router_ask ask = {0};
    assert_int_equal(router_port_disconnect(again, handle, &ask, &store_world_now, NULL, NULL), -EINVAL);
    store_close(s);
    router_free(r);
    router_free(again);
}

static void make_clean_store(void **state)
{
    struct store_past past;
    struct router *r = store_world_router(NULL);
    struct router_marks marks = {.calls = 5, .connection = 5};
    struct store *s = store_world_open(state, &past);
    (void)store_world_fill(r);
    assert_int_equal(store_begin_run(s, &marks), 0);
    assert_int_equal(store_save_clean(s, &marks, r), 0);
    store_close(s);
    router_free(r);
}

/* What can't have been written by us is not believed half: it is as after a crash. */
static void slots_that_can_not_be_are_refused_as_a_whole(void **state)
{
    static const char *const damage[] = {
        "UPDATE slot SET slot = 4294967297 WHERE slot = 1",
        "UPDATE slot SET kind = 9",
        "UPDATE slot SET calls = -1",
        "UPDATE slot SET number = 1",
        "UPDATE slot SET slot = 1048576 WHERE slot = 2",
        "UPDATE slot SET connection = 4294967295 WHERE slot = 1",
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        struct store_past past;
        struct router *r = NULL;
        struct router_marks stored, used;
        make_clean_store(state);
        store_world_sql(state, damage[i]);
        struct store *s = store_world_open(state, &past);
        assert_true(past.clean);
        assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
        assert_int_equal(router_port_count(r), 0);
        router_get_marks(r, &used);
        assert_true(used.calls >= 5 && used.connection >= 5);
        router_free(r);
        store_close(s);
    }
}

static void a_store_that_is_no_store_is_put_aside(void **state)
{
    char path[SCRATCH_PATH_MAX], garbage[8192];
    struct store_past past;
    memset(garbage, 'x', sizeof garbage);
    scratch_file(*state, path, "rrasd.db", garbage, sizeof garbage);
    scratch_file(*state, path, "rrasd.db-wal", garbage, sizeof garbage);
    struct store *s = store_world_open(state, &past);
    assert_false(past.known);
    assert_int_equal(store_world_put_aside(state), 1);
    store_close(s);
}

static void a_store_of_a_later_version_is_put_aside(void **state)
{
    struct store_past past;
    make_clean_store(state);
    store_world_sql(state, "PRAGMA user_version = 5");
    struct store *s = store_world_open(state, &past);
    assert_false(past.known);
    assert_int_equal(store_world_put_aside(state), 1);
    store_close(s);
}

static void a_store_of_version_1_gets_its_keep_outs(void **state)
{
    struct store_past past;
    struct router_marks marks = {.calls = 70}, stored;
    struct router *r = store_world_router(NULL), *again = NULL;
    struct store *s = store_world_open(state, &past);
    store_world_fill(r);
    assert_int_equal(store_save_clean(s, &marks, r), 0);
    router_free(r);
    store_close(s);
    store_world_sql(state,
                    "DROP TABLE keep_out; DROP TABLE keep_out_number; DROP TABLE port_limit; DROP TABLE user; PRAGMA "
                    "user_version = 1");
    s = store_world_open(state, &past);
    assert_true(past.known && past.clean);
    assert_int_equal(past.marks.calls, 70);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &again, &stored), 0);
    assert_int_equal(router_port_count(again), 2);
    struct store_keep_out_change change = {
        .keep_out = {.number = 1, .user = "alice", .driver = "", .reason = "", .by = "", .until = INT64_MAX}};
    assert_int_equal(store_change_keep_outs(s, &change, 1), 0);
    assert_int_equal(store_save_limits(s, &(struct router_limit){"l2tp", 3, 1}, 1), 0);
    router_free(again);
    store_close(s);
}

static void a_store_of_version_2_gets_its_limits(void **state)
{
    struct store_past past;
    struct router_limit l;
    store_close(store_world_open(state, &past));
    store_world_sql(state, "DROP TABLE port_limit; DROP TABLE user; PRAGMA user_version = 2");
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_save_limits(s, &(struct router_limit){"l2tp", 3, 1}, 1), 0);
    store_close(s);
    assert_int_equal(store_world_put_aside(state), 0);
    struct router *r = store_world_restart(state);
    assert_true(router_limit_get(r, "l2tp", &l));
    router_free(r);
}

static void limits_are_there_again_after_a_crash_and_after_a_clean_stop(void **state)
{
    const struct router_limit first[] = {{"pptp", 16384, 3}, {"sim", 1, 1}}, second = {"pptp", 7, 0};
    struct store_past past;
    struct router_marks marks = {0};
    struct router_limit l;
    struct store *s = store_world_open(state, &past);
    assert_int_equal(store_save_limits(s, first, 2), 0);
    assert_int_equal(store_save_limits(s, &second, 1), 0);
    struct router *full = store_world_router(NULL);
    store_world_fill(full); /* two ports of "sim", one of them idle */
    for (int clean = 0; clean < 2; clean++) {
        if (clean)
            assert_int_equal(store_save_clean(s, &marks, full), 0);
        struct router *r = store_world_restart(state);
        assert_true(router_limit_get(r, "pptp", &l));
        assert_int_equal(l.ports, 7);
        assert_int_equal(l.use, 0);
        assert_true(router_limit_get(r, "sim", &l));
        assert_int_equal(l.ports, 1);
        assert_false(router_limit_get(r, "l2tp", &l));
        struct router_totals totals;
        router_get_totals(r, &totals);
        assert_int_equal(totals.ports, clean ? 1 : 0); /* the idle port is one too many */
        router_free(r);
    }
    router_free(full);
    store_close(s);
}

static void limits_that_can_not_be_are_left_out_alone(void **state)
{
    struct store_past past;
    struct router_limit l;
    store_close(store_world_open(state, &past));
    store_world_sql(
        state, "INSERT INTO port_limit VALUES ('a', 0, 1), ('b', 4294967297, 1), ('c', 1, 4), ('d', 5, 1), ('', 1, 1)");
    struct router *r = store_world_restart(state);
    assert_false(router_limit_get(r, "a", &l) || router_limit_get(r, "b", &l) || router_limit_get(r, "c", &l));
    assert_true(router_limit_get(r, "d", &l));
    router_free(r);
}

/* rrasd was killed between making the store and serving: nothing was given out, and nothing is wrong. */
static void a_store_in_which_no_run_has_begun_is_as_good_as_new(void **state)
{
    struct store_past past;
    for (int i = 0; i < 2; i++) {
        struct store *s = store_world_open(state, &past);
        assert_false(past.known);
        store_close(s);
    }
    assert_int_equal(store_world_put_aside(state), 0);
}

static void a_store_with_nonsense_in_it_is_put_aside(void **state)
{
    struct store_past past;
    make_clean_store(state);
    store_world_sql(state, "UPDATE run SET calls = -1");
    struct store *s = store_world_open(state, &past);
    assert_false(past.known);
    store_close(s);
    make_clean_store(state);
    store_world_sql(state, "UPDATE run SET connection = 4294967296");
    s = store_world_open(state, &past);
    assert_false(past.known);
    store_close(s);
    assert_int_equal(store_world_put_aside(state), 2);
}

static void damage_page(void **state, long page)
{
    char path[SCRATCH_PATH_MAX];
    FILE *f = fopen(scratch_path(*state, path, "rrasd.db"), "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, (page - 1) * 4096, SEEK_SET), 0);
    for (int i = 0; i < 64; i++)
        fputc(0xff, f);
    fclose(f);
}

static void expect_damage_noticed(void **state, long page)
{
    struct store_past past;
    make_clean_store(state);
    store_world_sql(state, "PRAGMA wal_checkpoint(TRUNCATE)");
    damage_page(state, page);
    struct store *s = store_world_open(state, &past);
    assert_false(past.known);
    store_close(s);
}

static void a_page_that_is_damaged_is_noticed(void **state)
{
    expect_damage_noticed(state, 2); /* the root of the first table */
    expect_damage_noticed(state, 3); /* and of the second, which is not read until later */
    assert_int_equal(store_world_put_aside(state), 2);
}

static void a_directory_that_is_not_there_is_an_error_and_nothing_is_put_aside(void **state)
{
    struct store *s = NULL;
    struct store_past past;
    (void)state;
    assert_true(store_open("/nonexistent/directory", &s, &past) < 0);
    assert_null(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        T(a_fresh_store_knows_nothing),
        T(an_end_without_saving_is_unclean_and_keeps_the_marks),
        T(a_clean_stop_saves_every_slot_and_a_start_forgets_them),
        T(after_an_unclean_stop_all_handles_are_above_the_marks),
        T(slots_that_can_not_be_are_refused_as_a_whole),
        T(a_store_that_is_no_store_is_put_aside),
        T(a_store_of_a_later_version_is_put_aside),
        T(a_store_of_version_1_gets_its_keep_outs),
        T(a_store_of_version_2_gets_its_limits),
        T(limits_are_there_again_after_a_crash_and_after_a_clean_stop),
        T(limits_that_can_not_be_are_left_out_alone),
        T(a_store_in_which_no_run_has_begun_is_as_good_as_new),
        T(a_store_with_nonsense_in_it_is_put_aside),
        T(a_page_that_is_damaged_is_noticed),
        T(a_directory_that_is_not_there_is_an_error_and_nothing_is_put_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
