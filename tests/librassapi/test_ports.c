/* SPDX-License-Identifier: Apache-2.0 */
/* What the functions tell of servers and ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <rassapi.h>

#include "world.h"

static void assert_text(const WCHAR *text, const WCHAR *right)
{
    size_t n = 0;

    while (text[n] && text[n] == right[n])
        n++;
    if (text[n] != right[n])
        fail_msg("texts differ at character %zu", n);
}

static bool is_zero(const void *p, size_t n)
{
    const unsigned char *byte = p;

    while (n > 0 && !byte[n - 1])
        n--;
    return n == 0;
}

#define IS_ZERO(record) is_zero(&(record), sizeof(record))

static void a_server_tells_how_many_ports_it_has(void **state)
{
    struct world w = world_sample();
    RAS_SERVER_0 s;

    (void)state;
    w.more_ports = 70000;
    world_open(&w);
    assert_int_equal(RasAdminServerGetInfo(w.name, &s), ERROR_SUCCESS);
    assert_int_equal(s.TotalPorts, 65535);
    assert_int_equal(s.PortsInUse, 2);
    assert_int_equal(s.RasVersion, RASADMIN_CURRENT);
    world_close(&w);
}

static void assert_start(const RAS_PORT_0 *p, time_t before, DWORD seconds)
{
    assert_true(p->dwStartSessionTime >= (DWORD)before - seconds);
    assert_true(p->dwStartSessionTime <= (DWORD)time(NULL) - seconds);
}

static void ports_come_with_who_is_on_them(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p;
    WORD n;
    time_t before = time(NULL);

    (void)state;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), ERROR_SUCCESS);
    assert_int_equal(n, 4);
    assert_text(p[0].wszPortName, u"vpn-1");
    assert_text(p[0].wszDeviceType, u"Vpn");
    assert_text(p[0].wszDeviceName, u"Device of the test");
    assert_text(p[0].wszMediaName, u"vpn");
    assert_text(p[0].wszUserName, u"alice");
    assert_text(p[0].wszComputer, u"LAPTOP");
    assert_text(p[0].wszLogonDomain, u"HOME");
    assert_int_equal(p[0].Flags, USER_AUTHENTICATED);
    assert_true(p[0].fAdvancedServer);
    assert_start(&p[0], before, 75);
    assert_text(p[1].wszPortName, u"vpn-2");
    assert_text(p[1].wszUserName, u"");
    assert_int_equal(p[1].Flags, 0);
    assert_int_equal(p[1].dwStartSessionTime, 0);
    for (size_t i = 2; i < 4; i++) {
        assert_text(p[i].wszUserName, u"bob");
        assert_int_equal(p[i].Flags, USER_AUTHENTICATED | MESSENGER_PRESENT | PPP_CLIENT | PORT_MULTILINKED);
    }
    assert_int_equal(RasAdminFreeBuffer(p), ERROR_SUCCESS);
    world_close(&w);
}

static void who_logs_on_is_not_yet_authenticated(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p;
    WORD n;

    (void)state;
    w.ports[0].condition = 4;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), ERROR_SUCCESS);
    assert_text(p[0].wszUserName, u"alice");
    assert_int_equal(p[0].Flags, 0);
    RasAdminFreeBuffer(p);
    world_close(&w);
}

/* 16 characters have no room beside a NUL; a pair of surrogates is not torn. */
static void names_are_cut_on_a_whole_character(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p;
    WORD n;

    (void)state;
    w.ports[0].name = "abcdefghij-10000";
    w.ports[1].name = "abcdefghijklmn\xf0\x9f\x98\x80";
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), ERROR_SUCCESS);
    assert_text(p[0].wszPortName, u"abcdefghij-1000");
    assert_text(p[1].wszPortName, u"abcdefghijklmn");
    RasAdminFreeBuffer(p);
    world_close(&w);
}

static void alice_leaves(struct world *w)
{
    w->n_users = 1;
}

