/* SPDX-License-Identifier: Apache-2.0 */
/* The hub with a router behind it: drivers that ask whether a user may dial in. */
#include "tests/drivers/hub_stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ASKS_MAX 600u

/* Who knows who may dial in, played by the test. */
static struct {
    struct driver_hub_ask *asks[ASKS_MAX];
    char users[ASKS_MAX][64];
    size_t count, answered;
    int result;  /* of the next question */
    bool permit; /* when there is no answer */
} desk;

static int on_ask(void *ctx, const char *user, struct driver_hub_ask *ask)
{
    (void)ctx;
    if (desk.result < 0)
        return desk.result;
    assert_true(desk.count < ASKS_MAX);
    snprintf(desk.users[desk.count], sizeof(desk.users[0]), "%s", user);
    desk.asks[desk.count++] = ask;
    return 0;
}

static struct driver_hub_answer on_unavailable(void *ctx, const char *why)
{
    (void)ctx;
    (void)why;
    return (struct driver_hub_answer){.permit = desk.permit, .text = desk.permit ? "" : "nobody knows", .why = "away"};
}

static const struct driver_hub_admission admission = {.ask = on_ask, .unavailable = on_unavailable};

/* The oldest question that has no answer yet. */
static void answer(bool permit, const char *text)
{
    assert_true(desk.answered < desk.count);
    driver_hub_admission_answer(desk.asks[desk.answered++],
                                &(struct driver_hub_answer){.permit = permit, .text = text, .why = "not permitted"});
}

static bool asked(void *ctx)
{
    return desk.count == *(const size_t *)ctx;
}

static void until_asked(size_t n)
{
    fixture_until(&f, asked, &n);
}

static int start_asked_with(void (*change)(struct hub_fixture *f))
{
    memset(&desk, 0, sizeof(desk));
    start_with(change);
    driver_hub_set_admission(f.hub, &admission, NULL);
    return 0;
}

static int start_asked(void **state)
{
    (void)state;
    return start_asked_with(NULL);
}

static void be_short(struct hub_fixture *fixture)
{
    fixture->hub_config.ask_ms = 1;
}

static int start_short(void **state)
{
    (void)state;
    return start_asked_with(be_short);
}

/* Also questions that nobody waits for any more have to be answered once. */
static int stop_asked(void **state)
{
    fixture_close_hub(&f);
    while (desk.answered < desk.count)
        answer(true, "");
    return stop(state);
}

static void hello(struct client *c, const char *kind, const char *name)
{
    client_connect(c, &f);
    client_send(c,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"%s\",\"driver\":\"%s\",\"instance\":\"main\","
                "\"device_type\":\"x\",\"capabilities\":[\"admission\"]}",
                kind, name);
    client_expect(c, "\"admission\":true");
}

static void ask(struct client *c, unsigned n, const char *user)
{
    client_send(c, "{\"type\":\"admission-ask\",\"n\":%u,\"user\":\"%s\",\"client_address\":\"192.0.2.7:1\"}", n, user);
}

static void answers_go_to_who_has_asked_in_whatever_order_they_come(void **state)
{
    (void)state;
    hello(&a, "daemon", "openvpn");
    hello(&b, "daemon", "ocserv");
    ask(&a, 7, "alice");
    until_asked(1);
    ask(&b, 7, "bob");
    until_asked(2);
    ask(&a, 8, "carol");
    until_asked(3);
    assert_string_equal(desk.users[0], "alice");
    assert_string_equal(desk.users[1], "bob");
    driver_hub_admission_answer(desk.asks[2], &(struct driver_hub_answer){.permit = true, .text = ""});
    client_expect(&a, "{\"type\":\"admission\",\"n\":8,\"result\":\"permit\"}");
    desk.count--;
    answer(false, "dial-in permission refused");
    client_expect(&a, "{\"type\":\"admission\",\"n\":7,\"result\":\"refuse\",\"text\":\"dial-in permission refused\"}");
    fixture_event(&f, "user-refused driver=openvpn:main id= start=0 user=alice port= ");
    assert_true(fixture_had_event(&f, "reason=not permitted"));
    fixture_forget_events(&f);
    answer(true, "for now");
    client_expect(&b, "{\"type\":\"admission\",\"n\":7,\"result\":\"permit\",\"text\":\"for now\"}");
    assert_false(fixture_had_event(&f, "user-refused"));
}

