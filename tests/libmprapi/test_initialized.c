/* SPDX-License-Identifier: Apache-2.0 */
/* Is the service ready? It runs before it is. */
#include "rrasx_calls.h"

static DWORD ask(struct fake_server *f, BOOL *ready)
{
    *ready = 7;
    return MprAdminIsServiceInitialized(fake_name(f), ready);
}

static void a_driver_that_has_not_told_its_sessions_is_waited_for(void **state)
{
    OPENRRAS_DRIVER some[] = {
        {.dwState = OPENRRAS_DRIVER_UP}, {.dwState = OPENRRAS_DRIVER_AWAY}, {.dwState = OPENRRAS_DRIVER_STARTING}};
    struct rrasx_drivers drivers = {.list = {3, some}};
    struct echo e;
    BOOL ready;

    (void)state;
    echo_init(&e);
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend});
    e.reply = &drivers;
    assert_int_equal(ask(f, &ready), NO_ERROR);
    assert_int_equal(ready, FALSE);
    drivers.list.dwCount = 2;
    assert_int_equal(ask(f, &ready), NO_ERROR);
    assert_int_equal(ready, TRUE);
    drivers.list.dwCount = 0;
    assert_int_equal(ask(f, &ready), NO_ERROR);
    assert_int_equal(ready, TRUE);
    e.code = ERROR_GEN_FAILURE;
    assert_int_equal(ask(f, &ready), ERROR_GEN_FAILURE);
    assert_int_equal(ready, FALSE);
    fake_stop(f);
    echo_clear(&e);
}

static void a_server_without_drivers_is_ready_when_it_answers(void **state)
{
    static const struct {
        struct fake_config config;
        DWORD code;
        BOOL ready;
    } cases[] = {
        {{.n_ports = 3}, NO_ERROR, TRUE},
        {{.lan_only = true}, NO_ERROR, TRUE},
        {{.list_code = ERROR_DDM_NOT_RUNNING}, NO_ERROR, FALSE},
        {{.deny = true}, ERROR_ACCESS_DENIED, FALSE},
        {{.other_interface = true}, ERROR_SERVICE_NOT_ACTIVE, FALSE},
        {{.script = {CLOSES_AT_ONCE}, .n_script = 1}, ERROR_SERVICE_NOT_ACTIVE, FALSE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fake_server *f = fake_start(&cases[i].config);
        BOOL ready;
        assert_int_equal(ask(f, &ready), cases[i].code);
        assert_int_equal(ready, cases[i].ready);
        fake_stop(f);
    }
}

static void nobody_there_is_not_active(void **state)
{
    WCHAR nowhere[] = u"ncalrpc:[/nonexistent/socket]", nonsense[] = u"ncalrpc:[relative]";
    BOOL ready = 7;

    (void)state;
    assert_int_equal(MprAdminIsServiceInitialized(nowhere, &ready), ERROR_SERVICE_NOT_ACTIVE);
    assert_int_equal(ready, FALSE);
    assert_int_equal(MprAdminIsServiceInitialized(nonsense, &ready), RPC_S_INVALID_BINDING);
    assert_int_equal(MprAdminIsServiceInitialized(nowhere, NULL), ERROR_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driver_that_has_not_told_its_sessions_is_waited_for),
        cmocka_unit_test(a_server_without_drivers_is_ready_when_it_answers),
        cmocka_unit_test(nobody_there_is_not_active),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
