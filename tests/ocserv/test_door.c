/* SPDX-License-Identifier: Apache-2.0 */
/* What the two sides of the door say to each other; the other side, of which anything must be expected, is the test. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/ocserv/door.h"
#include "drivers/ocserv/door_private.h"

static unsigned open_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void make_pair(int pair[2])
{
    struct timeval limit = {.tv_usec = 10000};
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
}

/* A packet with the same descriptor twice. */
static void send_two(int fd, const void *packet, size_t n, int with)
{
    char control[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)packet, .iov_len = n};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(c), (int[2]){with, with}, 2 * sizeof(int));
    assert_int_equal(sendmsg(fd, &m, MSG_NOSIGNAL), n);
}

static void more_descriptors_than_one_are_not_kept(void **state)
{
    (void)state;
    struct door_request request = {.wish = DOOR_SIGNAL};
    int pair[2], with = -1;
    make_pair(pair);
    unsigned before = open_descriptors();
    send_two(pair[1], &request, sizeof(request), pair[1]);
    assert_int_equal(door_receive(pair[0], &request, sizeof(request), &with), -EPROTO);
    if (with >= 0) /* the caller's */
        close(with);
    assert_int_equal(open_descriptors(), before);
    close(pair[0]);
    close(pair[1]);
}

/* Else the next question would get the answer of this one: another process than the one that was asked for. */
static void a_door_that_was_silent_is_not_believed_any_more(void **state)
{
    (void)state;
    int pair[2];
    pid_t pid = 0;
    struct door_answer late = {.result = 0, .pid = 7};
    make_pair(pair);
    struct door door = {.fd = pair[0]};
    assert_int_equal(door_worker(&door, 7), -EPIPE);
    assert_int_equal(door_send(pair[1], &late, sizeof(late), pair[1]), 0);
    assert_int_equal(door_connect(&door, &pid), -EPIPE);
    assert_int_equal(door_worker(&door, 8), -EPIPE);
    assert_int_equal(door_signal(&door, pair[1], false), -EPIPE);
    assert_int_equal(door_netlink(&door), -EPIPE);
    assert_int_equal(pid, 0);
    close(pair[0]);
    close(pair[1]);
}

static void a_descriptor_that_comes_with_nonsense_is_closed(void **state)
{
    (void)state;
    int pair[2];
    pid_t pid;
    make_pair(pair);
    struct door door = {.fd = pair[0]};
    unsigned before = open_descriptors();
    assert_int_equal(door_send(pair[1], "?", 1, pair[1]), 0);
    assert_int_equal(door_connect(&door, &pid), -EPIPE);
    assert_int_equal(open_descriptors(), before);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_descriptors_than_one_are_not_kept),
        cmocka_unit_test(a_door_that_was_silent_is_not_believed_any_more),
        cmocka_unit_test(a_descriptor_that_comes_with_nonsense_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
