/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the router: its objects, who owns them, and what its files offer each other.
 *
 * Ownership. The router owns drivers and ports; both live as long as it does. A driver owns its sessions (hash by the
 * daemon's id). A session owns its order. A connection is counted: one reference is the router's own while it lives,
 * the others are the readers'; its last session passes to it, so that a reader still finds the final counters. Texts
 * are counted, too: the session, its connection and the index share one block.
 *
 * Memory. With 100,000 ports and half of them connected each byte in struct port costs 100 kB and each byte in struct
 * session or struct router_connection 50 kB: their members are ordered and sized on purpose (bench/router_memory prints
 * the sum).
 */
#ifndef OPENRRAS_ROUTER_PRIVATE_H
#define OPENRRAS_ROUTER_PRIVATE_H

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION     HASH_OAT /* uthash's own default falls through in a switch, which clang warns of */
#include <uthash.h>

#include "router/router.h"

/* Ports are in chunks, so that they never move: 64 KiB each. */
#define PORT_CHUNK       1024u
#define PORT_CHUNKS      (ROUTER_SLOTS_MAX / PORT_CHUNK + 1u)
#define PORT_INDEX_MAX   ROUTER_SLOTS_MAX
#define GENERATION_SHIFT 20u

#define HANDLE_MAX       0x7fffffffu /* of ports and connections: below 2^31 */

/* ---- texts (text.c) ---- */

enum text_id {
    TEXT_ID,
    TEXT_USER,
    TEXT_CALLER,
    TEXT_CLIENT_ADDRESS,
    TEXT_SERVER_ADDRESS,
    TEXT_TUNNEL_ADDRESS4,
    TEXT_TUNNEL_ADDRESS6,
    TEXT_TUNNEL_SERVER4,
    TEXT_INTERFACE,
    TEXT_BUNDLE,
    TEXT_AUTH,
    TEXT_COUNT,
};

/* What a session's daemon says of it, in one allocation. Never changed: a change makes a new one. */
struct texts {
    uint32_t refs;
    uint16_t at[TEXT_COUNT]; /* offsets into data; data[0] is the empty string */
    char data[];
};

static inline const char *text_get(const struct texts *t, enum text_id id)
{
    return t->data + t->at[id];
}
/* NULL without memory. Entries must be within their limits (texts_check). */
struct texts *texts_new(const char *const from[static TEXT_COUNT]);
struct texts *texts_ref(struct texts *t);
void texts_unref(struct texts *t);
/* What the report says, with what is known (`old`, may be NULL) where it says nothing. */
void texts_merge(const char *to[static TEXT_COUNT], const struct router_session *s, const struct texts *old);
/* Is every text within its limit, and the id there? 0 or -EINVAL. */
int texts_check(const char *const from[static TEXT_COUNT]);
bool texts_equal(const struct texts *t, const char *const from[static TEXT_COUNT]);
bool text_fits(const char *s, size_t max); /* NULL fits */

/* ---- counters (stats.c) ---- */

/* The counters that every session has. The error counters are rare, so they are kept apart. */
enum traffic_id {
    TRAFFIC_BYTES_OUT,
    TRAFFIC_BYTES_IN,
    TRAFFIC_FRAMES_OUT,
    TRAFFIC_FRAMES_IN,
    TRAFFIC_COUNT,
};
struct traffic {
    uint64_t v[TRAFFIC_COUNT];
};
#define LINE_ERRORS 6u
/* Of a session that has had a line error: as `struct traffic` in stats. */
struct line_errors {
    uint64_t now[LINE_ERRORS], port_base[LINE_ERRORS], connection_base[LINE_ERRORS];
};
struct stats {
    struct traffic now;             /* the daemon's own */
    struct traffic port_base;       /* what `now` was when the port was cleared */
    struct traffic connection_base; /* ... when the connection was */
    uint32_t ratio_in, ratio_out;
    struct line_errors *errors; /* NULL: none yet */
};

void stats_init(struct stats *st);
void stats_fini(struct stats *st);
/* Get the memory that taking over `c` will need: 0 or -ENOMEM. Nothing that is seen changes. */
int stats_prepare(struct stats *st, const struct router_counters *c);
/* Take over what the daemon says. Without memory for line errors (not prepared) these are lost, the rest is not. */
void stats_apply(struct stats *st, const struct router_counters *c);
void stats_clear_port(struct stats *st);
void stats_clear_connection(struct stats *st);
void stats_raw(const struct stats *st, struct router_counters *ret);
void stats_port(const struct stats *st, struct router_counters *ret);
void stats_add_raw(const struct stats *st, struct router_counters *sum);
void stats_add_connection(const struct stats *st, struct router_counters *sum);

/* ---- objects ---- */

struct port {
    struct session *session;      /* NULL: idle */
    struct router_driver *driver; /* NULL: there is no port on this slot; `raised` may stand for one that there was */
    char *error;                  /* last error, owned (port_set_error), or NULL */
    uint32_t raised;              /* sessions started here, skipped ones included: its low bits are the generation */
    uint32_t skipped;             /* of these, those that were skipped after an unclean stop */
    uint32_t slot, index;
    uint32_t next_free; /* slot; 0: the last */
    bool failed;
    char name[ROUTER_PORT_NAME_MAX + 1u];
};

struct session {
    UT_hash_handle hh; /* router_driver.sessions, by id */
    struct port *port; /* NULL: waits for one (router_driver.waiting) */
    struct router_connection *connection;
    struct session *prev, *next; /* links of the connection in slot order, or router_driver.waiting */
    struct user *user;           /* NULL: not known, or not registered (any more) */
    struct session *user_prev, *user_next;
    void *channel; /* good while present */
    int64_t start; /* 0: not known yet */
    uint64_t line_speed;
    struct order *order; /* that stands, or NULL */
    struct texts *texts;
    struct stats stats;
    uint8_t state; /* enum router_session_state */
    bool present;  /* its driver has reported it since it attached */
    bool kept_out; /* it has come although its user is kept out: to be ended */
    bool refused;  /* its user may not dial in: told so, and to be ended */
    bool was_up;   /* SESSION_UP has been told */
    bool restored; /* known from before a restart, and not reported since */
    bool quarantined;
    uint8_t can; /* ROUTER_CAN_* */
};

/* All sessions of one user, in whatever domain. */
struct user {
    UT_hash_handle hh;     /* router.users, by name without domain */
    struct session *first; /* ring through user_next; NULL only inside a report */
    uint32_t count;
    struct texts *texts; /* keeps the name's bytes */
};

/* Indexes of connections by text (index.c). */
enum index_id {
    INDEX_ADDRESS4,
    INDEX_ADDRESS6,
    INDEX_COUNT,
};
struct index_key {
    UT_hash_handle hh;
    struct router_connection *first; /* ring through index_link; NULL only inside a report */
    struct texts *texts;             /* keeps the key's bytes */
};
struct index_link {
    struct index_key *key; /* NULL: not in this index */
    struct router_connection *prev, *next;
};

/* The connection with this bundle. */
struct bundle {
    UT_hash_handle hh;
    struct router_connection *connection;
    char key[]; /* driver NUL user NUL bundle */
};
/* What only connections that may have several links need. */
struct multilink {
    struct bundle *bundle;                   /* NULL: restored, and not known yet */
    struct router_counters ended_raw, ended; /* of links that are gone; `ended` since the connection was cleared */
};

struct router_connection {
    struct session *links;   /* after the end: the last one, owned */
    struct session *lead;    /* whose texts we show; NULL when that link is gone */
    struct texts *texts;     /* the lead's */
    struct multilink *multi; /* NULL: one link only */
    int64_t start;           /* wall clock */
    int64_t since_ms;        /* monotonic, may be negative; after the end: how long it lasted */
    struct index_link index[INDEX_COUNT];
    uint8_t guid[16];
    uint32_t handle, refs;
    uint32_t link_count;
    bool ended;
};

/* A queue of deadlines, the earliest first. All of one queue have the same length, so that new ones go to its end; only
 * after a change of configuration does one have to look for its place. */
struct deadline {
    struct deadline *prev, *next;
    uint64_t at;
    struct order *order; /* NULL: not in a queue */
};
struct deadline_queue {
    struct deadline *first, *last;
};

struct waiter {
    struct waiter *next;
    router_done *done;
    void *cookie;
    int result;
};
struct waiter_queue {
    struct waiter *first, **end;
};

struct order {
    UT_hash_handle hh; /* router.orders, by id */
    uint64_t id;
    uint64_t tag;
    uint32_t keep_out; /* whose order it is, 0: none's */
    uint64_t asked_ms;
    struct session *session;
    char *reason, *by; /* or NULL */
    struct waiter_queue waiters;
    struct job_mark *marks; /* of the jobs that wait for its outcome (job.c) */
    uint32_t job;           /* that has given it; 0: none */
    struct deadline accept; /* armed while waiters wait */
    struct deadline end;    /* gone, or when `hard` given up */
    bool hard, sent, accepted;
};

struct router_driver {
    struct router_driver *next;
    struct session *sessions; /* hash by id */
    struct session *waiting;  /* reported while all ports are held by sessions that may be gone (ring) */
    uint32_t waiting_count;
    char *name, *instance, *device_type, *device_name, *prefix; /* owned, one each */
    uint32_t *slots;                                            /* by index - 1; 0: not made */
    uint32_t slots_cap, slots_low;                              /* every index up to slots_low is made */
    uint32_t port_count, in_use, limit;
    uint32_t fixed;                 /* as many ports it wants to have at all times, 0: as it needs them */
    uint32_t absent;                /* sessions on ports that are not present */
    uint32_t free_first, free_last; /* idle ports up to limit, oldest first */
    uint32_t attached;
    uint32_t number; /* rises along the list, never given twice */
    uint64_t sessions_started, sessions_refused, orders, orders_confirmed, orders_failed;
    uint64_t unknown_at; /* session driver: when sessions that are not present are given up; UINT64_MAX: never */
    enum router_driver_kind kind;
    bool in_snapshot;
};

struct handle_node;

struct type_limit; /* limit.c */

struct job; /* job.c */
struct job_list {
    struct job *first, *last;
    uint32_t n;
};

struct router {
    const struct router_ops *ops;
    void *ctx;
    struct router_config config;
    struct port *chunks[PORT_CHUNKS];
    uint32_t highest_slot, lowest_free_slot, port_count, in_use;
    uint32_t floor_calls, most_calls;
    uint32_t new_calls; /* where ports that are made begin: at least the floor */
    struct router_driver *drivers;
    uint32_t driver_count, last_driver;
    struct type_limit *limits;
    uint32_t limit_count;
    bool ever_attached;
    struct handle_node *connections; /* by handle */
    uint32_t connection_count, last_connection, highest_connection;
    struct index_key *index[INDEX_COUNT];
    struct user *users;
    struct keep_out *keep_outs; /* by number */
    struct kept_user *kept_users;
    uint32_t last_keep_out;
    uint64_t keep_out_due_ms; /* when to look whether one is over, UINT64_MAX: never */
    struct bundle *bundles;
    struct order *orders;
    uint64_t last_order;                   /* the number of the last order or errand: drivers answer both alike */
    uint64_t orders_given;                 /* without errands */
    struct errand *errands, **errands_end; /* the oldest first */
    uint32_t errand_count;
    struct deadline_queue accept, gone, hard;
    uint64_t latest_ms; /* the last moment that an order's life saw */
    struct job *jobs;   /* hash by number: both lists */
    struct job_list jobs_running, jobs_ended;
    uint32_t last_job;         /* 0: there was none yet */
    size_t failures_kept;      /* of all jobs */
    struct waiter_queue ready; /* to be called when the router is consistent */
    uint64_t sessions_started, sessions_refused, orders_confirmed, orders_failed;
};

/* ---- router.c ---- */

void event_emit(struct router *r, const struct router_event *e);
/* An event with everything that a session can tell. */
struct router_event event_of_session(enum router_event_type type, const struct session *s);

/* ---- port.c ---- */

uint32_t port_handle(const struct port *p);
struct port *port_by_slot(const struct router *r, uint32_t slot); /* or NULL */
/* Make the port of this slot (0: the next) and index (0: the next) of a driver. -ENOSPC, -ENOMEM. */
int port_make(struct router *r, struct router_driver *d, uint32_t slot, uint32_t index, struct port **ret);
/* Memory for n more ports of a driver, for which max_ports has room, so that ports_make() can't fail. It stays when
 * they are not made: the next ones take it. 0, -ENOMEM. */
int ports_reserve(struct router *r, struct router_driver *d, uint32_t n);
/* Make the next n ports, idle ones. */
void ports_make(struct router *r, struct router_driver *d, uint32_t n);
/* A free port of the driver, made if there may be more. -ENOSPC; -EDQUOT: its type is at the limit; -ENOMEM. Owned by
 * the caller until port_put(). */
int port_take(struct router *r, struct router_driver *d, struct port **ret);
/* The same, above the limit of its type if need be. -ENOSPC, -ENOMEM. */
int port_take_any(struct router *r, struct router_driver *d, struct port **ret);
void port_put(struct router *r, struct port *p);
/* An idle one, which is not among the free ones, vanishes: its driver is forgotten, or there are too many. */
void port_retire(struct router *r, struct port *p);
/* The last n idle ports of a driver, which has so many, vanish. */
void ports_retire_idle(struct router *r, struct router_driver *d, uint32_t n);
/* There was a port on this slot, which has gone up to this. 0, -ENOMEM. */
int port_restore_retired(struct router *r, uint32_t slot, uint32_t raised);
/* How far it had gone; 0: there was none, or there is one. */
uint32_t port_retired(const struct router *r, uint32_t slot);
void port_set_error(struct port *p, const char *text); /* NULL: none */
void port_free_all(struct router *r);
/* After a driver's limit has changed. */
void port_free_list_rebuild(struct router *r, struct router_driver *d, uint32_t old_limit);
enum router_port_state port_state(const struct port *p);

/* ---- limit.c ---- */

/* How many ports a driver lacks that wants to have so many and be of that type, and may have. */
uint32_t limit_lacking(const struct router *r, const struct router_driver *d, uint32_t ports, const char *type);
/* Does its type have more ports than it may? */
bool limit_exceeded(const struct router *r, const struct router_driver *d);
/* Room for one port of the driver; an idle one of another driver of its type makes way. False: there is none. */
bool limit_make_room(struct router *r, const struct router_driver *d);
/* Idle ports of the type that are above its limit vanish. */
void limit_trim(struct router *r, const char *type);
void limit_free_all(struct router *r);

/* ---- session.c ---- */

/* What a session needs to be part of a connection; prepared first, so that failure changes nothing. */
struct join {
    struct router_connection *connection; /* NULL: nothing to do */
    bool made;                            /* for this session */
};

struct session_end {
    const char *reason, *by; /* or NULL */
    const struct router_counters *counters;
    bool counters_final;
    enum router_told told;
    enum router_outcome outcome; /* of the session, and of the order if one stands */
    int waiters;                 /* what those are told who wait for that order, as router_done: 0, they are gone */
};
struct session *session_find(struct router_driver *d, const char *id);
/* End a session that has a port, and its order; waiters become ready. Frees it. */
void session_end(struct router *r, struct session *s, const struct session_end *end, const struct router_time *now);
void session_free(struct session *s);
struct session *session_new(struct texts *texts); /* takes the reference; NULL without memory (and drops it) */
/* Among the driver's and its user's sessions: 0, -ENOMEM. */
int session_register(struct router *r, struct router_driver *d, struct session *s);
void session_unregister(struct router *r, struct router_driver *d, struct session *s);
/* Can no order reach it now? */
bool session_away(const struct session *s);
/* Note that it is on this port. */
void session_occupy(struct router *r, struct session *s, struct port *p);
/* Put a new one on a free port (port_take), with what connection_prepare() gave. */
void session_place(struct router *r, struct session *s, struct port *p, const struct join *join);

/* ---- waiting.c: sessions that wait for a port ---- */

bool waiting_may(const struct router_driver *d);
void waiting_add(struct router_driver *d, struct session *s);
void waiting_remove(struct router_driver *d, struct session *s); /* does not free */
void waiting_drop_all(struct router *r, struct router_driver *d);
/* Give free ports to those who wait. */
void waiting_place(struct router *r, struct router_driver *d, const struct router_time *now);

/* ---- connection.c, connection_view.c ---- */

/* The connection of a session with these texts: the one of its bundle, else a new one. Not `leaving`, if that has but
 * one link: it will have ended when the session joins. 0, -ENOMEM. */
int connection_prepare(struct router *r, struct router_driver *d, struct texts *t,
                       const struct router_connection *leaving, int64_t start, const struct router_time *now,
                       struct join *ret);
/* The connection that had this handle before a restart. -EINVAL when it can't be the same. */
int connection_prepare_restored(struct router *r, struct router_driver *d, struct texts *t, uint32_t handle,
                                int64_t start, const struct router_time *now, struct join *ret);
void connection_discard(struct router *r, struct join *j);
void connection_join(struct router *r, struct session *s, const struct join *j);
/* The link is gone; ends the connection with its last one. True when the session is the connection's now. */
bool connection_leave(struct router *r, struct session *s, const struct router_time *now);
/* Texts of a link change. -ENOMEM: nothing changed. */
int connection_retext(struct router *r, struct session *s, struct texts *t);
void connection_free(struct router_connection *c); /* when nobody has a reference */
/* How long it has lasted. */
uint32_t connection_seconds(const struct router_connection *c, const struct router_time *now);
/* Those that are still there when all sessions are gone: referenced ones. */
void connection_free_all(struct router *r);

/* ---- users.c ---- */

/* All with this user name: those of other domains too. Or NULL. */
struct user *user_find(const struct router *r, const char *name);
/* The user of these texts, made when missing; *ret is NULL when they have none. 0, -ENOMEM. */
int user_get(struct router *r, struct texts *t, struct user **ret);
void user_drop(struct router *r, struct user *u); /* if he has no session; NULL is fine */
/* From now on the session is this user's (NULL: nobody's). */
void user_put(struct router *r, struct session *s, struct user *u);
void user_remove(struct router *r, struct session *s);

/* ---- index.c ---- */

/* The key for this text of `t`, made when missing; *ret is NULL for an empty text. 0, -ENOMEM. */
int index_key_get(struct router *r, enum index_id id, struct texts *t, struct index_key **ret);
void index_key_drop(struct router *r, enum index_id id, struct index_key *key); /* if nobody has it; NULL is fine */
void index_add(struct router_connection *c, enum index_id id, struct index_key *key);
void index_remove(struct router *r, struct router_connection *c, enum index_id id);

/* ---- handles.c: ordered map of connection handles ---- */

int handles_put(struct handle_node **root, uint32_t handle, struct router_connection *c); /* 0, -ENOMEM */
void handles_remove(struct handle_node **root, uint32_t handle);
struct router_connection *handles_get(const struct handle_node *root, uint32_t handle);
struct router_connection *handles_from(const struct handle_node *root, uint32_t from); /* the first at or above */
uint32_t handles_count(const struct handle_node *root, uint32_t from);                 /* how many at or above */

/* ---- deadline.c ---- */

void deadline_arm(struct deadline_queue *q, struct deadline *d, struct order *o, uint64_t at);
void deadline_disarm(struct deadline_queue *q, struct deadline *d);          /* one that is not armed is fine */
struct order *deadline_due(const struct deadline_queue *q, uint64_t now_ms); /* the first that is due, or NULL */

/* ---- order.c ---- */

/* The session is present again: tell its driver of the order that stands. */
void order_resume(struct router *r, struct order *o, const struct router_time *now);
/* The driver is away: who waits is told, the order stands. */
void order_suspend(struct router *r, struct order *o);
struct order_result {
    enum router_outcome outcome;
    enum router_told told;
    const char *reason;
    bool counters_final; /* the session's counters, which the outcome is told with, are the daemon's last word */
    int waiters;         /* what those get who still wait */
};
/* Over. The session, which goes on or not, has no order any more. */
void order_finish(struct router *r, struct order *o, const struct order_result *result, const struct router_time *now);
/* For a job: an order for this session, or the one that stands, hardened if need be. Nobody waits for its acceptance.
 * 0: one stands now. -ENODEV: it could not be sent, and has failed. -ENOMEM. */
int order_give(struct router *r, struct session *s, const struct router_ask *ask, uint32_t job,
               const struct router_time *now);
void order_tick(struct router *r, const struct router_time *now);
uint64_t order_next_deadline(const struct router *r);
/* The router ends: every order that stands gets an outcome, everybody who waits an answer. */
void order_abandon_all(struct router *r);
/* This one's answer is there: its result is set. The router frees it. */
void waiters_ready(struct router *r, struct waiter *w);
/* Call those whose answer is there. The last act of a public function: they may call it again. */
void waiters_call(struct router *r);

/* ---- job.c ---- */

/* An order has its outcome: so have the jobs that wait for it. Before the order is freed. */
void job_outcome(struct router *r, struct order *o, const struct order_result *result, bool confirmed,
                 const struct router_time *now);
void job_tick(struct router *r, const struct router_time *now);
uint64_t job_next_deadline(const struct router *r);
/* This driver's sessions are about to be given up: those that a job has still to come to have failed. */
void job_give_up(struct router *r, const struct router_driver *d, const struct router_time *now);
/* The router ends: nothing more is asked for. The orders that stand still have to get their outcome. */
void job_stop_all(struct router *r, const struct router_time *now);
void job_free_all(struct router *r); /* when all have ended */

/* ---- keep_out.c, keep_out_door.c ---- */

/* What a session was before a report. */
struct arrival {
    bool known, present, was_up;
    bool renamed; /* the report gives it another user */
    bool waited;  /* for a port: it has been heard of before */
};
struct arrival arrival_before(const struct session *s, const struct router_session *said); /* s NULL: not known */
/* If the session arrives with this report and its user is kept out, it is ordered to be disconnected. Its driver may be
 * told from within. */
void keep_out_look(struct router *r, struct session *s, const struct arrival *before, const struct router_time *now);
/* The order for it was refused: once more, the hard way. */
void keep_out_refused(struct router *r, struct session *s, const struct router_time *now);
void keep_out_driver_away(struct router *r, const struct router_driver *d); /* its answers count no more */
void keep_out_tick(struct router *r, const struct router_time *now);
void keep_out_free_all(struct router *r);

/* ---- admission.c ---- */

/* If the session arrives with this report, its owner hears of its user. */
void admission_look(struct router *r, struct session *s, const struct arrival *before);
/* The order for it was refused: once more, the hard way. */
void admission_refused(struct router *r, struct session *s, const struct router_time *now);

/* ---- errand.c ---- */

/* The session is about to end, or no errand can reach it any more: its errands have this result. */
void errand_drop(struct router *r, const struct session *s, int result);
void errand_tick(struct router *r, const struct router_time *now);
uint64_t errand_next_deadline(const struct router *r);
void errand_abandon_all(struct router *r);
/* A session that is on a port is in quarantine from now on, or not; `by` NULL: its driver says so. */
void quarantine_emit(struct router *r, const struct session *s, const char *by);

/* ---- driver.c ---- */

/* A driver that the router is going to have; prepared first, so that failure changes nothing. */
struct driver_entry {
    struct router_driver *driver;
    bool made; /* and not the router's yet */
};
/* The driver of this name and instance, made with the texts of `info` when there is none. A known one is left as it is.
 * To be given to driver_enter() or driver_discard(). 0, -EBUSY, -EINVAL, -ENOSPC, -ENOMEM. */
int driver_prepare(const struct router *r, const struct router_driver_info *info, struct driver_entry *ret);
void driver_enter(struct router *r, const struct driver_entry *e, enum router_driver_kind kind);
void driver_discard(struct driver_entry *e); /* an empty one is fine */
void driver_tick(struct router *r, const struct router_time *now);
uint64_t driver_next_deadline(const struct router *r);
void driver_free_all(struct router *r);

#endif
