/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of each driver, also when it is away. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rrasd/driver_peer.h"

struct driver_status *driver_status_get(struct driver_hub *hub, const char *pool)
{
    struct driver_status *s;
    HASH_FIND_STR(hub->statuses, pool, s);
    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    snprintf(s->pool, sizeof(s->pool), "%s", pool);
    s->state = DRIVER_HUB_AWAY;
    s->since = driver_hub_now(hub).wall_s;
    HASH_ADD_STR(hub->statuses, pool, s);
    if (s->hh.tbl)
        return s;
    free(s);
    return NULL;
}

static void status_free(struct driver_hub *hub, struct driver_status *s)
{
    HASH_DEL(hub->statuses, s);
    free(s);
}

void driver_status_free_all(struct driver_hub *hub)
{
    while (hub->statuses)
        status_free(hub, hub->statuses);
}

void driver_status_drop_unused(struct driver_hub *hub, struct driver_status *s)
{
    if (s && s->connections == 0)
        status_free(hub, s);
}

/* ---- what happens ---- */

static enum driver_hub_state state_of(const struct driver_status *s)
{
    const struct driver_peer *p = s->peer;
    if (s->kind == ROUTER_DRIVER_SESSION) /* its ports listen without anybody: a process comes with its session */
        return DRIVER_HUB_UP;
    if (!p)
        return DRIVER_HUB_AWAY;
    if (p->down)
        return DRIVER_HUB_DOWN;
    if (!p->snapshot_done)
        return DRIVER_HUB_STARTING;
    return s->health == DRIVER_MESSAGE_DEGRADED ? DRIVER_HUB_DEGRADED : DRIVER_HUB_UP;
}

void driver_status_look(struct driver_hub *hub, struct driver_status *s)
{
    enum driver_hub_state state = state_of(s);
    if (state != s->state)
        s->since = driver_hub_now(hub).wall_s;
    s->state = state;
}

void driver_status_arrived(struct driver_peer *p, const struct driver_message *m)
{
    struct driver_status *s = p->status;
    s->kind = p->kind;
    s->pid = p->pid;
    s->uid = p->uid;
    s->version = (uint32_t)m->version;
    s->capabilities = p->capabilities;
    s->connections++;
    s->heard = p->heard;
    s->peer = p->kind == ROUTER_DRIVER_DAEMON ? p : NULL;
    s->peers++;
    s->text[0] = '\0';
    driver_status_health(p, m);
}

void driver_status_health(struct driver_peer *p, const struct driver_message *m)
{
    struct driver_status *s = p->status;
    s->health = m->health;
    snprintf(s->text, sizeof(s->text), "%s", m->text ? m->text : "");
    if (s->text[0])
        driver_status_trouble(p, s->text);
    driver_status_look(p->hub, s);
}

void driver_status_trouble(struct driver_peer *p, const char *why)
{
    struct driver_status *s = p->status;
    if (!s)
        return;
    memmove(s->last_error, why, strnlen(why, sizeof(s->last_error) - 1) + 1);
    s->last_error[sizeof(s->last_error) - 1] = '\0';
    s->last_error_at = driver_hub_now(p->hub).wall_s;
}

void driver_status_left(struct driver_peer *p, const char *why)
{
    struct driver_status *s = p->status;
    if (!s)
        return;
    s->peers--;
    if (s->peer == p) {
        s->peer = NULL;
        snprintf(s->text, sizeof(s->text), "%s", why);
    }
    driver_status_look(p->hub, s);
    p->status = NULL;
}

/* ---- what is seen ---- */

static const struct driver_status *find(const struct driver_hub *hub, const char *name, const char *instance)
{
    char pool[DRIVER_POOL_MAX];
    struct driver_status *s;
    snprintf(pool, sizeof(pool), "%s:%s", name, instance);
    HASH_FIND_STR(hub->statuses, pool, s);
    return s;
}

static void fill(const struct driver_hub *hub, struct driver_hub_driver *ret)
{
    static const struct driver_status never;
    const struct driver_status *s = find(hub, ret->router.name, ret->router.instance);
    if (!s) { /* known from before the last restart, and not heard of since */
        ret->state = ret->router.kind == ROUTER_DRIVER_SESSION ? DRIVER_HUB_UP : DRIVER_HUB_AWAY;
        ret->since = hub->since;
        ret->text = ret->last_error = never.text;
        return;
    }
    ret->state = s->state;
    ret->since = s->since;
    ret->pid = s->peers > 0 ? s->pid : 0;
    ret->uid = s->peers > 0 ? s->uid : 0;
    ret->version = s->version;
    ret->capabilities = s->capabilities;
    ret->last_contact = driver_hub_now(hub).wall_s - (int64_t)((uv_now(hub->loop) - s->heard) / 1000);
    ret->last_error_at = s->last_error_at;
    ret->connections = s->connections;
    ret->protocol_errors = s->protocol_errors;
    ret->hung = s->hung;
    ret->text = s->text;
    ret->last_error = s->last_error;
}

bool driver_hub_driver_after(const struct driver_hub *hub, uint32_t number, struct driver_hub_driver *ret)
{
    struct router_driver_view view;
    if (!hub->router || !router_driver_after(hub->router, number, &view))
        return false;
    *ret = (struct driver_hub_driver){.router = view};
    fill(hub, ret);
    return true;
}

size_t driver_hub_drivers(const struct driver_hub *hub, struct driver_hub_driver *ret, size_t max)
{
    size_t n = 0;
    while (n < max && driver_hub_driver_after(hub, n > 0 ? ret[n - 1].router.number : 0, &ret[n]))
        n++;
    return n < max ? n : hub->router ? router_drivers(hub->router, NULL, 0) : 0;
}

static int check_away(const struct driver_hub *hub, const char *name, const char *instance)
{
    const struct driver_status *s = find(hub, name, instance);
    if (!hub->router)
        return -ENOENT;
    return s && s->peers > 0 ? -EBUSY : 0; /* one whose daemon is down is away for the router, but not for us */
}

static void status_forget(struct driver_hub *hub, const char *name, const char *instance)
{
    struct driver_status *s = (struct driver_status *)(uintptr_t)find(hub, name, instance);
    if (s)
        status_free(hub, s);
}

int driver_hub_forget(struct driver_hub *hub, const char *name, const char *instance)
{
    int r = check_away(hub, name, instance);
    if (r == 0)
        r = router_driver_forget(hub->router, name, instance);
    if (r == 0)
        status_forget(hub, name, instance);
    return r;
}

int driver_hub_give_up(struct driver_hub *hub, const char *name, const char *instance, const char *by, uint32_t *lost)
{
    const struct router_time now = driver_hub_now(hub);
    int r = check_away(hub, name, instance);
    if (r == 0)
        r = router_driver_give_up(hub->router, name, instance, by, &now, lost);
    if (r == 0)
        status_forget(hub, name, instance);
    return r;
}
