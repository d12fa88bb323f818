/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The domain: ports, sessions, connections, statistics and the disconnect state machine.
 *
 * No I/O, no threads, no clock: time comes in as an argument, orders to drivers and events go out through callbacks.
 * One thread owns a router. Callbacks are made from within router_*() calls; they must not call back into the router
 * except where said.
 *
 * Words. A *driver* is one instance of a program that carries sessions (openvpn:main). A *port* is a slot that a
 * session can occupy; ports vanish when their driver is forgotten, and when their type has more than its limit allows
 * (limit.h). A *session* is what a daemon calls one client's
 * link; it sits on one port. A *connection* is one user's: one session, or several with multilink. Errors are negative
 * errno.
 *
 * Handles. A port handle is slot | (sessions ever started there mod 2048) << 20. The generation goes up when a session
 * *starts*, and stays when it ends: so the handle of a session that has just ended is that of an idle port (-ENOTCONN),
 * until somebody else is there (-EINVAL). Eleven bits tell a handle from the 2,047 sessions after it; the next one
 * would have it again.
 *
 * Identity. A session is (driver, id, start). A start of 0 is "not known yet" and goes with every start: the first one
 * that is told is fixed then. So a driver that can't tell the start must never use an id twice.
 */
#ifndef OPENRRAS_ROUTER_ROUTER_H
#define OPENRRAS_ROUTER_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- limits ---- */

#define ROUTER_SLOTS_MAX       0xfffffu  /* a port handle has 20 bits for the slot; slot 0 is not used */
#define ROUTER_GENERATIONS     2048u     /* and 11 bits for the session generation */
#define ROUTER_PORT_NAME_MAX   16u       /* characters, as MAX_PORT_NAME */
#define ROUTER_ID_MAX          128u      /* bytes of a daemon's own session id */
#define ROUTER_USER_MAX        512u      /* bytes of a user name */
#define ROUTER_TEXT_MAX        256u      /* bytes of any other text: addresses, names, reasons */
#define ROUTER_LINKS_MAX       64u       /* links of one connection; a further one gets a connection of its own */
#define ROUTER_DRIVERS_MAX     1024u     /* different drivers that a router remembers */
#define ROUTER_DEADLINE_MAX_MS 86400000u /* no deadline of the configuration is longer than a day */

/* A moment, on two clocks. */
struct router_time {
    uint64_t mono_ms; /* monotonic, milliseconds: deadlines, ages */
    int64_t wall_s;   /* seconds since 1970: what daemons report as a session's start */
};

struct router;
struct router_driver;

/* ---- what is seen ---- */

enum router_port_state {
    ROUTER_PORT_AWAY,           /* its driver is not there; a session on it is not forgotten */
    ROUTER_PORT_LISTENING,      /* free */
    ROUTER_PORT_AUTHENTICATING, /* a client is on its way in */
    ROUTER_PORT_CALLING_BACK,
    ROUTER_PORT_CONNECTED,
    ROUTER_PORT_DISCONNECTING, /* an order to disconnect stands, or the daemon says so */
};

/* Counts since the session began, seen from the server: out is to the client. */
struct router_counters {
    uint64_t bytes_out, bytes_in;
    uint64_t frames_out, frames_in;
    uint64_t crc_errors, timeout_errors, alignment_errors, hardware_overruns, framing_errors, buffer_overruns;
    uint32_t ratio_in, ratio_out; /* compressed / plain size in percent; 100: no compression, or not known */
};

