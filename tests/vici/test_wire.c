/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/vici/message.h"

static int walk(struct bytes b, unsigned *ret_elements)
{
    struct wire_cursor c = wire_cursor_of(b);
    struct wire_element e;
    int r;
    *ret_elements = 0;
    while ((r = wire_next(&c, &e)) > 0)
        ++*ret_elements;
    return r;
}

static void a_message_is_read_element_by_element(void **state)
{
    struct message m = {0};
    struct wire_element e;
    (void)state;
    section(&m, "ra");
    value(&m, "uniqueid", "1");
    list(&m, "remote-vips", "10.0.0.1", "fd00::1");
    end(&m);
    struct wire_cursor c = wire_cursor_of(bytes_of(&m));
    assert_int_equal(wire_next(&c, &e), 1);
    assert_int_equal(e.kind, WIRE_SECTION);
    assert_true(bytes_are(e.name, "ra"));
    assert_int_equal(wire_next(&c, &e), 1);
    assert_true(bytes_are(e.name, "uniqueid") && bytes_are(e.value, "1"));
    assert_int_equal(wire_next(&c, &e), 1);
    assert_int_equal(e.kind, WIRE_LIST);
    assert_int_equal(wire_next(&c, &e), 1);
    assert_true(bytes_are(e.name, "remote-vips") && bytes_are(e.value, "10.0.0.1"));
    assert_int_equal(wire_next(&c, &e), 1);
    assert_true(bytes_are(e.value, "fd00::1"));
    assert_int_equal(wire_next(&c, &e), 1);
    assert_int_equal(e.kind, WIRE_LIST_END);
    assert_int_equal(wire_next(&c, &e), 1);
    assert_int_equal(e.kind, WIRE_SECTION_END);
    assert_int_equal(wire_next(&c, &e), 0);
    assert_int_equal(wire_next(&c, &e), 0);
}

/* Exactly as long as it is, so that reading beyond it is seen. */
static int walk_copy(const char *p, size_t n)
{
    unsigned elements;
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, p, n);
    int r = walk((struct bytes){copy, n}, &elements);
    free(copy);
    return r;
}

static void a_message_cut_anywhere_is_none(void **state)
{
    struct fake_sa sa = {.id = 1, .vip = "10.0.0.1", .children = {{.id = 3, .in = 100, .out = 200}}};
    struct message m = {0};
    (void)state;
    put_sa(&m, &sa);
    assert_int_equal(walk_copy(m.p, m.n), 0);
    for (size_t n = 1; n < m.n; n++)
        assert_int_equal(walk_copy(m.p, n), -EPROTO);
}

static void what_is_not_well_nested_is_no_message(void **state)
{
    static const char *const bad[] = {
        "\x02",               /* the end of nothing */
        "\x05\x00\x01x",      /* an item outside of a list */
        "\x06",               /* the end of no list */
        "\x04\x01l\x01\x01s", /* a section in a list */
        "\x04\x01l",          /* a list without end */
        "\x01\x01s",          /* a section without end */
        "\x07\x01s",          /* no such element */
    };
    static const size_t lengths[] = {1, 4, 1, 6, 3, 3, 3};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(walk_copy(bad[i], lengths[i]), -EPROTO);
}

static void sections_nest_to_a_limit(void **state)
{
    unsigned elements;
    (void)state;
    for (unsigned depth = WIRE_DEPTH_MAX; depth <= WIRE_DEPTH_MAX + 1; depth++) {
        struct message m = {0};
        for (unsigned i = 0; i < depth; i++)
            section(&m, "s");
        for (unsigned i = 0; i < depth; i++)
            end(&m);
        assert_int_equal(walk(bytes_of(&m), &elements), depth <= WIRE_DEPTH_MAX ? 0 : -EPROTO);
    }
}

static void numbers_are_digits_of_64_bits(void **state)
{
    uint64_t v = 7;
    (void)state;
#define NUMBER(text) bytes_number((struct bytes){text, sizeof(text) - 1}, &v)
    assert_int_equal(NUMBER("18446744073709551615"), 0);
    assert_true(v == UINT64_MAX);
    assert_int_equal(NUMBER("18446744073709551616"), -ERANGE);
    assert_int_equal(NUMBER(""), -EINVAL);
    assert_int_equal(NUMBER("-1"), -EINVAL);
    assert_int_equal(NUMBER("1 "), -EINVAL);
    assert_int_equal(NUMBER("0x1"), -EINVAL);
    assert_true(v == UINT64_MAX);
}

/* ---- packets ---- */

static char got[256];

