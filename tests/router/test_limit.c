/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of types of devices: which ports go and come, and what becomes of sessions beyond them. */
#include "router/limit.h"
#include "tests/router/fixture.h"

static uint32_t limit_used_for(struct fixture *f, const char *type, uint32_t ports, uint32_t use)
{
    uint32_t above = 99;
    struct router_limit l = {.device_type = type, .ports = ports, .use = use};
    assert_int_equal(router_limit_set(f->r, &l, &above), 0);
    return above;
}

static uint32_t limit(struct fixture *f, const char *type, uint32_t ports)
{
    return limit_used_for(f, type, ports, ROUTER_USE_RAS);
}

static uint32_t all_ports(const struct fixture *f)
{
    struct router_totals t;
    router_get_totals(f->r, &t);
    return t.ports;
}

static struct router_driver *attach_of(struct fixture *f, const char *instance, const char *type, uint32_t ports,
                                       enum router_driver_kind kind)
{
    struct router_driver *d = NULL;
    struct router_driver_info info = {
        .kind = kind, .name = "x", .instance = instance, .device_type = type, .ports = ports};
    assert_int_equal(router_driver_attach(f->r, &info, &f->now, &d), 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    return d;
}

static int come(struct fixture *f, struct router_driver *d, const char *id, bool refusable)
{
    return report(
        f, d,
        &(struct router_session){.id = id,
                                 .start = 1,
                                 .state = refusable ? ROUTER_SESSION_AUTHENTICATING : ROUTER_SESSION_CONNECTED,
                                 .refusable = refusable});
}

static void idle_ports_above_the_limit_vanish_the_last_first(void **state)
{
    struct fixture *f = *state;
    struct router_port_view v;
    struct router_driver *d = attach(f, "openvpn", 5);
    connect(f, d, "a", 1, "alice");
    assert_int_equal(limit(f, "openvpn", 2), 0);
    assert_int_equal(all_ports(f), 2);
    assert_true(router_port_at(f->r, 1, &f->now, &v));
    assert_true(router_port_at(f->r, 2, &f->now, &v));
    for (uint32_t slot = 3; slot <= 5; slot++)
        assert_false(router_port_at(f->r, slot, &f->now, &v));
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 0);
    connect(f, d, "b", 1, "bob");
    assert_int_equal(port_of(f, "b").slot, 2);
}

static void busy_ports_above_the_limit_vanish_with_their_sessions(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    connect(f, d, "a", 1, "alice");
    connect(f, d, "b", 1, "bob");
    uint32_t handle = connect(f, d, "c", 1, "carol");
    assert_int_equal(limit(f, "openvpn", 1), 2);
    assert_int_equal(router_limit_above(f->r, "openvpn"), 2);
    assert_int_equal(all_ports(f), 3);
    assert_int_equal(f->sent_count, 0); /* nobody is disconnected */
    assert_int_equal(gone(f, d, "c", 1), 0);
    assert_int_equal(all_ports(f), 2);
    struct router_port_view v;
    assert_false(router_port_get(f->r, handle, &f->now, &v));
    assert_int_equal(gone(f, d, "a", 1), 0);
    assert_int_equal(all_ports(f), 1);
    assert_int_equal(router_limit_above(f->r, "openvpn"), 0);
    assert_int_equal(gone(f, d, "b", 1), 0);
    assert_int_equal(all_ports(f), 1);
    assert_int_equal(connect(f, d, "e", 1, "erin") & ROUTER_SLOTS_MAX, 2); /* the port that stayed */
}

static void a_handle_of_a_vanished_port_is_never_anothers(void **state)
{
    struct fixture *f = *state;
    struct answer a = {0};
    struct router_driver *d = attach(f, "openvpn", 2);
    connect(f, d, "a", 1, "alice");
    uint32_t handle = connect(f, d, "b", 1, "bob");
    limit(f, "openvpn", 1);
    gone(f, d, "b", 1);
    limit(f, "openvpn", 2);
    uint32_t next = connect(f, d, "c", 1, "carol");
    assert_int_equal(router_handle_slot(next), router_handle_slot(handle));
    assert_int_not_equal(next, handle);
    assert_int_equal(disconnect(f, handle, &a), -EINVAL);
}

static void a_raised_limit_gives_fixed_drivers_their_ports_back(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 5);
    limit(f, "openvpn", 1);
    limit(f, "openvpn", 3);
    assert_int_equal(all_ports(f), 3);
    limit(f, "openvpn", 100);
    assert_int_equal(all_ports(f), 5);
    for (int i = 0; i < 5; i++) {
        char id[2] = {(char)('a' + i), '\0'};
        connect(f, d, id, 1, id);
    }
    assert_int_equal(all_ports(f), 5);
}

