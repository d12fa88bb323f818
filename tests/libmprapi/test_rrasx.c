/* SPDX-License-Identifier: Apache-2.0 */
/* The functions over our own interface, against a server that behaves: arguments and results, rights, older servers,
 * and that no order goes out twice. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openrras.h>

#include "fake_server.h"
#include "tests/rrasx/echo.h"

#define AFTER    5u
#define SHORT_MS 200u
#define WAIT_MS  300u

/* What the calls below say: in the operation's request message, and one function each that says it. */
static const GUID run = {0x01020304, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}};
static const OPENRRAS_SELECTOR selector = {.pszUser = "alice", .pszDriver = "openvpn:main"};
static const OPENRRAS_DISCONNECT order = {.Selector = {.pszUser = "alice"},
                                          .dwFlags = OPENRRAS_DISCONNECT_HARD,
                                          .dwRate = 10,
                                          .pszReason = "maintenance",
                                          .dwKeepOutSeconds = 60};
static const OPENRRAS_JOB seen = {.dwAsked = 7, .dwConfirmed = 2, .dwFailed = 1};

static DWORD server_get(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasServerGetInfo(h, (OPENRRAS_SERVER **)ret);
}

static DWORD session_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasSessionEnum(h, &selector, (OPENRRAS_SESSION_LIST **)ret);
}

static DWORD event_wait(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasEventWait(h, &run, AFTER, OPENRRAS_EVENT_MASK_ALL, WAIT_MS, (OPENRRAS_EVENT_LIST **)ret);
}

static DWORD disconnect(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasDisconnect(h, &order, WAIT_MS, (OPENRRAS_JOB **)ret);
}

static DWORD job_wait(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasJobWait(h, 9, &seen, WAIT_MS, (OPENRRAS_JOB **)ret);
}

static DWORD job_cancel(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasJobCancel(h, 9);
}

static DWORD keep_out_add(MPR_SERVER_HANDLE h, void **ret)
{
    static DWORD number;
    *ret = NULL;
    number = 1;
    DWORD code = OpenRrasKeepOutAdd(h, "alice", "openvpn", 60, "stolen laptop", &number);
    assert_int_equal(number, code == NO_ERROR ? 77 : 0);
    return code;
}

static DWORD keep_out_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasKeepOutEnum(h, (OPENRRAS_KEEP_OUT_LIST **)ret);
}

static DWORD keep_out_remove(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasKeepOutRemove(h, 9);
}

static DWORD driver_enum(MPR_SERVER_HANDLE h, void **ret)
{
    return OpenRrasDriverEnum(h, (OPENRRAS_DRIVER_LIST **)ret);
}

static DWORD driver_forget(MPR_SERVER_HANDLE h, void **ret)
{
    *ret = NULL;
    return OpenRrasDriverForget(h, "openvpn", "main");
}

static const struct rrasx_number nine = {9}, number_77 = {77};

static const struct {
    DWORD (*call)(MPR_SERVER_HANDLE h, void **ret); /* *ret: the result, or NULL where there is none */
    bool order;
    const void *asks;
} functions[RRASX_OPNUMS] = {
    [RRASX_SERVER_GET] = {server_get, false, NULL},
    [RRASX_SESSION_ENUM] = {session_enum, false,
                            &(const struct rrasx_session_request){
                                .has_selector = true, .selector = {.pszUser = "alice", .pszDriver = "openvpn:main"}}},
    [RRASX_EVENT_WAIT] =
        {event_wait, false,
         &(const struct rrasx_event_request){
             true, {0x01020304, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}}, AFTER, OPENRRAS_EVENT_MASK_ALL, WAIT_MS}},
    [RRASX_DISCONNECT] = {disconnect, true,
                          &(const struct rrasx_disconnect_request){.disconnect = {.Selector = {.pszUser = "alice"},
                                                                                  .dwFlags = OPENRRAS_DISCONNECT_HARD,
                                                                                  .dwRate = 10,
                                                                                  .pszReason = "maintenance",
                                                                                  .dwKeepOutSeconds = 60},
                                                                   .wait_ms = WAIT_MS}},
    [RRASX_JOB_WAIT] = {job_wait, false, &(const struct rrasx_job_request){9, WAIT_MS, true, 7, 3}},
    [RRASX_JOB_CANCEL] = {job_cancel, true, &nine},
    [RRASX_KEEP_OUT_ADD] = {keep_out_add, true,
                            &(const struct rrasx_keep_out_request){"alice", "openvpn", "stolen laptop", 60}},
    [RRASX_KEEP_OUT_ENUM] = {keep_out_enum, false, &(const struct rrasx_page_request){0}},
    [RRASX_KEEP_OUT_REMOVE] = {keep_out_remove, true, &nine},
    [RRASX_DRIVER_ENUM] = {driver_enum, false, &(const struct rrasx_page_request){0}},
    [RRASX_DRIVER_FORGET] = {driver_forget, true, &(const struct rrasx_driver_name){"openvpn", "main"}},
};

