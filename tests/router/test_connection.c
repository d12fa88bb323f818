/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: multilink, references, order of handles, finding them. */
#include "tests/router/fixture.h"

static uint32_t link_up(struct fixture *f, struct router_driver *d, const char *id, const char *user,
                        const char *bundle)
{
    const struct router_session s = {.id = id,
                                     .start = 1,
                                     .state = ROUTER_SESSION_CONNECTED,
                                     .user = user,
                                     .bundle = bundle,
                                     .tunnel_address4 = "10.0.0.9"};
    assert_int_equal(report(f, d, &s), 0);
    return port_of(f, id).handle;
}

static struct router_connection_view view(struct fixture *f, uint32_t handle)
{
    struct router_connection *c = router_connection_get(f->r, handle);
    struct router_connection_view v;
    assert_non_null(c);
    router_connection_view(f->r, c, &f->now, &v);
    router_connection_unref(f->r, c);
    return v;
}

/* The scenario of MS-RRASM 4.2: ten connections, one user with two ports; both are found and disconnected. */
static void the_scenario_of_the_specification(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 16);
    char id[16], user[16];
    for (unsigned i = 0; i < 9; i++) {
        snprintf(id, sizeof id, "%u", i);
        snprintf(user, sizeof user, "user%u", i);
        link_up(f, d, id, user, NULL);
    }
    link_up(f, d, "a", "mallory", "b1");
    link_up(f, d, "b", "mallory", "b1");
    forget(f);

    struct router_connection *c[16];
    size_t n = router_connections(f->r, 0, c, 16);
    assert_int_equal(n, 10);
    uint32_t handle = 0, ports[4];
    for (size_t i = 0; i < n; i++) {
        struct router_connection_view v;
        router_connection_view(f->r, c[i], &f->now, &v);
        if (strcmp(v.user, "mallory") == 0)
            handle = v.handle;
        router_connection_unref(f->r, c[i]);
    }
    struct router_connection *m = router_connection_get(f->r, handle);
    assert_int_equal(router_connection_ports(m, ports, 4), 2);
    router_connection_unref(f->r, m);

    struct answer first, second;
    assert_int_equal(disconnect(f, ports[0], &first), -EINPROGRESS);
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(gone(f, d, "a", 1), 0);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 0);
    assert_int_equal(view(f, handle).links, 1);
    assert_int_equal(disconnect(f, ports[1], &second), -EINPROGRESS);
    assert_int_equal(reply(f, d, f->sent[1].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(gone(f, d, "b", 1), 0);
    assert_int_equal(first.result, 0);
    assert_int_equal(second.result, 0);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 1);
    assert_null(router_connection_get(f->r, handle));
    assert_int_equal(router_connections(f->r, 0, c, 16), 9);
    for (size_t i = 0; i < 9; i++)
        router_connection_unref(f->r, c[i]);
}

static void a_bundle_is_of_one_driver_name_and_one_user(void **state)
{
    struct fixture *f = *state;
    struct router_driver *a = attach(f, "pptp", 8), *b = attach(f, "pppoe", 8);
    struct router_driver *pool1 = attach_pool(f, "l2tp", 4), *pool2 = attach_pool(f, "serial", 4);
    link_up(f, a, "1", "alice", "b1");
    link_up(f, a, "2", "mallory", "b1");
    link_up(f, b, "3", "alice", "b1");
    link_up(f, a, "4", "alice", "b1");
    link_up(f, pool1, "5", "alice", "b1");
    link_up(f, pool2, "6", "alice", "b1"); /* another pool of the same driver */
    assert_int_equal(port_of(f, "1").connection, port_of(f, "4").connection);
    assert_int_equal(port_of(f, "5").connection, port_of(f, "6").connection);
    assert_int_not_equal(port_of(f, "1").connection, port_of(f, "2").connection);
    assert_int_not_equal(port_of(f, "1").connection, port_of(f, "3").connection);
    assert_int_not_equal(port_of(f, "1").connection, port_of(f, "5").connection);
}

static void a_bundle_that_is_told_later_gathers_later_links(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 8);
    link_up(f, d, "1", "alice", NULL);
    link_up(f, d, "1", "alice", "b1");
    link_up(f, d, "2", "alice", "b1");
    assert_int_equal(port_of(f, "1").connection, port_of(f, "2").connection);
}

static void links_beyond_the_limit_get_their_own_connection(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 100);
    char id[16];
    for (unsigned i = 0; i <= ROUTER_LINKS_MAX; i++) {
        snprintf(id, sizeof id, "s%u", i);
        link_up(f, d, id, "alice", "b1");
    }
    assert_int_equal(view(f, port_of(f, "s0").connection).links, ROUTER_LINKS_MAX);
    assert_int_not_equal(port_of(f, id).connection, port_of(f, "s0").connection);
    assert_int_equal(gone(f, d, "s0", 1), 0);
    link_up(f, d, "again", "alice", "b1");
    assert_int_equal(port_of(f, "again").connection, port_of(f, "s1").connection);
}

