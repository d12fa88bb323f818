/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fake_backend {
    const struct fake_config *config;
    struct dim_backend ops;
    atomic_uint orders;
    char name[32], user[32]; /* good until the backend is asked again */
};

struct list {
    struct fake_backend *backend;
    uint32_t first; /* number of item 0 */
};

uint32_t fake_port_handle(uint32_t number)
{
    return 0x00100000u | number;
}

uint32_t fake_connection_handle(uint32_t number)
{
    return 0x1000u + number;
}

static bool is_port(const struct fake_backend *b, uint32_t handle)
{
    uint32_t number = handle & 0xfffffu;
    return handle == fake_port_handle(number) && number >= 1 && number <= b->config->n_ports;
}

static bool is_connection(const struct fake_backend *b, uint32_t handle)
{
    return handle > fake_connection_handle(0) && handle <= fake_connection_handle(b->config->n_connections);
}

static void fill_port(struct fake_backend *b, uint32_t number, struct dim_port *ret)
{
    bool busy = number & 1;

    snprintf(b->name, sizeof b->name, "port-%u", (unsigned)number);
    *ret = (struct dim_port){
        .handle = fake_port_handle(number),
        .connection = busy ? fake_connection_handle(number) : 0,
        .condition = busy ? DIM_PORT_AUTHENTICATED : DIM_PORT_LISTENING,
        .calls = number * 3,
        .connect_seconds = busy ? number : 0,
        .name = b->name,
        .media = "vpn",
        .device_name = "Fake device",
        .device_type = "Vpn",
        .line_speed = 1000000,
        .stats = {.bytes_out = number * 10ull, .bytes_in = UINT64_C(0x500000007), .ratio_in = 100, .ratio_out = 100},
    };
}

static void fill_connection(struct fake_backend *b, uint32_t number, struct dim_connection *ret)
{
    bool ikev2 = b->config->ikev2 && number % 3 == 0;

    snprintf(b->user, sizeof b->user, "user%u", (unsigned)number);
    *ret = (struct dim_connection){
        .handle = fake_connection_handle(number),
        .interface = 77,
        .connect_seconds = number,
        .flags = RAS_FLAGS_PPP_CONNECTION,
        .interface_name = "ppp0",
        .user = b->user,
        .domain = "WORK",
        .remote_computer = "LAPTOP",
        .guid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
        .start = 1700000000,
        .remote_endpoint = "198.51.100.7",
        .local_endpoint = "203.0.113.1",
        .server_address4 = "10.0.0.1",
        .client_address4 = "10.0.0.2",
        .ikev2 = ikev2,
        .auth_protocol = ikev2 ? MPRAPI_IKEV2_AUTH_USING_EAP : PPP_LCP_CHAP,
        .auth_data = ikev2 ? 0 : PPP_LCP_CHAP_MSV2,
        .device_type = RDT_Tunnel_L2tp,
        .stats = {.bytes_out = UINT64_C(0x100000005), .bytes_in = 6, .ratio_in = 100, .ratio_out = 100},
    };
}

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct fake_backend *b = ctx;

    (void)user;
    (void)op;
    return !b->config->deny;
}

static bool lan_only(void *ctx)
{
    struct fake_backend *b = ctx;
    return b->config->lan_only;
}

static bool has_transport(void *ctx, uint32_t pid)
{
    (void)ctx;
    return pid == 0x21;
}

static uint32_t server_get(void *ctx, struct dim_server *ret)
{
    struct fake_backend *b = ctx;

    *ret = (struct dim_server){.lan_only = b->config->lan_only,
                               .up_seconds = 42,
                               .total_ports = b->config->n_ports,
                               .ports_in_use = b->config->n_connections,
                               .pptp_ports = 1,
                               .pptp_flags = 2,
                               .l2tp_ports = 3,
                               .l2tp_flags = 1,
                               .sstp_ports = 5,
                               .sstp_flags = 1};
    return b->config->list_code;
}

static uint32_t port_get(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret)
{
    struct fake_backend *b = ctx;

    (void)want_stats;
    if (!is_port(b, handle))
        return ERROR_INVALID_PORT_HANDLE;
    fill_port(b, handle & 0xfffffu, ret);
    return 0;
}