static void a_user_who_leaves_meanwhile_is_not_shown(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p;
    WORD n;

    (void)state;
    w.after_list = alice_leaves;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), ERROR_SUCCESS);
    assert_int_equal(n, 4);
    assert_text(p[0].wszUserName, u"");
    assert_int_equal(p[0].Flags, 0);
    assert_text(p[2].wszUserName, u"bob");
    RasAdminFreeBuffer(p);
    world_close(&w);
}

static void a_list_has_as_many_ports_as_a_word_can_count(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p;
    WORD n;

    (void)state;
    w.more_ports = 65532;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), ERROR_MORE_DATA);
    assert_int_equal(n, 65535);
    assert_text(p[65534].wszPortName, u"p-65531");
    assert_int_equal(RasAdminFreeBuffer(p), ERROR_SUCCESS);
    world_close(&w);
}

static void no_ports_is_a_code_of_its_own(void **state)
{
    struct world w = {0};
    RAS_PORT_0 *p;
    WORD n = 7;

    (void)state;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), NERR_ItemNotFound);
    assert_null(p);
    assert_int_equal(n, 0);
    world_close(&w);
}

/* ---- one port ---- */

struct info {
    RAS_PORT_1 port;
    RAS_PORT_STATISTICS statistics;
    RAS_PARAMETERS *parameters;
};

static DWORD get_info(const struct world *w, const WCHAR *name, struct info *ret)
{
    return RasAdminPortGetInfo(w->name, name, &ret->port, &ret->statistics, &ret->parameters);
}

static void assert_good(const struct world *w, const WCHAR *name, struct info *ret)
{
    assert_int_equal(get_info(w, name, ret), ERROR_SUCCESS);
    assert_int_equal(RasAdminFreeBuffer(ret->parameters), ERROR_SUCCESS);
}

static void assert_failed(const struct info *i)
{
    assert_true(IS_ZERO(i->port));
    assert_true(IS_ZERO(i->statistics));
    assert_null(i->parameters);
}

static void a_port_in_detail(void **state)
{
    struct world w = world_sample();
    struct info i;

    (void)state;
    world_open(&w);
    assert_good(&w, u"vpn-1", &i);
    assert_text(i.port.rasport0.wszPortName, u"vpn-1");
    assert_text(i.port.rasport0.wszUserName, u"alice");
    assert_int_equal(i.port.LineCondition, RAS_PORT_AUTHENTICATED);
    assert_int_equal(i.port.HardwareCondition, RAS_MODEM_OPERATIONAL);
    assert_int_equal(i.port.LineSpeed, 64000);
    assert_int_equal(i.port.NumStatistics, 28);
    assert_int_equal(i.port.NumMediaParms, 0);
    assert_int_equal(i.port.SizeMediaParms, 0);
    assert_int_equal(i.port.ProjResult.ip.dwError, 0);
    assert_text(i.port.ProjResult.ip.wszAddress, u"10.0.0.2"); /* the client's */
    world_close(&w);
}

static void counters_of_the_connection_come_before_those_of_the_port(void **state)
{
    struct world w = world_sample();
    struct info i;

    (void)state;
    world_open(&w);
    assert_good(&w, u"vpn-1", &i);
    const RAS_PORT_STATISTICS right = {
        1100, 2200, 33, 44, 55, 66, 77, 88, 99, 110, 1100, 2200, 1100, 2200, /* not compressed */
        1000, 2000, 3,  4,  5,  6,  7,  8,  9,  10,  1000, 2000, 250,  1000,
    };
    assert_memory_equal(&i.statistics, &right, sizeof right);
    world_close(&w);
}

static void an_idle_port_in_detail(void **state)
{
    struct world w = world_sample();
    struct info i;

    (void)state;
    w.ports[1].counters.bytes_out = 4711; /* of the one who was there before */
    w.ports[1].broken = true;
    world_open(&w);
    assert_good(&w, u"vpn-2", &i);
    assert_int_equal(i.port.LineCondition, RAS_PORT_LISTENING);
    assert_int_equal(i.port.HardwareCondition, RAS_MODEM_HARDWARE_FAILURE);
    assert_int_equal(i.port.ProjResult.nbf.dwError, ERROR_PORT_NOT_CONNECTED);
    assert_int_equal(i.port.ProjResult.ip.dwError, ERROR_PORT_NOT_CONNECTED);
    assert_int_equal(i.port.ProjResult.ipx.dwError, ERROR_PORT_NOT_CONNECTED);
    assert_int_equal(i.port.ProjResult.at.dwError, ERROR_PORT_NOT_CONNECTED);
    assert_true(IS_ZERO(i.statistics));
    world_close(&w);
}

