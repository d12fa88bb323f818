/* SPDX-License-Identifier: Apache-2.0 */
/* The association's life: from bytes to PDUs, and which PDU may come when. */
#include "rpc/server.h"

#include <errno.h>
#include <stdlib.h>

#include "rpc/association.h"
#include "rpc/mgmt.h"

static void dispatch_mgmt(void *ctx, void *user, struct rpc_call *call)
{
    struct rpc_server *s = ctx;
    (void)user;
    rpc_mgmt_dispatch(s->config, &s->stats, call);
}

struct rpc_server *rpc_server_new(const struct rpc_server_config *config, void *user)
{
    if (config->max_frag < RPC_FRAG_MIN)
        return NULL;
    struct rpc_server *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    /* Taken now, so that answering can't fail for want of it; pages that are never written cost nothing. */
    s->chunk = malloc(RPC_OUTPUT_CHUNK);
    if (!s->chunk) {
        free(s);
        return NULL;
    }
    s->config = config;
    s->user = user;
    s->mgmt = (struct rpc_interface){
        .id = rpc_mgmt_syntax, .name = "mgmt", .opnums = RPC_MGMT_OPNUMS, .dispatch = dispatch_mgmt, .ctx = s};
    s->max_frag = config->max_frag;
    s->framer.reader = (struct rpc_reader){.server = true, .max_frag = config->max_frag};
    TAILQ_INIT(&s->calls);
    TAILQ_INIT(&s->ready);
    TAILQ_INIT(&s->spare);
    return s;
}

void rpc_server_free(struct rpc_server *s)
{
    if (!s)
        return;
    rpc_group_leave(s);
    rpc_calls_free_all(s);
    rpc_server_forget_leg(s);
    for (size_t i = 0; i < s->n_securities; i++)
        rpc_security_clear(&s->securities[i]);
    rpc_framer_clear(&s->framer);
    free(s->backlog);
    free(s->chunk);
    free(s);
}

int rpc_server_fail(struct rpc_server *s, int error, const char *reason)
{
    if (s->error)
        return s->error;
    s->error = error;
    s->reason = reason;
    rpc_calls_detach_running(s);
    if (s->receiving)
        rpc_call_release(s->receiving);
    s->receiving = NULL;
    return error;
}

/* A PDU with a bad header: answered where its type and call_id can be trusted, and always the end. */
static int refuse_header(struct rpc_server *s, const struct rpc_pdu *pdu)
{
    const char *reason = rpc_verdict_text(s->framer.verdict);
    if (pdu->type == RPC_PTYPE_BIND)
        return rpc_server_nak(s, pdu->call_id, RPC_NAK_PROTOCOL, reason);
    if (s->bound && (pdu->type == RPC_PTYPE_REQUEST || pdu->type == RPC_PTYPE_ALTER_CONTEXT)) {
        bool alter = pdu->type == RPC_PTYPE_ALTER_CONTEXT;
        int rc = rpc_server_fault(s, NULL, pdu->call_id, 0, RPC_FAULT_PROTO_ERROR, alter);
        return rc < 0 ? rc : rpc_server_fail(s, -EPROTO, reason);
    }
    return rpc_server_fail(s, -EPROTO, reason);
}

static int handle(struct rpc_server *s, struct rpc_pdu *pdu)
{
    s->stats.pdus_in++;
    if (pdu->type == RPC_PTYPE_BIND)
        return rpc_server_bind(s, pdu);
    if (!s->bound)
        return rpc_server_fail(s, -EPROTO, "the first PDU is not a bind");
    switch (pdu->type) {
    case RPC_PTYPE_REQUEST:
        return rpc_server_request(s, pdu);
    case RPC_PTYPE_ALTER_CONTEXT:
        return rpc_server_alter(s, pdu);
    case RPC_PTYPE_AUTH3:
        return rpc_server_auth3(s, pdu);
    case RPC_PTYPE_ORPHANED:
        rpc_call_orphan(s, pdu->call_id);
        return 0;
    default: /* co_cancel, which a server may ignore (C706 12.6.4.5), and shutdown, which means nothing to it */
        return 0;
    }
}

