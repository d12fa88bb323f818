/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/proof.h"

#include <errno.h>

#include "kerberos/kerberos.h"
#include "ntlm/ntlm.h"

_Static_assert(PROOF_WHY_MAX >= KERBEROS_WHY_MAX && PROOF_WHY_MAX >= NTLM_WHY_MAX, "reasons fit");

static int look_up_kerberos(const struct rpc_auth *a, struct identity *ret)
{
    const char *user = kerberos_local_user(a);
    return *user ? identity_of_user(user, ret) : -ENOENT;
}

static int look_up_ntlm(const struct rpc_auth *a, struct identity *ret)
{
    return identity_of_ntlm(ntlm_name(a), ret);
}

const struct proof proof_kerberos = {
    .name = "Kerberos",
    .word = "kerberos",
    .where = "auth_to_local in krb5.conf",
    .run = kerberos_run,
    .look_up = look_up_kerberos,
    .is_complete = kerberos_is_complete,
    .principal = kerberos_principal,
    .why = kerberos_why,
    .level = kerberos_level,
    .done = kerberos_done,
    .refuse = kerberos_refuse,
};

const struct proof proof_ntlm = {
    .name = "NTLM",
    .word = "ntlm",
    .where = "DOMAIN\\user for the name service, or user where DOMAIN is this machine's name",
    .look_up = look_up_ntlm,
    .is_complete = ntlm_is_complete,
    .principal = ntlm_name,
    .why = ntlm_why,
    .level = ntlm_level,
    .done = ntlm_done,
    .refuse = ntlm_refuse,
};
