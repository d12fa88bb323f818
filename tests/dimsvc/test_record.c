/* SPDX-License-Identifier: Apache-2.0 */
/* Records: every byte written, every field where it belongs, text cut on whole characters. */
#include "support.h"

#include <string.h>

#include "common/text.h"

/* Room on both sides of a record, to see that nothing is written there. */
#define MARGIN 16u

struct room {
    _Alignas(8) uint8_t bytes[MARGIN + DIM_RECORD_MAX + MARGIN];
};

static uint32_t u32(const uint8_t *p)
{
    struct rpc_rd r = rpc_rd_init(p, 4, false);
    return rpc_rd_u32(&r);
}

static uint64_t u64(const uint8_t *p)
{
    return u32(p) | (uint64_t)u32(p + 4) << 32;
}

/* The text of a field as UTF-8. */
static const char *text(const uint8_t *p, size_t units)
{
    static char out[1024];
    char16_t w[DIM_UNITS_NAME];
    for (size_t i = 0; i < units; i++) {
        w[i] = (char16_t)(p[2 * i] | p[2 * i + 1] << 8);
    }
    text_from_utf16(out, sizeof out, w, units);
    return out;
}

static const struct dim_port full_port = {
    .handle = 0x11223344,
    .connection = 0x55667788,
    .condition = DIM_PORT_AUTHENTICATING,
    .calls = 9,
    .connect_seconds = 10,
    .name = "VPN3-127",
    .media = "rastapi",
    .device_name = "WAN Miniport (IKEv2)",
    .device_type = "Vpn",
    .hardware_failure = true,
    .line_speed = 5000000000,
    .stats = {.bytes_out = 0x1111111100000001,
              .bytes_in = 0x1111111100000002,
              .frames_out = 3,
              .frames_in = 4,
              .crc_errors = 5,
              .timeout_errors = 6,
              .alignment_errors = 7,
              .hardware_overruns = 8,
              .framing_errors = 9,
              .buffer_overruns = 10,
              .ratio_in = 11,
              .ratio_out = 12},
};

static struct dim_connection full_connection(bool ikev2)
{
    return (struct dim_connection){
        .handle = 0x01020304,
        .interface = 0x05060708,
        .connect_seconds = 754,
        .interface_type = 2,
        .flags = 0x11,
        .interface_name = "ppp7",
        .user = "al\xc3\xafse",
        .domain = "EXAMPLE",
        .remote_computer = "LAPTOP",
        .guid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
        .quarantine = 2,
        .probation_filetime = 0x01d0000000000001,
        .start = 1700000000,
        .remote_endpoint = "2001:db8::1",
        .local_endpoint = "2001:db8::2",
        .server_address4 = "10.8.0.1",
        .client_address4 = "10.8.0.255",
        .client_prefix6 = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 5},
        .client_interface6 = {0, 0, 0, 0, 0, 0, 0, 9},
        .prefix_length6 = 64,
        .ikev2 = ikev2,
        .auth_protocol = ikev2 ? 2 : 0xc223,
        .auth_data = ikev2 ? 0 : 0x81,
        .device_type = ikev2 ? 15 : 9,
        .stats = full_port.stats,
    };
}

/* One way of packing, for the tests that go through all of them. */
struct packer {
    const char *name;
    size_t size;
    void (*pack)(uint8_t *dst, bool full);
};

static void p_port0(uint8_t *dst, bool full)
{
    dim_pack_port0(dst, full ? &full_port : &(struct dim_port){0});
}

static void p_port1(uint8_t *dst, bool full)
{
    dim_pack_port1(dst, full ? &full_port : &(struct dim_port){0});
}

static void p_connection(uint8_t *dst, uint32_t level, bool full)
{
    struct dim_connection c = full ? full_connection(false) : (struct dim_connection){0};
    dim_pack_connection(dst, level, &c);
}

static void p_connection0(uint8_t *dst, bool full)
{
    p_connection(dst, 0, full);
}

static void p_connection1(uint8_t *dst, bool full)
{
    p_connection(dst, 1, full);
}

static void p_connection2(uint8_t *dst, bool full)
{
    p_connection(dst, 2, full);
}

static void p_connection3(uint8_t *dst, bool full)
{
    p_connection(dst, 3, full);
}

static void p_connection4(uint8_t *dst, bool full)
{
    p_connection(dst, 4, full);
}

static void p_connection4_ikev2(uint8_t *dst, bool full)
{
    struct dim_connection c = full ? full_connection(true) : (struct dim_connection){.ikev2 = true};
    dim_pack_connection(dst, 4, &c);
}

static void p_ex_ppp(uint8_t *dst, bool full)
{
    struct dim_connection c = full ? full_connection(false) : (struct dim_connection){0};
    dim_pack_connection_ex(dst, false, &c);
}

