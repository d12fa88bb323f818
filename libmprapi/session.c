/* SPDX-License-Identifier: Apache-2.0 */
/* The server and its sessions, over our own interface. */
#include "libmprapi/rrasx_call.h"

DWORD OpenRrasServerGetInfo(MPR_SERVER_HANDLE hMprServer, OPENRRAS_SERVER **ppServer)
{
    const struct question q = {.opnum = RRASX_SERVER_GET};
    void *server = NULL;

    if (rrasx_check_output(ppServer, "ppServer") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    DWORD code = rrasx_ask(hMprServer, &q, &server);
    *ppServer = server;
    return code;
}

DWORD OpenRrasSessionEnum(MPR_SERVER_HANDLE hMprServer, const OPENRRAS_SELECTOR *pSelector,
                          OPENRRAS_SESSION_LIST **ppList)
{
    struct rrasx_session_request args = {.has_selector = pSelector != NULL};
    struct question q = {.opnum = RRASX_SESSION_ENUM, .args = &args};
    void *list = NULL;

    if (rrasx_check_output(ppList, "ppList") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    if (pSelector) {
        args.selector = *pSelector;
        q.refused = rrasx_check_selector(pSelector);
    }
    DWORD code = rrasx_list(hMprServer, &q, &args.after, &list);
    rrasx_explain_selector(code, pSelector);
    *ppList = list;
    return code;
}
