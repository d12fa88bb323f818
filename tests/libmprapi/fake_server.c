/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/text.h"
#include "fake_backend.h"
#include "rpc/server.h"
#include "tests/lib/tmpdir.h"

#define CONNECTIONS_MAX 160
#define DRIP_MS         10

struct connection {
    int fd; /* -1: free */
    struct rpc_server *rpc;
    enum manners manners;
    bool got_request;
};

struct fake_server {
    struct fake_config config;
    struct fake_backend *backend;
    struct rpc_interface inner[2], offered[2]; /* dimsvc, rrasx */
    const struct rpc_interface *interfaces[2];
    struct rpc_server_config rpc_config;

    char dir[64], path[96];
    WCHAR name[128];
    int listener;
    int wake[2]; /* a byte wakes the thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool stop, drop, half_close, run;
    void (*what)(void *ctx); /* with `run` */
    void *what_ctx;
    atomic_uint n_connections, n_requests;
    uint8_t last[RPC_REQUEST_STUB_MAX]; /* under the lock */
    size_t last_len;
    struct connection connections[CONNECTIONS_MAX]; /* the thread's own */
};

static const struct rpc_syntax other_syntax = {{0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}}, 1, 0};

static void keep_request(struct fake_server *f, const struct rpc_call *call)
{
    struct rpc_rd rd = rpc_call_stub(call);

    pthread_mutex_lock(&f->lock);
    f->last_len = rpc_rd_left(&rd);
    memcpy(f->last, rd.base, f->last_len);
    pthread_mutex_unlock(&f->lock);
}

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    struct fake_server *f = ctx;
    struct connection *c = user;

    c->got_request = true;
    keep_request(f, call);
    atomic_fetch_add(&f->n_requests, 1);
    if (f->config.fault)
        rpc_call_fault(call, f->config.fault, false);
    else if (f->config.raw_answer)
        rpc_call_reply(call, f->config.raw_answer, f->config.raw_len);
    else if (rpc_call_interface(call) == &f->offered[0])
        f->inner[0].dispatch(f->inner[0].ctx, user, call);
    else
        f->inner[1].dispatch(f->inner[1].ctx, user, call);
}

static void close_connection(struct connection *c)
{
    rpc_server_free(c->rpc);
    close(c->fd);
    *c = (struct connection){.fd = -1};
}

static void accept_connection(struct fake_server *f)
{
    int fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    unsigned n = atomic_fetch_add(&f->n_connections, 1);
    size_t last = f->config.n_script ? f->config.n_script - 1 : 0;
    enum manners manners = f->config.n_script ? f->config.script[n < last ? n : last] : POLITE;
    for (size_t i = 0; i < CONNECTIONS_MAX && manners != CLOSES_AT_ONCE; i++) {
        struct connection *c = &f->connections[i];
        if (c->fd >= 0)
            continue;
        *c = (struct connection){.fd = fd, .manners = manners};
        c->rpc = rpc_server_new(&f->rpc_config, c);
        return;
    }
    close(fd);
}

static bool is_silent(const struct connection *c)
{
    return c->manners == NEVER_ANSWERS || (c->manners == NEVER_ANSWERS_CALLS && c->got_request);
}

static bool is_dripping(const struct connection *c)
{
    return c->manners == DRIPS || (c->manners == DRIPS_ANSWERS && c->got_request);
}

/* How much of n bytes may go out now. */
static size_t portion(const struct connection *c, size_t n)
{
    if (is_dripping(c))
        return 1;
    return c->manners == CLOSES_IN_ANSWER && c->got_request ? (n + 1) / 2 : n;
}

static void flush_output(struct connection *c)
{
    const uint8_t *p;
    size_t n;

    while (!is_silent(c) && (p = rpc_server_output(c->rpc, &n)) != NULL) {
        ssize_t sent = send(c->fd, p, portion(c, n), MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0 || (c->manners == CLOSES_IN_ANSWER && c->got_request)) {
            close_connection(c);
            return;
        }
        rpc_server_consumed(c->rpc, (size_t)sent);
        if (is_dripping(c))
            return;
    }
    if (rpc_server_finished(c->rpc))
        close_connection(c);
}

