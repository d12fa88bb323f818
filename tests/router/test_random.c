/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long random lives of a router with three drivers: a daemon with few ports, one that grows, a pool of session drivers.
 * After each step the rules of watch.h hold, and the router has no session that its drivers did not report. Seeds are
 * fixed: a failure says which, and comes again.
 */
#include "router/keep_out.h"
#include "tests/router/watch.h"

#define DRIVERS 3u
#define IDS     10u
#define STEPS   20000u
#define SEEDS   8u
#define ROWS    64u
#define HELD    4u
#define CALLS   64u
#define JOBS    8u

struct known {
    int64_t start; /* 0: not there */
    bool seen;     /* since the driver attached */
};

struct asked {
    int expected, calls;
};

struct row {
    struct router_saved s;
    char text[7][64];
};

/* A job, and whom it may hit. */
struct noted {
    uint32_t number;
    uint32_t handles[ROWS];
    size_t n;
};

struct life {
    struct router *r;
    struct router_time now;
    struct watch watch;
    uint64_t random;
    struct router_driver *d[DRIVERS]; /* NULL: away */
    bool in_snapshot[DRIVERS];
    struct known known[DRIVERS][IDS];
    int64_t last_start;
    uint64_t orders[16]; /* the latest ones sent */
    size_t order_count;
    bool refuse_send;
    struct router_connection *held[HELD];
    struct asked asked[CALLS]; /* a ring */
    size_t next_asked;
    struct noted jobs[JOBS]; /* a ring */
    size_t next_job;
    struct row rows[ROWS];
    size_t row_count;
};

static const struct router_driver_info infos[DRIVERS] = {
    {.kind = ROUTER_DRIVER_DAEMON, .name = "vpn", .instance = "main", .device_type = "vpn", .ports = 6},
    {.kind = ROUTER_DRIVER_DAEMON, .name = "ike", .instance = "main", .device_type = "ikev2", .max_ports = 8},
    {.kind = ROUTER_DRIVER_SESSION, .name = "pppd", .instance = "l2tp", .device_type = "l2tp", .max_ports = 6},
};

static const char *const users[] = {"alice", "bob", "carol", "", NULL};
static const char *const bundles[] = {NULL, NULL, "b1", "b2"};
static const char *const addresses[] = {NULL, "10.0.0.1", "10.0.0.2", ""};

static uint32_t roll(struct life *l, uint32_t n)
{
    l->random = l->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((l->random >> 33) % n);
}

static int on_send(void *ctx, void *channel, const struct router_order *order)
{
    struct life *l = ctx;
    size_t d = (size_t)(uintptr_t)channel - 1u;
    assert_in_range(d, 0, DRIVERS - 1);
    assert_non_null(l->d[d]);
    size_t id = (size_t)atoi(order->id);
    assert_true(l->known[d][id].start != 0 && l->known[d][id].start == order->start);
    if (l->refuse_send)
        return -EPIPE;
    l->orders[l->order_count++ % 16] = order->order;
    return 0;
}

/* Only sessions that matched when the job began, each as it was then. */
static void check_order_of_job(const struct life *l, const struct router_event *e)
{
    for (size_t i = 0; i < JOBS; i++) {
        bool there = false;
        for (size_t k = 0; k < l->jobs[i].n; k++)
            there = there || l->jobs[i].handles[k] == e->port;
        if (l->jobs[i].number == e->job)
            assert_true(there);
    }
}

static void on_event(void *ctx, const struct router_event *e)
{
    struct life *l = ctx;
    watch_event(&l->watch, e);
    if (e->job && (e->type == ROUTER_EVENT_ORDER || e->type == ROUTER_EVENT_NO_ORDER))
        check_order_of_job(l, e);
}

static void on_random(void *ctx, uint8_t *dst, size_t n)
{
    struct life *l = ctx;
    for (size_t i = 0; i < n; i++)
        dst[i] = (uint8_t)roll(l, 256);
}

static void on_done(void *cookie, int result)
{
    struct asked *a = cookie;
    assert_int_equal(++a->calls, 1);
    assert_true(result == 0 || result == -EREMOTEIO || result == -ETIMEDOUT);
}

static const struct router_ops ops = {.send_disconnect = on_send, .event = on_event, .random = on_random};

/* ---- steps ---- */

