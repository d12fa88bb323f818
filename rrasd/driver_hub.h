/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers' side of rrasd: listens on the driver socket, speaks docs/driver-protocol.md with each driver, and is the
 * router's way to them. Lives in the event loop's thread.
 */
#ifndef OPENRRAS_RRASD_DRIVER_HUB_H
#define OPENRRAS_RRASD_DRIVER_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "router/errand.h"
#include "router/router.h"

struct driver_hub;

struct driver_hub_config {
    uint32_t counters_interval_ms; /* told to drivers in welcome: 10000 */
    uint32_t ping_ms;              /* how often a silent driver is asked: 10000 */
    uint32_t hung_ms;              /* silent for so long: taken for hung, closed: 30000 */
    uint32_t hello_ms;             /* the hello must be there after: 5000 */
    uint32_t ask_ms;               /* a driver that asks whether a user may dial in has its answer after: 5000 */
    uint32_t max_drivers;          /* connections at once: 4096, for session drivers */
    size_t max_output;             /* bytes that may wait for a driver that does not read: 1 MiB, then it is closed */
};

/* May a process with this uid be that driver? Asked once, at hello. */
typedef bool driver_hub_may(void *ctx, uid_t uid, const char *driver, const char *instance);
/* The present moment. */
typedef struct router_time driver_hub_clock(void *ctx);

/* `config` is copied. The router is set later, because it needs the hub's driver_hub_send_disconnect. NULL without
 * memory. */
struct driver_hub *driver_hub_new(uv_loop_t *loop, const struct driver_hub_config *config, driver_hub_may *may,
                                  driver_hub_clock *clock, void *ctx);
void driver_hub_set_router(struct driver_hub *hub, struct router *router);
void driver_hub_reconfigure(struct driver_hub *hub, const struct driver_hub_config *config);

/* Begin to listen on a bound unix stream socket, which the hub owns from now on. Negative errno: it is still
 * the caller's. */
int driver_hub_listen(struct driver_hub *hub, int fd);

/* router_ops.send_disconnect; `channel` is what the hub reported the session with, NULL: never reported in this life.
 * -ENODEV: the driver is away; -EOPNOTSUPP: it can't disconnect. */
int driver_hub_send_disconnect(struct driver_hub *hub, void *channel, const struct router_order *order);

/* router_ops.send_errand, alike. */
int driver_hub_send_errand(struct driver_hub *hub, void *channel, const struct router_errand *errand);

/* router_ops.keep_out and keep_out_end: told to the drivers that can turn users away. */
void driver_hub_keep_out(struct driver_hub *hub, const struct router_keep_out *k);
void driver_hub_keep_out_end(struct driver_hub *hub, const struct router_keep_out *k);

/* ---- who may dial in ---- */

#define DRIVER_HUB_ASKS_MAX 256u /* of one daemon driver that may wait for an answer; of a session driver one */

/* A question of a driver, which has a client wait for the answer. */
struct driver_hub_ask;

/* What to answer. */
struct driver_hub_answer {
    bool permit;
    const char *text; /* for the client, who may be a stranger; "": none */
    const char *why;  /* of a refusal: for the administrator */
};

struct driver_hub_admission {
    /*
     * May this user dial in? 0: driver_hub_admission_answer() will be called for `ask`, once, never from inside this
     * call, however long it takes: the hub keeps the deadline itself, and the driver may be gone by then. Negative
     * errno: it will not, and what `unavailable` says is answered.
     */
    int (*ask)(void *ctx, const char *user, struct driver_hub_ask *ask);
    /* The answer when there is none: `why` says why there is none. */
    struct driver_hub_answer (*unavailable)(void *ctx, const char *why);
};

/* From now on drivers are told in welcome that they may ask. `admission` must outlive the hub. */
void driver_hub_set_admission(struct driver_hub *hub, const struct driver_hub_admission *admission, void *ctx);
void driver_hub_admission_answer(struct driver_hub_ask *ask, const struct driver_hub_answer *answer);

/* ---- what an administrator asks of drivers ---- */

