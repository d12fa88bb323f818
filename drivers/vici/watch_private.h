/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the watch share. watch.c: beginning and end, what rrasd asks. watch_run.c: the connection to charon
 * and how charon is. watch_list.c: asking who is there, and what rrasd is told. */
#ifndef OPENRRAS_DRIVERS_VICI_WATCH_PRIVATE_H
#define OPENRRAS_DRIVERS_VICI_WATCH_PRIVATE_H

#include "drivers/common/driver.h"
#include "drivers/vici/conn.h"
#include "drivers/vici/conns.h"
#include "drivers/vici/lanes.h"
#include "drivers/vici/orders.h"
#include "drivers/vici/sessions.h"
#include "drivers/vici/watch.h"

#define WATCH_NEVER UINT64_MAX

struct watch {
    uv_loop_t *loop;
    const struct config *config;
    struct driver *driver;
    struct sessions *sessions;
    struct orders *orders;
    struct conns *conns;
    struct lanes *lanes;
    uv_timer_t timer;
    unsigned parts; /* driver, timer: not closed yet */
    bool closing;

    /* the connection for events and listings */
    struct conn *conn; /* NULL: none */
    uint64_t retry_at;
    uint32_t retry_ms;
    char said[DRIVER_TEXT_MAX];    /* the last trouble in the log, so that it is there once */
    char give_up[DRIVER_TEXT_MAX]; /* why the connection is of no use, "": it is */
    char run[WATCH_RUN_MAX];       /* names the process of charon; "": there was none yet */
    bool online;                   /* the table is complete, rrasd may know */
    bool silent;                   /* charon has not answered in time, and rrasd knows it */
    bool late;                     /* charon answers, but its listing does not come to an end */
    uint64_t pinged_at;            /* 0: not while it is silent now */
    bool ponged;

    /* the listing */
    bool listing;
    uint64_t look_at;   /* when one is wanted, beside those for counters */
    uint64_t listed_at; /* when the last one began */
    uint64_t rows_refused;
    bool flush; /* rrasd wants counters as soon as they are there */
    uint64_t conns_at;
    bool conns_wanted, conns_waiting;

    /* what is remembered */
    bool changed;
    uint64_t save_at;
};

static inline uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000u;
}

/* Set the timer to what comes next. */
void watch_rearm(struct watch *w);

/* ---- watch_run.c ---- */

/* Make the connection, or find out that it can't be made. */
void watch_connect(struct watch *w);
/* The connection is of no use any more; `why` is for the administrator. */
void watch_disconnect(struct watch *w, const char *why);
/* Is charon silent for too long? */
void watch_check_silence(struct watch *w);

/* ---- watch_list.c ---- */

/* A new run: what is known of the old one is forgotten, what is remembered of this one comes back. */
void watch_list_begin(struct watch *w);
/* A listing is wanted within so many ms. */
void watch_look(struct watch *w, uint32_t ms);
/* When it is due, WATCH_NEVER: not at all. */
uint64_t watch_look_due(const struct watch *w);
/* Ask now. */
void watch_list(struct watch *w);
void watch_list_conns(struct watch *w);
/* What rrasd is told of how charon is, when it is online. */
void watch_tell_health(struct watch *w);
/* Write what is to be remembered, if it has changed. */
void watch_save(struct watch *w);

#endif
