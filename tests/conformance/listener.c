/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpc/ with every level of authentication, for test suites by others: on a port of 127.0.0.1, and at a socket of
 * smbd's.
 *
 *     listener [OPTION...] PORT
 *     --address TEXT   the secondary address that is announced; PORT otherwise
 *     --echo           rpcecho is offered beside mgmt
 *     --pipe SOCKET    listen there as well, for clients that smbd hands over
 *     --ntlm PROGRAM   rras-ntlm, with --users FILE: users of NTLM
 *
 * Says "ready" once it listens. Ends at SIGTERM, when its clients have gone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "connection.h"
#include "echo.h"
#include "ntlm/process.h"
#include "rrasd/negotiate.h"

#define REQUEST_MAX (1u << 20) /* of rpcecho; smbtorture sends 200,000 bytes */
#define WAITING_MAX 64         /* clients that are not accepted yet */

struct door {
    uv_poll_t poll;
    int fd;
    bool handed_over;
    struct listener *listener;
};

struct listener {
    uv_loop_t *loop;
    uv_signal_t signal;
    struct door doors[2];
    size_t n_doors;
    struct negotiate_config negotiate;
    struct rpc_interface echo;
    const struct rpc_interface *interfaces[1];
    struct rpc_groups groups;
    struct rpc_server_config config;
};

struct options {
    const char *port, *address, *pipe, *ntlm, *users;
    bool echo;
};

static bool parse(int argc, char **argv, struct options *ret)
{
    static const struct option known[] = {
        {"address", required_argument, NULL, 'a'}, {"echo", no_argument, NULL, 'e'},
        {"ntlm", required_argument, NULL, 'n'},    {"pipe", required_argument, NULL, 'p'},
        {"users", required_argument, NULL, 'u'},   {NULL, 0, NULL, 0}};
    int c;
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        const char **to = c == 'a' ? &ret->address : c == 'n' ? &ret->ntlm : c == 'p' ? &ret->pipe : &ret->users;
        if (c == '?')
            return false;
        if (c == 'e')
            ret->echo = true;
        else
            *to = optarg;
    }
    ret->port = argv[optind];
    return ret->port && ret->ntlm;
}

/* ---- doors ---- */

static void on_client(uv_poll_t *poll, int status, int events)
{
    struct door *d = poll->data;
    (void)events;
    int fd = status < 0 ? -1 : accept4(d->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        connection_start(d->listener->loop, fd, &d->listener->config, d->handed_over);
}

/* 0 or negative errno, after which the program ends. */
static int open_door(struct listener *l, const struct sockaddr *address, socklen_t len, bool handed_over)
{
    struct door *d = &l->doors[l->n_doors];
    int on = 1;
    *d = (struct door){.handed_over = handed_over, .listener = l};
    d->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (d->fd < 0 || setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 || bind(d->fd, address, len) < 0 ||
        listen(d->fd, WAITING_MAX) < 0)
        return -errno;
    int r = uv_poll_init(l->loop, &d->poll, d->fd);
    if (r < 0)
        return r;
    d->poll.data = d;
    l->n_doors++;
    return uv_poll_start(&d->poll, UV_READABLE, on_client);
}

static int open_tcp(struct listener *l, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return open_door(l, (const struct sockaddr *)&address, sizeof address, false);
}

static int open_pipe(struct listener *l, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    return open_door(l, (const struct sockaddr *)&address, sizeof address, true);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct listener *l = signal->data;
    (void)number;
    for (size_t i = 0; i < l->n_doors; i++)
        uv_close((uv_handle_t *)&l->doors[i].poll, NULL);
    ntlm_process_close(l->negotiate.ntlm.process);
    uv_close((uv_handle_t *)signal, NULL);
}

/* ---- what is offered ---- */

static void on_answered(void *ctx, void *user, struct rpc_auth *a)
{
    (void)ctx;
    if (ntlm_done(a))
        connection_authenticated(user);
}

static void on_ntlm_ended(void *ctx, const char *why)
{
    (void)ctx;
    fprintf(stderr, "NTLM: %s\n", why);
}

/* As rrasd's, but that every level is to be had, also those that rrasd never takes; keys are where the library looks
 * for them (KRB5_KTNAME). */
static int offer_authentication(struct listener *l, const struct options *o)
{
    const struct ntlm_process_config ntlm = {.loop = l->loop,
                                             .program = o->ntlm,
                                             .users = o->users,
                                             .answer_ms = NTLM_ANSWER_MS,
                                             .pause_ms = NTLM_PAUSE_MS,
                                             .ended = on_ntlm_ended};
    l->negotiate = (struct negotiate_config){
        .kerberos = {.min_level = RPC_AUTH_CONNECT},
        .ntlm = {.process = ntlm_process_new(&ntlm), .min_level = RPC_AUTH_CONNECT, .answered = on_answered},
        .with_ntlm = true,
    };
    return l->negotiate.ntlm.process ? 0 : -ENOMEM;
}

static void offer(struct listener *l, const struct options *o)
{
    static const struct rpc_auth_mech *const mechs[] = {&negotiate_spnego, &negotiate_kerberos, &negotiate_ntlm};
    l->echo = echo_interface(l->loop);
    l->interfaces[0] = &l->echo;
    l->config = (struct rpc_server_config){
        .interfaces = l->interfaces,
        .n_interfaces = o->echo ? 1 : 0,
        .mechs = mechs,
        .n_mechs = sizeof mechs / sizeof mechs[0],
        .mech_ctx = &l->negotiate,
        .max_frag = RPC_FRAG_MAX_TCP,
        .sec_addr = o->address ? o->address : o->port,
        .offer_mgmt = true,
        .groups = &l->groups,
        .max_stub = REQUEST_MAX,
    };
}

static int start(struct listener *l, const struct options *o)
{
    int r = offer_authentication(l, o);
    offer(l, o);
    if (r == 0)
        r = open_tcp(l, o->port);
    if (r == 0 && o->pipe)
        r = open_pipe(l, o->pipe);
    if (r == 0)
        r = uv_signal_init(l->loop, &l->signal);
    if (r == 0)
        r = uv_signal_start(&l->signal, on_signal, SIGTERM);
    l->signal.data = l;
    return r;
}

int main(int argc, char **argv)
{
    struct listener l = {.loop = uv_default_loop()};
    struct options options = {0};
    if (!parse(argc, argv, &options)) {
        fprintf(stderr, "usage: listener [OPTION...] --ntlm PROGRAM PORT\n");
        return 2;
    }
    int r = start(&l, &options);
    if (r < 0) {
        fprintf(stderr, "listener: %s\n", uv_strerror(r));
        return 1;
    }
    puts("ready");
    fflush(stdout);
    (void)uv_run(l.loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < l.n_doors; i++)
        (void)close(l.doors[i].fd);
    ntlm_process_free(l.negotiate.ntlm.process);
    return uv_loop_close(l.loop) < 0;
}
