/* SPDX-License-Identifier: Apache-2.0 */
/* The listening sockets: made here, or handed over by systemd (sd_listen_fds(3)). */
#ifndef OPENRRAS_RRASD_SOCKETS_H
#define OPENRRAS_RRASD_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "rrasd/config.h"
#include "rrasd/notify.h"

struct listen_socket {
    int fd;
    char *path; /* of one that was made here, to be removed at the end; owned; NULL: systemd's */
    dev_t dev;  /* which file it was: another rrasd may have put its own there since */
    ino_t ino;
};

struct listen_sockets {
    struct listen_socket client, driver;
    struct listen_socket pipe; /* of smbd; fd < 0: there is none */
    int tcp[NOTIFY_TCP_MAX];   /* -1: handed on */
    size_t n_tcp;
};

/* None. */
#define SOCKETS_NONE                                                                                                   \
    {                                                                                                                  \
        .client = {.fd = -1}, .driver = {.fd = -1}, .pipe = {.fd = -1 }                                                \
    }

/*
 * Those of systemd (notify_listen_fds()); what it has not given, and the configuration wants, is made: for TCP all or
 * nothing. A socket file that nobody listens on is replaced; where somebody answers it is another rrasd: -EADDRINUSE.
 * 0 or negative errno, with a sentence in the log.
 */
int sockets_open(struct listen_sockets *ret, const struct config *config);
/* Remove the files that were made here. The descriptors belong to who listens on them; those not handed on (fd >= 0)
 * are closed. */
void sockets_clear(struct listen_sockets *s);

/* Make the last directory of a path that is still missing. 0 or negative errno. */
int make_directory(const char *path, mode_t mode);
int make_directory_of(const char *file, mode_t mode);

#endif
