/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: fragments, chunks, back-pressure, order; and that pieces of input and output make no difference. */
#include "peer.h"

/* The fragments of one streamed answer, checked byte by byte; gives how many there were. */
static size_t expect_stream(struct world *w, size_t *pos, uint32_t call_id, size_t size, size_t most)
{
    size_t got = 0, fragments = 0;
    for (;;) {
        struct seen s = expect_response(w, pos, call_id);
        fragments++;
        assert_true(s.frag_length <= most);
        assert_int_equal(s.hint, size - got);
        assert_int_equal(!!(s.flags & FIRST), got == 0);
        for (size_t i = 0; i < s.stub_len; i++)
            assert_int_equal(s.stub[i], stream_byte(got + i));
        got += s.stub_len;
        if (s.flags & LAST)
            break;
        assert_int_equal(s.stub_len % 8, 0); /* all but the last */
        assert_true(s.frag_length > most - 8);
    }
    assert_int_equal(got, size);
    return fragments;
}

static void bind_with_size(struct world *w, unsigned size, unsigned flags)
{
    struct bytes in = {0};
    begin_bind(&in, BIND, FIRST | LAST | flags, 1, size, size, 0, 2);
    put_context(&in, 0, IF_A, NDR20, NULL);
    put_context(&in, 1, IF_B, NDR20, NULL);
    end_pdu(&in, 0);
    assert_int_equal(say(w, &in), 0);
    forget(w);
}

static void streams_are_cut_to_the_fragment_size(void **state)
{
    (void)state;
    static const unsigned sizes[] = {1432, 1439, 2048, 4280, 5840};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        unsigned most = sizes[i] & ~7u;
        size_t stub = most - 24;
        const size_t streams[] = {0, 1, stub - 1, stub, stub + 1, 2 * stub, 2 * stub + 1, 3 * RPC_OUTPUT_CHUNK + 5};
        struct world w;
        world_open(&w);
        bind_with_size(&w, sizes[i], 0);
        w.behaviour = STREAM;
        for (size_t k = 0; k < ARRAY_SIZE(streams); k++) {
            struct bytes in = {0};
            size_t pos = 0;
            w.stream_size = streams[k];
            w.pull_most = k % 2 ? 100 : 0; /* sources may give less than they are asked for */
            put_request(&in, FIRST | LAST, 10, 0, 0, NULL, 0);
            assert_int_equal(say(&w, &in), 0);
            size_t want = streams[k] ? (streams[k] + stub - 1) / stub : 1;
            assert_int_equal(expect_stream(&w, &pos, 10, streams[k], most), want);
            assert_int_equal(w.destroyed, k + 1);
            expect_alive(&w, pos);
            forget(&w);
        }
        world_close(&w);
    }
}

static void replies_from_memory_are_cut_as_well(void **state)
{
    (void)state;
    static uint8_t reply[200000];
    for (size_t i = 0; i < sizeof reply; i++)
        reply[i] = stream_byte(i);
    static const size_t sizes[] = {0, 5816, 5817, 60000, 65536, 65537, sizeof reply};
    struct world w;
    world_open(&w);
    world_bind(&w, 0);
    w.behaviour = LATER;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct bytes in = {0};
        size_t pos = 0;
        put_request(&in, FIRST | LAST, 2, 0, 0, NULL, 0);
        assert_int_equal(say(&w, &in), 0);
        uint8_t *copy = malloc(sizes[i] ? sizes[i] : 1);
        assert_non_null(copy);
        memcpy(copy, reply, sizes[i]);
        rpc_call_reply(w.calls[i], copy, sizes[i]);
        free(copy); /* not needed afterwards */
        drain(&w);
        (void)expect_stream(&w, &pos, 2, sizes[i], 5840);
        expect_alive(&w, pos);
        forget(&w);
    }
    world_close(&w);
}

