/* SPDX-License-Identifier: Apache-2.0 */
/* As dimsvc/wire.h, of rasrpc's table; refused callers get a fault. NULL where rasrpc_op() is. */
#ifndef OPENRRAS_RASRPC_WIRE_H
#define OPENRRAS_RASRPC_WIRE_H

#include "dimsvc/wire.h"

const struct dim_wire *rasrpc_wire(uint16_t opnum);

#endif
