/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "drivers/openvpn/status.h"

/* As OpenVPN 2.6.14 writes them. */
#define HEADER_26                                                                                                      \
    "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\t"          \
    "Bytes Sent\tConnected Since\tConnected Since (time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher"
#define ALICE_26                                                                                                       \
    "CLIENT_LIST\talice\t10.77.1.2:40171\t10.88.0.2\t\t1975\t2025\t2026-11-25 15:42:12\t1795621332\tUNDEF\t0\t0\t"     \
    "AES-256-GCM"

static int parse(struct status_parser *p, const char *line, struct status_client *c)
{
    return status_parse_line(p, slice_of(line), false, c);
}

static void a_row_of_openvpn_26_is_understood(void **state)
{
    struct status_parser p = {0};
    struct status_client c;
    (void)state;
    assert_int_equal(parse(&p, "TITLE\tOpenVPN 2.6.14 x86_64-pc-linux-gnu", &c), STATUS_LINE_OTHER);
    assert_int_equal(parse(&p, "TIME\t2026-11-25 15:42:16\t1795621336", &c), STATUS_LINE_OTHER);
    assert_int_equal(p.time, 1795621336);
    assert_int_equal(parse(&p, HEADER_26, &c), STATUS_LINE_OTHER);
    assert_int_equal(parse(&p, ALICE_26, &c), STATUS_LINE_CLIENT);
    assert_true(slice_is(c.common_name, "alice"));
    assert_true(slice_is(c.user, "")); /* UNDEF */
    assert_true(slice_is(c.real_address, "10.77.1.2:40171"));
    assert_true(slice_is(c.virtual4, "10.88.0.2"));
    assert_true(slice_is(c.virtual6, ""));
    assert_int_equal(c.bytes_in, 1975);
    assert_int_equal(c.bytes_out, 2025);
    assert_int_equal(c.since, 1795621332);
    assert_int_equal(c.cid, 0);
}

static void columns_are_found_by_name(void **state)
{
    struct status_parser p = {0};
    struct status_client c;
    (void)state;
    assert_int_equal(
        parse(&p,
              "HEADER\tCLIENT_LIST\tClient ID\tNews\tConnected Since (time_t)\tBytes Sent\tBytes Received\t"
              "Real Address\tCommon Name",
              &c),
        STATUS_LINE_OTHER);
    assert_int_equal(parse(&p, "CLIENT_LIST\t18446744073709551615\tx\t5\t7\t9\t[2001:db8::1]:1\tUNDEF", &c),
                     STATUS_LINE_CLIENT);
    assert_true(c.cid == UINT64_MAX);
    assert_int_equal(c.since, 5);
    assert_int_equal(c.bytes_in, 9);
    assert_true(slice_is(c.common_name, ""));
}

static void a_header_without_what_is_needed_is_refused(void **state)
{
    struct status_parser p = {0};
    struct status_client c;
    (void)state;
    assert_int_equal(
        parse(&p, "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tBytes Received\tBytes Sent\tClient ID", &c),
        -EPROTO);
    assert_int_equal(parse(&p, ALICE_26, &c), -EPROTO); /* and rows without a header */
}

static void a_second_header_or_a_column_twice_is_refused(void **state)
{
    struct status_parser p = {0};
    struct status_client c;
    (void)state;
    assert_int_equal(parse(&p, HEADER_26, &c), STATUS_LINE_OTHER);
    assert_int_equal(parse(&p, HEADER_26, &c), -EPROTO);
    p = (struct status_parser){0};
    assert_int_equal(parse(&p, HEADER_26 "\tClient ID", &c), -EPROTO);
}

static void columns_are_bounded(void **state)
{
    char line[1024] = HEADER_26;
    (void)state;
    for (size_t n = 12; n <= STATUS_COLUMNS_MAX; n++) {
        struct status_parser p = {0};
        struct status_client c;
        assert_int_equal(parse(&p, line, &c), STATUS_LINE_OTHER);
        assert_int_equal(p.column_count, n);
        strcat(line, "\tmore");
    }
    struct status_parser p = {0};
    struct status_client c;
    assert_int_equal(parse(&p, line, &c), -EPROTO);
}

