/* SPDX-License-Identifier: Apache-2.0 */
/* The library's function that ends in an operation of dimsvc, and what a caller may rely on whatever the server says.
 * For fuzz_mprapi_reply.c and tests/libmprapi/test_hostile.c. */
#ifndef OPENRRAS_FUZZ_LIBRARY_CALLS_H
#define OPENRRAS_FUZZ_LIBRARY_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include <openrras.h>

struct library_call {
    uint16_t opnum; /* one that the library has */
    DWORD level;    /* of those that have levels: an existing one */
    bool paged;     /* lists: ask for little rather than all */
    bool resumes;   /* lists: with a resume pointer */
};

/* Calls it: its code. A result is there exactly when the code says so, can be read to its last byte and freed once;
 * counts fit together; outputs are NULL and 0 after an error. Aborts when that is not so. */
DWORD library_call(MPR_SERVER_HANDLE h, const struct library_call *c);
bool library_has(uint16_t opnum);
/* Does it order something, rather than ask? An order is sent once. */
bool library_orders(uint16_t opnum);

#endif
