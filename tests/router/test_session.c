/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: identity, what is kept, what is refused, who waits for a port. */
#include "tests/router/fixture.h"

static void another_start_under_the_same_id_is_another_session(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    uint32_t alice = connect(f, d, "7", 100, "alice");
    uint32_t first = port_of(f, "7").connection;
    forget(f);
    uint32_t carol = connect(f, d, "7", 200, "carol");
    assert_int_not_equal(alice, carol);
    assert_int_not_equal(first, port_of(f, "7").connection);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 1);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 1);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->user, "alice");
    assert_true(last(f, ROUTER_EVENT_SESSION_GONE) < last(f, ROUTER_EVENT_SESSION_UP));
    struct router_totals t;
    router_get_totals(f->r, &t);
    assert_int_equal(t.ports_in_use, 1);
    assert_int_equal(t.sessions_started, 2);
}

static void the_end_of_an_earlier_session_is_not_that_of_the_next(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    connect(f, d, "7", 100, "alice");
    uint32_t carol = connect(f, d, "7", 200, "carol");
    const struct router_counters late = {.bytes_in = 4711};
    assert_int_equal(router_session_counters(f->r, d, "7", 100, &late, &f->now), -ENOENT);
    assert_int_equal(gone(f, d, "7", 100), -ENOENT);
    assert_int_equal(port(f, 1).handle, carol);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_CONNECTED);
    assert_int_equal(port(f, 1).counters.bytes_in, 0);
    assert_int_equal(gone(f, d, "7", 200), 0);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING);
}

static void with_one_port_the_next_session_gets_it_on_a_new_generation(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    assert_int_equal(connect(f, d, "7", 100, "alice"), 1 | 1u << 20);
    assert_int_equal(connect(f, d, "7", 200, "carol"), 1 | 2u << 20);
}

static void the_first_start_that_is_told_is_the_sessions(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    uint32_t h = connect(f, d, "7", 0, "alice");
    assert_int_equal(connect(f, d, "7", 100, "alice"), h);
    assert_int_equal(connect(f, d, "7", 0, "alice"), h); /* not said: as before */
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 0);
    assert_int_not_equal(connect(f, d, "7", 101, "alice"), h);
    assert_int_equal(gone(f, d, "7", 100), -ENOENT);
    assert_int_equal(gone(f, d, "7", 0), 0);
}

static void ids_belong_to_their_driver(void **state)
{
    struct fixture *f = *state;
    struct router_driver *a = attach(f, "openvpn", 1), *b = attach(f, "charon", 1);
    connect(f, a, "7", 100, "alice");
    const struct router_session s = {.id = "7", .start = 100, .state = ROUTER_SESSION_CONNECTED, .user = "bob"};
    assert_int_equal(report(f, b, &s), 0);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_CONNECTED);
    assert_int_equal(gone(f, b, "7", 100), 0);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_CONNECTED);
}

static void what_is_not_said_is_kept(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    struct router_session s = {.id = "7",
                               .start = 100,
                               .state = ROUTER_SESSION_CONNECTED,
                               .user = "alice",
                               .client_address = "192.0.2.7:4000",
                               .tunnel_address4 = "10.0.0.2",
                               .line_speed = 9600};
    assert_int_equal(report(f, d, &s), 0);
    s = (struct router_session){.id = "7", .start = 100, .tunnel_address4 = "10.0.0.3", .caller = "laptop"};
    forget(f);
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_CHANGED), 1);
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(f->event_count, 1); /* the same again is no news */
    assert_int_equal(port(f, 1).line_speed, 9600);
    struct router_connection *c = router_connection_get(f->r, port(f, 1).connection);
    struct router_connection_view v;
    router_connection_view(f->r, c, &f->now, &v);
    assert_string_equal(v.user, "alice");
    assert_string_equal(v.client_address, "192.0.2.7:4000");
    assert_string_equal(v.tunnel_address4, "10.0.0.3");
    assert_string_equal(v.caller, "laptop");
    assert_string_equal(v.interface, "");
    router_connection_unref(f->r, c);
    uint32_t found = 0;
    assert_int_equal(router_find_address(f->r, "10.0.0.2", &found, 1), 0);
    assert_int_equal(router_find_address(f->r, "10.0.0.3", &found, 1), 1);
    assert_int_equal(found, v.handle);
}

