/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c against a libmprapi made of arrays: what older and stranger servers say, and memory that is not there.
 */
#include <stdbool.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/client.h"

/* ---- the library ---- */

static struct {
    RAS_PORT_0 ports[3];
    DWORD n_ports;
    DWORD ports_code;
    DWORD levels[5];            /* result of each level */
    const void *connections[5]; /* records of each level */
    DWORD n_connections;
    DWORD total;
    DWORD clear_code;
    unsigned asked[5], buffers;
} fake;

static DWORD give(const void *records, size_t bytes, DWORD code, LPBYTE *ret)
{
    *ret = NULL;
    if (code && code != ERROR_MORE_DATA)
        return code;
    *ret = malloc(bytes ? bytes : 1);
    assert_non_null(*ret);
    if (bytes)
        memcpy(*ret, records, bytes);
    fake.buffers++;
    return code;
}

DWORD MprAdminBufferFree(LPVOID buffer)
{
    assert_non_null(buffer);
    free(buffer);
    fake.buffers--;
    return NO_ERROR;
}

DWORD MprAdminPortEnum(RAS_SERVER_HANDLE server, DWORD level, HANDLE connection, LPBYTE *buffer, DWORD pref,
                       LPDWORD read, LPDWORD total, LPDWORD resume)
{
    (void)server;
    assert_int_equal(level, 0);
    assert_ptr_equal(connection, INVALID_HANDLE_VALUE);
    assert_int_equal(pref, UINT32_MAX);
    assert_int_equal(*resume, 0);
    *read = *total = fake.n_ports;
    return give(fake.ports, fake.n_ports * sizeof fake.ports[0], fake.ports_code, buffer);
}

DWORD MprAdminConnectionEnum(RAS_SERVER_HANDLE server, DWORD level, LPBYTE *buffer, DWORD pref, LPDWORD read,
                             LPDWORD total, LPDWORD resume)
{
    static const size_t sizes[5] = {sizeof(RAS_CONNECTION_0), 0, 0, sizeof(RAS_CONNECTION_3), sizeof(RAS_CONNECTION_4)};
    (void)server;
    (void)pref;
    (void)resume;
    fake.asked[level]++;
    *read = fake.n_connections;
    *total = fake.total ? fake.total : fake.n_connections;
    return give(fake.connections[level], fake.n_connections * sizes[level], fake.levels[level], buffer);
}

DWORD MprAdminServerGetInfo(MPR_SERVER_HANDLE server, DWORD level, LPBYTE *buffer)
{
    const MPR_SERVER_0 info = {.dwUpTime = 7, .dwTotalPorts = 3, .dwPortsInUse = 1};
    (void)server;
    (void)level;
    return give(&info, sizeof info, 0, buffer);
}

DWORD MprAdminPortGetInfo(RAS_SERVER_HANDLE server, DWORD level, HANDLE port, LPBYTE *buffer)
{
    (void)server;
    (void)level;
    (void)port;
    return give(NULL, 0, ERROR_INVALID_PORT_HANDLE, buffer);
}

DWORD MprAdminPortDisconnect(RAS_SERVER_HANDLE server, HANDLE port)
{
    (void)server;
    return (DWORD)(uintptr_t)port;
}

DWORD MprAdminPortClearStats(RAS_SERVER_HANDLE server, HANDLE port)
{
    (void)server;
    (void)port;
    return fake.clear_code;
}

DWORD MprAdminPortReset(RAS_SERVER_HANDLE server, HANDLE port)
{
    (void)server;
    (void)port;
    return NO_ERROR;
}

DWORD MprAdminConnectionClearStats(RAS_SERVER_HANDLE server, HANDLE connection)
{
    (void)server;
    (void)connection;
    return fake.clear_code;
}

/* ---- the tests ---- */

#define WIDE(dst, text) memcpy(dst, text, sizeof(text))

static int clean(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof fake);
    return 0;
}

static int nothing_leaks(void **state)
{
    (void)state;
    return fake.buffers == 0 ? 0 : -1;
}

