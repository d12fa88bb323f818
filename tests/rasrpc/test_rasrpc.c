/* SPDX-License-Identifier: Apache-2.0 */
/* The interface to the RAS manager: its examples over a real association, and requests that are not what they should
 * be. Linked with --wrap=malloc. */
#include "../dimsvc/golden.h"
#include "../dimsvc/pair.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "rasrpc/layout.h"
#include "rasrpc/run.h"
#include "rpc/fault.h"

static struct fake f;
static bool no_memory;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
    return no_memory ? NULL : __real_malloc(n);
}

static int setup(void **state)
{
    (void)state;
    goldens_read(&goldens, EXAMPLES);
    golden_server(&f, &goldens.all[0]);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    goldens_free(&goldens);
    return 0;
}

static uint32_t collect(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct bytes *b = ctx;
    (void)big;
    b->p = realloc(b->p, b->n + n);
    assert_non_null(b->p);
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

/* The answer over an association; *fault is its status, and then there are no bytes. */
static struct bytes ask(uint16_t opnum, const void *stub, size_t n, uint32_t *fault)
{
    struct pair p;
    struct bytes got = {0};
    bool not_executed;
    pair_open_interface(&p, rasrpc_interface(&f.backend), RPC_FRAG_MIN, NULL);
    pair_call(&p, opnum, stub, n, &(struct rpc_sink){.data = collect, .ctx = &got});
    pair_run(&p, 1000);
    assert_int_equal(rpc_client_state(p.client), RPC_CLIENT_READY);
    *fault = rpc_client_fault(p.client, &not_executed);
    assert_true(*fault == 0 || (not_executed && got.n == 0));
    pair_close(&p);
    return got;
}

static uint32_t fault_of(uint16_t opnum, const char *hex)
{
    struct bytes request = bytes_from_hex(hex);
    uint32_t fault;
    struct bytes got = ask(opnum, request.p, request.n, &fault);
    bytes_free(&got);
    bytes_free(&request);
    return fault;
}

/* The answer without a network; *fault as above. The request has memory of its own. */
static struct bytes run_of(uint16_t opnum, const void *stub, size_t n, uint32_t *fault)
{
    struct rasrpc_run run;
    struct bytes b = {0};
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, stub, n);
    struct rpc_rd rd = rpc_rd_init(copy, n, false);
    if (rasrpc_prepare(&run, &f.backend, NULL, opnum, &rd, fault))
        *fault = rasrpc_carry_out(&run);
    if (*fault == 0) {
        b = (struct bytes){.p = malloc(run.out.pos), .n = run.out.pos};
        assert_non_null(b.p);
        memcpy(b.p, run.out.base, b.n);
    }
    free(run.stub);
    free(copy);
    assert_int_equal(f.open_lists, 0);
    return b;
}

/* ---- the table, and the examples ---- */

static void the_table_is_that_of_the_specification(void **state)
{
    static const char *const names[RASRPC_OPNUMS] = {
        [5] = "RasRpcDeleteEntry",         [9] = "RasRpcGetUserPreferences", [10] = "RasRpcSetUserPreferences",
        [11] = "RasRpcGetSystemDirectory", [12] = "RasRpcSubmitRequest",     [14] = "RasRpcGetInstalledProtocolsEx",
        [15] = "RasRpcGetVersion"};
    (void)state;
    for (uint16_t op = 0; op < RASRPC_OPNUMS; op++) {
        assert_int_equal(rasrpc_op(op) != NULL, names[op] != NULL);
        if (names[op]) {
            assert_string_equal(rasrpc_op(op)->name, names[op]);
            assert_int_equal(rasrpc_op(op)->opnum, op);
            assert_int_equal(rasrpc_op(op)->right, DIM_RIGHT_ADMIN);
        } else {
            assert_int_equal(fault_of(op, "00000000"), RPC_FAULT_OP_RANGE);
        }
    }
    assert_null(rasrpc_op(RASRPC_OPNUMS));
    assert_int_equal(fault_of(RASRPC_OPNUMS, ""), RPC_FAULT_OP_RANGE);
    assert_null(f.asked);
}

static void every_operation_has_its_examples(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < RASRPC_OPNUMS; op++) {
        size_t plain = 0, denied = 0;
        for (size_t i = 0; i < goldens.n; i++) {
            plain += goldens.all[i].opnum == op && !goldens.all[i].state[0];
            denied += goldens.all[i].opnum == op && golden_is(&goldens.all[i], "denied 5");
        }
        assert_true(rasrpc_op(op) ? plain > 0 && denied == 1 : plain + denied == 0);
    }
}