static void a_port_and_its_events_show_all_texts_of_the_session(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    const struct router_session s = {.id = "7",
                                     .state = ROUTER_SESSION_CONNECTED,
                                     .user = "alice",
                                     .auth = "certificate",
                                     .caller = "laptop",
                                     .client_address = "192.0.2.7:4000",
                                     .server_address = "192.0.2.1:1194",
                                     .tunnel_address4 = "10.0.0.2",
                                     .tunnel_address6 = "2001:db8::2",
                                     .tunnel_server4 = "10.0.0.1",
                                     .interface = "tun0",
                                     .bundle = "b"};
    assert_string_equal(port(f, 1).auth, "");
    assert_string_equal(port(f, 1).bundle, "");
    assert_int_equal(report(f, d, &s), 0);
    struct router_port_view v = port(f, 1);
    const char *const shown[] = {v.auth,           v.caller,          v.client_address,
                                 v.server_address, v.tunnel_address4, v.tunnel_address6,
                                 v.tunnel_server4, v.interface,       v.bundle};
    const char *const told[] = {s.auth,           s.caller,          s.client_address,
                                s.server_address, s.tunnel_address4, s.tunnel_address6,
                                s.tunnel_server4, s.interface,       s.bundle};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        assert_string_equal(shown[i], told[i]);
    const struct seen *up = last(f, ROUTER_EVENT_SESSION_UP);
    assert_string_equal(up->device_type, "openvpn");
    assert_string_equal(up->client_address, "192.0.2.7:4000");
    assert_string_equal(up->tunnel_address4, "10.0.0.2");
    assert_string_equal(up->tunnel_address6, "2001:db8::2");
}

/* A text of n bytes. */
static const char *text(size_t n)
{
    static char room[1024];
    memset(room, 'x', n);
    room[n] = '\0';
    return room;
}

static void texts_of_the_limit_are_taken_and_longer_ones_refused(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    struct router_session s = {.start = 1, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), -EINVAL);
    s.id = "";
    assert_int_equal(report(f, d, &s), -EINVAL);
    s.id = text(ROUTER_ID_MAX + 1);
    assert_int_equal(report(f, d, &s), -EINVAL);
    s.id = text(ROUTER_ID_MAX);
    assert_int_equal(report(f, d, &s), 0);
    s.id = "7";
    s.user = text(ROUTER_USER_MAX + 1);
    assert_int_equal(report(f, d, &s), -EINVAL);
    s.user = text(ROUTER_USER_MAX);
    assert_int_equal(report(f, d, &s), 0);
    s.user = NULL;
    const char **member[] = {&s.caller,          &s.client_address, &s.server_address, &s.tunnel_address4,
                             &s.tunnel_address6, &s.tunnel_server4, &s.interface,      &s.bundle};
    for (size_t i = 0; i < sizeof member / sizeof member[0]; i++) {
        *member[i] = text(ROUTER_TEXT_MAX + 1);
        assert_int_equal(report(f, d, &s), -EINVAL);
        *member[i] = text(ROUTER_TEXT_MAX);
        assert_int_equal(report(f, d, &s), 0);
    }
    s.start = -1;
    assert_int_equal(report(f, d, &s), -EINVAL);
}

static void a_driver_that_is_not_there_can_not_report(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    const struct router_session s = {.id = "7", .start = 1, .state = ROUTER_SESSION_CONNECTED};
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(report(f, d, &s), -ENODEV);
}

static void sessions_that_never_connected_make_no_connection(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    const struct router_session s = {.id = "7", .start = 1, .state = ROUTER_SESSION_AUTHENTICATING, .user = "eve"};
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(gone(f, d, "7", 1), 0);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 0);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_UP), 0);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 0);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->reason, "hung up");
    assert_int_equal(last(f, ROUTER_EVENT_SESSION_GONE)->told, ROUTER_TOLD_YES);
}

/* The daemon began again while its driver was away: other sessions, but the ports are still held by the old ones. */
static struct router_driver *begun_again(struct fixture *f)
{
    struct router_driver *d = attach(f, "openvpn", 2);
    connect(f, d, "old1", 1, "alice");
    connect(f, d, "old2", 1, "bob");
    router_driver_snapshot_end(f->r, d, &f->now);
    router_driver_detach(f->r, d, &f->now);
    attach(f, "openvpn", 2);
    forget(f);
    return d;
}

static int report_new(struct fixture *f, struct router_driver *d, const char *id, const char *user)
{
    const struct router_session s = {.id = id, .start = 2, .state = ROUTER_SESSION_CONNECTED, .user = user};
    return report(f, d, &s);
}

