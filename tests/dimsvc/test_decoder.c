/* SPDX-License-Identifier: Apache-2.0 */
/* The client's decoder against servers that are right, slow, wrong and hostile. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include <mprerror.h>
#include <winerror.h>

#include "dimsvc/client.h"
#include "examples.h"
#include "rpc/limits.h"

/* What came out of a decoder. */
struct sink {
    uint8_t *p;
    size_t cap, n;
    unsigned begins;
    size_t announced;
    uint32_t refuse_begin, refuse_bytes;
};

static uint32_t on_begin(void *ctx, size_t bytes)
{
    struct sink *s = ctx;
    assert_int_equal(s->n, 0);
    s->begins++;
    s->announced = bytes;
    return s->refuse_begin;
}

static uint32_t on_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct sink *s = ctx;
    assert_int_equal(s->begins, 1);
    assert_true(n > 0 && s->n + n <= s->announced);
    if (s->n + n <= s->cap)
        memcpy(s->p + s->n, p, n);
    s->n += n;
    return s->refuse_bytes;
}

static struct dim_decoder list_decoder(struct sink *s, size_t size0, size_t size1, bool resume)
{
    return (struct dim_decoder){.kind = DIM_ANSWER_LIST,
                                .sizes = {size0, size1},
                                .resume = resume,
                                .begin = on_begin,
                                .bytes = on_bytes,
                                .ctx = s};
}

/* All of it in pieces of `piece` bytes, each in a block of its own. The first code that is not 0, or that of the end.
 */
static uint32_t feed(struct dim_decoder *d, const uint8_t *p, size_t n, size_t piece, bool big)
{
    for (size_t i = 0; i < n; i += piece) {
        size_t now = n - i < piece ? n - i : piece;
        uint8_t *copy = malloc(now);
        assert_non_null(copy);
        memcpy(copy, p + i, now);
        uint32_t code = dim_decoder_data(d, copy, now, big);
        free(copy);
        if (code != 0)
            return code;
    }
    return dim_decoder_end(d);
}

static uint32_t feed_hex(struct dim_decoder *d, const char *hex)
{
    struct bytes b = bytes_from_hex(hex);
    uint32_t code = feed(d, b.p, b.n, b.n + 1, false);
    bytes_free(&b);
    return code;
}

static void pieces_of_every_size_give_the_same(void **state)
{
    (void)state;
    struct bytes b = bytes_from_hex(EX_PORT_ENUM_REPLY);
    for (size_t piece = 1; piece <= b.n; piece++) {
        uint8_t room[760];
        struct sink s = {.p = room, .cap = sizeof room};
        struct dim_decoder d = list_decoder(&s, 380, 0, true);
        assert_int_equal(feed(&d, b.p, b.n, piece, false), 0);
        assert_int_equal(s.begins, 1);
        assert_int_equal(s.announced, 760);
        assert_int_equal(s.n, 760);
        assert_memory_equal(room, b.p + 12, 760);
        assert_int_equal(d.code, 0);
        assert_int_equal(d.read, 2);
        assert_int_equal(d.total, 2);
        assert_int_equal(d.container_bytes, 760);
    }
    bytes_free(&b);
}

static void answer_cut_anywhere_is_1783(void **state)
{
    (void)state;
    struct bytes b = bytes_from_hex(EX_PORT_ENUM_REPLY);
    for (size_t cut = 0; cut < b.n; cut++) {
        struct sink s = {0};
        struct dim_decoder d = list_decoder(&s, 380, 0, true);
        assert_int_equal(feed(&d, b.p, cut, 97, false), RPC_X_BAD_STUB_DATA);
    }
    bytes_free(&b);
    struct dim_decoder d = {.kind = DIM_ANSWER_CODE};
    assert_int_equal(dim_decoder_end(&d), RPC_X_BAD_STUB_DATA);
    assert_int_equal(feed_hex(&d, "000000"), RPC_X_BAD_STUB_DATA);
}

