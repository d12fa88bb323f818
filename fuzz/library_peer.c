/* SPDX-License-Identifier: Apache-2.0 */
#include "library_peer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dimsvc/dimsvc.h"
#include "fuzz.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "rrasx/rrasx.h"

#define FIRST_CALL_ID 2u /* after the bind */

static uint8_t ack[256];
static size_t ack_len;

static void no_dispatch(void *ctx, void *user, struct rpc_call *call)
{
    (void)ctx;
    (void)user;
    rpc_call_fault(call, RPC_FAULT_UNSPEC, true);
}

/* What our own server says to the library's bind. */
static void make_ack(void)
{
    const struct rpc_syntax syntaxes[] = {dim_syntax, rrasx_syntax};
    const struct rpc_client_config client_config = {
        .interfaces = syntaxes, .n_interfaces = 2, .level = RPC_AUTH_NONE, .max_frag = RPC_FRAG_MAX_LOCAL};
    const struct rpc_interface dimsvc = {
        .id = dim_syntax, .name = "dimsvc", .opnums = DIM_OPNUMS, .dispatch = no_dispatch};
    const struct rpc_interface rrasx = {
        .id = rrasx_syntax, .name = "rrasx", .opnums = RRASX_OPNUMS, .dispatch = no_dispatch};
    const struct rpc_interface *const interfaces[] = {&dimsvc, &rrasx};
    const struct rpc_server_config config = {
        .interfaces = interfaces, .n_interfaces = 2, .max_frag = RPC_FRAG_MAX_LOCAL, .sec_addr = ""};
    struct rpc_client *c = rpc_client_new(&client_config);
    struct rpc_server *s = rpc_server_new(&config, NULL);
    FUZZ_CHECK(c && s);
    size_t n;
    const uint8_t *p = rpc_client_output(c, &n);
    FUZZ_CHECK(rpc_server_input(s, p, n) == 0);
    p = rpc_server_output(s, &n);
    FUZZ_CHECK(p && n <= sizeof ack);
    memcpy(ack, p, n);
    ack_len = n;
    rpc_server_free(s);
    rpc_client_free(c);
}

void peer_bind(int fd)
{
    if (!ack_len)
        make_ack();
    peer_say(fd, ack, ack_len);
}

MPR_SERVER_HANDLE peer_connect(int *fd)
{
    int pair[2];
    MPR_SERVER_HANDLE h;
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    peer_bind(pair[1]);
    FUZZ_CHECK(OpenRrasServerConnectFd(pair[0], &h) == NO_ERROR);
    *fd = pair[1];
    return h;
}

void peer_say(int fd, const void *p, size_t n)
{
    FUZZ_CHECK(send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n);
}

void peer_respond(int fd, unsigned i, uint16_t context, const uint8_t *stub, size_t n)
{
    static uint8_t pdu[RPC_CALL_HEADER_SIZE + PEER_STUB_MAX];
    n = n < PEER_STUB_MAX ? n : PEER_STUB_MAX;
    struct rpc_wr w = rpc_wr_init(pdu, sizeof pdu);
    rpc_wr_bytes(&w, "\x05\x00\x02\x03\x10\x00\x00\x00", 8); /* response, first and last fragment, little-endian */
    rpc_wr_u16_raw(&w, (uint16_t)(RPC_CALL_HEADER_SIZE + n));
    rpc_wr_u16_raw(&w, 0);
    rpc_wr_u32_raw(&w, FIRST_CALL_ID + i);
    rpc_wr_u32_raw(&w, (uint32_t)n);
    rpc_wr_u16_raw(&w, context);
    rpc_wr_u16_raw(&w, 0); /* no cancels */
    rpc_wr_bytes(&w, stub, n);
    FUZZ_CHECK(rpc_wr_ok(&w));
    peer_say(fd, pdu, w.pos);
}

/* ---- an answer that comes when it is asked for ---- */

static struct {
    pthread_t thread;
    int fd;
    const uint8_t *stub;
    size_t n;
} answer;

static bool read_all(int fd, uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t r = recv(fd, p, n, 0);
        if (r <= 0)
            return false;
        p += r;
        n -= (size_t)r;
    }
    return true;
}

/* One whole PDU, of which nothing is kept; false at the end. */
static bool read_pdu(int fd)
{
    static uint8_t pdu[UINT16_MAX];
    if (!read_all(fd, pdu, RPC_HEADER_SIZE))
        return false;
    struct rpc_rd rd = rpc_rd_init(pdu + 8, 2, false);
    size_t n = rpc_rd_u16_raw(&rd);
    return n >= RPC_HEADER_SIZE && read_all(fd, pdu, n - RPC_HEADER_SIZE);
}

/* The bind has its answer already. Of a call that is not made nothing comes but the end. */
static void *answer_one(void *unused)
{
    (void)unused;
    if (read_pdu(answer.fd) && read_pdu(answer.fd))
        peer_respond(answer.fd, 0, 0, answer.stub, answer.n);
    return NULL;
}

void peer_answer(int fd, const uint8_t *stub, size_t n)
{
    answer.fd = fd;
    answer.stub = stub;
    answer.n = n;
    FUZZ_CHECK(pthread_create(&answer.thread, NULL, answer_one, NULL) == 0);
}

void peer_answered(void)
{
    FUZZ_CHECK(pthread_join(answer.thread, NULL) == 0);
}

void peer_finish(int fd)
{
    FUZZ_CHECK(shutdown(fd, SHUT_WR) == 0);
}
