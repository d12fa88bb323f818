/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: fragments, lies and refusals. */
#include "peer.h"

static void fragments_are_put_together(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST, 2, 0, 3, "abc", 3); /* lengths that are no multiple of anything */
    put_request(&in, 0, 2, 0, 3, NULL, 0);
    put_request(&in, 0, 2, 0, 3, "defgh", 5);
    put_request(&in, LAST, 2, 0, 3, "i", 1);
    put_request(&in, FIRST, 3, 1, 1, NULL, 0);
    put_request(&in, LAST, 3, 1, 1, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    struct seen s = expect_response(&w, &pos, 2);
    assert_int_equal(s.stub_len, 9);
    assert_memory_equal(s.stub, "abcdefghi", 9);
    assert_int_equal(s.hint, 9);
    assert_int_equal(s.flags, FIRST | LAST);
    s = expect_response(&w, &pos, 3);
    assert_int_equal(s.stub_len, 0);
    assert_int_equal(w.dispatched, 2);
    expect_alive(&w, pos);
    world_close(&w);
}

static void object_uuid_is_skipped_in_each_fragment(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST | OBJECT, 2, 0, 3, "ab", 2);
    put_request(&in, LAST | OBJECT, 2, 0, 3, "cd", 2);
    assert_int_equal(say(&w, &in), 0);
    struct seen s = expect_response(&w, &pos, 2);
    assert_memory_equal(s.stub, "abcd", 4);
    /* one byte too short for the UUID */
    put_request(&in, FIRST | LAST | OBJECT, 3, 0, 3, NULL, 0);
    in.n--;
    end_pdu(&in, 0);
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_fault(&w, &pos, 3, 0, RPC_FAULT_PROTO_ERROR, false);
    expect_end(&w, pos);
    world_close(&w);
}

static void lies_in_alloc_hint_change_nothing(void **state)
{
    (void)state;
    static const uint32_t hints[] = {0, 1, 7, 9, 0x10000, 0x400001, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, 0);
        for (unsigned k = 0; k < 2; k++) {
            size_t start = in.n;
            put_request(&in, k ? LAST : FIRST, 2, 0, 3, "12345678", 8);
            for (unsigned b = 0; b < 4; b++)
                in.p[start + 16 + b] = (uint8_t)(hints[i] >> 8 * b);
        }
        assert_int_equal(say(&w, &in), 0);
        assert_int_equal(expect_response(&w, &pos, 2).stub_len, 16);
        expect_alive(&w, pos);
        world_close(&w);
    }
}

static void fragment_length_is_checked_on_both_ends(void **state)
{
    (void)state;
    static uint8_t stub[5840];
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST | LAST, 2, 0, 3, stub, 5840 - 24 - 1);
    put_request(&in, FIRST | LAST, 3, 0, 3, stub, 5840 - 24);
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(expect_response(&w, &pos, 2).stub_len, 5840 - 24 - 1);
    assert_int_equal(expect_response(&w, &pos, 3).stub_len, 5840 - 24);
    put_request(&in, FIRST | LAST, 4, 0, 3, stub, 5840 - 24 + 1);
    in.n = 16; /* the header is enough to know */
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_fault(&w, &pos, 4, 0, RPC_FAULT_PROTO_ERROR, false);
    expect_end(&w, pos);
    world_close(&w);
    for (unsigned n = 0; n < 24; n++) {
        pos = 0;
        world_open(&w);
        world_bind(&w, 0);
        put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
        in.p[8] = (uint8_t)n;
        assert_int_equal(say(&w, &in), -EPROTO);
        expect_fault(&w, &pos, 2, 0, RPC_FAULT_PROTO_ERROR, false);
        expect_end(&w, pos);
        world_close(&w);
    }
}

static void auth_length_must_fit(void **state)
{
    (void)state;
    static const unsigned lengths[] = {5,  12, 13,     27,     28,     29,    35,
                                       36, 37, 0x7fff, 0xfff7, 0xfff8, 0xffff}; /* 4 would fit */
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, 0);
        size_t start = begin_pdu(&in, REQUEST, FIRST | LAST, 2);
        put32(&in, 0);
        put32(&in, 0);
        end_pdu_auth(&in, start, 9, 6, 0, 1, "1234", 4);
        rpc_put_u16(in.p + 10, (uint16_t)lengths[i]);
        assert_int_equal(say(&w, &in), -EPROTO);
        expect_fault(&w, &pos, 2, 0, RPC_FAULT_PROTO_ERROR, false);
        expect_end(&w, pos);
        world_close(&w);
    }
}

/* The limit of a whole request, in fragments of `step`. */
static void send_stub_of(struct world *w, uint32_t call_id, size_t total)
{
    static uint8_t stub[4000];
    bool first = true;
    do {
        struct bytes in = {0};
        size_t n = total < sizeof stub ? total : sizeof stub;
        total -= n;
        put_request(&in, (first ? FIRST : 0u) | (total == 0 ? LAST : 0u), call_id, 0, 3, stub, n);
        (void)say(w, &in);
        first = false;
    } while (total > 0);
}

