/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping users out: the table, time, drivers' answers, and those who come all the same. */
#include "router/keep_out.h"
#include "tests/router/fixture.h"

static uint32_t keep_out(struct fixture *f, const char *user, const char *driver, uint32_t seconds)
{
    uint32_t number = 0;
    const struct router_keep_out_ask ask = {
        .user = user, .driver = driver, .seconds = seconds, .reason = "expired", .by = "uid 7"};
    assert_int_equal(router_keep_out_add(f->r, &ask, &f->now, &number), 0);
    return number;
}

static struct router_keep_out get(struct fixture *f, uint32_t number)
{
    struct router_keep_out k;
    assert_true(router_keep_out_get(f->r, number, &k));
    return k;
}

/* ---- the table ---- */

static void numbers_rise_and_the_same_again_keeps_its_own(void **state)
{
    struct fixture *f = *state;
    struct router_keep_out k;
    assert_int_equal(keep_out(f, "alice", NULL, 60), 1);
    assert_int_equal(keep_out(f, "alice", "openvpn", 60), 2);
    assert_int_equal(keep_out(f, "bob", NULL, 60), 3);
    assert_int_equal(keep_out(f, "alice", "", 90), 1);
    assert_int_equal(get(f, 1).until, f->now.wall_s + 90);
    assert_int_equal(router_keep_out_count(f->r), 3);
    assert_int_equal(router_keep_out_lift(f->r, 2, "uid 8"), 0);
    assert_int_equal(router_keep_out_lift(f->r, 2, NULL), -ENOENT);
    assert_false(router_keep_out_get(f->r, 2, &k));
    assert_true(router_keep_out_after(f->r, 0, &k) && k.number == 1);
    assert_true(router_keep_out_after(f->r, 1, &k) && k.number == 3);
    assert_true(router_keep_out_after(f->r, 2, &k) && k.number == 3);
    assert_false(router_keep_out_after(f->r, 3, &k));
    assert_int_equal(router_keep_out_lift(f->r, 3, NULL), 0);
    assert_int_equal(keep_out(f, "bob", NULL, 60), 4); /* never the number of one that is over */
    assert_int_equal(router_keep_out_last(f->r), 4);
    k = get(f, 4);
    assert_string_equal(k.user, "bob");
    assert_string_equal(k.driver, "");
    assert_string_equal(k.reason, "expired");
    assert_string_equal(k.by, "uid 7");
    assert_int_equal(k.since, f->now.wall_s);
}

