/* SPDX-License-Identifier: Apache-2.0 */
#include "store_world.h"

#include <dirent.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "rrasd/past.h"

const struct router_time store_world_now = {.mono_ms = 1000, .wall_s = 1764084000};

static int no_send(void *ctx, void *channel, const struct router_order *order)
{
    (void)ctx;
    (void)channel;
    (void)order;
    return 0;
}

static void no_event(void *ctx, const struct router_event *event)
{
    (void)ctx;
    (void)event;
}

static void no_random(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 7, n);
}

struct router *store_world_router(void *ctx)
{
    static const struct router_config config = {
        .max_ports = 100, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000};
    static const struct router_ops ops = {.send_disconnect = no_send, .event = no_event, .random = no_random};
    (void)ctx;
    return router_new(&config, &ops, NULL);
}

struct store *store_world_open(void **state, struct store_past *past)
{
    struct store *s = NULL;
    struct scratch *dir = *state;
    assert_int_equal(store_open(dir->dir, &s, past), 0);
    return s;
}

uint32_t store_world_fill(struct router *r)
{
    struct router_driver *d = NULL;
    struct router_driver_info info = {.name = "sim", .instance = "main", .device_type = "sim", .ports = 2};
    struct router_session session = {
        .id = "1:a", .start = 1764083000, .state = ROUTER_SESSION_CONNECTED, .user = "J\xc3\xbcrgen"};
    struct router_port_view view;
    assert_int_equal(router_driver_attach(r, &info, &store_world_now, &d), 0);
    assert_int_equal(router_session_report(r, d, NULL, &session, &store_world_now), 0);
    router_driver_snapshot_end(r, d, &store_world_now);
    for (uint32_t slot = 1; slot <= router_port_count(r); slot++) {
        assert_true(router_port_at(r, slot, &store_world_now, &view));
        if (view.connection)
            return view.handle;
    }
    fail();
    return 0;
}

void store_world_sql(void **state, const char *text)
{
    char path[SCRATCH_PATH_MAX];
    sqlite3 *db;
    assert_int_equal(sqlite3_open(scratch_path(*state, path, "rrasd.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

unsigned store_world_put_aside(void **state)
{
    unsigned n = 0;
    DIR *d = opendir(((struct scratch *)*state)->dir);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += strstr(e->d_name, "unreadable") != NULL;
    closedir(d);
    return n;
}

struct router *store_world_restart(void **state)
{
    struct store_past past;
    struct router_marks stored;
    struct router *r = NULL;
    struct store *s = store_world_open(state, &past);
    assert_int_equal(past_restore(s, &past, &store_world_now, store_world_router, NULL, &r, &stored), 0);
    store_close(s);
    return r;
}
