/* SPDX-License-Identifier: Apache-2.0 */
/* Every function against a server that behaves: results, codes, records, pages. */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fixture.h"

static void check_port(const RAS_PORT_0 *p, DWORD number)
{
    assert_ptr_equal(p->hPort, PORT(number));
    assert_ptr_equal(p->hConnection, number & 1 ? CONNECTION(number) : NULL);
    assert_int_equal(p->dwPortCondition, number & 1 ? RAS_PORT_AUTHENTICATED : RAS_PORT_LISTENING);
    assert_int_equal(p->dwTotalNumberOfCalls, number * 3);
    assert_int_equal(p->dwConnectDuration, number & 1 ? number : 0);
}

static void server_info_comes_at_all_three_levels(void **state)
{
    LPBYTE b;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 5, .n_connections = 2});
    assert_int_equal(MprAdminServerGetInfo(h, 0, &b), NO_ERROR);
    const MPR_SERVER_0 *s0 = (const void *)b;
    assert_int_equal(s0->fLanOnlyMode, FALSE);
    assert_int_equal(s0->dwUpTime, 42);
    assert_int_equal(s0->dwTotalPorts, 5);
    assert_int_equal(s0->dwPortsInUse, 2);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);

    assert_int_equal(MprAdminServerGetInfo(h, 1, &b), NO_ERROR);
    const MPR_SERVER_1 *s1 = (const void *)b;
    assert_int_equal(s1->dwNumPptpPorts, 1);
    assert_int_equal(s1->dwL2tpPortFlags, 1);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);

    assert_int_equal(MprAdminServerGetInfo(h, 2, &b), NO_ERROR);
    const MPR_SERVER_2 *s2 = (const void *)b;
    assert_int_equal(s2->dwNumL2tpPorts, 3);
    assert_int_equal(s2->dwNumSstpPorts, 5);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);

    assert_int_equal(MprAdminServerGetInfo(h, 3, &b), ERROR_INVALID_LEVEL);
    assert_null(b);
    assert_int_equal(MprAdminServerGetInfo(h, 0, NULL), ERROR_INVALID_PARAMETER);
    close_server();
}

static void one_port_comes_at_both_levels(void **state)
{
    LPBYTE b;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 5});
    assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(3), &b), NO_ERROR);
    const RAS_PORT_0 *p0 = (const void *)b;
    check_port(p0, 3);
    check_text(p0->wszPortName, "port-3");
    check_text(p0->wszDeviceName, "Fake device");
    check_text(p0->wszDeviceType, "Vpn");
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);

    assert_int_equal(MprAdminPortGetInfo(h, 1, PORT(3), &b), NO_ERROR);
    const RAS_PORT_1 *p1 = (const void *)b;
    assert_ptr_equal(p1->hPort, PORT(3));
    assert_int_equal(p1->dwLineSpeed, 1000000);
    assert_int_equal(p1->dwBytesXmited, 30);
    assert_int_equal(p1->dwBytesRcved, 7); /* the low half */
    assert_int_equal(p1->dwCompressionRatioIn, 100);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
}

static void port_codes_are_the_documented_ones(void **state)
{
    LPBYTE b = (LPBYTE)1;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 5});
    assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(9), &b), ERROR_INVALID_PORT_HANDLE);
    assert_null(b);
    assert_int_equal(MprAdminPortGetInfo(h, 0, NULL, &b), ERROR_INVALID_PORT_HANDLE);
    assert_int_equal(MprAdminPortGetInfo(h, 0, INVALID_HANDLE_VALUE, &b), ERROR_INVALID_PORT_HANDLE);
    assert_int_equal(MprAdminPortGetInfo(h, 2, PORT(1), &b), ERROR_NOT_SUPPORTED);
    assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(1), NULL), ERROR_INVALID_PARAMETER);

    assert_int_equal(MprAdminPortClearStats(h, PORT(1)), NO_ERROR);
    assert_int_equal(MprAdminPortClearStats(h, PORT(9)), RPC_S_INVALID_BINDING);
    assert_int_equal(MprAdminPortClearStats(h, NULL), RPC_S_INVALID_BINDING);

    assert_int_equal(MprAdminPortReset(h, PORT(1)), NO_ERROR);
    assert_int_equal(MprAdminPortReset(h, PORT(9)), NO_ERROR); /* no server looks at the port */
    assert_int_equal(MprAdminPortReset(h, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortReset(h, INVALID_HANDLE_VALUE), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortReset(h, (HANDLE)(uintptr_t)0x123456789aull), ERROR_INVALID_PARAMETER);
    close_server();
}

