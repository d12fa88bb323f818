/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin ends the session that rrasd orders to be ended, and no other. */
#include "tests/pppd/plugin_world.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void an_order_ends_the_link_with_the_administrators_words(void **state)
{
    (void)state;
    alice_is_up();
    order(7, id, start, ",\"reason\":\"maintenance \\u2014 back at 6\"");
    json_t *reply = rrasd_end_expect("reply");
    assert_int_equal(number_of(reply, "order"), 7);
    assert_string_equal(text_of(reply, "result"), "accepted");
    assert_int_equal(fake_term_requests(), 0); /* nothing of pppd's is called in the handler */
    fake_loop();
    assert_string_equal(fake_term_request(), "maintenance \xe2\x80\x94 back at 6");
    assert_string_equal(text_of(rrasd_end_expect("session"), "state"), "disconnecting");
    fake_peer_acknowledges();
    json_t *gone = rrasd_end_expect("gone");
    assert_string_equal(text_of(gone, "reason"), "disconnected by the administrator");
    assert_string_equal(text_of(gone, "client_told"), "yes");
    assert_true(json_is_true(json_object_get(gone, "counters_final")));
}

static void a_client_that_does_not_answer_was_perhaps_not_told(void **state)
{
    (void)state;
    alice_is_up();
    order(1, id, start, "");
    fake_loop();
    assert_string_equal(fake_term_request(), "disconnected by the administrator");
    fake_terminated();
    assert_string_equal(text_of(rrasd_end_expect("gone"), "client_told"), "unknown");
}

static void an_order_for_another_session_does_nothing(void **state)
{
    (void)state;
    char other[64];
    alice_is_up();
    snprintf(other, sizeof(other), "%s", id);
    other[0] = other[0] == 'a' ? 'b' : 'a';
    order(1, other, start, "");
    assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "no-such-session");
    order(2, id, start - 1, ",\"hard\":true");
    assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "no-such-session");
    fake_loop();
    assert_int_equal(fake_term_requests(), 0);
    assert_int_equal(fake_phase(), PPPD_RUNNING);
}

static void an_order_works_while_the_user_authenticates(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    snprintf(id, sizeof(id), "%s", text_of(s, "id"));
    start = number_of(s, "start");
    fake_lcp_up();
    rrasd_end_skip();
    order(1, id, start, ",\"reason\":\"not now\"");
    assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "accepted");
    fake_loop();
    assert_string_equal(fake_term_request(), "not now");
}

static void an_order_works_before_lcp_is_up(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    order(1, text_of(s, "id"), number_of(s, "start"), "");
    fake_loop();
    assert_int_equal(fake_phase(), PPPD_TERMINATE);
}

static void the_hard_way_does_not_wait_for_the_peer(void **state)
{
    (void)state;
    alice_is_up();
    order(1, id, start, "");
    fake_loop();
    assert_int_equal(fake_phase(), PPPD_ESTABLISH);
    order(2, id, start, ",\"hard\":true");
    assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "accepted");
    fake_loop();
    assert_int_equal(fake_phase(), PPPD_DEAD);
    rrasd_end_expect("gone");
}

static void the_same_order_again_changes_nothing(void **state)
{
    (void)state;
    alice_is_up();
    order(1, id, start, "");
    fake_loop();
    order(2, id, start, "");
    fake_loop();
    assert_int_equal(fake_term_requests(), 1);
    rrasd_end_expect("reply");
    assert_int_equal(number_of(rrasd_end_expect("reply"), "order"), 2);
}

/* A line that is to persist: the pppd goes on, and waits for the next call. */
static void a_persistent_line_stays_in_service(void **state)
{
    (void)state;
    char before[64];
    fake_persist(true);
    alice_is_up();
    snprintf(before, sizeof(before), "%s", id);
    order(1, id, start, "");
    fake_loop();
    fake_peer_acknowledges();
    rrasd_end_expect("gone");
    assert_true(rrasd_end_at_end());
    alice_is_up();
    assert_string_not_equal(id, before);
    fake_loop();
    assert_int_equal(fake_term_requests(), 0);
}

static void order_now(void)
{
    order(1, id, start, ",\"hard\":true");
}

/* The next link of this pppd must not be hit by what was meant for the one that has just ended. */
static void an_order_that_comes_when_the_link_has_ended_is_not_for_the_next(void **state)
{
    (void)state;
    fake_persist(true);
    alice_is_up();
    fake_hangup_while(order_now);
    assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "accepted");
    assert_string_equal(text_of(rrasd_end_expect("gone"), "id"), id);
    alice_is_up();
    fake_loop();
    assert_int_equal(fake_term_requests(), 0);
    assert_int_equal(fake_phase(), PPPD_RUNNING);
}

/* A pppd whose main loop does not come round any more ends all the same. It is a child here. */
static void a_stuck_pppd_is_ended_the_hard_way(void **state)
{
    (void)state;
    alice_is_up();
    pid_t child = fork();
    if (child == 0) {
        sigset_t before;
        alarm(20);
        plugin_enter(&before); /* it has become another process */
        plugin_leave(&before);
        fake_stick(true);
        for (;;)
            pause();
    }
    rrasd_end_welcome();
    order(1, id, start, ",\"hard\":true");
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void too_many_signals_do_not_end_pppd(void **state)
{
    (void)state;
    struct rlimit before, none;
    alice_is_up();
    assert_int_equal(getrlimit(RLIMIT_SIGPENDING, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &none), 0);
    rrasd_end_say("{\"type\":\"ping\",\"n\":1}"); /* now as SIGIO */
    assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &before), 0);
    assert_int_equal(number_of(rrasd_end_expect("pong"), "n"), 1);
}

int main(void)
{
    printf("pppd %s\n", fake_version);
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_order_ends_the_link_with_the_administrators_words),
        T(a_client_that_does_not_answer_was_perhaps_not_told),
        T(an_order_for_another_session_does_nothing),
        T(an_order_works_while_the_user_authenticates),
        T(an_order_works_before_lcp_is_up),
        T(the_hard_way_does_not_wait_for_the_peer),
        T(the_same_order_again_changes_nothing),
        T(a_persistent_line_stays_in_service),
        T(an_order_that_comes_when_the_link_has_ended_is_not_for_the_next),
        T(a_stuck_pppd_is_ended_the_hard_way),
        T(too_many_signals_do_not_end_pppd),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
