/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

void pair_run(struct pair *p, size_t piece)
{
    bool moved = true;
    while (moved) {
        size_t n;
        moved = false;
        const uint8_t *out = rpc_client_output(p->client, &n);
        if (n > 0 && rpc_server_wants_input(p->server)) {
            n = n < piece ? n : piece;
            assert_int_equal(rpc_server_input(p->server, out, n), 0);
            rpc_client_consumed(p->client, n);
            moved = true;
        }
        out = rpc_server_output(p->server, &n);
        if (n > 0) {
            n = n < piece ? n : piece;
            rpc_client_input(p->client, out, n);
            rpc_server_consumed(p->server, n);
            moved = true;
        }
    }
}

void pair_open(struct pair *p, struct fake *f, uint16_t frag, void *user)
{
    pair_open_interface(p, dim_interface(&f->backend), frag, user);
}

void pair_open_interface(struct pair *p, struct rpc_interface interface, uint16_t frag, void *user)
{
    *p = (struct pair){.interface = interface};
    p->interfaces[0] = &p->interface;
    p->server_config = (struct rpc_server_config){
        .interfaces = p->interfaces, .n_interfaces = 1, .max_frag = frag, .sec_addr = ""};
    p->client_config = (struct rpc_client_config){.interfaces = &p->interface.id, .n_interfaces = 1, .max_frag = frag};
    p->server = rpc_server_new(&p->server_config, user);
    p->client = rpc_client_new(&p->client_config);
    assert_non_null(p->server);
    assert_non_null(p->client);
    pair_run(p, 4096);
    assert_int_equal(rpc_client_state(p->client), RPC_CLIENT_READY);
    assert_true(rpc_client_has_interface(p->client, 0));
}

void pair_close(struct pair *p)
{
    if (p->server)
        rpc_server_free(p->server);
    if (p->client)
        rpc_client_free(p->client);
    p->server = NULL;
    p->client = NULL;
}

void pair_call(struct pair *p, uint16_t opnum, const void *stub, size_t n, const struct rpc_sink *sink)
{
    assert_int_equal(rpc_client_call(p->client, 0, opnum, stub, n, sink), 0);
}
