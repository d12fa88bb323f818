/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "libmprapi/rrasx_reply.h"
#include "rrasx/rrasx.h"

/* What makes another list of connections and ports: counters and states do not. */
#define WATCHED                                                                                                        \
    (OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_UP) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_GONE) |               \
     OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_CONNECTION_UP) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_CONNECTION_GONE))

enum watch_state {
    WATCH_RESTING, /* until the next question is due */
    WATCH_ASKING,  /* until the answer; it is lost when due */
    WATCH_AWAY,    /* no connection; the next try is due */
    WATCH_BINDING, /* connected again; it is lost when due */
    WATCH_ENDED,   /* the given connection is lost, and there is no other */
};

struct watch {
    struct pool *pool;
    struct association *association; /* NULL: AWAY or ENDED */
    int epoll;
    uint32_t interest; /* what epoll looks for */
    enum watch_state state;
    uint64_t due, asked;
    uint32_t pause_ms;
    bool told_refusal; /* that there was no good answer: once is enough */
    struct watch_point from;
    struct rrasx_reply reply;
};

/* ---- the descriptor ---- */

static int look_for(struct watch *w, int how, uint32_t interest)
{
    struct epoll_event e = {.events = interest, .data.ptr = w};
    w->interest = interest;
    return epoll_ctl(w->epoll, how, association_fd(w->association), &e);
}

static void update_interest(struct watch *w)
{
    if (!w->association)
        return;
    uint32_t interest = association_has_output(w->association) ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (interest != w->interest)
        (void)look_for(w, EPOLL_CTL_MOD, interest); /* can't fail: it is in the set, and nothing is allocated */
}

/* Explicitly out of the set: a child of fork() may still have the descriptor, and then closing it is not enough. In
 * such a child the set is the parent's. */
static void drop_association(struct watch *w)
{
    if (!w->association)
        return;
    if (association_is_ours(w->association))
        (void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, association_fd(w->association), NULL);
    pool_end_watch(w->pool, w->association);
    w->association = NULL;
    rrasx_reply_clear(&w->reply);
}

/* ---- losing and finding the server ---- */

static bool lose(struct watch *w, uint64_t now)
{
    drop_association(w);
    if (!pool_can_connect(w->pool)) {
        w->state = WATCH_ENDED;
        w->due = WATCH_NEVER;
        return true;
    }
    w->state = WATCH_AWAY;
    w->due = now + w->pause_ms;
    w->pause_ms = w->pause_ms < WATCH_PAUSE_MAX_MS / 2 ? w->pause_ms * 2 : WATCH_PAUSE_MAX_MS;
    return false;
}

/* The server is there, but does not tell, or tells what makes no sense: the caller has to look for himself. */
static bool refuse(struct watch *w, uint64_t now)
{
    bool first = !w->told_refusal;
    w->told_refusal = true;
    return lose(w, now) || first;
}

static bool connect_again(struct watch *w, uint64_t now)
{
    w->association = pool_renew_watch(w->pool);
    if (!w->association)
        return lose(w, now);
    if (look_for(w, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT) < 0)
        return lose(w, now);
    w->state = WATCH_BINDING;
    w->due = now + pool_get_limits(w->pool).connect_ms;
    return association_flush(w->association) < 0 ? lose(w, now) : false;
}

/* ---- asking ---- */

static bool ask(struct watch *w, uint64_t now)
{
    const struct rrasx_event_request args = {.has_run = true,
                                             .run = w->from.run,
                                             .after = w->from.last,
                                             .mask = WATCHED,
                                             .newest = TRUE, /* the caller sees for himself what it was */
                                             .wait_ms = OPENRRAS_EVENT_WAIT_MAX_MS,
                                             .gather_ms = WATCH_GATHER_MS};
    uint8_t stub[RRASX_REQUEST_MAX];
    size_t len = rrasx_request_stub(rrasx_form(RRASX_EVENT_WAIT)->request, &args, stub);

    rrasx_reply_begin(&w->reply);
    int r = association_ask(w->association, &(struct exchange){.interface = ASSOCIATION_RRASX,
                                                               .opnum = RRASX_EVENT_WAIT,
                                                               .stub = stub,
                                                               .stub_len = len,
                                                               .sink = rrasx_reply_sink(&w->reply)});
    if (r == 0)
        r = association_flush(w->association);
    if (r < 0)
        return lose(w, now);
    w->state = WATCH_ASKING;
    w->asked = now;
    w->due = now + OPENRRAS_EVENT_WAIT_MAX_MS + pool_get_limits(w->pool).call_ms;
    return false;
}

