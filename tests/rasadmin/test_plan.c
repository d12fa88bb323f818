/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disconnect_plan.c: what is handed to the server must be what was asked for, and never more.
 */
#include "tests/rasadmin/unit.h"

#include "rasadmin/disconnect.h"

static struct connection alice =
    A_CONNECTION(.handle = 11, .user = "alice", .client4 = "10.8.0.6", .remote_endpoint = "192.0.2.7:4711");
static struct connection bob =
    A_CONNECTION(.handle = 12, .user = "bob", .client4 = "10.8.0.7", .remote_endpoint = "192.0.2.7:4712");
static struct connection corp = A_CONNECTION(.handle = 13, .user = "alice", .domain = "CORP", .client4 = "10.8.0.8");
static OPENRRAS_SESSION sessions[] = {{.pszUser = "alice", .pszTunnelAddress4 = "10.8.0.6", .pszTunnelAddress6 = ""},
                                      {.pszUser = "bob", .pszTunnelAddress4 = "10.8.0.7", .pszTunnelAddress6 = ""},
                                      {.pszUser = "CORP\\alice", .pszTunnelAddress4 = "", .pszTunnelAddress6 = ""}};
static struct port ports[] = {
    A_PORT(.handle = 101, .connection = 11, .name = "vpn-1", .conn = &alice, .session = &sessions[0]),
    A_PORT(.handle = 102, .connection = 12, .name = "vpn-2", .conn = &bob, .session = &sessions[1]),
    A_PORT(.handle = 103, .connection = 13, .name = "vpn-3", .conn = &corp, .session = &sessions[2]),
};

static struct disconnect_options options;
static struct arena texts;
static OPENRRAS_SELECTOR *plan;
static size_t n_plan;

static int begin(void **state)
{
    (void)state;
    options = (struct disconnect_options){0};
    plan = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    selection_free(&options.selection);
    arena_free(&texts);
    free(plan);
    return 0;
}

static void ask(enum select_kind kind, const char *text)
{
    assert_int_equal(selection_add(&options.selection, kind, text), 0);
}

/* Plan for the first `n` of the ports. */
static void make(size_t n)
{
    struct order orders[COUNT(ports)] = {0};
    for (size_t i = 0; i < n; i++)
        orders[i].port = &ports[i];
    assert_int_equal(disconnect_plan(&options, orders, n, &texts, &plan, &n_plan), 0);
}

static void all_is_said_as_all(void **state)
{
    (void)state;
    options.selection.all = true;
    make(3);
    assert_int_equal(n_plan, 1);
    assert_true(plan[0].fAll);
}

static void all_with_a_criterion_is_the_criterion(void **state)
{
    (void)state;
    options.selection.all = true;
    ask(SELECT_TYPE, "pppoe");
    make(2);
    assert_int_equal(n_plan, 1);
    assert_false(plan[0].fAll);
    assert_string_equal(plan[0].pszDeviceType, "pppoe");
}

static void one_session_is_meant_exactly(void **state)
{
    (void)state;
    ask(SELECT_USER, "alice");
    make(1);
    assert_int_equal(n_plan, 1);
    assert_int_equal(plan[0].dwPort, 101);
    assert_null(plan[0].pszUser);
    assert_false(plan[0].fAll);
}

static void one_who_is_kept_out_is_meant_by_name(void **state)
{
    (void)state;
    ask(SELECT_USER, "alice");
    options.keep_out_seconds = 60;
    make(1);
    assert_int_equal(plan[0].dwPort, 0);
    assert_string_equal(plan[0].pszUser, "alice");
}

static void one_who_is_not_there_is_kept_out_all_the_same(void **state)
{
    (void)state;
    ask(SELECT_USER, "alice");
    options.keep_out_seconds = 60;
    make(0);
    assert_int_equal(n_plan, 1);
    assert_string_equal(plan[0].pszUser, "alice");
}

