/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/progress.h"

static const struct progress_counts half = {.matched = 10000, .asked = 5100, .confirmed = 4990, .failed = 10};

/* What update writes at a time. The caller frees it. */
static char *written(struct progress *p, const struct progress_counts *c, uint64_t at_ms)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    assert_non_null(f);
    p->out = f;
    progress_update(p, c, at_ms);
    fclose(f);
    return text;
}

static void expect(struct progress *p, uint64_t at_ms, const char *text)
{
    char *got = written(p, &half, at_ms);
    assert_string_equal(got, text);
    free(got);
}

static void rate_and_time_left_are_told(void **state)
{
    char text[PROGRESS_TEXT_MAX];
    struct progress p;
    (void)state;
    progress_begin(&p, NULL, false, 0, 1000);
    assert_string_equal(progress_text(text, &p, &half, 26000),
                        "5100 asked, 4990 confirmed, 10 failed of 10000; 200/s, 25s left");
    const struct progress_counts none = {.matched = 7};
    assert_string_equal(progress_text(text, &p, &none, 26000), "0 asked, 0 confirmed, 0 failed of 7");
    const struct progress_counts all = {.matched = 7, .asked = 7, .confirmed = 7};
    assert_string_equal(progress_text(text, &p, &all, 1000), "7 asked, 7 confirmed, 0 failed of 7");
    p.cancelled = true;
    assert_string_equal(progress_text(text, &p, &half, 26000),
                        "cancelled, waiting for what was asked: 5100 asked, 4990 confirmed, 10 failed of 10000; 200/s");
}

static void huge_numbers_fit(void **state)
{
    char text[PROGRESS_TEXT_MAX];
    struct progress p;
    (void)state;
    progress_begin(&p, NULL, false, 0, 0);
    p.cancelled = true;
    const struct progress_counts most = {UINT64_MAX, UINT64_MAX, UINT64_MAX / 2, UINT64_MAX / 2};
    assert_true(strlen(progress_text(text, &p, &most, 1)) < PROGRESS_TEXT_MAX);
    const struct progress_counts slow = {.matched = UINT64_MAX, .confirmed = 1};
    assert_true(strlen(progress_text(text, &p, &slow, UINT32_MAX)) < PROGRESS_TEXT_MAX);
}

static void what_is_quickly_done_has_no_progress(void **state)
{
    struct progress p;
    (void)state;
    progress_begin(&p, NULL, true, 80, 1000);
    expect(&p, 1999, "");
    assert_false(p.shown);
}

static void a_terminal_has_one_line_that_is_rewritten_and_taken_away(void **state)
{
    struct progress p;
    (void)state;
    progress_begin(&p, NULL, true, 21, 0);
    expect(&p, 2000, "\r5100 asked, 4990 con\x1b[K");
    expect(&p, 2100, ""); /* too soon */
    expect(&p, 2200, "\r5100 asked, 4990 con\x1b[K");
    char *text = NULL;
    size_t size;
    p.out = open_memstream(&text, &size);
    progress_end(&p);
    progress_end(&p);
    fclose(p.out);
    assert_string_equal(text, "\r\x1b[K");
    free(text);
}

static void a_file_gets_a_line_every_few_seconds(void **state)
{
    struct progress p;
    (void)state;
    progress_begin(&p, NULL, false, 0, 0);
    expect(&p, 4999, "");
    expect(&p, 5000, "rasadmin: 5100 asked, 4990 confirmed, 10 failed of 10000; 1000/s, 5s left\n");
    expect(&p, 6000, "");
    assert_false(p.shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_and_time_left_are_told),
        cmocka_unit_test(huge_numbers_fit),
        cmocka_unit_test(what_is_quickly_done_has_no_progress),
        cmocka_unit_test(a_terminal_has_one_line_that_is_rewritten_and_taken_away),
        cmocka_unit_test(a_file_gets_a_line_every_few_seconds),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
