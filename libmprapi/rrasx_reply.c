/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/rrasx_reply.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "libmprapi/detail.h"

static uint32_t message_begins(void *ctx, size_t bytes)
{
    struct rrasx_reply *r = ctx;

    if (bytes > RRASX_REPLY_MAX) {
        detail_set("the server's answer is too long: %zu bytes", bytes);
        return RPC_X_BAD_STUB_DATA;
    }
    r->bytes = malloc(bytes);
    return r->bytes ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

/* The decoder gives no more than was announced. A mistake there must not become an overflow here. */
static uint32_t message_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct rrasx_reply *r = ctx;

    if (!r->bytes || n > r->decoder.container_bytes - r->len)
        return RPC_X_BAD_STUB_DATA;
    memcpy(r->bytes + r->len, p, n);
    r->len += n;
    return NO_ERROR;
}

void rrasx_reply_clear(struct rrasx_reply *r)
{
    free(r->bytes);
    r->bytes = NULL;
    r->len = 0;
}

void rrasx_reply_begin(void *reply)
{
    struct rrasx_reply *r = reply;

    rrasx_reply_clear(r);
    r->decoder =
        (struct dim_decoder){.kind = DIM_ANSWER_MESSAGE, .begin = message_begins, .bytes = message_bytes, .ctx = r};
}

struct rpc_sink rrasx_reply_sink(struct rrasx_reply *r)
{
    return (struct rpc_sink){.data = dim_decoder_data, .ctx = &r->decoder};
}

uint32_t rrasx_reply_end(void *reply)
{
    struct rrasx_reply *r = reply;
    uint32_t code = dim_decoder_end(&r->decoder);

    return code == NO_ERROR ? r->decoder.code : code;
}

struct rrasx_chunk rrasx_reply_chunk(const struct rrasx_reply *r)
{
    return (struct rrasx_chunk){r->bytes, r->len};
}
