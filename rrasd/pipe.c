/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/pipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/cursor.h"
#include "rpc/limits.h"

#define AT_FRAG_LENGTH 8u /* in a PDU's header; ours are little-endian */

struct pipe {
    bool open;
    enum handoff_verdict verdict;
    uint8_t head[HANDOFF_HEAD_SIZE]; /* kept for the log; enough to refuse by */
    uint8_t *message;                /* NULL until the head is there; of `size` bytes */
    size_t have, size;

    uint8_t in_prefix[PIPE_PREFIX];
    size_t in_prefix_have; /* PIPE_PREFIX: inside a message */
    size_t in_left;        /* of the message */

    uint8_t out_prefix[PIPE_PREFIX];
    size_t out_prefix_left;
    size_t out_left; /* of the PDU */
};

struct pipe *pipe_new(void)
{
    return calloc(1, sizeof(struct pipe));
}

/* There is a session's key in it, and may be a ticket. */
static void forget_message(struct pipe *p)
{
    if (p->message)
        explicit_bzero(p->message, p->size);
    free(p->message);
    p->message = NULL;
}

void pipe_free(struct pipe *p)
{
    if (!p)
        return;
    forget_message(p);
    free(p);
}

bool pipe_is_open(const struct pipe *p)
{
    return p->open;
}

enum handoff_verdict pipe_verdict(const struct pipe *p)
{
    return p->verdict;
}

uint32_t pipe_level(const struct pipe *p)
{
    return p->have >= HANDOFF_HEAD_SIZE ? handoff_level(p->head) : 0;
}

/* ---- the handoff ---- */

/* Move bytes to `dst` until `want` of the message are there. */
static bool collect(struct pipe *p, struct pipe_bytes *in, uint8_t *dst, size_t want)
{
    size_t n = want - p->have < in->n ? want - p->have : in->n;
    memcpy(dst + p->have, in->p, n);
    p->have += n;
    in->p += n;
    in->n -= n;
    return p->have == want;
}

static int refuse(struct pipe *p, enum handoff_verdict verdict)
{
    p->verdict = verdict;
    return verdict == HANDOFF_NO_MEMORY ? -ENOMEM : -EPROTO;
}

/* Memory for the rest is only taken when the head is that of a handoff that we know. */
static int begin_message(struct pipe *p)
{
    uint32_t level = handoff_level(p->head);
    p->size = handoff_size(p->head);
    if (p->size == 0)
        return refuse(p, HANDOFF_TOO_LONG);
    if (level != HANDOFF_LEVEL)
        return refuse(p, level == 0 ? HANDOFF_NO_MAGIC : HANDOFF_LEVEL_BAD);
    p->message = malloc(p->size);
    if (!p->message)
        return refuse(p, HANDOFF_NO_MEMORY);
    memcpy(p->message, p->head, HANDOFF_HEAD_SIZE);
    return 0;
}

int pipe_take_handoff(struct pipe *p, struct pipe_bytes *in, struct handoff *ret)
{
    if (!p->message) {
        if (!collect(p, in, p->head, HANDOFF_HEAD_SIZE))
            return 0;
        int r = begin_message(p);
        if (r < 0)
            return r;
    }
    if (!collect(p, in, p->message, p->size))
        return 0;
    p->verdict = handoff_parse(p->message, p->size, ret);
    return p->verdict == HANDOFF_OK ? 1 : refuse(p, p->verdict);
}

void pipe_open(struct pipe *p)
{
    forget_message(p);
    p->open = true;
}

/* ---- messages ---- */

/* An empty message is nothing. */
static void take_prefix(struct pipe *p, struct pipe_bytes *in)
{
    p->in_prefix[p->in_prefix_have++] = *in->p++;
    in->n--;
    if (p->in_prefix_have < PIPE_PREFIX)
        return;
    p->in_left = p->in_prefix[0] | (size_t)p->in_prefix[1] << 8;
    if (p->in_left == 0)
        p->in_prefix_have = 0;
}

bool pipe_next(struct pipe *p, struct pipe_bytes *in, struct pipe_bytes *ret)
{
    while (in->n > 0 && p->in_prefix_have < PIPE_PREFIX)
        take_prefix(p, in);
    if (in->n == 0)
        return false;
    *ret = (struct pipe_bytes){.p = in->p, .n = in->n < p->in_left ? in->n : p->in_left};
    in->p += ret->n;
    in->n -= ret->n;
    p->in_left -= ret->n;
    if (p->in_left == 0)
        p->in_prefix_have = 0;
    return true;
}

int pipe_frame(struct pipe *p, const uint8_t *out, size_t n, struct iovec iov[static 2])
{
    int pieces = 0;
    if (p->out_left == 0) {
        struct rpc_rd rd = rpc_rd_init(out + AT_FRAG_LENGTH, 2, false);
        p->out_left = rpc_rd_u16_raw(&rd);
        p->out_prefix_left = PIPE_PREFIX;
        rpc_put_u16(p->out_prefix, (uint16_t)p->out_left);
    }
    if (p->out_prefix_left > 0)
        iov[pieces++] = (struct iovec){p->out_prefix + PIPE_PREFIX - p->out_prefix_left, p->out_prefix_left};
    iov[pieces++] = (struct iovec){(void *)(uintptr_t)out, n < p->out_left ? n : p->out_left};
    return pieces;
}

size_t pipe_sent(struct pipe *p, size_t sent)
{
    size_t prefix = sent < p->out_prefix_left ? sent : p->out_prefix_left;
    p->out_prefix_left -= prefix;
    p->out_left -= sent - prefix;
    return sent - prefix;
}
