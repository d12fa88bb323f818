/* SPDX-License-Identifier: Apache-2.0 */
/* Enumerations: pages of every size, and answers that come in pieces of every size. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include <winerror.h>

#include "dimsvc/client.h"

#define N 20u

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

static struct bytes port_enum(uint32_t connection, uint32_t pref, const uint32_t *resume)
{
    uint8_t request[DIM_REQUEST_MAX];
    size_t n = dim_req_port_enum(request, 0, connection, pref, resume);
    return answer(&f, 4, request, n);
}

/* The four words behind the records of an answer to a request with a resume pointer. */
struct tail {
    uint32_t bytes, read, total, resume, code;
};

static struct tail tail_of(struct bytes b)
{
    assert_true(b.n >= 28);
    struct tail t = {.bytes = u32_at(b, 0),
                     .read = u32_at(b, b.n - 20),
                     .total = u32_at(b, b.n - 16),
                     .resume = u32_at(b, b.n - 8),
                     .code = last_u32(b)};
    assert_int_not_equal(u32_at(b, b.n - 12), 0);
    return t;
}

static uint32_t expected_items(uint32_t pref, uint32_t size, uint32_t left)
{
    uint32_t n = pref / size > 0 ? pref / size : 1;
    return n < left ? n : left;
}

/* From the first page to the last: each port once and in order, counts and codes as documented. */
static void page_through_ports(uint32_t pref)
{
    uint32_t resume = 0, seen = 0;
    for (;;) {
        struct bytes b = port_enum(DIM_ALL_PORTS, pref, &resume);
        struct tail t = tail_of(b);
        uint32_t want = expected_items(pref, 380, N - seen);
        assert_int_equal(t.read, want);
        assert_int_equal(t.bytes, want * 380);
        assert_int_equal(t.total, N - seen);
        for (uint32_t i = 0; i < t.read; i++) {
            assert_int_equal(u32_at(b, 12 + 380 * i), ++seen);
        }
        bytes_free(&b);
        resume = t.resume;
        if (t.code == 0)
            break;
        assert_int_equal(t.code, ERROR_MORE_DATA);
        assert_int_equal(t.resume, seen); /* the last one returned; handle i is port i here */
    }
    assert_int_equal(seen, N);
    assert_int_equal(resume, 0);
}

static void pages_of_every_size_give_each_port_once(void **state)
{
    (void)state;
    for (uint32_t pref = 0; pref <= 380 * (N + 1); pref += 19) {
        page_through_ports(pref); /* 380 is 20 x 19: each size, and those between */
        page_through_ports(pref + 1);
    }
    page_through_ports(379);
    page_through_ports(380 * N - 1);
    page_through_ports(UINT32_MAX);
}

static void connections_are_paged_at_every_level(void **state)
{
    static const uint32_t sizes[] = {1116, 288, 844, 788, 1680};
    (void)state;
    for (uint32_t level = 0; level < 5; level++) {
        for (uint32_t items = 1; items <= N; items++) {
            uint32_t resume = 0, seen = 0, code;
            do {
                uint8_t request[DIM_REQUEST_MAX], record[DIM_RECORD_MAX];
                size_t n = dim_req_connection_enum(request, level, items * sizes[level], &resume);
                struct bytes b = answer(&f, 1, request, n);
                struct tail t = tail_of(b);
                assert_int_equal(t.bytes, t.read * sizes[level]);
                assert_int_equal(t.read, items < N - seen ? items : N - seen);
                assert_int_equal(t.total, N - seen);
                for (uint32_t i = 0; i < t.read; i++) {
                    dim_pack_connection(record, level, &connections[seen++]);
                    assert_memory_equal(b.p + 12 + i * sizes[level], record, sizes[level]);
                }
                resume = t.resume;
                code = t.code;
                bytes_free(&b);
            } while (code == ERROR_MORE_DATA);
            assert_int_equal(code, 0);
            assert_int_equal(seen, N);
        }
    }
}

