/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pluggable step: authentication and protection of PDUs (MS-RPCE 2.2.2.11, 3.1.1.5).
 *
 * The association finds, checks and strips auth verifiers and pads what it sends; what a token means is the mechanism's
 * business. A server with no mechanism refuses each authentication type with bind_nak 8.
 *
 * Nothing here may block. A server's mechanism that has to ask a slow service answers a leg with RPC_AUTH_LATER, has
 * the work done elsewhere, and its owner then calls rpc_server_auth_ready() (rpc/server.h). Meanwhile the association
 * takes its input and looks at none of it.
 */
#ifndef OPENRRAS_RPC_AUTH_H
#define OPENRRAS_RPC_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rpc_auth_level {
    RPC_AUTH_DEFAULT = 0,
    RPC_AUTH_NONE = 1,
    RPC_AUTH_CONNECT = 2,
    RPC_AUTH_CALL = 3,
    RPC_AUTH_PACKET = 4,
    RPC_AUTH_INTEGRITY = 5,
    RPC_AUTH_PRIVACY = 6,
};

/* "privacy", as the configuration of a site and its logs call a level. */
const char *rpc_auth_level_name(enum rpc_auth_level level);

/* What step() gives when the outcome is there later: result() tells it then. For a server only. */
#define RPC_AUTH_LATER 2

/* One security context in the making or made. Each end of each connection has its own. */
struct rpc_auth;

struct rpc_auth_mech {
    uint8_t type; /* auth_type on the wire: 9 SPNEGO, 10 NTLM, 16 Kerberos */
    const char *name;
    /* It can protect header and trailer too. The association answers PFC_SUPPORT_HEADER_SIGN accordingly and tells
     * protect() and verify() what was agreed; NTLM signs the whole PDU whatever was agreed. */
    bool header_signing;

    /* A new context for `level` (never DEFAULT, NONE or CALL, which the association refuses); NULL when out of
     * memory or when the level is not offered. `user` is the association's (rpc_server_new); NULL for a client. */
    struct rpc_auth *(*create)(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server);
    /* At any time, also while a leg's outcome is awaited. */
    void (*destroy)(struct rpc_auth *a);

    /* One leg. 0: done; 1: another leg must follow; RPC_AUTH_LATER; negative errno: refused. `in` is the caller's and
     * good until this returns. *out is the mechanism's, good until the
     * next call on this context; *out_len may be 0. The client's first leg has no input. */
    int (*step)(struct rpc_auth *a, const uint8_t *in, size_t in_len, const uint8_t **out, size_t *out_len);
    /* The outcome of a leg that was put off, as step() would have given it. NULL where that never happens. */
    int (*result)(struct rpc_auth *a, const uint8_t **out, size_t *out_len);

    /* Size of the token that protects one PDU: the same for each, at most RPC_AUTH_PROTECT_MAX. Known before, because
     * the signed header carries it. */
    size_t (*token_size)(const struct rpc_auth *a);

    /* Protect a PDU that is about to be sent: header [0, body), body [body, trailer), sec_trailer 8 bytes at `trailer`;
     * write the token to `token`, which is zero and follows the trailer. `sign_header`: header and trailer are to be
     * signed too. At RPC_AUTH_PRIVACY the body is encrypted in place. 0 or negative errno. */
    int (*protect)(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                   size_t token_len);

    /* The reverse. -EBADMSG when the token does not fit. */
    int (*verify)(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, const uint8_t *token,
                  size_t token_len);
};

#endif