static bool detail_contains(const char *part)
{
    char text[512];
    OpenRrasLastDetail(text, sizeof text);
    return strstr(text, part) != NULL;
}

static const void *reply_sample(uint16_t op)
{
    if (op == RRASX_KEEP_OUT_ADD)
        return &number_77;
    void *s = sample_new(rrasx_form(op)->reply, SAMPLE_SHORT, 3);
    if (op == RRASX_SESSION_ENUM)
        ((struct rrasx_sessions *)s)->next = 0;
    if (op == RRASX_KEEP_OUT_ENUM)
        ((struct rrasx_keep_outs *)s)->next = 0;
    if (op == RRASX_DRIVER_ENUM)
        ((struct rrasx_drivers *)s)->next = 0;
    return s;
}

static void free_reply(uint16_t op, const void *s)
{
    if (op != RRASX_KEEP_OUT_ADD)
        sample_free(rrasx_form(op)->reply, (void *)(uintptr_t)s);
}

static void free_result(void *result)
{
    if (result)
        assert_int_equal(MprAdminBufferFree(result), NO_ERROR);
}

static struct fake_server *start(struct echo *e, enum manners first)
{
    echo_init(e);
    return fake_start(
        &(struct fake_config){.script = {first, POLITE}, .n_script = 2, .n_ports = 3, .rrasx = &e->backend});
}

static void stop(struct fake_server *f, struct echo *e, MPR_SERVER_HANDLE h)
{
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(e);
}

/* ---- arguments and results ---- */

static void every_function_asks_and_tells(void **state)
{
    struct echo e;
    struct fake_server *f = start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        const void *reply = reply_sample(op);
        e.reply = reply;
        assert_int_equal(functions[op].call(h, &result), NO_ERROR);
        assert_int_equal(OpenRrasLastDetail(NULL, 0), 0);
        echo_assert_asked(&e, op, functions[op].asks);
        if (result)
            sample_assert_same(rrasx_form(op)->reply, reply, result);
        free_result(result);
        free_reply(op, reply);
    }
    assert_int_equal(fake_connections(f), 1);
    stop(f, &e, h);
}

static void a_failure_gives_its_code_and_nothing_else(void **state)
{
    struct echo e;
    struct fake_server *f = start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        e.deny = true;
        assert_int_equal(functions[op].call(h, &result), ERROR_ACCESS_DENIED);
        assert_null(result);
        e.deny = false;
        e.code = ERROR_NOT_FOUND;
        result = (void *)1;
        assert_int_equal(functions[op].call(h, &result), ERROR_NOT_FOUND);
        assert_null(result);
    }
    stop(f, &e, h);
}

static void what_is_not_given_may_be_null(void **state)
{
    OPENRRAS_SERVER nothing = {0};
    struct echo e;
    OPENRRAS_SESSION_LIST *sessions;
    OPENRRAS_EVENT_LIST *events;
    OPENRRAS_SERVER *server;
    OPENRRAS_JOB *job;
    struct fake_server *f = start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.reply = &(const struct rrasx_sessions){0};
    assert_int_equal(OpenRrasSessionEnum(h, NULL, &sessions), NO_ERROR);
    echo_assert_asked(&e, RRASX_SESSION_ENUM,
                      &(struct rrasx_session_request){.has_selector = true, .selector = {.fAll = TRUE}});
    assert_int_equal(sessions->dwCount, 0);
    free_result(sessions);
    e.reply = &(const OPENRRAS_EVENT_LIST){0};
    assert_int_equal(OpenRrasEventWait(h, NULL, (ULONGLONG)-1, 1, 0, &events), NO_ERROR);
    echo_assert_asked(&e, RRASX_EVENT_WAIT, &(struct rrasx_event_request){.after = UINT64_MAX, .mask = 1});
    free_result(events);
    e.reply = &(const OPENRRAS_JOB){0};
    assert_int_equal(OpenRrasJobWait(h, 9, NULL, 0, &job), NO_ERROR);
    echo_assert_asked(&e, RRASX_JOB_WAIT, &(struct rrasx_job_request){.job = 9});
    assert_string_equal(job->pszReason, "");
    free_result(job);
    e.reply = &nothing;
    assert_int_equal(OpenRrasServerGetInfo(h, &server), NO_ERROR);
    assert_string_equal(server->pszVersion, ""); /* never NULL */
    free_result(server);
    stop(f, &e, h);
}

