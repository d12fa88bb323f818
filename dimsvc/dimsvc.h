/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dimsvc, the RRAS management interface (MS-RRASM 3.1.4), server side: one table of operations, from request stubs to
 * calls of a backend and back. No I/O and no state of its own: what it knows it asks the backend.
 *
 * Order of checks of every operation (docs/architecture.md): decode (fault), access (5), LAN-only (903), parameters,
 * engine.
 */
#ifndef OPENRRAS_DIMSVC_DIMSVC_H
#define OPENRRAS_DIMSVC_DIMSVC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/user_name.h"
#include "dimsvc/op.h"
#include "rpc/server.h"

extern const struct rpc_syntax dim_syntax; /* 8f09f000-b7ed-11ce-bbd2-00001a181cad 0.0 */

#define DIM_OPNUMS      53u
#define DIM_ALL_PORTS   0xffffffffu
#define DIM_DEVICES_MAX 64u /* kinds of devices that DeviceEnum lists: a handful on any real server */

enum dim_opnum {
    DIM_SERVER_GET_INFO = 0,
    DIM_CONNECTION_ENUM = 1,
    DIM_CONNECTION_GET_INFO = 2,
    DIM_CONNECTION_CLEAR_STATS = 3,
    DIM_PORT_ENUM = 4,
    DIM_PORT_GET_INFO = 5,
    DIM_PORT_CLEAR_STATS = 6,
    DIM_PORT_RESET = 7,
    DIM_PORT_DISCONNECT = 8,
    DIM_CONNECTION_NOTIFICATION = 34,
    DIM_SEND_USER_MESSAGE = 35,
    DIM_DEVICE_ENUM = 36,
    DIM_SET_CREDENTIALS_EX = 40,
    DIM_GET_CREDENTIALS_EX = 41,
    DIM_REMOVE_QUARANTINE = 42,
    DIM_SERVER_SET_INFO = 43,
    DIM_SERVER_GET_INFO_EX = 44,
    DIM_CONNECTION_ENUM_EX = 45,
    DIM_CONNECTION_GET_INFO_EX = 46,
    DIM_SERVER_SET_INFO_EX = 47,
    DIM_UPDATE_CONNECTION = 48,
    /* the others up to 52: see table.c */
};

const struct dim_op *dim_op(uint16_t opnum); /* NULL from DIM_OPNUMS on */

/* ---- what the backend tells; strings are UTF-8, cut to fit on a whole character; NULL is "" ---- */

/* Values are those of RAS_PORT_CONDITION. */
enum dim_port_condition {
    DIM_PORT_NON_OPERATIONAL = 0,
    DIM_PORT_DISCONNECTED = 1,
    DIM_PORT_CALLING_BACK = 2,
    DIM_PORT_LISTENING = 3,
    DIM_PORT_AUTHENTICATING = 4,
    DIM_PORT_AUTHENTICATED = 5,
    DIM_PORT_INITIALIZING = 6,
};

struct dim_stats {
    uint64_t bytes_out, bytes_in, frames_out, frames_in; /* the low 32 bits travel */
    uint64_t crc_errors, timeout_errors, alignment_errors, hardware_overruns, framing_errors, buffer_overruns;
    uint32_t ratio_in, ratio_out;
};

struct dim_port {
    uint32_t handle, connection;
    enum dim_port_condition condition;
    uint32_t calls, connect_seconds;
    const char *name, *media, *device_name, *device_type; /* device_type: "Vpn", "Modem", ... */
    uint32_t kind;                                        /* RASDEVICETYPE; rasrpc's */
    /* level 1 */
    bool hardware_failure;
    uint64_t line_speed; /* bits per second; above 2^32 - 1: that */
    struct dim_stats stats;
};

struct dim_connection {
    uint32_t handle, interface;
    uint32_t connect_seconds;
    uint32_t interface_type; /* ROUTER_INTERFACE_TYPE: 0 client */
    uint32_t flags;          /* RAS_FLAGS_* */
    const char *interface_name, *user, *remote_computer;
    char domain[USER_DOMAIN_MAX + 1]; /* of the user */
    uint8_t guid[16];
    uint32_t quarantine; /* RAS_QUARANTINE_STATE */
    uint64_t probation_filetime;
    int64_t start;                                 /* seconds since 1970 */
    const char *remote_endpoint, *local_endpoint;  /* outer addresses */
    const char *server_address4, *client_address4; /* inside the tunnel, dotted text */
    uint8_t client_prefix6[8];                     /* first 8 bytes of the client's IPv6 address */
    uint8_t client_interface6[8];                  /* last 8 bytes */
    uint32_t prefix_length6;                       /* 0: no IPv6 */
    bool ikev2;                                    /* projection: IKEv2 rather than PPP */
    uint32_t auth_protocol, auth_data; /* PPP: PPP_LCP_*, CHAP flavour; IKEv2: 1 certificate, 2 EAP; 0 unknown */
    uint32_t device_type;              /* RASDEVICETYPE */
    struct dim_stats stats;
};

struct dim_server {
    bool lan_only;
    uint32_t up_seconds, total_ports, ports_in_use;
    uint32_t pptp_ports, pptp_flags, l2tp_ports, l2tp_flags, sstp_ports, sstp_flags, ikev2_ports, ikev2_flags;
};

struct dim_device {
    const char *type, *name;
    uint32_t kind, ports; /* RASDEVICETYPE, and how many of them there are; rasrpc's */
};

