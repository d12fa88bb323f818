/* SPDX-License-Identifier: Apache-2.0 */
/* What mech.c asks of process.c. Private to ntlm/. */
#ifndef OPENRRAS_NTLM_PRIVATE_H
#define OPENRRAS_NTLM_PRIVATE_H

#include <sys/queue.h>

#include "ntlm/message.h"
#include "ntlm/process.h"

/* The exchange of one context, a part of it. All but the first three members are the process's. */
struct ntlm_leg {
    struct ntlm_process *process;
    bool spnego;
    /* A refusal as well when the process could not say anything. The token is good until this returns. */
    void (*answered)(struct ntlm_leg *leg, const struct ntlm_answer *answer);

    TAILQ_ENTRY(ntlm_leg) in_queue;
    bool waits;       /* in the queue, or asked */
    uint32_t context; /* its number; 0: it has none, for no leg of it was ever asked, or all have their outcome */
    uint32_t run;     /* of the process that knows it; 0: none yet */
    TAILQ_ENTRY(ntlm_leg) in_numbered; /* while it has one */
    bool ousted;                       /* another one has its place */
    uint8_t *token;                    /* while it waits; owned */
    size_t token_len;
};

/*
 * Ask for the outcome; answered() tells, never from in here. The token is copied. 0, -ENOMEM, or -EBUSY: too many
 * exchanges are under way. Of those that only wait for their client's next leg the longest there has to make room
 * before that: so who begins exchanges and does not go on keeps nobody away who does.
 */
int ntlm_process_ask(struct ntlm_leg *leg, const uint8_t *token, size_t n);
/* Nobody wants to know any more. */
void ntlm_process_forget(struct ntlm_leg *leg);

#endif
