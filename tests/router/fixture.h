/* SPDX-License-Identifier: Apache-2.0 */
/* A router with a recorder at each end: what it asked of drivers, and what it told. */
#ifndef OPENRRAS_TESTS_ROUTER_FIXTURE_H
#define OPENRRAS_TESTS_ROUTER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "router/errand.h"
#include "router/job.h"
#include "router/router.h"
#include "router/select.h"

#define EVENTS_MAX 512u
#define SENT_MAX   256u

struct seen {
    enum router_event_type type;
    uint32_t port, connection;
    char id[ROUTER_ID_MAX + 1], user[64], reason[ROUTER_TEXT_MAX + 1];
    char by[ROUTER_TEXT_MAX + 1], device_type[64], client_address[64], tunnel_address4[64], tunnel_address6[64];
    int64_t start;
    uint64_t order, tag, took_ms;
    enum router_outcome outcome;
    enum router_told told;
    bool hard, has_counters, counters_final;
    uint32_t keep_out;
    struct router_counters counters;
    uint32_t job;
    int result;
    bool quarantined;
    struct router_job_view job_view; /* numbers only: its pointers are not good any more */
};

struct sent {
    void *channel;
    uint64_t order;
    char id[ROUTER_ID_MAX + 1], reason[ROUTER_TEXT_MAX + 1];
    int64_t start;
    bool hard;
    uint32_t deadline_ms;
    size_t events; /* that had been seen before */
};

/* An errand that was sent. */
struct sent_errand {
    void *channel;
    enum router_errand_kind kind;
    uint64_t order;
    char id[ROUTER_ID_MAX + 1], text[ROUTER_MESSAGE_MAX + 1];
    int64_t start;
    bool on;
};

struct fixture {
    struct router *r;
    struct router_time now;
    struct seen events[EVENTS_MAX];
    size_t event_count;
    struct sent sent[SENT_MAX];
    size_t sent_count;
    struct sent_errand errands[SENT_MAX];
    size_t errand_count;
    int send_result; /* of the next orders */
    int keep_outs_told, keep_outs_ended;
    uint64_t keep_outs_counted; /* what was told last */
    char arrived[256];          /* "alice,bob,": whose sessions have */
    uint8_t random;
};

/* What `done` was called with. */
struct answer {
    int calls, result;
};

extern const struct router_config test_config;

int fixture_setup(void **state);
int fixture_teardown(void **state);
/* Another router in the place of the old one, as after a restart. */
void fixture_renew(struct fixture *f, const struct router_config *config);

struct router_driver *attach(struct fixture *f, const char *name, uint32_t ports);
struct router_driver *attach_pool(struct fixture *f, const char *pool, uint32_t ports);
/* A connected session; the port's handle. */
uint32_t connect(struct fixture *f, struct router_driver *d, const char *id, int64_t start, const char *user);
int report(struct fixture *f, struct router_driver *d, const struct router_session *s);
int gone(struct fixture *f, struct router_driver *d, const char *id, int64_t start);
void pass(struct fixture *f, uint64_t ms); /* time goes by, tick included */

int disconnect(struct fixture *f, uint32_t handle, struct answer *a);
int disconnect_hard(struct fixture *f, uint32_t handle, struct answer *a);
int reply(struct fixture *f, struct router_driver *d, uint64_t order, enum router_reply reply, const char *text);

/* One driver with two ports, one connected session, on port 1. */
struct one {
    struct router_driver *d;
    uint32_t handle;
    uint64_t order;
    struct answer a;
};
struct one one_session(struct fixture *f);
void order(struct fixture *f, struct one *o); /* the order is given and not answered yet */

struct router_port_view port(struct fixture *f, uint32_t slot);
struct router_port_view port_of(struct fixture *f, const char *id); /* fails the test when there is none */
size_t count(const struct fixture *f, enum router_event_type type);
const struct seen *last(const struct fixture *f, enum router_event_type type); /* fails the test when there is none */
void forget(struct fixture *f);                                                /* events, orders, arrivals so far */
size_t sessions_of(const struct fixture *f, const char *user);                 /* on ports */

#endif
