/* SPDX-License-Identifier: Apache-2.0 */
/* MprAdminUserGetInfo and MprAdminUserSetInfo against a server that behaves, and one that lies. */
#include "rrasx_calls.h"

#include <time.h>

static struct echo e;
static struct fake_server *f;

static int begin(void **state)
{
    (void)state;
    f = calls_start(&e, POLITE);
    return 0;
}

static int end(void **state)
{
    (void)state;
    calls_stop(f, &e, NULL);
    return 0;
}

/* ---- getting ---- */

static OPENRRAS_USER kept = {.pszUser = "CORP\\andr\xc3\xa9",
                             .fPermitted = TRUE,
                             .dwCallback = RASPRIV_AdminSetCallback,
                             .pszNumber = "+49 \xe2\x98\x8e",
                             .fAdmitted = TRUE};

static void assert_zeros_behind(const WCHAR *s, size_t n, size_t units)
{
    for (size_t i = n; i < units; i++)
        assert_int_equal(s[i], 0);
}

static void a_user_comes_at_both_levels(void **state)
{
    RAS_USER_0 user0;
    RAS_USER_1 user1;
    (void)state;
    e.reply = &kept;
    memset(&user0, 0x5a, sizeof user0);
    memset(&user1, 0x5a, sizeof user1);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"CORP\\andr\u00e9", 0, (LPBYTE)&user0), NO_ERROR);
    echo_assert_asked(&e, RRASX_USER_GET, &(struct rrasx_user_request){"CORP\\andr\xc3\xa9"});
    assert_int_equal(user0.bfPrivilege, RASPRIV_AdminSetCallback | RASPRIV_DialinPrivilege);
    assert_memory_equal(user0.wszPhoneNumber, u"+49 \u260e", 6 * sizeof(WCHAR));
    assert_zeros_behind(user0.wszPhoneNumber, 6, MAX_PHONE_NUMBER_LEN + 1);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"CORP\\andr\u00e9", 1, (LPBYTE)&user1), NO_ERROR);
    assert_int_equal(user1.bfPrivilege, RASPRIV_AdminSetCallback | RASPRIV_DialinPrivilege);
    assert_int_equal(user1.bfPrivilege2, 0);
    assert_memory_equal(user1.wszPhoneNumber, user0.wszPhoneNumber, sizeof user0.wszPhoneNumber);
}

/* Level 1 tells what is kept, level 0 what comes of it. */
static void the_policy_has_its_place_at_level_1_only(void **state)
{
    OPENRRAS_USER user = {.dwCallback = RASPRIV_NoCallback, .fByPolicy = TRUE};
    RAS_USER_0 user0;
    RAS_USER_1 user1;
    (void)state;
    e.reply = &user;
    for (int permitted = 0; permitted < 2; permitted++) {
        for (int admitted = 0; admitted < 2; admitted++) {
            user.fPermitted = permitted;
            user.fAdmitted = admitted;
            assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 0, (LPBYTE)&user0), NO_ERROR);
            assert_int_equal(user0.bfPrivilege, RASPRIV_NoCallback | (admitted ? RASPRIV_DialinPrivilege : 0));
            assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 1, (LPBYTE)&user1), NO_ERROR);
            assert_int_equal(user1.bfPrivilege, RASPRIV_NoCallback | (permitted ? RASPRIV_DialinPrivilege : 0));
            assert_int_equal(user1.bfPrivilege2, RASPRIV2_DialinPolicy);
        }
    }
}

/* The buffer is exactly as large as its level says, so that the sanitizer sees a byte too many. */
static void no_more_is_written_than_the_level_has(void **state)
{
    BYTE *small = malloc(sizeof(RAS_USER_0));
    (void)state;
    assert_non_null(small);
    e.reply = &kept;
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 0, small), NO_ERROR);
    assert_int_equal(MprAdminUserSetInfo(fake_name(f), u"a", 0, small), NO_ERROR);
    free(small);
}

