/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order.c against a server that answers by table: each handle's low byte says which code its order gets.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include "tests/rasadmin/unit.h"

#include "rasadmin/client.h"
#include "rasadmin/order.h"
#include "rasadmin/rasadmin.h"

#define N 200

static atomic_uint calls;
static uint32_t codes[N + 1]; /* by handle */

uint32_t client_port_disconnect(MPR_SERVER_HANDLE server, uint32_t handle)
{
    (void)server;
    atomic_fetch_add(&calls, 1);
    return codes[handle];
}

/* What PortGetInfo shows of each port, look by look. */
static struct port shown[N + 1];
static uint32_t look_code;
static unsigned looks, back_after;

uint32_t client_port(MPR_SERVER_HANDLE server, uint32_t handle, struct arena *arena, struct port *ret)
{
    (void)server;
    (void)arena;
    looks++;
    if (look_code && looks > back_after)
        look_code = NO_ERROR;
    if (look_code)
        return look_code;
    *ret = shown[handle];
    return NO_ERROR;
}

/* How long the server says that it runs. */
static uint32_t up_seconds;

uint32_t client_status(MPR_SERVER_HANDLE server, struct server_status *ret)
{
    (void)server;
    *ret = (struct server_status){.up_seconds = up_seconds};
    return NO_ERROR;
}

static struct port ports[N];
static struct order orders[N];
static uint64_t began_ms;

static void wait_for(size_t n, uint64_t ms, bool may_return)
{
    const struct order_wait w = {
        .ms = ms, .may_return = may_return, .before = {.known = true, .up_seconds = 1000, .at_ms = began_ms}};
    orders_wait(NULL, orders, n, &w);
}

static int begin(void **state)
{
    (void)state;
    memset(orders, 0, sizeof orders);
    memset(codes, 0, sizeof codes);
    for (size_t i = 0; i < N; i++) {
        ports[i] = (struct port){
            .handle = (uint32_t)i + 1, .connection = 7, .condition = CONDITION_AUTHENTICATED, .name = "p"};
        shown[i + 1] = ports[i];
        orders[i].port = &ports[i];
    }
    atomic_store(&calls, 0);
    look_code = NO_ERROR;
    looks = back_after = 0;
    up_seconds = 1000;
    began_ms = server_run_now(NULL).at_ms;
    return 0;
}

static void each_order_is_given_once(void **state)
{
    (void)state;
    orders_give(NULL, orders, N);
    assert_int_equal(atomic_load(&calls), N);
    struct order_sum s = orders_sum(orders, N);
    assert_int_equal(s.matched, N);
    assert_int_equal(s.asked, N);
    assert_int_equal(s.confirmed + s.failed + s.unconfirmed + s.not_given, 0);
    assert_int_equal(orders_exit(orders, N), EXIT_DONE);
}

