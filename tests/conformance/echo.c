/* SPDX-License-Identifier: Apache-2.0 */
#include "echo.h"

#include <stdlib.h>

#include "connection.h"

#define SLEEP_MAX  60u   /* seconds */
#define STRING_MAX 4096u /* characters of a string, its NUL among them */

enum opnum {
    ADD_ONE,
    ECHO_DATA,
    SINK_DATA,
    SOURCE_DATA,
    TEST_CALL,
    TEST_CALL2,
    TEST_SLEEP,
    TEST_ENUM,
    TEST_SURROUNDING,
    TEST_DOUBLE_POINTER,
    OPNUMS,
};

static void bad_stub(struct rpc_call *call)
{
    rpc_call_fault(call, RPC_FAULT_BAD_STUB, true);
}

/* A complete answer, if the parameters could be read to their end and nobody has changed the headers. */
static void reply(struct rpc_call *call, const struct rpc_rd *r, const struct rpc_wr *w)
{
    if (!rpc_rd_ok(r))
        bad_stub(call);
    else if (!rpc_call_check_trailer(call, r->pos))
        rpc_call_fault(call, RPC_FAULT_ACCESS_DENIED, true);
    else if (!rpc_wr_ok(w))
        rpc_call_fault(call, RPC_FAULT_UNSPEC, false);
    else
        rpc_call_reply(call, w->base, w->pos);
}

static void add_one(struct rpc_call *call, struct rpc_rd *r)
{
    uint8_t out[4];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    rpc_wr_u32(&w, rpc_rd_u32(r) + 1);
    reply(call, r, &w);
}

/* ---- bytes in and out ---- */

/* A length, and a conformant array of so many bytes. */
static const uint8_t *read_bytes(struct rpc_rd *r, uint32_t *n)
{
    *n = rpc_rd_u32(r);
    if (rpc_rd_u32(r) != *n)
        rpc_rd_fail(r);
    return rpc_rd_bytes(r, *n);
}

/* Room for an array of n bytes, which are to be freed; NULL after a fault. */
static uint8_t *begin_bytes(struct rpc_call *call, uint32_t n, struct rpc_wr *w)
{
    uint8_t *out = malloc(4 + (size_t)n);
    if (!out) {
        rpc_call_fault(call, RPC_FAULT_NO_MEMORY, true);
        return NULL;
    }
    *w = rpc_wr_init(out, 4 + (size_t)n);
    rpc_wr_u32(w, n);
    return out;
}

static void echo_data(struct rpc_call *call, struct rpc_rd *r)
{
    uint32_t n;
    struct rpc_wr w;
    const uint8_t *data = read_bytes(r, &n);
    if (!data) {
        bad_stub(call);
        return;
    }
    uint8_t *out = begin_bytes(call, n, &w);
    if (!out)
        return;
    rpc_wr_bytes(&w, data, n);
    reply(call, r, &w);
    free(out);
}

static void sink_data(struct rpc_call *call, struct rpc_rd *r)
{
    uint32_t n;
    uint8_t nothing[1];
    struct rpc_wr w = rpc_wr_init(nothing, 0);
    (void)read_bytes(r, &n);
    reply(call, r, &w);
}

/* An array that is made while it is sent: bytes that count up, behind their number. */
struct counting {
    uint8_t head[4];
    size_t pos;
};

static size_t pull_counting(void *ctx, uint8_t *dst, size_t cap)
{
    struct counting *c = ctx;
    for (size_t i = 0; i < cap; i++, c->pos++)
        dst[i] = c->pos < sizeof c->head ? c->head[c->pos] : (uint8_t)(c->pos - sizeof c->head);
    return cap;
}

static void source_data(struct rpc_call *call, struct rpc_rd *r)
{
    uint32_t n = rpc_rd_u32(r);
    if (!rpc_rd_ok(r)) {
        bad_stub(call);
        return;
    }
    struct counting *c = calloc(1, sizeof *c);
    if (!c) {
        rpc_call_fault(call, RPC_FAULT_NO_MEMORY, true);
        return;
    }
    rpc_put_u32(c->head, n);
    struct rpc_source source = {pull_counting, free, c, sizeof c->head + n};
    rpc_call_reply_source(call, &source);
}

/* ---- strings, unions, pointers ---- */

/* The string comes back behind a pointer. */
static void test_call(struct rpc_call *call, struct rpc_rd *r)
{
    uint8_t out[16 + 2 * STRING_MAX];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    (void)rpc_rd_u32(r); /* max_count, which is the client's own affair */
    uint32_t offset = rpc_rd_u32(r), n = rpc_rd_u32(r);
    if (offset != 0 || n == 0 || n > STRING_MAX)
        rpc_rd_fail(r);
    rpc_wr_u32(&w, 0x00020000);
    rpc_wr_u32(&w, n);
    rpc_wr_u32(&w, 0);
    rpc_wr_u32(&w, n);
    for (uint32_t i = 0; i < n && rpc_rd_ok(r); i++)
        rpc_wr_u16(&w, rpc_rd_u16(r));
    reply(call, r, &w);
}

static void put_hyper(struct rpc_wr *w, uint32_t v)
{
    rpc_wr_align(w, 8);
    rpc_wr_u32(w, v);
    rpc_wr_u32(w, 0);
}

