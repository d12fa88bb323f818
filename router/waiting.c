/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that wait for a port.
 *
 * A daemon that begins again reports new sessions while its ports are still held by those that rrasd knew before: only
 * the end of the snapshot says that they are gone (or, for a session driver, that their time is over). To refuse the
 * new ones would be wrong, for they would never be reported again. So as many wait as there are ports that may become
 * free. Nobody sees them meanwhile: they have no handle and no connection.
 */
#include "router/router_private.h"

bool waiting_may(const struct router_driver *d)
{
    return d->absent > d->waiting_count;
}

void waiting_add(struct router_driver *d, struct session *s)
{
    d->waiting_count++;
    if (!d->waiting) {
        d->waiting = s->prev = s->next = s;
        return;
    }
    s->prev = d->waiting->prev;
    s->next = d->waiting;
    s->prev->next = s;
    d->waiting->prev = s;
}

void waiting_remove(struct router_driver *d, struct session *s)
{
    d->waiting_count--;
    s->prev->next = s->next;
    s->next->prev = s->prev;
    if (d->waiting == s)
        d->waiting = s->next == s ? NULL : s->next;
    s->prev = s->next = NULL;
}

void waiting_drop_all(struct router *r, struct router_driver *d)
{
    while (d->waiting) {
        struct session *s = d->waiting;
        waiting_remove(d, s);
        session_unregister(r, d, s);
        session_free(s);
    }
}

static bool place_first(struct router *r, struct router_driver *d, const struct router_time *now)
{
    struct session *s = d->waiting;
    struct join join = {0};
    struct port *p = NULL;
    if (port_take_any(r, d, &p) != 0)
        return false;
    if (s->state == ROUTER_SESSION_CONNECTED && connection_prepare(r, d, s->texts, NULL, s->start, now, &join) != 0) {
        port_put(r, p); /* no memory: it waits on */
        return false;
    }
    waiting_remove(d, s);
    session_place(r, s, p, &join);
    keep_out_look(r, s, &(struct arrival){.waited = true}, now);
    admission_look(r, s, &(struct arrival){.waited = true});
    return true;
}

void waiting_place(struct router *r, struct router_driver *d, const struct router_time *now)
{
    while (d->waiting && place_first(r, d, now))
        ;
}
