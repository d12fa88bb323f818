/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of dimsvc share: a backend made of arrays, operations run without a network, hex. */
#ifndef OPENRRAS_TESTS_DIMSVC_SUPPORT_H
#define OPENRRAS_TESTS_DIMSVC_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdbool.h>

#include "dimsvc/dimsvc.h"
#include "dimsvc/run.h"

/* A server made of arrays. Handles in `ports` and `connections` must rise. */
struct fake {
    struct dim_backend backend;
    const struct dim_port *ports;
    size_t n_ports;
    const struct dim_connection *connections;
    size_t n_connections;
    struct dim_server server;
    const struct dim_device *devices;
    size_t n_devices;
    uint32_t client_address; /* network byte order */

    bool deny, lan_only;
    uint32_t fail; /* what everything that asks for data answers instead */

    /* seen */
    const struct dim_op *asked; /* by allowed() */
    void *asked_user;
    uint32_t cleared;
    unsigned open_lists;
    size_t wanted[2]; /* connections at most: by the list of connections before the last one, by the last one */
    struct dim_pending *pending;
    uint32_t disconnecting;
    struct dim_limits limits;
};
void fake_init(struct fake *f);

struct bytes {
    uint8_t *p;
    size_t n;
};
void bytes_free(struct bytes *b);
struct bytes bytes_from_hex(const char *hex); /* white space is skipped */
void assert_bytes(struct bytes got, const char *hex);
void assert_same(struct bytes a, struct bytes b);

void execute(struct dim_run *run, struct fake *f, uint16_t opnum, struct rpc_rd *rd);
/* The answer to one request; a stream is pulled `cap` bytes at a time, to an
 * odd address if `cap` is odd. Closes what it opened. *fault (may be NULL if
 * there must be none) gets the fault's status, and then there are no bytes. */
struct bytes answer_of(struct fake *f, uint16_t opnum, const void *stub, size_t n, size_t cap, uint32_t *fault);
struct bytes answer(struct fake *f, uint16_t opnum, const void *stub, size_t n);
struct bytes answer_hex(struct fake *f, uint16_t opnum, const char *hex);
uint32_t last_u32(struct bytes b); /* the return value */
uint32_t u32_at(struct bytes b, size_t offset);

/* A well-formed request for an operation, with texts, blobs and pointers wherever there may be some. `revision` is the
 * tag of a union. */
#define SAMPLE_MAX 1024u
size_t sample_request(uint16_t opnum, uint8_t revision, uint8_t buf[static SAMPLE_MAX]);
/* Revisions that an operation's union has; 1 for those without one. */
uint8_t sample_revisions(uint16_t opnum);

/* Ports with handles 1 .. n, every second one with a connection. */
void make_ports(struct dim_port *ports, size_t n);
/* Connections with handles 101 .. 100 + n; every third one is IKEv2. */
void make_connections(struct dim_connection *connections, size_t n);

#endif
