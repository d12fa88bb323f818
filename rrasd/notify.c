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

/* These two never by their place: who is let in there is another's word. */
static bool is_tcp(const char *name)
{
    return strcmp(name, "rrasd-tcp") == 0 || strcmp(name, "rrasd-tcp.socket") == 0;
}

static bool is_pipe(const char *name)
{
    return strcmp(name, "router-pipe") == 0 || strcmp(name, "rrasd-pipe.socket") == 0;
}

/* What a descriptor is for: by its name, else the first of clients and drivers that is still free. */
static int *place_for(const char *name, struct notify_sockets *s)
{
    if (name && is_pipe(name))
        return &s->pipe;
    if (name && is_driver(name))
        return &s->driver;
    if (name && is_client(name))
        return &s->client;
    return s->client < 0 ? &s->client : &s->driver;
}

static int put_fd(int fd, const char *name, struct notify_sockets *s)
{
    int *place = name && is_tcp(name) ? NULL : place_for(name, s);
    if (place ? *place >= 0 : s->n_tcp >= NOTIFY_TCP_MAX) {
        log_error("socket activation: descriptor %d is one too many of its kind", fd);
        return -EINVAL;
    }
    if (place)
        *place = fd;
    else
        s->tcp[s->n_tcp++] = fd;
    return 0;
}

/* Is it a socket of that kind? What comes over TCP has to prove who it is, and what comes over another is known. */
static bool is_good(int fd, const char *name)
{
    if (name && is_tcp(name))
        return sd_is_socket_inet(fd, AF_UNSPEC, SOCK_STREAM, 1, 0) > 0;
    return sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0;
}

static int take_fd(int fd, const char *name, struct notify_sockets *s)
{
    if (!is_good(fd, name)) {
        log_error("socket activation: descriptor %d is no listening %s socket", fd,
                  name && is_tcp(name) ? "TCP" : "unix stream");
        return -EINVAL;
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return put_fd(fd, name, s);
}

static void free_names(char **names)
{
    for (char **at = names; at && *at; at++)
        free(*at);
    free(names);
}

int notify_listen_fds(struct notify_sockets *ret)
{
    *ret = (struct notify_sockets){.client = -1, .driver = -1, .pipe = -1};
    char **names = NULL;
    int r = 0, n = sd_listen_fds_with_names(1, &names);
    if (n < 0) {
        log_error("socket activation: %s", strerror(-n));
        return n;
    }
    for (int i = 0; i < n && r == 0; i++)
        r = take_fd(SD_LISTEN_FDS_START + i, names ? names[i] : NULL, ret);
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

int notify_listen_fds(struct notify_sockets *ret)
{
    *ret = (struct notify_sockets){.client = -1, .driver = -1, .pipe = -1};
    return 0;
}

#endif
