/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/store.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "router/keep_out.h"
#include "rrasd/store_keep_outs.h"
#include "rrasd/store_limits.h"
#include "rrasd/store_slots.h"
#include "rrasd/store_users.h"

struct store {
    sqlite3 *db;
    pthread_mutex_t one; /* transaction at a time */
    char path[PATH_MAX];
};

#define BUSY_MS 2000 /* somebody looks into the store with sqlite3(1): wait a little, don't fail */

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE run (only INTEGER PRIMARY KEY CHECK (only = 1), clean INTEGER NOT NULL,"
    " calls INTEGER NOT NULL, connection INTEGER NOT NULL) STRICT;" STORE_SLOTS_SCHEMA STORE_KEEP_OUTS_SCHEMA
        STORE_LIMITS_SCHEMA STORE_USERS_SCHEMA "PRAGMA user_version = 4;"
    "COMMIT;";
/* From the version before to this one. */
static const char *const steps[] = {
    [2] = "BEGIN IMMEDIATE;" STORE_KEEP_OUTS_SCHEMA "PRAGMA user_version = 2; COMMIT;",
    [3] = "BEGIN IMMEDIATE;" STORE_LIMITS_SCHEMA "PRAGMA user_version = 3; COMMIT;",
    [4] = "BEGIN IMMEDIATE;" STORE_USERS_SCHEMA "PRAGMA user_version = 4; COMMIT;",
};
_Static_assert(sizeof steps / sizeof steps[0] == STORE_SCHEMA_VERSION + 1, "a step leads to every version");
_Static_assert(STORE_SCHEMA_VERSION == 4, "the schema's text says its version too");

/* SQLite's codes as errno, as far as the difference matters to somebody. */
static int to_errno(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return 0;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return -EACCES;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* no such table: some other program's database */
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
        return -EBADMSG;
    default:
        return -EIO;
    }
}

static int run_sql(struct store *s, const char *sql)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return to_errno(rc);
}

/* The single integer that a query gives. -ENODATA: no row. */
static int query_int(struct store *s, const char *sql, int64_t *ret)
{
    sqlite3_stmt *q;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
    if (rc != SQLITE_OK)
        return to_errno(rc);
    rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        *ret = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? -ENODATA : to_errno(rc);
}

/* SQLite's own check of the whole file: the slots must not be trusted if a page is damaged. */
static int check_pages(struct store *s)
{
    sqlite3_stmt *q;
    int rc = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &q, NULL);
    if (rc != SQLITE_OK)
        return to_errno(rc);
    rc = sqlite3_step(q);
    const char *answer = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : NULL;
    int r = answer && strcmp(answer, "ok") == 0 ? 0 : rc == SQLITE_ROW ? -EBADMSG : to_errno(rc);
    sqlite3_finalize(q);
    return r;
}

static int read_past(struct store *s, struct store_past *past)
{
    int64_t clean, calls, connection;
    int r = check_pages(s);
    if (r == 0)
        r = query_int(s, "SELECT clean FROM run", &clean);
    if (r == -ENODATA)
        return 0; /* made, but no run has begun: as good as new */
    if (r == 0)
        r = query_int(s, "SELECT calls FROM run", &calls);
    if (r == 0)
        r = query_int(s, "SELECT connection FROM run", &connection);
    if (r < 0)
        return r;
    if (calls < 0 || calls > UINT32_MAX || connection < 0 || connection > UINT32_MAX)
        return -EBADMSG;
    past->known = true;
    past->clean = clean != 0;
    past->marks = (struct router_marks){.calls = (uint32_t)calls, .connection = (uint32_t)connection};
    return 0;
}

static void close_db(struct store *s)
{
    sqlite3_close(s->db);
    s->db = NULL;
}

/* -EBADMSG: it is of a later version, or damaged. */
static int bring_up_to_date(struct store *s, int64_t version)
{
    if (version == STORE_SCHEMA_VERSION)
        return 0;
    int r = version >= 1 && version < STORE_SCHEMA_VERSION ? check_pages(s) : -EBADMSG;
    while (r == 0 && version < STORE_SCHEMA_VERSION)
        r = run_sql(s, steps[++version]);
    if (r == 0)
        log_info("store: %s is now of version %d", s->path, STORE_SCHEMA_VERSION);
    return r;
}