static void what_makes_no_keep_out_is_refused(void **state)
{
    struct fixture *f = *state;
    char text[ROUTER_USER_MAX + 2];
    uint32_t n = 77;
    memset(text, 'x', sizeof text);
    text[ROUTER_USER_MAX + 1] = '\0';
    const struct router_keep_out_ask bad[] = {
        {.user = NULL, .seconds = 1},
        {.user = "", .seconds = 1},
        {.user = text, .seconds = 1},
        {.user = "a", .seconds = 0},
        {.user = "a", .seconds = ROUTER_KEEP_OUT_SECONDS_MAX + 1},
        {.user = "a", .seconds = 1, .reason = text},
        {.user = "a", .seconds = 1, .by = text},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(router_keep_out_add(f->r, &bad[i], &f->now, &n), -EINVAL);
    assert_int_equal(n, 77);
    text[ROUTER_USER_MAX] = '\0';
    assert_int_equal(keep_out(f, text, NULL, ROUTER_KEEP_OUT_SECONDS_MAX), 1);
}

static void there_are_only_so_many(void **state)
{
    struct fixture *f = *state;
    char name[16];
    struct router_keep_out k;
    uint32_t n = 0;
    for (unsigned i = 1; i <= ROUTER_KEEP_OUTS_MAX; i++) {
        snprintf(name, sizeof name, "user%u", i);
        assert_int_equal(keep_out(f, name, NULL, 60), i);
        forget(f);
    }
    const struct router_keep_out_ask ask = {.user = "one more", .seconds = 1}, same = {.user = "user7", .seconds = 1};
    assert_int_equal(router_keep_out_add(f->r, &ask, &f->now, &n), -ENOSPC);
    assert_int_equal(router_keep_out_add(f->r, &same, &f->now, &n), 0);
    assert_int_equal(n, 7);
    assert_true(router_kept_out(f->r, "user9999", "openvpn", "main", &k));
    assert_int_equal(k.number, 9999);
}

static void a_driver_may_be_named(void **state)
{
    struct fixture *f = *state;
    struct router_keep_out k;
    keep_out(f, "alice", "openvpn:main", 60);
    assert_true(router_kept_out(f->r, "alice", "openvpn", "main", &k));
    assert_false(router_kept_out(f->r, "alice", "openvpn", "udp", &k));
    assert_false(router_kept_out(f->r, "alice", "openvp", "n:main", &k));
    assert_false(router_kept_out(f->r, "alice", "charon", "main", &k));
    keep_out(f, "alice", "openvpn", 90);
    assert_true(router_kept_out(f->r, "alice", "openvpn", "main", &k));
    assert_int_equal(k.number, 2); /* for the longer time */
    assert_true(router_kept_out(f->r, "alice", "openvpn", "udp", &k));
    assert_false(router_kept_out(f->r, "alic", "openvpn", "main", &k));
}

static void a_user_may_be_meant_in_one_domain_or_in_all(void **state)
{
    struct fixture *f = *state;
    struct router_keep_out k;
    assert_int_equal(keep_out(f, "CORP\\bob", NULL, 60), 1);
    assert_true(router_kept_out(f->r, "CORP\\bob", "openvpn", "main", &k));
    assert_false(router_kept_out(f->r, "bob", "openvpn", "main", &k));
    assert_false(router_kept_out(f->r, "BIZ\\bob", "openvpn", "main", &k));
    assert_int_equal(keep_out(f, "bob", NULL, 90), 2);
    assert_true(router_kept_out(f->r, "BIZ\\bob", "openvpn", "main", &k) && k.number == 2);
    assert_true(router_kept_out(f->r, "bob", "openvpn", "main", &k) && k.number == 2);
    assert_true(router_kept_out(f->r, "CORP\\bob", "openvpn", "main", &k) && k.number == 2); /* for the longer time */
    assert_int_equal(keep_out(f, "CORP\\bob", NULL, 120), 1);
    assert_true(router_kept_out(f->r, "CORP\\bob", "openvpn", "main", &k) && k.number == 1);
    assert_false(router_kept_out(f->r, "bob@corp.example", "openvpn", "main", &k));
    assert_false(router_kept_out(f->r, "\\bob", "openvpn", "main", &k));
    assert_false(router_kept_out(f->r, "a\\b\\bob", "openvpn", "main", &k));
}

static void events_and_ops_tell_of_the_beginning_and_the_end(void **state)
{
    struct fixture *f = *state;
    uint32_t n = keep_out(f, "alice", "openvpn:main", 60);
    const struct seen *e = last(f, ROUTER_EVENT_KEEP_OUT);
    assert_string_equal(e->user, "alice");
    assert_string_equal(e->reason, "expired");
    assert_int_equal(e->keep_out, n);
    assert_int_equal(f->keep_outs_told, 1);
    keep_out(f, "alice", "openvpn:main", 61);
    assert_int_equal(f->keep_outs_told, 2);
    router_keep_out_lift(f->r, n, "uid 8");
    assert_int_equal(last(f, ROUTER_EVENT_KEEP_OUT_END)->keep_out, n);
    assert_int_equal(f->keep_outs_ended, 1);
}

/* ---- time ---- */

static void it_ends_by_itself(void **state)
{
    struct fixture *f = *state;
    struct router_keep_out k;
    keep_out(f, "alice", NULL, 30);
    keep_out(f, "bob", NULL, 3000);
    assert_int_equal(router_next_deadline(f->r), f->now.mono_ms + 30000);
    pass(f, 29000);
    assert_true(router_kept_out(f->r, "alice", "x", "y", &k));
    pass(f, 1000);
    assert_false(router_kept_out(f->r, "alice", "x", "y", &k));
    assert_int_equal(count(f, ROUTER_EVENT_KEEP_OUT_END), 1);
    assert_true(router_next_deadline(f->r) > f->now.mono_ms);
    assert_true(router_next_deadline(f->r) <= f->now.mono_ms + 60000);
    f->now.wall_s += 3000; /* the clock was set */
    pass(f, 60000);
    assert_int_equal(count(f, ROUTER_EVENT_KEEP_OUT_END), 2);
    assert_int_equal(router_next_deadline(f->r), UINT64_MAX);
    keep_out(f, "carol", NULL, 30);
    f->now.wall_s -= 100; /* and back: it takes longer */
    pass(f, 30000);
    assert_int_equal(router_keep_out_count(f->r), 1);
    pass(f, 60000);
    pass(f, 40000);
    assert_int_equal(router_keep_out_count(f->r), 0);
}

/* ---- arrivals ---- */

static void who_is_kept_out_is_disconnected_on_arrival(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    router_driver_snapshot_end(f->r, d, &f->now);
    uint32_t n = keep_out(f, "alice", NULL, 60);
    connect(f, d, "7", 100, "alice");
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].id, "7");
    assert_string_equal(f->sent[0].reason, "expired");
    assert_false(f->sent[0].hard);
    const struct seen *e = last(f, ROUTER_EVENT_ORDER);
    assert_true(e->tag == ROUTER_TAG_KEEP_OUT);
    assert_int_equal(e->keep_out, n);
    assert_int_equal(last(f, ROUTER_EVENT_KEPT_OUT)->keep_out, n);
    assert_int_equal(get(f, n).turned_away, 1);
    assert_int_equal(f->keep_outs_counted, 1);
    assert_int_equal(get(f, n).last_attempt, f->now.wall_s);
    connect(f, d, "7", 100, "alice"); /* told again: no arrival */
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_ACCEPTED, NULL), 0);
    assert_int_equal(gone(f, d, "7", 100), 0);
    connect(f, d, "8", 101, "alice");
    assert_int_equal(f->sent_count, 2);
    assert_int_equal(get(f, n).turned_away, 2);
    assert_int_equal(f->keep_outs_counted, 2);
    connect(f, d, "9", 101, "bob");
    assert_int_equal(f->sent_count, 2);
}