/* A port as it is now. Strings belong to the router and are good until its next call that changes anything. */
struct router_port_view {
    uint32_t handle;     /* with the current generation */
    uint32_t slot;       /* 1 .. router_port_count() */
    uint32_t connection; /* connection handle, 0: none */
    enum router_port_state state;
    uint32_t calls;           /* sessions that this port has served, also before a clean restart */
    uint32_t connect_seconds; /* 0 when no connection */
    uint64_t line_speed;      /* bits per second, 0: not known */
    bool failed;              /* the last order to disconnect failed: the daemon refused, or did not do it in time */
    const char *last_error;   /* why, or "" */
    const char *name;         /* "openvpn-3" */
    const char *device_type;  /* "openvpn", "l2tp", ... */
    const char *device_name;  /* for people: "OpenVPN main" */
    const char *driver;       /* "openvpn" */
    const char *instance;     /* "main" */
    const char *id;           /* the daemon's id of the session, "" when none */
    const char *user;         /* of the session, whole (common/user_name.h), "" when none or not known */
    const char *auth;         /* how the user was authenticated, "" when not known; all that follow as in the session */
    const char *caller, *client_address, *server_address;
    const char *tunnel_address4, *tunnel_address6, *tunnel_server4, *interface, *bundle;
    int64_t start;                   /* of the session, as its driver says; 0: none, or not known */
    bool quarantined;                /* its driver lets the user reach a few places only (errand.h) */
    uint8_t can;                     /* ROUTER_CAN_*: what its driver can be asked for this session */
    uint64_t order;                  /* to disconnect it, that stands; 0: none */
    struct router_counters counters; /* less the base line that clearing has set */
};

struct router_connection_view {
    uint32_t handle;
    uint32_t links;      /* ports that carry it now */
    uint32_t first_port; /* handle of one of them, 0 when the last is gone */
    uint32_t connect_seconds;
    int64_t start;    /* wall clock */
    uint8_t guid[16]; /* random, as on the wire */
    const char *user; /* UTF-8; a name that is not is shown with \xNN escapes */
    const char *device_type;
    const char *caller;                            /* host name or number that the client gave, or "" */
    const char *client_address;                    /* outer address (may carry a port), or "" */
    const char *server_address;                    /* our outer address, or "" */
    const char *tunnel_address4, *tunnel_address6; /* the client's addresses inside the tunnel, or "" */
    const char *tunnel_server4;                    /* ours, or "" */
    const char *interface;                         /* network interface, or "" */
    bool quarantined;                              /* one of its links is */
    uint8_t can;                                   /* ROUTER_CAN_*, of any link */
    struct router_counters counters;               /* of all links, ended ones too, less the base line */
};

struct router_totals {
    uint32_t ports;        /* all */
    uint32_t ports_in_use; /* with a session */
    uint32_t connections;
    uint64_t sessions_started, sessions_refused;
    uint64_t orders, orders_confirmed, orders_failed;
};

/* ---- what the router asks for ---- */

enum router_outcome {
    ROUTER_OUTCOME_GONE,       /* confirmed: the daemon has ended the session */
    ROUTER_OUTCOME_NO_SESSION, /* the daemon did not know it any more: gone before the order came */
    ROUTER_OUTCOME_REFUSED,    /* the daemon refused, last_error says why */
    ROUTER_OUTCOME_FAILED,     /* not gone in time, also not the hard way; or it could not even be sent */
    ROUTER_OUTCOME_LOST,       /* no longer known: router_driver_give_up(). It may have ended or not */
};

/* Did the client hear that it was disconnected? Some daemons can't know. */
enum router_told {
    ROUTER_TOLD_UNKNOWN,
    ROUTER_TOLD_YES,
    ROUTER_TOLD_NO,
};

enum router_event_type {
    ROUTER_EVENT_SESSION_UP,      /* connected */
    ROUTER_EVENT_SESSION_CHANGED, /* also: there, but not connected yet. Counters alone make no event */
    ROUTER_EVENT_SESSION_GONE,    /* exactly one for each session that was on a port; also when it is given up */
    ROUTER_EVENT_CONNECTION_UP,
    ROUTER_EVENT_CONNECTION_GONE, /* exactly one for each connection */
    ROUTER_EVENT_ORDER,           /* before the driver is asked */
    ROUTER_EVENT_OUTCOME,         /* exactly one for each order */
    ROUTER_EVENT_DRIVER_UP,
    ROUTER_EVENT_DRIVER_DOWN,
    ROUTER_EVENT_DRIVER_HEALTH, /* its words have changed: `reason` */
    ROUTER_EVENT_KEEP_OUT, /* added, or its end or reason replaced: `keep_out`, user, driver, instance, reason, by */
    ROUTER_EVENT_KEEP_OUT_END, /* lifted, or its time is over: as above */
    ROUTER_EVENT_JOB,          /* has begun or ended: `job_view` (router/job.h) */
    ROUTER_EVENT_NO_ORDER,     /* a job has come to a session and given no order: `result` 0: it joined `order` */
    ROUTER_EVENT_KEPT_OUT,     /* a user was turned away: `keep_out`; at log-on there is no session */
    ROUTER_EVENT_USER_REFUSED, /* a user may not dial in (router/admission.h): `reason`; at log-on there is no session
                                */
    ROUTER_EVENT_QUARANTINE,   /* a session was put into quarantine, or released: `quarantined`, by */
};

