/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests: their fragments, and dispatch. The first fragment alone says which context, operation and protection a call
 * has; the others must agree with it in everything (CVE-2021-23192 was a server that looked at each for itself).
 */
#include <errno.h>
#include <stdlib.h>

#include "rpc/association.h"

struct fragment {
    struct rpc_pdu *pdu;
    uint16_t context_id, opnum;
    size_t body; /* size of its header */
    const uint8_t *stub;
    size_t stub_len;
    bool has_verifier;
    struct rpc_verifier verifier;
    struct rpc_security *security; /* that the verifier names, or NULL; without one the first, if there is any */
};

/* ---- refusals ---- */

int rpc_server_fault(struct rpc_server *s, struct rpc_security *security, uint32_t call_id, uint16_t context_id,
                     uint32_t status, bool did_not_execute)
{
    struct rpc_call *call = rpc_call_new(s, call_id);
    if (!call)
        return rpc_server_fail(s, -ENOMEM, "no memory for a fault");
    call->security = security;
    call->context_id = context_id;
    rpc_call_enqueue(call);
    rpc_call_fault(call, status, did_not_execute);
    return s->error;
}

/* A fault, and the end of the association. Without protection, as Windows does: the two sides do not agree on a
 * security context any more, or on its sequence. */
static int fault_and_close(struct rpc_server *s, uint32_t call_id, uint16_t context_id, uint32_t status,
                           const char *reason)
{
    int rc = rpc_server_fault(s, NULL, call_id, context_id, status, false);
    return rc < 0 ? rc : rpc_server_fail(s, -EPROTO, reason);
}

static int deny(struct rpc_server *s, const struct fragment *f, const char *reason)
{
    return fault_and_close(s, f->pdu->call_id, f->context_id, RPC_FAULT_ACCESS_DENIED, reason);
}

/* A first fragment that gets a fault instead of a call; the connection goes on, and so may the client with what is left
 * of that request. */
static int refuse(struct rpc_server *s, const struct fragment *f, uint16_t context_id, uint32_t status)
{
    s->leftovers = !(f->pdu->flags & RPC_PFC_LAST);
    return rpc_server_fault(s, f->security, f->pdu->call_id, context_id, status, true);
}

/* ---- reading ---- */

static int read_fragment(struct rpc_server *s, struct rpc_pdu *pdu, struct fragment *f)
{
    *f = (struct fragment){.pdu = pdu, .body = rpc_pdu_request_body(pdu)};
    struct rpc_rd r = rpc_rd_init(pdu->bytes, f->body, pdu->big);
    (void)rpc_rd_bytes(&r, RPC_HEADER_SIZE);
    (void)rpc_rd_u32_raw(&r); /* alloc_hint: a claim that nothing here needs */
    f->context_id = rpc_rd_u16_raw(&r);
    f->opnum = rpc_rd_u16_raw(&r);
    f->has_verifier = pdu->auth_length > 0;
    if (!f->has_verifier)
        f->security = rpc_server_first_security(s);
    else if (rpc_pdu_verifier(pdu, f->body, &f->verifier) == 0)
        f->security = rpc_server_security(s, &f->verifier);
    else
        return fault_and_close(s, pdu->call_id, 0, RPC_FAULT_PROTO_ERROR, "more auth padding than stub");
    return 0;
}

/* Does any context of the connection protect its calls? Then none may come without. */
static bool is_protected(const struct rpc_server *s)
{
    bool any = false;
    for (size_t i = 0; i < s->n_securities; i++)
        any |= rpc_security_protects(&s->securities[i]);
    return any;
}

/* May a call come by this context now, and by nothing else than it? */
static int check_security(struct rpc_server *s, const struct fragment *f)
{
    if (f->security && f->security->state == RPC_SECURITY_LEGS) {
        int rc = rpc_server_fault(s, NULL, f->pdu->call_id, 0, RPC_FAULT_PROTO_ERROR, true);
        return rc < 0 ? rc : rpc_server_fail(s, -EPROTO, "a request before its authentication is complete");
    }
    if (f->security && f->security->state != RPC_SECURITY_DONE)
        return deny(s, f, "a request after an authentication that has failed");
    if (f->has_verifier && !f->security)
        return deny(s, f, "a request names a security context that there is not");
    if (!f->has_verifier && is_protected(s))
        return deny(s, f, "an unprotected request on a protected connection");
    return 0;
}

