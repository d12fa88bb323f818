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

/* ---- of either interface ---- */

/* One call, whatever its answer looks like. */
struct call {
    enum association_interface interface;
    uint16_t opnum;
    const uint8_t *stub;
    size_t len;
    bool secret;      /* request or answer hold one: no copy of either is left behind */
    uint32_t wait_ms; /* so long the server may take on purpose: added to the time limit of calls */

    struct rpc_sink sink;          /* where the answer goes */
    void (*begin)(void *answer);   /* before each try */
    uint32_t (*end)(void *answer); /* after an answer that is no fault: its code if it is not a good one */
    void *answer;
};

/*
 * An order is never sent again when the first may have arrived. RPC_S_CALL_FAILED: fate unknown; RPC_S_CALL_FAILED_DNE,
 * RPC_S_SERVER_UNAVAILABLE: not sent. ERROR_NOT_SUPPORTED: the server does not have the interface.
 */
uint32_t call_once(struct pool *p, const struct call *c);
/* A call that only reads goes again once when the connection is lost. */
uint32_t call_again(struct pool *p, const struct call *c, uint64_t deadline);
/* When a call that begins now must have ended. */
uint64_t call_deadline(struct pool *p, const struct call *c);

/* ---- of dimsvc ---- */

struct request {
    uint16_t opnum;
    uint8_t stub[DIM_REQUEST_MAX];
    size_t len;
};

/* An order whose answer is a code alone. */
uint32_t call_order(struct pool *p, const struct request *q);
/* The same with a stub that is longer than a struct request has room for, or a secret one. */
uint32_t call_order_stub(struct pool *p, uint16_t opnum, const uint8_t *stub, size_t len, bool secret);

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
/* The same for a list that has no pages and says how many items it has. */
uint32_t call_counted(struct pool *p, const struct request *q, const struct level *level, struct list *ret);

/* A page from what a decoder has found: NO_ERROR or ERROR_MORE_DATA, and *buffer, which may be NULL when nothing was
 * read, goes to *ret; or another code, that of the server among them, and nothing happens. */
uint32_t call_take_page(uint32_t code, const struct list *page, struct list *ret);

#endif
