/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/text.h"

static void utf8_is_checked_strictly(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "alice", "J\xc3\xbcrgen", "\xe2\x82\xac", "\xf0\x9f\x94\x91", "\xef\xbf\xbd"};
    static const char *const bad[] = {
        "\x80", "\xc3",   "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xff", "a\xc3(", "\xe2\x82"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
}

static void unsafe_text_is_escaped(void **state)
{
    (void)state;
    char b[64];
    assert_string_equal(text_escape_z(b, sizeof b, "al\x1b[31mice\n"), "al\\x1b[31mice\\x0a");
    assert_string_equal(text_escape_z(b, sizeof b, "a\xffz"), "a\\xffz");
    assert_string_equal(text_escape_z(b, sizeof b, "a\\z"), "a\\\\z");
    assert_string_equal(text_escape_z(b, sizeof b, "J\xc3\xbcrgen"), "J\xc3\xbcrgen");
    assert_string_equal(text_escape_z(b, sizeof b, "\xc2\x9bH"), "\\x9bH"); /* C1: CSI in eight bits */
    assert_string_equal(text_escape_z(b, sizeof b,
                                      "\xe2\x80\xae"
                                      "evil"),
                        "\\u{202e}evil"); /* right-to-left override */
    assert_string_equal(text_escape(b, sizeof b, "a\0b", 3), "a\\x00b");
    assert_string_equal(text_escape_z(b, sizeof b, NULL), "");
}

static void escaping_cuts_on_whole_escapes(void **state)
{
    (void)state;
    char b[8];
    assert_string_equal(text_escape_z(b, 7, "abc\x01"), "abc");
    assert_string_equal(text_escape_z(b, 8, "abc\x01"), "abc\\x01");
    assert_string_equal(text_escape_z(b, 3, "a\xe2\x82\xac"), "a");
    b[0] = 'x';
    text_escape_z(b, 0, "abc");
    assert_int_equal(b[0], 'x');
}

static void utf16_goes_both_ways(void **state)
{
    (void)state;
    char16_t w[8];
    char b[32];
    memset(w, 0xaa, sizeof w);
    assert_int_equal(text_to_utf16(w, 8, "a\xc3\xbc\xf0\x9f\x94\x91"), 4);
    assert_memory_equal(w, u"a\u00fc\U0001F511\0\0\0", sizeof w);
    assert_int_equal(text_from_utf16(b, sizeof b, w, 8), 7);
    assert_string_equal(b, "a\xc3\xbc\xf0\x9f\x94\x91");
    /* a pair that does not fit is left out whole */
    assert_int_equal(text_to_utf16(w, 3, "a\xf0\x9f\x94\x91"), 1);
    assert_int_equal(text_to_utf16(w, 4,
                                   "\xff"
                                   "bcdefg"),
                     3);
    assert_int_equal(w[0], 0xfffd);
    assert_int_equal(text_from_utf16(b, sizeof b, u"\xd800z", 2), 4);
    assert_string_equal(b, "\xef\xbf\xbdz");
}

static void durations_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int result;
        uint64_t ms;
    } cases[] = {{"2s", 0, 2000},
                 {"500ms", 0, 500},
                 {"10m", 0, 600000},
                 {"7", 0, 7000},
                 {"1h", 0, 3600000},
                 {"1d", 0, 86400000},
                 {"", -EINVAL, 0},
                 {"-1s", -EINVAL, 0},
                 {"1x", -EINVAL, 0},
                 {"s", -EINVAL, 0},
                 {"1 s", -EINVAL, 0},
                 {"99999999999999999999", -ERANGE, 0},
                 {"18446744073709551615s", -ERANGE, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t ms = 42;
        assert_int_equal(text_parse_duration(cases[i].text, &ms), cases[i].result);
        assert_int_equal(ms, cases[i].result ? 42 : cases[i].ms);
    }
}

static void times_are_rfc3339(void **state)
{
    (void)state;
    char b[TEXT_TIME_MAX];
    assert_string_equal(text_time(b, 1764084000), "2025-11-25T15:20:00Z");
    assert_string_equal(text_time(b, INT64_MAX), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(unsafe_text_is_escaped),
        cmocka_unit_test(escaping_cuts_on_whole_escapes),
        cmocka_unit_test(utf16_goes_both_ways),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(times_are_rfc3339),
    };
    return cmocka_run_group_tests_name("common/text", tests, NULL, NULL);
}
