/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"

struct link {
    uv_loop_t *loop;
    struct link_config config;
    const struct link_ops *ops;
    void *ctx;
    struct sockaddr_un address;

    int fd; /* -1: none */
    uv_poll_t *poll;
    int events;
    struct mgmt *mgmt;
    bool up;
    size_t waiting;    /* commands, when the time limit was set last */
    uint64_t answered; /* and those answered until then */
    uv_timer_t retry, limit;
    uint32_t retry_ms;
    char gave_up[160]; /* why, "": go on */
    char said[256];    /* the last trouble in the log, so that it is there once */
    char buffer[LINK_READ_MAX];

    unsigned handles; /* that libuv has not closed yet */
    bool closing;
    void (*closed)(void *ctx);
    void *closed_ctx;
};

static void on_retry(uv_timer_t *timer);
static void on_poll(uv_poll_t *poll, int status, int events);

static void say_once(struct link *l, const char *what)
{
    if (strcmp(l->said, what) == 0)
        return;
    snprintf(l->said, sizeof(l->said), "%s", what);
    log_warning("%s: %s", l->config.path, what);
}

/* For the log once, for the owner always: it shows the last one. */
static void trouble(struct link *l, const char *what)
{
    say_once(l, what);
    if (!l->closing)
        l->ops->trouble(l->ctx, what);
}