/* What happened. Pointers are good during the callback only. Members that do not belong to the type are zero. */
struct router_event {
    enum router_event_type type;
    uint32_t port;       /* handle */
    uint32_t connection; /* handle */
    const char *driver, *instance;
    const char *device_type;
    const char *id;
    const char *user;
    const char *client_address, *tunnel_address4, *tunnel_address6;
    const char *port_name;
    int64_t start;
    const char *reason; /* why the session ended, or the order failed; of an order, the asker's; words of a driver */
    const char *by;     /* of orders, keep-outs and sessions given up: who asked, NULL: the server itself */
    const struct router_counters *counters; /* final ones, as the daemon counts: clearing does not change them */
    bool counters_final;                    /* the daemon's last word; else the last that was seen */
    uint64_t order;                         /* order id, rising */
    uint64_t tag;                           /* the asker's (router_ask) */
    enum router_outcome outcome; /* of an order; of a session that is gone LOST, or any other that is no loss */
    enum router_told told;
    uint64_t took_ms;  /* order to outcome */
    bool hard;         /* the order had to be repeated the hard way */
    uint32_t keep_out; /* number of a keep-out */
    uint32_t job;      /* of orders and their outcomes: the job that gave it; 0: none */
    int result;        /* why a job gave no order: -ENODEV, -ENOMEM */
    bool quarantined;  /* the session is */
    const struct router_job_view *job_view;
};

/* One order to a driver: end exactly this session. */
struct router_order {
    uint64_t order;
    const char *id; /* identity: the daemon's own id ... */
    int64_t start;  /* ... and the start that it reported */
    bool hard;
    const char *reason;
    uint32_t deadline_ms; /* until it must be gone */
};

struct router_errand; /* errand.h */

/* A user who is kept out (keep_out.h). */
struct router_keep_out {
    uint32_t number;
    const char *user;
    const char *driver;      /* only of this driver, "openvpn" or "openvpn:main"; "": of any */
    const char *reason, *by; /* or "" */
    int64_t since, until;    /* wall clock, seconds */
    uint64_t turned_away;    /* so many attempts to come were refused at log-on, or ended on arrival */
    int64_t last_attempt;    /* wall clock, 0: none */
};

struct router_ops {
    /* Give the order to the driver. `channel` is what the session was reported with. 0, or negative errno when it can't
     * be sent (the driver is as good as away). The driver answers with router_order_reply(), never from inside this
     * call. */
    int (*send_disconnect)(void *ctx, void *channel, const struct router_order *order);
    void (*event)(void *ctx, const struct router_event *event);
    /* 16 random bytes, for the connection's GUID. */
    void (*random)(void *ctx, uint8_t *dst, size_t n);
    /* From now on drivers are to turn this user away, or with another end or reason than before; it is over. To be told
     * to them, and stored. May be NULL. */
    void (*keep_out)(void *ctx, const struct router_keep_out *k);
    void (*keep_out_end)(void *ctx, const struct router_keep_out *k);
    /* One more was turned away: its counts have changed, and nothing else. To be stored in time. May be NULL. */
    void (*keep_out_counted)(void *ctx, const struct router_keep_out *k);
    /* A connected session of this user (never "") has arrived: it is new, is told anew, has become connected, or has
     * become this user's. May be NULL. */
    void (*arrived)(void *ctx, const char *user);
    /* Like send_disconnect, for errand.h. NULL: no driver can be asked. */
    int (*send_errand)(void *ctx, void *channel, const struct router_errand *errand);
};

