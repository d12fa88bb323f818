/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#define NEW_FILE SECRETS_FILE ".new"

struct secrets {
    struct work_line line;
    char directory[];
};

/* ---- in a worker ---- */

/* As many bytes as there are, at most cap; how many, or negative errno. */
static ssize_t read_all(int fd, uint8_t *dst, size_t cap)
{
    size_t n = 0;
    while (n < cap) {
        ssize_t got = read(fd, dst + n, cap - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static int write_all(int fd, const uint8_t *src, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, src, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        src += put;
        n -= (size_t)put;
    }
    return 0;
}

/* What others can read is no secret any more: better to say so than to hand it out. */
static int check_file(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    return !S_ISREG(st.st_mode) ? -EINVAL : (st.st_mode & (S_IRWXG | S_IRWXO)) != 0 ? -EPERM : 0;
}

static int read_key(int dir, struct secrets_job *job)
{
    uint8_t bytes[SECRETS_KEY_MAX + 1u];
    int fd = openat(dir, SECRETS_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    int r = check_file(fd);
    ssize_t n = r < 0 ? r : read_all(fd, bytes, sizeof bytes);
    close(fd);
    if (n >= 0 && n <= (ssize_t)SECRETS_KEY_MAX) {
        memcpy(job->key, bytes, (size_t)n);
        job->n = (size_t)n;
    }
    explicit_bzero(bytes, sizeof bytes);
    return n < 0 ? (int)n : n > (ssize_t)SECRETS_KEY_MAX ? -EMSGSIZE : 0;
}

static int write_key(int dir, const struct secrets_job *job)
{
    if (unlinkat(dir, NEW_FILE, 0) < 0 && errno != ENOENT) /* one that a crash has left */
        return -errno;
    int fd = openat(dir, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    int r = write_all(fd, job->key, job->n);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && renameat(dir, NEW_FILE, dir, SECRETS_FILE) < 0)
        r = -errno;
    if (r < 0)
        (void)unlinkat(dir, NEW_FILE, 0); /* if it can't: the next key does it */
    return r;
}

static int delete_key(int dir)
{
    return unlinkat(dir, SECRETS_FILE, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int carry_out(const char *directory, struct secrets_job *job)
{
    int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return -errno;
    int r = job->what == SECRETS_READ ? read_key(dir, job) : job->n > 0 ? write_key(dir, job) : delete_key(dir);
    if (r == 0 && job->what == SECRETS_WRITE && fsync(dir) < 0)
        r = -errno;
    close(dir);
    return r;
}

static int work(void *ctx, struct work_item *item)
{
    const struct secrets *s = ctx;
    return carry_out(s->directory, (struct secrets_job *)item);
}

/* ---- on the loop's thread ---- */

static void after_work(void *ctx, struct work_item *item, int result)
{
    const struct secrets *s = ctx;
    struct secrets_job *job = (struct secrets_job *)item;
    if (result < 0)
        log_error("%s/" SECRETS_FILE ": can't be %s: %s", s->directory, job->what == SECRETS_READ ? "read" : "written",
                  result == -EPERM ? "others than its owner can read it (chmod 600)" : strerror(-result));
    job->done(job, result);
}

int secrets_do(struct secrets *s, struct secrets_job *job)
{
    return work_line_put(&s->line, &job->item);
}

struct secrets *secrets_new(uv_loop_t *loop, const char *directory)
{
    size_t n = strlen(directory) + 1u;
    struct secrets *s = calloc(1, sizeof *s + n);
    if (!s)
        return NULL;
    s->line = (struct work_line){.loop = loop, .max = SECRETS_WAITING_MAX, .work = work, .done = after_work, .ctx = s};
    work_line_init(&s->line);
    memcpy(s->directory, directory, n);
    return s;
}

void secrets_free(struct secrets *s)
{
    free(s);
}
