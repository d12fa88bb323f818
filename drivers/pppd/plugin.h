/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin's one state, and who may touch it.
 *
 *     events.c   what pppd tells, from its main loop: becomes the session, or its end
 *     talk.c     what rrasd says, mostly in the signal handler: becomes answers, and a SIGHUP for pppd
 *     admission.c  whether the user may dial in: waits for rrasd's answer, the only thing here that waits
 *     ticks.c    what has to be done from time to time, from pppd's timers: connecting anew, counters
 *
 * The main loop holds the signal away (plugin_enter) while it is in here, so there is one at a time.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_PLUGIN_H
#define OPENRRAS_DRIVERS_PPPD_PLUGIN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/pppd/device.h"
#include "drivers/pppd/keep_out.h"
#include "drivers/pppd/link.h"
#include "drivers/pppd/pppd_access.h"
#include "drivers/pppd/quarantine.h"
#include "drivers/pppd/session.h"

enum plugin_verdict {
    PLUGIN_NO_ANSWER,
    PLUGIN_ADMITTED,
    PLUGIN_NOT_ADMITTED,
};

struct plugin {
    struct pppd_settings settings;
    struct device_clues clues;
    struct session_port port;
    struct link link;
    bool welcome;         /* rrasd has said so on this connection */
    unsigned interval_ms; /* between counters */
    unsigned retry_ms;    /* until connecting is tried again */
    struct keep_out_table keep_out;
    bool answers;      /* rrasd answers questions about users */
    uint64_t last_ask; /* number of the last question */
    uint64_t asked;    /* the one whose answer is waited for, 0: none */
    enum plugin_verdict verdict;
    char refusal[SESSION_TEXT_MAX];

    struct session session;
    unsigned ifindex;     /* of the session's interface; 0: none whose counters are the session's */
    struct counters base; /* what it had counted before */
    struct counters told_counters;
    bool lcp_lost;     /* LCP has gone down by itself: if it comes up again, that is another session */
    bool terminating;  /* pppd ends the link */
    bool over;         /* the link has ended: a signal now would be for the next one */
    bool acknowledged; /* the peer has said that it has heard so */
    bool refused;      /* the user is turned away, */
    bool not_admitted; /* because he may not dial in */
    bool at_limit;     /* rrasd has said that there are as many sessions as may be: this one is to be ended */

    struct quarantine quarantine;
    struct quarantine_nets allowed;
    bool allowed_is_good;    /* what the administrator has written can be read */
    bool quarantine_decided; /* of this session: what the administrator orders later counts */

    bool ordered, hard; /* to disconnect */
    bool hanging_up;
    char words[SESSION_TEXT_MAX]; /* for the peer */

    char trouble[SESSION_TEXT_MAX]; /* what rrasd has complained about; to be logged by the main loop */
    char said[SESSION_TEXT_MAX];    /* and was logged last of this session: it comes again with each connection */
};

extern struct plugin plugin;

/* Around all that the main loop does in here. Enter also finds out whether pppd has become another process. */
void plugin_enter(sigset_t *ret_before);
void plugin_leave(const sigset_t *before);

/* talk.c */
void talk_on_wake(bool overdue);
/* Read, answer, send what waits. */
void talk_work(void);
/* Tell the session as it is now; nothing while rrasd has not said welcome. */
void talk_tell_session(void);
/* Fresh counters, and tell them if they have changed. */
void talk_tell_counters(void);
/* The session has ended: the last word, and the connection is closed. */
void talk_say_gone(const char *reason);

/* admission.c: the words to turn the user away with, or NULL: he may come in. Waits for rrasd, 6 s at most. */
const char *admission_refused(void);

/* ticks.c */
void ticks_begin(void); /* connect now, and look after the connection until ticks_end() */
void ticks_end(void);

/* events.c */
extern const struct pppd_events plugin_events;
void events_read_counters(void);

#endif
