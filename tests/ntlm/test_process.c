/* SPDX-License-Identifier: Apache-2.0 */
/* The mechanism and its process, with a stand-in that does what tokens say (standin.c): what it gives, and how it
 * fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "ntlm/message.h"
#include "ntlm/process.h"
#include "ntlm/seal.h"
#include "tests/lib/failing.h"

#define PATIENCE_MS 60000u

static struct {
    uv_loop_t loop;
    uv_timer_t tick; /* uv_run() comes back, also when a timer has done what is waited for */
    struct ntlm_config config;
    char ended[512]; /* the newest reason */
    unsigned ends;
    struct rpc_auth *answered; /* the newest one */
    unsigned answers;
    bool keep; /* ntlm_done() is left to the test */
} w;

static void on_ended(void *ctx, const char *why)
{
    assert_ptr_equal(ctx, &w);
    snprintf(w.ended, sizeof w.ended, "%s", why);
    w.ends++;
}

static void on_answered(void *ctx, void *user, struct rpc_auth *a)
{
    assert_ptr_equal(ctx, &w);
    assert_ptr_equal(user, &w.loop);
    w.answered = a;
    w.answers++;
    if (!w.keep)
        assert_true(ntlm_done(a));
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

static void begin_with(const char *program, uint32_t answer_ms)
{
    memset(&w, 0, sizeof w);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    uv_timer_init(&w.loop, &w.tick);
    uv_timer_start(&w.tick, on_tick, 5, 5);
    const struct ntlm_process_config config = {.loop = &w.loop,
                                               .program = program,
                                               .users = "/users of this test",
                                               .answer_ms = answer_ms,
                                               .pause_ms = 50,
                                               .ended = on_ended,
                                               .ctx = &w};
    w.config = (struct ntlm_config){
        .process = ntlm_process_new(&config), .min_level = RPC_AUTH_CONNECT, .answered = on_answered, .ctx = &w};
    assert_non_null(w.config.process);
}

static int begin(void **state)
{
    (void)state;
    begin_with(STANDIN, PATIENCE_MS);
    return 0;
}

static int end(void **state)
{
    (void)state;
    ntlm_process_close(w.config.process);
    if (!uv_is_closing((uv_handle_t *)&w.tick))
        uv_close((uv_handle_t *)&w.tick, NULL);
    assert_int_equal(uv_run(&w.loop, UV_RUN_DEFAULT), 0);
    ntlm_process_free(w.config.process);
    assert_int_equal(uv_loop_close(&w.loop), 0);
    return 0;
}

static struct rpc_auth *new_context(const struct rpc_auth_mech *mech, enum rpc_auth_level level)
{
    struct rpc_auth *a = mech->create(&w.config, &w.loop, level, true);
    assert_non_null(a);
    return a;
}

static void ask(struct rpc_auth *a, const char *token)
{
    const uint8_t *out;
    size_t n;
    unsigned before = w.answers;
    assert_int_equal(ntlm_bare.step(a, (const uint8_t *)token, strlen(token), &out, &n), RPC_AUTH_LATER);
    assert_int_equal(w.answers, before); /* never from within */
}

static int outcome(struct rpc_auth *a, const char *expected_token)
{
    const uint8_t *out;
    size_t n;
    int r = ntlm_bare.result(a, &out, &n);
    assert_int_equal(n, strlen(expected_token));
    if (n)
        assert_memory_equal(out, expected_token, n);
    return r;
}

/* Until it is so many. */
static void wait_for(const unsigned *count, unsigned n)
{
    uint64_t end = uv_now(&w.loop) + PATIENCE_MS;
    while (*count < n) {
        uv_run(&w.loop, UV_RUN_ONCE);
        if (uv_now(&w.loop) > end)
            fail_msg("waited for the %uth, and it did not come", n);
    }
}

static void wait_answers(unsigned n)
{
    wait_for(&w.answers, n);
}

static int leg(struct rpc_auth *a, const char *token, const char *expected_token)
{
    ask(a, token);
    wait_answers(w.answers + 1);
    assert_ptr_equal(w.answered, a);
    return outcome(a, expected_token);
}

static unsigned contexts_there(void)
{
    struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    assert_int_equal(leg(a, "count", ""), -EACCES);
    unsigned n = (unsigned)atoi(ntlm_why(a));
    ntlm_bare.destroy(a);
    return n;
}

/* ---- what it gives ---- */

static void an_exchange_gives_a_name_and_a_key(void **state)
{
    static const char *const tokens[] = {"bare", "spnego"};
    const struct rpc_auth_mech *const mechs[] = {&ntlm_bare, &ntlm_spnego};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t key[NTLM_KEY_SIZE], pdu[60] = "header and trailer are signed as well", copy[sizeof pdu], token[16];
        struct rpc_auth *a = new_context(mechs[i], RPC_AUTH_PRIVACY);
        assert_int_equal(leg(a, "more", "challenge"), 1);
        assert_false(ntlm_is_complete(a));
        assert_string_equal(ntlm_name(a), "");
        assert_int_equal(leg(a, "done RASBOX\\ras1", tokens[i]), 0);
        assert_true(ntlm_is_complete(a));
        assert_string_equal(ntlm_name(a), "RASBOX\\ras1");
        assert_int_equal(ntlm_level(a), RPC_AUTH_PRIVACY);

        memset(key, 0x55, sizeof key);
        memcpy(copy, pdu, sizeof pdu);
        struct ntlm_seal *client = ntlm_seal_new(key, 0, NTLM_CLIENT);
        const struct ntlm_part part = {.bytes = pdu, .len = sizeof pdu, .from = 24, .to = sizeof pdu - 8};
        assert_int_equal(ntlm_bare.token_size(a), sizeof token);
        assert_int_equal(ntlm_bare.protect(a, pdu, 24, sizeof pdu - 8, false, token, sizeof token), 0);
        assert_int_equal(ntlm_seal_verify(client, &part, token), 0);
        ntlm_seal_protect(client, &part, token);
        assert_int_equal(ntlm_bare.verify(a, pdu, 24, sizeof pdu - 8, true, token, sizeof token), 0);
        assert_memory_equal(pdu, copy, sizeof pdu);
        ntlm_seal_free(client);
        mechs[i]->destroy(a);
    }
    assert_int_equal(w.ends, 0);
}

