/* SPDX-License-Identifier: Apache-2.0 */
/* Connections with all that there is to know, devices, keys and orders, against a server that behaves. */
#include <arpa/inet.h>

#include "dimsvc/client.h"
#include "fixture.h"

static const MPRAPI_OBJECT_HEADER connection_header = {
    MPRAPI_RAS_CONNECTION_OBJECT_REVISION_1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)};

/* The last request that the server has read is these bytes. */
static void check_request(const uint8_t *expected, size_t n)
{
    uint8_t got[DIM_MESSAGE_REQUEST_MAX];

    assert_int_equal(fake_last_request(server, got, sizeof got), n);
    assert_memory_equal(got, expected, n);
}

/* ---- connections ---- */

static void check_connection(const RAS_CONNECTION_EX *c, DWORD number)
{
    const PPP_PROJECTION_INFO *ppp = &c->ProjectionInfo.PppProjectionInfo;
    const IKEV2_PROJECTION_INFO *ikev2 = &c->ProjectionInfo.Ikev2ProjectionInfo;

    assert_memory_equal(&c->Header, &connection_header, sizeof connection_header);
    assert_ptr_equal(c->hConnection, CONNECTION(number));
    assert_ptr_equal(c->hInterface, (HANDLE)77);
    assert_int_equal(c->dwConnectDuration, number);
    assert_int_equal(c->dwInterfaceType, ROUTER_IF_TYPE_CLIENT);
    assert_int_equal(c->rasQuarState, RAS_QUAR_STATE_NORMAL);
    assert_int_equal(c->dwBytesXmited, 5);
    assert_int_equal(c->guid.Data1, 0x04030201);
    check_text(c->wszLogonDomain, "WORK");
    check_text(c->wszRemoteComputer, "LAPTOP");
    check_text(c->wszRemoteEndpointAddress, "198.51.100.7");
    check_text(c->wszLocalEndpointAddress, "203.0.113.1");
    if (number % 3 == 0) {
        assert_int_equal(c->ProjectionInfo.projectionInfoType, MPRAPI_IKEV2_PROJECTION_INFO_TYPE);
        check_text(ikev2->wszRemoteAddress, "10.0.0.2");
        assert_int_equal(ikev2->dwAuthenticationProtocol, MPRAPI_IKEV2_AUTH_USING_EAP);
    } else {
        assert_int_equal(c->ProjectionInfo.projectionInfoType, MPRAPI_PPP_PROJECTION_INFO_TYPE);
        check_text(ppp->wszRemoteAddress, "10.0.0.2");
        assert_int_equal(ppp->dwRemoteAuthenticationProtocol, PPP_LCP_CHAP);
        assert_int_equal(ppp->dwRemoteAuthenticationData, PPP_LCP_CHAP_MSV2);
    }
}

static void both_projections_come_in_one_list(void **state)
{
    MPRAPI_OBJECT_HEADER header = connection_header;
    DWORD read, total, resume = 0;
    PRAS_CONNECTION_EX list;

    (void)state;
    open_server(&(struct fake_config){.n_connections = 10, .ikev2 = true});
    assert_int_equal(MprAdminConnectionEnumEx(h, &header, ALL, &read, &total, &list, &resume), NO_ERROR);
    assert_int_equal(read, 10);
    assert_int_equal(total, 10);
    assert_int_equal(resume, 0);
    for (DWORD i = 0; i < read; i++)
        check_connection(&list[i], i + 1);
    assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    assert_int_equal(MprAdminConnectionEnumEx(h, &header, ALL, &read, &total, &list, NULL), NO_ERROR);
    assert_int_equal(read, 10);
    assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    close_server();
}

