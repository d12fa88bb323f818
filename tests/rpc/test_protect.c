/* SPDX-License-Identifier: Apache-2.0 */
/* Protected PDUs: what goes through, and that whatever does not fit is noticed. */
#include "secure.h"

static void protected_calls_work_at_each_level(void **state)
{
    (void)state;
    static const unsigned levels[] = {RPC_AUTH_PACKET, RPC_AUTH_INTEGRITY, RPC_AUTH_PRIVACY};
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        for (unsigned flags = 0; flags <= HDR_SIGN; flags += HDR_SIGN) {
            struct secure s;
            struct bytes in = {0};
            size_t pos = 0;
            struct protection how = {.level = levels[i], .sign_header = flags};
            secure_bind(&s, flags, levels[i]);
            enum rpc_auth_level level;
            assert_non_null(rpc_server_auth(s.w.server, &level));
            assert_int_equal(level, levels[i]);
            put_secured(&s, &in, FIRST | LAST, 2, &how, "0123456789", 10);
            put_secured(&s, &in, FIRST, 3, &how, "0123456789abcdef", 16);
            put_secured(&s, &in, LAST, 3, &how, "g", 1);
            put_secured(&s, &in, FIRST | LAST, 4, &how, NULL, 0);
            assert_int_equal(say(&s.w, &in), 0);
            struct seen r = open_response(&s.w, &pos, 2, &how, 0);
            assert_int_equal(r.stub_len, 10);
            assert_memory_equal(r.stub, "0123456789", 10);
            r = open_response(&s.w, &pos, 3, &how, 1);
            assert_int_equal(r.stub_len, 17);
            assert_memory_equal(r.stub, "0123456789abcdefg", 17);
            r = open_response(&s.w, &pos, 4, &how, 2);
            assert_int_equal(r.stub_len, 0);
            expect_alive(&s.w, pos);
            secure_close(&s);
        }
    }
}

static void protected_input_works_byte_by_byte(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    struct protection how = {.level = RPC_AUTH_PRIVACY};
    secure_bind(&s, 0, RPC_AUTH_PRIVACY);
    put_secured(&s, &in, FIRST, 2, &how, "0123456789abcdef", 16);
    put_secured(&s, &in, LAST, 2, &how, "g", 1);
    for (size_t i = 0; i < in.n; i++) {
        struct bytes one = {in.p + i, 1, 0};
        assert_int_equal(feed(&s.w, &one), 0);
    }
    drop(&in);
    drain(&s.w);
    assert_int_equal(open_response(&s.w, &pos, 2, &how, 0).stub_len, 17);
    expect_alive(&s.w, pos);
    secure_close(&s);
}

static void long_answers_are_protected_fragment_by_fragment(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0, got = 0;
    struct protection how = {.level = RPC_AUTH_PRIVACY, .sign_header = true};
    secure_bind(&s, HDR_SIGN, RPC_AUTH_PRIVACY);
    s.w.behaviour = STREAM;
    s.w.stream_size = 100001;
    put_secured(&s, &in, FIRST | LAST, 2, &how, NULL, 0);
    assert_int_equal(say(&s.w, &in), 0);
    struct seen r;
    uint32_t seq = 0;
    do {
        r = open_response(&s.w, &pos, 2, &how, seq++);
        assert_true(r.frag_length <= 5840);
        assert_int_equal(r.hint, 100001 - got);
        for (size_t i = 0; i < r.stub_len; i++)
            assert_int_equal(r.stub[i], stream_byte(got + i));
        got += r.stub_len;
        if (!(r.flags & LAST)) /* no padding but at the end */
            assert_int_equal(r.p[r.frag_length - FAKE_TOKEN - 8 + 2], 0);
    } while (!(r.flags & LAST));
    assert_int_equal(got, 100001);
    secure_close(&s);
}

