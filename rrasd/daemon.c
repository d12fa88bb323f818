/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>
#include <winerror.h>

#include "common/log.h"
#include "rasrpc/rasrpc.h"
#include "rrasd/daemon_private.h"
#include "rrasd/notify.h"
#include "rrasd/past.h"
#include "rrasd/rrasd_paths.h"

#define STATE_DIR_MODE 0700
#define LOG_DIR_MODE   0750

/* How long the end waits for readers, when all else is done: most are back at once, and then nothing is left behind. */
#define READERS_PATIENCE_MS 1000u

/* ---- what the parts ask each other ---- */

static int send_disconnect(void *ctx, void *channel, const struct router_order *order)
{
    struct daemon *d = ctx;
    return driver_hub_send_disconnect(d->hub, channel, order);
}

static int send_errand(void *ctx, void *channel, const struct router_errand *errand)
{
    struct daemon *d = ctx;
    return driver_hub_send_errand(d->hub, channel, errand);
}

static void on_event(void *ctx, const struct router_event *event)
{
    struct daemon *d = ctx;
    if (d->backend) /* while the past is restored there is nobody to tell */
        backend_event(d->backend, event);
}

static void on_keep_out(void *ctx, const struct router_keep_out *k)
{
    struct daemon *d = ctx;
    driver_hub_keep_out(d->hub, k);
    keep_outs_changed(d->keep_outs, k, false);
}

static void on_keep_out_end(void *ctx, const struct router_keep_out *k)
{
    struct daemon *d = ctx;
    driver_hub_keep_out_end(d->hub, k);
    keep_outs_changed(d->keep_outs, k, true);
}

static void on_keep_out_counted(void *ctx, const struct router_keep_out *k)
{
    struct daemon *d = ctx;
    keep_outs_counted(d->keep_outs, k);
}

static void on_arrived(void *ctx, const char *user)
{
    struct daemon *d = ctx;
    if (d->door)
        user_door_arrived(d->door, user);
}

static void on_user_changed(void *ctx, const char *name)
{
    struct daemon *d = ctx;
    user_door_changed(d->door, name);
}

static bool may_keep_out(void *ctx)
{
    const struct daemon *d = ctx;
    return !keep_outs_full(d->keep_outs);
}

static int store_limits(void *ctx, struct limits_change *change)
{
    struct daemon *d = ctx;
    return limits_store(d->limits, change);
}

static int keep_secret(void *ctx, struct secrets_job *job)
{
    struct daemon *d = ctx;
    return secrets_do(d->secrets, job);
}

static void fill_random(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    /* For so few bytes it is never short once the kernel's generator is ready, which it waits for. */
    if (getrandom(dst, n, 0) != (ssize_t)n)
        memset(dst, 0, n);
}

static bool driver_may(void *ctx, uid_t uid, const char *driver, const char *instance)
{
    struct daemon *d = ctx;
    return config_driver_allowed(&d->config, uid, driver, instance);
}

static void on_answered(void *ctx, struct caller *caller)
{
    struct daemon *d = ctx;
    clients_answered(d->clients, caller);
}

static bool may_serve(void *ctx)
{
    struct daemon *d = ctx;
    bool marked = marks_check(d->marks); /* both begin what they have to write */
    return keep_outs_check(d->keep_outs) && marked;
}

static void leave_caller(void *ctx, struct caller *caller)
{
    struct daemon *d = ctx;
    backend_leave(d->backend, caller);
}

static void forget_caller(void *ctx, const struct caller *caller)
{
    struct daemon *d = ctx;
    if (d->remote)
        remote_forget(d->remote, caller);
    backend_forget(d->backend, caller);
}

static void on_handed_over(void *ctx, const struct caller *caller, const char *why, uint64_t missed)
{
    struct daemon *d = ctx;
    const struct audit_who who = {.caller = caller, .name = caller->name};
    const struct audit_login login = {
        .level = "smb", .result = why ? ERROR_ACCESS_DENIED : ERROR_SUCCESS, .why = why, .missed = missed};
    audit_write_login(d->audit, &who, &login);
}

