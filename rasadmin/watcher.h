/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasadmin watch: what its two ways of watching share. By events (watch_events.c) where the server tells them, else by
 * looking again and again (watch_poll.c).
 */
#ifndef OPENRRAS_RASADMIN_WATCHER_H
#define OPENRRAS_RASADMIN_WATCHER_H

#include <openrras.h>
#include <stdbool.h>
#include <stdint.h>

#include "rasadmin/model.h"
#include "rasadmin/rasadmin.h"

struct watcher {
    struct app *app;
    uint64_t interval_ms; /* between two looks, or two tries to connect again */
    uint32_t mask;        /* of events: event.h */
    bool has_since, has_run;
    uint64_t since; /* the number after which to begin */
    GUID run;       /* of the server that gave it */
    uint64_t left;  /* lines until the end; UINT64_MAX: without end */
    int code;       /* EXIT_DONE, or why it ends */
    bool lost;      /* the server is away */
};

/* Until the lines are printed, or something is wrong: w->code. */
void watch_by_polling(struct watcher *w);
void watch_by_events(struct watcher *w);

bool watcher_goes_on(const struct watcher *w);
/* A line has been printed. A reader that is gone ends the watching. */
void watcher_line_done(struct watcher *w);
/* A line about a port: "present", "up", ... */
void watcher_port(struct watcher *w, const char *word, const struct port *p);
/* Something about the watching itself: "server-lost", "server-back", "missed". In JSON a document of that event, with
 * `n` as its member `missed` if it is not 0; else the sentence on stderr. Takes no line from the count without JSON. */
void watcher_tell(struct watcher *w, const char *word, uint64_t n, const char *sentence);
/* The server has answered (0), or not: then false means that it can't be waited for, and w->code says why. `begun`: it
 * had answered before. */
bool watcher_answered(struct watcher *w, uint32_t win, bool begun);
/* Until the next look. */
void watcher_pause(const struct watcher *w);

#endif
