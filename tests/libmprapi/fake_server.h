/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server for the tests of the library: the project's own rpc and dimsvc over a unix socket, in a thread, with a
 * made-up backend and with bad manners on demand.
 */
#ifndef OPENRRAS_TESTS_FAKE_SERVER_H
#define OPENRRAS_TESTS_FAKE_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

#include <mprapi.h>

#include "dimsvc/dimsvc.h"
#include "rrasx/rrasx.h"

/* What a connection does. */
enum manners {
    POLITE,
    CLOSES_AT_ONCE,      /* right after accepting */
    CLOSES_ON_REQUEST,   /* reads the first request, then closes */
    CLOSES_IN_ANSWER,    /* after half of the first answer */
    NEVER_ANSWERS,       /* not even the bind */
    NEVER_ANSWERS_CALLS, /* the bind only */
    DRIPS,               /* one byte each 10 ms */
    DRIPS_ANSWERS,       /* the same, after the bind */
    TALKS_GARBAGE,       /* answers everything with bytes that are no PDU */
};

#define FAKE_SCRIPT_MAX 16u

struct fake_config {
    /* Of the first connection, the second, ...; the last one holds for all that follow. Begins with POLITE if empty. */
    enum manners script[FAKE_SCRIPT_MAX];
    size_t n_script;
    uint32_t n_ports, n_connections, n_devices;
    bool ikev2;          /* every third connection is one */
    uint32_t order_code; /* what PortDisconnect answers */
    uint32_t list_code;  /* what lists and server_get answer */
    bool deny, lan_only;
    const void *raw_answer; /* not NULL: every call is answered with these bytes as its stub */
    size_t raw_len;
    uint32_t fault;                    /* not 0: every call is answered with this fault */
    bool other_interface;              /* offers an interface that is not dimsvc */
    const struct dim_backend *dim;     /* what is behind dimsvc; NULL: made-up ports and connections */
    const struct rrasx_backend *rrasx; /* what is behind our own interface; NULL: it is not offered */
    uint16_t rrasx_opnums;             /* an older server has fewer; 0: all */
};

struct fake_server;

struct fake_server *fake_start(const struct fake_config *config);
/* Closes every connection and goes away; its socket too. */
void fake_stop(struct fake_server *f);
/* Closes all connections that there are, as a restart does, and goes on. Returns when they are closed. */
void fake_drop_connections(struct fake_server *f);
/* The same, and what comes back also has our own interface. */
void fake_upgrade(struct fake_server *f, const struct rrasx_backend *rrasx);
/* Says on all connections that nothing more will come, but goes on reading. Returns when that is done. */
void fake_half_close_connections(struct fake_server *f);

/* Says these bytes on all connections, which nobody has asked for. */
void fake_say(struct fake_server *f, const char *bytes, size_t n);
/* Calls it in the server's thread, where a backend may answer what is pending. Returns when that is done. */
void fake_run(struct fake_server *f, void (*what)(void *ctx), void *ctx);

const char *fake_path(const struct fake_server *f);
/* "ncalrpc:[PATH]", for MprAdminServerConnect. */
LPWSTR fake_name(struct fake_server *f);

/* How many there were so far. */
unsigned fake_connections(const struct fake_server *f);
unsigned fake_open_connections(struct fake_server *f); /* of these, still there */
unsigned fake_orders(const struct fake_server *f);     /* PortDisconnect that reached the backend */
unsigned fake_requests(const struct fake_server *f);   /* calls that were read completely, answered or not */
/* The stub of the last of them; its length, at most `cap`. */
size_t fake_last_request(struct fake_server *f, uint8_t *buf, size_t cap);

/* Handles of the backend's ports and connections: number 1 .. n. Odd ports carry connections. */
uint32_t fake_port_handle(uint32_t number);
uint32_t fake_connection_handle(uint32_t number);

/* A connected handle to it; fails the test when there is none. */
MPR_SERVER_HANDLE fake_connect(struct fake_server *f);

#endif
