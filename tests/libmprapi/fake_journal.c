/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openrras.h>

/* ---- in the server's thread ---- */

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    const struct fake_journal *j = ctx;
    (void)user;
    (void)op;
    return !j->deny;
}

/* Those after `after` that are wanted, encoded; their number. */
static uint32_t collect(const struct fake_journal *j, uint64_t after, uint32_t mask, uint8_t **bytes, size_t *n)
{
    uint32_t count = 0;
    *bytes = malloc((size_t)(JOURNAL_EVENTS_MAX * 64));
    assert_non_null(*bytes);
    *n = 0;
    for (uint64_t i = after; i < j->last && count < OPENRRAS_EVENTS_MAX; i++) {
        static uint8_t event[RRASX_EVENT_MAX];
        if (!(mask & OPENRRAS_EVENT_MASK(j->types[i])))
            continue;
        const OPENRRAS_EVENT e = {.ullNumber = i + 1, .dwType = j->types[i]};
        size_t len = rrasx_encode_event(&e, event);
        assert_true(*n + len <= JOURNAL_EVENTS_MAX * 64);
        memcpy(*bytes + *n, event, len);
        *n += len;
        count++;
    }
    return count;
}

static void answer(const struct fake_journal *j, struct rrasx_pending *p, uint64_t after, uint32_t mask, bool restarted)
{
    uint8_t *bytes;
    size_t n;
    uint64_t last = j->lie == JOURNAL_GOES_BACK ? 0 : j->last;
    const OPENRRAS_EVENT_LIST list = {.guidRun = j->run, .ullLast = last, .fRestarted = restarted};
    collect(j, restarted ? j->last : after, mask, &bytes, &n);
    rrasx_finish_events(p, NO_ERROR, &list, n ? bytes : NULL, n);
    free(bytes);
}

static bool has(const struct fake_journal *j, uint64_t after, uint32_t mask)
{
    for (uint64_t i = after; i < j->last; i++)
        if (mask & OPENRRAS_EVENT_MASK(j->types[i]))
            return true;
    return false;
}

static void event_wait(void *ctx, void *user, const struct rrasx_event_request *q, struct rrasx_pending *p)
{
    struct fake_journal *j = ctx;
    bool restarted = q->has_run && memcmp(&q->run, &j->run, sizeof q->run) != 0;
    uint64_t after = q->after < j->last ? q->after : j->last;
    (void)user;
    if (q->wait_ms > 0) {
        j->n_asked++;
        j->asked_newest = q->newest;
        j->asked_gather_ms = q->gather_ms;
    }
    if (q->wait_ms > 0 && j->lie == JOURNAL_REFUSES) {
        rrasx_finish_events(p, RPC_S_SERVER_TOO_BUSY, NULL, NULL, 0);
        return;
    }
    if (restarted || q->wait_ms == 0 || j->lie != JOURNAL_HONEST || has(j, after, q->mask)) {
        answer(j, p, after, q->mask, restarted);
        return;
    }
    assert_true(j->n_waits < JOURNAL_WAITS_MAX);
    j->waits[j->n_waits++] = (struct journal_wait){p, j->last, q->mask};
}

/* Answers those who have something to hear, or are gone, or all. */
static void answer_waits(struct fake_journal *j, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->n_waits; i++) {
        struct journal_wait *w = &j->waits[i];
        if (all || rrasx_is_abandoned(w->pending) || has(j, w->after, w->mask))
            answer(j, w->pending, w->after, w->mask, false);
        else
            j->waits[kept++] = *w;
    }
    j->n_waits = kept;
}

/* ---- from the test's thread ---- */

struct errand {
    struct fake_journal *journal;
    uint32_t type;
    enum journal_lie lie;
    bool deny;
    unsigned count;
};

static void tell(void *ctx)
{
    struct errand *e = ctx;
    assert_true(e->journal->last < JOURNAL_EVENTS_MAX);
    e->journal->types[e->journal->last++] = e->type;
    answer_waits(e->journal, false);
}

void journal_tell(struct fake_server *f, struct fake_journal *j, uint32_t type)
{
    fake_run(f, tell, &(struct errand){.journal = j, .type = type});
}

static void restart(void *ctx)
{
    struct errand *e = ctx;
    e->journal->run.Data1++;
    e->journal->last = 0;
}

void journal_restart(struct fake_server *f, struct fake_journal *j)
{
    fake_run(f, restart, &(struct errand){.journal = j});
    fake_drop_connections(f);
}

static void count(void *ctx)
{
    struct errand *e = ctx;
    answer_waits(e->journal, false);
    e->count = (unsigned)e->journal->n_waits;
}

unsigned journal_waiting(struct fake_server *f, struct fake_journal *j)
{
    struct errand e = {.journal = j};
    fake_run(f, count, &e);
    return e.count;
}

static void start_lying(void *ctx)
{
    struct errand *e = ctx;
    e->journal->lie = e->lie;
    answer_waits(e->journal, e->lie != JOURNAL_HONEST);
}

void journal_lies(struct fake_server *f, struct fake_journal *j, enum journal_lie lie)
{
    fake_run(f, start_lying, &(struct errand){.journal = j, .lie = lie});
}

static void start_denying(void *ctx)
{
    struct errand *e = ctx;
    e->journal->deny = e->deny;
}

void journal_denies(struct fake_server *f, struct fake_journal *j, bool deny)
{
    fake_run(f, start_denying, &(struct errand){.journal = j, .deny = deny});
}

void journal_init(struct fake_journal *j)
{
    *j = (struct fake_journal){.run = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}},
                               .backend = {.ctx = j, .allowed = allowed, .event_wait = event_wait}};
}

void journal_clear(struct fake_journal *j)
{
    answer_waits(j, true);
}
