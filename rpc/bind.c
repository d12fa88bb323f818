/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind, alter_context and auth3 (C706 12.6.4.3, MS-RPCE 3.3.1.5): how they are read and answered. A refused bind is
 * answered with bind_nak, a refused alter_context with a fault; both end the association.
 */
#include <errno.h>
#include <stdlib.h>

#include "rpc/bind.h"

/* A bind, alter_context or auth3 whose leg has no outcome yet. The bytes of its PDU are gone. */
struct rpc_put_off {
    struct rpc_pdu pdu;
    struct rpc_bind bind;
    bool auth3;
};

/* ---- refusals ---- */

int rpc_server_nak(struct rpc_server *s, uint32_t call_id, enum rpc_nak_reason nak, const char *reason)
{
    struct rpc_call *call = rpc_call_new(s, call_id);
    if (!call || rpc_call_reserve(call, RPC_BIND_NAK_SIZE) < 0) {
        if (call)
            rpc_call_release(call);
        return rpc_server_fail(s, -ENOMEM, "no memory for a bind_nak");
    }
    memset(call->buf, 0, RPC_BIND_NAK_SIZE);
    rpc_pdu_put_header(call->buf, RPC_PTYPE_BIND_NAK, RPC_PFC_FIRST | RPC_PFC_LAST, RPC_BIND_NAK_SIZE, 0, call_id);
    rpc_put_u16(call->buf + 16, (uint16_t)nak);
    call->buf[18] = 1; /* one version is supported: 5.0 */
    call->buf[19] = 5;
    rpc_call_enqueue(call);
    rpc_call_pdu(call, RPC_BIND_NAK_SIZE);
    return rpc_server_fail(s, -EPROTO, reason);
}

int rpc_bind_fault(struct rpc_server *s, const struct rpc_pdu *pdu, uint32_t status, const char *reason)
{
    /* As unprotected as what it answers: its sender can't know yet that a context is complete. */
    int rc = rpc_server_fault(s, NULL, pdu->call_id, 0, status, true);
    return rc < 0 ? rc : rpc_server_fail(s, -EPROTO, reason);
}

int rpc_bind_refuse(struct rpc_server *s, const struct rpc_bind *b, enum rpc_nak_reason nak, const char *reason)
{
    if (!b->alter)
        return rpc_server_nak(s, b->pdu->call_id, nak, reason);
    return rpc_bind_fault(s, b->pdu, nak == RPC_NAK_CHECKSUM ? RPC_FAULT_SEC_PKG_ERROR : RPC_FAULT_PROTO_ERROR, reason);
}

/* ---- reading ---- */

static bool is_feature(const uint8_t *syntax, bool big)
{
    struct rpc_rd wire = rpc_rd_init(syntax, RPC_SYNTAX_SIZE, big);
    struct rpc_rd known = rpc_rd_init(rpc_feature_prefix, sizeof rpc_feature_prefix, false);
    bool same = rpc_rd_u32_raw(&wire) == rpc_rd_u32_raw(&known);
    same = rpc_rd_u16_raw(&wire) == rpc_rd_u16_raw(&known) && same;
    same = rpc_rd_u16_raw(&wire) == rpc_rd_u16_raw(&known) && same;
    (void)rpc_rd_bytes(&wire, 8);
    return same && rpc_rd_u32_raw(&wire) == 1; /* version 1.0 */
}

static bool syntax_equal(const struct rpc_syntax *a, const struct rpc_syntax *b)
{
    return rpc_uuid_equal(&a->uuid, &b->uuid) && a->major == b->major && a->minor == b->minor;
}

/* 0, or the reason to refuse the whole bind. Bad cursors are left to the caller. */
static int read_element(struct rpc_rd *r, struct rpc_bind_element *e)
{
    e->id = rpc_rd_u16_raw(r);
    unsigned transfers = rpc_rd_u8(r);
    (void)rpc_rd_u8(r);
    e->abstract = rpc_rd_syntax(r);
    if (!rpc_rd_ok(r))
        return -EBADMSG;
    if (transfers == 0)
        return -ENOENT;
    if (transfers > RPC_TRANSFER_SYNTAXES_MAX)
        return -E2BIG;
    for (unsigned i = 0; i < transfers; i++) {
        const uint8_t *p = rpc_rd_bytes(r, RPC_SYNTAX_SIZE);
        if (!p)
            return -EBADMSG;
        if (i == 0 && is_feature(p, r->big)) {
            e->feature = true;
            e->features = (uint16_t)(p[8] | p[9] << 8); /* bits of bytes, whatever the byte order */
        }
        struct rpc_rd one = rpc_rd_init(p, RPC_SYNTAX_SIZE, r->big);
        struct rpc_syntax transfer = rpc_rd_syntax(&one);
        e->ndr20 |= syntax_equal(&transfer, &rpc_ndr20);
        e->ndr64 |= syntax_equal(&transfer, &rpc_ndr64);
    }
    return 0;
}

