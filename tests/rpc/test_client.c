/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side: answers as they should be, and requests. */
#include "client_end.h"

#include <winerror.h>

/* ---- answers as they should be ---- */

static void answers_go_straight_to_the_sink(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    end_bind(&e);
    end_call(&e, NULL, 0);
    put_response(&in, FIRST | LAST, 2, 0, "hello", 5);
    hear(&e, &in);
    expect_ready(&e, "hello");
    assert_int_equal(e.pieces, 1);
    assert_false(e.big);

    end_call(&e, NULL, 0);
    put_response(&in, FIRST, 3, 0, "abc", 3);
    put_response(&in, 0, 3, 0, NULL, 0);
    put_response(&in, 0, 3, 0, "d", 1);
    put_small(&in, SHUTDOWN, 0); /* between fragments: tolerated */
    put_response(&in, LAST, 3, 0, NULL, 0);
    hear(&e, &in);
    expect_ready(&e, "abcd");
    assert_int_equal(e.pieces, 2); /* never with nothing */

    end_call(&e, NULL, 0);
    put_response(&in, FIRST | LAST, 4, 0, NULL, 0);
    hear(&e, &in);
    expect_ready(&e, "");
    assert_int_equal(e.pieces, 0);
    end_close(&e);
}

static void lies_in_alloc_hint_change_nothing_for_a_client(void **state)
{
    (void)state;
    static const uint32_t hints[] = {0, 1, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
        struct end e;
        struct bytes in = {0};
        end_bind(&e);
        end_call(&e, NULL, 0);
        for (unsigned flags = FIRST; flags <= LAST; flags++) {
            size_t start = in.n;
            put_response(&in, flags, 2, 0, "abc", 3);
            for (size_t k = 0; k < 4; k++)
                in.p[start + 16 + k] = (uint8_t)(hints[i] >> 8 * k);
        }
        hear(&e, &in);
        expect_ready(&e, "abcabc");
        end_close(&e);
    }
}

static void answers_are_delivered_as_they_come(void **state)
{
    (void)state;
    static uint8_t stub[5000];
    struct end e;
    struct bytes in = {0};
    end_bind(&e);
    end_call(&e, NULL, 0);
    put_response(&in, FIRST | LAST, 2, 0, stub, sizeof stub);
    struct bytes part = {0};
    put(&part, in.p, 1024);
    hear(&e, &part);
    assert_int_equal(e.got.n, 1000); /* without waiting for the fragment's end */
    assert_int_equal(rpc_client_state(e.c), RPC_CLIENT_CALLING);
    put(&part, in.p + 1024, in.n - 1024 - 1);
    hear(&e, &part);
    assert_int_equal(e.got.n, 4999);
    assert_int_equal(rpc_client_state(e.c), RPC_CLIENT_CALLING);
    put(&part, in.p + in.n - 1, 1);
    hear(&e, &part);
    assert_int_equal(rpc_client_state(e.c), RPC_CLIENT_READY);
    drop(&in);
    end_close(&e);
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 80; piece++) {
        struct end e;
        struct bytes in = {0};
        end_bind(&e);
        end_call(&e, NULL, 0);
        put_response(&in, FIRST, 2, 0, "0123456789", 10);
        put_response(&in, 0, 2, 0, "abcdefghijklmnopqrstuvwxyz", 26);
        put_response(&in, LAST, 2, 0, "!", 1);
        for (size_t i = 0; i < in.n; i += piece) {
            struct bytes part = {0};
            put(&part, in.p + i, in.n - i < piece ? in.n - i : piece);
            hear(&e, &part);
        }
        expect_ready(&e, "0123456789abcdefghijklmnopqrstuvwxyz!");
        drop(&in);
        end_close(&e);
    }
}

static void big_endian_answers_are_read(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    end_bind(&e);
    end_call(&e, NULL, 0);
    put_hex(&in, "05000203 00000000 001c 0000 00000002 00000004 0000 0000 01020304");
    hear(&e, &in);
    expect_ready(&e, "\x01\x02\x03\x04");
    assert_true(e.big);
    end_call(&e, NULL, 0);
    put_hex(&in, "05000323 00000000 0020 0000 00000003 00000020 0000 0000 1c010002 00000000");
    hear(&e, &in);
    bool dne;
    assert_int_equal(rpc_client_fault(e.c, &dne), RPC_FAULT_OP_RANGE);
    assert_true(dne);
    end_close(&e);
}

