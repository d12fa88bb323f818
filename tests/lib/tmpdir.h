/* SPDX-License-Identifier: Apache-2.0 */
/* Where tests put their files: below TMPDIR, as any program's, so that whoever runs them can tidy up after a crash. */
#ifndef OPENRRAS_TESTS_TMPDIR_H
#define OPENRRAS_TESTS_TMPDIR_H

#include <stdio.h>
#include <stdlib.h>

/* A template for mkdtemp(), TMPDIR/NAME-XXXXXX. Ends the program when it does not fit. */
static inline void tmpdir_template(char *dst, size_t cap, const char *name)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(dst, cap, "%s/%s-XXXXXX", tmp && tmp[0] ? tmp : "/tmp", name);
    if (n < 0 || (size_t)n >= cap) {
        fprintf(stderr, "TMPDIR is too long for a test's socket: %s\n", tmp);
        exit(1);
    }
}

#endif
