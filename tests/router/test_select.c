/* SPDX-License-Identifier: Apache-2.0 */
/* Which sessions match: every criterion alone, all of them together, and what is no criterion at all. */
#include "tests/router/fixture.h"

/* The ids of those that match, in the order found, with a blank behind each. */
static const char *selected(const struct fixture *f, const struct router_selector *s)
{
    static char text[512];
    uint32_t *found = NULL;
    size_t n = 0, length = 0;
    struct router_port_view v;
    text[0] = '\0';
    assert_int_equal(router_select(f->r, s, 0, SIZE_MAX, &found, &n), 0);
    for (size_t i = 0; i < n; i++) {
        assert_true(router_port_get(f->r, found[i], &f->now, &v));
        assert_int_equal(v.handle, found[i]);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s ", v.id);
    }
    free(found);
    return text;
}

#define SELECTED(...) selected(f, &(struct router_selector){__VA_ARGS__})

static int refusal(const struct fixture *f, const struct router_selector *s)
{
    uint32_t *found = NULL;
    size_t n = 77;
    int rc = router_select(f->r, s, 0, SIZE_MAX, &found, &n);
    if (rc != 0) {
        assert_null(found);
        assert_int_equal(n, 77);
    }
    free(found);
    return rc;
}

/* Two drivers, one of them twice, and a pool. */
static int populate(void **state)
{
    fixture_setup(state);
    struct fixture *f = *state;
    struct router_driver *vpn = attach(f, "openvpn", 8), *ike = attach(f, "ike", 4), *pool = attach_pool(f, "l2tp", 4);
    const struct router_driver_info second = {
        .kind = ROUTER_DRIVER_DAEMON, .name = "openvpn", .instance = "lab", .device_type = "openvpn", .ports = 2};
    struct router_driver *lab = NULL;
    assert_int_equal(router_driver_attach(f->r, &second, &f->now, &lab), 0);
    const struct {
        struct router_driver *d;
        struct router_session s;
    } all[] = {
        {vpn, {.id = "v1", .user = "alice", .tunnel_address4 = "10.8.0.2", .tunnel_address6 = "2001:DB8::0:2"}},
        {vpn, {.id = "v2", .user = "bob", .tunnel_address4 = "10.8.0.3"}},
        {vpn, {.id = "v3", .user = "alice", .state = ROUTER_SESSION_AUTHENTICATING}},
        {ike, {.id = "i1", .user = "carol", .tunnel_address4 = "10.9.0.2", .tunnel_address6 = "2001:db8:1::/64"}},
        {pool, {.id = "p1", .user = "alice", .bundle = "b", .tunnel_address4 = "10.8.1.9"}},
        {pool, {.id = "p2", .user = "alice", .bundle = "b", .tunnel_address4 = "not an address"}},
        {lab, {.id = "l1", .user = "Alice", .tunnel_address4 = "10.8.0.200", .tunnel_address6 = "fe80::1%eth0"}},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct router_session s = all[i].s;
        s.start = 1;
        if (s.state == ROUTER_SESSION_KEEP)
            s.state = ROUTER_SESSION_CONNECTED;
        assert_int_equal(report(f, all[i].d, &s), 0);
    }
    return 0;
}

static void each_criterion_selects_what_shows_it(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(SELECTED(.all = true), "v1 v2 v3 i1 p1 p2 l1 ");
    assert_string_equal(SELECTED(.user = "alice"), "v1 v3 p1 p2 ");
    assert_string_equal(SELECTED(.user = "Alice"), "l1 ");
    assert_string_equal(SELECTED(.user = "ali"), "");
    assert_string_equal(SELECTED(.driver = "openvpn"), "v1 v2 v3 l1 ");
    assert_string_equal(SELECTED(.driver = "openvpn:main"), "v1 v2 v3 ");
    assert_string_equal(SELECTED(.driver = "openvpn:lab"), "l1 ");
    assert_string_equal(SELECTED(.driver = "openvpn:"), "");
    assert_string_equal(SELECTED(.driver = ":main"), "");
    assert_string_equal(SELECTED(.driver = ":"), "");
    assert_string_equal(SELECTED(.driver = "open"), "");
    assert_string_equal(SELECTED(.driver = "openvpnx"), "");
    assert_string_equal(SELECTED(.device_type = "l2tp"), "p1 p2 ");
    assert_string_equal(SELECTED(.device_type = "openvpn"), "v1 v2 v3 l1 ");
    assert_string_equal(SELECTED(.device_type = "pptp"), "");
    assert_string_equal(SELECTED(.port = port_of(f, "v2").handle), "v2 ");
    assert_string_equal(SELECTED(.connection = port_of(f, "p2").connection), "p1 p2 ");
    assert_string_equal(SELECTED(.connection = 4711), "");
    assert_string_equal(SELECTED(.connection = UINT32_MAX), "");
    assert_string_equal(SELECTED(.port = UINT32_MAX), "");
}

