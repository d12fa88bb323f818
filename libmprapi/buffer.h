/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given to the caller. Every live piece is in a table, so that freeing anything else, or twice, is
 * noticed without looking at the memory that the caller's pointer points to.
 *
 * Any thread may call any of these.
 */
#ifndef OPENRRAS_LIBMPRAPI_BUFFER_H
#define OPENRRAS_LIBMPRAPI_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

enum buffer_kind {
    BUFFER_RECORDS, /* freed with MprAdminBufferFree() */
    BUFFER_TEXT,    /* freed with LocalFree() */
};

/*
 * n bytes, not initialised, aligned for any type; n may be 0. NULL without memory. Large pieces cost memory only as
 * they are written to (malloc maps them), which is what keeps a server that announces much and sends little from
 * costing anything.
 */
void *buffer_new(enum buffer_kind kind, size_t n);

/* The same as BUFFER_RECORDS, overwritten when it is freed. */
void *buffer_new_secret(size_t n);

/* Frees it, if it is a live one of this kind; else does nothing and returns false. NULL is not one. */
bool buffer_free(enum buffer_kind kind, void *p);

#endif
