/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "drivers/openvpn/mgmt.h"

#define GREETING ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n"

/* What has been told, one word after another. */
struct seen {
    struct mgmt *m;
    char log[4096];
    unsigned lines;
};

static void say(struct seen *s, const char *what, struct slice text)
{
    size_t n = strlen(s->log);
    snprintf(s->log + n, sizeof(s->log) - n, "%s(%.*s)", what, (int)(text.n > 100 ? 100 : text.n),
             text.n ? text.p : "");
}

static void greeted(void *ctx)
{
    say(ctx, "greeted", slice_of(""));
}

static void notified(void *ctx, struct slice line, bool cut)
{
    say(ctx, cut ? "cut-note" : "note", line);
}

static const struct mgmt_ops ops = {.greeted = greeted, .notified = notified};

static void on_line(void *ctx, struct slice line, bool cut)
{
    struct seen *s = ctx;
    s->lines++;
    say(s, cut ? "cut" : "line", line);
}

static void on_done(void *ctx, int result, struct slice text)
{
    say(ctx, result == 0 ? "done" : result == -EREMOTEIO ? "error" : "lost", text);
}

static void feed(struct seen *s, const char *text)
{
    assert_int_equal(mgmt_feed(s->m, text, strlen(text)), 0);
}

static int feed_bad(struct seen *s, const char *text)
{
    return mgmt_feed(s->m, text, strlen(text));
}

static int send_text(struct seen *s, const char *text, enum mgmt_answer answer)
{
    struct mgmt_command c = {.text = text, .answer = answer, .line = on_line, .done = on_done, .ctx = s};
    return mgmt_send(s->m, &c);
}

static int setup(void **state)
{
    struct seen *s = calloc(1, sizeof(*s));
    s->m = mgmt_new(&ops, s, NULL);
    *state = s;
    return s->m ? 0 : -1;
}

static int setup_open(void **state)
{
    setup(state);
    struct seen *s = *state;
    feed(s, GREETING);
    s->log[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    struct seen *s = *state;
    mgmt_free(s->m);
    free(s);
    return 0;
}

static void the_greeting_opens(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), -ENOTCONN);
    assert_false(mgmt_is_open(s->m));
    feed(s, GREETING);
    assert_true(mgmt_is_open(s->m));
    assert_string_equal(s->log, "greeted()");
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), 0);
    assert_true(slice_is(mgmt_output(s->m), "pid\n"));
}

static void something_else_than_a_greeting_is_refused(void **state)
{
    struct seen *s = *state;
    assert_int_equal(feed_bad(s, "220 mail.example ESMTP \x1b[31m\r\n"), -EPROTO);
    assert_non_null(strstr(mgmt_error(s->m), "ESMTP \\x1b[31m"));
    assert_int_equal(feed_bad(s, GREETING), -EPROTO); /* broken stays broken */
}

static void a_password_is_sent_when_asked_for(void **state)
{
    struct seen *s = *state;
    mgmt_free(s->m);
    s->m = mgmt_new(&ops, s, "open sesame");
    feed(s, "ENTER PASS");
    assert_int_equal(mgmt_output(s->m).n, 0);
    feed(s, "WORD:");
    assert_true(slice_is(mgmt_output(s->m), "open sesame\n"));
    assert_false(mgmt_is_open(s->m));
    feed(s, "SUCCESS: password is correct\r\n" GREETING);
    assert_true(mgmt_is_open(s->m));
}

static void a_wrong_password_is_not_tried_again(void **state)
{
    struct seen *s = *state;
    mgmt_free(s->m);
    s->m = mgmt_new(&ops, s, "wrong");
    feed(s, "ENTER PASSWORD:");
    assert_int_equal(feed_bad(s, "ERROR: bad password\r\nENTER PASSWORD:"), -EACCES);
    assert_non_null(strstr(mgmt_error(s->m), "does not accept the password"));
}

static void a_password_that_is_not_configured_is_said_to_be_missing(void **state)
{
    struct seen *s = *state;
    assert_int_equal(feed_bad(s, "ENTER PASSWORD:"), -EACCES);
    assert_non_null(strstr(mgmt_error(s->m), "none is configured"));
}

