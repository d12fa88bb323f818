/* SPDX-License-Identifier: Apache-2.0 */
/* A server's end of a socket pair for the fuzzers of the library: what it says is there before the library asks. */
#ifndef OPENRRAS_FUZZ_LIBRARY_PEER_H
#define OPENRRAS_FUZZ_LIBRARY_PEER_H

#include <stddef.h>
#include <stdint.h>

#include <openrras.h>

/* A handle that is connected, after an honest bind with both interfaces; *fd is the server's end. */
MPR_SERVER_HANDLE peer_connect(int *fd);
/* The server's honest answer to a bind, over another socket. */
void peer_bind(int fd);
void peer_say(int fd, const void *p, size_t n);
/* As the stub of the answer to call number i (0, 1, ...), over presentation context `context`. At most
 * PEER_STUB_MAX bytes of it. */
#define PEER_STUB_MAX 16384u
void peer_respond(int fd, unsigned i, uint16_t context, const uint8_t *stub, size_t n);
/* The same, for the first call, but not before its request has come: an order is not even sent over a connection on
 * which something has come unasked. The stub must live until peer_answered(), which is called once the handle is
 * closed. One at a time. */
void peer_answer(int fd, const uint8_t *stub, size_t n);
void peer_answered(void);
/* Nothing more will come. */
void peer_finish(int fd);

#endif
