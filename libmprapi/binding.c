/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* The longest name that can mean something, in units: protocol sequence, host, endpoint and brackets. */
#define NAME_UNITS_MAX 400u
#define NAME_MAX_BYTES (3u * NAME_UNITS_MAX + 1)

const char *binding_protseq(enum transport transport)
{
    switch (transport) {
    case TRANSPORT_UNIX:
        return "ncalrpc";
    case TRANSPORT_TCP:
        return "ncacn_ip_tcp";
    case TRANSPORT_PIPE:
        return "ncacn_np";
    case TRANSPORT_ANY:
        return "any";
    case TRANSPORT_GIVEN:
        return "descriptor";
    }
    return "?";
}

/* Copies n bytes and a NUL. Nothing that is in a name may hold control characters or be longer than what it names. */
static int take(char *dst, size_t cap, const char *s, size_t n)
{
    if (n >= cap)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return -EINVAL;
    }
    memcpy(dst, s, n);
    dst[n] = '\0';
    return 0;
}

static int local_socket(struct binding *b)
{
    /* secure_getenv: the user of a set-user-id program must not choose whom it talks to. */
    const char *path = secure_getenv("OPENRRAS_SOCKET");

    if (!path || !*path)
        path = OPENRRAS_DEFAULT_SOCKET;
    b->transport = TRANSPORT_UNIX;
    return path[0] == '/' ? take(b->endpoint, sizeof b->endpoint, path, strlen(path)) : -EINVAL;
}

static int parse_host(const char *s, size_t n, struct binding *b)
{
    if (n >= 2 && s[0] == '\\' && s[1] == '\\') {
        s += 2;
        n -= 2;
    }
    if (n == 0 || memchr(s, '\\', n) || memchr(s, '/', n) || memchr(s, ' ', n) || memchr(s, ']', n))
        return -EINVAL;
    return take(b->host, sizeof b->host, s, n);
}

/* "host[endpoint]", either part may be missing. */
static int parse_rest(const char *s, struct binding *b)
{
    const char *open = strchr(s, '[');
    size_t host = open ? (size_t)(open - s) : strlen(s);

    if (open) {
        const char *close = strchr(open, ']');
        if (!close || close[1] != '\0')
            return -EINVAL;
        int r = take(b->endpoint, sizeof b->endpoint, open + 1, (size_t)(close - open - 1));
        if (r < 0)
            return r;
    }
    if (b->transport != TRANSPORT_UNIX)
        return parse_host(s, host, b);
    if (host)
        return -EINVAL;
    if (!b->endpoint[0])
        return local_socket(b);
    return b->endpoint[0] == '/' ? 0 : -EINVAL;
}

static int parse(const char *name, struct binding *b)
{
    static const enum transport named[] = {TRANSPORT_UNIX, TRANSPORT_TCP, TRANSPORT_PIPE};

    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        const char *protseq = binding_protseq(named[i]);
        size_t n = strlen(protseq);
        if (strncmp(name, protseq, n) == 0 && name[n] == ':') {
            b->transport = named[i];
            return parse_rest(name + n + 1, b);
        }
    }
    b->transport = TRANSPORT_ANY;
    /* A colon is a protocol sequence that does not exist; brackets have no meaning without one. */
    if (strpbrk(name, ":[]"))
        return -EINVAL;
    return parse_host(name, strlen(name), b);
}

int binding_parse(LPCWSTR name, struct binding *ret)
{
    struct binding b = {.transport = TRANSPORT_UNIX};
    char utf8[NAME_MAX_BYTES];
    size_t units = 0;

    if (name) {
        while (units < NAME_UNITS_MAX && name[units])
            units++;
        if (units == NAME_UNITS_MAX)
            return -EINVAL;
    }
    if (units)
        text_from_utf16(utf8, sizeof utf8, name, units);
    int r = units ? parse(utf8, &b) : local_socket(&b);
    if (r < 0)
        return r;
    *ret = b;
    return 0;
}
