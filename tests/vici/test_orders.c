/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of an order, against a charon that is played here step by step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "drivers/vici/orders.h"
#include "tests/vici/message.h"

#define REQUESTS 4096

static struct {
    uint64_t ms;
    struct vici_request requests[REQUESTS]; /* not answered yet: first ... last - 1 */
    char texts[REQUESTS][64];
    size_t first, last;
    int request_result;
    char replies[1024];
    unsigned looks;
} w;

static struct orders *o;
static struct session alice = {
    .id = "1:aa_bb", .start = 5, .ike = 1, .version = 2, .farewell = true, .spis = "000000000000a001_000000000000a001"};

static uint64_t now_ms(void *ctx)
{
    (void)ctx;
    return w.ms;
}

static int request(void *ctx, const struct vici_request *r)
{
    char *text = w.texts[w.last];
    (void)ctx;
    if (w.request_result < 0)
        return w.request_result;
    snprintf(text, sizeof(w.texts[0]), "%s", r->name);
    for (size_t i = 0; i < 4 && r->arguments[i].key; i++) {
        size_t at = strlen(text);
        snprintf(text + at, sizeof(w.texts[0]) - at, " %s=%s", r->arguments[i].key, r->arguments[i].value);
    }
    w.requests[w.last++] = *r;
    return 0;
}

static void reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    static const char *const names[] = {"accepted", "no such session", "refused"};
    size_t at = strlen(w.replies);
    (void)ctx;
    snprintf(w.replies + at, sizeof(w.replies) - at, "%d %s%s%s;", (int)ref.order, names[result], text ? ": " : "",
             text ? text : "");
}

static void look(void *ctx)
{
    (void)ctx;
    w.looks++;
}

static const struct orders_ops ops = {.now_ms = now_ms, .request = request, .reply = reply, .look = look};

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof(w));
    w.ms = 1000;
    alice.ike = 1;
    alice.version = 2;
    alice.farewell = true;
    alice.certain = false;
    snprintf(alice.spis, sizeof(alice.spis), "000000000000a001_000000000000a001");
    o = orders_new(&ops, NULL);
    return o ? 0 : -1;
}

/* The connection ends, and with it what is under way. */
static void reset(void)
{
    while (w.first < w.last) {
        struct vici_request *r = &w.requests[w.first++];
        r->done(r->ctx, -ECONNRESET, (struct bytes){"", 0});
    }
}

static int teardown(void **state)
{
    (void)state;
    orders_abandon(o);
    reset();
    orders_free(o);
    return 0;
}

/* ---- charon ---- */

static void expect(const char *text)
{
    assert_true(w.first < w.last);
    assert_string_equal(w.texts[w.first], text);
}

static void expect_nothing(void)
{
    assert_int_equal(w.first, w.last);
}

static void answer(int result, const struct message *m)
{
    struct vici_request *r = &w.requests[w.first++];
    r->done(r->ctx, result, m ? bytes_of(m) : (struct bytes){"", 0});
}

static void listed(struct fake_sa sa)
{
    struct vici_request *r = &w.requests[w.first];
    struct message m = {0};
    put_sa(&m, &sa);
    if (sa.id)
        r->row(r->ctx, bytes_of(&m));
    answer(0, NULL);
}

static void verdict(const char *success, uint64_t matches, const char *words)
{
    struct message m = {0};
    value(&m, "success", success);
    number(&m, "matches", matches);
    number(&m, "terminated", matches);
    if (words)
        value(&m, "errmsg", words);
    answer(0, &m);
}

static void order(uint64_t n, bool hard)
{
    struct driver_order d = {
        .ref = {.order = n, .connection = 1}, .id = alice.id, .start = alice.start, .hard = hard, .reason = ""};
    orders_add(o, &d, &alice);
}

#define CHECK "list-sas ike-id=1"
#define SOFT  "terminate ike-id=1 timeout=-1"
#define HARD  "terminate ike-id=1 timeout=-1 force=yes"

/* ---- the way it goes ---- */

static void a_session_is_checked_and_ended(void **state)
{
    (void)state;
    order(1, false);
    expect(CHECK);
    listed((struct fake_sa){.id = 1});
    expect(SOFT);
    assert_string_equal(w.replies, "");
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;");
    expect_nothing();
    w.ms += 20;
    struct orders_end end = orders_gone(o, &alice);
    assert_true(end.ordered);
    assert_int_equal(end.told, DRIVER_TOLD_YES);
    assert_int_equal(orders_count(o), 0);
    assert_int_equal(orders_next_ms(o), UINT64_MAX);
}

