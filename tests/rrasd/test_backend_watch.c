/* SPDX-License-Identifier: Apache-2.0 */
/* Our own interface: events, who waits for them, the server and its sessions. */
#include "x_world.h"

/* ---- events ---- */

static void events_have_numbers_and_say_what_the_router_says(void **state)
{
    struct world *w = *state;
    uint64_t before = last_event(w);
    uint32_t port = come(w, "4711", "carol");
    gone(w, "4711");
    wait_for_events(w, &w->alice, before, OPENRRAS_EVENT_MASK_ALL, 0);
    const struct answer *a = answer(w, 0);
    assert_int_equal(a->code, 0);
    assert_int_equal(a->list.dwCount, 4);
    assert_int_equal(a->list.ullLast, before + 4);
    assert_int_equal(a->list.ullMissed, 0);
    assert_memory_equal(&a->list.guidRun, &run, sizeof run);
    static const uint32_t types[] = {OPENRRAS_EVENT_CONNECTION_UP, OPENRRAS_EVENT_SESSION_UP,
                                     OPENRRAS_EVENT_SESSION_GONE, OPENRRAS_EVENT_CONNECTION_GONE};
    for (size_t i = 0; i < 4; i++) {
        const OPENRRAS_EVENT *e = &a->events[i];
        assert_int_equal(e->dwType, types[i]);
        assert_int_equal(e->ullNumber, before + 1 + i);
        assert_true(e->llTimeMs > 1700000000000);
        assert_int_equal(e->dwPort, port);
        assert_int_equal(e->dwOutcome, OPENRRAS_OUTCOME_NONE);
        assert_string_equal(e->pszUser, "carol");
        assert_string_equal(e->pszId, "4711");
        assert_string_equal(e->pszDriver, "openvpn");
        assert_string_equal(e->pszInstance, "main");
        assert_string_equal(e->pszDeviceType, "openvpn");
        assert_string_equal(e->pszPort, "openvpn-1");
        assert_string_equal(e->pszClientAddress, "192.0.2.7:4000");
        assert_string_equal(e->pszTunnelAddress4, "10.8.0.2");
    }
    const OPENRRAS_EVENT *e = &a->events[2];
    assert_int_equal(e->ullBytesOut, 1ull << 62);
    assert_int_equal(e->ullBytesIn, 5);
    assert_true(e->fCountersFinal);
    assert_string_equal(e->pszReason, "hung up");
    assert_int_equal(e->dwTold, OPENRRAS_TOLD_YES);
    assert_int_equal(e->llStart, 1764083000);
}

static void counters_alone_are_no_event(void **state)
{
    struct world *w = *state;
    const struct router_counters c = {.bytes_in = 99};
    struct router_time now = now_of(w);
    come(w, "1", "carol");
    uint64_t before = last_event(w);
    assert_int_equal(router_session_counters(w->router, w->driver, "1", 1764083000, &c, &now), 0);
    assert_int_equal(last_event(w), before);
}

static void a_burst_of_events_makes_one_answer_for_each_who_waits(void **state)
{
    struct world *w = *state;
    uint64_t before = last_event(w);
    for (unsigned i = 0; i < 3; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_DRIVER_DOWN), 1000);
    pass(w, 0);
    assert_int_equal(w->answer_count, 0);
    come(w, "1", "carol");
    come(w, "2", "dora");
    come(w, "3", "emil");
    assert_int_equal(w->answer_count, 0); /* not before the loop is about to sleep */
    pass(w, 0);
    assert_int_equal(w->answer_count, 3);
    assert_int_equal(w->told_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(answer(w, i)->list.dwCount, 6);
        assert_int_equal(answer(w, i)->list.ullLast, before + 6);
        assert_ptr_equal(w->told[i], &w->alice);
    }
    pass(w, 999);
    assert_int_equal(w->answer_count, 3);
    pass(w, 1);
    assert_int_equal(answer(w, 3)->list.dwCount, 0); /* the time is over */
    assert_int_equal(answer(w, 3)->list.ullLast, before + 6);
    assert_int_equal(w->alice.waiting + w->bob.waiting, 0);
    assert_int_equal(backend_next_deadline(w->backend), UINT64_MAX);
}

