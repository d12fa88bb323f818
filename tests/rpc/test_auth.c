/* SPDX-License-Identifier: Apache-2.0 */
/* Authentication: the legs of the exchange, and what is refused. */
#include "secure.h"

static void three_legs_end_with_alter_or_auth3(void **state)
{
    (void)state;
    for (int auth3 = 0; auth3 < 2; auth3++) {
        struct secure s;
        struct bytes in = {0};
        size_t pos = 0;
        struct protection how = {.level = RPC_AUTH_INTEGRITY};
        secure_open(&s, 3);
        put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "one");
        assert_int_equal(say(&s.w, &in), 0);
        assert_int_equal(next_pdu(&s.w.out, &pos).auth_length, 3);
        assert_false(rpc_server_is_bound(s.w.server));
        if (auth3) {
            put_auth3(&in, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "three");
            assert_int_equal(say(&s.w, &in), 0);
        } else {
            put_auth_bind(&in, ALTER, 0, 2, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "three");
            assert_int_equal(say(&s.w, &in), 0);
            struct seen r = next_pdu(&s.w.out, &pos);
            assert_int_equal(r.type, ALTER_RESP);
            assert_int_equal(r.auth_length, 0);
        }
        expect_alive(&s.w, pos);
        assert_true(rpc_server_is_bound(s.w.server));
        put_secured(&s, &in, FIRST | LAST, 3, &how, "x", 1);
        assert_int_equal(say(&s.w, &in), 0);
        (void)open_response(&s.w, &pos, 3, &how, 0);
        secure_close(&s);
    }
}

static void requests_before_the_end_of_the_exchange_end_the_connection(void **state)
{
    (void)state;
    for (int named = 0; named < 2; named++) {
        struct secure s;
        struct bytes in = {0};
        size_t pos = 0;
        secure_open(&s, 3);
        put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "one");
        assert_int_equal(say(&s.w, &in), 0);
        forget(&s.w);
        put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
        if (named)
            end_pdu_auth(&in, 0, FAKE_TYPE, RPC_AUTH_CONNECT, 0, CONTEXT_ID, "anything", 8);
        assert_int_equal(say(&s.w, &in), -EPROTO);
        expect_fault(&s.w, &pos, 2, 0, RPC_FAULT_PROTO_ERROR, true);
        expect_end(&s.w, pos);
        assert_int_equal(s.w.dispatched, 0);
        secure_close(&s);
    }
}

static void verifiers_mean_nothing_at_the_level_of_connections(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 3);
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "one");
    assert_int_equal(say(&s.w, &in), 0);
    forget(&s.w);
    put_auth3(&in, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "three");
    put_request(&in, FIRST | LAST, 3, 0, 3, NULL, 0); /* at this level without a verifier, as Windows does */
    assert_int_equal(say(&s.w, &in), 0);
    (void)expect_response(&s.w, &pos, 3);
    size_t start = in.n;
    put_request(&in, FIRST | LAST, 4, 0, 3, "ab", 2); /* or with one that means nothing */
    put_hex(&in, "ffff");
    end_pdu_auth(&in, start, FAKE_TYPE, RPC_AUTH_CONNECT, 2, CONTEXT_ID, "anything", 8);
    assert_int_equal(say(&s.w, &in), 0);
    struct seen r = expect_response(&s.w, &pos, 4);
    assert_int_equal(r.auth_length, 0);
    assert_int_equal(r.stub_len, 2);
    expect_alive(&s.w, pos);
    secure_close(&s);
}

static void failure_of_auth3_is_told_with_the_request(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 3);
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "one");
    assert_int_equal(say(&s.w, &in), 0);
    forget(&s.w);
    put_auth3(&in, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "wrong");
    assert_int_equal(say(&s.w, &in), 0);
    expect_alive(&s.w, 0);
    assert_false(rpc_server_is_bound(s.w.server));
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    assert_int_equal(say(&s.w, &in), -EPROTO);
    expect_fault(&s.w, &pos, 2, 0, RPC_FAULT_ACCESS_DENIED, false);
    expect_end(&s.w, pos);
    assert_int_equal(s.w.dispatched, 0);
    secure_close(&s);
}

/* It would have no way to the client, who then can't be through. */
static void an_exchange_that_needs_an_answer_cant_end_with_auth3(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 4);
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "one");
    assert_int_equal(say(&s.w, &in), 0);
    forget(&s.w);
    put_auth3(&in, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "three");
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    assert_int_equal(say(&s.w, &in), -EPROTO);
    expect_fault(&s.w, &pos, 2, 0, RPC_FAULT_ACCESS_DENIED, false);
    expect_end(&s.w, pos);
    secure_close(&s);
}

