/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/pppd/wake.h"

static volatile sig_atomic_t woken, overdue;

static void on_wake(bool is_overdue)
{
    woken++;
    overdue += is_overdue;
}

static void other(int number)
{
    (void)number;
}

static int set_all(void (*handler)(int))
{
    for (int n = SIGRTMIN; n <= SIGRTMAX; n++) {
        if (signal(n, handler) == SIG_ERR)
            return -1;
    }
    return 0;
}

static void without_a_free_signal_none_is_raised(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(set_all(other), 0);
    assert_int_equal(wake_begin(on_wake), -EBUSY);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(wake_watch(pair[0]), 0);
    assert_int_equal(fcntl(pair[0], F_GETFL) & O_ASYNC, 0);
    close(pair[0]);
    close(pair[1]);
    assert_int_equal(set_all(SIG_DFL), 0);
}

static void a_word_wakes_but_not_while_it_is_held_away(void **state)
{
    (void)state;
    int pair[2];
    sigset_t before, inner;
    assert_int_equal(signal(SIGRTMAX, other) == SIG_DFL, true); /* somebody else's */
    assert_int_equal(wake_begin(on_wake), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(wake_watch(pair[0]), 0);
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(woken, 1);
    wake_hold(&before);
    wake_hold(&inner);
    assert_int_equal(write(pair[1], "x", 1), 1);
    wake_restore(&inner);
    assert_int_equal(woken, 1);
    wake_restore(&before);
    assert_int_equal(woken, 2);
    close(pair[0]);
    close(pair[1]);
}

static void a_deadline_comes_unless_it_is_called_off(void **state)
{
    (void)state;
    overdue = 0;
    wake_deadline(60000);
    wake_deadline(0);
    wake_deadline(1);
    for (int i = 0; i < 20000 && overdue == 0; i++)
        usleep(1000);
    assert_int_equal(overdue, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_free_signal_none_is_raised),
        cmocka_unit_test(a_word_wakes_but_not_while_it_is_held_away),
        cmocka_unit_test(a_deadline_comes_unless_it_is_called_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
