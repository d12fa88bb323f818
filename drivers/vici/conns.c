/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vici/conns.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/hash_table.h"

struct conn_entry {
    char auth[CONNS_AUTH_MAX];
    uint64_t seen; /* number of the listing that has named it */
    UT_hash_handle hh;
    size_t n;
    char name[];
};

struct conns {
    struct conn_entry *table;
    uint64_t listing;
};

struct conns *conns_new(void)
{
    return calloc(1, sizeof(struct conns));
}

static void drop(struct conns *c, struct conn_entry *e)
{
    HASH_DEL(c->table, e);
    free(e);
}

void conns_free(struct conns *c)
{
    struct conn_entry *e, *next;
    if (!c)
        return;
    HASH_ITER(hh, c->table, e, next)
    {
        drop(c, e);
    }
    free(c);
}

void conns_begin(struct conns *c)
{
    c->listing++;
}

void conns_end(struct conns *c)
{
    struct conn_entry *e, *next;
    HASH_ITER(hh, c->table, e, next)
    {
        if (e->seen != c->listing)
            drop(c, e);
    }
}

static struct conn_entry *find(const struct conns *c, struct bytes name)
{
    struct conn_entry *e = NULL;
    if (name.n > 0)
        HASH_FIND(hh, c->table, name.p, (unsigned)name.n, e);
    return e;
}

const char *conns_auth(const struct conns *c, struct bytes name)
{
    const struct conn_entry *e = find(c, name);
    return e ? e->auth : NULL;
}

/* ---- a row ---- */

/* charon's words for a kind of authentication in ours; others as charon has them, in small letters. */
static void add_word(char *auth, struct bytes class, struct bytes eap_type)
{
    char word[CONNS_AUTH_MAX];
    struct bytes from = eap_type.n > 0 ? eap_type : class;
    if (bytes_are(from, "pre-shared key")) {
        snprintf(word, sizeof(word), "psk");
    } else if (bytes_are(from, "public key")) {
        snprintf(word, sizeof(word), "certificate");
    } else {
        size_t n = from.n < sizeof(word) - 1 ? from.n : sizeof(word) - 1;
        for (size_t i = 0; i < n; i++)
            word[i] = isalnum((unsigned char)from.p[i]) ? (char)tolower((unsigned char)from.p[i]) : '-';
        word[n] = '\0';
    }
    size_t at = strlen(auth);
    if (word[0])
        snprintf(auth + at, CONNS_AUTH_MAX - at, "%s%s", at > 0 ? "+" : "", word);
}

struct row {
    struct bytes name;
    char auth[CONNS_AUTH_MAX];
    struct bytes class, eap_type; /* of the round that is open */
    bool remote;                  /* within a round of the peer's */
};

static bool begins(struct bytes b, const char *text)
{
    return b.n >= strlen(text) && memcmp(b.p, text, strlen(text)) == 0;
}

/* NAME { remote-1 { class, eap-type } remote-2 { ... } } */
static void on_element(struct row *row, unsigned depth, const struct wire_element *e)
{
    if (e->kind == WIRE_SECTION && depth == 1) {
        row->name = e->name;
    } else if (e->kind == WIRE_SECTION && depth == 2) {
        row->remote = begins(e->name, "remote");
        row->class = row->eap_type = (struct bytes){0};
    } else if (e->kind == WIRE_SECTION_END && depth == 1 && row->remote) {
        add_word(row->auth, row->class, row->eap_type);
        row->remote = false;
    } else if (e->kind == WIRE_VALUE && depth == 2 && row->remote) {
        if (bytes_are(e->name, "class"))
            row->class = e->value;
        else if (bytes_are(e->name, "eap-type"))
            row->eap_type = e->value;
    }
}

static int keep(struct conns *c, const struct row *row)
{
    struct conn_entry *e = find(c, row->name);
    if (!e) {
        if (HASH_COUNT(c->table) >= CONNS_MAX)
            return -ENOBUFS;
        e = calloc(1, sizeof(*e) + row->name.n);
        if (!e)
            return -ENOMEM;
        e->n = row->name.n;
        memcpy(e->name, row->name.p, row->name.n);
        HASH_ADD_KEYPTR(hh, c->table, e->name, (unsigned)e->n, e);
        if (!e->hh.tbl) {
            free(e);
            return -ENOMEM;
        }
    }
    memcpy(e->auth, row->auth, sizeof(e->auth));
    e->seen = c->listing;
    return 0;
}

int conns_row(struct conns *c, struct bytes message)
{
    struct row row = {0};
    struct wire_cursor cursor = wire_cursor_of(message);
    struct wire_element e;
    int r;
    while ((r = wire_next(&cursor, &e)) > 0)
        on_element(&row, cursor.depth, &e);
    return r < 0 || row.name.n == 0 ? -EPROTO : keep(c, &row);
}
