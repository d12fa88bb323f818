/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/user_door.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash_table.h"
#include "common/log.h"
#include "common/text.h"
#include "router/admission.h"
#include "rrasd/ratelimit.h"
#include "rrasd/timer.h"

#define NAMES_ENOUGH  64u    /* when so many wait, the round stops and lets them go first */
#define SLOTS_AT_ONCE 65536u /* that the round looks at in one turn of the loop: a millisecond */
#define TICK_MAX_MS   1000u  /* a round is made of such steps ... */
#define TICK_MIN_MS   10u
#define ROUND_STEPS   100u   /* ... or so many, if it is short */
#define RETRY_MS      100u   /* without rounds */
#define LOG_BURST     5u     /* lines about a source that does not answer ... */
#define LOG_MS        60000u /* ... in this time */
#define SHOWN_MAX     160u

/* A user who is to be looked up, or is just being. */
struct name {
    UT_hash_handle hh;        /* door.names */
    struct name *prev, *next; /* door.waiting */
    struct look *look;        /* that is under way, or NULL */
    bool again;               /* what is kept of him has changed since that was asked */
    char user[];
};

/* A look-up. */
struct look {
    struct users_ask ask; /* first: it is what comes back */
    struct user_door *door;
    struct name *name; /* NULL: free */
};

struct user_door {
    struct user_door_env env;
    struct name *names, *waiting;
    struct look looks[USER_DOOR_ASKS_MAX];
    bool ends_sessions; /* as the configuration said when it was looked at last */
    bool closed;
    struct timer timer;
    /* The round: everybody who is connected, slot by slot, as far as the budget goes. */
    uint32_t slot;
    uint64_t budget; /* slots to be looked at */
    struct ratelimit unknown_log;
};

static bool wanted(const struct user_door *d)
{
    return d->ends_sessions && !d->closed;
}

/* ---- time ---- */

static uint32_t tick_ms(const struct user_door *d)
{
    uint32_t ms = d->env.config->users.recheck_ms / ROUND_STEPS;
    return ms < TICK_MIN_MS ? TICK_MIN_MS : ms > TICK_MAX_MS ? TICK_MAX_MS : ms;
}

static void on_tick(struct timer *timer);

/* There is something to come back for: who could not be asked for, a round that goes on, or one that is to come while
 * anybody is there. */
static void arm(struct user_door *d)
{
    struct router_totals totals;
    router_get_totals(d->env.router, &totals);
    if (!wanted(d) || totals.ports_in_use == 0 ||
        (!d->waiting && d->budget == 0 && d->env.config->users.recheck_ms == 0))
        return;
    if (!timer_stands(&d->timer))
        timer_start(&d->timer, d->env.config->users.recheck_ms ? tick_ms(d) : RETRY_MS);
}

/* ---- names ---- */

static struct name *find(const struct user_door *d, const char *user)
{
    struct name *n;
    HASH_FIND_STR(d->names, user, n);
    return n;
}

static void forget(struct user_door *d, struct name *n)
{
    HASH_DEL(d->names, n);
    free(n);
}

static struct name *name_new(struct user_door *d, const char *user)
{
    size_t len = strlen(user);
    struct name *n = HASH_COUNT(d->names) < USER_DOOR_NAMES_MAX ? calloc(1, sizeof *n + len + 1u) : NULL;
    if (!n)
        return NULL;
    memcpy(n->user, user, len);
    HASH_ADD_STR(d->names, user, n);
    if (n->hh.tbl)
        return n;
    free(n);
    return NULL;
}

/* Who arrives while he is being looked up is meant by that as well; what was changed meanwhile may not be in the
 * answer. */
static void look_up(struct user_door *d, const char *user, bool changed)
{
    struct name *n = find(d, user);
    if (n) {
        n->again = n->again || (changed && n->look != NULL);
        return;
    }
    n = name_new(d, user);
    if (n)
        DL_APPEND(d->waiting, n);
    else
        d->budget = ROUTER_SLOTS_MAX; /* he comes with all the others */
}

