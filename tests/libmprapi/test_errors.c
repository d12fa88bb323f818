/* SPDX-License-Identifier: Apache-2.0 */
/* Every code of the error headers has a sentence, and no other has. codes.h is made by gen_codes.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <mprapi.h>

struct code {
    const char *name;
    DWORD value;
};

#include "codes.h"

#define N_CODES (sizeof codes / sizeof codes[0])

static size_t length(const WCHAR *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

static void every_code_has_a_sentence(void **state)
{
    (void)state;
    assert_true(N_CODES > 100);
    for (size_t i = 0; i < N_CODES; i++) {
        LPWSTR text;
        DWORD code = MprAdminGetErrorString(codes[i].value, &text);
        if (code != NO_ERROR)
            fail_msg("%s has no text", codes[i].name);
        size_t n = length(text);
        assert_true(n > 10 && n < 200);
        assert_int_equal(text[n - 1], '.');
        assert_true(text[0] >= 'A' && text[0] <= 'Z');
        assert_null(LocalFree(text));
    }
}

static bool is_code(DWORD value)
{
    for (size_t i = 0; i < N_CODES; i++)
        if (codes[i].value == value)
            return true;
    return false;
}

static void other_numbers_have_none(void **state)
{
    LPWSTR text;

    (void)state;
    for (DWORD value = 0; value < 4000; value++) {
        if (is_code(value))
            continue;
        assert_int_equal(MprAdminGetErrorString(value, &text), ERROR_MR_MID_NOT_FOUND);
        assert_null(text);
    }
    assert_int_equal(MprAdminGetErrorString((DWORD)-1, &text), ERROR_MR_MID_NOT_FOUND);
    assert_int_equal(MprAdminGetErrorString(0x80070005u, &text), ERROR_MR_MID_NOT_FOUND);
    assert_int_equal(MprAdminGetErrorString(5, NULL), ERROR_INVALID_PARAMETER);
}

static void a_sentence_is_what_it_says(void **state)
{
    static const WCHAR expected[] = u"Nobody is connected on this port.";
    LPWSTR text;

    (void)state;
    assert_int_equal(MprAdminGetErrorString(ERROR_PORT_NOT_CONNECTED, &text), NO_ERROR);
    assert_memory_equal(text, expected, sizeof expected);
    assert_null(LocalFree(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_sentence),
        cmocka_unit_test(other_numbers_have_none),
        cmocka_unit_test(a_sentence_is_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
