/* SPDX-License-Identifier: Apache-2.0 */
/* A real rpc server and client in one process, bytes carried between them by hand. */
#ifndef OPENRRAS_TESTS_DIMSVC_PAIR_H
#define OPENRRAS_TESTS_DIMSVC_PAIR_H

#include "support.h"

#include "rpc/client.h"
#include "rpc/server.h"

struct pair {
    struct rpc_interface interface;
    const struct rpc_interface *interfaces[1];
    struct rpc_server_config server_config;
    struct rpc_client_config client_config;
    struct rpc_server *server;
    struct rpc_client *client;
};

/* Connects and binds. `frag` is the largest fragment, `user` the server's user pointer. */
void pair_open(struct pair *p, struct fake *f, uint16_t frag, void *user);
/* The same with another interface. */
void pair_open_interface(struct pair *p, struct rpc_interface interface, uint16_t frag, void *user);
/* The server's side goes first, as when its connection breaks; either may have been closed already. */
void pair_close(struct pair *p);
/* Carries bytes both ways, `piece` at a time, until nothing moves any more. */
void pair_run(struct pair *p, size_t piece);
void pair_call(struct pair *p, uint16_t opnum, const void *stub, size_t n, const struct rpc_sink *sink);

#endif
