/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authentication mechanism for the fuzzers of rpc/, whose outcomes the input decides: the first byte of a token says
 * whether the leg is done, asks for another, comes later or is refused, and whether a protected PDU verifies. So what
 * is behind a handshake can be reached without a key. It checks what it is handed, and reads and writes each byte of
 * it.
 */
#ifndef OPENRRAS_FUZZ_MECHANISM_H
#define OPENRRAS_FUZZ_MECHANISM_H

#include "rpc/auth.h"

/* Their mech_ctx: what has happened. */
struct fuzz_mechanism {
    size_t contexts;          /* that have not been destroyed */
    size_t verified;          /* PDUs that were taken */
    enum rpc_auth_level most; /* a level above it is not offered */
};

extern const struct rpc_auth_mech fuzz_mechanism_signing; /* headers too; type 9 */
extern const struct rpc_auth_mech fuzz_mechanism_bare;    /* type 10 */

#endif
