/* SPDX-License-Identifier: Apache-2.0 */
/* libmprapi-nt4 as programs for the NT 4 redistributable use it: loaded at run time, functions found by name. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <mprapi_nt4.h>

#include "fake_server.h"

#define PORT(n)       ((HANDLE)(uintptr_t)fake_port_handle(n))
#define CONNECTION(n) ((HANDLE)(uintptr_t)fake_connection_handle(n))

static void *library;

/* The address of a function by its name, as the type of a function that is declared. */
#define FIND(name)                                                                                                     \
    __extension__({                                                                                                    \
        void *address = dlsym(library, #name);                                                                         \
        assert_non_null(address);                                                                                      \
        __typeof__(&name) function;                                                                                    \
        memcpy(&function, &address, sizeof function);                                                                  \
        function;                                                                                                      \
    })

static int load(void **state)
{
    (void)state;
    library = dlopen(NT4_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    return library ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    return dlclose(library);
}

static void a_port_is_listed_and_disconnected_by_looked_up_functions(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 5, .n_connections = 5});
    MPR_SERVER_HANDLE h;
    LPBYTE b;
    DWORD read, total, resume = 0;

    (void)state;
    assert_int_equal(FIND(MprAdminServerConnect)(fake_name(f), &h), NO_ERROR);
    assert_int_equal(FIND(RasAdminPortEnum)(h, 0, INVALID_HANDLE_VALUE, &b, (DWORD)-1, &read, &total, &resume),
                     NO_ERROR);
    assert_int_equal(read, 5);
    assert_int_equal(FIND(RasAdminPortDisconnect)(h, ((const RAS_PORT_0 *)(const void *)b)->hPort), NO_ERROR);
    assert_int_equal(fake_orders(f), 1);
    assert_int_equal(FIND(RasAdminPortDisconnect)(h, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(FIND(MprAdminBufferFree)(b), NO_ERROR);
    FIND(MprAdminServerDisconnect)(h);
    fake_stop(f);
}

static void all_ten_names_do_what_their_mpr_functions_do(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 5, .n_connections = 5});
    MPR_SERVER_HANDLE h;
    LPBYTE b;
    DWORD read, total;
    RAS_USER_0 user = {.bfPrivilege = RASPRIV_NoCallback};

    (void)state;
    assert_int_equal(FIND(MprAdminServerConnect)(fake_name(f), &h), NO_ERROR);
    assert_int_equal(FIND(RasAdminPortGetInfo)(h, 1, PORT(2), &b), NO_ERROR);
    assert_int_equal(((const RAS_PORT_1 *)(const void *)b)->dwLineSpeed, 1000000);
    assert_int_equal(FIND(MprAdminBufferFree)(b), NO_ERROR);
    assert_int_equal(FIND(RasAdminPortClearStats)(h, PORT(9)), RPC_S_INVALID_BINDING);
    assert_int_equal(FIND(RasAdminPortReset)(h, PORT(9)), NO_ERROR);
    assert_int_equal(FIND(RasAdminConnectionEnum)(h, 0, &b, (DWORD)-1, &read, &total, NULL), NO_ERROR);
    assert_int_equal(read, 5);
    assert_int_equal(FIND(MprAdminBufferFree)(b), NO_ERROR);
    assert_int_equal(FIND(RasAdminConnectionGetInfo)(h, 0, CONNECTION(9), &b), ERROR_INTERFACE_NOT_CONNECTED);
    assert_int_equal(FIND(RasAdminConnectionClearStats)(h, CONNECTION(1)), NO_ERROR);
    assert_int_equal(FIND(RasAdminUserGetInfo)(fake_name(f), u"alice", 0, (LPBYTE)&user), ERROR_NOT_SUPPORTED);
    assert_int_equal(FIND(RasAdminUserSetInfo)(fake_name(f), u"alice", 7, (LPBYTE)&user), ERROR_INVALID_LEVEL);
    FIND(MprAdminServerDisconnect)(h);
    fake_stop(f);
}

static void handles_and_buffers_are_shared_with_libmprapi(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 5});
    MPR_SERVER_HANDLE h = fake_connect(f); /* through the library that this test is linked with */
    LPBYTE b;

    (void)state;
    assert_int_equal(FIND(RasAdminPortGetInfo)(h, 0, PORT(1), &b), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    MprAdminServerDisconnect(h);
    assert_int_equal(FIND(RasAdminPortGetInfo)(h, 0, PORT(1), &b), RPC_S_INVALID_BINDING);
    fake_stop(f);
}

static void the_plain_library_has_none_of_the_ten_names(void **state)
{
    (void)state;
    void *plain = dlopen(PLAIN_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(plain);
    assert_null(dlsym(plain, "RasAdminPortDisconnect"));
    assert_non_null(dlsym(plain, "MprAdminPortDisconnect"));
    dlclose(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_port_is_listed_and_disconnected_by_looked_up_functions, load, unload),
        cmocka_unit_test_setup_teardown(all_ten_names_do_what_their_mpr_functions_do, load, unload),
        cmocka_unit_test_setup_teardown(handles_and_buffers_are_shared_with_libmprapi, load, unload),
        cmocka_unit_test(the_plain_library_has_none_of_the_ten_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
