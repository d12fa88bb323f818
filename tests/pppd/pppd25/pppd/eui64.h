/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_EUI64_H
#define OPENRRAS_TESTS_PPPD25_EUI64_H

#include <stdint.h>

typedef union {
    uint8_t e8[8];
    uint16_t e16[4];
    uint32_t e32[2];
} eui64_t;

#endif