static void read_input(struct connection *c)
{
    uint8_t in[65536];
    ssize_t n = recv(c->fd, in, sizeof in, 0);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        close_connection(c);
        return;
    }
    if (c->manners == TALKS_GARBAGE) {
        memset(in, 0xff, 256);
        (void)!send(c->fd, in, 256, MSG_NOSIGNAL);
        return;
    }
    rpc_server_input(c->rpc, in, (size_t)n);
    if (c->manners == CLOSES_ON_REQUEST && c->got_request)
        close_connection(c);
}

static bool has_output(const struct connection *c)
{
    size_t n;
    return !is_silent(c) && rpc_server_output(c->rpc, &n) != NULL;
}

static void serve_connection(struct connection *c, short events)
{
    if (events & (POLLIN | POLLHUP | POLLERR))
        read_input(c);
    if (c->fd >= 0)
        flush_output(c);
}

static void close_all(struct fake_server *f, bool half)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (f->connections[i].fd < 0)
            continue;
        if (half)
            shutdown(f->connections[i].fd, SHUT_WR);
        else
            close_connection(&f->connections[i]);
    }
}

static bool obey(struct fake_server *f)
{
    char byte;

    (void)!read(f->wake[0], &byte, 1);
    pthread_mutex_lock(&f->lock);
    if (f->drop || f->half_close || f->stop)
        close_all(f, f->half_close);
    if (f->run)
        f->what(f->what_ctx);
    f->drop = f->half_close = f->run = false;
    pthread_cond_broadcast(&f->done);
    bool stop = f->stop;
    pthread_mutex_unlock(&f->lock);
    return !stop;
}

/* One round of the loop. Entry 0 is the wake pipe, 1 the listener, the others are connections. */
static bool serve(struct fake_server *f)
{
    struct pollfd fds[2 + CONNECTIONS_MAX] = {{.fd = f->wake[0], .events = POLLIN},
                                              {.fd = f->listener, .events = POLLIN}};
    int timeout = -1;

    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct connection *c = &f->connections[i];
        fds[2 + i] = (struct pollfd){.fd = c->fd, .events = POLLIN};
        if (c->fd < 0 || !has_output(c))
            continue;
        if (is_dripping(c))
            timeout = DRIP_MS;
        else
            fds[2 + i].events = POLLIN | POLLOUT;
    }
    if (poll(fds, 2 + CONNECTIONS_MAX, timeout) < 0)
        return true;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (f->connections[i].fd >= 0 && (fds[2 + i].revents || is_dripping(&f->connections[i])))
            serve_connection(&f->connections[i], fds[2 + i].revents);
    if (fds[1].revents)
        accept_connection(f);
    return fds[0].revents ? obey(f) : true;
}

static void *run(void *arg)
{
    struct fake_server *f = arg;

    while (serve(f))
        ;
    return NULL;
}

static void make_socket(struct fake_server *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[128];

    tmpdir_template(f->dir, sizeof f->dir, "mprapi-test");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/socket", f->dir);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", f->path);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->listener >= 0);
    assert_int_equal(bind(f->listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(f->listener, 64), 0);
    snprintf(name, sizeof name, "ncalrpc:[%s]", f->path);
    text_to_utf16(f->name, sizeof f->name / sizeof f->name[0], name);
}

static void offer_rrasx(struct fake_server *f, const struct rrasx_backend *backend)
{
    f->inner[1] = f->offered[1] = rrasx_interface(backend);
    f->offered[1].dispatch = dispatch;
    f->offered[1].ctx = f;
    if (f->config.rrasx_opnums)
        f->offered[1].opnums = f->config.rrasx_opnums;
    f->rpc_config.n_interfaces = 2;
}