/*
 * A list that is being sent. Items are asked for in order, each once, while the network takes the answer: perhaps long
 * after the call that opened the list, with other calls in between. An item that is gone by then is still asked for,
 * since the answer has promised its number; *ret, which is all zero before, may then be left so, apart from the handle.
 */
struct dim_list {
    size_t total; /* items from the resume position on, those that nobody will ask for among them */
    void (*port)(void *ctx, size_t i, struct dim_port *ret);             /* of a list of ports */
    void (*connection)(void *ctx, size_t i, struct dim_connection *ret); /* of a list of connections */
    uint32_t (*handle)(void *ctx, size_t i);                             /* handle of item i */
    void (*close)(void *ctx);
    void *ctx;
};

/* Kinds of tunnels that have a place in MS-RRASM. */
enum dim_tunnel {
    DIM_TUNNEL_PPTP,
    DIM_TUNNEL_L2TP,
    DIM_TUNNEL_SSTP,
    DIM_TUNNEL_IKEV2,
    DIM_TUNNEL_KINDS,
};

/* Opnums 43 and 47: how many ports each kind is to have, and for what (MPR_ENABLE_*). Numbers and flags are within what
 * MS-RRASM allows. */
struct dim_limits {
    const struct dim_op *op;
    struct dim_limit {
        bool set; /* else this kind stays as it is */
        uint32_t ports, flags;
    } of[DIM_TUNNEL_KINDS];
};

/* An answer that comes later: dim_finish() exactly once. */
struct dim_pending;
void dim_finish(struct dim_pending *p, uint32_t win32);

/* The answer to key_get(): as dim_finish(), with the key (n 0: there is none). */
void dim_finish_key(struct dim_pending *p, uint32_t win32, const uint8_t *key, size_t n);

#define DIM_MESSAGE_UNITS 4095u                    /* of a message to a user, in UTF-16 */
#define DIM_MESSAGE_MAX   (3u * DIM_MESSAGE_UNITS) /* the same in UTF-8 */

/*
 * What dimsvc asks. `ctx` is the backend's (dim_backend.ctx), `user` the association's user pointer, so the caller.
 * uint32_t results are Win32 codes. Outputs are only looked at after 0.
 */
struct dim_backend {
    void *ctx;
    /* May this caller do that? The backend logs denials. */
    bool (*allowed)(void *ctx, void *user, const struct dim_op *op);
    bool (*lan_only)(void *ctx);
    bool (*has_transport)(void *ctx, uint32_t pid); /* 0x21 IPv4, 0x57 IPv6 */
    uint32_t (*server_get)(void *ctx, struct dim_server *ret);
    /* `limits` is good during the call. 0 and 3010 (in full effect later) only when it is stored. NULL: nothing can be
     * set from afar (50). */
    void (*server_set)(void *ctx, void *user, const struct dim_limits *limits, struct dim_pending *p);

    /* 0; 601 unknown port. `want_stats`: level 1. */
    uint32_t (*port_get)(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret);
    uint32_t (*port_clear)(void *ctx, void *user, uint32_t handle); /* 601 */
    void (*port_disconnect)(void *ctx, void *user, uint32_t handle, struct dim_pending *p);
    /* Ports of a connection (6: unknown), or all (DIM_ALL_PORTS), after the one with handle `resume` in slot order (0:
     * all). */
    uint32_t (*port_list)(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret);

    /* 906 unknown. Strings must be good until the backend is called again. */
    uint32_t (*connection_get)(void *ctx, uint32_t handle, struct dim_connection *ret);
    uint32_t (*connection_clear)(void *ctx, void *user, uint32_t handle); /* 87 */
    /* Connections after the one with handle `resume` (0: all). No more than the first `max` (at least 1) are asked for,
     * so the list has to keep no more; its total counts all. */
    uint32_t (*connection_list)(void *ctx, uint32_t resume, size_t max, struct dim_list *ret);
    /* Show a text (UTF-8, not empty) to the user of a connection. 0 when his driver has taken it, 906 unknown, 50
     * can't. NULL: nobody can be shown anything (50). */
    void (*message)(void *ctx, void *user, uint32_t connection, const char *text, struct dim_pending *p);
    /* Release a connection from quarantine, or the one whose client has this address inside the tunnel (network byte
     * order). 0; 87 unknown; 1168 not in quarantine. NULL: nobody is in it. */
    void (*release)(void *ctx, void *user, uint32_t client, bool is_address, struct dim_pending *p);
    /* The key that all L2TP clients share: n bytes of it, at most DIM_KEY_MAX, 0 deletes it; good during the call. 0
     * when it is stored. NULL, both: nothing is kept (50). */
    void (*key_set)(void *ctx, void *user, const uint8_t *key, size_t n, struct dim_pending *p);
    void (*key_get)(void *ctx, void *user, struct dim_pending *p);
    /* Does a client of this server have that address inside the tunnel (network byte order)? */
    bool (*has_client_address)(void *ctx, uint32_t address);

    /* The kinds of devices; how many of them there are (only the first `max`, which is DIM_DEVICES_MAX, are listed). */
    size_t (*devices)(void *ctx, struct dim_device *ret, size_t max);
};

/* The interface for rpc_server_config, bound to a backend that must outlive it. */
struct rpc_interface dim_interface(const struct dim_backend *backend);

#endif
