/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of every kind, both ways; and bytes that are none. */
#include "sample.h"

#include "rrasx/run.h"

static void free_chunk(struct rrasx_chunk c)
{
    free((void *)(uintptr_t)c.p);
}

static void round_trip(const struct rrasx_message *m, enum sample_kind kind)
{
    void *s = sample_new(m, kind, 5);
    struct rrasx_chunk c = sample_encode(m, s);
    void *t = sample_decode(m, &c, 1);
    assert_non_null(t);
    sample_assert_same(m, s, t);
    free(t);
    free_chunk(c);
    sample_free(m, s);
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; sample_messages[i]; i++) {
        round_trip(sample_messages[i], SAMPLE_EMPTY);
        round_trip(sample_messages[i], SAMPLE_SHORT);
        round_trip(sample_messages[i], SAMPLE_LIMITS);
    }
}

/* ---- the tables ---- */

static void tables_are_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; sample_messages[i]; i++) {
        const struct rrasx_message *m = sample_messages[i];
        unsigned tag = 0, lists = 0;
        for (size_t j = 0; j < m->n; j++) {
            const struct rrasx_attr *a = &m->attrs[j];
            assert_true(a->tag > tag && a->tag < 64); /* one bit each of what was seen */
            tag = a->tag;
            assert_true(a->at < m->size);
            assert_int_equal(a->of != NULL, a->type == RRASX_RECORD || a->type == RRASX_LIST);
            assert_int_equal(a->limit > 0, a->type == RRASX_TEXT || a->type == RRASX_LIST);
            lists += a->type == RRASX_LIST;
        }
        assert_true(lists <= 1);
    }
}

static size_t texts_of(const struct rrasx_message *m)
{
    size_t sum = 0;
    for (size_t i = 0; i < m->n; i++) {
        assert_int_not_equal(m->attrs[i].type, RRASX_LIST);
        if (m->attrs[i].type == RRASX_TEXT)
            sum += m->attrs[i].limit + 1u;
        else if (m->attrs[i].type == RRASX_RECORD)
            sum += texts_of(m->attrs[i].of);
    }
    return sum;
}

static void requests_fit_where_they_are_taken_apart(void **state)
{
    uint8_t stub[RRASX_REQUEST_MAX];
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        const struct rrasx_message *m = rrasx_form(op)->request;
        void *s = sample_new(m, SAMPLE_LIMITS, 1);
        assert_true(texts_of(m) <= RRASX_REQUEST_TEXTS);
        assert_true(rrasx_request_stub(m, s, stub) >= RRASX_REQUEST_HEAD);
        sample_free(m, s);
    }
}

/* ---- bytes that are none ---- */

static bool is_message(const struct rrasx_message *m, const void *p, size_t n)
{
    uint8_t *copy = malloc(n + 1); /* so that reading beyond is seen */
    assert_non_null(copy);
    memcpy(copy + 1, p, n);
    const struct rrasx_chunk c = {copy + 1, n};
    void *s = sample_decode(m, &c, 1);
    free(copy);
    free(s);
    return s != NULL;
}

#define IS_MESSAGE(m, bytes) is_message(m, bytes, sizeof(bytes) - 1)

static void a_message_that_breaks_off_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; sample_messages[i]; i++) {
        const struct rrasx_message *m = sample_messages[i];
        void *s = sample_new(m, SAMPLE_SHORT, 1);
        struct rrasx_chunk c = sample_encode(m, s);
        size_t whole = 0; /* where an attribute ends, what comes before is a message */
        for (size_t n = 0; n <= c.n; n++) {
            bool ends = n == whole;
            assert_int_equal(is_message(m, c.p, n), ends);
            if (ends && n + 4 <= c.n)
                whole = n + 4 + (size_t)(c.p[n + 2] | c.p[n + 3] << 8);
        }
        free_chunk(c);
        sample_free(m, s);
    }
}

