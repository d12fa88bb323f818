/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin tells rrasd who is there and what he moves, and turns away who is kept out. */
#include "tests/pppd/plugin_world.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

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

static void at_the_limit_nobody_gets_an_address(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    rrasd_end_say("{\"type\":\"refused\",\"id\":\"%s\",\"code\":\"limit\",\"text\":\"full\"}", text_of(s, "id"));
    fake_lcp_up();
    assert_int_equal(fake_term_requests(), 0); /* the client could not tell why */
    fake_authenticated("alice");
    assert_string_equal(fake_term_request(), "too many connections: try again later");
    fake_peer_acknowledges();
    assert_string_equal(text_of(rrasd_end_expect("gone"), "reason"), "as many sessions as may be");
}

static void a_refusal_without_a_limit_lets_the_session_go_on(void **state)
{
    (void)state;
    fake_call();
    rrasd_end_welcome();
    rrasd_end_say("{\"type\":\"refused\",\"id\":\"1\",\"code\":\"no-port\",\"text\":\"full\"}");
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
        T(counters_come_when_they_have_changed),
        T(how_often_counters_come_has_bounds),
        T(counters_come_when_rrasd_asks),
        T(a_kept_out_user_gets_no_address),
        T(others_and_those_whose_time_is_over_come_in),
        T(at_the_limit_nobody_gets_an_address),
        T(a_refusal_without_a_limit_lets_the_session_go_on),
        T(an_order_against_one_who_is_kept_out_is_harmless),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
