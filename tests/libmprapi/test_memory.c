/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of the library fails once: the caller gets ERROR_NOT_ENOUGH_MEMORY with nothing in its outputs, and
 * the next try works. Leaks are AddressSanitizer's business.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <openrras.h>

#include "fake_journal.h"
#include "tests/rrasx/echo.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

/* Of this thread only: the fake server has another. 0: none fails; 1: the next one does. */
static _Thread_local unsigned countdown;
static _Thread_local bool failed;

static bool fails(void)
{
    if (!countdown || --countdown)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

static struct fake_server *server;
static MPR_SERVER_HANDLE h;

/* Does `step` with its first allocation failing, then its second, ... until none fails. Returns how many there are. */
static unsigned fail_each(DWORD (*step)(void), DWORD good)
{
    for (unsigned n = 1;; n++) {
        assert_true(n < 1000);
        countdown = n;
        failed = false;
        DWORD code = step();
        countdown = 0;
        if (!failed) {
            assert_int_equal(code, good);
            return n - 1;
        }
        assert_int_equal(code, ERROR_NOT_ENOUGH_MEMORY);
    }
}

static DWORD connect_step(void)
{
    MPR_SERVER_HANDLE one = (MPR_SERVER_HANDLE)1;
    DWORD code = MprAdminServerConnect(fake_name(server), &one);

    if (code == NO_ERROR)
        MprAdminServerDisconnect(one);
    else
        assert_null(one);
    return code;
}

static DWORD connect_fd_step(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    MPR_SERVER_HANDLE one;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, fake_path(server));
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    DWORD code = OpenRrasServerConnectFd(fd, &one);
    if (code == NO_ERROR) {
        MprAdminServerDisconnect(one);
        return code;
    }
    assert_null(one);
    assert_int_equal(close(fd), 0); /* still the caller's */
    return code;
}

static DWORD list_step(void)
{
    LPBYTE b;
    DWORD read, total, resume = 0;
    DWORD code = MprAdminConnectionEnum(h, 1, &b, (DWORD)-1, &read, &total, &resume);

    if (code == NO_ERROR) {
        assert_int_equal(read, 17);
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    } else {
        assert_null(b);
        assert_int_equal(read + total, 0);
    }
    return code;
}

static DWORD get_step(void)
{
    LPBYTE b;
    DWORD code = MprAdminPortGetInfo(h, 0, (HANDLE)(uintptr_t)fake_port_handle(1), &b);

    if (code == NO_ERROR)
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    else
        assert_null(b);
    return code;
}

static DWORD empty_list_step(void)
{
    LPBYTE b;
    DWORD read, total, resume = fake_port_handle(50);
    DWORD code = MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &b, (DWORD)-1, &read, &total, &resume);

    if (code == NO_ERROR)
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    else
        assert_null(b);
    return code;
}

static DWORD disconnect_step(void)
{
    return MprAdminPortDisconnect(h, (HANDLE)(uintptr_t)fake_port_handle(1));
}

static DWORD text_step(void)
{
    LPWSTR text;
    DWORD code = MprAdminGetErrorString(5, &text);

    if (code == NO_ERROR)
        assert_null(LocalFree(text));
    else
        assert_null(text);
    return code;
}

/* ---- over our own interface ---- */

static DWORD server_step(void)
{
    OPENRRAS_SERVER *one;
    DWORD code = OpenRrasServerGetInfo(h, &one);

    if (code == NO_ERROR)
        assert_int_equal(MprAdminBufferFree(one), NO_ERROR);
    else
        assert_null(one);
    return code;
}

static DWORD sessions_step(void)
{
    OPENRRAS_SESSION_LIST *list;
    DWORD code = OpenRrasSessionEnum(h, NULL, &list);

    if (code == NO_ERROR) {
        assert_int_equal(list->dwCount, 6);
        assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    } else {
        assert_null(list);
    }
    return code;
}

static DWORD job_step(void)
{
    const OPENRRAS_DISCONNECT order = {.Selector = {.fAll = TRUE}};
    OPENRRAS_JOB *job;
    DWORD code = OpenRrasDisconnect(h, &order, 0, &job);

    if (code == NO_ERROR) {
        assert_int_equal(job->dwJob, 7);
        assert_int_equal(MprAdminBufferFree(job), NO_ERROR);
    } else {
        assert_null(job);
    }
    return code;
}

