/* SPDX-License-Identifier: Apache-2.0 */
/* Calls: their life, and what their owners may ask and answer. */
#include <errno.h>
#include <stdlib.h>

#include "rpc/association.h"

#define KEEP_CAPACITY 4096u /* a spare call keeps a buffer up to this size */

struct rpc_call *rpc_call_new(struct rpc_server *s, uint32_t call_id)
{
    struct rpc_call *call = TAILQ_FIRST(&s->spare);
    uint8_t *buf = NULL;
    size_t cap = 0;
    if (call) {
        TAILQ_REMOVE(&s->spare, call, in_calls);
        s->n_spare--;
        buf = call->buf;
        cap = call->cap;
    } else {
        call = malloc(sizeof *call);
        if (!call)
            return NULL;
    }
    *call = (struct rpc_call){.server = s, .call_id = call_id, .buf = buf, .cap = cap};
    return call;
}

void rpc_call_enqueue(struct rpc_call *call)
{
    call->state = RPC_CALL_RUNNING;
    TAILQ_INSERT_TAIL(&call->server->calls, call, in_calls);
    call->server->n_calls++;
}

int rpc_call_reserve(struct rpc_call *call, size_t n)
{
    if (n <= call->cap)
        return 0;
    size_t cap = call->cap ? call->cap : 256;
    while (cap < n)
        cap *= 2;
    uint8_t *buf = realloc(call->buf, cap);
    if (!buf)
        return -ENOMEM;
    call->buf = buf;
    call->cap = cap;
    return 0;
}

static void destroy(struct rpc_call *call)
{
    free(call->buf);
    free(call);
}

static void unlink_call(struct rpc_call *call)
{
    struct rpc_server *s = call->server;
    if (call->state == RPC_CALL_RECEIVING)
        return; /* in no list yet */
    TAILQ_REMOVE(&s->calls, call, in_calls);
    s->n_calls--;
    if (call->state == RPC_CALL_ANSWERED && s->multiplex)
        TAILQ_REMOVE(&s->ready, call, in_ready);
}

void rpc_call_release(struct rpc_call *call)
{
    struct rpc_server *s = call->server;
    if (call->state == RPC_CALL_ANSWERED && call->answer == RPC_ANSWER_SOURCE) {
        call->source.destroy(call->source.ctx);
        s->n_streams--; /* an answered call is never detached */
    }
    if (!s) {
        destroy(call);
        return;
    }
    unlink_call(call);
    if (s->dispatching == call)
        s->dispatching = NULL;
    if (s->n_spare == RPC_SPARE_CALLS) {
        destroy(call);
        return;
    }
    if (call->cap > KEEP_CAPACITY) {
        free(call->buf);
        call->buf = NULL;
        call->cap = 0;
    }
    TAILQ_INSERT_HEAD(&s->spare, call, in_calls);
    s->n_spare++;
}

struct rpc_call *rpc_call_find(struct rpc_server *s, uint32_t call_id)
{
    struct rpc_call *call;
    TAILQ_FOREACH(call, &s->calls, in_calls)
    if (call->interface && call->call_id == call_id && !call->abandoned)
        return call;
    return NULL;
}

void rpc_call_orphan(struct rpc_server *s, uint32_t call_id)
{
    if (s->receiving && s->receiving->call_id == call_id) {
        rpc_call_release(s->receiving);
        s->receiving = NULL;
        s->leftovers = true;
        return;
    }
    struct rpc_call *call = rpc_call_find(s, call_id);
    if (!call)
        return;
    if (call->state == RPC_CALL_ANSWERED)
        rpc_call_release(call);
    else
        call->abandoned = true; /* its place is kept, so that RPC_CALLS_MAX bounds the abandoned ones too */
}

static void detach(struct rpc_call *call)
{
    unlink_call(call);
    if (call->server->dispatching == call)
        call->server->dispatching = NULL;
    call->server = NULL;
}

void rpc_calls_detach_running(struct rpc_server *s)
{
    struct rpc_call *call = TAILQ_FIRST(&s->calls);
    while (call) {
        struct rpc_call *next = TAILQ_NEXT(call, in_calls);
        if (call->state == RPC_CALL_RUNNING)
            detach(call);
        call = next;
    }
}

