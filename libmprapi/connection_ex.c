/* SPDX-License-Identifier: Apache-2.0 */
/* Connections with all that there is to know about them, of PPP and of IKEv2. */
#include <string.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/answer_ex.h"
#include "libmprapi/buffer.h"
#include "libmprapi/handle.h"
#include "libmprapi/server.h"

static bool is_header(const MPRAPI_OBJECT_HEADER *h, MPRAPI_OBJECT_TYPE type, size_t size)
{
    return h && h->revision == 1 && h->type == type && h->size == size;
}

static DWORD enum_connections(struct pool *p, DWORD pref, LPDWORD resume, struct list *ret)
{
    struct request q = {.opnum = DIM_CONNECTION_ENUM_EX};
    struct connections_ex answer;

    answer.list = true;
    answer.resume = resume != NULL;
    q.len = dim_req_connection_enum_ex(q.stub, pref, resume);
    uint32_t code = answer_ex_connections(p, &q, &answer);
    if (code == NO_ERROR) {
        const struct list page = {answer.buffer, answer.decoder.read, answer.decoder.total, answer.decoder.resume_out};
        code = call_take_page(answer.decoder.code, &page, ret);
    }
    if (code != NO_ERROR && code != ERROR_MORE_DATA && answer.buffer)
        buffer_free(BUFFER_RECORDS, answer.buffer);
    return code;
}

DWORD APIENTRY MprAdminConnectionEnumEx(RAS_SERVER_HANDLE hRasServer, PMPRAPI_OBJECT_HEADER pObjectHeader,
                                        DWORD dwPreferedMaxLen, LPDWORD lpdwEntriesRead, LPDWORD lpdNumTotalElements,
                                        PRAS_CONNECTION_EX *ppRasConn, LPDWORD lpdwResumeHandle)
{
    struct list list;

    if (ppRasConn)
        *ppRasConn = NULL;
    if (!server_clear_counts(lpdwEntriesRead, lpdNumTotalElements) || !ppRasConn)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hRasServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = ERROR_INVALID_PARAMETER;
    if (is_header(pObjectHeader, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof(RAS_CONNECTION_EX)))
        code = enum_connections(p, dwPreferedMaxLen, lpdwResumeHandle, &list);
    pool_unref(p);
    if (code != NO_ERROR && code != ERROR_MORE_DATA)
        return code;
    *ppRasConn = (PRAS_CONNECTION_EX)(void *)list.buffer;
    *lpdwEntriesRead = list.read;
    *lpdNumTotalElements = list.total;
    if (lpdwResumeHandle)
        *lpdwResumeHandle = list.resume;
    return code;
}

static DWORD get_connection(struct pool *p, uint32_t number, PRAS_CONNECTION_EX ret)
{
    struct request q = {.opnum = DIM_CONNECTION_GET_INFO_EX};
    struct connections_ex answer;

    answer.list = answer.resume = false;
    q.len = dim_req_connection_get_ex(q.stub, number);
    uint32_t code = answer_ex_connections(p, &q, &answer);
    if (code == NO_ERROR)
        code = answer.decoder.code;
    if (code == NO_ERROR && answer.done != 1)
        code = RPC_X_BAD_STUB_DATA;
    if (code == NO_ERROR)
        *ret = answer.one;
    return code;
}

DWORD APIENTRY MprAdminConnectionGetInfoEx(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection,
                                           PRAS_CONNECTION_EX pRasConnection)
{
    uint32_t number;

    if (!pRasConnection)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hRasServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = ERROR_INVALID_PARAMETER;
    if (is_header(&pRasConnection->Header, MPRAPI_OBJECT_TYPE_RAS_CONNECTION_OBJECT, sizeof *pRasConnection))
        code = convert_object_to_wire(hRasConnection, &number) ? get_connection(p, number, pRasConnection)
                                                               : ERROR_INTERFACE_NOT_CONNECTED;
    pool_unref(p);
    return code;
}

static bool has_end(const WCHAR *text, size_t units)
{
    size_t i = 0;

    while (i < units && text[i])
        i++;
    return i < units;
}

static DWORD update_connection(struct pool *p, HANDLE connection, const RAS_UPDATE_CONNECTION *update)
{
    struct request q = {.opnum = DIM_UPDATE_CONNECTION};
    uint32_t number;

    if (!is_header(&update->Header, MPRAPI_OBJECT_TYPE_UPDATE_CONNECTION_OBJECT, sizeof *update) ||
        !has_end(update->wszRemoteEndpointAddress, DIM_UNITS_ENDPOINT))
        return ERROR_INVALID_PARAMETER;
    if (!convert_object_to_wire(connection, &number))
        return ERROR_INTERFACE_NOT_CONNECTED;
    q.len = dim_req_update_connection(q.stub, number, update->dwIfIndex, update->wszRemoteEndpointAddress);
    return answer_ex_code(call_order(p, &q));
}

DWORD APIENTRY MprAdminUpdateConnection(RAS_SERVER_HANDLE hRasServer, HANDLE hRasConnection,
                                        PRAS_UPDATE_CONNECTION pRasUpdateConnection)
{
    if (!pRasUpdateConnection)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hRasServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = update_connection(p, hRasConnection, pRasUpdateConnection);
    pool_unref(p);
    return code;
}
