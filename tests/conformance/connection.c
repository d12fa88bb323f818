/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rrasd/pipe.h"

#define READ_SIZE 16384u

struct connection {
    uv_poll_t poll;
    int fd;
    struct rpc_server *rpc;
    struct pipe *pipe; /* NULL: bare TCP */
};

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    (void)close(c->fd);
    free(c);
}

static void end(struct connection *c)
{
    if (uv_is_closing((uv_handle_t *)&c->poll))
        return;
    if (c->rpc && rpc_server_close_reason(c->rpc))
        fprintf(stderr, "closed: %s\n", rpc_server_close_reason(c->rpc));
    (void)uv_poll_stop(&c->poll);
    rpc_server_free(c->rpc);
    c->rpc = NULL;
    pipe_free(c->pipe);
    c->pipe = NULL;
    uv_close((uv_handle_t *)&c->poll, on_closed);
}

/* ---- output ---- */

/* As much as the socket takes of n bytes of output; how many of them, 0 when it takes none now, -1 when it is gone. */
static ssize_t send_some(struct connection *c, const uint8_t *out, size_t n)
{
    struct iovec iov[2] = {{(void *)(uintptr_t)out, n}};
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = 1};
    if (c->pipe)
        message.msg_iovlen = (size_t)pipe_frame(c->pipe, out, n, iov);
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return c->pipe ? (ssize_t)pipe_sent(c->pipe, (size_t)sent) : sent;
}

static bool send_all(struct connection *c, bool *full)
{
    const uint8_t *out;
    size_t n;
    *full = false;
    while ((out = rpc_server_output(c->rpc, &n))) {
        ssize_t sent = send_some(c, out, n);
        if (sent < 0)
            return false;
        *full = sent == 0;
        if (*full)
            return true;
        rpc_server_consumed(c->rpc, (size_t)sent);
    }
    return true;
}

static void on_event(uv_poll_t *poll, int status, int events);

/* Send what there is, and wait for what is possible next. */
static void go_on(struct connection *c)
{
    bool full;
    if (!send_all(c, &full) || (!full && rpc_server_finished(c->rpc))) {
        end(c);
        return;
    }
    int events = (full ? UV_WRITABLE : 0) | (rpc_server_wants_input(c->rpc) ? UV_READABLE : 0);
    if (events ? uv_poll_start(&c->poll, events, on_event) : uv_poll_stop(&c->poll))
        end(c);
}

void connection_answered(struct connection *c)
{
    if (c && c->rpc)
        go_on(c);
}

void connection_authenticated(struct connection *c)
{
    rpc_server_auth_ready(c->rpc);
    go_on(c);
}

/* ---- input ---- */

/* smbd has said who the client is; here that is nobody's business. False: the end. */
static bool take_handoff(struct connection *c, struct pipe_bytes *in)
{
    struct handoff who;
    int r = pipe_take_handoff(c->pipe, in, &who);
    if (r < 0)
        fprintf(stderr, "handoff refused: %s\n", handoff_verdict_text(pipe_verdict(c->pipe)));
    if (r <= 0)
        return r == 0;
    handoff_clear(&who);
    uint8_t reply[HANDOFF_REPLY_SIZE];
    handoff_reply(reply);
    pipe_open(c->pipe);
    return send(c->fd, reply, sizeof reply, MSG_NOSIGNAL) == (ssize_t)sizeof reply;
}

/* False: the end. What the association refuses is told by rpc_server_finished(). */
static bool take(struct connection *c, const uint8_t *data, size_t n)
{
    if (!c->pipe) {
        (void)rpc_server_input(c->rpc, data, n);
        return true;
    }
    struct pipe_bytes in = {data, n}, piece;
    if (!pipe_is_open(c->pipe) && !take_handoff(c, &in))
        return false;
    while (pipe_next(c->pipe, &in, &piece))
        (void)rpc_server_input(c->rpc, piece.p, piece.n);
    return true;
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    struct connection *c = poll->data;
    uint8_t data[READ_SIZE];
    if (status < 0) {
        end(c);
        return;
    }
    if (events & UV_READABLE) {
        ssize_t n = recv(c->fd, data, sizeof data, MSG_DONTWAIT);
        bool nothing = n < 0 && (errno == EAGAIN || errno == EINTR);
        if (!nothing && (n <= 0 || !take(c, data, (size_t)n))) {
            end(c);
            return;
        }
    }
    go_on(c);
}

void connection_start(uv_loop_t *loop, int fd, const struct rpc_server_config *config, bool handed_over)
{
    struct connection *c = calloc(1, sizeof *c);
    if (!c || uv_poll_init(loop, &c->poll, fd) < 0) {
        free(c);
        (void)close(fd);
        return;
    }
    c->fd = fd;
    c->poll.data = c;
    c->rpc = rpc_server_new(config, c);
    c->pipe = handed_over ? pipe_new() : NULL;
    if (!c->rpc || (handed_over && !c->pipe) || uv_poll_start(&c->poll, UV_READABLE, on_event) < 0)
        end(c);
}