static RAS_CONNECTION_0 level0 = {.hConnection = (HANDLE)5, .dwConnectDuration = 60};
static RAS_CONNECTION_3 level3 = {.hConnection = (HANDLE)5, .guid = {.Data1 = 0x12345678}};
static RAS_CONNECTION_4 level4 = {.hConnection = (HANDLE)5, .dwDeviceType = RDT_Tunnel_L2tp | RDT_Tunnel};

static void fill(void)
{
    fake.n_ports = 1;
    fake.ports[0] =
        (RAS_PORT_0){.hPort = (HANDLE)1, .hConnection = (HANDLE)5, .dwPortCondition = RAS_PORT_AUTHENTICATED};
    WIDE(fake.ports[0].wszPortName, u"VPN2-5");
    WIDE(fake.ports[0].wszMediaName, u"rastapi");
    WIDE(fake.ports[0].wszDeviceType, u"vpn");
    fake.n_connections = 1;
    WIDE(level0.wszUserName, u"alice");
    WIDE(level0.wszLogonDomain, u"CORP");
    WIDE(level3.wszUserName, u"alice");
    WIDE(level3.PppInfo3.ip.wszRemoteAddress, u"10.0.0.6");
    WIDE(level4.wszUserName, u"alice");
    level4.ProjectionInfo.projectionInfoType = MPRAPI_IKEV2_PROJECTION_INFO_TYPE;
    WIDE(level4.ProjectionInfo.Ikev2ProjectionInfo.wszRemoteAddress, u"10.0.0.7");
    level4.ullBytesXmited = 0xffffffffu;
    level4.connectionStartTime = (FILETIME){.dwHighDateTime = 0x01dc5e20, .dwLowDateTime = 0};
    fake.connections[0] = &level0;
    fake.connections[3] = &level3;
    fake.connections[4] = &level4;
}

static void the_best_level_is_taken(void **state)
{
    (void)state;
    struct listing l;
    fill();
    assert_int_equal(client_listing(NULL, &l), 0);
    const struct connection *c = l.ports[0].conn;
    assert_string_equal(c->client4, "10.0.0.7");
    assert_string_equal(c->device_type, "L2TP");
    assert_string_equal(port_type(&l.ports[0]), "L2TP"); /* "rastapi" says nothing */
    assert_int_equal(c->counters.bytes_out, 0xffffffffu);
    assert_true(c->start > 1700000000 && c->start < 1900000000);
    assert_int_equal(fake.asked[3] + fake.asked[0], 0);
    listing_free(&l);
}

static void an_older_server_is_asked_for_less(void **state)
{
    (void)state;
    static const DWORD unknown[] = {ERROR_INVALID_LEVEL, ERROR_NOT_SUPPORTED, ERROR_INVALID_PARAMETER};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct listing l;
        clean(NULL);
        fill();
        fake.levels[4] = unknown[i];
        assert_int_equal(client_listing(NULL, &l), 0);
        assert_string_equal(l.ports[0].conn->client4, "10.0.0.6");
        assert_string_equal(l.ports[0].conn->guid, "12345678-0000-0000-0000-000000000000");
        assert_false(l.ports[0].conn->has_counters);
        listing_free(&l);
        fake.levels[3] = unknown[i];
        assert_int_equal(client_listing(NULL, &l), 0);
        assert_string_equal(l.ports[0].conn->domain, "CORP");
        assert_int_equal(l.ports[0].conn->seconds, 60);
        listing_free(&l);
        fake.levels[0] = unknown[i];
        assert_int_equal(client_listing(NULL, &l), unknown[i]);
    }
}

static void a_refusal_is_not_taken_for_an_older_server(void **state)
{
    (void)state;
    static const DWORD codes[] = {ERROR_ACCESS_DENIED, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED,
                                  ERROR_DDM_NOT_RUNNING};
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct listing l;
        clean(NULL);
        fill();
        fake.levels[4] = codes[i];
        assert_int_equal(client_listing(NULL, &l), codes[i]);
        assert_int_equal(fake.asked[3], 0);
    }
}

