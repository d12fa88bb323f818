/* SPDX-License-Identifier: Apache-2.0 */
/* The client's decoder of RAS_CONNECTION_EX, one (opnum 46) or many (opnum 45), against servers good and hostile. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include <mprerror.h>
#include <winerror.h>

#include "dimsvc/client.h"
#include "dimsvc/connections_ex.h"
#include "rpc/limits.h"

#define N 5u

static struct fake f;
static struct dim_connection connections[N];

static int setup(void **state)
{
    (void)state;
    fake_init(&f);
    make_connections(connections, N);
    f.connections = connections;
    f.n_connections = N;
    return 0;
}

struct sink {
    size_t announced, n;
    bool ikev2[N];
    uint8_t arms[N][DIM_CONNEX_PPP_SIZE];
    uint32_t refuse_begin, refuse_element;
};

static uint32_t on_begin(void *ctx, size_t elements)
{
    struct sink *s = ctx;
    assert_int_equal(s->announced + s->n, 0);
    assert_true(elements > 0 && elements <= RPC_RESPONSE_STUB_MAX / DIM_CONNEX_IKE_SIZE);
    s->announced = elements;
    return s->refuse_begin;
}

static uint32_t on_element(void *ctx, const uint8_t *arm, bool ikev2)
{
    struct sink *s = ctx;
    assert_true(s->n < s->announced);
    if (s->n < N) {
        s->ikev2[s->n] = ikev2;
        memcpy(s->arms[s->n], arm, dim_connection_ex_size(ikev2));
    }
    s->n++;
    return s->refuse_element;
}

static struct dim_connections_ex *new_decoder(struct sink *s, bool list, bool resume)
{
    struct dim_connections_ex *d = calloc(1, sizeof *d);
    assert_non_null(d);
    memset(s, 0, sizeof *s);
    d->list = list;
    d->resume = resume;
    d->begin = on_begin;
    d->element = on_element;
    d->ctx = s;
    return d;
}

/* All of it in pieces, each in a block of its own. The first code that is not 0, or that of the end. */
static uint32_t feed(struct dim_connections_ex *d, struct bytes b, size_t piece, bool big)
{
    uint32_t code = 0;
    for (size_t i = 0; i < b.n && code == 0; i += piece) {
        size_t now = b.n - i < piece ? b.n - i : piece;
        uint8_t *copy = malloc(now);
        assert_non_null(copy);
        memcpy(copy, b.p + i, now);
        code = dim_connections_ex_data(d, copy, now, big);
        free(copy);
    }
    return code != 0 ? code : dim_connections_ex_end(d);
}

/* A fresh decoder for each answer; what it comes to. */
static uint32_t decode(struct sink *s, bool list, bool resume, struct bytes b, uint32_t *code)
{
    struct dim_connections_ex *d = new_decoder(s, list, resume);
    uint32_t result = feed(d, b, 1000, false);
    *code = d->code;
    if (result == 0 && list && (d->code == 0 || d->code == ERROR_MORE_DATA))
        assert_true(d->read == s->n && d->read <= d->total);
    free(d);
    return result;
}

static struct bytes list_answer(uint32_t pref)
{
    uint8_t request[DIM_REQUEST_MAX];
    const uint32_t zero = 0;
    return answer(&f, 45, request, dim_req_connection_enum_ex(request, pref, &zero));
}

static struct bytes one_answer(uint32_t handle)
{
    uint8_t request[DIM_REQUEST_MAX];
    return answer(&f, 46, request, dim_req_connection_get_ex(request, handle));
}

static void assert_arm(const uint8_t *arm, bool ikev2, uint32_t i)
{
    uint8_t want[DIM_CONNEX_PPP_SIZE];
    dim_pack_connection_ex(want, ikev2, &connections[i]);
    assert_int_equal(ikev2, connections[i].ikev2);
    assert_memory_equal(arm, want, dim_connection_ex_size(ikev2));
}

static void pieces_of_every_size_give_the_same(void **state)
{
    struct bytes b = list_answer(UINT32_MAX);
    struct sink s;
    (void)state;
    for (size_t piece = 1; piece < 3 * (size_t)DIM_CONNEX_ELEMENT_MAX; piece += piece < 20 ? 1 : 37) {
        struct dim_connections_ex *d = new_decoder(&s, true, true);
        assert_int_equal(feed(d, b, piece, false), 0);
        assert_int_equal(d->code, 0);
        assert_int_equal(d->read, N);
        assert_int_equal(d->total, N);
        assert_int_equal(s.announced, N);
        assert_int_equal(s.n, N);
        for (uint32_t i = 0; i < N; i++) {
            assert_arm(s.arms[i], s.ikev2[i], i);
        }
        free(d);
    }
    bytes_free(&b);
}

static void pages_say_where_the_next_one_begins(void **state)
{
    struct bytes b = list_answer(1664);
    struct sink s;
    (void)state;
    struct dim_connections_ex *d = new_decoder(&s, true, true);
    assert_int_equal(feed(d, b, 100, false), 0);
    assert_int_equal(d->code, ERROR_MORE_DATA);
    assert_int_equal(d->read, 2);
    assert_int_equal(d->total, N);
    assert_int_equal(d->resume_out, 102);
    free(d);
    bytes_free(&b);
}

