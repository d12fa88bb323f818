/* SPDX-License-Identifier: Apache-2.0 */
/* The hub against drivers that are silent, loud, slow, or no drivers at all; and the conversation in the documentation.
 */
#include "tests/drivers/hub_stage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rrasd/driver_peer.h"

#define HELLO                                                                                                          \
    "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","              \
    "\"device_type\":\"openvpn\",\"capabilities\":[\"disconnect\",\"hard\"]}"

/* A driver that is live and stays so, whatever the other one does. */
static void start_bystander(void)
{
    client_connect(&b, &f);
    client_hello(&b, "daemon", "charon", "main", "");
    client_send(&b, "{\"type\":\"session\",\"id\":\"1\",\"start\":5,\"state\":\"connected\",\"user\":\"bob\"}");
    client_send(&b, "{\"type\":\"snapshot-end\"}");
    fixture_event(&f, "user=bob");
}

static void bystander_is_well(void)
{
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "bob"), false), -EINPROGRESS);
    client_expect(&b, "\"type\":\"disconnect\"");
    client_send(&b, "{\"type\":\"reply\",\"order\":1,\"result\":\"accepted\"}");
    assert_int_equal(fixture_answer(&f), 0);
}

/* ---- what breaks the protocol ends that connection and nothing else ---- */

static void whatever_is_no_message_ends_the_connection_only(void **state)
{
    static const char *const bad[] = {"",
                                      "GET / HTTP/1.0",
                                      "{}",
                                      "[]",
                                      "{\"type\":\"session\",\"id\":5,\"start\":1}",
                                      "\xff\xfe",
                                      "{\"type\":7}",
                                      "\x16\x03\x01",
                                      "null",
                                      "{\"type\":\"health\"}",
                                      "{\"type\":\"health\",\"state\":\"fine\"}",
                                      "{\"type\":\"health\",\"state\":\"ok\",\"text\":[]}",
                                      "{\"type\":\"keep-out-reply\"}",
                                      "{\"type\":\"keep-out-reply\",\"n\":1}",
                                      "{\"type\":\"keep-out-reply\",\"n\":1,\"result\":\"perhaps\"}",
                                      "{\"type\":\"keep-out-reply\",\"n\":-1,\"result\":\"taken\"}",
                                      "{\"type\":\"keep-out-reply\",\"n\":\"1\",\"result\":\"taken\"}",
                                      "{\"type\":\"keep-out-reply\",\"result\":\"taken\"}",
                                      "{\"type\":\"keep-out-reply\",\"n\":1,\"result\":\"taken\",\"text\":7}",
                                      "{\"type\":\"kept-out\",\"user\":\"alice\"}",
                                      "{\"type\":\"kept-out\",\"n\":1,\"user\":7}",
                                      "{\"type\":\"kept-out\",\"n\":1,\"user\":\"a\",\"user_raw\":\"61\"}",
                                      "{\"type\":\"kept-out\",\"n\":1,\"user_raw\":\"6\"}",
                                      "{\"type\":\"admission-ask\",\"user\":\"alice\"}",
                                      "{\"type\":\"admission-ask\",\"n\":-1,\"user\":\"alice\"}",
                                      "{\"type\":\"admission-ask\",\"n\":1}",
                                      "{\"type\":\"admission-ask\",\"n\":1,\"user\":\"\"}",
                                      "{\"type\":\"admission-ask\",\"n\":1,\"user\":7}",
                                      "{\"type\":\"admission-ask\",\"n\":1,\"user_raw\":\"6\"}",
                                      "{\"type\":\"admission-ask\",\"n\":1,\"user\":\"a\",\"user_raw\":\"61\"}",
                                      "{\"type\":\"admission-ask\",\"n\":1,\"user\":\"a\",\"client_address\":7}"};
    (void)state;
    start_bystander();
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        client_connect(&a, &f);
        client_send(&a, HELLO);
        client_expect(&a, "welcome");
        client_send(&a, "%s", bad[i]);
        client_expect_end(&a, "protocol");
        client_close(&a);
        fixture_connections(&f, 1);
    }
    assert_int_equal(fixture_stats(&f).protocol_errors, sizeof(bad) / sizeof(*bad));
    bystander_is_well();
}