static void half_a_list_is_no_list(void **state)
{
    (void)state;
    struct listing l;
    fill();
    fake.ports_code = ERROR_MORE_DATA;
    assert_int_equal(client_listing(NULL, &l), RPC_X_BAD_STUB_DATA);
    fake.ports_code = 0;
    fake.levels[4] = ERROR_MORE_DATA;
    assert_int_equal(client_listing(NULL, &l), RPC_X_BAD_STUB_DATA);
}

static void strange_handles_are_none(void **state)
{
    (void)state;
    struct listing l;
    fill();
    fake.ports[0].hConnection = INVALID_HANDLE_VALUE;
    fake.ports[0].dwPortCondition = RAS_PORT_LISTENING;
    assert_int_equal(client_listing(NULL, &l), 0);
    assert_int_equal(l.ports[0].connection, 0);
    assert_null(l.ports[0].conn);
    assert_false(port_is_busy(&l.ports[0]));
    listing_free(&l);
}

static void a_projection_of_no_known_kind_has_no_addresses(void **state)
{
    (void)state;
    struct listing l;
    fill();
    level4.ProjectionInfo.projectionInfoType = 77;
    assert_int_equal(client_listing(NULL, &l), 0);
    assert_string_equal(l.ports[0].conn->client4, "");
    assert_string_equal(l.ports[0].conn->client6, "");
    listing_free(&l);
}

static void ipv6_is_put_together_of_its_halves(void **state)
{
    (void)state;
    struct listing l;
    fill();
    level4.ProjectionInfo.projectionInfoType = MPRAPI_PPP_PROJECTION_INFO_TYPE;
    PPP_PROJECTION_INFO2 *p = &level4.ProjectionInfo.PppProjectionInfo;
    memset(p, 0, sizeof *p);
    p->bRemoteInterfaceIdentifier[7] = 9;
    assert_int_equal(client_listing(NULL, &l), 0);
    assert_string_equal(l.ports[0].conn->client6, "fe80::9");
    listing_free(&l);
    memcpy(p->bPrefix, "\x20\x01\x0d\xb8", 4);
    assert_int_equal(client_listing(NULL, &l), 0);
    assert_string_equal(l.ports[0].conn->client6, "2001:db8::9");
    listing_free(&l);
}

static void half_a_surrogate_pair_becomes_a_replacement(void **state)
{
    (void)state;
    struct listing l;
    fill();
    level4.wszUserName[0] = 0xdc00;
    level4.wszUserName[1] = 'x';
    level4.wszUserName[2] = 0xd83d;
    level4.wszUserName[3] = 0;
    assert_int_equal(client_listing(NULL, &l), 0);
    assert_string_equal(l.ports[0].conn->user, "\xef\xbf\xbdx\xef\xbf\xbd");
    listing_free(&l);
}

static void status_counts_connections_without_reading_them(void **state)
{
    (void)state;
    struct server_status s;
    fill();
    fake.levels[0] = ERROR_MORE_DATA;
    fake.total = 4711;
    assert_int_equal(client_status(NULL, &s), 0);
    assert_int_equal(s.connections, 4711);
    assert_int_equal(s.up_seconds, 7);
}

static void odd_codes_of_clearing_are_translated(void **state)
{
    (void)state;
    fake.clear_code = RPC_S_INVALID_BINDING;
    assert_int_equal(client_port_clear(NULL, 1), ERROR_INVALID_PORT_HANDLE);
    fake.clear_code = ERROR_INVALID_PARAMETER;
    assert_int_equal(client_connection_clear(NULL, 1), ERROR_INTERFACE_NOT_CONNECTED);
    assert_int_equal(client_port_disconnect(NULL, 0x80000001u), 0x80000001u);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, clean, nothing_leaks)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_best_level_is_taken),
        TEST(an_older_server_is_asked_for_less),
        TEST(a_refusal_is_not_taken_for_an_older_server),
        TEST(half_a_list_is_no_list),
        TEST(strange_handles_are_none),
        TEST(a_projection_of_no_known_kind_has_no_addresses),
        TEST(ipv6_is_put_together_of_its_halves),
        TEST(half_a_surrogate_pair_becomes_a_replacement),
        TEST(status_counts_connections_without_reading_them),
        TEST(odd_codes_of_clearing_are_translated),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
