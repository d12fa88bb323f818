/* SPDX-License-Identifier: Apache-2.0 */
/* Quarantine, and limits of ports. */
#include "libmprapi/buffer.h"
#include "libmprapi/detail.h"
#include "libmprapi/rrasx_call.h"

DWORD OpenRrasQuarantineSet(MPR_SERVER_HANDLE hMprServer, DWORD dwConnection, BOOL fOn)
{
    const struct rrasx_quarantine_request args = {dwConnection, fOn ? TRUE : FALSE};
    const struct question q = {.opnum = RRASX_QUARANTINE_SET, .args = &args, .order = true};
    DWORD code = rrasx_ask(hMprServer, &q, NULL);

    if (code == ERROR_NOT_FOUND)
        detail_set("connection %u is not in quarantine", dwConnection);
    return code;
}

DWORD OpenRrasLimitEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_PORT_LIMIT_LIST **ppList)
{
    struct rrasx_page_request args = {0};
    const struct question q = {.opnum = RRASX_LIMIT_ENUM, .args = &args};
    void *list = NULL;

    if (rrasx_check_output(ppList, "ppList") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    DWORD code = rrasx_list(hMprServer, &q, &args.after, &list);
    *ppList = list;
    return code;
}

static uint32_t check_type(const char *type)
{
    if (!type || !*type) {
        detail_set("pszDeviceType is missing");
        return ERROR_INVALID_PARAMETER;
    }
    return rrasx_check_text(type, RRASX_NAME_MAX, "pszDeviceType");
}

DWORD OpenRrasLimitSet(MPR_SERVER_HANDLE hMprServer, const char *pszDeviceType, DWORD dwPorts, DWORD dwUse,
                       LPDWORD lpdwAbove)
{
    const struct rrasx_limit_request args = {pszDeviceType, dwPorts, dwUse};
    void *reply = NULL;

    detail_clear();
    if (lpdwAbove)
        *lpdwAbove = 0;
    const struct question q = {
        .opnum = RRASX_LIMIT_SET, .args = &args, .order = true, .refused = check_type(pszDeviceType)};
    DWORD code = rrasx_ask(hMprServer, &q, lpdwAbove ? &reply : NULL);
    if (code == ERROR_NOT_FOUND)
        detail_set("%s has no limit", pszDeviceType);
    if (reply) {
        *lpdwAbove = ((const struct rrasx_limit_set *)reply)->above;
        buffer_free(BUFFER_RECORDS, reply);
    }
    return code;
}