/* No PDU may be looked at now. */
static bool must_wait(const struct rpc_server *s)
{
    return s->n_calls >= RPC_CALLS_MAX || s->n_streams >= RPC_STREAMS_MAX || s->put_off;
}

/* Handle PDUs of `in` while calls may be begun. What is left of `in` afterwards has to wait. */
static void run(struct rpc_server *s, struct rpc_bytes *in)
{
    while (!s->error && !must_wait(s)) {
        struct rpc_pdu pdu;
        int rc = rpc_framer_next(&s->framer, in, &pdu);
        if (rc == 0)
            return;
        if (rc == -EPROTO)
            (void)refuse_header(s, &pdu);
        else if (rc < 0)
            (void)rpc_server_fail(s, rc, "no memory for a PDU");
        else
            (void)handle(s, &pdu);
    }
}

static int hold_back(struct rpc_server *s, const uint8_t *data, size_t n)
{
    size_t held = s->backlog_len - s->backlog_pos;
    if (n > RPC_BACKLOG_MAX - held)
        return rpc_server_fail(s, -EPROTO, "too many requests at once");
    uint8_t *backlog = malloc(held + n);
    if (!backlog)
        return rpc_server_fail(s, -ENOMEM, "no memory for input that has to wait");
    if (held)
        memcpy(backlog, s->backlog + s->backlog_pos, held);
    memcpy(backlog + held, data, n);
    free(s->backlog);
    s->backlog = backlog;
    s->backlog_pos = 0;
    s->backlog_len = held + n;
    return 0;
}

bool rpc_server_resume(struct rpc_server *s)
{
    if (!s->backlog || s->error || must_wait(s))
        return false;
    struct rpc_bytes in = {s->backlog + s->backlog_pos, s->backlog_len - s->backlog_pos};
    run(s, &in);
    s->backlog_pos = s->backlog_len - in.n;
    if (in.n == 0 || s->error) {
        free(s->backlog);
        s->backlog = NULL;
        s->backlog_len = s->backlog_pos = 0;
    }
    return true;
}

int rpc_server_input(struct rpc_server *s, const uint8_t *data, size_t n)
{
    if (s->error)
        return s->error;
    if (s->backlog)
        return n ? hold_back(s, data, n) : 0;
    struct rpc_bytes in = {data, n};
    run(s, &in);
    if (!s->error && in.n)
        return hold_back(s, in.p, in.n);
    return s->error;
}

const char *rpc_server_close_reason(const struct rpc_server *s)
{
    return s->reason;
}

bool rpc_server_wants_input(const struct rpc_server *s)
{
    return !s->error && !s->backlog && !must_wait(s);
}

bool rpc_server_finished(const struct rpc_server *s)
{
    return s->error && TAILQ_EMPTY(&s->calls) && s->chunk_pos == s->chunk_len;
}

bool rpc_server_is_bound(const struct rpc_server *s)
{
    bool enough = s->n_securities == 0 && rpc_server_is_enough(s, NULL);
    for (size_t i = 0; i < s->n_securities; i++)
        enough |= rpc_server_is_enough(s, &s->securities[i]);
    return s->bound && s->n_contexts > 0 && enough;
}

bool rpc_server_is_idle(const struct rpc_server *s)
{
    return TAILQ_EMPTY(&s->calls) && !s->backlog && s->chunk_pos == s->chunk_len;
}

void rpc_server_get_stats(const struct rpc_server *s, struct rpc_server_stats *ret)
{
    *ret = s->stats;
}

const struct rpc_auth *rpc_server_auth(const struct rpc_server *s, enum rpc_auth_level *level)
{
    for (size_t i = 0; i < s->n_securities; i++) {
        if (s->securities[i].state == RPC_SECURITY_DONE) {
            *level = s->securities[i].level;
            return s->securities[i].context;
        }
    }
    return NULL;
}
