/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/listing.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MIN 4096u
#define ROWS_MIN 64u

void listing_begin(struct listing *l)
{
    l->n = l->n_rows = 0;
    l->whole = l->sorted = false;
    l->status = 0;
}

/* Room for `more` items behind the first n; false without memory. */
static bool reserve(void **p, size_t *cap, size_t n, size_t more, size_t size, size_t least)
{
    size_t want = *cap ? *cap : least;
    while (want < n + more)
        want *= 2;
    if (want == *cap)
        return true;
    void *q = realloc(*p, want * size);
    if (!q)
        return false;
    *p = q;
    *cap = want;
    return true;
}

void listing_add(struct listing *l, uint64_t cid, struct slice line)
{
    void *text = l->text, *rows = l->rows;
    bool ok = reserve(&text, &l->cap, l->n, line.n, 1, TEXT_MIN);
    l->text = text;
    ok = ok && reserve(&rows, &l->cap_rows, l->n_rows, 1, sizeof(*l->rows), ROWS_MIN);
    l->rows = rows;
    if (!ok) { /* the row is missing then, and whoever looks for it asks openvpn */
        return;
    }
    memcpy(l->text + l->n, line.p, line.n);
    l->rows[l->n_rows++] = (struct listing_row){.cid = cid, .at = l->n, .n = line.n};
    l->n += line.n;
}

void listing_end(struct listing *l, const struct status_parser *parser, uint64_t status, uint64_t asked_ms)
{
    l->whole = true;
    l->parser = *parser;
    l->status = status;
    l->asked_ms = asked_ms;
}

static int by_cid(const void *a, const void *b)
{
    const struct listing_row *x = a, *y = b;
    return x->cid < y->cid ? -1 : x->cid > y->cid;
}

/* Most listings are never looked into, so they are sorted when one is. */
static const struct listing_row *row_of(struct listing *l, uint64_t cid)
{
    const struct listing_row key = {.cid = cid};
    if (l->n_rows == 0)
        return NULL;
    if (!l->sorted)
        qsort(l->rows, l->n_rows, sizeof(*l->rows), by_cid);
    l->sorted = true;
    return bsearch(&key, l->rows, l->n_rows, sizeof(*l->rows), by_cid);
}

bool listing_find(struct listing *l, uint64_t cid, int64_t since, struct status_client *ret)
{
    struct status_parser parser = l->parser;
    struct status_client c;
    if (!l->whole)
        return false;
    const struct listing_row *row = row_of(l, cid);
    if (!row)
        return false;
    struct slice line = {l->text + row->at, row->n};
    if (status_parse_line(&parser, line, false, &c) != STATUS_LINE_CLIENT || c.cid != cid || c.since != since)
        return false;
    *ret = c;
    return true;
}

void listing_clear(struct listing *l)
{
    free(l->text);
    free(l->rows);
    *l = (struct listing){0};
}
