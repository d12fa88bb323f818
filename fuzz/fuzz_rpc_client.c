/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server: any bytes, in pieces of any size, as answers to a client that binds two interfaces and calls
 * whenever it may; without authentication, or with the mechanism of mechanism.h, whose outcomes the input decides.
 *
 * Input: one byte of choices, then pieces of a length byte and that many bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mechanism.h"
#include "rpc/client.h"

#define AUTHENTICATION 0x40u

static uint32_t sink(void *ctx, const uint8_t *p, size_t n, bool big)
{
    size_t *taken = ctx;
    (void)big;
    FUZZ_CHECK(n > 0);
    for (size_t i = 0; i < n; i += 16)
        (void)*(const volatile uint8_t *)(p + i);
    *taken += n;
    return *taken > 1000000 ? 8 : 0;
}

static void take_output(struct rpc_client *c, size_t most)
{
    size_t n;
    const uint8_t *p = rpc_client_output(c, &n);
    FUZZ_CHECK((p == NULL) == (n == 0));
    rpc_client_consumed(c, n < most ? n : most);
}

static void call_if_ready(struct rpc_client *c, size_t *taken)
{
    static const uint8_t stub[9000];
    const struct rpc_sink to = {sink, taken};
    if (rpc_client_state(c) != RPC_CLIENT_READY)
        return;
    size_t interface = rpc_client_has_interface(c, 0) ? 0 : 1;
    FUZZ_CHECK(rpc_client_call(c, interface, 4, stub, *taken % 2 ? 8 : sizeof stub, &to) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rpc_syntax interfaces[] = {
        {{0x8f09f000, 0xb7ed, 0x11ce, {0xbb, 0xd2, 0, 0, 0x1a, 0x18, 0x1c, 0xad}}, 0, 0},
        {{0xaaaaaaaa, 0xbbbb, 0xcccc, {0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd, 0xdd}}, 2, 3},
    };
    static const enum rpc_auth_level levels[] = {RPC_AUTH_CONNECT, RPC_AUTH_PACKET, RPC_AUTH_INTEGRITY,
                                                 RPC_AUTH_PRIVACY};
    struct fuzz_mechanism mechanism = {.most = RPC_AUTH_PRIVACY};
    struct rpc_client_config config = {.interfaces = interfaces, .n_interfaces = 2, .max_frag = 5840};
    size_t taken = 0;
    if (size < 1)
        return 0;
    if (data[0] & AUTHENTICATION) {
        config.mech = data[0] & 4 ? &fuzz_mechanism_bare : &fuzz_mechanism_signing;
        config.mech_ctx = &mechanism;
        config.level = levels[data[0] % 4];
    }
    struct rpc_client *c = rpc_client_new(&config);
    FUZZ_CHECK(c != NULL);
    for (size_t i = 1; i < size;) {
        size_t n = data[i++];
        if (n > size - i)
            n = size - i;
        uint8_t *copy = malloc(n ? n : 1); /* so that reading beyond a piece is seen */
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, data + i, n);
        rpc_client_input(c, copy, n);
        free(copy);
        i += n;
        FUZZ_CHECK((rpc_client_state(c) == RPC_CLIENT_BROKEN) == (rpc_client_error(c) != 0));
        bool did_not_execute;
        (void)rpc_client_fault(c, &did_not_execute);
        take_output(c, n * 3);
        call_if_ready(c, &taken);
    }
    rpc_client_free(c);
    FUZZ_CHECK(mechanism.contexts == 0);
    return 0;
}
