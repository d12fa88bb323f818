/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's half: what becomes of an order, honestly or as told to misbehave. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/sim/sim.h"

#define SHOWN_USER 128u
#define NEVER      UINT64_MAX

/* An order on its way: first the check of the identity and the answer, then the act. Each step may be late or held. */
struct sim_order {
    struct sim *sim;
    struct sim_link *link;
    struct driver_order_ref ref;
    char id[DRIVER_ID_MAX + 1];
    int64_t start;
    bool hard;
    bool answered;    /* the next step is the act */
    bool held;        /* until sim_release() */
    bool hold_kill;   /* hold it before the act */
    bool forgotten;   /* only waits for libuv to let go of the timer */
    uint64_t gone_ms; /* from the answer to the act; NEVER: a lie */
    enum sim_mode mode;
    uv_timer_t timer;
    struct sim_order *prev, *next;
};

/* ---- behaviours ---- */

static const struct {
    const char *name;
    bool text, duration;
} modes[] = {
    [SIM_ACCEPT] = {"accept", false, false},
    [SIM_SLOW_ACCEPT] = {"slow-accept", false, true},
    [SIM_SLOW_GONE] = {"slow-gone", false, true},
    [SIM_REFUSE] = {"refuse", true, false},
    [SIM_NO_SUCH_SESSION] = {"no-such-session", false, false},
    [SIM_SILENT] = {"silent", false, false},
    [SIM_LIE] = {"lie", false, false},
    [SIM_HARD_ONLY] = {"hard-only", false, false},
    [SIM_RECONNECT_NEW] = {"reconnect-new", false, false},
    [SIM_RECONNECT_SAME] = {"reconnect-same", false, false},
    [SIM_SWAP] = {"swap", true, false},
    [SIM_HOLD] = {"hold", false, false},
    [SIM_HOLD_KILL] = {"hold-kill", false, false},
    [SIM_GARBAGE] = {"garbage", false, false},
    [SIM_HANG] = {"hang", false, true},
    [SIM_DIE] = {"die", false, false},
};

bool sim_mode_by_name(const char *name, enum sim_mode *ret)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        if (strcmp(modes[i].name, name) == 0) {
            *ret = (enum sim_mode)i;
            return true;
        }
    }
    return false;
}

bool sim_mode_has_text(enum sim_mode mode)
{
    return modes[mode].text;
}

bool sim_mode_has_duration(enum sim_mode mode)
{
    return modes[mode].duration;
}

static void free_behaviour(struct sim *sim, struct sim_behaviour *b)
{
    DL_DELETE(sim->behaviours, b);
    free(b->text);
    free(b->user);
    free(b);
}

static bool same_scope(const struct sim_behaviour *a, const struct sim_behaviour *b)
{
    return a->once == b->once && (a->user && b->user ? strcmp(a->user, b->user) == 0 : a->user == b->user);
}

int sim_behave(struct sim *sim, struct sim_behaviour b)
{
    struct sim_behaviour *copy = malloc(sizeof(*copy)), *old, *next;
    if (!copy) {
        free(b.text);
        free(b.user);
        return -ENOMEM;
    }
    /* What is said anew for the same users replaces what was said before, and for all users it replaces everything. */
    DL_FOREACH_SAFE(sim->behaviours, old, next)
    {
        if (same_scope(old, &b) || (!b.user && !b.once))
            free_behaviour(sim, old);
    }
    *copy = b;
    DL_PREPEND(sim->behaviours, copy);
    return 0;
}

static const struct sim_behaviour *find_behaviour(const struct sim *sim, const char *user)
{
    static const struct sim_behaviour honest = {.mode = SIM_ACCEPT};
    const struct sim_behaviour *b;
    DL_FOREACH(sim->behaviours, b)
    {
        if (!b->user || strcmp(b->user, user) == 0)
            return b;
    }
    return &honest;
}

/* ---- misdeeds ---- */

