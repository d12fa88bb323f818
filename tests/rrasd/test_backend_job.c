/* SPDX-License-Identifier: Apache-2.0 */
/* Our own interface: disconnecting by selection, and its traces in the audit log. */
#include "x_world.h"

/* ---- jobs ---- */

static void a_job_is_answered_at_its_end(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {
        .Selector = {.pszUser = "carol"}, .dwRate = OPENRRAS_RATE_UNLIMITED, .pszReason = "maintenance"};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 5000);
    pass(w, 0);
    assert_int_equal(w->order_count, 3);
    assert_int_equal(w->answer_count, 0);
    gone(w, "1");
    gone(w, "2");
    gone(w, "3");
    pass(w, 0);
    const struct answer *a = answer(w, 0);
    assert_int_equal(a->code, 0);
    assert_int_equal(a->job.dwState, OPENRRAS_JOB_DONE);
    assert_int_equal(a->job.dwMatched, 3);
    assert_int_equal(a->job.dwAsked, 3);
    assert_int_equal(a->job.dwConfirmed, 3);
    assert_int_equal(a->job.dwFailed, 0);
    assert_int_equal(a->job.llStarted, 1764084000);
    assert_string_equal(a->reason, "maintenance");
    assert_string_equal(a->by, "uid 1000");
    assert_ptr_equal(w->told[0], &w->alice);
}

static void a_jobs_life_is_in_the_journal(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    disconnect(w, &w->bob, &d, 0);
    uint32_t job = answer(w, 0)->job.dwJob;
    assert_int_not_equal(job, 0);
    pass(w, 0);
    pass(w, 40);
    gone(w, "1");
    wait_for_events(w, &w->alice, 0,
                    OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_ORDER) |
                        OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_OUTCOME),
                    0);
    const struct answer *a = answer(w, 1);
    assert_int_equal(a->list.dwCount, 4);
    static const uint32_t types[] = {OPENRRAS_EVENT_JOB, OPENRRAS_EVENT_ORDER, OPENRRAS_EVENT_OUTCOME,
                                     OPENRRAS_EVENT_JOB};
    static const uint32_t outcomes[] = {OPENRRAS_OUTCOME_NONE, OPENRRAS_OUTCOME_NONE, OPENRRAS_OUTCOME_GONE,
                                        OPENRRAS_OUTCOME_GONE};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(a->events[i].dwType, types[i]);
        assert_int_equal(a->events[i].dwOutcome, outcomes[i]);
        assert_int_equal(a->events[i].dwJob, job);
        assert_string_equal(a->events[i].pszBy, "root");
    }
    assert_int_equal(a->events[3].dwTookMs, 40);
}

static void an_order_of_no_job_names_none(void **state)
{
    struct world *w = *state;
    const uint32_t port = come(w, "1", "carol");
    struct router_time now = now_of(w);
    const struct router_ask ask = {.by = "root"};
    assert_int_equal(router_port_disconnect(w->router, port, &ask, &now, NULL, NULL), -EINPROGRESS);
    gone(w, "1");
    wait_for_events(w, &w->alice, 0,
                    OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_ORDER) | OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_OUTCOME), 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(answer(w, 0)->events[i].dwJob, 0);
}

static void progress_is_told_ten_times_a_second_at_most(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}, .dwRate = 1000};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 0);
    uint32_t job = answer(w, 0)->job.dwJob;
    wait_for_job(w, job, 0, 0, 5000);
    assert_int_equal(backend_next_deadline(w->backend), w->ms + 5000);
    pass(w, 0);
    pass(w, 1);
    assert_int_equal(w->order_count, 2);
    assert_int_equal(w->answer_count, 1);
    assert_int_equal(backend_next_deadline(w->backend), w->ms + 99);
    pass(w, 98);
    assert_int_equal(w->answer_count, 1);
    pass(w, 1);
    assert_int_equal(answer(w, 1)->job.dwAsked, 3);
    wait_for_job(w, job, 3, 0, 5000);
    gone(w, "1");
    pass(w, 99);
    assert_int_equal(w->answer_count, 2);
    pass(w, 1);
    assert_int_equal(answer(w, 2)->job.dwConfirmed, 1);
    wait_for_job(w, job, 3, 1, 5000);
    gone(w, "2");
    gone(w, "3");
    pass(w, 0); /* its end is told at once */
    assert_int_equal(answer(w, 3)->job.dwState, OPENRRAS_JOB_DONE);
    wait_for_job(w, job, 3, 3, 5000);
    assert_int_equal(answer(w, 4)->job.dwState, OPENRRAS_JOB_DONE);
}

