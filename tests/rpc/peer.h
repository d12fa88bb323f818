/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end, for tests of rpc/: PDUs put together by hand, independent of the code under test, and an association
 * with two interfaces whose answers the test decides.
 */
#ifndef OPENRRAS_TESTS_RPC_PEER_H
#define OPENRRAS_TESTS_RPC_PEER_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rpc/mgmt.h"
#include "rpc/server.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- PDUs ---- */

struct bytes {
    uint8_t *p;
    size_t n, cap;
};
void put(struct bytes *b, const void *p, size_t n);
void put8(struct bytes *b, unsigned v);
void put16(struct bytes *b, unsigned v);
void put32(struct bytes *b, uint32_t v);
void put_be16(struct bytes *b, unsigned v);
void put_be32(struct bytes *b, uint32_t v);
void put_hex(struct bytes *b, const char *hex); /* blanks and line ends are skipped */
void drop(struct bytes *b);

enum { FIRST = 1, LAST = 2, HDR_SIGN = 4, MPX = 0x10, DNE = 0x20, OBJECT = 0x80 };
enum {
    REQUEST = 0,
    RESPONSE = 2,
    FAULT = 3,
    BIND = 11,
    BIND_ACK = 12,
    BIND_NAK = 13,
    ALTER = 14,
    ALTER_RESP = 15,
    AUTH3 = 16,
    SHUTDOWN = 17,
    CO_CANCEL = 18,
    ORPHANED = 19
};

/* A header with lengths to be set by end_pdu(), which is given where the PDU began. */
size_t begin_pdu(struct bytes *b, unsigned type, unsigned flags, uint32_t call_id);
void end_pdu(struct bytes *b, size_t start);
/* Add an auth verifier to the PDU that began at `start`, and end it. */
void end_pdu_auth(struct bytes *b, size_t start, unsigned type, unsigned level, unsigned pad, uint32_t context_id,
                  const void *token, size_t token_len);

extern const char *const NDR20, *const NDR64, *const FEATURES, *const NOBODYS; /* 20 bytes each, in hex */
extern const char *const IF_A, *const IF_B, *const IF_MGMT, *const IF_UNKNOWN;

void begin_bind(struct bytes *b, unsigned type, unsigned flags, uint32_t call_id, unsigned xmit, unsigned recv,
                uint32_t group, unsigned n);
/* One context element; transfer syntaxes end with NULL. */
void put_context(struct bytes *b, unsigned id, const char *abstract, ...);
/* A bind with context 0 for IF_A, 1 for IF_B. */
void put_plain_bind(struct bytes *b, unsigned flags);
void put_request(struct bytes *b, unsigned flags, uint32_t call_id, unsigned context, unsigned opnum, const void *stub,
                 size_t n);
void put_small(struct bytes *b, unsigned type, uint32_t call_id); /* only a header */

/* What a PDU that was received says. */
struct seen {
    const uint8_t *p;
    unsigned type, flags, frag_length, auth_length;
    uint32_t call_id;
    unsigned context;    /* response, fault */
    uint32_t hint;       /* response, fault */
    uint32_t status;     /* fault */
    unsigned reason;     /* bind_nak */
    const uint8_t *stub; /* response */
    size_t stub_len;
};
/* The PDU at *pos of the output, which is moved behind it. Fails the test when there is none or it is not well-formed.
 */
struct seen next_pdu(const struct bytes *out, size_t *pos);
uint16_t get16(const uint8_t *p);
uint32_t get32(const uint8_t *p);

/* ---- an association ---- */

#define MAX_CALLS 64

enum behaviour {
    ECHO,   /* answer with the request's stub, at once */
    LATER,  /* keep the call in `calls` */
    STREAM, /* answer with a source of `stream_size` bytes, at once */
    FAIL,   /* answer with a fault `status` */
};

struct world {
    struct rpc_interface a, b;
    const struct rpc_interface *interfaces[2];
    struct rpc_groups groups;
    struct rpc_server_config config;
    struct rpc_server *server;
    struct bytes out; /* all output that was taken */

    enum behaviour behaviour;
    uint32_t status;
    size_t stream_size;
    struct rpc_call *calls[MAX_CALLS]; /* LATER */
    size_t n_calls;
    size_t dispatched;
    struct bytes stub; /* of the last request */
    bool big;
    uint16_t opnum;
    const struct rpc_interface *interface;
    size_t pulled, destroyed; /* of STREAM: bytes, sources */
    size_t pull_most;         /* most bytes a pull gives; 0: all that is asked for */
    size_t pull_fails_at;     /* the source gives nothing from this byte on; 0: never */
    bool check_trailer, trailer_ok;
    size_t decoded; /* for check_trailer */
};

void world_open(struct world *w); /* not bound yet */
void world_open_with(struct world *w, unsigned max_frag);
void world_start(struct world *w);                /* the association, from the config */
void world_bind(struct world *w, unsigned flags); /* put_plain_bind, and the bind_ack dropped */
void world_close(struct world *w);
int feed(struct world *w, const struct bytes *in);
void drain(struct world *w); /* take all output into w->out */
/* feed, forget `in`, drain. */
int say(struct world *w, struct bytes *in);
/* Drain, and forget what was taken. */
void forget(struct world *w);
/* A byte of the stream that STREAM sends. */
uint8_t stream_byte(size_t i);
struct rpc_source stream_source(struct world *w, size_t size);

/* Expectations on the next PDU at *pos of w->out. */
struct seen expect_response(struct world *w, size_t *pos, uint32_t call_id);
void expect_fault(struct world *w, size_t *pos, uint32_t call_id, unsigned context, uint32_t status, bool dne);
void expect_nak(struct world *w, size_t *pos, uint32_t call_id, unsigned reason);
void expect_end(struct world *w, size_t pos);   /* no more output; the association has ended */
void expect_alive(struct world *w, size_t pos); /* no more output; the association goes on */
void expect_hex(const struct bytes *b, size_t from, size_t n, const char *hex);

#endif
