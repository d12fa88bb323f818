/* SPDX-License-Identifier: Apache-2.0 */
/* Functions about domains, on a machine that is in none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <mprapi.h>

static void the_accounts_of_a_server_are_its_own(void **state)
{
    static const struct {
        const WCHAR *domain, *server;
        DWORD code;
    } cases[] = {
        {NULL, u"\\\\GATE", NO_ERROR},
        {u"", u"\\\\GATE", NO_ERROR},
        {NULL, u"\\\\A", NO_ERROR},
        {NULL, u"\\\\ABCDEFGHIJKLMNO", NO_ERROR},
        {NULL, u"\\\\ABCDEFGHIJKLMNOP", NERR_InvalidComputer}, /* no room for it */
        {NULL, u"\\\\", NERR_InvalidComputer},
        {NULL, u"GATE", NERR_InvalidComputer},
        {NULL, u"\\GATE", NERR_InvalidComputer},
        {NULL, u"\\\\GATE\\share", NERR_InvalidComputer},
        {u"WORK", NULL, ERROR_NO_SUCH_DOMAIN},
        {u"WORK", u"\\\\GATE", ERROR_NO_SUCH_DOMAIN},
        {NULL, NULL, ERROR_INVALID_PARAMETER},
        {u"", u"", ERROR_INVALID_PARAMETER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WCHAR name[UNCLEN + 2];
        for (size_t k = 0; k < UNCLEN + 2; k++)
            name[k] = u'#';
        assert_int_equal(MprAdminGetPDCServer(cases[i].domain, cases[i].server, name), cases[i].code);
        assert_int_equal(name[UNCLEN + 1], u'#');
        size_t k = 0;
        while (cases[i].code == NO_ERROR && cases[i].server[k]) {
            assert_int_equal(name[k], cases[i].server[k]);
            k++;
        }
        assert_int_equal(name[k], 0);
    }
    assert_int_equal(MprAdminGetPDCServer(NULL, u"\\\\GATE", NULL), ERROR_INVALID_PARAMETER);
}

static void there_is_no_domain(void **state)
{
    WCHAR domain[] = u"WORK", machine[] = u"GATE", nothing[] = u"";
    BOOL is = 7;

    (void)state;
    assert_int_equal(MprAdminIsDomainRasServer(domain, machine, &is), ERROR_NO_SUCH_DOMAIN);
    assert_int_equal(is, FALSE);
    is = 7;
    assert_int_equal(MprAdminIsDomainRasServer(NULL, machine, &is), ERROR_INVALID_PARAMETER);
    assert_int_equal(is, FALSE);
    assert_int_equal(MprAdminIsDomainRasServer(domain, nothing, &is), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminIsDomainRasServer(domain, machine, NULL), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminEstablishDomainRasServer(domain, machine, TRUE), ERROR_NO_SUCH_DOMAIN);
    assert_int_equal(MprAdminEstablishDomainRasServer(domain, machine, FALSE), ERROR_NO_SUCH_DOMAIN);
    assert_int_equal(MprAdminEstablishDomainRasServer(domain, NULL, TRUE), ERROR_INVALID_PARAMETER);
    assert_int_equal(MprAdminEstablishDomainRasServer(nothing, machine, TRUE), ERROR_INVALID_PARAMETER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_accounts_of_a_server_are_its_own),
        cmocka_unit_test(there_is_no_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
