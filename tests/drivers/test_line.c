/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of JSON, and lines over a socket. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include <jansson.h>

#include "common/json_line.h"
#include "common/line_stream.h"

/* ---- json_line ---- */

static void check_line(struct json_line *w, const char *expected)
{
    size_t n = 0;
    assert_int_equal(json_line_end(w, &n), 0);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(w->data, expected, n);
}

static void every_kind_of_member_is_written(void **state)
{
    char data[512];
    struct json_line w;
    (void)state;
    json_line_begin(&w, data, sizeof(data));
    json_line_string(&w, "s", "text");
    json_line_string(&w, "left_out", NULL);
    json_line_hex(&w, "h", "\x00\xff\x1a", 3);
    json_line_uint(&w, "u", UINT64_MAX);
    json_line_int(&w, "min", INT64_MIN);
    json_line_int(&w, "max", INT64_MAX);
    json_line_int(&w, "zero", 0);
    json_line_bool(&w, "t", true);
    json_line_bool(&w, "f", false);
    json_line_open(&w, "o");
    json_line_uint(&w, "a", 1);
    json_line_uint(&w, "b", 2);
    json_line_close(&w);
    json_line_open(&w, "empty");
    json_line_close(&w);
    json_line_open_array(&w, "l");
    json_line_item(&w, "x");
    json_line_item(&w, "y");
    json_line_close_array(&w);
    json_line_string(&w, "last", "");
    check_line(&w, "{\"s\":\"text\",\"h\":\"00ff1a\",\"u\":18446744073709551615,\"min\":-9223372036854775808,"
                   "\"max\":9223372036854775807,\"zero\":0,\"t\":true,\"f\":false,\"o\":{\"a\":1,\"b\":2},\"empty\":{},"
                   "\"l\":[\"x\",\"y\"],\"last\":\"\"}\n");
}

static void empty_object_is_written(void **state)
{
    char data[3];
    struct json_line w;
    (void)state;
    json_line_begin(&w, data, sizeof(data));
    check_line(&w, "{}\n");
}

static void any_text_comes_back_as_it_was(void **state)
{
    char text[128], data[1024];
    struct json_line w;
    size_t n, at = 0;
    (void)state;
    for (char c = 1; c < 0x7f; c++)
        text[at++] = c;
    text[at++] = 0x7f;
    text[at] = '\0';
    json_line_begin(&w, data, sizeof(data));
    json_line_string(&w, "a", text);
    json_line_string(&w, "b", "J\u00fcrgen \u2028 \U0001f600");
    assert_int_equal(json_line_end(&w, &n), 0);
    assert_ptr_equal(memchr(data, '\n', n), data + n - 1); /* one line */
    json_t *parsed = json_loadb(data, n, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(parsed, "a")), text);
    assert_string_equal(json_string_value(json_object_get(parsed, "b")), "J\u00fcrgen \u2028 \U0001f600");
    json_decref(parsed);
}

static void text_that_is_not_utf8_is_an_error(void **state)
{
    char data[64];
    struct json_line w;
    size_t n = 77;
    (void)state;
    json_line_begin(&w, data, sizeof(data));
    json_line_string(&w, "a", "\xff");
    json_line_string(&w, "b", "good");
    assert_int_equal(json_line_end(&w, &n), -EILSEQ);
    assert_int_equal(n, 77);
}

static void writer_stays_in_its_memory(void **state)
{
    static const char expected[] = "{\"name\":\"a\\u0001\\\"\",\"h\":\"ff\",\"n\":-1}\n";
    size_t full = sizeof(expected) - 1;
    (void)state;
    for (size_t cap = 0; cap <= full + 1; cap++) {
        char *data = malloc(cap > 0 ? cap : 1); /* exact: the sanitizer sees what is beyond */
        struct json_line w;
        size_t n;
        assert_non_null(data);
        json_line_begin(&w, data, cap);
        json_line_string(&w, "name", "a\x01\"");
        json_line_hex(&w, "h", "\xff", 1);
        json_line_int(&w, "n", -1);
        assert_int_equal(json_line_end(&w, &n), cap < full ? -EMSGSIZE : 0);
        free(data);
    }
}

/* ---- line_stream ---- */

static struct line_stream s;
static int far;
static char scratch[LINE_STREAM_SCRATCH];
static char seen[16][100];
static size_t seen_len[16], seen_count;
static int stop_at;

static int start(void **state)
{
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    line_stream_init(&s, fds[0], 100000);
    far = fds[1];
    seen_count = 0;
    stop_at = -1;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    line_stream_free(&s);
    if (far >= 0)
        close(far);
    return 0;
}

static int see(void *ctx, const char *line, size_t n)
{
    (void)ctx;
    assert_true(seen_count < 16);
    memcpy(seen[seen_count], line, n < 99 ? n : 99);
    seen[seen_count][n < 99 ? n : 99] = '\0';
    seen_len[seen_count++] = n;
    return (int)seen_count == stop_at ? -1 : 0;
}

static void put(const char *data, size_t n)
{
    assert_int_equal(send(far, data, n, 0), (ssize_t)n);
}

static long take(void)
{
    return line_stream_read(&s, scratch, see, NULL);
}

