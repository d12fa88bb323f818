/* SPDX-License-Identifier: Apache-2.0 */
/* The workers of ocserv, each of which is a session. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/ocserv/watch_private.h"

#define WORKER_SPARE_FDS (KEEPOUT_CLIENTS_MAX + 64u)

static struct worker *find(const struct watch *w, int32_t pid)
{
    struct worker *found;
    HASH_FIND(hh, w->workers, &pid, sizeof(pid), found);
    return found;
}

/* ---- its process ---- */

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static void stop_watching(struct worker *k)
{
    if (k->poll)
        uv_close((uv_handle_t *)k->poll, on_poll_closed);
    k->poll = NULL;
}

/* The process has ended. That the session is gone says the next listing; ocserv may need a moment to notice. */
static void on_process_end(uv_poll_t *poll, int status, int events)
{
    struct worker *k = poll->data;
    struct watch *w = k->watch;
    (void)status;
    (void)events;
    stop_watching(k);
    k->ended = true;
    watch_ask(w);
}

static void watch_process(struct watch *w, struct worker *k)
{
    uv_poll_t *poll = malloc(sizeof(*poll));
    if (!poll || uv_poll_init(w->loop, poll, k->pidfd) < 0) {
        free(poll); /* its end is seen by the next poll all the same */
        return;
    }
    poll->data = k;
    k->poll = poll;
    uv_poll_start(poll, UV_READABLE, on_process_end);
}

/* Workers must leave some descriptors for connections: to ocserv, to rrasd, and of rras-ocserv-connect. The kernel
 * gives the lowest one that is free, so a high one is one of the last. */
static bool is_spare(int fd)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + WORKER_SPARE_FDS >= limit.rlim_cur;
}

static int open_pidfd(struct watch *w, pid_t pid)
{
    int fd = door_worker(w->door, pid);
    if (fd < 0 || !is_spare(fd))
        return fd;
    close(fd);
    return -EMFILE;
}

static void open_process(struct watch *w, struct worker *k)
{
    k->opened = w->started;
    k->pidfd = open_pidfd(w, k->pid);
    if (k->pidfd >= 0) {
        watch_process(w, k);
        return;
    }
    k->pidfd_error = k->pidfd;
    k->pidfd = -1;
    if (k->pidfd_error == -EPIPE)
        watch_fail(w);
}

/* ---- the table ---- */

static void forget(struct watch *w, struct worker *k)
{
    HASH_DELETE(hh, w->workers, k);
    stop_watching(k);
    if (k->pidfd >= 0)
        close(k->pidfd);
    free(k);
}

void worker_free_all(struct watch *w)
{
    struct worker *k, *next;
    HASH_ITER(hh, w->workers, k, next)
    forget(w, k);
}

static void gone(struct watch *w, struct worker *k)
{
    enum driver_told told = orders_gone(w->orders, k->id, k->since);
    struct driver_gone g = {
        .reason = told != DRIVER_TOLD_NOTHING ? "disconnected by the administrator"
                  : k->reason[0]              ? k->reason
                                              : NULL,
        .counters = k->index ? &k->counters : NULL,
        .counters_final = k->counters_final,
        .told = told,
    };
    driver_session_gone(w->driver, k->id, k->since, &g); /* -ENOENT: it never got into the table */
    forget(w, k);
}

static struct worker *add(struct watch *w, const struct row *row)
{
    struct worker *k = calloc(1, sizeof(*k));
    if (!k)
        return NULL;
    k->watch = w;
    k->pid = row->pid;
    k->since = row->since;
    memcpy(k->session, row->session, sizeof(k->session));
    snprintf(k->id, sizeof(k->id), "%d:%s", (int)row->pid, row->session);
    k->pidfd = -1;
    HASH_ADD(hh, w->workers, pid, sizeof(k->pid), k);
    if (!k->hh.tbl) {
        free(k);
        return NULL;
    }
    return k;
}

/* Somebody is in whom no event has announced, though we had asked for events before he came: another program has them.
 */
static void came_up(struct watch *w, struct worker *k)
{
    k->up = true;
    w->bind_tries = 0;
    if (w->keepout && w->online)
        keepout_came_in(w->keepout, k->pid);
    if (w->state == EVENTS_HOPED && w->events_listing > 0 && w->started > w->events_listing) {
        log_info("%s: another program gets ocserv's events", w->config->control);
        w->state = EVENTS_HELD;
    }
}

