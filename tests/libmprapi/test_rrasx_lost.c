/* SPDX-License-Identifier: Apache-2.0 */
/* The functions over our own interface, when the server does not have it, when connections are lost, and when they
 * wait: which code comes, and that no order goes out twice. */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "rrasx_calls.h"

#define SHORT_MS 200u

/* ---- servers that do not have it ---- */

static void another_server_gives_50_over_the_same_connection(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 3});
    MPR_SERVER_HANDLE h = fake_connect(f);
    LPBYTE buffer;
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        assert_int_equal(calls[op].call(h, &result), ERROR_NOT_SUPPORTED);
        assert_null(result);
        assert_true(calls_detail("does not have this function"));
    }
    assert_int_equal(fake_requests(f), 0);
    assert_int_equal(MprAdminServerGetInfo(h, 0, &buffer), NO_ERROR);
    calls_free_result(buffer);
    assert_int_equal(fake_connections(f), 1);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void an_older_server_gives_50_for_what_is_newer(void **state)
{
    struct echo e;
    OPENRRAS_SERVER server = {.dwPorts = 3};
    void *result = NULL;
    (void)state;
    echo_init(&e);
    e.reply = &server;
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend, .rrasx_opnums = 1});
    MPR_SERVER_HANDLE h = fake_connect(f);
    assert_int_equal(calls[RRASX_SERVER_GET].call(h, &result), NO_ERROR);
    calls_free_result(result);
    for (uint16_t op = 1; op < RRASX_OPNUMS; op++) {
        assert_int_equal(calls[op].call(h, &result), ERROR_NOT_SUPPORTED);
        assert_null(result);
        assert_true(calls_detail("older"));
    }
    assert_int_equal(fake_connections(f), 1);
    calls_stop(f, &e, h);
}

static void a_server_that_was_upgraded_is_found_to_have_it(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct echo e;
        void *result;
        echo_init(&e);
        struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 3});
        MPR_SERVER_HANDLE h = fake_connect(f);
        const void *reply = calls_reply(op);
        e.reply = reply;
        assert_int_equal(calls[op].call(h, &result), ERROR_NOT_SUPPORTED);
        fake_upgrade(f, &e.backend);
        assert_int_equal(calls[op].call(h, &result), NO_ERROR);
        calls_free_result(result);
        calls_stop(f, &e, h);
        calls_free_reply(op, reply);
    }
}

static void a_server_that_has_only_ours_can_not_be_connected_to(void **state)
{
    struct echo e;
    MPR_SERVER_HANDLE h = (MPR_SERVER_HANDLE)1;
    (void)state;
    echo_init(&e);
    struct fake_server *f = fake_start(&(struct fake_config){.other_interface = true, .rrasx = &e.backend});
    assert_int_equal(MprAdminServerConnect(fake_name(f), &h), RPC_S_UNKNOWN_IF);
    assert_null(h);
    fake_stop(f);
}

/* ---- threads ---- */

/* What waits is answered when another caller cancels. */
static uint32_t answer_what_waits(void *ctx, void *user, uint32_t job)
{
    struct echo *e = ctx;
    (void)user;
    (void)job;
    echo_finish(e);
    return 0;
}

static void *wait_in_a_thread(void *handle)
{
    static const OPENRRAS_DISCONNECT all = {.Selector = {.fAll = TRUE}};
    OPENRRAS_JOB *job = NULL;
    DWORD code = OpenRrasDisconnect(handle, &all, OPENRRAS_EVENT_WAIT_MAX_MS, &job);
    return code == NO_ERROR ? job : NULL;
}

static void others_go_on_while_one_waits(void **state)
{
    OPENRRAS_JOB job = {.dwJob = 7};
    struct echo e;
    void *result;
    pthread_t thread;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.hold = true;
    e.reply = &job;
    e.backend.job_cancel = answer_what_waits;
    assert_int_equal(pthread_create(&thread, NULL, wait_in_a_thread, h), 0);
    while (e.n_asked == 0)
        sched_yield();
    LPBYTE buffer;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(MprAdminServerGetInfo(h, 0, &buffer), NO_ERROR);
        calls_free_result(buffer);
    }
    assert_int_equal(calls[RRASX_JOB_CANCEL].call(h, &result), NO_ERROR);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_int_equal(((OPENRRAS_JOB *)result)->dwJob, 7);
    calls_free_result(result);
    assert_int_equal(fake_connections(f), 2);
    calls_stop(f, &e, h);
}

/* ---- lost connections ---- */

static void an_order_is_never_sent_twice(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct echo e;
        void *result = (void *)1;
        struct fake_server *f = calls_start(&e, CLOSES_ON_REQUEST);
        MPR_SERVER_HANDLE h = fake_connect(f);
        const void *reply = calls_reply(op);
        e.reply = reply;
        DWORD code = calls[op].call(h, &result);
        assert_int_equal(code, calls[op].order ? RPC_S_CALL_FAILED : NO_ERROR);
        assert_int_equal(fake_requests(f), calls[op].order ? 1 : 2);
        if (calls[op].order)
            assert_null(result);
        calls_free_result(result);
        calls_stop(f, &e, h);
        calls_free_reply(op, reply);
    }
}

static void an_order_after_a_restart_takes_a_fresh_connection(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct echo e;
        void *result;
        struct fake_server *f = calls_start(&e, POLITE);
        MPR_SERVER_HANDLE h = fake_connect(f);
        const void *reply = calls_reply(op);
        e.reply = reply;
        fake_drop_connections(f);
        assert_int_equal(calls[op].call(h, &result), NO_ERROR);
        assert_int_equal(fake_requests(f), 1);
        calls_free_result(result);
        calls_stop(f, &e, h);
        calls_free_reply(op, reply);
    }
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void what_waits_has_its_time_and_the_call_s_own(void **state)
{
    static const uint16_t ops[] = {RRASX_EVENT_WAIT, RRASX_DISCONNECT, RRASX_JOB_WAIT};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct echo e;
        void *result;
        struct fake_server *f = calls_start(&e, POLITE);
        MPR_SERVER_HANDLE h = fake_connect(f);
        assert_int_equal(OpenRrasServerSetTimeLimits(h, 0, SHORT_MS), NO_ERROR);
        e.hold = true;
        uint64_t begin = now_ms();
        assert_int_equal(calls[ops[i]].call(h, &result), RPC_S_CALL_FAILED);
        assert_null(result);
        assert_true(now_ms() - begin >= SHORT_MS + CALL_WAIT_MS);
        assert_true(calls_detail("no answer within 500 ms"));
        MprAdminServerDisconnect(h);
        fake_stop(f);
        e.code = ERROR_NOT_FOUND;
        echo_clear(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_server_gives_50_over_the_same_connection),
        cmocka_unit_test(an_older_server_gives_50_for_what_is_newer),
        cmocka_unit_test(a_server_that_was_upgraded_is_found_to_have_it),
        cmocka_unit_test(a_server_that_has_only_ours_can_not_be_connected_to),
        cmocka_unit_test(others_go_on_while_one_waits),
        cmocka_unit_test(an_order_is_never_sent_twice),
        cmocka_unit_test(an_order_after_a_restart_takes_a_fresh_connection),
        cmocka_unit_test(what_waits_has_its_time_and_the_call_s_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
