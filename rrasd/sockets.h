/* SPDX-License-Identifier: Apache-2.0 */
/* The listening sockets: made here, or handed over by systemd (sd_listen_fds(3)). */
#ifndef OPENRRAS_RRASD_SOCKETS_H
#define OPENRRAS_RRASD_SOCKETS_H

#include <stdbool.h>
#include <sys/types.h>

struct listen_socket {
    int fd;
    char *path; /* of one that was made here, to be removed at the end; owned; NULL: systemd's */
    dev_t dev;  /* which file it was: another rrasd may have put its own there since */
    ino_t ino;
};

struct listen_sockets {
    struct listen_socket client, driver;
    struct listen_socket pipe; /* of smbd; fd < 0: there is none */
};

/*
 * Those of systemd, by name (rrasd.sock or rrasd.socket, driver.sock or rrasd-driver.socket) or in this order, and by
 * name only router-pipe or rrasd-pipe.socket; what it has not given is made. `pipe_path` may be NULL: no pipe unless
 * systemd gives one. A socket file that nobody listens on is replaced; where somebody answers it is another rrasd:
 * -EADDRINUSE. 0 or negative errno, with a sentence in the log.
 */
int sockets_open(struct listen_sockets *ret, const char *client_path, const char *driver_path, const char *pipe_path);
/* Remove the files that were made here. The descriptors belong to who listens on them; those not handed on (fd >= 0)
 * are closed. */
void sockets_clear(struct listen_sockets *s);

/* Make the last directory of a path that is still missing. 0 or negative errno. */
int make_directory(const char *path, mode_t mode);
int make_directory_of(const char *file, mode_t mode);

#endif
