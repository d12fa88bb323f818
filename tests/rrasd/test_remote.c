/* SPDX-License-Identifier: Apache-2.0 */
/* Who over TCP is looked up, when, and what follows. Whom the name service knows is the test's, and so are legs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kerberos/kerberos.h"
#include "rrasd/negotiate.h"
#include "rrasd/identity.h"
#include "rrasd/proof.h"
#include "rrasd/remote.h"

#define CALLERS 5u

static struct {
    uv_loop_t loop;
    struct config config;
    struct rpc_server_config rpc;
    struct readers *readers;
    struct remote *remote;
    struct caller callers[CALLERS]; /* with the uids 1000, 1001, ... */
    unsigned ready;
    bool has_called;
} w;

/* ---- what workers do ---- */

static struct {
    uv_sem_t began, go_on; /* each waits for its turn to end */
    uv_mutex_t lock;
    char log[256]; /* in the order in which they began */
    int result;    /* of looks */
    bool open;     /* nobody waits any more */
} workers;

static void work(const char *what)
{
    uv_mutex_lock(&workers.lock);
    size_t n = strlen(workers.log);
    snprintf(workers.log + n, sizeof workers.log - n, "%s ", what); /* the first ones */
    uv_mutex_unlock(&workers.lock);
    uv_sem_post(&workers.began);
    uv_sem_wait(&workers.go_on);
    uv_mutex_lock(&workers.lock);
    if (workers.open)
        uv_sem_post(&workers.go_on);
    uv_mutex_unlock(&workers.lock);
}

/* With link-time optimization nobody seems to call what --wrap puts in the place of something. */
#define WRAP __attribute__((used))

WRAP int __wrap_identity_of_uid(uid_t uid, struct identity *ret);
int __wrap_identity_of_uid(uid_t uid, struct identity *ret)
{
    char text[16];
    snprintf(text, sizeof text, "%u", (unsigned)uid);
    work(text);
    if (workers.result == 0)
        *ret = (struct identity){.uid = uid, .gid = 100};
    return workers.result;
}

WRAP void __wrap_kerberos_run(struct rpc_auth *a);
void __wrap_kerberos_run(struct rpc_auth *a)
{
    (void)a;
    work("leg");
}

static unsigned done_with; /* legs, whatever became of their associations */

WRAP bool __wrap_kerberos_done(struct rpc_auth *a);
bool __real_kerberos_done(struct rpc_auth *a);
bool __wrap_kerberos_done(struct rpc_auth *a)
{
    done_with++;
    return __real_kerberos_done(a);
}

/* ---- what Kerberos says ---- */

static struct {
    bool complete; /* each leg, unless it is refused */
    const char *principal;
} ticket;

WRAP bool __wrap_kerberos_is_complete(const struct rpc_auth *a);
bool __wrap_kerberos_is_complete(const struct rpc_auth *a)
{
    return ticket.complete && !*kerberos_why(a);
}

WRAP const char *__wrap_kerberos_principal(const struct rpc_auth *a);
const char *__wrap_kerberos_principal(const struct rpc_auth *a)
{
    (void)a;
    return ticket.complete ? ticket.principal : "";
}

/* ---- what the audit log has ---- */

static struct {
    unsigned denied;
    uint64_t missed;
    /* of the last one */
    char name[CALLER_NAME_MAX], session[CALLER_NAME_MAX], why[PROOF_WHY_MAX];
    uid_t uid;
} audited;

WRAP void __wrap_audit_write_login(struct audit *a, const struct audit_who *who, const struct audit_login *login);
void __wrap_audit_write_login(struct audit *a, const struct audit_who *who, const struct audit_login *login)
{
    (void)a;
    snprintf(audited.name, sizeof audited.name, "%s", who->name);
    snprintf(audited.session, sizeof audited.session, "%s", who->caller->session);
    snprintf(audited.why, sizeof audited.why, "%s", login->why);
    audited.uid = who->caller->uid;
    assert_string_equal(login->mechanism, "kerberos");
    assert_string_equal(login->level, "privacy");
    assert_int_equal(login->result, 5);
    audited.denied++;
    audited.missed += login->missed;
}