static void failures_have_the_codes_of_a_disconnect(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    disconnect(w, &w->alice, &d, 0);
    pass(w, 0);
    assert_int_equal(router_order_reply(w->router, w->driver, w->orders[0].order, ROUTER_REPLY_REFUSED, "no", &now), 0);
    const struct rrasx_job_request request = {.job = answer(w, 0)->job.dwJob, .wait_ms = 60000};
    w->x->job_wait(w->x->ctx, &w->alice, &request, new_call(w)); /* nothing was seen before: at once */
    assert_int_equal(answer(w, 1)->job.dwFailures, 1);
    assert_int_equal(answer(w, 1)->failure.dwCode, ERROR_GEN_FAILURE);
    wait_for_events(w, &w->alice, 0, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB), 0);
    assert_int_equal(answer(w, 2)->events[1].dwOutcome, OPENRRAS_OUTCOME_FAILED);
}

static void a_dry_run_only_counts(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}, .dwFlags = OPENRRAS_DISCONNECT_DRY_RUN};
    three_sessions(w);
    uint64_t before = last_event(w);
    disconnect(w, &w->alice, &d, 1000);
    const struct answer *a = answer(w, 0);
    assert_int_equal(a->job.dwMatched, 3);
    assert_int_equal(a->job.dwJob, 0);
    assert_int_equal(a->job.dwState, OPENRRAS_JOB_DONE);
    pass(w, 0);
    assert_int_equal(w->order_count, 0);
    assert_int_equal(last_event(w), before);
    json_t *j = audit_line(w, "job", 0);
    assert_true(json_is_true(json_object_get(j, "dry_run")));
    assert_int_equal(number_in(j, "matched"), 3);
    assert_null(json_object_get(j, "job"));
    json_decref(j);
}

static void what_can_not_be_a_job_is_refused_and_audited(void **state)
{
    struct world *w = *state;
    static const OPENRRAS_DISCONNECT bad[] = {
        {.dwRate = 1},
        {.Selector = {.pszAddress = "300.1.1.1"}},
        {.Selector = {.pszAddress = "10.8.0.1/24"}, .dwFlags = OPENRRAS_DISCONNECT_DRY_RUN},
        {.Selector = {.fAll = TRUE}, .dwFlags = 0x4u},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        disconnect(w, &w->alice, &bad[i], 1000);
        assert_int_equal(answer(w, i)->code, ERROR_INVALID_PARAMETER);
        json_t *j = audit_line(w, "job", i);
        assert_int_equal(number_in(j, "result"), ERROR_INVALID_PARAMETER);
        json_decref(j);
    }
    const OPENRRAS_DISCONNECT slow = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    for (size_t i = 4; i < 7; i++)
        disconnect(w, &w->alice, &slow, 0);
    assert_int_equal(answer(w, 5)->code, 0);
    assert_int_equal(answer(w, 6)->code, RPC_S_SERVER_TOO_BUSY); /* two at once */
}

