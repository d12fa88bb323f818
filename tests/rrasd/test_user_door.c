/* SPDX-License-Identifier: Apache-2.0 */
/* Who is looked up, when, and what follows. The test answers in the source's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/router.h"
#include "rrasd/timer.h"
#include "rrasd/user_door.h"

#define ASKED_MAX   16384u
#define CROWD       5000u
#define PATIENCE_NS UINT64_C(20000000000)
#define WHY         "this user may not dial in"

/* ---- who answers ---- */

static struct users_ask *asked[ASKED_MAX];
static size_t asked_count, answered_count;
static int admit_result;

/* With link-time optimization nobody seems to call what --wrap puts in the place of something. */
#define WRAP __attribute__((used))

WRAP int __wrap_users_admit(struct users *u, struct users_ask *ask);
int __wrap_users_admit(struct users *u, struct users_ask *ask)
{
    (void)u;
    if (admit_result < 0)
        return admit_result;
    assert_true(asked_count < ASKED_MAX);
    asked[asked_count++] = ask;
    return 0;
}

/* The oldest question that has no answer yet. */
static void answer(int result, enum users_verdict verdict)
{
    assert_true(answered_count < asked_count);
    struct users_ask *ask = asked[answered_count++];
    ask->verdict = verdict;
    snprintf(ask->why, sizeof ask->why, "%s", result < 0 ? "the directory is away" : verdict ? "" : WHY);
    ask->done(ask, result);
}

static const char *next_user(void)
{
    return answered_count < asked_count ? asked[answered_count]->user : "";
}

static struct {
    struct driver_hub_ask *ask;
    bool permit;
    char text[128], why[128];
    unsigned count;
} told;

WRAP void __wrap_driver_hub_admission_answer(struct driver_hub_ask *ask, const struct driver_hub_answer *answer);
void __wrap_driver_hub_admission_answer(struct driver_hub_ask *ask, const struct driver_hub_answer *answer)
{
    told.ask = ask;
    told.permit = answer->permit;
    snprintf(told.text, sizeof told.text, "%s", answer->text);
    snprintf(told.why, sizeof told.why, "%s", answer->why);
    told.count++;
}

/* ---- the world ---- */

static struct {
    uv_loop_t loop;
    struct config config;
    struct router *router;
    struct router_driver *driver;
    struct router_time now;
    struct user_door *door;
    size_t ended;
    char last[ROUTER_ID_MAX + 1u]; /* id of the session that was ended last */
} w;

static int send_disconnect(void *ctx, void *channel, const struct router_order *order)
{
    (void)ctx;
    (void)channel;
    w.ended++;
    snprintf(w.last, sizeof w.last, "%s", order->id);
    return 0;
}

static void on_event(void *ctx, const struct router_event *e)
{
    (void)ctx;
    if (e->type == ROUTER_EVENT_USER_REFUSED)
        assert_string_equal(e->reason, WHY);
}

static void fill_random(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 1, n);
}

static void on_arrived(void *ctx, const char *user)
{
    (void)ctx;
    user_door_arrived(w.door, user);
}

static struct router_time now(void *ctx)
{
    (void)ctx;
    return w.now;
}

static int start_with(uint32_t end_sessions, uint32_t recheck_ms)
{
    static const struct router_config router = {
        .max_ports = 10000, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000, .max_jobs = 1};
    static const struct router_ops ops = {
        .send_disconnect = send_disconnect, .event = on_event, .random = fill_random, .arrived = on_arrived};
    static const struct router_driver_info info = {
        .kind = ROUTER_DRIVER_DAEMON, .name = "sim", .instance = "main", .device_type = "sim"};
    memset(&w, 0, sizeof w);
    memset(&told, 0, sizeof told);
    asked_count = answered_count = 0;
    admit_result = 0;
    w.now = (struct router_time){.mono_ms = 1000, .wall_s = 1764084000};
    w.config.users = (struct config_users){.end_sessions = end_sessions, .recheck_ms = recheck_ms};
    assert_int_equal(uv_loop_init(&w.loop), 0);
    assert_int_equal(timers_open(&w.loop), 0);
    w.router = router_new(&router, &ops, NULL);
    assert_non_null(w.router);
    const struct user_door_env env = {.loop = &w.loop, .config = &w.config, .router = w.router, .now = now};
    w.door = user_door_new(&env);
    assert_non_null(w.door);
    assert_int_equal(router_driver_attach(w.router, &info, &w.now, &w.driver), 0);
    router_driver_snapshot_end(w.router, w.driver, &w.now);
    return 0;
}

static int start(void **state)
{
    (void)state;
    return start_with(1, 0);
}

static int start_lenient(void **state)
{
    (void)state;
    return start_with(0, 1000);
}

static int start_often(void **state)
{
    (void)state;
    return start_with(1, 1000);
}

static int stop(void **state)
{
    (void)state;
    user_door_close(w.door);
    while (answered_count < asked_count)
        answer(-ECANCELED, USERS_REFUSED);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    timers_close(&w.loop);
    assert_int_equal(uv_loop_close(&w.loop), 0);
    user_door_free(w.door);
    router_free(w.router);
    return 0;
}

