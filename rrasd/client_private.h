/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by client.c (the listener, all clients) and client_io.c (one connection). */
#ifndef OPENRRAS_RRASD_CLIENT_PRIVATE_H
#define OPENRRAS_RRASD_CLIENT_PRIVATE_H

#include "common/log.h"
#include "rrasd/client.h"
#include "rrasd/pipe.h"
#include "rrasd/ratelimit.h"
#include "rrasd/timer.h"

/* What one recv takes. Requests are small; a client that sends many at once saves system calls. */
#define CLIENT_INPUT_SIZE (64u * 1024)
/* What is sent to one client before others have a turn: a client that reads as fast as we write would keep the loop for
 * itself. */
#define CLIENT_TURN_BYTES (256u * 1024)

/* A client that waits for its answer has often sent its next request before we get back to epoll. So we look once more
 * at the socket of one whose next request was there the last time, up to so many times before others have a turn; at
 * any other only now and then, because a look in vain is a system call for nothing. */
#define CLIENT_ROUNDS     16u
#define CLIENT_LOOK_EVERY 64u

struct client {
    struct caller caller; /* first: the association's user pointer */
    struct clients *all;
    struct client *prev, *next;
    struct client *next_answered;
    struct rpc_server *rpc;
    struct pipe *pipe; /* of one that comes by the named pipe; owned; else NULL */
    uv_poll_t poll;
    int fd;
    int events;         /* that epoll has been asked for */
    bool prompt;        /* its next request was there when we looked once more */
    unsigned looks;     /* turns since it was seen not to be */
    bool answered;      /* is in the list of those with new output */
    bool eof;           /* the client sends no more */
    bool stranger;      /* smbd does not vouch for him */
    const char *reason; /* why the connection can't go on, when it is not the association; or NULL */
    bool failed;        /* the association has ended: close when its last words are sent */
    bool serving;       /* its association may be beginning calls: it sends by itself afterwards */
    bool blocked;       /* output waits until the socket is writable */
    uint64_t accepted_ms, input_ms, output_ms; /* the last two: last progress */
    uint64_t decided_ms;                       /* when it was looked up last who the caller is */
};

/* Where clients of one way come in. */
struct listener {
    struct clients *all;
    enum caller_from way;
    int fd;
    uv_poll_t poll;
    uv_timer_t backoff; /* out of descriptors: no accepting meanwhile */
};

struct clients {
    struct clients_env env;
    struct client *first;
    struct client *answered;
    size_t n;
    bool held, stopping, closed;
    uint64_t stop_at_ms;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
    struct listener listeners[CLIENTS_LISTENERS_MAX];
    size_t n_listeners;
    struct timer sweep; /* deadlines; runs while there are clients */
    struct ratelimit refused_log, broken_log, refused_audit, denied_audit;
    uint8_t input[CLIENT_INPUT_SIZE]; /* one for all: a callback never leaves anything in it */
};

/* Start to serve a connection whose fd, caller and rpc are set. 0 or negative errno: nothing was started. */
int client_start(struct client *c);
/* A leg has its outcome. May free the client. */
void client_auth_ready(struct client *c);
/* Send what there is, close when it is over, tell epoll what to wait for. May free the client. */
void client_go_on(struct client *c);
/* Have looked up again who the caller is, where that can change. */
void client_recheck(struct client *c);
/* May free the client. */
void client_check_deadlines(struct client *c, uint64_t now_ms);
/* Ends the connection; the client must not be used any more. */
void client_close(struct client *c, enum log_level level, const char *why);
/* Bytes of it. 0; negative errno as rpc_server_input(), or because the handoff is bad: then c->reason. */
int client_pipe_input(struct client *c, const uint8_t *data, size_t n);
/* Bytes of the output that were sent, perhaps 0, or negative errno. */
ssize_t client_pipe_send(struct client *c, const uint8_t *out, size_t n);

/* In client.c: why this caller can't have one more connection, or NULL; a line in the log; a line for the audit log,
 * unless there are too many of them. */
const char *clients_over_limit(const struct clients *all, const struct caller *caller);
void clients_log_refused(struct clients *all, const struct caller *caller, const char *why);
void clients_audit_refused(struct clients *all, const struct caller *caller, const char *why);
/* In client.c: out of the list, and what follows from that. */
void client_unlink(struct client *c);

#endif