static void disconnect_passes_on_what_the_server_says(void **state)
{
    static const DWORD codes[] = {NO_ERROR,          ERROR_ACCESS_DENIED,     ERROR_NOT_READY,
                                  ERROR_GEN_FAILURE, ERROR_INVALID_PARAMETER, ERROR_PORT_NOT_CONNECTED,
                                  ERROR_TIMEOUT,     ERROR_DDM_NOT_RUNNING};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        open_server(&(struct fake_config){.n_ports = 5, .order_code = codes[i]});
        assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), codes[i]);
        assert_int_equal(fake_orders(server), 1);
        close_server();
    }
}

static void disconnect_of_what_is_no_port_is_not_sent(void **state)
{
    (void)state;
    open_server(&(struct fake_config){.n_ports = 5});
    assert_int_equal(MprAdminPortDisconnect(h, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortDisconnect(h, INVALID_HANDLE_VALUE), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortDisconnect(h, (HANDLE)(uintptr_t)(1ull << 32 | fake_port_handle(1))),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(fake_requests(server), 0);
    assert_int_equal(MprAdminPortDisconnect(h, PORT(9)), ERROR_INVALID_PARAMETER);
    assert_int_equal(fake_requests(server), 1);
    close_server();
}

static void rights_and_lan_mode_are_passed_on_everywhere(void **state)
{
    LPBYTE b;
    DWORD read = 7, total = 7, resume = 5;

    (void)state;
    for (int lan = 0; lan < 2; lan++) {
        DWORD expected = lan ? ERROR_DDM_NOT_RUNNING : ERROR_ACCESS_DENIED;
        open_server(&(struct fake_config){.n_ports = 5, .n_connections = 5, .deny = !lan, .lan_only = lan});
        assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, &total, &resume), expected);
        assert_null(b);
        assert_int_equal(read + total, 0);
        assert_int_equal(resume, 5);
        assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(1), &b), expected);
        assert_int_equal(MprAdminPortClearStats(h, PORT(1)), expected);
        assert_int_equal(MprAdminPortReset(h, PORT(1)), expected);
        assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), expected);
        assert_int_equal(MprAdminConnectionEnum(h, 0, &b, ALL, &read, &total, &resume), expected);
        assert_int_equal(MprAdminConnectionGetInfo(h, 0, CONNECTION(1), &b), expected);
        assert_int_equal(MprAdminConnectionClearStats(h, CONNECTION(1)), expected);
        assert_int_equal(MprAdminServerGetInfo(h, 0, &b), lan ? NO_ERROR : ERROR_ACCESS_DENIED);
        if (lan) {
            assert_int_equal(((const MPR_SERVER_0 *)(const void *)b)->fLanOnlyMode, TRUE);
            MprAdminBufferFree(b);
        }
        close_server();
    }
}

static void an_empty_list_is_a_buffer_that_can_be_freed(void **state)
{
    LPBYTE b = NULL;
    DWORD read = 7, total = 7, resume = 0;

    (void)state;
    open_server(&(struct fake_config){0});
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, &total, &resume), NO_ERROR);
    assert_non_null(b);
    assert_int_equal(read + total + resume, 0);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    assert_int_equal(MprAdminConnectionEnum(h, 2, &b, ALL, &read, &total, NULL), NO_ERROR);
    assert_non_null(b);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
}

