/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_LCP_H
#define OPENRRAS_TESTS_PPPD25_LCP_H

#include "fsm.h"
#include "multilink.h"

typedef struct lcp_options {
    unsigned int neg_upap : 1, neg_chap : 1, neg_eap : 1, neg_endpoint : 1;
    unsigned char chap_mdtype;
    struct epdisc endpoint;
} lcp_options;

extern fsm lcp_fsm[];
extern lcp_options lcp_gotoptions[], lcp_hisoptions[];

void lcp_close(int unit, char *reason);

#endif
