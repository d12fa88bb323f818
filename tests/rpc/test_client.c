/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side: with our own server, with scripted servers, and with hostile ones. */
#include "peer.h"

#include <winerror.h>

#include "rpc/client.h"

struct end {
    struct rpc_client *c;
    struct rpc_syntax ids[2];
    struct bytes got;     /* the response's stub */
    unsigned pieces;      /* in how many calls of the sink it came */
    uint32_t refuse_with; /* by the sink */
    bool big;
    struct bytes sent; /* all that the client has said */
};

static uint32_t sink(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct end *e = ctx;
    put(&e->got, p, n);
    e->pieces++;
    e->big = big;
    return e->refuse_with;
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

static void end_open(struct end *e)
{
    *e = (struct end){.ids = {syntax(IF_A), syntax(IF_B)}};
    struct rpc_client_config config = {.interfaces = e->ids, .n_interfaces = 2, .max_frag = 5840};
    e->c = rpc_client_new(&config);
    assert_non_null(e->c);
}

static void end_close(struct end *e)
{
    rpc_client_free(e->c);
    drop(&e->got);
    drop(&e->sent);
}

static void end_drain(struct end *e)
{
    size_t n;
    const uint8_t *p = rpc_client_output(e->c, &n);
    put(&e->sent, p, n);
    rpc_client_consumed(e->c, n);
}

/* Bytes from the server, in memory of just their size. */
static void hear(struct end *e, struct bytes *in)
{
    uint8_t *copy = malloc(in->n ? in->n : 1);
    assert_non_null(copy);
    memcpy(copy, in->p, in->n);
    rpc_client_input(e->c, copy, in->n);
    free(copy);
    drop(in);
    end_drain(e);
}

static void put_ack(struct bytes *in, unsigned type, uint32_t call_id, unsigned recv, unsigned n)
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

static void put_result(struct bytes *in, unsigned result, unsigned reason, const char *transfer)
{
    put16(in, result);
    put16(in, reason);
    put_hex(in, transfer);
}

static const char *const ZERO = "00000000 00000000 00000000 00000000 00000000";

static void end_bind(struct end *e)
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

static void end_call(struct end *e, const void *stub, size_t n)
{
    struct rpc_sink to = {sink, e};
    e->got.n = 0;
    e->pieces = 0;
    assert_int_equal(rpc_client_call(e->c, 0, 5, stub, n, &to), 0);
    assert_int_equal(rpc_client_state(e->c), RPC_CLIENT_CALLING);
    end_drain(e);
}

static void put_response(struct bytes *in, unsigned flags, uint32_t call_id, unsigned context, const void *stub,
                         size_t n)
{
    size_t start = begin_pdu(in, RESPONSE, flags, call_id);
    put32(in, (uint32_t)n);
    put16(in, context);
    put16(in, 0);
    put(in, stub, n);
    end_pdu(in, start);
}

static void put_fault(struct bytes *in, unsigned flags, uint32_t call_id, uint32_t status)
{
    size_t start = begin_pdu(in, FAULT, FIRST | LAST | flags, call_id);
    put32(in, 32);
    put32(in, 0);
    put32(in, status);
    put32(in, 0);
    end_pdu(in, start);
}

static void expect_ready(const struct end *e, const char *stub)
{
    bool dne;
    assert_int_equal(rpc_client_state(e->c), RPC_CLIENT_READY);
    assert_int_equal(rpc_client_fault(e->c, &dne), 0);
    assert_int_equal(e->got.n, strlen(stub));
    if (e->got.n)
        assert_memory_equal(e->got.p, stub, e->got.n);
}

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
    struct rpc_sink to = {sink, &e};
    assert_int_equal(rpc_client_call(e.c, 0, 5, stub, sizeof stub + 1, &to), -EINVAL);
    end_close(&e);
}

static void calls_are_refused_when_they_cant_begin(void **state)
{
    (void)state;
    struct end e;
    struct bytes in = {0};
    struct rpc_sink to = {sink, &e};
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
        cmocka_unit_test(answers_go_straight_to_the_sink),
        cmocka_unit_test(answers_are_delivered_as_they_come),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(big_endian_answers_are_read),
        cmocka_unit_test(faults_end_the_call_and_not_the_connection),
        cmocka_unit_test(requests_are_cut_to_what_the_server_takes),
        cmocka_unit_test(calls_are_refused_when_they_cant_begin),
        cmocka_unit_test(impossible_configurations_are_refused),
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
