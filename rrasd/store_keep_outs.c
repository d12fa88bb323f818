/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/store_keep_outs.h"

#include "common/log.h"
#include "router/keep_out.h"

/* Columns, in the order of the schema. */
enum {
    NUMBER,
    USER,
    DRIVER,
    REASON,
    BY,
    SINCE,
    UNTIL,
    TURNED_AWAY,
    LAST_ATTEMPT,
};

static const char *text(sqlite3_stmt *q, int column)
{
    const char *s = (const char *)sqlite3_column_text(q, column);
    return s ? s : "";
}

/* False for what no rrasd has written. */
static bool row(sqlite3_stmt *q, struct router_keep_out *ret)
{
    sqlite3_int64 number = sqlite3_column_int64(q, NUMBER);
    struct router_keep_out k = {
        .number = (uint32_t)number,
        .user = text(q, USER),
        .driver = text(q, DRIVER),
        .reason = text(q, REASON),
        .by = text(q, BY),
        .since = sqlite3_column_int64(q, SINCE),
        .until = sqlite3_column_int64(q, UNTIL),
        .turned_away = (uint64_t)sqlite3_column_int64(q, TURNED_AWAY),
        .last_attempt = sqlite3_column_int64(q, LAST_ATTEMPT),
    };
    *ret = k;
    return number > 0 && number <= UINT32_MAX;
}

int store_keep_outs_read(sqlite3 *db, int *rc, int (*each)(void *ctx, const struct router_keep_out *k), void *ctx)
{
    sqlite3_stmt *q;
    unsigned skipped = 0;
    int r = 0;
    *rc = sqlite3_prepare_v2(db, "SELECT * FROM keep_out ORDER BY number", -1, &q, NULL);
    if (*rc != SQLITE_OK)
        return 0;
    while (r == 0 && (*rc = sqlite3_step(q)) == SQLITE_ROW) {
        struct router_keep_out k;
        if (row(q, &k))
            r = each(ctx, &k);
        else
            skipped++;
    }
    sqlite3_finalize(q);
    if (skipped > 0)
        log_warning("store: %u keep-outs have numbers that can't be and are left out: somebody else has written them",
                    skipped);
    return r;
}

static void bind_text(sqlite3_stmt *q, int column, const char *s)
{
    sqlite3_bind_text(q, column + 1, s, -1, SQLITE_STATIC);
}

static int put(sqlite3_stmt *q, const struct router_keep_out *k)
{
    sqlite3_bind_int64(q, NUMBER + 1, k->number);
    bind_text(q, USER, k->user);
    bind_text(q, DRIVER, k->driver);
    bind_text(q, REASON, k->reason);
    bind_text(q, BY, k->by);
    sqlite3_bind_int64(q, SINCE + 1, k->since);
    sqlite3_bind_int64(q, UNTIL + 1, k->until);
    sqlite3_bind_int64(q, TURNED_AWAY + 1, (sqlite3_int64)k->turned_away);
    sqlite3_bind_int64(q, LAST_ATTEMPT + 1, k->last_attempt);
    int rc = sqlite3_step(q);
    sqlite3_reset(q);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int put_counts(sqlite3_stmt *q, const struct router_keep_out *k)
{
    sqlite3_bind_int64(q, 1, (sqlite3_int64)k->turned_away);
    sqlite3_bind_int64(q, 2, k->last_attempt);
    sqlite3_bind_int64(q, 3, k->number);
    int rc = sqlite3_step(q);
    sqlite3_reset(q);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int drop(sqlite3_stmt *q, const struct router_keep_out *k)
{
    sqlite3_bind_int64(q, 1, k->number);
    int rc = sqlite3_step(q);
    sqlite3_reset(q);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int prepare_put(sqlite3 *db, sqlite3_stmt **ret)
{
    return sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO keep_out VALUES (?,?,?,?,?,?,?,?,?)", -1, ret, NULL);
}

int store_keep_outs_change(sqlite3 *db, const struct store_keep_out_change *changes)
{
    static int (*const store[])(sqlite3_stmt * q, const struct router_keep_out *k) = {
        [STORE_KEEP_OUT_ALL] = put, [STORE_KEEP_OUT_COUNTS] = put_counts, [STORE_KEEP_OUT_END] = drop};
    sqlite3_stmt *q[] = {[STORE_KEEP_OUT_ALL] = NULL, [STORE_KEEP_OUT_COUNTS] = NULL, [STORE_KEEP_OUT_END] = NULL};
    int rc = prepare_put(db, &q[STORE_KEEP_OUT_ALL]);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, "UPDATE keep_out SET turned_away = ?, last_attempt = ? WHERE number = ?", -1,
                                &q[STORE_KEEP_OUT_COUNTS], NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, "DELETE FROM keep_out WHERE number = ?", -1, &q[STORE_KEEP_OUT_END], NULL);
    for (const struct store_keep_out_change *c = changes; c && rc == SQLITE_OK; c = c->next)
        rc = store[c->part](q[c->part], &c->keep_out);
    for (size_t i = 0; i < sizeof q / sizeof q[0]; i++)
        sqlite3_finalize(q[i]);
    return rc;
}

int store_keep_outs_write_all(sqlite3 *db, const struct router *router)
{
    sqlite3_stmt *q = NULL;
    struct router_keep_out k = {0};
    int rc = prepare_put(db, &q);
    while (rc == SQLITE_OK && router_keep_out_after(router, k.number, &k))
        rc = put(q, &k);
    sqlite3_finalize(q);
    return rc;
}

int store_keep_outs_write_last(sqlite3 *db, uint32_t last)
{
    sqlite3_stmt *q;
    /* Never lower: after a restart the first change may well be the end of an old one. */
    int rc = sqlite3_prepare_v2(db,
                                "INSERT INTO keep_out_number VALUES (1, ?)"
                                " ON CONFLICT (only) DO UPDATE SET last = max(last, excluded.last)",
                                -1, &q, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(q, 1, last);
    rc = sqlite3_step(q);
    sqlite3_finalize(q);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}