/* 0, also for a fresh file; -EBADMSG: there is something that can't be used. */
static int open_db(struct store *s, struct store_past *past)
{
    int64_t version = 0;
    int rc = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc != SQLITE_OK)
        return to_errno(rc);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    int r = query_int(s, "PRAGMA user_version", &version);
    if (r == 0)
        r = run_sql(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
    if (r < 0)
        return r;
    if (version == 0)
        return run_sql(s, schema);
    r = bring_up_to_date(s, version);
    return r < 0 ? r : read_past(s, past);
}

/* The write-ahead log belongs to the file and is worthless without it. */
static int put_aside(const char *path)
{
    char aside[PATH_MAX + 64], side_file[PATH_MAX + 8];
    static const char *const side_files[] = {"-wal", "-shm"};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); /* to the nanosecond: two in one second must not replace each other */
    snprintf(aside, sizeof aside, "%s.unreadable-%" PRId64 ".%09ld", path, (int64_t)now.tv_sec, now.tv_nsec);
    if (rename(path, aside) < 0)
        return -errno;
    for (size_t i = 0; i < sizeof side_files / sizeof side_files[0]; i++) {
        snprintf(side_file, sizeof side_file, "%s%s", path, side_files[i]);
        if (unlink(side_file) < 0 && errno != ENOENT)
            return -errno;
    }
    log_error(
        "store: %s can't be used: it is damaged, or of a later version. It was renamed to %s, and rrasd goes on as "
        "after a crash, with a fresh one",
        path, aside);
    return 0;
}

int store_open(const char *dir, struct store **ret, struct store_past *past)
{
    struct store *s = calloc(1, sizeof *s);
    struct store_past found = {0};
    if (!s)
        return -ENOMEM;
    pthread_mutex_init(&s->one, NULL); /* with these attributes it can't fail */
    int n = snprintf(s->path, sizeof s->path, "%s/rrasd.db", dir);
    int r = n < 0 || (size_t)n >= sizeof s->path - 64 ? -ENAMETOOLONG : open_db(s, &found);
    if (r == -EBADMSG) {
        close_db(s);
        found = (struct store_past){0};
        r = put_aside(s->path);
        if (r == 0)
            r = open_db(s, &found);
    }
    if (r < 0) {
        log_error("store: can't open %s: %s", s->path, s->db ? sqlite3_errmsg(s->db) : strerror(-r));
        store_close(s);
        return r;
    }
    *past = found;
    *ret = s;
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    close_db(s);
    pthread_mutex_destroy(&s->one);
    free(s);
}

int store_read_slots(struct store *s, int (*each)(void *ctx, const struct router_saved *saved), void *ctx)
{
    int rc = SQLITE_OK;
    int r = store_slots_read(s->db, &rc, each, ctx);
    return r ? r : to_errno(rc);
}

static int put_run(struct store *s, bool clean, const struct router_marks *marks)
{
    sqlite3_stmt *q;
    int rc = sqlite3_prepare_v2(s->db, "INSERT OR REPLACE INTO run VALUES (1, ?, ?, ?)", -1, &q, NULL);
    if (rc != SQLITE_OK)
        return to_errno(rc);
    sqlite3_bind_int(q, 1, clean);
    sqlite3_bind_int64(q, 2, marks->calls);
    sqlite3_bind_int64(q, 3, marks->connection);
    rc = sqlite3_step(q);
    sqlite3_finalize(q);
    return to_errno(rc);
}

static int begin(struct store *s)
{
    pthread_mutex_lock(&s->one);
    int r = run_sql(s, "BEGIN IMMEDIATE");
    if (r < 0)
        pthread_mutex_unlock(&s->one);
    return r;
}

/* COMMIT when r is 0, else back to what was. Returns the first error. */
static int finish(struct store *s, int r)
{
    if (r == 0)
        r = run_sql(s, "COMMIT");
    if (r != 0)
        (void)run_sql(s, "ROLLBACK"); /* fails when SQLite has done it by itself */
    pthread_mutex_unlock(&s->one);
    return r;
}

