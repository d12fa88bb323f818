/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches one charon and keeps the driver's table of sessions as charon says; carries out orders.
 *
 * A *run* is the time in which charon's unique ids rise: the life of its process. It is named by the process id, which
 * the kernel tells of whoever listens on the socket, and the time when the socket was made, so that it is the same
 * after a restart of this driver. What was known of one run is not true in the next.
 *
 * One connection is for events and listings: they come over it in the order in which they are true. Commands have
 * others (lanes.h). Nothing is asked while nothing happens and no rrasd wants counters.
 */
#ifndef OPENRRAS_DRIVERS_VICI_WATCH_H
#define OPENRRAS_DRIVERS_VICI_WATCH_H

#include <uv.h>

#include "drivers/vici/config.h"

#define WATCH_RUN_MAX        64u
#define WATCH_RETRY_FIRST_MS 100u
#define WATCH_RETRY_MAX_MS   2000u
#define WATCH_SAVE_MS        100u    /* changes that come together are remembered together; at most that is lost */
#define WATCH_CONNS_MS       600000u /* the connections' configuration is read again */
#define WATCH_CONNS_NEW_MS   2000u   /* and so soon when a name is not known */

struct watch;

/* `config` must outlive it. Negative errno. */
int watch_new(uv_loop_t *loop, const struct config *config, struct watch **ret);
/* Take leave of both sides; freed by the loop. */
void watch_close(struct watch *w);

#endif