static void a_hard_order_forces_it_and_nobody_knows_who_heard(void **state)
{
    (void)state;
    order(1, true);
    listed((struct fake_sa){.id = 1});
    expect(HARD);
    struct orders_end end = orders_gone(o, &alice); /* the event is faster than the answer */
    assert_string_equal(w.replies, "1 accepted;");
    assert_true(end.ordered);
    assert_int_equal(end.told, DRIVER_TOLD_UNKNOWN);
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;");
}

static void yes_is_said_on_evidence_only(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        order(1, false);
        listed((struct fake_sa){.id = 1});
        verdict("yes", 1, NULL);
        w.ms += i == 0 ? ORDERS_TOLD_MS + 1 : 1; /* charon may have given up */
        alice.version = i == 1 ? 1 : 2;          /* nobody answers a DELETE of IKEv1 */
        alice.farewell = i != 2;                 /* it did not end by a DELETE */
        assert_int_equal(orders_gone(o, &alice).told, DRIVER_TOLD_UNKNOWN);
    }
}

static void without_an_order_nothing_was_ordered(void **state)
{
    (void)state;
    assert_false(orders_gone(o, &alice).ordered);
    order(1, false);
    expect(CHECK);
    struct orders_end end = orders_gone(o, &alice); /* before anything was done */
    assert_false(end.ordered);
    assert_int_equal(end.told, DRIVER_TOLD_NOTHING);
    assert_string_equal(w.replies, "1 no such session;");
    listed((struct fake_sa){.id = 1});
    expect_nothing(); /* and nothing is */
}

static void an_ike_sa_that_is_being_deleted_is_not_deleted_twice(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 1, .state = "DELETING"});
    expect_nothing(); /* charon would not wait for the peer any more */
    assert_string_equal(w.replies, "1 accepted;");
    order(2, true);
    expect(CHECK);
    listed((struct fake_sa){.id = 1, .state = "DELETING"});
    expect(HARD);
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;2 accepted;");
}

/* ---- without a check ---- */

static void what_is_certain_is_not_asked_again(void **state)
{
    (void)state;
    alice.certain = true;
    order(1, false);
    expect(SOFT);
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;");
    order(2, true);
    expect(CHECK); /* it may have been rekeyed since */
}

static void who_has_gone_unseen_is_not_found_by_number(void **state)
{
    (void)state;
    alice.certain = true;
    order(1, true);
    expect(HARD);
    verdict("no", 0, "no matching SAs to terminate found");
    assert_int_equal(w.looks, 1);
    assert_false(orders_gone(o, &alice).ordered);
    assert_string_equal(w.replies, "1 no such session;");
}

static void who_was_rekeyed_unseen_is_ended_when_that_is_told(void **state)
{
    (void)state;
    alice.certain = true;
    order(1, false);
    verdict("no", 0, "no matching SAs to terminate found");
    alice.ike = 4;
    snprintf(alice.spis, sizeof(alice.spis), "000000000000a004_000000000000a004");
    orders_moved(o, &alice);
    expect("list-sas ike-id=4");
    listed((struct fake_sa){.id = 4});
    expect("terminate ike-id=4 timeout=-1");
}

/* ---- not her ---- */

static void somebody_else_with_her_number_is_left_alone(void **state)
{
    (void)state;
    order(1, true);
    listed((struct fake_sa){.id = 1, .spi = 0x1234});
    expect_nothing();
    assert_int_equal(w.looks, 1);
    orders_gone(o, &alice);
    assert_string_equal(w.replies, "1 no such session;");
}

/* Right after a rekeying her SPIs are not known: the number alone says who it is. */
static void what_is_listed_of_others_does_not_count(void **state)
{
    (void)state;
    alice.spis[0] = '\0';
    order(1, true);
    listed((struct fake_sa){.id = 2, .spi = 0x1234});
    expect_nothing();
    assert_int_equal(w.looks, 1);
    orders_gone(o, &alice);
    assert_string_equal(w.replies, "1 no such session;");
}

