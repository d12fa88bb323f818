/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation fails once: the first, the second, ... until all succeed. Nothing may crash or leak (the sanitizers
 * tell), and outputs stay untouched. The linker puts these functions in the place of malloc and its like (--wrap).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#include "rrasd/access.h"
#include "rrasd/audit.h"
#include "rrasd/client.h"
#include "rrasd/config.h"
#include "rrasd/marks.h"
#include "rrasd/store.h"
#include "rrasd/timer.h"
#include "rrasd/users_private.h"
#include "scratch.h"
#include "tests/lib/failing.h"

/* Run `once` with the n-th allocation failing, for each n, until none failed. */
static void each_allocation(void **state, void (*once)(void **state, bool expect_success))
{
    for (unsigned n = 1;; n++) {
        assert_true(n < 10000);
        failing_start(n);
        once(state, false);
        if (!failing_stop())
            break;
    }
    once(state, true);
}

static void load_config(void **state, bool expect_success)
{
    static const char text[] = "[server]\nsocket=/a\nstate_dir=/b\n[roles]\nviewers=1,2,user:3\n[driver a]\nuser=1,2\n"
                               "[driver b:c]\nuser=3\n";
    static const char bad[] = "[server]\nsocket=a\nwrong=1\n[roles]\nviewers=no-such-group-here\n";
    struct complaints c = {0};
    struct config config = {0};
    char path[SCRATCH_PATH_MAX];
    unsigned was = failing_countdown;
    failing_countdown = 0;
    scratch_file(*state, path, "conf", text, sizeof text - 1);
    failing_countdown = was;
    int r = config_load(path, true, &config, &c);
    assert_true(r == 0 || r == -ENOMEM || r == -EINVAL);
    if (expect_success)
        assert_int_equal(r, 0);
    if (r == 0)
        assert_int_equal(config.n_drivers, 2);
    else
        assert_null(config.socket);
    config_clear(&config);
    complaints_clear(&c);

    was = failing_countdown;
    failing_countdown = 0;
    scratch_file(*state, path, "conf", bad, sizeof bad - 1);
    failing_countdown = was;
    assert_true(config_load(path, true, &config, &c) < 0);
    assert_true(complaints_any(&c));
    complaints_clear(&c);
}

static void configuration(void **state)
{
    each_allocation(state, load_config);
}

