/* SPDX-License-Identifier: Apache-2.0 */
/* Between rpc and the operations: the interface as rpc/server.h wants it, and answers that come later. */
#include "dimsvc/run.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <winerror.h>

const struct rpc_syntax dim_syntax = {
    .uuid = {0x8f09f000, 0xb7ed, 0x11ce, {0xbb, 0xd2, 0x00, 0x00, 0x1a, 0x18, 0x1c, 0xad}},
    .major = 0,
    .minor = 0,
};

/* The answer to opnum 41: container, key, a gap and the code. */
#define DIM_KEY_REPLY_MAX (12u + DIM_CREDENTIALS_DATA + DIM_KEY_MAX + 4u + 4u)

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

static void ask(struct dim_run *run, struct dim_pending *p)
{
    const struct dim_backend *b = run->backend;
    const struct dim_args *a = &run->args;
    if (run->outcome == DIM_OUT_LIMITS)
        b->server_set(b->ctx, run->user, &run->limits, p);
    else if (run->outcome == DIM_OUT_MESSAGE)
        b->message(b->ctx, run->user, a->handle, run->message, p);
    else if (run->outcome == DIM_OUT_RELEASE)
        b->release(b->ctx, run->user, a->flag ? htole32(a->handle) : a->handle, a->flag != 0, p);
    else if (run->outcome == DIM_OUT_KEY_SET)
        b->key_set(b->ctx, run->user, run->key, run->key_len, p);
    else if (run->outcome == DIM_OUT_KEY_GET)
        b->key_get(b->ctx, run->user, p);
    else
        b->port_disconnect(b->ctx, run->user, a->handle, p);
}

/* Opnum 41: a container with an MPR_CREDENTIALSEX_1, then the code. */
void dim_finish_key(struct dim_pending *p, uint32_t win32, const uint8_t *key, size_t n)
{
    uint8_t stub[DIM_KEY_REPLY_MAX];
    struct rpc_wr w = rpc_wr_init(stub, sizeof stub);
    size_t size = DIM_CREDENTIALS_DATA + n < DIM_CREDENTIALS_SIZE ? DIM_CREDENTIALS_SIZE : DIM_CREDENTIALS_DATA + n;
    if (win32 != ERROR_SUCCESS) {
        rpc_wr_zero(&w, 8); /* an empty container */
    } else {
        rpc_wr_u32(&w, (uint32_t)size);
        rpc_wr_u32(&w, DIM_FIRST_REFERENT);
        rpc_wr_u32(&w, (uint32_t)size);
        rpc_wr_u32(&w, (uint32_t)n);
        rpc_wr_u32(&w, DIM_CREDENTIALS_DATA);
        rpc_wr_bytes(&w, key, n);
        rpc_wr_zero(&w, size - DIM_CREDENTIALS_DATA - n);
    }
    rpc_wr_u32(&w, win32);
    rpc_call_reply(p->call, stub, w.pos);
    explicit_bzero(stub, sizeof stub);
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
    ask(run, p);
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
    case DIM_OUT_MESSAGE:
    case DIM_OUT_RELEASE:
    case DIM_OUT_KEY_SET:
    case DIM_OUT_KEY_GET:
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
