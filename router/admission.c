/* SPDX-License-Identifier: Apache-2.0 */
#include "router/admission.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/user_name.h"
#include "router/router_private.h"

static const char *user_of(const struct session *s)
{
    return text_get(s->texts, TEXT_USER);
}

static bool is_connected(const struct session *s)
{
    return s->port && s->state == ROUTER_SESSION_CONNECTED;
}

/* ---- arrivals ---- */

/* Also one that is told anew after its driver was away: it may have been out of reach when its user was refused. */
static bool arrives(const struct session *s, const struct arrival *before)
{
    return !before->known || !before->present || before->renamed || (s->was_up && !before->was_up);
}

void admission_look(struct router *r, struct session *s, const struct arrival *before)
{
    if (before->renamed)
        s->refused = false; /* that was somebody else */
    if (r->ops->arrived && is_connected(s) && user_of(s)[0] && arrives(s, before))
        r->ops->arrived(r->ctx, user_of(s));
}

/* ---- who may not be there ---- */

static bool end_session(struct router *r, struct session *s, bool hard, const struct router_time *now)
{
    const struct router_ask ask = {.hard = hard, .reason = ROUTER_ADMISSION_REASON, .tag = ROUTER_TAG_ADMISSION};
    return order_give(r, s, &ask, 0, now) == 0;
}

static void tell(struct router *r, struct session *s, const char *why)
{
    if (s->refused)
        return;
    s->refused = true;
    struct router_event e = event_of_session(ROUTER_EVENT_USER_REFUSED, s);
    e.reason = why;
    event_emit(r, &e);
}

int router_user_refuse(struct router *r, const char *user, const char *why, const struct router_time *now)
{
    if (!user || !user[0] || !text_fits(user, ROUTER_USER_MAX) || !why || !text_fits(why, ROUTER_TEXT_MAX))
        return -EINVAL;
    const struct user *u = user_find(r, user);
    struct session *s = u ? u->first : NULL;
    int given = 0;
    /* An order ends no session from within, so the ring stays as it is. */
    for (uint32_t i = 0; u && i < u->count; i++, s = s->user_next) {
        if (!is_connected(s) || s->order || session_away(s) || strcmp(user_of(s), user) != 0)
            continue;
        tell(r, s, why);
        given += end_session(r, s, false, now);
    }
    return given;
}

void admission_refused(struct router *r, struct session *s, const struct router_time *now)
{
    if (s->refused && !s->order && !session_away(s))
        (void)end_session(r, s, true, now); /* can't: whoever looks next finds him still there */
}

void router_user_refused_at_log_on(struct router *r, const struct router_driver *d, const char *user,
                                   const char *client_address, const char *why)
{
    event_emit(r, &(struct router_event){.type = ROUTER_EVENT_USER_REFUSED,
                                         .driver = d->name,
                                         .instance = d->instance,
                                         .device_type = d->device_type,
                                         .user = user,
                                         .client_address = client_address,
                                         .reason = why});
}

/* ---- looking again ---- */

static bool comes_first(const struct session *other, const struct session *s)
{
    return is_connected(other) && other->port->slot < s->port->slot && strcmp(user_of(other), user_of(s)) == 0;
}

/*
 * Is it the connected session of this user that is on the lowest slot? The ring is walked both ways at once: a user may
 * have as many sessions as there are ports, and nearly all of them stand beside one that comes first.
 */
static bool is_first_of_user(const struct session *s)
{
    const struct session *before = s->user_prev, *behind = s->user_next;
    if (!is_connected(s))
        return false;
    for (uint32_t i = 0; i < s->user->count / 2; i++, before = before->user_prev, behind = behind->user_next) {
        if (comes_first(before, s) || comes_first(behind, s))
            return false;
    }
    return true;
}

/* Names as a directory may compare them: who is asked for without need is only asked for. */
static bool may_be_meant(const char *user, const char *name)
{
    return strcasecmp(user, name) == 0 || strcasecmp(user_alone(user), name) == 0;
}

void router_users_meant(const struct router *r, const char *name, void (*each)(void *ctx, const char *user), void *ctx)
{
    struct user *u, *next;
    HASH_ITER(hh, r->users, u, next)
    {
        const struct session *s = u->first;
        if (strcasecmp(user_alone(user_of(s)), user_alone(name)) != 0)
            continue;
        for (uint32_t i = 0; i < u->count; i++, s = s->user_next) {
            if (may_be_meant(user_of(s), name) && is_first_of_user(s))
                each(ctx, user_of(s));
        }
    }
}

const char *router_user_next(const struct router *r, uint32_t *slot, uint32_t most)
{
    for (uint32_t i = 0; i < most; i++) {
        if (*slot >= router_port_count(r)) {
            *slot = 0;
            return NULL;
        }
        const struct port *p = port_by_slot(r, ++*slot);
        const struct session *s = p ? p->session : NULL;
        if (s && s->user && is_first_of_user(s))
            return user_of(s);
    }
    return NULL;
}
