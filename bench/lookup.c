/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does finding a handle, a session or a user depend on how many there are?
 *
 *   lookup PORTS      PORTS ports, half of them connected: nanoseconds for a handle, a session, a user
 */
#include <string.h>

#include "bench/bench.h"
#include "router/router.h"
#include "router/select.h"

#define ROUNDS 200000u

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

static const struct router_time now = {.mono_ms = 1000, .wall_s = 1764084000};

static void report(struct router *r, struct router_driver *d, unsigned i)
{
    char id[32], user[32], address[32];
    struct router_session s = {
        .id = id, .start = 1764084000, .state = ROUTER_SESSION_CONNECTED, .user = user, .tunnel_address4 = address};
    snprintf(id, sizeof id, "4711:%u", i);
    snprintf(user, sizeof user, "user%06u", i);
    snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
    if (router_session_report(r, d, NULL, &s, &now) != 0)
        bench_die("session %u was refused", i);
}

/* A cheap generator: the same walk over the table in every run. */
static unsigned step(unsigned *x, unsigned n)
{
    *x = *x * 1664525u + 1013904223u;
    return (unsigned)(((uint64_t)*x * n) >> 32);
}

int main(int argc, char **argv)
{
    static const struct router_ops ops = {.send_disconnect = no_send, .event = no_event, .random = zeros};
    static const struct router_config config = {
        .max_ports = ROUTER_SLOTS_MAX, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000};
    if (argc != 2)
        bench_die("usage: lookup PORTS");
    unsigned ports = (unsigned)bench_number(argv[1]), sessions = ports / 2, x = 1;
    struct router_driver_info info = {.name = "bench", .instance = "main", .device_type = "bench", .ports = ports};
    struct router *r = router_new(&config, &ops, NULL);
    struct router_driver *d;
    if (!r || router_driver_attach(r, &info, &now, &d) != 0)
        bench_die("no router");
    for (unsigned i = 0; i < sessions; i++)
        report(r, d, i);
    router_driver_snapshot_end(r, d, &now);

    struct router_port_view view;
    uint64_t sum = 0;
    double t = bench_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        sum += router_port_get(r, 1 + step(&x, ports), &now, &view) ? view.calls : 0;
    double handle = bench_now() - t;
    t = bench_now();
    for (unsigned i = 0; i < ROUNDS; i++)
        report(r, d, step(&x, sessions));
    double session = bench_now() - t;
    char user[32];
    const struct router_selector selector = {.user = user};
    t = bench_now();
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t *found = NULL;
        size_t n = 0;
        snprintf(user, sizeof user, "user%06u", step(&x, sessions));
        if (router_select(r, &selector, 0, SIZE_MAX, &found, &n) != 0)
            bench_die("no memory");
        sum += n;
        free(found);
    }
    double by_user = bench_now() - t;
    if (sum == 0)
        bench_die("nothing was found");
    printf("%.1f %.1f %.1f\n", handle / ROUNDS * 1e9, session / ROUNDS * 1e9, by_user / ROUNDS * 1e9);
    router_free(r);
    return 0;
}
