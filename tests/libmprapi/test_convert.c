/* SPDX-License-Identifier: Apache-2.0 */
/* Records: every byte of the wire lands where the structure has it, texts end, handles widen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <mprapi.h>

#include "libmprapi/convert.h"

static uint8_t wire[CONVERT_WIRE_MAX];

static void put32(size_t at, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        wire[at + i] = (uint8_t)(v >> 8 * i);
}

static void put16(size_t at, uint16_t v)
{
    wire[at] = (uint8_t)v;
    wire[at + 1] = (uint8_t)(v >> 8);
}

/* Fills the wire, converts. What is not written shows as 0xee. */
static void convert(const struct record *r, void *api)
{
    memset(api, 0xee, r->api_size);
    convert_record(r, wire, api);
}

static void ports_are_converted(void **state)
{
    RAS_PORT_0 p0;
    RAS_PORT_1 p1;

    (void)state;
    memset(wire, 0, sizeof wire);
    put32(DIM_PORT0_PORT, 0x7fffffff);
    put32(DIM_PORT0_CONNECTION, UINT32_MAX);
    put32(DIM_PORT0_CONDITION, 5);
    put32(DIM_PORT0_CALLS, 11);
    put32(DIM_PORT0_DURATION, 12);
    put16(DIM_PORT0_NAME, 'n');
    put16(DIM_PORT0_MEDIA, 'm');
    put16(DIM_PORT0_DEVICE, 'd');
    put16(DIM_PORT0_TYPE, 't');
    convert(convert_port_level(0)->records[0], &p0);
    assert_ptr_equal(p0.hPort, (HANDLE)(uintptr_t)0x7fffffff);
    assert_ptr_equal(p0.hConnection, INVALID_HANDLE_VALUE);
    assert_int_equal(p0.dwPortCondition, 5);
    assert_int_equal(p0.dwTotalNumberOfCalls, 11);
    assert_int_equal(p0.dwConnectDuration, 12);
    assert_int_equal(p0.wszPortName[0], 'n');
    assert_int_equal(p0.wszMediaName[0], 'm');
    assert_int_equal(p0.wszDeviceName[0], 'd');
    assert_int_equal(p0.wszDeviceType[0], 't');

    for (uint32_t i = 0; i < DIM_PORT1_SIZE / 4; i++)
        put32(4 * i, 100 + i);
    convert(convert_port_level(1)->records[0], &p1);
    assert_ptr_equal(p1.hPort, (HANDLE)(uintptr_t)100);
    assert_ptr_equal(p1.hConnection, (HANDLE)(uintptr_t)101);
    assert_int_equal(p1.dwHardwareCondition, 102);
    assert_int_equal(p1.dwLineSpeed, 103);
    assert_int_equal(p1.dwBytesXmited, 104);
    assert_int_equal(p1.dwBufferOverrunErr, 113);
    assert_int_equal(p1.dwCompressionRatioOut, 115);
}

static void check_connection1(const struct record *r, unsigned ipx_units)
{
    RAS_CONNECTION_1 c;

    memset(wire, 0, sizeof wire);
    put32(DIM_CONN1_CONNECTION, 1);
    put32(DIM_CONN1_INTERFACE, 2);
    put16(DIM_CONN1_PPP + DIM_PPP_IPCP + DIM_IPCP_ADDRESS, 's');
    put32(DIM_CONN1_PPP + DIM_PPP_IPXCP, 3);
    put16(DIM_CONN1_PPP + DIM_PPP_IPXCP + DIM_IPXCP_ADDRESS + 2 * (ipx_units - 2), 'i');
    put32(DIM_CONN1_PPP + DIM_PPP_ATCP(ipx_units), 4);
    put32(DIM_CONN1_STATS(ipx_units) + DIM_STATS_BYTES_OUT, 5);
    put32(DIM_CONN1_STATS(ipx_units) + DIM_STATS_RATIO_OUT, 6);
    assert_int_equal(r->wire_size, DIM_CONN1_SIZE(ipx_units));
    convert(r, &c);
    assert_ptr_equal(c.hConnection, (HANDLE)(uintptr_t)1);
    assert_ptr_equal(c.hInterface, (HANDLE)(uintptr_t)2);
    assert_int_equal(c.PppInfo.ip.wszAddress[0], 's');
    assert_int_equal(c.PppInfo.ipx.dwError, 3);
    assert_int_equal(c.PppInfo.ipx.wszAddress[ipx_units - 2], 'i');
    assert_int_equal(c.PppInfo.ipx.wszAddress[IPXADDRESSLEN], 0);
    assert_int_equal(c.PppInfo.at.dwError, 4);
    assert_int_equal(c.dwBytesXmited, 5);
    assert_int_equal(c.dwCompressionRatioOut, 6);
}

