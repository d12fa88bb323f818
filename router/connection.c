/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: how they come to be, gain and lose links, and end. */
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- bundles ---- */

/* driver NUL user NUL bundle: whoever gives somebody else's bundle does not get into his connection. */
static size_t bundle_key(char *key, size_t cap, const struct router_driver *d, const struct texts *t)
{
    const char *part[] = {d->name, text_get(t, TEXT_USER), text_get(t, TEXT_BUNDLE)};
    size_t n = 0;
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        size_t length = strlen(part[i]) + 1u;
        if (length > cap - n)
            return 0; /* can't be: the parts are within their limits */
        memcpy(key + n, part[i], length);
        n += length;
    }
    return n;
}

#define BUNDLE_KEY_MAX (ROUTER_TEXT_MAX + ROUTER_USER_MAX + ROUTER_TEXT_MAX + 3u)

static struct bundle *bundle_find(const struct router *r, const struct router_driver *d, const struct texts *t)
{
    char key[BUNDLE_KEY_MAX];
    struct bundle *b = NULL;
    size_t n = bundle_key(key, sizeof key, d, t);
    HASH_FIND(hh, r->bundles, key, n, b);
    return b;
}

/* Make this connection the one of its bundle, unless another has it. */
static int bundle_register(struct router *r, const struct router_driver *d, const struct texts *t,
                           struct router_connection *c)
{
    if (!text_get(t, TEXT_BUNDLE)[0] || c->multi->bundle || bundle_find(r, d, t))
        return 0;
    char key[BUNDLE_KEY_MAX];
    size_t n = bundle_key(key, sizeof key, d, t);
    struct bundle *b = calloc(1, sizeof *b + n);
    if (!b)
        return -ENOMEM;
    memcpy(b->key, key, n);
    HASH_ADD_KEYPTR(hh, r->bundles, b->key, n, b);
    if (!b->hh.tbl) {
        free(b);
        return -ENOMEM;
    }
    b->connection = c;
    c->multi->bundle = b;
    return 0;
}

static void bundle_forget(struct router *r, struct router_connection *c)
{
    struct bundle *b = c->multi ? c->multi->bundle : NULL;
    if (!b)
        return;
    HASH_DELETE(hh, r->bundles, b);
    c->multi->bundle = NULL;
    free(b);
}

static int allow_links(struct router_connection *c)
{
    if (!c->multi)
        c->multi = calloc(1, sizeof *c->multi);
    return c->multi ? 0 : -ENOMEM;
}

/* ---- making one ---- */

void connection_free(struct router_connection *c)
{
    if (c->ended && c->links)
        session_free(c->links);
    texts_unref(c->texts);
    free(c->multi);
    free(c);
}

/* Take it out of all tables. */
static void unlist(struct router *r, struct router_connection *c)
{
    handles_remove(&r->connections, c->handle);
    for (unsigned i = 0; i < INDEX_COUNT; i++)
        index_remove(r, c, (enum index_id)i);
    bundle_forget(r, c);
}

/* Handles rise. After 2^31 - 1 they begin again and step over those in use. */
static uint32_t next_handle(const struct router *r)
{
    uint32_t handle = r->last_connection;
    do {
        handle = handle < HANDLE_MAX ? handle + 1u : 1u;
    } while (handles_get(r->connections, handle));
    return handle;
}

static void note_handle(struct router *r, uint32_t handle)
{
    r->last_connection = handle;
    if (handle > r->highest_connection)
        r->highest_connection = handle;
}

static int index_all(struct router *r, struct router_connection *c)
{
    for (unsigned i = 0; i < INDEX_COUNT; i++) {
        struct index_key *key = NULL;
        if (index_key_get(r, (enum index_id)i, c->texts, &key) != 0)
            return -ENOMEM;
        index_add(c, (enum index_id)i, key);
    }
    return 0;
}

/* The monotonic moment when something began whose wall clock time we know. */
static int64_t since(int64_t start, const struct router_time *now)
{
    int64_t age_s = start > 0 && start < now->wall_s ? now->wall_s - start : 0;
    if (age_s > UINT32_MAX)
        age_s = UINT32_MAX; /* more than a duration can say */
    return (int64_t)now->mono_ms - age_s * 1000;
}

static int list(struct router *r, struct router_driver *d, struct router_connection *c, bool links)
{
    int rc = handles_put(&r->connections, c->handle, c);
    if (rc == 0)
        rc = index_all(r, c);
    if (rc == 0 && links)
        rc = allow_links(c);
    if (rc == 0 && links)
        rc = bundle_register(r, d, c->texts, c);
    return rc;
}

static int connection_make(struct router *r, struct router_driver *d, struct texts *t, uint32_t handle, int64_t start,
                           const struct router_time *now, struct join *ret)
{
    struct router_connection *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->handle = handle;
    c->refs = 1;
    c->texts = texts_ref(t);
    c->start = start ? start : now->wall_s;
    c->since_ms = since(c->start, now);
    int rc = list(r, d, c, text_get(t, TEXT_BUNDLE)[0] != '\0');
    if (rc != 0) {
        unlist(r, c);
        connection_free(c);
        return rc;
    }
    r->ops->random(r->ctx, c->guid, sizeof c->guid);
    *ret = (struct join){.connection = c, .made = true};
    return 0;
}

