/* SPDX-License-Identifier: Apache-2.0 */
#include "router/keep_out_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/user_name.h"

#define LOOK_MS 60000u /* the wall clock may be set: look at it no more seldom than that */

/* All keep-outs of one user: few, for each names another driver. */
struct kept_user {
    UT_hash_handle hh; /* router.kept_users, by name */
    struct keep_out *first;
    char name[];
};

/* ---- the table ---- */

struct keep_out *keep_out_find(const struct router *r, uint32_t number)
{
    struct keep_out *k = NULL;
    HASH_FIND(hh, r->keep_outs, &number, sizeof number, k);
    return k;
}

static struct kept_user *find_user(const struct router *r, const char *name)
{
    struct kept_user *u = NULL;
    HASH_FIND(hh, r->kept_users, name, strlen(name), u);
    return u;
}

static struct keep_out *find_same(const struct router *r, const char *user, const char *driver)
{
    const struct kept_user *u = find_user(r, user);
    struct keep_out *k = u ? u->first : NULL;
    while (k && strcmp(k->view.driver, driver) != 0)
        k = k->next;
    return k;
}

static struct kept_user *get_user(struct router *r, const char *name)
{
    size_t n = strlen(name);
    struct kept_user *u = find_user(r, name);
    if (u)
        return u;
    u = calloc(1, sizeof *u + n + 1u);
    if (!u)
        return NULL;
    memcpy(u->name, name, n);
    HASH_ADD_KEYPTR(hh, r->kept_users, u->name, n, u);
    if (u->hh.tbl)
        return u;
    free(u);
    return NULL;
}

static void drop_user(struct router *r, struct kept_user *u)
{
    if (u->first)
        return;
    HASH_DELETE(hh, r->kept_users, u);
    free(u);
}

static void keep_out_free(struct keep_out *k)
{
    keep_out_answers_free(k, NULL);
    free(k->texts);
    free(k);
}

static char *add_text(char *to, const char *s, const char **ret)
{
    size_t n = strlen(s) + 1u;
    memcpy(to, s, n);
    *ret = to;
    return to + n;
}

/* The texts of `v`, which may be NULL, in one block of our own. NULL without memory. */
static char *copy_texts(const struct router_keep_out *v, struct router_keep_out *ret)
{
    const char *from[] = {v->user, v->driver, v->reason, v->by};
    const char **to[] = {&ret->user, &ret->driver, &ret->reason, &ret->by};
    size_t n = 0;
    for (size_t i = 0; i < 4; i++) {
        from[i] = from[i] ? from[i] : "";
        n += strlen(from[i]) + 1u;
    }
    char *texts = malloc(n), *at = texts;
    for (size_t i = 0; texts && i < 4; i++)
        at = add_text(at, from[i], to[i]);
    return texts;
}

/* A new one with this number, which must be the highest in the table. */
static int enter(struct router *r, const struct router_keep_out *v)
{
    struct keep_out *k = calloc(1, sizeof *k);
    if (!k)
        return -ENOMEM;
    k->view = *v;
    k->texts = copy_texts(v, &k->view);
    k->user = k->texts ? get_user(r, k->view.user) : NULL;
    if (k->user)
        HASH_ADD(hh, r->keep_outs, view.number, sizeof k->view.number, k);
    if (!k->hh.tbl) {
        if (k->user)
            drop_user(r, k->user);
        keep_out_free(k);
        return -ENOMEM;
    }
    k->next = k->user->first;
    k->user->first = k;
    return 0;
}

static void take_out(struct router *r, struct keep_out *k)
{
    struct keep_out **at = &k->user->first;
    while (*at != k)
        at = &(*at)->next;
    *at = k->next;
    HASH_DELETE(hh, r->keep_outs, k);
    drop_user(r, k->user);
}

void keep_out_free_all(struct router *r)
{
    while (r->keep_outs) {
        struct keep_out *k = r->keep_outs;
        take_out(r, k);
        keep_out_free(k);
    }
}

