/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own interface: what the backend answers, and when. The answers are caught where they would be encoded; events are
 * decoded with what the library decodes them with. Time is ours, the driver takes every order.
 */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>
#include <winerror.h>

#include "router/keep_out.h"
#include "rrasd/backend.h"
#include "rrasx/message.h"
#include "scratch.h"

#define ANSWERS_MAX 64u

struct answer {
    struct rrasx_pending *pending;
    uint32_t code;
    OPENRRAS_EVENT_LIST list;
    OPENRRAS_EVENT events[256];
    void *memory; /* of the events' texts */
    OPENRRAS_JOB job;
    OPENRRAS_FAILURE failure; /* the first */
    char reason[64], by[64];
};

struct world {
    struct scratch *scratch;
    uv_loop_t loop;
    struct config config;
    struct audit *audit;
    struct router *router;
    struct router_driver *driver;
    struct backend *backend;
    const struct rrasx_backend *x;
    struct caller alice, bob;
    uint64_t ms;
    struct router_order orders[64];
    size_t order_count;
    struct answer answers[ANSWERS_MAX];
    size_t answer_count;
    const struct caller *told[ANSWERS_MAX];
    size_t told_count;
    const struct caller *breaks; /* his connection breaks when his answer is sent */
    uintptr_t calls;
    size_t put, put_max; /* records of a page */
    OPENRRAS_SESSION session[256];
    OPENRRAS_KEEP_OUT keep_out[16];
    OPENRRAS_DRIVER driver_item[16];
    struct driver_hub *hub;
};

static struct world *world;

/* ---- memory that fails once ---- */

static size_t allocations, fail_at; /* the fail_at-th from now on fails; 0: none */

static bool fails(void)
{
    return ++allocations == fail_at;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

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

static void fail_next(size_t n)
{
    allocations = 0;
    fail_at = n;
}

/* Has it failed? No more does from now on. */
static bool has_failed(void)
{
    bool yes = fail_at && allocations >= fail_at;
    fail_at = 0;
    return yes;
}

/* ---- where answers are caught ---- */

void __wrap_rrasx_finish_events(struct rrasx_pending *p, uint32_t code, const OPENRRAS_EVENT_LIST *list,
                                const uint8_t *events, size_t n);
void __wrap_rrasx_finish_job(struct rrasx_pending *p, uint32_t code, const OPENRRAS_JOB *job);
bool __wrap_rrasx_put_session(struct rrasx_out *out, const OPENRRAS_SESSION *s);

static struct answer *next_answer(struct rrasx_pending *p, uint32_t code)
{
    assert_true(world->answer_count < ANSWERS_MAX);
    for (size_t i = 0; i < world->answer_count; i++)
        assert_ptr_not_equal(world->answers[i].pending, p); /* each exactly once */
    struct answer *a = &world->answers[world->answer_count++];
    a->pending = p;
    a->code = code;
    return a;
}

void __wrap_rrasx_finish_events(struct rrasx_pending *p, uint32_t code, const OPENRRAS_EVENT_LIST *list,
                                const uint8_t *events, size_t n)
{
    struct answer *a = next_answer(p, code);
    if (code != 0)
        return;
    struct rrasx_chunk c = {events, n};
    struct rrasx_size need = {0};
    OPENRRAS_EVENT_LIST decoded = {0};
    assert_true(rrasx_measure(&rrasx_events, c, &need));
    a->memory = malloc(need.items + need.texts + 1);
    assert_non_null(a->memory);
    assert_true(rrasx_fill(&rrasx_events, &c, 1, &decoded, a->memory, &need));
    a->list = *list;
    a->list.dwCount = decoded.dwCount;
    assert_in_range(decoded.dwCount, 0, 256);
    for (size_t i = 0; i < decoded.dwCount; i++)
        a->events[i] = decoded.pEvents[i];
}

void __wrap_rrasx_finish_job(struct rrasx_pending *p, uint32_t code, const OPENRRAS_JOB *job)
{
    struct answer *a = next_answer(p, code);
    if (code != 0)
        return;
    a->job = *job;
    if (job->dwFailures)
        a->failure = job->pFailures[0];
    snprintf(a->reason, sizeof a->reason, "%s", job->pszReason ? job->pszReason : "");
    snprintf(a->by, sizeof a->by, "%s", job->pszBy ? job->pszBy : "");
}

bool __wrap_rrasx_put_session(struct rrasx_out *out, const OPENRRAS_SESSION *s)
{
    (void)out;
    assert_true(world->put < 256);
    world->session[world->put++] = *s;
    return world->put < world->put_max;
}

bool __wrap_rrasx_put_keep_out(struct rrasx_out *out, const OPENRRAS_KEEP_OUT *k);
bool __wrap_rrasx_put_keep_out(struct rrasx_out *out, const OPENRRAS_KEEP_OUT *k)
{
    (void)out;
    assert_true(world->put < 16);
    world->keep_out[world->put++] = *k;
    return world->put < world->put_max;
}

bool __wrap_rrasx_put_driver(struct rrasx_out *out, const OPENRRAS_DRIVER *d);
bool __wrap_rrasx_put_driver(struct rrasx_out *out, const OPENRRAS_DRIVER *d)
{
    (void)out;
    assert_true(world->put < 16);
    world->driver_item[world->put++] = *d;
    return world->put < world->put_max;
}

/* ---- the world ---- */

static bool nobody_may(void *ctx, uid_t uid, const char *driver, const char *instance)
{
    (void)ctx, (void)uid, (void)driver, (void)instance;
    return false;
}

static struct router_time now_of(void *ctx)
{
    const struct world *w = ctx;
    return (struct router_time){.mono_ms = w->ms, .wall_s = 1764084000};
}

static int take_order(void *ctx, void *channel, const struct router_order *order)
{
    struct world *w = ctx;
    (void)channel;
    assert_true(w->order_count < 64);
    w->orders[w->order_count++] = *order;
    return 0;
}

static void on_event(void *ctx, const struct router_event *event)
{
    struct world *w = ctx;
    if (w->backend)
        backend_event(w->backend, event);
}

static void fill_seven(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 7, n);
}

static void answered(void *ctx, struct caller *caller)
{
    struct world *w = ctx;
    assert_true(w->told_count < ANSWERS_MAX);
    w->told[w->told_count++] = caller;
    if (caller == w->breaks)
        backend_forget(w->backend, caller);
}

static const GUID run = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};

