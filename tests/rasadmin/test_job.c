/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disconnect_job.c against a server that plays a script: what is told must be what was done, whatever happens on the
 * way.
 */
#include "tests/rasadmin/fake_library.h"

#include <signal.h>

#include "rasadmin/client.h"
#include "rasadmin/disconnect.h"
#include "rasadmin/errors.h"

#define N 4

/* ---- the server ---- */

/* What it answers, one after another; the last one stays. */
struct answer {
    uint32_t code;
    OPENRRAS_JOB job;
    void (*before)(void);
};
static const struct answer *answers;
static size_t n_answers, at;
static unsigned begun, cancelled;
static OPENRRAS_DISCONNECT asked;
static uint32_t cancel_code;
static uint32_t list_code;
static bool there[N]; /* is the session still there, and has it an order? */
static bool ordered[N];
static uint8_t server_run;
static uint32_t renumbered; /* added to every handle: the server has crashed meanwhile */

static struct connection connection = A_CONNECTION(.handle = 11, .user = "alice", .client4 = "10.8.0.6");
static struct port ports[N];
static OPENRRAS_SESSION sessions[N];

static DWORD answer(OPENRRAS_JOB **ret)
{
    const struct answer *a = &answers[at + 1 < n_answers ? at++ : at];
    if (a->before)
        a->before();
    if (a->code)
        return a->code;
    *ret = library_buffer(sizeof **ret);
    **ret = a->job;
    return NO_ERROR;
}

DWORD OpenRrasDisconnect(MPR_SERVER_HANDLE server, const OPENRRAS_DISCONNECT *d, DWORD wait_ms, OPENRRAS_JOB **ret)
{
    (void)server;
    (void)wait_ms;
    begun++;
    asked = *d;
    return answer(ret);
}

DWORD OpenRrasJobWait(MPR_SERVER_HANDLE server, DWORD job, const OPENRRAS_JOB *seen, DWORD wait_ms, OPENRRAS_JOB **ret)
{
    (void)server;
    (void)seen;
    (void)wait_ms;
    assert_int_equal(job, 7);
    return answer(ret);
}

DWORD OpenRrasJobCancel(MPR_SERVER_HANDLE server, DWORD job)
{
    (void)server;
    assert_int_equal(job, 7);
    cancelled++;
    return cancel_code;
}

DWORD OpenRrasServerGetInfo(MPR_SERVER_HANDLE server, OPENRRAS_SERVER **ret)
{
    (void)server;
    *ret = library_buffer(sizeof **ret);
    (*ret)->guidRun.Data4[0] = server_run;
    return NO_ERROR;
}

uint32_t client_listing_full(MPR_SERVER_HANDLE server, struct listing *ret)
{
    (void)server;
    if (list_code)
        return list_code;
    *ret = (struct listing){.ports = calloc(N, sizeof(struct port)), .n_ports = N};
    assert_non_null(ret->ports);
    for (size_t i = 0; i < N; i++) {
        ret->ports[i] = ports[i];
        ret->ports[i].handle += renumbered;
        sessions[i].ullOrder = ordered[i] ? 5 : 0;
        ret->ports[i].session = there[i] ? &sessions[i] : NULL;
        if (!there[i]) {
            ret->ports[i].condition = CONDITION_LISTENING;
            ret->ports[i].connection = 0;
        }
    }
    return NO_ERROR;
}

/* Of order.c, which is not used here. */
uint32_t client_port(MPR_SERVER_HANDLE server, uint32_t handle, struct arena *arena, struct port *ret)
{
    (void)server;
    (void)handle;
    (void)arena;
    (void)ret;
    return ERROR_NOT_SUPPORTED;
}

uint32_t client_port_disconnect(MPR_SERVER_HANDLE server, uint32_t handle)
{
    (void)server;
    (void)handle;
    fail_msg("an order beside the job");
    return ERROR_NOT_SUPPORTED;
}

uint32_t client_status(MPR_SERVER_HANDLE server, struct server_status *ret)
{
    (void)server;
    (void)ret;
    return ERROR_NOT_SUPPORTED;
}

/* ---- a run ---- */

static struct app app;
static struct disconnect_options options;
static struct disconnect_outcome r;

static int begin(void **state)
{
    int code = 0;
    (void)state;
    app = (struct app){.quiet = true};
    assert_non_null(app_server(&app, &code));
    options = (struct disconnect_options){.selection.all = true};
    r = (struct disconnect_outcome){.orders = calloc(N, sizeof(struct order)), .n = N};
    assert_non_null(r.orders);
    for (size_t i = 0; i < N; i++) {
        ports[i] = (struct port)A_PORT(.handle = (uint32_t)(101 + i), .connection = 11, .name = "vpn",
                                       .condition = CONDITION_AUTHENTICATED, .conn = &connection);
        r.orders[i].port = &ports[i];
        there[i] = ordered[i] = false;
    }
    begun = cancelled = 0;
    at = 0;
    list_code = cancel_code = 0;
    server_run = 1;
    renumbered = 0;
    library_buffers = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    disconnect_outcome_free(&r);
    server_close(app.server);
    print_free();
    assert_int_equal(library_buffers, 0);
    return 0;
}

