/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts the byte stream of one direction into PDUs. A PDU that lies complete in the caller's bytes is used where it is;
 * only one that arrives in pieces is collected, in memory that grows with the bytes that have really come. Private to
 * rpc/.
 */
#ifndef OPENRRAS_RPC_FRAMER_H
#define OPENRRAS_RPC_FRAMER_H

#include "rpc/pdu.h"

struct rpc_framer {
    struct rpc_reader reader;
    /* Give a response without verifier as soon as its fixed part is there; its stub stays in the stream. */
    bool stream_responses;
    enum rpc_verdict verdict; /* why rpc_framer_next() gave -EPROTO */

    /* private */
    bool judged; /* the header of the PDU in `buf` has been judged: `pdu` */
    struct rpc_pdu pdu;
    uint8_t *buf;
    size_t len, cap;
};

/* Bytes that have come and are not used yet. */
struct rpc_bytes {
    const uint8_t *p;
    size_t n;
};

/*
 * Take the next PDU off `in`. 1: *ret is complete and its bytes are good until the next call. 0: all of `in` is taken
 * and more is needed. -EPROTO: the header is bad (`verdict`; *ret as far as it could be read), and there is no way on.
 * -ENOMEM.
 */
int rpc_framer_next(struct rpc_framer *f, struct rpc_bytes *in, struct rpc_pdu *ret);

/* The bytes of the PDU just given, to be changed in place: copied from the caller's input unless they were collected
 * anyway. NULL without memory. */
uint8_t *rpc_framer_own(struct rpc_framer *f, struct rpc_pdu *pdu);

/* Is a part of a PDU held? */
bool rpc_framer_is_inside(const struct rpc_framer *f);

/* Overwrite what was collected, PDUs that were given among it. */
void rpc_framer_wipe(struct rpc_framer *f);
void rpc_framer_clear(struct rpc_framer *f);

#endif
