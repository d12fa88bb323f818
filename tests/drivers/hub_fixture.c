/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/drivers/hub_fixture.h"
#include "tests/lib/tmpdir.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_NS UINT64_C(10000000000)

/* ---- the router's surroundings ---- */

static int send_disconnect(void *ctx, void *channel, const struct router_order *order)
{
    struct hub_fixture *f = ctx;
    return driver_hub_send_disconnect(f->hub, channel, order);
}

static void on_event(void *ctx, const struct router_event *e)
{
    static const char *const names[] = {"up",          "changed",       "gone",      "connection-up", "connection-gone",
                                        "order",       "outcome",       "driver-up", "driver-down",   "health",
                                        "keep-out",    "keep-out-over", "job",       "no-order",      "kept-out",
                                        "user-refused"};
    assert_in_range(e->type, 0, sizeof(names) / sizeof(*names) - 1);
    static const char *const outcomes[] = {"gone", "no-session", "refused", "failed"};
    static const char *const told[] = {"unknown", "yes", "no"};
    struct hub_fixture *f = ctx;
    assert_true(f->event_count < EVENTS_MAX);
    int n = asprintf(&f->events[f->event_count],
                     "%s driver=%s:%s id=%s start=%lld user=%s port=%s outcome=%s told=%s hard=%d "
                     "reason=%s in=%llu final=%d",
                     names[e->type], e->driver ? e->driver : "", e->instance ? e->instance : "", e->id ? e->id : "",
                     (long long)e->start, e->user ? e->user : "", e->port_name ? e->port_name : "",
                     e->type == ROUTER_EVENT_OUTCOME ? outcomes[e->outcome] : "", told[e->told], e->hard,
                     e->reason ? e->reason : "", e->counters ? (unsigned long long)e->counters->bytes_in : 0,
                     e->counters_final);
    assert_true(n > 0);
    f->event_count++;
}

static void fill_random(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 0x5a, n);
}

static void on_keep_out(void *ctx, const struct router_keep_out *k)
{
    const struct hub_fixture *f = ctx;
    driver_hub_keep_out(f->hub, k);
}

static void on_keep_out_end(void *ctx, const struct router_keep_out *k)
{
    const struct hub_fixture *f = ctx;
    driver_hub_keep_out_end(f->hub, k);
}

static bool may(void *ctx, uid_t uid, const char *driver, const char *instance)
{
    struct hub_fixture *f = ctx;
    snprintf(f->asked, sizeof(f->asked), "%u %s %s", (unsigned)uid, driver, instance);
    return f->may;
}

static struct router_time clock_now(void *ctx)
{
    const struct hub_fixture *f = ctx;
    return f->now;
}

/* ---- start and stop ---- */