static void a_list_of_many_pages_is_put_together(void **state)
{
    enum { COUNT = 3000 };
    OPENRRAS_SESSION *sessions = calloc(COUNT, sizeof *sessions);
    const struct rrasx_sessions reply = {.list = {COUNT, sessions}};
    OPENRRAS_SESSION_LIST *list;
    struct echo e;
    struct fake_server *f = start(&e, POLITE);
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
    free_result(list);
    free(sessions);
    stop(f, &e, h);
}

static void wrong_arguments_are_not_sent(void **state)
{
    struct echo e;
    struct fake_server *f = start(&e, POLITE);
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
        assert_true(detail_contains(words));                                                                           \
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
    REFUSED(OpenRrasDisconnect(h, &order, 0, NULL), "ppJob is NULL");
    REFUSED(OpenRrasDisconnect(h, NULL, 0, &job), "pDisconnect is NULL");
    REFUSED(OpenRrasDisconnect(h, WITH(.dwRate = 1), 0, &job), "no criterion");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.fAll = TRUE}, .dwFlags = 4), 0, &job), "dwFlags");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.fAll = TRUE}, .pszReason = long_text), 0, &job),
            "pszReason is longer than 256");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.fAll = TRUE}, .dwKeepOutSeconds = 1), 0, &job), "names no user");
    REFUSED(OpenRrasDisconnect(h, WITH(.Selector = {.dwPort = 1}, .dwKeepOutSeconds = 31622401), 0, &job),
            "dwKeepOutSeconds");
    REFUSED(OpenRrasDisconnect(h, &order, OPENRRAS_EVENT_WAIT_MAX_MS + 1, &job), "dwWaitMs");
    REFUSED(OpenRrasJobWait(h, 1, NULL, OPENRRAS_EVENT_WAIT_MAX_MS + 1, &job), "dwWaitMs");
    REFUSED(OpenRrasJobWait(h, 1, NULL, 0, NULL), "ppJob is NULL");
    REFUSED(OpenRrasKeepOutAdd(h, NULL, NULL, 1, NULL, &number), "pszUser is missing");
    REFUSED(OpenRrasKeepOutAdd(h, "", NULL, 1, NULL, &number), "pszUser is missing");
    REFUSED(OpenRrasKeepOutAdd(h, "a", NULL, 0, NULL, &number), "dwSeconds");
    REFUSED(OpenRrasKeepOutAdd(h, "a", NULL, 31622401, NULL, &number), "dwSeconds");
    REFUSED(OpenRrasKeepOutAdd(h, "a", long_text, 1, NULL, &number), "pszDriver is longer");
    REFUSED(OpenRrasKeepOutAdd(h, "a", NULL, 1, long_text, &number), "pszReason is longer");
    REFUSED(OpenRrasKeepOutAdd(h, "\xff", NULL, 1, NULL, &number), "pszUser is not UTF-8");
    REFUSED(OpenRrasKeepOutAdd(h, "a", NULL, 1, NULL, NULL), "lpdwKeepOut is NULL");
    REFUSED(OpenRrasKeepOutEnum(h, NULL), "ppList is NULL");
    REFUSED(OpenRrasDriverEnum(h, NULL), "ppList is NULL");
    REFUSED(OpenRrasDriverForget(h, NULL, "main"), "pszDriver is missing");
    REFUSED(OpenRrasDriverForget(h, "openvpn", ""), "pszInstance is missing");
    REFUSED(OpenRrasDriverForget(h, long_text, "main"), "pszDriver is longer");
    assert_int_equal(fake_requests(f), 0);
    stop(f, &e, h);
}

static void a_closed_handle_is_1702(void **state)
{
    struct echo e;
    struct fake_server *f = start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    stop(f, &e, h);
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        assert_int_equal(functions[op].call(h, &result), RPC_S_INVALID_BINDING);
        assert_null(result);
    }
}

