/* SPDX-License-Identifier: Apache-2.0 */
/* One client's connection: bytes to and from its association. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/text.h"
#include "rrasd/client_private.h"

#define REASON_MAX 200u

static void on_poll(uv_poll_t *poll, int status, int events);

static uint64_t now_ms(const struct client *c)
{
    return uv_now(c->all->env.loop);
}

static void freed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    caller_clear(&c->caller);
    pipe_free(c->pipe);
    free(c);
}

void client_close(struct client *c, enum log_level level, const char *why)
{
    struct clients *all = c->all;
    char who[CALLER_TEXT_MAX], text[REASON_MAX], note[RATELIMIT_NOTE_MAX];
    uint64_t missed = 0;
    if (level > LOG_LEVEL_INFO || ratelimit_ok(&all->broken_log, now_ms(c), &missed))
        log_write(level, "client %s: %s%s", caller_text(who, &c->caller), text_escape_z(text, sizeof text, why),
                  ratelimit_note(note, missed));
    all->env.forget(all->env.ctx, &c->caller);
    rpc_server_free(c->rpc);
    uv_close((uv_handle_t *)&c->poll, freed);
    close(c->fd);
    client_unlink(c);
}

/* Tell epoll only when something has changed: that is a system call. */
static void wait_for(struct client *c, int events)
{
    if (c->events == events)
        return;
    int r = events ? uv_poll_start(&c->poll, events, on_poll) : uv_poll_stop(&c->poll);
    if (r < 0)
        log_error("client uid %u: can't wait for its socket: %s", (unsigned)c->caller.uid, uv_strerror(r));
    else
        c->events = events;
}

