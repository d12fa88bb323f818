/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers: attach, detach, snapshot, pools. */
#include "tests/router/watch.h"

static int try_attach(struct fixture *f, const struct router_driver_info *info)
{
    struct router_driver *d = NULL;
    int introduced = router_driver_introduce(f->r, info, &d);
    int attached = router_driver_attach(f->r, info, &f->now, &d);
    assert_int_equal(introduced, attached);
    return attached;
}

static void a_second_live_daemon_driver_is_refused(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    struct router_driver_info info = {.name = "openvpn", .instance = "main", .device_type = "openvpn", .ports = 2};
    assert_int_equal(try_attach(f, &info), -EBUSY);
    info.kind = ROUTER_DRIVER_SESSION;
    assert_int_equal(try_attach(f, &info), -EBUSY);
    info.kind = ROUTER_DRIVER_DAEMON;
    info.instance = "other";
    assert_int_equal(try_attach(f, &info), 0);
    router_driver_detach(f->r, d, &f->now);
    info.instance = "main";
    assert_int_equal(try_attach(f, &info), 0);
    assert_true(router_driver_is_up(d));
}

static void what_makes_no_driver_is_refused(void **state)
{
    struct fixture *f = *state;
    char text[ROUTER_TEXT_MAX + 2];
    memset(text, 'x', sizeof text);
    text[ROUTER_TEXT_MAX + 1] = '\0';
    const struct router_driver_info good = {.name = "a", .instance = "b", .device_type = "c"};
    const char *const bad[] = {NULL, "", text};
    for (size_t i = 0; i < 3; i++) {
        struct router_driver_info info = good;
        info.name = bad[i];
        assert_int_equal(try_attach(f, &info), -EINVAL);
        info = good;
        info.instance = bad[i];
        assert_int_equal(try_attach(f, &info), -EINVAL);
        info = good;
        info.device_type = bad[i];
        assert_int_equal(try_attach(f, &info), -EINVAL);
    }
    struct router_driver_info info = good;
    info.device_name = text;
    assert_int_equal(try_attach(f, &info), -EINVAL);
    info = good;
    info.port_prefix = text;
    assert_int_equal(try_attach(f, &info), -EINVAL);
    info = good;
    info.kind = (enum router_driver_kind)2;
    assert_int_equal(try_attach(f, &info), -EINVAL);
    info = good;
    info.ports = ROUTER_SLOTS_MAX + 1;
    assert_int_equal(try_attach(f, &info), -EINVAL);
    text[ROUTER_TEXT_MAX] = '\0';
    info = (struct router_driver_info){.name = text, .instance = text, .device_type = text, .ports = 1};
    assert_int_equal(try_attach(f, &info), 0);
}

static void only_so_many_drivers_are_remembered(void **state)
{
    struct fixture *f = *state;
    char name[16];
    const struct router_driver_info info = {.name = name, .instance = "main", .device_type = "x"};
    for (unsigned i = 0; i <= ROUTER_DRIVERS_MAX; i++) {
        snprintf(name, sizeof name, "d%u", i);
        assert_int_equal(try_attach(f, &info), i < ROUTER_DRIVERS_MAX ? 0 : -ENOSPC);
        forget(f);
    }
    assert_int_equal(router_drivers(f->r, NULL, 0), ROUTER_DRIVERS_MAX);
}

static void ports_are_away_without_their_driver(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2), *other = attach(f, "charon", 1);
    connect(f, d, "7", 100, "alice");
    forget(f);
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(count(f, ROUTER_EVENT_DRIVER_DOWN), 1);
    assert_int_equal(f->event_count, 1); /* no session is forgotten */
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AWAY);
    assert_string_equal(port(f, 1).id, "7");
    assert_true(port(f, 1).connection != 0);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_AWAY);
    assert_int_equal(port(f, 3).state, ROUTER_PORT_LISTENING);
    router_driver_detach(f->r, d, &f->now); /* once too often does nothing */
    assert_int_equal(f->event_count, 1);
    assert_false(router_driver_is_up(d));
    assert_true(router_driver_is_up(other));
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX); /* for as long as it takes */
}