static void every_request_for_the_ras_manager_has_its_examples(void **state)
{
    (void)state;
    for (size_t r = 0; rasrpc_request(r); r++) {
        bool seen = false;
        for (size_t i = 0; i < goldens.n; i++) {
            const struct bytes *b = &goldens.all[i].request;
            seen = seen || (goldens.all[i].opnum == RASRPC_SUBMIT_REQUEST && b->n > RASRPC_BUFFER_MIN &&
                            u32_at(*b, 8 + RASRPC_BUFFER_TYPE) == rasrpc_request(r)->type);
        }
        assert_true(seen && rasrpc_request(r)->name && rasrpc_request(r)->answer);
    }
}

static void the_server_answers_with_these_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        bool is_fault = golden_is(g, "denied ");
        uint32_t fault;
        golden_server(&f, g);
        struct bytes got = ask(g->opnum, g->request.p, g->request.n, &fault);
        if (got.n != g->response.n || (got.n > 0 && memcmp(got.p, g->response.p, got.n) != 0))
            print_message("opnum %u: %s (%s)\n", g->opnum, g->title, g->state);
        assert_int_equal(fault, is_fault ? RPC_FAULT_ACCESS_DENIED : 0);
        assert_int_equal(got.n, g->response.n);
        if (got.n > 0)
            assert_memory_equal(got.p, g->response.p, got.n);
        assert_int_equal(f.asked != NULL, !strstr(g->title, "nothing is done"));
        bytes_free(&got);
    }
}

/* ---- requests that are not what they should be ---- */

static void request_cut_anywhere_is_a_fault_whoever_asks(void **state)
{
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        f.asked = NULL;
        for (size_t cut = 0; cut < g->request.n; cut += cut < 2100 ? 1 : 97) {
            uint32_t fault;
            struct bytes b = run_of(g->opnum, g->request.p, cut, &fault);
            assert_int_equal(fault, RPC_FAULT_BAD_STUB);
            assert_null(b.p);
            assert_null(f.asked);
        }
    }
}

/* Every DWORD of every request takes other values: a fault or an answer, and never a step outside. */
static void changed_numbers_do_no_harm(void **state)
{
    static const uint32_t other[] = {0, 1, 0x7fffffff, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        golden_server(&f, g);
        for (size_t at = 0; at + 4 <= g->request.n && at < 2100; at += 4) {
            uint32_t before = u32_at(g->request, at);
            for (size_t k = 0; k < sizeof other / sizeof other[0]; k++) {
                uint32_t fault;
                rpc_put_u32(g->request.p + at, other[k]);
                struct bytes b = run_of(g->opnum, g->request.p, g->request.n, &fault);
                assert_int_equal(fault == 0, b.p != NULL);
                bytes_free(&b);
            }
            rpc_put_u32(g->request.p + at, before);
        }
    }
}

static void bytes_behind_the_last_parameter_are_no_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < goldens.n; i++) {
        const struct golden *g = &goldens.all[i];
        uint32_t fault;
        uint8_t *longer = malloc(g->request.n + 40);
        assert_non_null(longer);
        memset(longer, 0xee, g->request.n + 40);
        memcpy(longer, g->request.p, g->request.n);
        golden_server(&f, g);
        struct bytes b = run_of(g->opnum, longer, g->request.n + 40, &fault);
        assert_int_equal(fault, golden_is(g, "denied ") ? RPC_FAULT_ACCESS_DENIED : 0);
        bytes_free(&b);
        free(longer);
    }
}

static void the_buffer_and_its_size_must_agree(void **state)
{
    (void)state;
    assert_int_equal(fault_of(12, "01000000 04000000 aabbccdd 04000000"), 0);
    assert_int_equal(fault_of(12, "01000000 04000000 aabbccdd 03000000"), RPC_FAULT_BAD_STUB);
    assert_int_equal(fault_of(12, "01000000 ffffffff aabbccdd ffffffff"), RPC_FAULT_BAD_STUB);
    assert_int_equal(fault_of(12, "00000000 00000000"), 0);
    assert_int_equal(fault_of(12, "00000000 01000000"), RPC_FAULT_BAD_STUB); /* bytes behind no pointer */
}

static void the_directory_has_the_room_that_it_says(void **state)
{
    (void)state;
    assert_int_equal(fault_of(11, "04010000 00000000 01000000 00000000 04010000"), 0);
    assert_int_equal(fault_of(11, "04010000 00000000 01000000 00000000 03010000"), RPC_FAULT_BAD_STUB);
    assert_int_equal(fault_of(11, "05010000 00000000 01000000 00000000 05010000"), RPC_FAULT_BAD_STUB);
    assert_int_equal(fault_of(11, "04010000 01000000 01000000 00000000 04010000"), RPC_FAULT_BAD_STUB);
    assert_int_equal(fault_of(11, "04010000 00000000 01000000 41000000 04010000"), RPC_FAULT_BAD_STUB);
}