static void answers_belong_to_the_oldest_command(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "status 3", MGMT_ANSWER_LINES), 0);
    assert_int_equal(send_text(s, "client-kill 7 HALT", MGMT_ANSWER_WORD), 0);
    assert_int_equal(send_text(s, "kill 10.0.0.1:7", MGMT_ANSWER_WORD), 0);
    assert_true(slice_is(mgmt_output(s->m), "status 3\nclient-kill 7 HALT\nkill 10.0.0.1:7\n"));
    feed(s, "A\r\n>CLIENT:ESTABLISHED,3\r\nB\r\nEND\r\nSUCCESS: client-kill command succeeded\r\nERROR: not found\r\n");
    assert_string_equal(s->log, "line(A)note(CLIENT:ESTABLISHED,3)line(B)done()done(client-kill command succeeded)"
                                "error(not found)");
    assert_int_equal(mgmt_waiting(s->m), 0);
}

static void any_cut_of_the_stream_gives_the_same(void **state)
{
    static const char text[] = "A\r\n>CLIENT:ENV,END\r\n\r\nEND\r\nSUCCESS: pid=1\r\n";
    for (size_t at = 0; at < sizeof(text); at++) {
        struct seen *s = *state;
        s->log[0] = '\0';
        assert_int_equal(send_text(s, "status 3", MGMT_ANSWER_LINES), 0);
        assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), 0);
        assert_int_equal(mgmt_feed(s->m, text, at), 0);
        assert_int_equal(mgmt_feed(s->m, text + at, sizeof(text) - 1 - at), 0);
        assert_string_equal(s->log, "line(A)note(CLIENT:ENV,END)line()done()done(pid=1)");
    }
}

static void a_listing_may_be_refused(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "status 3", MGMT_ANSWER_LINES), 0);
    feed(s, "ERROR: The 'status' command is not supported by the current daemon mode\r\n");
    assert_non_null(strstr(s->log, "error(The 'status' command"));
    assert_int_equal(s->lines, 0);
}

static void an_error_within_a_listing_is_a_line_of_it(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "status 3", MGMT_ANSWER_LINES), 0);
    feed(s, "A\r\nERROR: x\r\nEND\r\n");
    assert_string_equal(s->log, "line(A)line(ERROR: x)done()");
}

static void an_answer_that_nobody_asked_for_breaks(void **state)
{
    struct seen *s = *state;
    assert_int_equal(feed_bad(s, "SUCCESS: client-kill command succeeded\r\n"), -EPROTO);
}

static void something_else_than_a_word_breaks(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), 0);
    assert_int_equal(feed_bad(s, "CLIENT_LIST\tx\r\n"), -EPROTO);
    mgmt_free(s->m);
    s->m = NULL;
    assert_string_equal(s->log, "lost(the management connection has ended)");
}

/* A line with n bytes, CR included. */
static char *line_of(size_t n, const char *begin)
{
    char *line = malloc(n + 2);
    memset(line, 'x', n);
    memcpy(line, begin, strlen(begin));
    memcpy(line + n - 1, "\r\n", 3);
    return line;
}

static void lines_are_cut_at_the_limit_and_not_before(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "status 3", MGMT_ANSWER_LINES), 0);
    for (size_t n = MGMT_LINE_MAX - 1; n <= MGMT_LINE_MAX + 1; n++) {
        for (int whole = 0; whole < 2; whole++) {
            char *line = line_of(n, "A");
            s->log[0] = '\0';
            if (whole) {
                feed(s, line);
            } else {
                assert_int_equal(mgmt_feed(s->m, line, 5), 0);
                feed(s, line + 5);
            }
            assert_int_equal(strncmp(s->log, n > MGMT_LINE_MAX ? "cut(" : "line(", 4), 0);
            free(line);
        }
    }
}

static void a_long_notification_costs_nothing_but_itself(void **state)
{
    struct seen *s = *state;
    char *line = line_of(MGMT_LINE_MAX * 40, ">CLIENT:ENV,UV_BOAST=");
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), 0);
    feed(s, line);
    feed(s, "SUCCESS: pid=12\r\n");
    assert_int_equal(strncmp(s->log, "cut-note(CLIENT:ENV,UV_BOAST=", 29), 0);
    assert_non_null(strstr(s->log, ")done(pid=12)"));
    free(line);
}

