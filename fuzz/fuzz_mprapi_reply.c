/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server against the whole client library: sockets, PDUs, decoding, conversion, buffers. After an honest bind
 * its bytes are answered to one call; what the caller gets is read to its last byte.
 *
 * Input: a byte that chooses the call (the lower five bits; 32: paged, 64: without resume pointer) and how the rest is
 * meant (128: as the stub of a response, else as PDUs), then the rest.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <openrras.h>

#include "fuzz.h"
#include "library_peer.h"

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
    int fd;
    if (size == 0)
        return 0;
    MPR_SERVER_HANDLE h = peer_connect(&fd);
    if (data[0] & 128)
        peer_respond(fd, 0, 0, data + 1, size - 1);
    else
        peer_say(fd, data + 1, size - 1);
    peer_finish(fd);
    call(h, data[0]);
    MprAdminServerDisconnect(h);
    close(fd);
    return 0;
}