static int setup(void **state)
{
    static const struct router_config config = {
        .max_ports = 1000, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000, .max_jobs = 2};
    static const struct router_ops ops = {.send_disconnect = take_order, .event = on_event, .random = fill_seven};
    static const struct router_driver_info info = {
        .name = "openvpn", .instance = "main", .device_type = "openvpn", .ports = 40};
    char path[SCRATCH_PATH_MAX];
    struct world *w = world = calloc(1, sizeof *w);
    if (!w || scratch_setup((void **)&w->scratch) != 0 || uv_loop_init(&w->loop) != 0 ||
        audit_open(&w->loop, scratch_path(w->scratch, path, "audit"), "run", &w->audit) != 0)
        return -1;
    w->ms = 100000;
    w->put_max = 256;
    w->config.events_kept = 200;
    w->config.events_bytes = 65536;
    w->config.jobs = 2;
    w->config.waiting_calls = 6;
    w->config.waiting_per_connection = 4;
    w->alice = (struct caller){.uid = 1000, .role = ACCESS_OPERATOR};
    w->bob = (struct caller){.uid = 0, .role = ACCESS_ADMINISTRATOR};
    w->router = router_new(&config, &ops, w);
    static const struct driver_hub_config hub = {.ping_ms = 10000, .hung_ms = 30000, .hello_ms = 5000};
    w->hub = driver_hub_new(&w->loop, &hub, nobody_may, now_of, w);
    driver_hub_set_router(w->hub, w->router);
    struct backend_env env = {.router = w->router,
                              .hub = w->hub,
                              .audit = w->audit,
                              .config = &w->config,
                              .run = run,
                              .now = now_of,
                              .answered = answered,
                              .ctx = w};
    w->backend = backend_new(&env);
    w->x = backend_rrasx(w->backend);
    struct router_time now = now_of(w);
    if (router_driver_attach(w->router, &info, &now, &w->driver) != 0)
        return -1;
    router_driver_snapshot_end(w->router, w->driver, &now);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    backend_stop(w->backend);
    driver_hub_close(w->hub, NULL, NULL);
    router_free(w->router);
    backend_free(w->backend);
    audit_close(w->audit);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    audit_free(w->audit);
    int r = uv_loop_close(&w->loop);
    for (size_t i = 0; i < w->answer_count; i++)
        free(w->answers[i].memory);
    scratch_teardown((void **)&w->scratch);
    free(w);
    return r;
}

static uint32_t come(struct world *w, const char *id, const char *user)
{
    struct router_time now = now_of(w);
    struct router_port_view v;
    const struct router_session s = {.id = id,
                                     .start = 1764083000,
                                     .state = ROUTER_SESSION_CONNECTED,
                                     .user = user,
                                     .auth = "certificate",
                                     .client_address = "192.0.2.7:4000",
                                     .tunnel_address4 = "10.8.0.2"};
    assert_int_equal(router_session_report(w->router, w->driver, NULL, &s, &now), 0);
    for (uint32_t slot = 1; router_port_at(w->router, slot, &now, &v); slot++)
        if (strcmp(v.id, id) == 0)
            return v.handle;
    fail();
    return 0;
}

static void gone(struct world *w, const char *id)
{
    struct router_time now = now_of(w);
    const struct router_counters c = {.bytes_out = 1ull << 62, .bytes_in = 5};
    const struct router_gone g = {
        .id = id, .reason = "hung up", .told = ROUTER_TOLD_YES, .counters = &c, .counters_final = true};
    assert_int_equal(router_session_gone(w->router, w->driver, &g, &now), 0);
}

/* A turn of the loop, so many milliseconds later. */
static void pass(struct world *w, uint64_t ms)
{
    w->ms += ms;
    struct router_time now = now_of(w);
    router_tick(w->router, &now);
    backend_wake(w->backend);
}

static struct rrasx_pending *new_call(struct world *w)
{
    return (struct rrasx_pending *)++w->calls; /* never looked at */
}

static void wait_for_events(struct world *w, struct caller *caller, uint64_t after, uint32_t mask, uint32_t ms)
{
    const struct rrasx_event_request request = {.after = after, .mask = mask, .wait_ms = ms};
    w->x->event_wait(w->x->ctx, caller, &request, new_call(w));
}

static const struct answer *answer(const struct world *w, size_t i)
{
    assert_true(i < w->answer_count);
    return &w->answers[i];
}

/* ---- events ---- */

static uint64_t last_event(struct world *w)
{
    OPENRRAS_SERVER s;
    assert_int_equal(w->x->server_get(w->x->ctx, &w->alice, &s), 0);
    return s.ullLastEvent;
}

static void events_have_numbers_and_say_what_the_router_says(void **state)
{
    struct world *w = *state;
    uint64_t before = last_event(w);
    uint32_t port = come(w, "4711", "carol");
    gone(w, "4711");
    wait_for_events(w, &w->alice, before, OPENRRAS_EVENT_MASK_ALL, 0);
    const struct answer *a = answer(w, 0);
    assert_int_equal(a->code, 0);
    assert_int_equal(a->list.dwCount, 4);
    assert_int_equal(a->list.ullLast, before + 4);
    assert_int_equal(a->list.ullMissed, 0);
    assert_memory_equal(&a->list.guidRun, &run, sizeof run);
    static const uint32_t types[] = {OPENRRAS_EVENT_CONNECTION_UP, OPENRRAS_EVENT_SESSION_UP,
                                     OPENRRAS_EVENT_SESSION_GONE, OPENRRAS_EVENT_CONNECTION_GONE};
    for (size_t i = 0; i < 4; i++) {
        const OPENRRAS_EVENT *e = &a->events[i];
        assert_int_equal(e->dwType, types[i]);
        assert_int_equal(e->ullNumber, before + 1 + i);
        assert_true(e->llTimeMs > 1700000000000);
        assert_int_equal(e->dwPort, port);
        assert_int_equal(e->dwOutcome, OPENRRAS_OUTCOME_NONE);
        assert_string_equal(e->pszUser, "carol");
        assert_string_equal(e->pszId, "4711");
        assert_string_equal(e->pszDriver, "openvpn");
        assert_string_equal(e->pszInstance, "main");
        assert_string_equal(e->pszDeviceType, "openvpn");
        assert_string_equal(e->pszPort, "openvpn-1");
        assert_string_equal(e->pszClientAddress, "192.0.2.7:4000");
        assert_string_equal(e->pszTunnelAddress4, "10.8.0.2");
    }
    const OPENRRAS_EVENT *e = &a->events[2];
    assert_int_equal(e->ullBytesOut, 1ull << 62);
    assert_int_equal(e->ullBytesIn, 5);
    assert_true(e->fCountersFinal);
    assert_string_equal(e->pszReason, "hung up");
    assert_int_equal(e->dwTold, OPENRRAS_TOLD_YES);
    assert_int_equal(e->llStart, 1764083000);
}

static void counters_alone_are_no_event(void **state)
{
    struct world *w = *state;
    const struct router_counters c = {.bytes_in = 99};
    struct router_time now = now_of(w);
    come(w, "1", "carol");
    uint64_t before = last_event(w);
    assert_int_equal(router_session_counters(w->router, w->driver, "1", 1764083000, &c, &now), 0);
    assert_int_equal(last_event(w), before);
}