static void check_connection2(const struct record *r, unsigned ipx_units)
{
    RAS_CONNECTION_2 c;

    memset(wire, 0, sizeof wire);
    put32(DIM_CONN2_CONNECTION, 1);
    put16(DIM_CONN2_USER, 'u');
    put32(DIM_CONN2_INTERFACE_TYPE, 2);
    put32(DIM_CONN2_GUID, 3);
    put16(DIM_CONN2_PPP2 + DIM_PPP2_IPXCP + DIM_IPXCP_ADDRESS + 2 * (ipx_units - 2), 'i');
    put32(DIM_CONN2_PPP2 + DIM_PPP2_ATCP(ipx_units), 4);
    put32(DIM_CONN2_PPP2 + DIM_PPP2_CCP(ipx_units) + DIM_CCP_ALGORITHM, 5);
    put32(DIM_CONN2_PPP2 + DIM_PPP2_LCP(ipx_units) + DIM_LCP_REMOTE_EAP, 6);
    assert_int_equal(r->wire_size, DIM_CONN2_SIZE(ipx_units));
    convert(r, &c);
    assert_ptr_equal(c.hConnection, (HANDLE)(uintptr_t)1);
    assert_int_equal(c.wszUserName[0], 'u');
    assert_int_equal(c.dwInterfaceType, 2);
    assert_int_equal(c.guid.Data1, 3);
    assert_int_equal(c.PppInfo2.ipx.wszAddress[ipx_units - 2], 'i');
    assert_int_equal(c.PppInfo2.at.dwError, 4);
    assert_int_equal(c.PppInfo2.ccp.dwCompressionAlgorithm, 5);
    assert_int_equal(c.PppInfo2.lcp.dwRemoteEapTypeId, 6);
}

static void both_lengths_of_the_ipx_address_are_taken(void **state)
{
    (void)state;
    check_connection1(convert_connection_level(1)->records[0], DIM_IPX_SDK);
    check_connection1(convert_connection_level(1)->records[1], DIM_IPX_SPEC);
    check_connection2(convert_connection_level(2)->records[0], DIM_IPX_SDK);
    check_connection2(convert_connection_level(2)->records[1], DIM_IPX_SPEC);
}

static void the_other_levels_of_connections_are_converted(void **state)
{
    RAS_CONNECTION_0 c0;
    RAS_CONNECTION_3 c3;

    (void)state;
    memset(wire, 0, sizeof wire);
    put32(DIM_CONN0_CONNECTION, 1);
    put32(DIM_CONN0_DURATION, 2);
    put32(DIM_CONN0_FLAGS, 3);
    put16(DIM_CONN0_USER, 'u');
    put16(DIM_CONN0_COMPUTER, 'c');
    convert(convert_connection_level(0)->records[0], &c0);
    assert_ptr_equal(c0.hConnection, (HANDLE)(uintptr_t)1);
    assert_int_equal(c0.dwConnectDuration, 2);
    assert_int_equal(c0.dwConnectionFlags, 3);
    assert_int_equal(c0.wszUserName[0], 'u');
    assert_int_equal(c0.wszRemoteComputer[0], 'c');

    memset(wire, 0, sizeof wire);
    put32(DIM_CONN3_VERSION, 1);
    put32(DIM_CONN3_LENGTH, DIM_CONN3_SIZE);
    put32(DIM_CONN3_CONNECTION, 2);
    put32(DIM_CONN3_PPP3 + DIM_PPP3_IPV6CP + DIM_IPV6CP_PREFIX_LENGTH, 64);
    put32(DIM_CONN3_QUARANTINE, 3);
    put32(DIM_CONN3_TIMER + 4, 4);
    convert(convert_connection_level(3)->records[0], &c3);
    assert_int_equal(c3.dwVersion, 1);
    assert_int_equal(c3.dwSize, sizeof c3);
    assert_ptr_equal(c3.hConnection, (HANDLE)(uintptr_t)2);
    assert_int_equal(c3.PppInfo3.ipv6.dwPrefixLength, 64);
    assert_int_equal(c3.rasQuarState, 3);
    assert_int_equal(c3.timer.dwHighDateTime, 4);
}

