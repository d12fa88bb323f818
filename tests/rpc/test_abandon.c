/* SPDX-License-Identifier: Apache-2.0 */
/* PDUs that abandon calls, and the end of an association with calls under way. */
#include "peer.h"

/* ---- PDUs that abandon calls ---- */

static void cancel_and_shutdown_are_tolerated(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    world_open(&w);
    world_bind(&w, 0);
    put_small(&in, CO_CANCEL, 3); /* of no call */
    put_small(&in, SHUTDOWN, 3);
    put_request(&in, FIRST, 2, 0, 3, "ab", 2);
    put_small(&in, CO_CANCEL, 2);
    put_request(&in, LAST, 2, 0, 3, "cd", 2);
    w.behaviour = LATER;
    assert_int_equal(say(&w, &in), 0);
    put_small(&in, CO_CANCEL, 2);
    assert_int_equal(say(&w, &in), 0);
    assert_false(rpc_call_is_abandoned(w.calls[0]));
    rpc_call_reply(w.calls[0], "e", 1);
    drain(&w);
    (void)expect_response(&w, &pos, 2);
    expect_alive(&w, pos);
    world_close(&w);
}

static void orphaned_request_in_the_middle_is_dropped(void **state)
{
    (void)state;
    for (unsigned mpx = 0; mpx <= MPX; mpx += MPX) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, mpx);
        put_small(&in, ORPHANED, 3); /* of no call */
        put_request(&in, FIRST, 2, 0, 3, "ab", 2);
        put_small(&in, ORPHANED, 2);
        put_request(&in, 0, 2, 0, 3, "cd", 2); /* was on its way */
        put_request(&in, LAST, 2, 0, 3, "cd", 2);
        put_request(&in, FIRST | LAST, 3, 0, 3, "new", 3);
        assert_int_equal(say(&w, &in), 0);
        assert_memory_equal(expect_response(&w, &pos, 3).stub, "new", 3);
        assert_int_equal(w.dispatched, 1);
        expect_alive(&w, pos);
        world_close(&w);
    }
}

static void answer_of_an_orphaned_call_is_discarded(void **state)
{
    (void)state;
    for (unsigned mpx = 0; mpx <= MPX; mpx += MPX) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, mpx);
        w.behaviour = LATER;
        for (uint32_t id = 2; id <= 5; id++)
            put_request(&in, FIRST | LAST, id, 0, 3, NULL, 0);
        put_small(&in, ORPHANED, 2);
        put_small(&in, ORPHANED, 4);
        put_small(&in, ORPHANED, 4); /* twice */
        assert_int_equal(say(&w, &in), 0);
        assert_true(rpc_call_is_abandoned(w.calls[0]));
        assert_ptr_equal(rpc_call_user(w.calls[0]), &w); /* the connection is still there */
        struct rpc_source source = stream_source(&w, 100);
        rpc_call_reply_source(w.calls[2], &source);
        assert_int_equal(w.destroyed, 1);
        rpc_call_reply(w.calls[1], "3", 1); /* without multiplexing it must not wait for call 2 */
        rpc_call_fault(w.calls[0], RPC_FAULT_UNSPEC, false);
        rpc_call_reply(w.calls[3], "5", 1);
        drain(&w);
        (void)expect_response(&w, &pos, 3);
        (void)expect_response(&w, &pos, 5);
        expect_alive(&w, pos);
        assert_true(rpc_server_is_idle(w.server));
        world_close(&w);
    }
}

static void stream_of_an_orphaned_call_stops(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, 0);
    w.behaviour = STREAM;
    w.stream_size = 10u * RPC_OUTPUT_CHUNK;
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    assert_int_equal(feed(&w, &in), 0);
    drop(&in);
    size_t n;
    assert_non_null(rpc_server_output(w.server, &n));
    assert_true(w.pulled > 0 && w.pulled < RPC_OUTPUT_CHUNK);
    put_small(&in, ORPHANED, 2);
    assert_int_equal(feed(&w, &in), 0);
    drop(&in);
    assert_int_equal(w.destroyed, 1);
    size_t pulled = w.pulled;
    w.behaviour = ECHO;
    put_request(&in, FIRST | LAST, 3, 0, 3, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.pulled, pulled);
    struct seen s = {0};
    for (size_t pos = 0; pos < w.out.n;)
        s = next_pdu(&w.out, &pos); /* whole PDUs all along */
    assert_int_equal(s.call_id, 3);
    world_close(&w);
}

