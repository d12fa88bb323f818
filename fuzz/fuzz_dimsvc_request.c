/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile administrator's program: any stub for any operation, in either byte order, through a real association into
 * dimsvc and a small backend.
 *
 * Input: calls, each of an operation's number, a control byte, two bytes of length and the stub. Control: 1 big-endian,
 * 2 the caller may do nothing, 4 a LAN-only router, 8 the backend answers a disconnect at once, 16 or when the
 * connection has gone; the upper bits make the size of the pieces in which the answer is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "dimsvc/client.h"
#include "dimsvc/dimsvc.h"
#include "dimsvc/request.h"
#include "dimsvc/run.h"
#include "dimsvc/wire.h"
#include "fuzz.h"
#include "rpc/server.h"

#define PORTS       3u
#define CONNECTIONS 3u
#define CALL_HEADER 24u

struct world {
    struct dim_backend backend;
    uint8_t control;
    unsigned open_lists;
    struct dim_pending *pending;
    struct rpc_server *server;
    uint8_t *answer; /* the stub of the answer to the present call */
    size_t answer_len;
    bool complete, fault;
};

/* ---- the backend ---- */

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    struct world *w = ctx;
    (void)user;
    FUZZ_CHECK(op == dim_op(op->opnum));
    return !(w->control & 2);
}

static bool lan_only(void *ctx)
{
    return (((struct world *)ctx)->control & 4) != 0;
}

static bool has_transport(void *ctx, uint32_t pid)
{
    (void)ctx;
    return pid == 0x21;
}

static uint32_t server_get(void *ctx, struct dim_server *ret)
{
    (void)ctx;
    *ret = (struct dim_server){.total_ports = PORTS, .pptp_ports = PORTS, .pptp_flags = 1};
    return 0;
}

static void port_at(void *ctx, size_t i, struct dim_port *ret)
{
    static const char *const names[PORTS] = {"VPN3-0", "", "\xff\xf0\x9f\x98\x80 and more than sixteen units of text"};
    (void)ctx;
    FUZZ_CHECK(i < PORTS);
    *ret = (struct dim_port){.handle = (uint32_t)i + 1, .name = names[i], .media = "m", .device_type = "Vpn"};
}

static uint32_t port_get(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret)
{
    (void)want_stats;
    if (handle == 0 || handle > PORTS)
        return 601;
    port_at(ctx, handle - 1, ret);
    return 0;
}

static uint32_t port_clear(void *ctx, void *user, uint32_t handle)
{
    (void)ctx;
    (void)user;
    return handle == 1 ? 0 : 601;
}

/* Whatever was in the request: numbers and flags are such as can be. */
static void server_set(void *ctx, void *user, const struct dim_limits *limits, struct dim_pending *p)
{
    struct world *w = ctx;
    (void)user;
    FUZZ_CHECK(w->pending == NULL);
    FUZZ_CHECK(limits->op == dim_op(DIM_SERVER_SET_INFO) || limits->op == dim_op(DIM_SERVER_SET_INFO_EX));
    for (size_t i = 0; i < DIM_TUNNEL_KINDS; i++) {
        const struct dim_limit *l = &limits->of[i];
        FUZZ_CHECK(!l->set || (l->ports > 0 && l->ports <= 30000 && l->flags <= 3));
    }
    if (w->control & 8)
        dim_finish(p, 3010);
    else
        w->pending = p;
}

static void port_disconnect(void *ctx, void *user, uint32_t handle, struct dim_pending *p)
{
    struct world *w = ctx;
    (void)user;
    FUZZ_CHECK(w->pending == NULL);
    if (w->control & 8)
        dim_finish(p, handle == 1 ? 0 : 87);
    else
        w->pending = p;
}

static uint32_t handle_at(void *ctx, size_t i)
{
    (void)ctx;
    return (uint32_t)i + 1;
}

static void connection_at(void *ctx, size_t i, struct dim_connection *ret)
{
    (void)ctx;
    FUZZ_CHECK(i < CONNECTIONS);
    *ret = (struct dim_connection){.handle = (uint32_t)i + 1, .user = "alice", .ikev2 = i == 1, .start = (int64_t)i};
}

/* Lists are numbered from the item behind `resume`; close() is what is checked. */
struct list {
    struct world *w;
    size_t first, max; /* items from max on must not be asked for */
};

static void list_port(void *ctx, size_t i, struct dim_port *ret)
{
    struct list *l = ctx;
    FUZZ_CHECK(i < l->max);
    port_at(l->w, l->first + i, ret);
}

static void list_connection(void *ctx, size_t i, struct dim_connection *ret)
{
    struct list *l = ctx;
    FUZZ_CHECK(i < l->max);
    connection_at(l->w, l->first + i, ret);
}

