/* SPDX-License-Identifier: Apache-2.0 */
/* What docs/wire.md is made of, against the tables that the server runs by and the answers that it gives. */
#include "golden.h"

#include <string.h>

#include "dimsvc/wire.h"
#include "rasrpc/run.h"
#include "rasrpc/wire.h"

static size_t words(const char *s)
{
    size_t n = *s != 0;
    for (; *s; s++)
        n += *s == ' ';
    return n;
}

static void every_parameter_has_a_name(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        assert_int_equal(words(dim_wire(op)->in), strlen(dim_op(op)->impl->in));
        assert_int_equal(words(dim_wire(op)->out), strlen(dim_op(op)->impl->out));
        assert_true(dim_wire(op)->by[0] && dim_wire(op)->codes[0].name);
    }
    assert_null(dim_wire(DIM_OPNUMS));
    for (uint16_t op = 0; op < RASRPC_OPNUMS; op++) {
        assert_int_equal(rasrpc_wire(op) != NULL, rasrpc_op(op) != NULL);
        if (!rasrpc_op(op))
            continue;
        const char *in = rasrpc_row(op)->in;
        bool pair = strchr(in, 'q') || strchr(in, 'b'); /* a letter for two parameters */
        assert_int_equal(words(rasrpc_wire(op)->in), strlen(in) + (pair ? 1 : 0));
        assert_true(rasrpc_wire(op)->by[0] && rasrpc_wire(op)->codes[0].name);
    }
}

static void codes_rise(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        for (const struct dim_code *c = dim_wire(op)->codes; c[1].name; c++)
            assert_true(c[0].code < c[1].code);
    }
}

static void the_examples_answer_with_codes_of_the_table(void **state)
{
    bool seen[DIM_OPNUMS] = {false};
    (void)state;
    goldens_read(&goldens, EXAMPLES);
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        if (!golden_is_ours(g))
            continue;
        if (!dim_may_answer(g->opnum, last_u32(g->response)))
            fail_msg("opnum %u: %s: %u is not in dimsvc/wire.c", g->opnum, g->title, last_u32(g->response));
        seen[g->opnum] = true;
    }
    for (uint16_t op = 0; op < DIM_OPNUMS; op++)
        assert_true(seen[op]);
    assert_false(dim_may_answer(7, 87));
    assert_false(dim_may_answer(0, 903)); /* a LAN router tells so */
    goldens_free(&goldens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_has_a_name),
        cmocka_unit_test(codes_rise),
        cmocka_unit_test(the_examples_answer_with_codes_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
