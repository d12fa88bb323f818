/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/keepout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/hash_table.h"
#include "common/log.h"
#include "common/text.h"

#define WORDS_LATER "it can not be checked whether you may connect: try again later"

/* A keep-out that rrasd wants to hear of again when what we can do changes. */
struct wanted {
    uint64_t n;
    UT_hash_handle hh;
};

/* rras-ocserv-connect with its question. */
struct client {
    struct keepout *keepout;
    uv_poll_t poll;
    int fd;
    struct client *prev, *next;
    uint64_t ask; /* number of the question to rrasd, 0: none yet */
    char packet[KEEPOUT_PACKET_MAX];
    struct keepout_question question; /* in packet */
};

struct keepout {
    uv_loop_t *loop;
    struct driver *driver;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    int fd;
    uv_poll_t poll;
    unsigned handles; /* not closed yet */
    bool closing;
    bool refuse_unanswered;
    void (*closed)(void *ctx);
    void *closed_ctx;

    struct wanted *wanted;
    bool proven; /* ocserv asks */
    struct client *clients;
    size_t client_count;
    pid_t asked[KEEPOUT_ASKED_MAX]; /* a ring */
    size_t asked_n;
};

static const char can[] = "denied at log-on, by ocserv's connect-script";
static const char cannot[] = "ocserv does not ask, or has not yet: its connect-script must be rras-ocserv-connect, see "
                             "rras-ocserv(8). Until then the user is disconnected when he comes";

/* ---- what rrasd is told ---- */

static void tell(struct keepout *k, uint64_t n)
{
    driver_keep_out_reply(k->driver, n, k->proven, k->proven ? can : cannot); /* -ENOENT: it is over */
}

static void set_proven(struct keepout *k, bool proven)
{
    struct wanted *one, *next;
    if (k->proven == proven)
        return;
    k->proven = proven;
    log_info("keep-outs: %s", proven ? can : cannot);
    HASH_ITER(hh, k->wanted, one, next)
    tell(k, one->n);
}

void keepout_begin(struct keepout *k, const struct driver_keep_out *keep_out)
{
    struct wanted *one;
    HASH_FIND(hh, k->wanted, &keep_out->n, sizeof(keep_out->n), one);
    if (!one) {
        one = calloc(1, sizeof(*one));
        if (one) {
            one->n = keep_out->n;
            HASH_ADD(hh, k->wanted, n, sizeof(one->n), one);
            if (!one->hh.tbl)
                free(one); /* then it hears of no change; what it hears now is true now */
        }
    }
    tell(k, keep_out->n);
}

void keepout_end(struct keepout *k, const struct driver_keep_out *keep_out)
{
    struct wanted *one;
    HASH_FIND(hh, k->wanted, &keep_out->n, sizeof(keep_out->n), one);
    if (one) {
        HASH_DELETE(hh, k->wanted, one);
        free(one);
    }
}

bool keepout_refuses(const struct keepout *k, const char *user)
{
    return k->proven && driver_kept_out(k->driver, user) != NULL;
}

void keepout_came_in(struct keepout *k, pid_t worker)
{
    for (size_t i = 0; i < KEEPOUT_ASKED_MAX; i++) {
        if (k->asked[i] == worker) {
            k->asked[i] = 0;
            return;
        }
    }
    set_proven(k, false);
}

void keepout_new_daemon(struct keepout *k)
{
    memset(k->asked, 0, sizeof(k->asked));
    set_proven(k, false);
}

/* ---- a question ---- */

static void on_client_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    free(c);
}

static void close_client(struct client *c)
{
    DL_DELETE(c->keepout->clients, c);
    c->keepout->client_count--;
    uv_close((uv_handle_t *)&c->poll, on_client_closed);
    close(c->fd);
}

/* The last word to a client. `words` NULL: he may come in. */
static void say(struct client *c, const char *words)
{
    char text[KEEPOUT_PACKET_MAX], shown[128];
    int n = snprintf(text, sizeof(text), "%s%s", words ? "n" : "y", words ? words : "");
    if (words)
        log_info("turned away: %s", text_escape_z(shown, sizeof(shown), c->question.user));
    send(c->fd, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1,
         MSG_NOSIGNAL); /* who does not wait lets in */
    close_client(c);
}

/* True: he is kept out, and has been told so. */
static bool turn_away(struct client *c)
{
    const struct keepout_question *q = &c->question;
    struct driver *d = c->keepout->driver;
    const struct driver_keep_out *out = driver_kept_out(d, q->user);
    if (!out)
        return false;
    driver_report_kept_out(d, out->n, q->user, q->address);
    say(c, out->reason);
    return true;
}

