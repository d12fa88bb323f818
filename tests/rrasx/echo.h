/* SPDX-License-Identifier: Apache-2.0 */
/* A backend that notes what it is asked, and answers with what the test has put there. */
#ifndef OPENRRAS_TESTS_RRASX_ECHO_H
#define OPENRRAS_TESTS_RRASX_ECHO_H

#include <stdatomic.h>

#include "sample.h"

struct echo {
    struct rrasx_backend backend;

    /* what it does */
    const void *user; /* who must be asking; NULL: anybody */
    bool deny;
    bool hold;                     /* answers that may come later wait in `pending` */
    uint32_t code;                 /* its answer */
    const void *reply;             /* with 0: what the operation's reply message says in C */
    const OPENRRAS_SERVER *server; /* instead, of RRASX_SERVER_GET; NULL: that, too */
    unsigned *failing;             /* NULL, or what counts down to an allocation that fails: the backend's own do not */
    size_t page;                   /* items of one page, 0: until it is full */

    /* what it was asked */
    atomic_uint n_asked;      /* times that it was asked to do something */
    const struct dim_op *op;  /* the last one that it was asked to allow */
    struct rrasx_chunk asked; /* the arguments, encoded again */
    uint32_t wait_ms;
    char after[RRASX_USER_MAX + 1]; /* of the last page of users */
    struct rrasx_pending *pending;
};

void echo_init(struct echo *e);
/* Answers what is pending first. */
void echo_clear(struct echo *e);
/* Answers what it holds, with code and reply. */
void echo_finish(struct echo *e);
/* Was it asked exactly this? */
void echo_assert_asked(const struct echo *e, uint16_t opnum, const void *args);

#endif
