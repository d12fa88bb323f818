/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rrasx over a real association in one process: a client end that sends stubs, and a backend that notes what it is
 * asked and answers with what the test has put there.
 */
#ifndef OPENRRAS_TESTS_RRASX_WORLD_H
#define OPENRRAS_TESTS_RRASX_WORLD_H

#include "echo.h"

#include "rpc/client.h"
#include "rpc/server.h"

struct world {
    struct rpc_interface interface;
    const struct rpc_interface *interfaces[1];
    struct rpc_server_config server_config;
    struct rpc_client_config client_config;
    struct rpc_server *server;
    struct rpc_client *client;

    struct echo echo; /* the backend */

    /* the answer */
    uint8_t *answer;
    size_t answer_len;
};

void world_open(struct world *w);
void world_close(struct world *w);
/* The client's connection breaks. */
void world_break(struct world *w);

/* Sends a request and carries bytes until nothing moves any more. */
void world_call(struct world *w, uint16_t opnum, const void *stub, size_t n);
void world_run(struct world *w);
/* The call has ended: the fault's status, 0 for an answer. */
uint32_t world_fault(const struct world *w);
/* What the answer says: its code, and where its message is. Fails when it has not the form of an answer. */
uint32_t world_answer(const struct world *w, struct rrasx_chunk *message);

/* A request's stub around a message; malloc()ed. */
struct rrasx_chunk world_stub(struct rrasx_chunk message);

#endif