/* The arm of echo_Info for a level; false when it has none. */
static bool put_info(struct rpc_wr *w, uint16_t level)
{
    rpc_wr_u16(w, level);
    switch (level) {
    case 1:
        rpc_wr_u8(w, 10);
        return true;
    case 2:
        rpc_wr_u16(w, 20);
        return true;
    case 3:
        rpc_wr_u32(w, 30);
        return true;
    case 4:
        put_hyper(w, 40);
        return true;
    case 5: /* a byte and a hyper: the union is aligned as its largest member */
    case 7:
        rpc_wr_align(w, 8);
        rpc_wr_u8(w, (uint8_t)(level * 10));
        put_hyper(w, level * 10u + 10);
        return true;
    case 6:
        rpc_wr_u8(w, 60);
        rpc_wr_u8(w, 70);
        return true;
    default:
        return false;
    }
}

static void test_call2(struct rpc_call *call, struct rpc_rd *r)
{
    uint8_t out[64];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    uint16_t level = rpc_rd_u16(r);
    if (rpc_rd_ok(r) && !put_info(&w, level)) {
        rpc_call_fault(call, RPC_FAULT_INVALID_TAG, false);
        return;
    }
    rpc_wr_u32(&w, 0); /* NTSTATUS */
    reply(call, r, &w);
}

/* echo_Enum2: an enumeration of 16 bits, and one of 32. */
static void copy_enums(struct rpc_rd *r, struct rpc_wr *w)
{
    rpc_rd_align(r, 4);
    rpc_wr_align(w, 4);
    rpc_wr_u16(w, rpc_rd_u16(r));
    rpc_wr_u32(w, rpc_rd_u32(r));
}

/* An enumeration, a structure of two, and a union of both that the first one discriminates: all come back. */
static void test_enum(struct rpc_call *call, struct rpc_rd *r)
{
    uint8_t out[64];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    uint16_t foo1 = rpc_rd_u16(r);
    rpc_wr_u16(&w, foo1);
    copy_enums(r, &w);
    if (rpc_rd_u16(r) != foo1)
        rpc_rd_fail(r);
    rpc_wr_u16(&w, foo1);
    if (foo1 == 1)
        rpc_wr_u16(&w, rpc_rd_u16(r));
    else
        copy_enums(r, &w);
    reply(call, r, &w);
}

/* An array behind its own length, and the whole behind its conformance: it comes back twice as long, and empty. */
static void test_surrounding(struct rpc_call *call, struct rpc_rd *r)
{
    uint8_t out[8 + 4 * STRING_MAX];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    uint32_t conformance = rpc_rd_u32(r), x = rpc_rd_u32(r);
    if (conformance != x || x > STRING_MAX)
        rpc_rd_fail(r);
    (void)rpc_rd_bytes(r, 2 * (size_t)x);
    rpc_wr_u32(&w, 2 * x);
    rpc_wr_u32(&w, 2 * x);
    rpc_wr_zero(&w, 4 * (size_t)x);
    reply(call, r, &w);
}

static void test_double_pointer(struct rpc_call *call, struct rpc_rd *r)
{
    uint8_t out[2];
    struct rpc_wr w = rpc_wr_init(out, sizeof out);
    bool there = rpc_rd_u32(r) != 0 && rpc_rd_u32(r) != 0;
    rpc_wr_u16(&w, there ? rpc_rd_u16(r) : 0);
    reply(call, r, &w);
}

/* ---- a call that is answered later ---- */

struct sleep {
    uv_timer_t timer;
    struct rpc_call *call;
    uint32_t seconds;
};

static void free_sleep(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_awake(uv_timer_t *timer)
{
    struct sleep *s = timer->data;
    struct connection *c = rpc_call_user(s->call);
    uint8_t out[4];
    rpc_put_u32(out, s->seconds);
    rpc_call_reply(s->call, out, sizeof out);
    connection_answered(c);
    uv_close((uv_handle_t *)timer, free_sleep);
}

static void test_sleep(struct rpc_call *call, struct rpc_rd *r, uv_loop_t *loop)
{
    uint32_t seconds = rpc_rd_u32(r);
    if (!rpc_rd_ok(r) || seconds > SLEEP_MAX) {
        bad_stub(call);
        return;
    }
    struct sleep *s = calloc(1, sizeof *s);
    if (!s || uv_timer_init(loop, &s->timer) < 0) {
        free(s);
        rpc_call_fault(call, RPC_FAULT_NO_MEMORY, true);
        return;
    }
    s->timer.data = s;
    s->call = call;
    s->seconds = seconds;
    (void)uv_timer_start(&s->timer, on_awake, seconds * 1000u, 0); /* fails without a callback only */
}

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    static void (*const simple[OPNUMS])(struct rpc_call * call, struct rpc_rd * r) = {
        [ADD_ONE] = add_one,
        [ECHO_DATA] = echo_data,
        [SINK_DATA] = sink_data,
        [SOURCE_DATA] = source_data,
        [TEST_CALL] = test_call,
        [TEST_CALL2] = test_call2,
        [TEST_ENUM] = test_enum,
        [TEST_SURROUNDING] = test_surrounding,
        [TEST_DOUBLE_POINTER] = test_double_pointer,
    };
    struct rpc_rd r = rpc_call_stub(call);
    uint16_t opnum = rpc_call_opnum(call);
    (void)user;
    if (opnum == TEST_SLEEP)
        test_sleep(call, &r, ctx);
    else
        simple[opnum](call, &r);
}

struct rpc_interface echo_interface(uv_loop_t *loop)
{
    return (struct rpc_interface){
        .id = {{0x60a15ec5, 0x4de8, 0x11d7, {0xa6, 0x37, 0x00, 0x50, 0x56, 0xa2, 0x01, 0x82}}, 1, 0},
        .name = "rpcecho",
        .opnums = OPNUMS,
        .dispatch = dispatch,
        .ctx = loop,
    };
}