static void a_burst_of_events_makes_one_answer_for_each_who_waits(void **state)
{
    struct world *w = *state;
    uint64_t before = last_event(w);
    for (unsigned i = 0; i < 3; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_DRIVER_DOWN), 1000);
    pass(w, 0);
    assert_int_equal(w->answer_count, 0);
    come(w, "1", "carol");
    come(w, "2", "dora");
    come(w, "3", "emil");
    assert_int_equal(w->answer_count, 0); /* not before the loop is about to sleep */
    pass(w, 0);
    assert_int_equal(w->answer_count, 3);
    assert_int_equal(w->told_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(answer(w, i)->list.dwCount, 6);
        assert_int_equal(answer(w, i)->list.ullLast, before + 6);
        assert_ptr_equal(w->told[i], &w->alice);
    }
    pass(w, 999);
    assert_int_equal(w->answer_count, 3);
    pass(w, 1);
    assert_int_equal(answer(w, 3)->list.dwCount, 0); /* the time is over */
    assert_int_equal(answer(w, 3)->list.ullLast, before + 6);
    assert_int_equal(w->alice.waiting + w->bob.waiting, 0);
    assert_int_equal(backend_next_deadline(w->backend), UINT64_MAX);
}

static void whoever_waits_has_not_missed_what_he_does_not_want(void **state)
{
    struct world *w = *state;
    char id[8];
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_DRIVER_DOWN), 60000);
    for (unsigned i = 0; i < 150; i++) { /* the journal has room for 200 */
        snprintf(id, sizeof id, "%u", i);
        come(w, id, "carol");
        gone(w, id);
        pass(w, 1);
    }
    struct router_time now = now_of(w);
    router_driver_detach(w->router, w->driver, &now);
    pass(w, 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_int_equal(answer(w, 0)->list.ullMissed, 0);
    wait_for_events(w, &w->alice, 1, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB), 60000);
    assert_int_equal(answer(w, 1)->list.dwCount, 0); /* but this one has, and hears of it at once */
    assert_int_equal(answer(w, 1)->list.ullMissed, last_event(w) - 200 - 1);
}

static void what_has_happened_already_is_not_waited_for(void **state)
{
    struct world *w = *state;
    uint64_t before = last_event(w);
    come(w, "1", "carol");
    wait_for_events(w, &w->alice, before + 1, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_UP), 60000);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_int_equal(answer(w, 0)->events[0].dwType, OPENRRAS_EVENT_SESSION_UP);
    assert_int_equal(w->told_count, 0); /* its connection is at work, and sends by itself */
}

static void another_run_is_told_at_once(void **state)
{
    struct world *w = *state;
    struct rrasx_event_request request = {
        .has_run = true, .run = run, .after = 1, .mask = OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB), .wait_ms = 1000};
    come(w, "1", "carol");
    w->x->event_wait(w->x->ctx, &w->alice, &request, new_call(w));
    assert_int_equal(w->answer_count, 0); /* the same run: waits */
    uint8_t *byte = (uint8_t *)&request.run;
    for (size_t i = 0; i < sizeof run; i++) {
        byte[i] ^= 0x80;
        w->x->event_wait(w->x->ctx, &w->alice, &request, new_call(w));
        byte[i] ^= 0x80;
        const struct answer *a = answer(w, i);
        assert_true(a->list.fRestarted);
        assert_int_equal(a->list.dwCount, 0);
        assert_int_equal(a->list.ullMissed, 0);
        assert_int_equal(a->list.ullLast, last_event(w));
    }
}

static void only_so_many_may_wait(void **state)
{
    struct world *w = *state;
    struct caller carl = {.uid = 7, .role = ACCESS_VIEWER};
    for (unsigned i = 0; i < 5; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(w->answer_count, 1);
    assert_int_equal(answer(w, 0)->code, RPC_S_SERVER_TOO_BUSY);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &carl, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(w->answer_count, 2);
    assert_int_equal(answer(w, 1)->code, RPC_S_SERVER_TOO_BUSY);
    backend_forget(w->backend, &w->alice); /* makes room */
    assert_int_equal(w->answer_count, 6);
    wait_for_events(w, &carl, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(w->answer_count, 6);
    backend_forget(w->backend, &carl);
}

static void a_caller_whose_connection_breaks_meanwhile_takes_his_calls_along(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < 3; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    w->breaks = &w->alice;
    come(w, "1", "carol");
    pass(w, 0);
    assert_int_equal(w->answer_count, 4);
    assert_int_equal(answer(w, 0)->code, 0);
    assert_int_equal(answer(w, 1)->code, ERROR_CANCELLED);
    assert_int_equal(answer(w, 2)->code, ERROR_CANCELLED);
    assert_int_equal(answer(w, 3)->list.dwCount, 2);
    assert_int_equal(w->told_count, 2);
}

static void who_asks_nothing_more_is_not_kept_waiting(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 60000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_KEPT_OUT), 60000);
    w->x->disconnect(w->x->ctx, &w->alice, &d, 60000, new_call(w));
    backend_leave(w->backend, &w->alice);
    assert_int_equal(w->answer_count, 2);
    assert_int_equal(answer(w, 1)->job.dwState, OPENRRAS_JOB_RUNNING);
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 60000); /* that came before, and was kept */
    assert_int_equal(answer(w, 2)->code, 0);
    w->x->disconnect(w->x->ctx, &w->alice, &d, 60000, new_call(w));
    assert_int_equal(answer(w, 3)->job.dwMatched, 1);
    assert_int_equal(w->alice.waiting, 0);
    assert_int_equal(w->bob.waiting, 1);
}

static void who_has_lost_his_role_meanwhile_hears_nothing(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 60000);
    w->x->disconnect(w->x->ctx, &w->alice, &d, 60000, new_call(w));
    w->alice.role = ACCESS_NONE;
    pass(w, 0);
    gone(w, "1");
    pass(w, 0);
    assert_int_equal(w->answer_count, 2);
    assert_int_equal(answer(w, 0)->code, ERROR_ACCESS_DENIED);
    assert_int_equal(answer(w, 1)->code, ERROR_ACCESS_DENIED);
}

static void when_rrasd_stops_everybody_is_answered_and_nobody_waits_any_more(void **state)
{
    struct world *w = *state;
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    backend_stop(w->backend);
    assert_int_equal(answer(w, 0)->code, 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 0);
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(answer(w, 1)->code, RPC_S_SERVER_TOO_BUSY);
}

static void the_next_deadline_is_the_earliest(void **state)
{
    struct world *w = *state;
    static const uint32_t waits[] = {500, 100, 900, 300};
    assert_int_equal(backend_next_deadline(w->backend), UINT64_MAX);
    for (size_t i = 0; i < 4; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, waits[i]);
    static const uint64_t due[] = {100, 300, 500, 900};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(backend_next_deadline(w->backend), 100000 + due[i]);
        pass(w, 100000 + due[i] - w->ms);
        assert_int_equal(w->answer_count, i + 1);
    }
}

/* ---- the server, sessions ---- */