struct router_config {
    uint32_t max_ports;  /* of all drivers together, at most ROUTER_SLOTS_MAX */
    uint32_t accept_ms;  /* the driver must answer an order: 2000 */
    uint32_t gone_ms;    /* the session must be gone: 10000 */
    uint32_t hard_ms;    /* after that, more time for the hard way: 5000 */
    uint32_t unknown_ms; /* how long a session of a session driver may be missing after a restart: 60000 */
    uint32_t max_jobs;   /* that run at once, at most ROUTER_JOBS_MAX (router/job.h): 64 */
};

/* NULL without memory or when config is out of range (no time may be 0). `ops` must outlive the router. */
struct router *router_new(const struct router_config *config, const struct router_ops *ops, void *ctx);
/*
 * Orders that stand get their outcome (FAILED, "the server stops"), those who wait for one -ETIMEDOUT, jobs end;
 * sessions end silently, for they go on without us. These last callbacks must not call the router. With a
 * connection that a reader still has nothing can be done then but router_connection_unref().
 */
void router_free(struct router *r);
/* Take over new deadlines and limits; what stands already keeps its deadline. -EINVAL when out of range. */
int router_reconfigure(struct router *r, const struct router_config *config);

/* ---- drivers ---- */

enum router_driver_kind {
    ROUTER_DRIVER_DAEMON,  /* one channel for many sessions; begins with a snapshot */
    ROUTER_DRIVER_SESSION, /* one channel is one session; the driver is the pool that they share */
};

struct router_driver_info {
    enum router_driver_kind kind;
    const char *name;        /* "openvpn" */
    const char *instance;    /* "main"; of a session driver: the pool, "l2tp" */
    const char *device_type; /* "openvpn" */
    const char *device_name; /* "OpenVPN main", or NULL: made of type and instance */
    const char *port_prefix; /* names ports PREFIX-1, PREFIX-2, ...; NULL: the device type */
    uint32_t ports;          /* fixed number, all listed; 0: as many as needed, up to max_ports */
    uint32_t max_ports;      /* with ports = 0: the most, 0: the router's own limit */
};

/*
 * A driver is there. Its ports become operational; sessions that were on them stay as they are until the snapshot ends.
 * Of a daemon driver a second live one is refused with -EBUSY; a session driver may be attached many times, once for
 * each channel. -ENOSPC: its ports do not fit, or there are ROUTER_DRIVERS_MAX others; -EINVAL: a name is missing or
 * too long, or it was of the other kind and still has sessions; -ENOMEM. Nothing changes then. *ret belongs to the
 * router and is good until it is freed.
 *
 * No port is taken away for it: when a driver comes back with fewer, the surplus ones are away once they are idle. It
 * gets no more than the limit of its type lets it have (limit.h). Idle
 * ports of a session driver listen without it, because each channel comes with its session.
 */
int router_driver_attach(struct router *r, const struct router_driver_info *info, const struct router_time *now,
                         struct router_driver **ret);
/*
 * It has said what it is, but the daemon behind it is away: its ports are made and named as by an attach, and they are
 * away, or stay what they are when other channels of a session driver are attached. Returns as an attach.
 */
int router_driver_introduce(struct router *r, const struct router_driver_info *info, struct router_driver **ret);
/* A daemon driver that was introduced, or attached and detached, is there (again): the same as another attach with what
 * it has said before. Can't fail; nothing happens when it is there already. */
void router_driver_back(struct router *r, struct router_driver *d);
/*
 * It is gone (once for each attach). Ports are away, sessions are kept, orders stand and their deadlines run on; those
 * who wait for an acceptance get -ETIMEDOUT. When a session is reported again, the order that stands for it is sent
 * again. Of a session driver only the last detach does that, and its sessions are given up after unknown_ms: the end of
 * one channel is the end of its session, so router_session_gone() comes first.
 */
void router_driver_detach(struct router *r, struct router_driver *d, const struct router_time *now);
/* The snapshot of a daemon driver is complete: sessions that were not in it are gone. */
void router_driver_snapshot_end(struct router *r, struct router_driver *d, const struct router_time *now);
bool router_driver_is_up(const struct router_driver *d);
/* Its words of how it is have changed: told on as an event. */
void router_driver_words(struct router *r, const struct router_driver *d, const char *words);
/*
 * Forget a driver that is away and has no session: its ports vanish, and it is a new one when it comes back. Their
 * slots are used again, with generations above all that were handed out there. -ENOENT: there is none; -EBUSY: it is
 * there, or has sessions. Whoever has introduced it must not use it any more.
 */
