/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without memory: each allocation of a long scenario fails once, in turn. Whatever fails must say so and leave
 * everything as it was, work when tried again, and what can't fail must not. Linked with --wrap for all that allocates.
 */
#include "router/keep_out.h"
#include "tests/router/watch.h"

static size_t allocations, fail_at; /* the fail_at-th fails; 0: none */
static bool fail_on;                /* and all after it */

static bool fails(void)
{
    allocations++;
    return fail_at && (allocations == fail_at || (fail_on && allocations > fail_at));
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_asprintf(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : __real_strndup(s, n);
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
    if (fails())
        return -1;
    va_list args;
    va_start(args, format);
    int n = vasprintf(ret, format, args);
    va_end(args);
    return n;
}

/* ---- the scenario ---- */

struct stage {
    struct router *r;
    struct router_time now;
    struct watch *watch;
    uint64_t order; /* the last one sent */
    int answers;
    bool gives_up; /* memory does not come back: what failed is not tried again */
};

static int on_send(void *ctx, void *channel, const struct router_order *order)
{
    struct stage *s = ctx;
    (void)channel;
    s->order = order->order;
    return 0;
}

static void on_event(void *ctx, const struct router_event *e)
{
    struct stage *s = ctx;
    watch_event(s->watch, e);
}

static void on_random(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 1, n);
}

static void on_done(void *cookie, int result)
{
    struct stage *s = cookie;
    s->answers++;
    (void)result;
}

static const struct router_config config = {
    .max_ports = 3000, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000, .max_jobs = 2};
static const struct router_ops ops = {.send_disconnect = on_send, .event = on_event, .random = on_random};

/* Do it, and when there was no memory see that nothing has changed, and do it again. */
#define TRY(s, result, expression)                                                                                     \
    do {                                                                                                               \
        uint64_t before_ = watch_print((s)->r, &(s)->now);                                                             \
        int rc_ = (expression);                                                                                        \
        if (rc_ == -ENOMEM) {                                                                                          \
            assert_int_equal(before_, watch_print((s)->r, &(s)->now));                                                 \
            watch_check((s)->r, &(s)->now);                                                                            \
            rc_ = (s)->gives_up ? (result) : (expression);                                                             \
        }                                                                                                              \
        assert_int_equal(rc_, (result));                                                                               \
    } while (0)

static struct router_driver *try_attach(struct stage *s, const char *name, enum router_driver_kind kind,
                                        const char *device_type, uint32_t ports)
{
    const struct router_driver_info info = {
        .kind = kind, .name = name, .instance = "main", .device_type = device_type, .ports = ports};
    struct router_driver *d = NULL;
    TRY(s, 0, router_driver_attach(s->r, &info, &s->now, &d));
    assert_true(d || s->gives_up);
    return d;
}

/* The pool comes back with fewer ports, which is seen at once; then both as something else and with more ports than one
 * chunk holds, the pool as a daemon. */
static void come_back(struct stage *s)
{
    struct router_driver *ppp = try_attach(s, "ppp", ROUTER_DRIVER_SESSION, "ppp", 5);
    if (ppp)
        router_driver_detach(s->r, ppp, &s->now);
    (void)try_attach(s, "vpn", ROUTER_DRIVER_DAEMON, "sstp", 1100);
    (void)try_attach(s, "ppp", ROUTER_DRIVER_DAEMON, "l2tp", 1100);
    watch_check(s->r, &s->now);
}

static void try_report(struct stage *s, struct router_driver *d, const char *id, int64_t start, const char *user,
                       const char *address, const char *bundle, const struct router_counters *counters)
{
    const struct router_session said = {.id = id,
                                        .start = start,
                                        .state = ROUTER_SESSION_CONNECTED,
                                        .user = user,
                                        .tunnel_address4 = address,
                                        .tunnel_address6 = address,
                                        .bundle = bundle,
                                        .counters = counters};
    TRY(s, 0, router_session_report(s->r, d, s, &said, &s->now));
}

static uint32_t handle_of(struct stage *s, const char *id)
{
    struct router_port_view v = {0};
    for (uint32_t slot = 1; slot <= router_port_count(s->r); slot++)
        if (router_port_at(s->r, slot, &s->now, &v) && strcmp(v.id, id) == 0)
            return v.handle;
    return 0;
}