/* What was in memory before, the answer to somebody else perhaps, must not go out with what fills a PDU up. */
static void padding_of_answers_carries_nothing(void **state)
{
    (void)state;
    static const unsigned levels[] = {RPC_AUTH_INTEGRITY, RPC_AUTH_PRIVACY};
    static const char secret[] = "0123456789abcdef0123456789abcdef0123456789abcdef";
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        struct secure s;
        struct bytes in = {0};
        struct protection how = {.level = levels[i]};
        secure_bind(&s, 0, levels[i]);
        for (uint32_t n = 0; n < 40; n++) {
            size_t pos = 0;
            s.seq = 2 * n;
            put_secured(&s, &in, FIRST | LAST, 2 + 2 * n, &how, secret, sizeof secret - 1);
            put_secured(&s, &in, FIRST | LAST, 3 + 2 * n, &how, secret, n);
            assert_int_equal(say(&s.w, &in), 0);
            (void)open_response(&s.w, &pos, 2 + 2 * n, &how, 2 * n);
            struct seen r = open_response(&s.w, &pos, 3 + 2 * n, &how, 2 * n + 1);
            assert_int_equal(r.stub_len, n);
            for (size_t at = 24 + n; at % 16 != 8; at++) /* up to the trailer */
                assert_int_equal(r.p[at], 0);
            assert_int_equal(r.p[r.frag_length - FAKE_TOKEN - 8 + 3], 0); /* reserved */
            forget(&s.w);
        }
        secure_close(&s);
    }
}

static void faults_are_protected_too(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    size_t pos = 0;
    struct protection how = {.level = RPC_AUTH_INTEGRITY, .sign_header = true};
    secure_bind_features(&s, HDR_SIGN, RPC_AUTH_INTEGRITY, FAULT_FEATURE);
    s.w.behaviour = FAIL;
    s.w.status = RPC_FAULT_BAD_STUB;
    put_secured(&s, &in, FIRST | LAST, 2, &how, NULL, 0);
    assert_int_equal(say(&s.w, &in), 0);
    struct seen f = next_pdu(&s.w.out, &pos);
    assert_int_equal(f.type, FAULT);
    assert_int_equal(f.status, RPC_FAULT_BAD_STUB);
    assert_int_equal(f.auth_length, FAKE_TOKEN);
    size_t trailer = f.frag_length - FAKE_TOKEN - 8;
    assert_int_equal(trailer, 40);
    uint8_t token[FAKE_TOKEN], pdu[128];
    memcpy(pdu, f.p, f.frag_length);
    fake_protect(pdu, 24, trailer, true, false, 0, token);
    assert_memory_equal(token, f.p + trailer + 8, FAKE_TOKEN);
    expect_alive(&s.w, pos);
    secure_close(&s);
}

/* A client that has asked for it knows who refuses its calls; others take no protected fault, and must not lose step.
 */
static void faults_are_protected_for_who_asks_for_it(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        struct secure s;
        struct bytes in = {0};
        size_t pos = 0;
        struct protection how = {.level = RPC_AUTH_PRIVACY};
        secure_bind_features(&s, 0, RPC_AUTH_PRIVACY, asked ? FAULT_FEATURE : NULL);
        s.w.behaviour = FAIL;
        s.w.status = RPC_FAULT_BAD_STUB;
        put_secured(&s, &in, FIRST | LAST, 2, &how, NULL, 0);
        assert_int_equal(say(&s.w, &in), 0);
        struct seen f = next_pdu(&s.w.out, &pos);
        assert_int_equal(f.type, FAULT);
        assert_int_equal(f.auth_length, asked ? FAKE_TOKEN : 0);
        s.w.a.opnums = 3; /* that of put_secured() is the first behind them: it does not get to a method */
        put_secured(&s, &in, FIRST | LAST, 3, &how, NULL, 0);
        assert_int_equal(say(&s.w, &in), 0);
        f = next_pdu(&s.w.out, &pos);
        assert_int_equal(f.type, FAULT);
        assert_int_equal(f.auth_length, asked ? FAKE_TOKEN : 0);
        s.w.a.opnums = 53;
        s.w.behaviour = ECHO;
        put_secured(&s, &in, FIRST | LAST, 4, &how, "x", 1);
        assert_int_equal(say(&s.w, &in), 0);
        (void)open_response(&s.w, &pos, 4, &how, asked ? 2 : 0); /* the sequence has none but protected ones */
        expect_alive(&s.w, pos);
        secure_close(&s);
    }
}

/* ---- requests that don't fit ---- */