static void requests_have_a_limit(void **state)
{
    (void)state;
    static const size_t limits[] = {0, 100, 5 * RPC_REQUEST_STUB_MAX}; /* 0: nobody has said another one */
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        struct world w;
        size_t pos = 0, most = limits[i] ? limits[i] : RPC_REQUEST_STUB_MAX;
        world_open(&w);
        w.config.max_stub = limits[i];
        world_bind(&w, 0);
        send_stub_of(&w, 2, most - 1);
        assert_int_equal(w.stub.n, most - 1);
        send_stub_of(&w, 3, most);
        assert_int_equal(w.stub.n, most);
        forget(&w);
        send_stub_of(&w, 4, most + 1);
        assert_int_equal(w.dispatched, 2);
        expect_fault(&w, &pos, 4, 0, RPC_FAULT_ACCESS_DENIED, false);
        expect_end(&w, pos);
        world_close(&w);
    }
}

static void unknown_context_is_refused_and_the_connection_goes_on(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST | LAST, 2, 99, 0, NULL, 0);
    put_request(&in, FIRST, 3, 99, 0, "x", 1); /* its rest is ignored */
    put_request(&in, 0, 3, 99, 0, "x", 1);
    put_request(&in, LAST, 3, 99, 0, "x", 1);
    put_request(&in, FIRST, 4, 0, 53, "x", 1);
    put_request(&in, LAST, 4, 0, 53, "x", 1);
    put_request(&in, FIRST | LAST, 5, 0, 0, "y", 1);
    assert_int_equal(say(&w, &in), 0);
    expect_fault(&w, &pos, 2, 0, RPC_FAULT_UNKNOWN_IF, true);
    expect_fault(&w, &pos, 3, 0, RPC_FAULT_UNKNOWN_IF, true);
    expect_fault(&w, &pos, 4, 0, RPC_FAULT_OP_RANGE, true);
    (void)expect_response(&w, &pos, 5);
    assert_int_equal(w.dispatched, 1);
    expect_alive(&w, pos);
    world_close(&w);
}

static void stray_fragments_are_ignored_only_when_they_are_leftovers(void **state)
{
    (void)state;
    static const struct {
        uint32_t last, stray;
        bool ignored;
    } rows[] = {
        {1000, 999, true},   {1000, 851, true},      {1000, 850, false},      {1000, 1000, false},
        {1000, 1001, false}, {5, 0xfffffff0u, true}, {5, 0xf0000000u, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (unsigned flags = 0; flags <= LAST; flags += LAST) {
            struct world w;
            struct bytes in = {0};
            size_t pos = 0;
            world_open(&w);
            world_bind(&w, 0);
            put_request(&in, FIRST | LAST, rows[i].last, 0, 0, NULL, 0);
            put_request(&in, flags, rows[i].stray, 0, 0, NULL, 0);
            assert_int_equal(say(&w, &in), rows[i].ignored ? 0 : -EPROTO);
            (void)expect_response(&w, &pos, rows[i].last);
            if (rows[i].ignored) {
                expect_alive(&w, pos);
            } else {
                expect_fault(&w, &pos, rows[i].stray, 0, RPC_FAULT_PROTO_ERROR, false);
                expect_end(&w, pos);
            }
            world_close(&w);
        }
    }
}

static void fragment_of_no_request_is_refused(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags <= LAST; flags += LAST) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, 0);
        put_request(&in, flags, 2, 0, 0, NULL, 0);
        assert_int_equal(say(&w, &in), -EPROTO);
        expect_fault(&w, &pos, 2, 0, RPC_FAULT_PROTO_ERROR, false);
        expect_end(&w, pos);
        world_close(&w);
    }
}

/* With multiplexing, a fragment without a beginning is judged as a call's before it is found to be out of order. */
static void fragment_of_no_request_is_judged_as_a_call_with_multiplexing(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, MPX);
    put_request(&in, LAST, 2, 99, 0, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    expect_fault(&w, &pos, 2, 0, RPC_FAULT_UNKNOWN_IF, true);
    expect_alive(&w, pos);
    put_request(&in, LAST, 3, 0, 0, NULL, 0);
    end_pdu_auth(&in, 0, 9, RPC_AUTH_CONNECT, 0, 0, "none", 4);
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_fault(&w, &pos, 3, 0, RPC_FAULT_ACCESS_DENIED, false);
    expect_end(&w, pos);
    assert_int_equal(w.dispatched, 0);
    world_close(&w);
}

/* A first fragment of call 2 (context 0, opnum 3), then something that contradicts it. */
static void contradict(unsigned mode, unsigned flags, uint32_t call_id, unsigned context, unsigned opnum,
                       uint32_t faulted)
{
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, mode);
    put_request(&in, FIRST, 2, 0, 3, "abc", 3);
    put_request(&in, flags, call_id, context, opnum, "def", 3);
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_fault(&w, &pos, faulted, 0, RPC_FAULT_PROTO_ERROR, false);
    expect_end(&w, pos);
    assert_int_equal(w.dispatched, 0);
    world_close(&w);
}