static void the_user_is_enough_while_authenticating_and_may_come_late(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    struct router_session s = {.id = "7", .start = 100, .state = ROUTER_SESSION_AUTHENTICATING};
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(report(f, d, &s), 0);
    keep_out(f, "alice", NULL, 60);
    assert_int_equal(f->sent_count, 0);
    s.user = "alice";
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(f->sent_count, 1);
    s.id = "8"; /* he was on his way in when he was kept out */
    s.user = "bob";
    assert_int_equal(report(f, d, &s), 0);
    keep_out(f, "bob", NULL, 60);
    assert_int_equal(f->sent_count, 1);
    s.state = ROUTER_SESSION_CONNECTED;
    assert_int_equal(report(f, d, &s), 0);
    assert_int_equal(f->sent_count, 2);
    assert_string_equal(f->sent[1].id, "8");
}

static void who_is_kept_out_by_name_may_come_from_any_domain(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 4);
    router_driver_snapshot_end(f->r, d, &f->now);
    keep_out(f, "bob", NULL, 60);
    keep_out(f, "CORP\\carol", NULL, 60);
    connect(f, d, "7", 100, "CORP\\bob");
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(last(f, ROUTER_EVENT_KEPT_OUT)->user, "CORP\\bob");
    connect(f, d, "8", 100, "BIZ\\carol");
    assert_int_equal(f->sent_count, 1);
    connect(f, d, "8", 100, "CORP\\carol"); /* the same session is another user's now */
    assert_int_equal(f->sent_count, 2);
    assert_string_equal(f->sent[1].id, "8");
}

static void who_has_stayed_from_any_domain_was_there_before_the_next(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    router_driver_snapshot_end(f->r, d, &f->now);
    uint32_t n = keep_out(f, "bob", NULL, 60);
    connect(f, d, "7", 100, "CORP\\bob");
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_REFUSED, "no"), 0);
    assert_int_equal(reply(f, d, f->sent[1].order, ROUTER_REPLY_REFUSED, "no"), 0);
    assert_int_equal(router_keep_out_lift(f->r, n, NULL), 0);
    keep_out(f, "bob", NULL, 60);
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 3);
    connect(f, d, "7", 100, "CORP\\bob");
    assert_int_equal(f->sent_count, 2);
}

