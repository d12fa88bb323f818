/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches one ocserv and keeps the driver's table of sessions as ocserv says; carries out orders.
 *
 * What ocserv lists is the truth; everything else (its events, the end of a worker's process) is a reason to ask for a
 * listing. Listings are numbered, and one at a time is under way. A session is one worker process of ocserv's: its id
 * is PID:WORD, where WORD is ocserv's own random word for the log-on, and its start is when ocserv says that it began.
 *
 * While ocserv is away or hangs, the driver is offline: rrasd shows the ports as not operational, and refuses orders.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_WATCH_H
#define OPENRRAS_DRIVERS_OCSERV_WATCH_H

#include <uv.h>

#include "drivers/ocserv/config.h"
#include "drivers/ocserv/door.h"

#define WATCH_RETRY_FIRST_MS 100u /* ocserv is away: how soon it is tried again */
#define WATCH_RETRY_MAX_MS   2000u
#define WATCH_ENDED_MS       20u /* ocserv still lists a worker that has ended: how soon it is asked again */
#define WATCH_COMING_MS                                                                                                \
    20u /* somebody logs on: how soon it is asked again whether he is in, then less and less often */
#define WATCH_BIND_MS    200u /* a session's device is not there yet: how soon it is looked for again */
#define WATCH_BIND_TRIES 10u
#define WATCH_HELD_MS    5000u /* somebody else has the events: how often they are tried to be had */
#define WATCH_GAP_MS     20u   /* events that come quickly one after another do not make us ask more often than that */

struct watch;

/* `config` and `door` must outlive it. `failed` is called when the door has died, so that nothing can be done any more:
 * from the loop; close then. Negative errno. */
int watch_new(uv_loop_t *loop, const struct config *config, struct door *door, void (*failed)(void *ctx), void *ctx,
              struct watch **ret);
/* Take leave of both sides; freed by the loop. */
void watch_close(struct watch *w);

#endif