static void a_driver_comes_with_no_more_ports_than_its_type_may_have(void **state)
{
    struct fixture *f = *state;
    limit(f, "openvpn", 3);
    attach_of(f, "a", "OpenVPN", 2, ROUTER_DRIVER_DAEMON); /* upper and lower case are the same */
    attach_of(f, "b", "openvpn", 2, ROUTER_DRIVER_DAEMON);
    attach_of(f, "c", "ikev2", 2, ROUTER_DRIVER_DAEMON);
    assert_int_equal(all_ports(f), 5);
}

static void drivers_of_a_type_give_ports_up_by_shares(void **state)
{
    struct fixture *f = *state;
    struct router_driver_view v[2];
    attach_of(f, "a", "l2tp", 8, ROUTER_DRIVER_DAEMON);
    attach_of(f, "b", "l2tp", 4, ROUTER_DRIVER_DAEMON);
    limit(f, "l2tp", 6);
    assert_int_equal(router_drivers(f->r, v, 2), 2);
    assert_int_equal(v[0].ports, 4);
    assert_int_equal(v[1].ports, 2);
}

static void an_idle_port_of_another_driver_makes_way(void **state)
{
    struct fixture *f = *state;
    struct router_driver *a = attach_of(f, "a", "l2tp", 0, ROUTER_DRIVER_SESSION);
    struct router_driver *b = attach_of(f, "b", "l2tp", 0, ROUTER_DRIVER_SESSION);
    limit(f, "l2tp", 2);
    come(f, a, "1", false);
    come(f, a, "2", false);
    gone(f, a, "1", 1);
    gone(f, a, "2", 1);
    assert_int_equal(all_ports(f), 2); /* both idle, both of a */
    assert_int_equal(come(f, b, "3", true), 0);
    assert_int_equal(come(f, b, "4", true), 0);
    assert_int_equal(all_ports(f), 2);
    assert_int_equal(come(f, a, "5", true), -EDQUOT);
}

static void who_can_be_turned_away_is_refused_at_the_limit(void **state)
{
    struct fixture *f = *state;
    struct router_totals t;
    struct router_driver *d = attach_of(f, "l2tp", "l2tp", 0, ROUTER_DRIVER_SESSION);
    limit(f, "l2tp", 1);
    assert_int_equal(come(f, d, "1", true), 0);
    forget(f);
    assert_int_equal(come(f, d, "2", true), -EDQUOT);
    assert_int_equal(f->event_count, 0);
    router_get_totals(f->r, &t);
    assert_int_equal(t.sessions_refused, 1);
    assert_int_equal(t.ports, 1);
    /* One that is known is never refused. */
    assert_int_equal(come(f, d, "1", true), 0);
    assert_int_equal(gone(f, d, "1", 1), 0);
    assert_int_equal(come(f, d, "2", true), 0);
}

static void who_is_there_is_shown_also_above_the_limit(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_of(f, "main", "ikev2", 0, ROUTER_DRIVER_DAEMON);
    limit(f, "ikev2", 1);
    assert_int_equal(come(f, d, "1", false), 0);
    assert_int_equal(come(f, d, "2", false), 0);
    assert_int_equal(port_of(f, "2").state, ROUTER_PORT_CONNECTED);
    assert_int_equal(f->sent_count, 0);
    assert_int_equal(router_limit_above(f->r, "ikev2"), 1);
    assert_int_equal(all_ports(f), 2);
    gone(f, d, "1", 1);
    assert_int_equal(all_ports(f), 1);
    assert_int_equal(port_of(f, "2").state, ROUTER_PORT_CONNECTED);
}

/* The same id with another start: the old one goes as the new one comes. */
static void a_session_takes_the_place_of_its_forerunner_at_the_limit(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_of(f, "main", "ikev2", 0, ROUTER_DRIVER_DAEMON);
    connect(f, d, "1", 1, "alice");
    connect(f, d, "2", 1, "bob");
    limit(f, "ikev2", 1);
    struct router_session again = {.id = "2", .start = 7, .state = ROUTER_SESSION_CONNECTED, .refusable = true};
    assert_int_equal(report(f, d, &again), 0);
    assert_int_equal(port_of(f, "2").start, 7);
    assert_int_equal(port_of(f, "1").start, 1);
    assert_int_equal(all_ports(f), 2);
}

/* Those who wait for a port of one that is gone get it, limit or not: they are there. */
static void who_waits_for_a_port_is_shown_when_it_vanishes(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2), *again = NULL;
    connect(f, d, "a", 1, "alice");
    connect(f, d, "b", 1, "bob");
    router_driver_detach(f->r, d, &f->now);
    limit(f, "openvpn", 1);
    struct router_driver_info info = {.name = "openvpn", .instance = "main", .device_type = "openvpn", .ports = 2};
    assert_int_equal(router_driver_attach(f->r, &info, &f->now, &again), 0);
    assert_int_equal(come(f, again, "c", false), 0);
    assert_int_equal(come(f, again, "d", false), 0);
    router_driver_snapshot_end(f->r, again, &f->now);
    assert_int_equal(port_of(f, "c").state, ROUTER_PORT_CONNECTED);
    assert_int_equal(port_of(f, "d").state, ROUTER_PORT_CONNECTED);
    assert_int_equal(all_ports(f), 2);
}

