/* SPDX-License-Identifier: Apache-2.0 */
/* Users, texts and memory: what needs no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rassapi.h>

static size_t length(const WCHAR *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

/* ---- users ---- */

/* What a server says to good arguments is in real.py. Here nobody is there. */
static const WCHAR nobody[] = u"ncalrpc:[/nonexistent/socket]";

static void reading_a_user_takes_a_server(void **state)
{
    RAS_USER_0 user;

    (void)state;
    memset(&user, 0xff, sizeof user);
    assert_int_equal(RasAdminUserGetInfo(nobody, u"alice", &user), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(user.bfPrivilege, 0);
    assert_int_equal(user.szPhoneNumber[0], 0);
    assert_int_equal(RasAdminUserGetInfo(NULL, u"", &user), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminUserGetInfo(NULL, NULL, &user), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminUserGetInfo(NULL, u"alice", NULL), ERROR_INVALID_PARAMETER);
}

static DWORD set_user(BYTE privilege)
{
    RAS_USER_0 user = {.bfPrivilege = privilege, .szPhoneNumber = u"555 0100"};
    return RasAdminUserSetInfo(nobody, u"alice", &user);
}

static void changing_a_user_checks_the_privileges(void **state)
{
    (void)state;
    assert_int_equal(set_user(RASPRIV_NoCallback), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(set_user(RASPRIV_CallerSetCallback | RASPRIV_DialinPrivilege), RPC_S_SERVER_UNAVAILABLE);
    assert_int_equal(set_user(0), ERROR_INVALID_DATA);
    assert_int_equal(set_user(RASPRIV_DialinPrivilege), ERROR_INVALID_DATA);
    assert_int_equal(set_user(RASPRIV_NoCallback | RASPRIV_AdminSetCallback), ERROR_INVALID_DATA);
    assert_int_equal(set_user(RASPRIV_NoCallback | 0x10), ERROR_INVALID_DATA);
}

static void a_telephone_number_must_end(void **state)
{
    RAS_USER_0 user = {.bfPrivilege = RASPRIV_NoCallback};

    (void)state;
    for (size_t i = 0; i < RASSAPI_MAX_PHONENUMBER_SIZE; i++)
        user.szPhoneNumber[i] = u'5';
    assert_int_equal(RasAdminUserSetInfo(nobody, u"alice", &user), RPC_S_SERVER_UNAVAILABLE);
    user.szPhoneNumber[RASSAPI_MAX_PHONENUMBER_SIZE] = u'5';
    assert_int_equal(RasAdminUserSetInfo(NULL, u"alice", &user), NERR_BufTooSmall);
    assert_int_equal(RasAdminUserSetInfo(NULL, NULL, &user), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminUserSetInfo(NULL, u"", &user), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminUserSetInfo(NULL, u"alice", NULL), ERROR_INVALID_PARAMETER);
}

static void a_number_that_can_not_be_has_a_code_of_its_own(void **state)
{
    static const WCHAR bad[] = {u'\n', 0x7f, 0xd800, 0xdc00};
    RAS_USER_0 user = {.bfPrivilege = RASPRIV_AdminSetCallback, .szPhoneNumber = u"555 0100"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        user.szPhoneNumber[3] = bad[i];
        assert_int_equal(RasAdminUserSetInfo(nobody, u"alice", &user), ERROR_INVALID_CALLBACK_NUMBER);
    }
    user.bfPrivilege = 0;
    assert_int_equal(RasAdminUserSetInfo(nobody, u"alice", &user), ERROR_INVALID_DATA);
}

static void the_server_of_accounts_needs_a_domain_or_a_server(void **state)
{
    WCHAR server[18] = u"untouched";

    (void)state;
    assert_int_equal(RasAdminGetUserAccountServer(NULL, NULL, server), ERROR_INVALID_PARAMETER);
    assert_int_equal(server[0], 0);
    assert_int_equal(RasAdminGetUserAccountServer(u"", u"", server), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminGetUserAccountServer(u"WORK", NULL, NULL), ERROR_INVALID_PARAMETER);
    server[0] = u'x';
    assert_int_equal(RasAdminGetUserAccountServer(u"WORK", NULL, server), ERROR_NO_SUCH_DOMAIN);
    assert_int_equal(server[0], 0);
    server[0] = u'x';
    assert_int_equal(RasAdminGetUserAccountServer(NULL, u"gate", server), NERR_InvalidComputer);
    assert_int_equal(server[0], 0);
    assert_int_equal(RasAdminGetUserAccountServer(NULL, u"\\\\gate", server), ERROR_SUCCESS);
    assert_memory_equal(server, u"\\\\gate", 7 * sizeof(WCHAR));
}

/* ---- texts ---- */

static void codes_of_remote_access_have_a_sentence(void **state)
{
    static const UINT codes[] = {PENDING, ERROR_INVALID_PORT, ERROR_PORT_NOT_CONNECTED, ERROR_INVALID_CALLBACK_NUMBER};
    WCHAR text[512];

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(RasAdminGetErrorString(codes[i], text, 512), ERROR_SUCCESS);
        assert_true(length(text) > 10);
    }
}

static void other_numbers_have_none(void **state)
{
    static const UINT codes[] = {0, 5, 599, 899, 903, 1722, 2221, UINT32_MAX};
    WCHAR text[512];

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        text[0] = u'x';
        assert_int_equal(RasAdminGetErrorString(codes[i], text, 512), ERROR_INVALID_PARAMETER);
        assert_int_equal(text[0], 0);
    }
    assert_int_equal(RasAdminGetErrorString(ERROR_INVALID_PORT, NULL, 512), ERROR_INVALID_PARAMETER);
}

/* The buffer is exactly as large as is said, so that the sanitizer sees a character too many. */
static void a_sentence_fits_or_is_not_there(void **state)
{
    WCHAR text[512], untouched = u'x';

    (void)state;
    assert_int_equal(RasAdminGetErrorString(ERROR_INVALID_PORT, text, 512), ERROR_SUCCESS);
    DWORD n = (DWORD)length(text) + 1;
    WCHAR *small = malloc(n * sizeof *small);
    assert_non_null(small);
    assert_int_equal(RasAdminGetErrorString(ERROR_INVALID_PORT, small, n), ERROR_SUCCESS);
    assert_memory_equal(small, text, n * sizeof *small);
    assert_int_equal(RasAdminGetErrorString(ERROR_INVALID_PORT, small, n - 1), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(small[0], 0);
    free(small);
    assert_int_equal(RasAdminGetErrorString(ERROR_INVALID_PORT, &untouched, 0), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(untouched, u'x');
}

/* ---- memory ---- */

static void what_is_no_buffer_is_not_freed(void **state)
{
    int mine;

    (void)state;
    assert_int_equal(RasAdminFreeBuffer(NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(RasAdminFreeBuffer(&mine), ERROR_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_a_user_takes_a_server),
        cmocka_unit_test(changing_a_user_checks_the_privileges),
        cmocka_unit_test(a_telephone_number_must_end),
        cmocka_unit_test(a_number_that_can_not_be_has_a_code_of_its_own),
        cmocka_unit_test(the_server_of_accounts_needs_a_domain_or_a_server),
        cmocka_unit_test(codes_of_remote_access_have_a_sentence),
        cmocka_unit_test(other_numbers_have_none),
        cmocka_unit_test(a_sentence_fits_or_is_not_there),
        cmocka_unit_test(what_is_no_buffer_is_not_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
