/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's side of one connection: an association (C706 chapters 9 to 12, MS-RPCE 3.3).
 *
 * Sans-IO. Bytes from the peer go in with rpc_server_input(); calls come out through the interface's dispatch(); bytes
 * for the peer are taken with rpc_server_output() and rpc_server_consumed(). No sockets, no timers, no threads: an
 * association belongs to one thread at a time, and the same code runs in the daemon, the unit tests and the fuzzers.
 *
 * Replies may come later than dispatch() returns, in any order. If the peer has asked for concurrent multiplexing they
 * go out as they are ready, else in the order of the requests.
 */
#ifndef OPENRRAS_RPC_SERVER_H
#define OPENRRAS_RPC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "rpc/auth.h"
#include "rpc/cursor.h"
#include "rpc/fault.h"
#include "rpc/limits.h"
#include "rpc/uuid.h"

struct rpc_server; /* an association */
struct rpc_call;   /* one call of it; lives until it is answered */

/* An interface that is offered. Must outlive the associations. */
struct rpc_interface {
    struct rpc_syntax id;
    const char *name;
    uint16_t opnums; /* opnums 0 .. opnums - 1 exist; higher ones are refused with RPC_FAULT_OP_RANGE before dispatch */
    /*
     * A complete request. Must lead to exactly one rpc_call_reply*() or rpc_call_fault() for this call, now or later.
     * `ctx` is the interface's own, `user` the association's (rpc_server_new).
     */
    void (*dispatch)(void *ctx, void *user, struct rpc_call *call);
    void *ctx;
};

/*
 * Which associations belong together (C706 12.6.3.10, MS-RPCE 3.3.1.5.1): a bind begins a group or joins one that has a
 * member. Only context handles would be shared in one, and there are none, so nobody gets anything by joining. Zero at
 * the beginning; has to outlive its associations.
 */
struct rpc_groups {
    LIST_HEAD(, rpc_server) members;
    uint32_t last; /* id; they begin behind it */
};

struct rpc_server_config {
    const struct rpc_interface *const *interfaces;
    size_t n_interfaces;
    const struct rpc_auth_mech *const *mechs; /* may be empty */
    size_t n_mechs;
    void *mech_ctx;
    /* Requests of connections that are not authenticated at this level at least get RPC_FAULT_ACCESS_DENIED. 0 or
     * RPC_AUTH_NONE where the transport itself says who is there. */
    enum rpc_auth_level min_level;
    uint16_t max_frag;    /* what we announce, RPC_FRAG_MIN at least: RPC_FRAG_MAX_LOCAL, RPC_FRAG_MAX_TCP */
    const char *sec_addr; /* secondary address of bind_ack: "" for the unix socket */
    bool offer_mgmt;      /* answer the mgmt interface (rpc/mgmt.h) */
    /* The association groups of what listens together: one for all of its configurations. Written to by associations,
     * so those of one thread only. NULL: each association is a group of its own, and none can be joined. */
    struct rpc_groups *groups;
    size_t max_stub; /* what a request may have; 0 stands for RPC_REQUEST_STUB_MAX */
};

/* New association, or NULL without memory or with a max_frag below RPC_FRAG_MIN. `config` and what it points to must
 * outlive it. */
struct rpc_server *rpc_server_new(const struct rpc_server_config *config, void *user);

/*
 * The connection is gone. Calls that are still under way are detached: their rpc_call_reply*() does nothing but free
 * them, and an answer that is being streamed ends with its source's destroy(). Not from inside dispatch(), pull() or
 * destroy().
 */
void rpc_server_free(struct rpc_server *s);

/*
 * Bytes from the peer; all of n is taken. 0, or a negative errno: close the connection once the output is sent
 * (rpc_server_finished); more input is ignored. -EPROTO for what breaks the protocol, -ENOMEM. Not from inside
 * dispatch().
 *
 * Requests beyond RPC_CALLS_MAX or RPC_STREAMS_MAX that come in the same piece are kept (up to RPC_BACKLOG_MAX bytes)
 * and dispatched from rpc_server_output() once calls have ended.
 */
int rpc_server_input(struct rpc_server *s, const uint8_t *data, size_t n);
/* Why the association ended: a phrase of ours for the log, without bytes of the peer; NULL while it has not. */
const char *rpc_server_close_reason(const struct rpc_server *s);

