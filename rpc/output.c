/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output: answers become PDUs in one chunk of memory, which the peer must have taken before the next one is begun.
 * Small answers are encoded there when they are given; long ones are pulled here, each fragment straight behind its
 * header.
 */
#include <errno.h>
#include <stdlib.h>

#include "rpc/association.h"

static size_t room(const struct rpc_server *s)
{
    return RPC_OUTPUT_CHUNK - s->chunk_len;
}

static void rewind_chunk(struct rpc_server *s)
{
    if (s->chunk_pos == s->chunk_len)
        s->chunk_pos = s->chunk_len = 0;
}

/* The call whose answer has to go out next, or NULL when there is none or it is not known yet. */
static struct rpc_call *next_answer(const struct rpc_server *s)
{
    if (s->multiplex)
        return TAILQ_FIRST(&s->ready);
    struct rpc_call *call = TAILQ_FIRST(&s->calls);
    while (call && call->abandoned)
        call = TAILQ_NEXT(call, in_calls);
    return call && call->state == RPC_CALL_ANSWERED ? call : NULL;
}

bool rpc_output_is_next(const struct rpc_call *call)
{
    const struct rpc_server *s = call->server;
    if (s->multiplex)
        return TAILQ_EMPTY(&s->ready);
    const struct rpc_call *first = TAILQ_FIRST(&s->calls);
    while (first && first->abandoned)
        first = TAILQ_NEXT(first, in_calls);
    return first == call;
}

static bool fetch(struct rpc_call *call, uint8_t *dst, size_t n)
{
    if (call->answer == RPC_ANSWER_STUB) {
        if (n)
            memcpy(dst, call->reply + (call->sent - call->kept), n);
        return true;
    }
    while (n > 0) {
        size_t got = call->source.pull(call->source.ctx, dst, n);
        if (got == 0 || got > n)
            return false;
        dst += got;
        n -= got;
    }
    return true;
}

/* Seal the PDU at the end of the chunk and count it in. */
static enum rpc_emitted finish(struct rpc_call *call, uint8_t *pdu, size_t len)
{
    struct rpc_server *s = call->server;
    len = rpc_security_seal(call->security, pdu, RPC_CALL_HEADER_SIZE, len);
    if (len == 0)
        return RPC_EMIT_BROKEN;
    s->chunk_len += len;
    s->stats.pdus_out++;
    return RPC_EMIT_DONE;
}

/* A response says the low byte of its context's id only, where C706 has all of it: that is what servers of Windows do,
 * so nobody who talks to them relies on more. */
static void put_call_header(uint8_t *pdu, const struct rpc_call *call, enum rpc_ptype type, unsigned flags, size_t len,
                            size_t hint)
{
    rpc_pdu_put_header(pdu, type, flags, len, 0, call->call_id);
    rpc_put_u32(pdu + 16, hint > UINT32_MAX ? UINT32_MAX : (uint32_t)hint);
    rpc_put_u16(pdu + 20, type == RPC_PTYPE_RESPONSE ? call->context_id & 0xffu : call->context_id);
    rpc_put_u16(pdu + 22, 0); /* cancel_count and a reserved byte */
}

static bool fits(const struct rpc_call *call, size_t stub)
{
    size_t n =
        RPC_CALL_HEADER_SIZE + stub + rpc_security_pad(call->security, stub) + rpc_security_overhead(call->security);
    return n <= room(call->server);
}

static enum rpc_emitted emit_fragment(struct rpc_call *call)
{
    struct rpc_server *s = call->server;
    size_t left = call->size - call->sent;
    size_t most = rpc_security_fragment(call->security, s->max_frag);
    size_t n = left < most ? left : most;
    if (!fits(call, n))
        return RPC_EMIT_NO_ROOM;
    unsigned flags = (call->sent == 0 ? RPC_PFC_FIRST : 0) | (n == left ? RPC_PFC_LAST : 0);
    uint8_t *pdu = s->chunk + s->chunk_len;
    put_call_header(pdu, call, RPC_PTYPE_RESPONSE, flags, RPC_CALL_HEADER_SIZE + n, left);
    if (!fetch(call, pdu + RPC_CALL_HEADER_SIZE, n))
        return RPC_EMIT_BROKEN;
    call->sent += n;
    return finish(call, pdu, RPC_CALL_HEADER_SIZE + n);
}

static enum rpc_emitted emit_fault(struct rpc_call *call)
{
    struct rpc_server *s = call->server;
    if (!fits(call, RPC_FAULT_SIZE - RPC_CALL_HEADER_SIZE))
        return RPC_EMIT_NO_ROOM;
    uint8_t *pdu = s->chunk + s->chunk_len;
    unsigned flags = RPC_PFC_FIRST | RPC_PFC_LAST | (call->did_not_execute ? RPC_PFC_DID_NOT_EXECUTE : 0);
    put_call_header(pdu, call, RPC_PTYPE_FAULT, flags, RPC_FAULT_SIZE, RPC_FAULT_SIZE);
    rpc_put_u32(pdu + 24, call->status);
    rpc_put_u32(pdu + 28, 0);
    s->stats.faults_out++;
    return finish(call, pdu, RPC_FAULT_SIZE);
}

static enum rpc_emitted emit_pdu(struct rpc_call *call)
{
    struct rpc_server *s = call->server;
    if (call->size > room(s))
        return RPC_EMIT_NO_ROOM;
    memcpy(s->chunk + s->chunk_len, call->reply, call->size);
    s->chunk_len += call->size;
    s->stats.pdus_out++;
    return RPC_EMIT_DONE;
}

enum rpc_emitted rpc_output_emit(struct rpc_call *call)
{
    rewind_chunk(call->server);
    if (call->answer == RPC_ANSWER_FAULT)
        return emit_fault(call);
    if (call->answer == RPC_ANSWER_PDU)
        return emit_pdu(call);
    enum rpc_emitted emitted;
    do
        emitted = emit_fragment(call);
    while (emitted == RPC_EMIT_DONE && call->sent < call->size);
    return emitted;
}

void rpc_output_break(struct rpc_server *s, int error, const char *reason)
{
    (void)rpc_server_fail(s, error, reason);
    struct rpc_call *call;
    while ((call = TAILQ_FIRST(&s->calls)))
        rpc_call_release(call);
}

/* Fill the empty chunk from the answers that wait. */
static void fill(struct rpc_server *s)
{
    struct rpc_call *call;
    while ((call = next_answer(s))) {
        enum rpc_emitted emitted = rpc_output_emit(call);
        if (emitted == RPC_EMIT_NO_ROOM)
            return;
        if (emitted == RPC_EMIT_BROKEN) {
            rpc_output_break(s, -EIO, "an answer could not be completed");
            return;
        }
        rpc_call_release(call);
    }
}

const uint8_t *rpc_server_output(struct rpc_server *s, size_t *n)
{
    if (s->chunk_pos == s->chunk_len) {
        rewind_chunk(s);
        do
            fill(s);
        while (s->chunk_len == 0 && rpc_server_resume(s));
    }
    *n = s->chunk_len - s->chunk_pos;
    return *n ? s->chunk + s->chunk_pos : NULL;
}

void rpc_server_consumed(struct rpc_server *s, size_t n)
{
    size_t most = s->chunk_len - s->chunk_pos;
    s->chunk_pos += n < most ? n : most;
}
