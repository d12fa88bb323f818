/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The header is whole. */
static int begin(struct frame_reader *r)
{
    uint32_t length;
    memcpy(&length, r->header + 1, sizeof(length));
    if (length > FRAME_MAX)
        return -EMSGSIZE;
    r->length = length;
    r->n = 0;
    return 0;
}

static int grow(struct frame_reader *r)
{
    size_t cap = min(r->length, r->cap ? r->cap * 2 : FRAME_STEP);
    uint8_t *body = realloc(r->body, cap);
    if (!body)
        return -ENOMEM;
    r->body = body;
    r->cap = cap;
    return 0;
}

static int end(struct frame_reader *r, frame_each *each, void *ctx)
{
    int result = each(ctx, r->header[0], r->body, r->n);
    free(r->body); /* a listing may be large, and the next is some time away */
    *r = (struct frame_reader){0};
    return result;
}

/* Takes some of the data. How many bytes, or negative errno. */
static long take(struct frame_reader *r, const uint8_t *data, size_t n)
{
    if (r->header_n < FRAME_HEADER) {
        size_t part = min(n, FRAME_HEADER - r->header_n);
        memcpy(r->header + r->header_n, data, part);
        r->header_n += part;
        int error = r->header_n == FRAME_HEADER ? begin(r) : 0;
        return error < 0 ? error : (long)part;
    }
    if (r->n == r->cap) {
        int error = grow(r);
        if (error < 0)
            return error;
    }
    size_t part = min(n, r->cap - r->n);
    memcpy(r->body + r->n, data, part);
    r->n += part;
    return (long)part;
}

int frame_feed(struct frame_reader *r, const uint8_t *data, size_t n, frame_each *each, void *ctx)
{
    while (n > 0) {
        long part = take(r, data, n);
        if (part < 0)
            return (int)part;
        data += part;
        n -= (size_t)part;
        if (r->header_n == FRAME_HEADER && r->n == r->length) {
            int result = end(r, each, ctx);
            if (result)
                return result;
        }
    }
    return 0;
}

void frame_free(struct frame_reader *r)
{
    free(r->body);
    *r = (struct frame_reader){0};
}

void frame_request(uint8_t dst[static FRAME_HEADER], enum occtl_command command)
{
    memset(dst, 0, FRAME_HEADER);
    dst[0] = (uint8_t)command;
}