static void a_failure_leaves_the_buffer_as_it_is(void **state)
{
    static const DWORD codes[] = {ERROR_NO_SUCH_USER, ERROR_DS_SERVER_DOWN, ERROR_DS_OPERATIONS_ERROR, ERROR_TIMEOUT,
                                  RPC_S_SERVER_TOO_BUSY};
    RAS_USER_1 user, before;
    (void)state;
    memset(&user, 0x5a, sizeof user);
    before = user;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        e.code = codes[i];
        assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 1, (LPBYTE)&user), codes[i]);
        assert_memory_equal(&user, &before, sizeof user);
    }
    e.code = ERROR_NO_SUCH_USER;
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 1, (LPBYTE)&user), ERROR_NO_SUCH_USER);
    assert_true(calls_detail("have no \"a\"")); /* the sentence outlives the connection */
    e.deny = true;
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 0, (LPBYTE)&user), ERROR_ACCESS_DENIED);
    assert_memory_equal(&user, &before, sizeof user);
}

/* It would not be one of the three for the caller's switch. */
static void an_answer_without_one_kind_of_callback_is_1783(void **state)
{
    static const DWORD kinds[] = {0, 3, 5, 7, RASPRIV_DialinPrivilege, 0x101, 0x80000001};
    OPENRRAS_USER user = kept;
    RAS_USER_1 got = {.bfPrivilege = 0x5a};
    (void)state;
    e.reply = &user;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        user.dwCallback = kinds[i];
        assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 1, (LPBYTE)&got), RPC_X_BAD_STUB_DATA);
        assert_int_equal(got.bfPrivilege, 0x5a);
    }
}

/* 128 characters of three bytes fit; what does not is cut on a whole character. */
static void a_number_fits_whatever_the_server_says(void **state)
{
    char number[RRASX_NUMBER_MAX + 1];
    OPENRRAS_USER user = kept;
    RAS_USER_0 got;
    (void)state;
    e.reply = &user;
    user.pszNumber = number;
    memset(number, '5', RRASX_NUMBER_MAX);
    number[RRASX_NUMBER_MAX] = '\0';
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 0, (LPBYTE)&got), NO_ERROR);
    assert_int_equal(got.wszPhoneNumber[MAX_PHONE_NUMBER_LEN - 1], u'5');
    assert_int_equal(got.wszPhoneNumber[MAX_PHONE_NUMBER_LEN], 0);
}

/* ---- setting ---- */

static void everything_is_set_at_once(void **state)
{
    RAS_USER_1 user = {.bfPrivilege = RASPRIV_CallerSetCallback | RASPRIV_DialinPrivilege,
                       .wszPhoneNumber = u"5\u00b2",
                       .bfPrivilege2 = RASPRIV2_DialinPolicy};
    (void)state;
    assert_int_equal(MprAdminUserSetInfo(fake_name(f), u"bob", 1, (LPBYTE)&user), NO_ERROR);
    echo_assert_asked(&e, RRASX_USER_SET,
                      &(struct rrasx_user_set_request){"bob", "5\xc2\xb2", TRUE, TRUE, RASPRIV_CallerSetCallback, 0});
    user.bfPrivilege = RASPRIV_NoCallback;
    user.wszPhoneNumber[0] = 0;
    assert_int_equal(MprAdminUserSetInfo(fake_name(f), u"bob", 0, (LPBYTE)&user), NO_ERROR); /* has no policy */
    echo_assert_asked(&e, RRASX_USER_SET,
                      &(struct rrasx_user_set_request){.user = "bob", .callback = RASPRIV_NoCallback});
    e.code = ERROR_NO_SUCH_USER;
    assert_int_equal(MprAdminUserSetInfo(fake_name(f), u"bob", 0, (LPBYTE)&user), ERROR_NO_SUCH_USER);
}

static DWORD set(LPCWSTR name, DWORD level, const RAS_USER_1 *user)
{
    return MprAdminUserSetInfo(fake_name(f), name, level, (LPBYTE)(uintptr_t)user);
}

