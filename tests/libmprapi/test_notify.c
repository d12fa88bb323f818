/* SPDX-License-Identifier: Apache-2.0 */
/* Events and registrations: what signals, what is refused, and how registrations end. */
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notify_world.h"
#include "rrasx_calls.h"

#define ROUNDS  20u
#define SERVERS 5u

static bool is_readable(HANDLE event)
{
    struct pollfd p = {.events = POLLIN};
    assert_int_equal(OpenRrasNotifyGetFd(event, &p.fd), NO_ERROR);
    return poll(&p, 1, 0) == 1;
}

/* ---- what signals ---- */

static void who_comes_and_who_goes_signals(void **state)
{
    static const uint32_t types[] = {OPENRRAS_EVENT_SESSION_UP, OPENRRAS_EVENT_SESSION_GONE,
                                     OPENRRAS_EVENT_CONNECTION_UP, OPENRRAS_EVENT_CONNECTION_GONE};
    struct world w;
    (void)state;
    world_start(&w);
    assert_quiet(&w, 1);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        journal_tell(w.server, &w.journal, types[i]);
        assert_signalled(w.event);
        assert_quiet(&w, 1);
    }
    world_stop(&w);
}

static void nothing_else_signals(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    for (uint32_t type = OPENRRAS_EVENT_ORDER; type <= OPENRRAS_EVENT_USER_REFUSED; type++)
        journal_tell(w.server, &w.journal, type);
    journal_tell(w.server, &w.journal, OPENRRAS_EVENT_SESSION_CHANGED);
    assert_quiet(&w, 1);
    assert_int_equal(w.journal.n_asked, 1);
    assert_true(w.journal.asked_newest); /* a crowd of events makes no crowd of bytes; this server tells all the same */
    world_stop(&w);
}

static void what_happens_before_anybody_waits_is_not_lost(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    for (unsigned i = 0; i < ROUNDS; i++) {
        journal_tell(w.server, &w.journal, i % 2 ? UP : GONE); /* the next question may not be asked yet */
        assert_signalled(w.event);
    }
    assert_quiet(&w, 1);
    world_stop(&w);
}

static void a_crowd_signals_a_few_times(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    for (unsigned i = 0; i < 1000; i++)
        journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event); /* for the first */
    assert_signalled(w.event); /* for the others, with one answer */
    assert_quiet(&w, 1);
    assert_int_equal(w.journal.n_asked, 3);
    world_stop(&w);
}

static void one_event_of_several_servers(void **state)
{
    struct fake_journal journals[SERVERS];
    struct fake_server *servers[SERVERS];
    MPR_SERVER_HANDLE h[SERVERS];
    HANDLE event;
    (void)state;
    assert_int_equal(OpenRrasNotifyCreate(&event), NO_ERROR);
    for (size_t i = 0; i < SERVERS; i++) {
        journal_init(&journals[i]);
        servers[i] = fake_start(&(struct fake_config){.n_ports = 3, .rrasx = &journals[i].backend});
        h[i] = fake_connect(servers[i]);
        assert_int_equal(MprAdminRegisterConnectionNotification(h[i], event), NO_ERROR);
    }
    for (size_t i = 0; i < SERVERS; i++) {
        journal_tell(servers[i], &journals[i], UP);
        assert_signalled(event);
    }
    /* The others stay when one goes, wherever it stands. */
    MprAdminServerDisconnect(h[1]);
    assert_int_equal(MprAdminDeregisterConnectionNotification(h[3], event), NO_ERROR);
    for (size_t i = 0; i < SERVERS; i += 2) {
        journal_tell(servers[i], &journals[i], GONE);
        assert_signalled(event);
    }
    assert_int_equal(OpenRrasNotifyClose(event), NO_ERROR);
    for (size_t i = 0; i < SERVERS; i++) {
        MprAdminServerDisconnect(h[i]);
        fake_stop(servers[i]);
        journal_clear(&journals[i]);
    }
}

