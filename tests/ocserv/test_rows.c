/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/ocserv/rows.h"
#include "proto.h"

#define WORD "ljY1OKTOS6X6v1FAU3SudjVPA/M="

/* A row as ocserv 1.1.6 sends it, with the fields that we don't know as well. */
static void put_row(struct bytes *b, int32_t pid, const char *name, size_t name_n, const char *word, size_t word_n,
                    uint64_t status)
{
    put_number(b, 1, zigzag(pid));
    put_bytes(b, 2, name, name_n);
    put_text(b, 3, "");
    put_text(b, 4, "10.77.1.2");
    put_text(b, 5, "vpns0");
    put_text(b, 6, "10.97.0.1");
    put_text(b, 7, "10.97.63.50");
    put_text(b, 8, "fd97::1");
    put_text(b, 9, "fd97::2");
    put_number(b, 10, 1795631714);
    put_text(b, 11, "laptop");
    put_number(b, 13, status);
    put_text(b, 14, "(TLS1.2)");
    put_text(b, 26, "10.77.1.1");
    put_number(b, 28, 30);
    put_bytes(b, 32, word, word_n);
    put_text(b, 33, "default");
}

static void put_alice(struct bytes *listing)
{
    static struct bytes row;
    row.n = 0;
    put_row(&row, 6849, "alice", 5, WORD, sizeof(WORD), 4); /* the word comes with its NUL */
    put_bytes(listing, 1, row.p, row.n);
}

struct seen {
    struct row rows[8];
    unsigned n;
};

static void on_row(void *ctx, const struct row *row)
{
    struct seen *s = ctx;
    assert_true(s->n < 8);
    s->rows[s->n++] = *row;
}

static int listing(const struct bytes *b, struct seen *seen, uint32_t *refused)
{
    /* In memory of its own size, so that one byte too many is seen. */
    uint8_t *copy = calloc(1, b->n ? b->n : 1);
    memcpy(copy, b->p, b->n);
    memset(seen, 0, sizeof(*seen));
    *refused = 0;
    int r = rows_listing(copy, b->n, on_row, seen, refused);
    free(copy);
    return r;
}

static struct bytes body;
static struct seen seen;
static uint32_t refused;

static void a_row_is_read(void **state)
{
    (void)state;
    body.n = 0;
    put_alice(&body);
    assert_int_equal(listing(&body, &seen, &refused), 0);
    assert_int_equal(seen.n, 1);
    const struct row *r = &seen.rows[0];
    assert_int_equal(r->pid, 6849);
    assert_string_equal(r->user, "alice");
    assert_string_equal(r->session, WORD);
    assert_string_equal(r->peer, "10.77.1.2");
    assert_string_equal(r->local, "10.77.1.1");
    assert_string_equal(r->device, "vpns0");
    assert_string_equal(r->server4, "10.97.0.1");
    assert_string_equal(r->client4, "10.97.63.50");
    assert_string_equal(r->client6, "fd97::2");
    assert_string_equal(r->host_name, "laptop");
    assert_int_equal(r->since, 1795631714);
    assert_int_equal(r->status, 4);
    assert_true(row_is(r, 6849, WORD, 1795631714));
    assert_false(row_is(r, 6850, WORD, 1795631714));
    assert_false(row_is(r, 6849, "other", 1795631714));
    assert_false(row_is(r, 6849, WORD, 1795631715));
}

static void nobody_is_there(void **state)
{
    (void)state;
    body.n = 0;
    assert_int_equal(listing(&body, &seen, &refused), 0);
    assert_int_equal(seen.n + refused, 0);
}

/* Each of these rows is refused, and alice beside it is not. */
static void a_bad_row_is_refused_alone(void **state)
{
    static const struct {
        int32_t pid;
        const char *name, *word;
        size_t name_n, word_n;
    } bad[] = {
        {0, "eve", WORD, 3, 28},   /* no process */
        {-5, "eve", WORD, 3, 28},  /* nor this: kill(-5) would be a group */
        {7, "e\0e", WORD, 3, 28},  /* a NUL within */
        {7, "eve", "", 3, 0},      /* no session */
        {7, "eve", "a b", 3, 3},   /* letters that no session has */
        {7, "eve", "a\0b", 3, 3},  /* cut short, another session's word would be left */
        {7, "eve", "a\xff", 3, 2}, /* the id must be UTF-8 */
        {7, "eve", "0123456789012345678901234567890123456789012345678901234567890123", 3, 64}, /* too long */
    };
    static struct bytes row;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        body.n = row.n = 0;
        put_row(&row, bad[i].pid, bad[i].name, bad[i].name_n, bad[i].word, bad[i].word_n, 4);
        put_bytes(&body, 1, row.p, row.n);
        put_alice(&body);
        assert_int_equal(listing(&body, &seen, &refused), 0);
        assert_int_equal(refused, 1);
        assert_int_equal(seen.n, 1);
        assert_string_equal(seen.rows[0].user, "alice");
    }
}

