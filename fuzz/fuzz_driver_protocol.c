/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile driver: any bytes, in pieces of any size, into the driver hub with a router behind it, before or after a
 * good hello of either kind. Meanwhile ports are disconnected, users are kept out, the driver is forgotten and time
 * passes, so that orders, answers and ends meet in any order.
 *
 * Input: one byte of choices (bit 0: without a hello; bit 1: a session driver; bit 2: it ends by closing its side of
 * the writing), then pieces of a length byte and that many bytes. A length of 0 is followed by a byte that says what
 * else happens.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "fuzz.h"
#include "router/admission.h"
#include "router/keep_out.h"
#include "router/router.h"
#include "rrasd/driver_hub.h"
#include "rrasd/driver_peer.h"
#include "rrasd/timer.h"

#define PORTS_MAX 8u
#define ASKS_MAX  4u /* that nobody has answered; more can't be taken */

struct state {
    uv_loop_t loop;
    struct driver_hub *hub;
    struct router *router;
    struct router_time now;
    int fd; /* the driver's end */
    uint64_t orders, outcomes;
    unsigned asked, answered;
    bool closed;
    struct driver_hub_ask *asks[ASKS_MAX];
    unsigned ask_count;
};

static int send_disconnect(void *ctx, void *channel, const struct router_order *order)
{
    struct state *st = ctx;
    FUZZ_CHECK(order->id && *order->id && order->start >= 0);
    return driver_hub_send_disconnect(st->hub, channel, order);
}

static void on_event(void *ctx, const struct router_event *event)
{
    struct state *st = ctx;
    st->orders += event->type == ROUTER_EVENT_ORDER;
    st->outcomes += event->type == ROUTER_EVENT_OUTCOME;
}

static void on_keep_out(void *ctx, const struct router_keep_out *k)
{
    struct state *st = ctx;
    driver_hub_keep_out(st->hub, k);
}

static void on_keep_out_end(void *ctx, const struct router_keep_out *k)
{
    struct state *st = ctx;
    driver_hub_keep_out_end(st->hub, k);
}

static void fill_random(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 0x5a, n);
}

static bool may(void *ctx, uid_t uid, const char *driver, const char *instance)
{
    (void)ctx;
    (void)uid;
    FUZZ_CHECK(strlen(driver) <= 32 && strlen(instance) <= 32);
    return true;
}

static struct router_time clock_now(void *ctx)
{
    const struct state *st = ctx;
    return st->now;
}

static void on_closed(void *ctx)
{
    struct state *st = ctx;
    st->closed = true;
}

static void on_done(void *cookie, int result)
{
    struct state *st = cookie;
    FUZZ_CHECK(result <= 0);
    st->answered++;
}

static int on_ask(void *ctx, const char *user, struct driver_hub_ask *ask)
{
    struct state *st = ctx;
    FUZZ_CHECK(*user && strlen(user) <= ROUTER_USER_MAX);
    if (st->ask_count == ASKS_MAX)
        return -EBUSY;
    st->asks[st->ask_count++] = ask;
    return 0;
}

static struct driver_hub_answer on_unavailable(void *ctx, const char *why)
{
    (void)ctx;
    return (struct driver_hub_answer){.permit = false, .text = why, .why = why};
}

static void answer_last(struct state *st, bool permit)
{
    if (st->ask_count > 0)
        driver_hub_admission_answer(
            st->asks[--st->ask_count],
            &(struct driver_hub_answer){.permit = permit, .text = permit ? "" : "fuzz", .why = "fuzz"});
}

static void start(struct state *st)
{
    static const struct driver_hub_admission admission = {.ask = on_ask, .unavailable = on_unavailable};
    static const struct driver_hub_config hub_config = {.counters_interval_ms = 10000,
                                                        .ping_ms = 600000,
                                                        .hung_ms = 1200000,
                                                        .hello_ms = 600000,
                                                        .ask_ms = 600000,
                                                        .max_drivers = 4,
                                                        .max_output = 65536};
    static const struct router_config router_config = {
        .max_ports = PORTS_MAX, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000};
    static const struct router_ops ops = {.send_disconnect = send_disconnect,
                                          .event = on_event,
                                          .random = fill_random,
                                          .keep_out = on_keep_out,
                                          .keep_out_end = on_keep_out_end};
    int fds[2];
    *st = (struct state){.now = {.mono_ms = 1000, .wall_s = 1764084000}};
    FUZZ_CHECK(uv_loop_init(&st->loop) == 0 && timers_open(&st->loop) == 0);
    st->hub = driver_hub_new(&st->loop, &hub_config, may, clock_now, st);
    st->router = router_new(&router_config, &ops, st);
    FUZZ_CHECK(st->hub && st->router);
    driver_hub_set_router(st->hub, st->router);
    driver_hub_set_admission(st->hub, &admission, st);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    driver_peer_start(st->hub, fds[0], 0, 1);
    st->fd = fds[1];
}

