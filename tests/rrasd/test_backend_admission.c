/* SPDX-License-Identifier: Apache-2.0 */
/* Users who may not dial in: what is written of them, and what watchers hear. */
#include "x_world.h"

#include "router/admission.h"

#define WHY "this user may not dial in"

static void a_session_that_is_ended_has_its_lines_and_its_event(void **state)
{
    struct world *w = *state;
    struct router_time now = now_of(w);
    come(w, "1", "carol");
    assert_int_equal(router_user_refuse(w->router, "carol", WHY, &now), 1);
    assert_int_equal(w->order_count, 1);
    gone(w, "1");
    json_t *j = audit_line(w, "user-refused", 0);
    assert_string_equal(text_in(j, "user"), "carol");
    assert_string_equal(text_in(j, "session"), "1");
    assert_string_equal(text_in(j, "reason"), WHY);
    json_decref(j);
    j = audit_line(w, "order", 0);
    assert_string_equal(text_in(j, "op"), "admission");
    assert_string_equal(text_in(j, "session"), "1");
    assert_string_equal(text_in(j, "reason"), ROUTER_ADMISSION_REASON);
    assert_null(json_object_get(j, "who"));
    assert_null(json_object_get(j, "keep_out"));
    json_decref(j);
    wait_for_events(w, &w->alice, 0, OPENRRAS_EVENT_MASK(OPENRRAS_EVENT_USER_REFUSED), 0);
    assert_int_equal(answer(w, 0)->list.dwCount, 1);
    assert_string_equal(answer(w, 0)->events[0].pszUser, "carol");
    assert_string_equal(answer(w, 0)->events[0].pszId, "1");
    assert_string_equal(answer(w, 0)->events[0].pszReason, WHY);
}

static void who_knocks_all_night_does_not_fill_the_audit_log(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 80; i++)
        router_user_refused_at_log_on(w->router, w->driver, "carol", "192.0.2.7:1", WHY);
    json_t *j = audit_line(w, "user-refused", 49);
    assert_string_equal(text_in(j, "client_address"), "192.0.2.7:1");
    assert_null(json_object_get(j, "session"));
    assert_null(json_object_get(j, "left_out_before"));
    json_decref(j);
    assert_null(audit_line(w, "user-refused", 50));
    w->ms += 10000;
    router_user_refused_at_log_on(w->router, w->driver, "carol", NULL, WHY);
    j = audit_line(w, "user-refused", 50);
    assert_int_equal(number_in(j, "left_out_before"), 30);
    json_decref(j);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, x_setup, x_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_session_that_is_ended_has_its_lines_and_its_event),
        TEST(who_knocks_all_night_does_not_fill_the_audit_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
