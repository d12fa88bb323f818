/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a named pipe: a handoff, then messages, cut anywhere. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rpc/cursor.h"
#include "rrasd/pipe.h"

static size_t load(uint8_t *dst, size_t cap, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HANDOFF_CORPUS, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(dst, 1, cap, f);
    fclose(f);
    assert_true(n > 0 && n < cap);
    return n;
}

static void a_handoff_is_taken_in_pieces_of_any_size(void **state)
{
    uint8_t bytes[2048];
    size_t n = load(bytes, sizeof bytes, "samba_4.17");
    (void)state;
    bytes[n] = 0x55; /* the first byte behind it */
    for (size_t step = 1; step <= n + 1; step += step < 20 ? 1 : 97) {
        struct pipe *p = pipe_new();
        struct handoff h;
        int r = 0;
        size_t at = 0;
        assert_non_null(p);
        while (r == 0) {
            size_t now = n + 1 - at < step ? n + 1 - at : step;
            struct pipe_bytes in = {bytes + at, now};
            assert_true(now > 0);
            r = pipe_take_handoff(p, &in, &h);
            assert_true(r == 1 || in.n == 0);
            at += now - in.n;
        }
        assert_int_equal(r, 1);
        assert_int_equal(at, n); /* what is behind it is left */
        assert_int_equal(h.uid, 4001);
        handoff_clear(&h);
        assert_false(pipe_is_open(p));
        pipe_open(p);
        assert_true(pipe_is_open(p));
        pipe_free(p);
    }
}

static void a_bad_head_is_refused_before_the_rest_has_come(void **state)
{
    static const struct {
        uint8_t head[HANDOFF_HEAD_SIZE];
        enum handoff_verdict verdict;
        uint32_t level;
    } bad[] = {
        {{0, 0, 2, 0, 'N', 'P', 'A', 'M', 8, 0, 0, 0, 8}, HANDOFF_LEVEL_BAD, 8},
        {{0, 0, 2, 0, 'N', 'P', 'A', 'N', 7, 0, 0, 0, 7}, HANDOFF_NO_MAGIC, 0},
        {{0, 4, 0, 0, 'N', 'P', 'A', 'M', 7, 0, 0, 0, 7}, HANDOFF_TOO_LONG, 7},
        {{0, 0, 0, 1, 'N', 'P', 'A', 'M', 7, 0, 0, 0, 7}, HANDOFF_TOO_LONG, 7},
        {{5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 1}, HANDOFF_TOO_LONG, 0}, /* a bind without a handoff */
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pipe *p = pipe_new();
        struct handoff h;
        struct pipe_bytes in = {bad[i].head, HANDOFF_HEAD_SIZE - 1};
        assert_non_null(p);
        assert_int_equal(pipe_take_handoff(p, &in, &h), 0);
        assert_int_equal(pipe_level(p), 0);
        in = (struct pipe_bytes){bad[i].head + HANDOFF_HEAD_SIZE - 1, 1};
        assert_int_equal(pipe_take_handoff(p, &in, &h), -EPROTO);
        assert_int_equal(pipe_verdict(p), bad[i].verdict);
        assert_int_equal(pipe_level(p), bad[i].level);
        pipe_free(p);
    }
}

/* Messages of 3, 0, 1, 300 and 0 bytes: the stream of 304 that they make. */
static void messages_become_a_stream_however_they_are_cut(void **state)
{
    static const size_t sizes[] = {3, 0, 1, 300, 0};
    uint8_t wire[512], stream[304], got[304];
    size_t n = 0, made = 0;
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        rpc_put_u16(wire + n, (uint16_t)sizes[i]);
        n += 2;
        for (size_t k = 0; k < sizes[i]; k++, made++)
            wire[n++] = stream[made] = (uint8_t)(made * 7);
    }
    assert_int_equal(made, sizeof stream);
    for (size_t step = 1; step <= n; step++) {
        struct pipe *p = pipe_new();
        size_t have = 0;
        assert_non_null(p);
        pipe_open(p);
        for (size_t at = 0; at < n; at += step) {
            struct pipe_bytes in = {wire + at, n - at < step ? n - at : step}, piece;
            while (pipe_next(p, &in, &piece)) {
                assert_true(piece.n > 0 && piece.n <= sizeof got - have);
                memcpy(got + have, piece.p, piece.n);
                have += piece.n;
            }
            assert_int_equal(in.n, 0);
        }
        assert_int_equal(have, sizeof got);
        assert_memory_equal(got, stream, sizeof got);
        pipe_free(p);
    }
}

static size_t put_pdu(uint8_t *dst, size_t n, uint8_t fill)
{
    memset(dst, fill, n);
    rpc_put_u16(dst + 8, (uint16_t)n);
    return n;
}

/* Three PDUs of output, and a socket that takes `step` bytes at a time. */
static void each_pdu_is_a_message_however_much_the_socket_takes(void **state)
{
    static const size_t sizes[] = {16, 700, 24};
    uint8_t out[740], expected[746], sent[800];
    size_t n = 0, e = 0;
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t len = put_pdu(out + n, sizes[i], (uint8_t)(i + 1));
        rpc_put_u16(expected + e, (uint16_t)len);
        memcpy(expected + e + 2, out + n, len);
        n += len;
        e += len + 2;
    }
    for (size_t step = 1; step <= e; step++) {
        struct pipe *p = pipe_new();
        size_t at = 0, have = 0;
        assert_non_null(p);
        pipe_open(p);
        while (at < n) {
            struct iovec iov[2];
            size_t took = 0;
            int pieces = pipe_frame(p, out + at, n - at, iov);
            for (int i = 0; i < pieces && took < step; i++) {
                size_t now = iov[i].iov_len < step - took ? iov[i].iov_len : step - took;
                assert_true(have + now <= sizeof sent);
                memcpy(sent + have, iov[i].iov_base, now);
                have += now;
                took += now;
            }
            assert_true(took > 0);
            at += pipe_sent(p, took);
        }
        assert_int_equal(have, sizeof expected);
        assert_memory_equal(sent, expected, sizeof expected);
        pipe_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handoff_is_taken_in_pieces_of_any_size),
        cmocka_unit_test(a_bad_head_is_refused_before_the_rest_has_come),
        cmocka_unit_test(messages_become_a_stream_however_they_are_cut),
        cmocka_unit_test(each_pdu_is_a_message_however_much_the_socket_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
