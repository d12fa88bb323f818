/* SPDX-License-Identifier: Apache-2.0 */
/* Several security contexts on one connection (MS-RPCE 3.3.1.5.3): who may have them, and that none stands in for
 * another. */
#include "secure.h"

#define OTHER_ID 80u

static const struct protection first = {.level = RPC_AUTH_PRIVACY};
static const struct protection other = {.level = RPC_AUTH_INTEGRITY, .context_id = OTHER_ID};

/* Bound with the first context, and with the feature that says that there may be more if `many`: Windows takes them
 * without. Everything said is forgotten. */
static void open_bound(struct secure *s, bool many)
{
    struct bytes in = {0};
    secure_open(s, 2);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, many ? 2 : 1);
    put_context(&in, 0, IF_A, NDR20, NULL);
    if (many)
        put_context(&in, 1, IF_A, FEATURES, NULL);
    end_pdu_auth(&in, 0, FAKE_TYPE, first.level, 0, CONTEXT_ID, "one", 3);
    assert_int_equal(say(&s->w, &in), 0);
    assert_true(rpc_server_is_bound(s->w.server));
    forget(&s->w);
}

static void open_both(struct secure *s)
{
    struct bytes in = {0};
    size_t pos = 0;
    open_bound(s, true);
    put_auth_bind(&in, ALTER, 0, 2, FAKE_TYPE, other.level, OTHER_ID, "one");
    assert_int_equal(say(&s->w, &in), 0);
    assert_int_equal(next_pdu(&s->w.out, &pos).type, ALTER_RESP);
    forget(&s->w);
}

static void each_context_protects_its_calls(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    open_both(&s);
    for (uint32_t i = 0; i < 3; i++) { /* each has a sequence of its own */
        s.seq = i;
        put_secured(&s, &in, FIRST | LAST, 10 + 2 * i, &first, "x", 1);
        s.seq = i;
        put_secured(&s, &in, FIRST | LAST, 11 + 2 * i, &other, "y", 1);
        assert_int_equal(say(&s.w, &in), 0);
        (void)open_response(&s.w, &pos, 10 + 2 * i, &first, i);
        (void)open_response(&s.w, &pos, 11 + 2 * i, &other, i);
    }
    expect_alive(&s.w, pos);
    secure_close(&s);
}

static void the_feature_is_granted_where_there_is_authentication(void **state)
{
    (void)state;
    for (int mechs = 0; mechs < 2; mechs++) {
        struct secure s;
        struct bytes in = {0};
        size_t pos = 0;
        secure_open(&s, 2);
        s.w.config.n_mechs = mechs ? ARRAY_SIZE(secure_mechs) : 0;
        begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 2);
        put_context(&in, 0, IF_A, NDR20, NULL);
        put_context(&in, 1, IF_A, FEATURES, NULL);
        end_pdu(&in, 0);
        assert_int_equal(say(&s.w, &in), 0);
        struct seen ack = next_pdu(&s.w.out, &pos);
        const uint8_t *result = ack.p + ack.frag_length - 24;
        assert_int_equal(result[0], 3);             /* negotiate_ack */
        assert_int_equal(result[2], mechs ? 3 : 2); /* to stay after an orphan is always possible */
        secure_close(&s);
    }
}

/* A second leg that is refused: the fault is as unprotected as the alter_context. */
static void refuse_alter(struct secure *s, struct bytes *in, uint32_t status, const char *reason)
{
    size_t pos = 0;
    assert_int_equal(say(&s->w, in), -EPROTO);
    struct seen r = next_pdu(&s->w.out, &pos);
    assert_int_equal(r.type, FAULT);
    assert_int_equal(r.auth_length, 0);
    assert_int_equal(get32(r.p + 24), status);
    assert_string_equal(rpc_server_close_reason(s->w.server), reason);
    secure_close(s);
}

