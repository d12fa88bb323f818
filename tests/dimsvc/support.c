/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mprerror.h>
#include <raserror.h>
#include <winerror.h>

/* ---- the backend ---- */

static bool fake_allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct fake *f = ctx;
    f->asked = op;
    f->asked_user = user;
    return !f->deny;
}

static bool fake_lan_only(void *ctx)
{
    return ((struct fake *)ctx)->lan_only;
}

static bool fake_has_transport(void *ctx, uint32_t pid)
{
    (void)ctx;
    return pid == 0x21 || pid == 0x57;
}

static uint32_t fake_server_get(void *ctx, struct dim_server *ret)
{
    struct fake *f = ctx;
    if (f->fail)
        return f->fail;
    *ret = f->server;
    return 0;
}

static const struct dim_port *find_port(const struct fake *f, uint32_t handle)
{
    for (size_t i = 0; i < f->n_ports; i++) {
        if (f->ports[i].handle == handle)
            return &f->ports[i];
    }
    return NULL;
}

static uint32_t fake_port_get(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret)
{
    struct fake *f = ctx;
    const struct dim_port *p = find_port(f, handle);
    if (f->fail || !p)
        return f->fail ? f->fail : ERROR_INVALID_PORT_HANDLE;
    *ret = *p;
    if (!want_stats)
        ret->stats = (struct dim_stats){0};
    return 0;
}

static uint32_t fake_port_clear(void *ctx, void *user, uint32_t handle)
{
    struct fake *f = ctx;
    (void)user;
    if (!find_port(f, handle))
        return ERROR_INVALID_PORT_HANDLE;
    f->cleared = handle;
    return 0;
}

static void fake_port_disconnect(void *ctx, void *user, uint32_t handle, struct dim_pending *p)
{
    struct fake *f = ctx;
    (void)user;
    f->disconnecting = handle;
    f->pending = p;
}

static void fake_server_set(void *ctx, void *user, const struct dim_limits *limits, struct dim_pending *p)
{
    struct fake *f = ctx;
    (void)user;
    f->limits = *limits;
    f->pending = p;
}

/* ---- lists ---- */

struct fake_list {
    struct fake *f;
    size_t first;
    size_t max;          /* connections that may be asked for */
    uint32_t connection; /* ports of this one, or all */
};

/* The i-th port of the list, or NULL behind its end. */
static const struct dim_port *find_list_port(const struct fake_list *l, size_t i)
{
    for (size_t k = l->first; k < l->f->n_ports; k++) {
        bool wanted = l->connection == DIM_ALL_PORTS || l->f->ports[k].connection == l->connection;
        if (wanted && i-- == 0)
            return &l->f->ports[k];
    }
    return NULL;
}

static const struct dim_port *list_port(const struct fake_list *l, size_t i)
{
    const struct dim_port *p = find_list_port(l, i);
    if (!p)
        abort(); /* an item that is not in the list must never be asked for */
    return p;
}

static void fake_list_port(void *ctx, size_t i, struct dim_port *ret)
{
    *ret = *list_port(ctx, i);
}

static uint32_t fake_list_port_handle(void *ctx, size_t i)
{
    return list_port(ctx, i)->handle;
}

static const struct dim_connection *list_connection(const struct fake_list *l, size_t i)
{
    if (i >= l->max || l->first + i >= l->f->n_connections)
        abort(); /* nor must one from `max` on */
    return &l->f->connections[l->first + i];
}

static void fake_list_connection(void *ctx, size_t i, struct dim_connection *ret)
{
    *ret = *list_connection(ctx, i);
}

static uint32_t fake_list_connection_handle(void *ctx, size_t i)
{
    return list_connection(ctx, i)->handle;
}

static void fake_list_close(void *ctx)
{
    struct fake_list *l = ctx;
    l->f->open_lists--;
    free(l);
}

static struct fake_list *list_open(struct fake *f, uint32_t connection)
{
    struct fake_list *l = calloc(1, sizeof *l);
    assert_non_null(l);
    l->f = f;
    l->connection = connection;
    f->open_lists++;
    return l;
}

