/* SPDX-License-Identifier: Apache-2.0 */
/* examples.txt: a request and its answer for every operation, as another implementation of NDR encodes them, and the
 * server that gives these answers. */
#ifndef OPENRRAS_TESTS_DIMSVC_GOLDEN_H
#define OPENRRAS_TESTS_DIMSVC_GOLDEN_H

#include "support.h"

struct golden {
    uint16_t opnum;
    char *title;
    char *state;  /* "": as it is; else see the head of examples.txt */
    char *client; /* "", or how our client makes this request: client_words.h */
    struct bytes request, response;
};

struct goldens {
    struct golden *all;
    size_t n;
};

/* Those of dimsvc, for a group of tests with this set-up. */
extern struct goldens goldens;
int goldens_setup(void **state);
int goldens_teardown(void **state);

/* Fails the test when the file is not well-formed. */
void goldens_read(struct goldens *g, const char *path);
void goldens_free(struct goldens *g);

/* Does the state begin with this word? */
bool golden_is(const struct golden *g, const char *state);
/* Is it an answer of our own server? */
bool golden_is_ours(const struct golden *g);

/* The server: two ports, two connections, two kinds of devices. */
void golden_server(struct fake *f, const struct golden *g);

#endif
