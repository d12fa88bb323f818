/* SPDX-License-Identifier: Apache-2.0 */
/* Structures of any message, filled and compared by its table. */
#ifndef OPENRRAS_TESTS_RRASX_SAMPLE_H
#define OPENRRAS_TESTS_RRASX_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rrasx/message.h"

/* Every message that there is; NULL behind the last. */
extern const struct rrasx_message *const sample_messages[];

#define SAMPLE_LIST_ITEMS 3u

/* How much is in a sample. */
enum sample_kind {
    SAMPLE_EMPTY,  /* nothing: zeros, NULL texts */
    SAMPLE_SHORT,  /* something in every member */
    SAMPLE_LIMITS, /* numbers with all bits, texts at their limits */
};

/* A structure of this message; free with sample_free(). */
void *sample_new(const struct rrasx_message *m, enum sample_kind kind, unsigned seed);
void sample_free(const struct rrasx_message *m, void *s);
/* Do they say the same? NULL and "" are the same text. */
void sample_assert_same(const struct rrasx_message *m, const void *a, const void *b);

/* What was encoded: malloc()ed, of exactly this size. */
struct rrasx_chunk sample_encode(const struct rrasx_message *m, const void *s);
/* Decoded into one piece of memory that begins with the structure; NULL: refused. free() it. */
void *sample_decode(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n);

#endif
