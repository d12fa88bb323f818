/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every driver written in C has in common: the connection to rrasd, the handshake, the table of sessions and the
 * messages of docs/driver-protocol.md. A driver tells this library what its daemon does; the library tells rrasd, again
 * and completely whenever the connection has to be made anew. Lives in one libuv loop and its thread.
 *
 *     driver_new()                                  what kind of driver, which capabilities
 *     driver_session_put() for each session         what the daemon says now
 *     driver_online()                               the table is complete: connect, say hello, send the snapshot
 *     driver_session_put(), _counters(), _gone()    what changes
 *     ops.disconnect() -> driver_reply() -> driver_session_gone()
 *     driver_offline()                              the daemon is away: rrasd shows the ports as not operational, and
 *                                                   the administrator reads why
 *
 * Nothing waits without bound when rrasd does not read: sessions and counters that have changed are marked in the
 * table, and so are answers to keep-outs, and sent in their newest state when there is room. The rest (`gone`, `reply`,
 * `health`, `kept-out`) is queued; when that grows over `max_output` the connection is made anew, and the snapshot
 * tells everything.
 *
 * All functions return 0 or negative errno unless said otherwise, and copy what they are given. Callbacks are made from
 * the loop, never from within a call of this library; they may call anything here.
 */
#ifndef OPENRRAS_DRIVERS_COMMON_DRIVER_H
#define OPENRRAS_DRIVERS_COMMON_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* DRIVER_SOCKET, where rrasd listens unless it is told otherwise, comes from the build (meson.build). */

/* Limits of the protocol, in bytes. Texts other than `id` are cut to them, on a whole character, rather than refused.
 */
#define DRIVER_ID_MAX   128u
#define DRIVER_USER_MAX 512u
#define DRIVER_TEXT_MAX 256u
/* Keep-outs that are in force at once, as many as rrasd has. */
#define DRIVER_KEEP_OUTS_MAX 10000u
/* Questions about users that wait for an answer, as many as rrasd takes; and how long one waits: rrasd answers within 5
 * s, also when it has to say that it does not know. */
#define DRIVER_ASKS_MAX 256u
#define DRIVER_ASK_MS   6000u

struct driver;

enum driver_kind {
    DRIVER_DAEMON,  /* one connection for a daemon with many sessions */
    DRIVER_SESSION, /* one connection is one session */
};

/* What rrasd may ask of the driver (bits). */
enum driver_capability {
    DRIVER_CAN_DISCONNECT = 1 << 0,
    DRIVER_CAN_HARD = 1 << 1, /* end a session at once when the polite way has not worked */
    DRIVER_CAN_STATS = 1 << 2,
    DRIVER_CAN_KEEP_OUT = 1 << 3,   /* turn a user away at log-on; needs ops.keep_out */
    DRIVER_CAN_ADMISSION = 1 << 4,  /* asks at log-on whether a user may dial in; needs ops.admission */
    DRIVER_CAN_MESSAGE = 1 << 5,    /* show a text to a user; needs ops.message */
    DRIVER_CAN_QUARANTINE = 1 << 6, /* let a user reach a few places only; needs ops.quarantine */
};

struct driver_config {
    const char *socket; /* NULL: DRIVER_SOCKET */
    enum driver_kind kind;
    const char *name, *instance; /* letters, digits, - and _, at most 32 */
    const char *device_type;     /* at most 16 */
    const char *device_name;     /* or NULL; at most 128 characters */
    const char *port_prefix;     /* or NULL; at most 10 */
    uint32_t ports, max_ports;   /* fixed number, or 0: as many as needed, up to max_ports (0: rrasd's limit) */
    unsigned capabilities;       /* DRIVER_CAN_* */
    size_t max_output;           /* bytes that may wait for rrasd; 0: 1 MiB */
    uint32_t ask_ms;             /* a question about a user waits so long for its answer; 0: DRIVER_ASK_MS */
};

/* Which order: its number, and the connection it came over. An answer is only good on that one. */
struct driver_order_ref {
    uint64_t order;
    uint64_t connection;
};

/* End exactly this session. Pointers are good during the callback. */
struct driver_order {
    struct driver_order_ref ref;
    const char *id; /* identity, together with start */
    int64_t start;
    bool hard;
    const char *reason; /* for the client; may be "" */
    uint32_t deadline_ms;
};

/* Something to be done to a user who stays. Pointers are good during the callback. */
struct driver_errand {
    struct driver_order_ref ref;
    const char *id; /* identity, together with start */
    int64_t start;
    const char *text; /* of a message: what to show, without control characters; of quarantine "" */
    bool on;          /* into quarantine, or out of it */
    uint32_t deadline_ms;
};

/* A user who is to be turned away. Pointers are good during the callback, or until the loop's next turn. */
struct driver_keep_out {
    uint64_t n;         /* its number */
    const char *user;   /* bytes as driver_session.user */
    int64_t until;      /* seconds since 1970 */
    const char *reason; /* for the client; may be "" */
};