/* A thousand changes of mind: each order of the router's own ends, nothing is forgotten, and the other one is well. */
static void driver_that_goes_up_and_down_all_the_time_harms_nobody(void **state)
{
    (void)state;
    start_bystander();
    client_connect(&a, &f);
    client_send(&a, HELLO);
    client_expect(&a, "welcome");
    for (int i = 0; i < 1000; i++) {
        client_send(&a, "{\"type\":\"session\",\"id\":\"1\",\"start\":1,\"user\":\"alice\",\"state\":\"connected\"}");
        client_send(&a, "{\"type\":\"health\",\"state\":\"down\",\"text\":\"%d\"}", i);
        client_send(&a, "{\"type\":\"health\",\"state\":\"%s\"}", i % 2 ? "ok" : "degraded");
        fixture_forget_events(&f);
    }
    client_send(&a, "{\"type\":\"snapshot-end\"}"); /* alice was not told of since the last time */
    fixture_event(&f, "gone driver=openvpn:main id=1");
    bystander_is_well();
}

static void message_before_hello_ends_the_connection(void **state)
{
    static const char *const first[] = {"{\"type\":\"snapshot-end\"}", "{\"type\":\"pong\",\"n\":1}",
                                        "{\"type\":\"unknown\"}", "{\"type\":\"session\",\"id\":\"1\",\"start\":1}"};
    (void)state;
    for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
        client_connect(&a, &f);
        client_send(&a, "%s", first[i]);
        client_expect_end(&a, "protocol");
        client_close(&a);
    }
    fixture_connections(&f, 0);
    assert_int_equal(router_port_count(f.router), 0);
}

static void nothing_is_read_after_what_broke_the_protocol(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a, HELLO "\n{\"type\":\"nothing\n{\"type\":\"session\",\"id\":\"1\",\"start\":1,\"user\":\"late\"}");
    client_expect(&a, "welcome");
    client_expect_end(&a, "protocol");
    assert_int_equal(fixture_port_of(&f, "late"), 0);
    assert_int_equal(router_port_count(f.router), 0);
}

/* A line of n bytes with its LF: a message of an unknown type. */
static void send_long(struct client *c, size_t n)
{
    char *line = malloc(n);
    assert_non_null(line);
    memset(line, 'x', n);
    memcpy(line, "{\"type\":\"", 9);
    memcpy(line + n - 3, "\"}\n", 3);
    client_send_bytes(c, line, n);
    free(line);
}

static void line_of_16384_bytes_is_taken_and_one_more_is_not(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a, HELLO);
    client_expect(&a, "welcome");
    send_long(&a, 16383);
    send_long(&a, 16384);
    client_send(&a, "{\"type\":\"session\",\"id\":\"1\",\"start\":1,\"user\":\"alice\",\"state\":\"connected\"}");
    fixture_event(&f, "user=alice");
    send_long(&a, 16385);
    client_expect_end(&a, "protocol");
}

static void line_that_never_ends_is_cut_off(void **state)
{
    static char endless[70000];
    (void)state;
    memset(endless, ' ', sizeof(endless));
    start_bystander();
    client_connect(&a, &f);
    client_send_bytes(&a, endless, sizeof(endless));
    client_expect_end(&a, "protocol");
    bystander_is_well();
}

static void bytes_one_at_a_time_are_as_good_as_all_at_once(void **state)
{
    static const char all[] =
        HELLO "\n{\"type\":\"session\",\"id\":\"1\",\"start\":1,\"user\":\"\u00fc\",\"state\":\"connected\"}\n";
    (void)state;
    client_connect(&a, &f);
    for (size_t i = 0; i < sizeof(all) - 1; i++)
        client_send_bytes(&a, all + i, 1);
    fixture_event(&f, "user=\u00fc");
}

static void end_in_the_middle_of_a_line_is_just_an_end(void **state)
{
    (void)state;
    client_connect(&a, &f);
    client_send(&a, HELLO);
    client_expect(&a, "welcome");
    client_send_bytes(&a, "{\"type\":\"session\",\"id\":\"1\"", 26);
    client_close(&a);
    fixture_connections(&f, 0);
    assert_int_equal(router_port_count(f.router), 0);
    assert_int_equal(fixture_stats(&f).protocol_errors, 0);
}

/* ---- deadlines ---- */

static void impatient_for_hello(struct hub_fixture *x)
{
    x->hub_config.hello_ms = 20;
}

static void silence_before_hello_has_a_deadline(void **state)
{
    (void)state;
    start_with(impatient_for_hello);
    client_connect(&a, &f);
    client_expect_end(&a, "protocol");
    client_close(&a);
    client_connect(&a, &f);
    client_send_bytes(&a, "{\"type\":\"hello\"", 15); /* and no more of it */
    client_expect_end(&a, "protocol");
}

static void eager_to_ping(struct hub_fixture *x)
{
    x->hub_config.ping_ms = 20;
    x->hub_config.hung_ms = 200;
}

