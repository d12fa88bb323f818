/* SPDX-License-Identifier: Apache-2.0 */
#include "router/router_private.h"

void deadline_arm(struct deadline_queue *q, struct deadline *d, struct order *o, uint64_t at)
{
    d->order = o;
    d->at = at;
    struct deadline *before = q->last;
    while (before && before->at > at)
        before = before->prev;
    d->prev = before;
    d->next = before ? before->next : q->first;
    if (d->next)
        d->next->prev = d;
    else
        q->last = d;
    if (before)
        before->next = d;
    else
        q->first = d;
}

void deadline_disarm(struct deadline_queue *q, struct deadline *d)
{
    if (!d->order)
        return;
    if (d->prev)
        d->prev->next = d->next;
    else
        q->first = d->next;
    if (d->next)
        d->next->prev = d->prev;
    else
        q->last = d->prev;
    *d = (struct deadline){0};
}

struct order *deadline_due(const struct deadline_queue *q, uint64_t now_ms)
{
    return q->first && q->first->at <= now_ms ? q->first->order : NULL;
}
