/* SPDX-License-Identifier: Apache-2.0 */
/* The router's world in MS-RRASM's words: ports, connections, lists, server. Orders are tested with the whole daemon.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>

#include "router/limit.h"
#include "rrasd/backend.h"
#include "rrasd/present.h"
#include "scratch.h"

struct world {
    struct scratch *scratch;
    uv_loop_t loop;
    struct config config;
    struct audit *audit;
    struct router *router;
    struct router_driver *driver;
    struct backend *backend;
    const struct dim_backend *dim;
    struct caller caller;
    uint64_t ms;
};

static struct router_time now_of(void *ctx)
{
    struct world *w = ctx;
    return (struct router_time){.mono_ms = w->ms, .wall_s = 1764084000};
}

static int send_nothing(void *ctx, void *channel, const struct router_order *order)
{
    (void)ctx;
    (void)channel;
    (void)order;
    return 0;
}

static void on_event(void *ctx, const struct router_event *event)
{
    struct world *w = ctx;
    if (w->backend)
        backend_event(w->backend, event);
}

static void fill_seven(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 7, n);
}

static void answered(void *ctx, struct caller *caller)
{
    (void)ctx;
    (void)caller;
}

static int setup(void **state)
{
    static const struct router_config config = {
        .max_ports = 1000, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000};
    static const struct router_ops ops = {.send_disconnect = send_nothing, .event = on_event, .random = fill_seven};
    char path[SCRATCH_PATH_MAX];
    struct world *w = calloc(1, sizeof *w);
    if (!w || scratch_setup((void **)&w->scratch) != 0 || uv_loop_init(&w->loop) != 0 ||
        audit_open(&w->loop, scratch_path(w->scratch, path, "audit"), "run", &w->audit) != 0)
        return -1;
    w->ms = 100000;
    w->config.router_type = ROUTER_TYPE_RAS;
    w->config.events_kept = 16;
    w->config.events_bytes = 65536;
    w->caller.role = ACCESS_ADMINISTRATOR;
    w->router = router_new(&config, &ops, w);
    struct backend_env env = {
        .router = w->router, .audit = w->audit, .config = &w->config, .now = now_of, .answered = answered, .ctx = w};
    w->backend = backend_new(&env);
    w->dim = backend_dim(w->backend);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    router_free(w->router);
    backend_free(w->backend);
    audit_close(w->audit);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    audit_free(w->audit);
    int r = uv_loop_close(&w->loop);
    scratch_teardown((void **)&w->scratch);
    free(w);
    return r;
}

static void attach(struct world *w, const char *type, uint32_t ports)
{
    struct router_time now = now_of(w);
    struct router_driver_info info = {
        .name = type, .instance = "main", .device_type = type, .device_name = "Device", .ports = ports};
    assert_int_equal(router_driver_attach(w->router, &info, &now, &w->driver), 0);
    router_driver_snapshot_end(w->router, w->driver, &now);
}

static void report(struct world *w, const struct router_session *s)
{
    struct router_time now = now_of(w);
    assert_int_equal(router_session_report(w->router, w->driver, NULL, s, &now), 0);
}

static struct dim_port port_in_use(struct world *w)
{
    struct dim_list list;
    struct dim_port port = {0};
    assert_int_equal(w->dim->port_list(w->dim->ctx, DIM_ALL_PORTS, 0, &list), 0);
    for (size_t i = 0; i < list.total && !port.connection; i++)
        list.port(list.ctx, i, &port);
    list.close(list.ctx);
    assert_int_not_equal(port.handle, 0);
    assert_int_equal(w->dim->port_get(w->dim->ctx, port.handle, true, &port), 0);
    return port;
}

static void each_state_has_its_condition(void **state)
{
    static const struct {
        enum router_port_state state;
        enum dim_port_condition condition;
    } pairs[] = {
        {ROUTER_PORT_AWAY, DIM_PORT_NON_OPERATIONAL},          {ROUTER_PORT_LISTENING, DIM_PORT_LISTENING},
        {ROUTER_PORT_AUTHENTICATING, DIM_PORT_AUTHENTICATING}, {ROUTER_PORT_CALLING_BACK, DIM_PORT_CALLING_BACK},
        {ROUTER_PORT_CONNECTED, DIM_PORT_AUTHENTICATED},       {ROUTER_PORT_DISCONNECTING, DIM_PORT_DISCONNECTED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct router_port_view view = {.state = pairs[i].state, .device_type = "l2tp", .failed = i == 1};
        struct dim_port port;
        present_port(&view, false, &port);
        assert_int_equal(port.condition, pairs[i].condition);
        assert_int_equal(port.hardware_failure, i == 1);
    }
}

static void each_device_has_its_number_and_word(void **state)
{
    (void)state;
    assert_string_equal(present_device("l2tp")->shown_type, "Vpn");
    assert_int_equal(present_device("L2TP")->number, DEVICE_TUNNEL_L2TP);
    assert_int_equal(present_device("l2tp")->flags, CONNECTION_FLAG_PPP);
    assert_int_equal(present_device("ikev2")->flags, CONNECTION_FLAG_IKEV2);
    assert_int_equal(present_device("openvpn")->flags, 0);
    assert_int_equal(present_device("openvpn")->number, DEVICE_OTHER);
    assert_string_equal(present_device("openvpn")->shown_type, "Vpn");
    assert_string_equal(present_device("serial")->shown_type, "SERIAL");
    assert_string_equal(present_device("modem")->shown_type, "Modem");
}

static void each_result_has_its_code(void **state)
{
    (void)state;
    assert_int_equal(present_result(0), 0);
    assert_int_equal(present_result(-EINVAL), 87);
    assert_int_equal(present_result(-ENOTCONN), 606);
    assert_int_equal(present_result(-ENODEV), 21);
    assert_int_equal(present_result(-EREMOTEIO), 31);
    assert_int_equal(present_result(-ETIMEDOUT), 1460);
    assert_int_equal(present_result(-ENOMEM), 8);
}

static void a_port_and_its_connection_say_all_that_is_known(void **state)
{
    struct world *w = *state;
    struct router_counters counters = {.bytes_out = UINT64_C(1) << 40, .bytes_in = 2, .ratio_in = 50, .ratio_out = 100};
    struct router_session s = {.id = "1",
                               .start = 1764083900,
                               .state = ROUTER_SESSION_CONNECTED,
                               .user = "alice",
                               .caller = "laptop",
                               .client_address = "192.0.2.7:1234",
                               .server_address = "198.51.100.1",
                               .tunnel_address4 = "10.88.0.2",
                               .tunnel_server4 = "10.88.0.1",
                               .tunnel_address6 = "2001:db8:1:2:3:4:5:6",
                               .interface = "ppp0",
                               .line_speed = UINT64_C(10000000000),
                               .counters = &counters};
    struct dim_connection c;
    static const uint8_t prefix[8] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2}, interface[8] = {0, 3, 0, 4, 0, 5, 0, 6};
    attach(w, "l2tp", 2);
    report(w, &s);
    struct dim_port port = port_in_use(w);
    assert_string_equal(port.device_type, "Vpn");
    assert_string_equal(port.media, "l2tp");
    assert_string_equal(port.device_name, "Device");
    assert_int_equal(port.kind, 9);
    assert_int_equal(port.calls, 1);
    assert_true(port.line_speed == s.line_speed);
    assert_true(port.stats.bytes_out == counters.bytes_out);
    assert_int_equal(w->dim->connection_get(w->dim->ctx, port.connection, &c), 0);
    assert_int_equal(c.handle, port.connection);
    assert_int_equal(c.flags, CONNECTION_FLAG_PPP);
    assert_int_equal(c.device_type, DEVICE_TUNNEL_L2TP);
    assert_false(c.ikev2);
    assert_string_equal(c.user, "alice");
    assert_string_equal(c.remote_computer, "laptop");
    assert_string_equal(c.remote_endpoint, "192.0.2.7:1234");
    assert_string_equal(c.local_endpoint, "198.51.100.1");
    assert_string_equal(c.client_address4, "10.88.0.2");
    assert_string_equal(c.server_address4, "10.88.0.1");
    assert_string_equal(c.interface_name, "ppp0");
    assert_memory_equal(c.client_prefix6, prefix, 8);
    assert_memory_equal(c.client_interface6, interface, 8);
    assert_int_equal(c.prefix_length6, 64);
    assert_int_equal(c.start, 1764083900);
    assert_true(w->dim->has_client_address(w->dim->ctx, inet_addr("10.88.0.2")));
    assert_false(w->dim->has_client_address(w->dim->ctx, inet_addr("10.88.0.3")));
    assert_int_equal(w->dim->port_get(w->dim->ctx, 999, false, &port), 601);
    assert_int_equal(w->dim->connection_get(w->dim->ctx, c.handle + 1, &c), 906);
}

static void a_name_with_a_domain_is_shown_in_its_two_parts(void **state)
{
    static const struct {
        const char *name, *domain, *user;
    } all[] = {{"CORP\\bob", "CORP", "bob"},
               {"bob@corp.example", "", "bob@corp.example"},
               {"bob", "", "bob"},
               {"a\\b\\c", "", "a\\b\\c"},
               {"corporate.example\\bob", "", "corporate.example\\bob"}};
    struct world *w = *state;
    attach(w, "l2tp", 1);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct dim_connection c;
        report(w, &(struct router_session){.id = "1", .state = ROUTER_SESSION_CONNECTED, .user = all[i].name});
        assert_int_equal(w->dim->connection_get(w->dim->ctx, port_in_use(w).connection, &c), 0);
        assert_string_equal(c.domain, all[i].domain);
        assert_string_equal(c.user, all[i].user);
    }
}

static void clearing_moves_a_base_line_and_is_audited(void **state)
{
    struct world *w = *state;
    struct router_counters counters = {.bytes_out = 500};
    struct router_session s = {.id = "1", .state = ROUTER_SESSION_CONNECTED, .counters = &counters};
    char path[SCRATCH_PATH_MAX];
    attach(w, "l2tp", 1);
    report(w, &s);
    struct dim_port port = port_in_use(w);
    assert_true(port.stats.bytes_out == 500);
    assert_int_equal(w->dim->port_clear(w->dim->ctx, &w->caller, port.handle), 0);
    assert_true(port_in_use(w).stats.bytes_out == 0);
    assert_int_equal(w->dim->port_clear(w->dim->ctx, &w->caller, 999), 601);
    assert_int_equal(w->dim->connection_clear(w->dim->ctx, &w->caller, port.connection), 0);
    assert_int_equal(w->dim->connection_clear(w->dim->ctx, &w->caller, port.connection + 1), 87);
    char *text = scratch_read(scratch_path(w->scratch, path, "audit"));
    unsigned changes = 0;
    for (const char *p = text; (p = strstr(p, "\"event\":\"change\"")); p++)
        changes++;
    assert_int_equal(changes, 4);
    free(text);
}

static void all_ports_are_listed_in_slot_order_from_anywhere(void **state)
{
    struct world *w = *state;
    struct dim_list list;
    attach(w, "l2tp", 5);
    for (uint32_t after = 0; after <= 6; after++) {
        /* Any generation of the slot will do as a place to go on. */
        uint32_t resume = after ? after | 77u << 20 : 0;
        assert_int_equal(w->dim->port_list(w->dim->ctx, DIM_ALL_PORTS, resume, &list), 0);
        assert_int_equal(list.total, after < 5 ? 5 - after : 0);
        for (size_t i = 0; i < list.total; i++) {
            struct dim_port port;
            list.port(list.ctx, i, &port);
            assert_int_equal(router_handle_slot(port.handle), after + 1 + i);
            assert_int_equal(list.handle(list.ctx, i), port.handle);
        }
        list.close(list.ctx);
    }
}