static void wrong_arguments_are_not_sent(void **state)
{
    const BYTE bad[] = {0, RASPRIV_DialinPrivilege, RASPRIV_NoCallback | RASPRIV_AdminSetCallback, 0x11, 0x81};
    RAS_USER_1 user = {.bfPrivilege = RASPRIV_NoCallback};
    WCHAR name[UNLEN + 2];
    (void)state;
    for (size_t i = 0; i < UNLEN + 1; i++)
        name[i] = u'n';
    name[UNLEN + 1] = 0;
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 2, (LPBYTE)&user), ERROR_INVALID_LEVEL);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a", 0, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), NULL, 0, (LPBYTE)&user), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"", 0, (LPBYTE)&user), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), name, 0, (LPBYTE)&user), ERROR_INVALID_PARAMETER);
    assert_true(calls_detail("longer than 256"));
    static const WCHAR lone_high[] = {u'a', 0xd800, u'b', 0}, lone_low[] = {0xdc00, 0}, last_high[] = {u'a', 0xd83d, 0};
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), lone_high, 0, (LPBYTE)&user), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), lone_low, 0, (LPBYTE)&user), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), last_high, 0, (LPBYTE)&user), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminUserGetInfo(fake_name(f), u"a\nb", 0, (LPBYTE)&user), ERROR_INVALID_PARAMETER);
    assert_int_equal(set(name, 1, &user), ERROR_INVALID_PARAMETER);
    assert_int_equal(set(u"a", 1, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(set(u"a", 2, &user), ERROR_INVALID_LEVEL);
    for (size_t i = 0; i < sizeof bad; i++) {
        user.bfPrivilege = bad[i];
        assert_int_equal(set(u"a", 0, &user), ERROR_INVALID_DATA);
        assert_int_equal(set(u"a", 1, &user), ERROR_INVALID_DATA);
    }
    user.bfPrivilege = RASPRIV_NoCallback;
    user.bfPrivilege2 = 2;
    assert_int_equal(set(u"a", 1, &user), ERROR_INVALID_DATA);
    user.bfPrivilege2 = 0;
    user.wszPhoneNumber[0] = 0x1b;
    assert_int_equal(set(u"a", 1, &user), ERROR_INVALID_DATA);
    for (size_t i = 0; i < MAX_PHONE_NUMBER_LEN + 1; i++)
        user.wszPhoneNumber[i] = u'5'; /* does not end */
    assert_int_equal(set(u"a", 1, &user), ERROR_INVALID_DATA);
    assert_true(calls_detail("does not end"));
    user.wszPhoneNumber[MAX_PHONE_NUMBER_LEN] = 0;
    assert_int_equal(fake_connections(f), 0);
    assert_int_equal(set(u"a", 1, &user), NO_ERROR); /* the longest */
}

/* A surrogate pair is one character, and the longest name and number travel whole. */
static void the_longest_texts_travel_whole(void **state)
{
    RAS_USER_1 user = {.bfPrivilege = RASPRIV_NoCallback};
    WCHAR name[UNLEN + 1] = {0};
    char number[4 * 64 + 1], utf8[UNLEN / 2 * 4 + 1];
    (void)state;
    for (size_t i = 0; i < MAX_PHONE_NUMBER_LEN; i += 2) {
        user.wszPhoneNumber[i] = 0xd83d;
        user.wszPhoneNumber[i + 1] = 0xdcde;
        memcpy(number + 2 * i, "\xf0\x9f\x93\x9e", 5);
    }
    for (size_t i = 0; i < UNLEN; i += 2) {
        name[i] = 0xd83d;
        name[i + 1] = 0xdcde;
        memcpy(utf8 + 2 * i, "\xf0\x9f\x93\x9e", 5);
    }
    assert_int_equal(set(name, 1, &user), NO_ERROR);
    echo_assert_asked(&e, RRASX_USER_SET,
                      &(struct rrasx_user_set_request){.user = utf8, .number = number, .callback = RASPRIV_NoCallback});
    for (size_t i = 0; i < UNLEN; i++)
        name[i] = 0x20ac; /* three bytes each: more than a user's name has anywhere */
    assert_int_equal(set(name, 1, &user), ERROR_INVALID_PARAMETER);
    assert_true(calls_detail("longer than 512 bytes"));
}

/* ---- the server ---- */

static void the_server_is_named_as_for_connecting(void **state)
{
    RAS_USER_1 user = {.bfPrivilege = RASPRIV_NoCallback};
    WCHAR bad[] = u"no:such[name]";
    (void)state;
    e.reply = &kept;
    assert_int_equal(setenv("OPENRRAS_SOCKET", fake_path(f), 1), 0);
    assert_int_equal(MprAdminUserGetInfo(NULL, u"a", 1, (LPBYTE)&user), NO_ERROR);
    assert_int_equal(MprAdminUserGetInfo(u"", u"a", 1, (LPBYTE)&user), NO_ERROR);
    assert_int_equal(setenv("OPENRRAS_SOCKET", "/nonexistent/socket", 1), 0);
    assert_int_equal(MprAdminUserGetInfo(NULL, u"a", 1, (LPBYTE)&user), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(MprAdminUserSetInfo(NULL, u"a", 1, (LPBYTE)&user), RPC_S_SERVER_UNAVAILABLE);
    assert_true(calls_detail("/nonexistent/socket"));
    assert_int_equal(MprAdminUserGetInfo(bad, u"a", 1, (LPBYTE)&user), RPC_S_INVALID_BINDING);
    assert_int_equal(unsetenv("OPENRRAS_SOCKET"), 0);
    /* Each call takes its own with it; the server's thread notices that by and by. */
    for (unsigned i = 0; fake_open_connections(f) > 0; i++) {
        assert_true(i < 10000);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

/* One that has fewer operations, and one that is not ours at all. */
static void an_older_server_says_that_it_can_not(void **state)
{
    RAS_USER_1 user = {.bfPrivilege = RASPRIV_NoCallback};
    (void)state;
    for (int ours = 0; ours < 2; ours++) {
        struct fake_server *old = fake_start(
            &(struct fake_config){.n_ports = 1, .rrasx = ours ? &e.backend : NULL, .rrasx_opnums = RRASX_USER_GET});
        assert_int_equal(MprAdminUserGetInfo(fake_name(old), u"a", 1, (LPBYTE)&user), ERROR_NOT_SUPPORTED);
        assert_int_equal(MprAdminUserSetInfo(fake_name(old), u"a", 1, (LPBYTE)&user), ERROR_NOT_SUPPORTED);
        assert_true(calls_detail("older"));
        fake_stop(old);
    }
}

/* Setting is an order: when the connection is lost nobody knows, and it is not sent again. */
static void setting_is_never_sent_twice(void **state)
{
    RAS_USER_1 user = {.bfPrivilege = RASPRIV_NoCallback};
    struct fake_server *rude = fake_start(
        &(struct fake_config){.script = {CLOSES_ON_REQUEST, POLITE}, .n_script = 2, .n_ports = 1, .rrasx = &e.backend});
    (void)state;
    assert_int_equal(MprAdminUserSetInfo(fake_name(rude), u"a", 1, (LPBYTE)&user), RPC_S_CALL_FAILED);
    assert_int_equal(fake_requests(rude), 1);
    fake_stop(rude);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_user_comes_at_both_levels),
        T(the_policy_has_its_place_at_level_1_only),
        T(no_more_is_written_than_the_level_has),
        T(a_failure_leaves_the_buffer_as_it_is),
        T(an_answer_without_one_kind_of_callback_is_1783),
        T(a_number_fits_whatever_the_server_says),
        T(everything_is_set_at_once),
        T(wrong_arguments_are_not_sent),
        T(the_longest_texts_travel_whole),
        T(the_server_is_named_as_for_connecting),
        T(an_older_server_says_that_it_can_not),
        T(setting_is_never_sent_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