static void values_of_several_kinds_are_combined(void **state)
{
    (void)state;
    ask(SELECT_USER, "alice");
    ask(SELECT_USER, "bob");
    ask(SELECT_ADDRESS, "10.8.0.0/24");
    ask(SELECT_DRIVER, "openvpn:main");
    ask(SELECT_ADDRESS, "[2001:db8::1]");
    make(2);
    assert_int_equal(n_plan, 4);
    for (size_t i = 0; i < n_plan; i++) {
        assert_string_equal(plan[i].pszDriver, "openvpn:main");
        assert_string_equal(plan[i].pszUser, i % 2 ? "bob" : "alice");
        assert_string_equal(plan[i].pszAddress, i / 2 ? "2001:db8::1" : "10.8.0.0/24");
        assert_false(plan[i].fAll);
    }
}

static void expect_handles(size_t n)
{
    assert_int_equal(n_plan, n);
    for (size_t i = 0; i < n; i++) {
        const OPENRRAS_SELECTOR only = {.dwPort = ports[i].handle};
        assert_memory_equal(&plan[i], &only, sizeof only);
    }
}

static void what_the_server_has_no_words_for_is_said_by_handles(void **state)
{
    (void)state;
    ask(SELECT_ADDRESS, "192.0.2.7"); /* from outside */
    make(2);
    expect_handles(2);
    end(state);
    begin(state);
    ask(SELECT_ADDRESS, "10.8.0.6:4711"); /* a port is of the outside, whatever the address */
    make(2);
    expect_handles(2);
    end(state);
    begin(state);
    ask(SELECT_PORT, "vpn-1");
    ask(SELECT_PORT, "vpn-2");
    make(2);
    expect_handles(2);
}

static void a_name_that_matches_in_a_domain_is_said_as_it_is(void **state)
{
    (void)state;
    ask(SELECT_USER, "alice");
    make(3);
    assert_int_equal(n_plan, 1);
    assert_string_equal(plan[0].pszUser, "alice");
    assert_int_equal(plan[0].dwPort, 0);
}

/* A link can come to be another user's than its connection. */
static void a_name_that_matches_the_connection_only_is_said_by_handles(void **state)
{
    static OPENRRAS_SESSION other = {.pszUser = "dave", .pszTunnelAddress4 = "", .pszTunnelAddress6 = ""};
    (void)state;
    ports[2].session = &other;
    ask(SELECT_USER, "alice");
    make(3);
    ports[2].session = &sessions[2];
    expect_handles(3);
}

static void too_many_combinations_are_said_by_handles(void **state)
{
    (void)state;
    for (int i = 0; i < 17; i++) {
        ask(SELECT_USER, "alice");
        ask(SELECT_DRIVER, "openvpn");
    }
    make(2);
    expect_handles(2);
}

static void every_length_of_prefix_is_written(void **state)
{
    static const char *const prefixes[] = {"0.0.0.0/0",     "10.0.0.0/8",     "10.8.0.0/31",   "::/0",
                                           "2001:db8::/99", "2001:db8::/100", "2001:db8::/127"};
    (void)state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        ask(SELECT_ADDRESS, prefixes[i]);
        make(2);
        assert_string_equal(plan[0].pszAddress, prefixes[i]);
        end(state);
        begin(state);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_is_said_as_all),
        TEST(all_with_a_criterion_is_the_criterion),
        TEST(one_session_is_meant_exactly),
        TEST(one_who_is_kept_out_is_meant_by_name),
        TEST(one_who_is_not_there_is_kept_out_all_the_same),
        TEST(values_of_several_kinds_are_combined),
        TEST(what_the_server_has_no_words_for_is_said_by_handles),
        TEST(a_name_that_matches_in_a_domain_is_said_as_it_is),
        TEST(a_name_that_matches_the_connection_only_is_said_by_handles),
        TEST(too_many_combinations_are_said_by_handles),
        TEST(every_length_of_prefix_is_written),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
