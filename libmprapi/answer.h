/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer on its way in: bytes from the association go through dimsvc's decoder, and records are converted one by one
 * into one fresh buffer of the caller's as they come. No list is held twice.
 *
 * The server is not trusted: the size that it announces is bounded (RPC_RESPONSE_STUB_MAX), memory is touched only as
 * bytes come, and what does not add up is RPC_X_BAD_STUB_DATA.
 */
#ifndef OPENRRAS_LIBMPRAPI_ANSWER_H
#define OPENRRAS_LIBMPRAPI_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dimsvc/client.h"
#include "libmprapi/convert.h"
#include "rpc/client.h"

struct answer {
    enum dim_answer kind;
    const struct level *level;
    bool resume;

    struct dim_decoder decoder;
    const struct record *record; /* what the items are; NULL while that is open */
    uint8_t *buffer;             /* the caller's records */
    size_t count, done;          /* records expected, and converted */
    size_t part_len;             /* bytes of the next record that have come; they wait in its place in `buffer` */
    uint8_t *raw;                /* all bytes, while it is open what the items are */
    size_t raw_len;
};

/* An answer that is to come. `level` is NULL for DIM_ANSWER_CODE; `resume`: the request has a resume pointer. */
void answer_init(struct answer *a, enum dim_answer kind, const struct level *level, bool resume);
/* Before each try; frees what a try before has left. */
void answer_begin(struct answer *a);
/* For rpc_client_call(); good as long as the answer. */
struct rpc_sink answer_sink(struct answer *a);
/* The answer has come to its end. 0, or RPC_X_BAD_STUB_DATA, or ERROR_NOT_ENOUGH_MEMORY. */
uint32_t answer_end(struct answer *a);
/* Frees what was not taken out of `buffer`. */
void answer_free(struct answer *a);

#endif
