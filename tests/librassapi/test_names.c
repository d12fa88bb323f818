/* SPDX-License-Identifier: Apache-2.0 */
/* Ports by name, and orders for them: nobody is hit who is not meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rassapi.h>

#include "world.h"

/* The handle of the session that an order for the port of this name ended; 0: none, and *code says why. */
static uint32_t end(struct world *w, const WCHAR *name, DWORD *code)
{
    world_open(w);
    *code = RasAdminPortDisconnect(w->name, name);
    world_close(w);
    return atomic_load(&w->ended);
}

#define ASSERT_ENDS(w, name, handle)                                                                                   \
    do {                                                                                                               \
        DWORD code;                                                                                                    \
        assert_int_equal(end(w, name, &code), handle);                                                                 \
        assert_int_equal(code, ERROR_SUCCESS);                                                                         \
        assert_int_equal(atomic_load(&(w)->orders), 1);                                                                \
    } while (0)

/* Nothing ends; so many orders reach the server. */
#define ASSERT_REFUSED(w, name, right, n)                                                                              \
    do {                                                                                                               \
        DWORD code;                                                                                                    \
        assert_int_equal(end(w, name, &code), 0);                                                                      \
        assert_int_equal(code, right);                                                                                 \
        assert_int_equal(atomic_load(&(w)->orders), n);                                                                \
    } while (0)

static void the_session_on_the_port_of_that_name_ends(void **state)
{
    struct world w = world_sample();

    (void)state;
    ASSERT_ENDS(&w, u"vpn-1", w.ports[0].handle);
}

static void case_does_not_matter(void **state)
{
    struct world w = world_sample();

    (void)state;
    ASSERT_ENDS(&w, u"VPN-1", w.ports[0].handle);
}

static void a_name_may_be_two_words(void **state)
{
    struct world w = world_sample();

    (void)state;
    ASSERT_ENDS(&w, u"line TWO", w.ports[2].handle);
}

static void names_that_are_no_ports(void **state)
{
    static const WCHAR *const names[] = {u"", u"vpn", u"vpn-", u"vpn-11", u" vpn-1", u"vpn-1 ", u"Line", u"alice"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct world w = world_sample();
        ASSERT_REFUSED(&w, names[i], ERROR_INVALID_PORT, 0);
    }
}

static void a_name_that_several_ports_have_means_nobody(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.ports[3].name = "vpn-1"; /* of another daemon */
    ASSERT_REFUSED(&w, u"vpn-1", ERROR_DUP_NAME, 0);
    ASSERT_REFUSED(&w, u"VPN-1", ERROR_DUP_NAME, 0);
}

static void letter_by_letter_comes_first(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.ports[3].name = "VPN-1";
    ASSERT_ENDS(&w, u"vpn-1", w.ports[0].handle);
    w.orders = w.ended = 0;
    ASSERT_ENDS(&w, u"VPN-1", w.ports[3].handle);
    w.orders = w.ended = 0;
    ASSERT_REFUSED(&w, u"Vpn-1", ERROR_DUP_NAME, 0);
}

static void a_name_that_was_cut_in_the_list_is_good_enough(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.ports[0].name = "abcdefghij-10000";
    ASSERT_ENDS(&w, u"abcdefghij-1000", w.ports[0].handle);
    w.orders = w.ended = 0;
    ASSERT_ENDS(&w, u"abcdefghij-10000", w.ports[0].handle);
    w.orders = w.ended = 0;
    ASSERT_REFUSED(&w, u"abcdefghij-100", ERROR_INVALID_PORT, 0);
}

/* In the list both look alike: who has the name from there can't mean one of them. */
static void a_cut_name_is_as_good_as_an_equal_whole_one(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.ports[0].name = "abcdefghij-10000";
    w.ports[3].name = "abcdefghij-1000";
    ASSERT_REFUSED(&w, u"abcdefghij-1000", ERROR_DUP_NAME, 0);
    ASSERT_ENDS(&w, u"abcdefghij-10000", w.ports[0].handle);
}

/* ---- who is there, and who no longer is ---- */

static void an_idle_port_has_no_user(void **state)
{
    struct world w = world_sample();

    (void)state;
    ASSERT_REFUSED(&w, u"vpn-2", NERR_UserNotFound, 1);
}

static void somebody_else_takes_the_port(struct world *w)
{
    w->after_list = NULL;
    w->ports[0].handle += 0x00100000;
    w->ports[0].connection = 99;
}

static void who_takes_the_port_meanwhile_stays(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.after_list = somebody_else_takes_the_port;
    ASSERT_REFUSED(&w, u"vpn-1", NERR_UserNotFound, 1);
}

static void somebody_takes_the_idle_port(struct world *w)
{
    w->after_list = NULL;
    w->ports[1].handle += 0x00100000;
    w->ports[1].connection = 99;
}

