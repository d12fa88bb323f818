/* SPDX-License-Identifier: Apache-2.0 */
/* rrasd comes and goes, says what it should not, or nothing: the plugin goes on, and pppd does not notice. */
#include "tests/pppd/plugin_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_ping_is_answered_by_an_idle_pppd(void **state)
{
    (void)state;
    alice_is_up();
    rrasd_end_say("{\"type\":\"ping\",\"n\":9223372036854775807}");
    assert_int_equal(number_of(rrasd_end_expect("pong"), "n"), INT64_MAX);
}

static void rrasd_is_found_again(void **state)
{
    (void)state;
    alice_is_up();
    rrasd_end_hang_up();
    rrasd_end_close();
    fake_pass(60000);
    assert_int_equal(fake_phase(), PPPD_RUNNING);
    assert_true(fake_logged("the session goes on"));
    rrasd_end_listen();
    fake_pass(5000);
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    assert_string_equal(text_of(s, "id"), id);
    assert_int_equal(number_of(s, "start"), start);
    assert_string_equal(text_of(s, "user"), "alice");
    assert_string_equal(text_of(s, "state"), "connected");
}

static void rrasd_is_not_asked_more_often_than_every_five_seconds(void **state)
{
    (void)state;
    unsigned attempts = 0;
    alice_is_up();
    fake_pass(30000);
    for (unsigned ms = 0; ms < 60000; ms += 100) {
        attempts += rrasd_end_accept();
        rrasd_end_skip();
        rrasd_end_hang_up();
        fake_pass(100);
    }
    assert_in_range(attempts, 10, 20);
}

/* As one does that has given this driver to another user: it is asked again each five seconds, by each pppd. */
static void what_rrasd_complains_about_again_and_again_is_logged_once(void **state)
{
    (void)state;
    alice_is_up();
    rrasd_end_say("{\"type\":\"error\",\"code\":\"denied\",\"text\":\"not this user\"}");
    rrasd_end_hang_up();
    for (unsigned ms = 0; ms < 60000; ms += 100) {
        if (rrasd_end_accept()) {
            rrasd_end_say("{\"type\":\"error\",\"code\":\"denied\",\"text\":\"not this user\"}");
            rrasd_end_hang_up();
        }
        fake_pass(100);
    }
    assert_int_equal(fake_logged_times("rras: rrasd: not this user"), 1);
    while (!rrasd_end_accept())
        fake_pass(100);
    rrasd_end_say("{\"type\":\"error\",\"code\":\"busy\",\"text\":\"another one is live\"}");
    fake_pass(10000);
    assert_int_equal(fake_logged_times("rras: rrasd: another one is live"), 1);
}

static void an_rrasd_that_says_nonsense_is_left(void **state)
{
    (void)state;
    static char line[20000];
    alice_is_up();
    rrasd_end_say("{\"type\":");
    assert_true(rrasd_end_at_end());
    fake_pass(6000);
    rrasd_end_welcome();
    memset(line, 'x', sizeof(line));
    rrasd_end_say_bytes(line, sizeof(line));
    assert_true(rrasd_end_at_end());
    fake_pass(6000);
    assert_true(fake_logged("not its protocol"));
    assert_int_equal(fake_phase(), PPPD_RUNNING);
}

static void an_rrasd_that_does_not_read_costs_no_more_than_its_buffer(void **state)
{
    (void)state;
    alice_is_up();
    for (int i = 0; i < 20000; i++) {
        fake_ip_up();
        if (plugin.link.fd < 0)
            break;
    }
    assert_int_equal(plugin.link.fd, -1);
    fake_pass(6000);
    rrasd_end_welcome();
    assert_string_equal(text_of(rrasd_end_expect("session"), "state"), "connected");
}

static void an_rrasd_that_never_stops_does_not_keep_pppd(void **state)
{
    (void)state;
    static char lines[1 << 16];
    alice_is_up();
    memset(lines, '\n', sizeof(lines)); /* each is nonsense, but the first ends it */
    rrasd_end_say("{\"type\":\"later\"}");
    for (int i = 0; i < 64; i++)
        rrasd_end_say("{\"type\":\"later\",\"members\":[[{\"a\":1e9}],null]}");
    rrasd_end_say("{\"type\":\"ping\",\"n\":3}");
    assert_int_equal(number_of(rrasd_end_expect("pong"), "n"), 3);
}

static void a_detached_pppd_is_the_same_session(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    snprintf(id, sizeof(id), "%s", text_of(s, "id"));
    fake_lcp_up();
    fake_authenticated("alice");
    sigset_t before;
    sigprocmask(SIG_BLOCK, NULL, &before);
    if (!fake_detach()) {
        int status;
        rrasd_end_welcome(); /* the child's */
        s = rrasd_end_expect("session");
        assert_string_equal(text_of(s, "id"), id);
        order(1, id, number_of(s, "start"), "");
        assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "accepted");
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        rrasd_end_expect("gone");
        sigprocmask(SIG_SETMASK, &before, NULL); /* a real parent would be gone */
        return;
    }
    alarm(20);
    fake_ip_up();
    while (fake_term_requests() == 0) {
        fake_loop();
        usleep(1000);
    }
    fake_peer_acknowledges();
    _exit(0);
}

static void a_child_of_pppd_has_no_socket_of_ours(void **state)
{
    (void)state;
    alice_is_up();
    int fd = plugin.link.fd;
    pid_t child = fork();
    if (child == 0) {
        sigset_t now;
        fake_fork_child();
        sigprocmask(SIG_BLOCK, NULL, &now);
        _exit(plugin.link.fd == -1 && fcntl(fd, F_GETFD) == -1 && !sigismember(&now, SIGRTMAX) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    rrasd_end_say("{\"type\":\"ping\",\"n\":4}");
    rrasd_end_expect("pong");
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

int main(void)
{
    printf("pppd %s\n", fake_version);
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_ping_is_answered_by_an_idle_pppd),
        T(rrasd_is_found_again),
        T(rrasd_is_not_asked_more_often_than_every_five_seconds),
        T(what_rrasd_complains_about_again_and_again_is_logged_once),
        T(an_rrasd_that_says_nonsense_is_left),
        T(an_rrasd_that_does_not_read_costs_no_more_than_its_buffer),
        T(an_rrasd_that_never_stops_does_not_keep_pppd),
        T(a_detached_pppd_is_the_same_session),
        T(a_child_of_pppd_has_no_socket_of_ours),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
