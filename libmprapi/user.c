/* SPDX-License-Identifier: Apache-2.0 */
/* Users, over our own interface. */
#include "libmprapi/buffer.h"
#include "libmprapi/detail.h"
#include "libmprapi/rrasx_call.h"

static uint32_t check_name(const char *name)
{
    if (!name || !*name) {
        detail_set("pszUser is missing");
        return ERROR_INVALID_PARAMETER;
    }
    return rrasx_check_text(name, RRASX_USER_MAX, "pszUser");
}

/* What only the server can say, in words; which user it is about, NULL: all. */
static void explain(DWORD code, const char *user)
{
    if (code == ERROR_NO_SUCH_USER)
        detail_set("the server's users have no \"%s\"", user ? user : "");
    else if (code == ERROR_DS_SERVER_DOWN)
        detail_set("the server can't reach its directory of users: its log says why");
    else if (code == ERROR_DS_OPERATIONS_ERROR)
        detail_set("the server's directory of users has answered what can't be used: its log says why");
    else if (code == ERROR_TIMEOUT)
        detail_set("the server's directory of users does not answer in time");
    else if (code == ERROR_NOT_SUPPORTED && OpenRrasLastDetail(NULL, 0) == 0)
        detail_set("the server's directory of users can't be %s from here", user ? "changed" : "listed");
    else if (code == ERROR_INVALID_PARAMETER && OpenRrasLastDetail(NULL, 0) == 0)
        detail_set("the server refuses the user's name or settings");
}

DWORD OpenRrasUserGet(MPR_SERVER_HANDLE hMprServer, const char *pszUser, OPENRRAS_USER **ppUser)
{
    const struct rrasx_user_request args = {pszUser};
    struct question q = {.opnum = RRASX_USER_GET, .args = &args};
    void *user = NULL;

    if (rrasx_check_output(ppUser, "ppUser") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    q.refused = check_name(pszUser);
    DWORD code = rrasx_ask(hMprServer, &q, &user);
    explain(code, pszUser);
    *ppUser = user;
    return code;
}

DWORD OpenRrasUserEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_USER_LIST **ppList)
{
    char after[RRASX_USER_MAX + 1] = "";
    const struct rrasx_user_page_request args = {after};
    const struct question q = {.opnum = RRASX_USER_ENUM, .args = &args};
    void *list = NULL;

    if (rrasx_check_output(ppList, "ppList") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    DWORD code = rrasx_list_by_name(hMprServer, &q, after, &list);
    explain(code, NULL);
    *ppList = list;
    return code;
}

static uint32_t check_set(const OPENRRAS_USER *u, DWORD flags)
{
    DWORD callback = u->dwCallback;

    if (flags & ~OPENRRAS_USER_CREATE) {
        detail_set("dwFlags has bits that mean nothing: 0x%x", flags & ~OPENRRAS_USER_CREATE);
        return ERROR_INVALID_PARAMETER;
    }
    if (callback != RASPRIV_NoCallback && callback != RASPRIV_AdminSetCallback &&
        callback != RASPRIV_CallerSetCallback) {
        detail_set("dwCallback is not exactly one kind of callback");
        return ERROR_INVALID_PARAMETER;
    }
    uint32_t code = check_name(u->pszUser);
    return code == NO_ERROR ? rrasx_check_text(u->pszNumber, RRASX_NUMBER_MAX, "pszNumber") : code;
}

DWORD OpenRrasUserSet(MPR_SERVER_HANDLE hMprServer, const OPENRRAS_USER *pUser, DWORD dwFlags)
{
    struct rrasx_user_set_request args = {.flags = dwFlags};
    struct question q = {.opnum = RRASX_USER_SET, .args = &args, .order = true};

    if (rrasx_check_output(pUser, "pUser") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    args.user = pUser->pszUser;
    args.number = pUser->pszNumber;
    args.permitted = pUser->fPermitted != FALSE;
    args.by_policy = pUser->fByPolicy != FALSE;
    args.callback = pUser->dwCallback;
    q.refused = check_set(pUser, dwFlags);
    DWORD code = rrasx_ask(hMprServer, &q, NULL);
    explain(code, pUser->pszUser);
    return code;
}

DWORD OpenRrasUserRemove(MPR_SERVER_HANDLE hMprServer, const char *pszUser)
{
    const struct rrasx_user_request args = {pszUser};
    struct question q = {.opnum = RRASX_USER_REMOVE, .args = &args, .order = true};

    detail_clear();
    q.refused = check_name(pszUser);
    DWORD code = rrasx_ask(hMprServer, &q, NULL);
    explain(code, pszUser);
    return code;
}