static void try_disconnect(struct stage *s, const char *id)
{
    const struct router_ask ask = {.reason = "maintenance"};
    uint32_t handle = handle_of(s, id);
    if (handle)
        TRY(s, -EINPROGRESS, router_port_disconnect(s->r, handle, &ask, &s->now, on_done, s));
}

static void try_keep_out(struct stage *s, struct router_driver *d, const char *user)
{
    const struct router_keep_out_ask ask = {.user = user, .seconds = 60, .reason = "expired", .by = "olga"};
    uint32_t number = 0;
    TRY(s, 0, router_keep_out_add(s->r, &ask, &s->now, &number));
    TRY(s, 0, number ? router_keep_out_add(s->r, &ask, &s->now, &number) : 0);
    TRY(s, 0, number ? router_keep_out_answer(s->r, d, number, true, "denied") : 0);
    TRY(s, 0, number ? router_keep_out_answer(s->r, d, number, false, "not any more") : 0);
}

/* A job that can't begin changes nothing. One that has begun comes to its end, whatever memory does: who could not be
 * asked for has failed. */
static void try_job(struct stage *s)
{
    const struct router_job_ask ask = {
        .selector = {.all = true}, .rate = ROUTER_JOB_UNLIMITED, .reason = "maintenance", .by = "olga"};
    struct router_job_view v;
    uint32_t number = 0;
    TRY(s, 0, router_job_start(s->r, &ask, &s->now, &number));
    router_tick(s->r, &s->now);
    router_tick(s->r, &s->now);
    assert_true(number == 0 ? s->gives_up : router_job_get(s->r, number, &s->now, &v));
    assert_true(number == 0 || v.asked + v.failed + v.confirmed >= v.matched);
}

static void many(struct stage *s, struct router_driver *d, const char *name, unsigned n)
{
    char id[32], user[32];
    for (unsigned i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%s%u", name, i);
        snprintf(user, sizeof user, "user%u", i);
        try_report(s, d, id, 1, user, user, NULL, NULL);
    }
}

static void play(struct stage *s, struct router_driver *vpn, struct router_driver *ppp)
{
    const struct router_counters errors = {.bytes_in = 5, .crc_errors = 1};
    try_report(s, vpn, "1", 1, "alice", "10.0.0.1", NULL, NULL);
    try_report(s, vpn, "1", 1, "alice", "10.0.0.2", "b1", &errors); /* other texts, a bundle, line errors */
    try_report(s, vpn, "2", 1, "alice", "10.0.0.3", "b1", NULL);
    try_report(s, vpn, "1", 2, "alicia", "10.0.0.4", "b1", &errors); /* another one under the same id */
    TRY(s, s->gives_up ? (router_session_gone(s->r, vpn, &(struct router_gone){.id = "none"}, &s->now), 0) : 0,
        handle_of(s, "2") ? router_session_counters(s->r, vpn, "2", 1, &errors, &s->now) : 0);
    try_keep_out(s, vpn, "bob");
    try_keep_out(s, vpn, "user7");
    try_report(s, vpn, "3", s->now.wall_s + 1, "bob", "10.0.0.5", NULL, NULL); /* without memory he is not ended now */
    many(s, ppp, "p", 40);                                                     /* hash tables grow */
    try_disconnect(s, "1");
    try_disconnect(s, "1");
    try_disconnect(s, "2");
    try_job(s);
    (void)router_order_reply(s->r, vpn, s->order, ROUTER_REPLY_REFUSED, "no", &s->now);
    struct router_connection *c = router_connection_after(s->r, 0);
    const struct router_gone g = {.id = "1", .counters = &errors};
    (void)router_session_gone(s->r, vpn, &g, &s->now);
    router_connection_unref(s->r, c);
    watch_check(s->r, &s->now);
    router_driver_detach(s->r, vpn, &s->now);
    router_driver_detach(s->r, ppp, &s->now);
    s->now.mono_ms += 60000;
    router_tick(s->r, &s->now);
    watch_check(s->r, &s->now);
}

