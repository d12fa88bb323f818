/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPENRRAS_NTLM_OFFER_H
#define OPENRRAS_NTLM_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Does this first token of SPNEGO (RFC 4178 4.2.1) offer NTLM, and no Kerberos of any kind? Other mechanisms don't
 * count, for nobody here knows them. False also for what is no such token.
 */
bool ntlm_is_all_offered(const uint8_t *token, size_t n);

#endif
