/* SPDX-License-Identifier: Apache-2.0 */
/* Watching what happens. */
#include "libmprapi/rrasx_call.h"

DWORD OpenRrasEventWait(MPR_SERVER_HANDLE hMprServer, const GUID *pRun, ULONGLONG ullAfter, DWORD dwMask,
                        DWORD dwWaitMs, OPENRRAS_EVENT_LIST **ppList)
{
    struct rrasx_event_request args = {.has_run = pRun != NULL, .after = ullAfter, .mask = dwMask, .wait_ms = dwWaitMs};
    struct question q = {.opnum = RRASX_EVENT_WAIT, .args = &args, .wait_ms = dwWaitMs};
    void *list = NULL;

    if (rrasx_check_output(ppList, "ppList") != NO_ERROR)
        return ERROR_INVALID_PARAMETER;
    if (pRun)
        args.run = *pRun;
    q.refused = rrasx_check_wait(dwWaitMs);
    DWORD code = rrasx_ask(hMprServer, &q, &list);
    *ppList = list;
    return code;
}
