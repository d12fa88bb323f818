/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers and their health. */
#include "libmprapi/detail.h"
#include "libmprapi/rrasx_call.h"

DWORD OpenRrasDriverEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_DRIVER_LIST **ppList)
{
    struct rrasx_page_request args = {0};
    const struct question q = {.opnum = RRASX_DRIVER_ENUM, .args = &args};
    void *list = NULL;

    if (rrasx_check_output(ppList, "ppList") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    DWORD code = rrasx_list(hMprServer, &q, &args.after, &list);
    *ppList = list;
    return code;
}

static uint32_t check_name(const char *name, const char *what)
{
    if (!name || !*name) {
        detail_set("%s is missing", what);
        return ERROR_INVALID_PARAMETER;
    }
    return rrasx_check_text(name, RRASX_NAME_MAX, what);
}

DWORD OpenRrasDriverForget(MPR_SERVER_HANDLE hMprServer, const char *pszDriver, const char *pszInstance)
{
    const struct rrasx_driver_name args = {pszDriver, pszInstance};
    struct question q = {.opnum = RRASX_DRIVER_FORGET, .args = &args, .order = true};

    q.refused = check_name(pszDriver, "pszDriver");
    if (q.refused == NO_ERROR)
        q.refused = check_name(pszInstance, "pszInstance");
    DWORD code = rrasx_ask(hMprServer, &q, NULL);
    if (code == ERROR_NOT_FOUND)
        detail_set("there is no driver %s:%s", pszDriver, pszInstance);
    else if (code == ERROR_BUSY)
        detail_set("driver %s:%s is there, or has sessions", pszDriver, pszInstance);
    return code;
}