static void who_takes_an_idle_port_meanwhile_stays(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.after_list = somebody_takes_the_idle_port;
    ASSERT_REFUSED(&w, u"vpn-2", NERR_UserNotFound, 1);
}

static void the_daemon_goes(struct world *w)
{
    w->n_ports = 0;
}

static void a_port_that_goes_takes_its_user_with_it(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.after_list = the_daemon_goes;
    ASSERT_REFUSED(&w, u"vpn-1", NERR_UserNotFound, 1);
}

static void what_the_server_says_comes_through(void **state)
{
    static const DWORD codes[] = {ERROR_NOT_READY, ERROR_GEN_FAILURE, ERROR_TIMEOUT};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct world w = world_sample();
        w.order_code = codes[i];
        ASSERT_REFUSED(&w, u"vpn-1", codes[i], 1);
    }
}

/* A handle that can't be one does not even reach the server. */
static void ports_without_a_handle(void **state)
{
    static const uint32_t handles[] = {0, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        struct world w = world_sample();
        w.ports[0].handle = handles[i];
        ASSERT_REFUSED(&w, u"vpn-1", NERR_UserNotFound, 0);
    }
}

/* ---- other functions that take a name ---- */

static void counters_are_cleared_by_name(void **state)
{
    struct world w = world_sample();

    (void)state;
    world_open(&w);
    assert_int_equal(RasAdminPortClearStatistics(w.name, u"line two"), ERROR_SUCCESS);
    assert_int_equal(atomic_load(&w.cleared), 1);
    assert_int_equal(RasAdminPortClearStatistics(w.name, u"line three"), ERROR_DEV_NOT_EXIST);
    assert_int_equal(atomic_load(&w.cleared), 1);
    world_close(&w);
}

static DWORD get_info(const struct world *w, const WCHAR *name)
{
    RAS_PORT_STATISTICS statistics;
    RAS_PORT_1 port;
    RAS_PARAMETERS *none;

    DWORD code = RasAdminPortGetInfo(w->name, name, &port, &statistics, &none);
    RasAdminFreeBuffer(none);
    return code;
}

static void other_functions_find_ports_alike(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.ports[3].name = "vpn-2";
    world_open(&w);
    assert_int_equal(get_info(&w, u"LINE TWO"), ERROR_SUCCESS);
    assert_int_equal(get_info(&w, u"vpn-3"), ERROR_DEV_NOT_EXIST);
    assert_int_equal(get_info(&w, u"vpn-2"), ERROR_DUP_NAME);
    assert_int_equal(RasAdminPortClearStatistics(w.name, u"vpn-2"), ERROR_DUP_NAME);
    world_close(&w);
}

static void other_functions_notice_that_a_port_has_gone(void **state)
{
    struct world w = world_sample();

    (void)state;
    w.after_list = the_daemon_goes;
    world_open(&w);
    assert_int_equal(RasAdminPortClearStatistics(w.name, u"vpn-1"), ERROR_DEV_NOT_EXIST);
    w.n_ports = 4;
    assert_int_equal(get_info(&w, u"vpn-1"), ERROR_DEV_NOT_EXIST);
    world_close(&w);
}

static void each_call_has_a_connection_of_its_own(void **state)
{
    struct world w = world_sample();

    (void)state;
    world_open(&w);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(RasAdminPortClearStatistics(w.name, u"vpn-1"), ERROR_SUCCESS);
        assert_int_equal(world_connections(&w), i);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_session_on_the_port_of_that_name_ends),
        cmocka_unit_test(case_does_not_matter),
        cmocka_unit_test(a_name_may_be_two_words),
        cmocka_unit_test(names_that_are_no_ports),
        cmocka_unit_test(a_name_that_several_ports_have_means_nobody),
        cmocka_unit_test(letter_by_letter_comes_first),
        cmocka_unit_test(a_name_that_was_cut_in_the_list_is_good_enough),
        cmocka_unit_test(a_cut_name_is_as_good_as_an_equal_whole_one),
        cmocka_unit_test(an_idle_port_has_no_user),
        cmocka_unit_test(who_takes_the_port_meanwhile_stays),
        cmocka_unit_test(who_takes_an_idle_port_meanwhile_stays),
        cmocka_unit_test(a_port_that_goes_takes_its_user_with_it),
        cmocka_unit_test(what_the_server_says_comes_through),
        cmocka_unit_test(ports_without_a_handle),
        cmocka_unit_test(counters_are_cleared_by_name),
        cmocka_unit_test(other_functions_find_ports_alike),
        cmocka_unit_test(other_functions_notice_that_a_port_has_gone),
        cmocka_unit_test(each_call_has_a_connection_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
