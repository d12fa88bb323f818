/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/wire.h"

#include <errno.h>
#include <stdlib.h>

int bytes_number(struct bytes b, uint64_t *ret)
{
    uint64_t v = 0;
    if (b.n == 0)
        return -EINVAL;
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] < '0' || b.p[i] > '9')
            return -EINVAL;
        uint64_t digit = (uint64_t)(b.p[i] - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return -ERANGE;
        v = v * 10 + digit;
    }
    *ret = v;
    return 0;
}

/* Take `n` bytes from the front. */
static int take(struct bytes *from, size_t n, struct bytes *ret)
{
    if (from->n < n)
        return -EPROTO;
    *ret = (struct bytes){from->p, n};
    from->p += n;
    from->n -= n;
    return 0;
}

/* A big-endian number of `width` bytes. */
static int take_number(struct bytes *from, size_t width, size_t *ret)
{
    struct bytes b;
    size_t v = 0;
    if (take(from, width, &b) < 0)
        return -EPROTO;
    for (size_t i = 0; i < width; i++)
        v = v << 8 | (unsigned char)b.p[i];
    *ret = v;
    return 0;
}

/* Bytes with their length, of `width` bytes, in front. */
static int take_counted(struct bytes *from, size_t width, struct bytes *ret)
{
    size_t n;
    return take_number(from, width, &n) < 0 ? -EPROTO : take(from, n, ret);
}

/* ---- packets ---- */

int wire_packet_parse(struct bytes b, struct wire_packet *ret)
{
    size_t type;
    struct wire_packet packet = {0};
    if (take_number(&b, 1, &type) < 0)
        return -EPROTO;
    packet.type = (enum wire_type)type;
    switch (packet.type) {
    case WIRE_EVENT:
        if (take_counted(&b, 1, &packet.name) < 0)
            return -EPROTO;
        packet.message = b;
        break;
    case WIRE_RESPONSE:
        packet.message = b;
        break;
    case WIRE_UNKNOWN_COMMAND:
    case WIRE_CONFIRM:
    case WIRE_UNKNOWN_EVENT:
        if (b.n > 0)
            return -EPROTO;
        break;
    case WIRE_REQUEST:
    case WIRE_REGISTER:
    case WIRE_UNREGISTER:
    default:
        return -EPROTO;
    }
    *ret = packet;
    return 0;
}

/* The length of the packet that begins at `p`, of which `n` bytes are there; 0: not all of the length is. */
static int packet_length(const char *p, size_t n, size_t *ret)
{
    struct bytes b = {p, n};
    size_t length = 0;
    if (n >= 4) {
        take_number(&b, 4, &length);
        if (length == 0 || length > WIRE_PACKET_MAX)
            return -EPROTO;
    }
    *ret = length;
    return 0;
}

/* Call for all packets that are complete; *ret_used: how many bytes they had. */
static int cut(const char *p, size_t n, size_t *ret_used, int (*each)(void *ctx, struct bytes packet), void *ctx)
{
    size_t used = 0, length;
    for (;;) {
        int r = packet_length(p + used, n - used, &length);
        if (r < 0)
            return r;
        if (length == 0 || n - used < 4 + length)
            break;
        r = each(ctx, (struct bytes){p + used + 4, length});
        if (r < 0)
            return r;
        used += 4 + length;
    }
    *ret_used = used;
    return 0;
}

static int grow(struct wire_stream *s, size_t need)
{
    if (need <= s->cap)
        return 0;
    size_t cap = s->cap ? s->cap : 4096;
    while (cap < need)
        cap *= 2;
    char *buffer = realloc(s->buffer, cap);
    if (!buffer)
        return -ENOMEM;
    s->buffer = buffer;
    s->cap = cap;
    return 0;
}

