/* SPDX-License-Identifier: Apache-2.0 */
/* The functions over our own interface, against servers that lie: whatever comes is a code, never a result that was not
 * checked, and never more memory than the limits allow. */
#include "rrasx_calls.h"

#include <time.h>

#include "rrasx/out.h"

/* What each function says when every call is answered with this stub. */
static void assert_all(const void *stub, size_t n, DWORD code)
{
    struct echo e;
    echo_init(&e);
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend, .raw_answer = stub, .raw_len = n});
    MPR_SERVER_HANDLE h = fake_connect(f);
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result;
        assert_int_equal(calls[op].call(h, &result), code);
        assert_int_equal(result != NULL, code == NO_ERROR && rrasx_form(op)->reply != &rrasx_nothing &&
                                             rrasx_form(op)->reply != &rrasx_number &&
                                             rrasx_form(op)->reply != &rrasx_forgotten &&
                                             rrasx_form(op)->reply != &rrasx_limit_set);
        if (result)
            assert_int_equal(MprAdminBufferFree(result), NO_ERROR);
    }
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(&e);
}

/* The same with a stub around this message. */
static void assert_message(const void *message, size_t n, uint32_t code, DWORD result)
{
    size_t padded = (n + 3) & ~(size_t)3;
    uint8_t *stub = calloc(1, 16 + padded);
    assert_non_null(stub);
    rpc_put_u32(stub, (uint32_t)n);
    rpc_put_u32(stub + 4, 0x20000);
    rpc_put_u32(stub + 8, (uint32_t)n);
    memcpy(stub + 12, message, n);
    rpc_put_u32(stub + 12 + padded, code);
    assert_all(stub, 16 + padded, result);
    free(stub);
}

#define MESSAGE(bytes, code, result) assert_message(bytes, sizeof(bytes) - 1, code, result)
#define STUB(bytes, result)          assert_all(bytes, sizeof(bytes) - 1, result)

static void stubs_that_are_no_answer_are_1783(void **state)
{
    (void)state;
    STUB("", RPC_X_BAD_STUB_DATA);
    STUB("\0\0\0\0", RPC_X_BAD_STUB_DATA);
    STUB("\0\0\0\0\0\0\0\0", RPC_X_BAD_STUB_DATA);
    STUB("\1\0\0\0\0\0\0\0\0\0\0\0", RPC_X_BAD_STUB_DATA);                  /* a size without bytes */
    STUB("\1\0\0\0\0\0\2\0\2\0\0\0xx\0\0\0\0\0\0", RPC_X_BAD_STUB_DATA);    /* two sizes */
    STUB("\4\0\0\0\0\0\2\0\4\0\0\0x", RPC_X_BAD_STUB_DATA);                 /* breaks off */
    STUB("\0\0\0\0\0\0\0\0\0\0\0\0xxxxxxxxxxxxxxxxx", RPC_X_BAD_STUB_DATA); /* goes on */
}

static void messages_that_are_none_are_1783(void **state)
{
    (void)state;
    MESSAGE("\1", 0, RPC_X_BAD_STUB_DATA);
    MESSAGE("\1\0\xff\0", 0, RPC_X_BAD_STUB_DATA);
    MESSAGE("\1\0\xff\xff\xff\xff\xff\xff", 0, RPC_X_BAD_STUB_DATA);
    MESSAGE("\x77\0\1\0x\x77\0\2\0x", 0, RPC_X_BAD_STUB_DATA);
}

static void empty_answers_are_results_with_nothing_in_them(void **state)
{
    (void)state;
    STUB("\0\0\0\0\0\0\0\0\0\0\0\0", NO_ERROR);
    STUB("\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0", NO_ERROR); /* a pointer to nothing is the same */
    MESSAGE("\x77\0\1\0x", 0, NO_ERROR);                /* and so is what is not known */
}

static void with_a_failure_the_message_counts_for_nothing(void **state)
{
    (void)state;
    STUB("\0\0\0\0\0\0\0\0\5\0\0\0", ERROR_ACCESS_DENIED);
    MESSAGE("\1\0\4\0\1\0\0\0", ERROR_ACCESS_DENIED, ERROR_ACCESS_DENIED);
    MESSAGE("nonsense", ERROR_MORE_DATA, ERROR_MORE_DATA);
}