/* Until one more has begun. */
static void wait_begun(void)
{
    while (uv_sem_trywait(&workers.began) != 0)
        uv_run(&w.loop, UV_RUN_NOWAIT);
}

/* All that are there, and those that they make room for. */
static void let_go(void)
{
    uv_mutex_lock(&workers.lock);
    workers.open = true;
    uv_mutex_unlock(&workers.lock);
    uv_sem_post(&workers.go_on);
    uv_run(&w.loop, UV_RUN_DEFAULT);
    workers.open = false;
    assert_int_equal(uv_sem_trywait(&workers.go_on), 0);
}

/* ---- the world ---- */

static void on_ready(void *ctx, struct caller *caller)
{
    (void)ctx;
    (void)caller;
    w.ready++;
}

static bool has_called(const struct caller *caller)
{
    assert_non_null(caller);
    return w.has_called;
}

static int begin(void **state)
{
    static char tcp[] = "127.0.0.1:4170", keytab[] = "";
    (void)state;
    memset(&w, 0, sizeof w);
    memset(&workers, 0, sizeof workers);
    done_with = 0;
    ticket.complete = false;
    ticket.principal = "ghost@RRAS.TEST";
    memset(&audited, 0, sizeof audited);
    assert_int_equal(uv_sem_init(&workers.began, 0), 0);
    assert_int_equal(uv_sem_init(&workers.go_on, 0), 0);
    assert_int_equal(uv_mutex_init(&workers.lock), 0);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    w.config.listen = (struct config_listen){.tcp = tcp, .keytab = keytab};
    for (unsigned i = 0; i < CALLERS; i++) {
        assert_int_equal(access_add(&w.config.roles, ACCESS_VIEWER, false, 1000 + i, "somebody"), 0);
        w.callers[i] = (struct caller){
            .from = CALLER_TCP, .uid = 1000 + i, .account = 1000 + i, .gid = 7, .role = ACCESS_VIEWER, .address = "?"};
    }
    w.readers = readers_new(&w.loop);
    assert_non_null(w.readers);
    const struct remote_env env = {.loop = &w.loop,
                                   .readers = w.readers,
                                   .config = &w.config,
                                   .rpc = &w.rpc,
                                   .has_called = has_called,
                                   .ready = on_ready};
    w.remote = remote_new(&env);
    assert_non_null(w.remote);
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(uv_run(&w.loop, UV_RUN_DEFAULT), 0);
    for (unsigned i = 0; i < CALLERS; i++)
        caller_clear(&w.callers[i]);
    remote_free(w.remote);
    readers_free(w.readers);
    assert_int_equal(uv_run(&w.loop, UV_RUN_DEFAULT), 0);
    access_clear(&w.config.roles);
    assert_int_equal(uv_loop_close(&w.loop), 0);
    uv_mutex_destroy(&workers.lock);
    uv_sem_destroy(&workers.go_on);
    uv_sem_destroy(&workers.began);
    return 0;
}

static struct rpc_auth *begin_leg(struct caller *caller)
{
    const struct rpc_server_config *rpc = remote_rpc(w.remote, REMOTE_TCP);
    const uint8_t *out;
    size_t n;
    struct rpc_auth *a = rpc->mechs[0]->create(rpc->mech_ctx, caller, RPC_AUTH_PRIVACY, true);
    assert_non_null(a);
    assert_int_equal(rpc->mechs[0]->step(a, (const uint8_t *)"x", 1, &out, &n), RPC_AUTH_LATER);
    return a;
}

/* ---- tests ---- */