static void handle_closed(struct link *l)
{
    if (--l->handles > 0)
        return;
    void (*closed)(void *) = l->closed;
    void *ctx = l->closed_ctx;
    free(l);
    closed(ctx);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct link *l = handle->data;
    free(handle);
    handle_closed(l);
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void drop(struct link *l)
{
    bool was_up = l->up;
    if (l->fd < 0)
        return;
    uv_timer_stop(&l->limit);
    uv_close((uv_handle_t *)l->poll, on_poll_closed); /* takes the descriptor out of the loop at once */
    l->poll = NULL;
    close(l->fd);
    l->fd = -1;
    l->up = false;
    mgmt_free(l->mgmt); /* ends the commands under way */
    l->mgmt = NULL;
    l->gave_up[0] = '\0';
    if (was_up && !l->closing)
        l->ops->down(l->ctx);
}

static void retry_later(struct link *l)
{
    uv_timer_start(&l->retry, on_retry, l->retry_ms, 0);
    l->retry_ms = l->retry_ms * 2 < LINK_RETRY_MAX_MS ? l->retry_ms * 2 : LINK_RETRY_MAX_MS;
}

static void lost(struct link *l, const char *why)
{
    drop(l);
    trouble(l, why);
    retry_later(l);
}

static void watch(struct link *l)
{
    int events = UV_READABLE | (mgmt_output(l->mgmt).n > 0 ? UV_WRITABLE : 0);
    if (events != l->events) {
        l->events = events;
        uv_poll_start(l->poll, events, on_poll); /* can't fail on a descriptor that uv_poll_init() has taken */
    }
}

/* ---- the time limit ---- */

static void on_limit(uv_timer_t *timer)
{
    struct link *l = timer->data;
    if (!l->up) {
        trouble(l,
                "connected, but openvpn does not greet: another program holds the management interface (openvpn serves "
                "one at a time), or openvpn hangs; waiting");
        return;
    }
    char why[80];
    snprintf(why, sizeof(why), "openvpn has not answered a command for %u ms", l->config.command_ms);
    lost(l, why);
}

/* While commands wait, an answer must come within the limit after the one before. */
static void set_limit(struct link *l)
{
    size_t waiting = mgmt_waiting(l->mgmt);
    uint64_t answered = mgmt_answered(l->mgmt);
    if (!l->up)
        return;
    if (waiting == 0)
        uv_timer_stop(&l->limit);
    else if (answered != l->answered || l->waiting == 0)
        uv_timer_start(&l->limit, on_limit, l->config.command_ms, 0);
    l->waiting = waiting;
    l->answered = answered;
}

/* ---- reading and writing ---- */

static int write_out(struct link *l)
{
    for (struct slice out = mgmt_output(l->mgmt); out.n > 0; out = mgmt_output(l->mgmt)) {
        ssize_t n = send(l->fd, out.p, out.n, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        mgmt_written(l->mgmt, (size_t)n);
    }
    return 0;
}

/* Until nothing is left: what openvpn has said must be known before anything is done. *ret_settled: there was
 * something, and now there is nothing more. A flood is read in portions, so that the loop's other work goes on. */
static int read_all(struct link *l, bool *ret_settled)
{
    for (unsigned portion = 0; portion < LINK_PORTIONS; portion++) {
        ssize_t n = recv(l->fd, l->buffer, sizeof(l->buffer), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            *ret_settled = portion > 0;
            return errno == EAGAIN ? 0 : -errno;
        }
        if (n == 0)
            return -ECONNRESET;
        int r = mgmt_feed(l->mgmt, l->buffer, (size_t)n);
        explicit_bzero(l->buffer, (size_t)n); /* it may have had passwords of users in it */
        if (r < 0)
            return r;
    }
    return 0;
}

static const char *reason(const struct link *l, int error)
{
    const char *said = mgmt_error(l->mgmt);
    if ((error == -EPROTO || error == -EACCES) && said[0])
        return said;
    if (error != -ECONNRESET)
        return strerror(-error);
    /* With another user than the one that it wants openvpn hangs up at once, and says so in its own log only. */
    return l->up ? "openvpn has closed the management connection"
                 : "openvpn has closed the management connection before it said a word: set its "
                   "`management-client-user' to the user of this driver; openvpn's log says more";
}

static void serve(struct link *l)
{
    bool settled = false;
    int r = read_all(l, &settled);
    if (r == 0 && settled && l->up && !l->gave_up[0])
        l->ops->settled(l->ctx);
    if (r == 0)
        r = write_out(l);
    if (r < 0 || l->gave_up[0]) {
        char why[256];
        snprintf(why, sizeof(why), "%s", r < 0 ? reason(l, r) : l->gave_up);
        lost(l, why);
        return;
    }
    set_limit(l);
    watch(l);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct link *l = poll->data;
    (void)events;
    if (status < 0)
        lost(l, uv_strerror(status));
    else
        serve(l);
}

static void on_greeted(void *ctx)
{
    struct link *l = ctx;
    l->up = true;
    l->waiting = 0;
    l->answered = 0;
    uv_timer_stop(&l->limit);
    l->ops->up(l->ctx);
}

static void on_notified(void *ctx, struct slice line, bool cut)
{
    struct link *l = ctx;
    l->ops->notified(l->ctx, line, cut);
}

static const struct mgmt_ops mgmt_ops = {.greeted = on_greeted, .notified = on_notified};

int link_command(struct link *l, const struct mgmt_command *command)
{
    if (!l->up)
        return -ENOTCONN;
    int r = mgmt_send(l->mgmt, command);
    if (r < 0)
        return r;
    write_out(l); /* a broken socket shows itself to the loop as well */
    set_limit(l);
    watch(l);
    return 0;
}

bool link_is_up(const struct link *l)
{
    return l->up;
}

void link_is_good(struct link *l)
{
    l->retry_ms = LINK_RETRY_FIRST_MS;
    l->said[0] = '\0';
}

void link_give_up(struct link *l, const char *why)
{
    if (l->fd < 0)
        return;
    snprintf(l->gave_up, sizeof(l->gave_up), "%s", why);
    l->events = UV_READABLE | UV_WRITABLE; /* writable at once: the loop comes back here in its next turn */
    uv_poll_start(l->poll, l->events, on_poll);
}

/* ---- connecting ---- */

static int open_socket(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

static const char *why_no_socket(int error)
{
    switch (error) {
    case -EAGAIN:
        return "others wait for the management interface already; trying again";
    case -ENOENT:
        return "there is no such socket: is openvpn running, with `management' set to this path?";
    case -ECONNREFUSED:
        return "nobody listens on this socket: openvpn has stopped, and has to be started";
    case -EACCES:
        return "permission denied: set openvpn's `management-client-user' to the user of this driver, and let it into "
               "the folder";
    default:
        return strerror(-error);
    }
}

/* Give the connected socket to the loop. */
static int adopt_socket(struct link *l, int fd)
{
    uv_poll_t *poll = malloc(sizeof(*poll));
    struct mgmt *m = poll ? mgmt_new(&mgmt_ops, l, l->config.password) : NULL;
    if (!m) {
        free(poll);
        return -ENOMEM;
    }
    int r = uv_poll_init(l->loop, poll, fd);
    if (r < 0) {
        mgmt_free(m);
        free(poll);
        return r;
    }
    poll->data = l;
    l->handles++;
    l->poll = poll;
    l->mgmt = m;
    l->fd = fd;
    l->events = 0;
    watch(l);
    uv_timer_start(&l->limit, on_limit, LINK_GREETING_MS, 0);
    return 0;
}

static void on_retry(uv_timer_t *timer)
{
    struct link *l = timer->data;
    int fd = open_socket(&l->address);
    int r = fd < 0 ? fd : adopt_socket(l, fd);
    if (r < 0) {
        if (fd >= 0)
            close(fd);
        trouble(l, why_no_socket(r));
        retry_later(l);
    }
}

int link_new(uv_loop_t *loop, const struct link_config *config, const struct link_ops *ops, void *ctx,
             struct link **ret)
{
    struct link *l = calloc(1, sizeof(*l));
    if (!l)
        return -ENOMEM;
    if (strlen(config->path) >= sizeof(l->address.sun_path)) {
        free(l);
        return -EINVAL;
    }
    l->loop = loop;
    l->config = *config;
    l->ops = ops;
    l->ctx = ctx;
    l->fd = -1;
    l->address.sun_family = AF_UNIX;
    memcpy(l->address.sun_path, config->path, strlen(config->path) + 1);
    l->retry_ms = LINK_RETRY_FIRST_MS;
    uv_timer_init(loop, &l->retry);
    uv_timer_init(loop, &l->limit);
    l->retry.data = l->limit.data = l;
    l->handles = 2;
    uv_timer_start(&l->retry, on_retry, 0, 0);
    *ret = l;
    return 0;
}

void link_close(struct link *l, void (*closed)(void *ctx), void *ctx)
{
    l->closing = true;
    l->closed = closed;
    l->closed_ctx = ctx;
    drop(l);
    uv_close((uv_handle_t *)&l->retry, on_timer_closed);
    uv_close((uv_handle_t *)&l->limit, on_timer_closed);
}
