/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to charon's vici socket: struct vici with a socket below it, in a libuv loop. It is made once; who
 * wants another makes a new one.
 */
#ifndef OPENRRAS_DRIVERS_VICI_CONN_H
#define OPENRRAS_DRIVERS_VICI_CONN_H

#include <sys/types.h>
#include <uv.h>

#include "drivers/vici/vici.h"

#define CONN_READ_MAX 65536u
#define CONN_PORTIONS 64u /* of CONN_READ_MAX, in one turn of the loop: a flood must not keep it from other work */

struct conn;

/* Which charon process is at the other end. The kernel tells the process that listens; when it dies the connection
 * ends, so nobody else can be there. Process ids come again, a socket's time of birth does not. */
struct conn_peer {
    pid_t pid; /* 0: not visible from here */
    int64_t born_s;
    long born_ns;
};

struct conn_ops {
    void (*event)(void *ctx, struct bytes name, struct bytes message);
    /* What charon has sent until now has been read. May be NULL. */
    void (*settled)(void *ctx);
    /* It is of no use any more, and requests have been ended; conn_close() it. Comes from the loop, once. */
    void (*lost)(void *ctx, const char *why);
};

/* Connects at once. 0 or negative errno: -ENOENT, -ECONNREFUSED, -EACCES, -EAGAIN (charon does not take connections),
 * -ESTALE (another charon has begun to listen just now), ... `ops` must outlive it. */
int conn_open(uv_loop_t *loop, const char *path, const struct conn_ops *ops, void *ctx, struct conn **ret);
/* Ends requests that wait; freed by the loop, no callback comes any more. Not from `event` or a request's callbacks.
 * NULL is allowed. */
void conn_close(struct conn *c);

struct conn_peer conn_peer(const struct conn *c);
/* As vici_send() and vici_register(), and on its way at once. */
int conn_send(struct conn *c, const struct vici_request *request);
int conn_register(struct conn *c, const char *event, vici_done *done, void *ctx);
size_t conn_waiting(const struct conn *c);
/* For how long requests have been waiting without a packet of any kind, in ms; 0: none waits. */
uint64_t conn_silence(const struct conn *c);

#endif
