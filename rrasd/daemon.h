/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rrasd put together. One thread runs the loop and owns all state; workers only sync the audit log, store marks, and
 * read the configuration for a reload.
 */
#ifndef OPENRRAS_RRASD_DAEMON_H
#define OPENRRAS_RRASD_DAEMON_H

#include <stdbool.h>

#include "rrasd/config.h"

struct daemon_options {
    const char *config_file;
    bool config_must_exist; /* it was named on the command line */
    bool verbose;           /* log at debug level whatever the configuration says */
};

/*
 * Run until SIGTERM or SIGINT. `config` is taken over in every case. 0 after a clean stop, else a negative errno with a
 * sentence in the log: nothing was started then, or it could not be stopped cleanly.
 */
int daemon_run(const struct daemon_options *options, struct config *config);

#endif
