/* SPDX-License-Identifier: Apache-2.0 */
/* drivers/common: what a driver's calls become on the wire, with a rrasd that the test plays line by line. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/common/driver.h"

#define PATIENCE_NS UINT64_C(10000000000)
#define WELCOME     "{\"type\":\"welcome\",\"version\":1,\"server\":\"test\",\"counters_interval_ms\":600000}\n"

static uv_loop_t loop;
static struct driver *d;
static char directory[64], path[96];
static int listener, fd; /* fd: the driver's connection, -1: none */
static char buffer[1 << 20];
static size_t buffered;
static char line[20000];

/* what the callbacks have seen */
static int orders, links_up, links_down, refusals;
static struct driver_order_ref last_ref;
static char last_order[256];
static bool close_on_order, offline_on_order;

static void on_disconnect(void *ctx, const struct driver_order *order)
{
    (void)ctx;
    orders++;
    last_ref = order->ref;
    snprintf(last_order, sizeof(last_order), "%s %lld %s %s %u", order->id, (long long)order->start,
             order->hard ? "hard" : "polite", order->reason, order->deadline_ms);
    if (close_on_order) {
        driver_close(d, NULL, NULL);
        d = NULL;
    }
    if (offline_on_order)
        driver_offline(d);
}

static void on_link(void *ctx, bool up)
{
    (void)ctx;
    links_up += up;
    links_down += !up;
}

static void on_refused(void *ctx, const char *id, const char *code)
{
    (void)ctx;
    refusals++;
    assert_string_equal(id, "7");
    assert_string_equal(code, "no-port");
}

static const struct driver_ops ops = {.disconnect = on_disconnect, .link = on_link, .refused = on_refused};

/* ---- rrasd, played ---- */

static void listen_again(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    unlink(path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 8), 0);
}

static struct driver_config config(void)
{
    return (struct driver_config){.socket = path,
                                  .kind = DRIVER_DAEMON,
                                  .name = "test",
                                  .instance = "main",
                                  .device_type = "test",
                                  .capabilities = DRIVER_CAN_DISCONNECT | DRIVER_CAN_STATS,
                                  .max_output = 65536};
}

static int start(void **state)
{
    (void)state;
    fd = -1;
    buffered = 0;
    orders = links_up = links_down = refusals = 0;
    close_on_order = offline_on_order = false;
    snprintf(directory, sizeof(directory), "/tmp/openrras-driver-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/socket", directory);
    listen_again();
    assert_int_equal(uv_loop_init(&loop), 0);
    const struct driver_config c = config();
    assert_int_equal(driver_new(&loop, &c, &ops, NULL, &d), 0);
    return 0;
}

static int stop(void **state)
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

static void turn(uint64_t begin)
{
    uv_run(&loop, UV_RUN_NOWAIT);
    poll(NULL, 0, 1);
    if (uv_hrtime() - begin > PATIENCE_NS)
        fail_msg("what was waited for did not come");
}

static void accept_driver(void)
{
    uint64_t begin = uv_hrtime();
    buffered = 0;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
        turn(begin);
}

static void drop_driver(void)
{
    close(fd);
    fd = -1;
}