static void a_hundred_thousand_ports_come_in_one_call(void **state)
{
    LPBYTE b;
    DWORD read, total, resume = 0;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 100000});
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, &total, &resume), NO_ERROR);
    assert_int_equal(read, 100000);
    assert_int_equal(total, 100000);
    assert_int_equal(resume, 0);
    const RAS_PORT_0 *ports = (const void *)b;
    for (DWORD i = 0; i < read; i++)
        check_port(&ports[i], i + 1);
    check_text(ports[99999].wszPortName, "port-100000");
    b[0] = 1; /* a buffer may be written to */
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
}

static void pages_give_every_port_once_and_count_down(void **state)
{
    DWORD read, total, resume = 0, seen = 0, code;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 1000});
    do {
        LPBYTE b;
        code = MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, 380 * 7 + 379, &read, &total, &resume);
        assert_true(code == NO_ERROR || code == ERROR_MORE_DATA);
        assert_int_equal(total, 1000 - seen);
        assert_int_equal(read, seen + 7 <= 1000 ? 7 : 1000 - seen);
        const RAS_PORT_0 *ports = (const void *)b;
        for (DWORD i = 0; i < read; i++)
            check_port(&ports[i], ++seen);
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    } while (code == ERROR_MORE_DATA);
    assert_int_equal(seen, 1000);
    assert_int_equal(resume, 0);
    close_server();
}

static void a_page_smaller_than_a_record_still_has_one(void **state)
{
    LPBYTE b;
    DWORD read, total, resume = 0;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 3});
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, 0, &read, &total, &resume), ERROR_MORE_DATA);
    assert_int_equal(read, 1);
    assert_int_equal(total, 3);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, 1, &read, &total, NULL), ERROR_MORE_DATA);
    assert_int_equal(read, 1);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
}

/* Another server may send nothing and say that there is more: whoever loops while there is more must come to an end. */
static void more_without_entries_is_the_end(void **state)
{
    static const uint8_t stub[] = {0,   0, 0, 0, 0, 0, 0, 0, /* no container */
                                   0,   0, 0, 0, 9, 0, 0, 0, /* read 0, total 9 */
                                   4,   0, 2, 0, 7, 0, 0, 0, /* resume 7 */
                                   234, 0, 0, 0};
    LPBYTE b;
    DWORD read = 1, total = 1, resume = 7;

    (void)state;
    open_server(&(struct fake_config){.raw_answer = stub, .raw_len = sizeof stub});
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, 1, &read, &total, &resume), NO_ERROR);
    assert_int_equal(read, 0);
    assert_int_equal(total, 9);
    assert_int_equal(resume, 0);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
}

static void ports_of_one_connection_are_found(void **state)
{
    LPBYTE b;
    DWORD read, total, resume = 0;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 9, .n_connections = 9});
    assert_int_equal(MprAdminPortEnum(h, 0, CONNECTION(3), &b, ALL, &read, &total, &resume), NO_ERROR);
    assert_int_equal(read, 1);
    check_port((const void *)b, 3);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    close_server();
}

static void list_codes_are_the_documented_ones(void **state)
{
    LPBYTE b;
    DWORD read, total, resume = 0;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 9});
    assert_int_equal(MprAdminPortEnum(h, 0, NULL, &b, ALL, &read, &total, &resume), ERROR_INVALID_HANDLE);
    assert_int_equal(MprAdminPortEnum(h, 0, CONNECTION(3), &b, ALL, &read, &total, &resume), ERROR_INVALID_HANDLE);
    assert_int_equal(MprAdminPortEnum(h, 1, NULL, &b, ALL, &read, &total, &resume), ERROR_NOT_SUPPORTED);
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, NULL, ALL, &read, &total, &resume),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, ALL, NULL, &total, &resume),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, NULL, &resume),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminConnectionEnum(h, 5, &b, ALL, &read, &total, &resume), ERROR_INVALID_LEVEL);
    assert_int_equal(MprAdminConnectionEnum(h, 0, NULL, ALL, &read, &total, &resume), ERROR_INVALID_PARAMETER);
    close_server();
}

