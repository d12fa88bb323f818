/* SPDX-License-Identifier: Apache-2.0 */
/* One client of the listener: an association, and its bytes over TCP or through smbd's handoff. One thread, libuv. */
#ifndef OPENRRAS_TESTS_CONFORMANCE_CONNECTION_H
#define OPENRRAS_TESTS_CONFORMANCE_CONNECTION_H

#include <uv.h>

#include "rpc/server.h"

struct connection;

/* Serve a socket, which is the connection's from now on, also when that fails. `handed_over`: smbd's handoff comes
 * first. It frees itself when the client or the association comes to its end. */
void connection_start(uv_loop_t *loop, int fd, const struct rpc_server_config *config, bool handed_over);

/* A leg of authentication has its outcome (rpc_server_auth_ready). */
void connection_authenticated(struct connection *c);

/* A call of this connection (its rpc_call_user()) was answered outside its dispatch(): send what there is. */
void connection_answered(struct connection *c);

#endif