/* ---- looking up ---- */

static void go_on(struct user_door *d);

static void log_unknown(struct user_door *d, const struct users_ask *ask, const char *done)
{
    char user[SHOWN_MAX], why[USERS_WHY_MAX], note[RATELIMIT_NOTE_MAX];
    uint64_t missed;
    if (!d->closed && ratelimit_ok(&d->unknown_log, uv_now(d->env.loop), &missed))
        log_warning("whether user \"%s\" may dial in is not known, %s: %s%s",
                    text_escape_z(user, sizeof user, ask->user), done, text_escape_z(why, sizeof why, ask->why),
                    ratelimit_note(note, missed));
}

static void on_verdict(struct users_ask *ask, int result)
{
    struct look *l = (struct look *)(void *)ask;
    struct user_door *d = l->door;
    struct name *n = l->name;
    l->name = NULL;
    n->look = NULL;
    if (result == 0 && ask->verdict == USERS_REFUSED && !n->again && wanted(d)) {
        struct router_time now = d->env.now(d->env.ctx);
        int given = router_user_refuse(d->env.router, ask->user, ask->why, &now);
        if (given < 0)
            log_error("the sessions of a refused user can't be ended: %s", strerror(-given));
    } else if (result < 0) {
        log_unknown(d, ask, "so sessions stay"); /* until the next round */
    }
    if (n->again && wanted(d)) {
        n->again = false;
        DL_APPEND(d->waiting, n);
    } else {
        forget(d, n);
    }
    go_on(d);
}

static struct look *free_look(struct user_door *d)
{
    for (size_t i = 0; i < USER_DOOR_ASKS_MAX; i++) {
        if (!d->looks[i].name)
            return &d->looks[i];
    }
    return NULL;
}

/* Ask for those who wait, as many as may be asked for at once. */
static void ask_next(struct user_door *d)
{
    struct look *l;
    while (wanted(d) && d->waiting && (l = free_look(d))) {
        struct name *n = d->waiting;
        l->ask = (struct users_ask){.done = on_verdict};
        memcpy(l->ask.user, n->user, strlen(n->user) + 1u);
        if (users_admit(d->env.users, &l->ask) < 0)
            break; /* a crowd at log-on; on the next tick again */
        DL_DELETE(d->waiting, n);
        n->look = l;
        l->name = n;
    }
    arm(d);
}

/* ---- the round ---- */

static uint32_t waiting_count(const struct user_door *d)
{
    return HASH_COUNT(d->names);
}

static void walk(struct user_door *d)
{
    uint32_t ports = router_port_count(d->env.router);
    uint64_t most = d->budget < ports ? d->budget : ports; /* once around is everybody */
    for (uint64_t seen = 0; most > 0 && seen < SLOTS_AT_ONCE && waiting_count(d) < NAMES_ENOUGH;) {
        uint64_t left = SLOTS_AT_ONCE - seen;
        uint32_t before = d->slot;
        const char *user = router_user_next(d->env.router, &d->slot, (uint32_t)(most < left ? most : left));
        uint64_t looked = d->slot > before ? d->slot - before : ports - before;
        if (user)
            look_up(d, user, false);
        seen += looked > 0 ? looked : 1; /* to begin anew behind the last one is no look at one */
        most -= looked < most ? looked : most;
    }
    d->budget = most;
}

static void go_on(struct user_door *d)
{
    if (wanted(d) && d->budget > 0)
        walk(d);
    ask_next(d);
}

/* One more step of a round that takes `recheck`. */
static void on_tick(struct timer *timer)
{
    struct user_door *d = timer->data;
    uint32_t recheck = d->env.config->users.recheck_ms;
    if (recheck) {
        uint64_t step = ((uint64_t)router_port_count(d->env.router) * tick_ms(d) + recheck - 1u) / recheck;
        d->budget = d->budget + step < ROUTER_SLOTS_MAX ? d->budget + step : ROUTER_SLOTS_MAX;
    }
    go_on(d);
}

