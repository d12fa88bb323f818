/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in pieces of any size, of both record sizes, and ones that do not add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <mprapi.h>

#include "libmprapi/answer.h"

#define STUB_MAX (256u * 1024)

static uint8_t stub[STUB_MAX];
static size_t len;

static void put32(uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        stub[len++] = (uint8_t)(v >> 8 * i);
}

/* A list of `n` records of `size` bytes; the first DWORD of each is its number. */
static void make_list(uint32_t n, uint32_t size, uint32_t read, uint32_t total, uint32_t code)
{
    len = 0;
    put32(n * size);
    put32(n ? 0x20000 : 0);
    if (n)
        put32(n * size);
    for (uint32_t i = 0; i < n; i++) {
        put32(i + 1);
        memset(stub + len, 0, size - 4);
        len += size - 4;
    }
    put32(read);
    put32(total);
    put32(0x20004);
    put32(99); /* resume */
    put32(code);
}

/* Feeds the stub in pieces of `piece` bytes. */
static uint32_t feed(struct answer *a, size_t piece)
{
    answer_begin(a);
    struct rpc_sink sink = answer_sink(a);
    for (size_t at = 0; at < len; at += piece) {
        uint32_t code = sink.data(sink.ctx, stub + at, len - at < piece ? len - at : piece, false);
        if (code)
            return code;
    }
    return answer_end(a);
}

static struct answer *new_answer(enum dim_answer kind, const struct level *level)
{
    struct answer *a = malloc(sizeof *a);

    assert_non_null(a);
    answer_init(a, kind, level, kind == DIM_ANSWER_LIST);
    return a;
}

static void free_answer(struct answer *a)
{
    answer_free(a);
    free(a);
}

static void check_numbers(const struct answer *a, size_t n, size_t api_size)
{
    assert_int_equal(a->count, n);
    assert_int_equal(a->done, n);
    for (size_t i = 0; i < n; i++) {
        HANDLE h;
        memcpy(&h, a->buffer + i * api_size, sizeof h);
        assert_ptr_equal(h, (HANDLE)(uintptr_t)(i + 1));
    }
}

static void pieces_of_any_size_make_the_same_list(void **state)
{
    struct answer *a = new_answer(DIM_ANSWER_LIST, convert_port_level(0));

    (void)state;
    for (size_t piece = 1; piece < 2 * DIM_PORT0_SIZE + 3; piece++) {
        make_list(5, DIM_PORT0_SIZE, 5, 8, ERROR_MORE_DATA);
        assert_int_equal(feed(a, piece), NO_ERROR); /* the same answer again: what was there before is freed */
        check_numbers(a, 5, sizeof(RAS_PORT_0));
        assert_int_equal(a->decoder.code, ERROR_MORE_DATA);
        assert_int_equal(a->decoder.total, 8);
        assert_int_equal(a->decoder.resume_out, 99);
    }
    free_answer(a);
}

/* 17 long records have the size of 18 short ones: only the number of entries, which comes last, tells them apart. */
static void lists_that_could_be_of_either_size_are_told_apart(void **state)
{
    static const struct {
        DWORD level;
        uint32_t n, size, api_size;
    } lists[] = {
        {1, 17, DIM_CONN1_SIZE(DIM_IPX_SDK), sizeof(RAS_CONNECTION_1)},
        {1, 18, DIM_CONN1_SIZE(DIM_IPX_SPEC), sizeof(RAS_CONNECTION_1)},
        {1, 34, DIM_CONN1_SIZE(DIM_IPX_SDK), sizeof(RAS_CONNECTION_1)},
        {1, 16, DIM_CONN1_SIZE(DIM_IPX_SDK), sizeof(RAS_CONNECTION_1)},
        {1, 16, DIM_CONN1_SIZE(DIM_IPX_SPEC), sizeof(RAS_CONNECTION_1)},
        {2, 207, DIM_CONN2_SIZE(DIM_IPX_SDK), sizeof(RAS_CONNECTION_2)},
        {2, 211, DIM_CONN2_SIZE(DIM_IPX_SPEC), sizeof(RAS_CONNECTION_2)},
        {2, 3, DIM_CONN2_SIZE(DIM_IPX_SPEC), sizeof(RAS_CONNECTION_2)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct answer *a = new_answer(DIM_ANSWER_LIST, convert_connection_level(lists[i].level));
        make_list(lists[i].n, lists[i].size, lists[i].n, lists[i].n, NO_ERROR);
        assert_int_equal(feed(a, 1000), NO_ERROR);
        check_numbers(a, lists[i].n, lists[i].api_size);
        free_answer(a);
    }
}

static void lists_that_do_not_add_up_are_refused(void **state)
{
    struct answer *a = new_answer(DIM_ANSWER_LIST, convert_connection_level(1));
    const uint32_t size = DIM_CONN1_SIZE(DIM_IPX_SDK);

    (void)state;
    make_list(17, size, 16, 17, NO_ERROR); /* neither 17 long ones nor 18 short ones */
    assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA);
    make_list(3, size, 4, 4, NO_ERROR);
    assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA);
    make_list(3, size, 3, 2, NO_ERROR); /* more than there are */
    assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA);
    make_list(3, size + 4, 3, 3, NO_ERROR);
    assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA);
    make_list(0, size, 1, 1, NO_ERROR);
    assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA);
    for (uint32_t cut = 1; cut < 40; cut++) { /* truncated anywhere near the end */
        make_list(3, size, 3, 3, NO_ERROR);
        len -= cut;
        assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA);
    }
    free_answer(a);
}

