/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts: the mgmt interface, verification trailers, fault codes, cursors. */
#include "peer.h"

#include <winerror.h>

/* ---- mgmt ---- */

static void bind_mgmt(struct world *w)
{
    struct bytes in = {0};
    world_open(w);
    begin_bind(&in, BIND, FIRST | LAST, 1, 5840, 5840, 0, 1);
    put_context(&in, 0, IF_MGMT, NDR20, NULL);
    end_pdu(&in, 0);
    assert_int_equal(say(w, &in), 0);
    forget(w);
}

/* The stub of the answer to this mgmt call, in hex. */
static void mgmt(struct world *w, unsigned opnum, const char *stub, const char *want)
{
    struct bytes in = {0}, arguments = {0};
    size_t pos = 0;
    put_hex(&arguments, stub);
    put_request(&in, FIRST | LAST, 2, 0, opnum, arguments.p, arguments.n);
    assert_int_equal(say(w, &in), 0);
    if (want) {
        (void)expect_response(w, &pos, 2);
        expect_hex(&w->out, 24, w->out.n - 24, want);
    } else {
        expect_fault(w, &pos, 2, 0, RPC_FAULT_BAD_STUB, true);
    }
    expect_alive(w, pos);
    forget(w);
    drop(&arguments);
}

static void mgmt_tells_the_interfaces(void **state)
{
    (void)state;
    struct world w;
    bind_mgmt(&w);
    char want[512];
    snprintf(want, sizeof want, "00000200 03000000 03000000 04000200 08000200 0c000200 %s %s %s 00000000", IF_A, IF_B,
             IF_MGMT);
    mgmt(&w, 0, "", want);
    world_close(&w);
}

static void mgmt_tells_statistics(void **state)
{
    (void)state;
    struct world w;
    bind_mgmt(&w);
    mgmt(&w, 1, "04000000", "04000000 04000000 01000000 00000000 02000000 01000000 00000000");
    mgmt(&w, 1, "32000000", "04000000 04000000 02000000 00000000 03000000 02000000 00000000");
    mgmt(&w, 1, "01000000", "01000000 01000000 03000000 00000000");
    mgmt(&w, 1, "00000000", "00000000 00000000 00000000");
    mgmt(&w, 1, "33000000", NULL);
    mgmt(&w, 1, "040000", NULL);
    world_close(&w);
}

static void mgmt_listens_and_does_not_stop(void **state)
{
    (void)state;
    struct world w;
    bind_mgmt(&w);
    mgmt(&w, 2, "", "00000000 01000000");
    mgmt(&w, 3, "", "05000000");
    mgmt(&w, 2, "", "00000000 01000000");
    world_close(&w);
}

static void mgmt_has_no_principal_name(void **state)
{
    (void)state;
    struct world w;
    bind_mgmt(&w);
    mgmt(&w, 4, "09000000 00100000", "00100000 00000000 01000000 00 000000 d3060000");
    mgmt(&w, 4, "09000000 01000000", "01000000 00000000 01000000 00 000000 d3060000");
    mgmt(&w, 4, "09000000 00000000", "00000000 00000000 00000000 d3060000");
    mgmt(&w, 4, "09000000 01100000", NULL);
    mgmt(&w, 4, "09000000 000010", NULL);
    world_close(&w);
}

static void mgmt_has_five_operations(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0};
    size_t pos = 0;
    bind_mgmt(&w);
    put_request(&in, FIRST | LAST, 2, 0, 5, NULL, 0);
    assert_int_equal(say(&w, &in), 0);
    expect_fault(&w, &pos, 2, 0, RPC_FAULT_OP_RANGE, true);
    world_close(&w);
}

/* ---- verification trailer ---- */

static const char magic[] = "8ae31371 02f43671";

/* A request of `decoded` bytes and then this, on a connection bound with `flags`: what does the check say? */
static bool check(unsigned flags, size_t decoded, const char *rest)
{
    struct world w;
    struct bytes in = {0}, stub = {0};
    static const uint8_t zero[64];
    world_open(&w);
    world_bind(&w, flags);
    w.check_trailer = true;
    w.decoded = decoded;
    put(&stub, zero, decoded);
    put_hex(&stub, rest);
    put_request(&in, FIRST | LAST, 2, 1, 1, stub.p, stub.n);
    assert_int_equal(say(&w, &in), 0);
    assert_int_equal(w.dispatched, 1);
    drop(&stub);
    bool ok = w.trailer_ok;
    world_close(&w);
    return ok;
}

