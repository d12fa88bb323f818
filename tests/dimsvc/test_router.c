/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of a router that this server is not: 9 to 33, 37 to 41, 49 to 52. Their arguments are decoded to the
 * end, a malformed one is a fault whoever asks; then come the right, the kind of router and the parameters, in this
 * order, and the answer is the one of a server without that feature. What each answers stands in examples.txt, and
 * once more here, since one may not be the other's judge.
 */
#include "golden.h"

#include <stdlib.h>
#include <string.h>

#include <mprerror.h>
#include <winerror.h>

#include "rpc/fault.h"

static bool is_router(uint16_t op)
{
    return (op >= 9 && op <= 33) || (op >= 37 && op <= 41) || op >= 49;
}

/* From the specification and the documentation of the functions that end in these operations. `good`: to a correct
 * request; the others: to one with a transport that is not there, without the block that it needs, of a level that
 * there is not; 0: that can't be. */
static const struct {
    uint16_t good, transport, block, level;
    bool lan;
} rules[DIM_OPNUMS] = {
    [9] = {50, 902, 87},
    [10] = {50, 902},
    [11] = {905},
    [12] = {50, 0, 87, 50},
    [13] = {6, 0, 0, 50},
    [14] = {50},
    [15] = {50},
    [16] = {50, 902},
    [17] = {50, 902, 87},
    [18] = {50, 902},
    [19] = {50, 902, 87},
    [20] = {0, 0, 0, 50},
    [21] = {903, 0, 0, 0, true},
    [22] = {6, 0, 0, 0, true},
    [23] = {50, 902, 0, 0, true},
    [24] = {50, 902},
    [25] = {50},
    [26] = {50, 902},
    [27] = {50, 902},
    [28] = {50, 902},
    [29] = {50, 902},
    [30] = {50, 902},
    [31] = {50, 902},
    [32] = {50, 902},
    [33] = {50, 902},
    [37] = {50, 902, 87},
    [38] = {6, 0, 0, 50},
    [39] = {50},
    [40] = {50},
    [41] = {50},
    [49] = {905},
    [50] = {905},
    [51] = {6},
    [52] = {6},
};

/* ---- one request ---- */

static struct fake f;

static uint32_t fault_of(uint16_t op, const uint8_t *stub, size_t n)
{
    uint32_t fault;
    f.asked = NULL;
    struct bytes b = answer_of(&f, op, stub, n, 4096, &fault);
    bytes_free(&b);
    assert_true(fault == 0 || !f.asked); /* nobody asks whether the caller may send nonsense */
    return fault;
}

static uint32_t code_of(const struct golden *g, bool deny, bool lan)
{
    golden_server(&f, g);
    f.deny = deny;
    f.lan_only = lan;
    struct bytes b = answer(&f, g->opnum, g->request.p, g->request.n);
    uint32_t code = last_u32(b);
    bytes_free(&b);
    return code;
}

static const struct golden *next(size_t *i)
{
    while (*i < goldens.n) {
        const struct golden *g = &goldens.all[(*i)++];
        if (is_router(g->opnum) && !g->state[0])
            return g;
    }
    return NULL;
}

/* ---- what they answer ---- */

static void the_answer_is_that_of_a_server_without_the_feature(void **state)
{
    bool seen[DIM_OPNUMS][4] = {{false}};
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        const uint16_t may[] = {rules[g->opnum].good, rules[g->opnum].transport, rules[g->opnum].block,
                                rules[g->opnum].level};
        uint32_t code = code_of(g, false, false);
        size_t k = strstr(g->title, "not there") || strstr(g->title, "IPv6, over") ? 1
                   : strstr(g->title, "missing") || strstr(g->title, "too few")    ? 2
                   : strstr(g->title, "there is not")                              ? 3
                                                                                   : 0;
        assert_int_equal(code, may[k]);
        seen[g->opnum][k] = true;
    }
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        assert_true(!is_router(op) || seen[op][0]);
        assert_int_equal(seen[op][1], rules[op].transport != 0);
        assert_int_equal(seen[op][2], rules[op].block != 0);
        assert_int_equal(seen[op][3], rules[op].level != 0);
    }
}

static void access_comes_first_then_the_kind_of_router(void **state)
{
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        uint32_t plain = code_of(g, false, false);
        assert_int_equal(code_of(g, true, false), ERROR_ACCESS_DENIED);
        assert_int_equal(code_of(g, true, true), ERROR_ACCESS_DENIED);
        assert_int_equal(code_of(g, false, true), rules[g->opnum].lan ? ERROR_DDM_NOT_RUNNING : plain);
        assert_int_equal(dim_op(g->opnum)->lan_check, rules[g->opnum].lan);
    }
}

/* ---- malformed arguments ---- */

#define PLACES_MAX 16

/* Where in a request the number of elements of an array stands once more, and where its texts do. */
struct places {
    size_t counts[PLACES_MAX], texts[PLACES_MAX];
    size_t n_counts, n_texts;
};