static void several_events_of_one_server_handle(void **state)
{
    struct world w;
    HANDLE other, both[2];
    DWORD which = 9;
    (void)state;
    world_start(&w);
    assert_int_equal(OpenRrasNotifyCreate(&other), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, other), NO_ERROR);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    assert_signalled(other);
    both[0] = other;
    both[1] = w.event;
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, other), NO_ERROR);
    journal_tell(w.server, &w.journal, GONE);
    assert_int_equal(OpenRrasNotifyWait(2, both, PATIENCE_MS, &which), NO_ERROR);
    assert_int_equal(which, 1);
    assert_int_equal(OpenRrasNotifyClose(other), NO_ERROR);
    world_stop(&w);
}

/* ---- waiting ---- */

static void a_signal_is_taken_once_and_others_stay(void **state)
{
    struct world w;
    HANDLE events[OPENRRAS_NOTIFY_WAIT_MAX];
    DWORD which = 9;
    (void)state;
    world_start(&w);
    events[0] = w.event;
    for (DWORD i = 1; i < OPENRRAS_NOTIFY_WAIT_MAX; i++)
        assert_int_equal(OpenRrasNotifyCreate(&events[i]), NO_ERROR);
    assert_int_equal(OpenRrasNotifyWait(OPENRRAS_NOTIFY_WAIT_MAX, events, 0, &which), WAIT_TIMEOUT);
    assert_int_equal(which, 0);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, events[100]), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, events[255]), NO_ERROR);
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, w.event), NO_ERROR);
    journal_tell(w.server, &w.journal, UP);
    assert_int_equal(OpenRrasNotifyWait(OPENRRAS_NOTIFY_WAIT_MAX, events, PATIENCE_MS, &which), NO_ERROR);
    const DWORD first = which;
    assert_true(first == 100 || first == 255);
    assert_int_equal(OpenRrasNotifyWait(OPENRRAS_NOTIFY_WAIT_MAX, events, PATIENCE_MS, &which), NO_ERROR);
    assert_int_equal(which, 355 - first);
    assert_int_equal(OpenRrasNotifyWait(OPENRRAS_NOTIFY_WAIT_MAX, events, 0, NULL), WAIT_TIMEOUT);
    for (DWORD i = 1; i < OPENRRAS_NOTIFY_WAIT_MAX; i++)
        assert_int_equal(OpenRrasNotifyClose(events[i]), NO_ERROR);
    world_stop(&w);
}

/* As a program with a loop of its own: it looks at nothing but the descriptor. */
static void the_descriptor_is_readable_while_there_is_something_to_do(void **state)
{
    struct world w;
    struct pollfd p = {.events = POLLIN};
    int again;
    (void)state;
    world_start(&w);
    assert_int_equal(OpenRrasNotifyGetFd(w.event, &p.fd), NO_ERROR);
    settle(&w, 1);
    assert_false(is_readable(w.event));
    for (unsigned i = 0; i < ROUNDS; i++) {
        DWORD code;
        journal_tell(w.server, &w.journal, i % 2 ? UP : GONE);
        do {
            assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
            code = OpenRrasNotifyWait(1, &w.event, 0, NULL);
        } while (code == WAIT_TIMEOUT);
        assert_int_equal(code, NO_ERROR);
        if (i == ROUNDS / 2)
            fake_drop_connections(w.server);
    }
    assert_int_equal(OpenRrasNotifyGetFd(w.event, &again), NO_ERROR);
    assert_int_equal(again, p.fd);
    settle(&w, 1);
    assert_false(is_readable(w.event));
    world_stop(&w);
}

/* ---- what is refused ---- */

static void refuse_event(const struct world *w, HANDLE bad)
{
    int fd = 9;
    DWORD which = 9;
    const HANDLE two[] = {w->event, bad};
    assert_int_equal(MprAdminRegisterConnectionNotification(w->h, bad), ERROR_INVALID_PARAMETER);
    assert_true(calls_detail("hEventNotification is not an event"));
    assert_int_equal(MprAdminDeregisterConnectionNotification(w->h, bad), ERROR_INVALID_PARAMETER);
    assert_int_equal(OpenRrasNotifyWait(2, two, PATIENCE_MS, &which), ERROR_INVALID_HANDLE);
    assert_true(calls_detail("phEvents[1] is not an event"));
    assert_int_equal(which, 0);
    assert_int_equal(OpenRrasNotifyGetFd(bad, &fd), ERROR_INVALID_HANDLE);
    assert_int_equal(fd, -1);
    assert_int_equal(OpenRrasNotifyClose(bad), ERROR_INVALID_HANDLE);
    assert_true(calls_detail("hEvent is not an event"));
}