static void nothing_is_pulled_before_the_chunk_is_taken(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open_with(&w, RPC_FRAG_MAX_LOCAL);
    world_start(&w);
    bind_with_size(&w, RPC_FRAG_MAX_LOCAL, 0);
    w.behaviour = STREAM;
    w.stream_size = 100u * RPC_OUTPUT_CHUNK;
    put_request(&in, FIRST | LAST, 2, 0, 0, NULL, 0);
    assert_int_equal(feed(&w, &in), 0);
    drop(&in);
    assert_int_equal(w.pulled, 0); /* only output pulls */
    size_t n, taken = 0;
    const uint8_t *p = rpc_server_output(w.server, &n);
    assert_non_null(p);
    assert_int_equal(n, RPC_FRAG_MAX_LOCAL); /* one fragment of the largest size fills a chunk */
    size_t pulled = w.pulled;
    assert_int_equal(pulled, RPC_FRAG_MAX_LOCAL - 24);
    while (taken < n - 1) { /* whatever is asked, while one byte of the chunk is left nothing is pulled */
        size_t part = n - 1 - taken < 1000 ? n - 1 - taken : 1000;
        rpc_server_consumed(w.server, part);
        taken += part;
        size_t left;
        assert_ptr_equal(rpc_server_output(w.server, &left), p + taken);
        assert_int_equal(left, n - taken);
        assert_int_equal(w.pulled, pulled);
    }
    rpc_server_consumed(w.server, 1);
    assert_int_equal(w.pulled, pulled);
    (void)rpc_server_output(w.server, &n);
    assert_int_equal(w.pulled, 2 * pulled);
    world_close(&w);
    assert_int_equal(w.destroyed, 1);
}

static void room_in_the_chunk_is_no_reason_to_pull(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, MPX);
    w.behaviour = STREAM;
    w.stream_size = 100;
    for (uint32_t id = 2; id < 4; id++) {
        put_request(&in, FIRST | LAST, id, 0, 0, NULL, 0);
        assert_int_equal(feed(&w, &in), 0);
        drop(&in);
        size_t n;
        assert_non_null(rpc_server_output(w.server, &n));
        assert_int_equal(w.pulled, 100); /* the second one not before the first is taken */
        assert_int_equal(n, 124);
    }
    drain(&w);
    assert_int_equal(w.pulled, 200);
    world_close(&w);
}

static void failing_source_ends_the_association(void **state)
{
    (void)state;
    for (size_t at = 1; at < 30000; at += 7000) {
        struct world w;
        struct bytes in = {0};
        world_open(&w);
        world_bind(&w, MPX);
        w.behaviour = STREAM;
        w.stream_size = 40000;
        w.pull_most = 100;
        w.pull_fails_at = at;
        put_request(&in, FIRST | LAST, 2, 0, 0, NULL, 0);
        put_request(&in, FIRST | LAST, 3, 0, 0, NULL, 0);
        assert_int_equal(say(&w, &in), 0);
        size_t pos = 0;
        while (pos < w.out.n) /* whole fragments, and never a last one */
            assert_false(expect_response(&w, &pos, 2).flags & LAST);
        assert_int_equal(w.destroyed, 2);
        expect_end(&w, pos);
        put_request(&in, FIRST | LAST, 4, 0, 0, NULL, 0);
        assert_int_equal(say(&w, &in), -EIO);
        world_close(&w);
    }
}

static void answers_go_out_in_the_order_that_was_agreed(void **state)
{
    (void)state;
    for (unsigned mpx = 0; mpx <= MPX; mpx += MPX) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, mpx);
        w.behaviour = LATER;
        for (uint32_t id = 10; id < 14; id++)
            put_request(&in, FIRST | LAST, id, 0, 0, NULL, 0);
        put_request(&in, FIRST | LAST, 14, 0, 99, NULL, 0); /* refused at once, so the first to be ready */
        assert_int_equal(say(&w, &in), 0);
        if (mpx)
            expect_fault(&w, &pos, 14, 0, RPC_FAULT_OP_RANGE, true);
        assert_int_equal(w.out.n, pos);
        struct rpc_source source = stream_source(&w, 10000);
        rpc_call_reply_source(w.calls[2], &source);
        rpc_call_reply(w.calls[3], "d", 1);
        rpc_call_fault(w.calls[1], RPC_FAULT_NO_MEMORY, false);
        drain(&w);
        if (mpx) {
            (void)expect_stream(&w, &pos, 12, 10000, 5840);
            (void)expect_response(&w, &pos, 13);
            expect_fault(&w, &pos, 11, 0, RPC_FAULT_NO_MEMORY, false);
        }
        assert_int_equal(w.out.n, pos);
        rpc_call_reply(w.calls[0], "a", 1);
        drain(&w);
        (void)expect_response(&w, &pos, 10);
        if (!mpx) {
            expect_fault(&w, &pos, 11, 0, RPC_FAULT_NO_MEMORY, false);
            (void)expect_stream(&w, &pos, 12, 10000, 5840);
            (void)expect_response(&w, &pos, 13);
            expect_fault(&w, &pos, 14, 0, RPC_FAULT_OP_RANGE, true);
        }
        expect_alive(&w, pos);
        assert_true(rpc_server_is_idle(w.server));
        world_close(&w);
    }
}