static void connections_come_at_every_level(void **state)
{
    static const size_t sizes[] = {sizeof(RAS_CONNECTION_0), sizeof(RAS_CONNECTION_1), sizeof(RAS_CONNECTION_2),
                                   sizeof(RAS_CONNECTION_3), sizeof(RAS_CONNECTION_4)};
    static const size_t handle_at[] = {0, 0, 0, offsetof(RAS_CONNECTION_3, hConnection),
                                       offsetof(RAS_CONNECTION_4, hConnection)};

    (void)state;
    open_server(&(struct fake_config){.n_connections = 300});
    for (DWORD level = 0; level < 5; level++) {
        LPBYTE b, one;
        DWORD read, total, resume = 0;
        assert_int_equal(MprAdminConnectionEnum(h, level, &b, ALL, &read, &total, &resume), NO_ERROR);
        assert_int_equal(read, 300);
        for (DWORD i = 0; i < read; i++) {
            HANDLE handle;
            memcpy(&handle, b + i * sizes[level] + handle_at[level], sizeof handle);
            assert_ptr_equal(handle, CONNECTION(i + 1));
        }
        assert_int_equal(MprAdminConnectionGetInfo(h, level, CONNECTION(17), &one), NO_ERROR);
        assert_memory_equal(one, b + 16 * sizes[level], sizes[level]);
        assert_int_equal(MprAdminBufferFree(one), NO_ERROR);
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    }
    close_server();
}

static void connection_fields_are_where_they_belong(void **state)
{
    LPBYTE b;

    (void)state;
    open_server(&(struct fake_config){.n_connections = 9});
    assert_int_equal(MprAdminConnectionGetInfo(h, 0, CONNECTION(2), &b), NO_ERROR);
    const RAS_CONNECTION_0 *c0 = (const void *)b;
    assert_int_equal(c0->dwConnectDuration, 2);
    assert_int_equal(c0->dwConnectionFlags, RAS_FLAGS_PPP_CONNECTION);
    check_text(c0->wszUserName, "user2");
    check_text(c0->wszLogonDomain, "WORK");
    check_text(c0->wszRemoteComputer, "LAPTOP");
    MprAdminBufferFree(b);

    assert_int_equal(MprAdminConnectionGetInfo(h, 1, CONNECTION(2), &b), NO_ERROR);
    const RAS_CONNECTION_1 *c1 = (const void *)b;
    assert_int_equal(c1->dwBytesXmited, 5);
    assert_int_equal(c1->dwBytesRcved, 6);
    check_text(c1->PppInfo.ip.wszRemoteAddress, "10.0.0.2");
    MprAdminBufferFree(b);

    assert_int_equal(MprAdminConnectionGetInfo(h, 3, CONNECTION(2), &b), NO_ERROR);
    const RAS_CONNECTION_3 *c3 = (const void *)b;
    assert_int_equal(c3->dwSize, sizeof *c3);
    check_text(c3->wszUserName, "user2");
    check_text(c3->PppInfo3.ip.wszAddress, "10.0.0.1");
    MprAdminBufferFree(b);

    assert_int_equal(MprAdminConnectionGetInfo(h, 4, CONNECTION(2), &b), NO_ERROR);
    const RAS_CONNECTION_4 *c4 = (const void *)b;
    assert_int_equal(c4->ullBytesXmited, 5);
    assert_int_equal(c4->dwCompressionRatioOut, 100);
    assert_int_equal(c4->ProjectionInfo.projectionInfoType, MPRAPI_PPP_PROJECTION_INFO_TYPE);
    check_text(c4->ProjectionInfo.PppProjectionInfo.wszRemoteAddress, "10.0.0.2");
    check_text(c4->wszRemoteEndpointAddress, "198.51.100.7");
    assert_int_equal(c4->dwDeviceType, RDT_Tunnel_L2tp);
    MprAdminBufferFree(b);
    close_server();
}