static void the_server_says_what_it_is_and_what_the_caller_may(void **state)
{
    struct world *w = *state;
    OPENRRAS_SERVER s;
    static const uint32_t rights[] = {0, 1, 3, 7};
    come(w, "1", "carol");
    for (unsigned role = ACCESS_NONE; role <= ACCESS_ADMINISTRATOR; role++) {
        w->alice.role = (enum access_role)role;
        assert_int_equal(w->x->server_get(w->x->ctx, &w->alice, &s), 0);
        assert_int_equal(s.dwRights, rights[role]);
    }
    assert_memory_equal(&s.guidRun, &run, sizeof run);
    assert_int_equal(s.llStarted, 1764084000);
    assert_int_equal(s.ullFirstEvent, 1);
    assert_int_equal(s.dwPorts, 40);
    assert_int_equal(s.dwPortsInUse, 1);
    assert_int_equal(s.dwConnections, 1);
    assert_int_equal(s.ullSessionsStarted, 1);
    assert_int_equal(s.dwFeatures, 0x1f);
    assert_true(strlen(s.pszVersion) > 0);
}

static void every_operation_asks_for_the_right_of_its_table(void **state)
{
    struct world *w = *state;
    for (uint16_t opnum = 0; opnum < RRASX_OPNUMS; opnum++) {
        const struct dim_op *op = rrasx_op(opnum);
        for (unsigned role = ACCESS_NONE; role <= ACCESS_ADMINISTRATOR; role++) {
            w->alice.role = (enum access_role)role;
            assert_int_equal(w->x->allowed(w->x->ctx, &w->alice, op), access_allows(w->alice.role, op->right));
        }
    }
}

static void sessions_are_listed_in_pages_of_the_matching_ones(void **state)
{
    struct world *w = *state;
    char id[8];
    uint32_t next = 0, seen = 0;
    for (unsigned i = 0; i < 30; i++) {
        snprintf(id, sizeof id, "%u", i);
        come(w, id, i % 3 ? "carol" : "dora");
    }
    const OPENRRAS_SELECTOR dora = {.pszUser = "dora"};
    w->put_max = 4;
    do {
        w->put = 0;
        assert_int_equal(w->x->session_enum(w->x->ctx, &dora, next, NULL, &next), 0);
        for (size_t i = 0; i < w->put; i++, seen++) {
            assert_int_equal(atoi(w->session[i].pszId), 3 * seen);
            assert_string_equal(w->session[i].pszUser, "dora");
            assert_string_equal(w->session[i].pszAuth, "certificate");
        }
    } while (next);
    assert_int_equal(seen, 10);
    const OPENRRAS_SELECTOR nobody = {.pszUser = "emil"}, nothing = {0}, nonsense = {.pszAddress = "10.8.0.1/8"};
    w->put = 0;
    assert_int_equal(w->x->session_enum(w->x->ctx, &nobody, 0, NULL, &next), 0);
    assert_int_equal(w->put + next, 0);
    assert_int_equal(w->x->session_enum(w->x->ctx, &nothing, 0, NULL, &next), ERROR_INVALID_PARAMETER);
    assert_int_equal(w->x->session_enum(w->x->ctx, &nonsense, 0, NULL, &next), ERROR_INVALID_PARAMETER);
}

static void a_session_has_all_that_is_known(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const struct router_counters c = {.bytes_out = UINT64_MAX - 1, .bytes_in = 1ull << 33, .frames_out = 3};
    uint32_t port = come(w, "4711", "carol"), next = 0;
    assert_int_equal(router_session_counters(w->router, w->driver, "4711", 1764083000, &c, &now), 0);
    const OPENRRAS_SELECTOR all = {.fAll = TRUE};
    assert_int_equal(w->x->session_enum(w->x->ctx, &all, 0, NULL, &next), 0);
    assert_int_equal(w->put, 1);
    const OPENRRAS_SESSION *s = &w->session[0];
    assert_int_equal(s->dwPort, port);
    assert_int_equal(s->dwCondition, RAS_PORT_AUTHENTICATED);
    assert_int_equal(s->dwConnectSeconds, 1000);
    assert_int_equal(s->llStart, 1764083000);
    assert_int_equal(s->ullBytesOut, UINT64_MAX - 1);
    assert_int_equal(s->ullBytesIn, 1ull << 33);
    assert_int_equal(s->ullFramesOut, 3);
    assert_int_equal(s->ullOrder, 0);
    assert_false(s->fFailed);
    assert_string_equal(s->pszId, "4711");
    assert_string_equal(s->pszPort, "openvpn-1");
    assert_string_equal(s->pszTunnelAddress4, "10.8.0.2");
    assert_string_equal(s->pszClientAddress, "192.0.2.7:4000");
    assert_string_equal(s->pszBundle, "");
    assert_string_equal(s->pszLastError, "");
}

/* ---- jobs ---- */

static void disconnect(struct world *w, struct caller *caller, const OPENRRAS_DISCONNECT *d, uint32_t ms)
{
    w->x->disconnect(w->x->ctx, caller, d, ms, new_call(w));
}

static void wait_for_job(struct world *w, uint32_t job, uint32_t asked, uint32_t ended, uint32_t ms)
{
    const struct rrasx_job_request request = {
        .job = job, .wait_ms = ms, .has_seen = true, .seen_asked = asked, .seen_ended = ended};
    w->x->job_wait(w->x->ctx, &w->alice, &request, new_call(w));
}

/* The event of this kind in the audit log that comes `nth`; to be freed. */
static json_t *audit_line(const struct world *w, const char *event, size_t nth)
{
    char path[SCRATCH_PATH_MAX];
    char *text = scratch_read(scratch_path(w->scratch, path, "audit"));
    json_t *found = NULL;
    assert_non_null(text);
    for (char *line = text, *end; !found && (end = strchr(line, '\n')); line = end + 1) {
        json_t *j = json_loadb(line, (size_t)(end - line), 0, NULL);
        assert_non_null(j);
        if (strcmp(json_string_value(json_object_get(j, "event")), event) == 0 && nth-- == 0)
            found = j;
        else
            json_decref(j);
    }
    free(text);
    return found;
}

static long long number_in(const json_t *j, const char *key)
{
    return json_integer_value(json_object_get(j, key));
}

static const char *text_in(const json_t *j, const char *key)
{
    const char *text = json_string_value(json_object_get(j, key));
    return text ? text : "";
}

static void three_sessions(struct world *w)
{
    come(w, "1", "carol");
    come(w, "2", "carol");
    come(w, "3", "carol");
}

static void a_job_is_answered_at_its_end(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {
        .Selector = {.pszUser = "carol"}, .dwRate = OPENRRAS_RATE_UNLIMITED, .pszReason = "maintenance"};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 5000);
    pass(w, 0);
    assert_int_equal(w->order_count, 3);
    assert_int_equal(w->answer_count, 0);
    gone(w, "1");
    gone(w, "2");
    gone(w, "3");
    pass(w, 0);
    const struct answer *a = answer(w, 0);
    assert_int_equal(a->code, 0);
    assert_int_equal(a->job.dwState, OPENRRAS_JOB_DONE);
    assert_int_equal(a->job.dwMatched, 3);
    assert_int_equal(a->job.dwAsked, 3);
    assert_int_equal(a->job.dwConfirmed, 3);
    assert_int_equal(a->job.dwFailed, 0);
    assert_int_equal(a->job.llStarted, 1764084000);
    assert_string_equal(a->reason, "maintenance");
    assert_string_equal(a->by, "uid 1000");
    assert_ptr_equal(w->told[0], &w->alice);
}

