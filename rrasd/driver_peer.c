/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/driver_peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"

const char *driver_peer_name(const struct driver_peer *p, char dst[static DRIVER_PEER_NAME])
{
    snprintf(dst, DRIVER_PEER_NAME, "driver %s (uid %u, pid %d)", p->link ? p->link->pool : "not yet named",
             (unsigned)p->uid, (int)p->pid);
    return dst;
}

/* ---- the end ---- */

static void log_end(struct driver_peer *p, const char *code, const char *why)
{
    char name[DRIVER_PEER_NAME], note[RATELIMIT_NOTE_MAX];
    uint64_t missed = 0;
    if (!p->driver && !driver_hub_logs_stranger(p->hub, &missed))
        return;
    log_write(code ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "%s: connection ended: %s%s%s%s", driver_peer_name(p, name),
              code ? code : "", code ? ": " : "", why, ratelimit_note(note, missed));
}

void driver_peer_end(struct driver_peer *p, const char *code, const char *why)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    if (p->state == DRIVER_PEER_ENDING)
        return;
    if (code && p->state == DRIVER_PEER_HELLO)
        driver_refused_note(p->hub, p->uid, p->pid, p->claimed, code, why);
    p->state = DRIVER_PEER_ENDING;
    p->cut = code != NULL;
    snprintf(p->why, sizeof(p->why), "%s", why);
    log_end(p, code, why);
    if (code)
        driver_status_trouble(p, why);
    if (code && driver_write_error(code, why, line, &n) == 0)
        line_stream_send(&p->stream, line, n); /* where possible */
    uv_poll_stop(&p->poll);
    timer_start(&p->timer, 0);
}

static void on_closed(uv_handle_t *handle)
{
    struct driver_peer *p = handle->data;
    struct driver_hub *hub = p->hub;
    free(p->key);
    free(p);
    driver_hub_handle_closed(hub);
}

void driver_peer_close(struct driver_peer *p)
{
    p->state = DRIVER_PEER_ENDING;
    driver_peer_leave(p);
    DL_DELETE(p->hub->peers, p);
    p->hub->stats.connections--;
    uv_close((uv_handle_t *)&p->poll, on_closed);
    timer_stop(&p->timer);
    line_stream_free(&p->stream);
}

/* ---- deadlines ---- */

/* Has it said something that we have not come to read yet? After a stall of our own, timers run before sockets are
 * looked at. */
