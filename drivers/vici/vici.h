/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One vici connection, the client's side, without any I/O: bytes from the socket go in, bytes for it come out, and what
 * was understood is told through callbacks.
 *
 * charon serves the requests of a connection one after another, so a queue is all that is needed to tell whose answer a
 * packet is. Events may come between any two packets. A streamed list (list-sas, list-conns) is a request whose rows
 * come as events of a certain name, to this connection only, before its response. Other events, of which this
 * connection has registered for some, go on to be told while a request waits.
 *
 * charon is not trusted to keep the protocol: anything out of order breaks the connection, and its owner drops it.
 */
#ifndef OPENRRAS_DRIVERS_VICI_VICI_H
#define OPENRRAS_DRIVERS_VICI_VICI_H

#include "drivers/vici/wire.h"

/* Requests that wait for their answer: each order to disconnect has one at a time on its lane. */
#define VICI_PENDING_MAX 2048u
#define VICI_OUTPUT_MAX  (VICI_PENDING_MAX * WIRE_REQUEST_MAX)

struct vici;

/* One row of a streamed list. */
typedef void vici_row(void *ctx, struct bytes message);
/*
 * A request is over; called once for each. 0: `message` is charon's response. -ENOSYS: charon knows no such command, or
 * event. -ECONNRESET: the connection has ended without an answer, so nobody knows whether charon has acted.
 */
typedef void vici_done(void *ctx, int result, struct bytes message);

struct vici_pair {
    const char *key, *value;
};

struct vici_request {
    const char *name;
    struct vici_pair arguments[4]; /* up to the first without key */
    const char *row_event;         /* rows come as this event, or NULL; must stay good */
    vici_row *row;
    vici_done *done; /* may be NULL */
    void *ctx;
};

/* Callbacks may queue requests, but must not feed or free the connection. */
struct vici_ops {
    /* Name and message are good during the callback. */
    void (*event)(void *ctx, struct bytes name, struct bytes message);
};

/* NULL without memory. */
struct vici *vici_new(const struct vici_ops *ops, void *ctx);
/* Ends requests that still wait with -ECONNRESET. NULL is allowed. */
void vici_free(struct vici *v);

/* Bytes from the socket. 0, -EPROTO (the peer does not speak vici, and vici_error() says how), -ENOMEM: the connection
 * is of no use any more. */
int vici_feed(struct vici *v, const char *p, size_t n);
const char *vici_error(const struct vici *v);

/* Queue a request. 0, -ENOBUFS (too many wait), -EMSGSIZE, -ENOMEM, -EPIPE (broken). */
int vici_send(struct vici *v, const struct vici_request *request);
/* Ask to be told events of that name; `done` as in a request. */
int vici_register(struct vici *v, const char *event, vici_done *done, void *ctx);

/* Requests that have not been answered yet. */
size_t vici_waiting(const struct vici *v);
/* Packets that have come: whether charon is at work. */
uint64_t vici_packets(const struct vici *v);

/* What is to be written: good until the next call. */
struct bytes vici_output(const struct vici *v);
void vici_written(struct vici *v, size_t n);

#endif
