/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs around drivers/common/driver.h have in common: options, signals, readiness and the watchdog. */
#ifndef OPENRRAS_DRIVERS_COMMON_DRIVER_MAIN_H
#define OPENRRAS_DRIVERS_COMMON_DRIVER_MAIN_H

#include <argp.h>
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
};
extern const struct argp driver_argp;

/* The loop's companion: SIGTERM and SIGINT, and systemd's readiness and watchdog where there is any. */
struct driver_service;

/* `stop` is called once, at the first SIGTERM or SIGINT; a second one ends the process at once. SIGPIPE is ignored. The
 * driver counts as ready from now on. 0 or negative errno. */
int driver_service_start(uv_loop_t *loop, void (*stop)(void *ctx), void *ctx, struct driver_service **ret);
/* Tells systemd that the driver stops, and lets the loop end. Freed by the loop. */
void driver_service_stop(struct driver_service *service);

#endif
