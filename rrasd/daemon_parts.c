/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the daemon: what they ask each other, and how they are made and freed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <winerror.h>

#include "common/log.h"
#include "rasrpc/rasrpc.h"
#include "rrasd/daemon_private.h"
#include "rrasd/past.h"

#define LOG_DIR_MODE 0750

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

/* ---- life ---- */

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

static int make_others(struct daemon *d)
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

int daemon_make_parts(struct daemon *d)
{
    d->ops = (struct router_ops){.send_disconnect = send_disconnect,
                                 .send_errand = send_errand,
                                 .event = on_event,
                                 .random = fill_random,
                                 .keep_out = on_keep_out,
                                 .keep_out_end = on_keep_out_end,
                                 .keep_out_counted = on_keep_out_counted,
                                 .arrived = on_arrived};
    int r = open_audit(d);
    if (r == 0)
        r = open_past(d);
    if (r == 0)
        r = make_others(d);
    return r;
}

void daemon_free_parts(struct daemon *d)
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
