/* SPDX-License-Identifier: Apache-2.0 */
/* A user's right to dial in as the Win32 API has it: by name of the server, in structures of two levels. */
#include <stdbool.h>
#include <string.h>

#include <openrras.h>

#include "common/text.h"
#include "libmprapi/buffer.h"
#include "libmprapi/detail.h"
#include "rrasx/message.h"

/* In UTF-8; no unit takes more than three bytes. */
#define NAME_BYTES   (3u * UNLEN + 1)
#define NUMBER_BYTES (3u * MAX_PHONE_NUMBER_LEN + 1)

_Static_assert(offsetof(RAS_USER_0, wszPhoneNumber) == offsetof(RAS_USER_1, wszPhoneNumber), "a level adds members");

/* A text that ends within so many units, is UTF-16 and holds no control characters. */
static bool to_utf8(const WCHAR *s, size_t units, char *dst, size_t cap)
{
    size_t n = 0;

    while (n < units && s[n]) {
        bool high = s[n] >= 0xd800 && s[n] < 0xdc00, low = s[n] >= 0xdc00 && s[n] < 0xe000;
        if (s[n] < 0x20 || s[n] == 0x7f || low)
            return false;
        if (high && (n + 1 == units || s[n + 1] < 0xdc00 || s[n + 1] >= 0xe000))
            return false;
        n += high ? 2 : 1;
    }
    if (n >= units)
        return false;
    text_from_utf16(dst, cap, s, n);
    return true;
}

static DWORD read_name(LPCWSTR user, char dst[static NAME_BYTES])
{
    if (to_utf8(user, UNLEN + 1, dst, NAME_BYTES))
        return NO_ERROR;
    detail_set("lpszUser is longer than %u characters, or has some that no name has", UNLEN);
    return ERROR_INVALID_PARAMETER;
}

/* What both have in common; `name` is the user's in UTF-8. */
static DWORD check(LPCWSTR user, DWORD level, const BYTE *buffer, char name[static NAME_BYTES])
{
    detail_clear();
    if (!user || !user[0] || !buffer)
        return ERROR_INVALID_PARAMETER;
    DWORD code = read_name(user, name);
    return code != NO_ERROR || level <= 1 ? code : ERROR_INVALID_LEVEL;
}

/* The server for one call, whose sentence is left as it is. */
static DWORD connect_to(LPCWSTR server, MPR_SERVER_HANDLE *ret)
{
    return MprAdminServerConnect((LPWSTR)(uintptr_t)server, ret);
}

/* ---- getting ---- */

static void fill(const OPENRRAS_USER *u, DWORD level, LPBYTE buffer)
{
    RAS_USER_1 r = {.bfPrivilege = (BYTE)u->dwCallback, .bfPrivilege2 = u->fByPolicy ? RASPRIV2_DialinPolicy : 0};
    /* Level 0 has no place for the policy, so what comes of it is told. */
    bool permitted = level == 0 ? u->fAdmitted != FALSE : u->fPermitted != FALSE;

    if (permitted)
        r.bfPrivilege |= RASPRIV_DialinPrivilege;
    text_to_utf16(r.wszPhoneNumber, MAX_PHONE_NUMBER_LEN + 1, u->pszNumber);
    memcpy(buffer, &r, level == 0 ? sizeof(RAS_USER_0) : sizeof(RAS_USER_1));
}

static bool is_callback(DWORD bits)
{
    return bits == RASPRIV_NoCallback || bits == RASPRIV_AdminSetCallback || bits == RASPRIV_CallerSetCallback;
}

static DWORD get(MPR_SERVER_HANDLE h, const char *name, DWORD level, LPBYTE buffer)
{
    OPENRRAS_USER *user;
    DWORD code = OpenRrasUserGet(h, name, &user);

    if (code != NO_ERROR)
        return code;
    if (is_callback(user->dwCallback)) {
        fill(user, level, buffer);
    } else {
        detail_set("the server's answer has no kind of callback, or several");
        code = RPC_X_BAD_STUB_DATA;
    }
    buffer_free(BUFFER_RECORDS, user);
    return code;
}

DWORD APIENTRY MprAdminUserGetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, LPBYTE lpbBuffer)
{
    char name[NAME_BYTES];
    MPR_SERVER_HANDLE h;
    DWORD code = check(lpszUser, dwLevel, lpbBuffer, name);

    if (code == NO_ERROR)
        code = connect_to(lpszServer, &h);
    if (code != NO_ERROR)
        return code;
    code = get(h, name, dwLevel, lpbBuffer);
    MprAdminServerDisconnect(h);
    return code;
}

/* ---- setting ---- */

/* Everything that the structure says; `number` is the memory for its text. */
static DWORD read_user(DWORD level, const BYTE *buffer, OPENRRAS_USER *ret, char number[static NUMBER_BYTES])
{
    RAS_USER_1 r = {0};

    memcpy(&r, buffer, level == 0 ? sizeof(RAS_USER_0) : sizeof(RAS_USER_1));
    if (level == 0)
        r.bfPrivilege2 = 0; /* it lies in the padding of level 0 */
    ret->dwCallback = r.bfPrivilege & ~(DWORD)RASPRIV_DialinPrivilege;
    ret->fPermitted = (r.bfPrivilege & RASPRIV_DialinPrivilege) != 0;
    ret->fByPolicy = (r.bfPrivilege2 & RASPRIV2_DialinPolicy) != 0;
    ret->pszNumber = number;
    if (!is_callback(ret->dwCallback) || (r.bfPrivilege2 & ~RASPRIV2_DialinPolicy)) {
        detail_set("bfPrivilege must have exactly one kind of callback, and nothing that is not known");
        return ERROR_INVALID_DATA;
    }
    if (!to_utf8(r.wszPhoneNumber, MAX_PHONE_NUMBER_LEN + 1, number, NUMBER_BYTES)) {
        detail_set("wszPhoneNumber does not end, or has characters that no number has");
        return ERROR_INVALID_DATA;
    }
    return NO_ERROR;
}

DWORD APIENTRY MprAdminUserSetInfo(LPCWSTR lpszServer, LPCWSTR lpszUser, DWORD dwLevel, const LPBYTE lpbBuffer)
{
    char name[NAME_BYTES], number[NUMBER_BYTES];
    OPENRRAS_USER user = {.pszUser = name};
    MPR_SERVER_HANDLE h;
    DWORD code = check(lpszUser, dwLevel, lpbBuffer, name);

    if (code == NO_ERROR)
        code = read_user(dwLevel, lpbBuffer, &user, number);
    if (code == NO_ERROR)
        code = connect_to(lpszServer, &h);
    if (code != NO_ERROR)
        return code;
    code = OpenRrasUserSet(h, &user, 0);
    MprAdminServerDisconnect(h);
    return code;
}
