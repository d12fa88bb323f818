/* SPDX-License-Identifier: Apache-2.0 */
/* Structures and numbers are those of 64-bit Windows, member by member. The tables are made by gen_abi.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <mprapi.h>

struct abi_member {
    const char *name;
    size_t offset, size;             /* here */
    size_t right_offset, right_size; /* there */
};

struct abi_constant {
    const char *name;
    long long value, right;
};

#include "abi_tables.h"

static void structures_are_laid_out_as_on_windows(void **state)
{
    (void)state;
    assert_true(sizeof abi_members / sizeof abi_members[0] > 200);
    for (size_t i = 0; i < sizeof abi_members / sizeof abi_members[0]; i++) {
        const struct abi_member *m = &abi_members[i];
        if (m->offset != m->right_offset || m->size != m->right_size)
            fail_msg("%s: offset %zu size %zu, should be %zu and %zu", m->name, m->offset, m->size, m->right_offset,
                     m->right_size);
    }
}

static void numbers_are_those_of_windows(void **state)
{
    (void)state;
    assert_true(sizeof abi_constants / sizeof abi_constants[0] > 200);
    for (size_t i = 0; i < sizeof abi_constants / sizeof abi_constants[0]; i++)
        if (abi_constants[i].value != abi_constants[i].right)
            fail_msg("%s is %lld, should be %lld", abi_constants[i].name, abi_constants[i].value,
                     abi_constants[i].right);
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
        cmocka_unit_test(types_have_their_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
