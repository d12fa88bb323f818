/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only part that has privileges: a process of its own, forked before anything else happens, that opens doors for
 * the driver, which has none. It reads nothing that ocserv or a client has written. It can do four things, for one
 * socket that it was told at its start:
 *
 *   connect   to ocserv's control socket, which serves root only. The process that listens there is "ocserv" from then
 * on worker    open a child process of that ocserv by its id (a pidfd) signal    SIGTERM or SIGKILL to such a process,
 * through its pidfd netlink   open a netlink socket in that ocserv's network namespace
 *
 * So the worst that a driver in wrong hands could do is what ocserv's own socket can do, and end workers of this
 * ocserv.
 *
 * The driver's side. Each call waits for the answer, which takes some 50 us; a door that does not answer has died, and
 * the driver ends, as everything here returns -EPIPE from then on. -EMFILE: this process has no room for a descriptor.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_DOOR_H
#define OPENRRAS_DRIVERS_OCSERV_DOOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DOOR_ANSWER_MS 5000

struct door;

/* Fork it. Must be called by root (-EPERM) and before there are threads. `path` and the user, who is to be the driver's
 * from now on, are checked here: -EINVAL, -ENOENT: no such user; *ret_why says what. On success this process has that
 * uid and its group, no capability, and can't get any. */
int door_new(const char *path, const char *user, struct door **ret, const char **ret_why);
void door_free(struct door *d);

/* A connected stream socket, non-blocking. The caller's to close. Errors of connect(2); -EXDEV: ocserv is in another
 * pid namespace, so that its processes can't be told apart. *ret_pid is ocserv's process id. */
int door_connect(struct door *d, pid_t *ret_pid);
/* A pidfd of ocserv's child `pid`. -ESRCH: ended; -EPERM: not a child of ocserv. */
int door_worker(struct door *d, pid_t pid);
/* End that child. 0, -ESRCH: it has ended already; -EPERM: not a child of ocserv. */
int door_signal(struct door *d, int pidfd, bool hard);
/* A netlink socket (NETLINK_ROUTE) where ocserv has its devices. */
int door_netlink(struct door *d);

#endif
