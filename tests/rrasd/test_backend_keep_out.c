/* SPDX-License-Identifier: Apache-2.0 */
/* Our own interface: keep-outs and drivers. */
#include "x_world.h"

#include "router/keep_out.h"
#include "rrasd/driver_peer.h"

/* ---- keep-outs ---- */

static void keep_outs_are_added_listed_and_lifted_and_audited(void **state)
{
    struct world *w = *state;
    uint32_t number = 0, other = 0, next = 0;
    assert_int_equal(add(w, "carol", "", 3600, "lost laptop", &number), 0);
    assert_int_equal(add(w, "dora", "openvpn:main", 60, "", &other), 0);
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 2);
    assert_int_equal(next, 0);
    const OPENRRAS_KEEP_OUT *k = &w->keep_out[0];
    assert_int_equal(k->dwKeepOut, number);
    assert_int_equal(k->llSince, 1764084000);
    assert_int_equal(k->llUntil, 1764084000 + 3600);
    assert_string_equal(k->pszUser, "carol");
    assert_string_equal(k->pszDriver, "");
    assert_string_equal(k->pszReason, "lost laptop");
    assert_string_equal(k->pszBy, "uid 1000");
    assert_string_equal(w->keep_out[1].pszDriver, "openvpn:main");
    w->put_max = 1;
    w->put = 0;
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(next, number);
    assert_int_equal(w->x->keep_out_remove(w->x->ctx, &w->bob, number), 0);
    assert_int_equal(w->x->keep_out_remove(w->x->ctx, &w->bob, number), ERROR_NOT_FOUND);
    json_t *j = audit_line(w, "keep-out", 0);
    assert_string_equal(text_in(j, "user"), "carol");
    assert_string_equal(text_in(j, "op"), "RrasxKeepOutAdd");
    assert_string_equal(text_in(j, "reason"), "lost laptop");
    assert_int_equal(number_in(j, "keep_out"), number);
    assert_int_equal(number_in(j, "seconds"), 3600);
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 1000);
    json_decref(j);
    j = audit_line(w, "keep-out-end", 0);
    assert_string_equal(text_in(j, "user"), "carol");
    assert_string_equal(text_in(j, "op"), "RrasxKeepOutRemove");
    assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
    assert_null(json_object_get(j, "result"));
    json_decref(j);
    j = audit_line(w, "keep-out-end", 1);
    assert_int_equal(number_in(j, "result"), ERROR_NOT_FOUND);
    json_decref(j);
    assert_null(audit_line(w, "keep-out-end", 2));
}

static void what_can_not_be_a_keep_out_is_refused_and_audited(void **state)
{
    struct world *w = *state;
    uint32_t number = 0;
    assert_int_equal(add(w, "", "", 60, "", &number), ERROR_INVALID_PARAMETER);
    assert_int_equal(add(w, "carol", "", 0, "", &number), ERROR_INVALID_PARAMETER);
    assert_int_equal(add(w, "carol", "", OPENRRAS_KEEP_OUT_MAX_SECONDS + 1, "", &number), ERROR_INVALID_PARAMETER);
    assert_int_equal(add(w, "carol", "", OPENRRAS_KEEP_OUT_MAX_SECONDS, "", &number), 0);
    json_t *j = audit_line(w, "keep-out", 2);
    assert_int_equal(number_in(j, "result"), ERROR_INVALID_PARAMETER);
    json_decref(j);
}

static void who_comes_all_the_same_is_disconnected_with_lines_that_say_why(void **state)
{
    struct world *w = *state;
    uint32_t number = 0;
    assert_int_equal(add(w, "carol", "", 3600, "lost laptop", &number), 0);
    come(w, "1", "carol");
    assert_int_equal(w->order_count, 1);
    gone(w, "1");
    json_t *j = audit_line(w, "order", 0);
    assert_int_equal(number_in(j, "keep_out"), number);
    assert_string_equal(text_in(j, "op"), "keep-out");
    assert_string_equal(text_in(j, "session"), "1");
    assert_null(json_object_get(j, "who"));
    json_decref(j);
    j = audit_line(w, "outcome", 0);
    assert_int_equal(number_in(j, "keep_out"), number);
    json_decref(j);
    wait_for_events(w, &w->alice, 0, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_KEPT_OUT), 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_int_equal(answer(w, 0)->events[0].dwKeepOut, number);
    assert_string_equal(answer(w, 0)->events[0].pszUser, "carol");
}