static void a_row_without_what_must_be_there_is_refused_alone(void **state)
{
    (void)state;
    for (unsigned without = 0; without < 5; without++) {
        static struct bytes row;
        body.n = row.n = 0;
        if (without != 0)
            put_number(&row, 1, zigzag(7));
        if (without != 1)
            put_text(&row, 2, "eve");
        if (without != 2)
            put_number(&row, 10, 5);
        if (without != 3)
            put_number(&row, 13, 4);
        if (without != 4)
            put_text(&row, 32, WORD);
        put_bytes(&body, 1, row.p, row.n);
        put_alice(&body);
        assert_int_equal(listing(&body, &seen, &refused), 0);
        assert_int_equal(refused, 1);
        assert_int_equal(seen.n, 1);
    }
}

static void names_may_be_any_bytes_and_are_cut(void **state)
{
    static struct bytes row;
    char name[1000];
    (void)state;
    memset(name, '\xfe', sizeof(name));
    body.n = row.n = 0;
    put_row(&row, 7, name, sizeof(name), WORD, 28, 4);
    put_bytes(&body, 1, row.p, row.n);
    assert_int_equal(listing(&body, &seen, &refused), 0);
    assert_int_equal(seen.n, 1);
    assert_int_equal(strlen(seen.rows[0].user), DRIVER_USER_MAX);
}

static void a_text_that_is_too_long_is_left_out(void **state)
{
    static struct bytes row;
    char device[] = "a-device-with-16";
    (void)state;
    body.n = row.n = 0;
    put_row(&row, 7, "eve", 3, WORD, 28, 4);
    put_text(&row, 5, device); /* the last one counts */
    put_bytes(&body, 1, row.p, row.n);
    assert_int_equal(listing(&body, &seen, &refused), 0);
    assert_int_equal(seen.n, 1);
    assert_string_equal(seen.rows[0].device, ""); /* cut, it might be another device */
}

static void what_is_no_listing_is_refused(void **state)
{
    (void)state;
    static const char junk[] = "220 mail.example.org ESMTP";
    assert_int_equal(rows_listing((const uint8_t *)junk, sizeof(junk), on_row, &seen, &refused), -EPROTO);
    body.n = 0;
    put_alice(&body);
    for (size_t n = 1; n < body.n; n++) { /* cut anywhere */
        struct bytes cut = body;
        cut.n = n;
        assert_int_equal(listing(&cut, &seen, &refused), -EPROTO);
        assert_int_equal(seen.n, 0);
    }
}

/* Each empty row costs two bytes and some hundred of memory. */
static void a_listing_that_wants_too_much_memory_is_refused(void **state)
{
    size_t n = 8u * 1024 * 1024;
    uint8_t *rows = malloc(n);
    (void)state;
    for (size_t i = 0; i < n; i += 2) {
        rows[i] = 1 << 3 | 2;
        rows[i + 1] = 0;
    }
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(rows_listing(rows, n, on_row, &seen, &refused), -ENOMEM);
    free(rows);
}

static void events_have_a_reason_and_a_row(void **state)
{
    static struct bytes event;
    struct event e;
    (void)state;
    event.n = body.n = 0;
    put_alice(&body);
    put_number(&event, 1, 0);
    put_number(&event, 2, 3);
    put_text(&event, 3, "server\x1b disconnected");
    put_bytes(&event, 4, body.p, body.n);
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(rows_event(event.p, event.n, &e, on_row, &seen), 0);
    assert_false(e.connected);
    assert_string_equal(e.reason, "server? disconnected");
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.rows[0].pid, 6849);
    event.n = 0;
    put_number(&event, 1, 1);
    assert_int_equal(rows_event(event.p, event.n, &e, on_row, &seen), 0);
    assert_true(e.connected);
    assert_string_equal(e.reason, "");
    assert_int_equal(rows_event((const uint8_t *)"\xff", 1, &e, on_row, &seen), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_read),
        cmocka_unit_test(nobody_is_there),
        cmocka_unit_test(a_bad_row_is_refused_alone),
        cmocka_unit_test(a_row_without_what_must_be_there_is_refused_alone),
        cmocka_unit_test(names_may_be_any_bytes_and_are_cut),
        cmocka_unit_test(a_text_that_is_too_long_is_left_out),
        cmocka_unit_test(what_is_no_listing_is_refused),
        cmocka_unit_test(a_listing_that_wants_too_much_memory_is_refused),
        cmocka_unit_test(events_have_a_reason_and_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
