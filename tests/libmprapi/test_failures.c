/* SPDX-License-Identifier: Apache-2.0 */
/* Servers that are away, slow, rude or dying: which code comes, how soon, and that no order is sent twice. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openrras.h>

#include "common/text.h"
#include "fake_server.h"

#define ALL     ((DWORD)-1)
#define PORT(n) ((HANDLE)(uintptr_t)fake_port_handle(n))

/* Limits for the tests that wait for one, and how late a loaded machine may be. */
#define SHORT_MS 200u
#define SLACK_MS 5000u

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int with_short_limits(void **state)
{
    (void)state;
    return OpenRrasSetDefaultTimeLimits(SHORT_MS, SHORT_MS) == NO_ERROR ? 0 : -1;
}

static int with_default_limits(void **state)
{
    (void)state;
    return OpenRrasSetDefaultTimeLimits(0, 0) == NO_ERROR ? 0 : -1;
}

static DWORD get_port(MPR_SERVER_HANDLE h)
{
    LPBYTE b;
    DWORD code = MprAdminPortGetInfo(h, 0, PORT(1), &b);

    if (code == NO_ERROR)
        MprAdminBufferFree(b);
    else
        assert_null(b);
    return code;
}

/* A server with this manner for its first connections and good manners afterwards. */
static struct fake_server *start(enum manners first, enum manners second)
{
    return fake_start(&(struct fake_config){.script = {first, second, POLITE}, .n_script = 3, .n_ports = 10});
}

/* The function takes a name that it could write to, as on Windows. */
static DWORD connect_name(const WCHAR *name, MPR_SERVER_HANDLE *ret)
{
    WCHAR copy[128] = u"";

    for (size_t i = 0; name[i]; i++)
        copy[i] = name[i];
    return MprAdminServerConnect(copy, ret);
}

static bool detail_contains(const char *part)
{
    char text[512];

    OpenRrasLastDetail(text, sizeof text);
    return strstr(text, part) != NULL;
}

/* ---- nobody there ---- */

static void no_socket_is_server_unavailable(void **state)
{
    MPR_SERVER_HANDLE h = (MPR_SERVER_HANDLE)1;

    (void)state;
    assert_int_equal(connect_name(u"ncalrpc:[/nonexistent/socket]", &h), RPC_S_SERVER_UNAVAILABLE);
    assert_null(h);
    assert_true(detail_contains("/nonexistent/socket: No such file or directory"));
}

static void a_socket_without_a_listener_is_server_unavailable(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){0});
    MPR_SERVER_HANDLE h;
    char path[96], name[128];
    WCHAR wide[128];

    (void)state;
    snprintf(path, sizeof path, "%s.dead", fake_path(f));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    snprintf(name, sizeof name, "ncalrpc:[%s]", path);
    text_to_utf16(wide, 128, name);
    assert_int_equal(MprAdminServerConnect(wide, &h), RPC_S_SERVER_UNAVAILABLE);
    close(fd);
    unlink(path);
    fake_stop(f);
}

