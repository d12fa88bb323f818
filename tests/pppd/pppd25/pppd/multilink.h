/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_MULTILINK_H
#define OPENRRAS_TESTS_PPPD25_MULTILINK_H

#include <stdbool.h>

struct epdisc {
    unsigned char class, length, value[20];
};

typedef void(multilink_join_hook_fn)(void);
extern multilink_join_hook_fn *multilink_join_hook;

bool mp_on(void);
bool mp_master(void);

#endif