static int bind_socket(struct hub_fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    tmpdir_template(f->directory, sizeof(f->directory), "openrras-hub");
    assert_non_null(mkdtemp(f->directory));
    snprintf(f->path, sizeof(f->path), "%s/driver.sock", f->directory);
    memcpy(address.sun_path, f->path, strlen(f->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void fixture_start(struct hub_fixture *f, void (*change)(struct hub_fixture *f))
{
    *f = (struct hub_fixture){
        .hub_config = {.counters_interval_ms = 10000,
                       .ping_ms = 600000,
                       .hung_ms = 1200000,
                       .hello_ms = 600000,
                       .ask_ms = 600000,
                       .max_drivers = 64,
                       .max_output = 1024 * 1024},
        .router_config = {.max_ports = 1000, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000},
        .ops = {.send_disconnect = send_disconnect,
                .event = on_event,
                .random = fill_random,
                .keep_out = on_keep_out,
                .keep_out_end = on_keep_out_end},
        .now = {.mono_ms = 1000000, .wall_s = 1764084000},
        .may = true,
    };
    if (change)
        change(f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(timers_open(&f->loop), 0);
    f->hub = driver_hub_new(&f->loop, &f->hub_config, may, clock_now, f);
    assert_non_null(f->hub);
    f->router = router_new(&f->router_config, &f->ops, f);
    assert_non_null(f->router);
    driver_hub_set_router(f->hub, f->router);
    assert_int_equal(driver_hub_listen(f->hub, bind_socket(f)), 0);
}

static void on_hub_closed(void *ctx)
{
    struct hub_fixture *f = ctx;
    f->hub_closed = true;
}

static bool hub_is_closed(void *ctx)
{
    const struct hub_fixture *f = ctx;
    return f->hub_closed;
}

void fixture_close_hub(struct hub_fixture *f)
{
    if (f->hub)
        driver_hub_close(f->hub, on_hub_closed, f);
    f->hub = NULL;
    fixture_until(f, hub_is_closed, f);
}

void fixture_stop(struct hub_fixture *f)
{
    fixture_close_hub(f);
    router_free(f->router);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    timers_close(&f->loop);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    fixture_forget_events(f);
    unlink(f->path);
    rmdir(f->directory);
}

/* ---- waiting ---- */

void fixture_until(struct hub_fixture *f, bool (*done)(void *ctx), void *ctx)
{
    uint64_t begin = uv_hrtime();
    for (int turn = 0; !done(ctx); turn++) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
        if (uv_hrtime() - begin > PATIENCE_NS)
            fail_msg("what was waited for did not come");
        if (turn > 20) /* most things take a few turns, and no time */
            poll(NULL, 0, 1);
    }
}

void fixture_settle(struct hub_fixture *f)
{
    for (int quiet = 0; quiet < 5; quiet++)
        uv_run(&f->loop, UV_RUN_NOWAIT);
}

bool fixture_had_event(const struct hub_fixture *f, const char *text)
{
    for (size_t i = 0; i < f->event_count; i++) {
        if (strstr(f->events[i], text))
            return true;
    }
    return false;
}

void fixture_forget_events(struct hub_fixture *f)
{
    while (f->event_count > 0)
        free(f->events[--f->event_count]);
}

struct wanted_event {
    struct hub_fixture *f;
    const char *text, *found;
};

static bool event_came(void *ctx)
{
    struct wanted_event *w = ctx;
    for (size_t i = 0; i < w->f->event_count && !w->found; i++) {
        if (strstr(w->f->events[i], w->text))
            w->found = w->f->events[i];
    }
    return w->found != NULL;
}

const char *fixture_event(struct hub_fixture *f, const char *text)
{
    struct wanted_event w = {.f = f, .text = text};
    fixture_until(f, event_came, &w);
    return w.found;
}

struct driver_hub_stats fixture_stats(const struct hub_fixture *f)
{
    struct driver_hub_stats stats;
    driver_hub_get_stats(f->hub, &stats);
    return stats;
}

struct wanted_connections {
    const struct hub_fixture *f;
    uint32_t n;
};

static bool connections_are(void *ctx)
{
    const struct wanted_connections *w = ctx;
    return fixture_stats(w->f).connections == w->n;
}

void fixture_connections(struct hub_fixture *f, uint32_t n)
{
    struct wanted_connections w = {.f = f, .n = n};
    fixture_until(f, connections_are, &w);
}

/* ---- orders ---- */

uint32_t fixture_port_of(struct hub_fixture *f, const char *user)
{
    struct router_port_view port;
    for (uint32_t slot = 1; router_port_at(f->router, slot, &f->now, &port); slot++) {
        if (port.connection && strcmp(port.user, user) == 0)
            return port.handle;
    }
    return 0;
}

static void on_done(void *cookie, int result)
{
    struct hub_fixture *f = cookie;
    f->answers++;
    f->answer = result;
}

int fixture_disconnect(struct hub_fixture *f, uint32_t handle, bool hard)
{
    const struct router_ask ask = {.hard = hard, .reason = "maintenance"};
    f->answers = 0;
    return router_port_disconnect(f->router, handle, &ask, &f->now, on_done, f);
}

static bool answered(void *ctx)
{
    const struct hub_fixture *f = ctx;
    return f->answers > 0;
}

int fixture_answer(struct hub_fixture *f)
{
    fixture_until(f, answered, f);
    assert_int_equal(f->answers, 1);
    return f->answer;
}

/* ---- a driver played by the test ---- */

void client_connect(struct client *c, struct hub_fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, f->path, strlen(f->path) + 1);
    c->fixture = f;
    c->len = 0;
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(c->fd >= 0);
    assert_int_equal(connect(c->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
}

void client_close(struct client *c)
{
    close(c->fd);
    c->fd = -1;
}

void client_send_bytes(struct client *c, const char *data, size_t n)
{
    uint64_t begin = uv_hrtime();
    while (n > 0) {
        ssize_t sent = send(c->fd, data, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EPIPE)
            return; /* the hub has closed already: that is for client_expect_end() to judge */
        assert_true(sent >= 0 || errno == EAGAIN);
        data += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
        uv_run(&c->fixture->loop, UV_RUN_NOWAIT);
        assert_true(uv_hrtime() - begin < PATIENCE_NS);
    }
}

void client_send(struct client *c, const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    assert_true(n >= 0);
    text[n] = '\n'; /* in the place of its NUL */
    client_send_bytes(c, text, (size_t)n + 1);
    free(text);
}

/* Something has come in, or the end. */
static bool receive(struct client *c, bool *end)
{
    ssize_t n = recv(c->fd, c->buffer + c->len, sizeof(c->buffer) - c->len, 0);
    if (n > 0)
        c->len += (size_t)n;
    *end = n == 0 || (n < 0 && errno == ECONNRESET);
    return n > 0;
}

static bool take_line(struct client *c)
{
    char *lf = memchr(c->buffer, '\n', c->len);
    if (!lf)
        return false;
    size_t n = (size_t)(lf - c->buffer);
    assert_true(n < sizeof(c->line));
    memcpy(c->line, c->buffer, n);
    c->line[n] = '\0';
    c->len -= n + 1;
    memmove(c->buffer, lf + 1, c->len);
    return true;
}

const char *client_line(struct client *c)
{
    uint64_t begin = uv_hrtime();
    bool end = false;
    while (!take_line(c)) {
        uv_run(&c->fixture->loop, UV_RUN_NOWAIT);
        if (!receive(c, &end)) {
            if (end)
                return NULL;
            poll(NULL, 0, 1);
        }
        if (uv_hrtime() - begin > PATIENCE_NS)
            fail_msg("no line came from the hub");
    }
    return c->line;
}

void client_expect(struct client *c, const char *text)
{
    const char *line = client_line(c);
    if (!line)
        fail_msg("the stream has ended instead of: %s", text);
    else if (!strstr(line, text))
        fail_msg("wanted: %s\nbut came: %s", text, line);
}

void client_expect_end(struct client *c, const char *code)
{
    char wanted[64];
    snprintf(wanted, sizeof(wanted), "\"type\":\"error\",\"code\":\"%s\"", code ? code : "");
    bool found = !code;
    for (const char *line; (line = client_line(c)) != NULL;)
        found = found || strstr(line, wanted);
    if (!found)
        fail_msg("no error message with code %s before the end", code);
}

void client_hello(struct client *c, const char *kind, const char *name, const char *instance, const char *more)
{
    client_send(c,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"%s\",\"driver\":\"%s\",\"instance\":\"%s\",\"device_"
                "type\":\"%s\","
                "\"capabilities\":[\"disconnect\",\"hard\",\"stats\"]%s}",
                kind, name, instance, name, more);
    client_expect(c, "\"type\":\"welcome\"");
}
