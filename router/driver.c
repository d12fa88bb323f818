/* SPDX-License-Identifier: Apache-2.0 */
/* Drivers: attach, detach, snapshot. */
#include "router/router_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the record ---- */

static bool name_ok(const char *s)
{
    return s && s[0] && text_fits(s, ROUTER_TEXT_MAX);
}

static bool info_ok(const struct router_driver_info *i)
{
    return (i->kind == ROUTER_DRIVER_DAEMON || i->kind == ROUTER_DRIVER_SESSION) && name_ok(i->name) &&
           name_ok(i->instance) && name_ok(i->device_type) && text_fits(i->device_name, ROUTER_TEXT_MAX) &&
           text_fits(i->port_prefix, ROUTER_TEXT_MAX) && i->ports <= ROUTER_SLOTS_MAX;
}

static struct router_driver *driver_find(const struct router *r, const char *name, const char *instance)
{
    struct router_driver *d = r->drivers;
    while (d && (strcmp(d->name, name) != 0 || strcmp(d->instance, instance) != 0))
        d = d->next;
    return d;
}

static void driver_free(struct router_driver *d)
{
    free(d->name);
    free(d->instance);
    free(d->device_type);
    free(d->device_name);
    free(d->prefix);
    free(d->slots);
    free(d);
}

static char *device_name_of(const struct router_driver_info *info)
{
    char *made = NULL;
    if (info->device_name && info->device_name[0])
        return strdup(info->device_name);
    return asprintf(&made, "%s %s", info->device_type, info->instance) < 0 ? NULL : made;
}

/* What may change from one attach to the next. */
struct description {
    char *device_type, *device_name, *prefix;
};

static int description_new(const struct router_driver_info *info, struct description *ret)
{
    struct description made = {
        .device_type = strdup(info->device_type),
        .device_name = device_name_of(info),
        .prefix = strdup(info->port_prefix && info->port_prefix[0] ? info->port_prefix : info->device_type),
    };
    if (!made.device_type || !made.device_name || !made.prefix) {
        free(made.device_type);
        free(made.device_name);
        free(made.prefix);
        return -ENOMEM;
    }
    *ret = made;
    return 0;
}

/* Takes the texts over. */
static void describe(struct router_driver *d, const struct description *now)
{
    free(d->device_type);
    free(d->device_name);
    free(d->prefix);
    d->device_type = now->device_type;
    d->device_name = now->device_name;
    d->prefix = now->prefix;
}

static int driver_make(const struct router *r, const struct router_driver_info *info, struct driver_entry *ret)
{
    struct description description;
    if (r->driver_count >= ROUTER_DRIVERS_MAX || r->last_driver == UINT32_MAX)
        return -ENOSPC;
    struct router_driver *d = calloc(1, sizeof *d);
    if (!d)
        return -ENOMEM;
    d->kind = info->kind;
    d->unknown_at = UINT64_MAX;
    d->name = strdup(info->name);
    d->instance = strdup(info->instance);
    if (!d->name || !d->instance || description_new(info, &description) != 0) {
        driver_free(d);
        return -ENOMEM;
    }
    describe(d, &description);
    *ret = (struct driver_entry){.driver = d, .made = true};
    return 0;
}

int driver_prepare(const struct router *r, const struct router_driver_info *info, struct driver_entry *ret)
{
    if (!info_ok(info))
        return -EINVAL;
    struct router_driver *d = driver_find(r, info->name, info->instance);
    if (!d)
        return driver_make(r, info, ret);
    if (d->kind != info->kind && (d->attached || d->sessions))
        return d->attached ? -EBUSY : -EINVAL;
    *ret = (struct driver_entry){.driver = d};
    return 0;
}

void driver_discard(struct driver_entry *e)
{
    if (e->made)
        driver_free(e->driver);
    *e = (struct driver_entry){0};
}

void driver_enter(struct router *r, const struct driver_entry *e, enum router_driver_kind kind)
{
    e->driver->kind = kind;
    if (!e->made)
        return;
    struct router_driver **end = &r->drivers;
    while (*end)
        end = &(*end)->next;
    *end = e->driver;
    e->driver->number = ++r->last_driver;
    r->driver_count++;
}

