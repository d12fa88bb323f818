/* SPDX-License-Identifier: Apache-2.0 */
/* Our client and our server with protected PDUs between them: they agree, and the client notices what does not fit. */
#include "secure.h"

#include <winerror.h>

#include "rpc/client.h"

static uint32_t collect(void *ctx, const uint8_t *p, size_t n, bool big)
{
    (void)big;
    put(ctx, p, n);
    return 0;
}

/* Carry bytes both ways, `step` at a time, until nobody has any. */
static void carry(struct rpc_client *c, struct world *w, size_t step)
{
    size_t out, in;
    do {
        const uint8_t *p = rpc_client_output(c, &out);
        out = out < step ? out : step;
        if (out) {
            (void)rpc_server_input(w->server, p, out);
            rpc_client_consumed(c, out);
        }
        p = rpc_server_output(w->server, &in);
        in = in < step ? in : step;
        if (in) {
            rpc_client_input(c, p, in);
            rpc_server_consumed(w->server, in);
        }
    } while (out || in);
}

static void client_and_server_agree(void **state)
{
    (void)state;
    static const enum rpc_auth_level levels[] = {RPC_AUTH_CONNECT, RPC_AUTH_PACKET, RPC_AUTH_INTEGRITY,
                                                 RPC_AUTH_PRIVACY};
    static const size_t steps[] = {1, 100, 100000};
    for (size_t i = 0; i < ARRAY_SIZE(levels) * 2 * 2 * ARRAY_SIZE(steps); i++) {
        struct secure s;
        enum rpc_auth_level level = levels[i % ARRAY_SIZE(levels)];
        unsigned legs = i / ARRAY_SIZE(levels) % 2 ? 2 : 3;
        const struct rpc_auth_mech *mech = secure_mechs[i / ARRAY_SIZE(levels) / 2 % 2];
        size_t step = steps[i / ARRAY_SIZE(levels) / 4];
        secure_open(&s, legs);
        struct rpc_syntax ids[] = {s.w.a.id, s.w.b.id};
        struct rpc_client_config config = {
            .interfaces = ids, .n_interfaces = 2, .mech = mech, .mech_ctx = &s.fake, .level = level, .max_frag = 4280};
        struct rpc_client *c = rpc_client_new(&config);
        assert_non_null(c);
        carry(c, &s.w, step);
        assert_int_equal(rpc_client_state(c), RPC_CLIENT_READY);
        assert_true(rpc_server_is_bound(s.w.server));
        static uint8_t stub[30000];
        for (size_t k = 0; k < sizeof stub; k++)
            stub[k] = stream_byte(k);
        static const size_t sizes[] = {0, 1, 4, 15, 16, 17, 4000, 4256, 4257, sizeof stub};
        for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
            struct bytes got = {0};
            struct rpc_sink sink = {collect, &got};
            assert_int_equal(rpc_client_call(c, 1, 1, stub, sizes[k], &sink), 0);
            carry(c, &s.w, step);
            assert_int_equal(rpc_client_state(c), RPC_CLIENT_READY);
            bool dne;
            assert_int_equal(rpc_client_fault(c, &dne), 0);
            assert_int_equal(got.n, sizes[k]);
            if (got.n)
                assert_memory_equal(got.p, stub, got.n);
            drop(&got);
        }
        rpc_client_free(c);
        secure_close(&s);
    }
}

/* A client of ours that is bound and has sent its call; the answer is in s->w.out, and not with the client yet. */
static struct rpc_client *open_calling(struct secure *s, const struct rpc_sink *sink, enum behaviour behaviour)
{
    size_t n;
    secure_open(s, 2);
    s->w.behaviour = behaviour;
    s->w.status = RPC_FAULT_BAD_STUB;
    struct rpc_client_config config = {.interfaces = &s->w.a.id,
                                       .n_interfaces = 1,
                                       .mech = &fake_mech,
                                       .mech_ctx = &s->fake,
                                       .level = RPC_AUTH_INTEGRITY,
                                       .max_frag = 4280};
    struct rpc_client *c = rpc_client_new(&config);
    assert_non_null(c);
    carry(c, &s->w, 10000);
    assert_int_equal(rpc_client_call(c, 0, 1, "0123456789abcdef", 16, sink), 0);
    const uint8_t *p = rpc_client_output(c, &n);
    assert_int_equal(rpc_server_input(s->w.server, p, n), 0);
    drain(&s->w);
    return c;
}

