/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "rrasd/access.h"
#include "rrasd/ratelimit.h"

static enum access_role role_of(const struct access_rules *rules, uid_t uid, gid_t gid, gid_t group)
{
    struct caller caller = {.uid = uid, .gid = gid, .groups = &group, .n_groups = 1};
    return access_decide(rules, &caller);
}

static void with_nothing_configured_only_root_is_administrator(void **state)
{
    (void)state;
    struct access_rules none = {0};
    assert_int_equal(role_of(&none, 0, 0, 0), ACCESS_ADMINISTRATOR);
    assert_int_equal(role_of(&none, 1, 0, 0), ACCESS_NONE);
    assert_int_equal(role_of(&none, 1000, 1000, 1000), ACCESS_NONE);
}

static void the_highest_rule_that_fits_decides(void **state)
{
    (void)state;
    struct access_rules rules = {0};
    assert_int_equal(access_add(&rules, ACCESS_VIEWER, true, 100, "lookers"), 0);
    assert_int_equal(access_add(&rules, ACCESS_OPERATOR, true, 200, "doers"), 0);
    assert_int_equal(access_add(&rules, ACCESS_ADMINISTRATOR, false, 1000, "chief"), 0);
    assert_int_equal(role_of(&rules, 5, 100, 7), ACCESS_VIEWER);   /* by the primary group */
    assert_int_equal(role_of(&rules, 5, 7, 200), ACCESS_OPERATOR); /* by a supplementary one */
    assert_int_equal(role_of(&rules, 5, 200, 100), ACCESS_OPERATOR);
    assert_int_equal(role_of(&rules, 1000, 100, 200), ACCESS_ADMINISTRATOR);
    assert_int_equal(role_of(&rules, 5, 1000, 1000), ACCESS_NONE); /* a group is not a user of that number */
    assert_int_equal(role_of(&rules, 100, 7, 7), ACCESS_NONE);     /* nor the other way round */
    assert_string_equal(access_user_name(&rules, 1000), "chief");
    assert_string_equal(access_user_name(&rules, 0), "root");
    assert_null(access_user_name(&rules, 100));
    access_clear(&rules);
}

static void the_overflow_uid_never_has_a_role(void **state)
{
    (void)state;
    struct access_rules rules = {0};
    assert_int_equal(access_add(&rules, ACCESS_ADMINISTRATOR, false, ACCESS_OVERFLOW_ID, "nobody"), 0);
    assert_int_equal(access_add(&rules, ACCESS_VIEWER, true, 100, "lookers"), 0);
    assert_int_equal(role_of(&rules, ACCESS_OVERFLOW_ID, 100, 100), ACCESS_NONE);
    assert_int_equal(role_of(&rules, (uid_t)-1, 100, 100), ACCESS_NONE);
    access_clear(&rules);
}

static void the_overflow_group_gives_no_role(void **state)
{
    (void)state;
    struct access_rules rules = {0};
    assert_int_equal(access_add(&rules, ACCESS_ADMINISTRATOR, true, ACCESS_OVERFLOW_ID, "nogroup"), 0);
    assert_int_equal(access_add(&rules, ACCESS_VIEWER, true, 100, "lookers"), 0);
    assert_int_equal(role_of(&rules, 5, ACCESS_OVERFLOW_ID, ACCESS_OVERFLOW_ID), ACCESS_NONE);
    assert_int_equal(role_of(&rules, 5, ACCESS_OVERFLOW_ID, 100), ACCESS_VIEWER);
    access_clear(&rules);
}

static void each_role_may_do_what_the_one_below_may(void **state)
{
    (void)state;
    static const bool may[4][3] = {
        [ACCESS_NONE] = {false, false, false},
        [ACCESS_VIEWER] = {true, false, false},
        [ACCESS_OPERATOR] = {true, true, false},
        [ACCESS_ADMINISTRATOR] = {true, true, true},
    };
    for (unsigned role = ACCESS_NONE; role <= ACCESS_ADMINISTRATOR; role++) {
        assert_int_equal(access_allows((enum access_role)role, DIM_RIGHT_VIEW), may[role][0]);
        assert_int_equal(access_allows((enum access_role)role, DIM_RIGHT_DISCONNECT), may[role][1]);
        assert_int_equal(access_allows((enum access_role)role, DIM_RIGHT_ADMIN), may[role][2]);
    }
}

static void a_caller_is_who_the_kernel_says(void **state)
{
    (void)state;
    int pair[2];
    struct caller caller = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(caller_from_socket(&caller, pair[0]), 0);
    assert_int_equal(caller.uid, geteuid());
    assert_int_equal(caller.gid, getegid());
    assert_int_equal(caller.pid, getpid());
    assert_int_equal(caller.n_groups, getgroups(0, NULL));
    caller_clear(&caller);
    close(pair[0]);
    close(pair[1]);
    assert_true(caller_from_socket(&caller, -1) < 0);
}

