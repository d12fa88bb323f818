/* SPDX-License-Identifier: Apache-2.0 */
#include "router/errand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "router/router_private.h"

/* Who asked: one waiter for the errands of all links. */
struct asker {
    struct waiter *waiter; /* ready when the last errand has its result */
    char *by;              /* or NULL */
    uint32_t open;         /* errands without a result */
};

struct errand {
    struct errand *next;
    struct asker *asker;
    struct session *session;
    uint64_t number, due_ms;
    bool is_quarantine, on;
};

/* ---- asking ---- */

static struct asker *asker_new(router_done *done, void *cookie, const char *by)
{
    struct asker *a = calloc(1, sizeof *a);
    struct waiter *w = calloc(1, sizeof *w);
    char *copy = by ? strdup(by) : NULL;
    if (!a || !w || (by && !copy)) {
        free(a);
        free(w);
        free(copy);
        return NULL;
    }
    *w = (struct waiter){.done = done, .cookie = cookie};
    *a = (struct asker){.waiter = w, .by = copy};
    return a;
}

static void asker_free(struct asker *a)
{
    free(a->waiter);
    free(a->by);
    free(a);
}

/* Can its driver be asked now? 0, -EOPNOTSUPP, -ENODEV. */
static int may_ask(const struct router *r, const struct session *s, uint8_t can)
{
    if (!(s->can & can) || !r->ops->send_errand)
        return -EOPNOTSUPP;
    return s->present ? 0 : -ENODEV;
}

/* One more errand of this asker. 0, -EBUSY, -ENODEV, -ENOMEM. */
static int errand_send(struct router *r, struct session *s, struct asker *a, const struct router_errand *what,
                       const struct router_time *now)
{
    if (r->errand_count >= ROUTER_ERRANDS_MAX)
        return -EBUSY;
    struct errand *e = calloc(1, sizeof *e);
    if (!e)
        return -ENOMEM;
    struct router_errand said = *what;
    said.order = r->last_order + 1u;
    said.id = text_get(s->texts, TEXT_ID);
    said.start = s->start;
    said.deadline_ms = r->config.accept_ms;
    if (r->ops->send_errand(r->ctx, s->channel, &said) != 0) {
        free(e);
        return -ENODEV;
    }
    r->last_order = said.order;
    *e = (struct errand){
        .asker = a,
        .session = s,
        .number = said.order,
        .due_ms = now->mono_ms + r->config.accept_ms,
        .is_quarantine = what->kind == ROUTER_ERRAND_QUARANTINE,
        .on = what->on,
    };
    *r->errands_end = e;
    r->errands_end = &e->next;
    r->errand_count++;
    a->open++;
    return 0;
}

/* ---- results ---- */

static void asker_result(struct router *r, struct asker *a, int result)
{
    if (a->waiter->result == 0)
        a->waiter->result = result;
    if (--a->open > 0)
        return;
    waiters_ready(r, a->waiter);
    a->waiter = NULL;
    asker_free(a);
}

/* *at has this result, and is no more. */
static void errand_end(struct router *r, struct errand **at, int result)
{
    struct errand *e = *at;
    *at = e->next;
    if (!e->next)
        r->errands_end = at;
    r->errand_count--;
    asker_result(r, e->asker, result);
    free(e);
}

void quarantine_emit(struct router *r, const struct session *s, const char *by)
{
    struct router_event e = event_of_session(ROUTER_EVENT_QUARANTINE, s);
    e.by = by;
    event_emit(r, &e);
}

static void taken(struct router *r, const struct errand *e)
{
    struct session *s = e->session;
    if (!e->is_quarantine || s->quarantined == e->on)
        return;
    s->quarantined = e->on;
    quarantine_emit(r, s, e->asker->by);
}

int router_errand_reply(struct router *r, const void *channel, uint64_t order, enum router_reply reply)
{
    struct errand **at = &r->errands;
    while (*at && (*at)->number != order)
        at = &(*at)->next;
    if (!*at || (*at)->session->channel != channel)
        return -ENOENT;
    if (reply == ROUTER_REPLY_ACCEPTED)
        taken(r, *at);
    errand_end(r, at, reply == ROUTER_REPLY_ACCEPTED ? 0 : reply == ROUTER_REPLY_NO_SESSION ? -ENOTCONN : -EREMOTEIO);
    waiters_call(r);
    return 0;
}

