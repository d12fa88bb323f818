/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of one connection that are answered while another one of it is begun. */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rrasd/client.h"
#include "rrasd/timer.h"
#undef ECHO /* of termios, by uv.h */
#include "tests/rpc/peer.h"

#define MANY (RPC_CALLS_MAX + 8u) /* those behind the first ones are kept, and begun while answers are sent */

static struct {
    uv_loop_t loop;
    struct config config;
    struct world rpc; /* of which the interfaces and their configuration are used */
    struct clients *clients;
    struct caller *caller;
    struct rpc_call *calls[2 * MANY]; /* in the order in which they were begun */
    size_t begun, answered;
    size_t store_from; /* what is begun from this one on has to be stored before anything is shown; 0: nothing */
} w;

/* ---- rrasd ---- */

static void answer_first(void)
{
    rpc_call_reply(w.calls[w.answered++], NULL, 0);
    clients_answered(w.clients, w.caller);
}

/* When all are there that can be at once, each new call has an old one answered: as an order to a driver has, that is
 * turned away because of it, and whose orders have failed now. */
static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    (void)ctx;
    w.caller = user;
    assert_in_range(w.begun, 0, MANY - 1);
    w.calls[w.begun++] = call;
    if (w.begun > RPC_CALLS_MAX)
        answer_first();
}

static bool may_serve(void *ctx)
{
    (void)ctx;
    bool must_store = w.store_from && w.begun >= w.store_from;
    if (must_store)
        clients_hold(w.clients, true);
    return !must_store;
}

static void ignore_leave(void *ctx, struct caller *caller)
{
    (void)ctx;
    (void)caller;
}

static void ignore_forget(void *ctx, const struct caller *caller)
{
    (void)ctx;
    (void)caller;
}

static void on_stopped(void *ctx)
{
    (void)ctx;
}

static int begin(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    assert_int_equal(timers_open(&w.loop), 0);
    w.config.connections = w.config.connections_per_user = 10;
    w.config.client_bind_ms = w.config.client_idle_ms = w.config.client_stall_ms = w.config.client_recheck_ms = 600000;
    world_open_with(&w.rpc, 5840);
    w.rpc.a.dispatch = dispatch;
    const struct clients_env env = {.loop = &w.loop,
                                    .config = &w.config,
                                    .rpc = {[CALLER_LOCAL] = &w.rpc.config},
                                    .may_serve = may_serve,
                                    .leave = ignore_leave,
                                    .forget = ignore_forget};
    w.clients = clients_new(&env);
    assert_non_null(w.clients);
    return 0;
}

static int end(void **state)
{
    (void)state;
    clients_stop(w.clients, on_stopped, NULL);
    assert_int_equal(uv_run(&w.loop, UV_RUN_DEFAULT), 0);
    clients_free(w.clients);
    timers_close(&w.loop);
    assert_int_equal(uv_loop_close(&w.loop), 0);
    world_close(&w.rpc);
    return 0;
}

/* ---- a client ---- */

static int connected(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX}; /* a name that the kernel makes up */
    socklen_t n = sizeof at;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0 && fd >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&at, sizeof at.sun_family), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    assert_int_equal(clients_listen(w.clients, CALLER_LOCAL, listener), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, n), 0);
    return fd;
}

/* What comes until the server has no more to say. */
static void receive(int fd, struct bytes *out)
{
    uint8_t piece[4096];
    ssize_t n;
    while ((n = recv(fd, piece, sizeof piece, MSG_DONTWAIT)) > 0)
        put(out, piece, (size_t)n);
    assert_true(n < 0 && errno == EAGAIN);
}

/* All calls are sent; those that can be at once are begun, and one of them is answered. */
static int ask_many(void)
{
    struct bytes in = {0};
    int fd = connected();
    put_plain_bind(&in, MPX);
    for (uint32_t i = 0; i < MANY; i++)
        put_request(&in, FIRST | LAST, 100 + i, 0, 3, NULL, 0);
    assert_int_equal(send(fd, in.p, in.n, 0), in.n);
    drop(&in);
    while (w.begun < RPC_CALLS_MAX)
        uv_run(&w.loop, UV_RUN_ONCE);
    answer_first();
    return fd;
}

static void answer_all(void)
{
    while (w.begun < MANY)
        uv_run(&w.loop, UV_RUN_ONCE);
    while (w.answered < MANY)
        answer_first();
    clients_flush(w.clients);
    assert_int_equal(clients_count(w.clients), 1);
}

/* The answers to the first n calls, and no more. */
static void expect_answers(struct bytes *out, uint32_t n)
{
    size_t pos = 0;
    assert_int_equal(next_pdu(out, &pos).type, BIND_ACK);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(next_pdu(out, &pos).call_id, 100 + i);
    assert_int_equal(pos, out->n);
}

static void calls_that_are_kept_are_begun_once(void **state)
{
    struct bytes out = {0};
    (void)state;
    int fd = ask_many();
    answer_all();
    receive(fd, &out);
    expect_answers(&out, MANY);
    close(fd);
    drop(&out);
}

static void what_they_have_begun_is_stored_before_it_is_shown(void **state)
{
    struct bytes out = {0};
    (void)state;
    w.store_from = RPC_CALLS_MAX + 1;
    int fd = ask_many();
    assert_true(w.begun > RPC_CALLS_MAX);
    receive(fd, &out);
    expect_answers(&out, 1);
    w.store_from = 0;
    clients_hold(w.clients, false);
    answer_all();
    receive(fd, &out);
    expect_answers(&out, MANY);
    close(fd);
    drop(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_that_are_kept_are_begun_once, begin, end),
        cmocka_unit_test_setup_teardown(what_they_have_begun_is_stored_before_it_is_shown, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
