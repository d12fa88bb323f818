/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation: its right, the order of its checks, what it answers on this server, and how a failure looks. */
#include "support.h"

#include <arpa/inet.h>
#include <string.h>

#include <mprerror.h>
#include <raserror.h>
#include <winerror.h>

static struct fake f;
static struct dim_port ports[6];
static struct dim_connection connections[6];
static const struct dim_device devices[] = {{"Vpn", "WAN Miniport (PPTP)"}, {"Vpn", "WAN Miniport (L2TP)"}};

static int setup(void **state)
{
    (void)state;
    fake_init(&f);
    make_ports(ports, 6);
    make_connections(connections, 6);
    f.ports = ports;
    f.n_ports = 6;
    f.connections = connections;
    f.n_connections = 6;
    f.devices = devices;
    f.n_devices = 2;
    return 0;
}

/* The sample request of every operation on this server. Names, rights and LAN checks are written out here once more,
 * from the specification: the table must not be its own judge. */
static const struct expected {
    const char *name;
    char right; /* v, d, a */
    bool lan;
    uint32_t code; /* for the sample request */
    size_t empty;  /* bytes of a failure: outputs with a resume pointer, and the return value */
} expected[DIM_OPNUMS] = {
    [0] = {"RMprAdminServerGetInfo", 'v', false, 0, 12},
    [1] = {"RRasAdminConnectionEnum", 'v', true, 0, 28},
    [2] = {"RRasAdminConnectionGetInfo", 'v', true, ERROR_INTERFACE_NOT_CONNECTED, 12},
    [3] = {"RRasAdminConnectionClearStats", 'a', true, ERROR_INVALID_PARAMETER, 4},
    [4] = {"RRasAdminPortEnum", 'v', true, ERROR_INVALID_HANDLE, 28},
    [5] = {"RRasAdminPortGetInfo", 'v', true, 0, 12},
    [6] = {"RRasAdminPortClearStats", 'a', true, 0, 4},
    [7] = {"RRasAdminPortReset", 'a', true, 0, 4},
    [8] = {"RRasAdminPortDisconnect", 'd', true, 0, 4},
    [9] = {"RRouterInterfaceTransportSetGlobalInfo", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [10] = {"RRouterInterfaceTransportGetGlobalInfo", 'v', false, ERROR_NOT_SUPPORTED, 28},
    [11] = {"RRouterInterfaceGetHandle", 'v', false, ERROR_NO_SUCH_INTERFACE, 8},
    [12] = {"RRouterInterfaceCreate", 'a', false, ERROR_INVALID_PARAMETER, 8},
    [13] = {"RRouterInterfaceGetInfo", 'v', false, ERROR_INVALID_HANDLE, 12},
    [14] = {"RRouterInterfaceSetInfo", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [15] = {"RRouterInterfaceDelete", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [16] = {"RRouterInterfaceTransportRemove", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [17] = {"RRouterInterfaceTransportAdd", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [18] = {"RRouterInterfaceTransportGetInfo", 'v', false, ERROR_NOT_SUPPORTED, 28},
    [19] = {"RRouterInterfaceTransportSetInfo", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [20] = {"RRouterInterfaceEnum", 'v', false, 0, 28},
    [21] = {"RRouterInterfaceConnect", 'a', true, ERROR_DDM_NOT_RUNNING, 4},
    [22] = {"RRouterInterfaceDisconnect", 'a', true, ERROR_INVALID_HANDLE, 4},
    [23] = {"RRouterInterfaceUpdateRoutes", 'a', true, ERROR_NOT_SUPPORTED, 4},
    [24] = {"RRouterInterfaceQueryUpdateResult", 'v', false, ERROR_NOT_SUPPORTED, 8},
    [25] = {"RRouterInterfaceUpdatePhonebookInfo", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [26] = {"RMIBEntryCreate", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [27] = {"RMIBEntryDelete", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [28] = {"RMIBEntrySet", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [29] = {"RMIBEntryGet", 'v', false, ERROR_NOT_SUPPORTED, 20},
    [30] = {"RMIBEntryGetFirst", 'v', false, ERROR_NOT_SUPPORTED, 20},
    [31] = {"RMIBEntryGetNext", 'v', false, ERROR_NOT_SUPPORTED, 20},
    [32] = {"RMIBGetTrapInfo", 'v', false, ERROR_NOT_SUPPORTED, 20},
    [33] = {"RMIBSetTrapInfo", 'a', false, ERROR_NOT_SUPPORTED, 20},
    [34] = {"RRasAdminConnectionNotification", 'a', true, ERROR_NOT_SUPPORTED, 4},
    [35] = {"RRasAdminSendUserMessage", 'a', true, ERROR_INTERFACE_NOT_CONNECTED, 4},
    [36] = {"RRouterDeviceEnum", 'v', false, 0, 16},
    [37] = {"RRouterInterfaceTransportCreate", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [38] = {"RRouterInterfaceDeviceGetInfo", 'v', false, ERROR_INVALID_HANDLE, 12},
    [39] = {"RRouterInterfaceDeviceSetInfo", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [40] = {"RRouterInterfaceSetCredentialsEx", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [41] = {"RRouterInterfaceGetCredentialsEx", 'a', false, ERROR_NOT_SUPPORTED, 12},
    [42] = {"RRasAdminConnectionRemoveQuarantine", 'a', false, ERROR_INVALID_PARAMETER, 4},
    [43] = {"RMprAdminServerSetInfo", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [44] = {"RMprAdminServerGetInfoEx", 'v', false, 0, 116},
    [45] = {"RRasAdminConnectionEnumEx", 'v', true, 0, 24},
    [46] = {"RRasAdminConnectionGetInfoEx", 'v', true, ERROR_INTERFACE_NOT_CONNECTED, 1668},
    [47] = {"RMprAdminServerSetInfoEx", 'a', false, ERROR_NOT_SUPPORTED, 4},
    [48] = {"RRasAdminUpdateConnection", 'a', false, ERROR_INTERFACE_NOT_CONNECTED, 4},
    [49] = {"RRouterInterfaceSetCredentialsLocal", 'a', false, ERROR_NO_SUCH_INTERFACE, 4},
    [50] = {"RRouterInterfaceGetCredentialsLocal", 'a', false, ERROR_NO_SUCH_INTERFACE, 16},
    [51] = {"RRouterInterfaceGetCustomInfoEx", 'v', false, ERROR_INVALID_HANDLE, 36},
    [52] = {"RRouterInterfaceSetCustomInfoEx", 'a', false, ERROR_INVALID_HANDLE, 36},
};

static struct bytes sample_answer(uint16_t op, uint8_t revision)
{
    uint8_t buf[SAMPLE_MAX];
    size_t n = sample_request(op, revision, buf);
    return answer(&f, op, buf, n);
}

static void table_is_that_of_the_specification(void **state)
{
    (void)state;
    assert_int_equal(DIM_OPNUMS, 53);
    assert_null(dim_op(53));
    assert_null(dim_op(UINT16_MAX));
    for (uint16_t i = 0; i < DIM_OPNUMS; i++) {
        const struct dim_op *op = dim_op(i);
        char right = op->right == DIM_RIGHT_VIEW ? 'v' : op->right == DIM_RIGHT_DISCONNECT ? 'd' : 'a';
        assert_int_equal(op->opnum, i);
        assert_string_equal(op->name, expected[i].name);
        assert_int_equal(right, expected[i].right);
        assert_int_equal(op->lan_check, expected[i].lan);
    }
}

static void every_operation_answers_as_documented(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < DIM_OPNUMS; i++) {
        if (i == DIM_PORT_DISCONNECT)
            continue; /* its answer comes later: test_rpc.c */
        struct bytes b = sample_answer(i, 1);
        assert_int_equal(last_u32(b), expected[i].code);
        assert_ptr_equal(f.asked, dim_op(i));
        if (expected[i].code != 0)
            assert_int_equal(b.n, expected[i].empty);
        bytes_free(&b);
    }
}

static void denied_caller_gets_5_and_empty_outputs(void **state)
{
    (void)state;
    f.deny = true;
    f.lan_only = true; /* access comes first */
    for (uint16_t i = 0; i < DIM_OPNUMS; i++) {
        struct bytes b = sample_answer(i, 1);
        assert_int_equal(last_u32(b), ERROR_ACCESS_DENIED);
        assert_int_equal(b.n, expected[i].empty);
        bytes_free(&b);
    }
    assert_int_equal(f.cleared, 0);
    assert_null(f.pending);
}

static void lan_router_answers_903_where_the_table_says_so(void **state)
{
    (void)state;
    f.lan_only = true;
    for (uint16_t i = 0; i < DIM_OPNUMS; i++) {
        struct bytes b = sample_answer(i, 1);
        assert_int_equal(last_u32(b), expected[i].lan ? ERROR_DDM_NOT_RUNNING : expected[i].code);
        bytes_free(&b);
    }
    assert_int_equal(f.cleared, 0);
    assert_null(f.pending);
}

static void failures_without_a_resume_pointer_are_4_bytes_shorter(void **state)
{
    (void)state;
    f.deny = true;
    struct bytes b = answer_hex(&f, 4, "00000000 ffffffff 00000000 00000000 ffffffff 00000000");
    assert_bytes(b, "00000000 00000000 00000000 00000000 00000000 05000000");
    bytes_free(&b);
    b = answer_hex(&f, 1, "00000000 00000000 00000000 ffffffff 01000000 05000000");
    assert_bytes(b, "00000000 00000000 00000000 00000000 00000200 00000000 05000000");
    bytes_free(&b);
}

/* A failed opnum 46 must have tags that exist, or the client never sees the code. */
static void empty_unions_have_tags_that_exist(void **state)
{
    (void)state;
    f.deny = true;
    struct bytes b = sample_answer(46, 1);
    for (size_t i = 0; i < b.n - 4; i++) {
        assert_int_equal(b.p[i], i == 0 || i == 8 + 1452 ? 1 : 0);
    }
    bytes_free(&b);
    static const size_t sizes44[] = {112, 128, 168};
    static const size_t sizes51[] = {32, 40};
    for (uint8_t rev = 1; rev <= 3; rev++) {
        b = sample_answer(44, rev);
        assert_int_equal(b.n, sizes44[rev - 1] + 4);
        assert_int_equal(b.p[0], rev);
        bytes_free(&b);
    }
    for (uint8_t rev = 1; rev <= 2; rev++) {
        b = sample_answer(51, rev);
        assert_int_equal(b.n, sizes51[rev - 1] + 4);
        assert_int_equal(b.p[0], rev);
        bytes_free(&b);
    }
}

static uint32_t code_of(uint16_t op, const char *hex)
{
    struct bytes b = answer_hex(&f, op, hex);
    uint32_t code = last_u32(b);
    bytes_free(&b);
    return code;
}

static void unknown_levels_give_the_code_of_each_operation(void **state)
{
    (void)state;
    assert_int_equal(code_of(0, "03000000"), ERROR_INVALID_LEVEL);
    assert_int_equal(code_of(1, "05000000 00000000 00000000 ffffffff 00000000"), ERROR_INVALID_LEVEL);
    assert_int_equal(code_of(2, "05000000 65000000"), ERROR_INVALID_LEVEL);
    assert_int_equal(code_of(4, "01000000 ffffffff 00000000 00000000 ffffffff 00000000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(5, "02000000 01000000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(12, "04000000 00000000 00000000 00000000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(13, "04000000 00000000 00000000 01000000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(20, "01000000 00000000 00000000 ffffffff 00000000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(36, "01000000 00000000 00000000 00000000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(38, "02000000 00000000 00000000 01000000 01000000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(43, "00000000 00000000 00000000"), ERROR_NOT_SUPPORTED);
}

/* Nothing is answered yet: the backend has been asked. */
static const struct dim_limits *asked_to_set(uint16_t op, const char *hex)
{
    struct bytes b = answer_hex(&f, op, hex);
    assert_int_equal(b.n, 0);
    assert_ptr_equal(f.limits.op, dim_op(op));
    return &f.limits;
}

static void assert_limit(const struct dim_limits *l, enum dim_tunnel kind, uint32_t most, uint32_t flags)
{
    assert_true(l->of[kind].set);
    assert_int_equal(l->of[kind].ports, most);
    assert_int_equal(l->of[kind].flags, flags);
}

#define SET_1(pptp, pptp_flags, l2tp, l2tp_flags)                                                                      \
    "01000000 10000000 00000200 10000000 " pptp " " pptp_flags " " l2tp " " l2tp_flags
#define SET_2(sstp, sstp_flags)                                                                                        \
    "02000000 18000000 00000200 18000000 01000000 01000000 02000000 03000000 " sstp " " sstp_flags

static void server_set_info_asks_the_backend(void **state)
{
    (void)state;
    const struct dim_limits *l = asked_to_set(43, SET_1("00400000", "01000000", "30750000", "03000000"));
    assert_limit(l, DIM_TUNNEL_PPTP, 16384, 1);
    assert_limit(l, DIM_TUNNEL_L2TP, 30000, 3);
    assert_false(l->of[DIM_TUNNEL_SSTP].set);
    assert_false(l->of[DIM_TUNNEL_IKEV2].set);
    l = asked_to_set(43, SET_2("30750000", "01000000"));
    assert_limit(l, DIM_TUNNEL_PPTP, 1, 1);
    assert_limit(l, DIM_TUNNEL_L2TP, 2, 3);
    assert_limit(l, DIM_TUNNEL_SSTP, 30000, 1);
    assert_false(l->of[DIM_TUNNEL_IKEV2].set);
    f.backend.server_set = NULL; /* a server whose configuration is read-only */
    assert_int_equal(code_of(43, SET_2("30750000", "01000000")), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(43, SET_2("31750000", "01000000")), ERROR_INVALID_PARAMETER);
}

static void server_set_info_knows_what_each_kind_may_have(void **state)
{
    static const char *const bad[] = {SET_1("00000000", "01000000", "01000000", "01000000"),
                                      SET_1("01400000", "01000000", "01000000", "01000000"),
                                      SET_1("01000000", "04000000", "01000000", "01000000"),
                                      SET_1("01000000", "01000000", "00000000", "01000000"),
                                      SET_1("01000000", "01000000", "31750000", "01000000"),
                                      SET_1("01000000", "01000000", "01000000", "00000080"),
                                      SET_2("00000000", "01000000"),
                                      SET_2("31750000", "01000000"),
                                      SET_2("01000000", "03000000")};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(code_of(43, bad[i]), ERROR_INVALID_PARAMETER);
    }
    assert_null(f.limits.op);
    (void)asked_to_set(43, SET_2("01000000", "00000000")); /* for nobody at all is possible */
}

static void server_set_info_wants_a_buffer_of_the_right_size(void **state)
{
    (void)state;
    assert_int_equal(code_of(43, "01000000 10000000 00000000"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(43, "01000000 04000000 01000000 04000000 00000000"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(43, "02000000 10000000 01000000 10000000 00000000 00000000 00000000 00000000"),
                     ERROR_INVALID_PARAMETER);
    assert_null(f.limits.op);
}

static void interface_create_wants_the_size_of_either_word_length(void **state)
{
    static const struct {
        uint32_t level, size, code;
    } cases[] = {
        {0, 540, ERROR_NOT_SUPPORTED},  {0, 539, ERROR_INVALID_PARAMETER}, {0, 541, ERROR_INVALID_PARAMETER},
        {1, 544, ERROR_NOT_SUPPORTED},  {1, 552, ERROR_NOT_SUPPORTED},     {1, 540, ERROR_INVALID_PARAMETER},
        {2, 2468, ERROR_NOT_SUPPORTED}, {2, 2488, ERROR_NOT_SUPPORTED},    {2, 2508, ERROR_INVALID_PARAMETER},
        {3, 2508, ERROR_NOT_SUPPORTED}, {3, 2528, ERROR_NOT_SUPPORTED},    {3, 2527, ERROR_INVALID_PARAMETER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t buf[2600] = {0};
        struct rpc_wr w = rpc_wr_init(buf, sizeof buf);
        rpc_wr_u32(&w, cases[i].level);
        rpc_wr_u32(&w, cases[i].size);
        rpc_wr_u32(&w, 1);
        rpc_wr_u32(&w, cases[i].size);
        rpc_wr_zero(&w, cases[i].size);
        rpc_wr_u32(&w, 0);
        struct bytes b = answer(&f, 12, buf, w.pos);
        assert_int_equal(last_u32(b), cases[i].code);
        bytes_free(&b);
    }
    assert_int_equal(code_of(12, "00000000 1c020000 00000000 00000000"), ERROR_INVALID_PARAMETER); /* no buffer */
}

static void unknown_transports_give_902(void **state)
{
    static const uint16_t with_transport[] = {9, 10, 16, 17, 18, 19, 23, 24, 26, 27, 28, 29, 30, 31, 32, 33, 37};
    (void)state;
    for (size_t i = 0; i < sizeof with_transport / sizeof with_transport[0]; i++) {
        uint16_t op = with_transport[i];
        uint8_t buf[SAMPLE_MAX];
        size_t n = sample_request(op, 1, buf);
        buf[dim_op(op)->impl->in[0] == 't' ? 0 : 4] = 0x2b; /* IPX */
        struct bytes b = answer(&f, op, buf, n);
        assert_int_equal(last_u32(b), ERROR_UNKNOWN_PROTOCOL_ID);
        bytes_free(&b);
    }
    /* Routes are not updated over IPv6, which everything else knows. */
    assert_int_equal(code_of(23, "01000000 57000000 00000000 00000000"), ERROR_UNKNOWN_PROTOCOL_ID);
    assert_int_equal(code_of(24, "01000000 57000000"), ERROR_NOT_SUPPORTED);
}

static void missing_blocks_give_87(void **state)
{
    (void)state;
    /* 9 and 37 want the global block, 17 and 19 the interface's. */
    assert_int_equal(code_of(9, "21000000 00000000 00000000 00000000 00000000 04000000 00000000"),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(17, "01000000 21000000 00000000 04000000 00000000 00000000 00000000 00000000"),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(19, "01000000 21000000 00000000 01000000 01000000 00000000 00000000 00000000"
                                 "01000000 aa"),
                     ERROR_NOT_SUPPORTED);
}

static void notification_looks_at_its_event_before_the_kind_of_router(void **state)
{
    (void)state;
    assert_int_equal(code_of(34, "01000000 01000000 00000000"), ERROR_INVALID_PARAMETER);
    f.lan_only = true;
    assert_int_equal(code_of(34, "01000000 01000000 00000000"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(34, "01000000 01000000 01000000"), ERROR_DDM_NOT_RUNNING);
    f.deny = true;
    assert_int_equal(code_of(34, "01000000 01000000 00000000"), ERROR_ACCESS_DENIED);
}

static void revision_that_differs_from_the_tag_is_87(void **state)
{
    static const uint16_t with_union[] = {44, 47, 48, 51, 52};
    (void)state;
    for (size_t i = 0; i < sizeof with_union / sizeof with_union[0]; i++) {
        uint16_t op = with_union[i];
        uint8_t buf[SAMPLE_MAX];
        size_t n = sample_request(op, 1, buf);
        buf[dim_op(op)->impl->in[0] == 'h' ? 8 : 4] = 9;
        struct bytes b = answer(&f, op, buf, n);
        assert_int_equal(last_u32(b), ERROR_INVALID_PARAMETER);
        bytes_free(&b);
    }
    assert_int_equal(code_of(45, "02010400 ffffffff 00000000"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(45, "01020400 ffffffff 00000000"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(46, "65000000 02010400"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(46, "65000000 01020400"), ERROR_INVALID_PARAMETER);
}

static void clients_are_found_by_connection_or_address(void **state)
{
    (void)state;
    f.client_address = htonl(0x0a080002); /* 10.8.0.2 */
    assert_int_equal(code_of(42, "0a080002 01000000"), ERROR_NOT_FOUND);
    assert_int_equal(code_of(42, "0a080002 00010000"), ERROR_NOT_FOUND); /* any BOOL but 0 is true */
    assert_int_equal(code_of(42, "0a080003 01000000"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(42, "0a080002 00000000"), ERROR_INVALID_PARAMETER);
    assert_int_equal(code_of(42, "65000000 00000000"), ERROR_NOT_FOUND);
}

static void handles_reach_the_backend(void **state)
{
    (void)state;
    assert_int_equal(code_of(3, "65000000"), 0);
    assert_int_equal(f.cleared, 101);
    assert_int_equal(code_of(6, "03000000"), 0);
    assert_int_equal(f.cleared, 3);
    assert_int_equal(code_of(6, "63000000"), ERROR_INVALID_PORT_HANDLE);
    assert_int_equal(code_of(7, "63000000"), 0); /* does nothing, whatever the handle */
    assert_int_equal(code_of(35, "65000000 01000000 00000000 01000000 0000"), ERROR_NOT_SUPPORTED);
    assert_int_equal(code_of(4, "00000000 00000000 00000000 00000000 ffffffff 00000000"), ERROR_INVALID_HANDLE);
    uint8_t buf[SAMPLE_MAX];
    size_t n = sample_request(48, 1, buf);
    buf[0] = 101;
    struct bytes b = answer(&f, 48, buf, n);
    assert_int_equal(last_u32(b), ERROR_NOT_SUPPORTED);
    bytes_free(&b);
}

static void one_connection_is_answered_at_every_level(void **state)
{
    static const size_t sizes[] = {1116, 288, 844, 788, 1680};
    (void)state;
    for (uint32_t level = 0; level < 5; level++) {
        uint8_t request[8], record[DIM_RECORD_MAX];
        rpc_put_u32(request, level);
        rpc_put_u32(request + 4, 102);
        struct bytes b = answer(&f, 2, request, sizeof request);
        assert_int_equal(b.n, 12 + sizes[level] + 4);
        assert_int_equal(u32_at(b, 0), sizes[level]);
        assert_int_equal(u32_at(b, 8), sizes[level]);
        dim_pack_connection(record, level, &connections[1]);
        assert_memory_equal(b.p + 12, record, sizes[level]);
        assert_int_equal(last_u32(b), 0);
        bytes_free(&b);
    }
}

static void connection_ex_is_answered_with_either_projection(void **state)
{
    (void)state;
    struct bytes b = answer_hex(&f, 46, "65000000 01010400");
    assert_int_equal(b.n, 1668);
    assert_int_equal(b.p[0], 1);
    assert_int_equal(u32_at(b, 8 + 1648), 101);
    assert_int_equal(last_u32(b), 0);
    bytes_free(&b);
    b = answer_hex(&f, 46, "67000000 01010400"); /* 103: IKEv2 */
    assert_int_equal(b.n, 8 + 1604 + 4);
    assert_int_equal(b.p[8 + 1452], 2);
    assert_int_equal(u32_at(b, 8 + 1596), 103);
    assert_int_equal(last_u32(b), 0);
    bytes_free(&b);
}

static void devices_are_listed_in_one_answer(void **state)
{
    static const struct dim_device many[DIM_DEVICES_MAX + 1];
    (void)state;
    struct bytes b = answer_hex(&f, 36, "00000000 00000000 00000000 00000000");
    assert_int_equal(b.n, 12 + 2 * 292 + 4 + 4);
    assert_int_equal(u32_at(b, 0), 2 * 292);
    assert_int_equal(u32_at(b, 8), 2 * 292);
    assert_memory_equal(b.p + 12, "V\0p\0n\0\0\0", 8);
    assert_int_equal(u32_at(b, b.n - 8), 2);
    bytes_free(&b);
    f.n_devices = 0;
    b = answer_hex(&f, 36, "00000000 00000000 00000000 00000000");
    assert_bytes(b, "00000000 00000000 00000000 00000000");
    bytes_free(&b);
    f.devices = many;
    f.n_devices = DIM_DEVICES_MAX + 1;
    b = answer_hex(&f, 36, "00000000 00000000 00000000 00000000");
    assert_int_equal(u32_at(b, b.n - 8), DIM_DEVICES_MAX);
    bytes_free(&b);
}

static void errors_of_the_backend_are_passed_on_with_empty_outputs(void **state)
{
    static const uint16_t asking[] = {0, 1, 2, 5, 44, 45, 46};
    (void)state;
    f.fail = ERROR_NOT_READY;
    for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++) {
        struct bytes b = sample_answer(asking[i], 1);
        assert_int_equal(last_u32(b), ERROR_NOT_READY);
        assert_int_equal(b.n, expected[asking[i]].empty);
        bytes_free(&b);
    }
    struct bytes b = answer_hex(&f, 4, "00000000 ffffffff 00000000 00000000 ffffffff 00000000");
    assert_bytes(b, "00000000 00000000 00000000 00000000 00000000 15000000");
    bytes_free(&b);
}

#define with_server(t) cmocka_unit_test_setup(t, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_server(table_is_that_of_the_specification),
        with_server(every_operation_answers_as_documented),
        with_server(denied_caller_gets_5_and_empty_outputs),
        with_server(lan_router_answers_903_where_the_table_says_so),
        with_server(failures_without_a_resume_pointer_are_4_bytes_shorter),
        with_server(empty_unions_have_tags_that_exist),
        with_server(unknown_levels_give_the_code_of_each_operation),
        with_server(server_set_info_asks_the_backend),
        with_server(server_set_info_knows_what_each_kind_may_have),
        with_server(server_set_info_wants_a_buffer_of_the_right_size),
        with_server(interface_create_wants_the_size_of_either_word_length),
        with_server(unknown_transports_give_902),
        with_server(missing_blocks_give_87),
        with_server(notification_looks_at_its_event_before_the_kind_of_router),
        with_server(revision_that_differs_from_the_tag_is_87),
        with_server(clients_are_found_by_connection_or_address),
        with_server(handles_reach_the_backend),
        with_server(one_connection_is_answered_at_every_level),
        with_server(connection_ex_is_answered_with_either_projection),
        with_server(devices_are_listed_in_one_answer),
        with_server(errors_of_the_backend_are_passed_on_with_empty_outputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
