/* SPDX-License-Identifier: Apache-2.0 */
/* The functions over our own interface, against a server that behaves: arguments, results and explanations. */
#include "rrasx_calls.h"

#include <stdio.h>

/* ---- arguments and results ---- */

static void every_function_asks_and_tells(void **state)
{
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        const void *reply = calls_reply(op);
        e.reply = reply;
        assert_int_equal(calls[op].call(h, &result), NO_ERROR);
        assert_int_equal(OpenRrasLastDetail(NULL, 0), 0);
        echo_assert_asked(&e, op, calls[op].asks);
        if (result)
            sample_assert_same(rrasx_form(op)->reply, reply, result);
        calls_free_result(result);
        calls_free_reply(op, reply);
    }
    assert_int_equal(calls_number, 77);
    assert_int_equal(fake_connections(f), 1);
    calls_stop(f, &e, h);
}

static void a_failure_gives_its_code_and_nothing_else(void **state)
{
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        e.deny = true;
        assert_int_equal(calls[op].call(h, &result), ERROR_ACCESS_DENIED);
        assert_null(result);
        e.deny = false;
        e.code = ERROR_NOT_FOUND;
        result = (void *)1;
        assert_int_equal(calls[op].call(h, &result), ERROR_NOT_FOUND);
        assert_null(result);
    }
    calls_stop(f, &e, h);
}

static void what_is_not_given_may_be_null(void **state)
{
    OPENRRAS_SERVER nothing = {0};
    struct echo e;
    OPENRRAS_SESSION_LIST *sessions;
    OPENRRAS_EVENT_LIST *events;
    OPENRRAS_SERVER *server;
    OPENRRAS_JOB *job;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.reply = &(const struct rrasx_sessions){0};
    assert_int_equal(OpenRrasSessionEnum(h, NULL, &sessions), NO_ERROR);
    echo_assert_asked(&e, RRASX_SESSION_ENUM,
                      &(struct rrasx_session_request){.has_selector = true, .selector = {.fAll = TRUE}});
    assert_int_equal(sessions->dwCount, 0);
    calls_free_result(sessions);
    e.reply = &(const OPENRRAS_EVENT_LIST){0};
    assert_int_equal(OpenRrasEventWait(h, NULL, (ULONGLONG)-1, 1, 0, &events), NO_ERROR);
    echo_assert_asked(&e, RRASX_EVENT_WAIT, &(struct rrasx_event_request){.after = UINT64_MAX, .mask = 1});
    calls_free_result(events);
    e.reply = &(const OPENRRAS_JOB){0};
    assert_int_equal(OpenRrasJobWait(h, 9, NULL, 0, &job), NO_ERROR);
    echo_assert_asked(&e, RRASX_JOB_WAIT, &(struct rrasx_job_request){.job = 9});
    assert_string_equal(job->pszReason, "");
    calls_free_result(job);
    e.reply = &(const struct rrasx_number){5};
    assert_int_equal(OpenRrasKeepOutAdd(h, "alice", NULL, 60, NULL, NULL), NO_ERROR);
    echo_assert_asked(&e, RRASX_KEEP_OUT_ADD, &(struct rrasx_keep_out_request){.user = "alice", .seconds = 60});
    e.reply = &nothing;
    assert_int_equal(OpenRrasServerGetInfo(h, &server), NO_ERROR);
    assert_string_equal(server->pszVersion, ""); /* never NULL */
    calls_free_result(server);
    calls_stop(f, &e, h);
}

static void a_list_of_many_pages_is_put_together(void **state)
{
    enum { COUNT = 3000 };
    OPENRRAS_SESSION *sessions = calloc(COUNT, sizeof *sessions);
    const struct rrasx_sessions reply = {.list = {COUNT, sessions}};
    OPENRRAS_SESSION_LIST *list;
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    assert_non_null(sessions);
    for (uint32_t i = 0; i < COUNT; i++)
        sessions[i] = (OPENRRAS_SESSION){.dwPort = i + 1, .pszUser = "somebody whose name has some length"};
    e.reply = &reply;
    assert_int_equal(OpenRrasSessionEnum(h, NULL, &list), NO_ERROR);
    ((struct rrasx_sessions *)list)->next = 0; /* behind what is the caller's: of some page */
    sample_assert_same(&rrasx_sessions, &reply, list);
    assert_true(e.n_asked > 2);
    calls_free_result(list);
    free(sessions);
    calls_stop(f, &e, h);
}

