/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to ocserv's control socket, which is one request: it is sent at once and whole, and frames come until
 * either side ends it. Lives in one libuv loop.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_CONN_H
#define OPENRRAS_DRIVERS_OCSERV_CONN_H

#include <uv.h>

#include "drivers/ocserv/frame.h"

#define CONN_READ_MAX 65536u
#define CONN_PORTIONS 64u /* of CONN_READ_MAX, in one turn of the loop, so that its other work goes on */

struct conn;

struct conn_ops {
    /* May close the connection. */
    void (*frame)(void *ctx, uint8_t type, const uint8_t *body, size_t n);
    /* It has ended by itself, and is gone: 0: ocserv has closed it; -ETIMEDOUT: no frame in time; -EMSGSIZE, -ENOMEM,
     * or what the socket says. */
    void (*ended)(void *ctx, int error);
};

/* `fd` is owned from now on, also on failure. The first frame must come within `limit_ms`. Nothing is called from
 * within. */
int conn_new(uv_loop_t *loop, int fd, enum occtl_command command, uint32_t limit_ms, const struct conn_ops *ops,
             void *ctx, struct conn **ret);
/* Take what has come until now. May end it. */
void conn_drain(struct conn *c);
/* `ended` is not called any more. NULL is allowed. */
void conn_close(struct conn *c);

#endif
