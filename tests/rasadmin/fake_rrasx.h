/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake server's own interface: there when the script has a member "own", an object:
 *
 * - "features": OPENRRAS_FEATURE_* (default: all), "run": number of the run
 * - "drivers": members of OPENRRAS_DRIVER by the names in --json ("state" as a number), "keep_outs": likewise
 * - "first": number of the oldest event that is kept; "events": [{"type": n, "user": ..., "port": name, ...}], numbered
 * from there on
 * - "users", "users_code": fake_users.h
 * - "slow": sessions that a job ends at each tick of 20 ms; without: all at once; "uncancelled": cancelling is no end
 *
 * Sessions are the ports that have a connection; a port's "auth", "driver", "instance", "stats" and the connection's
 * members are shown. A port's "code" and "why" let a job fail on it. Prints a line for what it is asked: "job user
 * alice", "keep-out alice 60", "lift 1", "forget openvpn:main", "cancel".
 */
#ifndef OPENRRAS_TESTS_RASADMIN_FAKE_RRASX_H
#define OPENRRAS_TESTS_RASADMIN_FAKE_RRASX_H

#include <jansson.h>
#include <stdbool.h>

#include "rrasx/rrasx.h"

/* What it shares with the other interface. */
struct fake_world {
    json_t *own; /* NULL: it is not there */
    json_t *(*ports)(void);
    json_t *(*connections)(void);
    bool (*allowed)(void *ctx, void *user, const struct dim_op *op);
    void (*free_port)(json_t *port);
};

const struct rrasx_backend *fake_rrasx_backend(const struct fake_world *world);
/* Does time matter? Then fake_rrasx_tick() must be called every 20 ms. */
bool fake_rrasx_waits(void);
void fake_rrasx_tick(void);

#endif
