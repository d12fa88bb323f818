/* SPDX-License-Identifier: Apache-2.0 */
/* A client that has come by the named pipe: who it is, its bytes in, and its bytes out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "rrasd/client_private.h"

#define STRANGER "its session is anonymous, or that of a guest"

static void log_bad_handoff(struct client *c)
{
    struct clients *all = c->all;
    char note[RATELIMIT_NOTE_MAX];
    uint64_t missed;
    if (!ratelimit_ok(&all->refused_log, uv_now(all->env.loop), &missed))
        return;
    if (pipe_verdict(c->pipe) == HANDOFF_LEVEL_BAD)
        log_error("smbd hands clients of the named pipe over at level %u, and this rrasd knows level %u (Samba 4.17): "
                  "they are refused%s",
                  (unsigned)pipe_level(c->pipe), HANDOFF_LEVEL, ratelimit_note(note, missed));
    else
        log_warning("a handoff of smbd is refused: %s%s", handoff_verdict_text(pipe_verdict(c->pipe)),
                    ratelimit_note(note, missed));
}

static int refuse_handoff(struct client *c, int r)
{
    c->reason = handoff_verdict_text(pipe_verdict(c->pipe));
    log_bad_handoff(c);
    clients_audit_refused(c->all, &c->caller, c->reason);
    return r;
}

/* He is somebody of this machine: by its numbers, whatever he is called. `h` gives its groups away. */
static void become(struct client *c, struct handoff *h)
{
    struct caller *caller = &c->caller;
    handoff_name(h, caller->name, sizeof caller->name);
    memcpy(caller->session, caller->name, sizeof caller->session);
    handoff_address(h, caller->address, sizeof caller->address);
    if (c->stranger)
        return;
    caller->uid = caller->session_uid = h->uid;
    caller->gid = h->gid;
    caller->groups = h->groups;
    caller->n_groups = h->n_groups;
    h->groups = NULL;
    h->n_groups = 0;
    caller->role = access_decide(&c->all->env.config->roles, caller);
}

/* smbd lets anonymous sessions and guests at a pipe as well. They can bind, so that they are told why nothing is
 * answered: each request gets a fault that says "access denied". Unless they prove inside the pipe who they are they
 * never count as bound, so client_bind ends them. */
static int turn_into_stranger(struct client *c)
{
    struct rpc_server *refusing = rpc_server_new(c->all->env.rpc_stranger, &c->caller);
    if (!refusing)
        return -ENOMEM;
    rpc_server_free(c->rpc);
    c->rpc = refusing;
    clients_log_refused(c->all, &c->caller, STRANGER);
    return 0;
}

/* Whoever may do nothing comes as often as he likes. */
static struct ratelimit *limit_of(struct client *c)
{
    if (c->stranger)
        return &c->all->refused_audit;
    return c->caller.role == ACCESS_NONE ? &c->all->denied_audit : NULL;
}

static void note(struct client *c)
{
    struct clients *all = c->all;
    char text[CALLER_TEXT_MAX];
    uint64_t missed = 0;
    const char *why = c->stranger ? STRANGER : c->caller.role == ACCESS_NONE ? ACCESS_WHY_NONE : NULL;
    struct ratelimit *limit = limit_of(c);
    if (!limit || ratelimit_ok(limit, uv_now(all->env.loop), &missed))
        all->env.handed_over(all->env.ctx, &c->caller, why, missed);
    if (log_get_level() >= LOG_LEVEL_DEBUG)
        log_debug("client %s: handed over by smbd, %s", caller_text(text, &c->caller),
                  c->stranger ? "refused" : access_role_name(c->caller.role));
}

/* smbd waits for this, and the socket is empty: it goes out as a whole. */
static int answer(struct client *c)
{
    uint8_t reply[HANDOFF_REPLY_SIZE];
    handoff_reply(reply);
    ssize_t sent = send(c->fd, reply, sizeof reply, MSG_NOSIGNAL);
    if (sent != (ssize_t)sizeof reply) {
        c->reason = "smbd has gone before it was answered";
        return sent < 0 ? -errno : -EPIPE;
    }
    pipe_open(c->pipe);
    return 0;
}

static int hand_over(struct client *c, struct handoff *h)
{
    c->stranger = !h->authenticated;
    c->caller.address[0] = '\0'; /* not counted among its own */
    struct caller him = {.from = CALLER_PIPE, .session_uid = c->stranger ? ACCESS_OVERFLOW_ID : h->uid, .address = "?"};
    const char *over = clients_over_limit(c->all, &him);
    become(c, h);
    if (over) {
        c->reason = over;
        clients_log_refused(c->all, &c->caller, over);
        return -EUSERS;
    }
    int r = c->stranger ? turn_into_stranger(c) : 0;
    if (r < 0) {
        c->reason = strerror(-r);
        return r;
    }
    note(c);
    return answer(c);
}

int client_pipe_input(struct client *c, const uint8_t *data, size_t n)
{
    struct pipe_bytes in = {.p = data, .n = n}, piece;
    if (!pipe_is_open(c->pipe)) {
        struct handoff h = {0};
        int r = pipe_take_handoff(c->pipe, &in, &h);
        if (r < 0)
            return refuse_handoff(c, r);
        if (r == 0)
            return 0;
        r = hand_over(c, &h);
        handoff_clear(&h);
        if (r < 0)
            return r;
    }
    while (pipe_next(c->pipe, &in, &piece)) {
        int r = rpc_server_input(c->rpc, piece.p, piece.n);
        if (r < 0)
            return r;
    }
    return 0;
}

ssize_t client_pipe_send(struct client *c, const uint8_t *out, size_t n)
{
    struct iovec iov[2];
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = (size_t)pipe_frame(c->pipe, out, n, iov)};
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    return sent < 0 ? -errno : (ssize_t)pipe_sent(c->pipe, (size_t)sent);
}
