/* SPDX-License-Identifier: Apache-2.0 */
#include "ntlm/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "ntlm/message.h"

#define NEVER INT64_MAX

int stream_send(int fd, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -errno;
        bytes += sent;
        n -= (size_t)sent;
    }
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until there is something to read, or the end. */
static int wait_until(int fd, int64_t end)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    for (;;) {
        int64_t left = end == NEVER ? -1 : end - now_ms();
        if (end != NEVER && left <= 0)
            return -ETIMEDOUT;
        int r = poll(&p, 1, (int)left);
        if (r > 0)
            return 0;
        if (r < 0 && errno != EINTR)
            return -errno;
    }
}

/* n, or fewer at the end of the stream. */
static long receive(int fd, uint8_t *dst, size_t n, int64_t end)
{
    size_t got = 0;
    while (got < n) {
        int r = wait_until(fd, end);
        if (r < 0)
            return r;
        ssize_t more = recv(fd, dst + got, n - got, 0);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return more < 0 ? -errno : (long)got;
        got += (size_t)more;
    }
    return (long)got;
}

long stream_receive(int fd, uint8_t *dst, size_t max, int ms)
{
    int64_t end = ms < 0 ? NEVER : now_ms() + ms;
    long got = receive(fd, dst, NTLM_FRAME_HEADER, end);
    if (got < (long)NTLM_FRAME_HEADER)
        return got < 0 ? got : 0;
    size_t size = ntlm_frame_announced(dst);
    if (size > max)
        return -EMSGSIZE;
    got = receive(fd, dst + NTLM_FRAME_HEADER, size - NTLM_FRAME_HEADER, end);
    if (got < 0)
        return got;
    return (size_t)got == size - NTLM_FRAME_HEADER ? (long)size : 0;
}