static void say(const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* The next line of the driver, NULL at the end. */
static const char *hear(void)
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

static void expect(const char *text)
{
    const char *came = hear();
    if (!came)
        fail_msg("the stream has ended instead of: %s", text);
    else if (strcmp(came, text) != 0)
        fail_msg("wanted: %s\nbut came: %s", text, came);
}

static void expect_end(void)
{
    if (hear())
        fail_msg("not the end, but: %s", line);
}

/* Nothing more comes before the answer to this ping. */
static void expect_nothing(void)
{
    say("{\"type\":\"ping\",\"n\":77}\n");
    expect("{\"type\":\"pong\",\"n\":77}");
}

static void welcome(void)
{
    accept_driver();
    assert_non_null(hear());
    assert_non_null(strstr(line, "\"type\":\"hello\""));
    say(WELCOME);
}

static void put(const char *id, int64_t start_time, const char *user)
{
    const struct driver_session s = {.id = id, .start = start_time, .state = DRIVER_SESSION_CONNECTED, .user = user};
    assert_int_equal(driver_session_put(d, &s), 0);
}

static void online_and_empty(void)
{
    driver_online(d);
    welcome();
    expect("{\"type\":\"snapshot-end\"}");
}

/* ---- handshake ---- */

static void hello_comes_first_and_the_snapshot_after_welcome(void **state)
{
    (void)state;
    put("7", 5, "alice");
    put("8", 6, "bob");
    driver_online(d);
    accept_driver();
    expect("{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"test\",\"instance\":\"main\","
           "\"device_type\":\"test\",\"capabilities\":[\"disconnect\",\"stats\"]}");
    expect_nothing();
    assert_false(driver_is_welcome(d));
    say(WELCOME);
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    expect("{\"type\":\"session\",\"id\":\"8\",\"start\":6,\"state\":\"connected\",\"user\":\"bob\"}");
    expect("{\"type\":\"snapshot-end\"}");
    assert_true(driver_is_welcome(d));
    assert_int_equal(links_up, 1);
}

static void configuration_beyond_the_protocol_is_refused(void **state)
{
    struct driver *x;
    struct driver_config c;
    (void)state;
#define REFUSED(change)                                                                                                \
    do {                                                                                                               \
        c = config();                                                                                                  \
        change;                                                                                                        \
        assert_int_equal(driver_new(&loop, &c, &ops, NULL, &x), -EINVAL);                                              \
    } while (0)
    REFUSED(c.name = "a b");
    REFUSED(c.name = "");
    REFUSED(c.name = NULL);
    REFUSED(c.name = "123456789012345678901234567890123");
    REFUSED(c.instance = "x:y");
    REFUSED(c.device_type = "12345678901234567");
    REFUSED(c.port_prefix = "12345678901");
    REFUSED(c.max_output = 16383);
    REFUSED(
        c.socket =
            "/a/path/that/is/longer/than/the/hundred/and/eight/bytes/that/a/unix/socket/address/can/ever/have/in/it/"
            "on/this/system");
}

static void session_driver_has_no_snapshot_end(void **state)
{
    struct driver *daemon = d;
    struct driver_config c = config();
    (void)state;
    c.kind = DRIVER_SESSION;
    assert_int_equal(driver_new(&loop, &c, &ops, NULL, &d), 0);
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    expect_nothing();
    driver_close(daemon, NULL, NULL);
}

/* ---- what changes ---- */

static void only_what_differs_is_sent(void **state)
{
    struct driver_session s = {.id = "7", .start = 5, .state = DRIVER_SESSION_CONNECTED, .user = "alice"};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    put("7", 5, "alice");
    s.mark = 9;
    assert_int_equal(driver_session_put(d, &s), 0);
    expect_nothing();
    assert_int_equal(driver_session_find(d, "7")->mark, 9);
    s.tunnel_address4 = "10.8.0.2";
    assert_int_equal(driver_session_put(d, &s), 0);
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\","
           "\"tunnel_address4\":\"10.8.0.2\"}");
    s.tunnel_address4 = NULL; /* rrasd must hear that it is gone: silence would mean that it stays */
    assert_int_equal(driver_session_put(d, &s), 0);
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\","
           "\"tunnel_address4\":\"\"}");
}

static void counters_wait_for_their_time(void **state)
{
    struct driver_counters c = {.bytes_in = UINT64_C(5000000000), .crc_errors = 1};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    c.bytes_out = 9;
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    expect_nothing();
    say("{\"type\":\"stats\"}\n");
    expect("{\"type\":\"counters\",\"id\":\"7\",\"start\":5,\"counters\":{\"bytes_in\":5000000000,\"bytes_out\":9,"
           "\"crc_errors\":1}}");
    say("{\"type\":\"stats\"}\n"); /* nothing has moved since */
    expect_nothing();
    assert_int_equal(driver_session_counters(d, "7", 6, &c), -ENOENT);
    assert_int_equal(driver_session_counters(d, "8", 5, &c), -ENOENT);
}

