/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/answer.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "libmprapi/buffer.h"

/* Makes room for the records once it is known what they are. */
static uint32_t settle(struct answer *a, const struct record *record, size_t bytes)
{
    a->record = record;
    a->count = bytes / record->wire_size;
    a->buffer = buffer_new(BUFFER_RECORDS, a->count * record->api_size);
    return a->buffer ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
}

static bool has_many(const struct answer *a)
{
    return a->kind == DIM_ANSWER_LIST || a->kind == DIM_ANSWER_COUNTED;
}

static bool fits(const struct answer *a, const struct record *record, size_t bytes)
{
    return record && (has_many(a) ? bytes % record->wire_size == 0 : bytes == record->wire_size);
}

/*
 * The container's size is known, the number of items is not: of a list it comes last. So a size that both variants of a
 * record divide says nothing yet, and the bytes are kept until the number is there. That is once in seventeen lists of
 * level 1, of a server that may be of either kind, so it needs to be right, not fast.
 */
static uint32_t container_begins(void *ctx, size_t bytes)
{
    struct answer *a = ctx;
    const struct record *first = a->level->records[0], *second = a->level->records[1];

    if (bytes == 0)
        return NO_ERROR;
    bool first_fits = fits(a, first, bytes), second_fits = fits(a, second, bytes);

    if (!first_fits && !second_fits)
        return RPC_X_BAD_STUB_DATA;
    if (first_fits && second_fits) {
        a->raw = malloc(bytes);
        return a->raw ? NO_ERROR : ERROR_NOT_ENOUGH_MEMORY;
    }
    return settle(a, first_fits ? first : second, bytes);
}

static void convert_next(struct answer *a, const uint8_t *wire)
{
    convert_record(a->record, wire, a->buffer + a->done * a->record->api_size);
    a->done++;
}

static void convert_part(struct answer *a, const uint8_t *place)
{
    uint8_t whole[CONVERT_WIRE_MAX];

    memcpy(whole, place, a->record->wire_size);
    convert_next(a, whole);
    a->part_len = 0;
}

/*
 * Adds to a record that does not come in one piece. A record is never larger on the wire than in the caller's buffer,
 * so its bytes wait where it will be. Returns how many were taken.
 */
static size_t add_part(struct answer *a, const uint8_t *p, size_t n)
{
    uint8_t *place = a->buffer + a->done * a->record->api_size;
    size_t missing = a->record->wire_size - a->part_len;
    size_t take = n < missing ? n : missing;

    memcpy(place + a->part_len, p, take);
    a->part_len += take;
    if (take == missing)
        convert_part(a, place);
    return take;
}

/* The decoder gives no more than was announced. A mistake there must not become an overflow here, so that is checked
 * again. */
static uint32_t container_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct answer *a = ctx;

    if (a->raw) {
        if (n > a->decoder.container_bytes - a->raw_len)
            return RPC_X_BAD_STUB_DATA;
        memcpy(a->raw + a->raw_len, p, n);
        a->raw_len += n;
        return NO_ERROR;
    }
    if (!a->record)
        return n ? RPC_X_BAD_STUB_DATA : NO_ERROR;
    while (n) {
        if (a->done == a->count)
            return RPC_X_BAD_STUB_DATA;
        size_t step = a->record->wire_size;
        if (a->part_len || n < step)
            step = add_part(a, p, n);
        else
            convert_next(a, p);
        p += step;
        n -= step;
    }
    return NO_ERROR;
}

void answer_init(struct answer *a, enum dim_answer kind, const struct level *level, bool resume)
{
    a->kind = kind;
    a->level = level;
    a->resume = resume;
    a->buffer = NULL;
    a->raw = NULL;
}

void answer_begin(struct answer *a)
{
    answer_free(a);
    a->record = NULL;
    a->count = a->done = a->part_len = a->raw_len = 0;
    a->decoder = (struct dim_decoder){.kind = a->kind, .resume = a->resume, .ctx = a};
    if (!a->level)
        return;
    for (size_t i = 0; i < 2; i++)
        a->decoder.sizes[i] = a->level->records[i] ? a->level->records[i]->wire_size : 0;
    a->decoder.begin = container_begins;
    a->decoder.bytes = container_bytes;
}

struct rpc_sink answer_sink(struct answer *a)
{
    return (struct rpc_sink){.data = dim_decoder_data, .ctx = &a->decoder};
}

/* The number of items has told which of two records they are. */
static uint32_t settle_raw(struct answer *a)
{
    const struct record *record = NULL;

    for (size_t i = 0; i < 2; i++) {
        if (a->decoder.read && a->raw_len == (size_t)a->decoder.read * a->level->records[i]->wire_size)
            record = a->level->records[i];
    }
    if (!record)
        return NO_ERROR; /* then nothing is done, and the answer not complete */
    uint32_t code = settle(a, record, a->raw_len);
    for (size_t i = 0; code == NO_ERROR && i < a->count; i++)
        convert_next(a, a->raw + i * record->wire_size);
    return code;
}

/* Did all records come that the answer says it has? Of an answer that says "no" nobody looks at them. */
static bool is_complete(const struct answer *a)
{
    if (a->decoder.code != NO_ERROR && a->decoder.code != ERROR_MORE_DATA)
        return true;
    return a->done == a->count && (!has_many(a) || a->decoder.read == a->count);
}

uint32_t answer_end(struct answer *a)
{
    uint32_t code = dim_decoder_end(&a->decoder);

    if (code == NO_ERROR && a->raw)
        code = settle_raw(a);
    return code == NO_ERROR && !is_complete(a) ? RPC_X_BAD_STUB_DATA : code;
}

void answer_free(struct answer *a)
{
    if (a->buffer)
        buffer_free(BUFFER_RECORDS, a->buffer);
    free(a->raw);
    a->buffer = NULL;
    a->raw = NULL;
}
