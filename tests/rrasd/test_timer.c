/* SPDX-License-Identifier: Apache-2.0 */
/* Timers behind one descriptor: which rings when, whatever is stopped, put off and started meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rrasd/timer.h"

#define MANY   500u
#define SPAN   40u /* milliseconds that they are spread over */
#define ROUNDS 5u

static uv_loop_t loop;
static unsigned rings, turns;
static uint64_t last_due;

static int setup(void **state)
{
    (void)state;
    rings = turns = 0;
    last_due = 0;
    return uv_loop_init(&loop) == 0 && timers_open(&loop) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    timers_close(&loop);
    return uv_loop_close(&loop);
}

/* Its own moment is its data. */
struct dated {
    struct timer timer;
    uint64_t due;
    unsigned rings;
};

static void on_dated(struct timer *t)
{
    struct dated *d = t->data;
    assert_false(timer_stands(t));
    assert_true(uv_now(&loop) >= d->due);
    assert_true(d->due >= last_due); /* the earlier ones have rung */
    last_due = d->due;
    d->rings++;
    rings++;
}

static void set(struct dated *d, uint64_t ms)
{
    d->due = uv_now(&loop) + ms;
    timer_start(&d->timer, ms);
    assert_true(timer_stands(&d->timer));
}

static void they_ring_once_and_in_their_order_whatever_was_stopped_and_put_off(void **state)
{
    static struct dated dated[MANY];
    (void)state;
    srand(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned expected = 0;
        rings = 0;
        uv_update_time(&loop);
        last_due = uv_now(&loop);
        for (size_t i = 0; i < MANY; i++) {
            timer_init(&loop, &dated[i].timer, on_dated, &dated[i]);
            dated[i].rings = 0;
            set(&dated[i], (uint64_t)rand() % SPAN);
        }
        for (size_t i = 0; i < MANY; i++) {
            struct dated *d = &dated[(size_t)rand() % MANY];
            if (rand() % 2)
                timer_stop(&d->timer);
            else
                set(d, (uint64_t)rand() % SPAN);
        }
        for (size_t i = 0; i < MANY; i++)
            expected += timer_stands(&dated[i].timer);
        assert_in_range(expected, MANY / 4, MANY - 1);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(rings, expected);
        for (size_t i = 0; i < MANY; i++)
            assert_true(dated[i].rings <= 1 && !timer_stands(&dated[i].timer));
    }
}

/* The descriptor is set to the moment of one that does not stand any more. */
static void a_later_one_rings_after_an_earlier_one_was_stopped(void **state)
{
    struct dated early, late;
    (void)state;
    timer_init(&loop, &early.timer, on_dated, &early);
    timer_init(&loop, &late.timer, on_dated, &late);
    early.rings = late.rings = 0;
    uv_update_time(&loop);
    set(&early, 5);
    set(&late, 20);
    timer_stop(&early.timer);
    timer_stop(&early.timer);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(early.rings, 0);
    assert_int_equal(late.rings, 1);
}

static void on_turn(uv_prepare_t *prepare)
{
    (void)prepare;
    turns++;
}

static void ring_again(struct timer *t)
{
    if (++rings < 10)
        timer_start(t, 0);
}

static void who_is_started_anew_lets_the_loop_turn(void **state)
{
    struct timer t;
    static uv_prepare_t prepare; /* closed in teardown() */
    (void)state;
    timer_init(&loop, &t, ring_again, NULL);
    uv_prepare_init(&loop, &prepare);
    uv_prepare_start(&prepare, on_turn);
    uv_unref((uv_handle_t *)&prepare);
    timer_start(&t, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(rings, 10);
    assert_true(turns >= 10);
    uv_close((uv_handle_t *)&prepare, NULL);
}

static void stop_the_other(struct timer *t)
{
    rings++;
    timer_stop(t->data);
}

static void one_that_rings_may_stop_another_that_is_due(void **state)
{
    struct timer a, b;
    (void)state;
    timer_init(&loop, &a, stop_the_other, &b);
    timer_init(&loop, &b, stop_the_other, &a);
    timer_start(&a, 1);
    timer_start(&b, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(rings, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_ring_once_and_in_their_order_whatever_was_stopped_and_put_off, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_later_one_rings_after_an_earlier_one_was_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_started_anew_lets_the_loop_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_rings_may_stop_another_that_is_due, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
