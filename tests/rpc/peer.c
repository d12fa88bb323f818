/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

const char *const NDR20 = "045d888a eb1cc911 9fe80800 2b104860 02000000";
const char *const NDR64 = "33057171 babe3749 8319b5db ef9ccc36 01000000";
const char *const FEATURES = "2c1cb76c 12984045 03000000 00000000 01000000";
const char *const NOBODYS = "01020304 05060708 090a0b0c 0d0e0f10 01000000";
const char *const IF_A = "00f0098f edb7ce11 bbd20000 1a181cad 00000000";
const char *const IF_B = "aaaaaaaa bbbbcccc dddddddd dddddddd 02000300"; /* 2.3 */
const char *const IF_MGMT = "80bda8af 8a7dc911 bef40800 2b102989 01000000";
const char *const IF_UNKNOWN = "ffffffff eeeedddd cccccccc cccccccc 01000000";

void put(struct bytes *b, const void *p, size_t n)
{
    if (b->n + n > b->cap) {
        b->cap = (b->n + n) * 2;
        b->p = realloc(b->p, b->cap);
        assert_non_null(b->p);
    }
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}

void put8(struct bytes *b, unsigned v)
{
    uint8_t c = (uint8_t)v;
    put(b, &c, 1);
}

void put16(struct bytes *b, unsigned v)
{
    put8(b, v & 0xff);
    put8(b, v >> 8 & 0xff);
}

void put32(struct bytes *b, uint32_t v)
{
    put16(b, v & 0xffff);
    put16(b, v >> 16);
}

void put_be16(struct bytes *b, unsigned v)
{
    put8(b, v >> 8 & 0xff);
    put8(b, v & 0xff);
}

void put_be32(struct bytes *b, uint32_t v)
{
    put_be16(b, v >> 16);
    put_be16(b, v & 0xffff);
}

void put_hex(struct bytes *b, const char *hex)
{
    unsigned v;
    int n;
    while (sscanf(hex, " %2x%n", &v, &n) == 1) {
        put8(b, v);
        hex += n;
    }
}

void drop(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){0};
}

size_t begin_pdu(struct bytes *b, unsigned type, unsigned flags, uint32_t call_id)
{
    size_t start = b->n;
    put8(b, 5);
    put8(b, 0);
    put8(b, type);
    put8(b, flags);
    put32(b, 0x10);
    put32(b, 0);
    put32(b, call_id);
    return start;
}

void end_pdu(struct bytes *b, size_t start)
{
    size_t n = b->n - start;
    b->p[start + 8] = (uint8_t)n;
    b->p[start + 9] = (uint8_t)(n >> 8);
}

void end_pdu_auth(struct bytes *b, size_t start, unsigned type, unsigned level, unsigned pad, uint32_t context_id,
                  const void *token, size_t token_len)
{
    put8(b, type);
    put8(b, level);
    put8(b, pad);
    put8(b, 0);
    put32(b, context_id);
    put(b, token, token_len);
    end_pdu(b, start);
    b->p[start + 10] = (uint8_t)token_len;
    b->p[start + 11] = (uint8_t)(token_len >> 8);
}

void begin_bind(struct bytes *b, unsigned type, unsigned flags, uint32_t call_id, unsigned xmit, unsigned recv,
                uint32_t group, unsigned n)
{
    (void)begin_pdu(b, type, flags, call_id);
    put16(b, xmit);
    put16(b, recv);
    put32(b, group);
    put32(b, n);
}

void put_context(struct bytes *b, unsigned id, const char *abstract, ...)
{
    put16(b, id);
    size_t count = b->n;
    put16(b, 0);
    put_hex(b, abstract);
    va_list ap;
    va_start(ap, abstract);
    const char *transfer;
    while ((transfer = va_arg(ap, const char *))) {
        put_hex(b, transfer);
        b->p[count]++;
    }
    va_end(ap);
}

void put_plain_bind(struct bytes *b, unsigned flags)
{
    size_t start = b->n;
    begin_bind(b, BIND, FIRST | LAST | flags, 1, 5840, 5840, 0, 2);
    put_context(b, 0, IF_A, NDR20, NULL);
    put_context(b, 1, IF_B, NDR20, NULL);
    end_pdu(b, start);
}