static void abandoned_calls_still_count(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, MPX);
    w.behaviour = LATER;
    for (uint32_t id = 0; id < 2 * RPC_CALLS_MAX; id++) {
        put_request(&in, FIRST | LAST, 100 + id, 0, 3, NULL, 0);
        put_small(&in, ORPHANED, 100 + id);
    }
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.n_calls, RPC_CALLS_MAX);
    assert_false(rpc_server_wants_input(w.server));
    for (size_t i = 0; i < RPC_CALLS_MAX; i++)
        rpc_call_reply(w.calls[i], NULL, 0);
    drain(&w); /* takes up what was held back */
    assert_int_equal(w.n_calls, 2 * RPC_CALLS_MAX);
    for (size_t i = RPC_CALLS_MAX; i < w.n_calls; i++)
        rpc_call_reply(w.calls[i], NULL, 0);
    drain(&w);
    assert_true(rpc_server_is_idle(w.server));
    /* The orphaned PDUs of the two calls that reached the limit had to wait, too: those two were answered. */
    size_t pos = 0;
    (void)expect_response(&w, &pos, 100 + RPC_CALLS_MAX - 1);
    (void)expect_response(&w, &pos, 100 + 2 * RPC_CALLS_MAX - 1);
    expect_alive(&w, pos);
    world_close(&w);
}

/* ---- the end of the association ---- */

static void calls_outlive_the_association(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    world_open(&w);
    world_bind(&w, MPX);
    w.behaviour = LATER;
    for (uint32_t id = 2; id <= 5; id++)
        put_request(&in, FIRST | LAST, id, 0, 3, "stub", 4);
    assert_int_equal(say(&w, &in), 0);
    struct rpc_rd stub = rpc_call_stub(w.calls[0]);
    assert_int_equal(stub.len, 0); /* its bytes went away with dispatch() */
    w.behaviour = STREAM;
    w.stream_size = 1000;
    put_request(&in, FIRST | LAST, 6, 0, 3, NULL, 0);
    assert_int_equal(feed(&w, &in), 0);
    drop(&in);
    rpc_server_free(w.server);
    w.server = NULL;
    assert_int_equal(w.destroyed, 1);
    assert_true(rpc_call_is_abandoned(w.calls[0]));
    assert_null(rpc_call_user(w.calls[0]));
    assert_int_equal(rpc_call_id(w.calls[0]), 2);
    assert_ptr_equal(rpc_call_interface(w.calls[0]), &w.a);
    rpc_call_reply(w.calls[0], "x", 1);
    rpc_call_fault(w.calls[1], RPC_FAULT_UNSPEC, false);
    struct rpc_source source = stream_source(&w, 0);
    rpc_call_reply_source(w.calls[2], &source);
    rpc_call_reply(w.calls[3], NULL, 0);
    assert_int_equal(w.destroyed, 2);
    assert_int_equal(w.pulled, 0);
    world_close(&w);
}

static void answers_that_exist_go_out_before_the_fault(void **state)
{
    (void)state;
    for (unsigned mpx = 0; mpx <= MPX; mpx += MPX) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, mpx);
        w.behaviour = STREAM;
        w.stream_size = 20000;
        put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
        put_request(&in, LAST, 3, 0, 3, NULL, 0); /* of no request */
        assert_int_equal(say(&w, &in), -EPROTO);
        size_t got = 0;
        struct seen s;
        do {
            s = expect_response(&w, &pos, 2);
            got += s.stub_len;
        } while (!(s.flags & LAST));
        assert_int_equal(got, 20000);
        expect_fault(&w, &pos, 3, 0, RPC_FAULT_PROTO_ERROR, false);
        expect_end(&w, pos);
        world_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancel_and_shutdown_are_tolerated),
        cmocka_unit_test(orphaned_request_in_the_middle_is_dropped),
        cmocka_unit_test(answer_of_an_orphaned_call_is_discarded),
        cmocka_unit_test(stream_of_an_orphaned_call_stops),
        cmocka_unit_test(abandoned_calls_still_count),
        cmocka_unit_test(calls_outlive_the_association),
        cmocka_unit_test(answers_that_exist_go_out_before_the_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
