/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/driver_hub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "rrasd/driver_peer.h"

#define BACKLOG        256    /* all session drivers come back at once when rrasd has been restarted */
#define ACCEPTS_A_TURN 64     /* then others have their turn in the loop */
#define BREATH_MS      1000u  /* without free descriptors: try again after that */
#define LOG_BURST      10u    /* lines that strangers, or users with odd names, can cause ... */
#define LOG_MS         10000u /* ... in this time */
#define STRANGERS_MAX                                                                                                  \
    64u /* connections of one uid that have not said hello: they can't take all places from the others */

struct driver_hub *driver_hub_new(uv_loop_t *loop, const struct driver_hub_config *config, driver_hub_may *may,
                                  driver_hub_clock *clock, void *ctx)
{
    struct driver_hub *hub = calloc(1, sizeof(*hub));
    if (!hub)
        return NULL;
    hub->loop = loop;
    hub->may = may;
    hub->clock = clock;
    hub->ctx = ctx;
    hub->listen_fd = -1;
    hub->stranger_log = hub->refused_log = (struct ratelimit){.burst = LOG_BURST, .interval_ms = LOG_MS};
    hub->handles = 1;
    hub->since = driver_hub_now(hub).wall_s;
    uv_timer_init(loop, &hub->breath);
    hub->breath.data = hub;
    driver_admission_init(hub);
    driver_hub_reconfigure(hub, config);
    return hub;
}

void driver_hub_set_router(struct driver_hub *hub, struct router *router)
{
    hub->router = router;
}

void driver_hub_reconfigure(struct driver_hub *hub, const struct driver_hub_config *config)
{
    hub->config = *config;
    if (hub->config.max_output < LINE_STREAM_LINE_MAX)
        hub->config.max_output = LINE_STREAM_LINE_MAX;
}

/* ---- accepting ---- */

static unsigned strangers(const struct driver_hub *hub, uid_t uid)
{
    unsigned n = 0;
    for (const struct driver_peer *p = hub->peers; p; p = p->next)
        n += p->uid == uid && p->state == DRIVER_PEER_HELLO;
    return n;
}

/* Say why in one line, if the socket takes it, and close. */
static void turn_away(struct driver_hub *hub, int fd, const struct ucred *cred, const char *why)
{
    char line[LINE_STREAM_LINE_MAX], note[RATELIMIT_NOTE_MAX];
    uint64_t missed;
    size_t n;
    hub->stats.denied++;
    driver_refused_note(hub, cred->uid, cred->pid, "", "limit", why);
    if (driver_hub_logs_stranger(hub, &missed))
        log_warning("a driver of uid %u is turned away: %s%s", (unsigned)cred->uid, why, ratelimit_note(note, missed));
    if (driver_write_error("limit", why, line, &n) == 0 && send(fd, line, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        log_debug("a driver that is turned away can't be told: %s", strerror(errno));
    close(fd);
}

static void welcome_peer(struct driver_hub *hub, int fd)
{
    struct ucred cred;
    socklen_t n = sizeof(cred);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0) {
        log_error("a driver's credentials can't be read: %s", strerror(errno));
        close(fd);
    } else if (hub->stats.connections >= hub->config.max_drivers) {
        turn_away(hub, fd, &cred, "too many connections");
    } else if (cred.uid != 0 && strangers(hub, cred.uid) >= STRANGERS_MAX) {
        turn_away(hub, fd, &cred, "too many connections without hello");
    } else {
        driver_peer_start(hub, fd, cred.uid, cred.pid);
    }
}

static void on_listener(uv_poll_t *poll, int status, int events);

static void on_breath(uv_timer_t *timer)
{
    struct driver_hub *hub = timer->data;
    uv_poll_start(&hub->listener, UV_READABLE, on_listener);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
    struct driver_hub *hub = poll->data;
    (void)events;
    if (status < 0) {
        log_error("the driver socket does not listen any more: %s", uv_strerror(status));
        uv_poll_stop(poll);
        return;
    }
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(hub->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            welcome_peer(hub, fd);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            /* Most likely no descriptors. The waiting connection keeps the socket readable, so look away for a while.
             */
            log_error("a driver's connection can't be accepted: %s", strerror(errno));
            uv_poll_stop(poll);
            uv_timer_start(&hub->breath, on_breath, BREATH_MS, 0);
            return;
        }
    }
}

