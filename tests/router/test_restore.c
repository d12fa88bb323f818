/* SPDX-License-Identifier: Apache-2.0 */
/* Over a restart of the server, clean and not. */
#include "tests/router/fixture.h"

#define ROWS_MAX 32u

struct row {
    struct router_saved s;
    char text[7][64]; /* driver, instance, type, device name, prefix, id, user */
};
struct table {
    struct row row[ROWS_MAX];
    size_t count;
    int stop_at; /* row at which each() gives up, with -EIO; 0: never */
};

static int keep(void *ctx, const struct router_saved *s)
{
    struct table *t = ctx;
    if (t->stop_at && (int)t->count + 1 == t->stop_at)
        return -EIO;
    assert_true(t->count < ROWS_MAX);
    struct row *row = &t->row[t->count++];
    const char *const from[7] = {s->driver,      s->instance, s->device_type, s->device_name,
                                 s->port_prefix, s->id,       s->user};
    for (size_t i = 0; i < 7; i++)
        snprintf(row->text[i], sizeof row->text[i], "%s", from[i]);
    row->s = *s;
    row->s.driver = row->text[0];
    row->s.instance = row->text[1];
    row->s.device_type = row->text[2];
    row->s.device_name = row->text[3];
    row->s.port_prefix = row->text[4];
    row->s.id = row->text[5];
    row->s.user = row->text[6];
    return 0;
}

/* Stop cleanly and start again. */
static void restart(struct fixture *f, struct table *t)
{
    t->count = 0;
    assert_int_equal(router_save(f->r, keep, t), 0);
    fixture_renew(f, &test_config);
    for (size_t i = 0; i < t->count; i++)
        assert_int_equal(router_restore(f->r, &t->row[i].s, &f->now), 0);
}

static void handles_are_kept_over_a_clean_restart(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct router_driver *d = attach(f, "openvpn", 3);
    connect(f, d, "1", 100, "alice");
    gone(f, d, "1", 100);
    connect(f, d, "2", 100, "bob");
    connect(f, d, "3", 100, "carol");
    uint32_t alice = connect(f, d, "4", 100, "alice"), bob = port_of(f, "2").handle;
    uint32_t connection = port_of(f, "4").connection;
    assert_int_equal(gone(f, d, "3", 100), 0);
    uint32_t idle = port(f, 3).handle;
    restart(f, &t);

    for (uint32_t slot = 1; slot <= 3; slot++)
        assert_int_equal(port(f, slot).state, ROUTER_PORT_AWAY);
    assert_int_equal(port_of(f, "4").handle, alice);
    assert_int_equal(port_of(f, "4").calls, 2);
    assert_int_equal(port_of(f, "4").connection, connection);
    assert_int_equal(port(f, 3).handle, idle);
    assert_string_equal(port(f, 3).name, "openvpn-3");
    assert_int_equal(sessions_of(f, "alice"), 1);
    struct router_driver_view v;
    assert_int_equal(router_drivers(f->r, &v, 1), 1);
    assert_false(v.up);
    assert_int_equal(v.ports_in_use, 2);
    assert_int_equal(f->event_count, 0);

    struct answer a;
    assert_int_equal(disconnect(f, alice, &a), -ENODEV);
    d = attach(f, "openvpn", 3);
    assert_int_equal(connect(f, d, "4", 100, "alice"), alice);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_UP), 0);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_string_equal(last(f, ROUTER_EVENT_SESSION_GONE)->user, "bob");
    assert_int_equal(disconnect(f, bob, &a), -ENOTCONN);
    assert_int_equal(disconnect(f, alice, &a), -EINPROGRESS);
    assert_int_equal(gone(f, d, "4", 100), 0);
    assert_int_equal(a.result, 0);
    connect(f, d, "5", 100, "dora");
    assert_true(port_of(f, "5").connection > connection);
}

