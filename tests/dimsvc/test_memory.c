/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail: ERROR_NOT_ENOUGH_MEMORY, nothing done, nothing left open. Linked with --wrap=malloc. */
#include "pair.h"

#include <stdlib.h>

#include <winerror.h>

#include "dimsvc/client.h"

#define N 4u

static struct fake f;
static struct dim_port ports[N];
static struct dim_connection connections[N];
static const struct dim_device device = {"Vpn", "WAN Miniport (PPTP)"};
static long good; /* allocations that work; negative: all */

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
    if (good == 0)
        return NULL;
    if (good > 0)
        good--;
    return __real_malloc(n);
}

static int setup(void **state)
{
    (void)state;
    good = -1;
    fake_init(&f);
    make_ports(ports, N);
    make_connections(connections, N);
    f.ports = ports;
    f.n_ports = N;
    f.connections = connections;
    f.n_connections = N;
    f.devices = &device;
    f.n_devices = 1;
    return 0;
}

/* The answer when no allocation works, as it stands in the run. */
static void assert_out_of_memory(uint16_t opnum, const char *request_hex, const char *answer_hex)
{
    struct dim_run run;
    struct bytes request = bytes_from_hex(request_hex);
    struct rpc_rd rd = rpc_rd_init(request.p, request.n, false);
    good = 0;
    execute(&run, &f, opnum, &rd);
    good = -1;
    assert_int_equal(run.outcome, DIM_OUT_STUB);
    assert_null(run.heap);
    assert_bytes((struct bytes){run.out.base, run.out.pos}, answer_hex);
    assert_int_equal(f.open_lists, 0);
    bytes_free(&request);
}

static void lists_without_memory_are_refused_and_closed(void **state)
{
    (void)state;
    assert_out_of_memory(4, "00000000 ffffffff 00000000 00000000 ffffffff 01000000 00000000",
                         "00000000 00000000 00000000 00000000 00000200 ffffffff 08000000");
    assert_out_of_memory(1, "04000000 00000000 00000000 ffffffff 01000000 00000000",
                         "00000000 00000000 00000000 00000000 00000200 00000000 08000000");
    assert_out_of_memory(45, "01010400 ffffffff 00000000", "00000000 00000000 00000000 00000000 08000000");
    assert_out_of_memory(36, "00000000 00000000 00000000 00000000", "00000000 00000000 00000000 08000000");
}

/* The second list of opnum 45 may fail as well, then the first must be closed. */
static uint32_t second_list_fails(void *ctx, uint32_t resume, size_t max, struct dim_list *ret)
{
    struct fake real;
    struct fake *server = ctx;
    if (server->open_lists > 0)
        return ERROR_NOT_ENOUGH_MEMORY;
    fake_init(&real);
    return real.backend.connection_list(ctx, resume, max, ret);
}

static void first_list_is_closed_when_the_second_fails(void **state)
{
    (void)state;
    f.backend.connection_list = second_list_fails;
    struct bytes b = answer_hex(&f, 45, "01010400 ffffffff 00000000");
    assert_bytes(b, "00000000 00000000 00000000 00000000 08000000");
    bytes_free(&b);
}

/* The server takes the request with `allocations` that work. What the client hears; 0 when it hears nothing. */
static uint32_t code_of_disconnect(struct pair *p, long allocations)
{
    uint8_t request[DIM_REQUEST_MAX];
    struct dim_decoder d = {.kind = DIM_ANSWER_CODE};
    struct rpc_sink sink = {dim_decoder_data, &d};
    size_t n;
    pair_call(p, DIM_PORT_DISCONNECT, request, dim_req_handle(request, 2), &sink);
    const uint8_t *out = rpc_client_output(p->client, &n);
    good = allocations;
    int ended = rpc_server_input(p->server, out, n);
    good = -1;
    rpc_client_consumed(p->client, n);
    if (ended == 0)
        pair_run(p, 4096);
    return dim_decoder_end(&d) == 0 ? d.code : 0;
}

/* Whichever allocation fails on the way, those of rpc among them: without success no order. */
static void disconnect_without_memory_gives_no_order(void **state)
{
    bool refused = false;
    (void)state;
    for (long n = 0; !f.pending; n++) {
        struct pair p;
        assert_true(n < 100);
        pair_open(&p, &f, 5840, NULL);
        uint32_t code = code_of_disconnect(&p, n);
        assert_true(code == 0 || code == ERROR_NOT_ENOUGH_MEMORY);
        refused = refused || code != 0;
        pair_close(&p);
    }
    assert_true(refused); /* by dimsvc, and not only by rpc */
    dim_finish(f.pending, 0);
}

#define with_server(t) cmocka_unit_test_setup(t, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_server(lists_without_memory_are_refused_and_closed),
        with_server(first_list_is_closed_when_the_second_fails),
        with_server(disconnect_without_memory_gives_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
