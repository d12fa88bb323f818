/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <stdio.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/table.h"

static const struct table_column columns[] = {
    {"NAME", 0, 5, false}, {"STATE", 0, 0, false}, {"ADDRESS", 1, 0, false}, {"N", 2, 0, true}};

/* Print into a string; the caller frees. */
static char *print(struct table *t, size_t width, bool color)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    assert_int_equal(table_print(t, f, width, color), 0);
    assert_int_equal(fclose(f), 0);
    table_free(t);
    return text;
}

static struct table *table_of_two(void)
{
    struct table *t = table_new(columns, COUNT(columns));
    assert_non_null(t);
    table_cell(t, "openvpn-1");
    table_cell(t, "connected");
    table_cell(t, "10.8.0.6");
    table_cell(t, "7");
    table_cell(t, "x");
    table_cell(t, "listening");
    table_cell(t, "");
    table_cell(t, "12345");
    return t;
}

static void all_columns_are_aligned_without_a_limit(void **state)
{
    (void)state;
    char *s = print(table_of_two(), 0, false);
    assert_string_equal(s, "NAME       STATE      ADDRESS       N\n"
                           "openvpn-1  connected  10.8.0.6      7\n"
                           "x          listening  -         12345\n");
    free(s);
}

static void the_exact_width_keeps_everything(void **state)
{
    (void)state;
    char *s = print(table_of_two(), 37, false);
    assert_non_null(strstr(s, "openvpn-1  connected  10.8.0.6      7\n"));
    free(s);
}

static void one_cell_less_cuts_the_name_and_not_a_column(void **state)
{
    (void)state;
    char *s = print(table_of_two(), 36, false);
    assert_non_null(strstr(s, "openvpn\xe2\x80\xa6  connected  10.8.0.6      7\n"));
    free(s);
}

static void columns_are_dropped_by_importance(void **state)
{
    (void)state;
    char *s = print(table_of_two(), 30, false);
    assert_string_equal(s, "NAME       STATE      ADDRESS\n"
                           "openvpn-1  connected  10.8.0.6\n"
                           "x          listening  -\n");
    free(s);
    s = print(table_of_two(), 16, false);
    assert_string_equal(s, "NAME   STATE\n"
                           "open\xe2\x80\xa6  connected\n"
                           "x      listening\n");
    free(s);
}

static void columns_that_must_stay_stay(void **state)
{
    (void)state;
    char *s = print(table_of_two(), 3, false);
    assert_non_null(strstr(s, "connected"));
    free(s);
}

static void wide_and_combining_characters_are_measured_in_cells(void **state)
{
    (void)state;
    assert_int_equal(text_cells("\xe6\x97\xa5\xe6\x9c\xac"), 4);
    assert_int_equal(text_cells("e\xcc\x81"), 1);
    assert_int_equal(text_cells("\xff"), 1);
    size_t used;
    assert_int_equal(text_fit("\xe6\x97\xa5\xe6\x9c\xac", 3, &used), 3); /* half a character is none */
    assert_int_equal(used, 2);
    struct table *t = table_new(columns, 2);
    table_cell(t, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
    table_cell(t, "up");
    char *s = print(t, 12, false);
    assert_string_equal(s, "NAME   STATE\n"
                           "\xe6\x97\xa5\xe6\x9c\xac\xe2\x80\xa6  up\n");
    free(s);
}

static void control_characters_never_reach_the_stream(void **state)
{
    (void)state;
    struct table *t = table_new(columns, 2);
    table_cell(t, "a\x1b[2Jb\n\x7f\xc2\x9b"
                  "31m\xe2\x80\xae");
    table_cell(t, "\t");
    char *s = print(t, 0, false);
    for (const unsigned char *p = (const unsigned char *)s; *p; p++)
        assert_true((*p >= 0x20 && *p < 0x7f) || *p == '\n');
    assert_non_null(strstr(s, "a\\x1b[2Jb\\x0a\\x7f\\x9b31m\\u{202e}"));
    free(s);
}

static void colour_does_not_move_columns(void **state)
{
    (void)state;
    struct table *t = table_new(columns, 2);
    table_cell_styled(t, "a", TABLE_BAD);
    table_cell(t, "b");
    char *s = print(t, 0, true);
    assert_string_equal(s, "\x1b[1mNAME\x1b[0m  \x1b[1mSTATE\x1b[0m\n\x1b[31ma\x1b[0m     b\n");
    free(s);
}

static void a_row_that_is_not_complete_is_left_out(void **state)
{
    (void)state;
    struct table *t = table_new(columns, 2);
    table_cell(t, "a");
    char *s = print(t, 0, false);
    assert_string_equal(s, "NAME  STATE\n");
    free(s);
}

static void a_table_of_no_or_too_many_columns_is_refused(void **state)
{
    (void)state;
    static const struct table_column many[TABLE_COLUMNS_MAX + 1];
    assert_null(table_new(columns, 0));
    assert_null(table_new(many, COUNT(many)));
    struct table *t = table_new(many, TABLE_COLUMNS_MAX);
    assert_non_null(t);
    table_free(t);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_columns_are_aligned_without_a_limit),
        cmocka_unit_test(the_exact_width_keeps_everything),
        cmocka_unit_test(one_cell_less_cuts_the_name_and_not_a_column),
        cmocka_unit_test(columns_are_dropped_by_importance),
        cmocka_unit_test(columns_that_must_stay_stay),
        cmocka_unit_test(wide_and_combining_characters_are_measured_in_cells),
        cmocka_unit_test(control_characters_never_reach_the_stream),
        cmocka_unit_test(colour_does_not_move_columns),
        cmocka_unit_test(a_row_that_is_not_complete_is_left_out),
        cmocka_unit_test(a_table_of_no_or_too_many_columns_is_refused),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
