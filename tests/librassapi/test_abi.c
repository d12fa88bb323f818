/* SPDX-License-Identifier: Apache-2.0 */
/* Structures and numbers of rassapi.h are those of 64-bit Windows. The tables are made by tests/libmprapi/gen_abi.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <rassapi.h>

#include "tests/libmprapi/abi_check.h"

#include "rassapi_abi_tables.h"

static void structures_are_laid_out_as_on_windows(void **state)
{
    (void)state;
    assert_true(sizeof abi_members / sizeof abi_members[0] == 84);
    check_members(abi_members, sizeof abi_members / sizeof abi_members[0]);
}

static void numbers_are_those_of_windows(void **state)
{
    (void)state;
    assert_true(sizeof abi_constants / sizeof abi_constants[0] == 52);
    check_constants(abi_constants, sizeof abi_constants / sizeof abi_constants[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structures_are_laid_out_as_on_windows),
        cmocka_unit_test(numbers_are_those_of_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
