/* SPDX-License-Identifier: Apache-2.0 */
/* What rrasd tells systemd, and what systemd hands to it. Nothing happens where there is no systemd, or no libsystemd
 * at build. */
#ifndef OPENRRAS_RRASD_NOTIFY_H
#define OPENRRAS_RRASD_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

#include "rrasd/address.h"

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);
/* How often notify_watchdog() is due, in milliseconds; 0: no watchdog. */
uint64_t notify_watchdog_interval(void);

#define NOTIFY_TCP_MAX ADDRESS_LIST_MAX

struct notify_sockets {
    int client, driver, pipe; /* -1: none */
    int tcp[NOTIFY_TCP_MAX];
    size_t n_tcp;
};

/*
 * Sockets from systemd: by name, rrasd.sock or rrasd.socket, driver.sock or rrasd-driver.socket, router-pipe or
 * rrasd-pipe.socket, and rrasd-tcp or rrasd-tcp.socket, of which there can be several; others are the clients' and the
 * drivers', in this order. 0; negative errno with a sentence in the log when what was handed over is not usable. They
 * are the caller's in any case.
 */
int notify_listen_fds(struct notify_sockets *ret);

#endif
