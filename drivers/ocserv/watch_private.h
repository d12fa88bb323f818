/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the watch share. watch.c: beginning and end, time, health, orders. watch_listing.c: asking ocserv.
 * watch_worker.c: its workers, which are the sessions. watch_counters.c: their devices.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_WATCH_PRIVATE_H
#define OPENRRAS_DRIVERS_OCSERV_WATCH_PRIVATE_H

#include "common/hash_table.h"
#include "drivers/common/driver.h"
#include "drivers/ocserv/conn.h"
#include "drivers/ocserv/counters.h"
#include "drivers/ocserv/keepout.h"
#include "drivers/ocserv/orders.h"
#include "drivers/ocserv/rows.h"
#include "drivers/ocserv/watch.h"

/* A session: a process of ocserv's. */
struct worker {
    struct watch *watch;
    int32_t pid;
    char session[ROWS_SESSION_MAX];
    int64_t since;
    char id[DRIVER_ID_MAX + 1]; /* "PID:SESSION" */
    bool up;                    /* the user is in */
    uint64_t seen;              /* number of the last listing that has shown it */
    bool twice;                 /* which had another row with this pid: ocserv has not noticed yet that one has ended */

    uint64_t opened; /* number of the listing on which the process was opened: it proves nothing of that one */
    int pidfd;       /* -1: could not be opened */
    int pidfd_error; /* then why */
    uv_poll_t *poll; /* on the pidfd, or NULL */
    bool ended;

    char device[ROWS_DEVICE_MAX], client4[ROWS_ADDRESS_MAX];
    uint32_t index; /* of its device; 0: not found yet */
    struct driver_counters counters;
    bool counters_final;
    char reason[ROWS_REASON_MAX]; /* why it has gone, in ocserv's words; "": not said yet */
    UT_hash_handle hh;
};

/* What has become of ocserv's events. */
enum events {
    EVENTS_NONE,   /* not asked for */
    EVENTS_HOPED,  /* asked for; whether they come, or go to another program, nobody says */
    EVENTS_PROVEN, /* they come: who has them keeps them */
    EVENTS_HELD,   /* somebody has come without one */
};

struct watch {
    uv_loop_t *loop;
    const struct config *config;
    struct door *door;
    struct driver *driver;
    struct orders *orders;
    struct keepout *keepout; /* NULL: not configured */
    unsigned parts;          /* driver, keepout, timer: not closed yet */
    bool closing, failing;
    void (*failed)(void *ctx);
    void *ctx;
    uv_timer_t timer;

    pid_t ocserv; /* its main process; 0: not known */
    bool online;  /* the table is complete, rrasd may know */
    char away[256];
    char degraded[256];
    uint64_t retry_ms;

    /* listings */
    struct conn *listing;    /* under way */
    uint64_t started, done;  /* numbers of the newest one, and of the newest complete one */
    bool again;              /* ask once more as soon as it is complete */
    uint64_t next_ms;        /* ask then */
    uint64_t pause_ms;       /* and so long after that */
    uint32_t refused_before; /* rows that could not be used, in the one before */
    bool ended_listed;       /* it has shown workers that have ended */
    bool foreign;            /* and some that can't be told apart: another pid namespace */
    bool coming;             /* and some who log on: nothing says when they are in */
    uint64_t coming_ms;      /* ask again after so long */
    bool unbound;            /* and some whose device is not known */
    unsigned bind_tries;

    /* events */
    struct conn *events;
    enum events state;
    uint64_t events_listing; /* number of the first listing after they were asked for; 0: they are not under way yet */
    uint64_t events_ms;      /* asked for then */

    struct worker *workers; /* by pid */

    /* counters */
    int dump_fd, hear_fd; /* netlink, -1: none */
    uv_poll_t *hear;
    bool netlink_failed, netlink_said;
    uint64_t counters_ms; /* read them then */
};

static inline uint64_t watch_now(void)
{
    return uv_hrtime() / 1000000u;
}

/* ---- watch.c ---- */

/* ocserv can't be reached, does not answer or speaks another language: `why` is a sentence for the administrator. */
void watch_away(struct watch *w, const char *why);
/* A listing is complete: all is well, or as well as it can be. */
void watch_there(struct watch *w);
/* Set the timer to what comes next. */
void watch_rearm(struct watch *w);
/* The door does not answer any more: nothing can be done, and systemd has to begin anew. */
void watch_fail(struct watch *w);

/* ---- watch_listing.c ---- */

/* The time for it has come. */
void watch_listing_start(struct watch *w);
/* Ask for a listing that ocserv has not begun to write. Returns its number. */
uint64_t watch_ask(struct watch *w);
/* Ask within `ms`. */
void watch_ask_within(struct watch *w, uint64_t ms);
void watch_listing_stop(struct watch *w);

/* ---- watch_worker.c ---- */

/* A row of the listing under way. */
void worker_row(struct watch *w, const struct row *row);
/* A row of an event. */
void worker_event(struct watch *w, const struct event *event, const struct row *row);
/* The listing is complete: who was not in it is gone. */
void worker_sweep(struct watch *w);
/* As orders_ops.end. */
int worker_end(struct watch *w, const char *id, int64_t start, uint64_t listing, bool hard, const char **ret_why);
void worker_free_all(struct watch *w);

/* ---- watch_counters.c ---- */

/* ocserv has begun anew, perhaps in another network namespace. */
void watch_counters_open(struct watch *w);
void watch_counters_close(struct watch *w);
/* Find the devices of sessions that have none yet. */
void watch_counters_bind(struct watch *w);
/* Read all counters, and put them into the driver's table. */
void watch_counters_read(struct watch *w);
/* What has been heard of devices that were removed. */
void watch_counters_hear(struct watch *w);

#endif