static void a_socket_that_may_not_be_opened_is_access_denied(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    struct fake_server *f = fake_start(&(struct fake_config){0});
    assert_int_equal(chmod(fake_path(f), 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        MPR_SERVER_HANDLE h;
        if (setuid(65533) < 0)
            _exit(99);
        _exit(MprAdminServerConnect(fake_name(f), &h) == ERROR_ACCESS_DENIED ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fake_stop(f);
}

static void another_interface_is_unknown_interface(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.other_interface = true});
    MPR_SERVER_HANDLE h;

    (void)state;
    assert_int_equal(MprAdminServerConnect(fake_name(f), &h), RPC_S_UNKNOWN_IF);
    assert_null(h);
    assert_false(MprAdminIsServiceRunning(fake_name(f)));
    fake_stop(f);
}

static void names_that_lead_nowhere_are_told_so(void **state)
{
    MPR_SERVER_HANDLE h;

    (void)state;
    assert_int_equal(connect_name(u"ncacn_ip_tcp:host", &h), RPC_S_SERVER_UNAVAILABLE);
    assert_null(h);
    assert_true(detail_contains("which port?"));
    assert_true(detail_contains("ncacn_ip_tcp:host[PORT]"));
    assert_int_equal(connect_name(u"ncalrpc:[relative]", &h), RPC_S_INVALID_BINDING);
    assert_int_equal(connect_name(u"gopher:host", &h), RPC_S_INVALID_BINDING);
    assert_int_equal(MprAdminServerConnect(NULL, NULL), RPC_S_INVALID_BINDING);
}

/* ---- rude while connecting ---- */

static void closing_at_once_is_server_unavailable(void **state)
{
    struct fake_server *f = start(CLOSES_AT_ONCE, CLOSES_AT_ONCE);
    MPR_SERVER_HANDLE h;

    (void)state;
    assert_int_equal(MprAdminServerConnect(fake_name(f), &h), RPC_S_SERVER_UNAVAILABLE);
    assert_null(h);
    fake_stop(f);
}

static void garbage_is_a_protocol_error(void **state)
{
    struct fake_server *f = start(TALKS_GARBAGE, TALKS_GARBAGE);
    MPR_SERVER_HANDLE h;

    (void)state;
    assert_int_equal(MprAdminServerConnect(fake_name(f), &h), RPC_S_PROTOCOL_ERROR);
    fake_stop(f);
}

/* Whatever a server does while it is connected to, the limit is kept. */
static void connecting_takes_no_longer_than_its_limit(void **state)
{
    static const enum manners slow[] = {NEVER_ANSWERS, DRIPS};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fake_server *f = start(slow[i], POLITE);
        MPR_SERVER_HANDLE h;
        uint64_t begin = now_ms();
        assert_int_equal(MprAdminServerConnect(fake_name(f), &h), RPC_S_SERVER_UNAVAILABLE);
        assert_true(now_ms() - begin >= SHORT_MS);
        assert_true(now_ms() - begin < SHORT_MS + SLACK_MS);
        fake_stop(f);
    }
}

/* ---- slow answers ---- */

static void calls_take_no_longer_than_their_limit(void **state)
{
    static const enum manners slow[] = {NEVER_ANSWERS_CALLS, DRIPS_ANSWERS};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fake_server *f = start(slow[i], slow[i]);
        MPR_SERVER_HANDLE h = fake_connect(f);
        uint64_t begin = now_ms();
        assert_int_equal(get_port(h), RPC_S_CALL_FAILED);
        assert_true(now_ms() - begin >= SHORT_MS);
        assert_true(now_ms() - begin < SHORT_MS + SLACK_MS);
        assert_true(detail_contains("no answer within 200 ms"));
        assert_int_equal(fake_requests(f), 1); /* time is over: not asked again */
        assert_int_equal(get_port(h), RPC_S_CALL_FAILED);
        assert_int_equal(get_port(h), NO_ERROR); /* over the third connection, which is polite */
        MprAdminServerDisconnect(h);
        fake_stop(f);
    }
}

static void an_order_without_an_answer_is_not_repeated(void **state)
{
    struct fake_server *f = start(NEVER_ANSWERS_CALLS, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);

    (void)state;
    assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), RPC_S_CALL_FAILED);
    assert_int_equal(fake_orders(f), 1);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void is_service_running_does_not_hang(void **state)
{
    struct fake_server *f = start(NEVER_ANSWERS_CALLS, NEVER_ANSWERS);
    uint64_t begin = now_ms();

    (void)state;
    assert_false(MprAdminIsServiceRunning(fake_name(f)));
    assert_false(MprAdminIsServiceRunning(fake_name(f)));
    assert_true(now_ms() - begin < 4000 + SLACK_MS);
    fake_stop(f);
}

/* ---- lost connections ---- */

static void a_read_goes_again_when_the_server_closes_in_between(void **state)
{
    static const enum manners rude[] = {CLOSES_ON_REQUEST, CLOSES_IN_ANSWER};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fake_server *f = start(rude[i], POLITE);
        MPR_SERVER_HANDLE h = fake_connect(f);
        assert_int_equal(get_port(h), NO_ERROR);
        assert_int_equal(fake_connections(f), 2);
        assert_int_equal(fake_requests(f), 2);
        MprAdminServerDisconnect(h);
        fake_stop(f);
    }
}

