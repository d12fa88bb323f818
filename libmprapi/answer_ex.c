/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/answer_ex.h"

#include <stdlib.h>
#include <string.h>

#include "libmprapi/buffer.h"

#define FIRST_CAPACITY 512u /* the answer of a server without certificates */

/* ---- connections ---- */

static uint32_t connections_begin(void *ctx, size_t elements)
{
    struct connections_ex *a = ctx;

    a->count = elements;
    if (!a->list)
        return elements == 1 ? NO_ERROR : RPC_X_BAD_STUB_DATA;
    a->buffer = buffer_new(BUFFER_RECORDS, elements * sizeof(RAS_CONNECTION_EX));
    return a->buffer ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

/* The decoder gives no more than was announced. A mistake there must not become an overflow here, so that is checked
 * again. */
static uint32_t connection(void *ctx, const uint8_t *arm, bool ikev2)
{
    struct connections_ex *a = ctx;

    if (a->done == a->count)
        return RPC_X_BAD_STUB_DATA;
    LPBYTE to = a->list ? a->buffer + a->done * sizeof(RAS_CONNECTION_EX) : (LPBYTE)&a->one;
    convert_record(convert_connection_ex(ikev2), arm, to);
    a->done++;
    return NO_ERROR;
}

/* Frees what a try before has left. */
static void begin_connections(void *answer)
{
    struct connections_ex *a = answer;

    if (a->buffer)
        buffer_free(BUFFER_RECORDS, a->buffer);
    a->buffer = NULL;
    a->count = a->done = 0;
    dim_connections_ex_init(&a->decoder);
    a->decoder.list = a->list;
    a->decoder.resume = a->resume;
    a->decoder.begin = connections_begin;
    a->decoder.element = connection;
    a->decoder.ctx = a;
}

static uint32_t end_connections(void *answer)
{
    struct connections_ex *a = answer;
    return dim_connections_ex_end(&a->decoder);
}

uint32_t answer_ex_connections(struct pool *p, const struct request *q, struct connections_ex *ret)
{
    const struct call c = {
        .interface = ASSOCIATION_DIMSVC,
        .opnum = q->opnum,
        .stub = q->stub,
        .len = q->len,
        .sink = {.data = dim_connections_ex_data, .ctx = &ret->decoder},
        .begin = begin_connections,
        .end = end_connections,
        .answer = ret,
    };

    ret->buffer = NULL;
    return answer_ex_code(call_again(p, &c, call_deadline(p, &c)));
}

/* ---- as it is ---- */

static uint32_t gather(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct gathered *g = ctx;

    g->big = big;
    if (n > g->max - g->n)
        return RPC_X_BAD_STUB_DATA;
    if (n > g->cap - g->n) {
        size_t cap = g->cap ? g->cap : FIRST_CAPACITY;
        while (cap < g->n + n)
            cap *= 2;
        uint8_t *bytes = realloc(g->p, cap);
        if (!bytes)
            return ERROR_NOT_ENOUGH_MEMORY;
        g->p = bytes;
        g->cap = cap;
    }
    memcpy(g->p + g->n, p, n);
    g->n += n;
    return NO_ERROR;
}

static void begin_gathering(void *answer)
{
    struct gathered *g = answer;
    g->n = 0;
}

static uint32_t end_gathering(void *answer)
{
    const struct gathered *g = answer;
    return g->n ? NO_ERROR : RPC_X_BAD_STUB_DATA;
}

uint32_t answer_ex_gather(struct pool *p, const struct request *q, struct gathered *ret)
{
    const struct call c = {
        .interface = ASSOCIATION_DIMSVC,
        .opnum = q->opnum,
        .stub = q->stub,
        .len = q->len,
        .sink = {.data = gather, .ctx = ret},
        .begin = begin_gathering,
        .end = end_gathering,
        .answer = ret,
    };

    return answer_ex_code(call_again(p, &c, call_deadline(p, &c)));
}

uint32_t answer_ex_code(uint32_t code)
{
    return code == RPC_S_PROCNUM_OUT_OF_RANGE ? ERROR_PROC_NOT_FOUND : code;
}