static void note_blobs(struct rpc_rd *rd, size_t n, bool flags, struct places *ret)
{
    uint32_t size[2] = {0}, referent[2] = {0};
    for (size_t i = 0; i < n; i++) {
        if (flags)
            (void)rpc_rd_u32(rd);
        size[i] = rpc_rd_u32(rd);
        referent[i] = rpc_rd_u32(rd);
    }
    for (size_t i = 0; i < n; i++) {
        if (referent[i] == 0)
            continue;
        rpc_rd_align(rd, 4);
        ret->counts[ret->n_counts++] = rd->pos;
        (void)rpc_rd_u32(rd);
        (void)rpc_rd_bytes(rd, size[i]);
    }
}

static void note_text(struct rpc_rd *rd, struct places *ret)
{
    rpc_rd_align(rd, 4);
    ret->texts[ret->n_texts++] = rd->pos;
    (void)rpc_rd_u32(rd);
    (void)rpc_rd_u32(rd);
    uint32_t units = rpc_rd_u32(rd);
    (void)rpc_rd_bytes(rd, 2 * (size_t)units);
}

/* Unions, which end a request, have tests of their own (test_request.c). */
static struct places find_places(const struct golden *g)
{
    struct places p = {0};
    struct rpc_rd rd = rpc_rd_init(g->request.p, g->request.n, false);
    for (const char *l = dim_op(g->opnum)->impl->in; *l && *l != 'q'; l++) {
        if (*l == 'c')
            note_blobs(&rd, 1, false, &p);
        else if (*l == 'i' || *l == 'm')
            note_blobs(&rd, 2, *l == 'i', &p);
        else if (*l == 's')
            note_text(&rd, &p);
        else if (*l != 'r')
            (void)rpc_rd_u32(&rd);
    }
    assert_true(rpc_rd_ok(&rd) && p.n_counts < PLACES_MAX && p.n_texts < PLACES_MAX);
    return p;
}

static void assert_fault_with(const struct golden *g, size_t at, uint32_t value, size_t width)
{
    uint8_t dword[4], before[4];
    rpc_put_u32(dword, value);
    memcpy(before, g->request.p + at, width);
    memcpy(g->request.p + at, dword, width);
    uint32_t fault = fault_of(g->opnum, g->request.p, g->request.n);
    if (fault != RPC_FAULT_BAD_STUB)
        fail_msg("opnum %u: %s: %08x with %u at %zu", g->opnum, g->title, fault, value, at);
    memcpy(g->request.p + at, before, width);
}

static void a_count_that_is_not_the_size_is_a_fault(void **state)
{
    size_t i = 0, seen = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        struct places p = find_places(g);
        golden_server(&f, g);
        for (size_t k = 0; k < p.n_counts; k++) {
            uint32_t count = u32_at(g->request, p.counts[k]);
            assert_fault_with(g, p.counts[k], count + 1, 4);
            assert_fault_with(g, p.counts[k], count - 1, 4);
            assert_fault_with(g, p.counts[k], UINT32_MAX, 4);
            seen++;
        }
    }
    assert_true(seen > 40);
}

static void a_text_that_is_not_well_formed_is_a_fault(void **state)
{
    size_t i = 0, seen = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        struct places p = find_places(g);
        golden_server(&f, g);
        for (size_t k = 0; k < p.n_texts; k++) {
            size_t at = p.texts[k];
            uint32_t units = u32_at(g->request, at);
            assert_fault_with(g, at, units - 1, 4);                  /* room for less than there is */
            assert_fault_with(g, at + 4, 1, 4);                      /* an offset */
            assert_fault_with(g, at + 8, 0, 4);                      /* nothing, not even an end */
            assert_fault_with(g, at + 8, units + 1, 4);              /* more than there is room for */
            assert_fault_with(g, at + 8, UINT32_MAX, 4);             /* more than there can be */
            assert_fault_with(g, at + 12 + 2 * (units - 1), 'x', 2); /* no end */
            if (units > 1)
                assert_fault_with(g, at + 12, 0, 2); /* an end before the end */
            seen++;
        }
    }
    assert_true(seen >= 10);
}

static void a_request_cut_anywhere_is_a_fault(void **state)
{
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        golden_server(&f, g);
        f.deny = true;
        for (size_t cut = 0; cut < g->request.n; cut++)
            assert_int_equal(fault_of(g->opnum, g->request.p, cut), RPC_FAULT_BAD_STUB);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_that_of_a_server_without_the_feature),
        cmocka_unit_test(access_comes_first_then_the_kind_of_router),
        cmocka_unit_test(a_count_that_is_not_the_size_is_a_fault),
        cmocka_unit_test(a_text_that_is_not_well_formed_is_a_fault),
        cmocka_unit_test(a_request_cut_anywhere_is_a_fault),
    };
    return cmocka_run_group_tests(tests, goldens_setup, goldens_teardown);
}
