/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/router/watch.h"

#include "router/keep_out.h"

void watch_begin(struct watch *w, uint32_t first_connection)
{
    memset(w, 0, sizeof *w);
    w->first = first_connection;
}

static void watch_order(struct watch *w, const struct router_event *e)
{
    assert_in_range(e->order, 1, WATCH_MAX - 1);
    if (e->type == ROUTER_EVENT_ORDER) {
        assert_true(e->order > w->last_order);
        w->last_order = e->order;
        assert_int_equal(w->order[e->order]++, 0);
    } else {
        assert_int_equal(w->order[e->order]++, 1);
    }
}

static void watch_connection(struct watch *w, const struct router_event *e)
{
    assert_int_not_equal(e->connection, 0);
    if (e->connection < w->first)
        return;
    assert_in_range(e->connection - w->first, 0, WATCH_MAX - 1);
    uint8_t before = w->connection[e->connection - w->first]++;
    assert_int_equal(before, e->type == ROUTER_EVENT_CONNECTION_UP ? 0 : 1);
}

static void watch_job(struct watch *w, const struct router_job_view *v)
{
    assert_true((uint64_t)v->confirmed + v->failed <= v->matched);
    assert_true(v->failure_count <= v->failed && v->failure_count <= ROUTER_FAILURES_MAX);
    if (v->state == ROUTER_JOB_RUNNING) {
        assert_int_equal(v->asked + v->confirmed + v->failed, 0);
        w->jobs++;
        return;
    }
    assert_true(w->jobs-- > 0);
    assert_true(v->state == ROUTER_JOB_CANCELLED || v->confirmed + v->failed == v->matched);
}

void watch_event(struct watch *w, const struct router_event *e)
{
    switch (e->type) {
    case ROUTER_EVENT_ORDER:
    case ROUTER_EVENT_OUTCOME:
        watch_order(w, e);
        break;
    case ROUTER_EVENT_CONNECTION_UP:
    case ROUTER_EVENT_CONNECTION_GONE:
        watch_connection(w, e);
        break;
    case ROUTER_EVENT_JOB:
        watch_job(w, e->job_view);
        break;
    case ROUTER_EVENT_SESSION_UP:
        w->up++;
        break;
    case ROUTER_EVENT_SESSION_GONE:
        w->down++;
        break;
    case ROUTER_EVENT_SESSION_CHANGED:
    case ROUTER_EVENT_DRIVER_UP:
    case ROUTER_EVENT_DRIVER_DOWN:
    case ROUTER_EVENT_DRIVER_HEALTH:
    case ROUTER_EVENT_KEEP_OUT:
    case ROUTER_EVENT_KEEP_OUT_END:
    case ROUTER_EVENT_QUARANTINE:
    case ROUTER_EVENT_KEPT_OUT:
    case ROUTER_EVENT_USER_REFUSED:
    case ROUTER_EVENT_NO_ORDER:
        break;
    }
}

size_t watch_open_orders(const struct watch *w)
{
    size_t n = 0;
    for (uint64_t i = 1; i <= w->last_order; i++)
        n += w->order[i] == 1;
    return n;
}

static bool among(const uint32_t *handles, size_t n, uint32_t handle)
{
    for (size_t i = 0; i < n; i++)
        if (handles[i] == handle)
            return true;
    return false;
}

/* A connection agrees with its ports and can be found by its user. Returns its links. */
static uint32_t check_connection(struct router *r, struct router_connection *c, const struct router_time *now)
{
    struct router_connection_view v;
    struct router_port_view p;
    uint32_t ports[ROUTER_LINKS_MAX];
    router_connection_view(r, c, now, &v);
    size_t n = router_connection_ports(c, ports, ROUTER_LINKS_MAX);
    assert_int_equal(n, v.links);
    assert_in_range(n, 1, ROUTER_LINKS_MAX);
    assert_int_equal(ports[0], v.first_port);
    for (size_t i = 0; i < n; i++) {
        assert_true(router_port_get(r, ports[i], now, &p));
        assert_int_equal(p.handle, ports[i]);
        assert_int_equal(p.connection, v.handle);
        assert_true(i == 0 || router_handle_slot(ports[i]) > router_handle_slot(ports[i - 1]));
    }
    return v.links;
}

