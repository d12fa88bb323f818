/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin asks rrasd whether the user may dial in, and pppd waits for it. rrasd is another thread while it does. */
#include "tests/pppd/plugin_world.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#define WELCOME                                                                                                        \
    "{\"type\":\"welcome\",\"version\":1,\"server\":\"test\",\"counters_interval_ms\":5000,\"admission\":true}"

/* What rrasd does while pppd waits. */
static void (*rrasd_does)(long long n);

static void *rrasd(void *arg)
{
    (void)arg;
    json_t *ask = rrasd_end_expect("admission-ask");
    assert_string_equal(text_of(ask, "user"), "alice");
    rrasd_does(number_of(ask, "n"));
    return NULL;
}

/* All signals of the plugin are for the thread that is pppd. */
static void begin(pthread_t *thread, void *(*run)(void *))
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    assert_int_equal(pthread_create(thread, NULL, run, NULL), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void call(void)
{
    fake_call();
    assert_true(rrasd_end_accept());
    rrasd_end_expect("hello");
    rrasd_end_say(WELCOME);
    fake_lcp_up();
    rrasd_end_skip();
}

static void authenticate(void (*what)(long long n))
{
    pthread_t thread;
    rrasd_does = what;
    begin(&thread, rrasd);
    fake_authenticated("alice");
    pthread_join(thread, NULL);
}

static void say_answer(long long n, const char *rest)
{
    rrasd_end_say("{\"type\":\"admission\",\"n\":%lld,%s}", n, rest);
}

static void permit(long long n)
{
    say_answer(n + 1, "\"result\":\"refuse\""); /* of a question that was not asked */
    say_answer(n, "\"result\":\"permit\"");
}

static void refuse(long long n)
{
    say_answer(n, "\"result\":\"refuse\",\"text\":\"not today\"");
}

static void refuse_without_words(long long n)
{
    say_answer(n, "\"result\":\"refuse\"");
}

static void keep_out_and_permit(long long n)
{
    rrasd_end_say("{\"type\":\"keep-out\",\"n\":3,\"user\":\"alice\",\"until\":%lld,\"reason\":\"until Monday\"}",
                  (long long)time(NULL) + 1000);
    say_answer(n, "\"result\":\"permit\"");
}

static void hang_up(long long n)
{
    (void)n;
    rrasd_end_hang_up();
}

static void say_nothing(long long n)
{
    (void)n;
}

static void who_may_dial_in_gets_an_address(void **state)
{
    (void)state;
    call();
    authenticate(permit);
    json_t *s = rrasd_end_expect("session");
    assert_string_equal(text_of(s, "user"), "alice");
    assert_string_equal(text_of(s, "state"), "authenticating");
    fake_ip_up();
    assert_int_equal(fake_term_requests(), 0);
    assert_int_equal(fake_phase(), PPPD_RUNNING);
}

static void who_may_not_is_turned_away_with_rrasds_words(void **state)
{
    (void)state;
    call();
    authenticate(refuse);
    assert_string_equal(fake_term_request(), "not today");
    assert_true(fake_logged("the user may not dial in"));
    json_t *s = rrasd_end_expect("session"); /* rrasd never sees her coming in */
    assert_string_equal(text_of(s, "state"), "disconnecting");
    fake_peer_acknowledges();
    assert_string_equal(text_of(rrasd_end_expect("gone"), "reason"), "the user may not dial in");
    fake_hangup();
    call(); /* the next call on this line is another matter */
    authenticate(refuse_without_words);
    assert_string_equal(fake_term_request(), "dial-in permission refused");
    fake_peer_acknowledges();
}

static void who_is_kept_out_meanwhile_is_turned_away(void **state)
{
    (void)state;
    call();
    authenticate(keep_out_and_permit);
    assert_string_equal(fake_term_request(), "until Monday");
    rrasd_end_expect("kept-out");
    fake_peer_acknowledges();
    assert_string_equal(text_of(rrasd_end_expect("gone"), "reason"), "the user is kept out");
}

static void without_rrasd_the_site_decides(void **state)
{
    (void)state;
    call();
    authenticate(hang_up);
    fake_ip_up();
    assert_int_equal(fake_term_requests(), 0);
    fake_hangup();
    rrasd_end_close();
    fake_set_option("rras-no-answer", "refuse");
    fake_call(); /* there is none at all */
    fake_lcp_up();
    fake_authenticated("alice");
    assert_string_equal(fake_term_request(), "access can't be checked now: try again later");
    fake_peer_acknowledges();
    fake_hangup();
    fake_set_option("rras-no-answer", "permit");
    fake_call();
    fake_lcp_up();
    fake_authenticated("alice");
    fake_ip_up();
    assert_int_equal(fake_phase(), PPPD_RUNNING);
}

static void who_has_no_name_is_not_asked_for(void **state)
{
    (void)state;
    call();
    fake_set_option("rras-no-answer", "refuse");
    fake_authenticated("");
    fake_set_option("rras-no-answer", "permit");
    fake_ip_up();
    assert_int_equal(fake_phase(), PPPD_RUNNING);
}

static void an_rrasd_that_says_nothing_is_not_waited_for_long(void **state)
{
    struct timespec before, end;
    (void)state;
    call();
    clock_gettime(CLOCK_MONOTONIC, &before);
    authenticate(say_nothing);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_in_range(end.tv_sec - before.tv_sec, 5, 20); /* longer than rrasd takes to say that it does not know */
    fake_ip_up();
    assert_int_equal(fake_phase(), PPPD_RUNNING);
    say_answer(1, "\"result\":\"refuse\""); /* too late */
    assert_int_equal(fake_term_requests(), 0);
}

static void *late_rrasd(void *arg)
{
    rrasd_end_say(WELCOME);
    return rrasd(arg);
}

static void a_welcome_that_comes_late_is_waited_for(void **state)
{
    pthread_t thread;
    (void)state;
    fake_call();
    assert_true(rrasd_end_accept());
    fake_lcp_up();
    rrasd_does = refuse;
    begin(&thread, late_rrasd);
    fake_authenticated("alice");
    pthread_join(thread, NULL);
    assert_string_equal(fake_term_request(), "not today");
    fake_peer_acknowledges();
}

int main(void)
{
    printf("pppd %s\n", fake_version);
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(who_may_dial_in_gets_an_address),          T(who_may_not_is_turned_away_with_rrasds_words),
        T(who_is_kept_out_meanwhile_is_turned_away), T(without_rrasd_the_site_decides),
        T(who_has_no_name_is_not_asked_for),         T(an_rrasd_that_says_nothing_is_not_waited_for_long),
        T(a_welcome_that_comes_late_is_waited_for),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
