/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that consist of RAS_CONNECTION_EX_IDL (MS-RRASM 3.1.4.46 and .47), client side: one of opnum 46, or the list
 * of opnum 45, which may be of a hundred thousand. Sans-IO, without allocations, in pieces of any size; one element is
 * kept at a time.
 */
#ifndef OPENRRAS_DIMSVC_CONNECTIONS_EX_H
#define OPENRRAS_DIMSVC_CONNECTIONS_EX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dimsvc/layout.h"

/* An element with the larger of the two projections, tag and gap included. */
#define DIM_CONNEX_ELEMENT_MAX (DIM_CONNEX_TAG_SIZE + DIM_CONNEX_PPP_SIZE)

/*
 * Decoder of one answer, fed from an rpc_sink. All zero, or dim_connections_ex_init(); then set what stands before
 * `ctx` and it; one decoder for one answer. The elements that come are worth nothing until dim_connections_ex_end() has
 * said 0 and `code` is 0 or, of a list, ERROR_MORE_DATA (234). What does not fit together is RPC_X_BAD_STUB_DATA
 * (1783): a union's tag that does not exist or is not the revision in the header behind it, a header of another type,
 * counts that differ.
 */
struct dim_connections_ex {
    bool list;   /* opnum 45, else 46 */
    bool resume; /* the request had a resume pointer */
    /* Called once before the first element, and only if there is one: how many the answer says that it has. No more
     * than RPC_RESPONSE_STUB_MAX bytes hold. Non-zero: a Win32 code that ends the call. */
    uint32_t (*begin)(void *ctx, size_t elements);
    /* An element's arm (layout.h: DIM_CONNEX_*), with all integers and texts little-endian, whatever the server's order
     * was. It has dim_connection_ex_size(ikev2) bytes. Non-zero ends the call. */
    uint32_t (*element)(void *ctx, const uint8_t *arm, bool ikev2);
    void *ctx;

    /* Results, after dim_connections_ex_end() has returned 0. */
    uint32_t code;
    uint32_t read, total; /* of a list */
    uint32_t resume_out;  /* of a list with a resume pointer */

    /* private */
    struct {
        int step;
        size_t need, got, padding;
        size_t pos;      /* of the part that is being gathered, from the start of the stub */
        uint32_t n, max; /* elements that have come, and that will */
        bool big, strange;
        _Alignas(8) uint8_t part[DIM_CONNEX_ELEMENT_MAX];
    } at;
};

/* As good as all zero, but leaves out the room for an element, which is most of it. */
void dim_connections_ex_init(struct dim_connections_ex *d);
uint32_t dim_connections_ex_data(void *decoder, const uint8_t *p, size_t n, bool big); /* fits rpc_sink.data */
uint32_t dim_connections_ex_end(const struct dim_connections_ex *d);                   /* 0 or 1783 */

#endif
