/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The race: alice is listed, alice's port is to be disconnected, and between any two steps of that alice leaves and
 * carol takes her port. Made to happen in every way: the hub and the router run in one loop, the simulated daemon and
 * its driver in another, and the test gives each loop its turns. Never may carol be harmed, and the caller must be told
 * what is true.
 *
 * Steps: E the caller lists the ports, D it asks to disconnect the handle that it has got, R the driver reads the
 * order, C the driver checks the identity and answers, K the daemon ends the session. S, alice leaves and carol comes,
 * happens before any of them or after the last; and after each of the steps rrasd either gets to hear what the driver
 * has said, or does not.
 */
#include "tests/drivers/hub_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/sim.h"

static struct hub_fixture f;
static uv_loop_t sim_loop;
static struct sim sim;

enum step {
    STEP_LIST,
    STEP_ASK,
    STEP_READ,
    STEP_CHECK,
    STEP_KILL,
    STEPS,
};

/* How carol looks to her daemon. */
enum carol {
    CAROL_NEW_ID,
    CAROL_SAME_ID, /* the daemon's ids began again: same id as alice had, another start */
    CAROLS,
};

struct schedule {
    enum driver_kind kind;
    uint32_t ports; /* 1: there is just alice's; 0: growing */
    enum carol carol;
    int swap_before; /* a step; STEPS: never */
    unsigned hear;   /* bit i: rrasd hears what the driver has said after the i-th of steps and swap */
};

struct outcome {
    uint32_t handle; /* that the caller has got; 0: alice was not listed any more */
    int asked;       /* what the asking said */
    bool was_there;  /* alice was still with her daemon when the driver checked */
};

/* ---- turns ---- */

static void hub_turn(void)
{
    fixture_settle(&f);
}

static void sim_turn(void)
{
    for (int i = 0; i < 5; i++)
        uv_run(&sim_loop, UV_RUN_NOWAIT);
}

static bool user_is_listed(void *ctx)
{
    sim_turn();
    return fixture_port_of(&f, ctx) != 0;
}

static void wait_for(const char *user)
{
    char name[16];
    snprintf(name, sizeof(name), "%s", user);
    fixture_until(&f, user_is_listed, name);
}

static void command(const char *line)
{
    char error[SIM_ERROR_MAX] = "";
    if (sim_command(&sim, line, error) < 0)
        fail_msg("%s", error);
}

/* ---- the world of one schedule ---- */

static void start_world(const struct schedule *s)
{
    fixture_start(&f, NULL);
    assert_int_equal(uv_loop_init(&sim_loop), 0);
    sim = (struct sim){
        .options = {.common = {.socket = f.path},
                    .kind = s->kind,
                    .ports = s->ports,
                    .names = "user####",
                    .driver = "sim",
                    .device_type = "sim",
                    .epoch = "e"},
        .loop = &sim_loop,
        .events = fopen("/dev/null", "we"),
    };
    assert_non_null(sim.events);
    sim_load_init(&sim);
    assert_int_equal(sim_load_start(&sim), 0);
    if (s->kind == DRIVER_DAEMON)
        assert_non_null(sim.shared = sim_link_new(&sim));
    command("behave hold");
    command("connect alice");
    sim_set_online(&sim, true);
    wait_for("alice");
    hub_turn();
    sim_turn();
}

static void stop_world(void)
{
    sim_stop(&sim);
    uv_run(&sim_loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&sim_loop), 0);
    fclose(sim.events);
    fixture_stop(&f);
}

static void swap(const struct schedule *s)
{
    const struct sim_session *alice = sim_find_user(&sim, "alice");
    char line[256];
    assert_non_null(alice);
    int n = snprintf(line, sizeof(line), "connect carol");
    if (s->carol == CAROL_SAME_ID)
        snprintf(line + n, sizeof(line) - (size_t)n, " id=%s start=%lld", alice->id, (long long)alice->start + 1);
    command("drop alice");
    command(line);
}

static void take_step(enum step step, struct outcome *o)
{
    switch (step) {
    case STEP_LIST:
        o->handle = fixture_port_of(&f, "alice");
        break;
    case STEP_ASK:
        o->asked = o->handle != 0 ? fixture_disconnect(&f, o->handle, false) : -EINVAL;
        break;
    case STEP_READ:
        sim_turn();
        break;
    case STEP_CHECK:
        o->was_there = sim_find_user(&sim, "alice") != NULL;
        sim_release(&sim);
        break;
    case STEP_KILL:
        sim_release(&sim);
        break;
    case STEPS:
        break;
    }
}

/* ---- what must be true, whatever the schedule ---- */

static bool all_is_told(void *ctx)
{
    const struct outcome *o = ctx;
    sim_turn();
    return (o->asked != -EINPROGRESS || f.answers == 1) && fixture_port_of(&f, "carol") != 0 &&
           fixture_port_of(&f, "alice") == 0;
}

static void check_carol(void)
{
    struct router_port_view port;
    const struct sim_session *carol = sim_find_user(&sim, "carol");
    assert_non_null(carol);
    assert_false(carol->ending);
    assert_true(router_port_get(f.router, fixture_port_of(&f, "carol"), &f.now, &port));
    assert_int_equal(port.state, ROUTER_PORT_CONNECTED);
    assert_string_equal(port.id, carol->id);
    assert_int_equal(sim.count, 1);
}

