/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of keep-outs against a store that is a puppet: in order, when clients have to wait, and failures. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#include "rrasd/keep_outs.h"

static char written[256]; /* what the store was told, in order */
static uint32_t last;
static unsigned writes, holds, releases, stored;
static int write_result;
static bool waits; /* the worker, until it may go on */
static uv_sem_t go_on;

int store_change_keep_outs(struct store *s, const struct store_keep_out_change *changes, uint32_t number)
{
    (void)s;
    if (waits)
        uv_sem_wait(&go_on);
    writes++;
    last = number;
    for (const struct store_keep_out_change *c = changes; c && write_result == 0; c = c->next) {
        size_t n = strlen(written);
        stored++;
        if (c->part == STORE_KEEP_OUT_COUNTS)
            snprintf(written + n, sizeof written - n, "%u=%u ", c->keep_out.number, (unsigned)c->keep_out.turned_away);
        else
            snprintf(written + n, sizeof written - n, "%s%u:%s ", c->part == STORE_KEEP_OUT_END ? "-" : "+",
                     c->keep_out.number, c->keep_out.user);
    }
    return write_result;
}

static void on_hold(void *ctx, bool on)
{
    (void)ctx;
    if (on)
        holds++;
    else
        releases++;
}

static uv_loop_t loop;
static struct keep_outs *k;

static int begin(void **state)
{
    (void)state;
    written[0] = '\0';
    writes = holds = releases = stored = 0;
    write_result = 0;
    waits = false;
    assert_int_equal(uv_sem_init(&go_on, 0), 0);
    assert_int_equal(uv_loop_init(&loop), 0);
    k = keep_outs_new(&loop, NULL, on_hold, NULL);
    assert_non_null(k);
    return 0;
}

static int end(void **state)
{
    (void)state;
    keep_outs_close(k);
    for (unsigned i = 0; i < 4; i++)
        uv_sem_post(&go_on); /* a test that has failed may have left the worker waiting */
    uv_run(&loop, UV_RUN_DEFAULT);
    keep_outs_free(k);
    assert_int_equal(uv_loop_close(&loop), 0);
    uv_sem_destroy(&go_on);
    return 0;
}

static void change(uint32_t number, const char *user, bool over)
{
    char text[16]; /* as the router's, it does not outlive the call */
    snprintf(text, sizeof text, "%s", user);
    keep_outs_changed(
        k, &(struct router_keep_out){.number = number, .user = text, .driver = "", .reason = "", .by = ""}, over);
    memset(text, 'x', sizeof text);
}