static void who_is_not_there_has_gone(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 0});
    expect_nothing();
    assert_int_equal(w.looks, 1);
    orders_gone(o, &alice);
    assert_string_equal(w.replies, "1 no such session;");
}

static void who_goes_between_check_and_terminate_has_gone(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 1});
    expect(SOFT);
    verdict("no", 0, "no matching SAs to terminate found");
    assert_int_equal(w.looks, 1);
    assert_string_equal(w.replies, "");
    assert_false(orders_gone(o, &alice).ordered);
    assert_string_equal(w.replies, "1 no such session;");
}

static void what_nothing_explains_is_refused_in_time(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 0});
    w.ms = orders_next_ms(o);
    assert_int_equal(w.ms, 1000 + ORDERS_ANSWER_MS);
    orders_tick(o);
    assert_non_null(strstr(w.replies, "1 refused: charon does not list this session's IKE_SA"));
    assert_int_equal(orders_count(o), 0);
}

/* ---- rekeying meanwhile ---- */

static void a_session_that_is_rekeyed_meanwhile_is_ended_all_the_same(void **state)
{
    (void)state;
    order(1, false);
    expect(CHECK);
    alice.ike = 4;
    snprintf(alice.spis, sizeof(alice.spis), "000000000000a004_000000000000a004");
    orders_moved(o, &alice);
    listed((struct fake_sa){.id = 1, .state = "REKEYED"}); /* of the old one */
    expect("list-sas ike-id=4");
    listed((struct fake_sa){.id = 4});
    expect("terminate ike-id=4 timeout=-1");
    alice.ike = 6;
    alice.spis[0] = '\0'; /* not known yet */
    orders_moved(o, &alice);
    verdict("yes", 1, NULL); /* charon has ended the old one, which was of no use any more */
    assert_string_equal(w.replies, "");
    expect("list-sas ike-id=6");
    listed((struct fake_sa){.id = 6});
    expect("terminate ike-id=6 timeout=-1");
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;");
}

static void a_rekeying_that_an_order_has_missed_is_told_by_event(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 1, .state = "REKEYED"});
    expect_nothing();
    alice.ike = 4;
    snprintf(alice.spis, sizeof(alice.spis), "000000000000a004_000000000000a004");
    orders_moved(o, &alice);
    expect("list-sas ike-id=4");
    listed((struct fake_sa){.id = 4});
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;");
}

static void a_session_that_is_rekeyed_after_the_order_is_ended_again(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 1});
    verdict("yes", 1, NULL);
    alice.ike = 4;
    alice.spis[0] = '\0';
    orders_moved(o, &alice);
    expect("list-sas ike-id=4");
    listed((struct fake_sa){.id = 4});
    expect("terminate ike-id=4 timeout=-1");
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;");
}

/* ---- trouble ---- */

static void a_charon_that_does_not_answer_is_not_waited_for(void **state)
{
    (void)state;
    order(1, false);
    w.ms += ORDERS_ANSWER_MS - 1;
    orders_tick(o);
    assert_string_equal(w.replies, "");
    w.ms++;
    orders_tick(o);
    assert_non_null(strstr(w.replies, "1 refused: charon does not answer in time; nothing was done"));
    assert_int_equal(w.looks, 1); /* which finds out how charon is */
    listed((struct fake_sa){.id = 1});
    expect_nothing(); /* too late */
}

static void a_terminate_without_an_answer_gets_none(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 1});
    expect(SOFT);
    w.ms += ORDERS_ANSWER_MS;
    orders_tick(o);
    assert_string_equal(w.replies, ""); /* charon may do it yet */
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "1 accepted;");
}

static void lanes_that_are_stuck_refuse_at_once(void **state)
{
    (void)state;
    w.request_result = -EAGAIN;
    order(1, false);
    assert_non_null(strstr(w.replies, "1 refused: charon does not answer in time; nothing was done"));
    assert_int_equal(orders_count(o), 0);
}

static void charons_refusal_is_told_in_its_words(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 1});
    verdict("no", 1, "not \x1b[31mnow");
    assert_string_equal(w.replies, "1 refused: not \\x1b[31mnow;");
    assert_int_equal(orders_count(o), 0);
}