static void a_jobs_life_is_in_the_journal(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    disconnect(w, &w->bob, &d, 0);
    uint32_t job = answer(w, 0)->job.dwJob;
    assert_int_not_equal(job, 0);
    pass(w, 0);
    pass(w, 40);
    gone(w, "1");
    wait_for_events(w, &w->alice, 0,
                    OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_ORDER) |
                        OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_OUTCOME),
                    0);
    const struct answer *a = answer(w, 1);
    assert_int_equal(a->list.dwCount, 4);
    static const uint32_t types[] = {OPENRRAS_EVENT_JOB, OPENRRAS_EVENT_ORDER, OPENRRAS_EVENT_OUTCOME,
                                     OPENRRAS_EVENT_JOB};
    static const uint32_t outcomes[] = {OPENRRAS_OUTCOME_NONE, OPENRRAS_OUTCOME_NONE, OPENRRAS_OUTCOME_GONE,
                                        OPENRRAS_OUTCOME_GONE};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(a->events[i].dwType, types[i]);
        assert_int_equal(a->events[i].dwOutcome, outcomes[i]);
        assert_int_equal(a->events[i].dwJob, job);
        assert_string_equal(a->events[i].pszBy, "root");
    }
    assert_int_equal(a->events[3].dwTookMs, 40);
}

static void progress_is_told_ten_times_a_second_at_most(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}, .dwRate = 1000};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 0);
    uint32_t job = answer(w, 0)->job.dwJob;
    wait_for_job(w, job, 0, 0, 5000);
    assert_int_equal(backend_next_deadline(w->backend), w->ms + 5000);
    pass(w, 0);
    pass(w, 1);
    assert_int_equal(w->order_count, 2);
    assert_int_equal(w->answer_count, 1);
    assert_int_equal(backend_next_deadline(w->backend), w->ms + 99);
    pass(w, 98);
    assert_int_equal(w->answer_count, 1);
    pass(w, 1);
    assert_int_equal(answer(w, 1)->job.dwAsked, 3);
    wait_for_job(w, job, 3, 0, 5000);
    gone(w, "1");
    pass(w, 99);
    assert_int_equal(w->answer_count, 2);
    pass(w, 1);
    assert_int_equal(answer(w, 2)->job.dwConfirmed, 1);
    wait_for_job(w, job, 3, 1, 5000);
    gone(w, "2");
    gone(w, "3");
    pass(w, 0); /* its end is told at once */
    assert_int_equal(answer(w, 3)->job.dwState, OPENRRAS_JOB_DONE);
    wait_for_job(w, job, 3, 3, 5000);
    assert_int_equal(answer(w, 4)->job.dwState, OPENRRAS_JOB_DONE);
}

static void failures_have_the_codes_of_a_disconnect(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    disconnect(w, &w->alice, &d, 0);
    pass(w, 0);
    assert_int_equal(router_order_reply(w->router, w->driver, w->orders[0].order, ROUTER_REPLY_REFUSED, "no", &now), 0);
    const struct rrasx_job_request request = {.job = answer(w, 0)->job.dwJob, .wait_ms = 60000};
    w->x->job_wait(w->x->ctx, &w->alice, &request, new_call(w)); /* nothing was seen before: at once */
    assert_int_equal(answer(w, 1)->job.dwFailures, 1);
    assert_int_equal(answer(w, 1)->failure.dwCode, ERROR_GEN_FAILURE);
    wait_for_events(w, &w->alice, 0, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB), 0);
    assert_int_equal(answer(w, 2)->events[1].dwOutcome, OPENRRAS_OUTCOME_FAILED);
}

static void a_dry_run_only_counts(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}, .dwFlags = OPENRRAS_DISCONNECT_DRY_RUN};
    three_sessions(w);
    uint64_t before = last_event(w);
    disconnect(w, &w->alice, &d, 1000);
    const struct answer *a = answer(w, 0);
    assert_int_equal(a->job.dwMatched, 3);
    assert_int_equal(a->job.dwJob, 0);
    assert_int_equal(a->job.dwState, OPENRRAS_JOB_DONE);
    pass(w, 0);
    assert_int_equal(w->order_count, 0);
    assert_int_equal(last_event(w), before);
    json_t *j = audit_line(w, "job", 0);
    assert_true(json_is_true(json_object_get(j, "dry_run")));
    assert_int_equal(number_in(j, "matched"), 3);
    assert_null(json_object_get(j, "job"));
    json_decref(j);
}

static void what_can_not_be_a_job_is_refused_and_audited(void **state)
{
    struct world *w = *state;
    static const OPENRRAS_DISCONNECT bad[] = {
        {.dwRate = 1},
        {.Selector = {.pszAddress = "300.1.1.1"}},
        {.Selector = {.pszAddress = "10.8.0.1/24"}, .dwFlags = OPENRRAS_DISCONNECT_DRY_RUN},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        disconnect(w, &w->alice, &bad[i], 1000);
        assert_int_equal(answer(w, i)->code, ERROR_INVALID_PARAMETER);
        json_t *j = audit_line(w, "job", i);
        assert_int_equal(number_in(j, "result"), ERROR_INVALID_PARAMETER);
        json_decref(j);
    }
    const OPENRRAS_DISCONNECT slow = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    for (size_t i = 3; i < 6; i++)
        disconnect(w, &w->alice, &slow, 0);
    assert_int_equal(answer(w, 4)->code, 0);
    assert_int_equal(answer(w, 5)->code, RPC_S_SERVER_TOO_BUSY); /* two at once */
}

