/* SPDX-License-Identifier: Apache-2.0 */
/* libmprapi-nt4: ten functions of libmprapi under the names of the NT 4 redistributable (mprapi_nt4.h). */
#include <mprapi_nt4.h>

DWORD APIENTRY RasAdminPortEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hRasConnection, LPBYTE *lplpbBuffer,
                                DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead, LPDWORD lpdwTotalEntries,
                                LPDWORD lpdwResumeHandle)
{
    return MprAdminPortEnum(hRasServer, dwLevel, hRasConnection, lplpbBuffer, dwPrefMaxLen, lpdwEntriesRead,
                            lpdwTotalEntries, lpdwResumeHandle);
}

DWORD APIENTRY RasAdminPortGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hPort, LPBYTE *lplpbBuffer)
{
    return MprAdminPortGetInfo(hRasServer, dwLevel, hPort, lplpbBuffer);
}

DWORD APIENTRY RasAdminPortClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hPort)
{
    return MprAdminPortClearStats(hRasServer, hPort);
}

DWORD APIENTRY RasAdminPortReset(RAS_SERVER_HANDLE hRasServer, HANDLE hPort)
{
    return MprAdminPortReset(hRasServer, hPort);
}

DWORD APIENTRY RasAdminPortDisconnect(RAS_SERVER_HANDLE hRasServer, HANDLE hPort)
{
    return MprAdminPortDisconnect(hRasServer, hPort);
}

DWORD APIENTRY RasAdminConnectionEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, LPBYTE *lplpbBuffer,
                                      DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead, LPDWORD lpdwTotalEntries,
                                      LPDWORD lpdwResumeHandle)
{
    return MprAdminConnectionEnum(hRasServer, dwLevel, lplpbBuffer, dwPrefMaxLen, lpdwEntriesRead, lpdwTotalEntries,
                                  lpdwResumeHandle);
}

DWORD APIENTRY RasAdminConnectionGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hRasConnection,
                                         LPBYTE *lplpbBuffer)
{
    return MprAdminConnectionGetInfo(hRasServer, dwLevel, hRasConnection, lplpbBuffer);
}

DWORD APIENTRY RasAdminConnectionClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection)
{
    return MprAdminConnectionClearStats(hRasServer, hRasConnection);
}

DWORD APIENTRY RasAdminUserGetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, LPBYTE lpbBuffer)
{
    return MprAdminUserGetInfo(lpszServer, lpszUser, dwLevel, lpbBuffer);
}

DWORD APIENTRY RasAdminUserSetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, const LPBYTE lpbBuffer)
{
    return MprAdminUserSetInfo(lpszServer, lpszUser, dwLevel, lpbBuffer);
}
