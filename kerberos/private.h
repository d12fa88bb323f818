/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by context.c (legs, names) and protect.c. Private to kerberos/. */
#ifndef OPENRRAS_KERBEROS_PRIVATE_H
#define OPENRRAS_KERBEROS_PRIVATE_H

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include "kerberos/kerberos.h"
#include "kerberos/seal.h"

struct rpc_auth {
    struct kerberos_config *config;
    void *user;
    enum rpc_auth_level level;
    gss_OID mech; /* what the tokens are of: SPNEGO or Kerberos */
    bool is_server;

    bool running; /* a leg is on another thread, which then owns all but these two */
    bool orphan;  /* the association has gone meanwhile */

    uint8_t *in; /* the leg's token; owned */
    size_t in_len;
    int outcome; /* of the leg, as step() gives it */

    gss_cred_id_t cred;
    gss_name_t target;
    gss_ctx_id_t ctx;
    gss_buffer_desc out; /* GSSAPI's, until the next leg */
    bool complete;
    size_t token_size; /* once complete */

    /* protect.c: who protects PDUs at privacy. Until there has been one each way that is GSSAPI. */
    struct seal *seal; /* NULL: GSSAPI */
    bool sent, received, tried;
    uint8_t sent_token[SEAL_TOKEN_SIZE], received_token[SEAL_TOKEN_SIZE]; /* of the last ones */
    char principal[KERBEROS_NAME_MAX];
    char local_user[KERBEROS_NAME_MAX];
    char why[KERBEROS_WHY_MAX];
};

/* protect.c */
int kerberos_measure(struct rpc_auth *a); /* sets token_size: 0 or negative errno */
size_t kerberos_token_size(const struct rpc_auth *a);
int kerberos_protect(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                     size_t token_len);
int kerberos_verify(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header,
                    const uint8_t *token, size_t token_len);

/* leg.c: one leg of either side; gives what step() gives. Fills in names and `why`. */
int kerberos_leg(struct rpc_auth *a, const uint8_t *in, size_t in_len);

#endif
