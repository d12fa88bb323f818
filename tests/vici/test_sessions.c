/* SPDX-License-Identifier: Apache-2.0 */
/* Events and listings of charon, and the sessions that come of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/vici/sessions.h"
#include "tests/vici/message.h"

static struct {
    uint64_t ms;
    int64_t seconds;
    const char *auth;
    char log[8192];
    char put_id[DRIVER_ID_MAX], user[600], client[80], vip[80], caller[300];
    struct driver_counters counters, last;
    enum driver_session_state state;
    bool final, farewell;
    unsigned puts, changes;
    uint32_t look_ms;
} w;

static struct sessions *s;

static void note(const char *what, const char *id)
{
    size_t at = strlen(w.log);
    snprintf(w.log + at, sizeof(w.log) - at, "%s %s;", what, id);
}

static uint64_t now_ms(void *ctx)
{
    (void)ctx;
    return w.ms;
}

static int64_t ago(void *ctx, uint64_t seconds)
{
    (void)ctx;
    return w.seconds - (int64_t)seconds;
}

static const char *auth(void *ctx, struct bytes connection)
{
    (void)ctx;
    (void)connection;
    return w.auth;
}

static int put(void *ctx, const struct driver_session *d)
{
    (void)ctx;
    w.puts++;
    snprintf(w.put_id, sizeof(w.put_id), "%s", d->id);
    snprintf(w.user, sizeof(w.user), "%s", d->user);
    snprintf(w.client, sizeof(w.client), "%s", d->client_address);
    snprintf(w.vip, sizeof(w.vip), "%s", d->tunnel_address4);
    snprintf(w.caller, sizeof(w.caller), "%s", d->caller);
    w.counters = *d->counters;
    w.state = d->state;
    char shown[160];
    snprintf(shown, sizeof(shown), "%.*s@%lld", (int)strcspn(d->id, ":"), d->id, (long long)d->start);
    if (!strstr(w.log, shown))
        note("put", shown);
    return 0;
}

static void gone(void *ctx, const struct session *g, const char *reason, const struct driver_counters *counters,
                 bool final)
{
    (void)ctx;
    (void)reason;
    char shown[160];
    snprintf(shown, sizeof(shown), "%.*s", (int)strcspn(g->id, ":"), g->id);
    note(final ? "gone" : "lost", shown);
    w.last = *counters;
    w.final = final;
    w.farewell = g->farewell;
}

static void moved(void *ctx, const struct session *g)
{
    (void)ctx;
    char shown[200];
    snprintf(shown, sizeof(shown), "%.*s to %" PRIu64, (int)strcspn(g->id, ":"), g->id, g->ike);
    note("moved", shown);
}

static void look(void *ctx, uint32_t ms)
{
    (void)ctx;
    w.look_ms = ms;
    note("look", "");
}

static void changed(void *ctx)
{
    (void)ctx;
    w.changes++;
}

static const struct sessions_ops ops = {.now_ms = now_ms,
                                        .ago = ago,
                                        .auth = auth,
                                        .put = put,
                                        .gone = gone,
                                        .moved = moved,
                                        .look = look,
                                        .changed = changed};

static int setup_with(const char *patterns)
{
    memset(&w, 0, sizeof(w));
    w.ms = 1000;
    w.seconds = 1764084000;
    s = sessions_new(patterns, &ops, NULL);
    sessions_begin(s);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    return setup_with("");
}

static int teardown(void **state)
{
    (void)state;
    sessions_free(s);
    return 0;
}

/* ---- what charon says ---- */

static int event(const char *name, const struct message *m)
{
    return sessions_event(s, (struct bytes){name, strlen(name)}, bytes_of(m));
}

static void updown(const char *name, bool up, struct fake_sa sa)
{
    struct message m = {0};
    if (up)
        value(&m, "up", "yes");
    put_sa(&m, &sa);
    assert_int_equal(event(name, &m), 0);
}

static void ike_up(struct fake_sa sa)
{
    updown("ike-updown", true, sa);
}

static void ike_down(uint64_t id)
{
    updown("ike-updown", false, (struct fake_sa){.id = id, .state = "DELETING", .task = "IKE_DELETE"});
}

static void rekey(uint64_t old, struct fake_sa sa)
{
    struct message m = {0};
    section(&m, "ra");
    section(&m, "old");
    put_sa_values(&m, &(struct fake_sa){.id = old, .state = "REKEYING"});
    end(&m);
    section(&m, "new");
    put_sa_values(&m, &sa);
    end(&m);
    end(&m);
    assert_int_equal(event("ike-rekey", &m), 0);
}

static void row(struct fake_sa sa)
{
    struct message m = {0};
    put_sa(&m, &sa);
    assert_int_equal(sessions_row(s, bytes_of(&m)), 0);
}

static void listing(const struct fake_sa *rows, size_t n)
{
    sessions_list_begin(s);
    for (size_t i = 0; i < n; i++)
        row(rows[i]);
    sessions_list_end(s);
}

#define LISTING(...)                                                                                                   \
    listing((const struct fake_sa[]){__VA_ARGS__},                                                                     \
            sizeof((const struct fake_sa[]){__VA_ARGS__}) / sizeof(struct fake_sa))
#define ALICE(...) ((struct fake_sa){.id = 1, .vip = "10.98.0.1", __VA_ARGS__})
#define CHILD(i, in_, out_)                                                                                            \
    {                                                                                                                  \
        .id = i, .in = in_, .out = out_                                                                                \
    }

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
