/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"
#include "tests/lib/tmpdir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int scratch_setup(void **state)
{
    struct scratch *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    tmpdir_template(s->dir, sizeof s->dir, "rrasd-test");
    *state = s;
    return mkdtemp(s->dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

int scratch_teardown(void **state)
{
    struct scratch *s = *state;
    int r = nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(s);
    return r;
}

char *scratch_path(const struct scratch *s, char dst[static SCRATCH_PATH_MAX], const char *name)
{
    snprintf(dst, SCRATCH_PATH_MAX, "%s/%s", s->dir, name);
    return dst;
}

char *scratch_file(const struct scratch *s, char dst[static SCRATCH_PATH_MAX], const char *name, const void *content,
                   size_t n)
{
    FILE *f = fopen(scratch_path(s, dst, name), "w");
    if (!f || fwrite(content, 1, n, f) != n || fclose(f) != 0)
        abort();
    return dst;
}

char *scratch_read(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    if (getdelim(&text, &size, '\0', f) < 0) {
        free(text);
        text = strdup("");
    }
    fclose(f);
    return text;
}
