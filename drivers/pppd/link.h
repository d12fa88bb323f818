/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to rrasd: lines both ways over a unix socket that never blocks, in fixed memory. All of it may be used
 * in a signal handler, except link_open().
 */
#ifndef OPENRRAS_DRIVERS_PPPD_LINK_H
#define OPENRRAS_DRIVERS_PPPD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LINK_LINE_MAX 16384u /* of the protocol, with the LF */
#define LINK_OUT_MAX  32768u /* what may wait for an rrasd that does not read: many states of one session */

struct link {
    int fd;    /* -1: there is none */
    pid_t pid; /* the process that has made it: after a fork() it is the parent's */
    size_t in_len, out_len;
    char in[LINK_LINE_MAX], out[LINK_OUT_MAX];
};

/* Connect, without waiting. 0 or negative errno. */
int link_open(struct link *l, const char *path);
/* What is on the way is lost. */
void link_drop(struct link *l);
/* Nothing is lost of what rrasd has room for, though it may be saying something at this moment. */
void link_close(struct link *l);

/* One line, without its LF. Anything but 0 ends the reading, and the connection. */
typedef int link_each(void *ctx, const char *line, size_t n);
/* Read all there is, up to a bound, and send what waits. 0; -EAGAIN: at the bound, there may be more; else the
 * connection is gone, and has been dropped: -ECONNRESET, -EMSGSIZE for an overlong line, -EPROTO by `each`. */
int link_work(struct link *l, link_each *each, void *ctx);

/* One line or several, with their LFs. -ENOTCONN; -ENOBUFS when rrasd does not read: dropped. */
int link_send(struct link *l, const char *data, size_t n);

#endif
