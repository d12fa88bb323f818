/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clients' side of rrasd: the listener, and a connection for each client with its RPC association. Lives in the
 * loop's thread.
 *
 * A connection that is asked one thing at a time costs epoll_wait, recv and send for each call, and nothing else: input
 * is answered in the callback that has read it, deadlines are looked at once a second, and epoll is told only when a
 * connection begins or ends to be blocked.
 *
 * A client of the named pipe is a connection of smbd that begins with its handoff (pipe.h): until then nobody is there,
 * and whoever was not authenticated gets a fault for whatever he asks, unless he proves inside the pipe who he is. He
 * is not kept longer than client_bind.
 *
 * What a client can hold: one association (rpc/limits.h), until client_bind if it never binds, client_idle if it asks
 * nothing, client_stall if it does not take its answers.
 */
#ifndef OPENRRAS_RRASD_CLIENT_H
#define OPENRRAS_RRASD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "rpc/server.h"
#include "rrasd/access.h"
#include "rrasd/config.h"

#define CLIENTS_LISTENERS_MAX 16u

struct clients;

struct clients_env {
    uv_loop_t *loop;
    const struct config *config;                      /* the present one; the pointer stays the same over a reload */
    const struct rpc_server_config *rpc[CALLER_WAYS]; /* NULL: a way that is not offered; outlive the clients */
    /* In the pipe, of those whom smbd does not vouch for: each request gets a fault that comes by no authentication. */
    const struct rpc_server_config *rpc_stranger;
    /* May anything be shown to a client now? False: clients_hold() has been or will be called. Also asked before
     * each piece of output: the calls that it is of may have changed that. */
    bool (*may_serve)(void *ctx);
    /* This caller sends no more: what he waits for is answered now, for he may have gone altogether. */
    void (*leave)(void *ctx, struct caller *caller);
    /* smbd has handed this caller over; `why` he may do nothing, or NULL. `missed`: so many before were not told. */
    void (*handed_over)(void *ctx, const struct caller *caller, const char *why, uint64_t missed);
    /* A connection is refused of which nobody can say whose it is. */
    void (*refused)(void *ctx, const struct caller *caller, const char *why, uint64_t missed);
    /* This caller's connection is about to be freed. */
    void (*forget)(void *ctx, const struct caller *caller);
    /* It is time to look up again who this caller is here. NULL: callers stay who they are. */
    void (*recheck)(void *ctx, struct caller *caller);
    void *ctx;
};

struct clients *clients_new(const struct clients_env *env); /* NULL without memory */
/* Take connections that come this way from a bound and listening stream socket, which is owned from now on, at most
 * CLIENTS_LISTENERS_MAX of them. 0 or negative errno. */
int clients_listen(struct clients *all, enum caller_from way, int fd);

/* A call of this caller has been answered outside of its connection's own callback: send at the next clients_flush().
 */
void clients_answered(struct clients *all, struct caller *caller);
/* A leg of his authentication has its outcome: rpc_server_auth_ready(). May free the caller. */
void clients_auth_ready(struct clients *all, struct caller *caller);
/* Has a call of this caller's been taken? Then he stays who he is. */
bool clients_has_called(const struct caller *caller);
/* Send what could not be sent at once. Before the loop goes to sleep. */
void clients_flush(struct clients *all);
/* Nobody is read from or written to while this is on. */
void clients_hold(struct clients *all, bool on);
/* The rules have changed: decide everybody's role again. */
void clients_reload(struct clients *all);
size_t clients_count(const struct clients *all);

/* Take no more connections and calls; `stopped` is called from the loop when all are gone, at the latest after stop_ms.
 */
void clients_stop(struct clients *all, void (*stopped)(void *ctx), void *ctx);
void clients_free(struct clients *all); /* once the loop has run out */

#endif
