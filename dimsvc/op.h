/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of a table of operations, as docs, fuzzers, tests and the audit log see it. dimsvc's table and that of our own
 * interface (rrasx/) have rows of this kind, so that rights are checked and told in one way.
 */
#ifndef OPENRRAS_DIMSVC_OP_H
#define OPENRRAS_DIMSVC_OP_H

#include <stdbool.h>
#include <stdint.h>

/* What a caller must be allowed to do. MS-RRASM knows administrators only; viewers and operators are ours. */
enum dim_right {
    DIM_RIGHT_VIEW,       /* list, read */
    DIM_RIGHT_DISCONNECT, /* end sessions */
    DIM_RIGHT_ADMIN,      /* everything else: clear statistics, change settings */
};

struct dim_impl;

struct dim_op {
    uint16_t opnum;
    const char *name; /* as in MS-RRASM: "RRasAdminPortDisconnect"; ours: "RrasxDisconnect". No two are the same */
    enum dim_right right;
    bool lan_check;              /* 903 on a server that routes between LANs only */
    const struct dim_impl *impl; /* private to dimsvc/; NULL in another interface's table */
};

#endif