static void lines_come_whole_however_they_were_cut(void **state)
{
    (void)state;
    assert_int_equal(take(), -EAGAIN);
    put("one\ntwo\nthr", 11);
    assert_int_equal(take(), 11);
    assert_int_equal(seen_count, 2);
    put("e", 1);
    assert_int_equal(take(), 1);
    assert_int_equal(seen_count, 2);
    put("e\n\n", 3);
    assert_int_equal(take(), 3);
    assert_int_equal(seen_count, 4);
    assert_string_equal(seen[0], "one");
    assert_string_equal(seen[1], "two");
    assert_string_equal(seen[2], "three");
    assert_string_equal(seen[3], "");
    assert_null(s.partial);
    shutdown(far, SHUT_WR);
    assert_int_equal(take(), 0);
}

/* All that there is, until it is an error or nothing more. */
static long take_all(void)
{
    long r;
    while ((r = take()) > 0)
        ;
    return r;
}

static void line_has_its_limit(void **state)
{
    static char line[LINE_STREAM_LINE_MAX + 1];
    (void)state;
    memset(line, 'x', sizeof(line));
    line[LINE_STREAM_LINE_MAX - 2] = '\n';
    put(line, LINE_STREAM_LINE_MAX - 1);
    assert_int_equal(take_all(), -EAGAIN);
    line[LINE_STREAM_LINE_MAX - 2] = 'x';
    line[LINE_STREAM_LINE_MAX - 1] = '\n';
    put(line, LINE_STREAM_LINE_MAX);
    assert_int_equal(take_all(), -EAGAIN);
    assert_int_equal(seen_count, 2);
    assert_int_equal(seen_len[1], LINE_STREAM_LINE_MAX - 1);
    put("good\n", 5);
    line[LINE_STREAM_LINE_MAX - 1] = 'x';
    line[LINE_STREAM_LINE_MAX] = '\n';
    put(line, LINE_STREAM_LINE_MAX + 1);
    assert_int_equal(take_all(), -EMSGSIZE);
    assert_int_equal(seen_count, 3); /* the good one, and nothing of the other */
}

static void overlong_line_in_two_pieces_is_seen_too(void **state)
{
    static char line[LINE_STREAM_LINE_MAX];
    (void)state;
    memset(line, 'x', sizeof(line));
    put(line, 10000);
    assert_int_equal(take(), 10000);
    line[9999] = '\n';
    put(line, 10000);
    assert_int_equal(take(), -EMSGSIZE);
    assert_int_equal(seen_count, 0);
}

static void reading_ends_when_told(void **state)
{
    (void)state;
    stop_at = 2;
    put("a\nb\nc\n", 6);
    assert_int_equal(take(), -ECANCELED);
    assert_int_equal(seen_count, 2);
}

static void nul_and_any_byte_pass_through(void **state)
{
    (void)state;
    put("a\0\xff\r\n", 5);
    assert_int_equal(take(), 5);
    assert_int_equal(seen_len[0], 4);
    assert_memory_equal(seen[0], "a\0\xff\r", 4);
}

static void what_does_not_go_out_waits_and_has_its_limit(void **state)
{
    static char line[10000], got[1000000];
    size_t sent = 0, received = 0;
    int size = 4096, r;
    (void)state;
    assert_int_equal(setsockopt(s.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
    memset(line, 'y', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    while ((r = line_stream_send(&s, line, sizeof(line))) == 0)
        sent += sizeof(line);
    assert_int_equal(r, -ENOBUFS);
    assert_true(line_stream_waiting(&s) > 0 && line_stream_waiting(&s) <= 100000);
    assert_int_equal(line_stream_queue(&s, line, sizeof(line)), -ENOBUFS);
    while (received < sent) {
        ssize_t n = recv(far, got + received, sizeof(got) - received, MSG_DONTWAIT);
        if (n > 0)
            received += (size_t)n;
        r = line_stream_flush(&s);
        assert_true(r == 0 || r == -EAGAIN);
    }
    assert_int_equal(received, sent);
    for (size_t i = 0; i < received; i++)
        assert_int_equal(got[i], i % sizeof(line) == sizeof(line) - 1 ? '\n' : 'y');
    assert_int_equal(line_stream_waiting(&s), 0);
    assert_int_equal(line_stream_flush(&s), 0);
}

static void far_end_that_is_closed_is_an_error_and_no_signal(void **state)
{
    (void)state;
    close(far);
    far = -1;
    assert_int_equal(line_stream_send(&s, "x\n", 2), -EPIPE);
    assert_int_equal(line_stream_queue(&s, "x\n", 2), 0);
    assert_int_equal(line_stream_flush(&s), -EPIPE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_member_is_written),
        cmocka_unit_test(empty_object_is_written),
        cmocka_unit_test(any_text_comes_back_as_it_was),
        cmocka_unit_test(text_that_is_not_utf8_is_an_error),
        cmocka_unit_test(writer_stays_in_its_memory),
        TEST(lines_come_whole_however_they_were_cut),
        TEST(line_has_its_limit),
        TEST(overlong_line_in_two_pieces_is_seen_too),
        TEST(reading_ends_when_told),
        TEST(nul_and_any_byte_pass_through),
        TEST(what_does_not_go_out_waits_and_has_its_limit),
        TEST(far_end_that_is_closed_is_an_error_and_no_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
