/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side: requests, and the answers to them. */
#include <errno.h>
#include <stdlib.h>

#include <winerror.h>

#include "rpc/client_state.h"

struct rpc_client *rpc_client_new(const struct rpc_client_config *config)
{
    if (config->n_interfaces == 0 || config->n_interfaces > RPC_CONTEXTS_MAX || config->max_frag < RPC_FRAG_MIN)
        return NULL;
    struct rpc_client *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->config = *config;
    c->framer.reader = (struct rpc_reader){.server = false, .max_frag = config->max_frag};
    c->framer.stream_responses = true;
    if (rpc_client_bind(c) < 0) {
        rpc_client_free(c);
        return NULL;
    }
    return c;
}

void rpc_client_free(struct rpc_client *c)
{
    if (!c)
        return;
    rpc_security_clear(&c->security);
    rpc_framer_clear(&c->framer);
    free(c->out);
    free(c);
}

enum rpc_client_state rpc_client_state(const struct rpc_client *c)
{
    return c->state;
}

bool rpc_client_has_interface(const struct rpc_client *c, size_t i)
{
    return i < c->config.n_interfaces && c->accepted[i];
}

uint32_t rpc_client_error(const struct rpc_client *c)
{
    return c->error;
}

void rpc_client_break(struct rpc_client *c, uint32_t win32)
{
    if (c->state == RPC_CLIENT_BROKEN)
        return;
    c->state = RPC_CLIENT_BROKEN;
    c->error = win32;
}

/* ---- output ---- */

uint8_t *rpc_client_room(struct rpc_client *c, size_t n)
{
    if (c->out_pos == c->out_len)
        c->out_pos = c->out_len = 0;
    if (n > c->out_cap - c->out_len) {
        size_t cap = c->out_cap ? c->out_cap : 512;
        while (cap < c->out_len + n)
            cap *= 2;
        uint8_t *out = realloc(c->out, cap);
        if (!out)
            return NULL;
        c->out = out;
        c->out_cap = cap;
    }
    return c->out + c->out_len;
}

const uint8_t *rpc_client_output(struct rpc_client *c, size_t *n)
{
    *n = c->out_len - c->out_pos;
    return *n ? c->out + c->out_pos : NULL;
}

void rpc_client_consumed(struct rpc_client *c, size_t n)
{
    size_t most = c->out_len - c->out_pos;
    c->out_pos += n < most ? n : most;
}

void rpc_client_wipe(struct rpc_client *c)
{
    if (c->out)
        explicit_bzero(c->out, c->out_cap);
    c->out_pos = c->out_len = 0;
    rpc_framer_wipe(&c->framer);
}

/* ---- requests ---- */

/* One fragment of n stub bytes, `left` of the request's with it, at `pdu`; its length, 0 when it can't be protected. */
static size_t put_request(struct rpc_client *c, uint8_t *pdu, uint16_t opnum, const uint8_t *stub, size_t n,
                          unsigned flags, size_t left)
{
    rpc_pdu_put_header(pdu, RPC_PTYPE_REQUEST, flags, RPC_CALL_HEADER_SIZE + n, 0, c->call_id);
    rpc_put_u32(pdu + 16, (uint32_t)left);
    rpc_put_u16(pdu + 20, c->context_id);
    rpc_put_u16(pdu + 22, opnum);
    if (n)
        memcpy(pdu + RPC_CALL_HEADER_SIZE, stub, n);
    return rpc_security_seal(&c->security, pdu, RPC_CALL_HEADER_SIZE, RPC_CALL_HEADER_SIZE + n);
}

static int put_fragments(struct rpc_client *c, uint16_t opnum, const uint8_t *stub, size_t n)
{
    size_t most = rpc_security_fragment(&c->security, c->max_xmit);
    size_t fragments = n / most + 1;
    size_t extra = RPC_CALL_HEADER_SIZE + RPC_AUTH_PAD_ALIGN + rpc_security_overhead(&c->security);
    uint8_t *pdu = rpc_client_room(c, n + fragments * extra); /* all of it, so that no half request is left behind */
    if (!pdu)
        return -ENOMEM;
    unsigned flags = RPC_PFC_FIRST;
    size_t sent = 0;
    do {
        size_t left = n - sent;
        size_t part = left < most ? left : most;
        if (part == left)
            flags |= RPC_PFC_LAST;
        size_t len = put_request(c, pdu, opnum, stub + sent, part, flags, left);
        if (len == 0)
            return -EIO;
        pdu += len;
        c->out_len += len;
        sent += part;
        flags = 0;
    } while (sent < n);
    return 0;
}

int rpc_client_call(struct rpc_client *c, size_t interface, uint16_t opnum, const void *stub, size_t n,
                    const struct rpc_sink *sink)
{
    static const uint8_t nothing[1];
    if (c->state != RPC_CLIENT_READY || !rpc_client_has_interface(c, interface) || n > RPC_REQUEST_STUB_MAX)
        return -EINVAL;
    c->call_id++;
    c->context_id = (uint16_t)interface;
    int rc = put_fragments(c, opnum, n ? stub : nothing, n);
    if (rc == -EIO)
        rpc_client_break(c, RPC_S_SEC_PKG_ERROR);
    if (rc < 0)
        return rc;
    c->sink = *sink;
    c->started = c->last = false;
    c->fragment_left = c->received = 0;
    c->fault = 0;
    c->did_not_execute = false;
    c->state = RPC_CLIENT_CALLING;
    return 0;
}

/* ---- answers ---- */

