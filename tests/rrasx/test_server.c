/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: every operation through a real association, its checks in their order, and answers that wait. */
#include "world.h"

#include <stdio.h>

#include <winerror.h>

#define MOST UINT32_MAX

static void free_chunk(struct rrasx_chunk c)
{
    free((void *)(uintptr_t)c.p);
}

/* Calls with a request that says `args`. */
static void call(struct world *w, uint16_t opnum, const void *args)
{
    struct rrasx_chunk message = sample_encode(rrasx_form(opnum)->request, args);
    struct rrasx_chunk stub = world_stub(message);
    world_call(w, opnum, stub.p, stub.n);
    free_chunk(stub);
    free_chunk(message);
}

static void assert_reply(const struct world *w, const struct rrasx_message *m, const void *want)
{
    struct rrasx_chunk message;
    assert_int_equal(world_answer(w, &message), 0);
    void *got = sample_decode(m, &message, 1);
    assert_non_null(got);
    sample_assert_same(m, want, got);
    free(got);
}

static uint32_t answer_code(const struct world *w)
{
    struct rrasx_chunk message;
    uint32_t code = world_answer(w, &message);
    if (code != 0)
        assert_int_equal(message.n, 0);
    return code;
}

/* What is in a sample of a page, and no next one. */
static void *reply_sample(uint16_t opnum)
{
    void *s = sample_new(rrasx_form(opnum)->reply, SAMPLE_SHORT, 3);
    if (opnum == RRASX_SESSION_ENUM)
        ((struct rrasx_sessions *)s)->next = 0;
    if (opnum == RRASX_KEEP_OUT_ENUM)
        ((struct rrasx_keep_outs *)s)->next = 0;
    if (opnum == RRASX_DRIVER_ENUM)
        ((struct rrasx_drivers *)s)->next = 0;
    if (opnum == RRASX_LIMIT_ENUM)
        ((struct rrasx_limits *)s)->next = 0;
    if (opnum == RRASX_USER_ENUM) {
        struct rrasx_users *users = s;
        free((void *)(uintptr_t)users->next);
        users->next = NULL;
    }
    return s;
}

/* A request that every operation takes: small numbers, so that nothing is clipped and a page has its items. */
static void *request_sample(uint16_t opnum)
{
    void *s = sample_new(rrasx_form(opnum)->request, SAMPLE_SHORT, 1);
    if (opnum == RRASX_SESSION_ENUM)
        ((struct rrasx_session_request *)s)->after = 0;
    if (opnum == RRASX_KEEP_OUT_ENUM || opnum == RRASX_DRIVER_ENUM || opnum == RRASX_LIMIT_ENUM)
        ((struct rrasx_page_request *)s)->after = 0;
    if (opnum == RRASX_EVENT_WAIT) {
        ((struct rrasx_event_request *)s)->wait_ms = 1234;
        ((struct rrasx_event_request *)s)->gather_ms = 567;
    }
    if (opnum == RRASX_DISCONNECT)
        ((struct rrasx_disconnect_request *)s)->wait_ms = 1234;
    if (opnum == RRASX_JOB_WAIT)
        ((struct rrasx_job_request *)s)->wait_ms = 1234;
    return s;
}

static void every_operation_asks_the_backend_and_tells_its_answer(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct world w;
        world_open(&w);
        void *args = request_sample(op), *reply = reply_sample(op);
        w.echo.reply = reply;
        call(&w, op, args);
        assert_int_equal(w.echo.n_asked, 1);
        struct rrasx_chunk sent = sample_encode(rrasx_form(op)->request, args);
        assert_int_equal(w.echo.asked.n, sent.n);
        assert_memory_equal(w.echo.asked.p, sent.p, sent.n);
        assert_reply(&w, rrasx_form(op)->reply, reply);
        free_chunk(sent);
        sample_free(rrasx_form(op)->request, args);
        sample_free(rrasx_form(op)->reply, reply);
        world_close(&w);
    }
}

static void a_failure_is_a_code_without_a_message(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct world w;
        world_open(&w);
        void *args = request_sample(op);
        w.echo.code = ERROR_NOT_FOUND;
        call(&w, op, args);
        assert_int_equal(answer_code(&w), ERROR_NOT_FOUND);
        assert_int_equal(w.answer_len, 12);
        sample_free(rrasx_form(op)->request, args);
        world_close(&w);
    }
}

