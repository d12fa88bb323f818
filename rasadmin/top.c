/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sessions: listing, events, speeds, order.
 */
#include "rasadmin/top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A change that is this many times as late as the last one took is not coming: the line is silent. */
#define OVERDUE_TIMES 2u
#define OVERDUE_MS    3000u

void top_init(struct top *t)
{
    *t = (struct top){.sort = TOP_PORT, .page = 1};
}

void top_free(struct top *t)
{
    arena_free(&t->texts);
    free(t->sessions);
    free(t->rows);
    *t = (struct top){0};
}

/* ---- speeds ---- */

void top_rate_note(struct top_rate *r, uint64_t before, uint64_t now, uint64_t now_ms)
{
    if (now < before) { /* cleared, or begun anew */
        *r = (struct top_rate){0};
    } else if (now > before) {
        uint64_t gap = r->changed_ms && now_ms > r->changed_ms ? now_ms - r->changed_ms : 0;
        r->per_second = gap ? (double)(now - before) * 1000 / (double)gap : 0;
        r->gap_ms = gap;
        r->changed_ms = now_ms;
    } else if (r->changed_ms && now_ms - r->changed_ms > r->gap_ms * OVERDUE_TIMES + OVERDUE_MS) {
        r->per_second = 0;
    }
}

/* ---- filling ---- */

static int by_port(const void *a, const void *b)
{
    const struct top_session *x = a, *y = b;
    return (x->port > y->port) - (x->port < y->port);
}

static bool copy_texts(struct arena *texts, struct top_session *s)
{
    const char **all[] = {&s->name, &s->type, &s->user, &s->client, &s->tunnel, &s->driver};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *all[i] = arena_copy(texts, *all[i]);
        if (!*all[i])
            return false;
    }
    return true;
}

static struct top_session from_list(const OPENRRAS_SESSION *s, uint64_t now_ms)
{
    return (struct top_session){
        .port = s->dwPort,
        .connection = s->dwConnection,
        .start = s->llStart,
        .condition = s->dwCondition,
        .seconds = s->dwConnectSeconds,
        .listed_ms = now_ms,
        .bytes_in = s->ullBytesIn,
        .bytes_out = s->ullBytesOut,
        .ordered = s->ullOrder != 0,
        .failed = s->fFailed != 0,
        .name = s->pszPort,
        .type = s->pszDeviceType,
        .user = s->pszUser,
        .client = s->pszClientAddress,
        .tunnel = *s->pszTunnelAddress4 ? s->pszTunnelAddress4 : s->pszTunnelAddress6,
        .driver = s->pszDriver,
    };
}

/* What the session looked like before says how fast it is. */
static void note_rates(struct top_session *s, const struct top_session *before, uint64_t now_ms)
{
    s->in = before->in;
    s->out = before->out;
    top_rate_note(&s->in, before->bytes_in, s->bytes_in, now_ms);
    top_rate_note(&s->out, before->bytes_out, s->bytes_out, now_ms);
}

int top_take(struct top *t, const OPENRRAS_SESSION_LIST *list, uint64_t now_ms)
{
    struct arena texts = {0};
    size_t n = list->dwCount;
    struct top_session *sessions = reallocarray(NULL, n + 1, sizeof *sessions);
    size_t *rows = reallocarray(NULL, n + 1, sizeof *rows);
    bool ok = sessions && rows;
    for (size_t i = 0; ok && i < n; i++) {
        sessions[i] = from_list(&list->pSessions[i], now_ms);
        ok = copy_texts(&texts, &sessions[i]);
    }
    if (!ok) {
        arena_free(&texts);
        free(sessions);
        free(rows);
        return -ENOMEM;
    }
    if (t->n > 1)
        qsort(t->sessions, t->n, sizeof *t->sessions, by_port);
    for (size_t i = 0; i < n && t->n > 0; i++) {
        const struct top_session *before = bsearch(&sessions[i], t->sessions, t->n, sizeof *t->sessions, by_port);
        if (before && before->start == sessions[i].start)
            note_rates(&sessions[i], before, now_ms);
    }
    arena_free(&t->texts);
    free(t->sessions);
    free(t->rows);
    t->texts = texts;
    t->sessions = sessions;
    t->rows = rows;
    t->n = n;
    t->cap = n + 1;
    top_arrange(t);
    return 0;
}

static struct top_session *find(struct top *t, uint32_t port)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->sessions[i].port == port)
            return &t->sessions[i];
    }
    return NULL;
}

static int make_room(struct top *t)
{
    size_t cap = t->cap * 2 + 64;
    if (t->n < t->cap)
        return 0;
    struct top_session *sessions = reallocarray(t->sessions, cap, sizeof *sessions);
    if (!sessions)
        return -ENOMEM;
    t->sessions = sessions;
    size_t *rows = reallocarray(t->rows, cap, sizeof *rows);
    if (!rows)
        return -ENOMEM;
    t->rows = rows;
    t->cap = cap;
    return 0;
}

