/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reply to a call over our own interface, while it comes: its message is put together, within RRASX_REPLY_MAX.
 * Begin with {0}; rrasx_reply_begin() before each call, rrasx_reply_clear() at the end.
 */
#ifndef OPENRRAS_LIBMPRAPI_RRASX_REPLY_H
#define OPENRRAS_LIBMPRAPI_RRASX_REPLY_H

#include "dimsvc/client.h"
#include "rpc/client.h"
#include "rrasx/message.h"

struct rrasx_reply {
    struct dim_decoder decoder;
    uint8_t *bytes; /* of its message */
    size_t len;
};

void rrasx_reply_begin(void *reply);
/* Where the response's stub goes. */
struct rpc_sink rrasx_reply_sink(struct rrasx_reply *r);
/* After a response: NO_ERROR, and the message is there; else the server's code, or RPC_X_BAD_STUB_DATA. */
uint32_t rrasx_reply_end(void *reply);
struct rrasx_chunk rrasx_reply_chunk(const struct rrasx_reply *r);
void rrasx_reply_clear(struct rrasx_reply *r);

#endif
