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

static bool parse_4(const char *host, in_port_t port, struct address *ret)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};
    if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
        return false;
    *ret = (struct address){.len = sizeof in};
    memcpy(&ret->at, &in, sizeof in);
    return true;
}

static bool parse_6(const char *host, in_port_t port, struct address *ret)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = port};
    if (inet_pton(AF_INET6, host, &in.sin6_addr) != 1)
        return false;
    *ret = (struct address){.len = sizeof in};
    memcpy(&ret->at, &in, sizeof in);
    return true;
}

bool address_parse(const char *text, struct address *ret)
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
    return six ? parse_6(host, port, ret) : parse_4(host, port, ret);
}

/* The next word into `word`, which an overlong one does not fit: then it is no address. False at the end. */
static bool next_word(const char **at, char word[static ADDRESS_TEXT_MAX])
{
    static const char separators[] = ", \t";
    *at += strspn(*at, separators);
    size_t n = strcspn(*at, separators);
    snprintf(word, ADDRESS_TEXT_MAX, "%.*s", n < ADDRESS_TEXT_MAX ? (int)n : 0, *at);
    *at += n;
    return n > 0;
}

static bool has(const struct address *list, int n, const struct address *a)
{
    for (int i = 0; i < n; i++)
        if (list[i].len == a->len && memcmp(&list[i].at, &a->at, a->len) == 0)
            return true;
    return false;
}

int address_parse_list(const char *text, struct address ret[static ADDRESS_LIST_MAX])
{
    char word[ADDRESS_TEXT_MAX];
    int n = 0;
    while (next_word(&text, word)) {
        struct address a;
        if (!address_parse(word, &a))
            return -EINVAL;
        if (n == (int)ADDRESS_LIST_MAX)
            return -E2BIG;
        if (has(ret, n, &a))
            return -EEXIST;
        ret[n++] = a;
    }
    return n;
}

static in_port_t port_of(const struct sockaddr_storage *address)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)address;
    return address->ss_family == AF_INET6 ? six->sin6_port : address->ss_family == AF_INET ? four->sin_port : 0;
}

/* An IPv6 socket leaves IPv4 on its port to another one of the list. */
static int only_6(const struct address *list, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (list[k].at.ss_family == AF_INET && port_of(&list[k].at) == port_of(&list[i].at))
            return 1;
    return 0;
}

static int begin_listening(int fd, const struct address *list, size_t n, size_t i)
{
    const struct address *a = &list[i];
    /* A restart must not wait for what is left of old connections. */
    static const int on = 1;
    int only = only_6(list, n, i);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return -errno;
    if (a->at.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&a->at, a->len) < 0 || listen(fd, SOMAXCONN) < 0)
        return -errno;
    return 0;
}

int address_listen(const struct address *list, size_t n, size_t i)
{
    int fd = socket(list[i].at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0)
        return -errno;
    int r = begin_listening(fd, list, n, i);
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

const char *address_with_port(char dst[static ADDRESS_TEXT_MAX], const struct sockaddr_storage *address)
{
    char text[ADDRESS_TEXT_MAX];
    bool six = strchr(address_text(text, address), ':');
    if (address->ss_family == AF_UNSPEC)
        snprintf(dst, ADDRESS_TEXT_MAX, "?");
    else
        snprintf(dst, ADDRESS_TEXT_MAX, "%s%.54s%s:%u", six ? "[" : "", text, six ? "]" : "",
                 (unsigned)ntohs(port_of(address)));
    return dst;
}

static bool name_of_socket(int fd, struct sockaddr_storage *ret)
{
    socklen_t len = sizeof *ret;
    return getsockname(fd, (struct sockaddr *)ret, &len) == 0 &&
           (ret->ss_family == AF_INET || ret->ss_family == AF_INET6);
}

const char *address_of_socket(char dst[static ADDRESS_TEXT_MAX], int fd)
{
    struct sockaddr_storage own = {.ss_family = AF_UNSPEC};
    (void)name_of_socket(fd, &own); /* else it is none */
    return address_with_port(dst, &own);
}

const char *address_port_of_socket(char dst[static ADDRESS_PORT_MAX], int fd)
{
    struct sockaddr_storage own;
    if (name_of_socket(fd, &own))
        snprintf(dst, ADDRESS_PORT_MAX, "%u", (unsigned)ntohs(port_of(&own)));
    else
        snprintf(dst, ADDRESS_PORT_MAX, "?");
    return dst;
}
