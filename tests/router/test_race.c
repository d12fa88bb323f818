/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can an order for alice ever end carol?
 *
 * Alice is on the only port. A caller lists and so has her handle. From then on everything may happen in any order: she
 * leaves, carol comes (to the same port, with the daemon's id used again and a new start), the caller asks, the driver
 * gets the order, answers, reports; connections break, time runs out, rrasd is stopped and started, cleanly or not.
 * Messages in both directions are queued and lost with the connection, as on a socket.
 *
 * All interleavings are tried, up to a depth. A router can't be copied, so each path is replayed from its beginning; a
 * state that was seen before with as many steps to go is not looked at again (the state's print holds all that can
 * matter). After each step the rules are checked, and from each new state the world is also brought to rest: then every
 * caller must have had exactly one answer, each order one outcome, and the router must list exactly what the daemon
 * has.
 */
#include "tests/router/watch.h"
#include "router/router_private.h"

#define DEPTH      9u
#define CALLS_MAX  2u /* the caller asks so often */
#define BREAKS_MAX 2u /* and the connection breaks so often */
#define QUEUE_MAX  16u
#define ALICE      100
#define CAROL      200

enum step {
    ALICE_LEAVES,
    CAROL_COMES,
    ASK,
    ASK_HARD,
    DRIVER_TAKES_ORDER,
    DRIVER_REFUSES_ORDER,
    DELIVER, /* the driver's next message arrives */
    BREAK,
    ATTACH,
    TIME, /* until the next deadline */
    CLEAN_RESTART,
    UNCLEAN_RESTART,
    STEPS,
};

enum message {
    M_SESSION,
    M_GONE,
    M_SNAPSHOT_END,
    M_ACCEPTED,
    M_NO_SESSION,
    M_REFUSED,
};

struct note {
    enum message what;
    int64_t start;
    uint64_t order;
};

struct queued {
    uint64_t order;
    int64_t start;
};

struct call {
    bool asked, stale; /* stale: when it was asked somebody else was on the port already */
    struct answer answer;
    int at_once; /* result of the call itself */
};

struct world {
    struct router *r;
    struct router_driver *d;
    struct router_time now;
    struct watch watch;
    int64_t there; /* start of the session that the daemon has, 0: none */
    bool alice_was_ended, carol_came;
    struct note notes[QUEUE_MAX]; /* driver to rrasd */
    size_t note_count;
    struct queued orders[QUEUE_MAX]; /* rrasd to driver */
    size_t order_count;
    uint32_t handle; /* alice's, as the caller has it */
    struct call calls[CALLS_MAX];
    size_t call_count;
    unsigned breaks, restarts, refusals;
};

static const struct router_config config = {
    .max_ports = 1, .accept_ms = 2000, .gone_ms = 10000, .hard_ms = 5000, .unknown_ms = 60000};

/* ---- the router's surroundings ---- */

static int on_send(void *ctx, void *channel, const struct router_order *order)
{
    struct world *w = ctx;
    assert_ptr_equal(channel, w);
    assert_true(w->d && router_driver_is_up(w->d));
    /* The heart of it: the caller only ever had alice's handle, so nobody else may be named. */
    assert_string_equal(order->id, "7");
    assert_int_equal(order->start, ALICE);
    assert_true(w->order_count < QUEUE_MAX);
    w->orders[w->order_count++] = (struct queued){.order = order->order, .start = order->start};
    return 0;
}

static void on_event(void *ctx, const struct router_event *e)
{
    struct world *w = ctx;
    watch_event(&w->watch, e);
}

static void on_random(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 7, n);
}

static const struct router_ops ops = {.send_disconnect = on_send, .event = on_event, .random = on_random};

static void note(struct world *w, enum message what, int64_t start, uint64_t order)
{
    if (!w->d)
        return; /* nobody listens */
    assert_true(w->note_count < QUEUE_MAX);
    w->notes[w->note_count++] = (struct note){.what = what, .start = start, .order = order};
}