static void denied(struct secure *s, struct bytes *in, uint32_t call_id, uint32_t status)
{
    size_t pos = 0;
    size_t before = s->w.dispatched;
    assert_int_equal(say(&s->w, in), -EPROTO);
    struct seen f = next_pdu(&s->w.out, &pos);
    assert_int_equal(f.type, FAULT);
    assert_int_equal(f.call_id, call_id);
    assert_int_equal(f.status, status);
    assert_int_equal(f.auth_length, 0); /* as there is no context any more that both sides trust */
    expect_end(&s->w, pos);
    assert_int_equal(s->w.dispatched, before);
    secure_close(s);
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    struct protection how = {.level = RPC_AUTH_INTEGRITY, .sign_header = true};
    for (size_t i = 16; i < 24 + 16 + 8 + FAKE_TOKEN; i++) {
        struct secure s;
        struct bytes in = {0};
        secure_bind(&s, HDR_SIGN, RPC_AUTH_INTEGRITY);
        put_secured(&s, &in, FIRST | LAST, 2, &how, "0123456789abcdef", 16);
        in.p[i] ^= 0x01;
        size_t at = i - (24 + 16); /* in sec_trailer: type, level and id name another context than there is */
        bool named = at == 0 || at == 1 || (at >= 4 && at < 8);
        denied(&s, &in, 2, named ? RPC_FAULT_ACCESS_DENIED : RPC_FAULT_SEC_PKG_ERROR);
    }
}

/* A fragment that belongs to nothing, with the id of the call under way: where calls are multiplexed, a flag that
 * nobody signs, it gets a fault of its own. But not one that the client would believe. */
static void nobody_makes_the_server_refuse_the_call_of_another(void **state)
{
    (void)state;
    for (int verifier = 0; verifier < 2; verifier++) {
        struct secure s;
        struct bytes in = {0};
        struct protection how = {.level = RPC_AUTH_PRIVACY, .sign_header = true};
        secure_bind_features(&s, HDR_SIGN | MPX, RPC_AUTH_PRIVACY, FAULT_FEATURE);
        s.w.behaviour = LATER;
        put_secured(&s, &in, FIRST | LAST, 2, &how, "x", 1);
        assert_int_equal(say(&s.w, &in), 0);
        assert_int_equal(s.w.n_calls, 1);
        size_t start = begin_pdu(&in, REQUEST, LAST, 2);
        put32(&in, 0);
        put16(&in, 77); /* a context that there is not */
        put16(&in, 3);
        if (verifier)
            end_pdu_auth(&in, start, FAKE_TYPE, RPC_AUTH_PRIVACY, 0, CONTEXT_ID, "not a token.", FAKE_TOKEN);
        else
            end_pdu(&in, start);
        size_t pos = 0;
        assert_int_equal(say(&s.w, &in), 0);
        struct seen f = next_pdu(&s.w.out, &pos);
        assert_int_equal(f.type, FAULT);
        assert_int_equal(f.call_id, 2);
        assert_int_equal(f.auth_length, 0);
        rpc_call_reply(s.w.calls[0], NULL, 0);
        drain(&s.w);
        (void)open_response(&s.w, &pos, 2, &how, 0);
        expect_alive(&s.w, pos);
        secure_close(&s);
    }
}

static void replay_is_noticed(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    struct protection how = {.level = RPC_AUTH_PACKET};
    secure_bind(&s, 0, RPC_AUTH_PACKET);
    put_secured(&s, &in, FIRST | LAST, 2, &how, "x", 1);
    assert_int_equal(say(&s.w, &in), 0);
    forget(&s.w);
    s.seq = 0;
    put_secured(&s, &in, FIRST | LAST, 3, &how, "x", 1);
    denied(&s, &in, 3, RPC_FAULT_SEC_PKG_ERROR);
}