enum driver_hub_state {
    DRIVER_HUB_AWAY = 1, /* no driver is there */
    DRIVER_HUB_DOWN,     /* it is there, but can't reach its daemon */
    DRIVER_HUB_DEGRADED, /* it works, but not everything can be seen or done */
    DRIVER_HUB_STARTING, /* it has not told all its sessions yet */
    DRIVER_HUB_UP,       /* also a pool of session drivers without a session: nobody has to be there for that */
};

/* What it can be asked. */
#define DRIVER_HUB_CAN_DISCONNECT 0x1u
#define DRIVER_HUB_CAN_HARD       0x2u
#define DRIVER_HUB_CAN_STATS      0x4u
#define DRIVER_HUB_CAN_MESSAGE    0x8u
#define DRIVER_HUB_CAN_KEEP_OUT   0x10u
#define DRIVER_HUB_CAN_LIMIT      0x20u
#define DRIVER_HUB_CAN_ADMISSION  0x40u
#define DRIVER_HUB_CAN_QUARANTINE 0x80u

/* A driver as it is now, or a pool of session drivers. Strings are good until the loop's next turn. Times are of the
 * wall clock, in seconds. */
struct driver_hub_driver {
    struct router_driver_view router; /* names, ports, counts of sessions and orders */
    enum driver_hub_state state;
    int64_t since; /* in this state */
    pid_t pid;     /* 0: away; of a pool, the last that came, as long as any is there */
    uid_t uid;
    uint32_t version;      /* of the protocol, 0: not heard of since rrasd has begun; so with all that follow */
    unsigned capabilities; /* DRIVER_HUB_CAN_* */
    int64_t last_contact;  /* something was heard of it last; 0: never */
    int64_t last_error_at; /* 0: never */
    uint64_t connections;  /* how often a driver has connected */
    uint64_t protocol_errors, hung;
    const char *text;       /* about the present state, or "" */
    const char *last_error; /* the last trouble that it told, or that there was with it, or "" */
};
/* Returns how many there are (may be more than max). */
size_t driver_hub_drivers(const struct driver_hub *hub, struct driver_hub_driver *ret, size_t max);
/* As router_driver_after(). */
bool driver_hub_driver_after(const struct driver_hub *hub, uint32_t number, struct driver_hub_driver *ret);
/* router_driver_forget(), and also what the hub remembers. -EBUSY also for one whose daemon is down. */
int driver_hub_forget(struct driver_hub *hub, const char *name, const char *instance);
/* The same with router_driver_give_up(). */
int driver_hub_give_up(struct driver_hub *hub, const char *name, const char *instance, const char *by, uint32_t *lost);

/* ---- who was turned away ---- */

#define DRIVER_HUB_POOL_MAX       72u /* "driver:instance", each at most 32 */
#define DRIVER_HUB_REFUSED_MAX    32u /* are remembered, the latest ... */
#define DRIVER_HUB_REFUSED_OF_UID 8u  /* ... and so many of one uid, so that one does not hide the others */

/* A process that was not taken for a driver. The same uid, name and code again is counted. */
struct driver_hub_refused {
    char pool[DRIVER_HUB_POOL_MAX];   /* that it said it was; "": it did not come to that */
    const char *code;                 /* as it was told (docs/driver-protocol.md): "denied", "busy", ... */
    char reason[ROUTER_TEXT_MAX + 1]; /* of the last time, escaped */
    uid_t uid;
    pid_t pid;           /* of the last time */
    int64_t first, last; /* wall clock, seconds */
    uint64_t count;
};
/* The latest first; good until the loop's next turn. Forgotten once a driver of this uid and name has been welcomed. */
const struct driver_hub_refused *driver_hub_refused(const struct driver_hub *hub, size_t *n);

struct driver_hub_stats {
    uint32_t connections;
    uint64_t accepted, denied, protocol_errors, refused_sessions, hung;
};
void driver_hub_get_stats(const struct driver_hub *hub, struct driver_hub_stats *ret);

/* Close all connections and the listener; `closed` (may be NULL) is called from the loop when the hub is free. The
 * router is not touched any more: that rrasd stops ends no session. The channels that it holds for its sessions are not
 * good from now on. */
void driver_hub_close(struct driver_hub *hub, void (*closed)(void *ctx), void *ctx);

#endif
