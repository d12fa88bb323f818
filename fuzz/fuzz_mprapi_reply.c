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

/* By the lower five bits of the choice: what is asked. */
static const struct library_call calls[32] = {
    {1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 0}, {2, 1}, {2, 2}, {2, 3}, {2, 4}, {0, 0},
    {0, 1}, {0, 2}, {5, 0}, {5, 1}, {8},    {3},    {6},    {4},    {45},   {46},   {36},
    {41},   {44},   {7},    {35},   {40},   {42},   {43},   {47},   {48},   {8},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    if (size == 0)
        return 0;
    struct library_call c = calls[data[0] & 31u];
    bool is_stub = data[0] & 128, later = is_stub && library_orders(c.opnum);
    c.paged = data[0] & 32;
    c.resumes = !(data[0] & 64);
    MPR_SERVER_HANDLE h = peer_connect(&fd);
    if (later)
        peer_answer(fd, data + 1, size - 1);
    else if (is_stub)
        peer_respond(fd, 0, 0, data + 1, size - 1);
    else
        peer_say(fd, data + 1, size - 1);
    if (!later)
        peer_finish(fd);
    (void)library_call(h, &c);
    MprAdminServerDisconnect(h);
    if (later)
        peer_answered();
    close(fd);
    return 0;
}
