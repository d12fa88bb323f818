/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanges whose bytes are known from other implementations, byte for byte. */
#include "peer.h"

#include "rpc/client.h"

/* A Windows-style bind: NDR20, NDR64 and feature negotiation for the same interface. */
static const char bind_with_three_contexts[] =
    "05000b03 10000000 a0000000 02000000 d016d016 00000000 03000000 00000100"
    "00f0098f edb7ce11 bbd20000 1a181cad 00000000 045d888a eb1cc911 9fe80800"
    "2b104860 02000000 01000100 00f0098f edb7ce11 bbd20000 1a181cad 00000000"
    "33057171 babe3749 8319b5db ef9ccc36 01000000 02000100 00f0098f edb7ce11"
    "bbd20000 1a181cad 00000000 2c1cb76c 12984045 03000000 00000000 01000000";

static const char one_context_bind[] = "05000b03 10000000 48000000 02000000 d016d016 00000000 01000000 00000100"
                                       "00f0098f edb7ce11 bbd20000 1a181cad 00000000 045d888a eb1cc911 9fe80800"
                                       "2b104860 02000000";

static const char disconnect_request[] = "05000003 10000000 1c000000 02000000 04000000 00000800 01000000";
static const char disconnect_response[] = "05000203 10000000 1c000000 02000000 04000000 00000000 00000000";

static void bind_with_three_contexts_is_answered_byte_for_byte(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    put_hex(&in, bind_with_three_contexts);
    assert_int_equal(in.n, 160);
    assert_int_equal(say(&w, &in), 0);
    /* Of the features, that the connection stays when a call is orphaned: there is no authentication here. */
    expect_hex(&w.out, 0, w.out.n,
               "05000c03 10000000 74000000 02000000 d016d016 45230100 0d005c50 4950455c"
               "524f5554 45520000 03000000 00000000 045d888a eb1cc911 9fe80800 2b104860"
               "02000000 02000200 00000000 00000000 00000000 00000000 00000000 03000200"
               "00000000 00000000 00000000 00000000 00000000");
    assert_true(rpc_server_is_bound(w.server));
    world_close(&w);
}

static void unknown_auth_type_is_refused_byte_for_byte(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    begin_bind(&in, BIND, FIRST | LAST, 2, 5840, 5840, 0, 1);
    put_context(&in, 0, IF_A, NDR20, NULL);
    end_pdu_auth(&in, 0, 9, 6, 0, 1, "token", 5);
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_hex(&w.out, 0, w.out.n, "05000d03 10000000 18000000 02000000 08000105 00000000");
    expect_end(&w, 24);
    world_close(&w);
}

static void opnum_out_of_range_is_refused_byte_for_byte(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST | LAST, 2, 0, 53, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    /* The example lacks DID_NOT_EXECUTE, which the rule asks for. */
    expect_hex(&w.out, 0, w.out.n, "05000323 10000000 20000000 02000000 20000000 00000000 0200011c 00000000");
    assert_int_equal(w.dispatched, 0);
    put_request(&in, FIRST | LAST, 3, 0, 52, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.dispatched, 1);
    world_close(&w);
}

static void port_disconnect_is_answered_byte_for_byte(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    put_hex(&in, one_context_bind);
    assert_int_equal(say(&w, &in), 0);
    forget(&w);
    w.behaviour = LATER;
    put_hex(&in, disconnect_request);
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.out.n, 0);
    assert_int_equal(w.opnum, 8);
    expect_hex(&w.stub, 0, w.stub.n, "01000000");
    assert_false(rpc_server_is_idle(w.server));
    rpc_call_reply(w.calls[0], "\0\0\0\0", 4);
    drain(&w);
    expect_hex(&w.out, 0, w.out.n, disconnect_response);
    assert_true(rpc_server_is_idle(w.server));
    world_close(&w);
}

static uint32_t collect(void *ctx, const uint8_t *p, size_t n, bool big)
{
    assert_false(big);
    put(ctx, p, n);
    return 0;
}

static void client_speaks_byte_for_byte(void **state)
{
    (void)state;
    struct bytes id = {0}, got = {0}, in = {0};
    put_hex(&id, IF_A);
    struct rpc_rd r = rpc_rd_init(id.p, id.n, false);
    struct rpc_syntax a = rpc_rd_syntax(&r);
    struct rpc_client_config config = {.interfaces = &a, .n_interfaces = 1, .max_frag = 5840};
    struct rpc_client *c = rpc_client_new(&config);
    assert_non_null(c);
    assert_int_equal(rpc_client_state(c), RPC_CLIENT_BINDING);
    size_t n;
    const uint8_t *p = rpc_client_output(c, &n);
    put(&got, p, n);
    rpc_client_consumed(c, n);
    assert_int_equal(get32(got.p + 12), 1); /* the example's bind is call 2 */
    got.p[12] = 2;
    expect_hex(&got, 0, got.n, one_context_bind);

    put_hex(&in, "05000c03 10000000 3c000000 01000000 d016d016 45230100 00000000 01000000"
                 "00000000 045d888a eb1cc911 9fe80800 2b104860 02000000");
    in.p[8] = (uint8_t)in.n;
    rpc_client_input(c, in.p, in.n);
    assert_int_equal(rpc_client_state(c), RPC_CLIENT_READY);
    got.n = 0;
    struct rpc_sink sink = {collect, &got};
    assert_int_equal(rpc_client_call(c, 0, 8, "\1\0\0\0", 4, &sink), 0);
    p = rpc_client_output(c, &n);
    struct bytes request = {0};
    put(&request, p, n);
    expect_hex(&request, 0, request.n, disconnect_request);
    in.n = 0;
    put_hex(&in, disconnect_response);
    rpc_client_input(c, in.p, in.n);
    assert_int_equal(rpc_client_state(c), RPC_CLIENT_READY);
    bool dne;
    assert_int_equal(rpc_client_fault(c, &dne), 0);
    expect_hex(&got, 0, got.n, "00000000");
    rpc_client_free(c);
    drop(&id), drop(&got), drop(&in), drop(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bind_with_three_contexts_is_answered_byte_for_byte),
        cmocka_unit_test(unknown_auth_type_is_refused_byte_for_byte),
        cmocka_unit_test(opnum_out_of_range_is_refused_byte_for_byte),
        cmocka_unit_test(port_disconnect_is_answered_byte_for_byte),
        cmocka_unit_test(client_speaks_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
