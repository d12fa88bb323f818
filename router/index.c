/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections by address inside the tunnel. Several connections can say that they have the same, so the hash table
 * holds keys, and each key a ring of connections, oldest first.
 */
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const enum text_id index_text[INDEX_COUNT] = {
    [INDEX_ADDRESS4] = TEXT_TUNNEL_ADDRESS4,
    [INDEX_ADDRESS6] = TEXT_TUNNEL_ADDRESS6,
};

static struct index_key *key_find(const struct router *r, enum index_id id, const char *text)
{
    struct index_key *key = NULL;
    HASH_FIND(hh, r->index[id], text, strlen(text), key);
    return key;
}

int index_key_get(struct router *r, enum index_id id, struct texts *t, struct index_key **ret)
{
    const char *text = text_get(t, index_text[id]);
    struct index_key *key = text[0] ? key_find(r, id, text) : NULL;
    if (key || !text[0]) {
        *ret = key;
        return 0;
    }
    key = calloc(1, sizeof *key);
    if (!key)
        return -ENOMEM;
    HASH_ADD_KEYPTR(hh, r->index[id], text, strlen(text), key);
    if (!key->hh.tbl) { /* uthash had no memory */
        free(key);
        return -ENOMEM;
    }
    key->texts = texts_ref(t);
    *ret = key;
    return 0;
}

void index_key_drop(struct router *r, enum index_id id, struct index_key *key)
{
    if (!key || key->first)
        return;
    HASH_DELETE(hh, r->index[id], key);
    texts_unref(key->texts);
    free(key);
}

void index_add(struct router_connection *c, enum index_id id, struct index_key *key)
{
    struct index_link *link = &c->index[id];
    link->key = key;
    if (!key)
        return;
    if (!key->first) {
        key->first = link->prev = link->next = c;
        return;
    }
    struct router_connection *last = key->first->index[id].prev;
    link->prev = last;
    link->next = key->first;
    last->index[id].next = c;
    key->first->index[id].prev = c;
}

void index_remove(struct router *r, struct router_connection *c, enum index_id id)
{
    struct index_link *link = &c->index[id];
    struct index_key *key = link->key;
    if (!key)
        return;
    link->prev->index[id].next = link->next;
    link->next->index[id].prev = link->prev;
    if (key->first == c)
        key->first = link->next == c ? NULL : link->next;
    *link = (struct index_link){0};
    index_key_drop(r, id, key);
}

/* Handles of all that have this text; `n` of them are known already. */
static size_t collect(const struct router *r, enum index_id id, const char *text, uint32_t *ret, size_t n, size_t max)
{
    const struct index_key *key = text && text[0] ? key_find(r, id, text) : NULL;
    if (!key)
        return n;
    const struct router_connection *c = key->first;
    do {
        if (n < max)
            ret[n] = c->handle;
        n++;
        c = c->index[id].next;
    } while (c != key->first);
    return n;
}

size_t router_find_address(const struct router *r, const char *address, uint32_t *ret, size_t max)
{
    size_t n = collect(r, INDEX_ADDRESS4, address, ret, 0, max);
    return collect(r, INDEX_ADDRESS6, address, ret, n, max);
}