static void each_condition_is_one_higher_than_in_mprapi(void **state)
{
    struct info i;

    (void)state;
    for (uint32_t condition = 0; condition < 9; condition++) {
        struct world w = world_sample();
        w.ports[1].condition = condition;
        world_open(&w);
        assert_good(&w, u"vpn-2", &i);
        assert_int_equal(i.port.LineCondition, condition < 7 ? condition + 1 : RAS_PORT_NON_OPERATIONAL);
        world_close(&w);
    }
}

static void carol_takes_the_port(struct world *w)
{
    w->ports[0].handle += 0x00100000;
    w->ports[0].connection += 1000;
    w->users[1].connection = w->ports[0].connection;
    w->users[1].name = "carol";
}

static void carol_takes_the_port_once(struct world *w)
{
    w->after_users = NULL;
    carol_takes_the_port(w);
    w->ports[0].counters.bytes_out = 1;
}

static void a_port_that_changes_hands_meanwhile_is_read_again(void **state)
{
    struct world w = world_sample();
    struct info i;

    (void)state;
    w.after_users = carol_takes_the_port_once;
    world_open(&w);
    assert_good(&w, u"vpn-1", &i);
    assert_text(i.port.rasport0.wszUserName, u"carol");
    assert_int_equal(i.statistics.dwPortBytesXmited, 1);
    world_close(&w);
}

static void a_link_comes_back(struct world *w)
{
    w->after_users = NULL;
    w->ports[2].handle += 0x00100000;
    w->ports[2].seconds = 0;
}

static void a_link_that_is_replaced_within_its_connection_is_read_again(void **state)
{
    struct world w = world_sample();
    time_t before = time(NULL);
    struct info i;

    (void)state;
    w.after_users = a_link_comes_back;
    world_open(&w);
    assert_good(&w, u"Line two", &i);
    assert_text(i.port.rasport0.wszUserName, u"bob");
    assert_start(&i.port.rasport0, before, 0);
    world_close(&w);
}

static void alice_leaves_her_port(struct world *w)
{
    w->ports[0].connection = 0;
    w->ports[0].condition = 3;
    w->n_users = 1;
}

static void a_session_that_ends_meanwhile_is_not_half_there(void **state)
{
    struct world w = world_sample();
    struct info i;

    (void)state;
    w.after_port = alice_leaves_her_port;
    world_open(&w);
    assert_good(&w, u"vpn-1", &i);
    assert_text(i.port.rasport0.wszUserName, u"");
    assert_int_equal(i.port.LineCondition, RAS_PORT_LISTENING);
    assert_true(IS_ZERO(i.statistics));
    world_close(&w);
}

static void a_port_that_never_stands_still_is_given_up(void **state)
{
    struct world w = world_sample();
    struct info i;

    (void)state;
    w.after_users = carol_takes_the_port;
    world_open(&w);
    assert_int_equal(get_info(&w, u"vpn-1", &i), RPC_S_SERVER_TOO_BUSY);
    assert_failed(&i);
    world_close(&w);
}

/* ---- failures ---- */

static void what_was_to_be_returned_is_empty_on_failure(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p = (RAS_PORT_0 *)&w;
    RAS_SERVER_0 s = {1, 1, 1};
    struct info i;
    WORD n = 7;

    (void)state;
    memset(&i, 0xff, sizeof i);
    w.deny = true;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), ERROR_ACCESS_DENIED);
    assert_null(p);
    assert_int_equal(n, 0);
    assert_int_equal(get_info(&w, u"vpn-1", &i), ERROR_ACCESS_DENIED);
    assert_failed(&i);
    assert_int_equal(RasAdminServerGetInfo(w.name, &s), ERROR_ACCESS_DENIED);
    assert_true(IS_ZERO(s));
    world_close(&w);
}

