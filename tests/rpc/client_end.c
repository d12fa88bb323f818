/* SPDX-License-Identifier: Apache-2.0 */
#include "client_end.h"

static uint32_t sink(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct end *e = ctx;
    put(&e->got, p, n);
    e->pieces++;
    e->big = big;
    return e->refuse_with;
}

struct rpc_sink end_sink(struct end *e)
{
    return (struct rpc_sink){sink, e};
}

static struct rpc_syntax syntax(const char *hex)
{
    struct bytes b = {0};
    put_hex(&b, hex);
    struct rpc_rd r = rpc_rd_init(b.p, b.n, false);
    struct rpc_syntax s = rpc_rd_syntax(&r);
    drop(&b);
    return s;
}

void end_open(struct end *e)
{
    *e = (struct end){.ids = {syntax(IF_A), syntax(IF_B)}};
    struct rpc_client_config config = {.interfaces = e->ids, .n_interfaces = 2, .max_frag = 5840};
    e->c = rpc_client_new(&config);
    assert_non_null(e->c);
}

void end_close(struct end *e)
{
    rpc_client_free(e->c);
    drop(&e->got);
    drop(&e->sent);
}

void end_drain(struct end *e)
{
    size_t n;
    const uint8_t *p = rpc_client_output(e->c, &n);
    put(&e->sent, p, n);
    rpc_client_consumed(e->c, n);
}

/* Bytes from the server, in memory of just their size. */
void hear(struct end *e, struct bytes *in)
{
    uint8_t *copy = malloc(in->n ? in->n : 1);
    assert_non_null(copy);
    memcpy(copy, in->p, in->n);
    rpc_client_input(e->c, copy, in->n);
    free(copy);
    drop(in);
    end_drain(e);
}

void put_ack(struct bytes *in, unsigned type, uint32_t call_id, unsigned recv, unsigned n)
{
    (void)begin_pdu(in, type, FIRST | LAST, call_id);
    put16(in, 5840);
    put16(in, recv);
    put32(in, 7);
    put16(in, 4);
    put(in, "135", 4);
    put16(in, 0);
    put32(in, n);
}

void put_result(struct bytes *in, unsigned result, unsigned reason, const char *transfer)
{
    put16(in, result);
    put16(in, reason);
    put_hex(in, transfer);
}

const char *const ZERO = "00000000 00000000 00000000 00000000 00000000";

void end_bind(struct end *e)
{
    struct bytes in = {0};
    end_open(e);
    put_ack(&in, BIND_ACK, 1, 5840, 2);
    put_result(&in, 0, 0, NDR20);
    put_result(&in, 2, 1, ZERO);
    end_pdu(&in, 0);
    hear(e, &in);
    assert_int_equal(rpc_client_state(e->c), RPC_CLIENT_READY);
    assert_true(rpc_client_has_interface(e->c, 0));
    assert_false(rpc_client_has_interface(e->c, 1));
    assert_false(rpc_client_has_interface(e->c, 2));
    assert_int_equal(rpc_client_error(e->c), 0);
    e->sent.n = 0;
}

void end_call(struct end *e, const void *stub, size_t n)
{
    struct rpc_sink to = end_sink(e);
    e->got.n = 0;
    e->pieces = 0;
    assert_int_equal(rpc_client_call(e->c, 0, 5, stub, n, &to), 0);
    assert_int_equal(rpc_client_state(e->c), RPC_CLIENT_CALLING);
    end_drain(e);
}

void put_response(struct bytes *in, unsigned flags, uint32_t call_id, unsigned context, const void *stub, size_t n)
{
    size_t start = begin_pdu(in, RESPONSE, flags, call_id);
    put32(in, (uint32_t)n);
    put16(in, context);
    put16(in, 0);
    put(in, stub, n);
    end_pdu(in, start);
}

void put_fault(struct bytes *in, unsigned flags, uint32_t call_id, uint32_t status)
{
    size_t start = begin_pdu(in, FAULT, FIRST | LAST | flags, call_id);
    put32(in, 32);
    put32(in, 0);
    put32(in, status);
    put32(in, 0);
    end_pdu(in, start);
}

void expect_ready(const struct end *e, const char *stub)
{
    bool dne;
    assert_int_equal(rpc_client_state(e->c), RPC_CLIENT_READY);
    assert_int_equal(rpc_client_fault(e->c, &dne), 0);
    assert_int_equal(e->got.n, strlen(stub));
    if (e->got.n)
        assert_memory_equal(e->got.p, stub, e->got.n);
}