static void a_type_that_is_not_for_users_has_no_port(void **state)
{
    struct fixture *f = *state;
    struct router_limit l;
    attach_of(f, "l2tp", "l2tp", 4, ROUTER_DRIVER_DAEMON);
    assert_int_equal(limit_used_for(f, "l2tp", 4, ROUTER_USE_ROUTING), 0);
    assert_int_equal(all_ports(f), 0);
    assert_true(router_limit_get(f->r, "L2TP", &l));
    assert_string_equal(l.device_type, "l2tp");
    assert_int_equal(l.ports, 4);
    assert_int_equal(l.use, ROUTER_USE_ROUTING);
    limit_used_for(f, "l2tp", 4, ROUTER_USE_RAS | ROUTER_USE_ROUTING);
    assert_int_equal(all_ports(f), 4);
    assert_false(router_limit_get(f->r, "pptp", &l));
    assert_int_equal(router_limit_above(f->r, "pptp"), 0);
}

static void what_can_not_be_a_limit_is_refused(void **state)
{
    struct fixture *f = *state;
    char type[16], longest[ROUTER_TEXT_MAX + 2];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const struct router_limit bad[] = {{.device_type = "l2tp", .use = 1},
                                       {.device_type = "l2tp", .ports = 1, .use = 4},
                                       {.ports = 1, .use = 1},
                                       {.device_type = "", .ports = 1, .use = 1},
                                       {.device_type = longest, .ports = 1, .use = 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(router_limit_set(f->r, &bad[i], NULL), -EINVAL);
    for (uint32_t i = 0; i <= ROUTER_LIMITS_MAX; i++) {
        snprintf(type, sizeof type, "type%u", i);
        struct router_limit l = {.device_type = type, .ports = 1, .use = ROUTER_USE_RAS};
        assert_int_equal(router_limit_set(f->r, &l, NULL), i < ROUTER_LIMITS_MAX ? 0 : -ENOSPC);
    }
}

static int restore_each(void *ctx, const struct router_saved *saved)
{
    struct fixture *next = ctx;
    return router_restore(next->r, saved, &next->now);
}

static void vanished_ports_stay_away_over_a_restart(void **state)
{
    struct fixture *f = *state;
    void *other = NULL;
    struct router_driver *d = attach(f, "openvpn", 4);
    connect(f, d, "a", 1, "alice");
    uint32_t handle = connect(f, d, "b", 1, "bob");
    limit(f, "openvpn", 1);
    assert_int_equal(fixture_setup(&other), 0);
    struct fixture *next = other;
    assert_int_equal(router_save(f->r, restore_each, next), 0);
    assert_int_equal(limit(next, "openvpn", 1), 1);
    assert_int_equal(all_ports(next), 2); /* alice's and bob's, who may be there still */
    assert_int_equal(port_of(next, "b").handle, handle);
    fixture_teardown(&other);
}

static void a_limit_that_is_taken_away_gives_the_ports_back(void **state)
{
    struct fixture *f = *state;
    struct router_limit l;
    attach(f, "openvpn", 5);
    assert_int_equal(router_limit_remove(f->r, "openvpn"), -ENOENT);
    limit(f, "openvpn", 2);
    limit(f, "l2tp", 7);
    assert_true(router_limit_at(f->r, 0, &l) && router_limit_at(f->r, 1, &l));
    assert_false(router_limit_at(f->r, 2, &l));
    assert_int_equal(all_ports(f), 2);
    assert_int_equal(router_limit_remove(f->r, "OpenVPN"), 0);
    assert_int_equal(all_ports(f), 5);
    assert_false(router_limit_get(f->r, "openvpn", &l));
    assert_true(router_limit_at(f->r, 0, &l));
    assert_string_equal(l.device_type, "l2tp");
    assert_int_equal(router_limit_remove(f->r, "openvpn"), -ENOENT);
}

#define T(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_limit_that_is_taken_away_gives_the_ports_back),
        T(idle_ports_above_the_limit_vanish_the_last_first),
        T(busy_ports_above_the_limit_vanish_with_their_sessions),
        T(a_handle_of_a_vanished_port_is_never_anothers),
        T(a_raised_limit_gives_fixed_drivers_their_ports_back),
        T(a_driver_comes_with_no_more_ports_than_its_type_may_have),
        T(drivers_of_a_type_give_ports_up_by_shares),
        T(an_idle_port_of_another_driver_makes_way),
        T(who_can_be_turned_away_is_refused_at_the_limit),
        T(who_is_there_is_shown_also_above_the_limit),
        T(a_session_takes_the_place_of_its_forerunner_at_the_limit),
        T(who_waits_for_a_port_is_shown_when_it_vanishes),
        T(a_type_that_is_not_for_users_has_no_port),
        T(what_can_not_be_a_limit_is_refused),
        T(vanished_ports_stay_away_over_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