static void new_sessions_wait_until_the_snapshot_frees_the_ports(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = begun_again(f);
    assert_int_equal(report_new(f, d, "new1", "alice"), 0);
    assert_int_equal(report_new(f, d, "new2", "bob"), 0);
    assert_int_equal(report_new(f, d, "new2", "bertha"), 0);      /* may change while it waits */
    assert_int_equal(report_new(f, d, "new3", "carol"), -ENOSPC); /* more than can ever fit */
    assert_int_equal(f->event_count, 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(port(f, 1).id, "new1");
    assert_string_equal(port(f, 2).id, "new2");
    assert_int_equal(port(f, 1).handle, 1 | 2u << 20);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 2);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 2);
    assert_int_equal(sessions_of(f, "bertha"), 1);
    assert_int_equal(sessions_of(f, "bob"), 0);
}

static void no_more_wait_than_ports_are_held(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = begun_again(f);
    assert_int_equal(gone(f, d, "old1", 1), 0); /* not by the snapshot: its port is free at once */
    assert_int_equal(report_new(f, d, "new1", "alice"), 0);
    assert_string_equal(port(f, 1).id, "new1");
    assert_int_equal(report_new(f, d, "new2", "bob"), 0);
    assert_int_equal(report_new(f, d, "new3", "carol"), -ENOSPC);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(port(f, 2).id, "new2");
}

static void who_waits_and_leaves_was_never_seen(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = begun_again(f);
    assert_int_equal(report_new(f, d, "new1", "alice"), 0);
    assert_int_equal(report_new(f, d, "new2", "bob"), 0);
    assert_int_equal(gone(f, d, "new1", 2), 0);
    assert_int_equal(gone(f, d, "new1", 2), -ENOENT);
    assert_int_equal(f->event_count, 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(port(f, 1).id, "new2");
    assert_int_equal(port(f, 2).state, ROUTER_PORT_LISTENING);
}

static void who_waits_gets_the_first_port_that_becomes_free(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = begun_again(f);
    assert_int_equal(report_new(f, d, "new1", "alice"), 0);
    assert_int_equal(gone(f, d, "old2", 1), 0);
    assert_string_equal(port(f, 2).id, "new1");
    assert_int_equal(port(f, 1).state, ROUTER_PORT_CONNECTED);
}

static void who_waits_is_forgotten_when_the_driver_goes(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = begun_again(f);
    assert_int_equal(report_new(f, d, "new1", "alice"), 0);
    router_driver_detach(f->r, d, &f->now);
    attach(f, "openvpn", 2);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_LISTENING);
}

static void who_waits_under_an_id_of_before_is_another_session(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = begun_again(f);
    assert_int_equal(report_new(f, d, "new1", "alice"), 0);
    const struct router_session s = {.id = "new1", .start = 3, .state = ROUTER_SESSION_CONNECTED, .user = "carol"};
    assert_int_equal(report(f, d, &s), 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_UP)->user, "carol");
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 1);
}

static void a_start_that_is_not_said_again_is_the_connections_too(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    struct router_session s = {.id = "7", .start = f->now.wall_s - 90, .state = ROUTER_SESSION_AUTHENTICATING};
    assert_int_equal(report(f, d, &s), 0);
    s.start = 0;
    s.state = ROUTER_SESSION_CONNECTED;
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(port_of(f, "7").connect_seconds, 90);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_start_that_is_not_said_again_is_the_connections_too),
        T(another_start_under_the_same_id_is_another_session),
        T(the_end_of_an_earlier_session_is_not_that_of_the_next),
        T(with_one_port_the_next_session_gets_it_on_a_new_generation),
        T(the_first_start_that_is_told_is_the_sessions),
        T(ids_belong_to_their_driver),
        T(what_is_not_said_is_kept),
        T(a_port_and_its_events_show_all_texts_of_the_session),
        T(texts_of_the_limit_are_taken_and_longer_ones_refused),
        T(a_driver_that_is_not_there_can_not_report),
        T(sessions_that_never_connected_make_no_connection),
        T(new_sessions_wait_until_the_snapshot_frees_the_ports),
        T(no_more_wait_than_ports_are_held),
        T(who_waits_and_leaves_was_never_seen),
        T(who_waits_gets_the_first_port_that_becomes_free),
        T(who_waits_is_forgotten_when_the_driver_goes),
        T(who_waits_under_an_id_of_before_is_another_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
