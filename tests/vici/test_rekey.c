/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that go on with other keys, and their counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/vici/sessions_world.h"

/* ---- rekeying ---- */

static void a_rekeyed_session_goes_on(void **state)
{
    (void)state;
    ike_up(ALICE(.children = {CHILD(1, 100, 0)}));
    char id[DRIVER_ID_MAX];
    memcpy(id, w.put_id, sizeof(id));
    w.seconds += 3600;
    rekey(1, (struct fake_sa){.id = 2, .vip = "10.98.0.1", .established = 0});
    assert_string_equal(w.log, "put 1@1764084000;moved 1 to 2;");
    assert_string_equal(w.put_id, id);
    assert_int_equal(sessions_find(s, id)->ike, 2);
    assert_string_equal(sessions_find(s, id)->spis, "000000000000a002_000000000000a002");
    ike_down(1); /* the old one is nobody's any more */
    LISTING({.id = 1, .vip = "10.98.0.1", .state = "REKEYED"},
            {.id = 2, .vip = "10.98.0.1", .children = {CHILD(1, 150, 0)}});
    assert_int_equal(sessions_count(s), 1);
    assert_int_equal(w.counters.bytes_in, 150);
    rekey(2, (struct fake_sa){.id = 5, .vip = "10.98.0.1"});
    updown("child-updown", false, (struct fake_sa){.id = 5, .children = {CHILD(1, 200, 0)}});
    ike_down(5);
    assert_string_equal(w.log, "put 1@1764084000;moved 1 to 2;moved 1 to 5;gone 1;");
    assert_int_equal(w.last.bytes_in, 200);
}

static void who_has_her_children_is_she_though_no_event_said_so(void **state)
{
    (void)state;
    ike_up(ALICE(.children = {CHILD(7, 100, 0)}));
    LISTING({.id = 3, .vip = "10.98.0.1", .children = {CHILD(7, 120, 0)}});
    assert_string_equal(w.log, "put 1@1764084000;moved 1 to 3;");
    assert_int_equal(sessions_count(s), 1);
    /* But nobody else is: unique ids of CHILD_SAs are another charon's then. */
    LISTING({.id = 4, .user = "mallory", .vip = "10.98.0.1", .children = {CHILD(7, 120, 0)}});
    assert_string_equal(w.log, "put 1@1764084000;moved 1 to 3;put 4@1764084000;lost 1;");
}

static void the_same_number_with_other_spis_is_somebody_else(void **state)
{
    (void)state;
    ike_up(ALICE(.spi = 0x1111));
    LISTING(ALICE(.spi = 0x2222));
    assert_string_equal(w.log, "put 1@1764084000;lost 1;");
    assert_string_equal(w.put_id, "1:0000000000002222_0000000000002222");
    assert_int_equal(sessions_count(s), 1);
}

static void ikev1_authenticates_anew_and_is_the_same_session(void **state)
{
    const struct fake_sa old = {
        .id = 3, .version = 1, .xauth = "carol", .vip = "10.98.0.3", .children = {CHILD(3, 100, 0)}};
    (void)state;
    updown("child-updown", true, old);
    ike_up((struct fake_sa){.id = 5, .version = 1, .xauth = "carol"}); /* nothing in it yet */
    assert_string_equal(w.log, "put 3@1764084000;look ;");
    assert_int_equal(w.look_ms, SESSIONS_TWIN_LOOK_MS);
    LISTING({.id = 3, .version = 1, .xauth = "carol"},
            {.id = 5, .version = 1, .xauth = "carol", .vip = "10.98.0.3", .children = {CHILD(3, 150, 0)}});
    assert_string_equal(w.log, "put 3@1764084000;look ;moved 3 to 5;");
    LISTING({.id = 3, .version = 1, .xauth = "carol"},
            {.id = 5, .version = 1, .xauth = "carol", .vip = "10.98.0.3", .children = {CHILD(3, 160, 0)}});
    assert_int_equal(sessions_count(s), 1); /* the husk is not shown */
    assert_int_equal(w.counters.bytes_in, 160);
    ike_down(3);
    assert_int_equal(sessions_count(s), 1);
}