static void a_known_attribute_twice_is_none(void **state)
{
    (void)state;
    assert_true(IS_MESSAGE(&rrasx_number, "\1\0\4\0\7\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_number, "\1\0\4\0\7\0\0\0\1\0\4\0\7\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_forget_request, "\1\0\1\0x\2\0\1\0y\1\0\1\0x"));
    /* Lists may, and what nobody knows. */
    assert_true(IS_MESSAGE(&rrasx_sessions, "\1\0\0\0\1\0\0\0"));
    assert_true(IS_MESSAGE(&rrasx_number, "\x77\0\1\0x\x77\0\1\0x"));
}

static void a_wrong_length_is_none(void **state)
{
    (void)state;
    assert_false(IS_MESSAGE(&rrasx_number, "\1\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_number, "\1\0\3\0\7\0\0"));
    assert_false(IS_MESSAGE(&rrasx_number, "\1\0\5\0\7\0\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_number, "\1\0\10\0\7\0\0\0\0\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_event_request, "\2\0\4\0\7\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_event_request, "\1\0\17\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17"));
    assert_false(IS_MESSAGE(&rrasx_selector, "\1\0\4\0\1\0\0\0"));
}

static void a_truth_is_0_or_1(void **state)
{
    (void)state;
    assert_true(IS_MESSAGE(&rrasx_selector, "\1\0\1\0\0"));
    assert_true(IS_MESSAGE(&rrasx_selector, "\1\0\1\0\1"));
    assert_false(IS_MESSAGE(&rrasx_selector, "\1\0\1\0\2"));
    assert_false(IS_MESSAGE(&rrasx_selector, "\1\0\1\0\xff"));
}

static void a_text_is_utf8_without_nul(void **state)
{
    (void)state;
    assert_true(IS_MESSAGE(&rrasx_forget_request, "\1\0\0\0"));
    assert_true(IS_MESSAGE(&rrasx_forget_request, "\1\0\2\0\xc3\xa9"));
    assert_false(IS_MESSAGE(&rrasx_forget_request, "\1\0\1\0\xc3"));
    assert_false(IS_MESSAGE(&rrasx_forget_request, "\1\0\3\0\xed\xa0\x80"));
    assert_false(IS_MESSAGE(&rrasx_forget_request, "\1\0\3\0a\0b"));
    assert_false(IS_MESSAGE(&rrasx_forget_request, "\1\0\1\0\0"));
}

static void a_text_has_its_limit(void **state)
{
    uint8_t bytes[4 + RRASX_NAME_MAX + 1];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "\1\0\x40\0", 4);
    assert_true(is_message(&rrasx_forget_request, bytes, 4 + RRASX_NAME_MAX));
    bytes[2]++;
    assert_false(is_message(&rrasx_forget_request, bytes, sizeof bytes));
}

static void a_record_inside_is_checked_as_well(void **state)
{
    (void)state;
    assert_true(IS_MESSAGE(&rrasx_session_request, "\1\0\5\0\1\0\1\0\1"));
    assert_false(IS_MESSAGE(&rrasx_session_request, "\1\0\5\0\1\0\1\0\2"));
    assert_false(IS_MESSAGE(&rrasx_session_request, "\1\0\4\0\1\0\1\0\1"));
    assert_false(IS_MESSAGE(&rrasx_session_request, "\1\0\12\0\1\0\1\0\1\1\0\1\0\1"));
    assert_false(IS_MESSAGE(&rrasx_keep_outs, "\1\0\11\0\6\0\5\0\1\0\1\0\2"));
}

static void a_list_has_its_limit(void **state)
{
    size_t n = RRASX_PAGE_ITEMS + 1u;
    uint8_t *bytes = calloc(n, 4);
    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[4 * i] = RRASX_TAG_ITEM;
    assert_true(is_message(&rrasx_drivers, bytes, 4 * (n - 1)));
    assert_false(is_message(&rrasx_drivers, bytes, 4 * n));
    free(bytes);
}

/* ---- long records ---- */

static OPENRRAS_KEEP_OUT_DRIVER *many_drivers(void)
{
    OPENRRAS_KEEP_OUT_DRIVER *drivers = calloc(RRASX_DRIVERS_MAX + 1u, sizeof *drivers);
    assert_non_null(drivers);
    for (size_t i = 0; i <= RRASX_DRIVERS_MAX; i++)
        drivers[i] = (OPENRRAS_KEEP_OUT_DRIVER){.fRefuses = (i & 1) != 0,
                                                .pszDriver = "driver",
                                                .pszInstance = "instance",
                                                .pszText = "a reason of some length, such as an administrator gives"};
    return drivers;
}

static void a_record_may_be_longer_than_16_bits_can_say(void **state)
{
    OPENRRAS_KEEP_OUT_DRIVER *drivers = many_drivers();
    OPENRRAS_KEEP_OUT two[2] = {{.dwKeepOut = 3, .dwDrivers = RRASX_DRIVERS_MAX, .pDrivers = drivers},
                                {.dwKeepOut = 4}};
    const struct rrasx_keep_outs page = {.list = {.dwCount = 2, .pKeepOuts = two}};
    (void)state;
    struct rrasx_chunk c = sample_encode(&rrasx_keep_outs, &page);
    assert_true(c.n > RRASX_LONG);
    assert_memory_equal(c.p, "\1\0\xff\xff", 4);
    struct rrasx_keep_outs *got = sample_decode(&rrasx_keep_outs, &c, 1);
    assert_non_null(got);
    sample_assert_same(&rrasx_keep_outs, &page, got);
    free(got);
    free_chunk(c);
    free(drivers);
}

static void more_items_than_the_limit_are_left_out(void **state)
{
    OPENRRAS_KEEP_OUT_DRIVER *drivers = many_drivers();
    const OPENRRAS_KEEP_OUT k = {.dwDrivers = RRASX_DRIVERS_MAX + 1u, .pDrivers = drivers};
    (void)state;
    struct rrasx_chunk c = sample_encode(&rrasx_keep_out, &k);
    OPENRRAS_KEEP_OUT *got = sample_decode(&rrasx_keep_out, &c, 1);
    assert_non_null(got);
    assert_int_equal(got->dwDrivers, RRASX_DRIVERS_MAX);
    free(got);
    free_chunk(c);
    free(drivers);
}

static void each_length_can_be_said_in_one_way_only(void **state)
{
    (void)state;
    assert_false(IS_MESSAGE(&rrasx_number, "\1\0\xff\xff\4\0\0\0\7\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_number, "\x77\0\xff\xff\0\0\0\0"));
    assert_false(IS_MESSAGE(&rrasx_number, "\1\0\xff\xff\xff\xff\xff\xff"));
    size_t n = RRASX_LONG;
    uint8_t *bytes = calloc(1, 8 + n);
    assert_non_null(bytes);
    memcpy(bytes, "\x77\0\xff\xff\xff\xff\0\0", 8);
    assert_true(is_message(&rrasx_number, bytes, 8 + n));
    free(bytes);
}

/* ---- texts that do not fit ---- */

static void assert_becomes(const char *text, const char *want)
{
    const struct rrasx_forget_request name = {.driver = text};
    struct rrasx_chunk c = sample_encode(&rrasx_forget_request, &name);
    struct rrasx_forget_request *got = sample_decode(&rrasx_forget_request, &c, 1);
    assert_non_null(got);
    assert_string_equal(got->driver, want);
    assert_string_equal(got->instance, "");
    free(got);
    free_chunk(c);
}

#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void texts_are_cut_on_a_whole_character(void **state)
{
    (void)state;
    assert_becomes(X63 "y", X63 "y");
    assert_becomes(X63 "yz", X63 "y");
    assert_becomes(X63 "\xc3\xa9", X63);
    assert_becomes(X63 "\xe2\x82\xac"
                       "z",
                   X63);
}

static void bytes_that_are_not_utf8_are_escaped(void **state)
{
    (void)state;
    assert_becomes("a\xff\xc3\xa9\xc3", "a\\xff\xc3\xa9\\xc3");
    assert_becomes("\xed\xa0\x80", "\\xed\\xa0\\x80");
    assert_becomes(X63 "\xff", X63);
}

/* ---- pages ---- */

static void the_name_behind_which_the_next_page_begins_is_found(void **state)
{
    OPENRRAS_USER user = {.pszUser = "alice"};
    const struct rrasx_users page = {.list = {1, &user}, .next = "alice"}, last = {.list = {1, &user}};
    const char *text = NULL;
    (void)state;
    struct rrasx_chunk c = sample_encode(&rrasx_users, &page);
    assert_int_equal(rrasx_get_text(&rrasx_users, c, RRASX_TAG_NEXT, &text), 5);
    assert_memory_equal(text, "alice", 5);
    free_chunk(c);
    c = sample_encode(&rrasx_users, &last);
    assert_int_equal(rrasx_get_text(&rrasx_users, c, RRASX_TAG_NEXT, &text), 0);
    free_chunk(c);
}

static void pages_are_put_together(void **state)
{
    OPENRRAS_KEEP_OUT_DRIVER drivers[2] = {{.pszDriver = "a"}, {.pszDriver = "b"}};
    OPENRRAS_KEEP_OUT k[3] = {{.dwKeepOut = 1, .dwDrivers = 2, .pDrivers = drivers},
                              {.dwKeepOut = 2},
                              {.dwKeepOut = 3, .dwDrivers = 1, .pDrivers = drivers}};
    const struct rrasx_keep_outs all = {.list = {3, k}}, first = {.list = {2, k}, .next = 2},
                                 last = {.list = {1, k + 2}};
    (void)state;
    struct rrasx_chunk pages[2] = {sample_encode(&rrasx_keep_outs, &first), sample_encode(&rrasx_keep_outs, &last)};
    assert_int_equal(rrasx_get_u32(&rrasx_keep_outs, pages[0], RRASX_TAG_NEXT), 2);
    assert_int_equal(rrasx_get_u32(&rrasx_keep_outs, pages[1], RRASX_TAG_NEXT), 0);
    struct rrasx_keep_outs *got = sample_decode(&rrasx_keep_outs, pages, 2);
    assert_non_null(got);
    got->next = 0;
    sample_assert_same(&rrasx_keep_outs, &all, got);
    free(got);
    free_chunk(pages[0]);
    free_chunk(pages[1]);
}

static void memory_that_was_measured_for_another_message_is_not_overrun(void **state)
{
    const OPENRRAS_JOB job = {.pszReason = "a reason", .dwFailures = 1, .pFailures = &(OPENRRAS_FAILURE){.dwPort = 1}};
    struct rrasx_chunk c = sample_encode(&rrasx_job, &job);
    struct rrasx_size need = {0};
    OPENRRAS_JOB got;
    (void)state;
    assert_true(rrasx_measure(&rrasx_job, c, &need));
    for (int i = 0; i < 2; i++) {
        struct rrasx_size less = need;
        if (i)
            less.items--;
        else
            less.texts--;
        uint8_t *memory = malloc(less.items + less.texts);
        assert_non_null(memory);
        assert_false(rrasx_fill(&rrasx_job, &c, 1, &got, memory, &less));
        free(memory);
    }
    free_chunk(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(tables_are_in_order),
        cmocka_unit_test(requests_fit_where_they_are_taken_apart),
        cmocka_unit_test(a_message_that_breaks_off_is_none),
        cmocka_unit_test(a_known_attribute_twice_is_none),
        cmocka_unit_test(a_wrong_length_is_none),
        cmocka_unit_test(a_truth_is_0_or_1),
        cmocka_unit_test(a_text_is_utf8_without_nul),
        cmocka_unit_test(a_text_has_its_limit),
        cmocka_unit_test(a_record_inside_is_checked_as_well),
        cmocka_unit_test(a_list_has_its_limit),
        cmocka_unit_test(a_record_may_be_longer_than_16_bits_can_say),
        cmocka_unit_test(more_items_than_the_limit_are_left_out),
        cmocka_unit_test(each_length_can_be_said_in_one_way_only),
        cmocka_unit_test(texts_are_cut_on_a_whole_character),
        cmocka_unit_test(bytes_that_are_not_utf8_are_escaped),
        cmocka_unit_test(the_name_behind_which_the_next_page_begins_is_found),
        cmocka_unit_test(pages_are_put_together),
        cmocka_unit_test(memory_that_was_measured_for_another_message_is_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