static void a_driver_that_is_introduced_has_its_ports_away_until_it_is_back(void **state)
{
    struct fixture *f = *state;
    const struct router_driver_info info = {
        .name = "openvpn", .instance = "main", .device_type = "openvpn", .ports = 2};
    struct router_driver *d = NULL, *again = NULL;
    assert_int_equal(router_driver_introduce(f->r, &info, &d), 0);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_AWAY);
    assert_false(router_driver_is_up(d));
    const struct router_session s = {.id = "7", .start = 100};
    assert_int_equal(report(f, d, &s), -ENODEV);
    assert_int_equal(f->event_count, 0);
    router_driver_back(f->r, d);
    router_driver_back(f->r, d); /* once too often does nothing */
    assert_int_equal(count(f, ROUTER_EVENT_DRIVER_UP), 1);
    assert_int_equal(router_driver_introduce(f->r, &info, &again), -EBUSY);
    assert_null(again);
    connect(f, d, "7", 100, "alice");
    connect(f, d, "8", 100, "bob");
    router_driver_snapshot_end(f->r, d, &f->now);
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(router_driver_introduce(f->r, &info, &again), 0);
    assert_ptr_equal(again, d);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AWAY);
    assert_string_equal(port(f, 1).id, "7");
    router_driver_back(f->r, d);
    connect(f, d, "8", 100, "bob");
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->user, "alice");
    struct router_driver *pool = attach_pool(f, "l2tp", 1);
    router_driver_detach(f->r, pool, &f->now);
    router_driver_back(f->r, pool); /* each channel of a pool attaches by itself */
    assert_false(router_driver_is_up(pool));
}

static void a_driver_that_is_away_and_has_no_session_can_be_forgotten(void **state)
{
    struct fixture *f = *state;
    struct router_port_view v;
    struct router_totals t;
    struct answer a;
    struct router_driver *d = attach(f, "openvpn", 3), *other = attach(f, "charon", 1);
    uint32_t old = connect(f, d, "7", 100, "alice");
    assert_int_equal(router_driver_forget(f->r, "openvpn", "other"), -ENOENT);
    assert_int_equal(router_driver_forget(f->r, "openvpn", "main"), -EBUSY);
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(router_driver_forget(f->r, "openvpn", "main"), -EBUSY);
    d = attach(f, "openvpn", 3);
    router_driver_snapshot_end(f->r, d, &f->now);
    uint32_t idle = port(f, 2).handle;
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(router_driver_forget(f->r, "openvpn", "main"), 0);
    assert_int_equal(router_driver_forget(f->r, "openvpn", "main"), -ENOENT);
    for (uint32_t slot = 1; slot <= 3; slot++)
        assert_false(router_port_at(f->r, slot, &f->now, &v));
    assert_int_equal(disconnect(f, old, &a), -EINVAL);
    assert_int_equal(router_drivers(f->r, NULL, 0), 1);
    router_get_totals(f->r, &t);
    assert_int_equal(t.ports, 1);
    assert_string_equal(port(f, 4).driver, "charon");
    /* Another one gets its slots, and none of the old handles is good for who is there. */
    struct router_driver *next = attach(f, "pppoe", 3);
    assert_string_equal(port(f, 1).driver, "pppoe");
    assert_int_equal(port(f, 1).calls, 0);
    assert_int_not_equal(port(f, 1).handle, old);
    assert_int_not_equal(port(f, 2).handle, idle);
    for (unsigned i = 0; i < 5; i++) {
        connect(f, next, "9", 100 + i, "bob");
        assert_int_not_equal(port_of(f, "9").handle, old);
        assert_int_not_equal(port_of(f, "9").handle, idle);
    }
    router_driver_detach(f->r, other, &f->now);
    assert_int_equal(router_driver_forget(f->r, "charon", "main"), 0);
}

static void each_driver_has_its_own_counts(void **state)
{
    struct fixture *f = *state;
    struct router_driver_view v;
    struct answer a = {0};
    struct router_driver *d = attach(f, "openvpn", 1);
    attach(f, "charon", 1);
    router_driver_snapshot_end(f->r, d, &f->now);
    uint32_t handle = connect(f, d, "7", 100, "alice");
    const struct router_session s = {.id = "8", .start = 100};
    assert_int_equal(report(f, d, &s), -ENOSPC);
    assert_int_equal(disconnect(f, handle, &a), -EINPROGRESS);
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_REFUSED, "no"), 0);
    assert_int_equal(disconnect(f, handle, &a), -EINPROGRESS);
    gone(f, d, "7", 100);
    assert_true(router_driver_after(f->r, 0, &v));
    assert_int_equal(v.sessions_started, 1);
    assert_int_equal(v.sessions_refused, 1);
    assert_int_equal(v.orders, 2);
    assert_int_equal(v.orders_failed, 1);
    assert_int_equal(v.orders_confirmed, 1);
    assert_true(router_driver_after(f->r, v.number, &v));
    assert_int_equal(v.orders + v.sessions_started + v.sessions_refused, 0);
    assert_false(router_driver_after(f->r, v.number, &v));
    router_driver_words(f->r, d, "slow");
    assert_string_equal(last(f, ROUTER_EVENT_DRIVER_HEALTH)->reason, "slow");
}