static void a_refusal_says_why(void **state)
{
    struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    assert_int_equal(leg(a, "refuse", ""), -EACCES);
    assert_string_equal(ntlm_why(a), "wrong password");
    assert_false(ntlm_is_complete(a));
    ntlm_bare.destroy(a);
    assert_int_equal(w.ends, 0);
}

/* A client that has not agreed on what its level asks for is not let in at that level. */
static void a_level_is_not_given_with_less_than_it_needs(void **state)
{
    static const struct {
        const char *token;
        enum rpc_auth_level level;
        bool good;
    } cases[] = {
        {"done A\\b", RPC_AUTH_PRIVACY, true},    {"signs A\\b", RPC_AUTH_PRIVACY, false},
        {"weak A\\b", RPC_AUTH_PRIVACY, false},   {"signs A\\b", RPC_AUTH_INTEGRITY, true},
        {"weak A\\b", RPC_AUTH_INTEGRITY, false}, {"signs A\\b", RPC_AUTH_PACKET, true},
        {"weak A\\b", RPC_AUTH_PACKET, false},    {"weak A\\b", RPC_AUTH_CONNECT, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rpc_auth *a = new_context(&ntlm_bare, cases[i].level);
        ask(a, cases[i].token);
        wait_answers((unsigned)i + 1);
        assert_int_equal(ntlm_is_complete(a), cases[i].good);
        assert_int_equal(*ntlm_why(a) != '\0', !cases[i].good);
        ntlm_bare.destroy(a);
    }
}

static void levels_below_the_least_are_not_offered(void **state)
{
    (void)state;
    w.config.min_level = RPC_AUTH_INTEGRITY;
    assert_null(ntlm_bare.create(&w.config, NULL, RPC_AUTH_PACKET, true));
    assert_null(ntlm_spnego.create(&w.config, NULL, RPC_AUTH_CONNECT, true));
    assert_null(ntlm_spnego.create(&w.config, NULL, RPC_AUTH_PRIVACY, false)); /* there is no client */
}

/* Nothing of its parent's but what it needs. */
static void it_is_started_with_three_descriptors_and_two_variables(void **state)
{
    struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    assert_int_equal(leg(a, "world", ""), -EACCES);
    assert_string_equal(ntlm_why(a), "LM_COMPAT_LEVEL=5;NTLM_USER_FILE=/users of this test;0;1;2;");
    ntlm_bare.destroy(a);
}

static void many_at_once_have_each_their_own_answer(void **state)
{
    enum { MANY = NTLM_CONTEXTS_MAX };
    static struct rpc_auth *a[MANY];
    char text[64];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "done RAS\\user%d", i);
        ask(a[i] = new_context(&ntlm_bare, RPC_AUTH_PRIVACY), text);
    }
    wait_answers(MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "RAS\\user%d", i);
        assert_string_equal(ntlm_name(a[i]), text);
        ntlm_bare.destroy(a[i]);
    }
}