static void a_caller_is_called_by_what_says_who_it_is(void **state)
{
    (void)state;
    char text[CALLER_TEXT_MAX];
    struct access_rules rules = {0};
    const struct caller local = {.uid = 1000, .pid = 77, .name = "not looked at", .address = "nor this"};
    struct caller remote = {.from = CALLER_PIPE, .uid = 1000, .name = "RAS\\olga\n", .address = "192.0.2.7\x1b"};
    assert_int_equal(access_add(&rules, ACCESS_VIEWER, false, 1000, "chief"), 0);
    assert_string_equal(caller_text(text, &local), "uid 1000 (pid 77)");
    assert_string_equal(caller_text(text, &remote), "RAS\\\\olga\\x0a at 192.0.2.7\\x1b (uid 1000)");
    remote.from = CALLER_TCP;
    remote.uid = (uid_t)-1;
    assert_string_equal(caller_text(text, &remote), "RAS\\\\olga\\x0a at 192.0.2.7\\x1b");
    const struct caller unknown = {.from = CALLER_TCP, .uid = (uid_t)-1, .address = "192.0.2.7"};
    assert_string_equal(caller_text(text, &unknown), "somebody at 192.0.2.7");
    assert_string_equal(access_caller_name(&rules, &local), "chief");
    assert_string_equal(access_caller_name(&rules, &remote), remote.name);
    assert_string_equal(caller_from_word(CALLER_LOCAL), "unix");
    assert_string_equal(caller_from_word(CALLER_PIPE), "pipe");
    assert_string_equal(caller_from_word(CALLER_TCP), "tcp");
    const struct caller nobody_yet = {.from = CALLER_PIPE};
    assert_string_equal(caller_text(text, &nobody_yet), "somebody (pipe)");
    /* At their longest, all of it escaped: it fits. */
    memset(remote.name, 1, sizeof remote.name - 1);
    memset(remote.address, 1, sizeof remote.address - 1);
    remote.uid = 4000000000u;
    const char *end = strrchr(caller_text(text, &remote), '(');
    assert_string_equal(end, "(uid 4000000000)");
    access_clear(&rules);
}

static void root_over_tcp_has_the_roles_that_he_is_given(void **state)
{
    (void)state;
    struct access_rules rules = {0};
    const struct caller root = {.from = CALLER_TCP, .uid = 0};
    assert_int_equal(access_decide(&rules, &root), ACCESS_NONE);
    assert_int_equal(access_add(&rules, ACCESS_VIEWER, false, 0, "root"), 0);
    assert_int_equal(access_decide(&rules, &root), ACCESS_VIEWER);
    access_clear(&rules);
}

static void a_caller_over_tcp_is_nobody_at_an_address(void **state)
{
    (void)state;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_in6 to = any;
    socklen_t n = sizeof to;
    struct caller caller;
    int l = socket(AF_INET6, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0);
    if (l < 0 || bind(l, (struct sockaddr *)&any, sizeof any) < 0) { /* no IPv6 in the kernel */
        close(c);
        skip();
    }
    assert_int_equal(listen(l, 1), 0);
    assert_int_equal(getsockname(l, (struct sockaddr *)&to, &n), 0);
    struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = to.sin6_port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(c, (struct sockaddr *)&four, sizeof four), 0);
    int fd = accept(l, NULL, NULL);
    assert_int_equal(caller_from_tcp(&caller, fd), 0);
    assert_string_equal(caller.address, "127.0.0.1"); /* as what it is, though it came to an IPv6 socket */
    assert_true(caller.uid == (uid_t)-1 && caller.role == ACCESS_NONE && caller.from == CALLER_TCP);
    assert_true(caller_from_tcp(&caller, -1) < 0);
    close(fd);
    close(c);
    close(l);
}

static void a_limited_log_counts_what_it_leaves_out(void **state)
{
    (void)state;
    struct ratelimit r = {.burst = 2, .interval_ms = 100};
    uint64_t missed = 99;
    assert_true(ratelimit_ok(&r, 1000, &missed));
    assert_int_equal(missed, 0);
    assert_true(ratelimit_ok(&r, 1001, &missed));
    assert_false(ratelimit_ok(&r, 1002, &missed));
    assert_false(ratelimit_ok(&r, 1099, &missed));
    assert_true(ratelimit_ok(&r, 1100, &missed));
    assert_int_equal(missed, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nothing_configured_only_root_is_administrator),
        cmocka_unit_test(the_highest_rule_that_fits_decides),
        cmocka_unit_test(the_overflow_uid_never_has_a_role),
        cmocka_unit_test(the_overflow_group_gives_no_role),
        cmocka_unit_test(each_role_may_do_what_the_one_below_may),
        cmocka_unit_test(a_caller_is_who_the_kernel_says),
        cmocka_unit_test(a_caller_is_called_by_what_says_who_it_is),
        cmocka_unit_test(root_over_tcp_has_the_roles_that_he_is_given),
        cmocka_unit_test(a_caller_over_tcp_is_nobody_at_an_address),
        cmocka_unit_test(a_limited_log_counts_what_it_leaves_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