static void wrong_arguments_are_not_sent(void **state)
{
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    char long_text[600];
    OPENRRAS_SESSION_LIST *sessions;
    OPENRRAS_EVENT_LIST *events;
    OPENRRAS_JOB *job;
    DWORD number;
    (void)state;
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
#define REFUSED(call, words)                                                                                           \
    do {                                                                                                               \
        assert_int_equal(call, ERROR_INVALID_PARAMETER);                                                               \
        assert_true(calls_detail(words));                                                                              \
    } while (0)
#define WITH(...) (&(const OPENRRAS_DISCONNECT){__VA_ARGS__})
    REFUSED(OpenRrasServerGetInfo(h, NULL), "ppServer is NULL");
    REFUSED(OpenRrasSessionEnum(h, NULL, NULL), "ppList is NULL");
    REFUSED(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){0}, &sessions), "no criterion");
    REFUSED(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){.pszUser = ""}, &sessions), "no criterion");
    REFUSED(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){.pszUser = long_text}, &sessions),
            "pszUser is longer than 512");
    REFUSED(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){.pszAddress = long_text}, &sessions), "pszAddress is longer");
    REFUSED(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){.pszDriver = long_text}, &sessions), "pszDriver is longer");
    REFUSED(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){.pszDeviceType = "\xff"}, &sessions),
            "pszDeviceType is not UTF-8");
    REFUSED(OpenRrasEventWait(h, NULL, 0, 1, 0, NULL), "ppList is NULL");
    REFUSED(OpenRrasEventWait(h, NULL, 0, 1, OPENRRAS_EVENT_WAIT_MAX_MS + 1, &events), "dwWaitMs is more than 60000");
    REFUSED(OpenRrasDisconnect(h, &calls_order, 0, NULL), "ppJob is NULL");
    REFUSED(OpenRrasDisconnect(h, NULL, 0, &job), "pDisconnect is NULL");
    REFUSED(OpenRrasDisconnect(h, WITH(.dwRate = 1), 0, &job), "no criterion");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.fAll = TRUE}, .dwFlags = 4), 0, &job), "dwFlags");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.fAll = TRUE}, .pszReason = long_text), 0, &job),
            "pszReason is longer than 256");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.fAll = TRUE}, .dwKeepOutSeconds = 1), 0, &job), "names no user");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.dwPort = 1}, .dwKeepOutSeconds = 31622401), 0, &job),
            "dwKeepOutSeconds");
    REFUSED(OpenRrasDisconnect(h, &calls_order, OPENRRAS_EVENT_WAIT_MAX_MS + 1, &job), "dwWaitMs");
    REFUSED(OpenRrasJobWait(h, 1, NULL, OPENRRAS_EVENT_WAIT_MAX_MS + 1, &job), "dwWaitMs");
    REFUSED(OpenRrasJobWait(h, 1, NULL, 0, NULL), "ppJob is NULL");
    REFUSED(OpenRrasKeepOutAdd(h, NULL, NULL, 1, NULL, &number), "pszUser is missing");
    REFUSED(OpenRrasKeepOutAdd(h, "", NULL, 1, NULL, &number), "pszUser is missing");
    REFUSED(OpenRrasKeepOutAdd(h, "a", NULL, 0, NULL, &number), "dwSeconds");
    REFUSED(OpenRrasKeepOutAdd(h, "a", NULL, 31622401, NULL, &number), "dwSeconds");
    REFUSED(OpenRrasKeepOutAdd(h, "a", long_text, 1, NULL, &number), "pszDriver is longer");
    REFUSED(OpenRrasKeepOutAdd(h, "a", NULL, 1, long_text, &number), "pszReason is longer");
    REFUSED(OpenRrasKeepOutAdd(h, "\xff", NULL, 1, NULL, &number), "pszUser is not UTF-8");
    REFUSED(OpenRrasKeepOutEnum(h, NULL), "ppList is NULL");
    REFUSED(OpenRrasDriverEnum(h, NULL), "ppList is NULL");
    REFUSED(OpenRrasDriverForget(h, NULL, "main"), "pszDriver is missing");
    REFUSED(OpenRrasDriverForget(h, "openvpn", ""), "pszInstance is missing");
    REFUSED(OpenRrasDriverForget(h, long_text, "main"), "pszDriver is longer");
    number = 1;
    REFUSED(OpenRrasDriverForgetEx(h, "openvpn", "main", 2, &number), "dwFlags has bits that mean nothing: 0x2");
    assert_int_equal(number, 0);
    REFUSED(OpenRrasDriverForgetEx(h, "", "main", OPENRRAS_FORGET_FORCE, NULL), "pszDriver is missing");
    OPENRRAS_USER *user, settings = {.pszUser = "a", .dwCallback = RASPRIV_NoCallback};
    OPENRRAS_USER_LIST *users = NULL;
    REFUSED(OpenRrasUserGet(h, "a", NULL), "ppUser is NULL");
    REFUSED(OpenRrasUserGet(h, NULL, &user), "pszUser is missing");
    REFUSED(OpenRrasUserGet(h, long_text, &user), "pszUser is longer than 512");
    assert_null(user);
    REFUSED(OpenRrasUserEnum(h, NULL), "ppList is NULL");
    assert_null(users);
    REFUSED(OpenRrasUserRemove(h, ""), "pszUser is missing");
    REFUSED(OpenRrasLimitEnum(h, NULL), "ppList is NULL");
    REFUSED(OpenRrasLimitSet(h, NULL, 1, 1, NULL), "pszDeviceType is missing");
    REFUSED(OpenRrasLimitSet(h, long_text, 1, 1, NULL), "pszDeviceType is longer than 64");
    REFUSED(OpenRrasUserSet(h, NULL, 0), "pUser is NULL");
    REFUSED(OpenRrasUserSet(h, &settings, 2), "dwFlags has bits that mean nothing: 0x2");
    settings.pszNumber = long_text;
    REFUSED(OpenRrasUserSet(h, &settings, 0), "pszNumber is longer than 384");
    settings.dwCallback = 3;
    REFUSED(OpenRrasUserSet(h, &settings, 0), "dwCallback is not exactly one");
    assert_int_equal(fake_requests(f), 0);
    calls_stop(f, &e, h);
}

