/* SPDX-License-Identifier: Apache-2.0 */
/* Frames over a socket, for processes that have nothing else to do meanwhile. */
#ifndef OPENRRAS_NTLM_STREAM_H
#define OPENRRAS_NTLM_STREAM_H

#include <stddef.h>
#include <stdint.h>

/* 0 or negative errno. */
int stream_send(int fd, const uint8_t *bytes, size_t n);
/* One frame into dst, which has room for `max`, and nothing of the next one. Its size; 0 at the end of the stream;
 * -ETIMEDOUT after `ms` (-1: never); -EMSGSIZE; or what recv(2) says. */
long stream_receive(int fd, uint8_t *dst, size_t max, int ms);

#endif
