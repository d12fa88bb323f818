/* SPDX-License-Identifier: Apache-2.0 */
/* See pppd.h here. */
#ifndef OPENRRAS_TESTS_PPPD25_CHAP_H
#define OPENRRAS_TESTS_PPPD25_CHAP_H

#define MDTYPE_MICROSOFT_V2 1
#define MDTYPE_MICROSOFT    2
#define MDTYPE_MD5          4

#define CHAP_DIGEST(mask)                                                                                              \
    ((mask)&MDTYPE_MD5 ? 5 : (mask)&MDTYPE_MICROSOFT_V2 ? 0x81 : (mask)&MDTYPE_MICROSOFT ? 0x80 : 0)

#endif
