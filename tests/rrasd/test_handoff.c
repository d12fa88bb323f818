/* SPDX-License-Identifier: Apache-2.0 */
/* Handoffs of smbd: one of a real one, those that tests/lib/handoff.py makes, and what a hostile one would send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rrasd/handoff.h"

/* Where things are in samba_4.17, which is kept as a fuzzer's input. */
#define AT_MAGIC       4
#define AT_LEVEL       8
#define AT_TAG         12
#define AT_NAME_MAX    48
#define AT_NAME_OFFSET 52
#define AT_NAME_COUNT  56
#define AT_NAME        60
#define AT_SESSION     44
#define AT_INFO        128
#define AT_TORTURE     152
#define AT_KEY_LEN     156
#define AT_CREDENTIALS 176
#define AT_SIDS        200
#define AT_SIDS_MAX    204
#define AT_SID         208 /* S-1-5-21-...-1000 */
#define AT_RID         232
#define AT_NETWORK     308 /* S-1-5-2 */
#define AT_GROUPS_MAX  380
#define AT_UID         384
#define AT_GROUPS      400
#define AT_GROUP       408
#define AT_FLAG        524 /* authenticated */

struct message {
    size_t n;
    uint8_t *p; /* of exactly n bytes, so that one too many is seen */
};

static struct message load(const char *name)
{
    static uint8_t all[HANDOFF_MAX];
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HANDOFF_CORPUS, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    struct message m = {.n = fread(all, 1, sizeof all, f)};
    assert_true(m.n > 0);
    fclose(f);
    m.p = malloc(m.n);
    assert_non_null(m.p);
    memcpy(m.p, all, m.n);
    return m;
}

static void put32(struct message *m, size_t at, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        m->p[at + i] = (uint8_t)(v >> 8 * i);
}

static void put_length(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < 4; i++)
        p[i] = (uint8_t)((n - 4) >> (24 - 8 * i));
}

static enum handoff_verdict parse(const struct message *m, struct handoff *h)
{
    *h = (struct handoff){0};
    return handoff_parse(m->p, m->n, h);
}

/* What comes of the real one with four bytes changed. */
static enum handoff_verdict changed(size_t at, uint32_t v, bool *authenticated)
{
    struct handoff h;
    struct message m = load("samba_4.17");
    put32(&m, at, v);
    enum handoff_verdict verdict = parse(&m, &h);
    if (verdict == HANDOFF_OK)
        *authenticated = h.authenticated;
    handoff_clear(&h);
    free(m.p);
    return verdict;
}

static void one_of_a_real_smbd_says_who_it_is(void **state)
{
    char text[300];
    struct handoff h;
    struct message m = load("samba_4.17");
    (void)state;
    assert_int_equal(handoff_size(m.p), m.n);
    assert_int_equal(handoff_level(m.p), HANDOFF_LEVEL);
    assert_int_equal(parse(&m, &h), HANDOFF_OK);
    assert_true(h.authenticated);
    assert_int_equal(h.uid, 4001);
    assert_int_equal(h.gid, 4001);
    assert_int_equal(h.n_groups, 2);
    assert_int_equal(h.groups[0], 4001);
    assert_int_equal(h.groups[1], 4100);
    handoff_name(&h, text, sizeof text);
    assert_string_equal(text, "RASBOX\\ras1");
    handoff_address(&h, text, sizeof text);
    assert_string_equal(text, "127.0.0.1");
    handoff_clear(&h);
    free(m.p);
}

static void anonymous_sessions_and_guests_are_not_authenticated(void **state)
{
    static const char *const names[] = {"anonymous", "guest", "no_user"};
    struct handoff h;
    bool authenticated = true;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct message m = load(names[i]);
        assert_int_equal(parse(&m, &h), HANDOFF_OK);
        assert_false(h.authenticated);
        handoff_clear(&h);
        free(m.p);
    }
    /* Each sign of it alone is enough. */
    assert_int_equal(changed(AT_FLAG, 0, &authenticated), HANDOFF_OK);
    assert_false(authenticated);
    assert_int_equal(changed(AT_FLAG, 2, &authenticated), HANDOFF_OK);
    assert_false(authenticated);
    assert_int_equal(changed(AT_RID, 501, &authenticated), HANDOFF_OK);
    assert_false(authenticated);
    assert_int_equal(changed(AT_NETWORK + 8, 7, &authenticated), HANDOFF_OK); /* S-1-5-7 */
    assert_false(authenticated);
    assert_int_equal(changed(AT_NETWORK + 8 + 12, 12, &authenticated), HANDOFF_OK); /* S-1-5-11 is not there */
    assert_false(authenticated);
    assert_int_equal(changed(AT_RID, 1001, &authenticated), HANDOFF_OK);
    assert_true(authenticated);
}