static void each_order_of_a_job_has_its_lines_also_when_its_owner_has_left(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol", .pszDriver = "openvpn"}, .dwRate = 1000};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 5000);
    pass(w, 0);
    const OPENRRAS_DISCONNECT again = {.Selector = {.fAll = TRUE}, .dwRate = OPENRRAS_RATE_UNLIMITED};
    disconnect(w, &w->bob, &again, 0);
    uint32_t second = answer(w, 0)->job.dwJob;
    pass(w, 0);
    backend_forget(w->backend, &w->alice);
    memset(&w->alice, 0xff, sizeof w->alice);
    pass(w, 1);
    gone(w, "1");
    gone(w, "2");
    gone(w, "3");
    json_t *job = audit_line(w, "job", 0);
    long long first = number_in(job, "job");
    assert_int_equal(number_in(job, "matched"), 3);
    assert_int_equal(number_in(job, "rate"), 1000);
    assert_string_equal(text_in(json_object_get(job, "selector"), "user"), "carol");
    assert_string_equal(text_in(json_object_get(job, "selector"), "driver"), "openvpn");
    assert_null(json_object_get(json_object_get(job, "selector"), "address"));
    assert_int_equal(number_in(json_object_get(job, "who"), "uid"), 1000);
    json_decref(job);
    /* The first job's order, then the second joins it and gives two of its own, which the first joins. */
    static const struct {
        const char *session;
        bool joined;
        bool of_second;
    } lines[] = {{"1", false, false}, {"1", true, true}, {"2", false, true}, {"3", false, true}, {"2", true, false}};
    for (size_t i = 0; i < 5; i++) {
        json_t *j = audit_line(w, "order", i);
        assert_non_null(j);
        assert_string_equal(text_in(j, "session"), lines[i].session);
        assert_string_equal(text_in(j, "op"), "RrasxDisconnect");
        assert_int_equal(json_is_true(json_object_get(j, "joined")), lines[i].joined);
        assert_int_equal(number_in(j, "job"), lines[i].of_second ? second : first);
        assert_int_equal(number_in(json_object_get(j, "who"), "uid"), lines[i].of_second ? 0 : 1000);
        json_decref(j);
    }
    json_t *outcome = audit_line(w, "outcome", 1);
    assert_int_equal(number_in(outcome, "job"), second);
    json_decref(outcome);
    pass(w, 1000);
    for (size_t i = 0; i < 2; i++) {
        json_t *end = audit_line(w, "job-end", i);
        assert_non_null(end);
        assert_string_equal(text_in(end, "state"), "done");
        assert_int_equal(number_in(end, "confirmed"), 3);
        json_decref(end);
    }
}

static void a_job_is_cancelled_by_its_number_and_audited(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 0);
    pass(w, 0);
    uint32_t job = answer(w, 0)->job.dwJob;
    assert_int_equal(w->x->job_cancel(w->x->ctx, &w->bob, job + 1), ERROR_NOT_FOUND);
    assert_int_equal(w->x->job_cancel(w->x->ctx, &w->bob, job), 0);
    json_t *j = audit_line(w, "change", 1);
    assert_int_equal(number_in(j, "job"), job);
    assert_string_equal(text_in(j, "op"), "RrasxJobCancel");
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
    json_decref(j);
    wait_for_job(w, job, 1, 0, 5000);
    gone(w, "1");
    pass(w, 0);
    assert_int_equal(answer(w, 1)->job.dwState, OPENRRAS_JOB_CANCELLED);
    wait_for_job(w, job + 1, 0, 0, 5000);
    assert_int_equal(answer(w, 2)->code, ERROR_NOT_FOUND);
}

static void who_may_not_wait_any_more_still_gets_his_job(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    for (unsigned i = 0; i < 4; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_KEPT_OUT), 1000);
    disconnect(w, &w->alice, &d, 60000);
    assert_int_equal(answer(w, 0)->code, 0);
    assert_int_equal(answer(w, 0)->job.dwState, OPENRRAS_JOB_RUNNING);
    wait_for_job(w, answer(w, 0)->job.dwJob, 0, 0, 1000);
    assert_int_equal(answer(w, 1)->code, RPC_S_SERVER_TOO_BUSY);
}