static void a_keep_out_whose_time_is_over_has_its_line(void **state)
{
    struct world *w = *state;
    uint32_t number = 0;
    assert_int_equal(add(w, "carol", "", 60, "", &number), 0);
    struct router_time later = {.mono_ms = w->ms + 60000, .wall_s = 1764084060};
    router_tick(w->router, &later);
    json_t *j = audit_line(w, "keep-out-end", 0);
    assert_non_null(j);
    assert_int_equal(number_in(j, "keep_out"), number);
    assert_null(json_object_get(j, "who"));
    json_decref(j);
}

static void a_disconnect_can_keep_the_user_out(void **state)
{
    struct world *w = *state;
    const uint32_t port = come(w, "1", "carol");
    struct router_time now = now_of(w);
    struct router_port_view v;
    assert_true(router_port_get(w->router, port, &now, &v));
    const OPENRRAS_SELECTOR by[] = {{.pszUser = "carol"}, {.dwPort = port}, {.dwConnection = v.connection}};
    for (size_t i = 0; i < 3; i++) {
        OPENRRAS_DISCONNECT d = {.Selector = by[i], .dwKeepOutSeconds = 60, .pszReason = "lost laptop"};
        disconnect(w, &w->alice, &d, 0);
        const struct answer *a = answer(w, i);
        assert_int_equal(a->code, 0);
        assert_int_equal(a->job.dwMatched, 1);
        assert_int_equal(a->job.dwKeepOut, answer(w, 0)->job.dwKeepOut); /* the same again: its end is replaced */
        assert_int_equal(w->x->job_cancel(w->x->ctx, &w->alice, a->job.dwJob), 0);
    }
    json_t *j = audit_line(w, "keep-out", 1);
    assert_string_equal(text_in(j, "op"), "RrasxDisconnect");
    assert_string_equal(text_in(j, "user"), "carol");
    json_decref(j);
    j = audit_line(w, "job", 1);
    assert_int_equal(number_in(j, "keep_out"), answer(w, 0)->job.dwKeepOut);
    json_decref(j);
    assert_int_equal(answer(w, 0)->job.dwKeepOut, router_keep_out_last(w->router));
    assert_int_not_equal(answer(w, 0)->job.dwKeepOut, 0);
    uint32_t next = 0;
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 1);
}

static void a_keep_out_for_a_selection_that_names_no_user_is_refused(void **state)
{
    struct world *w = *state;
    const uint32_t port = come(w, "1", "carol"), nobody = come(w, "2", "");
    const OPENRRAS_SELECTOR by[] = {{.fAll = TRUE},     {.pszAddress = "10.8.0.2"},    {.pszDriver = "openvpn"},
                                    {.dwPort = nobody}, {.dwPort = port + (1u << 20)}, {.dwConnection = 4711}};
    for (size_t i = 0; i < sizeof by / sizeof by[0]; i++) {
        OPENRRAS_DISCONNECT d = {.Selector = by[i], .dwKeepOutSeconds = 60};
        d.dwFlags = i == 0 ? OPENRRAS_DISCONNECT_DRY_RUN : 0;
        disconnect(w, &w->alice, &d, 0);
        assert_int_equal(answer(w, i)->code, ERROR_INVALID_PARAMETER);
    }
    const OPENRRAS_DISCONNECT too_long = {.Selector = {.pszUser = "carol"},
                                          .dwKeepOutSeconds = OPENRRAS_KEEP_OUT_MAX_SECONDS + 1};
    disconnect(w, &w->alice, &too_long, 0);
    assert_int_equal(answer(w, 6)->code, ERROR_INVALID_PARAMETER);
    uint32_t next = 0;
    assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 0); /* and nobody is kept out */
    pass(w, 0);
    assert_int_equal(w->order_count, 0);
}

static void a_disconnect_that_is_refused_keeps_nobody_out(void **state)
{
    struct world *w = *state;
    const OPENRRAS_DISCONNECT slow = {.Selector = {.fAll = TRUE}, .dwRate = 1};
    three_sessions(w);
    disconnect(w, &w->alice, &slow, 0);
    disconnect(w, &w->alice, &slow, 0);
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}, .dwKeepOutSeconds = 60};
    disconnect(w, &w->alice, &d, 0);
    assert_int_equal(answer(w, 2)->code, RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(router_keep_out_count(w->router), 0);
    assert_null(audit_line(w, "keep-out", 0)); /* not for a moment */
}