static void what_the_server_refuses_is_explained(void **state)
{
    OPENRRAS_SESSION_LIST *list;
    void *result;
    struct echo e;
    struct fake_server *f = start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.code = ERROR_INVALID_PARAMETER;
    assert_int_equal(OpenRrasSessionEnum(h, &(OPENRRAS_SELECTOR){.pszAddress = "10.8.0.300"}, &list), e.code);
    assert_true(detail_contains("is \"10.8.0.300\" an address"));
    assert_int_equal(disconnect(h, &result), e.code);
    assert_true(detail_contains("refuses the selector"));
    e.code = ERROR_NOT_FOUND;
    assert_int_equal(job_wait(h, &result), e.code);
    assert_true(detail_contains("no job 9"));
    assert_int_equal(job_cancel(h, &result), e.code);
    assert_true(detail_contains("no job 9"));
    assert_int_equal(keep_out_remove(h, &result), e.code);
    assert_true(detail_contains("no keep-out 9"));
    assert_int_equal(driver_forget(h, &result), e.code);
    assert_true(detail_contains("no driver openvpn:main"));
    e.code = ERROR_BUSY;
    assert_int_equal(driver_forget(h, &result), e.code);
    assert_true(detail_contains("openvpn:main is there, or has sessions"));
    stop(f, &e, h);
}

/* ---- servers that do not have it ---- */

static void another_server_gives_50_over_the_same_connection(void **state)
{
    struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 3});
    MPR_SERVER_HANDLE h = fake_connect(f);
    LPBYTE buffer;
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result = (void *)1;
        assert_int_equal(functions[op].call(h, &result), ERROR_NOT_SUPPORTED);
        assert_null(result);
        assert_true(detail_contains("does not have this function"));
    }
    assert_int_equal(fake_requests(f), 0);
    assert_int_equal(MprAdminServerGetInfo(h, 0, &buffer), NO_ERROR);
    free_result(buffer);
    assert_int_equal(fake_connections(f), 1);
    MprAdminServerDisconnect(h);
    fake_stop(f);
}

static void an_older_server_gives_50_for_what_is_newer(void **state)
{
    struct echo e;
    OPENRRAS_SERVER server = {.dwPorts = 3};
    void *result = NULL;
    (void)state;
    echo_init(&e);
    e.reply = &server;
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend, .rrasx_opnums = 1});
    MPR_SERVER_HANDLE h = fake_connect(f);
    assert_int_equal(server_get(h, &result), NO_ERROR);
    free_result(result);
    for (uint16_t op = 1; op < RRASX_OPNUMS; op++) {
        assert_int_equal(functions[op].call(h, &result), ERROR_NOT_SUPPORTED);
        assert_null(result);
        assert_true(detail_contains("older"));
    }
    assert_int_equal(fake_connections(f), 1);
    stop(f, &e, h);
}

static void a_server_that_was_upgraded_is_found_to_have_it(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct echo e;
        void *result;
        echo_init(&e);
        struct fake_server *f = fake_start(&(struct fake_config){.n_ports = 3});
        MPR_SERVER_HANDLE h = fake_connect(f);
        const void *reply = reply_sample(op);
        e.reply = reply;
        assert_int_equal(functions[op].call(h, &result), ERROR_NOT_SUPPORTED);
        fake_upgrade(f, &e.backend);
        assert_int_equal(functions[op].call(h, &result), NO_ERROR);
        free_result(result);
        stop(f, &e, h);
        free_reply(op, reply);
    }
}

static void a_server_that_has_only_ours_can_not_be_connected_to(void **state)
{
    struct echo e;
    MPR_SERVER_HANDLE h = (MPR_SERVER_HANDLE)1;
    (void)state;
    echo_init(&e);
    struct fake_server *f = fake_start(&(struct fake_config){.other_interface = true, .rrasx = &e.backend});
    assert_int_equal(MprAdminServerConnect(fake_name(f), &h), RPC_S_UNKNOWN_IF);
    assert_null(h);
    fake_stop(f);
}

/* ---- threads ---- */

/* What waits is answered when another caller cancels. */
static uint32_t answer_what_waits(void *ctx, void *user, uint32_t job)
{
    struct echo *e = ctx;
    (void)user;
    (void)job;
    echo_finish(e);
    return 0;
}

static void *wait_in_a_thread(void *handle)
{
    static const OPENRRAS_DISCONNECT all = {.Selector = {.fAll = TRUE}};
    OPENRRAS_JOB *job = NULL;
    DWORD code = OpenRrasDisconnect(handle, &all, OPENRRAS_EVENT_WAIT_MAX_MS, &job);
    return code == NO_ERROR ? job : NULL;
}

