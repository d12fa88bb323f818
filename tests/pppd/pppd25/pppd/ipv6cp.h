/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_IPV6CP_H
#define OPENRRAS_TESTS_PPPD25_IPV6CP_H

#include "eui64.h"
#include "fsm.h"

typedef struct ipv6cp_options {
    eui64_t ourid, hisid;
} ipv6cp_options;

extern fsm ipv6cp_fsm[];
extern ipv6cp_options ipv6cp_hisoptions[];

#endif