int router_driver_forget(struct router *r, const char *name, const char *instance);
/*
 * Forget a driver that is away with the sessions that it still has: *lost of them. Nothing was heard of their end, and
 * nothing is done to them: each is told as gone with the outcome LOST, the order that stands for it has this outcome,
 * too, and jobs that had still to come to it count it as failed. When the driver comes back and reports them, they are
 * new sessions. -ENOENT: there is no such driver; -EBUSY: it is there. Nothing changes then.
 */
int router_driver_give_up(struct router *r, const char *name, const char *instance, const char *by,
                          const struct router_time *now, uint32_t *lost);
#define ROUTER_GIVEN_UP "no longer known, for its driver was forgotten; it may still be up" /* the reason of that */

enum router_session_state {
    ROUTER_SESSION_KEEP,       /* not said: keep what is known; a new session is connecting */
    ROUTER_SESSION_CONNECTING, /* shown as authenticating */
    ROUTER_SESSION_AUTHENTICATING,
    ROUTER_SESSION_CALLING_BACK,
    ROUTER_SESSION_CONNECTED,
    ROUTER_SESSION_DISCONNECTING,
};

/* What a driver can be asked for a session besides to end it (errand.h). */
#define ROUTER_CAN_MESSAGE    0x1u
#define ROUTER_CAN_QUARANTINE 0x2u

enum router_quarantine {
    ROUTER_QUARANTINE_KEEP, /* not said; a new session is not in it */
    ROUTER_QUARANTINE_OFF,
    ROUTER_QUARANTINE_ON,
};

/* What a driver says of one session. NULL strings: not said, keep what is known ("" of a new session). */
struct router_session {
    const char *id; /* never NULL or empty; identity together with start */
    int64_t start;  /* wall clock, seconds; 0: not known */
    enum router_session_state state;
    const char *user, *caller, *client_address, *server_address;
    const char *tunnel_address4, *tunnel_address6, *tunnel_server4, *interface;
    const char *auth;   /* how the user was authenticated, in the daemon's words */
    const char *bundle; /* sessions of one driver name and user with the same bundle are one connection (multilink) */
    uint64_t line_speed;
    const struct router_counters *counters; /* NULL: not said */
    enum router_quarantine quarantine;
    uint8_t can;    /* ROUTER_CAN_*; said each time */
    bool refusable; /* its driver turns the client away when we refuse it */
};

/*
 * A session is there, or has changed. The same id with another start is another session: the old one is gone. `channel`
 * goes back with send_disconnect; when it is another one than before, an order that stands is sent again over it.
 * -ENOSPC: no port is free (the session is refused and counted), -EDQUOT: the same, because its type is at its limit
 * (only when it is `refusable`), -EINVAL: an id is missing or a text too long, -ENODEV:
 * the driver is not attached, -ENOMEM: nothing changed.
 *
 * It becomes a connection when it is connected for the first time. `bundle` is looked at then (or when it is first
 * told). A new session that finds all ports held by sessions of before (the snapshot has not ended, unknown_ms is not
 * over) is taken (0), but nobody sees it until one of these ports is free.
 */
int router_session_report(struct router *r, struct router_driver *d, void *channel, const struct router_session *s,
                          const struct router_time *now);

/*
 * New counters of a session that is known, and nothing else. -ENOENT when there is no such session: counters alone
 * never make one, for they may be late news of a session that has ended. -ENOMEM: nothing changed.
 */
int router_session_counters(struct router *r, struct router_driver *d, const char *id, int64_t start,
                            const struct router_counters *counters, const struct router_time *now);

struct router_gone {
    const char *id;
    int64_t start; /* 0: whichever has this id */
    const char *reason;
    const struct router_counters *counters; /* last ones, or NULL */
    bool counters_final;
    enum router_told told;
};
/* It has ended. -ENOENT when there is no such session; nothing else changes then. */
int router_session_gone(struct router *r, struct router_driver *d, const struct router_gone *gone,
                        const struct router_time *now);