static void deliver(struct rpc_client *c, const uint8_t *p, size_t n)
{
    if (n == 0)
        return;
    if (n > RPC_RESPONSE_STUB_MAX - c->received) {
        rpc_client_break(c, RPC_S_PROTOCOL_ERROR);
        return;
    }
    c->received += n;
    uint32_t refused = c->sink.data(c->sink.ctx, p, n, c->big);
    if (refused)
        rpc_client_break(c, refused);
}

static void end_fragment(struct rpc_client *c)
{
    if (c->state == RPC_CLIENT_CALLING && c->last)
        c->state = RPC_CLIENT_READY;
}

/* A response's header. Its stub is in the PDU if it has a verifier, else it follows in the stream. */
static void on_response(struct rpc_client *c, struct rpc_pdu *pdu)
{
    struct rpc_rd r = rpc_rd_init(pdu->bytes, RPC_CALL_HEADER_SIZE, pdu->big);
    (void)rpc_rd_bytes(&r, 20);
    uint16_t context_id = rpc_rd_u16_raw(&r);
    bool first = pdu->flags & RPC_PFC_FIRST;
    if (context_id != c->context_id || first == c->started || (c->started && pdu->big != c->big) ||
        (pdu->auth_length == 0 && rpc_security_protects(&c->security))) {
        rpc_client_break(c, RPC_S_PROTOCOL_ERROR);
        return;
    }
    c->started = true;
    c->big = pdu->big;
    c->last = pdu->flags & RPC_PFC_LAST;
    if (pdu->auth_length == 0) {
        c->fragment_left = pdu->frag_length - RPC_CALL_HEADER_SIZE;
        if (c->fragment_left == 0)
            end_fragment(c);
        return;
    }
    struct rpc_verifier v;
    if (rpc_client_unseal(c, pdu, &v) == 0) {
        deliver(c, pdu->bytes + RPC_CALL_HEADER_SIZE, v.trailer - v.pad - RPC_CALL_HEADER_SIZE);
        end_fragment(c);
    }
}

static void on_fault(struct rpc_client *c, struct rpc_pdu *pdu)
{
    struct rpc_verifier v;
    if (pdu->auth_length && rpc_client_unseal(c, pdu, &v) < 0)
        return;
    /* It may be of a server that has no use for our protection, or of somebody on the way who tells of an order that
     * was carried out that it was refused. So nobody knows. */
    if (pdu->auth_length == 0 && c->state == RPC_CLIENT_CALLING && rpc_security_protects(&c->security)) {
        rpc_client_break(c, RPC_S_CALL_FAILED);
        return;
    }
    struct rpc_rd r = rpc_rd_init(pdu->bytes, RPC_FAULT_SIZE, pdu->big);
    (void)rpc_rd_bytes(&r, RPC_CALL_HEADER_SIZE);
    uint32_t status = rpc_rd_u32_raw(&r);
    if (c->state == RPC_CLIENT_BINDING) { /* an alter_context, so a leg, was refused */
        rpc_client_break(c, rpc_fault_to_win32(status));
        return;
    }
    c->fault = status ? status : RPC_FAULT_PROTO_ERROR;
    c->did_not_execute = pdu->flags & RPC_PFC_DID_NOT_EXECUTE;
    c->state = RPC_CLIENT_READY;
}

static void on_pdu(struct rpc_client *c, struct rpc_pdu *pdu)
{
    if (pdu->type == RPC_PTYPE_SHUTDOWN)
        return; /* a request to close soon; the server's own close follows */
    bool is_call = pdu->type == RPC_PTYPE_RESPONSE || pdu->type == RPC_PTYPE_FAULT;
    bool expected = c->state == RPC_CLIENT_CALLING ? is_call : c->state == RPC_CLIENT_BINDING;
    if (!expected || pdu->call_id != c->call_id)
        rpc_client_break(c, RPC_S_PROTOCOL_ERROR);
    else if (pdu->type == RPC_PTYPE_FAULT)
        on_fault(c, pdu);
    else if (c->state == RPC_CLIENT_CALLING)
        on_response(c, pdu);
    else
        rpc_client_bind_answer(c, pdu);
}

/* Stub bytes of a fragment whose header is done. */
static void stream(struct rpc_client *c, struct rpc_bytes *in)
{
    size_t n = c->fragment_left < in->n ? c->fragment_left : in->n;
    const uint8_t *p = in->p;
    in->p += n;
    in->n -= n;
    c->fragment_left -= n;
    deliver(c, p, n);
    if (c->fragment_left == 0)
        end_fragment(c);
}

void rpc_client_input(struct rpc_client *c, const uint8_t *data, size_t n)
{
    struct rpc_bytes in = {data, n};
    while (in.n > 0 && c->state != RPC_CLIENT_BROKEN) {
        struct rpc_pdu pdu;
        if (c->state == RPC_CLIENT_CALLING && c->fragment_left > 0) {
            stream(c, &in);
            continue;
        }
        int rc = rpc_framer_next(&c->framer, &in, &pdu);
        if (rc == -EPROTO)
            rpc_client_break(c, RPC_S_PROTOCOL_ERROR);
        else if (rc < 0)
            rpc_client_break(c, ERROR_NOT_ENOUGH_MEMORY);
        else if (rc > 0)
            on_pdu(c, &pdu);
    }
}

uint32_t rpc_client_fault(const struct rpc_client *c, bool *did_not_execute)
{
    *did_not_execute = c->did_not_execute;
    return c->fault;
}