static void slots_of_a_forgotten_driver_keep_their_generations(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct router_port_view v;
    struct router_driver *d = attach(f, "openvpn", 2);
    uint32_t alice = 0;
    for (unsigned i = 0; i < 4; i++) {
        alice = connect(f, d, "7", 100 + i, "alice");
        gone(f, d, "7", 100 + i);
    }
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(router_driver_forget(f->r, "openvpn", "main"), 0);
    restart(f, &t);
    assert_int_equal(t.count, 2);
    assert_false(router_port_at(f->r, 1, &f->now, &v));
    assert_int_equal(router_restore(f->r, &t.row[0].s, &f->now), -EINVAL); /* twice */
    restart(f, &t);
    assert_int_equal(t.count, 2);
    d = attach(f, "charon", 2);
    for (unsigned i = 0; i < 9; i++) { /* nobody of them has her handle */
        assert_int_not_equal(connect(f, d, "8", 100 + i, "bob"), alice);
        gone(f, d, "8", 100 + i);
    }
    restart(f, &t);
    assert_int_equal(t.count, 2);
    assert_string_equal(port(f, 1).driver, "charon");
}

static void another_session_under_the_saved_id_gets_a_new_handle(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct answer a;
    struct router_driver *d = attach(f, "openvpn", 1);
    uint32_t alice = connect(f, d, "7", 100, "alice");
    restart(f, &t);
    d = attach(f, "openvpn", 1);
    assert_int_not_equal(connect(f, d, "7", 200, "carol"), alice);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(disconnect(f, alice, &a), -EINVAL);
    assert_string_equal(port(f, 1).id, "7");
}

static void a_multilink_connection_is_whole_after_a_restart(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct router_driver *d = attach(f, "pptp", 4);
    struct router_session s = {
        .id = "1", .start = 1, .state = ROUTER_SESSION_CONNECTED, .user = "alice", .bundle = "b1"};
    assert_int_equal(report(f, d, &s), 0);
    s.id = "2";
    assert_int_equal(report(f, d, &s), 0);
    uint32_t c = port_of(f, "1").connection;
    restart(f, &t);
    assert_int_equal(port_of(f, "1").connection, c);
    assert_int_equal(port_of(f, "2").connection, c);
    d = attach(f, "pptp", 4);
    s.id = "2";
    assert_int_equal(report(f, d, &s), 0);
    s.id = "3"; /* a link that joins before the other old one is reported */
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(port_of(f, "3").connection, c);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 0);
    assert_int_equal(gone(f, d, "2", 1), 0);
    assert_int_equal(gone(f, d, "3", 1), 0);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_GONE), 1);
}

static void a_session_that_was_not_connected_comes_back_without_a_connection(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct router_driver *d = attach(f, "pptp", 1);
    const struct router_session s = {.id = "1", .start = 1, .state = ROUTER_SESSION_AUTHENTICATING};
    assert_int_equal(report(f, d, &s), 0);
    restart(f, &t);
    d = attach(f, "pptp", 1);
    assert_int_equal(port(f, 1).state, ROUTER_PORT_AUTHENTICATING);
    connect(f, d, "1", 1, "alice");
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_UP), 1);
    assert_int_equal(count(f, ROUTER_EVENT_CONNECTION_UP), 1);
}

static void sessions_of_a_pool_have_their_time_to_come_back(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct router_driver *d = attach_pool(f, "l2tp", 0);
    uint32_t alice = connect(f, d, "1", 1, "alice");
    connect(f, d, "2", 1, "bob");
    restart(f, &t);
    assert_int_equal(router_next_deadline(f->r), f->now.mono_ms + 60000);
    d = attach_pool(f, "l2tp", 0);
    assert_int_equal(connect(f, d, "1", 1, "alice"), alice);
    assert_int_equal(port_of(f, "2").state, ROUTER_PORT_AWAY);
    pass(f, 60000);
    assert_int_equal(count(f, ROUTER_EVENT_SESSION_GONE), 1);
    assert_int_equal(port_of(f, "1").state, ROUTER_PORT_CONNECTED);
}

static void after_an_unclean_stop_old_handles_are_refused(void **state)
{
    struct fixture *f = *state;
    struct router_marks marks;
    struct answer a;
    struct router_driver *d = attach(f, "openvpn", 2);
    for (int i = 0; i < 5; i++) {
        connect(f, d, "7", 100 + i, "x");
        assert_int_equal(gone(f, d, "7", 100 + i), 0);
    }
    uint32_t alice = connect(f, d, "7", 200, "alice"), before = port_of(f, "7").connection;
    uint32_t slot = port_of(f, "7").slot;
    router_get_marks(f->r, &marks);
    assert_int_equal(marks.calls, 3);
    assert_int_equal(marks.connection, before);
    fixture_renew(f, &test_config);
    router_set_floor(f->r, &marks);
    d = attach(f, "openvpn", 2);
    connect(f, d, "8", 100, "bob");
    connect(f, d, "7", 200, "alice");
    assert_int_equal(disconnect(f, alice, &a), -EINVAL);
    assert_int_equal(port(f, 1).handle >> 20, 4);
    assert_int_equal(port(f, 2).handle >> 20, 4);
    assert_int_equal(port(f, slot).calls, 1); /* of those that were skipped none was served */
    assert_true(port(f, 1).connection > before);
    router_get_marks(f->r, &marks);
    assert_int_equal(marks.calls, 4);
    struct table t = {0};
    restart(f, &t);
    assert_int_equal(port(f, 1).calls, 1);
    assert_int_equal(port(f, 1).handle >> 20, 4);
}

