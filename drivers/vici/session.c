/* SPDX-License-Identifier: Apache-2.0 */
/* One session: its place in the tables, and what its CHILD_SAs have counted. */
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"
#include "drivers/vici/sessions_private.h"

#define ID_LETTERS "0123456789abcdef_:" /* of our own ids */

void session_text(char *dst, size_t cap, struct bytes b)
{
    if (b.n > 0 && memchr(b.p, '\0', b.n)) {
        text_escape(dst, cap, b.p, b.n);
        return;
    }
    size_t n = b.n < cap - 1 ? b.n : cap - 1;
    if (n > 0)
        memcpy(dst, b.p, n);
    dst[n] = '\0';
}

/* ---- the tables ---- */

struct entry *session_by_ike(const struct sessions *s, uint64_t ike)
{
    struct entry *e;
    HASH_FIND(by_ike, s->by_ike, &ike, sizeof(ike), e);
    return e;
}

struct entry *session_by_twin(const struct sessions *s, const char *twin)
{
    struct entry *e;
    HASH_FIND(by_twin, s->by_twin, twin, (unsigned)strlen(twin), e);
    return e;
}

const struct session *sessions_find(const struct sessions *s, const char *id)
{
    struct entry *e;
    HASH_FIND(by_id, s->by_id, id, (unsigned)strlen(id), e);
    return e && !e->over ? &e->s : NULL;
}

size_t sessions_count(const struct sessions *s)
{
    return HASH_CNT(by_ike, s->by_ike);
}

struct entry *session_add(struct sessions *s, const char *id, uint64_t ike, int64_t start)
{
    if (sessions_count(s) >= SESSIONS_MAX)
        return NULL;
    struct entry *e = calloc(1, sizeof(*e));
    if (!e)
        return NULL;
    snprintf(e->id, sizeof(e->id), "%s", id);
    e->s.id = e->id;
    e->s.ike = ike;
    e->s.start = start;
    e->seen = s->listing;
    HASH_ADD(by_ike, s->by_ike, s.ike, sizeof(e->s.ike), e);
    HASH_ADD_KEYPTR(by_id, s->by_id, e->id, (unsigned)strlen(e->id), e);
    if (!e->by_ike.tbl || !e->by_id.tbl) {
        session_remove(s, e);
        return NULL;
    }
    return e;
}

static void unset_twin(struct sessions *s, struct entry *e)
{
    if (!e->twin)
        return;
    HASH_DELETE(by_twin, s->by_twin, e);
    e->by_twin.tbl = NULL;
    free(e->twin);
    e->twin = NULL;
}

void session_set_twin(struct sessions *s, struct entry *e, const char *twin)
{
    if (e->twin && strcmp(e->twin, twin) == 0)
        return;
    unset_twin(s, e);
    if (session_by_twin(s, twin))
        return;
    e->twin = strdup(twin);
    if (e->twin) /* without memory a reauthentication is a new session, no more */
        HASH_ADD_KEYPTR(by_twin, s->by_twin, e->twin, (unsigned)strlen(e->twin), e);
    if (!e->by_twin.tbl) {
        free(e->twin);
        e->twin = NULL;
    }
}

bool session_set_ike(struct sessions *s, struct entry *e, uint64_t ike)
{
    HASH_DELETE(by_ike, s->by_ike, e);
    e->by_ike.tbl = NULL;
    e->s.ike = ike;
    HASH_ADD(by_ike, s->by_ike, s.ike, sizeof(e->s.ike), e);
    return e->by_ike.tbl != NULL;
}

static void drop_child(struct sessions *s, struct child *c)
{
    DL_DELETE(c->owner->children, c);
    c->owner->children_n--;
    HASH_DEL(s->children, c);
    free(c);
}

void session_remove(struct sessions *s, struct entry *e)
{
    while (e->children)
        drop_child(s, e->children);
    if (e->over || e->heir)
        s->deadlines--;
    unset_twin(s, e);
    if (e->by_ike.tbl)
        HASH_DELETE(by_ike, s->by_ike, e);
    if (e->by_id.tbl)
        HASH_DELETE(by_id, s->by_id, e);
    free(e);
}

/* ---- CHILD_SAs ---- */

static void raise_to(uint64_t *have, uint64_t now)
{
    if (now > *have)
        *have = now;
}

static void raise_counts(struct sa_counts *have, const struct sa_counts *now)
{
    raise_to(&have->bytes_in, now->bytes_in);
    raise_to(&have->bytes_out, now->bytes_out);
    raise_to(&have->packets_in, now->packets_in);
    raise_to(&have->packets_out, now->packets_out);
}

/* Is no count of `part` greater? */
static bool counts_hold(const struct sa_counts *all, const struct sa_counts *part)
{
    return all->bytes_in >= part->bytes_in && all->bytes_out >= part->bytes_out &&
           all->packets_in >= part->packets_in && all->packets_out >= part->packets_out;
}

/* Sums stay where they are rather than begin at 0 again. */
static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void add_counts(struct sa_counts *to, const struct child *c)
{
    to->bytes_in = sum(to->bytes_in, c->counts.bytes_in - c->before.bytes_in);
    to->bytes_out = sum(to->bytes_out, c->counts.bytes_out - c->before.bytes_out);
    to->packets_in = sum(to->packets_in, c->counts.packets_in - c->before.packets_in);
    to->packets_out = sum(to->packets_out, c->counts.packets_out - c->before.packets_out);
}

