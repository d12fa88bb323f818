/* SPDX-License-Identifier: Apache-2.0 */
/* A bind or alter_context that is being dealt with, on the server's side. Private to rpc/. */
#ifndef OPENRRAS_RPC_BIND_H
#define OPENRRAS_RPC_BIND_H

#include "rpc/association.h"

/* A context element. */
struct rpc_bind_element {
    uint16_t id;
    struct rpc_syntax abstract;
    bool feature;      /* not a context at all */
    uint16_t features; /* that are asked for, then; those in other bytes are all unknown */
    bool ndr20, ndr64; /* among its transfer syntaxes */
};

/* The answer to it (enum rpc_context_result). */
struct rpc_bind_result {
    uint16_t result, reason;
};

struct rpc_bind {
    const struct rpc_pdu *pdu;
    bool alter;
    uint16_t max_xmit, max_recv;
    uint32_t group;
    size_t n;
    struct rpc_bind_element elements[RPC_BIND_ELEMENTS_MAX];
    struct rpc_bind_result results[RPC_BIND_ELEMENTS_MAX];
    bool has_verifier;
    struct rpc_verifier verifier;
    struct rpc_security *security; /* that the verifier begins, or takes on */
    const uint8_t *token;          /* for the answer */
    size_t token_len;
};

/* All of these end the association when they don't give 0, which then is their answer. */

/* Refuse the PDU: bind_nak for a bind, for alter_context the fault that stands for the same. */
int rpc_bind_refuse(struct rpc_server *s, const struct rpc_bind *b, enum rpc_nak_reason nak, const char *reason);
/* Refuse an alter_context, or an auth3, with this fault. */
int rpc_bind_fault(struct rpc_server *s, const struct rpc_pdu *pdu, uint32_t status, const char *reason);

/* bind_contexts.c: define the contexts that are proposed, and fill in `results`. */
int rpc_bind_negotiate(struct rpc_server *s, struct rpc_bind *b);
/* bind_security.c: the leg that the verifier brings, if there is one; `security` and `token` are filled in. */
int rpc_bind_authenticate(struct rpc_server *s, struct rpc_bind *b);

#endif