/* Check its protection, and find its stub. */
static int open_fragment(struct rpc_server *s, struct fragment *f)
{
    struct rpc_pdu *pdu = f->pdu;
    struct rpc_verifier *v = &f->verifier;
    int rc = check_security(s, f);
    if (rc < 0)
        return rc;
    if (f->has_verifier && rpc_security_protects(f->security)) {
        uint8_t *own = rpc_framer_own(&s->framer, pdu);
        if (!own)
            return rpc_server_fail(s, -ENOMEM, "no memory for a PDU");
        v->token = own + v->trailer + RPC_TRAILER_SIZE;
        if (rpc_security_open(f->security, own, f->body, v) < 0)
            return fault_and_close(s, pdu->call_id, f->context_id, RPC_FAULT_SEC_PKG_ERROR,
                                   "the protection of a request does not verify");
    }
    f->stub = pdu->bytes + f->body;
    f->stub_len = (f->has_verifier ? v->trailer - v->pad : pdu->frag_length) - f->body;
    return 0;
}

bool rpc_server_is_enough(const struct rpc_server *s, const struct rpc_security *security)
{
    if (!security)
        return s->config->min_level <= RPC_AUTH_NONE;
    return security->state == RPC_SECURITY_DONE && security->level >= s->config->min_level;
}

/* ---- fragments ---- */

static int first_fragment(struct rpc_server *s, const struct fragment *f)
{
    uint32_t call_id = f->pdu->call_id;
    if (rpc_call_find(s, call_id))
        return fault_and_close(s, call_id, f->context_id, RPC_FAULT_PROTO_ERROR, "the call_id of a call under way");
    s->had_request = true;
    s->last_call_id = call_id;
    s->leftovers = false;
    const struct rpc_interface *interface = rpc_server_context(s, f->context_id);
    if (!rpc_server_is_enough(s, f->security))
        return refuse(s, f, interface ? f->context_id : 0, RPC_FAULT_ACCESS_DENIED);
    if (!interface)
        return refuse(s, f, 0, RPC_FAULT_UNKNOWN_IF);
    if (f->opnum >= interface->opnums)
        return refuse(s, f, f->context_id, RPC_FAULT_OP_RANGE);

    struct rpc_call *call = rpc_call_new(s, call_id);
    if (!call)
        return rpc_server_fail(s, -ENOMEM, "no memory for a call");
    call->interface = interface;
    call->context_id = f->context_id;
    call->opnum = f->opnum;
    call->big = f->pdu->big;
    memcpy(call->drep, f->pdu->drep, sizeof call->drep);
    call->has_verifier = f->has_verifier;
    call->security = f->security;
    s->receiving = call;
    return 0;
}

/* Does it belong to the call that is being received? Looked at before its protection, which is that call's. */
static int check_continues(struct rpc_server *s, const struct fragment *f)
{
    const struct rpc_call *call = s->receiving;
    if (call->call_id != f->pdu->call_id) {
        /* With multiplexing this is another call's affair. */
        bool own = s->multiplex;
        return fault_and_close(s, own ? f->pdu->call_id : call->call_id, own ? 0 : call->context_id,
                               RPC_FAULT_PROTO_ERROR, "a fragment of another request than the one that is incomplete");
    }
    if (f->has_verifier && f->security && f->security != call->security)
        return fault_and_close(s, call->call_id, call->context_id, RPC_FAULT_SEC_PKG_ERROR,
                               "a fragment that is protected by another context than its request");
    if (f->pdu->flags & RPC_PFC_FIRST || call->context_id != f->context_id || call->opnum != f->opnum ||
        call->has_verifier != f->has_verifier || call->security != f->security ||
        memcmp(call->drep, f->pdu->drep, sizeof call->drep) != 0)
        return fault_and_close(s, call->call_id, call->context_id, RPC_FAULT_PROTO_ERROR,
                               "a fragment that contradicts the first one");
    return 0;
}