static void verifiers_must_name_the_context(void **state)
{
    (void)state;
    static const struct protection rows[] = {
        {.level = RPC_AUTH_INTEGRITY, .type = 10},
        {.level = RPC_AUTH_PRIVACY},
        {.level = RPC_AUTH_CONNECT},
        {.level = RPC_AUTH_INTEGRITY, .context_id = CONTEXT_ID + 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (int second = 0; second < 2; second++) { /* on the only fragment, and on a later one */
            struct secure s;
            struct bytes in = {0};
            struct protection good = {.level = RPC_AUTH_INTEGRITY};
            secure_bind(&s, 0, RPC_AUTH_INTEGRITY);
            if (second)
                put_secured(&s, &in, FIRST, 2, &good, "x", 1);
            put_secured(&s, &in, second ? LAST : FIRST | LAST, 2, &rows[i], "x", 1);
            denied(&s, &in, 2, second ? RPC_FAULT_PROTO_ERROR : RPC_FAULT_ACCESS_DENIED);
        }
    }
}

static void unprotected_fragments_are_denied(void **state)
{
    (void)state;
    for (int second = 0; second < 2; second++) {
        struct secure s;
        struct bytes in = {0};
        struct protection good = {.level = RPC_AUTH_INTEGRITY};
        secure_bind(&s, 0, RPC_AUTH_INTEGRITY);
        if (second)
            put_secured(&s, &in, FIRST, 2, &good, "x", 1);
        put_request(&in, second ? LAST : FIRST | LAST, 2, 0, 3, "x", 1);
        denied(&s, &in, 2, second ? RPC_FAULT_PROTO_ERROR : RPC_FAULT_ACCESS_DENIED);
    }
}

static void verifier_may_not_come_and_go_within_a_request(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    secure_bind(&s, 0, RPC_AUTH_CONNECT); /* where it is optional */
    put_request(&in, FIRST, 2, 0, 3, "x", 1);
    size_t start = in.n;
    put_request(&in, LAST, 2, 0, 3, "ab", 2);
    end_pdu_auth(&in, start, FAKE_TYPE, RPC_AUTH_CONNECT, 0, CONTEXT_ID, "t", 1);
    denied(&s, &in, 2, RPC_FAULT_PROTO_ERROR);
}

static void verifier_without_a_context_is_denied(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    secure_open(&s, 2);
    world_bind(&s.w, 0);
    put_request(&in, FIRST | LAST, 2, 0, 3, "ab", 2);
    end_pdu_auth(&in, 0, 0, RPC_AUTH_CONNECT, 0, 0, "none", 4);
    denied(&s, &in, 2, RPC_FAULT_ACCESS_DENIED);
}

static void padding_longer_than_the_stub_is_refused(void **state)
{
    (void)state;
    for (unsigned pad = 16; pad <= 17; pad++) {
        struct secure s;
        struct bytes in = {0};
        size_t pos = 0;
        static const uint8_t zero[FAKE_TOKEN];
        secure_bind(&s, 0, RPC_AUTH_INTEGRITY);
        put_request(&in, FIRST | LAST, 2, 0, 3, "0123456789abcdef", 16);
        end_pdu_auth(&in, 0, FAKE_TYPE, RPC_AUTH_INTEGRITY, pad, CONTEXT_ID, zero, FAKE_TOKEN);
        fake_protect(in.p, 24, 40, false, false, 0, in.p + 48);
        if (pad == 16) { /* all of it: an empty stub */
            assert_int_equal(say(&s.w, &in), 0);
            struct protection how = {.level = RPC_AUTH_INTEGRITY};
            assert_int_equal(open_response(&s.w, &pos, 2, &how, 0).stub_len, 0);
            secure_close(&s);
        } else {
            denied(&s, &in, 2, RPC_FAULT_PROTO_ERROR);
        }
    }
}

static void answer_that_cant_be_protected_is_not_sent(void **state)
{
    (void)state;
    struct secure s;
    struct bytes in = {0};
    struct protection how = {.level = RPC_AUTH_PRIVACY};
    secure_bind(&s, 0, RPC_AUTH_PRIVACY);
    s.fake.refuse_protect = true;
    put_secured(&s, &in, FIRST | LAST, 2, &how, "secret", 6);
    assert_int_equal(say(&s.w, &in), -EIO);
    expect_end(&s.w, 0);
    secure_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protected_calls_work_at_each_level),
        cmocka_unit_test(protected_input_works_byte_by_byte),
        cmocka_unit_test(long_answers_are_protected_fragment_by_fragment),
        cmocka_unit_test(padding_of_answers_carries_nothing),
        cmocka_unit_test(faults_are_protected_too),
        cmocka_unit_test(faults_are_protected_for_who_asks_for_it),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(nobody_makes_the_server_refuse_the_call_of_another),
        cmocka_unit_test(replay_is_noticed),
        cmocka_unit_test(verifiers_must_name_the_context),
        cmocka_unit_test(unprotected_fragments_are_denied),
        cmocka_unit_test(verifier_may_not_come_and_go_within_a_request),
        cmocka_unit_test(verifier_without_a_context_is_denied),
        cmocka_unit_test(padding_longer_than_the_stub_is_refused),
        cmocka_unit_test(answer_that_cant_be_protected_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