static void a_stop_ends_jobs_and_says_so(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 60000);
    pass(w, 0);
    backend_stop(w->backend);
    assert_int_equal(answer(w, 0)->job.dwState, OPENRRAS_JOB_RUNNING); /* as far as it is */
    router_free(w->router);
    w->router = NULL;
    json_t *end = audit_line(w, "job-end", 0);
    assert_non_null(end);
    assert_string_equal(text_in(end, "state"), "cancelled");
    assert_int_equal(number_in(end, "asked"), 1);
    assert_int_equal(number_in(end, "failed"), 1);
    json_decref(end);
}

/* Either it was not taken, and everything is as if it had not been asked for, or it was. */
static void a_disconnect_without_memory_is_refused_as_a_whole(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {
        .Selector = {.pszUser = "carol"}, .dwRate = 1, .dwKeepOutSeconds = 60, .pszReason = "lost laptop"};
    size_t refused = 0;
    bool failed = true;
    three_sessions(w);
    for (unsigned n = 1; failed; n++) {
        w->answer_count = 0;
        failing_start(n);
        disconnect(w, &w->alice, &d, 1000);
        failed = failing_stop();
        if (w->answer_count == 1 && answer(w, 0)->code != 0) {
            assert_int_equal(answer(w, 0)->code, ERROR_NOT_ENOUGH_MEMORY);
            assert_int_equal(router_job_count(w->router), 0);
            assert_int_equal(router_keep_out_count(w->router), 0);
            refused++;
            continue;
        }
        assert_int_equal(router_job_count(w->router), 1);
        assert_int_equal(router_keep_out_count(w->router), 1);
        backend_leave(w->backend, &w->alice); /* if he waits */
        w->alice.leaving = false;
        assert_int_equal(w->x->job_cancel(w->x->ctx, &w->alice, answer(w, 0)->job.dwJob), 0);
        assert_int_equal(w->x->keep_out_remove(w->x->ctx, &w->alice, answer(w, 0)->job.dwKeepOut), 0);
    }
    assert_true(refused >= 5);
    pass(w, 0);
    assert_int_equal(w->order_count, 0);
}

static void without_memory_a_job_is_told_without_its_failures(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}};
    come(w, "1", "carol");
    disconnect(w, &w->alice, &d, 0);
    pass(w, 0);
    assert_int_equal(router_order_reply(w->router, w->driver, w->orders[0].order, ROUTER_REPLY_REFUSED, "no", &now), 0);
    failing_start(1);
    wait_for_job(w, answer(w, 0)->job.dwJob, 0, 0, 1000);
    assert_true(failing_stop());
    assert_int_equal(answer(w, 1)->code, 0);
    assert_int_equal(answer(w, 1)->job.dwFailed, 1);
    assert_int_equal(answer(w, 1)->job.dwFailures, 0);
}

static void without_memory_nobody_waits_and_is_told_so(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &d, 0);
    failing_start(1);
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_true(failing_stop());
    assert_int_equal(answer(w, 1)->code, ERROR_NOT_ENOUGH_MEMORY);
    failing_start(1);
    wait_for_job(w, answer(w, 0)->job.dwJob, 0, 0, 1000);
    assert_true(failing_stop());
    assert_int_equal(answer(w, 2)->code, ERROR_NOT_ENOUGH_MEMORY);
    assert_int_equal(w->alice.waiting, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, x_setup, x_teardown)
    const struct CMUnitTest tests[] = {
        T(a_job_is_answered_at_its_end),
        T(a_jobs_life_is_in_the_journal),
        T(an_order_of_no_job_names_none),
        T(progress_is_told_ten_times_a_second_at_most),
        T(failures_have_the_codes_of_a_disconnect),
        T(a_dry_run_only_counts),
        T(what_can_not_be_a_job_is_refused_and_audited),
        T(each_order_of_a_job_has_its_lines_also_when_its_owner_has_left),
        T(a_job_is_cancelled_by_its_number_and_audited),
        T(who_may_not_wait_any_more_still_gets_his_job),
        T(a_stop_ends_jobs_and_says_so),
        T(without_memory_nobody_waits_and_is_told_so),
        T(a_disconnect_without_memory_is_refused_as_a_whole),
        T(without_memory_a_job_is_told_without_its_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
