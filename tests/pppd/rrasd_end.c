/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/pppd/rrasd_end.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/tmpdir.h"

#define PATIENCE_MS 20000

static char folder[256], path[300];
static int listener = -1, peer = -1;
static char input[1 << 20];
static size_t input_len;
static json_t *last;
static bool ended;

const char *rrasd_end_path(void)
{
    if (!folder[0]) {
        tmpdir_template(folder, sizeof(folder), "openrras-pppd");
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof(path), "%s/driver.sock", folder);
    }
    return path;
}

void rrasd_end_listen(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof(a.sun_path), "%.100s", rrasd_end_path());
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(listener, 4), 0);
}

void rrasd_end_close(void)
{
    if (listener >= 0)
        close(listener);
    listener = -1;
    unlink(path);
}

void rrasd_end_remove(void)
{
    rrasd_end_close();
    if (peer >= 0)
        close(peer);
    peer = -1;
    json_decref(last);
    last = NULL;
    rmdir(folder);
}

bool rrasd_end_accept(void)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return false;
    if (peer >= 0)
        close(peer);
    peer = fd;
    input_len = 0;
    ended = false;
    return true;
}

void rrasd_end_hang_up(void)
{
    close(peer);
    peer = -1;
}

void rrasd_end_say_bytes(const char *bytes, size_t n)
{
    assert_int_equal(send(peer, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

void rrasd_end_say(const char *format, ...)
{
    char line[4096];
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(line, sizeof(line) - 1, format, ap);
    va_end(ap);
    assert_in_range(n, 1, sizeof(line) - 2);
    line[n] = '\n';
    rrasd_end_say_bytes(line, (size_t)n + 1);
}

static void read_more(void)
{
    ssize_t got = recv(peer, input + input_len, sizeof(input) - input_len, MSG_DONTWAIT);
    if (got > 0)
        input_len += (size_t)got;
    ended |= got == 0 || (got < 0 && errno == ECONNRESET);
}

json_t *rrasd_end_next(void)
{
    json_decref(last);
    last = NULL;
    if (peer >= 0)
        read_more();
    char *lf = memchr(input, '\n', input_len);
    if (!lf)
        return NULL;
    size_t n = (size_t)(lf - input) + 1;
    last = json_loadb(input, n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(last); /* whatever happens, the plugin speaks JSON */
    input_len -= n;
    memmove(input, input + n, input_len);
    return last;
}

/* For a plugin in another process; one in this process has said everything already. */
static bool wait_for(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&p, 1, PATIENCE_MS) > 0;
}

json_t *rrasd_end_expect(const char *type)
{
    json_t *m;
    while ((m = rrasd_end_next()) != NULL || (!ended && wait_for(peer))) {
        if (m && strcmp(text_of(m, "type"), type) == 0)
            return m;
    }
    fail_msg("the plugin has not said %s", type);
    return NULL;
}

void rrasd_end_skip(void)
{
    while (rrasd_end_next())
        ;
}

bool rrasd_end_at_end(void)
{
    rrasd_end_skip();
    return ended;
}

void rrasd_end_welcome(void)
{
    wait_for(listener);
    assert_true(rrasd_end_accept());
    json_t *hello = rrasd_end_expect("hello");
    assert_string_equal(text_of(hello, "kind"), "session");
    assert_string_equal(text_of(hello, "driver"), "pppd");
    rrasd_end_say("{\"type\":\"welcome\",\"version\":1,\"server\":\"test\",\"counters_interval_ms\":5000}");
}

const char *text_of(json_t *message, const char *member)
{
    const char *text = json_string_value(json_object_get(message, member));
    return text ? text : "";
}

long long number_of(json_t *message, const char *member)
{
    return json_integer_value(json_object_get(message, member));
}
