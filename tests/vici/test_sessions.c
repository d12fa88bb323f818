/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there, and who has gone: events and listings of charon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/vici/sessions_world.h"

/* ---- who is there ---- */

static void a_user_who_comes_is_a_session(void **state)
{
    (void)state;
    ike_up(ALICE(.established = 5, .eap = "alice@example.test"));
    assert_string_equal(w.log, "put 1@1764083995;");
    assert_string_equal(w.put_id, "1:000000000000a001_000000000000a001");
    assert_string_equal(w.user, "alice@example.test");
    assert_string_equal(w.caller, "alice"); /* the IKE identity, where it says something else */
    assert_string_equal(w.client, "198.51.100.7:4500");
    assert_string_equal(w.vip, "10.98.0.1");
    assert_int_equal(w.state, DRIVER_SESSION_CONNECTED);
    assert_non_null(sessions_find(s, w.put_id));
}

static void the_start_stays_though_clocks_and_rounding_differ(void **state)
{
    (void)state;
    ike_up(ALICE(.established = 5));
    w.seconds += 3;
    updown("child-updown", true, ALICE(.established = 7));
    LISTING(ALICE(.established = 9));
    assert_string_equal(w.log, "put 1@1764083995;");
}

static void sites_are_not_shown_and_people_are(void **state)
{
    (void)state;
    ike_up((struct fake_sa){.id = 1}); /* no address, no EAP */
    assert_string_equal(w.log, "");
    w.auth = "psk";
    ike_up((struct fake_sa){.id = 2});
    assert_string_equal(w.log, "");
    w.auth = "eap-md5";
    ike_up((struct fake_sa){.id = 3}); /* without an address, but by EAP */
    assert_string_equal(w.log, "put 3@1764084000;");
    w.auth = NULL;
    ike_up((struct fake_sa){.id = 4, .xauth = "bob"});
    ike_up((struct fake_sa){.id = 5, .vip = "fd98::1"});
    assert_int_equal(sessions_count(s), 3);
}

static void patterns_name_the_connections_that_are_shown(void **state)
{
    (void)state;
    sessions_free(s);
    setup_with("ra, home-*");
    ike_up((struct fake_sa){.id = 1, .connection = "ra"});
    ike_up((struct fake_sa){.id = 2, .connection = "home-1"});
    ike_up((struct fake_sa){.id = 3, .connection = "office", .vip = "10.98.0.3", .eap = "x"});
    ike_up((struct fake_sa){.id = 4, .connection = "ra2", .vip = "10.98.0.4"});
    assert_string_equal(w.log, "put 1@1764084000;put 2@1764084000;");
}

static void a_log_on_is_shown_while_it_goes_on_if_its_connection_is_known(void **state)
{
    (void)state;
    w.auth = "eap-tls";
    LISTING({.id = 1, .connection = "(unnamed)", .state = "CONNECTING", .user = "%any"},
            {.id = 2, .connection = "ra", .state = "CONNECTING", .user = "%any"});
    assert_string_equal(w.log, "put 2@1764084000;");
    assert_int_equal(w.state, DRIVER_SESSION_AUTHENTICATING);
    assert_string_equal(w.user, "");
    ike_up((struct fake_sa){.id = 2, .connection = "ra", .user = "alice"});
    assert_string_equal(w.log, "put 2@1764084000;");
    assert_int_equal(w.state, DRIVER_SESSION_CONNECTED);
    assert_string_equal(w.user, "alice");
}

static void an_ike_sa_that_is_being_deleted_is_disconnecting(void **state)
{
    (void)state;
    ike_up(ALICE(.established = 1));
    LISTING(ALICE(.state = "DELETING"));
    assert_int_equal(w.state, DRIVER_SESSION_DISCONNECTING);
}

static void any_bytes_can_be_a_user(void **state)
{
    static char name[1000];
    (void)state;
    memset(name, '\xff', sizeof(name) - 1);
    ike_up(ALICE(.user = name));
    assert_int_equal(strlen(w.user), DRIVER_USER_MAX + 4); /* cut, but not where the library would have to see it */
    struct message m = {0};
    value(&m, "up", "yes");
    section(&m, "ra");
    number(&m, "uniqueid", 2);
    value(&m, "state", "ESTABLISHED");
    list(&m, "remote-vips", "10.98.0.2", NULL);
    message_named(&m, WIRE_VALUE, "remote-id");
    message_bytes(&m, "al\0ice", 6);
    end(&m);
    assert_int_equal(event("ike-updown", &m), 0);
    assert_string_equal(w.user, "al\\x00ice");
}

