/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rest of the error matrix: functions that need no server, or only the name of one, and codes that this project's
 * server never says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_server.h"
#include "matrix.h"

#define FAULT_NO_SUCH_OPNUM 0x1c010002u /* nca_op_rng_error: the server is older than the function */

/* ---- functions that need no server ---- */

static WCHAR nobody[] = u"ncalrpc:[/nonexistent/rrasd.sock]", no_name[] = u"ncalrpc:[relative]";
static WCHAR domain[] = u"CORP", machine[] = u"vpn1", empty[] = u"";

/* A call with everything that its page says about failures: a pointer becomes NULL, a number 0. */
struct local {
    const char *name, *what;
    DWORD (*call)(void);
    DWORD code;
};

static DWORD connect_no_result(void)
{
    return MprAdminServerConnect(NULL, NULL);
}

static DWORD connect_to(LPWSTR name)
{
    MPR_SERVER_HANDLE h = (MPR_SERVER_HANDLE)name;
    DWORD code = MprAdminServerConnect(name, &h);

    assert_null(h);
    return code;
}

static DWORD connect_bad_name(void)
{
    return connect_to(no_name);
}

static DWORD connect_nobody(void)
{
    return connect_to(nobody);
}

static DWORD connect_other_interface(void)
{
    struct fake_server *f = fake_start(&(struct fake_config){.other_interface = true});
    DWORD code = connect_to(fake_name(f));

    fake_stop(f);
    return code;
}

static DWORD disconnect_nothing(void)
{
    int garbage;

    MprAdminServerDisconnect(NULL);
    MprAdminServerDisconnect((MPR_SERVER_HANDLE)&garbage);
    MprAdminServerDisconnect(INVALID_HANDLE_VALUE);
    return NO_ERROR;
}

static DWORD running_nobody(void)
{
    return (DWORD)MprAdminIsServiceRunning(nobody);
}

static DWORD running_bad_name(void)
{
    return (DWORD)MprAdminIsServiceRunning(no_name);
}

static DWORD initialized_to(LPWSTR name)
{
    BOOL ready = TRUE;
    DWORD code = MprAdminIsServiceInitialized(name, &ready);

    assert_int_equal(ready, FALSE);
    return code;
}

static DWORD initialized_no_result(void)
{
    return MprAdminIsServiceInitialized(nobody, NULL);
}

static DWORD initialized_bad_name(void)
{
    return initialized_to(no_name);
}

static DWORD initialized_nobody(void)
{
    return initialized_to(nobody);
}

static DWORD free_null(void)
{
    return MprAdminBufferFree(NULL);
}

static DWORD free_foreign(void)
{
    int on_the_stack;
    return MprAdminBufferFree(&on_the_stack);
}

static DWORD free_text(void)
{
    LPWSTR text;

    assert_int_equal(MprAdminGetErrorString(ERROR_ACCESS_DENIED, &text), NO_ERROR);
    DWORD code = MprAdminBufferFree(text);
    assert_null(LocalFree(text));
    return code;
}

static DWORD text_no_result(void)
{
    return MprAdminGetErrorString(5, NULL);
}

static DWORD text_unknown(void)
{
    LPWSTR text = empty;
    DWORD code = MprAdminGetErrorString(0x7fffffff, &text);

    assert_null(text);
    return code;
}

static DWORD pdc_of(LPCWSTR of_domain, LPCWSTR of_server)
{
    WCHAR name[UNCLEN + 1] = u"before";
    DWORD code = MprAdminGetPDCServer(of_domain, of_server, name);

    assert_int_equal(name[0], code == NO_ERROR ? u'\\' : 0);
    return code;
}

static DWORD pdc_no_result(void)
{
    return MprAdminGetPDCServer(domain, NULL, NULL);
}

static DWORD pdc_of_nothing(void)
{
    return pdc_of(NULL, NULL);
}

static DWORD pdc_of_domain(void)
{
    return pdc_of(domain, u"\\\\vpn1");
}

static DWORD pdc_of_bad_server(void)
{
    return pdc_of(NULL, machine);
}

static DWORD pdc_of_server(void)
{
    return pdc_of(empty, u"\\\\vpn1");
}

