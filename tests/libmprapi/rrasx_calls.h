/* SPDX-License-Identifier: Apache-2.0 */
/* One call of each function over our own interface, and what it must ask the server. */
#ifndef OPENRRAS_TESTS_RRASX_CALLS_H
#define OPENRRAS_TESTS_RRASX_CALLS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openrras.h>

#include "fake_server.h"
#include "tests/rrasx/echo.h"

#define CALL_WAIT_MS 300u /* what those that wait ask for */

struct rrasx_call {
    DWORD (*call)(MPR_SERVER_HANDLE h, void **ret); /* *ret: the result, or NULL where there is none */
    bool order;                                     /* changes something */
    const void *asks;                               /* what its request message says in C */
};
extern const struct rrasx_call calls[RRASX_OPNUMS];
/* What RRASX_DISCONNECT orders, and the number that RRASX_KEEP_OUT_ADD was given last. */
extern const OPENRRAS_DISCONNECT calls_order;
extern DWORD calls_number;

/* What the server may answer: a sample of the reply's message without a next page. */
const void *calls_reply(uint16_t op);
void calls_free_reply(uint16_t op, const void *s);
/* A result of the library, or NULL. */
void calls_free_result(void *result);

/* Does the last call's sentence have this in it? */
bool calls_detail(const char *part);

/* A server with this manner for its first connection, and `e` behind our own interface. */
struct fake_server *calls_start(struct echo *e, enum manners first);
void calls_stop(struct fake_server *f, struct echo *e, MPR_SERVER_HANDLE h);

#endif
