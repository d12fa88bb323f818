/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rrasx asks, answered by the router and the journal: shared by backend.c and backend_x*.c only.
 *
 *     backend_x.c           the server, sessions; the table
 *     backend_x_event.c     the router's events into the journal, and from there to who asks
 *     backend_x_job.c       disconnecting by selection
 *     backend_x_wait.c      calls that wait
 *     backend_x_driver.c    the drivers
 *     backend_x_keep_out.c  users who are kept out
 *     backend_x_user.c      users, and who may dial in
 */
#ifndef OPENRRAS_RRASD_BACKEND_X_H
#define OPENRRAS_RRASD_BACKEND_X_H

#include "router/job.h"
#include "router/keep_out.h"
#include "rrasd/access.h"
#include "rrasd/driver_hub.h"
#include "rrasd/journal.h"
#include "rrasx/rrasx.h"

struct backend;

/* ---- calls that wait ---- */

enum wait_kind {
    WAIT_EVENTS,
    WAIT_JOB,
};

/* A call that waits for something to happen. Owned by the backend, freed when it is answered. */
/* For events after this number, of these types: all of them, or the newest. */
struct event_question {
    uint64_t after;
    uint32_t mask;
    bool newest;
};

struct wait {
    struct wait *prev, *next;
    struct wait_list *list; /* that it is in */
    enum wait_kind kind;
    struct caller *caller;
    struct rrasx_pending *pending;
    uint64_t deadline_ms;
    uint64_t not_before_ms;       /* what there is to tell is not told before */
    struct event_question events; /* WAIT_EVENTS */
    /* WAIT_JOB: for its end, or (has_seen) for these numbers to change. */
    uint32_t job;
    bool has_seen;
    uint32_t seen_asked, seen_ended;
};

/* Those that have to be answered first come first. */
struct wait_list {
    struct wait *first, *last;
};

/* Whose job it is: he may have left when its orders are given. */
struct job_owner {
    struct job_owner *next;
    uint32_t job;
    struct caller caller; /* without groups */
    char *name;           /* owned, or NULL */
};

struct backend_x {
    struct rrasx_backend table;
    struct journal *journal;
    GUID run;
    int64_t started; /* wall clock */
    struct wait_list events, jobs;
    struct wait_list gathering; /* for events, and there are some; the deadline is the moment when they are told */
    struct wait_list ready;
    uint32_t waiting; /* in all four */
    uint64_t told;    /* the newest event that those who wait have been looked at for */
    bool stopping;
    struct job_owner *owners;
    OPENRRAS_REFUSED_DRIVER refused[DRIVER_HUB_REFUSED_MAX]; /* for an answer; their names: */
    char refused_names[DRIVER_HUB_REFUSED_MAX][DRIVER_HUB_POOL_MAX];
};

/* backend_x.c */
int backend_x_init(struct backend *b);
void backend_x_fini(struct backend *b); /* no call waits any more */
struct router_selector backend_x_selector(const OPENRRAS_SELECTOR *s);
/* "alice", or "uid 1000" when the configuration does not name him. */
#define BACKEND_BY_MAX (ROUTER_TEXT_MAX + 1u)
const char *backend_x_by(const struct backend *b, const struct caller *caller, char dst[static BACKEND_BY_MAX]);

/* backend_x_event.c */
void backend_x_event(struct backend *b, const struct router_event *e);
void backend_x_event_wait(void *ctx, void *user, const struct rrasx_event_request *request, struct rrasx_pending *p);
void backend_x_answer_events(struct backend *b, const struct event_question *q, bool restarted,
                             struct rrasx_pending *p);

/* backend_x_job.c */
void backend_x_disconnect(void *ctx, void *user, const OPENRRAS_DISCONNECT *d, uint32_t wait_ms,
                          struct rrasx_pending *p);
void backend_x_job_wait(void *ctx, void *user, const struct rrasx_job_request *request, struct rrasx_pending *p);
uint32_t backend_x_job_cancel(void *ctx, void *user, uint32_t job);
void backend_x_answer_job(struct backend *b, uint32_t job, struct rrasx_pending *p);
/* Whose job it is, or NULL. */
const struct job_owner *backend_x_owner(const struct backend *b, uint32_t job);
void backend_x_job_event(struct backend *b, const struct router_event *e); /* ROUTER_EVENT_JOB */

/* backend_x_keep_out.c */
uint32_t backend_x_keep_out_add(void *ctx, void *user, const char *name, const char *driver, uint32_t seconds,
                                const char *reason, uint32_t *ret);
uint32_t backend_x_keep_out_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next);
uint32_t backend_x_keep_out_remove(void *ctx, void *user, uint32_t number);
/* One that this caller asks for by this operation, with its line in the audit log. */
uint32_t backend_x_keep_out(struct backend *b, const struct caller *caller, enum rrasx_opnum opnum,
                            const struct router_keep_out_ask *ask, uint32_t *ret);
void backend_x_keep_out_over(struct backend *b, const struct router_event *e); /* ROUTER_EVENT_KEEP_OUT_END */
void backend_x_kept_out(const struct router_event *e);                         /* ROUTER_EVENT_KEPT_OUT */

/* backend_x_driver.c */
/* Who was turned away, in memory of the backend: good until the next call. */
OPENRRAS_REFUSED_DRIVER *backend_x_refused(struct backend *b, uint32_t *n);
uint32_t backend_x_driver_enum(void *ctx, uint32_t after, struct rrasx_out *out, uint32_t *next);
uint32_t backend_x_driver_forget(void *ctx, void *user, const char *driver, const char *instance, uint32_t flags,
                                 uint32_t *sessions);

/* backend_x_user.c */
void backend_x_user_get(void *ctx, void *user, const char *name, struct rrasx_pending *p);
void backend_x_user_set(void *ctx, void *user, const struct rrasx_user_set_request *request, struct rrasx_pending *p);
void backend_x_user_remove(void *ctx, void *user, const char *name, struct rrasx_pending *p);
void backend_x_user_enum(void *ctx, void *user, const char *after, struct rrasx_pending *p);

/* backend_x_wait.c */
/* May this caller keep one more call open? */
bool backend_x_may_wait(const struct backend *b, const struct caller *caller);
/* A wait with what all have; NULL without memory. It waits from backend_x_wait() on. */
struct wait *backend_x_wait_new(struct caller *caller, struct rrasx_pending *p);
void backend_x_wait(struct backend *b, struct wait *w);
void backend_x_leave(struct backend *b, struct caller *caller);
void backend_x_forget(struct backend *b, const struct caller *caller);
/* Answer those whose time has come. */
void backend_x_wake(struct backend *b);
uint64_t backend_x_next_deadline(const struct backend *b);

#endif