static void who_may_not_gets_5_and_nothing_is_done(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        struct world w;
        world_open(&w);
        void *args = request_sample(op);
        w.echo.deny = true;
        call(&w, op, args);
        assert_int_equal(answer_code(&w), ERROR_ACCESS_DENIED);
        assert_ptr_equal(w.echo.op, rrasx_op(op));
        assert_int_equal(w.echo.n_asked, 0);
        sample_free(rrasx_form(op)->request, args);
        world_close(&w);
    }
}

static void each_operation_needs_its_right(void **state)
{
    static const enum dim_right rights[RRASX_OPNUMS] = {
        [RRASX_SERVER_GET] = DIM_RIGHT_VIEW,
        [RRASX_SESSION_ENUM] = DIM_RIGHT_VIEW,
        [RRASX_EVENT_WAIT] = DIM_RIGHT_VIEW,
        [RRASX_DISCONNECT] = DIM_RIGHT_DISCONNECT,
        [RRASX_JOB_WAIT] = DIM_RIGHT_VIEW,
        [RRASX_JOB_CANCEL] = DIM_RIGHT_DISCONNECT,
        [RRASX_KEEP_OUT_ADD] = DIM_RIGHT_DISCONNECT,
        [RRASX_KEEP_OUT_ENUM] = DIM_RIGHT_VIEW,
        [RRASX_KEEP_OUT_REMOVE] = DIM_RIGHT_DISCONNECT,
        [RRASX_DRIVER_ENUM] = DIM_RIGHT_VIEW,
        [RRASX_DRIVER_FORGET] = DIM_RIGHT_ADMIN,
        [RRASX_USER_GET] = DIM_RIGHT_VIEW,
        [RRASX_USER_SET] = DIM_RIGHT_ADMIN,
        [RRASX_USER_REMOVE] = DIM_RIGHT_ADMIN,
        [RRASX_USER_ENUM] = DIM_RIGHT_VIEW,
        [RRASX_QUARANTINE_SET] = DIM_RIGHT_ADMIN,
        [RRASX_LIMIT_ENUM] = DIM_RIGHT_VIEW,
        [RRASX_LIMIT_SET] = DIM_RIGHT_ADMIN,
    };
    (void)state;
    for (uint16_t op = 0; op < RRASX_OPNUMS; op++) {
        assert_int_equal(rrasx_op(op)->opnum, op);
        assert_int_equal(rrasx_op(op)->right, rights[op]);
        assert_non_null(rrasx_form(op));
    }
    assert_null(rrasx_op(RRASX_OPNUMS));
    assert_null(rrasx_form(RRASX_OPNUMS));
}

static void operations_of_both_interfaces_have_names_of_their_own(void **state)
{
    size_t n = 0;
    (void)state;
    for (; rrasx_every_op(n); n++)
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(rrasx_every_op(i)->name, rrasx_every_op(n)->name);
    assert_int_equal(n, 53 + RRASX_OPNUMS);
}

/* ---- requests that are none ---- */

static void assert_fault(const void *stub, size_t n, uint16_t opnum, uint32_t fault)
{
    struct world w;
    world_open(&w);
    world_call(&w, opnum, stub, n);
    assert_int_equal(world_fault(&w), fault);
    assert_int_equal(w.echo.n_asked, 0);
    assert_null(w.echo.op); /* a request is decoded before anybody is asked about rights */
    world_close(&w);
}

static void a_stub_that_is_no_message_is_a_fault(void **state)
{
    (void)state;
    assert_fault("", 0, RRASX_SERVER_GET, RPC_FAULT_BAD_STUB);
    assert_fault("\0\0\0\0", 4, RRASX_SERVER_GET, RPC_FAULT_BAD_STUB);
    assert_fault("\0\0\0\0\1\0\0\0", 8, RRASX_SERVER_GET, RPC_FAULT_BAD_STUB);
    assert_fault("\4\0\0\0\4\0\0\0\1\0\0", 11, RRASX_SERVER_GET, RPC_FAULT_BAD_STUB);
    assert_fault("\4\0\0\0\5\0\0\0\1\0\0\0\0", 13, RRASX_SERVER_GET, RPC_FAULT_BAD_STUB);
    assert_fault("\4\0\0\0\4\0\0\0\1\0\1\0", 12, RRASX_SERVER_GET, RPC_FAULT_BAD_STUB);
    assert_fault("\xff\xff\xff\xff\xff\xff\xff\xff", 8, RRASX_SERVER_GET, RPC_FAULT_BAD_STUB);
}