static void many_users_are_put_together(void **state)
{
    enum { COUNT = 3000 };
    OPENRRAS_USER *users = calloc(COUNT, sizeof *users);
    char(*names)[32] = calloc(COUNT, sizeof *names);
    const struct rrasx_users reply = {.list = {COUNT, users}};
    OPENRRAS_USER_LIST *list;
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    assert_true(users && names);
    for (uint32_t i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "somebody-%06u", i);
        users[i] = (OPENRRAS_USER){.pszUser = names[i], .dwCallback = 1};
    }
    e.reply = &reply;
    e.page = 700;
    assert_int_equal(OpenRrasUserEnum(h, &list), NO_ERROR);
    ((struct rrasx_users *)list)->next = NULL;
    sample_assert_same(&rrasx_users, &reply, list);
    assert_int_equal(e.n_asked, 5);
    calls_free_result(list);
    free(users);
    free(names);
    calls_stop(f, &e, h);
}

static void a_driver_is_forgotten_with_its_sessions(void **state)
{
    const OPENRRAS_SERVER server = {.dwFeatures = OPENRRAS_FEATURE_DRIVERS | OPENRRAS_FEATURE_FORGET_FORCE};
    const struct rrasx_forgotten two = {2}, none = {0};
    DWORD sessions = 1;
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.server = &server;
    e.reply = &two;
    assert_int_equal(OpenRrasDriverForgetEx(h, "openvpn", "main", OPENRRAS_FORGET_FORCE, &sessions), NO_ERROR);
    assert_int_equal(sessions, 2);
    echo_assert_asked(&e, RRASX_DRIVER_FORGET,
                      &(struct rrasx_forget_request){"openvpn", "main", OPENRRAS_FORGET_FORCE});
    assert_int_equal(OpenRrasDriverForgetEx(h, "openvpn", "main", OPENRRAS_FORGET_FORCE, NULL), NO_ERROR);
    e.reply = &none; /* without a message, as an older server */
    unsigned asked = e.n_asked;
    assert_int_equal(OpenRrasDriverForgetEx(h, "openvpn", "main", 0, &sessions), NO_ERROR);
    assert_int_equal(sessions, 0);
    echo_assert_asked(&e, RRASX_DRIVER_FORGET, &(struct rrasx_forget_request){"openvpn", "main", 0});
    assert_int_equal(OpenRrasDriverForget(h, "openvpn", "spare"), NO_ERROR);
    echo_assert_asked(&e, RRASX_DRIVER_FORGET, &(struct rrasx_forget_request){"openvpn", "spare", 0});
    assert_int_equal(e.n_asked, asked + 2); /* nothing needs to be known of the server for that */
    calls_stop(f, &e, h);
}

