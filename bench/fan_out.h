/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bench-notify is compared with: a bare server on CPU 0 that tells many sockets that something has happened, at
 * the pace at which rrasd does it. Whoever listens sends a question, and gets an answer when something has happened
 * since the last one, and his question is so old.
 */
#ifndef OPENRRAS_BENCH_FAN_OUT_H
#define OPENRRAS_BENCH_FAN_OUT_H

#include <stdbool.h>
#include <stddef.h>

#define FAN_OUT_MAX 256u

struct fan_out {
    int trigger;
    int fds[FAN_OUT_MAX]; /* one for each who listens */
};

/* Starts the server, a child process. */
void fan_out_start(struct fan_out *f, size_t n, unsigned gather_ms);
/* Something has happened. */
void fan_out_tell(const struct fan_out *f);
/* Asks, and waits for the answer; false: the server has ended. */
bool fan_out_listen(int fd);
/* Those who listen see the end, too. */
void fan_out_stop(const struct fan_out *f);

#endif
