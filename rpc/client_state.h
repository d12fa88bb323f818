/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the client's side share. Private to rpc/. */
#ifndef OPENRRAS_RPC_CLIENT_STATE_H
#define OPENRRAS_RPC_CLIENT_STATE_H

#include "rpc/client.h"
#include "rpc/framer.h"
#include "rpc/security.h"

struct rpc_client {
    struct rpc_client_config config;
    enum rpc_client_state state;
    uint32_t error; /* Win32 code, once BROKEN */
    struct rpc_framer framer;
    struct rpc_security security;
    bool accepted[RPC_CONTEXTS_MAX];
    uint16_t max_xmit; /* fragments that we send */
    uint32_t call_id;  /* of the newest PDU that asks for an answer */

    uint8_t *out; /* output [out_pos, out_len) */
    size_t out_pos, out_len, out_cap;

    /* the call under way */
    struct rpc_sink sink;
    uint16_t context_id;
    bool started;         /* its first fragment has come */
    bool big;             /* data representation of its response */
    bool last;            /* the fragment being read is the last one */
    size_t fragment_left; /* stub bytes of it that are still to come */
    size_t received;      /* stub bytes in all */

    /* the call that has ended */
    uint32_t fault;
    bool did_not_execute;
};

void rpc_client_break(struct rpc_client *c, uint32_t win32);
/* Room for n more bytes of output, or NULL; they count once out_len is moved. */
uint8_t *rpc_client_room(struct rpc_client *c, size_t n);

/* ---- client_bind.c ---- */
int rpc_client_bind(struct rpc_client *c);
void rpc_client_bind_answer(struct rpc_client *c, struct rpc_pdu *pdu);
/* Check and strip the protection of an answer, in place. -EBADMSG: the client is broken. */
int rpc_client_unseal(struct rpc_client *c, struct rpc_pdu *pdu, struct rpc_verifier *v);

#endif