static void ports_are_listed_around_those_of_a_forgotten_driver(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    struct dim_list list;
    struct dim_port port;
    attach(w, "pptp", 3);
    attach(w, "l2tp", 2);
    struct router_driver *away = w->driver;
    attach(w, "openvpn", 2);
    assert_int_equal(w->dim->port_list(w->dim->ctx, DIM_ALL_PORTS, 0, &list), 0);
    router_driver_detach(w->router, away, &now);
    assert_int_equal(router_driver_forget(w->router, "l2tp", "main"), 0);
    assert_int_equal(list.total, 7); /* this list was promised before */
    for (size_t i = 0; i < 7; i++) {
        list.port(list.ctx, i, &port);
        assert_int_equal(port.handle, i + 1);
        assert_int_equal(list.handle(list.ctx, i), i + 1);
        assert_int_equal(port.condition, i == 3 || i == 4 ? DIM_PORT_NON_OPERATIONAL : DIM_PORT_LISTENING);
    }
    list.close(list.ctx);
    static const uint32_t left[] = {1, 2, 3, 6, 7};
    for (uint32_t after = 0; after <= 7; after++) {
        size_t first = after < 4 ? after : after < 6 ? 3 : after - 2;
        assert_int_equal(w->dim->port_list(w->dim->ctx, DIM_ALL_PORTS, after, &list), 0);
        assert_int_equal(list.total, 5 - first);
        for (size_t i = 0; i < list.total; i++) {
            list.port(list.ctx, i, &port);
            assert_int_equal(port.handle, left[first + i]);
            assert_int_equal(list.handle(list.ctx, i), left[first + i]);
        }
        list.close(list.ctx);
    }
}

