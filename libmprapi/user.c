/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include <mprapi.h>

static DWORD check(LPCWSTR user, DWORD level, const BYTE *buffer)
{
    if (!user || !user[0] || !buffer)
        return ERROR_INVALID_PARAMETER;
    return level <= 1 ? NO_ERROR : ERROR_INVALID_LEVEL;
}

/* Exactly one kind of callback, and nothing unknown. Both levels begin with this byte. */
static bool is_privilege(BYTE bits)
{
    BYTE callback = bits & RASPRIV_CallbackType;

    return !(bits & ~(RASPRIV_CallbackType | RASPRIV_DialinPrivilege)) && callback && !(callback & (callback - 1));
}

DWORD APIENTRY MprAdminUserGetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, LPBYTE lpbBuffer)
{
    (void)lpszServer;
    DWORD code = check(lpszUser, dwLevel, lpbBuffer);
    return code == NO_ERROR ? ERROR_NOT_SUPPORTED : code;
}

DWORD APIENTRY MprAdminUserSetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, const LPBYTE lpbBuffer)
{
    (void)lpszServer;
    DWORD code = check(lpszUser, dwLevel, lpbBuffer);
    if (code != NO_ERROR)
        return code;
    return is_privilege(lpbBuffer[0]) ? ERROR_NOT_SUPPORTED : ERROR_INVALID_DATA;
}
