/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/pppd/wake.h"

#define READS_AT_ONCE 16 /* an rrasd that never stops must not keep pppd from its work */

static int connect_to(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, n);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno; /* also EAGAIN: a queue full of others; a unix socket is not connected later on */
    return wake_watch(fd);
}

int link_open(struct link *l, const char *path)
{
    /* Not to be inherited by pppd's scripts. */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int r = connect_to(fd, path);
    if (r < 0) {
        close(fd);
        return r;
    }
    l->fd = fd;
    l->pid = getpid();
    l->in_len = l->out_len = 0;
    return 0;
}

void link_drop(struct link *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

/* A unix socket that is closed with something unread in it takes with it what the other side has not read yet. */
void link_close(struct link *l)
{
    if (l->fd < 0)
        return;
    shutdown(l->fd, SHUT_RDWR);
    for (int i = 0; i < READS_AT_ONCE && recv(l->fd, l->in, sizeof(l->in), MSG_DONTWAIT) > 0; i++)
        ;
    link_drop(l);
}

static ssize_t send_some(int fd, const char *data, size_t n)
{
    ssize_t sent;
    do {
        sent = send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN ? 0 : -errno;
    return sent;
}

static int flush(struct link *l)
{
    if (l->out_len == 0)
        return 0;
    ssize_t sent = send_some(l->fd, l->out, l->out_len);
    if (sent < 0)
        return (int)sent;
    l->out_len -= (size_t)sent;
    memmove(l->out, l->out + sent, l->out_len);
    return 0;
}

int link_send(struct link *l, const char *data, size_t n)
{
    if (l->fd < 0)
        return -ENOTCONN;
    int r = flush(l);
    if (r == 0 && n > sizeof(l->out) - l->out_len)
        r = -ENOBUFS;
    if (r == 0) {
        memcpy(l->out + l->out_len, data, n);
        l->out_len += n;
        r = flush(l);
    }
    if (r < 0)
        link_drop(l);
    return r;
}

/* Give the whole lines that are there to `each`, and keep the beginning of the next one. */
static int take_lines(struct link *l, link_each *each, void *ctx)
{
    size_t at = 0;
    const char *lf;
    while ((lf = memchr(l->in + at, '\n', l->in_len - at)) != NULL) {
        size_t n = (size_t)(lf - (l->in + at));
        if (each(ctx, l->in + at, n) != 0)
            return -EPROTO;
        if (l->fd < 0) /* it could not be answered */
            return -ECONNRESET;
        at += n + 1;
    }
    l->in_len -= at;
    memmove(l->in, l->in + at, l->in_len);
    return l->in_len < sizeof(l->in) ? 0 : -EMSGSIZE;
}

static int read_some(struct link *l, link_each *each, void *ctx)
{
    ssize_t got = recv(l->fd, l->in + l->in_len, sizeof(l->in) - l->in_len, MSG_DONTWAIT);
    if (got == 0)
        return -ECONNRESET;
    if (got < 0)
        return errno == EINTR ? 0 : -errno;
    l->in_len += (size_t)got;
    return take_lines(l, each, ctx);
}

int link_work(struct link *l, link_each *each, void *ctx)
{
    int r = flush(l);
    for (int i = 0; i < READS_AT_ONCE && r == 0; i++)
        r = read_some(l, each, ctx);
    if (r == -EAGAIN)
        return 0; /* all read */
    if (r == 0)
        return -EAGAIN;
    link_drop(l);
    return r;
}
