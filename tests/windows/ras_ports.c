/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program as it is written for Windows: it lists the ports of a remote access server, and disconnects a user. The
 * same file is compiled for Linux with our headers and for Windows with those of mingw-w64; nothing in it depends on
 * which.
 *
 *     ras_ports list [SERVER]               all ports
 *     ras_ports disconnect USER [SERVER]    every link of every connection of that user
 *     ras_ports sizes                       how large the structures are
 */
#ifndef UNICODE
#define UNICODE
#endif
#define WINVER       0x0601 /* Windows 7, Server 2008 R2 */
#define _WIN32_WINNT 0x0601

#include <windows.h>
#include <mprapi.h>

#include <stdio.h>

/* Texts go out in UTF-8. */
static void PrintText(LPCWSTR text)
{
    char utf8[4 * (UNLEN + 1)];

    if (WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL) > 0)
        printf("%s", utf8);
}

static int Fail(const char *what, DWORD error)
{
    LPWSTR text;

    printf("%s: error %lu", what, (unsigned long)error);
    if (MprAdminGetErrorString(error, &text) == NO_ERROR) {
        printf(": ");
        PrintText(text);
        LocalFree(text);
    }
    printf("\n");
    return 1;
}

static void PrintPort(const RAS_PORT_0 *port)
{
    printf("port %lu ", (unsigned long)(ULONG_PTR)port->hPort);
    PrintText(port->wszPortName);
    printf(" ");
    PrintText(port->wszDeviceType);
    printf(" %s\n", port->dwPortCondition == RAS_PORT_AUTHENTICATED ? "in use" : "free");
}

/* As many calls as it takes: a server may send its list in pages. */
static int ListPorts(MPR_SERVER_HANDLE server)
{
    DWORD error, resume = 0;

    do {
        LPBYTE buffer;
        DWORD read, total;
        error = MprAdminPortEnum(server, 0, INVALID_HANDLE_VALUE, &buffer, (DWORD)-1, &read, &total, &resume);
        if (error != NO_ERROR && error != ERROR_MORE_DATA)
            return Fail("MprAdminPortEnum", error);
        const RAS_PORT_0 *ports = (const RAS_PORT_0 *)buffer;
        for (DWORD i = 0; i < read; i++)
            PrintPort(&ports[i]);
        MprAdminBufferFree(buffer);
    } while (error == ERROR_MORE_DATA);
    return 0;
}

/* A connection ends when the last of its links does: each is disconnected for itself. */
static int DisconnectLinks(MPR_SERVER_HANDLE server, HANDLE connection)
{
    LPBYTE buffer;
    DWORD read, total, resume = 0;
    int status = 0;

    DWORD error = MprAdminPortEnum(server, 0, connection, &buffer, (DWORD)-1, &read, &total, &resume);
    if (error != NO_ERROR)
        return Fail("MprAdminPortEnum", error);
    const RAS_PORT_0 *ports = (const RAS_PORT_0 *)buffer;
    for (DWORD i = 0; i < read; i++) {
        error = MprAdminPortDisconnect(server, ports[i].hPort);
        if (error != NO_ERROR) {
            status = Fail("MprAdminPortDisconnect", error);
            continue;
        }
        printf("disconnected ");
        PrintText(ports[i].wszPortName);
        printf("\n");
    }
    MprAdminBufferFree(buffer);
    return status;
}

static int DisconnectUser(MPR_SERVER_HANDLE server, LPCWSTR user)
{
    LPBYTE buffer;
    DWORD read, total, resume = 0, found = 0;
    int status = 0;

    DWORD error = MprAdminConnectionEnum(server, 3, &buffer, (DWORD)-1, &read, &total, &resume);
    if (error != NO_ERROR)
        return Fail("MprAdminConnectionEnum", error);
    const RAS_CONNECTION_3 *connections = (const RAS_CONNECTION_3 *)buffer;
    for (DWORD i = 0; i < read; i++) {
        if (lstrcmpiW(connections[i].wszUserName, user) != 0)
            continue;
        found++;
        if (DisconnectLinks(server, connections[i].hConnection) != 0)
            status = 1;
    }
    MprAdminBufferFree(buffer);
    if (found == 0) {
        printf("no connection of ");
        PrintText(user);
        printf("\n");
        return 1;
    }
    return status;
}

