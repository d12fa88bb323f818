/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_auth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct rpc_auth {
    struct fake_config *config;
    enum rpc_auth_level level;
    bool is_server;
    unsigned leg;
    uint32_t sent, received;
    uint8_t out[16];
    uint8_t in[16]; /* of a leg that was put off */
    size_t in_len;
};

static struct rpc_auth *create(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    (void)user;
    struct fake_config *config = mech_ctx;
    if (config->refuse_create)
        return NULL;
    struct rpc_auth *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->config = config;
    a->level = level;
    a->is_server = is_server;
    config->created++;
    return a;
}

static void destroy(struct rpc_auth *a)
{
    a->config->destroyed++;
    free(a);
}

static const char *const words[] = {"one", "two", "three", "four"};

static size_t say(struct rpc_auth *a, unsigned leg)
{
    strcpy((char *)a->out, words[leg]);
    return strlen(words[leg]);
}

/* The client says words 0 and 2, the server 1 and, with four legs, 3; with two legs the client ends after hearing 1. */
static int take(struct rpc_auth *a, const uint8_t *in, size_t in_len, const uint8_t **out, size_t *out_len)
{
    if (a->config->endless) {
        *out = a->out;
        *out_len = say(a, 1);
        return 1;
    }
    const char *want = a->is_server ? words[a->leg] : a->leg ? words[a->leg - 1] : "";
    if (in_len < strlen(want) || (in_len > 0 && memcmp(in, want, strlen(want)) != 0))
        return -EPERM;
    *out = a->out;
    *out_len = 0;
    unsigned leg = a->leg;
    a->leg += 2;
    if (a->is_server) {
        if (leg == 0 || a->config->legs == 4)
            *out_len = say(a, leg + 1);
        return leg == 0 && a->config->legs >= 3;
    }
    if (leg == 0 || a->config->legs == 3)
        *out_len = say(a, leg);
    return leg == 0;
}

static int step(struct rpc_auth *a, const uint8_t *in, size_t in_len, const uint8_t **out, size_t *out_len)
{
    if (!a->config->later || !a->is_server)
        return take(a, in, in_len, out, out_len);
    a->in_len = in_len < sizeof a->in ? in_len : sizeof a->in;
    memcpy(a->in, in, a->in_len);
    return RPC_AUTH_LATER;
}

static int result(struct rpc_auth *a, const uint8_t **out, size_t *out_len)
{
    return take(a, a->in, a->in_len, out, out_len);
}

static size_t token_size(const struct rpc_auth *a)
{
    return a->config->token_size ? a->config->token_size : FAKE_TOKEN;
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s = (s ^ p[i]) * 16777619u;
    return s;
}

static void checksum(const uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint32_t seq, uint8_t *token)
{
    uint32_t s = sum(2166136261u, pdu + body, trailer - body);
    uint32_t h = 0;
    if (sign_header)
        h = sum(sum(2166136261u, pdu, body), pdu + trailer, 8);
    memcpy(token, &s, 4);
    memcpy(token + 4, &h, 4);
    memcpy(token + 8, &seq, 4);
}

static void crypt(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] ^= 0xa5;
}

void fake_protect(uint8_t *pdu, size_t body, size_t trailer, bool sign_header, bool encrypt, uint32_t seq,
                  uint8_t *token)
{
    checksum(pdu, body, trailer, sign_header, seq, token);
    if (encrypt)
        crypt(pdu + body, trailer - body);
}

static int protect(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                   size_t token_len)
{
    if (a->config->refuse_protect || token_len != token_size(a))
        return -EIO;
    fake_protect(pdu, body, trailer, sign_header, a->level == RPC_AUTH_PRIVACY, a->sent++, token);
    return 0;
}

static int verify(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, const uint8_t *token,
                  size_t token_len)
{
    uint8_t want[FAKE_TOKEN];
    if (a->level == RPC_AUTH_PRIVACY)
        crypt(pdu + body, trailer - body);
    checksum(pdu, body, trailer, sign_header, a->received++, want);
    return token_len == token_size(a) && memcmp(want, token, FAKE_TOKEN) == 0 ? 0 : -EBADMSG;
}

#define FAKE(wire_type, wire_name, signing)                                                                            \
    {                                                                                                                  \
        .type = (wire_type), .name = (wire_name), .header_signing = (signing), .create = create, .destroy = destroy,   \
        .step = step, .result = result, .token_size = token_size, .protect = protect, .verify = verify                 \
    }
const struct rpc_auth_mech fake_mech = FAKE(FAKE_TYPE, "fake", true);
const struct rpc_auth_mech fake_mech_bare = FAKE(10, "fake without header signing", false);
