/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side: bind, its answers, and the legs of authentication. */
#include <errno.h>

#include <winerror.h>

#include "rpc/client_state.h"

#define BIND_CALL_ID 1u

#define ELEMENT_SIZE (4 + 2 * RPC_SYNTAX_SIZE)

/* In the place of a context: where calls are protected, faults have to be as well. */
static void put_features(struct rpc_client *c, struct rpc_wr *w)
{
    rpc_wr_u16_raw(w, (uint16_t)c->config.n_interfaces);
    rpc_wr_u16_raw(w, 1);
    rpc_wr_syntax(w, &c->config.interfaces[0]);
    rpc_wr_bytes(w, rpc_feature_prefix, sizeof rpc_feature_prefix);
    rpc_wr_u16_raw(w, RPC_FEATURE_PROTECTED_FAULTS);
    rpc_wr_zero(w, 6);
    rpc_wr_u32_raw(w, 1); /* version 1.0 */
}

/* A bind, or with a later token an alter_context, which repeats the contexts. */
static int put_bind(struct rpc_client *c, enum rpc_ptype type, const uint8_t *token, size_t token_len)
{
    bool features = type == RPC_PTYPE_BIND && c->config.mech;
    size_t elements = (c->config.n_interfaces + features) * ELEMENT_SIZE;
    size_t n = RPC_BIND_FIXED + elements + (token_len ? RPC_TRAILER_SIZE + token_len : 0);
    uint8_t *pdu = rpc_client_room(c, n);
    if (!pdu)
        return -ENOMEM;
    struct rpc_wr w = rpc_wr_init(pdu, n);
    rpc_wr_zero(&w, RPC_HEADER_SIZE);
    rpc_wr_u16_raw(&w, c->config.max_frag);
    rpc_wr_u16_raw(&w, c->config.max_frag);
    rpc_wr_u32_raw(&w, 0); /* a new association group */
    rpc_wr_u32_raw(&w, (uint32_t)(c->config.n_interfaces + features));
    for (size_t i = 0; i < c->config.n_interfaces; i++) {
        rpc_wr_u16_raw(&w, (uint16_t)i);
        rpc_wr_u16_raw(&w, 1); /* one transfer syntax */
        rpc_wr_syntax(&w, &c->config.interfaces[i]);
        rpc_wr_syntax(&w, &rpc_ndr20);
    }
    if (features)
        put_features(c, &w);
    if (token_len)
        (void)rpc_security_put_token(&c->security, rpc_wr_room(&w, RPC_TRAILER_SIZE + token_len), 0, token, token_len);
    unsigned flags = RPC_PFC_FIRST | RPC_PFC_LAST | (c->security.sign_header ? RPC_PFC_HEADER_SIGN : 0);
    rpc_pdu_put_header(pdu, type, flags, n, token_len, c->call_id);
    c->out_len += n;
    return 0;
}

static int put_auth3(struct rpc_client *c, const uint8_t *token, size_t token_len)
{
    size_t n = RPC_AUTH3_FIXED + RPC_TRAILER_SIZE + token_len;
    uint8_t *pdu = rpc_client_room(c, n);
    if (!pdu)
        return -ENOMEM;
    memset(pdu, 0, RPC_AUTH3_FIXED);
    (void)rpc_security_put_token(&c->security, pdu + RPC_AUTH3_FIXED, 0, token, token_len);
    rpc_pdu_put_header(pdu, RPC_PTYPE_AUTH3, RPC_PFC_FIRST | RPC_PFC_LAST, n, token_len, BIND_CALL_ID);
    c->out_len += n;
    return 0;
}

static int begin_security(struct rpc_client *c)
{
    const struct rpc_auth_mech *mech = c->config.mech;
    if (!mech)
        return 0;
    c->security = (struct rpc_security){
        .state = RPC_SECURITY_LEGS,
        .mech = mech,
        .context = mech->create(c->config.mech_ctx, NULL, c->config.level, false),
        .level = c->config.level,
        .sign_header = mech->header_signing && c->config.level >= RPC_AUTH_INTEGRITY,
    };
    return c->security.context ? 0 : -ENOMEM;
}

int rpc_client_bind(struct rpc_client *c)
{
    const uint8_t *token = NULL;
    size_t token_len = 0;
    int rc = begin_security(c);
    if (rc == 0 && c->config.mech)
        rc = rpc_security_step(&c->security, NULL, 0, &token, &token_len);
    if (rc < 0)
        return rc;
    c->call_id = BIND_CALL_ID;
    return put_bind(c, RPC_PTYPE_BIND, token, token_len);
}

int rpc_client_unseal(struct rpc_client *c, struct rpc_pdu *pdu, struct rpc_verifier *v)
{
    uint32_t error = RPC_S_PROTOCOL_ERROR;
    if (c->security.state != RPC_SECURITY_DONE || rpc_pdu_verifier(pdu, RPC_CALL_HEADER_SIZE, v) < 0 ||
        !rpc_security_matches(&c->security, v))
        goto broken;
    if (!rpc_security_protects(&c->security))
        return 0;
    error = ERROR_NOT_ENOUGH_MEMORY;
    uint8_t *own = rpc_framer_own(&c->framer, pdu);
    if (!own)
        goto broken;
    error = RPC_S_SEC_PKG_ERROR;
    v->token = own + v->trailer + RPC_TRAILER_SIZE;
    if (rpc_security_open(&c->security, own, RPC_CALL_HEADER_SIZE, v) == 0)
        return 0;
broken:
    rpc_client_break(c, error);
    return -EBADMSG;
}