static void streamed_answers_under_way_are_limited(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    w.behaviour = STREAM;
    w.stream_size = 100;
    for (uint32_t id = 0; id < 3 * RPC_STREAMS_MAX; id++)
        put_request(&in, FIRST | LAST, 100 + id, 0, 0, "x", 1);
    assert_int_equal(feed(&w, &in), 0);
    drop(&in);
    assert_int_equal(w.dispatched, RPC_STREAMS_MAX); /* nobody has taken anything yet */
    assert_false(rpc_server_wants_input(w.server));
    drain(&w);
    assert_int_equal(w.dispatched, 3 * RPC_STREAMS_MAX);
    assert_int_equal(w.destroyed, 3 * RPC_STREAMS_MAX);
    assert_true(rpc_server_wants_input(w.server));
    for (uint32_t id = 0; id < 3 * RPC_STREAMS_MAX; id++)
        assert_int_equal(expect_response(&w, &pos, 100 + id).stub_len, 100);
    expect_alive(&w, pos);
    world_close(&w);
}

static void half_a_request_keeps_no_connection_alive(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, 0);
    put_request(&in, FIRST, 2, 0, 0, "half", 4);
    assert_int_equal(say(&w, &in), 0);
    assert_true(rpc_server_is_idle(w.server)); /* whether more comes is for its owner's clock */
    put_request(&in, LAST, 2, 0, 0, "whole", 5);
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.dispatched, 1);
    assert_int_equal(w.stub.n, 9);
    world_close(&w);
}

static void calls_under_way_are_limited(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    w.behaviour = LATER;
    for (uint32_t id = 0; id < RPC_CALLS_MAX - 1; id++)
        put_request(&in, FIRST | LAST, 100 + id, 0, 0, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    assert_true(rpc_server_wants_input(w.server));
    put_request(&in, FIRST | LAST, 100 + RPC_CALLS_MAX - 1, 0, 0, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    assert_false(rpc_server_wants_input(w.server)); /* though nothing is kept */
    for (uint32_t id = RPC_CALLS_MAX; id < RPC_CALLS_MAX + 3; id++)
        put_request(&in, FIRST | LAST, 100 + id, 0, 0, "held", 4);
    in.n -= 2; /* the last one not even complete */
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.n_calls, RPC_CALLS_MAX);
    assert_false(rpc_server_wants_input(w.server));
    assert_false(rpc_server_is_idle(w.server));
    put(&in, "ld", 2); /* input that comes all the same is kept behind it */
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.n_calls, RPC_CALLS_MAX);
    rpc_call_reply(w.calls[0], NULL, 0);
    drain(&w);
    assert_int_equal(w.n_calls, RPC_CALLS_MAX + 1);
    assert_false(rpc_server_wants_input(w.server));
    for (size_t i = 1; i < RPC_CALLS_MAX + 1; i++)
        rpc_call_reply(w.calls[i], NULL, 0);
    drain(&w);
    assert_true(rpc_server_wants_input(w.server));
    assert_int_equal(w.n_calls, RPC_CALLS_MAX + 3);
    expect_hex(&w.stub, 0, w.stub.n, "68656c64");
    for (size_t i = RPC_CALLS_MAX + 1; i < w.n_calls; i++)
        rpc_call_reply(w.calls[i], NULL, 0);
    drain(&w);
    for (uint32_t id = 0; id < RPC_CALLS_MAX + 3; id++)
        (void)expect_response(&w, &pos, 100 + id);
    expect_alive(&w, pos);
    world_close(&w);
}

static void input_that_is_held_back_is_limited(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, 0);
    w.behaviour = LATER;
    for (uint32_t id = 0; id < RPC_CALLS_MAX; id++)
        put_request(&in, FIRST | LAST, 100 + id, 0, 0, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    uint8_t *flood = calloc(1, RPC_BACKLOG_MAX);
    assert_non_null(flood);
    assert_int_equal(rpc_server_input(w.server, flood, 1), 0);
    assert_int_equal(rpc_server_input(w.server, flood, RPC_BACKLOG_MAX - 1), 0);
    assert_int_equal(rpc_server_input(w.server, flood, 1), -EPROTO);
    free(flood);
    for (size_t i = 0; i < w.n_calls; i++)
        rpc_call_reply(w.calls[i], NULL, 0); /* into the void */
    drain(&w);
    expect_end(&w, 0);
    world_close(&w);
}