static void p_ex_ikev2(uint8_t *dst, bool full)
{
    struct dim_connection c = full ? full_connection(true) : (struct dim_connection){.ikev2 = true};
    dim_pack_connection_ex(dst, true, &c);
}

static const struct dim_server full_server = {true, 3600, 128, 1, 10, 3, 20, 2, 30, 1, 40, 1};

static void p_server0(uint8_t *dst, bool full)
{
    dim_pack_server(dst, 0, full ? &full_server : &(struct dim_server){0});
}

static void p_server1(uint8_t *dst, bool full)
{
    dim_pack_server(dst, 1, full ? &full_server : &(struct dim_server){0});
}

static void p_server2(uint8_t *dst, bool full)
{
    dim_pack_server(dst, 2, full ? &full_server : &(struct dim_server){0});
}

static void p_server_ex1(uint8_t *dst, bool full)
{
    dim_pack_server_ex(dst, 1, full ? &full_server : &(struct dim_server){0});
}

static void p_server_ex2(uint8_t *dst, bool full)
{
    dim_pack_server_ex(dst, 2, full ? &full_server : &(struct dim_server){0});
}

static void p_server_ex3(uint8_t *dst, bool full)
{
    dim_pack_server_ex(dst, 3, full ? &full_server : &(struct dim_server){0});
}

static void p_device(uint8_t *dst, bool full)
{
    dim_pack_device(dst, full ? &(struct dim_device){"Vpn", "WAN Miniport (L2TP)"} : &(struct dim_device){0});
}

/* Sizes as numbers, on purpose: those of the specification, not of the macros. */
static const struct packer packers[] = {
    {"port0", 380, p_port0},
    {"port1", 64, p_port1},
    {"connection0", 1116, p_connection0},
    {"connection1", 288, p_connection1},
    {"connection2", 844, p_connection2},
    {"connection3", 788, p_connection3},
    {"connection4", 1680, p_connection4},
    {"connection4 ikev2", 1680, p_connection4_ikev2},
    {"connection ex ppp", 1656, p_ex_ppp},
    {"connection ex ikev2", 1604, p_ex_ikev2},
    {"server0", 16, p_server0},
    {"server1", 16, p_server1},
    {"server2", 24, p_server2},
    {"server ex 1", 112, p_server_ex1},
    {"server ex 2", 128, p_server_ex2},
    {"server ex 3", 168, p_server_ex3},
    {"device", 292, p_device},
};

static void every_byte_of_a_record_is_written_and_none_beside_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packers / sizeof packers[0]; i++) {
        for (int full = 0; full < 2; full++) {
            struct room a, b;
            memset(&a, 0xaa, sizeof a);
            memset(&b, 0x55, sizeof b);
            packers[i].pack(a.bytes + MARGIN, full != 0);
            packers[i].pack(b.bytes + MARGIN, full != 0);
            assert_memory_equal(a.bytes + MARGIN, b.bytes + MARGIN, packers[i].size);
            for (size_t k = 0; k < sizeof a.bytes; k++) {
                bool outside = k < MARGIN || k >= MARGIN + packers[i].size;
                assert_true(!outside || (a.bytes[k] == 0xaa && b.bytes[k] == 0x55));
            }
        }
    }
}

static void port_0_has_its_fields_where_they_belong(void **state)
{
    _Alignas(8) uint8_t r[DIM_PORT0_SIZE];
    (void)state;
    dim_pack_port0(r, &full_port);
    assert_int_equal(u32(r), 0x11223344);
    assert_int_equal(u32(r + 4), 0x55667788);
    assert_int_equal(u32(r + 8), 4);
    assert_int_equal(u32(r + 12), 9);
    assert_int_equal(u32(r + 16), 10);
    assert_string_equal(text(r + 20, 17), "VPN3-127");
    assert_string_equal(text(r + 54, 17), "rastapi");
    assert_string_equal(text(r + 88, 129), "WAN Miniport (IKEv2)");
    assert_string_equal(text(r + 346, 17), "Vpn");
}

static void counters_are_cut_to_32_bits_and_speed_is_clamped(void **state)
{
    _Alignas(8) uint8_t r[DIM_PORT1_SIZE];
    (void)state;
    dim_pack_port1(r, &full_port);
    assert_int_equal(u32(r + 8), 1);
    assert_int_equal(u32(r + 12), UINT32_MAX);
    for (uint32_t i = 0; i < 12; i++) {
        assert_int_equal(u32(r + 16 + 4 * i), i + 1);
    }
    struct dim_port p = full_port;
    p.line_speed = UINT32_MAX - 1;
    p.hardware_failure = false;
    dim_pack_port1(r, &p);
    assert_int_equal(u32(r + 8), 0);
    assert_int_equal(u32(r + 12), UINT32_MAX - 1);
}

