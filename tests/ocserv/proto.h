/* SPDX-License-Identifier: Apache-2.0 */
/* Writes messages as ocserv sends them, byte by byte: not with the code that reads them. */
#ifndef OPENRRAS_TESTS_OCSERV_PROTO_H
#define OPENRRAS_TESTS_OCSERV_PROTO_H

#include <stdint.h>
#include <string.h>

struct bytes {
    uint8_t p[65536];
    size_t n;
};

static inline void put_varint(struct bytes *b, uint64_t v)
{
    for (; v > 127; v >>= 7)
        b->p[b->n++] = (uint8_t)(v | 128);
    b->p[b->n++] = (uint8_t)v;
}

static inline void put_number(struct bytes *b, unsigned field, uint64_t v)
{
    put_varint(b, field << 3);
    put_varint(b, v);
}

static inline void put_bytes(struct bytes *b, unsigned field, const void *p, size_t n)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, n);
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}

static inline void put_text(struct bytes *b, unsigned field, const char *text)
{
    put_bytes(b, field, text, strlen(text));
}

static inline uint64_t zigzag(int32_t v)
{
    return (uint32_t)v << 1 ^ (uint32_t)(v >> 31);
}

#endif
