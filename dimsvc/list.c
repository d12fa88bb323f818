/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of the enumerations, made while the network takes them: a head, the records one by one, a tail with the
 * counts, the resume handle and the return value. Memory does not depend on the number of records (but for one bit each
 * in opnum 45).
 *
 * Records are packed right where the network wants them. Only one that does not fit in what is left there, or would
 * stand at an odd address, goes through the spill buffer.
 */
#include "dimsvc/run.h"

#include <stdlib.h>
#include <string.h>

#include <mprerror.h>
#include <winerror.h>

/* More than head and tail have together. */
#define ENDS_MAX 64u
/* An answer never gets longer than what our own client takes; the rest comes with the next page. */
#define RECORD_BYTES_MAX (RPC_RESPONSE_STUB_MAX - ENDS_MAX)

struct dim_stream {
    struct dim_list list;
    size_t (*item_size)(const struct dim_stream *s);
    void (*item)(struct dim_stream *s, uint8_t *dst); /* packs item `next` */
    uint32_t level;
    size_t items, next;
    size_t pos; /* of item `next` in the stub */

    const uint8_t *ready; /* bytes that wait to be taken: head, spill or tail */
    size_t ready_len;
    size_t head_len, tail_len; /* tail_len 0: taken */
    uint8_t ends[ENDS_MAX];    /* head, then tail */
    _Alignas(8) uint8_t spill[DIM_RECORD_MAX];
    uint8_t ikev2[]; /* opnum 45: a bit for each item */
};

static size_t port_size(const struct dim_stream *s)
{
    (void)s;
    return DIM_PORT0_SIZE;
}

static void port_item(struct dim_stream *s, uint8_t *dst)
{
    struct dim_port p = {0};
    s->list.port(s->list.ctx, s->next, &p);
    dim_pack_port0(dst, &p);
}

static size_t connection_size(const struct dim_stream *s)
{
    return dim_connection_size(s->level);
}

static void connection_item(struct dim_stream *s, uint8_t *dst)
{
    struct dim_connection c = {0};
    s->list.connection(s->list.ctx, s->next, &c);
    dim_pack_connection(dst, s->level, &c);
}

static bool is_ikev2(const struct dim_stream *s)
{
    return (s->ikev2[s->next / 8] >> (s->next % 8) & 1) != 0;
}

/* A tag needs no alignment and follows the element before at once; its arm stands at the next multiple of 8. */
static size_t tag_size(const struct dim_stream *s)
{
    return DIM_CONNEX_TAG_SIZE - s->pos % DIM_CONNEX_TAG_SIZE;
}

static size_t connection_ex_size(const struct dim_stream *s)
{
    return tag_size(s) + dim_connection_ex_size(is_ikev2(s));
}

static void connection_ex_item(struct dim_stream *s, uint8_t *dst)
{
    struct dim_connection c = {0};
    s->list.connection(s->list.ctx, s->next, &c);
    memset(dst, 0, tag_size(s));
    dst[0] = 1;
    dim_pack_connection_ex(dst + tag_size(s), is_ikev2(s), &c);
}

/* Only when no bytes are ready. Packs to dst and says how many bytes, or makes the next bytes ready. */
static size_t next_part(struct dim_stream *s, uint8_t *dst, size_t cap)
{
    if (s->next == s->items) {
        s->ready = s->ends + s->head_len;
        s->ready_len = s->tail_len;
        s->tail_len = 0;
        return 0;
    }
    size_t size = s->item_size(s);
    bool direct = size <= cap && ((uintptr_t)dst & 1) == 0;
    s->item(s, direct ? dst : s->spill);
    if (!direct) {
        s->ready = s->spill;
        s->ready_len = size;
    }
    s->next++;
    s->pos += size;
    return direct ? size : 0;
}

static size_t take_ready(struct dim_stream *s, uint8_t *dst, size_t cap)
{
    size_t n = s->ready_len < cap ? s->ready_len : cap;
    memcpy(dst, s->ready, n);
    s->ready += n;
    s->ready_len -= n;
    return n;
}

static bool at_end(const struct dim_stream *s)
{
    return s->ready_len == 0 && s->next == s->items && s->tail_len == 0;
}

static size_t pull(void *ctx, uint8_t *dst, size_t cap)
{
    struct dim_stream *s = ctx;
    size_t n = 0;
    while (n < cap && !at_end(s)) {
        if (s->ready_len > 0)
            n += take_ready(s, dst + n, cap - n);
        else
            n += next_part(s, dst + n, cap - n);
    }
    return n;
}

static void destroy(void *ctx)
{
    struct dim_stream *s = ctx;
    s->list.close(s->list.ctx);
    free(s);
}

/* How many items one answer may have. 0xffffffff, which means no limit, is no special case: the cap is lower. */
static size_t page_max(size_t wanted, size_t item_size)
{
    size_t most = RECORD_BYTES_MAX / item_size;
    size_t n = wanted > 0 ? wanted : 1; /* a page of nothing would make the client ask for ever */
    return n < most ? n : most;
}

/* How many it does have. */
static size_t page(size_t max, size_t total)
{
    return max < total ? max : total;
}