static size_t count_events(const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < f.event_count; i++)
        n += strstr(f.events[i], text) != NULL;
    return n;
}

static void check_caller(const struct outcome *o)
{
    size_t orders = count_events("order driver");
    assert_int_equal(count_events("outcome driver"), orders);
    /* 87: somebody else is on the port. 606: nobody is, for carol is still on her way. */
    if (o->asked == -EINVAL || o->asked == -ENOTCONN) {
        assert_int_equal(orders, 0); /* nothing was sent to anybody */
        return;
    }
    assert_int_equal(o->asked, -EINPROGRESS);
    assert_int_equal(orders, 1);
    /* It was alice's session that the order was for, and it is gone: whoever ended it, 0 is the truth. */
    assert_int_equal(f.answer, 0);
    const char *outcome = fixture_event(&f, "outcome driver");
    assert_non_null(strstr(outcome, "user=alice"));
    assert_null(strstr(outcome, "outcome=failed"));
    assert_null(strstr(outcome, "outcome=refused"));
}

/* The old handle, once more: carol has her port, so it is good for nothing, and nothing happens to her. */
static void check_old_handle(const struct outcome *o)
{
    if (o->handle == 0)
        return;
    assert_int_equal(fixture_disconnect(&f, o->handle, true), -EINVAL);
    sim_turn();
    hub_turn();
    check_carol();
}

static void run(const struct schedule *s)
{
    struct outcome o = {0};
    unsigned turn = 0;
    start_world(s);
    for (int step = 0; step < STEPS; step++) {
        if (step == s->swap_before) {
            swap(s);
            if (s->hear & 1u << turn++)
                hub_turn();
        }
        take_step((enum step)step, &o);
        if (s->hear & 1u << turn++)
            hub_turn();
    }
    /* K has ended alice when she had not left before: carol comes after all. */
    if (!sim_find_user(&sim, "carol"))
        command("connect carol");
    fixture_until(&f, all_is_told, &o);
    check_carol();
    check_caller(&o);
    if (s->ports == 1)
        check_old_handle(&o);
    stop_world();
}

static void describe(const struct schedule *s, char *dst, size_t cap)
{
    static const char letters[] = "EDRCK";
    unsigned turn = 0;
    size_t n = (size_t)snprintf(dst, cap, "%s, %u ports, %s: ", s->kind == DRIVER_DAEMON ? "daemon" : "session",
                                s->ports, s->carol == CAROL_SAME_ID ? "same id" : "new id");
    for (int step = 0; step < STEPS && n < cap; step++) {
        if (step == s->swap_before)
            n += (size_t)snprintf(dst + n, cap - n, "S%s", s->hear & 1u << turn++ ? "." : "");
        if (n < cap)
            n += (size_t)snprintf(dst + n, cap - n, "%c%s", letters[step], s->hear & 1u << turn++ ? "." : "");
    }
}

static void all_schedules(enum driver_kind kind, uint32_t ports)
{
    char text[96];
    for (int carol = 0; carol < CAROLS; carol++) {
        for (int swap_before = 0; swap_before < STEPS; swap_before++) {
            for (unsigned hear = 0; hear < 1u << (STEPS + 1); hear++) {
                const struct schedule s = {kind, ports, (enum carol)carol, swap_before, hear};
                describe(&s, text, sizeof(text));
                print_message("%s\n", text); /* the last one printed is the one that failed */
                run(&s);
            }
        }
    }
}

static void carol_is_safe_with_a_daemon_driver_and_one_port(void **state)
{
    (void)state;
    all_schedules(DRIVER_DAEMON, 1);
}

static void carol_is_safe_with_a_daemon_driver_and_growing_ports(void **state)
{
    (void)state;
    all_schedules(DRIVER_DAEMON, 0);
}

static void carol_is_safe_with_session_drivers_and_one_port(void **state)
{
    (void)state;
    all_schedules(DRIVER_SESSION, 1);
}

static void carol_is_safe_with_session_drivers_and_growing_ports(void **state)
{
    (void)state;
    all_schedules(DRIVER_SESSION, 0);
}

/* The same without a swap: it is alice who goes, and the caller's 0 means that she did. */
static void alice_goes_when_nobody_comes_between(void **state)
{
    struct outcome o = {0};
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        const struct schedule s = {kind == 0 ? DRIVER_DAEMON : DRIVER_SESSION, 1, CAROL_NEW_ID, STEPS, 0};
        start_world(&s);
        for (int step = 0; step < STEPS; step++)
            take_step((enum step)step, &o);
        assert_true(o.was_there);
        assert_int_equal(fixture_answer(&f), 0);
        assert_non_null(strstr(fixture_event(&f, "outcome driver"), "outcome=gone told=yes"));
        assert_null(sim_find_user(&sim, "alice"));
        hub_turn();
        assert_int_equal(fixture_disconnect(&f, o.handle, false), -ENOTCONN);
        stop_world();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alice_goes_when_nobody_comes_between),
        cmocka_unit_test(carol_is_safe_with_a_daemon_driver_and_one_port),
        cmocka_unit_test(carol_is_safe_with_a_daemon_driver_and_growing_ports),
        cmocka_unit_test(carol_is_safe_with_session_drivers_and_one_port),
        cmocka_unit_test(carol_is_safe_with_session_drivers_and_growing_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
