/* SPDX-License-Identifier: Apache-2.0 */
/* What remote.c asks of the mechanism by which a caller proves who he is, whichever it is. */
#ifndef OPENRRAS_RRASD_PROOF_H
#define OPENRRAS_RRASD_PROOF_H

#include "rpc/auth.h"
#include "rrasd/identity.h"

#define PROOF_WHY_MAX 512u

struct proof {
    const char *name;  /* of the log: "Kerberos" */
    const char *word;  /* of the audit log: "kerberos" */
    const char *where; /* what says which user of this machine somebody is */

    /* ---- on a thread that may wait ---- */

    /* The leg. NULL: it has its outcome already. */
    void (*run)(struct rpc_auth *a);
    /* The user of this machine that a complete context stands for. 0, or negative errno: -ENOENT when there is none. */
    int (*look_up)(const struct rpc_auth *a, struct identity *ret);

    /* ---- anywhere, once it has run ---- */

    bool (*is_complete)(const struct rpc_auth *a);
    const char *(*principal)(const struct rpc_auth *a); /* "": not known */
    const char *(*why)(const struct rpc_auth *a);       /* of a refusal; "" */
    enum rpc_auth_level (*level)(const struct rpc_auth *a);

    /* ---- on the loop's thread ---- */

    bool (*done)(struct rpc_auth *a); /* false: the association has gone, and the context with it */
    void (*refuse)(struct rpc_auth *a, const char *why);
};

extern const struct proof proof_kerberos, proof_ntlm;

#endif
