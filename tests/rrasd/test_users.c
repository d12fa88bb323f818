/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of users, with a source that is a puppet: who is answered when, verdicts, reloads, and a hostile source. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>

#include "rrasd/users_private.h"

/* ---- the puppet ---- */

struct puppet {
    char log[512]; /* what it was asked */
    const char *known;
    struct user_settings settings;
    int result;
    bool waits;
    unsigned freed;
    unsigned inside; /* calls that are in it now */
    uv_sem_t go_on;
};

static int ask_puppet(struct puppet *p, const char *what, const char *user, char why[static USERS_WHY_MAX])
{
    size_t n = strlen(p->log);
    assert_int_equal(p->inside++, 0);
    if (p->waits)
        uv_sem_wait(&p->go_on);
    snprintf(p->log + n, sizeof p->log - n, "%s:%s ", what, user);
    p->inside--;
    if (p->result < 0)
        snprintf(why, USERS_WHY_MAX, "the puppet fails");
    return p->result;
}

static int puppet_get(void *ctx, const char *user, struct user_settings *ret, char why[static USERS_WHY_MAX])
{
    struct puppet *p = ctx;
    int r = ask_puppet(p, "get", user, why);
    if (r == 0 && p->known && strcmp(p->known, user) != 0)
        return -ENOENT;
    if (r == 0)
        *ret = p->settings;
    return r;
}

static int puppet_set(void *ctx, const char *user, const struct user_settings *s, bool create,
                      char why[static USERS_WHY_MAX])
{
    struct puppet *p = ctx;
    int r = ask_puppet(p, create ? "create" : "set", user, why);
    if (r == 0)
        p->settings = *s;
    return r;
}

static int puppet_remove(void *ctx, const char *user, char why[static USERS_WHY_MAX])
{
    return ask_puppet(ctx, "remove", user, why);
}

/* u0, u1, ... u9, from the one after `after`; some have odd names, and one odd settings. */
static int puppet_each(void *ctx, const char *after,
                       int (*put)(void *to, const char *name, const struct user_settings *s), void *to,
                       char why[static USERS_WHY_MAX])
{
    const struct user_settings good = {.callback = USER_CALLBACK_NONE}, odd = {.callback = 7};
    struct puppet *p = ctx;
    int r = ask_puppet(p, "each", after, why);
    for (char c = '0'; r == 0 && c <= '9'; c++) {
        const char name[] = {'u', c, c == '4' ? '\n' : '\0', '\0'};
        if (strcmp(name, after) > 0)
            r = put(to, name, c == '6' ? &odd : &good);
    }
    return r;
}

static void puppet_free(void *ctx)
{
    struct puppet *p = ctx;
    p->freed++;
}

static const struct user_source puppet_source = {
    .name = "puppet",
    .get = puppet_get,
    .set = puppet_set,
    .remove = puppet_remove,
    .each = puppet_each,
    .free = puppet_free,
};
static const struct user_source reader = {.name = "reader", .get = puppet_get, .free = puppet_free};

static uv_loop_t loop;
static struct config config;
static struct puppet puppet, other;
static struct users *u;
static bool closed;

static struct user_directory *directory(const struct user_source *source, struct puppet *p)
{
    struct user_directory *d = calloc(1, sizeof *d);
    assert_non_null(d);
    *p = (struct puppet){.settings = {.permitted = true, .callback = USER_CALLBACK_NONE}};
    uv_sem_init(&p->go_on, 0);
    *d = (struct user_directory){.source = source, .ctx = p};
    return d;
}

static int begin_with(const struct user_source *source)
{
    config = (struct config){.users = {.permit = 1}};
    closed = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    u = users_new(&loop, &config, directory(source, &puppet));
    assert_non_null(u);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    return begin_with(&puppet_source);
}

static int begin_reader(void **state)
{
    (void)state;
    return begin_with(&reader);
}

