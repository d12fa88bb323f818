/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails when it is told to. malloc(), calloc(), realloc() and strdup() of the calling thread count down;
 * threads that a test has beside it (a server) always get theirs. A program that uses this is made with dep_failing,
 * which has the linker put it in place of the allocator's functions (--wrap) in all objects of that program; shared
 * libraries keep theirs.
 */
#ifndef OPENRRAS_TESTS_FAILING_H
#define OPENRRAS_TESTS_FAILING_H

#include <stdbool.h>
#include <stdint.h>

/* 0: none fails; 1: the next allocation does, 2: the one after it, ... To leave out what is not meant, keep it and set
 * it to 0 meanwhile. */
extern _Thread_local unsigned failing_countdown;

/* The n-th allocation from now on fails. */
void failing_start(unsigned n);
/* No more do. Has one? */
bool failing_stop(void);

/*
 * Does `step` with its first allocation failing, then with its second, ... until none fails. With a failure it must
 * return `without`, in the end `good`. How many allocations there are.
 */
unsigned failing_each(uint32_t (*step)(void), uint32_t good, uint32_t without);

#endif