void put_request(struct bytes *b, unsigned flags, uint32_t call_id, unsigned context, unsigned opnum, const void *stub,
                 size_t n)
{
    size_t start = begin_pdu(b, REQUEST, flags, call_id);
    put32(b, (uint32_t)n);
    put16(b, context);
    put16(b, opnum);
    if (flags & OBJECT)
        put_hex(b, "0102030405060708090a0b0c0d0e0f10");
    put(b, stub, n);
    end_pdu(b, start);
}

void put_small(struct bytes *b, unsigned type, uint32_t call_id)
{
    end_pdu(b, begin_pdu(b, type, FIRST | LAST, call_id));
}

uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

struct seen next_pdu(const struct bytes *out, size_t *pos)
{
    assert_true(out->n - *pos >= 16);
    const uint8_t *p = out->p + *pos;
    struct seen s = {.p = p, .type = p[2], .flags = p[3], .frag_length = get16(p + 8), .auth_length = get16(p + 10)};
    s.call_id = get32(p + 12);
    assert_int_equal(p[0], 5);
    assert_int_equal(p[1], 0);
    assert_int_equal(get32(p + 4), 0x10);
    assert_true(s.frag_length >= 16 && s.frag_length <= out->n - *pos);
    *pos += s.frag_length;
    if (s.type == RESPONSE || s.type == FAULT) {
        assert_true(s.frag_length >= (s.type == FAULT ? 32u : 24u));
        s.hint = get32(p + 16);
        s.context = get16(p + 20);
        assert_int_equal(get16(p + 22), 0);
        s.status = s.type == FAULT ? get32(p + 24) : 0;
        s.stub = p + 24;
        s.stub_len = s.frag_length - 24 - (s.auth_length ? s.auth_length + 8 : 0);
    } else if (s.type == BIND_NAK) {
        assert_true(s.frag_length >= 18);
        s.reason = get16(p + 16);
    }
    return s;
}

/* ---- the association ---- */

uint8_t stream_byte(size_t i)
{
    return (uint8_t)(i * 7 + i / 251);
}

struct stream {
    struct world *w;
    size_t pos, size;
};

static size_t pull(void *ctx, uint8_t *dst, size_t cap)
{
    struct stream *st = ctx;
    size_t n = st->w->pull_most && st->w->pull_most < cap ? st->w->pull_most : cap;
    assert_true(cap > 0);
    if (st->w->pull_fails_at && st->pos >= st->w->pull_fails_at)
        return 0;
    for (size_t i = 0; i < n; i++)
        dst[i] = stream_byte(st->pos + i);
    st->pos += n;
    st->w->pulled += n;
    assert_true(st->pos <= st->size);
    return n;
}

static void destroy_stream(void *ctx)
{
    struct stream *st = ctx;
    st->w->destroyed++;
    free(st);
}

struct rpc_source stream_source(struct world *w, size_t size)
{
    struct stream *st = malloc(sizeof *st);
    assert_non_null(st);
    *st = (struct stream){w, 0, size};
    return (struct rpc_source){.pull = pull, .destroy = destroy_stream, .ctx = st, .size = size};
}

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    struct world *w = ctx;
    assert_ptr_equal(user, w);
    assert_ptr_equal(rpc_call_user(call), w);
    struct rpc_rd stub = rpc_call_stub(call);
    w->dispatched++;
    w->stub.n = 0;
    put(&w->stub, stub.base, stub.len);
    w->big = stub.big;
    w->opnum = rpc_call_opnum(call);
    w->interface = rpc_call_interface(call);
    if (w->check_trailer)
        w->trailer_ok = rpc_call_check_trailer(call, w->decoded);
    if (w->behaviour == ECHO) {
        rpc_call_reply(call, stub.base, stub.len);
    } else if (w->behaviour == LATER) {
        assert_true(w->n_calls < MAX_CALLS);
        w->calls[w->n_calls++] = call;
    } else if (w->behaviour == STREAM) {
        struct rpc_source source = stream_source(w, w->stream_size);
        rpc_call_reply_source(call, &source);
    } else {
        rpc_call_fault(call, w->status, false);
    }
}

static struct rpc_interface interface(struct world *w, const char *id, const char *name, uint16_t opnums)
{
    struct bytes b = {0};
    put_hex(&b, id);
    struct rpc_rd r = rpc_rd_init(b.p, b.n, false);
    struct rpc_interface i = {.id = rpc_rd_syntax(&r), .name = name, .opnums = opnums, .dispatch = dispatch, .ctx = w};
    assert_true(rpc_rd_ok(&r));
    drop(&b);
    return i;
}