/* A last leg without a token of the server's: what it belongs to is said all the same, as Windows does. */
static void an_answer_without_a_token_names_its_context(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 3);
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "one");
    put_auth_bind(&in, ALTER, 0, 2, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "three");
    assert_int_equal(say(&s.w, &in), 0);
    (void)next_pdu(&s.w.out, &pos);
    struct seen r = next_pdu(&s.w.out, &pos);
    assert_int_equal(r.type, ALTER_RESP);
    assert_int_equal(r.auth_length, 0);
    const uint8_t *trailer = r.p + r.frag_length - 8;
    assert_int_equal(trailer[0], FAKE_TYPE);
    assert_int_equal(trailer[1], RPC_AUTH_INTEGRITY);
    assert_int_equal(get32(trailer + 4), CONTEXT_ID);
    expect_alive(&s.w, pos);
    secure_close(&s);
}

static void refuse(struct secure *s, struct bytes *in, unsigned reason)
{
    size_t pos = 0;
    assert_int_equal(say(&s->w, in), -EPROTO);
    expect_nak(&s->w, &pos, 1, reason);
    expect_end(&s->w, pos);
    assert_false(rpc_server_is_bound(s->w.server));
    secure_close(s);
}

static void bad_first_legs_are_refused_with_their_reason(void **state)
{
    (void)state;
    static const struct {
        unsigned type, level, reason;
        const char *token;
    } rows[] = {
        {FAKE_TYPE, RPC_AUTH_INTEGRITY, 9, "wrong"},
        {16, RPC_AUTH_INTEGRITY, 8, "one"},
        {0, RPC_AUTH_CONNECT, 8, "one"},
        {255, RPC_AUTH_PRIVACY, 8, "one"},
        {FAKE_TYPE, RPC_AUTH_NONE, 0, "one"},
        {FAKE_TYPE, 7, 0, "one"},
        {FAKE_TYPE, 255, 0, "one"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct secure s;
        struct bytes in = {0};
        secure_open(&s, 2);
        put_auth_bind(&in, BIND, 0, 1, rows[i].type, rows[i].level, CONTEXT_ID, rows[i].token);
        refuse(&s, &in, rows[i].reason);
    }
    struct secure s;
    struct bytes in = {0};
    secure_open(&s, 2);
    s.fake.refuse_create = true;
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "one");
    refuse(&s, &in, 8);
    secure_open(&s, 2);
    s.fake.token_size = RPC_AUTH_PROTECT_MAX + 1;
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "one");
    refuse(&s, &in, 9);
}

/* 0 stands for another one in programs only; calls are nothing by themselves on a connection. */
static void levels_that_connections_do_not_have_are_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned level, type, reason;
    } rows[] = {
        {RPC_AUTH_DEFAULT, FAKE_TYPE, 0}, {RPC_AUTH_NONE, FAKE_TYPE, 0}, {7, FAKE_TYPE, 0},    {255, FAKE_TYPE, 0},
        {RPC_AUTH_DEFAULT, 0, 0},         {RPC_AUTH_CALL, FAKE_TYPE, 9}, {RPC_AUTH_CALL, 0, 8}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct secure s;
        struct bytes in = {0};
        secure_open(&s, 2);
        put_auth_bind(&in, BIND, 0, 1, rows[i].type, rows[i].level, CONTEXT_ID, "one");
        refuse(&s, &in, rows[i].reason);
    }
}

static void tokens_have_a_limit(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct secure s;
        struct bytes in = {0};
        static char token[RPC_AUTH_TOKEN_MAX + 1] = "one";
        secure_open(&s, 2);
        begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 1);
        put_context(&in, 0, IF_A, NDR20, NULL);
        end_pdu_auth(&in, 0, FAKE_TYPE, RPC_AUTH_INTEGRITY, 0, CONTEXT_ID, token, RPC_AUTH_TOKEN_MAX + over);
        if (over) {
            refuse(&s, &in, 9);
        } else {
            assert_int_equal(say(&s.w, &in), 0);
            secure_close(&s);
        }
    }
}

/* A leg on a connection in the middle of an exchange; it gets a fault and the end. */
static void alter_fails(unsigned type, unsigned level, uint32_t context_id, const char *token, uint32_t status)
{
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 3);
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "one");
    assert_int_equal(say(&s.w, &in), 0);
    forget(&s.w);
    put_auth_bind(&in, ALTER, 0, 2, type, level, context_id, token);
    assert_int_equal(say(&s.w, &in), -EPROTO);
    expect_fault(&s.w, &pos, 2, 0, status, true);
    expect_end(&s.w, pos);
    secure_close(&s);
}