static bool has_unread(const struct driver_peer *p)
{
    char c;
    return recv(p->stream.fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void ask(struct driver_peer *p)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t n;
    if (p->asked == 0)
        p->asked = uv_now(p->hub->loop);
    if (driver_write_ping(++p->pings, line, &n) == 0)
        driver_peer_send(p, line, n);
}

/* Ask a driver that is silent; give up one that was asked and has not answered in time. */
static void check_silence(struct driver_peer *p)
{
    const struct driver_hub_config *c = &p->hub->config;
    uint64_t now = uv_now(p->hub->loop), silent = now - p->heard;
    if (silent < c->ping_ms) {
        timer_start(&p->timer, c->ping_ms - silent);
        return;
    }
    bool asked_in_time = p->asked != 0 && now - p->asked >= c->ping_ms;
    if (silent >= c->hung_ms && asked_in_time && !has_unread(p)) {
        p->hub->stats.hung++;
        p->status->hung++;
        driver_peer_end(p, "limit", "it does not answer");
        return;
    }
    ask(p);
    if (p->state == DRIVER_PEER_READY)
        timer_start(&p->timer, c->ping_ms);
}

void driver_peer_ready(struct driver_peer *p)
{
    p->state = DRIVER_PEER_READY;
    timer_start(&p->timer, p->hub->config.ping_ms);
}

static void on_timer(struct timer *timer)
{
    struct driver_peer *p = timer->data;
    switch (p->state) {
    case DRIVER_PEER_HELLO:
        p->hub->stats.protocol_errors++;
        driver_peer_end(p, "protocol", "no hello in time");
        break;
    case DRIVER_PEER_READY:
        check_silence(p);
        break;
    case DRIVER_PEER_ENDING:
        driver_peer_close(p);
        break;
    }
}

/* ---- bytes ---- */

static void on_poll(uv_poll_t *poll, int status, int events);

/* Wait for what can be done next on the socket. */
static void watch(struct driver_peer *p)
{
    bool more = !p->deaf && (line_stream_waiting(&p->stream) > 0 || p->telling_keep_outs);
    int events = UV_READABLE | (more ? UV_WRITABLE : 0);
    if (events == p->events || p->state == DRIVER_PEER_ENDING)
        return;
    p->events = events;
    uv_poll_start(&p->poll, events, on_poll); /* can't fail on a descriptor that uv_poll_init() has taken */
}

/* The driver has closed. What it said before is still to be read, and its end to be seen: that is news for the router.
 */
static bool is_closed_by_peer(int r)
{
    return r == -EPIPE || r == -ECONNRESET;
}

/* An error that the driver can't have caused is not its end. */
static void end_by_error(struct driver_peer *p, int error)
{
    driver_peer_end(p, error == -ENOMEM ? "limit" : NULL, strerror(-error));
}

int driver_peer_send(struct driver_peer *p, const char *line, size_t n)
{
    if (p->state == DRIVER_PEER_ENDING || p->deaf)
        return -EPIPE;
    int r = line_stream_send(&p->stream, line, n);
    if (r == 0)
        watch(p);
    else if (is_closed_by_peer(r))
        p->deaf = true;
    else if (r == -ENOBUFS)
        driver_peer_end(p, "limit", "it does not read what it is sent");
    else
        end_by_error(p, r);
    return r;
}

/* Returns false when there is no more. */
static bool read_some(struct driver_peer *p)
{
    struct driver_hub *hub = p->hub;
    long r = line_stream_read(&p->stream, hub->scratch, driver_peer_line, p);
    if (r > 0) {
        p->heard = uv_now(hub->loop);
        p->asked = 0;
        if (p->status)
            p->status->heard = p->heard;
    } else if (r == 0) {
        driver_peer_end(p, NULL,
                        p->stream.partial ? "closed by the driver in the middle of a line" : "closed by the driver");
    } else if (r == -EMSGSIZE) {
        hub->stats.protocol_errors++;
        if (p->status)
            p->status->protocol_errors++;
        driver_peer_end(p, "protocol", "a line is longer than 16384 bytes");
    } else if (r != -EAGAIN && r != -ECANCELED) {
        end_by_error(p, (int)r);
    }
    return r > 0 && p->state != DRIVER_PEER_ENDING;
}

static void write_some(struct driver_peer *p)
{
    int r = p->deaf ? 0 : driver_peer_keep_outs_fill(p);
    if (r == 0 && !p->deaf)
        r = line_stream_flush(&p->stream);
    if (is_closed_by_peer(r))
        p->deaf = true;
    else if (r < 0 && r != -EAGAIN)
        driver_peer_end(p, NULL, strerror(-r));
    watch(p);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct driver_peer *p = poll->data;
    if (status < 0) {
        /* An error waits on the socket, and libuv looks at it no more: read what came before the error, and end. */
        while (read_some(p))
            ;
        driver_peer_end(p, NULL, uv_strerror(status));
        return;
    }
    if (events & UV_READABLE)
        read_some(p);
    if (p->state != DRIVER_PEER_ENDING)
        write_some(p);
}

/* ---- the beginning ---- */

void driver_peer_start(struct driver_hub *hub, int fd, uid_t uid, pid_t pid)
{
    struct driver_peer *p = calloc(1, sizeof(*p));
    int r = p ? uv_poll_init(hub->loop, &p->poll, fd) : -ENOMEM;
    if (r < 0) {
        log_error("a driver's connection can't be taken: %s", strerror(-r));
        free(p);
        close(fd);
        return;
    }
    p->hub = hub;
    p->uid = uid;
    p->pid = pid;
    line_stream_init(&p->stream, fd, hub->config.max_output);
    timer_init(hub->loop, &p->timer, on_timer, p);
    p->poll.data = p;
    p->heard = uv_now(hub->loop);
    DL_APPEND(hub->peers, p);
    hub->handles++;
    hub->stats.connections++;
    timer_start(&p->timer, hub->config.hello_ms);
    watch(p);
}