static void the_last_link_replaced_under_its_id_ends_the_connection(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 4);
    link_up(f, d, "1", "alice", "b1");
    uint32_t before = port_of(f, "1").connection;
    struct router_session s = {
        .id = "1", .start = 2, .state = ROUTER_SESSION_CONNECTED, .user = "alice", .bundle = "b1"};
    assert_int_equal(report(f, d, &s), 0);
    assert_int_not_equal(port_of(f, "1").connection, before);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 1);
    link_up(f, d, "2", "alice", "b1"); /* and the bundle is the new one's */
    assert_int_equal(port_of(f, "1").connection, port_of(f, "2").connection);
    s.start = 3; /* one of two links replaced: it goes on */
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(port_of(f, "1").connection, port_of(f, "2").connection);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 1);
}

static void count_bytes(struct fixture *f, struct router_driver *d, const char *id, uint64_t bytes, uint64_t errors)
{
    const struct router_counters c = {.bytes_in = bytes, .crc_errors = errors};
    assert_int_equal(router_session_counters(f->r, d, id, 1, &c, &f->now), 0);
}

static void clearing_a_port_clears_the_sum_but_not_the_other_ports(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 4);
    uint32_t p1 = link_up(f, d, "1", "alice", "b1"), p2 = link_up(f, d, "2", "alice", "b1");
    uint32_t c = port_of(f, "1").connection;
    count_bytes(f, d, "1", 100, 1);
    count_bytes(f, d, "2", 200, 2);
    assert_int_equal(view(f, c).counters.bytes_in, 300);
    assert_int_equal(view(f, c).counters.crc_errors, 3);
    assert_true(router_port_clear(f->r, p1));
    assert_int_equal(view(f, c).counters.bytes_in, 0);
    assert_int_equal(view(f, c).counters.crc_errors, 0);
    assert_int_equal(port_of(f, "1").counters.bytes_in, 0);
    assert_int_equal(port_of(f, "2").counters.bytes_in, 200);
    count_bytes(f, d, "2", 250, 2);
    assert_int_equal(view(f, c).counters.bytes_in, 50);
    assert_int_equal(gone(f, d, "2", 1), 0); /* what an ended link has carried stays in the sum */
    assert_int_equal(view(f, c).counters.bytes_in, 50);
    count_bytes(f, d, "1", 101, 1);
    assert_int_equal(view(f, c).counters.bytes_in, 51);
    assert_true(router_connection_clear(f->r, c));
    assert_int_equal(view(f, c).counters.bytes_in, 0);
    assert_int_equal(port_of(f, "1").counters.bytes_in, 1); /* the port keeps its own */
    assert_false(router_connection_clear(f->r, c + 1));
    assert_false(router_connection_clear(f->r, UINT32_MAX));
    assert_int_equal(gone(f, d, "1", 1), 0);
    assert_int_equal(last(f, ROUTER_EVENT_CONNECTION_GONE)->counters.bytes_in, 351);
    assert_int_equal(last(f, ROUTER_EVENT_CONNECTION_GONE)->counters.crc_errors, 3);
    (void)p2;
}

static void a_reference_outlives_the_connection(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 1);
    link_up(f, d, "1", "alice", NULL);
    struct router_connection *c = router_connection_after(f->r, 0), *same = router_connection_after(f->r, 0);
    assert_ptr_equal(c, same);
    count_bytes(f, d, "1", 100, 1);
    pass(f, 5000);
    assert_int_equal(gone(f, d, "1", 1), 0);
    link_up(f, d, "2", "carol", NULL); /* on the same port */
    pass(f, 60000);
    struct router_connection_view v;
    uint32_t ports[1];
    router_connection_view(f->r, c, &f->now, &v);
    assert_string_equal(v.user, "alice");
    assert_string_equal(v.device_type, "pptp");
    assert_int_equal(v.links, 0);
    assert_int_equal(v.first_port, 0);
    assert_int_equal(v.counters.bytes_in, 100);
    assert_int_equal(v.counters.crc_errors, 1);
    assert_int_equal(router_connection_ports(c, ports, 1), 0);
    assert_null(router_connection_get(f->r, v.handle));
    uint32_t seconds = v.connect_seconds;
    pass(f, 60000);
    router_connection_view(f->r, c, &f->now, &v);
    assert_int_equal(v.connect_seconds, seconds);
    router_connection_unref(f->r, c);
    router_connection_view(f->r, same, &f->now, &v);
    assert_string_equal(v.user, "alice");
    router_connection_unref(f->r, same);
    router_connection_unref(f->r, NULL);
}

