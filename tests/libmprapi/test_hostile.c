/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole library against answers that are not what they should be: each function that ends in an operation of
 * dimsvc gets that operation's answers from tests/dimsvc/examples.txt as they are, cut short, and with each DWORD
 * another number. It gives an error and nothing else, or a result that can be read to its last byte and freed once
 * (fuzz/library_calls.h checks it, and a sanitizer watches).
 */
#include "../dimsvc/golden.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openrras.h>
#include <winerror.h>

#include "fuzz/library_calls.h"
#include "fuzz/library_peer.h"

/* Where every byte of an answer counts: at its ends. In between stand records, of which one number in so many is
 * enough here; tests/dimsvc/test_hostile.c takes each. */
#define ENDS  128u
#define EVERY 52u

static size_t step(size_t at, size_t n)
{
    return at < ENDS || at + ENDS > n ? 4 : EVERY;
}

/* What the library does with an answer to the request of this example. */
static DWORD call_with(const struct golden *g, const uint8_t *stub, size_t n)
{
    struct library_call c = {.opnum = g->opnum, .resumes = true};
    bool levels = g->opnum <= 2 || g->opnum == 5;
    int fd;
    if (levels)
        c.level = u32_at(g->request, 0);
    MPR_SERVER_HANDLE h = peer_connect(&fd);
    peer_answer(fd, stub, n);
    DWORD code = library_call(h, &c);
    MprAdminServerDisconnect(h);
    peer_answered();
    close(fd);
    return code;
}

/* The answers to begin with: to requests that the library makes too (it always has a resume pointer here, and asks for
 * the newest revision). */
static bool is_asked_so(const struct golden *g)
{
    struct dim_args a = {0};
    struct rpc_rd rd = rpc_rd_init(g->request.p, g->request.n, false);
    if (!library_has(g->opnum) || golden_is(g, "refused") || g->response.n > PEER_STUB_MAX)
        return false;
    assert_int_equal(dim_request_decode(&rd, dim_op(g->opnum)->impl->in, &a), 0);
    bool list = g->opnum == 1 || g->opnum == 4 || g->opnum == 45;
    bool level = a.level < (g->opnum == 0 ? 3u : g->opnum == 5 ? 2u : 5u);
    return (!list || a.has_resume) && level && (g->opnum != 44 || a.revision == 3);
}

static const struct golden *next(size_t *i)
{
    while (*i < goldens.n) {
        const struct golden *g = &goldens.all[(*i)++];
        if (is_asked_so(g))
            return g;
    }
    return NULL;
}

static void every_operation_of_the_library_is_here(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        size_t i = 0;
        const struct golden *g;
        bool seen = false;
        while ((g = next(&i)))
            seen = seen || g->opnum == op;
        assert_int_equal(seen, library_has(op));
    }
}

/* Some codes are told in the function's own words. */
static bool is_told_as(const struct golden *g, DWORD code)
{
    uint32_t said = last_u32(g->response);
    return code == said || (g->opnum == 6 && said == 601 && code == RPC_S_INVALID_BINDING);
}

static void answers_as_they_are_are_understood(void **state)
{
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        DWORD code = call_with(g, g->response.p, g->response.n);
        if (!is_told_as(g, code))
            fail_msg("opnum %u: %s (%s): %u", g->opnum, g->title, g->state, (unsigned)code);
    }
}

static void answers_cut_short_are_bad_stub_data(void **state)
{
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        for (size_t cut = 0; cut < g->response.n; cut += cut < ENDS ? 1 : step(cut, g->response.n)) {
            DWORD code = call_with(g, g->response.p, cut);
            if (code != RPC_X_BAD_STUB_DATA)
                fail_msg("opnum %u: %s: %u when cut at %zu", g->opnum, g->title, (unsigned)code, cut);
        }
    }
}

static void answers_with_other_numbers_do_no_harm(void **state)
{
    static const uint32_t values[] = {0, 1, UINT32_MAX, 0x7fffffff};
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        uint8_t *copy = malloc(g->response.n);
        assert_non_null(copy);
        for (size_t at = 0; at + 4 <= g->response.n; at += step(at, g->response.n)) {
            for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
                memcpy(copy, g->response.p, g->response.n);
                rpc_put_u32(copy + at, values[k]);
                (void)call_with(g, copy, g->response.n);
            }
        }
        free(copy);
    }
}

/* Not one NUL in the whole answer but for what NDR needs: no text has an end. */
static void texts_without_an_end_are_cut(void **state)
{
    size_t i = 0;
    const struct golden *g;
    (void)state;
    while ((g = next(&i))) {
        if (g->response.n < 200)
            continue;
        uint8_t *copy = malloc(g->response.n);
        assert_non_null(copy);
        memcpy(copy, g->response.p, g->response.n);
        for (size_t at = 40; at + 40 < g->response.n; at++)
            copy[at] = copy[at] ? copy[at] : 'x';
        (void)call_with(g, copy, g->response.n);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_of_the_library_is_here),
        cmocka_unit_test(answers_as_they_are_are_understood),
        cmocka_unit_test(answers_cut_short_are_bad_stub_data),
        cmocka_unit_test(answers_with_other_numbers_do_no_harm),
        cmocka_unit_test(texts_without_an_end_are_cut),
    };
    return cmocka_run_group_tests(tests, goldens_setup, goldens_teardown);
}