static DWORD establish_no_domain(void)
{
    return MprAdminEstablishDomainRasServer(NULL, machine, TRUE);
}

static DWORD establish_no_machine(void)
{
    return MprAdminEstablishDomainRasServer(domain, empty, TRUE);
}

static DWORD establish(void)
{
    return MprAdminEstablishDomainRasServer(domain, machine, TRUE);
}

static DWORD is_domain_of(LPWSTR of_domain, LPWSTR of_machine)
{
    BOOL is = TRUE;
    DWORD code = MprAdminIsDomainRasServer(of_domain, of_machine, &is);

    assert_int_equal(is, FALSE);
    return code;
}

static DWORD is_domain_no_result(void)
{
    return MprAdminIsDomainRasServer(domain, machine, NULL);
}

static DWORD is_domain_no_machine(void)
{
    return is_domain_of(domain, NULL);
}

static DWORD is_domain(void)
{
    return is_domain_of(domain, machine);
}

static const struct local locals[] = {
    {"MprAdminServerConnect", "no result", connect_no_result, RPC_S_INVALID_BINDING},
    {"MprAdminServerConnect", "not a name", connect_bad_name, RPC_S_INVALID_BINDING},
    {"MprAdminServerConnect", "nobody there", connect_nobody, RPC_S_SERVER_UNAVAILABLE},
    {"MprAdminServerConnect", "something else", connect_other_interface, RPC_S_UNKNOWN_IF},
    {"MprAdminServerDisconnect", "not a server", disconnect_nothing, NO_ERROR},
    {"MprAdminIsServiceRunning", "nobody there", running_nobody, FALSE},
    {"MprAdminIsServiceRunning", "not a name", running_bad_name, FALSE},
    {"MprAdminIsServiceInitialized", "no result", initialized_no_result, ERROR_INVALID_PARAMETER},
    {"MprAdminIsServiceInitialized", "not a name", initialized_bad_name, RPC_S_INVALID_BINDING},
    {"MprAdminIsServiceInitialized", "nobody there", initialized_nobody, ERROR_SERVICE_NOT_ACTIVE},
    {"MprAdminBufferFree", "NULL", free_null, ERROR_INVALID_PARAMETER},
    {"MprAdminBufferFree", "another's memory", free_foreign, ERROR_INVALID_PARAMETER},
    {"MprAdminBufferFree", "a text", free_text, ERROR_INVALID_PARAMETER},
    {"MprAdminGetErrorString", "no result", text_no_result, ERROR_INVALID_PARAMETER},
    {"MprAdminGetErrorString", "no text", text_unknown, ERROR_MR_MID_NOT_FOUND},
    {"MprAdminGetPDCServer", "no result", pdc_no_result, ERROR_INVALID_PARAMETER},
    {"MprAdminGetPDCServer", "of nothing", pdc_of_nothing, ERROR_INVALID_PARAMETER},
    {"MprAdminGetPDCServer", "of a domain", pdc_of_domain, ERROR_NO_SUCH_DOMAIN},
    {"MprAdminGetPDCServer", "of no server", pdc_of_bad_server, NERR_InvalidComputer},
    {"MprAdminGetPDCServer", "of a server", pdc_of_server, NO_ERROR},
    {"MprAdminEstablishDomainRasServer", "no domain", establish_no_domain, ERROR_INVALID_PARAMETER},
    {"MprAdminEstablishDomainRasServer", "no machine", establish_no_machine, ERROR_INVALID_PARAMETER},
    {"MprAdminEstablishDomainRasServer", "a domain", establish, ERROR_NO_SUCH_DOMAIN},
    {"MprAdminIsDomainRasServer", "no result", is_domain_no_result, ERROR_INVALID_PARAMETER},
    {"MprAdminIsDomainRasServer", "no machine", is_domain_no_machine, ERROR_INVALID_PARAMETER},
    {"MprAdminIsDomainRasServer", "a domain", is_domain, ERROR_NO_SUCH_DOMAIN},
};

static void functions_without_a_server_have_their_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof locals / sizeof locals[0]; i++) {
        DWORD code = locals[i].call();
        if (code != locals[i].code)
            fail_msg("%s, %s: %u instead of %u", locals[i].name, locals[i].what, code, locals[i].code);
    }
}