static void counters_are_sent_as_often_as_rrasd_asks(void **state)
{
    struct driver_counters c = {.bytes_in = 1};
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    accept_driver();
    assert_non_null(hear());
    say("{\"type\":\"welcome\",\"version\":1,\"server\":\"test\",\"counters_interval_ms\":20}\n");
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    for (; c.bytes_in <= 3; c.bytes_in++) {
        char wanted[128];
        assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
        snprintf(wanted, sizeof(wanted),
                 "{\"type\":\"counters\",\"id\":\"7\",\"start\":5,\"counters\":{\"bytes_in\":%d}}", (int)c.bytes_in);
        expect(wanted);
    }
}

static void gone_tells_last_counters_and_whether_the_client_heard(void **state)
{
    struct driver_counters c = {.bytes_in = 4};
    const struct driver_gone gone = {.reason = "idle\x01", .counters_final = true, .told = DRIVER_TOLD_NO};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    put("8", 5, "bob");
    assert_non_null(hear());
    assert_non_null(hear());
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    assert_int_equal(driver_session_gone(d, "7", 6, &gone), -ENOENT);
    assert_int_equal(driver_session_gone(d, "7", 5, &gone), 0);
    expect("{\"type\":\"gone\",\"id\":\"7\",\"start\":5,\"reason\":\"idle\\\\x01\",\"client_told\":\"no\","
           "\"counters\":{\"bytes_in\":4},\"counters_final\":true}");
    assert_int_equal(driver_session_gone(d, "8", 5, NULL), 0);
    expect("{\"type\":\"gone\",\"id\":\"8\",\"start\":5}");
    assert_int_equal(driver_session_gone(d, "7", 5, &gone), -ENOENT);
    assert_int_equal(driver_session_count(d), 0);
}

static void same_id_with_another_start_is_another_session(void **state)
{
    struct driver_counters c = {.bytes_in = 4};
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    assert_int_equal(driver_session_counters(d, "7", 5, &c), 0);
    put("7", 6, "carol");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":6,\"state\":\"connected\",\"user\":\"carol\"}");
    assert_int_equal(driver_session_count(d), 1);
    assert_null(driver_session_find(d, "7")->counters); /* alice's are not carol's */
}

/* ---- texts ---- */

static void name_that_is_not_utf8_travels_as_hex(void **state)
{
    (void)state;
    online_and_empty();
    put("7", 5, "bo\xff");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user_raw\":\"626fff\"}");
    put("7", 5, "\x1b[2J");
    expect("{\"type\":\"session\",\"id\":\"7\",\"start\":5,\"state\":\"connected\",\"user\":\"\\u001b[2J\"}");
}

static void texts_are_cut_to_their_limits_on_whole_characters(void **state)
{
    static char lengthy[3000];
    struct driver_session s = {.id = "7", .start = 5, .user = lengthy, .caller = lengthy};
    (void)state;
    online_and_empty();
    for (size_t i = 0; i + 2 < sizeof(lengthy); i += 2)
        memcpy(lengthy + i, "\u00fc", 2);
    memmove(lengthy + 1, lengthy, sizeof(lengthy) - 2);
    lengthy[0] = 'x'; /* so that the limit falls into a character */
    assert_int_equal(driver_session_put(d, &s), 0);
    const struct driver_session *kept = driver_session_find(d, "7");
    assert_int_equal(strlen(kept->user), 511);
    assert_int_equal(strlen(kept->caller), 255);
    assert_non_null(hear());
    assert_non_null(strstr(line, "\"user\":\"x\u00fc"));
}