static void no_more_are_taken_than_can_be_remembered(void **state)
{
    struct world *w = *state;
    uint32_t number = 0, other = 0;
    come(w, "1", "carol");
    assert_int_equal(add(w, "dora", "", 60, "", &number), 0);
    w->full = true;
    assert_int_equal(add(w, "carol", "", 60, "", &other), RPC_S_SERVER_TOO_BUSY);
    assert_int_equal(add(w, "dora", "", 3600, "", &other), RPC_S_SERVER_TOO_BUSY); /* a longer one is a change, too */
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}, .dwKeepOutSeconds = 60};
    disconnect(w, &w->alice, &d, 0);
    assert_int_equal(answer(w, 0)->code, RPC_S_SERVER_TOO_BUSY);
    pass(w, 0);
    assert_int_equal(w->order_count, 0);
    assert_int_equal(router_keep_out_count(w->router), 1);
    json_t *j = audit_line(w, "keep-out", 1);
    assert_int_equal(number_in(j, "result"), RPC_S_SERVER_TOO_BUSY);
    json_decref(j);
    assert_int_equal(w->x->keep_out_remove(w->x->ctx, &w->bob, number), 0); /* that is never refused */
    w->full = false;
    assert_int_equal(add(w, "carol", "", 60, "", &number), 0);
}

/* ---- drivers ---- */

/* By bob. `flags` as they come; *lost of the last call is kept. */
static uint32_t lost;

static uint32_t forget_driver(struct world *w, const char *driver, const char *instance, uint32_t flags)
{
    lost = 0;
    return w->x->driver_forget(w->x->ctx, &w->bob, driver, instance, flags, &lost);
}