static void a_known_attribute_of_a_wrong_length_is_a_fault(void **state)
{
    (void)state;
    assert_fault("\7\0\0\0\7\0\0\0\1\0\3\0\1\2\3", 15, RRASX_JOB_CANCEL, RPC_FAULT_BAD_STUB);
}

static void a_text_beyond_its_limit_is_a_fault(void **state)
{
    char long_text[RRASX_NAME_MAX + 2];
    (void)state;
    memset(long_text, 'x', sizeof long_text);
    uint8_t stub[8 + 4 + RRASX_NAME_MAX + 1] = {0};
    struct rpc_wr w = rpc_wr_init(stub, sizeof stub);
    rpc_wr_u32(&w, 4 + RRASX_NAME_MAX + 1);
    rpc_wr_u32(&w, 4 + RRASX_NAME_MAX + 1);
    rpc_wr_u16_raw(&w, 1);
    rpc_wr_u16_raw(&w, RRASX_NAME_MAX + 1);
    rpc_wr_bytes(&w, long_text, RRASX_NAME_MAX + 1);
    assert_fault(stub, w.pos, RRASX_DRIVER_FORGET, RPC_FAULT_BAD_STUB);
}

/* An empty message for ServerGet, and a trailer that says which call it was sent for (MS-RPCE 2.2.2.13). */
static size_t stub_with_trailer(uint8_t dst[static 48], uint16_t opnum)
{
    static const uint8_t signature[] = {0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71};
    struct rpc_wr w = rpc_wr_init(dst, 48);
    rpc_wr_zero(&w, 8);
    rpc_wr_bytes(&w, signature, sizeof signature);
    rpc_wr_u16_raw(&w, 0x4003); /* the header of the request; nothing follows */
    rpc_wr_u16_raw(&w, 16);
    rpc_wr_u32_raw(&w, 0);
    rpc_wr_u32_raw(&w, 0x10);
    rpc_wr_u32_raw(&w, 2); /* the call after bind */
    rpc_wr_u16_raw(&w, 0);
    rpc_wr_u16_raw(&w, opnum);
    assert_true(rpc_wr_ok(&w));
    return w.pos;
}

static void a_forged_trailer_is_refused_before_anything_is_done(void **state)
{
    const OPENRRAS_SERVER reply = {.dwPorts = 7};
    uint8_t stub[48];
    struct world w;
    (void)state;
    assert_fault(stub, stub_with_trailer(stub, RRASX_DRIVER_FORGET), RRASX_SERVER_GET, RPC_FAULT_ACCESS_DENIED);
    world_open(&w);
    w.echo.reply = &reply;
    world_call(&w, RRASX_SERVER_GET, stub, stub_with_trailer(stub, RRASX_SERVER_GET));
    assert_reply(&w, &rrasx_server, &reply);
    world_close(&w);
}

static void an_operation_that_does_not_exist_is_out_of_range(void **state)
{
    (void)state;
    assert_fault("\0\0\0\0\0\0\0\0", 8, RRASX_OPNUMS, RPC_FAULT_OP_RANGE);
    assert_fault("\0\0\0\0\0\0\0\0", 8, UINT16_MAX, RPC_FAULT_OP_RANGE);
}

static void attributes_that_are_not_known_are_passed_over(void **state)
{
    struct world w;
    (void)state;
    world_open(&w);
    world_call(&w, RRASX_JOB_CANCEL, "\x12\0\0\0\x12\0\0\0\x63\0\2\0xx\1\0\4\0\7\0\0\0\x63\0\0\0", 26);
    assert_int_equal(answer_code(&w), 0);
    assert_memory_equal(w.echo.asked.p, "\1\0\4\0\7\0\0\0", 8);
    world_close(&w);
}