static void a_bad_row_is_refused_alone(void **state)
{
    static const char *const rows[] = {
        "CLIENT_LIST",
        "CLIENT_LIST\talice",
        ALICE_26 "\tone field more",
        "CLIENT_LIST\tal\tice\t10.77.1.2:40171\t10.88.0.2\t\t1975\t2025\tx\t1795621332\tUNDEF\t0\t0\tAES-256-GCM",
        "CLIENT_LIST\talice\t\t10.88.0.2\t\t1975\t2025\tx\t1795621332\tUNDEF\t0\t0\tAES-256-GCM",
        "CLIENT_LIST\talice\t10.77.1.2:4\t10.88.0.2\t\t-1\t2025\tx\t1795621332\tUNDEF\t0\t0\tAES-256-GCM",
        "CLIENT_LIST\talice\t10.77.1.2:4\t10.88.0.2\t\t1\t9223372036854775808\tx\t1\tUNDEF\t0\t0\tAES-256-GCM",
        "CLIENT_LIST\talice\t10.77.1.2:4\t10.88.0.2\t\t1\t2\tx\t-5\tUNDEF\t0\t0\tAES-256-GCM",
        "CLIENT_LIST\talice\t10.77.1.2:4\t10.88.0.2\t\t1\t2\tx\t5\tUNDEF\t18446744073709551616\t0\tAES-256-GCM",
        "CLIENT_LIST\talice\t10.77.1.2:4\t10.88.0.2\t\t1\t2\tx\t5\tUNDEF\t\t0\tAES-256-GCM",
    };
    struct status_parser p = {0};
    struct status_client c = {.cid = 77};
    (void)state;
    assert_int_equal(parse(&p, HEADER_26, &c), STATUS_LINE_OTHER);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(parse(&p, rows[i], &c), STATUS_LINE_REFUSED);
        assert_int_equal(p.refused, i + 1);
        assert_int_equal(c.cid, 77); /* untouched */
    }
    assert_int_equal(status_parse_line(&p, slice_of(ALICE_26), true, &c), STATUS_LINE_REFUSED); /* cut */
    assert_int_equal(parse(&p, ALICE_26, &c), STATUS_LINE_CLIENT);
}

static void names_are_bounded(void **state)
{
    struct status_parser p = {0};
    struct status_client c;
    (void)state;
    assert_int_equal(parse(&p, HEADER_26, &c), STATUS_LINE_OTHER);
    for (size_t n = STATUS_TEXT_MAX - 2; n <= STATUS_TEXT_MAX; n++) {
        char line[1024], name[STATUS_TEXT_MAX + 1];
        memset(name, 'n', n);
        name[n] = '\0';
        snprintf(line, sizeof(line), "CLIENT_LIST\t%s\t10.77.1.2:4\t\t\t1\t2\tx\t5\tUNDEF\t3\t0\tx", name);
        assert_int_equal(parse(&p, line, &c), n < STATUS_TEXT_MAX ? STATUS_LINE_CLIENT : STATUS_LINE_REFUSED);
    }
}

static void a_name_with_a_nul_is_refused(void **state)
{
    static const char line[] = "CLIENT_LIST\ta\0b\t10.77.1.2:4\t\t\t1\t2\tx\t5\tUNDEF\t3\t0\tx";
    struct status_parser p = {0};
    struct status_client c;
    (void)state;
    assert_int_equal(parse(&p, HEADER_26, &c), STATUS_LINE_OTHER);
    assert_int_equal(status_parse_line(&p, (struct slice){line, sizeof(line) - 1}, false, &c), STATUS_LINE_REFUSED);
}

static void bytes_that_are_not_utf8_stay_as_they_are(void **state)
{
    struct status_parser p = {0};
    struct status_client c;
    (void)state;
    assert_int_equal(parse(&p, HEADER_26, &c), STATUS_LINE_OTHER);
    assert_int_equal(parse(&p, "CLIENT_LIST\tx\t10.77.1.2:4\t\t\t1\t2\tx\t5\tz\xfc\x01\t3\t0\tx", &c),
                     STATUS_LINE_CLIENT);
    assert_true(slice_is(c.user, "z\xfc\x01"));
}

