/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/pdu.h"

#include <errno.h>

const struct rpc_syntax rpc_ndr20 = {
    {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, 2, 0};
const struct rpc_syntax rpc_ndr64 = {
    {0x71710533, 0xbeba, 0x4937, {0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36}}, 1, 0};

const uint8_t rpc_feature_prefix[8] = {0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45};

/* What each type needs before its variable part, and who receives it. Size 0: nobody. */
static const struct {
    uint8_t fixed;
    bool server, client;
    bool long_ok; /* can't be fragmented: accepted up to RPC_BIND_MAX */
} types[RPC_PTYPES] = {
    [RPC_PTYPE_REQUEST] = {RPC_CALL_HEADER_SIZE, true, false, false},
    [RPC_PTYPE_RESPONSE] = {RPC_CALL_HEADER_SIZE, false, true, false},
    [RPC_PTYPE_FAULT] = {RPC_FAULT_SIZE, false, true, false},
    [RPC_PTYPE_BIND] = {RPC_BIND_LEAST, true, false, true},
    [RPC_PTYPE_BIND_ACK] = {RPC_BIND_FIXED, false, true, true},
    [RPC_PTYPE_BIND_NAK] = {RPC_HEADER_SIZE + 2, false, true, true},
    [RPC_PTYPE_ALTER_CONTEXT] = {RPC_BIND_LEAST, true, false, true},
    [RPC_PTYPE_ALTER_CONTEXT_RESP] = {RPC_BIND_FIXED, false, true, true},
    [RPC_PTYPE_AUTH3] = {RPC_AUTH3_FIXED, true, false, true},
    [RPC_PTYPE_SHUTDOWN] = {RPC_HEADER_SIZE, true, true, false},
    [RPC_PTYPE_CO_CANCEL] = {RPC_HEADER_SIZE, true, false, false},
    [RPC_PTYPE_ORPHANED] = {RPC_HEADER_SIZE, true, false, false},
};

static enum rpc_verdict judge_lengths(const struct rpc_reader *reader, const struct rpc_pdu *pdu)
{
    size_t fixed = types[pdu->type].fixed;
    if (pdu->type == RPC_PTYPE_REQUEST && pdu->flags & RPC_PFC_OBJECT_UUID)
        fixed += RPC_OBJECT_SIZE;
    size_t most = types[pdu->type].long_ok ? RPC_BIND_MAX : reader->max_frag;
    if (pdu->frag_length < fixed || pdu->frag_length > most)
        return RPC_VERDICT_LENGTH;
    if (pdu->auth_length && pdu->auth_length + RPC_TRAILER_SIZE > pdu->frag_length - fixed)
        return RPC_VERDICT_AUTH;
    return RPC_VERDICT_OK;
}

enum rpc_verdict rpc_pdu_judge(const uint8_t header[static RPC_HEADER_SIZE], const struct rpc_reader *reader,
                               struct rpc_pdu *ret)
{
    *ret = (struct rpc_pdu){.type = header[2], .flags = header[3], .big = header[4] >> 4 == 0};
    memcpy(ret->drep, header + 4, sizeof ret->drep);
    struct rpc_rd r = rpc_rd_init(header + 8, RPC_HEADER_SIZE - 8, ret->big);
    ret->frag_length = rpc_rd_u16_raw(&r);
    ret->auth_length = rpc_rd_u16_raw(&r);
    ret->call_id = rpc_rd_u32_raw(&r);

    if (header[0] != 5 || header[1] != 0)
        return RPC_VERDICT_VERSION;
    if (header[4] >> 4 > 1 || (header[4] & 0x0f) != 0 || header[5] != 0)
        return RPC_VERDICT_DREP;
    if (ret->type >= RPC_PTYPES || !(reader->server ? types[ret->type].server : types[ret->type].client))
        return RPC_VERDICT_TYPE;
    return judge_lengths(reader, ret);
}

const char *rpc_verdict_text(enum rpc_verdict v)
{
    static const char *const text[] = {
        [RPC_VERDICT_OK] = "well-formed header",
        [RPC_VERDICT_VERSION] = "RPC version other than 5.0",
        [RPC_VERDICT_DREP] = "unknown data representation",
        [RPC_VERDICT_TYPE] = "unexpected PDU type",
        [RPC_VERDICT_LENGTH] = "impossible fragment length",
        [RPC_VERDICT_AUTH] = "impossible auth length",
    };
    return text[v];
}

void rpc_pdu_put_header(uint8_t *dst, enum rpc_ptype type, unsigned flags, size_t frag_length, size_t auth_length,
                        uint32_t call_id)
{
    dst[0] = 5;
    dst[1] = 0;
    dst[2] = (uint8_t)type;
    dst[3] = (uint8_t)flags;
    rpc_put_u32(dst + 4, 0x10); /* little-endian, ASCII, IEEE */
    rpc_put_u16(dst + 8, (uint16_t)frag_length);
    rpc_put_u16(dst + 10, (uint16_t)auth_length);
    rpc_put_u32(dst + 12, call_id);
}

int rpc_pdu_verifier(const struct rpc_pdu *pdu, size_t body, struct rpc_verifier *ret)
{
    size_t trailer = (size_t)pdu->frag_length - pdu->auth_length - RPC_TRAILER_SIZE;
    struct rpc_rd r = rpc_rd_init(pdu->bytes + trailer, pdu->frag_length - trailer, pdu->big);
    struct rpc_verifier v = {.trailer = trailer, .token_len = pdu->auth_length};
    v.type = rpc_rd_u8(&r);
    v.level = rpc_rd_u8(&r);
    v.pad = rpc_rd_u8(&r);
    (void)rpc_rd_u8(&r);
    v.context_id = rpc_rd_u32_raw(&r);
    v.token = rpc_rd_bytes(&r, pdu->auth_length);
    if (!rpc_rd_ok(&r) || trailer < body || v.pad > trailer - body)
        return -EBADMSG;
    *ret = v;
    return 0;
}

size_t rpc_pdu_request_body(const struct rpc_pdu *pdu)
{
    return RPC_CALL_HEADER_SIZE + (pdu->flags & RPC_PFC_OBJECT_UUID ? RPC_OBJECT_SIZE : 0);
}
