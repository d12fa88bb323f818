/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/store_limits.h"

#include "common/log.h"

/* Columns, in the order of the schema. */
enum {
    DEVICE_TYPE,
    PORTS,
    USE,
};

/* False for what no rrasd has written. */
static bool row(sqlite3_stmt *q, struct router_limit *ret)
{
    const char *type = (const char *)sqlite3_column_text(q, DEVICE_TYPE);
    sqlite3_int64 ports = sqlite3_column_int64(q, PORTS), use = sqlite3_column_int64(q, USE);
    *ret = (struct router_limit){.device_type = type, .ports = (uint32_t)ports, .use = (uint32_t)use};
    return type && ports > 0 && ports <= UINT32_MAX && use >= 0 && use <= (ROUTER_USE_RAS | ROUTER_USE_ROUTING);
}

int store_limits_read(sqlite3 *db, int *rc, int (*each)(void *ctx, const struct router_limit *l), void *ctx)
{
    sqlite3_stmt *q;
    unsigned skipped = 0;
    int r = 0;
    *rc = sqlite3_prepare_v2(db, "SELECT * FROM port_limit ORDER BY device_type", -1, &q, NULL);
    if (*rc != SQLITE_OK)
        return 0;
    while (r == 0 && (*rc = sqlite3_step(q)) == SQLITE_ROW) {
        struct router_limit l;
        if (row(q, &l))
            r = each(ctx, &l);
        else
            skipped++;
    }
    sqlite3_finalize(q);
    if (skipped > 0)
        log_warning("store: %u limits of ports can't be and are left out: somebody else has written them", skipped);
    return r;
}

static int write_one(sqlite3 *db, const struct router_limit *l)
{
    sqlite3_stmt *q;
    const char *sql = l->ports > 0 ? "INSERT OR REPLACE INTO port_limit VALUES (?1, ?2, ?3)"
                                   : "DELETE FROM port_limit WHERE device_type = ?1";
    int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_text(q, DEVICE_TYPE + 1, l->device_type, -1, SQLITE_STATIC);
    if (l->ports > 0) {
        sqlite3_bind_int64(q, PORTS + 1, l->ports);
        sqlite3_bind_int64(q, USE + 1, l->use);
    }
    rc = sqlite3_step(q);
    sqlite3_finalize(q);
    return rc;
}

int store_limits_write(sqlite3 *db, const struct router_limit *limits, size_t n)
{
    int rc = SQLITE_DONE;
    for (size_t i = 0; i < n && rc == SQLITE_DONE; i++)
        rc = write_one(db, &limits[i]);
    return rc;
}
