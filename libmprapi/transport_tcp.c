/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "libmprapi/deadline.h"

static int make_socket(int family)
{
    static const int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0)
        return -errno;
    /* Calls are small, and wait for their answers. */
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

int transport_tcp_connect_now(const struct transport_address *to)
{
    int fd = make_socket(to->address.ss_family);
    if (fd < 0)
        return fd;
    if (connect(fd, (const struct sockaddr *)&to->address, to->len) < 0 && errno != EINPROGRESS) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

/* 0 once the connection stands. */
static int wait_connected(int fd, uint64_t deadline)
{
    uint64_t left;
    while ((left = deadline_left(deadline)) != 0) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        int r = poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX);
        if (r < 0 && errno != EINTR)
            return -errno;
        if (r > 0) {
            int error = 0;
            socklen_t n = sizeof error;
            return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 ? -errno : -error;
        }
    }
    return -ETIMEDOUT;
}

static int make_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

static int connect_one(const struct transport_address *to, uint64_t deadline)
{
    int fd = transport_tcp_connect_now(to);
    if (fd < 0)
        return fd;
    int r = wait_connected(fd, deadline);
    if (r == 0)
        r = make_blocking(fd);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

/* One address after the other, each with a fair part of the time that is left. */
static int connect_any(const struct addrinfo *list, uint64_t deadline, struct transport_address *at)
{
    int r = -ENOENT;
    uint64_t n = 0;
    for (const struct addrinfo *a = list; a; a = a->ai_next)
        n++;
    for (const struct addrinfo *a = list; a; a = a->ai_next, n--) {
        struct transport_address to = {.len = a->ai_addrlen};
        if (a->ai_addrlen > sizeof to.address)
            continue;
        memcpy(&to.address, a->ai_addr, a->ai_addrlen);
        r = connect_one(&to, deadline_now() + deadline_left(deadline) / n);
        if (r >= 0) {
            *at = to;
            return r;
        }
    }
    return r;
}

int transport_tcp_connect(const char *host, const char *port, uint64_t deadline, struct transport_address *at,
                          const char **name_error)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    *name_error = NULL;
    int r = getaddrinfo(host, port, &hints, &list);
    if (r == EAI_SYSTEM)
        return -errno;
    if (r != 0) {
        *name_error = gai_strerror(r);
        return -ENOENT;
    }
    r = connect_any(list, deadline, at);
    freeaddrinfo(list);
    return r;
}
