/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/drivers/driver_fixture.h"
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

uv_loop_t loop;
struct driver *d;
char path[96];
int listener;
char line[20000];
struct seen seen;

static char directory[64];
static int fd; /* the driver's connection, -1: none */
static char buffer[1 << 20];
static size_t buffered;

static void on_disconnect(void *ctx, const struct driver_order *order)
{
    (void)ctx;
    seen.orders++;
    seen.last_ref = order->ref;
    snprintf(seen.last_order, sizeof(seen.last_order), "%s %lld %s %s %u", order->id, (long long)order->start,
             order->hard ? "hard" : "polite", order->reason, order->deadline_ms);
    if (seen.close_on_order) {
        driver_close(d, NULL, NULL);
        d = NULL;
    }
    if (seen.offline_on_order)
        driver_offline(d, "the daemon is away");
}

static void on_link(void *ctx, bool up)
{
    (void)ctx;
    seen.links_up += up;
    seen.links_down += !up;
}

static void on_refused(void *ctx, const char *id, const char *code)
{
    (void)ctx;
    seen.refusals++;
    assert_string_equal(id, "7");
    assert_string_equal(code, "no-port");
}

static void on_keep_out(void *ctx, const struct driver_keep_out *k)
{
    (void)ctx;
    seen.keep_outs++;
    snprintf(seen.last_keep_out, sizeof(seen.last_keep_out), "%llu %s %lld %s", (unsigned long long)k->n, k->user,
             (long long)k->until, k->reason);
    if (seen.answer_keep_outs)
        assert_int_equal(driver_keep_out_reply(d, k->n, true, "denied at log-on"), 0);
}

static void on_keep_out_end(void *ctx, const struct driver_keep_out *k)
{
    (void)ctx;
    seen.keep_outs_ended++;
    seen.last_ended = k->n;
    assert_int_equal(driver_keep_out_reply(d, k->n, true, NULL), -ENOENT); /* it is out of the table already */
}

static void on_admission(void *ctx, const struct driver_admission *a)
{
    static const char *const words[] = {
        [DRIVER_NO_ANSWER] = "none", [DRIVER_ADMITTED] = "admitted", [DRIVER_NOT_ADMITTED] = "refused"};
    (void)ctx;
    seen.admissions++;
    snprintf(seen.last_admission, sizeof(seen.last_admission), "%llu %s %s", (unsigned long long)a->n,
             words[a->verdict], a->text);
}

const struct driver_ops ops = {.disconnect = on_disconnect,
                               .link = on_link,
                               .refused = on_refused,
                               .keep_out = on_keep_out,
                               .keep_out_end = on_keep_out_end,
                               .admission = on_admission};

/* ---- rrasd, played ---- */

void listen_again(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    unlink(path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 8), 0);
}

struct driver_config config(void)
{
    return (struct driver_config){.socket = path,
                                  .kind = DRIVER_DAEMON,
                                  .name = "test",
                                  .instance = "main",
                                  .device_type = "test",
                                  .capabilities = DRIVER_CAN_DISCONNECT | DRIVER_CAN_STATS | DRIVER_CAN_KEEP_OUT,
                                  .max_output = 65536,
                                  .ask_ms = 600000};
}

int start(void **state)
{
    (void)state;
    fd = -1;
    buffered = 0;
    seen = (struct seen){0};
    tmpdir_template(directory, sizeof(directory), "openrras-driver");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/socket", directory);
    listen_again();
    assert_int_equal(uv_loop_init(&loop), 0);
    const struct driver_config c = config();
    assert_int_equal(driver_new(&loop, &c, &ops, NULL, &d), 0);
    return 0;
}

int stop(void **state)
{
    (void)state;
    if (d)
        driver_close(d, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    if (fd >= 0)
        close(fd);
    close(listener);
    unlink(path);
    rmdir(directory);
    return 0;
}

void turn(uint64_t begin)
{
    uv_run(&loop, UV_RUN_NOWAIT);
    poll(NULL, 0, 1);
    if (uv_hrtime() - begin > PATIENCE_NS)
        fail_msg("what was waited for did not come");
}

void accept_driver(void)
{
    uint64_t begin = uv_hrtime();
    buffered = 0;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
        turn(begin);
}

void drop_driver(void)
{
    close(fd);
    fd = -1;
}

void say(const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* The next line of the driver, NULL at the end. */
const char *hear(void)
{
    uint64_t begin = uv_hrtime();
    char *lf;
    while (!(lf = memchr(buffer, '\n', buffered))) {
        ssize_t n = recv(fd, buffer + buffered, sizeof(buffer) - buffered, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return NULL;
        if (n > 0)
            buffered += (size_t)n;
        else
            turn(begin);
    }
    size_t n = (size_t)(lf - buffer);
    assert_true(n < 16384);
    memcpy(line, buffer, n);
    line[n] = '\0';
    buffered -= n + 1;
    memmove(buffer, lf + 1, buffered);
    return line;
}

void expect(const char *text)
{
    const char *came = hear();
    if (!came)
        fail_msg("the stream has ended instead of: %s", text);
    else if (strcmp(came, text) != 0)
        fail_msg("wanted: %s\nbut came: %s", text, came);
}

void expect_end(void)
{
    if (hear())
        fail_msg("not the end, but: %s", line);
}

/* Nothing more comes before the answer to this ping. */
void expect_nothing(void)
{
    say("{\"type\":\"ping\",\"n\":77}\n");
    expect("{\"type\":\"pong\",\"n\":77}");
}

void welcome(void)
{
    accept_driver();
    assert_non_null(hear());
    assert_non_null(strstr(line, "\"type\":\"hello\""));
    say(WELCOME);
}

void put(const char *id, int64_t start_time, const char *user)
{
    const struct driver_session s = {.id = id, .start = start_time, .state = DRIVER_SESSION_CONNECTED, .user = user};
    assert_int_equal(driver_session_put(d, &s), 0);
}

void online_and_empty(void)
{
    driver_online(d);
    welcome();
    expect("{\"type\":\"snapshot-end\"}");
}