static void deliver(struct world *w)
{
    const struct note n = w->notes[0];
    const struct router_session s = {.id = "7",
                                     .start = n.start,
                                     .state = ROUTER_SESSION_CONNECTED,
                                     .user = n.start == ALICE ? "alice" : "carol",
                                     .tunnel_address4 = "10.0.0.2"};
    const struct router_gone g = {.id = "7", .start = n.start, .reason = "left"};
    memmove(w->notes, w->notes + 1, --w->note_count * sizeof w->notes[0]);
    switch (n.what) {
    case M_SESSION:
        assert_int_equal(router_session_report(w->r, w->d, w, &s, &w->now), 0);
        break;
    case M_GONE:
        (void)router_session_gone(w->r, w->d, &g, &w->now); /* may be gone already */
        break;
    case M_SNAPSHOT_END:
        router_driver_snapshot_end(w->r, w->d, &w->now);
        break;
    case M_ACCEPTED:
        (void)router_order_reply(w->r, w->d, n.order, ROUTER_REPLY_ACCEPTED, NULL, &w->now); /* may be over */
        break;
    case M_NO_SESSION:
        (void)router_order_reply(w->r, w->d, n.order, ROUTER_REPLY_NO_SESSION, NULL, &w->now);
        break;
    case M_REFUSED:
        (void)router_order_reply(w->r, w->d, n.order, ROUTER_REPLY_REFUSED, "no", &w->now);
        break;
    }
}

static void attach_driver(struct world *w)
{
    const struct router_driver_info info = {
        .kind = ROUTER_DRIVER_DAEMON, .name = "vpn", .instance = "main", .device_type = "vpn", .ports = 1};
    assert_int_equal(router_driver_attach(w->r, &info, &w->now, &w->d), 0);
    if (w->there)
        note(w, M_SESSION, w->there, 0);
    note(w, M_SNAPSHOT_END, 0, 0);
}

static void break_connection(struct world *w)
{
    struct router_driver *d = w->d;
    w->d = NULL;
    w->note_count = w->order_count = 0;
    router_driver_detach(w->r, d, &w->now);
}

static void leave(struct world *w)
{
    int64_t who = w->there;
    w->there = 0;
    note(w, M_GONE, who, 0);
}

/* The driver ends the session that the order names, if that is the one that is there. */
static void take_order(struct world *w, bool refuse)
{
    const struct queued o = w->orders[0];
    memmove(w->orders, w->orders + 1, --w->order_count * sizeof w->orders[0]);
    if (refuse) {
        note(w, M_REFUSED, 0, o.order);
    } else if (w->there != o.start) {
        note(w, M_NO_SESSION, 0, o.order);
    } else {
        assert_int_equal(w->there, ALICE);
        note(w, M_ACCEPTED, 0, o.order);
        w->alice_was_ended = true;
        leave(w);
    }
}

/* ---- the caller ---- */

static void on_done(void *cookie, int result)
{
    struct call *c = cookie;
    c->answer.calls++;
    c->answer.result = result;
}

static void ask(struct world *w, bool hard)
{
    const struct router_ask question = {.hard = hard};
    struct call *c = &w->calls[w->call_count++];
    struct router_port_view v = {0};
    c->asked = true;
    c->stale = router_port_get(w->r, w->handle, &w->now, &v) && v.id[0] && v.handle != w->handle;
    c->at_once = router_port_disconnect(w->r, w->handle, &question, &w->now, on_done, c);
    if (c->stale)
        assert_int_equal(c->at_once, -EINVAL);
    assert_int_equal(c->answer.calls, 0);
}

/* ---- restarts ---- */

struct saved_port {
    bool there;
    struct router_saved s;
    char id[16], user[16];
};

static int keep(void *ctx, const struct router_saved *s)
{
    struct saved_port *p = ctx;
    p->there = true;
    p->s = *s;
    snprintf(p->id, sizeof p->id, "%s", s->id);
    snprintf(p->user, sizeof p->user, "%s", s->user);
    p->s.id = p->id;
    p->s.user = p->user;
    p->s.driver = p->s.device_type = p->s.port_prefix = "vpn";
    p->s.instance = "main";
    p->s.device_name = "vpn main";
    return 0;
}

static void restart(struct world *w, bool clean)
{
    struct saved_port saved = {0};
    struct router_marks marks;
    router_get_marks(w->r, &marks);
    if (clean)
        assert_int_equal(router_save(w->r, keep, &saved), 0);
    router_free(w->r);
    assert_int_equal(watch_open_orders(&w->watch), 0);
    w->d = NULL;
    w->note_count = w->order_count = 0;
    watch_begin(&w->watch, marks.connection + 1);
    w->r = router_new(&config, &ops, w);
    assert_non_null(w->r);
    if (saved.there)
        assert_int_equal(router_restore(w->r, &saved.s, &w->now), 0);
    if (!clean)
        router_set_floor(w->r, &marks);
    w->restarts++;
}

