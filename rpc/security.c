/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/security.h"

#include <errno.h>

const char *rpc_auth_level_name(enum rpc_auth_level level)
{
    static const char *const names[] = {"default", "none", "connect", "call", "packet", "integrity", "privacy"};
    return names[level];
}

void rpc_security_clear(struct rpc_security *s)
{
    if (s->context)
        s->mech->destroy(s->context);
    *s = (struct rpc_security){0};
}

bool rpc_security_protects(const struct rpc_security *s)
{
    return s && s->state == RPC_SECURITY_DONE && s->level >= RPC_AUTH_PACKET;
}

bool rpc_security_matches(const struct rpc_security *s, const struct rpc_verifier *v)
{
    return s->mech && v->type == s->mech->type && v->level == s->level && v->context_id == s->context_id;
}

/* What follows from the outcome of a leg. */
static int settle(struct rpc_security *s, int rc, size_t out_len)
{
    static const enum rpc_security_state states[] = {RPC_SECURITY_DONE,
                                                     RPC_SECURITY_LEGS, [RPC_AUTH_LATER] = RPC_SECURITY_WAITING};
    if (rc >= 0 && out_len > RPC_AUTH_TOKEN_MAX)
        rc = -EMSGSIZE;
    if (rc == 0 && s->mech->token_size(s->context) > RPC_AUTH_PROTECT_MAX)
        rc = -EMSGSIZE;
    s->state = rc < 0 ? RPC_SECURITY_FAILED : states[rc];
    return rc < 0 ? rc : 0;
}

int rpc_security_step(struct rpc_security *s, const uint8_t *token, size_t token_len, const uint8_t **out,
                      size_t *out_len)
{
    *out = NULL;
    *out_len = 0;
    int rc = -EPROTO;
    if (token_len <= RPC_AUTH_TOKEN_MAX && s->legs < RPC_AUTH_LEGS_MAX) {
        s->legs++;
        rc = s->mech->step(s->context, token, token_len, out, out_len);
    }
    return settle(s, rc, *out_len);
}

int rpc_security_result(struct rpc_security *s, const uint8_t **out, size_t *out_len)
{
    *out = NULL;
    *out_len = 0;
    return settle(s, s->mech->result(s->context, out, out_len), *out_len);
}

size_t rpc_security_pad(const struct rpc_security *s, size_t n)
{
    return rpc_security_protects(s) ? (RPC_AUTH_PAD_ALIGN - n % RPC_AUTH_PAD_ALIGN) % RPC_AUTH_PAD_ALIGN : 0;
}

size_t rpc_security_overhead(const struct rpc_security *s)
{
    return rpc_security_protects(s) ? RPC_TRAILER_SIZE + s->mech->token_size(s->context) : 0;
}

size_t rpc_security_fragment(const struct rpc_security *s, size_t max_frag)
{
    size_t most = max_frag - RPC_CALL_HEADER_SIZE - rpc_security_overhead(s);
    return most & ~(size_t)(rpc_security_protects(s) ? RPC_AUTH_PAD_ALIGN - 1 : 7);
}

size_t rpc_security_put_token(const struct rpc_security *s, uint8_t *dst, uint8_t pad, const uint8_t *token, size_t n)
{
    dst[0] = s->mech->type;
    dst[1] = (uint8_t)s->level;
    dst[2] = pad;
    dst[3] = 0;
    rpc_put_u32(dst + 4, s->context_id);
    if (n)
        memcpy(dst + RPC_TRAILER_SIZE, token, n);
    return RPC_TRAILER_SIZE + n;
}

size_t rpc_security_seal(struct rpc_security *s, uint8_t *pdu, size_t body, size_t len)
{
    if (!rpc_security_protects(s))
        return len;
    size_t pad = rpc_security_pad(s, len - body);
    memset(pdu + len, 0, pad);
    size_t trailer = len + pad;
    size_t token_len = s->mech->token_size(s->context);
    size_t total = trailer + rpc_security_put_token(s, pdu + trailer, (uint8_t)pad, NULL, 0) + token_len;
    rpc_put_u16(pdu + 8, (uint16_t)total);
    rpc_put_u16(pdu + 10, (uint16_t)token_len);
    uint8_t *token = pdu + trailer + RPC_TRAILER_SIZE;
    memset(token, 0, token_len); /* a mechanism that writes less must not send what was in memory */
    if (s->mech->protect(s->context, pdu, body, trailer, s->sign_header, token, token_len) < 0)
        return 0;
    return total;
}

int rpc_security_open(struct rpc_security *s, uint8_t *pdu, size_t body, const struct rpc_verifier *v)
{
    if (v->token_len != s->mech->token_size(s->context))
        return -EBADMSG;
    return s->mech->verify(s->context, pdu, body, v->trailer, s->sign_header, v->token, v->token_len) < 0 ? -EBADMSG
                                                                                                          : 0;
}
