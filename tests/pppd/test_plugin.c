/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin in a pppd that the test plays; compiled for 2.4.9 and for 2.5. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/pppd/plugin.h"
#include "tests/pppd/fake.h"
#include "tests/pppd/rrasd_end.h"

static char id[64];
static long long start;

/* A session of alice's, up, with everything said so far read. */
static void alice_is_up(void)
{
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    snprintf(id, sizeof(id), "%s", text_of(s, "id"));
    start = number_of(s, "start");
    fake_lcp_up();
    fake_authenticated("alice");
    fake_ip_up();
    rrasd_end_skip();
}

static void order(unsigned number, const char *of, long long began, const char *more)
{
    rrasd_end_say("{\"type\":\"disconnect\",\"order\":%u,\"id\":\"%s\",\"start\":%lld,\"deadline_ms\":10000%s}", number,
                  of, began, more);
}

static int set_up(void **state)
{
    (void)state;
    rrasd_end_listen();
    fake_set_auth(0, 1, 0);
    fake_set_bundle(&(struct fake_bundle){0});
    fake_persist(false);
    fake_stick(false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_stick(false);
    fake_hangup();
    fake_exit();
    assert_int_equal(fake_timers(), 0);
    rrasd_end_close();
    return 0;
}

static int load(void **state)
{
    (void)state;
    fake_load(rrasd_end_path());
    return 0;
}

static int unload(void **state)
{
    (void)state;
    rrasd_end_remove();
    return 0;
}

/* ---- who is there ---- */

static void each_phase_is_told(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    assert_string_equal(text_of(s, "state"), "connecting");
    assert_int_equal(strlen(text_of(s, "id")), 32);
    assert_in_range(number_of(s, "start"), time(NULL) - 5, time(NULL));
    fake_lcp_up();
    assert_string_equal(text_of(rrasd_end_expect("session"), "state"), "authenticating");
    fake_authenticated("alice");
    s = rrasd_end_expect("session");
    assert_string_equal(text_of(s, "user"), "alice");
    assert_string_equal(text_of(s, "auth"), "mschap-v2");
    assert_string_equal(text_of(s, "state"), "authenticating");
    fake_ip_up();
    s = rrasd_end_expect("session");
    assert_string_equal(text_of(s, "state"), "connected");
    assert_string_equal(text_of(s, "tunnel_address4"), "10.0.0.2");
    assert_string_equal(text_of(s, "tunnel_server4"), "10.0.0.1");
    assert_string_equal(text_of(s, "tunnel_address6"), "fe80::7");
    assert_string_equal(text_of(s, "interface"), "lo");
    assert_string_equal(text_of(s, "bundle"), "");
}

static void the_end_is_told_with_its_reason(void **state)
{
    (void)state;
    alice_is_up();
    fake_hangup();
    json_t *gone = rrasd_end_expect("gone");
    assert_string_equal(text_of(gone, "id"), id);
    assert_string_equal(text_of(gone, "reason"), "the line hung up");
    assert_string_equal(text_of(gone, "client_told"), "");
    assert_true(json_is_object(json_object_get(gone, "counters")));
    assert_true(rrasd_end_at_end());
}

static void a_peer_that_leaves_is_one_session_to_its_end(void **state)
{
    (void)state;
    alice_is_up();
    fake_peer_leaves();
    json_t *m;
    unsigned gone = 0;
    while ((m = rrasd_end_next()) != NULL) {
        assert_string_equal(text_of(m, "id"), id);
        gone += strcmp(text_of(m, "type"), "gone") == 0;
    }
    assert_int_equal(gone, 1);
    assert_false(rrasd_end_accept());
}

static void a_name_that_is_not_utf8_travels_as_hex(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    fake_lcp_up();
    rrasd_end_skip();
    fake_authenticated("al\xffice");
    json_t *s = rrasd_end_expect("session");
    assert_string_equal(text_of(s, "user_raw"), "616cff696365");
    assert_null(json_object_get(s, "user"));
}

static void who_comes_by_the_same_line_is_another_session(void **state)
{
    (void)state;
    char before[64];
    alice_is_up();
    snprintf(before, sizeof(before), "%s", id);
    fake_peer_renegotiates();
    assert_string_equal(text_of(rrasd_end_expect("gone"), "id"), before);
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    assert_string_not_equal(text_of(s, "id"), before);
    assert_string_equal(text_of(s, "user"), "");
    long long began = number_of(s, "start");
    fake_authenticated("carol");
    fake_ip_up();
    rrasd_end_skip();
    order(1, before, began, "");
    assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "no-such-session");
    fake_loop();
    assert_int_equal(fake_term_requests(), 0);
}

