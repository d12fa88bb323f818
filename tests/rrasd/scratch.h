/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of its own for each test, gone afterwards. */
#ifndef OPENRRAS_TESTS_RRASD_SCRATCH_H
#define OPENRRAS_TESTS_RRASD_SCRATCH_H

#include <stddef.h>

#define SCRATCH_PATH_MAX 256

struct scratch {
    char dir[64];
};

/* cmocka's setup and teardown: *state is a struct scratch. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* DIR/name into dst; returns dst. */
char *scratch_path(const struct scratch *s, char dst[static SCRATCH_PATH_MAX], const char *name);
/* Write a file; returns its path in dst. */
char *scratch_file(const struct scratch *s, char dst[static SCRATCH_PATH_MAX], const char *name, const void *content,
                   size_t n);
/* The whole file as text, to be freed. NULL when it can't be read. */
char *scratch_read(const char *path);

#endif