static void stop(struct state *st)
{
    driver_hub_close(st->hub, on_closed, st);
    uv_run(&st->loop, UV_RUN_DEFAULT);
    FUZZ_CHECK(st->closed);
    while (st->ask_count > 0)
        answer_last(st, true); /* for nobody */
    timers_close(&st->loop);
    FUZZ_CHECK(uv_loop_close(&st->loop) == 0);
    router_free(st->router);
    FUZZ_CHECK(st->orders == st->outcomes && st->asked == st->answered);
    close(st->fd);
}

static void send_bytes(struct state *st, const void *data, size_t n)
{
    /* Of a hub that has closed nothing is asked any more. */
    if (send(st->fd, data, n, MSG_NOSIGNAL) < 0)
        return;
    uv_run(&st->loop, UV_RUN_NOWAIT);
}

/* What the hub says is lines, each within the limit. */
static void take_output(struct state *st)
{
    char buffer[65536];
    ssize_t n = recv(st->fd, buffer, sizeof(buffer), 0);
    size_t line = 0;
    for (ssize_t i = 0; i < n; i++) {
        line = buffer[i] == '\n' ? 0 : line + 1;
        FUZZ_CHECK(line < LINE_STREAM_LINE_MAX && buffer[i] != '\0');
    }
}

static void disconnect(struct state *st, uint8_t what)
{
    struct router_port_view port;
    const struct router_ask ask = {.hard = (what & 8) != 0, .reason = "fuzz"};
    if (!router_port_at(st->router, what % PORTS_MAX + 1, &st->now, &port))
        return;
    FUZZ_CHECK(strlen(port.name) <= 128);
    st->asked += router_port_disconnect(st->router, port.handle, &ask, &st->now, on_done, st) == -EINPROGRESS;
}

/* Bits 0 and 1: who, or which; bits 2 and 3: what. */
static void keep_out(struct state *st, uint8_t what)
{
    static const char *const users[] = {"alice", "bob", "a\\xffb", "a\\x00b"};
    const struct router_keep_out_ask ask = {
        .user = users[what & 3], .driver = what & 4 ? "fuzz:main" : NULL, .seconds = 100, .reason = "fuzz"};
    struct driver_hub_driver d;
    uint32_t n;
    if ((what >> 2 & 3) == 2)
        (void)router_keep_out_lift(st->router, 1u + (what & 3u), NULL);
    else if ((what >> 2 & 3) == 3)
        (void)driver_hub_forget(st->hub, "fuzz", "main");
    else
        FUZZ_CHECK(router_keep_out_add(st->router, &ask, &st->now, &n) == 0);
    for (uint32_t at = 0; driver_hub_driver_after(st->hub, at, &d); at = d.router.number)
        FUZZ_CHECK(d.state >= DRIVER_HUB_AWAY && d.state <= DRIVER_HUB_UP && strlen(d.text) <= ROUTER_TEXT_MAX);
}

/* Somebody says who may dial in: of the last question, or unasked. */
static void admission(struct state *st, uint8_t what)
{
    static const char *const users[] = {"alice", "bob", "a\\xffb", "a\\x00b"};
    if (what & 8)
        FUZZ_CHECK(router_user_refuse(st->router, users[what & 3], "fuzz", &st->now) >= 0);
    else
        answer_last(st, what & 1);
}

static void happen(struct state *st, uint8_t what)
{
    switch (what >> 6) {
    case 0:
        disconnect(st, what);
        break;
    case 1:
        st->now.mono_ms += (what & 63u) * 1000;
        st->now.wall_s += what & 63;
        router_tick(st->router, &st->now);
        break;
    case 2:
        take_output(st);
        break;
    default:
        if (what & 32)
            keep_out(st, what);
        else if (what & 16)
            admission(st, what);
        uv_run(&st->loop, UV_RUN_NOWAIT);
    }
}

static void hello(struct state *st, bool session)
{
    char line[256];
    int n = snprintf(line, sizeof(line),
                     "{\"type\":\"hello\",\"version\":1,\"kind\":\"%s\",\"driver\":\"fuzz\",\"instance\":\"main\","
                     "\"device_type\":\"fuzz\",\"capabilities\":[\"disconnect\",\"hard\",\"stats\",\"keep-out\"]}\n",
                     session ? "session" : "daemon");
    send_bytes(st, line, (size_t)n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state st;
    if (size == 0)
        return 0;
    log_init("fuzz", LOG_LEVEL_ERROR);
    start(&st);
    if ((data[0] & 1) == 0)
        hello(&st, (data[0] & 2) != 0);
    for (size_t at = 1; at + 1 < size;) {
        size_t n = data[at++];
        if (n == 0) {
            happen(&st, data[at++]);
            continue;
        }
        if (n > size - at)
            n = size - at;
        send_bytes(&st, data + at, n);
        at += n;
    }
    if (data[0] & 4) {
        shutdown(st.fd, SHUT_WR);
        uv_run(&st.loop, UV_RUN_NOWAIT);
    }
    stop(&st);
    return 0;
}