static void another_context_has_an_id_of_its_own(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    open_bound(&s, true);
    put_auth_bind(&in, ALTER, 0, 2, FAKE_TYPE, RPC_AUTH_INTEGRITY, CONTEXT_ID, "one");
    refuse_alter(&s, &in, RPC_FAULT_ACCESS_DENIED, "a security context that is defined twice");
    open_bound(&s, true);
    put_auth_bind(&in, ALTER, 0, 2, 10, first.level, CONTEXT_ID, "one");
    refuse_alter(&s, &in, RPC_FAULT_SEC_PKG_ERROR, "a security context that is defined twice");
    open_bound(&s, true);
    put_auth_bind(&in, ALTER, 0, 2, FAKE_TYPE, first.level, CONTEXT_ID, "one"); /* it is complete */
    refuse_alter(&s, &in, RPC_FAULT_ACCESS_DENIED, "a security context that is defined twice");
    open_bound(&s, true);
    put_auth_bind(&in, ALTER, 0, 2, FAKE_TYPE, other.level, OTHER_ID, "wrong");
    refuse_alter(&s, &in, RPC_FAULT_SEC_PKG_ERROR, "the authentication failed");
}

static void contexts_have_a_limit(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    open_bound(&s, false);
    for (uint32_t i = 1; i < RPC_SECURITIES_MAX; i++) {
        put_auth_bind(&in, ALTER, 0, 1 + i, FAKE_TYPE, other.level, 1000 + i, "one");
        assert_int_equal(say(&s.w, &in), 0);
    }
    forget(&s.w);
    put_auth_bind(&in, ALTER, 0, 99, FAKE_TYPE, other.level, OTHER_ID, "one");
    refuse_alter(&s, &in, RPC_FAULT_PROTO_ERROR, "too many security contexts");
}

static void fragments_of_one_call_come_by_one_context(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    open_both(&s);
    s.seq = 0;
    put_secured(&s, &in, FIRST, 10, &first, "0123456789abcdef", 16);
    s.seq = 0;
    put_secured(&s, &in, LAST, 10, &other, "x", 1);
    assert_int_equal(say(&s.w, &in), -EPROTO);
    assert_int_equal(s.w.dispatched, 0);
    assert_string_equal(rpc_server_close_reason(s.w.server),
                        "a fragment that is protected by another context than its request");
    secure_close(&s);
}

static void one_context_that_protects_is_enough_to_demand_protection(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    secure_open(&s, 2);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 2);
    put_context(&in, 0, IF_A, NDR20, NULL);
    put_context(&in, 1, IF_A, FEATURES, NULL);
    end_pdu_auth(&in, 0, FAKE_TYPE, RPC_AUTH_CONNECT, 0, CONTEXT_ID, "one", 3);
    put_request(&in, FIRST | LAST, 2, 0, 3, NULL, 0); /* at this level without a verifier */
    assert_int_equal(say(&s.w, &in), 0);
    assert_int_equal(s.w.dispatched, 1);
    put_auth_bind(&in, ALTER, 0, 3, FAKE_TYPE, other.level, OTHER_ID, "one");
    put_request(&in, FIRST | LAST, 4, 0, 3, NULL, 0);
    assert_int_equal(say(&s.w, &in), -EPROTO);
    assert_int_equal(s.w.dispatched, 1);
    secure_close(&s);
}

static void each_call_needs_a_context_that_is_good_enough(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    open_both(&s);
    s.w.config.min_level = RPC_AUTH_PRIVACY;
    s.seq = 0;
    put_secured(&s, &in, FIRST | LAST, 10, &other, "y", 1);
    s.seq = 0;
    put_secured(&s, &in, FIRST | LAST, 11, &first, "x", 1);
    assert_int_equal(say(&s.w, &in), 0);
    assert_int_equal(next_pdu(&s.w.out, &pos).type, FAULT);
    assert_int_equal(next_pdu(&s.w.out, &pos).type, RESPONSE);
    assert_int_equal(s.w.dispatched, 1);
    secure_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_context_protects_its_calls),
        cmocka_unit_test(the_feature_is_granted_where_there_is_authentication),
        cmocka_unit_test(another_context_has_an_id_of_its_own),
        cmocka_unit_test(contexts_have_a_limit),
        cmocka_unit_test(fragments_of_one_call_come_by_one_context),
        cmocka_unit_test(one_context_that_protects_is_enough_to_demand_protection),
        cmocka_unit_test(each_call_needs_a_context_that_is_good_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
