/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of TCP, as text and as sockets. Numbers only: no name service. */
#ifndef OPENRRAS_RRASD_ADDRESS_H
#define OPENRRAS_RRASD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_MAX 64u /* an IPv6 address with its scope and a NUL */

/* "192.0.2.1:4170" or "[2001:db8::1]:4170". False, with the outputs untouched, for anything else. */
bool address_parse(const char *text, struct sockaddr_storage *ret, socklen_t *len);

/* A socket that listens there: a descriptor, or negative errno. On "[::]" it takes IPv4 as well. */
int address_listen(const struct sockaddr_storage *address, socklen_t len);

/* Of a peer, without its port; an IPv4 address as such, also where it came to an IPv6 socket. Gives dst. */
const char *address_text(char dst[static ADDRESS_TEXT_MAX], const struct sockaddr_storage *address);

#endif
