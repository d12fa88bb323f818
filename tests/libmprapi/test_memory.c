/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of the library fails once: the caller gets ERROR_NOT_ENOUGH_MEMORY with nothing in its outputs, and
 * the next try works. Leaks are AddressSanitizer's business.
 */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <openrras.h>

#include "dimsvc/layout.h"
#include "dimsvc/server_ex.h"
#include "fake_journal.h"
#include "tests/lib/failing.h"
#include "tests/rrasx/echo.h"

void __real_free(void *p);
void __wrap_free(void *p);

/* What must be in no memory that this thread gives back, and how often it was. */
static _Thread_local const char *secret;
static _Thread_local unsigned leaks;

void __wrap_free(void *p)
{
    if (p && secret && memmem(p, malloc_usable_size(p), secret, strlen(secret)))
        leaks++;
    __real_free(p);
}

static struct fake_server *server;
static MPR_SERVER_HANDLE h;

static unsigned fail_each(DWORD (*step)(void), DWORD good)
{
    return failing_each(step, good, ERROR_NOT_ENOUGH_MEMORY);
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

static DWORD list_ex_step(void)
{
    MPRAPI_OBJECT_HEADER header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)};
    PRAS_CONNECTION_EX list;
    DWORD read, total, resume = 0;
    DWORD code = MprAdminConnectionEnumEx(h, &header, (DWORD)-1, &read, &total, &list, &resume);

    if (code == NO_ERROR) {
        assert_int_equal(read, 17);
        assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    } else {
        assert_null(list);
        assert_int_equal(read + total, 0);
    }
    return code;
}

static DWORD get_ex_step(void)
{
    RAS_CONNECTION_EX c = {.Header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof c}};
    return MprAdminConnectionGetInfoEx(h, (HANDLE)(uintptr_t)fake_connection_handle(1), &c);
}

static DWORD devices_step(void)
{
    LPBYTE b;
    DWORD total;
    DWORD code = MprAdminDeviceEnum(h, 0, &b, &total);

    if (code == NO_ERROR)
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    else
        assert_null(b);
    return code;
}

static DWORD server_set_ex_step(void)
{
    MPR_SERVER_SET_CONFIG_EX_REV1 c = {.Header = {1, MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, sizeof c}};
    return MprAdminServerSetInfoEx(h, (MPR_SERVER_SET_CONFIG_EX *)(void *)&c);
}

/* An answer with everything that is a block of its own in revision 1: certificate names and a hash. */
static DWORD server_get_ex_step(void)
{
    MPR_SERVER_EX_REV1 s = {.Header = {1, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sizeof s}};
    IKEV2_TUNNEL_CONFIG_PARAMS1 *ike = &s.ConfigParams.IkeConfigParams.TunnelConfigParams;
    CRYPT_HASH_BLOB *hash = &s.ConfigParams.SstpConfigParams.sstpCertDetails.certBlob;
    DWORD code = MprAdminServerGetInfoEx(h, (MPR_SERVER_EX *)(void *)&s);

    if (code == NO_ERROR) {
        assert_int_equal(MprAdminBufferFree(ike->certificateNames), NO_ERROR);
        assert_int_equal(MprAdminBufferFree(hash->pbData), NO_ERROR);
    } else {
        assert_null(ike->certificateNames);
        assert_null(hash->pbData);
    }
    return code;
}

static DWORD key_step(void)
{
    LPBYTE b;
    DWORD code = MprAdminServerGetCredentials(h, 0, &b);

    if (code == NO_ERROR)
        assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    else
        assert_null(b);
    return code;
}

/* The caller's own buffer, the association and all that belongs to it are given back meanwhile. */
static void no_copy_of_a_key_is_left_behind(void **state)
{
    static const uint8_t answer[] = "\x12\0\0\0\0\0\2\0\x12\0\0\0\x0a\0\0\0\x08\0\0\0squeamish!\0\0\0\0\0\0";
    BYTE key[] = "ossifrage!";
    MPR_CREDENTIALSEX_1 c = {sizeof key - 1, key};
    LPBYTE b;

    (void)state;
    server = fake_start(&(struct fake_config){.raw_answer = answer, .raw_len = 36});
    h = fake_connect(server);
    secret = "squeamish!";
    leaks = 0;
    assert_int_equal(MprAdminServerGetCredentials(h, 0, &b), NO_ERROR);
    assert_int_equal(MprAdminBufferFree(b), NO_ERROR);
    MprAdminServerDisconnect(h);
    secret = NULL;
    assert_int_equal(leaks, 0);
    fake_stop(server);

    server = fake_start(&(struct fake_config){0});
    h = fake_connect(server);
    secret = "ossifrage!";
    assert_int_equal(MprAdminServerSetCredentials(h, 0, (LPBYTE)&c), ERROR_NOT_SUPPORTED);
    MprAdminServerDisconnect(h);
    secret = NULL;
    assert_int_equal(leaks, 0);
    fake_stop(server);
}