static int play(const struct answer *script, size_t n)
{
    answers = script;
    n_answers = n;
    print_begin();
    int code = disconnect_by_jobs(&app, &options, &r);
    print_end();
    return code;
}
#define PLAY(script) play(script, COUNT(script))

#define JOB(state, m, a, c, f)                                                                                         \
    .dwJob = 7, .dwState = OPENRRAS_JOB_##state, .dwMatched = m, .dwAsked = a, .dwConfirmed = c, .dwFailed = f

static void expect_sum(size_t matched, size_t asked_, size_t confirmed, size_t failed, size_t unconfirmed,
                       size_t not_given)
{
    assert_int_equal(r.sum.matched, matched);
    assert_int_equal(r.sum.asked, asked_);
    assert_int_equal(r.sum.confirmed, confirmed);
    assert_int_equal(r.sum.failed, failed);
    assert_int_equal(r.sum.unconfirmed, unconfirmed);
    assert_int_equal(r.sum.not_given, not_given);
}

static void what_is_asked_for_reaches_the_server(void **state)
{
    static const struct answer script[] = {{.job = {JOB(DONE, 4, 4, 4, 0), .dwKeepOut = 3}}};
    (void)state;
    options.hard = true;
    options.rate = 17;
    options.reason = "maintenance";
    options.keep_out_seconds = 60;
    assert_int_equal(PLAY(script), EXIT_DONE);
    assert_int_equal(begun, 1);
    assert_true(asked.Selector.fAll);
    assert_int_equal(asked.dwFlags, OPENRRAS_DISCONNECT_HARD);
    assert_int_equal(asked.dwRate, 17);
    assert_int_equal(asked.dwKeepOutSeconds, 60);
    assert_string_equal(asked.pszReason, "maintenance");
    assert_int_equal(r.keep_outs[0], 3);
    assert_int_equal(r.jobs[0], 7);
}