void driver_free_all(struct router *r)
{
    while (r->drivers) {
        struct router_driver *d = r->drivers;
        r->drivers = d->next;
        while (d->sessions) {
            struct session *s = d->sessions;
            session_unregister(r, d, s);
            session_free(s);
        }
        driver_free(d);
    }
}

/* ---- attach ---- */

static void emit_driver(struct router *r, enum router_event_type type, const struct router_driver *d)
{
    event_emit(r, &(struct router_event){
                      .type = type, .driver = d->name, .instance = d->instance, .device_type = d->device_type});
}

/* Take over how many ports the driver may have. */
static void set_limit(struct router *r, struct router_driver *d, const struct router_driver_info *info)
{
    uint32_t limit = info->ports ? info->ports : info->max_ports;
    if (limit == 0 || limit > ROUTER_SLOTS_MAX)
        limit = ROUTER_SLOTS_MAX; /* the router's own limit is looked at when a port is made */
    uint32_t old = d->limit;
    d->limit = limit;
    d->fixed = info->ports;
    if (old != limit)
        port_free_list_rebuild(r, d, old);
}

static bool has_room(const struct router *r, uint32_t ports)
{
    return ports == 0 || (r->port_count < r->config.max_ports && ports <= r->config.max_ports - r->port_count);
}

/* Sessions will be told, and who is not among them is gone then. */
static void come(struct router *r, struct router_driver *d)
{
    d->in_snapshot = d->kind == ROUTER_DRIVER_DAEMON;
    r->ever_attached = true;
    if (d->attached++ == 0)
        emit_driver(r, ROUTER_EVENT_DRIVER_UP, d);
}

int router_driver_introduce(struct router *r, const struct router_driver_info *info, struct router_driver **ret)
{
    struct driver_entry e = {0};
    struct description description;
    int rc = driver_prepare(r, info, &e);
    struct router_driver *d = e.driver;
    if (rc == 0 && d->kind == ROUTER_DRIVER_DAEMON && d->attached)
        rc = -EBUSY;
    uint32_t lack = rc == 0 ? limit_lacking(r, d, info->ports, info->device_type) : 0;
    if (rc == 0 && !has_room(r, lack))
        rc = -ENOSPC;
    if (rc == 0)
        rc = ports_reserve(r, d, lack);
    if (rc == 0)
        rc = description_new(info, &description);
    if (rc != 0) {
        driver_discard(&e);
        return rc;
    }

    driver_enter(r, &e, info->kind);
    describe(d, &description);
    set_limit(r, d, info);
    ports_make(r, d, lack);
    limit_trim(r, d->device_type); /* it may have been of another type */
    *ret = d;
    return 0;
}

int router_driver_attach(struct router *r, const struct router_driver_info *info, const struct router_time *now,
                         struct router_driver **ret)
{
    (void)now;
    int rc = router_driver_introduce(r, info, ret);
    if (rc == 0)
        come(r, *ret);
    return rc;
}

void router_driver_back(struct router *r, struct router_driver *d)
{
    if (d->kind == ROUTER_DRIVER_DAEMON && d->attached == 0)
        come(r, d);
}

/* ---- detach ---- */

void router_driver_detach(struct router *r, struct router_driver *d, const struct router_time *now)
{
    if (d->attached == 0 || --d->attached > 0)
        return;
    d->in_snapshot = false;
    waiting_drop_all(r, d);
    keep_out_driver_away(r, d);
    for (struct session *s = d->sessions; s; s = s->hh.next) {
        s->present = false;
        s->channel = NULL;
        if (s->order)
            order_suspend(r, s->order);
        errand_drop(r, s, -ETIMEDOUT);
    }
    if (d->kind == ROUTER_DRIVER_SESSION && d->sessions)
        d->unknown_at = now->mono_ms + r->config.unknown_ms;
    d->absent = d->in_use;
    emit_driver(r, ROUTER_EVENT_DRIVER_DOWN, d);
    waiters_call(r);
}

bool router_driver_is_up(const struct router_driver *d)
{
    return d->attached > 0;
}

/* ---- sessions that did not come back ---- */

