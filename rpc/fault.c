/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/fault.h"

#include <stddef.h>

#include <winerror.h>

bool rpc_fault_is_sendable(uint32_t status)
{
    static const uint32_t never[] = {
        0,           0x80000001u, 0x80000002u, 0x80000003u, 0xc0000005u, 0xc0000006u, 0xc000001du,
        0xc0000096u, 0xc00000aau, 0xc00000fdu, 0xc0000194u, 0xc0000235u, 0xc0000409u, 0xc0000420u,
    };
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (status == never[i])
            return false;
    return true;
}

static const struct {
    uint32_t status, win32;
} map[] = {
    {RPC_FAULT_INVALID_TAG, RPC_S_INVALID_TAG},
    {0x1c000007u, RPC_S_INVALID_BOUND},  /* nca_s_fault_invalid_bound */
    {0x1c000008u, RPC_S_PROTOCOL_ERROR}, /* nca_rpc_version_mismatch */
    {0x1c000009u, RPC_S_CALL_FAILED},    /* nca_unspec_reject */
    {RPC_FAULT_CANCEL, RPC_S_CALL_CANCELLED},
    {RPC_FAULT_UNSPEC, RPC_S_CALL_FAILED},
    {0x1c00001au, ERROR_INVALID_HANDLE}, /* nca_s_fault_context_mismatch */
    {RPC_FAULT_NO_MEMORY, RPC_S_SERVER_OUT_OF_MEMORY},
    {0x1c00001cu, RPC_S_PROTOCOL_ERROR},          /* nca_invalid_pres_context_id */
    {0x1c00001du, RPC_S_UNSUPPORTED_AUTHN_LEVEL}, /* nca_unsupported_authn_level */
    {0x1c010001u, RPC_S_COMM_FAILURE},            /* nca_s_comm_failure */
    {RPC_FAULT_OP_RANGE, RPC_S_PROCNUM_OUT_OF_RANGE},
    {RPC_FAULT_UNKNOWN_IF, RPC_S_UNKNOWN_IF},
    {0x1c010009u, RPC_S_CALL_FAILED}, /* nca_you_crashed */
    {RPC_FAULT_PROTO_ERROR, RPC_S_PROTOCOL_ERROR},
    {0x1c010013u, RPC_S_SERVER_OUT_OF_MEMORY}, /* nca_out_args_too_big */
    {RPC_FAULT_TOO_BUSY, RPC_S_SERVER_TOO_BUSY},
    {0x1c010017u, RPC_S_UNSUPPORTED_TYPE}, /* nca_unsupported_type */
};

uint32_t rpc_fault_to_win32(uint32_t status)
{
    if (!rpc_fault_is_sendable(status))
        return RPC_S_PROTOCOL_ERROR;
    for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
        if (map[i].status == status)
            return map[i].win32;
    /* An nca status that we don't know means nothing as a Win32 code. */
    return status >> 24 == 0x1c ? RPC_S_CALL_FAILED : status;
}