static void make_rpc(struct fake_server *f)
{
    f->backend = fake_backend_new(&f->config);
    f->inner[0] = dim_interface(f->config.dim ? f->config.dim : fake_backend_ops(f->backend));
    f->offered[0] = (struct rpc_interface){.id = f->config.other_interface ? other_syntax : dim_syntax,
                                           .name = "fake",
                                           .opnums = DIM_OPNUMS,
                                           .dispatch = dispatch,
                                           .ctx = f};
    f->interfaces[0] = &f->offered[0];
    f->interfaces[1] = &f->offered[1];
    f->rpc_config = (struct rpc_server_config){
        .interfaces = f->interfaces, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_LOCAL, .sec_addr = ""};
    if (f->config.rrasx)
        offer_rrasx(f, f->config.rrasx);
}

struct fake_server *fake_start(const struct fake_config *config)
{
    struct fake_server *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->config = *config;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        f->connections[i].fd = -1;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->done, NULL);
    make_rpc(f);
    make_socket(f);
    assert_int_equal(pipe(f->wake), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
    return f;
}

static void wake(struct fake_server *f)
{
    assert_int_equal(write(f->wake[1], "", 1), 1);
}

static void order(struct fake_server *f, bool *what)
{
    pthread_mutex_lock(&f->lock);
    *what = true;
    wake(f);
    while (*what)
        pthread_cond_wait(&f->done, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

void fake_drop_connections(struct fake_server *f)
{
    order(f, &f->drop);
}

/* While it has no connection its thread looks at nothing of this. */
void fake_upgrade(struct fake_server *f, const struct rrasx_backend *rrasx)
{
    fake_drop_connections(f);
    offer_rrasx(f, rrasx);
}

void fake_half_close_connections(struct fake_server *f)
{
    order(f, &f->half_close);
}

void fake_run(struct fake_server *f, void (*what)(void *ctx), void *ctx)
{
    f->what = what;
    f->what_ctx = ctx;
    order(f, &f->run);
}

struct words {
    struct fake_server *server;
    const char *bytes;
    size_t n;
};

static void say(void *ctx)
{
    const struct words *w = ctx;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        int fd = w->server->connections[i].fd;
        if (fd >= 0)
            assert_int_equal(send(fd, w->bytes, w->n, MSG_NOSIGNAL), (ssize_t)w->n);
    }
}

void fake_say(struct fake_server *f, const char *bytes, size_t n)
{
    fake_run(f, say, &(struct words){f, bytes, n});
}

struct census {
    struct fake_server *server;
    unsigned n;
};

static void count_open(void *ctx)
{
    struct census *c = ctx;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        c->n += c->server->connections[i].fd >= 0;
}

unsigned fake_open_connections(struct fake_server *f)
{
    struct census c = {.server = f};
    fake_run(f, count_open, &c);
    return c.n;
}

void fake_stop(struct fake_server *f)
{
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    wake(f);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    close(f->listener);
    close(f->wake[0]);
    close(f->wake[1]);
    unlink(f->path);
    rmdir(f->dir);
    fake_backend_free(f->backend);
    pthread_cond_destroy(&f->done);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

const char *fake_path(const struct fake_server *f)
{
    return f->path;
}

LPWSTR fake_name(struct fake_server *f)
{
    return f->name;
}

unsigned fake_connections(const struct fake_server *f)
{
    return atomic_load(&f->n_connections);
}

unsigned fake_requests(const struct fake_server *f)
{
    return atomic_load(&f->n_requests);
}

size_t fake_last_request(struct fake_server *f, uint8_t *buf, size_t cap)
{
    pthread_mutex_lock(&f->lock);
    size_t n = f->last_len < cap ? f->last_len : cap;
    memcpy(buf, f->last, n);
    pthread_mutex_unlock(&f->lock);
    return n;
}

unsigned fake_orders(const struct fake_server *f)
{
    return fake_backend_orders(f->backend);
}

MPR_SERVER_HANDLE fake_connect(struct fake_server *f)
{
    MPR_SERVER_HANDLE h;

    assert_int_equal(MprAdminServerConnect(f->name, &h), NO_ERROR);
    return h;
}