static int PrintSizes(void)
{
#define SIZE(type) printf("%s %lu\n", #type, (unsigned long)sizeof(type))
    SIZE(FILETIME);
    SIZE(GUID);
    SIZE(IN_ADDR);
    SIZE(IN6_ADDR);
    SIZE(CERT_NAME_BLOB);
    SIZE(CRYPT_HASH_BLOB);
    SIZE(MPR_INTERFACE_0);
    SIZE(MPR_IPINIP_INTERFACE_0);
    SIZE(MPR_INTERFACE_1);
    SIZE(MPR_INTERFACE_2);
    SIZE(MPR_INTERFACE_3);
    SIZE(MPR_DEVICE_0);
    SIZE(MPR_DEVICE_1);
    SIZE(MPR_CREDENTIALSEX_0);
    SIZE(MPR_CREDENTIALSEX_1);
    SIZE(MPR_TRANSPORT_0);
    SIZE(MPR_IFTRANSPORT_0);
    SIZE(MPR_SERVER_0);
    SIZE(MPR_SERVER_1);
    SIZE(RAS_PORT_0);
    SIZE(RAS_PORT_1);
    SIZE(PPP_NBFCP_INFO);
    SIZE(PPP_IPCP_INFO);
    SIZE(PPP_IPCP_INFO2);
    SIZE(PPP_IPXCP_INFO);
    SIZE(PPP_ATCP_INFO);
    SIZE(PPP_INFO);
    SIZE(PPP_CCP_INFO);
    SIZE(PPP_LCP_INFO);
    SIZE(PPP_INFO_2);
    SIZE(RAS_CONNECTION_0);
    SIZE(RAS_CONNECTION_1);
    SIZE(RAS_CONNECTION_2);
    SIZE(RAS_USER_0);
    SIZE(RAS_USER_1);
    SIZE(MPR_FILTER_0);
    SIZE(MPR_SERVER_2);
    SIZE(PPP_IPV6_CP_INFO);
    SIZE(PPP_INFO_3);
    SIZE(RAS_CONNECTION_3);
    SIZE(MPRAPI_OBJECT_HEADER);
    SIZE(AUTH_VALIDATION_EX);
    SIZE(PPP_PROJECTION_INFO);
    SIZE(IKEV2_PROJECTION_INFO);
    SIZE(PROJECTION_INFO);
    SIZE(RAS_CONNECTION_EX);
    SIZE(RAS_UPDATE_CONNECTION);
    SIZE(IKEV2_TUNNEL_CONFIG_PARAMS);
    SIZE(IKEV2_CONFIG_PARAMS);
    SIZE(PPTP_CONFIG_PARAMS);
    SIZE(L2TP_CONFIG_PARAMS);
    SIZE(SSTP_CERT_INFO);
    SIZE(SSTP_CONFIG_PARAMS);
    SIZE(MPRAPI_TUNNEL_CONFIG_PARAMS);
    SIZE(MPR_SERVER_SET_CONFIG_EX);
    SIZE(MPR_SERVER_EX);
#undef SIZE
    return 0;
}

static int Usage(void)
{
    printf("usage: ras_ports list [SERVER] | disconnect USER [SERVER] | sizes\n");
    return 2;
}

int wmain(int argc, WCHAR **argv)
{
    MPR_SERVER_HANDLE server;
    LPWSTR name;
    int status;

    if (argc < 2)
        return Usage();
    if (lstrcmpiW(argv[1], TEXT("sizes")) == 0)
        return PrintSizes();
    BOOL list = lstrcmpiW(argv[1], TEXT("list")) == 0;
    if (!list && (lstrcmpiW(argv[1], TEXT("disconnect")) != 0 || argc < 3))
        return Usage();

    name = argc > (list ? 2 : 3) ? argv[list ? 2 : 3] : NULL;
    DWORD error = MprAdminServerConnect(name, &server);
    if (error != NO_ERROR)
        return Fail("MprAdminServerConnect", error);
    status = list ? ListPorts(server) : DisconnectUser(server, argv[2]);
    MprAdminServerDisconnect(server);
    return status;
}