static void come(const char *id, const char *user)
{
    const struct router_session s = {.id = id, .start = 5, .state = ROUTER_SESSION_CONNECTED, .user = user};
    assert_int_equal(router_session_report(w.router, w.driver, w.driver, &s, &w.now), 0);
}

static void leave(const char *id)
{
    assert_int_equal(router_session_gone(w.router, w.driver, &(struct router_gone){.id = id, .start = 5}, &w.now), 0);
}

/* ---- sessions ---- */

static void who_arrives_and_may_not_be_there_is_ended(void **state)
{
    (void)state;
    come("1", "alice");
    come("2", "bob");
    come("3", "carol");
    assert_int_equal(asked_count, USER_DOOR_ASKS_MAX);
    answer(0, USERS_PERMITTED);
    assert_int_equal(w.ended, 0);
    answer(0, USERS_REFUSED);
    assert_int_equal(w.ended, 1);
    assert_string_equal(w.last, "2");
    answer(-EHOSTDOWN, USERS_REFUSED); /* is no verdict */
    assert_int_equal(w.ended, 1);
}

static void the_answer_is_about_who_is_there_when_it_comes(void **state)
{
    (void)state;
    come("1", "bob");
    leave("1");
    come("1", "alice"); /* on bob's port, with his daemon's id */
    answer(0, USERS_REFUSED);
    assert_int_equal(w.ended, 0);
    come("2", "carol");
    come("3", "carol");         /* while she is looked up: once is enough for both */
    answer(0, USERS_PERMITTED); /* alice */
    assert_int_equal(asked_count, 3);
    answer(0, USERS_REFUSED);
    assert_int_equal(w.ended, 2);
}

static void nobody_is_looked_up_where_no_session_is_to_be_ended(void **state)
{
    (void)state;
    come("1", "bob");
    user_door_changed(w.door, "bob");
    uv_run(&w.loop, UV_RUN_NOWAIT);
    assert_int_equal(asked_count, 0);
    w.config.users.end_sessions = 1; /* now they are: who is there comes first */
    user_door_reload(w.door);
    assert_string_equal(next_user(), "bob");
    w.config.users.end_sessions = 0; /* and not any more, before the answer comes */
    user_door_reload(w.door);
    answer(0, USERS_REFUSED);
    assert_int_equal(w.ended, 0);
}

static void a_reload_looks_up_everybody_wherever_the_round_has_been(void **state)
{
    (void)state;
    come("1", "alice");
    come("2", "bob");
    come("3", "carol");
    for (unsigned i = 0; i < 7; i++) {
        while (answered_count < asked_count)
            answer(0, USERS_PERMITTED);
        size_t before = asked_count, there = i == 3 || i == 4 ? 4 : 3;
        user_door_reload(w.door);
        while (answered_count < asked_count)
            answer(0, USERS_PERMITTED);
        assert_int_equal(asked_count - before, there);
        if (i == 2)
            come("4", "dora");
        if (i == 4)
            leave("4");
    }
}

static void who_has_changed_is_looked_up_in_every_domain(void **state)
{
    (void)state;
    come("1", "bob");
    come("2", "CORP\\bob");
    come("3", "alice");
    for (int i = 0; i < 3; i++)
        answer(0, USERS_PERMITTED);
    user_door_changed(w.door, "bob");
    assert_int_equal(asked_count, 5);
    assert_string_equal(next_user(), "bob");
    answer(0, USERS_PERMITTED);
    assert_string_equal(next_user(), "CORP\\bob");
    answer(0, USERS_REFUSED);
    assert_string_equal(w.last, "2");
    user_door_changed(w.door, "dora"); /* is not there */
    assert_int_equal(asked_count, 5);
}

static void what_was_read_before_a_change_ends_nothing(void **state)
{
    (void)state;
    come("1", "bob");
    user_door_changed(w.door, "bob"); /* he is permitted, while the old settings are on their way here */
    answer(0, USERS_REFUSED);
    assert_int_equal(w.ended, 0);
    assert_string_equal(next_user(), "bob"); /* so he is looked up again */
    answer(0, USERS_REFUSED);
    assert_int_equal(w.ended, 1);
}

static void what_the_source_before_a_reload_says_ends_nothing(void **state)
{
    (void)state;
    come("1", "alice");
    come("2", "bob");
    user_door_reload(w.door);
    answer(0, USERS_REFUSED); /* alice, of whom another source may say otherwise */
    assert_int_equal(w.ended, 0);
    answer(0, USERS_PERMITTED); /* and bob */
    assert_string_equal(next_user(), "alice");
    answer(0, USERS_PERMITTED);
    assert_string_equal(next_user(), "bob");
    answer(0, USERS_REFUSED);
    assert_string_equal(w.last, "2");
    assert_int_equal(w.ended, 1);
    assert_int_equal(asked_count, answered_count);
}

