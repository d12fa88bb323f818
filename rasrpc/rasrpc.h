/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasrpc, the interface to the RAS manager (MS-RRASM 3.3.4), server side. Consoles and installers use it beside dimsvc
 * to look at devices and ports; libmprapi does not, since no function of mprapi.h ends in it, so there is no client
 * half. No I/O and no state: what it knows it asks the backend of dimsvc.
 *
 * Two things differ from dimsvc: who may not do something gets a fault (RPC_FAULT_ACCESS_DENIED) rather than a code,
 * and there is no LAN-only check. Every operation wants DIM_RIGHT_ADMIN, as the specification has it.
 */
#ifndef OPENRRAS_RASRPC_RASRPC_H
#define OPENRRAS_RASRPC_RASRPC_H

#include "dimsvc/dimsvc.h"
#include "rpc/server.h"

extern const struct rpc_syntax rasrpc_syntax; /* 20610036-fa22-11cf-9823-00a0c911e5df 1.0 */

/* Those that are not named are reserved: a fault, RPC_FAULT_OP_RANGE, as those from RASRPC_OPNUMS on. */
enum rasrpc_opnum {
    RASRPC_DELETE_ENTRY = 5,
    RASRPC_GET_USER_PREFERENCES = 9,
    RASRPC_SET_USER_PREFERENCES = 10,
    RASRPC_GET_SYSTEM_DIRECTORY = 11,
    RASRPC_SUBMIT_REQUEST = 12,
    RASRPC_GET_INSTALLED_PROTOCOLS_EX = 14,
    RASRPC_GET_VERSION = 15,
    RASRPC_OPNUMS = 17,
};

/* The table; NULL of reserved numbers and from RASRPC_OPNUMS on. */
const struct dim_op *rasrpc_op(uint16_t opnum);

/* The interface for rpc_server_config, bound to a backend that must outlive it. */
struct rpc_interface rasrpc_interface(const struct dim_backend *backend);

#endif
