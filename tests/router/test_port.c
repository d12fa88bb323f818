/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: handles, generations, who gets which, what is counted. */
#include "tests/router/fixture.h"

static void a_fixed_number_of_ports_is_listed_at_once(void **state)
{
    struct fixture *f = *state;
    attach(f, "openvpn", 3);
    assert_int_equal(router_port_count(f->r), 3);
    for (uint32_t slot = 1; slot <= 3; slot++) {
        struct router_port_view v = port(f, slot);
        char name[32];
        snprintf(name, sizeof name, "openvpn-%u", slot);
        assert_int_equal(v.handle, slot); /* generation 0: no session yet */
        assert_int_equal(v.state, ROUTER_PORT_LISTENING);
        assert_string_equal(v.name, name);
        assert_string_equal(v.device_name, "openvpn main");
        assert_string_equal(v.driver, "openvpn");
        assert_string_equal(v.instance, "main");
        assert_string_equal(v.id, "");
        assert_int_equal(v.calls, 0);
        assert_int_equal(v.counters.ratio_in, 100);
    }
    struct router_port_view v;
    assert_false(router_port_at(f->r, 0, &f->now, &v));
    assert_false(router_port_at(f->r, 4, &f->now, &v));
    assert_false(router_port_at(f->r, UINT32_MAX, &f->now, &v));
}

static void a_session_raises_the_generation_of_its_port(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(connect(f, d, "7", 100 + i, "alice"), 1 | i << 20);
        assert_int_equal(port(f, 1).calls, i);
        assert_int_equal(gone(f, d, "7", 100 + i), 0);
        assert_int_equal(port(f, 1).handle, 1 | i << 20); /* stays until the next one */
    }
}

static void reading_takes_any_generation_and_gives_the_current_handle(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    uint32_t h = connect(f, d, "7", 100, "alice");
    struct router_port_view v;
    assert_true(router_port_get(f->r, 1, &f->now, &v));
    assert_int_equal(v.handle, h);
    assert_true(router_port_get(f->r, 1 | 77u << 20, &f->now, &v));
    assert_int_equal(v.handle, h);
    assert_false(router_port_get(f->r, 0, &f->now, &v));
    assert_false(router_port_get(f->r, 2, &f->now, &v));
    assert_false(router_port_get(f->r, UINT32_MAX, &f->now, &v));
    assert_false(router_port_get(f->r, 0x80000001u, &f->now, &v));
}

static void the_generation_wraps_after_2048_sessions(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    for (uint32_t i = 1; i <= 2 * ROUTER_GENERATIONS + 1; i++) {
        uint32_t h = connect(f, d, "7", 100 + i, "alice");
        assert_int_equal(h, 1 | i % ROUTER_GENERATIONS << 20);
        assert_true(h > 0 && h < 0x80000000u);
        assert_int_equal(gone(f, d, "7", 100 + i), 0);
        forget(f);
    }
    assert_int_equal(port(f, 1).calls, 2 * ROUTER_GENERATIONS + 1);
}

static void free_ports_are_used_again_oldest_first(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    connect(f, d, "a", 1, "a");
    connect(f, d, "b", 1, "b");
    gone(f, d, "b", 1);
    gone(f, d, "a", 1);
    connect(f, d, "c", 1, "c");
    connect(f, d, "d", 1, "d");
    connect(f, d, "e", 1, "e");
    assert_int_equal(port_of(f, "c").slot, 3);
    assert_int_equal(port_of(f, "d").slot, 2);
    assert_int_equal(port_of(f, "e").slot, 1);
}

static void a_session_without_a_free_port_is_refused_and_counted(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    connect(f, d, "a", 1, "a");
    connect(f, d, "b", 1, "b");
    forget(f);
    const struct router_session s = {.id = "c", .start = 1, .state = ROUTER_SESSION_CONNECTED, .user = "carol"};
    assert_int_equal(report(f, d, &s), -ENOSPC);
    struct router_totals t;
    router_get_totals(f->r, &t);
    assert_int_equal(t.sessions_refused, 1);
    assert_int_equal(t.ports_in_use, 2);
    assert_int_equal(t.connections, 2);
    assert_int_equal(f->event_count, 0);
    assert_int_equal(sessions_of(f, "carol"), 0);
    assert_int_equal(gone(f, d, "c", 1), -ENOENT);
    gone(f, d, "a", 1);
    assert_int_equal(report(f, d, &s), 0);
}

static void ports_grow_on_demand_up_to_the_drivers_limit(void **state)
{
    struct fixture *f = *state;
    const struct router_driver_info info = {.kind = ROUTER_DRIVER_DAEMON,
                                            .name = "charon",
                                            .instance = "main",
                                            .device_type = "ikev2",
                                            .device_name = "strongSwan",
                                            .port_prefix = "VPN",
                                            .max_ports = 2};
    struct router_driver *d;
    assert_int_equal(router_driver_attach(f->r, &info, &f->now, &d), 0);
    assert_int_equal(router_port_count(f->r), 0);
    connect(f, d, "a", 1, "a");
    assert_string_equal(port(f, 1).name, "VPN-1");
    assert_string_equal(port(f, 1).device_name, "strongSwan");
    assert_int_equal(gone(f, d, "a", 1), 0);
    connect(f, d, "b", 1, "b");
    assert_int_equal(router_port_count(f->r), 1);
    connect(f, d, "c", 1, "c");
    const struct router_session s = {.id = "d", .start = 1, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), -ENOSPC);
    assert_int_equal(router_port_count(f->r), 2);
}

