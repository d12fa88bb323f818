/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ten names under which the mprapi.dll of the routing redistributable for Windows NT 4 exports functions of
 * mprapi.h. They are in a library of their own, libmprapi-nt4.so.0, for programs that look them up at run time:
 *
 *     void *library = dlopen("libmprapi-nt4.so.0", RTLD_NOW);
 *     DWORD (*disconnect)(RAS_SERVER_HANDLE, HANDLE) = dlsym(library, "RasAdminPortDisconnect");
 *
 * Each does what the Mpr function of the same ending does; handles and buffers of one are good for the other. All other
 * functions have the same names in both: dlsym() finds MprAdminServerConnect and the rest through libmprapi-nt4 too.
 *
 * Five of these names (PortEnum, PortGetInfo, PortDisconnect, UserGetInfo, UserSetInfo) are also those of the older
 * rassapi.h (librassapi), with other arguments: never use both in one program.
 */
#ifndef OPENRRAS_MPRAPI_NT4_H
#define OPENRRAS_MPRAPI_NT4_H

#include "mprapi.h"

#ifdef __cplusplus
extern "C" {
#endif

MPRAPI_EXPORT DWORD APIENTRY RasAdminPortEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hRasConnection,
                                              LPBYTE *lplpbBuffer, DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead,
                                              LPDWORD lpdwTotalEntries, LPDWORD lpdwResumeHandle);
MPRAPI_EXPORT DWORD APIENTRY RasAdminPortGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hPort,
                                                 LPBYTE *lplpbBuffer);
MPRAPI_EXPORT DWORD APIENTRY RasAdminPortClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hPort);
MPRAPI_EXPORT DWORD APIENTRY RasAdminPortReset(RAS_SERVER_HANDLE hRasServer, HANDLE hPort);
MPRAPI_EXPORT DWORD APIENTRY RasAdminPortDisconnect(RAS_SERVER_HANDLE hRasServer, HANDLE hPort);
MPRAPI_EXPORT DWORD APIENTRY RasAdminConnectionEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, LPBYTE *lplpbBuffer,
                                                    DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead,
                                                    LPDWORD lpdwTotalEntries, LPDWORD lpdwResumeHandle);
MPRAPI_EXPORT DWORD APIENTRY RasAdminConnectionGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel,
                                                       HANDLE hRasConnection, LPBYTE *lplpbBuffer);
MPRAPI_EXPORT DWORD APIENTRY RasAdminConnectionClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection);
MPRAPI_EXPORT DWORD APIENTRY RasAdminUserGetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, LPBYTE lpbBuffer);
MPRAPI_EXPORT DWORD APIENTRY RasAdminUserSetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel,
                                                 const LPBYTE lpbBuffer);

#ifdef __cplusplus
}
#endif

#endif