struct rows {
    struct stage *s;
    struct router *to;
    int result;
};

static int carry_over(void *ctx, const struct router_saved *saved)
{
    struct rows *rows = ctx;
    struct stage into = {.r = rows->to, .now = rows->s->now, .gives_up = rows->s->gives_up};
    TRY(&into, 0, router_restore(rows->to, saved, &into.now));
    return 0;
}

static void restart(struct stage *s)
{
    struct rows rows = {.s = s, .to = router_new(&config, &ops, s)};
    if (!rows.to && !s->gives_up)
        rows.to = router_new(&config, &ops, s);
    if (!rows.to)
        return;
    assert_int_equal(router_save(s->r, carry_over, &rows), 0);
    if (!s->gives_up)
        watch_check(rows.to, &s->now);
    router_free(rows.to);
}

static void perform(struct stage *s)
{
    s->r = router_new(&config, &ops, s);
    if (!s->r && !s->gives_up)
        s->r = router_new(&config, &ops, s);
    if (!s->r)
        return;
    struct router_driver *vpn = try_attach(s, "vpn", ROUTER_DRIVER_DAEMON, "vpn", 20);
    struct router_driver *ppp = try_attach(s, "ppp", ROUTER_DRIVER_SESSION, "ppp", 0);
    if (vpn && ppp)
        play(s, vpn, ppp);
    restart(s);
    if (vpn && ppp)
        come_back(s);
    router_free(s->r);
    assert_int_equal(watch_open_orders(s->watch), 0);
}

/* Returns how many allocations there were. */
static size_t perform_with(size_t nth, bool and_on)
{
    static struct watch watch;
    struct stage s = {.now = {.mono_ms = 1000, .wall_s = 1764084000}, .watch = &watch, .gives_up = and_on};
    watch_begin(&watch, 1);
    allocations = 0;
    fail_at = nth;
    fail_on = and_on;
    perform(&s);
    fail_at = 0;
    return allocations;
}

static void every_allocation_may_fail_once(void **state)
{
    (void)state;
    size_t n = perform_with(0, false);
    print_message("%zu allocations\n", n);
    assert_true(n > 300);
    for (size_t i = 1; i <= n; i++)
        perform_with(i, false);
}

static void memory_may_end_at_any_moment(void **state)
{
    (void)state;
    size_t n = perform_with(0, false);
    for (size_t i = 1; i <= n; i++)
        perform_with(i, true);
}

/* So many that each hash table has to grow: uthash does that when ten keys share a bucket. */
static void tables_that_can_not_grow_refuse_and_go_on(void **state)
{
    (void)state;
    static struct watch watch;
    struct stage s = {.now = {.mono_ms = 1000, .wall_s = 1764084000}, .watch = &watch};
    char name[32];
    size_t refused = 0;
    watch_begin(&watch, 1);
    fail_at = 0;
    s.r = router_new(&config, &ops, &s);
    struct router_driver *d = try_attach(&s, "vpn", ROUTER_DRIVER_DAEMON, "vpn", 0);
    const struct router_session said = {.id = name,
                                        .start = 1,
                                        .state = ROUTER_SESSION_CONNECTED,
                                        .user = name,
                                        .tunnel_address4 = name,
                                        .tunnel_address6 = name,
                                        .bundle = name};
    for (unsigned i = 0; i < 350; i++) {
        snprintf(name, sizeof name, "n%u", i);
        uint64_t before = watch_print(s.r, &s.now);
        int rc = -ENOMEM;
        for (size_t nth = 1; rc == -ENOMEM; nth++) {
            fail_at = allocations + nth;
            rc = router_session_report(s.r, d, &s, &said, &s.now);
            fail_at = 0;
            if (rc == -ENOMEM)
                assert_int_equal(before, watch_print(s.r, &s.now));
            refused += rc == -ENOMEM;
        }
        assert_int_equal(rc, 0);
    }
    assert_true(refused > 350 * 7);
    watch_check(s.r, &s.now);
    router_free(s.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail_once),
        cmocka_unit_test(memory_may_end_at_any_moment),
        cmocka_unit_test(tables_that_can_not_grow_refuse_and_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
