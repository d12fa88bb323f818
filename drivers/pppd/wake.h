/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How rrasd's word reaches a pppd that sleeps in its own select(2): the socket is made to raise a real-time signal
 * (O_ASYNC, F_SETSIG), and its handler does all of the plugin's reading. The main loop, when it comes into the plugin,
 * keeps the signal away meanwhile; so handler and main loop are never in the plugin at the same time.
 *
 * SIGIO, which the kernel falls back to when too many signals are queued and which would end pppd, is taken by the same
 * handler: when a descriptor is to be watched, for pppd sets up its signals after it has loaded its plugins.
 *
 * Handlers are gone after exec, and the signal is sent to this process only: pppd's scripts see nothing of it.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_WAKE_H
#define OPENRRAS_DRIVERS_PPPD_WAKE_H

#include <signal.h>
#include <stdbool.h>

/* Called in the handler, where only what signal-safety(7) allows may be done; `overdue`: wake_deadline() has passed. */
typedef void wake_handler(bool overdue);

/* Take a real-time signal that nobody uses. 0; -EBUSY: there is none, and descriptors must be looked at from time to
 * time. */
int wake_begin(wake_handler *handler);
/* Have this descriptor raise the signal in this process. Again after a fork(). Or negative errno. */
int wake_watch(int fd);

/* Keep the signal away until wake_restore(). They may be nested. */
void wake_hold(sigset_t *ret_before);
void wake_restore(const sigset_t *before);

/* In a child that is about to become another program: it gets nothing of this. */
void wake_forget(void);

/* Call the handler once in so many milliseconds; 0: never mind. Also from the handler. */
void wake_deadline(unsigned ms);

#endif
