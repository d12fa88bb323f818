/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verification trailer (MS-RPCE 2.2.2.13): a copy of header fields inside the protected part of a request, for
 * connections whose headers are not signed. Nothing in the PDU says that it is there; a receiver searches its signature
 * behind the parameters. Always little-endian.
 */
#include "rpc/association.h"

static const uint8_t signature[8] = {0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71};

#define COMMAND_BITMASK     1u
#define COMMAND_PCONTEXT    2u
#define COMMAND_HEADER2     3u
#define COMMAND_MASK        0x3fffu
#define COMMAND_LAST        0x4000u
#define COMMAND_MUST        0x8000u
#define BITMASK_HEADER_SIGN 1u

static bool syntax_is(struct rpc_rd *r, const struct rpc_syntax *want)
{
    struct rpc_syntax got = rpc_rd_syntax(r);
    return rpc_uuid_equal(&got.uuid, &want->uuid) && got.major == want->major && got.minor == want->minor;
}

static bool check_bitmask(const struct rpc_call *call, struct rpc_rd *r)
{
    bool asked = rpc_rd_u32_raw(r) & BITMASK_HEADER_SIGN;
    return !asked || !call->server || call->server->client_signs_headers;
}

static bool check_pcontext(const struct rpc_call *call, struct rpc_rd *r)
{
    bool same = syntax_is(r, &call->interface->id);
    return syntax_is(r, &rpc_ndr20) && same;
}

static bool check_header2(const struct rpc_call *call, struct rpc_rd *r)
{
    bool same = rpc_rd_u8(r) == RPC_PTYPE_REQUEST;
    (void)rpc_rd_bytes(r, 3);
    const uint8_t *drep = rpc_rd_bytes(r, 4);
    same = drep && memcmp(drep, call->drep, 4) == 0 && same;
    same = rpc_rd_u32_raw(r) == call->call_id && same;
    same = rpc_rd_u16_raw(r) == call->context_id && same;
    return rpc_rd_u16_raw(r) == call->opnum && same;
}

static bool check_command(const struct rpc_call *call, unsigned command, struct rpc_rd *data)
{
    switch (command & COMMAND_MASK) {
    case COMMAND_BITMASK:
        return data->len == 4 && check_bitmask(call, data);
    case COMMAND_PCONTEXT:
        return data->len == 40 && check_pcontext(call, data);
    case COMMAND_HEADER2:
        return data->len == 16 && check_header2(call, data);
    default:
        return !(command & COMMAND_MUST);
    }
}

/* The cursor is behind the signature. */
static bool check_commands(const struct rpc_call *call, struct rpc_rd *r)
{
    for (;;) {
        unsigned command = rpc_rd_u16_raw(r);
        size_t len = rpc_rd_u16_raw(r);
        const uint8_t *p = rpc_rd_bytes(r, len);
        if (!p || len % 4 != 0)
            return false;
        struct rpc_rd data = rpc_rd_init(p, len, false);
        if (!check_command(call, command, &data))
            return false;
        if (command & COMMAND_LAST)
            return true;
    }
}

bool rpc_call_check_trailer(const struct rpc_call *call, size_t end)
{
    /* It is in the last fragment, on a multiple of 4 from the start of that PDU, whose header is one of 4 as well. */
    size_t pos = call->last_fragment;
    if (end > pos)
        pos += (end - pos + 3) & ~(size_t)3;
    for (; call->stub_len >= sizeof signature && pos <= call->stub_len - sizeof signature; pos += 4) {
        if (memcmp(call->stub + pos, signature, sizeof signature) != 0)
            continue;
        pos += sizeof signature;
        struct rpc_rd r = rpc_rd_init(call->stub + pos, call->stub_len - pos, false);
        return check_commands(call, &r);
    }
    return true;
}
