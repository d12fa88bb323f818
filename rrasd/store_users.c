/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/store_users.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"

/* Columns, in the order of the schema. */
enum {
    NAME,
    PERMITTED,
    BY_POLICY,
    CALLBACK,
    NUMBER,
};

static bool is_bool(sqlite3_int64 v)
{
    return v == 0 || v == 1;
}

/* A text without a NUL inside, of at most so many bytes; NULL else. */
static const char *text(sqlite3_stmt *q, int column, size_t max)
{
    const char *s = (const char *)sqlite3_column_text(q, column);
    return s && strlen(s) == (size_t)sqlite3_column_bytes(q, column) && strlen(s) <= max ? s : NULL;
}

/* False for what no rrasd has written. */
static bool row(sqlite3_stmt *q, const char **name, struct user_settings *ret)
{
    sqlite3_int64 permitted = sqlite3_column_int64(q, PERMITTED), by_policy = sqlite3_column_int64(q, BY_POLICY),
                  callback = sqlite3_column_int64(q, CALLBACK);
    const char *number = text(q, NUMBER, USERS_NUMBER_MAX);
    *name = text(q, NAME, USERS_NAME_MAX);
    if (!*name || !number || !is_bool(permitted) || !is_bool(by_policy) || callback < 0 || callback > UINT8_MAX)
        return false;
    *ret = (struct user_settings){.permitted = permitted, .by_policy = by_policy, .callback = (uint8_t)callback};
    snprintf(ret->number, sizeof ret->number, "%s", number);
    return user_name_ok(*name) && user_settings_ok(ret);
}

int store_users_get(sqlite3 *db, const char *name, struct user_settings *ret, bool *found)
{
    sqlite3_stmt *q;
    struct user_settings settings;
    const char *same;
    int rc = sqlite3_prepare_v2(db, "SELECT * FROM user WHERE name = ?", -1, &q, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(q);
    *found = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW && row(q, &same, &settings))
        *ret = settings;
    else if (rc == SQLITE_ROW)
        rc = SQLITE_MISMATCH;
    sqlite3_finalize(q);
    return rc;
}

static void bind_user(sqlite3_stmt *q, const char *name, const struct user_settings *s)
{
    sqlite3_bind_text(q, NAME + 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int(q, PERMITTED + 1, s->permitted);
    sqlite3_bind_int(q, BY_POLICY + 1, s->by_policy);
    sqlite3_bind_int(q, CALLBACK + 1, s->callback);
    sqlite3_bind_text(q, NUMBER + 1, s->number, -1, SQLITE_STATIC);
}

static int run(sqlite3 *db, const char *sql, const char *name, const struct user_settings *s, int *changed)
{
    sqlite3_stmt *q;
    int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    if (rc != SQLITE_OK)
        return rc;
    if (s)
        bind_user(q, name, s);
    else
        sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    rc = sqlite3_step(q);
    sqlite3_finalize(q);
    if (rc == SQLITE_DONE)
        *changed = sqlite3_changes(db);
    return rc;
}

int store_users_change(sqlite3 *db, const char *name, const struct user_settings *settings, int *changed)
{
    static const char sql[] = "UPDATE user SET permitted = ?2, by_policy = ?3, callback = ?4, number = ?5"
                              " WHERE name = ?1";
    return run(db, sql, name, settings, changed);
}

int store_users_add(sqlite3 *db, const char *name, const struct user_settings *settings)
{
    int changed;
    return run(db, "INSERT INTO user VALUES (?1, ?2, ?3, ?4, ?5)", name, settings, &changed);
}

int store_users_remove(sqlite3 *db, const char *name, int *removed)
{
    return run(db, "DELETE FROM user WHERE name = ?1", name, NULL, removed);
}

int store_users_read(sqlite3 *db, int *rc, const char *after,
                     int (*each)(void *ctx, const char *name, const struct user_settings *settings), void *ctx)
{
    sqlite3_stmt *q;
    unsigned skipped = 0;
    int r = 0;
    *rc = sqlite3_prepare_v2(db, "SELECT * FROM user WHERE name > ? ORDER BY name", -1, &q, NULL);
    if (*rc != SQLITE_OK)
        return 0;
    sqlite3_bind_text(q, 1, after, -1, SQLITE_STATIC);
    while (r == 0 && (*rc = sqlite3_step(q)) == SQLITE_ROW) {
        struct user_settings settings;
        const char *name;
        if (row(q, &name, &settings))
            r = each(ctx, name, &settings);
        else
            skipped++;
    }
    sqlite3_finalize(q);
    if (skipped > 0)
        log_warning("store: %u users can't be and are left out: somebody else has written them", skipped);
    return r;
}