static void fragments_must_agree_with_the_first(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode <= MPX; mode += MPX) {
        uint32_t third = mode ? 3 : 2; /* without multiplexing there is no other call than the one that has begun */
        contradict(mode, LAST, 3, 0, 3, third);        /* call_id */
        contradict(mode, LAST, 1, 0, 3, mode ? 1 : 2); /* even an older one */
        contradict(mode, LAST, 2, 1, 3, 2);            /* context */
        contradict(mode, LAST, 2, 99, 3, 2);           /* unknown context */
        contradict(mode, LAST, 2, 0, 4, 2);            /* opnum */
        contradict(mode, 0, 2, 0, 4, 2);               /* at once, not with the last fragment */
        contradict(mode, FIRST, 2, 0, 3, 2);           /* first again */
        contradict(mode, FIRST | LAST, 2, 0, 3, 2);
        contradict(mode, FIRST | LAST, 3, 0, 3, third); /* another request before this one is complete */
    }
}

static void byte_order_may_not_change_within_a_request(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST, 2, 0, 3, "abcd", 4);
    put_hex(&in, "05000002 00000000 001c 0000 00000002 00000004 0000 0003 01020304");
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_fault(&w, &pos, 2, 0, RPC_FAULT_PROTO_ERROR, false);
    expect_end(&w, pos);
    world_close(&w);
}

static void call_id_of_a_call_under_way_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, MPX);
    w.behaviour = LATER;
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    assert_int_equal(say(&w, &in), -EPROTO);
    expect_fault(&w, &pos, 2, 0, RPC_FAULT_PROTO_ERROR, false);
    expect_end(&w, pos);
    assert_true(rpc_call_is_abandoned(w.calls[0])); /* nobody waits, and answering is safe */
    assert_null(rpc_call_user(w.calls[0]));
    rpc_call_reply(w.calls[0], "late", 4);
    expect_end(&w, pos);
    world_close(&w);
    /* and the same id may be used again once the call has ended */
    world_open(&w);
    world_bind(&w, MPX);
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.dispatched, 2);
    world_close(&w);
}

static void unexpected_types_end_the_connection(void **state)
{
    (void)state;
    static const unsigned types[] = {1, RESPONSE, FAULT,    4,        5,          6,  7,  8,
                                     9, 10,       BIND_ACK, BIND_NAK, ALTER_RESP, 20, 21, 255};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct world w;
        struct bytes in = {0};
        world_open(&w);
        world_bind(&w, 0);
        put_request(&in, FIRST | LAST, 2, 0, 0, "long enough for a fault", 23);
        in.p[2] = (uint8_t)types[i];
        assert_int_equal(say(&w, &in), -EPROTO);
        expect_end(&w, 0);
        world_close(&w);
    }
}

static void statuses_that_must_not_be_sent_are_not_sent(void **state)
{
    (void)state;
    static const uint32_t never[] = {0, 0x80000001, 0xc0000005, 0xc0000420};
    for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, 0);
        w.behaviour = FAIL;
        w.status = never[i];
        put_request(&in, FIRST | LAST, 2, 1, 1, NULL, 0);
        assert_int_equal(say(&w, &in), 0);
        expect_fault(&w, &pos, 2, 1, RPC_FAULT_UNSPEC, false);
        expect_alive(&w, pos);
        world_close(&w);
    }
}

static void counters_count(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST, 2, 0, 3, NULL, 0);
    put_request(&in, LAST, 2, 0, 3, NULL, 0);
    put_request(&in, FIRST | LAST, 3, 99, 3, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    struct rpc_server_stats stats;
    rpc_server_get_stats(w.server, &stats);
    assert_int_equal(stats.pdus_in, 4);
    assert_int_equal(stats.pdus_out, 3);
    assert_int_equal(stats.calls_in, 1);
    assert_int_equal(stats.faults_out, 1);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_are_put_together),
        cmocka_unit_test(object_uuid_is_skipped_in_each_fragment),
        cmocka_unit_test(lies_in_alloc_hint_change_nothing),
        cmocka_unit_test(fragment_length_is_checked_on_both_ends),
        cmocka_unit_test(auth_length_must_fit),
        cmocka_unit_test(requests_have_a_limit),
        cmocka_unit_test(unknown_context_is_refused_and_the_connection_goes_on),
        cmocka_unit_test(stray_fragments_are_ignored_only_when_they_are_leftovers),
        cmocka_unit_test(fragment_of_no_request_is_refused),
        cmocka_unit_test(fragment_of_no_request_is_judged_as_a_call_with_multiplexing),
        cmocka_unit_test(fragments_must_agree_with_the_first),
        cmocka_unit_test(byte_order_may_not_change_within_a_request),
        cmocka_unit_test(call_id_of_a_call_under_way_is_refused),
        cmocka_unit_test(unexpected_types_end_the_connection),
        cmocka_unit_test(statuses_that_must_not_be_sent_are_not_sent),
        cmocka_unit_test(counters_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