static void pages_give_every_connection_once(void **state)
{
    MPRAPI_OBJECT_HEADER header = connection_header;
    DWORD read, total, resume = 0, seen = 0, code;

    (void)state;
    open_server(&(struct fake_config){.n_connections = 100, .ikev2 = true});
    do {
        PRAS_CONNECTION_EX list;
        code = MprAdminConnectionEnumEx(h, &header, 1664 * 6, &read, &total, &list, &resume);
        assert_true(code == NO_ERROR || code == ERROR_MORE_DATA);
        assert_int_equal(total, 100 - seen);
        assert_int_equal(read, seen + 7 <= 100 ? 7 : 100 - seen);
        for (DWORD i = 0; i < read; i++)
            check_connection(&list[i], ++seen);
        assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    } while (code == ERROR_MORE_DATA);
    assert_int_equal(seen, 100);
    assert_int_equal(resume, 0);
    close_server();
}

static void fifty_thousand_connections_come_in_one_call(void **state)
{
    MPRAPI_OBJECT_HEADER header = connection_header;
    DWORD read, total, resume = 0;
    PRAS_CONNECTION_EX list;

    (void)state;
    open_server(&(struct fake_config){.n_connections = 50000, .ikev2 = true});
    assert_int_equal(MprAdminConnectionEnumEx(h, &header, ALL, &read, &total, &list, &resume), NO_ERROR);
    assert_int_equal(read, 50000);
    for (DWORD i = 0; i < read; i++)
        check_connection(&list[i], i + 1);
    assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    close_server();
}

static void no_connections_are_a_buffer_that_can_be_freed(void **state)
{
    MPRAPI_OBJECT_HEADER header = connection_header;
    DWORD read = 7, total = 7, resume = 0;
    PRAS_CONNECTION_EX list;

    (void)state;
    open_server(&(struct fake_config){0});
    assert_int_equal(MprAdminConnectionEnumEx(h, &header, ALL, &read, &total, &list, &resume), NO_ERROR);
    assert_int_equal(read + total, 0);
    assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    close_server();
}

static void one_connection_goes_into_the_callers_structure(void **state)
{
    RAS_CONNECTION_EX c, before;

    (void)state;
    open_server(&(struct fake_config){.n_connections = 4, .ikev2 = true});
    for (DWORD i = 1; i <= 4; i++) {
        memset(&c, 0xa5, sizeof c);
        c.Header = connection_header;
        assert_int_equal(MprAdminConnectionGetInfoEx(h, CONNECTION(i), &c), NO_ERROR);
        check_connection(&c, i);
    }
    assert_int_equal(MprAdminBufferFree(&c), ERROR_INVALID_PARAMETER);
    before = c;
    assert_int_equal(MprAdminConnectionGetInfoEx(h, CONNECTION(9), &c), ERROR_INTERFACE_NOT_CONNECTED);
    assert_int_equal(MprAdminConnectionGetInfoEx(h, NULL, &c), ERROR_INTERFACE_NOT_CONNECTED);
    assert_int_equal(MprAdminConnectionGetInfoEx(h, INVALID_HANDLE_VALUE, &c), ERROR_INTERFACE_NOT_CONNECTED);
    assert_memory_equal(&c, &before, sizeof c);
    close_server();
}