/* ---- one step ---- */

static bool possible(const struct world *w, enum step s)
{
    switch (s) {
    case ALICE_LEAVES:
        return w->there == ALICE;
    case CAROL_COMES:
        return !w->there && !w->carol_came;
    case ASK:
    case ASK_HARD:
        return w->call_count < CALLS_MAX;
    case DRIVER_TAKES_ORDER:
        return w->order_count > 0;
    case DRIVER_REFUSES_ORDER:
        return w->order_count > 0 && w->refusals == 0;
    case DELIVER:
        return w->note_count > 0;
    case BREAK:
        return w->d && w->breaks < BREAKS_MAX;
    case ATTACH:
        return !w->d;
    case TIME:
        return router_next_deadline(w->r) != UINT64_MAX;
    case CLEAN_RESTART:
    case UNCLEAN_RESTART:
        return w->restarts == 0;
    case STEPS:
        break;
    }
    return false;
}

static void go(struct world *w, enum step s)
{
    switch (s) {
    case ALICE_LEAVES:
        leave(w);
        break;
    case CAROL_COMES:
        w->there = CAROL;
        w->carol_came = true;
        note(w, M_SESSION, CAROL, 0);
        break;
    case ASK:
    case ASK_HARD:
        ask(w, s == ASK_HARD);
        break;
    case DRIVER_TAKES_ORDER:
    case DRIVER_REFUSES_ORDER:
        w->refusals += s == DRIVER_REFUSES_ORDER;
        take_order(w, s == DRIVER_REFUSES_ORDER);
        break;
    case DELIVER:
        deliver(w);
        break;
    case BREAK:
        w->breaks++;
        break_connection(w);
        break;
    case ATTACH:
        attach_driver(w);
        break;
    case TIME:
        w->now.mono_ms = router_next_deadline(w->r);
        router_tick(w->r, &w->now);
        break;
    case CLEAN_RESTART:
    case UNCLEAN_RESTART:
        restart(w, s == CLEAN_RESTART);
        break;
    case STEPS:
        break;
    }
}

static void check(struct world *w)
{
    struct router_port_view v;
    watch_check(w->r, &w->now);
    /* Carol only goes when she wants to, and in this world she never does. */
    assert_true(!w->carol_came || w->there == CAROL);
    for (size_t i = 0; i < w->call_count; i++) {
        const struct call *c = &w->calls[i];
        assert_int_equal(c->answer.calls > (c->at_once == -EINPROGRESS ? 1 : 0), 0);
        if (c->answer.calls && c->answer.result == 0) /* success is the truth: alice is gone, by us or by herself */
            assert_int_not_equal(w->there, ALICE);
    }
    if (router_port_at(w->r, 1, &w->now, &v) && v.id[0])
        assert_true(v.connection != 0);
}

static void begin(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->now = (struct router_time){.mono_ms = 1000, .wall_s = 1764084000};
    watch_begin(&w->watch, 1);
    w->r = router_new(&config, &ops, w);
    assert_non_null(w->r);
    w->there = ALICE;
    attach_driver(w);
    while (w->note_count)
        deliver(w);
    struct router_port_view v;
    assert_true(router_port_at(w->r, 1, &w->now, &v));
    w->handle = v.handle;
}