static void there_is_a_bound_for_exchanges_that_are_under_way(void **state)
{
    static struct rpc_auth *a[NTLM_CONTEXTS_MAX + 1];
    const uint8_t *out;
    size_t n;
    (void)state;
    for (size_t i = 0; i < NTLM_CONTEXTS_MAX; i++)
        ask(a[i] = new_context(&ntlm_bare, RPC_AUTH_PRIVACY), "more");
    a[NTLM_CONTEXTS_MAX] = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    assert_int_equal(ntlm_bare.step(a[NTLM_CONTEXTS_MAX], (const uint8_t *)"more", 4, &out, &n), -EBUSY);
    wait_answers(NTLM_CONTEXTS_MAX);
    for (size_t i = 0; i <= NTLM_CONTEXTS_MAX; i++)
        ntlm_bare.destroy(a[i]);
    assert_int_equal(contexts_there(), 0);
}

static void who_does_not_go_on_makes_room_for_others(void **state)
{
    static struct rpc_auth *a[NTLM_CONTEXTS_MAX];
    (void)state;
    for (size_t i = 0; i < NTLM_CONTEXTS_MAX; i++)
        ask(a[i] = new_context(&ntlm_bare, RPC_AUTH_PRIVACY), "more");
    wait_answers(NTLM_CONTEXTS_MAX);
    struct rpc_auth *new = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    assert_int_equal(leg(new, "more", "challenge"), 1);
    assert_int_equal(leg(new, "done RAS\\ras1", "bare"), 0); /* and it makes room itself */
    ntlm_bare.destroy(new);
    assert_int_equal(contexts_there(), NTLM_CONTEXTS_MAX - 1);
    assert_int_equal(leg(a[0], "done RAS\\late", ""), -EACCES); /* the longest there */
    assert_non_null(strstr(ntlm_why(a[0]), "another one has taken its place"));
    for (size_t i = 1; i < NTLM_CONTEXTS_MAX; i++)
        assert_int_equal(leg(a[i], "done RAS\\slow", "bare"), 0);
    for (size_t i = 0; i < NTLM_CONTEXTS_MAX; i++)
        ntlm_bare.destroy(a[i]);
    assert_int_equal(w.ends, 0);
}

/* ---- who has gone ---- */

static void who_goes_is_forgotten_there_as_well(void **state)
{
    struct rpc_auth *stays = new_context(&ntlm_bare, RPC_AUTH_PRIVACY),
                    *goes = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    assert_int_equal(leg(stays, "more", "challenge"), 1);
    assert_int_equal(leg(goes, "more", "challenge"), 1);
    assert_int_equal(contexts_there(), 2);
    ntlm_bare.destroy(goes);
    assert_int_equal(contexts_there(), 1);
    ntlm_bare.destroy(stays);
    assert_int_equal(contexts_there(), 0);
}