static int read_elements(struct rpc_rd *r, struct rpc_bind *b)
{
    unsigned features = 0;
    if (b->n == 0)
        return -ENOENT;
    if (b->n > RPC_BIND_ELEMENTS_MAX)
        return -E2BIG;
    for (size_t i = 0; i < b->n; i++) {
        int rc = read_element(r, &b->elements[i]);
        if (rc < 0)
            return rc;
        if (b->elements[i].feature && ++features > 1)
            return -ENOENT;
    }
    return 0;
}

static int read_bind(struct rpc_server *s, struct rpc_bind *b)
{
    const struct rpc_pdu *pdu = b->pdu;
    size_t end = pdu->frag_length;
    if (pdu->auth_length) {
        /* The padding is only looked at for its bounds, which are those of a request: the elements say how many they
         * are, and some clients count their bytes as padding. */
        if (rpc_pdu_verifier(pdu, RPC_CALL_HEADER_SIZE, &b->verifier) < 0)
            return rpc_bind_refuse(s, b, RPC_NAK_PROTOCOL, "more auth padding than bind");
        b->has_verifier = true;
        end = b->verifier.trailer;
    }
    struct rpc_rd r = rpc_rd_init(pdu->bytes, end, pdu->big);
    (void)rpc_rd_bytes(&r, RPC_HEADER_SIZE);
    b->max_xmit = rpc_rd_u16_raw(&r);
    b->max_recv = rpc_rd_u16_raw(&r);
    b->group = rpc_rd_u32_raw(&r);
    b->n = rpc_rd_u8(&r);
    (void)rpc_rd_bytes(&r, 3);
    switch (read_elements(&r, b)) {
    case 0:
        return 0;
    case -ENOENT:
        return rpc_bind_refuse(s, b, RPC_NAK_NOT_SPECIFIED,
                               "a bind without contexts or transfer syntaxes, or with two features");
    case -E2BIG:
        return rpc_bind_refuse(s, b, RPC_NAK_LOCAL_LIMIT, "too many contexts or transfer syntaxes");
    default:
        return rpc_bind_refuse(s, b, RPC_NAK_PROTOCOL, "a bind that ends early");
    }
}

static int put_off(struct rpc_server *s, const struct rpc_bind *b, bool auth3)
{
    struct rpc_put_off *p = malloc(sizeof *p);
    if (!p)
        return rpc_server_fail(s, -ENOMEM, "no memory for a bind");
    *p = (struct rpc_put_off){.pdu = *b->pdu, .bind = *b, .auth3 = auth3};
    p->pdu.bytes = NULL;
    p->bind.pdu = &p->pdu;
    s->put_off = p;
    return 0;
}

void rpc_server_forget_leg(struct rpc_server *s)
{
    free(s->put_off);
    s->put_off = NULL;
}

/* It has no answer: a failure is told with the first request (MS-RPCE 3.3.1.5.2.2). An exchange that has something more
 * to say to the client has failed as well, for the client can't be through with it. */
static int end_auth3(const struct rpc_bind *b)
{
    if (b->security->state != RPC_SECURITY_DONE || b->token_len > 0)
        b->security->state = RPC_SECURITY_FAILED;
    return 0;
}

int rpc_server_auth3(struct rpc_server *s, struct rpc_pdu *pdu)
{
    struct rpc_bind b = {.pdu = pdu};
    bool has = pdu->auth_length && rpc_pdu_verifier(pdu, RPC_AUTH3_FIXED, &b.verifier) == 0;
    b.security = has ? rpc_server_security(s, &b.verifier) : NULL;
    if (!b.security || b.security->state != RPC_SECURITY_LEGS)
        return rpc_bind_fault(s, pdu, RPC_FAULT_PROTO_ERROR, "an auth3 that belongs to no authentication");
    (void)rpc_security_step(b.security, b.verifier.token, b.verifier.token_len, &b.token, &b.token_len);
    return b.security->state == RPC_SECURITY_WAITING ? put_off(s, &b, true) : end_auth3(&b);
}

/* ---- answers ---- */

static unsigned ack_flags(const struct rpc_server *s, const struct rpc_bind *b)
{
    unsigned flags = RPC_PFC_FIRST | RPC_PFC_LAST;
    if (!b->alter && s->multiplex)
        flags |= RPC_PFC_CONC_MPX;
    /* Without authentication there is nothing to sign, and the offer is returned as Windows does. */
    const struct rpc_security *security = b->security || !s->n_securities ? b->security : &s->securities[0];
    if (b->pdu->flags & RPC_PFC_HEADER_SIGN && (!security || security->sign_header))
        flags |= RPC_PFC_HEADER_SIGN;
    return flags;
}

static void put_result(struct rpc_wr *w, const struct rpc_bind_result *result)
{
    static const struct rpc_syntax none;
    rpc_wr_u16_raw(w, result->result);
    rpc_wr_u16_raw(w, result->reason);
    rpc_wr_syntax(w, result->result == RPC_RESULT_ACCEPT ? &rpc_ndr20 : &none);
}