static void silent_driver_is_asked_and_then_taken_for_hung(void **state)
{
    const char *line;
    int pings = 0;
    (void)state;
    start_with(eager_to_ping);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    while ((line = client_line(&a)) != NULL && strstr(line, "\"type\":\"ping\",\"n\":"))
        pings++;
    assert_true(pings >= 1);
    assert_non_null(line);
    assert_non_null(strstr(line, "\"code\":\"limit\""));
    client_expect_end(&a, NULL);
    fixture_event(&f, "driver-down");
    assert_int_equal(fixture_stats(&f).hung, 1);
}

static void patient_when_answered(struct hub_fixture *x)
{
    x->hub_config.ping_ms = 50;
    x->hub_config.hung_ms = 1000;
}

static void driver_that_answers_pings_stays(void **state)
{
    (void)state;
    start_with(patient_when_answered);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    /* As many as take longer than a silent one would have been given. */
    for (int i = 0; i < 30; i++) {
        client_expect(&a, "\"type\":\"ping\"");
        client_send(&a, "{\"type\":\"pong\",\"n\":%d}", i + 1);
    }
    assert_int_equal(fixture_stats(&f).hung, 0);
}

/* ---- bounds ---- */

static void little_output(struct hub_fixture *x)
{
    x->hub_config.max_output = 16384;
}

static bool only_one_is_left(void *ctx)
{
    (void)ctx;
    /* Each of these is refused with a line that this driver does not read. */
    for (int i = 0; i < 200; i++) {
        static const char bad[] = "{\"type\":\"session\",\"start\":1}\n";
        if (send(a.fd, bad, sizeof(bad) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            break;
    }
    return fixture_stats(&f).connections == 1;
}

static void driver_that_never_reads_is_cut_off(void **state)
{
    (void)state;
    start_with(little_output);
    start_bystander();
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", "");
    fixture_until(&f, only_one_is_left, NULL);
    fixture_event(&f, "driver-down driver=openvpn:main");
    bystander_is_well();
}

static void few_connections(struct hub_fixture *x)
{
    x->hub_config.max_drivers = 2;
}

static void connections_have_their_limit(void **state)
{
    struct client c;
    (void)state;
    start_with(few_connections);
    start_bystander();
    client_connect(&a, &f);
    client_send(&a, HELLO);
    client_expect(&a, "welcome");
    client_connect(&c, &f);
    client_expect_end(&c, "limit");
    client_close(&c);
    client_close(&a);
    fixture_connections(&f, 1);
    client_connect(&a, &f);
    client_send(&a, HELLO);
    client_expect(&a, "welcome");
    bystander_is_well();
}

/* In a process of its own, as another user where we are root: connect again and again, say nothing, wait to be ended.
 */
static pid_t start_strangers(int count)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    if (getuid() == 0 && setuid(65534) < 0)
        _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come to end us */
    for (int i = 0; i < count; i++) {
        struct client c;
        client_connect(&c, &f);
    }
    for (;;)
        pause();
}

static void roomy(struct hub_fixture *x)
{
    x->hub_config.max_drivers = 200;
}

static bool strangers_were_turned_away(void *ctx)
{
    (void)ctx;
    return fixture_stats(&f).denied >= 6;
}

static void strangers_do_not_take_all_places(void **state)
{
    (void)state;
    start_with(roomy);
    assert_int_equal(chmod(f.directory, 0755), 0);
    assert_int_equal(chmod(f.path, 0666), 0);
    pid_t pid = start_strangers(70);
    fixture_until(&f, strangers_were_turned_away, NULL);
    assert_int_equal(fixture_stats(&f).connections, 64);
    if (getuid() == 0) /* of another uid, and served as ever */
        start_bystander();
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fixture_connections(&f, getuid() == 0 ? 1 : 0);
}

static void want_of_descriptors_passes(void **state)
{
    struct rlimit before, none;
    (void)state;
    client_connect(&a, &f);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    fixture_settle(&f);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(fixture_stats(&f).connections, 0);
    client_hello(&a, "daemon", "openvpn", "main", "");
}

static void few_ports(struct hub_fixture *x)
{
    x->router_config.max_ports = 10;
}

static void more_ports_than_there_may_be_are_refused(void **state)
{
    (void)state;
    start_with(few_ports);
    client_connect(&a, &f);
    client_send(&a,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"daemon\",\"driver\":\"openvpn\",\"instance\":\"main\","
                "\"device_type\":\"openvpn\",\"capabilities\":[],\"ports\":11}");
    client_expect_end(&a, "limit");
    assert_null(f.hub->statuses); /* nothing is left of it, for there are many names */
    assert_null(f.hub->links);
    client_close(&a);
    client_connect(&a, &f);
    client_hello(&a, "daemon", "openvpn", "main", ",\"ports\":10");
    assert_int_equal(router_port_count(f.router), 10);
}

static void name_of_one_kind_is_not_taken_for_the_other(void **state)
{
    (void)state;
    start_bystander();
    client_connect(&a, &f);
    client_send(&a,
                "{\"type\":\"hello\",\"version\":1,\"kind\":\"session\",\"driver\":\"charon\",\"instance\":\"main\","
                "\"device_type\":\"ikev2\",\"capabilities\":[\"disconnect\"]}");
    client_expect_end(&a, "busy");
    bystander_is_well();
}

static void death_of_the_driver_with_an_order_standing_is_told_in_truth(void **state)
{
    (void)state;
    start_bystander();
    assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "bob"), false), -EINPROGRESS);
    client_expect(&b, "disconnect");
    client_close(&b);
    assert_int_equal(fixture_answer(&f), -ETIMEDOUT);
    assert_false(fixture_had_event(&f, "gone driver"));
}

