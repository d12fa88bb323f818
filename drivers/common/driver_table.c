/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions, as the daemon has them, and which of them rrasd has not heard of yet. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "drivers/common/driver_private.h"

#define TEXT(member, max)                                                                                              \
    {                                                                                                                  \
#member, offsetof(struct driver_session, member), max                                                          \
    }

const struct driver_text driver_texts[DRIVER_TEXTS] = {
    TEXT(id, DRIVER_ID_MAX),
    TEXT(user, DRIVER_USER_MAX),
    TEXT(client_address, DRIVER_TEXT_MAX),
    TEXT(server_address, DRIVER_TEXT_MAX),
    TEXT(tunnel_address4, DRIVER_TEXT_MAX),
    TEXT(tunnel_address6, DRIVER_TEXT_MAX),
    TEXT(tunnel_server4, DRIVER_TEXT_MAX),
    TEXT(interface, DRIVER_TEXT_MAX),
    TEXT(caller, DRIVER_TEXT_MAX),
    TEXT(bundle, DRIVER_TEXT_MAX),
    TEXT(auth, DRIVER_TEXT_MAX),
};

#define TEXT_USER 1u /* index in driver_texts[] */
#define BLOCK_MAX                                                                                                      \
    (DRIVER_ID_MAX + DRIVER_USER_MAX + 9 * DRIVER_TEXT_MAX + DRIVER_TEXTS) /* all texts with their NULs                \
                                                                            */

/* ---- texts ---- */

size_t driver_text_cut(const char *s, size_t max)
{
    size_t n = strnlen(s, max + 1);
    if (n <= max)
        return n;
    for (n = max; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
        ;
    return n > 0 ? n : max;
}

static bool is_clean(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)s[i] < 0x20)
            return false;
    }
    return text_is_utf8(s, n);
}

char *driver_words(char dst[static DRIVER_TEXT_MAX + 1], const char *s)
{
    size_t n = s ? driver_text_cut(s, DRIVER_TEXT_MAX) : 0;
    if (!s || !is_clean(s, n))
        return text_escape_z(dst, DRIVER_TEXT_MAX + 1, s);
    memcpy(dst, s, n);
    dst[n] = '\0';
    return dst;
}

/* A name goes as it is. Other texts are for people: what can't be shown is escaped here, for JSON could not carry it.
 */
static size_t copy_text(char *dst, const char *s, size_t index)
{
    size_t max = driver_texts[index].max, n = driver_text_cut(s, max);
    if (index == TEXT_USER || is_clean(s, n)) {
        memcpy(dst, s, n);
        dst[n] = '\0';
    } else {
        text_escape(dst, max + 1, s, n);
    }
    return strlen(dst) + 1;
}

static size_t make_block(char block[static BLOCK_MAX], const struct driver_session *s)
{
    size_t len = 0;
    for (size_t i = 0; i < DRIVER_TEXTS; i++) {
        const char *text = driver_text_get(s, &driver_texts[i]);
        len += copy_text(block + len, text ? text : "", i);
    }
    return len;
}

/* Point the view's texts into the entry's block, and note those that have ever been said. */
static void point_into_block(struct driver_entry *e)
{
    const char *at = e->block;
    for (size_t i = 0; i < DRIVER_TEXTS; i++) {
        const char **member = (const char **)(void *)((char *)&e->view + driver_texts[i].offset);
        *member = at;
        if (*at != '\0')
            e->said |= 1u << i;
        at += strlen(at) + 1;
    }
}

static bool id_is_good(const char *id)
{
    size_t n = id ? strlen(id) : 0;
    return n >= 1 && n <= DRIVER_ID_MAX && is_clean(id, n);
}

/* ---- what waits to be sent ---- */

void driver_table_mark(struct driver *d, struct driver_entry *e, unsigned pending)
{
    if (!driver_tells_sessions(d))
        return; /* the snapshot will say it */
    if (e->pending == 0)
        DL_APPEND(d->waiting, e);
    e->pending |= pending;
}

static void unmark(struct driver *d, struct driver_entry *e)
{
    if (e->pending != 0)
        DL_DELETE(d->waiting, e);
    e->pending = 0;
    if (e->in_snapshot)
        d->snapshot_left--;
    e->in_snapshot = false;
}

void driver_table_sent(struct driver *d, struct driver_entry *e)
{
    unmark(d, e);
    e->counters_moved = false;
}

void driver_table_begin_snapshot(struct driver *d)
{
    for (struct driver_entry *e = d->table; e; e = e->hh.next) {
        e->in_snapshot = true;
        d->snapshot_left++;
        driver_table_mark(d, e, DRIVER_PENDING_SESSION);
    }
    d->snapshot_open = d->config.kind == DRIVER_DAEMON;
}

void driver_table_forget_pending(struct driver *d)
{
    while (d->waiting)
        unmark(d, d->waiting);
    d->snapshot_open = false;
}

/* ---- sessions ---- */

static struct driver_entry *find(const struct driver *d, const char *id)
{
    struct driver_entry *e;
    HASH_FIND(hh, d->table, id, strlen(id), e);
    return e;
}