static void others_go_on_while_one_waits(void **state)
{
    OPENRRAS_JOB job = {.dwJob = 7};
    struct echo e;
    void *result;
    pthread_t thread;
    struct fake_server *f = start(&e, POLITE);
    MPR_SERVER_HANDLE h = fake_connect(f);
    (void)state;
    e.hold = true;
    e.reply = &job;
    e.backend.job_cancel = answer_what_waits;
    assert_int_equal(pthread_create(&thread, NULL, wait_in_a_thread, h), 0);
    while (e.n_asked == 0)
        sched_yield();
    LPBYTE buffer;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(MprAdminServerGetInfo(h, 0, &buffer), NO_ERROR);
        free_result(buffer);
    }
    assert_int_equal(job_cancel(h, &result), NO_ERROR);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    assert_int_equal(((OPENRRAS_JOB *)result)->dwJob, 7);
    free_result(result);
    assert_int_equal(fake_connections(f), 2);
    stop(f, &e, h);
}

/* ---- lost connections ---- */

static void an_order_is_never_sent_twice(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct echo e;
        void *result = (void *)1;
        struct fake_server *f = start(&e, CLOSES_ON_REQUEST);
        MPR_SERVER_HANDLE h = fake_connect(f);
        const void *reply = reply_sample(op);
        e.reply = reply;
        DWORD code = functions[op].call(h, &result);
        assert_int_equal(code, functions[op].order ? RPC_S_CALL_FAILED : NO_ERROR);
        assert_int_equal(fake_requests(f), functions[op].order ? 1 : 2);
        if (functions[op].order)
            assert_null(result);
        free_result(result);
        stop(f, &e, h);
        free_reply(op, reply);
    }
}

static void an_order_after_a_restart_takes_a_fresh_connection(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct echo e;
        void *result;
        struct fake_server *f = start(&e, POLITE);
        MPR_SERVER_HANDLE h = fake_connect(f);
        const void *reply = reply_sample(op);
        e.reply = reply;
        fake_drop_connections(f);
        assert_int_equal(functions[op].call(h, &result), NO_ERROR);
        assert_int_equal(fake_requests(f), 1);
        free_result(result);
        stop(f, &e, h);
        free_reply(op, reply);
    }
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void what_waits_has_its_time_and_the_call_s_own(void **state)
{
    static const uint16_t ops[] = {RRASX_EVENT_WAIT, RRASX_DISCONNECT, RRASX_JOB_WAIT};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct echo e;
        void *result;
        struct fake_server *f = start(&e, POLITE);
        MPR_SERVER_HANDLE h = fake_connect(f);
        assert_int_equal(OpenRrasServerSetTimeLimits(h, 0, SHORT_MS), NO_ERROR);
        e.hold = true;
        uint64_t begin = now_ms();
        assert_int_equal(functions[ops[i]].call(h, &result), RPC_S_CALL_FAILED);
        assert_null(result);
        assert_true(now_ms() - begin >= SHORT_MS + WAIT_MS);
        assert_true(detail_contains("no answer within 500 ms"));
        MprAdminServerDisconnect(h);
        fake_stop(f);
        e.code = ERROR_NOT_FOUND;
        echo_clear(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_asks_and_tells),
        cmocka_unit_test(a_failure_gives_its_code_and_nothing_else),
        cmocka_unit_test(what_is_not_given_may_be_null),
        cmocka_unit_test(a_list_of_many_pages_is_put_together),
        cmocka_unit_test(wrong_arguments_are_not_sent),
        cmocka_unit_test(a_closed_handle_is_1702),
        cmocka_unit_test(what_the_server_refuses_is_explained),
        cmocka_unit_test(another_server_gives_50_over_the_same_connection),
        cmocka_unit_test(an_older_server_gives_50_for_what_is_newer),
        cmocka_unit_test(a_server_that_was_upgraded_is_found_to_have_it),
        cmocka_unit_test(a_server_that_has_only_ours_can_not_be_connected_to),
        cmocka_unit_test(others_go_on_while_one_waits),
        cmocka_unit_test(an_order_is_never_sent_twice),
        cmocka_unit_test(an_order_after_a_restart_takes_a_fresh_connection),
        cmocka_unit_test(what_waits_has_its_time_and_the_call_s_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
