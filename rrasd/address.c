/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool read_port(const char *text, in_port_t *ret)
{
    size_t n = strlen(text);
    unsigned port = 0;
    if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
        return false;
    for (; *text; text++)
        port = port * 10 + (unsigned)(*text - '0');
    if (port == 0 || port > 65535)
        return false;
    *ret = htons((in_port_t)port);
    return true;
}

static bool parse_4(const char *host, in_port_t port, struct sockaddr_storage *ret, socklen_t *len)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};
    if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
        return false;
    memcpy(ret, &in, sizeof in);
    *len = sizeof in;
    return true;
}

static bool parse_6(const char *host, in_port_t port, struct sockaddr_storage *ret, socklen_t *len)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = port};
    if (inet_pton(AF_INET6, host, &in.sin6_addr) != 1)
        return false;
    memcpy(ret, &in, sizeof in);
    *len = sizeof in;
    return true;
}

bool address_parse(const char *text, struct sockaddr_storage *ret, socklen_t *len)
{
    char host[INET6_ADDRSTRLEN];
    in_port_t port;
    bool six = text[0] == '[';
    const char *colon = strrchr(text, ':');
    if (!colon || !read_port(colon + 1, &port))
        return false;
    const char *from = six ? text + 1 : text, *to = six ? colon - 1 : colon;
    if (to <= from || (six && *to != ']') || (size_t)(to - from) >= sizeof host)
        return false;
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = '\0';
    return six ? parse_6(host, port, ret, len) : parse_4(host, port, ret, len);
}

static int begin_listening(int fd, const struct sockaddr_storage *address, socklen_t len)
{
    /* A restart must not wait for what is left of old connections. */
    static const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)address, len) < 0 || listen(fd, SOMAXCONN) < 0)
        return -errno;
    return 0;
}

int address_listen(const struct sockaddr_storage *address, socklen_t len)
{
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0)
        return -errno;
    int r = begin_listening(fd, address, len);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

const char *address_text(char dst[static ADDRESS_TEXT_MAX], const struct sockaddr_storage *address)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    const char *text = NULL;
    if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        text = inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], dst, ADDRESS_TEXT_MAX);
    else if (address->ss_family == AF_INET6)
        text = inet_ntop(AF_INET6, &six->sin6_addr, dst, ADDRESS_TEXT_MAX);
    else if (address->ss_family == AF_INET)
        text = inet_ntop(AF_INET, &four->sin_addr, dst, ADDRESS_TEXT_MAX);
    if (!text)
        snprintf(dst, ADDRESS_TEXT_MAX, "?");
    return dst;
}