static void a_user_without_domain_is_meant_in_every_domain(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "charon", 8);
    connect(f, d, "c1", 1, "CORP\\bob");
    connect(f, d, "c2", 1, "BIZ\\bob");
    connect(f, d, "c3", 1, "bob@corp.example");
    connect(f, d, "c4", 1, "a\\b\\bob");
    connect(f, d, "c5", 1, "\\bob");
    assert_string_equal(SELECTED(.user = "bob"), "v2 c1 c2 ");
    assert_string_equal(SELECTED(.user = "bob", .driver = "charon"), "c1 c2 ");
    assert_string_equal(SELECTED(.user = "CORP\\bob"), "c1 ");
    assert_string_equal(SELECTED(.user = "CORP\\alice"), "");
    assert_string_equal(SELECTED(.user = "corp\\bob"), "");
    assert_string_equal(SELECTED(.user = "CORP"), "");
    assert_string_equal(SELECTED(.user = "bob@corp.example"), "c3 ");
    assert_string_equal(SELECTED(.user = "a\\b\\bob"), "c4 ");
    assert_string_equal(SELECTED(.user = "\\bob"), "c5 ");
    connect(f, d, "c1", 1, "BIZ\\bob"); /* he is somebody else now, of the same name */
    assert_string_equal(SELECTED(.user = "CORP\\bob"), "");
    assert_string_equal(SELECTED(.user = "BIZ\\bob"), "c1 c2 ");
    assert_int_equal(gone(f, d, "c1", 1), 0);
    assert_int_equal(gone(f, d, "c2", 1), 0);
    assert_string_equal(SELECTED(.user = "bob"), "v2 ");
}

static void all_criteria_that_are_given_must_hold(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(SELECTED(.user = "alice", .driver = "openvpn"), "v1 v3 ");
    assert_string_equal(SELECTED(.user = "alice", .address = "10.8.0.0/16"), "v1 p1 ");
    assert_string_equal(SELECTED(.all = true, .user = "bob"), "v2 ");
    assert_string_equal(SELECTED(.driver = "openvpn", .device_type = "l2tp"), "");
    assert_string_equal(SELECTED(.port = port_of(f, "v2").handle, .user = "alice"), "");
    assert_string_equal(SELECTED(.port = port_of(f, "v2").handle, .user = "bob"), "v2 ");
    assert_string_equal(SELECTED(.port = port_of(f, "v2").handle, .connection = port_of(f, "v1").connection), "");
    assert_string_equal(SELECTED(.connection = port_of(f, "p1").connection, .address = "10.8.1.9"), "p1 ");
    assert_string_equal(SELECTED(.user = "alice", .device_type = "l2tp", .driver = "pppd:l2tp"), "p1 p2 ");
}

static void no_criterion_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(refusal(f, &(struct router_selector){0}), -EINVAL);
    assert_int_equal(refusal(f, &(struct router_selector){.user = "", .address = "", .driver = "", .device_type = ""}),
                     -EINVAL);
    assert_int_equal(refusal(f, &(struct router_selector){.all = true, .user = ""}), 0);
}

static void addresses_are_compared_by_what_they_mean(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(SELECTED(.address = "10.8.0.2"), "v1 ");
    assert_string_equal(SELECTED(.address = "10.8.0.2/32"), "v1 ");
    assert_string_equal(SELECTED(.address = "10.8.0.4"), "");
    assert_string_equal(SELECTED(.address = "10.8.0.0/24"), "v1 v2 l1 ");
    assert_string_equal(SELECTED(.address = "10.8.0.0/25"), "v1 v2 ");
    assert_string_equal(SELECTED(.address = "10.8.0.2/31"), "v1 v2 ");
    assert_string_equal(SELECTED(.address = "10.8.0.0/23"), "v1 v2 p1 l1 ");
    assert_string_equal(SELECTED(.address = "0.0.0.0/0"), "v1 v2 i1 p1 l1 ");
    assert_string_equal(SELECTED(.address = "2001:db8::2"), "v1 ");
    assert_string_equal(SELECTED(.address = "2001:0DB8:0:0::0002/128"), "v1 ");
    assert_string_equal(SELECTED(.address = "2001:db8::/32"), "v1 i1 ");
    assert_string_equal(SELECTED(.address = "2001:db8:1::"), "i1 ");
    assert_string_equal(SELECTED(.address = "::/0"), "v1 i1 ");
    assert_string_equal(SELECTED(.address = "::ffff:10.8.0.2"), ""); /* that is IPv6 */
}

