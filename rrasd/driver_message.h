/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line from a driver, checked and taken apart (docs/driver-protocol.md, section 3). No I/O and no state: whether a
 * message is in its place is decided by driver_speak.c.
 */
#ifndef OPENRRAS_RRASD_DRIVER_MESSAGE_H
#define OPENRRAS_RRASD_DRIVER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/router.h"

/* Objects and arrays inside each other; the protocol itself needs two. It bounds the parser's recursion. */
#define DRIVER_MESSAGE_DEPTH 16u

enum driver_message_type {
    DRIVER_MESSAGE_UNKNOWN, /* well-formed, of a type that we do not know: to be ignored */
    DRIVER_MESSAGE_HELLO,
    DRIVER_MESSAGE_SESSION,
    DRIVER_MESSAGE_COUNTERS, /* id, start and counters of `session` */
    DRIVER_MESSAGE_GONE,
    DRIVER_MESSAGE_SNAPSHOT_END,
    DRIVER_MESSAGE_REPLY,
    DRIVER_MESSAGE_PONG,
    DRIVER_MESSAGE_HEALTH,
    DRIVER_MESSAGE_KEEP_OUT_REPLY,
    DRIVER_MESSAGE_KEPT_OUT,      /* user and client_address of `session` */
    DRIVER_MESSAGE_ADMISSION_ASK, /* the same */
};

/* How the daemon behind a driver is. */
enum driver_message_health {
    DRIVER_MESSAGE_OK,
    DRIVER_MESSAGE_DEGRADED,
    DRIVER_MESSAGE_DOWN,
};

/* What the driver can be asked (bits). */
enum driver_message_capability {
    DRIVER_MESSAGE_CAN_DISCONNECT = 1 << 0,
    DRIVER_MESSAGE_CAN_HARD = 1 << 1,
    DRIVER_MESSAGE_CAN_STATS = 1 << 2,
    DRIVER_MESSAGE_CAN_MESSAGE = 1 << 3,
    DRIVER_MESSAGE_CAN_KEEP_OUT = 1 << 4,
    DRIVER_MESSAGE_CAN_LIMIT = 1 << 5, /* of a session driver only */
    DRIVER_MESSAGE_CAN_ADMISSION = 1 << 6,
    DRIVER_MESSAGE_CAN_QUARANTINE = 1 << 7,
};

struct driver_message {
    enum driver_message_type type;
    struct json_t *json;               /* owns the texts that the members below point to */
    uint64_t version;                  /* hello */
    struct router_driver_info info;    /* hello */
    unsigned capabilities;             /* hello */
    bool has_health;                   /* hello */
    enum driver_message_health health; /* hello, health; then `text` says why */
    struct router_session session;     /* session, counters */
    struct router_gone gone;           /* gone */
    uint64_t order;                    /* reply */
    uint64_t n;                        /* keep-out-reply, kept-out, admission-ask */
    bool taken;                        /* keep-out-reply */
    enum router_reply result;          /* reply */
    const char *text;                  /* reply, keep-out-reply, health, hello with health; or NULL */
    struct router_counters counters;   /* what session.counters or gone.counters points to */
    char user[ROUTER_USER_MAX + 1];    /* a name that came in user_raw, or with a NUL */
    char words[ROUTER_TEXT_MAX + 1];   /* a text for people that had to be cut or escaped */
};

#define DRIVER_MESSAGE_WHY 96u

/* Can a driver have this as its device_type? */
bool driver_message_is_type(const char *type);

/*
 * 0; -EPROTO: it breaks the protocol; -EINVAL: a record (session, counters, gone) that can't be used, alone: session.id
 * is its id if that much could be read, else NULL. For both `why` says what is wrong, in our words. In every case *ret
 * is to be freed.
 */
int driver_message_parse(const char *line, size_t n, struct driver_message *ret, char why[static DRIVER_MESSAGE_WHY]);
void driver_message_free(struct driver_message *m);

#endif
