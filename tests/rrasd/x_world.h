/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backend of our own interface with a router behind it: its answers are caught where they would be encoded, events
 * decoded with what the library decodes them with, memory fails when it is told to. Time is ours, the driver takes
 * every order. Programs that use it are linked with --wrap for all of that (meson.build).
 */
#ifndef OPENRRAS_TESTS_RRASD_X_WORLD_H
#define OPENRRAS_TESTS_RRASD_X_WORLD_H

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>
#include <winerror.h>

#include "router/keep_out.h"
#include "rrasd/backend.h"
#include "rrasd/timer.h"
#include "rrasd/users_private.h"
#include "rrasx/message.h"
#include "scratch.h"
#include "tests/lib/failing.h"

#define ANSWERS_MAX 128u

struct answer {
    struct rrasx_pending *pending;
    uint32_t code;
    OPENRRAS_EVENT_LIST list;
    OPENRRAS_EVENT events[256];
    void *memory; /* of the events' texts */
    OPENRRAS_JOB job;
    OPENRRAS_FAILURE failure; /* the first */
    char reason[64], by[64];
    OPENRRAS_USER user; /* the first, of several that there are */
    char user_name[64], number[64];
    size_t users;
    bool more;
};

/* A source of users that does as it is told. */
struct source {
    int result;
    struct user_settings settings; /* of everybody */
    char log[256];                 /* what it was asked to set and remove */
    unsigned asked;
};

struct world {
    struct scratch *scratch;
    uv_loop_t loop;
    struct config config;
    struct audit *audit;
    struct router *router;
    struct router_driver *driver;
    struct backend *backend;
    const struct rrasx_backend *x;
    struct caller alice, bob;
    uint64_t ms;
    struct router_order orders[64];
    size_t order_count;
    struct answer answers[ANSWERS_MAX];
    size_t answer_count;
    const struct caller *told[ANSWERS_MAX];
    size_t told_count;
    const struct caller *breaks; /* his connection breaks when his answer is sent */
    uintptr_t calls;
    size_t put, put_max; /* records of a page */
    OPENRRAS_SESSION session[256];
    OPENRRAS_KEEP_OUT keep_out[16];
    OPENRRAS_DRIVER driver_item[16];
    struct driver_hub *hub;
    struct readers *readers;
    struct users *users;
    struct source source;
    char changed[256]; /* users, as they are told to the door */
    bool full;         /* no more keep-outs can be remembered */
};

extern const GUID run;

struct router_time now_of(void *ctx);
int x_setup(void **state);
int x_teardown(void **state);
/* A session is there, or has ended; the handle of its port. */
uint32_t come(struct world *w, const char *id, const char *user);
void gone(struct world *w, const char *id);
/* A turn of the loop, so many milliseconds later. */
void pass(struct world *w, uint64_t ms);
/* What stands for a call that can be answered later. */
struct rrasx_pending *new_call(struct world *w);
void wait_for_events(struct world *w, struct caller *caller, uint64_t after, uint32_t mask, uint32_t ms);
/* The i-th answer that was given; fails the test when there is none. */
const struct answer *answer(const struct world *w, size_t i);
uint64_t last_event(struct world *w);
void disconnect(struct world *w, struct caller *caller, const OPENRRAS_DISCONNECT *d, uint32_t ms);
void wait_for_job(struct world *w, uint32_t job, uint32_t asked, uint32_t ended, uint32_t ms);
/* The event of this kind in the audit log that comes `nth`; to be freed. */
json_t *audit_line(const struct world *w, const char *event, size_t nth);
long long number_in(const json_t *j, const char *key);
const char *text_in(const json_t *j, const char *key);
void three_sessions(struct world *w);
/* A keep-out, for alice. */
uint32_t add(struct world *w, const char *user, const char *driver, uint32_t seconds, const char *reason,
             uint32_t *ret);

#endif
