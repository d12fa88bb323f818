/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rras-sim: a driver for tests and load, without anybody to carry. It has two halves that know each other as little as
 * a real daemon and its driver do: a simulated daemon (sim_daemon.c) with sessions that come and go, and a driver on
 * drivers/common (sim_orders.c) that obeys orders, or misbehaves as told.
 *
 *     sim_main.c     options, start
 *     sim.c          links, events, the end
 *     sim_daemon.c   the daemon's sessions
 *     sim_load.c     many of them, coming and going, with counters that move
 *     sim_orders.c   what happens to an order
 *     sim_keep_out.c users who are kept out
 *     sim_admission.c users who wait until rrasd has said whether they may come in
 *     sim_command.c  commands
 *     sim_input.c    where commands come from: a script, standard input, a control socket
 */
#ifndef OPENRRAS_DRIVERS_SIM_SIM_H
#define OPENRRAS_DRIVERS_SIM_SIM_H

#include <stdio.h>

#include "common/hash_table.h"
#include "drivers/common/driver.h"
#include "drivers/common/driver_main.h"

struct sim;

/* What becomes of a user who is kept out. */
enum sim_keep_outs {
    SIM_KEEP_OUTS_REFUSED,  /* the daemon refuses him at log-on, and the driver has said so */
    SIM_KEEP_OUTS_DECLINED, /* the driver says that it can't */
    SIM_KEEP_OUTS_LIE,      /* the driver says that it will, and the daemon lets him in */
    SIM_KEEP_OUTS_SILENT,   /* no answer, and he is let in */
    SIM_KEEP_OUTS_NONE,     /* the driver has no such capability; from the start only */
};

/* Whether the daemon asks at log-on who may come in. */
enum sim_admission {
    SIM_ADMISSION_NONE,   /* no, and the driver has no such capability */
    SIM_ADMISSION_ASK,    /* and does as it is told */
    SIM_ADMISSION_IGNORE, /* and lets in everybody all the same */
};

struct sim_options {
    struct driver_options common;
    enum driver_kind kind;
    uint32_t ports;     /* fixed number; 0: growing */
    uint32_t max_ports; /* when growing */
    uint32_t users;
    const char *names; /* pattern: a run of # is the number */
    uint32_t multilink_users, multilink_links;
    double churn; /* sessions a second that are replaced */
    uint64_t seed;
    uint64_t tick_ms; /* between movements of the counters; 0: they stand still */
    const char *driver, *device_type;
    enum sim_keep_outs keep_outs;
    enum sim_admission admission;
    bool refuse_unanswered;          /* who is asked for and not answered is refused */
    bool no_messages, no_quarantine; /* the driver has no such capability */
    const char *epoch;               /* the beginning of every id */
    const char *script, *control;
    bool standard_input;
    bool quiet;
};

/* ---- the daemon ---- */

/* The way from a driver of drivers/common to rrasd: one for all sessions, or one for each. */
struct sim_link {
    struct sim *sim;
    struct driver *driver;
};

struct sim_session {
    char id[DRIVER_ID_MAX + 1];
    int64_t start;
    char *user;
    char *caller, *bundle, *auth; /* or NULL */
    enum driver_session_state state;
    uint32_t number; /* makes the addresses */
    struct driver_counters counters;
    bool ending; /* an order for it has been accepted */
    bool quarantined;
    struct sim_link *link;
    size_t index; /* in sim->all */
    UT_hash_handle hh;
};

/* How a session begins. NULL and 0: as the daemon would choose. */
struct sim_birth {
    const char *user;
    const char *id, *caller, *bundle, *auth;
    int64_t start;
    const enum driver_session_state *state; /* NULL: connected */
    bool quarantined;
};

/* A session begins, perhaps only after rrasd was asked. -ENOSPC: no port is free; -EEXIST: this id is taken; -EACCES:
 * the user is kept out; -EHOSTDOWN: it is not known whether he may come in. */
int sim_connect(struct sim *sim, const struct sim_birth *birth);
int sim_begin(struct sim *sim, const struct sim_birth *birth); /* whoever he is */
/* It ends by itself, or because of an order (`told`). */
void sim_end(struct sim *sim, struct sim_session *s, const char *reason, enum driver_told told);
struct sim_session *sim_find(struct sim *sim, const char *id, int64_t start);
struct sim_session *sim_find_user(struct sim *sim, const char *user);
/* Tell the driver how the session looks now. */
int sim_report(struct sim_session *s);
/* One user leaves and another takes the port, with nothing in between. */
int sim_swap(struct sim *sim, const char *user, const char *other);
void sim_end_all(struct sim *sim);

/* ---- load ---- */

int sim_populate(struct sim *sim, uint32_t users);
void sim_load_init(struct sim *sim); /* before the others, and before sim_load_stop() */
int sim_load_start(struct sim *sim);
void sim_load_stop(struct sim *sim);
void sim_set_churn(struct sim *sim, double rate);
void sim_set_tick(struct sim *sim, uint64_t ms);
/* All counters move as in one tick. */
void sim_move_counters(struct sim *sim);