static struct keep_out *longer(struct keep_out *best, const struct kept_user *u, const char *driver,
                               const char *instance)
{
    for (struct keep_out *k = u ? u->first : NULL; k; k = k->next)
        if (router_keep_out_is_for(&k->view, driver, instance) && (!best || k->view.until > best->view.until))
            best = k;
    return best;
}

/* The one that keeps him out for the longest time, of those for him in his domain and in every domain. */
static struct keep_out *find_for(const struct router *r, const char *user, const char *driver, const char *instance)
{
    const char *alone = user_alone(user);
    struct keep_out *best = longer(NULL, find_user(r, user), driver, instance);
    return alone == user ? best : longer(best, find_user(r, alone), driver, instance);
}

struct keep_out *keep_out_of(const struct router *r, const struct session *s)
{
    const struct router_driver *d = s->port->driver;
    return s->user ? find_for(r, text_get(s->texts, TEXT_USER), d->name, d->instance) : NULL;
}

/* ---- telling ---- */

/* The driver's filter as the two names that events have. `name` has room for the longest. */
static void split_driver(const char *filter, char name[static ROUTER_KEEP_OUT_DRIVER_MAX + 1u], const char **instance)
{
    size_t n = strcspn(filter, ":");
    memcpy(name, filter, strlen(filter) + 1u);
    *instance = name[n] ? name + n + 1u : "";
    name[n] = '\0';
}

static void emit(struct router *r, enum router_event_type type, const struct router_keep_out *k, const char *by)
{
    char name[ROUTER_KEEP_OUT_DRIVER_MAX + 1u];
    struct router_event e = {
        .type = type, .keep_out = k->number, .user = k->user, .driver = name, .reason = k->reason, .by = by};
    split_driver(k->driver, name, &e.instance);
    event_emit(r, &e);
}

static void began(struct router *r, const struct router_keep_out *k)
{
    emit(r, ROUTER_EVENT_KEEP_OUT, k, k->by);
    if (r->ops->keep_out)
        r->ops->keep_out(r->ctx, k);
}

/* His sessions that are still there may stay: a later keep-out finds them as any other that was there before. */
static void leave_alone(struct router *r, const char *user)
{
    const struct user *u = user_find(r, user);
    struct session *s = u ? u->first : NULL;
    for (uint32_t i = 0; u && i < u->count; i++, s = s->user_next)
        if (s->port && !keep_out_of(r, s))
            s->kept_out = false;
}

/* Over: `by` somebody, or by itself. */
static void end(struct router *r, struct keep_out *k, const char *by)
{
    take_out(r, k);
    leave_alone(r, k->view.user);
    emit(r, ROUTER_EVENT_KEEP_OUT_END, &k->view, by);
    if (r->ops->keep_out_end)
        r->ops->keep_out_end(r->ctx, &k->view);
    keep_out_free(k);
}

/* ---- time ---- */

static void look_again(struct router *r, int64_t until, const struct router_time *now)
{
    uint64_t left = until > now->wall_s ? (uint64_t)(until - now->wall_s) : 0;
    uint64_t due = now->mono_ms + (left < LOOK_MS / 1000u ? left * 1000u : LOOK_MS);
    if (due < r->keep_out_due_ms)
        r->keep_out_due_ms = due;
}

void keep_out_tick(struct router *r, const struct router_time *now)
{
    struct keep_out *k, *next;
    if (r->keep_out_due_ms > now->mono_ms)
        return;
    r->keep_out_due_ms = UINT64_MAX;
    HASH_ITER(hh, r->keep_outs, k, next)
    {
        if (k->view.until <= now->wall_s)
            end(r, k, NULL);
        else
            look_again(r, k->view.until, now);
    }
}

/* ---- adding and lifting ---- */

static bool texts_ok(const char *user, const char *driver, const char *reason, const char *by)
{
    return user && user[0] && text_fits(user, ROUTER_USER_MAX) && text_fits(driver, ROUTER_KEEP_OUT_DRIVER_MAX) &&
           text_fits(reason, ROUTER_TEXT_MAX) && text_fits(by, ROUTER_TEXT_MAX);
}