static void one_connection_comes_with_either_projection(void **state)
{
    struct sink s;
    uint32_t code;
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        struct bytes b = one_answer(101 + i);
        assert_int_equal(decode(&s, false, false, b, &code), 0);
        assert_int_equal(code, 0);
        assert_int_equal(s.announced, 1);
        assert_int_equal(s.n, 1);
        assert_arm(s.arms[0], s.ikev2[0], i);
        bytes_free(&b);
    }
    struct bytes b = one_answer(1);
    assert_int_equal(decode(&s, false, false, b, &code), 0); /* its header is all zero, and nobody minds */
    assert_int_equal(code, ERROR_INTERFACE_NOT_CONNECTED);
    bytes_free(&b);
}

static void empty_and_failed_lists_are_taken(void **state)
{
    static const struct {
        const char *hex;
        bool resume;
        uint32_t result, code;
    } cases[] = {
        {"00000000 00000000 00000000 00000200 00000000 00000000", true, 0, 0},
        {"00000000 00000000 00000000 00000000 00000000", false, 0, 0},
        {"00000000 00000000 01000000 00000000 00000000 00000000", false, 0, 0}, /* an array of nothing */
        {"00000000 09000000 00000000 00000000 ea000000", false, 0, 234},        /* other servers: more, but not now */
        {"00000000 00000000 00000000 00000200 00000000 87030000", true, 0, 903},
        {"05000000 01000000 00000000 00000000 05000000", false, 0, 5}, /* after an error nobody looks */
        /* a resume pointer that was asked for and is not there; the other way round; entries without an array */
        {"00000000 00000000 00000000 00000000 00000000", true, RPC_X_BAD_STUB_DATA, 0},
        {"00000000 00000000 00000000 00000200 00000000 00000000", false, RPC_X_BAD_STUB_DATA, 0},
        {"01000000 01000000 00000000 00000000 00000000", false, RPC_X_BAD_STUB_DATA, 0},
        /* a count that is not the number read; more than any answer holds */
        {"01000000 01000000 01000000 02000000", false, RPC_X_BAD_STUB_DATA, 0},
        {"ffffffff ffffffff 01000000 ffffffff", false, RPC_X_BAD_STUB_DATA, 0},
        {"00001000 00001000 01000000 00001000", false, RPC_X_BAD_STUB_DATA, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = bytes_from_hex(cases[i].hex);
        struct sink s;
        uint32_t code;
        assert_int_equal(decode(&s, true, cases[i].resume, b, &code), cases[i].result);
        if (cases[i].result == 0)
            assert_int_equal(code, cases[i].code);
        assert_int_equal(s.announced, 0); /* nobody has made room for what will not come */
        bytes_free(&b);
    }
}

static void an_answer_cut_anywhere_is_1783(void **state)
{
    struct bytes list = list_answer(UINT32_MAX), one = one_answer(103), part = list;
    struct sink s;
    uint32_t code;
    (void)state;
    for (part.n = 0; part.n < list.n; part.n++) {
        assert_int_equal(decode(&s, true, true, part, &code), RPC_X_BAD_STUB_DATA);
    }
    part = one;
    for (part.n = 0; part.n < one.n; part.n++) {
        assert_int_equal(decode(&s, false, false, part, &code), RPC_X_BAD_STUB_DATA);
    }
    bytes_free(&list);
    bytes_free(&one);
}

static void padding_is_taken_and_more_is_not(void **state)
{
    struct bytes one = one_answer(101), more = {.p = calloc(1, one.n + 16), .n = one.n};
    struct sink s;
    uint32_t code;
    (void)state;
    assert_non_null(more.p);
    memcpy(more.p, one.p, one.n);
    for (size_t extra = 0; extra <= 16; extra++) {
        more.n = one.n + extra;
        assert_int_equal(decode(&s, false, false, more, &code), extra < 16 ? 0 : RPC_X_BAD_STUB_DATA);
    }
    bytes_free(&one);
    bytes_free(&more);
}

static void turned_bits_do_no_harm(void **state)
{
    struct bytes b = list_answer(UINT32_MAX);
    struct sink s;
    uint32_t code;
    (void)state;
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        uint32_t result = decode(&s, true, true, b, &code);
        if (result != 0)
            assert_int_equal(result, RPC_X_BAD_STUB_DATA);
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    bytes_free(&b);
}

/* Bytes of the first element, which begins at 16 with its tag; its arm at 24. */
static void tags_and_headers_that_are_not_ours_are_1783(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = {
        {16, 0},                           /* a union without an arm */
        {16, 2},                           /* a revision that does not exist */
        {24 + DIM_OBJECT_REVISION, 2},     /* tag and header disagree */
        {24 + DIM_OBJECT_TYPE, 2},         /* another type of object */
        {24 + DIM_CONNEX_PROJECTION, 0},   /* neither PPP nor IKEv2 */
        {24 + DIM_CONNEX_PROJECTION, 3},   /* the same */
        {24 + DIM_CONNEX_PROJECTION, 255}, /* the same */
    };
    struct sink s;
    uint32_t code;
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct bytes b = list_answer(UINT32_MAX);
        b.p[lies[i].at] = lies[i].value;
        assert_int_equal(decode(&s, true, true, b, &code), RPC_X_BAD_STUB_DATA);
        bytes_free(&b);
    }
    /* read and total follow the head of the answer: more read than there are */
    struct bytes b = list_answer(UINT32_MAX);
    rpc_put_u32(b.p + 4, N - 1);
    assert_int_equal(decode(&s, true, true, b, &code), RPC_X_BAD_STUB_DATA);
    bytes_free(&b);
}

