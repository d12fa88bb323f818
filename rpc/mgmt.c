/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/mgmt.h"

#include <winerror.h>

const struct rpc_syntax rpc_mgmt_syntax = {
    {0xafa8bd80, 0x7d8a, 0x11c9, {0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89}}, 1, 0};

#define STATISTICS       4u    /* calls in, calls out, packets in, packets out */
#define STATISTICS_MAX   50u   /* the range in the IDL */
#define PRINC_NAME_MAX   4096u /* likewise */
#define INTERFACES_SHOWN 16u   /* more than any endpoint of ours has */

enum opnum {
    INQ_IF_IDS,
    INQ_STATS,
    IS_SERVER_LISTENING,
    STOP_SERVER_LISTENING,
    INQ_PRINC_NAME,
};

/* A pointer to a vector of pointers to interface identifiers; all pointees follow in order. */
static void inq_if_ids(const struct rpc_server_config *config, struct rpc_call *call)
{
    uint8_t out[16 + INTERFACES_SHOWN * (4 + 20)];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    const struct rpc_syntax *ids[INTERFACES_SHOWN];
    uint32_t n = 0;
    for (size_t i = 0; i < config->n_interfaces && n < INTERFACES_SHOWN - 1; i++)
        ids[n++] = &config->interfaces[i]->id;
    ids[n++] = &rpc_mgmt_syntax;
    uint32_t referent = 0x00020000;
    rpc_wr_u32(&w, referent);
    rpc_wr_u32(&w, n); /* max_count */
    rpc_wr_u32(&w, n);
    for (uint32_t i = 0; i < n; i++)
        rpc_wr_u32(&w, referent += 4);
    for (uint32_t i = 0; i < n; i++)
        rpc_wr_syntax(&w, ids[i]);
    rpc_wr_u32(&w, 0);
    rpc_call_reply(call, out, w.pos);
}

static void inq_stats(const struct rpc_server_stats *stats, struct rpc_call *call)
{
    struct rpc_rd r = rpc_call_stub(call);
    uint32_t count = rpc_rd_u32(&r);
    if (!rpc_rd_ok(&r) || count > STATISTICS_MAX) {
        rpc_call_fault(call, RPC_FAULT_BAD_STUB, true);
        return;
    }
    const uint64_t values[STATISTICS] = {stats->calls_in, 0, stats->pdus_in, stats->pdus_out};
    uint8_t out[12 + STATISTICS * 4];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    if (count > STATISTICS)
        count = STATISTICS;
    rpc_wr_u32(&w, count);
    rpc_wr_u32(&w, count); /* max_count */
    for (uint32_t i = 0; i < count; i++)
        rpc_wr_u32(&w, (uint32_t)values[i]); /* they wrap: the IDL has 32 bits */
    rpc_wr_u32(&w, 0);
    rpc_call_reply(call, out, w.pos);
}

static void reply_words(struct rpc_call *call, uint32_t a, uint32_t b, size_t n)
{
    uint8_t out[8];
    rpc_put_u32(out, a);
    rpc_put_u32(out + 4, b);
    rpc_call_reply(call, out, n);
}

/* There is no principal name: the empty string, and the status that says so. */
static void inq_princ_name(struct rpc_call *call)
{
    struct rpc_rd r = rpc_call_stub(call);
    (void)rpc_rd_u32(&r); /* authentication service */
    uint32_t size = rpc_rd_u32(&r);
    if (!rpc_rd_ok(&r) || size > PRINC_NAME_MAX) {
        rpc_call_fault(call, RPC_FAULT_BAD_STUB, true);
        return;
    }
    uint8_t out[20];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    rpc_wr_u32(&w, size); /* max_count */
    rpc_wr_u32(&w, 0);    /* offset */
    rpc_wr_u32(&w, size ? 1 : 0);
    if (size)
        rpc_wr_u8(&w, 0);
    rpc_wr_u32(&w, RPC_S_UNKNOWN_AUTHN_SERVICE);
    rpc_call_reply(call, out, w.pos);
}

void rpc_mgmt_dispatch(const struct rpc_server_config *config, const struct rpc_server_stats *stats,
                       struct rpc_call *call)
{
    switch (rpc_call_opnum(call)) {
    case INQ_IF_IDS:
        inq_if_ids(config, call);
        break;
    case INQ_STATS:
        inq_stats(stats, call);
        break;
    case IS_SERVER_LISTENING:
        reply_words(call, 0, 1, 8); /* status, then the boolean result */
        break;
    case STOP_SERVER_LISTENING:
        reply_words(call, ERROR_ACCESS_DENIED, 0, 4);
        break;
    case INQ_PRINC_NAME:
        inq_princ_name(call);
        break;
    default:
        rpc_call_fault(call, RPC_FAULT_OP_RANGE, true);
    }
}