static void put(struct watch *w, const struct worker *k, const struct row *row)
{
    struct driver_session s = {
        .id = k->id,
        .start = k->since,
        .state = row->status >= ROWS_STATUS_UP ? DRIVER_SESSION_CONNECTED : DRIVER_SESSION_AUTHENTICATING,
        .user = row->user,
        .client_address = row->peer,
        .server_address = row->local,
        .tunnel_address4 = row->client4,
        .tunnel_address6 = row->client6,
        .tunnel_server4 = row->server4,
        .interface = row->device,
        .caller = text_is_utf8(row->host_name, strlen(row->host_name)) ? row->host_name : "",
    };
    if (driver_session_put(w->driver, &s) < 0)
        log_error("out of memory: a session can't be shown");
}

/* Its device, and whether it is one that we have seen of this session. */
static void take_device(struct watch *w, struct worker *k, const struct row *row)
{
    if (strcmp(k->device, row->device) != 0 || strcmp(k->client4, row->client4) != 0) {
        memcpy(k->device, row->device, sizeof(k->device));
        memcpy(k->client4, row->client4, sizeof(k->client4));
        k->index = 0;
    }
    if (k->up && k->device[0] && k->index == 0)
        w->unbound = true;
}

void worker_row(struct watch *w, const struct row *row)
{
    struct worker *k = find(w, row->pid);
    bool twice = k && k->seen == w->started;
    if (k && !row_is(row, k->pid, k->session, k->since)) {
        gone(w, k); /* the process id serves another one now */
        k = NULL;
    }
    if (!k)
        k = add(w, row);
    if (!k) {
        log_error("out of memory: a session can't be shown");
        return;
    }
    k->seen = w->started;
    k->twice = twice;
    if (!row->user[0]) /* has not said who he is: nobody's session, but his process id is taken */
        return;
    if (k->pidfd < 0 && k->pidfd_error == 0)
        open_process(w, k);
    if (row->status >= ROWS_STATUS_UP && !k->up)
        came_up(w, k);
    w->coming |= !k->up;
    take_device(w, k, row);
    w->foreign |= k->pidfd_error == -EXDEV;
    w->ended_listed |= k->ended;
    /* Who is about to be turned away needs no order against him, which rrasd would give. */
    if (k->up || !w->keepout || !keepout_refuses(w->keepout, row->user))
        put(w, k, row);
}

void worker_event(struct watch *w, const struct event *event, const struct row *row)
{
    struct worker *k = find(w, row->pid);
    if (!event->connected && k && row_is(row, k->pid, k->session, k->since))
        snprintf(k->reason, sizeof(k->reason), "%s", event->reason);
}

void worker_sweep(struct watch *w)
{
    struct worker *k, *next;
    HASH_ITER(hh, w->workers, k, next)
    if (k->seen != w->done)
        gone(w, k);
}

/* ---- an order ---- */

static int no_process(const struct worker *k, const char **ret_why)
{
    if (k->pidfd_error == -ESRCH)
        return -ESRCH;
    if (k->pidfd_error != -EXDEV && k->pidfd_error != -EPERM) {
        *ret_why =
            "rras-ocserv could not open the process that serves this user, for want of descriptors or memory; nothing "
            "was done";
        return k->pidfd_error;
    }
    *ret_why = k->pidfd_error == -EXDEV
                   ? "ocserv runs in another pid namespace than rras-ocserv, so its processes can't be "
                     "told apart; nothing was done. Run both in the same one"
                   : "the process that serves this user is not a child of the ocserv that listens on the "
                     "control socket; nothing was done";
    return -EPERM;
}

int worker_end(struct watch *w, const char *id, int64_t start, uint64_t listing, bool hard, const char **ret_why)
{
    int32_t pid = (int32_t)strtol(id, NULL, 10); /* our own text */
    struct worker *k = find(w, pid);
    if (!k || strcmp(k->id, id) != 0 || k->since != start || k->seen < listing)
        return -ESRCH;
    if (k->pidfd < 0)
        return no_process(k, ret_why);
    if (k->twice) {
        *ret_why = "ocserv lists two users with the same process id; nothing was done. Try again";
        return -EBUSY;
    }
    if (k->seen <= k->opened) { /* the process may be another one than that listing meant */
        *ret_why = "this user has only just been seen; nothing was done. Try again";
        return -EBUSY;
    }
    int r = door_signal(w->door, k->pidfd, hard);
    if (r == -EPIPE)
        watch_fail(w);
    else if (r < 0 && r != -ESRCH)
        *ret_why =
            r == -EPERM ? "the process that serves this user is not ocserv's any more; nothing was done" : strerror(-r);
    return r;
}
