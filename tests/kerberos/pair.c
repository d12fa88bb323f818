/* SPDX-License-Identifier: Apache-2.0 */
#include "pair.h"

static const struct rpc_auth_mech *const mechs[] = {&kerberos_spnego, &kerberos_bare};
static const struct rpc_syntax syntax = {.uuid = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}, .major = 1};

static uint8_t reply_byte(size_t i)
{
    return (uint8_t)(i * 31 + (i >> 8));
}

/* Answers with as many bytes as the test wants, or with the request where it wants none in particular. */
static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    static uint8_t answer[PAIR_BYTES];
    struct pair *p = ctx;
    assert_ptr_equal(user, p);
    struct rpc_rd r = rpc_call_stub(call);
    p->dispatched++;
    if (!p->reply) {
        rpc_call_reply(call, r.base, r.len);
        return;
    }
    for (size_t i = 0; i < p->reply; i++)
        answer[i] = reply_byte(i);
    rpc_call_reply(call, answer, p->reply);
}

static int later(void *ctx, void *user, struct rpc_auth *a)
{
    struct pair *p = ctx;
    assert_ptr_equal(user, p);
    p->waiting = a;
    return 0;
}

static uint32_t sink(void *ctx, const uint8_t *bytes, size_t n, bool big)
{
    struct stretch *s = ctx;
    assert_false(big);
    assert_true(n <= sizeof s->p - s->n);
    memcpy(s->p + s->n, bytes, n);
    s->n += n;
    return 0;
}

struct pair *pair_new(const struct rpc_auth_mech *mech, enum rpc_auth_level level)
{
    struct pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->ids[0] = syntax;
    p->interface = (struct rpc_interface){.id = syntax, .name = "test", .opnums = 1, .dispatch = dispatch, .ctx = p};
    p->interfaces[0] = &p->interface;
    p->ours.target = "host@server.rras.test";
    p->theirs.min_level = RPC_AUTH_INTEGRITY;
    p->theirs.ctx = p;
    p->client_config = (struct rpc_client_config){
        .interfaces = p->ids, .n_interfaces = 1, .mech = mech, .mech_ctx = &p->ours, .level = level, .max_frag = 5840};
    p->server_config = (struct rpc_server_config){.interfaces = p->interfaces,
                                                  .n_interfaces = 1,
                                                  .mechs = mechs,
                                                  .n_mechs = 2,
                                                  .mech_ctx = &p->theirs,
                                                  .min_level = RPC_AUTH_INTEGRITY,
                                                  .max_frag = 5840,
                                                  .sec_addr = ""};
    return p;
}

void pair_free(struct pair *p)
{
    rpc_client_free(p->client);
    rpc_server_free(p->server);
    free(p);
}

void pair_start(struct pair *p)
{
    if (p->later)
        p->theirs.later = later;
    p->client = rpc_client_new(&p->client_config);
    p->server = rpc_server_new(&p->server_config, p);
    assert_non_null(p->server);
}

static void add(struct stretch *s, const uint8_t *bytes, size_t n)
{
    assert_true(n <= sizeof s->p - s->n);
    memcpy(s->p + s->n, bytes, n);
    s->n += n;
}

void pair_take_reply(struct pair *p)
{
    const uint8_t *out;
    size_t n;
    while ((out = rpc_server_output(p->server, &n))) {
        add(&p->to_client, out, n);
        rpc_server_consumed(p->server, n);
    }
}

static void take_from_client(struct pair *p)
{
    const uint8_t *out;
    size_t n;
    while ((out = rpc_client_output(p->client, &n))) {
        add(&p->to_server, out, n);
        rpc_client_consumed(p->client, n);
    }
}

static void run_leg(struct pair *p)
{
    struct rpc_auth *a = p->waiting;
    if (!a)
        return;
    p->waiting = NULL;
    p->last = a;
    kerberos_run(a);
    strcpy(p->principal, kerberos_principal(a));
    assert_true(kerberos_done(a));
    rpc_server_auth_ready(p->server);
}

void pair_talk(struct pair *p)
{
    bool more = true;
    while (more) {
        take_from_client(p);
        more = p->to_server.n > 0;
        if (more)
            (void)rpc_server_input(p->server, p->to_server.p, p->to_server.n);
        p->to_server.n = 0;
        run_leg(p);
        pair_take_reply(p);
        more |= p->to_client.n > 0;
        if (p->to_client.n > 0)
            rpc_client_input(p->client, p->to_client.p, p->to_client.n);
        p->to_client.n = 0;
    }
}

void pair_bind(struct pair *p)
{
    pair_start(p);
    if (!p->client)
        fail_msg("%s", p->ours.why);
    pair_talk(p);
    if (rpc_client_state(p->client) != RPC_CLIENT_READY)
        fail_msg("client: %s; server: %s", p->ours.why, rpc_server_close_reason(p->server));
    assert_true(rpc_server_is_bound(p->server));
}

void pair_take_request(struct pair *p, const void *stub, size_t n)
{
    const struct rpc_sink into = {sink, &p->got};
    p->got.n = 0;
    assert_int_equal(rpc_client_call(p->client, 0, 0, stub, n, &into), 0);
    take_from_client(p);
}

void pair_call(struct pair *p, const void *stub, size_t n)
{
    bool dne;
    pair_take_request(p, stub, n);
    assert_int_equal(rpc_server_input(p->server, p->to_server.p, p->to_server.n), 0);
    p->to_server.n = 0;
    pair_talk(p);
    assert_int_equal(rpc_client_state(p->client), RPC_CLIENT_READY);
    assert_int_equal(rpc_client_fault(p->client, &dne), 0);
    assert_int_equal(p->got.n, p->reply ? p->reply : n);
    if (!p->reply && n)
        assert_memory_equal(p->got.p, stub, n);
    for (size_t i = 0; i < p->reply; i++)
        assert_int_equal(p->got.p[i], reply_byte(i));
}

size_t pdu_length(const struct stretch *s)
{
    return s->p[8] | (size_t)s->p[9] << 8;
}

size_t pdu_trailer(const struct stretch *s)
{
    return pdu_length(s) - (s->p[10] | (size_t)s->p[11] << 8) - 8;
}
