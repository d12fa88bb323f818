/* SPDX-License-Identifier: Apache-2.0 */
/* Our sealing against MIT's: the one protects and the other verifies, each way, from both ends. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>

#include "kerberos/aes_sha1.h"
#include "kerberos/seal.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define HEADER        24u
#define TRAILER       8u
#define STUB_MAX      6000u
#define FLAGS                                                                                                          \
    (GSS_C_DCE_STYLE | GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG)

/* ---- RFC 3962 appendix B ---- */

/* Ciphertext stealing, with the key "chicken teriyaki" and text of so many bytes. */
static const char text[] = "I would like the General Gau's Chicken, please, and wonton soup.";
static const struct {
    size_t n;
    uint8_t bytes[64];
} stolen[] = {
    {17, {0xc6, 0x35, 0x35, 0x68, 0xf2, 0xbf, 0x8c, 0xb4, 0xd8, 0xa5, 0x80, 0x36, 0x2d, 0xa7, 0xff, 0x7f, 0x97}},
    {31, {0xfc, 0x00, 0x78, 0x3e, 0x0e, 0xfd, 0xb2, 0xc1, 0xd4, 0x45, 0xd4, 0xc8, 0xef, 0xf7, 0xed, 0x22,
          0x97, 0x68, 0x72, 0x68, 0xd6, 0xec, 0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2, 0x5e, 0xcf, 0xe5}},
    {32, {0x39, 0x31, 0x25, 0x23, 0xa7, 0x86, 0x62, 0xd5, 0xbe, 0x7f, 0xcb, 0xcc, 0x98, 0xeb, 0xf5, 0xa8,
          0x97, 0x68, 0x72, 0x68, 0xd6, 0xec, 0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2, 0x5e, 0xcf, 0xe5, 0x84}},
    {47, {0x97, 0x68, 0x72, 0x68, 0xd6, 0xec, 0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2, 0x5e, 0xcf, 0xe5, 0x84,
          0xb3, 0xff, 0xfd, 0x94, 0x0c, 0x16, 0xa1, 0x8c, 0x1b, 0x55, 0x49, 0xd2, 0xf8, 0x38, 0x02, 0x9e,
          0x39, 0x31, 0x25, 0x23, 0xa7, 0x86, 0x62, 0xd5, 0xbe, 0x7f, 0xcb, 0xcc, 0x98, 0xeb, 0xf5}},
    {64, {0x97, 0x68, 0x72, 0x68, 0xd6, 0xec, 0xcc, 0xc0, 0xc0, 0x7b, 0x25, 0xe2, 0x5e, 0xcf, 0xe5, 0x84,
          0x39, 0x31, 0x25, 0x23, 0xa7, 0x86, 0x62, 0xd5, 0xbe, 0x7f, 0xcb, 0xcc, 0x98, 0xeb, 0xf5, 0xa8,
          0x48, 0x07, 0xef, 0xe8, 0x36, 0xee, 0x89, 0xa5, 0x26, 0x73, 0x0d, 0xbc, 0x2f, 0x7b, 0xc8, 0x40,
          0x9d, 0xad, 0x8b, 0xbb, 0x96, 0xc4, 0xcd, 0xc0, 0x3b, 0xc1, 0x03, 0xe1, 0xa1, 0x94, 0xbb, 0xd8}},
};

static void ciphertext_is_stolen_as_published(void **state)
{
    (void)state;
    struct aes_sha1 c = {.aes = &nettle_aes128}, d = {.aes = &nettle_aes128};
    aes128_set_encrypt_key(&c.key.aes128, (const uint8_t *)"chicken teriyaki");
    aes128_set_decrypt_key(&d.key.aes128, (const uint8_t *)"chicken teriyaki");
    for (size_t i = 0; i < ARRAY_SIZE(stolen); i++) {
        uint8_t bytes[64];
        memcpy(bytes, text, stolen[i].n);
        aes_sha1_encrypt(&c, bytes, stolen[i].n);
        assert_memory_equal(bytes, stolen[i].bytes, stolen[i].n);
        aes_sha1_decrypt(&d, bytes, stolen[i].n);
        assert_memory_equal(bytes, text, stolen[i].n);
    }
}

/* ---- MIT's library on one end ---- */

struct end {
    gss_ctx_id_t ctx;
    gss_buffer_desc out;
    OM_uint32 major;
    struct seal *seal;
};

struct both {
    struct end client, server;
};

struct message {
    uint8_t pdu[HEADER + STUB_MAX + TRAILER], token[SEAL_TOKEN_SIZE];
    size_t stub;
    bool sign_header;
};

