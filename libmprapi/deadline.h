/* SPDX-License-Identifier: Apache-2.0 */
/* Moments on the monotonic clock, in milliseconds. */
#ifndef OPENRRAS_LIBMPRAPI_DEADLINE_H
#define OPENRRAS_LIBMPRAPI_DEADLINE_H

#include <stdint.h>
#include <time.h>

static inline uint64_t deadline_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline uint64_t deadline_in(uint32_t ms)
{
    return deadline_now() + ms;
}

/* 0: over. */
static inline uint64_t deadline_left(uint64_t deadline)
{
    uint64_t now = deadline_now();
    return now < deadline ? deadline - now : 0;
}

#endif