static void a_reference_may_outlive_the_router(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 1);
    link_up(f, d, "1", "alice", NULL);
    struct router_connection *c = router_connection_after(f->r, 0);
    router_free(f->r);
    f->r = NULL;
    router_connection_unref(NULL, c);
}

static void a_connection_lasts_since_its_start(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 4);
    struct router_session s = {.id = "1", .start = f->now.wall_s - 90, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(port_of(f, "1").connect_seconds, 90);
    pass(f, 10000);
    assert_int_equal(port_of(f, "1").connect_seconds, 100);
    f->now.wall_s -= 3600; /* somebody sets the clock */
    assert_int_equal(port_of(f, "1").connect_seconds, 100);
    s = (struct router_session){.id = "2", .start = f->now.wall_s + 500, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), 0); /* a daemon that lives in the future */
    assert_int_equal(port_of(f, "2").connect_seconds, 0);
    s = (struct router_session){.id = "3", .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(port_of(f, "3").connect_seconds, 0);
    assert_int_equal(view(f, port_of(f, "3").connection).start, f->now.wall_s);
    s = (struct router_session){.id = "4", .start = 1, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(port_of(f, "4").connect_seconds, f->now.wall_s - 1);
}

static void each_connection_has_a_guid_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 4);
    link_up(f, d, "1", "alice", NULL);
    link_up(f, d, "2", "alice", NULL);
    struct router_connection_view a = view(f, port_of(f, "1").connection), b = view(f, port_of(f, "2").connection);
    assert_memory_not_equal(a.guid, b.guid, sizeof a.guid);
}

static void what_is_shown_is_of_a_link_that_is_there(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 4);
    struct router_session s = {.id = "1",
                               .start = 1,
                               .state = ROUTER_SESSION_CONNECTED,
                               .user = "alice",
                               .bundle = "b1",
                               .tunnel_address4 = "10.0.0.9",
                               .client_address = "192.0.2.1",
                               .interface = "ppp0"};
    assert_int_equal(report(f, d, &s), 0);
    s = (struct router_session){.id = "2",
                                .start = 1,
                                .state = ROUTER_SESSION_CONNECTED,
                                .user = "alice",
                                .bundle = "b1",
                                .client_address = "192.0.2.2",
                                .interface = "ppp1"};
    assert_int_equal(report(f, d, &s), 0);
    uint32_t c = port_of(f, "2").connection, found;
    assert_string_equal(view(f, c).client_address, "192.0.2.1");
    assert_int_equal(gone(f, d, "1", 1), 0);
    assert_string_equal(view(f, c).client_address, "192.0.2.2");
    assert_string_equal(view(f, c).interface, "ppp1");
    assert_string_equal(view(f, c).tunnel_address4, "10.0.0.9"); /* the bundle's */
    assert_int_equal(router_find_address(f->r, "10.0.0.9", &found, 1), 1);
    s = (struct router_session){.id = "2", .start = 1, .tunnel_address4 = "10.0.0.8"};
    assert_int_equal(report(f, d, &s), 0);
    assert_string_equal(view(f, c).tunnel_address4, "10.0.0.8");
    assert_int_equal(router_find_address(f->r, "10.0.0.9", &found, 1), 0);
    assert_int_equal(router_find_address(f->r, "10.0.0.8", &found, 1), 1);
}

static void addresses_of_both_kinds_are_found(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 8);
    const struct router_session s = {.id = "1",
                                     .start = 1,
                                     .state = ROUTER_SESSION_CONNECTED,
                                     .user = "alice",
                                     .tunnel_address4 = "10.0.0.9",
                                     .tunnel_address6 = "2001:db8::9"};
    uint32_t found = 0;
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(router_find_address(f->r, "2001:db8::9", &found, 1), 1);
    assert_int_equal(found, port(f, 1).connection);
    assert_int_equal(gone(f, d, "1", 1), 0);
    assert_int_equal(router_find_address(f->r, "2001:db8::9", &found, 1), 0);
}