static uint32_t list_handle(void *ctx, size_t i)
{
    struct list *l = ctx;
    FUZZ_CHECK(i < l->max);
    return handle_at(l->w, l->first + i);
}

static void list_close(void *ctx)
{
    struct list *l = ctx;
    FUZZ_CHECK(l->w->open_lists > 0);
    l->w->open_lists--;
    free(l);
}

static uint32_t list_open(struct world *w, uint32_t resume, size_t n, size_t max, struct dim_list *ret)
{
    struct list *l = malloc(sizeof *l);
    FUZZ_CHECK(l != NULL);
    *l = (struct list){w, resume < n ? resume : n, max};
    w->open_lists++;
    *ret = (struct dim_list){.total = n - l->first,
                             .port = list_port,
                             .connection = list_connection,
                             .handle = list_handle,
                             .close = list_close,
                             .ctx = l};
    return 0;
}

static uint32_t port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    FUZZ_CHECK(connection != 0);
    return connection == DIM_ALL_PORTS ? list_open(ctx, resume, PORTS, PORTS, ret) : 6;
}

static uint32_t connection_get(void *ctx, uint32_t handle, struct dim_connection *ret)
{
    if (handle == 0 || handle > CONNECTIONS)
        return 906;
    connection_at(ctx, handle - 1, ret);
    return 0;
}

static uint32_t connection_clear(void *ctx, void *user, uint32_t handle)
{
    (void)ctx;
    (void)user;
    return handle == 1 ? 0 : 87;
}

static uint32_t connection_list(void *ctx, uint32_t resume, size_t max, struct dim_list *ret)
{
    FUZZ_CHECK(max >= 1);
    return list_open(ctx, resume, CONNECTIONS, max, ret);
}

static bool has_client_address(void *ctx, uint32_t address)
{
    (void)ctx;
    return address == 0x0200080a;
}

static size_t devices(void *ctx, struct dim_device *ret, size_t max)
{
    (void)ctx;
    FUZZ_CHECK(max >= 1);
    ret[0] = (struct dim_device){"Vpn", "WAN Miniport (PPTP)"};
    return 1;
}

/* ---- the client's bytes ---- */

static void put_header(uint8_t *p, uint8_t type, size_t len, bool big)
{
    memset(p, 0, 16);
    p[0] = 5;
    p[2] = type;
    p[3] = 3; /* first and last fragment */
    p[4] = big ? 0 : 0x10;
    p[big ? 9 : 8] = (uint8_t)len;
    p[big ? 8 : 9] = (uint8_t)(len >> 8);
    p[big ? 15 : 12] = 1; /* call id */
}

/* A whole PDU in memory of exactly its size. */
static void send(struct world *w, uint8_t *pdu, size_t len)
{
    FUZZ_CHECK(rpc_server_input(w->server, pdu, len) == 0);
    free(pdu);
}

static void send_bind(struct world *w)
{
    static const uint8_t body[] = {
        0xd0, 0x16, 0xd0, 0x16, 0,    0,    0,    0,    1,    0,    0,    0,    0,    0,    1, 0, 0x00, 0xf0, 0x09,
        0x8f, 0xed, 0xb7, 0xce, 0x11, 0xbb, 0xd2, 0x00, 0x00, 0x1a, 0x18, 0x1c, 0xad, 0,    0, 0, 0,    0x04, 0x5d,
        0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0,    0,
    };
    uint8_t *pdu = malloc(16 + sizeof body);
    FUZZ_CHECK(pdu != NULL);
    put_header(pdu, 11, 16 + sizeof body, false);
    memcpy(pdu + 16, body, sizeof body);
    send(w, pdu, 16 + sizeof body);
}

static void send_request(struct world *w, uint8_t opnum, const uint8_t *stub, size_t n)
{
    bool big = (w->control & 1) != 0;
    uint8_t *pdu = malloc(CALL_HEADER + n);
    FUZZ_CHECK(pdu != NULL);
    put_header(pdu, 0, CALL_HEADER + n, big);
    memset(pdu + 16, 0, 8);
    pdu[big ? 23 : 22] = opnum;
    if (n > 0)
        memcpy(pdu + CALL_HEADER, stub, n);
    send(w, pdu, CALL_HEADER + n);
}

/* ---- the answer ---- */

/* One PDU at `p`: its stub goes to the answer. How long it is; 0 when it is not all there. */
static size_t take_pdu(struct world *w, const uint8_t *p, size_t n)
{
    size_t len = n >= 16 ? (size_t)(p[8] | p[9] << 8) : 0;
    if (len == 0 || n < len)
        return 0;
    w->fault = p[2] == 3;
    w->complete = (p[3] & 2) != 0;
    if (p[2] == 2) {
        w->answer = realloc(w->answer, w->answer_len + len);
        FUZZ_CHECK(w->answer != NULL);
        memcpy(w->answer + w->answer_len, p + CALL_HEADER, len - CALL_HEADER);
        w->answer_len += len - CALL_HEADER;
    }
    return len;
}

