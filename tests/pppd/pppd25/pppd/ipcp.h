/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_IPCP_H
#define OPENRRAS_TESTS_PPPD25_IPCP_H

#include <stdint.h>

#include "fsm.h"

typedef struct ipcp_options {
    uint32_t ouraddr, hisaddr;
} ipcp_options;

extern fsm ipcp_fsm[];
extern ipcp_options ipcp_gotoptions[], ipcp_hisoptions[];

typedef void(ip_choose_hook_fn)(uint32_t *);
extern ip_choose_hook_fn *ip_choose_hook;

#endif