static void ports_of_a_multilink_connection_are_listed(void **state)
{
    struct world *w = *state;
    struct dim_list list;
    attach(w, "l2tp", 5);
    for (unsigned i = 0; i < 3; i++) {
        char id[8];
        snprintf(id, sizeof id, "%u", i);
        report(w, &(struct router_session){
                      .id = id, .state = ROUTER_SESSION_CONNECTED, .user = "alice", .bundle = i == 1 ? NULL : "b"});
    }
    struct dim_port first = port_in_use(w), port;
    assert_int_equal(w->dim->port_list(w->dim->ctx, first.connection, 0, &list), 0);
    assert_int_equal(list.total, 2);
    list.port(list.ctx, 1, &port);
    assert_int_equal(port.connection, first.connection);
    uint32_t second = port.handle;
    assert_int_equal(list.handle(list.ctx, 1), second);
    list.close(list.ctx);
    assert_int_equal(w->dim->port_list(w->dim->ctx, first.connection, first.handle, &list), 0);
    assert_int_equal(list.total, 1);
    assert_int_equal(list.handle(list.ctx, 0), second);
    list.close(list.ctx);
    assert_int_equal(w->dim->port_list(w->dim->ctx, 0, 0, &list), 6);
    assert_int_equal(w->dim->port_list(w->dim->ctx, first.connection + 100, 0, &list), 6);
}

