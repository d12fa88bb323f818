/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches one openvpn server and keeps the driver's table of sessions as openvpn says; carries out orders.
 *
 * A *run* is the time in which openvpn's client ids do not repeat: they begin at 0 again when the process is started,
 * and also after SIGUSR1 and SIGHUP, which keep the process and even the management connection. What names a run is
 * openvpn's process id and the time when it last became CONNECTED, which `state` tells at any time, so that it is the
 * same after a restart of this driver. (Two runs of one process are more than a second apart, because openvpn pauses
 * between them.) A session's id is PID.TIME:CID, and its start is openvpn's "connected since".
 *
 * While openvpn is away, restarts or hangs, the driver is offline: rrasd shows the ports as not operational, and why,
 * and refuses orders.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_WATCH_H
#define OPENRRAS_DRIVERS_OPENVPN_WATCH_H

#include <uv.h>

#include "drivers/openvpn/config.h"

#define WATCH_EVENT_GAP_MS                                                                                             \
    50u /* clients that come in quickly one after another do not make us ask more often than that */
#define WATCH_ESTABLISHED_MAX 64u   /* client ids that openvpn has called established and no status has shown yet */
#define WATCH_HANDSHAKE_S     60    /* openvpn's hand-window: who is there for longer has been let in */
#define WATCH_ANSWER_MS       1500u /* an order on which nothing could be done is refused then; the protocol allows 2 s */

struct watch;

/* `config` must outlive it; `password` may be NULL and is used for as long. Negative errno. */
int watch_new(uv_loop_t *loop, const struct config *config, const char *password, struct watch **ret);
/* Take leave of both sides; freed by the loop. */
void watch_close(struct watch *w);

#endif
