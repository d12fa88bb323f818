/* SPDX-License-Identifier: Apache-2.0 */
/* Structures and numbers are those of 64-bit Windows, member by member. The tables are made by gen_abi.py.
 * check_package.py compiles this as C++ too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
#include <cmocka.h>
#ifdef __cplusplus
}
#endif
#include <mprapi.h>

#include "abi_check.h"

struct abi_text {
    const char *name;
    const WCHAR *value;
    size_t size;
    const char *right;
};

#include "abi_tables.h"

static void structures_are_laid_out_as_on_windows(void **state)
{
    (void)state;
    assert_true(sizeof abi_members / sizeof abi_members[0] > 700);
    check_members(abi_members, sizeof abi_members / sizeof abi_members[0]);
}

static void numbers_are_those_of_windows(void **state)
{
    (void)state;
    assert_true(sizeof abi_constants / sizeof abi_constants[0] > 300);
    check_constants(abi_constants, sizeof abi_constants / sizeof abi_constants[0]);
}

static bool same_text(const struct abi_text *t)
{
    size_t n = strlen(t->right);

    if (t->size != (n + 1) * sizeof t->value[0])
        return false;
    for (size_t i = 0; i <= n; i++)
        if (t->value[i] != (WCHAR)t->right[i])
            return false;
    return true;
}

static void texts_are_those_of_windows(void **state)
{
    (void)state;
    assert_true(sizeof abi_texts / sizeof abi_texts[0] > 10);
    for (size_t i = 0; i < sizeof abi_texts / sizeof abi_texts[0]; i++)
        if (!same_text(&abi_texts[i]))
            fail_msg("%s is not \"%s\"", abi_texts[i].name, abi_texts[i].right);
}

static void types_have_their_widths(void **state)
{
    (void)state;
    assert_int_equal(sizeof(HANDLE), 8);
    assert_int_equal(sizeof(DWORD), 4);
    assert_int_equal(sizeof(BOOL), 4);
    assert_int_equal(sizeof(WCHAR), 2);
    assert_int_equal(sizeof(u"abc"), 8);
    assert_int_equal(sizeof(RAS_PORT_CONDITION), 4);
    assert_true((DWORD)-1 > 0);
    assert_true((BOOL)-1 < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structures_are_laid_out_as_on_windows),
        cmocka_unit_test(numbers_are_those_of_windows),
        cmocka_unit_test(texts_are_those_of_windows),
        cmocka_unit_test(types_have_their_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
