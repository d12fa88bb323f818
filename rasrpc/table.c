/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, and those of them that have little to say (MS-RRASM 3.3.4). */
#include <stdlib.h>

#include <raserror.h>
#include <winerror.h>

#include "rasrpc/layout.h"
#include "rasrpc/run.h"
#include "rpc/fault.h"

#define PID_IP        0x21u
#define PID_IPV6      0x57u
#define PROTOCOL_IPV4 4u
#define PROTOCOL_IPV6 8u
#define MODE_LOGON    2u /* the only dwMode that may come from afar */

/* This system has no phonebook. */
static void delete_entry(struct rasrpc_run *run)
{
    rpc_wr_u32(&run->out, ERROR_CANNOT_FIND_PHONEBOOK_ENTRY);
}

/* Nobody has preferred anything. */
static void get_user_preferences(struct rasrpc_run *run)
{
    rpc_wr_zero(&run->out, RASRPC_PBUSER_SIZE);
    rpc_wr_u32(&run->out, run->args.dword[0] == MODE_LOGON ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER);
}

static void set_user_preferences(struct rasrpc_run *run)
{
    rpc_wr_u32(&run->out, run->args.dword[0] == MODE_LOGON ? ERROR_NOT_SUPPORTED : ERROR_INVALID_PARAMETER);
}

/* There is no such directory: an empty text, and 0 characters, which stands for a failure. */
static void get_system_directory(struct rasrpc_run *run)
{
    rpc_wr_u32(&run->out, run->args.directory_units);
    rpc_wr_u32(&run->out, 0);
    rpc_wr_u32(&run->out, 1);
    rpc_wr_u16(&run->out, 0);
    rpc_wr_u32(&run->out, 0);
}

/* This server dials nobody, so only those who come in or are routed have protocols. */
static void get_installed_protocols(struct rasrpc_run *run)
{
    const struct dim_backend *b = run->backend;
    const uint32_t *for_router = &run->args.dword[0], *for_server = &run->args.dword[2];
    uint32_t bits = 0;
    if (*for_router != 0 || *for_server != 0) {
        bits |= b->has_transport(b->ctx, PID_IP) ? PROTOCOL_IPV4 : 0;
        bits |= b->has_transport(b->ctx, PID_IPV6) ? PROTOCOL_IPV6 : 0;
    }
    rpc_wr_u32(&run->out, bits);
}

static void get_version(struct rasrpc_run *run)
{
    rpc_wr_u32(&run->out, RASRPC_VERSION);
    rpc_wr_u32(&run->out, ERROR_SUCCESS);
}

#define ROW(opnum, name, in, room, handler) [opnum] = {{opnum, name, DIM_RIGHT_ADMIN, false, NULL}, in, room, handler}

/* clang-format off */
static const struct rasrpc_row rows[RASRPC_OPNUMS] = {
    ROW(RASRPC_DELETE_ENTRY,               "RasRpcDeleteEntry",             "ss",  4,                      delete_entry),
    ROW(RASRPC_GET_USER_PREFERENCES,       "RasRpcGetUserPreferences",      "ud",  RASRPC_PBUSER_SIZE + 4, get_user_preferences),
    ROW(RASRPC_SET_USER_PREFERENCES,       "RasRpcSetUserPreferences",      "ud",  4,                      set_user_preferences),
    ROW(RASRPC_GET_SYSTEM_DIRECTORY,       "RasRpcGetSystemDirectory",      "b",   20,                     get_system_directory),
    ROW(RASRPC_SUBMIT_REQUEST,             "RasRpcSubmitRequest",           "q",   19,                     rasrpc_submit),
    ROW(RASRPC_GET_INSTALLED_PROTOCOLS_EX, "RasRpcGetInstalledProtocolsEx", "ddd", 4,                      get_installed_protocols),
    ROW(RASRPC_GET_VERSION,                "RasRpcGetVersion",              "d",   8,                      get_version),
};
/* clang-format on */

const struct rasrpc_row *rasrpc_row(uint16_t opnum)
{
    return opnum < RASRPC_OPNUMS && rows[opnum].op.name ? &rows[opnum] : NULL;
}

const struct dim_op *rasrpc_op(uint16_t opnum)
{
    const struct rasrpc_row *row = rasrpc_row(opnum);
    return row ? &row->op : NULL;
}

bool rasrpc_prepare(struct rasrpc_run *run, const struct dim_backend *backend, void *user, uint16_t opnum,
                    struct rpc_rd *rd, uint32_t *fault)
{
    const struct rasrpc_row *row = rasrpc_row(opnum);
    *run = (struct rasrpc_run){.backend = backend, .user = user};
    *fault = row ? rasrpc_request_decode(rd, row->in, &run->args) : RPC_FAULT_OP_RANGE;
    if (*fault != 0)
        return false;
    run->op = &row->op;
    return true;
}

uint32_t rasrpc_carry_out(struct rasrpc_run *run)
{
    const struct dim_backend *b = run->backend;
    const struct rasrpc_row *row = rasrpc_row(run->op->opnum);
    if (!row) /* can't be after rasrpc_prepare(), which only we know */
        return RPC_FAULT_OP_RANGE;
    bool nothing = row->op.opnum == RASRPC_SUBMIT_REQUEST && rasrpc_submit_is_nothing(&run->args);
    if (!nothing && !b->allowed(b->ctx, run->user, run->op))
        return RPC_FAULT_ACCESS_DENIED;
    size_t room = row->room + run->args.size;
    run->stub = malloc(room);
    if (!run->stub)
        return RPC_FAULT_NO_MEMORY;
    run->out = rpc_wr_init(run->stub, room);
    row->handler(run);
    return rpc_wr_ok(&run->out) ? 0 : RPC_FAULT_NO_MEMORY;
}
