/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server's answers into the client's decoders, in pieces of any size.
 *
 * Input: a byte that says what is expected (the lower 4 bits choose the answer, 16 the request had a resume pointer, 32
 * big-endian), then pieces of a length byte and that many bytes. Of an answer that is read whole, all the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "dimsvc/client.h"
#include "dimsvc/connections_ex.h"
#include "dimsvc/server_ex.h"
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
    {DIM_ANSWER_COUNTED, {DIM_DEVICE0_SIZE, 0}},
    {DIM_ANSWER_COUNTED, {12, 0}},
};
#define CHOICES_EX 11u /* from here on: 45, 46, 44 in three revisions */

static void check_result(const struct dim_decoder *d, const struct taken *t)
{
    FUZZ_CHECK(t->n == d->container_bytes);
    if (d->code != 0 && d->code != 234)
        return;
    if (d->kind == DIM_ANSWER_LIST || (d->kind == DIM_ANSWER_COUNTED && d->code == 0))
        FUZZ_CHECK(d->read <= d->total && (t->n == d->read * d->sizes[0] || t->n == d->read * d->sizes[1]));
    if (d->kind == DIM_ANSWER_CONTAINER && d->code == 0)
        FUZZ_CHECK(t->n == d->sizes[0] || t->n == d->sizes[1]);
}

/* The pieces behind the first byte, each in a block of its own, so that reading beyond one is seen. */
static uint32_t feed(const uint8_t *data, size_t size, uint32_t (*take)(void *, const uint8_t *, size_t, bool),
                     void *decoder)
{
    uint32_t code = 0;
    for (size_t i = 1; i < size && code == 0;) {
        size_t n = data[i++];
        n = n < size - i ? n : size - i;
        uint8_t *copy = malloc(n ? n : 1);
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, data + i, n);
        code = take(decoder, copy, n, (data[0] & 32) != 0);
        free(copy);
        i += n;
    }
    return code;
}

static void records(const uint8_t *data, size_t size, size_t which)
{
    struct taken t = {0};
    struct dim_decoder d = {.kind = answers[which].kind,
                            .sizes = {answers[which].sizes[0], answers[which].sizes[1]},
                            .resume = (data[0] & 16) != 0,
                            .begin = begin,
                            .bytes = bytes,
                            .ctx = &t};
    uint32_t code = feed(data, size, dim_decoder_data, &d);
    if (dim_decoder_end(&d) == 0) {
        FUZZ_CHECK(code == 0);
        check_result(&d, &t);
    } else if (code != 0) {
        FUZZ_CHECK(code == 1783);
    }
}

static uint32_t begin_elements(void *ctx, size_t elements)
{
    struct taken *t = ctx;
    FUZZ_CHECK(t->begins++ == 0 && elements > 0 && elements <= RPC_RESPONSE_STUB_MAX / DIM_CONNEX_IKE_SIZE);
    t->announced = elements;
    return 0;
}

static uint32_t element(void *ctx, const uint8_t *arm, bool ikev2)
{
    struct taken *t = ctx;
    FUZZ_CHECK(t->n++ < t->announced);
    FUZZ_CHECK(arm[DIM_CONNEX_PROJECTION] == (ikev2 ? DIM_PROJECTION_IKEV2 : DIM_PROJECTION_PPP));
    for (size_t i = 0; i < (ikev2 ? DIM_CONNEX_IKE_SIZE : DIM_CONNEX_PPP_SIZE); i++)
        (void)*(const volatile uint8_t *)(arm + i);
    return 0;
}

static void connections(const uint8_t *data, size_t size, bool list)
{
    struct taken t = {0};
    struct dim_connections_ex d = {
        .list = list, .resume = (data[0] & 16) != 0, .begin = begin_elements, .element = element, .ctx = &t};
    uint32_t code = feed(data, size, dim_connections_ex_data, &d);
    if (dim_connections_ex_end(&d) == 0) {
        FUZZ_CHECK(code == 0 && t.n == t.announced);
        if (list && (d.code == 0 || d.code == 234))
            FUZZ_CHECK(d.read == t.n && d.read <= d.total);
    } else if (code != 0) {
        FUZZ_CHECK(code == 1783);
    }
}

static void touch(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)*((const volatile uint8_t *)p + i);
}

static void server(const uint8_t *data, size_t size, uint8_t revision)
{
    static struct dim_server_ex s;
    uint32_t code = 0;
    uint8_t *copy = malloc(size); /* what is behind the first byte begins at an odd address */
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    if (dim_server_ex_decode(copy + 1, size - 1, (data[0] & 32) != 0, revision, &s, &code) == 0 && code == 0) {
        FUZZ_CHECK(s.revision == revision);
        FUZZ_CHECK(s.ike.n_certificates <= DIM_CERTIFICATES_MAX && s.ike.n_ekus <= DIM_EKUS_MAX);
        for (uint32_t i = 0; i < s.ike.n_certificates; i++)
            touch(s.ike.certificates[i].p, s.ike.certificates[i].n);
        for (uint32_t i = 0; i < s.ike.n_ekus; i++)
            touch(s.ike.ekus[i].units, 2 * (size_t)s.ike.ekus[i].n);
        touch(s.ike.machine_certificate.p, s.ike.machine_certificate.n);
        touch(s.ike.machine_hash.p, s.ike.machine_hash.n);
        touch(s.sstp.certificate.p, s.sstp.certificate.n);
    }
    const uint8_t *key;
    size_t n;
    if (dim_credentials_key(copy + 1, size - 1, &key, &n)) {
        FUZZ_CHECK(n <= DIM_KEY_MAX);
        touch(key, n);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t which = data[0] & 15u;
    _Static_assert(sizeof answers / sizeof answers[0] == CHOICES_EX, "what comes as records comes first");
    if (which < CHOICES_EX)
        records(data, size, which);
    else if (which < CHOICES_EX + 2)
        connections(data, size, which == CHOICES_EX);
    else
        server(data, size, (uint8_t)(which - CHOICES_EX - 1));
    return 0;
}
