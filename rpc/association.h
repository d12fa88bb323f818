/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the server's side share: the association and its calls. Private to rpc/. */
#ifndef OPENRRAS_RPC_ASSOCIATION_H
#define OPENRRAS_RPC_ASSOCIATION_H

#include <sys/queue.h>

#include "rpc/framer.h"
#include "rpc/security.h"
#include "rpc/server.h"

#define RPC_SPARE_CALLS 4u /* finished calls kept for the next ones */

/* How far a call has come. */
enum rpc_call_state {
    RPC_CALL_RECEIVING, /* fragments of its request are being collected */
    RPC_CALL_RUNNING,   /* dispatched, not answered */
    RPC_CALL_ANSWERED,  /* its answer waits for room, or is being sent */
};

enum rpc_answer {
    RPC_ANSWER_STUB,   /* a response from memory */
    RPC_ANSWER_SOURCE, /* a response that is pulled */
    RPC_ANSWER_FAULT,
    RPC_ANSWER_PDU, /* a ready PDU: bind_ack, bind_nak, alter_context_resp */
};

/* Whatever takes a place in the order of answers. Those that are no requests (RPC_ANSWER_PDU) have no interface. */
struct rpc_call {
    TAILQ_ENTRY(rpc_call) in_calls; /* rpc_server.calls; in rpc_server.spare the same field is used */
    TAILQ_ENTRY(rpc_call) in_ready;
    struct rpc_server *server; /* NULL once detached */
    const struct rpc_interface *interface;
    enum rpc_call_state state;
    bool abandoned;
    uint16_t context_id, opnum;
    uint32_t call_id;

    /* the request; `stub` is good until dispatch() returns */
    const uint8_t *stub;
    size_t stub_len;
    size_t last_fragment; /* where in the stub the last fragment began */
    bool big;
    uint8_t drep[4];
    bool has_verifier;             /* the first fragment had one, so the others must */
    struct rpc_security *security; /* by which it came, and its answer goes; NULL: none */

    /* the answer */
    enum rpc_answer answer;
    const uint8_t *reply; /* of RPC_ANSWER_STUB and _PDU */
    size_t size, sent;    /* bytes of the stub, or of the PDU */
    size_t kept;          /* `reply` begins with this byte of the stub */
    struct rpc_source source;
    uint32_t status;
    bool did_not_execute;

    /* collected request, or the copy of a reply */
    uint8_t *buf;
    size_t cap;
};
TAILQ_HEAD(rpc_call_list, rpc_call);

struct rpc_context {
    uint16_t id;
    const struct rpc_interface *interface;
    bool ndr64; /* was among the transfer syntaxes that were proposed */
};

struct rpc_server {
    const struct rpc_server_config *config;
    void *user;
    struct rpc_interface mgmt; /* the mgmt interface of this association */
    uint32_t group;            /* 0: in none yet */
    LIST_ENTRY(rpc_server) in_groups;

    int error; /* 0, or why no more input is taken */
    const char *reason;

    struct rpc_framer framer;
    uint8_t *backlog; /* input held back while there are too many calls */
    size_t backlog_len, backlog_pos;

    bool bound; /* a bind has been acknowledged */
    bool multiplex;
    bool client_signs_headers; /* a bind or alter_context had PFC_SUPPORT_HEADER_SIGN: for good, and for all contexts */
    uint16_t max_frag;         /* of what we send. Received ones may have as many bytes as the configuration says */
    struct rpc_context contexts[RPC_CONTEXTS_MAX];
    size_t n_contexts;
    struct rpc_security securities[RPC_SECURITIES_MAX]; /* in the order of their first legs */
    size_t n_securities;
    bool protected_faults;       /* the client has asked for them (pdu.h); without that all faults are unprotected */
    struct rpc_put_off *put_off; /* what waits for the outcome of a leg; no PDU is looked at before */

    struct rpc_call_list calls; /* all, in the order of their requests */
    size_t n_calls;
    size_t n_streams;             /* of these, those that are answered by a source */
    struct rpc_call_list ready;   /* with multiplexing: answered ones, in the order of their answers */
    struct rpc_call *receiving;   /* the one whose request is being collected; not in `calls` yet */
    struct rpc_call *dispatching; /* the one whose dispatch() has not returned */
    struct rpc_call_list spare;
    size_t n_spare;

