/* SPDX-License-Identifier: Apache-2.0 */
/* A server with events, a handle to it, and an event that is registered there. */
#ifndef OPENRRAS_TESTS_NOTIFY_WORLD_H
#define OPENRRAS_TESTS_NOTIFY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openrras.h>

#include "fake_journal.h"

#define PATIENCE_MS 30000u /* what must happen may take so long on a loaded machine */
#define UP          OPENRRAS_EVENT_CONNECTION_UP
#define GONE        OPENRRAS_EVENT_CONNECTION_GONE

struct world {
    struct fake_journal journal;
    struct fake_server *server;
    MPR_SERVER_HANDLE h;
    HANDLE event;
};

void world_start(struct world *w);
void world_stop(struct world *w);

/* It was signalled, within PATIENCE_MS. */
void assert_signalled(HANDLE event);
/* Handles what there is until so many wait in the server; nothing is signalled meanwhile. */
void settle(struct world *w, unsigned waiting);
/* Nothing is signalled, although all that could signal has been handled: the server has no more to say. */
void assert_quiet(struct world *w, unsigned waiting);

/* A handle over a given descriptor. */
MPR_SERVER_HANDLE connect_given(struct fake_server *f);

#endif