static void worst_texts_still_fit_into_a_line(void **state)
{
    static char controls[600], id[DRIVER_ID_MAX + 1];
    const struct driver_counters c = {UINT64_MAX,     UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX / 2,
                                      UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX / 2,
                                      UINT64_MAX / 2, UINT64_MAX / 2, UINT32_MAX,     UINT32_MAX};
    struct driver_session s = {.id = id,
                               .start = INT64_MAX,
                               .user = controls,
                               .client_address = controls,
                               .server_address = controls,
                               .tunnel_address4 = controls,
                               .tunnel_address6 = controls,
                               .tunnel_server4 = controls,
                               .interface = controls,
                               .caller = controls,
                               .bundle = controls,
                               .line_speed = UINT64_MAX / 2,
                               .counters = &c};
    (void)state;
    memset(controls, 1, sizeof(controls) - 1);
    memset(id, '"', sizeof(id) - 1);
    online_and_empty();
    assert_int_equal(driver_session_put(d, &s), 0);
    assert_non_null(hear()); /* which checks the limit of a line */
    assert_non_null(strstr(line, "\"bytes_in\":9223372036854775807"));
    assert_non_null(strstr(line, "\"ratio_out\":4294967295"));
    memset(controls, '\\', sizeof(controls) - 1);
    assert_int_equal(driver_session_put(d, &s), 0);
    assert_non_null(hear());
    memset(controls, '\xff', sizeof(controls) - 1);
    assert_int_equal(driver_session_put(d, &s), 0);
    assert_non_null(hear());
}

static void ids_that_are_no_ids_are_refused(void **state)
{
    char id[DRIVER_ID_MAX + 2];
    struct driver_session s = {.id = id, .start = 5};
    (void)state;
    memset(id, 'x', sizeof(id));
    id[DRIVER_ID_MAX + 1] = '\0';
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    id[DRIVER_ID_MAX] = '\0';
    assert_int_equal(driver_session_put(d, &s), 0);
    s.start = -1;
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.start = 5;
    s.id = "";
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.id = NULL;
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.id = "a\xff";
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    s.id = "a\n";
    assert_int_equal(driver_session_put(d, &s), -EINVAL);
    assert_int_equal(driver_session_count(d), 1);
}

/* ---- orders ---- */

static void order_reaches_the_driver_and_its_answer_goes_back(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":9,\"id\":\"7\",\"start\":5,\"hard\":true,\"reason\":\"maintenance\","
        "\"deadline_ms\":10000,\"future\":1}\n");
    expect_nothing();
    assert_int_equal(orders, 1);
    assert_string_equal(last_order, "7 5 hard maintenance 10000");
    assert_int_equal(driver_reply(d, last_ref, DRIVER_REFUSED, "no \xff"), 0);
    expect("{\"type\":\"reply\",\"order\":9,\"result\":\"refused\",\"text\":\"no \\\\xff\"}");
}

static void order_for_who_is_not_in_the_table_is_answered_here(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":6,\"hard\":true}\n");
    expect("{\"type\":\"reply\",\"order\":1,\"result\":\"no-such-session\"}");
    say("{\"type\":\"disconnect\",\"order\":2,\"id\":\"8\",\"start\":5,\"hard\":false}\n");
    expect("{\"type\":\"reply\",\"order\":2,\"result\":\"no-such-session\"}");
    assert_int_equal(orders, 0);
}

static void answer_is_only_good_on_the_connection_that_asked(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    welcome();
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5,\"hard\":false}\n");
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    expect_nothing();
    assert_int_equal(orders, 1);
    drop_driver();
    welcome(); /* another rrasd, whose order 1 is for somebody else */
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    assert_int_equal(driver_reply(d, last_ref, DRIVER_ACCEPTED, NULL), -ENOTCONN);
    expect_nothing();
}

