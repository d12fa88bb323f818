/* SPDX-License-Identifier: Apache-2.0 */
#include "dimsvc/client.h"

#include <assert.h>

#define FIRST_REFERENT 0x00020000u

static size_t done(const struct rpc_wr *w)
{
    assert(rpc_wr_ok(w));
    return w->pos;
}

/* The container that is in and out goes in empty. */
static void wr_empty_container(struct rpc_wr *w)
{
    rpc_wr_u32(w, 0);
    rpc_wr_u32(w, 0);
}

static void wr_resume(struct rpc_wr *w, const uint32_t *resume)
{
    rpc_wr_u32(w, resume ? FIRST_REFERENT : 0);
    if (resume)
        rpc_wr_u32(w, *resume);
}

size_t dim_req_server_get(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    return done(&w);
}

size_t dim_req_connection_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t pref,
                               const uint32_t *resume)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    wr_empty_container(&w);
    rpc_wr_u32(&w, pref);
    wr_resume(&w, resume);
    return done(&w);
}

size_t dim_req_port_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t connection, uint32_t pref,
                         const uint32_t *resume)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    rpc_wr_u32(&w, connection);
    wr_empty_container(&w);
    rpc_wr_u32(&w, pref);
    wr_resume(&w, resume);
    return done(&w);
}

size_t dim_req_get_info(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t handle)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    rpc_wr_u32(&w, handle);
    return done(&w);
}

size_t dim_req_handle(uint8_t buf[static DIM_REQUEST_MAX], uint32_t handle)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, handle);
    return done(&w);
}