static void the_snapshot_decides_who_is_still_there(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    uint32_t alice = connect(f, d, "7", 100, "alice");
    connect(f, d, "8", 100, "bob");
    router_driver_snapshot_end(f->r, d, &f->now);
    router_driver_detach(f->r, d, &f->now);
    forget(f);
    attach(f, "openvpn", 3);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_CONNECTED); /* as before, until the snapshot ends */
    assert_int_equal(port(f, 2).state, ROUTER_PORT_CONNECTED);
    assert_int_equal(port(f, 3).state, ROUTER_PORT_LISTENING);
    struct router_driver_view v;
    assert_int_equal(router_drivers(f->r, &v, 1), 1);
    assert_true(v.up && v.in_snapshot);
    assert_int_equal(v.ports, 3);
    assert_int_equal(v.ports_in_use, 2);
    connect(f, d, "9", 100, "carol"); /* a free port: none that is held */
    assert_int_equal(port_of(f, "9").slot, 3);
    assert_int_equal(connect(f, d, "7", 100, "alice"), alice);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_LISTENING);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->user, "bob");
    router_driver_snapshot_end(f->r, d, &f->now); /* a second one means nothing */
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_int_equal(router_drivers(f->r, &v, 1), 1);
    assert_false(v.in_snapshot);
}

static void a_snapshot_cut_short_forgets_nobody(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    connect(f, d, "7", 100, "alice");
    router_driver_snapshot_end(f->r, d, &f->now);
    router_driver_detach(f->r, d, &f->now);
    attach(f, "openvpn", 2);
    router_driver_detach(f->r, d, &f->now);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_string_equal(port(f, 1).id, "7");
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 0);
}

static void fewer_ports_leave_the_surplus_away(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 4);
    connect(f, d, "a", 1, "a");
    connect(f, d, "b", 1, "b");
    connect(f, d, "c", 1, "c");
    assert_int_equal(gone(f, d, "a", 1), 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    router_driver_detach(f->r, d, &f->now);
    attach(f, "openvpn", 2);
    connect(f, d, "b", 1, "b");
    connect(f, d, "c", 1, "c");
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(router_port_count(f->r), 4);
    assert_int_equal(port(f, 3).state, ROUTER_PORT_CONNECTED); /* its session stays */
    assert_int_equal(port(f, 4).state, ROUTER_PORT_AWAY);
    assert_int_equal(gone(f, d, "c", 1), 0);
    assert_int_equal(port(f, 3).state, ROUTER_PORT_AWAY);
    connect(f, d, "e", 1, "e");
    assert_int_equal(port_of(f, "e").slot, 1);
    const struct router_session s = {.id = "f", .start = 1, .state = ROUTER_SESSION_CONNECTED};
    assert_int_equal(report(f, d, &s), -ENOSPC);
    router_driver_detach(f->r, d, &f->now);
    attach(f, "openvpn", 5); /* and they come back, and one more */
    for (uint32_t slot = 3; slot <= 5; slot++)
        assert_int_equal(port(f, slot).state, ROUTER_PORT_LISTENING);
    assert_string_equal(port(f, 5).name, "openvpn-5");
}

static void what_a_driver_says_of_itself_may_change(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1);
    const struct router_driver_info info = {.name = "openvpn",
                                            .instance = "main",
                                            .device_type = "sstp",
                                            .device_name = "New",
                                            .port_prefix = "S",
                                            .ports = 2};
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(try_attach(f, &info), 0);
    assert_string_equal(port(f, 1).device_type, "sstp");
    assert_string_equal(port(f, 1).device_name, "New");
    assert_string_equal(port(f, 1).name, "openvpn-1"); /* names stay */
    assert_string_equal(port(f, 2).name, "S-2");
}

