/* SPDX-License-Identifier: Apache-2.0 */
/* What is put in line is done elsewhere, one after the other, and the loop stays for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "rrasd/work_line.h"

#define MOST 4u

struct item {
    struct work_item in_line; /* first */
    unsigned begun, done;     /* in which order; 0: not yet */
    int result;
};

static struct {
    uv_loop_t loop;
    struct work_line line;
    uv_thread_t here;
    struct item items[2 * MOST];
    unsigned begun, done;
    struct item *next; /* to be put when one is done */
} w;

static int work(void *ctx, struct work_item *in_line)
{
    struct item *i = (struct item *)in_line;
    uv_thread_t where = uv_thread_self();
    assert_ptr_equal(ctx, &w);
    assert_false(uv_thread_equal(&where, &w.here));
    assert_int_equal(w.begun, w.done); /* the one before is done */
    i->begun = ++w.begun;
    return i == &w.items[1] ? -EIO : 0;
}

static void done(void *ctx, struct work_item *in_line, int result)
{
    struct item *i = (struct item *)in_line;
    assert_ptr_equal(ctx, &w);
    i->done = ++w.done;
    i->result = result;
    if (w.next)
        assert_int_equal(work_line_put(&w.line, &w.next->in_line), 0);
    w.next = NULL;
}

static int begin(void **state)
{
    (void)state;
    w = (typeof(w)){.here = uv_thread_self()};
    w.line = (struct work_line){.loop = &w.loop, .max = MOST, .work = work, .done = done, .ctx = &w};
    work_line_init(&w.line);
    return uv_loop_init(&w.loop);
}

static int end(void **state)
{
    (void)state;
    return uv_loop_close(&w.loop);
}

static void each_is_done_in_its_turn(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MOST; i++) {
        assert_int_equal(work_line_put(&w.line, &w.items[i].in_line), 0);
        assert_int_equal(w.items[i].done, 0);
    }
    uv_run(&w.loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < MOST; i++) {
        assert_int_equal(w.items[i].begun, i + 1);
        assert_int_equal(w.items[i].done, i + 1);
        assert_int_equal(w.items[i].result, i == 1 ? -EIO : 0);
    }
}

static void there_are_so_many_places(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MOST; i++)
        assert_int_equal(work_line_put(&w.line, &w.items[i].in_line), 0);
    assert_int_equal(work_line_put(&w.line, &w.items[MOST].in_line), -EBUSY);
    w.next = &w.items[MOST]; /* the place of the one that is done is free */
    uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(w.done, MOST + 1);
    assert_int_equal(w.items[MOST].done, MOST + 1);
    assert_int_equal(work_line_put(&w.line, &w.items[MOST + 1].in_line), 0);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(w.done, MOST + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_done_in_its_turn, begin, end),
        cmocka_unit_test_setup_teardown(there_are_so_many_places, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
