/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs and the syntax identifiers made of them. */
#ifndef OPENRRAS_RPC_UUID_H
#define OPENRRAS_RPC_UUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "rpc/cursor.h"

struct rpc_uuid {
    uint32_t time_low;
    uint16_t time_mid;
    uint16_t time_hi;
    uint8_t rest[8];
};

/* An interface or a transfer syntax and its version (C706: p_syntax_id_t, 20 bytes on the wire). */
struct rpc_syntax {
    struct rpc_uuid uuid;
    uint16_t major;
    uint16_t minor;
};

static inline bool rpc_uuid_equal(const struct rpc_uuid *a, const struct rpc_uuid *b)
{
    return a->time_low == b->time_low && a->time_mid == b->time_mid && a->time_hi == b->time_hi &&
           memcmp(a->rest, b->rest, sizeof a->rest) == 0;
}

static inline struct rpc_uuid rpc_rd_uuid(struct rpc_rd *r)
{
    struct rpc_uuid u = {0};
    u.time_low = rpc_rd_u32_raw(r);
    u.time_mid = rpc_rd_u16_raw(r);
    u.time_hi = rpc_rd_u16_raw(r);
    const uint8_t *p = rpc_rd_bytes(r, sizeof u.rest);
    if (p)
        memcpy(u.rest, p, sizeof u.rest);
    return u;
}

static inline void rpc_wr_uuid(struct rpc_wr *w, const struct rpc_uuid *u)
{
    rpc_wr_u32_raw(w, u->time_low);
    rpc_wr_u16_raw(w, u->time_mid);
    rpc_wr_u16_raw(w, u->time_hi);
    rpc_wr_bytes(w, u->rest, sizeof u->rest);
}

static inline struct rpc_syntax rpc_rd_syntax(struct rpc_rd *r)
{
    struct rpc_syntax s = {.uuid = rpc_rd_uuid(r)};
    uint32_t version = rpc_rd_u32_raw(r); /* one integer, also where it is big-endian */
    s.major = version & 0xffff;
    s.minor = (uint16_t)(version >> 16);
    return s;
}

static inline void rpc_wr_syntax(struct rpc_wr *w, const struct rpc_syntax *s)
{
    rpc_wr_uuid(w, &s->uuid);
    rpc_wr_u16_raw(w, s->major);
    rpc_wr_u16_raw(w, s->minor);
}

#endif