/* Is it left over from a request that was refused or orphaned? The difference is taken modulo 2^32, as ids may wrap. */
static bool is_leftover(const struct rpc_server *s, const struct fragment *f)
{
    uint32_t behind = s->last_call_id - f->pdu->call_id;
    return s->had_request && behind < RPC_STALE_CALL_IDS && (behind > 0 || s->leftovers);
}

/* A fragment that begins no request and continues none. With multiplexing it is a matter of one call, which is judged
 * as others are; else all that comes on the connection is out of order. */
static int out_of_order(struct rpc_server *s, struct fragment *f)
{
    static const char reason[] = "a fragment of no request";
    if (!s->multiplex)
        return fault_and_close(s, f->pdu->call_id, 0, RPC_FAULT_PROTO_ERROR, reason);
    if (!rpc_server_context(s, f->context_id)) {
        /* As Windows does: without a look at its protection. So the fault has none either, for a protected one would
         * tell a client that his call, whichever somebody on the way has named, was not carried out. */
        f->security = NULL;
        return refuse(s, f, 0, RPC_FAULT_UNKNOWN_IF);
    }
    int rc = open_fragment(s, f);
    return rc < 0 ? rc : fault_and_close(s, f->pdu->call_id, f->context_id, RPC_FAULT_PROTO_ERROR, reason);
}

/* Find the call of a fragment: `receiving`, or NULL when it has none, because it was refused or is a leftover. */
static int find_call(struct rpc_server *s, struct fragment *f)
{
    bool first = f->pdu->flags & RPC_PFC_FIRST, continues = s->receiving;
    if (!continues && !first && !is_leftover(s, f))
        return out_of_order(s, f);
    int rc = continues ? check_continues(s, f) : 0;
    if (rc == 0)
        rc = open_fragment(s, f); /* a leftover too, for protected PDUs are counted */
    return rc == 0 && first ? first_fragment(s, f) : rc;
}

/* Add a fragment's stub. A request in one fragment stays where it is. */
static int append(struct rpc_server *s, struct rpc_call *call, const struct fragment *f)
{
    size_t most = s->config->max_stub ? s->config->max_stub : RPC_REQUEST_STUB_MAX;
    if (f->stub_len > most - call->stub_len)
        return fault_and_close(s, call->call_id, call->context_id, RPC_FAULT_ACCESS_DENIED, "too large a request");
    call->last_fragment = call->stub_len;
    if (f->pdu->flags & RPC_PFC_FIRST && f->pdu->flags & RPC_PFC_LAST) {
        call->stub = f->stub;
        call->stub_len = f->stub_len;
        return 0;
    }
    if (rpc_call_reserve(call, call->stub_len + f->stub_len) < 0)
        return rpc_server_fail(s, -ENOMEM, "no memory for a request");
    if (f->stub_len)
        memcpy(call->buf + call->stub_len, f->stub, f->stub_len);
    call->stub = call->buf;
    call->stub_len += f->stub_len;
    return 0;
}

static int dispatch(struct rpc_server *s, struct rpc_call *call)
{
    s->receiving = NULL;
    s->stats.calls_in++;
    rpc_call_enqueue(call);
    s->dispatching = call;
    call->interface->dispatch(call->interface->ctx, s->user, call);
    if (s->dispatching) { /* not answered yet: the stub's bytes go away now */
        call->stub = NULL;
        call->stub_len = 0;
        s->dispatching = NULL;
    }
    return s->error;
}

int rpc_server_request(struct rpc_server *s, struct rpc_pdu *pdu)
{
    struct fragment f;
    int rc = read_fragment(s, pdu, &f);
    if (rc == 0)
        rc = find_call(s, &f);
    if (rc < 0 || !s->receiving)
        return rc;
    struct rpc_call *call = s->receiving;
    rc = append(s, call, &f);
    if (rc < 0 || !(pdu->flags & RPC_PFC_LAST))
        return rc;
    return dispatch(s, call);
}
