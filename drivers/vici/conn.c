/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct conn {
    const struct conn_ops *ops;
    void *ctx;
    int fd; /* -1: none any more */
    uv_poll_t poll;
    int events;
    struct vici *vici;
    struct conn_peer peer;
    uint64_t packets;  /* of vici_packets(), when somebody looked last */
    uint64_t heard_ms; /* the last packet, or when a request began to wait */
    bool closing;
};

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000u;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct conn *c)
{
    int events = UV_READABLE | (vici_output(c->vici).n > 0 ? UV_WRITABLE : 0);
    if (events != c->events) {
        c->events = events;
        uv_poll_start(&c->poll, events, on_poll); /* can't fail on a descriptor that uv_poll_init() has taken */
    }
}

static int write_out(struct conn *c)
{
    for (struct bytes out = vici_output(c->vici); out.n > 0; out = vici_output(c->vici)) {
        ssize_t n = send(c->fd, out.p, out.n, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        vici_written(c->vici, (size_t)n);
    }
    return 0;
}

static int read_all(struct conn *c)
{
    char buffer[CONN_READ_MAX];
    for (unsigned portion = 0; portion < CONN_PORTIONS; portion++) {
        ssize_t n = recv(c->fd, buffer, sizeof(buffer), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        if (n == 0)
            return -ECONNRESET;
        int r = vici_feed(c->vici, buffer, (size_t)n);
        if (r < 0)
            return r;
    }
    return 0;
}

static void hear(struct conn *c)
{
    if (vici_packets(c->vici) == c->packets)
        return;
    c->packets = vici_packets(c->vici);
    c->heard_ms = now_ms();
}

static void lost(struct conn *c, int error)
{
    char why[160];
    const char *said = vici_error(c->vici);
    snprintf(why, sizeof(why), "%s",
             error == -ECONNRESET ? "charon has closed the connection"
             : said[0]            ? said
                                  : strerror(-error));
    uv_poll_stop(&c->poll);
    vici_free(c->vici);
    c->vici = NULL;
    if (!c->closing)
        c->ops->lost(c->ctx, why);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct conn *c = poll->data;
    (void)events;
    int r = status < 0 ? status : read_all(c);
    hear(c);
    if (r == 0 && c->ops->settled)
        c->ops->settled(c->ctx);
    if (c->closing)
        return;
    if (r == 0)
        r = write_out(c);
    if (r < 0)
        lost(c, r);
    else
        watch(c);
}

/* ---- requests ---- */

static int sent(struct conn *c, bool was_idle, int r)
{
    if (r < 0)
        return r;
    if (was_idle)
        c->heard_ms = now_ms();
    write_out(c); /* a broken socket shows itself to the loop as well */
    watch(c);
    return 0;
}

int conn_send(struct conn *c, const struct vici_request *request)
{
    if (!c->vici || c->closing)
        return -EPIPE;
    bool was_idle = vici_waiting(c->vici) == 0;
    return sent(c, was_idle, vici_send(c->vici, request));
}

int conn_register(struct conn *c, const char *event, vici_done *done, void *ctx)
{
    if (!c->vici || c->closing)
        return -EPIPE;
    bool was_idle = vici_waiting(c->vici) == 0;
    return sent(c, was_idle, vici_register(c->vici, event, done, ctx));
}

size_t conn_waiting(const struct conn *c)
{
    return c->vici ? vici_waiting(c->vici) : 0;
}

uint64_t conn_silence(const struct conn *c)
{
    uint64_t now = now_ms();
    return conn_waiting(c) > 0 && now > c->heard_ms ? now - c->heard_ms : 0;
}

struct conn_peer conn_peer(const struct conn *c)
{
    return c->peer;
}

/* ---- lifetime ---- */

static int born(const char *path, struct stat *ret)
{
    return stat(path, ret) < 0 ? -errno : 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Connect, and find out with whom: the path must be the same socket before and after. */
static int connect_to(const char *path, int fd, struct conn_peer *ret)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat before, after;
    struct ucred cred = {0};
    socklen_t n = sizeof(cred);
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int r = born(path, &before);
    if (r < 0)
        return r;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
        return -errno;
    r = born(path, &after);
    if (r < 0 || !same_file(&before, &after))
        return -ESTALE;
    *ret = (struct conn_peer){cred.pid, after.st_mtim.tv_sec, after.st_mtim.tv_nsec};
    return 0;
}

static int adopt(struct conn *c, uv_loop_t *loop)
{
    int r = uv_poll_init(loop, &c->poll, c->fd);
    if (r < 0)
        return r;
    c->poll.data = c;
    watch(c);
    return 0;
}

static void on_event(void *ctx, struct bytes name, struct bytes message)
{
    struct conn *c = ctx;
    if (!c->closing)
        c->ops->event(c->ctx, name, message);
}

static const struct vici_ops vici_ops = {.event = on_event};

static void destroy(struct conn *c)
{
    if (c->fd >= 0)
        close(c->fd);
    vici_free(c->vici);
    free(c);
}

int conn_open(uv_loop_t *loop, const char *path, const struct conn_ops *ops, void *ctx, struct conn **ret)
{
    struct conn *c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    c->ops = ops;
    c->ctx = ctx;
    c->vici = vici_new(&vici_ops, c);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int r = !c->vici ? -ENOMEM : c->fd < 0 ? -errno : connect_to(path, c->fd, &c->peer);
    if (r == 0)
        r = adopt(c, loop);
    if (r < 0) {
        destroy(c);
        return r;
    }
    *ret = c;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    destroy(handle->data);
}

void conn_close(struct conn *c)
{
    if (!c || c->closing)
        return;
    c->closing = true;
    struct vici *v = c->vici;
    c->vici = NULL;
    uv_close((uv_handle_t *)&c->poll, on_closed); /* takes the descriptor out of the loop at once ... */
    close(c->fd);                                 /* ... so that it may be closed here */
    c->fd = -1;
    vici_free(v); /* ends the requests under way */
}
