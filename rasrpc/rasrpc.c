/* SPDX-License-Identifier: Apache-2.0 */
/* Between rpc and the operations. */
#include "rasrpc/rasrpc.h"

#include <stdlib.h>

#include "rasrpc/run.h"

const struct rpc_syntax rasrpc_syntax = {
    .uuid = {0x20610036, 0xfa22, 0x11cf, {0x98, 0x23, 0x00, 0xa0, 0xc9, 0x11, 0xe5, 0xdf}},
    .major = 1,
    .minor = 0,
};

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    struct rasrpc_run run;
    struct rpc_rd rd = rpc_call_stub(call);
    uint32_t fault = 0;
    if (rasrpc_prepare(&run, (const struct dim_backend *)ctx, user, rpc_call_opnum(call), &rd, &fault))
        fault = rpc_call_check_trailer(call, rd.pos) ? rasrpc_carry_out(&run) : RPC_FAULT_ACCESS_DENIED;
    if (fault != 0)
        rpc_call_fault(call, fault, true);
    else
        rpc_call_reply(call, run.out.base, run.out.pos);
    free(run.stub);
}

struct rpc_interface rasrpc_interface(const struct dim_backend *backend)
{
    return (struct rpc_interface){
        .id = rasrpc_syntax,
        .name = "rasrpc",
        .opnums = RASRPC_OPNUMS,
        .dispatch = dispatch,
        .ctx = (void *)(uintptr_t)backend, /* comes back as the const pointer that it is */
    };
}
