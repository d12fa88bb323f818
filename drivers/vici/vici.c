/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/vici.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

struct pending {
    bool is_register;
    const char *row_event;
    vici_row *row;
    vici_done *done;
    void *ctx;
    struct pending *prev, *next;
};

struct vici {
    const struct vici_ops *ops;
    void *ctx;
    struct wire_stream stream;
    struct pending *pending; /* oldest first */
    size_t waiting;
    uint64_t packets;
    const char *error; /* NULL: good */
    char *out;
    size_t out_n, out_cap, out_sent;
};

struct vici *vici_new(const struct vici_ops *ops, void *ctx)
{
    struct vici *v = calloc(1, sizeof(*v));
    if (!v)
        return NULL;
    v->ops = ops;
    v->ctx = ctx;
    return v;
}

/* The oldest request is over. It is out of the queue before its owner hears of it, who may queue another one. */
static void finish(struct vici *v, int result, struct bytes message)
{
    struct pending *p = v->pending;
    DL_DELETE(v->pending, p);
    v->waiting--;
    vici_done *done = p->done;
    void *ctx = p->ctx;
    free(p);
    if (done)
        done(ctx, result, message);
}

void vici_free(struct vici *v)
{
    if (!v)
        return;
    v->error = "closed";
    while (v->pending)
        finish(v, -ECONNRESET, (struct bytes){"", 0});
    wire_stream_free(&v->stream);
    free(v->out);
    free(v);
}

/* ---- from charon ---- */

static int broken(struct vici *v, const char *why)
{
    v->error = why;
    return -EPROTO;
}

/* A message that is not well formed is of no use to anybody: nobody else needs to check for that. */
static bool is_message(struct bytes message)
{
    struct wire_cursor c = wire_cursor_of(message);
    struct wire_element e;
    int r;
    do
        r = wire_next(&c, &e);
    while (r > 0);
    return r == 0;
}

static int on_packet(void *ctx, struct bytes b)
{
    struct vici *v = ctx;
    struct wire_packet packet;
    v->packets++;
    if (wire_packet_parse(b, &packet) < 0)
        return broken(v, "sends packets that are not vici's");
    if (!is_message(packet.message))
        return broken(v, "sends a message that can't be read");
    struct pending *first = v->pending;
    if (packet.type == WIRE_EVENT) {
        if (first && first->row_event && bytes_are(packet.name, first->row_event))
            first->row(first->ctx, packet.message);
        else
            v->ops->event(v->ctx, packet.name, packet.message);
        return 0;
    }
    bool of_register = packet.type == WIRE_CONFIRM || packet.type == WIRE_UNKNOWN_EVENT;
    if (!first || first->is_register != of_register)
        return broken(v, "answers what was not asked");
    finish(v, packet.type == WIRE_UNKNOWN_COMMAND || packet.type == WIRE_UNKNOWN_EVENT ? -ENOSYS : 0, packet.message);
    return 0;
}

int vici_feed(struct vici *v, const char *p, size_t n)
{
    if (v->error)
        return -EPROTO;
    int r = wire_stream_feed(&v->stream, p, n, on_packet, v);
    if (r < 0 && !v->error)
        v->error = r == -EPROTO ? "does not speak vici" : "out of memory";
    return r;
}

const char *vici_error(const struct vici *v)
{
    return v->error ? v->error : "";
}

/* ---- to charon ---- */

static int queue_bytes(struct vici *v, const char *p, size_t n)
{
    if (v->out_sent > 0) {
        memmove(v->out, v->out + v->out_sent, v->out_n - v->out_sent);
        v->out_n -= v->out_sent;
        v->out_sent = 0;
    }
    if (v->out_n + n > VICI_OUTPUT_MAX)
        return -ENOBUFS;
    if (v->out_n + n > v->out_cap) {
        size_t cap = v->out_cap ? v->out_cap * 2 : 1024;
        while (cap < v->out_n + n)
            cap *= 2;
        char *out = realloc(v->out, cap);
        if (!out)
            return -ENOMEM;
        v->out = out;
        v->out_cap = cap;
    }
    memcpy(v->out + v->out_n, p, n);
    v->out_n += n;
    return 0;
}

static int queue(struct vici *v, struct wire_request *r, const struct pending *what)
{
    if (v->error)
        return -EPIPE;
    if (v->waiting >= VICI_PENDING_MAX)
        return -ENOBUFS;
    int e = wire_request_end(r);
    if (e < 0)
        return e;
    struct pending *p = malloc(sizeof(*p));
    if (!p)
        return -ENOMEM;
    *p = *what;
    e = queue_bytes(v, r->p, r->n);
    if (e < 0) {
        free(p);
        return e;
    }
    DL_APPEND(v->pending, p);
    v->waiting++;
    return 0;
}

int vici_send(struct vici *v, const struct vici_request *request)
{
    const size_t most = sizeof(request->arguments) / sizeof(request->arguments[0]);
    struct pending p = {
        .row_event = request->row_event, .row = request->row, .done = request->done, .ctx = request->ctx};
    struct wire_request r;
    wire_request_begin(&r, WIRE_REQUEST, request->name);
    for (size_t i = 0; i < most && request->arguments[i].key; i++)
        wire_request_put(&r, request->arguments[i].key, request->arguments[i].value);
    return queue(v, &r, &p);
}

int vici_register(struct vici *v, const char *event, vici_done *done, void *ctx)
{
    struct pending p = {.is_register = true, .done = done, .ctx = ctx};
    struct wire_request r;
    wire_request_begin(&r, WIRE_REGISTER, event);
    return queue(v, &r, &p);
}

size_t vici_waiting(const struct vici *v)
{
    return v->waiting;
}

uint64_t vici_packets(const struct vici *v)
{
    return v->packets;
}

struct bytes vici_output(const struct vici *v)
{
    return (struct bytes){v->out ? v->out + v->out_sent : "", v->out_n - v->out_sent};
}

void vici_written(struct vici *v, size_t n)
{
    v->out_sent += n;
    if (v->out_sent >= v->out_n)
        v->out_sent = v->out_n = 0;
}
