/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that do something to the user of one connection: who is named by --user, --port or --connection, exactly
 * one of them.
 */
#ifndef OPENRRAS_RASADMIN_WHOM_H
#define OPENRRAS_RASADMIN_WHOM_H

#include "rasadmin/client.h"
#include "rasadmin/rasadmin.h"

#define WHOM_OPTIONS                                                                                                   \
    {"user", WHOM_KEY_USER, "NAME", 0, "The user; one who has several connections is named by one of them", 1},        \
        {"port", WHOM_KEY_PORT, "NAME|HANDLE", 0, "The user on this port", 1},                                         \
    {                                                                                                                  \
        "connection", WHOM_KEY_CONNECTION, "HANDLE", 0, "The user of this connection", 1                               \
    }

enum {
    WHOM_KEY_USER = 0x300,
    WHOM_KEY_PORT,
    WHOM_KEY_CONNECTION,
};

struct whom {
    const char *user, *port, *connection;
};

/* The part of an argp parser that is about it; complains at the end when none or several are named. */
error_t whom_parse(int key, char *arg, struct argp_state *state, struct whom *w);

/* Read the listing and find the connection. EXIT_DONE, or an exit code after a sentence; then nothing needs to be
 * freed. *ret points into *l. */
int whom_find(struct app *app, const struct whom *w, struct listing *l, const struct connection **ret);

#endif
