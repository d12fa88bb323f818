/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: whole, cut, foreign byte order, and lying about their sizes. */
#include "support.h"

#include <string.h>

#include "rpc/fault.h"

static uint32_t decode_bytes(const char *params, const void *p, size_t n, bool big, struct dim_args *a)
{
    struct rpc_rd rd = rpc_rd_init(p, n, big);
    return dim_request_decode(&rd, params, a);
}

static uint32_t decode_hex(const char *params, const char *hex, struct dim_args *a)
{
    struct bytes b = bytes_from_hex(hex);
    uint32_t fault = decode_bytes(params, b.p, b.n, false, a);
    bytes_free(&b);
    return fault;
}

static void sample_of_every_operation_is_decoded_to_its_last_byte(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        for (uint8_t rev = 1; rev <= sample_revisions(op); rev++) {
            uint8_t buf[SAMPLE_MAX];
            struct dim_args a;
            size_t n = sample_request(op, rev, buf);
            struct rpc_rd rd = rpc_rd_init(buf, n, false);
            assert_int_equal(dim_request_decode(&rd, dim_op(op)->impl->in, &a), 0);
            assert_int_equal(rd.pos, n);
        }
    }
}

static void request_cut_anywhere_is_a_fault(void **state)
{
    struct fake f;
    (void)state;
    fake_init(&f);
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        for (uint8_t rev = 1; rev <= sample_revisions(op); rev++) {
            uint8_t buf[SAMPLE_MAX];
            size_t n = sample_request(op, rev, buf);
            for (size_t cut = 0; cut < n; cut++) {
                uint32_t fault = 0;
                f.asked = NULL;
                struct bytes b = answer_of(&f, op, buf, cut, 4096, &fault);
                assert_int_equal(fault, RPC_FAULT_BAD_STUB);
                assert_null(b.p);
                assert_null(f.asked); /* a caller who may do nothing gets the same */
            }
        }
    }
}

static void bytes_behind_the_last_parameter_are_no_error(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        uint8_t buf[SAMPLE_MAX + 40];
        struct dim_args a;
        size_t n = sample_request(op, 1, buf);
        memset(buf + n, 0xee, 40);
        assert_int_equal(decode_bytes(dim_op(op)->impl->in, buf, n + 40, false, &a), 0);
    }
}

static void union_tag_without_an_arm_is_an_invalid_tag(void **state)
{
    static const uint16_t with_union[] = {44, 47, 48, 51, 52};
    (void)state;
    for (size_t i = 0; i < sizeof with_union / sizeof with_union[0]; i++) {
        uint16_t op = with_union[i];
        uint8_t buf[SAMPLE_MAX];
        struct dim_args a;
        size_t n = sample_request(op, 1, buf);
        size_t tag = dim_op(op)->impl->in[0] == 'h' ? 4 : 0;
        const uint8_t bad[] = {0, (uint8_t)(sample_revisions(op) + 1), 0x7f, 0xff};
        for (size_t k = 0; k < sizeof bad; k++) {
            buf[tag] = bad[k];
            assert_int_equal(decode_bytes(dim_op(op)->impl->in, buf, n, false, &a), RPC_FAULT_INVALID_TAG);
            /* No arm is read, so nothing more is missed. */
            assert_int_equal(decode_bytes(dim_op(op)->impl->in, buf, tag + 1, false, &a), RPC_FAULT_INVALID_TAG);
        }
    }
}

static void revision_in_the_header_may_differ_from_the_tag_and_is_noticed(void **state)
{
    uint8_t buf[SAMPLE_MAX];
    struct dim_args a;
    (void)state;
    size_t n = sample_request(44, 2, buf);
    assert_int_equal(decode_bytes("x", buf, n, false, &a), 0);
    assert_true(a.revision_agrees);
    assert_int_equal(a.revision, 2);
    buf[4] = 3;
    assert_int_equal(decode_bytes("x", buf, n, false, &a), 0);
    assert_false(a.revision_agrees);
    assert_int_equal(a.revision, 2);
}