static void an_announced_size_costs_nothing_until_bytes_come(void **state)
{
    struct answer *a = new_answer(DIM_ANSWER_LIST, convert_port_level(0));

    (void)state;
    len = 0;
    put32(DIM_PORT0_SIZE * 1000000u); /* 380 MB, within the limit */
    put32(0x20000);
    put32(DIM_PORT0_SIZE * 1000000u);
    put32(1);
    assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA); /* it ends there */
    assert_int_equal(a->done, 0);

    len = 0;
    put32(DIM_PORT0_SIZE * 2000000u); /* 760 MB, above it */
    put32(0x20000);
    put32(DIM_PORT0_SIZE * 2000000u);
    assert_int_equal(feed(a, 1000), RPC_X_BAD_STUB_DATA);
    assert_null(a->buffer);
    free_answer(a);
}

static void an_answer_that_says_no_is_taken_without_its_outputs(void **state)
{
    struct answer *a = new_answer(DIM_ANSWER_LIST, convert_connection_level(1));

    (void)state;
    make_list(0, 0, 0, 0, ERROR_DDM_NOT_RUNNING);
    assert_int_equal(feed(a, 7), NO_ERROR);
    assert_int_equal(a->decoder.code, ERROR_DDM_NOT_RUNNING);
    make_list(17, DIM_CONN1_SIZE(DIM_IPX_SDK), 3, 1, ERROR_ACCESS_DENIED);
    assert_int_equal(feed(a, 7), NO_ERROR);
    assert_int_equal(a->decoder.code, ERROR_ACCESS_DENIED);
    free_answer(a);
}

static void a_single_record_must_be_exactly_one(void **state)
{
    struct answer *a = new_answer(DIM_ANSWER_CONTAINER, convert_connection_level(1));
    const uint32_t sizes[] = {DIM_CONN1_SIZE(DIM_IPX_SDK), DIM_CONN1_SIZE(DIM_IPX_SPEC)};

    (void)state;
    for (uint32_t size = 1; size < 2 * sizes[0] + 2; size++) {
        len = 0;
        put32(size);
        put32(1);
        put32(size);
        memset(stub + len, 0, size + 4);
        len += (size + 3) & ~3u;
        put32(NO_ERROR);
        bool right = size == sizes[0] || size == sizes[1];
        assert_int_equal(feed(a, 100), right ? NO_ERROR : RPC_X_BAD_STUB_DATA);
        if (right)
            assert_int_equal(a->count, 1);
    }
    free_answer(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size_make_the_same_list),
        cmocka_unit_test(lists_that_could_be_of_either_size_are_told_apart),
        cmocka_unit_test(lists_that_do_not_add_up_are_refused),
        cmocka_unit_test(an_announced_size_costs_nothing_until_bytes_come),
        cmocka_unit_test(an_answer_that_says_no_is_taken_without_its_outputs),
        cmocka_unit_test(a_single_record_must_be_exactly_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
