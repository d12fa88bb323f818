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

#include "world.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

/* Of this thread only: the server has another. 0: none fails; 1: the next one does. */
static _Thread_local unsigned countdown;
static _Thread_local bool failed;

static bool fails(void)
{
    if (!countdown || --countdown)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

static struct world world;

/* Does `step` with its first allocation failing, then its second, ... until none fails. There are `least` or more. */
static void fail_each(DWORD (*step)(void), unsigned least)
{
    for (unsigned n = 1;; n++) {
        assert_true(n < 1000);
        countdown = n;
        failed = false;
        DWORD code = step();
        countdown = 0;
        if (!failed) {
            assert_int_equal(code, ERROR_SUCCESS);
            assert_true(n > least);
            return;
        }
        assert_int_equal(code, ERROR_NOT_ENOUGH_MEMORY);
    }
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