/* ---- what happens ---- */

void user_door_arrived(struct user_door *d, const char *user)
{
    if (!wanted(d))
        return;
    look_up(d, user, false);
    ask_next(d);
}

static void on_meant(void *ctx, const char *user)
{
    look_up(ctx, user, true);
}

void user_door_changed(struct user_door *d, const char *name)
{
    if (!wanted(d))
        return;
    router_users_meant(d->env.router, name, on_meant, d);
    ask_next(d);
}

void user_door_reload(struct user_door *d)
{
    d->ends_sessions = d->env.config->users.end_sessions != 0;
    timer_stop(&d->timer);        /* its step may have another length now */
    d->budget = ROUTER_SLOTS_MAX; /* source and policy may be others, too */
    for (size_t i = 0; i < USER_DOOR_ASKS_MAX; i++) {
        if (d->looks[i].name)
            d->looks[i].name->again = true; /* the source before answers that */
    }
    go_on(d);
}

/* ---- drivers that ask ---- */

#define TEXT_REFUSED     ROUTER_ADMISSION_REASON
#define TEXT_UNAVAILABLE "whether you may dial in can't be seen at this moment: try again later"

/* A question of a driver, on its way to the source and back. */
struct knock {
    struct users_ask ask; /* first: it is what comes back */
    struct user_door *door;
    struct driver_hub_ask *hub_ask;
};

/* `unavailable` of the configuration decides. */
static struct driver_hub_answer unavailable(void *ctx, const char *why)
{
    const struct user_door *d = ctx;
    bool permit = d->env.config->users.permit_unanswered != 0;
    return (struct driver_hub_answer){.permit = permit,
                                      .text = permit ? "" : TEXT_UNAVAILABLE,
                                      .why = why[0] ? why : "it can't be seen who may dial in"};
}

static void on_knock_verdict(struct users_ask *ask, int result)
{
    struct knock *k = (struct knock *)(void *)ask;
    struct user_door *d = k->door;
    bool permitted = ask->verdict == USERS_PERMITTED;
    struct driver_hub_answer answer = {.permit = permitted, .text = permitted ? "" : TEXT_REFUSED, .why = ask->why};
    if (result < 0) {
        answer = unavailable(d, ask->why);
        log_unknown(d, ask, answer.permit ? "and is permitted" : "and is refused");
    }
    driver_hub_admission_answer(k->hub_ask, &answer);
    free(k);
}

static int knock(void *ctx, const char *user, struct driver_hub_ask *hub_ask)
{
    struct user_door *d = ctx;
    struct knock *k = calloc(1, sizeof *k);
    if (!k)
        return -ENOMEM;
    k->ask.done = on_knock_verdict;
    k->door = d;
    k->hub_ask = hub_ask;
    memcpy(k->ask.user, user, strlen(user) + 1u);
    int r = users_admit(d->env.users, &k->ask);
    if (r < 0)
        free(k);
    return r;
}

const struct driver_hub_admission user_door_admission = {.ask = knock, .unavailable = unavailable};

/* ---- beginning and end ---- */

struct user_door *user_door_new(const struct user_door_env *env)
{
    struct user_door *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->env = *env;
    d->unknown_log = (struct ratelimit){.burst = LOG_BURST, .interval_ms = LOG_MS};
    d->ends_sessions = env->config->users.end_sessions != 0;
    for (size_t i = 0; i < USER_DOOR_ASKS_MAX; i++)
        d->looks[i].door = d;
    timer_init(env->loop, &d->timer, on_tick, d);
    return d;
}

void user_door_close(struct user_door *d)
{
    d->closed = true;
    timer_stop(&d->timer);
}

void user_door_free(struct user_door *d)
{
    struct name *n, *next;
    if (!d)
        return;
    HASH_ITER(hh, d->names, n, next)
    {
        forget(d, n);
    }
    free(d);
}