static void say(DWORD (*step)(void), const void *answer, size_t n, unsigned least)
{
    server = fake_start(&(struct fake_config){.raw_answer = answer, .raw_len = n});
    h = fake_connect(server);
    assert_true(fail_each(step, NO_ERROR) >= least);
    MprAdminServerDisconnect(h);
    fake_stop(server);
}

static void every_allocation_of_what_points_somewhere_may_fail(void **state)
{
    static const uint8_t key[] = "\x0b\0\0\0\0\0\2\0\x0b\0\0\0\3\0\0\0\x08\0\0\0abc\0\0\0\0";
    static struct dim_server_ex s;
    uint8_t request[256], answer[256] = {1, 0, 0, 0, 1, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT};

    (void)state;
    s.revision = 1;
    s.ike.n_certificates = 1;
    s.ike.certificates[0] = s.sstp.certificate = (struct dim_octets){(const uint8_t *)"abcd", 4};
    size_t n = dim_req_server_set_ex(request, sizeof request, &s) - DIM_SERVERSET_TUNNELS;
    memcpy(answer + DIM_SERVEREX_TUNNELS, request + DIM_SERVERSET_TUNNELS, n);
    say(server_get_ex_step, answer, DIM_SERVEREX_TUNNELS + n + 4, 4);
    say(key_step, key, 28, 1);
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

/* ---- users ---- */

static DWORD user_get_step(void)
{
    RAS_USER_1 user = {.bfPrivilege = 0x5a};
    DWORD code = MprAdminUserGetInfo(fake_name(server), u"alice", 1, (LPBYTE)&user);

    assert_int_equal(user.bfPrivilege, code == NO_ERROR ? RASPRIV_NoCallback : 0x5a);
    return code;
}

static DWORD user_set_step(void)
{
    RAS_USER_0 user = {.bfPrivilege = RASPRIV_NoCallback};

    return MprAdminUserSetInfo(fake_name(server), u"alice", 0, (LPBYTE)&user);
}

static DWORD users_step(void)
{
    OPENRRAS_USER_LIST *list;
    DWORD code = OpenRrasUserEnum(h, &list);

    if (code == NO_ERROR) {
        assert_int_equal(list->dwCount, 3);
        assert_int_equal(MprAdminBufferFree(list), NO_ERROR);
    } else {
        assert_null(list);
    }
    return code;
}

static void every_allocation_for_users_may_fail(void **state)
{
    OPENRRAS_USER some[3] = {{.pszUser = "a"}, {.pszUser = "b"}, {.pszUser = "c"}};
    const struct rrasx_users users = {.list = {3, some}};
    const OPENRRAS_USER alice = {.pszUser = "alice", .dwCallback = RASPRIV_NoCallback};
    struct echo e;

    (void)state;
    echo_init(&e);
    server = fake_start(&(struct fake_config){.rrasx = &e.backend});
    h = fake_connect(server);
    e.reply = &alice;
    assert_true(fail_each(user_get_step, NO_ERROR) >= 3);
    assert_true(fail_each(user_set_step, NO_ERROR) >= 2);
    e.reply = &users;
    e.page = 1;
    assert_true(fail_each(users_step, NO_ERROR) >= 5);
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
    bool failed = failing_stop();
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
        failing_start(n);
        journal_tell(server, &journal, OPENRRAS_EVENT_SESSION_UP);
        DWORD code = OpenRrasNotifyWait(1, &event, 30000, NULL);
        (void)failing_stop();
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
    server = fake_start(&(struct fake_config){.n_ports = 50, .n_connections = 17, .n_devices = 2, .ikev2 = true});
    assert_true(fail_each(connect_step, NO_ERROR) >= 3);
    assert_true(fail_each(connect_fd_step, NO_ERROR) >= 3);
    h = fake_connect(server);
    /* 17 connections of level 1: the size fits both lengths of the IPX address, so that the bytes are kept first. */
    assert_true(fail_each(list_step, NO_ERROR) >= 2);
    assert_true(fail_each(get_step, NO_ERROR) >= 1);
    assert_true(fail_each(empty_list_step, NO_ERROR) >= 1);
    assert_true(fail_each(list_ex_step, NO_ERROR) >= 1);
    assert_int_equal(fail_each(get_ex_step, NO_ERROR), 0); /* it goes into the caller's memory */
    assert_true(fail_each(devices_step, NO_ERROR) >= 1);
    unsigned requests = fake_requests(server);
    assert_true(fail_each(server_set_ex_step, NO_ERROR) >= 2);
    assert_int_equal(fake_requests(server), requests + 1);
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
        cmocka_unit_test(no_copy_of_a_key_is_left_behind),
        cmocka_unit_test(every_allocation_of_what_points_somewhere_may_fail),
        cmocka_unit_test(every_allocation_of_our_own_interface_may_fail),
        cmocka_unit_test(every_allocation_for_users_may_fail),
        cmocka_unit_test(every_allocation_for_events_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