static void client_notices_changed_answers(void **state)
{
    (void)state;
    for (size_t at = 16; at < 24 + 16 + 8 + FAKE_TOKEN; at++) {
        struct secure s;
        struct bytes got = {0};
        struct rpc_sink sink = {collect, &got};
        struct rpc_client *c = open_calling(&s, &sink, ECHO);
        s.w.out.p[at] ^= 0x01;
        rpc_client_input(c, s.w.out.p, s.w.out.n);
        assert_int_equal(rpc_client_state(c), RPC_CLIENT_BROKEN);
        assert_int_equal(got.n, 0); /* nothing of it was believed */
        rpc_client_free(c);
        secure_close(&s);
    }
}

/* It asks for faults that it can believe, and gets them. */
static void client_believes_a_fault_that_is_protected(void **state)
{
    (void)state;
    struct secure s;
    struct bytes got = {0};
    struct rpc_sink sink = {collect, &got};
    struct rpc_client *c = open_calling(&s, &sink, FAIL);
    bool did_not_execute;
    rpc_client_input(c, s.w.out.p, s.w.out.n);
    assert_int_equal(rpc_client_state(c), RPC_CLIENT_READY);
    assert_int_equal(rpc_client_fault(c, &did_not_execute), RPC_FAULT_BAD_STUB);
    rpc_client_free(c);
    secure_close(&s);
}

/* Whoever says so may have let the call through. */
static void client_does_not_believe_a_fault_that_is_not_protected(void **state)
{
    (void)state;
    struct secure s;
    struct bytes got = {0}, fault = {0};
    struct rpc_sink sink = {collect, &got};
    struct rpc_client *c = open_calling(&s, &sink, ECHO);
    size_t start = begin_pdu(&fault, FAULT, FIRST | LAST | DNE, get32(s.w.out.p + 12));
    put32(&fault, 0);
    put32(&fault, 0);
    put32(&fault, RPC_FAULT_ACCESS_DENIED);
    put32(&fault, 0);
    end_pdu(&fault, start);
    rpc_client_input(c, fault.p, fault.n);
    assert_int_equal(rpc_client_state(c), RPC_CLIENT_BROKEN);
    assert_int_equal(rpc_client_error(c), RPC_S_CALL_FAILED);
    drop(&fault);
    rpc_client_free(c);
    secure_close(&s);
}

static void client_is_told_that_it_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct fake_config fake = {.legs = 2};
    world_open(&w); /* without mechanisms */
    struct rpc_client_config config = {.interfaces = &w.a.id,
                                       .n_interfaces = 1,
                                       .mech = &fake_mech,
                                       .mech_ctx = &fake,
                                       .level = RPC_AUTH_INTEGRITY,
                                       .max_frag = 4280};
    struct rpc_client *c = rpc_client_new(&config);
    carry(c, &w, 10000);
    assert_int_equal(rpc_client_state(c), RPC_CLIENT_BROKEN);
    assert_int_equal(rpc_client_error(c), RPC_S_UNKNOWN_AUTHN_SERVICE);
    rpc_client_free(c);
    fake.refuse_create = true;
    assert_null(rpc_client_new(&config));
    assert_int_equal(fake.created, fake.destroyed);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_and_server_agree),
        cmocka_unit_test(client_notices_changed_answers),
        cmocka_unit_test(client_believes_a_fault_that_is_protected),
        cmocka_unit_test(client_does_not_believe_a_fault_that_is_not_protected),
        cmocka_unit_test(client_is_told_that_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