static void strings_must_be_well_formed(void **state)
{
    (void)state;
    assert_int_equal(fault_of(5, "01000000 00000000 01000000 00000000 01000000 00000000 01000000 0000"), 0);
    assert_int_equal(fault_of(5, "01000000 00000000 01000000 41000000 01000000 00000000 01000000 0000"),
                     RPC_FAULT_BAD_STUB);
    assert_int_equal(fault_of(5, "01000000 00000000 02000000 41000000 01000000 00000000 01000000 0000"),
                     RPC_FAULT_BAD_STUB);
    assert_int_equal(fault_of(5, "01000000 00000000 00000000 01000000 00000000 01000000 0000"), RPC_FAULT_BAD_STUB);
}

/* "This was sent for opnum 7, call 2", behind the parameters of another operation: somebody has changed the header. */
static void forged_trailer_is_refused_before_anybody_is_asked(void **state)
{
    (void)state;
    assert_int_equal(fault_of(15, "00000000 8ae31371 02f43671 0340 1000 00000000 10000000 02000000 0000 0700"),
                     RPC_FAULT_ACCESS_DENIED);
    assert_null(f.asked);
}

/* A list of preferences with so many locations, each of which points to the next. */
static uint32_t fault_of_locations(size_t n)
{
    size_t size = RASRPC_PBUSER_SIZE + n * RASRPC_LOCATION_SIZE + 4;
    uint8_t *stub = calloc(1, size);
    uint32_t fault;
    assert_non_null(stub);
    stub[RASRPC_PBUSER_LOCATIONS] = n > 0;
    for (size_t i = 0; i + 1 < n; i++)
        stub[RASRPC_PBUSER_SIZE + i * RASRPC_LOCATION_SIZE + RASRPC_LOCATION_SIZE - 4] = 1;
    struct bytes b = run_of(RASRPC_SET_USER_PREFERENCES, stub, size, &fault);
    bytes_free(&b);
    free(stub);
    return fault;
}

static void a_list_of_preferences_has_an_end(void **state)
{
    (void)state;
    assert_int_equal(fault_of_locations(0), 0);
    assert_int_equal(fault_of_locations(1), 0);
    assert_int_equal(fault_of_locations(RASRPC_LIST_MAX), 0);
    assert_int_equal(fault_of_locations(RASRPC_LIST_MAX + 1), RPC_FAULT_BAD_STUB);
}

/* ---- ports, devices, memory ---- */

static struct bytes submit(uint32_t type)
{
    const size_t size = RASRPC_BUFFER_MIN;
    uint8_t *stub = calloc(1, 12 + size);
    uint32_t fault;
    assert_non_null(stub);
    rpc_put_u32(stub, 1);
    rpc_put_u32(stub + 4, (uint32_t)size);
    rpc_put_u32(stub + 8 + RASRPC_BUFFER_TYPE, type);
    rpc_put_u32(stub + 8 + RASRPC_DEVICES_VERSION, 6);
    rpc_put_u32(stub + 8 + size, (uint32_t)size);
    struct bytes b = run_of(RASRPC_SUBMIT_REQUEST, stub, 12 + size, &fault);
    assert_int_equal(fault, 0);
    assert_int_equal(b.n, 12 + size);
    assert_int_equal(last_u32(b), 0);
    free(stub);
    return b;
}

static void ports_that_do_not_fit_are_counted(void **state)
{
    static struct dim_port many[100];
    (void)state;
    make_ports(many, 100);
    f.ports = many;
    f.n_ports = 100;
    struct bytes b = submit(21);
    size_t fit = (RASRPC_BUFFER_MIN - RASRPC_PORTS_DATA) / RASRPC_PORT_SIZE;
    assert_int_equal(u32_at(b, 8 + RASRPC_RETCODE), 0);
    assert_int_equal(u32_at(b, 8 + RASRPC_PORTS_SIZE), 100 * RASRPC_PORT_SIZE);
    assert_int_equal(u32_at(b, 8 + RASRPC_PORTS_ENTRIES), 100);
    assert_int_equal(u32_at(b, 8 + RASRPC_PORTS_DATA + (fit - 1) * RASRPC_PORT_SIZE), fit);
    assert_int_equal(u32_at(b, 8 + RASRPC_PORTS_DATA + fit * RASRPC_PORT_SIZE), 0);
    bytes_free(&b);
    f.fail = ERROR_NOT_READY;
    b = submit(21);
    assert_int_equal(u32_at(b, 8 + RASRPC_RETCODE), ERROR_NOT_READY);
    bytes_free(&b);
}