static void report_one(struct life *l)
{
    size_t d = roll(l, DRIVERS), i = roll(l, IDS);
    struct known *k = &l->known[d][i];
    char id[8];
    const struct router_counters c = {.bytes_in = roll(l, 1000), .crc_errors = roll(l, 3)};
    bool again = k->start && roll(l, 4);
    struct router_session s = {.id = id,
                               .start = again ? k->start : ++l->last_start,
                               .state = (enum router_session_state)roll(l, ROUTER_SESSION_DISCONNECTING + 1),
                               .user = users[roll(l, 5)],
                               .tunnel_address4 = addresses[roll(l, 4)],
                               .tunnel_address6 = addresses[roll(l, 4)],
                               .bundle = bundles[roll(l, 4)],
                               .counters = roll(l, 2) ? &c : NULL};
    if (roll(l, 2))
        s.state = ROUTER_SESSION_CONNECTED;
    snprintf(id, sizeof id, "%zu", i);
    if (!l->d[d])
        return;
    const struct known before = *k;
    *k = (struct known){.start = s.start, .seen = true}; /* an order may go out while it is taken */
    int rc = router_session_report(l->r, l->d[d], (void *)(uintptr_t)(d + 1u), &s, &l->now);
    assert_true(rc == 0 || (rc == -ENOSPC && !before.start));
    if (rc != 0)
        *k = before;
}

static void end_one(struct life *l)
{
    size_t d = roll(l, DRIVERS), i = roll(l, IDS);
    struct known *k = &l->known[d][i];
    char id[8];
    const struct router_gone g = {.id = id, .start = roll(l, 3) ? k->start : 0, .reason = "left"};
    snprintf(id, sizeof id, "%zu", i);
    if (!l->d[d])
        return;
    assert_int_equal(router_session_gone(l->r, l->d[d], &g, &l->now), k->start ? 0 : -ENOENT);
    k->start = 0;
}

static void ask_one(struct life *l)
{
    struct router_port_view v;
    struct asked *a = &l->asked[l->next_asked];
    const struct router_ask ask = {.hard = roll(l, 4) == 0, .reason = roll(l, 2) ? "why not" : NULL};
    if (!router_port_at(l->r, 1 + roll(l, 30), &l->now, &v) || (a->expected && !a->calls))
        return;
    uint32_t handle = v.handle ^ (roll(l, 8) ? 0 : 1u << 20);
    *a = (struct asked){0};
    l->refuse_send = roll(l, 10) == 0;
    int rc = router_port_disconnect(l->r, handle, &ask, &l->now, on_done, a);
    l->refuse_send = false;
    a->expected = rc == -EINPROGRESS;
    if (handle != v.handle)
        assert_int_equal(rc, -EINVAL);
    else if (!v.id[0])
        assert_int_equal(rc, -ENOTCONN);
    else
        assert_true(rc == 0 || rc == -EINPROGRESS || rc == -ENODEV);
    l->next_asked = (l->next_asked + 1u) % CALLS;
}

static const uint32_t rates[] = {1, 5, 1000, ROUTER_JOB_UNLIMITED};

static void begin_job(struct life *l)
{
    const struct router_selector selectors[] = {{.all = true},
                                                {.user = users[roll(l, 3)]},
                                                {.driver = infos[roll(l, DRIVERS)].name},
                                                {.address = "10.0.0.0/30"}};
    const struct router_job_ask ask = {.selector = selectors[roll(l, 4)],
                                       .rate = rates[roll(l, 4)],
                                       .hard = roll(l, 4) == 0,
                                       .reason = roll(l, 2) ? "maintenance" : NULL};
    struct noted *noted = &l->jobs[l->next_job];
    uint32_t *found = NULL;
    size_t n = 0;
    if (roll(l, 8))
        return;
    assert_int_equal(router_select(l->r, &ask.selector, 0, SIZE_MAX, &found, &n), 0);
    assert_in_range(n, 0, ROWS);
    uint32_t running = router_job_count(l->r);
    *noted = (struct noted){.n = n};
    if (n)
        memcpy(noted->handles, found, n * sizeof *found);
    free(found);
    int rc = router_job_start(l->r, &ask, &l->now, &noted->number);
    assert_int_equal(rc, running < 3 ? 0 : -EBUSY);
    if (rc == 0)
        l->next_job = (l->next_job + 1u) % JOBS;
}

static void cancel_job(struct life *l)
{
    const struct noted *noted = &l->jobs[roll(l, JOBS)];
    if (noted->number && roll(l, 10) == 0)
        (void)router_job_cancel(l->r, noted->number, &l->now); /* it may be of an earlier life, or forgotten */
}

/* The driver says that the session was not there: then it is not. */
static void answer_one(struct life *l)
{
    size_t d = roll(l, DRIVERS);
    enum router_reply what = (enum router_reply)roll(l, 3);
    if (!l->d[d] || !l->order_count)
        return;
    uint64_t order = l->orders[roll(l, 16)];
    if (what == ROUTER_REPLY_NO_SESSION)
        what = ROUTER_REPLY_ACCEPTED; /* end_one() covers what happens then; here we would not know whose it was */
    (void)router_order_reply(l->r, l->d[d], order, what, "words", &l->now);
}

