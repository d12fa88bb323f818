/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by daemon.c (start and stop), daemon_listen.c, daemon_loop.c (while it runs) and daemon_reload.c. */
#ifndef OPENRRAS_RRASD_DAEMON_PRIVATE_H
#define OPENRRAS_RRASD_DAEMON_PRIVATE_H

#include "rrasd/address.h"
#include "rrasd/audit.h"
#include "rrasd/backend.h"
#include "rrasd/client.h"
#include "rrasd/daemon.h"
#include "rrasd/driver_hub.h"
#include "rrasd/keep_outs.h"
#include "rrasd/marks.h"
#include "rrasd/readers.h"
#include "rrasd/remote.h"
#include "rrasd/sockets.h"
#include "rrasd/store.h"
#include "rrasd/timer.h"
#include "rrasd/user_door.h"
#include "rrasd/users.h"

#define DAEMON_INTERFACES 3u /* dimsvc, our own, rasrpc */

struct daemon {
    const struct daemon_options *options;
    struct config config;
    uv_loop_t loop;
    struct readers *readers;
    int lock_fd;
    struct listen_sockets sockets;
    struct store *store;
    struct router_marks stored; /* at start */
    struct router *router;
    struct router_ops ops;
    struct driver_hub *hub;
    struct audit *audit;
    struct backend *backend;
    struct marks *marks;
    struct keep_outs *keep_outs;
    struct limits *limits;
    struct user_door *door;
    struct users *users;
    struct secrets *secrets;
    bool marks_hold, keep_outs_hold; /* who has the clients wait */
    struct clients *clients;
    struct remote *remote;           /* NULL: nobody comes from the network */
    char tcp_port[ADDRESS_PORT_MAX]; /* of the first address; "": there is none */
    struct rpc_interface interface[DAEMON_INTERFACES];
    const struct rpc_interface *interfaces[DAEMON_INTERFACES];
    struct rpc_groups rpc_groups;
    struct rpc_server_config rpc;

    uv_signal_t on_term, on_int, on_hup;
    uv_prepare_t prepare; /* before the loop sleeps */
    struct timer router_timer;
    uint64_t router_due_ms; /* what router_timer is set to, UINT64_MAX: nothing */
    struct timer watchdog;
    bool stopping;
    int result;

    /* A reload; `next` and `complaints` belong to the reader while `reloading`. */
    struct reading reload_job;
    bool reloading, reload_again;
    int reload_result;
    struct config next;
    struct user_directory *next_directory;
    struct complaints complaints;
};

/* daemon_parts.c: the audit log, the store with what it remembers, and all that leans on them; in that order, up to the
 * first that fails: 0 or negative errno. */
int daemon_make_parts(struct daemon *d);
/* Those that there are, and what the daemon has opened before them. Once the loop has run out. */
void daemon_free_parts(struct daemon *d);

/* daemon_loop.c */
struct router_time daemon_now(void *ctx);
struct router_config daemon_router_config(const struct config *config);
struct driver_hub_config daemon_hub_config(const struct config *config);
/* Signals, timers and the hook before the loop sleeps. */
void daemon_loop_begin(struct daemon *d);
void daemon_loop_end(struct daemon *d);
/* Tells how many clients and drivers the descriptors last for, and raises the soft limit. */
void daemon_check_descriptors(const struct config *config);

/* daemon_listen.c: from now on drivers and clients come in. 0 or negative errno. */
int daemon_listen(struct daemon *d);

/* daemon_reload.c: SIGHUP. */
void daemon_reload(struct daemon *d);

/* daemon.c: SIGTERM. */
void daemon_stop(struct daemon *d, const char *why);

#endif