static void clients_wait_until_it_is_stored(void **state)
{
    (void)state;
    assert_true(keep_outs_check(k));
    change(1, "alice", false);
    assert_false(keep_outs_check(k));
    assert_false(keep_outs_check(k));
    assert_int_equal(holds, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(releases, 1);
    assert_true(keep_outs_check(k));
    assert_string_equal(written, "+1:alice ");
    assert_int_equal(last, 1);
}

static void what_changes_meanwhile_is_written_next_and_in_order(void **state)
{
    (void)state;
    waits = true;
    change(1, "alice", false);
    assert_false(keep_outs_check(k));
    change(2, "bob", false);
    change(1, "alice", true);
    assert_false(keep_outs_check(k));
    uv_sem_post(&go_on);
    uv_sem_post(&go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_false(keep_outs_check(k)); /* the first is written, not the others */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(keep_outs_check(k));
    assert_string_equal(written, "+1:alice +2:bob -1:alice ");
    assert_int_equal(writes, 2);
    assert_int_equal(last, 2);
}

static void failure_lets_clients_go_on_and_is_tried_again_in_order(void **state)
{
    (void)state;
    write_result = -ENOSPC;
    change(1, "alice", false);
    assert_false(keep_outs_check(k));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(releases, 1);
    change(2, "bob", false);
    assert_true(keep_outs_check(k)); /* not at once */
    assert_int_equal(writes, 1);
    write_result = 0;
    for (unsigned i = 0; i < 100 && writes < 2; i++) {
        usleep(50000);
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_true(keep_outs_check(k)); /* nobody waits for a store that may fail again */
        uv_run(&loop, UV_RUN_DEFAULT);
    }
    assert_string_equal(written, "+1:alice +2:bob ");
    change(3, "carol", false);
    assert_false(keep_outs_check(k)); /* it is well again */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(written, "+1:alice +2:bob +3:carol ");
}

/* ---- counts ---- */

static void count(uint32_t number, uint64_t turned_away)
{
    keep_outs_counted(k, &(struct router_keep_out){.number = number, .turned_away = turned_away, .last_attempt = 5});
}

/* Until the store has been written to so many times; nobody may be held meanwhile. */
static void wait_for_writes(unsigned n)
{
    for (unsigned i = 0; i < 1000 && writes < n; i++) {
        usleep(20000);
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_true(keep_outs_check(k));
    }
    assert_int_equal(writes, n);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void counts_are_written_together_in_time_and_nobody_waits(void **state)
{
    (void)state;
    assert_true(keep_outs_next_deadline(k) == UINT64_MAX);
    const uint64_t begun = uv_now(&loop);
    count(1, 1);
    count(2, 1);
    count(1, 2);
    assert_true(keep_outs_check(k));
    assert_int_equal(writes, 0);
    assert_true(keep_outs_next_deadline(k) == begun + KEEP_OUTS_COUNTS_MS);
    usleep(50000);
    uv_update_time(&loop);
    count(1, 3); /* puts nothing off */
    assert_true(keep_outs_next_deadline(k) == begun + KEEP_OUTS_COUNTS_MS);
    wait_for_writes(1);
    assert_string_equal(written, "1=3 2=1 ");
    assert_int_equal(holds, 0);
    assert_true(uv_now(&loop) >= begun + KEEP_OUTS_COUNTS_MS);
    assert_true(keep_outs_next_deadline(k) == UINT64_MAX);
    count(2, 2);
    assert_true(keep_outs_next_deadline(k) >= uv_now(&loop) + KEEP_OUTS_COUNTS_MS - 1000); /* no more often */
}

static void counts_that_could_not_be_written_are_tried_again_unless_there_are_newer_ones(void **state)
{
    (void)state;
    count(1, 1);
    count(2, 7);
    write_result = -ENOSPC;
    waits = true;
    for (unsigned i = 0; i < 1000 && !uv_loop_alive(&loop); i++) {
        usleep(20000);
        uv_run(&loop, UV_RUN_NOWAIT);
        keep_outs_check(k); /* until the worker has them */
    }
    count(1, 2);
    uv_sem_post(&go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(writes, 1);
    write_result = 0;
    waits = false;
    wait_for_writes(2);
    assert_string_equal(written, "1=2 2=7 ");
}

static void counts_of_one_that_is_over_are_not_written(void **state)
{
    (void)state;
    count(1, 1);
    change(1, "alice", true);
    assert_false(keep_outs_check(k));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(written, "-1:alice ");
    assert_true(keep_outs_next_deadline(k) == UINT64_MAX);
    usleep(50000);
    uv_update_time(&loop);
    count(2, 1); /* begins a time of its own */
    assert_true(keep_outs_next_deadline(k) == uv_now(&loop) + KEEP_OUTS_COUNTS_MS);
}

static void a_caller_waits_although_counts_are_being_written(void **state)
{
    (void)state;
    count(1, 1);
    waits = true;
    for (unsigned i = 0; i < 1000 && !uv_loop_alive(&loop); i++) {
        usleep(20000);
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_true(keep_outs_check(k));
    }
    change(2, "bob", false);
    assert_false(keep_outs_check(k));
    uv_sem_post(&go_on);
    uv_sem_post(&go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_false(keep_outs_check(k));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(keep_outs_check(k));
    assert_string_equal(written, "1=1 +2:bob ");
}

/* ---- limits ---- */

static void only_so_many_additions_wait_for_a_store_that_is_full_and_none_is_lost(void **state)
{
    (void)state;
    write_result = -ENOSPC;
    for (uint32_t i = 1; i <= KEEP_OUTS_ADDITIONS_MAX; i++) {
        assert_false(keep_outs_full(k));
        change(i, "a", false);
        (void)keep_outs_check(k);
        uv_run(&loop, UV_RUN_DEFAULT);
    }
    assert_true(keep_outs_full(k));
    change(1, "a", true); /* an end makes no room: both have to be stored */
    assert_true(keep_outs_full(k));
    assert_true(keep_outs_next_deadline(k) != UINT64_MAX); /* it is tried again although nothing happens */
    write_result = 0;
    const unsigned before = writes;
    wait_for_writes(before + 1);
    assert_false(keep_outs_full(k));
    assert_int_equal(last, KEEP_OUTS_ADDITIONS_MAX);
    assert_int_equal(stored, KEEP_OUTS_ADDITIONS_MAX + 1);
}

static void nothing_is_begun_after_the_close(void **state)
{
    (void)state;
    change(1, "alice", false);
    keep_outs_close(k);
    assert_true(keep_outs_check(k));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(writes, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(clients_wait_until_it_is_stored),
        T(what_changes_meanwhile_is_written_next_and_in_order),
        T(failure_lets_clients_go_on_and_is_tried_again_in_order),
        T(counts_are_written_together_in_time_and_nobody_waits),
        T(counts_that_could_not_be_written_are_tried_again_unless_there_are_newer_ones),
        T(counts_of_one_that_is_over_are_not_written),
        T(a_caller_waits_although_counts_are_being_written),
        T(only_so_many_additions_wait_for_a_store_that_is_full_and_none_is_lost),
        T(nothing_is_begun_after_the_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
