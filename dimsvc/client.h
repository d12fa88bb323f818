/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dimsvc, client side: request stubs to send, and decoders for the answers. Sans-IO. The server is not trusted; a
 * decoder never allocates and never keeps more than one item: items go to the caller one by one as the bytes come, in
 * pieces of any size.
 */
#ifndef OPENRRAS_DIMSVC_CLIENT_H
#define OPENRRAS_DIMSVC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

#include "dimsvc/layout.h"
#include "rpc/cursor.h"

#define DIM_REQUEST_MAX 168u /* bytes of the largest request that these make: opnum 44, revision 3 */

/* Each gives the length of the stub. resume: NULL sends a NULL pointer. */
size_t dim_req_server_get(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level);
size_t dim_req_connection_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t pref,
                               const uint32_t *resume);
size_t dim_req_port_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t connection, uint32_t pref,
                         const uint32_t *resume);
size_t dim_req_get_info(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t handle); /* opnums 2, 5 */
size_t dim_req_handle(uint8_t buf[static DIM_REQUEST_MAX], uint32_t handle);                   /* opnums 3, 6, 7, 8 */
size_t dim_req_device_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level);
/* Opnum 42. `is_address`: `client` is an IPv4 address whose bytes travel in the order in which they are written. */
size_t dim_req_remove_quarantine(uint8_t buf[static DIM_REQUEST_MAX], uint32_t client, bool is_address);
/* Opnum 43; `record` is an MPR_SERVER_1 or _2 of `size` bytes (DIM_SERVER1_SIZE, DIM_SERVER2_SIZE). */
size_t dim_req_server_set(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, const void *record, size_t size);
/* Opnum 44, revision 1 to 3. */
size_t dim_req_server_get_ex(uint8_t buf[static DIM_REQUEST_MAX], uint8_t revision);
size_t dim_req_connection_enum_ex(uint8_t buf[static DIM_REQUEST_MAX], uint32_t pref, const uint32_t *resume);
size_t dim_req_connection_get_ex(uint8_t buf[static DIM_REQUEST_MAX], uint32_t connection);
/* Opnum 48; the address ends with its first NUL, which must be there. */
size_t dim_req_update_connection(uint8_t buf[static DIM_REQUEST_MAX], uint32_t connection, uint32_t if_index,
                                 const char16_t remote[static DIM_UNITS_ENDPOINT]);
size_t dim_req_credentials_get(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t interface); /* opnum 41 */

/*
 * Opnum 40 with an MPR_CREDENTIALSEX_1: a preshared key of n bytes, DIM_KEY_MAX at most; 0 deletes the one that is
 * there. The stub holds the key, so whoever made it wipes it.
 */
#define DIM_CREDENTIALS_REQUEST_MAX (16u + DIM_CREDENTIALS_DATA + DIM_KEY_MAX + 4u)
size_t dim_req_credentials_set(uint8_t buf[static DIM_CREDENTIALS_REQUEST_MAX], uint32_t level, uint32_t interface,
                               const uint8_t *key, size_t n);

/* Opnum 35. The text ends with a NUL; one of more units than DIM_MESSAGE_UNITS_MAX (the NUL counts) gives 0. The
 * interface sets no limit; this one is far more than anybody shows to a user. */
#define DIM_MESSAGE_UNITS_MAX   4096u
#define DIM_MESSAGE_REQUEST_MAX (16u + 2u * DIM_MESSAGE_UNITS_MAX)
size_t dim_req_user_message(uint8_t buf[static DIM_MESSAGE_REQUEST_MAX], uint32_t connection, const char16_t *text);

/* ---- answers ---- */

/* Some servers fill up a stub to a multiple of 8 or 16. */
#define DIM_REPLY_PADDING_MAX 15u

/* What kind of answer is expected. */
enum dim_answer {
    DIM_ANSWER_CODE,      /* the return value alone: opnums 3, 6, 7, 8, 35, 40, 42, 43, 47, 48 */
    DIM_ANSWER_CONTAINER, /* one item in a container: opnums 0, 2, 5 */
    DIM_ANSWER_LIST,      /* container, counts, resume handle: opnums 1, 4 */
    DIM_ANSWER_COUNTED,   /* container, number of items: opnum 36 */
    DIM_ANSWER_MESSAGE,   /* a container of any size, also none: opnum 41, and our own interface (rrasx/) */
};

/*
 * Decoder of one answer, fed from an rpc_sink. `sizes` are the item sizes that are right for the level (two for those
 * that come with an IPX address of 23 or 16 units). Anything that does not fit together is RPC_X_BAD_STUB_DATA (1783).
 *
 * Set what stands before `ctx` and it, leave the rest zero; one decoder for one answer. The bytes that come are worth
 * nothing until dim_decoder_end() has said 0 and `code` is 0 or, of a list, ERROR_MORE_DATA (234): a server may send
 * records and then an error, or records and a count that is another.
 */
struct dim_decoder {
    enum dim_answer kind;
    size_t sizes[2]; /* allowed item sizes; [1] = 0: only one */
    bool resume;     /* the request had a resume pointer */
    /* Called once before the first item: bytes of the container as announced (already checked against
     * RPC_RESPONSE_STUB_MAX and to be a multiple of an allowed size; the size of one item is not known yet when both
     * sizes divide it). Non-zero: a Win32 code that ends the call. May be NULL. */
    uint32_t (*begin)(void *ctx, size_t bytes);
    /* The container's bytes, in order. Non-zero ends the call. */
    uint32_t (*bytes)(void *ctx, const uint8_t *p, size_t n);
    void *ctx;

    /* Results, after dim_decoder_end() has returned 0. */
    uint32_t code;        /* the method's return value */
    uint32_t read, total; /* of a list; of DIM_ANSWER_COUNTED both are the number of items */
    uint32_t resume_out;  /* of a list with a resume pointer */
    size_t container_bytes;

    /* private */
    struct {
        int step;
        size_t left, need, got, pos;
        uint8_t part[32];
        bool big;
    } at;
};

uint32_t dim_decoder_data(void *decoder, const uint8_t *p, size_t n, bool big); /* fits rpc_sink.data */
uint32_t dim_decoder_end(struct dim_decoder *d);                                /* 0 or 1783 */

/* What a container with an MPR_CREDENTIALSEX_1 may have at most: where its key begins is up to the server. */
#define DIM_CREDENTIALS_MAX 4096u
/* The key in the n bytes of an MPR_CREDENTIALSEX_1: where it begins, and its length (0: there is none). False when they
 * do not hold one of DIM_KEY_MAX bytes at most. */
bool dim_credentials_key(const uint8_t *p, size_t n, const uint8_t **key, size_t *ret_n);

#endif
