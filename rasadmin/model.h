/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server has told: its ports and its connections, joined. Plain data, in UTF-8, without the library's types.
 * client.h fills it, the commands read it. All strings come from outside: not escaped, never NULL.
 */
#ifndef OPENRRAS_RASADMIN_MODEL_H
#define OPENRRAS_RASADMIN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

/* Values of RAS_PORT_CONDITION. */
enum port_condition {
    CONDITION_NON_OPERATIONAL = 0,
    CONDITION_DISCONNECTED = 1,
    CONDITION_CALLING_BACK = 2,
    CONDITION_LISTENING = 3,
    CONDITION_AUTHENTICATING = 4,
    CONDITION_AUTHENTICATED = 5,
    CONDITION_INITIALIZING = 6,
};

/* By the published protocol the server sends the low 32 bits of its counters: they wrap. */
struct counters {
    uint32_t bytes_out, bytes_in, frames_out, frames_in; /* out: to the client */
    uint32_t crc_errors, timeout_errors, alignment_errors, hardware_overruns, framing_errors, buffer_overruns;
    uint32_t ratio_in, ratio_out; /* compressed / plain size in percent */
};

/* What counts for everybody, with all its bits: from the server's own interface. */
struct traffic {
    uint64_t bytes_out, bytes_in, frames_out, frames_in;
};

struct OPENRRAS_SESSION; /* openrras.h */
struct OPENRRAS_SESSION_LIST;

struct connection {
    uint32_t handle;
    uint32_t seconds;
    const char *user, *domain, *remote_computer, *interface;
    const char *remote_endpoint, *local_endpoint;      /* outer addresses */
    const char *client4, *client6, *server4, *server6; /* inside the tunnel */
    const char *device_type;                           /* kind of tunnel; "": not known. Joining asks the port. */
    const char *guid;                                  /* "" when not known */
    uint32_t interface_type, flags, quarantine;
    int64_t start; /* seconds since 1970; 0: not known */
    bool has_counters;
    struct counters counters;
    size_t links;                           /* ports of the listing that carry it */
    bool has_traffic;                       /* all of its links are in listing.sessions: */
    struct traffic traffic;                 /* their sum */
    const struct OPENRRAS_SESSION *session; /* one of them, or NULL */
};

struct port {
    uint32_t handle;
    uint32_t connection; /* handle, 0: none */
    uint32_t condition;  /* enum port_condition, or what else the server said */
    uint32_t calls, seconds;
    const char *name, *media, *device_name, *device_type;
    const struct connection *conn;          /* of the same listing; NULL: none, or it ended between the two lists */
    const struct OPENRRAS_SESSION *session; /* of the same listing; NULL: not told, or not there any more */
};

/* What PortGetInfo tells on top. */
struct port_details {
    bool hardware_failure;
    uint32_t line_speed; /* bits per second, 0: not known */
    struct counters counters;
};

/* Strings of one listing: freed together. */
struct arena_chunk;
struct arena {
    struct arena_chunk *chunks;
};
/* UTF-16 of at most `units`, as UTF-8. "" when empty; NULL without memory. */
const char *arena_utf16(struct arena *a, const char16_t *s, size_t units);
const char *arena_copy(struct arena *a, const char *s);
void arena_free(struct arena *a);

struct listing {
    struct arena arena;
    struct port *ports; /* in the server's order */
    size_t n_ports;
    struct connection *connections; /* by handle */
    size_t n_connections;
    struct OPENRRAS_SESSION_LIST *sessions; /* the library's buffer; NULL: the server does not tell them */
};

/* Sort the connections, find each port's, count links, tell kinds of tunnels. Once, when both lists are complete. */
void listing_join(struct listing *l);
/* And, after that, each port's session, by its exact handle. Takes the list over. 0; -ENOMEM: it is not taken. */
int listing_join_sessions(struct listing *l, struct OPENRRAS_SESSION_LIST *sessions);
void listing_free(struct listing *l); /* safe on zeros; leaves zeros */

const struct connection *listing_connection(const struct listing *l, uint32_t handle); /* or NULL */

/*
 * The bytes of a connection with as many bits as are known. Clearing a connection's statistics leaves its ports' alone,
 * so the sum of the ports says the same only if its low bits are those of the connection, or a little more: it is read
 * later.
 */
uint64_t connection_bytes_in(const struct connection *c);
uint64_t connection_bytes_out(const struct connection *c);
/* NULL: none. Two ports of one name give the first. */
const struct port *listing_port_named(const struct listing *l, const char *name);
const struct port *listing_port(const struct listing *l, uint32_t handle);

/* Is somebody on that port? */
bool port_is_busy(const struct port *p);
/* "connected", "listening", ... A port that has a connection and is "disconnected" is on its way down: "disconnecting".
 */
const char *port_state(const struct port *p);

/* What kind of line, in the best words that there are: the medium, the connection's kind of tunnel, the device's type.
 */
const char *port_type(const struct port *p);

/* A handle as people write it: decimal, or hexadecimal with 0x. False for anything else, and for 0 and 0xFFFFFFFF. */
bool parse_handle(const char *s, uint32_t *ret);

#endif
