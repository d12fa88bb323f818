/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh://[user@]host[:port]: the system's ssh, running "rasadmin --stdio" at the far end. Its stdin and stdout are one
 * end of a socket pair. What it says on stderr is shown line by line, escaped, for some of it comes from the far end.
 */
#ifndef OPENRRAS_RASADMIN_SSH_H
#define OPENRRAS_RASADMIN_SSH_H

#include <stdbool.h>
#include <stddef.h>

#define SSH_DESTINATION_MAX 512u /* "user@host" with its NUL */

struct ssh_target {
    char destination[SSH_DESTINATION_MAX]; /* user@host, host */
    char port[8];                          /* "" when not given */
};

/* Does the name begin with ssh:// ? */
bool ssh_is_url(const char *name);
/*
 * 0; -EINVAL when it is not of that form. Strict, because it goes to a program's command line: no part may begin with
 * '-', and only letters, digits and . _ - : % + are taken (and @ \ in the user).
 */
int ssh_parse(const char *url, struct ssh_target *ret);

struct ssh;

/*
 * Start it. `program`: NULL is "ssh". `batch`: it must not ask for anything. On success *ret_fd is our end, the
 * caller's to close. Negative errno.
 */
int ssh_start(const struct ssh_target *target, const char *program, bool batch, struct ssh **ret, int *ret_fd);

/*
 * Our end of the socket pair has been closed: wait for its end (it is told to end after a while), reap it, show its
 * last words. Frees. Returns what waitpid(2) says of it.
 */
int ssh_finish(struct ssh *s);

#endif