static void a_long_answer_of_one_word_breaks(void **state)
{
    struct seen *s = *state;
    char *line = line_of(MGMT_LINE_MAX + 1, "SUCCESS: ");
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), 0);
    assert_int_equal(feed_bad(s, line), -EPROTO);
    free(line);
}

static void an_answer_without_an_end_breaks(void **state)
{
    struct seen *s = *state;
    int r = 0;
    unsigned n = 0;
    struct mgmt_command c = {.text = "status 3", .answer = MGMT_ANSWER_LINES};
    assert_int_equal(mgmt_send(s->m, &c), 0);
    for (; r == 0 && n <= MGMT_ANSWER_LINES_MAX + 1; n++)
        r = feed_bad(s, "x\n");
    assert_int_equal(r, -EPROTO);
    assert_int_equal(n, MGMT_ANSWER_LINES_MAX + 1);
}

static void commands_are_bounded(void **state)
{
    struct seen *s = *state;
    char text[MGMT_COMMAND_MAX + 1];
    memset(text, 'c', sizeof(text));
    text[MGMT_COMMAND_MAX] = '\0'; /* with its LF one too long */
    assert_int_equal(send_text(s, text, MGMT_ANSWER_WORD), -EINVAL);
    text[MGMT_COMMAND_MAX - 1] = '\0';
    for (unsigned i = 0; i < MGMT_PENDING_MAX; i++)
        assert_int_equal(send_text(s, text, MGMT_ANSWER_WORD), 0);
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), -ENOBUFS);
    mgmt_written(s->m, SIZE_MAX);
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), -ENOBUFS); /* written, but not answered */
    feed(s, "SUCCESS: x\r\n");
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), 0);
}

static void a_command_can_not_be_two(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "pid\nsignal SIGTERM", MGMT_ANSWER_WORD), -EINVAL);
    assert_int_equal(send_text(s, "pid\rx", MGMT_ANSWER_WORD), -EINVAL);
    assert_int_equal(mgmt_output(s->m).n, 0);
    assert_int_equal(mgmt_waiting(s->m), 0);
}

static void short_writes_keep_the_rest(void **state)
{
    struct seen *s = *state;
    assert_int_equal(send_text(s, "status 3", MGMT_ANSWER_LINES), 0);
    mgmt_written(s->m, 3);
    assert_true(slice_is(mgmt_output(s->m), "tus 3\n"));
    assert_int_equal(send_text(s, "pid", MGMT_ANSWER_WORD), 0);
    assert_true(slice_is(mgmt_output(s->m), "tus 3\npid\n"));
}

static void words_for_a_client_can_not_leave_their_quotes(void **state)
{
    char plain[16];
    (void)state;
    assert_string_equal(mgmt_plain(plain, sizeof(plain), "ok, 5 minutes"), "ok, 5 minutes");
    assert_string_equal(mgmt_plain(plain, sizeof(plain), "a\"b\\c\nd'e\xc3\xa4"), "a_b_c_d_e__");
    assert_string_equal(mgmt_plain(plain, sizeof(plain), "0123456789abcdefgh"), "0123456789abcde");
    assert_string_equal(mgmt_plain(plain, 1, "x"), "");
}

#define OPEN(test) cmocka_unit_test_setup_teardown(test, setup_open, teardown)
#define NEW(test)  cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NEW(the_greeting_opens),
        NEW(something_else_than_a_greeting_is_refused),
        NEW(a_password_is_sent_when_asked_for),
        NEW(a_wrong_password_is_not_tried_again),
        NEW(a_password_that_is_not_configured_is_said_to_be_missing),
        OPEN(answers_belong_to_the_oldest_command),
        OPEN(any_cut_of_the_stream_gives_the_same),
        OPEN(a_listing_may_be_refused),
        OPEN(an_error_within_a_listing_is_a_line_of_it),
        OPEN(an_answer_that_nobody_asked_for_breaks),
        OPEN(something_else_than_a_word_breaks),
        OPEN(lines_are_cut_at_the_limit_and_not_before),
        OPEN(a_long_notification_costs_nothing_but_itself),
        OPEN(a_long_answer_of_one_word_breaks),
        OPEN(an_answer_without_an_end_breaks),
        OPEN(commands_are_bounded),
        OPEN(a_command_can_not_be_two),
        OPEN(short_writes_keep_the_rest),
        OPEN(words_for_a_client_can_not_leave_their_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