static struct child *find_child(const struct sessions *s, uint64_t id)
{
    struct child *c;
    HASH_FIND(hh, s->children, &id, sizeof(id), c);
    return c;
}

struct entry *session_of_child(const struct sessions *s, uint64_t id)
{
    struct child *c = find_child(s, id);
    return c ? c->owner : NULL;
}

static struct child *add_child(struct sessions *s, struct entry *e, uint64_t id)
{
    struct child *c = e->children_n < SESSIONS_CHILDREN_MAX ? calloc(1, sizeof(*c)) : NULL;
    if (!c)
        return NULL;
    c->id = id;
    c->owner = e;
    HASH_ADD(hh, s->children, id, sizeof(c->id), c);
    if (!c->hh.tbl) {
        free(c);
        return NULL;
    }
    DL_APPEND(e->children, c);
    e->children_n++;
    s->ops->changed(s->ctx);
    return c;
}

/* To another session: what it has counted until now was the first one's. */
static void move_child(struct child *c, struct entry *to)
{
    struct entry *from = c->owner;
    if (to->children_n >= SESSIONS_CHILDREN_MAX)
        return;
    add_counts(&from->ended, c);
    c->before = c->counts;
    DL_DELETE(from->children, c);
    from->children_n--;
    c->owner = to;
    DL_APPEND(to->children, c);
    to->children_n++;
}

void session_child(struct sessions *s, struct entry *e, uint64_t id, const struct sa_counts *counts)
{
    struct child *c = find_child(s, id);
    if (c && c->owner != e)
        move_child(c, e);
    if (!c)
        c = add_child(s, e, id);
    if (!c || c->owner != e)
        return;
    raise_counts(&c->counts, counts);
    c->seen = s->listing;
}

static void fold(struct sessions *s, struct child *c)
{
    add_counts(&c->owner->ended, c);
    drop_child(s, c);
    s->ops->changed(s->ctx);
}

void session_child_ended(struct sessions *s, struct entry *e, uint64_t id, const struct sa_counts *counts)
{
    struct child *c = find_child(s, id);
    if (!c || c->owner != e)
        return;
    if (counts)
        raise_counts(&c->counts, counts);
    fold(s, c);
}

void session_children_stay(struct sessions *s, struct entry *e)
{
    struct child *c;
    DL_FOREACH(e->children, c)
    {
        c->seen = s->listing;
    }
}

void session_children_unseen(struct sessions *s, struct entry *e, uint64_t listing)
{
    struct child *c, *next;
    DL_FOREACH_SAFE(e->children, c, next)
    {
        if (c->seen < listing)
            fold(s, c);
    }
}

struct driver_counters session_counters(const struct entry *e)
{
    struct sa_counts all = e->ended;
    const struct child *c;
    DL_FOREACH(e->children, c)
    {
        add_counts(&all, c);
    }
    return (struct driver_counters){.bytes_in = all.bytes_in,
                                    .bytes_out = all.bytes_out,
                                    .frames_in = all.packets_in,
                                    .frames_out = all.packets_out};
}

/* ---- remembering ---- */

int sessions_each(const struct sessions *s, int (*each)(void *ctx, const struct sessions_memory *m), void *ctx)
{
    struct sessions_child *children = calloc(SESSIONS_CHILDREN_MAX, sizeof(*children));
    int r = 0;
    if (!children)
        return -ENOMEM;
    for (const struct entry *e = s->by_ike; e && r == 0; e = e->by_ike.next) {
        struct sessions_memory m = {
            .id = e->id,
            .spis = e->s.spis,
            .ike = e->s.ike,
            .who = e->who,
            .start = e->s.start,
            .ended = e->ended,
            .children = children,
        };
        const struct child *c;
        if (e->over)
            continue;
        DL_FOREACH(e->children, c)
        {
            children[m.children_n++] = (struct sessions_child){c->id, c->counts, c->before};
        }
        r = each(ctx, &m);
    }
    free(children);
    return r;
}

int sessions_restore(struct sessions *s, const struct sessions_memory *m)
{
    if (m->start < 0 || m->ike == 0 || m->children_n > SESSIONS_CHILDREN_MAX || !m->id[0] ||
        strlen(m->id) >= SESSIONS_ID_MAX || strlen(m->spis) >= SESSIONS_SPIS_MAX || m->id[strspn(m->id, ID_LETTERS)] ||
        session_by_ike(s, m->ike) || sessions_find(s, m->id))
        return -EINVAL;
    for (size_t i = 0; i < m->children_n; i++)
        if (find_child(s, m->children[i].id))
            return -EINVAL;
    struct entry *e = session_add(s, m->id, m->ike, m->start);
    if (!e)
        return sessions_count(s) >= SESSIONS_MAX ? -ENOBUFS : -ENOMEM;
    e->ended = m->ended;
    e->who = m->who;
    snprintf(e->s.spis, sizeof(e->s.spis), "%s", m->spis);
    for (size_t i = 0; i < m->children_n; i++) {
        const struct sessions_child *from = &m->children[i];
        session_child(s, e, from->id, &from->counts);
        struct child *c = find_child(s, from->id);
        if (c && counts_hold(&from->counts, &from->before))
            c->before = from->before;
    }
    return 0;
}