static int note(void *ctx, struct bytes packet)
{
    (void)ctx;
    strncat(got, packet.p, packet.n);
    strcat(got, "|");
    return 0;
}

static void a_stream_is_cut_into_packets_wherever_it_is_broken(void **state)
{
    static const char bytes[] = "\0\0\0\3abc\0\0\0\1d\0\0\0\2ef";
    (void)state;
    for (size_t at = 0; at <= sizeof(bytes) - 1; at++) {
        struct wire_stream s = {0};
        got[0] = '\0';
        assert_int_equal(wire_stream_feed(&s, bytes, at, note, NULL), 0);
        assert_int_equal(wire_stream_feed(&s, bytes + at, sizeof(bytes) - 1 - at, note, NULL), 0);
        assert_string_equal(got, "abc|d|ef|");
        wire_stream_free(&s);
    }
    struct wire_stream s = {0};
    got[0] = '\0';
    for (size_t i = 0; i < sizeof(bytes) - 1; i++)
        assert_int_equal(wire_stream_feed(&s, bytes + i, 1, note, NULL), 0);
    assert_string_equal(got, "abc|d|ef|");
    wire_stream_free(&s);
}

static void a_packet_of_no_length_or_too_much_is_refused(void **state)
{
    struct wire_stream s = {0};
    (void)state;
    assert_int_equal(wire_stream_feed(&s, "\0\0\0\0", 4, note, NULL), -EPROTO);
    wire_stream_free(&s);
    assert_int_equal(wire_stream_feed(&s, "\0\x08\0\1", 4, note, NULL), -EPROTO); /* one more than 512 KiB */
    wire_stream_free(&s);
    assert_int_equal(wire_stream_feed(&s, "\0\x08\0\0", 4, note, NULL), 0);
    wire_stream_free(&s);
    assert_int_equal(wire_stream_feed(&s, "HTTP/1.1 200 OK", 15, note, NULL), -EPROTO);
    wire_stream_free(&s);
}

static void packets_that_a_client_does_not_get_are_refused(void **state)
{
    struct wire_packet p;
    (void)state;
#define PACKET(text) wire_packet_parse((struct bytes){text, sizeof(text) - 1}, &p)
    assert_int_equal(PACKET("\7\3abcrest"), 0);
    assert_true(bytes_are(p.name, "abc") && bytes_are(p.message, "rest"));
    assert_int_equal(PACKET("\1rest"), 0);
    assert_true(bytes_are(p.message, "rest"));
    assert_int_equal(PACKET("\5"), 0);
    assert_int_equal(PACKET("\5more"), -EPROTO);
    assert_int_equal(PACKET("\7\4abc"), -EPROTO);
    assert_int_equal(PACKET("\0\3abc"), -EPROTO);
    assert_int_equal(PACKET("\3\3abc"), -EPROTO);
    assert_int_equal(PACKET("\x7f"), -EPROTO);
    assert_int_equal(PACKET(""), -EPROTO);
}

static void a_request_has_the_bytes_that_charon_reads(void **state)
{
    /* As captured from swanctl. */
    static const char wanted[] = "\0\0\0\x16\0\x09terminate\3\6ike-id\0\1"
                                 "1";
    struct wire_request r;
    (void)state;
    wire_request_begin(&r, WIRE_REQUEST, "terminate");
    wire_request_put(&r, "ike-id", "1");
    assert_int_equal(wire_request_end(&r), 0);
    assert_int_equal(r.n, sizeof(wanted) - 1);
    assert_memory_equal(r.p, wanted, r.n);
}

static void a_request_too_long_is_not_sent_in_part(void **state)
{
    char text[WIRE_REQUEST_MAX + 1];
    struct wire_request r;
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    wire_request_begin(&r, WIRE_REQUEST, "terminate");
    wire_request_put(&r, "ike", text);
    assert_int_equal(wire_request_end(&r), -EMSGSIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_read_element_by_element),
        cmocka_unit_test(a_message_cut_anywhere_is_none),
        cmocka_unit_test(what_is_not_well_nested_is_no_message),
        cmocka_unit_test(sections_nest_to_a_limit),
        cmocka_unit_test(numbers_are_digits_of_64_bits),
        cmocka_unit_test(a_stream_is_cut_into_packets_wherever_it_is_broken),
        cmocka_unit_test(a_packet_of_no_length_or_too_much_is_refused),
        cmocka_unit_test(packets_that_a_client_does_not_get_are_refused),
        cmocka_unit_test(a_request_has_the_bytes_that_charon_reads),
        cmocka_unit_test(a_request_too_long_is_not_sent_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