static void headers_must_be_right_before_anything_is_sent(void **state)
{
    static const MPRAPI_OBJECT_HEADER wrong[] = {
        {0, 1, sizeof(RAS_CONNECTION_EX)},
        {2, 1, sizeof(RAS_CONNECTION_EX)},
        {1, 2, sizeof(RAS_CONNECTION_EX)},
        {1, 1, sizeof(RAS_CONNECTION_EX) - 1},
        {1, 1, 0},
    };
    DWORD read = 7, total = 7, resume = 5;
    PRAS_CONNECTION_EX list = (PRAS_CONNECTION_EX)1;

    (void)state;
    open_server(&(struct fake_config){.n_connections = 4});
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        MPRAPI_OBJECT_HEADER header = wrong[i];
        RAS_CONNECTION_EX c = {.Header = wrong[i]};
        assert_int_equal(MprAdminConnectionEnumEx(h, &header, ALL, &read, &total, &list, &resume),
                         ERROR_INVALID_PARAMETER);
        assert_null(list);
        assert_int_equal(read + total, 0);
        assert_int_equal(resume, 5);
        assert_int_equal(MprAdminConnectionGetInfoEx(h, CONNECTION(1), &c), ERROR_INVALID_PARAMETER);
    }
    assert_int_equal(MprAdminConnectionEnumEx(h, NULL, ALL, &read, &total, &list, &resume), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminConnectionGetInfoEx(h, CONNECTION(1), NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(fake_requests(server), 0);
    close_server();
}

/* ---- orders ---- */

static void quarantine_is_by_connection_or_by_address(void **state)
{
    (void)state;
    open_server(&(struct fake_config){.n_connections = 4});
    assert_int_equal(MprAdminConnectionRemoveQuarantine(h, CONNECTION(1), FALSE), ERROR_NOT_FOUND);
    assert_int_equal(MprAdminConnectionRemoveQuarantine(h, CONNECTION(9), FALSE), ERROR_INVALID_PARAMETER);
    /* a.b.c.d are four bytes of the stub in this order, whatever stands in the high half */
    HANDLE address = (HANDLE)(uintptr_t)(UINT64_C(0x1234567800000000) | inet_addr("10.0.0.7"));
    assert_int_equal(MprAdminConnectionRemoveQuarantine(h, address, TRUE), ERROR_INVALID_PARAMETER);
    check_request((const uint8_t *)"\x0a\0\0\x07\1\0\0\0", 8);
    unsigned requests = fake_requests(server);
    assert_int_equal(MprAdminConnectionRemoveQuarantine(h, NULL, FALSE), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminConnectionRemoveQuarantine(h, address, FALSE), ERROR_INVALID_PARAMETER);
    assert_int_equal(fake_requests(server), requests);
    close_server();
}

static void a_message_travels_with_its_end(void **state)
{
    static WCHAR longest[DIM_MESSAGE_UNITS_MAX + 1];
    WCHAR hi[] = u"Hi";

    (void)state;
    open_server(&(struct fake_config){.n_connections = 4});
    assert_int_equal(MprAdminSendUserMessage(h, CONNECTION(2), hi), ERROR_NOT_SUPPORTED);
    check_request((const uint8_t *)"\x02\x10\0\0\3\0\0\0\0\0\0\0\3\0\0\0H\0i\0\0\0", 22);
    assert_int_equal(MprAdminSendUserMessage(h, CONNECTION(9), hi), ERROR_INTERFACE_NOT_CONNECTED);
    for (size_t i = 0; i < DIM_MESSAGE_UNITS_MAX; i++)
        longest[i] = u'x';
    unsigned requests = fake_requests(server);
    assert_int_equal(MprAdminSendUserMessage(h, CONNECTION(2), longest), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminSendUserMessage(h, CONNECTION(2), NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminSendUserMessage(h, NULL, hi), ERROR_INTERFACE_NOT_CONNECTED);
    assert_int_equal(fake_requests(server), requests);
    longest[DIM_MESSAGE_UNITS_MAX - 1] = 0;
    assert_int_equal(MprAdminSendUserMessage(h, CONNECTION(2), longest), ERROR_NOT_SUPPORTED);
    close_server();
}

static void an_update_needs_a_header_and_an_end(void **state)
{
    RAS_UPDATE_CONNECTION u = {.Header = {1, MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, sizeof u},
                               .dwIfIndex = 3,
                               .wszLocalEndpointAddress = u"203.0.113.9",
                               .wszRemoteEndpointAddress = u"::1"};
    uint8_t expected[DIM_REQUEST_MAX];
    const WCHAR remote[DIM_UNITS_ENDPOINT] = u"::1";

    (void)state;
    open_server(&(struct fake_config){.n_connections = 4});
    assert_int_equal(MprAdminUpdateConnection(h, CONNECTION(1), &u), ERROR_NOT_SUPPORTED);
    size_t n = dim_req_update_connection(expected, fake_connection_handle(1), 3, remote);
    check_request(expected, n);
    assert_int_equal(MprAdminUpdateConnection(h, CONNECTION(9), &u), ERROR_INTERFACE_NOT_CONNECTED);
    unsigned requests = fake_requests(server);
    assert_int_equal(MprAdminUpdateConnection(h, NULL, &u), ERROR_INTERFACE_NOT_CONNECTED);
    assert_int_equal(MprAdminUpdateConnection(h, CONNECTION(1), NULL), ERROR_INVALID_PARAMETER);
    u.Header.type = 1;
    assert_int_equal(MprAdminUpdateConnection(h, CONNECTION(1), &u), ERROR_INVALID_PARAMETER);
    u.Header.type = MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT;
    for (size_t i = 0; i < MAXIPADRESSLEN + 1; i++)
        u.wszRemoteEndpointAddress[i] = u'1';
    assert_int_equal(MprAdminUpdateConnection(h, CONNECTION(1), &u), ERROR_INVALID_PARAMETER);
    assert_int_equal(fake_requests(server), requests);
    close_server();
}

static void port_numbers_travel_as_they_are(void **state)
{
    MPR_SERVER_2 ports = {128, 1, 128, 3, 64, 1};
    uint8_t expected[DIM_REQUEST_MAX];

    (void)state;
    open_server(&(struct fake_config){0});
    for (DWORD level = 1; level <= 2; level++) {
        assert_int_equal(MprAdminServerSetInfo(h, level, (LPBYTE)&ports), ERROR_NOT_SUPPORTED);
        size_t n = dim_req_server_set(expected, level, &ports, level == 1 ? sizeof(MPR_SERVER_1) : sizeof ports);
        check_request(expected, n);
    }
    unsigned requests = fake_requests(server);
    assert_int_equal(MprAdminServerSetInfo(h, 0, (LPBYTE)&ports), ERROR_NOT_SUPPORTED);
    assert_int_equal(MprAdminServerSetInfo(h, 3, (LPBYTE)&ports), ERROR_NOT_SUPPORTED);
    assert_int_equal(MprAdminServerSetInfo(h, 1, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminServerSetInfo(NULL, 1, (LPBYTE)&ports), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminServerSetInfo((MPR_SERVER_HANDLE)&ports, 1, (LPBYTE)&ports), ERROR_INVALID_HANDLE);
    assert_int_equal(fake_requests(server), requests);
    close_server();
}

/* ---- devices ---- */

static void devices_are_an_array(void **state)
{
    LPBYTE b = (LPBYTE)1;
    DWORD total = 7;

    (void)state;
    for (DWORD n = 0; n <= 3; n++) {
        open_server(&(struct fake_config){.n_devices = n, .lan_only = true});
        assert_int_equal(MprAdminDeviceEnum(h, 0, &b, &total), NO_ERROR);
        assert_int_equal(total, n);
        const MPR_DEVICE_0 *devices = (const void *)b;
        if (n == 3) {
            check_text(devices[1].szDeviceName, "WAN Miniport (IKEv2)");
            check_text(devices[2].szDeviceType, "Modem");
        }
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
        assert_int_equal(MprAdminDeviceEnum(h, 1, &b, &total), ERROR_NOT_SUPPORTED);
        assert_null(b);
        assert_int_equal(total, 0);
        close_server();
    }
}

/* ---- the key ---- */

static void a_key_is_sent_and_deleted(void **state)
{
    BYTE key[DIM_KEY_MAX + 1];
    MPR_CREDENTIALSEX_1 c = {.dwSize = DIM_KEY_MAX, .lpbCredentialsInfo = key};
    uint8_t expected[DIM_CREDENTIALS_REQUEST_MAX];

    (void)state;
    memset(key, 'k', sizeof key);
    open_server(&(struct fake_config){.raw_answer = "\0\0\0", .raw_len = 4});
    assert_int_equal(MprAdminServerSetCredentials(h, 0, (LPBYTE)&c), NO_ERROR);
    check_request(expected, dim_req_credentials_set(expected, 2, 0, key, DIM_KEY_MAX));
    c.dwSize = 0;
    c.lpbCredentialsInfo = NULL;
    assert_int_equal(MprAdminServerSetCredentials(h, 0, (LPBYTE)&c), NO_ERROR);
    check_request(expected, dim_req_credentials_set(expected, 2, 0, NULL, 0));
    unsigned requests = fake_requests(server);
    c.dwSize = 1;
    assert_int_equal(MprAdminServerSetCredentials(h, 0, (LPBYTE)&c), ERROR_INVALID_PARAMETER);
    c = (MPR_CREDENTIALSEX_1){DIM_KEY_MAX + 1, key};
    assert_int_equal(MprAdminServerSetCredentials(h, 0, (LPBYTE)&c), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminServerSetCredentials(h, 1, (LPBYTE)&c), ERROR_NOT_SUPPORTED);
    assert_int_equal(MprAdminServerSetCredentials(h, 0, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(fake_requests(server), requests);
    close_server();
}

static void a_key_comes_in_one_buffer(void **state)
{
    static const uint8_t with[] = "\x0d\0\0\0\0\0\2\0\x0d\0\0\0\5\0\0\0\x08\0\0\0abcde\0\0\0\0\0\0";
    static const uint8_t without[] = "\x0c\0\0\0\0\0\2\0\x0c\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\0\0";
    LPBYTE b;

    (void)state;
    open_server(&(struct fake_config){.raw_answer = with, .raw_len = sizeof with});
    assert_int_equal(MprAdminServerGetCredentials(h, 0, &b), NO_ERROR);
    const MPR_CREDENTIALSEX_1 *c = (const void *)b;
    assert_int_equal(c->dwSize, 5);
    assert_memory_equal(c->lpbCredentialsInfo, "abcde", 5);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    assert_int_equal(MprAdminServerGetCredentials(h, 1, &b), ERROR_NOT_SUPPORTED);
    assert_null(b);
    assert_int_equal(MprAdminServerGetCredentials(h, 0, NULL), ERROR_INVALID_PARAMETER);
    close_server();
    open_server(&(struct fake_config){.raw_answer = without, .raw_len = sizeof without});
    assert_int_equal(MprAdminServerGetCredentials(h, 0, &b), NO_ERROR);
    c = (const void *)b;
    assert_int_equal(c->dwSize, 0);
    assert_null(c->lpbCredentialsInfo);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
    open_server(&(struct fake_config){0});
    assert_int_equal(MprAdminServerGetCredentials(h, 0, &b), ERROR_NOT_SUPPORTED); /* this project's server */
    assert_null(b);
    close_server();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_projections_come_in_one_list),
        cmocka_unit_test(pages_give_every_connection_once),
        cmocka_unit_test(fifty_thousand_connections_come_in_one_call),
        cmocka_unit_test(no_connections_are_a_buffer_that_can_be_freed),
        cmocka_unit_test(one_connection_goes_into_the_callers_structure),
        cmocka_unit_test(headers_must_be_right_before_anything_is_sent),
        cmocka_unit_test(quarantine_is_by_connection_or_by_address),
        cmocka_unit_test(a_message_travels_with_its_end),
        cmocka_unit_test(an_update_needs_a_header_and_an_end),
        cmocka_unit_test(port_numbers_travel_as_they_are),
        cmocka_unit_test(devices_are_an_array),
        cmocka_unit_test(a_key_is_sent_and_deleted),
        cmocka_unit_test(a_key_comes_in_one_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
