/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each answer of examples.txt that our client reads, spoilt in every way that can be written down: cut at each byte,
 * each DWORD another number, each byte another one. The client refuses it, or what it has read fits together; and a
 * sanitizer watches each step.
 */
#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "client_words.h"
#include "dimsvc/client.h"
#include "golden.h"
#include "rpc/limits.h"

/* The answers to begin with: those that the client takes. */
static const struct golden *next(size_t *i)
{
    while (*i < goldens.n) {
        const struct golden *g = &goldens.all[(*i)++];
        if (client_has(g->opnum) && !golden_is(g, "refused"))
            return g;
    }
    return NULL;
}

/* Of the same size as before, or a good deal less: nothing grows out of a lie about sizes. */
static void assert_sound(const struct golden *g, const struct reading *r, size_t n)
{
    if (r->error != 0) {
        assert_int_equal(r->error, RPC_X_BAD_STUB_DATA);
        return;
    }
    assert_true(r->n <= n);
    bool list = g->opnum == 1 || g->opnum == 4 || g->opnum == 45;
    if (list && (r->code == ERROR_SUCCESS || r->code == ERROR_MORE_DATA)) {
        assert_true(r->read <= r->total);
        assert_int_equal(r->n > 0, r->read > 0);
    }
}

static void answer_cut_anywhere_is_refused(void **state)
{
    size_t seen = 0, i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        for (size_t cut = 0; cut < g->response.n; cut++) {
            struct reading r = client_read(g->opnum, g->request, g->response.p, cut, SIZE_MAX);
            if (r.error != RPC_X_BAD_STUB_DATA)
                fail_msg("opnum %u: %s: taken when cut at %zu of %zu", g->opnum, g->title, cut, g->response.n);
            reading_free(&r);
            seen++;
        }
    }
    assert_true(seen > 10000);
}

static void spoil(const struct golden *g, size_t at, uint32_t value, size_t width)
{
    uint8_t dword[4];
    uint8_t *copy = malloc(g->response.n);
    assert_non_null(copy);
    memcpy(copy, g->response.p, g->response.n);
    rpc_put_u32(dword, value);
    memcpy(copy + at, dword, width);
    struct reading r = client_read(g->opnum, g->request, copy, g->response.n, SIZE_MAX);
    assert_sound(g, &r, g->response.n);
    reading_free(&r);
    free(copy);
}

static uint32_t dword_at(const struct golden *g, size_t at)
{
    return u32_at(g->response, at);
}

/* Lengths, counts, pointers, tags and codes are among them, whatever the operation. */
static void each_dword_may_be_anything(void **state)
{
    static const uint32_t values[] = {0, 1, UINT32_MAX, 0x7fffffff, RPC_RESPONSE_STUB_MAX + 1};
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        for (size_t at = 0; at + 4 <= g->response.n; at += 4) {
            for (size_t k = 0; k < sizeof values / sizeof values[0]; k++)
                spoil(g, at, values[k], 4);
            spoil(g, at, dword_at(g, at) + 1, 4);
            spoil(g, at, dword_at(g, at) - 1, 4);
        }
    }
}

/* Tags and 16-bit enumerations do not stand at multiples of 4 only. */
static void each_byte_may_be_another(void **state)
{
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        for (size_t at = 0; at < g->response.n; at++)
            spoil(g, at, (uint32_t)g->response.p[at] + 1, 1);
    }
}

/* Where a container says how long it is: what the client may have announced to itself of it is bounded by that. */
static void sizes_that_do_not_fit_the_level_are_refused(void **state)
{
    size_t i = 0, seen = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        bool container = g->opnum == 0 || g->opnum == 2 || g->opnum == 5 || g->opnum == 36;
        if (!container || dword_at(g, 0) == 0)
            continue;
        for (uint32_t off = 1; off <= 3; off++) {
            struct bytes b = {.p = malloc(g->response.n + 4), .n = g->response.n};
            assert_non_null(b.p);
            memcpy(b.p, g->response.p, b.n);
            rpc_put_u32(b.p, dword_at(g, 0) - off);
            rpc_put_u32(b.p + 8, dword_at(g, 0) - off);
            struct reading r = client_read(g->opnum, g->request, b.p, b.n, SIZE_MAX);
            assert_int_equal(r.error, RPC_X_BAD_STUB_DATA);
            reading_free(&r);
            bytes_free(&b);
            seen++;
        }
    }
    assert_true(seen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_cut_anywhere_is_refused),
        cmocka_unit_test(each_dword_may_be_anything),
        cmocka_unit_test(each_byte_may_be_another),
        cmocka_unit_test(sizes_that_do_not_fit_the_level_are_refused),
    };
    return cmocka_run_group_tests(tests, goldens_setup, goldens_teardown);
}