static void a_big_endian_client_is_understood(void **state)
{
    /* The stub is in the client's byte order, the message always little-endian. */
    const uint8_t request[] = {5, 0, 0, 3, 0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 0, 9, 0, 0, 0, 16,
                               0, 0, 0, 5, 0, 0, 0, 8, 0, 0,  0, 8, 1, 0, 4, 0, 7, 0, 0, 0};
    struct world w;
    (void)state;
    world_open(&w);
    assert_int_equal(rpc_server_input(w.server, request, sizeof request), 0);
    assert_int_equal(w.echo.n_asked, 1);
    assert_memory_equal(w.echo.asked.p, "\1\0\4\0\7\0\0\0", 8);
    world_close(&w);
}

static void a_list_without_a_selector_is_of_all(void **state)
{
    struct world w;
    const struct rrasx_session_request want = {.has_selector = true, .selector = {.fAll = TRUE}};
    (void)state;
    world_open(&w);
    call(&w, RRASX_SESSION_ENUM, &(struct rrasx_session_request){0});
    struct rrasx_chunk sent = sample_encode(&rrasx_session_request, &want);
    assert_int_equal(w.echo.asked.n, sent.n);
    assert_memory_equal(w.echo.asked.p, sent.p, sent.n);
    free_chunk(sent);
    world_close(&w);
}

/* What reaches the backend as gather-ms. */
static uint32_t gathers(struct world *w, uint32_t gather_ms, uint32_t wait_ms)
{
    call(w, RRASX_EVENT_WAIT, &(struct rrasx_event_request){.gather_ms = gather_ms, .wait_ms = wait_ms});
    return rrasx_get_u32(rrasx_form(RRASX_EVENT_WAIT)->request, w->echo.asked, 6);
}

static void nobody_lets_events_gather_longer_than_he_waits_or_than_the_most(void **state)
{
    struct world w;
    (void)state;
    world_open(&w);
    w.echo.code = ERROR_NOT_FOUND;
    assert_int_equal(gathers(&w, 5, 5), 5);
    assert_int_equal(gathers(&w, 5, 4), 4);
    assert_int_equal(gathers(&w, 5, 0), 0);
    assert_int_equal(gathers(&w, MOST, MOST), RRASX_GATHER_MAX_MS);
    world_close(&w);
}

static void nobody_waits_longer_than_the_most(void **state)
{
    struct world w;
    (void)state;
    world_open(&w);
    w.echo.code = ERROR_NOT_FOUND;
    call(&w, RRASX_EVENT_WAIT, &(struct rrasx_event_request){.wait_ms = MOST});
    assert_int_equal(w.echo.wait_ms, OPENRRAS_EVENT_WAIT_MAX_MS);
    call(&w, RRASX_DISCONNECT, &(struct rrasx_disconnect_request){.wait_ms = MOST});
    assert_int_equal(w.echo.wait_ms, OPENRRAS_EVENT_WAIT_MAX_MS);
    call(&w, RRASX_JOB_WAIT, &(struct rrasx_job_request){.wait_ms = MOST});
    assert_int_equal(w.echo.wait_ms, OPENRRAS_EVENT_WAIT_MAX_MS);
    world_close(&w);
}

/* ---- pages ---- */

static void pages_put_together_are_the_list(void **state)
{
    struct world w;
    OPENRRAS_SESSION *sessions = calloc(2000, sizeof *sessions);
    struct rrasx_sessions reply = {.list = {.dwCount = 2000, .pSessions = sessions}};
    struct rrasx_session_request args = {0};
    uint32_t seen = 0;
    (void)state;
    assert_non_null(sessions);
    for (uint32_t i = 0; i < 2000; i++)
        sessions[i] = (OPENRRAS_SESSION){.dwPort = i + 1, .pszUser = "somebody with a name of some length"};
    world_open(&w);
    w.echo.reply = &reply;
    do {
        struct rrasx_chunk message;
        call(&w, RRASX_SESSION_ENUM, &args);
        assert_int_equal(world_answer(&w, &message), 0);
        assert_true(message.n < RRASX_PAGE_BYTES + 4096);
        struct rrasx_sessions *page = sample_decode(&rrasx_sessions, &message, 1);
        assert_non_null(page);
        for (uint32_t i = 0; i < page->list.dwCount; i++)
            assert_int_equal(page->list.pSessions[i].dwPort, ++seen);
        args.after = page->next;
        free(page);
    } while (args.after != 0);
    assert_int_equal(seen, 2000);
    assert_true(w.echo.n_asked >= 2);
    free(sessions);
    world_close(&w);
}