/* False while RPC_CALLS_MAX calls are under way (an answer that waits to be sent counts as one), RPC_STREAMS_MAX
 * answers are streamed, a leg of authentication has no outcome yet, or input is kept, and after the end: don't read
 * from the socket until it is true again. Look again after rpc_server_output(). */
bool rpc_server_wants_input(const struct rpc_server *s);

/* True once the association has come to its end and all output is taken. Look after answering, too: an answer that
 * can't be completed (no memory, a source that gives nothing) ends the association as well. */
bool rpc_server_finished(const struct rpc_server *s);

/* True once a presentation context has been accepted, and the connection is authenticated at min_level at least (and
 * altogether, where a mechanism is used). */
bool rpc_server_is_bound(const struct rpc_server *s);

/*
 * A leg that the mechanism has put off (RPC_AUTH_LATER) has its outcome: go on with the bind that brought it. Output
 * and new calls may follow, as from rpc_server_input(), so not from inside dispatch(). Nothing when no leg waits.
 */
void rpc_server_auth_ready(struct rpc_server *s);

/* The first security context of the connection that is complete, and its level; NULL without one. */
const struct rpc_auth *rpc_server_auth(const struct rpc_server *s, enum rpc_auth_level *level);

/* No call under way and no output waiting: for idle limits and a clean stop. A request of which a part is still to come
 * is no call yet: it may never come, and must not keep a connection alive. */
bool rpc_server_is_idle(const struct rpc_server *s);

/*
 * The next bytes for the peer: *n of them, NULL and 0 when there are none at the moment. They stay where they are until
 * they are consumed, answers that are given meanwhile come behind them. Streams are pulled here and nowhere else, and
 * only when all that was pulled before has been consumed, at most RPC_OUTPUT_CHUNK: this is the back-pressure. Calls
 * may be dispatched by it, those of input that was kept; so not from inside dispatch().
 */
const uint8_t *rpc_server_output(struct rpc_server *s, size_t *n);
void rpc_server_consumed(struct rpc_server *s, size_t n);

/* Counters for mgmt and metrics. */
struct rpc_server_stats {
    uint64_t calls_in;
    uint64_t pdus_in;
    uint64_t pdus_out;
    uint64_t faults_out;
};
void rpc_server_get_stats(const struct rpc_server *s, struct rpc_server_stats *ret);

/* ---- calls ---- */

uint16_t rpc_call_opnum(const struct rpc_call *call);
uint32_t rpc_call_id(const struct rpc_call *call);
const struct rpc_interface *rpc_call_interface(const struct rpc_call *call);
/* The association's user pointer; NULL once the association is gone. */
void *rpc_call_user(const struct rpc_call *call);
/* A cursor over the whole request stub. The bytes are good until dispatch() returns. */
struct rpc_rd rpc_call_stub(const struct rpc_call *call);
/*
 * Check the verification trailer (MS-RPCE 2.2.2.13) that a client may put behind its parameters; `end` is where
 * decoding ended. True when there is none or it fits the connection and the call. When false, refuse the call with
 * RPC_FAULT_ACCESS_DENIED (did_not_execute): somebody has changed unprotected headers. From dispatch() only.
 */
bool rpc_call_check_trailer(const struct rpc_call *call, size_t end);
/* True when nobody waits for the answer any more (connection gone, orphaned). The order itself stands. */
bool rpc_call_is_abandoned(const struct rpc_call *call);

/*
 * Where a long answer comes from. `pull` writes up to cap bytes to dst and returns how many; it is called until `size`
 * bytes in all have come, must give at least 1 each time (cap is never 0), and must not touch the association. If it
 * gives 0 the answer can't be completed: the association ends without sending the fragment that was begun. `destroy` is
 * called exactly once, after the last byte or when the answer is not wanted any more; it must not touch the association
 * either.
 */
struct rpc_source {
    size_t (*pull)(void *ctx, uint8_t *dst, size_t cap);
    void (*destroy)(void *ctx);
    void *ctx;
    size_t size; /* bytes in all */
};

/* Each of these answers the call and frees it. A fault status that must not be sent (rpc/fault.h) goes out as
 * RPC_FAULT_UNSPEC. */
void rpc_call_reply(struct rpc_call *call, const void *stub, size_t n); /* the bytes are not needed afterwards */
void rpc_call_reply_source(struct rpc_call *call, const struct rpc_source *source);
void rpc_call_fault(struct rpc_call *call, uint32_t status, bool did_not_execute);

#endif