static void whoever_waits_has_not_missed_what_he_does_not_want(void **state)
{
    struct world *w = *state;
    char id[8];
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_DRIVER_DOWN), 60000);
    for (unsigned i = 0; i < 150; i++) { /* the journal has room for 200 */
        snprintf(id, sizeof id, "%u", i);
        come(w, id, "carol");
        gone(w, id);
        pass(w, 1);
    }
    struct router_time now = now_of(w);
    router_driver_detach(w->router, w->driver, &now);
    pass(w, 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_int_equal(answer(w, 0)->list.ullMissed, 0);
    wait_for_events(w, &w->alice, 1, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB), 60000);
    assert_int_equal(answer(w, 1)->list.dwCount, 0); /* but this one has, and hears of it at once */
    assert_int_equal(answer(w, 1)->list.ullMissed, last_event(w) - 200 - 1);
}

static void what_has_happened_already_is_not_waited_for(void **state)
{
    struct world *w = *state;
    uint64_t before = last_event(w);
    come(w, "1", "carol");
    wait_for_events(w, &w->alice, before + 1, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_UP), 60000);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_int_equal(answer(w, 0)->events[0].dwType, OPENRRAS_EVENT_SESSION_UP);
    assert_int_equal(w->told_count, 0); /* its connection is at work, and sends by itself */
}

static void another_run_is_told_at_once(void **state)
{
    struct world *w = *state;
    struct rrasx_event_request request = {
        .has_run = true, .run = run, .after = 1, .mask = OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_JOB), .wait_ms = 1000};
    come(w, "1", "carol");
    w->x->event_wait(w->x->ctx, &w->alice, &request, new_call(w));
    assert_int_equal(w->answer_count, 0); /* the same run: waits */
    uint8_t *byte = (uint8_t *)&request.run;
    for (size_t i = 0; i < sizeof run; i++) {
        byte[i] ^= 0x80;
        w->x->event_wait(w->x->ctx, &w->alice, &request, new_call(w));
        byte[i] ^= 0x80;
        const struct answer *a = answer(w, i);
        assert_true(a->list.fRestarted);
        assert_int_equal(a->list.dwCount, 0);
        assert_int_equal(a->list.ullMissed, 0);
        assert_int_equal(a->list.ullLast, last_event(w));
    }
}

