/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub and a router, in one loop with whoever plays the driver. Time for the router is the test's; what has happened
 * in the router is a list of lines. Nothing here waits without bound: what does not come in ten seconds fails the test.
 */
#ifndef OPENRRAS_TESTS_DRIVERS_HUB_FIXTURE_H
#define OPENRRAS_TESTS_DRIVERS_HUB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <uv.h>

#include "router/router.h"
#include "rrasd/driver_hub.h"
#include "rrasd/timer.h"

#define EVENTS_MAX 256

struct hub_fixture {
    uv_loop_t loop;
    struct driver_hub_config hub_config;
    struct router_config router_config;
    struct router_ops ops;
    struct driver_hub *hub;
    struct router *router;
    struct router_time now;
    char directory[64], path[96];
    bool may;       /* what the hub is told about who may be a driver */
    char asked[96]; /* the last "uid driver instance" that it asked for */
    char *events[EVENTS_MAX];
    size_t event_count;
    bool hub_closed;
    /* the last answer to fixture_disconnect() */
    int answers, answer;
};

/* With the configuration as `change` (may be NULL) leaves it. */
void fixture_start(struct hub_fixture *f, void (*change)(struct hub_fixture *f));
void fixture_stop(struct hub_fixture *f);
void fixture_close_hub(struct hub_fixture *f);

/* Run the loop until `done` says so. */
void fixture_until(struct hub_fixture *f, bool (*done)(void *ctx), void *ctx);
/* Run the loop as long as there is something to be done at once. */
void fixture_settle(struct hub_fixture *f);
/* Until an event with this text in it has come; returns its line. Looks at those that were not looked at before. */
const char *fixture_event(struct hub_fixture *f, const char *text);
bool fixture_had_event(const struct hub_fixture *f, const char *text);
void fixture_forget_events(struct hub_fixture *f);
struct driver_hub_stats fixture_stats(const struct hub_fixture *f);
/* Until so many connections are left. */
void fixture_connections(struct hub_fixture *f, uint32_t n);

/* Disconnect the port whose session this user has (first by slot); the immediate result. */
uint32_t fixture_port_of(struct hub_fixture *f, const char *user);
int fixture_disconnect(struct hub_fixture *f, uint32_t handle, bool hard);
/* Until `done` of the last one was called; its result. */
int fixture_answer(struct hub_fixture *f);

/* ---- a driver played by the test, byte by byte ---- */

struct client {
    struct hub_fixture *fixture;
    int fd;
    char buffer[65536];
    size_t len;
    char line[20000];
};

void client_connect(struct client *c, struct hub_fixture *f);
void client_close(struct client *c);
/* All of it, while the loop runs. */
void client_send_bytes(struct client *c, const char *data, size_t n);
/* A message: LF is added. */
void client_send(struct client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The next line; NULL at the end of the stream. */
const char *client_line(struct client *c);
/* The next line has this text in it. */
void client_expect(struct client *c, const char *text);
/* The stream ends, after an error message with this code (NULL: none is needed). */
void client_expect_end(struct client *c, const char *code);
/* hello, welcome, and for a daemon an empty snapshot if asked for. */
void client_hello(struct client *c, const char *kind, const char *name, const char *instance, const char *more);

#endif