static void caller_may_end_the_call(void **state)
{
    struct bytes b = list_answer(UINT32_MAX);
    struct sink s;
    (void)state;
    struct dim_connections_ex *d = new_decoder(&s, true, true);
    s.refuse_begin = ERROR_NOT_ENOUGH_MEMORY;
    assert_int_equal(feed(d, b, 100, false), ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(s.n, 0);
    assert_int_equal(dim_connections_ex_data(d, b.p, b.n, false), RPC_X_BAD_STUB_DATA); /* and stays at its end */
    free(d);
    d = new_decoder(&s, true, true);
    s.refuse_element = 1223;
    assert_int_equal(feed(d, b, 100, false), 1223);
    assert_int_equal(dim_connections_ex_end(d), RPC_X_BAD_STUB_DATA);
    free(d);
    bytes_free(&b);
}

/* The widths of the fields one after the other, as MS-RRASM 2.2.1.2.211 and NDR have them; gaps count as bytes. */
struct run {
    size_t width, n;
};

static const struct run before[] = {{1, 2},   {2, 1},  {4, 1},  {2, 1},  {1, 2},  {4, 1},  {2, 257},
                                    {2, 257}, {2, 16}, {2, 17}, {1, 2},  {4, 1},  {2, 2},  {1, 8},
                                    {2, 1},   {1, 2},  {4, 2},  {4, 13}, {2, 65}, {2, 65}, {1, 4}};
static const struct run ppp[] = {{4, 1}, {2, 16}, {2, 16}, {4, 2}, {1, 4},  {8, 1},
                                 {4, 1}, {1, 24}, {4, 1},  {8, 1}, {4, 16}, {4, 2}};
static const struct run ikev2[] = {{4, 1},  {2, 16}, {2, 16}, {1, 4}, {8, 1}, {4, 1},
                                   {1, 24}, {4, 1},  {8, 1},  {4, 5}, {4, 2}};

static uint8_t *turn(uint8_t *p, const struct run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < runs[i].n; k++, p += runs[i].width) {
            for (size_t b = 0; b < runs[i].width / 2; b++) {
                uint8_t byte = p[b];
                p[b] = p[runs[i].width - 1 - b];
                p[runs[i].width - 1 - b] = byte;
            }
        }
    }
    return p;
}

static void big_endian_answers_are_understood(void **state)
{
    struct sink s;
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        struct bytes b = one_answer(101 + i);
        /* Every byte of the arm that is no tag and no padding has a value of its own. */
        uint8_t *arm = b.p + 8, want[DIM_CONNEX_PPP_SIZE];
        for (size_t k = 4; k < DIM_CONNEX_PROJECTION; k++) {
            arm[k] = (uint8_t)(k * 7);
        }
        for (size_t k = DIM_CONNEX_PROJECTION_ARM; k < b.n - 12; k++) {
            arm[k] = (uint8_t)(k * 5);
        }
        size_t size = dim_connection_ex_size(connections[i].ikev2);
        memcpy(want, arm, size);
        uint8_t *end = turn(arm, before, sizeof before / sizeof before[0]);
        if (connections[i].ikev2)
            end = turn(end, ikev2, sizeof ikev2 / sizeof ikev2[0]);
        else
            end = turn(end, ppp, sizeof ppp / sizeof ppp[0]);
        assert_ptr_equal(end, arm + size);
        struct dim_connections_ex *d = new_decoder(&s, false, false);
        assert_int_equal(feed(d, b, 700, true), 0);
        assert_memory_equal(s.arms[0], want, size);
        free(d);
        bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_every_size_give_the_same),
        cmocka_unit_test(pages_say_where_the_next_one_begins),
        cmocka_unit_test(one_connection_comes_with_either_projection),
        cmocka_unit_test(empty_and_failed_lists_are_taken),
        cmocka_unit_test(an_answer_cut_anywhere_is_1783),
        cmocka_unit_test(padding_is_taken_and_more_is_not),
        cmocka_unit_test(turned_bits_do_no_harm),
        cmocka_unit_test(tags_and_headers_that_are_not_ours_are_1783),
        cmocka_unit_test(caller_may_end_the_call),
        cmocka_unit_test(big_endian_answers_are_understood),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