static void who_goes_while_he_is_asked_for_is_forgotten_when_the_answer_comes(void **state)
{
    struct rpc_auth *asked = new_context(&ntlm_bare, RPC_AUTH_PRIVACY),
                    *waits = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    ask(asked, "more");
    ask(waits, "more");
    while (!ntlm_process_pid(w.config.process))
        uv_run(&w.loop, UV_RUN_ONCE);
    ntlm_bare.destroy(asked);
    ntlm_bare.destroy(waits);
    assert_int_equal(contexts_there(), 0);
    assert_int_equal(w.answers, 1); /* that of the count */
}

static void who_goes_before_his_owner_is_done_is_freed_then(void **state)
{
    struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    w.keep = true;
    ask(a, "done A\\b");
    wait_answers(1);
    ntlm_bare.destroy(a);
    assert_string_equal(ntlm_name(a), "A\\b"); /* it is still there */
    assert_false(ntlm_done(a));
}

/* ---- how it fails ---- */

static void after(const char *token, const char *words, bool made_before)
{
    struct rpc_auth *made = new_context(&ntlm_bare, RPC_AUTH_PRIVACY),
                    *begun = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    struct rpc_auth *hit = new_context(&ntlm_bare, RPC_AUTH_PRIVACY),
                    *waits = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    unsigned ends = w.ends;
    if (made_before) {
        assert_int_equal(leg(made, "done MADE\\before", "bare"), 0);
        assert_int_equal(leg(begun, "more", "challenge"), 1);
    }
    unsigned answers = w.answers;
    ask(hit, token);
    ask(waits, "done WAITS\\still");
    wait_answers(answers + 1);
    assert_ptr_equal(w.answered, hit);
    assert_int_equal(outcome(hit, ""), -EACCES);
    assert_non_null(strstr(ntlm_why(hit), words));
    assert_int_equal(w.ends, ends + 1);
    assert_non_null(strstr(w.ended, words));
    wait_answers(answers + 2); /* another process says that */
    assert_string_equal(ntlm_name(waits), "WAITS\\still");
    if (made_before) {
        uint8_t pdu[40] = {0}, signature[16];
        assert_int_equal(ntlm_bare.protect(made, pdu, 24, 32, true, signature, sizeof signature), 0);
        assert_int_equal(leg(begun, "done BEGUN\\before", ""), -EACCES);
        assert_non_null(strstr(ntlm_why(begun), "has ended"));
    }
    ntlm_bare.destroy(made);
    ntlm_bare.destroy(begun);
    ntlm_bare.destroy(hit);
    ntlm_bare.destroy(waits);
}

static void a_crash_fails_what_is_under_way_and_nothing_else(void **state)
{
    (void)state;
    after("crash", "has crashed: signal 11", true);
    after("crash", "has crashed: signal 11", false);
    after("half", "ended with status 3", true);
}

static void an_answer_that_is_none_is_the_end_of_the_process(void **state)
{
    static const char *const bad[] = {"bad twice",   "bad other context", "bad too long",        "bad no outcome",
                                      "bad no name", "bad half name",     "bad newline in name", "bad name too soon"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        after(bad[i], "an answer that is none", true);
}

static void an_answer_in_many_pieces_is_put_together(void **state)
{
    struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    assert_int_equal(leg(a, "slow", "a token"), 0);
    assert_string_equal(ntlm_name(a), "SLOW\\user");
    ntlm_bare.destroy(a);
}

static int begin_impatient(void **state)
{
    (void)state;
    begin_with(STANDIN, 1000);
    return 0;
}

static void a_process_that_hangs_is_ended(void **state)
{
    struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    assert_int_equal(leg(a, "hang", ""), -EACCES);
    assert_non_null(strstr(ntlm_why(a), "has not answered in time"));
    assert_int_equal(w.ends, 1);
    assert_int_equal(ntlm_process_pid(w.config.process), 0);
    ntlm_bare.destroy(a);
}

static void a_process_that_is_killed_is_started_anew(void **state)
{
    struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY), *b = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    assert_int_equal(leg(a, "done A\\b", "bare"), 0);
    int pid = ntlm_process_pid(w.config.process);
    assert_int_equal(kill(pid, SIGKILL), 0);
    wait_for(&w.ends, 1);
    assert_non_null(strstr(w.ended, "signal 9"));
    assert_int_equal(leg(b, "done C\\d", "bare"), 0);
    assert_int_not_equal(ntlm_process_pid(w.config.process), pid);
    ntlm_bare.destroy(a);
    ntlm_bare.destroy(b);
}