static void sessions_that_were_there_before_are_left_alone(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 5);
    connect(f, d, "7", 100, "alice");
    router_driver_snapshot_end(f->r, d, &f->now);
    keep_out(f, "alice", NULL, 600);
    connect(f, d, "7", 100, "alice");
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 5);
    connect(f, d, "7", 100, "alice");
    connect(f, d, "8", 101, "alice"); /* heard of only now, and older than the keep-out */
    connect(f, d, "9", 0, "alice");   /* nobody knows since when */
    assert_int_equal(f->sent_count, 0);
    connect(f, d, "10", f->now.wall_s + 5, "alice"); /* came while we did not hear of it */
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].id, "10");
    router_driver_snapshot_end(f->r, d, &f->now);
    connect(f, d, "11", 102, "alice"); /* a daemon that tells all tells who has just come */
    assert_int_equal(f->sent_count, 2);
}

static void a_session_that_waits_for_its_port_arrives_with_it(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 2);
    connect(f, d, "1", 100, "bob");
    connect(f, d, "2", 100, "carol");
    router_driver_snapshot_end(f->r, d, &f->now);
    keep_out(f, "alice", NULL, 600);
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 2);
    const struct router_session before = {.id = "3", .start = 100, .state = ROUTER_SESSION_CONNECTED, .user = "alice"},
                                after = {.id = "4",
                                         .start = f->now.wall_s + 1,
                                         .state = ROUTER_SESSION_CONNECTED,
                                         .user = "alice"};
    assert_int_equal(report(f, d, &before), 0);
    assert_int_equal(report(f, d, &after), 0);
    assert_int_equal(f->sent_count, 0);
    router_driver_snapshot_end(f->r, d, &f->now);
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].id, "4");
}

static void a_refusal_is_followed_by_the_hard_way(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    router_driver_snapshot_end(f->r, d, &f->now);
    keep_out(f, "alice", NULL, 60);
    connect(f, d, "7", 100, "alice");
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_REFUSED, "not now"), 0);
    assert_int_equal(f->sent_count, 2);
    assert_true(f->sent[1].hard);
    assert_int_equal(reply(f, d, f->sent[1].order, ROUTER_REPLY_REFUSED, "never"), 0);
    assert_int_equal(f->sent_count, 2); /* and that is all */
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 3);
    connect(f, d, "7", 100, "alice"); /* another process may do better */
    assert_int_equal(f->sent_count, 3);
    assert_int_equal(count(f, ROUTER_EVENT_KEPT_OUT), 1);
    assert_int_equal(get(f, 1).turned_away, 1);
}

static void an_order_that_could_not_be_sent_is_given_again(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    router_driver_snapshot_end(f->r, d, &f->now);
    uint32_t n = keep_out(f, "alice", NULL, 6000);
    f->send_result = -EPIPE;
    connect(f, d, "7", 100, "alice");
    assert_int_equal(count(f, ROUTER_EVENT_OUTCOME), 1);
    f->send_result = 0;
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 3);
    connect(f, d, "7", 100, "alice");
    assert_int_equal(f->sent_count, 1);
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_REFUSED, "no"), 0);
    assert_int_equal(reply(f, d, f->sent[1].order, ROUTER_REPLY_REFUSED, "no"), 0);
    router_keep_out_lift(f->r, n, NULL);
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 3);
    connect(f, d, "7", 100, "alice");   /* he may stay */
    assert_int_equal(f->sent_count, 2); /* the hard one before */
}

static void who_has_stayed_until_it_was_lifted_was_there_before_the_next(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 3);
    router_driver_snapshot_end(f->r, d, &f->now);
    keep_out(f, "alice", NULL, 60);
    keep_out(f, "alice", "openvpn", 30);
    connect(f, d, "7", 100, "alice");
    assert_int_equal(reply(f, d, f->sent[0].order, ROUTER_REPLY_REFUSED, "no"), 0);
    assert_int_equal(reply(f, d, f->sent[1].order, ROUTER_REPLY_REFUSED, "no"), 0);
    pass(f, 30000); /* one is over, the other is in force */
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 3);
    connect(f, d, "7", 100, "alice");
    assert_int_equal(f->sent_count, 3);
    assert_int_equal(reply(f, d, f->sent[2].order, ROUTER_REPLY_REFUSED, "no"), 0);
    assert_int_equal(reply(f, d, f->sent[3].order, ROUTER_REPLY_REFUSED, "no"), 0);
    assert_int_equal(router_keep_out_lift(f->r, 1, NULL), 0);
    keep_out(f, "alice", NULL, 60);
    router_driver_detach(f->r, d, &f->now);
    d = attach(f, "openvpn", 3);
    connect(f, d, "7", 100, "alice");
    assert_int_equal(f->sent_count, 4);
}