    uint32_t last_call_id; /* of the newest request */
    bool had_request;
    bool leftovers; /* that request was refused or orphaned before its last fragment */

    uint8_t *chunk; /* RPC_OUTPUT_CHUNK bytes: output [chunk_pos, chunk_len) waits for the peer */
    size_t chunk_pos, chunk_len;

    struct rpc_server_stats stats;
};

/* ---- server.c ---- */

/* End the association: no more input. Answers that exist are still sent; calls that run are detached. Returns `error`.
 */
int rpc_server_fail(struct rpc_server *s, int error, const char *reason);

/* Take up input that was held back. False when there is none or no call may be begun. */
bool rpc_server_resume(struct rpc_server *s);

/* ---- group.c ---- */

/* Into the association group that a bind asks for, or a new one for 0; false when there is none like that. */
bool rpc_group_join(struct rpc_server *s, uint32_t group);
void rpc_group_leave(struct rpc_server *s);

/* ---- call.c ---- */

/* A call in the order of answers, or NULL without memory. */
struct rpc_call *rpc_call_new(struct rpc_server *s, uint32_t call_id);
void rpc_call_enqueue(struct rpc_call *call); /* into `calls`: running from now on */
/* Take it out of the association and free it, its source with it. */
void rpc_call_release(struct rpc_call *call);
int rpc_call_reserve(struct rpc_call *call, size_t n); /* room in `buf`: 0 or -ENOMEM */
void rpc_call_orphan(struct rpc_server *s, uint32_t call_id);
struct rpc_call *rpc_call_find(struct rpc_server *s, uint32_t call_id);
void rpc_call_pdu(struct rpc_call *call, size_t n); /* answer with the PDU that is in `buf` */
/* All that run and nobody will hear of: their owners answer into the void. */
void rpc_calls_detach_running(struct rpc_server *s);
void rpc_calls_free_all(struct rpc_server *s);

/* ---- bind.c ---- */

int rpc_server_bind(struct rpc_server *s, struct rpc_pdu *pdu);
int rpc_server_alter(struct rpc_server *s, struct rpc_pdu *pdu);
int rpc_server_auth3(struct rpc_server *s, struct rpc_pdu *pdu);
/* The association is gone: what waits for a leg is freed. */
void rpc_server_forget_leg(struct rpc_server *s);
int rpc_server_nak(struct rpc_server *s, uint32_t call_id, enum rpc_nak_reason nak, const char *reason);

/* ---- bind_contexts.c ---- */

/* What a presentation context stands for; NULL: there is no such context. */
const struct rpc_interface *rpc_server_context(const struct rpc_server *s, uint16_t id);

/* ---- bind_security.c ---- */

/* The context that a verifier names, or NULL. */
struct rpc_security *rpc_server_security(struct rpc_server *s, const struct rpc_verifier *v);
/* The first context, or NULL. */
struct rpc_security *rpc_server_first_security(struct rpc_server *s);

/* ---- request.c ---- */

int rpc_server_request(struct rpc_server *s, struct rpc_pdu *pdu);
/* Does a call that comes by this context (NULL: by none) meet what the configuration demands? */
bool rpc_server_is_enough(const struct rpc_server *s, const struct rpc_security *security);
/* A fault that belongs to no dispatched call, in the order of answers, protected by a context (NULL: by none). 0 or the
 * negative errno of a failed association. */
int rpc_server_fault(struct rpc_server *s, struct rpc_security *security, uint32_t call_id, uint16_t context_id,
                     uint32_t status, bool did_not_execute);

/* ---- output.c ---- */

enum rpc_emitted {
    RPC_EMIT_DONE,    /* all of the answer is in the chunk */
    RPC_EMIT_NO_ROOM, /* some of it waits for the next chunk */
    RPC_EMIT_BROKEN,  /* its source or the security mechanism failed: the association can't go on */
};
/* May the answer of this call go out before any other? */
bool rpc_output_is_next(const struct rpc_call *call);
/* Put as much of an answer into the chunk as there is room for. */
enum rpc_emitted rpc_output_emit(struct rpc_call *call);
/* The end of an association that can't even send what it has. */
void rpc_output_break(struct rpc_server *s, int error, const char *reason);

#endif