static void who_asks_for_the_newest_gets_that_one_now_or_later(void **state)
{
    struct world *w = *state;
    struct rrasx_event_request request = {
        .after = last_event(w), .mask = OPENRRAS_EVENT_MASK_ALL, .wait_ms = 1000, .newest = TRUE};
    w->x->event_wait(w->x->ctx, &w->alice, &request, new_call(w));
    come(w, "1", "carol");
    come(w, "2", "dave");
    pass(w, 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_string_equal(answer(w, 0)->events[0].pszUser, "dave");
    assert_int_equal(answer(w, 0)->list.ullLast, last_event(w));
    w->x->event_wait(w->x->ctx, &w->alice, &request, new_call(w));
    assert_int_equal(answer(w, 1)->list.dwCount, 1);
    assert_string_equal(answer(w, 1)->events[0].pszUser, "dave");
}

static struct rrasx_event_request gathering_for(struct world *w, uint32_t ms)
{
    return (struct rrasx_event_request){
        .after = last_event(w), .mask = OPENRRAS_EVENT_MASK_ALL, .wait_ms = 1000, .gather_ms = ms};
}

static void ask(struct world *w, struct caller *caller, const struct rrasx_event_request *request)
{
    w->x->event_wait(w->x->ctx, caller, request, new_call(w));
}

static void who_wants_events_to_gather_is_told_of_all_when_his_question_is_so_old(void **state)
{
    struct world *w = *state;
    const struct rrasx_event_request late = gathering_for(w, 12), soon = gathering_for(w, 10);
    ask(w, &w->alice, &late);
    ask(w, &w->bob, &soon);
    pass(w, 3);
    come(w, "1", "carol");
    pass(w, 0);
    assert_int_equal(backend_next_deadline(w->backend), w->ms + 7);
    ask(w, &w->alice, &soon); /* in what there is already it is the same */
    pass(w, 6);
    come(w, "2", "dora");
    pass(w, 0);
    assert_int_equal(w->answer_count, 0);
    pass(w, 1);
    assert_int_equal(w->answer_count, 1);
    assert_ptr_equal(w->told[0], &w->bob);
    assert_int_equal(answer(w, 0)->list.dwCount, 4);
    pass(w, 2);
    assert_int_equal(w->answer_count, 2);
    pass(w, 1);
    assert_int_equal(answer(w, 2)->list.dwCount, 4);
    assert_int_equal(w->alice.waiting + w->bob.waiting, 0);
}

static void who_has_waited_long_enough_is_told_at_once(void **state)
{
    struct world *w = *state;
    const struct rrasx_event_request request = gathering_for(w, 10);
    ask(w, &w->alice, &request);
    pass(w, 10);
    come(w, "1", "carol");
    pass(w, 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 2);
}

static void nobody_for_whom_events_gather_is_forgotten(void **state)
{
    struct world *w = *state;
    const struct rrasx_event_request request = gathering_for(w, 10);
    come(w, "1", "carol");
    ask(w, &w->alice, &request);
    ask(w, &w->bob, &request);
    backend_forget(w->backend, &w->bob);
    assert_int_equal(answer(w, 0)->code, ERROR_CANCELLED);
    backend_leave(w->backend, &w->alice); /* asks nothing more */
    assert_int_equal(answer(w, 1)->list.dwCount, 2);
    ask(w, &w->alice, &request);
    assert_int_equal(answer(w, 2)->list.dwCount, 2);
    ask(w, &w->bob, &request);
    backend_stop(w->backend);
    assert_int_equal(answer(w, 3)->list.dwCount, 2);
    ask(w, &w->bob, &request); /* may not wait any more, and hears what there is */
    assert_int_equal(answer(w, 4)->list.dwCount, 2);
}

static void only_so_many_may_wait(void **state)
{
    struct world *w = *state;
    struct caller carl = {.uid = 7, .role = ACCESS_VIEWER};
    for (unsigned i = 0; i < 5; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(w->answer_count, 1);
    assert_int_equal(answer(w, 0)->code, RPC_S_SERVER_TOO_BUSY);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &carl, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(w->answer_count, 2);
    assert_int_equal(answer(w, 1)->code, RPC_S_SERVER_TOO_BUSY);
    backend_forget(w->backend, &w->alice); /* makes room */
    assert_int_equal(w->answer_count, 6);
    wait_for_events(w, &carl, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(w->answer_count, 6);
    backend_forget(w->backend, &carl);
}

static void a_caller_whose_connection_breaks_meanwhile_takes_his_calls_along(void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < 3; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    w->breaks = &w->alice;
    come(w, "1", "carol");
    pass(w, 0);
    assert_int_equal(w->answer_count, 4);
    assert_int_equal(answer(w, 0)->code, 0);
    assert_int_equal(answer(w, 1)->code, ERROR_CANCELLED);
    assert_int_equal(answer(w, 2)->code, ERROR_CANCELLED);
    assert_int_equal(answer(w, 3)->list.dwCount, 2);
    assert_int_equal(w->told_count, 2);
}

static void who_asks_nothing_more_is_not_kept_waiting(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 60000);
    wait_for_events(w, &w->bob, UINT64_MAX, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_KEPT_OUT), 60000);
    w->x->disconnect(w->x->ctx, &w->alice, &d, 60000, new_call(w));
    backend_leave(w->backend, &w->alice);
    assert_int_equal(w->answer_count, 2);
    assert_int_equal(answer(w, 1)->job.dwState, OPENRRAS_JOB_RUNNING);
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 60000); /* that came before, and was kept */
    assert_int_equal(answer(w, 2)->code, 0);
    w->x->disconnect(w->x->ctx, &w->alice, &d, 60000, new_call(w));
    assert_int_equal(answer(w, 3)->job.dwMatched, 1);
    assert_int_equal(w->alice.waiting, 0);
    assert_int_equal(w->bob.waiting, 1);
}

