/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/router/fixture.h"

const struct router_config test_config = {
    .max_ports = 1000, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000, .max_jobs = 4};

static int on_send(void *ctx, void *channel, const struct router_order *order)
{
    struct fixture *f = ctx;
    if (f->send_result != 0)
        return f->send_result;
    assert_true(f->sent_count < SENT_MAX);
    struct sent *s = &f->sent[f->sent_count++];
    *s = (struct sent){.channel = channel,
                       .order = order->order,
                       .start = order->start,
                       .hard = order->hard,
                       .deadline_ms = order->deadline_ms,
                       .events = f->event_count};
    snprintf(s->id, sizeof s->id, "%s", order->id);
    snprintf(s->reason, sizeof s->reason, "%s", order->reason ? order->reason : "");
    return 0;
}

static int on_errand(void *ctx, void *channel, const struct router_errand *e)
{
    struct fixture *f = ctx;
    if (f->send_result != 0)
        return f->send_result;
    assert_true(f->errand_count < SENT_MAX);
    struct sent_errand *s = &f->errands[f->errand_count++];
    *s = (struct sent_errand){.channel = channel, .kind = e->kind, .order = e->order, .start = e->start, .on = e->on};
    snprintf(s->id, sizeof s->id, "%s", e->id);
    snprintf(s->text, sizeof s->text, "%s", e->text ? e->text : "");
    return 0;
}

static void on_event(void *ctx, const struct router_event *e)
{
    struct fixture *f = ctx;
    assert_true(f->event_count < EVENTS_MAX);
    struct seen *s = &f->events[f->event_count++];
    *s = (struct seen){.type = e->type,
                       .port = e->port,
                       .connection = e->connection,
                       .start = e->start,
                       .order = e->order,
                       .tag = e->tag,
                       .took_ms = e->took_ms,
                       .outcome = e->outcome,
                       .told = e->told,
                       .hard = e->hard,
                       .keep_out = e->keep_out,
                       .has_counters = e->counters != NULL,
                       .counters_final = e->counters_final};
    if (e->counters)
        s->counters = *e->counters;
    s->job = e->job;
    s->result = e->result;
    s->quarantined = e->quarantined;
    if (e->job_view)
        s->job_view = *e->job_view;
#define KEEP(member) snprintf(s->member, sizeof s->member, "%s", e->member ? e->member : "")
    KEEP(id);
    KEEP(user);
    KEEP(reason);
    KEEP(by);
    KEEP(device_type);
    KEEP(client_address);
    KEEP(tunnel_address4);
    KEEP(tunnel_address6);
}

static void on_random(void *ctx, uint8_t *dst, size_t n)
{
    struct fixture *f = ctx;
    memset(dst, ++f->random, n);
}

static void on_keep_out(void *ctx, const struct router_keep_out *k)
{
    struct fixture *f = ctx;
    assert_true(k->number != 0 && k->user[0]);
    f->keep_outs_told++;
}

static void on_keep_out_counted(void *ctx, const struct router_keep_out *k)
{
    struct fixture *f = ctx;
    assert_int_not_equal(k->last_attempt, 0);
    f->keep_outs_counted = k->turned_away;
}

static void on_keep_out_end(void *ctx, const struct router_keep_out *k)
{
    struct fixture *f = ctx;
    assert_true(k->number != 0 && k->user[0]);
    f->keep_outs_ended++;
}

static void on_arrived(void *ctx, const char *user)
{
    struct fixture *f = ctx;
    size_t n = strlen(f->arrived);
    snprintf(f->arrived + n, sizeof f->arrived - n, "%s,", user);
}

static const struct router_ops ops = {.send_disconnect = on_send,
                                      .event = on_event,
                                      .random = on_random,
                                      .keep_out = on_keep_out,
                                      .keep_out_end = on_keep_out_end,
                                      .keep_out_counted = on_keep_out_counted,
                                      .arrived = on_arrived,
                                      .send_errand = on_errand};

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->now = (struct router_time){.mono_ms = 1000000, .wall_s = 1764084000};
    f->r = router_new(&test_config, &ops, f);
    assert_non_null(f->r);
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    router_free(f->r);
    free(f);
    return 0;
}

void fixture_renew(struct fixture *f, const struct router_config *config)
{
    router_free(f->r);
    f->r = router_new(config, &ops, f);
    assert_non_null(f->r);
    forget(f);
}