static void what_is_cut_off_anywhere_is_malformed(void **state)
{
    static const char *const names[] = {"samba_4.17", "groups", "ticket", "anonymous", "no_user"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct message whole = load(names[i]);
        for (size_t n = 0; n < whole.n; n++) {
            struct handoff h;
            struct message m = {.n = n, .p = malloc(n ? n : 1)};
            assert_non_null(m.p);
            memcpy(m.p, whole.p, n);
            assert_int_equal(parse(&m, &h), HANDOFF_MALFORMED); /* its length is wrong */
            if (n >= HANDOFF_HEAD_SIZE) {
                put_length(m.p, n);
                assert_int_not_equal(parse(&m, &h), HANDOFF_OK);
            }
            free(m.p);
        }
        free(whole.p);
    }
}

static void bytes_behind_the_end_are_malformed(void **state)
{
    struct handoff h;
    struct message m = load("user");
    (void)state;
    m.p = realloc(m.p, m.n + 1);
    assert_non_null(m.p);
    m.p[m.n++] = 0;
    assert_int_equal(parse(&m, &h), HANDOFF_MALFORMED);
    put_length(m.p, m.n);
    assert_int_equal(parse(&m, &h), HANDOFF_MALFORMED);
    free(m.p);
}

/* Whatever stands in four bytes: nothing is read that is not there, which the sanitizers see. */
static void no_four_bytes_lead_astray(void **state)
{
    static const uint32_t values[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10001};
    struct message whole = load("samba_4.17"), m = {.n = whole.n, .p = malloc(whole.n)};
    (void)state;
    assert_non_null(m.p);
    for (size_t at = 0; at + 4 <= whole.n; at++) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            struct handoff h;
            memcpy(m.p, whole.p, whole.n);
            put32(&m, at, values[i]);
            (void)parse(&m, &h);
            handoff_clear(&h);
        }
    }
    free(whole.p);
    free(m.p);
}

static void counts_that_lie_are_malformed(void **state)
{
    static const struct {
        size_t at;
        uint32_t v;
    } lies[] = {
        {AT_TAG, 6},
        {AT_NAME_MAX, 2}, /* below the count */
        {AT_NAME_OFFSET, 1},
        {AT_NAME_COUNT, 0},
        {AT_NAME_COUNT, 2},          /* no NUL at the end */
        {AT_NAME, 'v'},              /* a NUL inside */
        {AT_TORTURE, 1},             /* only Samba's tests have it */
        {AT_KEY_LEN, 257},           /* */
        {AT_KEY_LEN, 0xffffffff},    /* */
        {AT_CREDENTIALS, 1},         /* never on a wire */
        {AT_SIDS, 8},                /* not as many as there are */
        {AT_SIDS_MAX, 10},           /* */
        {AT_SID, 0x0502},            /* revision 2 */
        {AT_SID, 0x1001},            /* 16 sub-authorities */
        {AT_GROUPS, 3},              /* */
        {AT_GROUPS_MAX, 1},          /* */
        {AT_GROUPS_MAX, 0xffffffff}, /* */
    };
    bool authenticated;
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        assert_int_equal(changed(lies[i].at, lies[i].v, &authenticated), HANDOFF_MALFORMED);
}

static void both_counts_of_groups_may_not_ask_for_memory(void **state)
{
    static const uint32_t counts[] = {HANDOFF_IDS_MAX, HANDOFF_IDS_MAX + 1, 0x20000000, 0xffffffff};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct handoff h;
        struct message m = load("samba_4.17");
        put32(&m, AT_GROUPS_MAX, counts[i]);
        put32(&m, AT_GROUPS, counts[i]);
        assert_int_equal(parse(&m, &h), HANDOFF_MALFORMED);
        assert_null(h.groups);
        put32(&m, AT_SIDS, counts[i]);
        put32(&m, AT_SIDS_MAX, counts[i]);
        assert_int_equal(parse(&m, &h), HANDOFF_MALFORMED);
        free(m.p);
    }
}

static void who_has_no_number_here_is_nobody(void **state)
{
    bool authenticated;
    struct handoff h;
    struct message m = load("no_session");
    (void)state;
    assert_int_equal(parse(&m, &h), HANDOFF_NO_USER);
    free(m.p);
    assert_int_equal(changed(AT_UID, 0xffffffff, &authenticated), HANDOFF_NO_USER);    /* -1 */
    assert_int_equal(changed(AT_UID + 4, 1, &authenticated), HANDOFF_NO_USER);         /* more than 32 bits: not 4001 */
    assert_int_equal(changed(AT_UID + 12, 1, &authenticated), HANDOFF_NO_USER);        /* its group */
    assert_int_equal(changed(AT_GROUP + 4, 0x10000, &authenticated), HANDOFF_NO_USER); /* another group */
    assert_int_equal(changed(AT_UID, 0xfffffffe, &authenticated), HANDOFF_OK);         /* the largest there is */
}

