/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines over a non-blocking stream socket, both ways, in bounded memory: the transport of the driver protocol, for
 * rrasd and for drivers. It knows no event loop: the owner waits for the descriptor.
 */
#ifndef OPENRRAS_COMMON_LINE_STREAM_H
#define OPENRRAS_COMMON_LINE_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_STREAM_LINE_MAX                                                                                           \
    16384u /* bytes of a line with its LF: a session whose every text is at its limit fits well */
/* Memory to read into, lent by the caller for the time of one call: the beginning of a line, and as much again. */
#define LINE_STREAM_SCRATCH (2 * LINE_STREAM_LINE_MAX)

struct line_stream {
    int fd;
    char *partial; /* the beginning of a line that has not ended yet; NULL when there is none */
    size_t partial_len;
    char *out; /* what waits to be sent: out[out_start .. out_end) */
    size_t out_start, out_end, out_cap;
    size_t out_max;
};

/* `fd` is owned from now on. At most out_max bytes, no less than LINE_STREAM_LINE_MAX, wait to be sent. */
void line_stream_init(struct line_stream *s, int fd, size_t out_max);
/* Close the descriptor and free what waits. */
void line_stream_free(struct line_stream *s);

/* One line, without its LF and not NUL-terminated. To go on: 0. With anything else reading ends at once and the stream
 * is not touched again, so it may have been freed. */
typedef int line_stream_each(void *ctx, const char *line, size_t n);

/*
 * Read once, at most half of the scratch, and call `each` for every whole line. Returns the number of bytes read; 0 at
 * the end of the stream; -EAGAIN when there is nothing; -ECANCELED when `each` ended it; -EMSGSIZE for a line over the
 * limit (nothing after it can be trusted); -ENOMEM; or what recv(2) says. Lines before an overlong one have been
 * delivered.
 */
long line_stream_read(struct line_stream *s, char scratch[static LINE_STREAM_SCRATCH], line_stream_each *each,
                      void *ctx);

/* Append whole lines to what waits, without sending. -ENOBUFS over the limit, -ENOMEM: nothing was appended. */
int line_stream_queue(struct line_stream *s, const char *data, size_t n);
/* Send what waits as far as the socket takes it. 0: all; -EAGAIN: some is left; else what send(2) says. */
int line_stream_flush(struct line_stream *s);
/* Both in one for a line, and without a copy when nothing waits. 0 also when some of it waits now. */
int line_stream_send(struct line_stream *s, const char *data, size_t n);

static inline size_t line_stream_waiting(const struct line_stream *s)
{
    return s->out_end - s->out_start;
}

#endif
