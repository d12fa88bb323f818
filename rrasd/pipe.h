/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of one named pipe, as smbd passes them on over a unix socket: its handoff (handoff.h), and from then on in
 * both directions messages, each behind its length of 16 bits. We send one PDU in each message, as a client of a named
 * pipe expects who reads a message at a time. What comes is a stream of PDUs whatever the messages are: a client may
 * write one in pieces.
 *
 * Sans-IO. One thread.
 */
#ifndef OPENRRAS_RRASD_PIPE_H
#define OPENRRAS_RRASD_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "rrasd/handoff.h"

#define PIPE_PREFIX 2u /* bytes of a message's length */

struct pipe;

/* Bytes that have come and are not used yet. */
struct pipe_bytes {
    const uint8_t *p;
    size_t n;
};

struct pipe *pipe_new(void); /* NULL without memory */
void pipe_free(struct pipe *p);

/* Is the handoff over? */
bool pipe_is_open(const struct pipe *p);
/*
 * Take bytes of the handoff off `in`. 1: it is there and good, and *ret as handoff_parse() gives it: its texts are good
 * until pipe_open(). 0: more is needed, all of `in` is taken. -EPROTO: pipe_verdict() says why. -ENOMEM.
 */
int pipe_take_handoff(struct pipe *p, struct pipe_bytes *in, struct handoff *ret);
enum handoff_verdict pipe_verdict(const struct pipe *p);
/* The level that smbd asked at, once 16 bytes have come; else 0. */
uint32_t pipe_level(const struct pipe *p);
/* The handoff is answered: what comes now are messages. Forgets it, the session's key among it. */
void pipe_open(struct pipe *p);

/* The next bytes of the stream that the client has written, off `in`; false when all of `in` is taken. */
bool pipe_next(struct pipe *p, struct pipe_bytes *in, struct pipe_bytes *ret);

/*
 * What to send of n bytes of output, n > 0, that begin where the bytes sent before have ended, and that have at least a
 * PDU's header at the beginning of each PDU: the rest of a length, if any, and bytes of one PDU. The number of pieces.
 */
int pipe_frame(struct pipe *p, const uint8_t *out, size_t n, struct iovec iov[static 2]);
/* So many bytes of these pieces have been sent: how many of them were of the output. */
size_t pipe_sent(struct pipe *p, size_t sent);

#endif