/* ---- orders ---- */

enum sim_mode {
    SIM_ACCEPT,
    SIM_SLOW_ACCEPT,
    SIM_SLOW_GONE,
    SIM_REFUSE,
    SIM_NO_SUCH_SESSION,
    SIM_SILENT,
    SIM_LIE,
    SIM_HARD_ONLY,
    SIM_RECONNECT_NEW,
    SIM_RECONNECT_SAME,
    SIM_SWAP,
    SIM_HOLD,
    SIM_HOLD_KILL,
    SIM_GARBAGE,
    SIM_HANG,
    SIM_DIE,
};

struct sim_behaviour {
    enum sim_mode mode;
    char *text;  /* of refuse; the other user of swap */
    uint64_t ms; /* of slow-..., hang */
    char *user;  /* NULL: for all */
    bool once;
    struct sim_behaviour *prev, *next; /* sim->behaviours, newest first */
};

/* Takes over the texts of `b`, also when it fails. */
int sim_behave(struct sim *sim, struct sim_behaviour b);
/* Does this name a mode, and does it need a text or a duration? */
bool sim_mode_by_name(const char *name, enum sim_mode *ret);
bool sim_mode_has_text(enum sim_mode mode);
bool sim_mode_has_duration(enum sim_mode mode);
/* Go on with the orders that are held. Returns how many. */
unsigned sim_release(struct sim *sim);
extern const struct driver_ops sim_driver_ops;
/* The link goes: what waits to be done over it is forgotten. */
void sim_orders_forget(struct sim *sim, struct sim_link *link);
void sim_orders_free(struct sim *sim);

/* ---- keep-outs ---- */

bool sim_keep_outs_by_name(const char *name, enum sim_keep_outs *ret);
void sim_set_keep_outs(struct sim *sim, enum sim_keep_outs how); /* and answer anew */
/* Is this user refused? Then it has been reported. */
bool sim_kept_out(struct sim *sim, const char *user);
void sim_on_keep_out(void *ctx, const struct driver_keep_out *k);
void sim_on_keep_out_end(void *ctx, const struct driver_keep_out *k);

/* ---- admission ---- */

bool sim_admission_by_name(const char *name, enum sim_admission *ret);
/* Ask, if that is to be done, and begin the session when the answer allows it. Returns as sim_connect(). */
int sim_knock(struct sim *sim, const struct sim_birth *birth);
void sim_on_admission(void *ctx, const struct driver_admission *a);
void sim_callers_free(struct sim *sim);

/* Misdeeds, also as commands. */
void sim_send_garbage(struct sim_link *link);
void sim_hang(uint64_t ms); /* 0: for ever, until SIGKILL */

/* ---- commands ---- */

/* Runs one line. 0, or negative errno with the reason in `error`. */
#define SIM_ERROR_MAX 160u
int sim_command(struct sim *sim, const char *line, char error[static SIM_ERROR_MAX]);
extern const char sim_command_help[];

int sim_inputs_start(struct sim *sim);
void sim_inputs_stop(struct sim *sim);
/* An event has been printed: perhaps the script waits for it. */
void sim_script_hears(struct sim *sim, const char *event);
/* Script only: the next line is due after a time, or after an event that begins so. */
void sim_script_sleep(struct sim *sim, uint64_t ms);
int sim_script_wait(struct sim *sim, const char *event);

/* ---- all together ---- */

struct sim_order;
struct sim_inputs;

struct sim {
    struct sim_options options;
    uv_loop_t *loop;
    FILE *events;
    struct driver_process *process; /* that ends with it; NULL: none */
    bool stopping;
    struct sim_link *shared; /* kind daemon */
    bool online;

    struct sim_session *by_id;
    struct sim_session **all;
    size_t count, capacity;
    uint32_t sessions_ever;
    uint32_t users_ever;

    uint64_t random;
    uv_timer_t churn, tick;
    double churn_owed;
    double churn_rate;

    struct sim_behaviour *behaviours;
    struct sim_caller *callers; /* who wait for an answer */
    struct sim_order *orders;
    struct sim_inputs *inputs;
};

/* An event: one line on sim->events, at once. */
void sim_event(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct sim_link *sim_link_new(struct sim *sim);
void sim_link_close(struct sim_link *link);
void sim_set_online(struct sim *sim, bool online);
/* The daemon is down, degraded, or well. -EINVAL: session drivers have no health. */
enum sim_health {
    SIM_HEALTH_OK,
    SIM_HEALTH_DEGRADED,
    SIM_HEALTH_DOWN,
};
int sim_set_health(struct sim *sim, enum sim_health health, const char *text);
void sim_stop(struct sim *sim);

#endif