/* ---- what other servers say ---- */

static const struct function *function(const char *name)
{
    for (size_t i = 0; i < matrix_rows; i++)
        if (strcmp(matrix[i].name, name) == 0)
            return &matrix[i];
    fail_msg("%s has no row", name);
    return NULL;
}

/* A good call of it to that server. */
static DWORD call_to(struct fake_server *f, const struct function *row)
{
    struct call c = {
        .server = fake_connect(f), .object = (HANDLE)(uintptr_t)fake_port_handle(1), .level = row->first_level};
    HANDLE event = NULL;

    c.given.header = row->header;
    if (row->object == OBJECT_CONNECTION)
        c.object = (HANDLE)(uintptr_t)fake_connection_handle(1);
    if (row->object == OBJECT_EVENT) {
        assert_int_equal(OpenRrasNotifyCreate(&event), NO_ERROR);
        c.object = event;
    }
    DWORD code = row->call(&c);
    if (c.buffer)
        assert_int_equal(MprAdminBufferFree(c.buffer), NO_ERROR);
    if (event)
        assert_int_equal(OpenRrasNotifyClose(event), NO_ERROR);
    MprAdminServerDisconnect(c.server);
    return code;
}

/* An answer that is a code alone. */
struct said {
    const char *name;
    uint32_t code, result;
};

static void what_a_server_says_to_an_order_is_passed_on(void **state)
{
    static const struct said rows[] = {
        {"MprAdminServerSetInfo", 3010, ERROR_SUCCESS_REBOOT_REQUIRED},
        {"MprAdminServerSetInfo", 87, ERROR_INVALID_PARAMETER},
        {"MprAdminServerSetInfo", 903, ERROR_DDM_NOT_RUNNING},
        {"MprAdminServerSetInfoEx", 3010, ERROR_SUCCESS_REBOOT_REQUIRED},
        {"MprAdminServerSetInfoEx", 3011, ERROR_SUCCESS_RESTART_REQUIRED},
        {"MprAdminServerSetInfoEx", 50, ERROR_NOT_SUPPORTED},
        {"MprAdminServerSetCredentials", 0, NO_ERROR},
        {"MprAdminServerSetCredentials", 50, ERROR_NOT_SUPPORTED},
        {"MprAdminConnectionClearStats", 0, NO_ERROR},
        {"MprAdminConnectionRemoveQuarantine", 0, NO_ERROR},
        {"MprAdminConnectionRemoveQuarantine", 1168, ERROR_NOT_FOUND},
        {"MprAdminUpdateConnection", 0, NO_ERROR},
        {"MprAdminUpdateConnection", 50, ERROR_NOT_SUPPORTED},
        {"MprAdminSendUserMessage", 0, NO_ERROR},
        {"MprAdminSendUserMessage", 50, ERROR_NOT_SUPPORTED},
        {"MprAdminPortClearStats", 0, NO_ERROR},
        {"MprAdminPortClearStats", 601, RPC_S_INVALID_BINDING},
        {"MprAdminPortClearStats", 87, ERROR_INVALID_PARAMETER},
        {"MprAdminPortReset", 601, ERROR_INVALID_PORT_HANDLE},
        {"MprAdminPortDisconnect", 0, NO_ERROR},
        {"MprAdminPortDisconnect", 21, ERROR_NOT_READY},
        {"MprAdminPortDisconnect", 31, ERROR_GEN_FAILURE},
        {"MprAdminPortDisconnect", 601, ERROR_INVALID_PORT_HANDLE},
        {"MprAdminPortDisconnect", 606, ERROR_PORT_NOT_CONNECTED},
        {"MprAdminPortDisconnect", 668, 668},
        {"MprAdminPortDisconnect", 1460, ERROR_TIMEOUT},
        {"MprAdminPortDisconnect", 0xdeadbeef, 0xdeadbeef},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint8_t stub[] = {(uint8_t)rows[i].code, (uint8_t)(rows[i].code >> 8), (uint8_t)(rows[i].code >> 16),
                                (uint8_t)(rows[i].code >> 24)};
        struct fake_server *f = fake_start(&(struct fake_config){.raw_answer = stub, .raw_len = sizeof stub});
        DWORD code = call_to(f, function(rows[i].name));
        if (code != rows[i].result)
            fail_msg("%s, told %u: %u instead of %u", rows[i].name, rows[i].code, code, rows[i].result);
        fake_stop(f);
    }
}