static void a_floor_lifts_what_was_restored(void **state)
{
    struct fixture *f = *state;
    for (int floor_first = 0; floor_first < 2; floor_first++) {
        const struct router_marks marks = {.calls = 10, .connection = 50};
        struct router_saved s = {.slot = 1,
                                 .calls = 10,
                                 .driver = "a",
                                 .instance = "b",
                                 .device_type = "c",
                                 .index = 1,
                                 .id = "7",
                                 .start = 1,
                                 .connection = 3,
                                 .user = "alice"};
        fixture_renew(f, &test_config);
        if (floor_first)
            router_set_floor(f->r, &marks);
        assert_int_equal(router_restore(f->r, &s, &f->now), 0);
        s = (struct router_saved){.slot = 2,
                                  .calls = 4,
                                  .driver = "a",
                                  .instance = "b",
                                  .device_type = "c",
                                  .index = 2,
                                  .id = "",
                                  .user = ""};
        assert_int_equal(router_restore(f->r, &s, &f->now), 0);
        s.slot = s.index = 3;
        s.calls = 12;
        assert_int_equal(router_restore(f->r, &s, &f->now), 0);
        if (!floor_first)
            router_set_floor(f->r, &marks);
        assert_int_equal(port(f, 1).handle >> 20, 11); /* somebody is there: above the floor */
        assert_int_equal(port(f, 1).calls, 10);
        assert_int_equal(port(f, 2).handle >> 20, 10); /* idle: the next one is */
        assert_int_equal(port(f, 2).calls, 4);
        assert_int_equal(port(f, 3).handle >> 20, 12);
        assert_int_equal(port(f, 1).connection, 3); /* its own, which nobody else had */
    }
}

static void rows_that_can_not_be_are_refused_and_change_nothing(void **state)
{
    struct fixture *f = *state;
    const struct router_saved good = {.slot = 5,
                                      .calls = 3,
                                      .driver = "a",
                                      .instance = "b",
                                      .device_type = "c",
                                      .index = 2,
                                      .id = "7",
                                      .start = 1,
                                      .connection = 9,
                                      .user = "alice"};
    assert_int_equal(router_restore(f->r, &good, &f->now), 0);
    struct router_saved bad[13];
    for (size_t i = 0; i < 13; i++) {
        bad[i] = good;
        bad[i].slot = 6;
        bad[i].index = 3;
        bad[i].id = "8";
    }
    bad[0].slot = 0;
    bad[1].slot = ROUTER_SLOTS_MAX + 1;
    bad[2].slot = 5; /* twice */
    bad[3].index = 0;
    bad[4].index = 2; /* twice */
    bad[5].index = ROUTER_SLOTS_MAX + 1;
    bad[6].id = "7";     /* twice */
    bad[7].id = "";      /* a connection of nobody */
    bad[8].driver = "z"; /* another driver's connection */
    bad[9].connection = 0x80000000u;
    bad[10].driver = NULL;
    bad[11].kind = ROUTER_DRIVER_SESSION;
    bad[12].skipped = 4;
    for (size_t i = 0; i < 13; i++)
        assert_int_equal(router_restore(f->r, &bad[i], &f->now), -EINVAL);
    struct router_totals t;
    router_get_totals(f->r, &t);
    assert_int_equal(t.ports, 1);
    assert_int_equal(t.connections, 1);
    struct router_port_view v;
    assert_false(router_port_at(f->r, 1, &f->now, &v)); /* a slot that was not saved */
    assert_int_equal(router_port_count(f->r), 5);
    attach(f, "openvpn", 5);
    assert_int_equal(port(f, 1).slot, 1); /* gaps are filled */
    assert_string_equal(port(f, 6).name, "openvpn-5");
    struct router_saved late = good;
    late.slot = 7;
    late.index = 4;
    late.id = "9";
    assert_int_equal(router_restore(f->r, &late, &f->now), -EINVAL); /* a driver is there already */
}