static void resume_behind_the_last_one_gives_nothing_and_success(void **state)
{
    (void)state;
    struct bytes b = port_enum(DIM_ALL_PORTS, UINT32_MAX, &(uint32_t){UINT32_MAX - 1});
    assert_bytes(b, "00000000 00000000 00000000 00000000 00000200 00000000 00000000");
    bytes_free(&b);
    f.n_ports = f.n_connections = 0;
    b = port_enum(DIM_ALL_PORTS, UINT32_MAX, NULL);
    assert_bytes(b, "00000000 00000000 00000000 00000000 00000000 00000000");
    bytes_free(&b);
    b = answer_hex(&f, 45, "01010400 ffffffff 00000200 00000000");
    assert_bytes(b, "00000000 00000000 00000000 00000200 00000000 00000000");
    bytes_free(&b);
    b = answer_hex(&f, 1, "03000000 00000000 00000000 ffffffff 00000000");
    assert_bytes(b, "00000000 00000000 00000000 00000000 00000000 00000000");
    bytes_free(&b);
}

static void ports_of_one_connection_are_listed_alone(void **state)
{
    (void)state;
    ports[7].connection = ports[3].connection; /* multilink */
    struct bytes b = port_enum(ports[3].connection, UINT32_MAX, &(uint32_t){0});
    struct tail t = tail_of(b);
    assert_int_equal(t.read, 2);
    assert_int_equal(t.total, 2);
    assert_int_equal(u32_at(b, 12), 4);
    assert_int_equal(u32_at(b, 12 + 380), 8);
    bytes_free(&b);
    b = port_enum(12345, UINT32_MAX, &(uint32_t){0});
    assert_bytes(b, "00000000 00000000 00000000 00000000 00000200 ffffffff 06000000");
    bytes_free(&b);
}

/* Pulled in pieces of 1 to 2000 bytes, from even and odd addresses, an answer is the same as in one piece. */
static void assert_same_in_pieces(uint16_t opnum, const uint8_t *request, size_t n)
{
    struct bytes whole = answer_of(&f, opnum, request, n, 1u << 20, NULL);
    for (size_t cap = 1; cap <= 2000; cap++) {
        struct bytes b = answer_of(&f, opnum, request, n, cap, NULL);
        assert_same(b, whole);
        bytes_free(&b);
    }
    bytes_free(&whole);
}

static void answers_in_pieces_of_every_size_are_the_same(void **state)
{
    uint8_t request[DIM_REQUEST_MAX];
    size_t n;
    (void)state;
    f.n_ports = 7;
    f.n_connections = 7;
    n = dim_req_port_enum(request, 0, DIM_ALL_PORTS, UINT32_MAX, NULL);
    assert_same_in_pieces(4, request, n);
    for (uint32_t level = 0; level < 5; level++) {
        n = dim_req_connection_enum(request, level, UINT32_MAX, &(uint32_t){0});
        assert_same_in_pieces(1, request, n);
    }
    static const uint8_t enum_ex[12] = {1, 1, 4, 0, 0xff, 0xff, 0xff, 0xff};
    assert_same_in_pieces(45, enum_ex, sizeof enum_ex);
}

/* Walks through the elements of opnum 45 as a client does, with an NDR reader's own idea of alignment. Their kinds are
 * those of make_connections(); `c` is what they shall be. */
static void assert_elements(struct rpc_rd *r, const struct dim_connection *c)
{
    for (uint32_t i = 0; i < N; i++) {
        _Alignas(8) uint8_t arm[DIM_CONNEX_PPP_SIZE];
        bool ikev2 = i % 3 == 2;
        assert_int_equal(rpc_rd_u8(r), 1);
        rpc_rd_align(r, 8);
        const uint8_t *p = rpc_rd_bytes(r, dim_connection_ex_size(ikev2));
        assert_non_null(p);
        dim_pack_connection_ex(arm, ikev2, &c[i]);
        assert_memory_equal(p, arm, dim_connection_ex_size(ikev2));
    }
}