static void drivers_are_listed_in_pages(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const struct router_driver_info pool = {.kind = ROUTER_DRIVER_SESSION,
                                            .name = "pppd",
                                            .instance = "l2tp",
                                            .device_type = "l2tp",
                                            .device_name = "L2TP",
                                            .ports = 3};
    struct router_driver *d = NULL;
    uint32_t next = 0;
    assert_int_equal(router_driver_attach(w->router, &pool, &now, &d), 0);
    come(w, "1", "carol");
    assert_int_equal(w->x->driver_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(next, 0);
    assert_int_equal(w->put, 2);
    const OPENRRAS_DRIVER *v = w->driver_item;
    assert_string_equal(v[0].pszDriver, "openvpn");
    assert_string_equal(v[0].pszInstance, "main");
    assert_string_equal(v[0].pszDeviceType, "openvpn");
    assert_int_equal(v[0].dwPorts, 40);
    assert_int_equal(v[0].dwPortsInUse, 1);
    assert_int_equal(v[0].ullSessionsStarted, 1);
    assert_false(v[0].fSession);
    assert_string_equal(v[1].pszDeviceName, "L2TP");
    assert_true(v[1].fSession);
    for (size_t i = 0; i < 2; i++)
        assert_true(v[i].dwState >= OPENRRAS_DRIVER_AWAY && v[i].dwState <= OPENRRAS_DRIVER_UP);
    w->put_max = 1;
    for (uint32_t i = 0; i < 3; i++) {
        w->put = 0;
        assert_int_equal(w->x->driver_enum(w->x->ctx, i, NULL, &next), 0);
        assert_int_equal(w->put, i < 2 ? 1 : 0);
        assert_int_equal(next, i < 2 ? i + 1 : 0);
    }
}

static void who_was_turned_away_is_told_with_the_server(void **state)
{
    struct world *w = *state;
    OPENRRAS_SERVER s;
    assert_int_equal(w->x->server_get(w->x->ctx, &w->alice, &s), 0);
    assert_int_equal(s.dwRefusedDrivers, 0);
    driver_refused_note(w->hub, 1000, 77, "openvpn:main", "denied", "uid 1000 may not");
    driver_refused_note(w->hub, 1000, 78, "openvpn:main", "denied", "uid 1000 may not");
    driver_refused_note(w->hub, 0, 79, "", "protocol", "no hello in time");
    assert_int_equal(w->x->server_get(w->x->ctx, &w->alice, &s), 0);
    assert_int_equal(s.dwRefusedDrivers, 2);
    const OPENRRAS_REFUSED_DRIVER *d = s.pRefusedDrivers;
    assert_string_equal(d[0].pszDriver, "");
    assert_string_equal(d[0].pszInstance, "");
    assert_int_equal(d[0].dwUid, 0);
    assert_string_equal(d[0].pszCode, "protocol");
    assert_string_equal(d[1].pszDriver, "openvpn");
    assert_string_equal(d[1].pszInstance, "main");
    assert_int_equal(d[1].ullCount, 2);
    assert_int_equal(d[1].dwUid, 1000);
    assert_int_equal(d[1].dwPid, 78);
    assert_int_equal(d[1].llFirst, 1764084000);
    assert_int_equal(d[1].llLast, 1764084000);
    assert_string_equal(d[1].pszCode, "denied");
    assert_string_equal(d[1].pszReason, "uid 1000 may not");
}

static void a_driver_that_is_forgotten_between_two_pages_hides_no_other(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    struct router_driver *d = NULL;
    uint32_t next = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct router_driver_info info = {
            .name = i == 0 ? "charon" : "ocserv", .instance = "main", .device_type = "ike", .ports = 1};
        assert_int_equal(router_driver_attach(w->router, &info, &now, &d), 0);
    }
    w->put_max = 1;
    assert_int_equal(w->x->driver_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_string_equal(w->driver_item[0].pszDriver, "openvpn");
    router_driver_detach(w->router, w->driver, &now);
    assert_int_equal(forget_driver(w, "openvpn", "main", 0), 0);
    w->put = 0;
    assert_int_equal(w->x->driver_enum(w->x->ctx, next, NULL, &next), 0);
    assert_string_equal(w->driver_item[0].pszDriver, "charon");
    w->put = 0;
    assert_int_equal(w->x->driver_enum(w->x->ctx, next, NULL, &next), 0);
    assert_string_equal(w->driver_item[0].pszDriver, "ocserv");
    router_driver_detach(w->router, d, &now);
    assert_int_equal(forget_driver(w, "ocserv", "main", 0), 0);
    const struct router_driver_info late = {.name = "late", .instance = "main", .device_type = "ike"};
    assert_int_equal(router_driver_attach(w->router, &late, &now, &d), 0);
    w->put = 0;
    assert_int_equal(w->x->driver_enum(w->x->ctx, next, NULL, &next), 0);
    assert_int_equal(w->put, 1);
    assert_string_equal(w->driver_item[0].pszDriver, "late");
}

static void a_driver_is_forgotten_when_it_is_away_and_that_is_audited(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    uint32_t next = 0;
    static const uint32_t results[] = {ERROR_BUSY, ERROR_NOT_FOUND, 0, ERROR_NOT_FOUND};
    assert_int_equal(forget_driver(w, "openvpn", "main", 0), results[0]);
    assert_int_equal(forget_driver(w, "openvpn", "", 0), results[1]);
    router_driver_detach(w->router, w->driver, &now);
    assert_int_equal(forget_driver(w, "openvpn", "main", 0), results[2]);
    assert_int_equal(forget_driver(w, "openvpn", "main", 0), results[3]);
    assert_int_equal(w->x->driver_enum(w->x->ctx, 0, NULL, &next), 0);
    assert_int_equal(w->put, 0);
    for (size_t i = 0; i < 4; i++) {
        json_t *j = audit_line(w, "change", i);
        assert_non_null(j);
        assert_string_equal(text_in(j, "op"), "RrasxDriverForget");
        assert_string_equal(text_in(j, "driver"), "openvpn");
        assert_int_equal(number_in(j, "result"), results[i]);
        assert_int_equal(number_in(json_object_get(j, "who"), "uid"), 0);
        json_decref(j);
    }
}

static void a_driver_is_forgotten_with_its_sessions_and_each_is_in_the_audit_log(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    come(w, "1", "carol");
    come(w, "2", "dora");
    uint64_t before = last_event(w);
    assert_int_equal(forget_driver(w, "openvpn", "main", OPENRRAS_FORGET_FORCE), ERROR_BUSY); /* it is there */
    router_driver_detach(w->router, w->driver, &now);
    assert_int_equal(forget_driver(w, "openvpn", "main", 0), ERROR_BUSY);
    assert_int_equal(forget_driver(w, "openvpn", "main", 0x80000001u), ERROR_INVALID_PARAMETER);
    assert_int_equal(forget_driver(w, "openvpn", "spare", OPENRRAS_FORGET_FORCE), ERROR_NOT_FOUND);
    assert_null(audit_line(w, "lost", 0));
    assert_int_equal(forget_driver(w, "openvpn", "main", OPENRRAS_FORGET_FORCE), 0);
    assert_int_equal(lost, 2);
    wait_for_events(w, &w->alice, before, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_SESSION_GONE), 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 2);
    assert_int_equal(answer(w, 0)->events[1].dwOutcome, OPENRRAS_OUTCOME_LOST);
    assert_string_equal(answer(w, 0)->events[1].pszBy, "root");
    static const char *const users[] = {"carol", "dora"};
    for (size_t i = 0; i < 2; i++) {
        json_t *j = audit_line(w, "lost", i);
        assert_string_equal(text_in(j, "user"), users[i]);
        assert_string_equal(text_in(j, "session"), i == 0 ? "1" : "2");
        assert_string_equal(text_in(j, "driver"), "openvpn");
        assert_string_equal(text_in(j, "by"), "root");
        assert_string_equal(text_in(j, "reason"), ROUTER_GIVEN_UP);
        assert_false(json_is_true(json_object_get(j, "counters_final")));
        json_decref(j);
    }
    assert_null(audit_line(w, "lost", 2));
    json_t *j = audit_line(w, "change", 4);
    assert_true(json_is_true(json_object_get(j, "force")));
    assert_int_equal(number_in(j, "sessions"), 2);
    assert_int_equal(number_in(j, "result"), 0);
    json_decref(j);
    j = audit_line(w, "change", 1); /* without force, and refused */
    assert_null(json_object_get(j, "force"));
    assert_null(json_object_get(j, "sessions"));
    json_decref(j);
}

