/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rrasd/client_private.h"

#define ACCEPTS_A_TURN 64    /* then others have a turn */
#define BACKOFF_MS     1000u /* out of descriptors: connections wait in the backlog so long */
#define SWEEP_MS       1000u /* how exact deadlines are */
#define STOP_SWEEP_MS  50u   /* and while stopping */

static void on_listener(uv_poll_t *poll, int status, int events);
static void on_sweep(struct timer *timer);

struct clients *clients_new(const struct clients_env *env)
{
    struct clients *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->env = *env;
    all->refused_log = all->broken_log = all->refused_audit = RATELIMIT_STRANGERS;
    all->denied_audit = RATELIMIT_NO_ROLE;
    timer_init(env->loop, &all->sweep, on_sweep, all);
    return all;
}

int clients_listen(struct clients *all, enum caller_from way, int fd)
{
    struct listener *l = &all->listeners[all->n_listeners];
    if (all->n_listeners == CLIENTS_LISTENERS_MAX)
        return -ENOSPC;
    int r = uv_poll_init(all->env.loop, &l->poll, fd);
    if (r < 0)
        return r;
    l->all = all;
    l->way = way;
    l->fd = fd;
    uv_timer_init(all->env.loop, &l->backoff);
    l->poll.data = l->backoff.data = l;
    all->n_listeners++;
    return uv_poll_start(&l->poll, UV_READABLE, on_listener);
}

static void finish_stop(struct clients *all)
{
    if (!all->stopping || all->n > 0 || all->closed)
        return;
    all->closed = true;
    timer_stop(&all->sweep);
    for (size_t i = 0; i < all->n_listeners; i++)
        uv_close((uv_handle_t *)&all->listeners[i].backoff, NULL);
    all->stopped(all->stopped_ctx);
}

void client_unlink(struct client *c)
{
    struct clients *all = c->all;
    for (struct client **at = &all->answered; c->answered && *at; at = &(*at)->next_answered) {
        if (*at == c) {
            *at = c->next_answered;
            break;
        }
    }
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        all->first = c->next;
    if (--all->n == 0 && !all->stopping)
        timer_stop(&all->sweep);
}

static void link_client(struct clients *all, struct client *c)
{
    c->next = all->first;
    if (c->next)
        c->next->prev = c;
    all->first = c;
    if (all->n++ == 0)
        timer_start(&all->sweep, SWEEP_MS);
}

/* One that comes by a pipe is nobody's until it is handed over, and one over TCP until long after it was let in. */
static bool has_owner(const struct caller *caller)
{
    return caller->from == CALLER_LOCAL || (caller->from == CALLER_PIPE && caller->address[0]);
}

static uid_t owner_of(const struct caller *caller)
{
    return caller->from == CALLER_PIPE ? caller->session_uid : caller->uid;
}

static size_t connections_of(const struct clients *all, const struct caller *caller)
{
    size_t n = 0;
    for (const struct client *c = all->first; c; c = c->next)
        n += has_owner(&c->caller) && owner_of(&c->caller) == owner_of(caller);
    return n;
}

static size_t connections_from(const struct clients *all, enum caller_from from)
{
    size_t n = 0;
    for (const struct client *c = all->first; c; c = c->next)
        n += c->caller.from == from;
    return n;
}

static size_t connections_of_address(const struct clients *all, const char *address)
{
    size_t n = 0;
    for (const struct client *c = all->first; c; c = c->next)
        n += c->caller.from == CALLER_TCP && strcmp(c->caller.address, address) == 0;
    return n;
}

/* However many ways there are from other machines: who has to find out what is going on can still ask on this one. */
static bool is_crowded_by_others(const struct clients *all)
{
    size_t most = all->env.config->connections - all->env.config->connections / 4;
    return all->n - connections_from(all, CALLER_LOCAL) >= most;
}

/* What is over because of his own connections, or of those that come as he does by smbd. */
static const char *over_own_limit(const struct clients *all, const struct caller *caller)
{
    const struct config *config = all->env.config;
    if (has_owner(caller) && connections_of(all, caller) >= config->connections_per_user)
        return "this user has too many connections";
    if (caller->from == CALLER_PIPE && !has_owner(caller) &&
        connections_from(all, CALLER_PIPE) >= config->pipe_connections)
        return "there are too many connections over the named pipe";
    if (caller->from == CALLER_TCP && connections_of_address(all, caller->address) >= config->connections_per_address)
        return "this address has too many connections";
    return NULL;
}