static void slots_that_were_used_before_a_crash_begin_above_it_even_later(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct answer a;
    struct router_marks marks;
    struct router_driver *d = attach(f, "openvpn", 2);
    connect(f, d, "1", 1, "alice");
    uint32_t bob = connect(f, d, "2", 1, "bob"); /* on slot 2 */
    router_get_marks(f->r, &marks);
    fixture_renew(f, &test_config); /* a crash */
    router_set_floor(f->r, &marks);
    d = attach(f, "openvpn", 1);
    connect(f, d, "1", 1, "alice"); /* slot 2 is not there in this run */
    restart(f, &t);                 /* clean */
    d = attach(f, "openvpn", 2);
    connect(f, d, "1", 1, "alice");
    connect(f, d, "3", 1, "carol");
    assert_int_equal(port_of(f, "3").slot, 2);
    assert_int_equal(disconnect(f, bob, &a), -EINVAL);
    assert_int_equal(port_of(f, "3").calls, 1);
}

static void a_run_without_ports_keeps_the_marks(void **state)
{
    struct fixture *f = *state;
    struct router_marks marks = {.calls = 7, .connection = 70}, kept;
    router_set_floor(f->r, &marks);
    router_get_marks(f->r, &kept);
    assert_int_equal(kept.calls, 7);
    assert_int_equal(kept.connection, 70);
}

static void ports_that_there_were_may_be_more_than_are_allowed_now(void **state)
{
    struct fixture *f = *state;
    struct table t = {0};
    struct router_config small = test_config;
    struct router_driver *d = attach(f, "openvpn", 3);
    connect(f, d, "1", 1, "alice");
    connect(f, d, "2", 1, "bob");
    uint32_t carol = connect(f, d, "3", 1, "carol");
    assert_int_equal(router_save(f->r, keep, &t), 0);
    small.max_ports = 2;
    fixture_renew(f, &small);
    for (size_t i = 0; i < t.count; i++)
        assert_int_equal(router_restore(f->r, &t.row[i].s, &f->now), 0);
    d = attach(f, "openvpn", 3);
    assert_int_equal(connect(f, d, "3", 1, "carol"), carol);
}

static void gaps_in_a_drivers_numbers_are_filled(void **state)
{
    struct fixture *f = *state;
    const struct router_saved s = {.slot = 5, .driver = "vpn", .instance = "main", .device_type = "vpn", .index = 3};
    assert_int_equal(router_restore(f->r, &s, &f->now), 0);
    attach(f, "vpn", 4);
    struct router_totals t;
    router_get_totals(f->r, &t);
    assert_int_equal(t.ports, 4);
    assert_string_equal(port(f, 1).name, "vpn-1");
    assert_string_equal(port(f, 2).name, "vpn-2");
    assert_string_equal(port(f, 5).name, "vpn-3");
    assert_string_equal(port(f, 3).name, "vpn-4");
}

static void saving_stops_when_it_can_not_go_on(void **state)
{
    struct fixture *f = *state;
    struct table t = {.stop_at = 2};
    attach(f, "openvpn", 3);
    assert_int_equal(router_save(f->r, keep, &t), -EIO);
    assert_int_equal(t.count, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(handles_are_kept_over_a_clean_restart),
        T(slots_of_a_forgotten_driver_keep_their_generations),
        T(another_session_under_the_saved_id_gets_a_new_handle),
        T(a_multilink_connection_is_whole_after_a_restart),
        T(a_session_that_was_not_connected_comes_back_without_a_connection),
        T(sessions_of_a_pool_have_their_time_to_come_back),
        T(after_an_unclean_stop_old_handles_are_refused),
        T(a_floor_lifts_what_was_restored),
        T(rows_that_can_not_be_are_refused_and_change_nothing),
        T(slots_that_were_used_before_a_crash_begin_above_it_even_later),
        T(a_run_without_ports_keeps_the_marks),
        T(ports_that_there_were_may_be_more_than_are_allowed_now),
        T(gaps_in_a_drivers_numbers_are_filled),
        T(saving_stops_when_it_can_not_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
