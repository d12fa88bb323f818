/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "libmprapi/deadline.h"

static int set_timeout(int fd, int option, uint64_t ms)
{
    struct timeval t = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    return setsockopt(fd, SOL_SOCKET, option, &t, sizeof t) < 0 ? -errno : 0;
}

/* Sets the kernel's time-out, unless what it is set to is near enough. */
static int arm(int fd, int option, uint64_t *armed, uint64_t left_ms)
{
    if (*armed >= left_ms - left_ms / 8 && *armed <= left_ms + left_ms / 8)
        return 0;
    int r = set_timeout(fd, option, left_ms);
    if (r == 0)
        *armed = left_ms;
    return r;
}

static int failure(void)
{
    return errno == EINTR ? -EAGAIN : -errno;
}

ssize_t transport_send(struct transport_socket *s, const void *p, size_t n, uint64_t left_ms)
{
    int r = arm(s->fd, SO_SNDTIMEO, &s->armed_send_ms, left_ms);
    if (r < 0)
        return r;
    ssize_t sent = send(s->fd, p, n, MSG_NOSIGNAL);
    return sent < 0 ? failure() : sent;
}

ssize_t transport_recv(struct transport_socket *s, void *p, size_t n, uint64_t left_ms)
{
    int r = arm(s->fd, SO_RCVTIMEO, &s->armed_recv_ms, left_ms);
    if (r < 0)
        return r;
    ssize_t got = recv(s->fd, p, n, 0);
    return got < 0 ? failure() : got;
}

ssize_t transport_send_now(const struct transport_socket *s, const void *p, size_t n)
{
    ssize_t sent = send(s->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? failure() : sent;
}

ssize_t transport_recv_now(const struct transport_socket *s, void *p, size_t n)
{
    ssize_t got = recv(s->fd, p, n, MSG_DONTWAIT);
    return got < 0 ? failure() : got;
}

bool transport_is_stale(const struct transport_socket *s)
{
    char byte;
    ssize_t r = recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return r >= 0 || (errno != EINTR && errno != EAGAIN);
}

/* A full backlog makes connect() wait, for as long as SO_SNDTIMEO allows. */
static int connect_in_time(int fd, const struct sockaddr_un *address, uint64_t deadline)
{
    uint64_t left, armed = 0;

    while ((left = deadline_left(deadline)) != 0) {
        int r = arm(fd, SO_SNDTIMEO, &armed, left);
        if (r < 0)
            return r;
        if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
            return 0;
        r = failure();
        if (r != -EAGAIN)
            return r;
    }
    return -ETIMEDOUT;
}

/* A socket that is not connected yet. */
static int make_socket(const char *path, int flags, struct sockaddr_un *address)
{
    size_t n = strlen(path);

    if (n >= sizeof address->sun_path)
        return -ENAMETOOLONG;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, n + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    return fd < 0 ? -errno : fd;
}

int transport_unix_connect(const char *path, uint64_t deadline)
{
    struct sockaddr_un address;
    int fd = make_socket(path, 0, &address);

    if (fd < 0)
        return fd;
    int r = connect_in_time(fd, &address, deadline);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

int transport_unix_connect_now(const char *path)
{
    struct sockaddr_un address;
    int fd = make_socket(path, SOCK_NONBLOCK, &address);

    if (fd < 0)
        return fd;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int r = failure();
        close(fd);
        return r;
    }
    return fd;
}

int transport_adopt(int fd)
{
    int type;
    socklen_t n = sizeof type;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0 || type != SOCK_STREAM)
        return -EINVAL;
    int status = fcntl(fd, F_GETFL);
    int flags = fcntl(fd, F_GETFD);
    if (status < 0 || flags < 0 || fcntl(fd, F_SETFL, status & ~O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0)
        return -errno;
    return 0;
}
