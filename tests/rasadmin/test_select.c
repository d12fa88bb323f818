/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openrras.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/select.h"

/*
 * alice twice (one of them with two links), ALICE's namesake in a domain, a client behind the same outer address as
 * alice, one without any address, and an idle port.
 */
static struct connection connections[] = {
    A_CONNECTION(.handle = 11, .user = "alice", .client4 = "10.8.0.6", .remote_endpoint = "192.0.2.7:4711"),
    A_CONNECTION(.handle = 12, .user = "alice", .client6 = "2001:db8::6", .remote_endpoint = "[2001:db8:1::7]:4711"),
    A_CONNECTION(.handle = 13, .user = "alice", .domain = "CORP", .client4 = "10.8.0.7",
                 .remote_endpoint = "192.0.2.7:4712"),
    A_CONNECTION(.handle = 14, .user = "carol"),
};
static struct port ports[] = {
    A_PORT(.handle = 101, .connection = 11, .condition = CONDITION_AUTHENTICATED, .name = "vpn-1"),
    A_PORT(.handle = 102, .connection = 12, .condition = CONDITION_AUTHENTICATED, .name = "vpn-2"),
    A_PORT(.handle = 103, .connection = 12, .condition = CONDITION_AUTHENTICATED, .name = "vpn-3"),
    A_PORT(.handle = 104, .connection = 13, .condition = CONDITION_AUTHENTICATED, .name = "vpn-4"),
    A_PORT(.handle = 105, .connection = 14, .condition = CONDITION_AUTHENTICATED, .name = "vpn-5"),
    A_PORT(.handle = 106, .condition = CONDITION_LISTENING, .name = "vpn-6"),
    A_PORT(.handle = 107, .condition = CONDITION_LISTENING, .name = "101"), /* a name that looks like a handle */
    A_PORT(.handle = 108, .condition = CONDITION_AUTHENTICATING, .name = "vpn-8"),
};
static struct listing listing = {
    .ports = ports, .n_ports = COUNT(ports), .connections = connections, .n_connections = COUNT(connections)};

/* What the server's own interface says of some of them. */
static OPENRRAS_SESSION sessions[] = {
    {.dwPort = 101,
     .pszUser = "alice",
     .pszDriver = "openvpn",
     .pszInstance = "main",
     .pszDeviceType = "openvpn",
     .pszTunnelAddress4 = "10.8.0.6",
     .pszTunnelAddress6 = "2001:db8:2::6"},
    {.dwPort = 104,
     .pszUser = "CORP\\alice",
     .pszDriver = "openvpn",
     .pszInstance = "second",
     .pszDeviceType = "openvpn",
     .pszTunnelAddress4 = "10.8.0.7",
     .pszTunnelAddress6 = ""},
    {.dwPort = 105,
     .pszUser = "carol",
     .pszDriver = "open",
     .pszInstance = "main",
     .pszDeviceType = "pppoe",
     .pszTunnelAddress4 = "",
     .pszTunnelAddress6 = ""},
};

static int join(void **state)
{
    (void)state;
    listing_join(&listing);
    ports[0].session = &sessions[0];
    ports[3].session = &sessions[1];
    ports[4].session = &sessions[2];
    return 0;
}

struct asked {
    enum select_kind kind;
    const char *text;
};

/* Select, and compare with the handles that are expected (ended by 0). */
static void expect(const struct asked *asked, size_t n, bool all, const uint32_t *handles)
{
    struct selection s = {.all = all};
    const struct port *found[COUNT(ports)];
    size_t n_found = 99;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(selection_add(&s, asked[i].kind, asked[i].text), 0);
    assert_int_equal(selection_match(&s, &listing, found, &n_found), 0);
    for (size_t i = 0; handles[i]; i++) {
        assert_true(i < n_found);
        assert_int_equal(found[i]->handle, handles[i]);
        handles[i + 1] ? (void)0 : assert_int_equal(n_found, i + 1);
    }
    if (!handles[0])
        assert_int_equal(n_found, 0);
    selection_free(&s);
}
#define BY(kind, text, ...)     expect((const struct asked[]){{kind, text}}, 1, false, (const uint32_t[]){__VA_ARGS__, 0})
#define EXPECT(all, asked, ...) expect(asked, COUNT(asked), all, (const uint32_t[]){__VA_ARGS__, 0})

static void nothing_is_not_everything(void **state)
{
    (void)state;
    expect(NULL, 0, false, (const uint32_t[]){0});
}

static void all_is_everybody_who_is_there(void **state)
{
    (void)state;
    expect(NULL, 0, true, (const uint32_t[]){101, 102, 103, 104, 105, 108, 0});
}

static void a_name_selects_its_port_even_when_idle(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_PORT, "vpn-6"}};
    EXPECT(false, a, 106);
}