static void all_drivers_share_the_routers_limit(void **state)
{
    struct fixture *f = *state;
    struct router_config c = test_config;
    c.max_ports = 3;
    assert_int_equal(router_reconfigure(f->r, &c), 0);
    attach(f, "openvpn", 2);
    struct router_driver *d = attach(f, "charon", 0);
    const struct router_driver_info more = {
        .kind = ROUTER_DRIVER_DAEMON, .name = "ocserv", .instance = "main", .device_type = "anyconnect", .ports = 2};
    struct router_driver *none = NULL;
    assert_int_equal(router_driver_attach(f->r, &more, &f->now, &none), -ENOSPC);
    assert_null(none);
    connect(f, d, "a", 1, "a");
    const struct router_session s = {.id = "b", .start = 1, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), -ENOSPC);
    c.max_ports = 1; /* less than there are: none goes away, none comes */
    assert_int_equal(router_reconfigure(f->r, &c), 0);
    assert_int_equal(router_port_count(f->r), 3);
    assert_int_equal(gone(f, d, "a", 1), 0);
    connect(f, d, "c", 1, "c");
}

static void a_long_prefix_is_cut_and_the_number_kept(void **state)
{
    struct fixture *f = *state;
    struct router_driver_info info = {.kind = ROUTER_DRIVER_DAEMON,
                                      .name = "x",
                                      .instance = "main",
                                      .device_type = "abcdefghijklmnopqr",
                                      .ports = 10};
    struct router_driver *d;
    assert_int_equal(router_driver_attach(f->r, &info, &f->now, &d), 0);
    assert_string_equal(port(f, 9).name, "abcdefghijklmn-9");
    assert_string_equal(port(f, 10).name, "abcdefghijklm-10");
    info.name = "y";
    info.port_prefix = "aaaaaaaaaaaaa\xc3\xa4\xc3\xa4"; /* cut before a character, not inside */
    assert_int_equal(router_driver_attach(f->r, &info, &f->now, &d), 0);
    assert_string_equal(port(f, 11).name, "aaaaaaaaaaaaa-1");
}

static void states_of_sessions_show_on_the_port(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    static const struct {
        enum router_session_state said;
        enum router_port_state shown;
        bool connection;
    } steps[] = {
        {ROUTER_SESSION_KEEP, ROUTER_PORT_AUTHENTICATING, false},
        {ROUTER_SESSION_CONNECTING, ROUTER_PORT_AUTHENTICATING, false},
        {ROUTER_SESSION_AUTHENTICATING, ROUTER_PORT_AUTHENTICATING, false},
        {ROUTER_SESSION_CALLING_BACK, ROUTER_PORT_CALLING_BACK, false},
        {ROUTER_SESSION_KEEP, ROUTER_PORT_CALLING_BACK, false},
        {ROUTER_SESSION_CONNECTED, ROUTER_PORT_CONNECTED, true},
        {ROUTER_SESSION_KEEP, ROUTER_PORT_CONNECTED, true},
        {ROUTER_SESSION_DISCONNECTING, ROUTER_PORT_DISCONNECTING, true},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const struct router_session s = {.id = "7", .start = 1, .state = steps[i].said};
        assert_int_equal(report(f, d, &s), 0);
        assert_int_equal(port(f, 1).state, steps[i].shown);
        assert_int_equal(port(f, 1).connection != 0, steps[i].connection);
        assert_int_equal(port(f, 1).calls, 1);
    }
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_UP), 1);
    struct router_session s = {.id = "7", .start = 1, .state = (enum router_session_state)6};
    assert_int_equal(report(f, d, &s), -EINVAL);
}

static const struct router_counters some = {.bytes_out = UINT64_MAX - 1,
                                            .bytes_in = 20,
                                            .frames_out = 3,
                                            .frames_in = 4,
                                            .crc_errors = 5,
                                            .timeout_errors = 6,
                                            .alignment_errors = 7,
                                            .hardware_overruns = 8,
                                            .framing_errors = 9,
                                            .buffer_overruns = 10,
                                            .ratio_in = 50,
                                            .ratio_out = 60};

static void assert_counters(const struct router_counters *a, const struct router_counters *b)
{
    assert_memory_equal(a, b, sizeof *a);
}