static void decide_alone(struct client *c)
{
    say(c, c->keepout->refuse_unanswered ? WORDS_LATER : NULL);
}

void keepout_admission(struct keepout *k, const struct driver_admission *a)
{
    struct client *c = k->clients;
    while (c && c->ask != a->n)
        c = c->next;
    if (!c || turn_away(c)) /* the script has ended; or he is kept out since it has asked */
        return;
    if (a->verdict == DRIVER_NO_ANSWER)
        decide_alone(c);
    else
        say(c, a->verdict == DRIVER_ADMITTED ? NULL : a->text);
}

static void answer(struct client *c)
{
    struct keepout *k = c->keepout;
    k->asked[k->asked_n++ % KEEPOUT_ASKED_MAX] = c->question.worker;
    set_proven(k, true);
    if (!turn_away(c) && driver_ask_admission(k->driver, c->question.user, c->question.address, &c->ask) < 0)
        decide_alone(c);
}

static void on_question(uv_poll_t *poll, int status, int events)
{
    struct client *c = poll->data;
    char more;
    (void)events;
    ssize_t n = status < 0 ? -1 : recv(c->fd, c->ask ? &more : c->packet, c->ask ? 1 : sizeof(c->packet), 0);
    if (n < 0 && status == 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (!c->ask && n > 0 && keepout_parse(c->packet, (size_t)n, sizeof(c->packet), &c->question))
        answer(c);
    else
        close_client(c); /* also one that waits, and has ended, or says something else */
}

/* Root only: the answers are of no use to anybody else, but the questions would be believed. */
static bool is_root(int fd)
{
    struct ucred peer;
    socklen_t n = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == 0;
}

static int adopt(struct keepout *k, int fd)
{
    struct client *c = k->client_count < KEEPOUT_CLIENTS_MAX && is_root(fd) ? calloc(1, sizeof(*c)) : NULL;
    if (!c)
        return -EPERM;
    int r = uv_poll_init(k->loop, &c->poll, fd);
    if (r < 0) {
        free(c);
        return r;
    }
    c->keepout = k;
    c->fd = fd;
    c->poll.data = c;
    DL_APPEND(k->clients, c);
    k->client_count++;
    uv_poll_start(&c->poll, UV_READABLE, on_question);
    return 0;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct keepout *k = poll->data;
    (void)events;
    int fd = status < 0 ? -1 : accept4(k->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0 && adopt(k, fd) < 0)
        close(fd);
}

/* ---- beginning and end ---- */

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    unlink(path); /* of an earlier run; a socket of this name is ours */
    mode_t old = umask(0177);
    int r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0 ? -errno : 0;
    umask(old);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

static const char *what_to_do(int error)
{
    switch (-error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return "; its folder must be one that the user of this driver (--user) may write to";
    case ENOENT:
    case ENOTDIR:
        return "; make its folder first, for the user of this driver (--user)";
    case EADDRINUSE:
        return "; something is there that this driver may not remove: remove it, or give another path";
    default:
        return "";
    }
}

int keepout_new(uv_loop_t *loop, const char *path, bool refuse_unanswered, struct driver *driver, struct keepout **ret)
{
    struct keepout *k = calloc(1, sizeof(*k));
    int fd = k ? listen_on(path) : -ENOMEM;
    int r = fd < 0 ? fd : uv_poll_init(loop, &k->poll, fd);
    if (r < 0) {
        log_error("can't listen on %s (--ask), where rras-ocserv-connect would ask: %s%s", path, strerror(-r),
                  what_to_do(r));
        if (fd >= 0)
            close(fd);
        free(k);
        return r;
    }
    k->loop = loop;
    k->driver = driver;
    k->refuse_unanswered = refuse_unanswered;
    k->fd = fd;
    snprintf(k->path, sizeof(k->path), "%s", path);
    k->poll.data = k;
    uv_poll_start(&k->poll, UV_READABLE, on_connection);
    *ret = k;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct keepout *k = handle->data;
    void (*closed)(void *) = k->closed;
    void *ctx = k->closed_ctx;
    free(k);
    closed(ctx);
}

void keepout_close(struct keepout *k, void (*closed)(void *ctx), void *ctx)
{
    struct client *c, *next_client;
    struct wanted *one, *next;
    DL_FOREACH_SAFE(k->clients, c, next_client)
    close_client(c);
    HASH_ITER(hh, k->wanted, one, next)
    {
        HASH_DELETE(hh, k->wanted, one);
        free(one);
    }
    k->closed = closed;
    k->closed_ctx = ctx;
    uv_close((uv_handle_t *)&k->poll, on_closed);
    close(k->fd);
    unlink(k->path);
}
