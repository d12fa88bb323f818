/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far something long has come. On a terminal one line that is rewritten, else a line every few seconds; on stderr,
 * and nothing at all for what is quickly done. Time comes in as an argument: milliseconds of a clock that only rises.
 */
#ifndef OPENRRAS_RASADMIN_PROGRESS_H
#define OPENRRAS_RASADMIN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRESS_TEXT_MAX 160u

struct progress_counts {
    uint64_t matched, asked, confirmed, failed;
};

struct progress {
    FILE *out;      /* NULL: says nothing */
    bool terminal;  /* rewrite one line */
    size_t width;   /* its cells; 0: no limit */
    bool cancelled; /* no more is asked: say so */
    uint64_t began_ms, told_ms;
    bool shown; /* a line stands on the terminal */
};

void progress_begin(struct progress *p, FILE *out, bool terminal, size_t width, uint64_t now_ms);
/* Say it, unless it was said a moment ago. */
void progress_update(struct progress *p, const struct progress_counts *c, uint64_t now_ms);
/* Take the line away. */
void progress_end(struct progress *p);

/* "1200 asked, 1100 confirmed, 3 failed of 10000; 200/s, 44s left" */
char *progress_text(char dst[static PROGRESS_TEXT_MAX], const struct progress *p, const struct progress_counts *c,
                    uint64_t now_ms);

#endif