/* Asked for as much as has no room, as something else and of either kind. */
static void assert_refused_and_nothing_changed(struct fixture *f, const char *name)
{
    struct router_driver_info info = {.name = name,
                                      .instance = "main",
                                      .device_type = "sstp",
                                      .device_name = "New",
                                      .port_prefix = "S",
                                      .ports = test_config.max_ports + 1};
    uint64_t before = watch_print(f->r, &f->now);
    assert_int_equal(try_attach(f, &info), -ENOSPC);
    assert_int_equal(watch_print(f->r, &f->now), before);
    info.kind = ROUTER_DRIVER_SESSION;
    assert_int_equal(try_attach(f, &info), -ENOSPC);
    assert_int_equal(watch_print(f->r, &f->now), before);
}

static void a_refused_attach_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    router_driver_detach(f->r, d, &f->now);
    forget(f);
    assert_refused_and_nothing_changed(f, "openvpn");
    assert_refused_and_nothing_changed(f, "unknown");
    assert_int_equal(router_drivers(f->r, NULL, 0), 1);
    assert_int_equal(f->event_count, 0);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AWAY);
    attach(f, "openvpn", 2);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_LISTENING);
}

/* What ports that are made later are called can't be seen before. */
static void a_refused_attach_keeps_the_names_of_ports_to_come(void **state)
{
    struct fixture *f = *state;
    const struct router_driver_info pool = {
        .kind = ROUTER_DRIVER_SESSION, .name = "l2tp", .instance = "main", .device_type = "l2tp", .max_ports = 3};
    struct router_driver_info more = pool;
    struct router_driver *d = NULL;
    assert_int_equal(router_driver_attach(f->r, &pool, &f->now, &d), 0);
    connect(f, d, "1", 1, "alice");
    more.port_prefix = "S";
    more.ports = test_config.max_ports + 1;
    assert_int_equal(try_attach(f, &more), -ENOSPC);
    connect(f, d, "2", 1, "bob");
    assert_string_equal(port_of(f, "2").name, "l2tp-2");
    more.ports = test_config.max_ports; /* as many as there may be, with those that it has */
    assert_int_equal(try_attach(f, &more), 0);
    assert_int_equal(router_port_count(f->r), test_config.max_ports);
    assert_string_equal(port(f, 3).name, "S-3");
}

static void a_kind_changes_only_when_nobody_is_there(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "pppd", 2);
    const struct router_driver_info info = {
        .kind = ROUTER_DRIVER_SESSION, .name = "pppd", .instance = "main", .device_type = "l2tp", .ports = 2};
    connect(f, d, "7", 1, "alice");
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(try_attach(f, &info), -EINVAL);
    attach(f, "pppd", 2);
    router_driver_snapshot_end(f->r, d, &f->now);
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(try_attach(f, &info), 0);
}

static void a_pool_is_attached_once_for_each_channel(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_pool(f, "l2tp", 2);
    assert_ptr_equal(attach_pool(f, "l2tp", 2), d);
    connect(f, d, "1", 1, "alice");
    connect(f, d, "2", 1, "bob");
    assert_int_equal(count(f, ROUTER_EVENT_DRIVER_UP), 1);
    /* one channel ends: its session, then the channel */
    assert_int_equal(gone(f, d, "1", 1), 0);
    router_driver_detach(f->r, d, &f->now);
    assert_true(router_driver_is_up(d));
    assert_int_equal(port_of(f, "2").state, ROUTER_PORT_CONNECTED);
    assert_int_equal(gone(f, d, "2", 1), 0);
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(count(f, ROUTER_EVENT_DRIVER_DOWN), 1);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_LISTENING); /* a pool needs nobody to be free */
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
}

static void sessions_of_a_pool_are_given_up_after_their_time(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_pool(f, "l2tp", 2);
    struct answer a;
    uint32_t h = connect(f, d, "1", 1, "alice");
    connect(f, d, "2", 1, "bob");
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AWAY);
    assert_int_equal(disconnect(f, h, &a), -ENODEV);
    assert_int_equal(router_next_deadline(f->r), f->now.mono_ms + 60000);
    attach_pool(f, "l2tp", 2);
    connect(f, d, "2", 1, "bob");
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AWAY); /* this one is still missing */
    assert_int_equal(disconnect(f, h, &a), -ENODEV);
    const struct router_session s = {.id = "3", .start = 9, .state = ROUTER_SESSION_CONNECTED, .user = "carol"};
    assert_int_equal(report(f, d, &s), 0); /* waits for the port that may become free */
    pass(f, 59999);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 0);
    pass(f, 1);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->user, "alice");
    assert_string_equal(port(f, 1).id, "3");
    assert_string_equal(port(f, 2).id, "2");
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
}

