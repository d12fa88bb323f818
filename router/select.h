/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sessions: by who, where, how and through which driver. The rules are those of router.h.
 */
#ifndef OPENRRAS_ROUTER_SELECT_H
#define OPENRRAS_ROUTER_SELECT_H

#include "router/router.h"

/*
 * All criteria that are given must hold; at least one must be given, or `all`. NULL, "" and 0 are "not given". Texts
 * are compared byte by byte with what the session shows, addresses by what they mean. A user without a domain is meant
 * in every domain (common/user_name.h).
 */
struct router_selector {
    bool all;
    uint32_t port;       /* handle: the session that is there now, if the generation is the current one */
    uint32_t connection; /* handle: all its links */
    const char *user;
    /*
     * An address inside the tunnel ("10.8.0.7", "2001:db8::7"), or all of a prefix ("10.8.0.0/24"). As inet_pton()
     * takes it: no zone, no short forms of IPv4. A prefix with bits behind its length is refused rather than guessed
     * at, for its author may have meant the host. IPv4 selects by a session's IPv4 address only, and IPv6 by its IPv6
     * address. What follows a / in a session's own text is not looked at.
     */
    const char *address;
    const char *driver;      /* "openvpn", or "openvpn:main" */
    const char *device_type; /* "openvpn" */
};

/*
 * Handles of the ports whose sessions match, in slot order, those above slot `after` only, and at most `max`. *ret is
 * to be freed; NULL when there are none. Sessions that wait for a port are not seen. By port, connection or user only
 * those are looked at that can match (of a user who has a good part of all sessions: all), else all; for those that
 * don't match nothing is allocated. -EINVAL: no criterion, or an address that is none. -ENOMEM.
 */
int router_select(const struct router *r, const struct router_selector *s, uint32_t after, size_t max, uint32_t **ret,
                  size_t *n);

/* The same in pages, of 1 to max handles or none, each of which looks at a bounded number of ports: for whoever must
 * not keep others waiting. `next` is the `after` of the next page; 0: that was all. */
#define ROUTER_SELECT_LOOKS 2048u /* ports; by an address some 0.6 ms */
struct router_page {
    uint32_t *handles; /* to be freed, or NULL */
    size_t n;
    uint32_t next;
};
int router_select_page(const struct router *r, const struct router_selector *s, uint32_t after, size_t max,
                       struct router_page *ret);

#endif