/* IF_B 2.3 as the association knows it, then NDR20. */
#define PCONTEXT "aaaaaaaa bbbbcccc dddddddd dddddddd 02000300 045d888a eb1cc911 9fe80800 2b104860 02000000"
#define HEADER2  "00000000 10000000 02000000 0100 0100"

static void trailers_are_checked(void **state)
{
    (void)state;
    static const struct {
        bool ok;
        unsigned flags;
        size_t decoded;
        const char *rest;
    } rows[] = {
        {true, 0, 8, ""},
        {true, 0, 8, "8ae31371 02f436"}, /* one byte too short to be one */
        {true, 0, 8, "8ae31371 02f43672 0340 1000"},
        {false, 0, 8, "8ae31371 02f43671"}, /* no command at all */
        {true, 0, 8, "8ae31371 02f43671 0140 0400 00000000"},
        {false, 0, 8, "8ae31371 02f43671 0140 0400 01000000"}, /* header signing was not offered */
        {true, HDR_SIGN, 8, "8ae31371 02f43671 0140 0400 01000000"},
        {false, 0, 8, "8ae31371 02f43671 0140 0800 00000000 00000000"},
        {true, 0, 8, "8ae31371 02f43671 0240 2800" PCONTEXT},
        {true, 0, 5, "000000 8ae31371 02f43671 0240 2800" PCONTEXT}, /* aligned behind the parameters */
        {true, 0, 8, "00000000 00000000 8ae31371 02f43671 0240 2800" PCONTEXT},
        {true, 0, 8, "0000 8ae31371 02f43671 0240 ffff"}, /* not aligned, so not one */
        {false, 0, 8,
         "8ae31371 02f43671 0240 2800 ab" /* another interface */
         "aaaaaa bbbbcccc dddddddd dddddddd 02000300 045d888a eb1cc911 9fe80800 2b104860 02000000"},
        {false, 0, 8,
         "8ae31371 02f43671 0240 2800 aaaaaaaa bbbbcccc dddddddd dddddddd 02000300 "
         "33057171 babe3749 8319b5db ef9ccc36 01000000"},
        {true, 0, 8, "8ae31371 02f43671 0340 1000" HEADER2},
        {false, 0, 8, "8ae31371 02f43671 0340 1000 00000000 10000000 03000000 0100 0100"}, /* call_id */
        {false, 0, 8, "8ae31371 02f43671 0340 1000 00000000 10000000 02000000 0000 0100"}, /* context */
        {false, 0, 8, "8ae31371 02f43671 0340 1000 00000000 10000000 02000000 0100 0000"}, /* opnum */
        {false, 0, 8, "8ae31371 02f43671 0340 1000 00000000 00000000 02000000 0100 0100"}, /* representation */
        {false, 0, 8, "8ae31371 02f43671 0340 1000 02000000 10000000 02000000 0100 0100"}, /* type */
        {false, 0, 8, "8ae31371 02f43671 0340 1000 00000000 10000000 02000000 0100"},      /* ends early */
        {true, 0, 8, "8ae31371 02f43671 0100 0400 00000000 0200 2800" PCONTEXT "0340 1000" HEADER2},
        {false, 0, 8, "8ae31371 02f43671 0100 0400 00000000 0200 2800" PCONTEXT "0300 1000" HEADER2}, /* no last */
        {true, 0, 8, "8ae31371 02f43671 3e40 0000"}, /* unknown, may be skipped */
        {true, 0, 8, "8ae31371 02f43671 3e00 0400 00000000 0140 0400 00000000"},
        {false, 0, 8, "8ae31371 02f43671 3ec0 0000"},      /* unknown, must be understood */
        {false, 0, 8, "8ae31371 02f43671 3e40 0200 0000"}, /* no multiple of four */
        {false, 0, 8, "8ae31371 02f43671 3e40 fcff 00000000"},
        {true, 0, 64, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (check(rows[i].flags, rows[i].decoded, rows[i].rest) != rows[i].ok)
            fail_msg("row %zu: %s", i, rows[i].rest);
}

static void trailer_is_looked_for_in_the_last_fragment_only(void **state)
{
    (void)state;
    struct world w;
    struct bytes in = {0}, bad = {0};
    world_open(&w);
    world_bind(&w, 0);
    w.check_trailer = true;
    put_hex(&bad, magic);
    put_hex(&bad, "3ec0 0000");
    put_request(&in, FIRST, 2, 0, 1, bad.p, bad.n);
    put_request(&in, LAST, 2, 0, 1, "12345678", 8);
    assert_int_equal(say(&w, &in), 0);
    assert_true(w.trailer_ok);
    put_request(&in, FIRST, 3, 0, 1, "123456789", 9); /* the trailer is aligned in its PDU, not in the stub */
    put_request(&in, LAST, 3, 0, 1, bad.p, bad.n);
    assert_int_equal(say(&w, &in), 0);
    assert_false(w.trailer_ok);
    drop(&bad);
    world_close(&w);
}

/* ---- fault codes ---- */

static void faults_become_win32_codes(void **state)
{
    (void)state;
    static const struct {
        uint32_t status, win32;
    } rows[] = {
        {5, 5},
        {0x6f7, RPC_X_BAD_STUB_DATA},
        {0x6d1, RPC_S_PROCNUM_OUT_OF_RANGE},
        {0x1c000006, 1733},
        {0x1c000007, 1734},
        {0x1c000008, 1728},
        {0x1c000009, 1726},
        {0x1c00000d, 1818},
        {0x1c000012, 1726},
        {0x1c00001a, 6},
        {0x1c00001b, 1130},
        {0x1c00001c, 1728},
        {0x1c00001d, 1821},
        {0x1c010001, 1820},
        {0x1c010002, 1745},
        {0x1c010003, 1717},
        {0x1c010009, 1726},
        {0x1c01000b, 1728},
        {0x1c010013, 1130},
        {0x1c010014, 1723},
        {0x1c010017, 1732},
        {0x1c0fffff, 1726},
        {0, 1728},
        {0xc0000005, 1728},
        {0xc0000420, 1728},
        {1460, 1460},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(rpc_fault_to_win32(rows[i].status), rows[i].win32);
}

/* ---- cursors ---- */

static void reading_stops_at_the_end(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct rpc_rd r = rpc_rd_init(bytes, 9, false);
    assert_int_equal(rpc_rd_u8(&r), 1);
    assert_int_equal(rpc_rd_u16(&r), 0x0403);
    assert_int_equal(rpc_rd_u32(&r), 0x08070605);
    assert_non_null(rpc_rd_bytes(&r, 1));
    assert_non_null(rpc_rd_bytes(&r, 0));
    assert_true(rpc_rd_ok(&r));
    assert_int_equal(rpc_rd_u8(&r), 0);
    assert_false(rpc_rd_ok(&r));
    assert_null(rpc_rd_bytes(&r, 0)); /* sticky */
    r = rpc_rd_init(bytes, 9, true);
    assert_int_equal(rpc_rd_u64(&r), 0x0102030405060708);
    rpc_rd_align(&r, 8);
    assert_true(rpc_rd_ok(&r));
    rpc_rd_align(&r, 1);
    assert_int_equal(rpc_rd_left(&r), 1);
    assert_null(rpc_rd_bytes(&r, SIZE_MAX));
    assert_int_equal(rpc_rd_left(&r), 0);
    for (size_t n = 0; n < 4; n++) {
        r = rpc_rd_init(bytes, n, false);
        assert_int_equal(rpc_rd_u32(&r), 0);
        assert_false(rpc_rd_ok(&r));
    }
}

static void writing_stops_at_the_end(void **state)
{
    (void)state;
    uint8_t b[10];
    memset(b, 0xee, sizeof b);
    struct rpc_wr w = rpc_wr_init(b, 9);
    rpc_wr_u8(&w, 1);
    rpc_wr_u32(&w, 0x05040302);
    rpc_wr_u8(&w, 6);
    rpc_wr_u32(&w, 7); /* has no room: nothing of it */
    assert_false(rpc_wr_ok(&w));
    rpc_wr_u8(&w, 7);
    static const uint8_t want[] = {1, 0, 0, 0, 2, 3, 4, 5, 6, 0xee};
    assert_memory_equal(b, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mgmt_tells_the_interfaces),
        cmocka_unit_test(mgmt_tells_statistics),
        cmocka_unit_test(mgmt_listens_and_does_not_stop),
        cmocka_unit_test(mgmt_has_no_principal_name),
        cmocka_unit_test(mgmt_has_five_operations),
        cmocka_unit_test(trailers_are_checked),
        cmocka_unit_test(trailer_is_looked_for_in_the_last_fragment_only),
        cmocka_unit_test(faults_become_win32_codes),
        cmocka_unit_test(reading_stops_at_the_end),
        cmocka_unit_test(writing_stops_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
