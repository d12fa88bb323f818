/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server against the whole client library: sockets, PDUs, decoding, conversion, buffers. After an honest bind
 * its bytes are answered to one call; what the caller gets is read to its last byte.
 *
 * Input: a byte that chooses the call (the lower five bits; 32: paged, 64: without resume pointer) and how the rest is
 * meant (128: as the stub of a response, else as PDUs), then the rest.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openrras.h>

#include "dimsvc/dimsvc.h"
#include "fuzz.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "rrasx/rrasx.h"

#define STUB_MAX      16384u
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

static void tell(int fd, const void *p, size_t n)
{
    FUZZ_CHECK(send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n);
}

static void tell_response(int fd, const uint8_t *stub, size_t n)
{
    static uint8_t pdu[RPC_CALL_HEADER_SIZE + STUB_MAX];
    n = n < STUB_MAX ? n : STUB_MAX;
    struct rpc_wr w = rpc_wr_init(pdu, sizeof pdu);
    rpc_wr_bytes(&w, "\x05\x00\x02\x03\x10\x00\x00\x00", 8); /* response, first and last fragment, little-endian */
    rpc_wr_u16_raw(&w, (uint16_t)(RPC_CALL_HEADER_SIZE + n));
    rpc_wr_u16_raw(&w, 0);
    rpc_wr_u32_raw(&w, FIRST_CALL_ID);
    rpc_wr_u32_raw(&w, (uint32_t)n);
    rpc_wr_u32_raw(&w, 0); /* context 0, no cancels */
    rpc_wr_bytes(&w, stub, n);
    FUZZ_CHECK(rpc_wr_ok(&w));
    tell(fd, pdu, w.pos);
}

/* A result is there exactly when the code says so; all of it can be read, and freed once. ERROR_MORE_DATA comes with a
 * result from the lists only: from anything else it is one of the codes that a server may invent. */
static void check_result(bool expected, LPBYTE buffer, size_t bytes)
{
    if (!expected) {
        FUZZ_CHECK(buffer == NULL);
        return;
    }
    FUZZ_CHECK(buffer != NULL);
    for (size_t i = 0; i < bytes; i++)
        (void)*(const volatile uint8_t *)(buffer + i);
    FUZZ_CHECK(MprAdminBufferFree(buffer) == NO_ERROR);
    FUZZ_CHECK(MprAdminBufferFree(buffer) == ERROR_INVALID_PARAMETER);
}

static const size_t connection_sizes[] = {sizeof(RAS_CONNECTION_0), sizeof(RAS_CONNECTION_1), sizeof(RAS_CONNECTION_2),
                                          sizeof(RAS_CONNECTION_3), sizeof(RAS_CONNECTION_4)};
static const size_t server_sizes[] = {sizeof(MPR_SERVER_0), sizeof(MPR_SERVER_1), sizeof(MPR_SERVER_2)};

static void list(MPR_SERVER_HANDLE h, DWORD level, bool connections, bool paged, bool resumes)
{
    LPBYTE buffer;
    DWORD read = 1, total = 1, resume = 0, pref = paged ? 1000 : (DWORD)-1, code;
    LPDWORD resume_at = resumes ? &resume : NULL;
    if (connections)
        code = MprAdminConnectionEnum(h, level, &buffer, pref, &read, &total, resume_at);
    else
        code = MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, &buffer, pref, &read, &total, resume_at);
    FUZZ_CHECK(read <= total);
    FUZZ_CHECK(code == NO_ERROR || code == ERROR_MORE_DATA || total == 0);
    FUZZ_CHECK(code != ERROR_MORE_DATA || read > 0);
    check_result(code == NO_ERROR || code == ERROR_MORE_DATA, buffer,
                 read * (connections ? connection_sizes[level] : sizeof(RAS_PORT_0)));
}

static void call(MPR_SERVER_HANDLE h, uint8_t choice)
{
    bool paged = choice & 32, resumes = !(choice & 64);
    DWORD which = choice & 31u;
    LPBYTE buffer;
    DWORD code;
    if (which < 5) {
        list(h, which, true, paged, resumes);
    } else if (which < 10) {
        code = MprAdminConnectionGetInfo(h, which - 5, (HANDLE)1, &buffer);
        check_result(code == NO_ERROR, buffer, connection_sizes[which - 5]);
    } else if (which < 13) {
        code = MprAdminServerGetInfo(h, which - 10, &buffer);
        check_result(code == NO_ERROR, buffer, server_sizes[which - 10]);
    } else if (which < 15) {
        code = MprAdminPortGetInfo(h, which - 13, (HANDLE)1, &buffer);
        check_result(code == NO_ERROR, buffer, which == 13 ? sizeof(RAS_PORT_0) : sizeof(RAS_PORT_1));
    } else if (which < 18) {
        (void)MprAdminPortDisconnect(h, (HANDLE)1);
    } else {
        list(h, 0, false, paged, resumes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int pair[2];
    MPR_SERVER_HANDLE h;
    if (size == 0)
        return 0;
    if (!ack_len)
        make_ack();
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    tell(pair[1], ack, ack_len);
    FUZZ_CHECK(OpenRrasServerConnectFd(pair[0], &h) == NO_ERROR);
    if (data[0] & 128)
        tell_response(pair[1], data + 1, size - 1);
    else
        tell(pair[1], data + 1, size - 1);
    FUZZ_CHECK(shutdown(pair[1], SHUT_WR) == 0);
    call(h, data[0]);
    MprAdminServerDisconnect(h);
    close(pair[1]);
    return 0;
}
