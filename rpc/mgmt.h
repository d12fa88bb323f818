/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The management interface that every DCE/RPC endpoint offers (C706 appendix Q),
 * afa8bd80-7d8a-11c9-bef4-08002b102989 1.0: inq_if_ids, inq_stats, is_server_listening, stop_server_listening
 * (refused), inq_princ_name.
 */
#ifndef OPENRRAS_RPC_MGMT_H
#define OPENRRAS_RPC_MGMT_H

#include "rpc/server.h"

#define RPC_MGMT_OPNUMS 5u
extern const struct rpc_syntax rpc_mgmt_syntax;

/* Answers one mgmt call for an association with this configuration; used by the association itself. */
void rpc_mgmt_dispatch(const struct rpc_server_config *config, const struct rpc_server_stats *stats,
                       struct rpc_call *call);

#endif