/* What is over because of those of all. Half of the connections is left to others than who comes over TCP: there nobody
 * knows yet who it is. */
static const char *over_common_limit(const struct clients *all, const struct caller *caller)
{
    const struct config *config = all->env.config;
    if (has_owner(caller) && caller->from != CALLER_LOCAL)
        return NULL; /* it is among those that are counted below */
    if (all->n >= config->connections)
        return "there are too many connections";
    if (caller->from != CALLER_LOCAL && is_crowded_by_others(all))
        return "there are too many connections from other machines";
    if (caller->from == CALLER_TCP && connections_from(all, CALLER_TCP) >= (config->connections + 1) / 2)
        return "there are too many connections over TCP";
    return NULL;
}

const char *clients_over_limit(const struct clients *all, const struct caller *caller)
{
    const char *why = over_own_limit(all, caller);
    return why ? why : over_common_limit(all, caller);
}

/* Who comes over TCP and has no role, be it that he has not proved yet who he is, makes room for the next one, the
 * longest there first: so a crowd that only holds places drives itself out, and keeps nobody away who proves himself at
 * once. */
static void close_a_stranger(struct clients *all)
{
    struct client *oldest = NULL;
    for (struct client *c = all->first; c; c = c->next) /* the newest is the first */
        if (c->caller.from == CALLER_TCP && c->caller.role == ACCESS_NONE)
            oldest = c;
    if (oldest)
        client_close(oldest, LOG_LEVEL_WARNING, "closed: it has no role, and another one needs its place");
}

/* Why he can't come in, or NULL. */
static const char *find_room(struct clients *all, const struct caller *caller)
{
    const char *why = over_own_limit(all, caller);
    if (why || !over_common_limit(all, caller))
        return why;
    close_a_stranger(all);
    return over_common_limit(all, caller);
}

void clients_audit_refused(struct clients *all, const struct caller *caller, const char *why)
{
    uint64_t missed;
    if (ratelimit_ok(&all->refused_audit, uv_now(all->env.loop), &missed))
        all->env.refused(all->env.ctx, caller, why, missed);
}

void clients_log_refused(struct clients *all, const struct caller *caller, const char *why)
{
    char note[RATELIMIT_NOTE_MAX], text[CALLER_TEXT_MAX];
    uint64_t missed;
    if (ratelimit_ok(&all->refused_log, uv_now(all->env.loop), &missed))
        log_warning("connection of %s refused: %s%s", caller_text(text, caller), why, ratelimit_note(note, missed));
}

static void log_connected(const struct client *c)
{
    char text[CALLER_TEXT_MAX];
    if (log_get_level() >= LOG_LEVEL_DEBUG)
        log_debug("client %s: connected, %s", caller_text(text, &c->caller), access_role_name(c->caller.role));
}

/* `caller` is taken over on success. */
static int add_client(struct clients *all, int fd, const struct caller *caller)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    if (caller->from == CALLER_PIPE && !(c->pipe = pipe_new())) {
        free(c);
        return -ENOMEM;
    }
    c->all = all;
    c->fd = fd;
    c->caller = *caller;
    c->caller.role = access_decide(&all->env.config->roles, caller);
    c->rpc = rpc_server_new(all->env.rpc[caller->from], &c->caller);
    int r = c->rpc ? client_start(c) : -ENOMEM;
    if (r < 0) {
        if (c->rpc)
            rpc_server_free(c->rpc);
        pipe_free(c->pipe);
        free(c);
        return r;
    }
    link_client(all, c);
    log_connected(c);
    return 0;
}

/* Only smbd may say who somebody is. What is known of it is forgotten: its connection is that of somebody else. */
static const char *expect_smbd(const struct clients *all, struct caller *caller)
{
    if (caller->uid != 0 && caller->uid != all->env.config->pipe_user)
        return "only smbd may connect to the socket of the named pipe ([listen] pipe_user)";
    caller_clear(caller);
    *caller = (struct caller){.from = CALLER_PIPE,
                              .uid = ACCESS_OVERFLOW_ID,
                              .account = (uid_t)-1,
                              .gid = ACCESS_OVERFLOW_ID,
                              .session_uid = ACCESS_OVERFLOW_ID};
    return NULL;
}