/* Whatever bit is turned: a result that fits together, or 1783; and never more bytes than announced. */
static void turned_bits_do_no_harm(void **state)
{
    (void)state;
    struct bytes b = bytes_from_hex(EX_PORT_ENUM_REPLY);
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        struct sink s = {0};
        struct dim_decoder d = list_decoder(&s, 380, 0, true);
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        uint32_t code = feed(&d, b.p, b.n, 113, false);
        if (code == 0 && d.code == 0)
            assert_true(d.read * 380 == s.n && d.read <= d.total);
        else if (code != 0)
            assert_int_equal(code, RPC_X_BAD_STUB_DATA);
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    bytes_free(&b);
}

static void padding_is_taken_and_more_is_not(void **state)
{
    static const uint8_t zeros[4 + 16];
    (void)state;
    for (size_t extra = 0; extra <= 16; extra++) {
        struct dim_decoder d = {.kind = DIM_ANSWER_CODE};
        assert_int_equal(feed(&d, zeros, 4 + extra, 3, false), extra < 16 ? 0 : RPC_X_BAD_STUB_DATA);
    }
}

static void sizes_must_be_whole_items_that_were_counted(void **state)
{
    static const struct {
        const char *head;
        uint32_t fill;
        const char *tail;
        uint32_t code;
    } cases[] = {
        /* two items of 8 bytes, read as 2, 1, 3; a count that is not the size; not a multiple; read more than there are
         */
        {"10000000 01000000 10000000", 16, "02000000 02000000 00000000 00000000", 0},
        {"10000000 01000000 10000000", 16, "01000000 02000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        {"10000000 01000000 10000000", 16, "03000000 03000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        {"10000000 01000000 08000000", 16, "02000000 02000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        {"0c000000 01000000 0c000000", 12, "01000000 01000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        {"10000000 01000000 10000000", 16, "02000000 01000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        {"10000000 01000000 10000000", 16, "02000000 09000000 00000000 ea000000", 0},
        /* no pointer but a size; a pointer to nothing; nothing */
        {"10000000 00000000", 0, "02000000 02000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        {"00000000 01000000 00000000", 0, "00000000 00000000 00000000 00000000", 0},
        {"00000000 00000000", 0, "00000000 00000000 00000000 00000000", 0},
        {"00000000 00000000", 0, "01000000 01000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        /* nothing read although there is something: other servers may do that */
        {"00000000 00000000", 0, "00000000 05000000 00000000 ea000000", 0},
        /* a resume pointer that was not asked for */
        {"00000000 00000000", 0, "00000000 00000000 01000000 00000000 00000000", RPC_X_BAD_STUB_DATA},
        /* read x size would be right in 32 bits */
        {"10000000 01000000 10000000", 16, "02000020 02000020 00000000 00000000", RPC_X_BAD_STUB_DATA},
        /* after an error nobody looks at the rest */
        {"10000000 01000000 10000000", 16, "07000000 02000000 00000000 05000000", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sink s = {0};
        struct dim_decoder d = list_decoder(&s, 8, 0, false);
        uint8_t stub[64] = {0};
        struct bytes head = bytes_from_hex(cases[i].head), tail = bytes_from_hex(cases[i].tail);
        memcpy(stub, head.p, head.n);
        memcpy(stub + head.n + cases[i].fill, tail.p, tail.n);
        assert_int_equal(feed(&d, stub, head.n + cases[i].fill + tail.n, 5, false), cases[i].code);
        bytes_free(&head);
        bytes_free(&tail);
    }
}

static void missing_resume_pointer_is_1783(void **state)
{
    struct sink s = {0};
    (void)state;
    struct dim_decoder d = list_decoder(&s, 380, 0, true);
    assert_int_equal(feed_hex(&d, "00000000 00000000 00000000 00000000 00000000 00000000"), RPC_X_BAD_STUB_DATA);
    d = list_decoder(&s, 380, 0, true);
    assert_int_equal(feed_hex(&d, "00000000 00000000 00000000 00000000 01000000 2a000000 ea000000"), 0);
    assert_int_equal(d.resume_out, 42);
}

/* One list in either variant of the IPX address; the stride tells which. */
static void both_sizes_of_a_level_are_taken_and_no_third(void **state)
{
    static const struct {
        uint32_t bytes, read, code;
    } cases[] = {
        {288, 1, 0},
        {272, 1, 0},
        {288 * 3, 3, 0},
        {272 * 5, 5, 0},
        {280, 1, RPC_X_BAD_STUB_DATA},
        {288 + 272, 2, RPC_X_BAD_STUB_DATA},
        {288 * 17, 17, 0}, /* = 272 x 18: both sizes divide it, */
        {288 * 17, 18, 0}, /* the count decides */
        {288 * 17, 16, RPC_X_BAD_STUB_DATA},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t stub[12 + 288 * 17 + 16] = {0};
        struct sink s = {0};
        struct dim_decoder d = list_decoder(&s, DIM_CONN1_SIZE(DIM_IPX_SDK), DIM_CONN1_SIZE(DIM_IPX_SPEC), false);
        rpc_put_u32(stub, cases[i].bytes);
        rpc_put_u32(stub + 4, 1);
        rpc_put_u32(stub + 8, cases[i].bytes);
        rpc_put_u32(stub + 12 + cases[i].bytes, cases[i].read);
        rpc_put_u32(stub + 12 + cases[i].bytes + 4, cases[i].read);
        assert_int_equal(feed(&d, stub, 12 + cases[i].bytes + 16, 1000, false), cases[i].code);
    }
}

static void one_item_in_a_container_must_be_exactly_one(void **state)
{
    (void)state;
    for (uint32_t bytes = 0; bytes <= 64; bytes += 4) {
        uint8_t stub[12 + 64 + 4] = {0};
        struct sink s = {0};
        struct dim_decoder d = {
            .kind = DIM_ANSWER_CONTAINER, .sizes = {16, 24}, .begin = on_begin, .bytes = on_bytes, .ctx = &s};
        rpc_put_u32(stub, bytes);
        rpc_put_u32(stub + 4, 1);
        rpc_put_u32(stub + 8, bytes);
        bool right = bytes == 16 || bytes == 24;
        assert_int_equal(feed(&d, stub, 12 + bytes + 4, 1000, false), right ? 0 : RPC_X_BAD_STUB_DATA);
        assert_int_equal(s.begins, right ? 1 : 0);
    }
    struct dim_decoder d = {.kind = DIM_ANSWER_CONTAINER, .sizes = {16}};
    assert_int_equal(feed_hex(&d, "00000000 00000000 8a030000"), 0);
    assert_int_equal(d.code, ERROR_INTERFACE_NOT_CONNECTED);
    /* success without an item */
    d = (struct dim_decoder){.kind = DIM_ANSWER_CONTAINER, .sizes = {16}};
    assert_int_equal(feed_hex(&d, "00000000 00000000 00000000"), RPC_X_BAD_STUB_DATA);
}

static void announced_size_has_a_limit(void **state)
{
    (void)state;
    const uint32_t most = RPC_RESPONSE_STUB_MAX / 4 * 4;
    for (uint32_t extra = 0; extra <= 4; extra += 4) {
        uint8_t head[12];
        struct sink s = {.refuse_begin = ERROR_NOT_ENOUGH_MEMORY};
        struct dim_decoder d = list_decoder(&s, 4, 0, false);
        rpc_put_u32(head, most + extra);
        rpc_put_u32(head + 4, 1);
        rpc_put_u32(head + 8, most + extra);
        uint32_t code = feed(&d, head, sizeof head, 12, false);
        assert_int_equal(code, extra == 0 ? ERROR_NOT_ENOUGH_MEMORY : RPC_X_BAD_STUB_DATA);
    }
}

static void caller_may_end_the_call(void **state)
{
    (void)state;
    struct bytes b = bytes_from_hex(EX_PORT_ENUM_REPLY);
    struct sink s = {.refuse_begin = ERROR_NOT_ENOUGH_MEMORY};
    struct dim_decoder d = list_decoder(&s, 380, 0, true);
    assert_int_equal(feed(&d, b.p, b.n, 10, false), ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(s.n, 0);
    assert_int_equal(dim_decoder_data(&d, b.p, b.n, false), RPC_X_BAD_STUB_DATA); /* and stays at its end */
    assert_int_equal(dim_decoder_end(&d), RPC_X_BAD_STUB_DATA);
    s = (struct sink){.refuse_bytes = 1223};
    d = list_decoder(&s, 380, 0, true);
    assert_int_equal(feed(&d, b.p, b.n, 20, false), 1223);
    assert_int_equal(dim_decoder_end(&d), RPC_X_BAD_STUB_DATA);
    bytes_free(&b);
}

static void big_endian_answers_are_understood(void **state)
{
    (void)state;
    struct bytes b =
        bytes_from_hex("00000008 00000001 00000008 1122334455667788 00000001 00000003 00000001 0000002a 000000ea");
    for (size_t piece = 1; piece <= b.n; piece++) {
        uint8_t room[8];
        struct sink s = {.p = room, .cap = 8};
        struct dim_decoder d = list_decoder(&s, 8, 0, true);
        assert_int_equal(feed(&d, b.p, b.n, piece, true), 0);
        assert_int_equal(d.read, 1);
        assert_int_equal(d.total, 3);
        assert_int_equal(d.resume_out, 42);
        assert_int_equal(d.code, ERROR_MORE_DATA);
        assert_int_equal(room[0], 0x11);
    }
    bytes_free(&b);
}

static void gap_behind_odd_items_is_skipped(void **state)
{
    (void)state;
    struct sink s = {0};
    struct dim_decoder d = list_decoder(&s, 3, 0, false);
    assert_int_equal(feed_hex(&d, "03000000 01000000 03000000 aabbcc ee 01000000 01000000 00000000 00000000"), 0);
    assert_int_equal(s.n, 3);
}

static uint32_t feed_message(const char *hex, struct sink *s, uint32_t *code)
{
    *s = (struct sink){0};
    struct dim_decoder d = {.kind = DIM_ANSWER_MESSAGE, .begin = on_begin, .bytes = on_bytes, .ctx = s};
    uint32_t end = feed_hex(&d, hex);
    *code = d.code;
    return end;
}

static void message_may_have_any_size(void **state)
{
    struct sink s;
    uint32_t code;
    (void)state;
    assert_int_equal(feed_message("00000000 00000000 90040000", &s, &code), 0);
    assert_int_equal(s.begins, 0);
    assert_int_equal(code, 1168);
    assert_int_equal(feed_message("00000000 00000200 00000000 00000000", &s, &code), 0);
    assert_int_equal(s.begins, 0);
    assert_int_equal(feed_message("05000000 00000200 05000000 0102030405 000000 00000000", &s, &code), 0);
    assert_int_equal(s.n, 5);
    assert_int_equal(code, 0);
    /* The size must be said twice alike, and be there. */
    assert_int_equal(feed_message("05000000 00000200 06000000 0102030405 000000 00000000", &s, &code), 1783);
    assert_int_equal(feed_message("05000000 00000000 00000000", &s, &code), 1783);
    assert_int_equal(feed_message("05000000 00000200 05000000 01020304", &s, &code), 1783);
}

static void devices_come_with_their_number(void **state)
{
    static const struct {
        const char *hex;
        uint32_t code, read;
    } cases[] = {
        {"08000000 00000200 08000000 11111111 22222222 02000000 00000000", 0, 2},
        {"00000000 00000000 00000000 00000000", 0, 0},
        {"00000000 00000000 00000000 05000000", 0, 0},
        /* a number that is not that of the items; bytes that are no items; success said in another way */
        {"08000000 00000200 08000000 11111111 22222222 01000000 00000000", RPC_X_BAD_STUB_DATA, 0},
        {"08000000 00000200 08000000 11111111 22222222 03000000 00000000", RPC_X_BAD_STUB_DATA, 0},
        {"06000000 00000200 06000000 11111111 22220000 01000000 00000000", RPC_X_BAD_STUB_DATA, 0},
        {"00000000 00000000 01000000 00000000", RPC_X_BAD_STUB_DATA, 0},
        {"00000000 00000000 01000000", RPC_X_BAD_STUB_DATA, 0},
        /* no page follows, so this is an error like any other, and nobody looks at the rest */
        {"00000000 00000000 01000000 ea000000", 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sink s = {0};
        struct dim_decoder d = {
            .kind = DIM_ANSWER_COUNTED, .sizes = {4}, .begin = on_begin, .bytes = on_bytes, .ctx = &s};
        assert_int_equal(feed_hex(&d, cases[i].hex), cases[i].code);
        if (cases[i].code == 0)
            assert_int_equal(d.read, cases[i].read);
    }
}

static void a_key_is_found_wherever_it_lies(void **state)
{
    static const struct {
        const char *hex;
        size_t at, n;
        bool good;
    } cases[] = {
        {"03000000 08000000 61626300", 8, 3, true},
        {"03000000 0c000000 00000000 616263", 12, 3, true},
        {"00000000 00000000 00000000", 0, 0, true}, /* none */
        {"00000000 ffffffff", 0, 0, true},          /* nor there */
        {"04000000 08000000 616263", 0, 0, false},  /* ends behind the buffer */
        {"03000000 09000000 616263", 0, 0, false},
        {"03000000 04000000 616263", 0, 0, false}, /* lies in its own length */
        {"03000000 ffffffff 616263", 0, 0, false}, /* and where 32 bits wrap */
        {"ffffffff 08000000 616263", 0, 0, false},
        {"03000000 0800", 0, 0, false},
        {"", 0, 0, false},
    };
    const uint8_t *key;
    size_t n;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = bytes_from_hex(cases[i].hex);
        assert_int_equal(dim_credentials_key(b.p, b.n, &key, &n), cases[i].good);
        if (cases[i].good) {
            assert_ptr_equal(key, b.p + cases[i].at);
            assert_int_equal(n, cases[i].n);
        }
        bytes_free(&b);
    }
    uint8_t longest[DIM_CREDENTIALS_DATA + DIM_KEY_MAX + 1] = {0};
    rpc_put_u32(longest + DIM_CREDENTIALS_OFFSET, DIM_CREDENTIALS_DATA);
    rpc_put_u32(longest, DIM_KEY_MAX);
    assert_true(dim_credentials_key(longest, sizeof longest, &key, &n));
    rpc_put_u32(longest, DIM_KEY_MAX + 1);
    assert_false(dim_credentials_key(longest, sizeof longest, &key, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_every_size_give_the_same),
        cmocka_unit_test(answer_cut_anywhere_is_1783),
        cmocka_unit_test(turned_bits_do_no_harm),
        cmocka_unit_test(padding_is_taken_and_more_is_not),
        cmocka_unit_test(sizes_must_be_whole_items_that_were_counted),
        cmocka_unit_test(missing_resume_pointer_is_1783),
        cmocka_unit_test(both_sizes_of_a_level_are_taken_and_no_third),
        cmocka_unit_test(one_item_in_a_container_must_be_exactly_one),
        cmocka_unit_test(announced_size_has_a_limit),
        cmocka_unit_test(caller_may_end_the_call),
        cmocka_unit_test(big_endian_answers_are_understood),
        cmocka_unit_test(devices_come_with_their_number),
        cmocka_unit_test(a_key_is_found_wherever_it_lies),
        cmocka_unit_test(message_may_have_any_size),
        cmocka_unit_test(gap_behind_odd_items_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
