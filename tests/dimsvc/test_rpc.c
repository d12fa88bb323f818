/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way: request encoder, rpc client, rpc server, operation, and back into the decoder. */
#include "pair.h"

#include <stdlib.h>
#include <string.h>

#include <mprerror.h>
#include <raserror.h>
#include <winerror.h>

#include "dimsvc/client.h"
#include "examples.h"

#define N 300u

static struct fake f;
static struct dim_port ports[N];
static struct dim_connection connections[N];

static int setup(void **state)
{
    (void)state;
    fake_init(&f);
    make_ports(ports, N);
    make_connections(connections, N);
    f.ports = ports;
    f.n_ports = N;
    f.connections = connections;
    f.n_connections = N;
    return 0;
}

/* Collects what a decoder gives. */
struct records {
    uint8_t *p;
    size_t n;
};

static uint32_t on_begin(void *ctx, size_t bytes)
{
    struct records *r = ctx;
    r->p = malloc(bytes);
    return r->p ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static uint32_t on_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct records *r = ctx;
    memcpy(r->p + r->n, p, n);
    r->n += n;
    return 0;
}

static uint32_t keep(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct bytes *b = ctx;
    assert_false(big);
    b->p = realloc(b->p, b->n + n);
    assert_non_null(b->p);
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

static uint32_t call_for_code(struct pair *p, uint16_t opnum, uint32_t handle)
{
    uint8_t request[DIM_REQUEST_MAX];
    struct dim_decoder d = {.kind = DIM_ANSWER_CODE};
    struct rpc_sink sink = {dim_decoder_data, &d};
    bool dne;
    pair_call(p, opnum, request, dim_req_handle(request, handle), &sink);
    pair_run(p, 4096);
    assert_int_equal(rpc_client_state(p->client), RPC_CLIENT_READY);
    assert_int_equal(rpc_client_fault(p->client, &dne), 0);
    assert_int_equal(dim_decoder_end(&d), 0);
    return d.code;
}

/* Fragments and pieces of all kinds, since lists go through both. */
static void ports_are_listed_through_fragments_of_any_size(void **state)
{
    static const uint16_t frags[] = {1432, 2000, 5840, 65528};
    static const size_t pieces[] = {61, 4096, 100000};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 3; k++) {
            struct pair p;
            uint8_t request[DIM_REQUEST_MAX];
            struct records r = {0};
            struct dim_decoder d = {.kind = DIM_ANSWER_LIST,
                                    .sizes = {DIM_PORT0_SIZE},
                                    .resume = true,
                                    .begin = on_begin,
                                    .bytes = on_bytes,
                                    .ctx = &r};
            struct rpc_sink sink = {dim_decoder_data, &d};
            pair_open(&p, &f, frags[i], NULL);
            pair_call(&p, DIM_PORT_ENUM, request,
                      dim_req_port_enum(request, 0, DIM_ALL_PORTS, UINT32_MAX, &(uint32_t){0}), &sink);
            pair_run(&p, pieces[k]);
            assert_int_equal(rpc_client_state(p.client), RPC_CLIENT_READY);
            assert_int_equal(dim_decoder_end(&d), 0);
            assert_int_equal(d.code, 0);
            assert_int_equal(d.read, N);
            assert_int_equal(d.total, N);
            assert_int_equal(r.n, N * DIM_PORT0_SIZE);
            for (size_t at = 0; at < N; at++) {
                _Alignas(8) uint8_t want[DIM_PORT0_SIZE];
                dim_pack_port0(want, &ports[at]);
                assert_memory_equal(r.p + at * DIM_PORT0_SIZE, want, DIM_PORT0_SIZE);
            }
            free(r.p);
            pair_close(&p);
            assert_int_equal(f.open_lists, 0);
        }
    }
}

/* Every operation gives the same through the network as without. */
static void every_operation_is_the_same_through_rpc(void **state)
{
    struct pair p;
    (void)state;
    pair_open(&p, &f, 1432, NULL);
    for (uint16_t op = 0; op < DIM_OPNUMS; op++) {
        for (uint8_t rev = 1; op != DIM_PORT_DISCONNECT && rev <= sample_revisions(op); rev++) {
            uint8_t request[SAMPLE_MAX];
            struct bytes got = {0};
            struct rpc_sink sink = {keep, &got};
            bool dne;
            size_t n = sample_request(op, rev, request);
            struct bytes want = answer(&f, op, request, n);
            pair_call(&p, op, request, n, &sink);
            pair_run(&p, 4096);
            assert_int_equal(rpc_client_state(p.client), RPC_CLIENT_READY);
            assert_int_equal(rpc_client_fault(p.client, &dne), 0);
            assert_same(got, want);
            bytes_free(&got);
            bytes_free(&want);
        }
    }
    pair_close(&p);
}

