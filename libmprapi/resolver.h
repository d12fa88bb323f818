/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the C library's resolver may take for one name, in this thread: it asks servers that don't answer as often
 * as resolv.conf(5) says, whatever time a caller has. Other sources of names (nsswitch.conf(5)) are not bounded by
 * this.
 */
#ifndef OPENRRAS_LIBMPRAPI_RESOLVER_H
#define OPENRRAS_LIBMPRAPI_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>

struct resolver_settings {
    bool changed;
    int retrans, retry; /* as they were */
};

/* Less than resolv.conf says if that is needed for `ms`, never more; at least one second for each server. */
struct resolver_settings resolver_limit(uint64_t ms);
/* Everything is as it was. */
void resolver_restore(const struct resolver_settings *was);

#endif
