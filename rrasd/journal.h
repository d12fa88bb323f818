/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of events: the latest ones, encoded, each with its number. Bounded in number and bytes: the oldest make
 * place for the newest, and whoever reads too slowly is told how many he has missed. No I/O, no clock; lives in the
 * loop's thread.
 */
#ifndef OPENRRAS_RRASD_JOURNAL_H
#define OPENRRAS_RRASD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal;

#define JOURNAL_TYPES       32u    /* an event's type is a bit of a mask */
#define JOURNAL_EVENT_MAX   4096u  /* bytes of one */
#define JOURNAL_PAGE        65536u /* a page of them is closed once it has so many bytes ... */
#define JOURNAL_PAGE_EVENTS 1024u  /* ... or so many events */
#define JOURNAL_BYTES_MIN   JOURNAL_PAGE

/* Room for so many events (at least 1) and bytes (at least JOURNAL_BYTES_MIN). What is not used yet costs no memory.
 * NULL without memory. */
struct journal *journal_new(size_t events, size_t bytes);
void journal_free(struct journal *j);

uint64_t journal_last(const struct journal *j);  /* number of the newest, 0: there was none yet */
uint64_t journal_first(const struct journal *j); /* number of the oldest that is kept; none: the next one's */

/* The event with number journal_last() + 1, of 1 to JOURNAL_EVENT_MAX bytes, which are copied. */
void journal_add(struct journal *j, unsigned type, const uint8_t *bytes, size_t n);

/* Is any event after number `after` of a type in the mask? Does not depend on how many there are. */
bool journal_has(const struct journal *j, uint64_t after, uint32_t mask);

struct journal_page {
    const uint8_t *bytes; /* of the events, one behind the other; good until the journal's next call */
    size_t n, events;
    uint64_t last;   /* where to go on */
    uint64_t missed; /* events after `after` that are not kept any more, whatever their type */
};
/*
 * What came after number `after` (beyond the newest: nothing) and is of a type in the mask, as much as fits in a page.
 * Asked for the same again, and many who watch ask for the same, it costs next to nothing.
 */
void journal_read(struct journal *j, uint64_t after, uint32_t mask, struct journal_page *ret);
/* The same, but of all these only the newest: for who wants to know that something has happened, not what. Costs next
 * to nothing, however many there were. */
void journal_read_newest(struct journal *j, uint64_t after, uint32_t mask, struct journal_page *ret);

#endif