static struct driver_entry *find_identity(const struct driver *d, const char *id, int64_t start)
{
    struct driver_entry *e = find(d, id);
    return e && e->view.start == start ? e : NULL;
}

static void free_entry(struct driver_entry *e)
{
    free(e->block);
    free(e);
}

static void remove_entry(struct driver *d, struct driver_entry *e)
{
    unmark(d, e);
    HASH_DEL(d->table, e);
    free_entry(e);
}

void driver_table_free(struct driver *d)
{
    while (d->table)
        remove_entry(d, d->table);
}

static struct driver_entry *add_entry(struct driver *d, char *block)
{
    struct driver_entry *e = calloc(1, sizeof(*e));
    if (!e)
        return NULL;
    e->block = block;
    HASH_ADD_KEYPTR(hh, d->table, block, strlen(block), e);
    if (!e->hh.tbl) { /* no memory for the table */
        free(e);
        return NULL;
    }
    return e;
}

/* The key of the hash table is the beginning of the block, so a new block means a new place for the same key. */
static void replace_block(struct driver_entry *e, char *block)
{
    free(e->block);
    e->block = block;
    e->hh.key = block;
}

static bool counters_differ(const struct driver_entry *e, const struct driver_counters *c)
{
    return c && (!e->counters_known || memcmp(&e->counters, c, sizeof(*c)) != 0);
}

static void set_counters(struct driver_entry *e, const struct driver_counters *c)
{
    e->counters_moved = true;
    e->counters_known = true;
    e->counters = *c;
    e->view.counters = &e->counters;
}

/* Take over what has changed besides the texts. True: rrasd must hear of it now. */
static bool update(struct driver_entry *e, const struct driver_session *s)
{
    bool another = e->view.start != s->start;
    bool changed = another || e->view.state != s->state || e->view.line_speed != s->line_speed ||
                   e->view.quarantined != s->quarantined;
    if (another) {
        e->counters_known = false;
        e->counters_moved = false;
        e->view.counters = NULL;
    }
    e->view.start = s->start;
    e->view.state = s->state;
    e->view.line_speed = s->line_speed;
    e->view.quarantined = s->quarantined;
    e->quarantine_said = e->quarantine_said || s->quarantined;
    e->view.mark = s->mark;
    if (counters_differ(e, s->counters))
        set_counters(e, s->counters);
    return changed;
}

int driver_session_put(struct driver *d, const struct driver_session *s)
{
    char block[BLOCK_MAX];
    if (!id_is_good(s->id) || s->start < 0)
        return -EINVAL;
    size_t len = make_block(block, s);
    struct driver_entry *e = find(d, s->id);
    bool changed = !e || e->block_len != len || memcmp(e->block, block, len) != 0;
    if (changed) {
        char *copy = malloc(len);
        if (!copy)
            return -ENOMEM;
        memcpy(copy, block, len);
        if (e) {
            replace_block(e, copy);
        } else if (!(e = add_entry(d, copy))) {
            free(copy);
            return -ENOMEM;
        }
        e->block_len = len;
        point_into_block(e);
    }
    if (update(e, s) || changed)
        driver_table_mark(d, e, DRIVER_PENDING_SESSION);
    driver_pump(d);
    return 0;
}

int driver_session_counters(struct driver *d, const char *id, int64_t start, const struct driver_counters *counters)
{
    struct driver_entry *e = find_identity(d, id, start);
    if (!e)
        return -ENOENT;
    if (counters_differ(e, counters))
        set_counters(e, counters);
    return 0;
}

int driver_session_gone(struct driver *d, const char *id, int64_t start, const struct driver_gone *gone)
{
    static const struct driver_gone nothing_said;
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    struct driver_entry *e = find_identity(d, id, start);
    if (!e)
        return -ENOENT;
    int r = driver_tells_sessions(d) ? driver_encode_gone(e, gone ? gone : &nothing_said, line, &n) : -ENOTCONN;
    remove_entry(d, e);
    if (r == 0)
        driver_send_line(d, line, n); /* when it fails the connection has ended, and the next snapshot says it */
    driver_pump(d);
    return 0;
}

const struct driver_session *driver_session_find(const struct driver *d, const char *id)
{
    struct driver_entry *e = find(d, id);
    return e ? &e->view : NULL;
}

size_t driver_session_count(const struct driver *d)
{
    return HASH_COUNT(d->table);
}

int driver_sessions_each(struct driver *d, int (*each)(void *ctx, const struct driver_session *s), void *ctx)
{
    int r = 0;
    struct driver_entry *next;
    for (struct driver_entry *e = d->table; e && r == 0; e = next) {
        next = e->hh.next;
        r = each(ctx, &e->view);
    }
    return r;
}

void driver_flush_counters(struct driver *d)
{
    for (struct driver_entry *e = d->table; e; e = e->hh.next) {
        if (e->counters_moved)
            driver_table_mark(d, e, DRIVER_PENDING_COUNTERS);
    }
    driver_pump(d);
}