static void open_audit(void **state, bool expect_success)
{
    uv_loop_t loop;
    struct audit *a = NULL;
    char path[SCRATCH_PATH_MAX];
    unsigned was = failing_countdown;
    failing_countdown = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    failing_countdown = was;
    int r = audit_open(&loop, scratch_path(*state, path, "audit"), "run", &a);
    assert_int_equal(r, a ? 0 : -ENOMEM);
    if (expect_success)
        assert_int_equal(r, 0);
    if (a) {
        static const struct caller caller = {0};
        audit_write_denied(a, &(struct audit_who){.caller = &caller}, "op", 0);
        assert_int_equal(audit_failures(a), 0); /* a line needs no memory */
        audit_close(a);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    audit_free(a);
    failing_countdown = 0;
    uv_loop_close(&loop);
}

static void audit_log(void **state)
{
    each_allocation(state, open_audit);
}

static void ask_for_caller(void **state, bool expect_success)
{
    int pair[2];
    struct caller caller = {.uid = 77};
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    int r = caller_from_socket(&caller, pair[0]);
    assert_true(r == 0 || (r == -ENOMEM && caller.uid == 77));
    if (expect_success)
        assert_int_equal(r, 0);
    caller_clear(&caller);
    close(pair[0]);
    close(pair[1]);
}

static void the_caller(void **state)
{
    each_allocation(state, ask_for_caller);
}

static void open_store(void **state, bool expect_success)
{
    struct scratch *dir = *state;
    struct store *s = NULL;
    struct store_past past;
    int r = store_open(dir->dir, &s, &past);
    assert_true(s ? r == 0 : r < 0);
    if (expect_success)
        assert_int_equal(r, 0);
    store_close(s);
}

static void the_store(void **state)
{
    each_allocation(state, open_store);
}

/* A list of users, asked as a worker asks. */
static void list_users(void **state, bool expect_success)
{
    const struct config_users config = {.source = CONFIG_USERS_STORE};
    const struct user_settings settings = {.callback = USER_CALLBACK_NONE};
    struct users_ask ask = {.kind = USER_ASK_LIST, .max = 200};
    struct user_answer answer = {0};
    struct scratch *dir = *state;
    struct store *s = NULL;
    struct store_past past;
    char name[16], why[USERS_WHY_MAX] = "";
    unsigned was = failing_countdown;
    failing_countdown = 0;
    assert_int_equal(store_open(dir->dir, &s, &past), 0);
    struct user_settings got;
    bool there = store_get_user(s, "u69", &got) == 0;
    for (int i = 0; i < 70 && !there; i++) { /* more than there is room for at first */
        snprintf(name, sizeof name, "u%02d", i);
        assert_int_equal(store_set_user(s, name, &settings, true), 0);
    }
    failing_countdown = was;
    int r = user_directory_new(&config, s, &ask.directory, why);
    if (r == 0) {
        user_directory_ask(&ask, &answer);
        r = answer.result;
        assert_true(r < 0 || answer.n_entries == 70);
    }
    assert_true(r == 0 || r == -ENOMEM);
    assert_true(r == 0 || why[0] || ask.why[0]); /* in a sentence */
    if (expect_success)
        assert_int_equal(r, 0);
    user_answer_clear(&answer);
    user_directory_free(ask.directory);
    failing_countdown = 0;
    store_close(s);
}

static void users(void **state)
{
    each_allocation(state, list_users);
}

static void never(void *ctx, const struct caller *caller)
{
    (void)ctx;
    (void)caller;
}

static void leaves(void *ctx, struct caller *caller)
{
    (void)ctx, (void)caller;
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static void refused(void *ctx, const struct caller *caller, const char *why, uint64_t missed)
{
    (void)missed;
    (void)ctx;
    (void)caller;
    (void)why;
}

static void stopped(void *ctx)
{
    *(bool *)ctx = true;
}

/* A listener, and a client that connects: turned away when there is no memory for it, and the listener goes on. */
static void connect_from(enum caller_from from, const void *first, size_t n, bool expect_success)
{
    static const struct rpc_server_config rpc = {.max_frag = RPC_FRAG_MAX_LOCAL, .sec_addr = "", .offer_mgmt = true};
    struct config config = {.connections = 5,
                            .connections_per_user = 5,
                            .pipe_connections = 5,
                            .client_bind_ms = 60000,
                            .client_idle_ms = 60000,
                            .client_stall_ms = 60000};
    uv_loop_t loop;
    bool over = false;
    unsigned was = failing_countdown;
    failing_countdown = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct clients_env env = {.loop = &loop,
                              .config = &config,
                              .rpc = {[CALLER_LOCAL] = &rpc, [CALLER_PIPE] = &rpc},
                              .rpc_stranger = &rpc,
                              .may_serve = always,
                              .leave = leaves,
                              .forget = never,
                              .handed_over = refused,
                              .refused = refused};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr address = {.sa_family = AF_UNIX}; /* an unnamed address: the kernel picks an abstract one */
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    assert_int_equal(bind(fd, &address, sizeof(sa_family_t)), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &len), 0);
    assert_int_equal(timers_open(&loop), 0);
    struct clients *all = clients_new(&env);
    assert_non_null(all);
    assert_int_equal(clients_listen(all, from, fd), 0);
    uv_run(&loop, UV_RUN_NOWAIT); /* libuv allocates for its own table when a handle is watched first */
    assert_int_equal(connect(client, (struct sockaddr *)&own, len), 0);
    failing_countdown = was;
    uv_run(&loop, UV_RUN_ONCE);
    if (clients_count(all) > 0 && n > 0) {
        assert_int_equal(send(client, first, n, 0), n);
        uv_run(&loop, UV_RUN_ONCE);
    }
    failing_countdown = 0;
    assert_true(clients_count(all) <= 1);
    if (expect_success)
        assert_int_equal(clients_count(all), 1);
    close(client);
    clients_stop(all, stopped, &over);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(over);
    clients_free(all);
    timers_close(&loop);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void connect_client(void **state, bool expect_success)
{
    (void)state;
    connect_from(CALLER_LOCAL, NULL, 0, expect_success);
}

static void connect_by_pipe(void **state, bool expect_success)
{
    static const char *const names[] = {"user", "anonymous"};
    uint8_t bytes[2048];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        unsigned was = failing_countdown;
        failing_countdown = 0; /* for stdio */
        snprintf(path, sizeof path, "%s/%s", HANDOFF_CORPUS, names[i]);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        failing_countdown = was;
        connect_from(CALLER_PIPE, bytes, n, expect_success);
    }
}

static void a_client_by_pipe(void **state)
{
    if (geteuid() != 0)
        skip(); /* smbd is root */
    each_allocation(state, connect_by_pipe);
}

static void a_client(void **state)
{
    each_allocation(state, connect_client);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {T(configuration), T(audit_log), T(the_caller),      T(the_store),
                                       T(users),         T(a_client),  T(a_client_by_pipe)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