static void what_is_not_listed_has_gone(void **state)
{
    (void)state;
    ike_up(ALICE(.children = {CHILD(1, 100, 200)}));
    ike_up((struct fake_sa){.id = 2, .vip = "10.98.0.2"});
    LISTING(ALICE(.established = 1));
    assert_string_equal(w.log, "put 1@1764084000;put 2@1764084000;lost 2;");
    LISTING({.id = 9, .connection = "site"});
    assert_int_equal(sessions_count(s), 0);
    assert_int_equal(w.last.bytes_in, 100);
    assert_false(w.final);
}

static void who_comes_while_charon_lists_is_not_gone(void **state)
{
    (void)state;
    sessions_list_begin(s);
    ike_up(ALICE(.established = 0));
    sessions_list_end(s);
    assert_int_equal(sessions_count(s), 1);
    ike_up((struct fake_sa){.id = 2, .vip = "10.98.0.2"});
    sessions_list_begin(s);
    row((struct fake_sa){.id = 2, .vip = "10.98.0.2", .state = "REKEYED"}); /* seen when another one was not yet */
    row(ALICE(.established = 1));
    rekey(2, (struct fake_sa){.id = 3, .vip = "10.98.0.2"});
    sessions_list_end(s);
    assert_int_equal(sessions_count(s), 2);
}

static void a_listing_that_is_not_finished_ends_nobody(void **state)
{
    (void)state;
    ike_up(ALICE(.established = 0));
    sessions_list_begin(s);
    sessions_list_abandon(s);
    sessions_list_end(s);
    assert_int_equal(sessions_count(s), 1);
}

static void what_can_not_be_understood_changes_nothing(void **state)
{
    struct message m = {0};
    (void)state;
    ike_up(ALICE(.established = 0));
    section(&m, "ra");
    value(&m, "uniqueid", "one");
    end(&m);
    assert_int_equal(event("ike-updown", &m), -EPROTO);
    assert_int_equal(sessions_row(s, bytes_of(&m)), -EPROTO);
    assert_int_equal(sessions_count(s), 1);
}

/* ---- the end ---- */

static void the_end_comes_with_the_last_counts_of_all_children(void **state)
{
    (void)state;
    ike_up(ALICE(.established = 0));
    updown("child-updown", true, ALICE(.children = {CHILD(1, 0, 0), CHILD(2, 0, 0)}));
    ike_down(1); /* IKEv2: before its CHILD_SAs */
    assert_string_equal(w.log, "put 1@1764084000;");
    assert_null(sessions_find(s, w.put_id)); /* an order for it would be too late */
    updown("child-updown", false, ALICE(.children = {CHILD(1, 1000, 10)}));
    assert_string_equal(w.log, "put 1@1764084000;");
    updown("child-updown", false, ALICE(.children = {CHILD(2, 500, 5)}));
    assert_string_equal(w.log, "put 1@1764084000;gone 1;");
    assert_int_equal(w.last.bytes_in, 1500);
    assert_int_equal(w.last.frames_in, 15);
    assert_true(w.farewell);
    assert_int_equal(sessions_count(s), 0);
}

static void ikev1_ends_its_children_first(void **state)
{
    (void)state;
    updown("child-updown", true, ALICE(.version = 1, .children = {CHILD(1, 0, 0)}));
    updown("child-updown", false, ALICE(.version = 1, .children = {CHILD(1, 700, 70)}));
    ike_down(1);
    assert_string_equal(w.log, "put 1@1764084000;gone 1;");
    assert_int_equal(w.last.bytes_in, 700);
}

static void last_words_are_not_waited_for_without_end(void **state)
{
    (void)state;
    ike_up(ALICE(.children = {CHILD(1, 300, 30)}));
    ike_down(1);
    assert_int_equal(sessions_next_ms(s), w.ms + SESSIONS_LAST_WORDS_MS);
    sessions_tick(s);
    assert_string_equal(w.log, "put 1@1764084000;");
    w.ms += SESSIONS_LAST_WORDS_MS;
    sessions_tick(s);
    assert_string_equal(w.log, "put 1@1764084000;lost 1;");
    assert_int_equal(w.last.bytes_in, 300);
    sessions_tick(s);
    assert_int_equal(sessions_next_ms(s), UINT64_MAX);
}

