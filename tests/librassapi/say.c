/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of librassapi, for tests with a real server: say SERVER server|list|info|clear|disconnect [PORT]. Prints
 * what came, a port a line, and at last the code. Texts are ASCII.
 */
#include <stdio.h>
#include <string.h>

#include <rassapi.h>

#define TEXT_MAX 256u

/* False: too long. */
static int widen(WCHAR ret[TEXT_MAX], const char *text)
{
    size_t n = strlen(text);

    if (n >= TEXT_MAX)
        return 0;
    for (size_t i = 0; i <= n; i++)
        ret[i] = (WCHAR)(unsigned char)text[i];
    return 1;
}

static void print_text(const WCHAR *text)
{
    for (; *text; text++)
        putchar(*text < 0x80 ? (char)*text : '?');
    putchar('|');
}

static void print_port(const RAS_PORT_0 *p)
{
    print_text(p->wszPortName);
    print_text(p->wszUserName);
    printf("%u|", (unsigned)p->Flags);
}

static DWORD server(const WCHAR *name)
{
    RAS_SERVER_0 s;
    DWORD code = RasAdminServerGetInfo(name, &s);

    printf("%u|%u|%u\n", s.TotalPorts, s.PortsInUse, (unsigned)s.RasVersion);
    return code;
}

static DWORD list(const WCHAR *name)
{
    RAS_PORT_0 *ports;
    WORD n;
    DWORD code = RasAdminPortEnum(name, &ports, &n);

    for (WORD i = 0; i < n; i++) {
        print_port(&ports[i]);
        putchar('\n');
    }
    RasAdminFreeBuffer(ports);
    return code;
}

static DWORD info(const WCHAR *name, const WCHAR *port)
{
    RAS_PORT_STATISTICS statistics;
    RAS_PARAMETERS *none;
    RAS_PORT_1 p;
    DWORD code = RasAdminPortGetInfo(name, port, &p, &statistics, &none);

    if (code == ERROR_SUCCESS) {
        print_port(&p.rasport0);
        print_text(p.ProjResult.ip.wszAddress);
        printf("%u|%u|%u\n", (unsigned)p.LineCondition, (unsigned)statistics.dwPortBytesXmited,
               (unsigned)statistics.dwPortBytesRcved);
    }
    RasAdminFreeBuffer(none);
    return code;
}

static DWORD user(const WCHAR *name, const WCHAR *user)
{
    RAS_USER_0 u;
    DWORD code = RasAdminUserGetInfo(name, user, &u);

    if (code == ERROR_SUCCESS) {
        print_text(u.szPhoneNumber);
        printf("%u\n", (unsigned)u.bfPrivilege);
    }
    return code;
}

/* Refused from now on, and called back where he was. */
static DWORD refuse(const WCHAR *name, const WCHAR *user)
{
    RAS_USER_0 u;
    DWORD code = RasAdminUserGetInfo(name, user, &u);

    if (code != ERROR_SUCCESS) {
        u = (RAS_USER_0){.bfPrivilege = RASPRIV_NoCallback};
        return RasAdminUserSetInfo(name, user, &u);
    }
    u.bfPrivilege &= (BYTE)~RASPRIV_DialinPrivilege;
    return RasAdminUserSetInfo(name, user, &u);
}

static DWORD call(const WCHAR *name, const char *what, const WCHAR *port)
{
    if (strcmp(what, "server") == 0)
        return server(name);
    if (strcmp(what, "list") == 0)
        return list(name);
    if (strcmp(what, "info") == 0)
        return info(name, port);
    if (strcmp(what, "user") == 0)
        return user(name, port);
    if (strcmp(what, "refuse") == 0)
        return refuse(name, port);
    if (strcmp(what, "clear") == 0)
        return RasAdminPortClearStatistics(name, port);
    return RasAdminPortDisconnect(name, port);
}

int main(int argc, char **argv)
{
    WCHAR name[TEXT_MAX], port[TEXT_MAX];

    if (argc < 3 || !widen(name, argv[1]) || !widen(port, argc > 3 ? argv[3] : ""))
        return 2;
    printf("%u\n", (unsigned)call(name, argv[2], port));
    return 0;
}