/* The server's token, and ours in return. READY when there is no more to do. */
static void next_leg(struct rpc_client *c, struct rpc_pdu *pdu)
{
    if (c->security.state == RPC_SECURITY_LEGS) {
        struct rpc_verifier v;
        const uint8_t *token;
        size_t token_len;
        if (!pdu->auth_length || rpc_pdu_verifier(pdu, RPC_HEADER_SIZE, &v) < 0 ||
            !rpc_security_matches(&c->security, &v) ||
            rpc_security_step(&c->security, v.token, v.token_len, &token, &token_len) < 0) {
            rpc_client_break(c, RPC_S_SEC_PKG_ERROR);
            return;
        }
        int rc = 0;
        if (c->security.state == RPC_SECURITY_LEGS) {
            c->call_id++;
            rc = put_bind(c, RPC_PTYPE_ALTER_CONTEXT, token, token_len);
        } else if (token_len) {
            rc = put_auth3(c, token, token_len);
        }
        if (rc < 0)
            rpc_client_break(c, ERROR_NOT_ENOUGH_MEMORY);
    }
    bool done = c->security.state == RPC_SECURITY_NONE || c->security.state == RPC_SECURITY_DONE;
    if (c->state == RPC_CLIENT_BINDING && done)
        c->state = RPC_CLIENT_READY;
}

/* ---- bind_ack ---- */

/* One result: 0 accepted, else the Win32 code for "not". */
static uint32_t read_result(struct rpc_rd *r)
{
    uint16_t result = rpc_rd_u16_raw(r);
    uint16_t reason = rpc_rd_u16_raw(r);
    struct rpc_syntax syntax = rpc_rd_syntax(r);
    if (!rpc_rd_ok(r))
        return RPC_S_PROTOCOL_ERROR;
    if (result == RPC_RESULT_ACCEPT)
        return rpc_uuid_equal(&syntax.uuid, &rpc_ndr20.uuid) && syntax.major == 2 ? 0 : RPC_S_PROTOCOL_ERROR;
    if (result == RPC_RESULT_PROVIDER_REJECT && reason == RPC_REJECT_TRANSFER_SYNTAXES)
        return RPC_S_UNSUPPORTED_TRANS_SYN;
    return RPC_S_UNKNOWN_IF;
}

/* 0, or why the association is of no use. */
static uint32_t read_ack(struct rpc_client *c, const struct rpc_pdu *pdu)
{
    struct rpc_rd r = rpc_rd_init(pdu->bytes, pdu->frag_length, pdu->big);
    (void)rpc_rd_bytes(&r, RPC_HEADER_SIZE + 2);
    uint16_t max_recv = rpc_rd_u16_raw(&r);
    (void)rpc_rd_u32_raw(&r); /* association group */
    (void)rpc_rd_bytes(&r, rpc_rd_u16_raw(&r));
    rpc_rd_align(&r, 4);
    size_t features =
        c->config.mech != NULL; /* their result is the last one, and one that does not know them is fine */
    size_t results = rpc_rd_u8(&r);
    (void)rpc_rd_bytes(&r, 3);
    if (!rpc_rd_ok(&r) || max_recv < RPC_FRAG_MIN || results != c->config.n_interfaces + features)
        return RPC_S_PROTOCOL_ERROR;
    c->max_xmit = (uint16_t)((max_recv < c->config.max_frag ? max_recv : c->config.max_frag) & ~7u);
    uint32_t refusal = 0;
    bool any = false;
    for (size_t i = 0; i < c->config.n_interfaces; i++) {
        uint32_t code = read_result(&r);
        if (code == RPC_S_PROTOCOL_ERROR)
            return code;
        c->accepted[i] = code == 0;
        any |= code == 0;
        if (!refusal)
            refusal = code;
    }
    return any ? 0 : refusal;
}

static uint32_t read_nak(const struct rpc_pdu *pdu)
{
    struct rpc_rd r = rpc_rd_init(pdu->bytes, pdu->frag_length, pdu->big);
    (void)rpc_rd_bytes(&r, RPC_HEADER_SIZE);
    switch (rpc_rd_u16_raw(&r)) {
    case RPC_NAK_LOCAL_LIMIT:
        return RPC_S_SERVER_TOO_BUSY;
    case RPC_NAK_PROTOCOL:
        return RPC_S_PROTOCOL_ERROR;
    case RPC_NAK_AUTH_TYPE:
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    case RPC_NAK_CHECKSUM:
        return RPC_S_SEC_PKG_ERROR;
    default:
        return RPC_S_CALL_FAILED_DNE;
    }
}

/*
 * Headers that are to be signed have to be signed: a bind is not protected, and whoever takes the flag out of it on its
 * way could later put another operation's number into the header of a call whose parameters he can't read.
 */
void rpc_client_bind_answer(struct rpc_client *c, struct rpc_pdu *pdu)
{
    uint32_t error = RPC_S_PROTOCOL_ERROR;
    bool after_bind = c->call_id == BIND_CALL_ID;
    if (after_bind && pdu->type == RPC_PTYPE_BIND_ACK) {
        error = read_ack(c, pdu);
        if (!error && c->security.sign_header && !(pdu->flags & RPC_PFC_HEADER_SIGN))
            error = RPC_S_UNKNOWN_AUTHN_LEVEL;
    } else if (after_bind && pdu->type == RPC_PTYPE_BIND_NAK) {
        error = read_nak(pdu);
    } else if (!after_bind && pdu->type == RPC_PTYPE_ALTER_CONTEXT_RESP) {
        error = 0;
    }
    if (error)
        rpc_client_break(c, error);
    else
        next_leg(c, pdu);
}
