/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server's answers into the client's decoder, in pieces of any size.
 *
 * Input: a byte that says what is expected (the lower 4 bits choose the answer, 16 the request had a resume pointer, 32
 * big-endian), then pieces of a length byte and that many bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "dimsvc/client.h"
#include "fuzz.h"
#include "rpc/limits.h"

struct taken {
    size_t announced, n;
    unsigned begins;
};

static uint32_t begin(void *ctx, size_t bytes)
{
    struct taken *t = ctx;
    FUZZ_CHECK(t->begins++ == 0 && bytes > 0 && bytes <= RPC_RESPONSE_STUB_MAX);
    t->announced = bytes;
    return 0;
}

static uint32_t bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct taken *t = ctx;
    FUZZ_CHECK(n > 0 && t->n + n <= t->announced);
    for (size_t i = 0; i < n; i++)
        (void)*(const volatile uint8_t *)(p + i);
    t->n += n;
    return 0;
}

static const struct {
    enum dim_answer kind;
    size_t sizes[2];
} answers[] = {
    {DIM_ANSWER_CODE, {0, 0}},
    {DIM_ANSWER_CONTAINER, {DIM_SERVER0_SIZE, 0}},
    {DIM_ANSWER_CONTAINER, {DIM_PORT1_SIZE, 0}},
    {DIM_ANSWER_CONTAINER, {DIM_CONN1_SIZE(DIM_IPX_SDK), DIM_CONN1_SIZE(DIM_IPX_SPEC)}},
    {DIM_ANSWER_LIST, {DIM_PORT0_SIZE, 0}},
    {DIM_ANSWER_LIST, {DIM_CONN2_SIZE(DIM_IPX_SDK), DIM_CONN2_SIZE(DIM_IPX_SPEC)}},
    {DIM_ANSWER_LIST, {12, 8}}, /* small ones, so that lists of many items are within reach */
    {DIM_ANSWER_LIST, {3, 0}},  /* and one that leaves a gap */
    {DIM_ANSWER_MESSAGE, {0, 0}},
};

static void check_result(const struct dim_decoder *d, const struct taken *t)
{
    FUZZ_CHECK(t->n == d->container_bytes);
    if (d->code != 0 && d->code != 234)
        return;
    if (d->kind == DIM_ANSWER_LIST)
        FUZZ_CHECK(d->read <= d->total && (t->n == d->read * d->sizes[0] || t->n == d->read * d->sizes[1]));
    if (d->kind == DIM_ANSWER_CONTAINER && d->code == 0)
        FUZZ_CHECK(t->n == d->sizes[0] || t->n == d->sizes[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taken t = {0};
    if (size == 0)
        return 0;
    size_t which = (data[0] & 15u) % (sizeof answers / sizeof answers[0]);
    struct dim_decoder d = {.kind = answers[which].kind,
                            .sizes = {answers[which].sizes[0], answers[which].sizes[1]},
                            .resume = (data[0] & 16) != 0,
                            .begin = begin,
                            .bytes = bytes,
                            .ctx = &t};
    uint32_t code = 0;
    for (size_t i = 1; i < size && code == 0;) {
        size_t n = data[i++];
        n = n < size - i ? n : size - i;
        uint8_t *copy = malloc(n ? n : 1); /* so that reading beyond a piece is seen */
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, data + i, n);
        code = dim_decoder_data(&d, copy, n, (data[0] & 32) != 0);
        free(copy);
        i += n;
    }
    if (dim_decoder_end(&d) == 0) {
        FUZZ_CHECK(code == 0);
        check_result(&d, &t);
    } else if (code != 0) {
        FUZZ_CHECK(code == 1783);
    }
    return 0;
}
