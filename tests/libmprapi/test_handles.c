/* SPDX-License-Identifier: Apache-2.0 */
/* What is not a handle or a buffer gets the documented code: never a crash, never another object. For AddressSanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openrras.h>

#include "fake_server.h"

#define ALL           ((DWORD)-1)
#define PORT(n)       ((HANDLE)(uintptr_t)fake_port_handle(n))
#define CONNECTION(n) ((HANDLE)(uintptr_t)fake_connection_handle(n))
#define GUESSES       20000

static struct fake_server *server;

static int setup(void **state)
{
    (void)state;
    server = fake_start(&(struct fake_config){.n_ports = 10, .n_connections = 10});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_stop(server);
    return 0;
}

/* A server's handle that is none: each function has its documented code, and outputs are nothing. */
static void refuse_server(MPR_SERVER_HANDLE h)
{
    LPBYTE b = (LPBYTE)1;
    DWORD read = 1, total = 1, resume = 9;

    assert_int_equal(MprAdminServerGetInfo(h, 0, &b), RPC_S_INVALID_BINDING);
    assert_null(b);
    b = (LPBYTE)1;
    assert_int_equal(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, &total, &resume),
                     RPC_S_INVALID_BINDING);
    assert_null(b);
    assert_int_equal(read + total, 0);
    assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(1), &b), RPC_S_INVALID_BINDING);
    assert_int_equal(MprAdminPortClearStats(h, PORT(1)), RPC_S_INVALID_BINDING);
    assert_int_equal(MprAdminPortReset(h, PORT(1)), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminConnectionEnum(h, 0, &b, ALL, &read, &total, &resume), RPC_S_INVALID_BINDING);
    assert_int_equal(MprAdminConnectionGetInfo(h, 0, CONNECTION(1), &b), RPC_S_INVALID_BINDING);
    assert_int_equal(MprAdminConnectionClearStats(h, CONNECTION(1)), RPC_S_INVALID_BINDING);
    assert_int_equal(OpenRrasServerSetTimeLimits(h, 1, 1), RPC_S_INVALID_BINDING);
    MprAdminServerDisconnect(h);
}

static void null_and_minus_one_are_no_servers(void **state)
{
    (void)state;
    refuse_server(NULL);
    refuse_server(INVALID_HANDLE_VALUE);
}

static void a_closed_handle_is_refused_also_when_its_place_is_used_again(void **state)
{
    MPR_SERVER_HANDLE closed[100];

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        closed[i] = fake_connect(server);
        MprAdminServerDisconnect(closed[i]);
        MprAdminServerDisconnect(closed[i]);
    }
    MPR_SERVER_HANDLE live = fake_connect(server);
    for (size_t i = 0; i < 100; i++) {
        assert_ptr_not_equal(closed[i], live);
        refuse_server(closed[i]);
    }
    LPBYTE b;
    assert_int_equal(MprAdminServerGetInfo(live, 0, &b), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    MprAdminServerDisconnect(live);
}

static void the_address_of_a_handle_is_no_handle(void **state)
{
    MPR_SERVER_HANDLE h = fake_connect(server);
    LPBYTE b;

    (void)state;
    refuse_server(&h);
    assert_int_equal(MprAdminServerGetInfo(h, 0, &b), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    MprAdminServerDisconnect(h);
}

static void handles_of_ports_and_buffers_are_no_servers(void **state)
{
    MPR_SERVER_HANDLE h = fake_connect(server);
    LPBYTE b;

    (void)state;
    assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(1), &b), NO_ERROR);
    refuse_server(PORT(1));
    refuse_server(CONNECTION(1));
    refuse_server(b);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    MprAdminServerDisconnect(h);
}

/* Random bits, all bits one off, and every small number, while real handles are open. */
static void guessed_servers_are_refused(void **state)
{
    MPR_SERVER_HANDLE open[40];
    LPBYTE b;

    (void)state;
    for (size_t i = 0; i < 40; i++)
        open[i] = fake_connect(server);
    srandom(1);
    for (size_t i = 0; i < GUESSES; i++) {
        uint64_t bits = (uint64_t)random() << 62 ^ (uint64_t)random() << 31 ^ (uint64_t)random();
        refuse_server((MPR_SERVER_HANDLE)(uintptr_t)bits);
        refuse_server((MPR_SERVER_HANDLE)(uintptr_t)i);
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        MPR_SERVER_HANDLE near = (MPR_SERVER_HANDLE)((uintptr_t)open[7] ^ (uintptr_t)1 << bit);
        bool is_other = false;
        for (size_t i = 0; i < 40; i++)
            is_other = is_other || near == open[i];
        if (!is_other)
            refuse_server(near);
    }
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(MprAdminServerGetInfo(open[i], 0, &b), NO_ERROR);
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
        MprAdminServerDisconnect(open[i]);
    }
}