/* Lists, and what is said of the server, fail in the same way whatever the reason. */
static void what_a_server_says_to_a_question_is_passed_on(void **state)
{
    static const char *const names[] = {
        "MprAdminServerGetInfo",    "MprAdminServerGetInfoEx", "MprAdminConnectionEnum",
        "MprAdminConnectionEnumEx", "MprAdminPortEnum",        "MprAdminRegisterConnectionNotification",
    };
    static const DWORD codes[] = {ERROR_ACCESS_DENIED, ERROR_NOT_ENOUGH_MEMORY, ERROR_DDM_NOT_RUNNING, 1130, 1359};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct fake_server *f =
            fake_start(&(struct fake_config){.n_ports = 3, .n_connections = 3, .list_code = codes[i]});
        for (size_t j = 0; j < sizeof names / sizeof names[0]; j++) {
            DWORD code = call_to(f, function(names[j]));
            if (code != codes[i])
                fail_msg("%s, told %u: %u", names[j], codes[i], code);
        }
        fake_stop(f);
    }
}

/* 127 where the page has it; of the others every server has them, so there it is the fault that it is. */
static void a_server_that_is_older_than_a_function_is_recognised(void **state)
{
    static const char *const newer[] = {"MprAdminServerGetInfoEx", "MprAdminServerSetInfoEx",
                                        "MprAdminConnectionEnumEx", "MprAdminConnectionGetInfoEx",
                                        "MprAdminUpdateConnection"};
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 3, .fault = FAULT_NO_SUCH_OPNUM});

    (void)state;
    for (size_t i = 0; i < matrix_rows; i++) {
        DWORD right = RPC_S_PROCNUM_OUT_OF_RANGE, code = call_to(f, &matrix[i]);
        for (size_t j = 0; j < sizeof newer / sizeof newer[0]; j++)
            if (strcmp(newer[j], matrix[i].name) == 0)
                right = ERROR_PROC_NOT_FOUND;
        if (strcmp(matrix[i].name, "MprAdminDeregisterConnectionNotification") == 0)
            right = ERROR_INVALID_PARAMETER; /* it asks nobody, and was not registered */
        if (code != right)
            fail_msg("%s: %u instead of %u", matrix[i].name, code, right);
    }
    fake_stop(f);
}

/* There is our own interface for it, or there is no way. */
static void a_server_of_another_kind_can_notify_nobody(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 3});

    (void)state;
    assert_int_equal(call_to(f, function("MprAdminRegisterConnectionNotification")), ERROR_NOT_SUPPORTED);
    fake_stop(f);
}

/* What was lost before it was answered: reading is tried again, orders are not. */
static void a_server_that_goes_away_is_a_code_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < matrix_rows; i++) {
        const struct function *row = &matrix[i];
        struct fake_server *f = fake_start(
            &(struct fake_config){.n_ports = 3, .n_connections = 3, .script = {CLOSES_ON_REQUEST}, .n_script = 1});
        DWORD code = call_to(f, row);
        DWORD right = strcmp(row->name, "MprAdminDeregisterConnectionNotification") == 0 ? ERROR_INVALID_PARAMETER
                                                                                         : RPC_S_CALL_FAILED;
        if (code != right)
            fail_msg("%s: %u instead of %u", row->name, code, right);
        fake_stop(f);
    }
}

/* ---- */

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_without_a_server_have_their_codes),
        cmocka_unit_test(what_a_server_says_to_an_order_is_passed_on),
        cmocka_unit_test(what_a_server_says_to_a_question_is_passed_on),
        cmocka_unit_test(a_server_that_is_older_than_a_function_is_recognised),
        cmocka_unit_test(a_server_of_another_kind_can_notify_nobody),
        cmocka_unit_test(a_server_that_goes_away_is_a_code_of_its_own),
    };

    if (argc == 2 && strcmp(argv[1], "--names") == 0) {
        for (size_t i = 0; i < sizeof locals / sizeof locals[0]; i++)
            (void)printf("%s\n", locals[i].name);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