static void another_level_is_refused_by_its_number(void **state)
{
    struct handoff h;
    struct message m = load("level_8");
    bool authenticated;
    (void)state;
    assert_int_equal(handoff_level(m.p), 8);
    assert_int_equal(parse(&m, &h), HANDOFF_LEVEL_BAD);
    free(m.p);
    assert_int_equal(changed(AT_LEVEL, 6, &authenticated), HANDOFF_LEVEL_BAD);
    assert_int_equal(changed(AT_LEVEL, 0, &authenticated), HANDOFF_NO_MAGIC);
    assert_int_equal(changed(AT_MAGIC, 0x4d41504f, &authenticated), HANDOFF_NO_MAGIC);
}

static void lengths_that_can_not_be_are_none(void **state)
{
    static const struct {
        uint8_t head[HANDOFF_LENGTH_SIZE];
        size_t size;
    } lengths[] = {
        {{0, 0, 0, 0}, 0},       {{0, 0, 0, 11}, 0},
        {{0, 0, 0, 12}, 16},     {{0, 3, 0xff, 0xfc}, HANDOFF_MAX},
        {{0, 3, 0xff, 0xfd}, 0}, {{0xff, 0xff, 0xff, 0xff}, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        assert_int_equal(handoff_size(lengths[i].head), lengths[i].size);
}

static void names_are_cut_on_a_whole_character(void **state)
{
    char text[8];
    struct handoff h = {.domain = {"RAS", 3}, .account = {"o\xc3\xb6\xc3\xb6", 5}, .unix_name = {"olga", 4}};
    (void)state;
    handoff_name(&h, text, sizeof text); /* RAS\oö is 7 bytes */
    assert_string_equal(text, "RAS\\o\xc3\xb6");
    handoff_name(&h, text, 7);
    assert_string_equal(text, "RAS\\o");
    h.domain.n = 0;
    handoff_name(&h, text, sizeof text);
    assert_string_equal(text, "o\xc3\xb6\xc3\xb6");
    h.account.n = 0;
    handoff_name(&h, text, sizeof text);
    assert_string_equal(text, "olga");
    handoff_address(&h, text, sizeof text);
    assert_string_equal(text, "?");
    h.client_name = (struct handoff_text){"pc", 2};
    handoff_address(&h, text, sizeof text);
    assert_string_equal(text, "pc");
}

/* As smbd has been seen to take it. */
static void the_answer_takes_it_as_a_pipe_of_messages(void **state)
{
    static const uint8_t good[HANDOFF_REPLY_SIZE] = {0, 0, 0, 0x20, 'N', 'P',  'A', 'M', 7, 0, 0, 0, 7,
                                                     0, 0, 0, 2,    0,   0xff, 5,   0,   0, 0, 0, 0, 0x10};
    uint8_t reply[HANDOFF_REPLY_SIZE];
    (void)state;
    memset(reply, 0xaa, sizeof reply);
    handoff_reply(reply);
    assert_memory_equal(reply, good, sizeof good);
}

static void each_verdict_has_its_words(void **state)
{
    (void)state;
    for (enum handoff_verdict v = HANDOFF_OK; v <= HANDOFF_NO_MEMORY; v++)
        assert_true(strlen(handoff_verdict_text(v)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_a_real_smbd_says_who_it_is),
        cmocka_unit_test(anonymous_sessions_and_guests_are_not_authenticated),
        cmocka_unit_test(what_is_cut_off_anywhere_is_malformed),
        cmocka_unit_test(bytes_behind_the_end_are_malformed),
        cmocka_unit_test(no_four_bytes_lead_astray),
        cmocka_unit_test(counts_that_lie_are_malformed),
        cmocka_unit_test(both_counts_of_groups_may_not_ask_for_memory),
        cmocka_unit_test(who_has_no_number_here_is_nobody),
        cmocka_unit_test(another_level_is_refused_by_its_number),
        cmocka_unit_test(lengths_that_can_not_be_are_none),
        cmocka_unit_test(names_are_cut_on_a_whole_character),
        cmocka_unit_test(the_answer_takes_it_as_a_pipe_of_messages),
        cmocka_unit_test(each_verdict_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
