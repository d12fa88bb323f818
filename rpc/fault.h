/* SPDX-License-Identifier: Apache-2.0 */
/* Status values of fault PDUs, and what a client's caller sees of them (MS-RPCE 2.2.2.12 and 3.3.3). */
#ifndef OPENRRAS_RPC_FAULT_H
#define OPENRRAS_RPC_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#define RPC_FAULT_ACCESS_DENIED 0x00000005u /* not, or not well enough, authenticated */
#define RPC_FAULT_BAD_STUB      0x000006f7u /* the stub does not decode */
#define RPC_FAULT_SEC_PKG_ERROR 0x00000721u /* a token, or what protects a PDU, is refused */
#define RPC_FAULT_INVALID_TAG   0x1c000006u /* union tag without an arm */
#define RPC_FAULT_CANCEL        0x1c00000du
#define RPC_FAULT_UNSPEC        0x1c000012u
#define RPC_FAULT_NO_MEMORY     0x1c00001bu
#define RPC_FAULT_OP_RANGE      0x1c010002u
#define RPC_FAULT_UNKNOWN_IF    0x1c010003u
#define RPC_FAULT_PROTO_ERROR   0x1c01000bu
#define RPC_FAULT_TOO_BUSY      0x1c010014u

/* May this status be in a fault? MS-RPCE 3.3.3.5 names those that may not, 0 among them. */
bool rpc_fault_is_sendable(uint32_t status);

/* The Win32 code (winerror.h) for a fault's status. Statuses outside the 0x1c range pass unchanged; those that must
 * never be sent (MS-RPCE 3.3.3), and 0 among them, become RPC_S_PROTOCOL_ERROR. */
uint32_t rpc_fault_to_win32(uint32_t status);

#endif
