/* SPDX-License-Identifier: Apache-2.0 */
/* Between rpc and the operations: the interface as rpc/server.h wants it, and answers that come later. */
#include "dimsvc/run.h"

#include <stdlib.h>

#include <winerror.h>

const struct rpc_syntax dim_syntax = {
    .uuid = {0x8f09f000, 0xb7ed, 0x11ce, {0xbb, 0xd2, 0x00, 0x00, 0x1a, 0x18, 0x1c, 0xad}},
    .major = 0,
    .minor = 0,
};

struct dim_pending {
    struct rpc_call *call;
};

static void reply_code(struct rpc_call *call, uint32_t win32)
{
    uint8_t stub[4];
    rpc_put_u32(stub, win32);
    rpc_call_reply(call, stub, sizeof stub);
}

void dim_finish(struct dim_pending *p, uint32_t win32)
{
    reply_code(p->call, win32); /* does no harm if the client has gone: then this frees the call */
    free(p);
}

/* The backend answers. Without memory for that nothing is asked of it. */
static void answer_later(struct dim_run *run, struct rpc_call *call)
{
    struct dim_pending *p = malloc(sizeof *p);
    if (!p) {
        reply_code(call, ERROR_NOT_ENOUGH_MEMORY);
        return;
    }
    p->call = call;
    if (run->outcome == DIM_OUT_LIMITS)
        run->backend->server_set(run->backend->ctx, run->user, &run->limits, p);
    else
        run->backend->port_disconnect(run->backend->ctx, run->user, run->args.handle, p);
}

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    struct dim_run run;
    struct rpc_rd rd = rpc_call_stub(call);
    if (dim_prepare(&run, (const struct dim_backend *)ctx, user, rpc_call_opnum(call), &rd)) {
        if (!rpc_call_check_trailer(call, rd.pos)) {
            rpc_call_fault(call, RPC_FAULT_ACCESS_DENIED, true);
            return;
        }
        dim_carry_out(&run);
    }
    switch (run.outcome) {
    case DIM_OUT_STUB:
        rpc_call_reply(call, run.out.base, run.out.pos);
        break;
    case DIM_OUT_SOURCE:
        rpc_call_reply_source(call, &run.source);
        break;
    case DIM_OUT_FAULT:
        rpc_call_fault(call, run.fault, true);
        break;
    case DIM_OUT_DISCONNECT:
    case DIM_OUT_LIMITS:
        answer_later(&run, call);
        break;
    }
    free(run.heap);
}

struct rpc_interface dim_interface(const struct dim_backend *backend)
{
    return (struct rpc_interface){
        .id = dim_syntax,
        .name = "dimsvc",
        .opnums = DIM_OPNUMS,
        .dispatch = dispatch,
        .ctx = (void *)(uintptr_t)backend, /* comes back as the const pointer that it is */
    };
}
