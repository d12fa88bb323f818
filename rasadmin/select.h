/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ports a command is about. Values of one kind are alternatives (--user alice --user bob: either); different
 * kinds must all be right (--user alice --address 10.8.0.6: both). What is not known never matches: a session without
 * an address is not selected by any address.
 */
#ifndef OPENRRAS_RASADMIN_SELECT_H
#define OPENRRAS_RASADMIN_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rasadmin/model.h"

enum select_kind {
    SELECT_PORT,       /* name of a port, or its exact handle */
    SELECT_CONNECTION, /* handle */
    SELECT_USER,       /* "alice" in any domain, or "DOMAIN\alice" */
    SELECT_ADDRESS,    /* the client's: inside the tunnel, or outer, with or without a port; or a prefix, inside */
    SELECT_DRIVER,     /* "openvpn", "openvpn:main" */
    SELECT_TYPE,       /* kind of line, as listed: "pppoe" */
    SELECT_KINDS,
};

struct select_address {
    int family; /* AF_INET, AF_INET6 */
    unsigned char bytes[16];
    uint16_t port; /* 0: any */
    unsigned bits; /* of the prefix; all of them: an address */
};

struct select_item {
    enum select_kind kind;
    const char *text; /* as typed; the command line's */
    uint32_t handle;  /* 0: not a number */
    struct select_address address;
    size_t hits; /* ports that this value alone matches, after selection_match() */
};

struct selection {
    struct select_item *items;
    size_t n;
    bool all; /* every port on which somebody is */
};

/* 0; -EINVAL: this text can't be of that kind; -ENOMEM. */
int selection_add(struct selection *s, enum select_kind kind, const char *text);
void selection_free(struct selection *s);
bool selection_is_empty(const struct selection *s);

/*
 * The ports that match, in the listing's order: *ret_n of them in `ret`, which has room for all of the listing. 0 or
 * -ENOMEM. With --all and other selectors: those that are busy and match. A port that is selected by name or handle
 * matches idle, too.
 */
int selection_match(struct selection *s, const struct listing *l, const struct port **ret, size_t *ret_n);

/* Sessions among them: ports of one connection count once. */
size_t count_sessions(const struct port *const *ports, size_t n);

/* "--user", for sentences. */
const char *select_option(enum select_kind kind);

/* "10.8.0.6", "192.0.2.7:4711", "2001:db8::1", "[2001:db8::1]:4711", "10.8.0.0/24", "2001:db8::/32". IPv4 in IPv6 is
 * taken as IPv4. Bits beyond a prefix must be 0: who writes 10.8.0.7/24 means one of two things. 0 or -EINVAL. */
int parse_address(const char *text, struct select_address *ret);
bool address_is_prefix(const struct select_address *a);
/* Is `text` (from the server) the address that was asked for? */
bool address_matches(const struct select_address *want, const char *text);
bool user_matches(const struct connection *c, const char *want);
/* Is the client of this port inside the tunnel there? */
bool port_address_matches(const struct select_address *want, const struct port *p);

#endif
