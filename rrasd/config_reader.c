/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/config_reader.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/*
 * What inih takes of a line in its usual build (INI_MAX_LINE 200 with NUL; names in fields of 50). It would cut the
 * rest off silently, or take it for another line, so longer ones are refused here.
 */
#define LINE_LIMIT 198
#define KEY_LIMIT  49
#define SHOWN_MAX  160

struct reader {
    FILE *file;
    const char *name;
    const struct config_events *events;
    struct complaints *c;
    char *line; /* getline's */
    size_t cap;
    unsigned number;
    bool pair_due; /* the line that inih has got should make it call on_pair */
};

static const char *shown(char dst[static SHOWN_MAX], const char *text)
{
    return text_escape_z(dst, SHOWN_MAX, text);
}

/* What inih did not take for a pair although the line had to be one. */
static void finish_line(struct reader *r)
{
    if (r->pair_due)
        complain(r->c, r->name, r->number, "this line is neither a [section] nor \"key = value\"");
    r->pair_due = false;
}

/* "[name]", perhaps with a comment behind it. */
static void take_section(struct reader *r, char *line)
{
    char buf[SHOWN_MAX];
    char *end = strchr(line, ']');
    if (!end) {
        complain(r->c, r->name, r->number, "the section has no closing ]");
        return;
    }
    const char *rest = end + 1 + strspn(end + 1, " \t");
    if (*rest && *rest != ';' && *rest != '#') {
        complain(r->c, r->name, r->number, "after the section's ] there is \"%s\"", shown(buf, rest));
        return;
    }
    *end = '\0';
    r->events->section(r->events->ctx, r->number, line + 1);
}

/* Check the line that getline has read; what inih shall see of it. */
static const char *look_at(struct reader *r, size_t n)
{
    char *line = r->line;
    if (n != strlen(line)) {
        complain(r->c, r->name, r->number, "the line has a NUL byte");
        return "";
    }
    while (n > 0 && strchr(" \t\r\n", line[n - 1]))
        line[--n] = '\0';
    if (r->number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3; /* a byte order mark, as some editors write */
    /* inih would take an indented line for more of the value before it. Nobody who indents means that. */
    line += strspn(line, " \t");
    if (strlen(line) > LINE_LIMIT) {
        complain(r->c, r->name, r->number, "the line is longer than %d bytes; lists may be given in several lines",
                 LINE_LIMIT);
        return "";
    }
    if (*line == '[') {
        take_section(r, line);
        return "";
    }
    r->pair_due = *line && *line != ';' && *line != '#';
    return line;
}

static char *next_line(char *dst, int size, void *stream)
{
    struct reader *r = stream;
    finish_line(r);
    ssize_t n = getline(&r->line, &r->cap, r->file);
    if (n < 0)
        return NULL;
    r->number++;
    snprintf(dst, (size_t)size, "%s\n", look_at(r, (size_t)n));
    return dst;
}

static int on_pair(void *ctx, const char *section, const char *key, const char *value)
{
    struct reader *r = ctx;
    (void)section; /* cut by inih; ours come through take_section() */
    r->pair_due = false;
    if (strlen(key) >= KEY_LIMIT)
        complain(r->c, r->name, r->number, "the key is longer than %d bytes", KEY_LIMIT - 1);
    else
        r->events->pair(r->events->ctx, r->number, key, value);
    return 1;
}

int config_read(FILE *file, const char *name, const struct config_events *events, struct complaints *c)
{
    struct reader r = {.file = file, .name = name, .events = events, .c = c};
    errno = 0;
    int result = ini_parse_stream(next_line, &r, on_pair, &r);
    int err = ferror(file) ? errno : 0;
    free(r.line);
    if (err)
        return -err;
    return result == -2 ? -ENOMEM : 0; /* a line number is not news: next_line() has complained */
}