static void ex_elements_follow_each_other_without_padding(void **state)
{
    (void)state;
    struct bytes b = answer_hex(&f, 45, "01010400 ffffffff 00000200 00000000");
    struct rpc_rd r = rpc_rd_init(b.p, b.n, false);
    assert_int_equal(rpc_rd_u32(&r), N);
    assert_int_equal(rpc_rd_u32(&r), N);
    assert_int_not_equal(rpc_rd_u32(&r), 0);
    assert_int_equal(rpc_rd_u32(&r), N);
    assert_elements(&r, connections);
    assert_int_not_equal(rpc_rd_u32(&r), 0);
    assert_int_equal(rpc_rd_u32(&r), 0);
    assert_int_equal(rpc_rd_u32(&r), 0);
    assert_int_equal(rpc_rd_left(&r), 0);
    assert_true(rpc_rd_ok(&r));
    bytes_free(&b);
}

static void enum_ex_gives_one_more_than_fits_and_never_none(void **state)
{
    static const struct {
        uint32_t pref, read;
    } cases[] = {{0, 1}, {1663, 1}, {1664, 2}, {3327, 2}, {3328, 3}, {1664 * (N - 2), N - 1}, {1664 * (N - 1), N}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t request[16] = {1, 1, 4, 0};
        rpc_put_u32(request + 4, cases[i].pref);
        rpc_put_u32(request + 8, 1);
        struct bytes b = answer(&f, 45, request, sizeof request);
        bool all = cases[i].read == N;
        assert_int_equal(u32_at(b, 0), cases[i].read);
        assert_int_equal(u32_at(b, 4), N);
        assert_int_equal(u32_at(b, b.n - 8), all ? 0 : 100 + cases[i].read);
        assert_int_equal(last_u32(b), all ? 0 : ERROR_MORE_DATA);
        bytes_free(&b);
    }
}

/* What it keeps for a page is then bounded by the page, and not by all that there is. */
static void backend_is_told_how_many_connections_are_wanted(void **state)
{
    static const struct {
        uint32_t pref;
        size_t level1, ex; /* 288 and 1664 bytes each */
    } cases[] = {{0, 1, 1},
                 {287, 1, 1},
                 {288, 1, 1},
                 {576, 2, 1},
                 {1664, 5, 2},
                 {1664 * 1000, 5777, 1001},
                 {UINT32_MAX, (RPC_RESPONSE_STUB_MAX - 64) / 288, (RPC_RESPONSE_STUB_MAX - 64) / 1664}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t request[DIM_REQUEST_MAX], request_ex[12] = {1, 1, 4, 0};
        size_t n = dim_req_connection_enum(request, 1, cases[i].pref, &(uint32_t){0});
        struct bytes b = answer(&f, 1, request, n);
        assert_int_equal(f.wanted[1], cases[i].level1);
        bytes_free(&b);
        rpc_put_u32(request_ex + 4, cases[i].pref);
        b = answer(&f, 45, request_ex, sizeof request_ex);
        assert_int_equal(f.wanted[0], cases[i].ex); /* it reads the list twice */
        assert_int_equal(f.wanted[1], cases[i].ex);
        bytes_free(&b);
    }
}

/* A connection may end while it is being sent, and its place may be taken by nothing or by one of another kind: the
 * answer keeps the size that it has promised. */
static void ex_connection_that_changes_while_it_is_sent_keeps_its_size(void **state)
{
    (void)state;
    struct rpc_rd rd = rpc_rd_init("\x01\x01\x04\x00\xff\xff\xff\xff\x00\x00\x00\x00", 12, false);
    struct dim_run run;
    execute(&run, &f, 45, &rd);
    assert_int_equal(run.outcome, DIM_OUT_SOURCE);
    for (uint32_t i = 0; i < N; i++) {
        connections[i].ikev2 = !connections[i].ikev2;
    }
    connections[5] = (struct dim_connection){0};
    uint8_t *all = malloc(run.source.size);
    size_t got = 0;
    assert_non_null(all);
    while (got < run.source.size) {
        size_t n = run.source.pull(run.source.ctx, all + got, run.source.size - got);
        assert_true(n > 0);
        got += n;
    }
    assert_int_equal(run.source.pull(run.source.ctx, (uint8_t[1]){0}, 1), 0);
    run.source.destroy(run.source.ctx);
    struct rpc_rd r = rpc_rd_init(all, got, false);
    (void)rpc_rd_bytes(&r, 16);
    assert_elements(&r, connections);
    free(all);
    assert_int_equal(f.open_lists, 0);
}