/* A field of `units` takes that many less one; what comes behind it is not touched (see above). */
static void long_text_is_cut_on_a_whole_character(void **state)
{
    _Alignas(8) uint8_t r[DIM_PORT0_SIZE];
    struct dim_port p = {.name = "0123456789abcdef"};
    (void)state;
    dim_pack_port0(r, &p);
    assert_string_equal(text(r + 20, 17), "0123456789abcdef");
    p.name = "0123456789abcdefg";
    dim_pack_port0(r, &p);
    assert_string_equal(text(r + 20, 17), "0123456789abcdef");
    /* A character of two units where only one is left is left out as a whole. */
    p.name = "0123456789abcde\xf0\x9f\x98\x80";
    dim_pack_port0(r, &p);
    assert_string_equal(text(r + 20, 17), "0123456789abcde");
    p.name = "0123456789abcd\xf0\x9f\x98\x80";
    dim_pack_port0(r, &p);
    assert_string_equal(text(r + 20, 17), "0123456789abcd\xf0\x9f\x98\x80");
}

static void connection_levels_have_their_sizes(void **state)
{
    (void)state;
    assert_int_equal(dim_connection_size(0), 1116);
    assert_int_equal(dim_connection_size(1), 288);
    assert_int_equal(dim_connection_size(2), 844);
    assert_int_equal(dim_connection_size(3), 788);
    assert_int_equal(dim_connection_size(4), 1680);
    assert_int_equal(dim_connection_size(5), 0);
    assert_int_equal(dim_connection_size(UINT32_MAX), 0);
    assert_int_equal(dim_server_size(2), 24);
    assert_int_equal(dim_server_size(3), 0);
    assert_int_equal(dim_server_size(UINT32_MAX), 0);
}

static void connections_0_to_3_have_their_fields_where_they_belong(void **state)
{
    _Alignas(8) uint8_t r[DIM_RECORD_MAX];
    struct dim_connection c = full_connection(false);
    (void)state;
    dim_pack_connection(r, 0, &c);
    assert_int_equal(u32(r), 0x01020304);
    assert_int_equal(u32(r + 4), 0x05060708);
    assert_int_equal(u32(r + 8), 754);
    assert_int_equal(u32(r + 12), 2);
    assert_int_equal(u32(r + 16), 0x11);
    assert_string_equal(text(r + 20, 257), "ppp7");
    assert_string_equal(text(r + 534, 257), c.user);
    assert_string_equal(text(r + 1048, 16), "EXAMPLE");
    assert_string_equal(text(r + 1080, 17), "LAPTOP");

    dim_pack_connection(r, 1, &c);
    assert_string_equal(text(r + 8 + 40 + 4, 16), "10.8.0.1");
    assert_string_equal(text(r + 8 + 40 + 36, 16), "10.8.0.255");
    assert_int_equal(u32(r + 240), 1);
    assert_int_equal(u32(r + 284), 12);

    dim_pack_connection(r, 2, &c);
    assert_string_equal(text(r + 4, 257), c.user);
    assert_int_equal(u32(r + 520), 2);
    assert_memory_equal(r + 524, c.guid, 16);
    assert_string_equal(text(r + 540 + 40 + 36, 16), "10.8.0.255");
    assert_int_equal(u32(r + 540 + 260 + 12), 0xc223);
    assert_int_equal(u32(r + 540 + 260 + 16), 0x81);

    dim_pack_connection(r, 3, &c);
    assert_int_equal(u32(r), 1);
    assert_int_equal(u32(r + 4), 788);
    assert_int_equal(u32(r + 8), 0x01020304);
    assert_string_equal(text(r + 12, 257), c.user);
    assert_memory_equal(r + 532, c.guid, 16);
    assert_memory_equal(r + 548 + 116 + 20, c.client_interface6, 8);
    assert_memory_equal(r + 548 + 116 + 36, c.client_prefix6, 8);
    assert_int_equal(u32(r + 548 + 116 + 44), 64);
    assert_int_equal(u32(r + 548 + 184 + 12), 0xc223);
    assert_int_equal(u32(r + 776), 2);
    assert_true(u64(r + 780) == c.probation_filetime);
}