static void talk(struct both *b, gss_name_t target)
{
    OM_uint32 minor;
    struct end *c = &b->client, *s = &b->server;
    c->major = s->major = GSS_S_CONTINUE_NEEDED;
    while (c->major != GSS_S_COMPLETE || s->major != GSS_S_COMPLETE) {
        (void)gss_release_buffer(&minor, &c->out);
        if (c->major != GSS_S_COMPLETE)
            c->major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &c->ctx, target, gss_mech_krb5, FLAGS, 0, NULL,
                                            &s->out, NULL, &c->out, NULL, NULL);
        assert_false(GSS_ERROR(c->major));
        (void)gss_release_buffer(&minor, &s->out);
        if (s->major != GSS_S_COMPLETE)
            s->major = gss_accept_sec_context(&minor, &s->ctx, GSS_C_NO_CREDENTIAL, &c->out, NULL, NULL, NULL, &s->out,
                                              NULL, NULL, NULL);
        assert_false(GSS_ERROR(s->major));
    }
    (void)gss_release_buffer(&minor, &c->out);
    (void)gss_release_buffer(&minor, &s->out);
}

static void describe(struct message *m, gss_iov_buffer_desc iov[static 4])
{
    OM_uint32 aside = m->sign_header ? GSS_IOV_BUFFER_TYPE_SIGN_ONLY : GSS_IOV_BUFFER_TYPE_EMPTY;
    iov[0] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_HEADER, {sizeof m->token, m->token}};
    iov[1] = (gss_iov_buffer_desc){aside, {m->sign_header ? HEADER : 0, m->pdu}};
    iov[2] = (gss_iov_buffer_desc){GSS_IOV_BUFFER_TYPE_DATA, {m->stub, m->pdu + HEADER}};
    iov[3] = (gss_iov_buffer_desc){aside, {m->sign_header ? TRAILER : 0, m->pdu + HEADER + m->stub}};
}

static struct seal_pdu ours(struct message *m)
{
    return (struct seal_pdu){m->pdu, HEADER, HEADER + m->stub, m->sign_header};
}

static void protect(struct end *e, struct message *m)
{
    gss_iov_buffer_desc iov[4];
    OM_uint32 minor;
    int encrypted = 0;
    if (e->seal) {
        const struct seal_pdu pdu = ours(m);
        assert_int_equal(seal_wrap(e->seal, &pdu, m->token), 0);
        return;
    }
    describe(m, iov);
    assert_int_equal(gss_wrap_iov(&minor, e->ctx, 1, GSS_C_QOP_DEFAULT, &encrypted, iov, 4), GSS_S_COMPLETE);
    assert_true(encrypted);
}

static bool verify(struct end *e, struct message *m)
{
    gss_iov_buffer_desc iov[4];
    OM_uint32 minor;
    gss_qop_t qop;
    int encrypted = 0;
    if (e->seal) {
        const struct seal_pdu pdu = ours(m);
        int r = seal_unwrap(e->seal, &pdu, m->token);
        assert_true(r == 0 || r == -EBADMSG);
        return r == 0;
    }
    describe(m, iov);
    return gss_unwrap_iov(&minor, e->ctx, &encrypted, &qop, iov, 4) == GSS_S_COMPLETE && encrypted;
}

static void fill(struct message *m, size_t stub, bool sign_header)
{
    m->stub = stub;
    m->sign_header = sign_header;
    for (size_t i = 0; i < sizeof m->pdu; i++)
        m->pdu[i] = (uint8_t)(i * 7 + stub);
}

static void carry(struct end *from, struct end *to, size_t stub, bool sign_header)
{
    static struct message m, was;
    fill(&m, stub, sign_header);
    fill(&was, stub, sign_header);
    protect(from, &m);
    if (stub >= 16)
        assert_memory_not_equal(m.pdu + HEADER, was.pdu + HEADER, stub);
    if (!verify(to, &m))
        fail_msg("%zu bytes are refused", stub);
    assert_memory_equal(m.pdu, was.pdu, HEADER + stub + TRAILER);
}