static void what_is_no_event_is_refused(void **state)
{
    struct world w;
    HANDLE closed;
    int fd;
    (void)state;
    world_start(&w);
    assert_int_equal(OpenRrasNotifyCreate(&closed), NO_ERROR);
    assert_int_equal(OpenRrasNotifyClose(closed), NO_ERROR);
    assert_int_equal(OpenRrasNotifyGetFd(w.event, &fd), NO_ERROR);
    const HANDLE bad[] = {NULL,
                          INVALID_HANDLE_VALUE,
                          w.h,
                          closed,
                          &w,
                          (HANDLE)(uintptr_t)fd,
                          (HANDLE)((uintptr_t)w.event ^ 1),
                          (HANDLE)((uintptr_t)w.event ^ ((uintptr_t)1 << 20))};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse_event(&w, bad[i]);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    world_stop(&w);
}

/* The bits of a handle that say which kind it is. */
static uintptr_t mark(HANDLE h)
{
    return (uintptr_t)h >> (sizeof h > 4 ? 48 : 30);
}

static void an_event_is_no_server(void **state)
{
    struct world w;
    LPBYTE buffer;
    (void)state;
    world_start(&w);
    assert_int_not_equal(mark(w.h), mark(w.event));
    const HANDLE bad[] = {NULL, INVALID_HANDLE_VALUE, w.event, &w};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(MprAdminRegisterConnectionNotification(bad[i], w.event), RPC_S_INVALID_BINDING);
        assert_int_equal(MprAdminRegisterConnectionNotification(bad[i], NULL), RPC_S_INVALID_BINDING);
        assert_int_equal(MprAdminDeregisterConnectionNotification(bad[i], w.event), RPC_S_INVALID_BINDING);
        assert_int_equal(MprAdminServerGetInfo(bad[i], 0, &buffer), RPC_S_INVALID_BINDING);
        MprAdminServerDisconnect(bad[i]);
    }
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    world_stop(&w);
}

