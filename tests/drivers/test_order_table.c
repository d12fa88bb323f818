/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <string.h>

#include "drivers/common/order_table.h"

#define LIMIT 4

struct order {
    struct order_entry entry;
    int expired;
};

static struct order_table table;
static char replies[512]; /* all, each with a ';' */
static bool forget_expired;

static void reply(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text)
{
    static const char *const words[] = {"accepted", "no-such-session", "refused"};
    size_t at = strlen(replies);
    assert_ptr_equal(ctx, &table);
    snprintf(replies + at, sizeof(replies) - at, "%llu %s%s%s;", (unsigned long long)ref.order, words[result],
             text ? " " : "", text ? text : "");
}

static int setup(void **state)
{
    (void)state;
    replies[0] = '\0';
    forget_expired = false;
    order_table_init(&table, LIMIT, reply, &table);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    order_table_clear(&table);
    return order_table_count(&table) == 0 && !table.list && !table.by_key ? 0 : -1;
}

static struct order *add(uint64_t number, const char *key)
{
    struct driver_order d = {.ref = {.order = number, .connection = 1}, .id = "not used here"};
    return order_table_add(&table, sizeof(struct order), key, key ? strlen(key) : 0, &d);
}

static struct order *find(const char *key)
{
    return order_table_find(&table, key, strlen(key));
}

static void an_order_is_found_by_its_session(void **state)
{
    (void)state;
    assert_null(find("a"));
    struct order *a = add(1, "a"), *ab = add(2, "ab");
    assert_ptr_equal(find("a"), a);
    assert_ptr_equal(find("ab"), ab);
    assert_null(find("b"));
    assert_null(find(""));
    assert_int_equal(a->expired, 0);
    assert_int_equal(a->entry.ref.order, 1);
    order_forget(&a->entry);
    assert_null(find("a"));
    assert_ptr_equal(find("ab"), ab);
    assert_string_equal(replies, "");
}

static void without_a_key_there_may_be_several_for_one_session(void **state)
{
    (void)state;
    struct order *first = add(1, NULL), *second = add(2, NULL);
    assert_null(find(""));
    assert_ptr_equal(order_table_first(&table), first);
    assert_ptr_equal(order_table_next(&first->entry), second);
    order_refuse(&first->entry, "why");
    assert_ptr_equal(order_table_first(&table), second);
    assert_null(order_table_next(&second->entry));
    assert_string_equal(replies, "1 refused why;");
}

static void an_order_is_answered_once(void **state)
{
    (void)state;
    struct order *a = add(1, "a");
    order_answer(&a->entry, DRIVER_ACCEPTED, NULL);
    order_answer(&a->entry, DRIVER_NO_SUCH_SESSION, NULL);
    order_refuse(&a->entry, "too late");
    assert_string_equal(replies, "1 accepted;");
    assert_int_equal(order_table_count(&table), 0);
}

static void another_order_for_the_same_session_has_an_answer_of_its_own(void **state)
{
    (void)state;
    struct order *a = add(1, "a");
    order_answer(&a->entry, DRIVER_ACCEPTED, NULL);
    order_renew(&a->entry, (struct driver_order_ref){.order = 2, .connection = 1});
    assert_false(a->entry.answered);
    order_answer(&a->entry, DRIVER_NO_SUCH_SESSION, NULL);
    assert_string_equal(replies, "1 accepted;2 no-such-session;");
}

static void what_the_daemon_has_stays_in_memory_and_nowhere_else(void **state)
{
    (void)state;
    struct order *a = add(1, "a"), *b = add(2, "b");
    a->entry.deadline = 5;
    order_hold(&a->entry);
    order_forget(&a->entry);
    assert_true(a->entry.gone); /* still there */
    assert_null(find("a"));
    assert_int_equal(order_table_count(&table), 1);
    assert_ptr_equal(order_table_first(&table), b);
    assert_int_equal(order_table_next_ms(&table), ORDER_NEVER);
    struct order *again = add(3, "a"); /* in the next run of the daemon, say */
    assert_ptr_equal(find("a"), again);
    order_forget(&a->entry); /* nothing more happens */
    assert_false(order_release(&a->entry));
    assert_ptr_equal(find("a"), again);
    assert_int_equal(order_table_count(&table), 2);
    order_hold(&again->entry);
    assert_true(order_release(&again->entry)); /* as nothing has ended it */
    order_forget(&again->entry);
    assert_int_equal(order_table_count(&table), 1);
}

static void there_is_a_limit(void **state)
{
    char key[8];
    (void)state;
    for (unsigned i = 0; i < LIMIT; i++) {
        snprintf(key, sizeof(key), "%u", i);
        assert_non_null(add(i, key));
    }
    assert_null(add(9, "9"));
    assert_string_equal(replies, "9 refused too many orders at once; nothing was done;");
    assert_null(find("9"));
    order_forget(&find("2")->entry);
    assert_non_null(add(10, "10"));
    assert_null(add(11, "11"));
}

static void expire(void *ctx)
{
    struct order *order = ctx;
    order->expired++;
    if (forget_expired)
        order_refuse(&order->entry, "late");
    else
        order->entry.deadline += 100;
}

static void deadlines_come(void **state)
{
    (void)state;
    struct order *a = add(1, "a"), *b = add(2, "b"), *c = add(3, NULL);
    assert_int_equal(order_table_next_ms(&table), ORDER_NEVER);
    a->entry.deadline = 30;
    b->entry.deadline = 20;
    assert_int_equal(order_table_next_ms(&table), 20);
    order_table_tick(&table, 19, expire);
    assert_int_equal(b->expired, 0);
    order_table_tick(&table, 20, expire);
    assert_int_equal(b->expired, 1);
    assert_int_equal(a->expired, 0);
    assert_int_equal(order_table_next_ms(&table), 30);
    c->entry.deadline = 130;
    forget_expired = true;
    order_table_tick(&table, 120, expire); /* both a and b: to forget one does not lose the next */
    assert_string_equal(replies, "1 refused late;2 refused late;");
    assert_ptr_equal(order_table_first(&table), c);
    assert_int_equal(order_table_next_ms(&table), 130);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_order_is_found_by_its_session),
        TEST(without_a_key_there_may_be_several_for_one_session),
        TEST(an_order_is_answered_once),
        TEST(another_order_for_the_same_session_has_an_answer_of_its_own),
        TEST(what_the_daemon_has_stays_in_memory_and_nowhere_else),
        TEST(there_is_a_limit),
        TEST(deadlines_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
