/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disconnect a user: every port that carries a connection of his.
 *
 *     cc -o disconnect disconnect.c $(pkg-config --cflags --libs libmprapi)
 *     ./disconnect alice
 *
 * Talks to rrasd on this machine, or to the one whose socket the environment variable OPENRRAS_SOCKET names.
 */
#include <mprapi.h>

#include <stdbool.h>
#include <stdio.h>
#include <uchar.h>

/* The names here are UTF-16, as on Windows. Those of this example are ASCII. */
static bool is_name(const WCHAR *wide, const char *name)
{
    while (*name && *wide == (unsigned char)*name) {
        wide++;
        name++;
    }
    return *wide == 0 && *name == '\0';
}

static void print_name(const WCHAR *wide)
{
    for (; *wide; wide++)
        putchar(*wide >= 0x20 && *wide < 0x7f ? *wide : '?');
}

static int fail(const char *what, DWORD error)
{
    LPWSTR text = NULL;
    fprintf(stderr, "%s: error %u", what, (unsigned)error);
    if (MprAdminGetErrorString(error, &text) == NO_ERROR) {
        fputs(": ", stderr);
        for (const WCHAR *c = text; *c; c++)
            fputc(*c < 0x80 ? *c : '?', stderr);
        LocalFree(text);
    }
    fputc('\n', stderr);
    return 1;
}

/* Disconnects the ports of one connection. */
static int disconnect_ports(MPR_SERVER_HANDLE server, HANDLE connection)
{
    LPBYTE buffer;
    DWORD read, total, resume = 0;
    int failures = 0;
    DWORD error = MprAdminPortEnum(server, 0, connection, &buffer, (DWORD)-1, &read, &total, &resume);
    if (error == ERROR_INVALID_HANDLE)
        return 0; /* it has ended meanwhile */
    if (error != NO_ERROR)
        return fail("MprAdminPortEnum", error);
    const RAS_PORT_0 *ports = (const RAS_PORT_0 *)(const void *)buffer;
    for (DWORD i = 0; i < read; i++) {
        error = MprAdminPortDisconnect(server, ports[i].hPort);
        if (error != NO_ERROR) {
            failures += fail("MprAdminPortDisconnect", error);
            continue;
        }
        fputs("MprAdminPortDisconnect(", stdout);
        print_name(ports[i].wszPortName);
        puts("): NO_ERROR");
    }
    MprAdminBufferFree(buffer);
    return failures;
}

static int disconnect_user(MPR_SERVER_HANDLE server, const char *user)
{
    LPBYTE buffer;
    DWORD read, total, resume = 0, found = 0;
    int failures = 0;
    DWORD error = MprAdminConnectionEnum(server, 0, &buffer, (DWORD)-1, &read, &total, &resume);
    if (error != NO_ERROR)
        return fail("MprAdminConnectionEnum", error);
    const RAS_CONNECTION_0 *connections = (const RAS_CONNECTION_0 *)(const void *)buffer;
    for (DWORD i = 0; i < read; i++) {
        if (!is_name(connections[i].wszUserName, user))
            continue;
        found++;
        failures += disconnect_ports(server, connections[i].hConnection);
    }
    MprAdminBufferFree(buffer);
    if (found == 0) {
        fprintf(stderr, "no connection of that user\n");
        return 1;
    }
    return failures;
}

int main(int argc, char **argv)
{
    MPR_SERVER_HANDLE server;
    if (argc != 2) {
        fprintf(stderr, "usage: disconnect USER\n");
        return 2;
    }
    DWORD error = MprAdminServerConnect(NULL, &server);
    if (error != NO_ERROR)
        return fail("MprAdminServerConnect", error);
    int failures = disconnect_user(server, argv[1]);
    MprAdminServerDisconnect(server);
    return failures ? 1 : 0;
}
