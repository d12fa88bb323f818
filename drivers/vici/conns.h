/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the peers of each connection show who they are, as the configuration says (`list-conns`): `list-sas` does not
 * tell it. Without I/O.
 */
#ifndef OPENRRAS_DRIVERS_VICI_CONNS_H
#define OPENRRAS_DRIVERS_VICI_CONNS_H

#include "drivers/vici/wire.h"

/* Connections; those above are not known by name, and their users' `auth` stays empty. */
#define CONNS_MAX 4096u
/* Bytes of a text such as "psk+xauth", with its NUL. */
#define CONNS_AUTH_MAX 64u

struct conns;

/* NULL without memory. */
struct conns *conns_new(void);
/* NULL is allowed. */
void conns_free(struct conns *c);

/* A new listing begins: what is not named in it is forgotten at its end. */
void conns_begin(struct conns *c);
/* A row of list-conns. 0, -EPROTO, -ENOMEM, -ENOBUFS (too many). */
int conns_row(struct conns *c, struct bytes message);
void conns_end(struct conns *c);

/* "psk", "certificate", "eap-md5", "psk+xauth"; NULL: there is no such connection. Good until the next change. */
const char *conns_auth(const struct conns *c, struct bytes name);

#endif