static void who_cant_be_looked_up_has_no_role_until_he_is_found_again(void **state)
{
    static const int results[] = {-EIO, -ENOENT, -EIO, 0, -ENOENT, 0};
    struct caller *c = &w.callers[0];
    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        workers.result = results[i];
        remote_recheck(w.remote, c);
        let_go();
        assert_int_equal(c->role, results[i] ? ACCESS_NONE : ACCESS_VIEWER);
        assert_int_equal(c->uid, results[i] ? (uid_t)-1 : 1000);
        assert_int_equal(c->gid, results[i] ? (gid_t)-1 : 100);
    }
    assert_string_equal(workers.log, "1000 1000 1000 1000 1000 1000 ");
}

static void who_was_never_anybody_here_is_not_looked_up(void **state)
{
    (void)state;
    w.callers[0].account = w.callers[0].uid = (uid_t)-1;
    remote_recheck(w.remote, &w.callers[0]);
    let_go();
    assert_string_equal(workers.log, "");
}

static void one_look_more_is_enough_however_many_are_asked_for(void **state)
{
    (void)state;
    remote_recheck(w.remote, &w.callers[0]);
    remote_recheck(w.remote, &w.callers[1]);
    wait_begun();
    wait_begun();
    for (unsigned i = 0; i < 10; i++)
        remote_recheck(w.remote, &w.callers[0]);
    let_go();
    assert_string_equal(workers.log + strlen("1000 1001 "), "1000 ");
}

static void legs_and_looks_take_turns(void **state)
{
    (void)state;
    remote_recheck(w.remote, &w.callers[0]);
    wait_begun();
    remote_recheck(w.remote, &w.callers[1]);
    wait_begun();
    remote_recheck(w.remote, &w.callers[2]);
    remote_recheck(w.remote, &w.callers[3]);
    struct rpc_auth *legs[] = {begin_leg(&w.callers[4]), begin_leg(&w.callers[4])};
    for (unsigned i = 0; i < 4; i++) {
        uv_sem_post(&workers.go_on);
        wait_begun();
    }
    let_go();
    assert_string_equal(workers.log, "1000 1001 leg 1002 leg 1003 ");
    assert_int_equal(w.ready, 2);
    negotiate_spnego.destroy(legs[0]);
    negotiate_spnego.destroy(legs[1]);
}

static void who_has_gone_is_waited_for_and_forgotten(void **state)
{
    (void)state;
    remote_recheck(w.remote, &w.callers[0]);
    wait_begun();
    remote_recheck(w.remote, &w.callers[1]);
    wait_begun();
    remote_recheck(w.remote, &w.callers[2]);
    struct rpc_auth *leg = begin_leg(&w.callers[4]);
    for (unsigned i = 0; i < CALLERS; i++)
        remote_forget(w.remote, &w.callers[i]);
    negotiate_spnego.destroy(leg);
    let_go();
    assert_string_equal(workers.log, "1000 1001 ");
    assert_int_equal(w.ready, 0);
    assert_int_equal(w.callers[0].gid, 7);
}

/* Readers may hang for good, and strangers come, give up and come again all the time. */
static void who_does_not_wait_for_his_turn_leaves_nothing(void **state)
{
    (void)state;
    remote_recheck(w.remote, &w.callers[0]);
    wait_begun();
    struct rpc_auth *runs = begin_leg(&w.callers[1]);
    wait_begun();
    for (unsigned i = 0; i < 100; i++) {
        struct caller *c = &w.callers[2 + i % 2];
        struct rpc_auth *leg = begin_leg(c);
        remote_recheck(w.remote, c);
        if (i % 3)
            negotiate_spnego.destroy(leg); /* in either order */
        remote_forget(w.remote, c);
        if (i % 3 == 0)
            negotiate_spnego.destroy(leg);
    }
    unsigned gone = done_with;
    let_go();
    assert_int_equal(gone, 100);
    assert_string_equal(workers.log, "1000 leg ");
    assert_int_equal(w.ready, 1);
    negotiate_spnego.destroy(runs);
}

