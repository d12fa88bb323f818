/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for what hangs: who waits for them, and who does not. What is read is the test's, and hangs until it is let
 * go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "rrasd/readers.h"

#define MANY 40u

struct item {
    struct reading job; /* first */
    bool hangs;
    uv_thread_t where;
    unsigned done;
};

static struct {
    uv_loop_t loop;
    struct readers *readers;
    uv_thread_t here;
    uv_sem_t began, go_on;
    struct item items[MANY];
    unsigned n, done;
} w;

static void read_item(struct reading *job)
{
    struct item *i = (struct item *)job;
    i->where = uv_thread_self();
    if (!i->hangs)
        return;
    uv_sem_post(&w.began);
    uv_sem_wait(&w.go_on);
}

static void on_done(struct reading *job)
{
    struct item *i = (struct item *)job;
    uv_thread_t here = uv_thread_self();
    assert_true(uv_thread_equal(&here, &w.here));
    i->done = ++w.done;
}

static struct item *give(bool hangs)
{
    struct item *i = &w.items[w.n++];
    *i = (struct item){.job = {.read = read_item, .done = on_done}, .hangs = hangs};
    readers_do(w.readers, &i->job);
    return i;
}

static int begin(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.here = uv_thread_self();
    assert_int_equal(uv_loop_init(&w.loop), 0);
    assert_int_equal(uv_sem_init(&w.began, 0), 0);
    assert_int_equal(uv_sem_init(&w.go_on, 0), 0);
    w.readers = readers_new(&w.loop);
    assert_non_null(w.readers);
    return 0;
}

static int end(void **state)
{
    (void)state;
    readers_free(w.readers);
    assert_int_equal(uv_run(&w.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&w.loop), 0);
    uv_sem_destroy(&w.go_on);
    uv_sem_destroy(&w.began);
    return 0;
}

static void reading_is_elsewhere_and_its_end_is_here(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(give(false)->done, 0);
    uv_run(&w.loop, UV_RUN_DEFAULT); /* stays until all are done */
    assert_int_equal(w.done, MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_false(uv_thread_equal(&w.items[i].where, &w.here));
}

static void all_but_one_may_hang(void **state)
{
    (void)state;
    for (unsigned i = 0; i < READERS_THREADS - 1; i++)
        give(true);
    for (unsigned i = 0; i < READERS_THREADS - 1; i++)
        uv_sem_wait(&w.began);
    struct item *quick = give(false);
    while (!quick->done)
        uv_run(&w.loop, UV_RUN_ONCE);
    assert_int_equal(w.done, 1);
    for (unsigned i = 0; i < READERS_THREADS - 1; i++)
        uv_sem_post(&w.go_on);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(w.done, READERS_THREADS);
}

static void who_is_left_does_not_keep_the_loop(void **state)
{
    (void)state;
    struct item *slow = give(true);
    uv_sem_wait(&w.began);
    readers_leave(w.readers);
    assert_int_equal(uv_run(&w.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(slow->done, 0);
    assert_false(readers_finish(w.readers, 1));
    uv_sem_post(&w.go_on);
    assert_true(readers_finish(w.readers, 60000));
    assert_int_equal(slow->done, 1);
}

static struct item *second;

static void give_another(struct reading *job)
{
    on_done(job);
    second = give(false);
}

static void what_follows_is_finished_as_well(void **state)
{
    (void)state;
    struct item *first = &w.items[w.n++];
    *first = (struct item){.job = {.read = read_item, .done = give_another}};
    readers_leave(w.readers);
    readers_do(w.readers, &first->job);
    assert_true(readers_finish(w.readers, 60000));
    assert_int_equal(second->done, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reading_is_elsewhere_and_its_end_is_here, begin, end),
        cmocka_unit_test_setup_teardown(all_but_one_may_hang, begin, end),
        cmocka_unit_test_setup_teardown(who_is_left_does_not_keep_the_loop, begin, end),
        cmocka_unit_test_setup_teardown(what_follows_is_finished_as_well, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