static void a_session_whose_channel_is_lost_is_away_until_it_is_reported_again(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach_pool(f, "l2tp", 2);
    struct answer a;
    uint32_t h = connect(f, d, "1", 1, "alice"), bob = connect(f, d, "2", 1, "bob");
    attach_pool(f, "l2tp", 2);
    assert_int_equal(router_session_lost(f->r, d, "1", 2, &f->now), -ENOENT); /* another start: another session */
    assert_int_equal(router_session_lost(f->r, d, "9", 1, &f->now), -ENOENT);
    assert_int_equal(disconnect(f, h, &a), -EINPROGRESS);
    assert_int_equal(router_session_lost(f->r, d, "1", 1, &f->now), 0);
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(a.result, -ETIMEDOUT);
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 0);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AWAY);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_CONNECTED);
    assert_int_equal(disconnect(f, h, &a), -ENODEV);
    attach_pool(f, "l2tp", 2);
    assert_int_equal(connect(f, d, "1", 1, "alice"), h);
    assert_int_equal(f->sent_count, 2); /* the order that stands */
    assert_int_equal(f->sent[1].order, f->sent[0].order);
    assert_int_equal(gone(f, d, "1", 1), 0);
    assert_int_equal(last(f, ROUTER_EVENT_OUTCOME)->outcome, ROUTER_OUTCOME_GONE);
    /* One that does not come back. */
    assert_int_equal(router_session_lost(f->r, d, "2", 1, &f->now), 0);
    assert_int_equal(router_session_lost(f->r, d, "2", 1, &f->now), 0); /* twice is once */
    pass(f, 59999);
    assert_int_equal(port_of(f, "2").handle, bob);
    pass(f, 1);
    assert_int_equal(port(f, 2).state, ROUTER_PORT_LISTENING);
    const struct router_session s = {.id = "3", .start = 9, .state = ROUTER_SESSION_CONNECTED, .user = "carol"};
    assert_int_equal(report(f, d, &s), 0);
    connect(f, d, "4", 1, "dave");
    const struct router_session none = {.id = "5", .start = 9, .state = ROUTER_SESSION_CONNECTED, .user = "erin"};
    assert_int_equal(report(f, d, &none), -ENOSPC); /* nobody is missing: none may wait */
}

static void totals_count_what_there_is(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 5);
    struct answer a;
    connect(f, d, "1", 1, "alice");
    uint32_t h = connect(f, d, "2", 1, "bob");
    assert_int_equal(disconnect(f, h, &a), -EINPROGRESS);
    assert_int_equal(gone(f, d, "2", 1), 0);
    struct router_totals t;
    router_get_totals(f->r, &t);
    assert_int_equal(t.ports, 5);
    assert_int_equal(t.ports_in_use, 1);
    assert_int_equal(t.connections, 1);
    assert_int_equal(t.sessions_started, 2);
    assert_int_equal(t.sessions_refused, 0);
    assert_int_equal(t.orders, 1);
    assert_int_equal(t.orders_confirmed, 1);
    assert_int_equal(t.orders_failed, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_second_live_daemon_driver_is_refused),
        T(what_makes_no_driver_is_refused),
        T(only_so_many_drivers_are_remembered),
        T(ports_are_away_without_their_driver),
        T(a_driver_that_is_introduced_has_its_ports_away_until_it_is_back),
        T(a_driver_that_is_away_and_has_no_session_can_be_forgotten),
        T(each_driver_has_its_own_counts),
        T(the_snapshot_decides_who_is_still_there),
        T(a_snapshot_cut_short_forgets_nobody),
        T(fewer_ports_leave_the_surplus_away),
        T(what_a_driver_says_of_itself_may_change),
        T(a_refused_attach_changes_nothing),
        T(a_refused_attach_keeps_the_names_of_ports_to_come),
        T(a_kind_changes_only_when_nobody_is_there),
        T(a_pool_is_attached_once_for_each_channel),
        T(sessions_of_a_pool_are_given_up_after_their_time),
        T(a_session_whose_channel_is_lost_is_away_until_it_is_reported_again),
        T(totals_count_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
