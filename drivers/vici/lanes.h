/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few connections to one run of charon for its commands, beside the one for events and listings.
 *
 * charon serves the requests of a connection one after another, and some requests wait while an IKE_SA is in use by one
 * of its threads (a log-on that waits for a slow RADIUS server, for example). A lane whose oldest request gets no
 * answer is stuck: new requests go to another one, which is made when needed. There are few, for each stuck one keeps a
 * thread of charon's.
 */
#ifndef OPENRRAS_DRIVERS_VICI_LANES_H
#define OPENRRAS_DRIVERS_VICI_LANES_H

#include "drivers/vici/conn.h"

/* charon has 16 threads, and needs most of them. */
#define LANES_MAX 4u
/* No packet for so long while requests wait: stuck. Less than an order's time to be answered. */
#define LANES_STUCK_MS 700u
/* A lane that is stuck for so long is given up, and made anew when it is needed. */
#define LANES_LOST_MS 30000u

struct lanes;

/* NULL without memory. `path` must outlive it. */
struct lanes *lanes_new(uv_loop_t *loop, const char *path);
/* NULL is allowed. */
void lanes_free(struct lanes *l);

/* A run begins: requests go to this process from now on, and to no other. */
void lanes_begin(struct lanes *l, struct conn_peer peer);
/* It is over: requests under way are ended with -ECONNRESET. */
void lanes_end(struct lanes *l);

/* As vici_send(). -EAGAIN: all lanes are stuck. -ESTALE: another charon is there now. -ENOTCONN: no run. Rows of
 * list-sas come. */
int lanes_send(struct lanes *l, const struct vici_request *request);
/* Requests are under way: call lanes_tick() now and then. */
bool lanes_busy(const struct lanes *l);
/* Gives up what is stuck for too long. */
void lanes_tick(struct lanes *l);

#endif