static void who_has_lost_his_role_meanwhile_hears_nothing(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 60000);
    w->x->disconnect(w->x->ctx, &w->alice, &d, 60000, new_call(w));
    w->alice.role = ACCESS_NONE;
    pass(w, 0);
    gone(w, "1");
    pass(w, 0);
    assert_int_equal(w->answer_count, 2);
    assert_int_equal(answer(w, 0)->code, ERROR_ACCESS_DENIED);
    assert_int_equal(answer(w, 1)->code, ERROR_ACCESS_DENIED);
}

static void when_rrasd_stops_everybody_is_answered_and_nobody_waits_any_more(void **state)
{
    struct world *w = *state;
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    backend_stop(w->backend);
    assert_int_equal(answer(w, 0)->code, 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 0);
    wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, 1000);
    assert_int_equal(answer(w, 1)->code, RPC_S_SERVER_TOO_BUSY);
}

static void the_next_deadline_is_the_earliest(void **state)
{
    struct world *w = *state;
    static const uint32_t waits[] = {500, 100, 900, 300};
    assert_int_equal(backend_next_deadline(w->backend), UINT64_MAX);
    for (size_t i = 0; i < 4; i++)
        wait_for_events(w, &w->alice, UINT64_MAX, OPENRRAS_EVENT_MASK_ALL, waits[i]);
    static const uint64_t due[] = {100, 300, 500, 900};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(backend_next_deadline(w->backend), 100000 + due[i]);
        pass(w, 100000 + due[i] - w->ms);
        assert_int_equal(w->answer_count, i + 1);
    }
}

/* ---- the server, sessions ---- */

static void the_server_says_what_it_is_and_what_the_caller_may(void **state)
{
    struct world *w = *state;
    OPENRRAS_SERVER s;
    static const uint32_t rights[] = {0, 1, 3, 7};
    come(w, "1", "carol");
    for (unsigned role = ACCESS_NONE; role <= ACCESS_ADMINISTRATOR; role++) {
        w->alice.role = (enum access_role)role;
        assert_int_equal(w->x->server_get(w->x->ctx, &w->alice, &s), 0);
        assert_int_equal(s.dwRights, rights[role]);
    }
    assert_memory_equal(&s.guidRun, &run, sizeof run);
    assert_int_equal(s.llStarted, 1764084000);
    assert_int_equal(s.ullFirstEvent, 1);
    assert_int_equal(s.dwPorts, 40);
    assert_int_equal(s.dwPortsInUse, 1);
    assert_int_equal(s.dwConnections, 1);
    assert_int_equal(s.ullSessionsStarted, 1);
    assert_int_equal(s.dwFeatures, 0x1ff);
    assert_true(strlen(s.pszVersion) > 0);
}

static void every_operation_asks_for_the_right_of_its_table(void **state)
{
    struct world *w = *state;
    for (uint16_t opnum = 0; opnum < RRASX_OPNUMS; opnum++) {
        const struct dim_op *op = rrasx_op(opnum);
        for (unsigned role = ACCESS_NONE; role <= ACCESS_ADMINISTRATOR; role++) {
            w->alice.role = (enum access_role)role;
            assert_int_equal(w->x->allowed(w->x->ctx, &w->alice, op), access_allows(w->alice.role, op->right));
        }
    }
}