void sim_send_garbage(struct sim_link *link)
{
    static const char garbage[] = "this is no JSON {{{ \x01\xff\n";
    int fd = driver_fd(link->driver);
    if (fd < 0 || write(fd, garbage, sizeof(garbage) - 1) < 0)
        log_warning("garbage can't be sent");
}

void sim_hang(uint64_t ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    while (ms == 0)
        pause();
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* ---- an order's way ---- */

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* May be called twice: what a step does can end the very connection that the order came over. */
static void forget(struct sim_order *o)
{
    if (o->forgotten)
        return;
    o->forgotten = true;
    DL_DELETE(o->sim->orders, o);
    uv_close((uv_handle_t *)&o->timer, on_timer_closed);
}

void sim_orders_forget(struct sim *sim, struct sim_link *link)
{
    struct sim_order *o, *next;
    DL_FOREACH_SAFE(sim->orders, o, next)
    {
        if (o->link == link)
            forget(o);
    }
}

void sim_orders_free(struct sim *sim)
{
    while (sim->orders)
        forget(sim->orders);
    while (sim->behaviours)
        free_behaviour(sim, sim->behaviours);
}

static void reply(struct sim_order *o, enum driver_result result, const char *text)
{
    static const char *const names[] = {
        [DRIVER_ACCEPTED] = "accepted", [DRIVER_NO_SUCH_SESSION] = "no-such-session", [DRIVER_REFUSED] = "refused"};
    int r = driver_reply(o->link->driver, o->ref, result, text);
    if (r < 0)
        log_info("order %llu can't be answered: %s", (unsigned long long)o->ref.order, strerror(-r));
    sim_event(o->sim, "reply %llu %s", (unsigned long long)o->ref.order, names[result]);
}

static void come_back(struct sim *sim, struct sim_session *s, enum sim_mode mode)
{
    char id[DRIVER_ID_MAX + 1], *user = strdup(s->user);
    memcpy(id, s->id, sizeof(id));
    /* Times are in whole seconds, and the same id with the same start would be the same session. */
    struct sim_birth birth = {.user = user, .id = mode == SIM_RECONNECT_SAME ? id : NULL, .start = s->start + 1};
    sim_end(sim, s, "disconnected by the administrator", DRIVER_TOLD_YES);
    int r = user ? sim_connect(sim, &birth) : -ENOMEM;
    if (r < 0 && r != -EACCES) /* kept out: as it should be */
        log_error("the user can't come back: %s", strerror(-r));
    free(user);
}

/* Tell the daemon. It knows sessions by their identity only, so whoever is on the port by now is safe. */
static void act(struct sim_order *o)
{
    struct sim *sim = o->sim;
    struct sim_session *s = sim_find(sim, o->id, o->start);
    enum sim_mode mode = o->mode;
    bool hard = o->hard;
    if (!s)
        sim_event(sim, "missed %s %lld", o->id, (long long)o->start);
    forget(o);
    if (!s)
        return;
    if (mode == SIM_RECONNECT_NEW || mode == SIM_RECONNECT_SAME)
        come_back(sim, s, mode);
    else
        sim_end(sim, s, "disconnected by the administrator", hard ? DRIVER_TOLD_NO : DRIVER_TOLD_YES);
}

static void on_step(uv_timer_t *timer);

/* Check the identity and answer; then act at once, later, when released, or never. */
static void check(struct sim_order *o)
{
    struct sim_session *s = sim_find(o->sim, o->id, o->start);
    reply(o, s ? DRIVER_ACCEPTED : DRIVER_NO_SUCH_SESSION, NULL);
    o->answered = true;
    if (!s || o->gone_ms == NEVER) {
        forget(o);
        return;
    }
    s->ending = true;
    o->held = o->hold_kill;
    if (o->held)
        return;
    if (o->gone_ms == 0)
        act(o);
    else
        uv_timer_start(&o->timer, on_step, o->gone_ms, 0);
}

static void step(struct sim_order *o)
{
    if (o->answered)
        act(o);
    else
        check(o);
}

static void on_step(uv_timer_t *timer)
{
    step(timer->data);
}

unsigned sim_release(struct sim *sim)
{
    unsigned n = 0;
    struct sim_order *o, *next;
    DL_FOREACH_SAFE(sim->orders, o, next)
    {
        if (!o->held || o->forgotten)
            continue;
        o->held = false;
        n++;
        step(o);
    }
    return n;
}

/* Misbehave in ways that leave nothing to be done later. True: that was all. */
static bool misbehave(struct sim_order *o, const struct sim_behaviour *b)
{
    switch (b->mode) {
    case SIM_REFUSE:
        reply(o, DRIVER_REFUSED, b->text);
        return true;
    case SIM_NO_SUCH_SESSION:
        reply(o, DRIVER_NO_SUCH_SESSION, NULL);
        return true;
    case SIM_SILENT:
        return true;
    case SIM_GARBAGE:
        sim_send_garbage(o->link);
        return true;
    case SIM_DIE:
        _exit(3); /* as a crash does: nothing is said to anybody */
    case SIM_HANG:
        sim_hang(b->ms);
        return false;
    case SIM_ACCEPT:
    case SIM_SLOW_ACCEPT:
    case SIM_SLOW_GONE:
    case SIM_LIE:
    case SIM_HARD_ONLY:
    case SIM_RECONNECT_NEW:
    case SIM_RECONNECT_SAME:
    case SIM_SWAP:
    case SIM_HOLD:
    case SIM_HOLD_KILL:
        return false;
    }
    return false;
}

static void begin(struct sim_order *o, const struct sim_behaviour *b, const char *user)
{
    bool lie = b->mode == SIM_LIE || (b->mode == SIM_HARD_ONLY && !o->hard);
    o->mode = b->mode;
    o->gone_ms = lie ? NEVER : b->mode == SIM_SLOW_GONE ? b->ms : 0;
    o->hold_kill = b->mode == SIM_HOLD_KILL || b->mode == SIM_HOLD;
    o->held = b->mode == SIM_HOLD;
    if (b->mode == SIM_SWAP) {
        int r = sim_swap(o->sim, user, b->text);
        if (r < 0)
            log_warning("swap: %s", strerror(-r));
    }
    if (o->held)
        return;
    if (b->mode == SIM_SLOW_ACCEPT)
        uv_timer_start(&o->timer, on_step, b->ms, 0);
    else
        check(o);
}

/* It comes again for a session that is being ended: with `hard` the harder means, at once. */
static bool join(struct sim_order *o, struct sim_session *s)
{
    if (!s->ending || !o->hard)
        return false;
    reply(o, DRIVER_ACCEPTED, NULL);
    act(o);
    return true;
}

static struct sim_order *new_order(struct sim_link *link, const struct driver_order *order)
{
    struct sim_order *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    o->sim = link->sim;
    o->link = link;
    o->ref = order->ref;
    memcpy(o->id, order->id, strlen(order->id) + 1); /* it is in the driver's table, so it is short enough */
    o->start = order->start;
    o->hard = order->hard;
    uv_timer_init(o->sim->loop, &o->timer);
    o->timer.data = o;
    DL_APPEND(o->sim->orders, o);
    return o;
}

static void on_disconnect(void *ctx, const struct driver_order *order)
{
    struct sim_link *link = ctx;
    struct sim *sim = link->sim;
    struct sim_session *s = sim_find(sim, order->id, order->start);
    char user[SHOWN_USER];
    struct sim_order *o = s ? new_order(link, order) : NULL;
    if (!o) {
        driver_reply(link->driver, order->ref, s ? DRIVER_REFUSED : DRIVER_NO_SUCH_SESSION, s ? "out of memory" : NULL);
        return;
    }
    sim_event(sim, "order %llu %s %lld %s %s", (unsigned long long)order->ref.order, s->id, (long long)s->start,
              text_escape_z(user, sizeof(user), s->user), order->hard ? "hard" : "polite");
    const struct sim_behaviour *b = find_behaviour(sim, s->user);
    struct sim_behaviour *spent = b->once ? (struct sim_behaviour *)(uintptr_t)b : NULL;
    if (misbehave(o, b))
        forget(o);
    else if (b->mode == SIM_LIE || !join(o, s))
        begin(o, b, s->user);
    if (spent)
        free_behaviour(sim, spent);
}

/* ---- messages and quarantine ---- */

/* What the simulated daemon does at once, or as it is told to misbehave. */
static enum driver_result obey(struct sim_link *link, const struct sim_behaviour *b, bool *silent)
{
    *silent = b->mode == SIM_SILENT || b->mode == SIM_GARBAGE;
    if (b->mode == SIM_GARBAGE)
        sim_send_garbage(link);
    if (b->mode == SIM_DIE)
        _exit(3); /* as a crash does: nothing is said to anybody */
    return b->mode == SIM_REFUSE            ? DRIVER_REFUSED
           : b->mode == SIM_NO_SUCH_SESSION ? DRIVER_NO_SUCH_SESSION
                                            : DRIVER_ACCEPTED;
}

static struct sim_session *run_errand(struct sim_link *link, const struct driver_errand *e, const char *word,
                                      const char *what)
{
    struct sim *sim = link->sim;
    struct sim_session *s = sim_find(sim, e->id, e->start);
    char user[SHOWN_USER], shown[DRIVER_TEXT_MAX];
    bool silent = false;
    if (!s) {
        driver_reply(link->driver, e->ref, DRIVER_NO_SUCH_SESSION, NULL);
        return NULL;
    }
    sim_event(sim, "%s %llu %s %lld %s %s", word, (unsigned long long)e->ref.order, s->id, (long long)s->start,
              text_escape_z(user, sizeof(user), s->user), text_escape_z(shown, sizeof(shown), what));
    const struct sim_behaviour *b = find_behaviour(sim, s->user);
    struct sim_behaviour *spent = b->once ? (struct sim_behaviour *)(uintptr_t)b : NULL;
    enum driver_result result = obey(link, b, &silent);
    if (!silent)
        driver_reply(link->driver, e->ref, result, result == DRIVER_REFUSED ? b->text : NULL);
    if (spent)
        free_behaviour(sim, spent);
    return !silent && result == DRIVER_ACCEPTED ? s : NULL;
}

static void on_message(void *ctx, const struct driver_errand *e)
{
    run_errand(ctx, e, "message", e->text);
}

static void on_quarantine(void *ctx, const struct driver_errand *e)
{
    struct sim_session *s = run_errand(ctx, e, "quarantine", e->on ? "on" : "off");
    if (!s)
        return;
    s->quarantined = e->on;
    int r = sim_report(s);
    if (r < 0)
        log_error("quarantine of session %s can't be told: %s", s->id, strerror(-r));
}

static void on_stats(void *ctx)
{
    struct sim_link *link = ctx;
    sim_move_counters(link->sim);
    driver_flush_counters(link->driver);
}

static void on_link(void *ctx, bool up)
{
    struct sim_link *link = ctx;
    if (!link->sim->options.quiet || link == link->sim->shared)
        sim_event(link->sim, up ? "welcome" : "lost");
}

static void on_refused(void *ctx, const char *id, const char *code)
{
    struct sim_link *link = ctx;
    char shown_id[DRIVER_ID_MAX + 1], shown[32];
    sim_event(link->sim, "refused %s %s", text_escape_z(shown_id, sizeof(shown_id), id),
              text_escape_z(shown, sizeof(shown), code));
}

const struct driver_ops sim_driver_ops = {.disconnect = on_disconnect,
                                          .message = on_message,
                                          .quarantine = on_quarantine,
                                          .stats = on_stats,
                                          .link = on_link,
                                          .refused = on_refused,
                                          .keep_out = sim_on_keep_out,
                                          .keep_out_end = sim_on_keep_out_end,
                                          .admission = sim_on_admission};
