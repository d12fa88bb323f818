/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side: servers that refuse, and servers that lie. */
#include "client_end.h"

#include <winerror.h>

/* ---- refusals of the bind ---- */

static void expect_broken(struct end *e, struct bytes *in, uint32_t error)
{
    hear(e, in);
    assert_int_equal(rpc_client_state(e->c), RPC_CLIENT_BROKEN);
    assert_int_equal(rpc_client_error(e->c), error);
    e->sent.n = 0;
    put_response(in, FIRST | LAST, 1, 0, "more", 4); /* more input changes nothing */
    hear(e, in);
    assert_int_equal(rpc_client_error(e->c), error);
    assert_int_equal(e->sent.n, 0);
    end_close(e);
}

static void bind_naks_become_win32_codes(void **state)
{
    (void)state;
    static const struct {
        unsigned reason;
        uint32_t error;
    } rows[] = {
        {0, RPC_S_CALL_FAILED_DNE},  {1, RPC_S_CALL_FAILED_DNE},       {2, RPC_S_SERVER_TOO_BUSY},
        {4, RPC_S_PROTOCOL_ERROR},   {8, RPC_S_UNKNOWN_AUTHN_SERVICE}, {9, RPC_S_SEC_PKG_ERROR},
        {77, RPC_S_CALL_FAILED_DNE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct end e;
        struct bytes in = {0};
        end_open(&e);
        (void)begin_pdu(&in, BIND_NAK, FIRST | LAST, 1);
        put16(&in, rows[i].reason); /* the list of versions may be missing */
        end_pdu(&in, 0);
        expect_broken(&e, &in, rows[i].error);
    }
}

static void results_of_contexts_become_win32_codes(void **state)
{
    (void)state;
    static const struct {
        unsigned result, reason;
        bool ndr64;
        uint32_t error;
    } rows[] = {
        {2, 1, false, RPC_S_UNKNOWN_IF}, {2, 2, false, RPC_S_UNSUPPORTED_TRANS_SYN},
        {2, 0, false, RPC_S_UNKNOWN_IF}, {1, 0, false, RPC_S_UNKNOWN_IF},
        {3, 3, false, RPC_S_UNKNOWN_IF}, {0, 0, true, RPC_S_PROTOCOL_ERROR}, /* accepted, but not what was asked for */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct end e;
        struct bytes in = {0};
        end_open(&e);
        put_ack(&in, BIND_ACK, 1, 5840, 2);
        put_result(&in, rows[i].result, rows[i].reason, rows[i].ndr64 ? NDR64 : ZERO);
        put_result(&in, 2, 1, ZERO);
        end_pdu(&in, 0);
        expect_broken(&e, &in, rows[i].error);
    }
}

/* ---- hostile servers ---- */

static void ack_with_one_result(struct bytes *in)
{
    put_ack(in, BIND_ACK, 1, 5840, 1);
    put_result(in, 0, 0, NDR20);
    end_pdu(in, 0);
}

static void ack_with_three_results(struct bytes *in)
{
    put_ack(in, BIND_ACK, 1, 5840, 3);
    for (int i = 0; i < 3; i++)
        put_result(in, 0, 0, NDR20);
    end_pdu(in, 0);
}

static void good_ack(struct bytes *in)
{
    put_ack(in, BIND_ACK, 1, 5840, 2);
    put_result(in, 0, 0, NDR20);
    put_result(in, 0, 0, NDR20);
    end_pdu(in, 0);
}

static void ack_that_ends_early(struct bytes *in)
{
    good_ack(in);
    in->n--;
    end_pdu(in, 0);
}

static void ack_with_long_address(struct bytes *in)
{
    good_ack(in);
    in->p[24] = in->p[25] = 0xff;
}

static void ack_of_another_call(struct bytes *in)
{
    good_ack(in);
    in->p[12] = 2;
}

static void ack_with_small_fragments(struct bytes *in)
{
    good_ack(in);
    rpc_put_u16(in->p + 18, RPC_FRAG_MIN - 1);
}

static void alter_resp_for_bind(struct bytes *in)
{
    good_ack(in);
    in->p[2] = ALTER_RESP;
}

static void response_for_bind(struct bytes *in)
{
    put_response(in, FIRST | LAST, 1, 0, NULL, 0);
}

static void request_for_bind(struct bytes *in)
{
    good_ack(in);
    in->p[2] = REQUEST;
}

static void version_4(struct bytes *in)
{
    good_ack(in);
    in->p[0] = 4;
}

static void short_nak(struct bytes *in)
{
    (void)begin_pdu(in, BIND_NAK, FIRST | LAST, 1);
    put8(in, 0);
    end_pdu(in, 0);
}

static void zero_length(struct bytes *in)
{
    good_ack(in);
    in->p[8] = in->p[9] = 0;
}

static void bad_answers_to_a_bind_break_it(void **state)
{
    (void)state;
    static void (*const rows[])(struct bytes *) = {
        ack_with_one_result, ack_with_three_results,
        ack_that_ends_early, ack_with_long_address,
        ack_of_another_call, ack_with_small_fragments,
        alter_resp_for_bind, response_for_bind,
        request_for_bind,    version_4,
        short_nak,           zero_length,
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct end e;
        struct bytes in = {0};
        end_open(&e);
        rows[i](&in);
        expect_broken(&e, &in, RPC_S_PROTOCOL_ERROR);
    }
}

static void fault_for_a_bind_breaks_it(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    end_open(&e);
    put_fault(&in, 0, 1, RPC_FAULT_ACCESS_DENIED);
    expect_broken(&e, &in, ERROR_ACCESS_DENIED);
}

static void wrong_call_id(struct bytes *in)
{
    put_response(in, FIRST | LAST, 3, 0, NULL, 0);
}

static void wrong_context(struct bytes *in)
{
    put_response(in, FIRST | LAST, 2, 1, NULL, 0);
}

static void no_first(struct bytes *in)
{
    put_response(in, LAST, 2, 0, NULL, 0);
}

static void first_twice(struct bytes *in)
{
    put_response(in, FIRST, 2, 0, "a", 1);
    put_response(in, FIRST | LAST, 2, 0, "a", 1);
}

static void fragment_of_another_call(struct bytes *in)
{
    put_response(in, FIRST, 2, 0, "a", 1);
    put_response(in, LAST, 1, 0, "a", 1);
}

static void context_changes(struct bytes *in)
{
    put_response(in, FIRST, 2, 0, "a", 1);
    put_response(in, LAST, 2, 1, "a", 1);
}

static void byte_order_changes(struct bytes *in)
{
    put_response(in, FIRST, 2, 0, "a", 1);
    put_hex(in, "05000202 00000000 001c 0000 00000002 00000004 0000 0000 01020304");
}

static void too_long_a_fragment(struct bytes *in)
{
    static const uint8_t stub[5840];
    put_response(in, FIRST | LAST, 2, 0, stub, 5840 - 24 + 1);
    in->n = 16;
}

static void too_short_a_fragment(struct bytes *in)
{
    put_response(in, FIRST | LAST, 2, 0, NULL, 0);
    in->p[8] = 23;
}

static void short_fault(struct bytes *in)
{
    put_fault(in, 0, 2, 5);
    in->p[8] = 31;
}

static void fault_of_another_call(struct bytes *in)
{
    put_fault(in, 0, 1, 5);
}

static void verifier_from_nowhere(struct bytes *in)
{
    put_response(in, FIRST | LAST, 2, 0, "stub", 4);
    end_pdu_auth(in, 0, 9, 5, 0, 0, "token", 5);
}

static void verifier_beyond_the_end(struct bytes *in)
{
    put_response(in, FIRST | LAST, 2, 0, "stub", 4);
    rpc_put_u16(in->p + 10, 0xfff0);
}

static void bind_ack_for_a_call(struct bytes *in)
{
    good_ack(in);
    in->p[12] = 2;
}

static void bind_for_a_call(struct bytes *in)
{
    put_plain_bind(in, 0);
}

static void bad_answers_to_a_call_break_it(void **state)
{
    (void)state;
    static void (*const rows[])(struct bytes *) = {
        wrong_call_id,
        wrong_context,
        no_first,
        first_twice,
        fragment_of_another_call,
        context_changes,
        byte_order_changes,
        too_long_a_fragment,
        too_short_a_fragment,
        short_fault,
        fault_of_another_call,
        verifier_from_nowhere,
        verifier_beyond_the_end,
        bind_ack_for_a_call,
        bind_for_a_call,
        zero_length,
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct end e;
        struct bytes in = {0};
        end_bind(&e);
        end_call(&e, NULL, 0);
        rows[i](&in);
        expect_broken(&e, &in, RPC_S_PROTOCOL_ERROR);
    }
}

static void unasked_answers_break_it(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    end_bind(&e);
    put_small(&in, SHUTDOWN, 0); /* but this one is tolerated */
    hear(&e, &in);
    assert_int_equal(rpc_client_state(e.c), RPC_CLIENT_READY);
    end_call(&e, NULL, 0);
    put_response(&in, FIRST | LAST, 2, 0, "ok", 2);
    put_response(&in, FIRST | LAST, 2, 0, "again", 5);
    hear(&e, &in);
    assert_int_equal(e.got.n, 2);
    assert_int_equal(rpc_client_state(e.c), RPC_CLIENT_BROKEN);
    assert_int_equal(rpc_client_error(e.c), RPC_S_PROTOCOL_ERROR);
    end_close(&e);
}

static void sink_can_refuse(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    end_bind(&e);
    end_call(&e, NULL, 0);
    e.refuse_with = RPC_X_BAD_STUB_DATA;
    put_response(&in, FIRST, 2, 0, "a", 1);
    put_response(&in, LAST, 2, 0, "b", 1);
    hear(&e, &in);
    assert_int_equal(e.pieces, 1);
    assert_int_equal(rpc_client_error(e.c), RPC_X_BAD_STUB_DATA);
    end_close(&e);
}

static uint32_t count(void *ctx, const uint8_t *p, size_t n, bool big)
{
    (void)p, (void)big;
    *(size_t *)ctx += n;
    return 0;
}

static void endless_answers_end(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0}, next = {0};
    static const uint8_t stub[5840 - 24];
    size_t got = 0;
    struct rpc_sink to = {count, &got};
    end_bind(&e);
    assert_int_equal(rpc_client_call(e.c, 0, 5, NULL, 0, &to), 0);
    put_response(&in, FIRST, 2, 0, stub, sizeof stub);
    put_response(&next, 0, 2, 0, stub, sizeof stub);
    rpc_client_input(e.c, in.p, in.n);
    while (rpc_client_state(e.c) == RPC_CLIENT_CALLING) {
        assert_true(got <= RPC_RESPONSE_STUB_MAX);
        rpc_client_input(e.c, next.p, next.n);
    }
    assert_true(got > RPC_RESPONSE_STUB_MAX - sizeof stub);
    assert_int_equal(rpc_client_error(e.c), RPC_S_PROTOCOL_ERROR);
    drop(&in);
    drop(&next);
    end_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bind_naks_become_win32_codes),
        cmocka_unit_test(results_of_contexts_become_win32_codes),
        cmocka_unit_test(bad_answers_to_a_bind_break_it),
        cmocka_unit_test(fault_for_a_bind_breaks_it),
        cmocka_unit_test(bad_answers_to_a_call_break_it),
        cmocka_unit_test(unasked_answers_break_it),
        cmocka_unit_test(sink_can_refuse),
        cmocka_unit_test(endless_answers_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