static uint32_t port_clear(void *ctx, void *user, uint32_t handle)
{
    (void)user;
    return is_port(ctx, handle) ? 0 : ERROR_INVALID_PORT_HANDLE;
}

static void port_disconnect(void *ctx, void *user, uint32_t handle, struct dim_pending *p)
{
    struct fake_backend *b = ctx;

    (void)user;
    atomic_fetch_add(&b->orders, 1);
    dim_finish(p, is_port(b, handle) ? b->config->order_code : ERROR_INVALID_PARAMETER);
}

static void list_port(void *ctx, size_t i, struct dim_port *ret)
{
    struct list *l = ctx;
    fill_port(l->backend, l->first + (uint32_t)i, ret);
}

static uint32_t list_port_handle(void *ctx, size_t i)
{
    struct list *l = ctx;
    return fake_port_handle(l->first + (uint32_t)i);
}

static void list_connection(void *ctx, size_t i, struct dim_connection *ret)
{
    struct list *l = ctx;
    fill_connection(l->backend, l->first + (uint32_t)i, ret);
}

static uint32_t list_connection_handle(void *ctx, size_t i)
{
    struct list *l = ctx;
    return fake_connection_handle(l->first + (uint32_t)i);
}

static void open_list(struct fake_backend *b, uint32_t first, uint32_t last, struct dim_list *ret)
{
    struct list *l = malloc(sizeof *l);

    assert_non_null(l);
    *l = (struct list){b, first};
    *ret = (struct dim_list){.total = first <= last ? last - first + 1 : 0, .close = free, .ctx = l};
}

static uint32_t port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    struct fake_backend *b = ctx;
    uint32_t first = (resume & 0xfffffu) + 1, last = b->config->n_ports;

    if (connection != DIM_ALL_PORTS) {
        if (!is_connection(b, connection))
            return ERROR_INVALID_HANDLE;
        first = last = connection - fake_connection_handle(0);
    }
    if (b->config->list_code)
        return b->config->list_code;
    open_list(b, first, last, ret);
    ret->port = list_port;
    ret->handle = list_port_handle;
    return 0;
}

static uint32_t connection_get(void *ctx, uint32_t handle, struct dim_connection *ret)
{
    struct fake_backend *b = ctx;

    if (!is_connection(b, handle))
        return ERROR_INTERFACE_NOT_CONNECTED;
    fill_connection(b, handle - fake_connection_handle(0), ret);
    return 0;
}

static uint32_t connection_clear(void *ctx, void *user, uint32_t handle)
{
    (void)user;
    return is_connection(ctx, handle) ? 0 : ERROR_INVALID_PARAMETER;
}

static uint32_t connection_list(void *ctx, uint32_t resume, size_t max, struct dim_list *ret)
{
    struct fake_backend *b = ctx;

    (void)max; /* items are made up when they are asked for */
    if (b->config->list_code)
        return b->config->list_code;
    open_list(b, resume ? resume - fake_connection_handle(0) + 1 : 1, b->config->n_connections, ret);
    ret->connection = list_connection;
    ret->handle = list_connection_handle;
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
    static const struct dim_device all[] = {
        {"Vpn", "WAN Miniport (PPTP)"}, {"Vpn", "WAN Miniport (IKEv2)"}, {"Modem", "A modem"}};
    const struct fake_backend *b = ctx;
    size_t n = b->config->n_devices;

    assert_true(n <= sizeof all / sizeof all[0] && n <= max);
    memcpy(ret, all, n * sizeof all[0]);
    return n;
}

struct fake_backend *fake_backend_new(const struct fake_config *config)
{
    struct fake_backend *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->config = config;
    b->ops = (struct dim_backend){
        .ctx = b,
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
        .devices = devices,
    };
    return b;
}

void fake_backend_free(struct fake_backend *b)
{
    free(b);
}

const struct dim_backend *fake_backend_ops(const struct fake_backend *b)
{
    return &b->ops;
}

unsigned fake_backend_orders(const struct fake_backend *b)
{
    return atomic_load(&b->orders);
}