static int acknowledge(struct rpc_server *s, struct rpc_bind *b)
{
    const char *addr = b->alter ? "" : s->config->sec_addr;
    size_t addr_len = *addr ? strlen(addr) + 1 : 0;
    size_t most = RPC_BIND_FIXED + addr_len + 4 + b->n * RPC_RESULT_SIZE + RPC_TRAILER_SIZE + b->token_len;
    struct rpc_call *call = rpc_call_new(s, b->pdu->call_id);
    if (!call || rpc_call_reserve(call, most) < 0) {
        if (call)
            rpc_call_release(call);
        return rpc_server_fail(s, -ENOMEM, "no memory for a bind_ack");
    }
    struct rpc_wr w = rpc_wr_init(call->buf, most);
    rpc_wr_zero(&w, RPC_HEADER_SIZE);
    rpc_wr_u16_raw(&w, s->max_frag);
    rpc_wr_u16_raw(&w, s->max_frag);
    rpc_wr_u32_raw(&w, s->group);
    rpc_wr_u16_raw(&w, (uint16_t)addr_len);
    rpc_wr_bytes(&w, addr, addr_len);
    rpc_wr_align(&w, 4);
    rpc_wr_u32_raw(&w, (uint32_t)b->n); /* and three reserved bytes */
    for (size_t i = 0; i < b->n; i++)
        put_result(&w, &b->results[i]);
    if (b->has_verifier)
        (void)rpc_security_put_token(b->security, rpc_wr_room(&w, RPC_TRAILER_SIZE + b->token_len), 0, b->token,
                                     b->token_len);
    rpc_pdu_put_header(call->buf, b->alter ? RPC_PTYPE_ALTER_CONTEXT_RESP : RPC_PTYPE_BIND_ACK, ack_flags(s, b), w.pos,
                       b->token_len, b->pdu->call_id);
    rpc_call_enqueue(call);
    rpc_call_pdu(call, w.pos);
    return s->error;
}

static int answer(struct rpc_server *s, struct rpc_bind *b)
{
    bool waits = b->security && b->security->state == RPC_SECURITY_WAITING;
    return waits ? put_off(s, b, false) : acknowledge(s, b);
}

/* The outcome of a leg that was put off. */
static void go_on(struct rpc_server *s, struct rpc_put_off *p)
{
    struct rpc_bind *b = &p->bind;
    int rc = rpc_security_result(b->security, &b->token, &b->token_len);
    if (p->auth3)
        (void)end_auth3(b);
    else if (rc < 0)
        (void)rpc_bind_refuse(s, b, RPC_NAK_CHECKSUM, "the authentication failed");
    else
        (void)answer(s, b);
}

void rpc_server_auth_ready(struct rpc_server *s)
{
    struct rpc_put_off *p = s->put_off;
    s->put_off = NULL;
    if (p && !s->error)
        go_on(s, p);
    free(p);
}

/* ---- the PDUs ---- */

/* A peer that can't take what every implementation has to take means something else, and has it as from Windows. */
static uint16_t sensible(uint16_t size)
{
    return size < RPC_FRAG_MIN ? RPC_FRAG_FLOOR : size;
}

/* One size for both directions, as Windows does: the smallest of all, and a multiple of 8. */
static uint16_t agree(const struct rpc_server *s, const struct rpc_bind *b)
{
    uint16_t size = s->config->max_frag, xmit = sensible(b->max_xmit), recv = sensible(b->max_recv);
    size = xmit < size ? xmit : size;
    size = recv < size ? recv : size;
    return size & 0xfff8;
}

int rpc_server_bind(struct rpc_server *s, struct rpc_pdu *pdu)
{
    struct rpc_bind b = {.pdu = pdu};
    if (s->bound)
        return rpc_server_nak(s, pdu->call_id, RPC_NAK_NOT_SPECIFIED, "a second bind");
    int rc = read_bind(s, &b);
    if (rc < 0)
        return rc;
    if (!rpc_group_join(s, b.group))
        return rpc_server_nak(s, pdu->call_id, RPC_NAK_NOT_SPECIFIED, "an association group that there is not");
    s->max_frag = agree(s, &b);
    s->multiplex = pdu->flags & RPC_PFC_CONC_MPX;
    rc = rpc_bind_negotiate(s, &b);
    if (rc == 0)
        rc = rpc_bind_authenticate(s, &b);
    if (rc < 0)
        return rc;
    s->bound = true;
    return answer(s, &b);
}

int rpc_server_alter(struct rpc_server *s, struct rpc_pdu *pdu)
{
    struct rpc_bind b = {.pdu = pdu, .alter = true};
    int rc = read_bind(s, &b);
    if (rc == 0 && b.has_verifier && b.verifier.type == 0)
        rc = rpc_bind_fault(s, pdu, RPC_FAULT_ACCESS_DENIED, "a verifier of no mechanism");
    if (rc == 0)
        rc = rpc_bind_negotiate(s, &b);
    if (rc == 0)
        rc = rpc_bind_authenticate(s, &b);
    return rc < 0 ? rc : answer(s, &b);
}
