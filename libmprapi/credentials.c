/* SPDX-License-Identifier: Apache-2.0 */
/* The key that a server shares with all who come in over L2TP. No copy of it is left behind here. */
#include <string.h>

#include <mprapi.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/buffer.h"
#include "libmprapi/call.h"
#include "libmprapi/handle.h"

/* What travels for level 0 of these two functions: the server's own key, and no interface. */
#define WIRE_LEVEL     2u
#define WIRE_INTERFACE 0u

/* An MPR_CREDENTIALSEX_1 on its way in. */
struct answer_key {
    struct dim_decoder decoder;
    uint8_t bytes[DIM_CREDENTIALS_MAX];
    size_t n;
};

static uint32_t begin_bytes(void *ctx, size_t n)
{
    (void)ctx;
    return n <= DIM_CREDENTIALS_MAX ? NO_ERROR : RPC_X_BAD_STUB_DATA;
}

static uint32_t take_bytes(void *ctx, const uint8_t *p, size_t n)
{
    struct answer_key *a = ctx;

    if (n > sizeof a->bytes - a->n)
        return RPC_X_BAD_STUB_DATA;
    memcpy(a->bytes + a->n, p, n);
    a->n += n;
    return NO_ERROR;
}

static void begin(void *answer)
{
    struct answer_key *a = answer;

    a->n = 0;
    a->decoder = (struct dim_decoder){.kind = DIM_ANSWER_MESSAGE, .begin = begin_bytes, .bytes = take_bytes, .ctx = a};
}

static uint32_t end(void *answer)
{
    struct answer_key *a = answer;
    return dim_decoder_end(&a->decoder);
}

/* The structure and the key behind it in one block, so that freeing it frees both. */
static uint32_t make_credentials(const struct answer_key *a, LPBYTE *ret)
{
    const uint8_t *key;
    size_t n;

    if (a->decoder.code != NO_ERROR)
        return a->decoder.code;
    if (!dim_credentials_key(a->bytes, a->n, &key, &n))
        return RPC_X_BAD_STUB_DATA;
    LPBYTE block = buffer_new_secret(sizeof(MPR_CREDENTIALSEX_1) + n);
    if (!block)
        return ERROR_NOT_ENOUGH_MEMORY;
    MPR_CREDENTIALSEX_1 *c = (MPR_CREDENTIALSEX_1 *)(void *)block;
    *c = (MPR_CREDENTIALSEX_1){.dwSize = (DWORD)n, .lpbCredentialsInfo = n ? block + sizeof *c : NULL};
    memcpy(block + sizeof *c, key, n);
    *ret = block;
    return NO_ERROR;
}

static uint32_t get_credentials(struct pool *p, LPBYTE *ret)
{
    uint8_t stub[DIM_REQUEST_MAX];
    struct answer_key answer;
    const struct call c = {
        .interface = ASSOCIATION_DIMSVC,
        .opnum = DIM_GET_CREDENTIALS_EX,
        .stub = stub,
        .len = dim_req_credentials_get(stub, WIRE_LEVEL, WIRE_INTERFACE),
        .secret = true,
        .sink = {.data = dim_decoder_data, .ctx = &answer.decoder},
        .begin = begin,
        .end = end,
        .answer = &answer,
    };

    uint32_t code = call_again(p, &c, call_deadline(p, &c));
    if (code == NO_ERROR)
        code = make_credentials(&answer, ret);
    explicit_bzero(answer.bytes, sizeof answer.bytes);
    return code;
}

DWORD APIENTRY MprAdminServerGetCredentials(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE *lplpbBuffer)
{
    if (!lplpbBuffer)
        return ERROR_INVALID_PARAMETER;
    *lplpbBuffer = NULL;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = dwLevel == 0 ? get_credentials(p, lplpbBuffer) : ERROR_NOT_SUPPORTED;
    pool_unref(p);
    return code;
}

static uint32_t set_credentials(struct pool *p, const MPR_CREDENTIALSEX_1 *c)
{
    uint8_t stub[DIM_CREDENTIALS_REQUEST_MAX];

    if (c->dwSize > DIM_KEY_MAX || (c->dwSize && !c->lpbCredentialsInfo))
        return ERROR_INVALID_PARAMETER;
    size_t len = dim_req_credentials_set(stub, WIRE_LEVEL, WIRE_INTERFACE, c->lpbCredentialsInfo, c->dwSize);
    uint32_t code = call_order_stub(p, DIM_SET_CREDENTIALS_EX, stub, len, true);
    explicit_bzero(stub, sizeof stub);
    return code;
}

DWORD APIENTRY MprAdminServerSetCredentials(MPR_SERVER_HANDLE hMprServer, DWORD dwLevel, LPBYTE lpbBuffer)
{
    if (!lpbBuffer)
        return ERROR_INVALID_PARAMETER;
    struct pool *p = handle_get(hMprServer);
    if (!p)
        return RPC_S_INVALID_BINDING;
    DWORD code = ERROR_NOT_SUPPORTED;
    if (dwLevel == 0) {
        MPR_CREDENTIALSEX_1 c;
        memcpy(&c, lpbBuffer, sizeof c);
        code = set_credentials(p, &c);
    }
    pool_unref(p);
    return code;
}
