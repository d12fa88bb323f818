/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the driver hub share.
 *
 *     driver_hub.c      the listener, configuration, orders on their way out
 *     driver_peer.c     one connection: bytes in and out, deadlines, its end
 *     driver_speak.c    the conversation: who may speak, what each message does to the router
 *     driver_message.c  one line from a driver, taken apart; driver_record.c when it is about a session, driver_parse.c
 * members driver_write.c    one line to a driver
 *     driver_status.c   what is remembered of each driver
 *     driver_refused.c  who was turned away
 *     driver_keep_out.c keep-outs, to drivers and back
 *     driver_admission.c whether users may dial in, which drivers ask
 */
#ifndef OPENRRAS_RRASD_DRIVER_PEER_H
#define OPENRRAS_RRASD_DRIVER_PEER_H

#include "common/hash_table.h"
#include "common/line_stream.h"
#include "rrasd/driver_hub.h"
#include "rrasd/driver_message.h"
#include "rrasd/ratelimit.h"
#include "rrasd/timer.h"

#define DRIVER_POOL_MAX DRIVER_HUB_POOL_MAX

/*
 * The way to a session, which the router hands back with an order. A session driver's peer has its own. All peers that
 * a daemon driver has had, one after the other, share one that is never freed while the hub lives: the router may still
 * hold it for sessions of a peer that is gone, and an order for such a session goes to whoever is that driver now. The
 * identity in the order makes that safe.
 */
struct driver_link {
    struct driver_peer *peer; /* NULL: away */
    char pool[DRIVER_POOL_MAX];
    bool used;         /* the router may hold it */
    UT_hash_handle hh; /* hub->links, by pool; of daemon drivers only */
};

/* What is remembered of a daemon driver, or of a pool of session drivers, while rrasd runs. */
struct driver_status {
    char pool[DRIVER_POOL_MAX];
    enum router_driver_kind kind;
    struct driver_peer *peer; /* of a daemon driver, NULL: away */
    uint32_t peers;           /* that are connected */
    enum driver_hub_state state;
    int64_t since; /* wall clock, as last_error_at */
    pid_t pid;
    uid_t uid;
    uint32_t version;
    unsigned capabilities;
    uint64_t heard; /* uv_now() when something came last */
    int64_t last_error_at;
    uint64_t connections, protocol_errors, hung;
    enum driver_message_health health;
    char text[ROUTER_TEXT_MAX + 1], last_error[ROUTER_TEXT_MAX + 1];
    UT_hash_handle hh; /* hub->statuses, by pool */
};

enum driver_peer_state {
    DRIVER_PEER_HELLO,  /* has said nothing yet */
    DRIVER_PEER_READY,  /* welcome */
    DRIVER_PEER_ENDING, /* nothing more is read; driver_peer_end() was called, the loop will do the rest */
};

struct driver_peer {
    struct driver_hub *hub;
    struct driver_peer *prev, *next;
    enum driver_peer_state state;
    uid_t uid;
    pid_t pid;
    struct line_stream stream;
    uv_poll_t poll;
    struct timer timer; /* hello deadline, then ping, at last the end */
    int events;         /* that poll waits for */
    bool cut;           /* it is we who end it */
    char why[160];      /* it has ended */
    bool deaf;          /* it has closed: nothing can be sent, but there may be something to read */
    uint64_t heard;     /* uv_now() when something came last */
    uint64_t asked;     /* when it was first pinged since then; 0: it was not */
    uint64_t pings;

    /* from the hello on */
    char claimed[DRIVER_POOL_MAX]; /* who it says it is, also when it may not be that; "": it has not */
    struct router_driver *driver;
    enum router_driver_kind kind;
    unsigned capabilities;
    bool snapshot_done;
    bool down; /* of a daemon driver: it has said so. The router has it as detached */
    struct driver_status *status;
    bool telling_keep_outs; /* those after `keep_out_told` are still to be told, then that these were all */
    uint32_t keep_out_told;
    unsigned asks;            /* that wait for their answer */
    struct driver_link *link; /* `own`, or the daemon driver's */
    struct driver_link own;

    /* of a session driver: its one session */
    char *key;      /* "driver:instance:id", NULL: none yet */
    const char *id; /* in key */
    int64_t start;
    bool gone;           /* reported so: nothing more is expected */
    bool connected;      /* its user has come in: it can't be kept out any more */
    uint64_t last_order; /* that was sent to it */
    UT_hash_handle hh;   /* hub->sessions, by key, while it has a session that is not gone */
};

struct driver_hub {
    uv_loop_t *loop;
    struct driver_hub_config config;
    struct driver_hub_stats stats;
    driver_hub_may *may;
    driver_hub_clock *clock;
    void *ctx;
    struct router *router; /* NULL: not there yet, or the hub is closing */
    bool listening;
    int listen_fd;
    uv_poll_t listener;
    uv_timer_t breath; /* before accepting again, when there were no descriptors */
    unsigned handles;  /* the hub's own and one for each peer */
    /* Everybody may connect, and a driver's daemon may have thousands of users with odd names: neither fills the disk.
     */
    struct ratelimit stranger_log, refused_log;
    void (*closed)(void *ctx);
    void *closed_ctx;
    struct driver_peer *peers;
    struct driver_peer *sessions;
    struct driver_link *links;
    struct driver_status *statuses;
    struct driver_hub_refused refused[DRIVER_HUB_REFUSED_MAX]; /* the latest first */
    size_t refused_count;
    int64_t since;                                /* wall clock, when the hub was made */
    const struct driver_hub_admission *admission; /* NULL: drivers can't ask */
    void *admission_ctx;
    struct driver_hub_ask *asks; /* that wait, the oldest first */
    uv_timer_t ask_timer;
    char scratch[LINE_STREAM_SCRATCH];
};