static void connection_codes_are_the_documented_ones(void **state)
{
    LPBYTE b = (LPBYTE)1;

    (void)state;
    open_server(&(struct fake_config){.n_connections = 5});
    assert_int_equal(MprAdminConnectionGetInfo(h, 0, CONNECTION(9), &b), ERROR_INTERFACE_NOT_CONNECTED);
    assert_null(b);
    assert_int_equal(MprAdminConnectionGetInfo(h, 0, NULL, &b), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminConnectionGetInfo(h, 0, INVALID_HANDLE_VALUE, &b), ERROR_INTERFACE_NOT_CONNECTED);
    assert_int_equal(MprAdminConnectionGetInfo(h, 5, CONNECTION(1), &b), ERROR_INVALID_LEVEL);
    assert_int_equal(MprAdminConnectionGetInfo(h, 0, CONNECTION(1), NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminConnectionClearStats(h, CONNECTION(1)), NO_ERROR);
    assert_int_equal(MprAdminConnectionClearStats(h, CONNECTION(9)), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminConnectionClearStats(h, NULL), ERROR_INVALID_PARAMETER);
    close_server();
}

static void a_buffer_outlives_its_server(void **state)
{
    LPBYTE b;
    DWORD read, total, resume = 0;

    (void)state;
    open_server(&(struct fake_config){.n_ports = 10});
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, &total, &resume), NO_ERROR);
    close_server();
    check_port((const void *)(b + 9 * sizeof(RAS_PORT_0)), 10);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
}

static void running_is_told_from_not_running(void **state)
{
    (void)state;
    open_server(&(struct fake_config){0});
    assert_true(MprAdminIsServiceRunning(fake_name(server)));
    MprAdminServerDisconnect(h);
    WCHAR name[128];
    memcpy(name, fake_name(server), sizeof name);
    fake_stop(server);
    assert_false(MprAdminIsServiceRunning(name));

    open_server(&(struct fake_config){.deny = true});
    assert_false(MprAdminIsServiceRunning(fake_name(server)));
    close_server();
}

static void the_environment_names_the_local_server(void **state)
{
    WCHAR empty[] = u"";

    (void)state;
    server = fake_start(&(struct fake_config){.n_ports = 1});
    assert_int_equal(setenv("OPENRRAS_SOCKET", fake_path(server), 1), 0);
    assert_int_equal(MprAdminServerConnect(NULL, &h), NO_ERROR);
    MprAdminServerDisconnect(h);
    assert_int_equal(MprAdminServerConnect(empty, &h), NO_ERROR);
    MprAdminServerDisconnect(h);
    assert_true(MprAdminIsServiceRunning(NULL));
    unsetenv("OPENRRAS_SOCKET");
    fake_stop(server);
}

static int connect_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    assert_true(fd >= 0 && strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void a_given_descriptor_carries_calls(void **state)
{
    LPBYTE b;
    int pipes[2];

    (void)state;
    server = fake_start(&(struct fake_config){.n_ports = 10});
    int fd = connect_socket(fake_path(server));
    assert_int_equal(OpenRrasServerConnectFd(fd, &h), NO_ERROR);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(1), &b), NO_ERROR);
        MprAdminBufferFree(b);
    }
    assert_int_equal(fake_connections(server), 1);
    MprAdminServerDisconnect(h);
    assert_int_equal(close(fd), -1); /* it was the handle's */

    assert_int_equal(OpenRrasServerConnectFd(-1, &h), ERROR_INVALID_PARAMETER);
    assert_null(h);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(OpenRrasServerConnectFd(pipes[0], &h), ERROR_INVALID_PARAMETER);
    close(pipes[0]);
    close(pipes[1]);
    fake_stop(server);
}