static void a_lost_server_is_not_asked_again_and_again(void **state)
{
    (void)state;
    for (size_t i = 0; i <= N; i++)
        codes[i] = RPC_S_SERVER_UNAVAILABLE;
    orders_give(NULL, orders, N);
    assert_true(atomic_load(&calls) <= 8); /* one for each worker at most */
    assert_int_equal(orders_sum(orders, N).failed, N);
    assert_int_equal(orders[N - 1].code, RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(orders_exit(orders, N), EXIT_UNREACHABLE);
}

static void one_refusal_does_not_stop_the_others(void **state)
{
    (void)state;
    codes[1] = ERROR_GEN_FAILURE;
    codes[2] = ERROR_INVALID_PARAMETER;
    orders_give(NULL, orders, N);
    assert_int_equal(atomic_load(&calls), N);
    assert_int_equal(orders_sum(orders, N).failed, 2);
    assert_int_equal(orders_exit(orders, N), EXIT_PARTLY);
}

/* Orders with these codes, alone or together, give this exit code. */
static void the_exit_code_says_it_all(void **state)
{
    (void)state;
    static const struct {
        uint32_t a, b;
        int exit;
    } table[] = {
        {0, 0, EXIT_DONE},
        {5, 5, EXIT_DENIED},
        {0, 5, EXIT_PARTLY},
        {5, 31, EXIT_OTHER},
        {21, 21, EXIT_OTHER},
        {87, 87, EXIT_NOT_FOUND},
        {87, 606, EXIT_NOT_FOUND},
        {601, 606, EXIT_NOT_FOUND},
        {1460, 1460, EXIT_UNCONFIRMED},
        {0, 1460, EXIT_UNCONFIRMED},
        {1460, 31, EXIT_PARTLY},
        {1726, 1726, EXIT_UNCONFIRMED},
        {1727, 1727, EXIT_UNREACHABLE},
        {1722, 1722, EXIT_UNREACHABLE},
        {903, 903, EXIT_OTHER},
        {99999, 99999, EXIT_OTHER},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        begin(NULL);
        codes[1] = table[i].a;
        codes[2] = table[i].b;
        orders_give(NULL, orders, 2);
        assert_int_equal(orders_exit(orders, 2), table[i].exit);
    }
}

static void gone_is_what_is_idle_or_another(void **state)
{
    (void)state;
    const struct port before = A_PORT(.handle = 5, .connection = 7, .condition = CONDITION_AUTHENTICATED, .name = "");
    struct port now = before;
    assert_false(session_is_gone(&before, &now));
    now.condition = CONDITION_DISCONNECTED; /* on its way */
    assert_false(session_is_gone(&before, &now));
    now.condition = CONDITION_NON_OPERATIONAL; /* the driver is away: nobody knows */
    assert_false(session_is_gone(&before, &now));
    now = before;
    now.handle = 6;
    assert_true(session_is_gone(&before, &now));
    now = before;
    now.connection = 8;
    assert_true(session_is_gone(&before, &now));
    now = before;
    now.connection = 0;
    now.condition = CONDITION_LISTENING;
    assert_true(session_is_gone(&before, &now));
    /* A client that was still on its way in had no connection. */
    const struct port early = A_PORT(.handle = 5, .condition = CONDITION_AUTHENTICATING, .name = "");
    now = early;
    assert_false(session_is_gone(&early, &now));
    now.condition = CONDITION_NON_OPERATIONAL;
    assert_false(session_is_gone(&early, &now));
    now.condition = CONDITION_LISTENING;
    assert_true(session_is_gone(&early, &now));
}

static void waiting_confirms_what_it_sees(void **state)
{
    (void)state;
    codes[2] = ERROR_TIMEOUT; /* the order stands */
    codes[3] = ERROR_GEN_FAILURE;
    shown[1].handle = 1001;
    shown[2].connection = 0;
    shown[2].condition = CONDITION_LISTENING;
    orders_give(NULL, orders, 4);
    wait_for(4, 50, true);
    assert_int_equal(orders[0].result, ORDER_CONFIRMED);
    assert_int_equal(orders[1].result, ORDER_CONFIRMED);
    assert_int_equal(orders[2].result, ORDER_FAILED);
    assert_int_equal(orders[3].result, ORDER_UNCONFIRMED);
    assert_true(orders[3].still_up);
}

static void a_server_may_come_back_while_waiting(void **state)
{
    (void)state;
    shown[1].handle = 1001;
    look_code = RPC_S_SERVER_UNAVAILABLE;
    back_after = 3;
    orders_give(NULL, orders, 1);
    wait_for(1, 3600000, true);
    assert_int_equal(orders[0].result, ORDER_CONFIRMED);
    assert_int_equal(looks, 4);
}

static void a_server_that_numbers_its_ports_anew_confirms_nothing(void **state)
{
    (void)state;
    shown[1].handle = 1001;
    shown[2].connection = 0;
    shown[2].condition = CONDITION_LISTENING; /* under its old handle: that restart was clean */
    up_seconds = 3;
    orders_give(NULL, orders, 2);
    wait_for(2, 3600000, true);
    assert_int_equal(orders[0].result, ORDER_UNCONFIRMED);
    assert_true(orders[0].lost);
    assert_false(orders[0].still_up);
    assert_int_equal(orders[1].result, ORDER_CONFIRMED);
    assert_int_equal(orders_exit(orders, 2), EXIT_UNCONFIRMED);
}

static void a_server_that_goes_on_is_not_taken_for_another(void **state)
{
    (void)state;
    shown[1].handle = 1001;
    up_seconds = 999 + 7; /* seven seconds have gone by, and rounding takes one */
    began_ms -= 7000;
    orders_give(NULL, orders, 1);
    wait_for(1, 3600000, true);
    assert_int_equal(orders[0].result, ORDER_CONFIRMED);
}

static void a_server_that_cannot_come_back_is_not_waited_for(void **state)
{
    (void)state;
    look_code = RPC_S_SERVER_UNAVAILABLE;
    back_after = UINT32_MAX;
    orders_give(NULL, orders, 1);
    wait_for(1, 3600000, false);
    assert_int_equal(orders[0].result, ORDER_UNCONFIRMED);
    assert_int_equal(looks, 1);
}

static void an_order_that_was_given_up_is_not_waited_for(void **state)
{
    (void)state;
    orders_give(NULL, orders, 1);
    orders[0].ending = true; /* seen before */
    wait_for(1, 3600000, true);
    assert_int_equal(orders[0].result, ORDER_UNCONFIRMED);
    assert_true(orders[0].given_up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_order_is_given_once, begin),
        cmocka_unit_test_setup(a_lost_server_is_not_asked_again_and_again, begin),
        cmocka_unit_test_setup(one_refusal_does_not_stop_the_others, begin),
        cmocka_unit_test_setup(the_exit_code_says_it_all, begin),
        cmocka_unit_test_setup(gone_is_what_is_idle_or_another, begin),
        cmocka_unit_test_setup(waiting_confirms_what_it_sees, begin),
        cmocka_unit_test_setup(a_server_may_come_back_while_waiting, begin),
        cmocka_unit_test_setup(a_server_that_numbers_its_ports_anew_confirms_nothing, begin),
        cmocka_unit_test_setup(a_server_that_goes_on_is_not_taken_for_another, begin),
        cmocka_unit_test_setup(a_server_that_cannot_come_back_is_not_waited_for, begin),
        cmocka_unit_test_setup(an_order_that_was_given_up_is_not_waited_for, begin),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
