/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "rrasd/audit.h"

struct audit_file {
    uv_loop_t *loop;
    uv_timer_t timer; /* runs only while something waits to be synced */
    uv_work_t work;
    bool syncing;
    bool syncing_old; /* the worker has old_fd, to be closed afterwards */
    int sync_error;   /* of the worker */
    int sync_fd;      /* what the worker works on */
    int fd;
    int old_fd; /* after a rotation: to be synced and closed, -1: none */
    bool dirty; /* written since the last sync began */
    bool torn;  /* the last write ended in the middle of a line */
    uint64_t failures;
};

static int open_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
    struct stat st;
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return -EINVAL; /* a FIFO or a device would lose lines or block */
    }
    return fd;
}

static void on_timer(uv_timer_t *timer);

static void arm(struct audit_file *f)
{
    if (!uv_is_active((uv_handle_t *)&f->timer) && !uv_is_closing((uv_handle_t *)&f->timer))
        uv_timer_start(&f->timer, on_timer, AUDIT_SYNC_MS, 0);
}

/* Worker thread. A file system without syncing (EINVAL) has nothing to be made durable. */
static void sync_in_worker(uv_work_t *work)
{
    struct audit_file *f = work->data;
    f->sync_error = fdatasync(f->sync_fd) < 0 && errno != EINVAL ? errno : 0;
}

static void report_sync_error(struct audit_file *f, int err)
{
    if (!err)
        return;
    f->failures++;
    log_error("audit log: lines may not be on the disk: %s", strerror(err));
}

static void after_sync(uv_work_t *work, int status)
{
    struct audit_file *f = work->data;
    f->syncing = false;
    if (status == 0)
        report_sync_error(f, f->sync_error);
    if (f->syncing_old) {
        close(f->old_fd);
        f->old_fd = -1;
    }
    if (f->dirty || f->old_fd >= 0)
        arm(f);
}

static void on_timer(uv_timer_t *timer)
{
    struct audit_file *f = timer->data;
    if (f->syncing || (!f->dirty && f->old_fd < 0))
        return; /* after_sync() arms again when needed */
    f->syncing_old = f->old_fd >= 0;
    f->sync_fd = f->syncing_old ? f->old_fd : f->fd;
    if (!f->syncing_old)
        f->dirty = false;
    f->syncing = true;
    f->work.data = f;
    int r = uv_queue_work(f->loop, &f->work, sync_in_worker, after_sync);
    if (r < 0) {
        f->syncing = false;
        f->dirty = true;
        log_error("audit log: can't start a sync: %s", uv_strerror(r));
        arm(f);
    }
}

int audit_file_open(uv_loop_t *loop, const char *path, struct audit_file **ret)
{
    struct audit_file *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->fd = open_file(path);
    if (f->fd < 0) {
        int r = f->fd;
        free(f);
        return r;
    }
    f->loop = loop;
    f->old_fd = -1;
    uv_timer_init(loop, &f->timer);
    f->timer.data = f;
    *ret = f;
    return 0;
}

static void sync_now(struct audit_file *f, int fd)
{
    report_sync_error(f, fdatasync(fd) < 0 && errno != EINVAL ? errno : 0);
}

/* Two rotations within one sync: there is no place for a second old file, so this one is synced here and now. */
static void retire(struct audit_file *f, int fd)
{
    if (f->old_fd < 0) {
        f->old_fd = fd;
        arm(f);
        return;
    }
    sync_now(f, fd);
    close(fd);
}

int audit_file_reopen(struct audit_file *f, const char *path)
{
    int fd = open_file(path);
    if (fd < 0)
        return fd;
    int old = f->fd;
    f->fd = fd;
    f->torn = false;
    retire(f, old);
    return 0;
}

void audit_file_count_failure(struct audit_file *f)
{
    f->failures++;
}

static void lost(struct audit_file *f, int err, const char *line, size_t n)
{
    f->failures++;
    log_error("audit log: can't write (%s); the line is: %.*s", strerror(err), (int)n - 1, line);
}

void audit_file_append(struct audit_file *f, const char *line, size_t n)
{
    if (f->torn && write(f->fd, "\n", 1) == 1)
        f->torn = false;
    ssize_t written = write(f->fd, line, n);
    if (written != (ssize_t)n) {
        /* A disk that is full takes a part of the line: the next one must not be glued to it. */
        f->torn = f->torn || written > 0;
        lost(f, written < 0 ? errno : ENOSPC, line, n);
    }
    if (written > 0) {
        f->dirty = true;
        arm(f);
    }
}

uint64_t audit_file_failures(const struct audit_file *f)
{
    return f->failures;
}

void audit_file_close(struct audit_file *f)
{
    uv_close((uv_handle_t *)&f->timer, NULL);
}

void audit_file_free(struct audit_file *f)
{
    if (!f)
        return;
    if (f->old_fd >= 0) {
        sync_now(f, f->old_fd);
        close(f->old_fd);
    }
    sync_now(f, f->fd);
    close(f->fd);
    free(f);
}
