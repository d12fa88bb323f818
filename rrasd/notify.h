/* SPDX-License-Identifier: Apache-2.0 */
/* What rrasd tells systemd, and what systemd hands to it. Nothing happens where there is no systemd, or no libsystemd
 * at build. */
#ifndef OPENRRAS_RRASD_NOTIFY_H
#define OPENRRAS_RRASD_NOTIFY_H

#include <stdint.h>

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);
/* How often notify_watchdog() is due, in milliseconds; 0: no watchdog. */
uint64_t notify_watchdog_interval(void);

/* Sockets from systemd: each is set when there is one, else left alone. 0; -EINVAL with a sentence in the log when what
 * was handed over is not usable. */
int notify_listen_fds(int *client, int *driver, int *pipe);

#endif
