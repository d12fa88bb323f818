/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/failing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define EACH_MAX 1000u /* a step with more allocations never ends */

_Thread_local unsigned failing_countdown;
static _Thread_local bool has_failed;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static bool fails(void)
{
    if (!failing_countdown || --failing_countdown)
        return false;
    has_failed = true;
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

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

void failing_start(unsigned n)
{
    has_failed = false;
    failing_countdown = n;
}

bool failing_stop(void)
{
    failing_countdown = 0;
    return has_failed;
}

unsigned failing_each(uint32_t (*step)(void), uint32_t good, uint32_t without)
{
    for (unsigned n = 1;; n++) {
        assert_true(n < EACH_MAX);
        failing_start(n);
        uint32_t code = step();
        if (!failing_stop()) {
            assert_int_equal(code, good);
            return n - 1;
        }
        assert_int_equal(code, without);
    }
}