static void a_port_shows_what_it_does(void **state)
{
    static const struct {
        enum dim_port_condition condition;
        uint32_t status, now, connection_state, disconnect;
    } cases[] = {{DIM_PORT_LISTENING, 0, 1, 1, 0},     {DIM_PORT_AUTHENTICATING, 0, 1, 2, 3},
                 {DIM_PORT_AUTHENTICATED, 0, 1, 2, 3}, {DIM_PORT_CALLING_BACK, 0, 1, 2, 3},
                 {DIM_PORT_DISCONNECTED, 0, 1, 3, 0},  {DIM_PORT_NON_OPERATIONAL, 2, 0, 4, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dim_port p = {.condition = cases[i].condition, .name = "a\xc3\xa4\xe2\x82\xacz"};
        uint8_t record[RASRPC_INFO_SIZE(8u)];
        struct bytes b = {.p = record, .n = sizeof record};
        rasrpc_pack_port(record, &p);
        assert_int_equal(u32_at(b, RASRPC_PORT_STATUS), cases[i].status);
        assert_int_equal(u32_at(b, RASRPC_PORT_USAGE_NOW), cases[i].now);
        assert_string_equal((char *)record + RASRPC_PORT_NAME, "a??z"); /* 8-bit texts, one for each character */
        rasrpc_pack_info(record, 8, &p);
        assert_int_equal(u32_at(b, RASRPC_INFO_STATE), cases[i].connection_state);
        assert_int_equal(u32_at(b, RASRPC_INFO_DISCONNECT), cases[i].disconnect);
    }
}

static void long_names_are_cut(void **state)
{
    char name[200] = {0};
    uint8_t record[RASRPC_DEVICE_SIZE];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    rasrpc_pack_device(record, &(const struct dim_device){.name = name});
    assert_int_equal(strlen((char *)record + RASRPC_DEVICE_NAME), 128);
    assert_int_equal(record[RASRPC_DEVICE_SIZE - 4], 'n');
    assert_int_equal(record[RASRPC_DEVICE_SIZE - 2], 0);
}

static void more_devices_than_are_listed_are_not_read(void **state)
{
    static struct dim_device many[DIM_DEVICES_MAX + 1];
    (void)state;
    f.devices = many;
    f.n_devices = DIM_DEVICES_MAX + 1;
    struct bytes b = submit(95);
    assert_int_equal(u32_at(b, 8 + RASRPC_DEVICES_ENTRIES), DIM_DEVICES_MAX);
    bytes_free(&b);
}

static bool only_ipv6(void *ctx, uint32_t pid)
{
    (void)ctx;
    return pid == 0x57;
}

static uint32_t protocols(const char *flags)
{
    uint32_t fault;
    struct bytes b = run_of(RASRPC_GET_INSTALLED_PROTOCOLS_EX, flags, 12, &fault);
    assert_int_equal(fault, 0);
    uint32_t bits = last_u32(b);
    bytes_free(&b);
    return bits;
}

static void protocols_are_those_of_the_transports(void **state)
{
    (void)state;
    assert_int_equal(protocols("\0\0\0\0\0\0\0\0\1\0\0\0"), 12);
    f.backend.has_transport = only_ipv6;
    assert_int_equal(protocols("\0\0\0\0\0\0\0\0\0\0\0\1"), 8); /* any BOOL but 0 is true */
    assert_int_equal(protocols("\1\0\0\0\0\0\0\0\0\0\0\0"), 8);
    assert_int_equal(protocols("\0\0\0\0\1\0\0\0\0\0\0\0"), 0); /* this server dials nobody */
}

static void without_memory_there_is_a_fault(void **state)
{
    struct rasrpc_run run;
    uint32_t fault;
    struct rpc_rd rd = rpc_rd_init("\0\0\0\0", 4, false);
    (void)state;
    assert_true(rasrpc_prepare(&run, &f.backend, NULL, RASRPC_GET_VERSION, &rd, &fault));
    no_memory = true;
    fault = rasrpc_carry_out(&run);
    no_memory = false;
    assert_int_equal(fault, RPC_FAULT_NO_MEMORY);
    assert_null(run.stub);
}

#define with_server(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_server(the_table_is_that_of_the_specification),
        with_server(every_operation_has_its_examples),
        with_server(every_request_for_the_ras_manager_has_its_examples),
        with_server(the_server_answers_with_these_bytes),
        with_server(the_buffer_and_its_size_must_agree),
        with_server(request_cut_anywhere_is_a_fault_whoever_asks),
        with_server(changed_numbers_do_no_harm),
        with_server(bytes_behind_the_last_parameter_are_no_error),
        with_server(the_directory_has_the_room_that_it_says),
        with_server(strings_must_be_well_formed),
        with_server(forged_trailer_is_refused_before_anybody_is_asked),
        with_server(a_list_of_preferences_has_an_end),
        with_server(ports_that_do_not_fit_are_counted),
        with_server(a_port_shows_what_it_does),
        with_server(long_names_are_cut),
        with_server(more_devices_than_are_listed_are_not_read),
        with_server(protocols_are_those_of_the_transports),
        with_server(without_memory_there_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
