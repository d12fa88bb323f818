/* SPDX-License-Identifier: Apache-2.0 */
/* What keep-outs come to: what drivers can do about them, who was turned away, and who is disconnected on arrival. */
#include "router/keep_out_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- drivers' answers ---- */

/* What a driver has said of it. */
struct answer {
    struct answer *next;
    const struct router_driver *driver;
    bool refuses;
    char *text; /* or NULL */
};

void keep_out_answers_free(struct keep_out *k, const struct router_driver *d)
{
    struct answer **list = &k->answers;
    while (*list) {
        struct answer *a = *list;
        if (d && a->driver != d) {
            list = &a->next;
            continue;
        }
        *list = a->next;
        free(a->text);
        free(a);
    }
}

static struct answer *answer_of(const struct keep_out *k, const struct router_driver *d)
{
    struct answer *a = k->answers;
    while (a && a->driver != d)
        a = a->next;
    return a;
}

size_t router_keep_out_drivers(const struct router *r, uint32_t number, struct router_keep_out_driver *ret, size_t max)
{
    const struct keep_out *k = keep_out_find(r, number);
    size_t n = 0;
    for (const struct router_driver *d = k ? r->drivers : NULL; d; d = d->next) {
        const struct answer *a = answer_of(k, d);
        if ((!a && d->attached == 0) || !router_keep_out_is_for(&k->view, d->name, d->instance))
            continue;
        if (n < max)
            ret[n] = (struct router_keep_out_driver){.driver = d->name,
                                                     .instance = d->instance,
                                                     .answered = a != NULL,
                                                     .refuses = a && a->refuses,
                                                     .text = a && a->text ? a->text : ""};
        n++;
    }
    return n;
}

static struct keep_out *find_meant_for(const struct router *r, const struct router_driver *d, uint32_t number)
{
    struct keep_out *k = keep_out_find(r, number);
    return k && router_keep_out_is_for(&k->view, d->name, d->instance) ? k : NULL;
}

/* This driver's answer, made if there is none yet; NULL without memory. */
static struct answer *answer_for(struct keep_out *k, struct router_driver *d)
{
    struct answer *a = answer_of(k, d);
    if (a)
        return a;
    a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    *a = (struct answer){.next = k->answers, .driver = d};
    k->answers = a;
    return a;
}

int router_keep_out_answer(struct router *r, struct router_driver *d, uint32_t number, bool refuses, const char *text)
{
    struct keep_out *k = find_meant_for(r, d, number);
    if (!k)
        return -ENOENT;
    bool has_text = text && text[0];
    char *copy = has_text ? strndup(text, strnlen(text, ROUTER_TEXT_MAX)) : NULL;
    struct answer *a = has_text && !copy ? NULL : answer_for(k, d);
    if (!a) {
        free(copy);
        return -ENOMEM;
    }
    free(a->text);
    a->text = copy;
    a->refuses = refuses;
    return 0;
}

void keep_out_driver_away(struct router *r, const struct router_driver *d)
{
    for (struct keep_out *k = r->keep_outs; k; k = k->hh.next)
        keep_out_answers_free(k, d);
}

static void count_attempt(struct router *r, struct keep_out *k, const struct router_time *now)
{
    k->view.turned_away++;
    k->view.last_attempt = now->wall_s;
    if (r->ops->keep_out_counted)
        r->ops->keep_out_counted(r->ctx, &k->view);
}

int router_keep_out_report(struct router *r, struct router_driver *d, uint32_t number, const char *user,
                           const char *client_address, const struct router_time *now)
{
    struct keep_out *k = find_meant_for(r, d, number);
    if (!k)
        return -ENOENT;
    count_attempt(r, k, now);
    event_emit(r, &(struct router_event){.type = ROUTER_EVENT_KEPT_OUT,
                                         .keep_out = number,
                                         .driver = d->name,
                                         .instance = d->instance,
                                         .device_type = d->device_type,
                                         .user = user && user[0] ? user : k->view.user,
                                         .client_address = client_address,
                                         .reason = k->view.reason});
    return 0;
}

/* ---- arrivals ---- */

struct arrival arrival_before(const struct session *s, const struct router_session *said)
{
    /* Over a restart nobody knows any more who was to be ended: by its start it is told who came in spite of it. */
    if (!s || s->restored)
        return (struct arrival){0};
    return (struct arrival){.known = true,
                            .present = s->present,
                            .was_up = s->was_up,
                            .renamed = said->user && strcmp(said->user, text_get(s->texts, TEXT_USER)) != 0};
}

/* Heard of for the first time, but connected before the keep-out was given. */
static bool was_there_before(const struct session *s, const struct arrival *before, const struct keep_out *k)
{
    const struct router_driver *d = s->port->driver;
    bool told_anew = before->waited || d->in_snapshot || d->kind == ROUTER_DRIVER_SESSION;
    return !before->known && told_anew && s->state == ROUTER_SESSION_CONNECTED && s->start < k->view.since;
}

static bool arrives(const struct session *s, const struct arrival *before, const struct keep_out *k)
{
    if (s->kept_out)
        return !before->present; /* it should have been ended, but then its driver was away */
    bool now = !before->known || before->renamed || (s->was_up && !before->was_up);
    return now && !was_there_before(s, before, k);
}

static void turn_out(struct router *r, struct session *s, const struct keep_out *k, bool hard,
                     const struct router_time *now)
{
    const struct router_ask ask = {.hard = hard,
                                   .reason = k->view.reason[0] ? k->view.reason : NULL,
                                   .tag = ROUTER_TAG_KEEP_OUT,
                                   .keep_out = k->view.number};
    (void)order_give(r, s, &ask, 0, now); /* without memory, or not to be sent: again when its driver reports it anew */
}

void keep_out_look(struct router *r, struct session *s, const struct arrival *before, const struct router_time *now)
{
    if (!r->keep_outs || !s->port || s->state == ROUTER_SESSION_DISCONNECTING)
        return;
    struct keep_out *k = keep_out_of(r, s);
    if (!k)
        s->kept_out = false; /* he is somebody else now */
    if (!k || !arrives(s, before, k))
        return;
    if (!s->kept_out) {
        s->kept_out = true;
        count_attempt(r, k, now);
        struct router_event e = event_of_session(ROUTER_EVENT_KEPT_OUT, s);
        e.keep_out = k->view.number;
        e.reason = k->view.reason;
        event_emit(r, &e);
    }
    turn_out(r, s, k, false, now);
}

void keep_out_refused(struct router *r, struct session *s, const struct router_time *now)
{
    const struct keep_out *k = keep_out_of(r, s);
    if (k && !s->order && !session_away(s))
        turn_out(r, s, k, true, now);
}