/* ---- the conversation in the documentation ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, 200000);
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 199999, file) > 0);
    fclose(file);
    return text;
}

/* What the hub has sent is what the document says, up to rrasd's version. */
static void expect_as_written(const char *line)
{
    const char *version = strstr(line, "rrasd ");
    size_t same = version ? (size_t)(version - line) : strlen(line);
    const char *came = client_line(&a);
    assert_non_null(came);
    if (strncmp(came, line, same) != 0 || (!version && came[same] != '\0'))
        fail_msg("the document says: %s\nbut came: %s", line, came);
}

static void worked_example_of_the_documentation_works(void **state)
{
    int sent = 0, received = 0;
    (void)state;
    char *text = read_file(DRIVER_PROTOCOL), *save = NULL;
    char *example = strstr(text, "## 5. A conversation");
    assert_non_null(example);
    client_connect(&a, &f);
    for (char *line = strtok_r(example, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "< ", 2) == 0) {
            if (strstr(line, "\"type\":\"disconnect\"")) {
                fixture_event(&f, "user=alice");
                assert_int_equal(fixture_disconnect(&f, fixture_port_of(&f, "alice"), false), -EINPROGRESS);
            }
            expect_as_written(line + 2);
            received++;
        } else if (strncmp(line, "> ", 2) == 0) {
            client_send(&a, "%s", line + 2);
            sent++;
        }
    }
    free(text);
    assert_int_equal(sent, 6);
    assert_int_equal(received, 2);
    assert_int_equal(fixture_answer(&f), 0);
    const char *outcome = fixture_event(&f, "outcome driver");
    assert_non_null(strstr(outcome, "id=4711:0 start=1764084000 user=alice port=openvpn-1 outcome=gone told=yes"));
    assert_non_null(
        strstr(fixture_event(&f, "gone driver"), "reason=disconnected by the administrator in=123999 final=0"));
}

int main(void)
{
#define TEST(name)     cmocka_unit_test_setup_teardown(name, start, stop)
#define TEST_OWN(name) cmocka_unit_test_teardown(name, stop)
    const struct CMUnitTest tests[] = {
        TEST(whatever_is_no_message_ends_the_connection_only),
        TEST(driver_that_goes_up_and_down_all_the_time_harms_nobody),
        TEST(message_before_hello_ends_the_connection),
        TEST(nothing_is_read_after_what_broke_the_protocol),
        TEST(line_of_16384_bytes_is_taken_and_one_more_is_not),
        TEST(line_that_never_ends_is_cut_off),
        TEST(bytes_one_at_a_time_are_as_good_as_all_at_once),
        TEST(end_in_the_middle_of_a_line_is_just_an_end),
        TEST_OWN(silence_before_hello_has_a_deadline),
        TEST_OWN(silent_driver_is_asked_and_then_taken_for_hung),
        TEST_OWN(driver_that_answers_pings_stays),
        TEST_OWN(driver_that_never_reads_is_cut_off),
        TEST_OWN(connections_have_their_limit),
        TEST_OWN(strangers_do_not_take_all_places),
        TEST(want_of_descriptors_passes),
        TEST_OWN(more_ports_than_there_may_be_are_refused),
        TEST(name_of_one_kind_is_not_taken_for_the_other),
        TEST(death_of_the_driver_with_an_order_standing_is_told_in_truth),
        TEST(worked_example_of_the_documentation_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
