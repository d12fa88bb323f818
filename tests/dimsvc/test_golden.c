/* SPDX-License-Identifier: Apache-2.0 */
/* examples.txt both ways: our server gives the answers of the file, our client makes its requests and reads its
 * answers. The list of operations is the table's, so that a new one without an example fails here. */
#include "golden.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "client_words.h"
#include "pair.h"

static size_t count(uint16_t opnum, const char *state, bool client)
{
    size_t n = 0;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        bool fits = state ? golden_is(g, state) : !g->state[0] || golden_is(g, "later");
        n += g->opnum == opnum && fits && (!client || g->client[0]);
    }
    return n;
}

static void every_operation_has_its_examples(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        if (count(op, NULL, false) == 0 || count(op, "denied", false) != 1 ||
            count(op, "lan", false) != (dim_op(op)->lan_check ? 1u : 0u))
            fail_msg("%s lacks an example: make_examples.py", dim_op(op)->name);
        if (client_has(op) != (count(op, NULL, true) > 0))
            fail_msg("%s has no example of our client's, or one too many", dim_op(op)->name);
    }
}

/* Revisions and levels that the operations have. */
static void every_level_and_revision_has_its_examples(void **state)
{
    static const uint8_t levels[][2] = {{0, 3}, {1, 5}, {2, 5}, {5, 2}, {12, 4}, {43, 3}};
    static const uint16_t unions[] = {44, 47, 51, 52};
    bool seen[DIM_OPNUMS][8] = {{false}};
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        size_t at = dim_op(g->opnum)->impl->in[0] == 'h' ? 4 : 0;
        if (golden_is_ours(g) && g->request.n > at && g->request.p[at] < 8)
            seen[g->opnum][g->request.p[at]] = true;
    }
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        for (uint8_t level = 0; level < levels[i][1]; level++)
            assert_true(seen[levels[i][0]][level]);
    }
    for (size_t i = 0; i < sizeof unions / sizeof unions[0]; i++) {
        for (uint8_t revision = 1; revision <= sample_revisions(unions[i]); revision++)
            assert_true(seen[unions[i]][revision]);
    }
}

/* ---- the server ---- */

static uint32_t collect(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct bytes *b = ctx;
    assert_false(big);
    b->p = realloc(b->p, b->n + n);
    assert_non_null(b->p);
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

static void give_answer(const struct golden *g, uint16_t frag)
{
    struct fake f;
    struct pair p;
    struct bytes got = {0};
    golden_server(&f, g);
    pair_open(&p, &f, frag, NULL);
    pair_call(&p, g->opnum, g->request.p, g->request.n, &(struct rpc_sink){.data = collect, .ctx = &got});
    pair_run(&p, 1000);
    if (f.pending) {
        assert_true(golden_is(g, "later"));
        dim_finish(f.pending, (uint32_t)strtoul(g->state + strlen("later"), NULL, 10));
        pair_run(&p, 1000);
    }
    if (got.n != g->response.n || memcmp(got.p, g->response.p, got.n) != 0)
        print_message("opnum %u: %s (%s)\n", g->opnum, g->title, g->state);
    assert_same(got, g->response);
    bytes_free(&got);
    pair_close(&p);
}

static void the_server_answers_with_these_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        if (golden_is_ours(&goldens.all[i]))
            give_answer(&goldens.all[i], i % 2 ? RPC_FRAG_MIN : RPC_FRAG_MAX_LOCAL);
    }
}

static void the_server_decodes_each_request_to_its_last_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        struct dim_args a;
        struct rpc_rd rd = rpc_rd_init(g->request.p, g->request.n, false);
        if (golden_is(g, "refused"))
            continue;
        assert_int_equal(dim_request_decode(&rd, dim_op(g->opnum)->impl->in, &a), 0);
        assert_int_equal(rd.pos, g->request.n);
    }
}

/* ---- the client ---- */

static void the_client_makes_these_requests(void **state)
{
    static uint8_t buf[CLIENT_REQUEST_MAX];
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        if (!g->client[0])
            continue;
        struct bytes made = {.p = buf, .n = client_request(g->client, buf)};
        if (made.n != g->request.n || memcmp(made.p, g->request.p, made.n) != 0)
            print_message("opnum %u: %s (%s)\n", g->opnum, g->title, g->client);
        assert_same(made, g->request);
    }
}

/* Each byte of a container is handed on, and so is each arm, which stands in the answer as it is. */
static void assert_records_are_those_of(const struct golden *g, const struct reading *r)
{
    if (g->opnum == DIM_SERVER_GET_INFO_EX && strstr(g->title, "every pointer"))
        assert_memory_equal(r->records, "abclonger", 9);
    if (r->n == 0 || g->opnum == DIM_SERVER_GET_INFO_EX)
        return;
    size_t at = g->opnum == DIM_CONNECTION_ENUM_EX ? 24 : g->opnum == DIM_CONNECTION_GET_INFO_EX ? 8 : 12;
    size_t first = g->opnum == DIM_CONNECTION_ENUM_EX ? 1604 : r->n;
    assert_true(at + first <= g->response.n && first <= r->n);
    assert_memory_equal(r->records, g->response.p + at, first);
}

static void the_client_reads_these_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        if (!client_has(g->opnum))
            continue;
        struct reading r = client_read(g->opnum, g->request, g->response.p, g->response.n, 1 + i % 97);
        if ((r.error != 0) != golden_is(g, "refused"))
            fail_msg("opnum %u: %s (%s): %u", g->opnum, g->title, g->state, r.error);
        if (r.error == 0) {
            assert_int_equal(r.code, last_u32(g->response));
            assert_records_are_those_of(g, &r);
        } else {
            assert_int_equal(r.error, RPC_X_BAD_STUB_DATA);
        }
        reading_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_its_examples),
        cmocka_unit_test(every_level_and_revision_has_its_examples),
        cmocka_unit_test(the_server_answers_with_these_bytes),
        cmocka_unit_test(the_server_decodes_each_request_to_its_last_byte),
        cmocka_unit_test(the_client_makes_these_requests),
        cmocka_unit_test(the_client_reads_these_answers),
    };
    return cmocka_run_group_tests(tests, goldens_setup, goldens_teardown);
}
