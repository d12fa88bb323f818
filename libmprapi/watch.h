/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One registration of an event with a server: a connection that asks, again and again, what has happened since the
 * last answer (RrasxEventWait). It never waits: its socket is in the epoll set of the event, and whoever drives that
 * calls watch_turn().
 *
 * The server holds its answers a little, so that events gather (WATCH_GATHER_MS), and the next question goes out with
 * the turn that reads an answer: one wake-up for each answer.
 *
 * The server is not trusted. A turn receives once and asks one question at most; questions are WATCH_PACE_MS apart,
 * whatever is answered, also by an older server that does not hold; what makes no sense ends the connection. Lost
 * connections are made again, after pauses that grow until there is a good answer. Not for several threads at once: the
 * event has a lock.
 */
#ifndef OPENRRAS_LIBMPRAPI_WATCH_H
#define OPENRRAS_LIBMPRAPI_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <openrras.h>

#include "libmprapi/pool.h"

/* Not sooner after a question does the server tell of events: each is told within a few milliseconds while thousands
 * come, and the first one after a silence at once. */
#define WATCH_GATHER_MS 3u
/* So far apart are questions, whatever the server does: one that answers without need can't keep its caller busy. Less
 * than the above, since clocks count whole milliseconds: who has held his answer for so long is asked again at once. */
#define WATCH_PACE_MS 2u
/* Before connecting again; twice as long each time. */
#define WATCH_PAUSE_MIN_MS 100u
#define WATCH_PAUSE_MAX_MS 10000u
#define WATCH_NEVER        UINT64_MAX

struct watch;

/* From where on to tell. */
struct watch_point {
    GUID run;
    uint64_t last;
};

/* With an association of pool_take_watch() and the descriptor of an epoll set. Both are its own or the caller's as
 * before if there is no memory (NULL). It takes a reference to the pool. The first turn asks. */
struct watch *watch_new(struct pool *p, struct association *a, const struct watch_point *from, int epoll);
void watch_free(struct watch *w);

struct pool *watch_pool(const struct watch *w);
/* When it needs a turn although nothing comes; WATCH_NEVER. */
uint64_t watch_due(const struct watch *w);
/* Do what can be done now. True: something has happened, or nobody can tell any more. */
bool watch_turn(struct watch *w, uint64_t now);

#endif
