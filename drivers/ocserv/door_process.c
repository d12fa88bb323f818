/* SPDX-License-Identifier: Apache-2.0 */
/* The privileged side of the door. Short, so that it can be read: everything that root does for this driver is here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/ocserv/door_private.h"

#define BIT(cap) (UINT64_C(1) << (cap))
/* connect: the socket belongs to ocserv's user. netlink: enter the namespace of a process of root's. signal: workers
 * have another uid. */
#define DOOR_KEEPS (BIT(CAP_DAC_OVERRIDE) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_ADMIN) | BIT(CAP_KILL))

struct process {
    int fd; /* to the driver */
    const struct sockaddr_un *address;
    pid_t ocserv; /* who listens there, as of the last connect; 0: nobody yet */
};

/* ---- what /proc says ---- */

/* A file below /proc as a string. */
static int read_file(const char *path, char *buffer, size_t cap)
{
    size_t n = 0;
    int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    while (n + 1 < cap) {
        ssize_t part = read(fd, buffer + n, cap - 1 - n);
        if (part <= 0)
            break;
        n += (size_t)part;
    }
    close(fd);
    buffer[n] = '\0';
    return 0;
}

/* What stands behind "NAME:" in such a file, to its LF, or NULL. */
static char *value_of(char *text, const char *name)
{
    size_t n = strlen(name);
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) == 0 && line[n] == ':') {
            char *value = line + n + 1;
            value[strcspn(value, "\n")] = '\0';
            return value;
        }
    }
    return NULL;
}

/* The number behind "NAME:" of a file, when it is alone there; -EXDEV when there are several. */
static long number_of(const char *path, const char *name)
{
    char text[4096], *end;
    int r = read_file(path, text, sizeof(text));
    if (r < 0)
        return r == -ENOENT ? -ESRCH : r;
    char *value = value_of(text, name);
    if (!value)
        return -ESRCH;
    long n = strtol(value, &end, 10);
    return *end == '\0' && n >= 0 ? n : -EXDEV;
}

static bool has_ended(int pidfd)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* Is this process a child of ocserv's? What /proc says of a process id is true of this very process if it has not ended
 * afterwards. */
static int check_worker(const struct process *p, int pidfd, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    long parent = number_of(path, "PPid");
    if (has_ended(pidfd) || parent == -ESRCH)
        return -ESRCH;
    if (parent < 0)
        return (int)parent;
    return p->ocserv > 0 && parent == p->ocserv ? 0 : -EPERM;
}

/* ---- the four wishes; each gives a descriptor or negative errno ---- */

static int open_socket(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

static int wish_connect(struct process *p)
{
    struct ucred peer = {0};
    socklen_t n = sizeof(peer);
    int fd = open_socket(p->address);
    if (fd < 0)
        return fd;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    p->ocserv = peer.pid; /* 0 when it is in a pid namespace that we can't see */
    return fd;
}

static int wish_worker(const struct process *p, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/status", p->ocserv);
    if (p->ocserv <= 0 || number_of(path, "NSpid") == -EXDEV)
        return -EXDEV; /* the ids that it tells are not ours */
    int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (pidfd < 0)
        return pid > 0 ? -errno : -EINVAL;
    int r = check_worker(p, pidfd, pid);
    if (r == 0)
        return pidfd;
    close(pidfd);
    return r;
}

static int wish_signal(const struct process *p, int pidfd, bool hard)
{
    char path[64];
    if (pidfd < 0)
        return -EINVAL;
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
    long pid = number_of(path, "Pid"); /* no such line: not a pidfd */
    if (pid <= 0)
        return has_ended(pidfd) ? -ESRCH : -EPERM;
    int r = check_worker(p, pidfd, (pid_t)pid);
    if (r == 0 && syscall(SYS_pidfd_send_signal, pidfd, hard ? SIGKILL : SIGTERM, NULL, 0) < 0)
        r = -errno;
    return r;
}

static int wish_netlink(const struct process *p)
{
    int pidfd = p->ocserv > 0 ? (int)syscall(SYS_pidfd_open, p->ocserv, 0) : -1;
    if (pidfd < 0)
        return -ESRCH;
    /* We stay there: nothing else that we do depends on where we are. */
    int r = setns(pidfd, CLONE_NEWNET) < 0 ? -errno : 0;
    close(pidfd);
    if (r < 0)
        return r;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    return fd < 0 ? -errno : fd;
}

static int grant(struct process *p, const struct door_request *request, int with)
{
    switch (request->wish) {
    case DOOR_CONNECT:
        return wish_connect(p);
    case DOOR_WORKER:
        return wish_worker(p, request->pid);
    case DOOR_SIGNAL:
        return wish_signal(p, with, request->hard != 0);
    case DOOR_NETLINK:
        return wish_netlink(p);
    default:
        return -EINVAL;
    }
}

/* ---- the process ---- */

static void serve(struct process *p)
{
    for (;;) {
        struct door_request request;
        int with = -1;
        int r = door_receive(p->fd, &request, sizeof(request), &with);
        if (r == -EPIPE)
            return;
        if (r == 0)
            r = grant(p, &request, with);
        if (with >= 0)
            close(with);
        struct door_answer answer = {.result = r < 0 ? r : 0, .pid = p->ocserv};
        bool gives = r >= 0 && request.wish != DOOR_SIGNAL;
        int sent = door_send(p->fd, &answer, sizeof(answer), gives ? r : -1);
        if (gives)
            close(r);
        if (sent < 0)
            return;
    }
}

_Noreturn void door_process(int fd, const struct sockaddr_un *address)
{
    struct process p = {.fd = fd, .address = address};
    /* It ends with the driver, who may need it to the last; whoever ends all processes of a unit means him. */
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_NAME, "ocserv-door");
    if (confine_bounding(DOOR_KEEPS) == 0 && confine_capabilities(DOOR_KEEPS) == 0 && confine_door_calls() == 0)
        serve(&p);
    _exit(EXIT_SUCCESS);
}
