/* SPDX-License-Identifier: Apache-2.0 */
/* The users whom this pppd must turn away, in fixed memory; for use in a signal handler. */
#ifndef OPENRRAS_DRIVERS_PPPD_KEEP_OUT_H
#define OPENRRAS_DRIVERS_PPPD_KEEP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/pppd/message.h"

/* A pppd serves one user. Should an administrator keep out more than fit here, rrasd is told of each that did not, and
 * ends their sessions itself. Pages that are never used cost nothing. */
#define KEEP_OUT_BYTES 65536u

struct keep_out_table {
    char bytes[KEEP_OUT_BYTES]; /* entries one behind the other */
    size_t len;
};

struct keep_out {
    uint64_t n;
    int64_t until; /* seconds since 1970 */
    const char *user;
    size_t user_len;
    const char *reason; /* NUL-terminated; may be "" */
};

/* The same n again replaces what was there; those that have ended at `now` make room. 0, or -ENOSPC: then there is no
 * entry n. */
int keep_out_put(struct keep_out_table *t, const struct message *m, int64_t now);
void keep_out_lift(struct keep_out_table *t, uint64_t n);
/* After a new welcome, in which rrasd tells all that are in force. */
void keep_out_clear(struct keep_out_table *t);
/* The one in force at `now` for this user, in his domain or in every one; good until the table changes. */
bool keep_out_find(const struct keep_out_table *t, const char *user, size_t user_len, int64_t now,
                   struct keep_out *ret);

#endif