static void a_router_between_lans_has_no_ports(void **state)
{
    struct world w = world_sample();
    RAS_SERVER_0 s;
    RAS_PORT_0 *p;
    WORD n;

    (void)state;
    w.lan_only = true;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), ERROR_DDM_NOT_RUNNING);
    assert_int_equal(RasAdminPortDisconnect(w.name, u"vpn-1"), ERROR_DDM_NOT_RUNNING);
    assert_int_equal(RasAdminServerGetInfo(w.name, &s), ERROR_SUCCESS);
    assert_int_equal(s.TotalPorts, 0);
    world_close(&w);
}

static void servers_that_are_not_there(void **state)
{
    RAS_PORT_0 *p;
    WORD n;

    (void)state;
    assert_int_equal(RasAdminPortEnum(u"ncalrpc:[/nonexistent/socket]", &p, &n), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(RasAdminPortEnum(u"\\\\two words", &p, &n), RPC_S_INVALID_BINDING);
    assert_int_equal(RasAdminPortDisconnect(u"ncalrpc:[/nonexistent/socket]", u"vpn-1"), RPC_S_SERVER_UNAVAILABLE);
}

static void a_server_that_is_lost(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p;
    WORD n;

    (void)state;
    w.loses_connections = true;
    world_open(&w);
    assert_int_equal(RasAdminPortEnum(w.name, &p, &n), RPC_S_CALL_FAILED);
    assert_null(p);
    world_close(&w);
}

static void pointers_that_must_be_there(void **state)
{
    struct world w = world_sample();
    RAS_PORT_0 *p;
    struct info i;
    WORD n;

    (void)state;
    world_open(&w);
    assert_int_equal(RasAdminServerGetInfo(w.name, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminPortEnum(w.name, NULL, &n), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminPortEnum(w.name, &p, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(get_info(&w, NULL, &i), ERROR_INVALID_PARAMETER);
    assert_failed(&i);
    assert_int_equal(RasAdminPortGetInfo(w.name, u"vpn-1", NULL, &i.statistics, &i.parameters),
                     ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminPortGetInfo(w.name, u"vpn-1", &i.port, NULL, &i.parameters), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminPortGetInfo(w.name, u"vpn-1", &i.port, &i.statistics, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminPortClearStatistics(w.name, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminPortDisconnect(w.name, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(world_connections(&w), 0);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_tells_how_many_ports_it_has),
        cmocka_unit_test(ports_come_with_who_is_on_them),
        cmocka_unit_test(who_logs_on_is_not_yet_authenticated),
        cmocka_unit_test(names_are_cut_on_a_whole_character),
        cmocka_unit_test(a_user_who_leaves_meanwhile_is_not_shown),
        cmocka_unit_test(a_list_has_as_many_ports_as_a_word_can_count),
        cmocka_unit_test(no_ports_is_a_code_of_its_own),
        cmocka_unit_test(a_port_in_detail),
        cmocka_unit_test(counters_of_the_connection_come_before_those_of_the_port),
        cmocka_unit_test(an_idle_port_in_detail),
        cmocka_unit_test(each_condition_is_one_higher_than_in_mprapi),
        cmocka_unit_test(a_port_that_changes_hands_meanwhile_is_read_again),
        cmocka_unit_test(a_link_that_is_replaced_within_its_connection_is_read_again),
        cmocka_unit_test(a_session_that_ends_meanwhile_is_not_half_there),
        cmocka_unit_test(a_port_that_never_stands_still_is_given_up),
        cmocka_unit_test(what_was_to_be_returned_is_empty_on_failure),
        cmocka_unit_test(a_router_between_lans_has_no_ports),
        cmocka_unit_test(servers_that_are_not_there),
        cmocka_unit_test(a_server_that_is_lost),
        cmocka_unit_test(pointers_that_must_be_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