static void who_logs_in_without_a_role_does_not_fill_the_audit_log(void **state)
{
    static struct rpc_auth *legs[300];
    (void)state;
    ticket.complete = true;
    for (size_t i = 0; i < 300; i++)
        legs[i] = begin_leg(&w.callers[4]);
    let_go();
    assert_int_equal(w.ready, 300);
    assert_true(audited.denied + audited.missed <= 300);
    assert_in_range(audited.denied, 100, 299); /* 100 in ten seconds */
    assert_non_null(strstr(audited.why, "is no user of this machine"));
    assert_int_equal(w.callers[4].role, ACCESS_NONE);
    for (size_t i = 0; i < 300; i++)
        negotiate_spnego.destroy(legs[i]);
}

/* ---- inside the pipe ---- */

/* As smbd has handed him over. */
static struct caller *olgas_session(void)
{
    struct caller *c = &w.callers[4];
    c->from = CALLER_PIPE;
    c->account = (uid_t)-1;
    c->session_uid = c->uid;
    snprintf(c->name, sizeof c->name, "RAS\\olga");
    snprintf(c->session, sizeof c->session, "RAS\\olga");
    return c;
}

static void prove(struct caller *c)
{
    ticket.complete = true;
    struct rpc_auth *leg = begin_leg(c);
    let_go();
    negotiate_spnego.destroy(leg);
}

static void what_is_proved_takes_the_place_of_the_session(void **state)
{
    struct caller *c = olgas_session();
    (void)state;
    prove(c);
    assert_true(c->proved);
    assert_string_equal(c->name, "ghost@RRAS.TEST");
    assert_int_equal(c->uid, (uid_t)-1);
    assert_int_equal(c->role, ACCESS_NONE);
    assert_int_equal(c->session_uid, 1004);
    assert_string_equal(audited.name, "ghost@RRAS.TEST");
    assert_string_equal(audited.session, "RAS\\olga");
}

static void who_has_made_calls_as_somebody_stays_that(void **state)
{
    struct caller *c = olgas_session();
    (void)state;
    w.has_called = true;
    prove(c);
    assert_false(c->proved);
    assert_string_equal(c->name, "RAS\\olga");
    assert_int_equal(c->uid, 1004);
    assert_int_equal(c->role, ACCESS_VIEWER);
    assert_non_null(strstr(audited.why, "after calls without one"));
    assert_string_equal(audited.name, "ghost@RRAS.TEST"); /* who it would have been */
    assert_string_equal(audited.session, "RAS\\olga");
    assert_int_equal(audited.uid, (uid_t)-1);
}

static void a_connection_is_of_one_principal(void **state)
{
    struct caller *c = olgas_session();
    (void)state;
    prove(c);
    w.has_called = true; /* with what is proved already */
    prove(c);
    assert_non_null(strstr(audited.why, "is no user of this machine"));
    ticket.principal = "ghost@RRAS.TEST.ELSEWHERE";
    prove(c);
    assert_non_null(strstr(audited.why, "another principal"));
    assert_string_equal(c->name, "ghost@RRAS.TEST");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_cant_be_looked_up_has_no_role_until_he_is_found_again, begin, end),
        cmocka_unit_test_setup_teardown(who_was_never_anybody_here_is_not_looked_up, begin, end),
        cmocka_unit_test_setup_teardown(one_look_more_is_enough_however_many_are_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(legs_and_looks_take_turns, begin, end),
        cmocka_unit_test_setup_teardown(who_logs_in_without_a_role_does_not_fill_the_audit_log, begin, end),
        cmocka_unit_test_setup_teardown(who_has_gone_is_waited_for_and_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(who_does_not_wait_for_his_turn_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(what_is_proved_takes_the_place_of_the_session, begin, end),
        cmocka_unit_test_setup_teardown(who_has_made_calls_as_somebody_stays_that, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_is_of_one_principal, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