/*
 * Of a session driver: its channel is not good any more, but nothing was said of its end (we have closed it ourselves).
 * Nobody knows whether the session goes on, so it is away, its order stands, and those who wait get -ETIMEDOUT; until
 * it is reported over another channel, or unknown_ms have passed since the last such loss. -ENOENT as above.
 */
int router_session_lost(struct router *r, struct router_driver *d, const char *id, int64_t start,
                        const struct router_time *now);

enum router_reply {
    ROUTER_REPLY_ACCEPTED,
    ROUTER_REPLY_NO_SESSION,
    ROUTER_REPLY_REFUSED,
};
/*
 * The driver's answer to an order. -ENOENT when no such order stands, when it is not this driver's, or when it was not
 * sent since the driver attached. An acceptance that comes after the waiters' time is fine. Which of a session driver's
 * channels answers is not looked at: the caller must not pass on a channel's answer to an order that it did not give to
 * it.
 */
int router_order_reply(struct router *r, struct router_driver *d, uint64_t order, enum router_reply reply,
                       const char *text, const struct router_time *now);

/* ---- orders ---- */

struct router_ask {
    bool hard;          /* leave out the polite try */
    const char *reason; /* for the client and the log, or NULL */
    const char *by;     /* who asks, for the events; NULL: the server itself */
    uint64_t tag;       /* comes back in the events */
    uint32_t keep_out;  /* number of the keep-out that it is given for, for the events; 0: none */
};

/* 0: the daemon has taken the order, or the session is gone. Else -ENODEV: driver away; -EREMOTEIO: refused;
 * -ETIMEDOUT: no answer in time, or the driver went away meanwhile: the order stands. May call router_*(). */
typedef void router_done(void *cookie, int result);

/*
 * Disconnect the session on a port. The handle must have the current generation.
 * 0: joined an order that the daemon has taken already; `done` is not called.
 * -EINPROGRESS: `done` will be called once, never from inside this call.
 * -EINVAL: no such port, the handle is of an earlier session, or a text is too long. -ENOTCONN: the port is idle.
 * -ENODEV: the driver is away, or the order could not be sent (then it has failed, with its two events). -ENOMEM.
 *
 * An order that stands but is not accepted yet is joined: its acceptance is waited for, anew when its time was over.
 * `hard` turns a polite order into a hard one, sent at once, with hard_ms to go; then *that* must be accepted. A hard
 * order from the start has hard_ms, too. After FAILED or REFUSED the port shows its session as before, with `failed`
 * and `last_error`, until the session ends.
 */
int router_port_disconnect(struct router *r, uint32_t handle, const struct router_ask *ask,
                           const struct router_time *now, router_done *done, void *cookie);

/* ---- reading and clearing ---- */

/* Slots that exist: 1 .. count. */
uint32_t router_port_count(const struct router *r);
/* By slot. False when there is none. */
bool router_port_at(const struct router *r, uint32_t slot, const struct router_time *now, struct router_port_view *ret);
/* By handle, any generation. False when there is no such slot. */
bool router_port_get(const struct router *r, uint32_t handle, const struct router_time *now,
                     struct router_port_view *ret);
static inline uint32_t router_handle_slot(uint32_t handle)
{
    return handle & ROUTER_SLOTS_MAX;
}
/* The port's counters start from zero again, and the sum of its connection, but not those of the connection's other
 * ports. False when there is no such slot. */
bool router_port_clear(struct router *r, uint32_t handle);

/*
 * Connections, in the order of their handles. A reference keeps one readable after it has ended (its counters then
 * stand still); every get and next gives one, to be dropped with router_connection_unref().
 */
struct router_connection;
struct router_connection *router_connection_get(struct router *r, uint32_t handle);   /* or NULL */
struct router_connection *router_connection_after(struct router *r, uint32_t handle); /* first above; 0: first */
/* All from the first above `handle`, at most max; references as above. Returns how many. */
size_t router_connections(struct router *r, uint32_t handle, struct router_connection **ret, size_t max);
/* How many there are above `handle`. The cost does not depend on the number. */
uint32_t router_connection_count(const struct router *r, uint32_t handle);
void router_connection_unref(struct router *r, struct router_connection *c);
void router_connection_view(const struct router *r, const struct router_connection *c, const struct router_time *now,
                            struct router_connection_view *ret);