static void arguments_are_checked(void **state)
{
    HANDLE event, many[OPENRRAS_NOTIFY_WAIT_MAX + 1] = {NULL};
    (void)state;
    assert_int_equal(OpenRrasNotifyCreate(NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(OpenRrasNotifyCreate(&event), NO_ERROR);
    assert_int_equal(OpenRrasNotifyGetFd(event, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(OpenRrasNotifyWait(0, &event, 0, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(OpenRrasNotifyWait(1, NULL, 0, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(OpenRrasNotifyWait(OPENRRAS_NOTIFY_WAIT_MAX + 1, many, 0, NULL), ERROR_INVALID_PARAMETER);
    assert_true(calls_detail("1 to 256"));
    assert_int_equal(OpenRrasNotifyWait(1, &event, 1, NULL), WAIT_TIMEOUT);
    assert_false(calls_detail("256"));
    assert_int_equal(OpenRrasNotifyClose(event), NO_ERROR);
}

/* What registering says with such a server, and then of an event that is none: arguments come first. */
static void registering_says(const struct fake_config *config, DWORD code)
{
    struct fake_server *f = fake_start(config);
    MPR_SERVER_HANDLE h = fake_connect(f);
    HANDLE event;
    assert_int_equal(OpenRrasNotifyCreate(&event), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(h, event), code);
    assert_int_equal(MprAdminRegisterConnectionNotification(h, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminDeregisterConnectionNotification(h, event), ERROR_INVALID_PARAMETER);
    assert_true(calls_detail("not registered"));
    assert_int_equal(OpenRrasNotifyClose(event), NO_ERROR);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void registering_says_what_is_wrong(void **state)
{
    struct fake_journal j;
    (void)state;
    journal_init(&j);
    registering_says(&(struct fake_config){.n_ports = 3, .rrasx = &j.backend, .deny = true, .lan_only = true},
                     ERROR_ACCESS_DENIED);
    registering_says(&(struct fake_config){.n_ports = 3, .rrasx = &j.backend, .lan_only = true}, ERROR_DDM_NOT_RUNNING);
    registering_says(&(struct fake_config){.n_ports = 3, .lan_only = true}, ERROR_DDM_NOT_RUNNING);
    registering_says(&(struct fake_config){.n_ports = 3}, ERROR_NOT_SUPPORTED);
    registering_says(&(struct fake_config){.n_ports = 3, .rrasx = &j.backend, .rrasx_opnums = 2}, ERROR_NOT_SUPPORTED);
    j.deny = true;
    registering_says(&(struct fake_config){.n_ports = 3, .rrasx = &j.backend}, ERROR_ACCESS_DENIED);
}

static void a_server_that_is_away_can_not_be_registered_with(void **state)
{
    struct fake_journal j;
    HANDLE event;
    (void)state;
    journal_init(&j);
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 3, .rrasx = &j.backend});
    MPR_SERVER_HANDLE h = fake_connect(f);
    fake_stop(f);
    assert_int_equal(OpenRrasNotifyCreate(&event), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(h, event), RPC_S_SERVER_UNAVAILABLE);
    assert_true(calls_detail("connect"));
    assert_int_equal(MprAdminDeregisterConnectionNotification(h, event), ERROR_INVALID_PARAMETER);
    MprAdminServerDisconnect(h);
    assert_int_equal(OpenRrasNotifyClose(event), NO_ERROR);
}

/* ---- how it ends ---- */

static void to_register_twice_is_to_register_once(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, w.event), NO_ERROR);
    assert_quiet(&w, 1);
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, w.event), NO_ERROR);
    assert_quiet(&w, 0);
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, w.event), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, w.event), NO_ERROR);
    assert_quiet(&w, 1);
    world_stop(&w);
}

static void nothing_is_signalled_after_its_end(void **state)
{
    struct world w;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    MprAdminServerDisconnect(w.h);
    assert_quiet(&w, 0);
    journal_tell(w.server, &w.journal, UP);
    assert_quiet(&w, 0);
    assert_false(is_readable(w.event));
    world_stop(&w);
}

static void wait_readable(HANDLE event)
{
    struct pollfd p = {.events = POLLIN};
    assert_int_equal(OpenRrasNotifyGetFd(event, &p.fd), NO_ERROR);
    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
}

static void a_signal_outlives_its_registration(void **state)
{
    struct world w;
    HANDLE both[2];
    DWORD which = 9;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    both[0] = w.event;
    assert_int_equal(OpenRrasNotifyCreate(&both[1]), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, both[1]), NO_ERROR);
    journal_tell(w.server, &w.journal, UP);
    wait_readable(both[0]);
    wait_readable(both[1]);
    /* The second one's answer is read as well while the first one's signal is taken. */
    assert_int_equal(OpenRrasNotifyWait(2, both, PATIENCE_MS, &which), NO_ERROR);
    assert_int_equal(which, 0);
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, both[1]), NO_ERROR);
    assert_signalled(both[1]);
    assert_int_equal(OpenRrasNotifyClose(both[1]), NO_ERROR);
    world_stop(&w);
}

/* ---- a given connection ---- */

