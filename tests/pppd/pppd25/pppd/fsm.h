/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_FSM_H
#define OPENRRAS_TESTS_PPPD25_FSM_H

typedef struct fsm {
    int state;
    int retransmits;
    char *term_reason;
    int term_reason_len;
} fsm;

#endif