static void driver_may_close_or_go_offline_when_an_order_comes(void **state)
{
    (void)state;
    put("7", 5, "alice");
    offline_on_order = true;
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5}\n{\"type\":\"disconnect\",\"order\":2,\"id\":"
        "\"7\","
        "\"start\":5}\n");
    expect_end();
    assert_int_equal(orders, 1);
    drop_driver();
    offline_on_order = false;
    close_on_order = true;
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5}\n");
    expect_end();
    assert_null(d);
}

/* ---- the connection ---- */

static void snapshot_comes_again_whenever_the_connection_was_lost(void **state)
{
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    drop_driver();
    put("8", 5, "bob"); /* and this while nobody hears it */
    assert_int_equal(driver_session_gone(d, "7", 5, NULL), 0);
    welcome();
    expect("{\"type\":\"session\",\"id\":\"8\",\"start\":5,\"state\":\"connected\",\"user\":\"bob\"}");
    expect("{\"type\":\"snapshot-end\"}");
    assert_int_equal(links_up, 2);
    assert_int_equal(links_down, 1);
}

static void driver_waits_for_a_socket_that_is_not_there(void **state)
{
    (void)state;
    online_and_empty();
    close(listener);
    unlink(path);
    drop_driver();
    uint64_t begin = uv_hrtime();
    while (links_down == 0)
        turn(begin);
    listen_again();
    welcome();
    expect("{\"type\":\"snapshot-end\"}");
}

static void offline_closes_and_online_tells_everything_again(void **state)
{
    (void)state;
    online_and_empty();
    put("7", 5, "alice");
    assert_non_null(hear());
    driver_offline(d);
    expect_end();
    drop_driver();
    uv_run(&loop, UV_RUN_DEFAULT); /* ends: nothing is due any more */
    assert_int_equal(links_down, 1);
    driver_online(d);
    welcome();
    assert_non_null(hear());
    expect("{\"type\":\"snapshot-end\"}");
}

static void rrasd_that_breaks_the_protocol_is_left_and_tried_again(void **state)
{
    static const char *const bad[] = {
        "\n",
        "nonsense\n",
        "[]\n",
        "{}\n",
        "{\"type\":\"ping\"}\n",
        "{\"type\":\"ping\",\"n\":\"1\"}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\"}\n",
        "{\"type\":\"disconnect\",\"order\":\"1\",\"id\":\"7\",\"start\":5}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":7,\"start\":5}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5,\"hard\":1}\n",
        "{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5,\"deadline_ms\":-1}\n",
        "{\"type\":\"refused\",\"id\":7}\n",
        WELCOME,
    };
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        welcome();
        assert_non_null(hear());
        expect("{\"type\":\"snapshot-end\"}");
        say(bad[i]);
        expect_end();
        drop_driver();
    }
    assert_int_equal(orders, 0);
}

static void orders_before_welcome_are_not_obeyed(void **state)
{
    (void)state;
    put("7", 5, "alice");
    driver_online(d);
    accept_driver();
    assert_non_null(hear());
    say("{\"type\":\"disconnect\",\"order\":1,\"id\":\"7\",\"start\":5}\n");
    expect_end();
    assert_int_equal(orders, 0);
}

static void unknown_messages_and_refusals_do_no_harm(void **state)
{
    (void)state;
    online_and_empty();
    say("{\"type\":\"horoscope\",\"x\":[{}]}\n{\"type\":\"refused\",\"id\":\"7\",\"code\":\"no-port\",\"text\":"
        "\"\\u001b\"}\n");
    expect_nothing();
    assert_int_equal(refusals, 1);
}

/* ---- bounds ---- */