static void the_end_of_an_ike_sa_that_nobody_has_seen_is_nothing(void **state)
{
    (void)state;
    ike_down(7);
    updown("child-updown", false, (struct fake_sa){.id = 7, .children = {CHILD(1, 1, 1)}});
    assert_string_equal(w.log, "");
}

static void a_peer_that_does_not_answer_has_not_agreed(void **state)
{
    (void)state;
    ike_up(ALICE(.established = 0));
    updown("ike-updown", false, ALICE(.task = "IKE_DPD"));
    assert_string_equal(w.log, "put 1@1764084000;gone 1;");
    assert_false(w.farewell);
}

static void list_children(uint64_t first, uint64_t last)
{
    static struct message m;
    m.n = 0;
    section(&m, "ra");
    put_sa_values(&m, &ALICE(.established = 1));
    section(&m, "child-sas");
    for (uint64_t id = first; id <= last; id++) {
        section(&m, "net");
        put_child(&m, &(struct fake_child){.id = id, .in = 100});
        end(&m);
    }
    end(&m);
    end(&m);
    sessions_list_begin(s);
    assert_int_equal(sessions_row(s, bytes_of(&m)), 0);
    sessions_list_end(s);
}

/* A row may have more CHILD_SAs than are taken from it. */
static void a_child_that_is_left_out_once_is_not_counted_twice(void **state)
{
    (void)state;
    list_children(1, SA_CHILDREN_MAX);
    assert_int_equal(w.counters.bytes_in, SA_CHILDREN_MAX * 100);
    updown("child-updown", true, ALICE(.children = {CHILD(SA_CHILDREN_MAX + 1, 100, 0)}));
    assert_int_equal(w.counters.bytes_in, SA_CHILDREN_MAX * 100 + 100);
    list_children(1, SA_CHILDREN_MAX + 1);
    list_children(2, SA_CHILDREN_MAX + 1);
    assert_int_equal(w.counters.bytes_in, SA_CHILDREN_MAX * 100 + 100);
}

static void sessions_are_bounded_and_those_above_are_counted(void **state)
{
    (void)state;
    static struct message m;
    for (unsigned run = 0; run < 2; run++) {
        sessions_list_begin(s);
        for (uint64_t id = 1; id <= SESSIONS_MAX + 2; id++) {
            m.n = 0;
            section(&m, "ra");
            number(&m, "uniqueid", id);
            value(&m, "state", "ESTABLISHED");
            list(&m, "remote-vips", "10.98.0.1", NULL);
            end(&m);
            assert_int_equal(sessions_row(s, bytes_of(&m)), 0);
            w.log[0] = '\0';
        }
        sessions_list_end(s);
        assert_int_equal(sessions_count(s), SESSIONS_MAX);
        assert_int_equal(sessions_left_out(s), 2); /* not two more each time */
    }
    LISTING(ALICE(.established = 1));
    assert_int_equal(sessions_left_out(s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_user_who_comes_is_a_session),
        TEST(the_start_stays_though_clocks_and_rounding_differ),
        TEST(sites_are_not_shown_and_people_are),
        TEST(patterns_name_the_connections_that_are_shown),
        TEST(a_log_on_is_shown_while_it_goes_on_if_its_connection_is_known),
        TEST(an_ike_sa_that_is_being_deleted_is_disconnecting),
        TEST(any_bytes_can_be_a_user),
        TEST(what_is_not_listed_has_gone),
        TEST(who_comes_while_charon_lists_is_not_gone),
        TEST(a_listing_that_is_not_finished_ends_nobody),
        TEST(what_can_not_be_understood_changes_nothing),
        TEST(the_end_comes_with_the_last_counts_of_all_children),
        TEST(ikev1_ends_its_children_first),
        TEST(last_words_are_not_waited_for_without_end),
        TEST(the_end_of_an_ike_sa_that_nobody_has_seen_is_nothing),
        TEST(a_peer_that_does_not_answer_has_not_agreed),
        TEST(a_child_that_is_left_out_once_is_not_counted_twice),
        TEST(sessions_are_bounded_and_those_above_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