static uint32_t check_connections(struct router *r, const struct router_time *now, uint32_t *ret_links)
{
    uint32_t n = 0, last = 0;
    struct router_connection *c = NULL;
    *ret_links = 0;
    while ((c = router_connection_after(r, last))) {
        struct router_connection_view v;
        router_connection_view(r, c, now, &v);
        assert_true(v.handle > last && v.handle <= 0x7fffffffu);
        last = v.handle;
        *ret_links += check_connection(r, c, now);
        n++;
        router_connection_unref(r, c);
    }
    return n;
}

static void check_no_twin(struct router *r, const struct router_port_view *a, const struct router_time *now)
{
    struct router_port_view b;
    for (uint32_t slot = a->slot + 1; slot <= router_port_count(r); slot++)
        if (router_port_at(r, slot, now, &b))
            assert_false(strcmp(a->id, b.id) == 0 && strcmp(a->driver, b.driver) == 0 &&
                         strcmp(a->instance, b.instance) == 0);
}

static void check_port(const struct router_port_view *v)
{
    assert_true(v->handle > 0 && v->handle <= 0x7fffffffu);
    assert_int_equal(router_handle_slot(v->handle), v->slot);
    assert_true(strlen(v->name) > 0 && strlen(v->name) <= ROUTER_PORT_NAME_MAX);
    if (!v->id[0]) {
        assert_int_equal(v->connection, 0);
        assert_int_equal(v->connect_seconds, 0);
        assert_false(v->failed);
        assert_true(v->state == ROUTER_PORT_LISTENING || v->state == ROUTER_PORT_AWAY);
    } else {
        assert_true(v->state != ROUTER_PORT_LISTENING);
    }
}

/* Whoever selects by what a port shows finds it, and finds nobody else by its handle. */
static void check_selection(const struct router *r, const struct router_port_view *v)
{
    const struct router_selector by_user = {.user = v->user}, by_port = {.port = v->handle, .all = true};
    uint32_t *found = NULL;
    size_t n = 0;
    int rc = router_select(r, &by_port, 0, SIZE_MAX, &found, &n);
    if (rc == -ENOMEM)
        return; /* the test is about that */
    assert_int_equal(rc, 0);
    assert_int_equal(n, v->id[0] ? 1 : 0);
    assert_true(n == 0 || found[0] == v->handle);
    free(found);
    if (!v->user[0] || router_select(r, &by_user, 0, SIZE_MAX, &found, &n) == -ENOMEM)
        return;
    assert_true(among(found, n, v->handle));
    for (size_t i = 1; i < n; i++)
        assert_true(router_handle_slot(found[i]) > router_handle_slot(found[i - 1]));
    free(found);
}

static void check_drivers(struct router *r, const struct router_totals *t)
{
    struct router_driver_view d[64];
    uint32_t ports = 0, in_use = 0;
    size_t n = router_drivers(r, d, 64);
    assert_in_range(n, 0, 64);
    for (size_t i = 0; i < n; i++) {
        ports += d[i].ports;
        in_use += d[i].ports_in_use;
    }
    assert_int_equal(ports, t->ports);
    assert_int_equal(in_use, t->ports_in_use);
}

void watch_check(struct router *r, const struct router_time *now)
{
    struct router_totals t;
    struct router_port_view v;
    uint32_t ports = 0, in_use = 0, linked = 0, links = 0;
    router_get_totals(r, &t);
    for (uint32_t slot = 1; slot <= router_port_count(r); slot++) {
        if (!router_port_at(r, slot, now, &v))
            continue;
        check_port(&v);
        check_selection(r, &v);
        if (v.id[0])
            check_no_twin(r, &v, now);
        ports++;
        in_use += v.id[0] != '\0';
        linked += v.connection != 0;
    }
    assert_int_equal(ports, t.ports);
    assert_int_equal(in_use, t.ports_in_use);
    assert_int_equal(check_connections(r, now, &links), t.connections);
    assert_int_equal(links, linked);
    check_drivers(r, &t);
}