/* One function, when every call is answered with this stub. */
static DWORD answered(const void *stub, size_t n, uint16_t op, void **result)
{
    struct echo e;
    echo_init(&e);
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend, .raw_answer = stub, .raw_len = n});
    MPR_SERVER_HANDLE h = fake_connect(f);
    assert_int_equal(OpenRrasServerSetTimeLimits(h, 0, 5000), NO_ERROR);
    DWORD code = calls[op].call(h, result);
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(&e);
    return code;
}

static void a_message_too_long_is_1783_before_it_has_come(void **state)
{
    /* One byte more than RRASX_REPLY_MAX is announced. */
    static const char stub[] = "\1\0\200\0\0\0\2\0\1\0\200\0x";
    char text[128];
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        void *result;
        assert_int_equal(answered(stub, sizeof stub - 1, op, &result), RPC_X_BAD_STUB_DATA);
        assert_null(result);
        OpenRrasLastDetail(text, sizeof text);
        assert_non_null(strstr(text, "too long: 8388609 bytes"));
    }
}

/* ---- lists ---- */

static const uint16_t list_ops[] = {RRASX_SESSION_ENUM, RRASX_KEEP_OUT_ENUM, RRASX_DRIVER_ENUM, RRASX_LIMIT_ENUM};

static void a_list_that_goes_in_circles_is_1783(void **state)
{
    /* Every page says that the next one begins after 5. */
    static const char stub[] = "\14\0\0\0\0\0\2\0\14\0\0\0\1\0\0\0\2\0\4\0\5\0\0\0\0\0\0\0";
    char text[128];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        void *result;
        assert_int_equal(answered(stub, sizeof stub - 1, list_ops[i], &result), RPC_X_BAD_STUB_DATA);
        assert_null(result);
        OpenRrasLastDetail(text, sizeof text);
        assert_non_null(strstr(text, "goes back"));
    }
}

/* Pages of users that go on behind a name that is not above the last one; the second time round. */
static const char *turns[2];

static void users_in_circles(void *ctx, void *user, const char *after, struct rrasx_pending *p)
{
    const OPENRRAS_USER one = {.pszUser = turns[*after != '\0'], .dwCallback = 1};
    (void)ctx;
    (void)user;
    rrasx_finish_users(p, 0, &one, 1, true);
}

static void a_list_of_users_that_goes_in_circles_is_1783(void **state)
{
    static const char *const names[][2] = {{"b", "b"}, {"b", "a"}, {"bb", "b"}, {"\xc3\xa4", "z"}};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct echo e;
        void *result;
        echo_init(&e);
        e.backend.user_enum = users_in_circles;
        turns[0] = names[i][0];
        turns[1] = names[i][1];
        struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend});
        MPR_SERVER_HANDLE h = fake_connect(f);
        assert_int_equal(calls[RRASX_USER_ENUM].call(h, &result), RPC_X_BAD_STUB_DATA);
        assert_null(result);
        assert_true(calls_detail("goes back"));
        assert_int_equal(fake_requests(f), 2);
        MprAdminServerDisconnect(h);
        fake_stop(f);
        echo_clear(&e);
    }
}

/* Pages full of sessions with nothing in them, and always one more. */
static uint32_t endless(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                        uint32_t *next)
{
    const OPENRRAS_SESSION nothing = {0};
    (void)ctx;
    (void)selector;
    while (rrasx_put_session(out, &nothing))
        ;
    *next = after + 1;
    return 0;
}

static void a_list_without_an_end_is_1783(void **state)
{
    struct echo e;
    void *result;
    char text[128];
    (void)state;
    echo_init(&e);
    e.backend.session_enum = endless;
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend});
    MPR_SERVER_HANDLE h = fake_connect(f);
    assert_int_equal(calls[RRASX_SESSION_ENUM].call(h, &result), RPC_X_BAD_STUB_DATA);
    assert_null(result);
    OpenRrasLastDetail(text, sizeof text);
    assert_non_null(strstr(text, "does not come to an end"));
    assert_int_equal(fake_requests(f), 1048576 / 16384 + 1);
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(&e);
}

