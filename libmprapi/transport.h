/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets with deadlines. Blocking ones with SO_RCVTIMEO and SO_SNDTIMEO instead of poll() before each step, so that an
 * ordinary call costs one send and one recv. MSG_NOSIGNAL everywhere: a library must not let SIGPIPE kill its caller.
 */
#ifndef OPENRRAS_LIBMPRAPI_TRANSPORT_H
#define OPENRRAS_LIBMPRAPI_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct transport_socket {
    int fd;
    uint64_t armed_recv_ms, armed_send_ms; /* what the kernel's time-outs are set to, 0: not set yet */
};

/* Connects to a unix socket. A descriptor (close-on-exec), or negative errno; -ETIMEDOUT when the deadline has passed.
 */
int transport_unix_connect(const char *path, uint64_t deadline);

/* The same without waiting: -EAGAIN when the server does not take connections at the moment. */
int transport_unix_connect_now(const char *path);

/* Where a connection over TCP has gone to. */
struct transport_address {
    struct sockaddr_storage address;
    socklen_t len; /* 0: nowhere yet */
};

/*
 * Connects over TCP. A descriptor (close-on-exec), and *at says where it goes to; or negative errno: -ETIMEDOUT when
 * the deadline has passed, -ENOENT with *name_error when the name is not known. Looking the name up takes as long as
 * the resolver of this thread may (resolver.h); all else ends with the deadline.
 */
int transport_tcp_connect(const char *host, const char *port, uint64_t deadline, struct transport_address *at,
                          const char **name_error);
/* The same without waiting and without a name: what is sent on it waits until the connection stands. */
int transport_tcp_connect_now(const struct transport_address *to);

/* Makes a caller's descriptor fit: close-on-exec, blocking. -EINVAL when it is no stream socket. */
int transport_adopt(int fd);

/*
 * Bytes sent or received, at least 1; receiving gives 0 when the peer has closed. Waits for `left_ms` at most, give or
 * take an eighth: the kernel's time-out is not touched for less, so that an ordinary call costs no system call for it.
 * -EAGAIN when interrupted or when nothing went: look at the clock, and try again if there is still time. -EPIPE or
 * -ECONNRESET when the connection is lost, or another negative errno.
 */
ssize_t transport_send(struct transport_socket *s, const void *p, size_t n, uint64_t left_ms);
ssize_t transport_recv(struct transport_socket *s, void *p, size_t n, uint64_t left_ms);

/* The same without waiting: -EAGAIN when nothing goes now. */
ssize_t transport_send_now(const struct transport_socket *s, const void *p, size_t n);
ssize_t transport_recv_now(const struct transport_socket *s, void *p, size_t n);

/* Has the peer closed, or said something although nothing was asked? Does not wait. */
bool transport_is_stale(const struct transport_socket *s);

#endif