static void a_name_wins_over_a_handle(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_PORT, "101"}};
    EXPECT(false, a, 107);
    const struct asked b[] = {{SELECT_PORT, "0x65"}};
    EXPECT(false, b, 101);
}

static void a_handle_must_be_exact(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_PORT, "1048678"}}; /* 102 of another generation */
    EXPECT(false, a, 0);
}

static void a_user_is_matched_by_the_whole_name(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_USER, "alice"}};
    EXPECT(false, a, 101, 102, 103, 104);
    const struct asked b[] = {{SELECT_USER, "CORP\\alice"}};
    EXPECT(false, b, 104);
    const struct asked c[] = {{SELECT_USER, "alic"}};
    EXPECT(false, c, 0);
    const struct asked d[] = {{SELECT_USER, "Alice"}};
    EXPECT(false, d, 0);
    const struct asked e[] = {{SELECT_USER, "\\alice"}};
    EXPECT(false, e, 0);
}

static void a_connection_selects_all_its_ports(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_CONNECTION, "12"}};
    EXPECT(false, a, 102, 103);
}

static void an_address_is_compared_as_an_address(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_ADDRESS, "10.8.0.6"}};
    EXPECT(false, a, 101);
    const struct asked b[] = {{SELECT_ADDRESS, "2001:0db8:0::0006"}};
    EXPECT(false, b, 102, 103);
    const struct asked c[] = {{SELECT_ADDRESS, "192.0.2.7"}}; /* two clients behind one address */
    EXPECT(false, c, 101, 104);
    const struct asked d[] = {{SELECT_ADDRESS, "192.0.2.7:4712"}};
    EXPECT(false, d, 104);
    const struct asked e[] = {{SELECT_ADDRESS, "::ffff:10.8.0.6"}};
    EXPECT(false, e, 101);
    const struct asked f[] = {{SELECT_ADDRESS, "[2001:db8:1::7]:4711"}};
    EXPECT(false, f, 102, 103);
    const struct asked g[] = {{SELECT_ADDRESS, "0.0.0.0"}}; /* carol has none: she is not matched by anything */
    EXPECT(false, g, 0);
}

static void different_selectors_must_all_match(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_USER, "alice"}, {SELECT_ADDRESS, "192.0.2.7"}};
    EXPECT(false, a, 101, 104);
    const struct asked b[] = {{SELECT_USER, "carol"}, {SELECT_ADDRESS, "10.8.0.6"}};
    EXPECT(false, b, 0);
    const struct asked c[] = {{SELECT_USER, "alice"}, {SELECT_CONNECTION, "12"}, {SELECT_PORT, "vpn-3"}};
    EXPECT(false, c, 103);
}

static void one_selector_again_means_either(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_USER, "carol"}, {SELECT_USER, "CORP\\alice"}};
    EXPECT(false, a, 104, 105);
}

static void all_does_not_widen_a_selector(void **state)
{
    (void)state;
    const struct asked a[] = {{SELECT_USER, "carol"}};
    EXPECT(true, a, 105);
    const struct asked b[] = {{SELECT_PORT, "vpn-6"}};
    EXPECT(true, b, 0); /* idle */
}

