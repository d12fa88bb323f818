/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of librassapi, and of libmprapi below it, fails once: the caller gets ERROR_NOT_ENOUGH_MEMORY with
 * nothing in its outputs, and the next try works. Leaks are AddressSanitizer's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <rassapi.h>

#include "tests/lib/failing.h"
#include "world.h"

static struct world world;

/* There are `least` allocations or more. */
static void fail_each(DWORD (*step)(void), unsigned least)
{
    assert_true(failing_each(step, ERROR_SUCCESS, ERROR_NOT_ENOUGH_MEMORY) >= least);
}

static DWORD list_step(void)
{
    RAS_PORT_0 *list;
    WORD n;
    DWORD code = RasAdminPortEnum(world.name, &list, &n);

    assert_true(code == ERROR_SUCCESS ? n == 4 : n == 0);
    assert_int_equal(RasAdminFreeBuffer(list), code == ERROR_SUCCESS ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER);
    return code;
}

static DWORD info_step(void)
{
    RAS_PORT_STATISTICS statistics;
    RAS_PARAMETERS *none;
    RAS_PORT_1 port;
    DWORD code = RasAdminPortGetInfo(world.name, u"vpn-1", &port, &statistics, &none);

    assert_int_equal(port.NumStatistics, code == ERROR_SUCCESS ? 28 : 0);
    assert_int_equal(RasAdminFreeBuffer(none), code == ERROR_SUCCESS ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER);
    return code;
}

static DWORD disconnect_step(void)
{
    return RasAdminPortDisconnect(world.name, u"vpn-1");
}

static DWORD sentence_step(void)
{
    WCHAR text[512];
    DWORD code = RasAdminGetErrorString(ERROR_INVALID_PORT, text, 512);

    assert_true(code == ERROR_SUCCESS ? text[0] : !text[0]);
    return code;
}

static void without_memory_nothing_is_half_there(void **state)
{
    (void)state;
    world = world_sample();
    world_open(&world);
    fail_each(list_step, 5);
    fail_each(info_step, 7);
    fail_each(disconnect_step, 3);
    fail_each(sentence_step, 1);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_nothing_is_half_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
