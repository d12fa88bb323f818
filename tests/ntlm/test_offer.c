/* SPDX-License-Identifier: Apache-2.0 */
/* Who offers NTLM and no Kerberos in the first token of SPNEGO: the choice that nobody may be tricked about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ntlm/offer.h"

#define NTLM    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"
#define KRB5    "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
#define MS_KRB5 "\x06\x09\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"
#define OLD     "\x06\x05\x2b\x05\x01\x05\x02"
#define USER    "\x06\x0a\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03"
#define IAKERB  "\x06\x06\x2b\x06\x01\x05\x02\x05"
#define NEGOEX  "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e"
#define SPNEGO  "\x06\x06\x2b\x06\x01\x05\x05\x02"

static size_t wrap(uint8_t *dst, uint8_t tag, const uint8_t *content, size_t n)
{
    memmove(dst + 2, content, n);
    dst[0] = tag;
    dst[1] = (uint8_t)n;
    return n + 2;
}

/* A token whose list has these, with something behind the list, as a client's token is. */
static size_t make(uint8_t dst[static 128], const char *mechs, size_t mechs_len)
{
    static const char token[] = "\xa2\x04\x04\x02hi";
    uint8_t body[128];
    size_t n = wrap(body, 0x30, (const uint8_t *)mechs, mechs_len);
    n = wrap(body, 0xa0, body, n);
    memcpy(body + n, token, sizeof token - 1);
    n = wrap(body, 0x30, body, n + sizeof token - 1);
    n = wrap(body, 0xa0, body, n);
    memmove(body + sizeof SPNEGO - 1, body, n);
    memcpy(body, SPNEGO, sizeof SPNEGO - 1);
    return wrap(dst, 0x60, body, n + sizeof SPNEGO - 1);
}

static void who_offers_any_kerberos_does_not_offer_ntlm_alone(void **state)
{
#define LIST(mechs, alone)                                                                                             \
    {                                                                                                                  \
        mechs, sizeof(mechs) - 1, alone                                                                                \
    }
    static const struct {
        const char *mechs;
        size_t n;
        bool alone;
    } cases[] = {
        LIST(NTLM, true),          LIST(NEGOEX NTLM, true),       LIST(NTLM NEGOEX, true),
        LIST("", false),           LIST(NEGOEX, false),           LIST(KRB5, false),
        LIST(NTLM KRB5, false),    LIST(KRB5 NTLM, false),        LIST(MS_KRB5 NTLM, false),
        LIST(NTLM MS_KRB5, false), LIST(OLD NTLM, false),         LIST(NTLM USER, false),
        LIST(NTLM IAKERB, false),  LIST(NTLM NEGOEX KRB5, false),
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t token[128];
        size_t n = make(token, cases[i].mechs, cases[i].n);
        assert_int_equal(ntlm_is_all_offered(token, n), cases[i].alone);
    }
}

/* Lengths may be written in more bytes than they need; those of NTLM's own messages need two. */
static void long_lengths_are_read(void **state)
{
    static uint8_t token[70000];
    uint8_t small[128];
    (void)state;
    size_t n = make(small, NTLM, sizeof NTLM - 1) - 2;
    token[0] = 0x60;
    token[1] = 0x82;
    token[2] = (uint8_t)(n >> 8);
    token[3] = (uint8_t)n;
    memcpy(token + 4, small + 2, n);
    assert_true(ntlm_is_all_offered(token, n + 4));
    token[1] = 0x83; /* more than any token has */
    assert_false(ntlm_is_all_offered(token, n + 4));
    token[1] = 0x80; /* no length */
    assert_false(ntlm_is_all_offered(token, n + 4));
}

/* Cut anywhere, it is no offer; each in memory of its own, so that a byte too far is seen. */
static void a_token_that_ends_early_offers_nothing(void **state)
{
    uint8_t token[128];
    size_t n = make(token, NTLM, sizeof NTLM - 1);
    (void)state;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *part = malloc(cut ? cut : 1);
        assert_non_null(part);
        memcpy(part, token, cut);
        assert_false(ntlm_is_all_offered(part, cut));
        free(part);
    }
}

static void what_is_no_such_token_offers_nothing(void **state)
{
    static const char bare[] = "NTLMSSP\0\1\0\0\0";
    uint8_t token[128];
    size_t n = make(token, NTLM, sizeof NTLM - 1);
    (void)state;
    assert_false(ntlm_is_all_offered((const uint8_t *)bare, sizeof bare));
    assert_false(ntlm_is_all_offered((const uint8_t *)"", 0));
    static const size_t tags[] = {0, 2, 9, 10, 12, 14, 16, 18};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        token[tags[i]] ^= 1;
        assert_false(ntlm_is_all_offered(token, n));
        token[tags[i]] ^= 1;
    }
    assert_true(ntlm_is_all_offered(token, n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_offers_any_kerberos_does_not_offer_ntlm_alone),
        cmocka_unit_test(long_lengths_are_read),
        cmocka_unit_test(a_token_that_ends_early_offers_nothing),
        cmocka_unit_test(what_is_no_such_token_offers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