void rpc_calls_free_all(struct rpc_server *s)
{
    rpc_calls_detach_running(s);
    struct rpc_call *call;
    while ((call = TAILQ_FIRST(&s->calls)))
        rpc_call_release(call);
    if (s->receiving)
        rpc_call_release(s->receiving);
    s->receiving = NULL;
    while ((call = TAILQ_FIRST(&s->spare))) {
        TAILQ_REMOVE(&s->spare, call, in_calls);
        destroy(call);
    }
    s->n_spare = 0;
}

/* ---- what the owner of a call sees ---- */

uint16_t rpc_call_opnum(const struct rpc_call *call)
{
    return call->opnum;
}

uint32_t rpc_call_id(const struct rpc_call *call)
{
    return call->call_id;
}

const struct rpc_interface *rpc_call_interface(const struct rpc_call *call)
{
    return call->interface;
}

void *rpc_call_user(const struct rpc_call *call)
{
    return call->server ? call->server->user : NULL;
}

struct rpc_rd rpc_call_stub(const struct rpc_call *call)
{
    static const uint8_t nothing[1];
    return rpc_rd_init(call->stub ? call->stub : nothing, call->stub_len, call->big);
}

bool rpc_call_is_abandoned(const struct rpc_call *call)
{
    return !call->server || call->abandoned;
}

/* ---- answers ---- */

/* The answer is known: send it if it is its turn and there is room, else let it wait. */
static void answer(struct rpc_call *call)
{
    struct rpc_server *s = call->server;
    bool now = rpc_output_is_next(call);
    call->state = RPC_CALL_ANSWERED;
    if (s->multiplex)
        TAILQ_INSERT_TAIL(&s->ready, call, in_ready);
    if (now && call->answer != RPC_ANSWER_SOURCE) {
        enum rpc_emitted emitted = rpc_output_emit(call);
        if (emitted == RPC_EMIT_DONE) {
            rpc_call_release(call);
            return;
        }
        if (emitted == RPC_EMIT_BROKEN) {
            rpc_output_break(s, -EIO, "the security mechanism can't protect an answer");
            return;
        }
    }
    if (call->answer != RPC_ANSWER_STUB || call->reply == call->buf)
        return;
    /* What is left of a reply in the caller's memory has to be kept. */
    size_t left = call->size - call->sent;
    if (rpc_call_reserve(call, left ? left : 1) < 0) {
        rpc_output_break(s, -ENOMEM, "no memory for an answer");
        return;
    }
    if (left)
        memcpy(call->buf, call->reply + call->sent, left);
    call->reply = call->buf;
    call->kept = call->sent;
}

/* Nobody waits: true, and the call is freed. */
static bool is_over(struct rpc_call *call)
{
    if (!rpc_call_is_abandoned(call))
        return false;
    rpc_call_release(call);
    return true;
}

void rpc_call_reply(struct rpc_call *call, const void *stub, size_t n)
{
    if (is_over(call))
        return;
    call->answer = RPC_ANSWER_STUB;
    call->reply = stub;
    call->size = n;
    answer(call);
}

void rpc_call_reply_source(struct rpc_call *call, const struct rpc_source *source)
{
    if (rpc_call_is_abandoned(call)) {
        source->destroy(source->ctx);
        rpc_call_release(call);
        return;
    }
    call->answer = RPC_ANSWER_SOURCE;
    call->source = *source;
    call->size = source->size;
    call->server->n_streams++;
    answer(call);
}

void rpc_call_fault(struct rpc_call *call, uint32_t status, bool did_not_execute)
{
    if (is_over(call))
        return;
    if (!call->server->protected_faults)
        call->security = NULL;
    call->answer = RPC_ANSWER_FAULT;
    call->status = rpc_fault_is_sendable(status) ? status : RPC_FAULT_UNSPEC;
    call->did_not_execute = did_not_execute;
    answer(call);
}

void rpc_call_pdu(struct rpc_call *call, size_t n)
{
    call->answer = RPC_ANSWER_PDU;
    call->reply = call->buf;
    call->size = n;
    answer(call);
}
