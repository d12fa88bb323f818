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
#include "library_calls.h"
#include "library_peer.h"

/* By the lower five bits of the choice: what is asked. An order is not even sent over a connection on which something
 * has come unasked, as everything has here; its answers are tests/libmprapi/test_hostile.c's. */
static const struct library_call calls[] = {
    {1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 0}, {2, 1}, {2, 2}, {2, 3}, {2, 4}, {0, 0}, {0, 1},
    {0, 2}, {5, 0}, {5, 1}, {8},    {8},    {8},    {4},    {45},   {46},   {36},   {41},   {44},
};

static void call(MPR_SERVER_HANDLE h, uint8_t choice)
{
    struct library_call c = calls[(choice & 31u) % (sizeof calls / sizeof calls[0])];
    c.paged = choice & 32;
    c.resumes = !(choice & 64);
    (void)library_call(h, &c);
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
