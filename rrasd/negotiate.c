/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts that are those of another mechanism, which SPNEGO's first token may still change. */
#include "rrasd/negotiate.h"

#include <errno.h>
#include <stdlib.h>

#include "ntlm/offer.h"

struct rpc_auth {
    struct negotiate_config *config;
    void *user;
    enum rpc_auth_level level;
    const struct rpc_auth_mech *mech; /* whose context it is */
    struct rpc_auth *context;
    bool may_change; /* SPNEGO, and no token was seen */
};

static struct rpc_auth *create(struct negotiate_config *config, void *user, enum rpc_auth_level level,
                               const struct rpc_auth_mech *mech, void *mech_ctx)
{
    struct rpc_auth *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->config = config;
    a->user = user;
    a->level = level;
    a->mech = mech;
    a->context = mech->create(mech_ctx, user, level, true);
    if (a->context)
        return a;
    free(a);
    return NULL;
}

static struct rpc_auth *create_spnego(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    struct negotiate_config *config = mech_ctx;
    struct rpc_auth *a = is_server ? create(config, user, level, &kerberos_spnego, &config->kerberos) : NULL;
    if (a)
        a->may_change = config->with_ntlm;
    return a;
}

static struct rpc_auth *create_kerberos(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    struct negotiate_config *config = mech_ctx;
    return is_server ? create(config, user, level, &kerberos_bare, &config->kerberos) : NULL;
}

static struct rpc_auth *create_ntlm(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    struct negotiate_config *config = mech_ctx;
    return is_server && config->with_ntlm ? create(config, user, level, &ntlm_bare, &config->ntlm) : NULL;
}

static void destroy(struct rpc_auth *a)
{
    a->mech->destroy(a->context);
    free(a);
}

static int change_to_ntlm(struct rpc_auth *a)
{
    struct rpc_auth *context = ntlm_spnego.create(&a->config->ntlm, a->user, a->level, true);
    if (!context)
        return -ENOMEM;
    a->mech->destroy(a->context);
    a->mech = &ntlm_spnego;
    a->context = context;
    return 0;
}

static int step(struct rpc_auth *a, const uint8_t *in, size_t in_len, const uint8_t **out, size_t *out_len)
{
    int r = a->may_change && ntlm_is_all_offered(in, in_len) ? change_to_ntlm(a) : 0;
    a->may_change = false;
    return r < 0 ? r : a->mech->step(a->context, in, in_len, out, out_len);
}

static int result(struct rpc_auth *a, const uint8_t **out, size_t *out_len)
{
    return a->mech->result(a->context, out, out_len);
}

static size_t token_size(const struct rpc_auth *a)
{
    return a->mech->token_size(a->context);
}

static int protect(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                   size_t token_len)
{
    return a->mech->protect(a->context, pdu, body, trailer, sign_header, token, token_len);
}

static int verify(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, const uint8_t *token,
                  size_t token_len)
{
    return a->mech->verify(a->context, pdu, body, trailer, sign_header, token, token_len);
}

#define MECHANISM(number, words, begin)                                                                                \
    {                                                                                                                  \
        .type = (number), .name = (words), .header_signing = true, .create = (begin), .destroy = destroy,              \
        .step = step, .result = result, .token_size = token_size, .protect = protect, .verify = verify                 \
    }

const struct rpc_auth_mech negotiate_spnego = MECHANISM(9, "SPNEGO", create_spnego);
const struct rpc_auth_mech negotiate_kerberos = MECHANISM(16, "Kerberos", create_kerberos);
const struct rpc_auth_mech negotiate_ntlm = MECHANISM(10, "NTLM", create_ntlm);