/* Handles of the ports that carry it, in slot order; returns how many there are (may be more than max). */
size_t router_connection_ports(const struct router_connection *c, uint32_t *ret, size_t max);
/* The sum starts from zero again; the ports keep theirs. False when there is no such connection. */
bool router_connection_clear(struct router *r, uint32_t handle);

/* Connections with an address inside the tunnel: their handles, oldest first. Returns how many there are (may be more
 * than max). Texts are compared byte by byte: the driver's spelling counts. */
size_t router_find_address(const struct router *r, const char *address, uint32_t *ret, size_t max);

void router_get_totals(const struct router *r, struct router_totals *ret);

/* Each driver that was ever attached or restored, for status. */
struct router_driver_view {
    uint32_t number; /* from 1; a new one's is higher than all there have been */
    const char *name, *instance, *device_type, *device_name;
    enum router_driver_kind kind;
    bool up, in_snapshot;
    uint32_t ports, ports_in_use;
    uint64_t sessions_started, sessions_refused, orders, orders_confirmed, orders_failed;
};
size_t router_drivers(const struct router *r, struct router_driver_view *ret, size_t max);
/* The first in that list with a higher number; 0: the first. One that is forgotten moves no other. False: there are no
 * more. */
bool router_driver_after(const struct router *r, uint32_t number, struct router_driver_view *ret);

/* ---- time ---- */

/* When router_tick() is due (monotonic ms; it may have passed), UINT64_MAX: never. */
uint64_t router_next_deadline(const struct router *r);
void router_tick(struct router *r, const struct router_time *now);

/* ---- over a restart ---- */

/*
 * One slot, as saved at a clean stop. With it handles stay what they were: a session that is reported again with the
 * same identity gets its port, generation and connection handle back. A slot whose driver was forgotten has no driver
 * ("") and no index, and only keeps its generation.
 */
struct router_saved {
    uint32_t slot;
    uint32_t calls; /* the generation is its low bits */
    enum router_driver_kind kind;
    const char *driver, *instance, *device_type, *device_name, *port_prefix;
    uint32_t index; /* number of the port within its driver */
    const char *id; /* "" when the port was idle */
    int64_t start;
    uint32_t connection;
    const char *user;
    uint32_t skipped; /* of `calls`, those that were skipped after an unclean stop: only what is shown depends on it */
};
/* Calls `each` for every slot. Returns the first non-zero result of `each`, else 0. */
int router_save(const struct router *r, int (*each)(void *ctx, const struct router_saved *saved), void *ctx);
/*
 * Before any driver is attached. -EINVAL for what can't be (a slot, index or id twice or out of range, texts too
 * long, a connection of another driver); -ENOSPC: too many drivers; -ENOMEM. Nothing changes then. Ports that there
 * were may be more than max_ports, which limits new ones. Ports that are made later begin above what the highest
 * `skipped` says was skipped, and so above what any slot had before an unclean stop. A session is away until it is
 * reported, or gone when the snapshot ends without it; of a session driver, when unknown_ms has passed without it.
 */
int router_restore(struct router *r, const struct router_saved *saved, const struct router_time *now);

/*
 * Marks that are above everything that was handed out: the daemon stores them from time to time, ahead of use. After an
 * unclean stop router_set_floor() makes every generation and connection handle begin above them, so that an old handle
 * is refused rather than hits somebody else. The unpleasant truth: a generation has 11 bits, so when some port has
 * served 2,048 sessions or more, an old handle of a port that has served fewer may come up again; only a clean stop is
 * exact.
 */
struct router_marks {
    uint32_t calls;      /* no port has served more sessions than this */
    uint32_t connection; /* no connection handle was higher */
};
void router_get_marks(const struct router *r, struct router_marks *ret);
void router_set_floor(struct router *r, const struct router_marks *floor);

#endif