static void guessed_ports_are_refused(void **state)
{
    MPR_SERVER_HANDLE h = fake_connect(server);

    (void)state;
    srandom(2);
    for (size_t i = 0; i < GUESSES / 10; i++) {
        uint64_t bits = (uint64_t)random() << 62 ^ (uint64_t)random() << 31 ^ (uint64_t)random();
        HANDLE port = (HANDLE)(uintptr_t)(i % 2 ? bits : bits & 0xffffffff);
        LPBYTE b = (LPBYTE)1;
        assert_int_equal(MprAdminPortDisconnect(h, port), ERROR_INVALID_PARAMETER);
        assert_int_equal(MprAdminPortGetInfo(h, 0, port, &b), ERROR_INVALID_PORT_HANDLE);
        assert_null(b);
        assert_int_equal(MprAdminConnectionGetInfo(h, 0, port, &b), ERROR_INTERFACE_NOT_CONNECTED);
    }
    assert_int_equal(MprAdminPortDisconnect(h, h), ERROR_INVALID_PARAMETER);
    MprAdminServerDisconnect(h);
}

/* A 32-bit language widens a handle with its sign. The server's handles are below 2^31, but not those of every server.
 */
static void a_handle_widened_with_its_sign_means_the_same(void **state)
{
    MPR_SERVER_HANDLE h = fake_connect(server);
    LPBYTE b;

    (void)state;
    HANDLE widened = (HANDLE)(~(uintptr_t)UINT32_MAX | fake_port_handle(1));
    assert_int_equal(MprAdminPortGetInfo(h, 0, widened, &b), NO_ERROR);
    assert_ptr_equal(((const RAS_PORT_0 *)(const void *)b)->hPort, PORT(1));
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    MprAdminServerDisconnect(h);
}

static void what_is_no_buffer_is_not_freed(void **state)
{
    MPR_SERVER_HANDLE h = fake_connect(server);
    char local[64] = "";
    char *foreign = malloc(64);
    LPBYTE b;
    LPWSTR text;

    (void)state;
    assert_int_equal(MprAdminBufferFree(NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminBufferFree(local), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminBufferFree(foreign), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminBufferFree(h), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminBufferFree(INVALID_HANDLE_VALUE), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminPortGetInfo(h, 0, PORT(1), &b), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(b + 8), ERROR_INVALID_PARAMETER);
    assert_ptr_equal(LocalFree(b), b);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(b), ERROR_INVALID_PARAMETER);

    assert_int_equal(MprAdminGetErrorString(5, &text), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(text), ERROR_INVALID_PARAMETER);
    assert_null(LocalFree(text));
    assert_ptr_equal(LocalFree(text), text);
    assert_null(LocalFree(NULL));
    assert_ptr_equal(LocalFree(local), local);
    for (size_t i = 0; i < GUESSES; i++)
        assert_int_equal(MprAdminBufferFree((LPVOID)(uintptr_t)((uint64_t)random() << 17)), ERROR_INVALID_PARAMETER);
    free(foreign);
    MprAdminServerDisconnect(h);
}

static void thousands_of_buffers_live_side_by_side(void **state)
{
    enum { N = 5000 };
    LPWSTR *texts = calloc(N, sizeof *texts);

    (void)state;
    assert_non_null(texts);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(MprAdminGetErrorString(5, &texts[i]), NO_ERROR);
    for (size_t i = 0; i < N; i += 2)
        assert_null(LocalFree(texts[i]));
    for (size_t i = 0; i < N; i++) {
        if (i % 2)
            assert_null(LocalFree(texts[i]));
        else
            assert_ptr_equal(LocalFree(texts[i]), texts[i]);
    }
    free(texts);
}

static void many_servers_can_be_open(void **state)
{
    enum { N = 60 }; /* the fake server takes 64 */
    MPR_SERVER_HANDLE open[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        open[i] = fake_connect(server);
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(open[i], open[k]);
    }
    for (size_t i = 0; i < N; i++)
        MprAdminServerDisconnect(open[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(null_and_minus_one_are_no_servers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_handle_is_refused_also_when_its_place_is_used_again, setup, teardown),
        cmocka_unit_test_setup_teardown(the_address_of_a_handle_is_no_handle, setup, teardown),
        cmocka_unit_test_setup_teardown(handles_of_ports_and_buffers_are_no_servers, setup, teardown),
        cmocka_unit_test_setup_teardown(guessed_servers_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(guessed_ports_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_handle_widened_with_its_sign_means_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_buffer_is_not_freed, setup, teardown),
        cmocka_unit_test(thousands_of_buffers_live_side_by_side),
        cmocka_unit_test_setup_teardown(many_servers_can_be_open, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