int driver_hub_listen(struct driver_hub *hub, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (hub->listening)
        return -EALREADY;
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || listen(fd, BACKLOG) < 0)
        return -errno;
    int r = uv_poll_init(hub->loop, &hub->listener, fd);
    if (r < 0)
        return r;
    hub->listener.data = hub;
    hub->listen_fd = fd;
    hub->listening = true;
    hub->handles++;
    uv_poll_start(&hub->listener, UV_READABLE, on_listener);
    return 0;
}

/* ---- orders ---- */

/* Who carries the sessions of this channel and can be asked now, or NULL. */
static struct driver_peer *peer_of(void *channel)
{
    const struct driver_link *link = channel;
    struct driver_peer *p = link ? link->peer : NULL;
    return p && p->state == DRIVER_PEER_READY && !p->down ? p : NULL;
}

int driver_hub_send_errand(struct driver_hub *hub, void *channel, const struct router_errand *errand)
{
    struct driver_peer *p = peer_of(channel);
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    (void)hub;
    if (!p)
        return -ENODEV;
    int r = driver_write_errand(errand, line, &n);
    return r < 0 ? r : driver_peer_send(p, line, n);
}

int driver_hub_send_disconnect(struct driver_hub *hub, void *channel, const struct router_order *order)
{
    struct driver_peer *p = peer_of(channel);
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    (void)hub;
    if (!p)
        return -ENODEV;
    if ((p->capabilities & DRIVER_MESSAGE_CAN_DISCONNECT) == 0)
        return -EOPNOTSUPP;
    /* A driver that knows one way only is asked again for that one. */
    bool hard = order->hard && (p->capabilities & DRIVER_MESSAGE_CAN_HARD) != 0;
    int r = driver_write_disconnect(order, hard, line, &n);
    if (r < 0)
        return r;
    p->last_order = order->order;
    r = driver_peer_send(p, line, n);
    /* The session has ended with its connection: the loop is about to tell the router so, and that will be the order's
     * outcome. */
    if (p->kind == ROUTER_DRIVER_SESSION && (r == -EPIPE || r == -ECONNRESET) && p->state == DRIVER_PEER_READY)
        return 0;
    return r < 0 ? -ENODEV : 0;
}

void driver_hub_get_stats(const struct driver_hub *hub, struct driver_hub_stats *ret)
{
    *ret = hub->stats;
}

/* ---- the end ---- */

static void free_links(struct driver_hub *hub)
{
    struct driver_link *link, *next;
    HASH_ITER(hh, hub->links, link, next)
    {
        HASH_DEL(hub->links, link);
        free(link);
    }
}

void driver_hub_handle_closed(struct driver_hub *hub)
{
    if (--hub->handles > 0)
        return;
    void (*closed)(void *) = hub->closed;
    void *ctx = hub->closed_ctx;
    free_links(hub);
    driver_status_free_all(hub);
    free(hub);
    if (closed)
        closed(ctx);
}

static void on_closed(uv_handle_t *handle)
{
    driver_hub_handle_closed(handle->data);
}

void driver_hub_close(struct driver_hub *hub, void (*closed)(void *ctx), void *ctx)
{
    hub->closed = closed;
    hub->closed_ctx = ctx;
    hub->router = NULL; /* that rrasd stops is not news of any session */
    while (hub->peers)
        driver_peer_close(hub->peers);
    driver_admission_close(hub);
    if (hub->listening) {
        uv_close((uv_handle_t *)&hub->listener, on_closed);
        close(hub->listen_fd);
    }
    uv_close((uv_handle_t *)&hub->breath, on_closed);
}