static void numbers_end_where_they_should(void **state)
{
    uint64_t v = 7;
    (void)state;
    assert_int_equal(slice_number(slice_of(""), UINT64_MAX, &v), -EINVAL);
    assert_int_equal(slice_number(slice_of("1 "), UINT64_MAX, &v), -EINVAL);
    assert_int_equal(slice_number(slice_of("+1"), UINT64_MAX, &v), -EINVAL);
    assert_int_equal(slice_number(slice_of("18446744073709551616"), UINT64_MAX, &v), -ERANGE);
    assert_int_equal(slice_number(slice_of("65536"), 65535, &v), -ERANGE);
    assert_int_equal(slice_number(slice_of("7"), 5, &v), -ERANGE);
    assert_int_equal(v, 7);
    assert_int_equal(slice_number(slice_of("65535"), 65535, &v), 0);
    assert_int_equal(v, 65535);
    assert_int_equal(slice_number(slice_of("0000000000000000000000000000001"), 5, &v), 0);
    assert_int_equal(v, 1);
}

static void a_status_that_was_understood_says_who_is_gone(void **state)
{
    struct status_horizon h = {0};
    (void)state;
    status_horizon_begin(&h, 5, 1000);
    assert_int_equal(h.gone_before, 0);
    status_horizon_move(&h, 5, true, 1000);
    assert_int_equal(h.gone_before, 5);
    status_horizon_move(&h, 6, true, 1000);
    assert_int_equal(h.gone_before, 6);
}

static void a_status_with_refused_rows_ends_nobody_at_first(void **state)
{
    struct status_horizon h = {0};
    (void)state;
    status_horizon_begin(&h, 5, 1000);
    status_horizon_move(&h, 5, true, 1000);
    status_horizon_move(&h, 6, false, 1000 + STATUS_UNSEEN_MS - 1);
    assert_int_equal(h.gone_before, 5);
    status_horizon_move(&h, 7, false, 1000 + 60 * STATUS_UNSEEN_MS); /* even when statuses are far apart */
    assert_int_equal(h.gone_before, 5);
}

static void refused_rows_do_not_keep_everybody_for_ever(void **state)
{
    struct status_horizon h = {0};
    uint64_t now = 1000, shown = 0, forgotten = 0;
    (void)state;
    status_horizon_begin(&h, 1, now);
    for (uint64_t status = 1; status < 200 && !forgotten; status++, now += 100) {
        status_horizon_move(&h, status, false, now);
        if (status == 30)
            shown = now; /* for the last time */
        if (h.gone_before > 30)
            forgotten = now;
    }
    assert_true(forgotten >= shown + STATUS_UNSEEN_MS);
    assert_true(forgotten <= shown + 2 * STATUS_UNSEEN_MS + 100);
}

static void the_first_status_of_a_run_is_waited_for_however_late_it_is(void **state)
{
    struct status_horizon h = {0};
    (void)state;
    status_horizon_begin(&h, 5, 1000);
    status_horizon_move(&h, 5, false, 1000 + 10 * STATUS_UNSEEN_MS);
    assert_int_equal(h.gone_before, 0);
    status_horizon_move(&h, 6, false, 1000 + 11 * STATUS_UNSEEN_MS);
    assert_int_equal(h.gone_before, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_openvpn_26_is_understood),
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(a_header_without_what_is_needed_is_refused),
        cmocka_unit_test(a_second_header_or_a_column_twice_is_refused),
        cmocka_unit_test(columns_are_bounded),
        cmocka_unit_test(a_bad_row_is_refused_alone),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(a_name_with_a_nul_is_refused),
        cmocka_unit_test(bytes_that_are_not_utf8_stay_as_they_are),
        cmocka_unit_test(numbers_end_where_they_should),
        cmocka_unit_test(a_status_that_was_understood_says_who_is_gone),
        cmocka_unit_test(a_status_with_refused_rows_ends_nobody_at_first),
        cmocka_unit_test(refused_rows_do_not_keep_everybody_for_ever),
        cmocka_unit_test(the_first_status_of_a_run_is_waited_for_however_late_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