int store_begin_run(struct store *s, const struct router_marks *marks)
{
    int r = begin(s);
    if (r < 0)
        return r;
    r = run_sql(s, "DELETE FROM slot");
    return finish(s, r < 0 ? r : put_run(s, false, marks));
}

int store_save_marks(struct store *s, const struct router_marks *marks)
{
    int r = begin(s);
    return r < 0 ? r : finish(s, put_run(s, false, marks));
}

int store_change_keep_outs(struct store *s, const struct store_keep_out_change *changes, uint32_t last)
{
    int r = begin(s);
    if (r < 0)
        return r;
    int rc = store_keep_outs_change(s->db, changes);
    if (rc == SQLITE_OK)
        rc = store_keep_outs_write_last(s->db, last);
    return finish(s, to_errno(rc));
}

int store_read_keep_outs(struct store *s, int (*each)(void *ctx, const struct router_keep_out *k), void *ctx,
                         uint32_t *last)
{
    int64_t number = 0;
    int rc = SQLITE_OK;
    int r = store_keep_outs_read(s->db, &rc, each, ctx);
    r = r ? r : to_errno(rc);
    if (r == 0)
        r = query_int(s, "SELECT last FROM keep_out_number", &number);
    if (r == -ENODATA)
        r = 0; /* there never was one */
    if (r == 0)
        *last = number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
    return r;
}

int store_save_limits(struct store *s, const struct router_limit *limits, size_t n)
{
    int r = begin(s);
    return r < 0 ? r : finish(s, to_errno(store_limits_write(s->db, limits, n)));
}

int store_read_limits(struct store *s, int (*each)(void *ctx, const struct router_limit *l), void *ctx)
{
    int rc = SQLITE_OK;
    int r = store_limits_read(s->db, &rc, each, ctx);
    return r ? r : to_errno(rc);
}

/* Reading is done by a worker while others write: not in the midst of their transaction. */
int store_get_user(struct store *s, const char *name, struct user_settings *ret)
{
    bool found = false;
    pthread_mutex_lock(&s->one);
    int r = to_errno(store_users_get(s->db, name, ret, &found));
    pthread_mutex_unlock(&s->one);
    return r == 0 && !found ? -ENOENT : r;
}

static bool has_room(struct store *s, int *r)
{
    int64_t n = 0;
    *r = query_int(s, "SELECT count(*) FROM user", &n);
    if (*r == 0 && n >= STORE_USERS_MAX)
        *r = -ENOSPC;
    return *r == 0;
}

int store_set_user(struct store *s, const char *name, const struct user_settings *settings, bool create)
{
    int changed = 0;
    int r = begin(s);
    if (r < 0)
        return r;
    r = to_errno(store_users_change(s->db, name, settings, &changed));
    if (r == 0 && !changed && !create)
        r = -ENOENT;
    if (r == 0 && !changed && has_room(s, &r))
        r = to_errno(store_users_add(s->db, name, settings));
    return finish(s, r);
}

int store_remove_user(struct store *s, const char *name)
{
    int removed = 0;
    int r = begin(s);
    if (r < 0)
        return r;
    r = to_errno(store_users_remove(s->db, name, &removed));
    return finish(s, r == 0 && !removed ? -ENOENT : r);
}

int store_read_users(struct store *s, const char *after,
                     int (*each)(void *ctx, const char *name, const struct user_settings *settings), void *ctx)
{
    int rc = SQLITE_OK;
    pthread_mutex_lock(&s->one);
    int r = store_users_read(s->db, &rc, after, each, ctx);
    pthread_mutex_unlock(&s->one);
    return r ? r : to_errno(rc);
}

int store_save_clean(struct store *s, const struct router_marks *marks, const struct router *router)
{
    int rc = SQLITE_OK;
    int r = begin(s);
    if (r < 0)
        return r;
    r = run_sql(s, "DELETE FROM slot; DELETE FROM keep_out;");
    if (r == 0) {
        r = store_slots_write(s->db, &rc, router);
        r = r ? r : to_errno(rc);
    }
    if (r == 0)
        r = to_errno(store_keep_outs_write_all(s->db, router));
    if (r == 0)
        r = to_errno(store_keep_outs_write_last(s->db, router_keep_out_last(router)));
    return finish(s, r < 0 ? r : put_run(s, true, marks));
}