struct router_driver *attach(struct fixture *f, const char *name, uint32_t ports)
{
    const struct router_driver_info info = {
        .kind = ROUTER_DRIVER_DAEMON, .name = name, .instance = "main", .device_type = name, .ports = ports};
    struct router_driver *d = NULL;
    assert_int_equal(router_driver_attach(f->r, &info, &f->now, &d), 0);
    return d;
}

struct router_driver *attach_pool(struct fixture *f, const char *pool, uint32_t ports)
{
    const struct router_driver_info info = {
        .kind = ROUTER_DRIVER_SESSION, .name = "pppd", .instance = pool, .device_type = pool, .ports = ports};
    struct router_driver *d = NULL;
    assert_int_equal(router_driver_attach(f->r, &info, &f->now, &d), 0);
    return d;
}

int report(struct fixture *f, struct router_driver *d, const struct router_session *s)
{
    return router_session_report(f->r, d, d, s, &f->now);
}

uint32_t connect(struct fixture *f, struct router_driver *d, const char *id, int64_t start, const char *user)
{
    const struct router_session s = {.id = id, .start = start, .state = ROUTER_SESSION_CONNECTED, .user = user};
    assert_int_equal(report(f, d, &s), 0);
    return port_of(f, id).handle;
}

int gone(struct fixture *f, struct router_driver *d, const char *id, int64_t start)
{
    const struct router_gone g = {.id = id, .start = start, .reason = "hung up", .told = ROUTER_TOLD_YES};
    return router_session_gone(f->r, d, &g, &f->now);
}

void pass(struct fixture *f, uint64_t ms)
{
    f->now.mono_ms += ms;
    f->now.wall_s += (int64_t)(ms / 1000);
    router_tick(f->r, &f->now);
}

static void on_done(void *cookie, int result)
{
    struct answer *a = cookie;
    a->calls++;
    a->result = result;
}

static int ask(struct fixture *f, uint32_t handle, bool hard, struct answer *a)
{
    const struct router_ask question = {.hard = hard, .reason = "maintenance", .tag = 77};
    *a = (struct answer){0};
    return router_port_disconnect(f->r, handle, &question, &f->now, on_done, a);
}

int disconnect(struct fixture *f, uint32_t handle, struct answer *a)
{
    return ask(f, handle, false, a);
}

int disconnect_hard(struct fixture *f, uint32_t handle, struct answer *a)
{
    return ask(f, handle, true, a);
}

int reply(struct fixture *f, struct router_driver *d, uint64_t order, enum router_reply answer, const char *text)
{
    return router_order_reply(f->r, d, order, answer, text, &f->now);
}

struct one one_session(struct fixture *f)
{
    struct one o = {.d = attach(f, "openvpn", 2)};
    o.handle = connect(f, o.d, "7", 100, "alice");
    router_driver_snapshot_end(f->r, o.d, &f->now);
    forget(f);
    return o;
}

void order(struct fixture *f, struct one *o)
{
    assert_int_equal(disconnect(f, o->handle, &o->a), -EINPROGRESS);
    o->order = f->sent[f->sent_count - 1].order;
}

struct router_port_view port(struct fixture *f, uint32_t slot)
{
    struct router_port_view v = {0};
    assert_true(router_port_at(f->r, slot, &f->now, &v));
    return v;
}

struct router_port_view port_of(struct fixture *f, const char *id)
{
    struct router_port_view v = {0};
    for (uint32_t slot = 1; slot <= router_port_count(f->r); slot++)
        if (router_port_at(f->r, slot, &f->now, &v) && strcmp(v.id, id) == 0)
            return v;
    fail_msg("no port has session %s", id);
    return v;
}

size_t count(const struct fixture *f, enum router_event_type type)
{
    size_t n = 0;
    for (size_t i = 0; i < f->event_count; i++)
        n += f->events[i].type == type;
    return n;
}

const struct seen *last(const struct fixture *f, enum router_event_type type)
{
    for (size_t i = f->event_count; i > 0; i--)
        if (f->events[i - 1].type == type)
            return &f->events[i - 1];
    fail_msg("no event of type %d", (int)type);
    return NULL;
}

size_t sessions_of(const struct fixture *f, const char *user)
{
    const struct router_selector of_user = {.user = user};
    uint32_t *found = NULL;
    size_t n = 0;
    assert_int_equal(router_select(f->r, &of_user, 0, SIZE_MAX, &found, &n), 0);
    free(found);
    return n;
}

void forget(struct fixture *f)
{
    f->event_count = 0;
    f->sent_count = 0;
    f->arrived[0] = '\0';
}