static void a_crowd_is_looked_up_a_few_at_a_time_and_nobody_is_forgotten(void **state)
{
    static bool seen[CROWD];
    char name[16];
    size_t different = 0;
    (void)state;
    memset(seen, 0, sizeof seen);
    for (unsigned i = 0; i < CROWD; i++) {
        snprintf(name, sizeof name, "user%u", i);
        come(name, name);
    }
    assert_int_equal(asked_count, USER_DOOR_ASKS_MAX);
    while (answered_count < asked_count) {
        unsigned i = (unsigned)strtoul(next_user() + 4, NULL, 10);
        assert_in_range(i, 0, CROWD - 1u);
        different += !seen[i];
        seen[i] = true;
        answer(0, USERS_PERMITTED);
        assert_true(asked_count - answered_count <= USER_DOOR_ASKS_MAX);
    }
    assert_int_equal(different, CROWD);
}

static void everybody_comes_again_in_each_round(void **state)
{
    unsigned alice = 0, bob = 0;
    uint64_t begin = uv_hrtime();
    (void)state;
    come("1", "alice");
    come("2", "bob");
    while (alice < 3 || bob < 3) {
        assert_true(uv_hrtime() - begin < PATIENCE_NS);
        for (; answered_count < asked_count; answer(0, USERS_PERMITTED))
            *(strcmp(next_user(), "alice") == 0 ? &alice : &bob) += 1;
        uv_run(&w.loop, UV_RUN_ONCE);
    }
    while (strcmp(next_user(), "bob") != 0) {
        if (answered_count < asked_count)
            answer(0, USERS_PERMITTED);
        uv_run(&w.loop, UV_RUN_ONCE);
    }
    answer(0, USERS_REFUSED);
    assert_string_equal(w.last, "2");
    leave("1");
    leave("2");
    while (answered_count < asked_count)
        answer(0, USERS_PERMITTED);
    uv_run(&w.loop, UV_RUN_DEFAULT); /* ends by itself: for nobody there are no rounds */
}

static void who_can_not_be_asked_for_now_is_asked_for_later(void **state)
{
    uint64_t begin = uv_hrtime();
    (void)state;
    admit_result = -EBUSY;
    come("1", "bob");
    assert_int_equal(asked_count, 0);
    admit_result = 0;
    while (asked_count == 0 && uv_hrtime() - begin < PATIENCE_NS)
        uv_run(&w.loop, UV_RUN_ONCE);
    assert_string_equal(next_user(), "bob");
}

/* ---- log-ons ---- */

static struct driver_hub_ask *hub_ask(void)
{
    return (struct driver_hub_ask *)(void *)&told; /* it is only handed back */
}

static void a_log_on_is_answered_also_where_no_session_is_ended(void **state)
{
    (void)state;
    assert_int_equal(user_door_admission.ask(w.door, "bob", hub_ask()), 0);
    assert_string_equal(next_user(), "bob");
    answer(0, USERS_PERMITTED);
    assert_true(told.permit && told.ask == hub_ask());
    assert_string_equal(told.text, "");
    assert_int_equal(user_door_admission.ask(w.door, "bob", hub_ask()), 0);
    answer(0, USERS_REFUSED);
    assert_false(told.permit);
    assert_string_equal(told.text, "dial-in permission refused"); /* no more than that for a stranger */
    assert_string_equal(told.why, WHY);
    assert_int_equal(told.count, 2);
    assert_int_equal(w.ended, 0);
}

static void while_the_source_is_away_the_configuration_answers(void **state)
{
    (void)state;
    assert_int_equal(user_door_admission.ask(w.door, "bob", hub_ask()), 0);
    answer(-EHOSTDOWN, USERS_PERMITTED);
    assert_false(told.permit);
    assert_string_equal(told.why, "the directory is away");
    assert_non_null(strstr(told.text, "try again later"));
    w.config.users.permit_unanswered = 1;
    assert_int_equal(user_door_admission.ask(w.door, "bob", hub_ask()), 0);
    answer(-ETIMEDOUT, USERS_REFUSED);
    assert_true(told.permit);
    admit_result = -EBUSY;
    assert_int_equal(user_door_admission.ask(w.door, "bob", hub_ask()), -EBUSY);
    assert_true(user_door_admission.unavailable(w.door, "too many").permit);
    w.config.users.permit_unanswered = 0;
    assert_false(user_door_admission.unavailable(w.door, "too many").permit);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(who_arrives_and_may_not_be_there_is_ended),
        TEST(the_answer_is_about_who_is_there_when_it_comes),
        cmocka_unit_test_setup_teardown(nobody_is_looked_up_where_no_session_is_to_be_ended, start_lenient, stop),
        TEST(a_reload_looks_up_everybody_wherever_the_round_has_been),
        TEST(who_has_changed_is_looked_up_in_every_domain),
        TEST(what_was_read_before_a_change_ends_nothing),
        TEST(what_the_source_before_a_reload_says_ends_nothing),
        TEST(a_crowd_is_looked_up_a_few_at_a_time_and_nobody_is_forgotten),
        cmocka_unit_test_setup_teardown(everybody_comes_again_in_each_round, start_often, stop),
        TEST(who_can_not_be_asked_for_now_is_asked_for_later),
        cmocka_unit_test_setup_teardown(a_log_on_is_answered_also_where_no_session_is_ended, start_lenient, stop),
        TEST(while_the_source_is_away_the_configuration_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