static void level_four_widens_its_counters(void **state)
{
    RAS_CONNECTION_4 c;

    (void)state;
    memset(wire, 0, sizeof wire);
    put32(DIM_CONN4_DURATION, 1);
    put32(DIM_CONN4_START, 2);
    put32(DIM_CONN4_STATS + DIM_STATS_BYTES_OUT, UINT32_MAX);
    put32(DIM_CONN4_STATS + DIM_STATS_BYTES_IN, 3);
    put32(DIM_CONN4_STATS + DIM_STATS_FRAMES_OUT, 4);
    put32(DIM_CONN4_SWITCHOVERS, 5);
    put16(DIM_CONN4_LOCAL_ENDPOINT, 'l');
    wire[DIM_CONN4_PROJECTION] = DIM_PROJECTION_IKEV2;
    put32(DIM_CONN4_PROJECTION_ARM + DIM_PROJ_IKE2_ENCRYPTION, 6);
    put32(DIM_CONN4_CONNECTION, 7);
    put32(DIM_CONN4_INTERFACE, 8);
    put32(DIM_CONN4_DEVICE_TYPE, 9);
    convert(convert_connection_level(4)->records[0], &c);
    assert_int_equal(c.dwConnectDuration, 1);
    assert_int_equal(c.connectionStartTime.dwLowDateTime, 2);
    assert_int_equal(c.ullBytesXmited, UINT32_MAX);
    assert_int_equal(c.ullBytesRcved, 3);
    assert_int_equal(c.dwFramesXmited, 4);
    assert_int_equal(c.dwNumSwitchOvers, 5);
    assert_int_equal(c.wszLocalEndpointAddress[0], 'l');
    assert_int_equal(c.ProjectionInfo.projectionInfoType, MPRAPI_IKEV2_PROJECTION_INFO_TYPE);
    assert_int_equal(c.ProjectionInfo.Ikev2ProjectionInfo.dwEncryptionMethod, 6);
    assert_ptr_equal(c.hConnection, (HANDLE)(uintptr_t)7);
    assert_ptr_equal(c.hInterface, (HANDLE)(uintptr_t)8);
    assert_int_equal(c.dwDeviceType, 9);
}

/* All levels. */
static const struct record *each_record(size_t i)
{
    const struct level *levels[] = {
        convert_server_level(0),     convert_server_level(1),     convert_server_level(2),
        convert_port_level(0),       convert_port_level(1),       convert_connection_level(0),
        convert_connection_level(1), convert_connection_level(2), convert_connection_level(3),
        convert_connection_level(4),
    };
    size_t n = sizeof levels / sizeof levels[0];
    return i < 2 * n ? levels[i / 2]->records[i % 2] : levels[0]->records[0];
}
#define EACH_RECORD 20

/* Nothing of the caller's memory, or of the heap's past, shines through. */
static void every_byte_is_written(void **state)
{
    static uint8_t a[2048], b[2048];

    (void)state;
    memset(wire, 0x5a, sizeof wire);
    for (size_t i = 0; i < EACH_RECORD; i++) {
        const struct record *r = each_record(i);
        if (!r)
            continue;
        assert_true(r->api_size < sizeof a && r->wire_size <= sizeof wire);
        memset(a, 0x00, sizeof a);
        memset(b, 0xff, sizeof b);
        convert_record(r, wire, a);
        convert_record(r, wire, b);
        assert_memory_equal(a, b, r->api_size);
        assert_int_equal(a[r->api_size], 0x00);
        assert_int_equal(b[r->api_size], 0xff);
    }
}