static uint32_t fake_port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    struct fake *f = ctx;
    if (f->fail)
        return f->fail;
    struct fake_list *l = list_open(f, connection);
    if (connection != DIM_ALL_PORTS && !find_list_port(l, 0)) {
        fake_list_close(l);
        return ERROR_INVALID_HANDLE;
    }
    while (l->first < f->n_ports && f->ports[l->first].handle <= resume) {
        l->first++;
    }
    size_t total = connection == DIM_ALL_PORTS ? f->n_ports - l->first : 0;
    while (connection != DIM_ALL_PORTS && find_list_port(l, total)) {
        total++;
    }
    *ret = (struct dim_list){
        .total = total, .port = fake_list_port, .handle = fake_list_port_handle, .close = fake_list_close, .ctx = l};
    return 0;
}

static uint32_t fake_connection_list(void *ctx, uint32_t resume, size_t max, struct dim_list *ret)
{
    struct fake *f = ctx;
    if (f->fail)
        return f->fail;
    struct fake_list *l = list_open(f, 0);
    l->max = max;
    f->wanted[0] = f->wanted[1];
    f->wanted[1] = max;
    while (l->first < f->n_connections && f->connections[l->first].handle <= resume) {
        l->first++;
    }
    *ret = (struct dim_list){.total = f->n_connections - l->first,
                             .connection = fake_list_connection,
                             .handle = fake_list_connection_handle,
                             .close = fake_list_close,
                             .ctx = l};
    return 0;
}

static uint32_t fake_connection_get(void *ctx, uint32_t handle, struct dim_connection *ret)
{
    struct fake *f = ctx;
    for (size_t i = 0; i < f->n_connections && !f->fail; i++) {
        if (f->connections[i].handle == handle) {
            *ret = f->connections[i];
            return 0;
        }
    }
    return f->fail ? f->fail : ERROR_INTERFACE_NOT_CONNECTED;
}

static uint32_t fake_connection_clear(void *ctx, void *user, uint32_t handle)
{
    struct fake *f = ctx;
    struct dim_connection c;
    (void)user;
    if (fake_connection_get(f, handle, &c) != 0)
        return ERROR_INVALID_PARAMETER;
    f->cleared = handle;
    return 0;
}

static bool fake_has_client_address(void *ctx, uint32_t address)
{
    struct fake *f = ctx;
    return f->client_address != 0 && f->client_address == address;
}

static size_t fake_devices(void *ctx, struct dim_device *ret, size_t max)
{
    struct fake *f = ctx;
    for (size_t i = 0; i < f->n_devices && i < max; i++) {
        ret[i] = f->devices[i];
    }
    return f->n_devices;
}

void fake_init(struct fake *f)
{
    *f = (struct fake){.backend = {
                           .allowed = fake_allowed,
                           .lan_only = fake_lan_only,
                           .has_transport = fake_has_transport,
                           .server_get = fake_server_get,
                           .server_set = fake_server_set,
                           .port_get = fake_port_get,
                           .port_clear = fake_port_clear,
                           .port_disconnect = fake_port_disconnect,
                           .port_list = fake_port_list,
                           .connection_get = fake_connection_get,
                           .connection_clear = fake_connection_clear,
                           .connection_list = fake_connection_list,
                           .has_client_address = fake_has_client_address,
                           .devices = fake_devices,
                       }};
    f->backend.ctx = f;
}

/* ---- bytes ---- */

void bytes_free(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){0};
}

static uint8_t nibble(char c)
{
    assert_true(isxdigit((unsigned char)c));
    return (uint8_t)(isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10);
}

struct bytes bytes_from_hex(const char *hex)
{
    struct bytes b = {.p = malloc(strlen(hex) / 2 + 1)};
    assert_non_null(b.p);
    for (const char *s = hex; *s; s++) {
        if (isspace((unsigned char)*s))
            continue;
        b.p[b.n++] = (uint8_t)(nibble(s[0]) << 4 | nibble(s[1]));
        s++;
    }
    return b;
}

void assert_same(struct bytes a, struct bytes b)
{
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
}

void assert_bytes(struct bytes got, const char *hex)
{
    struct bytes want = bytes_from_hex(hex);
    assert_same(got, want);
    bytes_free(&want);
}

uint32_t u32_at(struct bytes b, size_t offset)
{
    struct rpc_rd r = rpc_rd_init(b.p, b.n, false);
    (void)rpc_rd_bytes(&r, offset);
    uint32_t v = rpc_rd_u32_raw(&r);
    assert_true(rpc_rd_ok(&r));
    return v;
}

uint32_t last_u32(struct bytes b)
{
    assert_true(b.n >= 4);
    return u32_at(b, b.n - 4);
}

/* ---- running ---- */