static void the_job_of_a_session_that_is_lost_ends_with_the_code_of_a_driver_that_is_away(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    const OPENRRAS_DISCONNECT d = {.Selector = {.pszUser = "carol"}};
    come(w, "1", "carol");
    uint64_t before = last_event(w);
    disconnect(w, &w->alice, &d, 60000);
    pass(w, 0);
    assert_int_equal(w->order_count, 1);
    router_driver_detach(w->router, w->driver, &now);
    pass(w, 0);
    assert_int_equal(w->answer_count, 0);
    assert_int_equal(forget_driver(w, "openvpn", "main", OPENRRAS_FORGET_FORCE), 0);
    pass(w, 0);
    assert_int_equal(answer(w, 0)->job.dwState, OPENRRAS_JOB_DONE);
    assert_int_equal(answer(w, 0)->job.dwConfirmed, 0);
    assert_int_equal(answer(w, 0)->job.dwFailed, 1);
    assert_int_equal(answer(w, 0)->failure.dwCode, ERROR_NOT_READY);
    wait_for_events(w, &w->alice, before, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_OUTCOME), 0);
    assert_int_equal(answer(w, 1)->events[0].dwOutcome, OPENRRAS_OUTCOME_LOST);
    json_t *j = audit_line(w, "outcome", 0);
    assert_string_equal(text_in(j, "outcome"), "lost");
    json_decref(j);
}

static void lists_without_memory_say_so_or_leave_out_details(void **state)
{
    struct world *w = *state;
    const OPENRRAS_SELECTOR all = {.fAll = TRUE};
    uint32_t number = 0, next = 0;
    come(w, "1", "carol");
    failing_start(1);
    assert_int_equal(w->x->session_enum(w->x->ctx, &all, 0, NULL, &next), ERROR_NOT_ENOUGH_MEMORY);
    assert_true(failing_stop());
    assert_int_equal(add(w, "dora", "", 60, "", &number), 0);
    for (unsigned n = 1; n <= 2; n++) {
        w->put = 0;
        failing_start(n);
        assert_int_equal(w->x->keep_out_enum(w->x->ctx, 0, NULL, &next), 0);
        assert_true(failing_stop());
        assert_int_equal(w->put, 1);
        assert_int_equal(w->keep_out[0].dwDrivers, 0);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, x_setup, x_teardown)
    const struct CMUnitTest tests[] = {
        T(keep_outs_are_added_listed_and_lifted_and_audited),
        T(what_can_not_be_a_keep_out_is_refused_and_audited),
        T(who_comes_all_the_same_is_disconnected_with_lines_that_say_why),
        T(a_keep_out_whose_time_is_over_has_its_line),
        T(a_disconnect_can_keep_the_user_out),
        T(a_keep_out_for_a_selection_that_names_no_user_is_refused),
        T(a_disconnect_that_is_refused_keeps_nobody_out),
        T(no_more_are_taken_than_can_be_remembered),
        T(drivers_are_listed_in_pages),
        T(who_was_turned_away_is_told_with_the_server),
        T(a_driver_that_is_forgotten_between_two_pages_hides_no_other),
        T(lists_without_memory_say_so_or_leave_out_details),
        T(a_driver_is_forgotten_when_it_is_away_and_that_is_audited),
        T(a_driver_is_forgotten_with_its_sessions_and_each_is_in_the_audit_log),
        T(the_job_of_a_session_that_is_lost_ends_with_the_code_of_a_driver_that_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