static ssize_t send_plain(const struct client *c, const uint8_t *out, size_t n)
{
    ssize_t sent = send(c->fd, out, n, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

/* What is kept may be begun by that. */
static const uint8_t *next_output(struct client *c, size_t *n)
{
    bool was = c->serving;
    c->serving = true;
    const uint8_t *out = rpc_server_output(c->rpc, n);
    c->serving = was;
    return out;
}

/* 0: the association has no more output at the moment, or nothing may be shown now, or the socket takes no more, or
 * others must have a turn (then *more). Negative errno: the connection is broken. */
static int send_output(struct client *c, bool *more)
{
    size_t turn = 0, n;
    const uint8_t *out;
    *more = false;
    while ((out = next_output(c, &n)) != NULL && n > 0) {
        /* What it has ordered may have to be stored before anybody hears of it. */
        if (!c->all->env.may_serve(c->all->env.ctx))
            return 0;
        if (turn >= CLIENT_TURN_BYTES) {
            *more = true;
            return 0;
        }
        ssize_t sent = c->pipe ? client_pipe_send(c, out, n) : send_plain(c, out, n);
        if (sent == -EINTR)
            continue;
        if (sent == -EAGAIN) {
            *more = true;
            return 0;
        }
        if (sent < 0)
            return (int)sent;
        rpc_server_consumed(c->rpc, (size_t)sent);
        turn += (size_t)sent;
        c->output_ms = now_ms(c);
    }
    return 0;
}

/* Is there a reason to end the connection now that its output is sent? */
static const char *end_reason(const struct client *c)
{
    if (c->failed)
        return c->reason ? c->reason : rpc_server_close_reason(c->rpc);
    if (rpc_server_finished(c->rpc))
        return "the association has ended";
    if (c->eof && rpc_server_is_idle(c->rpc))
        return "closed by the client";
    if (c->all->stopping && rpc_server_is_idle(c->rpc))
        return "closed because rrasd stops";
    return NULL;
}

void client_go_on(struct client *c)
{
    bool more = false;
    if (c->all->held) {
        wait_for(c, 0);
        return;
    }
    int r = send_output(c, &more);
    c->blocked = more; /* after a full turn too: the socket may hold too much to be called writable */
    if (r < 0) {
        client_close(c, LOG_LEVEL_INFO,
                     r == -EPIPE || r == -ECONNRESET ? "gone before its answer was sent" : strerror(-r));
        return;
    }
    if (c->all->held) { /* since then */
        wait_for(c, 0);
        return;
    }
    const char *reason = more ? NULL : end_reason(c);
    if (reason) {
        client_close(c, c->failed ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, reason);
        return;
    }
    bool read = !c->eof && !c->failed && !c->all->stopping && rpc_server_wants_input(c->rpc);
    wait_for(c, (read ? UV_READABLE : 0) | (more ? UV_WRITABLE : 0));
}

/* 1: something came. 0: nothing at the moment. Negative errno: the connection is broken. */
static int read_input(struct client *c)
{
    struct clients *all = c->all;
    ssize_t n = recv(c->fd, all->input, sizeof all->input, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    c->serving = true;
    if (n == 0) {
        c->eof = true; /* calls that are under way get their answers, in case it has only shut down its half */
        all->env.leave(all->env.ctx, &c->caller);
        c->serving = false;
        return 1;
    }
    c->input_ms = now_ms(c);
    int r = c->pipe ? client_pipe_input(c, all->input, (size_t)n) : rpc_server_input(c->rpc, all->input, (size_t)n);
    if (r < 0)
        c->failed = true;
    c->serving = false;
    return 1;
}

void client_auth_ready(struct client *c)
{
    c->serving = true;
    rpc_server_auth_ready(c->rpc);
    c->serving = false;
    if (rpc_server_close_reason(c->rpc))
        c->failed = true;
    c->decided_ms = now_ms(c);
    client_go_on(c);
}

/* One look at the socket and what follows from it. True when something was there and the client can be looked at again.
 */
static bool serve_once(struct client *c)
{
    int r = read_input(c);
    if (r < 0) {
        client_close(c, LOG_LEVEL_INFO, strerror(-r));
        return false;
    }
    client_go_on(c);
    return r > 0 && !uv_is_closing((uv_handle_t *)&c->poll) && c->events == UV_READABLE;
}

/* The socket is readable. */
static void serve(struct client *c)
{
    if (!serve_once(c) || (!c->prompt && ++c->looks % CLIENT_LOOK_EVERY != 0))
        return;
    unsigned rounds = 1;
    while (rounds < CLIENT_ROUNDS && serve_once(c))
        rounds++;
    c->prompt = rounds > 1; /* closed or not: the memory stays until libuv has let go of the handle */
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct client *c = poll->data;
    if (status < 0) {
        c->events = 0; /* libuv has stopped the handle */
        client_close(c, LOG_LEVEL_INFO, "the connection broke");
        return;
    }
    if (!c->all->env.may_serve(c->all->env.ctx))
        return;
    if (events & UV_READABLE)
        serve(c);
    else
        client_go_on(c);
}

int client_start(struct client *c)
{
    int r = uv_poll_init(c->all->env.loop, &c->poll, c->fd);
    if (r < 0)
        return r;
    c->poll.data = c;
    c->accepted_ms = c->input_ms = c->output_ms = c->decided_ms = now_ms(c);
    wait_for(c, c->all->held ? 0 : UV_READABLE);
    return 0;
}

void client_recheck(struct client *c)
{
    c->decided_ms = now_ms(c);
    if (c->caller.account != (uid_t)-1 && c->all->env.recheck)
        c->all->env.recheck(c->all->env.ctx, &c->caller);
}

void client_check_deadlines(struct client *c, uint64_t now)
{
    const struct config *config = c->all->env.config;
    if (c->all->held)
        return; /* it waits for us */
    if (now - c->decided_ms >= config->client_recheck_ms)
        client_recheck(c);
    if (c->blocked && now - c->output_ms >= config->client_stall_ms)
        client_close(c, LOG_LEVEL_WARNING, "closed: it does not take its answers");
    else if (!rpc_server_is_bound(c->rpc) && now - c->accepted_ms >= config->client_bind_ms)
        client_close(c, LOG_LEVEL_WARNING, "closed: it has not bound to the interface in time");
    else if (rpc_server_is_idle(c->rpc) && now - c->input_ms >= config->client_idle_ms)
        client_close(c, LOG_LEVEL_DEBUG, "closed: idle");
}
