/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a real server, for test_rrasd.py. usage: inquire SERVER
 *
 * Calls each function of the administration of servers, connections and devices once and prints a line for each: its
 * name, its code, and what it gave.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <mprapi.h>

static void print_text(const WCHAR *text)
{
    putchar(' ');
    for (; *text; text++)
        putchar(*text < 0x7f ? *text : '?'); /* ASCII is enough for a test */
}

static void copy_text(char *to, size_t size, const WCHAR *from)
{
    size_t i = 0;

    for (; from[i] && i + 1 < size; i++)
        to[i] = (char)from[i];
    to[i] = '\0';
}

static void print_connection(const RAS_CONNECTION_EX *c)
{
    printf(" %u", c->ProjectionInfo.projectionInfoType);
    print_text(c->wszUserName);
    print_text(c->ProjectionInfo.PppProjectionInfo.wszRemoteAddress); /* both projections have it in the same place */
}

static void ask_about_servers(MPR_SERVER_HANDLE h)
{
    static const USHORT sizes[] = {0,
                                   sizeof(MPR_SERVER_EX_REV1),
                                   sizeof(MPR_SERVER_EX_REV2),
                                   sizeof(MPR_SERVER_EX_REV3),
                                   sizeof(MPR_SERVER_EX_REV3),
                                   sizeof(MPR_SERVER_EX_REV5)};
    MPR_SERVER_1 ports = {1, 1, 1, 1};
    MPR_SERVER_SET_CONFIG_EX_REV5 config = {
        .Header = {5, MPRAPI_OBJECT_TYPE_MPR_SERVER_SET_CONFIG_OBJECT, sizeof config}};
    MPR_CREDENTIALSEX_1 none = {0};
    LPBYTE b;

    for (UCHAR revision = 1; revision <= 5; revision++) {
        MPR_SERVER_EX_REV5 s = {.Header = {revision, MPRAPI_OBJECT_TYPE_MPR_SERVER_OBJECT, sizes[revision]}};
        printf("ServerGetInfoEx %u", MprAdminServerGetInfoEx(h, (MPR_SERVER_EX *)(void *)&s));
        printf(" %u %u\n", s.dwTotalPorts, s.dwPortsInUse);
    }
    printf("ServerSetInfo %u\n", MprAdminServerSetInfo(h, 1, (LPBYTE)&ports));
    printf("ServerSetInfoEx %u\n", MprAdminServerSetInfoEx(h, (MPR_SERVER_SET_CONFIG_EX *)(void *)&config));
    printf("ServerGetCredentials %u\n", MprAdminServerGetCredentials(h, 0, &b));
    printf("ServerSetCredentials %u\n", MprAdminServerSetCredentials(h, 0, (LPBYTE)&none));
}

static void ask_about_devices(MPR_SERVER_HANDLE h)
{
    LPBYTE b;
    DWORD n, code = MprAdminDeviceEnum(h, 0, &b, &n);

    printf("DeviceEnum %u %u", code, n);
    const MPR_DEVICE_0 *devices = (const void *)b;
    for (DWORD i = 0; i < n; i++)
        print_text(devices[i].szDeviceType);
    printf("\n");
    MprAdminBufferFree(b);
}

static void ask_about_one(MPR_SERVER_HANDLE h, HANDLE connection)
{
    RAS_CONNECTION_EX c = {.Header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof c}};
    RAS_UPDATE_CONNECTION u = {.Header = {1, MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, sizeof u}};
    WCHAR text[] = u"Hi";
    char address[INET_ADDRSTRLEN];

    printf("ConnectionGetInfoEx %u", MprAdminConnectionGetInfoEx(h, connection, &c));
    print_connection(&c);
    printf("\nUpdateConnection %u\n", MprAdminUpdateConnection(h, connection, &u));
    printf("SendUserMessage %u\n", MprAdminSendUserMessage(h, connection, text));
    printf("ConnectionRemoveQuarantine %u\n", MprAdminConnectionRemoveQuarantine(h, connection, FALSE));
    copy_text(address, sizeof address, c.ProjectionInfo.PppProjectionInfo.wszRemoteAddress);
    HANDLE client = (HANDLE)(uintptr_t)inet_addr(address);
    printf("ConnectionRemoveQuarantine %u\n", MprAdminConnectionRemoveQuarantine(h, client, TRUE));
}

static void ask_about_connections(MPR_SERVER_HANDLE h)
{
    MPRAPI_OBJECT_HEADER header = {1, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)};
    DWORD code, n, total, resume = 0;
    HANDLE first = NULL;

    do { /* in small pages */
        PRAS_CONNECTION_EX c;
        code = MprAdminConnectionEnumEx(h, &header, 1, &n, &total, &c, &resume);
        printf("ConnectionEnumEx %u %u %u", code, n, total);
        for (DWORD i = 0; i < n; i++)
            print_connection(&c[i]);
        printf("\n");
        if (n && !first)
            first = c[0].hConnection;
        MprAdminBufferFree(c);
    } while (code == ERROR_MORE_DATA);
    ask_about_one(h, first);
}

int main(int argc, char **argv)
{
    WCHAR name[256] = u"";
    MPR_SERVER_HANDLE h;
    BOOL ready;

    if (argc != 2 || strlen(argv[1]) >= sizeof name / sizeof name[0])
        return 2;
    for (size_t i = 0; argv[1][i]; i++)
        name[i] = (WCHAR)argv[1][i];
    DWORD code = MprAdminIsServiceInitialized(name, &ready);
    printf("IsServiceInitialized %u %d\n", code, ready);
    if (MprAdminServerConnect(name, &h) != NO_ERROR)
        return 1;
    ask_about_servers(h);
    ask_about_devices(h);
    ask_about_connections(h);
    MprAdminServerDisconnect(h);
    return 0;
}
