/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- writing ---- */

static json_t *number(uint64_t v)
{
    return json_integer(v < INT64_MAX ? (json_int_t)v : INT64_MAX);
}

static int append_counts(json_t *array, const struct sa_counts *c)
{
    return json_array_append_new(array, number(c->bytes_in)) | json_array_append_new(array, number(c->bytes_out)) |
           json_array_append_new(array, number(c->packets_in)) | json_array_append_new(array, number(c->packets_out));
}

/* [ID, SPIS, IKE, WHO, START, counts..., [[CHILD, counts..., counts before...], ...]]; arrays, because there may be
 * many. */
static int append_session(void *ctx, const struct sessions_memory *m)
{
    json_t *all = ctx, *one = json_array(), *children = json_array();
    int failed = json_array_append_new(one, json_string(m->id)) | json_array_append_new(one, json_string(m->spis)) |
                 json_array_append_new(one, number(m->ike)) | json_array_append_new(one, number(m->who)) |
                 json_array_append_new(one, json_integer(m->start)) | append_counts(one, &m->ended);
    for (size_t i = 0; i < m->children_n; i++) {
        json_t *child = json_array();
        failed |= json_array_append_new(child, number(m->children[i].id)) |
                  append_counts(child, &m->children[i].counts) | append_counts(child, &m->children[i].before) |
                  json_array_append_new(children, child);
    }
    failed |= json_array_append_new(one, children) | json_array_append_new(all, one);
    return failed ? -ENOMEM : 0;
}

static int write_file(const char *path, const char *text, size_t n)
{
    char temporary[4096 + 8];
    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int r = 0;
    while (n > 0 && r == 0) {
        ssize_t w = write(fd, text, n);
        if (w < 0 && errno != EINTR)
            r = -errno;
        if (w > 0) {
            text += w;
            n -= (size_t)w;
        }
    }
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0)
        unlink(temporary);
    return r;
}

int memory_save(const char *path, const char *run, const struct sessions *s)
{
    json_t *all = json_array();
    json_t *root = json_pack("{s:i, s:s, s:o}", "version", 1, "run", run, "sessions", all);
    int r = root ? sessions_each(s, append_session, all) : -ENOMEM;
    char *text = r == 0 ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (r == 0)
        r = text ? write_file(path, text, strlen(text)) : -ENOMEM;
    free(text);
    return r;
}

/* ---- reading ---- */

/* A number from 0 up. */
static bool get(const json_t *array, size_t i, uint64_t *ret)
{
    const json_t *v = json_array_get(array, i);
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *ret = (uint64_t)json_integer_value(v);
    return true;
}

static bool get_counts(const json_t *array, size_t i, struct sa_counts *ret)
{
    return get(array, i, &ret->bytes_in) && get(array, i + 1, &ret->bytes_out) && get(array, i + 2, &ret->packets_in) &&
           get(array, i + 3, &ret->packets_out);
}

/* CHILD_SAs are numbered anew in each run, and so are IKE_SAs: those of another one are nobody's, and without its SPIs
 * an IKE_SA of another one can't be told from it. */
static int restore(struct sessions *s, const json_t *one, bool same_run)
{
    static struct sessions_child children[SESSIONS_CHILDREN_MAX];
    struct sessions_memory m = {.children = children};
    uint64_t start;
    const json_t *list = json_array_get(one, 9);
    m.id = json_string_value(json_array_get(one, 0));
    m.spis = json_string_value(json_array_get(one, 1));
    m.children_n = same_run ? json_array_size(list) : 0;
    if (!m.id || !m.spis || !get(one, 2, &m.ike) || !get(one, 3, &m.who) || !get(one, 4, &start) ||
        !get_counts(one, 5, &m.ended) || m.children_n > SESSIONS_CHILDREN_MAX || (!same_run && !m.spis[0]))
        return -EINVAL;
    m.start = (int64_t)start;
    for (size_t i = 0; i < m.children_n; i++) {
        const json_t *child = json_array_get(list, i);
        if (!get(child, 0, &children[i].id) || !get_counts(child, 1, &children[i].counts) ||
            !get_counts(child, 5, &children[i].before))
            return -EINVAL;
    }
    return sessions_restore(s, &m);
}

static int take_all(const json_t *root, const char *run, struct sessions *s)
{
    const json_t *of = json_object_get(root, "run"), *all = json_object_get(root, "sessions"), *one;
    size_t i;
    int n = 0;
    if (!json_is_string(of) || !json_is_array(all))
        return -EINVAL;
    bool same_run = strcmp(json_string_value(of), run) == 0;
    json_array_foreach(all, i, one)
    {
        n += restore(s, one, same_run) == 0;
    }
    return n;
}

static int open_own(const char *path, FILE **ret)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    int r = fstat(fd, &st) < 0 ? -errno : 0;
    if (r == 0 && (!S_ISREG(st.st_mode) || (st.st_mode & 022) || st.st_uid != geteuid()))
        r = -EPERM;
    if (r == 0 && (uint64_t)st.st_size > MEMORY_FILE_MAX)
        r = -EFBIG;
    FILE *f = r == 0 ? fdopen(fd, "r") : NULL;
    if (r == 0 && !f)
        r = -errno;
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret = f;
    return 0;
}

int memory_read(FILE *f, const char *run, struct sessions *s)
{
    json_error_t error;
    json_t *root = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
    int r = root ? take_all(root, run, s) : -EINVAL;
    json_decref(root);
    return r;
}

int memory_load(const char *path, const char *run, struct sessions *s)
{
    FILE *f = NULL;
    int r = open_own(path, &f);
    if (r < 0)
        return r;
    r = memory_read(f, run, s);
    fclose(f);
    return r;
}