/* ---- drivers ---- */

static void drivers_say_what_they_can_do(void **state)
{
    struct fixture *f = *state;
    struct router_keep_out_driver v[4];
    struct router_driver *d = attach(f, "openvpn", 1), *e = attach(f, "charon", 1);
    uint32_t all = keep_out(f, "alice", NULL, 60), one = keep_out(f, "bob", "openvpn", 60);
    assert_int_equal(router_keep_out_drivers(f->r, all, v, 4), 2);
    assert_false(v[0].answered || v[0].refuses || v[0].text[0]);
    assert_int_equal(router_keep_out_answer(f->r, d, all, true, "denied at log-on"), 0);
    assert_int_equal(router_keep_out_answer(f->r, e, all, false, "no interface"), 0);
    assert_int_equal(router_keep_out_answer(f->r, e, all, false, "still no interface"), 0);
    assert_int_equal(router_keep_out_answer(f->r, e, one, true, NULL), -ENOENT); /* not meant for it */
    assert_int_equal(router_keep_out_answer(f->r, e, 77, true, NULL), -ENOENT);
    assert_int_equal(router_keep_out_drivers(f->r, all, v, 4), 2);
    assert_true(v[0].answered && v[0].refuses);
    assert_string_equal(v[0].text, "denied at log-on");
    assert_string_equal(v[1].text, "still no interface");
    assert_int_equal(router_keep_out_drivers(f->r, one, v, 4), 1);
    assert_int_equal(router_keep_out_drivers(f->r, 77, v, 4), 0);
    router_driver_detach(f->r, d, &f->now);
    assert_int_equal(router_keep_out_drivers(f->r, all, v, 4), 1);
    assert_string_equal(v[0].driver, "charon");
}

static void attempts_that_a_driver_has_refused_are_counted(void **state)
{
    struct fixture *f = *state;
    struct router_driver *d = attach(f, "openvpn", 1), *e = attach(f, "charon", 1);
    uint32_t n = keep_out(f, "alice", "openvpn", 60);
    assert_int_equal(router_keep_out_report(f->r, d, n, "alice", "192.0.2.7:4000", &f->now), 0);
    assert_int_equal(router_keep_out_report(f->r, e, n, "alice", NULL, &f->now), -ENOENT);
    assert_int_equal(router_keep_out_report(f->r, d, 77, "alice", NULL, &f->now), -ENOENT);
    assert_int_equal(get(f, n).turned_away, 1);
    assert_int_equal(f->keep_outs_counted, 1);
    assert_string_equal(last(f, ROUTER_EVENT_KEPT_OUT)->user, "alice");
    assert_int_equal(count(f, ROUTER_EVENT_KEPT_OUT), 1);
}

/* ---- over a restart ---- */

static struct router_saved saved;

static int keep(void *ctx, const struct router_saved *s)
{
    static char texts[6][64];
    const char **const to[6] = {&saved.driver,      &saved.instance, &saved.device_type,
                                &saved.device_name, &saved.id,       &saved.user};
    (void)ctx;
    saved = *s;
    for (size_t i = 0; i < 6; i++) {
        snprintf(texts[i], sizeof texts[i], "%s", *to[i]);
        *to[i] = texts[i];
    }
    saved.port_prefix = NULL;
    return 0;
}

