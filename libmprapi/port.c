/* SPDX-License-Identifier: Apache-2.0 */
#include <mprapi.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/handle.h"
#include "libmprapi/server.h"

static DWORD enum_ports(struct pool *p, DWORD level, HANDLE connection, LPBYTE *buffer, DWORD pref, LPDWORD read,
                        LPDWORD total, LPDWORD resume)
{
    struct request q = {.opnum = DIM_PORT_ENUM};
    uint32_t number;

    if (level != 0)
        return ERROR_NOT_SUPPORTED;
    /* INVALID_HANDLE_VALUE travels as DIM_ALL_PORTS. */
    if (!connection || !convert_handle_to_wire(connection, &number))
        return ERROR_INVALID_HANDLE;
    q.len = dim_req_port_enum(q.stub, level, number, pref, resume);
    return server_list(p, &q, convert_port_level(level), buffer, read, total, resume);
}

DWORD APIENTRY MprAdminPortEnum(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hRasConnection, LPBYTE *lplpbBuffer,
                                DWORD dwPrefMaxLen, LPDWORD lpdwEntriesRead, LPDWORD lpdwTotalEntries,
                                LPDWORD lpdwResumeHandle)
{
    if (!server_clear_list(lplpbBuffer, lpdwEntriesRead, lpdwTotalEntries))
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hRasServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = enum_ports(p, dwLevel, hRasConnection, lplpbBuffer, dwPrefMaxLen, lpdwEntriesRead, lpdwTotalEntries,
                            lpdwResumeHandle);
    pool_unref(p);
    return code;
}

static DWORD get_port(struct pool *p, DWORD level, HANDLE port, LPBYTE *ret)
{
    const struct level *records = convert_port_level(level);
    struct request q = {.opnum = DIM_PORT_GET_INFO};
    uint32_t number;

    if (!records)
        return ERROR_NOT_SUPPORTED;
    if (!convert_object_to_wire(port, &number))
        return ERROR_INVALID_PORT_HANDLE;
    q.len = dim_req_get_info(q.stub, level, number);
    return call_get(p, &q, records, ret);
}

DWORD APIENTRY MprAdminPortGetInfo(RAS_SERVER_HANDLE hRasServer, DWORD dwLevel, HANDLE hPort, LPBYTE *lplpbBuffer)
{
    if (!lplpbBuffer)
        return ERROR_INVALID_PARAMETER;
    *lplpbBuffer = NULL;
    struct pool *p = handle_get(hRasServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = get_port(p, dwLevel, hPort, lplpbBuffer);
    pool_unref(p);
    return code;
}

/* An order for one port; `bad_server` and `bad_port` are what the function's page says for those. */
static DWORD order_port(RAS_SERVER_HANDLE server, HANDLE port, uint16_t opnum, DWORD bad_server, DWORD bad_port)
{
    struct request q = {.opnum = opnum};
    uint32_t number;
    struct pool *p = handle_get(server);

    if (!p)
        return bad_server;
    DWORD code = bad_port;
    if (convert_object_to_wire(port, &number)) {
        q.len = dim_req_handle(q.stub, number);
        code = call_order(p, &q);
    }
    pool_unref(p);
    return code;
}

DWORD APIENTRY MprAdminPortClearStats(RAS_SERVER_HANDLE hRasServer, HANDLE hPort)
{
    DWORD code = order_port(hRasServer, hPort, DIM_PORT_CLEAR_STATS, RPC_S_INVALID_BINDING, RPC_S_INVALID_BINDING);

    /* The page has the same code for a bad port as for a bad server; the server says what is meant. */
    return code == ERROR_INVALID_PORT_HANDLE ? RPC_S_INVALID_BINDING : code;
}

DWORD APIENTRY MprAdminPortReset(RAS_SERVER_HANDLE hRasServer, HANDLE hPort)
{
    return order_port(hRasServer, hPort, DIM_PORT_RESET, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER);
}

DWORD APIENTRY MprAdminPortDisconnect(RAS_SERVER_HANDLE hRasServer, HANDLE hPort)
{
    return order_port(hRasServer, hPort, DIM_PORT_DISCONNECT, ERROR_INVALID_PARAMETER, ERROR_INVALID_PARAMETER);
}