void world_open_with(struct world *w, unsigned max_frag)
{
    *w = (struct world){0};
    w->a = interface(w, IF_A, "a", 53);
    w->b = interface(w, IF_B, "b", 2);
    w->interfaces[0] = &w->a;
    w->interfaces[1] = &w->b;
    w->config = (struct rpc_server_config){.interfaces = w->interfaces,
                                           .n_interfaces = 2,
                                           .max_frag = (uint16_t)max_frag,
                                           .sec_addr = "\\PIPE\\ROUTER",
                                           .offer_mgmt = true,
                                           .groups = &w->groups};
    w->groups.last = 0x12344;
}

void world_start(struct world *w)
{
    w->server = rpc_server_new(&w->config, w);
    assert_non_null(w->server);
}

void world_open(struct world *w)
{
    world_open_with(w, 5840);
    world_start(w);
}

void world_bind(struct world *w, unsigned flags)
{
    struct bytes in = {0};
    put_plain_bind(&in, flags);
    assert_int_equal(say(w, &in), 0);
    assert_int_equal(w->out.p[2], BIND_ACK);
    forget(w);
}

void world_close(struct world *w)
{
    rpc_server_free(w->server);
    w->server = NULL;
    drop(&w->out);
    drop(&w->stub);
}

int feed(struct world *w, const struct bytes *in)
{
    /* A copy of just that size: reading beyond it is seen by the sanitizer. */
    uint8_t *copy = malloc(in->n ? in->n : 1);
    assert_non_null(copy);
    memcpy(copy, in->p, in->n);
    int rc = rpc_server_input(w->server, copy, in->n);
    free(copy);
    return rc;
}

void drain(struct world *w)
{
    const uint8_t *p;
    size_t n;
    while ((p = rpc_server_output(w->server, &n))) {
        put(&w->out, p, n);
        rpc_server_consumed(w->server, n);
    }
    assert_int_equal(n, 0);
}

int say(struct world *w, struct bytes *in)
{
    int rc = feed(w, in);
    drop(in);
    drain(w);
    return rc;
}

void forget(struct world *w)
{
    drain(w);
    w->out.n = 0;
}

struct seen expect_response(struct world *w, size_t *pos, uint32_t call_id)
{
    struct seen s = next_pdu(&w->out, pos);
    assert_int_equal(s.type, RESPONSE);
    assert_int_equal(s.call_id, call_id);
    return s;
}

void expect_fault(struct world *w, size_t *pos, uint32_t call_id, unsigned context, uint32_t status, bool dne)
{
    struct seen s = next_pdu(&w->out, pos);
    assert_int_equal(s.type, FAULT);
    assert_int_equal(s.call_id, call_id);
    assert_int_equal(s.context, context);
    assert_int_equal(s.status, status);
    assert_int_equal(s.flags, FIRST | LAST | (dne ? DNE : 0));
    assert_int_not_equal(s.hint, 0);
}

void expect_nak(struct world *w, size_t *pos, uint32_t call_id, unsigned reason)
{
    struct seen s = next_pdu(&w->out, pos);
    assert_int_equal(s.type, BIND_NAK);
    assert_int_equal(s.call_id, call_id);
    assert_int_equal(s.reason, reason);
    assert_int_equal(s.frag_length, 24);
    assert_memory_equal(s.p + 18, "\x01\x05\x00\x00\x00\x00", 6);
}

void expect_end(struct world *w, size_t pos)
{
    assert_int_equal(w->out.n, pos);
    assert_non_null(rpc_server_close_reason(w->server));
    assert_true(rpc_server_finished(w->server));
    assert_false(rpc_server_wants_input(w->server));
}

void expect_alive(struct world *w, size_t pos)
{
    assert_int_equal(w->out.n, pos);
    assert_null(rpc_server_close_reason(w->server));
    assert_false(rpc_server_finished(w->server));
}

void expect_hex(const struct bytes *b, size_t from, size_t n, const char *hex)
{
    struct bytes want = {0};
    put_hex(&want, hex);
    assert_int_equal(n, want.n);
    assert_true(from + n <= b->n);
    assert_memory_equal(b->p + from, want.p, n);
    drop(&want);
}
