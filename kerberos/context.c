/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a security context: made, run here or elsewhere, and freed by whoever is the last to need it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kerberos/private.h"

/* 1.3.6.1.5.5.2. Kerberos' own is in the library. */
static uint8_t spnego_bytes[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
static gss_OID_desc spnego_oid = {sizeof spnego_bytes, spnego_bytes};

static struct rpc_auth *create(struct kerberos_config *config, void *user, enum rpc_auth_level level, bool is_server,
                               gss_OID mech)
{
    enum rpc_auth_level least = is_server && config->min_level ? config->min_level : RPC_AUTH_INTEGRITY;
    if (level < least)
        return NULL;
    struct rpc_auth *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->config = config;
    a->user = user;
    a->level = level;
    a->is_server = is_server;
    a->mech = mech;
    return a;
}

static struct rpc_auth *create_spnego(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    return create(mech_ctx, user, level, is_server, &spnego_oid);
}

static struct rpc_auth *create_bare(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    return create(mech_ctx, user, level, is_server, gss_mech_krb5);
}

static void destroy(struct rpc_auth *a)
{
    OM_uint32 minor;
    if (a->running) {
        a->orphan = true;
        return;
    }
    seal_free(a->seal);
    (void)gss_release_buffer(&minor, &a->out);
    (void)gss_delete_sec_context(&minor, &a->ctx, GSS_C_NO_BUFFER);
    (void)gss_release_cred(&minor, &a->cred);
    (void)gss_release_name(&minor, &a->target);
    free(a->in);
    free(a);
}

static int give(struct rpc_auth *a, const uint8_t **out, size_t *out_len)
{
    *out = a->out.value;
    *out_len = a->out.length;
    if (a->outcome < 0 && !a->is_server)
        snprintf(a->config->why, sizeof a->config->why, "%s", a->why);
    return a->outcome;
}

/* Its token is copied: the bytes are the caller's. */
static int put_off(struct rpc_auth *a, const uint8_t *in, size_t in_len)
{
    uint8_t *copy = malloc(in_len ? in_len : 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, in, in_len);
    free(a->in);
    a->in = copy;
    a->in_len = in_len;
    a->running = true;
    int r = a->config->later(a->config->ctx, a->user, a);
    if (r < 0)
        a->running = false;
    return r < 0 ? r : RPC_AUTH_LATER;
}

static int step(struct rpc_auth *a, const uint8_t *in, size_t in_len, const uint8_t **out, size_t *out_len)
{
    if (a->is_server && a->config->later)
        return put_off(a, in, in_len);
    a->outcome = kerberos_leg(a, in, in_len);
    return give(a, out, out_len);
}

void kerberos_run(struct rpc_auth *a)
{
    a->outcome = kerberos_leg(a, a->in, a->in_len);
}

bool kerberos_done(struct rpc_auth *a)
{
    a->running = false;
    if (a->orphan)
        destroy(a);
    else
        return true;
    return false;
}

void kerberos_refuse(struct rpc_auth *a, const char *why)
{
    snprintf(a->why, sizeof a->why, "%s", why);
    a->outcome = -EACCES;
    a->complete = false;
}

enum rpc_auth_level kerberos_level(const struct rpc_auth *a)
{
    return a->level;
}

bool kerberos_is_complete(const struct rpc_auth *a)
{
    return a->complete;
}

const char *kerberos_principal(const struct rpc_auth *a)
{
    return a->principal;
}

const char *kerberos_local_user(const struct rpc_auth *a)
{
    return a->local_user;
}

const char *kerberos_why(const struct rpc_auth *a)
{
    return a->why;
}

const struct rpc_auth_mech kerberos_spnego = {
    .type = 9,
    .name = "SPNEGO",
    .header_signing = true,
    .create = create_spnego,
    .destroy = destroy,
    .step = step,
    .result = give,
    .token_size = kerberos_token_size,
    .protect = kerberos_protect,
    .verify = kerberos_verify,
};

const struct rpc_auth_mech kerberos_bare = {
    .type = 16,
    .name = "Kerberos",
    .header_signing = true,
    .create = create_bare,
    .destroy = destroy,
    .step = step,
    .result = give,
    .token_size = kerberos_token_size,
    .protect = kerberos_protect,
    .verify = kerberos_verify,
};