static void options_name_the_pool(void **state)
{
    (void)state;
    fake_set_option("rras-pool", "modems");
    fake_set_option("rras-device-type", "isdn");
    fake_call();
    assert_true(rrasd_end_accept());
    json_t *hello = rrasd_end_expect("hello");
    assert_string_equal(text_of(hello, "instance"), "modems");
    assert_string_equal(text_of(hello, "device_type"), "isdn");
    fake_hangup();
    fake_set_option("rras-device-type", "");
    fake_set_option("rras-pool", "no good\n");
    fake_call();
    assert_true(rrasd_end_accept());
    assert_string_equal(text_of(rrasd_end_expect("hello"), "instance"), "serial");
    assert_true(fake_logged("rras-pool must have"));
    fake_set_option("rras-pool", "");
}

static void auth_methods_have_names(void **state)
{
    (void)state;
    static const struct {
        int eap, chap, pap;
        const char *name;
    } all[] = {{1, 0, 0, "eap"},  {0, 1, 0, "mschap-v2"}, {0, 2, 0, "mschap"},
               {0, 4, 0, "chap"}, {0, 0, 1, "pap"},       {0, 0, 0, ""}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        fake_set_auth(all[i].eap, all[i].chap, all[i].pap);
        fake_call();
        rrasd_end_welcome();
        fake_lcp_up();
        rrasd_end_skip();
        fake_authenticated("alice");
        assert_string_equal(text_of(rrasd_end_expect("session"), "auth"), all[i].name);
        fake_hangup();
    }
}

static void links_of_a_bundle_say_so(void **state)
{
    (void)state;
    fake_set_bundle(&(struct fake_bundle){.on = true, .endpoint = "AB"});
    fake_call();
    rrasd_end_welcome();
    fake_lcp_up();
    fake_authenticated("alice");
    rrasd_end_skip();
    fake_set_ip(false);
    fake_joined();
    json_t *s = rrasd_end_expect("session");
    assert_string_equal(text_of(s, "state"), "connected");
    assert_string_equal(text_of(s, "bundle"), "lo/1:4142/alice");
    assert_null(json_object_get(s, "counters")); /* they are with the link whose pppd has the interface */
}

/* ---- disconnecting ---- */

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

/* ---- rrasd comes and goes ---- */

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

/* ---- counters ---- */

static void counters_come_when_they_have_changed(void **state)
{
    (void)state;
    alice_is_up(); /* over lo */
    fake_pass(20000);
    rrasd_end_skip();
    fake_pass(20000);
    int a = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(sendto(a, "12345678", 8, 0, (const struct sockaddr *)&to, sizeof(to)), 8);
    close(a);
    fake_pass(5000);
    json_t *m = rrasd_end_expect("counters");
    assert_string_equal(text_of(m, "id"), id);
    assert_true(number_of(json_object_get(m, "counters"), "bytes_out") >= 36);
}

static void how_often_counters_come_has_bounds(void **state)
{
    static const struct {
        long long said;
        unsigned done;
    } intervals[] = {{0, 100}, {99, 100}, {3000, 3000}, {10001, 10000}, {INT64_MAX, 10000}};
    (void)state;
    alice_is_up();
    for (size_t i = 0; i < sizeof(intervals) / sizeof(*intervals); i++) {
        rrasd_end_say("{\"type\":\"welcome\",\"version\":1,\"counters_interval_ms\":%lld}", intervals[i].said);
        rrasd_end_expect("session");
        assert_int_equal(plugin.interval_ms, intervals[i].done);
    }
}

