/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/libmprapi/fake_server.h"

#define GENERATION 0xfff00000u /* of a handle; the rest is the port */

static struct dim_stats stats_of(const struct world_counters *c)
{
    return (struct dim_stats){.bytes_out = c->bytes_out,
                              .bytes_in = c->bytes_in,
                              .frames_out = c->others[0],
                              .frames_in = c->others[1],
                              .crc_errors = c->others[2],
                              .timeout_errors = c->others[3],
                              .alignment_errors = c->others[4],
                              .hardware_overruns = c->others[5],
                              .framing_errors = c->others[6],
                              .buffer_overruns = c->others[7],
                              .ratio_in = c->ratio_in,
                              .ratio_out = c->ratio_out};
}

static struct dim_port port_of(const struct world_port *p)
{
    return (struct dim_port){.handle = p->handle,
                             .connection = p->connection,
                             .condition = (enum dim_port_condition)p->condition,
                             .connect_seconds = p->seconds,
                             .name = p->name,
                             .media = "vpn",
                             .device_name = "Device of the test",
                             .device_type = "Vpn",
                             .hardware_failure = p->broken,
                             .line_speed = 64000,
                             .stats = stats_of(&p->counters)};
}

static struct dim_connection connection_of(const struct world_user *u)
{
    struct dim_connection c = {.handle = u->connection,
                               .flags = u->flags,
                               .user = u->name,
                               .remote_computer = u->computer,
                               .server_address4 = "10.0.0.1",
                               .client_address4 = u->address,
                               .stats = stats_of(&u->counters)};
    (void)snprintf(c.domain, sizeof c.domain, "%s", u->domain ? u->domain : "");
    return c;
}

static struct world_port *find_port(struct world *w, uint32_t handle)
{
    for (size_t i = 0; i < w->n_ports; i++)
        if ((w->ports[i].handle & ~GENERATION) == (handle & ~GENERATION))
            return &w->ports[i];
    return NULL;
}

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    (void)user;
    (void)op;
    return !((struct world *)ctx)->deny;
}

static bool lan_only(void *ctx)
{
    return ((struct world *)ctx)->lan_only;
}

static bool has_transport(void *ctx, uint32_t pid)
{
    (void)ctx;
    (void)pid;
    return true;
}

static uint32_t server_get(void *ctx, struct dim_server *ret)
{
    struct world *w = ctx;

    *ret = (struct dim_server){.lan_only = w->lan_only,
                               .total_ports = w->lan_only ? 0 : (uint32_t)w->n_ports + w->more_ports,
                               .ports_in_use = w->lan_only ? 0 : (uint32_t)w->n_users};
    return 0;
}

static uint32_t port_get(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret)
{
    struct world *w = ctx;
    const struct world_port *p = find_port(w, handle);

    (void)want_stats;
    if (!p)
        return ERROR_INVALID_PORT_HANDLE;
    *ret = port_of(p);
    if (w->after_port)
        w->after_port(w);
    return 0;
}

static uint32_t port_clear(void *ctx, void *user, uint32_t handle)
{
    struct world *w = ctx;

    (void)user;
    if (!find_port(w, handle))
        return ERROR_INVALID_PORT_HANDLE;
    atomic_fetch_add(&w->cleared, 1);
    return 0;
}

static uint32_t order_code(const struct world *w, const struct world_port *p, uint32_t handle)
{
    if (!p || p->handle != handle)
        return ERROR_INVALID_PARAMETER;
    return p->connection ? w->order_code : ERROR_PORT_NOT_CONNECTED;
}

static void port_disconnect(void *ctx, void *user, uint32_t handle, struct dim_pending *pending)
{
    struct world *w = ctx;
    uint32_t code = order_code(w, find_port(w, handle), handle);

    (void)user;
    atomic_fetch_add(&w->orders, 1);
    if (code == 0)
        atomic_store(&w->ended, handle);
    dim_finish(pending, code);
}

/* A list is a copy: what happens after it was opened does not change it. */
struct list {
    struct dim_port ports[WORLD_MAX];
    struct dim_connection connections[WORLD_MAX];
    size_t n;
    char name[32]; /* of one of the other ports */
};

static void list_port(void *ctx, size_t i, struct dim_port *ret)
{
    struct list *l = ctx;

    if (i < l->n) {
        *ret = l->ports[i];
        return;
    }
    snprintf(l->name, sizeof l->name, "p-%zu", i - l->n + 1);
    *ret = (struct dim_port){
        .handle = 0x1000u + (uint32_t)i, .condition = DIM_PORT_LISTENING, .name = l->name, .device_type = "Vpn"};
}

static uint32_t list_port_handle(void *ctx, size_t i)
{
    struct dim_port p;

    list_port(ctx, i, &p);
    return p.handle;
}

