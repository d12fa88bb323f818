/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libldap reads and writes, with an end in time. libldap bounds connecting and waiting for answers, but not a
 * handshake of TLS (with GnuTLS it asks the socket again and again, without rest, until the other side gives up), nor a
 * record that does not get complete. So below TLS there is a layer of ours, which waits for the socket, and fails with
 * ETIMEDOUT when the time of the call is over.
 */
#ifndef OPENRRAS_RRASD_USERS_LDAP_IO_H
#define OPENRRAS_RRASD_USERS_LDAP_IO_H

#include <lber.h>
#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>

struct users_ldap_io {
    int64_t deadline_ms; /* by users_ldap_now_ms(); whoever begins a call sets it */
    ldap_conncb callbacks;
};

int64_t users_ldap_now_ms(void);
bool users_ldap_is_late(const struct users_ldap_io *io);

/* Put the layer below each connection that this handle makes. `io` must outlive the handle. A result code of libldap.
 */
int users_ldap_io_attach(struct users_ldap_io *io, LDAP *ld);

#endif