static void a_lost_connection_is_answered_only_when_nothing_was_done(void **state)
{
    (void)state;
    order(1, false);
    reset();
    assert_non_null(strstr(w.replies, "1 refused: charon has ended, or does not answer; nothing was done"));
    w.replies[0] = '\0';
    order(2, false);
    listed((struct fake_sa){.id = 1});
    expect(SOFT);
    reset();
    assert_string_equal(w.replies, "");
    assert_true(orders_gone(o, &alice).ordered);
    assert_string_equal(w.replies, "2 accepted;");
}

static void at_the_end_of_a_run_all_is_forgotten(void **state)
{
    (void)state;
    order(1, false);
    orders_abandon(o);
    assert_non_null(strstr(w.replies, "1 refused"));
    assert_int_equal(orders_count(o), 0);
    reset();
    expect_nothing();
}

/* ---- several ---- */

static void orders_for_one_session_join(void **state)
{
    (void)state;
    order(1, false);
    order(2, false); /* rrasd has reconnected: the first answer would be nobody's */
    expect(CHECK);
    listed((struct fake_sa){.id = 1});
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "2 accepted;");
    order(3, false);
    assert_string_equal(w.replies, "2 accepted;3 accepted;");
    expect_nothing();
    order(4, true); /* it has become impatient */
    expect(CHECK);
    listed((struct fake_sa){.id = 1, .state = "DELETING"});
    expect(HARD);
    verdict("yes", 1, NULL);
    assert_string_equal(w.replies, "2 accepted;3 accepted;4 accepted;");
}

static void an_order_that_becomes_hard_while_it_is_checked_is_hard(void **state)
{
    (void)state;
    order(1, false);
    order(2, true);
    expect(CHECK);
    listed((struct fake_sa){.id = 1});
    expect(HARD);
}

static void orders_are_bounded(void **state)
{
    static char ids[ORDERS_MAX + 1][24];
    (void)state;
    for (size_t i = 0; i <= ORDERS_MAX; i++) {
        snprintf(ids[i], sizeof(ids[i]), "%zu:aa_bb", i + 1);
        struct session s = {.id = ids[i], .ike = i + 1, .version = 2};
        struct driver_order d = {.ref = {.order = i, .connection = 1}, .id = ids[i], .reason = ""};
        orders_add(o, &d, &s);
    }
    assert_int_equal(orders_count(o), ORDERS_MAX);
    assert_string_equal(w.replies, "1024 refused: too many orders at once; nothing was done;");
}

static void an_order_that_nothing_ends_is_forgotten(void **state)
{
    (void)state;
    order(1, false);
    listed((struct fake_sa){.id = 1});
    verdict("yes", 1, NULL);
    w.ms += ORDERS_CONFIRM_MS;
    orders_tick(o);
    assert_int_equal(orders_count(o), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_is_checked_and_ended),
        TEST(a_hard_order_forces_it_and_nobody_knows_who_heard),
        TEST(yes_is_said_on_evidence_only),
        TEST(without_an_order_nothing_was_ordered),
        TEST(an_ike_sa_that_is_being_deleted_is_not_deleted_twice),
        TEST(what_is_certain_is_not_asked_again),
        TEST(who_has_gone_unseen_is_not_found_by_number),
        TEST(who_was_rekeyed_unseen_is_ended_when_that_is_told),
        TEST(somebody_else_with_her_number_is_left_alone),
        TEST(what_is_listed_of_others_does_not_count),
        TEST(who_is_not_there_has_gone),
        TEST(who_goes_between_check_and_terminate_has_gone),
        TEST(what_nothing_explains_is_refused_in_time),
        TEST(a_session_that_is_rekeyed_meanwhile_is_ended_all_the_same),
        TEST(a_rekeying_that_an_order_has_missed_is_told_by_event),
        TEST(a_session_that_is_rekeyed_after_the_order_is_ended_again),
        TEST(a_charon_that_does_not_answer_is_not_waited_for),
        TEST(a_terminate_without_an_answer_gets_none),
        TEST(lanes_that_are_stuck_refuse_at_once),
        TEST(charons_refusal_is_told_in_its_words),
        TEST(a_lost_connection_is_answered_only_when_nothing_was_done),
        TEST(at_the_end_of_a_run_all_is_forgotten),
        TEST(orders_for_one_session_join),
        TEST(an_order_that_becomes_hard_while_it_is_checked_is_hard),
        TEST(orders_are_bounded),
        TEST(an_order_that_nothing_ends_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