static void small_replies_to_a_flood_are_all_kept(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    static uint8_t stub[1000];
    world_open(&w);
    world_bind(&w, 0);
    for (uint32_t id = 0; id < 1000; id++) /* a megabyte of answers, and nobody takes them meanwhile */
        put_request(&in, FIRST | LAST, 100 + id, 0, 0, stub, sizeof stub);
    assert_int_equal(feed(&w, &in), 0);
    assert_true(w.dispatched < 65 + RPC_CALLS_MAX); /* one chunk, and the calls that may wait */
    assert_false(rpc_server_wants_input(w.server));
    drain(&w);
    assert_int_equal(w.dispatched, 1000);
    size_t pos = 0;
    for (uint32_t id = 0; id < 1000; id++)
        assert_int_equal(expect_response(&w, &pos, 100 + id).stub_len, sizeof stub);
    expect_alive(&w, pos);
    drop(&in);
    world_close(&w);
}

/* ---- pieces ---- */

/* A conversation with most of what there is, in one stream. */
static void converse(struct bytes *in, bool fails)
{
    size_t start;
    put_plain_bind(in, MPX);
    put_request(in, FIRST | LAST, 2, 0, 8, "abcd", 4);
    put_request(in, FIRST, 3, 1, 1, "12345", 5);
    put_request(in, 0, 3, 1, 1, "678", 3);
    put_request(in, LAST, 3, 1, 1, "9", 1);
    start = in->n;
    begin_bind(in, ALTER, FIRST | LAST, 4, 0, 0, 0, 2);
    put_context(in, 2, IF_MGMT, NDR20, NULL);
    put_context(in, 3, IF_UNKNOWN, NDR20, NULL);
    end_pdu(in, start);
    put_request(in, FIRST | LAST, 5, 2, 0, NULL, 0);
    put_request(in, FIRST | LAST, 6, 3, 0, NULL, 0);
    put_small(in, ORPHANED, 6);
    put_request(in, FIRST | LAST, 7, 0, 60, NULL, 0);
    put_request(in, FIRST | LAST, 8, 0, 8, NULL, 0);
    if (fails)
        put_request(in, LAST, 900, 0, 8, NULL, 0);
}

/* The output when input comes in pieces of `piece` and is taken in pieces of `take`. */
static void talk(struct bytes *out, const struct bytes *in, size_t piece, size_t take, enum behaviour behaviour)
{
    struct world w;
    world_open(&w);
    w.behaviour = behaviour;
    w.stream_size = 70001;
    for (size_t i = 0; i < in->n; i += piece) {
        struct bytes part = {in->p + i, in->n - i < piece ? in->n - i : piece, 0};
        (void)feed(&w, &part);
        size_t n;
        const uint8_t *p = rpc_server_output(w.server, &n);
        if (take && p) { /* take: some now; 0: all at the end */
            n = n < take ? n : take;
            put(out, p, n);
            rpc_server_consumed(w.server, n);
        }
    }
    const uint8_t *p;
    size_t n;
    while ((p = rpc_server_output(w.server, &n))) {
        n = take && n > take ? take : n;
        put(out, p, n);
        rpc_server_consumed(w.server, n);
    }
    world_close(&w);
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 15, 16, 17, 23, 24, 25, 100, 1000};
    for (int fails = 0; fails < 2; fails++) {
        for (int streams = 0; streams < 2; streams++) {
            struct bytes in = {0}, whole = {0};
            enum behaviour behaviour = streams ? STREAM : ECHO;
            converse(&in, fails);
            talk(&whole, &in, in.n, 0, behaviour);
            assert_true(whole.n > (streams ? 140000u : 300u));
            for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                struct bytes pieces = {0}, sips = {0};
                talk(&pieces, &in, sizes[i], 0, behaviour);
                assert_int_equal(pieces.n, whole.n);
                assert_memory_equal(pieces.p, whole.p, whole.n);
                talk(&sips, &in, in.n, sizes[i], behaviour);
                assert_int_equal(sips.n, whole.n);
                assert_memory_equal(sips.p, whole.p, whole.n);
                drop(&pieces);
                drop(&sips);
            }
            drop(&in);
            drop(&whole);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_cut_to_the_fragment_size),
        cmocka_unit_test(replies_from_memory_are_cut_as_well),
        cmocka_unit_test(nothing_is_pulled_before_the_chunk_is_taken),
        cmocka_unit_test(room_in_the_chunk_is_no_reason_to_pull),
        cmocka_unit_test(failing_source_ends_the_association),
        cmocka_unit_test(answers_go_out_in_the_order_that_was_agreed),
        cmocka_unit_test(streamed_answers_under_way_are_limited),
        cmocka_unit_test(half_a_request_keeps_no_connection_alive),
        cmocka_unit_test(calls_under_way_are_limited),
        cmocka_unit_test(input_that_is_held_back_is_limited),
        cmocka_unit_test(small_replies_to_a_flood_are_all_kept),
        cmocka_unit_test(pieces_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
