/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that has the NTLM library run (rras-ntlm), as rrasd has it: started when somebody needs it, asked for one
 * leg at a time, and ended when it does not answer in time or says what is no answer. Then the leg that it was asked
 * for fails, and so do exchanges that it has begun; legs that wait for their turn are asked of the next one, which is
 * started after a pause.
 *
 * It is given its end of a socket pair as standard input, where its log goes as standard error, and an environment that
 * is made for it. All in the loop of libuv, and nothing here waits.
 */
#ifndef OPENRRAS_NTLM_PROCESS_H
#define OPENRRAS_NTLM_PROCESS_H

#include <uv.h>

#include "ntlm/ntlm.h"

#define NTLM_ANSWER_MS 10000u /* for one leg: winbind may have to ask a domain controller */
#define NTLM_PAUSE_MS  1000u  /* between the end of a process and the start of the next one */

struct ntlm_process_config {
    uv_loop_t *loop;
    const char *program; /* the path of rras-ntlm; must outlive the process, as `users` must */
    const char *users;   /* the file with users and their passwords; NULL: winbind knows them */
    uint32_t answer_ms, pause_ms;
    /* It has ended, or could not be started; never told for the sake of ntlm_process_close(). `why` is a sentence. */
    void (*ended)(void *ctx, const char *why);
    void *ctx;
};

struct ntlm_process *ntlm_process_new(const struct ntlm_process_config *config); /* NULL without memory */
/* End it. What waits is not answered any more; contexts may still be destroyed. */
void ntlm_process_close(struct ntlm_process *p);
void ntlm_process_free(struct ntlm_process *p); /* once the loop has run out; NULL is allowed */

/* The id of the process that runs; 0: none does. */
int ntlm_process_pid(const struct ntlm_process *p);

#endif