static void ikev1_takes_leave_of_the_old_one_before_its_children_were_seen_to_move(void **state)
{
    (void)state;
    updown(
        "child-updown", true,
        (struct fake_sa){.id = 3, .version = 1, .xauth = "carol", .vip = "10.98.0.3", .children = {CHILD(3, 100, 0)}});
    ike_up((struct fake_sa){.id = 5, .version = 1, .xauth = "carol"});
    ike_down(3);
    assert_string_equal(w.log, "put 3@1764084000;look ;moved 3 to 5;look ;");
    assert_int_equal(w.look_ms, 0);
}

static void ikev1_twice_from_one_address_is_two_sessions(void **state)
{
    const struct fake_sa a = {
        .id = 3, .version = 1, .xauth = "carol", .vip = "10.98.0.3", .children = {CHILD(3, 1, 0)}};
    const struct fake_sa b = {
        .id = 5, .version = 1, .xauth = "carol", .vip = "10.98.0.4", .children = {CHILD(4, 1, 0)}};
    (void)state;
    updown("child-updown", true, a);
    updown("child-updown", true, b);
    assert_int_equal(sessions_count(s), 1); /* held back */
    w.ms += SESSIONS_TWIN_MS;
    sessions_tick(s);
    assert_int_equal(w.look_ms, 0);
    LISTING(a, b);
    assert_int_equal(sessions_count(s), 2);
    assert_int_equal(sessions_next_ms(s), UINT64_MAX);
}

static void ikev2_twice_from_one_address_is_two_sessions_at_once(void **state)
{
    (void)state;
    ike_up(ALICE(.eap = "alice"));
    ike_up((struct fake_sa){.id = 2, .eap = "alice", .vip = "10.98.0.2"});
    assert_int_equal(sessions_count(s), 2);
}

static void a_peer_that_moves_is_shown_where_it_is(void **state)
{
    struct message m = {0};
    (void)state;
    ike_up(ALICE(.established = 0));
    value(&m, "remote-host", "2001:db8::8");
    value(&m, "remote-port", "4501");
    put_sa(&m, &ALICE(.established = 1));
    assert_int_equal(event("ike-update", &m), 0);
    assert_string_equal(w.client, "[2001:db8::8]:4501");
    assert_string_equal(w.log, "put 1@1764084000;");
}

static void an_update_of_a_log_on_makes_no_session(void **state)
{
    struct message m = {0};
    (void)state;
    value(&m, "remote-host", "198.51.100.9");
    put_sa(&m, &(struct fake_sa){.id = 1, .connection = "ra", .state = "CONNECTING", .vip = "10.98.0.1"});
    assert_int_equal(event("ike-update", &m), 0);
    assert_string_equal(w.log, "");
}

/* ---- counters ---- */

static void counters_never_go_back(void **state)
{
    (void)state;
    ike_up(ALICE(.children = {CHILD(1, 100, 10)}));
    struct message m = {0};
    section(&m, "ra");
    put_sa_values(&m, &ALICE(.established = 1));
    section(&m, "child-sas");
    section(&m, "net");
    section(&m, "old");
    put_child(&m, &(struct fake_child)CHILD(1, 900, 90));
    end(&m);
    section(&m, "new");
    put_child(&m, &(struct fake_child)CHILD(2, 0, 0));
    end(&m);
    end(&m);
    end(&m);
    end(&m);
    assert_int_equal(event("child-rekey", &m), 0);
    assert_int_equal(w.counters.bytes_in, 900);
    LISTING(ALICE(.children = {CHILD(1, 950, 95), CHILD(2, 50, 5)}));
    assert_int_equal(w.counters.bytes_in, 1000);
    LISTING(ALICE(.children = {CHILD(2, 60, 6)})); /* the old one has gone without a word */
    assert_int_equal(w.counters.bytes_in, 1010);
    LISTING(ALICE(.children = {CHILD(2, 40, 6)})); /* whatever charon may have counted there */
    assert_int_equal(w.counters.bytes_in, 1010);
    updown("child-updown", false, ALICE(.children = {CHILD(2, 70, 7)}));
    LISTING(ALICE(.children = {CHILD(3, 5, 0)}));
    assert_int_equal(w.counters.bytes_in, 1025);
}

