/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/store_slots.h"

#include <errno.h>
#include <string.h>

/* Columns, in the order of the schema. */
enum {
    SLOT,
    CALLS,
    SKIPPED,
    KIND,
    DRIVER,
    INSTANCE,
    DEVICE_TYPE,
    DEVICE_NAME,
    PORT_PREFIX,
    NUMBER,
    ID,
    START,
    CONNECTION,
    USER,
};

static const char *text(sqlite3_stmt *q, int column)
{
    const char *s = (const char *)sqlite3_column_text(q, column);
    return s ? s : "";
}

/* -ERANGE for a number that no rrasd has written. */
static int number(sqlite3_stmt *q, int column, uint32_t *ret)
{
    sqlite3_int64 v = sqlite3_column_int64(q, column);
    if (v < 0 || v > UINT32_MAX)
        return -ERANGE;
    *ret = (uint32_t)v;
    return 0;
}

static int row(sqlite3_stmt *q, struct router_saved *ret)
{
    uint32_t kind;
    struct router_saved s = {
        .driver = text(q, DRIVER),
        .instance = text(q, INSTANCE),
        .device_type = text(q, DEVICE_TYPE),
        .device_name = text(q, DEVICE_NAME),
        .port_prefix = text(q, PORT_PREFIX),
        .id = text(q, ID),
        .start = sqlite3_column_int64(q, START),
        .user = text(q, USER),
    };
    if (number(q, SLOT, &s.slot) < 0 || number(q, CALLS, &s.calls) < 0 || number(q, SKIPPED, &s.skipped) < 0 ||
        number(q, NUMBER, &s.index) < 0 || number(q, CONNECTION, &s.connection) < 0 || number(q, KIND, &kind) < 0 ||
        kind > ROUTER_DRIVER_SESSION)
        return -ERANGE;
    s.kind = (enum router_driver_kind)kind;
    *ret = s;
    return 0;
}

int store_slots_read(sqlite3 *db, int *rc, int (*each)(void *ctx, const struct router_saved *saved), void *ctx)
{
    sqlite3_stmt *q;
    int r = 0;
    *rc = sqlite3_prepare_v2(db, "SELECT * FROM slot ORDER BY slot", -1, &q, NULL);
    if (*rc != SQLITE_OK)
        return 0;
    while (r == 0 && (*rc = sqlite3_step(q)) == SQLITE_ROW) {
        struct router_saved saved;
        r = row(q, &saved);
        if (r == 0)
            r = each(ctx, &saved);
    }
    sqlite3_finalize(q);
    return r;
}

struct writing {
    sqlite3_stmt *q;
    int rc;
};

static void bind_text(sqlite3_stmt *q, int column, const char *s)
{
    sqlite3_bind_text(q, column + 1, s ? s : "", -1, SQLITE_STATIC);
}

static int write_row(void *ctx, const struct router_saved *saved)
{
    struct writing *w = ctx;
    sqlite3_stmt *q = w->q;
    sqlite3_bind_int64(q, SLOT + 1, saved->slot);
    sqlite3_bind_int64(q, CALLS + 1, saved->calls);
    sqlite3_bind_int64(q, SKIPPED + 1, saved->skipped);
    sqlite3_bind_int64(q, KIND + 1, saved->kind);
    bind_text(q, DRIVER, saved->driver);
    bind_text(q, INSTANCE, saved->instance);
    bind_text(q, DEVICE_TYPE, saved->device_type);
    bind_text(q, DEVICE_NAME, saved->device_name);
    bind_text(q, PORT_PREFIX, saved->port_prefix);
    sqlite3_bind_int64(q, NUMBER + 1, saved->index);
    bind_text(q, ID, saved->id);
    sqlite3_bind_int64(q, START + 1, saved->start);
    sqlite3_bind_int64(q, CONNECTION + 1, saved->connection);
    bind_text(q, USER, saved->user);
    w->rc = sqlite3_step(q);
    sqlite3_reset(q);
    return w->rc == SQLITE_DONE ? 0 : 1;
}

int store_slots_write(sqlite3 *db, int *rc, const struct router *router)
{
    struct writing w = {0};
    *rc = sqlite3_prepare_v2(db, "INSERT INTO slot VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &w.q, NULL);
    if (*rc != SQLITE_OK)
        return 0;
    w.rc = SQLITE_OK;
    int r = router_save(router, write_row, &w);
    sqlite3_finalize(w.q);
    *rc = w.rc;
    return r < 0 ? r : 0;
}
