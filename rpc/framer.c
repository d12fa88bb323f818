/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/framer.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 512u  /* most requests and all their headers fit */
#define KEEP_CAPACITY  8192u /* a larger buffer is given back after the PDU that needed it */

static int reserve(struct rpc_framer *f, size_t need)
{
    if (need <= f->cap)
        return 0;
    size_t cap = f->cap ? f->cap : FIRST_CAPACITY;
    while (cap < need)
        cap *= 2;
    uint8_t *buf = realloc(f->buf, cap);
    if (!buf)
        return -ENOMEM;
    f->buf = buf;
    f->cap = cap;
    return 0;
}

/* Move bytes from `in` until `want` are held. 1: they are; 0: not yet; -ENOMEM. */
static int collect(struct rpc_framer *f, struct rpc_bytes *in, size_t want)
{
    if (f->len >= want)
        return 1;
    size_t n = want - f->len < in->n ? want - f->len : in->n;
    if (n == 0)
        return 0;
    if (reserve(f, f->len + n) < 0)
        return -ENOMEM;
    memcpy(f->buf + f->len, in->p, n);
    f->len += n;
    in->p += n;
    in->n -= n;
    return f->len >= want;
}

/* How much of a PDU is to be handed over at once. */
static size_t wanted(const struct rpc_framer *f, const struct rpc_pdu *pdu)
{
    if (f->stream_responses && pdu->type == RPC_PTYPE_RESPONSE && pdu->auth_length == 0)
        return RPC_CALL_HEADER_SIZE;
    return pdu->frag_length;
}

static int judge(struct rpc_framer *f, const uint8_t *header, struct rpc_pdu *pdu)
{
    f->verdict = rpc_pdu_judge(header, &f->reader, pdu);
    return f->verdict == RPC_VERDICT_OK ? 0 : -EPROTO;
}

/* The PDU that is being collected. */
static int next_collected(struct rpc_framer *f, struct rpc_bytes *in, struct rpc_pdu *ret)
{
    int rc;
    if (!f->judged) {
        rc = collect(f, in, RPC_HEADER_SIZE);
        if (rc <= 0)
            return rc;
        rc = judge(f, f->buf, &f->pdu);
        if (rc < 0) {
            *ret = f->pdu;
            return rc;
        }
        f->judged = true;
    }
    rc = collect(f, in, wanted(f, &f->pdu));
    if (rc <= 0)
        return rc;
    *ret = f->pdu;
    ret->bytes = f->buf;
    f->len = 0; /* the bytes stay until the next call */
    f->judged = false;
    return 1;
}

int rpc_framer_next(struct rpc_framer *f, struct rpc_bytes *in, struct rpc_pdu *ret)
{
    if (f->len == 0) {
        if (f->cap > KEEP_CAPACITY)
            rpc_framer_clear(f);
        if (in->n >= RPC_HEADER_SIZE) {
            int rc = judge(f, in->p, ret);
            if (rc < 0)
                return rc;
            size_t n = wanted(f, ret);
            if (n <= in->n) {
                ret->bytes = in->p;
                in->p += n;
                in->n -= n;
                return 1;
            }
        }
    }
    return next_collected(f, in, ret);
}

uint8_t *rpc_framer_own(struct rpc_framer *f, struct rpc_pdu *pdu)
{
    if (pdu->bytes != f->buf) {
        if (reserve(f, pdu->frag_length) < 0)
            return NULL;
        memcpy(f->buf, pdu->bytes, pdu->frag_length);
        pdu->bytes = f->buf;
    }
    return f->buf;
}

bool rpc_framer_is_inside(const struct rpc_framer *f)
{
    return f->len > 0;
}

void rpc_framer_wipe(struct rpc_framer *f)
{
    if (f->buf)
        explicit_bzero(f->buf, f->cap);
}

void rpc_framer_clear(struct rpc_framer *f)
{
    free(f->buf);
    f->buf = NULL;
    f->len = f->cap = 0;
    f->judged = false;
}