static void a_name_that_is_not_utf8_is_asked_for_as_sessions_show_it(void **state)
{
    (void)state;
    hello(&a, "daemon", "openvpn");
    client_send(&a, "{\"type\":\"admission-ask\",\"n\":1,\"user_raw\":\"626fff\"}");
    until_asked(1);
    assert_string_equal(desk.users[0], "bo\\xff");
    answer(true, "");
    client_expect(&a, "\"result\":\"permit\"");
}

static void there_is_an_answer_when_nobody_can_be_asked(void **state)
{
    (void)state;
    hello(&a, "daemon", "openvpn");
    desk.result = -EBUSY;
    ask(&a, 1, "alice");
    client_expect(&a, "{\"type\":\"admission\",\"n\":1,\"result\":\"refuse\",\"text\":\"nobody knows\"}");
    fixture_event(&f, "user-refused driver=openvpn:main id= start=0 user=alice");
    desk.permit = true;
    ask(&a, 2, "alice");
    client_expect(&a, "{\"type\":\"admission\",\"n\":2,\"result\":\"permit\"}");
}

static void there_is_an_answer_in_time_also_when_none_has_come(void **state)
{
    (void)state;
    hello(&a, "daemon", "openvpn");
    ask(&a, 1, "alice");
    ask(&a, 2, "bob");
    client_expect(&a, "{\"type\":\"admission\",\"n\":1,\"result\":\"refuse\",\"text\":\"nobody knows\"}");
    client_expect(&a, "{\"type\":\"admission\",\"n\":2,\"result\":\"refuse\"");
    answer(true, ""); /* it comes late, and nobody hears it */
    answer(true, "");
    desk.permit = true;
    ask(&a, 3, "alice");
    client_expect(&a, "{\"type\":\"admission\",\"n\":3,\"result\":\"permit\"}");
}

static void a_driver_may_have_so_many_questions_and_others_go_on(void **state)
{
    size_t most = DRIVER_HUB_ASKS_MAX;
    (void)state;
    hello(&a, "daemon", "openvpn");
    for (unsigned i = 1; i <= most; i++)
        ask(&a, i, "alice");
    until_asked(most);
    ask(&a, 1000, "bob");
    client_expect(&a, "{\"type\":\"admission\",\"n\":1000,\"result\":\"refuse\",\"text\":\"nobody knows\"}");
    assert_int_equal(desk.count, most);
    hello(&b, "session", "pppd");
    ask(&b, 1, "carol");
    until_asked(most + 1);
    ask(&b, 2, "carol"); /* of a session there is but one user */
    client_expect(&b, "{\"type\":\"admission\",\"n\":2,\"result\":\"refuse\"");
    answer(true, "");
    client_expect(&a, "{\"type\":\"admission\",\"n\":1,\"result\":\"permit\"}");
    ask(&a, 1001, "dave");
    until_asked(most + 2);
}

static void an_answer_for_a_driver_that_has_gone_is_for_nobody(void **state)
{
    (void)state;
    hello(&a, "daemon", "openvpn");
    ask(&a, 1, "alice");
    until_asked(1);
    client_close(&a);
    fixture_connections(&f, 0);
    hello(&a, "daemon", "openvpn");
    ask(&a, 1, "bob"); /* the new connection begins anew with its numbers */
    until_asked(2);
    answer(false, "dial-in permission refused");
    assert_false(fixture_had_event(&f, "user-refused"));
    answer(true, "");
    client_expect(&a, "{\"type\":\"admission\",\"n\":1,\"result\":\"permit\"}");
}

static void a_hub_that_offers_nothing_is_not_asked(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a, "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"x\",\"instance\":\"main\","
                    "\"device_type\":\"x\",\"capabilities\":[\"admission\"]}");
    client_expect(&a, "\"counters_interval_ms\":10000}"); /* and that is the end */
    ask(&a, 1, "alice");
    client_send(&a, "{\"type\":\"session\",\"start\":1}");
    client_expect(&a, "\"type\":\"refused\"");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_asked, stop_asked)
    const struct CMUnitTest tests[] = {
        TEST(answers_go_to_who_has_asked_in_whatever_order_they_come),
        TEST(a_name_that_is_not_utf8_is_asked_for_as_sessions_show_it),
        TEST(there_is_an_answer_when_nobody_can_be_asked),
        cmocka_unit_test_setup_teardown(there_is_an_answer_in_time_also_when_none_has_come, start_short, stop_asked),
        TEST(an_answer_for_a_driver_that_has_gone_is_for_nobody),
        TEST(a_driver_may_have_so_many_questions_and_others_go_on),
        cmocka_unit_test_setup_teardown(a_hub_that_offers_nothing_is_not_asked, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
