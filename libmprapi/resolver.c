/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/resolver.h"

#include <netinet/in.h>
#include <resolv.h>

/* A name is asked for as it stands, and then with the first of the domains to be searched. */
#define ROUNDS 2u

/* The time to wait for a server doubles with each attempt: so many times the first one, for all. */
static unsigned share_of(unsigned attempts)
{
    return (1u << attempts) - 1u;
}

struct resolver_settings resolver_limit(uint64_t ms)
{
    struct resolver_settings was = {0};
    if (!(_res.options & RES_INIT) && res_init() < 0)
        return was; /* getaddrinfo() fails by itself then */
    unsigned servers = _res.nscount > 0 ? (unsigned)_res.nscount : 1u;
    uint64_t seconds = ms / 1000 / (ROUNDS * servers); /* for all attempts at one server */
    if (seconds >= (uint64_t)_res.retrans * share_of((unsigned)_res.retry))
        return was;
    int retry = seconds >= share_of(2) && _res.retry >= 2 ? 2 : 1;
    int retrans = seconds > share_of((unsigned)retry) ? (int)(seconds / share_of((unsigned)retry)) : 1;
    if (retrans > _res.retrans)
        retrans = _res.retrans;
    was = (struct resolver_settings){.changed = true, .retrans = _res.retrans, .retry = _res.retry};
    _res.retrans = retrans;
    _res.retry = retry;
    return was;
}

void resolver_restore(const struct resolver_settings *was)
{
    if (!was->changed)
        return;
    _res.retrans = was->retrans;
    _res.retry = was->retry;
}
