/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: what is kept, what is found, and what a reader hears of what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rrasd/journal.h"

#define ALL  0xffffffffu

#define HEAD 10u /* number and length */

/* An event of n bytes that begins with its number and its length; the rest depends on the number. */
static void add(struct journal *j, unsigned type, size_t n)
{
    uint8_t bytes[JOURNAL_EVENT_MAX];
    uint64_t number = journal_last(j) + 1;
    memset(bytes, (int)(number & 0xff), n);
    memcpy(bytes, &number, sizeof number);
    memcpy(bytes + 8, &(uint16_t){(uint16_t)n}, 2);
    journal_add(j, type, bytes, n);
    memset(bytes, 0xee, sizeof bytes);
}

static struct journal_page read_after(struct journal *j, uint64_t after, uint32_t mask)
{
    struct journal_page p;
    journal_read(j, after, mask, &p);
    assert_true(p.last >= after || after > journal_last(j));
    return p;
}

/* The event at *at, which must be whole; its number. */
static uint64_t take(const struct journal_page *p, size_t *at)
{
    uint64_t number;
    uint16_t n;
    assert_true(p->n - *at >= HEAD);
    memcpy(&number, p->bytes + *at, 8);
    memcpy(&n, p->bytes + *at + 8, 2);
    assert_true(n >= HEAD && p->n - *at >= n);
    for (size_t k = HEAD; k < n; k++)
        assert_int_equal(p->bytes[*at + k], number & 0xff);
    *at += n;
    return number;
}

/* The numbers in a page, with a blank behind each. */
static const char *numbers(const struct journal_page *p)
{
    static char text[4096];
    size_t length = 0, at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < p->events; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%u ", (unsigned)take(p, &at));
    assert_int_equal(at, p->n);
    return text;
}

static struct journal *journal(size_t events, size_t bytes)
{
    struct journal *j = journal_new(events, bytes);
    assert_non_null(j);
    return j;
}

static void an_empty_journal_has_nothing_and_no_first(void **state)
{
    (void)state;
    struct journal *j = journal(4, JOURNAL_BYTES_MIN);
    assert_int_equal(journal_last(j), 0);
    assert_int_equal(journal_first(j), 1);
    assert_false(journal_has(j, 0, ALL));
    struct journal_page p = read_after(j, 0, ALL);
    assert_int_equal(p.events, 0);
    assert_int_equal(p.last, 0);
    assert_int_equal(p.missed, 0);
    p = read_after(j, UINT64_MAX, ALL);
    assert_int_equal(p.last, 0);
    journal_free(j);
}

static void events_are_read_in_order_from_any_number(void **state)
{
    (void)state;
    struct journal *j = journal(16, JOURNAL_BYTES_MIN);
    for (unsigned i = 0; i < 5; i++)
        add(j, 1, 20);
    struct journal_page p = read_after(j, 0, ALL);
    assert_string_equal(numbers(&p), "1 2 3 4 5 ");
    assert_int_equal(p.last, 5);
    p = read_after(j, 3, ALL);
    assert_string_equal(numbers(&p), "4 5 ");
    p = read_after(j, 5, ALL);
    assert_int_equal(p.events, 0);
    p = read_after(j, 6, ALL); /* a number that is still to come: what comes next */
    assert_int_equal(p.events, 0);
    assert_int_equal(p.last, 5);
    assert_int_equal(p.missed, 0);
    add(j, 1, 20);
    p = read_after(j, 5, ALL);
    assert_string_equal(numbers(&p), "6 ");
    journal_free(j);
}

static void a_mask_selects_types_and_the_rest_is_passed_over(void **state)
{
    (void)state;
    struct journal *j = journal(16, JOURNAL_BYTES_MIN);
    for (unsigned type = 1; type <= 6; type++)
        add(j, type, 20);
    add(j, 31, 20);
    struct journal_page p = read_after(j, 0, 1u << 2 | 1u << 5 | 1u << 31);
    assert_string_equal(numbers(&p), "2 5 7 ");
    p = read_after(j, 2, 1u << 2);
    assert_int_equal(p.events, 0);
    assert_int_equal(p.last, 7); /* not to be looked at again */
    assert_false(journal_has(j, 2, 1u << 2));
    assert_true(journal_has(j, 1, 1u << 2));
    assert_false(journal_has(j, 0, 1u << 9));
    assert_false(journal_has(j, 0, 0));
    journal_free(j);
}

static void the_same_page_is_read_again_and_another_is_not_mixed_up_with_it(void **state)
{
    (void)state;
    struct journal *j = journal(16, JOURNAL_BYTES_MIN);
    add(j, 1, 20);
    add(j, 2, 20);
    struct journal_page a = read_after(j, 0, ALL), b = read_after(j, 0, ALL);
    assert_memory_equal(&a, &b, sizeof a);
    a = read_after(j, 0, 1u << 1);
    assert_string_equal(numbers(&a), "1 ");
    a = read_after(j, 1, 1u << 1);
    assert_int_equal(a.events, 0);
    add(j, 1, 20);
    a = read_after(j, 1, 1u << 1);
    assert_string_equal(numbers(&a), "3 ");
    journal_free(j);
}

