/* SPDX-License-Identifier: Apache-2.0 */
/* How long the resolver of this thread may take: less than resolv.conf says where that is needed, and as before later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <resolv.h>

#include "libmprapi/resolver.h"

static int begin(void **state)
{
    (void)state;
    return res_init();
}

static void is_as(int servers, int retrans, int retry)
{
    _res.nscount = servers;
    _res.retrans = retrans;
    _res.retry = retry;
}

/* In seconds, as res_send(3) goes about it: for a name as it stands, and for one that is searched for. */
static uint64_t worst_case(void)
{
    uint64_t all = 0;
    for (int attempt = 0; attempt < _res.retry; attempt++)
        all += (uint64_t)_res.nscount * ((uint64_t)_res.retrans << attempt);
    return 2 * all;
}

static void it_ends_within_the_limit(void **state)
{
    (void)state;
    for (uint64_t s = 6; s <= 120; s++) {
        for (int servers = 1; servers <= 3; servers++) {
            is_as(servers, 5, 2);
            struct resolver_settings was = resolver_limit(s * 1000);
            assert_true(worst_case() <= s);
            assert_true(_res.retrans >= 1 && _res.retry >= 1);
            resolver_restore(&was);
            assert_int_equal(_res.retrans, 5);
            assert_int_equal(_res.retry, 2);
        }
    }
}

static void each_server_has_a_second(void **state)
{
    (void)state;
    is_as(3, 5, 2);
    struct resolver_settings was = resolver_limit(1);
    assert_int_equal(_res.retrans, 1);
    assert_int_equal(_res.retry, 1);
    resolver_restore(&was);
}

static void two_attempts_where_there_is_time(void **state)
{
    (void)state;
    is_as(1, 5, 2);
    struct resolver_settings was = resolver_limit(12000);
    assert_int_equal(_res.retrans, 2);
    assert_int_equal(_res.retry, 2);
    resolver_restore(&was);
}

static void it_never_takes_longer_than_the_site_wants(void **state)
{
    (void)state;
    is_as(1, 3, 1);
    struct resolver_settings was = resolver_limit(3600 * 1000);
    assert_int_equal(_res.retrans, 3);
    assert_int_equal(_res.retry, 1);
    resolver_restore(&was);
}

static void who_has_time_enough_does_as_the_site_wants(void **state)
{
    (void)state;
    is_as(2, 1, 5);
    struct resolver_settings was = resolver_limit((uint64_t)worst_case() * 1000);
    assert_false(was.changed);
    assert_int_equal(_res.retrans, 1);
    assert_int_equal(_res.retry, 5);
    was = resolver_limit((uint64_t)worst_case() * 1000 - 1);
    assert_true(was.changed);
    resolver_restore(&was);
}

static void what_was_not_changed_is_not_restored(void **state)
{
    const struct resolver_settings nothing = {0};
    (void)state;
    is_as(1, 4, 3);
    resolver_restore(&nothing);
    assert_int_equal(_res.retrans, 4);
    assert_int_equal(_res.retry, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_within_the_limit),
        cmocka_unit_test(each_server_has_a_second),
        cmocka_unit_test(two_attempts_where_there_is_time),
        cmocka_unit_test(it_never_takes_longer_than_the_site_wants),
        cmocka_unit_test(who_has_time_enough_does_as_the_site_wants),
        cmocka_unit_test(what_was_not_changed_is_not_restored),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