enum driver_verdict {
    DRIVER_NO_ANSWER, /* in time, or the connection has ended */
    DRIVER_ADMITTED,
    DRIVER_NOT_ADMITTED,
};
/* What has become of a question. Pointers are good during the callback. */
struct driver_admission {
    uint64_t n;
    enum driver_verdict verdict;
    const char *text; /* for the client and the log; may be "" */
};

struct driver_ops {
    /*
     * An order. The library has already answered those whose identity is not in the table (no-such-session); the table
     * may be older than the daemon's truth, so check again as near to the act as the daemon's interface allows. Answer
     * once, with driver_reply(), within two seconds. May be NULL without DRIVER_CAN_DISCONNECT.
     */
    void (*disconnect)(void *ctx, const struct driver_order *order);
    /*
     * Show a text to the user of this session; put him into quarantine or release him. As disconnect: identity, one
     * driver_reply() within two seconds. `accepted` is that it has been done: the text was handed over, the filter
     * stands or is gone. Then the session is put with the new `quarantined`.
     */
    void (*message)(void *ctx, const struct driver_errand *errand);
    void (*quarantine)(void *ctx, const struct driver_errand *errand);
    /* rrasd wants counters now. Put fresh ones into the table, then driver_flush_counters(). NULL: the table's are
     * sent. */
    void (*stats)(void *ctx);
    /* Welcome has come, or the connection is lost. May be NULL; the library logs both. */
    void (*link)(void *ctx, bool up);
    /* rrasd has not taken one session: code is "no-port" or "invalid". May be NULL; the library logs it. */
    void (*refused)(void *ctx, const char *id, const char *code);
    /*
     * From now on turn this user away (it is in the table already, driver_kept_out() finds it); answer with
     * driver_keep_out_reply(), and again when what the daemon can do changes. Called again for all of them after each
     * welcome, and when the end or the reason of one changes. NULL without DRIVER_CAN_KEEP_OUT.
     */
    void (*keep_out)(void *ctx, const struct driver_keep_out *k);
    /* It is over, lifted or its time has passed; already out of the table. May be NULL. */
    void (*keep_out_end)(void *ctx, const struct driver_keep_out *k);
    /* The end of a question (driver_ask_admission), once for each, but not after driver_close(). NULL without
     * DRIVER_CAN_ADMISSION. */
    void (*admission)(void *ctx, const struct driver_admission *a);
};

/* -EINVAL when config does not keep the protocol's limits, or an op is missing. The driver begins without a connection.
 * `ops` must outlive it. */
int driver_new(uv_loop_t *loop, const struct driver_config *config, const struct driver_ops *ops, void *ctx,
               struct driver **ret);
/* Send what waits as far as the socket takes it, then close. `closed` (may be NULL) comes from the loop; then it is
 * freed. */
void driver_close(struct driver *d, void (*closed)(void *ctx), void *ctx);

/* The table is complete, as the daemon says: connect, and keep connecting (100 ms .. 5 s apart). rrasd gets the whole
 * snapshot, also when the connection is there already because of driver_offline(). */
void driver_online(struct driver *d);
/*
 * The daemon can't be reached, or does not answer; `why` is a sentence for the administrator (what failed, on what,
 * what to do), NULL when there is nothing to say. The table stays, and is not told until driver_online(). Connects to
 * rrasd as driver_online() does, so that it can be asked how things are; orders that come all the same are refused with
 * `why`, or some words instead of none. Again with other words: only they change. Of DRIVER_SESSION, where there is no
 * health, it ends the connection.
 */
void driver_offline(struct driver *d, const char *why);
/* Leave rrasd for a while, as if the driver had ended: until driver_online() or driver_offline(). */
void driver_leave(struct driver *d);
/* The daemon is there, but not everything can be seen or done, and `why` says what; NULL or "": all is well again. It
 * stands until it is said anew, also over driver_offline(). */
void driver_degraded(struct driver *d, const char *why);
/* Has rrasd said welcome on the present connection? */
bool driver_is_welcome(const struct driver *d);
/* How often rrasd wants counters, in ms; 0: there is no rrasd that wants any. */
uint64_t driver_counters_interval_ms(const struct driver *d);
/* The connection's descriptor, -1 when there is none. It stays the library's. */
int driver_fd(const struct driver *d);

/* ---- sessions ---- */

enum driver_session_state {
    DRIVER_SESSION_CONNECTING,
    DRIVER_SESSION_AUTHENTICATING,
    DRIVER_SESSION_CALLING_BACK,
    DRIVER_SESSION_CONNECTED,
    DRIVER_SESSION_DISCONNECTING,
};

/* Counts since the session began, seen from the server: out is to the client. */
struct driver_counters {
    uint64_t bytes_in, bytes_out, frames_in, frames_out;
    uint64_t crc_errors, timeout_errors, alignment_errors, hardware_overruns, framing_errors, buffer_overruns;
    uint32_t ratio_in, ratio_out; /* percent; 0 and 100: no compression, or not known */
};