/* A list that is being sent while its connections end must go on with what they were. */
static void a_listed_connection_can_be_read_after_its_end(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    struct dim_list list;
    struct dim_connection c;
    attach(w, "l2tp", 5);
    report(w, &(struct router_session){.id = "1", .state = ROUTER_SESSION_CONNECTED, .user = "alice"});
    report(w, &(struct router_session){.id = "2", .state = ROUTER_SESSION_CONNECTED, .user = "bob"});
    assert_int_equal(w->dim->connection_list(w->dim->ctx, 0, 2, &list), 0);
    assert_int_equal(list.total, 2);
    assert_int_equal(router_session_gone(w->router, w->driver, &(struct router_gone){.id = "2"}, &now), 0);
    list.connection(list.ctx, 1, &c);
    assert_string_equal(c.user, "bob");
    uint32_t bob = c.handle;
    assert_int_equal(list.handle(list.ctx, 1), bob);
    list.close(list.ctx);
    assert_int_equal(w->dim->connection_get(w->dim->ctx, bob, &c), 906);
    assert_int_equal(w->dim->connection_list(w->dim->ctx, bob, 1, &list), 0);
    assert_int_equal(list.total, 0);
    list.close(list.ctx);
}

/* Linked with --wrap=router_connections: how many references lists have taken. */
static size_t references;

size_t __real_router_connections(struct router *r, uint32_t handle, struct router_connection **ret, size_t max);
size_t __wrap_router_connections(struct router *r, uint32_t handle, struct router_connection **ret, size_t max);

size_t __wrap_router_connections(struct router *r, uint32_t handle, struct router_connection **ret, size_t max)
{
    size_t n = __real_router_connections(r, handle, ret, max);
    references += n;
    return n;
}

/* One page: how many connections it has, and where the next one begins. */
static size_t read_page(struct world *w, size_t max, size_t total, uint32_t *resume)
{
    struct dim_list list;
    struct dim_connection c;
    size_t n = max < total ? max : total;
    assert_int_equal(w->dim->connection_list(w->dim->ctx, *resume, max, &list), 0);
    assert_int_equal(list.total, total);
    for (size_t i = 0; i < n; i++) {
        list.connection(list.ctx, i, &c);
        assert_int_equal(c.handle, *resume + 1 + i);
        assert_int_equal(list.handle(list.ctx, i), c.handle);
    }
    list.close(list.ctx);
    *resume += (uint32_t)n;
    return n;
}

/* And not all that come after: with many, the cost of paging would grow with the square of their number. */
static void a_page_keeps_its_own_connections_only(void **state)
{
    struct world *w = *state;
    static const size_t pages[] = {1, 7, 99, 100, 101, SIZE_MAX};
    char id[8];
    attach(w, "l2tp", 100);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "%u", i);
        report(w, &(struct router_session){.id = id, .state = ROUTER_SESSION_CONNECTED, .user = "alice"});
    }
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        uint32_t resume = 0;
        references = 0;
        for (size_t left = 100; left > 0;)
            left -= read_page(w, pages[i], left, &resume);
        assert_int_equal(read_page(w, pages[i], 0, &resume), 0);
        assert_int_equal(references, 100);
    }
}

