/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one checked cursor through which every byte of the wire is read, and its twin for writing.
 *
 * Both are sticky: the first access outside the buffer marks the cursor bad, and from then on reads give 0 and writes
 * do nothing. So a decoder reads all its fields and asks rpc_rd_ok() once; a value read before that question must not
 * be used as a length or an index (rpc_rd_bytes() checks by itself). Positions and alignment count from `base`, which
 * for NDR must be the start of the stub data (C706 14.2.2; fragments do not restart it).
 */
#ifndef OPENRRAS_RPC_CURSOR_H
#define OPENRRAS_RPC_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rpc_rd {
    const uint8_t *base;
    size_t len;
    size_t pos;
    bool big; /* integers are big-endian (data representation of the PDU) */
    bool bad;
};

static inline struct rpc_rd rpc_rd_init(const void *base, size_t len, bool big)
{
    return (struct rpc_rd){.base = (const uint8_t *)base, .len = len, .big = big};
}

static inline bool rpc_rd_ok(const struct rpc_rd *r)
{
    return !r->bad;
}

static inline void rpc_rd_fail(struct rpc_rd *r)
{
    r->bad = true;
}

static inline size_t rpc_rd_left(const struct rpc_rd *r)
{
    return r->bad ? 0 : r->len - r->pos;
}

/* The next n bytes, or NULL (and bad) if there are fewer. n = 0 gives a non-NULL pointer while the cursor is good. */
static inline const uint8_t *rpc_rd_bytes(struct rpc_rd *r, size_t n)
{
    if (r->bad || n > r->len - r->pos) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->base + r->pos;
    r->pos += n;
    return p;
}

/* Skip to the next multiple of a (a power of two). Gap bytes are ignored, as NDR asks. */
static inline void rpc_rd_align(struct rpc_rd *r, size_t a)
{
    size_t gap = (a - (r->pos & (a - 1))) & (a - 1);
    (void)rpc_rd_bytes(r, gap);
}

static inline uint8_t rpc_rd_u8(struct rpc_rd *r)
{
    const uint8_t *p = rpc_rd_bytes(r, 1);
    return p ? p[0] : 0;
}

/* Integers as they stand, without alignment: for PDU headers. */
static inline uint16_t rpc_rd_u16_raw(struct rpc_rd *r)
{
    const uint8_t *p = rpc_rd_bytes(r, 2);
    if (!p)
        return 0;
    return (uint16_t)(r->big ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static inline uint32_t rpc_rd_u32_raw(struct rpc_rd *r)
{
    const uint8_t *p = rpc_rd_bytes(r, 4);
    if (!p)
        return 0;
    return r->big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                  : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Integers at their natural alignment: for NDR. */
static inline uint16_t rpc_rd_u16(struct rpc_rd *r)
{
    rpc_rd_align(r, 2);
    return rpc_rd_u16_raw(r);
}

static inline uint32_t rpc_rd_u32(struct rpc_rd *r)
{
    rpc_rd_align(r, 4);
    return rpc_rd_u32_raw(r);
}

static inline uint64_t rpc_rd_u64(struct rpc_rd *r)
{
    rpc_rd_align(r, 8);
    uint64_t a = rpc_rd_u32_raw(r);
    uint64_t b = rpc_rd_u32_raw(r);
    return r->big ? a << 32 | b : b << 32 | a;
}

/* Writing: always little-endian, into a buffer of fixed size that the caller owns. */
struct rpc_wr {
    uint8_t *base;
    size_t cap;
    size_t pos;
    bool bad;
};

static inline struct rpc_wr rpc_wr_init(void *base, size_t cap)
{
    return (struct rpc_wr){.base = (uint8_t *)base, .cap = cap};
}

static inline bool rpc_wr_ok(const struct rpc_wr *w)
{
    return !w->bad;
}

/* Room for n bytes, to be filled by the caller, or NULL (and bad) if there is none. */
static inline uint8_t *rpc_wr_room(struct rpc_wr *w, size_t n)
{
    if (w->bad || n > w->cap - w->pos) {
        w->bad = true;
        return NULL;
    }
    uint8_t *p = w->base + w->pos;
    w->pos += n;
    return p;
}

static inline void rpc_wr_zero(struct rpc_wr *w, size_t n)
{
    uint8_t *p = rpc_wr_room(w, n);
    if (p && n)
        memset(p, 0, n);
}

static inline void rpc_wr_align(struct rpc_wr *w, size_t a)
{
    rpc_wr_zero(w, (a - (w->pos & (a - 1))) & (a - 1));
}

static inline void rpc_wr_bytes(struct rpc_wr *w, const void *src, size_t n)
{
    uint8_t *p = rpc_wr_room(w, n);
    if (p && n)
        memcpy(p, src, n);
}

static inline void rpc_wr_u8(struct rpc_wr *w, uint8_t v)
{
    rpc_wr_bytes(w, &v, 1);
}

/* Store at a place that is known to have room. */
static inline void rpc_put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void rpc_put_u32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static inline void rpc_wr_u16_raw(struct rpc_wr *w, uint16_t v)
{
    uint8_t *p = rpc_wr_room(w, 2);
    if (p)
        rpc_put_u16(p, v);
}

static inline void rpc_wr_u32_raw(struct rpc_wr *w, uint32_t v)
{
    uint8_t *p = rpc_wr_room(w, 4);
    if (p)
        rpc_put_u32(p, v);
}

static inline void rpc_wr_u16(struct rpc_wr *w, uint16_t v)
{
    rpc_wr_align(w, 2);
    rpc_wr_u16_raw(w, v);
}

static inline void rpc_wr_u32(struct rpc_wr *w, uint32_t v)
{
    rpc_wr_align(w, 4);
    rpc_wr_u32_raw(w, v);
}

static inline void rpc_wr_u64(struct rpc_wr *w, uint64_t v)
{
    rpc_wr_align(w, 8);
    rpc_wr_u32_raw(w, (uint32_t)v);
    rpc_wr_u32_raw(w, (uint32_t)(v >> 32));
}

#endif
