/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How things are called and written for people.
 */
#ifndef OPENRRAS_RASADMIN_SHOW_H
#define OPENRRAS_RASADMIN_SHOW_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <wintypes.h>

#include "rasadmin/model.h"
#include "rasadmin/table.h"

#define SHOW_USER_MAX     2240u /* a domain and a user name, escaped: a UTF-16 unit becomes 8 bytes at most (\u{202e}) */
#define SHOW_DURATION_MAX 32u
#define SHOW_BYTES_MAX    32u
#define SHOW_HANDLE_MAX   16u
#define SHOW_GUID_MAX     40u

/* "alice", "DOMAIN\alice"; escaped, so not for table_cell() but for table_cell_escaped(). "" when c is NULL or has no
 * name. */
char *show_user(char dst[static SHOW_USER_MAX], const struct connection *c);
/* The same of a name that rrasd gives whole (OPENRRAS_SESSION.pszUser). At most cap - 1 bytes. */
char *show_user_name(char *dst, size_t cap, const char *name);
/* "42s", "5m07s", "3h05m", "12d03h". */
char *show_duration(char dst[static SHOW_DURATION_MAX], uint32_t seconds);
/* "512 B", "1.5 MiB" */
char *show_bytes(char dst[static SHOW_BYTES_MAX], uint64_t bytes);
/* Decimal; "" for 0. */
char *show_handle(char dst[static SHOW_HANDLE_MAX], uint32_t handle);
/* "12345678-1234-1234-1234-1234567890ab", and back: 0, or -EINVAL. */
char *show_guid(char dst[static SHOW_GUID_MAX], const GUID *g);
int parse_guid(const char *s, size_t n, GUID *ret);
/* The client's address inside the tunnel: IPv4, else IPv6, else "". */
const char *show_client_address(const struct connection *c);
enum table_style show_port_style(const struct port *p);

/* "Label:       text", one line, escaped; "-" when empty. */
void show_field(FILE *out, const char *label, const char *text);
void show_field_escaped(FILE *out, const char *label, const char *text);
void show_field_number(FILE *out, const char *label, uint64_t n);
void show_field_bytes(FILE *out, const char *label, uint64_t n);
/* The counters as fields. `t` (or NULL): what there is with more bits. */
void show_counters(FILE *out, const struct counters *c, const struct traffic *t);
/* What the server's own interface tells of a session, as fields. NULL: nothing. */
void show_session(FILE *out, const struct OPENRRAS_SESSION *s);

#endif