static void clearing_moves_a_base_line(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    struct router_counters more = some;
    uint32_t h = connect(f, d, "7", 1, "alice");
    assert_int_equal(router_session_counters(f->r, d, "7", 1, &some, &f->now), 0);
    struct router_port_view v = port(f, 1);
    assert_counters(&v.counters, &some);
    assert_true(router_port_clear(f->r, 1)); /* any generation */
    v = port(f, 1);
    assert_counters(&v.counters, &(struct router_counters){.ratio_in = 50, .ratio_out = 60});
    more.bytes_in += 7;
    more.crc_errors += 1;
    assert_int_equal(router_session_counters(f->r, d, "7", 1, &more, &f->now), 0);
    v = port(f, 1);
    assert_counters(&v.counters,
                    &(struct router_counters){.bytes_in = 7, .crc_errors = 1, .ratio_in = 50, .ratio_out = 60});
    /* the daemon begins again: so do we */
    more.bytes_in = 3;
    assert_int_equal(router_session_counters(f->r, d, "7", 1, &more, &f->now), 0);
    assert_int_equal(port(f, 1).counters.bytes_in, 3);
    assert_false(router_port_clear(f->r, 0));
    assert_false(router_port_clear(f->r, 2));
    assert_false(router_port_clear(f->r, h | 0x80000000u));
    /* accounting sees what the daemon counts */
    gone(f, d, "7", 1);
    assert_counters(&last(f, ROUTER_EVENT_SESSION_GONE)->counters, &more);
    assert_counters(&last(f, ROUTER_EVENT_CONNECTION_GONE)->counters, &more);
    assert_true(router_port_clear(f->r, 1)); /* an idle one has nothing to clear */
    v = port(f, 1);
    assert_counters(&v.counters, &(struct router_counters){.ratio_in = 100, .ratio_out = 100});
}

static void counters_alone_make_no_session_and_no_event(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    assert_int_equal(router_session_counters(f->r, d, "7", 1, &some, &f->now), -ENOENT);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING);
    connect(f, d, "7", 1, "alice");
    forget(f);
    assert_int_equal(router_session_counters(f->r, d, "7", 2, &some, &f->now), -ENOENT);
    assert_int_equal(router_session_counters(f->r, d, "7", 1, &some, &f->now), 0);
    const struct router_session s = {.id = "7", .start = 1, .counters = &some};
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(f->event_count, 0);
}

static void the_last_counters_are_final_only_when_the_daemon_says_so(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    struct router_gone g = {.id = "7", .start = 1, .counters = &some, .counters_final = true};
    connect(f, d, "7", 1, "alice");
    assert_int_equal(router_session_gone(f->r, d, &g, &f->now), 0);
    assert_true(last(f, ROUTER_EVENT_SESSION_GONE)->counters_final);
    assert_counters(&last(f, ROUTER_EVENT_SESSION_GONE)->counters, &some);
    connect(f, d, "7", 2, "alice");
    assert_int_equal(router_session_counters(f->r, d, "7", 2, &some, &f->now), 0);
    g = (struct router_gone){.id = "7", .counters_final = true};
    assert_int_equal(router_session_gone(f->r, d, &g, &f->now), 0);
    assert_false(last(f, ROUTER_EVENT_SESSION_GONE)->counters_final);
    assert_counters(&last(f, ROUTER_EVENT_SESSION_GONE)->counters, &some);
}

static void slots_end_at_the_limit_of_a_handle(void **state)
{
    struct fixture *f = *state;
    struct router_config c = test_config;
    c.max_ports = ROUTER_SLOTS_MAX;
    fixture_renew(f, &c);
    struct router_driver *d = attach(f, "openvpn", ROUTER_SLOTS_MAX - 1);
    struct router_driver *other = attach(f, "charon", 0);
    assert_int_equal(router_port_count(f->r), ROUTER_SLOTS_MAX - 1);
    uint32_t h = 0;
    const struct router_session s = {.id = "a", .start = 1, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, other, &s), 0);
    h = port(f, ROUTER_SLOTS_MAX).handle;
    assert_int_equal(h, ROUTER_SLOTS_MAX | 1u << 20);
    assert_string_equal(port(f, ROUTER_SLOTS_MAX - 1).name, "openvpn-1048574");
    const struct router_session t = {.id = "b", .start = 1, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, other, &t), -ENOSPC);
    assert_int_equal(report(f, d, &t), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_fixed_number_of_ports_is_listed_at_once),
        T(a_session_raises_the_generation_of_its_port),
        T(reading_takes_any_generation_and_gives_the_current_handle),
        T(the_generation_wraps_after_2048_sessions),
        T(free_ports_are_used_again_oldest_first),
        T(a_session_without_a_free_port_is_refused_and_counted),
        T(ports_grow_on_demand_up_to_the_drivers_limit),
        T(all_drivers_share_the_routers_limit),
        T(a_long_prefix_is_cut_and_the_number_kept),
        T(states_of_sessions_show_on_the_port),
        T(clearing_moves_a_base_line),
        T(counters_alone_make_no_session_and_no_event),
        T(the_last_counters_are_final_only_when_the_daemon_says_so),
        T(slots_end_at_the_limit_of_a_handle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