static void counters_come_when_rrasd_asks(void **state)
{
    (void)state;
    alice_is_up();
    int a = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(sendto(a, "12345678", 8, 0, (const struct sockaddr *)&to, sizeof(to)), 8);
    close(a);
    rrasd_end_say("{\"type\":\"stats\"}");
    rrasd_end_expect("counters");
}

/* ---- keeping out ---- */

static void keep_out(unsigned n, const char *user, long long until)
{
    rrasd_end_say("{\"type\":\"keep-out\",\"n\":%u,\"user\":\"%s\",\"until\":%lld,\"reason\":\"until Monday\"}", n,
                  user, until);
}

static void a_kept_out_user_gets_no_address(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    keep_out(3, "alice", time(NULL) + 1000);
    json_t *reply = rrasd_end_expect("keep-out-reply");
    assert_int_equal(number_of(reply, "n"), 3);
    assert_string_equal(text_of(reply, "result"), "taken");
    fake_lcp_up();
    fake_authenticated("alice");
    assert_string_equal(fake_term_request(), "until Monday");
    json_t *told = rrasd_end_expect("kept-out");
    assert_int_equal(number_of(told, "n"), 3);
    assert_string_equal(text_of(told, "user"), "alice");
    json_t *s = rrasd_end_expect("session"); /* rrasd never sees her coming in */
    assert_string_equal(text_of(s, "user"), "alice");
    assert_string_equal(text_of(s, "state"), "disconnecting");
    fake_peer_acknowledges();
    assert_string_equal(text_of(rrasd_end_expect("gone"), "reason"), "the user is kept out");
}

static void others_and_those_whose_time_is_over_come_in(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    keep_out(1, "bob", time(NULL) + 1000);
    keep_out(2, "alice", time(NULL) - 1);
    keep_out(3, "alice", time(NULL) + 1000);
    rrasd_end_say("{\"type\":\"keep-out-lift\",\"n\":3}");
    rrasd_end_say("{\"type\":\"keep-out-end\"}");
    fake_lcp_up();
    fake_authenticated("alice");
    fake_ip_up();
    assert_int_equal(fake_term_requests(), 0);
    assert_int_equal(fake_phase(), PPPD_RUNNING);
}

static void an_order_against_one_who_is_kept_out_is_harmless(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    snprintf(id, sizeof(id), "%s", text_of(s, "id"));
    start = number_of(s, "start");
    keep_out(3, "alice", time(NULL) + 1000);
    fake_lcp_up();
    fake_authenticated("alice");
    rrasd_end_skip();
    order(1, id, start, "");
    assert_string_equal(text_of(rrasd_end_expect("reply"), "result"), "accepted");
    fake_loop();
    assert_int_equal(fake_term_requests(), 1);
    fake_peer_acknowledges();
    rrasd_end_expect("gone");
}

int main(void)
{
    printf("pppd %s\n", fake_version);
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(each_phase_is_told),
        T(the_end_is_told_with_its_reason),
        T(a_peer_that_leaves_is_one_session_to_its_end),
        T(a_name_that_is_not_utf8_travels_as_hex),
        T(who_comes_by_the_same_line_is_another_session),
        T(options_name_the_pool),
        T(auth_methods_have_names),
        T(links_of_a_bundle_say_so),
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
        T(a_ping_is_answered_by_an_idle_pppd),
        T(rrasd_is_found_again),
        T(rrasd_is_not_asked_more_often_than_every_five_seconds),
        T(what_rrasd_complains_about_again_and_again_is_logged_once),
        T(an_rrasd_that_says_nonsense_is_left),
        T(an_rrasd_that_does_not_read_costs_no_more_than_its_buffer),
        T(an_rrasd_that_never_stops_does_not_keep_pppd),
        T(a_detached_pppd_is_the_same_session),
        T(a_child_of_pppd_has_no_socket_of_ours),
        T(counters_come_when_they_have_changed),
        T(how_often_counters_come_has_bounds),
        T(counters_come_when_rrasd_asks),
        T(a_kept_out_user_gets_no_address),
        T(others_and_those_whose_time_is_over_come_in),
        T(an_order_against_one_who_is_kept_out_is_harmless),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