static void on_refused(void *ctx, const struct caller *caller, const char *why, uint64_t missed)
{
    struct daemon *d = ctx;
    audit_write_refused(d->audit, caller, why, missed);
}

static void recheck_caller(void *ctx, struct caller *caller)
{
    struct daemon *d = ctx;
    remote_recheck(d->remote, caller);
}

static void on_auth_ready(void *ctx, struct caller *caller)
{
    struct daemon *d = ctx;
    clients_auth_ready(d->clients, caller);
}

static void on_marks_hold(void *ctx, bool on)
{
    struct daemon *d = ctx;
    d->marks_hold = on;
    clients_hold(d->clients, d->marks_hold || d->keep_outs_hold);
}

static void on_keep_outs_hold(void *ctx, bool on)
{
    struct daemon *d = ctx;
    d->keep_outs_hold = on;
    clients_hold(d->clients, d->marks_hold || d->keep_outs_hold);
}

static struct router *new_router(void *ctx)
{
    struct daemon *d = ctx;
    struct router_config config = daemon_router_config(&d->config);
    return router_new(&config, &d->ops, d);
}

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

static int open_audit(struct daemon *d)
{
    char run[16];
    uint32_t random = 0;
    fill_random(NULL, (uint8_t *)&random, sizeof random);
    snprintf(run, sizeof run, "%08" PRIx32, random);
    int r = make_directory_of(d->config.audit_log, LOG_DIR_MODE);
    if (r == 0)
        r = audit_open(&d->loop, d->config.audit_log, run, &d->audit);
    if (r < 0)
        log_error("can't write the audit log %s: %s", d->config.audit_log, strerror(-r));
    return r;
}

static int open_past(struct daemon *d)
{
    struct store_past past = {0};
    struct router_time now = daemon_now(d);
    int r = store_open(d->config.state_dir, &d->store, &past);
    return r < 0 ? r : past_restore(d->store, &past, &now, new_router, d, &d->router, &d->stored);
}

static int make_users(struct daemon *d)
{
    struct user_directory *directory;
    char why[USERS_WHY_MAX] = "";
    int r = user_directory_new(&d->config.users, d->store, &directory, why);
    if (r < 0) {
        log_error("users: %s", why);
        return r;
    }
    d->users = users_new(&d->loop, d->readers, &d->config, directory);
    const struct user_door_env door = {
        .loop = &d->loop, .config = &d->config, .router = d->router, .users = d->users, .now = daemon_now, .ctx = d};
    d->door = d->users ? user_door_new(&door) : NULL;
    return d->door ? 0 : -ENOMEM;
}

/* What is offered, and to whom. */
static int make_rpc(struct daemon *d)
{
    d->interface[0] = dim_interface(backend_dim(d->backend));
    d->interface[1] = rrasx_interface(backend_rrasx(d->backend));
    d->interface[2] = rasrpc_interface(backend_dim(d->backend));
    for (size_t i = 0; i < DAEMON_INTERFACES; i++)
        d->interfaces[i] = &d->interface[i];
    d->rpc = (struct rpc_server_config){
        .interfaces = d->interfaces,
        .n_interfaces = DAEMON_INTERFACES,
        .max_frag = RPC_FRAG_MAX_LOCAL,
        .sec_addr = "",
        .offer_mgmt = true,
        .groups = &d->rpc_groups,
    };
    const struct remote_env remote = {.loop = &d->loop,
                                      .readers = d->readers,
                                      .config = &d->config,
                                      .audit = d->audit,
                                      .rpc = &d->rpc,
                                      .port = d->tcp_port,
                                      .has_called = clients_has_called,
                                      .ready = on_auth_ready,
                                      .ctx = d};
    if (d->sockets.n_tcp > 0)
        address_port_of_socket(d->tcp_port, d->sockets.tcp[0]);
    bool needed = d->sockets.n_tcp > 0 || d->sockets.pipe.fd >= 0;
    if (needed)
        d->remote = remote_new(&remote);
    return needed && !d->remote ? -ENOMEM : 0;
}

