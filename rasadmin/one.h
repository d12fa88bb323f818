/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the one port or connection that an argument names.
 */
#ifndef OPENRRAS_RASADMIN_ONE_H
#define OPENRRAS_RASADMIN_ONE_H

#include "rasadmin/client.h"
#include "rasadmin/rasadmin.h"

/* An argp that takes exactly one argument into a `const char *`; complains with `what` when there is none. */
struct one_argument {
    const char *what; /* in */
    const char *text; /* out */
};
error_t one_argument_parse(int key, char *arg, struct argp_state *state);

/*
 * Read the listing and find the port with that name, else with that handle. A handle of an earlier session on a port
 * finds the port, with a note. EXIT_DONE, or an exit code after a sentence; then nothing needs to be freed. *ret points
 * into *l.
 */
int one_port(struct app *app, const char *text, struct listing *l, const struct port **ret);

/* The connection with that handle, else of that user. A user with several is refused, with their handles. */
int one_connection(struct app *app, const char *text, struct listing *l, const struct connection **ret);

#endif
