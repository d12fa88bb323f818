/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dimsvc, client side: request stubs to send, and decoders for the answers. Sans-IO. The server is not trusted; a
 * decoder never allocates and never keeps more than one item: items go to the caller one by one as the bytes come, in
 * pieces of any size.
 */
#ifndef OPENRRAS_DIMSVC_CLIENT_H
#define OPENRRAS_DIMSVC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dimsvc/layout.h"
#include "rpc/cursor.h"

#define DIM_REQUEST_MAX 64u /* bytes of the largest request that these make */

/* Each gives the length of the stub. resume: NULL sends a NULL pointer. */
size_t dim_req_server_get(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level);
size_t dim_req_connection_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t pref,
                               const uint32_t *resume);
size_t dim_req_port_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t connection, uint32_t pref,
                         const uint32_t *resume);
size_t dim_req_get_info(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t handle); /* opnums 2, 5 */
size_t dim_req_handle(uint8_t buf[static DIM_REQUEST_MAX], uint32_t handle);                   /* opnums 3, 6, 7, 8 */

/* What kind of answer is expected. */
enum dim_answer {
    DIM_ANSWER_CODE,      /* the return value alone: opnums 3, 6, 7, 8 */
    DIM_ANSWER_CONTAINER, /* one item in a container: opnums 0, 2, 5 */
    DIM_ANSWER_LIST,      /* container, counts, resume handle: opnums 1, 4 */
    DIM_ANSWER_MESSAGE, /* a container of any size, also none: our own interface (rrasx/), whose answers have this form
                         */
};

/*
 * Decoder of one answer, fed from an rpc_sink. `sizes` are the item sizes that are right for the level (two for those
 * that come with an IPX address of 23 or 16 units). Anything that does not fit together is RPC_X_BAD_STUB_DATA (1783).
 *
 * Set what stands before `ctx` and it, leave the rest zero; one decoder for one answer. The bytes that come are worth
 * nothing until dim_decoder_end() has said 0 and `code` is 0 or, of a list, ERROR_MORE_DATA (234): a server may send
 * records and then an error, or records and a count that is another.
 */
struct dim_decoder {
    enum dim_answer kind;
    size_t sizes[2]; /* allowed item sizes; [1] = 0: only one */
    bool resume;     /* the request had a resume pointer */
    /* Called once before the first item: bytes of the container as announced (already checked against
     * RPC_RESPONSE_STUB_MAX and to be a multiple of an allowed size; the size of one item is not known yet when both
     * sizes divide it). Non-zero: a Win32 code that ends the call. May be NULL. */
    uint32_t (*begin)(void *ctx, size_t bytes);
    /* The container's bytes, in order. Non-zero ends the call. */
    uint32_t (*bytes)(void *ctx, const uint8_t *p, size_t n);
    void *ctx;

    /* Results, after dim_decoder_end() has returned 0. */
    uint32_t code;        /* the method's return value */
    uint32_t read, total; /* of a list */
    uint32_t resume_out;  /* of a list with a resume pointer */
    size_t container_bytes;

    /* private */
    struct {
        int step;
        size_t left, need, got, pos;
        uint8_t part[32];
        bool big;
    } at;
};

uint32_t dim_decoder_data(void *decoder, const uint8_t *p, size_t n, bool big); /* fits rpc_sink.data */
uint32_t dim_decoder_end(struct dim_decoder *d);                                /* 0 or 1783 */

#endif