static void a_read_goes_again_once_and_no_more(void **state)
{
    struct fake_server *f = start(CLOSES_ON_REQUEST, CLOSES_ON_REQUEST);
    MPR_SERVER_HANDLE h = fake_connect(f);

    (void)state;
    assert_int_equal(get_port(h), RPC_S_CALL_FAILED);
    assert_int_equal(fake_requests(f), 2);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void an_order_is_never_sent_twice(void **state)
{
    static const enum manners rude[] = {CLOSES_ON_REQUEST, CLOSES_IN_ANSWER};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fake_server *f = start(rude[i], POLITE);
        MPR_SERVER_HANDLE h = fake_connect(f);
        assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), RPC_S_CALL_FAILED);
        assert_int_equal(fake_orders(f), 1);
        assert_int_equal(fake_requests(f), 1);
        assert_int_equal(fake_connections(f), 1);
        assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), NO_ERROR); /* the caller's own second one */
        assert_int_equal(fake_orders(f), 2);
        MprAdminServerDisconnect(h);
        fake_stop(f);
    }
}

static void an_order_over_a_connection_that_died_idle_is_sent_over_a_new_one(void **state)
{
    struct fake_server *f = start(POLITE, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);

    (void)state;
    assert_int_equal(get_port(h), NO_ERROR);
    fake_drop_connections(f);
    assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), NO_ERROR);
    assert_int_equal(fake_orders(f), 1);
    assert_int_equal(fake_connections(f), 2);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

/* The server has said goodbye but still reads: an order sent on that connection would get no answer. */
static void an_order_is_not_sent_on_a_connection_that_the_server_has_ended(void **state)
{
    struct fake_server *f = start(POLITE, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);

    (void)state;
    fake_half_close_connections(f);
    assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), NO_ERROR);
    assert_int_equal(fake_orders(f), 1);
    assert_int_equal(fake_connections(f), 2);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void a_read_over_a_connection_that_died_idle_goes_over_a_new_one(void **state)
{
    struct fake_server *f = start(POLITE, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);

    (void)state;
    fake_drop_connections(f);
    assert_int_equal(get_port(h), NO_ERROR);
    assert_int_equal(fake_connections(f), 2);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void an_order_to_a_server_that_is_gone_was_not_sent(void **state)
{
    struct fake_server *f = start(POLITE, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);

    (void)state;
    fake_stop(f);
    assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(get_port(h), RPC_S_SERVER_UNAVAILABLE);
    MprAdminServerDisconnect(h);
}

/* ---- a given descriptor ---- */

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

static void a_given_connection_that_is_lost_stays_lost(void **state)
{
    struct fake_server *f = start(POLITE, POLITE);
    MPR_SERVER_HANDLE h = connect_given(f);

    (void)state;
    assert_int_equal(get_port(h), NO_ERROR);
    fake_drop_connections(f);
    assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(get_port(h), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(fake_orders(f), 0);
    assert_int_equal(fake_connections(f), 1);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void a_failed_attempt_leaves_the_descriptor_to_the_caller(void **state)
{
    int pair[2];
    MPR_SERVER_HANDLE h = (MPR_SERVER_HANDLE)1;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(OpenRrasServerConnectFd(pair[0], &h), RPC_S_SERVER_UNAVAILABLE); /* nobody answers */
    assert_null(h);
    assert_int_equal(close(pair[0]), 0);
    close(pair[1]);
}

/* ---- faults ---- */

static void faults_become_the_codes_that_windows_shows(void **state)
{
    static const struct {
        uint32_t status;
        DWORD code;
    } faults[] = {
        {RPC_FAULT_ACCESS_DENIED, ERROR_ACCESS_DENIED},   {RPC_FAULT_BAD_STUB, RPC_X_BAD_STUB_DATA},
        {RPC_FAULT_OP_RANGE, RPC_S_PROCNUM_OUT_OF_RANGE}, {RPC_FAULT_UNKNOWN_IF, RPC_S_UNKNOWN_IF},
        {RPC_FAULT_TOO_BUSY, RPC_S_SERVER_TOO_BUSY},      {RPC_FAULT_NO_MEMORY, RPC_S_SERVER_OUT_OF_MEMORY},
        {RPC_FAULT_PROTO_ERROR, RPC_S_PROTOCOL_ERROR},
    };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 1, .fault = faults[i].status});
        MPR_SERVER_HANDLE h = fake_connect(f);
        assert_int_equal(get_port(h), faults[i].code);
        assert_int_equal(MprAdminPortDisconnect(h, PORT(1)), faults[i].code);
        assert_int_equal(get_port(h), faults[i].code);
        assert_int_equal(fake_connections(f), 1); /* a fault is an answer: the connection is still good */
        MprAdminServerDisconnect(h);
        fake_stop(f);
    }
}

