/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reply while it is made: one piece of memory that grows, with the stub's head in front, so that it goes out as it
 * stands. Private to rrasx/.
 */
#ifndef OPENRRAS_RRASX_OUT_H
#define OPENRRAS_RRASX_OUT_H

#include "rrasx/message.h"

struct rrasx_out {
    uint8_t *buf; /* the stub: RRASX_REPLY_HEAD bytes, then the message; NULL: nothing yet */
    size_t len, cap;
    bool no_memory; /* then nothing more is taken, and the answer is 8 */
};

void rrasx_out_init(struct rrasx_out *out);
void rrasx_out_free(struct rrasx_out *out);
/* Room for n bytes more, so that what comes next can't fail: for orders, which must not be carried out and then
 * answered with "no memory". */
bool rrasx_out_reserve(struct rrasx_out *out, size_t n);
/* One message, or a part of it. */
void rrasx_out_message(struct rrasx_out *out, const struct rrasx_message *m, const void *src);
/* An item of a page. False: the page is full, or there is no memory. */
bool rrasx_out_item(struct rrasx_out *out, const struct rrasx_message *m, const void *src);
/* Bytes that are encoded already. */
void rrasx_out_bytes(struct rrasx_out *out, const uint8_t *p, size_t n);

/* Answers the call and frees `out`. The message goes along with NO_ERROR only. */
void rrasx_out_reply(struct rrasx_out *out, struct rpc_call *call, uint32_t code);
/* Answers with success and one small message (RRASX_SMALL_MAX at most) without needing any memory. */
#define RRASX_SMALL_MAX 2048u
void rrasx_out_reply_small(struct rpc_call *call, const struct rrasx_message *m, const void *src);

#endif
