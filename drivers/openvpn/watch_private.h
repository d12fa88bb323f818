/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the watch share. watch.c: the run, the link, orders. watch_status.c: asking who is there, and the
 * table. watch_logon.c: who may log on, and what works. */
#ifndef OPENRRAS_DRIVERS_OPENVPN_WATCH_PRIVATE_H
#define OPENRRAS_DRIVERS_OPENVPN_WATCH_PRIVATE_H

#include "drivers/common/driver.h"
#include "drivers/openvpn/link.h"
#include "drivers/openvpn/listing.h"
#include "drivers/openvpn/logon.h"
#include "drivers/openvpn/orders.h"
#include "drivers/openvpn/status.h"
#include "drivers/openvpn/watch.h"

/* Does openvpn ask its management client who may log on? It is not to be asked, but shows it. */
enum watch_asks {
    WATCH_ASKS_PERHAPS,
    WATCH_ASKS,
    WATCH_ASKS_NOT,
};

struct watch {
    uv_loop_t *loop;
    const struct config *config;
    struct link *link;
    struct driver *driver;
    struct orders *orders;
    unsigned parts; /* link, driver, timer: not closed yet */
    bool closing;

    /* the run */
    uint64_t pid; /* 0: not known */
    bool running;
    char prefix[48];                             /* "PID.TIME:" of the session ids */
    char tunnel_server4[64];                     /* openvpn's own address in the tunnel, or "" */
    uint64_t valid_from;                         /* number of the run's first status */
    bool online;                                 /* the table is complete, rrasd may know */
    uint64_t established[WATCH_ESTABLISHED_MAX]; /* a ring */
    size_t established_n;

    /* the status */
    uv_timer_t timer;
    uint64_t status;   /* number of the newest one that was asked for */
    bool status_waits; /* it is not complete yet */
    bool status_again; /* ask once more as soon as it is */
    uint64_t ended;    /* number of the last complete one, 0: orders have been looked at since */
    uint64_t asked_ms, ended_asked_ms, next_ms;
    struct status_horizon horizon;
    struct status_parser parser;
    struct listing listing;           /* the last complete one */
    uint32_t unkept;                  /* clients of it for which there was no memory */
    uint32_t refused_before;          /* rows, in the status before */
    uint32_t missing, taken_for_gone; /* sessions that an unclear status has not shown; those of them that were ended */
    bool flush;                       /* rrasd wants counters as soon as they are there */
    bool log_on;                      /* openvpn sends us its log */

    /* log-on */
    struct logon logon;
    enum watch_asks asks;
    uint64_t first_new; /* who has this client id or a higher one came while we were there to be asked */
};

static inline uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000u;
}

/* A text of openvpn's as a string, cut if it is too long. */
void watch_string(char dst[static STATUS_TEXT_MAX], struct slice s);
/* Client id of a session's id, if it is of this run. */
bool watch_cid_of(const struct watch *w, const char *id, uint64_t *ret);
/* Ask for a status that openvpn has not begun to write. Returns its number. */
uint64_t watch_ask_status(struct watch *w);
/* Ask in `ms` at the latest. */
void watch_poll_within(struct watch *w, uint64_t ms);
/* Somebody has come or gone: ask soon. */
void watch_poll_soon(struct watch *w);
/* Tell rrasd whether everything can be seen and done. */
void watch_tell_health(struct watch *w);
/* Once; then as a run begins, for each client that is listed, and for each one that openvpn calls established. */
void watch_logon_init(struct watch *w);
void watch_logon_begin(struct watch *w);
void watch_logon_listed(struct watch *w, uint64_t cid);
void watch_logon_established(struct watch *w, uint64_t cid);
/* For driver_ops. */
void watch_keep_out(void *ctx, const struct driver_keep_out *k);
void watch_admission(void *ctx, const struct driver_admission *a);
/* Set the timer to what comes next. */
void watch_rearm(struct watch *w);

#endif
