/* SPDX-License-Identifier: Apache-2.0 */
/* Named pipes of other machines, with a module that does what the test wants. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openrras.h>
#include <winerror.h>

#include "libmprapi/deadline.h"
#include "libmprapi/smb.h"

static char asked_host[BINDING_HOST_MAX];
static atomic_int next_open; /* what open() gives; 0: a socket */
static atomic_int far_end;   /* of that socket */

static int open_fake(const char *host)
{
    int pair[2];
    strcpy(asked_host, host);
    if (next_open)
        return next_open;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    far_end = pair[1];
    return pair[0];
}

static const struct smb_module fake = {.version = SMB_MODULE_VERSION, .open = open_fake};
static unsigned loads;

void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlsym(void *handle, const char *name);

void *__wrap_dlopen(const char *name, int flags)
{
    assert_string_equal(name, "libmprapi-smb.so.0");
    assert_int_equal(flags, RTLD_NOW | RTLD_LOCAL);
    loads++;
    return &loads;
}

void *__wrap_dlsym(void *handle, const char *name)
{
    assert_ptr_equal(handle, &loads);
    assert_string_equal(name, SMB_MODULE_SYMBOL);
    return (void *)(uintptr_t)&fake;
}

static bool detail_is(const char *what)
{
    char text[512];
    OpenRrasLastDetail(text, sizeof text);
    return strcmp(text, what) == 0;
}

static uint32_t connect_to(const char *host, const char *endpoint, uint32_t ms, int *fd)
{
    struct binding b = {.transport = TRANSPORT_PIPE};
    strcpy(b.host, host);
    strcpy(b.endpoint, endpoint);
    *fd = -1;
    return smb_connect(&b, deadline_in(ms), fd);
}

/* The far end, while the library waits. */
struct say {
    pthread_t thread;
    struct smb_report report;
    size_t piece; /* bytes at a time */
    size_t most;  /* then it closes */
};

static void *say_all(void *arg)
{
    const struct say *s = arg;
    const char *p = (const char *)&s->report;
    while (!far_end)
        usleep(1000);
    for (size_t at = 0; at < s->most; at += s->piece) {
        size_t n = s->most - at < s->piece ? s->most - at : s->piece;
        (void)send(far_end, p + at, n, MSG_NOSIGNAL);
    }
    if (s->most < sizeof s->report || s->report.error)
        close(far_end);
    return NULL;
}

static uint32_t connect_while(struct say *s, int *fd)
{
    far_end = next_open = 0;
    assert_int_equal(pthread_create(&s->thread, NULL, say_all, s), 0);
    uint32_t code = connect_to("gate", "", 20000, fd);
    pthread_join(s->thread, NULL);
    return code;
}

static void names_that_can_not_be_are_refused_before_anything_is_loaded(void **state)
{
    static const char *const hosts[] = {"-gate", ".gate",  "ga@te",       "ga/te", "g%41te",
                                        "ga te", "gate;x", "b\xc3\xbcro", "::1",   "a?b"};
    int fd;
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        assert_int_equal(connect_to(hosts[i], "", 1000, &fd), RPC_S_INVALID_BINDING);
        assert_int_equal(fd, -1);
    }
    assert_int_equal(connect_to("gate", "\\pipe\\srvsvc", 1000, &fd), RPC_S_INVALID_BINDING);
    assert_true(detail_is("\\\\pipe\\\\srvsvc: the named pipe of a remote access server is \\\\pipe\\\\router"));
    assert_int_equal(loads, 0);
}

static void a_good_report_gives_the_socket_in_pieces_too(void **state)
{
    static const size_t pieces[] = {1, 7, sizeof(struct smb_report)};
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct say s = {.piece = pieces[i], .most = sizeof s.report};
        int fd;
        char byte;
        assert_int_equal(connect_while(&s, &fd), NO_ERROR);
        assert_string_equal(asked_host, "gate");
        assert_int_equal(send(far_end, "x", 1, 0), 1); /* what comes next is the pipe's */
        assert_int_equal(recv(fd, &byte, 1, 0), 1);
        assert_int_equal(byte, 'x');
        close(fd);
        close(far_end);
    }
    assert_int_equal(loads, 1);
}

static void a_bad_report_is_told_in_its_words(void **state)
{
    static const struct {
        int error;
        uint32_t code;
    } errors[] = {
        {-EACCES, ERROR_ACCESS_DENIED},         {-EPERM, ERROR_ACCESS_DENIED},
        {-ENOENT, RPC_S_SERVER_UNAVAILABLE},    {-ECONNREFUSED, RPC_S_SERVER_UNAVAILABLE},
        {-ETIMEDOUT, RPC_S_SERVER_UNAVAILABLE}, {-ENOMEM, ERROR_NOT_ENOUGH_MEMORY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct say s = {.report = {errors[i].error, "because"}, .piece = 1000, .most = sizeof s.report};
        int fd;
        assert_int_equal(connect_while(&s, &fd), errors[i].code);
        assert_int_equal(fd, -1);
        if (errors[i].error != -ETIMEDOUT)
            assert_true(detail_is("connect \\\\\\\\gate\\\\pipe\\\\router: because"));
    }
}

static void a_thread_that_goes_is_no_connection(void **state)
{
    struct say s = {.piece = 1000, .most = sizeof s.report - 1};
    int fd;
    (void)state;
    assert_int_equal(connect_while(&s, &fd), RPC_S_SERVER_UNAVAILABLE);
    s.most = 0;
    s.piece = 1;
    assert_int_equal(connect_while(&s, &fd), RPC_S_SERVER_UNAVAILABLE);
    assert_true(detail_is("connect \\\\\\\\gate\\\\pipe\\\\router: Connection reset by peer"));
}

static void nobody_waits_longer_than_he_likes(void **state)
{
    int fd;
    char byte;
    (void)state;
    far_end = next_open = 0;
    assert_int_equal(connect_to("gate", "\\PIPE\\Router", 50, &fd), RPC_S_SERVER_UNAVAILABLE);
    assert_true(detail_is("connect \\\\\\\\gate\\\\pipe\\\\router: no answer in time"));
    assert_int_equal(recv(far_end, &byte, 1, 0), 0); /* and the thread is told */
    close(far_end);
}

static void what_can_not_be_begun_is_told(void **state)
{
    int fd;
    (void)state;
    next_open = -EUSERS;
    assert_int_equal(connect_to("gate", "", 1000, &fd), RPC_S_SERVER_UNAVAILABLE);
    assert_true(
        detail_is("connect \\\\\\\\gate\\\\pipe\\\\router: too many connections of this kind are there already"));
    next_open = -EAGAIN;
    assert_int_equal(connect_to("gate", "", 1000, &fd), ERROR_NOT_ENOUGH_MEMORY);
    next_open = -EDEADLK;
    assert_int_equal(connect_to("gate", "", 1000, &fd), RPC_S_SERVER_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_can_not_be_are_refused_before_anything_is_loaded),
        cmocka_unit_test(a_good_report_gives_the_socket_in_pieces_too),
        cmocka_unit_test(a_bad_report_is_told_in_its_words),
        cmocka_unit_test(a_thread_that_goes_is_no_connection),
        cmocka_unit_test(nobody_waits_longer_than_he_likes),
        cmocka_unit_test(what_can_not_be_begun_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
