/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to rrasd, which may say as much as it likes and read as little. */
#include <errno.h>
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

#include "drivers/pppd/link.h"
#include "tests/lib/tmpdir.h"

#define MANY 1000u

static struct link l;
static int peer;
static unsigned lines;

static int set_up(void **state)
{
    char folder[256];
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    (void)state;
    tmpdir_template(folder, sizeof(folder), "openrras-pppd-link");
    assert_non_null(mkdtemp(folder));
    snprintf(a.sun_path, sizeof(a.sun_path), "%.90s/socket", folder);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(listener, 1), 0);
    l = (struct link){.fd = -1};
    lines = 0;
    assert_int_equal(link_open(&l, a.sun_path), 0);
    peer = accept(listener, NULL, NULL);
    assert_true(peer >= 0);
    close(listener);
    unlink(a.sun_path);
    rmdir(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    link_drop(&l);
    close(peer);
    return 0;
}

static void say(const char *bytes, size_t n)
{
    assert_int_equal(send(peer, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static int count(void *ctx, const char *line, size_t n)
{
    (void)ctx;
    (void)line;
    (void)n;
    lines++;
    return 0;
}

/* While one line is read the next one comes. */
static int count_and_say_more(void *ctx, const char *line, size_t n)
{
    count(ctx, line, n);
    if (lines < MANY)
        say("more\n", 5);
    return 0;
}

static void an_rrasd_that_never_stops_does_not_keep_pppd(void **state)
{
    (void)state;
    say("more\n", 5);
    assert_int_equal(link_work(&l, count_and_say_more, NULL), -EAGAIN);
    assert_in_range(lines, 1, 100);
    while (link_work(&l, count_and_say_more, NULL) == -EAGAIN) /* and goes on where it was */
        ;
    assert_int_equal(lines, MANY);
    assert_true(l.fd >= 0);
}

static void an_rrasd_that_does_not_read_is_left(void **state)
{
    char line[1000];
    size_t sent = 0;
    int r = 0;
    (void)state;
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    for (; r == 0 && sent < 4u * 1024 * 1024; sent += sizeof(line)) {
        r = link_send(&l, line, sizeof(line));
        assert_in_range(l.out_len, 0, LINK_OUT_MAX);
    }
    assert_int_equal(r, -ENOBUFS);
    assert_int_equal(l.fd, -1);
    assert_int_equal(link_send(&l, line, sizeof(line)), -ENOTCONN);
}

static void a_line_that_never_ends_is_not_waited_for(void **state)
{
    static char bytes[LINK_LINE_MAX - 1];
    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    say(bytes, sizeof(bytes));
    assert_int_equal(link_work(&l, count, NULL), 0);
    say("\n", 1); /* the longest there may be */
    assert_int_equal(link_work(&l, count, NULL), 0);
    assert_int_equal(lines, 1);
    say(bytes, sizeof(bytes));
    say("x", 1);
    assert_int_equal(link_work(&l, count, NULL), -EMSGSIZE);
    assert_int_equal(lines, 1);
    assert_int_equal(l.fd, -1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_rrasd_that_never_stops_does_not_keep_pppd),
        T(an_rrasd_that_does_not_read_is_left),
        T(a_line_that_never_ends_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
