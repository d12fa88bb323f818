/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation while it is carried out, private to rasrpc/ and its tests: everything between a request stub and what
 * to answer; only rasrpc.c knows of a network.
 *
 * The parameters of an operation are written as a word, one letter each, in wire order:
 *
 *   d  DWORD or BOOL          s  [string] WCHAR *
 *   u  RASRPC_PBUSER          b  [string, in, out] buffer of RasRpcGetSystemDirectory, and the DWORD behind it
 *   q  buffer of RasRpcSubmitRequest, and the DWORD behind it
 */
#ifndef OPENRRAS_RASRPC_RUN_H
#define OPENRRAS_RASRPC_RUN_H

#include "rasrpc/rasrpc.h"
#include "rpc/cursor.h"

/* Nodes of one list behind a RASRPC_PBUSER. Nothing is kept of them, and walking them takes no stack; a list that is
 * longer than any that a person has typed in is malformed. */
#define RASRPC_LIST_MAX      64u
#define RASRPC_DIRECTORY_MAX 260u /* MAX_PATH: what the interface definition allows */
#define RASRPC_VERSION       6u   /* of the interface, as RasRpcGetVersion tells it */

struct rasrpc_args {
    uint32_t dword[3]; /* of `d`, in order */
    uint32_t directory_units;
    const uint8_t *buffer; /* of `q`: NULL when the pointer was */
    uint32_t size;
};

/* Reads all parameters; bytes after the last are no error. 0 or RPC_FAULT_BAD_STUB, and then *ret is untouched. */
uint32_t rasrpc_request_decode(struct rpc_rd *rd, const char *params, struct rasrpc_args *ret);

struct rasrpc_run {
    const struct dim_backend *backend;
    void *user;
    const struct dim_op *op;
    struct rasrpc_args args;
    uint8_t *stub; /* the answer; whoever has called rasrpc_carry_out() frees it */
    struct rpc_wr out;
};

/* False: reserved (RPC_FAULT_OP_RANGE) or malformed, see *fault. `rd` is afterwards where the parameters end. */
bool rasrpc_prepare(struct rasrpc_run *run, const struct dim_backend *backend, void *user, uint16_t opnum,
                    struct rpc_rd *rd, uint32_t *fault);
/* 0: the answer is in run->out; else a fault. */
uint32_t rasrpc_carry_out(struct rasrpc_run *run);

/* A handler writes outputs and return value to run->out, which has `room` bytes (and of `q` as many as the request's
 * buffer has more). */
struct rasrpc_row {
    struct dim_op op;
    const char *in;
    size_t room;
    void (*handler)(struct rasrpc_run *run);
};
const struct rasrpc_row *rasrpc_row(uint16_t opnum); /* NULL where rasrpc_op() is */

/* ---- submit.c ---- */

/* A request that is answered with itself, before anybody is asked whether the caller may. */
bool rasrpc_submit_is_nothing(const struct rasrpc_args *a);
void rasrpc_submit(struct rasrpc_run *run);

/* The requests that are answered, for documents; every other type up to the highest gets 50. NULL behind the last. */
struct rasrpc_request {
    uint32_t type; /* RB_Reqtype */
    const char *name, *answer;
};
const struct rasrpc_request *rasrpc_request(size_t i);

/* ---- pack.c: records of layout.h, which fill their whole size ---- */

void rasrpc_pack_port(uint8_t *dst, const struct dim_port *p);
void rasrpc_pack_info(uint8_t *dst, uint32_t pointer, const struct dim_port *p); /* pointer: 4 or 8 */
void rasrpc_pack_device(uint8_t *dst, const struct dim_device *d);

#endif
