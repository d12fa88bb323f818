/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasadmin top without a terminal: order, filter, speeds, and that nobody else is hit than who was selected.
 */
#include <math.h>
#include <stdio.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/table.h"
#include "rasadmin/top.h"

#define S(handle, name, who, address, ...)                                                                             \
    {                                                                                                                  \
        .dwPort = handle, .pszPort = name, .pszUser = who, .pszTunnelAddress4 = address, .pszTunnelAddress6 = "",      \
        .pszDeviceType = "openvpn", .pszDriver = "openvpn", .pszClientAddress = "192.0.2.7",                           \
        .dwCondition = CONDITION_AUTHENTICATED, __VA_ARGS__                                                            \
    }

static struct top top;

static int begin(void **state)
{
    (void)state;
    top_init(&top);
    top_resize(&top, 3);
    return 0;
}

static int end(void **state)
{
    (void)state;
    top_free(&top);
    return 0;
}

static void take(OPENRRAS_SESSION *sessions, size_t n, uint64_t now_ms)
{
    const OPENRRAS_SESSION_LIST list = {.dwCount = (DWORD)n, .pSessions = sessions};
    assert_int_equal(top_take(&top, &list, now_ms), 0);
}

static OPENRRAS_SESSION four[] = {
    S(1, "vpn-10", "bob", "10.8.0.9", .ullBytesIn = 5, .llStart = 400),
    S(2, "vpn-2", "Alice", "10.8.0.10", .ullBytesIn = 7, .llStart = 100),
    S(3, "vpn-1", "carol", "10.8.0.1", .ullBytesIn = 6, .llStart = 300),
    S(4, "vpn-3", "alice", "10.8.0.2", .ullBytesIn = 6, .llStart = 200),
};

