/* SPDX-License-Identifier: Apache-2.0 */
#include "librassapi/user.h"

#include <stdbool.h>
#include <string.h>

#include <mprapi.h>

_Static_assert(sizeof(RAS_USER_0) == USER_RECORD_SIZE, "RAS_USER_0 of mprapi.h");
_Static_assert(offsetof(RAS_USER_0, wszPhoneNumber) == USER_PHONE_OFFSET, "RAS_USER_0 of mprapi.h");

DWORD user_get(LPCWSTR server, LPCWSTR user, LPBYTE record)
{
    return MprAdminUserGetInfo(server, user, 0, record);
}

DWORD user_account_server(LPCWSTR domain, LPCWSTR server, LPWSTR account_server)
{
    return MprAdminGetPDCServer(domain, server, account_server);
}

static bool is_privilege(BYTE bits)
{
    BYTE callback = bits & RASPRIV_CallbackType;

    return !(bits & ~(RASPRIV_CallbackType | RASPRIV_DialinPrivilege)) && callback && !(callback & (callback - 1));
}

/* The younger API has one code for the privilege and the number, the older one has two. */
DWORD user_set(LPCWSTR server, LPCWSTR user, LPBYTE record)
{
    DWORD code = MprAdminUserSetInfo(server, user, 0, record);

    return code == ERROR_INVALID_DATA && is_privilege(record[0]) ? ERROR_INVALID_CALLBACK_NUMBER : code;
}

/* The text is empty on failure. */
static DWORD put_sentence(LPCWSTR sentence, WCHAR *text, size_t units)
{
    size_t n = 0;

    while (sentence[n])
        n++;
    if (n >= units)
        return ERROR_INSUFFICIENT_BUFFER;
    memcpy(text, sentence, (n + 1) * sizeof *text);
    return NO_ERROR;
}

DWORD error_sentence(UINT code, WCHAR *text, size_t units)
{
    LPWSTR sentence;

    if (units > 0)
        text[0] = 0;
    if (code < RASBASE || code >= ROUTEBASE)
        return ERROR_INVALID_PARAMETER;
    DWORD result = MprAdminGetErrorString(code, &sentence);
    if (result == ERROR_MR_MID_NOT_FOUND)
        return ERROR_INVALID_PARAMETER;
    if (result != NO_ERROR)
        return result;
    result = put_sentence(sentence, text, units);
    LocalFree(sentence);
    return result;
}