/* ---- a print of all that can be seen ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

static uint64_t mix_text(uint64_t h, const char *s)
{
    for (; *s; s++)
        h = mix(h, (unsigned char)*s);
    return mix(h, 256);
}

static uint64_t mix_counters(uint64_t h, const struct router_counters *c)
{
    const uint64_t v[] = {c->bytes_out,      c->bytes_in,        c->frames_out,       c->frames_in,
                          c->crc_errors,     c->timeout_errors,  c->alignment_errors, c->hardware_overruns,
                          c->framing_errors, c->buffer_overruns, c->ratio_in,         c->ratio_out};
    for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
        h = mix(h, v[i]);
    return h;
}

static uint64_t mix_port(uint64_t h, const struct router_port_view *v)
{
    h = mix(mix(mix(mix(h, v->handle), v->connection), v->state), v->calls);
    h = mix(mix(mix(h, v->connect_seconds), v->line_speed), v->failed);
    h = mix_text(mix_text(mix_text(h, v->last_error), v->name), v->id);
    h = mix_text(mix_text(mix_text(h, v->device_type), v->driver), v->instance);
    h = mix_text(mix_text(mix_text(h, v->user), v->auth), v->bundle);
    return mix_counters(h, &v->counters);
}

static uint64_t mix_connection(uint64_t h, struct router *r, struct router_connection *c, const struct router_time *now)
{
    struct router_connection_view v;
    router_connection_view(r, c, now, &v);
    const char *const texts[] = {v.user,           v.caller,          v.client_address,
                                 v.server_address, v.tunnel_address4, v.tunnel_address6,
                                 v.tunnel_server4, v.interface};
    h = mix(mix(mix(mix(h, v.handle), v.links), v.first_port), (uint64_t)v.start);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        h = mix_text(h, texts[i]);
    h = mix(h, router_find_address(r, v.tunnel_address4, NULL, 0));
    h = mix(h, router_find_address(r, v.tunnel_address6, NULL, 0));
    return mix_counters(h, &v.counters);
}

static uint64_t mix_drivers(uint64_t h, const struct router *r)
{
    struct router_driver_view d[64];
    size_t n = router_drivers(r, d, 64);
    assert_in_range(n, 0, 64);
    for (size_t i = 0; i < n; i++) {
        h = mix_text(mix_text(h, d[i].name), d[i].instance);
        h = mix_text(mix_text(h, d[i].device_type), d[i].device_name);
        h = mix(mix(mix(h, d[i].kind), d[i].up), d[i].in_snapshot);
        h = mix(mix(h, d[i].ports), d[i].ports_in_use);
    }
    return mix(h, n);
}

static uint64_t mix_keep_outs(uint64_t h, const struct router *r)
{
    struct router_keep_out k = {0};
    struct router_keep_out_driver d[8];
    while (router_keep_out_after(r, k.number, &k)) {
        h = mix(mix(mix(h, k.number), (uint64_t)k.since), (uint64_t)k.until);
        h = mix_text(mix_text(mix_text(mix_text(h, k.user), k.driver), k.reason), k.by);
        h = mix(mix(h, k.turned_away), (uint64_t)k.last_attempt);
        size_t n = router_keep_out_drivers(r, k.number, d, 8);
        assert_in_range(n, 0, 8);
        for (size_t i = 0; i < n; i++)
            h = mix_text(mix(mix_text(h, d[i].driver), d[i].answered + 2u * d[i].refuses), d[i].text);
    }
    return mix(h, router_keep_out_last(r));
}

uint64_t watch_print(struct router *r, const struct router_time *now)
{
    struct router_port_view p;
    struct router_connection *c = NULL;
    struct router_totals t;
    uint64_t h = 1;
    uint32_t last = 0;
    for (uint32_t slot = 1; slot <= router_port_count(r); slot++)
        h = router_port_at(r, slot, now, &p) ? mix_port(h, &p) : mix(h, slot);
    while ((c = router_connection_after(r, last))) {
        struct router_connection_view v;
        router_connection_view(r, c, now, &v);
        last = v.handle;
        h = mix_connection(h, r, c, now);
        router_connection_unref(r, c);
    }
    h = mix_keep_outs(mix_drivers(h, r), r);
    router_get_totals(r, &t);
    h = mix(mix(mix(h, t.ports), t.ports_in_use), t.connections);
    h = mix(mix(mix(h, t.sessions_started), t.sessions_refused), t.orders);
    h = mix(mix(h, t.orders_confirmed), t.orders_failed);
    return mix(h, router_next_deadline(r));
}
