/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A security context of a connection, for both sides: legs, and the protection of PDUs (MS-RPCE 3.3.1.5.2). A client
 * has one; a server may have several (association.h). Where there may be none, NULL stands for it. Private to rpc/.
 */
#ifndef OPENRRAS_RPC_SECURITY_H
#define OPENRRAS_RPC_SECURITY_H

#include "rpc/auth.h"
#include "rpc/pdu.h"

enum rpc_security_state {
    RPC_SECURITY_NONE,
    RPC_SECURITY_LEGS,    /* the exchange is under way */
    RPC_SECURITY_WAITING, /* for the outcome of a leg */
    RPC_SECURITY_DONE,
    RPC_SECURITY_FAILED, /* after auth3, which has no answer: told with the first request */
};

struct rpc_security {
    enum rpc_security_state state;
    const struct rpc_auth_mech *mech;
    struct rpc_auth *context;
    enum rpc_auth_level level;
    uint32_t context_id;
    bool sign_header; /* agreed with PFC_SUPPORT_HEADER_SIGN */
    unsigned legs;
};

void rpc_security_clear(struct rpc_security *s);

/* Does every PDU carry a token? At the levels below, verifiers are optional and their tokens mean nothing. */
bool rpc_security_protects(const struct rpc_security *s);

/* Does a verifier name this context? */
bool rpc_security_matches(const struct rpc_security *s, const struct rpc_verifier *v);

/* One leg; the token to send is in *out until the next leg. 0, or negative errno: refused, state FAILED. */
int rpc_security_step(struct rpc_security *s, const uint8_t *token, size_t token_len, const uint8_t **out,
                      size_t *out_len);
/* The outcome of a leg after which the state was WAITING. */
int rpc_security_result(struct rpc_security *s, const uint8_t **out, size_t *out_len);

/* What protection adds to a PDU whose stub has n bytes: padding, trailer and token. */
size_t rpc_security_pad(const struct rpc_security *s, size_t n);
size_t rpc_security_overhead(const struct rpc_security *s); /* without padding */

/* Finish a PDU of `len` bytes with the protected part from `body` on: padding, trailer, token, lengths in the header.
 * There must be room. Gives the PDU's length; 0 when the mechanism fails. */
size_t rpc_security_seal(struct rpc_security *s, uint8_t *pdu, size_t body, size_t len);

/* The reverse for a PDU that was received, in place. 0 or -EBADMSG. */
int rpc_security_open(struct rpc_security *s, uint8_t *pdu, size_t body, const struct rpc_verifier *v);

/* The largest multiple that leaves every fragment but the last without padding. */
size_t rpc_security_fragment(const struct rpc_security *s, size_t max_frag);

/* Write sec_trailer and token at dst; gives their size. */
size_t rpc_security_put_token(const struct rpc_security *s, uint8_t *dst, uint8_t pad, const uint8_t *token, size_t n);

#endif
