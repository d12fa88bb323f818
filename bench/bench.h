/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmark programs share. */
#ifndef OPENRRAS_BENCH_BENCH_H
#define OPENRRAS_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sched.h>

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A benchmark that can't run as asked has no result: say why and end. */
#define bench_die(...)                                                                                                 \
    do {                                                                                                               \
        fprintf(stderr, "bench: " __VA_ARGS__);                                                                        \
        fputc('\n', stderr);                                                                                           \
        exit(1);                                                                                                       \
    } while (0)

static inline void bench_pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        bench_die("can't pin to CPU %d", cpu);
}

static inline unsigned long bench_number(const char *s)
{
    char *end;
    unsigned long v = strtoul(s, &end, 10);
    if (*s == '\0' || *end != '\0')
        bench_die("not a number: %s", s);
    return v;
}

#endif
