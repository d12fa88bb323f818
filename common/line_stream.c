/* SPDX-License-Identifier: Apache-2.0 */
#include "common/line_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_FIRST 4096u  /* the first allocation of what waits */
#define OUT_KEEP  65536u /* more than this is given back when all has been sent */

void line_stream_init(struct line_stream *s, int fd, size_t out_max)
{
    *s = (struct line_stream){.fd = fd, .out_max = out_max};
}

void line_stream_free(struct line_stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->partial);
    free(s->out);
    *s = (struct line_stream){.fd = -1};
}

/* Remember the beginning of a line until the rest of it comes. */
static int keep_partial(struct line_stream *s, const char *data, size_t n)
{
    if (n == 0) {
        free(s->partial);
        s->partial = NULL;
        s->partial_len = 0;
        return 0;
    }
    if (n >= LINE_STREAM_LINE_MAX)
        return -EMSGSIZE; /* its LF can't come in time any more */
    char *copy = realloc(s->partial, n);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, data, n);
    s->partial = copy;
    s->partial_len = n;
    return 0;
}

static ssize_t receive(int fd, char *dst, size_t n)
{
    ssize_t got;
    do {
        got = recv(fd, dst, n, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

long line_stream_read(struct line_stream *s, char scratch[static LINE_STREAM_SCRATCH], line_stream_each *each,
                      void *ctx)
{
    size_t have = s->partial_len;
    ssize_t got = receive(s->fd, scratch + have, LINE_STREAM_SCRATCH / 2);
    if (got <= 0)
        return got;
    if (have > 0)
        memcpy(scratch, s->partial, have);

    /* What was kept has no LF: look for it only in what is new. */
    const char *line = scratch, *search = scratch + have, *end = scratch + have + got, *lf;
    while ((lf = memchr(search, '\n', (size_t)(end - search))) != NULL) {
        size_t n = (size_t)(lf - line);
        if (n >= LINE_STREAM_LINE_MAX)
            return -EMSGSIZE;
        if (each(ctx, line, n) != 0)
            return -ECANCELED;
        line = search = lf + 1;
    }
    int r = keep_partial(s, line, (size_t)(end - line));
    return r < 0 ? r : got;
}

/* Make room for n more bytes behind what waits. */
static int reserve(struct line_stream *s, size_t n)
{
    size_t waiting = line_stream_waiting(s);
    if (n > s->out_max || waiting > s->out_max - n)
        return -ENOBUFS;
    if (s->out_cap - s->out_end >= n)
        return 0;
    if (s->out_start > 0) {
        memmove(s->out, s->out + s->out_start, waiting);
        s->out_start = 0;
        s->out_end = waiting;
        if (s->out_cap - waiting >= n)
            return 0;
    }
    size_t cap = s->out_cap > 0 ? s->out_cap : OUT_FIRST;
    while (cap - waiting < n)
        cap *= 2;
    char *grown = realloc(s->out, cap);
    if (!grown)
        return -ENOMEM;
    s->out = grown;
    s->out_cap = cap;
    return 0;
}

int line_stream_queue(struct line_stream *s, const char *data, size_t n)
{
    int r = reserve(s, n);
    if (r < 0)
        return r;
    memcpy(s->out + s->out_end, data, n);
    s->out_end += n;
    return 0;
}

/* Returns how much went out, which may be nothing, or negative errno. */
static ssize_t send_some(int fd, const char *data, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t sent = send(fd, data + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0)
            done += (size_t)sent;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            return -errno;
    }
    return (ssize_t)done;
}

int line_stream_flush(struct line_stream *s)
{
    if (line_stream_waiting(s) == 0)
        return 0;
    ssize_t sent = send_some(s->fd, s->out + s->out_start, line_stream_waiting(s));
    if (sent < 0)
        return (int)sent;
    s->out_start += (size_t)sent;
    if (line_stream_waiting(s) > 0)
        return -EAGAIN;
    s->out_start = s->out_end = 0;
    if (s->out_cap > OUT_KEEP) {
        free(s->out);
        s->out = NULL;
        s->out_cap = 0;
    }
    return 0;
}

int line_stream_send(struct line_stream *s, const char *data, size_t n)
{
    ssize_t sent = 0;
    if (line_stream_waiting(s) == 0) {
        sent = send_some(s->fd, data, n);
        if (sent < 0)
            return (int)sent;
    }
    /* The rest of a line that has gone out in part always fits: nothing else waits, and out_max is no less than a line.
     */
    return (size_t)sent == n ? 0 : line_stream_queue(s, data + sent, n - (size_t)sent);
}
