/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's side of the door, and what both sides share. */
#include "drivers/ocserv/door.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/ocserv/door_private.h"

/* ---- packets ---- */

int door_send(int fd, const void *packet, size_t n, int with)
{
    char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)packet, .iov_len = n};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (with >= 0) {
        m.msg_control = control;
        m.msg_controllen = sizeof(control);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &with, sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(fd, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    return 0;
}

static int descriptor_of(struct msghdr *m)
{
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(&fd, CMSG_DATA(c), sizeof(int));
    return fd;
}

int door_receive(int fd, void *packet, size_t n, int *ret_with)
{
    char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
    struct iovec iov = {.iov_base = packet, .iov_len = n};
    /* Not CMSG_SPACE: in its padding there is room for a second descriptor, which nobody would close. */
    struct msghdr m = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_LEN(sizeof(int))};
    ssize_t got;
    do
        got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    if (got == 0)
        return -EPIPE;
    *ret_with = descriptor_of(&m);
    if ((size_t)got != n || (m.msg_flags & MSG_TRUNC) || (*ret_with >= 0 && (m.msg_flags & MSG_CTRUNC)))
        return -EPROTO;
    return m.msg_flags & MSG_CTRUNC ? -EMFILE : 0;
}

/* ---- becoming the unprivileged one ---- */

static int give_up(const struct passwd *user)
{
    int r = confine_bounding(0);
    if (r < 0)
        return r;
    if (setgroups(0, NULL) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
        return -errno;
    r = confine_capabilities(0);
    return r == 0 ? confine_driver_calls() : r;
}

/* ---- the process ---- */

static int start(const struct sockaddr_un *address, struct door *d)
{
    int pair[2];
    struct timeval limit = {.tv_sec = DOOR_ANSWER_MS / 1000};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    d->pid = fork();
    if (d->pid == 0) {
        close(pair[0]);
        door_process(pair[1], address);
    }
    close(pair[1]);
    d->fd = pair[0];
    if (d->pid < 0) {
        int r = -errno;
        close(pair[0]);
        return r;
    }
    return 0;
}

int door_new(const char *path, const char *user, struct door **ret, const char **ret_why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct passwd *pw = getpwnam(user);
    *ret_why = "the driver can't give up its privileges";
    if (geteuid() != 0) {
        *ret_why = "must be started by root, for ocserv's control socket serves root only (it gives root up at once)";
        return -EPERM;
    }
    if (!pw) {
        *ret_why = "there is no such user (--user)";
        return -ENOENT;
    }
    if (strlen(path) >= sizeof(address.sun_path)) {
        *ret_why = "the path of ocserv's control socket is too long";
        return -EINVAL;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    struct door *d = calloc(1, sizeof(*d));
    if (!d)
        return -ENOMEM;
    int r = start(&address, d);
    if (r < 0) {
        free(d);
        return r;
    }
    r = give_up(pw);
    if (r < 0)
        door_free(d);
    else
        *ret = d;
    return r;
}

void door_free(struct door *d)
{
    if (!d)
        return;
    close(d->fd); /* by this it ends */
    while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(d);
}

static int ask(struct door *d, const struct door_request *request, int with, struct door_answer *answer)
{
    int fd = -1;
    int r = d->broken ? -EPIPE : door_send(d->fd, request, sizeof(*request), with);
    if (r == 0)
        r = door_receive(d->fd, answer, sizeof(*answer), &fd);
    d->broken = r < 0 && r != -EMFILE; /* also when it has said nothing for so long, or nonsense */
    if (r == 0 && answer->result >= 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return d->broken ? -EPIPE : r < 0 ? r : answer->result;
}

int door_connect(struct door *d, pid_t *ret_pid)
{
    struct door_answer answer;
    int fd = ask(d, &(struct door_request){.wish = DOOR_CONNECT}, -1, &answer);
    if (fd >= 0)
        *ret_pid = answer.pid;
    return fd;
}

int door_worker(struct door *d, pid_t pid)
{
    struct door_answer answer;
    return ask(d, &(struct door_request){.wish = DOOR_WORKER, .pid = pid}, -1, &answer);
}

int door_signal(struct door *d, int pidfd, bool hard)
{
    struct door_answer answer;
    int r = ask(d, &(struct door_request){.wish = DOOR_SIGNAL, .hard = hard}, pidfd, &answer);
    return r == -1 && answer.result == 0 ? 0 : r; /* no descriptor comes with it */
}

int door_netlink(struct door *d)
{
    struct door_answer answer;
    return ask(d, &(struct door_request){.wish = DOOR_NETLINK}, -1, &answer);
}