static void later_legs_must_fit_the_first(void **state)
{
    (void)state;
    alter_fails(FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "wrong", RPC_FAULT_SEC_PKG_ERROR);
    alter_fails(10, RPC_AUTH_INTEGRITY, CONTEXT_ID, "three", RPC_FAULT_SEC_PKG_ERROR);
    alter_fails(0, RPC_AUTH_INTEGRITY, CONTEXT_ID, "three", RPC_FAULT_ACCESS_DENIED);
    alter_fails(FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "three", RPC_FAULT_ACCESS_DENIED);
    alter_fails(FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "three", RPC_FAULT_ACCESS_DENIED);
    alter_fails(FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID + 1, "three", RPC_FAULT_SEC_PKG_ERROR);
}

static void legs_have_a_limit(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 3);
    s.fake.endless = true;
    for (unsigned leg = 0; leg < RPC_AUTH_LEGS_MAX; leg++) {
        put_auth_bind(&in, leg ? ALTER : BIND, 0, leg, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "more");
        assert_int_equal(say(&s.w, &in), 0);
        assert_int_equal(next_pdu(&s.w.out, &pos).auth_length, 3);
    }
    put_auth_bind(&in, ALTER, 0, 99, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "more");
    assert_int_equal(say(&s.w, &in), -EPROTO);
    expect_fault(&s.w, &pos, 99, 0, RPC_FAULT_SEC_PKG_ERROR, true);
    expect_end(&s.w, pos);
    secure_close(&s);
}

static void auth3_without_an_exchange_ends_the_connection(void **state)
{
    (void)state;
    for (int done = 0; done < 2; done++) {
        struct secure s;
        struct bytes in = {0};
        if (done) {
            secure_bind(&s, 0, RPC_AUTH_INTEGRITY);
        } else {
            secure_open(&s, 3);
            world_bind(&s.w, 0);
        }
        size_t pos = 0;
        put_auth3(&in, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "three");
        assert_int_equal(say(&s.w, &in), -EPROTO);
        expect_fault(&s.w, &pos, 1, 0, RPC_FAULT_PROTO_ERROR, true);
        expect_end(&s.w, pos);
        secure_close(&s);
    }
}

static void authentication_may_begin_with_alter(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    struct protection how = {.level = RPC_AUTH_PRIVACY, .sign_header = true};
    secure_open(&s, 2);
    world_bind(&s.w, 0);
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    put_auth_bind(&in, ALTER, HDR_SIGN, 3, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "one");
    put_secured(&s, &in, FIRST | LAST, 4, &how, "x", 1);
    assert_int_equal(say(&s.w, &in), 0);
    (void)expect_response(&s.w, &pos, 2);
    struct seen r = next_pdu(&s.w.out, &pos);
    assert_int_equal(r.type, ALTER_RESP);
    assert_true(r.flags & HDR_SIGN);
    (void)open_response(&s.w, &pos, 4, &how, 0);
    secure_close(&s);
}

static void header_signing_is_only_granted_where_it_can_be_done(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 2);
    put_auth_bind(&in, BIND, HDR_SIGN, 1, 10, RPC_AUTH_INTEGRITY, CONTEXT_ID, "one");
    assert_int_equal(say(&s.w, &in), 0);
    struct seen ack = next_pdu(&s.w.out, &pos);
    assert_int_equal(ack.flags, FIRST | LAST);
    secure_close(&s);
}

static void minimum_level_is_enforced(void **state)
{
    (void)state;
    for (unsigned level = RPC_AUTH_NONE; level <= RPC_AUTH_PRIVACY; level++) {
        if (level == RPC_AUTH_CALL)
            continue; /* refused when it is asked for */
        struct secure s;
        struct bytes in = {0};
        size_t pos = 0;
        struct protection how = {.level = level};
        secure_open(&s, 2);
        s.w.config.min_level = RPC_AUTH_INTEGRITY;
        if (level == RPC_AUTH_NONE) {
            world_bind(&s.w, 0);
        } else {
            put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, level, CONTEXT_ID, "one");
            assert_int_equal(say(&s.w, &in), 0);
            forget(&s.w);
        }
        if (level < RPC_AUTH_CALL)
            put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
        else
            put_secured(&s, &in, FIRST | LAST, 2, &how, NULL, 0);
        assert_int_equal(say(&s.w, &in), 0);
        struct seen r = next_pdu(&s.w.out, &pos);
        bool enough = level >= RPC_AUTH_INTEGRITY;
        assert_int_equal(r.type, enough ? RESPONSE : FAULT);
        assert_int_equal(s.w.dispatched, enough);
        expect_alive(&s.w, pos);
        secure_close(&s);
    }
}

