/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side of one connection. Sans-IO, as rpc/server.h. The server is not trusted: whatever it sends leads to
 * a result or to a broken association, never to more memory than the caller's sink takes.
 *
 * One call at a time: the library takes another connection for another thread.
 */
#ifndef OPENRRAS_RPC_CLIENT_H
#define OPENRRAS_RPC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rpc/auth.h"
#include "rpc/fault.h"
#include "rpc/limits.h"
#include "rpc/uuid.h"

struct rpc_client;

struct rpc_client_config {
    const struct rpc_syntax *interfaces; /* one presentation context each, ids 0 .. n - 1; must outlive the client */
    size_t n_interfaces;                 /* 1 .. RPC_CONTEXTS_MAX */
    const struct rpc_auth_mech *mech;    /* NULL: no authentication */
    void *mech_ctx;
    enum rpc_auth_level level;
    uint16_t max_frag; /* what we announce, RPC_FRAG_MIN at least */
};

enum rpc_client_state {
    RPC_CLIENT_BINDING, /* bind sent or to be sent, answer not there yet */
    RPC_CLIENT_READY,   /* a call may begin */
    RPC_CLIENT_CALLING, /* a request is on its way */
    RPC_CLIENT_BROKEN,  /* no further use: see rpc_client_error */
};

/* NULL without memory, or when the configuration is impossible: number of interfaces, max_frag, or a mechanism that
 * refuses its first step. The bind is ready to be sent. */
struct rpc_client *rpc_client_new(const struct rpc_client_config *config);
void rpc_client_free(struct rpc_client *c);

enum rpc_client_state rpc_client_state(const struct rpc_client *c);
/* Was context `i` accepted? Meaningful from READY on. */
bool rpc_client_has_interface(const struct rpc_client *c, size_t i);
/* Why it is BROKEN: a Win32 code (RPC_S_PROTOCOL_ERROR, RPC_S_UNKNOWN_IF, RPC_S_UNKNOWN_AUTHN_SERVICE,
 * RPC_S_UNKNOWN_AUTHN_LEVEL when the server does not sign headers and the mechanism can, RPC_S_CALL_FAILED after a
 * fault that is not protected on a connection that is, ...). */
uint32_t rpc_client_error(const struct rpc_client *c);

/* Bytes for the server, as in rpc/server.h. */
const uint8_t *rpc_client_output(struct rpc_client *c, size_t *n);
void rpc_client_consumed(struct rpc_client *c, size_t n);

/*
 * Where the response's stub goes, piece by piece and in order: straight from the input where no protection is in the
 * way, so in pieces as they came, and without knowing yet whether the rest will come. `big` is the data representation.
 * Returning non-zero refuses the answer: the association is broken with that Win32 code. Called from rpc_client_input
 * only.
 */
struct rpc_sink {
    uint32_t (*data)(void *ctx, const uint8_t *p, size_t n, bool big);
    void *ctx;
};

/* Begin a call (state READY). 0, or -EINVAL (another state, an interface that was not accepted, more than
 * RPC_REQUEST_STUB_MAX), -ENOMEM; -EIO when the security mechanism fails, and the association is broken. `stub` is
 * copied; what the sink points to must live until the call has ended or the client is freed. */
int rpc_client_call(struct rpc_client *c, size_t interface, uint16_t opnum, const void *stub, size_t n,
                    const struct rpc_sink *sink);

/*
 * Overwrites what is still in memory of requests that were sent and answers that were read: for calls with a secret in
 * them. Between calls, or when the client is about to be freed; what still waits to be sent is gone.
 */
void rpc_client_wipe(struct rpc_client *c);

/* Bytes from the server; all of n is taken. Look at the state afterwards: READY when the call has ended. */
void rpc_client_input(struct rpc_client *c, const uint8_t *data, size_t n);

/* Of the call that has ended: 0 for a response, else the fault's status (a fault that says 0 counts as
 * RPC_FAULT_PROTO_ERROR); *did_not_execute tells if the server says that the method was not entered. The sink may have
 * got a part of a response before. */
uint32_t rpc_client_fault(const struct rpc_client *c, bool *did_not_execute);

#endif
