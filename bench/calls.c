/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmprapi's questions about connections, ports and the server, each for itself, against a running rrasd. SERVER is a
 * binding, ncalrpc:[/path]. Everything on CPU 0.
 *
 *   calls list SERVER LEVEL           one MprAdminConnectionEnum of all connections at LEVEL, 0 to 4, or
 *                                     MprAdminConnectionEnumEx for "ex": seconds, connections
 *   calls get SERVER FUNCTION COUNT   calls a second; FUNCTION is a row of the table below
 */
#include <string.h>

#include "bench/client.h"

struct subject {
    MPR_SERVER_HANDLE server;
    HANDLE port, connection; /* of one who is connected */
};

static DWORD connections_at(MPR_SERVER_HANDLE h, DWORD level, DWORD pref, LPBYTE *buffer, DWORD *n)
{
    DWORD total, resume = 0;
    return MprAdminConnectionEnum(h, level, buffer, pref, n, &total, &resume);
}

static DWORD connections_ex(MPR_SERVER_HANDLE h, LPBYTE *buffer, DWORD *n)
{
    MPRAPI_OBJECT_HEADER header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)};
    PRAS_CONNECTION_EX list;
    DWORD total, resume = 0;
    DWORD code = MprAdminConnectionEnumEx(h, &header, (DWORD)-1, n, &total, &list, &resume);
    *buffer = (LPBYTE)list;
    return code;
}

static struct subject find_subject(const char *server)
{
    struct subject s = {.server = connect_to(server)};
    DWORD n, total, resume = 0;
    LPBYTE buffer;
    DWORD code = connections_at(s.server, 0, 1, &buffer, &n);
    if ((code != NO_ERROR && code != ERROR_MORE_DATA) || n == 0)
        bench_die("the server has no connections: error %u", (unsigned)code);
    s.connection = ((const RAS_CONNECTION_0 *)(const void *)buffer)->hConnection;
    MprAdminBufferFree(buffer);
    check(MprAdminPortEnum(s.server, 0, s.connection, &buffer, (DWORD)-1, &n, &total, &resume), "MprAdminPortEnum");
    s.port = ((const RAS_PORT_0 *)(const void *)buffer)->hPort;
    MprAdminBufferFree(buffer);
    return s;
}

static void list(const char *server, const char *level)
{
    bench_pin(0);
    struct subject s = find_subject(server); /* so the way to the server is warm */
    LPBYTE buffer;
    DWORD n, code;
    double t = bench_now();
    if (strcmp(level, "ex") == 0)
        code = connections_ex(s.server, &buffer, &n);
    else
        code = connections_at(s.server, (DWORD)bench_number(level), (DWORD)-1, &buffer, &n);
    double took = bench_now() - t;
    check(code, "the list");
    printf("%.6f %u\n", took, (unsigned)n);
    MprAdminBufferFree(buffer);
    MprAdminServerDisconnect(s.server);
}

/* ---- one question over and over ---- */

#define GET_PORT(level)                                                                                                \
    static DWORD port_##level(const struct subject *s, LPBYTE *buffer)                                                 \
    {                                                                                                                  \
        return MprAdminPortGetInfo(s->server, level, s->port, buffer);                                                 \
    }
#define GET_CONNECTION(level)                                                                                          \
    static DWORD connection_##level(const struct subject *s, LPBYTE *buffer)                                           \
    {                                                                                                                  \
        return MprAdminConnectionGetInfo(s->server, level, s->connection, buffer);                                     \
    }
#define GET_SERVER(level)                                                                                              \
    static DWORD server_##level(const struct subject *s, LPBYTE *buffer)                                               \
    {                                                                                                                  \
        return MprAdminServerGetInfo(s->server, level, buffer);                                                        \
    }
GET_PORT(0)
GET_PORT(1)
GET_CONNECTION(0)
GET_CONNECTION(1)
GET_CONNECTION(2)
GET_CONNECTION(3)
GET_SERVER(0)
GET_SERVER(1)
GET_SERVER(2)

/* Into the caller's memory: there is no buffer. */
static DWORD connection_ex(const struct subject *s, LPBYTE *buffer)
{
    static RAS_CONNECTION_EX c = {.Header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof c}};
    *buffer = NULL;
    return MprAdminConnectionGetInfoEx(s->server, s->connection, &c);
}

typedef DWORD get_function(const struct subject *s, LPBYTE *buffer);

static const struct {
    const char *name;
    get_function *get;
} functions[] = {
    {"port-0", port_0},
    {"port-1", port_1},
    {"connection-0", connection_0},
    {"connection-1", connection_1},
    {"connection-2", connection_2},
    {"connection-3", connection_3},
    {"connection-ex", connection_ex},
    {"server-0", server_0},
    {"server-1", server_1},
    {"server-2", server_2},
};

static void ask(get_function *get, const struct subject *s, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        LPBYTE buffer;
        check(get(s, &buffer), "the question");
        if (buffer)
            MprAdminBufferFree(buffer);
    }
}

static void get(const char *server, const char *name, unsigned long count)
{
    bench_pin(0);
    struct subject s = find_subject(server);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, name) != 0)
            continue;
        ask(functions[i].get, &s, count / 10);
        double t = bench_now();
        ask(functions[i].get, &s, count);
        printf("%.1f\n", (double)count / (bench_now() - t));
        MprAdminServerDisconnect(s.server);
        return;
    }
    bench_die("no such function: %s", name);
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (argc == 4 && strcmp(what, "list") == 0)
        list(argv[2], argv[3]);
    else if (argc == 5 && strcmp(what, "get") == 0)
        get(argv[2], argv[3], bench_number(argv[4]));
    else
        bench_die("usage: see the head of bench/calls.c");
    return 0;
}
