/* SPDX-License-Identifier: Apache-2.0 */
/* NTLM's security contexts: their legs, which the process takes, and the protection of PDUs (MS-RPCE 2.2.2.11). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ntlm/private.h"

#define TRAILER 8u /* sec_trailer */

struct rpc_auth {
    struct ntlm_config *config;
    void *user;
    enum rpc_auth_level level;
    struct ntlm_leg leg;

    bool running; /* answered() was called, and ntlm_done() was not */
    bool orphan;  /* the association has gone meanwhile */

    int outcome;  /* of the leg, as step() gives it */
    uint8_t *out; /* owned */
    size_t out_len;
    bool complete;
    struct ntlm_seal *seal; /* once complete, where PDUs are protected */
    char name[NTLM_NAME_MAX];
    char why[NTLM_WHY_MAX];
};

/* ---- legs ---- */

void ntlm_refuse(struct rpc_auth *a, const char *why)
{
    snprintf(a->why, sizeof a->why, "%s", why);
    a->outcome = -EACCES;
    a->complete = false;
}

/* What the level asks for: that of packets is served as that of integrity, as everybody does with NTLM. */
static enum ntlm_protects wanted(enum rpc_auth_level level)
{
    if (level == RPC_AUTH_PRIVACY)
        return NTLM_SEALS;
    return level >= RPC_AUTH_PACKET ? NTLM_SIGNS : NTLM_NOTHING;
}

static void finish(struct rpc_auth *a, const struct ntlm_answer *answer)
{
    snprintf(a->name, sizeof a->name, "%s", answer->name);
    if (answer->protects < wanted(a->level)) {
        ntlm_refuse(a, "the client has not agreed on NTLM that is strong enough for the level that it asks for");
        return;
    }
    if (wanted(a->level) != NTLM_NOTHING) {
        a->seal = ntlm_seal_new(answer->key, answer->sequence, NTLM_SERVER);
        if (!a->seal) {
            ntlm_refuse(a, "no memory for the keys of a client");
            return;
        }
    }
    a->complete = true;
    a->outcome = 0;
}

static void take_token(struct rpc_auth *a, const struct ntlm_answer *answer)
{
    a->out = malloc(answer->token_len ? answer->token_len : 1);
    if (!a->out) {
        ntlm_refuse(a, "no memory for a token");
        return;
    }
    if (answer->token_len)
        memcpy(a->out, answer->token, answer->token_len);
    a->out_len = answer->token_len;
}

static struct rpc_auth *of_leg(struct ntlm_leg *leg)
{
    return (struct rpc_auth *)(void *)((char *)leg - offsetof(struct rpc_auth, leg));
}

static void answered(struct ntlm_leg *leg, const struct ntlm_answer *answer)
{
    struct rpc_auth *a = of_leg(leg);
    a->outcome = 1;
    if (answer->outcome == NTLM_REFUSED)
        ntlm_refuse(a, *answer->why ? answer->why : "the NTLM process refuses the client and does not say why");
    else if (answer->outcome == NTLM_DONE)
        finish(a, answer);
    if (a->outcome >= 0)
        take_token(a, answer);
    a->running = true;
    a->config->answered(a->config->ctx, a->user, a);
}

static int step(struct rpc_auth *a, const uint8_t *in, size_t in_len, const uint8_t **out, size_t *out_len)
{
    (void)out;
    (void)out_len;
    free(a->out);
    a->out = NULL;
    a->out_len = 0;
    a->why[0] = '\0';
    int r = ntlm_process_ask(&a->leg, in, in_len);
    return r < 0 ? r : RPC_AUTH_LATER;
}

static int result(struct rpc_auth *a, const uint8_t **out, size_t *out_len)
{
    *out = a->out;
    *out_len = a->out_len;
    return a->outcome;
}

/* ---- life ---- */

static struct rpc_auth *create(struct ntlm_config *config, void *user, enum rpc_auth_level level, bool is_server,
                               bool spnego)
{
    if (!is_server || level < config->min_level)
        return NULL;
    struct rpc_auth *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->config = config;
    a->user = user;
    a->level = level;
    a->leg = (struct ntlm_leg){.process = config->process, .spnego = spnego, .answered = answered};
    return a;
}

static struct rpc_auth *create_spnego(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    return create(mech_ctx, user, level, is_server, true);
}

static struct rpc_auth *create_bare(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    return create(mech_ctx, user, level, is_server, false);
}

static void destroy(struct rpc_auth *a)
{
    if (a->running) {
        a->orphan = true;
        return;
    }
    ntlm_process_forget(&a->leg);
    ntlm_seal_free(a->seal);
    free(a->out);
    free(a);
}

bool ntlm_done(struct rpc_auth *a)
{
    a->running = false;
    if (a->orphan)
        destroy(a);
    else
        return true;
    return false;
}

/* ---- PDUs ---- */

static size_t token_size(const struct rpc_auth *a)
{
    (void)a;
    return NTLM_SIGNATURE_SIZE;
}

/* All of it but the token is signed; the body is encrypted where the level says so. */
static struct ntlm_part part_of(const struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer)
{
    bool privacy = a->level == RPC_AUTH_PRIVACY;
    return (struct ntlm_part){
        .bytes = pdu, .len = trailer + TRAILER, .from = privacy ? body : 0, .to = privacy ? trailer : 0};
}

static int protect(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                   size_t token_len)
{
    const struct ntlm_part part = part_of(a, pdu, body, trailer);
    (void)sign_header;
    if (token_len != NTLM_SIGNATURE_SIZE || !a->seal)
        return -EIO;
    ntlm_seal_protect(a->seal, &part, token);
    return 0;
}

static int verify(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, const uint8_t *token,
                  size_t token_len)
{
    const struct ntlm_part part = part_of(a, pdu, body, trailer);
    (void)sign_header;
    if (token_len != NTLM_SIGNATURE_SIZE || !a->seal)
        return -EBADMSG;
    return ntlm_seal_verify(a->seal, &part, token);
}

/* ---- who it is ---- */

enum rpc_auth_level ntlm_level(const struct rpc_auth *a)
{
    return a->level;
}

bool ntlm_is_complete(const struct rpc_auth *a)
{
    return a->complete;
}

const char *ntlm_name(const struct rpc_auth *a)
{
    return a->name;
}

const char *ntlm_why(const struct rpc_auth *a)
{
    return a->why;
}

const struct rpc_auth_mech ntlm_spnego = {
    .type = 9,
    .name = "NTLM in SPNEGO",
    .header_signing = true,
    .create = create_spnego,
    .destroy = destroy,
    .step = step,
    .result = result,
    .token_size = token_size,
    .protect = protect,
    .verify = verify,
};

const struct rpc_auth_mech ntlm_bare = {
    .type = 10,
    .name = "NTLM",
    .header_signing = true,
    .create = create_bare,
    .destroy = destroy,
    .step = step,
    .result = result,
    .token_size = token_size,
    .protect = protect,
    .verify = verify,
};