/* One session, as saved at a stop and told again by its driver; and a keep-out that is ten seconds old. */
static void stop_and_start(struct fixture *f, int64_t start)
{
    const struct router_keep_out k = {
        .number = 1, .user = "alice", .since = f->now.wall_s - 10, .until = f->now.wall_s + 10};
    struct router_driver *d = attach(f, "openvpn", 1);
    connect(f, d, "7", start, "alice");
    assert_int_equal(router_save(f->r, keep, NULL), 0);
    fixture_renew(f, &test_config);
    forget(f);
    assert_int_equal(router_restore(f->r, &saved, &f->now), 0);
    assert_int_equal(router_keep_out_restore(f->r, &k, &f->now), 0);
    d = attach(f, "openvpn", 1);
    connect(f, d, "7", start, "alice");
}

static void who_came_in_spite_of_it_does_not_stay_because_of_a_stop(void **state)
{
    struct fixture *f = *state;
    stop_and_start(f, f->now.wall_s - 5);
    assert_int_equal(f->sent_count, 1);
    assert_string_equal(f->sent[0].id, "7");
}

static void who_was_there_before_it_stays_over_a_stop(void **state)
{
    struct fixture *f = *state;
    stop_and_start(f, f->now.wall_s - 11);
    assert_int_equal(f->sent_count, 0);
}

static void keep_outs_survive_a_restart_and_numbers_go_on(void **state)
{
    struct fixture *f = *state;
    const struct router_keep_out a = {.number = 3,
                                      .user = "alice",
                                      .driver = "openvpn",
                                      .reason = "expired",
                                      .by = "uid 7",
                                      .since = f->now.wall_s - 10,
                                      .until = f->now.wall_s + 10,
                                      .turned_away = 5,
                                      .last_attempt = f->now.wall_s - 1},
                                 over = {.number = 8, .user = "bob", .until = f->now.wall_s},
                                 twice = {.number = 9, .user = "alice", .driver = "openvpn", .until = INT64_MAX};
    assert_int_equal(router_keep_out_restore(f->r, &a, &f->now), 0);
    assert_int_equal(router_keep_out_restore(f->r, &a, &f->now), -EINVAL);
    assert_int_equal(router_keep_out_restore(f->r, &over, &f->now), 0);
    assert_int_equal(router_keep_out_restore(f->r, &twice, &f->now), -EINVAL);
    assert_int_equal(f->event_count, 0);
    assert_int_equal(f->keep_outs_told, 0);
    assert_int_equal(router_keep_out_count(f->r), 1);
    struct router_keep_out k = get(f, 3);
    assert_int_equal(k.turned_away, 5);
    assert_string_equal(k.reason, "expired");
    assert_int_equal(keep_out(f, "carol", NULL, 60), 9);
    router_keep_out_set_last(f->r, 20);
    router_keep_out_set_last(f->r, 10);
    assert_int_equal(keep_out(f, "dave", NULL, 60), 21);
    pass(f, 10000);
    assert_false(router_keep_out_get(f->r, 3, &k));
    router_keep_out_set_last(f->r, UINT32_MAX);
    const struct router_keep_out_ask ask = {.user = "erin", .seconds = 1};
    uint32_t n;
    assert_int_equal(router_keep_out_add(f->r, &ask, &f->now, &n), -ENOSPC);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(numbers_rise_and_the_same_again_keeps_its_own),
        T(what_makes_no_keep_out_is_refused),
        T(there_are_only_so_many),
        T(a_driver_may_be_named),
        T(a_user_may_be_meant_in_one_domain_or_in_all),
        T(events_and_ops_tell_of_the_beginning_and_the_end),
        T(it_ends_by_itself),
        T(who_is_kept_out_is_disconnected_on_arrival),
        T(the_user_is_enough_while_authenticating_and_may_come_late),
        T(who_is_kept_out_by_name_may_come_from_any_domain),
        T(who_has_stayed_from_any_domain_was_there_before_the_next),
        T(sessions_that_were_there_before_are_left_alone),
        T(a_session_that_waits_for_its_port_arrives_with_it),
        T(a_refusal_is_followed_by_the_hard_way),
        T(an_order_that_could_not_be_sent_is_given_again),
        T(who_has_stayed_until_it_was_lifted_was_there_before_the_next),
        T(drivers_say_what_they_can_do),
        T(attempts_that_a_driver_has_refused_are_counted),
        T(who_came_in_spite_of_it_does_not_stay_because_of_a_stop),
        T(who_was_there_before_it_stays_over_a_stop),
        T(keep_outs_survive_a_restart_and_numbers_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