static void list_connection(void *ctx, size_t i, struct dim_connection *ret)
{
    *ret = ((struct list *)ctx)->connections[i];
}

static uint32_t list_connection_handle(void *ctx, size_t i)
{
    return ((struct list *)ctx)->connections[i].handle;
}

static uint32_t port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    struct world *w = ctx;
    struct list *l = calloc(1, sizeof *l);

    (void)resume;
    if (!l)
        return ERROR_NOT_ENOUGH_MEMORY;
    (void)connection;
    l->n = w->n_ports;
    for (size_t i = 0; i < l->n; i++)
        l->ports[i] = port_of(&w->ports[i]);
    *ret = (struct dim_list){
        .total = l->n + w->more_ports, .port = list_port, .handle = list_port_handle, .close = free, .ctx = l};
    if (w->after_list)
        w->after_list(w);
    return 0;
}

static uint32_t connection_get(void *ctx, uint32_t handle, struct dim_connection *ret)
{
    struct world *w = ctx;

    for (size_t i = 0; i < w->n_users; i++)
        if (w->users[i].connection == handle) {
            *ret = connection_of(&w->users[i]);
            return 0;
        }
    return ERROR_INTERFACE_NOT_CONNECTED;
}

static uint32_t connection_clear(void *ctx, void *user, uint32_t handle)
{
    (void)ctx;
    (void)user;
    (void)handle;
    return ERROR_INVALID_PARAMETER;
}

static uint32_t connection_list(void *ctx, uint32_t resume, size_t max, struct dim_list *ret)
{
    struct world *w = ctx;
    struct list *l = calloc(1, sizeof *l);

    (void)resume;
    (void)max;
    if (!l)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (size_t i = 0; i < w->n_users; i++)
        l->connections[i] = connection_of(&w->users[i]);
    *ret = (struct dim_list){
        .total = w->n_users, .connection = list_connection, .handle = list_connection_handle, .close = free, .ctx = l};
    if (w->after_users)
        w->after_users(w);
    return 0;
}

static bool has_client_address(void *ctx, uint32_t address)
{
    (void)ctx;
    (void)address;
    return false;
}

static size_t devices(void *ctx, struct dim_device *ret, size_t max)
{
    (void)ctx;
    (void)ret;
    (void)max;
    return 0;
}

void world_open(struct world *w)
{
    struct dim_backend *backend = malloc(sizeof *backend);

    assert_non_null(backend);
    *backend = (struct dim_backend){.ctx = w,
                                    .allowed = allowed,
                                    .lan_only = lan_only,
                                    .has_transport = has_transport,
                                    .server_get = server_get,
                                    .port_get = port_get,
                                    .port_clear = port_clear,
                                    .port_disconnect = port_disconnect,
                                    .port_list = port_list,
                                    .connection_get = connection_get,
                                    .connection_clear = connection_clear,
                                    .connection_list = connection_list,
                                    .has_client_address = has_client_address,
                                    .devices = devices};
    w->backend = backend;
    w->server = fake_start(&(struct fake_config){.dim = backend,
                                                 .raw_answer = w->raw_answer,
                                                 .raw_len = w->raw_len,
                                                 .script = {w->loses_connections ? CLOSES_ON_REQUEST : POLITE},
                                                 .n_script = 1});
    memcpy(w->name, fake_name(w->server), sizeof w->name);
}

void world_close(struct world *w)
{
    fake_stop(w->server);
    free(w->backend);
    w->server = NULL;
}

unsigned world_connections(const struct world *w)
{
    return fake_connections(w->server);
}

struct world world_sample(void)
{
    struct world w = {
        .ports = {{.name = "vpn-1", .handle = 0x00500001, .connection = 11, .condition = 5, .seconds = 75},
                  {.name = "vpn-2", .handle = 0x00300002, .condition = 3},
                  {.name = "Line two", .handle = 0x00100003, .connection = 12, .condition = 5, .seconds = 90},
                  {.name = "vpn-4", .handle = 0x00100004, .connection = 12, .condition = 5, .seconds = 60}},
        .users = {{.connection = 12,
                   .flags = RAS_FLAGS_PPP_CONNECTION | RAS_FLAGS_MESSENGER_PRESENT,
                   .name = "bob",
                   .domain = "WORK",
                   .computer = "DESK",
                   .address = "10.0.0.3"},
                  {.connection = 11, .name = "alice", .domain = "HOME", .computer = "LAPTOP", .address = "10.0.0.2"}},
        .n_ports = 4,
        .n_users = 2,
    };

    w.ports[0].counters = (struct world_counters){1000, 2000, {3, 4, 5, 6, 7, 8, 9, 10}, 50, 25};
    w.users[1].counters = (struct world_counters){1100, 2200, {33, 44, 55, 66, 77, 88, 99, 110}, 100, 100};
    return w;
}
