/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/conn.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct conn {
    uv_poll_t poll;
    uv_timer_t limit;
    unsigned handles; /* not closed yet */
    int fd;
    bool closing;
    bool busy; /* within conn_drain() */
    struct frame_reader reader;
    const struct conn_ops *ops;
    void *ctx;
    uint8_t buffer[CONN_READ_MAX];
};

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;
    if (--c->handles > 0)
        return;
    frame_free(&c->reader);
    free(c);
}

void conn_close(struct conn *c)
{
    if (!c || c->closing)
        return;
    c->closing = true;
    uv_close((uv_handle_t *)&c->poll, on_closed); /* takes the descriptor out of the loop at once */
    uv_close((uv_handle_t *)&c->limit, on_closed);
    close(c->fd);
}

static void end(struct conn *c, int error)
{
    const struct conn_ops *ops = c->ops;
    void *ctx = c->ctx;
    if (c->closing)
        return;
    conn_close(c);
    ops->ended(ctx, error);
}

static int on_frame(void *ctx, uint8_t type, const uint8_t *body, size_t n)
{
    struct conn *c = ctx;
    uv_timer_stop(&c->limit);
    c->ops->frame(c->ctx, type, body, n);
    return c->closing ? -ECANCELED : 0;
}

/* 0: nothing more for now; 1: perhaps; else it has ended: negative errno. */
static int read_once(struct conn *c)
{
    ssize_t n = recv(c->fd, c->buffer, sizeof(c->buffer), 0);
    if (n < 0)
        return errno == EAGAIN ? 0 : errno == EINTR ? 1 : -errno;
    if (n == 0)
        return -ECONNRESET;
    int r = frame_feed(&c->reader, c->buffer, (size_t)n, on_frame, c);
    return r < 0 ? r : 1;
}

void conn_drain(struct conn *c)
{
    int r = 1;
    if (c->busy) /* from within a frame: the rest follows it anyhow */
        return;
    c->busy = true;
    for (unsigned i = 0; r == 1 && !c->closing && i < CONN_PORTIONS; i++)
        r = read_once(c);
    c->busy = false;
    if (r < 0)
        end(c, r == -ECONNRESET ? 0 : r);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct conn *c = poll->data;
    (void)events;
    if (status < 0)
        end(c, status);
    else
        conn_drain(c);
}

static void on_limit(uv_timer_t *timer)
{
    end(timer->data, -ETIMEDOUT);
}

static int send_request(int fd, enum occtl_command command)
{
    uint8_t frame[FRAME_HEADER];
    frame_request(frame, command);
    ssize_t n = send(fd, frame, sizeof(frame), MSG_NOSIGNAL); /* on a new socket there is room for five bytes */
    if (n < 0)
        return -errno;
    return n == (ssize_t)sizeof(frame) ? 0 : -EIO;
}

int conn_new(uv_loop_t *loop, int fd, enum occtl_command command, uint32_t limit_ms, const struct conn_ops *ops,
             void *ctx, struct conn **ret)
{
    struct conn *c = calloc(1, sizeof(*c));
    int r = c ? send_request(fd, command) : -ENOMEM;
    if (r == 0)
        r = uv_poll_init(loop, &c->poll, fd);
    if (r < 0) {
        close(fd);
        free(c);
        return r;
    }
    uv_timer_init(loop, &c->limit);
    c->handles = 2;
    c->poll.data = c->limit.data = c;
    c->fd = fd;
    c->ops = ops;
    c->ctx = ctx;
    uv_poll_start(&c->poll, UV_READABLE, on_poll); /* can't fail on a descriptor that uv_poll_init() has taken */
    uv_timer_start(&c->limit, on_limit, limit_ms, 0);
    *ret = c;
    return 0;
}