static void every_allocation_of_our_own_interface_may_fail(void **state)
{
    OPENRRAS_SERVER info = {.pszVersion = "1"};
    OPENRRAS_SESSION some[6] = {{.pszUser = "a"}, {.pszUser = "b"}, {.pszUser = "c"}};
    const struct rrasx_sessions sessions = {.list = {6, some}};
    const OPENRRAS_JOB job = {.dwJob = 7, .pszBy = "alice"};
    struct echo e;

    (void)state;
    echo_init(&e);
    server = fake_start(&(struct fake_config){.rrasx = &e.backend});
    h = fake_connect(server);
    e.reply = &info;
    assert_true(fail_each(server_step, NO_ERROR) >= 2);
    e.reply = &sessions;
    e.page = 1; /* more pages than there is room for at first */
    assert_true(fail_each(sessions_step, NO_ERROR) >= 8);
    e.reply = &job;
    assert_true(fail_each(job_step, NO_ERROR) >= 2);
    MprAdminServerDisconnect(h);
    fake_stop(server);
    echo_clear(&e);
}

/* ---- events ---- */

static struct fake_journal journal;

/* Until the server is asked what has happened. */
static void wait_until_asked(HANDLE event, unsigned before)
{
    for (unsigned i = 0; journal.n_asked == before; i++) {
        assert_true(i < 1000);
        (void)OpenRrasNotifyWait(1, &event, 20, NULL);
    }
}

/* A question that finds no memory is asked later: registering does not fail for that. */
static DWORD register_step(void)
{
    HANDLE event;
    unsigned before = journal.n_asked;
    DWORD code = OpenRrasNotifyCreate(&event);

    if (code != NO_ERROR) {
        assert_null(event);
        return code;
    }
    code = MprAdminRegisterConnectionNotification(h, event);
    countdown = 0;
    if (code == NO_ERROR)
        wait_until_asked(event, before);
    assert_int_equal(OpenRrasNotifyClose(event), NO_ERROR);
    return code == NO_ERROR && failed ? ERROR_NOT_ENOUGH_MEMORY : code;
}

/* An answer that there is no memory for may have told of something: that is a signal as well. */
static void signal_without_memory(void)
{
    HANDLE event;

    assert_int_equal(OpenRrasNotifyCreate(&event), NO_ERROR);
    assert_int_equal(MprAdminRegisterConnectionNotification(h, event), NO_ERROR);
    for (unsigned n = 1; n < 12; n++) {
        countdown = n;
        journal_tell(server, &journal, OPENRRAS_EVENT_SESSION_UP);
        DWORD code = OpenRrasNotifyWait(1, &event, 30000, NULL);
        countdown = 0;
        assert_int_equal(code, NO_ERROR);
    }
    assert_int_equal(OpenRrasNotifyClose(event), NO_ERROR);
}

static void every_allocation_for_events_may_fail(void **state)
{
    (void)state;
    journal_init(&journal);
    server = fake_start(&(struct fake_config){.n_ports = 1, .rrasx = &journal.backend});
    h = fake_connect(server);
    assert_true(fail_each(register_step, NO_ERROR) >= 6);
    signal_without_memory();
    MprAdminServerDisconnect(h);
    fake_stop(server);
    journal_clear(&journal);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    server = fake_start(&(struct fake_config){.n_ports = 50, .n_connections = 17});
    assert_true(fail_each(connect_step, NO_ERROR) >= 3);
    assert_true(fail_each(connect_fd_step, NO_ERROR) >= 3);
    h = fake_connect(server);
    /* 17 connections of level 1: the size fits both lengths of the IPX address, so that the bytes are kept first. */
    assert_true(fail_each(list_step, NO_ERROR) >= 2);
    assert_true(fail_each(get_step, NO_ERROR) >= 1);
    assert_true(fail_each(empty_list_step, NO_ERROR) >= 1);
    unsigned orders = fake_orders(server);
    fail_each(disconnect_step, NO_ERROR);
    assert_int_equal(fake_orders(server), orders + 1); /* what failed was not sent */
    assert_true(fail_each(text_step, NO_ERROR) >= 1);
    MprAdminServerDisconnect(h);
    fake_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_of_our_own_interface_may_fail),
        cmocka_unit_test(every_allocation_for_events_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