static void answer_that_is_not_wanted_any_more_closes_its_list(void **state)
{
    static const uint16_t lists[] = {1, 4, 45};
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (size_t taken = 0; taken < 3; taken++) {
            uint8_t request[SAMPLE_MAX], piece[500];
            struct dim_run run;
            size_t n = sample_request(lists[i], 1, request);
            if (lists[i] == 4)
                rpc_put_u32(request + 4, DIM_ALL_PORTS);
            struct rpc_rd rd = rpc_rd_init(request, n, false);
            execute(&run, &f, lists[i], &rd);
            assert_int_equal(run.outcome, DIM_OUT_SOURCE);
            for (size_t k = 0; k < taken; k++) {
                assert_int_equal(run.source.pull(run.source.ctx, piece, sizeof piece), sizeof piece);
            }
            assert_int_equal(f.open_lists, 1);
            run.source.destroy(run.source.ctx);
            assert_int_equal(f.open_lists, 0);
        }
    }
}

/* ---- a list that is larger than any answer may be: nobody packs it, only its counts are looked at ---- */

static uint32_t huge_handle(void *ctx, size_t i)
{
    (void)ctx;
    return (uint32_t)i + 1;
}

static void huge_close(void *ctx)
{
    ((struct fake *)ctx)->open_lists--;
}

static uint32_t huge_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    struct fake *server = ctx;
    (void)connection;
    (void)resume;
    server->open_lists++;
    *ret = (struct dim_list){.total = 3000000, .handle = huge_handle, .close = huge_close, .ctx = ctx};
    return 0;
}

static void answer_never_gets_longer_than_a_client_takes(void **state)
{
    uint8_t request[DIM_REQUEST_MAX];
    struct dim_run run;
    (void)state;
    f.backend.port_list = huge_list;
    size_t n = dim_req_port_enum(request, 0, DIM_ALL_PORTS, UINT32_MAX, &(uint32_t){0});
    struct rpc_rd rd = rpc_rd_init(request, n, false);
    execute(&run, &f, 4, &rd);
    assert_int_equal(run.outcome, DIM_OUT_SOURCE);
    assert_true(run.source.size <= RPC_RESPONSE_STUB_MAX);
    assert_true(run.source.size > RPC_RESPONSE_STUB_MAX - 1024);
    struct rpc_rd tail = rpc_rd_init(run.out.base, run.out.pos, false);
    uint32_t bytes = rpc_rd_u32(&tail);
    (void)rpc_rd_bytes(&tail, 8);
    uint32_t read = rpc_rd_u32(&tail);
    assert_int_equal(bytes, read * 380);
    assert_int_equal(rpc_rd_u32(&tail), 3000000);
    (void)rpc_rd_u32(&tail);
    assert_int_equal(rpc_rd_u32(&tail), read); /* handle i is item i - 1 */
    assert_int_equal(rpc_rd_u32(&tail), ERROR_MORE_DATA);
    run.source.destroy(run.source.ctx);
    assert_int_equal(f.open_lists, 0);
}

#define with_server(t) cmocka_unit_test_setup(t, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_server(pages_of_every_size_give_each_port_once),
        with_server(connections_are_paged_at_every_level),
        with_server(resume_behind_the_last_one_gives_nothing_and_success),
        with_server(ports_of_one_connection_are_listed_alone),
        with_server(answers_in_pieces_of_every_size_are_the_same),
        with_server(ex_elements_follow_each_other_without_padding),
        with_server(enum_ex_gives_one_more_than_fits_and_never_none),
        with_server(backend_is_told_how_many_connections_are_wanted),
        with_server(ex_connection_that_changes_while_it_is_sent_keeps_its_size),
        with_server(answer_that_is_not_wanted_any_more_closes_its_list),
        with_server(answer_never_gets_longer_than_a_client_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
