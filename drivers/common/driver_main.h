/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver as a process, from its options to its exit status: what the programs around drivers/common/driver.h have in
 * common. main() parses the options (settings.h), and leaves the rest to driver_main():
 *
 *     config_parse(&p.config, argc, argv);
 *     return driver_main(&program, &p, &p.config.common.options);
 *
 * driver_main() does this, in this order:
 *
 *     the log is opened
 *     program.prepare()   then --check-config ends with success
 *     a loop, SIGTERM and SIGINT
 *     program.start()     then systemd hears that the driver is ready, and a sign of life as often as it wants one
 *     the loop runs       until a signal or driver_process_end(), and then:
 *     program.close()     and the loop runs on until nothing is left in it
 *
 * The exit status is EXIT_SUCCESS after a signal, and EXIT_FAILURE with a line in the log when anything has failed.
 */
#ifndef OPENRRAS_DRIVERS_COMMON_DRIVER_MAIN_H
#define OPENRRAS_DRIVERS_COMMON_DRIVER_MAIN_H

#include <argp.h>
#include <stdbool.h>
#include <uv.h>

#include "common/log.h"

/*
 * Options that every driver has: --socket=PATH, --instance=NAME, -v (twice: debugging), --version. Use as an argp
 * child, whose input is a struct driver_options, filled with defaults before:
 *
 *     const struct argp_child children[] = {{&driver_argp, 0, "Common options:", 0}, {0}};
 *     ... case ARGP_KEY_INIT: state->child_inputs[0] = &options->common;
 */
struct driver_options {
    const char *socket;   /* NULL: DRIVER_SOCKET */
    const char *instance; /* NULL: not given */
    enum log_level log_level;
    bool check_only; /* --check-config, which settings.h has: see whether it could start */
};
extern const struct argp driver_argp;

/* One that runs; lives as long as driver_main(). */
struct driver_process;

/* What a driver is, beside its options. `ctx` is that of driver_main(). */
struct driver_program {
    const char *name; /* in the log */
    /*
     * Before there is a loop: read what the settings point to, fork, give up privileges. Also with --check-config
     * (`check_only`); then nothing may be changed. Negative errno ends the process; why has been logged then. May be
     * NULL.
     */
    int (*prepare)(void *ctx, bool check_only);
    /* Begin, in `loop`; `process` is good until close(). Negative errno: what had begun has been closed already, and
     * close() is not called. */
    int (*start)(void *ctx, uv_loop_t *loop, struct driver_process *process);
    /* Take leave, and close all that start() has put into the loop. Called once. */
    void (*close)(void *ctx);
};

/* Returns the exit status. SIGPIPE is ignored; a second SIGTERM or SIGINT ends the process at once. */
int driver_main(const struct driver_program *program, void *ctx, const struct driver_options *options);

/* The driver ends by itself: close() is called from here, unless the process is about to end already. `error`: 0, or
 * negative errno, with which it has failed. */
void driver_process_end(struct driver_process *process, int error);

#endif