/* Users have no numbers: a page ends with a name, and the next one begins behind it. */
static void pages_of_users_go_on_behind_a_name(void **state)
{
    struct world w;
    OPENRRAS_USER *users = calloc(3000, sizeof *users);
    char(*names)[8] = calloc(3000, sizeof *names);
    struct rrasx_users reply = {.list = {.dwCount = 3000, .pUsers = users}};
    char after[RRASX_USER_MAX + 1] = "";
    uint32_t seen = 0;
    (void)state;
    assert_true(users && names);
    for (uint32_t i = 0; i < 3000; i++) {
        snprintf(names[i], sizeof names[i], "u%05u", i);
        users[i] = (OPENRRAS_USER){.pszUser = names[i], .dwCallback = 1, .pszNumber = "+49 30 5550100"};
    }
    world_open(&w);
    w.echo.reply = &reply;
    do {
        struct rrasx_chunk message;
        call(&w, RRASX_USER_ENUM, &(struct rrasx_user_page_request){after});
        assert_int_equal(world_answer(&w, &message), 0);
        assert_true(message.n < RRASX_PAGE_BYTES + 4096);
        struct rrasx_users *page = sample_decode(&rrasx_users, &message, 1);
        assert_non_null(page);
        assert_true(page->list.dwCount > 0);
        for (uint32_t i = 0; i < page->list.dwCount; i++)
            assert_string_equal(page->list.pUsers[i].pszUser, names[seen++]);
        snprintf(after, sizeof after, "%s", page->next);
        assert_true(after[0] == '\0' || strcmp(after, names[seen - 1]) == 0);
        free(page);
    } while (after[0]);
    assert_int_equal(seen, 3000);
    assert_true(w.echo.n_asked >= 2);
    free(users);
    free(names);
    world_close(&w);
}

