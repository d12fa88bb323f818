/* SPDX-License-Identifier: Apache-2.0 */
/* Events that several threads wait for, while others register, deregister and close. For ThreadSanitizer. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "notify_world.h"

#define WAITERS 100u
#define ROUNDS  30u

struct waiter {
    pthread_t thread;
    HANDLE events[2];
    DWORD n, which, code;
    atomic_uint *started, *ended;
};

static void *wait_patiently(void *arg)
{
    struct waiter *w = arg;
    atomic_fetch_add(w->started, 1);
    w->code = OpenRrasNotifyWait(w->n, w->events, 2 * PATIENCE_MS, &w->which);
    atomic_fetch_add(w->ended, 1);
    return NULL;
}

static void start(struct waiter *w, atomic_uint *started, atomic_uint *ended, const HANDLE *events, DWORD n)
{
    *w = (struct waiter){.n = n, .code = 9999, .started = started, .ended = ended};
    memcpy(w->events, events, n * sizeof *events);
    assert_int_equal(pthread_create(&w->thread, NULL, wait_patiently, w), 0);
}

static void wait_for_count(atomic_uint *counter, unsigned count)
{
    while (atomic_load(counter) < count)
        sched_yield();
}

/* One of two waits in a thread for two events, and then the other one is closed, or its registration ended. */
static void closing_wakes_who_waits(void **state)
{
    struct world w;
    struct waiter waiter;
    atomic_uint started = 0, ended = 0;
    HANDLE both[2];
    (void)state;
    world_start(&w);
    both[0] = w.event;
    assert_int_equal(OpenRrasNotifyCreate(&both[1]), NO_ERROR);
    start(&waiter, &started, &ended, both, 2);
    wait_for_count(&started, 1);
    assert_int_equal(OpenRrasNotifyClose(both[1]), NO_ERROR);
    pthread_join(waiter.thread, NULL);
    assert_int_equal(waiter.code, ERROR_INVALID_HANDLE);
    assert_int_equal(waiter.which, 0);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    world_stop(&w);
}

static void who_waits_goes_on_when_a_registration_ends_or_begins(void **state)
{
    struct world w;
    struct waiter waiter;
    atomic_uint started = 0, ended = 0;
    (void)state;
    world_start(&w);
    start(&waiter, &started, &ended, &w.event, 1);
    wait_for_count(&started, 1);
    assert_int_equal(MprAdminDeregisterConnectionNotification(w.h, w.event), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, w.event), NO_ERROR);
    MprAdminServerDisconnect(w.h);
    w.h = fake_connect(w.server);
    assert_int_equal(MprAdminRegisterConnectionNotification(w.h, w.event), NO_ERROR);
    assert_int_equal(ended, 0);
    journal_tell(w.server, &w.journal, UP);
    pthread_join(waiter.thread, NULL);
    assert_int_equal(waiter.code, NO_ERROR);
    world_stop(&w);
}

static void do_nothing(int number)
{
    (void)number;
}

static void who_waits_goes_on_after_a_signal_handler(void **state)
{
    const struct sigaction handler = {.sa_handler = do_nothing}; /* without SA_RESTART */
    struct world w;
    struct waiter waiter;
    atomic_uint started = 0, ended = 0;
    (void)state;
    world_start(&w);
    assert_int_equal(sigaction(SIGUSR1, &handler, NULL), 0);
    start(&waiter, &started, &ended, &w.event, 1);
    wait_for_count(&started, 1);
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_int_equal(pthread_kill(waiter.thread, SIGUSR1), 0);
        sched_yield();
    }
    journal_tell(w.server, &w.journal, UP);
    pthread_join(waiter.thread, NULL);
    assert_int_equal(waiter.code, NO_ERROR);
    world_stop(&w);
}

