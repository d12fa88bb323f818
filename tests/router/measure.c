/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a router costs, measured: not a test, but run by hand when an object changes.
 *
 *   measure [PORTS]     PORTS ports (100000), half of them connected, with texts of usual length
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "router/router.h"
#include "router/router_private.h"

static const struct router_time now = {.mono_ms = 1000, .wall_s = 1764084000};

static int no_send(void *ctx, void *channel, const struct router_order *order)
{
    (void)ctx, (void)channel, (void)order;
    return 0;
}

static void no_event(void *ctx, const struct router_event *event)
{
    (void)ctx, (void)event;
}

static void zeros(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 0, n);
}

static void no_done(void *cookie, int result)
{
    (void)cookie, (void)result;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* the machine may have other work */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "measure: %s\n", what);
    exit(1);
}

static size_t in_use(void)
{
    struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
}

static void report(struct router *r, struct router_driver *d, unsigned i, bool six)
{
    char id[32], user[32], address4[32], address6[48], client[48];
    const struct router_counters c = {.bytes_in = i, .bytes_out = i};
    const struct router_session s = {.id = id,
                                     .start = 1764080000,
                                     .state = ROUTER_SESSION_CONNECTED,
                                     .user = user,
                                     .client_address = client,
                                     .server_address = "198.51.100.1:1194",
                                     .tunnel_address4 = address4,
                                     .tunnel_address6 = six ? address6 : NULL,
                                     .tunnel_server4 = "10.0.0.1",
                                     .interface = "tun0",
                                     .counters = &c};
    snprintf(id, sizeof id, "4711:%u", i);
    snprintf(user, sizeof user, "user%05u", i);
    snprintf(address4, sizeof address4, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
    snprintf(address6, sizeof address6, "2001:db8:88::%x", i);
    snprintf(client, sizeof client, "203.0.%u.%u:%u", i >> 8 & 255, i & 255, 10000 + i % 50000);
    if (router_session_report(r, d, NULL, &s, &now) != 0)
        die("a session was refused");
}

static void measure_memory(const struct router_config *config, const struct router_ops *ops, unsigned ports, bool six)
{
    const struct router_driver_info info = {.name = "vpn", .instance = "main", .device_type = "vpn", .ports = ports};
    struct router_driver *d = NULL;
    size_t before = in_use();
    struct router *r = router_new(config, ops, NULL);
    if (!r || router_driver_attach(r, &info, &now, &d) != 0)
        die("no router");
    double t = seconds();
    for (unsigned i = 0; i < ports / 2; i++)
        report(r, d, i, six);
    t = seconds() - t;
    printf("%s: %.1f bytes a port, %.0f sessions reported a second\n", six ? "with IPv6 addresses" : "IPv4 only",
           (double)(in_use() - before) / ports, ports / 2 / t);
    router_free(r);
}

static void measure_reading(struct router *r, unsigned ports)
{
    struct router_port_view v;
    uint64_t sum = 0;
    unsigned rounds = 20;
    double t = seconds();
    for (unsigned i = 0; i < rounds; i++)
        for (uint32_t slot = 1; slot <= ports; slot++)
            sum += router_port_at(r, slot, &now, &v) ? v.handle : 0;
    printf("port_at: %.1f ns (%llu)\n", (seconds() - t) / rounds / ports * 1e9, (unsigned long long)sum);
    struct router_connection *c[256];
    struct router_connection_view cv;
    uint32_t last = 0;
    size_t n, count = 0;
    t = seconds();
    while ((n = router_connections(r, last, c, 256)) > 0) {
        for (size_t i = 0; i < n; i++) {
            router_connection_view(r, c[i], &now, &cv);
            last = cv.handle;
            router_connection_unref(r, c[i]);
        }
        count += n;
    }
    printf("connections: %.1f ns each, %zu\n", (seconds() - t) / (double)count * 1e9, count);
}

static void measure_orders(struct router *r, struct router_driver *d, unsigned ports)
{
    const struct router_ask ask = {0};
    struct router_port_view v;
    double t = seconds();
    unsigned n = 0;
    for (uint32_t slot = 1; slot <= ports; slot++)
        if (router_port_at(r, slot, &now, &v) && v.id[0])
            n += router_port_disconnect(r, v.handle, &ask, &now, no_done, NULL) == -EINPROGRESS;
    double asked = seconds() - t;
    t = seconds();
    for (uint64_t order = 1; order <= n; order++)
        if (router_order_reply(r, d, order, ROUTER_REPLY_ACCEPTED, NULL, &now) != 0)
            die("an order was lost");
    printf("orders: %.0f ns to ask, %.0f ns to accept, %u\n", asked / n * 1e9, (seconds() - t) / n * 1e9, n);
    t = seconds();
    router_tick(r, &(struct router_time){.mono_ms = 20000, .wall_s = now.wall_s});
    router_tick(r, &(struct router_time){.mono_ms = 40000, .wall_s = now.wall_s});
    printf("all deadlines at once: %.1f ms\n", (seconds() - t) * 1e3);
}

int main(int argc, char **argv)
{
    static const struct router_ops ops = {.send_disconnect = no_send, .event = no_event, .random = zeros};
    static const struct router_config config = {
        .max_ports = ROUTER_SLOTS_MAX, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000};
    unsigned ports = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
    if (ports < 2)
        die("usage: measure [PORTS]");
    printf("port %zu, session %zu, connection %zu, key %zu\n", sizeof(struct port), sizeof(struct session),
           sizeof(struct router_connection), sizeof(struct index_key));
    measure_memory(&config, &ops, ports, false);
    measure_memory(&config, &ops, ports, true);

    const struct router_driver_info info = {.name = "vpn", .instance = "main", .device_type = "vpn", .ports = ports};
    struct router *r = router_new(&config, &ops, NULL);
    struct router_driver *d = NULL;
    if (!r || router_driver_attach(r, &info, &now, &d) != 0)
        die("no router");
    for (unsigned i = 0; i < ports / 2; i++)
        report(r, d, i, true);
    measure_reading(r, ports);
    measure_orders(r, d, ports);
    double t = seconds();
    router_driver_detach(r, d, &now);
    if (router_driver_attach(r, &info, &now, &d) != 0)
        die("no driver");
    router_driver_snapshot_end(r, d, &now);
    printf("all sessions gone: %.1f ms\n", (seconds() - t) * 1e3);
    router_free(r);
    return 0;
}