static void a_given_connection_is_occupied_until_its_end(void **state)
{
    struct world w;
    LPBYTE buffer;
    HANDLE other;
    (void)state;
    world_start(&w);
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, w.event), NO_ERROR);
    MPR_SERVER_HANDLE given = connect_given(w.server);
    assert_int_equal(OpenRrasNotifyCreate(&other), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(given, w.event), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(given, w.event), NO_ERROR);
    assert_quiet(&w, 1);
    assert_int_equal(MprAdminServerGetInfo(given, 0, &buffer), ERROR_BUSY);
    assert_true(calls_detail("MprAdminRegisterConnectionNotification"));
    assert_int_equal(MprAdminRegisterConnectionNotification(given, other), ERROR_BUSY);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    assert_quiet(&w, 1);
    assert_int_equal(MprAdminDeregisterConnectionNotification(given, w.event), NO_ERROR);
    assert_quiet(&w, 0);
    assert_int_equal(MprAdminServerGetInfo(given, 0, &buffer), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(MprAdminRegisterConnectionNotification(given, w.event), RPC_S_SERVER_UNAVAILABLE);
    MprAdminServerDisconnect(given);
    assert_int_equal(OpenRrasNotifyClose(other), NO_ERROR);
    world_stop(&w);
}

static void a_given_connection_that_is_lost_signals_a_last_time(void **state)
{
    struct world w;
    LPBYTE buffer;
    (void)state;
    world_start(&w);
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, w.event), NO_ERROR);
    MPR_SERVER_HANDLE given = connect_given(w.server);
    assert_int_equal(MprAdminRegisterConnectionNotification(given, w.event), NO_ERROR);
    settle(&w, 1);
    fake_drop_connections(w.server);
    assert_signalled(w.event);
    assert_quiet(&w, 0);
    assert_false(is_readable(w.event));
    assert_int_equal(MprAdminServerGetInfo(given, 0, &buffer), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(MprAdminDeregisterConnectionNotification(given, w.event), NO_ERROR);
    MprAdminServerDisconnect(given);
    world_stop(&w);
}

/* ---- fork ---- */

static int in_child(const struct world *w)
{
    HANDLE mine;
    LPBYTE buffer;
    if (OpenRrasNotifyWait(1, &w->event, 0, NULL) != ERROR_INVALID_HANDLE)
        return 1;
    if (MprAdminRegisterConnectionNotification(w->h, w->event) != ERROR_INVALID_PARAMETER)
        return 2;
    if (OpenRrasNotifyCreate(&mine) != NO_ERROR || MprAdminRegisterConnectionNotification(w->h, mine) != NO_ERROR)
        return 3;
    if (OpenRrasNotifyWait(1, &mine, 10, NULL) != WAIT_TIMEOUT || OpenRrasNotifyClose(mine) != NO_ERROR)
        return 4;
    if (MprAdminServerGetInfo(w->h, 0, &buffer) != NO_ERROR || MprAdminBufferFree(buffer) != NO_ERROR)
        return 5;
    MprAdminServerDisconnect(w->h);
    return OpenRrasNotifyClose(w->event) == NO_ERROR ? 0 : 6;
}

static void a_child_does_not_touch_its_parent_s_events(void **state)
{
    struct world w;
    int status;
    (void)state;
    world_start(&w);
    settle(&w, 1);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(in_child(&w));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_quiet(&w, 1);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    world_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_and_who_goes_signals),
        cmocka_unit_test(nothing_else_signals),
        cmocka_unit_test(what_happens_before_anybody_waits_is_not_lost),
        cmocka_unit_test(a_crowd_signals_a_few_times),
        cmocka_unit_test(one_event_of_several_servers),
        cmocka_unit_test(several_events_of_one_server_handle),
        cmocka_unit_test(a_signal_is_taken_once_and_others_stay),
        cmocka_unit_test(the_descriptor_is_readable_while_there_is_something_to_do),
        cmocka_unit_test(what_is_no_event_is_refused),
        cmocka_unit_test(an_event_is_no_server),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(registering_says_what_is_wrong),
        cmocka_unit_test(a_server_that_is_away_can_not_be_registered_with),
        cmocka_unit_test(to_register_twice_is_to_register_once),
        cmocka_unit_test(nothing_is_signalled_after_its_end),
        cmocka_unit_test(a_signal_outlives_its_registration),
        cmocka_unit_test(a_given_connection_is_occupied_until_its_end),
        cmocka_unit_test(a_given_connection_that_is_lost_signals_a_last_time),
        cmocka_unit_test(a_child_does_not_touch_its_parent_s_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
