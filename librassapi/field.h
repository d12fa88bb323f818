/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in members of fixed length. */
#ifndef OPENRRAS_LIBRASSAPI_FIELD_H
#define OPENRRAS_LIBRASSAPI_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <wintypes.h>

/* How many units of a text fit in a member of `units`, with its NUL: cut on a whole character. */
static inline size_t field_length(const WCHAR *text, size_t units)
{
    size_t n = 0;

    while (n + 1 < units && text[n])
        n++;
    bool cut_in_a_pair =
        n > 0 && text[n] >= 0xdc00 && text[n] <= 0xdfff && text[n - 1] >= 0xd800 && text[n - 1] <= 0xdbff;
    return cut_in_a_pair ? n - 1 : n;
}

/* Puts it into a member that is all zeros. */
static inline void field_put(WCHAR *member, size_t units, const WCHAR *text)
{
    memcpy(member, text, field_length(text, units) * sizeof *text);
}

#define FIELD_PUT(member, text) field_put(member, sizeof(member) / sizeof(member)[0], text)

#endif
