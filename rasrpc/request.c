/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of request stubs (NDR20). What points into the stub is good as long as the stub is. */
#include "rasrpc/layout.h"
#include "rasrpc/run.h"
#include "rpc/fault.h"

/* A conformant varying string whose contents matter to nobody: `most` units; the NUL ends it and is the only one. */
static uint32_t rd_string(struct rpc_rd *rd, uint32_t most)
{
    uint32_t max = rpc_rd_u32(rd), offset = rpc_rd_u32(rd), actual = rpc_rd_u32(rd);
    if (offset != 0 || max > most || actual == 0 || actual > max || actual > rpc_rd_left(rd) / 2) {
        rpc_rd_fail(rd);
        return 0;
    }
    for (uint32_t i = 0; i < actual; i++) {
        bool is_nul = rpc_rd_u16_raw(rd) == 0;
        if (is_nul != (i == actual - 1))
            rpc_rd_fail(rd);
    }
    return max;
}

static bool has_pointer(const struct rpc_rd *fixed, size_t offset)
{
    struct rpc_rd rd = *fixed;
    (void)rpc_rd_bytes(&rd, offset);
    return rpc_rd_u32_raw(&rd) != 0;
}

/* Nodes lie one behind the other, since each one's pointer is its last field. */
static void rd_list(struct rpc_rd *rd, bool there, size_t node)
{
    for (size_t i = 0; there && rpc_rd_ok(rd); i++) {
        if (i == RASRPC_LIST_MAX)
            rpc_rd_fail(rd);
        rpc_rd_align(rd, 4);
        (void)rpc_rd_bytes(rd, node - 4);
        there = rpc_rd_u32(rd) != 0;
    }
}

/* Preferences are not kept: the structure only has to be whole. */
static void rd_preferences(struct rpc_rd *rd)
{
    static const struct {
        uint16_t pointer, node;
    } lists[] = {
        {RASRPC_PBUSER_CALLBACKS, RASRPC_CALLBACK_SIZE}, {RASRPC_PBUSER_PHONEBOOKS, RASRPC_STRING_SIZE},
        {RASRPC_PBUSER_AREA_CODES, RASRPC_STRING_SIZE},  {RASRPC_PBUSER_PREFIXES, RASRPC_STRING_SIZE},
        {RASRPC_PBUSER_SUFFIXES, RASRPC_STRING_SIZE},    {RASRPC_PBUSER_LOCATIONS, RASRPC_LOCATION_SIZE},
    };
    rpc_rd_align(rd, 4);
    const struct rpc_rd fixed = *rd;
    (void)rpc_rd_bytes(rd, RASRPC_PBUSER_SIZE);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && rpc_rd_ok(rd); i++)
        rd_list(rd, has_pointer(&fixed, lists[i].pointer), lists[i].node);
}

static void rd_directory(struct rpc_rd *rd, struct rasrpc_args *a)
{
    uint32_t max = rd_string(rd, RASRPC_DIRECTORY_MAX);
    a->directory_units = rpc_rd_u32(rd);
    if (a->directory_units != max)
        rpc_rd_fail(rd);
}

/* The size comes behind the array. Here, unlike in dimsvc, a NULL pointer with a size is malformed (3.3.3). */
static void rd_buffer(struct rpc_rd *rd, struct rasrpc_args *a)
{
    uint32_t max = 0;
    if (rpc_rd_u32(rd) != 0) {
        max = rpc_rd_u32(rd);
        a->buffer = rpc_rd_bytes(rd, max);
    }
    a->size = rpc_rd_u32(rd);
    if (a->size != max)
        rpc_rd_fail(rd);
}

uint32_t rasrpc_request_decode(struct rpc_rd *rd, const char *params, struct rasrpc_args *ret)
{
    struct rasrpc_args a = {0};
    size_t dwords = 0;
    for (; *params; params++) {
        if (*params == 's')
            (void)rd_string(rd, UINT32_MAX); /* as long as a request may be: it is not copied */
        else if (*params == 'u')
            rd_preferences(rd);
        else if (*params == 'b')
            rd_directory(rd, &a);
        else if (*params == 'q')
            rd_buffer(rd, &a);
        else
            a.dword[dwords++] = rpc_rd_u32(rd);
    }
    if (!rpc_rd_ok(rd))
        return RPC_FAULT_BAD_STUB;
    *ret = a;
    return 0;
}
