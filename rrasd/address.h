/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of TCP, as text and as sockets. Numbers only: no name service. */
#ifndef OPENRRAS_RRASD_ADDRESS_H
#define OPENRRAS_RRASD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_PORT_MAX 6u  /* with a NUL */
#define ADDRESS_TEXT_MAX 64u /* an IPv6 address with its scope, brackets, a port and a NUL */
#define ADDRESS_LIST_MAX 8u  /* more networks than rrasd's clients come from */

struct address {
    struct sockaddr_storage at; /* zero where the kernel does not look: can be compared as bytes */
    socklen_t len;
};

/* "192.0.2.1:4170" or "[2001:db8::1]:4170". False, with the output untouched, for anything else. */
bool address_parse(const char *text, struct address *ret);
/* Some of them, separated by commas or blanks: how many; -EINVAL: one is none; -E2BIG: more than ADDRESS_LIST_MAX;
 * -EEXIST: one is there twice. */
int address_parse_list(const char *text, struct address ret[static ADDRESS_LIST_MAX]);

/* A socket that listens on the i-th of these n: a descriptor, or negative errno. "[::]" takes IPv4 as well, unless
 * another one of them is IPv4 on the same port. */
int address_listen(const struct address *list, size_t n, size_t i);

/* Of a peer, without its port; an IPv4 address as such, also where it came to an IPv6 socket. Gives dst. */
const char *address_text(char dst[static ADDRESS_TEXT_MAX], const struct sockaddr_storage *address);
/* As address_parse() takes it. Gives dst. */
const char *address_with_port(char dst[static ADDRESS_TEXT_MAX], const struct sockaddr_storage *address);
/* Where a socket listens, and the port alone. Gives dst; "?" for what is no such socket. */
const char *address_of_socket(char dst[static ADDRESS_TEXT_MAX], int fd);
const char *address_port_of_socket(char dst[static ADDRESS_PORT_MAX], int fd);

#endif
