/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasx/out.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#define FIRST_REFERENT 0x00020000u
/* The first piece of memory: enough for what is no list. */
#define FIRST_CAP 4096u

void rrasx_out_init(struct rrasx_out *out)
{
    *out = (struct rrasx_out){.len = RRASX_REPLY_HEAD};
}

void rrasx_out_free(struct rrasx_out *out)
{
    free(out->buf);
    out->buf = NULL;
}

/* And always for the tail. */
bool rrasx_out_reserve(struct rrasx_out *out, size_t n)
{
    if (out->no_memory)
        return false;
    size_t want = out->len + n + RRASX_REPLY_TAIL;
    if (out->buf && want <= out->cap)
        return true;
    size_t cap = out->cap ? out->cap : FIRST_CAP;
    while (cap < want)
        cap *= 2;
    uint8_t *buf = realloc(out->buf, cap);
    if (!buf) {
        out->no_memory = true;
        return false;
    }
    out->buf = buf;
    out->cap = cap;
    return true;
}

static struct rpc_wr writer(struct rrasx_out *out)
{
    struct rpc_wr w = rpc_wr_init(out->buf, out->cap - RRASX_REPLY_TAIL);
    w.pos = out->len;
    return w;
}

void rrasx_out_message(struct rrasx_out *out, const struct rrasx_message *m, const void *src)
{
    if (!rrasx_out_reserve(out, rrasx_bound(m, src)))
        return;
    struct rpc_wr w = writer(out);
    rrasx_encode(m, src, &w);
    out->len = w.pos;
}

bool rrasx_out_item(struct rrasx_out *out, const struct rrasx_message *m, const void *src)
{
    if (!rrasx_out_reserve(out, RRASX_HEADER + 4 + rrasx_bound(m, src)))
        return false;
    struct rpc_wr w = writer(out);
    rrasx_encode_attr(RRASX_TAG_ITEM, m, src, &w);
    out->len = w.pos;
    return out->len - RRASX_REPLY_HEAD < RRASX_PAGE_BYTES;
}

void rrasx_out_bytes(struct rrasx_out *out, const uint8_t *p, size_t n)
{
    if (n == 0 || !rrasx_out_reserve(out, n))
        return;
    memcpy(out->buf + out->len, p, n);
    out->len += n;
}

/* A NULL pointer and the code. */
static void reply_code(struct rpc_call *call, uint32_t code)
{
    uint8_t stub[12];
    struct rpc_wr w = rpc_wr_init(stub, sizeof stub);
    rpc_wr_zero(&w, 8);
    rpc_wr_u32(&w, code);
    rpc_call_reply(call, stub, w.pos);
}

/* Head, gap and code around the message that ends at `len`; `buf` has room for all. */
static void reply_message(struct rpc_call *call, uint8_t *buf, size_t len)
{
    uint32_t n = (uint32_t)(len - RRASX_REPLY_HEAD);
    rpc_put_u32(buf, n);
    rpc_put_u32(buf + 4, FIRST_REFERENT);
    rpc_put_u32(buf + 8, n);
    struct rpc_wr w = rpc_wr_init(buf, len + RRASX_REPLY_TAIL);
    w.pos = len;
    rpc_wr_u32(&w, ERROR_SUCCESS);
    rpc_call_reply(call, buf, w.pos);
}

void rrasx_out_reply(struct rrasx_out *out, struct rpc_call *call, uint32_t code)
{
    if (code == ERROR_SUCCESS && out->no_memory)
        code = ERROR_NOT_ENOUGH_MEMORY;
    if (code != ERROR_SUCCESS || out->len == RRASX_REPLY_HEAD)
        reply_code(call, code);
    else
        reply_message(call, out->buf, out->len);
    rrasx_out_free(out);
}

void rrasx_out_reply_small(struct rpc_call *call, const struct rrasx_message *m, const void *src)
{
    uint8_t stub[RRASX_REPLY_HEAD + RRASX_SMALL_MAX + RRASX_REPLY_TAIL];
    struct rpc_wr w = rpc_wr_init(stub, RRASX_REPLY_HEAD + RRASX_SMALL_MAX);
    w.pos = RRASX_REPLY_HEAD;
    rrasx_encode(m, src, &w);
    if (rpc_wr_ok(&w))
        reply_message(call, stub, w.pos);
    else
        reply_code(call, ERROR_NOT_ENOUGH_MEMORY);
}
