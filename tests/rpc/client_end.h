/* SPDX-License-Identifier: Apache-2.0 */
/* A client whose server is played by the test, with all that it says and gets. */
#ifndef OPENRRAS_TESTS_RPC_CLIENT_END_H
#define OPENRRAS_TESTS_RPC_CLIENT_END_H

#include "peer.h"

#include "rpc/client.h"

struct end {
    struct rpc_client *c;
    struct rpc_syntax ids[2];
    struct bytes got;     /* the response's stub */
    unsigned pieces;      /* in how many calls of the sink it came */
    uint32_t refuse_with; /* by the sink */
    bool big;
    struct bytes sent; /* all that the client has said */
};

extern const char *const ZERO; /* no transfer syntax */

struct rpc_sink end_sink(struct end *e);                  /* into `got` */
void end_open(struct end *e);                             /* a client of IF_A and IF_B whose bind is not answered yet */
void end_bind(struct end *e);                             /* and with an answer that accepts IF_A alone */
void end_call(struct end *e, const void *stub, size_t n); /* a call of IF_A, opnum 5; the first is call 2 */
void end_drain(struct end *e);                            /* what the client says goes to `sent` */
void hear(struct end *e, struct bytes *in); /* bytes from the server, in memory of just their size; forgets `in` */
void expect_ready(const struct end *e, const char *stub); /* the call has ended with this response */
void end_close(struct end *e);

/* A bind_ack or alter_context_resp up to its results, without its length. */
void put_ack(struct bytes *in, unsigned type, uint32_t call_id, unsigned recv, unsigned n);
void put_result(struct bytes *in, unsigned result, unsigned reason, const char *transfer);
void put_response(struct bytes *in, unsigned flags, uint32_t call_id, unsigned context, const void *stub, size_t n);
void put_fault(struct bytes *in, unsigned flags, uint32_t call_id, uint32_t status);

#endif
