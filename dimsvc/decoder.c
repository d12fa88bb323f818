/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder of answers: a state machine over pieces of any size. It gathers a handful of bytes (`need`), looks at
 * them, and says what to gather next; the bytes of the container go through without being gathered.
 */
#include "dimsvc/client.h"

#include <string.h>

#include <winerror.h>

#include "rpc/limits.h"

enum step {
    STEP_START = 0, /* nothing has come: a decoder that is all zero but for its parameters */
    STEP_CONTAINER, /* size and pointer */
    STEP_COUNT,     /* max_count */
    STEP_BYTES,
    STEP_GAP,    /* up to a multiple of 4 */
    STEP_ITEMS,  /* number of items */
    STEP_COUNTS, /* entries read, entries in all, resume pointer */
    STEP_RESUME, /* resume value */
    STEP_CODE,
    STEP_PADDING, /* all is there */
    STEP_FAILED,
};

static void gather(struct dim_decoder *d, enum step step, size_t need)
{
    d->at.step = (int)step;
    d->at.need = need;
    d->at.got = 0;
}

static uint32_t fail(struct dim_decoder *d, uint32_t code)
{
    d->at.step = STEP_FAILED;
    return code;
}

static uint32_t part_u32(const struct dim_decoder *d, size_t offset)
{
    struct rpc_rd r = rpc_rd_init(d->at.part + offset, 4, d->at.big);
    return rpc_rd_u32(&r);
}

static void after_container(struct dim_decoder *d)
{
    if (d->kind == DIM_ANSWER_LIST)
        gather(d, STEP_COUNTS, 12);
    else if (d->kind == DIM_ANSWER_COUNTED)
        gather(d, STEP_ITEMS, 4);
    else
        gather(d, STEP_CODE, 4);
}

static bool has_many(const struct dim_decoder *d)
{
    return d->kind == DIM_ANSWER_LIST || d->kind == DIM_ANSWER_COUNTED;
}

/* Can a container of this kind of answer have so many bytes: none, one item, or in a list any number of whole items? */
static bool is_possible(const struct dim_decoder *d, size_t bytes)
{
    if (bytes == 0 || d->kind == DIM_ANSWER_MESSAGE)
        return true;
    for (size_t i = 0; i < 2; i++) {
        if (d->sizes[i] == 0)
            continue;
        if (bytes == d->sizes[i] || (has_many(d) && bytes % d->sizes[i] == 0))
            return true;
    }
    return false;
}

static uint32_t on_container(struct dim_decoder *d)
{
    d->container_bytes = part_u32(d, 0);
    bool has_bytes = part_u32(d, 4) != 0;
    if ((!has_bytes && d->container_bytes != 0) || d->container_bytes > RPC_RESPONSE_STUB_MAX ||
        !is_possible(d, d->container_bytes))
        return fail(d, RPC_X_BAD_STUB_DATA);
    if (has_bytes)
        gather(d, STEP_COUNT, 4);
    else
        after_container(d);
    return 0;
}

static uint32_t on_count(struct dim_decoder *d)
{
    if (part_u32(d, 0) != d->container_bytes)
        return fail(d, RPC_X_BAD_STUB_DATA);
    if (d->container_bytes == 0) {
        after_container(d);
        return 0;
    }
    d->at.left = d->container_bytes;
    d->at.step = STEP_BYTES;
    uint32_t code = d->begin ? d->begin(d->ctx, d->container_bytes) : 0;
    return code == 0 ? 0 : fail(d, code);
}

static uint32_t on_counts(struct dim_decoder *d)
{
    d->read = part_u32(d, 0);
    d->total = part_u32(d, 4);
    bool has_resume = part_u32(d, 8) != 0;
    if (has_resume != d->resume)
        return fail(d, RPC_X_BAD_STUB_DATA);
    if (has_resume)
        gather(d, STEP_RESUME, 4);
    else
        gather(d, STEP_CODE, 4);
    return 0;
}

/* After success all that was said must fit together. After an error nothing is asked of the outputs: nobody looks at
 * them. */
