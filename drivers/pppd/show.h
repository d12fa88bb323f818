/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to the user: handed to a program that the administrator has named, for PPP has no way to show anything to
 * somebody who is connected. It is run without a shell, in a session and with an environment of its own, for ten
 * seconds at most; the message is its standard input.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_SHOW_H
#define OPENRRAS_DRIVERS_PPPD_SHOW_H

#include "drivers/pppd/session.h"

#define SHOW_SECONDS 10u

/* 0: it was started; nobody waits for it. Negative errno: it can't be. Safe in a signal handler. */
int show_message(const char *command, const struct session *s, const char *words);

#endif
