/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/notify.h"

#include "rrasd/rrasd_paths.h"

#ifdef HAVE_SYSTEMD

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <fcntl.h>

#include "common/log.h"

/* sd_notify() fails when nobody listens; nothing follows from that. */

void notify_ready(const char *status)
{
    (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_reloading(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    uint64_t us = (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, us);
}

void notify_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}

void notify_watchdog(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}

uint64_t notify_watchdog_interval(void)
{
    uint64_t us = 0;
    /* Twice as often as asked for, as sd_watchdog_enabled(3) advises. */
    return sd_watchdog_enabled(0, &us) > 0 && us >= 2000 ? us / 2000 : 0;
}

static bool is_driver(const char *name)
{
    return strcmp(name, "driver.sock") == 0 || strcmp(name, "rrasd-driver.socket") == 0;
}

static bool is_client(const char *name)
{
    return strcmp(name, "rrasd.sock") == 0 || strcmp(name, "rrasd.socket") == 0;
}

/* Never by its place: who is let in there is another's word. */
static bool is_pipe(const char *name)
{
    return strcmp(name, "router-pipe") == 0 || strcmp(name, "rrasd-pipe.socket") == 0;
}

/* What a descriptor is for: by its name, else the first of clients and drivers that is still free. */
static int *place_for(const char *name, int *client, int *driver, int *pipe)
{
    if (name && is_pipe(name))
        return pipe;
    if (name && is_driver(name))
        return driver;
    if (name && is_client(name))
        return client;
    return *client < 0 ? client : driver;
}

static int take_fd(int fd, const char *name, int *client, int *driver, int *pipe)
{
    int *place = place_for(name, client, driver, pipe);
    if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0) {
        log_error("socket activation: descriptor %d is no listening unix stream socket", fd);
        return -EINVAL;
    }
    if (*place >= 0) {
        log_error("socket activation: descriptor %d is one too many of its kind", fd);
        return -EINVAL;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    *place = fd;
    return 0;
}

static void free_names(char **names)
{
    for (char **at = names; at && *at; at++)
        free(*at);
    free(names);
}

int notify_listen_fds(int *client, int *driver, int *pipe)
{
    char **names = NULL;
    int r = 0, n = sd_listen_fds_with_names(1, &names);
    if (n < 0) {
        log_error("socket activation: %s", strerror(-n));
        return n;
    }
    for (int i = 0; i < n && r == 0; i++)
        r = take_fd(SD_LISTEN_FDS_START + i, names ? names[i] : NULL, client, driver, pipe);
    free_names(names);
    return r;
}

#else

void notify_ready(const char *status)
{
    (void)status;
}

void notify_reloading(void)
{
}

void notify_stopping(void)
{
}

void notify_watchdog(void)
{
}

uint64_t notify_watchdog_interval(void)
{
    return 0;
}

int notify_listen_fds(int *client, int *driver, int *pipe)
{
    (void)client;
    (void)driver;
    (void)pipe;
    return 0;
}

#endif