static void forget_missing(struct life *l, size_t d)
{
    for (size_t i = 0; i < IDS; i++)
        if (!l->known[d][i].seen)
            l->known[d][i].start = 0;
}

static void forget_waiting(struct life *l, size_t d)
{
    char id[8];
    struct router_port_view v;
    for (size_t i = 0; i < IDS; i++) {
        bool there = false;
        snprintf(id, sizeof id, "%zu", i);
        for (uint32_t slot = 1; slot <= router_port_count(l->r); slot++)
            there = there || (router_port_at(l->r, slot, &l->now, &v) && strcmp(v.id, id) == 0 &&
                              strcmp(v.driver, infos[d].name) == 0);
        if (!there)
            l->known[d][i].start = 0;
        l->known[d][i].seen = false;
    }
}

static void check(struct life *l);

static void come_or_go(struct life *l)
{
    size_t d = roll(l, DRIVERS);
    if (l->d[d] && l->in_snapshot[d]) {
        router_driver_snapshot_end(l->r, l->d[d], &l->now);
        l->in_snapshot[d] = false;
        forget_missing(l, d);
    } else if (l->d[d] && roll(l, 3) == 0) {
        router_driver_detach(l->r, l->d[d], &l->now);
        l->d[d] = NULL;
        l->in_snapshot[d] = false;
        forget_waiting(l, d);
    } else if (!l->d[d] && roll(l, 16) == 0) {
        uint32_t lost;
        int rc = router_driver_give_up(l->r, infos[d].name, infos[d].instance, "olga", &l->now, &lost);
        assert_true(rc == 0 || rc == -ENOENT);
        forget_missing(l, d);
    } else if (!l->d[d] && roll(l, 4) == 0) {
        int rc = router_driver_forget(l->r, infos[d].name, infos[d].instance);
        assert_true(rc == 0 || rc == -ENOENT || rc == -EBUSY);
        for (size_t i = 0; i < IDS; i++)
            assert_true(rc == -EBUSY || !l->known[d][i].start);
    } else if (!l->d[d]) {
        if (infos[d].kind == ROUTER_DRIVER_DAEMON && roll(l, 2)) {
            assert_int_equal(router_driver_introduce(l->r, &infos[d], &l->d[d]), 0);
            check(l);
            router_driver_back(l->r, l->d[d]);
        } else {
            assert_int_equal(router_driver_attach(l->r, &infos[d], &l->now, &l->d[d]), 0);
        }
        l->in_snapshot[d] = infos[d].kind == ROUTER_DRIVER_DAEMON;
    }
}

/* The user's next session is ended by the router itself. */
static void keep_out_or_lift(struct life *l)
{
    static const char *const filters[] = {NULL, "vpn", "ike:main", "pppd:other"};
    const struct router_keep_out_ask ask = {
        .user = users[roll(l, 3)], .driver = filters[roll(l, 4)], .seconds = 1 + roll(l, 30)};
    struct router_keep_out k;
    uint32_t number = 0;
    if (roll(l, 3) == 0 && router_keep_out_after(l->r, roll(l, 1 + router_keep_out_last(l->r)), &k))
        assert_int_equal(router_keep_out_lift(l->r, k.number, NULL), 0);
    else
        assert_int_equal(router_keep_out_add(l->r, &ask, &l->now, &number), 0);
    size_t d = roll(l, DRIVERS);
    if (l->d[d] && router_keep_out_get(l->r, number, &k))
        assert_int_equal(router_keep_out_answer(l->r, l->d[d], number, roll(l, 2), "words"),
                         router_keep_out_is_for(&k, infos[d].name, infos[d].instance) ? 0 : -ENOENT);
}

static void let_time_pass(struct life *l)
{
    uint64_t next = router_next_deadline(l->r);
    uint64_t ms = roll(l, 3) ? roll(l, 300) : roll(l, 12000);
    if (next != UINT64_MAX && roll(l, 3) == 0)
        ms = next > l->now.mono_ms ? next - l->now.mono_ms : 0;
    l->now.mono_ms += ms;
    l->now.wall_s += (int64_t)(ms / 1000);
    router_tick(l->r, &l->now);
    assert_true(router_next_deadline(l->r) > l->now.mono_ms || router_job_count(l->r) > 0);
    /* The pool's missing sessions go by time alone: what is not listed any more is gone. */
    for (size_t i = 0; i < IDS; i++) {
        struct router_port_view v;
        bool there = l->known[2][i].seen;
        for (uint32_t slot = 1; slot <= router_port_count(l->r) && !there; slot++)
            there = router_port_at(l->r, slot, &l->now, &v) && (size_t)atoi(v.id) == i && v.id[0] &&
                    strcmp(v.driver, "pppd") == 0;
        if (!there)
            l->known[2][i].start = 0;
    }
}

