/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "drivers/ocserv/frame.h"

struct seen {
    unsigned frames;
    uint8_t type;
    uint8_t body[200000];
    size_t n;
    int answer;
};

static int on_frame(void *ctx, uint8_t type, const uint8_t *body, size_t n)
{
    struct seen *s = ctx;
    s->frames++;
    s->type = type;
    s->n = n;
    assert_true(n <= sizeof(s->body));
    if (n)
        memcpy(s->body, body, n);
    return s->answer;
}

static size_t make(uint8_t *dst, uint8_t type, const void *body, uint32_t n)
{
    dst[0] = type;
    memcpy(dst + 1, &n, 4);
    if (n)
        memcpy(dst + FRAME_HEADER, body, n);
    return FRAME_HEADER + n;
}

static void frames_come_in_pieces_of_any_size(void **state)
{
    static uint8_t wire[300000], body[150000];
    static struct seen seen;
    (void)state;
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (uint8_t)(i * 7);
    for (size_t piece = 1; piece < 200000; piece = piece * 3 + 1) {
        struct frame_reader r = {0};
        size_t n = make(wire, 104, body, sizeof(body));
        n += make(wire + n, 109, NULL, 0); /* an empty one right behind */
        memset(&seen, 0, sizeof(seen));
        unsigned first = 0;
        for (size_t at = 0; at < n; at += piece) {
            size_t part = n - at < piece ? n - at : piece;
            assert_int_equal(frame_feed(&r, wire + at, part, on_frame, &seen), 0);
            if (seen.frames == 1 && !first++) {
                assert_int_equal(seen.type, 104);
                assert_int_equal(seen.n, sizeof(body));
                assert_memory_equal(seen.body, body, sizeof(body));
            }
        }
        assert_int_equal(seen.frames, 2);
        assert_int_equal(seen.type, 109);
        assert_int_equal(seen.n, 0);
        frame_free(&r);
    }
}

static void a_length_over_the_limit_is_refused_before_any_memory(void **state)
{
    static struct seen seen;
    struct frame_reader r = {0};
    uint8_t header[FRAME_HEADER] = {104};
    uint32_t n = FRAME_MAX + 1;
    (void)state;
    memcpy(header + 1, &n, 4);
    assert_int_equal(frame_feed(&r, header, sizeof(header), on_frame, &seen), -EMSGSIZE);
    assert_null(r.body);
    frame_free(&r);
}

static void a_length_alone_costs_no_memory(void **state)
{
    static struct seen seen;
    struct frame_reader r = {0};
    uint8_t wire[FRAME_HEADER + 1] = {104};
    uint32_t n = FRAME_MAX;
    (void)state;
    memcpy(wire + 1, &n, 4);
    assert_int_equal(frame_feed(&r, wire, sizeof(wire), on_frame, &seen), 0);
    assert_int_equal(r.cap, FRAME_STEP);
    frame_free(&r);
}

static void what_the_reader_says_ends_the_reading(void **state)
{
    static struct seen seen = {.answer = -ECANCELED};
    struct frame_reader r = {0};
    uint8_t wire[2 * FRAME_HEADER];
    (void)state;
    make(wire, 104, NULL, 0);
    make(wire + FRAME_HEADER, 104, NULL, 0);
    assert_int_equal(frame_feed(&r, wire, sizeof(wire), on_frame, &seen), -ECANCELED);
    assert_int_equal(seen.frames, 1);
    frame_free(&r);
}

static void a_request_is_five_bytes(void **state)
{
    uint8_t wire[FRAME_HEADER];
    static const uint8_t list[] = {4, 0, 0, 0, 0};
    (void)state;
    frame_request(wire, OCCTL_LIST);
    assert_memory_equal(wire, list, sizeof(list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_in_pieces_of_any_size),
        cmocka_unit_test(a_length_over_the_limit_is_refused_before_any_memory),
        cmocka_unit_test(a_length_alone_costs_no_memory),
        cmocka_unit_test(what_the_reader_says_ends_the_reading),
        cmocka_unit_test(a_request_is_five_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