static void what_is_no_address_or_has_bits_behind_its_prefix_is_refused(void **state)
{
    static const char *const bad[] = {
        "10.8.0",
        "10.8.0.2 ",
        " 10.8.0.2",
        "010.8.0.2",
        "10.8.0.256",
        "alice",
        "/",
        "/24",
        "10.8.0.0/",
        "10.8.0.0/33",
        "10.8.0.0/-1",
        "10.8.0.0/+8",
        "10.8.0.0/08",
        ":",
        "10.8.0.0/24/8",
        "10.8.0.0/24 ",
        "10.8.0.2/24",
        "10.8.0.1/31",
        "0.0.0.1/0",
        "::1/0",
        "::/129",
        "fe80::1%eth0",
        "2001:db8::1/64",
        "10.8.0.0/0x8",
        "10.8.0.0/1000",
        "1.2.3.4:",
        "2001:db8::g",
        "1111:2222:3333:4444:5555:6666:123.123.123.1234567890",
        "10.8.0.0/4294967304",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (refusal(f, &(struct router_selector){.address = bad[i]}) != -EINVAL)
            fail_msg("\"%s\" was taken for an address", bad[i]);
}

static void a_handle_of_an_earlier_session_selects_nobody(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "single", 1);
    uint32_t first = connect(f, d, "s1", 1, "dora");
    assert_int_equal(gone(f, d, "s1", 1), 0);
    assert_string_equal(SELECTED(.port = first), ""); /* idle */
    uint32_t second = connect(f, d, "s2", 1, "emil");
    assert_int_equal(router_handle_slot(first), router_handle_slot(second));
    assert_string_equal(SELECTED(.port = first), "");
    assert_string_equal(SELECTED(.port = first, .all = true), "");
    assert_string_equal(SELECTED(.port = second), "s2 ");
}

static void a_user_is_found_as_he_is_called_now_and_no_longer_than_he_is_there(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "single", 2);
    struct router_session s = {.id = "s1", .start = 1, .state = ROUTER_SESSION_AUTHENTICATING};
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(sessions_of(f, "dora"), 0);
    s.user = "dora";
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(report(f, d, &s), 0);
    assert_string_equal(SELECTED(.user = "dora"), "s1 ");
    s.user = "emil";
    s.state = ROUTER_SESSION_CONNECTED;
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(sessions_of(f, "dora"), 0);
    assert_string_equal(SELECTED(.user = "emil"), "s1 ");
    struct router_connection *reader = router_connection_get(f->r, port_of(f, "s1").connection);
    assert_int_equal(gone(f, d, "s1", 1), 0);
    assert_int_equal(sessions_of(f, "emil"), 0); /* also while a reader still looks at the connection */
    router_connection_unref(f->r, reader);
}

static void who_waits_for_a_port_is_not_selected(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "single", 1);
    connect(f, d, "old", 1, "dora");
    router_driver_detach(f->r, d, &f->now);
    attach(f, "single", 1);
    const struct router_session s = {.id = "new", .start = 1, .state = ROUTER_SESSION_CONNECTED, .user = "dora"};
    assert_int_equal(report(f, d, &s), 0);
    assert_string_equal(SELECTED(.user = "dora"), "old ");
    router_driver_detach(f->r, d, &f->now); /* who waited is forgotten */
    attach(f, "single", 1);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(SELECTED(.user = "dora"), "");
}

static void a_list_goes_on_behind_a_slot_and_ends_at_its_size(void **state)
{
    struct fixture *f = *state;
    static const struct router_selector by[] = {{.all = true}, {.user = "alice"}};
    for (size_t i = 0; i < 2; i++) {
        uint32_t *whole = NULL, *page = NULL, after = 0;
        size_t n = 0, seen = 0, got = 0;
        assert_int_equal(router_select(f->r, &by[i], 0, SIZE_MAX, &whole, &n), 0);
        do {
            assert_int_equal(router_select(f->r, &by[i], after, 2, &page, &got), 0);
            assert_in_range(got, 0, 2);
            for (size_t k = 0; k < got; k++)
                assert_int_equal(page[k], whole[seen++]);
            if (got)
                after = router_handle_slot(page[got - 1]);
            free(page);
        } while (got);
        assert_int_equal(seen, n);
        assert_int_equal(router_select(f->r, &by[i], UINT32_MAX, 2, &page, &got), 0);
        assert_int_equal(got, 0);
        free(whole);
    }
}