/* A session in full. NULL strings are "". */
struct driver_session {
    const char *id; /* UTF-8, 1 .. DRIVER_ID_MAX bytes; with `start` it must never name another session */
    int64_t start;  /* seconds since 1970, not negative */
    enum driver_session_state state;
    const char *user; /* any bytes: what is not UTF-8 travels as user_raw */
    const char *client_address, *server_address;
    const char *tunnel_address4, *tunnel_address6, *tunnel_server4;
    const char *interface, *caller, *bundle;
    const char *auth;                       /* how the user was authenticated, in the daemon's words */
    bool quarantined;                       /* the user reaches a few places only */
    uint64_t line_speed;                    /* bits per second, 0: not known */
    const struct driver_counters *counters; /* NULL in a put: keep what is known */
    uint64_t mark; /* the driver's own, not sent: for example the number of the poll that has seen it */
};

/*
 * The session is there, or looks like this now. Only what differs from the table is sent; counters alone wait for the
 * interval that rrasd has asked for. The same id with another start replaces the old session, as it does in rrasd.
 * -EINVAL: no good id or start; -ENOMEM: nothing changed.
 */
int driver_session_put(struct driver *d, const struct driver_session *s);
/* -ENOENT when there is no such session. */
int driver_session_counters(struct driver *d, const char *id, int64_t start, const struct driver_counters *counters);

enum driver_told {                      /* did the client hear that it was disconnected? */
                   DRIVER_TOLD_NOTHING, /* no order was given: not said */
                   DRIVER_TOLD_UNKNOWN,
                   DRIVER_TOLD_NO,
                   DRIVER_TOLD_YES,
};

struct driver_gone {
    const char *reason;                     /* in the daemon's words, or NULL */
    const struct driver_counters *counters; /* last ones; NULL: as the table has them */
    bool counters_final;                    /* the daemon's last word; else as last seen */
    enum driver_told told;
};
/* The session has ended. `gone` may be NULL. Without a connection nothing is sent: the next snapshot says it. -ENOENT.
 */
int driver_session_gone(struct driver *d, const char *id, int64_t start, const struct driver_gone *gone);

/* By id, or NULL. Good until the session changes. */
const struct driver_session *driver_session_find(const struct driver *d, const char *id);
size_t driver_session_count(const struct driver *d);
/* Calls `each` for every session, oldest first, until it returns non-zero, which is returned. It may end the session
 * that it is given, but no other one. */
int driver_sessions_each(struct driver *d, int (*each)(void *ctx, const struct driver_session *s), void *ctx);

/* Send now the counters that have changed. */
void driver_flush_counters(struct driver *d);

/* ---- orders ---- */

enum driver_result {
    DRIVER_ACCEPTED,        /* the daemon has taken the order */
    DRIVER_NO_SUCH_SESSION, /* this session is not there any more */
    DRIVER_REFUSED,         /* `text` says why */
};
/* Answer an order. -ENOTCONN when the connection that it came over is gone: rrasd knows that, and nothing is sent.
 * `text` may be NULL. */
int driver_reply(struct driver *d, struct driver_order_ref ref, enum driver_result result, const char *text);

/* ---- keep-out ---- */

/* The keep-out that is in force now for a user (bytes as in driver_session.user), in his domain or in every one
 * (common/user_name.h), or NULL. O(1). They stay in force while rrasd is away, and those whose time is over end by
 * themselves. */
const struct driver_keep_out *driver_kept_out(const struct driver *d, const char *user);
/* Calls `each` for every keep-out in the table, until it returns non-zero, which is returned. */
int driver_keep_outs_each(const struct driver *d, int (*each)(void *ctx, const struct driver_keep_out *k), void *ctx);
/* Can the daemon turn this user away? taken: `text` says how ("denied at log-on"); else why not. `text` may be NULL.
 * -ENOENT: there is no such keep-out any more; -ENOMEM. */
int driver_keep_out_reply(struct driver *d, uint64_t n, bool taken, const char *text);
/* This user was turned away. Sent at most once a second for each keep-out, and not at all while rrasd is away.
 * `client_address` may be NULL. -ENOENT. */
int driver_report_kept_out(struct driver *d, uint64_t n, const char *user, const char *client_address);

/* ---- admission ---- */

/*
 * May this user (bytes as in driver_session.user, not "") dial in? 0: the question has number *ret_n, and
 * ops.admission() will be called for it, in `ask_ms` at the latest. Else nobody can be asked now, and it is for the
 * driver to decide: -ENOTCONN: rrasd is away, or is one that does not answer such questions; -EBUSY: too many wait;
 * -EINVAL: the name is empty or too long; -ENOMEM. `client_address` may be NULL.
 */
int driver_ask_admission(struct driver *d, const char *user, const char *client_address, uint64_t *ret_n);

#endif
