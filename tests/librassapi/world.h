/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with ports and users as a test wants them, for tests that include rassapi.h and so can't include what
 * includes mprapi.h. A test changes it only while no call is under way, or in after_list().
 */
#ifndef OPENRRAS_TESTS_LIBRASSAPI_WORLD_H
#define OPENRRAS_TESTS_LIBRASSAPI_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

#define WORLD_MAX 8u

struct world_counters {
    uint32_t bytes_out, bytes_in, others[8]; /* frames out and in, then errors */
    uint32_t ratio_in, ratio_out;
};

struct world_port {
    const char *name;
    uint32_t handle;     /* unknown with another generation: its upper half */
    uint32_t connection; /* 0: none */
    uint32_t condition;  /* as it travels, 0 to 6 */
    uint32_t seconds;
    bool broken;
    struct world_counters counters;
};

struct world_user {
    uint32_t connection, flags;
    const char *name, *domain, *computer, *address;
    struct world_counters counters;
};

struct world {
    struct world_port ports[WORLD_MAX];
    struct world_user users[WORLD_MAX];
    size_t n_ports, n_users;
    uint32_t more_ports; /* so many idle ports besides, p-1, p-2, ... */
    bool lan_only, deny;
    uint32_t order_code;                  /* what an order for a session that is there gets */
    void (*after_list)(struct world *w);  /* something that happens once the list of ports has been read */
    void (*after_users)(struct world *w); /* and the list of connections */
    void (*after_port)(struct world *w);  /* and one port */
    const void *raw_answer;               /* every call is answered with these bytes */
    size_t raw_len;
    bool loses_connections; /* each is closed when something is asked over it */

    atomic_uint orders, cleared; /* orders and ClearStats that arrived */
    atomic_uint ended;           /* the handle of the session that was ended last */
    char16_t name[128];          /* of the server */
    struct fake_server *server;
    void *backend;
};

/* Starts it. The world must stay until world_close(). */
void world_open(struct world *w);
void world_close(struct world *w);
/* Connections that were made so far. */
unsigned world_connections(const struct world *w);

/* alice is on port 1 and bob, with two links, on 3 and 4; 2 is idle. */
struct world world_sample(void);

#endif
