/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/fork.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static atomic_uint generation;
static atomic_bool watching;

static void in_child(void)
{
    atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}

/* glibc forgets the handler when the library is unloaded. Without memory for it there is nobody to tell: tried again
 * then. */
static void watch(void)
{
    bool expected = false;

    if (atomic_compare_exchange_strong(&watching, &expected, true) && pthread_atfork(NULL, NULL, in_child) != 0)
        atomic_store(&watching, false);
}

unsigned fork_generation(void)
{
    if (!atomic_load_explicit(&watching, memory_order_relaxed))
        watch();
    return atomic_load_explicit(&generation, memory_order_relaxed);
}