/* ---- fork ---- */

static void a_child_makes_connections_of_its_own(void **state)
{
    struct fake_server *f = start(POLITE, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    int status;

    (void)state;
    assert_int_equal(get_port(h), NO_ERROR);
    pid_t child = fork();
    if (child == 0)
        _exit(get_port(h) == NO_ERROR && get_port(h) == NO_ERROR ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(get_port(h), NO_ERROR);
    assert_int_equal(fake_connections(f), 2);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void every_descriptor_is_close_on_exec(void **state)
{
    struct fake_server *f = start(POLITE, POLITE);
    bool before[256];

    (void)state;
    for (int fd = 0; fd < 256; fd++)
        before[fd] = fcntl(fd, F_GETFD) >= 0;
    MPR_SERVER_HANDLE named = fake_connect(f);
    MPR_SERVER_HANDLE given = connect_given(f);
    unsigned opened = 0;
    for (int fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (before[fd] || flags < 0)
            continue;
        assert_true(flags & FD_CLOEXEC);
        opened++;
    }
    assert_int_equal(opened, 4); /* two, and their other ends in the fake server */
    MprAdminServerDisconnect(given);
    MprAdminServerDisconnect(named);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_socket_is_server_unavailable),
        cmocka_unit_test(a_socket_without_a_listener_is_server_unavailable),
        cmocka_unit_test(a_socket_that_may_not_be_opened_is_access_denied),
        cmocka_unit_test(another_interface_is_unknown_interface),
        cmocka_unit_test(names_that_lead_nowhere_are_told_so),
        cmocka_unit_test(closing_at_once_is_server_unavailable),
        cmocka_unit_test(garbage_is_a_protocol_error),
        cmocka_unit_test_setup_teardown(connecting_takes_no_longer_than_its_limit, with_short_limits,
                                        with_default_limits),
        cmocka_unit_test_setup_teardown(calls_take_no_longer_than_their_limit, with_short_limits, with_default_limits),
        cmocka_unit_test_setup_teardown(an_order_without_an_answer_is_not_repeated, with_short_limits,
                                        with_default_limits),
        cmocka_unit_test(is_service_running_does_not_hang),
        cmocka_unit_test(a_read_goes_again_when_the_server_closes_in_between),
        cmocka_unit_test(a_read_goes_again_once_and_no_more),
        cmocka_unit_test(an_order_is_never_sent_twice),
        cmocka_unit_test(an_order_over_a_connection_that_died_idle_is_sent_over_a_new_one),
        cmocka_unit_test(an_order_is_not_sent_on_a_connection_that_the_server_has_ended),
        cmocka_unit_test(a_read_over_a_connection_that_died_idle_goes_over_a_new_one),
        cmocka_unit_test(an_order_to_a_server_that_is_gone_was_not_sent),
        cmocka_unit_test(a_given_connection_that_is_lost_stays_lost),
        cmocka_unit_test_setup_teardown(a_failed_attempt_leaves_the_descriptor_to_the_caller, with_short_limits,
                                        with_default_limits),
        cmocka_unit_test(faults_become_the_codes_that_windows_shows),
        cmocka_unit_test(a_child_makes_connections_of_its_own),
        cmocka_unit_test(every_descriptor_is_close_on_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
