/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What callers may prove by who they are: Kerberos, alone (authentication type 16) and inside SPNEGO (9), and, where
 * the site has switched it on, NTLM (10, and inside SPNEGO as well).
 *
 * Which of them it is inside SPNEGO says the client's first token. Who offers any kind of Kerberos gets Kerberos;
 * NTLM is for those who offer it without that. So nobody comes by NTLM because Kerberos has failed. Should somebody on
 * the way take Kerberos out of the list, then what both ends sign of it (mechListMIC) is not the same, and the exchange
 * fails where the client signs it, as those of today do.
 */
#ifndef OPENRRAS_RRASD_NEGOTIATE_H
#define OPENRRAS_RRASD_NEGOTIATE_H

#include "kerberos/kerberos.h"
#include "ntlm/ntlm.h"

extern const struct rpc_auth_mech negotiate_spnego, negotiate_kerberos, negotiate_ntlm;

/* The mech_ctx of all. Must outlive the contexts. What both tell their owner of is their own context. */
struct negotiate_config {
    struct kerberos_config kerberos;
    struct ntlm_config ntlm;
    bool with_ntlm;
};

#endif
