/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmark programs share. */
#ifndef OPENRRAS_BENCH_BENCH_H
#define OPENRRAS_BENCH_BENCH_H

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

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

static inline int bench_connect(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof a.sun_path)
        bench_die("path too long");
    strcpy(a.sun_path, path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        bench_die("%s: %s", path, strerror(errno));
    return fd;
}

static inline unsigned long bench_number(const char *s)
{
    char *end;
    unsigned long v = strtoul(s, &end, 10);
    if (*s == '\0' || *end != '\0')
        bench_die("not a number: %s", s);
    return v;
}

/* The next line from a socket, NUL in place of LF; NULL at its end. Good until the next call; one socket a program. */
static inline char *bench_line(int fd)
{
    static char in[1u << 20];
    static size_t have, used;
    for (;;) {
        char *lf = memchr(in + used, '\n', have - used);
        if (lf) {
            char *line = in + used;
            *lf = '\0';
            used = (size_t)(lf - in) + 1;
            return line;
        }
        memmove(in, in + used, have - used);
        have -= used;
        used = 0;
        if (have == sizeof in)
            bench_die("line too long");
        ssize_t r = read(fd, in + have, sizeof in - have);
        if (r <= 0)
            return NULL;
        have += (size_t)r;
    }
}

#endif
