/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the functions whose names end in Ex, on their way in. As with answer.h the server is not trusted, and each
 * connection is converted once, into the buffer that the caller gets.
 */
#ifndef OPENRRAS_LIBMPRAPI_ANSWER_EX_H
#define OPENRRAS_LIBMPRAPI_ANSWER_EX_H

#include "dimsvc/connections_ex.h"
#include "libmprapi/call.h"

/* RAS_CONNECTION_EX: one of opnum 46, or the list of opnum 45. Set the first two; the rest may be anything, so that it
 * need not be cleared for each call: it is large. */
struct connections_ex {
    bool list, resume;
    LPBYTE buffer; /* of a list: BUFFER_RECORDS; NULL: nothing has come */
    size_t count, done;
    struct dim_connections_ex decoder;
    RAS_CONNECTION_EX one; /* else, when `done` is 1 */
};

/* A call whose answer goes there; it goes again once when the connection is lost. NO_ERROR when the answer makes sense:
 * then look at decoder.code. What is left in `buffer` is the caller's to free. */
uint32_t answer_ex_connections(struct pool *p, const struct request *q, struct connections_ex *ret);

/* An answer as it is, up to `max` bytes. Begin with all zero but `max`; free `p`. */
struct gathered {
    size_t max;
    uint8_t *p;
    size_t n, cap;
    bool big; /* its integers are big-endian */
};
uint32_t answer_ex_gather(struct pool *p, const struct request *q, struct gathered *ret);

/* What the functions say for a server that has no such operation. */
uint32_t answer_ex_code(uint32_t code);

#endif