int connection_prepare(struct router *r, struct router_driver *d, struct texts *t,
                       const struct router_connection *leaving, int64_t start, const struct router_time *now,
                       struct join *ret)
{
    const struct bundle *b = text_get(t, TEXT_BUNDLE)[0] ? bundle_find(r, d, t) : NULL;
    bool ending = b && b->connection == leaving && leaving->link_count == 1;
    if (b && !ending && b->connection->link_count < ROUTER_LINKS_MAX) {
        *ret = (struct join){.connection = b->connection};
        return 0;
    }
    int rc = connection_make(r, d, t, next_handle(r), start, now, ret);
    if (rc == 0)
        note_handle(r, ret->connection->handle);
    return rc;
}

int connection_prepare_restored(struct router *r, struct router_driver *d, struct texts *t, uint32_t handle,
                                int64_t start, const struct router_time *now, struct join *ret)
{
    struct router_connection *c = handles_get(r->connections, handle);
    if (!c) {
        int rc = connection_make(r, d, t, handle, start, now, ret);
        if (rc == 0 && handle > r->last_connection)
            note_handle(r, handle);
        return rc;
    }
    /* Not the user: a link's may have changed since it joined. */
    if (strcmp(c->links->port->driver->name, d->name) != 0 || c->link_count >= ROUTER_LINKS_MAX)
        return -EINVAL;
    if (allow_links(c) != 0)
        return -ENOMEM;
    *ret = (struct join){.connection = c};
    return 0;
}

void connection_discard(struct router *r, struct join *j)
{
    if (j->made) {
        unlist(r, j->connection);
        connection_free(j->connection);
    }
    *j = (struct join){0};
}

/* ---- links ---- */

/* Links are in slot order. There are at most ROUTER_LINKS_MAX. */
static void link_insert(struct router_connection *c, struct session *s)
{
    struct session *before = NULL, *after = c->links;
    while (after && after->port->slot < s->port->slot) {
        before = after;
        after = after->next;
    }
    s->prev = before;
    s->next = after;
    if (after)
        after->prev = s;
    if (before)
        before->next = s;
    else
        c->links = s;
}

void connection_join(struct router *r, struct session *s, const struct join *j)
{
    struct router_connection *c = j->connection;
    s->connection = c;
    link_insert(c, s);
    c->link_count++;
    if (j->made) {
        c->lead = s;
        r->connection_count++;
    }
    /* The bundle may have become free since the connection was prepared. Without memory later links stay apart. */
    if (c->multi)
        (void)bundle_register(r, s->port->driver, s->texts, c);
}

static void link_remove(struct router_connection *c, struct session *s)
{
    stats_add_raw(&s->stats, &c->multi->ended_raw);
    stats_add_connection(&s->stats, &c->multi->ended);
    if (s->prev)
        s->prev->next = s->next;
    else
        c->links = s->next;
    if (s->next)
        s->next->prev = s->prev;
    if (c->lead == s)
        c->lead = NULL;
}

/* The daemon's own counters, all links. */
static void counters_raw(const struct router_connection *c, struct router_counters *ret)
{
    *ret = c->multi ? c->multi->ended_raw : (struct router_counters){0};
    ret->ratio_in = c->links->stats.ratio_in;
    ret->ratio_out = c->links->stats.ratio_out;
    for (const struct session *s = c->links; s; s = s->next)
        stats_add_raw(&s->stats, ret);
}

static void emit_end(struct router *r, const struct router_connection *c, const struct session *last)
{
    struct router_counters counters;
    struct router_event e = event_of_session(ROUTER_EVENT_CONNECTION_GONE, last);
    counters_raw(c, &counters);
    e.user = text_get(c->texts, TEXT_USER);
    e.start = c->start;
    e.counters = &counters;
    event_emit(r, &e);
}

bool connection_leave(struct router *r, struct session *s, const struct router_time *now)
{
    struct router_connection *c = s->connection;
    if (--c->link_count > 0) {
        link_remove(c, s);
        return false;
    }
    emit_end(r, c, s);
    unlist(r, c);
    r->connection_count--;
    c->since_ms = (int64_t)connection_seconds(c, now) * 1000;
    c->ended = true;
    c->lead = NULL;
    if (--c->refs > 0)
        return true; /* a reader has it; the last link stays with it for its counters */
    c->links = NULL;
    connection_free(c);
    return false;
}

/* ---- texts ---- */

int connection_retext(struct router *r, struct session *s, struct texts *t)
{
    struct router_connection *c = s->connection;
    struct index_key *key[INDEX_COUNT] = {0};
    if (text_get(t, TEXT_BUNDLE)[0] && (allow_links(c) != 0 || bundle_register(r, s->port->driver, t, c) != 0))
        return -ENOMEM;
    if (c->lead && c->lead != s)
        return 0; /* it is another link that we show */

    int rc = 0;
    for (unsigned i = 0; i < INDEX_COUNT && rc == 0; i++)
        rc = index_key_get(r, (enum index_id)i, t, &key[i]);
    for (unsigned i = 0; i < INDEX_COUNT; i++) {
        if (rc != 0) {
            index_key_drop(r, (enum index_id)i, key[i]);
        } else if (key[i] != c->index[i].key) {
            index_remove(r, c, (enum index_id)i);
            index_add(c, (enum index_id)i, key[i]);
        }
    }
    if (rc != 0)
        return rc;
    texts_unref(c->texts);
    c->texts = texts_ref(t);
    c->lead = s;
    return 0;
}

void connection_free_all(struct router *r)
{
    for (;;) {
        struct router_connection *c = handles_from(r->connections, 0);
        if (!c)
            return;
        unlist(r, c);
        c->ended = true;
        c->links = NULL;
        if (--c->refs == 0)
            connection_free(c); /* else a reader does, who may not look at it any more */
    }
}
