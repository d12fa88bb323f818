/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of bytes in which each event lies in one piece, and a ring of where they are, so that a number finds its event
 * at once.
 */
#include "rrasd/journal.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    uint32_t at;
    uint16_t n;
    uint8_t type;
};

struct journal {
    uint8_t *bytes;
    size_t size, head;     /* head: where the next one goes */
    struct entry *entries; /* event number n is at n % cap */
    size_t cap, count;
    uint64_t last;
    uint64_t newest[JOURNAL_TYPES]; /* number of the latest of each type */
    /* The last page that was read, for whoever asks for the same. */
    struct journal_page page;
    uint64_t page_after, page_newest;
    uint32_t page_mask;
    bool page_good;
    uint8_t page_bytes[JOURNAL_PAGE + JOURNAL_EVENT_MAX];
};

struct journal *journal_new(size_t events, size_t bytes)
{
    struct journal *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->bytes = calloc(bytes, 1);
    j->entries = calloc(events, sizeof *j->entries);
    j->size = bytes;
    j->cap = events;
    if (!j->bytes || !j->entries) {
        journal_free(j);
        return NULL;
    }
    return j;
}

void journal_free(struct journal *j)
{
    if (!j)
        return;
    free(j->bytes);
    free(j->entries);
    free(j);
}

uint64_t journal_last(const struct journal *j)
{
    return j->last;
}

uint64_t journal_first(const struct journal *j)
{
    return j->last + 1u - j->count;
}

static struct entry *entry_of(const struct journal *j, uint64_t number)
{
    return &j->entries[number % j->cap];
}

/* ---- adding ---- */

static struct entry *oldest(const struct journal *j)
{
    return j->count ? entry_of(j, journal_first(j)) : NULL;
}

/* The next one does not fit behind the head: what is there, the oldest of all, goes, and the next begins in front. */
static void wrap(struct journal *j)
{
    for (struct entry *e = oldest(j); e && e->at >= j->head; e = oldest(j))
        j->count--;
    j->head = 0;
}

static void make_room(struct journal *j, size_t n)
{
    if (j->size - j->head < n)
        wrap(j);
    for (struct entry *e = oldest(j); e && e->at >= j->head && e->at < j->head + n; e = oldest(j))
        j->count--;
    if (j->count == j->cap)
        j->count--;
}

void journal_add(struct journal *j, unsigned type, const uint8_t *bytes, size_t n)
{
    make_room(j, n);
    memcpy(j->bytes + j->head, bytes, n);
    j->last++;
    j->count++;
    *entry_of(j, j->last) = (struct entry){.at = (uint32_t)j->head, .n = (uint16_t)n, .type = (uint8_t)type};
    j->newest[type] = j->last;
    j->head += n;
}

/* ---- reading ---- */

/* Of these types; 0: there was none yet. */
static uint64_t newest_of(const struct journal *j, uint32_t mask)
{
    uint64_t newest = 0;
    for (unsigned type = 0; type < JOURNAL_TYPES; type++)
        if (mask >> type & 1u && j->newest[type] > newest)
            newest = j->newest[type];
    return newest;
}

bool journal_has(const struct journal *j, uint64_t after, uint32_t mask)
{
    return newest_of(j, mask) > after;
}

static void fill_page(struct journal *j, uint64_t from, uint32_t mask)
{
    struct journal_page *p = &j->page;
    uint64_t number = from;
    for (; number <= j->last && p->n < JOURNAL_PAGE && p->events < JOURNAL_PAGE_EVENTS; number++) {
        const struct entry *e = entry_of(j, number);
        if (!(mask >> e->type & 1u))
            continue;
        memcpy(j->page_bytes + p->n, j->bytes + e->at, e->n);
        p->n += e->n;
        p->events++;
    }
    p->last = number - 1u;
}

/* Of an event of the future nobody has missed anything. */
static uint64_t up_to_now(const struct journal *j, uint64_t after)
{
    return after > j->last ? j->last : after;
}

void journal_read(struct journal *j, uint64_t after, uint32_t mask, struct journal_page *ret)
{
    after = up_to_now(j, after);
    if (!j->page_good || j->page_after != after || j->page_mask != mask || j->page_newest != j->last) {
        uint64_t first = journal_first(j);
        uint64_t from = after + 1u < first ? first : after + 1u;
        j->page = (struct journal_page){.bytes = j->page_bytes, .last = j->last, .missed = from - after - 1u};
        if (journal_has(j, from - 1u, mask))
            fill_page(j, from, mask);
        j->page_after = after;
        j->page_mask = mask;
        j->page_newest = j->last;
        j->page_good = true;
    }
    *ret = j->page;
}

void journal_read_newest(struct journal *j, uint64_t after, uint32_t mask, struct journal_page *ret)
{
    uint64_t newest = newest_of(j, mask), first = journal_first(j);
    after = up_to_now(j, after);
    journal_read(j, newest > after ? newest - 1u : j->last, mask, ret);
    ret->last = j->last;
    ret->missed = after + 1u < first ? first - after - 1u : 0;
}