/* Pages as large as they may be, and nothing in them that anybody knows. */
static uint32_t large_pages(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                            uint32_t *next)
{
    static uint8_t page[8u * 1024 * 1024 - 64];
    (void)ctx;
    (void)selector;
    rpc_put_u32(page, 0xffff0077);
    rpc_put_u32(page + 4, sizeof page - 8);
    rrasx_out_bytes(out, page, sizeof page);
    *next = after < 70 ? after + 1 : 0;
    return 0;
}

static void a_list_that_is_too_long_is_1783(void **state)
{
    struct echo e;
    void *result;
    char text[128];
    (void)state;
    echo_init(&e);
    e.backend.session_enum = large_pages;
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend});
    MPR_SERVER_HANDLE h = fake_connect(f);
    assert_int_equal(calls[RRASX_SESSION_ENUM].call(h, &result), RPC_X_BAD_STUB_DATA);
    assert_null(result);
    OpenRrasLastDetail(text, sizeof text);
    assert_non_null(strstr(text, "does not come to an end"));
    assert_int_equal(fake_requests(f), 65);
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(&e);
}

#define EMPTY_PAGES 2000u /* of a millisecond each: ten times what the call may take */

/* Empty pages cost nothing but time, and that has its limit. */
static uint32_t empty_pages(void *ctx, const OPENRRAS_SELECTOR *selector, uint32_t after, struct rrasx_out *out,
                            uint32_t *next)
{
    (void)ctx;
    (void)selector;
    (void)out;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    *next = after < EMPTY_PAGES ? after + 1 : 0;
    return 0;
}

static void empty_pages_end_with_the_time(void **state)
{
    struct echo e;
    void *result;
    (void)state;
    echo_init(&e);
    e.backend.session_enum = empty_pages;
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend});
    MPR_SERVER_HANDLE h = fake_connect(f);
    assert_int_equal(OpenRrasServerSetTimeLimits(h, 0, 200), NO_ERROR);
    DWORD code = calls[RRASX_SESSION_ENUM].call(h, &result);
    assert_true(code == RPC_S_CALL_FAILED || code == RPC_S_CALL_FAILED_DNE);
    assert_null(result);
    assert_true(fake_requests(f) > 2);
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(&e);
}

static void a_list_that_fails_midway_gives_nothing(void **state)
{
    OPENRRAS_DRIVER drivers[2] = {{.pszDriver = "a"}, {.pszDriver = "b"}};
    const struct rrasx_drivers reply = {.list = {2, drivers}};
    struct echo e;
    void *result;
    (void)state;
    echo_init(&e);
    e.reply = &reply;
    e.page = 1;
    /* The first page comes, then the connection is lost twice. */
    struct fake_server *f = fake_start(&(struct fake_config){.rrasx = &e.backend});
    MPR_SERVER_HANDLE h = fake_connect(f);
    assert_int_equal(calls[RRASX_DRIVER_ENUM].call(h, &result), NO_ERROR);
    assert_int_equal(((OPENRRAS_DRIVER_LIST *)result)->dwCount, 2);
    assert_int_equal(e.n_asked, 2);
    assert_int_equal(MprAdminBufferFree(result), NO_ERROR);
    e.code = ERROR_NOT_FOUND;
    assert_int_equal(calls[RRASX_DRIVER_ENUM].call(h, &result), ERROR_NOT_FOUND);
    assert_null(result);
    MprAdminServerDisconnect(h);
    fake_stop(f);
    echo_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stubs_that_are_no_answer_are_1783),
        cmocka_unit_test(messages_that_are_none_are_1783),
        cmocka_unit_test(a_message_too_long_is_1783_before_it_has_come),
        cmocka_unit_test(empty_answers_are_results_with_nothing_in_them),
        cmocka_unit_test(with_a_failure_the_message_counts_for_nothing),
        cmocka_unit_test(a_list_that_goes_in_circles_is_1783),
        cmocka_unit_test(a_list_of_users_that_goes_in_circles_is_1783),
        cmocka_unit_test(a_list_without_an_end_is_1783),
        cmocka_unit_test(a_list_that_is_too_long_is_1783),
        cmocka_unit_test(empty_pages_end_with_the_time),
        cmocka_unit_test(a_list_that_fails_midway_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