static void each_order_of_a_job_has_its_lines_also_when_its_owner_has_left(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol", .pszDriver = "openvpn"}, .dwRate = 1000};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 5000);
    pass(w, 0);
    const OPENRRAS_DISCONNECT again = {.Selector = {.fAll = TRUE}, .dwRate = OPENRRAS_RATE_UNLIMITED};
    disconnect(w, &w->bob, &again, 0);
    uint32_t second = answer(w, 0)->job.dwJob;
    pass(w, 0);
    backend_forget(w->backend, &w->alice);
    memset(&w->alice, 0xff, sizeof w->alice);
    pass(w, 1);
    gone(w, "1");
    gone(w, "2");
    gone(w, "3");
    json_t *job = audit_line(w, "job", 0);
    long long first = number_in(job, "job");
    assert_int_equal(number_in(job, "matched"), 3);
    assert_int_equal(number_in(job, "rate"), 1000);
    assert_string_equal(text_in(json_object_get(job, "selector"), "user"), "carol");
    assert_string_equal(text_in(json_object_get(job, "selector"), "driver"), "openvpn");
    assert_null(json_object_get(json_object_get(job, "selector"), "address"));
    assert_int_equal(number_in(json_object_get(job, "who"), "uid"), 1000);
    json_decref(job);
    /* The first job's order, then the second joins it and gives two of its own, which the first joins. */
    static const struct {
        const char *session;
        bool joined;
        bool of_second;
    } lines[] = {{"1", false, false}, {"1", true, true}, {"2", false, true}, {"3", false, true}, {"2", true, false}};
    for (size_t i = 0; i < 5; i++) {
        json_t *j = audit_line(w, "order", i);
        assert_non_null(j);
        assert_string_equal(text_in(j, "session"), lines[i].session);
        assert_string_equal(text_in(j, "op"), "RrasxDisconnect");
        assert_int_equal(json_is_true(json_object_get(j, "joined")), lines[i].joined);
        assert_int_equal(number_in(j, "job"), lines[i].of_second ? second : first);
        assert_int_equal(number_in(json_object_get(j, "who"), "uid"), lines[i].of_second ? 0 : 1000);
        json_decref(j);
    }
    json_t *outcome = audit_line(w, "outcome", 1);
    assert_int_equal(number_in(outcome, "job"), second);
    json_decref(outcome);
    pass(w, 1000);
    for (size_t i = 0; i < 2; i++) {
        json_t *end = audit_line(w, "job-end", i);
        assert_non_null(end);
        assert_string_equal(text_in(end, "state"), "done");
        assert_int_equal(number_in(end, "confirmed"), 3);
        json_decref(end);
    }
}

static void a_job_is_cancelled_by_its_number_and_audited(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 0);
    pass(w, 0);
    uint32_t job = answer(w, 0)->job.dwJob;
    assert_int_equal(w->x->job_cancel(w->x->ctx, &w->bob, job + 1), ERROR_NOT_FOUND);
    assert_int_equal(w->x->job_cancel(w->x->ctx, &w->bob, job), 0);
    json_t *j = audit_line(w, "change", 1);
    assert_int_equal(number_in(j, "job"), job);
    assert_string_equal(text_in(j, "op"), "RrasxJobCancel");
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
    json_decref(j);
    wait_for_job(w, job, 1, 0, 5000);
    gone(w, "1");
    pass(w, 0);
    assert_int_equal(answer(w, 1)->job.dwState, OPENRRAS_JOB_CANCELLED);
    wait_for_job(w, job + 1, 0, 0, 5000);
    assert_int_equal(answer(w, 2)->code, ERROR_NOT_FOUND);
}

static void who_may_not_wait_any_more_still_gets_his_job(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    for (unsigned i = 0; i < 4; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_KEPT_OUT), 1000);
    disconnect(w, &w->alice, &d, 60000);
    assert_int_equal(answer(w, 0)->code, 0);
    assert_int_equal(answer(w, 0)->job.dwState, OPENRRAS_JOB_RUNNING);
    wait_for_job(w, answer(w, 0)->job.dwJob, 0, 0, 1000);
    assert_int_equal(answer(w, 1)->code, RPC_S_SERVER_TOO_BUSY);
}

static void a_stop_ends_jobs_and_says_so(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 60000);
    pass(w, 0);
    backend_stop(w->backend);
    assert_int_equal(answer(w, 0)->job.dwState, OPENRRAS_JOB_RUNNING); /* as far as it is */
    router_free(w->router);
    w->router = NULL;
    json_t *end = audit_line(w, "job-end", 0);
    assert_non_null(end);
    assert_string_equal(text_in(end, "state"), "cancelled");
    assert_int_equal(number_in(end, "asked"), 1);
    assert_int_equal(number_in(end, "failed"), 1);
    json_decref(end);
}

/* ---- keep-outs ---- */

static uint32_t add(struct world *w, const char *user, const char *driver, uint32_t seconds, const char *reason,
                    uint32_t *ret)
{
    return w->x->keep_out_add(w->x->ctx, &w->alice, user, driver, seconds, reason, ret);
}

static void keep_outs_are_added_listed_and_lifted_and_audited(void **state)
{
    struct world *w = *state;
    uint32_t number = 0, other = 0, next = 0;
    assert_int_equal(add(w, "carol", "", 3600, "lost laptop", &number), 0);
    assert_int_equal(add(w, "dora", "openvpn:main", 60, "", &other), 0);
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 2);
    assert_int_equal(next, 0);
    const OPENRRAS_KEEP_OUT *k = &w->keep_out[0];
    assert_int_equal(k->dwKeepOut, number);
    assert_int_equal(k->llSince, 1764084000);
    assert_int_equal(k->llUntil, 1764084000 + 3600);
    assert_string_equal(k->pszUser, "carol");
    assert_string_equal(k->pszDriver, "");
    assert_string_equal(k->pszReason, "lost laptop");
    assert_string_equal(k->pszBy, "uid 1000");
    assert_string_equal(w->keep_out[1].pszDriver, "openvpn:main");
    w->put_max = 1;
    w->put = 0;
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(next, number);
    assert_int_equal(w->x->keep_out_remove(w->x->ctx, &w->bob, number), 0);
    assert_int_equal(w->x->keep_out_remove(w->x->ctx, &w->bob, number), ERROR_NOT_FOUND);
    json_t *j = audit_line(w, "keep-out", 0);
    assert_string_equal(text_in(j, "user"), "carol");
    assert_string_equal(text_in(j, "op"), "RrasxKeepOutAdd");
    assert_string_equal(text_in(j, "reason"), "lost laptop");
    assert_int_equal(number_in(j, "keep_out"), number);
    assert_int_equal(number_in(j, "seconds"), 3600);
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 1000);
    json_decref(j);
    j = audit_line(w, "keep-out-end", 0);
    assert_string_equal(text_in(j, "user"), "carol");
    assert_string_equal(text_in(j, "op"), "RrasxKeepOutRemove");
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
    assert_null(json_object_get(j, "result"));
    json_decref(j);
    j = audit_line(w, "keep-out-end", 1);
    assert_int_equal(number_in(j, "result"), ERROR_NOT_FOUND);
    json_decref(j);
    assert_null(audit_line(w, "keep-out-end", 2));
}

static void what_can_not_be_a_keep_out_is_refused_and_audited(void **state)
{
    struct world *w = *state;
    uint32_t number = 0;
    assert_int_equal(add(w, "", "", 60, "", &number), ERROR_INVALID_PARAMETER);
    assert_int_equal(add(w, "carol", "", 0, "", &number), ERROR_INVALID_PARAMETER);
    assert_int_equal(add(w, "carol", "", OPENRRAS_KEEP_OUT_MAX_SECONDS + 1, "", &number), ERROR_INVALID_PARAMETER);
    assert_int_equal(add(w, "carol", "", OPENRRAS_KEEP_OUT_MAX_SECONDS, "", &number), 0);
    json_t *j = audit_line(w, "keep-out", 2);
    assert_int_equal(number_in(j, "result"), ERROR_INVALID_PARAMETER);
    json_decref(j);
}

