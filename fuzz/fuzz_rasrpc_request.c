/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile administrator's program: any stub for any operation of rasrpc.
 *
 * Input: calls, each of an operation's number, a control byte, two bytes of length and the stub. Control: 1 big-endian,
 * 2 the caller may do nothing, 4 the stub is a buffer of RasRpcSubmitRequest, which gets the rest of its size in zeros.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "rasrpc/layout.h"
#include "rasrpc/run.h"
#include "rpc/fault.h"

#define PORTS 3u

struct world {
    struct dim_backend backend;
    uint8_t control;
    const struct dim_op *allowed;
    unsigned open_lists;
};

/* ---- the backend: nothing is asked of it that was not allowed ---- */

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct world *w = ctx;
    FUZZ_CHECK(user == w && op == rasrpc_op(op->opnum));
    w->allowed = w->control & 2 ? NULL : op;
    return w->allowed != NULL;
}

static bool has_transport(void *ctx, uint32_t pid)
{
    const struct world *w = ctx;
    FUZZ_CHECK(w->allowed == rasrpc_op(RASRPC_GET_INSTALLED_PROTOCOLS_EX));
    return pid == 0x21;
}

static void port_at(void *ctx, size_t i, struct dim_port *ret)
{
    static const char *const names[PORTS] = {"VPN3-0", "", "\xff\xf0\x9f\x98\x80 and more than sixteen characters"};
    (void)ctx;
    FUZZ_CHECK(i < PORTS);
    *ret = (struct dim_port){.handle = (uint32_t)i + 1, .name = names[i], .device_name = names[i], .kind = 8};
}

static void close_list(void *ctx)
{
    struct world *w = ctx;
    FUZZ_CHECK(w->open_lists-- == 1);
}

static uint32_t port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    struct world *w = ctx;
    FUZZ_CHECK(w->allowed == rasrpc_op(RASRPC_SUBMIT_REQUEST));
    FUZZ_CHECK(connection == DIM_ALL_PORTS && resume == 0 && w->open_lists++ == 0);
    *ret = (struct dim_list){.total = PORTS, .port = port_at, .close = close_list, .ctx = w};
    return 0;
}

static uint32_t port_get(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret)
{
    struct world *w = ctx;
    (void)want_stats;
    FUZZ_CHECK(w->allowed == rasrpc_op(RASRPC_SUBMIT_REQUEST));
    if (handle == 0 || handle > PORTS)
        return 601;
    port_at(w, handle - 1, ret);
    return 0;
}

static size_t devices(void *ctx, struct dim_device *ret, size_t max)
{
    struct world *w = ctx;
    FUZZ_CHECK(w->allowed == rasrpc_op(RASRPC_SUBMIT_REQUEST) && max >= 2);
    ret[0] = (struct dim_device){.name = "WAN Miniport (PPTP)", .kind = 8, .ports = PORTS};
    ret[1] = (struct dim_device){.name = NULL, .kind = 15};
    return 2;
}

/* ---- calls ---- */

/* The answer to a request for the RAS manager is its buffer, of the same size; the return value is 0. */
static void check_submit(const struct rasrpc_run *run)
{
    struct rpc_rd rd = rpc_rd_init(run->out.base, run->out.pos, false);
    if (run->args.buffer) {
        FUZZ_CHECK(rpc_rd_u32(&rd) != 0 && rpc_rd_u32(&rd) == run->args.size);
        const uint8_t *p = rpc_rd_bytes(&rd, run->args.size);
        FUZZ_CHECK(p != NULL);
        FUZZ_CHECK(memcmp(p, run->args.buffer, run->args.size < 24 ? run->args.size : 24) == 0);
        if (rasrpc_submit_is_nothing(&run->args))
            FUZZ_CHECK(memcmp(p, run->args.buffer, run->args.size) == 0);
    } else {
        FUZZ_CHECK(rpc_rd_u32(&rd) == 0);
    }
    FUZZ_CHECK(rpc_rd_u32(&rd) == 0 && rpc_rd_ok(&rd) && rd.pos == rd.len);
}

static void run_call(struct world *w, uint16_t opnum, const uint8_t *stub, size_t n)
{
    struct rasrpc_run run;
    struct rpc_rd rd = rpc_rd_init(stub, n, (w->control & 1) != 0);
    uint32_t fault;
    w->allowed = NULL;
    if (!rasrpc_prepare(&run, &w->backend, w, opnum, &rd, &fault)) {
        FUZZ_CHECK(fault == (rasrpc_op(opnum) ? RPC_FAULT_BAD_STUB : RPC_FAULT_OP_RANGE) && !run.stub);
        return;
    }
    FUZZ_CHECK(rd.pos <= n);
    fault = rasrpc_carry_out(&run);
    FUZZ_CHECK(fault == 0 || (fault == RPC_FAULT_ACCESS_DENIED && w->control & 2));
    if (fault == 0) {
        FUZZ_CHECK(run.out.pos >= 4 && run.out.pos <= run.out.cap);
        if (opnum == RASRPC_SUBMIT_REQUEST)
            check_submit(&run);
    }
    free(run.stub);
    FUZZ_CHECK(w->open_lists == 0);
}

/* A stub of exactly its size; a buffer of RasRpcSubmitRequest with what NDR has around it. */
static void call(struct world *w, uint16_t opnum, const uint8_t *data, size_t n)
{
    bool is_buffer = opnum == RASRPC_SUBMIT_REQUEST && w->control & 4;
    size_t size = n > RASRPC_BUFFER_MIN ? n : RASRPC_BUFFER_MIN, cap = is_buffer ? size + 16 : n;
    uint8_t *stub = calloc(1, cap ? cap : 1);
    FUZZ_CHECK(stub != NULL);
    if (is_buffer) {
        struct rpc_wr wr = rpc_wr_init(stub, cap);
        w->control &= 0xfe;
        rpc_wr_u32(&wr, 1);
        rpc_wr_u32(&wr, (uint32_t)size);
        rpc_wr_bytes(&wr, data, n);
        rpc_wr_zero(&wr, size - n);
        rpc_wr_u32(&wr, (uint32_t)size);
        n = wr.pos;
    } else if (n > 0) {
        memcpy(stub, data, n);
    }
    uint8_t *exact = realloc(stub, n ? n : 1);
    FUZZ_CHECK(exact != NULL);
    run_call(w, opnum, exact, n);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {.backend = {.allowed = allowed,
                                  .has_transport = has_transport,
                                  .port_list = port_list,
                                  .port_get = port_get,
                                  .devices = devices}};
    w.backend.ctx = &w;
    for (size_t i = 0; i + 4 <= size;) {
        uint16_t opnum = data[i] % (RASRPC_OPNUMS + 1);
        size_t n = (size_t)(data[i + 2] | data[i + 3] << 8);
        w.control = data[i + 1];
        i += 4;
        n = n < size - i ? n : size - i;
        call(&w, opnum, data + i, n);
        i += n;
    }
    return 0;
}
