/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile client of the named pipe, or a hostile smbd: any bytes behind a good handoff, which become a stream, whole
 * or in pieces, and that stream as output, which becomes messages again.
 *
 * Input: a byte for the size of the pieces, and what comes behind the handoff.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "rrasd/pipe.h"

#define STREAM_MAX 70000u
#define HEADER     16u

struct stream {
    size_t n;
    uint8_t p[STREAM_MAX];
};

static void take(struct pipe *p, const uint8_t *data, size_t size, size_t step, struct stream *ret)
{
    ret->n = 0;
    for (size_t at = 0; at < size; at += step) {
        struct pipe_bytes in = {data + at, size - at < step ? size - at : step}, piece;
        while (pipe_next(p, &in, &piece)) {
            FUZZ_CHECK(piece.n > 0 && piece.p >= data && piece.p + piece.n <= data + size);
            FUZZ_CHECK(piece.n <= STREAM_MAX - ret->n);
            memcpy(ret->p + ret->n, piece.p, piece.n);
            ret->n += piece.n;
        }
        FUZZ_CHECK(in.n == 0);
    }
}

/* As the association gives them: whole PDUs, which say how long they are. */
static void send_pdu(struct pipe *p, uint8_t *pdu, size_t n, size_t step)
{
    size_t wire = 0;
    pdu[8] = (uint8_t)n;
    pdu[9] = (uint8_t)(n >> 8);
    for (size_t at = 0; at < n;) {
        struct iovec iov[2];
        int pieces = pipe_frame(p, pdu + at, n - at, iov);
        size_t all = iov[0].iov_len + (pieces == 2 ? iov[1].iov_len : 0), now = all < step ? all : step;
        FUZZ_CHECK(pieces >= 1 && pieces <= 2 && all > 0);
        wire += now;
        at += pipe_sent(p, now);
        FUZZ_CHECK(at <= n);
    }
    FUZZ_CHECK(wire == n + PIPE_PREFIX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stream whole, pieces;
    if (size < 1)
        return 0;
    size_t step = (size_t)data[0] + 1;
    struct pipe *one = pipe_new(), *two = pipe_new();
    FUZZ_CHECK(one && two);
    pipe_open(one);
    pipe_open(two);
    take(one, data + 1, size - 1, size, &whole);
    take(two, data + 1, size - 1, step, &pieces);
    FUZZ_CHECK(whole.n == pieces.n && memcmp(whole.p, pieces.p, whole.n) == 0);
    for (size_t at = 0; whole.n - at >= HEADER;) {
        size_t left = whole.n - at, n = HEADER + whole.p[at] * 8u < left ? HEADER + whole.p[at] * 8u : left;
        send_pdu(one, whole.p + at, n, step);
        at += n;
    }
    pipe_free(one);
    pipe_free(two);
    return 0;
}
