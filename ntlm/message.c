/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/message.h"

#include <errno.h>

#include "common/text.h"
#include "rpc/cursor.h"

size_t ntlm_frame_announced(const uint8_t header[static NTLM_FRAME_HEADER])
{
    struct rpc_rd r = rpc_rd_init(header, NTLM_FRAME_HEADER, false);
    return NTLM_FRAME_HEADER + (size_t)rpc_rd_u32_raw(&r);
}

long ntlm_frame_size(const uint8_t *bytes, size_t n, size_t max)
{
    if (n < NTLM_FRAME_HEADER)
        return 0;
    size_t size = ntlm_frame_announced(bytes);
    if (size > max)
        return -EMSGSIZE;
    return size > n ? 0 : (long)size;
}

/* ---- writing ---- */

static struct rpc_wr begin(uint8_t *dst, size_t cap)
{
    struct rpc_wr w = rpc_wr_init(dst, cap);
    rpc_wr_zero(&w, NTLM_FRAME_HEADER);
    return w;
}

static size_t end(struct rpc_wr *w)
{
    if (!rpc_wr_ok(w))
        return 0;
    rpc_put_u32(w->base, (uint32_t)(w->pos - NTLM_FRAME_HEADER));
    return w->pos;
}

size_t ntlm_request_write(uint8_t *dst, size_t cap, const struct ntlm_request *request)
{
    struct rpc_wr w = begin(dst, cap);
    rpc_wr_u8(&w, request->kind);
    rpc_wr_u32_raw(&w, request->context);
    if (request->kind == NTLM_LEG) {
        rpc_wr_u8(&w, request->spnego);
        rpc_wr_bytes(&w, request->token, request->token_len);
    }
    return end(&w);
}

static void put_text(struct rpc_wr *w, const char *text, size_t max)
{
    size_t n = strnlen(text, max);
    rpc_wr_u16_raw(w, (uint16_t)n);
    rpc_wr_bytes(w, text, n);
}

size_t ntlm_answer_write(uint8_t *dst, size_t cap, const struct ntlm_answer *answer)
{
    struct rpc_wr w = begin(dst, cap);
    rpc_wr_u32_raw(&w, answer->context);
    rpc_wr_u8(&w, answer->outcome);
    rpc_wr_u8(&w, answer->protects);
    rpc_wr_u32_raw(&w, answer->sequence);
    rpc_wr_bytes(&w, answer->key, sizeof answer->key);
    put_text(&w, answer->name, sizeof answer->name);
    put_text(&w, answer->why, sizeof answer->why);
    rpc_wr_bytes(&w, answer->token, answer->token_len);
    return end(&w);
}

/* ---- reading ---- */

/* All that is left, which may be nothing. */
static bool take_token(struct rpc_rd *r, const uint8_t **token, size_t *n)
{
    *n = rpc_rd_left(r);
    *token = rpc_rd_bytes(r, *n);
    return rpc_rd_ok(r) && *n <= RPC_AUTH_TOKEN_MAX;
}

static struct rpc_rd message(const uint8_t *frame, size_t n)
{
    struct rpc_rd r = rpc_rd_init(frame, n, false);
    if (rpc_rd_u32_raw(&r) != rpc_rd_left(&r))
        rpc_rd_fail(&r);
    return r;
}

int ntlm_request_read(const uint8_t *frame, size_t n, struct ntlm_request *ret)
{
    struct ntlm_request q = {0};
    struct rpc_rd r = message(frame, n);
    q.kind = rpc_rd_u8(&r);
    q.context = rpc_rd_u32_raw(&r);
    if (q.kind == NTLM_LEG) {
        unsigned spnego = rpc_rd_u8(&r);
        q.spnego = spnego;
        if (!take_token(&r, &q.token, &q.token_len) || spnego > 1)
            return -EBADMSG;
    } else if (q.kind != NTLM_FORGET || rpc_rd_left(&r)) {
        return -EBADMSG;
    }
    if (!rpc_rd_ok(&r) || q.context == 0)
        return -EBADMSG;
    *ret = q;
    return 0;
}

/* Text without a NUL in it, which would mean another one. */
static bool take_text(struct rpc_rd *r, char *dst, size_t max)
{
    size_t n = rpc_rd_u16_raw(r);
    const uint8_t *p = rpc_rd_bytes(r, n);
    if (!p || n >= max || memchr(p, 0, n))
        return false;
    memcpy(dst, p, n);
    dst[n] = '\0';
    return true;
}

/* A name that can be looked up and shown: whoever has it got it from an administrator. */
static bool is_name(const char *name)
{
    if (!*name || !text_is_utf8(name, strlen(name)))
        return false;
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

static bool is_whole(const struct ntlm_answer *a)
{
    return a->context != 0 && a->outcome <= NTLM_REFUSED && a->protects <= NTLM_SEALS &&
           (a->outcome == NTLM_DONE ? is_name(a->name) : !*a->name);
}

int ntlm_answer_read(const uint8_t *frame, size_t n, struct ntlm_answer *ret)
{
    struct ntlm_answer a = {0};
    struct rpc_rd r = message(frame, n);
    a.context = rpc_rd_u32_raw(&r);
    a.outcome = rpc_rd_u8(&r);
    a.protects = rpc_rd_u8(&r);
    a.sequence = rpc_rd_u32_raw(&r);
    const uint8_t *key = rpc_rd_bytes(&r, sizeof a.key);
    if (!key || !take_text(&r, a.name, sizeof a.name) || !take_text(&r, a.why, sizeof a.why) ||
        !take_token(&r, &a.token, &a.token_len) || !is_whole(&a))
        return -EBADMSG;
    memcpy(a.key, key, sizeof a.key);
    *ret = a;
    return 0;
}
