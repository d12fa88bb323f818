/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations (MS-RRASM 3.1.4). Letters of inputs: request.h; of empty outputs: run.h. */
#include "dimsvc/run.h"

#include <mprerror.h>
#include <winerror.h>

#define VIEW  DIM_RIGHT_VIEW
#define DISC  DIM_RIGHT_DISCONNECT
#define ADMIN DIM_RIGHT_ADMIN

/* opnum, name without its leading R, right, LAN check, inputs, empty outputs, handler */
#define OP(opnum, name, right, lan, in, out, handler)                                                                  \
    [opnum] = {opnum, "R" #name, right, lan, &(const struct dim_impl){in, out, handler}}

/* clang-format off */
static const struct dim_op ops[DIM_OPNUMS] = {
    OP(0,  MprAdminServerGetInfo,            VIEW,  false, "l",     "c",    dim_server_get_info),
    OP(1,  RasAdminConnectionEnum,           VIEW,  true,  "lcpr",  "cddr", dim_connection_enum),
    OP(2,  RasAdminConnectionGetInfo,        VIEW,  true,  "lh",    "c",    dim_connection_get_info),
    OP(3,  RasAdminConnectionClearStats,     ADMIN, true,  "h",     "",     dim_connection_clear_stats),
    OP(4,  RasAdminPortEnum,                 VIEW,  true,  "lhcpr", "cddR", dim_port_enum),
    OP(5,  RasAdminPortGetInfo,              VIEW,  true,  "lh",    "c",    dim_port_get_info),
    OP(6,  RasAdminPortClearStats,           ADMIN, true,  "h",     "",     dim_port_clear_stats),
    OP(7,  RasAdminPortReset,                ADMIN, true,  "h",     "",     dim_port_reset),
    OP(8,  RasAdminPortDisconnect,           DISC,  true,  "h",     "",     dim_port_disconnect),
    OP(9,  RouterInterfaceTransportSetGlobalInfo, ADMIN, false, "ti", "",   dim_transport_set_global),
    OP(10, RouterInterfaceTransportGetGlobalInfo, VIEW,  false, "ti", "i",  dim_transport_only),
    OP(11, RouterInterfaceGetHandle,         VIEW,  false, "snf",   "d",    dim_interface_by_name),
    OP(12, RouterInterfaceCreate,            ADMIN, false, "lcn",   "d",    dim_interface_create),
    OP(13, RouterInterfaceGetInfo,           VIEW,  false, "lch",   "c",    dim_interface_get_info),
    OP(14, RouterInterfaceSetInfo,           ADMIN, false, "lch",   "",     dim_not_supported),
    OP(15, RouterInterfaceDelete,            ADMIN, false, "h",     "",     dim_not_supported),
    OP(16, RouterInterfaceTransportRemove,   ADMIN, false, "ht",    "",     dim_transport_only),
    OP(17, RouterInterfaceTransportAdd,      ADMIN, false, "hti",   "",     dim_transport_block),
    OP(18, RouterInterfaceTransportGetInfo,  VIEW,  false, "hti",   "i",    dim_transport_only),
    OP(19, RouterInterfaceTransportSetInfo,  ADMIN, false, "hti",   "",     dim_transport_block),
    OP(20, RouterInterfaceEnum,              VIEW,  false, "lcpr",  "cddr", dim_interface_enum),
    OP(21, RouterInterfaceConnect,           ADMIN, true,  "hefn",  "",     dim_interface_connect),
    OP(22, RouterInterfaceDisconnect,        ADMIN, true,  "h",     "",     dim_interface_disconnect),
    OP(23, RouterInterfaceUpdateRoutes,      ADMIN, true,  "hten",  "",     dim_interface_update_routes),
    OP(24, RouterInterfaceQueryUpdateResult, VIEW,  false, "ht",    "d",    dim_transport_only),
    OP(25, RouterInterfaceUpdatePhonebookInfo, ADMIN, false, "h",   "",     dim_not_supported),
    OP(26, MIBEntryCreate,                   ADMIN, false, "tnm",   "",     dim_transport_only),
    OP(27, MIBEntryDelete,                   ADMIN, false, "tnm",   "",     dim_transport_only),
    OP(28, MIBEntrySet,                      ADMIN, false, "tnm",   "",     dim_transport_only),
    OP(29, MIBEntryGet,                      VIEW,  false, "tnm",   "m",    dim_transport_only),
    OP(30, MIBEntryGetFirst,                 VIEW,  false, "tnm",   "m",    dim_transport_only),
    OP(31, MIBEntryGetNext,                  VIEW,  false, "tnm",   "m",    dim_transport_only),
    OP(32, MIBGetTrapInfo,                   VIEW,  false, "tnm",   "m",    dim_transport_only),
    OP(33, MIBSetTrapInfo,                   ADMIN, false, "tnenm", "m",    dim_transport_only),
    OP(34, RasAdminConnectionNotification,   ADMIN, true,  "fne",   "",     dim_connection_notification),
    OP(35, RasAdminSendUserMessage,          ADMIN, true,  "hs",    "",     dim_send_user_message),
    OP(36, RouterDeviceEnum,                 VIEW,  false, "lcn",   "cd",   dim_device_enum),
    OP(37, RouterInterfaceTransportCreate,   ADMIN, false, "tsis",  "",     dim_transport_set_global),
    OP(38, RouterInterfaceDeviceGetInfo,     VIEW,  false, "lcnh",  "c",    dim_interface_device_get),
    OP(39, RouterInterfaceDeviceSetInfo,     ADMIN, false, "lcnh",  "",     dim_not_supported),
    OP(40, RouterInterfaceSetCredentialsEx,  ADMIN, false, "lch",   "",     dim_credentials_set),
    OP(41, RouterInterfaceGetCredentialsEx,  ADMIN, false, "lch",   "c",    dim_credentials_get),
    OP(42, RasAdminConnectionRemoveQuarantine, ADMIN, false, "hf",  "",     dim_remove_quarantine),
    OP(43, MprAdminServerSetInfo,            ADMIN, false, "lc",    "",     dim_server_set_info),
    OP(44, MprAdminServerGetInfoEx,          VIEW,  false, "x",     "x",    dim_server_get_info_ex),
    OP(45, RasAdminConnectionEnumEx,         VIEW,  true,  "opr",   "ddar", dim_connection_enum_ex),
    OP(46, RasAdminConnectionGetInfoEx,      VIEW,  true,  "ho",    "e",    dim_connection_get_info_ex),
    OP(47, MprAdminServerSetInfoEx,          ADMIN, false, "y",     "",     dim_server_set_info_ex),
    OP(48, RasAdminUpdateConnection,         ADMIN, false, "hu",    "",     dim_update_connection),
    OP(49, RouterInterfaceSetCredentialsLocal, ADMIN, false, "ssss", "",    dim_interface_by_name),
    OP(50, RouterInterfaceGetCredentialsLocal, ADMIN, false, "s",   "aaa",  dim_interface_by_name),
    OP(51, RouterInterfaceGetCustomInfoEx,   VIEW,  false, "hq",    "q",    dim_custom_info_ex),
    OP(52, RouterInterfaceSetCustomInfoEx,   ADMIN, false, "hq",    "q",    dim_custom_info_ex),
};
/* clang-format on */

const struct dim_op *dim_op(uint16_t opnum)
{
    return opnum < DIM_OPNUMS ? &ops[opnum] : NULL;
}

static uint32_t check_and_handle(struct dim_run *run)
{
    const struct dim_backend *b = run->backend;
    if (!b->allowed(b->ctx, run->user, run->op))
        return ERROR_ACCESS_DENIED;
    /* This one operation looks at a parameter before it looks at the kind of router. */
    if (run->op->opnum == DIM_CONNECTION_NOTIFICATION && run->args.event == 0)
        return ERROR_INVALID_PARAMETER;
    if (run->op->lan_check && b->lan_only(b->ctx))
        return ERROR_DDM_NOT_RUNNING;
    return run->op->impl->handler(run);
}

bool dim_prepare(struct dim_run *run, const struct dim_backend *backend, void *user, uint16_t opnum, struct rpc_rd *rd)
{
    run->backend = backend;
    run->user = user;
    run->op = &ops[opnum];
    run->outcome = DIM_OUT_STUB;
    run->answered = false;
    run->referent = 0;
    run->heap = NULL;
    run->out = rpc_wr_init(run->stub, sizeof run->stub);
    run->fault = dim_request_decode(rd, run->op->impl->in, &run->args);
    if (run->fault != 0)
        run->outcome = DIM_OUT_FAULT;
    return run->fault == 0;
}

void dim_carry_out(struct dim_run *run)
{
    uint32_t code = check_and_handle(run);
    if (!run->answered)
        dim_reply_empty(run, run->op->impl->out, code);
}