int wire_stream_feed(struct wire_stream *s, const char *p, size_t n, int (*each)(void *ctx, struct bytes packet),
                     void *ctx)
{
    size_t used;
    int r;
    if (s->n == 0) { /* what is complete need not be copied */
        r = cut(p, n, &used, each, ctx);
        if (r < 0)
            return r;
        p += used;
        n -= used;
    }
    if (n == 0)
        return 0;
    r = grow(s, s->n + n);
    if (r < 0)
        return r;
    memcpy(s->buffer + s->n, p, n);
    s->n += n;
    r = cut(s->buffer, s->n, &used, each, ctx);
    if (r < 0)
        return r;
    s->n -= used;
    if (s->n > 0 && used > 0)
        memmove(s->buffer, s->buffer + used, s->n);
    return 0;
}

void wire_stream_free(struct wire_stream *s)
{
    free(s->buffer);
    *s = (struct wire_stream){0};
}

/* ---- messages ---- */

static int next_in_list(struct wire_cursor *c, size_t kind, struct wire_element *e)
{
    e->name = c->list;
    if (kind == WIRE_ITEM)
        return take_counted(&c->rest, 2, &e->value);
    if (kind != WIRE_LIST_END)
        return -EPROTO;
    c->in_list = false;
    return 0;
}

static int next_outside(struct wire_cursor *c, size_t kind, struct wire_element *e)
{
    if (kind == WIRE_SECTION_END) {
        if (c->depth == 0)
            return -EPROTO;
        c->depth--;
        return 0;
    }
    if ((kind != WIRE_SECTION && kind != WIRE_VALUE && kind != WIRE_LIST) || take_counted(&c->rest, 1, &e->name) < 0)
        return -EPROTO;
    if (kind == WIRE_VALUE)
        return take_counted(&c->rest, 2, &e->value);
    if (kind == WIRE_SECTION)
        return ++c->depth > WIRE_DEPTH_MAX ? -EPROTO : 0;
    c->in_list = true;
    c->list = e->name;
    return 0;
}

int wire_next(struct wire_cursor *c, struct wire_element *ret)
{
    struct wire_element e = {0};
    size_t kind;
    if (c->rest.n == 0)
        return c->depth > 0 || c->in_list ? -EPROTO : 0;
    if (take_number(&c->rest, 1, &kind) < 0)
        return -EPROTO;
    int r = c->in_list ? next_in_list(c, kind, &e) : next_outside(c, kind, &e);
    if (r < 0)
        return r;
    e.kind = (enum wire_kind)kind;
    *ret = e;
    return 1;
}

/* ---- requests ---- */

static void put(struct wire_request *r, const char *p, size_t n)
{
    if (r->overflow || n > sizeof(r->p) - r->n) {
        r->overflow = true;
        return;
    }
    memcpy(r->p + r->n, p, n);
    r->n += n;
}

static void put_number(struct wire_request *r, size_t width, size_t v)
{
    char b[4];
    for (size_t i = 0; i < width; i++)
        b[i] = (char)(v >> (8 * (width - 1 - i)) & 0xff);
    put(r, b, width);
}

static void put_name(struct wire_request *r, const char *name)
{
    size_t n = strlen(name);
    if (n > 255)
        r->overflow = true;
    put_number(r, 1, n);
    put(r, name, n);
}

void wire_request_begin(struct wire_request *r, enum wire_type type, const char *name)
{
    r->n = 0;
    r->overflow = false;
    put_number(r, 4, 0);
    put_number(r, 1, type);
    put_name(r, name);
}

void wire_request_put(struct wire_request *r, const char *key, const char *value)
{
    size_t n = strlen(value);
    put_number(r, 1, WIRE_VALUE);
    put_name(r, key);
    if (n > 65535)
        r->overflow = true;
    put_number(r, 2, n);
    put(r, value, n);
}

int wire_request_end(struct wire_request *r)
{
    size_t n = r->n;
    if (r->overflow)
        return -EMSGSIZE;
    r->n = 0;
    put_number(r, 4, n - 4);
    r->n = n;
    return 0;
}
