/* SPDX-License-Identifier: Apache-2.0 */
/* An association with the mechanism of fake_auth.h, and PDUs that are protected by hand. */
#ifndef OPENRRAS_TESTS_RPC_SECURE_H
#define OPENRRAS_TESTS_RPC_SECURE_H

#include "fake_auth.h"
#include "peer.h"

#define CONTEXT_ID    79u                                            /* of the client's security context */
#define FAULT_FEATURE "2c1cb76c 12984045 00800000 00000000 01000000" /* protected faults */

extern const struct rpc_auth_mech *const secure_mechs[2];

struct secure {
    struct world w;
    struct fake_config fake;
    uint32_t seq; /* of the next request */
};

struct protection {
    unsigned level;
    bool sign_header;
    unsigned pad; /* 0: as it must be */
    uint32_t context_id;
    unsigned type;
};

void secure_open(struct secure *s, unsigned legs);
void secure_close(struct secure *s);
void put_auth_bind(struct bytes *in, unsigned ptype, unsigned flags, uint32_t call_id, unsigned type, unsigned level,
                   uint32_t context_id, const char *token);
void put_auth3(struct bytes *in, unsigned type, unsigned level, uint32_t context_id, const char *token);
/* The whole exchange with two legs; everything said is forgotten. */
void secure_bind(struct secure *s, unsigned flags, unsigned level);
/* The same by a client that asks for bind-time features, if any: 20 bytes in hex. */
void secure_bind_features(struct secure *s, unsigned flags, unsigned level, const char *features);
/* A protected fragment. */
void put_secured(struct secure *s, struct bytes *in, unsigned flags, uint32_t call_id, const struct protection *how,
                 const void *stub, size_t n);
/* A protected response: checked and decrypted in place, its stub without padding. */
struct seen open_response(struct world *w, size_t *pos, uint32_t call_id, const struct protection *how, uint32_t seq);

#endif