static void who_comes_all_the_same_is_disconnected_with_lines_that_say_why(void **state)
{
    struct world *w = *state;
    uint32_t number = 0;
    assert_int_equal(add(w, "carol", "", 3600, "lost laptop", &number), 0);
    come(w, "1", "carol");
    assert_int_equal(w->order_count, 1);
    gone(w, "1");
    json_t *j = audit_line(w, "order", 0);
    assert_int_equal(number_in(j, "keep_out"), number);
    assert_string_equal(text_in(j, "op"), "keep-out");
    assert_string_equal(text_in(j, "session"), "1");
    assert_null(json_object_get(j, "who"));
    json_decref(j);
    j = audit_line(w, "outcome", 0);
    assert_int_equal(number_in(j, "keep_out"), number);
    json_decref(j);
    wait_for_events(w, &w->alice, 0, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_KEPT_OUT), 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_int_equal(answer(w, 0)->events[0].dwKeepOut, number);
    assert_string_equal(answer(w, 0)->events[0].pszUser, "carol");
}

static void a_keep_out_whose_time_is_over_has_its_line(void **state)
{
    struct world *w = *state;
    uint32_t number = 0;
    assert_int_equal(add(w, "carol", "", 60, "", &number), 0);
    struct router_time later = {.mono_ms = w->ms + 60000, .wall_s = 1764084060};
    router_tick(w->router, &later);
    json_t *j = audit_line(w, "keep-out-end", 0);
    assert_non_null(j);
    assert_int_equal(number_in(j, "keep_out"), number);
    assert_null(json_object_get(j, "who"));
    json_decref(j);
}

static void a_disconnect_can_keep_the_user_out(void **state)
{
    struct world *w = *state;
    const uint32_t port = come(w, "1", "carol");
    struct router_time now = now_of(w);
    struct router_port_view v;
    assert_true(router_port_get(w->router, port, &now, &v));
    const OPENRRAS_SELECTOR by[] = {{.pszUser = "carol"}, {.dwPort = port}, {.dwConnection = v.connection}};
    for (size_t i = 0; i < 3; i++) {
        OPENRRAS_DISCONNECT d = {.Selector = by[i], .dwKeepOutSeconds = 60, .pszReason = "lost laptop"};
        disconnect(w, &w->alice, &d, 0);
        const struct answer *a = answer(w, i);
        assert_int_equal(a->code, 0);
        assert_int_equal(a->job.dwMatched, 1);
        assert_int_equal(a->job.dwKeepOut, answer(w, 0)->job.dwKeepOut); /* the same again: its end is replaced */
        assert_int_equal(w->x->job_cancel(w->x->ctx, &w->alice, a->job.dwJob), 0);
    }
    json_t *j = audit_line(w, "keep-out", 1);
    assert_string_equal(text_in(j, "op"), "RrasxDisconnect");
    assert_string_equal(text_in(j, "user"), "carol");
    json_decref(j);
    j = audit_line(w, "job", 1);
    assert_int_equal(number_in(j, "keep_out"), answer(w, 0)->job.dwKeepOut);
    json_decref(j);
    uint32_t next = 0;
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 1);
}

static void a_keep_out_for_a_selection_that_names_no_user_is_refused(void **state)
{
    struct world *w = *state;
    const uint32_t port = come(w, "1", "carol"), nobody = come(w, "2", "");
    const OPENRRAS_SELECTOR by[] = {{.fAll = TRUE},     {.pszAddress = "10.8.0.2"},    {.pszDriver = "openvpn"},
                                    {.dwPort = nobody}, {.dwPort = port + (1u << 20)}, {.dwConnection = 4711}};
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        OPENRRAS_DISCONNECT d = {.Selector = by[i], .dwKeepOutSeconds = 60};
        d.dwFlags = i == 0 ? OPENRRAS_DISCONNECT_DRY_RUN : 0;
        disconnect(w, &w->alice, &d, 0);
        assert_int_equal(answer(w, i)->code, ERROR_INVALID_PARAMETER);
    }
    const OPENRRAS_DISCONNECT too_long = {.Selector = {.pszUser = "carol"},
                                          .dwKeepOutSeconds = OPENRRAS_KEEP_OUT_MAX_SECONDS + 1};
    disconnect(w, &w->alice, &too_long, 0);
    assert_int_equal(answer(w, 6)->code, ERROR_INVALID_PARAMETER);
    uint32_t next = 0;
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 0); /* and nobody is kept out */
    pass(w, 0);
    assert_int_equal(w->order_count, 0);
}

static void a_disconnect_that_is_refused_keeps_nobody_out(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT slow = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &slow, 0);
    disconnect(w, &w->alice, &slow, 0);
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}, .dwKeepOutSeconds = 60};
    disconnect(w, &w->alice, &d, 0);
    assert_int_equal(answer(w, 2)->code, RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(router_keep_out_count(w->router), 0);
    assert_null(audit_line(w, "keep-out", 0)); /* not for a moment */
}

/* ---- drivers ---- */

