/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one handle, closed meanwhile. For ThreadSanitizer: meson setup build-tsan -Db_sanitize=thread. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>
#include <openrras.h>

#include "fake_server.h"

#define ALL     ((DWORD)-1)
#define PORT(n) ((HANDLE)(uintptr_t)fake_port_handle(n))
#define THREADS 12
#define ROUNDS  200

struct work {
    MPR_SERVER_HANDLE h;
    atomic_bool closed; /* before the handle is closed */
    atomic_uint done;   /* calls that were answered */
    atomic_uint wrong;  /* results that must not be */
};

/* One round of different calls. Once the handle is closed, "no such handle" is right as well. */
static void call_all(struct work *w, unsigned round)
{
    LPBYTE b;
    DWORD read, total, resume = 0, code;

    switch (round % 4) {
    case 0:
        code = MprAdminPortGetInfo(w->h, 0, PORT(1 + round % 50), &b);
        break;
    case 1:
        code = MprAdminPortEnum(w->h, 0, INVALID_HANDLE_VALUE, &b, ALL, &read, &total, &resume);
        break;
    case 2:
        code = MprAdminPortDisconnect(w->h, PORT(1 + round % 50));
        b = NULL;
        break;
    default:
        code = MprAdminServerGetInfo(w->h, 0, &b);
        break;
    }
    bool closed = atomic_load(&w->closed);
    DWORD refused = round % 4 == 2 ? ERROR_INVALID_PARAMETER : RPC_S_INVALID_BINDING;
    if (code == NO_ERROR)
        atomic_fetch_add(&w->done, 1);
    else if (!closed || code != refused)
        atomic_fetch_add(&w->wrong, 1);
    if (code == NO_ERROR && b && MprAdminBufferFree(b) != NO_ERROR)
        atomic_fetch_add(&w->wrong, 1);
}

static void *work(void *arg)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        call_all(arg, i);
    return NULL;
}

static void start_threads(pthread_t threads[THREADS], struct work *w)
{
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, w), 0);
}

static void join_threads(pthread_t threads[THREADS])
{
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void many_threads_share_a_handle_and_at_most_eight_connections(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 50});
    struct work w = {.h = fake_connect(f)};
    pthread_t threads[THREADS];

    (void)state;
    start_threads(threads, &w);
    join_threads(threads);
    assert_int_equal(w.wrong, 0);
    assert_int_equal(w.done, THREADS * ROUNDS);
    assert_int_equal(fake_orders(f), THREADS * ROUNDS / 4);
    assert_true(fake_connections(f) <= 8);
    MprAdminServerDisconnect(w.h);
    fake_stop(f);
}

static void a_handle_may_be_closed_while_others_use_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 50});
        struct work w = {.h = fake_connect(f)};
        pthread_t threads[THREADS];
        start_threads(threads, &w);
        while (atomic_load(&w.done) < THREADS * i)
            sched_yield();
        atomic_store(&w.closed, true);
        MprAdminServerDisconnect(w.h);
        join_threads(threads);
        assert_int_equal(w.wrong, 0);
        fake_stop(f);
    }
}

/* A server that restarts again and again: reads get through or say that the server was lost twice, and nothing breaks.
 */
static void *read_only(void *arg)
{
    struct work *w = arg;

    while (!atomic_load(&w->closed)) {
        LPBYTE b;
        DWORD code = MprAdminPortGetInfo(w->h, 0, PORT(1), &b);
        if (code == NO_ERROR)
            MprAdminBufferFree(b);
        else if (code != RPC_S_CALL_FAILED && code != RPC_S_SERVER_UNAVAILABLE && code != RPC_S_CALL_FAILED_DNE)
            atomic_fetch_add(&w->wrong, 1);
        atomic_fetch_add(&w->done, 1);
    }
    return NULL;
}

static void threads_survive_a_server_that_drops_them(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 50});
    struct work w = {.h = fake_connect(f)};
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_only, &w), 0);
    for (unsigned i = 1; i <= 20; i++) {
        fake_drop_connections(f);
        while (atomic_load(&w.done) < i * THREADS)
            sched_yield();
    }
    atomic_store(&w.closed, true);
    join_threads(threads);
    assert_int_equal(w.wrong, 0);
    MprAdminServerDisconnect(w.h);
    fake_stop(f);
}

static void *connect_and_close(void *arg)
{
    struct fake_server *f = arg;

    for (unsigned i = 0; i < 50; i++) {
        MPR_SERVER_HANDLE h;
        LPWSTR text;
        if (MprAdminServerConnect(fake_name(f), &h) == NO_ERROR)
            MprAdminServerDisconnect(h);
        if (MprAdminGetErrorString(i, &text) == NO_ERROR)
            LocalFree(text);
    }
    return NULL;
}

static void handles_and_texts_come_and_go_in_many_threads(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){0});
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, connect_and_close, f), 0);
    join_threads(threads);
    fake_stop(f);
}

/* ---- more callers than connections ---- */

static void *call_once(void *arg)
{
    struct work *w = arg;
    DWORD code = MprAdminPortDisconnect(w->h, PORT(1));

    if (code == RPC_S_CALL_FAILED_DNE)
        atomic_fetch_add(&w->done, 1);
    else if (code != RPC_S_CALL_FAILED)
        atomic_fetch_add(&w->wrong, 1);
    return NULL;
}

static MPR_SERVER_HANDLE connect_given(struct fake_server *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    MPR_SERVER_HANDLE h;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, fake_path(f));
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(OpenRrasServerConnectFd(fd, &h), NO_ERROR);
    return h;
}

/*
 * A given descriptor is one connection, and the server never answers: one order is sent and its fate unknown; the
 * other, whose turn has not come before its time is over, was certainly not sent.
 */
static void a_caller_that_waits_in_vain_learns_that_nothing_was_sent(void **state)
{
    struct fake_server *f =
        fake_start(&(struct fake_config){.script = {NEVER_ANSWERS_CALLS}, .n_script = 1, .n_ports = 1});
    struct work w = {.h = connect_given(f)};
    pthread_t first, second;

    (void)state;
    assert_int_equal(OpenRrasServerSetTimeLimits(w.h, 0, 60000), NO_ERROR);
    assert_int_equal(pthread_create(&first, NULL, call_once, &w), 0);
    while (fake_orders(f) == 0)
        sched_yield();
    assert_int_equal(OpenRrasServerSetTimeLimits(w.h, 0, 100), NO_ERROR);
    assert_int_equal(pthread_create(&second, NULL, call_once, &w), 0);
    pthread_join(second, NULL);
    assert_int_equal(w.done, 1);
    fake_drop_connections(f);
    pthread_join(first, NULL);
    assert_int_equal(w.done, 1);
    assert_int_equal(w.wrong, 0);
    assert_int_equal(fake_orders(f), 1);
    MprAdminServerDisconnect(w.h);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_share_a_handle_and_at_most_eight_connections),
        cmocka_unit_test(a_handle_may_be_closed_while_others_use_it),
        cmocka_unit_test(threads_survive_a_server_that_drops_them),
        cmocka_unit_test(handles_and_texts_come_and_go_in_many_threads),
        cmocka_unit_test(a_caller_that_waits_in_vain_learns_that_nothing_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