static int came(struct top *t, const OPENRRAS_EVENT *e, uint64_t now_ms)
{
    struct top_session s = {
        .port = e->dwPort,
        .connection = e->dwConnection,
        .start = e->llStart,
        .condition = CONDITION_AUTHENTICATED,
        .listed_ms = now_ms,
        .name = e->pszPort,
        .type = e->pszDeviceType,
        .user = e->pszUser,
        .client = e->pszClientAddress,
        .tunnel = *e->pszTunnelAddress4 ? e->pszTunnelAddress4 : e->pszTunnelAddress6,
        .driver = e->pszDriver,
    };
    if (find(t, e->dwPort)) /* the listing was newer */
        return 0;
    if (make_room(t) < 0 || !copy_texts(&t->texts, &s))
        return -ENOMEM;
    t->sessions[t->n++] = s;
    return 0;
}

int top_event(struct top *t, const OPENRRAS_EVENT *e, uint64_t now_ms)
{
    if (e->dwType == OPENRRAS_EVENT_SESSION_UP)
        return came(t, e, now_ms);
    if (e->dwType != OPENRRAS_EVENT_SESSION_GONE)
        return 0;
    struct top_session *s = find(t, e->dwPort);
    if (s) {
        *s = t->sessions[--t->n];
        t->n_rows = 0; /* they name places that are others now, until top_arrange() */
    }
    return 0;
}

/* ---- order ---- */

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_counts(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Addresses and ports with their numbers as numbers: vpn-2 before vpn-10. */
static int compare(const struct top_session *a, const struct top_session *b, enum top_column c)
{
    switch (c) {
    case TOP_TYPE:
        return strcmp(a->type, b->type);
    case TOP_USER:
        return strcasecmp(a->user, b->user);
    case TOP_CLIENT:
        return strverscmp(a->client, b->client);
    case TOP_TUNNEL:
        return strverscmp(a->tunnel, b->tunnel);
    case TOP_TIME:
        return (a->start < b->start) - (a->start > b->start);
    case TOP_IN:
        return compare_counts(a->bytes_in, b->bytes_in);
    case TOP_OUT:
        return compare_counts(a->bytes_out, b->bytes_out);
    case TOP_RATE_IN:
        return compare_numbers(a->in.per_second, b->in.per_second);
    case TOP_RATE_OUT:
        return compare_numbers(a->out.per_second, b->out.per_second);
    case TOP_PORT:
    case TOP_COLUMNS:
        break;
    }
    return strverscmp(a->name, b->name);
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct top *t = ctx;
    const struct top_session *x = &t->sessions[*(const size_t *)a], *y = &t->sessions[*(const size_t *)b];
    int order = compare(x, y, t->sort);
    /* Numbers are wanted with the largest first. */
    if (t->reverse != top_column_is_number(t->sort))
        order = -order;
    return order ? order : by_port(x, y); /* so that equals do not dance */
}

static bool is_shown(const struct top *t, const struct top_session *s)
{
    const char *const all[] = {s->user, s->name, s->type, s->client, s->tunnel, s->driver};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcasestr(all[i], t->filter))
            return true;
    }
    return false;
}

/* Where the selected session is now. */
static void follow(struct top *t)
{
    for (size_t row = 0; t->selected && row < t->n_rows; row++) {
        if (t->sessions[t->rows[row]].port == t->selected) {
            t->cursor = row;
            return;
        }
    }
    if (t->cursor >= t->n_rows)
        t->cursor = t->n_rows ? t->n_rows - 1 : 0;
    t->selected = t->n_rows ? t->sessions[t->rows[t->cursor]].port : 0;
}

/* The cursor is on the screen, and no more of it is empty than must be. */
static void scroll(struct top *t)
{
    size_t last = t->n_rows > t->page ? t->n_rows - t->page : 0;
    if (t->first > last)
        t->first = last;
    if (t->cursor < t->first)
        t->first = t->cursor;
    if (t->cursor >= t->first + t->page)
        t->first = t->cursor - t->page + 1;
}

void top_arrange(struct top *t)
{
    t->n_rows = 0;
    t->rate_in = t->rate_out = 0;
    for (size_t i = 0; i < t->n; i++) {
        t->rate_in += t->sessions[i].in.per_second;
        t->rate_out += t->sessions[i].out.per_second;
        if (is_shown(t, &t->sessions[i]))
            t->rows[t->n_rows++] = i;
    }
    if (t->n_rows > 1)
        qsort_r(t->rows, t->n_rows, sizeof *t->rows, compare_rows, t);
    follow(t);
    scroll(t);
}

void top_resize(struct top *t, size_t page)
{
    t->page = page ? page : 1;
    scroll(t);
}

const struct top_session *top_row(const struct top *t, size_t row)
{
    return row < t->n_rows ? &t->sessions[t->rows[row]] : NULL;
}