static int replace(struct keep_out *k, const struct router_keep_out *v)
{
    struct router_keep_out view = k->view;
    char *texts = copy_texts(v, &view);
    if (!texts)
        return -ENOMEM;
    view.until = v->until;
    free(k->texts);
    k->texts = texts;
    k->view = view;
    return 0;
}

int router_keep_out_add(struct router *r, const struct router_keep_out_ask *ask, const struct router_time *now,
                        uint32_t *ret)
{
    const struct router_keep_out v = {
        .number = r->last_keep_out + 1u, /* 0 after the last that there can be */
        .user = ask->user,
        .driver = ask->driver,
        .reason = ask->reason,
        .by = ask->by,
        .since = now->wall_s,
        .until = now->wall_s + ask->seconds,
    };
    if (!texts_ok(ask->user, ask->driver, ask->reason, ask->by) || ask->seconds == 0 ||
        ask->seconds > ROUTER_KEEP_OUT_SECONDS_MAX)
        return -EINVAL;
    struct keep_out *k = find_same(r, ask->user, ask->driver ? ask->driver : "");
    if (!k && (router_keep_out_count(r) >= ROUTER_KEEP_OUTS_MAX || v.number == 0))
        return -ENOSPC;
    int rc = k ? replace(k, &v) : enter(r, &v);
    if (rc != 0)
        return rc;
    if (!k) {
        r->last_keep_out = v.number;
        k = keep_out_find(r, v.number);
    }
    look_again(r, k->view.until, now);
    *ret = k->view.number;
    began(r, &k->view);
    return 0;
}

int router_keep_out_lift(struct router *r, uint32_t number, const char *by)
{
    struct keep_out *k = keep_out_find(r, number);
    if (!k)
        return -ENOENT;
    end(r, k, by);
    return 0;
}

int router_keep_out_restore(struct router *r, const struct router_keep_out *v, const struct router_time *now)
{
    if (!texts_ok(v->user, v->driver, v->reason, v->by) || v->number <= r->last_keep_out || r->ever_attached ||
        find_same(r, v->user, v->driver ? v->driver : ""))
        return -EINVAL;
    int rc = 0;
    if (v->until > now->wall_s)
        rc = router_keep_out_count(r) >= ROUTER_KEEP_OUTS_MAX ? -ENOSPC : enter(r, v);
    if (rc != 0)
        return rc;
    router_keep_out_set_last(r, v->number);
    look_again(r, v->until, now);
    return 0;
}

void router_keep_out_set_last(struct router *r, uint32_t number)
{
    if (number > r->last_keep_out)
        r->last_keep_out = number;
}

/* ---- reading ---- */

static bool show(const struct keep_out *k, struct router_keep_out *ret)
{
    if (k)
        *ret = k->view;
    return k != NULL;
}

bool router_keep_out_get(const struct router *r, uint32_t number, struct router_keep_out *ret)
{
    return show(keep_out_find(r, number), ret);
}

bool router_keep_out_after(const struct router *r, uint32_t number, struct router_keep_out *ret)
{
    const struct keep_out *k = keep_out_find(r, number);
    if (k)
        return show(k->hh.next, ret);
    for (k = r->keep_outs; k && k->view.number <= number; k = k->hh.next)
        ;
    return show(k, ret);
}

size_t router_keep_out_count(const struct router *r)
{
    return HASH_COUNT(r->keep_outs);
}

uint32_t router_keep_out_last(const struct router *r)
{
    return r->last_keep_out;
}

bool router_keep_out_is_for(const struct router_keep_out *k, const char *driver, const char *instance)
{
    size_t n = strlen(driver);
    return k->driver[0] == '\0' ||
           (strncmp(k->driver, driver, n) == 0 &&
            (k->driver[n] == '\0' || (k->driver[n] == ':' && strcmp(k->driver + n + 1u, instance) == 0)));
}

bool router_kept_out(const struct router *r, const char *user, const char *driver, const char *instance,
                     struct router_keep_out *ret)
{
    return show(find_for(r, user, driver, instance), ret);
}
