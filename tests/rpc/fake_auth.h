/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mechanism for tests only: three legs ("one", "two", "three"), a token that is a checksum of what it protects and of
 * a sequence number, and an encryption that anybody can undo. It protects nothing; it notices everything.
 */
#ifndef OPENRRAS_TESTS_RPC_FAKE_AUTH_H
#define OPENRRAS_TESTS_RPC_FAKE_AUTH_H

#include "rpc/auth.h"

#define FAKE_TYPE  9u
#define FAKE_TOKEN 12u

/* What the mechanism is made to do; its mech_ctx. */
struct fake_config {
    bool refuse_create;
    bool refuse_protect;
    bool endless;      /* each leg asks for another */
    bool later;        /* the outcome of each leg of a server comes with result() */
    unsigned legs;     /* of the client: 2 ends with the server's answer, 3 with one more token, which 4 has answered */
    size_t token_size; /* 0: FAKE_TOKEN */
    unsigned created, destroyed;
};

extern const struct rpc_auth_mech fake_mech;      /* can sign headers */
extern const struct rpc_auth_mech fake_mech_bare; /* can't; type 10 */

/* Protect a PDU by hand, as the other end with sequence number `seq`. */
void fake_protect(uint8_t *pdu, size_t body, size_t trailer, bool sign_header, bool encrypt, uint32_t seq,
                  uint8_t *token);

#endif