/* The handles in the order in which they are shown, as text. */
static void expect_rows(const char *rows)
{
    char text[256] = "";
    for (size_t i = 0; i < top.n_rows; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u", i ? " " : "", top_row(&top, i)->port);
    assert_string_equal(text, rows);
}

static void type(const char *s)
{
    for (; *s; s++)
        assert_int_equal(top_press(&top, (uint32_t)*s), TOP_NOTHING);
}

static void numbers_in_names_are_numbers(void **state)
{
    (void)state;
    take(four, 4, 0);
    expect_rows("3 2 4 1");
    type("r");
    expect_rows("1 4 2 3");
    type("A");
    expect_rows("3 4 1 2");
}

static void numbers_are_sorted_with_the_largest_first(void **state)
{
    (void)state;
    take(four, 4, 0);
    type("I");
    expect_rows("2 3 4 1");
    type("I");
    expect_rows("1 3 4 2");
    type("T");
    expect_rows("2 4 3 1"); /* who is there longest */
}

static void users_are_sorted_without_regard_to_case(void **state)
{
    (void)state;
    take(four, 4, 0);
    type("U");
    expect_rows("2 4 1 3");
}

static void arrows_go_through_all_columns(void **state)
{
    (void)state;
    for (int i = 0; i < TOP_COLUMNS; i++) {
        assert_int_equal(top.sort, i);
        top_press(&top, TOP_KEY_RIGHT);
    }
    assert_int_equal(top.sort, TOP_PORT);
    top_press(&top, '<');
    assert_int_equal(top.sort, TOP_COLUMNS - 1);
}

static void typing_narrows(void **state)
{
    (void)state;
    take(four, 4, 0);
    type("/aLi");
    expect_rows("2 4");
    type("x");
    expect_rows("");
    assert_null(top_row(&top, top.cursor));
    top_press(&top, TOP_KEY_BACKSPACE);
    expect_rows("2 4");
    top_press(&top, TOP_KEY_ENTER);
    assert_int_equal(top.mode, TOP_LIST);
    expect_rows("2 4");
    top_press(&top, TOP_KEY_ESCAPE);
    expect_rows("3 2 4 1");
    type("/q"); /* not the end, but a letter */
    assert_int_equal(top.mode, TOP_FILTER);
    top_press(&top, TOP_KEY_ESCAPE);
    assert_string_equal(top.filter, "");
    type("/10.8.0.9");
    expect_rows("1");
}

static void characters_are_rubbed_out_whole(void **state)
{
    (void)state;
    type("/");
    top_press(&top, 0xe9);
    top_press(&top, 0x20ac);
    top_press(&top, 0x1f600);
    assert_string_equal(top.filter, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    top_press(&top, TOP_KEY_BACKSPACE);
    assert_string_equal(top.filter, "\xc3\xa9\xe2\x82\xac");
    top_press(&top, TOP_KEY_BACKSPACE);
    top_press(&top, TOP_KEY_BACKSPACE);
    top_press(&top, TOP_KEY_BACKSPACE);
    assert_string_equal(top.filter, "");
    top_press(&top, 0xd800); /* no character */
    top_press(&top, 0x07);
    assert_string_equal(top.filter, "");
    for (int i = 0; i < 1000; i++)
        top_press(&top, 0x20ac);
    assert_int_equal(strlen(top.filter), 126); /* whole characters only */
}

static void the_selection_follows_its_session(void **state)
{
    (void)state;
    take(four, 4, 0);
    top_press(&top, TOP_KEY_DOWN);
    assert_int_equal(top.selected, 2);
    type("I"); /* first now */
    assert_int_equal(top.cursor, 0);
    assert_int_equal(top.selected, 2);
    OPENRRAS_SESSION more[] = {S(9, "vpn-0", "zoe", "10.8.0.3", .ullBytesIn = 100), four[0], four[1], four[2], four[3]};
    take(more, 5, 1000);
    assert_int_equal(top.cursor, 1);
    assert_int_equal(top.selected, 2);
}

static void when_the_selected_session_is_gone_its_place_stays(void **state)
{
    (void)state;
    take(four, 4, 0);
    top_press(&top, TOP_KEY_END);
    assert_int_equal(top.selected, 1);
    take(four + 1, 3, 1000);
    assert_int_equal(top.cursor, 2);
    assert_int_equal(top.selected, 4);
    take(NULL, 0, 2000);
    assert_int_equal(top.selected, 0);
    assert_int_equal(top_press(&top, 'd'), TOP_NOTHING); /* nobody is there */
    assert_int_equal(top.mode, TOP_LIST);
}

static void who_is_asked_about_is_who_is_disconnected(void **state)
{
    (void)state;
    take(four, 4, 0);
    type("d");
    assert_int_equal(top.mode, TOP_CONFIRM);
    assert_string_equal(top.target.user, "carol");
    /* While the question stands she leaves, and somebody takes her place and her port. */
    OPENRRAS_SESSION next[] = {S(1048579, "vpn-1", "dave", "10.8.0.1"), four[0]};
    take(next, 2, 1000);
    assert_int_equal(top_press(&top, 'y'), TOP_DISCONNECT);
    assert_int_equal(top.target.port, 3);
    assert_string_equal(top.target.user, "carol");
    assert_int_equal(top.keep_out_seconds, 0);
}

static void any_other_key_is_no(void **state)
{
    static const uint32_t keys[] = {'n', 'Y', ' ', TOP_KEY_ENTER, TOP_KEY_ESCAPE, 'd', 'q', 0, UINT32_MAX};
    (void)state;
    take(four, 4, 0);
    for (size_t i = 0; i < COUNT(keys); i++) {
        type("d");
        assert_int_equal(top_press(&top, keys[i]), TOP_NOTHING);
        assert_int_equal(top.mode, TOP_LIST);
        assert_string_equal(top.message, "nothing was disconnected");
    }
}

static void keeping_out_needs_a_duration(void **state)
{
    (void)state;
    take(four, 4, 0);
    type("dk");
    assert_string_equal(top.input, "1h");
    top_press(&top, 0x15);
    type("soon");
    assert_int_equal(top_press(&top, TOP_KEY_ENTER), TOP_NOTHING);
    assert_int_equal(top.mode, TOP_KEEP_OUT);
    top_press(&top, 0x15);
    type("90s");
    assert_int_equal(top_press(&top, TOP_KEY_ENTER), TOP_DISCONNECT);
    assert_int_equal(top.keep_out_seconds, 90);
    type("d"); /* the next one is not kept out */
    assert_int_equal(top_press(&top, 'y'), TOP_DISCONNECT);
    assert_int_equal(top.keep_out_seconds, 0);
    type("dk");
    assert_int_equal(top_press(&top, TOP_KEY_ESCAPE), TOP_NOTHING);
    assert_int_equal(top.mode, TOP_LIST);
}

static void the_cursor_stays_on_the_screen(void **state)
{
    OPENRRAS_SESSION many[100];
    char names[100][16];
    (void)state;
    for (size_t i = 0; i < COUNT(many); i++) {
        snprintf(names[i], sizeof names[i], "vpn-%zu", i + 1);
        many[i] = (OPENRRAS_SESSION)S((DWORD)i + 1, names[i], "u", "10.8.0.1");
    }
    take(many, COUNT(many), 0);
    static const uint32_t keys[] = {TOP_KEY_DOWN, TOP_KEY_PAGE_DOWN, TOP_KEY_PAGE_DOWN, TOP_KEY_UP, TOP_KEY_END,
                                    TOP_KEY_DOWN, TOP_KEY_PAGE_UP,   TOP_KEY_HOME,      TOP_KEY_UP, TOP_KEY_PAGE_UP};
    static const size_t cursors[] = {1, 4, 7, 6, 99, 99, 96, 0, 0, 0};
    for (size_t i = 0; i < COUNT(keys); i++) {
        top_press(&top, keys[i]);
        assert_int_equal(top.cursor, cursors[i]);
        assert_in_range(top.cursor, top.first, top.first + top.page - 1);
    }
    top_press(&top, TOP_KEY_END);
    top_resize(&top, 50); /* as much as can be is shown */
    assert_int_equal(top.first, 50);
    top_resize(&top, 0);
    assert_int_equal(top.page, 1);
    assert_int_equal(top.first, 99);
}

static void events_add_and_remove(void **state)
{
    (void)state;
    OPENRRAS_EVENT e = {.dwType = OPENRRAS_EVENT_SESSION_UP,
                        .dwPort = 7,
                        .pszPort = "vpn-7",
                        .pszUser = "eve",
                        .pszDeviceType = "",
                        .pszDriver = "",
                        .pszClientAddress = "",
                        .pszTunnelAddress4 = "",
                        .pszTunnelAddress6 = "2001:db8::7"};
    take(four, 4, 0);
    for (int i = 0; i < 2; i++) { /* told twice is there once */
        assert_int_equal(top_event(&top, &e, 100), 0);
        top_arrange(&top);
        expect_rows("3 2 4 7 1");
    }
    assert_string_equal(top_row(&top, 3)->tunnel, "2001:db8::7");
    e.dwType = OPENRRAS_EVENT_SESSION_GONE;
    e.dwPort = 2;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(top_event(&top, &e, 200), 0);
        top_arrange(&top);
        expect_rows("3 4 7 1");
    }
    e.dwType = OPENRRAS_EVENT_ORDER;
    e.dwPort = 3;
    assert_int_equal(top_event(&top, &e, 300), 0);
    e.dwType = OPENRRAS_EVENT_SESSION_UP;
    for (DWORD i = 0; i < 1000; i++) { /* more than there was room for */
        e.dwPort = 1000 + i;
        assert_int_equal(top_event(&top, &e, 400), 0);
    }
    top_arrange(&top);
    assert_int_equal(top.n_rows, 1004);
}

static void speeds_need_two_changes(void **state)
{
    struct top_rate r = {0};
    (void)state;
    top_rate_note(&r, 100, 100, 1000);
    assert_true(r.per_second == 0);
    top_rate_note(&r, 100, 500, 2000); /* of this one nobody knows since when */
    assert_true(r.per_second == 0);
    top_rate_note(&r, 500, 1500, 4000);
    assert_true(fabs(r.per_second - 500) < 0.01);
    top_rate_note(&r, 1500, 1500, 6000); /* the driver tells less often than we look: it holds */
    assert_true(fabs(r.per_second - 500) < 0.01);
    top_rate_note(&r, 1500, 1500, 12000); /* long overdue */
    assert_true(r.per_second == 0);
    top_rate_note(&r, 1500, 10, 13000); /* cleared */
    assert_int_equal(r.changed_ms, 0);
    top_rate_note(&r, 10, 20, 14000);
    assert_true(r.per_second == 0);
    top_rate_note(&r, 20, 30, 14000); /* no time between */
    assert_true(r.per_second == 0);
}

static void speeds_are_of_one_session(void **state)
{
    OPENRRAS_SESSION s = S(1, "vpn-1", "bob", "10.8.0.9", .ullBytesIn = 1000, .llStart = 5);
    (void)state;
    take(&s, 1, 1000);
    s.ullBytesIn = 2000;
    take(&s, 1, 2000);
    s.ullBytesIn = 5000;
    take(&s, 1, 3000);
    assert_true(fabs(top.rate_in - 3000) < 0.01);
    s.llStart = 6; /* another one, whatever its handle */
    s.ullBytesIn = 90000;
    take(&s, 1, 4000);
    assert_true(top.rate_in == 0);
}

static void columns_fit_any_width(void **state)
{
    size_t w[TOP_COLUMNS];
    (void)state;
    for (size_t width = 1; width < 300; width++) {
        size_t sum = 0, n = 0;
        top_layout(width, w);
        for (int c = 0; c < TOP_COLUMNS; c++) {
            sum += w[c];
            n += w[c] > 0;
        }
        assert_true(n > 0 && sum + n - 1 <= width);
        assert_true(w[TOP_USER] > 0);
    }
    for (int c = 0; c < TOP_COLUMNS; c++)
        assert_true(w[c] > 0); /* all of them, when there is room */
    top_layout(80, w);
    assert_true(w[TOP_PORT] && w[TOP_TUNNEL] && w[TOP_TIME] && w[TOP_RATE_IN] && w[TOP_RATE_OUT] && w[TOP_TYPE]);
    assert_false(w[TOP_OUT]);
}

static void cells_are_harmless(void **state)
{
    char cell[TOP_CELL_MAX], name[4096];
    (void)state;
    memset(name, 1, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    OPENRRAS_SESSION s = S(1, "p\x1b[2J", name, "x\x9by", .dwConnectSeconds = UINT32_MAX, .ullBytesIn = UINT64_MAX);
    take(&s, 1, 5);
    assert_string_equal(top_cell(cell, top_row(&top, 0), TOP_PORT, 5), "p\\x1b[2J");
    assert_string_equal(top_cell(cell, top_row(&top, 0), TOP_TUNNEL, 5), "x\\x9by");
    assert_true(strlen(top_cell(cell, top_row(&top, 0), TOP_USER, 5)) < TOP_CELL_MAX);
    assert_string_equal(top_cell(cell, top_row(&top, 0), TOP_TIME, UINT64_MAX), "49710d06h");
    assert_string_equal(top_cell(cell, top_row(&top, 0), TOP_IN, 5), "15.9 EiB");
    assert_string_equal(top_cell(cell, top_row(&top, 0), TOP_RATE_IN, 5), "-");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_in_names_are_numbers),
        TEST(numbers_are_sorted_with_the_largest_first),
        TEST(users_are_sorted_without_regard_to_case),
        TEST(arrows_go_through_all_columns),
        TEST(typing_narrows),
        TEST(characters_are_rubbed_out_whole),
        TEST(the_selection_follows_its_session),
        TEST(when_the_selected_session_is_gone_its_place_stays),
        TEST(who_is_asked_about_is_who_is_disconnected),
        TEST(any_other_key_is_no),
        TEST(keeping_out_needs_a_duration),
        TEST(the_cursor_stays_on_the_screen),
        TEST(events_add_and_remove),
        TEST(speeds_need_two_changes),
        TEST(speeds_are_of_one_session),
        TEST(columns_fit_any_width),
        TEST(cells_are_harmless),
    };
    return cmocka_run_group_tests_name("top", tests, NULL, NULL);
}