static struct bytes pull_all(const struct rpc_source *source, size_t cap)
{
    struct bytes b = {.p = malloc(source->size + cap), .n = 0};
    uint8_t *piece = malloc(cap + 1);
    assert_non_null(b.p);
    assert_non_null(piece);
    while (b.n < source->size) {
        size_t got = source->pull(source->ctx, piece + cap % 2, cap);
        assert_true(got >= 1 && got <= cap);
        memcpy(b.p + b.n, piece + cap % 2, got);
        b.n += got;
    }
    free(piece);
    assert_int_equal(b.n, source->size);
    source->destroy(source->ctx);
    return b;
}

void execute(struct dim_run *run, struct fake *f, uint16_t opnum, struct rpc_rd *rd)
{
    if (dim_prepare(run, &f->backend, NULL, opnum, rd))
        dim_carry_out(run);
}

struct bytes answer_of(struct fake *f, uint16_t opnum, const void *stub, size_t n, size_t cap, uint32_t *fault)
{
    struct dim_run run;
    /* In a block of its own size, so that a sanitizer sees every step beyond it. */
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, stub, n);
    struct rpc_rd rd = rpc_rd_init(copy, n, false);
    memset(&run, 0xa5, sizeof run);
    execute(&run, f, opnum, &rd);
    free(copy);

    struct bytes b = {0};
    if (fault)
        *fault = run.outcome == DIM_OUT_FAULT ? run.fault : 0;
    else
        assert_int_not_equal(run.outcome, DIM_OUT_FAULT);
    if (run.outcome == DIM_OUT_STUB) {
        b = (struct bytes){.p = malloc(run.out.pos), .n = run.out.pos};
        assert_non_null(b.p);
        memcpy(b.p, run.out.base, b.n);
    } else if (run.outcome == DIM_OUT_SOURCE) {
        b = pull_all(&run.source, cap);
    }
    if (run.outcome == DIM_OUT_LIMITS) /* as dimsvc.c does, but for the answer */
        f->backend.server_set(f->backend.ctx, NULL, &run.limits, NULL);
    free(run.heap);
    assert_int_equal(f->open_lists, 0);
    return b;
}

struct bytes answer(struct fake *f, uint16_t opnum, const void *stub, size_t n)
{
    return answer_of(f, opnum, stub, n, 65536, NULL);
}

struct bytes answer_hex(struct fake *f, uint16_t opnum, const char *hex)
{
    struct bytes request = bytes_from_hex(hex);
    struct bytes b = answer(f, opnum, request.p, request.n);
    bytes_free(&request);
    return b;
}

/* ---- data ---- */

void make_ports(struct dim_port *ports, size_t n)
{
    static char names[4096][32];
    assert_true(n <= 4096);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(names[i], sizeof names[i], "VPN3-%zu", i);
        ports[i] = (struct dim_port){.handle = (uint32_t)i + 1,
                                     .connection = i % 2 ? (uint32_t)i + 101 : 0,
                                     .condition = i % 2 ? DIM_PORT_AUTHENTICATED : DIM_PORT_LISTENING,
                                     .calls = (uint32_t)i,
                                     .connect_seconds = i % 2 ? 60 : 0,
                                     .name = names[i],
                                     .media = "rastapi",
                                     .device_name = "WAN Miniport (PPTP)",
                                     .device_type = "Vpn",
                                     .line_speed = 100000000};
    }
}

void make_connections(struct dim_connection *connections, size_t n)
{
    static char users[4096][32];
    assert_true(n <= 4096);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(users[i], sizeof users[i], "user%zu", i);
        connections[i] = (struct dim_connection){.handle = (uint32_t)i + 101,
                                                 .connect_seconds = (uint32_t)i,
                                                 .flags = i % 3 == 2 ? 0x10 : 0x01,
                                                 .interface_name = users[i],
                                                 .user = users[i],
                                                 .domain = "EXAMPLE",
                                                 .start = 1700000000,
                                                 .remote_endpoint = "192.0.2.1",
                                                 .local_endpoint = "198.51.100.1",
                                                 .server_address4 = "10.8.0.1",
                                                 .client_address4 = "10.8.0.2",
                                                 .ikev2 = i % 3 == 2,
                                                 .auth_protocol = i % 3 == 2 ? 2 : 0xc223,
                                                 .auth_data = i % 3 == 2 ? 0 : 0x81,
                                                 .device_type = i % 3 == 2 ? 15 : 8,
                                                 .stats = {.bytes_out = i * 1000, .bytes_in = i * 10}};
    }
}