static void the_server_counts_its_ports_by_kind(void **state)
{
    struct world *w = *state;
    struct dim_server server;
    struct dim_device device[4];
    attach(w, "pptp", 3);
    attach(w, "l2tp", 4);
    attach(w, "openvpn", 5);
    report(w, &(struct router_session){.id = "1", .state = ROUTER_SESSION_CONNECTED});
    w->ms += 61999;
    assert_int_equal(w->dim->server_get(w->dim->ctx, &server), 0);
    assert_int_equal(server.up_seconds, 61);
    assert_int_equal(server.total_ports, 12);
    assert_int_equal(server.ports_in_use, 1);
    assert_int_equal(server.pptp_ports, 3);
    assert_int_equal(server.l2tp_ports, 4);
    assert_int_equal(server.sstp_ports, 0);
    assert_int_equal(server.l2tp_flags, 1);
    assert_int_equal(server.sstp_flags, 0);
    assert_int_equal(w->dim->devices(w->dim->ctx, device, 4), 3);
    assert_int_equal(w->dim->devices(w->dim->ctx, device, 1), 3);
    assert_string_equal(device[0].type, "Vpn");
    assert_string_equal(device[0].name, "Device");
    assert_int_equal(device[0].kind, 8);
    assert_int_equal(device[0].ports, 3);
}

static void the_server_tells_limits_rather_than_ports(void **state)
{
    struct world *w = *state;
    struct dim_server server;
    const struct router_limit l2tp = {"l2tp", 100, 3}, ikev2 = {"ikev2", 7, 0};
    attach(w, "pptp", 3);
    attach(w, "l2tp", 4);
    assert_int_equal(router_limit_set(w->router, &l2tp, NULL), 0);
    assert_int_equal(router_limit_set(w->router, &ikev2, NULL), 0);
    assert_int_equal(w->dim->server_get(w->dim->ctx, &server), 0);
    assert_int_equal(server.total_ports, 7);
    assert_int_equal(server.pptp_ports, 3);
    assert_int_equal(server.pptp_flags, 1);
    assert_int_equal(server.l2tp_ports, 100);
    assert_int_equal(server.l2tp_flags, 3);
    assert_int_equal(server.ikev2_ports, 7);
    assert_int_equal(server.ikev2_flags, 0);
}

static void lan_only_is_what_has_no_other_type(void **state)
{
    struct world *w = *state;
    for (uint32_t type = 1; type < 0x40; type++) {
        w->config.router_type = type;
        assert_int_equal(w->dim->lan_only(w->dim->ctx), (type & 0x2d) == 0);
        assert_int_equal(w->dim->has_transport(w->dim->ctx, 0x21), (type & 0x07) != 0);
        assert_int_equal(w->dim->has_transport(w->dim->ctx, 0x57), (type & 0x38) != 0);
        assert_false(w->dim->has_transport(w->dim->ctx, 0x2b));
    }
}

static void every_operation_asks_for_the_right_of_its_table(void **state)
{
    struct world *w = *state;
    for (uint16_t opnum = 0; opnum < DIM_OPNUMS; opnum++) {
        const struct dim_op *op = dim_op(opnum);
        for (unsigned role = ACCESS_NONE; role <= ACCESS_ADMINISTRATOR; role++) {
            w->caller.role = (enum access_role)role;
            assert_int_equal(w->dim->allowed(w->dim->ctx, &w->caller, op), access_allows(w->caller.role, op->right));
        }
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_condition),
        cmocka_unit_test(each_device_has_its_number_and_word),
        cmocka_unit_test(each_result_has_its_code),
        T(a_port_and_its_connection_say_all_that_is_known),
        T(a_name_with_a_domain_is_shown_in_its_two_parts),
        T(clearing_moves_a_base_line_and_is_audited),
        T(all_ports_are_listed_in_slot_order_from_anywhere),
        T(ports_of_a_multilink_connection_are_listed),
        T(ports_are_listed_around_those_of_a_forgotten_driver),
        T(a_listed_connection_can_be_read_after_its_end),
        T(a_page_keeps_its_own_connections_only),
        T(the_server_counts_its_ports_by_kind),
        T(the_server_tells_limits_rather_than_ports),
        T(lan_only_is_what_has_no_other_type),
        T(every_operation_asks_for_the_right_of_its_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