static void read_and_clear(struct life *l)
{
    size_t i = roll(l, HELD);
    struct router_connection_view v;
    if (l->held[i]) {
        router_connection_view(l->r, l->held[i], &l->now, &v);
        assert_true(v.handle > 0);
        router_connection_unref(l->r, l->held[i]);
    }
    l->held[i] = router_connection_after(l->r, roll(l, 2) ? 0 : l->watch.first + roll(l, 50));
    (void)router_port_clear(l->r, 1 + roll(l, 30));
    if (l->held[i]) {
        router_connection_view(l->r, l->held[i], &l->now, &v);
        assert_true(router_connection_clear(l->r, v.handle));
    }
}

static int keep(void *ctx, const struct router_saved *s)
{
    struct life *l = ctx;
    assert_true(l->row_count < ROWS);
    struct row *row = &l->rows[l->row_count++];
    const char *const from[7] = {s->driver,      s->instance, s->device_type, s->device_name,
                                 s->port_prefix, s->id,       s->user};
    for (size_t i = 0; i < 7; i++)
        snprintf(row->text[i], sizeof row->text[i], "%s", from[i]);
    row->s = *s;
    row->s.driver = row->text[0];
    row->s.instance = row->text[1];
    row->s.device_type = row->text[2];
    row->s.device_name = row->text[3];
    row->s.port_prefix = row->text[4];
    row->s.id = row->text[5];
    row->s.user = row->text[6];
    return 0;
}

static void begin(struct life *l)
{
    static const struct router_config config = {
        .max_ports = 20, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000, .max_jobs = 3};
    l->r = router_new(&config, &ops, l);
    assert_non_null(l->r);
    memset(l->d, 0, sizeof l->d);
    memset(l->in_snapshot, 0, sizeof l->in_snapshot);
    l->order_count = 0;
}

static void drop_held(struct life *l)
{
    for (size_t i = 0; i < HELD; i++) {
        router_connection_unref(l->r, l->held[i]);
        l->held[i] = NULL;
    }
}

static void end(struct life *l)
{
    drop_held(l);
    router_free(l->r);
    assert_int_equal(watch_open_orders(&l->watch), 0);
    assert_int_equal(l->watch.jobs, 0);
    for (size_t i = 0; i < CALLS; i++)
        assert_int_equal(l->asked[i].calls, l->asked[i].expected ? 1 : 0);
}

static void restart(struct life *l)
{
    struct router_marks marks;
    bool clean = roll(l, 2);
    if (roll(l, 40))
        return;
    l->row_count = 0;
    router_get_marks(l->r, &marks);
    for (size_t d = 0; d < DRIVERS; d++)
        forget_waiting(l, d);
    assert_int_equal(router_save(l->r, keep, l), 0);
    end(l);
    watch_begin(&l->watch, marks.connection + 1);
    begin(l);
    for (size_t i = 0; clean && i < l->row_count; i++)
        assert_int_equal(router_restore(l->r, &l->rows[i].s, &l->now), 0);
    if (!clean) {
        router_set_floor(l->r, &marks);
        memset(l->known, 0, sizeof l->known);
    }
}

static void check(struct life *l)
{
    struct router_port_view v;
    watch_check(l->r, &l->now);
    for (uint32_t slot = 1; slot <= router_port_count(l->r); slot++) {
        if (!router_port_at(l->r, slot, &l->now, &v) || !v.id[0])
            continue;
        size_t d = 0;
        while (strcmp(v.driver, infos[d].name) != 0)
            d++;
        assert_true(l->known[d][atoi(v.id)].start != 0);
    }
}

static void live(uint64_t seed)
{
    static void (*const steps[])(struct life *) = {report_one, report_one, report_one, end_one,         ask_one,
                                                   ask_one,    answer_one, come_or_go, let_time_pass,   read_and_clear,
                                                   restart,    begin_job,  cancel_job, keep_out_or_lift};
    static struct life l;
    memset(&l, 0, sizeof l);
    l.random = seed;
    l.now = (struct router_time){.mono_ms = 1000, .wall_s = 1764084000};
    watch_begin(&l.watch, 1);
    begin(&l);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < STEPS; i++) {
        steps[roll(&l, sizeof steps / sizeof steps[0])](&l);
        check(&l);
    }
    end(&l);
}

static void random_lives_keep_the_rules(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        live(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_lives_keep_the_rules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