static void limits_can_be_set_and_read(void **state)
{
    DWORD connect_ms, call_ms;

    (void)state;
    open_server(&(struct fake_config){0});
    assert_int_equal(OpenRrasServerGetTimeLimits(h, &connect_ms, &call_ms), NO_ERROR);
    assert_int_equal(connect_ms, OPENRRAS_CONNECT_LIMIT_MS);
    assert_int_equal(call_ms, OPENRRAS_CALL_LIMIT_MS);
    assert_int_equal(OpenRrasServerSetTimeLimits(h, 0, 123), NO_ERROR);
    assert_int_equal(OpenRrasServerGetTimeLimits(h, &connect_ms, &call_ms), NO_ERROR);
    assert_int_equal(connect_ms, OPENRRAS_CONNECT_LIMIT_MS);
    assert_int_equal(call_ms, 123);
    assert_int_equal(OpenRrasServerSetTimeLimits(h, OPENRRAS_LIMIT_MAX_MS, OPENRRAS_LIMIT_MAX_MS + 1),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(OpenRrasServerGetTimeLimits(h, NULL, &call_ms), NO_ERROR);
    assert_int_equal(call_ms, 123);
    assert_int_equal(OpenRrasServerSetTimeLimits(NULL, 1, 1), RPC_S_INVALID_BINDING);
    assert_int_equal(OpenRrasServerGetTimeLimits(NULL, &connect_ms, &call_ms), RPC_S_INVALID_BINDING);

    assert_int_equal(OpenRrasSetDefaultTimeLimits(77, 88), NO_ERROR);
    MPR_SERVER_HANDLE second = fake_connect(server);
    assert_int_equal(OpenRrasServerGetTimeLimits(second, &connect_ms, &call_ms), NO_ERROR);
    assert_int_equal(connect_ms, 77);
    assert_int_equal(call_ms, 88);
    MprAdminServerDisconnect(second);
    assert_int_equal(OpenRrasSetDefaultTimeLimits(OPENRRAS_LIMIT_MAX_MS + 1, 1), ERROR_INVALID_PARAMETER);
    assert_int_equal(OpenRrasSetDefaultTimeLimits(0, 0), NO_ERROR);
    close_server();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_info_comes_at_all_three_levels),
        cmocka_unit_test(one_port_comes_at_both_levels),
        cmocka_unit_test(port_codes_are_the_documented_ones),
        cmocka_unit_test(disconnect_passes_on_what_the_server_says),
        cmocka_unit_test(disconnect_of_what_is_no_port_is_not_sent),
        cmocka_unit_test(rights_and_lan_mode_are_passed_on_everywhere),
        cmocka_unit_test(an_empty_list_is_a_buffer_that_can_be_freed),
        cmocka_unit_test(a_hundred_thousand_ports_come_in_one_call),
        cmocka_unit_test(pages_give_every_port_once_and_count_down),
        cmocka_unit_test(a_page_smaller_than_a_record_still_has_one),
        cmocka_unit_test(more_without_entries_is_the_end),
        cmocka_unit_test(ports_of_one_connection_are_found),
        cmocka_unit_test(list_codes_are_the_documented_ones),
        cmocka_unit_test(connections_come_at_every_level),
        cmocka_unit_test(connection_fields_are_where_they_belong),
        cmocka_unit_test(connection_codes_are_the_documented_ones),
        cmocka_unit_test(a_buffer_outlives_its_server),
        cmocka_unit_test(running_is_told_from_not_running),
        cmocka_unit_test(the_environment_names_the_local_server),
        cmocka_unit_test(a_given_descriptor_carries_calls),
        cmocka_unit_test(limits_can_be_set_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