void errand_drop(struct router *r, const struct session *s, int result)
{
    struct errand **at = &r->errands;
    while (*at) {
        if ((*at)->session == s)
            errand_end(r, at, result);
        else
            at = &(*at)->next;
    }
}

/* ---- time ---- */

void errand_tick(struct router *r, const struct router_time *now)
{
    struct errand **at = &r->errands;
    while (*at) {
        if ((*at)->due_ms <= now->mono_ms)
            errand_end(r, at, -ETIMEDOUT);
        else
            at = &(*at)->next;
    }
}

uint64_t errand_next_deadline(const struct router *r)
{
    uint64_t first = UINT64_MAX;
    for (const struct errand *e = r->errands; e; e = e->next)
        if (e->due_ms < first)
            first = e->due_ms;
    return first;
}

void errand_abandon_all(struct router *r)
{
    while (r->errands)
        errand_end(r, &r->errands, -ETIMEDOUT);
}

/* ---- the questions ---- */

static struct session *links_of(const struct router *r, uint32_t connection)
{
    const struct router_connection *c = connection <= HANDLE_MAX ? handles_get(r->connections, connection) : NULL;
    return c ? c->links : NULL;
}

int router_message(struct router *r, uint32_t connection, const char *text, const struct router_time *now,
                   router_done *done, void *cookie)
{
    struct session *s = links_of(r, connection);
    int rc = s ? -EOPNOTSUPP : -ENOENT;
    if (!text || !text[0] || !text_fits(text, ROUTER_MESSAGE_MAX))
        return -EINVAL;
    for (; s; s = s->next) {
        int may = may_ask(r, s, ROUTER_CAN_MESSAGE);
        if (may == 0)
            break;
        if (may == -ENODEV)
            rc = may;
    }
    if (!s)
        return rc;
    struct asker *a = asker_new(done, cookie, NULL);
    if (!a)
        return -ENOMEM;
    rc = errand_send(r, s, a, &(struct router_errand){.kind = ROUTER_ERRAND_MESSAGE, .text = text}, now);
    if (rc == 0)
        return -EINPROGRESS;
    asker_free(a);
    return rc;
}

/* Those links that it concerns: can all of them be asked? Returns how many they are, or negative errno. */
static int count_concerned(const struct router *r, const struct session *links, bool on)
{
    int n = 0;
    for (const struct session *s = links; s; s = s->next) {
        int may = s->quarantined == on ? 0 : may_ask(r, s, ROUTER_CAN_QUARANTINE);
        if (may != 0)
            return may;
        n += s->quarantined != on;
    }
    return n;
}

int router_quarantine(struct router *r, uint32_t connection, bool on, const char *by, const struct router_time *now,
                      router_done *done, void *cookie)
{
    struct session *links = links_of(r, connection);
    int n = count_concerned(r, links, on);
    if (!links || !text_fits(by, ROUTER_TEXT_MAX))
        return links ? -EINVAL : -ENOENT;
    if (n <= 0)
        return n < 0 ? n : on ? 0 : -ENODATA;
    if (r->errand_count + (uint32_t)n > ROUTER_ERRANDS_MAX)
        return -EBUSY;
    struct asker *a = asker_new(done, cookie, by);
    if (!a)
        return -ENOMEM;
    a->open = 1; /* ourselves, so that it stays until all are asked */
    const struct router_errand what = {.kind = ROUTER_ERRAND_QUARANTINE, .on = on};
    int rc = 0;
    for (struct session *s = links; s && rc == 0; s = s->next)
        if (s->quarantined != on)
            rc = errand_send(r, s, a, &what, now);
    if (a->open == 1) { /* not one was asked */
        asker_free(a);
        return rc;
    }
    asker_result(r, a, rc);
    return -EINPROGRESS;
}