static void drivers_are_listed_in_pages(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const struct router_driver_info pool = {.kind = ROUTER_DRIVER_SESSION,
                                            .name = "pppd",
                                            .instance = "l2tp",
                                            .device_type = "l2tp",
                                            .device_name = "L2TP",
                                            .ports = 3};
    struct router_driver *d = NULL;
    uint32_t next = 0;
    assert_int_equal(router_driver_attach(w->router, &pool, &now, &d), 0);
    come(w, "1", "carol");
    assert_int_equal(w->x->driver_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(next, 0);
    assert_int_equal(w->put, 2);
    const OPENRRAS_DRIVER *v = w->driver_item;
    assert_string_equal(v[0].pszDriver, "openvpn");
    assert_string_equal(v[0].pszInstance, "main");
    assert_string_equal(v[0].pszDeviceType, "openvpn");
    assert_int_equal(v[0].dwPorts, 40);
    assert_int_equal(v[0].dwPortsInUse, 1);
    assert_int_equal(v[0].ullSessionsStarted, 1);
    assert_false(v[0].fSession);
    assert_string_equal(v[1].pszDeviceName, "L2TP");
    assert_true(v[1].fSession);
    for (size_t i = 0; i < 2; i++)
        assert_true(v[i].dwState >= OPENRRAS_DRIVER_AWAY && v[i].dwState <= OPENRRAS_DRIVER_UP);
    w->put_max = 1;
    for (uint32_t i = 0; i < 3; i++) {
        w->put = 0;
        assert_int_equal(w->x->driver_enum(w->x->ctx, i, NULL, &next), 0);
        assert_int_equal(w->put, i < 2 ? 1 : 0);
        assert_int_equal(next, i < 2 ? i + 1 : 0);
    }
}

static void a_driver_is_forgotten_when_it_is_away_and_that_is_audited(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    uint32_t next = 0;
    static const uint32_t results[] = {ERROR_BUSY, ERROR_NOT_FOUND, 0, ERROR_NOT_FOUND};
    assert_int_equal(w->x->driver_forget(w->x->ctx, &w->bob, "openvpn", "main"), results[0]);
    assert_int_equal(w->x->driver_forget(w->x->ctx, &w->bob, "openvpn", ""), results[1]);
    router_driver_detach(w->router, w->driver, &now);
    assert_int_equal(w->x->driver_forget(w->x->ctx, &w->bob, "openvpn", "main"), results[2]);
    assert_int_equal(w->x->driver_forget(w->x->ctx, &w->bob, "openvpn", "main"), results[3]);
    assert_int_equal(w->x->driver_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 0);
    for (size_t i = 0; i < 4; i++) {
        json_t *j = audit_line(w, "change", i);
        assert_non_null(j);
        assert_string_equal(text_in(j, "op"), "RrasxDriverForget");
        assert_string_equal(text_in(j, "driver"), "openvpn");
        assert_int_equal(number_in(j, "result"), results[i]);
        assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
        json_decref(j);
    }
}

/* ---- without memory ---- */

static void without_memory_nobody_waits_and_is_told_so(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 0);
    fail_next(1);
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_true(has_failed());
    assert_int_equal(answer(w, 1)->code, ERROR_NOT_ENOUGH_MEMORY);
    fail_next(1);
    wait_for_job(w, answer(w, 0)->job.dwJob, 0, 0, 1000);
    assert_true(has_failed());
    assert_int_equal(answer(w, 2)->code, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(w->alice.waiting, 0);
}

/* Either it was not taken, and everything is as if it had not been asked for, or it was. */
static void a_disconnect_without_memory_is_refused_as_a_whole(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {
        .Selector = {.pszUser = "carol"}, .dwRate = 1, .dwKeepOutSeconds = 60, .pszReason = "lost laptop"};
    size_t refused = 0;
    bool failed = true;
    three_sessions(w);
    for (size_t n = 1; failed; n++) {
        w->answer_count = 0;
        fail_next(n);
        disconnect(w, &w->alice, &d, 1000);
        failed = has_failed();
        if (w->answer_count == 1 && answer(w, 0)->code != 0) {
            assert_int_equal(answer(w, 0)->code, ERROR_NOT_ENOUGH_MEMORY);
            assert_int_equal(router_job_count(w->router), 0);
            assert_int_equal(router_keep_out_count(w->router), 0);
            refused++;
            continue;
        }
        assert_int_equal(router_job_count(w->router), 1);
        assert_int_equal(router_keep_out_count(w->router), 1);
        backend_leave(w->backend, &w->alice); /* if he waits */
        w->alice.leaving = false;
        assert_int_equal(w->x->job_cancel(w->x->ctx, &w->alice, answer(w, 0)->job.dwJob), 0);
        assert_int_equal(w->x->keep_out_remove(w->x->ctx, &w->alice, answer(w, 0)->job.dwKeepOut), 0);
    }
    assert_true(refused >= 5);
    pass(w, 0);
    assert_int_equal(w->order_count, 0);
}

static void without_memory_a_job_is_told_without_its_failures(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}};
    come(w, "1", "carol");
    disconnect(w, &w->alice, &d, 0);
    pass(w, 0);
    assert_int_equal(router_order_reply(w->router, w->driver, w->orders[0].order, ROUTER_REPLY_REFUSED, "no", &now), 0);
    fail_next(1);
    wait_for_job(w, answer(w, 0)->job.dwJob, 0, 0, 1000);
    assert_true(has_failed());
    assert_int_equal(answer(w, 1)->code, 0);
    assert_int_equal(answer(w, 1)->job.dwFailed, 1);
    assert_int_equal(answer(w, 1)->job.dwFailures, 0);
}

static void lists_without_memory_say_so_or_leave_out_details(void **state)
{
    struct world *w = *state;
    const OPENRRAS_SELECTOR all = {.fAll = TRUE};
    uint32_t number = 0, next = 0;
    come(w, "1", "carol");
    fail_next(1);
    assert_int_equal(w->x->session_enum(w->x->ctx, &all, 0, NULL, &next), ERROR_NOT_ENOUGH_MEMORY);
    assert_true(has_failed());
    assert_int_equal(add(w, "dora", "", 60, "", &number), 0);
    for (size_t n = 1; n <= 2; n++) {
        w->put = 0;
        fail_next(n);
        assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
        assert_true(has_failed());
        assert_int_equal(w->put, 1);
        assert_int_equal(w->keep_out[0].dwDrivers, 0);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(events_have_numbers_and_say_what_the_router_says),
        T(counters_alone_are_no_event),
        T(a_burst_of_events_makes_one_answer_for_each_who_waits),
        T(whoever_waits_has_not_missed_what_he_does_not_want),
        T(what_has_happened_already_is_not_waited_for),
        T(another_run_is_told_at_once),
        T(only_so_many_may_wait),
        T(a_caller_whose_connection_breaks_meanwhile_takes_his_calls_along),
        T(who_asks_nothing_more_is_not_kept_waiting),
        T(who_has_lost_his_role_meanwhile_hears_nothing),
        T(when_rrasd_stops_everybody_is_answered_and_nobody_waits_any_more),
        T(the_next_deadline_is_the_earliest),
        T(the_server_says_what_it_is_and_what_the_caller_may),
        T(every_operation_asks_for_the_right_of_its_table),
        T(sessions_are_listed_in_pages_of_the_matching_ones),
        T(a_session_has_all_that_is_known),
        T(a_job_is_answered_at_its_end),
        T(a_jobs_life_is_in_the_journal),
        T(progress_is_told_ten_times_a_second_at_most),
        T(failures_have_the_codes_of_a_disconnect),
        T(a_dry_run_only_counts),
        T(what_can_not_be_a_job_is_refused_and_audited),
        T(each_order_of_a_job_has_its_lines_also_when_its_owner_has_left),
        T(a_job_is_cancelled_by_its_number_and_audited),
        T(who_may_not_wait_any_more_still_gets_his_job),
        T(a_stop_ends_jobs_and_says_so),
        T(keep_outs_are_added_listed_and_lifted_and_audited),
        T(what_can_not_be_a_keep_out_is_refused_and_audited),
        T(who_comes_all_the_same_is_disconnected_with_lines_that_say_why),
        T(a_keep_out_whose_time_is_over_has_its_line),
        T(a_disconnect_can_keep_the_user_out),
        T(a_keep_out_for_a_selection_that_names_no_user_is_refused),
        T(a_disconnect_that_is_refused_keeps_nobody_out),
        T(drivers_are_listed_in_pages),
        T(without_memory_nobody_waits_and_is_told_so),
        T(a_disconnect_without_memory_is_refused_as_a_whole),
        T(without_memory_a_job_is_told_without_its_failures),
        T(lists_without_memory_say_so_or_leave_out_details),
        T(a_driver_is_forgotten_when_it_is_away_and_that_is_audited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
