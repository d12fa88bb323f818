/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rrasd and the process that runs the NTLM library say to each other, over a stream socket.
 *
 * A frame is the length of its message (four bytes), and the message; integers are little-endian. rrasd asks, one leg
 * at a time; each leg has one answer, and forgetting has none. The process speaks in the same way with the workers that
 * it has, one for each client (ntlm/worker.h). No side believes the other: a worker may have been taken over by the
 * token of its client, and what it gives back is read as what a stranger has sent.
 *
 *   request:  kind (1), context (4); of a leg: SPNEGO (1), token (all that follows)
 *   answer:   context (4), outcome (1), protects (1), sequence (4), key (16), length of the name (2), the name, length
 *             of the reason (2), the reason, token (all that follows)
 */
#ifndef OPENRRAS_NTLM_MESSAGE_H
#define OPENRRAS_NTLM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ntlm/ntlm.h"
#include "ntlm/seal.h"
#include "rpc/limits.h"

#define NTLM_FRAME_HEADER 4u
#define NTLM_REQUEST_MAX  (NTLM_FRAME_HEADER + 6 + RPC_AUTH_TOKEN_MAX)
#define NTLM_ANSWER_FIXED (10u + NTLM_KEY_SIZE)
#define NTLM_ANSWER_MAX                                                                                                \
    (NTLM_FRAME_HEADER + NTLM_ANSWER_FIXED + 2 + NTLM_NAME_MAX + 2 + NTLM_WHY_MAX + RPC_AUTH_TOKEN_MAX)

/* Contexts whose legs are not all done. Each has a process of its own there, and clients are in the middle of a log-in
 * for moments only. */
#define NTLM_CONTEXTS_MAX 128u

enum ntlm_request_kind {
    NTLM_LEG = 1,
    NTLM_FORGET = 2, /* the client has gone before the last leg */
};

struct ntlm_request {
    uint8_t kind;
    uint32_t context; /* rrasd's number for it, not 0; a new one begins a context */
    bool spnego;
    const uint8_t *token;
    size_t token_len;
};

enum ntlm_outcome {
    NTLM_DONE,
    NTLM_MORE, /* another leg must follow; after anything else the process has forgotten the context */
    NTLM_REFUSED,
};

/* What the key is good for. */
enum ntlm_protects {
    NTLM_NOTHING,
    NTLM_SIGNS,
    NTLM_SEALS, /* both */
};

struct ntlm_answer {
    uint32_t context;
    uint8_t outcome, protects;
    uint32_t sequence; /* of the first message that is protected, in each direction */
    uint8_t key[NTLM_KEY_SIZE];
    char name[NTLM_NAME_MAX]; /* "DOMAIN\user", or "user"; not empty when all legs are done */
    char why[NTLM_WHY_MAX];   /* of a refusal; may hold text of the client's */
    const uint8_t *token;     /* for the client; within the frame */
    size_t token_len;
};

/* What the header says of a frame's size, with the header: it may be anything. */
size_t ntlm_frame_announced(const uint8_t header[static NTLM_FRAME_HEADER]);

/*
 * How long the frame at the beginning of n bytes is, with its header: 0 while it is not all there, -EMSGSIZE when it
 * will be longer than `max`, which must be a size that can be received.
 */
long ntlm_frame_size(const uint8_t *bytes, size_t n, size_t max);

/* A whole frame into dst; its size, or 0 when it does not fit. */
size_t ntlm_request_write(uint8_t *dst, size_t cap, const struct ntlm_request *request);
size_t ntlm_answer_write(uint8_t *dst, size_t cap, const struct ntlm_answer *answer);

/* A whole frame of n bytes. 0 or -EBADMSG; tokens stay where they are. *ret is only written on success. */
int ntlm_request_read(const uint8_t *frame, size_t n, struct ntlm_request *ret);
int ntlm_answer_read(const uint8_t *frame, size_t n, struct ntlm_answer *ret);

#endif