static void take(struct clients *all, int fd, enum caller_from from)
{
    struct caller caller = {.from = from, .uid = (uid_t)-1, .gid = (gid_t)-1}; /* until more is known */
    int r = from == CALLER_TCP ? caller_from_tcp(&caller, fd) : caller_from_socket(&caller, fd);
    const char *why = r < 0 ? strerror(-r) : NULL;
    if (!why && from == CALLER_PIPE && (why = expect_smbd(all, &caller)) != NULL)
        clients_audit_refused(all, &caller, why);
    if (!why)
        why = find_room(all, &caller);
    if (!why) {
        r = add_client(all, fd, &caller);
        if (r == 0)
            return;
        why = strerror(-r);
    }
    clients_log_refused(all, &caller, why);
    caller_clear(&caller);
    close(fd);
}

static void on_backoff(uv_timer_t *timer)
{
    struct listener *l = timer->data;
    uv_poll_start(&l->poll, UV_READABLE, on_listener);
}

static void back_off(struct listener *l, int err)
{
    log_error("can't accept connections: %s; trying again in %u ms", strerror(err), BACKOFF_MS);
    uv_poll_stop(&l->poll);
    uv_timer_start(&l->backoff, on_backoff, BACKOFF_MS, 0);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
    struct listener *l = poll->data;
    (void)events;
    if (status < 0) {
        back_off(l, -status);
        return;
    }
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            take(l->all, fd, l->way);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR && errno != ECONNABORTED) {
            back_off(l, errno);
            return;
        }
    }
}

void clients_answered(struct clients *all, struct caller *caller)
{
    struct client *c = (struct client *)caller; /* its first member */
    if (c->answered || c->serving)
        return;
    if (all->env.may_serve(all->env.ctx)) {
        client_go_on(c);
        return;
    }
    c->answered = true;
    c->next_answered = all->answered;
    all->answered = c;
}

void clients_auth_ready(struct clients *all, struct caller *caller)
{
    client_auth_ready((struct client *)caller); /* its first member */
    finish_stop(all);
}

bool clients_has_called(const struct caller *caller)
{
    struct rpc_server_stats stats;
    rpc_server_get_stats(((const struct client *)caller)->rpc, &stats); /* its first member */
    return stats.calls_in > 0;
}

void clients_flush(struct clients *all)
{
    if (!all->answered || !all->env.may_serve(all->env.ctx))
        return;
    while (all->answered) {
        struct client *c = all->answered;
        all->answered = c->next_answered;
        c->answered = false;
        client_go_on(c);
    }
    finish_stop(all);
}

void clients_hold(struct clients *all, bool on)
{
    if (all->held == on)
        return;
    all->held = on;
    for (struct client *c = all->first, *next; c; c = next) {
        next = c->next;
        client_go_on(c);
    }
    finish_stop(all);
}

void clients_reload(struct clients *all)
{
    for (struct client *c = all->first; c; c = c->next) {
        c->caller.role = access_decide(&all->env.config->roles, &c->caller);
        client_recheck(c);
    }
}

size_t clients_count(const struct clients *all)
{
    return all->n;
}

static void on_sweep(struct timer *timer)
{
    struct clients *all = timer->data;
    uint64_t now = uv_now(all->env.loop);
    for (struct client *c = all->first, *next; c; c = next) {
        next = c->next;
        if (all->stopping && now >= all->stop_at_ms)
            client_close(c, LOG_LEVEL_WARNING, "closed with a call under way because rrasd stops");
        else
            client_check_deadlines(c, now);
    }
    if (all->n > 0 || all->stopping)
        timer_start(&all->sweep, all->stopping ? STOP_SWEEP_MS : SWEEP_MS);
    finish_stop(all);
}

static void close_listener(struct listener *l)
{
    uv_close((uv_handle_t *)&l->poll, NULL);
    close(l->fd);
    uv_timer_stop(&l->backoff);
}

void clients_stop(struct clients *all, void (*stopped)(void *ctx), void *ctx)
{
    all->stopping = true;
    all->stopped = stopped;
    all->stopped_ctx = ctx;
    all->stop_at_ms = uv_now(all->env.loop) + all->env.config->stop_ms;
    for (size_t i = 0; i < all->n_listeners; i++)
        close_listener(&all->listeners[i]);
    timer_start(&all->sweep, 0);
    for (struct client *c = all->first, *next; c; c = next) {
        next = c->next;
        client_go_on(c);
    }
}

void clients_free(struct clients *all)
{
    free(all);
}