static void a_signal_lets_one_of_those_go_on_who_wait_for_the_same_event(void **state)
{
    struct world w;
    struct waiter waiters[ROUNDS];
    atomic_uint started = 0, ended = 0;
    (void)state;
    world_start(&w);
    for (unsigned i = 0; i < ROUNDS; i++)
        start(&waiters[i], &started, &ended, &w.event, 1);
    wait_for_count(&started, ROUNDS);
    /* Only so many signals, each only after the one before was taken: so nobody goes on without one. */
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_int_equal(ended, i);
        journal_tell(w.server, &w.journal, UP);
        wait_for_count(&ended, i + 1);
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        pthread_join(waiters[i].thread, NULL);
        assert_int_equal(waiters[i].code, NO_ERROR);
    }
    world_stop(&w);
}

static void a_hundred_wait_for_events_of_their_own(void **state)
{
    static struct waiter waiters[WAITERS];
    static HANDLE events[WAITERS];
    struct world w;
    atomic_uint started = 0, ended = 0;
    (void)state;
    world_start(&w);
    for (unsigned i = 0; i < WAITERS; i++) {
        assert_int_equal(OpenRrasNotifyCreate(&events[i]), NO_ERROR);
        assert_int_equal(MprAdminRegisterConnectionNotification(w.h, events[i]), NO_ERROR);
    }
    for (unsigned round = 0; round < 3; round++) {
        started = ended = 0;
        for (unsigned i = 0; i < WAITERS; i++)
            start(&waiters[i], &started, &ended, &events[i], 1);
        wait_for_count(&started, WAITERS);
        assert_int_equal(ended, 0);
        if (round == 1)
            journal_restart(w.server, &w.journal);
        else
            journal_tell(w.server, &w.journal, UP);
        for (unsigned i = 0; i < WAITERS; i++) {
            pthread_join(waiters[i].thread, NULL);
            assert_int_equal(waiters[i].code, NO_ERROR);
        }
    }
    for (unsigned i = 0; i < WAITERS; i++)
        assert_int_equal(OpenRrasNotifyClose(events[i]), NO_ERROR);
    world_stop(&w);
}

/* ---- everybody at once ---- */

struct turmoil {
    struct fake_server *server;
    HANDLE event;
    atomic_uint wrong;
};

static void *come_and_go(void *arg)
{
    struct turmoil *t = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        MPR_SERVER_HANDLE h = fake_connect(t->server);
        if (MprAdminRegisterConnectionNotification(h, t->event) != NO_ERROR)
            atomic_fetch_add(&t->wrong, 1);
        if (i % 2 && MprAdminDeregisterConnectionNotification(h, t->event) != NO_ERROR)
            atomic_fetch_add(&t->wrong, 1);
        MprAdminServerDisconnect(h);
    }
    return NULL;
}

static void *wait_shortly(void *arg)
{
    struct turmoil *t = arg;
    for (unsigned i = 0; i < ROUNDS; i++) {
        DWORD code = OpenRrasNotifyWait(1, &t->event, 5, NULL);
        if (code != NO_ERROR && code != WAIT_TIMEOUT)
            atomic_fetch_add(&t->wrong, 1);
    }
    return NULL;
}

static void threads_register_wait_and_disconnect_at_once(void **state)
{
    struct world w;
    pthread_t threads[8];
    (void)state;
    world_start(&w);
    struct turmoil t = {.server = w.server, .event = w.event};
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i % 2 ? come_and_go : wait_shortly, &t), 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        journal_tell(w.server, &w.journal, UP);
    for (size_t i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(t.wrong, 0);
    journal_tell(w.server, &w.journal, UP);
    assert_signalled(w.event);
    world_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_wakes_who_waits),
        cmocka_unit_test(who_waits_goes_on_when_a_registration_ends_or_begins),
        cmocka_unit_test(who_waits_goes_on_after_a_signal_handler),
        cmocka_unit_test(a_signal_lets_one_of_those_go_on_who_wait_for_the_same_event),
        cmocka_unit_test(a_hundred_wait_for_events_of_their_own),
        cmocka_unit_test(threads_register_wait_and_disconnect_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
