/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation fails in turn, in conversations that make all kinds of them: the association or the client must end
 * with the right error, leave nothing behind, and what was said before must be whole PDUs. The linker puts the
 * functions below in place of the allocator's (--wrap), for all objects of this program.
 */
#include "fake_auth.h"
#include "peer.h"

#include <winerror.h>

#include "rpc/client.h"
#include "tests/lib/failing.h"

/* Only what happens in rpc/ is to fail, not what a test does meanwhile. */
static unsigned left;

static void pause_failing(void)
{
    left = failing_countdown;
    failing_countdown = 0;
}

static void go_on_failing(void)
{
    failing_countdown = left;
}

static const struct rpc_auth_mech *const mechs[] = {&fake_mech};

/* ---- the association ---- */

/* Requests in pieces and fragments, answers that have to be kept, more calls than may be under way. */
static void put_conversation(struct bytes *in)
{
    static uint8_t stub[5000];
    put_plain_bind(in, 0);
    put_request(in, FIRST | LAST, 2, 0, 3, stub, 100);
    put_request(in, FIRST, 3, 0, 3, stub, sizeof stub);
    put_request(in, LAST, 3, 0, 3, stub, sizeof stub);
    put_request(in, FIRST | LAST, 4, 99, 3, NULL, 0);
    for (uint32_t id = 5; id < 5 + 40; id++)
        put_request(in, FIRST | LAST, id, 0, 3, stub, 3000);
    size_t start = in->n;
    begin_bind(in, ALTER, FIRST | LAST, 50, 0, 0, 0, 1);
    put_context(in, 5, IF_MGMT, NDR20, NULL);
    end_pdu(in, start);
}

static void put_secure_conversation(struct bytes *in)
{
    size_t start = in->n;
    begin_bind(in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 1);
    put_context(in, 0, IF_A, NDR20, NULL);
    end_pdu_auth(in, start, FAKE_TYPE, RPC_AUTH_INTEGRITY, 0, 1, "one", 3);
    for (uint32_t i = 0; i < 3; i++) {
        static const uint8_t zero[FAKE_TOKEN];
        start = in->n;
        put_request(in, FIRST | LAST, 2 + i, 0, 3, "0123456789abcdef", 16);
        end_pdu_auth(in, start, FAKE_TYPE, RPC_AUTH_INTEGRITY, 0, 1, zero, FAKE_TOKEN);
        fake_protect(in->p + start, 24, 40, false, false, i, in->p + start + 48);
    }
}

static void expect_whole_pdus(const struct bytes *out)
{
    for (size_t pos = 0; pos < out->n;)
        (void)next_pdu(out, &pos);
}

/* One conversation in which allocation number `nth` fails. False when there are not so many. */
static bool talk(const struct bytes *in, size_t piece, unsigned nth)
{
    struct world w;
    struct fake_config fake = {.legs = 2};
    struct bytes out = {0};
    world_open_with(&w, 5840);
    w.config.mechs = mechs;
    w.config.n_mechs = 1;
    w.config.mech_ctx = &fake;
    w.stub.cap = 65536; /* the test's own memory must not be what fails */
    w.stub.p = malloc(w.stub.cap);
    assert_non_null(w.stub.p);
    failing_start(nth);
    w.server = rpc_server_new(&w.config, &w);
    int rc = 0;
    for (size_t i = 0; w.server && i < in->n; i += piece)
        rc = rpc_server_input(w.server, in->p + i, in->n - i < piece ? in->n - i : piece);
    const uint8_t *p;
    size_t n;
    while (w.server && (p = rpc_server_output(w.server, &n)) != NULL) {
        pause_failing();
        put(&out, p, n);
        rpc_server_consumed(w.server, n);
        go_on_failing();
    }
    bool failed = failing_stop();
    if (!failed) {
        assert_int_equal(rc, 0);
        assert_false(rpc_server_finished(w.server));
    } else if (w.server) {
        /* Without memory it ends; a mechanism that could not be created is refused like one that does not offer the
         * level. */
        assert_true(rpc_server_finished(w.server));
        assert_non_null(rpc_server_close_reason(w.server));
        rc = rpc_server_input(w.server, in->p, 1);
        assert_true(rc == -ENOMEM || (rc == -EPROTO && fake.created == 0));
    }
    expect_whole_pdus(&out);
    drop(&out);
    world_close(&w);
    assert_int_equal(fake.created, fake.destroyed);
    return failed;
}