static void listing_goes_on_after_the_one_that_has_gone(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 300);
    struct router_connection *c[8];
    struct router_connection_view v;
    char id[16];
    for (unsigned i = 0; i < 200; i++) {
        snprintf(id, sizeof id, "s%u", i);
        link_up(f, d, id, "alice", NULL);
        forget(f);
    }
    for (unsigned i = 100; i < 180; i++) {
        snprintf(id, sizeof id, "s%u", i);
        assert_int_equal(gone(f, d, id, 1), 0);
    }
    uint32_t at = 97;
    assert_int_equal(router_connections(f->r, at, c, 5), 5);
    const uint32_t expected[] = {98, 99, 100, 181, 182};
    for (size_t i = 0; i < 5; i++) {
        router_connection_view(f->r, c[i], &f->now, &v);
        assert_int_equal(v.handle, expected[i]);
        router_connection_unref(f->r, c[i]);
    }
    assert_int_equal(router_connections(f->r, 198, c, 8), 2);
    router_connection_unref(f->r, c[0]);
    router_connection_unref(f->r, c[1]);
    assert_int_equal(router_connections(f->r, 200, c, 8), 0);
    assert_null(router_connection_after(f->r, 0x7fffffff));
    assert_null(router_connection_after(f->r, UINT32_MAX));
    assert_null(router_connection_get(f->r, 0));
    assert_null(router_connection_get(f->r, UINT32_MAX));
}

/* Handles 1 to 5000 with gaps: the ends of tables of 64 and 4096 handles are among them, gone and still there. */
static void connections_above_a_handle_are_counted(void **state)
{
    struct fixture *f = *state;
    fixture_renew(
        f, &(struct router_config){.max_ports = 5000, .accept_ms = 1, .gone_ms = 1, .hard_ms = 1, .unknown_ms = 1});
    struct router_driver *d = attach(f, "pptp", 5000);
    char id[16];
    assert_int_equal(router_connection_count(f->r, 0), 0);
    for (unsigned i = 1; i <= 5000; i++) {
        snprintf(id, sizeof id, "s%u", i);
        link_up(f, d, id, "alice", NULL);
        forget(f);
    }
    assert_int_equal(router_connection_count(f->r, 0), 5000);
    for (unsigned i = 1; i <= 5000; i += i < 2000 || i > 4000 ? 3 : 1) {
        snprintf(id, sizeof id, "s%u", i);
        assert_int_equal(gone(f, d, id, 1), 0);
        forget(f);
    }
    uint32_t above = 0;
    for (uint32_t handle = 5001; handle-- > 0;) {
        assert_int_equal(router_connection_count(f->r, handle), above);
        struct router_connection *c = router_connection_get(f->r, handle);
        above += c != NULL;
        router_connection_unref(f->r, c);
    }
    struct router_totals totals;
    router_get_totals(f->r, &totals);
    assert_int_equal(above, totals.connections);
    assert_int_equal(router_connection_count(f->r, 0x7fffffff), 0);
    assert_int_equal(router_connection_count(f->r, UINT32_MAX), 0);
}

static void connection_handles_begin_again_below_2_to_the_31(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pptp", 10);
    link_up(f, d, "old", "alice", NULL);
    assert_int_equal(port_of(f, "old").connection, 1);
    router_set_floor(f->r, &(struct router_marks){.connection = 0x7ffffffd});
    link_up(f, d, "a", "alice", NULL);
    link_up(f, d, "b", "alice", NULL);
    link_up(f, d, "c", "alice", NULL);
    assert_int_equal(port_of(f, "a").connection, 0x7ffffffe);
    assert_int_equal(port_of(f, "b").connection, 0x7fffffff);
    assert_int_equal(port_of(f, "c").connection, 2); /* 1 is in use */
    struct router_connection *c[4];
    struct router_connection_view v;
    const uint32_t order[] = {1, 2, 0x7ffffffe, 0x7fffffff};
    assert_int_equal(router_connection_count(f->r, 0), 4);
    assert_int_equal(router_connection_count(f->r, 2), 2);
    assert_int_equal(router_connection_count(f->r, 0x7ffffffe), 1);
    assert_int_equal(router_connection_count(f->r, 0x7fffffff), 0);
    assert_int_equal(router_connections(f->r, 0, c, 4), 4);
    for (size_t i = 0; i < 4; i++) {
        router_connection_view(f->r, c[i], &f->now, &v);
        assert_int_equal(v.handle, order[i]);
        router_connection_unref(f->r, c[i]);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(the_scenario_of_the_specification),
        T(a_bundle_is_of_one_driver_name_and_one_user),
        T(a_bundle_that_is_told_later_gathers_later_links),
        T(links_beyond_the_limit_get_their_own_connection),
        T(the_last_link_replaced_under_its_id_ends_the_connection),
        T(clearing_a_port_clears_the_sum_but_not_the_other_ports),
        T(a_reference_outlives_the_connection),
        T(a_reference_may_outlive_the_router),
        T(a_connection_lasts_since_its_start),
        T(each_connection_has_a_guid_of_its_own),
        T(what_is_shown_is_of_a_link_that_is_there),
        T(addresses_of_both_kinds_are_found),
        T(listing_goes_on_after_the_one_that_has_gone),
        T(connections_above_a_handle_are_counted),
        T(connection_handles_begin_again_below_2_to_the_31),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
