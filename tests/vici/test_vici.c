/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/vici/vici.h"
#include "tests/vici/message.h"

static struct {
    char log[512];
} seen;

static struct vici *v;

static void note(const char *what, struct bytes b)
{
    size_t at = strlen(seen.log);
    snprintf(seen.log + at, sizeof(seen.log) - at, "%s%.*s;", what, (int)b.n, b.p);
}

static void on_event(void *ctx, struct bytes name, struct bytes message)
{
    (void)ctx;
    (void)message;
    note("event ", name);
}

static void on_row(void *ctx, struct bytes message)
{
    (void)message;
    note("row of ", (struct bytes){ctx, strlen(ctx)});
}

static void on_done(void *ctx, int result, struct bytes message)
{
    (void)message;
    note(result == 0             ? "done "
         : result == -ENOSYS     ? "unknown "
         : result == -ECONNRESET ? "reset "
                                 : "? ",
         (struct bytes){ctx, strlen(ctx)});
}

static const struct vici_ops ops = {.event = on_event};

static int setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    v = vici_new(&ops, NULL);
    return v ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vici_free(v);
    v = NULL;
    return 0;
}

static int say(enum wire_type type, const char *name, const struct message *body)
{
    struct message m = {0};
    message_put(&m, "\0\0\0\0", 4);
    message_byte(&m, type);
    if (name) {
        message_byte(&m, strlen(name));
        message_put(&m, name, strlen(name));
    }
    if (body)
        message_put(&m, body->p, body->n);
    m.p[2] = (char)((m.n - 4) >> 8);
    m.p[3] = (char)((m.n - 4) & 0xff);
    return vici_feed(v, m.p, m.n);
}

static char updown[] = "ike-updown", version[] = "version", terminate[] = "terminate", first[] = "first",
            second[] = "second", list_sas[] = "list-sas", list_conns[] = "list-conns";

static void request(char *name, const char *row_event)
{
    struct vici_request r = {.name = name, .row_event = row_event, .row = on_row, .done = on_done, .ctx = name};
    assert_int_equal(vici_send(v, &r), 0);
}

static void answers_come_in_the_order_of_the_requests(void **state)
{
    (void)state;
    assert_int_equal(vici_register(v, "ike-updown", on_done, updown), 0);
    request(first, NULL);
    request(second, NULL);
    assert_int_equal(vici_waiting(v), 3);
    assert_int_equal(say(WIRE_CONFIRM, NULL, NULL), 0);
    assert_int_equal(say(WIRE_RESPONSE, NULL, NULL), 0);
    assert_int_equal(say(WIRE_UNKNOWN_COMMAND, NULL, NULL), 0);
    assert_string_equal(seen.log, "done ike-updown;done first;unknown second;");
    assert_int_equal(vici_waiting(v), 0);
}

static void rows_are_those_of_the_request_and_events_are_not(void **state)
{
    struct message m = {0};
    (void)state;
    value(&m, "a", "b");
    request(list_sas, "list-sa");
    request(list_conns, "list-conn");
    say(WIRE_EVENT, "list-sa", &m);
    say(WIRE_EVENT, "ike-updown", &m);
    say(WIRE_EVENT, "list-sa", &m);
    say(WIRE_RESPONSE, NULL, NULL);
    say(WIRE_EVENT, "list-sa", &m); /* late: nobody's row */
    say(WIRE_EVENT, "list-conn", &m);
    say(WIRE_RESPONSE, NULL, NULL);
    assert_string_equal(seen.log, "row of list-sas;event ike-updown;row of list-sas;done list-sas;event list-sa;"
                                  "row of list-conns;done list-conns;");
}

static void an_answer_that_nobody_asked_for_breaks_the_connection(void **state)
{
    (void)state;
    assert_int_equal(say(WIRE_RESPONSE, NULL, NULL), -EPROTO);
    assert_string_equal(vici_error(v), "answers what was not asked");
    struct vici_request r = {.name = "version"};
    assert_int_equal(vici_send(v, &r), -EPIPE);
    assert_int_equal(say(WIRE_RESPONSE, NULL, NULL), -EPROTO);
}

static void a_confirmation_is_no_answer_to_a_command(void **state)
{
    (void)state;
    request(terminate, NULL);
    assert_int_equal(say(WIRE_CONFIRM, NULL, NULL), -EPROTO);
    assert_string_equal(seen.log, "");
}

static void a_message_that_is_none_breaks_the_connection(void **state)
{
    struct message m = {0};
    (void)state;
    section(&m, "without end");
    assert_int_equal(say(WIRE_EVENT, "ike-updown", &m), -EPROTO);
    assert_string_equal(seen.log, "");
    assert_string_equal(vici_error(v), "sends a message that can't be read");
}

static void another_protocol_is_recognised(void **state)
{
    (void)state;
    assert_int_equal(vici_feed(v, ">INFO:OpenVPN", 13), -EPROTO);
    assert_string_equal(vici_error(v), "does not speak vici");
}

static void requests_under_way_end_with_the_connection(void **state)
{
    (void)state;
    request(terminate, NULL);
    assert_int_equal(vici_register(v, "ike-updown", on_done, updown), 0);
    vici_free(v);
    v = NULL;
    assert_string_equal(seen.log, "reset terminate;reset ike-updown;");
}

static void output_is_kept_until_it_is_written(void **state)
{
    (void)state;
    request(version, NULL);
    size_t all = vici_output(v).n;
    vici_written(v, 3);
    assert_int_equal(vici_output(v).n, all - 3);
    request(version, NULL);
    assert_int_equal(vici_output(v).n, 2 * all - 3);
    assert_int_equal(vici_output(v).p[0], 9); /* what is left of the first length */
    vici_written(v, 2 * all - 3);
    assert_int_equal(vici_output(v).n, 0);
}

static void requests_are_bounded(void **state)
{
    struct vici_request r = {.name = "version"};
    (void)state;
    for (unsigned i = 0; i < VICI_PENDING_MAX; i++)
        assert_int_equal(vici_send(v, &r), 0);
    assert_int_equal(vici_send(v, &r), -ENOBUFS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_come_in_the_order_of_the_requests),
        TEST(rows_are_those_of_the_request_and_events_are_not),
        TEST(an_answer_that_nobody_asked_for_breaks_the_connection),
        TEST(a_confirmation_is_no_answer_to_a_command),
        TEST(a_message_that_is_none_breaks_the_connection),
        TEST(another_protocol_is_recognised),
        TEST(requests_under_way_end_with_the_connection),
        TEST(output_is_kept_until_it_is_written),
        TEST(requests_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