static void a_child_that_moves_is_counted_once(void **state)
{
    const struct fake_sa a = {
        .id = 3, .version = 1, .xauth = "carol", .vip = "10.98.0.3", .children = {CHILD(3, 1000, 0)}};
    const struct fake_sa b = {
        .id = 5, .version = 1, .xauth = "carol", .vip = "10.98.0.4", .children = {CHILD(4, 1, 0)}};
    (void)state;
    updown("child-updown", true, a);
    updown("child-updown", true, b);
    w.ms += SESSIONS_TWIN_MS;
    sessions_tick(s);
    LISTING(a, b); /* two sessions, for it took too long ... */
    LISTING(
        {.id = 5, .version = 1, .xauth = "carol", .vip = "10.98.0.4", .children = {CHILD(4, 1, 0), CHILD(3, 1500, 0)}});
    assert_int_equal(w.counters.bytes_in, 501);
    assert_int_equal(w.last.bytes_in, 1000); /* ... until one is gone, which keeps what it had */
}

static void sums_that_do_not_fit_stay_at_the_end(void **state)
{
    (void)state;
    ike_up(ALICE(.children = {CHILD(1, UINT64_MAX - 5, 0), CHILD(2, 10, 0)}));
    LISTING(ALICE(.children = {CHILD(1, UINT64_MAX - 5, 0), CHILD(2, 10, 0)}));
    assert_true(w.counters.bytes_in == UINT64_MAX);
}

static void a_thousand_come_and_go(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 1000; i++)
        ike_up((struct fake_sa){.id = i, .vip = "10.98.0.1", .children = {CHILD(i, i, i)}});
    assert_int_equal(sessions_count(s), 1000);
    for (uint64_t i = 1; i <= 1000; i += 2)
        rekey(i, (struct fake_sa){.id = 1000 + i, .vip = "10.98.0.1"});
    sessions_list_begin(s);
    for (uint64_t i = 1; i <= 1000; i++)
        row((struct fake_sa){.id = i % 2 ? 1000 + i : i, .vip = "10.98.0.1", .children = {CHILD(i, i, i)}});
    sessions_list_end(s);
    assert_int_equal(sessions_count(s), 1000);
    for (uint64_t i = 1; i <= 1000; i++) {
        ike_down(i % 2 ? 1000 + i : i);
        updown("child-updown", false, (struct fake_sa){.id = i % 2 ? 1000 + i : i, .children = {CHILD(i, i + 1, i)}});
        assert_int_equal(w.last.bytes_in, i + 1);
    }
    assert_int_equal(sessions_count(s), 0);
    assert_int_equal(sessions_next_ms(s) == UINT64_MAX || sessions_next_ms(s) <= w.ms + SESSIONS_LAST_WORDS_MS, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rekeyed_session_goes_on),
        TEST(who_has_her_children_is_she_though_no_event_said_so),
        TEST(the_same_number_with_other_spis_is_somebody_else),
        TEST(ikev1_authenticates_anew_and_is_the_same_session),
        TEST(ikev1_takes_leave_of_the_old_one_before_its_children_were_seen_to_move),
        TEST(ikev1_twice_from_one_address_is_two_sessions),
        TEST(ikev2_twice_from_one_address_is_two_sessions_at_once),
        TEST(a_peer_that_moves_is_shown_where_it_is),
        TEST(an_update_of_a_log_on_makes_no_session),
        TEST(counters_never_go_back),
        TEST(a_child_that_moves_is_counted_once),
        TEST(sums_that_do_not_fit_stay_at_the_end),
        TEST(a_thousand_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
