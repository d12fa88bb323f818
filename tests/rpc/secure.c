/* SPDX-License-Identifier: Apache-2.0 */
#include "secure.h"

const struct rpc_auth_mech *const secure_mechs[2] = {&fake_mech, &fake_mech_bare};

void secure_open(struct secure *s, unsigned legs)
{
    *s = (struct secure){.fake = {.legs = legs}};
    world_open_with(&s->w, 5840);
    s->w.config.mechs = secure_mechs;
    s->w.config.n_mechs = ARRAY_SIZE(secure_mechs);
    s->w.config.mech_ctx = &s->fake;
    world_start(&s->w);
}

void secure_close(struct secure *s)
{
    world_close(&s->w);
    assert_int_equal(s->fake.created, s->fake.destroyed);
}

void put_auth_bind(struct bytes *in, unsigned ptype, unsigned flags, uint32_t call_id, unsigned type, unsigned level,
                   uint32_t context_id, const char *token)
{
    size_t start = in->n;
    begin_bind(in, ptype, FIRST | LAST | flags, call_id, 5840, 5840, 0, 1);
    put_context(in, 0, IF_A, NDR20, NULL);
    end_pdu_auth(in, start, type, level, 0, context_id, token, strlen(token));
}

void put_auth3(struct bytes *in, unsigned type, unsigned level, uint32_t context_id, const char *token)
{
    size_t start = begin_pdu(in, AUTH3, FIRST | LAST, 1);
    put32(in, 0);
    end_pdu_auth(in, start, type, level, 0, context_id, token, strlen(token));
}

void secure_bind(struct secure *s, unsigned flags, unsigned level)
{
    secure_bind_features(s, flags, level, NULL);
}

void secure_bind_features(struct secure *s, unsigned flags, unsigned level, const char *features)
{
    struct bytes in = {0};
    size_t pos = 0;
    secure_open(s, 2);
    begin_bind(&in, BIND, FIRST | LAST | flags, 1, 5840, 5840, 0, features ? 2 : 1);
    put_context(&in, 0, IF_A, NDR20, NULL);
    if (features)
        put_context(&in, 1, IF_A, features, NULL);
    end_pdu_auth(&in, 0, FAKE_TYPE, level, 0, CONTEXT_ID, "one", 3);
    assert_int_equal(say(&s->w, &in), 0);
    struct seen ack = next_pdu(&s->w.out, &pos);
    assert_int_equal(ack.type, BIND_ACK);
    assert_int_equal(ack.auth_length, 3);
    const uint8_t *verifier = ack.p + ack.frag_length - 11;
    assert_int_equal(verifier[0], FAKE_TYPE);
    assert_int_equal(verifier[1], level);
    assert_int_equal(get32(verifier + 4), CONTEXT_ID);
    assert_memory_equal(verifier + 8, "two", 3);
    assert_true(rpc_server_is_bound(s->w.server));
    forget(&s->w);
}

/* A protected fragment. */
void put_secured(struct secure *s, struct bytes *in, unsigned flags, uint32_t call_id, const struct protection *how,
                 const void *stub, size_t n)
{
    static const uint8_t zero[256];
    size_t start = begin_pdu(in, REQUEST, flags, call_id);
    put32(in, (uint32_t)n);
    put16(in, 0);
    put16(in, 3);
    put(in, stub, n);
    unsigned pad = how->pad ? how->pad : (unsigned)(16 - n % 16) % 16;
    put(in, zero, pad);
    size_t trailer = in->n - start;
    end_pdu_auth(in, start, how->type ? how->type : FAKE_TYPE, how->level, pad,
                 how->context_id ? how->context_id : CONTEXT_ID, zero, FAKE_TOKEN);
    uint8_t *pdu = in->p + start;
    fake_protect(pdu, 24, trailer, how->sign_header, how->level == RPC_AUTH_PRIVACY, s->seq++, pdu + trailer + 8);
}

/* A protected response: checked and decrypted in place, its stub without padding. */
struct seen open_response(struct world *w, size_t *pos, uint32_t call_id, const struct protection *how, uint32_t seq)
{
    struct seen r = next_pdu(&w->out, pos);
    assert_int_equal(r.type, RESPONSE);
    assert_int_equal(r.call_id, call_id);
    assert_int_equal(r.auth_length, FAKE_TOKEN);
    size_t trailer = r.frag_length - FAKE_TOKEN - 8;
    uint8_t *pdu = w->out.p + (r.p - w->out.p);
    assert_int_equal((trailer - 24) % 16, 0);
    assert_int_equal(pdu[trailer], FAKE_TYPE);
    assert_int_equal(pdu[trailer + 1], how->level);
    assert_int_equal(get32(pdu + trailer + 4), how->context_id ? how->context_id : CONTEXT_ID);
    if (how->level == RPC_AUTH_PRIVACY)
        for (size_t i = 24; i < trailer; i++)
            pdu[i] ^= 0xa5;
    uint8_t token[FAKE_TOKEN];
    fake_protect(pdu, 24, trailer, how->sign_header, false, seq, token);
    assert_memory_equal(token, pdu + trailer + 8, FAKE_TOKEN);
    r.stub_len = trailer - 24 - pdu[trailer + 2];
    return r;
}