static void end_missing(struct router *r, struct router_driver *d, const char *reason, const struct router_time *now)
{
    struct session *next = NULL;
    for (struct session *s = d->sessions; s; s = next) {
        next = s->hh.next;
        if (!s->present)
            session_end(r, s, &(struct session_end){.reason = reason, .outcome = ROUTER_OUTCOME_GONE}, now);
    }
}

void router_driver_snapshot_end(struct router *r, struct router_driver *d, const struct router_time *now)
{
    if (!d->in_snapshot)
        return;
    d->in_snapshot = false;
    end_missing(r, d, "not there any more when the driver came back", now);
    waiting_place(r, d, now);
    waiters_call(r);
}

void driver_tick(struct router *r, const struct router_time *now)
{
    for (struct router_driver *d = r->drivers; d; d = d->next) {
        if (d->unknown_at > now->mono_ms)
            continue;
        d->unknown_at = UINT64_MAX;
        end_missing(r, d, "not reported again in time", now);
        waiting_place(r, d, now);
    }
}

uint64_t driver_next_deadline(const struct router *r)
{
    uint64_t first = UINT64_MAX;
    for (const struct router_driver *d = r->drivers; d; d = d->next)
        if (d->unknown_at < first)
            first = d->unknown_at;
    return first;
}

/* ---- forgetting ---- */

static void vanish(struct router *r, struct router_driver *d)
{
    struct router_driver **at = &r->drivers;
    while (*at != d)
        at = &(*at)->next;
    for (uint32_t i = 0; i < d->slots_cap; i++)
        if (d->slots[i])
            port_retire(r, port_by_slot(r, d->slots[i]));
    keep_out_driver_away(r, d);
    *at = d->next;
    r->driver_count--;
    driver_free(d);
}

int router_driver_forget(struct router *r, const char *name, const char *instance)
{
    struct router_driver *d = driver_find(r, name, instance);
    if (!d)
        return -ENOENT;
    if (d->attached > 0 || d->sessions)
        return -EBUSY;
    vanish(r, d);
    return 0;
}

int router_driver_give_up(struct router *r, const char *name, const char *instance, const char *by,
                          const struct router_time *now, uint32_t *lost)
{
    const struct session_end end = {
        .reason = ROUTER_GIVEN_UP, .by = by, .outcome = ROUTER_OUTCOME_LOST, .waiters = -ENODEV};
    struct router_driver *d = driver_find(r, name, instance);
    uint32_t n = 0;
    if (!d)
        return -ENOENT;
    if (d->attached > 0)
        return -EBUSY;
    job_give_up(r, d, now);
    for (; d->sessions; n++)
        session_end(r, d->sessions, &end, now);
    vanish(r, d);
    *lost = n;
    waiters_call(r);
    return 0;
}

/* ---- what is seen ---- */

void router_driver_words(struct router *r, const struct router_driver *d, const char *words)
{
    event_emit(r, &(struct router_event){.type = ROUTER_EVENT_DRIVER_HEALTH,
                                         .driver = d->name,
                                         .instance = d->instance,
                                         .device_type = d->device_type,
                                         .reason = words});
}

static void view(const struct router_driver *d, struct router_driver_view *ret)
{
    *ret = (struct router_driver_view){
        .number = d->number,
        .name = d->name,
        .instance = d->instance,
        .device_type = d->device_type,
        .device_name = d->device_name,
        .kind = d->kind,
        .up = d->attached > 0,
        .in_snapshot = d->in_snapshot,
        .ports = d->port_count,
        .ports_in_use = d->in_use,
        .sessions_started = d->sessions_started,
        .sessions_refused = d->sessions_refused,
        .orders = d->orders,
        .orders_confirmed = d->orders_confirmed,
        .orders_failed = d->orders_failed,
    };
}

size_t router_drivers(const struct router *r, struct router_driver_view *ret, size_t max)
{
    size_t n = 0;
    for (const struct router_driver *d = r->drivers; d; d = d->next, n++)
        if (n < max)
            view(d, &ret[n]);
    return n;
}

bool router_driver_after(const struct router *r, uint32_t number, struct router_driver_view *ret)
{
    const struct router_driver *d = r->drivers;
    while (d && d->number <= number)
        d = d->next;
    if (d)
        view(d, ret);
    return d != NULL;
}