static void receive(struct world *w)
{
    uint8_t *all = NULL;
    size_t have = 0, n, most = (w->control >> 5) * 211u + 13;
    const uint8_t *p;
    while ((p = rpc_server_output(w->server, &n)) && n > 0) {
        n = n < most ? n : most;
        all = realloc(all, have + n);
        FUZZ_CHECK(all != NULL);
        memcpy(all + have, p, n);
        have += n;
        rpc_server_consumed(w->server, n);
    }
    size_t at = 0, len;
    while (at < have && (len = take_pdu(w, all + at, have - at)) > 0)
        at += len;
    FUZZ_CHECK(at == have);
    free(all);
}

static void set_sizes(struct dim_decoder *d, uint8_t opnum, uint32_t level)
{
    if (opnum == 0)
        d->sizes[0] = dim_server_size(level);
    else if (opnum == 1 || opnum == 2)
        d->sizes[0] = dim_connection_size(level);
    else
        d->sizes[0] = level == 0 ? DIM_PORT0_SIZE : DIM_PORT1_SIZE;
}

/* What our server says is what docs/wire.md has of it, and our client understands it. */
static void check_answer(const struct world *w, uint8_t opnum, const uint8_t *stub, size_t n)
{
    struct dim_args a;
    struct rpc_rd rd = rpc_rd_init(stub, n, (w->control & 1) != 0);
    FUZZ_CHECK(w->answer_len >= 4);
    FUZZ_CHECK(dim_request_decode(&rd, dim_op(opnum)->impl->in, &a) == 0);
    rd = rpc_rd_init(w->answer + w->answer_len - 4, 4, false);
    FUZZ_CHECK(dim_may_answer(opnum, rpc_rd_u32(&rd)));
    if (opnum > 8)
        return;
    struct dim_decoder d = {.resume = a.has_resume, .kind = DIM_ANSWER_CODE};
    if (opnum == 1 || opnum == 4)
        d.kind = DIM_ANSWER_LIST;
    else if (opnum == 0 || opnum == 2 || opnum == 5)
        d.kind = DIM_ANSWER_CONTAINER;
    set_sizes(&d, opnum, a.level);
    FUZZ_CHECK(dim_decoder_data(&d, w->answer, w->answer_len, false) == 0);
    FUZZ_CHECK(dim_decoder_end(&d) == 0);
    FUZZ_CHECK(!(w->control & 2) || d.code == 5);
}

static void call(struct world *w, uint8_t opnum, const uint8_t *stub, size_t n)
{
    w->answer_len = 0;
    w->complete = w->fault = false;
    send_request(w, opnum, stub, n);
    if (w->pending && !(w->control & 16)) {
        dim_finish(w->pending, 0);
        w->pending = NULL;
    }
    receive(w);
    if (w->pending)
        return;
    FUZZ_CHECK(w->complete && w->open_lists == 0);
    if (!w->fault)
        check_answer(w, opnum, stub, n);
}

static void world_init(struct world *w, const struct rpc_server_config *config)
{
    w->backend = (struct dim_backend){
        .ctx = w,
        .allowed = allowed,
        .lan_only = lan_only,
        .has_transport = has_transport,
        .server_get = server_get,
        .port_get = port_get,
        .port_clear = port_clear,
        .port_disconnect = port_disconnect,
        .server_set = server_set,
        .port_list = port_list,
        .connection_get = connection_get,
        .connection_clear = connection_clear,
        .connection_list = connection_list,
        .has_client_address = has_client_address,
        .devices = devices,
    };
    w->server = rpc_server_new(config, w);
    FUZZ_CHECK(w->server != NULL);
    send_bind(w);
    receive(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world w = {0};
    const struct rpc_interface interface = dim_interface(&w.backend);
    const struct rpc_interface *const interfaces[] = {&interface};
    const struct rpc_server_config config = {
        .interfaces = interfaces, .n_interfaces = 1, .max_frag = 5840, .sec_addr = ""};
    world_init(&w, &config);
    for (size_t i = 0; i + 4 <= size && !w.pending;) {
        uint8_t opnum = data[i] % (DIM_OPNUMS + 1);
        size_t n = (size_t)(data[i + 2] | (data[i + 3] & 0x0f) << 8);
        w.control = data[i + 1];
        i += 4;
        n = n < size - i ? n : size - i;
        call(&w, opnum, data + i, n);
        i += n;
    }
    rpc_server_free(w.server);
    if (w.pending)
        dim_finish(w.pending, 0);
    FUZZ_CHECK(w.open_lists == 0);
    free(w.answer);
    return 0;
}