/* ---- all paths ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

static uint64_t print_router(const struct world *w, uint64_t h)
{
    const struct port *p = port_by_slot(w->r, 1);
    h = mix(h, p ? p->raised : 99);
    h = mix(h, p ? p->failed : 0);
    const struct session *s = p ? p->session : NULL;
    h = mix(h, s ? (uint64_t)s->start * 2u + s->present : 1);
    const struct order *o = s ? s->order : NULL;
    if (o) {
        h = mix(h, (uint64_t)o->hard * 4u + (uint64_t)o->sent * 2u + o->accepted);
        h = mix(h, o->end.at - w->now.mono_ms);
        h = mix(h, o->accept.order ? o->accept.at - w->now.mono_ms : 1);
        h = mix(h, o->waiters.first != NULL);
    }
    h = mix(h, w->d ? 2u + w->d->in_snapshot : 1);
    h = mix(h, w->d && w->d->waiting ? (uint64_t)w->d->waiting->start : 3);
    return mix(h, w->r->last_order);
}

/* Everything that the future depends on. */
static uint64_t print(const struct world *w)
{
    uint64_t h = print_router(w, 1);
    h = mix(h, (uint64_t)w->there * 4u + (uint64_t)w->alice_was_ended * 2u + w->carol_came);
    for (size_t i = 0; i < w->note_count; i++)
        h = mix(mix(h, w->notes[i].what + 10u), (uint64_t)w->notes[i].start * 100u + w->notes[i].order);
    h = mix(h, 5);
    for (size_t i = 0; i < w->order_count; i++)
        h = mix(h, w->orders[i].order);
    for (size_t i = 0; i < w->call_count; i++)
        h = mix(mix(h, (uint64_t)(int64_t)w->calls[i].at_once),
                (uint64_t)(w->calls[i].answer.calls * 1000 + w->calls[i].answer.result));
    return mix(h, w->breaks * 100u + w->restarts * 10u + w->refusals);
}

#define SEEN_SIZE (1u << 22)
struct explorer {
    uint64_t *prints; /* open addressing; 0: empty */
    uint8_t *left;    /* steps that were left when it was seen */
    enum step path[DEPTH];
    size_t states, paths;
};

/* Was this state looked at with at least so many steps to go? Notes that it is now. */
static bool seen(struct explorer *x, uint64_t h, unsigned left)
{
    h = h ? h : 1;
    size_t at = (size_t)h & (SEEN_SIZE - 1u);
    while (x->prints[at] && x->prints[at] != h)
        at = (at + 1u) & (SEEN_SIZE - 1u);
    if (x->prints[at] == h && x->left[at] >= left)
        return true;
    if (!x->prints[at])
        assert_true(++x->states < SEEN_SIZE / 2u);
    x->prints[at] = h;
    x->left[at] = (uint8_t)left;
    return false;
}

/* Let everything come to its end, as it does when nobody interferes. */
static void settle(struct world *w)
{
    for (unsigned i = 0; i < 100; i++) {
        if (!w->d)
            attach_driver(w);
        if (w->order_count)
            take_order(w, false);
        else if (w->note_count)
            deliver(w);
        else if (router_next_deadline(w->r) != UINT64_MAX)
            go(w, TIME);
        else
            break;
        check(w);
    }
    struct router_port_view v;
    assert_int_equal(watch_open_orders(&w->watch), 0);
    for (size_t i = 0; i < w->call_count; i++)
        assert_int_equal(w->calls[i].answer.calls, w->calls[i].at_once == -EINPROGRESS ? 1 : 0);
    assert_true(router_port_at(w->r, 1, &w->now, &v));
    assert_int_equal(v.state, w->there ? ROUTER_PORT_CONNECTED : ROUTER_PORT_LISTENING);
}

static void replay(struct world *w, const struct explorer *x, unsigned n)
{
    begin(w);
    for (unsigned i = 0; i < n; i++)
        go(w, x->path[i]);
    check(w);
}

static void explore(struct explorer *x, unsigned depth)
{
    static struct world w;
    bool able[STEPS];
    replay(&w, x, depth);
    x->paths++;
    bool known = seen(x, print(&w), DEPTH - depth);
    for (unsigned s = 0; s < STEPS; s++)
        able[s] = !known && depth < DEPTH && possible(&w, (enum step)s);
    if (!known)
        settle(&w);
    router_free(w.r);
    for (unsigned s = 0; s < STEPS; s++) {
        if (!able[s])
            continue;
        x->path[depth] = (enum step)s;
        explore(x, depth + 1u);
    }
}

static void no_interleaving_ends_carol(void **state)
{
    (void)state;
    struct explorer x = {0};
    x.prints = calloc(SEEN_SIZE, sizeof *x.prints);
    x.left = calloc(SEEN_SIZE, sizeof *x.left);
    assert_true(x.prints && x.left);
    explore(&x, 0);
    print_message("%zu paths, %zu different states\n", x.paths, x.states);
    assert_true(x.states > 10000); /* the world is as big as it was meant to be */
    free(x.prints);
    free(x.left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_interleaving_ends_carol)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
