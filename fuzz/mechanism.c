/* SPDX-License-Identifier: Apache-2.0 */
#include "mechanism.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "rpc/limits.h"

#define TOKEN 20u

struct rpc_auth {
    struct fuzz_mechanism *mechanism;
    enum rpc_auth_level level;
    bool is_server, complete;
    uint8_t later; /* what the outcome of a leg that was put off depends on */
    uint8_t out[RPC_AUTH_TOKEN_MAX + 1];
};

static struct rpc_auth *create(void *mech_ctx, void *user, enum rpc_auth_level level, bool is_server)
{
    struct fuzz_mechanism *m = mech_ctx;
    (void)user;
    FUZZ_CHECK(level >= RPC_AUTH_CONNECT && level <= RPC_AUTH_PRIVACY && level != RPC_AUTH_CALL);
    struct rpc_auth *a = level <= m->most ? calloc(1, sizeof *a) : NULL;
    if (!a)
        return NULL;
    a->mechanism = m;
    a->level = level;
    a->is_server = is_server;
    m->contexts++;
    return a;
}

static void destroy(struct rpc_auth *a)
{
    FUZZ_CHECK(a->mechanism->contexts > 0);
    a->mechanism->contexts--;
    free(a);
}

static int outcome(struct rpc_auth *a, uint8_t how, const uint8_t **out, size_t *out_len)
{
    FUZZ_CHECK(!a->complete);
    *out = a->out;
    *out_len = how & 0x10 ? 0 : how & 0x20 ? sizeof a->out : 8;
    if (how % 4 == 3)
        return -EPERM;
    a->complete = how % 4 == 0;
    return !a->complete;
}

static int step(struct rpc_auth *a, const uint8_t *in, size_t in_len, const uint8_t **out, size_t *out_len)
{
    uint8_t how = in_len ? in[0] : 1;
    for (size_t i = 1; i < in_len; i++)
        how ^= in[i] & 0x30; /* each byte can be read */
    if (a->is_server && how % 4 == 2) {
        a->later = how / 4;
        return RPC_AUTH_LATER;
    }
    return outcome(a, how, out, out_len);
}

static int result(struct rpc_auth *a, const uint8_t **out, size_t *out_len)
{
    return outcome(a, a->later, out, out_len);
}

static size_t token_size(const struct rpc_auth *a)
{
    return a->level == RPC_AUTH_PRIVACY ? TOKEN + 40 : TOKEN;
}

static void turn(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] ^= 0x55;
}

static void check(const struct rpc_auth *a, size_t body, size_t trailer, size_t token_len)
{
    FUZZ_CHECK(a->complete && token_len == token_size(a));
    FUZZ_CHECK(body >= RPC_CALL_HEADER_SIZE && body <= trailer && trailer <= UINT16_MAX);
}

static int protect(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, uint8_t *token,
                   size_t token_len)
{
    check(a, body, trailer, token_len);
    FUZZ_CHECK(token == pdu + trailer + 8 && !(sign_header && a->level < RPC_AUTH_INTEGRITY));
    if (a->level == RPC_AUTH_PRIVACY)
        turn(pdu + body, trailer - body);
    memset(token, 0, token_len);
    return 0;
}

static int verify(struct rpc_auth *a, uint8_t *pdu, size_t body, size_t trailer, bool sign_header, const uint8_t *token,
                  size_t token_len)
{
    check(a, body, trailer, token_len);
    (void)sign_header;
    for (size_t i = 0; i < token_len; i++)
        (void)*(const volatile uint8_t *)(token + i);
    if (a->level == RPC_AUTH_PRIVACY)
        turn(pdu + body, trailer - body);
    if (token[0] % 2 != 0)
        return -EBADMSG;
    a->mechanism->verified++;
    return 0;
}

#define MECHANISM(wire_type, wire_name, signing)                                                                       \
    {                                                                                                                  \
        .type = (wire_type), .name = (wire_name), .header_signing = (signing), .create = create, .destroy = destroy,   \
        .step = step, .result = result, .token_size = token_size, .protect = protect, .verify = verify                 \
    }
const struct rpc_auth_mech fuzz_mechanism_signing = MECHANISM(9, "signing", true);
const struct rpc_auth_mech fuzz_mechanism_bare = MECHANISM(10, "bare", false);