static void text_that_cannot_be_right_is_refused(void **state)
{
    (void)state;
    static const struct asked bad[] = {
        {SELECT_PORT, ""},
        {SELECT_USER, ""},
        {SELECT_CONNECTION, "alice"},
        {SELECT_CONNECTION, "0"},
        {SELECT_CONNECTION, "-1"},
        {SELECT_CONNECTION, "4294967295"},
        {SELECT_CONNECTION, "12x"},
        {SELECT_CONNECTION, "0x"},
        {SELECT_ADDRESS, "10.8.0"},
        {SELECT_ADDRESS, "10.8.0.256"},
        {SELECT_ADDRESS, "alice"},
        {SELECT_ADDRESS, "10.8.0.6:0"},
        {SELECT_ADDRESS, "10.8.0.6:65536"},
        {SELECT_ADDRESS, "10.8.0.6:"},
        {SELECT_ADDRESS, "[::1"},
        {SELECT_ADDRESS, "[::1]x"},
        {SELECT_ADDRESS, "10.8.0.6/24"},
        {SELECT_ADDRESS, " 10.8.0.6"},
        {SELECT_ADDRESS, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct selection s = {0};
        assert_int_equal(selection_add(&s, bad[i].kind, bad[i].text), -EINVAL);
        assert_true(selection_is_empty(&s));
        selection_free(&s);
    }
}

static void links_of_one_connection_are_one_session(void **state)
{
    (void)state;
    const struct port *all[COUNT(ports)];
    for (size_t i = 0; i < COUNT(ports); i++)
        all[i] = &ports[i];
    assert_int_equal(count_sessions(all, 0), 0);
    assert_int_equal(count_sessions(all + 1, 2), 1);
    assert_int_equal(count_sessions(all, 3), 2);
    assert_int_equal(count_sessions(all + 5, 2), 2); /* ports without a connection count each */
    assert_ptr_equal(all[0], &ports[0]);             /* the order is the caller's */
}

static void values_that_match_nothing_are_told(void **state)
{
    (void)state;
    struct selection s = {0};
    const struct port *found[COUNT(ports)];
    size_t n;
    assert_int_equal(selection_add(&s, SELECT_USER, "carol"), 0);
    assert_int_equal(selection_add(&s, SELECT_USER, "dave"), 0);
    assert_int_equal(selection_match(&s, &listing, found, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(s.items[0].hits, 1);
    assert_int_equal(s.items[1].hits, 0);
    selection_free(&s);
}

static void prefixes_are_read_strictly(void **state)
{
    static const char *const bad[] = {"10.8.0.0/",      "10.8.0.0/33",        "10.8.0.7/24",     "10.8.0.0/-1",
                                      "10.8.0.0/ 8",    "10.8.0.0/2x",        "10.8.0.0/024x",   "2001:db8::/129",
                                      "2001:db8::1/64", "10.8.0.0:1/24",      "[10.8.0.0]:1/24", "/24",
                                      "10.8.0/24",      "::ffff:10.8.0.7/120"};
    struct select_address a;
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(parse_address(bad[i], &a), -EINVAL);
    assert_int_equal(parse_address("10.8.0.0/24", &a), 0);
    assert_int_equal(a.bits, 24);
    assert_true(address_is_prefix(&a));
    assert_int_equal(parse_address("10.8.0.6/32", &a), 0);
    assert_false(address_is_prefix(&a));
    assert_int_equal(parse_address("::/0", &a), 0);
    assert_int_equal(parse_address("::ffff:10.8.0.0/120", &a), 0);
    assert_int_equal(a.bits, 24);
}

static void a_prefix_matches_inside_the_tunnel_only(void **state)
{
    (void)state;
    BY(SELECT_ADDRESS, "10.8.0.0/24", 101, 104);
    const struct asked a[] = {{SELECT_ADDRESS, "10.8.0.6/31"}, {SELECT_USER, "alice"}, {SELECT_DRIVER, "openvpn:main"}};
    EXPECT(false, a, 101);
    BY(SELECT_ADDRESS, "2001:db8::/64", 102, 103);
    BY(SELECT_ADDRESS, "2001:db8:2::6", 101); /* only the server's own interface tells it */
    BY(SELECT_ADDRESS, "192.0.2.0/24", 0);
    BY(SELECT_ADDRESS, "0.0.0.0/0", 101, 104);
    BY(SELECT_ADDRESS, "10.8.0.8/29", 0);
}

static void drivers_and_types_are_compared_whole(void **state)
{
    (void)state;
    BY(SELECT_DRIVER, "openvpn", 101, 104);
    BY(SELECT_DRIVER, "openvpn:second", 104);
    BY(SELECT_DRIVER, "open", 105);
    BY(SELECT_DRIVER, "openvpn:", 0);
    BY(SELECT_DRIVER, "openv", 0);
    BY(SELECT_TYPE, "pppoe", 105);
    BY(SELECT_TYPE, "openvpn", 101, 104);
    BY(SELECT_TYPE, "Vpn", 102, 103, 108); /* not told: as listed; nobody is on the idle ones */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_are_read_strictly),
        cmocka_unit_test(a_prefix_matches_inside_the_tunnel_only),
        cmocka_unit_test(drivers_and_types_are_compared_whole),
        cmocka_unit_test(nothing_is_not_everything),
        cmocka_unit_test(all_is_everybody_who_is_there),
        cmocka_unit_test(a_name_selects_its_port_even_when_idle),
        cmocka_unit_test(a_name_wins_over_a_handle),
        cmocka_unit_test(a_handle_must_be_exact),
        cmocka_unit_test(a_user_is_matched_by_the_whole_name),
        cmocka_unit_test(a_connection_selects_all_its_ports),
        cmocka_unit_test(an_address_is_compared_as_an_address),
        cmocka_unit_test(different_selectors_must_all_match),
        cmocka_unit_test(one_selector_again_means_either),
        cmocka_unit_test(all_does_not_widen_a_selector),
        cmocka_unit_test(text_that_cannot_be_right_is_refused),
        cmocka_unit_test(links_of_one_connection_are_one_session),
        cmocka_unit_test(values_that_match_nothing_are_told),
    };
    return cmocka_run_group_tests_name("select", tests, join, NULL);
}