static bool is_consistent(const struct dim_decoder *d)
{
    if (d->kind == DIM_ANSWER_CODE || d->kind == DIM_ANSWER_MESSAGE)
        return true;
    if (d->kind == DIM_ANSWER_CONTAINER)
        return d->code != ERROR_SUCCESS || d->container_bytes != 0; /* of a size that is right, as was seen above */
    bool more = d->kind == DIM_ANSWER_LIST && d->code == ERROR_MORE_DATA;
    if (d->code != ERROR_SUCCESS && !more)
        return true;
    if (d->read > d->total)
        return false;
    uint64_t bytes = d->container_bytes;
    return (uint64_t)d->read * d->sizes[0] == bytes || (d->sizes[1] != 0 && (uint64_t)d->read * d->sizes[1] == bytes);
}

static uint32_t on_code(struct dim_decoder *d)
{
    d->code = part_u32(d, 0);
    if (!is_consistent(d))
        return fail(d, RPC_X_BAD_STUB_DATA);
    d->at.step = STEP_PADDING;
    d->at.left = DIM_REPLY_PADDING_MAX;
    return 0;
}

/* What was gathered is complete. */
static uint32_t on_part(struct dim_decoder *d)
{
    switch ((enum step)d->at.step) {
    case STEP_CONTAINER:
        return on_container(d);
    case STEP_COUNT:
        return on_count(d);
    case STEP_GAP:
        after_container(d);
        return 0;
    case STEP_ITEMS:
        d->read = d->total = part_u32(d, 0);
        gather(d, STEP_CODE, 4);
        return 0;
    case STEP_COUNTS:
        return on_counts(d);
    case STEP_RESUME:
        d->resume_out = part_u32(d, 0);
        gather(d, STEP_CODE, 4);
        return 0;
    case STEP_CODE:
        return on_code(d);
    case STEP_START:
    case STEP_BYTES:
    case STEP_PADDING:
    case STEP_FAILED:
    default:
        return fail(d, RPC_X_BAD_STUB_DATA);
    }
}

static uint32_t take_bytes(struct dim_decoder *d, const uint8_t *p, size_t n)
{
    uint32_t code = d->bytes ? d->bytes(d->ctx, p, n) : 0;
    if (code != 0)
        return fail(d, code);
    d->at.left -= n;
    if (d->at.left > 0)
        return 0;
    size_t gap = (4 - d->container_bytes % 4) % 4;
    if (gap > 0)
        gather(d, STEP_GAP, gap);
    else
        after_container(d);
    return 0;
}

static uint32_t take_part(struct dim_decoder *d, const uint8_t *p, size_t n)
{
    memcpy(d->at.part + d->at.got, p, n);
    d->at.got += n;
    return d->at.got < d->at.need ? 0 : on_part(d);
}

/* How much of what has come belongs to the present step. */
static size_t share(const struct dim_decoder *d, size_t n)
{
    bool counted = d->at.step == STEP_BYTES || d->at.step == STEP_PADDING;
    size_t want = counted ? d->at.left : d->at.need - d->at.got;
    return n < want ? n : want;
}

static uint32_t take(struct dim_decoder *d, const uint8_t *p, size_t n)
{
    if (n == 0)
        return fail(d, RPC_X_BAD_STUB_DATA); /* more than the padding that is allowed */
    if (d->at.step == STEP_BYTES)
        return take_bytes(d, p, n);
    if (d->at.step == STEP_PADDING) {
        d->at.left -= n;
        return 0;
    }
    return take_part(d, p, n);
}

uint32_t dim_decoder_data(void *decoder, const uint8_t *p, size_t n, bool big)
{
    struct dim_decoder *d = decoder;
    uint32_t code = 0;
    if (d->at.step == STEP_START) {
        d->at.big = big;
        if (d->kind == DIM_ANSWER_CODE)
            gather(d, STEP_CODE, 4);
        else
            gather(d, STEP_CONTAINER, 8);
    }
    while (n > 0 && code == 0) {
        if (d->at.step == STEP_FAILED)
            return RPC_X_BAD_STUB_DATA;
        size_t now = share(d, n);
        code = take(d, p, now);
        p += now;
        n -= now;
    }
    return code;
}

uint32_t dim_decoder_end(struct dim_decoder *d)
{
    return d->at.step == STEP_PADDING ? 0 : RPC_X_BAD_STUB_DATA;
}