static void faults_end_the_call_and_not_the_connection(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    bool dne = true;
    end_bind(&e);
    end_call(&e, NULL, 0);
    put_fault(&in, 0, 2, RPC_FAULT_ACCESS_DENIED);
    hear(&e, &in);
    assert_int_equal(rpc_client_state(e.c), RPC_CLIENT_READY);
    assert_int_equal(rpc_client_fault(e.c, &dne), RPC_FAULT_ACCESS_DENIED);
    assert_false(dne);
    end_call(&e, NULL, 0); /* in the middle of a response */
    put_response(&in, FIRST, 3, 0, "part", 4);
    put_fault(&in, DNE, 3, RPC_FAULT_UNSPEC);
    hear(&e, &in);
    assert_int_equal(rpc_client_fault(e.c, &dne), RPC_FAULT_UNSPEC);
    assert_true(dne);
    end_call(&e, NULL, 0); /* a status that means success is no success */
    put_fault(&in, 0, 4, 0);
    hear(&e, &in);
    assert_int_equal(rpc_client_fault(e.c, &dne), RPC_FAULT_PROTO_ERROR);
    end_call(&e, NULL, 0);
    put_response(&in, FIRST | LAST, 5, 0, "fine", 4);
    hear(&e, &in);
    expect_ready(&e, "fine");
    assert_int_equal(rpc_client_fault(e.c, &dne), 0);
    assert_false(dne);
    end_close(&e);
}

static void requests_are_cut_to_what_the_server_takes(void **state)
{
    (void)state;
    static uint8_t stub[RPC_REQUEST_STUB_MAX];
    for (size_t i = 0; i < sizeof stub; i++)
        stub[i] = stream_byte(i);
    static const size_t sizes[] = {0, 1, 1975, 1976, 1977, 2 * 1976, 2 * 1976 + 1, sizeof stub};
    struct end e;
    struct bytes in = {0};
    end_open(&e);
    put_ack(&in, BIND_ACK, 1, 2001, 2); /* its max_recv_frag: 2000 is the multiple of eight */
    put_result(&in, 0, 0, NDR20);
    put_result(&in, 0, 0, NDR20);
    end_pdu(&in, 0);
    hear(&e, &in);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        e.sent.n = 0;
        end_call(&e, stub, sizes[i]);
        size_t pos = 0, got = 0;
        unsigned flags;
        do {
            struct seen s = next_pdu(&e.sent, &pos);
            flags = s.flags;
            assert_int_equal(s.type, REQUEST);
            assert_true(s.frag_length <= 2000);
            assert_int_equal(!!(flags & FIRST), got == 0);
            assert_int_equal(get32(s.p + 16), sizes[i] - got);
            assert_int_equal(get16(s.p + 22), 5);
            assert_memory_equal(s.p + 24, stub + got, s.frag_length - 24);
            got += s.frag_length - 24;
        } while (!(flags & LAST));
        assert_int_equal(got, sizes[i]);
        assert_int_equal(pos, e.sent.n);
        put_response(&in, FIRST | LAST, (uint32_t)(2 + i), 0, NULL, 0);
        hear(&e, &in);
    }
    struct rpc_sink to = end_sink(&e);
    assert_int_equal(rpc_client_call(e.c, 0, 5, stub, sizeof stub + 1, &to), -EINVAL);
    end_close(&e);
}

static void calls_are_refused_when_they_cant_begin(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    struct rpc_sink to = end_sink(&e);
    end_open(&e);
    assert_int_equal(rpc_client_call(e.c, 0, 0, NULL, 0, &to), -EINVAL); /* still binding */
    end_close(&e);
    end_bind(&e);
    assert_int_equal(rpc_client_call(e.c, 1, 0, NULL, 0, &to), -EINVAL); /* was not accepted */
    assert_int_equal(rpc_client_call(e.c, 2, 0, NULL, 0, &to), -EINVAL);
    end_call(&e, NULL, 0);
    assert_int_equal(rpc_client_call(e.c, 0, 0, NULL, 0, &to), -EINVAL); /* one at a time */
    put_small(&in, 255, 0);
    hear(&e, &in);
    assert_int_equal(rpc_client_state(e.c), RPC_CLIENT_BROKEN);
    assert_int_equal(rpc_client_call(e.c, 0, 0, NULL, 0, &to), -EINVAL);
    end_close(&e);
}

static void impossible_configurations_are_refused(void **state)
{
    (void)state;
    struct rpc_syntax ids[RPC_CONTEXTS_MAX + 1] = {{{0}}};
    struct rpc_client_config config = {.interfaces = ids, .n_interfaces = 0, .max_frag = 5840};
    assert_null(rpc_client_new(&config));
    config.n_interfaces = RPC_CONTEXTS_MAX + 1;
    assert_null(rpc_client_new(&config));
    config.n_interfaces = RPC_CONTEXTS_MAX;
    config.max_frag = RPC_FRAG_MIN - 1;
    assert_null(rpc_client_new(&config));
    config.max_frag = RPC_FRAG_MIN;
    struct rpc_client *c = rpc_client_new(&config);
    assert_non_null(c);
    rpc_client_free(c);
    rpc_client_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_go_straight_to_the_sink),
        cmocka_unit_test(lies_in_alloc_hint_change_nothing_for_a_client),
        cmocka_unit_test(answers_are_delivered_as_they_come),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(big_endian_answers_are_read),
        cmocka_unit_test(faults_end_the_call_and_not_the_connection),
        cmocka_unit_test(requests_are_cut_to_what_the_server_takes),
        cmocka_unit_test(calls_are_refused_when_they_cant_begin),
        cmocka_unit_test(impossible_configurations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