/* A context after one message of MIT's each way, and ours on the ends that are asked for. */
static void establish(struct both *b, bool client_ours, bool server_ours)
{
    static struct message there, back;
    gss_buffer_desc name = {0, (void *)(uintptr_t) "host@server.rras.test"};
    gss_name_t target;
    OM_uint32 minor;
    name.length = strlen(name.value);
    *b = (struct both){0};
    assert_int_equal(gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target), GSS_S_COMPLETE);
    talk(b, target);
    (void)gss_release_name(&minor, &target);
    fill(&there, 16, true);
    protect(&b->client, &there);
    fill(&back, 16, true);
    protect(&b->server, &back);
    if (client_ours)
        b->client.seal = seal_new(b->client.ctx, there.token, back.token);
    if (server_ours)
        b->server.seal = seal_new(b->server.ctx, back.token, there.token);
    assert_true(!client_ours || b->client.seal);
    assert_true(!server_ours || b->server.seal);
    assert_true(client_ours || verify(&b->client, &back));
    assert_true(server_ours || verify(&b->server, &there));
}

static void end(struct both *b)
{
    OM_uint32 minor;
    seal_free(b->client.seal);
    seal_free(b->server.seal);
    (void)gss_delete_sec_context(&minor, &b->client.ctx, NULL);
    (void)gss_delete_sec_context(&minor, &b->server.ctx, NULL);
}

static void each_understands_the_other(void **state)
{
    (void)state;
    for (int i = 1; i < 4; i++) {
        struct both b;
        establish(&b, i & 1, i & 2);
        for (size_t stub = 0; stub < 100; stub++) {
            carry(&b.client, &b.server, stub, stub % 3);
            carry(&b.server, &b.client, stub, stub % 2);
        }
        carry(&b.server, &b.client, STUB_MAX, true);
        carry(&b.client, &b.server, STUB_MAX - 1, false);
        end(&b);
    }
}

/* Whatever is changed of a message is noticed, and the right one is still taken after it. */
static void changes_are_noticed(void **state)
{
    (void)state;
    static struct message good, bad;
    struct both b;
    establish(&b, true, true);
    fill(&good, 40, true);
    protect(&b.client, &good);
    for (size_t at = 0; at < HEADER + good.stub + TRAILER + SEAL_TOKEN_SIZE; at++) {
        bad = good;
        if (at < SEAL_TOKEN_SIZE)
            bad.token[at] ^= 1;
        else
            bad.pdu[at - SEAL_TOKEN_SIZE] ^= 1;
        if (verify(&b.server, &bad))
            fail_msg("byte %zu is not protected", at);
    }
    bad = good;
    assert_true(verify(&b.server, &good));
    assert_false(verify(&b.server, &bad)); /* a replay */
    end(&b);
}

/* One that is left out, and one of the other direction. */
static void only_the_next_one_is_taken(void **state)
{
    (void)state;
    static struct message first, second, own;
    struct both b;
    establish(&b, true, true);
    fill(&first, 16, true);
    protect(&b.client, &first);
    fill(&second, 16, true);
    protect(&b.client, &second);
    assert_false(verify(&b.server, &second));
    own = first;
    assert_false(verify(&b.client, &own));
    assert_true(verify(&b.server, &first));
    end(&b);
}

/* The number of a message stands outside as well, where anybody can write another one. */
static void a_replay_with_the_next_number_is_refused(void **state)
{
    (void)state;
    static struct message m, again;
    struct both b;
    establish(&b, true, true);
    fill(&m, 16, true);
    protect(&b.client, &m);
    again = m;
    assert_true(verify(&b.server, &m));
    for (size_t i = 16; i-- > 8 && ++again.token[i] == 0;)
        ;
    assert_false(verify(&b.server, &again));
    end(&b);
}

/* RFC 4121 leaves open how much is filled up and rotated: MIT's library knows what to do with that. */
static void tokens_of_another_form_stay_mits(void **state)
{
    (void)state;
    static struct message there, back, other;
    struct both b;
    establish(&b, false, false);
    fill(&there, 16, true);
    protect(&b.client, &there);
    fill(&back, 16, true);
    protect(&b.server, &back);
    for (size_t at = 4; at < 8; at++) { /* extra count and rotation */
        other = there;
        other.token[at] ^= 4;
        assert_null(seal_new(b.server.ctx, back.token, other.token));
        assert_null(seal_new(b.client.ctx, other.token, back.token));
    }
    b.server.seal = seal_new(b.server.ctx, back.token, there.token);
    assert_non_null(b.server.seal);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ciphertext_is_stolen_as_published),
        cmocka_unit_test(each_understands_the_other),
        cmocka_unit_test(changes_are_noticed),
        cmocka_unit_test(only_the_next_one_is_taken),
        cmocka_unit_test(a_replay_with_the_next_number_is_refused),
        cmocka_unit_test(tokens_of_another_form_stay_mits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
