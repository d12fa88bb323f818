/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/detail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openrras.h>

#include "common/text.h"

/* Holds the longest socket path, escaped, and a sentence. */
#define DETAIL_MAX 512u

static _Thread_local char last[DETAIL_MAX];

void detail_clear(void)
{
    last[0] = '\0';
}

void detail_set(const char *format, ...)
{
    char raw[DETAIL_MAX];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    if (n < 0)
        raw[0] = '\0';
    text_escape_z(last, sizeof last, raw);
}

size_t OpenRrasLastDetail(char *text, size_t size)
{
    size_t n = strlen(last);

    if (text && size) {
        size_t part = n < size ? n : size - 1;
        memcpy(text, last, part);
        text[part] = '\0';
    }
    return n;
}
