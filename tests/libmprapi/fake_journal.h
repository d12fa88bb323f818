/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events for the fake server: a backend of our own interface that keeps them, and lets whoever asks wait, as rrasd
 * does; and that tells nonsense on demand.
 */
#ifndef OPENRRAS_TESTS_FAKE_JOURNAL_H
#define OPENRRAS_TESTS_FAKE_JOURNAL_H

#include "fake_server.h"

#define JOURNAL_EVENTS_MAX 4096u
#define JOURNAL_WAITS_MAX  256u

/* Answers to those that wait. */
enum journal_lie {
    JOURNAL_HONEST,
    JOURNAL_EMPTY_AT_ONCE, /* nothing has happened, without waiting */
    JOURNAL_GOES_BACK,     /* the newest event is an old one, of the same run */
    JOURNAL_REFUSES,       /* RPC_S_SERVER_TOO_BUSY */
};

struct journal_wait {
    struct rrasx_pending *pending;
    uint64_t after;
    uint32_t mask;
};

struct fake_journal {
    struct rrasx_backend backend;
    /* Set these while the server does not run, or by fake_run(). */
    GUID run;
    uint32_t types[JOURNAL_EVENTS_MAX]; /* of event 1, 2, ... */
    uint64_t last;
    enum journal_lie lie;
    bool deny;

    atomic_uint n_asked;      /* questions that may wait */
    atomic_bool asked_newest; /* the last of them: it is enough to tell of the newest */
    atomic_uint asked_gather_ms; /* the last of them: how long events may gather, for which this server has no time */
    struct journal_wait waits[JOURNAL_WAITS_MAX];
    size_t n_waits;
};

void journal_init(struct fake_journal *j);
/* After the server was stopped. */
void journal_clear(struct fake_journal *j);

/* Something happens; those who wait for it are answered. */
void journal_tell(struct fake_server *f, struct fake_journal *j, uint32_t type);
/* The server starts again: another run without any event. Drops all connections. */
void journal_restart(struct fake_server *f, struct fake_journal *j);
/* How many wait, and are still there. */
unsigned journal_waiting(struct fake_server *f, struct fake_journal *j);
/* From now on. */
void journal_lies(struct fake_server *f, struct fake_journal *j, enum journal_lie lie);
void journal_denies(struct fake_server *f, struct fake_journal *j, bool deny);

#endif
