/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of users with a source that is a puppet, for the tests of both; and questions to it. */
#ifndef OPENRRAS_TESTS_RRASD_USERS_WORLD_H
#define OPENRRAS_TESTS_RRASD_USERS_WORLD_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>

#include "rrasd/users_private.h"

struct puppet {
    char log[512]; /* what it was asked */
    const char *known;
    struct user_settings settings;
    int result;
    bool waits;
    unsigned freed;
    unsigned inside; /* calls that are in it now */
    uv_sem_t go_on;
};

struct question {
    struct users_ask ask; /* first: it comes back */
    int result;
    unsigned answered;
    char names[256];
};

extern uv_loop_t loop;
extern struct config config; /* its policy permits */
extern struct puppet puppet; /* of the directory that there is at first */
extern struct puppet other;  /* for one that comes in its place */
extern struct users *u;
extern bool closed;        /* a test has called users_close() */
extern char answered[256]; /* users, in the order of their answers */

/* One that can only be read. */
extern const struct user_source users_world_reader;

struct user_directory *users_world_directory(const struct user_source *source, struct puppet *p);
/* cmocka's setup and teardown: a source that can everything, or one that can only be read. */
int users_world_begin(void **state);
int users_world_begin_reader(void **state);
int users_world_end(void **state);

/* To be freed. */
struct question *users_world_question(const char *user);
void users_world_done(struct users_ask *ask, int result);
/* Asked, and answered once; not before the loop runs. */
void users_world_answer(int (*ask)(struct users *, struct users_ask *), struct question *q);

#endif
