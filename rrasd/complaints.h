/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a file: sentences with file and line, collected so that all of them can be shown at once. */
#ifndef OPENRRAS_RRASD_COMPLAINTS_H
#define OPENRRAS_RRASD_COMPLAINTS_H

#include <stdbool.h>
#include <stddef.h>

#define COMPLAINTS_MAX 1000u /* a file that is no configuration at all need not be complained about line by line */

struct complaints {
    char **lines; /* owned */
    size_t n;
    bool no_memory; /* one more is missing */
};

/* "FILE:LINE: sentence", or "FILE: sentence" when line is 0. Text from the file is escaped by the caller. */
void complain(struct complaints *c, const char *file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool complaints_any(const struct complaints *c);
void complaints_clear(struct complaints *c);

#endif