static void texts_end_whatever_the_server_has_sent(void **state)
{
    RAS_PORT_0 p;
    RAS_CONNECTION_0 c0;
    RAS_CONNECTION_2 c2;
    RAS_CONNECTION_4 c4;

    (void)state;
    memset(wire, 0x41, sizeof wire);
    convert(convert_port_level(0)->records[0], &p);
    assert_int_equal(p.wszPortName[MAX_PORT_NAME - 1], 0x4141);
    assert_int_equal(p.wszPortName[MAX_PORT_NAME], 0);
    assert_int_equal(p.wszMediaName[MAX_MEDIA_NAME], 0);
    assert_int_equal(p.wszDeviceName[MAX_DEVICE_NAME], 0);
    assert_int_equal(p.wszDeviceType[MAX_DEVICETYPE_NAME], 0);
    convert(convert_connection_level(0)->records[0], &c0);
    assert_int_equal(c0.wszInterfaceName[MAX_INTERFACE_NAME_LEN], 0);
    assert_int_equal(c0.wszUserName[UNLEN], 0);
    assert_int_equal(c0.wszLogonDomain[DNLEN], 0);
    assert_int_equal(c0.wszRemoteComputer[NETBIOS_NAME_LEN], 0);
    convert(convert_connection_level(2)->records[0], &c2);
    assert_int_equal(c2.PppInfo2.nbf.wszWksta[NETBIOS_NAME_LEN], 0);
    assert_int_equal(c2.PppInfo2.ip.wszAddress[IPADDRESSLEN], 0);
    assert_int_equal(c2.PppInfo2.ip.wszRemoteAddress[IPADDRESSLEN], 0);
    assert_int_equal(c2.PppInfo2.ipx.wszAddress[IPXADDRESSLEN], 0);
    assert_int_equal(c2.PppInfo2.at.wszAddress[ATADDRESSLEN], 0);
    convert(convert_connection_level(4)->records[0], &c4);
    assert_int_equal(c4.wszRemoteEndpointAddress[MAXIPADRESSLEN], 0);
    assert_int_equal(c4.wszLocalEndpointAddress[MAXIPADRESSLEN], 0);
    assert_int_equal(c4.ProjectionInfo.PppProjectionInfo.wszAddress[IPADDRESSLEN], 0);
    assert_int_equal(c4.ProjectionInfo.PppProjectionInfo.wszRemoteAddress[IPADDRESSLEN], 0);
}

static void levels_end_where_they_end(void **state)
{
    (void)state;
    assert_null(convert_server_level(3));
    assert_null(convert_port_level(2));
    assert_null(convert_connection_level(5));
    assert_null(convert_connection_level((DWORD)-1));
}

static void handles_go_to_the_wire_and_come_back(void **state)
{
    uint32_t v = 77;

    (void)state;
    assert_ptr_equal(convert_handle(0), NULL);
    assert_ptr_equal(convert_handle(UINT32_MAX), INVALID_HANDLE_VALUE);
    assert_ptr_equal(convert_handle(0x80000001), (HANDLE)(uintptr_t)0x80000001);
    assert_true(convert_handle_to_wire((HANDLE)(uintptr_t)0x80000001, &v));
    assert_int_equal(v, 0x80000001);
    assert_true(convert_handle_to_wire(INVALID_HANDLE_VALUE, &v));
    assert_int_equal(v, UINT32_MAX);
    assert_true(convert_handle_to_wire((HANDLE)(intptr_t)(int32_t)0x80000001, &v));
    assert_int_equal(v, 0x80000001);
    v = 77;
    assert_false(convert_handle_to_wire((HANDLE)((uintptr_t)UINT32_MAX + 1), &v));
    assert_false(convert_handle_to_wire((HANDLE)(~(uintptr_t)UINT32_MAX - 1), &v));
    assert_int_equal(v, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_converted),
        cmocka_unit_test(both_lengths_of_the_ipx_address_are_taken),
        cmocka_unit_test(the_other_levels_of_connections_are_converted),
        cmocka_unit_test(level_four_widens_its_counters),
        cmocka_unit_test(every_byte_is_written),
        cmocka_unit_test(texts_end_whatever_the_server_has_sent),
        cmocka_unit_test(levels_end_where_they_end),
        cmocka_unit_test(handles_go_to_the_wire_and_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