static void all_gone_is_done(void **state)
{
    static const struct answer script[] = {
        {.job = {JOB(RUNNING, 4, 0, 0, 0)}}, {.job = {JOB(RUNNING, 4, 3, 1, 0)}}, {.job = {JOB(DONE, 4, 4, 4, 0)}}};
    (void)state;
    assert_int_equal(PLAY(script), EXIT_DONE);
    expect_sum(4, 4, 4, 0, 0, 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(r.orders[i].result, ORDER_CONFIRMED);
    assert_true(r.waited);
}

static OPENRRAS_FAILURE failures[] = {
    {.dwPort = 102, .dwCode = ERROR_GEN_FAILURE, .pszPort = "vpn", .pszUser = "alice", .pszReason = "no such client"},
    {.dwPort = 999, .dwCode = ERROR_NOT_READY, .pszPort = "new-1", .pszUser = "late", .pszReason = ""},
};

static void failures_have_their_reason_also_of_who_was_not_listed(void **state)
{
    static const struct answer script[] = {{.job = {JOB(DONE, 5, 5, 3, 2), .dwFailures = 2, .pFailures = failures}}};
    (void)state;
    there[1] = true;
    assert_int_equal(PLAY(script), EXIT_PARTLY);
    expect_sum(5, 5, 3, 2, 0, 0);
    assert_int_equal(r.n, 5);
    assert_int_equal(r.orders[1].result, ORDER_FAILED);
    assert_string_equal(r.orders[1].why, "no such client");
    assert_int_equal(r.orders[4].result, ORDER_FAILED);
    assert_int_equal(r.orders[4].code, ERROR_NOT_READY);
    assert_string_equal(r.orders[4].port->conn->user, "late");
    assert_int_equal(r.orders[0].result, ORDER_CONFIRMED);
}

static void interrupt(void)
{
    if (!orders_interrupted())
        raise(SIGINT);
}

/* One of four was asked and goes, one was asked and hangs until it is gone: the rest stays. */
static void an_interrupt_cancels_and_tells_what_was_done(void **state)
{
    static const struct answer script[] = {{.job = {JOB(RUNNING, 4, 2, 0, 0)}},
                                           {.job = {JOB(RUNNING, 4, 2, 1, 0)}, .before = interrupt},
                                           {.job = {JOB(RUNNING, 4, 2, 1, 0)}},
                                           {.job = {JOB(CANCELLED, 4, 2, 2, 0)}}};
    (void)state;
    there[2] = there[3] = true;
    assert_int_equal(PLAY(script), EXIT_PARTLY);
    assert_int_equal(cancelled, 1);
    expect_sum(4, 2, 2, 0, 0, 2);
    assert_int_equal(r.orders[1].result, ORDER_CONFIRMED);
    assert_int_equal(r.orders[2].result, ORDER_NOT_GIVEN);
    assert_has(printed_err, "of 4 sessions 2 were asked, 2 of them are confirmed and 0 failed; 2 were not touched");
}

static void when_the_time_is_over_the_rest_is_unconfirmed(void **state)
{
    static const struct answer script[] = {{.job = {JOB(RUNNING, 4, 2, 1, 0)}}};
    (void)state;
    options.wait = options.has_wait_ms = true;
    options.wait_ms = 1;
    there[1] = there[2] = there[3] = true;
    ordered[1] = true;
    assert_int_equal(PLAY(script), EXIT_UNCONFIRMED);
    expect_sum(4, 2, 1, 0, 3, 0);
    assert_int_equal(cancelled, 0); /* it goes on */
    assert_int_equal(r.orders[1].result, ORDER_UNCONFIRMED);
    assert_int_equal(r.orders[2].result, ORDER_NOT_GIVEN);
    assert_has(printed_err, "the job goes on in the server");
}

static void without_waiting_it_is_only_begun(void **state)
{
    static const struct answer script[] = {{.job = {JOB(RUNNING, 4, 0, 0, 0)}}};
    (void)state;
    options.no_wait = true;
    for (size_t i = 0; i < N; i++)
        there[i] = true;
    assert_int_equal(PLAY(script), EXIT_DONE);
    assert_false(r.waited);
    assert_int_equal(r.sum.matched, 4);
    assert_int_equal(r.sum.asked, 4); /* the server has them all, though it has given none yet */
    assert_int_equal(r.orders[3].result, ORDER_ASKED);
    assert_string_equal(printed_err, "");
}

static void a_server_that_comes_back_is_asked_again(void **state)
{
    static const struct answer script[] = {{.job = {JOB(RUNNING, 4, 2, 1, 0)}},
                                           {.code = RPC_S_CALL_FAILED},
                                           {.code = RPC_S_SERVER_UNAVAILABLE},
                                           {.job = {JOB(DONE, 4, 4, 4, 0)}}};
    (void)state;
    assert_int_equal(PLAY(script), EXIT_DONE);
    assert_int_equal(begun, 1); /* but nothing is ordered again */
}

static void a_server_that_has_forgotten_the_job_is_told_of(void **state)
{
    static const struct answer script[] = {
        {.job = {JOB(RUNNING, 4, 2, 1, 0)}}, {.code = RPC_S_SERVER_UNAVAILABLE}, {.code = ERROR_NOT_FOUND}};
    (void)state;
    there[2] = there[3] = true;
    assert_int_equal(PLAY(script), EXIT_UNCONFIRMED);
    assert_int_equal(begun, 1);
    expect_sum(4, 2, 1, 0, 3, 0);
    assert_has(printed_err, "was restarted meanwhile");
    assert_int_equal(r.orders[0].result, ORDER_CONFIRMED);
    assert_int_equal(r.orders[3].result, ORDER_NOT_GIVEN);
}

static void crash(void)
{
    server_run = 2;
    renumbered = 1 << 20;
}

/* All handles are new then: that the old ones are not there does not say that the sessions are gone. */
static void after_a_crash_nobody_is_called_gone(void **state)
{
    static const struct answer script[] = {
        {.job = {JOB(RUNNING, 4, 2, 1, 0)}}, {.code = RPC_S_CALL_FAILED, .before = crash}, {.code = ERROR_NOT_FOUND}};
    (void)state;
    for (size_t i = 0; i < N; i++)
        there[i] = true;
    assert_int_equal(PLAY(script), EXIT_UNCONFIRMED);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(r.orders[i].result, ORDER_UNCONFIRMED);
}

static void an_order_of_unknown_fate_is_not_given_again(void **state)
{
    static const struct answer script[] = {{.code = RPC_S_CALL_FAILED}};
    (void)state;
    assert_int_equal(PLAY(script), EXIT_UNCONFIRMED);
    assert_int_equal(begun, 1);
    assert_has(printed_err, "whether it arrived is not known");
}

static void a_refusal_has_its_exit_code(void **state)
{
    static const struct answer denied[] = {{.code = ERROR_ACCESS_DENIED}}, busy[] = {{.code = RPC_S_SERVER_TOO_BUSY}};
    (void)state;
    assert_int_equal(PLAY(denied), EXIT_DENIED);
    assert_has(printed_err, "access denied");
    print_free();
    assert_int_equal(PLAY(busy), EXIT_UNREACHABLE);
}

/* Between the listing and the job the only one has gone: nobody is hit, and that is said. */
static void one_that_is_gone_meanwhile_is_stale(void **state)
{
    static const struct answer script[] = {{.job = {JOB(DONE, 0, 0, 0, 0)}}};
    (void)state;
    r.n = 1;
    assert_int_equal(PLAY(script), EXIT_NOT_FOUND);
    assert_int_equal(asked.Selector.dwPort, 101);
    assert_int_equal(r.orders[0].result, ORDER_FAILED);
    assert_int_equal(r.orders[0].code, ERROR_INVALID_PARAMETER);
    expect_sum(1, 0, 0, 1, 0, 0);
}

static void nobody_matched_any_more_is_exit_3(void **state)
{
    static const struct answer script[] = {{.job = {JOB(DONE, 0, 0, 0, 0)}}};
    (void)state;
    assert_int_equal(PLAY(script), EXIT_NOT_FOUND);
    assert_has(printed_err, "nobody matched any more");
}

static void keeping_out_somebody_who_is_not_there_is_done(void **state)
{
    static const struct answer script[] = {{.job = {JOB(DONE, 0, 0, 0, 0), .dwKeepOut = 9}}};
    (void)state;
    r.n = 0;
    options.selection.all = false;
    options.keep_out_seconds = 60;
    assert_int_equal(selection_add(&options.selection, SELECT_USER, "mallory"), 0);
    assert_int_equal(PLAY(script), EXIT_DONE);
    assert_string_equal(asked.Selector.pszUser, "mallory");
    assert_int_equal(r.keep_outs[0], 9);
    selection_free(&options.selection);
}

static void each_of_several_ports_has_its_job(void **state)
{
    static const struct answer script[] = {
        {.job = {JOB(DONE, 1, 1, 1, 0)}}, {.job = {JOB(DONE, 0, 0, 0, 0)}}, {.job = {JOB(DONE, 1, 1, 1, 0)}}};
    (void)state;
    options.selection.all = false;
    assert_int_equal(selection_add(&options.selection, SELECT_PORT, "vpn"), 0);
    assert_int_equal(PLAY(script), EXIT_PARTLY);
    assert_int_equal(begun, 4);
    expect_sum(4, 3, 3, 1, 0, 0);
    assert_int_equal(r.orders[1].result, ORDER_FAILED);
    selection_free(&options.selection);
}

static void an_interrupt_between_jobs_begins_no_more(void **state)
{
    static const struct answer script[] = {{.job = {JOB(DONE, 1, 1, 1, 0)}},
                                           {.job = {JOB(DONE, 1, 1, 1, 0)}, .before = interrupt}};
    (void)state;
    there[2] = there[3] = true;
    options.selection.all = false;
    assert_int_equal(selection_add(&options.selection, SELECT_PORT, "vpn"), 0);
    assert_int_equal(PLAY(script), EXIT_PARTLY);
    assert_int_equal(begun, 2);
    expect_sum(4, 2, 2, 0, 0, 2);
    selection_free(&options.selection);
}

static void when_nothing_can_be_listed_nothing_is_claimed(void **state)
{
    static const struct answer script[] = {{.job = {JOB(RUNNING, 4, 2, 1, 0)}}, {.code = ERROR_NOT_FOUND}};
    (void)state;
    list_code = RPC_S_SERVER_UNAVAILABLE;
    assert_int_equal(PLAY(script), EXIT_UNCONFIRMED);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(r.orders[i].result, ORDER_UNCONFIRMED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_asked_for_reaches_the_server),
        TEST(all_gone_is_done),
        TEST(failures_have_their_reason_also_of_who_was_not_listed),
        TEST(an_interrupt_cancels_and_tells_what_was_done),
        TEST(an_interrupt_between_jobs_begins_no_more),
        TEST(when_the_time_is_over_the_rest_is_unconfirmed),
        TEST(without_waiting_it_is_only_begun),
        TEST(a_server_that_comes_back_is_asked_again),
        TEST(a_server_that_has_forgotten_the_job_is_told_of),
        TEST(after_a_crash_nobody_is_called_gone),
        TEST(an_order_of_unknown_fate_is_not_given_again),
        TEST(a_refusal_has_its_exit_code),
        TEST(one_that_is_gone_meanwhile_is_stale),
        TEST(nobody_matched_any_more_is_exit_3),
        TEST(keeping_out_somebody_who_is_not_there_is_done),
        TEST(each_of_several_ports_has_its_job),
        TEST(when_nothing_can_be_listed_nothing_is_claimed),
    };
    return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
