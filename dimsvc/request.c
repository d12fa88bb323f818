/* SPDX-License-Identifier: Apache-2.0 */
#include "dimsvc/request.h"

#include "rpc/fault.h"

const uint8_t *dim_rd_array(struct rpc_rd *rd, uint32_t n, size_t width)
{
    uint32_t max_count = rpc_rd_u32(rd);
    if (max_count != n || n > rpc_rd_left(rd) / width) {
        rpc_rd_fail(rd);
        return NULL;
    }
    return rpc_rd_bytes(rd, n * width);
}

static void rd_information(struct rpc_rd *rd, struct dim_args *a)
{
    a->blob[0].size = rpc_rd_u32(rd);
    if (rpc_rd_u32(rd) != 0)
        a->blob[0].data = dim_rd_array(rd, a->blob[0].size, 1);
}

/* Two blobs whose structure has `flags` DWORDs before each size. */
static void rd_two_blobs(struct rpc_rd *rd, struct dim_args *a, bool flags)
{
    uint32_t referent[2];
    for (size_t i = 0; i < 2; i++) {
        if (flags)
            (void)rpc_rd_u32(rd);
        a->blob[i].size = rpc_rd_u32(rd);
        referent[i] = rpc_rd_u32(rd);
    }
    for (size_t i = 0; i < 2; i++) {
        if (referent[i] != 0)
            a->blob[i].data = dim_rd_array(rd, a->blob[i].size, 1);
    }
}

/*
 * A conformant varying string. The terminator must be there and must be the only NUL, so that nobody ever takes the
 * text for longer or shorter than it is.
 * The interface sets no limit to its length; that of the request (RPC_REQUEST_STUB_MAX) is enough for what is not
 * copied here.
 */
static void rd_string(struct rpc_rd *rd, struct dim_args *a)
{
    uint32_t max = rpc_rd_u32(rd);
    uint32_t offset = rpc_rd_u32(rd);
    uint32_t actual = rpc_rd_u32(rd);
    if (offset != 0 || actual > max || actual == 0 || actual > rpc_rd_left(rd) / 2) {
        rpc_rd_fail(rd);
        return;
    }
    a->text = (struct dim_text){.units = rd->base + rd->pos, .n = actual - 1u, .big = rd->big};
    for (uint32_t i = 0; i < actual; i++) {
        bool is_nul = rpc_rd_u16_raw(rd) == 0;
        if (is_nul != (i == actual - 1))
            rpc_rd_fail(rd);
    }
}

static void rd_resume(struct rpc_rd *rd, struct dim_args *a)
{
    a->has_resume = rpc_rd_u32(rd) != 0;
    if (a->has_resume)
        a->resume = rpc_rd_u32(rd);
}

static void rd_header(struct rpc_rd *rd, struct dim_args *a)
{
    rpc_rd_align(rd, 2);
    a->revision = rpc_rd_u8(rd);
    a->object_type = rpc_rd_u8(rd);
    (void)rpc_rd_u16(rd); /* size: 32-bit and 64-bit clients disagree about it */
}

/* Letters that stand for one DWORD: where it goes. */
static uint32_t *dword_of(char kind, struct dim_args *a, uint32_t *nowhere)
{
    switch (kind) {
    case 'l':
        return &a->level;
    case 'h':
        return &a->handle;
    case 't':
        return &a->transport;
    case 'p':
        return &a->preferred;
    case 'e':
        return &a->event;
    case 'f':
        return &a->flag;
    default:
        return nowhere;
    }
}

static void rd_param(struct rpc_rd *rd, char kind, struct dim_args *a, bool *bad_tag)
{
    uint32_t nowhere;
    switch (kind) {
    case 'c':
        rd_information(rd, a);
        return;
    case 'i':
        rd_two_blobs(rd, a, true);
        return;
    case 'm':
        rd_two_blobs(rd, a, false);
        return;
    case 's':
        rd_string(rd, a);
        return;
    case 'r':
        rd_resume(rd, a);
        return;
    case 'o':
        rd_header(rd, a);
        return;
    case 'x':
        dim_rd_server_ex(rd, a, bad_tag);
        return;
    case 'y':
        dim_rd_server_set_ex(rd, a, bad_tag);
        return;
    case 'u':
        dim_rd_update_connection(rd, a, bad_tag);
        return;
    case 'q':
        dim_rd_custom_info(rd, a, bad_tag);
        return;
    default:
        *dword_of(kind, a, &nowhere) = rpc_rd_u32(rd);
        return;
    }
}

uint32_t dim_request_decode(struct rpc_rd *rd, const char *params, struct dim_args *ret)
{
    struct dim_args a = {0};
    bool bad_tag = false;
    for (; *params; params++) {
        rd_param(rd, *params, &a, &bad_tag);
    }
    if (bad_tag)
        return RPC_FAULT_INVALID_TAG;
    if (!rpc_rd_ok(rd))
        return RPC_FAULT_BAD_STUB;
    *ret = a;
    return 0;
}
