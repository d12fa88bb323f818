/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests: their fragments, and dispatch. The first fragment alone says which context, operation and protection a call
 * has; the others must agree with it in everything (CVE-2021-23192 was a server that looked at each for itself).
 */
#include <errno.h>
#include <stdlib.h>

#include "rpc/association.h"

struct fragment {
    const struct rpc_pdu *pdu;
    uint16_t context_id, opnum;
    size_t body; /* size of its header */
    const uint8_t *stub;
    size_t stub_len;
    bool has_verifier;
    struct rpc_security *security; /* that the verifier names; without one the first, if there is any */
};

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

/* A fault, and the end of the association. */
static int fault_and_close(struct rpc_server *s, struct rpc_security *security, uint32_t call_id, uint16_t context_id,
                           uint32_t status, bool did_not_execute, const char *reason)
{
    int rc = rpc_server_fault(s, security, call_id, context_id, status, did_not_execute);
    return rc < 0 ? rc : rpc_server_fail(s, -EPROTO, reason);
}

static int protocol_error(struct rpc_server *s, const struct fragment *f, const char *reason)
{
    return fault_and_close(s, f->security, f->pdu->call_id, 0, RPC_FAULT_PROTO_ERROR, false, reason);
}

static int open_verifier(struct rpc_server *s, struct rpc_pdu *pdu, struct fragment *f)
{
    struct rpc_verifier v;
    if (rpc_pdu_verifier(pdu, f->body, &v) < 0)
        return protocol_error(s, f, "more auth padding than stub");
    struct rpc_security *security = rpc_server_security(s, &v);
    if (!security || security->state != RPC_SECURITY_DONE)
        return fault_and_close(s, f->security, pdu->call_id, f->context_id, RPC_FAULT_ACCESS_DENIED, false,
                               "a request names a security context that there is not");
    f->security = security;
    if (rpc_security_protects(security)) {
        uint8_t *own = rpc_framer_own(&s->framer, pdu);
        if (!own)
            return rpc_server_fail(s, -ENOMEM, "no memory for a PDU");
        v.token = own + v.trailer + RPC_TRAILER_SIZE;
        if (rpc_security_open(security, own, f->body, &v) < 0)
            return fault_and_close(s, f->security, pdu->call_id, f->context_id, RPC_FAULT_ACCESS_DENIED, true,
                                   "the protection of a request does not verify");
    }
    f->stub = pdu->bytes + f->body;
    f->stub_len = v.trailer - v.pad - f->body;
    f->has_verifier = true;
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

static int read_fragment(struct rpc_server *s, struct rpc_pdu *pdu, struct fragment *f)
{
    *f = (struct fragment){.pdu = pdu, .body = rpc_pdu_request_body(pdu), .security = rpc_server_first_security(s)};
    struct rpc_rd r = rpc_rd_init(pdu->bytes, f->body, pdu->big);
    (void)rpc_rd_bytes(&r, RPC_HEADER_SIZE);
    (void)rpc_rd_u32_raw(&r); /* alloc_hint: a claim that nothing here needs */
    f->context_id = rpc_rd_u16_raw(&r);
    f->opnum = rpc_rd_u16_raw(&r);
    if (pdu->auth_length)
        return open_verifier(s, pdu, f);
    if (is_protected(s))
        return fault_and_close(s, f->security, pdu->call_id, f->context_id, RPC_FAULT_ACCESS_DENIED, true,
                               "an unprotected request on a protected connection");
    f->stub = pdu->bytes + f->body;
    f->stub_len = pdu->frag_length - f->body;
    return 0;
}

/* A first fragment that gets a fault instead of a call; the connection goes on, and so may the client with what is left
 * of that request. */
static int refuse(struct rpc_server *s, const struct fragment *f, uint16_t context_id, uint32_t status)
{
    s->leftovers = !(f->pdu->flags & RPC_PFC_LAST);
    return rpc_server_fault(s, f->security, f->pdu->call_id, context_id, status, true);
}

bool rpc_server_is_enough(const struct rpc_server *s, const struct rpc_security *security)
{
    if (!security)
        return s->config->min_level <= RPC_AUTH_NONE;
    return security->state == RPC_SECURITY_DONE && security->level >= s->config->min_level;
}

static int first_fragment(struct rpc_server *s, const struct fragment *f)
{
    uint32_t call_id = f->pdu->call_id;
    if (s->receiving)
        return fault_and_close(s, s->receiving->security, s->receiving->call_id, s->receiving->context_id,
                               RPC_FAULT_PROTO_ERROR, false, "a request began before the one before it was complete");
    if (rpc_call_find(s, call_id))
        return fault_and_close(s, f->security, call_id, f->context_id, RPC_FAULT_PROTO_ERROR, false,
                               "the call_id of a call under way");
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

/* 0: it belongs to the call that is being received. 1: ignore it. */
static int later_fragment(struct rpc_server *s, const struct fragment *f)
{
    const struct rpc_call *call = s->receiving;
    if (!call) {
        /* Left over from a request that was refused or orphaned. The difference is taken modulo 2^32, as ids may wrap.
         */
        uint32_t behind = s->last_call_id - f->pdu->call_id;
        if (s->had_request && behind < RPC_STALE_CALL_IDS && (behind > 0 || s->leftovers))
            return 1;
        return protocol_error(s, f, "a fragment of no request");
    }
    if (call->call_id != f->pdu->call_id)
        return protocol_error(s, f, "a fragment of another request");
    if (call->context_id != f->context_id || call->opnum != f->opnum || call->has_verifier != f->has_verifier ||
        call->security != f->security || memcmp(call->drep, f->pdu->drep, sizeof call->drep) != 0)
        return fault_and_close(s, call->security, call->call_id, call->context_id, RPC_FAULT_PROTO_ERROR, false,
                               "a fragment that contradicts the first one");
    return 0;
}

/* Add a fragment's stub. A request in one fragment stays where it is. */
static int append(struct rpc_server *s, struct rpc_call *call, const struct fragment *f)
{
    if (f->stub_len > RPC_REQUEST_STUB_MAX - call->stub_len)
        return fault_and_close(s, call->security, call->call_id, call->context_id, RPC_FAULT_ACCESS_DENIED, false,
                               "too large a request");
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
    if (rc < 0)
        return rc;
    rc = pdu->flags & RPC_PFC_FIRST ? first_fragment(s, &f) : later_fragment(s, &f);
    if (rc != 0 || !s->receiving)
        return rc < 0 ? rc : 0;
    struct rpc_call *call = s->receiving;
    rc = append(s, call, &f);
    if (rc < 0 || !(pdu->flags & RPC_PFC_LAST))
        return rc;
    return dispatch(s, call);
}
