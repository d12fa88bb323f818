/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasadmin --stdio: the far end of ssh://. Carries bytes between stdin/stdout and rrasd's socket, and knows nothing of
 * them.
 */
#ifndef OPENRRAS_RASADMIN_RELAY_H
#define OPENRRAS_RASADMIN_RELAY_H

#include "rasadmin/rasadmin.h"

/* Until either side has ended. An exit code; failures have been printed. */
int stdio_relay(struct app *app);

/* The relay itself, for any three descriptors: in -> sock -> out. Half-closes are passed on. 0 or a negative errno. */
int relay(int in, int out, int sock);

#endif