static void sessions_are_listed_in_pages_of_the_matching_ones(void **state)
{
    struct world *w = *state;
    char id[8];
    uint32_t next = 0, seen = 0;
    for (unsigned i = 0; i < 30; i++) {
        snprintf(id, sizeof id, "%u", i);
        come(w, id, i % 3 ? "carol" : "dora");
    }
    const OPENRRAS_SELECTOR dora = {.pszUser = "dora"};
    w->put_max = 4;
    do {
        w->put = 0;
        assert_int_equal(w->x->session_enum(w->x->ctx, &dora, next, NULL, &next), 0);
        for (size_t i = 0; i < w->put; i++, seen++) {
            assert_int_equal(atoi(w->session[i].pszId), 3 * seen);
            assert_string_equal(w->session[i].pszUser, "dora");
            assert_string_equal(w->session[i].pszAuth, "certificate");
        }
    } while (next);
    assert_int_equal(seen, 10);
    const OPENRRAS_SELECTOR nobody = {.pszUser = "emil"}, nothing = {0}, nonsense = {.pszAddress = "10.8.0.1/8"};
    w->put = 0;
    assert_int_equal(w->x->session_enum(w->x->ctx, &nobody, 0, NULL, &next), 0);
    assert_int_equal(w->put + next, 0);
    assert_int_equal(w->x->session_enum(w->x->ctx, &nothing, 0, NULL, &next), ERROR_INVALID_PARAMETER);
    assert_int_equal(w->x->session_enum(w->x->ctx, &nonsense, 0, NULL, &next), ERROR_INVALID_PARAMETER);
}

static void a_session_has_all_that_is_known(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const struct router_counters c = {.bytes_out = UINT64_MAX - 1, .bytes_in = 1ull << 33, .frames_out = 3};
    uint32_t port = come(w, "4711", "carol"), next = 0;
    assert_int_equal(router_session_counters(w->router, w->driver, "4711", 1764083000, &c, &now), 0);
    const OPENRRAS_SELECTOR all = {.fAll = TRUE};
    assert_int_equal(w->x->session_enum(w->x->ctx, &all, 0, NULL, &next), 0);
    assert_int_equal(w->put, 1);
    const OPENRRAS_SESSION *s = &w->session[0];
    assert_int_equal(s->dwPort, port);
    assert_int_equal(s->dwCondition, RAS_PORT_AUTHENTICATED);
    assert_int_equal(s->dwConnectSeconds, 1000);
    assert_int_equal(s->llStart, 1764083000);
    assert_int_equal(s->ullBytesOut, UINT64_MAX - 1);
    assert_int_equal(s->ullBytesIn, 1ull << 33);
    assert_int_equal(s->ullFramesOut, 3);
    assert_int_equal(s->ullOrder, 0);
    assert_false(s->fFailed);
    assert_string_equal(s->pszId, "4711");
    assert_string_equal(s->pszPort, "openvpn-1");
    assert_string_equal(s->pszTunnelAddress4, "10.8.0.2");
    assert_string_equal(s->pszClientAddress, "192.0.2.7:4000");
    assert_string_equal(s->pszBundle, "");
    assert_string_equal(s->pszLastError, "");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, x_setup, x_teardown)
    const struct CMUnitTest tests[] = {
        T(events_have_numbers_and_say_what_the_router_says),
        T(counters_alone_are_no_event),
        T(a_burst_of_events_makes_one_answer_for_each_who_waits),
        T(whoever_waits_has_not_missed_what_he_does_not_want),
        T(what_has_happened_already_is_not_waited_for),
        T(another_run_is_told_at_once),
        T(who_asks_for_the_newest_gets_that_one_now_or_later),
        T(who_wants_events_to_gather_is_told_of_all_when_his_question_is_so_old),
        T(who_has_waited_long_enough_is_told_at_once),
        T(nobody_for_whom_events_gather_is_forgotten),
        T(only_so_many_may_wait),
        T(a_caller_whose_connection_breaks_meanwhile_takes_his_calls_along),
        T(who_asks_nothing_more_is_not_kept_waiting),
        T(who_has_lost_his_role_meanwhile_hears_nothing),
        T(when_rrasd_stops_everybody_is_answered_and_nobody_waits_any_more),
        T(the_next_deadline_is_the_earliest),
        T(the_server_says_what_it_is_and_what_the_caller_may),
        T(every_operation_asks_for_the_right_of_its_table),
        T(sessions_are_listed_in_pages_of_the_matching_ones),
        T(a_session_has_all_that_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
