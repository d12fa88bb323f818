/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/complaints.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int place_and_text(char **ret, const char *file, unsigned line, const char *text)
{
    return line ? asprintf(ret, "%s:%u: %s", file, line, text) : asprintf(ret, "%s: %s", file, text);
}

void complain(struct complaints *c, const char *file, unsigned line, const char *format, ...)
{
    char *text, *whole;
    va_list ap;
    if (c->n >= COMPLAINTS_MAX)
        return;
    char **grown = realloc(c->lines, (c->n + 1) * sizeof *grown);
    if (!grown) {
        c->no_memory = true;
        return;
    }
    c->lines = grown;
    va_start(ap, format);
    int r = vasprintf(&text, format, ap);
    va_end(ap);
    if (r >= 0) {
        r = place_and_text(&whole, file, line, text);
        free(text);
    }
    if (r < 0) {
        c->no_memory = true;
        return;
    }
    c->lines[c->n++] = whole;
}

bool complaints_any(const struct complaints *c)
{
    return c->n > 0 || c->no_memory;
}

void complaints_clear(struct complaints *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->lines[i]);
    free(c->lines);
    *c = (struct complaints){0};
}
