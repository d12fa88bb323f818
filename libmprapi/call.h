/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of a server: the policy of when to connect again and when to give up, and answers turned into what the caller
 * gets. The results are Win32 codes.
 */
#ifndef OPENRRAS_LIBMPRAPI_CALL_H
#define OPENRRAS_LIBMPRAPI_CALL_H

#include <mprapi.h>

#include "dimsvc/client.h"
#include "libmprapi/convert.h"
#include "libmprapi/pool.h"

struct request {
    uint16_t opnum;
    uint8_t stub[DIM_REQUEST_MAX];
    size_t len;
};

/*
 * An order: its answer is a code alone, and it is never sent again when the first may have arrived. RPC_S_CALL_FAILED:
 * fate unknown; RPC_S_CALL_FAILED_DNE, RPC_S_SERVER_UNAVAILABLE: not sent.
 */
uint32_t call_order(struct pool *p, const struct request *q);

/* One record into *ret, a buffer of BUFFER_RECORDS; only on NO_ERROR. Goes again once when the connection is lost. */
uint32_t call_get(struct pool *p, const struct request *q, const struct level *level, LPBYTE *ret);

struct list {
    LPBYTE buffer; /* an array of BUFFER_RECORDS, never NULL */
    DWORD read, total;
    DWORD resume;
};

/* A page into *ret, only on NO_ERROR and ERROR_MORE_DATA. `resume`: the request has a resume pointer. Goes again
 * likewise. */
uint32_t call_list(struct pool *p, const struct request *q, const struct level *level, bool resume, struct list *ret);

#endif