static void count_of_an_array_must_be_the_one_that_was_named(void **state)
{
    struct dim_args a;
    (void)state;
    assert_int_equal(decode_hex("c", "02000000 01000000 02000000 aabb", &a), 0);
    assert_int_equal(a.blob[0].size, 2);
    assert_int_equal(decode_hex("c", "02000000 01000000 01000000 aabb", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("c", "02000000 01000000 03000000 aabbcc", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("c", "ffffffff 01000000 ffffffff aabbcc", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("c", "00000080 01000000 00000080 aabbcc", &a), RPC_FAULT_BAD_STUB);
}

static void missing_buffer_with_a_size_is_left_to_the_operation(void **state)
{
    struct dim_args a;
    (void)state;
    assert_int_equal(decode_hex("c", "10000000 00000000", &a), 0);
    assert_null(a.blob[0].data);
    assert_int_equal(a.blob[0].size, 16);
}

static void both_blobs_of_an_interface_container_are_found(void **state)
{
    struct dim_args a;
    (void)state;
    struct bytes b = bytes_from_hex("00000000 03000000 01000000 01000000 02000000 05000000"
                                    "03000000 aabbcc00 02000000 ddee");
    assert_int_equal(decode_bytes("i", b.p, b.n, false, &a), 0);
    assert_int_equal(a.blob[0].size, 3);
    assert_memory_equal(a.blob[0].data, "\xaa\xbb\xcc", 3);
    assert_int_equal(a.blob[1].size, 2);
    assert_memory_equal(a.blob[1].data, "\xdd\xee", 2);
    bytes_free(&b);
}

static void strings_must_be_well_formed(void **state)
{
    struct dim_args a;
    (void)state;
    assert_int_equal(decode_hex("s", "03000000 00000000 03000000 4800 6900 0000", &a), 0);
    assert_int_equal(decode_hex("s", "01000000 00000000 01000000 0000", &a), 0);
    assert_int_equal(decode_hex("s", "09000000 00000000 02000000 4800 0000", &a), 0);
    /* an offset, more than the maximum, nothing at all, no NUL, a NUL inside, less than was said */
    assert_int_equal(decode_hex("s", "03000000 01000000 02000000 4800 0000", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("s", "02000000 00000000 03000000 4800 6900 0000", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("s", "03000000 00000000 00000000", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("s", "02000000 00000000 02000000 4800 6900", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("s", "03000000 00000000 03000000 4800 0000 0000", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("s", "ffffffff 00000000 ffffffff 4800 0000", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(decode_hex("s", "00000080 00000000 00000080 4800 0000", &a), RPC_FAULT_BAD_STUB);
}

static void string_of_odd_units_does_not_move_what_follows(void **state)
{
    struct dim_args a;
    (void)state;
    assert_int_equal(decode_hex("shf", "01000000 00000000 01000000 0000 eeee 2a000000 07000000", &a), 0);
    assert_int_equal(a.handle, 42);
    assert_int_equal(a.flag, 7);
}

static void big_endian_requests_are_understood(void **state)
{
    struct dim_args a;
    (void)state;
    struct bytes b = bytes_from_hex("00000002 000000ff 00000003 00000009 00000003 aabbcc00 00001234 00000001 00000063");
    assert_int_equal(decode_bytes("lhcpr", b.p, b.n, true, &a), 0);
    assert_int_equal(a.level, 2);
    assert_int_equal(a.handle, 255);
    assert_int_equal(a.blob[0].size, 3);
    assert_memory_equal(a.blob[0].data, "\xaa\xbb\xcc", 3);
    assert_int_equal(a.preferred, 0x1234);
    assert_true(a.has_resume);
    assert_int_equal(a.resume, 99);
    bytes_free(&b);

    b = bytes_from_hex("00000007 00000003 00000000 00000003 0048 0069 0000");
    assert_int_equal(decode_bytes("hs", b.p, b.n, true, &a), 0);
    assert_int_equal(a.handle, 7);
    bytes_free(&b);
}

static void failed_decoding_leaves_the_result_alone(void **state)
{
    struct dim_args a = {.level = 99};
    (void)state;
    assert_int_equal(decode_hex("lh", "01000000 0200", &a), RPC_FAULT_BAD_STUB);
    assert_int_equal(a.level, 99);
}

/* Every byte of every sample takes a few other values: a fault or an answer, and never a step outside. */
static void changed_bytes_do_no_harm(void **state)
{
    static const uint8_t other[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct fake f;
    struct dim_port ports[4];
    struct dim_connection connections[4];
    (void)state;
    fake_init(&f);
    make_ports(ports, 4);
    make_connections(connections, 4);
    f.ports = ports;
    f.connections = connections;
    f.n_ports = f.n_connections = 4;
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        uint8_t buf[SAMPLE_MAX];
        size_t n = sample_request(op, sample_revisions(op), buf);
        for (size_t i = 0; i < n; i++) {
            uint8_t before = buf[i];
            for (size_t k = 0; k < sizeof other; k++) {
                uint32_t fault;
                f.limits.op = NULL;
                buf[i] = other[k];
                struct bytes b = answer_of(&f, op, buf, n, 4096, &fault);
                bool later = op == DIM_PORT_DISCONNECT || f.limits.op;
                assert_true(later || (fault == 0) == (b.p != NULL));
                bytes_free(&b);
            }
            buf[i] = before;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_of_every_operation_is_decoded_to_its_last_byte),
        cmocka_unit_test(request_cut_anywhere_is_a_fault),
        cmocka_unit_test(bytes_behind_the_last_parameter_are_no_error),
        cmocka_unit_test(union_tag_without_an_arm_is_an_invalid_tag),
        cmocka_unit_test(revision_in_the_header_may_differ_from_the_tag_and_is_noticed),
        cmocka_unit_test(count_of_an_array_must_be_the_one_that_was_named),
        cmocka_unit_test(missing_buffer_with_a_size_is_left_to_the_operation),
        cmocka_unit_test(both_blobs_of_an_interface_container_are_found),
        cmocka_unit_test(strings_must_be_well_formed),
        cmocka_unit_test(string_of_odd_units_does_not_move_what_follows),
        cmocka_unit_test(big_endian_requests_are_understood),
        cmocka_unit_test(failed_decoding_leaves_the_result_alone),
        cmocka_unit_test(changed_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
