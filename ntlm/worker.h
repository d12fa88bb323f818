/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client's exchange in a process of its own, made by rras-ntlm for it: so what a client sends to the library can
 * hit nobody but him, whatever it does there.
 */
#ifndef OPENRRAS_NTLM_WORKER_H
#define OPENRRAS_NTLM_WORKER_H

#include <sys/types.h>

#include "ntlm/message.h"

/* A leg may take so long: less than rrasd waits for all of rras-ntlm (NTLM_ANSWER_MS). */
#define NTLM_WORKER_MS 8000

struct worker {
    uint32_t context; /* 0: none */
    pid_t pid;
    int fd; /* its socket */
};

/* 0 or negative errno; *ret is only written on success. */
int worker_begin(struct worker *ret, uint32_t context);

/*
 * Have it take a leg: a whole frame. The size of its answer's frame in `answer`, which has room for the largest. 0:
 * there is none, and *why says what has become of it; it can only be ended then.
 */
size_t worker_ask(struct worker *w, const uint8_t *frame, size_t n, uint8_t answer[static NTLM_ANSWER_MAX],
                  char why[static NTLM_WHY_MAX]);

void worker_end(struct worker *w); /* with context 0 nothing happens */

#endif
