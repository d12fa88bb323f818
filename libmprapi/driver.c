/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers and their health. */
#include "libmprapi/buffer.h"
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

static uint32_t check_forget(const struct rrasx_forget_request *args)
{
    if (args->flags & ~OPENRRAS_FORGET_FORCE) {
        detail_set("dwFlags has bits that mean nothing: 0x%x", args->flags & ~OPENRRAS_FORGET_FORCE);
        return ERROR_INVALID_PARAMETER;
    }
    uint32_t code = check_name(args->driver, "pszDriver");
    return code == NO_ERROR ? check_name(args->instance, "pszInstance") : code;
}

/* An older server passes the flags over, so what it says would be the answer to another question. */
static uint32_t check_force(MPR_SERVER_HANDLE h)
{
    OPENRRAS_SERVER *server;
    uint32_t code = OpenRrasServerGetInfo(h, &server);

    if (code != NO_ERROR)
        return code;
    if (!(server->dwFeatures & OPENRRAS_FEATURE_FORGET_FORCE)) {
        detail_set("the server can't forget a driver with its sessions: it is an older one");
        code = ERROR_NOT_SUPPORTED;
    }
    buffer_free(BUFFER_RECORDS, server);
    return code;
}

static void explain_forget(DWORD code, const struct rrasx_forget_request *args)
{
    if (code == ERROR_NOT_FOUND)
        detail_set("there is no driver %s:%s", args->driver, args->instance);
    else if (code == ERROR_BUSY)
        detail_set("driver %s:%s is there%s", args->driver, args->instance,
                   args->flags & OPENRRAS_FORGET_FORCE ? "" : ", or has sessions");
}

DWORD OpenRrasDriverForgetEx(MPR_SERVER_HANDLE hMprServer, const char *pszDriver, const char *pszInstance,
                             DWORD dwFlags, LPDWORD lpdwSessions)
{
    const struct rrasx_forget_request args = {pszDriver, pszInstance, dwFlags};
    struct question q = {.opnum = RRASX_DRIVER_FORGET, .args = &args, .order = true, .refused = check_forget(&args)};
    void *reply = NULL;

    if (lpdwSessions)
        *lpdwSessions = 0;
    if (q.refused == NO_ERROR && (dwFlags & OPENRRAS_FORGET_FORCE))
        q.refused = check_force(hMprServer);
    DWORD code = rrasx_ask(hMprServer, &q, lpdwSessions ? &reply : NULL);
    explain_forget(code, &args);
    if (reply) {
        *lpdwSessions = ((const struct rrasx_forgotten *)reply)->sessions;
        buffer_free(BUFFER_RECORDS, reply);
    }
    return code;
}

DWORD OpenRrasDriverForget(MPR_SERVER_HANDLE hMprServer, const char *pszDriver, const char *pszInstance)
{
    return OpenRrasDriverForgetEx(hMprServer, pszDriver, pszInstance, 0, NULL);
}
