/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile client: any bytes, in pieces of any size, into an association with two interfaces. Calls are answered at
 * once, later in any order, with a stream, with a fault, or only after the association is gone; output is taken in odd
 * sizes. With the bit 0x40 of the choices there is authentication: by a mechanism whose outcomes the input decides,
 * some of them later, and no call may come without a PDU that it has taken.
 *
 * Input: one byte of choices, then pieces of a length byte and that many bytes.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mechanism.h"
#include "rpc/server.h"

#define LATER_MAX      (2 * RPC_CALLS_MAX)
#define AUTHENTICATION 0x40u

struct state {
    struct rpc_server *server;
    struct rpc_call *later[LATER_MAX];
    size_t n_later;
    size_t sources; /* that have not been destroyed */
    size_t dispatched;
    unsigned choice;
    struct rpc_server_config config;
    struct rpc_groups groups;
    struct fuzz_mechanism mechanism;
};

static size_t pull(void *ctx, uint8_t *dst, size_t cap)
{
    const struct state *st = ctx;
    FUZZ_CHECK(cap > 0);
    size_t n = st->choice & 1 && cap > 1000 ? 1000 : cap;
    memset(dst, 0x5a, n);
    return n;
}

static void destroy(void *ctx)
{
    struct state *st = ctx;
    FUZZ_CHECK(st->sources > 0);
    st->sources--;
}

static void reply(struct state *st, struct rpc_call *call, unsigned how)
{
    static const uint8_t stub[3000];
    struct rpc_source source = {.pull = pull, .destroy = destroy, .ctx = st};
    switch (how % 5) {
    case 0:
        rpc_call_reply(call, stub, how % 3 ? 4 : sizeof stub);
        break;
    case 1:
        st->sources++;
        source.size = (size_t)how * 997;
        rpc_call_reply_source(call, &source);
        break;
    case 2:
        rpc_call_fault(call, RPC_FAULT_BAD_STUB, how & 8);
        break;
    case 3:
        rpc_call_reply(call, stub, 0);
        break;
    default:
        FUZZ_CHECK(st->n_later < LATER_MAX);
        st->later[st->n_later++] = call;
    }
}

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    struct state *st = user;
    (void)ctx;
    st->dispatched++;
    FUZZ_CHECK(st->config.min_level == 0 || st->mechanism.verified >= st->dispatched);
    struct rpc_rd r = rpc_call_stub(call);
    unsigned how = rpc_call_opnum(call);
    while (rpc_rd_left(&r) > 0) /* each byte of the stub can be read */
        how += rpc_rd_u8(&r);
    (void)rpc_call_check_trailer(call, r.len / 2);
    (void)rpc_call_check_trailer(call, 0);
    reply(st, call, how);
}

static void answer_one(struct state *st)
{
    if (st->n_later == 0)
        return;
    size_t i = st->choice % st->n_later;
    struct rpc_call *call = st->later[i];
    st->later[i] = st->later[--st->n_later];
    (void)rpc_call_is_abandoned(call);
    reply(st, call, st->choice % 4);
}

static void take(struct state *st, size_t most)
{
    size_t n;
    const uint8_t *p = rpc_server_output(st->server, &n);
    FUZZ_CHECK((p == NULL) == (n == 0) && n <= RPC_OUTPUT_CHUNK);
    if (n > most)
        n = most;
    for (size_t i = 0; i < n; i += 64)
        (void)*(const volatile uint8_t *)(p + i);
    rpc_server_consumed(st->server, n);
}

static const struct rpc_interface a = {
    .id = {{0x8f09f000, 0xb7ed, 0x11ce, {0xbb, 0xd2, 0, 0, 0x1a, 0x18, 0x1c, 0xad}}, 0, 0},
    .name = "a",
    .opnums = 53,
    .dispatch = dispatch,
};
static const struct rpc_interface b = {
    .id = {{0xaaaaaaaa, 0xbbbb, 0xcccc, {0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd}}, 2, 3},
    .name = "b",
    .opnums = 2,
    .dispatch = dispatch,
};

static void feed(struct state *st, const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1); /* so that reading beyond a piece is seen */
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, n);
    int rc = rpc_server_input(st->server, copy, n);
    FUZZ_CHECK(rc <= 0 && (rc == 0) == (rpc_server_close_reason(st->server) == NULL));
    free(copy);
}

static void begin(struct state *st)
{
    static const struct rpc_interface *const interfaces[] = {&a, &b};
    static const struct rpc_auth_mech *const mechs[] = {&fuzz_mechanism_signing, &fuzz_mechanism_bare};
    st->config = (struct rpc_server_config){.interfaces = interfaces,
                                            .n_interfaces = 2,
                                            .max_frag = 5840,
                                            .sec_addr = "135",
                                            .offer_mgmt = true,
                                            .groups = &st->groups};
    if (st->choice & AUTHENTICATION) {
        st->config.mechs = mechs;
        st->config.n_mechs = 2;
        st->config.mech_ctx = &st->mechanism;
        st->config.min_level = st->choice & 4 ? RPC_AUTH_INTEGRITY : 0;
        st->config.offer_mgmt = !st->config.min_level; /* its calls are not counted */
        st->mechanism.most = st->choice & 8 ? RPC_AUTH_PACKET : RPC_AUTH_PRIVACY;
    }
    st->server = rpc_server_new(&st->config, st);
    FUZZ_CHECK(st->server != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct state st = {.choice = data[0]};
    begin(&st);
    bool ends_early = st.choice & 2;
    for (size_t i = 1; i < size;) {
        size_t n = data[i++];
        if (n > size - i)
            n = size - i;
        if (rpc_server_wants_input(st.server) || n % 2)
            feed(&st, data + i, n);
        i += n;
        st.choice = st.choice * 5 + (unsigned)n;
        if (st.choice % 3)
            take(&st, st.choice % 977);
        if (st.choice % 7 == 0)
            answer_one(&st);
        if (st.choice % 4 == 0)
            rpc_server_auth_ready(st.server);
    }
    if (!ends_early) {
        while (st.n_later > 0)
            answer_one(&st);
        size_t n;
        while (rpc_server_output(st.server, &n))
            rpc_server_consumed(st.server, n);
    }
    rpc_server_free(st.server);
    while (st.n_later > 0) /* answers into the void */
        answer_one(&st);
    FUZZ_CHECK(st.sources == 0 && st.mechanism.contexts == 0);
    return 0;
}
