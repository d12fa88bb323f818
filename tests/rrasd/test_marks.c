/* SPDX-License-Identifier: Apache-2.0 */
/* Marks against a router and a store that are puppets: what matters is when clients have to wait. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#include "rrasd/marks.h"

static struct router_marks used;         /* what the router stands at */
static struct router_marks written[16];  /* what the store was told, in order */
static unsigned writes, holds, releases; /* how often */
static int write_result;

void router_get_marks(const struct router *r, struct router_marks *ret)
{
    (void)r;
    *ret = used;
}

int store_save_marks(struct store *s, const struct router_marks *marks)
{
    (void)s;
    written[writes++] = *marks;
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

static struct marks *begin(uv_loop_t *loop, struct router_marks at)
{
    used = at;
    writes = holds = releases = 0;
    write_result = 0;
    struct router_marks stored = marks_ahead(&used);
    assert_int_equal(uv_loop_init(loop), 0);
    struct marks *m = marks_new(loop, NULL, NULL, &stored, on_hold, NULL);
    assert_non_null(m);
    return m;
}

static void end(struct marks *m, uv_loop_t *loop)
{
    marks_close(m);
    uv_run(loop, UV_RUN_DEFAULT);
    marks_free(m);
    assert_int_equal(uv_loop_close(loop), 0);
}

static void nothing_is_written_while_there_is_plenty(void **state)
{
    uv_loop_t loop;
    struct marks *m = begin(&loop, (struct router_marks){100, 1000});
    (void)state;
    used.calls += MARKS_CALLS_AHEAD - MARKS_CALLS_MARGIN;
    used.connection += MARKS_CONNECTION_AHEAD - MARKS_CONNECTION_MARGIN;
    assert_true(marks_check(m));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(writes, 0);
    end(m, &loop);
}

static void a_block_is_written_before_it_is_needed_and_nobody_waits(void **state)
{
    uv_loop_t loop;
    (void)state;
    for (int which = 0; which < 2; which++) {
        struct marks *m = begin(&loop, (struct router_marks){100, 1000});
        used.calls += which ? 0 : MARKS_CALLS_AHEAD - MARKS_CALLS_MARGIN + 1;
        used.connection += which ? MARKS_CONNECTION_AHEAD - MARKS_CONNECTION_MARGIN + 1 : 0;
        assert_true(marks_check(m));
        assert_true(marks_check(m)); /* one write at a time */
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(writes, 1);
        assert_int_equal(written[0].calls, used.calls + MARKS_CALLS_AHEAD);
        assert_int_equal(written[0].connection, used.connection + MARKS_CONNECTION_AHEAD);
        assert_int_equal(holds, 0);
        end(m, &loop);
    }
}

static void what_is_not_covered_is_not_shown_until_it_is_stored(void **state)
{
    uv_loop_t loop;
    struct marks *m = begin(&loop, (struct router_marks){100, 1000});
    (void)state;
    used.calls += MARKS_CALLS_AHEAD; /* the last that is covered */
    assert_true(marks_check(m));
    uv_run(&loop, UV_RUN_DEFAULT);
    used.calls += MARKS_CALLS_AHEAD + 1;
    assert_false(marks_check(m));
    assert_false(marks_check(m));
    assert_int_equal(holds, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(releases, 1);
    assert_true(marks_check(m));
    assert_int_equal(writes, 2);
    end(m, &loop);
}

static void a_store_that_can_not_be_written_does_not_lock_everybody_out(void **state)
{
    uv_loop_t loop;
    struct marks *m = begin(&loop, (struct router_marks){100, 1000});
    (void)state;
    write_result = -ENOSPC;
    used.calls += MARKS_CALLS_AHEAD + 1;
    assert_false(marks_check(m));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(releases, 1);
    assert_true(marks_check(m)); /* and not tried again at once */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(writes, 1);
    end(m, &loop);
}

static void marks_do_not_wrap(void **state)
{
    (void)state;
    struct router_marks top = {UINT32_MAX - 1, UINT32_MAX};
    struct router_marks ahead = marks_ahead(&top);
    assert_int_equal(ahead.calls, UINT32_MAX);
    assert_int_equal(ahead.connection, UINT32_MAX);
}

static void a_write_under_way_at_the_end_releases_nobody(void **state)
{
    uv_loop_t loop;
    struct marks *m = begin(&loop, (struct router_marks){100, 1000});
    (void)state;
    used.calls += MARKS_CALLS_AHEAD + 1;
    assert_false(marks_check(m));
    end(m, &loop);
    assert_int_equal(writes, 1);
    assert_int_equal(releases, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_written_while_there_is_plenty),
        cmocka_unit_test(a_block_is_written_before_it_is_needed_and_nobody_waits),
        cmocka_unit_test(what_is_not_covered_is_not_shown_until_it_is_stored),
        cmocka_unit_test(a_store_that_can_not_be_written_does_not_lock_everybody_out),
        cmocka_unit_test(marks_do_not_wrap),
        cmocka_unit_test(a_write_under_way_at_the_end_releases_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
