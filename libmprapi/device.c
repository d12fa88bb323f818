/* SPDX-License-Identifier: Apache-2.0 */
#include <mprapi.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/handle.h"
#include "libmprapi/server.h"

static DWORD enum_devices(struct pool *p, DWORD level, LPBYTE *buffer, LPDWORD total)
{
    const struct level *records = convert_device_level(level);
    struct request q = {.opnum = DIM_DEVICE_ENUM};
    struct list list;

    if (!records)
        return ERROR_NOT_SUPPORTED;
    q.len = dim_req_device_enum(q.stub, level);
    uint32_t code = call_counted(p, &q, records, &list);
    /* There are no pages: more data is as good as any other error that a server may invent. */
    if (code != NO_ERROR)
        return code;
    *buffer = list.buffer;
    *total = list.read;
    return NO_ERROR;
}

DWORD APIENTRY MprAdminDeviceEnum(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE *lplpbBuffer,
                                  LPDWORD lpdwTotalEntries)
{
    DWORD read;

    if (!server_clear_list(lplpbBuffer, &read, lpdwTotalEntries))
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = enum_devices(p, dwLevel, lplpbBuffer, lpdwTotalEntries);
    pool_unref(p);
    return code;
}