static const struct rpc_server_config *rpc_of(const struct daemon *d, enum remote_way way)
{
    return d->remote ? remote_rpc(d->remote, way) : NULL;
}

static int make_clients(struct daemon *d)
{
    int r = make_rpc(d);
    if (r < 0)
        return r;
    const struct clients_env env = {
        .loop = &d->loop,
        .config = &d->config,
        .rpc = {[CALLER_LOCAL] = &d->rpc, [CALLER_PIPE] = rpc_of(d, REMOTE_PIPE), [CALLER_TCP] = rpc_of(d, REMOTE_TCP)},
        .rpc_stranger = rpc_of(d, REMOTE_STRANGER),
        .may_serve = may_serve,
        .leave = leave_caller,
        .forget = forget_caller,
        .handed_over = on_handed_over,
        .refused = on_refused,
        .recheck = recheck_caller,
        .ctx = d};
    d->clients = clients_new(&env);
    return d->clients ? 0 : -ENOMEM;
}

static int make_parts(struct daemon *d)
{
    GUID run;
    fill_random(NULL, (uint8_t *)&run, sizeof run);
    struct driver_hub_config hub = daemon_hub_config(&d->config);
    d->readers = readers_new(&d->loop);
    if (!d->readers)
        return -ENOMEM;
    int r = make_users(d);
    if (r < 0)
        return r;
    struct backend_env backend = {.router = d->router,
                                  .audit = d->audit,
                                  .config = &d->config,
                                  .run = run,
                                  .now = daemon_now,
                                  .answered = on_answered,
                                  .may_keep_out = may_keep_out,
                                  .store_limits = store_limits,
                                  .users = d->users,
                                  .user_changed = on_user_changed,
                                  .secret = keep_secret,
                                  .ctx = d};
    d->hub = backend.hub = driver_hub_new(&d->loop, &hub, driver_may, daemon_now, d);
    d->backend = backend_new(&backend);
    d->marks = marks_new(&d->loop, d->store, d->router, &d->stored, on_marks_hold, d);
    d->keep_outs = keep_outs_new(&d->loop, d->store, on_keep_outs_hold, d);
    d->limits = limits_new(&d->loop, d->store);
    d->secrets = secrets_new(&d->loop, d->config.state_dir);
    if (!d->hub || !d->backend || !d->marks || !d->keep_outs || !d->limits || !d->secrets)
        return -ENOMEM;
    driver_hub_set_router(d->hub, d->router);
    driver_hub_set_admission(d->hub, &user_door_admission, d->door);
    return make_clients(d);
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
    d->ops = (struct router_ops){.send_disconnect = send_disconnect,
                                 .send_errand = send_errand,
                                 .event = on_event,
                                 .random = fill_random,
                                 .keep_out = on_keep_out,
                                 .keep_out_end = on_keep_out_end,
                                 .keep_out_counted = on_keep_out_counted,
                                 .arrived = on_arrived};
    daemon_check_descriptors(&d->config);
    int r = take_lock(d);
    if (r == 0)
        r = sockets_open(&d->sockets, &d->config);
    if (r == 0)
        r = open_audit(d);
    if (r == 0)
        r = open_past(d);
    if (r == 0)
        r = make_parts(d);
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

static void free_parts(struct daemon *d)
{
    clients_free(d->clients);
    remote_free(d->remote);
    router_free(d->router); /* before the backend, which has the calls that the router still holds */
    backend_free(d->backend);
    marks_free(d->marks);
    keep_outs_free(d->keep_outs);
    limits_free(d->limits);
    user_door_free(d->door);
    secrets_free(d->secrets);
    users_free(d->users);
    store_close(d->store);
    audit_free(d->audit);
    sockets_clear(&d->sockets);
    if (d->lock_fd >= 0)
        close(d->lock_fd);
    config_clear(&d->config);
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
    free_parts(d);
    if (uv_loop_close(&d->loop) < 0)
        log_error("something is still open in the loop at the end"); /* a bug, and harmless now */
    free(d);
    return r;
}