/* A leg that may be refused at once. */
static int try_leg(struct rpc_auth *a, const char *token)
{
    const uint8_t *out;
    size_t n;
    int r = ntlm_bare.step(a, (const uint8_t *)token, strlen(token), &out, &n);
    if (r != RPC_AUTH_LATER)
        return r;
    wait_answers(w.answers + 1);
    return ntlm_bare.result(a, &out, &n);
}

static void wherever_memory_fails_the_client_is_refused(void **state)
{
    unsigned n = 0;
    bool failed = true;
    (void)state;
    while (failed) {
        failing_start(++n);
        struct rpc_auth *a = ntlm_bare.create(&w.config, &w.loop, RPC_AUTH_PRIVACY, true);
        bool good = a && try_leg(a, "more") == 1 && try_leg(a, "done A\\b") == 0;
        failed = failing_stop();
        assert_int_equal(good, !failed);
        if (a)
            ntlm_bare.destroy(a);
    }
    assert_in_range(n, 8, 30); /* that many allocations there are */
    assert_int_equal(contexts_there(), 0);
}

static int begin_without_program(void **state)
{
    (void)state;
    begin_with("/no/such/program", PATIENCE_MS);
    return 0;
}

static void without_the_program_each_client_is_refused(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 2; i++) {
        struct rpc_auth *a = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
        assert_int_equal(leg(a, "more", ""), -EACCES);
        assert_non_null(strstr(ntlm_why(a), "can't be started: No such file"));
        assert_int_equal(w.ends, i);
        ntlm_bare.destroy(a);
    }
}

static void legs_that_wait_at_the_end_are_left_alone(void **state)
{
    struct rpc_auth *asked = new_context(&ntlm_bare, RPC_AUTH_PRIVACY),
                    *waits = new_context(&ntlm_bare, RPC_AUTH_PRIVACY);
    (void)state;
    ask(asked, "hang");
    ask(waits, "more");
    while (!ntlm_process_pid(w.config.process))
        uv_run(&w.loop, UV_RUN_ONCE);
    ntlm_process_close(w.config.process);
    uv_close((uv_handle_t *)&w.tick, NULL);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(w.answers, 0);
    assert_int_equal(w.ends, 0);
    ntlm_bare.destroy(asked);
    ntlm_bare.destroy(waits);
}

int main(void)
{
    /* What whoever has started this program has left open is not looked at. */
    if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        return 1;
#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, end)
    const struct CMUnitTest tests[] = {
        TEST(an_exchange_gives_a_name_and_a_key, begin),
        TEST(a_refusal_says_why, begin),
        TEST(a_level_is_not_given_with_less_than_it_needs, begin),
        TEST(levels_below_the_least_are_not_offered, begin),
        TEST(it_is_started_with_three_descriptors_and_two_variables, begin),
        TEST(many_at_once_have_each_their_own_answer, begin),
        TEST(there_is_a_bound_for_exchanges_that_are_under_way, begin),
        TEST(who_does_not_go_on_makes_room_for_others, begin),
        TEST(who_goes_is_forgotten_there_as_well, begin),
        TEST(who_goes_while_he_is_asked_for_is_forgotten_when_the_answer_comes, begin),
        TEST(who_goes_before_his_owner_is_done_is_freed_then, begin),
        TEST(a_crash_fails_what_is_under_way_and_nothing_else, begin),
        TEST(an_answer_that_is_none_is_the_end_of_the_process, begin),
        TEST(an_answer_in_many_pieces_is_put_together, begin),
        TEST(a_process_that_hangs_is_ended, begin_impatient),
        TEST(a_process_that_is_killed_is_started_anew, begin),
        TEST(wherever_memory_fails_the_client_is_refused, begin),
        TEST(without_the_program_each_client_is_refused, begin_without_program),
        TEST(legs_that_wait_at_the_end_are_left_alone, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