/* NULL without memory; the list is then closed. */
static struct dim_stream *stream_new(struct dim_list *list, size_t items, size_t bits)
{
    struct dim_stream *s = malloc(sizeof *s + (bits + 7) / 8);
    if (!s) {
        list->close(list->ctx);
        return NULL;
    }
    s->list = *list;
    s->items = items;
    s->next = 0;
    s->level = 0;
    memset(s->ikev2, 0, (bits + 7) / 8);
    return s;
}

/* Resume handle and return value; then head and tail, made one behind the other in run->out, belong to the stream. */
static uint32_t stream_start(struct dim_run *run, struct dim_stream *s, size_t head_len, size_t record_bytes)
{
    bool more = s->items < s->list.total;
    uint32_t code = more ? ERROR_MORE_DATA : ERROR_SUCCESS;
    dim_reply_resume(run, more ? s->list.handle(s->list.ctx, s->items - 1) : 0);
    dim_reply_code(run, code);
    s->head_len = head_len;
    s->tail_len = run->out.pos - head_len;
    memcpy(s->ends, run->out.base, run->out.pos);
    s->ready = s->ends;
    s->ready_len = head_len;
    s->pos = head_len;
    run->source =
        (struct rpc_source){.pull = pull, .destroy = destroy, .ctx = s, .size = head_len + record_bytes + s->tail_len};
    run->outcome = DIM_OUT_SOURCE;
    return code;
}

static uint32_t nothing(struct dim_run *run, struct dim_list *list)
{
    list->close(list->ctx);
    dim_reply_empty(run, run->op->impl->out, ERROR_SUCCESS);
    return ERROR_SUCCESS;
}

/* Opnums 1 and 4: container, entries read, entries in all, resume handle. */
static uint32_t reply_records(struct dim_run *run, struct dim_stream *s)
{
    size_t size = s->item_size(s);
    rpc_wr_u32(&run->out, (uint32_t)(s->items * size));
    dim_reply_pointer(run);
    rpc_wr_u32(&run->out, (uint32_t)(s->items * size));
    size_t head_len = run->out.pos;
    rpc_wr_u32(&run->out, (uint32_t)s->items);
    rpc_wr_u32(&run->out, (uint32_t)s->list.total);
    return stream_start(run, s, head_len, s->items * size);
}

uint32_t dim_reply_ports(struct dim_run *run, struct dim_list *list)
{
    if (list->total == 0)
        return nothing(run, list);
    size_t max = page_max(run->args.preferred / DIM_PORT0_SIZE, DIM_PORT0_SIZE);
    struct dim_stream *s = stream_new(list, page(max, list->total), 0);
    if (!s)
        return ERROR_NOT_ENOUGH_MEMORY;
    s->item_size = port_size;
    s->item = port_item;
    return reply_records(run, s);
}

size_t dim_connections_max(const struct dim_run *run)
{
    size_t size = dim_connection_size(run->args.level);
    return page_max(run->args.preferred / size, size);
}

uint32_t dim_reply_connections(struct dim_run *run, struct dim_list *list)
{
    if (list->total == 0)
        return nothing(run, list);
    struct dim_stream *s = stream_new(list, page(dim_connections_max(run), list->total), 0);
    if (!s)
        return ERROR_NOT_ENOUGH_MEMORY;
    s->level = run->args.level;
    s->item_size = connection_size;
    s->item = connection_item;
    return reply_records(run, s);
}

/* Notes what kind each connection is and adds up the sizes. A connection that changes its kind later (its handle
 * belongs to nobody any more) is sent as what it was. */
static size_t classify(struct dim_stream *s, size_t start, struct dim_list *list)
{
    size_t n = s->items < list->total ? s->items : list->total;
    for (size_t i = 0; i < n; i++) {
        struct dim_connection c = {0};
        list->connection(list->ctx, i, &c);
        if (c.ikev2)
            s->ikev2[i / 8] |= (uint8_t)(1u << (i % 8));
    }
    s->pos = start;
    for (s->next = 0; s->next < s->items; s->next++) {
        s->pos += connection_ex_size(s);
    }
    s->next = 0;
    return s->pos - start;
}

/* The specification gives one entry more than fits into the preferred length, a rule of this operation only. */
size_t dim_connections_ex_max(const struct dim_run *run)
{
    const size_t size = DIM_CONNEX_TAG_SIZE + DIM_CONNEX_PPP_SIZE;
    return page_max(run->args.preferred / size + 1, size);
}

uint32_t dim_reply_connections_ex(struct dim_run *run, struct dim_list *list, struct dim_list *again)
{
    if (list->total == 0) {
        again->close(again->ctx);
        return nothing(run, list);
    }
    size_t items = page(dim_connections_ex_max(run), list->total);
    struct dim_stream *s = stream_new(list, items, items);
    if (!s) {
        again->close(again->ctx);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    s->item_size = connection_ex_size;
    s->item = connection_ex_item;
    rpc_wr_u32(&run->out, (uint32_t)items);
    rpc_wr_u32(&run->out, (uint32_t)list->total);
    dim_reply_pointer(run);
    rpc_wr_u32(&run->out, (uint32_t)items);
    size_t head_len = run->out.pos;
    size_t bytes = classify(s, head_len, again);
    again->close(again->ctx);
    return stream_start(run, s, head_len, bytes);
}