static void connection_4_and_ex_have_the_projection_that_fits(void **state)
{
    _Alignas(8) uint8_t r[DIM_RECORD_MAX];
    struct dim_connection c = full_connection(false);
    (void)state;
    dim_pack_connection(r, 4, &c);
    assert_true(u64(r + 1136) == (1700000000ull + 11644473600ull) * 10000000ull);
    assert_string_equal(text(r + 1196, 65), "2001:db8::1");
    assert_string_equal(text(r + 1326, 65), "2001:db8::2");
    assert_int_equal(r[1456], 1);
    assert_string_equal(text(r + 1464 + 36, 16), "10.8.0.255");
    assert_memory_equal(r + 1464 + 108, c.client_prefix6, 8);
    assert_int_equal(u32(r + 1464 + 140), 0xc223);
    assert_int_equal(u32(r + 1664), 0x01020304);
    assert_int_equal(u32(r + 1668), 0x05060708);
    assert_int_equal(u32(r + 1672), 9);

    dim_pack_connection_ex(r, false, &c);
    assert_memory_equal(r, "\x01\x01\x78\x06", 4); /* revision, type, size */
    assert_int_equal(u32(r + 1140), 1);
    assert_int_equal(r[1452], 1);
    assert_int_equal(u32(r + 1456 + 140), 0xc223);
    assert_int_equal(u32(r + 1648), 0x01020304);
    assert_int_equal(u32(r + 1652), 0x05060708);

    c = full_connection(true);
    dim_pack_connection(r, 4, &c);
    assert_int_equal(r[1456], 2);
    assert_memory_equal(r + 1464 + 100, c.client_prefix6, 8);
    assert_int_equal(u32(r + 1464 + 124), 2);
    dim_pack_connection_ex(r, true, &c);
    assert_int_equal(r[1452], 2);
    assert_int_equal(u32(r + 1456 + 108), 64);
    assert_int_equal(u32(r + 1596), 0x01020304);
    assert_int_equal(u32(r + 1600), 0x05060708);
    /* There is no LCP in IKEv2. */
    dim_pack_connection(r, 3, &c);
    assert_int_equal(u32(r + 548 + 184 + 12), 0);
}

static void times_that_are_unknown_or_mean_nothing_are_zero(void **state)
{
    _Alignas(8) uint8_t r[DIM_RECORD_MAX];
    static const int64_t unknown[] = {0, -1, INT64_MIN, INT64_MAX};
    struct dim_connection c = full_connection(false);
    (void)state;
    c.quarantine = 1; /* not on probation */
    dim_pack_connection(r, 3, &c);
    assert_true(u64(r + 780) == 0);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        c.start = unknown[i];
        dim_pack_connection(r, 4, &c);
        assert_true(u64(r + 1136) == 0);
    }
}

static void server_records_have_their_fields_where_they_belong(void **state)
{
    _Alignas(8) uint8_t r[DIM_SERVEREX_SIZE(3)];
    (void)state;
    dim_pack_server(r, 0, &full_server);
    assert_int_equal(u32(r), 1);
    assert_int_equal(u32(r + 4), 3600);
    assert_int_equal(u32(r + 8), 128);
    assert_int_equal(u32(r + 12), 1);
    dim_pack_server(r, 2, &full_server);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(u32(r + 8 * i), 10 * (i + 1));
    }
    assert_int_equal(u32(r + 4), 3);
    assert_int_equal(u32(r + 12), 2);
    assert_int_equal(u32(r + 20), 1);
    static const size_t at[3][4] = {{0, 40, 48, 56}, {0, 56, 64, 72}, {0, 72, 80, 112}};
    for (uint8_t rev = 1; rev <= 3; rev++) {
        dim_pack_server_ex(r, rev, &full_server);
        assert_int_equal(r[0], rev);
        assert_int_equal(r[4], rev);
        assert_int_equal(r[5], 2);
        static const size_t length[] = {108, 124, 164};
        assert_int_equal(r[6] | r[7] << 8, length[rev - 1]);
        assert_int_equal(u32(r + 8), 1);
        assert_int_equal(u32(r + 20), 1);
        assert_int_equal(u32(r + 28 + at[rev - 1][0]), 40);
        assert_int_equal(u32(r + 28 + at[rev - 1][1]), 10);
        assert_int_equal(u32(r + 28 + at[rev - 1][2]), 20);
        assert_int_equal(u32(r + 28 + at[rev - 1][3]), 30);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_a_record_is_written_and_none_beside_it),
        cmocka_unit_test(port_0_has_its_fields_where_they_belong),
        cmocka_unit_test(counters_are_cut_to_32_bits_and_speed_is_clamped),
        cmocka_unit_test(long_text_is_cut_on_a_whole_character),
        cmocka_unit_test(connection_levels_have_their_sizes),
        cmocka_unit_test(connections_0_to_3_have_their_fields_where_they_belong),
        cmocka_unit_test(connection_4_and_ex_have_the_projection_that_fits),
        cmocka_unit_test(times_that_are_unknown_or_mean_nothing_are_zero),
        cmocka_unit_test(server_records_have_their_fields_where_they_belong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
