/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping users out. */
#include "libmprapi/buffer.h"
#include "libmprapi/detail.h"
#include "libmprapi/rrasx_call.h"

static uint32_t check_keep_out(const struct rrasx_keep_out_request *k)
{
    if (!k->user || !*k->user) {
        detail_set("pszUser is missing");
        return ERROR_INVALID_PARAMETER;
    }
    if (k->seconds < 1 || k->seconds > OPENRRAS_KEEP_OUT_MAX_SECONDS) {
        detail_set("dwSeconds is not from 1 to %u", OPENRRAS_KEEP_OUT_MAX_SECONDS);
        return ERROR_INVALID_PARAMETER;
    }
    uint32_t code = rrasx_check_text(k->user, RRASX_USER_MAX, "pszUser");
    if (code == NO_ERROR)
        code = rrasx_check_text(k->driver, RRASX_ID_MAX, "pszDriver");
    return code == NO_ERROR ? rrasx_check_text(k->reason, RRASX_TEXT_MAX, "pszReason") : code;
}

DWORD OpenRrasKeepOutAdd(MPR_SERVER_HANDLE hMprServer, const char *pszUser, const char *pszDriver, DWORD dwSeconds,
                         const char *pszReason, LPDWORD lpdwKeepOut)
{
    const struct rrasx_keep_out_request args = {
        .user = pszUser, .driver = pszDriver, .reason = pszReason, .seconds = dwSeconds};
    void *reply = NULL;

    detail_clear();
    if (lpdwKeepOut)
        *lpdwKeepOut = 0;
    const struct question q = {
        .opnum = RRASX_KEEP_OUT_ADD, .args = &args, .order = true, .refused = check_keep_out(&args)};
    DWORD code = rrasx_ask(hMprServer, &q, &reply);
    if (code == NO_ERROR) {
        if (lpdwKeepOut)
            *lpdwKeepOut = ((const struct rrasx_number *)reply)->number;
        buffer_free(BUFFER_RECORDS, reply);
    }
    return code;
}

DWORD OpenRrasKeepOutEnum(MPR_SERVER_HANDLE hMprServer, OPENRRAS_KEEP_OUT_LIST **ppList)
{
    struct rrasx_page_request args = {0};
    const struct question q = {.opnum = RRASX_KEEP_OUT_ENUM, .args = &args};
    void *list = NULL;

    if (rrasx_check_output(ppList, "ppList") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    DWORD code = rrasx_list(hMprServer, &q, &args.after, &list);
    *ppList = list;
    return code;
}

DWORD OpenRrasKeepOutRemove(MPR_SERVER_HANDLE hMprServer, DWORD dwKeepOut)
{
    const struct rrasx_number args = {dwKeepOut};
    const struct question q = {.opnum = RRASX_KEEP_OUT_REMOVE, .args = &args, .order = true};
    DWORD code = rrasx_ask(hMprServer, &q, NULL);

    if (code == ERROR_NOT_FOUND)
        detail_set("there is no keep-out %u", dwKeepOut);
    return code;
}
