/* SPDX-License-Identifier: Apache-2.0 */
/* The server without memory: nothing is ordered that is then answered with "no memory", and nothing leaks. */
#include "world.h"

#include <winerror.h>

#include "tests/lib/failing.h"

static void open(struct world *w)
{
    world_open(w);
    w->echo.failing = &failing_countdown;
}

static void send(struct world *w, uint16_t opnum)
{
    static const uint8_t empty[8];
    const struct rpc_sink sink = {NULL, w};
    size_t n;
    w->echo.op = NULL;
    assert_int_equal(rpc_client_call(w->client, 0, opnum, empty, sizeof empty, &sink), 0);
    const uint8_t *out = rpc_client_output(w->client, &n);
    assert_int_equal(rpc_server_input(w->server, out, n), 0);
    rpc_client_consumed(w->client, n);
}

/* The code at the end of the PDU that is waiting to be sent. */
static uint32_t sent_code(struct world *w)
{
    size_t n;
    const uint8_t *out = rpc_server_output(w->server, &n);
    assert_true(n >= 24 + 12);
    assert_int_equal(out[2], 2); /* a response */
    struct rpc_rd r = rpc_rd_init(out + n - 4, 4, false);
    return rpc_rd_u32(&r);
}

static void a_keep_out_is_not_added_without_memory_for_its_answer(void **state)
{
    const struct rrasx_number number = {5};
    bool refused = false;
    (void)state;
    for (unsigned i = 1;; i++) {
        struct world w;
        open(&w);
        w.echo.reply = &number;
        failing_start(i);
        send(&w, RRASX_KEEP_OUT_ADD);
        bool failed = failing_stop();
        bool broken = rpc_server_finished(w.server); /* without memory for the request itself */
        uint32_t code = broken ? ERROR_NOT_ENOUGH_MEMORY : sent_code(&w);
        assert_int_equal(code, w.echo.n_asked == 1 ? 0 : ERROR_NOT_ENOUGH_MEMORY);
        refused |= !broken && code != 0;
        world_close(&w);
        if (!failed)
            break;
    }
    assert_true(refused);
}

static void the_owner_of_a_job_learns_its_number_without_memory(void **state)
{
    OPENRRAS_FAILURE failure = {.dwPort = 1, .pszReason = "refused"};
    const OPENRRAS_JOB job = {.dwJob = 7, .dwFailed = 1, .dwFailures = 1, .pFailures = &failure, .pszBy = "alice"};
    struct world w;
    (void)state;
    open(&w);
    w.echo.hold = true;
    w.echo.reply = &job;
    send(&w, RRASX_DISCONNECT);
    assert_non_null(w.echo.pending);
    failing_start(1);
    echo_finish(&w.echo);
    assert_true(failing_stop());
    size_t n;
    const uint8_t *out = rpc_server_output(w.server, &n);
    struct rpc_rd r = rpc_rd_init(out + 24, n - 24, false);
    uint32_t size = rpc_rd_u32(&r);
    (void)rpc_rd_u32(&r);
    (void)rpc_rd_u32(&r);
    const struct rrasx_chunk message = {rpc_rd_bytes(&r, size), size};
    assert_int_equal(rpc_rd_u32(&r), 0);
    OPENRRAS_JOB *got = sample_decode(&rrasx_job, &message, 1);
    assert_non_null(got);
    assert_int_equal(got->dwJob, 7);
    assert_int_equal(got->dwFailed, 1);
    assert_int_equal(got->dwFailures, 0);
    assert_string_equal(got->pszBy, "alice");
    free(got);
    world_close(&w);
}

static void a_list_without_memory_is_8(void **state)
{
    OPENRRAS_DRIVER driver = {.pszDriver = "d"};
    const struct rrasx_drivers list = {.list = {1, &driver}};
    const OPENRRAS_SERVER server = {.pszVersion = "1"};
    OPENRRAS_USER user = {.pszUser = "alice"};
    const struct rrasx_users users = {.list = {1, &user}};
    const uint16_t ops[] = {RRASX_DRIVER_ENUM, RRASX_SERVER_GET, RRASX_USER_GET, RRASX_USER_ENUM};
    const void *const replies[] = {&list, &server, &user, &users};
    (void)state;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        bool refused = false;
        for (unsigned k = 1;; k++) {
            struct world w;
            open(&w);
            w.echo.reply = replies[i];
            failing_start(k);
            send(&w, ops[i]);
            bool failed = failing_stop();
            refused |= !rpc_server_finished(w.server) && sent_code(&w) == ERROR_NOT_ENOUGH_MEMORY;
            world_close(&w);
            if (!failed)
                break;
        }
        assert_true(refused);
    }
}

/* A user is changed, or not: what was done is never answered with "no memory". */
static void a_user_is_not_changed_without_memory_for_its_answer(void **state)
{
    bool refused = false;
    (void)state;
    for (unsigned i = 1;; i++) {
        struct world w;
        open(&w);
        failing_start(i);
        send(&w, RRASX_USER_SET);
        bool failed = failing_stop();
        bool broken = rpc_server_finished(w.server); /* without memory for the request itself, or the answer's PDU */
        if (!broken)
            assert_int_equal(sent_code(&w), w.echo.n_asked == 1 ? 0 : ERROR_NOT_ENOUGH_MEMORY);
        refused |= !broken && w.echo.n_asked == 0;
        world_close(&w);
        if (!failed)
            break;
    }
    assert_true(refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_keep_out_is_not_added_without_memory_for_its_answer),
        cmocka_unit_test(the_owner_of_a_job_learns_its_number_without_memory),
        cmocka_unit_test(a_list_without_memory_is_8),
        cmocka_unit_test(a_user_is_not_changed_without_memory_for_its_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
