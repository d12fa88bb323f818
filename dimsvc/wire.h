/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a table of operations looks like from outside: for docs/wire.md, which is made of it, and for tests and fuzzers,
 * which hold the code against it. Nothing that runs reads it.
 */
#ifndef OPENRRAS_DIMSVC_WIRE_H
#define OPENRRAS_DIMSVC_WIRE_H

#include <stdbool.h>
#include <stdint.h>

struct dim_code {
    uint32_t code;
    const char *name; /* as in winerror.h, raserror.h, mprerror.h; NULL ends a list */
};

struct dim_wire {
    /* Parameters in wire order, a name for each letter of the table, with blanks between them. */
    const char *in, *out;
    /* Return values beside 5 and, with a LAN check, 903; those of our own backend among them. */
    const struct dim_code *codes;
    const char *limit; /* what is bounded here, and where; NULL: a request's size only */
    const char *by;    /* who does it */
};

/* NULL from DIM_OPNUMS on. */
const struct dim_wire *dim_wire(uint16_t opnum);
/* Is that a return value of this operation? */
bool dim_may_answer(uint16_t opnum, uint32_t code);

/* A row's list of codes. */
#define DIM_CODE(code)                                                                                                 \
    {                                                                                                                  \
        code, #code                                                                                                    \
    }
#define DIM_CODES(...)                                                                                                 \
    (const struct dim_code[])                                                                                          \
    {                                                                                                                  \
        __VA_ARGS__,                                                                                                   \
        {                                                                                                              \
            0, NULL                                                                                                    \
        }                                                                                                              \
    }

#endif