/* A page looks at so many ports, whether it finds anything there or not. */
static void a_page_does_not_go_on_looking(void **state)
{
    struct fixture *f = *state;
    const struct router_selector late = {.driver = "late"};
    struct router_page page = {0};
    unsigned pages = 0;
    size_t found = 0;
    struct router_config config = test_config;
    config.max_ports = 3 * ROUTER_SELECT_LOOKS;
    fixture_renew(f, &config);
    attach(f, "wide", 2 * ROUTER_SELECT_LOOKS);
    uint32_t handle = connect(f, attach(f, "late", 1), "1", 1, "lola");
    do {
        assert_int_equal(router_select_page(f->r, &late, page.next, 2, &page), 0);
        for (size_t i = 0; i < page.n; i++)
            assert_int_equal(page.handles[i], handle);
        found += page.n;
        free(page.handles);
        pages++;
    } while (page.next);
    assert_int_equal(found, 1);
    assert_int_equal(pages, 3);
    assert_int_equal(router_select_page(f->r, &late, UINT32_MAX, 2, &page), 0);
    assert_true(page.n == 0 && page.next == 0);
}

static void a_page_ends_at_its_size(void **state)
{
    struct fixture *f = *state;
    static const struct router_selector by[] = {{.all = true}, {.user = "alice"}};
    for (size_t i = 0; i < 2; i++) {
        struct router_page page = {0};
        uint32_t *whole = NULL;
        size_t n = 0, seen = 0;
        assert_int_equal(router_select(f->r, &by[i], 0, SIZE_MAX, &whole, &n), 0);
        do {
            assert_int_equal(router_select_page(f->r, &by[i], page.next, 1, &page), 0);
            assert_true(page.n <= 1);
            for (size_t k = 0; k < page.n; k++)
                assert_int_equal(page.handles[k], whole[seen++]);
            free(page.handles);
        } while (page.next);
        assert_int_equal(seen, n);
        free(whole);
    }
    assert_int_equal(router_select_page(f->r, &(struct router_selector){0}, 0, 1, &(struct router_page){0}), -EINVAL);
}

static void many_sessions_of_one_user_are_in_port_order(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "big", 0);
    char id[16];
    for (unsigned round = 0; round < 2; round++) /* so that ring order and slot order differ */
        for (unsigned i = 0; i < 60; i++) {
            snprintf(id, sizeof id, "b%u", i);
            connect(f, d, id, 1 + round, round == 0 && i % 3 ? "other" : "zoe");
        }
    uint32_t *found = NULL;
    size_t n = 0;
    const struct router_selector zoe = {.user = "zoe"};
    assert_int_equal(router_select(f->r, &zoe, 0, SIZE_MAX, &found, &n), 0);
    assert_int_equal(n, 60);
    for (size_t i = 1; i < n; i++)
        assert_true(router_handle_slot(found[i]) > router_handle_slot(found[i - 1]));
    free(found);
    forget(f);
    for (unsigned i = 60; i < 400; i++) { /* and when all ports are looked at in his place */
        snprintf(id, sizeof id, "b%u", i);
        connect(f, d, id, 1, "zoe");
        forget(f);
    }
    assert_int_equal(sessions_of(f, "zoe"), 400);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, populate, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(each_criterion_selects_what_shows_it),
        T(a_user_without_domain_is_meant_in_every_domain),
        T(all_criteria_that_are_given_must_hold),
        T(no_criterion_is_refused),
        T(addresses_are_compared_by_what_they_mean),
        T(what_is_no_address_or_has_bits_behind_its_prefix_is_refused),
        T(a_handle_of_an_earlier_session_selects_nobody),
        T(a_user_is_found_as_he_is_called_now_and_no_longer_than_he_is_there),
        T(who_waits_for_a_port_is_not_selected),
        T(a_list_goes_on_behind_a_slot_and_ends_at_its_size),
        T(a_page_does_not_go_on_looking),
        T(a_page_ends_at_its_size),
        T(many_sessions_of_one_user_are_in_port_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