static void association_survives_each_failing_allocation(void **state)
{
    (void)state;
    static void (*const conversations[])(struct bytes *) = {put_conversation, put_secure_conversation};
    for (size_t c = 0; c < ARRAY_SIZE(conversations); c++) {
        struct bytes in = {0};
        conversations[c](&in);
        const size_t pieces[] = {in.n, 1000, 17};
        for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
            unsigned nth = 1;
            while (talk(&in, pieces[i], nth))
                nth++;
            assert_true(nth > 4);
        }
        drop(&in);
    }
}

static void late_answers_survive_without_memory(void **state)
{
    (void)state;
    static uint8_t stub[100000];
    for (int detached = 0; detached < 2; detached++) {
        struct world w;
        struct bytes in = {0};
        size_t pos = 0;
        world_open(&w);
        world_bind(&w, 0);
        w.behaviour = LATER;
        put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
        put_request(&in, FIRST | LAST, 3, 0, 3, NULL, 0);
        assert_int_equal(say(&w, &in), 0);
        if (detached) {
            rpc_server_free(w.server);
            w.server = NULL;
        }
        failing_start(1);
        rpc_call_reply(w.calls[1], stub, sizeof stub); /* not its turn: has to be kept */
        assert_int_equal(failing_stop(), !detached);
        rpc_call_reply(w.calls[0], "x", 1); /* into the void */
        if (!detached) {
            drain(&w);
            expect_end(&w, pos);
            assert_int_equal(rpc_server_input(w.server, stub, 1), -ENOMEM);
        }
        world_close(&w);
    }
}

/* ---- the client ---- */

static uint32_t sink(void *ctx, const uint8_t *p, size_t n, bool big)
{
    (void)p, (void)big;
    *(size_t *)ctx += n;
    return 0;
}

/* A call of 9000 bytes through an authenticated connection, with both ends in this program; only the client's memory
 * fails. */
static bool call(unsigned nth, size_t step)
{
    struct world w;
    struct fake_config ours = {.legs = 3}, theirs = {.legs = 3};
    static uint8_t stub[9000];
    size_t got = 0;
    world_open_with(&w, 5840);
    w.config.mechs = mechs;
    w.config.n_mechs = 1;
    w.config.mech_ctx = &theirs;
    world_start(&w);
    struct rpc_client_config config = {.interfaces = &w.a.id,
                                       .n_interfaces = 1,
                                       .mech = &fake_mech,
                                       .mech_ctx = &ours,
                                       .level = RPC_AUTH_PRIVACY,
                                       .max_frag = 4280};
    const struct rpc_sink to = {sink, &got};
    failing_start(nth);
    struct rpc_client *c = rpc_client_new(&config);
    int rc = 0;
    bool called = false;
    for (bool more = c; more;) {
        size_t out, in;
        const uint8_t *p = rpc_client_output(c, &out);
        pause_failing();
        if (out) {
            (void)rpc_server_input(w.server, p, out);
            rpc_client_consumed(c, out);
        }
        p = rpc_server_output(w.server, &in);
        in = in < step ? in : step;
        go_on_failing();
        if (in) {
            rpc_client_input(c, p, in);
            rpc_server_consumed(w.server, in);
        }
        more = out || in;
        if (!more && !called && rpc_client_state(c) == RPC_CLIENT_READY) {
            rc = rpc_client_call(c, 0, 3, stub, sizeof stub, &to);
            called = more = true;
        }
    }
    bool failed = failing_stop();
    if (!failed) {
        assert_int_equal(rpc_client_state(c), RPC_CLIENT_READY);
        assert_int_equal(got, sizeof stub);
    } else if (c && rc == -ENOMEM) {
        assert_int_equal(rpc_client_state(c), RPC_CLIENT_READY); /* nothing of the call was begun */
        assert_int_equal(rpc_client_call(c, 0, 3, stub, sizeof stub, &to), 0);
    } else if (c) {
        assert_int_equal(rpc_client_state(c), RPC_CLIENT_BROKEN);
        assert_int_equal(rpc_client_error(c), ERROR_NOT_ENOUGH_MEMORY);
    }
    rpc_client_free(c);
    world_close(&w);
    assert_int_equal(ours.created, ours.destroyed);
    return failed;
}

static void client_survives_each_failing_allocation(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 1000, 100000};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        unsigned nth = 1;
        while (call(nth, steps[i]))
            nth++;
        assert_true(nth > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(association_survives_each_failing_allocation),
        cmocka_unit_test(late_answers_survive_without_memory),
        cmocka_unit_test(client_survives_each_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
