/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/log.h"
#include "rrasd/daemon_private.h"
#include "rrasd/notify.h"
#include "rrasd/past.h"
#include "rrasd/rrasd_paths.h"

#define STATE_DIR_MODE 0700

/* How long the end waits for readers, when all else is done: most are back at once, and then nothing is left behind. */
#define READERS_PATIENCE_MS 1000u

/* ---- start, in this order ---- */

/* One rrasd for each state directory; the kernel gives the lock back however it ends. */
static int take_lock(struct daemon *d)
{
    char path[4200];
    int r = make_directory(d->config.state_dir, STATE_DIR_MODE);
    if (r < 0) {
        log_error("can't make the state directory %s: %s", d->config.state_dir, strerror(-r));
        return r;
    }
    snprintf(path, sizeof path, "%s/lock", d->config.state_dir);
    d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (d->lock_fd >= 0 && flock(d->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    r = -errno;
    if (r == -EWOULDBLOCK)
        log_error("another rrasd uses the state directory %s", d->config.state_dir);
    else
        log_error("can't use the state directory %s: %s", d->config.state_dir, strerror(-r));
    return r;
}

static void end_overdue(void *ctx, const struct router_keep_out *k)
{
    struct daemon *d = ctx;
    const struct audit_keep_out line = {.number = k->number, .user = k->user, .driver = k->driver};
    audit_write_keep_out_end(d->audit, NULL, &line);
    keep_outs_changed(d->keep_outs, k, true);
}

/* Those that have ended while no rrasd ran: each has its line as well; again only after a crash before it is stored. */
static void end_all_overdue(struct daemon *d)
{
    struct router_time now = daemon_now(d);
    int r = past_keep_outs_over(d->store, d->router, &now, end_overdue, d);
    if (r < 0)
        log_error("store: can't read which keep-outs have ended meanwhile (%s): the audit log does not have their ends",
                  strerror(-r));
}

/* From here on the loop has handles: the end is daemon_stop()'s. */
static void begin_serving(struct daemon *d)
{
    int r = daemon_listen(d);
    daemon_loop_begin(d);
    if (r < 0) {
        d->result = r;
        log_error("can't listen: %s", strerror(-r));
        daemon_stop(d, "failure");
        return;
    }
    audit_write_daemon(d->audit, "start");
    end_all_overdue(d);
    log_info("rrasd %s is ready: clients at %s, drivers at %s", RRASD_VERSION, d->config.socket,
             d->config.driver_socket);
    notify_ready("running");
}

static int start(struct daemon *d)
{
    daemon_check_descriptors(&d->config);
    int r = take_lock(d);
    if (r == 0)
        r = sockets_open(&d->sockets, &d->config);
    if (r == 0)
        r = daemon_make_parts(d);
    return r;
}

/* ---- stop ---- */

static void on_hub_closed(void *ctx)
{
    struct daemon *d = ctx;
    d->hub = NULL;
}

/*
 * All clients are gone. The ports are saved as they are now: what drivers would say from here on does not count any
 * more, because they say it again to the next rrasd.
 */
static void on_clients_stopped(void *ctx)
{
    struct daemon *d = ctx;
    driver_hub_close(d->hub, on_hub_closed, d);
    marks_close(d->marks);
    keep_outs_close(d->keep_outs);
    user_door_close(d->door);
    users_close(d->users);
    if (d->remote)
        remote_close(d->remote);
    audit_close(d->audit);
    readers_leave(d->readers);
    daemon_loop_end(d);
}

void daemon_stop(struct daemon *d, const char *why)
{
    if (d->stopping)
        return;
    d->stopping = true;
    log_info("stopping: %s", why);
    notify_stopping();
    backend_stop(d->backend);
    clients_stop(d->clients, on_clients_stopped, d);
}

/* The loop has run out, so no worker is at the store any more. */
static int save(struct daemon *d)
{
    struct router_marks marks;
    router_get_marks(d->router, &marks);
    int r = store_save_clean(d->store, &marks, d->router);
    if (r < 0)
        log_error("store: can't save the ports (%s): the next start is as after a crash", strerror(-r));
    return r;
}

/* Orders that still stand end here, each with its line: the next rrasd does not know of them. */
static void end_orders(struct daemon *d)
{
    router_free(d->router);
    d->router = NULL;
    audit_write_daemon(d->audit, "stop");
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* What is still in the loop: after a failed start some parts are there, and some of them have put handles into it. */
static void unwind(struct daemon *d)
{
    if (d->hub)
        driver_hub_close(d->hub, on_hub_closed, d);
    readers_free(d->readers);
    timers_close(&d->loop);
    uv_walk(&d->loop, close_handle, NULL);
    uv_run(&d->loop, UV_RUN_DEFAULT);
}

/*
 * What is to be kept is kept, and a reader is still out: in the name service, with the keytab or a directory. What it
 * uses can't be freed, and exit() would take libraries from under it.
 */
_Noreturn static void leave_reader_behind(struct daemon *d, int result)
{
    store_close(d->store);
    audit_free(d->audit);
    sockets_clear(&d->sockets);
    log_warning("stopped without waiting for an answer from the name service, Kerberos or the directory of users");
    _exit(result < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int serve(struct daemon *d)
{
    begin_serving(d);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    bool all_back = readers_finish(d->readers, READERS_PATIENCE_MS);
    int r = save(d);
    end_orders(d);
    r = d->result < 0 ? d->result : r;
    if (!all_back)
        leave_reader_behind(d, r);
    log_info("stopped");
    return r;
}

static int run(struct daemon *d)
{
    int r = start(d);
    if (r == 0)
        r = serve(d);
    return r;
}

int daemon_run(const struct daemon_options *options, struct config *config)
{
    struct daemon *d = calloc(1, sizeof *d);
    if (!d || uv_loop_init(&d->loop) < 0) {
        config_clear(config);
        free(d);
        log_error("no memory");
        return -ENOMEM;
    }
    d->options = options;
    d->config = *config;
    d->lock_fd = -1;
    d->sockets = (struct listen_sockets)SOCKETS_NONE;
    int r = timers_open(&d->loop);
    if (r < 0)
        log_error("no timers: %s", strerror(-r));
    else
        r = run(d);
    unwind(d);
    daemon_free_parts(d);
    if (uv_loop_close(&d->loop) < 0)
        log_error("something is still open in the loop at the end"); /* a bug, and harmless now */
    free(d);
    return r;
}