static bool same_run(const GUID *a, const GUID *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Reads the answer. False: it makes no sense. *happened: it tells of something, or that something was not told. */
static bool understand(struct watch *w, bool *happened)
{
    const struct rrasx_message *m = rrasx_form(RRASX_EVENT_WAIT)->reply;
    const struct rrasx_chunk chunk = rrasx_reply_chunk(&w->reply);
    struct rrasx_size need = {0};
    OPENRRAS_EVENT_LIST list;

    if (!rrasx_measure(m, chunk, &need))
        return false;
    void *memory = malloc(need.items + need.texts + 1);
    bool good = memory && rrasx_fill(m, &chunk, 1, &list, memory, &need);
    free(memory);
    if (!good)
        return false;
    bool restarted = list.fRestarted || !same_run(&list.guidRun, &w->from.run);
    if (!restarted && list.ullLast < w->from.last)
        return false;
    *happened = restarted || list.dwCount > 0 || list.ullMissed > 0;
    w->from = (struct watch_point){list.guidRun, list.ullLast};
    return true;
}

static bool take_answer(struct watch *w, uint32_t code, uint64_t now)
{
    bool happened = false;

    if (code == NO_ERROR)
        code = rrasx_reply_end(&w->reply);
    if (code != NO_ERROR || !understand(w, &happened))
        return refuse(w, now);
    rrasx_reply_clear(&w->reply);
    w->state = WATCH_RESTING;
    w->due = w->asked + WATCH_PACE_MS;
    w->pause_ms = WATCH_PAUSE_MIN_MS;
    w->told_refusal = false;
    return happened;
}

static bool take_binding(struct watch *w, uint64_t now)
{
    if (!association_offers(w->association, ASSOCIATION_RRASX))
        return refuse(w, now);
    w->state = WATCH_RESTING;
    w->due = now;
    return false;
}

/* ---- turns ---- */

static bool step(struct watch *w, uint64_t now)
{
    uint32_t code;

    /* Whoever talks without being asked would keep us reading for ever. */
    if (w->state == WATCH_RESTING)
        return association_is_stale(w->association) ? lose(w, now) : false;
    switch (association_step(w->association, &code)) {
    case ASSOCIATION_BUSY:
        return false;
    case ASSOCIATION_LOST:
        return lose(w, now);
    case ASSOCIATION_BROKEN:
        return refuse(w, now);
    case ASSOCIATION_READY:
    case ASSOCIATION_FAULT:
        break;
    }
    return w->state == WATCH_BINDING ? take_binding(w, now) : take_answer(w, code, now);
}

static bool act(struct watch *w, uint64_t now)
{
    switch (w->state) {
    case WATCH_RESTING:
        return ask(w, now);
    case WATCH_ASKING:
    case WATCH_BINDING:
        return lose(w, now);
    case WATCH_AWAY:
        return connect_again(w, now);
    case WATCH_ENDED:
        break;
    }
    return false;
}

bool watch_turn(struct watch *w, uint64_t now)
{
    bool happened = w->association && step(w, now);

    if (now >= w->due && act(w, now))
        happened = true;
    update_interest(w);
    return happened;
}

uint64_t watch_due(const struct watch *w)
{
    return w->due;
}

struct pool *watch_pool(const struct watch *w)
{
    return w->pool;
}

struct watch *watch_new(struct pool *p, struct association *a, const struct watch_point *from, int epoll)
{
    struct watch *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    *w = (struct watch){
        .association = a, .epoll = epoll, .state = WATCH_RESTING, .pause_ms = WATCH_PAUSE_MIN_MS, .from = *from};
    if (look_for(w, EPOLL_CTL_ADD, EPOLLIN) < 0) {
        free(w);
        return NULL;
    }
    w->pool = pool_ref(p);
    return w;
}

void watch_free(struct watch *w)
{
    drop_association(w);
    pool_unref(w->pool);
    free(w);
}
