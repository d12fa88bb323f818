/* SPDX-License-Identifier: Apache-2.0 */
/* So many in an interval, and a count of what was left out: for log lines that a stranger can cause. */
#ifndef OPENRRAS_RRASD_RATELIMIT_H
#define OPENRRAS_RRASD_RATELIMIT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

struct ratelimit {
    uint32_t burst;
    uint32_t interval_ms;
    /* private */
    uint64_t began_ms;
    uint32_t used;
    uint64_t missed;
};

/* May this one be logged? *missed: how many were left out since the last that was. */
static inline bool ratelimit_ok(struct ratelimit *r, uint64_t now_ms, uint64_t *missed)
{
    if (r->used == 0 || now_ms - r->began_ms >= r->interval_ms) {
        r->began_ms = now_ms;
        r->used = 0;
    }
    if (r->used >= r->burst) {
        r->missed++;
        return false;
    }
    r->used++;
    *missed = r->missed;
    r->missed = 0;
    return true;
}

#define RATELIMIT_NOTE_MAX 64u
/* What strangers can cause as often as they like. */
#define RATELIMIT_STRANGERS ((struct ratelimit){.burst = 10, .interval_ms = 10000})
/* And what those can who have a name here or in the realm, and no role: more lines, for they say who. */
#define RATELIMIT_NO_ROLE ((struct ratelimit){.burst = 100, .interval_ms = 10000})

/* What to put behind the line: how many like it were left out before; "" when none. */
static inline const char *ratelimit_note(char dst[static RATELIMIT_NOTE_MAX], uint64_t missed)
{
    dst[0] = '\0';
    if (missed)
        snprintf(dst, RATELIMIT_NOTE_MAX, " (%" PRIu64 " like this before were not logged)", missed);
    return dst;
}

#endif