static void an_empty_list_is_no_failure(void **state)
{
    struct world w;
    const struct rrasx_drivers none = {0};
    (void)state;
    world_open(&w);
    w.echo.reply = &none;
    call(&w, RRASX_DRIVER_ENUM, &(struct rrasx_page_request){0});
    assert_int_equal(answer_code(&w), 0);
    assert_memory_equal(w.answer, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
    world_close(&w);
}

/* ---- answers that come later ---- */

static void waiting(uint16_t op, const void *args, const void *reply)
{
    struct world w;
    world_open(&w);
    w.echo.hold = true;
    w.echo.reply = reply;
    call(&w, op, args);
    assert_int_equal(rpc_client_state(w.client), RPC_CLIENT_CALLING);
    assert_non_null(w.echo.pending);
    assert_false(rrasx_is_abandoned(w.echo.pending));
    echo_finish(&w.echo);
    world_run(&w);
    assert_reply(&w, rrasx_form(op)->reply, reply);
    world_close(&w);
}

static void an_answer_may_come_later(void **state)
{
    const OPENRRAS_EVENT events[2] = {{.ullNumber = 7, .dwType = OPENRRAS_EVENT_SESSION_UP}, {.ullNumber = 8}};
    const OPENRRAS_EVENT_LIST list = {.ullLast = 8, .dwCount = 2, .pEvents = (OPENRRAS_EVENT *)(uintptr_t)events};
    const OPENRRAS_JOB job = {.dwJob = 4, .dwState = OPENRRAS_JOB_RUNNING};
    (void)state;
    waiting(RRASX_EVENT_WAIT, &(struct rrasx_event_request){0}, &list);
    waiting(RRASX_DISCONNECT, &(struct rrasx_disconnect_request){0}, &job);
    waiting(RRASX_JOB_WAIT, &(struct rrasx_job_request){0}, &job);
    const OPENRRAS_USER user = {.pszUser = "alice", .fPermitted = TRUE, .dwCallback = 1};
    const struct rrasx_users users = {.list = {1, (OPENRRAS_USER *)(uintptr_t)&user}};
    waiting(RRASX_USER_GET, &(struct rrasx_user_request){"alice"}, &user);
    waiting(RRASX_USER_ENUM, &(struct rrasx_user_page_request){""}, &users);
    waiting(RRASX_USER_SET, &(struct rrasx_user_set_request){.user = "alice"}, NULL);
    waiting(RRASX_USER_REMOVE, &(struct rrasx_user_request){"alice"}, NULL);
    waiting(RRASX_QUARANTINE_SET, &(struct rrasx_quarantine_request){5, TRUE}, NULL);
    waiting(RRASX_LIMIT_SET, &(struct rrasx_limit_request){"l2tp", 3, 1}, &(const struct rrasx_limit_set){2});
}

static void a_caller_who_has_gone_takes_nothing_with_him(void **state)
{
    const OPENRRAS_EVENT_LIST list = {.ullLast = 8};
    const OPENRRAS_JOB job = {.dwJob = 4};
    const OPENRRAS_USER user = {.pszUser = "alice"};
    const struct rrasx_users users = {.list = {1, (OPENRRAS_USER *)(uintptr_t)&user}};
    const struct {
        uint16_t op;
        const void *reply;
    } waits[] = {{RRASX_EVENT_WAIT, &list}, {RRASX_DISCONNECT, &job},     {RRASX_JOB_WAIT, &job},
                 {RRASX_USER_GET, &user},   {RRASX_USER_SET, NULL},       {RRASX_USER_REMOVE, NULL},
                 {RRASX_USER_ENUM, &users}, {RRASX_QUARANTINE_SET, NULL}, {RRASX_LIMIT_SET, NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        uint16_t op = waits[i].op;
        struct world w;
        world_open(&w);
        void *args = request_sample(op);
        w.echo.hold = true;
        w.echo.reply = waits[i].reply;
        call(&w, op, args);
        world_break(&w);
        assert_non_null(w.echo.pending);
        assert_true(rrasx_is_abandoned(w.echo.pending));
        echo_finish(&w.echo);
        assert_int_equal(w.echo.n_asked, 1); /* what was ordered stands */
        sample_free(rrasx_form(op)->request, args);
        world_close(&w);
    }
}

static void an_event_is_encoded_once_for_all(void **state)
{
    OPENRRAS_EVENT *e = sample_new(&rrasx_event, SAMPLE_LIMITS, 2);
    uint8_t bytes[RRASX_EVENT_MAX];
    (void)state;
    assert_true(RRASX_HEADER + 4 + rrasx_bound(&rrasx_event, e) <= RRASX_EVENT_MAX);
    size_t n = rrasx_encode_event(e, bytes);
    const OPENRRAS_EVENT_LIST list = {.dwCount = 1, .pEvents = e};
    struct rrasx_chunk whole = sample_encode(&rrasx_events, &list);
    assert_true(n > 0 && n <= whole.n);
    assert_memory_equal(whole.p + whole.n - n, bytes, n);
    free_chunk(whole);
    sample_free(&rrasx_event, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_asks_the_backend_and_tells_its_answer),
        cmocka_unit_test(a_failure_is_a_code_without_a_message),
        cmocka_unit_test(who_may_not_gets_5_and_nothing_is_done),
        cmocka_unit_test(each_operation_needs_its_right),
        cmocka_unit_test(operations_of_both_interfaces_have_names_of_their_own),
        cmocka_unit_test(a_stub_that_is_no_message_is_a_fault),
        cmocka_unit_test(a_known_attribute_of_a_wrong_length_is_a_fault),
        cmocka_unit_test(a_text_beyond_its_limit_is_a_fault),
        cmocka_unit_test(a_forged_trailer_is_refused_before_anything_is_done),
        cmocka_unit_test(an_operation_that_does_not_exist_is_out_of_range),
        cmocka_unit_test(attributes_that_are_not_known_are_passed_over),
        cmocka_unit_test(a_big_endian_client_is_understood),
        cmocka_unit_test(a_list_without_a_selector_is_of_all),
        cmocka_unit_test(nobody_lets_events_gather_longer_than_he_waits_or_than_the_most),
        cmocka_unit_test(nobody_waits_longer_than_the_most),
        cmocka_unit_test(pages_put_together_are_the_list),
        cmocka_unit_test(pages_of_users_go_on_behind_a_name),
        cmocka_unit_test(an_empty_list_is_no_failure),
        cmocka_unit_test(an_answer_may_come_later),
        cmocka_unit_test(a_caller_who_has_gone_takes_nothing_with_him),
        cmocka_unit_test(an_event_is_encoded_once_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