static void an_older_server_is_not_asked_to_forget_sessions(void **state)
{
    const OPENRRAS_SERVER server = {.dwFeatures = 0x1f};
    DWORD sessions = 1;
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.server = &server;
    assert_int_equal(OpenRrasDriverForgetEx(h, "openvpn", "main", OPENRRAS_FORGET_FORCE, &sessions),
                     ERROR_NOT_SUPPORTED);
    assert_int_equal(sessions, 0);
    assert_true(calls_detail("it is an older one"));
    assert_ptr_equal(e.op, rrasx_op(RRASX_SERVER_GET));
    e.code = ERROR_NOT_ENOUGH_MEMORY;
    assert_int_equal(OpenRrasDriverForgetEx(h, "openvpn", "main", OPENRRAS_FORGET_FORCE, &sessions), e.code);
    assert_ptr_equal(e.op, rrasx_op(RRASX_SERVER_GET));
    calls_stop(f, &e, h);
}

static void a_closed_handle_is_1702(void **state)
{
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    calls_stop(f, &e, h);
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        assert_int_equal(calls[op].call(h, &result), RPC_S_INVALID_BINDING);
        assert_null(result);
    }
}

static void what_the_server_refuses_is_explained(void **state)
{
    OPENRRAS_SESSION_LIST *list;
    void *result;
    struct echo e;
    struct fake_server *f = calls_start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.code = ERROR_INVALID_PARAMETER;
    assert_int_equal(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){.pszAddress = "10.8.0.300"}, &list), e.code);
    assert_true(calls_detail("is \"10.8.0.300\" an address"));
    assert_int_equal(calls[RRASX_DISCONNECT].call(h, &result), e.code);
    assert_true(calls_detail("refuses the selector"));
    e.code = ERROR_NOT_FOUND;
    assert_int_equal(calls[RRASX_JOB_WAIT].call(h, &result), e.code);
    assert_true(calls_detail("no job 9"));
    assert_int_equal(calls[RRASX_JOB_CANCEL].call(h, &result), e.code);
    assert_true(calls_detail("no job 9"));
    assert_int_equal(calls[RRASX_KEEP_OUT_REMOVE].call(h, &result), e.code);
    assert_true(calls_detail("no keep-out 9"));
    assert_int_equal(calls[RRASX_DRIVER_FORGET].call(h, &result), e.code);
    assert_true(calls_detail("no driver openvpn:main"));
    e.code = ERROR_BUSY;
    assert_int_equal(calls[RRASX_DRIVER_FORGET].call(h, &result), e.code);
    assert_true(calls_detail("openvpn:main is there, or has sessions"));
    e.code = ERROR_NO_SUCH_USER;
    assert_int_equal(calls[RRASX_USER_SET].call(h, &result), e.code);
    assert_true(calls_detail("no \"carol\""));
    e.code = ERROR_DS_SERVER_DOWN;
    assert_int_equal(calls[RRASX_USER_GET].call(h, &result), e.code);
    assert_true(calls_detail("can't reach its directory"));
    e.code = ERROR_NOT_SUPPORTED;
    assert_int_equal(calls[RRASX_USER_ENUM].call(h, &result), e.code);
    assert_true(calls_detail("can't be listed"));
    assert_int_equal(calls[RRASX_USER_REMOVE].call(h, &result), e.code);
    assert_true(calls_detail("can't be changed"));
    calls_stop(f, &e, h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_asks_and_tells),
        cmocka_unit_test(a_failure_gives_its_code_and_nothing_else),
        cmocka_unit_test(what_is_not_given_may_be_null),
        cmocka_unit_test(a_list_of_many_pages_is_put_together),
        cmocka_unit_test(many_users_are_put_together),
        cmocka_unit_test(wrong_arguments_are_not_sent),
        cmocka_unit_test(a_driver_is_forgotten_with_its_sessions),
        cmocka_unit_test(an_older_server_is_not_asked_to_forget_sessions),
        cmocka_unit_test(a_closed_handle_is_1702),
        cmocka_unit_test(what_the_server_refuses_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