static void the_oldest_go_when_there_are_too_many_and_readers_hear_of_it(void **state)
{
    (void)state;
    struct journal *j = journal(4, JOURNAL_BYTES_MIN);
    for (unsigned i = 0; i < 10; i++)
        add(j, i % 2, 20);
    assert_int_equal(journal_first(j), 7);
    struct journal_page p = read_after(j, 0, ALL);
    assert_string_equal(numbers(&p), "7 8 9 10 ");
    assert_int_equal(p.missed, 6);
    p = read_after(j, 4, 1u << 0);
    assert_string_equal(numbers(&p), "7 9 ");
    assert_int_equal(p.missed, 2);
    p = read_after(j, 6, ALL);
    assert_int_equal(p.missed, 0);
    p = read_after(j, 0, 1u << 7);
    assert_int_equal(p.events, 0);
    assert_int_equal(p.missed, 6); /* who knows what they were */
    assert_int_equal(p.last, 10);
    journal_free(j);
}

static struct journal_page newest_after(struct journal *j, uint64_t after, uint32_t mask)
{
    struct journal_page p;
    journal_read_newest(j, after, mask, &p);
    assert_int_equal(p.last, journal_last(j)); /* whatever there was, it is told of */
    return p;
}

static void the_newest_stands_for_all_that_would_be_told(void **state)
{
    (void)state;
    struct journal *j = journal(4, JOURNAL_BYTES_MIN);
    assert_int_equal(newest_after(j, 0, ALL).events, 0);
    for (unsigned type = 1; type <= 3; type++)
        add(j, type, 20);
    struct journal_page p = newest_after(j, 0, ALL);
    assert_string_equal(numbers(&p), "3 ");
    p = newest_after(j, 0, 1u << 1 | 1u << 2);
    assert_string_equal(numbers(&p), "2 ");
    assert_int_equal(newest_after(j, 2, 1u << 1 | 1u << 2).events, 0); /* that one has been told already */
    assert_int_equal(newest_after(j, UINT64_MAX, ALL).events, 0);
    for (unsigned i = 0; i < 5; i++)
        add(j, 7, 20);
    p = newest_after(j, 1, 1u << 1 | 1u << 2); /* of which none is kept */
    assert_int_equal(p.events, 0);
    assert_int_equal(p.missed, 3);
    p = newest_after(j, 1, ALL);
    assert_string_equal(numbers(&p), "8 ");
    assert_int_equal(p.missed, 3);
    assert_int_equal(newest_after(j, 4, ALL).missed, 0);
    journal_free(j);
}

static void a_page_ends_with_its_bytes_or_events_and_goes_on(void **state)
{
    (void)state;
    struct journal *j = journal(4000, 1u << 20);
    for (unsigned i = 0; i < 2000; i++)
        add(j, 1, 16);
    struct journal_page p = read_after(j, 0, ALL);
    assert_int_equal(p.events, JOURNAL_PAGE_EVENTS);
    assert_int_equal(p.last, JOURNAL_PAGE_EVENTS);
    p = read_after(j, p.last, ALL);
    assert_int_equal(p.events, 2000 - JOURNAL_PAGE_EVENTS);
    for (unsigned i = 0; i < 40; i++)
        add(j, 2, JOURNAL_EVENT_MAX);
    p = read_after(j, 2000, ALL);
    assert_int_equal(p.events, JOURNAL_PAGE / JOURNAL_EVENT_MAX);
    add(j, 2, 100);
    for (unsigned i = 0; i < 20; i++)
        add(j, 2, JOURNAL_EVENT_MAX);
    p = read_after(j, 2040, ALL); /* the last one begins just below the limit */
    assert_int_equal(p.n, 100 + JOURNAL_PAGE);
    journal_free(j);
}

/* Sizes that never fit evenly, many times around: what is kept is whole, in order, and as much as there is room for. */
static void the_ring_goes_round_without_mixing_events(void **state)
{
    (void)state;
    static const size_t rooms[] = {JOURNAL_BYTES_MIN, JOURNAL_BYTES_MIN + 1, JOURNAL_BYTES_MIN + 4095, 100000};
    for (size_t r = 0; r < sizeof rooms / sizeof rooms[0]; r++) {
        struct journal *j = journal(1000, rooms[r]);
        uint32_t random = 1;
        for (unsigned i = 0; i < 20000; i++) {
            random = random * 1664525u + 1013904223u;
            add(j, random >> 27, HEAD + (random >> 8) % (JOURNAL_EVENT_MAX - HEAD + 1));
            uint64_t first = journal_first(j), after = first - 1, seen = 0;
            assert_true(first <= journal_last(j));
            /* Each has 4 KiB at most, and at most one piece of that size is lost at the end of the ring. */
            assert_true(journal_last(j) < 30 || journal_last(j) + 1 - first >= (rooms[r] / JOURNAL_EVENT_MAX) - 2);
            if (i % 50)
                continue;
            while (after < journal_last(j)) {
                struct journal_page p = read_after(j, after, ALL);
                assert_int_equal(p.missed, 0);
                size_t at = 0;
                for (size_t k = 0; k < p.events; k++)
                    assert_int_equal(take(&p, &at), first + seen++);
                assert_int_equal(at, p.n);
                after = p.last;
            }
            assert_int_equal(seen, journal_last(j) + 1 - first);
        }
        journal_free(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_journal_has_nothing_and_no_first),
        cmocka_unit_test(events_are_read_in_order_from_any_number),
        cmocka_unit_test(a_mask_selects_types_and_the_rest_is_passed_over),
        cmocka_unit_test(the_same_page_is_read_again_and_another_is_not_mixed_up_with_it),
        cmocka_unit_test(the_oldest_go_when_there_are_too_many_and_readers_hear_of_it),
        cmocka_unit_test(the_newest_stands_for_all_that_would_be_told),
        cmocka_unit_test(a_page_ends_with_its_bytes_or_events_and_goes_on),
        cmocka_unit_test(the_ring_goes_round_without_mixing_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