static void bad_stubs_and_unknown_opnums_are_faults_and_the_connection_goes_on(void **state)
{
    struct pair p;
    struct bytes got = {0};
    struct rpc_sink sink = {keep, &got};
    bool dne = false;
    (void)state;
    pair_open(&p, &f, 5840, NULL);
    pair_call(&p, 5, "\0\0\0\0\1\0", 6, &sink);
    pair_run(&p, 4096);
    assert_int_equal(rpc_client_fault(p.client, &dne), RPC_FAULT_BAD_STUB);
    assert_true(dne);
    pair_call(&p, 44, "\x09\0\0\0", 4, &sink);
    pair_run(&p, 4096);
    assert_int_equal(rpc_client_fault(p.client, &dne), RPC_FAULT_INVALID_TAG);
    pair_call(&p, DIM_OPNUMS, "", 0, &sink);
    pair_run(&p, 4096);
    assert_int_equal(rpc_client_fault(p.client, &dne), RPC_FAULT_OP_RANGE);
    assert_int_equal(got.n, 0);
    assert_int_equal(call_for_code(&p, DIM_PORT_CLEAR_STATS, 1), 0);
    pair_close(&p);
}

static void disconnect_is_answered_when_the_backend_says_so(void **state)
{
    struct pair p;
    uint8_t request[DIM_REQUEST_MAX];
    struct dim_decoder d = {.kind = DIM_ANSWER_CODE};
    struct rpc_sink sink = {dim_decoder_data, &d};
    (void)state;
    pair_open(&p, &f, 5840, NULL);
    pair_call(&p, DIM_PORT_DISCONNECT, request, dim_req_handle(request, 2), &sink);
    pair_run(&p, 4096);
    assert_int_equal(rpc_client_state(p.client), RPC_CLIENT_CALLING);
    assert_int_equal(f.disconnecting, 2);
    assert_non_null(f.pending);
    dim_finish(f.pending, ERROR_TIMEOUT);
    pair_run(&p, 4096);
    assert_int_equal(rpc_client_state(p.client), RPC_CLIENT_READY);
    assert_int_equal(dim_decoder_end(&d), 0);
    assert_int_equal(d.code, ERROR_TIMEOUT);
    pair_close(&p);
}

static void finish_at_once(void *ctx, void *user, uint32_t handle, struct dim_pending *pending)
{
    (void)ctx;
    (void)user;
    (void)handle;
    dim_finish(pending, ERROR_PORT_NOT_CONNECTED);
}

static void disconnect_may_be_answered_at_once(void **state)
{
    struct pair p;
    (void)state;
    f.backend.port_disconnect = finish_at_once;
    pair_open(&p, &f, 5840, NULL);
    assert_int_equal(call_for_code(&p, DIM_PORT_DISCONNECT, 3), ERROR_PORT_NOT_CONNECTED);
    pair_close(&p);
}

static void disconnect_of_a_client_that_has_gone_is_finished_all_the_same(void **state)
{
    struct pair p;
    uint8_t request[DIM_REQUEST_MAX];
    struct dim_decoder d = {.kind = DIM_ANSWER_CODE};
    struct rpc_sink sink = {dim_decoder_data, &d};
    (void)state;
    pair_open(&p, &f, 5840, NULL);
    pair_call(&p, DIM_PORT_DISCONNECT, request, dim_req_handle(request, 2), &sink);
    pair_run(&p, 4096);
    pair_close(&p);
    assert_int_equal(f.disconnecting, 2); /* the order stands */
    dim_finish(f.pending, 0);
}

static void denied_and_lan_only_disconnects_never_reach_the_backend(void **state)
{
    struct pair p;
    (void)state;
    pair_open(&p, &f, 5840, NULL);
    f.deny = true;
    assert_int_equal(call_for_code(&p, DIM_PORT_DISCONNECT, 2), ERROR_ACCESS_DENIED);
    f.deny = false;
    f.lan_only = true;
    assert_int_equal(call_for_code(&p, DIM_PORT_DISCONNECT, 2), ERROR_DDM_NOT_RUNNING);
    assert_null(f.pending);
    pair_close(&p);
}

static void backend_learns_who_asks_for_what(void **state)
{
    struct pair p;
    int someone;
    (void)state;
    pair_open(&p, &f, 5840, &someone);
    assert_int_equal(call_for_code(&p, DIM_PORT_RESET, 9), 0);
    assert_ptr_equal(f.asked_user, &someone);
    assert_ptr_equal(f.asked, dim_op(DIM_PORT_RESET));
    pair_close(&p);
}

static void list_is_closed_when_the_connection_breaks_in_the_middle(void **state)
{
    struct pair p;
    uint8_t request[DIM_REQUEST_MAX];
    struct bytes got = {0};
    struct rpc_sink sink = {keep, &got};
    size_t n;
    (void)state;
    pair_open(&p, &f, 1432, NULL);
    pair_call(&p, DIM_CONNECTION_ENUM, request, dim_req_connection_enum(request, 4, UINT32_MAX, NULL), &sink);
    const uint8_t *out = rpc_client_output(p.client, &n);
    assert_int_equal(rpc_server_input(p.server, out, n), 0);
    (void)rpc_server_output(p.server, &n);
    assert_true(n > 0);
    assert_int_equal(f.open_lists, 1);
    pair_close(&p);
    assert_int_equal(f.open_lists, 0);
}