static void big_snapshot_comes_whole_to_a_slow_reader_with_what_changes_meanwhile(void **state)
{
    char id[16];
    int sessions = 0, carol = 0, gone = 0;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        put(id, 5, "alice");
    }
    driver_online(d);
    welcome();
    assert_non_null(hear()); /* it has begun, and is far from its end: the socket is full */
    assert_string_equal(line,
                        "{\"type\":\"session\",\"id\":\"0\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    put("0", 5, "carol");
    put("4999", 5, "carol");
    assert_int_equal(driver_session_gone(d, "4998", 5, NULL), 0);
    put("new", 5, "carol");
    for (;;) {
        assert_non_null(hear());
        if (strstr(line, "snapshot-end"))
            break;
        sessions += strstr(line, "\"type\":\"session\"") != NULL;
        carol += strstr(line, "carol") != NULL;
        gone += strstr(line, "\"type\":\"gone\",\"id\":\"4998\"") != NULL;
    }
    assert_int_equal(gone, 1);
    assert_true(carol >= 1 && carol <= 3); /* what was sent before the end of the snapshot, each in its newest state */
    assert_true(sessions >= 4998);
    expect_nothing();
}

static void rrasd_that_does_not_read_is_left_and_told_everything_later(void **state)
{
    char id[16];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        put(id, 5, "alice");
    }
    driver_online(d);
    welcome();
    uint64_t begin = uv_hrtime();
    while (!driver_is_welcome(d))
        turn(begin);
    for (int i = 0; i < 19999; i++) {
        snprintf(id, sizeof(id), "%d", i);
        assert_int_equal(driver_session_gone(d, id, 5, NULL), 0);
    }
    assert_false(driver_is_welcome(d)); /* more was to be said than may wait */
    drop_driver();
    welcome();
    expect("{\"type\":\"session\",\"id\":\"19999\",\"start\":5,\"state\":\"connected\",\"user\":\"alice\"}");
    expect("{\"type\":\"snapshot-end\"}");
}

static int end_each(void *ctx, const struct driver_session *s)
{
    int *left = ctx;
    assert_int_equal(driver_session_gone(d, s->id, s->start, NULL), 0);
    return --*left == 0 ? 42 : 0;
}

static void each_session_can_be_ended_while_looking_at_all(void **state)
{
    int left = 2;
    (void)state;
    put("1", 5, "a");
    put("2", 5, "b");
    put("3", 5, "c");
    assert_int_equal(driver_sessions_each(d, end_each, &left), 42);
    assert_int_equal(driver_session_count(d), 1);
    assert_non_null(driver_session_find(d, "3"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(hello_comes_first_and_the_snapshot_after_welcome),
        TEST(configuration_beyond_the_protocol_is_refused),
        TEST(session_driver_has_no_snapshot_end),
        TEST(only_what_differs_is_sent),
        TEST(counters_wait_for_their_time),
        TEST(counters_are_sent_as_often_as_rrasd_asks),
        TEST(gone_tells_last_counters_and_whether_the_client_heard),
        TEST(same_id_with_another_start_is_another_session),
        TEST(name_that_is_not_utf8_travels_as_hex),
        TEST(texts_are_cut_to_their_limits_on_whole_characters),
        TEST(worst_texts_still_fit_into_a_line),
        TEST(ids_that_are_no_ids_are_refused),
        TEST(order_reaches_the_driver_and_its_answer_goes_back),
        TEST(order_for_who_is_not_in_the_table_is_answered_here),
        TEST(answer_is_only_good_on_the_connection_that_asked),
        TEST(driver_may_close_or_go_offline_when_an_order_comes),
        TEST(snapshot_comes_again_whenever_the_connection_was_lost),
        TEST(driver_waits_for_a_socket_that_is_not_there),
        TEST(offline_closes_and_online_tells_everything_again),
        TEST(rrasd_that_breaks_the_protocol_is_left_and_tried_again),
        TEST(orders_before_welcome_are_not_obeyed),
        TEST(unknown_messages_and_refusals_do_no_harm),
        TEST(big_snapshot_comes_whole_to_a_slow_reader_with_what_changes_meanwhile),
        TEST(rrasd_that_does_not_read_is_left_and_told_everything_later),
        TEST(each_session_can_be_ended_while_looking_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
