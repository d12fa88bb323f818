/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/answer_ex.h"
#include "libmprapi/handle.h"
#include "libmprapi/tunnels.h"
#include "rpc/limits.h"

static uint32_t read_server(const struct gathered *answer, uint8_t revision, void *server)
{
    uint32_t said;
    struct dim_server_ex *s = malloc(sizeof *s);

    if (!s)
        return ERROR_NOT_ENOUGH_MEMORY;
    uint32_t code = dim_server_ex_decode(answer->p, answer->n, answer->big, revision, s, &said);
    if (code == NO_ERROR)
        code = said;
    if (code == NO_ERROR)
        code = tunnels_to_server(s, server);
    free(s);
    return code;
}

static uint32_t get_server(struct pool *p, uint8_t revision, void *server)
{
    struct request q = {.opnum = DIM_SERVER_GET_INFO_EX};
    struct gathered answer = {.max = DIM_SERVEREX_REPLY_MAX};

    q.len = dim_req_server_get_ex(q.stub, revision);
    uint32_t code = answer_ex_gather(p, &q, &answer);
    if (code == NO_ERROR)
        code = read_server(&answer, revision, server);
    free(answer.p);
    return code;
}

DWORD APIENTRY MprAdminServerGetInfoEx(MPR_SERVER_HANDLE hMprServer, MPR_SERVER_EX *pServerInfo)
{
    if (!pServerInfo)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    const MPRAPI_OBJECT_HEADER *header = &pServerInfo->Header;
    DWORD code = ERROR_INVALID_PARAMETER;
    if (tunnels_is_server(header))
        code = get_server(p, tunnels_wire_revision(header), pServerInfo);
    pool_unref(p);
    return code;
}

/* Into memory for the largest request, which is far more than a stack should hold. */
static uint32_t make_request(const void *config, uint8_t *stub, size_t *len)
{
    struct dim_server_ex *s = malloc(sizeof *s);

    if (!s)
        return ERROR_NOT_ENOUGH_MEMORY;
    uint32_t code = tunnels_from_set_config(config, s);
    if (code == NO_ERROR) {
        *len = dim_req_server_set_ex(stub, RPC_REQUEST_STUB_MAX, s);
        code = *len ? NO_ERROR : ERROR_INVALID_PARAMETER;
    }
    free(s);
    return code;
}

static uint32_t set_server(struct pool *p, const void *config)
{
    size_t len = 0;
    uint8_t *stub = malloc(RPC_REQUEST_STUB_MAX);

    if (!stub)
        return ERROR_NOT_ENOUGH_MEMORY;
    uint32_t code = make_request(config, stub, &len);
    if (code == NO_ERROR)
        code = answer_ex_code(call_order_stub(p, DIM_SERVER_SET_INFO_EX, stub, len, false));
    free(stub);
    return code;
}

DWORD APIENTRY MprAdminServerSetInfoEx(MPR_SERVER_HANDLE hMprServer, MPR_SERVER_SET_CONFIG_EX *pServerInfo)
{
    if (!pServerInfo)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = ERROR_INVALID_PARAMETER;
    if (tunnels_is_set_config(&pServerInfo->Header))
        code = set_server(p, pServerInfo);
    pool_unref(p);
    return code;
}