/* The example's PDUs, byte for byte; a bind of our own client goes before. */
static void disconnect_is_the_pdu_of_the_example(void **state)
{
    struct pair p;
    size_t n;
    (void)state;
    f.backend.port_disconnect = finish_at_once;
    pair_open(&p, &f, 5840, NULL);
    struct bytes request = bytes_from_hex(EX_DISCONNECT_REQUEST_PDU);
    assert_int_equal(rpc_server_input(p.server, request.p, request.n), 0);
    const uint8_t *out = rpc_server_output(p.server, &n);
    struct bytes want = bytes_from_hex(EX_DISCONNECT_RESPONSE_PDU);
    rpc_put_u32(want.p + 24, ERROR_PORT_NOT_CONNECTED); /* what this backend says */
    assert_int_equal(n, want.n);
    assert_memory_equal(out, want.p, n);
    bytes_free(&want);
    bytes_free(&request);
    pair_close(&p);
}

static void forged_trailer_is_refused_before_anything_is_done(void **state)
{
    /* "this was sent for opnum 7, call 2": but it comes with opnum 6 */
    static const char trailer[] = "8ae31371 02f43671 0340 1000 00000000 10000000 02000000 0000 0700";
    struct pair p;
    struct bytes got = {0};
    struct rpc_sink sink = {keep, &got};
    bool dne = false;
    (void)state;
    pair_open(&p, &f, 5840, NULL);
    struct bytes t = bytes_from_hex(trailer);
    uint8_t request[64] = {1};
    memcpy(request + 4, t.p, t.n);
    pair_call(&p, DIM_PORT_CLEAR_STATS, request, 4 + t.n, &sink);
    pair_run(&p, 4096);
    assert_int_equal(rpc_client_fault(p.client, &dne), RPC_FAULT_ACCESS_DENIED);
    assert_int_equal(f.cleared, 0);
    assert_null(f.asked);
    bytes_free(&t);
    pair_close(&p);
}

/* The answer of opnum 43 comes when the backend has stored what it sets. */
static void limits_are_answered_later(void **state)
{
    struct pair p;
    struct dim_decoder d = {.kind = DIM_ANSWER_CODE};
    struct rpc_sink sink = {dim_decoder_data, &d};
    (void)state;
    pair_open(&p, &f, 5840, NULL);
    struct bytes request = bytes_from_hex(EX_SERVER_SET_1);
    pair_call(&p, DIM_SERVER_SET_INFO, request.p, request.n, &sink);
    pair_run(&p, 4096);
    assert_int_not_equal(dim_decoder_end(&d), 0);
    assert_int_equal(f.limits.of[DIM_TUNNEL_L2TP].ports, 128);
    dim_finish(f.pending, ERROR_SUCCESS_REBOOT_REQUIRED);
    pair_run(&p, 4096);
    assert_int_equal(dim_decoder_end(&d), 0);
    assert_int_equal(d.code, ERROR_SUCCESS_REBOOT_REQUIRED);
    bytes_free(&request);
    pair_close(&p);
}

/* Bytes of a parameter that look like a trailer are none. */
static void trailer_is_looked_for_behind_the_parameters_only(void **state)
{
    static const char set_info[] = "01000000 10000000 01000000 10000000 8ae31371 02f43671 01400400 ffffffff";
    struct pair p;
    struct bytes got = {0};
    struct rpc_sink sink = {keep, &got};
    bool dne;
    (void)state;
    pair_open(&p, &f, 5840, NULL);
    struct bytes request = bytes_from_hex(set_info);
    pair_call(&p, 43, request.p, request.n, &sink);
    pair_run(&p, 4096);
    assert_int_equal(rpc_client_fault(p.client, &dne), 0);
    assert_bytes(got, "57000000"); /* so many ports there can't be */
    bytes_free(&request);
    bytes_free(&got);
    pair_close(&p);
}

#define with_server(t) cmocka_unit_test_setup(t, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_server(ports_are_listed_through_fragments_of_any_size),
        with_server(every_operation_is_the_same_through_rpc),
        with_server(bad_stubs_and_unknown_opnums_are_faults_and_the_connection_goes_on),
        with_server(disconnect_is_answered_when_the_backend_says_so),
        with_server(disconnect_may_be_answered_at_once),
        with_server(disconnect_of_a_client_that_has_gone_is_finished_all_the_same),
        with_server(denied_and_lan_only_disconnects_never_reach_the_backend),
        with_server(backend_learns_who_asks_for_what),
        with_server(list_is_closed_when_the_connection_breaks_in_the_middle),
        with_server(disconnect_is_the_pdu_of_the_example),
        with_server(forged_trailer_is_refused_before_anything_is_done),
        with_server(limits_are_answered_later),
        with_server(trailer_is_looked_for_behind_the_parameters_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