static inline struct router_time driver_hub_now(const struct driver_hub *hub)
{
    return hub->clock(hub->ctx);
}

/* May a line about somebody who is no driver (yet) be logged? */
static inline bool driver_hub_logs_stranger(struct driver_hub *hub, uint64_t *missed)
{
    return ratelimit_ok(&hub->stranger_log, uv_now(hub->loop), missed);
}

/* driver_hub.c: a peer has been freed, or one of the hub's handles. */
void driver_hub_handle_closed(struct driver_hub *hub);

/* driver_peer.c. Takes over `fd`, in every case. */
void driver_peer_start(struct driver_hub *hub, int fd, uid_t uid, pid_t pid);
/*
 * End this connection: log `why`, tell the driver (`code` as in the protocol's error message, NULL: nothing, because it
 * is the driver that has closed) and let the loop do the rest. May be called at any time, also from within a callback
 * of the router: it does not touch the router.
 */
void driver_peer_end(struct driver_peer *p, const char *code, const char *why);
/* The hello was good: from now on it is only asked for a sign of life. */
void driver_peer_ready(struct driver_peer *p);
/* A line to the driver. -EPIPE, -ECONNRESET: it has closed, and the loop will see that; other negative errno: it does
 * not get there, and driver_peer_end() has been called. */
int driver_peer_send(struct driver_peer *p, const char *line, size_t n);
/* The loop's part of the end, at once. Used by the hub when it closes. */
void driver_peer_close(struct driver_peer *p);
/* "openvpn:main (uid 101, pid 4711)" for the log. */
#define DRIVER_PEER_NAME 128u
const char *driver_peer_name(const struct driver_peer *p, char dst[static DRIVER_PEER_NAME]);

/* driver_status.c. NULL without memory; owned by the hub. */
struct driver_status *driver_status_get(struct driver_hub *hub, const char *pool);
void driver_status_free_all(struct driver_hub *hub);
/* The driver that it was made for did not come to be one. */
void driver_status_drop_unused(struct driver_hub *hub, struct driver_status *s);
void driver_status_arrived(struct driver_peer *p, const struct driver_message *m); /* after a good hello */
void driver_status_health(struct driver_peer *p, const struct driver_message *m);
void driver_status_trouble(struct driver_peer *p, const char *why);
void driver_status_left(struct driver_peer *p, const char *why);
/* Something about its state may have changed. */
void driver_status_look(struct driver_hub *hub, struct driver_status *s);

/* driver_refused.c. `code` must be a constant. */
void driver_refused_note(struct driver_hub *hub, uid_t uid, pid_t pid, const char *pool, const char *code,
                         const char *why);
void driver_refused_forget(struct driver_hub *hub, uid_t uid, const char *pool); /* it has been welcomed */

/* driver_keep_out.c */
void driver_peer_keep_outs_begin(struct driver_peer *p); /* after welcome */
/* Write more of those that are still to be told, as far as there is room. Negative errno. */
int driver_peer_keep_outs_fill(struct driver_peer *p);
void driver_peer_keep_out_answered(struct driver_peer *p, const struct driver_message *m);
void driver_peer_kept_out(struct driver_peer *p, const struct driver_message *m);

/* driver_admission.c */
void driver_admission_init(struct driver_hub *hub); /* its timer is one of the hub's handles */
void driver_peer_asks(struct driver_peer *p, const struct driver_message *m);
void driver_peer_asks_forget(struct driver_peer *p); /* it is gone: nobody is to be answered */
void driver_admission_close(struct driver_hub *hub); /* when all peers are gone */

/* driver_speak.c: a line_stream_each; and what the end of a connection means to the router. */
int driver_peer_line(void *ctx, const char *line, size_t n);
void driver_peer_leave(struct driver_peer *p);

/* driver_write.c: lines into `dst` of LINE_STREAM_LINE_MAX bytes. 0 and the length, or negative errno. */
int driver_write_welcome(uint32_t counters_interval_ms, bool admission, char *dst, size_t *ret_len);
int driver_write_error(const char *code, const char *text, char *dst, size_t *ret_len);
int driver_write_refused(const char *id, const char *code, const char *text, char *dst, size_t *ret_len);
int driver_write_ping(uint64_t n, char *dst, size_t *ret_len);
int driver_write_keep_out(const struct router_keep_out *k, char *dst, size_t *ret_len);
int driver_write_keep_out_lift(uint32_t number, char *dst, size_t *ret_len);
int driver_write_keep_out_end(char *dst, size_t *ret_len);
int driver_write_admission(uint64_t n, bool permit, const char *text, char *dst, size_t *ret_len);
int driver_write_errand(const struct router_errand *e, char *dst, size_t *ret_len);
int driver_write_disconnect(const struct router_order *order, bool hard, char *dst, size_t *ret_len);

#endif
