/* SPDX-License-Identifier: Apache-2.0 */
/* Session security against the published example of MS-NLMP 4.2.4.4 and against what impacket makes (make_vectors.py).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "ntlm/seal.h"

#define LARGEST 400u

/* One message of one end. */
struct vector {
    enum ntlm_end from;
    size_t len, first, last; /* encrypted: [first, last) */
    const char *plain, *sealed, *signature;
};
#include "vectors.h"

static const struct {
    const char *key;
    uint32_t sequence;
    const struct vector *vectors;
    size_t n;
} sets[] = {
    {key_0, 0, vectors_0, sizeof vectors_0 / sizeof vectors_0[0]},
    {key_1, 1, vectors_1, sizeof vectors_1 / sizeof vectors_1[0]},
};

static struct ntlm_part copy_of(uint8_t dst[static LARGEST], const struct vector *v, const char *bytes)
{
    assert_true(v->len <= LARGEST);
    memcpy(dst, bytes, v->len);
    return (struct ntlm_part){.bytes = dst, .len = v->len, .from = v->first, .to = v->last};
}

static void the_published_example_comes_out(void **state)
{
    static const uint8_t text[] = {'P', 0, 'l', 0, 'a', 0, 'i', 0, 'n', 0, 't', 0, 'e', 0, 'x', 0, 't', 0};
    static const uint8_t sealed[] = {0x54, 0xe5, 0x01, 0x65, 0xbf, 0x19, 0x36, 0xdc, 0x99,
                                     0x60, 0x20, 0xc1, 0x81, 0x1b, 0x0f, 0x06, 0xfb, 0x5f};
    static const uint8_t expected[] = {1, 0, 0, 0, 0x7f, 0xb3, 0x8e, 0xc5, 0xc5, 0x5d, 0x49, 0x76, 0, 0, 0, 0};
    uint8_t key[NTLM_KEY_SIZE], bytes[sizeof text], signature[NTLM_SIGNATURE_SIZE];
    const struct ntlm_part part = {.bytes = bytes, .len = sizeof bytes, .to = sizeof bytes};
    (void)state;
    memset(key, 0x55, sizeof key);
    memcpy(bytes, text, sizeof bytes);
    struct ntlm_seal *client = ntlm_seal_new(key, 0, NTLM_CLIENT), *server = ntlm_seal_new(key, 0, NTLM_SERVER);
    ntlm_seal_protect(client, &part, signature);
    assert_memory_equal(bytes, sealed, sizeof sealed);
    assert_memory_equal(signature, expected, sizeof expected);
    assert_int_equal(ntlm_seal_verify(server, &part, signature), 0);
    assert_memory_equal(bytes, text, sizeof text);
    ntlm_seal_free(client);
    ntlm_seal_free(server);
}

static void messages_of_both_ends_come_out_as_impacket_makes_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        struct ntlm_seal *ends[] = {
            [NTLM_CLIENT] = ntlm_seal_new((const uint8_t *)sets[i].key, sets[i].sequence, NTLM_CLIENT),
            [NTLM_SERVER] = ntlm_seal_new((const uint8_t *)sets[i].key, sets[i].sequence, NTLM_SERVER)};
        for (size_t k = 0; k < sets[i].n; k++) {
            const struct vector *v = &sets[i].vectors[k];
            uint8_t bytes[LARGEST], signature[NTLM_SIGNATURE_SIZE];
            const struct ntlm_part part = copy_of(bytes, v, v->plain);
            ntlm_seal_protect(ends[v->from], &part, signature);
            assert_memory_equal(bytes, v->sealed, v->len);
            assert_memory_equal(signature, v->signature, sizeof signature);
            enum ntlm_end other = v->from == NTLM_CLIENT ? NTLM_SERVER : NTLM_CLIENT;
            assert_int_equal(ntlm_seal_verify(ends[other], &part, signature), 0);
            assert_memory_equal(bytes, v->plain, v->len);
        }
        ntlm_seal_free(ends[NTLM_CLIENT]);
        ntlm_seal_free(ends[NTLM_SERVER]);
    }
}

/* Each byte of a message and of its signature is changed in turn. */
static void a_changed_byte_is_noticed_wherever_it_is(void **state)
{
    const struct vector *v = &vectors_0[0];
    (void)state;
    for (size_t at = 0; at < v->len + NTLM_SIGNATURE_SIZE; at++) {
        struct ntlm_seal *server = ntlm_seal_new((const uint8_t *)key_0, 0, NTLM_SERVER);
        uint8_t bytes[LARGEST], signature[NTLM_SIGNATURE_SIZE];
        const struct ntlm_part part = copy_of(bytes, v, v->sealed);
        memcpy(signature, v->signature, sizeof signature);
        *(at < v->len ? &bytes[at] : &signature[at - v->len]) ^= 0x40;
        assert_int_equal(ntlm_seal_verify(server, &part, signature), -EBADMSG);
        ntlm_seal_free(server);
    }
}

static void a_message_is_good_once_and_in_its_turn(void **state)
{
    struct ntlm_seal *server = ntlm_seal_new((const uint8_t *)key_0, 0, NTLM_SERVER);
    const struct vector *first = &vectors_0[0], *second = &vectors_0[1];
    uint8_t bytes[LARGEST];
    (void)state;
    struct ntlm_part part = copy_of(bytes, second, second->sealed);
    assert_int_equal(ntlm_seal_verify(server, &part, (const uint8_t *)second->signature), -EBADMSG);
    ntlm_seal_free(server);
    server = ntlm_seal_new((const uint8_t *)key_0, 0, NTLM_SERVER);
    part = copy_of(bytes, first, first->sealed);
    assert_int_equal(ntlm_seal_verify(server, &part, (const uint8_t *)first->signature), 0);
    part = copy_of(bytes, first, first->sealed);
    assert_int_equal(ntlm_seal_verify(server, &part, (const uint8_t *)first->signature), -EBADMSG);
    ntlm_seal_free(server);
}

/* What the server has said is not taken for the client's. */
static void a_message_that_is_sent_back_is_refused(void **state)
{
    struct ntlm_seal *server = ntlm_seal_new((const uint8_t *)key_0, 0, NTLM_SERVER);
    uint8_t bytes[] = "mine", signature[NTLM_SIGNATURE_SIZE];
    const struct ntlm_part part = {.bytes = bytes, .len = sizeof bytes};
    (void)state;
    ntlm_seal_protect(server, &part, signature);
    assert_int_equal(ntlm_seal_verify(server, &part, signature), -EBADMSG);
    ntlm_seal_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_example_comes_out),
        cmocka_unit_test(messages_of_both_ends_come_out_as_impacket_makes_them),
        cmocka_unit_test(a_changed_byte_is_noticed_wherever_it_is),
        cmocka_unit_test(a_message_is_good_once_and_in_its_turn),
        cmocka_unit_test(a_message_that_is_sent_back_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