static int end(void **state)
{
    (void)state;
    if (!closed)
        users_close(u);
    uv_sem_post(&puppet.go_on); /* after a test that has failed, it may still wait */
    uv_run(&loop, UV_RUN_DEFAULT);
    users_free(u);
    assert_int_equal(puppet.freed, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

/* ---- questions ---- */

struct question {
    struct users_ask ask; /* first: it comes back */
    int result;
    unsigned answered;
    char names[256];
};

static char answered[256]; /* users, in the order of their answers */

static void on_done(struct users_ask *ask, int result)
{
    struct question *q = (struct question *)ask;
    q->answered++;
    q->result = result;
    size_t n = strlen(answered);
    snprintf(answered + n, sizeof answered - n, "%.40s ", ask->user);
    for (size_t i = 0; i < ask->n_entries; i++) {
        n = strlen(q->names);
        snprintf(q->names + n, sizeof q->names - n, "%.40s ", ask->entries[i].name);
        assert_true(user_settings_ok(&ask->entries[i].settings));
    }
}

static struct question *question(const char *user)
{
    struct question *q = calloc(1, sizeof *q);
    assert_non_null(q);
    q->ask.done = on_done;
    q->ask.settings = (struct user_settings){.callback = USER_CALLBACK_NONE};
    snprintf(q->ask.user, sizeof q->ask.user, "%s", user);
    answered[0] = '\0';
    return q;
}

/* Asked, and answered once; not before the loop runs. */
static void answer(int (*ask)(struct users *, struct users_ask *), struct question *q)
{
    assert_int_equal(ask(u, &q->ask), 0);
    assert_int_equal(q->answered, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(q->answered, 1);
}

static void each_question_is_answered_once_by_the_source(void **state)
{
    struct question *q = question("alice");
    (void)state;
    snprintf(puppet.settings.number, sizeof puppet.settings.number, "555");
    answer(users_get, q);
    assert_int_equal(q->result, 0);
    assert_true(q->ask.settings.permitted);
    assert_string_equal(q->ask.settings.number, "555");
    q->ask.settings.permitted = false;
    q->answered = 0;
    answer(users_set, q);
    assert_false(puppet.settings.permitted);
    q->answered = 0;
    q->ask.create = true;
    answer(users_set, q);
    q->answered = 0;
    answer(users_remove, q);
    assert_string_equal(puppet.log, "get:alice set:alice create:alice remove:alice ");
    free(q);
}

static void what_can_not_be_is_not_asked(void **state)
{
    static const char *const names[] = {"", "a\nb", "\xff", "x\x7f"};
    struct question *q = question("x");
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(q->ask.user, sizeof q->ask.user, "%s", names[i]);
        assert_int_equal(users_get(u, &q->ask), -EINVAL);
        assert_int_equal(users_set(u, &q->ask), -EINVAL);
        assert_int_equal(users_remove(u, &q->ask), -EINVAL);
    }
    snprintf(q->ask.user, sizeof q->ask.user, "x");
    static const uint8_t kinds[] = {0, 3, 5, 8, 0x81};
    for (size_t i = 0; i < sizeof kinds; i++) {
        q->ask.settings.callback = kinds[i];
        assert_int_equal(users_set(u, &q->ask), -EINVAL);
    }
    q->ask.settings.callback = USER_CALLBACK_CALLER;
    memset(q->ask.settings.number, '5', USERS_NUMBER_UNITS + 1);
    assert_int_equal(users_set(u, &q->ask), -EINVAL);
    memset(q->ask.settings.number, '5', sizeof q->ask.settings.number); /* does not end */
    assert_int_equal(users_set(u, &q->ask), -EINVAL);
    q->ask.max = 0;
    assert_int_equal(users_list(u, &q->ask), -EINVAL);
    q->ask.max = USERS_LIST_MAX + 1;
    assert_int_equal(users_list(u, &q->ask), -EINVAL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(q->answered, 0);
    assert_string_equal(puppet.log, "");
    free(q);
}

/* Two units, three bytes: what fits into a WCHAR[129] fits here. */
static void a_number_is_measured_in_utf16(void **state)
{
    struct user_settings s = {.callback = USER_CALLBACK_ADMIN};
    (void)state;
    for (size_t i = 0; i < 128; i++)
        memcpy(s.number + 3 * i, "\xe2\x98\x8e", 3);
    assert_true(user_settings_ok(&s));
    memset(s.number, 0, sizeof s.number);
    for (size_t i = 0; i < 64; i++)
        memcpy(s.number + 4 * i, "\xf0\x9f\x93\x9e", 4);
    assert_true(user_settings_ok(&s));
    s.number[256] = '1';
    assert_false(user_settings_ok(&s));
}

static void a_failure_comes_with_its_sentence(void **state)
{
    struct question *q = question("alice");
    (void)state;
    puppet.result = -EHOSTDOWN;
    answer(users_get, q);
    assert_int_equal(q->result, -EHOSTDOWN);
    assert_string_equal(q->ask.why, "the puppet fails");
    assert_false(q->ask.settings.permitted);
    free(q);
}

static void a_source_is_not_believed(void **state)
{
    struct question *q = question("alice");
    (void)state;
    puppet.settings.callback = USER_CALLBACK_ADMIN | USER_CALLBACK_NONE;
    answer(users_get, q);
    assert_int_equal(q->result, -EBADMSG);
    assert_int_equal(q->ask.settings.callback, USER_CALLBACK_NONE);
    puppet.settings.callback = USER_CALLBACK_ADMIN;
    memset(puppet.settings.number, '5', sizeof puppet.settings.number);
    q->answered = 0;
    answer(users_admit, q);
    assert_int_equal(q->result, -EBADMSG);
    free(q);
}

/* ---- lists ---- */

static void a_list_comes_in_pages_without_what_can_not_be(void **state)
{
    struct question *q = question("");
    (void)state;
    q->ask.max = 5;
    answer(users_list, q);
    assert_string_equal(q->names, "u0 u1 u2 u3 u5 ");
    assert_true(q->ask.more);
    snprintf(q->ask.user, sizeof q->ask.user, "u5");
    q->answered = 0;
    q->names[0] = '\0';
    answer(users_list, q);
    assert_string_equal(q->names, "u7 u8 u9 ");
    assert_false(q->ask.more);
    free(q);
}

static void what_a_source_does_not_do_is_said(void **state)
{
    struct question *q = question("alice");
    int (*const asks[])(struct users *, struct users_ask *) = {users_set, users_remove, users_list};
    (void)state;
    q->ask.max = 1;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        q->answered = 0;
        answer(asks[i], q);
        assert_int_equal(q->result, -ENOTSUP);
        assert_non_null(strstr(q->ask.why, "\"reader\""));
    }
    free(q);
}

/* ---- may he dial in? ---- */

static enum users_verdict verdict(const char *user)
{
    struct question *q = question(user);
    answer(users_admit, q);
    assert_int_equal(q->result, 0);
    enum users_verdict v = q->ask.verdict;
    assert_int_equal(q->ask.why[0] == '\0', v == USERS_PERMITTED);
    free(q);
    return v;
}

static void the_verdict_follows_permission_and_policy(void **state)
{
    (void)state;
    for (int policy = 0; policy < 2; policy++) {
        config.users.permit = (uint32_t)policy;
        enum users_verdict of_policy = policy ? USERS_PERMITTED : USERS_REFUSED;
        puppet.settings.by_policy = false;
        puppet.settings.permitted = true;
        assert_int_equal(verdict("alice"), USERS_PERMITTED);
        puppet.settings.permitted = false;
        assert_int_equal(verdict("alice"), USERS_REFUSED);
        puppet.settings.by_policy = true;
        assert_int_equal(verdict("alice"), of_policy);
        puppet.settings.permitted = true;
        assert_int_equal(verdict("alice"), of_policy);
        puppet.known = "somebody";
        assert_int_equal(verdict("alice"), of_policy);
        puppet.known = NULL;
    }
}

static void a_name_is_looked_for_whole_then_without_its_domain(void **state)
{
    (void)state;
    config.users.permit = 0;
    puppet.known = "bob";
    assert_int_equal(verdict("CORP\\bob"), USERS_PERMITTED);
    assert_string_equal(puppet.log, "get:CORP\\bob get:bob ");
    puppet.log[0] = '\0';
    puppet.known = "CORP\\bob";
    assert_int_equal(verdict("CORP\\bob"), USERS_PERMITTED);
    assert_int_equal(verdict("bob"), USERS_REFUSED);
    assert_int_equal(verdict("a\\b\\c"), USERS_REFUSED);
    assert_string_equal(puppet.log, "get:CORP\\bob get:bob get:a\\b\\c ");
}

static void nobody_is_asked_about_a_name_that_can_not_be(void **state)
{
    (void)state;
    config.users.permit = 0;
    assert_int_equal(verdict(""), USERS_REFUSED);
    assert_int_equal(verdict("a\nb"), USERS_REFUSED);
    assert_string_equal(puppet.log, "");
}

static void a_source_that_fails_gives_no_verdict(void **state)
{
    struct question *q = question("CORP\\bob");
    (void)state;
    puppet.result = -ETIMEDOUT;
    answer(users_admit, q);
    assert_int_equal(q->result, -ETIMEDOUT);
    assert_string_equal(puppet.log, "get:CORP\\bob ");
    free(q);
}

/* ---- the queue ---- */

static struct question *ask_all(int (*ask)(struct users *, struct users_ask *), const char *user, size_t n)
{
    struct question *all = calloc(n, sizeof *all);
    assert_non_null(all);
    for (size_t i = 0; i < n; i++) {
        all[i].ask.done = on_done;
        snprintf(all[i].ask.user, sizeof all[i].ask.user, "%s", user);
        assert_int_equal(ask(u, &all[i].ask), 0);
    }
    return all;
}

static void callers_and_log_ons_take_turns(void **state)
{
    struct question *first = question("first");
    (void)state;
    puppet.waits = true;
    assert_int_equal(users_get(u, &first->ask), 0);
    struct question *calls = ask_all(users_get, "call", 3), *admits = ask_all(users_admit, "admit", 3);
    for (size_t i = 0; i < 7; i++)
        uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(answered, "first admit call admit call admit call ");
    free(first);
    free(calls);
    free(admits);
}

static void each_line_has_its_bound(void **state)
{
    struct question *more = question("more");
    (void)state;
    puppet.waits = true;
    struct question *calls = ask_all(users_get, "call", USERS_CALLS_MAX);
    assert_int_equal(users_get(u, &more->ask), -EBUSY);
    struct question *admits = ask_all(users_admit, "admit", USERS_ADMITS_MAX);
    assert_int_equal(users_admit(u, &more->ask), -EBUSY);
    uv_sem_post(&puppet.go_on);
    while (!calls[0].answered)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(users_get(u, &more->ask), 0);
    users_close(u);
    closed = true;
    uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(more->answered, 1);
    assert_int_equal(more->result, -ECANCELED);
    free(more);
    free(calls);
    free(admits);
}

static void a_stop_answers_what_waits_and_leaves_what_is_under_way(void **state)
{
    struct question *one = question("one"), *two = question("two");
    (void)state;
    puppet.waits = true;
    assert_int_equal(users_set(u, &one->ask), 0);
    assert_int_equal(users_set(u, &two->ask), 0);
    users_close(u);
    closed = true;
    assert_int_equal(two->answered, 1);
    assert_int_equal(two->result, -ECANCELED);
    assert_int_equal(one->answered, 0);
    assert_int_equal(users_get(u, &two->ask), -ECANCELED);
    uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(one->answered, 1);
    assert_int_equal(one->result, 0);
    assert_string_equal(puppet.log, "set:one ");
    free(one);
    free(two);
}

static void after_a_reload_what_waits_is_answered_by_the_one_before(void **state)
{
    struct question *one = question("one"), *two = question("two"), *three = question("three");
    (void)state;
    puppet.waits = true;
    assert_int_equal(users_get(u, &one->ask), 0);
    assert_int_equal(users_get(u, &two->ask), 0);
    users_use(u, directory(&reader, &other));
    assert_string_equal(users_source_name(u), "reader");
    assert_int_equal(users_get(u, &three->ask), 0);
    assert_int_equal(puppet.freed, 0);
    uv_sem_post(&puppet.go_on);
    uv_sem_post(&puppet.go_on);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_string_equal(puppet.log, "get:one get:two ");
    assert_string_equal(other.log, "get:three ");
    assert_int_equal(puppet.freed, 1);
    assert_int_equal(other.freed, 0);
    users_close(u);
    closed = true;
    free(one);
    free(two);
    free(three);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(each_question_is_answered_once_by_the_source),
        T(what_can_not_be_is_not_asked),
        cmocka_unit_test(a_number_is_measured_in_utf16),
        T(a_failure_comes_with_its_sentence),
        T(a_source_is_not_believed),
        T(a_list_comes_in_pages_without_what_can_not_be),
        cmocka_unit_test_setup_teardown(what_a_source_does_not_do_is_said, begin_reader, end),
        T(the_verdict_follows_permission_and_policy),
        T(a_name_is_looked_for_whole_then_without_its_domain),
        T(nobody_is_asked_about_a_name_that_can_not_be),
        T(a_source_that_fails_gives_no_verdict),
        T(callers_and_log_ons_take_turns),
        T(each_line_has_its_bound),
        T(a_stop_answers_what_waits_and_leaves_what_is_under_way),
        T(after_a_reload_what_waits_is_answered_by_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
