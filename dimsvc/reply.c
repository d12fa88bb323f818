/* SPDX-License-Identifier: Apache-2.0 */
#include "dimsvc/run.h"

#include <assert.h>

#include <winerror.h>

void dim_reply_pointer(struct dim_run *run)
{
    run->referent = run->referent == 0 ? DIM_FIRST_REFERENT : run->referent + 4;
    rpc_wr_u32(&run->out, run->referent);
}

void dim_reply_resume(struct dim_run *run, uint32_t value)
{
    if (!run->args.has_resume) {
        rpc_wr_u32(&run->out, 0);
        return;
    }
    dim_reply_pointer(run);
    rpc_wr_u32(&run->out, value);
}

void dim_reply_code(struct dim_run *run, uint32_t code)
{
    rpc_wr_u32(&run->out, code);
    assert(rpc_wr_ok(&run->out));
    run->answered = true;
}

uint8_t *dim_reply_container(struct dim_run *run, size_t size)
{
    rpc_wr_u32(&run->out, (uint32_t)size);
    dim_reply_pointer(run);
    rpc_wr_u32(&run->out, (uint32_t)size);
    return rpc_wr_room(&run->out, size);
}

/* A union of this revision with nothing in it. Its own header stays zero: a client does not look at it after an error.
 */
static void empty_union(struct rpc_wr *w, uint8_t tag, size_t size)
{
    rpc_wr_u8(w, tag);
    rpc_wr_zero(w, size - 1);
}

/* The projection's tag must be one that exists, or the client's unmarshaller fails before it sees the code. */
static void empty_connection_ex(struct rpc_wr *w)
{
    size_t before = DIM_CONNEX_TAG_SIZE + DIM_CONNEX_PROJECTION;
    empty_union(w, 1, before);
    empty_union(w, DIM_PROJECTION_PPP, DIM_CONNEX_TAG_SIZE + DIM_CONNEX_PPP_SIZE - before);
}

static void empty_output(struct dim_run *run, char kind, uint32_t code)
{
    struct rpc_wr *w = &run->out;
    switch (kind) {
    case 'c':
        rpc_wr_zero(w, 8);
        break;
    case 'i':
        rpc_wr_zero(w, 24);
        break;
    case 'm':
        rpc_wr_zero(w, 16);
        break;
    case 'r':
        dim_reply_resume(run, 0);
        break;
    case 'R':
        dim_reply_resume(run, code == ERROR_SUCCESS ? 0 : UINT32_MAX);
        break;
    case 'e':
        empty_connection_ex(w);
        break;
    case 'x':
        empty_union(w, run->args.revision, DIM_SERVEREX_SIZE(run->args.revision));
        break;
    case 'q':
        empty_union(w, run->args.revision, DIM_CUSTOMEX_SIZE(run->args.revision));
        break;
    default: /* d, a */
        rpc_wr_u32(w, 0);
        break;
    }
}

void dim_reply_empty(struct dim_run *run, const char *outputs, uint32_t code)
{
    for (; *outputs; outputs++) {
        empty_output(run, *outputs, code);
    }
    dim_reply_code(run, code);
}
