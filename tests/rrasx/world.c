/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

void world_run(struct world *w)
{
    for (bool moved = true; moved;) {
        size_t n;
        moved = false;
        const uint8_t *out = rpc_client_output(w->client, &n);
        if (n > 0 && rpc_server_wants_input(w->server)) {
            assert_int_equal(rpc_server_input(w->server, out, n), 0);
            rpc_client_consumed(w->client, n);
            moved = true;
        }
        out = rpc_server_output(w->server, &n);
        if (n > 0) {
            rpc_client_input(w->client, out, n);
            rpc_server_consumed(w->server, n);
            moved = true;
        }
    }
}

void world_open(struct world *w)
{
    *w = (struct world){.answer = NULL};
    echo_init(&w->echo);
    w->echo.user = w;
    w->interface = rrasx_interface(&w->echo.backend);
    w->interfaces[0] = &w->interface;
    w->server_config = (struct rpc_server_config){
        .interfaces = w->interfaces, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_TCP, .sec_addr = ""};
    w->client_config =
        (struct rpc_client_config){.interfaces = &rrasx_syntax, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_TCP};
    w->server = rpc_server_new(&w->server_config, w);
    w->client = rpc_client_new(&w->client_config);
    assert_non_null(w->server);
    assert_non_null(w->client);
    world_run(w);
    assert_int_equal(rpc_client_state(w->client), RPC_CLIENT_READY);
}

void world_break(struct world *w)
{
    rpc_server_free(w->server);
    w->server = NULL;
}

void world_close(struct world *w)
{
    echo_clear(&w->echo);
    if (w->server)
        rpc_server_free(w->server);
    rpc_client_free(w->client);
    free(w->answer);
}

static uint32_t take(void *ctx, const uint8_t *p, size_t n, bool big)
{
    struct world *w = ctx;
    assert_false(big);
    w->answer = realloc(w->answer, w->answer_len + n + 1);
    assert_non_null(w->answer);
    memcpy(w->answer + w->answer_len, p, n);
    w->answer_len += n;
    return 0;
}

void world_call(struct world *w, uint16_t opnum, const void *stub, size_t n)
{
    const struct rpc_sink sink = {take, w};
    w->answer_len = 0;
    w->echo.op = NULL;
    assert_int_equal(rpc_client_call(w->client, 0, opnum, stub, n, &sink), 0);
    world_run(w);
}

uint32_t world_fault(const struct world *w)
{
    bool did_not_execute;
    assert_int_equal(rpc_client_state(w->client), RPC_CLIENT_READY);
    uint32_t status = rpc_client_fault(w->client, &did_not_execute);
    assert_true(status == 0 || did_not_execute);
    return status;
}

uint32_t world_answer(const struct world *w, struct rrasx_chunk *message)
{
    assert_int_equal(world_fault(w), 0);
    struct rpc_rd r = rpc_rd_init(w->answer, w->answer_len, false);
    uint32_t size = rpc_rd_u32(&r);
    bool is_there = rpc_rd_u32(&r) != 0;
    *message = (struct rrasx_chunk){NULL, size};
    if (is_there) {
        assert_int_equal(rpc_rd_u32(&r), size);
        message->p = rpc_rd_bytes(&r, size);
    } else {
        assert_int_equal(size, 0);
    }
    uint32_t code = rpc_rd_u32(&r);
    assert_true(rpc_rd_ok(&r));
    assert_int_equal(rpc_rd_left(&r), 0);
    return code;
}

struct rrasx_chunk world_stub(struct rrasx_chunk message)
{
    uint8_t *p = malloc(8 + message.n);
    assert_non_null(p);
    rpc_put_u32(p, (uint32_t)message.n);
    rpc_put_u32(p + 4, (uint32_t)message.n);
    if (message.n)
        memcpy(p + 8, message.p, message.n);
    return (struct rrasx_chunk){p, 8 + message.n};
}