/* What comes behind a leg in one piece has to wait for the outcome. */
static void legs_can_be_put_off(void **state)
{
    (void)state;
    for (int auth3 = 0; auth3 < 2; auth3++) {
        struct secure s;
        struct bytes in = {0};
        size_t pos = 0;
        struct protection how = {.level = RPC_AUTH_PRIVACY};
        secure_open(&s, 3);
        s.fake.later = true;
        put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "one");
        assert_int_equal(say(&s.w, &in), 0);
        expect_alive(&s.w, 0); /* no answer yet */
        assert_false(rpc_server_wants_input(s.w.server));
        rpc_server_auth_ready(s.w.server);
        drain(&s.w);
        assert_int_equal(next_pdu(&s.w.out, &pos).type, BIND_ACK);
        assert_true(rpc_server_wants_input(s.w.server));
        assert_false(rpc_server_is_bound(s.w.server));
        if (auth3)
            put_auth3(&in, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "three");
        else
            put_auth_bind(&in, ALTER, 0, 2, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "three");
        put_secured(&s, &in, FIRST | LAST, 3, &how, "x", 1); /* in one piece with the leg that it needs */
        assert_int_equal(say(&s.w, &in), 0);
        expect_alive(&s.w, pos);
        assert_int_equal(s.w.dispatched, 0);
        rpc_server_auth_ready(s.w.server);
        drain(&s.w);
        assert_int_equal(s.w.dispatched, 1);
        if (!auth3)
            assert_int_equal(next_pdu(&s.w.out, &pos).type, ALTER_RESP);
        (void)open_response(&s.w, &pos, 3, &how, 0);
        expect_alive(&s.w, pos);
        rpc_server_auth_ready(s.w.server); /* nothing waits: nothing happens */
        expect_alive(&s.w, pos);
        secure_close(&s);
    }
}

static void legs_that_were_put_off_are_refused_alike(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(&s, 3);
    s.fake.later = true;
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "wrong");
    assert_int_equal(say(&s.w, &in), 0);
    rpc_server_auth_ready(s.w.server);
    drain(&s.w);
    expect_nak(&s.w, &pos, 1, 9);
    expect_end(&s.w, pos);
    secure_close(&s);

    secure_open(&s, 3);
    s.fake.later = true;
    pos = 0;
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "one");
    assert_int_equal(say(&s.w, &in), 0);
    rpc_server_auth_ready(s.w.server);
    drain(&s.w);
    forget(&s.w);
    put_auth3(&in, FAKE_TYPE, RPC_AUTH_CONNECT, CONTEXT_ID, "wrong");
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    assert_int_equal(say(&s.w, &in), 0);
    rpc_server_auth_ready(s.w.server);
    drain(&s.w);
    expect_fault(&s.w, &pos, 2, 0, RPC_FAULT_ACCESS_DENIED, false);
    assert_int_equal(s.w.dispatched, 0);
    secure_close(&s);
}

static void a_connection_may_go_while_a_leg_is_put_off(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    secure_open(&s, 3);
    s.fake.later = true;
    put_auth_bind(&in, BIND, 0, 1, FAKE_TYPE, RPC_AUTH_PRIVACY, CONTEXT_ID, "one");
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0);
    assert_int_equal(say(&s.w, &in), 0);
    assert_false(rpc_server_is_bound(s.w.server));
    secure_close(&s);
}

static void without_authentication_none_is_bound_where_it_is_demanded(void **state)
{
    (void)state;
    struct secure s;
    secure_open(&s, 2);
    s.w.config.min_level = RPC_AUTH_PRIVACY;
    world_bind(&s.w, 0);
    assert_false(rpc_server_is_bound(s.w.server));
    secure_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_legs_end_with_alter_or_auth3),
        cmocka_unit_test(requests_before_the_end_of_the_exchange_end_the_connection),
        cmocka_unit_test(verifiers_mean_nothing_at_the_level_of_connections),
        cmocka_unit_test(an_exchange_that_needs_an_answer_cant_end_with_auth3),
        cmocka_unit_test(an_answer_without_a_token_names_its_context),
        cmocka_unit_test(failure_of_auth3_is_told_with_the_request),
        cmocka_unit_test(bad_first_legs_are_refused_with_their_reason),
        cmocka_unit_test(levels_that_connections_do_not_have_are_refused),
        cmocka_unit_test(tokens_have_a_limit),
        cmocka_unit_test(later_legs_must_fit_the_first),
        cmocka_unit_test(legs_have_a_limit),
        cmocka_unit_test(auth3_without_an_exchange_ends_the_connection),
        cmocka_unit_test(authentication_may_begin_with_alter),
        cmocka_unit_test(header_signing_is_only_granted_where_it_can_be_done),
        cmocka_unit_test(minimum_level_is_enforced),
        cmocka_unit_test(legs_can_be_put_off),
        cmocka_unit_test(legs_that_were_put_off_are_refused_alike),
        cmocka_unit_test(a_connection_may_go_while_a_leg_is_put_off),
        cmocka_unit_test(without_authentication_none_is_bound_where_it_is_demanded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
