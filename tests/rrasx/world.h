/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rrasx over a real association in one process: a client end that sends stubs, and a backend that notes what it is
 * asked and answers with what the test has put there.
 */
#ifndef OPENRRAS_TESTS_RRASX_WORLD_H
#define OPENRRAS_TESTS_RRASX_WORLD_H

#include "sample.h"

#include "rpc/client.h"
#include "rpc/server.h"

struct world {
    struct rrasx_backend backend;
    struct rpc_interface interface;
    const struct rpc_interface *interfaces[1];
    struct rpc_server_config server_config;
    struct rpc_client_config client_config;
    struct rpc_server *server;
    struct rpc_client *client;

    /* what the backend does */
    bool deny;
    bool hold;         /* answers that may come later wait in `pending` */
    uint32_t code;     /* its answer */
    const void *reply; /* with 0: what the operation's reply message says in C */
    unsigned *failing; /* NULL, or what counts down to an allocation that fails: the backend's own do not */
    size_t page;       /* items of one page, 0: until it is full */

    /* what it was asked */
    unsigned n_asked;         /* times that the backend was asked to do something */
    const struct dim_op *op;  /* the last one that was asked about */
    struct rrasx_chunk asked; /* the arguments, encoded again */
    uint32_t wait_ms;
    struct rrasx_pending *pending;

    /* the answer */
    uint8_t *answer;
    size_t answer_len;
};

void world_open(struct world *w);
/* Answers what is pending first. */
void world_close(struct world *w);
/* The client's connection breaks. */
void world_break(struct world *w);

/* Sends a request and carries bytes until nothing moves any more. */
void world_call(struct world *w, uint16_t opnum, const void *stub, size_t n);
void world_run(struct world *w);
/* Answers what the backend holds, with w->code and w->reply. */
void world_finish(struct world *w);
/* The call has ended: the fault's status, 0 for an answer. */
uint32_t world_fault(const struct world *w);
/* What the answer says: its code, and where its message is. Fails when it has not the form of an answer. */
uint32_t world_answer(const struct world *w, struct rrasx_chunk *message);

/* A request's stub around a message; malloc()ed. */
struct rrasx_chunk world_stub(struct rrasx_chunk message);

#endif
