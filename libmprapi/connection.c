/* SPDX-License-Identifier: Apache-2.0 */
#include <mprapi.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/handle.h"
#include "libmprapi/server.h"

static DWORD enum_connections(struct pool *p, DWORD level, LPBYTE *buffer, DWORD pref, LPDWORD read, LPDWORD total,
                              LPDWORD resume)
{
    const struct level *records = convert_connection_level(level);
    struct request q = {.opnum = DIM_CONNECTION_ENUM};

    if (!records)
        return ERROR_INVALID_LEVEL;
    q.len = dim_req_connection_enum(q.stub, level, pref, resume);
    return server_list(p, &q, records, buffer, read, total, resume);
}

DWORD APIENTRY MprAdminConnectionEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, LPBYTE *lplpbBuffer,
                                      DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead, LPDWORD lpdwTotalEntries,
                                      LPDWORD lpdwResumeHandle)
{
    if (!server_clear_list(lplpbBuffer, lpdwEntriesRead, lpdwTotalEntries))
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hRasServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code =
        enum_connections(p, dwLevel, lplpbBuffer, dwPrefMaxLen, lpdwEntriesRead, lpdwTotalEntries, lpdwResumeHandle);
    pool_unref(p);
    return code;
}

static DWORD get_connection(struct pool *p, DWORD level, HANDLE connection, LPBYTE *ret)
{
    const struct level *records = convert_connection_level(level);
    struct request q = {.opnum = DIM_CONNECTION_GET_INFO};
    uint32_t number;

    if (!records)
        return ERROR_INVALID_LEVEL;
    if (!connection)
        return ERROR_INVALID_PARAMETER;
    if (!convert_object_to_wire(connection, &number))
        return ERROR_INTERFACE_NOT_CONNECTED;
    q.len = dim_req_get_info(q.stub, level, number);
    return call_get(p, &q, records, ret);
}

DWORD APIENTRY MprAdminConnectionGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hRasConnection,
                                         LPBYTE *lplpbBuffer)
{
    if (!lplpbBuffer)
        return ERROR_INVALID_PARAMETER;
    *lplpbBuffer = NULL;
    struct pool *p = handle_get(hRasServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = get_connection(p, dwLevel, hRasConnection, lplpbBuffer);
    pool_unref(p);
    return code;
}

DWORD APIENTRY MprAdminConnectionClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection)
{
    struct request q = {.opnum = DIM_CONNECTION_CLEAR_STATS};
    uint32_t number;
    struct pool *p = handle_get(hRasServer);

    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = ERROR_INVALID_PARAMETER;
    if (convert_object_to_wire(hRasConnection, &number)) {
        q.len = dim_req_handle(q.stub, number);
        code = call_order(p, &q);
    }
    pool_unref(p);
    return code;
}

/* An address stands in the low half of the handle as its bytes do in memory, and travels as they stand there. */
DWORD APIENTRY MprAdminConnectionRemoveQuarantine(HANDLE hRasServer, HANDLE hRasConnection, BOOL fIsIpAddress)
{
    struct request q = {.opnum = DIM_REMOVE_QUARANTINE};
    uint32_t client = (uint32_t)(uintptr_t)hRasConnection;
    struct pool *p = handle_get(hRasServer);

    if (!p)
        return ERROR_INVALID_PARAMETER;
    DWORD code = ERROR_INVALID_PARAMETER;
    if (fIsIpAddress || convert_object_to_wire(hRasConnection, &client)) {
        q.len = dim_req_remove_quarantine(q.stub, client, fIsIpAddress);
        code = call_order(p, &q);
    }
    pool_unref(p);
    return code;
}

DWORD APIENTRY MprAdminSendUserMessage(MPR_SERVER_HANDLE hMprServer, HANDLE hConnection, LPWSTR lpwszMessage)
{
    uint8_t stub[DIM_MESSAGE_REQUEST_MAX];
    uint32_t number;

    if (!lpwszMessage)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = ERROR_INTERFACE_NOT_CONNECTED;
    if (convert_object_to_wire(hConnection, &number)) {
        size_t len = dim_req_user_message(stub, number, lpwszMessage);
        code = len ? call_order_stub(p, DIM_SEND_USER_MESSAGE, stub, len, false) : ERROR_INVALID_PARAMETER;
    }
    pool_unref(p);
    return code;
}
